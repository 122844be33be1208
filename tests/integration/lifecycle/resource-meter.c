/* SPDX-License-Identifier: MIT */
/*
 * Looks into /proc/self and asks malloc. No state.
 */
#include "tests/integration/lifecycle/resource-meter.h"

#include <malloc.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US (5 * G_USEC_PER_SEC)
#define LOOK_AGAIN_US 1000

static guint
count_entries (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  guint n = 0;

  g_assert_no_error (error);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static gsize
read_resident (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  fields = g_strsplit (text, " ", 3);
  return (gsize)g_ascii_strtoull (fields[1], NULL, 10) * (gsize)sysconf (_SC_PAGESIZE);
}

gboolean
resource_meter_can_tell_heap (void)
{
  g_autofree char *probe = g_malloc (1);

  return probe != NULL && mallinfo2 ().uordblks > 0;
}

/* GLib's own, made once and kept: the one that spawns pool threads, and the one of its context. */
static gboolean
is_permanent (const char *task)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/comm", task);
  g_autofree char *name = NULL;

  return g_file_get_contents (path, &name, NULL, NULL)
         && (g_str_has_prefix (name, "pool-spawner") || g_str_has_prefix (name, "gmain"));
}

static guint
count_threads (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, &error);
  const char *name;
  guint n = 0;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    n += !is_permanent (name);
  return n;
}

static guint
await_threads (guint expected_threads)
{
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;
  guint n;

  g_thread_pool_set_max_unused_threads (0);
  while ((n = count_threads ()) > expected_threads && g_get_monotonic_time () < deadline_us)
    g_usleep (LOOK_AGAIN_US);
  return n;
}

ResourceReading
resource_meter_read (guint expected_threads)
{
  ResourceReading reading = { .n_threads = await_threads (expected_threads) };

  (void)malloc_trim (0);
  reading.n_files = count_entries ("/proc/self/fd");
  reading.heap_bytes = mallinfo2 ().uordblks;
  reading.resident_bytes = read_resident ();
  return reading;
}

char *
resource_meter_list_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  GString *list = g_string_new (NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      g_string_append_printf (list, "%s -> %s\n", name, target != NULL ? target : "?");
    }
  return g_string_free (list, FALSE);
}
