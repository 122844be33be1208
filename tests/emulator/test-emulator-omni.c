/* SPDX-License-Identifier: MIT */
/*
 * The Interactions API: what it refuses, its three ways to tell of an interaction (polls, a waiting
 * answer, a stream), its ends, cancelling, deleting, and files.
 *
 * Each test has an emulator of its own; nothing is waited for without a deadline. How an
 * interaction runs, without faults; those are in test-emulator-omni-faults.c.
 */
#include "tests/emulator/emulator-omni.h"

#include <string.h>

#define IMAGE "{\"type\":\"image\",\"data\":\"iVBORw0KGgo=\",\"mime_type\":\"image/png\"}"
#define TEXT(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define ACCEPTED NULL

typedef struct
{
  const gchar *members; /* beside model and input */
  const gchar *code;    /* of the refusal; NULL = accepted */
  const gchar *needle;
} Row;

static const Row rows[] = {
  { "\"background\":true", ACCEPTED, NULL },
  { "\"background\":true,\"store\":true,\"stream\":false,\"service_tier\":\"standard\","
    "\"labels\":{\"job\":\"a42\"},\"response_modalities\":[\"video\"],"
    "\"webhook_config\":{\"uris\":[],\"user_metadata\":{}},"
    "\"generation_config\":{\"video_config\":{\"task\":\"text_to_video\"},\"seed\":7}",
    ACCEPTED, NULL },
  { "\"background\":true,\"response_format\":{\"type\":\"video\",\"aspect_ratio\":\"9:16\","
    "\"resolution\":\"1080p\",\"duration\":\"5s\",\"delivery\":\"uri\"}",
    ACCEPTED, NULL },
  { "\"background\":true,\"response_format\":[{\"resolution\":\"4k\"}]", ACCEPTED, NULL },
  { "\"background\":true,\"store\":false", "invalid_request", "'background' requires 'store'" },
  { "\"background\":\"true\"", "invalid_request", "'background'" },
  { "\"generationConfig\":{}", "parameter_unknown", "'generationConfig'" },
  { "\"system_instruction\":\"a\"", "parameter_unknown", "'system_instruction'" },
  { "\"negative_prompt\":\"fog\"", "parameter_unknown", "'negative_prompt'" },
  { "\"person_generation\":\"allow_adult\"", "parameter_unknown", "'person_generation'" },
  { "\"generation_config\":{\"temperature\":1}", "parameter_unknown",
    "'generation_config.temperature'" },
  { "\"generation_config\":{\"video_config\":{\"duration\":\"5s\"}}", "parameter_unknown",
    "'generation_config.video_config.duration'" },
  { "\"generation_config\":{\"video_config\":{\"task\":\"dance\"}}", "invalid_request", "'task'" },
  { "\"generation_config\":{\"video_config\":{\"task\":\"image_to_video\"}}", "invalid_request",
    "needs an image" },
  { "\"generation_config\":{\"video_config\":{\"task\":\"extend\"}}", "invalid_request",
    "'previous_interaction_id'" },
  { "\"generation_config\":[]", "invalid_request", "must be an object" },
  { "\"response_format\":{\"gcs_uri\":\"gs://b\"}", "parameter_unknown",
    "'response_format.gcs_uri'" },
  { "\"response_format\":{\"type\":\"image\"}", "invalid_request", "'type'" },
  { "\"response_format\":{\"aspect_ratio\":\"1:1\"}", "invalid_request", "16:9, 9:16" },
  { "\"response_format\":{\"resolution\":\"4K\"}", "invalid_request", "'resolution'" },
  { "\"response_format\":{\"delivery\":\"mail\"}", "invalid_request", "'delivery'" },
  { "\"response_format\":{\"duration\":5}", "invalid_request", "of type string" },
  { "\"response_format\":{\"duration\":\"5\"}", "invalid_request", "whole seconds" },
  { "\"response_format\":{\"duration\":\"5.5s\"}", "invalid_request", "whole seconds" },
  { "\"response_format\":{\"duration\":\"-5s\"}", "invalid_request", "whole seconds" },
  { "\"response_format\":{\"duration\":\"11s\"}", "invalid_request",
    "Generation duration 11 exceeds maximum duration 10." },
  { "\"response_format\":{\"duration\":\"2s\"}", "invalid_request", "below minimum duration 3." },
  { "\"labels\":{\"Job\":\"a\"}", "invalid_request", "Invalid label key" },
  { "\"service_tier\":\"gold\"", "invalid_request", "'service_tier'" },
  { "\"response_modalities\":[\"text\"]", "invalid_request", "'response_modalities'" },
  { "\"webhook_config\":{\"url\":\"a\"}", "parameter_unknown", "'webhook_config.url'" },
  { "\"previous_interaction_id\":\"v1_unknown\"", "not_found", "interaction was not found" },
};

