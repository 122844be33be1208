/* SPDX-License-Identifier: MIT */
/*
 * HttpClient as its callers see it: completion, limits, queue, reuse, sinks, sockets. The faults
 * of the other side are in test-http-faults.c.
 */
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/scripted-server.h"

typedef struct
{
  GMainContext *context;  /* (owned) */
  ScriptedServer *server; /* (owned) */
  HttpClient *client;     /* (owned) (nullable) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->context = adapter_test_push_context ();
  fixture->server = scripted_server_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_clear_pointer (&fixture->client, http_client_free);
  g_clear_pointer (&fixture->server, scripted_server_free);
  adapter_test_pop_context (fixture->context);
}

static void
make_client (Fixture *fixture, HttpTraffic kind, const HttpClientOptions *options)
{
  g_autoptr (GError) local_error = NULL;

  fixture->client = http_client_new (fixture->context, kind, options, &local_error);
  g_assert_no_error (local_error);
  g_assert_true (http_client_get_context (fixture->client) == fixture->context);
}

static void
send_to_server (Fixture *fixture, const char *method, GCancellable *cancellable, Seen *seen)
{
  http_client_send (fixture->client,
                    adapter_test_request (method, scripted_server_get_url (fixture->server),
                                          "/path?a=b"),
                    cancellable, adapter_test_on_seen, seen);
}

/* An answer arrives once, later, with its status, the headers that matter and its body. */
static void
test_answer (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };
  g_autofree char *request = NULL;

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_POLL, NULL);
  scripted_server_add_answer (fixture->server, 429,
                              "Location: /x\r\nRetry-After:  7 \r\ncontent-type: text/plain\r\n"
                              "ETag: \"e\"\r\nLocation: /second\r\n",
                              "hello");
  send_to_server (fixture, "GET", NULL, &seen);
  g_assert_cmpuint (seen.calls, ==, 0);
  g_assert_cmpuint (http_client_get_in_flight (fixture->client), ==, 1);
  adapter_test_wait (fixture->context, &seen.calls, 1);
  g_assert_cmpint (seen.end, ==, HTTP_END_ANSWERED);
  g_assert_cmpuint (seen.sent, ==, 1);
  g_assert_cmpint (seen.status, ==, 429);
  g_assert_cmpstr (seen.location, ==, "/x");
  g_assert_cmpstr (seen.retry_after, ==, "7");
  g_assert_cmpstr (seen.type, ==, "text/plain");
  g_assert_cmpstr (seen.etag, ==, "\"e\"");
  g_assert_cmpstr (seen.body, ==, "hello");
  g_assert_cmpint (seen.content_length, ==, 5);
  g_assert_null (seen.message);
  request = scripted_server_dup_request (fixture->server, 0);
  g_assert_true (g_str_has_prefix (request, "GET /path?a=b HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nUser-Agent: pipeline-runner/" VEO3_VERSION "\r\n"));
  g_assert_null (strstr (request, "Accept-Encoding"));
  g_assert_cmpuint (http_client_get_in_flight (fixture->client), ==, 0);
}

/* The header block of a 1xx answer is not the answer. */
static void
test_informational (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, NULL);
  scripted_server_add (fixture->server,
                       (ScriptedStep){ .answer
                                       = "HTTP/1.1 103 Early Hints\r\nLocation: /no\r\n\r\n"
                                         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });
  send_to_server (fixture, "POST", NULL, &seen);
  adapter_test_wait (fixture->context, &seen.calls, 1);
  g_assert_cmpint (seen.end, ==, HTTP_END_ANSWERED);
  g_assert_cmpint (seen.status, ==, 200);
  g_assert_null (seen.location);
  g_assert_cmpstr (seen.body, ==, "ok");
}

/* Polls share a connection, paid requests never do. */
static void
test_connections (Fixture *fixture, gconstpointer data)
{
  HttpTraffic kind = (HttpTraffic)GPOINTER_TO_INT (data);
  g_auto (Seen) seen = { 0 };

  make_client (fixture, kind, NULL);
  for (guint i = 1; i <= 3; i++)
    {
      send_to_server (fixture, "POST", NULL, &seen);
      adapter_test_wait (fixture->context, &seen.calls, i);
      g_assert_cmpint (seen.status, ==, 200);
    }
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, 3);
  g_assert_cmpuint (scripted_server_count_connections (fixture->server), ==,
                    kind == HTTP_TRAFFIC_SUBMIT ? 3 : 1);
}

