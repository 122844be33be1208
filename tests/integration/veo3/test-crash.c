/* SPDX-License-Identifier: MIT */
/*
 * Ends that nobody planned: SIGKILL, SIGINT and SIGTERM at the worst moments. Nothing is paid
 * twice, nothing that was paid is lost, and the next start is the recovery.
 */
#include "tests/integration/veo3/veo3-test.h"

#include <signal.h>

#define THINKING "[submit]\nfaults=ok x3 delay=1200ms\n"

static void
assert_all (Veo3Test *test, const char *status)
{
  veo3_test_assert_job (test, "a", "status", status);
  veo3_test_assert_job (test, "b", "status", status);
  veo3_test_assert_job (test, "c", "status", status);
}

/* Killed in the middle of the generation: the next run polls what the first one has paid for. */
static void
test_kill_while_generating (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test
      = GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
            ? veo3_test_new (VEO3_TEST_FAKE, "[fake]\ngeneration-time=1s\n")
            : veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ngeneration-time=1s\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  veo3_test_await_status (test, "a", "generating");
  veo3_test_await_status (test, "b", "generating");
  veo3_test_await_status (test, "c", "generating");
  veo3_test_kill (test, process);
  before = veo3_test_job (test, "a", "operation_name");
  veo3_test_expect (test, "run", 0);
  after = veo3_test_job (test, "a", "operation_name");
  g_assert_cmpstr (before, ==, after);
  assert_all (test, "completed");
  veo3_test_assert_job (test, "a", "attempts", "1");
  if (test->emulator != NULL)
    g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Killed while the paid requests are being answered: each may have been billed, none is sent again,
 * and exit 5 says so until the user decides. */
static void
test_kill_while_submitting (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, THINKING);
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);

  veo3_test_await_requests (test, "submit", 3);
  veo3_test_kill (test, process);
  assert_all (test, "submitting");
  veo3_test_expect (test, "run", 5);
  assert_all (test, "uncertain");
  veo3_test_expect (test, "run", 5);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Killed while clips arrive: the next run fetches them again, and nothing half is left behind. */
