/* SPDX-License-Identifier: MIT */
/*
 * URLs and headers are refused before a connection exists. No network.
 */
#include "plugin/adapters/http-request.h"

static CURLU *
parse (const char *text)
{
  g_autoptr (GError) local_error = NULL;
  CURLU *url = http_url_parse (text, NULL, &local_error);

  g_assert_no_error (local_error);
  return url;
}

/* Only https is taken, and http to this machine, however its address is written. */
static void
test_url_accepted (void)
{
  static const char *const good[] = {
    "https://example.com", "https://example.com:8443/a/b?c=d",
    "http://127.0.0.1:1",  "http://localhost:8080",
    "http://[::1]:80/x",   "http://0x7f.1/",
    "http://127.9.8.7/",   "HTTPS://EXAMPLE.COM/",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (CURLU) url = parse (good[i]);

      g_assert_nonnull (url);
    }
}

/* What could lead elsewhere than it seems is refused with the URL's error. */
static void
test_url_refused (void)
{
  static const char *const bad[] = {
    "",
    "example.com",
    "/path",
    "https:/example.com",
    "https:///example.com",
    "https:example.com",
    "http://example.com/",
    "http://128.0.0.1/",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "https://user@example.com/",
    "https://user:word@example.com/",
    "https://example.com/#part",
    "https://evil\\@good.example/",
    "https://exam ple.com/",
    "https://example.com/\r\nX: y",
    "https://example.com:99999/",
    "https://[::1/",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (CURLU) url = http_url_parse (bad[i], NULL, &local_error);

      g_test_message ("%s", bad[i]);
      g_assert_error (local_error, HTTP_ERROR, HTTP_ERROR_URL);
      g_assert_null (url);
    }
}

/* A redirect's target is resolved against the URL it came from. */
static void
test_url_relative (void)
{
  g_autoptr (CURLU) base = parse ("https://example.com/a/b?c=d");
  g_autoptr (CURLU) path = http_url_parse ("/x", base, NULL);
  g_autoptr (CURLU) other = http_url_parse ("https://other.example/y", base, NULL);
  g_autoptr (CURLU) host = http_url_parse ("//third.example/z", base, NULL);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (CURLU) plain = http_url_parse ("http://example.com/", base, &local_error);
  g_autofree char *path_text = http_url_to_string (path);
  g_autofree char *other_text = http_url_to_string (other);
  g_autofree char *host_text = http_url_to_string (host);

  g_assert_cmpstr (path_text, ==, "https://example.com/x");
  g_assert_cmpstr (other_text, ==, "https://other.example/y");
  g_assert_cmpstr (host_text, ==, "https://third.example/z");
  g_assert_null (plain);
  g_assert_error (local_error, HTTP_ERROR, HTTP_ERROR_URL);
}

/* An origin is scheme, host and port; the default port counts as written. */
static void
test_url_origin (void)
{
  static const struct
  {
    const char *one;
    const char *other;
    gboolean same;
  } rows[] = {
    { "https://a.example/x", "https://a.example/y", TRUE },
    { "https://a.example", "https://a.example:443/", TRUE },
    { "https://A.example", "https://a.EXAMPLE", TRUE },
    { "http://127.0.0.1:80/", "http://0x7f.1/", TRUE },
    { "https://a.example", "https://b.example", FALSE },
    { "https://a.example", "https://a.example:444", FALSE },
    { "https://127.0.0.1:80", "http://127.0.0.1:80", FALSE },
    { "http://127.0.0.1:80", "http://localhost:80", FALSE },
    { "https://a.example", "https://a.example.evil.example", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CURLU) one = parse (rows[i].one);
      g_autoptr (CURLU) other = parse (rows[i].other);

      g_test_message ("%s %s", rows[i].one, rows[i].other);
      g_assert_cmpint (http_url_same_origin (one, other), ==, rows[i].same);
    }
}

/* The query of a URL may be a signature and is not shown. */
static void
test_url_shown (void)
{
  g_autoptr (CURLU) url = parse ("https://example.com/clip?sig=secret");
  g_autofree char *text = http_url_to_string (url);

  g_assert_cmpstr (text, ==, "https://example.com/clip");
}

/* A header that would split the request is refused, and its value is not repeated. */
static void
test_header_split (void)
{
  static const char *const bad[] = { "a\nb", "a\r\nX: y", "a\x7f", "\x01" };
  g_autoptr (CURLU) url = parse ("https://example.com/");
  g_autoptr (HttpRequest) request = http_request_new ("GET", url, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) local_error = NULL;

      g_assert_false (http_request_add_header (request, "X-Key", bad[i], &local_error));
      g_assert_error (local_error, HTTP_ERROR, HTTP_ERROR_HEADER);
      g_assert_null (strstr (local_error->message, bad[i]));
    }
  g_assert_false (http_request_add_header (request, "X: y\r\nZ", "v", NULL));
  g_assert_false (http_request_add_header (request, "", "v", NULL));
  g_assert_true (http_request_add_header (request, "X-Key", "v", NULL));
  g_assert_true (http_request_add_header (request, "X-Empty", "", NULL));
}

/* A request for a URL that was parsed by somebody else is checked all the same. */
static void
test_request_unchecked_url (void)
{
  g_autoptr (CURLU) url = curl_url ();
  g_autoptr (GError) local_error = NULL;
  g_autoptr (HttpRequest) request = http_request_new ("GET", url, &local_error);

  g_assert_null (request);
  g_assert_error (local_error, HTTP_ERROR, HTTP_ERROR_URL);
}

/* The metadata server is asked in plain text and without a proxy: at its name and at addresses
 * that no router passes on, and nowhere else. */
static void
test_metadata (void)
{
  static const char *const good[] = {
    "metadata.google.internal",
    "169.254.169.254",
    "169.254.169.254:80",
    "127.0.0.1:8080",
    "localhost:1",
    "[fe80::1]:80",
    "[::1]",
  };
  static const char *const bad[] = {
    "",
    "metadata.google.internal.example.com",
    "example.com",
    "10.0.0.1",
    "169.255.0.1",
    "[2001:db8::1]",
    "127.0.0.1@example.com",
    "example.com/127.0.0.1",
    "example.com#127.0.0.1",
    "example.com\\127.0.0.1",
    "127.0.0.1?x",
    "127.0.0.1:99999",
    "127.0.0.1\r\nX: y",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (HttpRequest) request = http_request_new_metadata (good[i], "/x?y", &local_error);

      g_assert_no_error (local_error);
      g_assert_cmpstr (request->method, ==, "GET");
      g_assert_true (request->direct);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (HttpRequest) request = http_request_new_metadata (bad[i], "/x", &local_error);

      g_test_message ("%s", bad[i]);
      g_assert_null (request);
      g_assert_error (local_error, HTTP_ERROR, HTTP_ERROR_URL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/http-request/url-accepted", test_url_accepted);
  g_test_add_func ("/veo3/http-request/url-refused", test_url_refused);
  g_test_add_func ("/veo3/http-request/url-relative", test_url_relative);
  g_test_add_func ("/veo3/http-request/url-origin", test_url_origin);
  g_test_add_func ("/veo3/http-request/url-shown", test_url_shown);
  g_test_add_func ("/veo3/http-request/header-split", test_header_split);
  g_test_add_func ("/veo3/http-request/unchecked-url", test_request_unchecked_url);
  g_test_add_func ("/veo3/http-request/metadata", test_metadata);
  return g_test_run ();
}