/* A POST carries its body, its own headers, and never "Expect", however big it is. */
static void
test_big_post (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };
  g_autofree char *text = g_strnfill (3 * 1024 * 1024, 'x');
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autofree char *received = NULL;
  HttpRequest *request
      = adapter_test_request ("POST", scripted_server_get_url (fixture->server), "/big");

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, NULL);
  http_request_set_body (request, body);
  g_assert_true (http_request_add_header (request, "Content-Type", "application/json", NULL));
  http_client_send (fixture->client, request, NULL, adapter_test_on_seen, &seen);
  adapter_test_wait (fixture->context, &seen.calls, 1);
  g_assert_cmpint (seen.status, ==, 200);
  received = scripted_server_dup_request (fixture->server, 0);
  g_assert_true (g_str_has_suffix (received, text));
  g_assert_nonnull (strstr (received, "\r\nContent-Type: application/json\r\n"));
  g_assert_null (strstr (received, "Expect"));
}

/* At most so many transfers run at a time; those that wait have not left. */
static void
test_queue (Fixture *fixture, gconstpointer data)
{
  HttpClientOptions options = { .max_in_flight = 2 };
  g_auto (Seen) hanging = { 0 };
  g_auto (Seen) first = { 0 };
  g_auto (Seen) second = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) unhang = g_cancellable_new ();

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, &options);
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_HANG });
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_HANG });
  send_to_server (fixture, "POST", unhang, &hanging);
  send_to_server (fixture, "POST", unhang, &hanging);
  send_to_server (fixture, "POST", NULL, &first);
  send_to_server (fixture, "POST", cancellable, &second);
  (void)adapter_test_iterate_for (fixture->context, 100);
  g_assert_cmpuint (http_client_get_in_flight (fixture->client), ==, 4);
  g_assert_cmpuint (scripted_server_count_connections (fixture->server), ==, 2);
  g_cancellable_cancel (cancellable);
  adapter_test_wait (fixture->context, &second.calls, 1);
  g_assert_cmpint (second.end, ==, HTTP_END_CANCELLED);
  g_assert_cmpuint (second.sent, ==, 0);
  g_cancellable_cancel (unhang);
  adapter_test_wait (fixture->context, &first.calls, 1);
  g_assert_cmpint (first.status, ==, 200);
  g_assert_cmpuint (hanging.calls, ==, 2);
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, 3);
}

/* A body beyond the limit ends the transfer; its beginning is kept. */
static void
test_body_limit (Fixture *fixture, gconstpointer data)
{
  HttpClientOptions options = { .max_body_bytes = 4 };
  g_auto (Seen) seen = { 0 };

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, &options);
  scripted_server_add_answer (fixture->server, 200, NULL, "four");
  scripted_server_add_answer (fixture->server, 200, NULL, "fiver");
  send_to_server (fixture, "POST", NULL, &seen);
  adapter_test_wait (fixture->context, &seen.calls, 1);
  g_assert_cmpint (seen.end, ==, HTTP_END_ANSWERED);
  g_assert_cmpstr (seen.body, ==, "four");
  send_to_server (fixture, "POST", NULL, &seen);
  adapter_test_wait (fixture->context, &seen.calls, 2);
  g_assert_cmpint (seen.end, ==, HTTP_END_BODY_TOO_BIG);
  g_assert_cmpstr (seen.body, ==, "five");
  g_assert_cmpint (seen.status, ==, 200);
}

static gboolean
take_all (const guint8 *data, gsize length, gpointer sunk)
{
  g_string_append_len (sunk, (const char *)data, (gssize)length);
  return TRUE;
}

static gboolean
take_nothing (const guint8 *data, gsize length, gpointer unused)
{
  (void)data;
  (void)length;
  (void)unused;
  return FALSE;
}

