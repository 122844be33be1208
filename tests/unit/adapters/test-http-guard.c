/* SPDX-License-Identifier: MIT */
/*
 * The last line of defence of a paid request: the guard that counts its departures. Everything else
 * that keeps a submit from being repeated (a connection of its own, HTTP/1.1, no Expect header) is
 * taken away here, libcurl is shown to repeat the POST then, and the guard to end it instead. The
 * judge is what the servers received completely.
 */
#include "plugin/adapters/http-transfer.h"

#include <string.h>

#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/h2-server.h"
#include "tests/unit/adapters/scripted-server.h"

#define MANY_PERFORMS 20000
#define BIG_BODY_BYTES (2 * 1024 * 1024)

/** Driven: the transfer of a paid request, driven by hand. */
typedef struct
{
  HttpTransfer *transfer; /* (owned) */
  CURLM *multi;           /* (borrowed) */
} Driven;

/** Ending: how it ended. */
typedef struct
{
  CURLcode code;
  guint sent;  /* by the guard's count */
  long status; /* HTTP */
} Ending;

static Driven
driven_new (CURLM *multi, HttpRequest *request)
{
  static const HttpClientOptions limits = { .max_in_flight = 1,
                                            .connect_timeout_ms = 10000,
                                            .silence_timeout_ms = 10000,
                                            .transfer_timeout_ms = 10000,
                                            .max_body_bytes = 1000 };
  Driven self
      = { .transfer = http_transfer_new (HTTP_TRAFFIC_SUBMIT, &limits, request), .multi = multi };
  g_autoptr (GError) local_error = NULL;

  if (!http_transfer_prepare (self.transfer, &local_error))
    g_error ("%s", local_error->message);
  return self;
}

#define SPOIL(self, option, value)                                                                 \
  g_assert_cmpint (curl_easy_setopt ((self)->transfer->easy, option, (value)), ==, CURLE_OK)

