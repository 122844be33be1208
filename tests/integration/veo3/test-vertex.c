/* SPDX-License-Identifier: MIT */
/*
 * The whole program with Vertex AI, over the emulator's wire: tokens, submits, clips inside answers
 * and stored ones. The emulator's log is the judge of what was paid, and for what.
 */
#include <string.h>

#include "tests/integration/veo3/veo3-test.h"

#define PROJECT "my-project"

/* Points the program at the emulator, for everything but the credentials. */
static void
use_vertex (Veo3Test *test, const char *base_url)
{
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_VERTEX_BASE_URL", base_url);
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_GENAI_USE_VERTEXAI", "True");
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_CLOUD_PROJECT", PROJECT);
  /* Whoever runs this may be logged in at Google. */
  pipeline_fixture_set_environment (test->fixture, "CLOUDSDK_CONFIG", "/nowhere");
}

/* With tokens of the machine's metadata server. */
static Veo3Test *
new_test (const char *script)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_WIRE, script);
  const char *base_url = emulator_client_get_base_url (test->emulator);

  use_vertex (test, base_url);
  pipeline_fixture_set_environment (test->fixture, "GCE_METADATA_HOST",
                                    base_url + strlen ("http://"));
  return test;
}

static void
assert_clip (Veo3Test *test, const char *variant)
{
  g_autofree char *name = g_strdup_printf ("ws/veo3/%s.mp4", variant);
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);
  g_autofree char *operation = veo3_test_job (test, variant, "operation_name");
  g_autofree char *sha256 = NULL;
  g_autofree char *data = NULL;
  gsize length;

  veo3_test_assert_job (test, variant, "status", "completed");
  g_assert_true (g_str_has_prefix (operation, "projects/" PROJECT "/locations/us-central1/"));
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpuint (length, >, 8);
  g_assert_cmpmem (data + 4, 4, "ftyp", 4);
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)data, length);
  veo3_test_assert_job (test, variant, "sha256", sha256);
}

static void
assert_three_clips (Veo3Test *test)
{
  assert_clip (test, "a");
  assert_clip (test, "b");
  assert_clip (test, "c");
}

/* Each paid request has the labels by which its line of the bill is matched with jobs.json. */
static void
assert_labels (Veo3Test *test)
{
  static const char *const variants[] = { "a", "b", "c" };

  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *key = veo3_test_job (test, variants[i], "idempotent_key");
      g_autofree char *label = g_strdup_printf ("\"idempotent_key\":\"%s\"", key);

      g_assert_cmpuint (emulator_client_count (test->emulator, "submit", label), ==, 1);
    }
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "\"pipeline_run\":\"2"), ==,
                    3);
}

/* Three prompts become three clips out of three answers, with one token for all, each paid once. */
static void
test_three_clips (void)
{
  g_autoptr (Veo3Test) test = new_test ("[emulator]\nclip=bytes:3MiB\n");
  g_autofree char *jobs = NULL;

  veo3_test_expect (test, "run", 0);
  assert_three_clips (test);
  assert_labels (test);
  jobs = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  g_assert_nonnull (strstr (jobs, "\"vertex\""));
  g_assert_nonnull (strstr (jobs, "veo-3.1-fast-generate-001"));
  g_assert_cmpuint (veo3_test_count (test, "metadata"), ==, 1);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* With the key of a service account, and clips that are stored in a bucket first. */
static void
test_service_account (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_BARE, NULL);
  g_autofree char *file = pipeline_fixture_path (test->fixture, "account.json");
  const char *options[] = { "--write-credentials", file, "--generation-time", "100ms", NULL };
  g_autoptr (GError) error = NULL;

  test->emulator = emulator_client_start (options, "[emulator]\nclip=bytes:200KiB\n", &error);
  g_assert_no_error (error);
  use_vertex (test, emulator_client_get_base_url (test->emulator));
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_APPLICATION_CREDENTIALS", file);
  veo3_test_set_plugin_keys (test, "storage-uri=gs://my-bucket/out/\n");
  veo3_test_expect (test, "run", 0);
  assert_three_clips (test);
  g_assert_cmpuint (veo3_test_count (test, "token"), ==, 1);
  g_assert_cmpuint (veo3_test_count (test, "download"), ==, 3);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Polls and fetches that break are repeated, and nothing is paid for that. */
static void
test_broken (void)
{
  g_autoptr (Veo3Test) test
      = new_test ("[emulator]\nclip=bytes:300KiB\n"
                  "[prompt lighthouse]\npoll=503 x1; cut=200 x2; ok x2; cut=20000 x1; ok x99\n"
                  "[prompt fox]\npoll=rst x1; truncated-json x1; 429 x1; ok x99\n"
                  "[prompt river]\npoll=503-html x1; gzip x1; 401 x1; ok x99\n");

  veo3_test_expect (test, "run", 0);
  assert_three_clips (test);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A token that is refused is renewed once, and the paid request that was refused goes again. */
static void
test_renewed (void)
{
  g_autoptr (Veo3Test) test = new_test ("[prompt fox]\nsubmit=401 x1; ok x9\n");

  veo3_test_expect (test, "run", 0);
  assert_three_clips (test);
  g_assert_cmpuint (veo3_test_count (test, "metadata"), ==, 2);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 4);
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "\"status\":401"), ==, 1);
}

