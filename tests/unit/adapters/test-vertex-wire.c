/* SPDX-License-Identifier: MIT */
/* Vertex AI's JSON, names and places. Pure. */
#include "plugin/adapters/vertex-wire.h"

#include <string.h>

#include "plugin/adapters/inline-clip.h"

#define MODEL "projects/p/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001"
#define NAME MODEL "/operations/6f1c2d34-0000-4000-8000-aabbccddeeff"

/* Each kind of location has its host, and nothing that could name another host is one. */
static void
test_hosts (void)
{
  static const struct
  {
    const char *location;
    const char *url;
  } rows[] = {
    { "us-central1", "https://us-central1-aiplatform.googleapis.com" },
    { "europe-west4", "https://europe-west4-aiplatform.googleapis.com" },
    { "global", "https://aiplatform.googleapis.com" },
    { "us", "https://aiplatform.us.rep.googleapis.com" },
    { "eu", "https://aiplatform.eu.rep.googleapis.com" },
    { "", NULL },
    { "US", NULL },
    { "evil.example/", NULL },
    { "evil.example#", NULL },
    { "a.b", NULL },
    { "-a", NULL },
    { "a-", NULL },
    { "a@b", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *url = vertex_wire_dup_base_url (rows[i].location);

      g_assert_cmpstr (url, ==, rows[i].url);
    }
}

static char *
build (const char *key, const char *storage_uri)
{
  g_autofree char *own = g_strdup (key);
  char prompt[] = "A boat";
  char ratio[] = "9:16";
  Veo3ClipRequest request
      = { .idempotent_key = own, .prompt = prompt, .options.aspect_ratio = ratio, .duration_s = 6 };
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GBytes) bytes = vertex_wire_build_submit (&request, storage_uri, &local_error);
  gsize length;
  const char *text;

  g_assert_no_error (local_error);
  text = g_bytes_get_data (bytes, &length);
  return g_strndup (text, length);
}

/* One sample, and labels by which a line of the bill can be matched. */
static void
test_build (void)
{
  g_autofree char *usual = build ("20261122-090000-1a2b_broll_2", NULL);
  g_autofree char *stored = build ("My.Run_x", "gs://b/out/");

  g_assert_cmpstr (
      usual, ==,
      "{\"instances\":[{\"prompt\":\"A boat\"}],\"parameters\":{\"sampleCount\":1,"
      "\"durationSeconds\":6,\"aspectRatio\":\"9:16\"},\"labels\":{\"pipeline_run\":"
      "\"20261122-090000-1a2b\",\"idempotent_key\":\"20261122-090000-1a2b_broll_2\"}}");
  g_assert_nonnull (strstr (stored, "\"storageUri\":\"gs://b/out/\"}"));
  g_assert_nonnull (strstr (stored, "\"pipeline_run\":\"my-run-"));
  g_assert_nonnull (strstr (stored, "\"idempotent_key\":\"my-run_x-"));
}

/* A poll is a POST beside the model that names the operation. */
static void
test_fetch (void)
{
  g_autofree char *path = vertex_wire_dup_fetch_path (NAME);
  g_autofree char *location = vertex_wire_dup_location (NAME);
  g_autoptr (GBytes) body = vertex_wire_build_fetch (NAME, NULL);
  static const char expected[] = "{\"operationName\":\"" NAME "\"}";

  g_assert_cmpstr (path, ==, MODEL ":fetchPredictOperation");
  g_assert_cmpstr (location, ==, "us-central1");
  g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), expected,
                   strlen (expected));
}

