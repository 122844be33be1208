/* SPDX-License-Identifier: MIT */
/*
 * Downloads and the waiting for them: the bytes are the server's, a final name is never half a
 * clip, and VEO3_AWAIT waits as long as it must and no longer.
 */
#include "tests/fixtures/file-watcher.h"
#include "tests/integration/veo3/veo3-test.h"

#include <curl/curl.h>

/* ---- bytes ---- */

static size_t
append (char *data, size_t size, size_t count, void *user_data)
{
  g_byte_array_append (user_data, (const guint8 *)data, (guint)(size * count));
  return size * count;
}

/* What the emulator serves for the operation of a clip, fetched by another client. */
static char *
served_sha256 (Veo3Test *test, const char *variant)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autofree char *operation = veo3_test_job (test, variant, "operation_name");
  g_autofree char *url
      = g_strdup_printf ("%s/v1beta/%s", emulator_client_get_base_url (test->emulator), operation);
  struct curl_slist *headers = curl_slist_append (NULL, "x-goog-api-key: " VEO3_TEST_KEY);
  CURL *curl = curl_easy_init ();
  json_object *answer = NULL;

  g_assert_nonnull (curl);
  curl_easy_setopt (curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, body);
  curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt (curl, CURLOPT_URL, url);
  g_assert_cmpint (curl_easy_perform (curl), ==, CURLE_OK);
  g_byte_array_append (body, (const guint8 *)"", 1);
  answer = json_tokener_parse ((const char *)body->data);
  g_byte_array_set_size (body, 0);
  curl_easy_setopt (
      curl, CURLOPT_URL,
      emulator_log_string (answer, "response/generateVideoResponse/generatedSamples/0/video/uri"));
  g_assert_cmpint (curl_easy_perform (curl), ==, CURLE_OK);
  json_object_put (answer);
  curl_easy_cleanup (curl);
  curl_slist_free_all (headers);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, body->data, body->len);
}

static char *
stored_sha256 (Veo3Test *test, const char *variant)
{
  g_autofree char *name = g_strdup_printf ("ws/veo3/%s.mp4", variant);
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);
  g_autofree char *data = NULL;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)data, length);
}

/* Each clip is, byte for byte, what the service serves for its operation, as jobs.json says too; no
 * two are the same, and nothing else is left in the folder. */
static void
test_bytes (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[prompt fox]\nclip=bytes:700KiB\n");
  g_autofree char *seen = NULL;
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  g_autofree char *served_a = NULL;
  g_autofree char *served_b = NULL;

  veo3_test_expect (test, "run", 0);
  a = stored_sha256 (test, "a");
  b = stored_sha256 (test, "b");
  served_a = served_sha256 (test, "a");
  served_b = served_sha256 (test, "b");
  g_assert_cmpstr (a, ==, served_a);
  g_assert_cmpstr (b, ==, served_b);
  g_assert_cmpstr (a, !=, b);
  veo3_test_assert_job (test, "a", "sha256", a);
  veo3_test_assert_job (test, "b", "bytes", "716800");
  seen = pipeline_fixture_read (test->fixture, "ws/seen.txt");
  g_assert_cmpstr (seen, ==, "a.mp4\nb.mp4\nc.mp4\njobs.json\n");
}

typedef struct
{
  gsize expected;
  guint n_partial;
} Sizes;

static void
look_at_clip (const char *data, gsize length, gpointer user_data)
{
  Sizes *sizes = user_data;

  (void)data;
  if (length != sizes->expected)
    sizes->n_partial++;
}

/* A clip that is cut, too short or slow in coming is fetched again; under its final name there is
 * never anything but the whole of it. */
static void
test_cut_download (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE,
                       "[emulator]\nclip=bytes:700KiB\n"
                       "[prompt lighthouse]\ndownload=cut=300000 x1; cut-header x1; 503 x1; ok x9\n"
                       "[prompt fox]\ndownload=wrong-length x1; rst x1; ok x9\n"
                       "[prompt river]\ndownload=garbage x1; close x1; ok x9\n");
  g_autofree char *path = pipeline_fixture_path (test->fixture, "ws/veo3/a.mp4");
  Sizes sizes = { .expected = 716800 };
  FileWatcher *watcher = file_watcher_start (path, look_at_clip, &sizes);
  g_autofree char *stored = NULL;
  g_autofree char *served = NULL;

  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (file_watcher_stop (watcher), >=, 1);
  g_assert_cmpuint (sizes.n_partial, ==, 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "b", "status", "completed");
  stored = stored_sha256 (test, "a");
  served = served_sha256 (test, "a");
  g_assert_cmpstr (stored, ==, served);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A clip that the service has forgotten fails alone; the fake adapter's downloads likewise. */
static void
test_gone (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test
      = GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
            ? veo3_test_new (VEO3_TEST_FAKE, "[clip b]\ndownload=gone\n[clip a]\n"
                                             "download=transient x2\n")
            : veo3_test_new (VEO3_TEST_WIRE, "[prompt fox]\ndownload=404\n"
                                             "[prompt lighthouse]\ndownload=503 x2\n");

  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "b", "status", "failed");
  veo3_test_assert_job (test, "b", "error_code", "clip_gone");
  veo3_test_assert_job (test, "c", "status", "completed");
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3/b.mp4"));
}

