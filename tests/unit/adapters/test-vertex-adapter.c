/* SPDX-License-Identifier: MIT */
/*
 * The port over Vertex AI's wire: what goes out, what comes back as which class, and where the
 * token goes. Beside the service and the stranger there is a server that gives tokens, in the way
 * of a machine's metadata server. The token is a canary that is searched in everything.
 */
#include "plugin/adapters/vertex-adapter.h"

#include <string.h>

#include "tests/unit/adapters/adapter-fixture.h"
#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/small-mp4.h"

#define MODEL                                                                                      \
  "projects/my-proj/locations/us-central1/publishers/google/models/" VERTEX_DEFAULT_MODEL
#define OPERATION MODEL "/operations/6f1c2d34-0000-4000-8000-aabbccddeeff"
#define INLINE_CLIP "inline:0:" OPERATION
#define BEGINNING                                                                                  \
  "{\"name\":\"" OPERATION "\",\"done\":true,\"response\":{\"@type\":\"t\","                       \
  "\"raiMediaFilteredCount\":0,\"videos\":["
#define END "]}}"
#define MAX_CLIP_BYTES 400000

typedef struct
{
  AdapterFixture base;
  ScriptedServer *tokens; /* (owned) */
} Fixture;

/* The fixture's factory has no place for it. */
static ScriptedServer *token_server;

static void
add_token (Fixture *fixture, const char *token)
{
  g_autofree char *body
      = g_strdup_printf ("{\"access_token\":\"%s\",\"expires_in\":3599,\"token_type\":\"Bearer\"}",
                         token);

  scripted_server_add_answer (fixture->tokens, 200, "Metadata-Flavor: Google\r\n", body);
}

static VideoGenerationPort *
make_port (HttpClient *const *clients, const VertexAdapterConfig *config, GError **error)
{
  g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", scripted_server_get_port (token_server));
  const GoogleAuthConfig credentials = { .metadata_host = host };
  VertexClients own = { .submits = clients[HTTP_TRAFFIC_SUBMIT],
                        .polls = clients[HTTP_TRAFFIC_POLL],
                        .downloads = clients[HTTP_TRAFFIC_DOWNLOAD] };
  GoogleAuth *auth = google_auth_new (own.polls, &credentials, error);

  g_assert_nonnull (auth);
  return vertex_adapter_new (&own, auth, config, error);
}

static VideoGenerationPort *
make (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  VertexAdapterConfig config = { .base_url = base_url,
                                 .project = "my-proj",
                                 .max_clip_bytes = MAX_CLIP_BYTES,
                                 .log = log.func,
                                 .log_data = log.data };

  return make_port (clients, &config, NULL);
}

static const AdapterMake usual = { make, "Authorization: Bearer " ADAPTER_FIXTURE_KEY };
/* For tests with several tokens. */
static const AdapterMake with_tokens = { make, "Content-Type: application/json" };
static const AdapterMake with_stored = { make, "Accept: */*" };

/* Without a token to have. */
static void
set_up_bare (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->tokens = scripted_server_new ();
  token_server = fixture->tokens;
  adapter_fixture_set_up (&fixture->base, &usual);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  set_up_bare (fixture, data);
  add_token (fixture, ADAPTER_FIXTURE_KEY);
}

/* With several tokens, of which the canary is the first. */
static void
set_up_tokens (Fixture *fixture, gconstpointer data)
{
  set_up (fixture, data);
  fixture->base.what = &with_tokens;
}

static void
set_up_quota (Fixture *fixture, gconstpointer data)
{
  g_setenv ("GOOGLE_CLOUD_QUOTA_PROJECT", "quota-proj", TRUE);
  set_up (fixture, data);
  g_unsetenv ("GOOGLE_CLOUD_QUOTA_PROJECT");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  adapter_fixture_tear_down (&fixture->base);
  scripted_server_free (fixture->tokens);
}

static guint
count_served (Fixture *fixture)
{
  return scripted_server_count_requests (fixture->base.service);
}

