/* SPDX-License-Identifier: MIT */
/*
 * test-plugins.c: plugins in real runs: when which hook is called, what their outcome makes of the
 * exit code, and that a plugin that lies or fails harms nothing but itself.
 */
#include "tests/integration/host/lab.h"

#include <string.h>

#define LISTED                                                                                     \
  "[pipeline]\nstages=ONE;LIE;TWO\nplugins=lying_hooks\n[stage ONE]\ncommand=true\n"               \
  "[stage LIE]\nplugin=lying_hooks\n[stage TWO]\ncommand=sh -c \"test ! -e broken\"\n"
#define UNLISTED                                                                                   \
  "[pipeline]\nstages=ONE;TWO\nplugins=lying_hooks\n[stage ONE]\ncommand=true\n"                   \
  "[stage TWO]\ncommand=touch two\n"

static LabResult *
run_lie (Lab *lab, const char *lie, const char *more)
{
  g_autofree char *line = g_strdup_printf ("run --set lying_hooks.lie=%s %s", lie, more);

  return lab_run (lab, line);
}

static void
assert_order (const char *text, const char *first, const char *second)
{
  const char *at = strstr (text, first);

  lab_assert_in (text, first);
  lab_assert_in (at, second);
}

/* A whole life: after_stage before the next stage, run_stage in its place, end_run, stop. */
static void
test_life (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", LISTED);
  result = run_lie (lab, "none", "");
  lab_assert_code (result, 0);
  assert_order (result->err, "ONE: done", "lying_hooks: after_stage\n");
  assert_order (result->err, "LIE: running", "LIE: done");
  assert_order (result->err, "TWO: done", "lying_hooks: end_run\n");
  assert_order (result->err, "lying_hooks: end_run\n", "lying_hooks: liar stopped\n");
  g_assert_cmpstr (strstr (strstr (result->err, "end_run") + 1, "end_run"), ==, NULL);
}

/* When a later process goes on, the hook is called again for the stage that was done before. */
static void
test_replayed (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) failed = NULL;
  g_autoptr (LabResult) resumed = NULL;

  lab_write (lab, "pipeline.ini", LISTED);
  lab_write (lab, "broken", "");
  failed = run_lie (lab, "none", "");
  lab_assert_code (failed, 1);
  lab_assert_in (failed->err, "lying_hooks: end_run\n");
  resumed = run_lie (lab, "none", "");
  lab_assert_code (resumed, 1);
  lab_assert_in (resumed->err, "lying_hooks: after_stage again\n");
  g_assert_null (strstr (resumed->err, "LIE: running"));
}

/* A stage nobody lists runs after the last one, with a warning. */
static void
test_unlisted (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", UNLISTED);
  result = run_lie (lab, "none", "");
  lab_assert_code (result, 0);
  lab_assert_in (result->err, "no stage uses plugin 'lying_hooks': its stage LIE runs after the "
                              "last one");
  assert_order (result->err, "TWO: done", "LIE: done");
  lab_assert_in (result->out, "stages 3/3");
}

/* `after=` of the pipeline file wins over the plugin's own default. */
static void
test_after (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", UNLISTED "[plugin lying_hooks]\nafter=TWO\n");
  result = run_lie (lab, "none", "");
  lab_assert_code (result, 0);
  assert_order (result->err, "TWO: done", "lying_hooks: after_stage\n");
}

/* What a plugin leaves over becomes the exit code; missing items only if asked. */
static void
test_outcomes (void)
{
  static const struct
  {
    const char *lie;
    const char *more;
    int code;
  } cases[] = {
    { "end-partial", "", 0 },    { "end-partial", "--fail-on=partial", 7 },
    { "end-unfinished", "", 4 }, { "end-denied", "", 3 },
    { "end-budget", "", 6 },     { "end-uncertain", "", 5 },
    { "end-silent", "", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Lab) lab = lab_new ();
      g_autoptr (LabResult) result = NULL;

      lab_write (lab, "pipeline.ini", LISTED);
      result = run_lie (lab, cases[i].lie, cases[i].more);
      lab_assert_code (result, cases[i].code);
    }
}

