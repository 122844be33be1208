/* SPDX-License-Identifier: MIT */
/* Error envelopes, durations, Retry-After, and the JSON they come in. Pure. */
#include "plugin/adapters/rpc-status.h"

#include <string.h>

#include "plugin/adapters/json-answer.h"

#define TYPE "\"@type\":\"type.googleapis.com/google.rpc."

static RpcStatus *
parse (const char *body)
{
  return rpc_status_parse (body, strlen (body), "SECRET-1");
}

/* The full envelope of an exhausted quota is read: code, words, delay, quota. */
static void
test_full (void)
{
  g_autoptr (RpcStatus) status
      = parse ("{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"no\\nmore "
               "SECRET-1\","
               "\"details\":[null,7,{},"
               "{" TYPE "QuotaFailure\",\"violations\":[{\"quotaMetric\":\"m\","
               "\"quotaId\":\"PredictLongRunningRequestsPerMinutePerProject\"}]},"
               "{" TYPE "Help\",\"links\":[]},{" TYPE "RetryInfo\",\"retryDelay\":\"37s\"},"
               "{" TYPE "ErrorInfo\",\"reason\":\"RATE_LIMIT_EXCEEDED\"}]}}\n");

  g_assert_nonnull (status);
  g_assert_cmpint (status->code, ==, 429);
  g_assert_cmpstr (status->status, ==, "RESOURCE_EXHAUSTED");
  g_assert_cmpstr (status->message, ==, "no\\nmore [redacted]");
  g_assert_cmpstr (status->reason, ==, "RATE_LIMIT_EXCEEDED");
  g_assert_cmpint (status->retry_delay_ms, ==, 37000);
  g_assert_cmpint (status->quota, ==, RPC_QUOTA_MINUTE);
  g_assert_true (rpc_status_is (status, "resource_exhausted"));
  g_assert_false (rpc_status_is (status, "UNAVAILABLE"));
  g_assert_false (rpc_status_is (NULL, "UNAVAILABLE"));
}

/* Codes may be strings, of digits or of a name. */
static void
test_string_codes (void)
{
  g_autoptr (RpcStatus) digits = parse ("{\"error\":{\"code\":\"503\",\"message\":\"m\"}}");
  g_autoptr (RpcStatus) name = parse ("{\"error\":{\"code\":\"unavailable\"}}");

  g_assert_cmpint (digits->code, ==, 503);
  g_assert_cmpstr (digits->status, ==, "");
  g_assert_cmpint (name->code, ==, -1);
  g_assert_true (rpc_status_is (name, "UNAVAILABLE"));
  g_assert_cmpstr (name->message, ==, "");
  g_assert_true (rpc_status_has_word (name));
  g_assert_false (rpc_status_has_word (digits));
  g_assert_false (rpc_status_has_word (NULL));
}

/* The Interactions API says by the code which quota it is; its words may say it is a graver one. */
static void
test_quota_words (void)
{
  g_autoptr (RpcStatus) minute = parse ("{\"error\":{\"code\":\"rate_limit_exceeded\"}}");
  g_autoptr (RpcStatus) day = parse ("{\"error\":{\"code\":\"quota_exceeded\"}}");
  g_autoptr (RpcStatus) other = parse ("{\"error\":{\"code\":\"api_error\"}}");
  g_autoptr (RpcStatus) spend
      = parse ("{\"error\":{\"code\":\"quota_exceeded\",\"message\":\"the spend of 10 minutes\"}}");
  g_autoptr (RpcStatus) crowd
      = parse ("{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"concurrent clips\"}}");
  g_autoptr (RpcStatus) long_day
      = parse ("{\"error\":{\"code\":\"quota_exceeded\",\"message\":\"n per minute\"}}");

  g_assert_cmpint (minute->quota, ==, RPC_QUOTA_MINUTE);
  g_assert_cmpint (day->quota, ==, RPC_QUOTA_DAY);
  g_assert_cmpint (other->quota, ==, RPC_QUOTA_NONE);
  g_assert_cmpint (spend->quota, ==, RPC_QUOTA_SPEND);
  g_assert_cmpint (crowd->quota, ==, RPC_QUOTA_CONCURRENT);
  g_assert_cmpint (long_day->quota, ==, RPC_QUOTA_DAY);
}