/* A configuration that cannot work is refused at once, by the setting's name. */
static void
test_config (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    VertexAdapterConfig config;
    const char *word;
  } rows[] = {
    { { .project = NULL }, "GOOGLE_CLOUD_PROJECT" },
    { { .project = "" }, "GOOGLE_CLOUD_PROJECT" },
    { { .project = "a/b" }, "project" },
    { { .project = "p", .location = "a.b" }, "location" },
    { { .project = "p", .model = "models/x" }, "model" },
    { { .project = "p", .model = "" }, "model" },
    { { .project = "p", .storage_uri = "https://b/" }, "storage-uri" },
    { { .project = "p", .base_url = "http://example.com" }, "base URL" },
    { { .project = "p", .api_version = "v1/x" }, "API version" },
  };
  const VertexAdapterConfig plain = { .project = "p" };
  VideoGenerationPort *port;

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) local_error = NULL;

      g_assert_null (make_port (fixture->base.clients, &rows[i].config, &local_error));
      /* What is missing is not wrong: without it a run goes on without clips. */
      if (g_str_equal (rows[i].word, "GOOGLE_CLOUD_PROJECT"))
        g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      else
        g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_test_message ("%s", local_error->message);
      g_assert_nonnull (strstr (local_error->message, rows[i].word));
    }
  port = make_port (fixture->base.clients, &plain, NULL);
  g_assert_cmpstr (port->iface->provider, ==, "vertex");
  g_assert_cmpstr (port->model, ==, VERTEX_DEFAULT_MODEL);
  g_assert_true (port->iface->is_operation_name (port, OPERATION));
  g_assert_false (port->iface->is_operation_name (port, "models/m/operations/o"));
  vertex_adapter_free (port);
  vertex_adapter_free (NULL);
}

/* The paid request, to the byte, with the token that was fetched for it, and its answer. */
static void
test_submit_accepted (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_answer (fixture->base.service, 200, NULL, "{\"name\":\"" OPERATION "\"}");
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_ACCEPTED);
  g_assert_cmpstr (fixture->base.text, ==, OPERATION);
  g_assert_null (fixture->base.message);
  request = scripted_server_dup_request (fixture->base.service, 0);
  g_assert_true (g_str_has_prefix (request, "POST /v1/" MODEL ":predictLongRunning HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Type: application/json\r\n"));
  g_assert_null (strstr (request, "x-goog-user-project"));
  g_assert_true (g_str_has_suffix (
      request, "\r\n\r\n{\"instances\":[{\"prompt\":\"A paper boat\"}],\"parameters\":{"
               "\"sampleCount\":1,\"durationSeconds\":6,\"aspectRatio\":\"9:16\"},\"labels\":{"
               "\"pipeline_run\":\"run\",\"idempotent_key\":\"run_broll\"}}"));
  /* One token for all. */
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_UNCERTAIN);
  g_assert_cmpuint (scripted_server_count_requests (fixture->tokens), ==, 1);
}

/* Where another project is charged for quota, all calls name it. */
static void
test_quota_project (Fixture *fixture, gconstpointer data)
{
  (void)data;
  (void)adapter_fixture_submit (&fixture->base);
  (void)adapter_fixture_poll (&fixture->base, OPERATION);
  (void)adapter_fixture_download (&fixture->base, INLINE_CLIP);
  g_assert_cmpuint (count_served (fixture), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *request = scripted_server_dup_request (fixture->base.service, i);

      g_assert_nonnull (strstr (request, "\r\nx-goog-user-project: quota-proj\r\n"));
    }
}

typedef struct
{
  const char *name;
  guint status;
  const char *body;
  Veo3SubmitClass klass;
  Veo3ErrorCode code;
} SubmitRow;

#define ERROR(code, status, message)                                                               \
  "{\"error\":{\"code\":" code ",\"status\":\"" status "\",\"message\":\"" message "\"}}"

/* The others are test-submit-errors's. */
static const SubmitRow submit_rows[] = {
  { "model-unsupported", 404,
    ERROR ("404",
           "NOT_FOUND",
           "models/x is not found for API version v1, or is not supported for predictLongRunning."),
    VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_MODEL_GONE },
  { "disabled", 403,
    ERROR ("403",
           "PERMISSION_DENIED",
           "Vertex AI API has not been used in project my-proj before or it is disabled."),
    VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS },
  { "gemini-name", 200, "{\"name\":\"models/m/operations/o\"}", VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT },
};