/* Lies of hooks are named, and the pipeline goes on. */
static void
test_lies (void)
{
  static const struct
  {
    const char *lie;
    int code;
    const char *message;
  } cases[] = {
    { "after-silent", 0,
      "warning: plugin lying_hooks: after_stage failed without saying why (a bug of the plugin), "
      "continuing\n" },
    { "after-both", 0, "after_stage succeeded and set an error: but it went well (a bug of the" },
    { "after-slow", 0, "after_stage held up the pipeline for " },
    { "stage-early", 0, "run_stage called back before it returned (a bug of the plugin)" },
    { "stage-twice", 0, "run_stage called back twice (a bug of the plugin)" },
    { "stage-thread", 0, "run_stage called back on a thread of its own (a bug of the plugin)" },
    { "stage-silent", 1,
      "LIE: failed after 0ms: plugin lying_hooks: run_stage failed without saying why" },
    { "end-twice", 0, "end_run called back twice (a bug of the plugin)" },
    { "end-early", 0, "end_run called back before it returned (a bug of the plugin)" },
    { "bad-progress", 0, "reported progress without item, status or state (a bug of the plugin)" },
    { "check-refuse", 2, "error: plugin lying_hooks: this run can't work\n" },
    { "check-silent", 2, "error: plugin lying_hooks: check failed without saying why" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Lab) lab = lab_new ();
      g_autoptr (LabResult) result = NULL;

      lab_write (lab, "pipeline.ini", LISTED);
      result = run_lie (lab, cases[i].lie, "");
      lab_assert_code (result, cases[i].code);
      if (strstr (result->err, "after 0ms") == NULL && strstr (cases[i].message, "0ms") != NULL)
        continue; /* a busy machine took longer */
      lab_assert_in (result->err, cases[i].message);
    }
}

/* A check that fails starts nothing and writes no state. */
static void
test_check (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", UNLISTED);
  result = run_lie (lab, "check-refuse", "");
  lab_assert_code (result, 2);
  g_assert_false (lab_has (lab, "run.json"));
  g_assert_false (lab_has (lab, "two"));
  g_assert_null (strstr (result->err, "end_run"));
  lab_assert_in (result->err, "liar stopped");
}

/* A plugin that can't be started is told of once; its stages are skipped, the others run. */
static void
test_start_fails (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_setenv (lab, "LIAR_START", "refuse");
  lab_write (lab, "pipeline.ini", LISTED);
  result = run_lie (lab, "none", "");
  lab_assert_code (result, 0);
  lab_assert_in (result->err, "warning: plugin lying_hooks: not today, continuing\n");
  lab_assert_in (result->err, "warning: stage LIE is skipped: plugin lying_hooks could not be "
                              "started, continuing\n");
  lab_assert_in (result->err, "TWO: done");
}

/* The timeout of a stage that a plugin runs cancels it. */
static void
test_timeout (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", LISTED);
  result = run_lie (lab, "stage-until-cancelled", "--set LIE.timeout=200ms");
  lab_assert_code (result, 1);
  lab_assert_in (result->err, "took longer than its timeout of 200ms\n");
}

/* A plugin that goes on all the same does not hold the run. */
static void
test_timeout_ignored (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", LISTED);
  result = run_lie (lab, "stage-never", "--set LIE.timeout=200ms");
  lab_assert_code (result, 1);
  lab_assert_in (result->err, "took longer than its timeout of 200ms, and plugin lying_hooks does "
                              "not end it when told to (a bug of the plugin)\n");
  lab_assert_in (result->err, "lying_hooks: end_run\n");
}

/* A run whose end can't be recorded is not reported as done. */
static void
test_record_blocked (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", LISTED);
  result = run_lie (lab, "end-blocks-record", "");
  lab_assert_code (result, 1);
  lab_assert_in (result->err, "run.json: cannot save the run's state: ");
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (const char *p = strstr (text, part); p != NULL; p = strstr (p + 1, part))
    n++;
  return n;
}

