/* SPDX-License-Identifier: MIT */
/*
 * test-options.c: the command line, form by form, and the words for each mistake.
 */
#include "host/options.h"

#include <string.h>

#define RUN                                                                                        \
  (OPTIONS_WORKSPACES | OPTIONS_FILE | OPTIONS_RUN | OPTIONS_FAIL_ON | OPTIONS_PLUGIN | OPTIONS_SET)

#define PARSE(mask, ...) options_parse ((const char *const[]){ __VA_ARGS__, NULL }, mask, &error)

/* Without options the current folder is the workspace and the processors set the number of runs. */
static void
test_defaults (void)
{
  const char *const none[] = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (Options) options = options_parse (none, RUN, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (options->workspaces), ==, 1);
  g_assert_cmpstr (options->workspaces[0], ==, ".");
  g_assert_cmpuint (options->jobs, ==, g_get_num_processors ());
  g_assert_null (options->file);
  g_assert_cmpuint (g_strv_length (options->plugins), ==, 0);
  g_assert_false (options->is_restart);
}

/* Every option in its long, short, joined and separate form. */
static void
test_forms (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Options) options
      = PARSE (RUN, "-w", "a", "-wb", "--workspace", "c", "--workspace=d", "-f", "p.ini",
               "--run-id", "r1", "--plugin", "veo3=x.so", "--from=A", "--until", "B", "-j4",
               "--set", "input.url=a=b", "--restart", "--fail-on=partial");

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (options->workspaces), ==, 4);
  g_assert_cmpstr (options->workspaces[3], ==, "d");
  g_assert_cmpstr (options->file, ==, "p.ini");
  g_assert_cmpstr (options->run_id, ==, "r1");
  g_assert_cmpstr (options->plugins[0], ==, "veo3=x.so");
  g_assert_cmpstr (options->from, ==, "A");
  g_assert_cmpstr (options->until, ==, "B");
  g_assert_cmpuint (options->jobs, ==, 4);
  g_assert_cmpstr (options->overrides[0], ==, "input.url=a=b");
  g_assert_true (options->is_restart);
  g_assert_true (options->fail_on_partial);
}

/* Of an option given twice the last one counts. */
static void
test_last_wins (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Options) options = PARSE (RUN, "--run-id", "a", "--run-id", "b");

  g_assert_no_error (error);
  g_assert_cmpstr (options->run_id, ==, "b");
}

/* A plugin's command keeps what the host does not know, in order; "--" keeps everything. */
static void
test_pass_on (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Options) options = PARSE (OPTIONS_WORKSPACE | OPTIONS_PASS_ON, "collect", "-w", "dir",
                                       "--json", "broll", "-x", "-", "--", "-w", "--");

  g_assert_no_error (error);
  g_assert_cmpstr (options->workspaces[0], ==, "dir");
  g_autofree char *rest = g_strjoinv (" ", options->arguments);

  g_assert_cmpstr (rest, ==, "collect --json broll -x - -w --");
}

static void
assert_refused (OptionsMask mask, const char *const *argv, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Options) options = options_parse (argv, mask, &error);

  g_assert_null (options);
  g_assert_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE);
  g_assert_cmpstr (error->message, ==, message);
}

/* Each mistake has its own sentence. */
static void
test_mistakes (void)
{
#define REFUSED(mask, message, ...)                                                                \
  assert_refused (mask, (const char *const[]){ __VA_ARGS__, NULL }, message)
  REFUSED (RUN, "unknown option --untill (did you mean '--until'?)", "--untill", "X");
  REFUSED (RUN, "unknown option --json", "--json");
  REFUSED (RUN, "unknown option -x", "-x");
  REFUSED (RUN, "--run-id needs a value: --run-id ID", "--run-id");
  REFUSED (RUN, "--from needs a value: --from STAGE", "--from=");
  REFUSED (RUN, "--restart takes no value", "--restart=yes");
  REFUSED (RUN, "--jobs 0: expected a number of runs from 1 to 100000", "-j", "0");
  REFUSED (RUN, "--jobs two: expected a number of runs from 1 to 100000", "-jtwo");
  REFUSED (RUN, "--fail-on=all: the only choice is partial", "--fail-on=all");
  REFUSED (RUN, "unexpected argument stray", "stray");
  REFUSED (RUN, "unexpected argument -w", "--", "-w");
  REFUSED (OPTIONS_WORKSPACE, "this command works on one workspace; give -w once", "-wa", "-wb");
#undef REFUSED
}

/* --json is seen even where another argument is wrong. */
static void
test_wants_json (void)
{
  const char *const with[] = { "--nonsense", "--json", NULL };
  const char *const without[] = { "--nonsense", NULL };

  g_assert_true (options_wants_json (with));
  g_assert_false (options_wants_json (without));
}

/* The help of a command lists its options and no others. */
static void
test_describe (void)
{
  g_autofree char *text = options_describe (OPTIONS_JSON | OPTIONS_WORKSPACE);

  g_assert_nonnull (strstr (text, "-w, --workspace DIR"));
  g_assert_nonnull (strstr (text, "    --json"));
  g_assert_null (strstr (text, "--restart"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/options/defaults", test_defaults);
  g_test_add_func ("/host/options/forms", test_forms);
  g_test_add_func ("/host/options/last-wins", test_last_wins);
  g_test_add_func ("/host/options/pass-on", test_pass_on);
  g_test_add_func ("/host/options/mistakes", test_mistakes);
  g_test_add_func ("/host/options/wants-json", test_wants_json);
  g_test_add_func ("/host/options/describe", test_describe);
  return g_test_run ();
}
