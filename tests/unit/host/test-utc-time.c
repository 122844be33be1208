/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/utc-time.c.
 */
#include "host/utc-time.h"

/* Moments are written in UTC with milliseconds, rounded towards the past. */
static void
test_format (void)
{
  static const struct
  {
    gint64 unix_us;
    const char *text;
  } cases[] = { { 0, "1970-01-01T00:00:00.000Z" },
                { G_GINT64_CONSTANT (1795338000125999), "2026-11-22T09:00:00.125Z" },
                { -1, "1969-12-31T23:59:59.999Z" },
                { -1000000, "1969-12-31T23:59:59.000Z" },
                { G_MAXINT64, "9999-12-31T23:59:59.999Z" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = utc_time_format (cases[i].unix_us);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* The present lies between two looks at the clock, and texts sort like moments. */
static void
test_now (void)
{
  g_autofree char *before = utc_time_format (g_get_real_time ());
  g_autofree char *now = utc_time_now ();
  g_autofree char *after = utc_time_format (g_get_real_time ());

  g_assert_cmpstr (before, <=, now);
  g_assert_cmpstr (now, <=, after);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/utc-time/format", test_format);
  g_test_add_func ("/host/utc-time/now", test_now);
  return g_test_run ();
}