static const Row input_rows[] = {
  { "[" TEXT ("a boat") "]", ACCEPTED, NULL },
  { "[{\"type\":\"user_input\",\"content\":[" TEXT ("a boat") "]}]", ACCEPTED, NULL },
  { "[" IMAGE "," TEXT ("<FIRST_FRAME> a boat") "]", ACCEPTED, NULL },
  { "[" IMAGE "," IMAGE
    "," TEXT ("[# Sources <FIRST_FRAME>@Image1 <LAST_FRAME>@Image2] a boat") "]",
    ACCEPTED, NULL },
  { "[" IMAGE "," IMAGE "," TEXT ("<IMAGE_REF_0> meets <IMAGE_REF_1>") "]", ACCEPTED, NULL },
  { "[{\"type\":\"document\",\"uri\":\"files/abc\"}," TEXT ("make it rain") "]", ACCEPTED, NULL },
  { "7", "invalid_request", "'input' is required" },
  { "[]", "invalid_request", "'input' is required" },
  { "\" \"", "invalid_request", "a text that is not empty" },
  { "[" IMAGE "]", "invalid_request", "a text that is not empty" },
  { "[{\"text\":\"a\"}]", "invalid_request", "needs a 'type'" },
  { "[{\"type\":\"audio\",\"data\":\"AAAA\"}]", "invalid_request", "'audio' is not supported" },
  { "[{\"type\":\"text\"}]", "invalid_request", "needs a 'text'" },
  { "[{\"type\":\"text\",\"text\":\"a\",\"lang\":\"en\"}]", "parameter_unknown",
    "'input.content.lang'" },
  { "[{\"type\":\"user_input\",\"content\":\"a\"}]", "invalid_request", "one 'user_input'" },
  { "[{\"type\":\"image\",\"mime_type\":\"image/png\"}," TEXT ("<FIRST_FRAME>") "]",
    "invalid_request", "one of 'data' and 'uri'" },
  { "[{\"type\":\"image\",\"data\":\"A A!\",\"mime_type\":\"image/png\"}," TEXT ("a") "]",
    "invalid_request", "not base64" },
  { "[{\"type\":\"image\",\"data\":\"AAAA\",\"mime_type\":\"image/gif\"}," TEXT ("a") "]",
    "invalid_request", "'mime_type'" },
  { "[{\"type\":\"image\",\"data\":\"AAAA\",\"mimeType\":\"image/png\"}," TEXT ("a") "]",
    "parameter_unknown", "'input.content.mimeType'" },
  { "[{\"type\":\"image\",\"data\":\"AAAA\",\"mime_type\":\"image/png\"}," TEXT (
        "<FIRST_FRAME>") "]",
    "invalid_request", "is not of its mime type" },
  { "[{\"type\":\"image\",\"data\":\"AAAAHGZ0eXBoZWlj\",\"mime_type\":\"image/heic\"},"
    "{\"type\":\"image\",\"data\":\"UklGRgAAAABXRUJQ\",\"mime_type\":\"image/webp\"}," TEXT (
        "<IMAGE_REF_0> meets <IMAGE_REF_1>, <IMAGE_REF_0> wins") "]",
    ACCEPTED, NULL },
  { "[" IMAGE "," IMAGE "," TEXT ("<FIRST_FRAME> a boat") "]", "invalid_request",
    "The emulator refuses" },
  { "[" IMAGE "," IMAGE "," TEXT ("<IMAGE_REF_0> and <IMAGE_REF_0>") "]", "invalid_request",
    "The emulator refuses" },
  { "[" IMAGE "," TEXT ("a boat without a tag") "]", "invalid_request", "The emulator refuses" },
  { "[" IMAGE "," TEXT ("<FIRST_FRAME> to <LAST_FRAME>") "]", "invalid_request", "2 frames" },
  { "[" IMAGE "," TEXT ("<LAST_FRAME>") "]", "invalid_request", "needs <FIRST_FRAME>" },
  { "[" IMAGE "," TEXT ("<IMAGE_REF_1>") "]", "invalid_request", "not there" },
};

