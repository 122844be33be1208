/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/event-log.c: the form of the lines, and that trouble is told once and
 * never more than that.
 */
#include "host/event-log.h"

#include <json-c/json.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/host/host-test.h"

/** Troubles: what was told. */
typedef struct
{
  guint n;
  char *last; /* (owned) (nullable) */
} Troubles;

static void
on_trouble (const char *message, gpointer user_data)
{
  Troubles *troubles = user_data;

  troubles->n++;
  g_free (troubles->last);
  troubles->last = g_strdup (message);
}

/* Returns: (transfer full): line @index of the file as an object; every line must be one. */
static struct json_object *
read_line (const char *folder, guint index)
{
  g_autofree char *text = host_test_read (folder, EVENT_LOG_FILE_NAME);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  struct json_object *object = NULL;

  g_assert_true (g_str_has_suffix (text, "\n"));
  g_assert_cmpuint (index, <, g_strv_length (lines) - 1);
  object = json_tokener_parse (lines[index]);
  g_assert_true (json_object_is_type (object, json_type_object));
  return object;
}

static void
assert_member (const char *folder, guint index, const char *key, const char *expected)
{
  struct json_object *object = read_line (folder, index);
  struct json_object *member = json_object_object_get (object, key);

  g_assert_cmpstr (member != NULL ? json_object_get_string (member) : NULL, ==, expected);
  json_object_put (object);
}

/* Every kind of event is one line with time, run and name, and its own members. */
static void
test_events (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *path = g_build_filename (folder, EVENT_LOG_FILE_NAME, NULL);
  Troubles troubles = { 0, NULL };
  EventLogStageEnd good = { "A", 1, "done", 0, 12, NULL };
  EventLogStageEnd bad = { "A", 2, "failed", -1, 34, "killed by SIGSEGV" };
  PipelineProgress progress
      = { sizeof progress, "broll", PIPELINE_PROGRESS_ACTIVE, "generating", NULL };
  g_autoptr (EventLog) log = event_log_open (folder, "r-1", on_trouble, &troubles);
  struct stat info;

  event_log_run_started (log, "reels", TRUE);
  event_log_stage_started (log, "A", 1);
  event_log_stage_ended (log, &good);
  event_log_stage_ended (log, &bad);
  event_log_item (log, "veo3", &progress);
  event_log_message (log, PIPELINE_LOG_WARNING, "hm");
  event_log_run_ended (log, "failed", 1);
  g_assert_cmpuint (troubles.n, ==, 0);

  assert_member (folder, 0, "event", "run-started");
  assert_member (folder, 0, "run_id", "r-1");
  assert_member (folder, 0, "continued", "true");
  assert_member (folder, 1, "event", "stage-started");
  assert_member (folder, 1, "attempt", "1");
  assert_member (folder, 2, "exit_code", "0");
  assert_member (folder, 2, "message", NULL);
  assert_member (folder, 3, "exit_code", NULL);
  assert_member (folder, 3, "duration_ms", "34");
  assert_member (folder, 3, "message", "killed by SIGSEGV");
  assert_member (folder, 4, "event", "item");
  assert_member (folder, 4, "plugin", "veo3");
  assert_member (folder, 4, "state", "active");
  assert_member (folder, 5, "level", "warning");
  assert_member (folder, 6, "event", "run-ended");
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  host_test_folder_free (folder);
}

