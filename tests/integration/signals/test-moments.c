/* SPDX-License-Identifier: MIT */
/*
 * SIGINT and SIGTERM at random moments of a whole run: test-moments [MOMENTS]. The seed is the one
 * that the test framework prints; --seed=... repeats a run's moments.
 */
#include "tests/integration/signals/signal-lab.h"

#include <signal.h>
#include <stdlib.h>

#define DEFAULT_MOMENTS 4
/* From the signal to the end; a paid answer is never later than 30 ms here. */
#define END_US (signal_lab_limit_us (G_USEC_PER_SEC))
/* From the second signal to the end. */
#define TWICE_US (signal_lab_limit_us (200 * G_TIME_SPAN_MILLISECOND))
/* What a busy machine needs until the runner has got the signal and the plugin has been told. */
#define NOTICE_US (signal_lab_limit_us (150 * G_TIME_SPAN_MILLISECOND))

static guint n_moments = DEFAULT_MOMENTS;

static SignalLab *
new_lab (void)
{
  return signal_lab_new ("[emulator]\ngeneration-time=80ms\n[submit]\nfaults=ok delay=30ms\n"
                         "[poll]\nfaults=ok delay=5ms\n[download]\nfaults=ok delay=20ms\n",
                         NULL);
}

/* The census does find a command, its child, its grandchild: else "nobody is left" meant nothing.
 */
static void
test_census (void)
{
  g_autoptr (SignalLab) lab = new_lab ();
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  signal_lab_set_layout (lab, "sleep 300 &\n(sleep 300 & wait) &\nwait\n");
  process = veo3_test_start (lab->test, "run", NULL);
  signal_lab_await_processes (lab, 5); /* runner, command, child, subshell, grandchild */
  pipeline_process_signal (process, SIGTERM);
  result = pipeline_process_wait (process);
  g_assert_cmpuint (signal_lab_count_processes (lab), ==, 0);
}

/* What the moments are spread over. */
static gint64
measure_whole_run (void)
{
  g_autoptr (SignalLab) lab = new_lab ();
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = pipeline_process_wait (process);

  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 3);
  g_assert_cmpuint (signal_lab_count_processes (lab), ==, 0);
  return result->run_us;
}

static gboolean
is_done (SignalLab *lab)
{
  json_object *state;
  gboolean done;

  if (!pipeline_fixture_has (lab->test->fixture, "ws/run.json"))
    return FALSE;
  state = pipeline_fixture_read_json (lab->test->fixture, "ws/run.json");
  done = g_strcmp0 (emulator_log_string (state, "status"), "done") == 0;
  json_object_put (state);
  return done;
}

/* Everything that has to be true whenever the signal came. Returns: how long the end took. */
static gint64
interrupt (SignalLab *lab, int signal_number, gint64 moment_us)
{
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  gint64 signalled_us;
  gint64 took_us;

  pipeline_fixture_pass (moment_us);
  signalled_us = g_get_monotonic_time ();
  pipeline_process_signal (process, signal_number);
  result = pipeline_process_wait (process);
  took_us = g_get_monotonic_time () - signalled_us;

  g_assert_cmpint (took_us, <, END_US);
  g_assert_cmpuint (signal_lab_count_processes (lab), ==, 0);
  if (result->exit_code != 0 || !is_done (lab))
    g_assert_cmpint (result->exit_code, ==, 128 + signal_number);
  g_assert_cmpint (signal_lab_last_post_us (lab), <, signalled_us + NOTICE_US);
  signal_lab_assert_kept (lab);
  return took_us;
}

/* Whenever the signal comes: the run ends within a second with the signal's exit code, nothing is
 * sent any more, nobody is left behind, every operation is kept, and the next run pays nothing
 * twice. */
static void
test_random_moments (void)
{
  gint64 whole_us = measure_whole_run ();
  gint64 slowest_us = 0;

  for (guint i = 0; i < n_moments; i++)
    {
      g_autoptr (SignalLab) lab = new_lab ();
      int signal_number = g_test_rand_bit () ? SIGINT : SIGTERM;
      gint64 moment_us = (gint64)(g_test_rand_double () * (double)whole_us);
      gint64 took_us;

      g_test_message ("moment %u: signal %d after %" G_GINT64_FORMAT " us", i, signal_number,
                      moment_us);
      took_us = interrupt (lab, signal_number, moment_us);
      slowest_us = MAX (slowest_us, took_us);
      signal_lab_assert_completes (lab);
    }
  g_test_message ("%u moments in %" G_GINT64_FORMAT " ms; slowest end %" G_GINT64_FORMAT " ms",
                  n_moments, whole_us / 1000, slowest_us / 1000);
}

/* What was paid and not kept is uncertain; nothing else may be missing. */
static void
assert_nothing_paid_twice (SignalLab *lab)
{
  static const char *const variants[] = { "a", "b", "c" };
  static const char *const prompts[] = { "a lighthouse", "a fox", "a river" };
  g_autoptr (PipelineResult) result = veo3_test_run (lab->test, "run", NULL);
  guint n_uncertain = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *status = veo3_test_job (lab->test, variants[i], "status");
      guint n_posts = emulator_client_count (lab->test->emulator, "submit", prompts[i]);

      if (g_strcmp0 (status, "uncertain") == 0)
        n_uncertain++;
      else
        g_assert_cmpstr (status, ==, "completed");
      g_assert_cmpuint (n_posts, <=, 1);
    }
  g_assert_cmpint (result->exit_code, ==, n_uncertain > 0 ? 5 : 0);
  g_assert_cmpuint (signal_lab_count_processes (lab), ==, 0);
}

/* Two signals at random moments, the second within 30 ms: out at once with the exit code of one of
 * them, nobody left behind, and nothing is paid twice. */
static void
test_random_pairs (void)
{
  gint64 whole_us = measure_whole_run ();
  gint64 slowest_us = 0;

  for (guint i = 0; i < (n_moments + 1) / 2; i++)
    {
      g_autoptr (SignalLab) lab = new_lab ();
      g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
      g_autoptr (PipelineResult) result = NULL;
      gint64 signalled_us;

      pipeline_fixture_pass ((gint64)(g_test_rand_double () * (double)whole_us));
      pipeline_process_signal (process, SIGINT);
      pipeline_fixture_pass (g_test_rand_int_range (0, 30000));
      signalled_us = g_get_monotonic_time ();
      pipeline_process_signal (process, SIGTERM);
      result = pipeline_process_wait (process);
      slowest_us = MAX (slowest_us, g_get_monotonic_time () - signalled_us);
      g_assert_cmpint (slowest_us, <, TWICE_US);
      if (result->exit_code != 0 || !is_done (lab))
        g_assert_true (result->exit_code == 130 || result->exit_code == 143);
      signal_lab_await_processes (lab, 0);
      assert_nothing_paid_twice (lab);
    }
  g_test_message ("slowest end after the second signal: %" G_GINT64_FORMAT " ms",
                  slowest_us / 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    n_moments = (guint)atoi (argv[1]);
  g_test_add_func ("/signals/census", test_census);
  g_test_add_func ("/signals/random-moments", test_random_moments);
  g_test_add_func ("/signals/random-pairs", test_random_pairs);
  return g_test_run ();
}
