/* SPDX-License-Identifier: MIT */
/*
 * The emulator as a service: its refusals letter by letter, the way of a clip from submit to
 * download, the results an operation can have, and its clips.
 *
 * Each test has an emulator of its own; nothing is waited for without a deadline.
 */
#include "tests/emulator/emulator-test.h"

#include <string.h>

/* Sends a request as it is. */
static Exchange *
send_plain (EmulatorClient *emulator, const gchar *request)
{
  return emulator_test_exchange (emulator_client_get_port (emulator), request,
                                 EMULATOR_TEST_DEADLINE_MS);
}

/* Without a key 403, with a wrong one 400 API_KEY_INVALID, with one in the query 400. */
static void
test_keys (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--api-key", "test-key");
  g_autoptr (Exchange) none
      = send_plain (emulator,
                    "GET /v1beta/models HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  g_autoptr (Exchange) wrong
      = send_plain (emulator, "GET /v1beta/models HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                              "x-goog-api-key: other\r\n\r\n");
  g_autoptr (Exchange) query = emulator_test_get (emulator, "/v1beta/models?key=test-key", NULL);
  g_autoptr (Exchange) right = emulator_test_get (emulator, "/v1beta/models", NULL);
  g_autofree gchar *log = NULL;

  emulator_test_check_answer (
      none, 403,
      "Method doesn't allow unregistered callers (callers without established identity). "
      "Please use API Key or other form of API consumer identity to call this API.");
  emulator_test_check_answer (wrong, 400, "API key not valid. Please pass a valid API key.");
  g_assert_nonnull (strstr (wrong->body, "API_KEY_INVALID"));
  g_assert_cmpuint (query->status, ==, 400);
  g_assert_cmpuint (right->status, ==, 200);
  g_assert_true (g_file_get_contents (emulator_client_get_log_path (emulator), &log, NULL, NULL));
  g_assert_null (strstr (log, "test-key"));
  g_assert_nonnull (strstr (log, "key=REDACTED"));
}

/* Known, retired and unknown models, for submits and for the check that costs nothing. */
static void
test_models (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (
      "[emulator]\nretired-models=veo-3.1-generate-preview\nclip=bytes:1KiB\n", NULL, NULL);
  g_autoptr (Exchange) unknown
      = emulator_test_submit_body (emulator, "veo-9", "{\"instances\":[{\"prompt\":\"a\"}]}");
  g_autoptr (Exchange) retired = emulator_test_submit_body (emulator, "veo-3.1-generate-preview",
                                                            "{\"instances\":[{\"prompt\":\"a\"}]}");
  g_autoptr (Exchange) old
      = emulator_test_get (emulator, "/v1beta/models/veo-2.0-generate-001", NULL);
  g_autoptr (Exchange) known
      = emulator_test_get (emulator, "/v1beta/models/" EMULATOR_TEST_MODEL, NULL);
  g_autoptr (Exchange) list = emulator_test_get (emulator, "/v1beta/models", NULL);

  emulator_test_check_answer (
      unknown, 404,
      "models/veo-9 is not found for API version v1beta, or is not supported for "
      "predictLongRunning. Call ListModels to see the list of available models and their "
      "supported methods.");
  g_assert_cmpuint (retired->status, ==, 404);
  g_assert_nonnull (strstr (retired->body, "is no longer available"));
  g_assert_cmpuint (old->status, ==, 404);
  g_assert_nonnull (strstr (old->body, "is no longer available"));
  g_assert_cmpuint (known->status, ==, 200);
  g_assert_nonnull (strstr (known->body, "predictLongRunning"));
  g_assert_null (strstr (list->body, "models/veo-3.1-generate-preview"));
  g_assert_nonnull (strstr (list->body, "models/veo-3.1-lite-generate-preview"));
}

/* What the service does not have is a page of the front end, an unknown operation an envelope. */
static void
test_unknown_paths (void)
{
  static const gchar *const pages[] = { "/", "/v1/models", "/v1beta/models/", "/v1beta/nothing",
                                        "/v1beta/models/m:generateContent" };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) operation
      = emulator_test_get (emulator,
                           "/v1beta/models/" EMULATOR_TEST_MODEL "/operations/abcdefghijkl", NULL);
  g_autoptr (Exchange) file
      = emulator_test_get (emulator, "/v1beta/files/abcdefghijkl:download?alt=media", NULL);
  g_autoptr (Exchange) list
      = emulator_test_get (emulator, "/v1beta/models/" EMULATOR_TEST_MODEL "/operations", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      g_autoptr (Exchange) page = emulator_test_get (emulator, pages[i], NULL);

      g_assert_cmpuint (page->status, ==, 404);
      g_assert_nonnull (strstr (page->body, "<!DOCTYPE html>"));
    }
  emulator_test_check_answer (operation, 404, "Requested entity was not found.");
  emulator_test_check_answer (file, 404, "Requested entity was not found.");
  g_assert_cmpuint (list->status, ==, 501);
}

/* A clip goes from submit through running polls, a redirect and a download; the log has it all. */
static void
test_happy_flow (void)
{
  const gchar *options[] = { "--generation-time", "60ms", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EmulatorClient) emulator
      = emulator_client_start (options, "[emulator]\nclip=bytes:5000\n", &error);
  g_autofree gchar *path = emulator_test_make_clip (emulator, "a boat");
  g_autoptr (Exchange) clip = emulator_test_follow (emulator, path, NULL);
  g_autofree gchar *type = emulator_test_header (clip, "Content-Type");
  g_autofree gchar *length = emulator_test_header (clip, "Content-Length");
  g_autoptr (GPtrArray) log = emulator_client_read_log (emulator, &error);
  json_object *submit = g_ptr_array_index (log, 0);

  g_assert_no_error (error);
  g_assert_cmpuint (clip->body_bytes, ==, 5000);
  g_assert_cmpstr (length, ==, "5000");
  g_assert_cmpstr (type, ==, "video/mp4");
  g_assert_cmpmem (clip->body + 4, 4, "ftyp", 4);
  g_assert_cmpstr (emulator_log_string (submit, "kind"), ==, "submit");
  g_assert_cmpstr (emulator_log_string (submit, "model"), ==, EMULATOR_TEST_MODEL);
  g_assert_cmpstr (emulator_log_string (submit, "body/instances/0/prompt"), ==, "a boat");
  g_assert_cmpint (emulator_log_int (submit, "headers/has_key"), ==, 1);
  g_assert_cmpint (emulator_log_int (submit, "status"), ==, 200);
  g_assert_cmpint (emulator_log_int (submit, "seq"), ==, 1);
  g_assert_nonnull (emulator_log_string (submit, "operation"));
  g_assert_cmpuint (emulator_client_count (emulator, "poll", NULL), >=, 2);
  g_assert_cmpuint (emulator_client_count (emulator, "download", NULL), ==, 2);
  g_assert_true (emulator_client_stop (emulator, &error));
  g_assert_no_error (error);
}

/* While an operation runs, `done` is absent first and false now and then. */
static void
test_running (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *path = emulator_test_accept (emulator, "[[result: never]] a boat");
  guint absent = 0;
  guint explicit_false = 0;

  for (guint i = 0; i < 6; i++)
    {
      g_autoptr (Exchange) answer = emulator_test_get (emulator, path, NULL);

      g_assert_null (strstr (answer->body, "true"));
      if (strstr (answer->body, "\"done\":false") != NULL)
        explicit_false++;
      else if (strstr (answer->body, "done") == NULL)
        absent++;
      g_assert_cmpuint (absent, >, 0);
    }
  g_assert_cmpuint (absent, ==, 4);
  g_assert_cmpuint (explicit_false, ==, 2);
}

/* An operation error is done with code and message, and without a response. */
static void
test_result_error (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:1000\n[result]\nresults=ok x1; error 8 x1\n",
                             NULL, NULL);
  g_autofree gchar *first = emulator_test_make_clip (emulator, "a boat");
  g_autofree gchar *second = emulator_test_accept (emulator, "a boat");
  g_autofree gchar *third
      = emulator_test_accept (emulator, "[[result: error 13 message='come again']] a boat");
  json_object *exhausted = emulator_test_poll (emulator, second);
  json_object *internal = emulator_test_poll (emulator, third);

  g_assert_nonnull (first);
  g_assert_cmpint (emulator_log_int (exhausted, "error/code"), ==, 8);
  g_assert_cmpint (emulator_log_int (internal, "error/code"), ==, 13);
  g_assert_cmpstr (emulator_log_string (internal, "error/message"), ==, "come again");
  g_assert_false (json_object_object_get_ex (internal, "response", NULL));
  json_object_put (exhausted);
  json_object_put (internal);
}

