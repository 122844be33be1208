/* SPDX-License-Identifier: MIT */
/*
 * Scripted faults as a client feels them, byte by byte, and what the log says of them: the log must
 * be right in exactly those cases in which the client cannot know.
 *
 * Each test has an emulator of its own. A wait for "nothing comes" is the only kind that passes by
 * running out.
 */
#include "tests/emulator/emulator-test.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SILENCE_MS 150u
#define CROWD 600

/* The body of a status is the service's: envelope or page, details, Retry-After. */
static void
test_statuses (void)
{
  static const struct
  {
    const gchar *prompt;
    guint status;
    const gchar *needle;
  } rows[] = {
    { "[[submit: 401]] a", 401, "\"UNAUTHENTICATED\"" },
    { "[[submit: 402]] a", 402, "\"PAYMENT_REQUIRED\"" },
    { "[[submit: 403]] a", 403, "\"PERMISSION_DENIED\"" },
    { "[[submit: 404]] a", 404, "\"NOT_FOUND\"" },
    { "[[submit: 408]] a", 408, "\"DEADLINE_EXCEEDED\"" },
    { "[[submit: 409]] a", 409, "\"ABORTED\"" },
    { "[[submit: 417]] a", 417, "\"INVALID_ARGUMENT\"" },
    { "[[submit: 429]] a", 429, "PerMinutePerProjectPerModel" },
    { "[[submit: 429 per-day]] a", 429, "PerDayPerProjectPerModel" },
    { "[[submit: 429 quota-id=Mine]] a", 429, "\"quotaId\":\"Mine\"" },
    { "[[submit: 429 retry-delay=37s]] a", 429, "\"retryDelay\":\"37s\"" },
    { "[[submit: 500]] a", 500, "\"INTERNAL\"" },
    { "[[submit: 500 message='so it is']] a", 500, "so it is" },
    { "[[submit: 501]] a", 501, "\"UNIMPLEMENTED\"" },
    { "[[submit: 502]] a", 502, "<!DOCTYPE html>" },
    { "[[submit: 503]] a", 503, "\"UNAVAILABLE\"" },
    { "[[submit: 503-html]] a", 503, "<!DOCTYPE html>" },
    { "[[submit: 504]] a", 504, "\"DEADLINE_EXCEEDED\"" },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Exchange) answer = emulator_test_submit (emulator, rows[i].prompt);

      g_test_message ("%s", rows[i].prompt);
      g_assert_cmpuint (answer->status, ==, rows[i].status);
      g_assert_nonnull (strstr (answer->body, rows[i].needle));
    }
  /* None of them made an operation. */
  g_assert_cmpuint (emulator_client_count (emulator, "submit", "\"operation\":null"), ==,
                    G_N_ELEMENTS (rows));
}

/* Retry-After is sent verbatim, RetryInfo only when asked for, an empty body is empty. */
static void
test_status_modifiers (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) later = emulator_test_submit (emulator, "[[submit: 429 retry-after=-7]] a");
  g_autoptr (Exchange) empty = emulator_test_submit (emulator, "[[submit: 500 no-body]] a");
  g_autofree gchar *retry_after = emulator_test_header (later, "Retry-After");

  g_assert_cmpstr (retry_after, ==, "-7");
  g_assert_true (g_str_has_prefix (later->head, "HTTP/1.1 429 Too Many Requests\r\n"));
  g_assert_null (strstr (later->body, "RetryInfo"));
  g_assert_cmpuint (empty->status, ==, 500);
  g_assert_cmpuint (empty->body_bytes, ==, 0);
}

/* A fault with xN goes away after N requests, one without stays. */
static void
test_counts (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  const guint expected[] = { 429, 429, 200, 200 };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (Exchange) answer = emulator_test_submit (emulator, "[[submit: 429 x2]] a");
      g_autoptr (Exchange) stays = emulator_test_submit (emulator, "[[submit: 500]] a");

      g_assert_cmpuint (answer->status, ==, expected[i]);
      g_assert_cmpuint (stays->status, ==, 500);
    }
}

