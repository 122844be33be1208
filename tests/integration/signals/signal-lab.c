/* SPDX-License-Identifier: MIT */
/*
 * See signal-lab.h. The test's thread.
 *
 * Must not: judge by the program's own log what has been sent; that is the emulator's word.
 */
#include "tests/integration/signals/signal-lab.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define MARK_NAME "TEST_SIGNAL_MARK"

/* A command that leaves a child and a grandchild behind when it is done. */
#define BUSY_SCRIPT "sleep 300 &\n(sleep 300 & wait) &\nsleep 0.05\n"
#define LAB_STAGES "CONTENT;LAYOUT_DETECTIVE;VEO3_AWAIT;ASSEMBLY"
#define LAB_GROUPS                                                                                 \
  "[stage CONTENT]\n"                                                                              \
  "command=sh content.sh\n"                                                                        \
  "outputs=publishing-assets.json\n"                                                               \
  "[stage LAYOUT_DETECTIVE]\n"                                                                     \
  "command=sh layout.sh\n"                                                                         \
  "[stage VEO3_AWAIT]\n"                                                                           \
  "plugin=veo3\n"                                                                                  \
  "[stage ASSEMBLY]\n"                                                                             \
  "command=sh assembly.sh\n"                                                                       \
  "[plugin veo3]\n"

SignalLab *
signal_lab_new (const char *scenario, const char *keys)
{
  SignalLab *self = g_new0 (SignalLab, 1);
  g_autofree char *groups = g_strconcat (LAB_GROUPS, keys, NULL);
  PipelineFixture *fixture;
  const char *folder;

  self->test = veo3_test_new (VEO3_TEST_WIRE, scenario);
  fixture = self->test->fixture;
  folder = pipeline_fixture_get_folder (fixture);
  self->mark = g_strdup_printf (MARK_NAME "=%s", folder);
  pipeline_fixture_set_environment (fixture, MARK_NAME, folder);
  veo3_test_write_pipeline (self->test, LAB_STAGES, groups);
  pipeline_fixture_write (fixture, "ws/content.sh",
                          "cp assets.json publishing-assets.json\n" BUSY_SCRIPT);
  pipeline_fixture_write (fixture, "ws/layout.sh", BUSY_SCRIPT);
  pipeline_fixture_write (fixture, "ws/assembly.sh", BUSY_SCRIPT);
  return self;
}

void
signal_lab_free (SignalLab *self)
{
  if (self == NULL)
    return;
  veo3_test_free (self->test);
  g_free (self->mark);
  g_free (self);
}

void
signal_lab_set_layout (SignalLab *self, const char *script)
{
  pipeline_fixture_write (self->test->fixture, "ws/layout.sh", script);
}

static gboolean
carries (const char *pid, const char *mark)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/environ", pid);
  g_autofree char *text = NULL;
  gsize length_bytes = 0;

  return g_file_get_contents (path, &text, &length_bytes, NULL)
         && memmem (text, length_bytes, mark, strlen (mark) + 1) != NULL;
}

GArray *
signal_lab_list_processes (const SignalLab *self)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (int));
  DIR *folder = opendir ("/proc");

  g_assert_nonnull (folder);
  for (struct dirent *entry = readdir (folder); entry != NULL; entry = readdir (folder))
    {
      int pid = atoi (entry->d_name);

      if (pid > 0 && carries (entry->d_name, self->mark))
        g_array_append_val (pids, pid);
    }
  (void)closedir (folder);
  return pids;
}

guint
signal_lab_count_processes (const SignalLab *self)
{
  g_autoptr (GArray) pids = signal_lab_list_processes (self);

  return pids->len;
}

typedef struct
{
  const SignalLab *lab;
  guint count;
} Census;

static gboolean
is_count (gpointer user_data)
{
  const Census *census = user_data;

  return signal_lab_count_processes (census->lab) == census->count;
}

void
signal_lab_await_processes (const SignalLab *self, guint count)
{
  Census census = { .lab = self, .count = count };
  g_autofree char *what = g_strdup_printf ("%u processes of the run", count);

  pipeline_fixture_wait_until (what, is_count, &census);
}

static GPtrArray *
read_log (SignalLab *self)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *log = emulator_client_read_log (self->test->emulator, &error);

  g_assert_no_error (error);
  return log;
}

void
signal_lab_assert_kept (SignalLab *self)
{
  g_autoptr (GPtrArray) log = read_log (self);
  g_autofree char *jobs = NULL;

  if (pipeline_fixture_has (self->test->fixture, "ws/veo3/jobs.json"))
    {
      json_object *document = pipeline_fixture_read_json (self->test->fixture, "ws/veo3/jobs.json");

      jobs = g_strdup (json_object_to_json_string_ext (document, JSON_C_TO_STRING_NOSLASHESCAPE));
      json_object_put (document);
    }
  for (guint i = 0; i < log->len; i++)
    {
      json_object *entry = g_ptr_array_index (log, i);
      const char *operation = emulator_log_string (entry, "operation");

      if (g_strcmp0 (emulator_log_string (entry, "kind"), "submit") != 0 || operation == NULL)
        continue;
      veo3_test_assert_says (jobs, operation);
    }
}

void
signal_lab_assert_completes (SignalLab *self)
{
  static const char *const variants[] = { "a", "b", "c" };
  static const char *const prompts[] = { "a lighthouse", "a fox", "a river" };

  veo3_test_expect (self->test, "run", 0);
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      veo3_test_assert_job (self->test, variants[i], "status", "completed");
      g_assert_cmpuint (emulator_client_count (self->test->emulator, "submit", prompts[i]), ==, 1);
    }
  g_assert_cmpuint (signal_lab_count_processes (self), ==, 0);
}

gint64
signal_lab_last_post_us (SignalLab *self)
{
  g_autoptr (GArray) times = veo3_test_request_times (self->test, "submit", NULL);

  return times->len == 0 ? 0 : g_array_index (times, gint64, times->len - 1);
}

gint64
signal_lab_limit_us (gint64 limit_us)
{
  double load = 0;

  if (getloadavg (&load, 1) != 1)
    load = 0;
  load = MAX (1.0, load / g_get_num_processors ());
  return (gint64)((double)limit_us * load) * TEST_SLOWNESS;
}
