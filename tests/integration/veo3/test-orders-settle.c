/* SPDX-License-Identifier: MIT */
/*
 * `veo3 reconcile` and `veo3 cancel`: what is uncertain is sent again by nothing but the user's
 * word, and settled by it without losing or paying anything beyond it; what is cancelled is let
 * alone from then on.
 *
 * Judge: the emulator's log of requests that it received completely.
 */
#include <signal.h>
#include <string.h>

#include "tests/integration/veo3/orders-test.h"

#define LOSING "a lighthouse [[submit: accept-close x1]]"
#define UNKNOWN_OPERATION "models/veo-3.1-fast-generate-preview/operations/nosuch"

/* A run in which the answer to the paid request for clip a got lost after it was accepted. */
static Veo3Test *
make_uncertain (const char *prompt)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_WIRE, NULL);

  veo3_test_set_prompts (test, "a", prompt, "b", "a fox", "c", "a river", NULL);
  veo3_test_expect (test, "run", 5);
  veo3_test_assert_job (test, "a", "status", "uncertain");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  return test;
}

/* What the service's console would show: the operation that nobody was told of. */
static char *
find_lost_operation (Veo3Test *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (test->emulator, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < log->len; i++)
    {
      json_object *entry = g_ptr_array_index (log, i);
      const char *prompt = emulator_log_string (entry, "body/instances/0/prompt");

      if (prompt != NULL && strstr (prompt, "accept-close") != NULL)
        return g_strdup (emulator_log_string (entry, "operation"));
    }
  g_error ("the injector does not work: nothing was accepted");
}

static void
expect_submits (Veo3Test *test, guint n)
{
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, n);
}

/* Not one request of any kind since the case began. */
static void
expect_silence (RecoveryWorld *world)
{
  g_assert_cmpuint (veo3_test_count (world->test, NULL), ==, world->log_start);
}

static void
restart (Veo3Test *test, int exit_code)
{
  g_autoptr (PipelineResult) result = veo3_test_run (test, "run", "--restart", NULL);

  g_assert_cmpint (result->exit_code, ==, exit_code);
}

static void
expect_choices (Veo3Test *test, const char *line)
{
  orders_expect_refused (test, line, 5, "may have been");
  orders_expect_refused (test, line, 5, "billed");
  orders_expect_refused (test, line, 5, "pipeline_runner veo3 reconcile --adopt OPERATION a\n");
  orders_expect_refused (test, line, 5, "pipeline_runner veo3 reconcile --resubmit a\n");
  orders_expect_refused (test, line, 5, "pipeline_runner veo3 reconcile --abandon a\n");
}

/* ---- showing ---- */

/* Without a choice it is shown what is uncertain, that it may have cost money, and the commands
 * that settle it; for that neither a key nor the service is needed. */
static void
test_show (void)
{
  g_autoptr (Veo3Test) test = make_uncertain (LOSING);

  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", NULL);
  expect_choices (test, "reconcile");
  expect_choices (test, "reconcile a");
  orders_expect_refused (test, "reconcile", 5, "clip b: completed");
  orders_expect_refused (test, "reconcile nosuch", 2, "there is no clip nosuch");
}

/* After a kill, when no start has called it uncertain yet, it is shown all the same. */
static void
test_show_killed (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[submit]\nfaults=ok x3 delay=1h\n");
  PipelineProcess *run = veo3_test_start (test, "run", NULL);

  veo3_test_await_said (run, "VEO3_AWAIT: running");
  veo3_test_await_requests (test, "submit", 3);
  orders_kill (test, run);
  veo3_test_assert_job (test, "a", "status", "submitting");
  expect_choices (test, "reconcile");
}

/* With nothing uncertain there is nothing to settle, exit 0. */
static void
test_show_nothing (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);

  veo3_test_expect (test, "run", 0);
  orders_expect_refused (test, "reconcile", 0, "clip a: completed");
}

/* No command but the one that says so sends it again, as often as one tries, and exit 5 tells each
 * time. */
