/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/run-state.c and host/run-state-json.c: nothing is lost on the way through
 * the file, and a file that is not understood is never taken for none.
 */
#include "host/run-state.h"

#include <json-c/json.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/host/host-test.h"

static const char *const names[] = { "ROUTER", "CONTENT", "DELIVERY", NULL };

#define HEAD                                                                                       \
  "{\"schema_version\": 1, \"run_id\": \"r-1\", \"pipeline\": \"p\", \"pid\": 7, "                 \
  "\"status\": \"running\", \"created_at\": \"c\", \"updated_at\": \"u\", "

static RunState *
decode (const char *text, GError **error)
{
  return run_state_from_json (text, strlen (text), error);
}

/* Every field survives encoding and decoding. */
static void
test_round_trip (void)
{
  g_autoptr (RunState) state = run_state_new ("r-1", "reels", names);
  RunStage *stage = run_state_stage (state, "CONTENT");
  g_autoptr (RunState) back = NULL;
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;
  g_autoptr (GError) error = NULL;

  state->status = RUN_STATUS_FAILED;
  g_hash_table_insert (state->inputs, g_strdup ("url"), g_strdup ("http://x/\"\n"));
  stage->status = RUN_STAGE_FAILED;
  stage->attempts = 3;
  stage->exit_code = 17;
  stage->started_at = g_strdup ("2026-11-22T09:00:00.000Z");
  stage->ended_at = g_strdup ("2026-11-22T09:00:01.000Z");
  stage->duration_ms = 1000;
  stage->error = g_strdup ("bad \xff byte");
  text = run_state_to_json (state);
  back = decode (text, &error);
  g_assert_no_error (error);
  again = run_state_to_json (back);
  g_assert_cmpstr (again, ==, text);
  g_assert_cmpint (back->pid, ==, getpid ());
  g_assert_cmpint (back->status, ==, RUN_STATUS_FAILED);
  g_assert_cmpstr (g_hash_table_lookup (back->inputs, "url"), ==, "http://x/\"\n");
  stage = run_state_stage (back, "CONTENT");
  g_assert_cmpint (stage->status, ==, RUN_STAGE_FAILED);
  g_assert_cmpuint (stage->attempts, ==, 3);
  g_assert_cmpint (stage->exit_code, ==, 17);
  g_assert_cmpint (stage->duration_ms, ==, 1000);
  g_assert_cmpstr (stage->error, ==, "bad \xef\xbf\xbd byte");
  stage = run_state_stage (back, "ROUTER");
  g_assert_cmpint (stage->exit_code, ==, RUN_STATE_NO_EXIT_CODE);
  g_assert_null (stage->started_at);
  g_assert_null (run_state_stage (back, "NONE"));
}

/* The words of the file are part of its format. */
static void
test_words (void)
{
  g_assert_cmpstr (run_status_to_string (RUN_STATUS_RUNNING), ==, "running");
  g_assert_cmpstr (run_status_to_string (RUN_STATUS_DONE), ==, "done");
  g_assert_cmpstr (run_status_to_string (RUN_STATUS_FAILED), ==, "failed");
  g_assert_cmpstr (run_status_to_string (RUN_STATUS_STOPPED), ==, "stopped");
  g_assert_cmpstr (run_stage_status_to_string (RUN_STAGE_PENDING), ==, "pending");
  g_assert_cmpstr (run_stage_status_to_string (RUN_STAGE_RUNNING), ==, "running");
  g_assert_cmpstr (run_stage_status_to_string (RUN_STAGE_DONE), ==, "done");
  g_assert_cmpstr (run_stage_status_to_string (RUN_STAGE_FAILED), ==, "failed");
}

