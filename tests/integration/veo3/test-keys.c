/* SPDX-License-Identifier: MIT */
/*
 * Where the key comes from and where requests go, in the whole program: the key file, values that
 * are refused before anything is sent, and what is said about servers that are not Google's.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/integration/veo3/veo3-test.h"

#define SECRET "canary-Wm3tQ"

/* A workspace whose key stands in a file. Returns: (transfer full): its path */
static char *
use_key_file (Veo3Test *test, const char *text, int mode)
{
  char *path = pipeline_fixture_path (test->fixture, "key");

  pipeline_fixture_write (test->fixture, "key", text);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", "");
  return path;
}

/* A key of a file serves like one of the environment; nobody is told what it is. */
static void
test_file (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *path = use_key_file (test, VEO3_TEST_KEY "\n", 0600);
  g_autofree char *found = NULL;

  veo3_test_set_plugin_keys (test, "api-key-file=../key\n");
  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  g_assert_cmpint (g_unlink (path), ==, 0);
  found = scratch_folder_find (pipeline_fixture_get_folder (test->fixture), VEO3_TEST_KEY);
  g_assert_cmpstr (found, ==, NULL);
}

/* A key file that others can read stops a run before it begins, and `validate` finds it too. */
static void
test_file_refused (void)
{
  static const char *const commands[] = { "validate", "run" };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *path = use_key_file (test, VEO3_TEST_KEY "\n", 0644);
  g_autofree char *words = g_strdup_printf ("run: chmod 600 %s", path);

  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY_FILE", path);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (PipelineResult) result = veo3_test_run (test, commands[i], NULL);
      g_autofree char *all = g_strconcat (result->out, result->err, NULL);

      g_assert_cmpint (result->exit_code, ==, 2);
      veo3_test_assert_says (all, words);
      g_assert_null (strstr (all, VEO3_TEST_KEY));
    }
  g_assert_cmpuint (emulator_client_count (test->emulator, NULL, NULL), ==, 0);
}

/* Each of these would go wrong at the first request, or lead it to where nobody meant: `validate`
 * refuses it with the name of what is wrong, and repeats no secret. */
static void
test_refused (void)
{
  static const struct
  {
    const char *variable;
    const char *value;
    const char *words;
  } rows[] = {
    { "GEMINI_API_KEY", SECRET "\nx-evil: 1", "GEMINI_API_KEY" },
    { "GEMINI_API_KEY", SECRET " x", "GEMINI_API_KEY" },
    { "GEMINI_API_KEY", SECRET "\xc3\xa9", "GEMINI_API_KEY" },
    { "HTTPS_PROXY", "ftp://me:" SECRET "@proxy:1", "http://HOST:PORT" },
    { "HTTPS_PROXY", "http://me:" SECRET "/x@proxy:1", "http://HOST:PORT" },
    { "GOOGLE_GEMINI_BASE_URL", "http://veo.example", "only https" },
    { "GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1.veo.example", "only https" },
    { "GOOGLE_GEMINI_BASE_URL", "http://localhost.veo.example", "only https" },
    { "GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1@veo.example", "user name" },
    { "GOOGLE_GEMINI_BASE_URL", "https://me:" SECRET "@veo.example", "user name" },
  };
  g_autoptr (Veo3Test) good = veo3_test_new (VEO3_TEST_BARE, NULL);

  veo3_test_expect (good, "validate", 0);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_BARE, NULL);
      g_autoptr (PipelineResult) result = NULL;
      g_autofree char *all = NULL;

      pipeline_fixture_set_environment (test->fixture, rows[i].variable, rows[i].value);
      result = veo3_test_run (test, "validate", NULL);
      all = g_strconcat (result->out, result->err, NULL);
      g_assert_cmpint (result->exit_code, ==, 2);
      veo3_test_assert_says (all, rows[i].words);
      g_assert_null (strstr (all, SECRET));
    }
}

static guint
count (const char *text, const char *words)
{
  guint n = 0;

  for (const char *p = strstr (text, words); p != NULL; p = strstr (p + 1, words))
    n++;
  return n;
}

/* A server that is not Google's, and a proxy, are named once; the proxy without its password. A
 * server on this machine is not asked through it. */
static void
test_announced (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  const char *place = emulator_client_get_base_url (test->emulator) + strlen ("http://");
  g_autofree char *server = g_strdup_printf ("requests go to %s on this machine", place);
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *found = NULL;

  pipeline_fixture_set_environment (test->fixture, "HTTPS_PROXY",
                                    "http://me:" SECRET "@proxy.test:3128");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpuint (count (result->err, server), ==, 1);
  g_assert_cmpuint (count (result->err, "requests go through the proxy proxy.test:3128"), ==, 1);
  g_assert_null (strstr (result->err, SECRET));
  veo3_test_assert_job (test, "c", "status", "completed");
  found = scratch_folder_find (pipeline_fixture_get_folder (test->fixture), SECRET);
  g_assert_cmpstr (found, ==, NULL);
}

/* A key that goes to a foreign server is worth a warning, and a proxy that is not there costs no
 * clip: nothing has left. */
static void
test_foreign (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_BARE, NULL);
  g_autoptr (PipelineResult) result = NULL;

  pipeline_fixture_set_environment (test->fixture, "GOOGLE_GEMINI_BASE_URL", "https://veo.test");
  pipeline_fixture_set_environment (test->fixture, "HTTPS_PROXY", "http://127.0.0.1:1");
  veo3_test_set_plugin_keys (test, "timeout=500ms\n");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpuint (count (result->err, "the API key go to veo.test:443, not to Google's"), ==, 1);
  veo3_test_assert_says (result->err, "(by the proxy 127.0.0.1:1)");
  veo3_test_assert_job (test, "a", "operation_name", NULL);
  g_assert_cmpint (result->exit_code, !=, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/keys/file", test_file);
  g_test_add_func ("/veo3/keys/file-refused", test_file_refused);
  g_test_add_func ("/veo3/keys/refused", test_refused);
  g_test_add_func ("/veo3/keys/announced", test_announced);
  g_test_add_func ("/veo3/keys/foreign", test_foreign);
  return g_test_run ();
}
