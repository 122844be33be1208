/* SPDX-License-Identifier: MIT */
/*
 * The key is a canary: after each kind of run it must be nowhere but in the requests to the one
 * configured origin. Searched: every file below the scratch folder (workspace, outputs, the state
 * folder, what stages have seen), the command lines of children, and requests at another origin.
 */
#include <curl/curl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/fixtures/tls-front.h"
#include "tests/integration/veo3/veo3-test.h"

/* Returns: (transfer full): each byte in its own way, as a URL or JSON may hold it. */
static char *
escape_bytes (const char *secret, const char *format)
{
  GString *text = g_string_new (NULL);

  for (const guchar *p = (const guchar *)secret; *p != '\0'; p++)
    {
      g_autofree char *hex = g_strdup_printf (format[0] == 'X' ? "%02X" : "%02x", *p);

      g_string_append_printf (text, "%s%s", format + 1, hex);
    }
  return g_string_free (text, FALSE);
}

/* Returns: (transfer full): what is in the middle of its base64 when @offset other bytes, of a
 * number that is a multiple of three but for this, stand before it. */
static char *
encode_at (const char *secret, guint offset)
{
  gsize length = strlen (secret) - (3 - offset) % 3;

  return g_base64_encode ((const guchar *)secret + (3 - offset) % 3, length / 3 * 3);
}

/* Returns: (transfer full) (element-type utf8): how a secret may look somewhere. */
static GPtrArray *
list_forms (const char *secret)
{
  static const char *const formats[] = { "X%", "x%", "x\\u00", "X\\u00", "x\\x", "x", "X" };
  GPtrArray *forms = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (forms, g_strdup (secret));
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    g_ptr_array_add (forms, escape_bytes (secret, formats[i]));
  for (guint offset = 0; offset < 3; offset++)
    {
      char *plain = encode_at (secret, offset);
      char *for_urls = g_strdelimit (g_strdup (plain), "+", '-');

      g_ptr_array_add (forms, plain);
      g_ptr_array_add (forms, g_strdelimit (for_urls, "/", '_'));
    }
  return forms;
}

/* Returns: (transfer full) (nullable): the first file that holds a form of it. */
static char *
find_any_form (const char *folder, const char *secret)
{
  g_autoptr (GPtrArray) forms = list_forms (secret);
  char *found = NULL;

  for (guint i = 0; i < forms->len && found == NULL; i++)
    found = scratch_folder_find (folder, g_ptr_array_index (forms, i));
  return found;
}

static void
assert_nowhere (Veo3Test *test, const char *secret)
{
  g_autofree char *found = find_any_form (pipeline_fixture_get_folder (test->fixture), secret);

  if (found != NULL)
    g_error ("the secret stands in %s", found);
  if (test->emulator == NULL)
    return;
  found = find_any_form (emulator_client_get_folder (test->emulator), secret);
  if (found != NULL)
    g_error ("the secret stands in %s: it was sent in the clear part of a request", found);
}

static void
assert_no_canary (Veo3Test *test)
{
  assert_nowhere (test, VEO3_TEST_KEY);
}

