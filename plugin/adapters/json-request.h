/* SPDX-License-Identifier: MIT */
/*
 * JSON of a request: built whole or not at all, because a member that is lost for want of memory
 * would order, and pay for, something else.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

/**
 * json_request_add: sets a member. json-c would silently store NULL as null.
 * @value: (transfer full) (nullable): NULL = there was no memory for it.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE when it is set.
 */
gboolean json_request_add (json_object *object,
                           const char *name,
                           json_object *value) G_GNUC_WARN_UNUSED_RESULT;

/**
 * json_request_append: adds an element to an array.
 * @value: (transfer full) (nullable): NULL = there was no memory for it.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE when it is there.
 */
gboolean json_request_append (json_object *array, json_object *value) G_GNUC_WARN_UNUSED_RESULT;

/**
 * json_request_new_base64: a text that stands for bytes. It comes into being only in the body, and
 * there once: a picture of 20 MB would otherwise be held as text, as escaped text and as body.
 * @bytes: (transfer none): a reference is kept
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL = no memory.
 */
json_object *json_request_new_base64 (GBytes *bytes);

/**
 * json_request_to_bytes: the request's body, without blanks and with plain slashes.
 * @object: (nullable): NULL = there was no memory for it. It must not be changed afterwards: the
 *   body is a part of it.
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_FAILED: no memory.
 * Returns: (transfer full) (nullable)
 */
GBytes *json_request_to_bytes (json_object *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
