/* SPDX-License-Identifier: MIT */
/*
 * terminal-text.c: see terminal-text.h. Pure; knows nothing of any terminal's state. Escape
 * sequences in an error message of a server must not reach the terminal: they could hide or forge
 * lines, or answer back as if the user had typed.
 */
#include "host/terminal-text.h"

#define ELLIPSIS "…"

static gboolean
is_hidden (gunichar c)
{
  return g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029 /* separators */
         || (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e)
         || (c >= 0x2066 && c <= 0x2069); /* direction marks and overrides */
}

static void
append_hidden (GString *out, gunichar c)
{
  if (c == '\n')
    g_string_append (out, "\\n");
  else if (c == '\t')
    g_string_append_c (out, ' ');
  else if (c == '\r')
    g_string_append (out, "\\r");
  else if (c < 0x100)
    g_string_append_printf (out, "\\x%02x", (guint)c);
  else
    g_string_append_printf (out, "\\u{%04x}", (guint)c);
}

char *
terminal_text_escape (const char *text)
{
  GString *out = g_string_new (NULL);
  const char *p = text != NULL ? text : "";

  for (guint chars = 0; *p != '\0'; chars++)
    {
      gunichar c = g_utf8_get_char_validated (p, -1);

      if (chars == TERMINAL_TEXT_MAX_CHARS)
        {
          g_string_append (out, ELLIPSIS);
          break;
        }
      if (c == (gunichar)-1 || c == (gunichar)-2)
        {
          g_string_append_printf (out, "\\x%02x", (guint)(guchar)*p);
          p++;
          continue;
        }
      if (is_hidden (c))
        append_hidden (out, c);
      else
        g_string_append_unichar (out, c);
      p = g_utf8_next_char (p);
    }
  return g_string_free (out, FALSE);
}

static guint
cells_of (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

char *
terminal_text_fit (const char *line, guint max_cells)
{
  guint cells = 0;
  const char *cut = line; /* end of what fits beside the ellipsis */

  if (max_cells == 0)
    return g_strdup ("");
  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p))
    {
      guint width = cells_of (g_utf8_get_char (p));

      if (cells + width > max_cells)
        {
          g_autofree char *head = g_strndup (line, (gsize)(cut - line));

          return g_strconcat (head, ELLIPSIS, NULL);
        }
      cells += width;
      if (cells < max_cells)
        cut = g_utf8_next_char (p);
    }
  return g_strdup (line);
}

char *
terminal_text_duration (gint64 span_us)
{
  gint64 s = MAX (span_us, 0) / G_TIME_SPAN_SECOND;

  if (span_us < 100 * G_TIME_SPAN_MILLISECOND)
    return g_strdup_printf ("%" G_GINT64_FORMAT "ms", MAX (span_us, 0) / G_TIME_SPAN_MILLISECOND);
  if (s < 10)
    return g_strdup_printf ("%.1fs", (double)MAX (span_us, 0) / G_TIME_SPAN_SECOND);
  if (s < 60)
    return g_strdup_printf ("%" G_GINT64_FORMAT "s", s);
  if (s < 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT "min %02" G_GINT64_FORMAT "s", s / 60, s % 60);
  return g_strdup_printf ("%" G_GINT64_FORMAT "h %02" G_GINT64_FORMAT "min", s / 3600,
                          s % 3600 / 60);
}
