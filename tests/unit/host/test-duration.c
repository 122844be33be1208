/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/duration.c.
 */
#include "host/duration.h"

/* Every unit is read as what it says. */
static void
test_units (void)
{
  static const struct
  {
    const char *text;
    gint64 ms;
  } cases[] = { { "250ms", 250 },
                { "30s", 30000 },
                { "5min", 300000 },
                { "2h", 7200000 },
                { "0s", 0 },
                { "007s", 7000 },
                { "0000000000000000000000001ms", 1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 ms = -1;

      g_assert_true (duration_parse (cases[i].text, DURATION_WITH_UNIT, &ms, &error));
      g_assert_no_error (error);
      g_assert_cmpint (ms, ==, cases[i].ms);
    }
}

/* Whatever could be taken for another number is refused, with an example of the right form, and
 * the result is left alone. */
static void
test_syntax_errors (void)
{
  static const char *const bad[]
      = { "",   "30", "s",    "-1s",     "+1s",  "1.5s", " 1s",     "1 s", "1s ",
          "1m", "1S", "1sec", "1h30min", "0x1s", "1e3s", "\033[2J", "ms",  "١s" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 ms = -7;

      g_assert_false (duration_parse (bad[i], DURATION_WITH_UNIT, &ms, &error));
      g_assert_error (error, DURATION_ERROR, DURATION_ERROR_SYNTAX);
      g_assert_nonnull (g_strrstr (error->message, "30s, 5min"));
      g_assert_null (g_strrstr (error->message, "\033"));
      g_assert_cmpint (ms, ==, -7);
    }
}

/* The largest number that fits is read; one more is an error, in the digits and in the unit. */
static void
test_range (void)
{
  static const char *const too_long[]
      = { "9223372036854775808ms", "99999999999999999999999999999999999999s", "9223372036854776s",
          "2562047788016h" };
  gint64 ms = 0;

  g_assert_true (duration_parse ("9223372036854775807ms", DURATION_WITH_UNIT, &ms, NULL));
  g_assert_cmpint (ms, ==, G_MAXINT64);
  g_assert_true (duration_parse ("2562047788015h", DURATION_WITH_UNIT, &ms, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (too_long); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (duration_parse (too_long[i], DURATION_WITH_UNIT, &ms, &error));
      g_assert_error (error, DURATION_ERROR, DURATION_ERROR_RANGE);
    }
}

/* In the environment a bare number is a number of seconds, and nothing else changes. */
static void
test_bare_seconds (void)
{
  gint64 ms = 0;

  g_assert_true (duration_parse ("600", DURATION_BARE_IS_SECONDS, &ms, NULL));
  g_assert_cmpint (ms, ==, 600000);
  g_assert_true (duration_parse ("600ms", DURATION_BARE_IS_SECONDS, &ms, NULL));
  g_assert_cmpint (ms, ==, 600);
  g_assert_false (duration_parse ("", DURATION_BARE_IS_SECONDS, &ms, NULL));
  g_assert_false (duration_parse ("1.5", DURATION_BARE_IS_SECONDS, &ms, NULL));
}

/* Written with the largest unit that fits, and read back to the same. */
static void
test_round_trip (void)
{
  static const struct
  {
    gint64 ms;
    const char *text;
  } cases[] = { { 0, "0s" },       { -5, "0s" },
                { 1, "1ms" },      { 1500, "1500ms" },
                { 90000, "90s" },  { 300000, "5min" },
                { 7200000, "2h" }, { G_MAXINT64, "9223372036854775807ms" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = duration_to_string (cases[i].ms);
      gint64 ms = -1;

      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_true (duration_parse (text, DURATION_WITH_UNIT, &ms, NULL));
      g_assert_cmpint (ms, ==, MAX (cases[i].ms, 0));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/duration/units", test_units);
  g_test_add_func ("/host/duration/syntax-errors", test_syntax_errors);
  g_test_add_func ("/host/duration/range", test_range);
  g_test_add_func ("/host/duration/bare-seconds", test_bare_seconds);
  g_test_add_func ("/host/duration/round-trip", test_round_trip);
  return g_test_run ();
}
