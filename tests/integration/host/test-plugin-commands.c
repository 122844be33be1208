/* SPDX-License-Identifier: MIT */
/*
 * test-plugin-commands.c: `pipeline_runner NAME …`: what the host does around a command of a
 * plugin: lock, check, signals, events, exit code, and the answer on stdout, as text and as exactly
 * one JSON document. The plugins are the sample, the liar, and one of ABI 1.0.
 */
#include "tests/integration/host/lab.h"

#include <signal.h>
#include <string.h>

/* The bar is 0.2 s; the rest is for a busy test machine. */
#define AT_ONCE_US (2 * G_TIME_SPAN_SECOND)

#define SAMPLE_PIPELINE                                                                            \
  "[pipeline]\nstages=PREPARE;SHOUT\nplugins=sample\n[stage PREPARE]\ncommand=true\n"              \
  "[stage SHOUT]\nplugin=sample\n[plugin sample]\nword=moin\n"

static void
expect (Lab *lab, const char *line, int code, const char *out, const char *err)
{
  g_autoptr (LabResult) result = lab_run (lab, line);

  lab_assert_code (result, code);
  lab_assert_in (result->out, out);
  lab_assert_in (result->err, err);
}

static void
expect_json (Lab *lab, const char *line, int code, const char *path, const char *value)
{
  g_autoptr (LabResult) result = lab_run (lab, line);
  g_autofree char *found = NULL;

  lab_assert_code (result, code);
  found = lab_json (result->out, path);
  g_assert_cmpstr (found, ==, value);
}

/* A plugin's command gets its own arguments and settings; the host keeps its own. */
static void
test_arguments (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect (lab, "sample say a -x b -w . c", 0, "sample watches run ", "sample: hello a -x b c\n");
  expect (lab, "sample --set sample.word=hey say", 0, "", "sample: hey\n");
  expect (lab, "sample nonsense", 2, "", "error: plugin sample: unknown command nonsense; see");
  lab_write (lab, "pipeline.ini", SAMPLE_PIPELINE);
  expect (lab, "sample say", 0, "", "sample: moin\n");
  expect (lab, "mine say --plugin 'mine=" TEST_ABI_DIR "/libsample_stage.so'", 0, "",
          "mine: hello\n");
  expect (lab, "lying_hooks do", 0, "", "liar stopped");
}

/* Options of the plugin arrive in order with their values; what the host reads itself does not. */
static void
test_order (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect (lab,
          "older_minor a --adopt models/x -w . b --prompt-file p.txt --plugin=x=/nonexistent.so c",
          0, "[a][--adopt][models/x][b][--prompt-file][p.txt][c]\n", "");
  expect (lab, "older_minor a -- -w b", 0, "[a][-w][b]\n", "");
}

/* A plugin of ABI 1.0 prints its answer and decides its exit code itself, so the options that are
 * about them are handed on to it. */
static void
test_abi_1_0 (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect (lab, "older_minor --json a", 0, "[a][--json]\n", "");
  expect (lab, "older_minor a --fail-on partial b", 0, "[a][b][--fail-on=partial]\n", "");
  expect (lab, "older_minor exit 9", 9, "", "");
  expect (lab, "older_minor exit 4711", 2, "", "exit code 4711");
  expect (lab, "older_minor", 0, "[help]\n", "");
  expect (lab, "help older_minor", 0, "[help]\n", "");
}

/* Help comes from the descriptor: no workspace, lock or start is needed for it. */
static void
test_help (void)
{
  static const char *const lines[] = {
    "sample",     "sample help", "sample say --help", "sample say a -h", "sample -w /nonexistent/x",
    "help sample"
  };
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini", "[pipeline\n");
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      expect (lab, lines[i], 0, "\npipeline_runner sample say [WORD]...\n    Says the words.\n",
              "");
      expect (lab, lines[i], 0, "usage: pipeline_runner sample COMMAND ", "");
      expect (lab, lines[i], 0, "--fail-on partial", "");
    }
  expect (lab, "help mine --plugin 'mine=" TEST_ABI_DIR "/libsample_stage.so'", 0,
          "usage: pipeline_runner mine COMMAND ", "");
  expect (lab, "lying_hooks help", 0, "usage: pipeline_runner lying_hooks COMMAND ", "");
  expect (lab, "help sampel", 2, "", "(did you mean 'sample'?)");
  g_assert_false (lab_has (lab, ".pipeline.lock"));
}

