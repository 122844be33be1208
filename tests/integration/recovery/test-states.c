/* SPDX-License-Identifier: MIT */
/*
 * Every start is a recovery: for each state that a run can leave a job in, crossed with what may
 * have changed since, what the next start sends, what it says, and what it leaves. All states stand
 * in one jobs.json, so that one start of the program answers for a whole column.
 *
 * Judge: the emulator's log of requests that it received completely.
 *
 * Run as: test-recovery-states [few]
 */
#include "tests/integration/recovery/recovery-world.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a start may do with a job. */
typedef enum
{
  FATE_NEW,    /* nothing of it was ever taken: sent as it is wanted now */
  FATE_TRIED,  /* sent before, and told to come later: sent as it is wanted now */
  FATE_ASKED,  /* its operation is known: polled and fetched, never sent */
  FATE_LEFT,   /* ended: stays as it is */
  FATE_UNSURE, /* may have been taken: uncertain, never sent */
} Fate;

/* What is in the place of the clip. */
typedef enum
{
  CLIP_NONE,
  CLIP_WHOLE,
  CLIP_CUT,
  CLIP_EMPTY,
} Clip;

typedef struct
{
  const char *variant;
  const char *status;
  const char *code; /* (nullable) */
  gboolean has_operation;
  int attempts;
  Clip clip;
  Fate fate;
} Row;

static const Row rows[] = {
  { "pending", "pending", NULL, FALSE, 0, CLIP_NONE, FATE_NEW },
  { "pending-tried", "pending", NULL, FALSE, 1, CLIP_NONE, FATE_TRIED },
  { "submitting", "submitting", NULL, FALSE, 0, CLIP_NONE, FATE_UNSURE },
  { "generating", "generating", NULL, TRUE, 1, CLIP_NONE, FATE_ASKED },
  { "generating-nameless", "generating", NULL, FALSE, 1, CLIP_NONE, FATE_UNSURE },
  { "downloading", "downloading", NULL, TRUE, 1, CLIP_NONE, FATE_ASKED },
  { "downloading-cut", "downloading", NULL, TRUE, 1, CLIP_CUT, FATE_ASKED },
  { "downloading-nameless", "downloading", NULL, FALSE, 1, CLIP_NONE, FATE_UNSURE },
  { "completed", "completed", NULL, TRUE, 1, CLIP_WHOLE, FATE_LEFT },
  { "completed-lost", "completed", NULL, TRUE, 1, CLIP_NONE, FATE_ASKED },
  { "completed-cut", "completed", NULL, TRUE, 1, CLIP_CUT, FATE_ASKED },
  { "completed-empty", "completed", NULL, TRUE, 1, CLIP_EMPTY, FATE_ASKED },
  { "timed-out", "timed_out", "deadline", TRUE, 1, CLIP_NONE, FATE_ASKED },
  { "timed-out-nameless", "timed_out", "deadline", FALSE, 1, CLIP_NONE, FATE_UNSURE },
  { "uncertain", "uncertain", "uncertain_submit", FALSE, 1, CLIP_NONE, FATE_UNSURE },
  { "cancelled", "cancelled", "cancelled", TRUE, 1, CLIP_NONE, FATE_LEFT },
  { "cancelled-unsent", "cancelled", "cancelled", FALSE, 0, CLIP_NONE, FATE_LEFT },
  { "invalid-prompt", "failed", "invalid_prompt", FALSE, 0, CLIP_NONE, FATE_NEW },
  { "credentials", "failed", "credentials", FALSE, 1, CLIP_NONE, FATE_NEW },
  { "model-gone", "failed", "model_gone", FALSE, 1, CLIP_NONE, FATE_NEW },
  { "quota-day", "failed", "quota_day", FALSE, 1, CLIP_NONE, FATE_NEW },
  { "credentials-taken", "failed", "credentials", TRUE, 1, CLIP_NONE, FATE_LEFT },
  { "invalid-request", "failed", "invalid_request", FALSE, 1, CLIP_NONE, FATE_LEFT },
  { "quota-minute", "failed", "quota_minute", FALSE, 8, CLIP_NONE, FATE_LEFT },
  { "unavailable", "failed", "unavailable", FALSE, 3, CLIP_NONE, FATE_LEFT },
  { "protocol", "failed", "protocol", FALSE, 1, CLIP_NONE, FATE_LEFT },
  { "given-up", "failed", "deadline", FALSE, 2, CLIP_NONE, FATE_LEFT },
  { "disk", "failed", "disk", FALSE, 0, CLIP_NONE, FATE_NEW },
  { "filtered", "failed", "content_filtered", TRUE, 1, CLIP_NONE, FATE_LEFT },
  { "operation-failed", "failed", "operation_failed", TRUE, 1, CLIP_NONE, FATE_LEFT },
  { "no-clip", "failed", "no_clip", TRUE, 1, CLIP_NONE, FATE_LEFT },
  { "operation-lost", "failed", "operation_lost", TRUE, 1, CLIP_NONE, FATE_LEFT },
  { "clip-gone", "failed", "clip_gone", TRUE, 1, CLIP_NONE, FATE_LEFT },
  { "not-a-clip", "failed", "not_a_clip", TRUE, 1, CLIP_NONE, FATE_LEFT },
  { "unknown-code", "failed", "of_a_later_version", FALSE, 1, CLIP_NONE, FATE_LEFT },
  { "abandoned", "failed", "cancelled", FALSE, 1, CLIP_NONE, FATE_LEFT },
};

