/* SPDX-License-Identifier: MIT */
/*
 * Cleans what servers send before anybody sees it: a terminal obeys escape sequences, and an echo
 * of our request may contain the key. Pure. Must not be given text of our own that is already
 * escaped: it would be escaped twice.
 */
#include "plugin/adapters/server-text.h"

#include <string.h>

/* A shorter "secret" would blot out ordinary text, and guards nothing. */
#define SECRET_BYTES_MIN 4
/* So much of its beginning is no chance: what echoes it, or reads only so far, may have cut it. */
#define SECRET_PART_BYTES 8

static gsize
count_common (const char *a, const char *b, gsize most)
{
  gsize n = 0;

  while (n < most && a[n] == b[n])
    n++;
  return n;
}

static GString *
redact (const char *text, gsize length, const char *secret)
{
  gsize secret_length = secret != NULL ? strlen (secret) : 0;
  gsize part = MIN (secret_length, SECRET_PART_BYTES);
  GString *out = g_string_sized_new (length);
  const char *end = text + length;

  if (secret_length < SECRET_BYTES_MIN)
    return g_string_append_len (out, text, (gssize)length);
  while (text < end)
    {
      const char *found = memmem (text, (gsize)(end - text), secret, part);

      if (found == NULL)
        return g_string_append_len (out, text, end - text);
      g_string_append_len (out, text, found - text);
      g_string_append (out, "[redacted]");
      text = found + count_common (found, secret, MIN (secret_length, (gsize)(end - found)));
    }
  return out;
}

static gboolean
must_escape (gunichar c)
{
  return g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029 || (c >= 0x200e && c <= 0x200f)
         || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Returns: characters added. */
static gsize
append_char (GString *out, gunichar c)
{
  gsize before = out->len;

  if (!must_escape (c))
    {
      g_string_append_unichar (out, c);
      return 1;
    }
  if (c == '\n' || c == '\r' || c == '\t')
    g_string_append (out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
  else if (c < 0x100)
    g_string_append_printf (out, "\\x%02x", c);
  else
    g_string_append_printf (out, "\\u%04x", c);
  return out->len - before;
}

char *
server_text_clean (const char *text, gsize length, gsize max_chars, const char *secret)
{
  g_autoptr (GString) redacted
      = redact (text != NULL ? text : "", text != NULL ? length : 0, secret);
  g_autofree char *valid = g_utf8_make_valid (redacted->str, (gssize)redacted->len);
  g_autofree char *trimmed = g_strstrip (g_steal_pointer (&valid));
  GString *out = g_string_new (NULL);
  gsize chars = 0;
  gsize cut_at = 0;

  for (const char *p = trimmed; *p != '\0' && chars <= max_chars; p = g_utf8_next_char (p))
    {
      chars += append_char (out, g_utf8_get_char (p));
      if (chars + 3 <= max_chars)
        cut_at = out->len;
    }
  if (chars > max_chars)
    g_string_append (g_string_truncate (out, cut_at), "...");
  return g_string_free (out, FALSE);
}

char *
server_text_clean_message (const char *text, const char *secret)
{
  return server_text_clean (text, text != NULL ? strlen (text) : 0, SERVER_TEXT_MESSAGE_CHARS,
                            secret);
}
