/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2 over TLS: paid requests do not use it, and the free ones survive it. libcurl repeats a
 * request by itself in more cases here than on HTTP/1.1, a POST too: each row shows first how often
 * it does, by the word of the server, and then that a submit arrives once.
 */
#include <string.h>

#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/h2-server.h"
#include "tests/unit/adapters/port-test.h"
#include "tests/unit/adapters/small-mp4.h"

typedef struct
{
  GMainContext *context; /* (owned) */
  H2Server *server;      /* (owned) */
  HttpClient *client;    /* (owned) */
  Seen seen;
  Seen other; /* of a request that is under way meanwhile */
} Fixture;

/** Warmth: what has happened on the connection that a request may get. */
typedef enum
{
  COLD, /* it is new */
  WARM, /* others have been answered on it */
  BUSY, /* and another one waits for its answer */
  N_WARMTHS,
} Warmth;

/** ModeRow: what the server does to a POST. */
typedef struct
{
  const char *name;
  H2Step step;
  gboolean is_repeated[N_WARMTHS]; /* does libcurl 7.88 always repeat an ordinary client's? */
  HttpEnd end;                     /* of a submit */
} ModeRow;

static const ModeRow mode_rows[] = {
  { "goaway", { .move = H2_GOAWAY }, { [BUSY] = TRUE }, HTTP_END_TRANSPORT },
  { "goaway-late", { .move = H2_GOAWAY_LATE }, { FALSE }, HTTP_END_TRANSPORT },
  { "refused-stream", { .move = H2_REFUSED }, { TRUE, TRUE, TRUE }, HTTP_END_TRANSPORT },
  { "stream-reset", { .move = H2_STREAM_RESET }, { FALSE }, HTTP_END_TRANSPORT },
  { "close-with-streams-open", { .move = H2_CLOSE }, { FALSE }, HTTP_END_TRANSPORT },
  { "reset", { .move = H2_RST }, { [WARM] = TRUE }, HTTP_END_TRANSPORT },
  { "417", { .move = H2_ANSWER, .status = 417 }, { FALSE }, HTTP_END_ANSWERED },
  { "401", { .move = H2_ANSWER, .status = 401 }, { FALSE }, HTTP_END_ANSWERED },
  { "421", { .move = H2_ANSWER, .status = 421 }, { FALSE }, HTTP_END_ANSWERED },
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->context = adapter_test_push_context ();
  fixture->server = h2_server_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_clear_pointer (&fixture->client, http_client_free);
  g_clear_pointer (&fixture->server, h2_server_free);
  seen_clear (&fixture->seen);
  seen_clear (&fixture->other);
  adapter_test_pop_context (fixture->context);
}

static void
use_client (Fixture *fixture, HttpTraffic kind)
{
  g_autoptr (GError) local_error = NULL;

  g_clear_pointer (&fixture->client, http_client_free);
  fixture->client = http_client_new (fixture->context, kind, NULL, &local_error);
  g_assert_no_error (local_error);
}

static HttpRequest *
new_request (Fixture *fixture, const char *method)
{
  HttpRequest *request
      = adapter_test_request (method, h2_server_get_url (fixture->server), "/path");

  adapter_test_trust (request, h2_server_get_ca_path (fixture->server));
  return request;
}

static void
send_and_wait (Fixture *fixture, const char *method)
{
  guint calls = fixture->seen.calls;

  http_client_send (fixture->client, new_request (fixture, method), NULL, adapter_test_on_seen,
                    &fixture->seen);
  adapter_test_wait (fixture->context, &fixture->seen.calls, calls + 1);
  g_test_message ("%s: end %d, HTTP %ld, left %u times; %s", method, (int)fixture->seen.end,
                  fixture->seen.status, fixture->seen.sent, fixture->seen.message);
}

/* Polls and downloads ask for HTTP/2 and get it; a submit asks for HTTP/1.1 alone, and gets that.
 */