/* One answer to a paid request, and its class; it left once. */
static void
test_submit_row (Fixture *fixture, gconstpointer data)
{
  const SubmitRow *row = data;

  scripted_server_add_answer (fixture->base.service, row->status, NULL, row->body);
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, row->klass);
  g_assert_cmpint (fixture->base.code, ==, row->code);
  g_assert_nonnull (fixture->base.message);
  g_assert_cmpuint (count_served (fixture), ==, 1);
}

/* Without a token nothing leaves, and that is known: it is never an uncertain submit. */
static void
test_token_refused (Fixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->tokens, 404, "Metadata-Flavor: Google\r\n", "no account");
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_REFUSED);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CREDENTIALS);
  g_assert_true (g_str_has_prefix (fixture->base.message, "the request did not leave: "));
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_UNAUTHORIZED);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CREDENTIALS);
  g_assert_cmpint (adapter_fixture_download (&fixture->base, INLINE_CLIP), ==,
                   VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CREDENTIALS);
  g_assert_cmpuint (count_served (fixture), ==, 0);
}

/* No token for now: not sent, and the next try may follow. */
static void
test_token_transient (Fixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->tokens, 503, NULL, "later");
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_NOT_SENT);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_UNAVAILABLE);
  g_assert_cmpint (fixture->base.retry_after_ms, >, 0);
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_UNAVAILABLE);
  g_assert_cmpint (adapter_fixture_download (&fixture->base, INLINE_CLIP), ==,
                   VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpuint (count_served (fixture), ==, 0);
}

/* Cancelled while the token is waited for, nothing has left either. */
static void
test_token_cancelled (Fixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add (fixture->tokens, (ScriptedStep){ .end = SCRIPTED_HANG });
  g_cancellable_cancel (fixture->base.cancellable);
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_NOT_SENT);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CANCELLED);
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CANCELLED);
  g_assert_cmpint (adapter_fixture_download (&fixture->base, INLINE_CLIP), ==,
                   VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CANCELLED);
  g_assert_cmpuint (count_served (fixture), ==, 0);
}

#define REFUSED_TOKEN ERROR ("401", "UNAUTHENTICATED", "Request had invalid credentials.")

static void
refuse_token (Fixture *fixture)
{
  scripted_server_add_answer (fixture->base.service, 401, NULL, REFUSED_TOKEN);
}

static void
assert_token_of (Fixture *fixture, guint request, const char *token)
{
  g_autofree char *text = scripted_server_dup_request (fixture->base.service, request);
  g_autofree char *line = g_strdup_printf ("\r\nAuthorization: Bearer %s\r\n", token);

  g_assert_nonnull (strstr (text, line));
}

/* A refused token is renewed once, by the domain's next try; a second refusal is for good. */
static void
test_renewed_submit (Fixture *fixture, gconstpointer data)
{
  (void)data;
  add_token (fixture, "second-4c");
  refuse_token (fixture);
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_REJECTED);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_UNAVAILABLE);
  g_assert_cmpint (fixture->base.retry_after_ms, ==, 0);
  g_assert_nonnull (strstr (fixture->base.message, "Request had invalid credentials.; the access "
                                                   "token was refused, the next try has a new"));
  g_assert_cmpuint (count_served (fixture), ==, 1); /* nothing was sent by itself */
  refuse_token (fixture);
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_REFUSED);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CREDENTIALS);
  assert_token_of (fixture, 0, ADAPTER_FIXTURE_KEY);
  assert_token_of (fixture, 1, "second-4c");
  g_assert_cmpuint (count_served (fixture), ==, 2);
}

/* A renewed token that was taken may be renewed again when its time has come. */
static void
test_renewed_again (Fixture *fixture, gconstpointer data)
{
  (void)data;
  add_token (fixture, "second-4c");
  add_token (fixture, "third-9d");
  refuse_token (fixture);
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_REJECTED);
  scripted_server_add_answer (fixture->base.service, 200, NULL, "{\"name\":\"" OPERATION "\"}");
  g_assert_cmpint (adapter_fixture_submit (&fixture->base), ==, VEO3_SUBMIT_ACCEPTED);
  refuse_token (fixture);
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NO_ANSWER);
  scripted_server_add_answer (fixture->base.service, 200, NULL, "{\"name\":\"" OPERATION "\"}");
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_RUNNING);
  assert_token_of (fixture, 1, "second-4c");
  assert_token_of (fixture, 3, "third-9d");
  g_assert_cmpuint (scripted_server_count_requests (fixture->tokens), ==, 3);
}

