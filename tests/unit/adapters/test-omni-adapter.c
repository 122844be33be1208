/* SPDX-License-Identifier: MIT */
/*
 * The port over the Interactions API: what goes out, what comes back as which class, and where the
 * key goes. The tables follow those of the service's error pages and of what was seen of it, with
 * the bodies as they are.
 */
#include "plugin/adapters/omni-adapter.h"

#include <malloc.h>
#include <string.h>

#include "tests/unit/adapters/adapter-fixture.h"
#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/small-mp4.h"

#define MODEL "gemini-omni-1.1-flash"
#define ID "v1_ChdQbTJh"
#define NAME "interactions/" ID
#define KEY ADAPTER_FIXTURE_KEY
#define BLOCKED                                                                                    \
  "Request blocked for an unspecified policy reason. Please modify your input and retry."
#define SMALL_ANSWER_BYTES 200000

static VideoGenerationPort *
make (HttpClient *const *clients, const OmniAdapterConfig *config)
{
  g_autoptr (GError) local_error = NULL;
  VideoGenerationPort *port
      = omni_adapter_new (clients[HTTP_TRAFFIC_SUBMIT], clients[HTTP_TRAFFIC_POLL],
                          clients[HTTP_TRAFFIC_DOWNLOAD], config, &local_error);

  g_assert_no_error (local_error);
  return port;
}

static VideoGenerationPort *
make_usual (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  OmniAdapterConfig config = { .base_url = base_url,
                               .api_key = KEY,
                               .max_clip_bytes = 16 * 1024 * 1024,
                               .file_interval_ms = 10,
                               .file_wait_ms = 200,
                               .log = log };

  return make (clients, &config);
}

static VideoGenerationPort *
make_small (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  OmniAdapterConfig config = { .base_url = base_url,
                               .api_key = KEY,
                               .max_clip_bytes = 100000,
                               .max_answer_bytes = SMALL_ANSWER_BYTES,
                               .log = log };

  return make (clients, &config);
}

static const AdapterMake usual = { make_usual, "x-goog-api-key: " KEY };
static const AdapterMake small = { make_small, "x-goog-api-key: " KEY };

static void
set_up (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  adapter_fixture_set_up (fixture, &usual);
}

static void
set_up_small (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  adapter_fixture_set_up (fixture, &small);
}

static void
tear_down (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  adapter_fixture_tear_down (fixture);
}

/* A configuration that cannot work is refused at once, and the key is not repeated. */
static void
test_config (AdapterFixture *fixture, gconstpointer data)
{
  const OmniAdapterConfig configs[] = {
    { .model = MODEL },
    { .model = MODEL, .api_key = "" },
    { .model = MODEL, .api_key = KEY "\nX-Other: y" },
    { .model = "models/" MODEL, .api_key = KEY },
    { .model = "", .api_key = KEY },
    { .model = MODEL, .api_key = KEY, .api_version = "v1/x" },
    { .model = MODEL, .api_key = KEY, .base_url = "http://example.com" },
    { .model = MODEL, .api_key = KEY, .base_url = "https://example.com/?a=b" },
    { .model = MODEL, .api_key = KEY, .base_url = "https://user@example.com" },
  };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (configs); i++)
    {
      g_autoptr (GError) local_error = NULL;

      g_assert_null (omni_adapter_new (fixture->clients[0], fixture->clients[1],
                                       fixture->clients[2], &configs[i], &local_error));
      g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_null (strstr (local_error->message, KEY));
    }
  omni_adapter_free (NULL);
}

/* What the port says of itself. */
static void
test_self (AdapterFixture *fixture, gconstpointer data)
{
  const VideoGenerationPortInterface *iface = fixture->port->iface;

  (void)data;
  g_assert_cmpstr (iface->provider, ==, "omni");
  g_assert_cmpstr (fixture->port->model, ==, OMNI_DEFAULT_MODEL);
  g_assert_true (iface->is_operation_name (fixture->port, NAME));
  g_assert_false (iface->is_operation_name (fixture->port, "models/m/operations/x"));
}

