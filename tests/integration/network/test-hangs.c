/* SPDX-License-Identifier: MIT */
/*
 * Every hang is bounded: whatever falls silent, a call on the port ends within its limits and as
 * the right class: a submit that never left is not_sent, one that left is uncertain, and that only
 * after the submit's own patience; polls and downloads are worth another try, and get it. The
 * limits are those of the three clients, shortened; the judge of what left is the server.
 *
 * TEST_SLACK_MS is what a busy machine may add; the limits in earnest are 10 s and more.
 */
#include "tests/integration/network/black-hole.h"
#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/port-test.h"
#include "tests/unit/adapters/scripted-server.h"

#define CONNECT_MS 250
#define SILENCE_MS 350
#define TRANSFER_MS 600
#define FOREVER_S 30
#define TRIES 4

#define HEAD "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n"

/* Each time only the limit that is meant can end a call in time. */
#define NEVER_MS 60000

static const HttpClientOptions connect_limit = { .connect_timeout_ms = CONNECT_MS,
                                                 .silence_timeout_ms = NEVER_MS,
                                                 .transfer_timeout_ms = NEVER_MS };
static const HttpClientOptions silence_limit = { .connect_timeout_ms = NEVER_MS,
                                                 .silence_timeout_ms = SILENCE_MS,
                                                 .transfer_timeout_ms = NEVER_MS };
static const HttpClientOptions transfer_limit = { .connect_timeout_ms = NEVER_MS,
                                                  .silence_timeout_ms = NEVER_MS,
                                                  .transfer_timeout_ms = TRANSFER_MS };

/** HangRow: what falls silent after the request has left. */
typedef struct
{
  const char *name;
  ScriptedStep step;
  const HttpClientOptions *limits;
  gint64 limit_ms;
} HangRow;

static const HangRow hang_rows[] = {
  { "no-answer", { .end = SCRIPTED_HANG }, &silence_limit, SILENCE_MS },
  { "header-silence",
    { .answer = "HTTP/1.1 200 OK\r\nA: b\r\n", .end = SCRIPTED_HANG },
    &silence_limit,
    SILENCE_MS },
  { "header-drip",
    { .answer = "HTTP/1.1 200 OK\r\nA: b\r\nC: ", .drip_ms = 3 },
    &silence_limit,
    SILENCE_MS },
  { "continue-drip",
    { .answer = "HTTP/1.1 100 Continue\r\n\r\n", .drip_ms = 5 },
    &transfer_limit,
    TRANSFER_MS },
  { "body-silence",
    { .answer = HEAD "\r\n{\"na", .end = SCRIPTED_HANG },
    &silence_limit,
    SILENCE_MS },
  { "body-drip", { .answer = HEAD "\r\n    ", .drip_ms = 3 }, &transfer_limit, TRANSFER_MS },
};

static const int sent_classes[] = {
  [PORT_SUBMIT] = VEO3_SUBMIT_UNCERTAIN,
  [PORT_POLL] = VEO3_POLL_NO_ANSWER,
  [PORT_DOWNLOAD] = VEO3_DOWNLOAD_TRANSIENT,
};

static const int unsent_classes[] = {
  [PORT_SUBMIT] = VEO3_SUBMIT_NOT_SENT,
  [PORT_POLL] = VEO3_POLL_NO_ANSWER,
  [PORT_DOWNLOAD] = VEO3_DOWNLOAD_TRANSIENT,
};

/* All three calls at once; each ends as @classes says, after @limit_ms. */
static void
assert_ends (PortTest *test, const int *classes, gint64 limit_ms)
{
  for (guint i = 0; i < PORT_N_CALLS; i++)
    port_test_begin (test, (PortCall)i);
  port_test_wait (test, PORT_N_CALLS);
  for (guint i = 0; i < PORT_N_CALLS; i++)
    {
      g_assert_cmpint (test->ends[i].klass, ==, classes[i]);
      g_assert_cmpint (test->ends[i].took_us, >=, limit_ms * 1000);
      g_assert_cmpint (test->ends[i].took_us, <, (limit_ms + TEST_SLACK_MS) * 1000);
    }
}

/* A server that hangs with the answer of each of the three calls. */
static void
test_after_sending (gconstpointer data)
{
  const HangRow *row = data;
  g_autoptr (ScriptedServer) server = scripted_server_new ();
  g_autoptr (PortTest) test = port_test_new (scripted_server_get_url (server), NULL, row->limits);

  for (guint i = 0; i < PORT_N_CALLS; i++)
    scripted_server_add (server, row->step);
  assert_ends (test, sent_classes, row->limit_ms);
  g_assert_cmpuint (scripted_server_count_requests (server), ==, PORT_N_CALLS);
  g_assert_cmpuint (scripted_server_count_method (server, "POST"), ==, 1);
  /* The clients have not suffered: the very next poll is answered. */
  scripted_server_add_answer (server, 200, NULL, PORT_TEST_ACCEPTED);
  g_assert_cmpint (port_test_call (test, PORT_POLL), ==, VEO3_POLL_RUNNING);
}

/* A paid request is waited for as long as a poll with the same limit: its silence begins when it
 * has left, and not when somebody asks whether it has. */
