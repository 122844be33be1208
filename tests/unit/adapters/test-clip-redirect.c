/* SPDX-License-Identifier: MIT */
/*
 * Where a redirect of a download may lead, and who sees the key. Two servers on one machine: the
 * service, and a second origin. What the second one was sent is the judge: whatever the service
 * says, no key, no token and no cookie ever reaches it.
 */
#include "tests/unit/adapters/download-fixture.h"

#include <string.h>

#include "tests/unit/adapters/small-mp4.h"

#define LONG_TARGET_BYTES 8200

/** Expected: what the fetch comes to. */
typedef enum
{
  AT_SERVICE,       /* the service is asked again, with the key */
  AT_SERVICE_ALIAS, /* it is asked by another name, without the key */
  AT_STRANGER,      /* the stranger is asked, without the key */
  NOWHERE,          /* nobody is asked */
} Expected;

/** RedirectRow: %S is the service's "127.0.0.1:PORT", %s its port, %T and %t the stranger's. */
typedef struct
{
  const char *name;
  const char *target; /* (nullable) NULL = no such line */
  Expected expected;
} RedirectRow;

static const RedirectRow rows[] = {
  { "same-origin", "http://%S/there", AT_SERVICE },
  { "relative-path", "/there", AT_SERVICE },
  { "relative-file", "there", AT_SERVICE },
  { "scheme-relative-same", "//%S/there", AT_SERVICE },
  { "other-port", "http://%T/there", AT_STRANGER },
  { "scheme-relative-other", "//%T/there", AT_STRANGER },
  { "other-host", "http://localhost:%s/there", AT_SERVICE_ALIAS },
  { "other-scheme-case", "HTTP://%S/there", AT_SERVICE },
  /* The same host by libcurl's reading, and it is libcurl that connects. */
  { "number-of-service", "http://0x7f.1:%s/there", AT_SERVICE },
  { "number-of-stranger", "http://0x7f.1:%t/there", AT_STRANGER },
  { "user-name", "http://%S@%T/there", NOWHERE },
  { "user-name-backslash", "http://%T\\@%S/there", NOWHERE },
  { "user-name-backslash-other", "http://%S\\@%T/there", NOWHERE },
  { "password", "http://user:hunter2@%S/there", NOWHERE },
  { "empty-user-name", "http://@%T/there", NOWHERE },
  { "fragment", "http://%T/there#http://%S/", NOWHERE },
  { "one-slash", "http:/%T/there", NOWHERE },
  { "no-slash", "http:%T/there", NOWHERE },
  { "three-slashes", "http:///%T/there", NOWHERE },
  { "plain-http-elsewhere", "http://192.0.2.1/there", NOWHERE },
  { "no-location", NULL, NOWHERE },
  { "empty", "", NOWHERE },
  { "carriage-return", "http://%T/there\rx: y", NOWHERE },
  { "tabulator", "http://%T/the\tre", NOWHERE },
  { "blank", "http://%T/the re", NOWHERE },
  { "file", "file:///etc/passwd", NOWHERE },
  { "ftp", "ftp://%T/there", NOWHERE },
  { "gopher", "gopher://%T/there", NOWHERE },
  { "data", "data:video/mp4;base64,AAAA", NOWHERE },
};

/* Returns: (transfer full): @target with the servers' names in it */
static char *
fill_in (const DownloadFixture *fixture, const char *target)
{
  g_autofree char *service = g_strdup_printf ("%u", scripted_server_get_port (fixture->service));
  g_autofree char *stranger = g_strdup_printf ("%u", scripted_server_get_port (fixture->stranger));
  GString *text = g_string_new (target);

  (void)g_string_replace (text, "%S", "127.0.0.1:%s", 0);
  (void)g_string_replace (text, "%T", "127.0.0.1:%t", 0);
  (void)g_string_replace (text, "%s", service, 0);
  (void)g_string_replace (text, "%t", stranger, 0);
  return g_string_free (text, FALSE);
}

/* @target: (nullable) */
static void
add_redirect (DownloadFixture *fixture, ScriptedServer *server, guint status, const char *target)
{
  g_autofree char *place = target != NULL ? fill_in (fixture, target) : NULL;
  g_autofree char *lines
      = g_strdup_printf ("Set-Cookie: sid=from-service\r\n%s%s%s",
                         place != NULL ? "Location: " : "", place != NULL ? place : "",
                         place != NULL ? "\r\n" : "");

  scripted_server_add_answer (server, status, lines, "moved");
}

/* The whole record: nothing that belongs to the service. */
static void
assert_stranger_saw_nothing (const DownloadFixture *fixture)
{
  static const char *const secrets[]
      = { DOWNLOAD_FIXTURE_KEY, "authorization", "x-goog-api-key", "cookie", "referer" };

  for (guint i = 0; i < scripted_server_count_requests (fixture->stranger); i++)
    {
      g_autofree char *request = scripted_server_dup_request (fixture->stranger, i);
      g_autofree char *lower = g_ascii_strdown (request, -1);

      for (gsize j = 0; j < G_N_ELEMENTS (secrets); j++)
        g_assert_null (strstr (lower, secrets[j]));
    }
}

static gboolean
has_key (const DownloadFixture *fixture, ScriptedServer *server, guint index)
{
  g_autofree char *value = download_fixture_dup_header (server, index, fixture->key_header);

  return g_strcmp0 (value, DOWNLOAD_FIXTURE_KEY) == 0;
}