/* What has changed since. */
typedef enum
{
  CHANGE_NONE,
  CHANGE_PROMPT,
  CHANGE_DURATION,
  CHANGE_MODEL,
  CHANGE_ORDER,   /* and one prompt more */
  CHANGE_REMOVED, /* only one other prompt is left */
  CHANGE_INVALID, /* no prompt has words any more */
  CHANGE_NO_FILE, /* publishing-assets.json is gone */
} Change;

typedef struct
{
  const char *name;
  Change change;
  gboolean is_interrupted; /* run.json: died in VEO3_AWAIT; else done */
  gboolean is_chosen;      /* when few are wanted */
  const char *command;
  const char *option; /* (nullable) */
} Column;

static const Column columns[] = {
  { "same/run", CHANGE_NONE, TRUE, TRUE, "run", NULL },
  { "same/resume", CHANGE_NONE, TRUE, FALSE, "resume", NULL },
  { "same/restart", CHANGE_NONE, TRUE, FALSE, "run", "--restart" },
  { "same/restart-done", CHANGE_NONE, FALSE, FALSE, "run", "--restart" },
  { "prompt/run", CHANGE_PROMPT, TRUE, TRUE, "run", NULL },
  { "prompt/restart-done", CHANGE_PROMPT, FALSE, FALSE, "run", "--restart" },
  { "duration/run", CHANGE_DURATION, TRUE, FALSE, "run", NULL },
  { "model/run", CHANGE_MODEL, TRUE, FALSE, "run", NULL },
  { "order/run", CHANGE_ORDER, TRUE, FALSE, "run", NULL },
  { "removed/run", CHANGE_REMOVED, TRUE, FALSE, "run", NULL },
  { "removed/restart", CHANGE_REMOVED, TRUE, TRUE, "run", "--restart" },
  { "invalid/run", CHANGE_INVALID, TRUE, FALSE, "run", NULL },
  { "no-file/run", CHANGE_NO_FILE, TRUE, FALSE, "run", NULL },
};

static RecoveryWorld *world; /* one for all cases: (owned) by main */

static void
put_clip (const Row *row)
{
  g_autofree char *path = recovery_world_clip (world, row->variant);
  struct stat info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  if (row->clip == CLIP_NONE)
    g_assert_cmpint (g_unlink (path), ==, 0);
  else if (row->clip != CLIP_WHOLE)
    g_assert_cmpint (truncate (path, row->clip == CLIP_CUT ? info.st_size - 1 : 0), ==, 0);
}

