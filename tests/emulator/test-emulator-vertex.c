/* SPDX-License-Identifier: MIT */
/*
 * The Vertex wire: what it refuses, what it finds out too late, the way of a clip inline and by way
 * of a bucket, and the same directives as on every wire.
 *
 * Each test has an emulator of its own; nothing is waited for without a deadline.
 */
#include "tests/emulator/emulator-test.h"

#include <string.h>

#define PARENT                                                                                     \
  "projects/my-project/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001"
#define LITE_PARENT                                                                                \
  "projects/my-project/locations/us-central1/publishers/google/models/veo-3.1-lite-generate-001"
#define JSON_TYPE "Content-Type: application/json\r\n"
#define IMAGE "{\"bytesBase64Encoded\":\"iVBORw0KGgo=\",\"mimeType\":\"image/png\"}"
#define GCS_IMAGE "{\"gcsUri\":\"gs://b/first.png\",\"mimeType\":\"image/png\"}"
#define UNSUPPORTED(field)                                                                         \
  "`" field "` isn't supported by this model. Please remove it or refer to the Vertex AI "         \
  "documentation for supported usage."
#define POLL_PAUSE_US 20000

typedef struct
{
  const gchar *instance;   /* members after the prompt, or NULL */
  const gchar *parameters; /* members, or NULL */
  const gchar *text;       /* of the refusal; NULL = accepted */
} Row;

static const Row rows[] = {
  { NULL, NULL, NULL },
  { NULL,
    "\"sampleCount\":2,\"storageUri\":\"gs://b/out/\",\"durationSeconds\":8,\"seed\":4294967295,"
    "\"aspectRatio\":\"9:16\",\"resolution\":\"1080p\",\"personGeneration\":\"allow_adult\","
    "\"negativePrompt\":\"text\",\"enhancePrompt\":true,\"generateAudio\":true,"
    "\"compressionQuality\":\"OPTIMIZED\",\"resizeMode\":\"PAD\",\"fps\":24",
    NULL },
  { ",\"image\":" GCS_IMAGE ",\"lastFrame\":" IMAGE, "\"durationSeconds\":8", NULL },
  { ",\"referenceImages\":[{\"image\":" IMAGE ",\"referenceType\":\"ASSET\"}]", NULL, NULL },
  { ",\"video\":{\"gcsUri\":\"gs://b/a.mp4\",\"mimeType\":\"video/mp4\"}", NULL, NULL },
  { NULL, "\"durationSeconds\":\"6\"",
    "The value type for `durationSeconds` needs to be a number." },
  { NULL, "\"numberOfVideos\":1", UNSUPPORTED ("numberOfVideos") },
  { NULL, "\"sampleCount\":5",
    "The number value for `sampleCount` is out of bound. Please provide a value between 1 and 4, "
    "inclusive." },
  { NULL, "\"seed\":4294967296",
    "The number value for `seed` is out of bound. Please provide a value between 0 and 4294967295, "
    "inclusive." },
  { NULL, "\"seed\":\"7\"", "The value type for `seed` needs to be int." },
  { NULL, "\"negativePrompt\":7", "The value type for `negativePrompt` needs to be string." },
  { NULL, "\"generateAudio\":false,\"negativePrompt\":\"fog\"", NULL },
  { NULL, "\"seed\":1.5", "The value type for `seed` needs to be int." },
  { NULL, "\"storageUri\":\"b/out\"", "`storageUri` needs to begin with gs://." },
  { NULL, "\"storageUri\":\"gs://\"", "`storageUri` needs to begin with gs://." },
  { NULL, "\"aspectRatio\":\"1:1\"", "1:1 for aspectRatio is currently not supported." },
  { NULL, "\"resolution\":\"480p\"", "480p for resolution is currently not supported." },
  { NULL, "\"personGeneration\":\"allow_all\"",
    "allow_all for personGeneration is currently not supported." },
  { NULL, "\"generateAudio\":\"yes\"", "The value type for `generateAudio` needs to be boolean." },
  { ",\"image\":{\"inlineData\":{}}", NULL, UNSUPPORTED ("inlineData") },
  { ",\"image\":{\"bytesBase64Encoded\":\"AAAA\",\"gcsUri\":\"gs://b/a\","
    "\"mimeType\":\"image/png\"}",
    NULL, "`image` needs one of `bytesBase64Encoded` and `gcsUri`." },
  { ",\"image\":{\"gcsUri\":\"https://b/a\",\"mimeType\":\"image/png\"}", NULL,
    "`gcsUri` of `image` needs to begin with gs://." },
  { ",\"image\":{\"bytesBase64Encoded\":\"A A!\",\"mimeType\":\"image/png\"}", NULL,
    "Unable to process `image`: its data is not base64." },
  { ",\"image\":{\"gcsUri\":\"gs://b/a\"}", NULL, "Unsupported mime type of `image`." },
  { ",\"image\":{\"bytesBase64Encoded\":\"/9j/4AAQ\",\"mimeType\":\"image/png\"}", NULL,
    "Unable to process `image`: its data is not of its mime type." },
  { ",\"image\":{\"bytesBase64Encoded\":\"iVBORw0KGgo=\",\"mimeType\":\"image/gif\"}", NULL,
    "Unsupported mime type of `image`." },
  { ",\"video\":{\"bytesBase64Encoded\":\"A\",\"mimeType\":\"video/mp4\"}", NULL,
    "Unable to process `video`: its data is not base64." },
  { ",\"video\":{\"gcsUri\":\"gs://b/a.mp4\",\"mimeType\":\"video/mp4\"}",
    "\"resolution\":\"1080p\"", "Video extension supports 720p only." },
  { ",\"lastFrame\":" IMAGE, NULL, "`lastFrame` needs `image`." },
  { ",\"image\":" IMAGE ",\"referenceImages\":[]", NULL,
    "`image`, `referenceImages` and `video` exclude each other." },
  { ",\"referenceImages\":[{\"referenceType\":\"asset\"}]", NULL, "`image` is required." },
  { ",\"mask\":{}", NULL, UNSUPPORTED ("mask") },
};