/* Whom the fetch came to, as the servers recorded it. */
static void
assert_record (const DownloadFixture *fixture, Expected expected)
{
  gboolean is_at_service = expected == AT_SERVICE || expected == AT_SERVICE_ALIAS;

  assert_stranger_saw_nothing (fixture);
  g_assert_cmpuint (scripted_server_count_requests (fixture->stranger), ==,
                    expected == AT_STRANGER ? 1 : 0);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, is_at_service ? 2 : 1);
  g_assert_true (has_key (fixture, fixture->service, 0));
  if (is_at_service)
    g_assert_cmpint (has_key (fixture, fixture->service, 1), ==, expected == AT_SERVICE);
}

static void
check_row (DownloadFixture *fixture, const RedirectRow *row)
{
  g_autoptr (GByteArray) clip = small_mp4_new (50);
  Veo3DownloadClass klass;

  add_redirect (fixture, fixture->service, 302, row->target);
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  scripted_server_add_bytes (fixture->stranger, clip->data, clip->len);
  klass = download_fixture_fetch (fixture);
  assert_record (fixture, row->expected);
  if (row->expected != NOWHERE)
    {
      download_fixture_assert_stored (fixture, clip);
      return;
    }
  g_assert_cmpint (klass, ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_PROTOCOL);
  g_assert_null (strstr (fixture->message, "hunter2"));
}

/* Each target leads where it should, and the key stays at home. */
static void
test_row (DownloadFixture *fixture, gconstpointer data)
{
  check_row (fixture, data);
}

/* The same with a token in the header that libcurl itself would guard. */
static void
test_row_bearer (DownloadFixture *fixture, gconstpointer data)
{
  fixture->key_header = "Authorization";
  check_row (fixture, data);
}

/* Every status that means "elsewhere" is followed by a GET. */
static void
test_statuses (DownloadFixture *fixture, gconstpointer data)
{
  static const guint statuses[] = { 301, 302, 303, 307, 308 };
  g_autoptr (GByteArray) clip = small_mp4_new (50);

  (void)data;
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autofree char *request = NULL;

      add_redirect (fixture, fixture->service, statuses[i], "http://%T/there");
      scripted_server_add_bytes (fixture->stranger, clip->data, clip->len);
      g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
      download_fixture_assert_stored (fixture, clip);
      request = scripted_server_dup_request (fixture->stranger, i);
      g_assert_true (g_str_has_prefix (request, "GET /there "));
    }
  assert_stranger_saw_nothing (fixture);
}

/* 300, 304, 305 and 306 are no redirects, whatever target they name. */
static void
test_other_statuses (DownloadFixture *fixture, gconstpointer data)
{
  static const guint statuses[] = { 300, 304, 305, 306 };

  (void)data;
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autofree char *line
          = g_strdup_printf ("Location: %s/there\r\n", scripted_server_get_url (fixture->stranger));

      scripted_server_add_answer (fixture->service, statuses[i], line, NULL);
      g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
    }
  g_assert_cmpuint (scripted_server_count_requests (fixture->stranger), ==, 0);
}

/* Five hops are followed, the sixth is not, and a loop is left. */
static void
test_hops (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (50);

  (void)data;
  for (guint i = 0; i < 5; i++)
    add_redirect (fixture, fixture->service, 302, "/round");
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  for (guint i = 0; i < 6; i++)
    add_redirect (fixture, fixture->service, 302, "/clip");
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_nonnull (strstr (fixture->message, "more than 5 redirects"));
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 12);
}

/* There and back: the key is with each request to the service, and with no other. */
static void
test_there_and_back (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (50);

  (void)data;
  add_redirect (fixture, fixture->service, 302, "http://%T/signed?sig=abc");
  add_redirect (fixture, fixture->stranger, 302, "http://%S/back");
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  assert_stranger_saw_nothing (fixture);
  g_assert_true (has_key (fixture, fixture->service, 0));
  g_assert_true (has_key (fixture, fixture->service, 1));
}

/* A service that is asked by https sends nobody on to plain http, not even on this machine. */
static void
test_downgrade (DownloadFixture *fixture, gconstpointer data)
{
  (void)data;
  curl_url_cleanup (fixture->origin);
  fixture->origin = http_url_parse ("https://127.0.0.1:1", NULL, NULL);
  add_redirect (fixture, fixture->service, 302, "http://%T/there");
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_nonnull (strstr (fixture->message, "from https to http"));
  g_assert_cmpuint (scripted_server_count_requests (fixture->stranger), ==, 0);
  g_assert_false (has_key (fixture, fixture->service, 0)); /* it is not the origin */
}

/* Nobody needs a target of more than 8 KiB. */
static void
test_long_target (DownloadFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_strnfill (LONG_TARGET_BYTES, 'a');
  g_autofree char *target = g_strconcat ("http://%T/", path, NULL);

  (void)data;
  add_redirect (fixture, fixture->service, 302, target);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_PROTOCOL);
  assert_record (fixture, NOWHERE);
}

static void
add_test (const char *name, gconstpointer data, void (*func) (DownloadFixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/veo3/clip-redirect/", name, NULL);

  g_test_add (path, DownloadFixture, data, download_fixture_set_up, func,
              download_fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *key = g_strconcat ("to/", rows[i].name, NULL);
      g_autofree char *bearer = g_strconcat ("to-with-token/", rows[i].name, NULL);

      add_test (key, &rows[i], test_row);
      add_test (bearer, &rows[i], test_row_bearer);
    }
  add_test ("statuses", NULL, test_statuses);
  add_test ("other-statuses", NULL, test_other_statuses);
  add_test ("hops", NULL, test_hops);
  add_test ("there-and-back", NULL, test_there_and_back);
  add_test ("downgrade", NULL, test_downgrade);
  add_test ("long-target", NULL, test_long_target);
  return g_test_run ();
}
