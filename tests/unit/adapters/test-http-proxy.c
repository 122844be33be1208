/* SPDX-License-Identifier: MIT */
/*
 * Proxies: which are taken, that only the configured one is ever used, what it is shown, and what
 * its failures mean. ScriptedServer is the proxy and H2Server the service behind it; the name of
 * the service is known to nobody but the proxy.
 */
#include <string.h>

#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/h2-server.h"
#include "tests/unit/adapters/port-test.h"
#include "tests/unit/adapters/scripted-server.h"
#include "tests/unit/adapters/small-mp4.h"

#define SERVICE "https://veo.test"
#define NOWHERE "https://192.0.2.1" /* RFC 5737: an address that nobody has */
#define PASSWORD "canary-s3cret"
#define TUNNEL "HTTP/1.1 200 Connection established\r\n\r\n"

static const HttpClientOptions brief = { .connect_timeout_ms = 250 };

static HttpNetwork *
new_network (const char *ca_file, ScriptedServer *proxy, const char *user, const char *no_proxy)
{
  g_autofree char *url
      = g_strdup_printf ("http://%s127.0.0.1:%u", user, scripted_server_get_port (proxy));
  g_autoptr (GError) local_error = NULL;
  HttpNetwork *network = http_network_new (ca_file, url, no_proxy, &local_error);

  g_assert_no_error (local_error);
  return network;
}

static guint
get_port (H2Server *server)
{
  return (guint)g_ascii_strtoull (strrchr (h2_server_get_url (server), ':') + 1, NULL, 10);
}

