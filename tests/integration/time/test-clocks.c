/* SPDX-License-Identifier: MIT */
/*
 * Clocks that jump: somebody sets the wall clock, the machine sleeps, the workspace is continued
 * after another boot. Nothing expires for that without having been asked about once more.
 */
#include "tests/integration/time/clock-lab.h"

#include <signal.h>
#include <string.h>

#define EIGHT_HOURS_S 28800
/* What a busy machine may add to a wait. */
#define SLACK_US G_USEC_PER_SEC
/* A boot that began a month earlier than ours. */
#define OTHER_BOOT_S "2600000"

static void
await_all (ClockLab *lab, const char *status)
{
  veo3_test_await_status (lab->test, "a", status);
  veo3_test_await_status (lab->test, "b", status);
  veo3_test_await_status (lab->test, "c", status);
}

static void
assert_all (ClockLab *lab, const char *member, const char *value)
{
  veo3_test_assert_job (lab->test, "a", member, value);
  veo3_test_assert_job (lab->test, "b", member, value);
  veo3_test_assert_job (lab->test, "c", member, value);
}

static void
assert_completed (ClockLab *lab, int exit_code)
{
  g_assert_cmpint (exit_code, ==, 0);
  assert_all (lab, "status", "completed");
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 3);
}

/* Seconds since the epoch of one of the times in jobs.json. */
static gint64
read_time_s (ClockLab *lab, const char *member)
{
  g_autofree char *text = veo3_test_job (lab->test, "a", member);
  g_autoptr (GDateTime) time = NULL;

  g_assert_nonnull (text);
  time = g_date_time_new_from_iso8601 (text, NULL);
  g_assert_nonnull (time);
  return g_date_time_to_unix (time);
}

static gint64
our_time_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* The wall clock is set by days while clips are generated: nobody notices, and each clip's times
 * stay in their order. */
static void
test_clock_set_during (gconstpointer days)
{
  gint64 off_s = GPOINTER_TO_INT (days) * CLOCK_LAB_DAY_S;
  g_autoptr (ClockLab) lab = clock_lab_new ("[emulator]\ngeneration-time=400ms\n", NULL);
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  gint64 updated_s;

  await_all (lab, "generating");
  clock_lab_set_clock (lab, off_s);
  result = pipeline_process_wait (process);
  assert_completed (lab, result->exit_code);
  updated_s = read_time_s (lab, "updated_at");
  if (off_s > 0) /* the shim does work */
    g_assert_cmpint (ABS (updated_s - our_time_s () - off_s), <, 60);
  g_assert_cmpint (read_time_s (lab, "created_at"), <=, read_time_s (lab, "submitted_at"));
  g_assert_cmpint (read_time_s (lab, "submitted_at"), <=, read_time_s (lab, "completed_at"));
  g_assert_cmpint (read_time_s (lab, "completed_at"), <=, updated_s);
}

static void
stop_while_generating (ClockLab *lab)
{
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;

  await_all (lab, "generating");
  pipeline_process_signal (process, SIGINT);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 130);
}

/* The wall clock is set by days between two runs: clips that are ready are fetched, even if they
 * seem to be days too late, or of the future. */
static void
test_clock_set_between (gconstpointer days)
{
  g_autoptr (ClockLab) lab = clock_lab_new ("[emulator]\ngeneration-time=200ms\n", NULL);
  g_autoptr (PipelineResult) result = NULL;

  stop_while_generating (lab);
  pipeline_fixture_pass (250 * G_TIME_SPAN_MILLISECOND);
  clock_lab_set_clock (lab, GPOINTER_TO_INT (days) * CLOCK_LAB_DAY_S);
  result = veo3_test_run (lab->test, "run", NULL);
  assert_completed (lab, result->exit_code);
}

/* Clips that seem to be days late and are not ready have been asked about once more before they
 * expire, and can be fetched later for nothing; clips of the future are waited for as usual. */
