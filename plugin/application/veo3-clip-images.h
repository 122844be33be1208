/* SPDX-License-Identifier: MIT */
/*
 * Veo3ClipImages: the pictures of a workspace that clips are made from. What is ordered is a
 * content, not a name: it is looked at when the clip is asked for, and loaded when it is sent, only
 * if it is still the same.
 */
#pragma once

#include <gio/gio.h>

#include "plugin/domain/veo3-clip-request.h"

G_BEGIN_DECLS

/* Source: ai.google.dev/gemini-api/docs/video and cloud.google.com/vertex-ai, "input image". */
#define VEO3_CLIP_IMAGE_MAX_BYTES (20 * 1024 * 1024)
/* Of one clip together. No service takes as much in one request; it bounds our memory, and the time
 * in which an adapter makes a body of it. */
#define VEO3_CLIP_IMAGES_MAX_BYTES (3 * VEO3_CLIP_IMAGE_MAX_BYTES)

/**
 * veo3_clip_images_get_field: the member of a prompt that names pictures of a role.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *veo3_clip_images_get_field (Veo3ImageRole role);

/**
 * veo3_clip_images_find_path_problem: can @path be that of a picture? The disk is not asked.
 * @path: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the end of a sentence; NULL = good, and fit to be shown.
 */
const char *veo3_clip_images_find_path_problem (const char *path);

/**
 * veo3_clip_images_look: finds out digest and type of what is there now.
 * @workspace_fd: no link below it is followed
 * @image: sha256 and mime_type are set; untouched on failure
 * Thread: any. Blocks: on the disk, and for the digest of up to 20 MB: not on the worker's loop.
 * Errors: G_IO_ERROR: it is not there, or no PNG or JPEG of 1 byte to 20 MB. The message names the
 *   file.
 * Returns: TRUE when it can be sent.
 */
gboolean veo3_clip_images_look (int workspace_fd,
                                Veo3ClipImage *image,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_clip_images_load: the pictures with their bytes, if they are still what was ordered.
 * @images: (element-type Veo3ClipImage): not changed; one without a digest is taken as it is
 * @cancellable: (nullable): looked at between two pictures
 * Thread: any. Blocks: as veo3_clip_images_look().
 * Errors: as veo3_clip_images_look(), with the field; G_IO_ERROR_INVALID_DATA: a picture has
 *   changed; G_IO_ERROR_MESSAGE_TOO_LARGE: they are too much together; G_IO_ERROR_CANCELLED.
 * Returns: (transfer full) (element-type Veo3ClipImage) (nullable): copies
 */
GPtrArray *veo3_clip_images_load (int workspace_fd,
                                  GPtrArray *images,
                                  GCancellable *cancellable,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
