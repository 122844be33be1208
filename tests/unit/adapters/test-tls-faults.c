/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a server's TLS, for each call of the port: nothing leaves, nobody takes it for
 * the end of a clip, and the message is for people. nginx with a site for each fault, in front of a
 * plain server whose log is the judge.
 */
#include <string.h>

#include "tests/fixtures/tls-front.h"
#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/port-test.h"
#include "tests/unit/adapters/scripted-server.h"

typedef struct
{
  ScriptedServer *service; /* (owned) */
  TlsFront *front;         /* (owned) (nullable) NULL = not possible here */
  guint before;            /* requests that had got through when the test began */
} Fixture;

/** Row: a fault and what is said of it. */
typedef struct
{
  const char *name;
  TlsFault fault;
  const char *words;
  const char *setting; /* (nullable) that could be meant */
} Row;

static const Row rows[] = {
  { "self-signed", TLS_FAULT_SELF_SIGNED, "is vouched for by nobody but itself", "ca-file" },
  { "other host", TLS_FAULT_OTHER_HOST, "is for another host", "base URL" },
  { "expired", TLS_FAULT_EXPIRED, "has expired", "clock" },
  { "not yet valid", TLS_FAULT_NOT_YET_VALID, "is not valid yet", "clock" },
  { "stranger", TLS_FAULT_STRANGER, "comes from an authority that is not trusted", "ca-file" },
  { "TLS 1.0", TLS_FAULT_TLS_1_0, "too old", NULL },
  { "TLS 1.1", TLS_FAULT_TLS_1_1, "too old", NULL },
  { "NULL cipher", TLS_FAULT_NULL_CIPHER, "no encryption that is safe enough", NULL },
  { "plain", TLS_FAULT_PLAIN, "does not speak TLS", NULL },
};

/* One for all tests: making the certificates takes longer than all of them. Returns: FALSE: it was
 * skipped. */
static gboolean
set_up (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  if (fixture->service == NULL)
    fixture->service = scripted_server_new ();
  fixture->before = scripted_server_count_requests (fixture->service);
  if (fixture->front != NULL)
    return TRUE;
  fixture->front
      = tls_front_start_faulty ((guint16)scripted_server_get_port (fixture->service), &error);
  if (fixture->front != NULL)
    return TRUE;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_test_skip (error->message);
  return FALSE;
}

static void
fixture_clear (Fixture *fixture)
{
  tls_front_free (fixture->front);
  scripted_server_free (fixture->service);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

/* A client that puts up with anything: whatever it reaches, the fault alone keeps us away.
 * Returns: the status; 0 = no answer */
static long
ask_carelessly (const char *url)
{
  CURL *easy = curl_easy_init ();
  long status = 0;

  (void)curl_easy_setopt (easy, CURLOPT_URL, url);
  (void)curl_easy_setopt (easy, CURLOPT_NOBODY, 1L);
  (void)curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 0L);
  (void)curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 0L);
  (void)curl_easy_setopt (easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_0);
  (void)curl_easy_setopt (easy, CURLOPT_SSL_CIPHER_LIST, "ALL:eNULL:@SECLEVEL=0");
  (void)curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, 10000L);
  (void)curl_easy_perform (easy);
  (void)curl_easy_getinfo (easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup (easy);
  return status;
}

/* Returns: FALSE: this fault cannot be made here. */
static gboolean
injector_works (Fixture *fixture, const Row *row)
{
  g_autofree char *url = tls_front_dup_url (fixture->front, row->fault);
  g_autofree char *plain = g_strconcat ("http", url + strlen ("https"), NULL);

  return ask_carelessly (row->fault == TLS_FAULT_PLAIN ? plain : url) == 200;
}

static guint
count_new (Fixture *fixture)
{
  return scripted_server_count_requests (fixture->service) - fixture->before;
}

static void
begin_all (PortTest *test)
{
  for (PortCall call = PORT_SUBMIT; call < PORT_N_CALLS; call++)
    port_test_begin (test, call);
  port_test_wait (test, PORT_N_CALLS);
}

static void
expect_nothing_left (PortTest *test, const Row *row)
{
  begin_all (test);
  g_assert_cmpint (test->ends[PORT_SUBMIT].klass, ==, VEO3_SUBMIT_NOT_SENT);
  g_assert_cmpint (test->ends[PORT_POLL].klass, ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (test->ends[PORT_DOWNLOAD].klass, ==, VEO3_DOWNLOAD_TRANSIENT);
  for (PortCall call = PORT_SUBMIT; call < PORT_N_CALLS; call++)
    {
      const char *message = test->ends[call].message;

      g_test_message ("%s: %s", row->name, message);
      g_assert_nonnull (strstr (message, row->words));
      g_assert_nonnull (strstr (message, "127.0.0.1:"));
      g_assert_true (row->setting == NULL || strstr (message, row->setting) != NULL);
    }
}

/* With each fault nothing leaves, and the message says what is wrong and which setting may be
 * meant. */
static void
test_refused (gconstpointer data)
{
  Fixture *fixture = (Fixture *)data;
  guint n_seen = 0;

  if (!set_up (fixture))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *url = tls_front_dup_url (fixture->front, rows[i].fault);
      g_autoptr (PortTest) test = NULL;

      if (!injector_works (fixture, &rows[i]))
        {
          g_test_message ("%s: cannot be made here, skipped", rows[i].name);
          continue;
        }
      n_seen++;
      g_assert_cmpuint (count_new (fixture), ==, n_seen);
      test = port_test_new (url, tls_front_get_ca_path (fixture->front), NULL);
      expect_nothing_left (test, &rows[i]);
      g_assert_cmpuint (count_new (fixture), ==, n_seen);
    }
  g_assert_cmpuint (n_seen, >=, 6); /* those that are a matter of certificates, and plain */
}

