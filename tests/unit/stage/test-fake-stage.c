/* SPDX-License-Identifier: MIT */
/*
 * Tests of the plugin as its host sees it: through the descriptor of the root with the fake
 * service. The plugin's thread is the real one; every wait has a deadline.
 */
#include "tests/unit/stage/stage-host.h"

#include <string.h>

#define N_CYCLES 1000
#define N_HOOKS 101

/* Begins a run in which one paid request is refused, and the other is out and stays unanswered: the
 * refusal says that both have left. */
static void
start_unanswered (StageHost *host)
{
  stage_host_script (host, "[clip clip-1]\nsubmit=refused\n"
                           "[clip clip-2]\nsubmit-delay=1000s");
  stage_host_want (host, 2);
  (void)stage_host_start (host);
  stage_host_after_stage (host, 1);
  stage_host_wait_line (host, "progress clip-1 failed", 1);
}

/* The descriptor says what it is, and provides every hook that a run needs. */
static void
test_descriptor (void)
{
  const PipelineStagePlugin *hooks = pipeline_stage_plugin_query ();

  g_assert_cmpuint (hooks->abi_major, ==, PIPELINE_STAGE_ABI_MAJOR);
  g_assert_cmpuint (hooks->abi_minor, ==, PIPELINE_STAGE_ABI_MINOR);
  g_assert_cmpuint (hooks->struct_size, ==, sizeof *hooks);
  g_assert_cmpstr (hooks->name, ==, "veo3_fake");
  g_assert_cmpstr (hooks->default_after, ==, "CONTENT");
  g_assert_cmpstr (hooks->stage_name, ==, "VEO3_AWAIT");
  g_assert_nonnull (hooks->version);
  g_assert_nonnull (hooks->settings);
  g_assert_cmpuint (hooks->n_settings, >, 0);
  g_assert_true (hooks->start != NULL && hooks->stop != NULL && hooks->check != NULL);
  g_assert_true (hooks->after_stage != NULL && hooks->run_stage_async != NULL
                 && hooks->run_stage_finish != NULL);
  g_assert_true (hooks->end_run_async != NULL && hooks->end_run_finish != NULL
                 && hooks->describe != NULL);
}

/* One run from the prompts to the clips, with everything told to the host. */
static void
test_run (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  const PipelineStagePlugin *hooks = pipeline_stage_plugin_query ();
  g_autoptr (GError) error = NULL;
  g_autofree char *description = NULL;
  StageAnswer answer;

  stage_host_want (host, 2);
  (void)stage_host_start (host);
  g_assert_true (hooks->check (NULL, stage_host_get_context (host, 7), &error));
  stage_host_after_stage (host, 7);
  stage_host_run_stage (host, 7, NULL, &answer);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_no_error (answer.error);
  g_assert_true (answer.success);
  g_assert_true (test_workspace_exists (stage_host_get_workspace (host), "veo3/clip-1.mp4"));
  g_assert_true (test_workspace_exists (stage_host_get_workspace (host), "veo3/clip-2.mp4"));
  g_assert_cmpuint (stage_host_count_lines (host, "7 progress clip-1 completed"), ==, 1);
  g_assert_cmpuint (stage_host_count_lines (host, "7 progress clip-2 submitting"), ==, 1);
  g_assert_cmpuint (stage_host_finish_run (host, 7, FALSE), ==, PIPELINE_OUTCOME_COMPLETE);
  stage_host_stop (host);
  description = hooks->describe (stage_host_get_context (host, 7), &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (description, "clip clip-1: completed: veo3/clip-1.mp4"));
  g_assert_nonnull (strstr (description, "\"provider\":\"fake\""));
}