/* What stands in the way of a plugin's command is told. */
static void
test_errors (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect (lab, "shortest do", 2, "", "plugin shortest has no commands");
  expect (lab, "shortest", 2, "", "plugin shortest has no commands");
  expect (lab, "too_new do", 2, "", "needs plugin ABI 2");
  expect (lab, "sample say -w /nonexistent/x", 2, "", "/nonexistent/x");
  expect (lab, "sample say --set sample.wrod=x", 2, "", "did you mean 'word'?");
  expect (lab, "sample say -f other.ini", 2, "", "other.ini");
  expect (lab, "sample say --plugin x", 2, "", "--plugin x: expected NAME=PATH");
  expect (lab, "sample say --fail-on=all", 2, "", "the only choice is partial");
  lab_setenv (lab, "LIAR_START", "refuse");
  expect (lab, "lying_hooks do", 2, "", "plugin lying_hooks: not today");
  lab_write (lab, "pipeline.ini", "[pipeline\n");
  expect (lab, "sample say", 2, "", "pipeline.ini: no group [pipeline]");
  lab_write (lab, "pipeline.ini", SAMPLE_PIPELINE);
  lab_write (lab, "run.json", "{");
  expect (lab, "sample say", 2, "", "run.json");
  expect_json (lab, "sample say --json", 2, "error.code", "2");
}

/* A plugin whose check refuses the workspace is not asked to work on it. */
static void
test_check (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  result = lab_run (lab, "lying_hooks do --set lying_hooks.lie=check-refuse");
  lab_assert_code (result, 2);
  lab_assert_in (result->err, "plugin lying_hooks: this run can't work");
  lab_assert_in (result->err, "lying_hooks: liar stopped\n");
  g_assert_null (strstr (result->err, "lying_hooks: command\n"));
  expect_json (lab, "lying_hooks do --set lying_hooks.lie=check-refuse --json", 2, "error.message",
               "plugin lying_hooks: this run can't work");
}

/* What is left over, and what a command fails with, become the exit code. */
static void
test_exit_codes (void)
{
  static const struct
  {
    const char *lie;
    int code;
    const char *err;
  } cases[] = {
    { "none", 0, "lying_hooks do: exit 0 (done)\n" },
    { "command-partial", 0, "lying_hooks: command\n" },
    { "command-partial --fail-on=partial", 7, "exit 7 (some items are missing)" },
    { "command-unfinished", 4, "exit 4 (remote work is not finished" },
    { "command-denied", 3, "exit 3 (the service denied access" },
    { "command-budget", 6, "exit 6 (refused by your budget)" },
    { "command-uncertain", 5, "exit 5 (a paid request is uncertain" },
    { "command-invalid", 2, "error: plugin lying_hooks: the command failed\n" },
    { "command-forbidden", 3, "error: plugin lying_hooks: the command failed\n" },
    { "command-disk", 1, "error: plugin lying_hooks: the command failed\n" },
    { "command-cancelled", 1, "error: plugin lying_hooks: the command failed\n" },
    { "command-silent", 1, "command failed without saying why (a bug of the plugin)" },
    { "command-unknown", 5, "said an outcome that nobody knows, 0x4000 (a bug of the plugin)" },
    { "command-early", 0, "command called back before it returned (a bug of the plugin)" },
    { "command-thread", 0, "command called back on a thread of its own (a bug of the plugin)" },
  };
  g_autoptr (Lab) lab = lab_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line
          = g_strdup_printf ("lying_hooks do --set lying_hooks.lie=%s", cases[i].lie);

      expect (lab, line, cases[i].code, "", cases[i].err);
      expect (lab, line, cases[i].code, "", "lying_hooks: liar stopped\n");
    }
}

