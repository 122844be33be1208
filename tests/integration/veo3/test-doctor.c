/* SPDX-License-Identifier: MIT */
/*
 * `pipeline_runner doctor` and what `validate` shares with it, in the whole program. The emulator's
 * log is the judge of what was asked of a service, and that nothing was that could cost anything.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/veo3/veo3-test.h"

#define LIVING_MODEL "models=veo-3.1-fast-generate-preview\n"

/* One that finds no ffmpeg, whose version takes long to ask for. */
static Veo3Test *
new_test (Veo3TestFlavour flavour, const char *script)
{
  Veo3Test *test = veo3_test_new (flavour, script);

  pipeline_fixture_set_environment (test->fixture, "PATH", "/nowhere");
  return test;
}

/* Asks, and checks that the answer is one JSON document that agrees with the exit code. */
static PipelineResult *
ask (Veo3Test *test, gboolean is_online)
{
  PipelineResult *result = is_online ? veo3_test_run (test, "doctor", "--json", "--online", NULL)
                                     : veo3_test_run (test, "doctor", "--json", NULL);
  json_tokener *tokener = json_tokener_new ();
  json_object *document = json_tokener_parse_ex (tokener, result->out, (int)strlen (result->out));

  g_assert_nonnull (document);
  g_assert_cmpuint (json_tokener_get_parse_end (tokener), >=, strlen (result->out) - 1);
  g_assert_cmpint (emulator_log_int (document, "exit_code"), ==, result->exit_code);
  g_assert_cmpint (emulator_log_int (document, "problems") > 0, ==, result->exit_code != 0);
  g_assert_null (strstr (result->out, VEO3_TEST_KEY));
  g_assert_null (strstr (result->err, VEO3_TEST_KEY));
  json_object_put (document);
  json_tokener_free (tokener);
  return result;
}

static char *
find_word (const char *out, const char *subject, const char *member)
{
  json_object *document = json_tokener_parse (out);
  json_object *findings = json_object_object_get (document, "findings");
  char *word = NULL;

  /* The last one, which is a plugin's if the host has the same. */
  for (gsize i = 0; i < json_object_array_length (findings); i++)
    {
      json_object *finding = json_object_array_get_idx (findings, i);

      if (g_strcmp0 (emulator_log_string (finding, "subject"), subject) != 0)
        continue;
      g_free (word);
      word = g_strdup (emulator_log_string (finding, member));
    }
  json_object_put (document);
  return word;
}

static void
assert_finding (const PipelineResult *result,
                const char *subject,
                const char *level,
                const char *words)
{
  g_autofree char *found = find_word (result->out, subject, "level");
  g_autofree char *text = find_word (result->out, subject, "text");
  g_autofree char *advice = find_word (result->out, subject, "advice");

  g_assert_cmpstr (found, ==, level);
  veo3_test_assert_says (text, words);
  g_assert_true (advice != NULL || strcmp (level, "ok") == 0);
}

/* Nothing but free questions: @model of them about the model. */
static void
assert_free (Veo3Test *test, guint model)
{
  g_assert_cmpuint (veo3_test_count (test, "model"), ==, model);
  g_assert_cmpuint (emulator_client_count (test->emulator, NULL, "\"POST\""), ==, 0);
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3"));
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/run.json"));
}

/* Where all is well, everything is said to be, offline without a request, online with one. */
static void
test_ready (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, LIVING_MODEL);
  g_autofree char *ffmpeg = g_find_program_in_path ("ffmpeg");
  g_autoptr (PipelineResult) offline = ask (test, FALSE);
  g_autoptr (PipelineResult) online = NULL;

  g_assert_cmpint (offline->exit_code, ==, 0);
  assert_finding (offline, "libcurl", "ok", "TLS by");
  if (ffmpeg != NULL)
    assert_finding (offline, "ffmpeg", "ok", "ffmpeg version");
  assert_finding (offline, "OpenSSL", "ok", "3.");
  assert_finding (offline, "workspace", "ok", "/ws");
  assert_finding (offline, "lock", "ok", "nobody");
  assert_finding (offline, "pipeline file", "ok", "4 stages, 1 plugins");
  assert_finding (offline, "plugin", "ok", "libveo3_stage.so");
  assert_finding (offline, "credentials", "ok", "environment GEMINI_API_KEY");
  assert_finding (offline, "price", "ok", "0.60 US dollars for a clip of 6 s, 1.80 for 3");
  assert_finding (offline, "service", "ok", "on this machine");
  assert_free (test, 0);
  online = ask (test, TRUE);
  g_assert_cmpint (online->exit_code, ==, 0);
  assert_finding (online, "online", "ok", "has the model");
  assert_free (test, 1);
}

/* A key that the service does not take is found out, for nothing, and not shown. */
static void
test_bad_key (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_WIRE, LIVING_MODEL);
  g_autoptr (PipelineResult) online = NULL;

  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", "wrong-" VEO3_TEST_KEY);
  online = ask (test, TRUE);
  g_assert_cmpint (online->exit_code, ==, 3);
  assert_finding (online, "online", "problem", "API key not valid");
  assert_free (test, 1);
}