/* A filtered clip is done without error and without a list, with a count and a support code. */
static void
test_result_filtered (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *path
      = emulator_test_accept (emulator, "[[result: filtered code=89371032]] a boat");
  json_object *json = emulator_test_poll (emulator, path);
  const gchar *reason
      = emulator_log_string (json, "response/generateVideoResponse/raiMediaFilteredReasons/0");

  g_assert_false (json_object_object_get_ex (json, "error", NULL));
  g_assert_null (strstr (json_object_to_json_string (json), "generatedSamples"));
  g_assert_cmpint (emulator_log_int (json, "response/generateVideoResponse/raiMediaFilteredCount"),
                   ==, 1);
  g_assert_nonnull (reason);
  g_assert_nonnull (strstr (reason, "Support codes: 89371032"));
  json_object_put (json);
}

/* The empty results: nothing at all, an empty response, an empty uri. */
static void
test_result_empty (void)
{
  static const gchar *const rows[][2] = {
    { "[[result: done-only]] a", "{\"name\":\"*\",\"done\":true}" },
    { "[[result: empty]] a", "\"generateVideoResponse\":{}}}" },
    { "[[result: empty-uri]] a", "{\"video\":{\"uri\":\"\"}}" },
    { "[[result: filtered-audio]] a", "an issue with the audio for your prompt" },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree gchar *path = emulator_test_accept (emulator, rows[i][0]);
      json_object *json = emulator_test_poll (emulator, path);

      json_object_object_add (json, "name", json_object_new_string ("*"));
      g_assert_nonnull (
          strstr (json_object_to_json_string_ext (json, JSON_C_TO_STRING_PLAIN), rows[i][1]));
      json_object_put (json);
    }
}

