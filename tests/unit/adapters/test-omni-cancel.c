/* SPDX-License-Identifier: MIT */
/*
 * The port over the Interactions API when it is to stop an operation: what goes out, and which
 * answers mean that the service was told, that it was done already, or that nobody knows.
 */
#include "plugin/adapters/omni-adapter.h"

#include <string.h>

#include "tests/unit/adapters/adapter-fixture.h"

#define ID "v1_ChdQbTJh"
#define NAME "interactions/" ID
#define OF(status, more) "{\"id\":\"" ID "\",\"status\":\"" status "\"" more "}"
#define WORD(code) "{\"error\":{\"code\":\"" code "\",\"message\":\"m\"}}"
#define CLIP                                                                                       \
  ",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"video\","                       \
  "\"mime_type\":\"video/mp4\",\"data\":\"AAAA\"}]}]"

static VideoGenerationPort *
make (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  OmniAdapterConfig config = { .base_url = base_url, .api_key = ADAPTER_FIXTURE_KEY, .log = log };
  g_autoptr (GError) local_error = NULL;
  VideoGenerationPort *port
      = omni_adapter_new (clients[HTTP_TRAFFIC_SUBMIT], clients[HTTP_TRAFFIC_POLL],
                          clients[HTTP_TRAFFIC_DOWNLOAD], &config, &local_error);

  g_assert_no_error (local_error);
  return port;
}

static const AdapterMake omni = { make, "x-goog-api-key: " ADAPTER_FIXTURE_KEY };

static void
set_up (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  adapter_fixture_set_up (fixture, &omni);
}

static void
tear_down (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  adapter_fixture_tear_down (fixture);
}

typedef struct
{
  const char *name;
  guint status; /* 0 = the connection is reset */
  const char *body;
  Veo3CancelClass klass;
  const char *text; /* (nullable) part of the message */
} Row;

static const Row rows[] = {
  { "stopped", 200, OF ("cancelled", ""), VEO3_CANCEL_ASKED, NULL },
  { "lagging", 200, OF ("in_progress", ""), VEO3_CANCEL_ASKED, NULL },
  { "completed", 200, OF ("completed", CLIP), VEO3_CANCEL_OVER, "it is completed" },
  { "not-json", 200, "<html>", VEO3_CANCEL_NO_ANSWER, "HTTP 200" },
  { "other", 200, "{\"id\":\"v1_other\",\"status\":\"cancelled\"}", VEO3_CANCEL_NO_ANSWER, NULL },
  { "not-running", 400, WORD ("failed_precondition"), VEO3_CANCEL_OVER, "failed_precondition" },
  { "404", 404, WORD ("not_found"), VEO3_CANCEL_OVER, "not_found" },
  { "bad-key", 400,
    "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\","
    "\"message\":\"API key not valid. Please pass a valid API key.\"}}",
    VEO3_CANCEL_UNAUTHORIZED, "API key not valid" },
  { "401", 401, WORD ("authentication"), VEO3_CANCEL_UNAUTHORIZED, NULL },
  { "402", 402, WORD ("payment_required"), VEO3_CANCEL_UNAUTHORIZED, NULL },
  { "403", 403, WORD ("permission_denied"), VEO3_CANCEL_UNAUTHORIZED, NULL },
  { "408", 408, WORD ("deadline_exceeded"), VEO3_CANCEL_NO_ANSWER, NULL },
  { "429", 429, WORD ("rate_limit_exceeded"), VEO3_CANCEL_NO_ANSWER, NULL },
  { "500", 500, WORD ("api_error"), VEO3_CANCEL_NO_ANSWER, NULL },
  { "503", 503, "<html>", VEO3_CANCEL_NO_ANSWER, NULL },
  { "307", 307, "", VEO3_CANCEL_NO_ANSWER, NULL },
  { "reset", 0, NULL, VEO3_CANCEL_NO_ANSWER, NULL },
};

static void
add_answer (AdapterFixture *fixture, const Row *row)
{
  if (row->status == 0)
    scripted_server_add (fixture->service, (ScriptedStep){ .end = SCRIPTED_RESET });
  else
    scripted_server_add_answer (fixture->service, row->status, NULL, row->body);
}

/* One answer, and what it tells; it is not asked again here. */
static void
test_row (AdapterFixture *fixture, gconstpointer data)
{
  const Row *row = data;

  add_answer (fixture, row);
  if (row->status == 0)
    add_answer (fixture, row); /* libcurl asks once more where that costs nothing */
  g_assert_cmpint (adapter_fixture_cancel (fixture, NAME), ==, row->klass);
  if (row->text != NULL)
    g_assert_nonnull (strstr (fixture->message, row->text));
  if (row->status != 0)
    g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 1);
}

/* The request, to the byte: a POST with the key in its header, a type and no body. */
static void
test_request (AdapterFixture *fixture, gconstpointer data)
{
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL, OF ("cancelled", ""));
  g_assert_cmpint (adapter_fixture_cancel (fixture, NAME), ==, VEO3_CANCEL_ASKED);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 1);
  request = scripted_server_dup_request (fixture->service, 0);
  g_assert_true (g_str_has_prefix (request, "POST /v1beta/" NAME "/cancel HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nx-goog-api-key: " ADAPTER_FIXTURE_KEY "\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Type: application/json\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Length: 0\r\n"));
  g_assert_true (g_str_has_suffix (request, "\r\n\r\n"));
}

/* A wait that the server asks for is given on. */
static void
test_retry_after (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->service, 503, "Retry-After: 7\r\n", "");
  g_assert_cmpint (adapter_fixture_cancel (fixture, NAME), ==, VEO3_CANCEL_NO_ANSWER);
  g_assert_cmpint (fixture->retry_after_ms, ==, 7000);
}

/* What is no interaction's name reaches no other path of the service. */
static void
test_foreign (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  g_assert_cmpint (adapter_fixture_cancel (fixture, "models/m/operations/x"), ==,
                   VEO3_CANCEL_NO_ANSWER);
  g_assert_cmpint (adapter_fixture_cancel (fixture, "interactions/../files/x"), ==,
                   VEO3_CANCEL_NO_ANSWER);
  g_assert_nonnull (strstr (fixture->message, "not one of this service"));
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 0);
}

/* A request that is called off ends without an answer. */
static void
test_called_off (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  g_cancellable_cancel (fixture->cancellable);
  g_assert_cmpint (adapter_fixture_cancel (fixture, NAME), ==, VEO3_CANCEL_NO_ANSWER);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 0);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/veo3/omni-cancel/" name, AdapterFixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("request", test_request);
  ADD ("retry-after", test_retry_after);
  ADD ("foreign", test_foreign);
  ADD ("called-off", test_called_off);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/omni-cancel/row/", rows[i].name, NULL);

      g_test_add (path, AdapterFixture, &rows[i], set_up, test_row, tear_down);
    }
  return g_test_run ();
}
