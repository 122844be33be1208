/* SPDX-License-Identifier: MIT */
/*
 * test-signals.c: SIGINT and SIGTERM end a run in order and it can be resumed; a second signal ends
 * it at once; no process of a stage is left behind.
 */
#include "tests/integration/host/lab.h"

#include <signal.h>
#include <string.h>

/* The bar is 0.2 s; the rest is for a busy test machine. */
#define AT_ONCE_US (2 * G_TIME_SPAN_SECOND)

static void
assert_state (Lab *lab, const char *expected)
{
  g_autofree char *state = lab_read (lab, "run.json");
  g_autofree char *status = lab_json (state, "status");

  g_assert_cmpstr (status, ==, expected);
}

/* The first signal: the stage's group gets SIGTERM, no further stage starts, the state says
 * "stopped", the exit code names the signal; the run goes on later. */
static void
test_first (gconstpointer data)
{
  int signal_number = GPOINTER_TO_INT (data);
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) stopped = NULL;
  g_autoptr (LabResult) resumed = NULL;

  lab_write (
      lab, "pipeline.ini",
      "[pipeline]\nstages=ONE;TWO;THREE\n[stage ONE]\ncommand=true\n"
      "[stage TWO]\ncommand=sh -c \"test -e go && exit 0; sleep 300 & echo $! > pid; wait\"\n"
      "[stage THREE]\ncommand=touch three\n");
  lab_start (lab, "run");
  lab_await (lab, "pid", "\n");
  lab_signal (lab, signal_number);
  stopped = lab_finish (lab);
  lab_assert_code (stopped, signal_number == SIGINT ? 130 : 143);
  lab_assert_in (stopped->err, "stopping: waiting for stage TWO; interrupt again");
  lab_assert_in (stopped->err, "TWO: stopped after ");
  g_assert_null (strstr (stopped->err, ": stopped\n"));
  g_assert_false (lab_has (lab, "three"));
  lab_assert_gone (lab, "pid");
  assert_state (lab, "stopped");

  lab_write (lab, "go", "");
  resumed = lab_run (lab, "resume");
  lab_assert_code (resumed, 0);
  lab_assert_in (resumed->err, "1 of 3 stages are done");
  g_assert_true (lab_has (lab, "three"));
}

/* The second signal does not wait for a stage that ignores the first. */
static void
test_second (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  gint64 start_us = 0;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\n"
             "command=sh -c \"trap '' TERM; echo $$ > pid; while :; do sleep 1; done\"\n");
  lab_start (lab, "run");
  lab_await (lab, "pid", "\n");
  lab_signal (lab, SIGTERM);
  lab_await_err (lab, "stopping: waiting for stage ONE");
  start_us = g_get_monotonic_time ();
  lab_signal (lab, SIGTERM);
  result = lab_finish (lab);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, AT_ONCE_US);
  lab_assert_code (result, 143);
  lab_assert_in (result->err, "leaving at once");
  lab_assert_gone (lab, "pid");
  assert_state (lab, "stopped");
}

/* A pause before a retry is no reason to wait. */
static void
test_pause (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\nretries=50\ncommand=sh -c \"exit 75\"\n");
  lab_start (lab, "run");
  lab_await_err (lab, "ONE: retry after ");
  lab_signal (lab, SIGINT);
  result = lab_finish (lab);
  lab_assert_code (result, 130);
  assert_state (lab, "stopped");
}

/* A command that ends at the same moment as the host is stopped, as when a service manager signals
 * all processes at once, is not tried again. */
static void
test_both (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *tries = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\nretries=50\n"
             "command=sh -c \"echo x >> tries; kill -TERM $PPID; exit 75\"\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 143);
  tries = lab_read (lab, "tries");
  g_assert_cmpstr (tries, ==, "x\n");
  assert_state (lab, "stopped");
}

/* All runs of the process stop, and those whose turn has not come don't begin. */
static void
test_several (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "p.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\n"
             "command=sh -c \"echo $$ > pid; exec sleep 300\"\n");
  lab_write (lab, "a/x", "");
  lab_write (lab, "b/x", "");
  lab_write (lab, "c/x", "");
  lab_start (lab, "run -f p.ini -w a -w b -w c -j 2");
  lab_await (lab, "a/pid", "\n");
  lab_await (lab, "b/pid", "\n");
  lab_signal (lab, SIGTERM);
  result = lab_finish (lab);
  lab_assert_code (result, 143);
  lab_assert_in (result->err, "a: stopping: waiting for stage ONE;");
  lab_assert_in (result->err, "b: stopping: waiting for stage ONE;");
  lab_assert_gone (lab, "a/pid");
  lab_assert_gone (lab, "b/pid");
  g_assert_false (lab_has (lab, "c/run.json"));
}

static const char plugin_pipeline[]
    = "[pipeline]\nstages=ONE;LIE\nplugins=lying_hooks\n[stage ONE]\ncommand=true\n"
      "[stage LIE]\nplugin=lying_hooks\n";

/* A stage that a plugin runs is cancelled, end_run is called once and the plugin is stopped. */
static void
test_plugin_stage (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", plugin_pipeline);
  lab_start (lab, "run --set lying_hooks.lie=stage-until-cancelled");
  lab_await_err (lab, "LIE: running");
  lab_signal (lab, SIGINT);
  result = lab_finish (lab);
  lab_assert_code (result, 130);
  lab_assert_in (result->err, "lying_hooks: end_run\n");
  lab_assert_in (result->err, "lying_hooks: liar stopped\n");
  assert_state (lab, "stopped");
}

/* A plugin that never answers holds the process only until the second signal; it is told to end
 * the run and stopped all the same. */
static void
test_plugin_hangs (gconstpointer data)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *line = g_strdup_printf ("run --set lying_hooks.lie=%s", (const char *)data);
  gint64 start_us = 0;

  lab_write (lab, "pipeline.ini", plugin_pipeline);
  lab_start (lab, line);
  lab_await_err (lab, "LIE: ");
  lab_signal (lab, SIGTERM);
  lab_await_err (lab, "stopping: waiting for ");
  start_us = g_get_monotonic_time ();
  lab_signal (lab, SIGTERM);
  result = lab_finish (lab);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, AT_ONCE_US);
  lab_assert_code (result, 143);
  lab_assert_in (result->err, "lying_hooks: end_run\n");
  lab_assert_in (result->err, "lying_hooks: liar stopped\n");
  assert_state (lab, "stopped");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/host/signals/first-int", GINT_TO_POINTER (SIGINT), test_first);
  g_test_add_data_func ("/host/signals/first-term", GINT_TO_POINTER (SIGTERM), test_first);
  g_test_add_data_func ("/host/signals/first-hup", GINT_TO_POINTER (SIGHUP), test_first);
  g_test_add_func ("/host/signals/second", test_second);
  g_test_add_func ("/host/signals/pause", test_pause);
  g_test_add_func ("/host/signals/both", test_both);
  g_test_add_func ("/host/signals/several", test_several);
  g_test_add_func ("/host/signals/plugin-stage", test_plugin_stage);
  g_test_add_data_func ("/host/signals/plugin-stage-hangs", "stage-never", test_plugin_hangs);
  g_test_add_data_func ("/host/signals/plugin-end-hangs", "end-never", test_plugin_hangs);
  return g_test_run ();
}