static void
test_same_silence (void)
{
  gint64 least_us = G_MAXINT64;

  /* A pause of the machine between the two ends is no fault: the best of a few tries counts. */
  for (guint i = 0; i < TRIES && least_us >= SILENCE_MS * 1000 / 2; i++)
    {
      g_autoptr (ScriptedServer) server = scripted_server_new ();
      g_autoptr (PortTest) test
          = port_test_new (scripted_server_get_url (server), NULL, &silence_limit);
      const PortEnd *ends = test->ends;

      scripted_server_add (server, (ScriptedStep){ .end = SCRIPTED_HANG });
      scripted_server_add (server, (ScriptedStep){ .end = SCRIPTED_HANG });
      port_test_begin (test, PORT_SUBMIT);
      port_test_begin (test, PORT_POLL);
      port_test_wait (test, 2);
      least_us = MIN (least_us, ends[PORT_SUBMIT].took_us - ends[PORT_POLL].took_us);
    }
  g_assert_cmpint (least_us, <, SILENCE_MS * 1000 / 2);
}

/* All three calls on a place where nothing can be sent: each gives up on the connection in time. */
static void
assert_unsent (const char *base_url)
{
  g_autoptr (PortTest) test = port_test_new (base_url, NULL, &connect_limit);

  assert_ends (test, unsent_classes, CONNECT_MS);
  g_assert_cmpint (test->ends[PORT_SUBMIT].code, ==, VEO3_ERROR_CODE_UNAVAILABLE);
}

/* A host that drops whoever knocks. */
static void
test_syn_drop (void)
{
  g_autoptr (BlackHole) hole = black_hole_new_port ();

  if (hole == NULL)
    g_test_skip ("this kernel does not drop connections to a full port");
  else
    assert_unsent (hole->url);
}

/* A host that takes the connection and never speaks TLS. */
static void
test_tls_silence (void)
{
  g_autoptr (ScriptedServer) server = scripted_server_new ();
  g_autofree char *url
      = g_strdup_printf ("https://127.0.0.1:%u", scripted_server_get_port (server));

  assert_unsent (url);
  g_assert_cmpuint (scripted_server_count_connections (server), ==, 3);
  g_assert_cmpuint (scripted_server_count_requests (server), ==, 0);
}

/* In a process of its own, because the network is that process's. */
static void
test_dns_sink_child (void)
{
  g_autoptr (BlackHole) hole = NULL;

  if (!g_test_subprocess ())
    return;
  hole = black_hole_new_name_server ();
  assert_unsent ("https://veo.example");
  g_assert_true (black_hole_was_asked (hole));
}

/* A name server that is silent. */
static void
test_dns_sink (void)
{
  if (!black_hole_may_enter_network ())
    {
      g_test_skip ("only root can have a network of its own");
      return;
    }
  g_test_trap_subprocess ("/network/hangs/dns-sink/subprocess", FOREVER_S * G_USEC_PER_SEC,
                          G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

/* Cancelling ends every hang at once: nobody waits for a limit. */
static void
test_cancel (gconstpointer data)
{
  PortCall call = (PortCall)GPOINTER_TO_INT (data);
  g_autoptr (BlackHole) hole = black_hole_new_port ();
  HttpClientOptions patient = { .connect_timeout_ms = FOREVER_S * 2000 };
  g_autoptr (PortTest) test = NULL;

  if (hole == NULL)
    {
      g_test_skip ("this kernel does not drop connections to a full port");
      return;
    }
  test = port_test_new (hole->url, NULL, &patient);
  port_test_begin (test, call);
  (void)adapter_test_iterate_for (test->context, 50);
  g_assert_cmpuint (test->calls, ==, 0);
  g_cancellable_cancel (test->cancellable);
  port_test_wait (test, 1);
  g_assert_cmpint (test->ends[call].klass, ==, unsent_classes[call]);
  g_assert_cmpint (test->ends[call].code, ==, VEO3_ERROR_CODE_CANCELLED);
  g_assert_cmpint (test->ends[call].took_us, <, TEST_SLACK_MS * 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (hang_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/network/hangs/", hang_rows[i].name, NULL);

      g_test_add_data_func (path, &hang_rows[i], test_after_sending);
    }
  g_test_add_func ("/network/hangs/same-silence", test_same_silence);
  g_test_add_func ("/network/hangs/syn-drop", test_syn_drop);
  g_test_add_func ("/network/hangs/tls-silence", test_tls_silence);
  g_test_add_func ("/network/hangs/dns-sink", test_dns_sink);
  g_test_add_func ("/network/hangs/dns-sink/subprocess", test_dns_sink_child);
  g_test_add_data_func ("/network/hangs/cancel/submit", GINT_TO_POINTER (PORT_SUBMIT), test_cancel);
  g_test_add_data_func ("/network/hangs/cancel/poll", GINT_TO_POINTER (PORT_POLL), test_cancel);
  g_test_add_data_func ("/network/hangs/cancel/download", GINT_TO_POINTER (PORT_DOWNLOAD),
                        test_cancel);
  return g_test_run ();
}