/* The paid request, to the byte, and its accepted answer. */
static void
test_submit_accepted (AdapterFixture *fixture, gconstpointer data)
{
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL,
                              "{\"id\":\"" ID "\",\"object\":\"interaction\",\"model\":\"" MODEL
                              "\",\"status\":\"in_progress\"}");
  g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_ACCEPTED);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_NONE);
  g_assert_cmpstr (fixture->text, ==, NAME);
  g_assert_null (fixture->message);
  request = scripted_server_dup_request (fixture->service, 0);
  g_assert_true (g_str_has_prefix (request, "POST /v1beta/interactions HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Type: application/json\r\n"));
  g_assert_true (g_str_has_suffix (
      request, "\r\n\r\n{\"model\":\"" MODEL "\",\"background\":true,\"store\":true,"
               "\"input\":\"A paper boat\",\"response_format\":{\"type\":\"video\","
               "\"aspect_ratio\":\"9:16\",\"duration\":\"6s\",\"delivery\":\"uri\"},"
               "\"labels\":{\"idempotent_key\":\"run_broll\"}}"));
}

typedef struct
{
  const char *name;
  guint status; /* 0 = the connection is reset instead */
  const char *body;
  int klass;
  Veo3ErrorCode code;
  const char *text; /* (nullable) what the message contains */
} Row;

/* One answer of the Interactions API itself, and one of the front end before it. */
#define WORD(code) "{\"error\":{\"code\":\"" code "\",\"message\":\"m\"}}"
#define NUMBER(code, status)                                                                       \
  "{\"error\":{\"code\":" code ",\"status\":\"" status "\",\"message\":\"m\"}}"
#define UNCERTAIN VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT
#define REFUSED(code) VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_##code
#define REJECTED(code) VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_##code
#define ACCEPTED VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, NULL

/* Refusals with their words are test-submit-errors's. */
static const Row submit_rows[] = {
  { "queued", 200, "{\"id\":\"" ID "\",\"status\":\"queued\"}", ACCEPTED },
  { "id-last", 200, "{\"status\":\"in_progress\",\"id\":\"" ID "\"}", ACCEPTED },
  { "completed-uri", 200,
    "{\"id\":\"" ID "\",\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\","
    "\"content\":[{\"type\":\"video\",\"uri\":\"files/x\"}]}]}",
    ACCEPTED },
  { "completed-inline", 200,
    "{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":"
    "\"video\",\"data\":\"AAAA\"}]}],\"id\":\"" ID "\"}",
    ACCEPTED },
  { "failed", 200, "{\"id\":\"" ID "\",\"status\":\"failed\",\"errors\":[]}", ACCEPTED },
  { "no-id", 200, "{\"status\":\"completed\",\"steps\":[]}", UNCERTAIN, NULL },
  { "bad-id", 200, "{\"id\":\"../files/x\",\"status\":\"in_progress\"}", UNCERTAIN, NULL },
  { "not-json", 200, "<html>" KEY, UNCERTAIN, NULL },
  { "unfinished", 200, "{\"id\":\"" ID "\",", UNCERTAIN, NULL },
  { "400-number", 400, NUMBER ("400", "INVALID_ARGUMENT"), REFUSED (INVALID_REQUEST), NULL },
  { "404-retired", 404,
    "{\"error\":{\"code\":404,\"status\":\"NOT_FOUND\",\"message\":\"This model models/x is no "
    "longer available.\"}}",
    REFUSED (MODEL_GONE), NULL },
  { "408", 408, WORD ("deadline_exceeded"), UNCERTAIN, NULL },
  { "504", 504, "<html>", UNCERTAIN, NULL },
};

static void
add_row (AdapterFixture *fixture, const Row *row)
{
  if (row->status == 0)
    scripted_server_add (fixture->service, (ScriptedStep){ .end = SCRIPTED_RESET });
  else
    scripted_server_add_answer (fixture->service, row->status, NULL, row->body);
}

/* One answer to a create call, and what becomes of the job; there is one request each time. */
static void
test_submit_row (AdapterFixture *fixture, gconstpointer data)
{
  const Row *row = data;

  add_row (fixture, row);
  g_assert_cmpint ((int)adapter_fixture_submit (fixture), ==, row->klass);
  g_assert_cmpint (fixture->code, ==, row->code);
  g_assert_cmpstr (fixture->text, ==, row->klass == (int)VEO3_SUBMIT_ACCEPTED ? NAME : NULL);
  if (row->text != NULL)
    g_assert_nonnull (strstr (fixture->message, row->text));
  g_assert_cmpuint (scripted_server_count_method (fixture->service, "POST"), ==, 1);
}