static void
test_never_sent (void)
{
  static const char *const variants[] = { "a", "b", NULL };
  static const OrdersJob uncertain = { "a", "uncertain", "uncertain_submit", FALSE, FALSE, FALSE };
  g_autoptr (RecoveryWorld) world = recovery_world_new (variants, NULL);

  orders_put (world, &uncertain);
  recovery_world_save (world);
  for (guint i = 0; i < 3; i++)
    {
      recovery_world_interrupt (world);
      veo3_test_expect (world->test, "resume", 5);
      recovery_world_interrupt (world);
      veo3_test_expect (world->test, "run", 5);
      veo3_test_expect (world->test, "run", 5);
      restart (world->test, 5);
      orders_expect (world->test, "collect", 5, "there is nothing to collect");
      orders_expect (world->test, "collect --no-wait", 5, NULL);
      orders_expect (world->test, "cancel", 5, "there is nothing to cancel");
      orders_expect_refused (world->test, "regenerate a", 2, "veo3 reconcile");
      orders_expect_refused (world->test, "collect a", 2, "veo3 reconcile");
      orders_expect_refused (world->test, "cancel a", 2, "veo3 reconcile");
    }
  expect_silence (world);
  veo3_test_assert_job (world->test, "a", "status", "uncertain");
}

/* ---- adopt ---- */

/* The operation that the console names is fetched, and nothing is paid. */
static void
test_adopt (void)
{
  g_autoptr (Veo3Test) test = make_uncertain (LOSING);
  g_autofree char *operation_name = find_lost_operation (test);
  g_autofree char *line = g_strdup_printf ("reconcile --adopt %s a", operation_name);

  orders_expect (test, line, 0, "clip a: completed: veo3/a.mp4");
  veo3_test_assert_job (test, "a", "operation_name", operation_name);
  g_assert_true (pipeline_fixture_has (test->fixture, "ws/veo3/a.mp4"));
  restart (test, 0);
  expect_submits (test, 3);
}

/* What is no operation, is another clip's, or is for a clip that is not uncertain, changes nothing.
 */
static void
test_adopt_unfit (void)
{
  static const struct
  {
    const char *line;
    const char *words;
  } rows[] = {
    { "reconcile --adopt nonsense a", "no name of an operation of provider gemini" },
    { "reconcile --adopt models/m/operations/ a", "no name of an operation" },
    { "reconcile --adopt models/m/operations/../x a", "no name of an operation" },
    { "reconcile --adopt https://example.com/models/m/operations/x a", "no name of an operation" },
    { "reconcile --adopt 'models/m/operations/x?key=y' a", "no name of an operation" },
    { "reconcile --adopt fake/operations/1-x a", "no name of an operation of provider gemini" },
    { "reconcile --adopt " UNKNOWN_OPERATION " b", "clip b is completed" },
    { "reconcile --adopt " UNKNOWN_OPERATION " nosuch", "there is no clip nosuch" },
    { "reconcile --adopt " UNKNOWN_OPERATION " a b", "one clip at a time" },
    { "reconcile --adopt " UNKNOWN_OPERATION, "one clip at a time" },
    { "reconcile --adopt " UNKNOWN_OPERATION " --resubmit a", "takes one of" },
    { "reconcile --resubmit=a b", "--resubmit takes no value" },
    { "reconcile --resubmit b", "clip b is completed" },
    { "reconcile --abandon b", "clip b is completed" },
  };
  g_autoptr (Veo3Test) test = make_uncertain (LOSING);
  g_autofree char *taken = veo3_test_job (test, "b", "operation_name");
  g_autofree char *line = g_strdup_printf ("reconcile --adopt %s a", taken);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    orders_expect_refused (test, rows[i].line, 2, rows[i].words);
  orders_expect_refused (test, line, 2, "is the operation of clip b already");
  /* An operation that was replaced was paid for by another clip, too. */
  orders_expect (test, "regenerate b", 5, NULL);
  orders_expect_refused (test, line, 2, "is the operation of clip b already");
}

/* A name that the service does not know is no clip, and that is said with what to do; the right
 * name can still be given, and nothing is paid. */