/* Makes of a completed job what a run leaves that ended in @row. */
static void
put_job (const Row *row)
{
  json_object *job = recovery_world_job (world, row->variant);
  gboolean is_ended = g_strcmp0 (row->status, "failed") == 0 || row->code != NULL
                      || g_strcmp0 (row->status, "completed") == 0;

  recovery_world_set (world, row->variant, "status", row->status);
  recovery_world_set (world, row->variant, "error_code", row->code);
  recovery_world_set (world, row->variant, "error_message", row->code != NULL ? "as it was" : NULL);
  recovery_world_set (world, row->variant, "a_note", "of another program");
  json_object_object_add (job, "attempts", json_object_new_int (row->attempts));
  if (!is_ended)
    recovery_world_set (world, row->variant, "completed_at", NULL);
  if (!row->has_operation)
    {
      recovery_world_set (world, row->variant, "operation_name", NULL);
      recovery_world_set (world, row->variant, "submitted_at", NULL);
    }
  if (g_strcmp0 (row->status, "completed") != 0)
    {
      recovery_world_set (world, row->variant, "video_path", NULL);
      recovery_world_set (world, row->variant, "bytes", NULL);
      recovery_world_set (world, row->variant, "sha256", NULL);
    }
  put_clip (row);
}

static void
put_change (Change change)
{
  RecoveryWish wish = RECOVERY_SAME_WISH;

  wish.suffix = change == CHANGE_PROMPT ? ", changed" : NULL;
  wish.duration_s = change == CHANGE_DURATION ? 8 : change == CHANGE_INVALID ? -1 : 6;
  wish.is_reversed = change == CHANGE_ORDER;
  wish.has_variants = change != CHANGE_REMOVED;
  wish.extra = change == CHANGE_ORDER || change == CHANGE_REMOVED ? "extra" : NULL;
  recovery_world_ask (world, wish);
  pipeline_fixture_set_environment (world->test->fixture, "VEO3_MODEL",
                                    change == CHANGE_MODEL ? "veo-3.1-generate-preview" : NULL);
  if (change == CHANGE_NO_FILE)
    {
      g_autofree char *path
          = pipeline_fixture_path (world->test->fixture, "ws/publishing-assets.json");

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

/* ---- what is expected ---- */

static gboolean
is_pending (const Row *row)
{
  return g_strcmp0 (row->status, "pending") == 0;
}

static gboolean
is_sent (const Row *row, Change change)
{
  if (row->fate != FATE_NEW && row->fate != FATE_TRIED)
    return FALSE;
  switch (change)
    {
    case CHANGE_REMOVED:
    case CHANGE_INVALID:
      return FALSE;
    case CHANGE_NO_FILE:
      return is_pending (row); /* the prompt of jobs.json */
    case CHANGE_NONE:
    case CHANGE_PROMPT:
    case CHANGE_DURATION:
    case CHANGE_MODEL:
    case CHANGE_ORDER:
      return TRUE;
    }
  g_assert_not_reached ();
}

/* A pending job nobody asks for any more was never anything. */
static gboolean
is_forgotten (const Row *row, Change change)
{
  return change == CHANGE_REMOVED && row->fate == FATE_NEW && is_pending (row);
}

static const char *
expected_status (const Row *row, Change change)
{
  if (is_sent (row, change) || row->fate == FATE_ASKED)
    return "completed";
  if (row->fate == FATE_UNSURE)
    return "uncertain";
  return row->fate == FATE_LEFT ? row->status : "failed";
}

static gboolean
is_stale (const Row *row, Change change)
{
  return (row->fate == FATE_ASKED || row->fate == FATE_LEFT || row->fate == FATE_UNSURE)
         && (change == CHANGE_PROMPT || change == CHANGE_DURATION || change == CHANGE_MODEL
             || change == CHANGE_INVALID);
}

static void
check_said (const Row *row, Change change, const char *said)
{
  g_autofree char *words = g_strdup_printf ("clip %s is stale", row->variant);

  if (is_stale (row, change) != (strstr (said, words) != NULL))
    g_error ("%s: \"%s\" %s in: %s", row->variant, words,
             is_stale (row, change) ? "is missing" : "should not be", said);
}

static void
check_member (const Row *row, const char *member, const char *expected)
{
  g_autofree char *actual = veo3_test_job (world->test, row->variant, member);

  if (g_strcmp0 (actual, expected) != 0)
    g_error ("%s: %s is %s, not %s", row->variant, member, actual != NULL ? actual : "null",
             expected != NULL ? expected : "null");
}

static void
check_clip (const Row *row, gboolean is_completed)
{
  g_autofree char *path = recovery_world_clip (world, row->variant);
  g_autofree char *bytes = NULL;
  struct stat info;

  if (!is_completed)
    return;
  bytes = veo3_test_job (world->test, row->variant, "bytes");
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, g_ascii_strtoll (bytes, NULL, 10));
  g_assert_cmpint (info.st_size, >, 1024);
}

static void
check_row (const Row *row, Change change, const char *said)
{
  json_object *before = recovery_world_job (world, row->variant);
  const char *operation = emulator_log_string (before, "operation_name");
  const char *status = expected_status (row, change);

  if (recovery_world_count_submits (world, row->variant) != (is_sent (row, change) ? 1 : 0))
    g_error ("%s: sent %u times", row->variant, recovery_world_count_submits (world, row->variant));
  if (operation != NULL)
    g_assert_cmpint (recovery_world_count (world, "poll", operation) > 0, ==,
                     row->fate == FATE_ASKED);
  check_said (row, change, said);
  if (is_forgotten (row, change))
    return;
  check_member (row, "status", status);
  check_member (row, "idempotent_key", emulator_log_string (before, "idempotent_key"));
  if (operation != NULL)
    check_member (row, "operation_name", operation);
  check_member (row, "a_note", "of another program");
  if (row->fate == FATE_LEFT)
    check_member (row, "error_code", strstr (row->variant, "unknown") ? NULL : row->code);
  if (row->fate == FATE_UNSURE)
    check_member (row, "error_code", "uncertain_submit");
  check_clip (row, g_strcmp0 (status, "completed") == 0);
}

static guint
count_expected_submits (Change change)
{
  guint n = change == CHANGE_ORDER || change == CHANGE_REMOVED ? 1 : 0;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    n += is_sent (&rows[i], change);
  return n;
}

/* All rows of one column: what is sent is what may be sent, once, with the newest words; what was
 * sent before is asked for, kept, and called stale where it is; names and members of others stay;
 * the uncertain ones make it exit 5, the second time as well, which sends nothing. */
static void
test_column (gconstpointer data)
{
  const Column *column = data;
  g_autoptr (PipelineResult) result = NULL;

  recovery_world_begin (world);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    put_job (&rows[i]);
  json_object_object_add (world->document, "a_member", json_object_new_int (7));
  recovery_world_save (world);
  put_change (column->change);
  if (column->is_interrupted)
    recovery_world_interrupt (world);
  result = veo3_test_run (world->test, column->command, column->option, NULL);
  g_assert_cmpint (result->exit_code, ==, 5);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    check_row (&rows[i], column->change, result->err);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==,
                    count_expected_submits (column->change));
  g_assert_cmpuint (recovery_world_count (world, "submit", "changed"), ==,
                    column->change == CHANGE_PROMPT ? count_expected_submits (CHANGE_PROMPT) : 0);
  g_assert_cmpuint (recovery_world_count (world, "submit", "\"durationSeconds\":8"), ==,
                    column->change == CHANGE_DURATION ? count_expected_submits (CHANGE_DURATION)
                                                      : 0);
  json_object_put (world->document);
  world->document = pipeline_fixture_read_json (world->test->fixture, "ws/veo3/jobs.json");
  g_assert_cmpint (emulator_log_int (world->document, "a_member"), ==, 7);
  veo3_test_expect (world->test, "run", 5);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==,
                    count_expected_submits (column->change));
}