static void
test_kill_while_downloading (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ndownload=direct\n"
                                       "[download]\nfaults=stall=4000 x3; ok x30\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autofree char *seen = NULL;

  veo3_test_await_requests (test, "download", 3);
  veo3_test_await_status (test, "a", "downloading");
  veo3_test_kill (test, process);
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3/a.mp4"));
  veo3_test_expect (test, "run", 0);
  assert_all (test, "completed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  seen = pipeline_fixture_read (test->fixture, "ws/seen.txt");
  g_assert_cmpstr (seen, ==, "a.mp4\nb.mp4\nc.mp4\njobs.json\n");
}

/* Killed @ms after the start, whatever it does then: after the next run each clip is there or known
 * to be uncertain, and no prompt was sent twice. */
static void
expect_recovery (guint ms)
{
  static const char *const variants[] = { "a", "b", "c" };
  static const char *const prompts[] = { "a lighthouse", "a fox", "a river" };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[submit]\nfaults=ok delay=20ms\n"
                                                             "[download]\nfaults=ok delay=20ms\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autoptr (PipelineResult) killed = NULL;
  g_autoptr (PipelineResult) result = NULL;
  guint n_uncertain = 0;

  pipeline_fixture_pass ((gint64)ms * G_TIME_SPAN_MILLISECOND);
  pipeline_process_signal (process, SIGKILL);
  killed = pipeline_process_wait (process);
  veo3_test_await_unlocked (test);
  result = veo3_test_run (test, "run", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *status = veo3_test_job (test, variants[i], "status");
      gboolean is_uncertain = g_strcmp0 (status, "uncertain") == 0;

      g_test_message ("killed after %u ms: %s is %s", ms, variants[i], status);
      n_uncertain += is_uncertain ? 1 : 0;
      g_assert_true (is_uncertain || g_strcmp0 (status, "completed") == 0);
      g_assert_cmpuint (emulator_client_count (test->emulator, "submit", prompts[i]), <=, 1);
    }
  g_assert_cmpint (result->exit_code, ==, n_uncertain > 0 ? 5 : 0);
}

/* The moment of the kill does not matter. */
static void
test_kill_anywhere (void)
{
  for (guint ms = 4; ms <= 220; ms += 12)
    expect_recovery (ms);
}

/* @signal_number while paid requests are under way: their answers are waited for and kept, and the
 * next start sends nothing. */
static void
expect_clean_stop (int signal_number, const char *next_command)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, THINKING);
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *operation = NULL;

  veo3_test_await_requests (test, "submit", 3);
  pipeline_process_signal (process, signal_number);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 128 + signal_number);
  veo3_test_assert_says (result->err, "answers of 3 paid requests");
  assert_all (test, "generating");
  operation = veo3_test_job (test, "c", "operation_name");
  g_assert_nonnull (operation);
  veo3_test_expect (test, next_command, 0);
  assert_all (test, "completed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Ctrl-C while paid requests are under way: exit 130, every operation is in jobs.json, and `resume`
 * completes without another paid request; SIGTERM does the same with exit 143. */
static void
test_clean_stop (void)
{
  expect_clean_stop (SIGINT, "resume");
  expect_clean_stop (SIGTERM, "run");
}

/* Ctrl-C while clips are generated is quick; the stage that waited is run again by the next start.
 */
static void
test_stop_while_waiting (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test
      = GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
            ? veo3_test_new (VEO3_TEST_FAKE, "[fake]\ngeneration-time=1s\n")
            : veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ngeneration-time=1s\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  gint64 signalled_us;

  veo3_test_await_status (test, "a", "generating");
  veo3_test_await_status (test, "b", "generating");
  veo3_test_await_status (test, "c", "generating");
  signalled_us = g_get_monotonic_time ();
  pipeline_process_signal (process, SIGINT);
  result = pipeline_process_wait (process);
  g_assert_cmpint (g_get_monotonic_time () - signalled_us, <, G_USEC_PER_SEC);
  g_assert_cmpint (result->exit_code, ==, 130);
  assert_all (test, "generating");
  veo3_test_expect (test, "resume", 0);
  assert_all (test, "completed");
}

/* A second Ctrl-C does not wait for anybody: the program is gone within a second, and the requests
 * that were not answered are not taken for unsent. */
static void
test_second_signal (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test
      = GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
            ? veo3_test_new (VEO3_TEST_FAKE, "[fake]\nsubmit-delay=25s\n[clip a]\n"
                                             "submit-delay=1ms\nsubmit=refused\n")
            : veo3_test_new (VEO3_TEST_WIRE, "[submit]\nfaults=accept-silence x3\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  gint64 signalled_us;

  if (test->emulator != NULL)
    veo3_test_await_requests (test, "submit", 3);
  else
    /* They are sent together: a's answer means that the others are on their way too. */
    veo3_test_await_status (test, "a", "failed");
  pipeline_process_signal (process, SIGINT);
  veo3_test_await_said (process, "interrupt again");
  signalled_us = g_get_monotonic_time ();
  pipeline_process_signal (process, SIGINT);
  result = pipeline_process_wait (process);
  g_assert_cmpint (g_get_monotonic_time () - signalled_us, <, G_USEC_PER_SEC);
  g_assert_cmpint (result->exit_code, ==, 130);
  veo3_test_expect (test, "resume", 5);
  veo3_test_assert_job (test, "a", "status", test->emulator != NULL ? "uncertain" : "failed");
  veo3_test_assert_job (test, "b", "status", "uncertain");
  veo3_test_assert_job (test, "c", "status", "uncertain");
  if (test->emulator != NULL)
    g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  veo3_test_add ("/veo3/crash/kill-while-generating", test_kill_while_generating);
  g_test_add_func ("/veo3/crash/kill-while-submitting", test_kill_while_submitting);
  g_test_add_func ("/veo3/crash/kill-while-downloading", test_kill_while_downloading);
  g_test_add_func ("/veo3/crash/kill-anywhere", test_kill_anywhere);
  g_test_add_func ("/veo3/crash/clean-stop", test_clean_stop);
  veo3_test_add ("/veo3/crash/stop-while-waiting", test_stop_while_waiting);
  veo3_test_add ("/veo3/crash/second-signal", test_second_signal);
  return g_test_run ();
}
