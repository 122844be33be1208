/* SPDX-License-Identifier: MIT */
/* The classification tables, row by row. Pure. */
#include "plugin/adapters/response-classifier.h"

#include <string.h>

#define ERROR(code, status, message)                                                               \
  "{\"error\":{\"code\":" code ",\"status\":\"" status "\",\"message\":\"" message "\"}}"
#define DAY                                                                                        \
  "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"m\",\"details\":[{"    \
  "\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":"        \
  "\"XPerDayY\"}]}]}}"
#define RETRY_37                                                                                   \
  "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"m\",\"details\":[{"    \
  "\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"37s\"}]}}"
#define BAD_KEY                                                                                    \
  "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"m\",\"details\":[{"      \
  "\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]}}"

typedef struct
{
  const char *name;
  guint sent;
  HttpEnd end;
  long status;
  const char *body;
  const char *retry_after;
  gboolean accepted;
  Veo3SubmitClass klass;
  Veo3ErrorCode code;
  gint64 retry_after_ms;
} SubmitRow;

/* As the Interactions API has it. */
#define WORD(code, message) "{\"error\":{\"code\":\"" code "\",\"message\":\"" message "\"}}"

#define A HTTP_END_ANSWERED
#define T HTTP_END_TRANSPORT

static const SubmitRow submit_rows[] = {
  /* Nothing left, whatever else is said. */
  { "refused", 0, T, 0, NULL, NULL, FALSE, VEO3_SUBMIT_NOT_SENT, VEO3_ERROR_CODE_UNAVAILABLE, 0 },
  { "no-connection", 0, HTTP_END_SILENCE, 0, NULL, NULL, FALSE, VEO3_SUBMIT_NOT_SENT,
    VEO3_ERROR_CODE_UNAVAILABLE, 0 },
  { "cancelled-unsent", 0, HTTP_END_CANCELLED, 0, NULL, NULL, FALSE, VEO3_SUBMIT_NOT_SENT,
    VEO3_ERROR_CODE_CANCELLED, 0 },
  /* 2xx: either everything is right, or nobody knows. */
  { "accepted", 1, A, 200, "{\"name\":\"n\"}", NULL, TRUE, VEO3_SUBMIT_ACCEPTED,
    VEO3_ERROR_CODE_NONE, 0 },
  { "accepted-201", 1, A, 201, "{\"name\":\"n\"}", NULL, TRUE, VEO3_SUBMIT_ACCEPTED,
    VEO3_ERROR_CODE_NONE, 0 },
  { "cut", 1, T, 200, "{\"na", NULL, FALSE, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
    0 },
  { "cut-yet-whole", 1, T, 200, "{\"name\":\"n\"}", NULL, TRUE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "empty", 1, A, 200, "", NULL, FALSE, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
    0 },
  { "no-name", 1, A, 200, "{}", NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "too-big", 1, HTTP_END_BODY_TOO_BIG, 200, "{}", NULL, TRUE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "sent-twice", 2, A, 200, "{\"name\":\"n\"}", NULL, TRUE, VEO3_SUBMIT_ACCEPTED,
    VEO3_ERROR_CODE_NONE, 0 },
  /* Not now, in so many words. */
  { "429", 1, A, 429, ERROR ("429", "RESOURCE_EXHAUSTED", "m"), NULL, FALSE, VEO3_SUBMIT_REJECTED,
    VEO3_ERROR_CODE_QUOTA_MINUTE, 0 },
  { "429-header", 1, A, 429, ERROR ("429", "RESOURCE_EXHAUSTED", "m"), "9", FALSE,
    VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE, 9000 },
  { "429-info", 1, A, 429, RETRY_37, "9", FALSE, VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE,
    37000 },
  { "429-header-longer", 1, A, 429, RETRY_37, "99", FALSE, VEO3_SUBMIT_REJECTED,
    VEO3_ERROR_CODE_QUOTA_MINUTE, 99000 },
  { "429-day", 1, A, 429, DAY, NULL, FALSE, VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_DAY, 0 },
  { "429-spend", 1, A, 429, ERROR ("429", "RESOURCE_EXHAUSTED", "spend cap"), NULL, FALSE,
    VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_DAY, 0 },
  { "429-html", 1, A, 429, "<html>", "9", FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 9000 },
  { "503", 1, A, 503, ERROR ("503", "UNAVAILABLE", "overloaded"), "5", FALSE, VEO3_SUBMIT_REJECTED,
    VEO3_ERROR_CODE_UNAVAILABLE, 5000 },
  { "503-other", 1, A, 503, ERROR ("503", "INTERNAL", "m"), NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "503-html", 1, A, 503, "<html>", NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "503-cut", 1, T, 503, "{\"error\":{\"code\":503,", NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  /* No for good. */
  { "400", 1, A, 400, ERROR ("400", "INVALID_ARGUMENT", "m"), NULL, FALSE, VEO3_SUBMIT_REFUSED,
    VEO3_ERROR_CODE_INVALID_REQUEST, 0 },
  { "400-html", 1, A, 400, "<html>", NULL, FALSE, VEO3_SUBMIT_REFUSED,
    VEO3_ERROR_CODE_INVALID_REQUEST, 0 },
  { "400-key-reason", 1, A, 400, BAD_KEY, NULL, FALSE, VEO3_SUBMIT_REFUSED,
    VEO3_ERROR_CODE_CREDENTIALS, 0 },
  { "400-key-text", 1, A, 400, ERROR ("400", "INVALID_ARGUMENT", "API key not valid. Pass a valid"),
    NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS, 0 },
  { "400-precondition", 1, A, 400, ERROR ("400", "FAILED_PRECONDITION", "region"), NULL, FALSE,
    VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS, 0 },
  { "401", 1, A, 401, NULL, NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS, 0 },
  { "402", 1, A, 402, NULL, NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS, 0 },
  { "403", 1, A, 403, ERROR ("403", "PERMISSION_DENIED", "m"), NULL, FALSE, VEO3_SUBMIT_REFUSED,
    VEO3_ERROR_CODE_CREDENTIALS, 0 },
  { "404-model", 1, A, 404,
    ERROR ("404", "NOT_FOUND", "models/x is not found for API version v1beta, or is not supported"),
    NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_MODEL_GONE, 0 },
  { "404-retired", 1, A, 404, ERROR ("404", "NOT_FOUND", "models/x is no longer available"), NULL,
    FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_MODEL_GONE, 0 },
  { "404-publisher", 1, A, 404, ERROR ("404", "NOT_FOUND", "Publisher Model `p` was not found"),
    NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_MODEL_GONE, 0 },
  { "404-html", 1, A, 404, "<html>", NULL, FALSE, VEO3_SUBMIT_REFUSED,
    VEO3_ERROR_CODE_INVALID_REQUEST, 0 },
  { "409", 1, A, 409, NULL, NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_INVALID_REQUEST, 0 },
  { "413", 1, A, 413, NULL, NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_INVALID_REQUEST, 0 },
  { "422", 1, A, 422, NULL, NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_INVALID_REQUEST, 0 },
  { "302", 1, A, 302, NULL, NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_PROTOCOL, 0 },
  { "308", 1, A, 308, NULL, NULL, FALSE, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_PROTOCOL, 0 },
  /* The same with words for codes; the others are test-submit-errors's. */
  { "word-429-minute", 1, A, 429, WORD ("rate_limit_exceeded", "m"), "3", FALSE,
    VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE, 3000 },
  { "416", 1, A, 416, NULL, NULL, FALSE, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
    0 },
  /* Nobody knows. */
  { "408", 1, A, 408, NULL, NULL, FALSE, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
    0 },
  { "417", 1, A, 417, NULL, NULL, FALSE, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
    0 },
  { "500", 1, A, 500, ERROR ("500", "INTERNAL", "m"), NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "502", 1, A, 502, "<html>", NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "504", 1, A, 504, ERROR ("504", "DEADLINE_EXCEEDED", "m"), NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "599", 1, A, 599, NULL, NULL, FALSE, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
    0 },
  { "reset", 1, T, 0, NULL, NULL, FALSE, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
    0 },
  { "silence", 1, HTTP_END_SILENCE, 0, NULL, NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
  { "cancelled-sent", 1, HTTP_END_CANCELLED, 0, NULL, NULL, FALSE, VEO3_SUBMIT_UNCERTAIN,
    VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0 },
};

static const ResponseContext context = { .secret = "SECRET-1", .now_s = 0 };

static HttpResponse
make_response (HttpEnd end, long status, const char *body)
{
  return (HttpResponse){ .end = end,
                         .sent = 1,
                         .status = status,
                         .message = end == HTTP_END_ANSWERED ? NULL : "it broke SECRET-1",
                         .content_length = -1,
                         .body = body,
                         .body_length = body != NULL ? strlen (body) : 0 };
}

/* One row of the table of paid requests. */
static void
test_submit (gconstpointer data)
{
  const SubmitRow *row = data;
  HttpResponse response = make_response (row->end, row->status, row->body);
  g_auto (ResponseVerdict) verdict = { .code = VEO3_ERROR_CODE_NONE };

  response.sent = row->sent;
  response.retry_after = row->retry_after;
  g_assert_cmpint (response_classifier_submit (&response, row->accepted, &context, &verdict), ==,
                   row->klass);
  g_assert_cmpint (verdict.code, ==, row->code);
  g_assert_cmpint (verdict.retry_after_ms, ==, row->retry_after_ms);
  if (row->klass == VEO3_SUBMIT_ACCEPTED)
    {
      g_assert_null (verdict.message);
      return;
    }
  g_test_message ("%s", verdict.message);
  g_assert_null (strstr (verdict.message, "SECRET-1"));
  if (row->klass == VEO3_SUBMIT_UNCERTAIN)
    g_assert_nonnull (strstr (verdict.message, "the request left, and no valid answer came"));
  g_assert_cmpint (strstr (verdict.message, "set VEO3_MODEL") != NULL, ==,
                   row->code == VEO3_ERROR_CODE_MODEL_GONE);
}

typedef struct
{
  const char *name;
  HttpEnd end;
  long status;
  const char *body;
  Veo3PollClass poll;
  Veo3ErrorCode poll_code;
  Veo3DownloadClass download;
  Veo3ErrorCode download_code;
} FreeRow;

static const FreeRow free_rows[] = {
  { "200-nonsense", A, 200, "<html>", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL },
  { "204", A, 204, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL, VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_PROTOCOL },
  { "302", A, 302, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL, VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_PROTOCOL },
  { "400", A, 400, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL, VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_PROTOCOL },
  { "400-key", A, 400, BAD_KEY, VEO3_POLL_UNAUTHORIZED, VEO3_ERROR_CODE_CREDENTIALS,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CREDENTIALS },
  { "401", A, 401, NULL, VEO3_POLL_UNAUTHORIZED, VEO3_ERROR_CODE_CREDENTIALS,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CREDENTIALS },
  { "402", A, 402, NULL, VEO3_POLL_UNAUTHORIZED, VEO3_ERROR_CODE_CREDENTIALS,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CREDENTIALS },
  { "403", A, 403, NULL, VEO3_POLL_UNAUTHORIZED, VEO3_ERROR_CODE_CREDENTIALS,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CREDENTIALS },
  { "404", A, 404, NULL, VEO3_POLL_NOT_FOUND, VEO3_ERROR_CODE_OPERATION_LOST, VEO3_DOWNLOAD_GONE,
    VEO3_ERROR_CODE_CLIP_GONE },
  { "408", A, 408, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_UNAVAILABLE, VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_UNAVAILABLE },
  { "410", A, 410, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL, VEO3_DOWNLOAD_GONE,
    VEO3_ERROR_CODE_CLIP_GONE },
  { "416", A, 416, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_PROTOCOL, VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_PROTOCOL },
  { "429", A, 429, "<html>", VEO3_POLL_THROTTLED, VEO3_ERROR_CODE_QUOTA_MINUTE,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_QUOTA_MINUTE },
  { "500", A, 500, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_UNAVAILABLE, VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_UNAVAILABLE },
  { "503", A, 503, ERROR ("503", "UNAVAILABLE", "m"), VEO3_POLL_NO_ANSWER,
    VEO3_ERROR_CODE_UNAVAILABLE, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE },
  { "transport", T, 0, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_UNAVAILABLE,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE },
  { "cut", T, 200, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_UNAVAILABLE, VEO3_DOWNLOAD_TRANSIENT,
    VEO3_ERROR_CODE_UNAVAILABLE },
  { "silence", HTTP_END_SILENCE, 0, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_UNAVAILABLE,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE },
  { "cancelled", HTTP_END_CANCELLED, 0, NULL, VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_CANCELLED,
    VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CANCELLED },
};

/* One row of the tables of polls and downloads: no answer ends a job by itself. */
static void
test_free (gconstpointer data)
{
  const FreeRow *row = data;
  HttpResponse response = make_response (row->end, row->status, row->body);
  g_auto (ResponseVerdict) poll = { .code = VEO3_ERROR_CODE_NONE };
  g_auto (ResponseVerdict) download = { .code = VEO3_ERROR_CODE_NONE };

  response.retry_after = "5";
  g_assert_cmpint (response_classifier_poll (&response, &context, &poll), ==, row->poll);
  g_assert_cmpint (poll.code, ==, row->poll_code);
  g_assert_cmpint (poll.retry_after_ms, ==, 5000);
  g_assert_nonnull (poll.message);
  g_assert_null (strstr (poll.message, "SECRET-1"));
  g_assert_cmpint (response_classifier_download (&response, &context, &download), ==,
                   row->download);
  g_assert_cmpint (download.code, ==, row->download_code);
  g_assert_cmpint (download.retry_after_ms, ==, 5000);
  g_assert_cmpstr (download.message, ==, poll.message);
}

/* The record of an answer nobody understood is short and keeps no secret. */
static void
test_excerpt (void)
{
  g_autofree char *filler = g_strnfill (6000, 'x');
  g_autofree char *body = g_strconcat ("SECRET-1 ", filler, NULL);
  HttpResponse response = make_response (HTTP_END_ANSWERED, 200, body);
  g_autofree char *excerpt = response_classifier_dup_excerpt (&response, "SECRET-1");

  g_assert_true (g_str_has_prefix (excerpt, "[redacted] xxx"));
  g_assert_cmpuint (strlen (excerpt), ==, 4096);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (submit_rows); i++)
    {
      g_autofree char *path
          = g_strconcat ("/veo3/response-classifier/submit/", submit_rows[i].name, NULL);

      g_test_add_data_func (path, &submit_rows[i], test_submit);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (free_rows); i++)
    {
      g_autofree char *path
          = g_strconcat ("/veo3/response-classifier/free/", free_rows[i].name, NULL);

      g_test_add_data_func (path, &free_rows[i], test_free);
    }
  g_test_add_func ("/veo3/response-classifier/excerpt", test_excerpt);
  return g_test_run ();
}
