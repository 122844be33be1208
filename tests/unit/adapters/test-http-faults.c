/* SPDX-License-Identifier: MIT */
/*
 * HttpClient against a hostile other side: what leaves, how often, and that every hang ends. The
 * judge is what the server received completely. Where a fault needs a server that provokes it,
 * the test first shows that the provocation works.
 */
#include <string.h>

#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/scripted-server.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

typedef struct
{
  GMainContext *context;     /* (owned) */
  ScriptedServer *server;    /* (owned) */
  HttpClient *client;        /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  Seen seen;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->context = adapter_test_push_context ();
  fixture->server = scripted_server_new ();
  fixture->cancellable = g_cancellable_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_clear_pointer (&fixture->client, http_client_free);
  g_clear_pointer (&fixture->server, scripted_server_free);
  g_clear_object (&fixture->cancellable);
  seen_clear (&fixture->seen);
  adapter_test_pop_context (fixture->context);
}

static void
make_client (Fixture *fixture, HttpTraffic kind, gint64 silence_ms)
{
  HttpClientOptions options
      = { .silence_timeout_ms = silence_ms, .connect_timeout_ms = MAX (400, silence_ms / 10) };
  g_autoptr (GError) local_error = NULL;

  fixture->client = http_client_new (fixture->context, kind, &options, &local_error);
  g_assert_no_error (local_error);
}

static void
send_to (Fixture *fixture, const char *method, const char *base)
{
  http_client_send (fixture->client, adapter_test_request (method, base, "/path"),
                    fixture->cancellable, adapter_test_on_seen, &fixture->seen);
}

static void
send_to_server (Fixture *fixture, const char *method)
{
  send_to (fixture, method, scripted_server_get_url (fixture->server));
}

static gboolean
has_request (gpointer data)
{
  return scripted_server_count_requests (data) > 0;
}

/* Polls heal themselves over a connection that died; the same help would pay for a clip twice.
 * First the proof that libcurl really sends a POST again by itself, then that a submit does not. */
static void
test_hidden_resend (Fixture *fixture, gconstpointer data)
{
  (void)data;
  make_client (fixture, HTTP_TRAFFIC_POLL, 5000);
  scripted_server_add (fixture->server, (ScriptedStep){ .answer = OK });
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_CLOSE });
  send_to_server (fixture, "POST");
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  send_to_server (fixture, "POST");
  adapter_test_wait (fixture->context, &fixture->seen.calls, 2);
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_ANSWERED);
  g_assert_cmpuint (fixture->seen.sent, ==, 2);
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, 3);

  g_clear_pointer (&fixture->client, http_client_free);
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, 5000);
  scripted_server_add (fixture->server, (ScriptedStep){ .answer = OK });
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_CLOSE });
  send_to_server (fixture, "POST");
  adapter_test_wait (fixture->context, &fixture->seen.calls, 3);
  send_to_server (fixture, "POST");
  adapter_test_wait (fixture->context, &fixture->seen.calls, 4);
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_TRANSPORT);
  g_assert_cmpuint (fixture->seen.sent, ==, 1);
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, 5);
}

/** FaultRow: what the server does to a request, and what is seen of it. */
typedef struct
{
  const char *name;
  ScriptedStep step;
  HttpEnd end;
  long status;
} FaultRow;