/* What people write for a proxy is understood as they mean it, and shown without the password. */
static void
test_taken (void)
{
  static const struct
  {
    const char *text;
    const char *url;  /* (nullable) NULL = none */
    const char *name; /* (nullable) */
  } rows[] = {
    { NULL, NULL, NULL },
    { "", NULL, NULL },
    { "proxy:3128", "http://proxy:3128/", "proxy:3128" },
    { "http://proxy:3128", "http://proxy:3128/", "proxy:3128" },
    { "http://proxy:3128/", "http://proxy:3128/", "proxy:3128" },
    { "http://proxy", "http://proxy:80/", "proxy:80" },
    { "https://proxy", "https://proxy:443/", "proxy:443" },
    { "HTTP://proxy:1", "http://proxy:1/", "proxy:1" },
    { "socks5h://proxy", "socks5h://proxy:1080", "proxy:1080" },
    { "http://[::1]:8080", "http://[::1]:8080/", "[::1]:8080" },
    { "http://me:" PASSWORD "@proxy:1", "http://me:" PASSWORD "@proxy:1/", "proxy:1" },
    { "http://me:a%40b@proxy:1", "http://me:a%40b@proxy:1/", "proxy:1" },
    { "me:" PASSWORD "@proxy:1", "http://me:" PASSWORD "@proxy:1/", "proxy:1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (HttpNetwork) network = http_network_new (NULL, rows[i].text, NULL, &local_error);

      g_assert_no_error (local_error);
      g_assert_cmpstr (network->proxy_name, ==, rows[i].name);
      if (rows[i].url == NULL)
        g_assert_null (network->proxy);
      else
        g_assert_true (g_str_has_prefix (network->proxy, rows[i].url)
                       || g_strcmp0 (rows[i].url, network->proxy) == 0);
    }
}

/* What is no proxy is refused with a hint, and nothing of it is repeated: it may be a password. */
static void
test_refused (void)
{
  static const char *const rows[] = {
    "ftp://me:" PASSWORD "@proxy:1",
    "socks4://me:" PASSWORD "@proxy",
    "file:///" PASSWORD,
    "http://" PASSWORD "@",
    "http://",
    "http:///" PASSWORD,
    "://" PASSWORD,
    "http://me:" PASSWORD "@proxy:0x50",
    "http://me:" PASSWORD "@proxy:99999",
    "http://me:" PASSWORD "#@proxy:1",
    "http://me:" PASSWORD "?x@proxy:1",
    "http://me:" PASSWORD "/x@proxy:1",
    "http://proxy:1/" PASSWORD,
    "http://proxy:1/?" PASSWORD,
    "http://me:" PASSWORD " x@proxy:1",
    "http://me:" PASSWORD "\n@proxy:1",
    "http://me:" PASSWORD "\\@proxy:1",
    "http://me:" PASSWORD "\xc3\xa9@proxy:1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (HttpNetwork) network = http_network_new (NULL, rows[i], NULL, &local_error);

      if (network != NULL)
        g_error ("row %zu was taken: %s", i, rows[i]);
      g_assert_error (local_error, HTTP_ERROR, HTTP_ERROR_URL);
      g_test_message ("%s", local_error->message);
      g_assert_null (strstr (local_error->message, PASSWORD));
      g_assert_nonnull (strstr (local_error->message, "http://HOST:PORT"));
    }
}

/* Paid request, poll and download all go through the proxy, which sees where to and its own
 * password, but neither our key nor anything else. */
static void
test_tunnel (void)
{
  g_autoptr (H2Server) service = h2_server_new ();
  g_autoptr (ScriptedServer) proxy = scripted_server_new ();
  g_autoptr (HttpNetwork) network
      = new_network (h2_server_get_ca_path (service), proxy, "me:" PASSWORD "@", "other.test");
  g_autoptr (PortTest) test = port_test_new_through (SERVICE, network, NULL);
  g_autoptr (GByteArray) clip = small_mp4_new (100000);

  for (guint i = 0; i < 3; i++)
    scripted_server_add (proxy,
                         (ScriptedStep){ .answer = TUNNEL, .tunnel_port = get_port (service) });
  h2_server_set_usual (service, PORT_TEST_ACCEPTED, strlen (PORT_TEST_ACCEPTED));
  g_assert_cmpint (port_test_call (test, PORT_SUBMIT), ==, VEO3_SUBMIT_ACCEPTED);
  g_assert_cmpint (port_test_call (test, PORT_POLL), ==, VEO3_POLL_RUNNING);
  h2_server_set_usual (service, clip->data, clip->len);
  g_assert_cmpint (port_test_call (test, PORT_DOWNLOAD), ==, VEO3_DOWNLOAD_STORED);
  g_assert_cmpuint (h2_server_count_requests (service, "POST"), ==, 1);
  g_assert_cmpuint (h2_server_count_requests (service, "GET"), ==, 2);
  g_assert_cmpuint (scripted_server_count_connections (proxy), ==, 3);
  g_assert_cmpuint (scripted_server_count_method (proxy, "CONNECT"), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *seen = scripted_server_dup_request (proxy, i);

      g_assert_true (g_str_has_prefix (seen, "CONNECT veo.test:443 HTTP/1.1\r\n"));
      g_assert_nonnull (strstr (seen, "\r\nProxy-Authorization: Basic "));
      g_assert_null (strstr (seen, PORT_TEST_KEY));
      g_assert_null (strstr (seen, "x-goog-api-key"));
    }
}

/* A proxy that does not let us through costs nothing: the paid request has not left, and the others
 * may try again. Its words are no answer of the service, and its password is in no message. */
static void
test_failures (void)
{
  static const struct
  {
    const char *name;
    const char *answer;
    ScriptedEnd end;
  } rows[] = {
    { "407", "HTTP/1.1 407 Who are you?\r\nContent-Length: 2\r\n\r\n{}", SCRIPTED_CLOSE },
    { "502", "HTTP/1.1 502 Bad\r\nContent-Length: 2\r\n\r\n{}", SCRIPTED_CLOSE },
    { "403", "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\n{}", SCRIPTED_CLOSE },
    { "closed", "", SCRIPTED_CLOSE },
    { "reset", "", SCRIPTED_RESET },
    { "garbage", "220 smtp.test ESMTP\r\n", SCRIPTED_CLOSE },
    { "silence", "", SCRIPTED_HANG },
    { "not TLS behind it", TUNNEL "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", SCRIPTED_HANG },
  };
  g_autoptr (H2Server) trusted = h2_server_new (); /* the system's authorities take their time */

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (ScriptedServer) proxy = scripted_server_new ();
      g_autoptr (HttpNetwork) network
          = new_network (h2_server_get_ca_path (trusted), proxy, "me:" PASSWORD "@", NULL);
      g_autoptr (PortTest) test = port_test_new_through (SERVICE, network, &brief);

      for (guint call = 0; call < 3; call++)
        scripted_server_add (proxy, (ScriptedStep){ .answer = rows[i].answer, .end = rows[i].end });
      for (PortCall call = PORT_SUBMIT; call <= PORT_DOWNLOAD; call++)
        port_test_begin (test, call);
      port_test_wait (test, 3);
      g_assert_cmpint (test->ends[PORT_SUBMIT].klass, ==, VEO3_SUBMIT_NOT_SENT);
      g_assert_cmpint (test->ends[PORT_POLL].klass, ==, VEO3_POLL_NO_ANSWER);
      g_assert_cmpint (test->ends[PORT_DOWNLOAD].klass, ==, VEO3_DOWNLOAD_TRANSIENT);
      for (PortCall call = PORT_SUBMIT; call <= PORT_DOWNLOAD; call++)
        {
          g_test_message ("%s: %s", rows[i].name, test->ends[call].message);
          g_assert_null (strstr (test->ends[call].message, PASSWORD));
        }
      g_assert_cmpuint (scripted_server_count_requests (proxy), ==,
                        scripted_server_count_method (proxy, "CONNECT"));
    }
}