/* With --json stdout is one document, whatever happens: what the plugin tells, or the error. */
static void
test_json (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect_json (lab, "sample say --json", 0, "command", "say");
  expect_json (lab, "sample say --json", 0, "run_id", "(none)");
  expect_json (lab, "sample say --json", 0, "exit_code", "0");
  lab_write (lab, "pipeline.ini", SAMPLE_PIPELINE);
  expect (lab, "run --run-id j1", 0, "", "");
  expect (lab, "sample say", 0, "sample watches run j1\n", "sample say: run j1\n");
  expect_json (lab, "sample say --json", 0, "plugins.sample.summary.0", "sample watches run j1");
  expect_json (lab, "sample say --json", 0, "run_id", "j1");
  expect_json (lab, "sample shout --json", 2, "error.code", "2");
  expect_json (lab, "sample shout --json", 2, "error.message",
               "plugin sample: unknown command shout; see `pipeline_runner sample help`");
  lab_setenv (lab, "LIAR_LIE", "command-uncertain");
  expect_json (lab, "lying_hooks do --json", 5, "exit_code", "5");
  lab_setenv (lab, "LIAR_LIE", "command-disk");
  expect_json (lab, "lying_hooks do --json", 1, "error.code", "1");
  lab_setenv (lab, "LIAR_LIE", "describe-silent");
  expect_json (lab, "lying_hooks do --json", 0, "warnings.0",
               "plugin lying_hooks: describe failed without saying why (a bug of the plugin)");
  lab_setenv (lab, "LIAR_LIE", "describe-text");
  expect (lab, "lying_hooks do", 0, "",
          "describe returned no JSON object (a bug of the plugin), continuing");
}

/* Whoever else would work on the workspace: its command line. */
static int
code_beside (Lab *lab, const char *arguments)
{
  g_autofree char *line
      = g_strdup_printf ("'" TEST_RUNNER "' %s -w %s", arguments, lab_folder (lab));
  g_auto (GStrv) environment
      = g_environ_setenv (g_get_environ (), "PIPELINE_PLUGIN_PATH", TEST_ABI_DIR, TRUE);
  g_auto (GStrv) argv = NULL;
  int wait_status = 0;

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, NULL));
  g_assert_true (g_spawn_sync (NULL, argv, environment,
                               G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                               NULL, NULL, &wait_status, NULL));
  g_assert_cmpint (wait_status & 255, ==, 0);
  return wait_status >> 8;
}

/* A plugin's command waits for nobody: while a run holds the workspace it exits with 75. */
static void
test_locked_by_run (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\n"
             "command=sh -c \"touch here; while test ! -e go; do sleep 0.02; done\"\n");
  lab_start (lab, "run");
  lab_await (lab, "here", "");
  g_assert_cmpint (code_beside (lab, "sample say"), ==, 75);
  g_assert_cmpint (code_beside (lab, "older_minor say"), ==, 75);
  g_assert_cmpint (code_beside (lab, "sample help"), ==, 0);
  lab_write (lab, "go", "");
  result = lab_finish (lab);
  lab_assert_code (result, 0);
}

/* While a plugin's command works on the workspace nobody else does, neither a run nor another
 * command. */
static void
test_locks (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini", SAMPLE_PIPELINE);
  lab_setenv (lab, "LIAR_LIE", "command-until-cancelled");
  lab_start (lab, "lying_hooks do");
  lab_await_err (lab, "lying_hooks: command\n");
  g_assert_cmpint (code_beside (lab, "run"), ==, 75);
  g_assert_cmpint (code_beside (lab, "sample say"), ==, 75);
  g_assert_cmpint (code_beside (lab, "status"), ==, 0);
  lab_signal (lab, SIGTERM);
  result = lab_finish (lab);
  lab_assert_code (result, 143);
  g_assert_cmpint (code_beside (lab, "sample say"), ==, 0);
}

/* The first signal asks the command to end; how it ends is no error, and the exit code names the
 * signal. */