static const FaultRow fault_rows[] = {
  { "close", { .end = SCRIPTED_CLOSE }, HTTP_END_TRANSPORT, 0 },
  { "reset", { .end = SCRIPTED_RESET }, HTTP_END_TRANSPORT, 0 },
  { "half-close", { .end = SCRIPTED_HALF_CLOSE }, HTTP_END_TRANSPORT, 0 },
  { "silence", { .end = SCRIPTED_HANG }, HTTP_END_SILENCE, 0 },
  { "header-cut",
    { .answer = "HTTP/1.1 200 OK\r\nContent-Le", .end = SCRIPTED_CLOSE },
    HTTP_END_TRANSPORT,
    200 },
  { "header-cut-at-line",
    { .answer = "HTTP/1.1 200 OK\r\n", .end = SCRIPTED_CLOSE },
    HTTP_END_TRANSPORT,
    200 },
  { "header-silence",
    { .answer = "HTTP/1.1 200 OK\r\nA: b\r\n", .end = SCRIPTED_HANG },
    HTTP_END_SILENCE,
    200 },
  { "header-drip",
    { .answer = "HTTP/1.1 200 OK\r\nA: b\r\nC: ", .drip_ms = 5 },
    HTTP_END_SILENCE,
    200 },
  { "body-cut",
    { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"na", .end = SCRIPTED_CLOSE },
    HTTP_END_TRANSPORT,
    200 },
  { "body-reset",
    { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"na", .end = SCRIPTED_RESET },
    HTTP_END_TRANSPORT,
    200 },
  { "body-silence",
    { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"na", .end = SCRIPTED_HANG },
    HTTP_END_SILENCE,
    200 },
  { "chunks-cut",
    { .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
      .end = SCRIPTED_CLOSE },
    HTTP_END_TRANSPORT,
    200 },
  { "not-http", { .answer = "hello\r\n\r\n", .end = SCRIPTED_CLOSE }, HTTP_END_TRANSPORT, 0 },
  { "only-100",
    { .answer = "HTTP/1.1 100 Continue\r\n\r\n", .end = SCRIPTED_CLOSE },
    HTTP_END_TRANSPORT,
    0 },
  { "302",
    { .answer = "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" },
    HTTP_END_ANSWERED,
    302 },
  { "307",
    { .answer = "HTTP/1.1 307 Again\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" },
    HTTP_END_ANSWERED,
    307 },
  { "308",
    { .answer = "HTTP/1.1 308 Again\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" },
    HTTP_END_ANSWERED,
    308 },
  { "401",
    { .answer = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n" },
    HTTP_END_ANSWERED,
    401 },
  { "417", { .answer = "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n" }, HTTP_END_ANSWERED, 417 },
  { "408-close",
    { .answer = "HTTP/1.1 408 Late\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      .end = SCRIPTED_CLOSE },
    HTTP_END_ANSWERED,
    408 },
};

/* Whatever the server does after it has read a paid request: the request was sent once, by count
 * and by the server's word, and the end is named for what it is, in bounded time. */
static void
test_fault (Fixture *fixture, gconstpointer data)
{
  const FaultRow *row = data;
  gint64 begun_us = g_get_monotonic_time ();

  make_client (fixture, HTTP_TRAFFIC_SUBMIT, 300);
  scripted_server_add (fixture->server, row->step);
  send_to_server (fixture, "POST");
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  g_test_message ("%s", fixture->seen.message);
  g_assert_cmpint (fixture->seen.end, ==, row->end);
  g_assert_cmpint (fixture->seen.status, ==, row->status);
  g_assert_cmpuint (fixture->seen.sent, ==, 1);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 10 * G_USEC_PER_SEC);
  if (row->end == HTTP_END_SILENCE)
    g_assert_cmpint (g_get_monotonic_time () - begun_us, >=, 300 * 1000);
  (void)adapter_test_iterate_for (fixture->context, 50);
  g_assert_cmpuint (fixture->seen.calls, ==, 1);
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, 1);
}

/* The count of departures is 0 for everything that fails before: the oracle of "did it leave?". */
static void
test_not_sent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base = NULL;

  if (g_str_equal (data, "refused"))
    {
      base = g_strdup (scripted_server_get_url (fixture->server));
      g_clear_pointer (&fixture->server, scripted_server_free);
    }
  else if (g_str_equal (data, "tls-silence"))
    base = g_strdup_printf ("https://127.0.0.1:%u", scripted_server_get_port (fixture->server));
  else
    base = g_strdup ("https://no-such-host.invalid");
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, 5000);
  send_to (fixture, "POST", base);
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  g_test_message ("%s", fixture->seen.message);
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_TRANSPORT);
  g_assert_cmpuint (fixture->seen.sent, ==, 0);
  g_assert_cmpint (fixture->seen.status, ==, 0);
  g_assert_nonnull (fixture->seen.message);
}