/* Behind a proxy a paid request leaves once as well, whatever becomes of it there; CONNECT is no
 * departure, and nobody but the proxy is asked for the proxy's password. */
static void
test_once (void)
{
  static const struct
  {
    const char *name;
    H2Step step;
    Veo3SubmitClass klass;
  } rows[] = {
    { "close", { .move = H2_CLOSE }, VEO3_SUBMIT_UNCERTAIN },
    { "reset", { .move = H2_RST }, VEO3_SUBMIT_UNCERTAIN },
    { "cut", { .move = H2_CUT, .body = PORT_TEST_ACCEPTED }, VEO3_SUBMIT_UNCERTAIN },
    { "silence", { .move = H2_HANG }, VEO3_SUBMIT_UNCERTAIN },
    { "401", { .status = 401, .line = "WWW-Authenticate: Basic\r\n" }, VEO3_SUBMIT_REFUSED },
    { "407", { .status = 407, .line = "Proxy-Authenticate: Basic\r\n" }, VEO3_SUBMIT_UNCERTAIN },
    { "417", { .status = 417 }, VEO3_SUBMIT_UNCERTAIN },
    { "307", { .status = 307, .line = "Location: /again\r\n" }, VEO3_SUBMIT_REFUSED },
  };
  const HttpClientOptions patient = { .connect_timeout_ms = 5000, .silence_timeout_ms = 500 };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (H2Server) service = h2_server_new ();
      g_autoptr (ScriptedServer) proxy = scripted_server_new ();
      g_autoptr (HttpNetwork) network
          = new_network (h2_server_get_ca_path (service), proxy, "me:" PASSWORD "@", NULL);
      g_autoptr (PortTest) test = port_test_new_through (SERVICE, network, &patient);
      ScriptedStep tunnel = { .answer = TUNNEL, .tunnel_port = get_port (service) };

      g_test_message ("%s", rows[i].name);
      scripted_server_add (proxy, tunnel);
      scripted_server_add (proxy, tunnel); /* which nobody is to take */
      h2_server_add (service, rows[i].step);
      g_assert_cmpint (port_test_call (test, PORT_SUBMIT), ==, rows[i].klass);
      g_test_message ("%s", test->ends[PORT_SUBMIT].message);
      g_assert_null (strstr (test->ends[PORT_SUBMIT].message, PASSWORD));
      g_assert_cmpuint (h2_server_count_requests (service, "POST"), ==, 1);
      g_assert_cmpuint (scripted_server_count_method (proxy, "CONNECT"), ==, 1);
    }
}