/* Members of a later version survive, on both levels; odd types of ours get their defaults. */
static void
test_unknown_members (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RunState) state
      = decode (HEAD "\"inputs\": {\"a\": \"1\", \"b\": 2}, \"mood\": {\"x\": [1, null]}, "
                     "\"stages\": [{\"name\": \"A\", \"status\": \"done\", \"attempts\": -4, "
                     "\"exit_code\": 9999, \"duration_ms\": \"x\", \"error\": 5, "
                     "\"colour\": \"red\"}]}",
                &error);
  g_autofree char *text = NULL;
  const RunStage *stage = NULL;

  g_assert_no_error (error);
  stage = run_state_stage (state, "A");
  g_assert_cmpuint (stage->attempts, ==, 0);
  g_assert_cmpint (stage->exit_code, ==, 255);
  g_assert_cmpint (stage->duration_ms, ==, 0);
  g_assert_null (stage->error);
  g_assert_cmpuint (g_hash_table_size (state->inputs), ==, 1);
  text = run_state_to_json (state);
  g_assert_nonnull (strstr (text, "\"mood\""));
  g_assert_nonnull (strstr (text, "\"colour\": \"red\""));
}

/* Whatever is no run state is CORRUPT, and the message says what and that the file is kept. */
static void
test_corrupt (void)
{
  static const char *const cases[][2] = {
    { "", "ends in the middle" },
    { "   ", "ends in the middle" },
    { "null\n", "no JSON object" },
    { "[]", "no JSON object" },
    { "{} x", "JSON: " },
    { "{\"a\": nope}", "JSON: " },
    { "{\"a\": \"\xff\"}", "not UTF-8" },
    { "{}", "no 'schema_version'" },
    { "{\"schema_version\": \"1\"}", "no 'schema_version'" },
    { "{\"schema_version\": 1}", "no valid 'run_id'" },
    { "{\"schema_version\": 1, \"run_id\": \"../x\"}", "no valid 'run_id'" },
    { "{\"schema_version\": 1, \"run_id\": \"r\"}", "no known 'status'" },
    { "{\"schema_version\": 1, \"run_id\": \"r\", \"status\": \"odd\"}", "no known 'status'" },
    { "{\"schema_version\": 1, \"run_id\": \"r\", \"status\": \"done\"}", "'pipeline'" },
    { HEAD "\"stages\": {}}", "'stages' is no array" },
    { HEAD "\"x\": 1}", "'stages' is no array" },
    { HEAD "\"stages\": [1]}", "an element of 'stages'" },
    { HEAD "\"stages\": [{\"status\": \"done\"}]}", "no name" },
    { HEAD "\"stages\": [{\"name\": \"A\", \"status\": \"odd\"}]}", "stage A has no known" },
    { HEAD "\"stages\": [{\"name\": \"A\", \"status\": \"done\"}, "
           "{\"name\": \"A\", \"status\": \"done\"}]}",
      "the name of another" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (decode (cases[i][0], &error));
      g_assert_error (error, RUN_STATE_ERROR, RUN_STATE_ERROR_CORRUPT);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, cases[i][1]));
      g_assert_nonnull (strstr (error->message, "left as it is"));
    }
}

/* json-c's traps: NUL and what follows, and nesting beyond the limit. */
static void
test_json_traps (void)
{
  g_autoptr (GError) nul_error = NULL;
  g_autoptr (GError) depth_error = NULL;
  g_autofree char *open = g_strnfill (RUN_STATE_MAX_DEPTH + 1, '[');
  g_autofree char *close = g_strnfill (RUN_STATE_MAX_DEPTH + 1, ']');
  g_autofree char *deep = g_strconcat (HEAD "\"x\": ", open, close, ", \"stages\": []}", NULL);

  g_assert_null (run_state_from_json ("{}\0junk", 7, &nul_error));
  g_assert_error (nul_error, RUN_STATE_ERROR, RUN_STATE_ERROR_CORRUPT);
  g_assert_null (decode (deep, &depth_error));
  g_assert_error (depth_error, RUN_STATE_ERROR, RUN_STATE_ERROR_CORRUPT);
}