/* A create call that is answered with the whole clip is left as soon as its id is known. */
static void
test_submit_inline (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add (
      fixture->service,
      (ScriptedStep){
          .answer = "HTTP/1.1 200 OK\r\nContent-Length: 17000000\r\n\r\n{\"id\":\"" ID
                    "\",\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":"
                    "[{\"type\":\"video\",\"data\":\"AAAA",
          .end = SCRIPTED_HANG });
  g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_ACCEPTED);
  g_assert_cmpstr (fixture->text, ==, NAME);
}

/* Cut before its id, an answer leaves it uncertain; what came is logged without the key. */
static void
test_submit_cut (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add (
      fixture->service,
      (ScriptedStep){ .answer = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"status\":\"" KEY,
                      .end = SCRIPTED_CLOSE });
  g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_UNCERTAIN);
  g_assert_nonnull (strstr (fixture->log->str, "WARNING run_broll: "));
  g_assert_nonnull (strstr (fixture->log->str, "{\"status\":\"[redacted]"));
}

/* A create call that was cancelled before it left was not sent. */
static void
test_submit_cancelled (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  g_cancellable_cancel (fixture->cancellable);
  g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_NOT_SENT);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_CANCELLED);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 0);
}

#define OF(status, more) "{\"id\":\"" ID "\",\"status\":\"" status "\"" more "}"
#define OUTPUT(part) ",\"steps\":[{\"type\":\"model_output\",\"content\":[" part "]}]"
#define NO_ANSWER(code) VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_##code

/* The forms of an interaction are test-omni-wire's, errors with their words test-poll-errors's. */
static const Row poll_rows[] = {
  { "running", 200, OF ("in_progress", ""), VEO3_POLL_RUNNING, VEO3_ERROR_CODE_NONE, NULL },
  { "queued", 200, OF ("queued", ""), VEO3_POLL_QUEUED, VEO3_ERROR_CODE_NONE, NULL },
  { "blocked", 200,
    OF ("failed", ",\"errors\":[{\"code\":\"content_blocked\",\"message\":\"" BLOCKED "\"}]"),
    VEO3_POLL_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED, BLOCKED },
  { "error-only", 200, "{\"error\":{\"code\":\"content_blocked\",\"message\":\"" BLOCKED "\"}}",
    VEO3_POLL_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED, BLOCKED },
  { "words", 200, OF ("completed", OUTPUT ("{\"type\":\"text\",\"text\":\"No.\"}")),
    VEO3_POLL_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED, "No." },
  { "nothing", 200, OF ("completed", ""), VEO3_POLL_FAILED, VEO3_ERROR_CODE_NO_CLIP, NULL },
  { "other", 200, "{\"id\":\"v1_other\",\"status\":\"failed\"}", NO_ANSWER (PROTOCOL), NULL },
  { "400", 400, WORD ("content_blocked"), NO_ANSWER (PROTOCOL), NULL },
  { "401", 401, WORD ("authentication"), VEO3_POLL_UNAUTHORIZED, VEO3_ERROR_CODE_CREDENTIALS,
    NULL },
  { "403", 403, WORD ("permission_denied"), VEO3_POLL_UNAUTHORIZED, VEO3_ERROR_CODE_CREDENTIALS,
    NULL },
  { "408", 408, WORD ("deadline_exceeded"), NO_ANSWER (UNAVAILABLE), NULL },
  { "504", 504, "<html>", NO_ANSWER (UNAVAILABLE), NULL },
  { "reset", 0, NULL, NO_ANSWER (UNAVAILABLE), NULL },
};

/* One answer to a poll, and what it tells. */
static void
test_poll_row (AdapterFixture *fixture, gconstpointer data)
{
  const Row *row = data;
  g_autofree char *request = NULL;

  add_row (fixture, row);
  if (row->status == 0)
    add_row (fixture, row); /* libcurl asks once more where that costs nothing */
  g_assert_cmpint ((int)adapter_fixture_poll (fixture, NAME), ==, row->klass);
  g_assert_cmpint (fixture->code, ==, row->code);
  if (row->text != NULL)
    g_assert_nonnull (strstr (fixture->message, row->text));
  request = scripted_server_dup_request (fixture->service, 0);
  g_assert_true (g_str_has_prefix (request, "GET /v1beta/" NAME " HTTP/1.1\r\n"));
}