static void
test_offer (Fixture *fixture, gconstpointer data)
{
  (void)data;
  for (guint i = 0; i < 3; i++)
    {
      HttpTraffic kind = (HttpTraffic)i;
      g_autofree char *offer = NULL;
      g_autoptr (H2Request) request = NULL;

      use_client (fixture, kind);
      send_and_wait (fixture, kind == HTTP_TRAFFIC_SUBMIT ? "POST" : "GET");
      g_assert_cmpint (fixture->seen.status, ==, 200);
      offer = h2_server_dup_offer (fixture->server, i + 1);
      request = h2_server_dup_request (fixture->server, i);
      g_assert_cmpstr (offer, ==, kind == HTTP_TRAFFIC_SUBMIT ? "http/1.1" : "h2,http/1.1");
      g_assert_cmpint (request->is_h2, ==, kind != HTTP_TRAFFIC_SUBMIT);
      g_assert_cmpstr (request->path, ==, "/path");
    }
}

static void
warm_up (Fixture *fixture, Warmth warmth)
{
  guint before;

  if (warmth == COLD)
    return;
  send_and_wait (fixture, "GET");
  send_and_wait (fixture, "POST");
  g_assert_cmpint (fixture->seen.status, ==, 200);
  if (warmth == WARM)
    return;
  h2_server_add (fixture->server, (H2Step){ .method = "GET", .move = H2_HANG });
  before = h2_server_count_requests (fixture->server, "GET");
  http_client_send (fixture->client, new_request (fixture, "GET"), NULL, adapter_test_on_seen,
                    &fixture->other);
  while (h2_server_count_requests (fixture->server, "GET") == before)
    (void)adapter_test_iterate_for (fixture->context, 1);
}

/* Sends a POST that meets @row. Returns: how often it arrived. */
static guint
count_arrivals (Fixture *fixture, HttpTraffic kind, const ModeRow *row, Warmth warmth)
{
  H2Step step = row->step;
  guint before;

  use_client (fixture, kind);
  warm_up (fixture, warmth);
  step.method = "POST";
  before = h2_server_count_requests (fixture->server, "POST");
  h2_server_add (fixture->server, step);
  send_and_wait (fixture, "POST");
  return h2_server_count_requests (fixture->server, "POST") - before;
}

/* A submit arrives once, whatever the server does to it and whatever connections there are; after
 * the proof, where the row says so, that libcurl repeats the same POST for an ordinary client. */
static void
test_resend (Fixture *fixture, gconstpointer data)
{
  const ModeRow *row = data;

  for (guint i = 0; i < N_WARMTHS; i++)
    {
      guint usual = count_arrivals (fixture, HTTP_TRAFFIC_POLL, row, (Warmth)i);

      g_assert_cmpuint (count_arrivals (fixture, HTTP_TRAFFIC_SUBMIT, row, (Warmth)i), ==, 1);
      g_assert_cmpint (fixture->seen.end, ==, row->end);
      g_assert_cmpuint (fixture->seen.sent, ==, 1);
      /* Where the row does not say so, it is chance which of the streams notices what first. */
      if (row->is_repeated[i] && usual < 2)
        g_test_skip ("this libcurl does not repeat the POST of an ordinary client");
    }
}

/* A service that refuses every stream is not asked for ever. */
static void
test_refused_for_ever (Fixture *fixture, gconstpointer data)
{
  (void)data;
  use_client (fixture, HTTP_TRAFFIC_POLL);
  for (guint i = 0; i < 100; i++)
    h2_server_add (fixture->server, (H2Step){ .move = H2_REFUSED });
  send_and_wait (fixture, "GET");
  g_assert_cmpint (fixture->seen.end, ==, HTTP_END_TRANSPORT);
  g_assert_cmpuint (h2_server_count_requests (fixture->server, NULL), <, 20);
}

/* ---- the free requests ---- */

static const H2Move free_moves[] = {
  H2_GOAWAY, H2_GOAWAY_LATE, H2_REFUSED, H2_STREAM_RESET, H2_CLOSE, H2_RST, H2_CUT,
};

/* Whatever happens to a poll on HTTP/2, it says "nothing learned" or, where libcurl has asked
 * again, the truth; never that a clip failed. The next poll gets through. */
