/* SPDX-License-Identifier: MIT */
/*
 * JSON of a peer that may be broken or hostile: bounded, whole, and looked at by type.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

#define JSON_ANSWER_MAX_BYTES (1024 * 1024)
#define JSON_ANSWER_MAX_DEPTH 32

/**
 * json_answer_parse: a JSON object and nothing but white space after it.
 * @text: (array length=length) (nullable)
 * @length: bytes, at most JSON_ANSWER_MAX_BYTES.
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA.
 * Returns: (transfer full) (nullable)
 */
json_object *
json_answer_parse (const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * json_answer_get: a member of a given type.
 * @object: (nullable): anything else than an object has no members.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): NULL if it is absent or of another type.
 */
json_object *json_answer_get (json_object *object, const char *name, json_type type);

/**
 * json_answer_get_string: a string member without NUL inside.
 * @object: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable)
 */
const char *json_answer_get_string (json_object *object, const char *name);

/**
 * json_answer_get_int: a member that is an integer, or a string of decimal digits as proto JSON
 * writes 64-bit numbers.
 * @object: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: @fallback if it is neither.
 */
gint64 json_answer_get_int (json_object *object, const char *name, gint64 fallback);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_object, json_object_put)

G_END_DECLS
