/* SPDX-License-Identifier: MIT */
/* A sample for lint: "goto" and sleep () in comments and strings are fine, calls are not. */

static const char *const words[] = { "goto", "g_usleep (5)" };

static int
wait_badly (struct sleeper *sleeper)
{
  sleeper->sleep = 'g';
  g_timeout_add (10, on_time, sleeper);
  g_idle_add_full (0, on_idle, sleeper, NULL);
  if (g_unix_fd_add (0, 0, on_fd, sleeper) == 0)
    goto out;
  usleep (1000);
out:
  return words[0][0];
}