/* A loop that was blocked for longer than the deadline still takes the answer that had arrived. */
static void
test_late_loop (Fixture *fixture, gconstpointer data)
{
  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, 200);
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_KEEP, .answer = OK });
  send_to_server (fixture, "POST");
  while (!has_request (fixture->server))
    (void)g_main_context_iteration (fixture->context, FALSE);
  g_usleep (400 * 1000); /* not waiting for anything: the loop is meant to be too late */
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_ANSWERED);
  g_assert_cmpint (fixture->seen.status, ==, 200);
}

/* An answer that has arrived is delivered even when the call is cancelled in that moment. */
static void
test_cancel_with_answer (Fixture *fixture, gconstpointer data)
{
  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, 5000);
  scripted_server_add (fixture->server, (ScriptedStep){ .answer = OK });
  send_to_server (fixture, "POST");
  while (!has_request (fixture->server))
    (void)g_main_context_iteration (fixture->context, FALSE);
  g_usleep (100 * 1000); /* the answer gets into the socket, and the loop does not look */
  g_cancellable_cancel (fixture->cancellable);
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_ANSWERED);
  g_assert_cmpuint (fixture->seen.calls, ==, 1);
}

/* Cancelled in any phase, a call completes once, later, and says whether anything left. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  const char *phase = data;
  gboolean sent = g_str_equal (phase, "waiting-for-answer") || g_str_equal (phase, "body");
  g_autofree char *base = g_strdup (scripted_server_get_url (fixture->server));

  /* Long: reading the authorities' certificates takes seconds under a sanitizer on a busy machine.
   */
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, 600000);
  scripted_server_add (fixture->server,
                       (ScriptedStep){ .answer
                                       = g_str_equal (phase, "body")
                                             ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"na"
                                             : NULL,
                                       .end = SCRIPTED_HANG });
  if (g_str_equal (phase, "before"))
    g_cancellable_cancel (fixture->cancellable);
  else if (g_str_equal (phase, "tls"))
    {
      g_free (base);
      base = g_strdup_printf ("https://127.0.0.1:%u", scripted_server_get_port (fixture->server));
    }
  send_to (fixture, "POST", base);
  if (sent)
    adapter_test_wait_until (fixture->context, has_request, fixture->server);
  if (!g_str_equal (phase, "at-once"))
    (void)adapter_test_iterate_for (fixture->context, 50);
  g_assert_cmpuint (fixture->seen.calls, ==, g_str_equal (phase, "before") ? 1 : 0);
  g_cancellable_cancel (fixture->cancellable);
  g_assert_cmpuint (fixture->seen.calls, ==, g_str_equal (phase, "before") ? 1 : 0);
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  (void)adapter_test_iterate_for (fixture->context, 50);
  g_assert_cmpuint (fixture->seen.calls, ==, 1);
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_CANCELLED);
  g_assert_cmpuint (fixture->seen.sent, ==, sent ? 1 : 0);
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, sent ? 1 : 0);
}

/* Cancelling what is complete changes nothing. */
static void
test_cancel_after (Fixture *fixture, gconstpointer data)
{
  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, 5000);
  send_to_server (fixture, "POST");
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  g_cancellable_cancel (fixture->cancellable);
  (void)adapter_test_iterate_for (fixture->context, 50);
  g_assert_cmpuint (fixture->seen.calls, ==, 1);
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_ANSWERED);
}

/* A body that drips for ever is ended by the limit on the whole transfer. */
static void
test_body_drip (Fixture *fixture, gconstpointer data)
{
  HttpClientOptions options = { .silence_timeout_ms = 5000, .transfer_timeout_ms = 400 };

  (void)data;
  fixture->client = http_client_new (fixture->context, HTTP_TRAFFIC_POLL, &options, NULL);
  scripted_server_add (fixture->server,
                       (ScriptedStep){ .answer = "HTTP/1.1 200 OK\r\n\r\n         ",
                                       .drip_ms = 10 });
  send_to_server (fixture, "GET");
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_SILENCE);
  g_assert_cmpint (fixture->seen.status, ==, 200);
}

/* ---- big requests on a slow line ---- */

#define BIG_BYTES (4 * 1024 * 1024)