/* ---- waiting ---- */

static Veo3Test *
new_slow_clips (gconstpointer flavour, const char *generation_time)
{
  Veo3TestFlavour it = GPOINTER_TO_INT (flavour);
  g_autofree char *script
      = g_strdup_printf ("[%s]\ngeneration-time=%s\n", it == VEO3_TEST_FAKE ? "fake" : "emulator",
                         generation_time);

  return veo3_test_new (it, script);
}

/* VEO3_AWAIT ends as soon as the last clip is there, and at once where all of them are there. */
static void
test_await_is_prompt (gconstpointer flavour)
{
  g_autoptr (Veo3Test) slow = new_slow_clips (flavour, "500ms");
  g_autoptr (Veo3Test) quick = new_slow_clips (flavour, "20ms");
  gint64 over_us;

  veo3_test_expect (slow, "run", 0);
  over_us = veo3_test_event_us (slow, "stage-ended", "VEO3_AWAIT", NULL);
  over_us -= MAX (veo3_test_event_us (slow, "item", "a", "completed"),
                  MAX (veo3_test_event_us (slow, "item", "b", "completed"),
                       veo3_test_event_us (slow, "item", "c", "completed")));
  g_assert_cmpint (over_us, <=, 300 * 1000);
  veo3_test_write_pipeline (quick, "CONTENT;LAYOUT_DETECTIVE;VEO3_AWAIT",
                            "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                            "[stage LAYOUT_DETECTIVE]\ncommand=sleep 0.8\n"
                            "[stage VEO3_AWAIT]\nplugin=veo3\n");
  veo3_test_expect (quick, "run", 0);
  over_us = veo3_test_event_us (quick, "stage-ended", "VEO3_AWAIT", NULL)
            - veo3_test_event_us (quick, "stage-started", "VEO3_AWAIT", NULL);
  g_assert_cmpint (over_us, <=, 300 * 1000);
}

/* A clip that gets ready after the last planned look but before the deadline is saved by the look
 * at the deadline itself. */
static void
test_last_poll (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = new_slow_clips (flavour, "600ms");

  veo3_test_set_plugin_keys (test, "timeout=1200ms\npoll-min=50ms\npoll-max=30s\npoll-look=50ms\n"
                                   "poll-prior=29s\n");
  veo3_test_set_prompts (test, "a", "just in time", NULL);
  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "a", "polls", "2");
  if (test->emulator != NULL)
    g_assert_cmpuint (veo3_test_count (test, "poll"), ==, 2);
}

/* A clip that is not ready at the deadline is given up for now, not for good: exit 4, the operation
 * is kept, and nothing is sent for it again. The run, done by then, says the same when it is looked
 * at again; started anew it asks once more. */
static void
test_timed_out (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = new_slow_clips (flavour, "900s");
  g_autoptr (PipelineResult) again = NULL;
  g_autofree char *operation = NULL;
  g_autofree char *still = NULL;

  veo3_test_set_plugin_keys (test, "timeout=400ms\n");
  veo3_test_expect (test, "run", 4);
  veo3_test_assert_job (test, "a", "status", "timed_out");
  veo3_test_assert_job (test, "a", "error_code", "deadline");
  operation = veo3_test_job (test, "a", "operation_name");
  g_assert_nonnull (operation);
  g_assert_true (pipeline_fixture_has (test->fixture, "ws/seen.txt"));
  veo3_test_expect (test, "run", 4);
  veo3_test_expect (test, "resume", 2);
  again = veo3_test_run (test, "run", "--restart", NULL);
  g_assert_cmpint (again->exit_code, ==, 4);
  still = veo3_test_job (test, "a", "operation_name");
  g_assert_cmpstr (operation, ==, still);
  if (test->emulator != NULL)
    g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A pipeline without VEO3_AWAIT waits for the clips after its last stage, and says beforehand that
 * the stages will not see late ones. */
static void
test_no_await (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = new_slow_clips (flavour, "400ms");
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_write_pipeline (
      test, "CONTENT;ASSEMBLY",
      "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
      "[stage ASSEMBLY]\ncommand=sh -c \"ls *.mp4 > seen.txt 2>&1 || true\"\n");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  veo3_test_assert_says (result->err, "no stage uses plugin 'veo3'");
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "c", "status", "completed");
  g_assert_cmpint (veo3_test_event_us (test, "stage-ended", "ASSEMBLY", NULL), <,
                   veo3_test_event_us (test, "item", "c", "completed"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/clips/bytes", test_bytes);
  g_test_add_func ("/veo3/clips/cut-download", test_cut_download);
  veo3_test_add ("/veo3/clips/gone", test_gone);
  veo3_test_add ("/veo3/clips/await-is-prompt", test_await_is_prompt);
  veo3_test_add ("/veo3/clips/last-poll", test_last_poll);
  veo3_test_add ("/veo3/clips/timed-out", test_timed_out);
  veo3_test_add ("/veo3/clips/no-await", test_no_await);
  return g_test_run ();
}
