/* SPDX-License-Identifier: MIT */
/*
 * Tests of the user's orders as the host gives them: through the descriptor, on the plugin's own
 * thread, to their end, and told to end before. The fake service; every wait has a deadline.
 */
#include <string.h>

#include "tests/unit/stage/stage-host.h"

#define N_CYCLES 200

typedef struct
{
  StageHost *host;     /* (owned) */
  GCancellable *stop;  /* (owned) */
  GCancellable *hurry; /* (owned) */
  StageAnswer answer;
} Fixture;

/* A started plugin, and a workspace in which a run has ended with two clips that are there. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  StageAnswer waited;

  (void)data;
  fixture->host = stage_host_new (pipeline_stage_plugin_query ());
  fixture->stop = g_cancellable_new ();
  fixture->hurry = g_cancellable_new ();
  stage_host_want (fixture->host, 2);
  (void)stage_host_start (fixture->host);
  stage_host_after_stage (fixture->host, 1);
  stage_host_run_stage (fixture->host, 1, NULL, &waited);
  test_wait_for_flag (NULL, &waited.is_done);
  g_assert_cmpuint (stage_host_finish_run (fixture->host, 1, FALSE), ==, PIPELINE_OUTCOME_COMPLETE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_clear_error (&fixture->answer.error);
  stage_host_free (fixture->host);
  g_object_unref (fixture->stop);
  g_object_unref (fixture->hurry);
}

static void
give (Fixture *fixture, const char *line)
{
  stage_host_order (fixture->host, line, fixture->stop, fixture->hurry, &fixture->answer);
}

static void
await_answer (Fixture *fixture)
{
  test_wait_for_flag (NULL, &fixture->answer.is_done);
}

static void
expect_outcome (Fixture *fixture, const char *line, guint outcome)
{
  give (fixture, line);
  await_answer (fixture);
  g_assert_no_error (fixture->answer.error);
  g_assert_true (fixture->answer.success);
  g_assert_cmpuint (fixture->answer.outcome, ==, outcome);
}

static void
expect_error (Fixture *fixture, const char *line, int code)
{
  give (fixture, line);
  await_answer (fixture);
  g_assert_false (fixture->answer.success);
  g_assert_error (fixture->answer.error, G_IO_ERROR, code);
  g_clear_error (&fixture->answer.error);
}

/* One after the other on one plugin: what was paid for is shown, made anew and collected. */
static void
test_orders (Fixture *fixture, gconstpointer data)
{
  (void)data;
  expect_outcome (fixture, "reconcile", PIPELINE_OUTCOME_COMPLETE);
  expect_outcome (fixture, "collect", PIPELINE_OUTCOME_COMPLETE);
  expect_outcome (fixture, "regenerate clip-1", PIPELINE_OUTCOME_COMPLETE);
  g_assert_true (
      test_workspace_exists (stage_host_get_workspace (fixture->host), "veo3/clip-1.1.mp4"));
  stage_host_script (fixture->host, "submit=uncertain");
  expect_outcome (fixture, "regenerate clip-1",
                  PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN);
  expect_outcome (fixture, "reconcile", PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN);
  expect_outcome (fixture, "reconcile --abandon clip-1", PIPELINE_OUTCOME_PARTIAL);
  g_assert_cmpuint (stage_host_count_threads (), ==, 1);
}

/* A line that is no order, and an order that does not fit, are answered with an error. */
static void
test_errors (Fixture *fixture, gconstpointer data)
{
  (void)data;
  expect_error (fixture, "fetch", G_IO_ERROR_INVALID_ARGUMENT);
  expect_error (fixture, "regenerate", G_IO_ERROR_INVALID_ARGUMENT);
  expect_error (fixture, "reconcile nosuch", G_IO_ERROR_INVALID_ARGUMENT);
  expect_error (fixture, "collect nosuch", G_IO_ERROR_INVALID_ARGUMENT);
  expect_error (fixture, "cancel clip-1", G_IO_ERROR_INVALID_ARGUMENT);
  expect_error (fixture, "reconcile --adopt no/name clip-1", G_IO_ERROR_INVALID_ARGUMENT);
  expect_outcome (fixture, "collect", PIPELINE_OUTCOME_COMPLETE);
}

