/* SPDX-License-Identifier: MIT */
/*
 * The program is stopped (SIGSTOP, Ctrl-Z, a frozen container) and goes on later, with answers
 * waiting in its sockets: test-stops [SECONDS]... How long a stop lasts is what is tested, so these
 * tests wait by the clock.
 */
#include "tests/integration/veo3/veo3-test.h"

#include <signal.h>
#include <stdlib.h>

#define ANSWER_DELAY "300ms"

typedef struct
{
  Veo3Test *test;           /* (owned) */
  PipelineProcess *process; /* (owned) */
} Stopped;

static void
start (Stopped *self, const char *scenario, const char *kind, guint count)
{
  self->test = veo3_test_new (VEO3_TEST_WIRE, scenario);
  self->process = veo3_test_start (self->test, "run", NULL);
  veo3_test_await_requests (self->test, kind, count);
  pipeline_process_signal (self->process, SIGSTOP);
}

static void
stopped_clear (Stopped *self)
{
  pipeline_process_free (self->process);
  veo3_test_free (self->test);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stopped, stopped_clear)

static void
assert_status (Veo3Test *test, const char *status)
{
  veo3_test_assert_job (test, "a", "status", status);
  veo3_test_assert_job (test, "b", "status", status);
  veo3_test_assert_job (test, "c", "status", status);
}

static void
assert_completes (Stopped *self)
{
  g_autoptr (PipelineResult) result = pipeline_process_wait (self->process);

  g_assert_cmpint (result->exit_code, ==, 0);
  assert_status (self->test, "completed");
  g_assert_cmpuint (veo3_test_count (self->test, "submit"), ==, 3);
}

static void
pass_s (gint seconds)
{
  pipeline_fixture_pass (seconds * G_USEC_PER_SEC);
}

/* The answers to paid requests, to a poll, to downloads wait in the sockets of three stopped
 * programs: whoever goes on takes them, however late it is by then. */
static void
test_answer_waits (gconstpointer seconds)
{
  g_auto (Stopped) submit = { 0 };
  g_auto (Stopped) poll = { 0 };
  g_auto (Stopped) download = { 0 };

  start (&submit, "[submit]\nfaults=ok x3 delay=" ANSWER_DELAY "\n", "submit", 3);
  start (&poll, "[poll]\nfaults=ok x1 delay=" ANSWER_DELAY "; ok\n", "poll", 1);
  start (&download,
         "[emulator]\ndownload=direct\n[download]\nfaults=ok x3 delay=" ANSWER_DELAY "; ok\n",
         "download", 1);
  pass_s (GPOINTER_TO_INT (seconds));
  assert_status (submit.test, "submitting"); /* the stop does stop it */
  pipeline_process_signal (submit.process, SIGCONT);
  pipeline_process_signal (poll.process, SIGCONT);
  pipeline_process_signal (download.process, SIGCONT);
  assert_completes (&submit);
  assert_completes (&poll);
  assert_completes (&download);
  /* Taken, not asked for again. */
  g_assert_cmpuint (veo3_test_count (download.test, "download"), ==, 3);
}

static void
start_generating (Stopped *self, const char *scenario)
{
  self->test = veo3_test_new (VEO3_TEST_WIRE, scenario);
  veo3_test_set_plugin_keys (self->test, "timeout=1s\n");
  self->process = veo3_test_start (self->test, "run", NULL);
  veo3_test_await_status (self->test, "a", "generating");
  veo3_test_await_status (self->test, "b", "generating");
  veo3_test_await_status (self->test, "c", "generating");
  pipeline_process_signal (self->process, SIGSTOP);
}

/* The deadline passes during the stop, and the clips became ready meanwhile: they are fetched. */
static void
test_deadline_ready (void)
{
  g_auto (Stopped) stopped = { 0 };

  start_generating (&stopped, "[emulator]\ngeneration-time=1s\n");
  pass_s (2);
  pipeline_process_signal (stopped.process, SIGCONT);
  assert_completes (&stopped);
}

/* It passes and they are not ready: each is asked about once more before it counts as late. */
static void
test_deadline_early (void)
{
  g_auto (Stopped) stopped = { 0 };
  g_autoptr (PipelineResult) result = NULL;
  g_autoptr (PipelineResult) second = NULL;
  g_autoptr (GArray) polls = NULL;
  gint64 accepted_us;
  gint64 continued_us;
  guint n_fresh = 0;

  start_generating (&stopped, "[emulator]\ngeneration-time=4s\n");
  accepted_us = g_get_monotonic_time ();
  pass_s (2);
  continued_us = g_get_monotonic_time ();
  pipeline_process_signal (stopped.process, SIGCONT);
  result = pipeline_process_wait (stopped.process);
  g_assert_cmpint (result->exit_code, ==, 4);
  assert_status (stopped.test, "timed_out");
  polls = veo3_test_request_times (stopped.test, "poll", NULL);
  for (guint i = 0; i < polls->len; i++)
    n_fresh += g_array_index (polls, gint64, i) > continued_us;
  g_assert_cmpuint (n_fresh, >=, 3);
  pipeline_fixture_pass (accepted_us + 5 * G_USEC_PER_SEC - g_get_monotonic_time ());
  second = veo3_test_run (stopped.test, "run", "--restart", NULL);
  g_assert_cmpint (second->exit_code, ==, 0);
  g_assert_cmpuint (veo3_test_count (stopped.test, "submit"), ==, 3);
}

