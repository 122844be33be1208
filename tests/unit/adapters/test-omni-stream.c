/* SPDX-License-Identifier: MIT */
/*
 * Create calls of models that take no background calls: the way there, and the events of the
 * answer, whole and broken.
 */
#include <string.h>

#include "plugin/adapters/omni-adapter.h"
#include "tests/unit/adapters/adapter-fixture.h"
#include "tests/unit/adapters/adapter-test.h"

#define ID "v1_ChdQbTJh"
#define NAME "interactions/" ID
#define KEY ADAPTER_FIXTURE_KEY
#define NO_BACKGROUND                                                                              \
  "{\"error\":{\"code\":\"invalid_request\",\"message\":\"Background mode is not supported by "    \
  "this model.\"}}"
#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define CREATED                                                                                    \
  "event: interaction.created\ndata: {\"event_type\":\"interaction.created\",\"interaction\":{"    \
  "\"id\":\"" ID "\",\"status\":\"in_progress\"},\"event_id\":\"e1\"}\n\n"
#define FAILED_EVENT                                                                               \
  "event: error\ndata: {\"event_type\":\"error\",\"error\":{\"code\":\"api_error\"}}\n\n"

static VideoGenerationPort *
make (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  OmniAdapterConfig config
      = { .base_url = base_url, .api_key = KEY, .max_answer_bytes = 500000, .log = log };

  return omni_adapter_new (clients[HTTP_TRAFFIC_SUBMIT], clients[HTTP_TRAFFIC_POLL],
                           clients[HTTP_TRAFFIC_DOWNLOAD], &config, NULL);
}

static const AdapterMake what = { make, "x-goog-api-key: " KEY };

/* Refused once: from then on the adapter asks for events. */
static void
set_up (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  adapter_fixture_set_up (fixture, &what);
  scripted_server_add_answer (fixture->service, 400, NULL, NO_BACKGROUND);
  g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_REJECTED);
}

static void
tear_down (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  adapter_fixture_tear_down (fixture);
}

static void
add (AdapterFixture *fixture, const char *answer, ScriptedEnd end)
{
  scripted_server_add (fixture->service, (ScriptedStep){ .answer = answer, .end = end });
}

static void
assert_accepted (AdapterFixture *fixture)
{
  g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_ACCEPTED);
  g_assert_cmpstr (fixture->text, ==, NAME);
}

/* The refusal costs nothing and is no end: the next try asks in another way. */
static void
test_rejected (AdapterFixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  (void)data;
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_UNAVAILABLE);
  g_assert_nonnull (strstr (fixture->message, "Background mode is not supported"));
  add (fixture, HEAD CREATED, SCRIPTED_HANG);
  assert_accepted (fixture);
  first = scripted_server_dup_request (fixture->service, 0);
  second = scripted_server_dup_request (fixture->service, 1);
  g_assert_nonnull (strstr (first, "\"background\":true,\"store\":true,"));
  g_assert_nonnull (strstr (second, "\"stream\":true,\"store\":true,"));
  g_assert_null (strstr (second, "background"));
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 2);
}

/* The connection stays open after the id has come: the service may need it to go on. */
static void
test_stays_open (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  add (fixture, HEAD CREATED, SCRIPTED_HANG);
  assert_accepted (fixture);
  (void)adapter_test_iterate_for (fixture->context, 100);
  g_assert_cmpuint (http_client_get_in_flight (fixture->clients[HTTP_TRAFFIC_SUBMIT]), ==, 1);
  g_cancellable_cancel (fixture->cancellable);
  (void)adapter_test_iterate_for (fixture->context, 100);
  g_assert_cmpuint (http_client_get_in_flight (fixture->clients[HTTP_TRAFFIC_SUBMIT]), ==, 0);
  g_assert_cmpuint (fixture->calls, ==, 2);
}

static gboolean
is_closed (gpointer client)
{
  return http_client_get_in_flight (client) == 0;
}