static void
test_poll (void)
{
  g_autoptr (H2Server) server = h2_server_new ();
  g_autoptr (PortTest) test
      = port_test_new (h2_server_get_url (server), h2_server_get_ca_path (server), NULL);

  h2_server_set_usual (server, PORT_TEST_ACCEPTED, strlen (PORT_TEST_ACCEPTED));
  for (guint is_warm = 0; is_warm <= 1; is_warm++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (free_moves); i++)
        {
          int klass;

          h2_server_add (server, (H2Step){ .move = free_moves[i], .body = PORT_TEST_ACCEPTED });
          klass = port_test_call (test, PORT_POLL);
          g_assert_true (klass == VEO3_POLL_NO_ANSWER || klass == VEO3_POLL_RUNNING);
          g_assert_cmpint (port_test_call (test, PORT_POLL), ==, VEO3_POLL_RUNNING);
        }
    }
}

/* The same of a download: worth another try, no file, and the next one stores the clip. */
static void
test_download (void)
{
  g_autoptr (H2Server) server = h2_server_new ();
  g_autoptr (PortTest) test
      = port_test_new (h2_server_get_url (server), h2_server_get_ca_path (server), NULL);
  g_autoptr (GByteArray) clip = small_mp4_new (100000);

  h2_server_set_usual (server, clip->data, clip->len);
  for (gsize i = 0; i < G_N_ELEMENTS (free_moves); i++)
    {
      int klass;

      h2_server_add (server, (H2Step){ .move = free_moves[i],
                                       .body = (const char *)clip->data,
                                       .length = clip->len });
      klass = port_test_call (test, PORT_DOWNLOAD);
      g_assert_true (klass == VEO3_DOWNLOAD_TRANSIENT || klass == VEO3_DOWNLOAD_STORED);
      g_assert_cmpint (port_test_call (test, PORT_DOWNLOAD), ==, VEO3_DOWNLOAD_STORED);
    }
}

static gboolean
has_four (gpointer data)
{
  return h2_server_count_requests (data, NULL) >= 4;
}

/* Three polls share a connection that ends under them: each gets its own end, and none is taken for
 * the end of a clip. */
static void
test_shared (gconstpointer data)
{
  H2Move move = (H2Move)GPOINTER_TO_INT (data);
  g_autoptr (H2Server) server = h2_server_new ();
  g_autoptr (PortTest) test
      = port_test_new (h2_server_get_url (server), h2_server_get_ca_path (server), NULL);

  h2_server_set_usual (server, PORT_TEST_ACCEPTED, strlen (PORT_TEST_ACCEPTED));
  g_assert_cmpint (port_test_call (test, PORT_POLL), ==, VEO3_POLL_RUNNING);
  h2_server_add (server, (H2Step){ .move = H2_HANG });
  h2_server_add (server, (H2Step){ .move = H2_HANG });
  h2_server_add (server, (H2Step){ .move = move });
  for (guint i = 0; i < 3; i++)
    port_test_begin (test, PORT_POLL);
  adapter_test_wait_until (test->context, has_four, server);
  port_test_wait (test, 4);
  g_assert_true (test->ends[PORT_POLL].klass == VEO3_POLL_NO_ANSWER
                 || test->ends[PORT_POLL].klass == VEO3_POLL_RUNNING);
  for (guint i = 1; i < 4; i++)
    {
      g_autoptr (H2Request) request = h2_server_dup_request (server, i);

      g_assert_cmpuint (request->connection, ==, 1);
    }
  g_assert_cmpint (port_test_call (test, PORT_POLL), ==, VEO3_POLL_RUNNING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/veo3/h2-faults/offer", Fixture, NULL, set_up, test_offer, tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS (mode_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/h2-faults/resend/", mode_rows[i].name, NULL);

      g_test_add (path, Fixture, &mode_rows[i], set_up, test_resend, tear_down);
    }
  g_test_add ("/veo3/h2-faults/refused-for-ever", Fixture, NULL, set_up, test_refused_for_ever,
              tear_down);
  g_test_add_func ("/veo3/h2-faults/poll", test_poll);
  g_test_add_func ("/veo3/h2-faults/download", test_download);
  g_test_add_data_func ("/veo3/h2-faults/shared/close", GINT_TO_POINTER (H2_CLOSE), test_shared);
  g_test_add_data_func ("/veo3/h2-faults/shared/goaway", GINT_TO_POINTER (H2_GOAWAY_LATE),
                        test_shared);
  return g_test_run ();
}