/* SIGTERM comes during the stop: it is obeyed when the program goes on, and the answers to paid
 * requests that wait by then are taken along. */
static void
test_signal_while_stopped (void)
{
  g_auto (Stopped) stopped = { 0 };
  g_autoptr (PipelineResult) result = NULL;
  gint64 continued_us;

  start (&stopped,
         "[emulator]\ngeneration-time=3s\n[submit]\nfaults=ok x3 delay=" ANSWER_DELAY "\n",
         "submit", 3);
  pipeline_process_signal (stopped.process, SIGTERM);
  pass_s (1);
  continued_us = g_get_monotonic_time ();
  pipeline_process_signal (stopped.process, SIGCONT);
  result = pipeline_process_wait (stopped.process);
  g_assert_cmpint (g_get_monotonic_time () - continued_us, <, G_USEC_PER_SEC * TEST_SLOWNESS);
  g_assert_cmpint (result->exit_code, ==, 143);
  assert_status (stopped.test, "generating");
  veo3_test_expect (stopped.test, "run", 0);
  g_assert_cmpuint (veo3_test_count (stopped.test, "submit"), ==, 3);
}

static gboolean
has_pid (gpointer test)
{
  return pipeline_fixture_has (((Veo3Test *)test)->fixture, "ws/pid");
}

/* A stage with a timeout of 2 s. */
static void
start_stage (Stopped *self, const char *script)
{
  self->test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  pipeline_fixture_write (self->test->fixture, "ws/stage.sh", script);
  veo3_test_write_pipeline (self->test, "ONE", "[stage ONE]\ncommand=sh stage.sh\ntimeout=2s\n");
  self->process = veo3_test_start (self->test, "run", NULL);
  pipeline_fixture_wait_until ("the stage", has_pid, self->test);
  pipeline_process_signal (self->process, SIGSTOP);
}

/* A stage whose command waits for the file "go" and then needs so long. */
static void
start_frozen_stage (Stopped *self, const char *rest)
{
  g_autofree char *script
      = g_strdup_printf ("echo $$ > pid.new\nmv pid.new pid\nwhile ! test -e go\n"
                         "do sleep 0.05\ndone\nsleep %s\n",
                         rest);
  g_autofree char *pid = NULL;

  start_stage (self, script);
  pid = pipeline_fixture_read (self->test->fixture, "ws/pid");
  g_assert_cmpint (kill (-atoi (pid), SIGSTOP), ==, 0);
}

static void
thaw_stage (Stopped *self)
{
  g_autofree char *pid = pipeline_fixture_read (self->test->fixture, "ws/pid");

  pipeline_fixture_write (self->test->fixture, "ws/go", "");
  g_assert_cmpint (kill (-atoi (pid), SIGCONT), ==, 0);
  pipeline_process_signal (self->process, SIGCONT);
}

/* A stage that the plugin runs, with the same timeout. */
static void
start_await (Stopped *self)
{
  self->test = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ngeneration-time=1s\n");
  veo3_test_write_pipeline (self->test, "CONTENT;VEO3_AWAIT",
                            "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                            "[stage VEO3_AWAIT]\nplugin=veo3\ntimeout=2s\n");
  self->process = veo3_test_start (self->test, "run", NULL);
  veo3_test_await_said (self->process, "VEO3_AWAIT: running");
  veo3_test_await_status (self->test, "c", "generating");
  pipeline_process_signal (self->process, SIGSTOP);
}

static void
assert_exit (Stopped *self, int exit_code)
{
  g_autoptr (PipelineResult) result = pipeline_process_wait (self->process);

  g_assert_cmpint (result->exit_code, ==, exit_code);
}

/* The program is stopped past the timeout of a stage. A command that ended in time meanwhile has
 * done its stage. One that was stopped too, as in a frozen container, is not ended for time that it
 * could not use, but it is if it needs more than its whole time once more. The same holds for a
 * stage that the plugin runs. */
static void
test_stage (void)
{
  g_auto (Stopped) ended = { 0 };
  g_auto (Stopped) frozen = { 0 };
  g_auto (Stopped) slow = { 0 };
  g_auto (Stopped) await = { 0 };

  start_stage (&ended, "echo $$ > pid.new\nmv pid.new pid\nsleep 0.3\n");
  start_frozen_stage (&frozen, "0.3");
  start_frozen_stage (&slow, "300");
  start_await (&await);
  pass_s (4);
  pipeline_process_signal (ended.process, SIGCONT);
  thaw_stage (&frozen);
  thaw_stage (&slow);
  pipeline_process_signal (await.process, SIGCONT);
  assert_exit (&ended, 0);
  assert_exit (&frozen, 0);
  assert_completes (&await);
  assert_exit (&slow, 1);
}

static void
add_stop (const char *seconds)
{
  g_autofree char *path = g_strdup_printf ("/time/stop/answer-waits/%ss", seconds);

  g_test_add_data_func (path, GINT_TO_POINTER (atoi (seconds)), test_answer_waits);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++)
    add_stop (argv[i]);
  if (argc > 1)
    return g_test_run ();
  add_stop ("1");
  add_stop ("5");
  g_test_add_func ("/time/stop/deadline-ready", test_deadline_ready);
  g_test_add_func ("/time/stop/deadline-early", test_deadline_early);
  g_test_add_func ("/time/stop/signal-while-stopped", test_signal_while_stopped);
  g_test_add_func ("/time/stop/stage", test_stage);
  return g_test_run ();
}