static void
check_row (EmulatorClient *emulator, const gchar *body, const Row *row)
{
  g_autoptr (Exchange) answer = emulator_omni_post (emulator, body);
  json_object *json = emulator_test_parse (answer);

  g_test_message ("%s", body);
  if (row->code == NULL)
    {
      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpstr (emulator_log_string (json, "status"), ==, "in_progress");
    }
  else
    {
      g_assert_cmpuint (answer->status, ==, g_str_equal (row->code, "not_found") ? 404 : 400);
      g_assert_cmpstr (emulator_log_string (json, "error/code"), ==, row->code);
      g_assert_nonnull (strstr (emulator_log_string (json, "error/message"), row->needle));
    }
  json_object_put (json);
}

/* Every row of the field table is accepted or refused; the code of a refusal is a word. */
static void
test_fields (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree gchar *body
          = g_strdup_printf ("{\"model\":\"" EMULATOR_OMNI_MODEL "\",\"input\":\"a boat\",%s}",
                             rows[i].members);

      check_row (emulator, body, &rows[i]);
    }
}

/* The three forms of an input are accepted, and images only with the tags that bind them. */
static void
test_inputs (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (input_rows); i++)
    {
      g_autofree gchar *body = g_strdup_printf ("{\"model\":\"" EMULATOR_OMNI_MODEL
                                                "\",\"background\":true,\"input\":%s}",
                                                input_rows[i].members);

      check_row (emulator, body, &input_rows[i]);
    }
}

/* Models: unknown ones, retired ones, those of the other wire, and what the newer one can do. */
static void
test_models (void)
{
  static const gchar *const gone[]
      = { "gemini-omni-flash-preview", "veo-3.1-fast-generate-preview", "gemini-omni-1.1-flash" };
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:1KiB\nretired-models=gemini-omni-1.1-flash\n",
                             NULL, NULL);
  g_autoptr (Exchange) none = emulator_omni_post (emulator, "{\"input\":\"a\"}");
  g_autoptr (Exchange) newer = emulator_omni_post (
      emulator, "{\"model\":\"gemini-omni-1.2-flash\",\"input\":\"a\",\"background\":true,"
                "\"response_format\":{\"duration\":\"15s\"}}");
  g_autoptr (Exchange) predict = emulator_test_submit_body (emulator, "gemini-omni-1.2-flash",
                                                            "{\"instances\":[{\"prompt\":\"a\"}]}");
  g_autoptr (Exchange) info
      = emulator_test_get (emulator, "/v1beta/models/gemini-omni-1.2-flash", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (gone); i++)
    {
      g_autofree gchar *body = g_strdup_printf ("{\"model\":\"%s\",\"input\":\"a\"}", gone[i]);
      g_autoptr (Exchange) answer = emulator_omni_post (emulator, body);

      g_assert_cmpuint (answer->status, ==, 404);
      g_assert_nonnull (strstr (answer->body, "\"model_not_found\""));
    }
  g_assert_cmpuint (none->status, ==, 400);
  g_assert_cmpuint (newer->status, ==, 200);
  g_assert_cmpuint (predict->status, ==, 400);
  g_assert_nonnull (strstr (predict->body, "This model only supports Interactions API."));
  g_assert_cmpuint (info->status, ==, 200);
}