/* Without ca-file only the system's authorities count, and none of them knows the test's. */
static void
test_system (gconstpointer data)
{
  /* They are many, which takes its time in a sanitized build. */
  static const HttpClientOptions patient = { .connect_timeout_ms = 60000 };
  Fixture *fixture = (Fixture *)data;
  g_autofree char *url = NULL;
  g_autoptr (PortTest) test = NULL;

  if (!set_up (fixture))
    return;
  url = tls_front_dup_url (fixture->front, TLS_FAULT_NONE);
  test = port_test_new (url, NULL, &patient);
  g_assert_cmpint (port_test_call (test, PORT_SUBMIT), ==, VEO3_SUBMIT_NOT_SENT);
  g_assert_nonnull (strstr (test->ends[PORT_SUBMIT].message, "name that authority with ca-file"));
  g_assert_cmpuint (count_new (fixture), ==, 0);
}

/* The authority that is named with ca-file is enough, also for a certificate that signs itself. */
static void
test_cures (gconstpointer data)
{
  static const TlsFault faults[] = { TLS_FAULT_NONE, TLS_FAULT_SELF_SIGNED, TLS_FAULT_STRANGER };
  Fixture *fixture = (Fixture *)data;

  if (!set_up (fixture))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *url = tls_front_dup_url (fixture->front, faults[i]);
      g_autofree char *cure = faults[i] == TLS_FAULT_NONE
                                  ? g_strdup (tls_front_get_ca_path (fixture->front))
                                  : tls_front_dup_cure (fixture->front, faults[i]);
      g_autoptr (PortTest) test = port_test_new (url, cure, NULL);

      scripted_server_add_answer (fixture->service, 200, NULL, PORT_TEST_ACCEPTED);
      g_assert_cmpint (port_test_call (test, PORT_SUBMIT), ==, VEO3_SUBMIT_ACCEPTED);
      g_assert_cmpuint (count_new (fixture), ==, i + 1);
    }
}

/* A server that wants a certificate of us says so in an answer of its own (nginx: 400): the request
 * goes no further, the paid one is refused, the others may try again. */
static void
test_wants_certificate (gconstpointer data)
{
  Fixture *fixture = (Fixture *)data;
  g_autofree char *url = NULL;
  g_autoptr (PortTest) test = NULL;

  if (!set_up (fixture))
    return;
  url = tls_front_dup_url (fixture->front, TLS_FAULT_WANTS_CERTIFICATE);
  g_assert_cmpint (ask_carelessly (url), ==, 400);
  test = port_test_new (url, tls_front_get_ca_path (fixture->front), NULL);
  begin_all (test);
  g_assert_cmpint (test->ends[PORT_SUBMIT].klass, ==, VEO3_SUBMIT_REFUSED);
  g_assert_cmpint (test->ends[PORT_POLL].klass, ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (test->ends[PORT_DOWNLOAD].klass, !=, VEO3_DOWNLOAD_STORED);
  for (PortCall call = PORT_SUBMIT; call < PORT_N_CALLS; call++)
    g_assert_nonnull (strstr (test->ends[call].message, "certificate"));
  g_assert_cmpuint (count_new (fixture), ==, 0);
}

/* A server that says nothing in the handshake is given up, and what was asked has not left. */
static void
test_silence (gconstpointer data)
{
  static const HttpClientOptions brief = { .connect_timeout_ms = 200 };
  static const Row row = { "silence", TLS_FAULT_NONE, "did not answer the greeting of TLS", NULL };
  Fixture *fixture = (Fixture *)data;
  g_autofree char *url = NULL;
  g_autoptr (PortTest) test = NULL;

  if (!set_up (fixture))
    return;
  /* The service itself: it waits for the end of a request. */
  url = g_strdup_printf ("https://127.0.0.1:%u", scripted_server_get_port (fixture->service));
  test = port_test_new (url, tls_front_get_ca_path (fixture->front), &brief);
  expect_nothing_left (test, &row);
  g_assert_cmpuint (scripted_server_count_connections (fixture->service), >=, PORT_N_CALLS);
  g_assert_cmpuint (count_new (fixture), ==, 0);
}

int
main (int argc, char **argv)
{
  g_auto (Fixture) fixture = { 0 };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/network/tls/refused", &fixture, test_refused);
  g_test_add_data_func ("/network/tls/system", &fixture, test_system);
  g_test_add_data_func ("/network/tls/cures", &fixture, test_cures);
  g_test_add_data_func ("/network/tls/wants-certificate", &fixture, test_wants_certificate);
  g_test_add_data_func ("/network/tls/silence", &fixture, test_silence);
  return g_test_run ();
}
