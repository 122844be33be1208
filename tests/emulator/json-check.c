/* SPDX-License-Identifier: MIT */
/*
 * Common checks of request bodies.
 *
 * Pure: no state, no I/O. Must not know any wire.
 */
#include "tests/emulator/json-check.h"

#include <string.h>

#define MAX_LABELS 64
#define MAX_LABEL_CHARS 63u
#define LABEL_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"

gboolean
json_check_refuse (GError **error, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, text);
  return FALSE;
}

json_object *
json_check_find (json_object *object, const gchar *name)
{
  json_object *value = NULL;

  if (json_object_is_type (object, json_type_object))
    (void)json_object_object_get_ex (object, name, &value);
  return value;
}

const gchar *
json_check_get_string (json_object *object, const gchar *name)
{
  json_object *value = json_check_find (object, name);

  return json_object_is_type (value, json_type_string) ? json_object_get_string (value) : NULL;
}

const gchar *
json_check_find_name (json_object *object, const gchar *const *list, gboolean listed)
{
  struct json_object_iterator item;
  struct json_object_iterator end;

  if (!json_object_is_type (object, json_type_object))
    return NULL;
  item = json_object_iter_begin (object);
  end = json_object_iter_end (object);
  for (; !json_object_iter_equal (&item, &end); json_object_iter_next (&item))
    {
      const gchar *name = json_object_iter_peek_name (&item);

      if (g_strv_contains (list, name) == listed)
        return name;
    }
  return NULL;
}

gboolean
json_check_is_number (json_object *value)
{
  return json_object_is_type (value, json_type_int)
         || json_object_is_type (value, json_type_double);
}

gboolean
json_check_is_base64 (json_object *value)
{
  const gchar *text = NULL;
  gsize length = 0;
  gsize digits = 0;

  if (!json_object_is_type (value, json_type_string))
    return FALSE;
  text = json_object_get_string (value);
  length = (gsize)json_object_get_string_len (value);
  digits = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");
  return length > 0 && digits + strspn (text + digits, "=") == length && length - digits <= 2
         && length % 4 == 0;
}

gboolean
json_check_is_one_of (json_object *value, const gchar *const *list)
{
  if (!json_object_is_type (value, json_type_string))
    return FALSE;
  for (gsize i = 0; list[i] != NULL; i++)
    {
      if (g_ascii_strcasecmp (json_object_get_string (value), list[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_label_text (const gchar *text)
{
  return strlen (text) <= MAX_LABEL_CHARS && strspn (text, LABEL_CHARS) == strlen (text);
}

static gboolean
check_label (const gchar *key, json_object *value, GError **error)
{
  if (!is_label_text (key) || !g_ascii_islower (key[0]))
    return json_check_refuse (error,
                              "Invalid label key: '%s'. Label keys must begin with a lowercase "
                              "letter, can only contain lowercase letters, digits, underscores and "
                              "dashes, and must be no longer than 63 characters.",
                              key);
  if (!json_object_is_type (value, json_type_string)
      || !is_label_text (json_object_get_string (value)))
    return json_check_refuse (
        error,
        "Invalid value of label '%s'. Label values can only contain lowercase "
        "letters, digits, underscores and dashes, and must be no longer than "
        "63 characters.",
        key);
  return TRUE;
}

gboolean
json_check_labels (json_object *labels, GError **error)
{
  struct json_object_iterator item;
  struct json_object_iterator end;

  if (labels == NULL)
    return TRUE;
  if (!json_object_is_type (labels, json_type_object))
    return json_check_refuse (error, "The value type for `labels` needs to be an object.");
  if (json_object_object_length (labels) > MAX_LABELS)
    return json_check_refuse (error, "At most %d labels are supported.", MAX_LABELS);
  item = json_object_iter_begin (labels);
  end = json_object_iter_end (labels);
  for (; !json_object_iter_equal (&item, &end); json_object_iter_next (&item))
    {
      if (!check_label (json_object_iter_peek_name (&item), json_object_iter_peek_value (&item),
                        error))
        return FALSE;
    }
  return TRUE;
}