/* The File resource prints its size as a string and hashes the very bytes. */
static void
test_file_metadata (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *path = emulator_test_make_clip (emulator, "[[clip: bytes:3000]] a boat");
  g_autoptr (Exchange) clip = emulator_test_follow (emulator, path, NULL);
  g_autofree gchar *file_path = g_strndup (path, strcspn (path + 1, ":") + 1);
  g_autoptr (Exchange) file = emulator_test_get (emulator, file_path, NULL);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *digest = NULL;
  json_object *json = json_tokener_parse (file->body);
  guint8 raw[32];
  gsize raw_bytes = sizeof raw;

  g_checksum_update (checksum, (const guchar *)clip->body, (gssize)clip->body_bytes);
  g_checksum_get_digest (checksum, raw, &raw_bytes);
  digest = g_base64_encode (raw, raw_bytes);
  g_assert_cmpstr (emulator_log_string (json, "sizeBytes"), ==, "3000");
  g_assert_cmpstr (emulator_log_string (json, "sha256Hash"), ==, digest);
  g_assert_cmpstr (emulator_log_string (json, "state"), ==, "ACTIVE");
  g_assert_nonnull (emulator_log_string (json, "expirationTime"));
  json_object_put (json);
}

/* Addresses of files may name Google's host, and be found on this one all the same. */
static void
test_google_uris (void)
{
  const gchar *options[] = { "--google-uris", "--generation-time", "0ms", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EmulatorClient) emulator
      = emulator_client_start (options, "[emulator]\nclip=bytes:1000\ndownload=direct\n", &error);
  g_autofree gchar *operation_path = emulator_test_accept (emulator, "a boat");
  json_object *json = emulator_test_poll (emulator, operation_path);
  const gchar *uri
      = emulator_log_string (json, "response/generateVideoResponse/generatedSamples/0/video/uri");
  g_autoptr (Exchange) clip = emulator_test_get (emulator, strstr (uri, "/v1beta/"), NULL);

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (uri, "https://generativelanguage.googleapis.com/v1beta/files/"));
  g_assert_cmpuint (clip->body_bytes, ==, 1000);
  json_object_put (json);
}