/* A name that could lead elsewhere in a URL is no operation name, neither here nor in an answer. */
static void
test_operation_name (void)
{
  static const char *const bad[] = {
    "",
    "models/m/operations/o",
    MODEL,
    MODEL "/operations/",
    MODEL "/operations/a/b",
    MODEL "/operations/..",
    MODEL "/operations/a?b",
    MODEL "/operations/a%2fb",
    "/" NAME,
    "projects/p/locations/EVIL/publishers/google/models/m/operations/o",
    "projects/p/locations/a.b/publishers/google/models/m/operations/o",
    "projects/../locations/l/publishers/google/models/m/operations/o",
    "projects/p/locations/l/publishers/other/models/m/operations/o",
    "https://evil.example/" NAME,
  };

  g_assert_true (vertex_wire_is_operation_name (NAME));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *answer = g_strdup_printf ("{\"name\":\"%s\"}", bad[i]);
      g_autoptr (GError) local_error = NULL;
      g_autofree char *name = vertex_wire_parse_submit (answer, strlen (answer), &local_error);

      g_test_message ("row %zu", i);
      g_assert_false (vertex_wire_is_operation_name (bad[i]));
      g_assert_null (name);
      g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

typedef struct
{
  const char *name;
  const char *rest;
  Veo3PollClass klass; /* NO_ANSWER = not this operation */
  Veo3ErrorCode code;
  const char *text; /* clip or message */
} PollRow;

#define DONE(rest) "{\"name\":\"" NAME "\",\"done\":true" rest "}"
#define RESPONSE(rest) DONE (",\"response\":{\"@type\":\"t\"," rest "}")
#define VIDEOS(rest) RESPONSE ("\"raiMediaFilteredCount\":0,\"videos\":[" rest "]")
#define INLINE(place) "inline:" place ":" NAME
#define NO_CLIP "the operation is done, but names neither a clip nor a reason"

static const PollRow poll_rows[] = {
  { "running", "{\"name\":\"" NAME "\"}", VEO3_POLL_RUNNING, VEO3_ERROR_CODE_NONE, NULL },
  { "running-false", "{\"done\":false}", VEO3_POLL_RUNNING, VEO3_ERROR_CODE_NONE, NULL },
  { "inline", VIDEOS ("{\"bytesBase64Encoded\":\"@inline:0\",\"mimeType\":\"video/mp4\"}"),
    VEO3_POLL_DONE, VEO3_ERROR_CODE_NONE, INLINE ("0") },
  { "inline-second",
    VIDEOS ("{\"bytesBase64Encoded\":\"\"},{\"bytesBase64Encoded\":\"@inline:1\"}"), VEO3_POLL_DONE,
    VEO3_ERROR_CODE_NONE, INLINE ("1") },
  { "inline-number",
    "{\"name\":\"projects/77/locations/l/x/operations/"
    "6f1c2d34-0000-4000-8000-aabbccddeeff\",\"done\":true,\"response\":{\"videos\":"
    "[{\"bytesBase64Encoded\":\"@inline:0\"}]}}",
    VEO3_POLL_DONE, VEO3_ERROR_CODE_NONE, INLINE ("0") },
  { "stored", VIDEOS ("{\"gcsUri\":\"gs://b/out/1/sample_0.mp4\",\"mimeType\":\"video/mp4\"}"),
    VEO3_POLL_DONE, VEO3_ERROR_CODE_NONE, "gs://b/out/1/sample_0.mp4" },
  { "error-3",
    DONE (",\"error\":{\"code\":3,\"message\":\"Unsupported output video duration 5 seconds, "
          "supported durations are [8,4,6] for feature text_to_video.\"}"),
    VEO3_POLL_FAILED, VEO3_ERROR_CODE_INVALID_REQUEST,
    "the operation failed with code 3: Unsupported output video duration 5 seconds, supported "
    "durations are [8,4,6] for feature text_to_video." },
  { "error-13", DONE (",\"error\":{\"code\":13,\"message\":\"internal\"}"), VEO3_POLL_FAILED,
    VEO3_ERROR_CODE_OPERATION_FAILED, "the operation failed with code 13: internal" },
  { "filtered",
    RESPONSE ("\"raiMediaFilteredCount\":1,\"raiMediaFilteredReasons\":[\"Veo could not generate 1 "
              "videos based on the prompt provided. Support codes: 42237218\"]"),
    VEO3_POLL_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED,
    "Veo could not generate 1 videos based on the prompt provided. Support codes: 42237218 (code "
    "42237218 stands for video safety in general)" },
  { "empty-text", VIDEOS ("{\"bytesBase64Encoded\":\"\"}"), VEO3_POLL_FAILED,
    VEO3_ERROR_CODE_NO_CLIP, NO_CLIP },
  { "no-videos", VIDEOS (""), VEO3_POLL_FAILED, VEO3_ERROR_CODE_NO_CLIP, NO_CLIP },
  { "done-only", DONE (""), VEO3_POLL_FAILED, VEO3_ERROR_CODE_NO_CLIP, NO_CLIP },
  { "other", "{\"name\":\"" MODEL "/operations/other\",\"done\":true}", VEO3_POLL_NO_ANSWER,
    VEO3_ERROR_CODE_NONE, NULL },
  { "other-form", "{\"name\":\"x\",\"done\":true}", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE,
    NULL },
  { "empty", "", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE, NULL },
  { "envelope", "{\"error\":{\"code\":404}}", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE, NULL },
  { "cut", "{\"done\":true,\"response\":{\"vid", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE, NULL },
};

/* One form of an operation, and what it means. */
static void
test_parse_poll (gconstpointer data)
{
  const PollRow *row = data;
  g_auto (VeoOperation) operation = { .klass = VEO3_POLL_NO_ANSWER };
  gboolean known
      = vertex_wire_parse_poll (row->rest, strlen (row->rest), NAME, "SECRET-1", &operation);
  char asked[] = NAME;

  g_assert_cmpint (known, ==, row->klass != VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (operation.klass, ==, row->klass);
  g_assert_cmpint (operation.code, ==, row->code);
  g_assert_cmpstr (row->klass == VEO3_POLL_DONE ? operation.clip_uri : operation.message, ==,
                   row->text);
  g_assert_cmpint (vertex_wire_is_enough (row->rest, strlen (row->rest), asked), ==,
                   row->klass == VEO3_POLL_DONE);
}

/* The clip is where the poll had seen it, or it is not taken. */
static void
test_check_inline (void)
{
  static const char answer[] = VIDEOS ("{\"bytesBase64Encoded\":\"@inline:0\"}");
  static const char cut[] = "{\"done\":true,\"response\":{\"videos\":[{\"bytes";
  static const char running[] = "{\"done\":false}";
  g_autofree char *there = vertex_wire_check_inline (answer, strlen (answer), 0);
  g_autofree char *elsewhere = vertex_wire_check_inline (answer, strlen (answer), 1);
  g_autofree char *half = vertex_wire_check_inline (cut, strlen (cut), 0);
  g_autofree char *early = vertex_wire_check_inline (running, strlen (running), 0);

  g_assert_null (there);
  g_assert_nonnull (elsewhere);
  g_assert_nonnull (half);
  g_assert_nonnull (early);
}

/* A clip's place is read back, and nothing else is a place. */
static void
test_parse_clip (void)
{
  static const struct
  {
    const char *text;
    const char *path;
  } stored[] = {
    { "gs://b-1/out/1208/sample_0.mp4", "b/b-1/o/out%2F1208%2Fsample_0.mp4?alt=media" },
    { "gs://my.bucket_x/a b?c#d%", "b/my.bucket_x/o/a%20b%3Fc%23d%25?alt=media" },
    { "gs://bucket/../x", "b/bucket/o/..%2Fx?alt=media" },
  };
  static const char *const bad[] = {
    "",
    "inline:",
    "inline:0",
    "inline:0:",
    "inline:x:" NAME,
    "inline:-1:" NAME,
    "inline:0:models/m/operations/o",
    "gs://",
    "gs://bucket",
    "gs://bucket/",
    "gs://bucket/..",
    "gs://bucket/.",
    "gs://Bucket/x",
    "gs://b/x",
    "gs://..a/x",
    "gs://a..b/x",
    "gs://bu cket/x",
    "gs://bucket@evil.example/x",
    "gs://bucket/\xff",
    "https://storage.googleapis.com/bucket/x",
    "/etc/passwd",
  };
  g_auto (VertexClip) clip = { .place = 0 };

  g_assert_true (vertex_wire_parse_clip (INLINE ("7"), &clip));
  g_assert_cmpint (clip.place, ==, 7);
  g_assert_cmpstr (clip.operation, ==, NAME);
  g_assert_null (clip.path);
  for (gsize i = 0; i < G_N_ELEMENTS (stored); i++)
    {
      g_auto (VertexClip) found = { .place = 0 };

      g_assert_true (vertex_wire_parse_clip (stored[i].text, &found));
      g_assert_cmpstr (found.path, ==, stored[i].path);
      g_assert_null (found.operation);
      g_assert_cmpint (found.place, ==, INLINE_CLIP_NONE);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto (VertexClip) none = { .place = 0 };

      g_test_message ("row %zu", i);
      g_assert_false (vertex_wire_parse_clip (bad[i], &none));
      g_assert_null (none.operation);
      g_assert_null (none.path);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/vertex-wire/hosts", test_hosts);
  g_test_add_func ("/veo3/vertex-wire/build", test_build);
  g_test_add_func ("/veo3/vertex-wire/fetch", test_fetch);
  g_test_add_func ("/veo3/vertex-wire/operation-name", test_operation_name);
  for (gsize i = 0; i < G_N_ELEMENTS (poll_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/vertex-wire/poll/", poll_rows[i].name, NULL);

      g_test_add_data_func (path, &poll_rows[i], test_parse_poll);
    }
  g_test_add_func ("/veo3/vertex-wire/check-inline", test_check_inline);
  g_test_add_func ("/veo3/vertex-wire/parse-clip", test_parse_clip);
  return g_test_run ();
}