/* A token that no one takes ends the submits with exit 3, after one renewal each at most. */
static void
test_refused (void)
{
  g_autoptr (Veo3Test) test = new_test ("[submit]\nfaults=401\n");

  veo3_test_expect (test, "run", 3);
  veo3_test_assert_job (test, "a", "error_code", "credentials");
  g_assert_cmpuint (veo3_test_count (test, "submit"), <=, 6);
  g_assert_cmpuint (veo3_test_count (test, "poll"), ==, 0);
}

/* Without a token nothing leaves: exit 3, and the clips say why. */
static void
test_no_token (void)
{
  g_autoptr (Veo3Test) test = new_test ("[metadata]\nfaults=404 x1; ok x99\n");
  g_autofree char *message = NULL;

  veo3_test_expect (test, "run", 3);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 0);
  veo3_test_assert_job (test, "a", "error_code", "credentials");
  message = veo3_test_job (test, "a", "error_message");
  veo3_test_assert_says (message, "did not leave");
}

/* A token service that is down for a moment costs time only. */
static void
test_token_later (void)
{
  g_autoptr (Veo3Test) test = new_test ("[metadata]\nfaults=503 x1; ok x99\n");

  veo3_test_expect (test, "run", 0);
  assert_three_clips (test);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* What is not configured is named, and nothing is asked for; the pipeline goes on without clips. */
static void
test_settings (void)
{
  g_autoptr (Veo3Test) test = new_test (NULL);
  g_autoptr (PipelineResult) no_project = NULL;
  g_autoptr (PipelineResult) no_file = NULL;

  pipeline_fixture_set_environment (test->fixture, "GOOGLE_CLOUD_PROJECT", "");
  no_project = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (no_project->exit_code, ==, 0);
  veo3_test_assert_says (no_project->err, "GOOGLE_CLOUD_PROJECT");
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_CLOUD_PROJECT", PROJECT);
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_APPLICATION_CREDENTIALS",
                                    "/nowhere/key.json");
  no_file = veo3_test_run (test, "run", "--restart", NULL);
  g_assert_cmpint (no_file->exit_code, ==, 0);
  veo3_test_assert_says (no_file->err, "/nowhere/key.json");
  g_assert_cmpuint (emulator_client_count (test->emulator, NULL, NULL), ==, 0);
}

/* A clip that is filtered, and one whose settings the service refuses late, say so with the
 * service's words and the meaning of its code. */
static void
test_failed (void)
{
  g_autoptr (Veo3Test) test = new_test ("[prompt lighthouse]\nresult=filtered code=61493863\n"
                                        "[prompt fox]\nresult=error 3 message=\"bad duration\"\n");
  g_autofree char *filtered = NULL;
  g_autofree char *refused = NULL;

  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "error_code", "content_filtered");
  filtered = veo3_test_job (test, "a", "error_message");
  veo3_test_assert_says (filtered, "code 61493863 stands for violence");
  veo3_test_assert_job (test, "b", "error_code", "invalid_request");
  refused = veo3_test_job (test, "b", "error_message");
  veo3_test_assert_says (refused, "bad duration");
  assert_clip (test, "c");
}