/* Lets it use, and leave behind, connections that others use, of any protocol. */
static void
driven_share (const Driven *self)
{
  SPOIL (self, CURLOPT_FRESH_CONNECT, 0L);
  SPOIL (self, CURLOPT_FORBID_REUSE, 0L);
  SPOIL (self, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
}

/* Lets it ask "may I?" before a big body. */
static void
driven_expect (const Driven *self)
{
  SPOIL (self, CURLOPT_HTTPHEADER, NULL);
  SPOIL (self, CURLOPT_EXPECT_100_TIMEOUT_MS, 10000L);
}

static void
driven_unguard (const Driven *self)
{
  SPOIL (self, CURLOPT_PREREQFUNCTION, NULL);
}

/* The transfer is gone afterwards. */
static Ending
driven_perform (Driven *self)
{
  CURLMsg *message = NULL;
  Ending ending;
  int left = 1;

  g_assert_cmpint (curl_multi_add_handle (self->multi, self->transfer->easy), ==, CURLM_OK);
  for (guint i = 0; i < MANY_PERFORMS && message == NULL; i++)
    {
      g_assert_cmpint (curl_multi_perform (self->multi, &left), ==, CURLM_OK);
      message = curl_multi_info_read (self->multi, &left);
      if (message == NULL)
        (void)curl_multi_poll (self->multi, NULL, 0, 1000, NULL);
    }
  g_assert_nonnull (message);
  ending = (Ending){ message->data.result, self->transfer->sent, self->transfer->line_status };
  g_assert_cmpint (curl_multi_remove_handle (self->multi, self->transfer->easy), ==, CURLM_OK);
  g_clear_pointer (&self->transfer, http_transfer_free);
  return ending;
}

static void
assert_guarded (Ending ending, guint arrivals)
{
  g_assert_cmpint (ending.code, ==, CURLE_ABORTED_BY_CALLBACK);
  g_assert_cmpuint (ending.sent, ==, 1);
  g_assert_cmpuint (arrivals, ==, 1);
}

/* On HTTP/2, a refused stream and a reset connection make libcurl repeat the POST. */
static void
test_h2 (gconstpointer data)
{
  g_autoptr (H2Server) server = h2_server_new ();
  CURLM *multi = curl_multi_init ();
  Ending endings[3] = { { CURLE_OK, 0, 0 } };
  guint arrivals[3] = { 0 };

  for (guint i = 0; i < 3; i++)
    {
      HttpRequest *request = adapter_test_request ("POST", h2_server_get_url (server), "/path");
      guint before = h2_server_count_requests (server, "POST");
      Driven driven;

      adapter_test_trust (request, h2_server_get_ca_path (server));
      driven = driven_new (multi, request);
      driven_share (&driven);
      if (i > 0) /* the first one only leaves a connection behind */
        h2_server_add (server, (H2Step){ .move = (H2Move)GPOINTER_TO_INT (data) });
      if (i == 1)
        driven_unguard (&driven);
      endings[i] = driven_perform (&driven);
      arrivals[i] = h2_server_count_requests (server, "POST") - before;
    }
  (void)curl_multi_cleanup (multi);
  g_assert_cmpint (endings[0].code, ==, CURLE_OK);
  if (arrivals[1] < 2)
    g_test_skip ("this libcurl does not repeat the POST");
  else
    assert_guarded (endings[2], arrivals[2]);
}

/* On HTTP/1.1, a connection that was used before and dies without an answer does. */
static void
test_h1 (gconstpointer data)
{
  g_autoptr (ScriptedServer) server = scripted_server_new ();
  CURLM *multi = curl_multi_init ();
  Ending endings[3] = { { CURLE_OK, 0, 0 } };
  guint arrivals[3] = { 0 };

  for (guint i = 0; i < 3; i++)
    {
      Driven driven
          = driven_new (multi,
                        adapter_test_request ("POST", scripted_server_get_url (server), "/path"));
      guint before = scripted_server_count_requests (server);

      driven_share (&driven);
      if (i > 0)
        scripted_server_add (server, (ScriptedStep){ .end = (ScriptedEnd)GPOINTER_TO_INT (data) });
      if (i == 1)
        driven_unguard (&driven);
      endings[i] = driven_perform (&driven);
      arrivals[i] = scripted_server_count_requests (server) - before;
    }
  (void)curl_multi_cleanup (multi);
  g_assert_cmpint (endings[0].code, ==, CURLE_OK);
  if (arrivals[1] < 2)
    g_test_skip ("this libcurl does not repeat the POST");
  else
    assert_guarded (endings[2], arrivals[2]);
}

/* A big body is announced with "Expect: 100-continue" unless that header is emptied, and libcurl
 * takes a 417 for an invitation to send it again. A submit neither asks nor repeats. */
static void
test_expect (void)
{
  static const char refusal[] = "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n";
  g_autoptr (ScriptedServer) server = scripted_server_new ();
  g_autofree char *text = g_strnfill (BIG_BODY_BYTES, 'x');
  g_autoptr (GBytes) body = g_bytes_new_static (text, BIG_BODY_BYTES);
  CURLM *multi = curl_multi_init ();
  Ending endings[3] = { { CURLE_OK, 0, 0 } };
  guint arrivals[3] = { 0 };

  for (guint i = 0; i < 3; i++)
    {
      HttpRequest *request
          = adapter_test_request ("POST", scripted_server_get_url (server), "/path");
      guint before = scripted_server_count_requests (server);
      Driven driven;

      http_request_set_body (request, body);
      driven = driven_new (multi, request);
      scripted_server_add (server, (ScriptedStep){ .answer = refusal, .at_head = i > 0 });
      if (i > 0)
        driven_expect (&driven);
      if (i == 1)
        driven_unguard (&driven);
      endings[i] = driven_perform (&driven);
      arrivals[i] = scripted_server_count_requests (server) - before;
    }
  (void)curl_multi_cleanup (multi);
  g_assert_cmpint (endings[0].status, ==, 417);
  g_assert_cmpuint (arrivals[0], ==, 1);
  if (arrivals[1] == 0) /* of the first one only the head had arrived */
    g_test_skip ("this libcurl does not repeat the POST");
  else
    assert_guarded (endings[2], arrivals[2] + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/veo3/http-guard/h2-refused-stream", GINT_TO_POINTER (H2_REFUSED),
                        test_h2);
  g_test_add_data_func ("/veo3/http-guard/h2-reset", GINT_TO_POINTER (H2_RST), test_h2);
  g_test_add_data_func ("/veo3/http-guard/h1-close", GINT_TO_POINTER (SCRIPTED_CLOSE), test_h1);
  g_test_add_data_func ("/veo3/http-guard/h1-reset", GINT_TO_POINTER (SCRIPTED_RESET), test_h1);
  g_test_add_data_func ("/veo3/http-guard/h1-half-close", GINT_TO_POINTER (SCRIPTED_HALF_CLOSE),
                        test_h1);
  g_test_add_func ("/veo3/http-guard/expect", test_expect);
  return g_test_run ();
}