/* A name that is no interaction of the service is not asked for. */
static void
test_poll_foreign (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  g_assert_cmpint (adapter_fixture_poll (fixture, "interactions/x/cancel"), ==,
                   VEO3_POLL_NO_ANSWER);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 0);
}

/* An answer of tens of MB: the poll stops reading where the clip begins. */
static void
test_poll_inline (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add (
      fixture->service,
      (ScriptedStep){ .answer = "HTTP/1.1 200 OK\r\nContent-Length: 17000000\r\n\r\n{\"id\":\"" ID
                                "\",\"status\":\"completed\",\"steps\":[{\"type\":\"user_input\","
                                "\"content\":[{\"type\":\"image\",\"data\":\"iVBO\"}]},{\"type\":"
                                "\"model_output\",\"content\":[{\"type\":\"video\",\"data\":\"AAAA",
                      .end = SCRIPTED_HANG });
  g_assert_cmpint (adapter_fixture_poll (fixture, NAME), ==, VEO3_POLL_DONE);
  g_assert_cmpstr (fixture->text, ==, "inline:1:" NAME);
}

/* Returns: (transfer full): a completed interaction with the clip inside. */
static GString *
make_answer (const GByteArray *clip, gboolean status_is_last)
{
  g_autofree char *data = g_base64_encode (clip->data, clip->len);
  GString *answer = g_string_new ("{\"id\":\"" ID "\",");

  g_string_append_printf (answer,
                          "%s\"steps\":[{\"type\":\"user_input\",\"content\":[{\"type\":\"text\","
                          "\"text\":\"boat\"}]},{\"type\":\"thought\",\"signature\":\"c2ln\"},"
                          "{\"type\":\"model_output\",\"content\":[{\"type\":\"video\","
                          "\"mime_type\":\"video/mp4\",\"data\":\"%s\"}]}]%s}",
                          status_is_last ? "" : "\"status\":\"completed\",", data,
                          status_is_last ? ",\"status\":\"completed\"" : "");
  return answer;
}

static void
add_answer (AdapterFixture *fixture, const GString *answer)
{
  scripted_server_add_bytes (fixture->service, answer->str, answer->len);
}

static void
assert_clip (AdapterFixture *fixture, const GByteArray *clip)
{
  g_autoptr (GBytes) stored = adapter_fixture_dup_clip (fixture);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, clip->data, clip->len);

  g_assert_cmpmem (g_bytes_get_data (stored, NULL), g_bytes_get_size (stored), clip->data,
                   clip->len);
  g_assert_cmpuint (fixture->bytes, ==, clip->len);
  g_assert_cmpstr (fixture->text, ==, sha256);
}

/* A clip inside the answer is stored, wherever the status stands. */
static void
test_inline (AdapterFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (50000);
  g_autoptr (GString) first = make_answer (clip, FALSE);
  g_autoptr (GString) last = make_answer (clip, TRUE);

  (void)data;
  add_answer (fixture, last);
  g_assert_cmpint (adapter_fixture_poll (fixture, NAME), ==, VEO3_POLL_DONE);
  g_assert_cmpstr (fixture->text, ==, "inline:0:" NAME);
  add_answer (fixture, last);
  g_assert_cmpint (adapter_fixture_download (fixture, "inline:0:" NAME), ==, VEO3_DOWNLOAD_STORED);
  assert_clip (fixture, clip);
  add_answer (fixture, first);
  g_assert_cmpint (adapter_fixture_download (fixture, "inline:0:" NAME), ==, VEO3_DOWNLOAD_STORED);
  assert_clip (fixture, clip);
}

/* Cut anywhere, an answer stores no clip, and it is worth another try. */
static void
test_inline_cut (AdapterFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (2000);
  g_autoptr (GString) answer = make_answer (clip, FALSE);

  (void)data;
  for (gsize cut = 0; cut < answer->len; cut += 97)
    {
      g_autofree char *head
          = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", answer->len);
      g_autoptr (GString) part = g_string_new (head);

      g_string_append_len (part, answer->str, (gssize)cut);
      scripted_server_add (fixture->service, (ScriptedStep){ .answer = part->str,
                                                             .length = part->len,
                                                             .end = SCRIPTED_CLOSE });
      g_assert_cmpint (adapter_fixture_download (fixture, "inline:0:" NAME), ==,
                       VEO3_DOWNLOAD_TRANSIENT);
    }
}