static Exchange *
post (EmulatorClient *emulator, const gchar *token, const gchar *path, const gchar *body)
{
  g_autofree gchar *line = g_strconcat ("POST ", path, NULL);
  g_autofree gchar *headers = g_strconcat (JSON_TYPE "Authorization: Bearer ", token, "\r\n", NULL);

  return emulator_test_request (emulator, line, headers, body);
}

static Exchange *
submit_to (EmulatorClient *emulator, const gchar *token, const gchar *parent, const gchar *body)
{
  g_autofree gchar *path = g_strconcat ("/v1/", parent, ":predictLongRunning", NULL);

  return post (emulator, token, path, body);
}

static Exchange *
poll_once (EmulatorClient *emulator, const gchar *token, const gchar *name)
{
  g_autofree gchar *body = g_strdup_printf ("{\"operationName\":\"%s\"}", name);

  return post (emulator, token, "/v1/" PARENT ":fetchPredictOperation", body);
}

static gchar *
accept (EmulatorClient *emulator, const gchar *token, const gchar *prompt, const gchar *parameters)
{
  g_autofree gchar *body
      = g_strdup_printf ("{\"instances\":[{\"prompt\":\"%s\"}],\"parameters\":{%s}}", prompt,
                         parameters);
  g_autoptr (Exchange) answer = submit_to (emulator, token, PARENT, body);
  json_object *json = emulator_test_parse (answer);
  gchar *name = g_strdup (emulator_log_string (json, "name"));

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_true (g_str_has_prefix (name, PARENT "/operations/"));
  g_assert_true (g_uuid_string_is_valid (strrchr (name, '/') + 1));
  g_assert_false (json_object_object_get_ex (json, "done", NULL));
  json_object_put (json);
  return name;
}