/* One range is served, an impossible one is 416, a stale If-Range gets everything. */
static void
test_ranges (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:1000\ndownload=direct\n", NULL, NULL);
  g_autofree gchar *path = emulator_test_make_clip (emulator, "a boat");
  g_autoptr (Exchange) whole = emulator_test_get (emulator, path, NULL);
  g_autofree gchar *etag = emulator_test_header (whole, "ETag");
  g_autofree gchar *fresh = g_strconcat ("Range: bytes=900-\r\nIf-Range: ", etag, "\r\n", NULL);
  g_autoptr (Exchange) middle = emulator_test_get (emulator, path, "Range: bytes=10-19\r\n");
  g_autoptr (Exchange) end = emulator_test_get (emulator, path, "Range: bytes=-5\r\n");
  g_autoptr (Exchange) rest = emulator_test_get (emulator, path, fresh);
  g_autoptr (Exchange) stale
      = emulator_test_get (emulator, path, "Range: bytes=900-\r\nIf-Range: \"old\"\r\n");
  g_autoptr (Exchange) beyond = emulator_test_get (emulator, path, "Range: bytes=1000-\r\n");
  g_autoptr (Exchange) several = emulator_test_get (emulator, path, "Range: bytes=0-1,5-6\r\n");
  g_autofree gchar *content_range = emulator_test_header (middle, "Content-Range");
  g_autofree gchar *beyond_range = emulator_test_header (beyond, "Content-Range");

  g_assert_cmpuint (whole->status, ==, 200);
  g_assert_cmpuint (whole->body_bytes, ==, 1000);
  g_assert_cmpuint (middle->status, ==, 206);
  g_assert_cmpmem (middle->body, middle->body_bytes, whole->body + 10, 10);
  g_assert_cmpstr (content_range, ==, "bytes 10-19/1000");
  g_assert_cmpmem (end->body, end->body_bytes, whole->body + 995, 5);
  g_assert_cmpmem (rest->body, rest->body_bytes, whole->body + 900, 100);
  g_assert_cmpuint (stale->status, ==, 200);
  g_assert_cmpuint (stale->body_bytes, ==, 1000);
  g_assert_cmpuint (beyond->status, ==, 416);
  g_assert_cmpstr (beyond_range, ==, "bytes */1000");
  g_assert_cmpuint (several->status, ==, 200);
}

/* A clip can be called another one, come whole whatever was asked for, or as a part that lies about
 * its place, through a redirect as well; the log has the condition. */
static void
test_wrong_ranges (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:1000\n", NULL, NULL);
  g_autofree gchar *path = emulator_test_make_clip (
      emulator, "a boat [[download: ok x1]] [[download: new-etag x1]] [[download: no-ranges x1]] "
                "[[download: wrong-range x1]] [[download: wrong-range=-2 x1]]");
  g_autoptr (Exchange) whole = emulator_test_follow (emulator, path, NULL);
  g_autofree gchar *etag = emulator_test_header (whole, "ETag");
  g_autofree gchar *rest = g_strconcat ("Range: bytes=900-\r\nIf-Range: ", etag, "\r\n", NULL);
  g_autoptr (Exchange) renamed = emulator_test_follow (emulator, path, rest);
  g_autoptr (Exchange) all = emulator_test_follow (emulator, path, rest);
  g_autoptr (Exchange) off_by_one = emulator_test_follow (emulator, path, rest);
  g_autoptr (Exchange) off_by_two = emulator_test_follow (emulator, path, rest);
  g_autoptr (Exchange) right = emulator_test_follow (emulator, path, rest);
  g_autofree gchar *other_etag = emulator_test_header (renamed, "ETag");
  g_autofree gchar *same_etag = emulator_test_header (all, "ETag");
  g_autofree gchar *offer = emulator_test_header (all, "Accept-Ranges");
  g_autofree gchar *first = emulator_test_header (off_by_one, "Content-Range");
  g_autofree gchar *second = emulator_test_header (off_by_two, "Content-Range");
  g_autofree gchar *log = NULL;

  g_assert_cmpuint (renamed->status, ==, 200);
  g_assert_cmpstr (other_etag, !=, etag);
  g_assert_cmpuint (all->status, ==, 200);
  g_assert_cmpuint (all->body_bytes, ==, 1000);
  g_assert_cmpstr (same_etag, ==, etag);
  g_assert_null (offer);
  g_assert_cmpuint (off_by_one->status, ==, 206);
  g_assert_cmpstr (first, ==, "bytes 901-999/1000");
  g_assert_cmpstr (second, ==, "bytes 898-999/1000");
  g_assert_cmpuint (right->status, ==, 206);
  g_assert_true (g_file_get_contents (emulator_client_get_log_path (emulator), &log, NULL, NULL));
  g_assert_nonnull (strstr (log, "\"if-range\":"));
}

/* Two prompts have two clips, the same prompt has the same. */
static void
test_clips_differ (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *first_path = emulator_test_make_clip (emulator, "a boat");
  g_autofree gchar *second_path = emulator_test_make_clip (emulator, "a kite");
  g_autofree gchar *third_path = emulator_test_make_clip (emulator, "a boat [[poll: ok]]");
  g_autoptr (Exchange) first = emulator_test_follow (emulator, first_path, NULL);
  g_autoptr (Exchange) second = emulator_test_follow (emulator, second_path, NULL);
  g_autoptr (Exchange) third = emulator_test_follow (emulator, third_path, NULL);

  g_assert_cmpuint (first->body_bytes, ==, second->body_bytes);
  g_assert_cmpint (memcmp (first->body, second->body, first->body_bytes), !=, 0);
  g_assert_cmpmem (first->body, first->body_bytes, third->body, third->body_bytes);
}