/* A poll that is refused twice pauses the polling and says so. */
static void
test_renewed_poll (Fixture *fixture, gconstpointer data)
{
  (void)data;
  add_token (fixture, "second-4c");
  refuse_token (fixture);
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NO_ANSWER);
  g_assert_nonnull (strstr (fixture->base.message, "HTTP 401"));
  refuse_token (fixture);
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_UNAUTHORIZED);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CREDENTIALS);
}

/* A download that is denied gets another token for its next try, and only one. */
static void
test_renewed_download (Fixture *fixture, gconstpointer data)
{
  (void)data;
  add_token (fixture, "second-4c");
  add_token (fixture, "third-9d");
  for (guint i = 0; i < 4; i++)
    {
      refuse_token (fixture);
      g_assert_cmpint (adapter_fixture_download (&fixture->base, INLINE_CLIP), ==,
                       VEO3_DOWNLOAD_TRANSIENT);
      g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CREDENTIALS);
    }
  g_assert_cmpuint (scripted_server_count_requests (fixture->tokens), ==, 2);
}

/* A bucket that is closed to the account gets one other token, however often the service proves
 * meanwhile that the token is good; a clip that arrives gives it back its trust. */
static void
test_closed_bucket (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (1000);

  (void)data;
  fixture->base.what = &with_stored;
  add_token (fixture, "second-4c");
  add_token (fixture, "third-9d");
  for (guint i = 0; i < 4; i++)
    {
      scripted_server_add_answer (fixture->base.service, 403, NULL, "{}");
      g_assert_cmpint (adapter_fixture_download (&fixture->base, "gs://my-bucket/x"), ==,
                       VEO3_DOWNLOAD_TRANSIENT);
      g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_CREDENTIALS);
      scripted_server_add_answer (fixture->base.service, 200, NULL, "{\"name\":\"" OPERATION "\"}");
      g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_RUNNING);
    }
  g_assert_cmpuint (scripted_server_count_requests (fixture->tokens), ==, 2);
  scripted_server_add_bytes (fixture->base.service, clip->data, clip->len);
  g_assert_cmpint (adapter_fixture_download (&fixture->base, "gs://my-bucket/x"), ==,
                   VEO3_DOWNLOAD_STORED);
  refuse_token (fixture);
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NO_ANSWER);
  assert_token_of (fixture, 9, "second-4c");
}

/* A poll asks beside the model, names the operation, and gives the service's words on. */
static void
test_poll (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_answer (fixture->base.service, 200, NULL, "{\"name\":\"" OPERATION "\"}");
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_RUNNING);
  request = scripted_server_dup_request (fixture->base.service, 0);
  g_assert_true (
      g_str_has_prefix (request, "POST /v1/" MODEL ":fetchPredictOperation HTTP/1.1\r\n"));
  g_assert_true (g_str_has_suffix (request, "\r\n\r\n{\"operationName\":\"" OPERATION "\"}"));
  scripted_server_add_answer (
      fixture->base.service, 200, NULL,
      "{\"done\":true,\"error\":{\"code\":8,\"message\":\"" ADAPTER_FIXTURE_KEY "\"}}");
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_FAILED);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_QUOTA_MINUTE);
  g_assert_cmpstr (fixture->base.message, ==, "the operation failed with code 8: [redacted]");
}

/* A poll without an answer about the operation says why, and decides nothing. */
static void
test_poll_no_answer (Fixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->base.service, 503, "Retry-After: 3\r\n", "<html>");
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (fixture->base.retry_after_ms, ==, 3000);
  scripted_server_add_answer (fixture->base.service, 200, NULL, "{\"na");
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_PROTOCOL);
  scripted_server_add_answer (fixture->base.service, 404, NULL, "{}");
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NOT_FOUND);
  scripted_server_add_answer (fixture->base.service, 403, NULL, "{}");
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_UNAUTHORIZED);
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, "models/m/operations/o"), ==,
                   VEO3_POLL_NO_ANSWER);
  g_assert_cmpuint (count_served (fixture), ==, 4);
}

static char *
dup_answer (const GByteArray *clip)
{
  g_autofree char *code = g_base64_encode (clip->data, clip->len);

  return g_strconcat (BEGINNING "{\"bytesBase64Encoded\":\"", code,
                      "\",\"mimeType\":\"video/mp4\"}" END, NULL);
}