/* A model that is gone is found out in the same way, by the table and by the service. */
static void
test_model_gone (void)
{
  g_autoptr (Veo3Test) test
      = new_test (VEO3_TEST_WIRE, "retired-models=veo-3.1-fast-generate-preview\n");
  g_autoptr (PipelineResult) online = ask (test, TRUE);
  g_autoptr (PipelineResult) offline = NULL;

  g_assert_cmpint (online->exit_code, ==, 3);
  assert_finding (online, "model", "warning", "was shut down on 2026-10-22");
  assert_finding (online, "online", "problem", "is no longer available");
  assert_free (test, 1);
  /* Without another server in its place, what the table says counts. */
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_GEMINI_BASE_URL", NULL);
  offline = ask (test, FALSE);
  g_assert_cmpint (offline->exit_code, ==, 3);
  assert_finding (offline, "model", "problem", "was shut down on 2026-10-22");
}

/* A service that cannot be reached proves nothing against the settings. */
static void
test_unreachable (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_BARE, NULL);
  g_autoptr (PipelineResult) online = NULL;

  pipeline_fixture_set_environment (test->fixture, "GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1");
  online = ask (test, TRUE);
  g_assert_cmpint (online->exit_code, ==, 0);
  assert_finding (online, "online", "warning", "onnect");
}

/* Gemini Omni is asked in the same way. */
static void
test_omni (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineResult) online = NULL;

  pipeline_fixture_set_environment (test->fixture, "VEO3_PROVIDER", "omni");
  online = ask (test, TRUE);
  g_assert_cmpint (online->exit_code, ==, 0);
  assert_finding (online, "model", "ok", "gemini-omni-1.1-flash");
  assert_finding (online, "online", "ok", "has the model");
  assert_free (test, 1);
}

/* With Vertex AI a token is fetched first, which proves the credentials; without rights or project
 * it is a problem of access. */
static void
test_vertex (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_WIRE, NULL);
  const char *base_url = emulator_client_get_base_url (test->emulator);
  g_autoptr (PipelineResult) online = NULL;
  g_autoptr (PipelineResult) homeless = NULL;
  g_autoptr (PipelineResult) gone = NULL;

  pipeline_fixture_set_environment (test->fixture, "VEO3_PROVIDER", "vertex");
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_VERTEX_BASE_URL", base_url);
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_CLOUD_PROJECT", "my-project");
  pipeline_fixture_set_environment (test->fixture, "CLOUDSDK_CONFIG", "/nowhere");
  pipeline_fixture_set_environment (test->fixture, "GCE_METADATA_HOST",
                                    base_url + strlen ("http://"));
  online = ask (test, TRUE);
  g_assert_cmpint (online->exit_code, ==, 0);
  assert_finding (online, "project", "ok", "my-project (environment GOOGLE_CLOUD_PROJECT)");
  assert_finding (online, "online", "ok", "has the model");
  g_assert_cmpuint (veo3_test_count (test, "metadata"), ==, 1);
  assert_free (test, 1);
  pipeline_fixture_set_environment (test->fixture, "VEO3_MODEL", "veo-9-generate-001");
  gone = ask (test, TRUE);
  g_assert_cmpint (gone->exit_code, ==, 3);
  assert_finding (gone, "model", "warning", "is not in");
  assert_finding (gone, "online", "problem", "veo-9-generate-001");
  assert_free (test, 2);
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_CLOUD_PROJECT", NULL);
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_APPLICATION_CREDENTIALS", "/nowhere");
  homeless = ask (test, FALSE);
  g_assert_cmpint (homeless->exit_code, !=, 0);
  assert_finding (homeless, "project", "problem", "none is set");
  assert_finding (homeless, "credentials", "problem", "/nowhere");
}

/* A key of a service account, and a key of the Gemini API in a file, are told by their place. */
static void
test_places (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_BARE, NULL);
  g_autofree char *file = pipeline_fixture_path (test->fixture, "key.txt");
  g_autoptr (PipelineResult) closed = NULL;
  g_autoptr (PipelineResult) open = NULL;

  pipeline_fixture_write (test->fixture, "key.txt", VEO3_TEST_KEY "\n");
  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", NULL);
  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY_FILE", file);
  pipeline_fixture_set_environment (test->fixture, "VEO3_PROVIDER", "omni");
  g_assert_cmpint (chmod (file, 0600), ==, 0);
  closed = ask (test, FALSE);
  g_assert_cmpint (closed->exit_code, ==, 0);
  assert_finding (closed, "credentials", "ok", "key.txt (environment GEMINI_API_KEY_FILE)");
  g_assert_cmpint (chmod (file, 0644), ==, 0);
  open = ask (test, FALSE);
  g_assert_cmpint (open->exit_code, !=, 0);
  assert_finding (open, "credentials", "problem", "key.txt");
}