#define VIDEO(data) OF ("completed", OUTPUT ("{\"type\":\"video\",\"data\":\"" data "\"}"))
#define NOT_CLIP(code) VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_##code
#define TRANSIENT(code) VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_##code
#define GONE VEO3_DOWNLOAD_GONE, VEO3_ERROR_CODE_CLIP_GONE

static const Row inline_rows[] = {
  { "foreign", 200, VIDEO ("PGh0bWw+PGh0bWw+PGh0bWw+PGh0bWw+"), NOT_CLIP (NOT_A_CLIP), NULL },
  { "401", 401, WORD ("authentication"), TRANSIENT (CREDENTIALS), NULL },
  { "404", 404, WORD ("not_found"), GONE, NULL },
  { "429", 429, WORD ("rate_limit_exceeded"), TRANSIENT (QUOTA_MINUTE), NULL },
  { "500", 500, WORD ("api_error"), TRANSIENT (UNAVAILABLE), NULL },
};

/* One answer to the fetching of a clip inside, and what becomes of it. */
static void
test_inline_row (AdapterFixture *fixture, gconstpointer data)
{
  const Row *row = data;

  add_row (fixture, row);
  g_assert_cmpint ((int)adapter_fixture_download (fixture, "inline:0:" NAME), ==, row->klass);
  g_assert_cmpint (fixture->code, ==, row->code);
}

/* An answer that is not the clip that the poll saw stores nothing. */
static void
test_inline_hostile (AdapterFixture *fixture, gconstpointer data)
{
  static const char *const answers[] = {
    VIDEO ("@@@@"),
    VIDEO ("A"),
    VIDEO (""),
    OF ("in_progress", ""),
    OF ("completed", OUTPUT ("{\"type\":\"text\",\"data\":\"AAAA\"}")),
    OF ("completed", OUTPUT ("{\"type\":\"video\",\"uri\":\"files/x\"}")),
    "{}",
    "<html>",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
  };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_test_message ("%s", answers[i]);
      scripted_server_add_answer (fixture->service, 200, NULL, answers[i]);
      g_assert_cmpint (adapter_fixture_download (fixture, "inline:0:" NAME), !=,
                       VEO3_DOWNLOAD_STORED);
    }
}

/* An answer beyond the limit is not read to its end, be it a poll's or a clip's. */
static void
test_too_big (AdapterFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (SMALL_ANSWER_BYTES);
  g_autoptr (GString) answer = make_answer (clip, TRUE);

  (void)data;
  add_answer (fixture, answer);
  g_assert_cmpint (adapter_fixture_poll (fixture, NAME), ==, VEO3_POLL_NO_ANSWER);
  g_assert_nonnull (strstr (fixture->message, "bigger than 200000 bytes"));
  add_answer (fixture, answer);
  g_assert_cmpint (adapter_fixture_download (fixture, "inline:0:" NAME), ==,
                   VEO3_DOWNLOAD_NOT_CLIP);
}

/* An answer full of texts that are taken out does not hold up the loop. */
static void
test_many_texts (AdapterFixture *fixture, gconstpointer data)
{
  GString *answer = g_string_new ("{\"id\":\"" ID "\",\"status\":\"completed\",\"steps\":[");
  gint64 begun_us;

  (void)data;
  while (answer->len < 500000)
    g_string_append (answer, "{\"data\":\"A\"},");
  g_string_append (answer, "{}]}");
  scripted_server_add_bytes (fixture->service, answer->str, answer->len);
  g_string_free (answer, TRUE);
  begun_us = g_get_monotonic_time ();
  g_assert_cmpint (adapter_fixture_poll (fixture, NAME), ==, VEO3_POLL_FAILED);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_NO_CLIP);
  /* A fraction of a second; a look at the whole rest for each text would take hours. */
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, G_TIME_SPAN_MINUTE);
}

#define BIG_CLIP_BYTES (13 * 1024 * 1024)

