/* SPDX-License-Identifier: MIT */
/*
 * test-resume.c: a run is gone on with, left alone or begun anew, by the rules of
 * pipeline_runner(1); after a kill -9 as well; one process per workspace; several workspaces in
 * one process.
 */
#include "tests/integration/host/lab.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Three stages that leave a trace; TWO fails while the file `broken` exists. */
#define PIPELINE                                                                                   \
  "[pipeline]\nname=demo\nstages=ONE;TWO;THREE\n"                                                  \
  "[stage ONE]\ncommand=sh -c \"echo ONE >> trace\"\n"                                             \
  "[stage TWO]\ncommand=sh -c \"echo TWO$PIPELINE_ATTEMPT >> trace; test ! -e broken\"\n"          \
  "[stage THREE]\ncommand=sh -c \"echo THREE >> trace\"\n"

static void
assert_trace (Lab *lab, const char *expected)
{
  g_autofree char *trace = lab_read (lab, "trace");

  g_assert_cmpstr (trace, ==, expected);
}

static void
run_expecting (Lab *lab, const char *line, int code, const char *err)
{
  g_autoptr (LabResult) result = lab_run (lab, line);

  lab_assert_code (result, code);
  lab_assert_in (result->err, err);
}

/* A failed run is gone on with at the stage that failed; a finished one is left alone; --restart
 * runs it anew under the same id. */
static void
test_life (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *broken = g_build_filename (lab_folder (lab), "broken", NULL);

  lab_write (lab, "pipeline.ini", PIPELINE);
  lab_write (lab, "broken", "");
  run_expecting (lab, "run --run-id r1", 1, "TWO: failed");
  assert_trace (lab, "ONE\nTWO1\n");
  run_expecting (lab, "resume --set pipeline.name=demo2", 1, "going on with run r1: 1 of 3");
  g_assert_cmpint (g_remove (broken), ==, 0);
  run_expecting (lab, "run", 0, "THREE: done");
  assert_trace (lab, "ONE\nTWO1\nTWO2\nTWO3\nTHREE\n");
  run_expecting (lab, "run", 0, "run r1 is done already");
  run_expecting (lab, "resume", 2, "there is nothing to resume");
  assert_trace (lab, "ONE\nTWO1\nTWO2\nTWO3\nTHREE\n");
  run_expecting (lab, "run --restart", 0, "running all 3 stages of run r1 anew");
  assert_trace (lab, "ONE\nTWO1\nTWO2\nTWO3\nTHREE\nONE\nTWO1\nTHREE\n");
}

/* `resume` where no run ever was is an error; `run` isn't. */
static void
test_nothing_to_resume (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini", PIPELINE);
  run_expecting (lab, "resume", 2, "there is no run to resume in .");
  g_assert_false (lab_has (lab, "run.json"));
  g_assert_false (lab_has (lab, "trace"));
}

/* Another run id than the workspace's is refused, and begins a new run with --restart. */
static void
test_run_id (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *state = NULL;
  g_autofree char *id = NULL;

  lab_write (lab, "pipeline.ini", PIPELINE);
  lab_write (lab, "broken", "");
  run_expecting (lab, "run --run-id a", 1, "TWO: failed");
  run_expecting (lab, "run --run-id b", 2, "the workspace holds run a (failed)");
  run_expecting (lab, "run --run-id a", 1, "going on with run a");
  run_expecting (lab, "run --run-id b --restart", 1, "run b of pipeline demo");
  state = lab_read (lab, "run.json");
  id = lab_json (state, "run_id");
  g_assert_cmpstr (id, ==, "b");
  run_expecting (lab, "run --run-id b/c", 2, "--run-id b/c: use up to 128 letters");
}