/* Directives of one step form a list; polls count for each operation alone. */
static void
test_poll_faults (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  const guint expected[] = { 500, 500, 503, 200, 404, 404 };
  const gchar *prompt
      = "[[poll: 500 x2]] a [[poll: 503-html x1]][[poll: ok x1]] boat [[poll: 404]]";
  g_autofree gchar *first = emulator_test_accept (emulator, prompt);
  g_autofree gchar *second = emulator_test_accept (emulator, prompt);

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (Exchange) one = emulator_test_get (emulator, first, NULL);
      g_autoptr (Exchange) other = emulator_test_get (emulator, second, NULL);

      g_assert_cmpuint (one->status, ==, expected[i]);
      g_assert_cmpuint (other->status, ==, expected[i]);
    }
}

/* A scenario's lists go by the order of requests, its prompt groups by the prompt's words. */
static void
test_scenario_levels (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:1000\n"
                             "[submit]\nfaults=429 x1 retry-after=2; ok x1; 503 x1\n"
                             "[prompt kite]\nsubmit=403 x1\n",
                             NULL, NULL);
  const gchar *prompts[]
      = { "a kite", "a boat", "a kite", "a boat", "[[submit: 401]] kite", "a boat", "a boat" };
  const guint expected[] = { 403, 429, 200, 200, 401, 503, 200 };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (Exchange) answer = emulator_test_submit (emulator, prompts[i]);

      g_assert_cmpuint (answer->status, ==, expected[i]);
    }
}

typedef struct
{
  const gchar *fault;
  ExchangeEnd end;
  gboolean answered; /* a status line arrives */
  gboolean accepted; /* the log knows an operation */
} Ending;

/* Every way of ending a connection ends it so, and the log tells whether money was spent. */
static void
test_endings (void)
{
  static const Ending rows[] = {
    { "close", EXCHANGE_CLOSED, FALSE, FALSE },
    { "accept-close", EXCHANGE_CLOSED, FALSE, TRUE },
    { "rst", EXCHANGE_RESET, FALSE, FALSE },
    { "accept-rst", EXCHANGE_RESET, FALSE, TRUE },
    { "cut", EXCHANGE_CLOSED, TRUE, TRUE },
    { "cut-header", EXCHANGE_CLOSED, TRUE, TRUE },
    { "wrong-length", EXCHANGE_CLOSED, TRUE, TRUE },
    { "500 accepted", EXCHANGE_CLOSED, TRUE, TRUE },
    { "redirect=loop status=307", EXCHANGE_CLOSED, TRUE, FALSE },
    { "garbage", EXCHANGE_CLOSED, TRUE, TRUE },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree gchar *prompt = g_strdup_printf ("[[submit: %s]] a", rows[i].fault);
      g_autoptr (Exchange) answer = emulator_test_submit (emulator, prompt);
      g_autoptr (GPtrArray) log = emulator_client_read_log (emulator, NULL);
      json_object *entry = g_ptr_array_index (log, i);

      g_test_message ("%s", rows[i].fault);
      g_assert_cmpint (answer->end, ==, rows[i].end);
      g_assert_cmpint (answer->total_bytes > 0, ==, rows[i].answered);
      g_assert_cmpstr (emulator_log_string (entry, "fault"), ==, rows[i].fault);
      g_assert_cmpint (emulator_log_string (entry, "operation") != NULL, ==, rows[i].accepted);
      g_assert_cmpint (emulator_log_int (entry, "status") > 0, ==, rows[i].answered);
    }
}

/* Posts a prompt and waits only a little for the end. */
static Exchange *
submit_impatiently (EmulatorClient *emulator, const gchar *prompt)
{
  g_autofree gchar *body = g_strdup_printf ("{\"instances\":[{\"prompt\":\"%s\"}]}", prompt);
  g_autofree gchar *request
      = g_strdup_printf ("POST /v1beta/models/" EMULATOR_TEST_MODEL
                         ":predictLongRunning HTTP/1.1\r\nHost: h\r\n"
                         "x-goog-api-key: k\r\nContent-Type: application/json\r\n"
                         "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                         strlen (body), body);

  return emulator_test_exchange (emulator_client_get_port (emulator), request, SILENCE_MS);
}

/* Silence says nothing, a stall stops in the body, both keep the connection. */
static void
test_silences (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) silent = submit_impatiently (emulator, "[[submit: silence]] a");
  g_autoptr (Exchange) accepted = submit_impatiently (emulator, "[[submit: accept-silence]] a");
  g_autoptr (Exchange) stalled = submit_impatiently (emulator, "[[submit: stall=7]] a");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (silent->end, ==, EXCHANGE_OPEN);
  g_assert_cmpuint (silent->total_bytes, ==, 0);
  g_assert_cmpuint (accepted->total_bytes, ==, 0);
  g_assert_cmpint (stalled->end, ==, EXCHANGE_OPEN);
  g_assert_cmpuint (stalled->body_bytes, ==, 7);
  g_assert_cmpuint (emulator_client_count (emulator, "submit", "\"operation\":null"), ==, 1);
  /* Silent connections must not keep it from ending. */
  g_assert_true (emulator_client_stop (emulator, &error));
  g_assert_no_error (error);
}

