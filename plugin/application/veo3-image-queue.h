/* SPDX-License-Identifier: MIT */
/*
 * Veo3ImageQueue: loads the pictures of requests right before these are sent, beside the loop. One
 * request at a time, so that the loop gets round between two of them. The pictures go when the
 * request has been built; its body, a third longer, stays with the adapter until the answer, so
 * that max-parallel bounds what is in memory.
 */
#pragma once

#include <gio/gio.h>

#include "plugin/domain/veo3-clip-request.h"

G_BEGIN_DECLS

typedef struct _Veo3ImageQueue Veo3ImageQueue;

/**
 * Veo3ImagesLoaded: the one completion of a load.
 * @images: (transfer full) (nullable) (element-type Veo3ClipImage): with their bytes
 * @error: (nullable): as veo3_clip_images_load()
 * Thread: the queue's.
 */
typedef void (*Veo3ImagesLoaded) (GPtrArray *images, const GError *error, gpointer user_data);

/**
 * veo3_image_queue_new: an empty queue.
 * @workspace_fd: (borrowed)
 * Thread: the one whose default context is to be told, like all functions here. Blocks: no.
 * Errors: none. Returns: (transfer full)
 */
Veo3ImageQueue *veo3_image_queue_new (int workspace_fd);

/**
 * veo3_image_queue_free: accepts NULL. Nothing is being loaded. Thread: the owner's. Blocks: no.
 * Errors: none.
 */
void veo3_image_queue_free (Veo3ImageQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3ImageQueue, veo3_image_queue_free)

/**
 * veo3_image_queue_load: loads pictures when it is their turn.
 * @images: (element-type Veo3ClipImage): copied
 * @cancellable: ends it soon, with an error; it is told all the same
 * @callback: called once, not before this returns
 * Thread: the owner's. Blocks: no. Errors: through @callback.
 */
void veo3_image_queue_load (Veo3ImageQueue *self,
                            GPtrArray *images,
                            GCancellable *cancellable,
                            Veo3ImagesLoaded callback,
                            gpointer user_data);

G_END_DECLS