/* A sink gets the body of a 2xx answer, never that of an error, and may refuse. */
static void
test_sink (Fixture *fixture, gconstpointer data)
{
  HttpClientOptions options = { .max_body_bytes = 8 };
  g_auto (Seen) seen = { 0 };
  g_autoptr (GString) sunk = g_string_new (NULL);
  const char *base = scripted_server_get_url (fixture->server);

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_DOWNLOAD, &options);
  scripted_server_add_answer (fixture->server, 200, NULL, "longer than the limit");
  scripted_server_add_answer (fixture->server, 404, NULL, "gone");
  scripted_server_add_answer (fixture->server, 200, NULL, "again");
  for (guint i = 1; i <= 3; i++)
    {
      HttpRequest *request = adapter_test_request ("GET", base, "/clip");

      http_request_set_sink (request, i < 3 ? take_all : take_nothing, sunk);
      http_client_send (fixture->client, request, NULL, adapter_test_on_seen, &seen);
      adapter_test_wait (fixture->context, &seen.calls, i);
      g_assert_cmpstr (sunk->str, ==, "longer than the limit");
      g_assert_cmpint (seen.end, ==, i < 3 ? HTTP_END_ANSWERED : HTTP_END_SINK_REFUSED);
      g_assert_cmpstr (seen.body, ==, i == 2 ? "gone" : "");
    }
}

/* A call that cannot be asked completes like all others: later, once, unsent. */
static void
test_fail (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_POLL, NULL);
  http_client_fail (fixture->client, "no such thing", adapter_test_on_seen, &seen);
  g_assert_cmpuint (seen.calls, ==, 0);
  adapter_test_wait (fixture->context, &seen.calls, 1);
  g_assert_cmpint (seen.end, ==, HTTP_END_TRANSPORT);
  g_assert_cmpuint (seen.sent, ==, 0);
  g_assert_cmpstr (seen.message, ==, "no such thing");
}

/* Freeing a client completes what is in flight, waiting or running, before it returns. */
static void
test_free_in_flight (Fixture *fixture, gconstpointer data)
{
  HttpClientOptions options = { .max_in_flight = 1 };
  g_auto (Seen) running = { 0 };
  g_auto (Seen) waiting = { 0 };

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, &options);
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_HANG });
  send_to_server (fixture, "POST", NULL, &running);
  send_to_server (fixture, "POST", NULL, &waiting);
  while (scripted_server_count_requests (fixture->server) == 0)
    (void)adapter_test_iterate_for (fixture->context, 1);
  g_clear_pointer (&fixture->client, http_client_free);
  g_assert_cmpuint (running.calls, ==, 1);
  g_assert_cmpint (running.end, ==, HTTP_END_CANCELLED);
  g_assert_cmpuint (running.sent, ==, 1);
  g_assert_cmpuint (waiting.calls, ==, 1);
  g_assert_cmpint (waiting.end, ==, HTTP_END_CANCELLED);
  g_assert_cmpuint (waiting.sent, ==, 0);
}

/* A client that waits, with a warm connection or for an answer, wakes nobody up. */
static void
test_idle (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };
  guint woken;

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_POLL, NULL);
  scripted_server_add_answer (fixture->server, 200, NULL, "{}");
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_HANG });
  send_to_server (fixture, "GET", NULL, &seen);
  adapter_test_wait (fixture->context, &seen.calls, 1);
  woken = adapter_test_iterate_for (fixture->context, 400);
  g_assert_cmpuint (woken, <=, 2);
  send_to_server (fixture, "GET", NULL, &seen);
  while (scripted_server_count_requests (fixture->server) < 2)
    (void)adapter_test_iterate_for (fixture->context, 1);
  woken = adapter_test_iterate_for (fixture->context, 400);
  g_assert_cmpuint (woken, <=, 2);
  g_assert_cmpuint (seen.calls, ==, 1);
  g_clear_pointer (&fixture->client, http_client_free); /* calls back: before `seen` goes */
}

/* A peer that hangs up on a connection at rest makes nobody spin. */
static void
test_idle_hangup (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_POLL, NULL);
  scripted_server_add (fixture->server,
                       (ScriptedStep){ .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                                       .end = SCRIPTED_CLOSE });
  send_to_server (fixture, "GET", NULL, &seen);
  adapter_test_wait (fixture->context, &seen.calls, 1);
  g_assert_cmpuint (adapter_test_iterate_for (fixture->context, 300), <=, 3);
  send_to_server (fixture, "GET", NULL, &seen);
  adapter_test_wait (fixture->context, &seen.calls, 2);
  g_assert_cmpint (seen.status, ==, 200);
}

