/* SPDX-License-Identifier: MIT */
/*
 * What the judgements of request bodies have in common: looking up members, unknown names, base64,
 * labels, and refusals. Pure: JSON in, verdict out.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

/**
 * json_check_refuse:
 * @error: return location
 * @format: text of the refusal
 *
 * Refuses a body with G_IO_ERROR_INVALID_DATA.
 *
 * Thread: any. Blocks: no. Errors: that one, always.
 * Returns: FALSE
 */
gboolean json_check_refuse (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/**
 * json_check_find:
 * @object: (nullable): an object, or nothing
 * @name: of a member
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the member; NULL when absent or null
 */
json_object *json_check_find (json_object *object, const gchar *name);

/**
 * json_check_get_string:
 * @object: (nullable): an object, or nothing
 * @name: of a member
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the member if it is a string
 */
const gchar *json_check_get_string (json_object *object, const gchar *name);

/**
 * json_check_find_name:
 * @object: (nullable): an object, or nothing
 * @list: (array zero-terminated=1): names
 * @listed: TRUE = look for a name of the list, FALSE = for one that is not in it
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the first such name
 */
const gchar *json_check_find_name (json_object *object, const gchar *const *list, gboolean listed);

/**
 * json_check_is_number:
 * @value: (nullable): anything
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE for a JSON number
 */
gboolean json_check_is_number (json_object *value);

/**
 * json_check_is_base64:
 * @value: (nullable): anything
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE for a string of padded base64, of either alphabet, that is not empty
 */
gboolean json_check_is_base64 (json_object *value);

/**
 * json_check_is_one_of:
 * @value: (nullable): anything
 * @list: (array zero-terminated=1): the values that are allowed, compared without case
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE for a string that is in the list
 */
gboolean json_check_is_one_of (json_object *value, const gchar *const *list);

/**
 * json_check_labels:
 * @labels: (nullable): the member `labels`
 * @error: return location
 *
 * Judges labels by the rules of Google Cloud: at most 64, keys and values of at most 63 characters
 * out of a-z 0-9 _ -, a key begins with a letter.
 * Source: https://cloud.google.com/resource-manager/docs/labels-overview
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA.
 * Returns: TRUE when there are none or good ones
 */
gboolean json_check_labels (json_object *labels, GError **error);

G_END_DECLS