/* A poll learns from the beginning of an answer that the clip is in it, and reads no further: the
 * answer never ends here. The download asks again and stores it. */
static void
test_inline (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (300000);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, clip->data, clip->len);
  g_autofree char *answer = dup_answer (clip);
  g_autofree char *endless
      = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n%.2000s", answer);
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add (fixture->base.service,
                       (ScriptedStep){ .answer = endless, .end = SCRIPTED_HANG });
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_DONE);
  g_assert_cmpstr (fixture->base.text, ==, INLINE_CLIP);
  scripted_server_add_answer (fixture->base.service, 200, NULL, answer);
  g_assert_cmpint (adapter_fixture_download (&fixture->base, INLINE_CLIP), ==,
                   VEO3_DOWNLOAD_STORED);
  g_assert_cmpuint (fixture->base.bytes, ==, clip->len);
  g_assert_cmpstr (fixture->base.text, ==, sha256);
  request = scripted_server_dup_request (fixture->base.service, 1);
  g_assert_true (g_str_has_suffix (request, "\r\n\r\n{\"operationName\":\"" OPERATION "\"}"));
}

/* Where "done" comes behind the clip, the poll reads all of the answer and keeps nothing of it. */
static void
test_inline_late (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (2000000);
  g_autofree char *code = g_base64_encode (clip->data, clip->len);
  g_autofree char *answer = g_strconcat ("{\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"",
                                         code, "\"}]},\"done\":true}", NULL);

  (void)data;
  scripted_server_add_answer (fixture->base.service, 200, NULL, answer);
  /* The limit is that of a clip: four times as much as may come here. */
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_NO_ANSWER);
  g_assert_nonnull (strstr (fixture->base.message, "bigger than"));
  g_free (answer);
  code[4 * 100000] = '\0';
  answer = g_strconcat ("{\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"", code,
                        "\"}]},\"done\":true}", NULL);
  scripted_server_add_answer (fixture->base.service, 200, NULL, answer);
  g_assert_cmpint (adapter_fixture_poll (&fixture->base, OPERATION), ==, VEO3_POLL_DONE);
  g_assert_cmpstr (fixture->base.text, ==, INLINE_CLIP);
}

typedef struct
{
  const char *name;
  guint status;
  const char *body;
  Veo3DownloadClass klass;
  Veo3ErrorCode code;
} DownloadRow;

static const DownloadRow download_rows[] = {
  { "running", 200, "{\"name\":\"" OPERATION "\"}", VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_PROTOCOL },
  { "not-base64", 200, BEGINNING "{\"bytesBase64Encoded\":\"a b\"}" END, VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_UNAVAILABLE },
  { "not-a-clip", 200, BEGINNING "{\"bytesBase64Encoded\":\"PCFET0NUWVBFIGh0bWw+\"}" END,
    VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_NOT_A_CLIP },
  { "forged-mark", 200, BEGINNING "{\"bytesBase64Encode\\u0064\":\"@inline:0\"}" END,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL },
  { "empty", 200, "", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL },
  { "404", 404, "{}", VEO3_DOWNLOAD_GONE, VEO3_ERROR_CODE_CLIP_GONE },
  { "403", 403, "{}", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CREDENTIALS },
  { "429", 429, "{}", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_QUOTA_MINUTE },
  { "500", 500, "<html>", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE },
};

/* No clip, no file; the class says whether another try makes sense. */
static void
test_download_row (Fixture *fixture, gconstpointer data)
{
  const DownloadRow *row = data;

  scripted_server_add_answer (fixture->base.service, row->status, NULL, row->body);
  g_assert_cmpint (adapter_fixture_download (&fixture->base, INLINE_CLIP), ==, row->klass);
  g_assert_cmpint (fixture->base.code, ==, row->code);
}

/* Cut anywhere, an answer gives no clip. */
static void
test_inline_cut (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (600);
  g_autofree char *answer = dup_answer (clip);

  (void)data;
  for (gsize length = 1; length < strlen (answer); length += 37)
    {
      g_autofree char *cut = g_strdup_printf ("HTTP/1.1 200 OK\r\n\r\n%.*s", (int)length, answer);

      scripted_server_add (fixture->base.service,
                           (ScriptedStep){ .answer = cut, .end = SCRIPTED_CLOSE });
      g_assert_cmpint (adapter_fixture_download (&fixture->base, INLINE_CLIP), ==,
                       VEO3_DOWNLOAD_TRANSIENT);
    }
}

