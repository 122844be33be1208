/* SPDX-License-Identifier: MIT */
/*
 * Veo3PromptImages: the pictures that prompts name, or the settings for all of them, looked at once
 * each. Afterwards each prompt has its pictures with their digests, or a problem.
 */
#pragma once

#include <gio/gio.h>

#include "plugin/domain/veo3-prompt.h"

G_BEGIN_DECLS

typedef struct _Veo3PromptImages Veo3PromptImages;

/**
 * veo3_prompt_images_new: lists the pictures; the disk is not asked.
 * @prompts: (nullable) (element-type Veo3Prompt)
 * @fallback: what the settings say of clips whose prompts say nothing
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL = no clip is made from a picture
 */
Veo3PromptImages *veo3_prompt_images_new (GPtrArray *prompts, const Veo3ClipOptions *fallback);

/** veo3_prompt_images_free: accepts NULL. Thread: the owner's. Blocks: no. Errors: none. */
void veo3_prompt_images_free (Veo3PromptImages *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3PromptImages, veo3_prompt_images_free)

/**
 * veo3_prompt_images_look: looks at each of them once.
 * @cancellable: (nullable): when cancelled, the others are not looked at
 * Thread: any that owns it. Blocks: on the disk, and for digests: not on the worker's loop.
 * Errors: kept for veo3_prompt_images_settle().
 */
void veo3_prompt_images_look (Veo3PromptImages *self, int workspace_fd, GCancellable *cancellable);

/** Veo3PromptImagesLooked: the one completion of a look. */
typedef void (*Veo3PromptImagesLooked) (gpointer user_data);

/**
 * veo3_prompt_images_look_async: the same on a helper thread.
 * @workspace_fd: (borrowed) until @callback
 * @callback: called once, not before this returns, on the context that is the thread's default now;
 *   until then @self is the helper thread's
 * Thread: the owner's. Blocks: no. Errors: as veo3_prompt_images_look().
 */
void veo3_prompt_images_look_async (Veo3PromptImages *self,
                                    int workspace_fd,
                                    GCancellable *cancellable,
                                    Veo3PromptImagesLooked callback,
                                    gpointer user_data);

/**
 * veo3_prompt_images_settle: completes the prompts. A good one whose picture cannot be used gets a
 * problem that names entry, field and file.
 * @prompts: (nullable) (element-type Veo3Prompt): those of veo3_prompt_images_new()
 * @fallback: as there
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_prompt_images_settle (const Veo3PromptImages *self,
                                GPtrArray *prompts,
                                const Veo3ClipOptions *fallback);

G_END_DECLS