static void
test_adopt_unknown (void)
{
  g_autoptr (Veo3Test) test = make_uncertain (LOSING);
  g_autofree char *operation_name = find_lost_operation (test);
  g_autofree char *line = g_strdup_printf ("reconcile --adopt %s a", operation_name);

  orders_expect (test, "reconcile --adopt " UNKNOWN_OPERATION " a", 0,
                 "the service knows no operation of its name");
  veo3_test_assert_job (test, "a", "status", "failed");
  veo3_test_assert_job (test, "a", "error_code", "operation_lost");
  veo3_test_assert_job (test, "a", "operation_name", UNKNOWN_OPERATION);
  restart (test, 0);
  orders_expect (test, line, 0, "clip a: completed: veo3/a.mp4");
  expect_submits (test, 3);
}

/* ---- resubmit ---- */

/* One more request, with the text that was sent before, whatever is asked for by now. */
static void
test_resubmit (void)
{
  g_autoptr (Veo3Test) test = make_uncertain (LOSING);
  g_autofree char *prompt = NULL;

  pipeline_fixture_write (test->fixture, "ws/publishing-assets.json",
                          "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"another\"}]}");
  orders_expect (test, "reconcile --resubmit a", 0, "clip a: completed: veo3/a.mp4");
  expect_submits (test, 4);
  prompt = orders_last_prompt (test);
  g_assert_cmpstr (prompt, ==, LOSING);
  restart (test, 0);
  orders_expect_refused (test, "reconcile --resubmit a", 2, "its clip is there");
  expect_submits (test, 4);
}

/* When the answer gets lost again it is uncertain again: each word of the user is one request. */
static void
test_resubmit_lost (void)
{
  g_autoptr (Veo3Test) test = make_uncertain ("a lighthouse [[submit: accept-close x2]]");

  orders_expect (test, "reconcile --resubmit a", 5, "may have been accepted and billed");
  expect_submits (test, 4);
  restart (test, 5);
  orders_expect (test, "collect", 5, NULL);
  expect_submits (test, 4);
  orders_expect (test, "reconcile --resubmit a", 0, NULL);
  expect_submits (test, 5);
}

/* Killed while that request is on its way: uncertain once more, and not sent by what follows. */
static void
test_resubmit_killed (void)
{
  static const char *const variants[] = { "a", "b", NULL };
  static const OrdersJob uncertain = { "a", "uncertain", "uncertain_submit", FALSE, FALSE, FALSE };
  g_autoptr (RecoveryWorld) world
      = recovery_world_new (variants, "[submit]\nfaults=ok x2; ok x9 delay=1h\n");
  PipelineProcess *order;

  orders_put (world, &uncertain);
  recovery_world_save (world);
  order = orders_start (world->test, NULL, "reconcile --resubmit a");
  veo3_test_await_requests (world->test, "submit", 3);
  orders_kill (world->test, order);
  restart (world->test, 5);
  orders_expect (world->test, "collect", 5, NULL);
  expect_choices (world->test, "reconcile");
  orders_expect (world->test, "reconcile --abandon a", 0, "if it had, it was billed");
  restart (world->test, 0);
  expect_submits (world->test, 3);
}

/* The word was saved and nothing sent: the next start carries it out, once. */
static void
test_resubmit_saved (void)
{
  static const char *const variants[] = { "a", "b", NULL };
  static const OrdersJob ordered = { "a", "pending", NULL, FALSE, FALSE, TRUE };
  g_autoptr (RecoveryWorld) world = recovery_world_new (variants, NULL);

  orders_put (world, &ordered);
  recovery_world_set (world, "a", "prompt", "<<a>> as before");
  recovery_world_save (world);
  restart (world->test, 0);
  restart (world->test, 0);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 1);
  g_assert_cmpuint (recovery_world_count (world, "submit", "<<a>> as before"), ==, 1);
}

/* ---- abandon ---- */

/* Forgotten: without the service and without a key, and nothing asks for it again but the word that
 * pays. */