/* Told to end while it waits, an order ends with what is left over, and has saved it. */
static void
test_stopped (Fixture *fixture, gconstpointer data)
{
  (void)data;
  stage_host_script (fixture->host, "generation-time=1000s");
  give (fixture, "regenerate clip-1");
  stage_host_wait_line (fixture->host, "4711 progress clip-1 generating", 1);
  g_cancellable_cancel (fixture->stop);
  await_answer (fixture);
  g_assert_no_error (fixture->answer.error);
  g_assert_cmpuint (fixture->answer.outcome, ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED);
  g_object_unref (fixture->stop);
  fixture->stop = g_cancellable_new ();
  expect_outcome (fixture, "cancel", PIPELINE_OUTCOME_PARTIAL);
}

/* One that is told to end before it has begun does nothing that costs. */
static void
test_stopped_before (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_cancellable_cancel (fixture->stop);
  give (fixture, "regenerate clip-1");
  await_answer (fixture);
  g_assert_no_error (fixture->answer.error);
  g_assert_cmpuint (stage_host_count_lines (fixture->host, "4711 progress clip-1 generating"), ==,
                    0);
  g_object_unref (fixture->stop);
  fixture->stop = g_cancellable_new ();
  expect_outcome (fixture, "regenerate clip-1", PIPELINE_OUTCOME_COMPLETE);
}

/* Begins an order of which one paid request is refused, and the other is out and stays unanswered:
 * the refusal says that both have left. */
static void
give_unanswered (Fixture *fixture)
{
  stage_host_script (fixture->host, "[clip clip-1]\nsubmit-delay=1000s\n"
                                    "[clip clip-2]\nsubmit=refused");
  give (fixture, "regenerate clip-1 clip-2");
  stage_host_wait_line (fixture->host, "4711 progress clip-2 failed", 1);
}

/* A paid answer is waited for, but not in a hurry: then it is uncertain. */
static void
test_hurried (Fixture *fixture, gconstpointer data)
{
  (void)data;
  give_unanswered (fixture);
  g_cancellable_cancel (fixture->stop);
  stage_host_wait_line (fixture->host, "for the answers of 1 paid requests", 1);
  g_assert_false (fixture->answer.is_done);
  g_cancellable_cancel (fixture->hurry);
  await_answer (fixture);
  g_assert_no_error (fixture->answer.error);
  g_assert_cmpuint (fixture->answer.outcome, ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN);
}

/* A plugin that is stopped in the middle of an order answers it all the same, and leaves no thread.
 */
static void
test_plugin_stopped (Fixture *fixture, gconstpointer data)
{
  (void)data;
  give_unanswered (fixture);
  stage_host_stop (fixture->host);
  await_answer (fixture);
  g_assert_cmpuint (stage_host_count_threads (), ==, 0);
}

/* Orders given and taken back at once, many times: nothing is left of them, no descriptor either.
 */
static void
test_cycles (Fixture *fixture, gconstpointer data)
{
  guint n_files;

  (void)data;
  expect_outcome (fixture, "collect", PIPELINE_OUTCOME_COMPLETE);
  n_files = stage_host_count_files ();
  for (guint i = 0; i < N_CYCLES; i++)
    {
      g_autoptr (GCancellable) stop = g_cancellable_new ();

      stage_host_order (fixture->host, i % 2 == 0 ? "collect" : "cancel", stop, fixture->hurry,
                        &fixture->answer);
      if (i % 3 != 0)
        g_cancellable_cancel (stop);
      await_answer (fixture);
      g_assert_no_error (fixture->answer.error);
    }
  g_assert_cmpuint (stage_host_count_files (), ==, n_files);
  g_assert_cmpuint (stage_host_count_threads (), ==, 1);
}

static void
add (const char *path, void (*test) (Fixture *fixture, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/veo3/stage-orders/orders", test_orders);
  add ("/veo3/stage-orders/errors", test_errors);
  add ("/veo3/stage-orders/stopped", test_stopped);
  add ("/veo3/stage-orders/stopped-before", test_stopped_before);
  add ("/veo3/stage-orders/hurried", test_hurried);
  add ("/veo3/stage-orders/plugin-stopped", test_plugin_stopped);
  add ("/veo3/stage-orders/cycles", test_cycles);
  return g_test_run ();
}