/* What comes after the id is thrown away, and not without end. */
static void
test_flood (AdapterFixture *fixture, gconstpointer data)
{
  g_autofree char *fill = g_strnfill (600000, 'A');
  g_autofree char *flood = g_strconcat (HEAD CREATED "data: ", fill, NULL);
  gint64 begun_us = g_get_monotonic_time ();

  (void)data;
  add (fixture, flood, SCRIPTED_HANG);
  assert_accepted (fixture);
  adapter_test_wait_until (fixture->context, is_closed, fixture->clients[HTTP_TRAFFIC_SUBMIT]);
  g_assert_cmpuint (fixture->calls, ==, 2);
  /* Silence would have ended it after 2 s. */
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 1800 * G_TIME_SPAN_MILLISECOND);
}

/* An id that has come whole counts, however the connection ends, and is told once. */
static void
test_ends (AdapterFixture *fixture, gconstpointer data)
{
  static const ScriptedEnd ends[] = { SCRIPTED_CLOSE, SCRIPTED_HALF_CLOSE, SCRIPTED_HANG };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      add (fixture, HEAD ": welcome\r\n\r\n" CREATED, ends[i]);
      assert_accepted (fixture);
    }
}

/* Events may come in pieces of a byte. */
static void
test_drip (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add (fixture->service, (ScriptedStep){ .answer = HEAD CREATED, .drip_ms = 1 });
  assert_accepted (fixture);
}

/* What is too long to be the first event is passed over. */
static void
test_long_line (AdapterFixture *fixture, gconstpointer data)
{
  g_autofree char *fill = g_strnfill (200000, 'A');
  g_autofree char *answer = g_strconcat (HEAD "data: {\"delta\":\"", fill, "\"}\n\n" CREATED, NULL);

  (void)data;
  add (fixture, answer, SCRIPTED_HANG);
  assert_accepted (fixture);
}

/* A service that does not stream after all answers with the interaction itself. */
static void
test_not_streamed (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL,
                              "{\"id\":\"" ID "\",\"status\":\"completed\",\"steps\":[]}");
  assert_accepted (fixture);
}

/* Without an id nobody knows; more than is allowed is not read. */
static void
test_uncertain (AdapterFixture *fixture, gconstpointer data)
{
  g_autofree char *fill = g_strnfill (600000, 'A');
  g_autofree char *flood = g_strconcat (HEAD "data: ", fill, NULL);
  const char *const answers[] = {
    HEAD,
    HEAD "data: {\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"" ID,
    HEAD FAILED_EVENT "data: [DONE]\n\n",
    HEAD "data: {\"event_type\":\"step.start\",\"id\":\"x\"}\n\n",
    HEAD "<html>" KEY,
    flood,
    "",
  };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      add (fixture, answers[i], SCRIPTED_CLOSE);
      g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_UNCERTAIN);
      g_assert_null (fixture->text);
    }
  g_assert_cmpuint (scripted_server_count_method (fixture->service, "POST"), ==,
                    1 + G_N_ELEMENTS (answers));
}

/* Refusals are refusals here as well, the same one included. */
static void
test_refused (AdapterFixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->service, 400, NULL, NO_BACKGROUND);
  g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_REFUSED);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_INVALID_REQUEST);
  scripted_server_add_answer (fixture->service, 429, NULL,
                              "{\"error\":{\"code\":\"quota_exceeded\",\"message\":\"m\"}}");
  g_assert_cmpint (adapter_fixture_submit (fixture), ==, VEO3_SUBMIT_REJECTED);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_QUOTA_DAY);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/veo3/omni-stream/" path, AdapterFixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rejected", test_rejected);
  ADD ("stays-open", test_stays_open);
  ADD ("flood", test_flood);
  ADD ("ends", test_ends);
  ADD ("drip", test_drip);
  ADD ("long-line", test_long_line);
  ADD ("not-streamed", test_not_streamed);
  ADD ("uncertain", test_uncertain);
  ADD ("refused", test_refused);
  return g_test_run ();
}
