/* SPDX-License-Identifier: MIT */
/*
 * How long a service asks us to wait, by header and by RetryInfo, through the real path of each
 * call. What is malformed asks for nothing; what is beyond reason is clamped; the longer one
 * counts.
 */
#include "tests/unit/adapters/errors-test.h"

#include <string.h>

#define MAX_MS 600000

typedef struct
{
  const char *headers; /* (nullable) */
  const char *delay;   /* (nullable) JSON of retryDelay */
  gint64 expected_ms;
} Row;

static const Row rows[] = {
  /* -- the header -- */
  { NULL, NULL, 0 },
  { "Retry-After: 7\r\n", NULL, 7000 },
  { "retry-after:7\r\n", NULL, 7000 },
  { "Retry-After:   7   \r\n", NULL, 7000 },
  { "Retry-After: 0\r\n", NULL, 0 },
  { "Retry-After: 600\r\n", NULL, MAX_MS },
  { "Retry-After: 601\r\n", NULL, MAX_MS },
  { "Retry-After: 2000000000\r\n", NULL, MAX_MS },
  { "Retry-After: 18446744073709551623\r\n", NULL, MAX_MS },
  { "Retry-After: -1\r\n", NULL, 0 },
  { "Retry-After: -349927093\r\n", NULL, 0 },
  { "Retry-After: +7\r\n", NULL, 0 },
  { "Retry-After: 1.5\r\n", NULL, 0 },
  { "Retry-After: 7s\r\n", NULL, 0 },
  { "Retry-After: 0x10\r\n", NULL, 0 },
  { "Retry-After: 1e3\r\n", NULL, 0 },
  { "Retry-After:\r\n", NULL, 0 },
  { "Retry-After: soon\r\n", NULL, 0 },
  { "Retry-After: 7, 9\r\n", NULL, 0 },
  { "Retry-After: 7\r\nRetry-After: 9\r\n", NULL, 7000 },
  { "Retry-After: soon\r\nRetry-After: 9\r\n", NULL, 0 },
  { "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", NULL, 0 },
  { "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", NULL, MAX_MS },
  { "Retry-After: Fri, 31 Feb 2999 23:59:59 GMT\r\n", NULL, 0 },
  { "Retry-After: 2999-12-31T23:59:59Z\r\n", NULL, 0 },
  { "X-Retry-After: 7\r\n", NULL, 0 },
  /* -- RetryInfo -- */
  { NULL, "\"37s\"", 37000 },
  { NULL, "\"37.5s\"", 37500 },
  { NULL, "\"0.0004s\"", 1 },
  { NULL, "\"0s\"", 0 },
  { NULL, "\"-5s\"", 0 },
  { NULL, "\"+5s\"", 0 },
  { NULL, "\"999999999999s\"", MAX_MS },
  { NULL, "\"99999999999999999999999999999999999999999999s\"", MAX_MS },
  { NULL, "\"1e9s\"", 0 },
  { NULL, "\"infs\"", 0 },
  { NULL, "\"nans\"", 0 },
  { NULL, "\"1.2.3s\"", 0 },
  { NULL, "\"37\"", 0 },
  { NULL, "\"37ms\"", 0 },
  { NULL, "\"37S\"", 0 },
  { NULL, "\" 37s\"", 0 },
  { NULL, "\"37s\\u0000\"", 0 },
  { NULL, "\"s\"", 0 },
  { NULL, "\"\"", 0 },
  { NULL, "37", 0 },
  { NULL, "37.5", 0 },
  { NULL, "true", 0 },
  { NULL, "null", 0 },
  { NULL, "[\"37s\"]", 0 },
  { NULL, "{\"seconds\":\"37\",\"nanos\":0}", 0 },
  /* -- both: whoever asks for more -- */
  { "Retry-After: 9\r\n", "\"37s\"", 37000 },
  { "Retry-After: 99\r\n", "\"37s\"", 99000 },
  { "Retry-After: -9\r\n", "\"37s\"", 37000 },
  { "Retry-After: 9\r\n", "\"-37s\"", 9000 },
};

/** Asking: a call, and the status that makes it wait. */
typedef struct
{
  const char *name;
  guint status;
  const char *word; /* of the status */
  void (*call) (ErrorsTest *self);
} Asking;

static void
call_submit (ErrorsTest *test)
{
  g_assert_cmpint (adapter_fixture_submit (&test->base), ==, VEO3_SUBMIT_REJECTED);
}

static void
call_poll (ErrorsTest *test)
{
  (void)adapter_fixture_poll (&test->base, errors_test_get_operation (test));
  g_assert_cmpint (test->base.klass, !=, VEO3_POLL_RUNNING);
}

static void
call_download (ErrorsTest *test)
{
  g_assert_cmpint (adapter_fixture_download (&test->base, "files/q7d2m0c9xk41"), ==,
                   VEO3_DOWNLOAD_TRANSIENT);
}

static const Asking askings[] = {
  { "submit-429", 429, "RESOURCE_EXHAUSTED", call_submit },
  { "poll-503", 503, "UNAVAILABLE", call_poll },
  { "download-503", 503, "UNAVAILABLE", call_download },
};

static void
ask (ErrorsTest *test, const Asking *asking, const Row *row)
{
  g_autofree char *detail = row->delay == NULL
                                ? g_strdup ("{}")
                                : g_strdup_printf ("{\"@type\":\"type.googleapis.com/google.rpc."
                                                   "RetryInfo\",\"retryDelay\":%s}",
                                                   row->delay);
  g_autofree char *body
      = g_strdup_printf ("{\"error\":{\"code\":%u,\"message\":\"m\",\"status\":\"%s\",\"details\":"
                         "[%s]}}",
                         asking->status, asking->word, detail);
  const ErrorsAnswer answer = { asking->status, row->headers, body, 0 };

  errors_test_answer (test, &answer);
  asking->call (test);
}

/* Each row, of one call; by the Gemini API, for all ports read it in one place. */
static void
test_rows (gconstpointer data)
{
  const Asking *asking = data;
  ErrorsTest test;

  errors_test_set_up (&test, ERRORS_GEMINI);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s %s", rows[i].headers, rows[i].delay);
      ask (&test, asking, &rows[i]);
      g_assert_cmpint (test.base.retry_after_ms, ==, rows[i].expected_ms);
    }
  errors_test_tear_down (&test);
}

/* A date of the near future is as many seconds as it is away. */
static void
test_date (void)
{
  gint64 begun_us = g_get_real_time ();
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (begun_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) then = g_date_time_add_seconds (now, 120);
  g_autofree char *headers
      = g_date_time_format (then, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n");
  const Row row = { headers, NULL, 0 };
  gint64 gone_ms;
  ErrorsTest test;

  errors_test_set_up (&test, ERRORS_GEMINI);
  ask (&test, &askings[0], &row);
  gone_ms = (g_get_real_time () - begun_us) / 1000;
  g_assert_cmpint (test.base.retry_after_ms, <=, 120000);
  g_assert_cmpint (test.base.retry_after_ms, >=, 120000 - gone_ms - 1000);
  errors_test_tear_down (&test);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (askings); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/retry-after/", askings[i].name, NULL);

      g_test_add_data_func (path, &askings[i], test_rows);
    }
  g_test_add_func ("/veo3/retry-after/date", test_date);
  return g_test_run ();
}