/* First that the search itself works: a key that is there is found, however it is written. */
static void
test_search_finds (void)
{
  static const char *const texts[] = {
    "x" VEO3_TEST_KEY "y",
    "%63%61%6E%61%72%79%2D%37%48%71%32%78%4B%64%4C%77%39",
    ("\"\\u0063\\u0061\\u006e\\u0061\\u0072\\u0079\\u002d\\u0037\\u0048\\u0071\\u0032\\u0078\\u004b"
     "\\u0064\\u004c\\u0077\\u0039\""),
  };
  static const char *const before[] = { "", "1", "12", "123", "1234" };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  const char *folder = pipeline_fixture_get_folder (test->fixture);

  for (gsize i = 0; i < G_N_ELEMENTS (texts) + G_N_ELEMENTS (before); i++)
    {
      gsize at = i - G_N_ELEMENTS (texts);
      g_autofree char *around
          = i < G_N_ELEMENTS (texts) ? NULL : g_strconcat (before[at], VEO3_TEST_KEY, "zz", NULL);
      g_autofree char *text = around == NULL
                                  ? g_strdup (texts[i])
                                  : g_base64_encode ((const guchar *)around, strlen (around));
      g_autofree char *found = NULL;

      pipeline_fixture_write (test->fixture, "ws/logs/.hidden", text);
      found = find_any_form (folder, VEO3_TEST_KEY);
      if (found == NULL)
        g_error ("not found in %s", text);
      g_assert_true (g_str_has_suffix (found, "/ws/logs/.hidden"));
    }
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

/* ---- other secrets ---- */

static void
use_vertex (Veo3Test *test, const char *account)
{
  const char *base_url = emulator_client_get_base_url (test->emulator);

  pipeline_fixture_set_environment (test->fixture, "GOOGLE_VERTEX_BASE_URL", base_url);
  pipeline_fixture_set_environment (test->fixture, "VEO3_PROVIDER", "vertex");
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_CLOUD_PROJECT", "my-project");
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_APPLICATION_CREDENTIALS", account);
}

/* Returns: (transfer full): of a member of the credentials, what can be looked for in files. */
static char *
read_secret (const char *file, const char *member)
{
  json_object *root = json_object_from_file (file);
  json_object *value = NULL;
  const char *text;
  const char *line;
  char *secret;

  g_assert_true (json_object_object_get_ex (root, member, &value));
  text = json_object_get_string (value);
  line = strstr (text, "-----\n"); /* of a key in PEM form, its first line */
  secret = line != NULL ? g_strndup (line + strlen ("-----\n"), 60) : g_strdup (text);
  json_object_put (root);
  return secret;
}

static void
run_vertex (const char *option, const char *member, const char *script)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_BARE, NULL);
  g_autofree char *file = pipeline_fixture_path (test->fixture, "account.json");
  const char *options[] = { option, file, "--generation-time", "100ms", NULL };
  g_autofree char *secret = NULL;
  g_autoptr (GError) error = NULL;

  test->emulator = emulator_client_start (options, script, &error);
  g_assert_no_error (error);
  use_vertex (test, file);
  secret = read_secret (file, member);
  veo3_test_write_pipeline (test, "CONTENT;SPY;VEO3_AWAIT",
                            "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                            "[stage SPY]\ncommand=sh -c \"env > env.txt\"\n"
                            "[stage VEO3_AWAIT]\nplugin=veo3\n");
  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  g_assert_cmpuint (veo3_test_count (test, "token"), >=, 1);
  g_assert_cmpint (g_unlink (file), ==, 0); /* the one place where it may stand */
  assert_nowhere (test, secret);
  assert_nowhere (test, "ya29.emulated-"); /* what every access token begins with */
}

/* Neither the key of a service account nor an access token stands anywhere, also when a token is
 * refused and the service fails. */
static void
test_service_account (void)
{
  run_vertex ("--write-credentials", "private_key",
              "[emulator]\nclip=bytes:20KiB\n"
              "[prompt fox]\nsubmit=401 x1; ok x9\npoll=500 x1; ok x99\n"
              "[prompt river]\nresult=error 13\n");
}

/* Nor does the refresh token of a person's login. */
static void
test_login (void)
{
  run_vertex ("--write-user-credentials", "refresh_token", "[emulator]\nclip=bytes:20KiB\n");
}

/* ---- what other processes may see ---- */

/* Stage commands inherit nothing of ours but the three descriptors, while connections are open. */
static void
test_descriptors (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "generation-time=300ms\n");
  g_autofree char *proof = NULL;
  g_autofree char *seen = NULL;
  g_autofree char *sockets = NULL;

  /* ls has a fourth one of its own, for the folder it lists. */
  pipeline_fixture_write (
      test->fixture, "ws/wait.sh",
      "while ! grep -q '\"polls\": *[1-9]' veo3/jobs.json; do sleep 0.02; done\n"
      "exec 7</dev/null\nls /proc/self/fd > proof.txt\n");
  pipeline_fixture_write (test->fixture, "ws/spy.sh",
                          "ls /proc/self/fd > fds.txt\n"
                          "ls -l /proc/$PPID/fd > parent.txt 2>&1\ntrue\n");
  veo3_test_write_pipeline (test, "CONTENT;WAIT;SPY;VEO3_AWAIT",
                            "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                            "[stage WAIT]\ncommand=sh wait.sh\n"
                            "[stage SPY]\ncommand=sh spy.sh\n"
                            "[stage VEO3_AWAIT]\nplugin=veo3\n");
  veo3_test_expect (test, "run", 0);
  proof = pipeline_fixture_read (test->fixture, "ws/proof.txt");
  g_assert_cmpstr (proof, ==, "0\n1\n2\n3\n7\n");
  sockets = pipeline_fixture_read (test->fixture, "ws/parent.txt");
  if (strstr (sockets, "socket:") == NULL)
    {
      g_test_skip ("the descriptors of the runner cannot be looked at, or none is a socket");
      return;
    }
  seen = pipeline_fixture_read (test->fixture, "ws/fds.txt");
  g_assert_cmpstr (seen, ==, "0\n1\n2\n3\n");
}