/* Anything else is no envelope: it must not count as the service's word. */
static void
test_foreign (void)
{
  static const char *const foreign[] = {
    "",
    "<html>503</html>",
    "{}",
    "[]",
    "null",
    "{\"error\":\"no\"}",
    "{\"error\":{}}",
    "{\"error\":{\"message\":\"m\"}}",
    "{\"error\":{\"code\":503}",
    "{\"error\":{\"code\":503}} trailing",
    "{\"error\":{\"code\":503}}{}",
    "{\"error\":{\"code\":503,\"message\":\"\xff\"}}",
    "{\"errors\":{\"code\":503}}",
  };
  g_autofree char *deep = g_strnfill (5000, '[');

  for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++)
    {
      g_autoptr (RpcStatus) status = parse (foreign[i]);
      g_autofree char *shown = g_strescape (foreign[i], NULL);

      g_test_message ("%s", shown);
      g_assert_null (status);
    }
  g_assert_null (rpc_status_parse (deep, strlen (deep), NULL));
  g_assert_null (rpc_status_parse (NULL, 0, NULL));
  g_assert_null (rpc_status_parse ("{\"error\":{\"code\":503}}\0junk", 27, NULL));
}

/* Which quota: the gravest of those named, and words only where nothing is named. */
static void
test_quota (void)
{
  static const struct
  {
    const char *message;
    const char *detail;
    RpcQuota expected;
  } rows[] = {
    { "m",
      "{" TYPE "QuotaFailure\",\"violations\":[{\"quotaId\":\"RequestsPerDayPerProject\"},"
      "{\"quotaId\":\"RequestsPerMinute\"}]}",
      RPC_QUOTA_DAY },
    { "m", "{" TYPE "QuotaFailure\",\"violations\":[{\"quotaMetric\":\"requests_per_day\"}]}",
      RPC_QUOTA_DAY },
    { "m", "{" TYPE "QuotaFailure\",\"violations\":[{\"quotaId\":\"SpendPerTenMinutes\"}]}",
      RPC_QUOTA_SPEND },
    { "m", "{" TYPE "QuotaFailure\",\"violations\":[{\"quotaId\":7}]}", RPC_QUOTA_NONE },
    { "m", "{" TYPE "QuotaFailure\"}", RPC_QUOTA_NONE },
    { "Spend limit reached", "{}", RPC_QUOTA_SPEND },
    { "requests per day", "{}", RPC_QUOTA_DAY },
    { "requests per minute", "{}", RPC_QUOTA_MINUTE },
    { "enable billing", "{}", RPC_QUOTA_SPEND },
    { "check your plan and billing details", "{}", RPC_QUOTA_NONE },
    { "Too many concurrent jobs", "{}", RPC_QUOTA_CONCURRENT },
    { "Your prepayment credits are depleted.", "{}", RPC_QUOTA_SPEND },
    { "the daily limit", "{}", RPC_QUOTA_DAY },
    /* A quota of the day comes with a delay of seconds. */
    { "requests per day", "{" TYPE "RetryInfo\",\"retryDelay\":\"3s\"}", RPC_QUOTA_DAY },
    /* Details before words. */
    { "spend", "{" TYPE "QuotaFailure\",\"violations\":[{\"quotaId\":\"RequestsPerMinute\"}]}",
      RPC_QUOTA_MINUTE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *body = g_strdup_printf (
          "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"%s\","
          "\"details\":[%s]}}",
          rows[i].message, rows[i].detail);
      g_autoptr (RpcStatus) status = parse (body);

      g_test_message ("%s", body);
      g_assert_cmpint (status->quota, ==, rows[i].expected);
    }
}

/* Durations of proto JSON; what is malformed asks for no wait, what is huge is clamped. */
static void
test_duration (void)
{
  static const struct
  {
    const char *text;
    gint64 expected_ms;
  } rows[] = {
    { "37s", 37000 },   { "1.5s", 1500 },   { "0s", 0 },    { "0.0001s", 1 },
    { "600s", 600000 }, { "601s", 600000 }, { "1e9s", 0 },  { "99999999999999999999s", 600000 },
    { NULL, 0 },        { "", 0 },          { "s", 0 },     { "-3s", 0 },
    { "37", 0 },        { "37ms", 0 },      { " 37s", 0 },  { "nans", 0 },
    { "1.2.3s", 0 },    { "infs", 0 },      { "0x10s", 0 }, { "37s ", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].text);
      g_assert_cmpint (rpc_status_parse_duration (rows[i].text), ==, rows[i].expected_ms);
    }
}

