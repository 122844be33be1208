/* SPDX-License-Identifier: MIT */
/* What servers send is made fit for a terminal and a log. Pure. */
#include "plugin/adapters/server-text.h"

#include <string.h>

/* Control characters, direction marks and broken UTF-8 do not get through; long text is cut. */
static void
test_clean (void)
{
  static const struct
  {
    const char *text;
    gsize length; /* 0 = up to the NUL */
    gsize max_chars;
    const char *expected;
  } rows[] = {
    { NULL, 0, 10, "" },
    { "", 0, 10, "" },
    { "plain", 0, 10, "plain" },
    { "  trimmed \n", 0, 20, "trimmed" },
    { "a\nb\tc\rd", 0, 20, "a\\nb\\tc\\rd" },
    { "\x1b[31mred", 0, 20, "\\x1b[31mred" },
    { "a\xc2\x9b"
      "b",
      0, 20, "a\\x9bb" },
    { "a\xe2\x80\xae"
      "b",
      0, 20, "a\\u202eb" },
    { "a\0b", 3, 20,
      "a\xef\xbf\xbd"
      "b" },
    { "a\xff"
      "b",
      0, 20,
      "a\xef\xbf\xbd"
      "b" },
    { "exactly ten", 11, 11, "exactly ten" },
    { "0123456789", 0, 9, "012345..." },
    { "ääää", 0, 4, "ääää" },
    { "äääää", 0, 4, "ä..." },
    { "12\n\n\n\n", 0, 5, "12" },
    { "1\n\n\n2", 0, 5, "1..." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gsize length = rows[i].length;
      g_autofree char *clean = NULL;

      if (length == 0 && rows[i].text != NULL)
        length = strlen (rows[i].text);
      clean = server_text_clean (rows[i].text, length, rows[i].max_chars, NULL);
      g_assert_cmpstr (clean, ==, rows[i].expected);
    }
}

/* A secret that comes back is blotted out wherever it is, also where the text is cut. */
static void
test_redact (void)
{
  const char *text = "key SECRET-1 and SECRET-1SECRET-1.";
  g_autofree char *clean = server_text_clean (text, strlen (text), 500, "SECRET-1");
  g_autofree char *cut = server_text_clean (text, strlen (text), 10, "SECRET-1");
  g_autofree char *tiny = server_text_clean ("abc", 3, 10, "abc");

  g_assert_cmpstr (clean, ==, "key [redacted] and [redacted][redacted].");
  g_assert_cmpstr (cut, ==, "key [re...");
  g_assert_cmpstr (tiny, ==, "abc");
}

/* What is left of a secret in a text that was cut before we got it is blotted out, from 8
 * characters on. */
static void
test_redact_cut (void)
{
  static const struct
  {
    const char *text;
    const char *expected;
  } rows[] = {
    { "key AIzaSyCanary-12", "key [redacted]" },
    { "key AIzaSyCanary-1", "key [redacted]" },
    { "key AIzaSyCa", "key [redacted]" },
    { "key AIzaSyC", "key AIzaSyC" },
    { "key AIzaSyCana...", "key [redacted]..." },
    { "AIzaSyCanary-12 and AIzaSyCanary-1", "[redacted] and [redacted]" },
    { "AIzaSyCana", "[redacted]" },
    { "{\"key\": \"AIzaSyCanary\"}", "{\"key\": \"[redacted]\"}" },
    { "AIzaSyCAIzaSyCanary-12", "AIzaSyC[redacted]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *clean = server_text_clean_message (rows[i].text, "AIzaSyCanary-12");

      g_assert_cmpstr (clean, ==, rows[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/server-text/clean", test_clean);
  g_test_add_func ("/veo3/server-text/redact", test_redact);
  g_test_add_func ("/veo3/server-text/redact-cut", test_redact_cut);
  return g_test_run ();
}
