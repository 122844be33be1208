/* SPDX-License-Identifier: MIT */
/*
 * Builds JSON with json-c, whose functions take NULL for a value: every want of memory is told.
 * Pure.
 */
#include "plugin/adapters/json-request.h"

#include <json-c/printbuf.h>

/* Bytes that are encoded at a time; a multiple of three, so that only the end is padded. */
#define PIECE_BYTES (8 * 1024 * 3)

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

gboolean
json_request_append (json_object *array, json_object *value)
{
  if (value == NULL)
    return FALSE;
  if (json_object_array_add (array, value) == 0)
    return TRUE;
  json_object_put (value);
  return FALSE;
}

/* Base64 has nothing that JSON escapes. */
static int
append_base64 (struct printbuf *text, const guint8 *data, gsize length)
{
  char piece[PIECE_BYTES / 3 * 4 + 8];

  for (gsize at = 0; at < length; at += PIECE_BYTES)
    {
      gsize count = MIN (length - at, PIECE_BYTES);
      int state = 0;
      int save = 0;
      gsize size = g_base64_encode_step (data + at, count, FALSE, piece, &state, &save);

      size += g_base64_encode_close (FALSE, piece + size, &state, &save);
      if (printbuf_memappend (text, piece, (int)size) < 0)
        return -1;
    }
  return 0;
}

/* A json_object_to_json_string_fn. */
static int
write_base64 (json_object *object, struct printbuf *text, int level, int flags)
{
  GBytes *bytes = json_object_get_userdata (object);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  (void)level;
  (void)flags;
  return printbuf_memappend (text, "\"", 1) < 0 || append_base64 (text, data, length) < 0
                 || printbuf_memappend (text, "\"", 1) < 0
             ? -1
             : 0;
}

static void
free_base64 (json_object *object, void *bytes)
{
  (void)object;
  g_bytes_unref (bytes);
}

json_object *
json_request_new_base64 (GBytes *bytes)
{
  json_object *object = json_object_new_string ("");

  if (object != NULL)
    json_object_set_serializer (object, write_base64, g_bytes_ref (bytes), free_base64);
  return object;
}

static void
put (gpointer object)
{
  json_object_put (object);
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
    return g_bytes_new_with_free_func (text, length, put, json_object_get (object));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no memory for the request");
  return NULL;
}