static void
test_first_signal (gconstpointer data)
{
  int signal_number = GPOINTER_TO_INT (data);
  int code = signal_number == SIGINT ? 130 : 143;
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *told = NULL;

  lab_start (lab, "lying_hooks do --json --set lying_hooks.lie=command-until-cancelled");
  lab_await_err (lab, "lying_hooks: command\n");
  lab_signal (lab, signal_number);
  result = lab_finish (lab);
  lab_assert_code (result, code);
  lab_assert_in (result->err, "stopping: waiting for plugin lying_hooks to finish what must not be "
                              "cut; interrupt again to leave at once\n");
  lab_assert_in (result->err, "lying_hooks: liar stopped\n");
  g_assert_null (strstr (result->err, "error: "));
  told = lab_json (result->out, "exit_code");
  g_assert_cmpint (g_ascii_strtoll (told, NULL, 10), ==, code);
}

/* A command that goes on after the first signal is told to hurry by the second; one that never
 * answers is left behind then, and its plugin stopped. */
static void
test_second_signal (gconstpointer data)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (LabResult) result = NULL;
  g_autofree char *line
      = g_strdup_printf ("lying_hooks do --set lying_hooks.lie=%s", (const char *)data);
  gint64 start_us = 0;

  lab_start (lab, line);
  lab_await_err (lab, "lying_hooks: command\n");
  lab_signal (lab, SIGINT);
  lab_await_err (lab, "stopping: waiting for plugin lying_hooks");
  start_us = g_get_monotonic_time ();
  lab_signal (lab, SIGINT);
  result = lab_finish (lab);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, AT_ONCE_US);
  lab_assert_code (result, 130);
  lab_assert_in (result->err, "warning: leaving at once\n");
  g_assert_cmpint (strstr (result->err, "lying_hooks: command ended\n") != NULL, ==,
                   strcmp (data, "command-until-hurried") == 0);
  lab_assert_in (result->err, "lying_hooks: liar stopped\n");
}

/* A command's messages and items are part of the history of the run it works on; the record of the
 * run itself is left alone. */
static void
test_events (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *events = NULL;

  expect (lab, "lying_hooks do", 0, "", "  lie: told (do)\n");
  g_assert_false (lab_has (lab, "events.jsonl"));
  g_assert_false (lab_has (lab, "run.json"));

  lab_write (lab, "pipeline.ini", SAMPLE_PIPELINE);
  expect (lab, "run --run-id e1", 0, "", "");
  before = lab_read (lab, "run.json");
  lab_setenv (lab, "LIAR_LIE", "command-uncertain");
  expect (lab, "lying_hooks do", 5, "", "");
  after = lab_read (lab, "run.json");
  g_assert_cmpstr (after, ==, before);
  events = lab_read (lab, "events.jsonl");
  lab_assert_in (events, "lying_hooks do: run e1");
  lab_assert_in (events, "\"item\":\"lie\"");
  lab_assert_in (events, "lying_hooks: command\"");
  lab_assert_in (events, "lying_hooks do: exit 5 (");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/plugin-commands/arguments", test_arguments);
  g_test_add_func ("/host/plugin-commands/order", test_order);
  g_test_add_func ("/host/plugin-commands/abi-1-0", test_abi_1_0);
  g_test_add_func ("/host/plugin-commands/help", test_help);
  g_test_add_func ("/host/plugin-commands/errors", test_errors);
  g_test_add_func ("/host/plugin-commands/check", test_check);
  g_test_add_func ("/host/plugin-commands/exit-codes", test_exit_codes);
  g_test_add_func ("/host/plugin-commands/json", test_json);
  g_test_add_func ("/host/plugin-commands/locked-by-run", test_locked_by_run);
  g_test_add_func ("/host/plugin-commands/locks", test_locks);
  g_test_add_data_func ("/host/plugin-commands/first-int", GINT_TO_POINTER (SIGINT),
                        test_first_signal);
  g_test_add_data_func ("/host/plugin-commands/first-term", GINT_TO_POINTER (SIGTERM),
                        test_first_signal);
  g_test_add_data_func ("/host/plugin-commands/first-hup", GINT_TO_POINTER (SIGHUP),
                        test_first_signal);
  g_test_add_data_func ("/host/plugin-commands/second-heard", "command-until-hurried",
                        test_second_signal);
  g_test_add_data_func ("/host/plugin-commands/second-ignored", "command-never",
                        test_second_signal);
  g_test_add_func ("/host/plugin-commands/events", test_events);
  return g_test_run ();
}