/* A paid request whose answer is lost is never sent again; the others go on. */
static void
test_uncertain (void)
{
  g_autoptr (Veo3Test) test = new_test ("[prompt fox]\nsubmit=accept-close x1\n");

  veo3_test_expect (test, "run", 5);
  veo3_test_assert_job (test, "b", "status", "uncertain");
  assert_clip (test, "a");
  assert_clip (test, "c");
  veo3_test_expect (test, "run", 5);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Killed in the middle of the generation: the next run polls what the first one has paid for. */
static void
test_killed (void)
{
  g_autoptr (Veo3Test) test = new_test ("[emulator]\ngeneration-time=1s\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autofree char *before = NULL;

  veo3_test_await_status (test, "a", "generating");
  veo3_test_await_status (test, "b", "generating");
  veo3_test_await_status (test, "c", "generating");
  veo3_test_kill (test, process);
  before = veo3_test_job (test, "a", "operation_name");
  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "operation_name", before);
  assert_three_clips (test);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A retired model costs nothing, says which it is, and ends the run with exit 3. */
static void
test_model_gone (void)
{
  g_autoptr (Veo3Test) test = new_test ("[emulator]\nretired-models=all\n");
  g_autofree char *message = NULL;

  veo3_test_expect (test, "run", 3);
  veo3_test_assert_job (test, "a", "error_code", "model_gone");
  message = veo3_test_job (test, "a", "error_message");
  veo3_test_assert_says (message, "veo-3.1-fast-generate-001");
  veo3_test_assert_says (message, "VEO3_MODEL");
  g_assert_cmpuint (veo3_test_count (test, "poll"), ==, 0);
}

/* What the settings say of a clip is in the paid request, with the picture's own bytes. */
static void
test_wishes (void)
{
  g_autoptr (Veo3Test) test = new_test ("[emulator]\nclip=bytes:200KiB\n");
  json_object *submit;

  veo3_test_write_picture (test, "frame.png");
  veo3_test_set_plugin_keys (test, "clip-count=1\nfirst-frame=frame.png\nseed=4294967295\n"
                                   "negative-prompt=fog, \"rain\"\n"
                                   "person-generation=allow_adult\n");
  veo3_test_expect (test, "run", 0);
  assert_clip (test, "a");
  submit = veo3_test_only_request (test, "submit");
  g_assert_cmpstr (emulator_log_string (submit, "body/instances/0/image/bytesBase64Encoded"), ==,
                   VEO3_TEST_PICTURE_BASE64);
  g_assert_cmpstr (emulator_log_string (submit, "body/instances/0/image/mimeType"), ==,
                   "image/png");
  g_assert_cmpstr (emulator_log_string (submit, "body/parameters/negativePrompt"), ==,
                   "fog, \"rain\"");
  g_assert_cmpstr (emulator_log_string (submit, "body/parameters/personGeneration"), ==,
                   "allow_adult");
  g_assert_cmpint (emulator_log_int (submit, "body/parameters/seed"), ==, G_MAXUINT32);
  json_object_put (submit);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/vertex/three-clips", test_three_clips);
  g_test_add_func ("/veo3/vertex/service-account", test_service_account);
  g_test_add_func ("/veo3/vertex/broken", test_broken);
  g_test_add_func ("/veo3/vertex/renewed", test_renewed);
  g_test_add_func ("/veo3/vertex/refused", test_refused);
  g_test_add_func ("/veo3/vertex/no-token", test_no_token);
  g_test_add_func ("/veo3/vertex/token-later", test_token_later);
  g_test_add_func ("/veo3/vertex/settings", test_settings);
  g_test_add_func ("/veo3/vertex/failed", test_failed);
  g_test_add_func ("/veo3/vertex/uncertain", test_uncertain);
  g_test_add_func ("/veo3/vertex/killed", test_killed);
  g_test_add_func ("/veo3/vertex/model-gone", test_model_gone);
  g_test_add_func ("/veo3/vertex/wishes", test_wishes);
  return g_test_run ();
}