/* What a run leaves over reaches the host as bits. */
static void
test_outcomes (void)
{
  static const struct
  {
    const char *lines;
    gboolean waits;
    guint outcome;
  } rows[] = {
    { "generation-time=0ms\nresult=failed", TRUE, PIPELINE_OUTCOME_PARTIAL },
    { "generation-time=1000s", FALSE, PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED },
    { "submit=uncertain", TRUE, PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN },
    { "submit=denied", TRUE, PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_DENIED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
      StageAnswer answer;

      stage_host_script (host, rows[i].lines);
      stage_host_want (host, 1);
      (void)stage_host_start (host);
      stage_host_after_stage (host, 1);
      stage_host_run_stage (host, 1, NULL, &answer);
      if (rows[i].waits)
        test_wait_for_flag (NULL, &answer.is_done);
      else
        stage_host_wait_line (host, "progress clip-1 generating", 1);
      g_assert_cmpuint (stage_host_finish_run (host, 1, FALSE), ==, rows[i].outcome);
      test_wait_for_flag (NULL, &answer.is_done);
      g_clear_error (&answer.error);
    }
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  return *(const gint64 *)a < *(const gint64 *)b ? -1 : 1;
}

/* after_stage only copies and posts: it returns at once, whatever the worker has to do. */
static void
test_after_stage (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  gint64 times_us[N_HOOKS];

  (void)stage_host_start (host);
  for (guint i = 0; i < N_HOOKS; i++)
    {
      gint64 start_us = g_get_monotonic_time ();

      stage_host_after_stage (host, i + 1);
      times_us[i] = g_get_monotonic_time () - start_us;
    }
  qsort (times_us, N_HOOKS, sizeof times_us[0], compare_times);
  g_test_message ("median %d us, worst %d us", (int)times_us[N_HOOKS / 2],
                  (int)times_us[N_HOOKS - 1]);
  g_assert_cmpint (times_us[N_HOOKS / 2], <, 1000);
  stage_host_wait_line (host, "info: no clips are generated: publishing-assets.json", N_HOOKS);
}

/* Settings that do not go together are refused by the hook itself. */
static void
test_bad_settings (void)
{
  static const PipelineSetting settings[] = { { "poll-min", "60000ms", "x" } };
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  PipelineStageContext context = *stage_host_get_context (host, 1);
  g_autoptr (GError) error = NULL;
  gpointer plugin = stage_host_start (host);

  context.settings = settings;
  context.n_settings = 1;
  g_assert_false (pipeline_stage_plugin_query ()->after_stage (plugin, &context, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

/* A run that cannot generate says why, once, and holds up nobody, and its clips are missing in the
 * end; the second hook for the same run begins nothing anew. */
static void
test_cannot_generate (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  StageAnswer answer;

  stage_host_script (host, "no-such-key=1");
  stage_host_want (host, 1);
  (void)stage_host_start (host);
  stage_host_after_stage (host, 1);
  stage_host_after_stage (host, 1);
  stage_host_run_stage (host, 1, NULL, &answer);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_true (answer.success);
  g_assert_cmpuint (stage_host_count_lines (host, "1 warning: no clips are generated: "), ==, 1);
  g_assert_cmpuint (stage_host_count_lines (host, "no-such-key: no such key, continuing"), ==, 1);
  g_assert_cmpuint (stage_host_finish_run (host, 1, FALSE), ==, PIPELINE_OUTCOME_PARTIAL);
  g_assert_false (test_workspace_exists (stage_host_get_workspace (host), "veo3"));
}

/* A cancelled wait ends soon as cancelled, also when it was cancelled before it began; the run goes
 * on and can be waited for again, by one at a time. */
static void
test_cancel (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  StageAnswer answer;
  StageAnswer second;

  start_unanswered (host);
  stage_host_run_stage (host, 1, cancellable, &answer);
  test_wait_while_busy (NULL);
  g_assert_false (answer.is_done);
  g_cancellable_cancel (cancellable);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_false (answer.success);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&answer.error);
  stage_host_run_stage (host, 1, cancellable, &answer);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&answer.error);
  stage_host_run_stage (host, 1, NULL, &answer);
  stage_host_run_stage (host, 1, NULL, &second);
  test_wait_for_flag (NULL, &second.is_done);
  g_assert_true (second.success);
  g_assert_false (answer.is_done);
  g_assert_cmpuint (stage_host_finish_run (host, 1, TRUE), ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&answer.error);
}

/* Runs that the plugin has never heard of, or that are over, hold up nobody. */
static void
test_unknown_runs (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  StageAnswer answer;

  g_cancellable_cancel (cancelled);
  (void)stage_host_start (host);
  stage_host_run_stage (host, 99, cancelled, &answer);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_true (answer.success);
  stage_host_end_run (host, 99, cancelled, &answer);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_true (answer.success);
  g_assert_cmpint (answer.outcome, ==, PIPELINE_OUTCOME_COMPLETE);
}

/* A run that an earlier process has done leaves over what its files say; files that cannot be read
 * are an error. */
static void
test_known_outcome (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  StageAnswer answer;

  (void)stage_host_start (host);
  test_workspace_write (stage_host_get_workspace (host), "veo3/jobs.json",
                        "{\"jobs\": [{\"idempotent_key\": \"k\", \"variant\": \"a\", "
                        "\"status\": \"timed_out\"}]}");
  g_assert_cmpuint (stage_host_finish_run (host, 1, FALSE), ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED);
  test_workspace_write (stage_host_get_workspace (host), "veo3/jobs.json", "{");
  stage_host_end_run (host, 2, NULL, &answer);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_false (answer.success);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&answer.error);
}

/* A run can be told to end twice: the first one waits for what must not be cut, and a hurry that
 * comes later cuts it. */
static void
test_end_twice (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  g_autoptr (GCancellable) hurry = g_cancellable_new ();
  StageAnswer first;
  StageAnswer second;

  start_unanswered (host);
  stage_host_end_run (host, 1, hurry, &first);
  stage_host_end_run (host, 1, NULL, &second);
  test_wait_for_flag (NULL, &second.is_done);
  g_assert_false (first.is_done);
  g_cancellable_cancel (hurry);
  test_wait_for_flag (NULL, &first.is_done);
  g_assert_no_error (first.error);
  g_assert_cmpuint (first.outcome, ==, PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN);
}

/* A workspace that cannot be opened is said to be so. */
static void
test_no_workspace (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  PipelineStageContext context = *stage_host_get_context (host, 1);
  gpointer plugin = stage_host_start (host);
  g_autoptr (GError) error = NULL;

  context.workspace = "/nowhere/at/all";
  g_assert_true (pipeline_stage_plugin_query ()->after_stage (plugin, &context, &error));
  stage_host_wait_line (host, "no clips are generated: /nowhere/at/all", 1);
  (void)stage_host_finish_run (host, 1, FALSE);
}

/* Stopping with runs in flight takes no longer than giving them up, leaves no thread, and what is
 * on disk tells the truth. */
static void
test_stop_in_flight (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  g_autofree char *text = NULL;
  StageAnswer answer;
  gint64 start_us;

  start_unanswered (host);
  stage_host_run_stage (host, 1, NULL, &answer);
  start_us = g_get_monotonic_time ();
  stage_host_stop (host);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (stage_host_count_threads (), ==, 0);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&answer.error);
  text = test_workspace_read (stage_host_get_workspace (host), "veo3/jobs.json");
  g_assert_nonnull (strstr (text, "\"uncertain\""));
}

