/* SPDX-License-Identifier: MIT */
/*
 * The free question to a service, over the Gemini adapter: what goes out, and what each answer, or
 * none, means. The scripted server's log is the judge of what was sent.
 */
#include <string.h>

#include "plugin/adapters/gemini-adapter.h"
#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/scripted-server.h"

#define KEY "canary-2c81"
#define MODEL "veo-9"
#define GOOD "{\"name\":\"models/" MODEL "\",\"supportedGenerationMethods\":[]}"
#define RPC(code, status, message)                                                                 \
  "{\"error\":{\"code\":" code ",\"status\":\"" status "\",\"message\":\"" message "\"}}"

typedef struct
{
  GMainContext *context;     /* (owned) */
  ScriptedServer *service;   /* (owned) */
  HttpClient *polls;         /* (owned) */
  VideoGenerationPort *port; /* (owned) */
  GCancellable *cancellable; /* (owned) */
  guint calls;
  Veo3ServiceResult result;
  char *message; /* (owned) (nullable) */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  HttpClientOptions options = { .silence_timeout_ms = 2000 };
  GeminiAdapterConfig config = { .model = MODEL, .api_key = KEY };
  g_autoptr (GError) error = NULL;

  (void)data;
  f->context = adapter_test_push_context ();
  f->service = scripted_server_new ();
  f->cancellable = g_cancellable_new ();
  f->polls = http_client_new (f->context, HTTP_TRAFFIC_POLL, &options, &error);
  g_assert_no_error (error);
  config.base_url = scripted_server_get_url (f->service);
  /* No other client: a question that used one would crash. */
  f->port = gemini_adapter_new (NULL, f->polls, NULL, &config, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void)data;
  gemini_adapter_free (f->port);
  http_client_free (f->polls);
  scripted_server_free (f->service);
  g_object_unref (f->cancellable);
  g_free (f->message);
  adapter_test_pop_context (f->context);
}

static void
on_checked (const Veo3ServiceResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  f->calls++;
  f->result = *result;
  g_free (f->message);
  f->message = g_strdup (result->message);
  g_assert_true (f->message == NULL || strstr (f->message, KEY) == NULL);
}

static Veo3ServiceClass
check (Fixture *f)
{
  guint before = f->calls;

  f->port->iface->check_service (f->port, f->cancellable, on_checked, f);
  g_assert_cmpuint (f->calls, ==, before);
  adapter_test_wait (f->context, &f->calls, before + 1);
  g_assert_cmpuint (f->calls, ==, before + 1);
  return f->result.klass;
}

/* One GET of the model with the key; the answer tells the service's time. */
static void
test_ready (Fixture *f, gconstpointer data)
{
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_answer (f->service, 200, "Date: Mon, 23 Nov 2026 10:00:00 GMT\r\n", GOOD);
  g_assert_cmpint (check (f), ==, VEO3_SERVICE_READY);
  g_assert_cmpint (f->result.code, ==, VEO3_ERROR_CODE_NONE);
  g_assert_cmpint (f->result.server_time_s, ==, 1795428000);
  g_assert_cmpuint (scripted_server_count_requests (f->service), ==, 1);
  request = scripted_server_dup_request (f->service, 0);
  g_assert_true (g_str_has_prefix (request, "GET /v1beta/models/" MODEL " HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nx-goog-api-key: " KEY "\r\n"));
}

/* What each answer means; whatever is no clear word of the service proves nothing. */
static void
test_answers (Fixture *f, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *body;
    Veo3ServiceClass klass;
    Veo3ErrorCode code;
    const char *words;
  } cases[] = {
    { 400, RPC ("400", "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
      VEO3_SERVICE_DENIED, VEO3_ERROR_CODE_CREDENTIALS, "API key not valid" },
    { 403, RPC ("403", "PERMISSION_DENIED", "no rights"), VEO3_SERVICE_DENIED,
      VEO3_ERROR_CODE_CREDENTIALS, "no rights" },
    { 400, RPC ("400", "FAILED_PRECONDITION", "User location is not supported"),
      VEO3_SERVICE_DENIED, VEO3_ERROR_CODE_CREDENTIALS, "location is not supported" },
    { 404, RPC ("404", "NOT_FOUND", "models/veo-9 is not found for API version v1beta"),
      VEO3_SERVICE_DENIED, VEO3_ERROR_CODE_MODEL_GONE, "is not found" },
    { 429, RPC ("429", "RESOURCE_EXHAUSTED", "slow down"), VEO3_SERVICE_NO_ANSWER,
      VEO3_ERROR_CODE_QUOTA_MINUTE, "slow down" },
    { 500, "oops", VEO3_SERVICE_NO_ANSWER, VEO3_ERROR_CODE_UNAVAILABLE, "500" },
    { 302, "", VEO3_SERVICE_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL, "302" },
    { 200, "{\"name\":\"models/another\"}", VEO3_SERVICE_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL,
      "200" },
    { 200, "<html>welcome</html>", VEO3_SERVICE_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL, "200" },
  };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%u %s", cases[i].status, cases[i].body);
      scripted_server_add_answer (f->service, cases[i].status, NULL, cases[i].body);
      g_assert_cmpint (check (f), ==, cases[i].klass);
      g_assert_cmpint (f->result.code, ==, cases[i].code);
      g_assert_nonnull (f->message);
      g_assert_nonnull (strstr (f->message, cases[i].words));
      g_assert_cmpint (f->result.server_time_s, ==, 0);
    }
  g_assert_cmpuint (scripted_server_count_method (f->service, "GET"), ==, G_N_ELEMENTS (cases));
  g_assert_cmpuint (scripted_server_count_requests (f->service), ==, G_N_ELEMENTS (cases));
}

/* A service that says nothing is waited for in vain, and a call that is called off ends. */
static void
test_cancelled (Fixture *f, gconstpointer data)
{
  (void)data;
  scripted_server_add (f->service, (ScriptedStep){ .answer = "", .end = SCRIPTED_HANG });
  f->port->iface->check_service (f->port, f->cancellable, on_checked, f);
  g_cancellable_cancel (f->cancellable);
  adapter_test_wait (f->context, &f->calls, 1);
  g_assert_cmpint (f->result.klass, ==, VEO3_SERVICE_NO_ANSWER);
  g_assert_cmpint (f->result.code, ==, VEO3_ERROR_CODE_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/adapters/service-check/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("ready", test_ready);
  ADD ("answers", test_answers);
  ADD ("cancelled", test_cancelled);
#undef ADD
  return g_test_run ();
}
