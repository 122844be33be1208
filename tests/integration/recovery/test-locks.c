/* SPDX-License-Identifier: MIT */
/*
 * One runner per workspace: many starts at once, locks that nobody holds any more, things in the
 * place of the lock file, commands while a run goes on, and what a killed runner leaves running.
 *
 * Judge: the emulator's log of requests that it received completely.
 */
#include "tests/integration/recovery/recovery-world.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_STARTS 50

static gboolean
has_file (gpointer path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
await_file (Veo3Test *test, const char *name)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);

  pipeline_fixture_wait_until (name, has_file, path);
}

/* Which start has the workspace: each was given its number as the run's id. */
static guint
find_winner (Veo3Test *test)
{
  json_object *state = pipeline_fixture_read_json (test->fixture, "ws/run.json");
  guint winner = (guint)atoi (emulator_log_string (state, "run_id"));

  (void)json_object_put (state);
  return winner;
}

/* Fifty starts at once: one runs, the others leave with 75 and without a trace, and three clips are
 * paid for, once each. CONTENT waits until all others have given up, so that none of them can come
 * too late to find the workspace taken. */
static void
test_fifty_starts (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (GPtrArray) processes
      = g_ptr_array_new_with_free_func ((GDestroyNotify)pipeline_process_free);
  g_autoptr (PipelineResult) done = NULL;
  guint winner;

  veo3_test_write_pipeline (
      test, "CONTENT;VEO3_AWAIT",
      "[stage CONTENT]\n"
      "command=sh -c \"cp assets.json publishing-assets.json; touch started; until test -e go; do "
      "sleep 0.02; done\"\n"
      "[stage VEO3_AWAIT]\nplugin=veo3\n");
  for (guint i = 0; i < N_STARTS; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      g_ptr_array_add (processes, veo3_test_start (test, "run", "--run-id", id, NULL));
    }
  await_file (test, "ws/started");
  winner = find_winner (test);
  for (guint i = 0; i < N_STARTS; i++)
    {
      g_autoptr (PipelineResult) result = NULL;

      if (i == winner)
        continue;
      result = pipeline_process_wait (g_ptr_array_index (processes, i));
      g_assert_cmpint (result->exit_code, ==, 75);
      veo3_test_assert_says (result->err, "works on it");
    }
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 0);
  pipeline_fixture_write (test->fixture, "ws/go", "");
  done = pipeline_process_wait (g_ptr_array_index (processes, winner));
  g_assert_cmpint (done->exit_code, ==, 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  g_assert_cmpuint (find_winner (test), ==, winner);
}

/* A lock file that a killed process has left locks nobody out, whatever it says. */
static void
test_stale (void)
{
  static const char *const texts[] = { "1\n", "4194304\n", "", "not a number", "-7\n", "\xff" };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      pipeline_fixture_write (test->fixture, "ws/.pipeline.lock", texts[i]);
      veo3_test_expect (test, "run", 0);
    }
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Something else in the place of the lock file is refused at once with its name, and not touched.
 */
static void
test_no_lock_file (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *path = pipeline_fixture_path (test->fixture, "ws/.pipeline.lock");
  g_autofree char *victim = pipeline_fixture_path (test->fixture, "victim");
  g_autofree char *text = NULL;

  pipeline_fixture_write (test->fixture, "victim", "words");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (PipelineResult) result = NULL;

      (void)g_remove (path);
      g_assert_cmpint (i == 0   ? g_mkdir (path, 0700)
                       : i == 1 ? symlink (victim, path)
                                : mkfifo (path, 0600),
                       ==, 0);
      result = veo3_test_run (test, "run", NULL);
      g_assert_cmpint (result->exit_code, ==, 2);
      veo3_test_assert_says (result->err, ".pipeline.lock");
    }
  text = pipeline_fixture_read (test->fixture, "victim");
  g_assert_cmpstr (text, ==, "words");
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/run.json"));
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 0);
}

/* While a run holds the workspace no command of the plugin works on it, not even the one that only
 * fetches: all leave with 75, and the run is not disturbed. */
static void
test_commands (void)
{
  static const char *const commands[][3]
      = { { "collect", NULL, NULL }, { "cancel", "a", NULL }, { "regenerate", "a", NULL } };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ngeneration-time=700ms\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_await_status (test, "a", "generating");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (PipelineResult) refused
          = veo3_test_run (test, "veo3", commands[i][0], commands[i][1], commands[i][2], NULL);

      g_assert_cmpint (refused->exit_code, ==, 75);
    }
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

static gboolean
is_unlocked (gpointer path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC);
  gboolean is_free = fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0;

  if (fd >= 0)
    (void)close (fd);
  return is_free;
}

/* A stage's command goes with a runner that was killed; what the command itself has started may
 * live on. It holds neither the lock nor anything else of the run: the next run begins at once,
 * runs that stage anew, and pays for nothing again. */
static void
test_grandchildren (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *lock = pipeline_fixture_path (test->fixture, "ws/.pipeline.lock");
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) killed = NULL;
  g_autofree char *pid = NULL;

  veo3_test_write_pipeline (test, "CONTENT;LAYOUT_DETECTIVE;VEO3_AWAIT",
                            "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                            "[stage LAYOUT_DETECTIVE]\n"
                            "command=sh -c \"test -e pid && exit 0; sleep 60 & echo $! > pid.new; "
                            "mv pid.new pid; wait\"\n"
                            "[stage VEO3_AWAIT]\nplugin=veo3\n");
  process = veo3_test_start (test, "run", NULL);
  await_file (test, "ws/pid");
  veo3_test_await_status (test, "c", "completed");
  pipeline_process_signal (process, SIGKILL);
  killed = pipeline_process_wait (process);
  g_assert_cmpint (killed->exit_code, ==, 128 + SIGKILL);
  pipeline_fixture_wait_until ("the lock of the killed process", is_unlocked, lock);
  pid = pipeline_fixture_read (test->fixture, "ws/pid");
  g_assert_cmpint (kill (atoi (pid), 0), ==, 0);
  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  g_assert_cmpint (kill (atoi (pid), SIGKILL), ==, 0);
}

int
main (int argc, char **argv)
{
  recovery_world_use_memory ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recovery/locks/fifty-starts", test_fifty_starts);
  g_test_add_func ("/recovery/locks/stale", test_stale);
  g_test_add_func ("/recovery/locks/no-lock-file", test_no_lock_file);
  g_test_add_func ("/recovery/locks/commands", test_commands);
  g_test_add_func ("/recovery/locks/grandchildren", test_grandchildren);
  return g_test_run ();
}