/* A delay delays the answer and nothing else; a drip lets the header trickle. */
static void
test_delays (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) late = emulator_test_submit (emulator, "[[submit: delay=120ms]] a");
  g_autoptr (Exchange) late_close
      = emulator_test_submit (emulator, "[[submit: close delay=120ms]] a");
  g_autoptr (Exchange) drip = emulator_test_submit (emulator, "[[submit: drip=2ms]] a");

  g_assert_cmpuint (late->status, ==, 200);
  g_assert_cmpint (late->took_us, >=, 120000);
  g_assert_cmpint (late_close->took_us, >=, 120000);
  g_assert_cmpuint (late_close->total_bytes, ==, 0);
  g_assert_cmpuint (drip->status, ==, 200);
  g_assert_cmpint (drip->took_us, >=, (gint64)strlen (drip->head) * 2000);
  g_assert_nonnull (strstr (drip->body, "/operations/"));
}

/* A client that goes away during a delay, a drip or a silence does no harm. */
static void
test_client_leaves (void)
{
  static const gchar *const faults[]
      = { "delay=300ms", "drip=10ms", "silence", "stall", "close delay=200ms" };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree gchar *prompt = g_strdup_printf ("[[submit: %s]] a", faults[i]);
      g_autoptr (Exchange) left = submit_impatiently (emulator, prompt);

      g_assert_nonnull (left);
    }
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (Exchange) after = emulator_test_submit (emulator, "[[submit: delay=100ms]] b");

      g_assert_cmpuint (after->status, ==, 200);
    }
  g_assert_true (emulator_client_stop (emulator, &error));
  g_assert_no_error (error);
}

/* Wrong content comes with status 200 and consistent lengths. */
static void
test_wrong_content (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) no_name = emulator_test_submit (emulator, "[[submit: no-name]] a");
  g_autoptr (Exchange) truncated = emulator_test_submit (emulator, "[[submit: truncated-json]] a");
  g_autoptr (Exchange) garbage = emulator_test_submit (emulator, "[[submit: html]] a");
  g_autoptr (Exchange) gzip = emulator_test_submit (emulator, "[[submit: gzip]] a");
  g_autofree gchar *encoding = emulator_test_header (gzip, "Content-Encoding");
  g_autofree gchar *length = emulator_test_header (truncated, "Content-Length");

  g_assert_cmpuint (no_name->status, ==, 200);
  g_assert_null (strstr (no_name->body, "name"));
  g_assert_null (json_tokener_parse (truncated->body));
  g_assert_cmpuint (g_ascii_strtoull (length, NULL, 10), ==, truncated->body_bytes);
  g_assert_cmpuint (garbage->status, ==, 200);
  g_assert_true (g_str_has_prefix (garbage->body, "<!DOCTYPE html>"));
  g_assert_cmpstr (encoding, ==, "gzip");
  g_assert_cmpmem (gzip->body, 2, "\x1f\x8b", 2);
}

/* Faults of a clip's content wait behind the redirect; the next download is whole again. */
static void
test_download_content (void)
{
  static const struct
  {
    const gchar *fault;
    gsize body_bytes;
    const gchar *length;
  } rows[] = {
    { "cut=1000 x1", 1000, "4096" },
    { "cut x1", 2048, "4096" },
    { "wrong-length=500 x1", 4096, "4596" },
    { "wrong-length=-96 x1", 4096, "4000" },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree gchar *prompt = g_strdup_printf ("[[download: %s]] a", rows[i].fault);
      g_autofree gchar *path = emulator_test_make_clip (emulator, prompt);
      g_autoptr (Exchange) spoilt = emulator_test_follow (emulator, path, NULL);
      g_autoptr (Exchange) whole = emulator_test_follow (emulator, path, NULL);
      g_autofree gchar *length = emulator_test_header (spoilt, "Content-Length");

      g_assert_cmpuint (spoilt->status, ==, 200);
      g_assert_cmpuint (spoilt->body_bytes, ==, rows[i].body_bytes);
      g_assert_cmpstr (length, ==, rows[i].length);
      g_assert_cmpuint (whole->body_bytes, ==, 4096);
    }
}