/* Runs of one process share a plugin: it is stopped once, after it has heard the end of each. */
static void
test_shared (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "p.ini", LISTED);
  lab_write (lab, "a/x", "");
  lab_write (lab, "b/x", "");
  lab_write (lab, "c/x", "");
  result = lab_run (lab, "run -f p.ini -w a -w b -w c -j 3");
  lab_assert_code (result, 0);
  g_assert_cmpuint (count (result->err, "lying_hooks: end_run\n"), ==, 3);
  g_assert_cmpuint (count (result->err, "lying_hooks: liar stopped\n"), ==, 1);
  lab_assert_in (result->err, "b: lying_hooks: after_stage\n");
}

/* A plugin that isn't there, and one that is refused, end the run with 2 and their sentence. */
static void
test_missing (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) absent = NULL;
  g_autoptr (LabResult) refused = NULL;
  g_autoptr (LabResult) malformed = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\nplugins=nowhere\n[stage ONE]\ncommand=true\n");
  absent = lab_run (lab, "run");
  lab_assert_code (absent, 2);
  lab_assert_in (absent->err, "plugin nowhere: no libnowhere_stage.so in " TEST_ABI_DIR);
  refused = lab_run (lab, "run --plugin 'nowhere=" TEST_ABI_DIR "/libtoo_new_stage.so'");
  lab_assert_code (refused, 2);
  lab_assert_in (refused->err, "needs plugin ABI 2, this pipeline_runner has 1");
  malformed = lab_run (lab, "run --plugin nowhere");
  lab_assert_code (malformed, 2);
  lab_assert_in (malformed->err, "expected NAME=PATH");
}

/* `--plugin NAME=PATH` swaps a plugin without touching the pipeline file. */
static void
test_swap (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=PREPARE;SHOUT\nplugins=mine\n[stage PREPARE]\ncommand=true\n"
             "[stage SHOUT]\nplugin=mine\n[plugin mine]\nword=hey\n");
  result = lab_run (lab, "run --plugin 'mine=" TEST_ABI_DIR "/libsample_stage.so'");
  lab_assert_code (result, 0);
  lab_assert_in (result->err, "mine: hey\n");
  lab_assert_in (result->err, "  count: prepared\n");
  lab_assert_in (result->out, "items 1/1");
}

/* A stage can't be given to a plugin that runs none, and `after` must lead somewhere. */
static void
test_misuse (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autoptr (LabResult) never = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\nplugins=older_minor\n[stage ONE]\nplugin=older_minor\n");
  result = lab_run (lab, "run");
  lab_assert_code (result, 2);
  lab_assert_in (result->err, "plugin 'older_minor' runs no stages");
  lab_write (lab, "other.ini",
             "[pipeline]\nstages=EINS\nplugins=lying_hooks\n[stage EINS]\ncommand=true\n");
  never = lab_run (lab, "run -f other.ini");
  lab_assert_code (never, 0);
  lab_assert_in (never->err, "is called after stage ONE, which this pipeline does not have");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/plugins/life", test_life);
  g_test_add_func ("/host/plugins/replayed", test_replayed);
  g_test_add_func ("/host/plugins/unlisted", test_unlisted);
  g_test_add_func ("/host/plugins/after", test_after);
  g_test_add_func ("/host/plugins/outcomes", test_outcomes);
  g_test_add_func ("/host/plugins/lies", test_lies);
  g_test_add_func ("/host/plugins/check", test_check);
  g_test_add_func ("/host/plugins/start-fails", test_start_fails);
  g_test_add_func ("/host/plugins/timeout", test_timeout);
  g_test_add_func ("/host/plugins/timeout-ignored", test_timeout_ignored);
  g_test_add_func ("/host/plugins/record-blocked", test_record_blocked);
  g_test_add_func ("/host/plugins/shared", test_shared);
  g_test_add_func ("/host/plugins/missing", test_missing);
  g_test_add_func ("/host/plugins/swap", test_swap);
  g_test_add_func ("/host/plugins/misuse", test_misuse);
  return g_test_run ();
}