static gsize
get_heap_bytes (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

static gboolean
look_at_heap (gpointer user_data)
{
  gsize *most_bytes = user_data;

  *most_bytes = MAX (*most_bytes, get_heap_bytes ());
  return G_SOURCE_CONTINUE;
}

static gboolean
heap_is_counted (void)
{
  gsize before = get_heap_bytes ();
  gpointer probe = g_malloc (1024 * 1024);
  gsize after = get_heap_bytes ();

  g_free (probe);
  return after >= before + 1024 * 1024;
}

/* A clip of 13 MB, 17 MB of JSON, is polled to the last byte and fetched in a quarter of a MB. */
static void
test_memory (AdapterFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (BIG_CLIP_BYTES);
  GString *answer = make_answer (clip, TRUE);
  GSource *source = g_idle_source_new ();
  gsize most_bytes = 0;
  gsize before;

  (void)data;
  add_answer (fixture, answer);
  add_answer (fixture, answer);
  g_string_free (answer, TRUE);
  before = get_heap_bytes ();
  g_source_set_callback (source, look_at_heap, &most_bytes, NULL);
  g_source_attach (source, fixture->context);
  g_assert_cmpint (adapter_fixture_poll (fixture, NAME), ==, VEO3_POLL_DONE);
  g_assert_cmpint (adapter_fixture_download (fixture, "inline:0:" NAME), ==, VEO3_DOWNLOAD_STORED);
  g_source_destroy (source);
  g_source_unref (source);
  g_assert_cmpuint (fixture->bytes, ==, clip->len);
  if (!heap_is_counted ())
    {
      g_test_skip ("this allocator does not count");
      return;
    }
  g_test_message ("%zd bytes more than before", (gssize)(most_bytes - before));
  g_assert_cmpuint (most_bytes, <, before + 256 * 1024);
}

#define FILE_IS(state) "{\"name\":\"files/k3x9\",\"state\":\"" state "\",\"sizeBytes\":\"0\"}"

/* A file is asked for until the service has it ready, and then fetched. */
static void
test_file (AdapterFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (1000);
  g_autofree char *state = NULL;
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL, FILE_IS ("PROCESSING"));
  scripted_server_add_answer (fixture->service, 200, NULL, FILE_IS ("PROCESSING"));
  scripted_server_add_answer (fixture->service, 200, NULL, FILE_IS ("ACTIVE"));
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (adapter_fixture_download (fixture, "file:k3x9"), ==, VEO3_DOWNLOAD_STORED);
  assert_clip (fixture, clip);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 4);
  state = scripted_server_dup_request (fixture->service, 2);
  g_assert_true (g_str_has_prefix (state, "GET /v1beta/files/k3x9 HTTP/1.1\r\n"));
  request = scripted_server_dup_request (fixture->service, 3);
  g_assert_true (
      g_str_has_prefix (request, "GET /v1beta/files/k3x9:download?alt=media HTTP/1.1\r\n"));
}

/* A redirect to another origin is followed without the key. */
static void
test_file_redirect (AdapterFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (1000);
  g_autofree char *header
      = g_strdup_printf ("Location: %s/signed\r\n", scripted_server_get_url (fixture->stranger));

  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL, FILE_IS ("ACTIVE"));
  scripted_server_add_answer (fixture->service, 302, header, NULL);
  scripted_server_add_bytes (fixture->stranger, clip->data, clip->len);
  g_assert_cmpint (adapter_fixture_download (fixture, "file:k3x9"), ==, VEO3_DOWNLOAD_STORED);
  g_assert_cmpuint (scripted_server_count_requests (fixture->stranger), ==, 1);
}

static const Row file_rows[] = {
  { "failed", 200, "{\"state\":\"FAILED\",\"error\":{\"code\":13,\"message\":\"oops " KEY "\"}}",
    NOT_CLIP (OPERATION_FAILED), "oops [redacted]" },
  { "not-a-file", 200, "{}", TRANSIENT (PROTOCOL), NULL },
  { "403", 403, NUMBER ("403", "PERMISSION_DENIED"), TRANSIENT (CREDENTIALS), NULL },
  { "404", 404, NUMBER ("404", "NOT_FOUND"), GONE, NULL },
  { "503", 503, "<html>", TRANSIENT (UNAVAILABLE), NULL },
};

