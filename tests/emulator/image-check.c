/* SPDX-License-Identifier: MIT */
/*
 * Pictures of request bodies. A picture is known by its first bytes; whether the rest of it can be
 * drawn is not looked at.
 *
 * Pure: no state, no I/O.
 */
#include "tests/emulator/image-check.h"

#include <string.h>

#include "tests/emulator/json-check.h"

#define HEAD_BYTES 12u
#define HEAD_CHARS (HEAD_BYTES / 3 * 4)

typedef struct
{
  const gchar *type;
  gsize at; /* where its mark begins */
  const gchar *mark;
} Kind;

static const Kind kinds[] = {
  { "image/png", 0, "\x89PNG\r\n\x1a\n" },
  { "image/jpeg", 0, "\xff\xd8\xff" },
  { "image/webp", 8, "WEBP" },
  { "image/heic", 4, "ftyp" },
  { "image/heif", 4, "ftyp" },
};

static gsize
decode_head (const gchar *text, guint8 *ret_head)
{
  g_autofree gchar *head = g_strndup (text, HEAD_CHARS);
  gsize length = 0;

  for (gchar *p = head; *p != '\0'; p++)
    *p = *p == '-' ? '+' : *p == '_' ? '/' : *p; /* the alphabet for URLs is as good */
  g_base64_decode_inplace (head, &length);
  memcpy (ret_head, head, MIN (length, HEAD_BYTES));
  return MIN (length, HEAD_BYTES);
}

static gboolean
is_of_type (const gchar *text, const gchar *type)
{
  guint8 head[HEAD_BYTES] = { 0 };
  const gsize length = decode_head (text, head);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const gsize size = strlen (kinds[i].mark);

      if (g_ascii_strcasecmp (kinds[i].type, type) == 0)
        return length >= kinds[i].at + size
               && memcmp (head + kinds[i].at, kinds[i].mark, size) == 0;
    }
  return FALSE;
}

const gchar *
image_check_find_problem (json_object *data, const gchar *type)
{
  gsize length = 0;
  gsize padding = 0;
  const gchar *text = NULL;

  if (!json_check_is_base64 (data))
    return "is not base64";
  text = json_object_get_string (data);
  length = (gsize)json_object_get_string_len (data);
  padding = length - strcspn (text, "=");
  if (length / 4 * 3 - padding > IMAGE_CHECK_MAX_BYTES)
    return "is larger than 20 MB";
  return is_of_type (text, type) ? NULL : "is not of its mime type";
}