/* Returns: (transfer full): the last answer */
static json_object *
poll_to_end (EmulatorClient *emulator, const gchar *token, const gchar *name)
{
  const gint64 deadline_us = g_get_monotonic_time () + EMULATOR_TEST_DEADLINE_MS * 1000;

  while (TRUE)
    {
      g_autoptr (Exchange) answer = poll_once (emulator, token, name);
      json_object *json = emulator_test_parse (answer);

      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpstr (emulator_log_string (json, "name"), ==, name);
      if (emulator_log_int (json, "done") == 1)
        return json;
      json_object_put (json);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (POLL_PAUSE_US);
    }
}

/* Every row of the field table is accepted or refused; Lite models know less. */
static void
test_fields (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--access-token", "t");
  g_autoptr (Exchange) lite_references
      = submit_to (emulator, "t", LITE_PARENT,
                   "{\"instances\":[{\"prompt\":\"a\",\"referenceImages\":[]}]}");
  g_autoptr (Exchange) lite_4k
      = submit_to (emulator, "t", LITE_PARENT,
                   "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"resolution\":\"4k\"}}");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree gchar *body
          = g_strdup_printf ("{\"instances\":[{\"prompt\":\"a boat\"%s}],\"parameters\":{%s}}",
                             rows[i].instance != NULL ? rows[i].instance : "",
                             rows[i].parameters != NULL ? rows[i].parameters : "");
      g_autoptr (Exchange) answer = submit_to (emulator, "t", PARENT, body);

      g_test_message ("%s", body);
      emulator_test_check_answer (answer, rows[i].text != NULL ? 400 : 200, rows[i].text);
    }
  emulator_test_check_answer (lite_references, 400, UNSUPPORTED ("referenceImages"));
  emulator_test_check_answer (lite_4k, 400, "4k for resolution is currently not supported.");
}