/* Returns: (transfer full) (nullable): a core file in a folder of the world. */
static char *
find_core (Veo3Test *test)
{
  static const char *const folders[] = { ".", "ws" };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = pipeline_fixture_path (test->fixture, folders[i]);
      g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
      const char *name;

      while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
        if (g_str_has_prefix (name, "core"))
          return g_build_filename (path, name, NULL);
    }
  return NULL;
}

/* Returns: FALSE: whoever crashes here leaves no core file, so nothing would be shown. */
static gboolean
crashes_leave_core (Veo3Test *test)
{
  const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
  const char *argv[] = { "/bin/sh", "-c", "kill -ABRT $$", NULL };
  const char *folder = pipeline_fixture_get_folder (test->fixture);
  g_autofree char *core = NULL;

  if (setrlimit (RLIMIT_CORE, &unlimited) != 0
      || !g_spawn_sync (folder, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, NULL,
                        NULL))
    return FALSE;
  core = find_core (test);
  return core != NULL && g_unlink (core) == 0;
}

/* A runner that crashes while it holds the key leaves no core file. */
static void
test_core (void)
{
  const struct rlimit none = { 0, RLIM_INFINITY };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "generation-time=1h\n");
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *core = NULL;

  if (!crashes_leave_core (test))
    {
      g_test_skip ("nothing that crashes leaves a core file here");
      return;
    }
  /* Sanitized builds allow them for the sake of LeakSanitizer, which does not get to run here. */
  pipeline_fixture_set_environment (test->fixture, "PIPELINE_ALLOW_CORE", "0");
  process = veo3_test_start (test, "run", NULL);
  veo3_test_await_status (test, "a", "generating");
  pipeline_process_signal (process, SIGABRT);
  result = pipeline_process_wait (process);
  (void)setrlimit (RLIMIT_CORE, &none);
  core = find_core (test);
  g_assert_cmpstr (core, ==, NULL);
  assert_no_canary (test);
}

/* ---- TLS ---- */

/* Not a test: what libcurl does by itself, in a process of its own. */
static void
ask_plainly (void)
{
  CURL *easy = curl_easy_init ();

  (void)curl_easy_setopt (easy, CURLOPT_URL, g_getenv ("TEST_TLS_URL"));
  (void)curl_easy_setopt (easy, CURLOPT_CAINFO, g_getenv ("VEO3_CA_FILE"));
  (void)curl_easy_setopt (easy, CURLOPT_NOBODY, 1L);
  (void)curl_easy_perform (easy);
  curl_easy_cleanup (easy);
}

/* SSLKEYLOGFILE, by which TLS libraries tell what decrypts every request, has no effect. */
static void
test_key_log (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *proof = pipeline_fixture_path (test->fixture, "proof.txt");
  g_autofree char *path = pipeline_fixture_path (test->fixture, "secrets.txt");
  g_autoptr (GError) error = NULL;
  g_autoptr (TlsFront) front
      = tls_front_start (emulator_client_get_port (test->emulator), TRUE, &error);

  if (front == NULL)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      g_test_skip (error->message);
      return;
    }
  g_setenv ("SSLKEYLOGFILE", proof, TRUE);
  g_setenv ("TEST_TLS_URL", tls_front_get_base_url (front), TRUE);
  g_setenv ("VEO3_CA_FILE", tls_front_get_ca_path (front), TRUE);
  g_test_trap_subprocess ("/veo3/secrets/key-log/subprocess/ask", 0, 0);
  g_unsetenv ("SSLKEYLOGFILE");
  g_unsetenv ("VEO3_CA_FILE");
  if (!g_file_test (proof, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("this libcurl does not write such a file");
      return;
    }
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_GEMINI_BASE_URL",
                                    tls_front_get_base_url (front));
  pipeline_fixture_set_environment (test->fixture, "VEO3_CA_FILE", tls_front_get_ca_path (front));
  pipeline_fixture_set_environment (test->fixture, "SSLKEYLOGFILE", path);
  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
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
  g_test_add_func ("/veo3/secrets/service-account", test_service_account);
  g_test_add_func ("/veo3/secrets/login", test_login);
  g_test_add_func ("/veo3/secrets/descriptors", test_descriptors);
  g_test_add_func ("/veo3/secrets/core", test_core);
  g_test_add_func ("/veo3/secrets/key-log", test_key_log);
  g_test_add_func ("/veo3/secrets/key-log/subprocess/ask", ask_plainly);
  return g_test_run ();
}