/* A file cut anywhere is corrupt, never a shorter run. */
static void
test_every_prefix (void)
{
  g_autoptr (RunState) state = run_state_new ("r-1", "reels", names);
  g_autofree char *text = run_state_to_json (state);
  gsize end = strlen (text) - 1; /* without the newline the document is whole */

  for (gsize length = 0; length < end; length++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (run_state_from_json (text, length, &error));
      g_assert_error (error, RUN_STATE_ERROR, RUN_STATE_ERROR_CORRUPT);
    }
}

/* A later version's file is not touched and not guessed at. */
static void
test_newer (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (decode ("{\"schema_version\": 2, \"stages\": 5}", &error));
  g_assert_error (error, RUN_STATE_ERROR, RUN_STATE_ERROR_NEWER);
  g_assert_nonnull (strstr (error->message, "later version"));
}

/* Going on: interrupted and failed stages are pending again with their attempts; the list follows
 * the pipeline file, matched by name. */
static void
test_continue (void)
{
  static const char *const changed[] = { "CONTENT", "NEW", "ROUTER", NULL };
  g_autoptr (RunState) state = run_state_new ("r-1", "reels", names);
  RunStage *stage = run_state_stage (state, "ROUTER");

  stage->status = RUN_STAGE_DONE;
  stage->attempts = 1;
  stage = run_state_stage (state, "CONTENT");
  stage->status = RUN_STAGE_RUNNING;
  stage->attempts = 2;
  stage = run_state_stage (state, "DELIVERY");
  stage->status = RUN_STAGE_FAILED;
  state->status = RUN_STATUS_STOPPED;
  state->pid = 1;

  run_state_continue (state, names);
  g_assert_cmpint (state->status, ==, RUN_STATUS_RUNNING);
  g_assert_cmpint (state->pid, ==, getpid ());
  g_assert_cmpint (run_state_stage (state, "DELIVERY")->status, ==, RUN_STAGE_PENDING);

  run_state_continue (state, changed);
  g_assert_cmpuint (state->stages->len, ==, 3);
  stage = state->stages->pdata[0];
  g_assert_cmpstr (stage->name, ==, "CONTENT");
  g_assert_cmpint (stage->status, ==, RUN_STAGE_PENDING);
  g_assert_cmpuint (stage->attempts, ==, 2);
  stage = state->stages->pdata[1];
  g_assert_cmpstr (stage->name, ==, "NEW");
  g_assert_cmpint (stage->status, ==, RUN_STAGE_PENDING);
  stage = state->stages->pdata[2];
  g_assert_cmpint (stage->status, ==, RUN_STAGE_DONE);
  g_assert_null (run_state_stage (state, "DELIVERY"));
}

/* Restarting forgets what stages did, from the given one on. */
static void
test_reset (void)
{
  g_autoptr (RunState) state = run_state_new ("r-1", "reels", names);

  for (guint i = 0; i < 3; i++)
    {
      RunStage *stage = state->stages->pdata[i];

      stage->status = RUN_STAGE_DONE;
      stage->attempts = 5;
    }
  run_state_reset_stages (state, 1);
  g_assert_cmpint (run_state_stage (state, "ROUTER")->status, ==, RUN_STAGE_DONE);
  g_assert_cmpint (run_state_stage (state, "CONTENT")->status, ==, RUN_STAGE_PENDING);
  g_assert_cmpuint (run_state_stage (state, "DELIVERY")->attempts, ==, 0);
}