/* A thousand lives of the plugin leave neither threads nor descriptors behind. */
static void
test_cycles (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  guint n_files;

  (void)stage_host_start (host);
  stage_host_stop (host);
  n_files = stage_host_count_files ();
  for (guint i = 0; i < N_CYCLES; i++)
    {
      (void)stage_host_start (host);
      if (i % 10 == 0)
        stage_host_after_stage (host, i + 1);
      stage_host_stop (host);
    }
  g_assert_cmpuint (stage_host_count_threads (), ==, 0);
  g_assert_cmpuint (stage_host_count_files (), <=, n_files);
}

/* A check refuses operations of another service, and a broken jobs.json, which it copies aside only
 * on behalf of a started plugin. */
static void
test_check (void)
{
  g_autoptr (StageHost) host = stage_host_new (pipeline_stage_plugin_query ());
  const PipelineStagePlugin *hooks = pipeline_stage_plugin_query ();
  const TestWorkspace *workspace = stage_host_get_workspace (host);
  const PipelineStageContext *context = stage_host_get_context (host, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *description = hooks->describe (context, &error);

  g_assert_cmpstr (description, ==, "{}");
  test_workspace_write (workspace, "veo3/jobs.json",
                        "{\"provider\": \"gemini\", \"jobs\": [{\"idempotent_key\": \"k\", "
                        "\"variant\": \"a\", \"status\": \"generating\", "
                        "\"operation_name\": \"operations/7\"}]}");
  g_assert_false (hooks->check (NULL, context, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "this run uses fake"));
  g_clear_error (&error);
  test_workspace_write (workspace, "veo3/jobs.json", "{");
  g_assert_false (hooks->check (NULL, context, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_cmpuint (test_workspace_count (workspace, "veo3", ""), ==, 1);
  g_assert_false (hooks->check (stage_host_start (host), context, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_cmpuint (test_workspace_count (workspace, "veo3", "jobs.json.bad-"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/fake-stage/descriptor", test_descriptor);
  g_test_add_func ("/veo3/fake-stage/run", test_run);
  g_test_add_func ("/veo3/fake-stage/outcomes", test_outcomes);
  g_test_add_func ("/veo3/fake-stage/after-stage", test_after_stage);
  g_test_add_func ("/veo3/fake-stage/bad-settings", test_bad_settings);
  g_test_add_func ("/veo3/fake-stage/cannot-generate", test_cannot_generate);
  g_test_add_func ("/veo3/fake-stage/cancel", test_cancel);
  g_test_add_func ("/veo3/fake-stage/unknown-runs", test_unknown_runs);
  g_test_add_func ("/veo3/fake-stage/known-outcome", test_known_outcome);
  g_test_add_func ("/veo3/fake-stage/end-twice", test_end_twice);
  g_test_add_func ("/veo3/fake-stage/no-workspace", test_no_workspace);
  g_test_add_func ("/veo3/fake-stage/stop-in-flight", test_stop_in_flight);
  g_test_add_func ("/veo3/fake-stage/cycles", test_cycles);
  g_test_add_func ("/veo3/fake-stage/check", test_check);
  return g_test_run ();
}