/* A stored clip is fetched from storage, by its escaped name, with the token; a redirect to a
 * stranger goes without it. */
static void
test_stored (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (5000);
  g_autofree char *request = NULL;
  g_autofree char *line = g_strdup_printf ("Location: %s/signed?sig=x\r\n",
                                           scripted_server_get_url (fixture->base.stranger));

  (void)data;
  scripted_server_add_bytes (fixture->base.service, clip->data, clip->len);
  g_assert_cmpint (adapter_fixture_download (&fixture->base, "gs://my-bucket/out/12/sample 0.mp4"),
                   ==, VEO3_DOWNLOAD_STORED);
  request = scripted_server_dup_request (fixture->base.service, 0);
  g_assert_true (g_str_has_prefix (
      request, "GET /storage/v1/b/my-bucket/o/out%2F12%2Fsample%200.mp4?alt=media HTTP/1.1\r\n"));
  scripted_server_add_answer (fixture->base.service, 302, line, NULL);
  scripted_server_add_bytes (fixture->base.stranger, clip->data, clip->len);
  g_assert_cmpint (adapter_fixture_download (&fixture->base, "gs://my-bucket/x"), ==,
                   VEO3_DOWNLOAD_STORED);
  g_assert_cmpuint (scripted_server_count_requests (fixture->base.stranger), ==, 1);
}

/* What is neither kind of clip is not asked for. */
static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  static const char *const clips[]
      = { "https://storage.example/clip.mp4", "gs://bucket/..", "inline:0:models/m/operations/o" };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (clips); i++)
    {
      g_assert_cmpint (adapter_fixture_download (&fixture->base, clips[i]), ==,
                       VEO3_DOWNLOAD_NOT_CLIP);
      g_assert_cmpint (fixture->base.code, ==, VEO3_ERROR_CODE_PROTOCOL);
    }
  g_assert_cmpuint (count_served (fixture), ==, 0);
}

#define ADD(path, set_up, func)                                                                    \
  g_test_add ("/veo3/vertex-adapter/" path, Fixture, NULL, set_up, func, tear_down)

static void
add_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (submit_rows); i++)
    {
      g_autofree char *path
          = g_strconcat ("/veo3/vertex-adapter/submit/row/", submit_rows[i].name, NULL);

      g_test_add (path, Fixture, &submit_rows[i], set_up, test_submit_row, tear_down);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (download_rows); i++)
    {
      g_autofree char *path
          = g_strconcat ("/veo3/vertex-adapter/download/row/", download_rows[i].name, NULL);

      g_test_add (path, Fixture, &download_rows[i], set_up, test_download_row, tear_down);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Whoever runs this may be logged in at Google. */
  g_setenv ("CLOUDSDK_CONFIG", "/nowhere", TRUE);
  g_unsetenv ("GOOGLE_CLOUD_QUOTA_PROJECT");
  ADD ("config", set_up, test_config);
  ADD ("submit/accepted", set_up, test_submit_accepted);
  ADD ("quota-project", set_up_quota, test_quota_project);
  ADD ("token/refused", set_up_bare, test_token_refused);
  ADD ("token/transient", set_up_bare, test_token_transient);
  ADD ("token/cancelled", set_up_bare, test_token_cancelled);
  ADD ("token/renewed-submit", set_up_tokens, test_renewed_submit);
  ADD ("token/renewed-again", set_up_tokens, test_renewed_again);
  ADD ("token/renewed-poll", set_up_tokens, test_renewed_poll);
  ADD ("token/renewed-download", set_up_tokens, test_renewed_download);
  ADD ("token/closed-bucket", set_up_tokens, test_closed_bucket);
  ADD ("poll/words", set_up, test_poll);
  ADD ("poll/no-answer", set_up, test_poll_no_answer);
  ADD ("inline/stored", set_up, test_inline);
  ADD ("inline/late", set_up, test_inline_late);
  ADD ("inline/cut", set_up, test_inline_cut);
  ADD ("stored", set_up, test_stored);
  ADD ("foreign", set_up, test_foreign);
  add_rows ();
  return g_test_run ();
}