/* Paths, keys, bodies where none belong, parameters nobody knows. */
static void
test_requests (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *id = emulator_omni_accept (emulator, "[[result: never]] a boat", "");
  g_autofree gchar *cancel = g_strconcat ("POST /v1beta/interactions/", id, "/cancel", NULL);
  g_autofree gchar *get = g_strconcat ("/v1beta/interactions/", id, NULL);
  g_autofree gchar *unknown = g_strconcat (get, "?fields=a", NULL);
  g_autofree gchar *known = g_strconcat (get, "?stream=false&include_input=true", NULL);
  g_autoptr (Exchange) with_body
      = emulator_test_request (emulator, cancel, EMULATOR_OMNI_HEADERS, "{}");
  g_autoptr (Exchange) bad_query = emulator_test_get (emulator, unknown, NULL);
  g_autoptr (Exchange) good_query = emulator_test_get (emulator, known, NULL);
  g_autoptr (Exchange) no_key = emulator_test_request (emulator, "POST /v1beta/interactions",
                                                       "Content-Type: application/json\r\n", "{}");
  g_autoptr (Exchange) no_type = emulator_test_request (emulator, "POST /v1beta/interactions",
                                                        "x-goog-api-key: k\r\n", "{}");
  g_autoptr (Exchange) no_json = emulator_omni_post (emulator, "{'model':1}");
  g_autoptr (Exchange) missing
      = emulator_test_get (emulator, "/v1beta/interactions/v1_unknown", NULL);
  g_autoptr (Exchange) list = emulator_test_get (emulator, "/v1beta/interactions", NULL);
  g_autoptr (Exchange) version = emulator_test_get (emulator, "/v1/interactions/v1_a", NULL);

  g_assert_cmpuint (with_body->status, ==, 400);
  g_assert_cmpuint (bad_query->status, ==, 400);
  g_assert_nonnull (strstr (bad_query->body, "\"parameter_unknown\""));
  g_assert_cmpuint (good_query->status, ==, 200);
  g_assert_cmpuint (no_key->status, ==, 403);
  g_assert_cmpuint (no_type->status, ==, 400);
  g_assert_cmpuint (no_json->status, ==, 400);
  g_assert_cmpuint (missing->status, ==, 404);
  g_assert_nonnull (strstr (missing->body, "\"not_found\""));
  g_assert_cmpuint (list->status, ==, 404);
  g_assert_nonnull (strstr (list->body, "<!DOCTYPE html>"));
  g_assert_cmpuint (version->status, ==, 404);
}

/* In the background: an id at once, polls without steps, the clip inline with the input before it,
 * although a uri was asked for. */
static void
test_background (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:2MiB\n", NULL, NULL);
  g_autofree gchar *id = emulator_omni_accept (emulator, "a boat",
                                               ",\"labels\":{\"job\":\"a42\"},\"response_format\":{"
                                               "\"duration\":\"5s\",\"delivery\":\"uri\"}");
  g_autofree gchar *running = emulator_omni_accept (emulator, "[[result: never]] a boat", "");
  g_autoptr (Exchange) early = emulator_omni_get (emulator, running);
  json_object *json = emulator_omni_poll (emulator, id);
  gsize size_bytes = 0;
  g_autofree guchar *clip
      = g_base64_decode (emulator_log_string (json, "steps/2/content/1/data"), &size_bytes);

  g_assert_true (g_str_has_prefix (id, "v1_"));
  g_assert_nonnull (strstr (early->body, "\"status\":\"in_progress\""));
  g_assert_null (strstr (early->body, "steps"));
  g_assert_cmpstr (emulator_log_string (json, "id"), ==, id);
  g_assert_cmpstr (emulator_log_string (json, "status"), ==, "completed");
  g_assert_cmpstr (emulator_log_string (json, "labels/job"), ==, "a42");
  g_assert_cmpstr (emulator_log_string (json, "steps/0/type"), ==, "user_input");
  g_assert_cmpstr (emulator_log_string (json, "steps/0/content/0/text"), ==, "a boat");
  g_assert_cmpstr (emulator_log_string (json, "steps/1/type"), ==, "thought");
  g_assert_cmpstr (emulator_log_string (json, "steps/2/type"), ==, "model_output");
  g_assert_cmpstr (emulator_log_string (json, "steps/2/content/1/mime_type"), ==, "video/mp4");
  g_assert_cmpuint (size_bytes, ==, 2 * 1024 * 1024);
  g_assert_cmpmem (clip + 4, 4, "ftyp", 4);
  g_assert_cmpint (emulator_log_int (json, "usage/output_tokens_by_modality/0/tokens"), ==,
                   5 * 5792);
  json_object_put (json);
}

