/* SPDX-License-Identifier: MIT */
/*
 * test-commands.c: the commands beside run and resume and those of plugins: their answers on
 * stdout, as text and as exactly one JSON document, on errors too.
 */
#include "tests/integration/host/lab.h"

#include <string.h>

#define PIPELINE                                                                                   \
  "[pipeline]\nname=demo\nstages=ONE;TWO\n[stage ONE]\ncommand=true\n"                             \
  "[stage TWO]\ncommand=sh -c \"exit 4\"\n"

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

/* No command: short help on stderr, exit 2; help and version answer on stdout. */
static void
test_help (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect (lab, "", 2, "", "usage: pipeline_runner COMMAND");
  expect (lab, "help", 0, "usage: pipeline_runner COMMAND", "");
  expect (lab, "--help", 0, "usage: pipeline_runner COMMAND", "");
  expect (lab, "help run", 0, "--until STAGE", "");
  expect (lab, "run --help", 0, "--until STAGE", "");
  expect (lab, "help version", 0, "show the version", "");
  expect (lab, "help runn", 2, "", "unknown command runn (did you mean 'run'?)");
  expect (lab, "version", 0, "(plugin ABI 1.2)\n", "");
  expect (lab, "--version", 0, "pipeline_runner ", "");
  expect_json (lab, "version --json", 0, "plugin_abi", "1.2");
}

/* A misspelt command or option is named, with the nearest known one; as JSON if asked. */
static void
test_usage (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect (lab, "statsu", 2, "", "unknown command statsu (did you mean 'status'?)");
  expect (lab, "sampel", 2, "", "(did you mean 'sample'?)");
  expect (lab, "run --restrat", 2, "", "unknown option --restrat (did you mean '--restart'?)");
  expect_json (lab, "status --json --nonsense", 2, "error.code", "2");
  expect_json (lab, "nonsense --json", 2, "error.message",
               "unknown command nonsense; see `pipeline_runner help`");
  expect (lab, "status -w a -w b", 2, "", "give -w once");
  expect (lab, "nonsense -w", 2, "", "--workspace needs a value");
}

/* status: no run yet, then each stage with its state. */
static void
test_status (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini", PIPELINE);
  expect (lab, "status", 0, "no run in ", "");
  expect_json (lab, "status --json", 0, "status", "none");
  expect_json (lab, "status --json", 0, "run_id", "(none)");
  expect (lab, "run --run-id s1", 1,
          "s1 failed, exit 1 (a stage or the command failed), stages 1/2", "");
  expect (lab, "status", 0, "run s1 of pipeline demo: failed\n  ONE                  done in ", "");
  expect (lab, "status", 0, "  TWO                  failed: exit code 4", "");
  expect_json (lab, "status --json", 0, "stages.1.exit_code", "4");
  expect_json (lab, "status --json", 0, "stages.1.status", "failed");
  expect_json (lab, "status --json", 0, "locked", "false");
  expect_json (lab, "status --json", 0, "pid", "(none)");
  expect_json (lab, "status --json", 0, "pipeline", "demo");
}

/* What a foreign run.json says reaches the terminal without its control characters. */
static void
test_status_escapes (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini", PIPELINE);
  lab_write (lab, "run.json",
             "{\"schema_version\": 1, \"run_id\": \"s1\", \"pipeline\": \"a\\u001b[2Jb\", "
             "\"status\": \"stopped\", \"created_at\": \"\", \"updated_at\": \"\", \"stages\": "
             "[{\"name\": \"O\\u001bNE\", \"status\": \"pending\"}]}");
  expect (lab, "status", 0, "run s1 of pipeline a\\x1b[2Jb: stopped\n  O\\x1bNE", "");
}

/* status asks the plugins' describe hooks, and goes on if one can't be asked. */
static void
test_status_plugins (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=PREPARE;SHOUT\nplugins=sample\n[stage PREPARE]\ncommand=true\n"
             "[stage SHOUT]\nplugin=sample\n");
  expect (lab, "run --run-id p1", 0, "", "");
  expect (lab, "status", 0, "  sample: sample watches run p1\n", "");
  expect_json (lab, "status --json", 0, "plugins.sample.summary.0", "sample watches run p1");
  lab_write (lab, "pipeline.ini", "[pipeline]\nstages=PREPARE;\nplugins=gone\n");
  expect (lab, "status", 0, "run p1 of pipeline", "warning: pipeline.ini:");
  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\nplugins=lying_hooks\n[stage ONE]\ncommand=true\n"
             "[plugin lying_hooks]\nlie=describe-text\n");
  expect_json (lab, "status --json", 0, "warnings.0",
               "plugin lying_hooks: describe returned no JSON object (a bug of the plugin)");
}

/* status --watch shows each change and ends when nobody works on the run any more. */
static void
test_watch (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autofree char *line
      = g_strdup_printf ("'" TEST_RUNNER "' status --watch -w %s", lab_folder (lab));
  g_autofree char *out = NULL;
  g_autoptr (LabResult) result = NULL;

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE\n[stage ONE]\ncommand=sh -c \"touch here; sleep 0.3\"\n");
  lab_start (lab, "run");
  lab_await (lab, "here", "");
  g_assert_true (g_spawn_command_line_sync (line, &out, NULL, NULL, NULL));
  lab_assert_in (out, "running");
  lab_assert_in (out, ": done\n");
  result = lab_finish (lab);
  lab_assert_code (result, 0);
  expect (lab, "status --watch --json", 2, "", "");
  expect (lab, "status --watch -w /nonexistent", 2, "", "/nonexistent");
}