/* Other faults of a download answer its first request. */
static void
test_download_statuses (void)
{
  static const struct
  {
    const gchar *fault;
    guint status;
  } rows[] = { { "404", 404 }, { "500 x1", 500 }, { "416", 416 }, { "close", 0 } };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree gchar *prompt = g_strdup_printf ("[[download: %s]] a", rows[i].fault);
      g_autofree gchar *path = emulator_test_make_clip (emulator, prompt);
      g_autoptr (Exchange) answer = emulator_test_get (emulator, path, NULL);

      g_assert_cmpuint (answer->status, ==, rows[i].status);
    }
}

static gchar *
redirect_of (EmulatorClient *emulator, const gchar *fault, gchar **ret_path)
{
  g_autofree gchar *prompt = g_strdup_printf ("[[download: %s]] a", fault);
  g_autofree gchar *path = emulator_test_make_clip (emulator, prompt);
  g_autoptr (Exchange) answer = emulator_test_get (emulator, path, NULL);

  g_assert_cmpuint (answer->status, ==, 302);
  *ret_path = g_steal_pointer (&path);
  return emulator_test_header (answer, "Location");
}

/* Redirects lead to the same origin, to another one, to themselves, or nowhere. */
static void
test_redirects (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  const gchar *base_url = emulator_client_get_base_url (emulator);
  g_autofree gchar *path = NULL;
  g_autofree gchar *loop_path = NULL;
  g_autofree gchar *other_path = NULL;
  g_autofree gchar *nowhere = redirect_of (emulator, "redirect=no-location", &path);
  g_autofree gchar *loop = redirect_of (emulator, "redirect=loop", &loop_path);
  g_autofree gchar *other
      = redirect_of (emulator, "redirect=cross-origin http://127.0.0.1:9/x", &other_path);

  g_assert_null (nowhere);
  g_assert_true (g_str_has_prefix (loop, base_url));
  g_assert_cmpstr (loop + strlen (base_url), ==, loop_path);
  g_assert_cmpstr (other, ==, "http://127.0.0.1:9/x");
}

/* The emulator's own second origin serves the clip without a key, and the log tells of one. */
static void
test_storage_origin (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *path = NULL;
  g_autofree gchar *location = redirect_of (emulator, "redirect=cross-origin", &path);
  g_autoptr (GUri) uri = g_uri_parse (location, G_URI_FLAGS_NONE, NULL);
  g_autofree gchar *request
      = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                         g_uri_get_path (uri));
  g_autofree gchar *leak = g_strdup_printf (
      "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nx-goog-api-key: k\r\n\r\n",
      g_uri_get_path (uri));
  const guint16 port = (guint16)g_uri_get_port (uri);
  g_autoptr (Exchange) clip = emulator_test_exchange (port, request, EMULATOR_TEST_DEADLINE_MS);
  g_autoptr (Exchange) leaked = emulator_test_exchange (port, leak, EMULATOR_TEST_DEADLINE_MS);

  g_assert_cmpuint (port, !=, emulator_client_get_port (emulator));
  g_assert_cmpuint (clip->status, ==, 200);
  g_assert_cmpuint (clip->body_bytes, ==, 4096);
  g_assert_cmpuint (leaked->status, ==, 200);
  g_assert_cmpuint (emulator_client_count (emulator, "storage", "\"has_key\":false"), ==, 1);
  g_assert_cmpuint (emulator_client_count (emulator, "storage", "\"has_key\":true"), ==, 1);
}

