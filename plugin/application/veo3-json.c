/* SPDX-License-Identifier: MIT */
/*
 * The one place in the application layer that feeds bytes to json-c, and what sets members. Pure,
 * any thread.
 *
 * Even its strict mode takes `{}` followed by a NUL and junk, single quotes and broken UTF-8
 * (measured with 0.16); what would come back differently from how it was meant is refused here.
 */
#include "plugin/application/veo3-json.h"

#include <gio/gio.h>
#include <string.h>

typedef struct json_tokener Veo3JsonTokener;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3JsonTokener, json_tokener_free)

static void
set_position_error (GError **error, const char *name, const char *text, gsize at, const char *what)
{
  guint line = 1;
  gsize line_start = 0;

  for (gsize i = 0; i < at; i++)
    if (text[i] == '\n')
      {
        line++;
        line_start = i + 1;
      }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: line %u, column %zu: %s", name,
               line, at - line_start + 1, what);
}

static gboolean
check_bytes (const char *name, const char *text, gsize length_bytes, GError **error)
{
  const char *bad = NULL;

  if (g_utf8_validate_len (text, length_bytes, &bad))
    return TRUE;
  set_position_error (error, name, text, (gsize)(bad - text),
                      "not valid UTF-8, or a NUL character");
  return FALSE;
}

gboolean
veo3_json_parse (const char *name,
                 const char *text,
                 gsize length_bytes,
                 Veo3JsonObject **ret_object,
                 GError **error)
{
  g_autoptr (Veo3JsonTokener) tokener = json_tokener_new_ex (VEO3_JSON_MAX_DEPTH);
  g_autoptr (Veo3JsonObject) object = NULL;
  enum json_tokener_error status;
  gsize end;

  if (length_bytes > G_MAXINT32)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: too large", name);
      return FALSE;
    }
  if (!check_bytes (name, text, length_bytes, error))
    return FALSE;
  json_tokener_set_flags (tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
  /* The NUL that ends @text tells json-c that a number at the very end is complete. */
  object = json_tokener_parse_ex (tokener, text, (int)length_bytes + 1);
  status = json_tokener_get_error (tokener);
  end = json_tokener_get_parse_end (tokener);
  if (status != json_tokener_success)
    {
      const char *what = status == json_tokener_continue ? "ends in the middle"
                                                         : json_tokener_error_desc (status);

      set_position_error (error, name, text, MIN (end, length_bytes), what);
      return FALSE;
    }
  end += strspn (text + end, " \t\r\n");
  if (end < length_bytes)
    {
      set_position_error (error, name, text, end, "something follows the end of the document");
      return FALSE;
    }
  *ret_object = g_steal_pointer (&object);
  return TRUE;
}

/* Outside of strings, a colon stands behind each name and nowhere else. */
static gsize
count_written_names (const char *text, gsize length_bytes)
{
  char quote = '\0';
  gsize n = 0;

  for (gsize i = 0; i < length_bytes; i++)
    {
      if (quote != '\0' && text[i] == '\\')
        i++;
      else if (quote != '\0')
        quote = text[i] == quote ? '\0' : quote;
      else if (text[i] == '"' || text[i] == '\'')
        quote = text[i];
      else
        n += text[i] == ':';
    }
  return n;
}

/* The depth was bounded when it was parsed. */
static gsize
count_names (Veo3JsonObject *object)
{
  gsize n = 0;

  if (json_object_is_type (object, json_type_array))
    for (gsize i = 0; i < json_object_array_length (object); i++)
      n += count_names (json_object_array_get_idx (object, i));
  if (json_object_is_type (object, json_type_object))
    {
      json_object_object_foreach (object, name, member)
        {
          (void)name;
          n += 1 + count_names (member);
        }
    }
  return n;
}

gboolean
veo3_json_repeats_name (const char *text, gsize length_bytes, Veo3JsonObject *object)
{
  return count_written_names (text, length_bytes) != count_names (object);
}

void
veo3_json_put (Veo3JsonObject *object, const char *name, Veo3JsonObject *value)
{
  (void)json_object_object_add (object, name, value);
}

void
veo3_json_put_string (Veo3JsonObject *object, const char *name, const char *text)
{
  veo3_json_put (object, name, text == NULL ? NULL : json_object_new_string (text));
}