/* All states and levels have their words; those of a newer plugin do no harm. */
static void
test_words (void)
{
  static const char *const states[]
      = { "waiting", "active", "done", "failed", "attention", "unknown" };
  static const char *const levels[] = { "debug", "info", "warning", "error", "unknown" };
  char *folder = host_test_folder_new ();
  Troubles troubles = { 0, NULL };
  g_autoptr (EventLog) log = event_log_open (folder, "r-1", on_trouble, &troubles);

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      PipelineProgress progress = { sizeof progress, "i", (PipelineProgressState)i, "s", "d" };

      event_log_item (log, NULL, &progress);
      assert_member (folder, i, "state", states[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      event_log_message (log, (PipelineLogLevel)i, "m");
      assert_member (folder, G_N_ELEMENTS (states) + i, "level", levels[i]);
    }
  host_test_folder_free (folder);
}

/* Line ends and bytes that are no text stay inside their line. */
static void
test_hostile_text (void)
{
  char *folder = host_test_folder_new ();
  Troubles troubles = { 0, NULL };
  g_autoptr (EventLog) log = event_log_open (folder, "r-1", on_trouble, &troubles);

  event_log_message (log, PIPELINE_LOG_INFO, "a\n{\"event\":\"forged\"}\033[2J\xff");
  assert_member (folder, 0, "message", "a\n{\"event\":\"forged\"}\033[2J\xef\xbf\xbd");
  host_test_folder_free (folder);
}

/* A second process appends; a line that a crash tore is closed first. */
static void
test_torn_line (void)
{
  char *folder = host_test_folder_new ();
  Troubles troubles = { 0, NULL };
  g_autoptr (EventLog) log = NULL;
  g_autofree char *text = NULL;

  host_test_write (folder, EVENT_LOG_FILE_NAME, "{\"ts\":1}\n{\"ts\":");
  log = event_log_open (folder, "r-1", on_trouble, &troubles);
  event_log_run_ended (log, "done", 0);
  event_log_run_ended (log, "done", 0);
  text = host_test_read (folder, EVENT_LOG_FILE_NAME);
  g_assert_true (g_str_has_prefix (text, "{\"ts\":1}\n{\"ts\":\n{\"ts\":\"2"));
  assert_member (folder, 3, "event", "run-ended");
  host_test_folder_free (folder);
}

/* A folder, a FIFO or a symlink in its place: told once, everything else is swallowed. */
static void
test_unusable (void)
{
  for (guint kind = 0; kind < 3; kind++)
    {
      char *folder = host_test_folder_new ();
      g_autofree char *path = g_build_filename (folder, EVENT_LOG_FILE_NAME, NULL);
      Troubles troubles = { 0, NULL };
      g_autoptr (EventLog) log = NULL;

      if (kind == 0)
        host_test_mkdir (folder, EVENT_LOG_FILE_NAME);
      else if (kind == 1)
        g_assert_cmpint (mkfifo (path, 0600), ==, 0);
      else
        g_assert_cmpint (symlink ("elsewhere", path), ==, 0);
      log = event_log_open (folder, "r-1", on_trouble, &troubles);
      g_assert_cmpuint (troubles.n, ==, 1);
      g_assert_true (g_str_has_prefix (troubles.last, path));
      g_assert_true (g_str_has_suffix (troubles.last, ", continuing"));
      event_log_run_started (log, "reels", FALSE);
      event_log_run_ended (log, "done", 0);
      g_assert_cmpuint (troubles.n, ==, 1);
      g_assert_false (host_test_exists (folder, "elsewhere"));
      g_free (troubles.last);
      host_test_folder_free (folder);
    }
}

/* A full disk (here: a file size limit) in the middle of a line: told once; when there is room
 * again, the torn line is closed and events go on. */
static void
test_full_disk (void)
{
  char *folder = host_test_folder_new ();
  Troubles troubles = { 0, NULL };
  g_autoptr (EventLog) log = event_log_open (folder, "r-1", on_trouble, &troubles);
  struct rlimit limit;
  struct rlimit small;

  (void)signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 20;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  event_log_run_started (log, "reels", FALSE);
  event_log_stage_started (log, "A", 1);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_cmpuint (troubles.n, ==, 1);
  g_assert_nonnull (strstr (troubles.last, "the disk is full"));
  event_log_run_ended (log, "done", 0);
  assert_member (folder, 1, "event", "run-ended");
  g_assert_cmpuint (troubles.n, ==, 1);
  g_free (troubles.last);
  host_test_folder_free (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/event-log/events", test_events);
  g_test_add_func ("/host/event-log/words", test_words);
  g_test_add_func ("/host/event-log/hostile-text", test_hostile_text);
  g_test_add_func ("/host/event-log/torn-line", test_torn_line);
  g_test_add_func ("/host/event-log/unusable", test_unusable);
  g_test_add_func ("/host/event-log/full-disk", test_full_disk);
  return g_test_run ();
}