/* A finished run is left alone, whatever its clips are: nothing is asked or sent, its jobs.json
 * stays byte for byte, and what it left over is in the exit code; `resume` says that there is
 * nothing to go on with. */
static void
test_finished (void)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  recovery_world_begin (world);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    put_job (&rows[i]);
  recovery_world_save (world);
  put_change (CHANGE_PROMPT);
  before = pipeline_fixture_read (world->test->fixture, "ws/veo3/jobs.json");
  veo3_test_expect (world->test, "run", 5);
  veo3_test_expect (world->test, "resume", 2);
  after = pipeline_fixture_read (world->test->fixture, "ws/veo3/jobs.json");
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
  g_assert_cmpuint (recovery_world_count (world, "poll", NULL), ==, 0);
}

/* The one row alone is wanted, and known. */
static PipelineResult *
run_alone (const Row *row)
{
  json_object *jobs = json_object_new_array ();

  recovery_world_begin (world);
  put_job (row);
  recovery_world_ask (world, (RecoveryWish){ .duration_s = 6, .extra = row->variant });
  json_object_array_add (jobs, json_object_get (recovery_world_job (world, row->variant)));
  json_object_object_add (world->document, "jobs", jobs);
  recovery_world_save (world);
  recovery_world_interrupt (world);
  return veo3_test_run (world->test, "run", "--fail-on=partial", NULL);
}