/* One answer to the question for a file, and what becomes of it. */
static void
test_file_row (AdapterFixture *fixture, gconstpointer data)
{
  const Row *row = data;

  add_row (fixture, row);
  g_assert_cmpint ((int)adapter_fixture_download (fixture, "file:k3x9"), ==, row->klass);
  g_assert_cmpint (fixture->code, ==, row->code);
  if (row->text != NULL)
    g_assert_nonnull (strstr (fixture->message, row->text));
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 1);
}

/* A file that does not become ready is given up for a while, not for good. */
static void
test_file_slow (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  for (guint i = 0; i < 100; i++)
    scripted_server_add_answer (fixture->service, 200, NULL, FILE_IS ("PROCESSING"));
  g_assert_cmpint (adapter_fixture_download (fixture, "file:k3x9"), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), >=, 2);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), <, 100);
}

static gboolean
has_request (gpointer data)
{
  return scripted_server_count_requests (data) > 0;
}

/* Cancelled between two questions, the waiting for a file ends before the next one is due. */
static void
test_file_cancel (AdapterFixture *fixture, gconstpointer data)
{
  gint64 begun_us = g_get_monotonic_time ();

  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL, FILE_IS ("PROCESSING"));
  adapter_fixture_begin_download (fixture, "file:k3x9");
  adapter_test_wait_until (fixture->context, has_request, fixture->service);
  (void)adapter_test_iterate_for (fixture->context, 50);
  g_assert_cmpuint (fixture->calls, ==, 0);
  g_cancellable_cancel (fixture->cancellable);
  adapter_fixture_wait (fixture, 1);
  g_assert_cmpint (fixture->klass, ==, (int)VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_CANCELLED);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 1);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 2500 * G_TIME_SPAN_MILLISECOND);
}

/* A clip that is nowhere we may ask is not asked for. */
static void
test_nowhere (AdapterFixture *fixture, gconstpointer data)
{
  static const char *const places[]
      = { "uri:gs://b/o.mp4", "inline:0:interactions/a/b", "file:../x", "" };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_assert_cmpint (adapter_fixture_download (fixture, places[i]), ==, VEO3_DOWNLOAD_NOT_CLIP);
      g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_PROTOCOL);
    }
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 0);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/veo3/omni-adapter/" path, AdapterFixture, NULL, set_up, func, tear_down)
#define ADD_SMALL(path, func)                                                                      \
  g_test_add ("/veo3/omni-adapter/" path, AdapterFixture, NULL, set_up_small, func, tear_down)

static void
add_rows (const char *kind,
          const Row *rows,
          gsize n_rows,
          void (*func) (AdapterFixture *fixture, gconstpointer data))
{
  for (gsize i = 0; i < n_rows; i++)
    {
      g_autofree char *path = g_strdup_printf ("/veo3/omni-adapter/%s/row/%s", kind, rows[i].name);

      g_test_add (path, AdapterFixture, &rows[i], set_up, func, tear_down);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("config", test_config);
  ADD ("self", test_self);
  ADD ("submit/accepted", test_submit_accepted);
  add_rows ("submit", submit_rows, G_N_ELEMENTS (submit_rows), test_submit_row);
  ADD ("submit/inline", test_submit_inline);
  ADD ("submit/cut", test_submit_cut);
  ADD ("submit/cancelled", test_submit_cancelled);
  add_rows ("poll", poll_rows, G_N_ELEMENTS (poll_rows), test_poll_row);
  ADD ("poll/foreign", test_poll_foreign);
  ADD ("poll/inline", test_poll_inline);
  ADD ("inline/stored", test_inline);
  ADD ("inline/cut", test_inline_cut);
  add_rows ("inline", inline_rows, G_N_ELEMENTS (inline_rows), test_inline_row);
  ADD ("inline/hostile", test_inline_hostile);
  ADD_SMALL ("too-big", test_too_big);
  ADD ("many-texts", test_many_texts);
  ADD ("inline/memory", test_memory);
  ADD ("file/stored", test_file);
  ADD ("file/redirect", test_file_redirect);
  add_rows ("file", file_rows, G_N_ELEMENTS (file_rows), test_file_row);
  ADD ("file/slow", test_file_slow);
  ADD_SMALL ("file/cancel", test_file_cancel);
  ADD ("nowhere", test_nowhere);
  return g_test_run ();
}
