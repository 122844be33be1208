/* SPDX-License-Identifier: MIT */
/*
 * json-c with the strictness it lacks by itself: bounded depth, the whole input, no NUL, UTF-8.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>

G_BEGIN_DECLS

#define VEO3_JSON_MAX_DEPTH 32

/** Veo3JsonObject: json_object under a name that g_autoptr can use. */
typedef struct json_object Veo3JsonObject;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3JsonObject, json_object_put)

/**
 * veo3_json_parse: parses one whole document.
 * @name: what it is, for the message
 * @ret_object: (out) (transfer full): put it; untouched on failure
 * Thread: any. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_DATA with name, line and column.
 * Returns: FALSE with @error. (JSON's null is NULL in json-c, hence the separate answer.)
 */
gboolean veo3_json_parse (const char *name,
                          const char *text,
                          gsize length_bytes,
                          Veo3JsonObject **ret_object,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_json_repeats_name: has an object of the document two members of one name? json-c keeps the
 * last one and says nothing, so that whatever the others held would be gone.
 * @text: the whole text, of which @object was parsed
 * Thread: any. Blocks: no. Errors: none. Returns: TRUE when there is such an object.
 */
gboolean veo3_json_repeats_name (const char *text, gsize length_bytes, Veo3JsonObject *object);

/**
 * veo3_json_put: sets a member.
 * @value: (transfer full) (nullable): NULL = null
 * Thread: the object's. Blocks: no. Errors: none; without memory the member is not there.
 */
void veo3_json_put (Veo3JsonObject *object, const char *name, Veo3JsonObject *value);

/**
 * veo3_json_put_string: sets a member to a string.
 * @text: (nullable): NULL = null
 * Thread: the object's. Blocks: no. Errors: as veo3_json_put().
 */
void veo3_json_put_string (Veo3JsonObject *object, const char *name, const char *text);

G_END_DECLS