/* Retry-After in seconds or as a date of HTTP; every malformed one asks for no wait. */
static void
test_retry_after (void)
{
  static const struct
  {
    const char *text;
    gint64 expected_ms;
  } rows[] = {
    { "0", 0 },
    { "7", 7000 },
    { "007", 7000 },
    { "600", 600000 },
    { "601", 600000 },
    { "2000000000", 600000 },
    { "99999999999999999999999", 600000 },
    { "-349927093", 0 },
    { "1.5", 0 },
    { "7s", 0 },
    { " 7", 0 },
    { "", 0 },
    { NULL, 0 },
    { "soon", 0 },
    { "Sun, 06 Nov 1994 08:49:37 GMT", 30000 },
    { "Sun, 06 Nov 1994 08:49:07 GMT", 0 },
    { "Sun, 06 Nov 1994 08:48:37 GMT", 0 },
    { "Mon, 07 Nov 1994 08:49:37 GMT", 600000 },
    { "Sun, 06 Nov 1994 08:49:60 GMT", 52000 },
    { "Sun, 06 Nov 1994 25:49:37 GMT", 0 },
    { "Sun, 31 Feb 1994 08:49:37 GMT", 0 },
    { "Sun, 06 Xxx 1994 08:49:37 GMT", 0 },
    { "Sun, 06 anF 1994 08:49:37 GMT", 0 },
    { "Sun, 06 Nov 1994 08:49:37 UTC", 0 },
    { "Sun, 06 Nov 1994 08:49:37 GMTx", 0 },
    { "Sunday, 06-Nov-94 08:49:37 GMT", 0 },
    { "Sun Nov  6 08:49:37 1994", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].text);
      g_assert_cmpint (rpc_status_parse_retry_after (rows[i].text, 784111747), ==,
                       rows[i].expected_ms);
    }
}

/* JSON members are taken by type: nothing is converted on the quiet. */
static void
test_members (void)
{
  const char *text
      = "{\"s\":\"t\",\"n\":7,\"d\":\"12\",\"z\":\"a\\u0000b\",\"x\":\"1x\",\"f\":1.5}  \n";
  g_autoptr (json_object) object = json_answer_parse (text, strlen (text), NULL);

  g_assert_cmpstr (json_answer_get_string (object, "s"), ==, "t");
  g_assert_null (json_answer_get_string (object, "n"));
  g_assert_null (json_answer_get_string (object, "z"));
  g_assert_null (json_answer_get_string (NULL, "s"));
  g_assert_cmpint (json_answer_get_int (object, "n", -1), ==, 7);
  g_assert_cmpint (json_answer_get_int (object, "d", -1), ==, 12);
  g_assert_cmpint (json_answer_get_int (object, "x", -1), ==, -1);
  g_assert_cmpint (json_answer_get_int (object, "f", -1), ==, -1);
  g_assert_cmpint (json_answer_get_int (object, "absent", -1), ==, -1);
}

/* Empty, oversized and unfinished input each has its sentence. */
static void
test_json_errors (void)
{
  g_autofree char *big = g_strnfill (JSON_ANSWER_MAX_BYTES + 1, ' ');
  static const char *const bad[] = { "{", "{\"a\":1} x", "7", "{\"a\":tru}" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad) + 2; i++)
    {
      g_autoptr (GError) local_error = NULL;
      const char *text = i < G_N_ELEMENTS (bad) ? bad[i] : i == G_N_ELEMENTS (bad) ? big : "";
      g_autoptr (json_object) object = json_answer_parse (text, strlen (text), &local_error);

      g_assert_null (object);
      g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/rpc-status/full", test_full);
  g_test_add_func ("/veo3/rpc-status/string-codes", test_string_codes);
  g_test_add_func ("/veo3/rpc-status/quota-words", test_quota_words);
  g_test_add_func ("/veo3/rpc-status/foreign", test_foreign);
  g_test_add_func ("/veo3/rpc-status/quota", test_quota);
  g_test_add_func ("/veo3/rpc-status/duration", test_duration);
  g_test_add_func ("/veo3/rpc-status/retry-after", test_retry_after);
  g_test_add_func ("/veo3/json-answer/members", test_members);
  g_test_add_func ("/veo3/json-answer/errors", test_json_errors);
  return g_test_run ();
}
