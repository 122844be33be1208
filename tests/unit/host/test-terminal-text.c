/* SPDX-License-Identifier: MIT */
/*
 * test-terminal-text.c: foreign text is harmless and fits.
 */
#include "host/terminal-text.h"

#include <string.h>

static void
assert_escaped (const char *text, const char *expected)
{
  g_autofree char *escaped = terminal_text_escape (text);

  g_assert_cmpstr (escaped, ==, expected);
}

/* Control characters, of C0, C1 and Unicode, and broken UTF-8 become visible. */
static void
test_escape (void)
{
  assert_escaped (NULL, "");
  assert_escaped ("plain – ünïcode 🎬", "plain – ünïcode 🎬");
  assert_escaped ("\033[2Jgone", "\\x1b[2Jgone");
  assert_escaped ("a\nb\rc\td", "a\\nb\\rc d");
  assert_escaped ("\x7f\xc2\x9b", "\\x7f\\x9b");
  assert_escaped ("a\xff\xfez\xe2\x82", "a\\xff\\xfez\\xe2\\x82");
  assert_escaped ("x\xe2\x80\xaey\xe2\x80\xa8", "x\\u{202e}y\\u{2028}");
}

/* Text of any length ends after 500 characters. */
static void
test_escape_limit (void)
{
  g_autofree char *long_text = g_strnfill (2000, 'x');
  g_autofree char *escaped = terminal_text_escape (long_text);

  g_assert_cmpint (g_utf8_strlen (escaped, -1), ==, TERMINAL_TEXT_MAX_CHARS + 1);
  g_assert_true (g_str_has_suffix (escaped, "x…"));
}

static void
assert_fits (const char *line, guint cells, const char *expected)
{
  g_autofree char *fitted = terminal_text_fit (line, cells);

  g_assert_cmpstr (fitted, ==, expected);
}

/* A line is cut by cells: wide characters take two, combining ones none. */
static void
test_fit (void)
{
  assert_fits ("hello", 5, "hello");
  assert_fits ("hello!", 5, "hell…");
  assert_fits ("", 5, "");
  assert_fits ("hello", 0, "");
  assert_fits ("hello", 1, "…");
  assert_fits ("日本語", 6, "日本語");
  assert_fits ("日本語", 5, "日本…");
  assert_fits ("日本語", 4, "日…");
  assert_fits ("e\xcc\x81"
               "e\xcc\x81",
               2,
               "e\xcc\x81"
               "e\xcc\x81");
}

static void
assert_duration (gint64 span_us, const char *expected)
{
  g_autofree char *text = terminal_text_duration (span_us);

  g_assert_cmpstr (text, ==, expected);
}

/* A time span is told with the precision a person wants. */
static void
test_duration (void)
{
  assert_duration (-5, "0ms");
  assert_duration (3 * 1000, "3ms");
  assert_duration (440 * 1000, "0.4s");
  assert_duration (12 * G_TIME_SPAN_SECOND, "12s");
  assert_duration (185 * G_TIME_SPAN_SECOND, "3min 05s");
  assert_duration (3725 * G_TIME_SPAN_SECOND, "1h 02min");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/terminal-text/escape", test_escape);
  g_test_add_func ("/host/terminal-text/escape-limit", test_escape_limit);
  g_test_add_func ("/host/terminal-text/fit", test_fit);
  g_test_add_func ("/host/terminal-text/duration", test_duration);
  return g_test_run ();
}