/* A length that is too long shows only in the end of a background run.
 */
static void
test_late_error (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *id
      = emulator_omni_accept (emulator, "a boat", ",\"response_format\":{\"duration\":\"99s\"}");
  json_object *json = emulator_omni_poll (emulator, id);

  g_assert_cmpstr (emulator_log_string (json, "status"), ==, "failed");
  g_assert_cmpstr (emulator_log_string (json, "errors/0/code"), ==, "invalid_request");
  g_assert_cmpstr (emulator_log_string (json, "errors/0/message"), ==,
                   "Generation duration 99 exceeds maximum duration 10.");
  json_object_put (json);
}

/* With a uri the file is PROCESSING first, cannot be downloaded then, and ACTIVE later. */
static void
test_files (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:3000\ndownload=direct\nomni=uri\n", NULL,
                             NULL);
  g_autofree gchar *slow = emulator_omni_accept (emulator, "[[file-time: 1h]] a boat", "");
  g_autofree gchar *failed = emulator_omni_accept (emulator, "[[result: file-failed]] a boat", "");
  g_autofree gchar *good = emulator_omni_accept (emulator, "a boat", "");
  g_autofree gchar *slow_path = emulator_omni_wait_for_uri (emulator, slow);
  g_autofree gchar *failed_path = emulator_omni_wait_for_uri (emulator, failed);
  g_autofree gchar *good_path = emulator_omni_wait_for_uri (emulator, good);
  g_autofree gchar *slow_file = g_strndup (slow_path, strcspn (slow_path, ":"));
  g_autofree gchar *failed_file = g_strndup (failed_path, strcspn (failed_path, ":"));
  g_autofree gchar *good_file = g_strndup (good_path, strcspn (good_path, ":"));
  g_autoptr (Exchange) processing = emulator_test_get (emulator, slow_file, NULL);
  g_autoptr (Exchange) too_early = emulator_test_get (emulator, slow_path, NULL);
  g_autoptr (Exchange) failure = emulator_test_get (emulator, failed_file, NULL);
  g_autoptr (Exchange) active = emulator_test_get (emulator, good_file, NULL);
  g_autoptr (Exchange) clip = emulator_test_get (emulator, good_path, NULL);

  g_assert_nonnull (strstr (processing->body, "\"state\":\"PROCESSING\""));
  g_assert_nonnull (strstr (processing->body, "\"sizeBytes\":\"0\""));
  g_assert_cmpuint (too_early->status, ==, 400);
  g_assert_nonnull (strstr (too_early->body, "\"FAILED_PRECONDITION\""));
  g_assert_nonnull (strstr (failure->body, "\"state\":\"FAILED\""));
  g_assert_nonnull (strstr (active->body, "\"state\":\"ACTIVE\""));
  g_assert_nonnull (strstr (active->body, "\"sizeBytes\":\"3000\""));
  g_assert_cmpuint (clip->body_bytes, ==, 3000);
}

/* Who waits gets the interaction at its end: a clip by its uri if that was asked for, no input, and
 * no id when nothing is stored. */
