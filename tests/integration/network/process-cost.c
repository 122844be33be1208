/* SPDX-License-Identifier: MIT */
/*
 * Read from the kernel's own books. A thread that waits in poll() and is woken has gone to sleep by
 * itself: that is a voluntary context switch. Must not touch the process.
 */
#include "tests/integration/network/process-cost.h"

#include <string.h>
#include <time.h>

#define SWITCHES "\nvoluntary_ctxt_switches:"

static gint64
read_sleeps (const char *folder, const char *thread)
{
  g_autofree char *path = g_strconcat (folder, "/", thread, "/status", NULL);
  g_autofree char *text = NULL;
  const char *found;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0; /* it has just ended */
  found = strstr (text, SWITCHES);
  g_assert_nonnull (found);
  return g_ascii_strtoll (found + strlen (SWITCHES), NULL, 10);
}

ProcessCost *
process_cost_read (int pid)
{
  ProcessCost *self = g_new0 (ProcessCost, 1);
  g_autofree char *folder = g_strdup_printf ("/proc/%d/task", pid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  struct timespec cpu;
  const char *thread;
  clockid_t clock;

  g_assert_nonnull (dir);
  self->sleeps = g_hash_table_new (NULL, NULL);
  while ((thread = g_dir_read_name (dir)) != NULL)
    g_hash_table_insert (self->sleeps, GINT_TO_POINTER ((int)g_ascii_strtoll (thread, NULL, 10)),
                         GSIZE_TO_POINTER ((gsize)read_sleeps (folder, thread)));
  g_assert_cmpint (clock_getcpuclockid (pid, &clock), ==, 0);
  g_assert_cmpint (clock_gettime (clock, &cpu), ==, 0);
  self->cpu_us = cpu.tv_sec * G_USEC_PER_SEC + cpu.tv_nsec / 1000;
  self->at_us = g_get_monotonic_time ();
  return self;
}

double
process_cost_get_cpu_permille (const ProcessCost *begin, const ProcessCost *end)
{
  return (double)(end->cpu_us - begin->cpu_us) * 1000 / (double)(end->at_us - begin->at_us);
}

double
process_cost_get_wakeups_per_s (const ProcessCost *begin, const ProcessCost *end)
{
  GHashTableIter iter;
  gpointer thread, sleeps;
  gsize sum = 0;

  g_hash_table_iter_init (&iter, end->sleeps);
  while (g_hash_table_iter_next (&iter, &thread, &sleeps))
    sum += GPOINTER_TO_SIZE (sleeps)
           - GPOINTER_TO_SIZE (g_hash_table_lookup (begin->sleeps, thread));
  return (double)sum * G_USEC_PER_SEC / (double)(end->at_us - begin->at_us);
}

void
process_cost_free (ProcessCost *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->sleeps);
  g_free (self);
}
