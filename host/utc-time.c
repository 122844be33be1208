/* SPDX-License-Identifier: MIT */
/*
 * Purpose: moments as text. Pure but for the clock; usable from any thread. Must not be used to
 * measure: the wall clock jumps.
 */
#include "host/utc-time.h"

char *
utc_time_format (gint64 unix_us)
{
  /* Rounds towards the past also before 1970, as a clock shows it. */
  gint64 ms = unix_us / 1000 - (unix_us % 1000 < 0 ? 1 : 0);
  gint64 seconds = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_utc (seconds);
  g_autofree char *text = NULL;

  if (moment == NULL) /* beyond the year 9999 */
    return g_strdup ("9999-12-31T23:59:59.999Z");
  text = g_date_time_format (moment, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%03dZ", text, (int)(ms - seconds * 1000));
}

char *
utc_time_now (void)
{
  return utc_time_format (g_get_real_time ());
}