static void
test_abandon (void)
{
  g_autoptr (Veo3Test) test = make_uncertain (LOSING);
  guint n_requests = veo3_test_count (test, NULL);

  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", NULL);
  orders_expect (test, "reconcile --abandon a", 0, "if it had, it was billed");
  veo3_test_assert_job (test, "a", "status", "failed");
  veo3_test_assert_job (test, "a", "error_code", "cancelled");
  orders_expect_refused (test, "reconcile --abandon a", 2, "veo3 regenerate` pays");
  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", VEO3_TEST_KEY);
  restart (test, 0);
  orders_expect (test, "collect", 0, "there is nothing to collect");
  g_assert_cmpuint (veo3_test_count (test, NULL), ==, n_requests);
  orders_expect (test, "regenerate a", 0, "clip a: completed");
  expect_submits (test, 4);
}

/* ---- cancel ---- */

static const OrdersJob unfinished[] = {
  { "pending", "pending", NULL, FALSE, FALSE, FALSE },
  { "ordered", "pending", NULL, FALSE, TRUE, TRUE },
  { "generating", "generating", NULL, TRUE, FALSE, FALSE },
  { "downloading", "downloading", NULL, TRUE, FALSE, FALSE },
  { "timed-out", "timed_out", "deadline", TRUE, FALSE, FALSE },
};

static const char *const cancel_variants[]
    = { "pending", "ordered", "generating", "downloading", "timed-out", "there", "unsure", NULL };

static RecoveryWorld *
make_unfinished (void)
{
  RecoveryWorld *world = recovery_world_new (cancel_variants, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (unfinished); i++)
    orders_put (world, &unfinished[i]);
  recovery_world_save (world);
  pipeline_fixture_set_environment (world->test->fixture, "GEMINI_API_KEY", NULL);
  return world;
}

static void
check_cancelled (RecoveryWorld *world, const OrdersJob *job)
{
  g_autofree char *message = veo3_test_job (world->test, job->variant, "error_message");

  veo3_test_assert_job (world->test, job->variant, "status", "cancelled");
  veo3_test_assert_job (world->test, job->variant, "error_code", "cancelled");
  veo3_test_assert_says (message, job->has_operation ? "bills it all the same"
                                                     : "nothing of it was sent or billed");
  veo3_test_assert_job (world->test, job->variant, "operation_name",
                        emulator_log_string (recovery_world_job (world, job->variant),
                                             "operation_name"));
}

/* All that is unfinished is cancelled, with what it has cost; no request, no key. No later start
 * sends it or asks for it, and its operation is still known. */
static void
test_cancel_all (void)
{
  g_autoptr (RecoveryWorld) world = make_unfinished ();

  orders_expect (world->test, "cancel", 0, "bills it all the same");
  for (gsize i = 0; i < G_N_ELEMENTS (unfinished); i++)
    check_cancelled (world, &unfinished[i]);
  veo3_test_assert_job (world->test, "there", "status", "completed");
  orders_expect (world->test, "cancel", 0, "there is nothing to cancel");
  pipeline_fixture_set_environment (world->test->fixture, "GEMINI_API_KEY", VEO3_TEST_KEY);
  restart (world->test, 0);
  orders_expect (world->test, "collect", 0, "there is nothing to collect");
  expect_silence (world);
  for (gsize i = 0; i < G_N_ELEMENTS (unfinished); i++)
    check_cancelled (world, &unfinished[i]);
}

/* By name only those are; what is over or uncertain is not cancelled by a name, and nothing is. */
static void
test_cancel_named (void)
{
  static const OrdersJob uncertain
      = { "unsure", "uncertain", "uncertain_submit", FALSE, FALSE, FALSE };
  g_autoptr (RecoveryWorld) world = make_unfinished ();

  orders_put (world, &uncertain);
  recovery_world_save (world);
  orders_expect_refused (world->test, "cancel pending there", 2, "clip there is completed");
  orders_expect_refused (world->test, "cancel unsure pending", 2, "veo3 reconcile");
  orders_expect_refused (world->test, "cancel nosuch", 2, "there is no clip nosuch");
  orders_expect (world->test, "cancel generating pending", 5, NULL);
  check_cancelled (world, &unfinished[0]);
  check_cancelled (world, &unfinished[2]);
  veo3_test_assert_job (world->test, "timed-out", "status", "timed_out");
  veo3_test_assert_job (world->test, "downloading", "status", "downloading");
  orders_expect (world->test, "cancel", 5, NULL);
  veo3_test_assert_job (world->test, "unsure", "status", "uncertain");
  orders_expect_refused (world->test, "cancel generating", 2, "clip generating is cancelled");
  expect_silence (world);
}