/* Hosts of no-proxy are reached without it; so is this machine, whatever is set. */
static void
test_around (void)
{
  g_autoptr (ScriptedServer) proxy = scripted_server_new ();
  g_autoptr (ScriptedServer) service = scripted_server_new ();
  static const char *const exceptions[] = { "192.0.2.1", "veo.test,192.0.2.1", "*" };
  g_autoptr (HttpNetwork) all = new_network (NULL, proxy, "", NULL);
  g_autoptr (PortTest) here = port_test_new_through (scripted_server_get_url (service), all, NULL);

  (void)port_test_call (here, PORT_POLL);
  g_assert_cmpuint (scripted_server_count_requests (service), ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (exceptions); i++)
    {
      g_autoptr (HttpNetwork) network = new_network (NULL, proxy, "", exceptions[i]);
      g_autoptr (PortTest) test = port_test_new_through (NOWHERE, network, &brief);

      g_assert_cmpint (port_test_call (test, PORT_SUBMIT), ==, VEO3_SUBMIT_NOT_SENT);
    }
  g_assert_cmpuint (scripted_server_count_connections (proxy), ==, 0);
}

/* Asks as libcurl does by itself. */
static void
ask_plainly (const char *url)
{
  CURL *easy = curl_easy_init ();

  (void)curl_easy_setopt (easy, CURLOPT_URL, url);
  (void)curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, 300L);
  (void)curl_easy_perform (easy);
  curl_easy_cleanup (easy);
}

/* The variables that libcurl obeys by itself have no effect, neither in place of the setting nor
 * beside it. */
static void
test_variables (void)
{
  static const char *const names[]
      = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy" };
  g_autoptr (ScriptedServer) proxy = scripted_server_new ();
  g_autoptr (ScriptedServer) chosen = scripted_server_new ();
  g_autoptr (HttpNetwork) none = http_network_new (NULL, NULL, NULL, NULL);
  g_autoptr (H2Server) trusted = h2_server_new ();
  g_autoptr (HttpNetwork) one = new_network (h2_server_get_ca_path (trusted), chosen, "", NULL);
  const HttpNetwork *const networks[] = { NULL, none, one };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (g_setenv (names[i], scripted_server_get_url (proxy), TRUE));
  g_assert_true (g_setenv ("no_proxy", "veo.test", TRUE));
  g_assert_true (g_setenv ("NO_PROXY", "veo.test", TRUE));
  ask_plainly (NOWHERE);
  /* They do have an effect where nobody takes care. */
  g_assert_cmpuint (scripted_server_count_connections (proxy), ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autoptr (PortTest) test
          = port_test_new_through (networks[i] == one ? SERVICE : NOWHERE, networks[i], &brief);

      g_assert_cmpint (port_test_call (test, PORT_SUBMIT), ==, VEO3_SUBMIT_NOT_SENT);
    }
  g_assert_cmpuint (scripted_server_count_connections (proxy), ==, 1);
  g_assert_cmpuint (scripted_server_count_method (chosen, "CONNECT"), ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_unsetenv (names[i]);
  g_unsetenv ("no_proxy");
  g_unsetenv ("NO_PROXY");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/proxy/taken", test_taken);
  g_test_add_func ("/network/proxy/refused", test_refused);
  g_test_add_func ("/network/proxy/tunnel", test_tunnel);
  g_test_add_func ("/network/proxy/failures", test_failures);
  g_test_add_func ("/network/proxy/once", test_once);
  g_test_add_func ("/network/proxy/around", test_around);
  g_test_add_func ("/network/proxy/variables", test_variables);
  return g_test_run ();
}