/* Labels stand beside the instances and follow the rules of bills. */
static void
test_labels (void)
{
  static const struct
  {
    const gchar *labels;
    const gchar *needle; /* NULL = accepted */
  } label_rows[] = {
    { "{\"run\":\"20261122-090000-1a2b_broll\",\"team_1\":\"\"}", NULL },
    { "{\"Run\":\"a\"}", "Invalid label key: 'Run'" },
    { "{\"1run\":\"a\"}", "Invalid label key: '1run'" },
    { "{\"\":\"a\"}", "Invalid label key: ''" },
    { "{\"run\":\"A\"}", "Invalid value of label 'run'" },
    { "{\"run\":\"a.b\"}", "Invalid value of label 'run'" },
    { "{\"run\":7}", "Invalid value of label 'run'" },
    { "{\"run\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
      "Invalid value of label 'run'" },
    { "[]", "needs to be an object" },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--access-token", "t");

  for (gsize i = 0; i < G_N_ELEMENTS (label_rows); i++)
    {
      g_autofree gchar *body
          = g_strdup_printf ("{\"instances\":[{\"prompt\":\"a\"}],\"labels\":%s}",
                             label_rows[i].labels);
      g_autoptr (Exchange) answer = submit_to (emulator, "t", PARENT, body);

      g_test_message ("%s", body);
      g_assert_cmpuint (answer->status, ==, label_rows[i].needle != NULL ? 400 : 200);
      if (label_rows[i].needle != NULL)
        g_assert_nonnull (strstr (answer->body, label_rows[i].needle));
    }
}

/* A length that the model cannot do is accepted, and the operation fails with it. */
static void
test_late_errors (void)
{
  static const struct
  {
    const gchar *instance;
    const gchar *parameters;
    const gchar *text;
  } late_rows[] = {
    { "", "\"durationSeconds\":5",
      "Unsupported output video duration 5 seconds, supported durations are [8,4,6] for feature "
      "text_to_video." },
    { "", "\"durationSeconds\":6.5",
      "Unsupported output video duration 6.5 seconds, supported durations are [8,4,6] for feature "
      "text_to_video." },
    { ",\"image\":" IMAGE, "\"durationSeconds\":7",
      "Unsupported output video duration 7 seconds, supported durations are [8,4,6] for feature "
      "image_to_video." },
    { ",\"referenceImages\":[{\"image\":" IMAGE ",\"referenceType\":\"asset\"}]",
      "\"durationSeconds\":4",
      "Unsupported output video duration 4 seconds, supported durations are [8] for feature "
      "reference_to_video." },
    { "", "\"durationSeconds\":6,\"resolution\":\"1080p\"",
      "Unsupported output video duration 6 seconds, supported durations are [8] for feature "
      "text_to_video." },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--access-token", "t");

  for (gsize i = 0; i < G_N_ELEMENTS (late_rows); i++)
    {
      g_autofree gchar *body
          = g_strdup_printf ("{\"instances\":[{\"prompt\":\"a\"%s}],\"parameters\":{%s}}",
                             late_rows[i].instance, late_rows[i].parameters);
      g_autoptr (Exchange) answer = submit_to (emulator, "t", PARENT, body);
      json_object *accepted = emulator_test_parse (answer);
      json_object *ended = NULL;

      g_assert_cmpuint (answer->status, ==, 200);
      ended = poll_to_end (emulator, "t", emulator_log_string (accepted, "name"));
      g_assert_cmpint (emulator_log_int (ended, "error/code"), ==, 3);
      g_assert_cmpstr (emulator_log_string (ended, "error/message"), ==, late_rows[i].text);
      json_object_put (accepted);
      json_object_put (ended);
    }
}

/* Unknown models and places have one 404, whatever else is not a method is a page. */
static void
test_paths (void)
{
  static const gchar body[] = "{\"instances\":[{\"prompt\":\"a\"}]}";
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:1KiB\nretired-models=veo-3.1-generate-001\n",
                             "--access-token", "t");
  static const gchar *const gone[]
      = { "projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-preview",
          "projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001",
          "projects/p/locations/mars-east1/publishers/google/models/veo-3.1-fast-generate-001" };
  static const gchar *const pages[]
      = { "POST /v1/projects/p/locations/l/publishers/google/models/m:predict",
          "POST /v1/projects/p/locations/l/publishers/acme/models/m:predictLongRunning",
          "POST /v2/" PARENT ":predictLongRunning", "GET /v1/" PARENT ":predictLongRunning" };
  g_autofree gchar *name = accept (emulator, "t", "a", "");
  g_autofree gchar *get = g_strconcat ("GET /v1/", name, NULL);
  g_autoptr (Exchange) got
      = emulator_test_request (emulator, get, "Authorization: Bearer t\r\n", NULL);
  g_autoptr (Exchange) beta = post (emulator, "t", "/v1beta1/" PARENT ":predictLongRunning", body);
  g_autoptr (Exchange) express
      = post (emulator, "t",
              "/v1beta1/publishers/google/models/veo-3.1-generate-001:predictLongRunning", body);

  for (gsize i = 0; i < G_N_ELEMENTS (gone); i++)
    {
      g_autoptr (Exchange) answer = submit_to (emulator, "t", gone[i], body);
      g_autofree gchar *message = emulator_test_message (answer);
      g_autofree gchar *needle = g_strdup_printf (
          "Publisher Model `%s` was not found or your project does not have access to it", gone[i]);

      g_assert_cmpuint (answer->status, ==, 404);
      g_assert_nonnull (strstr (message, needle));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      g_autoptr (Exchange) page
          = emulator_test_request (emulator, pages[i], JSON_TYPE "Authorization: Bearer t\r\n",
                                   body);

      g_assert_cmpuint (page->status, ==, 404);
      g_assert_nonnull (strstr (page->body, "<!DOCTYPE html>"));
    }
  g_assert_cmpuint (got->status, ==, 404);
  g_assert_cmpuint (beta->status, ==, 200);
  emulator_test_check_answer (express, 400, "Invalid resource field value in the request.");
}

/* A poll must name an operation of the very endpoint it asks. */
static void
test_bad_polls (void)
{
  static const gchar path[] = "/v1/" PARENT ":fetchPredictOperation";
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--access-token", "t");
  g_autoptr (Exchange) empty = post (emulator, "t", path, "{}");
  g_autoptr (Exchange) none = post (emulator, "t", path, "");
  g_autoptr (Exchange) more
      = post (emulator, "t", path, "{\"operationName\":\"a\",\"name\":\"a\"}");
  g_autoptr (Exchange) foreign = poll_once (emulator, "t", "projects/other/operations/a");
  g_autoptr (Exchange) unknown
      = poll_once (emulator, "t", PARENT "/operations/6f1c0000-0000-4000-8000-000000000000");
  g_autofree gchar *operation = emulator_test_accept (emulator, "a boat of the other wire");
  g_autofree gchar *disguised
      = g_strconcat (PARENT "/operations/", strrchr (operation, '/') + 1, NULL);
  g_autoptr (Exchange) of_gemini = poll_once (emulator, "t", disguised);

  emulator_test_check_answer (empty, 400, "`operationName` is required.");
  emulator_test_check_answer (none, 400,
                              "Invalid JSON payload received. Unexpected end of string or token.");
  emulator_test_check_answer (
      more, 400, "Invalid JSON payload received. Unknown name \"name\": Cannot find field.");
  emulator_test_check_answer (
      foreign, 400, "The `operationName` does not belong to the endpoint that was asked.");
  emulator_test_check_answer (unknown, 404, "Requested entity was not found.");
  emulator_test_check_answer (of_gemini, 404, "Requested entity was not found.");
}

/* Without a bucket the clips stand in the answer, as many as were asked for, and large ones too. */
static void
test_inline (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *token = emulator_test_fetch_token (emulator);
  g_autofree gchar *name
      = accept (emulator, token, "[[clip: bytes:3MiB]] a boat", "\"sampleCount\":2");
  json_object *json = poll_to_end (emulator, token, name);
  const gchar *text = emulator_log_string (json, "response/videos/1/bytesBase64Encoded");
  gsize size_bytes = 0;
  g_autofree guchar *clip = g_base64_decode (text, &size_bytes);

  g_assert_cmpuint (size_bytes, ==, 3 * 1024 * 1024);
  g_assert_cmpmem (clip + 4, 4, "ftyp", 4);
  g_assert_cmpstr (emulator_log_string (json, "response/@type"), ==,
                   "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse");
  g_assert_cmpstr (emulator_log_string (json, "response/videos/0/mimeType"), ==, "video/mp4");
  g_assert_cmpint (emulator_log_int (json, "response/raiMediaFilteredCount"), ==, 0);
  g_assert_null (emulator_log_string (json, "response/videos/0/gcsUri"));
  json_object_put (json);
}

static Exchange *
get_object (EmulatorClient *emulator, const gchar *token, const gchar *path, const gchar *range)
{
  g_autofree gchar *line = g_strconcat ("GET ", path, NULL);
  g_autofree gchar *headers
      = token != NULL ? g_strconcat ("Authorization: Bearer ", token, "\r\n", range, NULL) : NULL;

  return emulator_test_request (emulator, line, headers, NULL);
}

/* With a bucket they stand there: media with a token, ranges, and what is to be said about them. */
static void
test_bucket (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *token = emulator_test_fetch_token (emulator);
  g_autofree gchar *name = accept (emulator, token, "[[download: 503 x1]] a boat",
                                   "\"storageUri\":\"gs://my-bucket/out\"");
  json_object *json = poll_to_end (emulator, token, name);
  const gchar *uri = emulator_log_string (json, "response/videos/0/gcsUri");
  g_autofree gchar *object = g_uri_escape_string (uri + strlen ("gs://my-bucket/"), NULL, FALSE);
  g_autofree gchar *path = g_strconcat ("/storage/v1/b/my-bucket/o/", object, NULL);
  g_autofree gchar *media = g_strconcat (path, "?alt=media", NULL);
  g_autofree gchar *bare = g_strconcat ("/storage/v1/b/my-bucket/o/",
                                        uri + strlen ("gs://my-bucket/"), "?alt=media", NULL);
  g_autoptr (Exchange) busy = get_object (emulator, token, media, NULL);
  g_autoptr (Exchange) clip = get_object (emulator, token, media, NULL);
  g_autoptr (Exchange) part = get_object (emulator, token, media, "Range: bytes=10-19\r\n");
  g_autoptr (Exchange) about = get_object (emulator, token, path, NULL);
  g_autoptr (Exchange) anonymous = get_object (emulator, NULL, media, NULL);
  g_autoptr (Exchange) unescaped = get_object (emulator, token, bare, NULL);
  g_autoptr (Exchange) missing
      = get_object (emulator, token, "/storage/v1/b/my-bucket/o/a?alt=media", NULL);

  g_assert_true (g_str_has_prefix (uri, "gs://my-bucket/out/"));
  g_assert_true (g_str_has_suffix (uri, "/sample_0.mp4"));
  g_assert_cmpuint (busy->status, ==, 503);
  g_assert_cmpuint (clip->status, ==, 200);
  g_assert_cmpuint (clip->body_bytes, ==, 4096);
  g_assert_cmpmem (part->body, part->body_bytes, clip->body + 10, 10);
  g_assert_nonnull (strstr (about->body, "\"size\":\"4096\""));
  g_assert_cmpuint (anonymous->status, ==, 401);
  g_assert_cmpuint (unescaped->status, ==, 404);
  g_assert_cmpuint (missing->status, ==, 404);
  g_assert_cmpuint (emulator_client_count (emulator, "download", "\"wire\":\"vertex\""), ==, 7);
  json_object_put (json);
}

/* The ends of an operation, in this wire's form. */
static void
test_results (void)
{
  static const gchar *const result_rows[][2] = {
    { "[[result: done-only]] a", "{\"name\":\"*\",\"done\":true}" },
    { "[[result: empty]] a", "GenerateVideoResponse\"}}" },
    { "[[result: empty-uri]] a", "{\"bytesBase64Encoded\":\"\",\"mimeType\":\"video/mp4\"}" },
    { "[[result: error 14]] a", "\"error\":{\"code\":14," },
    { "[[result: filtered code=42237218]] a",
      "\"raiMediaFilteredCount\":1,\"raiMediaFilteredReasons\":[\"Veo could not generate" },
    { "[[result: refused]] a", "\"raiMediaFilteredCount\":1" },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--access-token", "t");

  for (gsize i = 0; i < G_N_ELEMENTS (result_rows); i++)
    {
      g_autofree gchar *name = accept (emulator, "t", result_rows[i][0], "");
      json_object *json = poll_to_end (emulator, "t", name);
      const gchar *text = NULL;

      json_object_object_add (json, "name", json_object_new_string ("*"));
      text = json_object_to_json_string_ext (json, JSON_C_TO_STRING_PLAIN
                                                       | JSON_C_TO_STRING_NOSLASHESCAPE);
      g_test_message ("%s", text);
      g_assert_nonnull (strstr (text, result_rows[i][1]));
      json_object_put (json);
    }
}

/* Faults are in this wire's words; an expired token, a lost answer and a cut poll among them. */
static void
test_faults (void)
{
  static const struct
  {
    const gchar *prompt;
    guint status;
    const gchar *needle;
  } fault_rows[] = {
    { "[[submit: 401]] a", 401, "ACCESS_TOKEN_EXPIRED" },
    { "[[submit: 403]] a", 403, "aiplatform.endpoints.predict" },
    { "[[submit: 429]] a", 429, "long_running_online_prediction_requests_per_base_model" },
    { "[[submit: 429 per-day]] a", 429, "per day" },
    { "[[submit: 429 retry-delay=7s]] a", 429, "\"retryDelay\":\"7s\"" },
    { "[[submit: 500 message='so it is']] a", 500, "so it is" },
    { "[[submit: 503]] a", 503, "\"UNAVAILABLE\"" },
    { "[[submit: 503-html]] a", 503, "<!DOCTYPE html>" },
    { "[[submit: accept-close]] a", 0, "" },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--access-token", "t");
  g_autofree gchar *name = accept (emulator, "t", "[[poll: cut=20 x1]] a boat", "");
  g_autoptr (Exchange) cut = poll_once (emulator, "t", name);
  json_object *json = poll_to_end (emulator, "t", name);

  for (gsize i = 0; i < G_N_ELEMENTS (fault_rows); i++)
    {
      g_autofree gchar *body
          = g_strdup_printf ("{\"instances\":[{\"prompt\":\"%s\"}]}", fault_rows[i].prompt);
      g_autoptr (Exchange) answer = submit_to (emulator, "t", PARENT, body);

      g_test_message ("%s", fault_rows[i].prompt);
      g_assert_cmpuint (answer->status, ==, fault_rows[i].status);
      g_assert_nonnull (strstr (answer->body, fault_rows[i].needle));
    }
  g_assert_cmpuint (cut->body_bytes, ==, 20);
  g_assert_cmpint (emulator_log_int (json, "done"), ==, 1);
  g_assert_cmpuint (emulator_client_count (emulator, "submit", "\"operation\":null"), ==,
                    G_N_ELEMENTS (fault_rows) - 1);
  json_object_put (json);
}

/* The log tells wire, prompt, digest and quota project of a request. */
static void
test_log (void)
{
  static const gchar body[] = "{\"instances\":[{\"prompt\":\"a boat\"}]}";
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--access-token", "t");
  g_autofree gchar *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body, -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (Exchange) answer = emulator_test_request (
      emulator, "POST /v1/" PARENT ":predictLongRunning",
      JSON_TYPE "Authorization: Bearer t\r\nx-goog-user-project: quota-project\r\n", body);
  g_autoptr (GPtrArray) log = emulator_client_read_log (emulator, &error);
  json_object *entry = g_ptr_array_index (log, 0);

  g_assert_no_error (error);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (emulator_log_string (entry, "wire"), ==, "vertex");
  g_assert_cmpstr (emulator_log_string (entry, "method"), ==, "POST");
  g_assert_cmpstr (emulator_log_string (entry, "kind"), ==, "submit");
  g_assert_cmpstr (emulator_log_string (entry, "prompt"), ==, "a boat");
  g_assert_cmpstr (emulator_log_string (entry, "body_sha256"), ==, digest);
  g_assert_cmpstr (emulator_log_string (entry, "model"), ==, "veo-3.1-fast-generate-001");
  g_assert_cmpstr (emulator_log_string (entry, "headers/user-project"), ==, "quota-project");
  g_assert_true (
      g_str_has_prefix (emulator_log_string (entry, "operation"), PARENT "/operations/"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/vertex/fields", test_fields);
  g_test_add_func ("/emulator/vertex/labels", test_labels);
  g_test_add_func ("/emulator/vertex/late-errors", test_late_errors);
  g_test_add_func ("/emulator/vertex/paths", test_paths);
  g_test_add_func ("/emulator/vertex/bad-polls", test_bad_polls);
  g_test_add_func ("/emulator/vertex/inline", test_inline);
  g_test_add_func ("/emulator/vertex/bucket", test_bucket);
  g_test_add_func ("/emulator/vertex/results", test_results);
  g_test_add_func ("/emulator/vertex/faults", test_faults);
  g_test_add_func ("/emulator/vertex/log", test_log);
  return g_test_run ();
}