/* Without a key a run would go on without clips: a problem for doctor, a warning for validate. */
static void
test_no_key (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_BARE, NULL);
  g_autoptr (PipelineResult) offline = NULL;
  g_autoptr (PipelineResult) valid = NULL;

  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", NULL);
  pipeline_fixture_set_environment (test->fixture, "VEO3_PROVIDER", "omni");
  offline = ask (test, FALSE);
  g_assert_cmpint (offline->exit_code, ==, 3);
  assert_finding (offline, "credentials", "problem", "no key of the Gemini API");
  valid = veo3_test_run (test, "validate", NULL);
  g_assert_cmpint (valid->exit_code, ==, 0);
  veo3_test_assert_says (valid->out, "warning: plugin veo3: credentials: no key of the Gemini API");
  veo3_test_assert_says (valid->out, ": valid, 4 stages");
}

/* Where sound is to be removed and nothing is there to do it, both commands say so. */
static void
test_no_ffmpeg (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_FAKE, NULL);
  g_autoptr (PipelineResult) offline = NULL;
  g_autoptr (PipelineResult) valid = NULL;

  veo3_test_set_plugin_keys (test, "audio=strip\n");
  offline = ask (test, FALSE);
  g_assert_cmpint (offline->exit_code, ==, 0);
  assert_finding (offline, "ffmpeg", "warning", "not found");
  assert_finding (offline, "ffprobe", "warning", "not found");
  assert_finding (offline, "audio", "warning", "no ffmpeg");
  valid = veo3_test_run (test, "validate", NULL);
  g_assert_cmpint (valid->exit_code, ==, 0);
  veo3_test_assert_says (valid->out, "warning: plugin veo3: audio: audio=strip (");
}

/* A workspace somebody works on is a warning; one that is not there, and a pipeline file with a
 * mistake, are problems of their own. */
static void
test_workspace (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_FAKE, NULL);
  g_autofree char *lock = pipeline_fixture_path (test->fixture, "ws/.pipeline.lock");
  g_autoptr (PipelineResult) busy = NULL;
  g_autoptr (PipelineResult) absent = NULL;
  g_autoptr (PipelineResult) broken = NULL;
  int fd = open (lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  g_assert_cmpint (write (fd, "4711\n", 5), ==, 5);
  busy = ask (test, FALSE);
  (void)close (fd);
  g_assert_cmpint (busy->exit_code, ==, 0);
  assert_finding (busy, "lock", "warning", "process 4711 works on it");
  absent = pipeline_fixture_run (test->fixture, "doctor", "--json", "-w", "nowhere", NULL);
  g_assert_cmpint (absent->exit_code, ==, 2);
  assert_finding (absent, "workspace", "problem", "nowhere");
  veo3_test_set_plugin_keys (test, "clip-cuont=3\n");
  broken = ask (test, FALSE);
  g_assert_cmpint (broken->exit_code, ==, 2);
  assert_finding (broken, "pipeline file", "problem", "clip-count");
}

/* Without a pipeline file there is the machine to look at, and the plugins that are named. */
static void
test_no_pipeline (void)
{
  g_autoptr (Veo3Test) test = new_test (VEO3_TEST_FAKE, NULL);
  g_autoptr (PipelineResult) named = NULL;
  g_autoptr (PipelineResult) bare = NULL;
  g_autoptr (PipelineResult) text = NULL;

  pipeline_fixture_write (test->fixture, "other/here", "");
  bare = pipeline_fixture_run (test->fixture, "doctor", "-w", "other", "--json", NULL);
  g_assert_cmpint (bare->exit_code, ==, 0);
  assert_finding (bare, "pipeline file", "ok", "is not there");
  g_assert_null (strstr (bare->out, "libcurl"));
  named = pipeline_fixture_run (test->fixture, "doctor", "-w", "other", "--json", "--online",
                                "--plugin", "veo3=" TEST_VEO3_FAKE_PLUGIN, NULL);
  g_assert_cmpint (named->exit_code, ==, 0);
  assert_finding (named, "provider", "ok", "fake");
  assert_finding (named, "online", "ok", "no service");
  text = pipeline_fixture_run (test->fixture, "doctor", "-w", "nowhere", NULL);
  g_assert_cmpint (text->exit_code, ==, 2);
  veo3_test_assert_says (text->out, "problem  workspace ");
  veo3_test_assert_says (text->out, "-> make the folder");
  veo3_test_assert_says (text->out, "1 problems, 2 warnings\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/doctor/ready", test_ready);
  g_test_add_func ("/veo3/doctor/bad-key", test_bad_key);
  g_test_add_func ("/veo3/doctor/model-gone", test_model_gone);
  g_test_add_func ("/veo3/doctor/unreachable", test_unreachable);
  g_test_add_func ("/veo3/doctor/omni", test_omni);
  g_test_add_func ("/veo3/doctor/vertex", test_vertex);
  g_test_add_func ("/veo3/doctor/places", test_places);
  g_test_add_func ("/veo3/doctor/no-key", test_no_key);
  g_test_add_func ("/veo3/doctor/no-ffmpeg", test_no_ffmpeg);
  g_test_add_func ("/veo3/doctor/workspace", test_workspace);
  g_test_add_func ("/veo3/doctor/no-pipeline", test_no_pipeline);
  return g_test_run ();
}