/* --until stops early and leaves the run unfinished; --from runs later stages anew. */
static void
test_range (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *state = NULL;
  g_autofree char *status = NULL;

  lab_write (lab, "pipeline.ini", PIPELINE);
  run_expecting (lab, "run --until TWO", 0, "TWO: done");
  assert_trace (lab, "ONE\nTWO1\n");
  state = lab_read (lab, "run.json");
  status = lab_json (state, "status");
  g_assert_cmpstr (status, ==, "stopped");
  run_expecting (lab, "run", 0, "going on with run");
  assert_trace (lab, "ONE\nTWO1\nTHREE\n");
  run_expecting (lab, "run --from TWO --until TWO", 0, "TWO: done");
  assert_trace (lab, "ONE\nTWO1\nTHREE\nTWO1\n");
  run_expecting (lab, "run --from THREE", 0, "THREE: done");
  assert_trace (lab, "ONE\nTWO1\nTHREE\nTWO1\nTHREE\n");
  run_expecting (lab, "run --from TREE", 2, "has no such stage (did you mean 'THREE'?)");
  run_expecting (lab, "run --until nothing", 2, "has no such stage; nothing was started");
  run_expecting (lab, "run --from THREE --until ONE", 2, "--from THREE comes after --until ONE");
}

/* --from in a new workspace takes the stages before it as done. */
static void
test_from_fresh (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini", PIPELINE);
  run_expecting (lab, "run --from THREE", 0, "THREE: done");
  assert_trace (lab, "THREE\n");
}

/* Inputs are kept: going on needs no --set again, but a new one wins; a missing one is told before
 * anything starts. */
static void
test_inputs (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE;TWO\n[stage ONE]\ncommand=true\n"
             "[stage TWO]\ncommand=sh -c \"echo @input.word@ >> trace; test ! -e broken\"\n");
  lab_write (lab, "broken", "");
  run_expecting (lab, "run", 2, "--set input.word=VALUE; nothing was started");
  g_assert_false (lab_has (lab, "run.json"));
  run_expecting (lab, "run --set input.word=first", 1, "TWO: failed");
  run_expecting (lab, "run", 1, "TWO: failed");
  run_expecting (lab, "run --set input.word=second", 1, "TWO: failed");
  assert_trace (lab, "first\nfirst\nsecond\n");
}

/* A runner killed in the middle of a stage takes the stage's command with it, and is gone on with:
 * that stage again, no other. */
static void
test_kill (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) killed = NULL;
  g_autoptr (LabResult) status = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE;TWO\n[stage ONE]\ncommand=sh -c \"echo ONE >> trace\"\n"
             "[stage TWO]\n"
             "command=sh -c \"echo TWO >> trace; echo $$ > pid; test -e go || exec sleep 300\"\n");
  lab_start (lab, "run --run-id k");
  lab_await (lab, "pid", "\n");
  lab_signal (lab, SIGKILL);
  killed = lab_finish (lab);
  lab_assert_code (killed, 128 + SIGKILL);
  lab_await_gone (lab, "pid");
  status = lab_run (lab, "status");
  lab_assert_in (status->out, "run k of pipeline pipeline: interrupted\n");
  lab_write (lab, "go", "");
  run_expecting (lab, "resume", 0, "going on with run k: 1 of 2 stages are done");
  assert_trace (lab, "ONE\nTWO\nTWO\n");
}

/* A workspace has one runner: the second one exits with 75 and names the first; status works. */
static void
test_lock (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *line = g_strdup_printf ("'" TEST_RUNNER "' run -w %s", lab_folder (lab));
  g_autofree char *look
      = g_strdup_printf ("'" TEST_RUNNER "' status --json -w %s", lab_folder (lab));
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autofree char *json = NULL;
  g_autofree char *locked = NULL;
  g_autofree char *word = NULL;
  g_autoptr (LabResult) result = NULL;
  int wait_status = 0;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\n"
             "command=sh -c \"touch started; while test ! -e go; do sleep 0.02; done\"\n");
  lab_start (lab, "run");
  lab_await (lab, "started", "");
  g_assert_true (g_spawn_command_line_sync (line, &out, &err, &wait_status, NULL));
  g_assert_cmpint (wait_status, ==, 75 << 8);
  lab_assert_in (out, "no run, exit 75");
  g_assert_true (g_spawn_command_line_sync (look, &json, NULL, &wait_status, NULL));
  g_assert_cmpint (wait_status, ==, 0);
  locked = lab_json (json, "locked");
  word = lab_json (json, "status");
  g_assert_cmpstr (locked, ==, "true");
  g_assert_cmpstr (word, ==, "running");
  lab_write (lab, "go", "");
  result = lab_finish (lab);
  lab_assert_code (result, 0);
}

