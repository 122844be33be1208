/* SPDX-License-Identifier: MIT */
/*
 * Strict parsing of request bodies.
 *
 * Pure: no state, no I/O. Must not judge what the JSON says.
 */
#include "tests/emulator/emulator-json.h"

#define MAX_JSON_DEPTH 32

/* json-c's strict mode still takes 'single quotes', NaN and Infinity; services do not. */
static gboolean
has_foreign_signs (const gchar *text, gsize length)
{
  gboolean in_string = FALSE;

  for (gsize i = 0; i < length; i++)
    {
      if (in_string && text[i] == '\\')
        i++;
      else if (text[i] == '"')
        in_string = !in_string;
      else if (!in_string && (text[i] == '\'' || text[i] == 'N' || text[i] == 'I'))
        return TRUE;
    }
  return FALSE;
}

/* Strict mode still takes a tail of white space only; anything else after the object is refused. */
json_object *
emulator_json_parse (GBytes *body)
{
  gsize length = 0;
  const gchar *text = g_bytes_get_data (body, &length);
  struct json_tokener *tokener = NULL;
  json_object *json = NULL;

  if (length == 0 || length > G_MAXINT || has_foreign_signs (text, length))
    return NULL;
  tokener = json_tokener_new_ex (MAX_JSON_DEPTH);
  json_tokener_set_flags (tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  json = json_tokener_parse_ex (tokener, text, (int)length);
  if (json_tokener_get_error (tokener) != json_tokener_success
      || json_tokener_get_parse_end (tokener) != length
      || !json_object_is_type (json, json_type_object))
    g_clear_pointer (&json, json_object_put);
  json_tokener_free (tokener);
  return json;
}
