/* SPDX-License-Identifier: MIT */
/*
 * Idle is idle: the whole program, waiting in VEO3_AWAIT for ten clips with the poll times of every
 * day, costs next to nothing: at most 0.2 % of a processor and 3 wake-ups a second.
 *
 * Arguments: how many seconds to watch (6), the limit of wake-ups per second (3) and of thousandths
 * of a processor (2); sanitizers have threads of their own.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fixtures/tls-front.h"
#include "tests/integration/network/process-cost.h"
#include "tests/integration/veo3/veo3-test.h"

#define N_CLIPS 10
#define TICK_US (20 * 1000)

static gint64 window_s = 6;
static double max_wakeups_per_s = 3;
static double max_cpu_permille = 2;

/* A program that does what ours must not: it looks around all the time. */
static int
start_ticker (void)
{
  int pid = fork ();

  if (pid != 0)
    return pid;
  (void)prctl (PR_SET_PDEATHSIG, SIGKILL);
  for (;;)
    {
      gint64 until_us = g_get_monotonic_time () + 1000;

      g_usleep (TICK_US);
      while (g_get_monotonic_time () < until_us + TICK_US)
        ;
    }
}

/* The proof that a program which ticks is seen: its wake-ups and its work. */
static void
test_injector (void)
{
  g_autoptr (ProcessCost) begin = NULL;
  g_autoptr (ProcessCost) end = NULL;
  int pid = start_ticker ();

  begin = process_cost_read (pid);
  g_usleep (G_USEC_PER_SEC);
  end = process_cost_read (pid);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_test_message ("ticker: %.1f wake-ups/s, %.2f %% CPU",
                  process_cost_get_wakeups_per_s (begin, end),
                  process_cost_get_cpu_permille (begin, end) / 10);
  g_assert_cmpfloat (process_cost_get_wakeups_per_s (begin, end), >, 6);
  g_assert_cmpfloat (process_cost_get_cpu_permille (begin, end), >, 4);
}

static Veo3Test *
new_waiting_test (gint64 look_s)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_WIRE, "generation-time=1000s\n");
  g_autofree char *keys = g_strdup_printf ("clip-count=%d\ntimeout=30min\npoll-min=3s\npoll-max=45s"
                                           "\npoll-cost=400ms\npoll-look=%" G_GINT64_FORMAT
                                           "s\npoll-prior=40s\nretry-permille=1000\n",
                                           N_CLIPS, look_s);
  g_autoptr (GString) prompts = g_string_new ("{\"veo3_prompts\":[");

  veo3_test_set_plugin_keys (test, keys);
  for (guint i = 0; i < N_CLIPS; i++)
    g_string_append_printf (prompts, "%s{\"variant\":\"clip-%u\",\"prompt\":\"a fox\"}",
                            i > 0 ? "," : "", i);
  g_string_append (prompts, "]}");
  pipeline_fixture_write (test->fixture, "ws/assets.json", prompts->str);
  return test;
}

/* Waits for the first look at all clips, after which polling goes on as it does every day. */
static void
test_waiting (void)
{
  g_autoptr (Veo3Test) test = new_waiting_test (1);
  g_autoptr (GError) error = NULL;
  g_autoptr (TlsFront) front
      = tls_front_start (emulator_client_get_port (test->emulator), TRUE, &error);
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;
  g_autoptr (ProcessCost) begin = NULL;
  g_autoptr (ProcessCost) end = NULL;
  guint polls;

  if (front != NULL)
    {
      pipeline_fixture_set_environment (test->fixture, "GOOGLE_GEMINI_BASE_URL",
                                        tls_front_get_base_url (front));
      pipeline_fixture_set_environment (test->fixture, "VEO3_CA_FILE",
                                        tls_front_get_ca_path (front));
    }
  process = veo3_test_start (test, "run", NULL);
  veo3_test_await_said (process, "VEO3_AWAIT: running");
  veo3_test_await_requests (test, "poll", N_CLIPS);
  g_usleep (G_USEC_PER_SEC / 2); /* what the polls have begun, a save for one, comes to its end */
  polls = veo3_test_count (test, "poll");
  begin = process_cost_read (pipeline_process_get_pid (process));
  g_usleep ((gulong)(window_s * G_USEC_PER_SEC));
  end = process_cost_read (pipeline_process_get_pid (process));
  polls = veo3_test_count (test, "poll") - polls;
  g_test_message ("%d clips, %" G_GINT64_FORMAT " s, %u polls: %.2f wake-ups/s, %.3f %% CPU",
                  N_CLIPS, window_s, polls, process_cost_get_wakeups_per_s (begin, end),
                  process_cost_get_cpu_permille (begin, end) / 10);
  g_assert_cmpfloat (process_cost_get_wakeups_per_s (begin, end), <=, max_wakeups_per_s);
  g_assert_cmpfloat (process_cost_get_cpu_permille (begin, end), <=, max_cpu_permille);
  pipeline_process_signal (process, SIGTERM);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 143);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    window_s = g_ascii_strtoll (argv[1], NULL, 10);
  if (argc > 3)
    {
      max_wakeups_per_s = g_ascii_strtod (argv[2], NULL);
      max_cpu_permille = g_ascii_strtod (argv[3], NULL);
    }
  g_test_add_func ("/network/idle/injector", test_injector);
  g_test_add_func ("/network/idle/waiting", test_waiting);
  return g_test_run ();
}
