/* SPDX-License-Identifier: MIT */
/*
 * The second signal: out at once, whatever the program waits for. What it was doing is left as it
 * is on disk, and the next start is the recovery.
 */
#include "tests/integration/signals/signal-lab.h"

#include <signal.h>

#define AT_ONCE_US (signal_lab_limit_us (200 * G_TIME_SPAN_MILLISECOND))
/* Long after every limit of these tests. */
#define SLOW_DISK_MS "20000"

/* @first: the signal whose exit code it has to be; 0 = SIGINT or SIGTERM. */
static void
assert_out (SignalLab *lab, PipelineProcess *process, int first, int second)
{
  g_autoptr (PipelineResult) result = NULL;
  gint64 signalled_us = g_get_monotonic_time ();
  gint64 took_us;

  pipeline_process_signal (process, second);
  result = pipeline_process_wait (process);
  took_us = g_get_monotonic_time () - signalled_us;
  g_test_message ("out after %" G_GINT64_FORMAT " us", took_us);
  g_assert_cmpint (took_us, <, AT_ONCE_US);
  if (first != 0)
    g_assert_cmpint (result->exit_code, ==, 128 + first);
  else
    g_assert_true (result->exit_code == 128 + SIGINT || result->exit_code == 128 + SIGTERM);
  /* A killed process needs an instant to go; nobody waits for it any more. */
  signal_lab_await_processes (lab, 0);
}

static void
assert_all (SignalLab *lab, const char *status)
{
  veo3_test_assert_job (lab->test, "a", "status", status);
  veo3_test_assert_job (lab->test, "b", "status", status);
  veo3_test_assert_job (lab->test, "c", "status", status);
}

/* Paid requests are under way and nobody answers: they are left, and known to be uncertain ever
 * after. The exit code is that of the first signal. */
static void
test_paid_requests (void)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[submit]\nfaults=accept-silence x3\n", NULL);
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);

  veo3_test_await_requests (lab->test, "submit", 3);
  pipeline_process_signal (process, SIGINT);
  veo3_test_await_said (process, "answers of 3 paid requests");
  assert_out (lab, process, SIGINT, SIGTERM);
  veo3_test_expect (lab->test, "run", 5);
  assert_all (lab, "uncertain");
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 3);
}

/* A command that ignores SIGTERM, with a child and a grandchild that do so too, is not waited for
 * and not left behind. */
static void
test_stubborn_command (void)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[emulator]\ngeneration-time=100ms\n", NULL);
  g_autoptr (PipelineProcess) process = NULL;

  signal_lab_set_layout (lab, "trap '' TERM\n(sleep 300 & wait) &\nwhile :\n"
                              "do sleep 300\ndone\n");
  process = veo3_test_start (lab->test, "run", NULL);
  veo3_test_await_status (lab->test, "c", "generating");
  signal_lab_await_processes (lab, 5);
  pipeline_process_signal (process, SIGTERM);
  veo3_test_await_said (process, "interrupt again");
  g_assert_cmpuint (signal_lab_count_processes (lab), ==, 5);
  assert_out (lab, process, SIGTERM, SIGTERM);
  signal_lab_set_layout (lab, "true\n");
  signal_lab_assert_completes (lab);
}

static void
make_disk_slow (SignalLab *lab, const char *name)
{
  PipelineFixture *fixture = lab->test->fixture;
  g_autofree char *mark = pipeline_fixture_path (fixture, "slow");
  g_autofree char *asan
      = g_strdup_printf ("%s:verify_asan_link_order=0", g_getenv ("ASAN_OPTIONS") != NULL
                                                            ? g_getenv ("ASAN_OPTIONS")
                                                            : "detect_leaks=0");

  pipeline_fixture_set_environment (fixture, "ASAN_OPTIONS", asan);
  pipeline_fixture_set_environment (fixture, "LD_PRELOAD", TEST_SLOW_DISK);
  pipeline_fixture_set_environment (fixture, "SLOW_DISK_NAME", name);
  pipeline_fixture_set_environment (fixture, "SLOW_DISK_MARK", mark);
  pipeline_fixture_set_environment (fixture, "SLOW_DISK_MS", SLOW_DISK_MS);
}

static gboolean
is_slow (gpointer lab)
{
  return pipeline_fixture_has (((SignalLab *)lab)->test->fixture, "slow");
}

/* The disk does not come back from saving @name: the program leaves all the same, with the right
 * exit code, also while the main loop itself is held up. */
static void
test_slow_disk (gconstpointer name)
{
  g_autoptr (SignalLab) lab = signal_lab_new (NULL, NULL);
  g_autoptr (PipelineProcess) process = NULL;

  make_disk_slow (lab, name);
  process = veo3_test_start (lab->test, "run", NULL);
  pipeline_fixture_wait_until ("the disk to be slow", is_slow, lab);
  pipeline_process_signal (process, SIGINT);
  pipeline_fixture_pass (100 * G_TIME_SPAN_MILLISECOND);
  assert_out (lab, process, SIGINT, SIGINT);
  pipeline_fixture_set_environment (lab->test->fixture, "SLOW_DISK_NAME", NULL);
  signal_lab_assert_kept (lab);
  signal_lab_assert_completes (lab);
}

/* Both signals come before the first has been looked at, in whatever order the kernel hands them
 * out. (Not the same one twice: of two that nobody has taken yet the kernel makes one.) */
static void
test_both_at_once (void)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[submit]\nfaults=accept-silence x3\n", NULL);
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);

  veo3_test_await_requests (lab->test, "submit", 3);
  pipeline_process_signal (process, SIGSTOP);
  pipeline_process_signal (process, SIGINT);
  pipeline_process_signal (process, SIGTERM);
  assert_out (lab, process, 0, SIGCONT);
  veo3_test_expect (lab->test, "run", 5);
  assert_all (lab, "uncertain");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signals/second/paid-requests", test_paid_requests);
  g_test_add_func ("/signals/second/stubborn-command", test_stubborn_command);
  g_test_add_data_func ("/signals/second/slow-run-json", "/run.json", test_slow_disk);
  g_test_add_data_func ("/signals/second/slow-jobs-json", "/jobs.json", test_slow_disk);
  g_test_add_data_func ("/signals/second/slow-clip", ".mp4", test_slow_disk);
  g_test_add_func ("/signals/second/both-at-once", test_both_at_once);
  return g_test_run ();
}