/* What can't be read is told, as JSON too, and never taken for "no run". */
static void
test_status_errors (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "run.json", "{");
  expect (lab, "status", 2, "", "run.json");
  expect_json (lab, "status --json", 2, "error.code", "2");
  expect_json (lab, "status --json -w /nonexistent/x", 2, "error.code", "2");
  expect (lab, "status --plugin x", 2, "", "expected NAME=PATH");
}

/* validate prints all findings, with file and line, and starts nothing. */
static void
test_validate (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini", PIPELINE);
  expect (lab, "validate", 0, "pipeline.ini: valid, 2 stages, 0 plugins\n", "");
  expect_json (lab, "validate --json", 0, "valid", "true");
  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE;TWO\ntimeuot=3s\n[stage ONE]\ncommnad=true\ncommand=true\n"
             "timeout=5 minutes\n[stage TWO]\ncommand=echo @input.url@\n");
  expect (lab, "validate", 2, "pipeline.ini:3: ", "");
  expect (lab, "validate", 2, "pipeline.ini:5: ", "");
  expect (lab, "validate", 2, "did you mean 'command'?", "");
  expect (lab, "validate", 2, "pipeline.ini:7: ", "");
  expect_json (lab, "validate --json", 2, "valid", "false");
  expect_json (lab, "validate --json", 2, "problems.0.line", "3");
  expect_json (lab, "validate --json", 2, "problems.0.severity", "error");
  g_assert_false (lab_has (lab, "run.json"));
}

/* validate asks the plugins' checks, and warns of a stage that nobody lists and of missing
 * inputs. */
static void
test_validate_plugins (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=PREPARE\nplugins=sample\n"
             "[stage PREPARE]\ncommand=echo @input.url@\n[plugin sample]\nword=hi\n");
  expect (lab, "validate", 0, "warning: no stage uses plugin 'sample'", "");
  expect (lab, "validate", 0, "--set input.url=VALUE", "");
  expect_json (lab, "validate --json", 0, "problems.0.severity", "warning");
  expect (lab, "validate --set sample.word=", 2, "word: must not be empty (--set", "");
  expect (lab, "validate --set sample.wrod=x", 2, "did you mean 'word'?", "");
  expect (lab, "validate --plugin sample=/nonexistent.so", 2,
          "plugin /nonexistent.so: No such file or directory; check the path", "");
  expect (lab, "validate --plugin sample", 2, "", "expected NAME=PATH");
  expect (lab, "validate -w /nonexistent/x", 2, "", "/nonexistent/x");
  expect (lab, "validate -f other.ini", 2, "other.ini", "");
}

/* A missing pipeline file or workspace is told with its name, exit 2. */
static void
test_missing (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect (lab, "run", 2, "no run, exit 2",
          "pipeline.ini: there is no such file: write one, see pipeline.ini(5), or name another "
          "with -f FILE");
  expect (lab, "run -w /nonexistent/x", 2, "", "/nonexistent/x");
  expect (lab, "run -f /nonexistent/p.ini", 2, "", "/nonexistent/p.ini");
}

/* plugins lists what is found, with its settings, and what was refused, with the reason. */
static void
test_plugins (void)
{
  g_autoptr (Lab) lab = lab_new ();

  expect (lab, "plugins", 0, "sample 1.0 (ABI 1.2) " TEST_ABI_DIR "/libsample_stage.so\n", "");
  expect (lab, "plugins", 0, "    word (string; default hello; $SAMPLE_WORD) what the stage", "");
  expect (lab, "plugins", 0, "too_new: refused: plugin ", "");
  expect_json (lab, "plugins --json", 0, "plugins.0.name", "empty_name");
  expect_json (lab, "plugins --json", 0, "plugins.0.version", "(none)");
  expect_json (lab, "plugins --json --plugin 'aaa=" TEST_ABI_DIR "/libsample_stage.so'", 0,
               "plugins.0.settings.0.environment", "SAMPLE_WORD");
  expect (lab, "plugins --plugin aaa", 2, "", "expected NAME=PATH");
  lab_setenv (lab, "PIPELINE_PLUGIN_PATH", "");
  expect (lab, "plugins --plugin zzz=/nonexistent.so", 0, "zzz: refused: plugin /nonexistent.so",
          "");
}

/* When run.json can't be written in the middle of a run, the run ends there and says so. */
static void
test_state_lost (void)
{
  g_autoptr (Lab) lab = lab_new ();

  lab_write (lab, "pipeline.ini",
             "[pipeline]\nstages=ONE;TWO\n[stage ONE]\n"
             "command=sh -c \"rm run.json; mkdir run.json; touch run.json/x\"\n"
             "[stage TWO]\ncommand=touch two\n");
  expect (lab, "run", 1, "", "; the run ends here, mend that and run it again");
  g_assert_false (lab_has (lab, "two"));
  expect (lab, "run", 2, "", "run.json");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/commands/help", test_help);
  g_test_add_func ("/host/commands/usage", test_usage);
  g_test_add_func ("/host/commands/status", test_status);
  g_test_add_func ("/host/commands/status-escapes", test_status_escapes);
  g_test_add_func ("/host/commands/status-plugins", test_status_plugins);
  g_test_add_func ("/host/commands/watch", test_watch);
  g_test_add_func ("/host/commands/status-errors", test_status_errors);
  g_test_add_func ("/host/commands/validate", test_validate);
  g_test_add_func ("/host/commands/validate-plugins", test_validate_plugins);
  g_test_add_func ("/host/commands/missing", test_missing);
  g_test_add_func ("/host/commands/plugins", test_plugins);
  g_test_add_func ("/host/commands/state-lost", test_state_lost);
  return g_test_run ();
}