static void
test_waiting (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--generation-time", "80ms");
  g_autoptr (Exchange) answer
      = emulator_omni_post (emulator, "{\"model\":\"" EMULATOR_OMNI_MODEL "\",\"input\":\"a boat\","
                                      "\"response_format\":{\"delivery\":\"uri\"}}");
  g_autoptr (Exchange) blind
      = emulator_omni_post (emulator, "{\"model\":\"" EMULATOR_OMNI_MODEL
                                      "\",\"input\":\"a boat\",\"store\":false}");
  json_object *json = emulator_test_parse (answer);
  json_object *blind_json = emulator_test_parse (blind);

  g_assert_cmpint (answer->took_us, >=, 80000);
  g_assert_cmpstr (emulator_log_string (json, "status"), ==, "completed");
  g_assert_cmpstr (emulator_log_string (json, "steps/0/type"), ==, "thought");
  g_assert_nonnull (strstr (emulator_log_string (json, "steps/1/content/1/uri"), ":download"));
  g_assert_nonnull (emulator_log_string (json, "id"));
  g_assert_null (emulator_log_string (blind_json, "id"));
  g_assert_nonnull (emulator_log_string (blind_json, "steps/1/content/1/data"));
  json_object_put (json);
  json_object_put (blind_json);
}

/* The next turn needs one before it that is completed. */
static void
test_previous (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *done = emulator_omni_accept (emulator, "a boat", "");
  g_autofree gchar *busy = emulator_omni_accept (emulator, "[[result: never]] a boat", "");
  json_object *json = emulator_omni_poll (emulator, done);
  g_autofree gchar *good_body
      = g_strdup_printf ("{\"model\":\"" EMULATOR_OMNI_MODEL
                         "\",\"input\":\"and on\",\"background\":true,"
                         "\"previous_interaction_id\":\"%s\","
                         "\"generation_config\":{\"video_config\":{\"task\":\"extend\"}}}",
                         done);
  g_autofree gchar *busy_body
      = g_strdup_printf ("{\"model\":\"" EMULATOR_OMNI_MODEL "\",\"input\":\"and on\","
                         "\"previous_interaction_id\":\"%s\"}",
                         busy);
  g_autoptr (Exchange) good = emulator_omni_post (emulator, good_body);
  g_autoptr (Exchange) early = emulator_omni_post (emulator, busy_body);

  g_assert_cmpuint (good->status, ==, 200);
  g_assert_nonnull (strstr (good->body, "previous_interaction_id"));
  g_assert_cmpuint (early->status, ==, 400);
  g_assert_nonnull (strstr (early->body, "\"failed_precondition\""));
  json_object_put (json);
}

/* Cancelling ends a background run for good, once; it may come too late, or show only later. */
static void
test_cancel (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--generation-time", "1h");
  g_autofree gchar *id = emulator_omni_accept (emulator, "a boat", "");
  g_autofree gchar *lagging = emulator_omni_accept (emulator, "[[omni: cancel-lags]] a boat", "");
  g_autoptr (Exchange) first = emulator_omni_cancel (emulator, id);
  g_autoptr (Exchange) second = emulator_omni_cancel (emulator, id);
  g_autoptr (Exchange) after = emulator_omni_get (emulator, id);
  /* Long enough to be still running when it is to be cancelled. */
  g_autofree gchar *late
      = emulator_omni_accept (emulator, "[[omni: cancel-loses]] [[generation-time: 2s]] a boat",
                              "");
  g_autoptr (Exchange) lost = emulator_omni_cancel (emulator, late);
  json_object *won = emulator_omni_poll (emulator, late);
  g_autoptr (Exchange) lag = emulator_omni_cancel (emulator, lagging);
  g_autoptr (Exchange) unaware = emulator_omni_get (emulator, lagging);
  json_object *aware = emulator_omni_poll (emulator, lagging);

  g_assert_nonnull (strstr (first->body, "\"status\":\"cancelled\""));
  g_assert_cmpuint (second->status, ==, 400);
  g_assert_nonnull (strstr (second->body, "\"failed_precondition\""));
  g_assert_nonnull (strstr (after->body, "\"status\":\"cancelled\""));
  g_assert_nonnull (strstr (lost->body, "\"status\":\"in_progress\""));
  g_assert_cmpstr (emulator_log_string (won, "status"), ==, "completed");
  g_assert_nonnull (strstr (lag->body, "\"status\":\"cancelled\""));
  g_assert_nonnull (strstr (unaware->body, "\"status\":\"in_progress\""));
  g_assert_cmpstr (emulator_log_string (aware, "status"), ==, "cancelled");
  g_assert_cmpuint (emulator_client_count (emulator, "cancel", NULL), ==, 4);
  json_object_put (won);
  json_object_put (aware);
}