/* A request whose body never ends is not in the log. */
static void
test_incomplete_request (void)
{
  static const gchar half[] = "POST /v1beta/models/" EMULATOR_TEST_MODEL
                              ":predictLongRunning HTTP/1.1\r\nHost: h\r\nx-goog-api-key: k\r\n"
                              "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
                              "{\"instances\":[{\"prompt\":\"half";
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  const int fd = emulator_test_connect (emulator_client_get_port (emulator));
  g_autoptr (Exchange) after = NULL;

  g_assert_cmpint (send (fd, half, strlen (half), MSG_NOSIGNAL), ==, (gssize)strlen (half));
  close (fd);
  after = emulator_test_submit (emulator, "whole");
  g_assert_cmpuint (after->status, ==, 200);
  g_assert_cmpuint (emulator_client_count (emulator, "submit", "half"), ==, 0);
  g_assert_cmpuint (emulator_client_count (emulator, NULL, NULL), ==, 1);
}

/* Long strings of a body are logged as their length and digest. */
static void
test_log_shortens (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *data = g_strnfill (2 * 1024 * 1024, 'A');
  g_autofree gchar *body = g_strdup_printf (
      "{\"instances\":[{\"prompt\":\"a\",\"image\":{\"bytesBase64Encoded\":\"iVBORw0KGgoA%s\","
      "\"mimeType\":\"image/png\"}}]}",
      data);
  g_autoptr (Exchange) answer = emulator_test_submit_body (emulator, EMULATOR_TEST_MODEL, body);
  g_autoptr (GPtrArray) log = emulator_client_read_log (emulator, NULL);
  const gchar *logged = emulator_log_string (g_ptr_array_index (log, 0),
                                             "body/instances/0/image/bytesBase64Encoded");

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_nonnull (logged);
  g_assert_true (g_str_has_prefix (logged, "<2097164 bytes, sha256 "));
}

/* A crowd that connects at once is all served: the backlog takes it. */
static void
test_crowd (void)
{
  static const gchar request[] = "GET /v1beta/models HTTP/1.1\r\nHost: h\r\n"
                                 "Connection: close\r\nx-goog-api-key: k\r\n\r\n";
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree int *fds = g_new0 (int, CROWD);

  for (guint i = 0; i < CROWD; i++)
    fds[i] = emulator_test_connect (emulator_client_get_port (emulator));
  for (guint i = 0; i < CROWD; i++)
    g_assert_cmpint (send (fds[i], request, strlen (request), MSG_NOSIGNAL), ==,
                     (gssize)strlen (request));
  for (guint i = 0; i < CROWD; i++)
    {
      struct pollfd item = { .fd = fds[i], .events = POLLIN };
      gchar start[13] = { 0 };

      g_assert_cmpint (poll (&item, 1, (int)EMULATOR_TEST_DEADLINE_MS), ==, 1);
      g_assert_cmpint (recv (fds[i], start, 12, MSG_WAITALL), ==, 12);
      g_assert_cmpstr (start, ==, "HTTP/1.1 200");
      close (fds[i]);
    }
  g_assert_cmpuint (emulator_client_count (emulator, "model", NULL), ==, CROWD);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/fault/statuses", test_statuses);
  g_test_add_func ("/emulator/fault/status-modifiers", test_status_modifiers);
  g_test_add_func ("/emulator/fault/counts", test_counts);
  g_test_add_func ("/emulator/fault/polls", test_poll_faults);
  g_test_add_func ("/emulator/fault/scenario-levels", test_scenario_levels);
  g_test_add_func ("/emulator/fault/endings", test_endings);
  g_test_add_func ("/emulator/fault/silences", test_silences);
  g_test_add_func ("/emulator/fault/delays", test_delays);
  g_test_add_func ("/emulator/fault/client-leaves", test_client_leaves);
  g_test_add_func ("/emulator/fault/wrong-content", test_wrong_content);
  g_test_add_func ("/emulator/fault/download-content", test_download_content);
  g_test_add_func ("/emulator/fault/download-statuses", test_download_statuses);
  g_test_add_func ("/emulator/fault/redirects", test_redirects);
  g_test_add_func ("/emulator/fault/storage-origin", test_storage_origin);
  g_test_add_func ("/emulator/log/incomplete-request", test_incomplete_request);
  g_test_add_func ("/emulator/log/shortens", test_log_shortens);
  g_test_add_func ("/emulator/server/crowd", test_crowd);
  return g_test_run ();
}