/* Counts the sockets of this process that lead to @port; *@leaking those a child would inherit. */
static guint
count_sockets_to (guint port, guint *leaking)
{
  DIR *dir = opendir ("/proc/self/fd");
  const struct dirent *entry;
  guint found = 0;

  g_assert_nonnull (dir);
  *leaking = 0;
  while ((entry = readdir (dir)) != NULL)
    {
      int fd = (int)g_ascii_strtoll (entry->d_name, NULL, 10);
      struct sockaddr_in peer = { 0 };
      socklen_t length = sizeof peer;

      if (getpeername (fd, (struct sockaddr *)&peer, &length) != 0 || peer.sin_family != AF_INET
          || ntohs (peer.sin_port) != port)
        continue;
      found++;
      *leaking += (fcntl (fd, F_GETFD) & FD_CLOEXEC) == 0 ? 1 : 0;
    }
  (void)closedir (dir);
  return found;
}

/* Stage commands that the host starts inherit no connection. */
static void
test_cloexec (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };
  guint leaking;

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, NULL);
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_HANG });
  send_to_server (fixture, "POST", NULL, &seen);
  while (scripted_server_count_requests (fixture->server) == 0)
    (void)adapter_test_iterate_for (fixture->context, 1);
  g_assert_cmpuint (count_sockets_to (scripted_server_get_port (fixture->server), &leaking), ==, 1);
  g_assert_cmpuint (leaking, ==, 0);
  g_clear_pointer (&fixture->client, http_client_free); /* calls back: before `seen` goes */
}

static void
on_seen_send_next (const HttpResponse *response, gpointer user_data)
{
  gpointer *chain = user_data;
  Fixture *fixture = chain[0];

  adapter_test_on_seen (response, chain[1]);
  if (((Seen *)chain[1])->calls < 5)
    http_client_send (fixture->client,
                      adapter_test_request ("GET", scripted_server_get_url (fixture->server),
                                            "/next"),
                      NULL, on_seen_send_next, chain);
}

/* A callback may send the next request on the same client. */
static void
test_send_from_callback (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };
  gpointer chain[] = { fixture, &seen };

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_POLL, NULL);
  http_client_send (fixture->client,
                    adapter_test_request ("GET", scripted_server_get_url (fixture->server),
                                          "/first"),
                    NULL, on_seen_send_next, chain);
  adapter_test_wait (fixture->context, &seen.calls, 5);
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, 5);
}

/* Many at once are all answered, each once. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = { 0 };

  (void)data;
  make_client (fixture, HTTP_TRAFFIC_SUBMIT, NULL);
  for (guint i = 0; i < 100; i++)
    send_to_server (fixture, "POST", NULL, &seen);
  adapter_test_wait (fixture->context, &seen.calls, 100);
  (void)adapter_test_iterate_for (fixture->context, 20);
  g_assert_cmpuint (seen.calls, ==, 100);
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, 100);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/veo3/http-client/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* A proxy that does not exist: this machine's own servers are asked directly. */
  g_assert_true (g_setenv ("http_proxy", "http://127.0.0.1:9", TRUE));
  g_assert_true (g_setenv ("all_proxy", "http://127.0.0.1:9", TRUE));
  ADD ("answer", NULL, test_answer);
  ADD ("informational", NULL, test_informational);
  ADD ("connections/submit", GINT_TO_POINTER (HTTP_TRAFFIC_SUBMIT), test_connections);
  ADD ("connections/poll", GINT_TO_POINTER (HTTP_TRAFFIC_POLL), test_connections);
  ADD ("big-post", NULL, test_big_post);
  ADD ("queue", NULL, test_queue);
  ADD ("body-limit", NULL, test_body_limit);
  ADD ("sink", NULL, test_sink);
  ADD ("fail", NULL, test_fail);
  ADD ("free-in-flight", NULL, test_free_in_flight);
  ADD ("idle", NULL, test_idle);
  ADD ("idle-hangup", NULL, test_idle_hangup);
  ADD ("cloexec", NULL, test_cloexec);
  ADD ("send-from-callback", NULL, test_send_from_callback);
  ADD ("many", NULL, test_many);
  return g_test_run ();
}