/** SlowRow: how a body of BIG_BYTES is read, and what comes of it. */
typedef struct
{
  HttpClientOptions limits;
  ScriptedStep step;
  HttpEnd end;
} SlowRow;

/* Twice as long as the limit on what comes after the upload: every piece that leaves is life. */
static const SlowRow slow_row = {
  { .silence_timeout_ms = 5000, .transfer_timeout_ms = 700 },
  { .answer = OK, .slow_ms = 20, .slow_bytes = 64 * 1024 },
  HTTP_END_ANSWERED,
};
static const SlowRow too_slow_row = {
  { .silence_timeout_ms = 20000, .pace_window_ms = 400, .pace_bytes = BIG_BYTES / 2 },
  { .answer = OK, .slow_ms = 50, .slow_bytes = 4 * 1024 },
  HTTP_END_SILENCE,
};
static const SlowRow stuck_row = {
  { .silence_timeout_ms = 400 },
  { .answer = OK, .slow_ms = 3600000, .slow_bytes = 1 },
  HTTP_END_SILENCE,
};

/* A paid request that was begun is not cut because the line is slow: only if for long nothing goes
 * up, or next to nothing. What was cut is said to have left. */
static void
test_slow_upload (Fixture *fixture, gconstpointer data)
{
  const SlowRow *row = data;
  g_autofree char *text = g_strnfill (BIG_BYTES, 'x');
  g_autoptr (GBytes) body = g_bytes_new (text, BIG_BYTES);
  HttpRequest *request
      = adapter_test_request ("POST", scripted_server_get_url (fixture->server), "/path");
  gint64 begun_us = g_get_monotonic_time ();

  http_request_set_body (request, body);
  fixture->client = http_client_new (fixture->context, HTTP_TRAFFIC_SUBMIT, &row->limits, NULL);
  scripted_server_add (fixture->server, row->step);
  http_client_send (fixture->client, request, fixture->cancellable, adapter_test_on_seen,
                    &fixture->seen);
  adapter_test_wait (fixture->context, &fixture->seen.calls, 1);
  g_test_message ("%s after %" G_GINT64_FORMAT " ms", fixture->seen.message,
                  (g_get_monotonic_time () - begun_us) / G_TIME_SPAN_MILLISECOND);
  g_assert_cmpint (fixture->seen.end, ==, row->end);
  g_assert_cmpuint (fixture->seen.sent, ==, 1);
  if (row->end == HTTP_END_ANSWERED)
    {
      g_assert_cmpint (g_get_monotonic_time () - begun_us, >,
                       row->limits.transfer_timeout_ms * G_TIME_SPAN_MILLISECOND);
      return;
    }
  g_assert_cmpstr (fixture->seen.message, ==, "the request could not be sent in time");
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, 0);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/veo3/http-faults/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("hidden-resend", NULL, test_hidden_resend);
  for (gsize i = 0; i < G_N_ELEMENTS (fault_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/http-faults/row/", fault_rows[i].name, NULL);

      g_test_add (path, Fixture, &fault_rows[i], set_up, test_fault, tear_down);
    }
  ADD ("not-sent/refused", "refused", test_not_sent);
  ADD ("not-sent/tls-silence", "tls-silence", test_not_sent);
  ADD ("not-sent/no-host", "no-host", test_not_sent);
  ADD ("late-loop", NULL, test_late_loop);
  ADD ("cancel/with-answer", NULL, test_cancel_with_answer);
  ADD ("cancel/before", "before", test_cancel);
  ADD ("cancel/at-once", "at-once", test_cancel);
  ADD ("cancel/tls", "tls", test_cancel);
  ADD ("cancel/waiting-for-answer", "waiting-for-answer", test_cancel);
  ADD ("cancel/body", "body", test_cancel);
  ADD ("cancel/after", NULL, test_cancel_after);
  ADD ("body-drip", NULL, test_body_drip);
  ADD ("upload/slow", &slow_row, test_slow_upload);
  ADD ("upload/too-slow", &too_slow_row, test_slow_upload);
  ADD ("upload/stuck", &stuck_row, test_slow_upload);
  return g_test_run ();
}