/* The exit code tells what is left over of each state, and the message of an uncertain one says
 * that money may have been spent and that it is not sent again. */
static void
test_exit_codes (void)
{
  static const struct
  {
    const char *variant;
    int exit_code;
  } expected[] = {
    { "pending", 0 },           { "submitting", 5 },
    { "generating", 0 },        { "generating-nameless", 5 },
    { "completed", 0 },         { "timed-out", 0 },
    { "uncertain", 5 },         { "cancelled", 7 },
    { "invalid-prompt", 0 },    { "credentials", 0 },
    { "credentials-taken", 3 }, { "filtered", 7 },
    { "given-up", 7 },
  };

  put_change (CHANGE_NONE);
  for (gsize i = 0, j = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (PipelineResult) result = NULL;

      for (j = 0; !g_str_equal (rows[j].variant, expected[i].variant); j++)
        g_assert_cmpuint (j + 1, <, G_N_ELEMENTS (rows));
      result = run_alone (&rows[j]);
      g_test_message ("%s alone: exit %d", rows[j].variant, result->exit_code);
      g_assert_cmpint (result->exit_code, ==, expected[i].exit_code);
      if (g_str_equal (rows[j].variant, "submitting"))
        {
          veo3_test_assert_says (result->err, "may have been accepted and billed");
          veo3_test_assert_says (result->err, "sent again by itself");
        }
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) variants = g_ptr_array_new ();
  gboolean is_few;
  int status;

  recovery_world_use_memory ();
  g_test_init (&argc, &argv, NULL);
  is_few = argc > 1 && g_str_equal (argv[1], "few");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_ptr_array_add (variants, (gpointer)rows[i].variant);
  g_ptr_array_add (variants, NULL);
  world = recovery_world_new ((const char *const *)variants->pdata, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autofree char *path = g_strconcat ("/recovery/states/", columns[i].name, NULL);

      if (columns[i].is_chosen || !is_few)
        g_test_add_data_func (path, &columns[i], test_column);
    }
  g_test_add_func ("/recovery/states/finished", test_finished);
  g_test_add_func ("/recovery/states/exit-codes", test_exit_codes);
  status = g_test_run ();
  recovery_world_free (world);
  return status;
}