/* ---- a disk that refuses ---- */

#define READ_ONLY "mount --bind ws/veo3 ws/veo3 && mount -o remount,bind,ro ws/veo3 && exec \"$@\""

static const char *const on_read_only[]
    = { "/usr/bin/unshare", "--mount", "/bin/sh", "-c", READ_ONLY, "sh", NULL };

static gboolean
can_be_read_only (Veo3Test *test)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *folder = pipeline_fixture_get_folder (test->fixture);
  int wait_status = 0;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; on_read_only[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)on_read_only[i]);
  g_ptr_array_add (argv, (gpointer) "/bin/sh");
  g_ptr_array_add (argv, (gpointer) "-c");
  g_ptr_array_add (argv, (gpointer) "! touch ws/veo3/probe 2>/dev/null");
  g_ptr_array_add (argv, NULL);
  return g_spawn_sync (folder, (char **)argv->pdata, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                       NULL, NULL, &wait_status, &error)
         && wait_status == 0 && !pipeline_fixture_has (test->fixture, "ws/veo3/probe");
}

static void
expect_not_saved (Veo3Test *test, const char *line, const char *words)
{
  g_autofree char *before = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  g_autofree char *after = NULL;
  g_autoptr (PipelineProcess) order = orders_start (test, on_read_only, line);
  g_autoptr (PipelineResult) result = pipeline_process_wait (order);

  g_assert_cmpint (result->exit_code, ==, 1);
  veo3_test_assert_says (result->err, words);
  after = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  g_assert_cmpstr (after, ==, before);
}

/* An order that the disk does not take over has not been carried out: it says so, and neither pays
 * nor calls itself done. */
static void
test_not_saved (void)
{
  g_autoptr (Veo3Test) test = make_uncertain (LOSING);
  guint n_requests = veo3_test_count (test, NULL);

  if (!can_be_read_only (test))
    {
      g_test_skip ("no folder can be made read-only here");
      return;
    }
  veo3_test_set_plugin_keys (test, "timeout=500ms\n");
  expect_not_saved (test, "reconcile --abandon a", "give the order again");
  expect_not_saved (test, "reconcile --resubmit a", "give the order again");
  expect_not_saved (test, "regenerate b", "cannot be kept");
  g_assert_cmpuint (veo3_test_count (test, NULL), ==, n_requests);
  orders_expect (test, "reconcile --resubmit a", 0, "clip a: completed");
  expect_submits (test, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/reconcile/show", test_show);
  g_test_add_func ("/veo3/reconcile/show-killed", test_show_killed);
  g_test_add_func ("/veo3/reconcile/show-nothing", test_show_nothing);
  g_test_add_func ("/veo3/reconcile/never-sent", test_never_sent);
  g_test_add_func ("/veo3/reconcile/adopt", test_adopt);
  g_test_add_func ("/veo3/reconcile/adopt-unfit", test_adopt_unfit);
  g_test_add_func ("/veo3/reconcile/adopt-unknown", test_adopt_unknown);
  g_test_add_func ("/veo3/reconcile/resubmit", test_resubmit);
  g_test_add_func ("/veo3/reconcile/resubmit-lost", test_resubmit_lost);
  g_test_add_func ("/veo3/reconcile/resubmit-killed", test_resubmit_killed);
  g_test_add_func ("/veo3/reconcile/resubmit-saved", test_resubmit_saved);
  g_test_add_func ("/veo3/reconcile/abandon", test_abandon);
  g_test_add_func ("/veo3/cancel/all", test_cancel_all);
  g_test_add_func ("/veo3/cancel/named", test_cancel_named);
  g_test_add_func ("/veo3/reconcile/not-saved", test_not_saved);
  return g_test_run ();
}
