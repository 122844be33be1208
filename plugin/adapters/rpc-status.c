/* SPDX-License-Identifier: MIT */
/*
 * Reads the error answers of Google's HTTP services. Pure: the time comes in as an argument. What
 * is malformed counts as absent; it never makes an answer look friendlier than it is.
 */
#include "plugin/adapters/rpc-status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/server-text.h"

/* The service sends three or four details; a hostile one does not get more of our time. */
#define DETAILS_MAX 64

gint64
rpc_status_parse_duration (const char *text)
{
  char *end = NULL;
  double seconds;

  if (text == NULL || !g_ascii_isdigit (*text) || strspn (text, "0123456789.") + 1 != strlen (text))
    return 0;
  seconds = g_ascii_strtod (text, &end);
  if (!g_str_equal (end, "s") || !isfinite (seconds))
    return 0;
  return (gint64)ceil (MIN (seconds * 1000.0, (double)RPC_STATUS_RETRY_MAX_MS));
}

static int
parse_month (const char *name)
{
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const char *found = strlen (name) == 3 ? strstr (names, name) : NULL;

  return found != NULL && (found - names) % 3 == 0 ? (int)((found - names) / 3) + 1 : 0;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", without the locale that strptime() would obey. */
static GDateTime *
parse_http_date (const char *text)
{
  char month[4] = "";
  char zone[4] = "";
  int day, year, hour, minute, second;
  int used = 0;

  if (strlen (text) != 29 || text[3] != ',' || text[4] != ' '
      || sscanf (text + 5, "%2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", &day, month, &year, &hour,
                 &minute, &second, zone, &used)
             != 7
      || used != 24 || !g_str_equal (zone, "GMT"))
    return NULL;
  return g_date_time_new_utc (year, parse_month (month), day, hour, minute, MIN (second, 59));
}

gint64
rpc_status_parse_retry_after (const char *text, gint64 now_s)
{
  g_autoptr (GDateTime) date = NULL;
  gint64 seconds;

  if (text == NULL || *text == '\0')
    return 0;
  if (strspn (text, "0123456789") == strlen (text))
    seconds = strlen (text) > 9 ? RPC_STATUS_RETRY_MAX_MS : g_ascii_strtoll (text, NULL, 10);
  else
    {
      date = parse_http_date (text);
      seconds = date != NULL ? g_date_time_to_unix (date) - now_s : 0;
    }
  return CLAMP (seconds, 0, RPC_STATUS_RETRY_MAX_MS / 1000) * 1000;
}

static gboolean
contains_any (const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    {
      if (strstr (text, *words) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* The gravest that a text speaks of: ids and metrics of quotas, and words for people. */
static RpcQuota
quota_of_text (const char *text)
{
  static const char *const spend[] = { "spend", "prepa", "credits", NULL };
  static const char *const day[]
      = { "perday", "per_day", "per day", "daily", "permonth", "per_month", "monthly", NULL };
  /* The last two are the names of quotas that both services count by the minute. */
  static const char *const minute[]
      = { "perminute", "per_minute", "per minute", "requests_per_model", "requests_per_base_model",
          NULL };
  g_autofree char *low = g_ascii_strdown (text, -1);

  /* "check your plan and billing details" ends the message of every exhausted quota. */
  if (contains_any (low, spend)
      || (strstr (low, "billing") != NULL && strstr (low, "plan and billing details") == NULL))
    return RPC_QUOTA_SPEND;
  if (contains_any (low, day))
    return RPC_QUOTA_DAY;
  if (contains_any (low, minute))
    return RPC_QUOTA_MINUTE;
  return strstr (low, "concurren") != NULL ? RPC_QUOTA_CONCURRENT : RPC_QUOTA_NONE;
}

/* The Interactions API tells them apart by the code. */
static RpcQuota
quota_of_word (const char *status)
{
  if (g_str_equal (status, "quota_exceeded"))
    return RPC_QUOTA_DAY;
  return g_str_equal (status, "rate_limit_exceeded") ? RPC_QUOTA_MINUTE : RPC_QUOTA_NONE;
}

/* Where no detail names the quota: by the code and the words. A delay that is named beside them
 * counts for nothing: quotas of a day come with delays of seconds. */
static RpcQuota
quota_of_message (const RpcStatus *self)
{
  RpcQuota by_word = quota_of_word (self->status);
  RpcQuota by_text = RPC_QUOTA_NONE;

  if (by_word != RPC_QUOTA_NONE || self->code == 429 || rpc_status_is (self, "RESOURCE_EXHAUSTED"))
    by_text = quota_of_text (self->message);
  if (by_text == RPC_QUOTA_NONE)
    return by_word;
  return by_word == RPC_QUOTA_DAY ? MAX (by_word, by_text) : by_text;
}

static void
read_violations (RpcStatus *self, json_object *detail)
{
  json_object *violations = json_answer_get (detail, "violations", json_type_array);
  gsize count = violations != NULL ? json_object_array_length (violations) : 0;

  for (gsize i = 0; i < MIN (count, DETAILS_MAX); i++)
    {
      json_object *violation = json_object_array_get_idx (violations, i);
      const char *id = json_answer_get_string (violation, "quotaId");
      const char *metric = json_answer_get_string (violation, "quotaMetric");

      /* The gravest one decides: waiting a minute does not help against a quota of the day. */
      if (id != NULL)
        self->quota = MAX (self->quota, quota_of_text (id));
      if (metric != NULL)
        self->quota = MAX (self->quota, quota_of_text (metric));
    }
}

static void
read_detail (RpcStatus *self, json_object *detail, const char *secret)
{
  const char *type = json_answer_get_string (detail, "@type");
  const char *reason = json_answer_get_string (detail, "reason");
  gint64 delay_ms;

  if (type == NULL)
    return;
  if (g_str_has_suffix (type, "/google.rpc.RetryInfo"))
    {
      delay_ms = rpc_status_parse_duration (json_answer_get_string (detail, "retryDelay"));
      self->retry_delay_ms = MAX (self->retry_delay_ms, delay_ms);
    }
  else if (g_str_has_suffix (type, "/google.rpc.QuotaFailure"))
    read_violations (self, detail);
  else if (g_str_has_suffix (type, "/google.rpc.ErrorInfo") && reason != NULL
           && self->reason == NULL)
    self->reason = server_text_clean (reason, strlen (reason), 100, secret);
}

static char *
dup_clean (json_object *object, const char *name, gsize max_chars, const char *secret)
{
  const char *text = json_answer_get_string (object, name);

  return server_text_clean (text, text != NULL ? strlen (text) : 0, max_chars, secret);
}

RpcStatus *
rpc_status_parse (const char *body, gsize length, const char *secret)
{
  g_autoptr (json_object) object = json_answer_parse (body, length, NULL);
  json_object *error = json_answer_get (object, "error", json_type_object);
  json_object *details = json_answer_get (error, "details", json_type_array);
  gsize count = details != NULL ? json_object_array_length (details) : 0;
  g_autoptr (RpcStatus) self = NULL;

  if (error == NULL)
    return NULL;
  self = g_new0 (RpcStatus, 1);
  self->code = json_answer_get_int (error, "code", -1);
  self->status = dup_clean (error, "status", 100, secret);
  self->message = dup_clean (error, "message", SERVER_TEXT_MESSAGE_CHARS, secret);
  if (*self->status == '\0' && self->code < 0)
    {
      g_free (self->status);
      self->status = dup_clean (error, "code", 100, secret); /* "code":"resource_exhausted" */
    }
  if (*self->status == '\0' && self->code < 0)
    return NULL;
  for (gsize i = 0; i < MIN (count, DETAILS_MAX); i++)
    read_detail (self, json_object_array_get_idx (details, i), secret);
  if (self->quota == RPC_QUOTA_NONE)
    self->quota = quota_of_message (self);
  return g_steal_pointer (&self);
}

gboolean
rpc_status_has_word (const RpcStatus *self)
{
  return self != NULL && self->code < 0 && *self->status != '\0';
}

gboolean
rpc_status_is (const RpcStatus *self, const char *status)
{
  return self != NULL && g_ascii_strcasecmp (self->status, status) == 0;
}

void
rpc_status_free (RpcStatus *self)
{
  if (self == NULL)
    return;
  g_free (self->status);
  g_free (self->message);
  g_free (self->reason);
  g_free (self);
}
