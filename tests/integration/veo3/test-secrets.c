/* SPDX-License-Identifier: MIT */
/*
 * The key is a canary: after each kind of run it must be nowhere but in the requests to the one
 * configured origin. Searched: every file below the scratch folder (workspace, outputs, the state
 * folder, what stages have seen), the command lines of children, and requests at another origin.
 */
#include "tests/integration/veo3/veo3-test.h"

#include <glib/gstdio.h>
#include <string.h>

static void
assert_no_canary (Veo3Test *test)
{
  g_autofree char *found
      = scratch_folder_find (pipeline_fixture_get_folder (test->fixture), VEO3_TEST_KEY);

  if (found != NULL)
    g_error ("the key stands in %s", found);
  found = scratch_folder_find (emulator_client_get_folder (test->emulator), VEO3_TEST_KEY);
  if (found != NULL)
    g_error ("the key stands in %s: it was sent in the clear part of a request", found);
}

/* First that the search itself works: a key that is there is found. */
static void
test_search_finds (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *found = NULL;

  pipeline_fixture_write (test->fixture, "ws/logs/.hidden", "x" VEO3_TEST_KEY "y");
  found = scratch_folder_find (pipeline_fixture_get_folder (test->fixture), VEO3_TEST_KEY);
  g_assert_nonnull (found);
  g_assert_true (g_str_has_suffix (found, "/ws/logs/.hidden"));
}

/* Stages see neither the key in their environment nor in any command line of the process tree; a
 * run that goes well leaves it nowhere. */
static void
test_good_run (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *seen = NULL;
  g_autofree char *parent = NULL;

  veo3_test_write_pipeline (
      test, "CONTENT;SPY;VEO3_AWAIT",
      "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
      "[stage SPY]\ncommand=sh -c \"env > env.txt; tr '\\\\\\\\0' ' ' < /proc/$PPID/cmdline > "
      "parent.txt; cat /proc/self/cmdline > own.txt\"\n"
      "[stage VEO3_AWAIT]\nplugin=veo3\n");
  veo3_test_expect (test, "run", 0);
  seen = pipeline_fixture_read (test->fixture, "ws/env.txt");
  veo3_test_assert_says (seen, "PIPELINE_STAGE=SPY");
  g_assert_null (strstr (seen, "GEMINI_API_KEY"));
  parent = pipeline_fixture_read (test->fixture, "ws/parent.txt");
  veo3_test_assert_says (parent, "pipeline_runner run");
  assert_no_canary (test);
}

/* Errors of the service that repeat the key are shown without it. */
static void
test_bad_run (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE,
                       "[prompt lighthouse]\nsubmit=400 x1 message=\"no: " VEO3_TEST_KEY
                       " is bad\"\n"
                       "[prompt fox]\nresult=error 13 message=\"key " VEO3_TEST_KEY " exploded\"\n"
                       "[prompt river]\ndownload=404 message=\"not for " VEO3_TEST_KEY "\"\n");
  g_autofree char *scenario
      = g_build_filename (emulator_client_get_folder (test->emulator), "scenario.ini", NULL);

  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "failed");
  veo3_test_assert_job (test, "b", "status", "failed");
  /* The words of the script itself are no leak. */
  g_assert_cmpint (g_unlink (scenario), ==, 0);
  g_assert_cmpint (g_unlink (emulator_client_get_log_path (test->emulator)), ==, 0);
  assert_no_canary (test);
}

/* A download that leads to another origin is followed, and the key stays behind. */
static void
test_cross_origin (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE, "[download]\nfaults=redirect=cross-origin\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = NULL;
  guint n_elsewhere = 0;

  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  log = emulator_client_read_log (test->emulator, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < log->len; i++)
    {
      json_object *entry = g_ptr_array_index (log, i);
      gboolean is_home = g_strcmp0 (emulator_log_string (entry, "origin"), "api") == 0;

      n_elsewhere += is_home ? 0 : 1;
      g_assert_cmpint (emulator_log_int (entry, "headers/has_key"), ==, is_home ? 1 : 0);
      g_assert_cmpint (emulator_log_int (entry, "headers/has_authorization"), ==, 0);
    }
  g_assert_cmpuint (n_elsewhere, ==, 3);
  assert_no_canary (test);
}

/* A second emulator is the foreign server: it is told nothing but the path. */
static void
test_foreign_server (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EmulatorClient) foreign = emulator_client_start (NULL, NULL, &error);
  g_autofree char *script = NULL;
  g_autoptr (Veo3Test) test = NULL;
  g_autoptr (GPtrArray) log = NULL;

  g_assert_no_error (error);
  script = g_strdup_printf ("[download]\nfaults=redirect=cross-origin x1 to=%s/stolen; ok x99\n",
                            emulator_client_get_base_url (foreign));
  test = veo3_test_new (VEO3_TEST_WIRE, script);
  veo3_test_set_prompts (test, "a", "a lighthouse", NULL);
  veo3_test_expect (test, "run", 0);
  log = emulator_client_read_log (foreign, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (log->len, >=, 1);
  for (guint i = 0; i < log->len; i++)
    g_assert_cmpint (emulator_log_int (g_ptr_array_index (log, i), "headers/has_key"), ==, 0);
  assert_no_canary (test);
}

/* A key in the pipeline file is refused, not used, and not repeated in the refusal. */
static void
test_key_in_file (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_set_plugin_keys (test, "api-key=" VEO3_TEST_KEY "\n");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 2);
  veo3_test_assert_says (result->err, "api-key");
  g_assert_null (strstr (result->err, VEO3_TEST_KEY));
  g_assert_null (strstr (result->out, VEO3_TEST_KEY));
  g_assert_cmpuint (emulator_client_count (test->emulator, NULL, NULL), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/secrets/search-finds", test_search_finds);
  g_test_add_func ("/veo3/secrets/good-run", test_good_run);
  g_test_add_func ("/veo3/secrets/bad-run", test_bad_run);
  g_test_add_func ("/veo3/secrets/cross-origin", test_cross_origin);
  g_test_add_func ("/veo3/secrets/foreign-server", test_foreign_server);
  g_test_add_func ("/veo3/secrets/key-in-file", test_key_in_file);
  return g_test_run ();
}