static gchar *
probe (const gchar *path)
{
  const gchar *argv[] = { "ffprobe",
                          "-v",
                          "error",
                          "-show_entries",
                          "stream=codec_name,width,height,pix_fmt:format=duration",
                          "-of",
                          "csv=p=0",
                          path,
                          NULL };
  gchar *output = NULL;
  g_autoptr (GError) error = NULL;

  (void)g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL,
                      NULL, &error);
  g_assert_no_error (error);
  return output;
}

/* A drawn clip plays: H.264 and AAC, of the size and length that were asked for. */
static void
test_playable_clip (void)
{
  g_autofree gchar *ffmpeg = g_find_program_in_path ("ffmpeg");
  g_autofree gchar *ffprobe = g_find_program_in_path ("ffprobe");
  g_autoptr (EmulatorClient) emulator = NULL;
  g_autoptr (Exchange) answer = NULL;
  g_autoptr (Exchange) clip = NULL;
  g_autofree gchar *operation_path = NULL;
  g_autofree gchar *file = NULL;
  g_autofree gchar *found = NULL;
  json_object *json = NULL;

  if (ffmpeg == NULL || ffprobe == NULL)
    {
      g_test_skip ("ffmpeg is missing");
      return;
    }
  emulator = emulator_test_start ("[emulator]\ndownload=direct\n", NULL, NULL);
  answer = emulator_test_submit_body (
      emulator, EMULATOR_TEST_MODEL,
      "{\"instances\":[{\"prompt\":\"It's a \\\"boat\\\": 50% [off], 100\\\\% \\u00e4\"}],"
      "\"parameters\":{\"durationSeconds\":4,\"aspectRatio\":\"9:16\"}}");
  json = json_tokener_parse (answer->body);
  operation_path = g_strconcat ("/v1beta/", emulator_log_string (json, "name"), NULL);
  json_object_put (json);
  json = emulator_test_poll (emulator, operation_path);
  clip = emulator_test_get (
      emulator,
      strstr (emulator_log_string (json,
                                   "response/generateVideoResponse/generatedSamples/0/video/uri"),
              "/v1beta/"),
      NULL);
  json_object_put (json);
  file = g_build_filename (emulator_client_get_folder (emulator), "clip.mp4", NULL);
  g_assert_true (g_file_set_contents (file, clip->body, (gssize)clip->body_bytes, NULL));
  found = probe (file);
  g_assert_nonnull (strstr (found, "h264,360,640,yuv420p"));
  g_assert_nonnull (strstr (found, "aac"));
  g_assert_nonnull (strstr (found, "\n4.0"));
}

/* The default generation time is spread over the operations, an explicit one is exact. */
static void
test_generation_time (void)
{
  const gchar *options[] = { "--generation-time", "150ms", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EmulatorClient) emulator
      = emulator_client_start (options, "[emulator]\nclip=bytes:1000\n", &error);
  const gint64 started_us = g_get_monotonic_time ();
  g_autofree gchar *quick = emulator_test_make_clip (emulator, "[[generation-time: 0ms]] a");
  g_autofree gchar *slow = emulator_test_make_clip (emulator, "b");

  g_assert_no_error (error);
  g_assert_nonnull (quick);
  g_assert_nonnull (slow);
  g_assert_cmpint (g_get_monotonic_time () - started_us, >=, 150000);
  g_assert_cmpuint (emulator_client_count (emulator, "poll", NULL), >=, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/refusals/keys", test_keys);
  g_test_add_func ("/emulator/refusals/models", test_models);
  g_test_add_func ("/emulator/refusals/unknown-paths", test_unknown_paths);
  g_test_add_func ("/emulator/flow/happy", test_happy_flow);
  g_test_add_func ("/emulator/flow/running", test_running);
  g_test_add_func ("/emulator/flow/generation-time", test_generation_time);
  g_test_add_func ("/emulator/result/error", test_result_error);
  g_test_add_func ("/emulator/result/filtered", test_result_filtered);
  g_test_add_func ("/emulator/result/empty", test_result_empty);
  g_test_add_func ("/emulator/file/metadata", test_file_metadata);
  g_test_add_func ("/emulator/file/google-uris", test_google_uris);
  g_test_add_func ("/emulator/file/ranges", test_ranges);
  g_test_add_func ("/emulator/file/wrong-ranges", test_wrong_ranges);
  g_test_add_func ("/emulator/clip/differs-by-prompt", test_clips_differ);
  g_test_add_func ("/emulator/clip/playable", test_playable_clip);
  return g_test_run ();
}
