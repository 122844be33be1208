/* SPDX-License-Identifier: MIT */
/*
 * test-stages.c: the stage contract of pipeline.ini(5), with the real program and small shell
 * commands: environment, folder, input, log, exit codes, retries, outputs, timeout.
 */
#include "tests/integration/host/lab.h"

#include <string.h>

/* A stage sees the workspace as its folder, empty input and the four variables; its output is in
 * the numbered log; placeholders are filled in per argument. */
static void
test_contract (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *log = NULL;
  g_autofree char *cwd = g_strdup_printf ("cwd=%s\n", lab_folder (lab));
  g_autofree char *workspace = g_strdup_printf ("PIPELINE_WORKSPACE=%s\n", lab_folder (lab));

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nname=demo\nstages=ONE;TWO\n"
             "[stage ONE]\ncommand=sh -c \"echo cwd=$(pwd); env | grep ^PIPELINE_; "
             "echo input=$(cat); echo oops >&2\"\n"
             "[stage TWO]\ncommand=printf \"<%s>\" @run_id@ @stage@ \"@input.url@ x\"\n");
  result = lab_run (lab, "run --run-id my-run --set \"input.url=a b;$c\"");
  lab_assert_code (result, 0);
  log = lab_read (lab, "logs/01-ONE.log");
  lab_assert_in (log, cwd);
  lab_assert_in (log, workspace);
  lab_assert_in (log, "PIPELINE_RUN_ID=my-run\n");
  lab_assert_in (log, "PIPELINE_STAGE=ONE\n");
  lab_assert_in (log, "PIPELINE_ATTEMPT=1\n");
  lab_assert_in (log, "input=\n");
  lab_assert_in (log, "oops\n");
  g_free (g_steal_pointer (&log));
  log = lab_read (lab, "logs/02-TWO.log");
  lab_assert_in (log, "<my-run><TWO><a b;$c x>");
}

/* stdout has one summary line per run, stderr one line per change. */
static void
test_output (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nname=demo\nstages=ONE;TWO\n[stage ONE]\ncommand=true\n"
             "[stage TWO]\ncommand=true\n");
  result = lab_run (lab, "run --run-id r1");
  lab_assert_code (result, 0);
  g_assert_cmpstr (result->out, ==, ".: run r1 done, exit 0 (done), stages 2/2\n");
  lab_assert_in (result->err, "run r1 of pipeline demo: 2 stages\n");
  lab_assert_in (result->err, "ONE: running\nONE: done in ");
  lab_assert_in (result->err, "TWO: running\nTWO: done in ");
  g_assert_null (strchr (result->err, '\033'));
}

/* A stage that fails ends the run with 1; later stages don't start; the log is named. */
static void
test_failure (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *state = NULL;
  g_autofree char *status = NULL;
  g_autofree char *code = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE;TWO\n[stage ONE]\ncommand=sh -c \"exit 3\"\n"
             "[stage TWO]\ncommand=touch two\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 1);
  lab_assert_in (result->err, "exit code 3; see logs/01-ONE.log");
  g_assert_false (lab_has (lab, "two"));
  state = lab_read (lab, "run.json");
  status = lab_json (state, "status");
  code = lab_json (state, "stages.0.exit_code");
  g_assert_cmpstr (status, ==, "failed");
  g_assert_cmpstr (code, ==, "3");
}

/* `retries` are used up at once, and the stage knows which attempt it is. */
static void
test_retries (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *attempts = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\nretries=2\n"
             "command=sh -c \"echo $PIPELINE_ATTEMPT >> tries; test $PIPELINE_ATTEMPT = 3\"\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 0);
  attempts = lab_read (lab, "tries");
  g_assert_cmpstr (attempts, ==, "1\n2\n3\n");
}

/* Exit code 75 is tried again even without `retries`, after a pause of about a second. */
static void
test_try_again (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  gint64 start_us = g_get_monotonic_time ();

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\n"
             "command=sh -c \"test -e again && exit 0; touch again; exit 75\"\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 0);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 900 * G_TIME_SPAN_MILLISECOND);
  lab_assert_in (result->err, "ONE: retry after ");
}

/* Exit code 78 is never tried again, whatever `retries` says. */
static void
test_never (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *tries = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\nretries=5\n"
             "command=sh -c \"echo x >> tries; exit 78\"\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 1);
  tries = lab_read (lab, "tries");
  g_assert_cmpstr (tries, ==, "x\n");
}

/* A stage that does not leave its outputs has failed. */
static void
test_outputs (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\ncommand=sh -c \"echo 1 > "
             "one\"\noutputs=one;two/three\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 1);
  lab_assert_in (result->err, "two/three");
}

/* A command that can't be started fails without retries. */
static void
test_no_command (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\nretries=9\ncommand=/nonexistent/program\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 1);
  lab_assert_in (result->err, "/nonexistent/program");
}

/* The timeout ends the whole process group: nothing of it lives on. */
static void
test_timeout (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\ntimeout=300ms\n"
             "command=sh -c \"sleep 300 & echo $! > pid; wait\"\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 1);
  lab_assert_in (result->err, "took longer than its timeout of 300ms");
  lab_assert_gone (lab, "pid");
}

/* Secrets of plugins are not in a stage's environment. */
static void
test_secret (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *log = NULL;

  lab_setenv (lab, "LIAR_KEY", "canary-4711");
  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE;LIE\nplugins=lying_hooks\n[stage ONE]\ncommand=env\n"
             "[stage LIE]\nplugin=lying_hooks\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 0);
  log = lab_read (lab, "logs/01-ONE.log");
  lab_assert_in (log, "PIPELINE_STAGE=ONE");
  g_assert_null (strstr (log, "canary"));
  g_assert_null (strstr (result->err, "canary"));
}

/* The file in which TLS libraries log session secrets is taken away from the whole process. */
static void
test_key_log (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *log = NULL;

  lab_setenv (lab, "SSLKEYLOGFILE", "/nonexistent/keys");
  lab_write (lab, "pipeline.ini", "[pipeline]\nstages=ONE\n[stage ONE]\ncommand=env\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 0);
  log = lab_read (lab, "logs/01-ONE.log");
  lab_assert_in (log, "PIPELINE_STAGE=ONE");
  g_assert_null (strstr (log, "SSLKEYLOGFILE"));
}

/* The state of every stage is in events.jsonl, one line each, in order. */
static void
test_events (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *events = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GString) order = g_string_new (NULL);

  lab_write (lab, "pipeline.ini", "[pipeline]\nstages=ONE\n[stage ONE]\ncommand=true\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 0);
  events = lab_read (lab, "events.jsonl");
  lines = g_strsplit (g_strchomp (events), "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *event = lab_json (lines[i], "event");

      g_string_append_printf (order, "%s ", event);
    }
  g_assert_cmpstr (order->str, ==, "run-started log stage-started stage-ended run-ended ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/stages/contract", test_contract);
  g_test_add_func ("/host/stages/output", test_output);
  g_test_add_func ("/host/stages/failure", test_failure);
  g_test_add_func ("/host/stages/retries", test_retries);
  g_test_add_func ("/host/stages/try-again", test_try_again);
  g_test_add_func ("/host/stages/never", test_never);
  g_test_add_func ("/host/stages/outputs", test_outputs);
  g_test_add_func ("/host/stages/no-command", test_no_command);
  g_test_add_func ("/host/stages/timeout", test_timeout);
  g_test_add_func ("/host/stages/secret", test_secret);
  g_test_add_func ("/host/stages/key-log", test_key_log);
  g_test_add_func ("/host/stages/events", test_events);
  return g_test_run ();
}