/* What is deleted is not found any more. */
static void
test_delete (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *id = emulator_omni_accept (emulator, "a boat", "");
  g_autofree gchar *line = g_strconcat ("DELETE /v1beta/interactions/", id, NULL);
  g_autoptr (Exchange) first = emulator_test_request (emulator, line, EMULATOR_OMNI_HEADERS, NULL);
  g_autoptr (Exchange) second = emulator_test_request (emulator, line, EMULATOR_OMNI_HEADERS, NULL);
  g_autoptr (Exchange) get = emulator_omni_get (emulator, id);

  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpuint (second->status, ==, 404);
  g_assert_cmpuint (get->status, ==, 404);
  g_assert_cmpuint (emulator_client_count (emulator, "delete", NULL), ==, 2);
}

/* The names of the events in a stream, in their order. */
static gchar *
list_events (const Exchange *answer)
{
  g_auto (GStrv) lines = g_strsplit (answer->body, "\n", -1);
  g_autoptr (GString) names = g_string_new (NULL);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], "event: "))
        g_string_append_printf (names, "%s ", lines[i] + strlen ("event: "));
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* A stream brings the id first, the clip in one piece, and a last line; it can be taken up again.
 */
static void
test_stream (void)
{
  static const gchar steps[] = "step.start step.stop step.start step.delta step.delta step.stop ";
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--generation-time", "80ms");
  g_autoptr (Exchange) answer
      = emulator_omni_post (emulator, "{\"model\":\"" EMULATOR_OMNI_MODEL
                                      "\",\"input\":\"a boat\",\"stream\":true,"
                                      "\"store\":true}");
  g_autofree gchar *names = list_events (answer);
  g_autofree gchar *expected = g_strconcat ("interaction.created interaction.status_update ", steps,
                                            "interaction.completed ", NULL);
  g_autofree gchar *type = emulator_test_header (answer, "Content-Type");
  g_autofree gchar *id = emulator_omni_find_id (answer);
  g_autofree gchar *again_path
      = g_strconcat ("/v1beta/interactions/", id, "?stream=true&last_event_id=evt-2", NULL);
  g_autoptr (Exchange) again = emulator_test_get (emulator, again_path, NULL);
  g_autofree gchar *again_names = list_events (again);
  g_autofree gchar *again_expected
      = g_strconcat ("step.start step.delta step.stop ", steps, "interaction.completed ", NULL);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (type, ==, "text/event-stream");
  g_assert_cmpstr (names, ==, expected);
  g_assert_nonnull (
      strstr (answer->body, "\"type\":\"video\",\"mime_type\":\"video/mp4\",\"data\":"));
  g_assert_nonnull (strstr (answer->body, "data: [DONE]\n\n"));
  g_assert_cmpint (answer->took_us, >=, 80000);
  g_assert_nonnull (id);
  g_assert_cmpstr (again_names, ==, again_expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/omni/fields", test_fields);
  g_test_add_func ("/emulator/omni/inputs", test_inputs);
  g_test_add_func ("/emulator/omni/models", test_models);
  g_test_add_func ("/emulator/omni/requests", test_requests);
  g_test_add_func ("/emulator/omni/background", test_background);
  g_test_add_func ("/emulator/omni/late-error", test_late_error);
  g_test_add_func ("/emulator/omni/files", test_files);
  g_test_add_func ("/emulator/omni/waiting", test_waiting);
  g_test_add_func ("/emulator/omni/previous", test_previous);
  g_test_add_func ("/emulator/omni/cancel", test_cancel);
  g_test_add_func ("/emulator/omni/delete", test_delete);
  g_test_add_func ("/emulator/omni/stream", test_stream);
  return g_test_run ();
}
