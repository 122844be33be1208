/* SPDX-License-Identifier: MIT */
/*
 * The judgement of a picture in a request body: is it base64, of the size the services take, and of
 * the type it is said to be? Pure: JSON in, verdict out.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

/** What all three services take of one picture, before it is encoded. */
#define IMAGE_CHECK_MAX_BYTES (20 * 1024 * 1024)

/**
 * image_check_find_problem:
 * @data: (nullable): base64 of the picture
 * @type: "image/png", "image/jpeg", "image/webp", "image/heic" or "image/heif"
 *
 * Looks at the length, the alphabet and the first bytes of a picture.
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the end of a sentence, e.g. "is not base64"; NULL = good
 */
const gchar *image_check_find_problem (json_object *data, const gchar *type);

G_END_DECLS