static void
test_clock_set_between_early (gconstpointer days)
{
  g_autoptr (ClockLab) lab = clock_lab_new ("[emulator]\ngeneration-time=1500ms\n", NULL);
  g_autoptr (PipelineResult) result = NULL;
  gint64 stopped_us;

  stop_while_generating (lab);
  stopped_us = g_get_monotonic_time ();
  clock_lab_set_clock (lab, GPOINTER_TO_INT (days) * CLOCK_LAB_DAY_S);
  result = veo3_test_run (lab->test, "run", NULL);
  g_assert_cmpuint (clock_lab_count_since (lab, "poll", NULL, stopped_us), >=, 3);
  if (result->exit_code == 4)
    {
      g_assert_cmpint (GPOINTER_TO_INT (days), >, 0);
      assert_all (lab, "status", "timed_out");
      pipeline_fixture_pass (1500 * G_TIME_SPAN_MILLISECOND);
      pipeline_result_free (result);
      result = veo3_test_run (lab->test, "run", "--restart", NULL);
    }
  assert_completed (lab, result->exit_code);
}

/* The machine sleeps for hours while clips are generated and become ready: after it wakes up they
 * are fetched, and the next question comes no later than the longest wait between two. */
static void
test_suspend (void)
{
  g_autoptr (ClockLab) lab
      = clock_lab_new ("[emulator]\ngeneration-time=600ms\n",
                       "poll-min=1500ms\npoll-max=1500ms\npoll-look=1500ms\npoll-prior=1500ms\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  g_autoptr (GArray) polls = NULL;
  gint64 woken_us;

  await_all (lab, "generating");
  pipeline_fixture_pass (100 * G_TIME_SPAN_MILLISECOND); /* the alarm for the question is set */
  clock_lab_suspend (lab, process, EIGHT_HOURS_S, 700);
  woken_us = g_get_monotonic_time ();
  result = pipeline_process_wait (process);
  assert_completed (lab, result->exit_code);
  polls = veo3_test_request_times (lab->test, "poll", NULL);
  g_assert_cmpuint (polls->len, >, 0);
  g_test_message ("first question %" G_GINT64_FORMAT " ms after the wake-up",
                  (g_array_index (polls, gint64, 0) - woken_us) / 1000);
  g_assert_cmpint (g_array_index (polls, gint64, 0) - woken_us, <, 1500000 + SLACK_US);
}

/* The machine slept past the deadline and the clips are still not ready: each is asked about once
 * more, then it has timed out, and its operation is kept. */
static void
test_suspend_early (void)
{
  g_autoptr (ClockLab) lab = clock_lab_new ("[emulator]\ngeneration-time=60s\n", "timeout=2s\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *operation = NULL;
  gint64 suspended_us;

  await_all (lab, "generating");
  suspended_us = g_get_monotonic_time ();
  clock_lab_suspend (lab, process, EIGHT_HOURS_S, 100);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 4);
  assert_all (lab, "status", "timed_out");
  g_assert_cmpuint (clock_lab_count_since (lab, "poll", NULL, suspended_us), >=, 3);
  operation = veo3_test_job (lab->test, "b", "operation_name");
  g_assert_nonnull (operation);
}

/* The machine sleeps while a clip is being downloaded: its time has passed, but it was ready, so it
 * is fetched. */
static void
test_suspend_download (void)
{
  g_autoptr (ClockLab) lab
      = clock_lab_new ("[emulator]\ngeneration-time=100ms\ndownload=direct\n", NULL);
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  /* The answer to the first is what wakes the loop, which then looks at the others. */
  veo3_test_set_prompts (lab->test, "a", "a lighthouse [[download: ok delay=300ms]]", "b",
                         "a fox [[download: ok delay=900ms]]", "c",
                         "a river [[download: ok delay=900ms]]", NULL);
  process = veo3_test_start (lab->test, "run", NULL);
  veo3_test_await_requests (lab->test, "download", 3);
  clock_lab_suspend (lab, process, EIGHT_HOURS_S, 100);
  result = pipeline_process_wait (process);
  assert_completed (lab, result->exit_code);
}

/* After the machine has woken up the network takes a while: a question that gets no answer is none.
 */
static void
test_suspend_no_network (void)
{
  g_autoptr (ClockLab) lab
      = clock_lab_new ("[emulator]\ngeneration-time=200ms\n[poll]\nfaults=close x4; ok\n",
                       "poll-min=400ms\npoll-max=400ms\npoll-look=400ms\npoll-prior=400ms\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;

  await_all (lab, "generating");
  clock_lab_suspend (lab, process, EIGHT_HOURS_S, 300);
  result = pipeline_process_wait (process);
  assert_completed (lab, result->exit_code);
}

static PipelineProcess *
start_in_other_boot (ClockLab *lab)
{
  const char *wrapper[] = { "/usr/bin/unshare", "--time",      "--fork",     "--boottime",
                            OTHER_BOOT_S,       "--monotonic", OTHER_BOOT_S, NULL };
  const char *arguments[] = { "run", "--workspace", "ws", NULL };

  return pipeline_fixture_start (lab->test->fixture, wrapper, arguments);
}

static gboolean
can_unshare_time (void)
{
  const char *argv[]
      = { "/usr/bin/unshare", "--time",       "--fork", "--boottime", OTHER_BOOT_S, "grep", "-q",
          "^" OTHER_BOOT_S,   "/proc/uptime", NULL };
  int status = -1;

  /* Not ^OTHER_BOOT_S: the machine itself has been up for a while. */
  argv[7] = "^[0-9]\\{7,\\}";
  return g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                       &status, NULL)
         && status == 0;
}

/* A run that was begun in one boot and goes on in another one, whose clock is a month ahead: the
 * clips are watched and fetched as if nothing had happened. */
static void
test_other_boot (void)
{
  g_autoptr (ClockLab) lab = NULL;
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  if (!can_unshare_time ())
    {
      g_test_skip ("needs time namespaces");
      return;
    }
  lab = clock_lab_new ("[emulator]\ngeneration-time=700ms\n", NULL);
  pipeline_fixture_set_environment (lab->test->fixture, "LD_PRELOAD", NULL);
  stop_while_generating (lab);
  process = start_in_other_boot (lab);
  result = pipeline_process_wait (process);
  assert_completed (lab, result->exit_code);
}

/* Paid requests that nobody answers are waited for 30 s after the signal, no longer: what is
 * answered by then is kept, the rest is uncertain, and both are saved. */
static void
test_drain_limit (void)
{
  g_autoptr (ClockLab) lab = clock_lab_new (NULL, NULL);
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  /* The answer to b wakes the loop, which finds that 29 s have not been enough; what comes next,
   * the end of a save or the answer to c, that 31 have. */
  veo3_test_set_prompts (lab->test, "a", "a lighthouse [[submit: accept-silence]]", "b",
                         "a fox [[submit: ok delay=400ms]]", "c",
                         "a river [[submit: ok delay=800ms]]", NULL);
  process = veo3_test_start (lab->test, "run", NULL);
  veo3_test_await_requests (lab->test, "submit", 3);
  pipeline_process_signal (process, SIGTERM);
  veo3_test_await_said (process, "waiting up to 30 s for the answers of 3 paid requests");
  clock_lab_hasten (lab, 29);
  veo3_test_await_status (lab->test, "b", "generating");
  veo3_test_assert_job (lab->test, "a", "status", "submitting");
  clock_lab_hasten (lab, 2);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 143);
  veo3_test_assert_job (lab->test, "a", "status", "uncertain");
  veo3_test_assert_job (lab->test, "b", "status", "generating");
  veo3_test_expect (lab->test, "run", 5);
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/time/clock-set-ahead/during", GINT_TO_POINTER (3), test_clock_set_during);
  g_test_add_data_func ("/time/clock-set-back/during", GINT_TO_POINTER (-3), test_clock_set_during);
  g_test_add_data_func ("/time/clock-set-ahead/between", GINT_TO_POINTER (3),
                        test_clock_set_between);
  g_test_add_data_func ("/time/clock-set-back/between", GINT_TO_POINTER (-3),
                        test_clock_set_between);
  g_test_add_data_func ("/time/clock-set-ahead/between-early", GINT_TO_POINTER (3),
                        test_clock_set_between_early);
  g_test_add_data_func ("/time/clock-set-back/between-early", GINT_TO_POINTER (-3),
                        test_clock_set_between_early);
  g_test_add_func ("/time/suspend/ready", test_suspend);
  g_test_add_func ("/time/suspend/early", test_suspend_early);
  g_test_add_func ("/time/suspend/download", test_suspend_download);
  g_test_add_func ("/time/suspend/no-network", test_suspend_no_network);
  g_test_add_func ("/time/other-boot", test_other_boot);
  g_test_add_func ("/time/drain-limit", test_drain_limit);
  return g_test_run ();
}
