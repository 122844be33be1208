/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON with json-c within bounds: size, depth, valid UTF-8, nothing after the value. json-c's
 * strict mode still takes "{}\0junk", hence the look at what it left over. Pure.
 */
#include "plugin/adapters/json-answer.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_tokener, json_tokener_free)

static gboolean
only_white_space (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (strchr (" \t\r\n", text[i]) == NULL || text[i] == '\0')
        return FALSE;
    }
  return TRUE;
}

json_object *
json_answer_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (json_tokener) tokener = json_tokener_new_ex (JSON_ANSWER_MAX_DEPTH);
  g_autoptr (json_object) object = NULL;
  gsize end;

  if (text == NULL || length == 0 || length > JSON_ANSWER_MAX_BYTES || tokener == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   length == 0 ? "the answer is empty" : "the answer is too big");
      return NULL;
    }
  json_tokener_set_flags (tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS
                                       | JSON_TOKENER_VALIDATE_UTF8);
  object = json_tokener_parse_ex (tokener, text, (int)length);
  if (json_tokener_get_error (tokener) != json_tokener_success)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not JSON: %s",
                   json_tokener_error_desc (json_tokener_get_error (tokener)));
      return NULL;
    }
  end = json_tokener_get_parse_end (tokener);
  if (!json_object_is_type (object, json_type_object)
      || !only_white_space (text + end, length - end))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not one JSON object");
      return NULL;
    }
  return g_steal_pointer (&object);
}

json_object *
json_answer_get (json_object *object, const char *name, json_type type)
{
  json_object *member = NULL;

  if (!json_object_is_type (object, json_type_object)
      || !json_object_object_get_ex (object, name, &member) || !json_object_is_type (member, type))
    return NULL;
  return member;
}

const char *
json_answer_get_string (json_object *object, const char *name)
{
  json_object *member = json_answer_get (object, name, json_type_string);
  const char *text = member != NULL ? json_object_get_string (member) : NULL;

  if (text == NULL || strlen (text) != (gsize)json_object_get_string_len (member))
    return NULL;
  return text;
}

gint64
json_answer_get_int (json_object *object, const char *name, gint64 fallback)
{
  json_object *member = json_answer_get (object, name, json_type_int);
  const char *text;
  gint64 value;

  if (member != NULL)
    return json_object_get_int64 (member);
  text = json_answer_get_string (object, name);
  if (text != NULL && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &value, NULL))
    return value;
  return fallback;
}
