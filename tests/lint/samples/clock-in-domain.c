/* SPDX-License-Identifier: MIT */
/* A sample for lint: pure code that reads a clock and draws lots. */

static long
get_now (void)
{
  long now;

  now = g_get_monotonic_time ();
  return now + g_random_int_range (0, 10);
}