/* Saved, private, dated, and loaded as written: a running stage is still running. */
static void
test_save_and_load (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *path = g_build_filename (folder, RUN_STATE_FILE_NAME, NULL);
  g_autoptr (RunState) state = run_state_new ("r-1", "reels", names);
  g_autoptr (RunState) back = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;

  run_state_stage (state, "ROUTER")->status = RUN_STAGE_RUNNING;
  g_free (state->updated_at);
  state->updated_at = g_strdup ("old");
  g_assert_true (run_state_save (state, folder, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (state->updated_at, !=, "old");
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  back = run_state_load (folder, &error);
  g_assert_no_error (error);
  g_assert_cmpint (run_state_stage (back, "ROUTER")->status, ==, RUN_STAGE_RUNNING);
  host_test_folder_free (folder);
}

/* Only a file that is not there is ABSENT. */
static void
test_load_errors (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *path = g_build_filename (folder, RUN_STATE_FILE_NAME, NULL);
  g_autofree char *kept = NULL;
  g_autoptr (GError) absent = NULL;
  g_autoptr (GError) corrupt = NULL;
  g_autoptr (GError) link = NULL;
  g_autoptr (GError) place = NULL;

  g_assert_null (run_state_load (folder, &absent));
  g_assert_error (absent, RUN_STATE_ERROR, RUN_STATE_ERROR_ABSENT);
  host_test_write (folder, RUN_STATE_FILE_NAME, "{\"half");
  g_assert_null (run_state_load (folder, &corrupt));
  g_assert_error (corrupt, RUN_STATE_ERROR, RUN_STATE_ERROR_CORRUPT);
  g_assert_true (g_str_has_prefix (corrupt->message, path));
  kept = host_test_read (folder, RUN_STATE_FILE_NAME);
  g_assert_cmpstr (kept, ==, "{\"half");
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (symlink ("dangling", path), ==, 0);
  g_assert_null (run_state_load (folder, &link));
  g_assert_error (link, RUN_STATE_ERROR, RUN_STATE_ERROR_IO);
  g_assert_cmpint (unlink (path), ==, 0);
  host_test_mkdir (folder, RUN_STATE_FILE_NAME);
  g_assert_null (run_state_load (folder, &place));
  g_assert_error (place, RUN_STATE_ERROR, RUN_STATE_ERROR_IO);
  host_test_folder_free (folder);
}

/* A disk that takes no more (here: a file size limit) is IO, and the old file is still there. */
static void
test_save_errors (void)
{
  char *folder = host_test_folder_new ();
  g_autoptr (RunState) state = run_state_new ("r-1", "reels", names);
  g_autoptr (RunState) back = NULL;
  g_autoptr (GError) full = NULL;
  g_autoptr (GError) gone = NULL;
  struct rlimit limit;
  struct rlimit none;

  g_assert_true (run_state_save (state, folder, NULL));
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  none = limit;
  none.rlim_cur = 10;
  (void)signal (SIGXFSZ, SIG_IGN);
  state->status = RUN_STATUS_DONE;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &none), ==, 0);
  g_assert_false (run_state_save (state, folder, &full));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_error (full, RUN_STATE_ERROR, RUN_STATE_ERROR_IO);
  back = run_state_load (folder, NULL);
  g_assert_cmpint (back->status, ==, RUN_STATUS_RUNNING);
  host_test_folder_free (g_strdup (folder));
  g_assert_false (run_state_save (state, folder, &gone));
  g_assert_error (gone, RUN_STATE_ERROR, RUN_STATE_ERROR_IO);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/run-state/round-trip", test_round_trip);
  g_test_add_func ("/host/run-state/words", test_words);
  g_test_add_func ("/host/run-state/unknown-members", test_unknown_members);
  g_test_add_func ("/host/run-state/corrupt", test_corrupt);
  g_test_add_func ("/host/run-state/json-traps", test_json_traps);
  g_test_add_func ("/host/run-state/every-prefix", test_every_prefix);
  g_test_add_func ("/host/run-state/newer", test_newer);
  g_test_add_func ("/host/run-state/continue", test_continue);
  g_test_add_func ("/host/run-state/reset", test_reset);
  g_test_add_func ("/host/run-state/save-and-load", test_save_and_load);
  g_test_add_func ("/host/run-state/load-errors", test_load_errors);
  g_test_add_func ("/host/run-state/save-errors", test_save_errors);
  return g_test_run ();
}