/* Several workspaces run at once, their lines carry their names, and the strongest code wins. */
static void
test_several (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  /* Each waits for the other, so that only a parallel run can end. */
  lab_write (lab, "a/pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\n"
             "command=sh -c \"touch here; until test -e ../b/here; do sleep 0.02; done\"\n");
  lab_write (
      lab, "b/pipeline.ini",
      "[pipeline]\nstages=ONE\n[stage ONE]\n"
      "command=sh -c \"touch here; until test -e ../a/here; do sleep 0.02; done; exit 1\"\n");
  lab_write (lab, "c/empty", "");
  result = lab_run (lab, "run -w a -w b -w c -j 3");
  lab_assert_code (result, 1);
  lab_assert_in (result->err, "a: ONE: done in ");
  lab_assert_in (result->err, "b: ONE: failed after ");
  lab_assert_in (result->err, "c: error: ");
  lab_assert_in (result->out, "a: run ");
  lab_assert_in (result->out, "c: no run, exit 2");
}

/* -j 1 runs one after the other. */
static void
test_one_at_a_time (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *trace = NULL;
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "p.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\n"
             "command=sh -c \"echo in >> ../trace; sleep 0.1; echo out >> ../trace\"\n");
  lab_write (lab, "a/x", "");
  lab_write (lab, "b/x", "");
  lab_write (lab, "c/x", "");
  result = lab_run (lab, "run -f p.ini -w a -w b -w c -j1");
  lab_assert_code (result, 0);
  trace = lab_read (lab, "trace");
  g_assert_cmpstr (trace, ==, "in\nout\nin\nout\nin\nout\n");
}

/* A run that has ended holds no file open while others go on. */
static void
test_many (void)
{
  struct rlimit usual;
  struct rlimit tight;
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (GString) line = g_string_new ("run -f p.ini -j 1");
  g_autoptr (LabResult) result = NULL;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &usual), ==, 0);
  tight = usual;
  tight.rlim_cur = 40;
  lab_write (lab, "p.ini", "[pipeline]\nstages=ONE\n[stage ONE]\ncommand=true\n");
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u/x", i);

      lab_write (lab, name, "");
      g_string_append_printf (line, " -w %u", i);
    }
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &tight), ==, 0);
  result = lab_run (lab, line->str);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &usual), ==, 0);
  lab_assert_code (result, 0);
}

/* The same workspace twice, under whatever name, is refused before anything starts. */
static void
test_same_twice (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *link = g_build_filename (lab_folder (lab), "link", NULL);

  lab_write (lab, "a/pipeline.ini", PIPELINE);
  run_expecting (lab, "run -w a -w ./a/../a", 2,
                 "-w a and -w ./a/../a are the same workspace; give each once");
  g_assert_cmpint (symlink ("a", link), ==, 0);
  run_expecting (lab, "run -w /nonexistent -w a -w link", 2, "-w a and -w link are the same");
  g_assert_false (lab_has (lab, "a/run.json"));
}

/* A run.json that can't be read is left as it is, and nothing starts. */
static void
test_corrupt_state (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *state = NULL;

  lab_write (lab, "pipeline.ini", PIPELINE);
  lab_write (lab, "run.json", "{\"schema");
  run_expecting (lab, "run", 2, "run.json");
  state = lab_read (lab, "run.json");
  g_assert_cmpstr (state, ==, "{\"schema");
  g_assert_false (lab_has (lab, "trace"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/resume/life", test_life);
  g_test_add_func ("/host/resume/nothing-to-resume", test_nothing_to_resume);
  g_test_add_func ("/host/resume/run-id", test_run_id);
  g_test_add_func ("/host/resume/range", test_range);
  g_test_add_func ("/host/resume/from-fresh", test_from_fresh);
  g_test_add_func ("/host/resume/inputs", test_inputs);
  g_test_add_func ("/host/resume/kill", test_kill);
  g_test_add_func ("/host/resume/lock", test_lock);
  g_test_add_func ("/host/resume/several", test_several);
  g_test_add_func ("/host/resume/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/host/resume/many", test_many);
  g_test_add_func ("/host/resume/same-twice", test_same_twice);
  g_test_add_func ("/host/resume/corrupt-state", test_corrupt_state);
  return g_test_run ();
}
