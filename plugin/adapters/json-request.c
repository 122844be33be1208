/* SPDX-License-Identifier: MIT */
/*
 * Builds JSON with json-c, whose functions take NULL for a value: every want of memory is told.
 * Pure.
 */
#include "plugin/adapters/json-request.h"

gboolean
json_request_add (json_object *object, const char *name, json_object *value)
{
  if (value == NULL)
    return FALSE;
  if (json_object_object_add (object, name, value) == 0)
    return TRUE;
  json_object_put (value);
  return FALSE;
}

GBytes *
json_request_to_bytes (json_object *object, GError **error)
{
  size_t length = 0;
  const char *text = NULL;

  if (object != NULL)
    text = json_object_to_json_string_length (
        object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
  if (text != NULL)
    return g_bytes_new (text, length);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no memory for the request");
  return NULL;
}
