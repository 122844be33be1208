/* SPDX-License-Identifier: MIT */
/*
 * ClipImages: the pictures of a request, as every wire needs them: all of them read, each a text of
 * base64. Pure, no files.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

#include "plugin/domain/veo3-clip-request.h"

G_BEGIN_DECLS

/**
 * clip_images_check: is every picture of a request there, with its type? One that is missing would
 * order, and pay for, another clip.
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: names the picture.
 * Returns: TRUE if all of them can be sent.
 */
gboolean clip_images_check (const Veo3ClipOptions *options,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * clip_images_count: how many pictures there are, of any role.
 * Thread: any. Blocks: no. Errors: none. Returns: the count
 */
guint clip_images_count (const Veo3ClipOptions *options);

/**
 * clip_images_get: one of the pictures.
 * @n_th: from 0
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): NULL = there are not so many of that role.
 */
const Veo3ClipImage *
clip_images_get (const Veo3ClipOptions *options, Veo3ImageRole role, guint n_th);

/**
 * clip_images_build: {"DATA": base64, "TYPE": mime type} of a picture that was checked.
 * @data: the name of the member with the bytes
 * @type: the name of the member with the type
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL = no memory.
 */
json_object *clip_images_build (const Veo3ClipImage *image, const char *data, const char *type);

G_END_DECLS
