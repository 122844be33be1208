/* SPDX-License-Identifier: MIT */
/*
 * The classification tables. Pure. The order of the rows is part of the rule: first whether a byte
 * left, then the status, and whatever no row names is the dangerous class. Must not be made
 * friendlier on the strength of a CURLcode: 28 stands for sent and for unsent.
 */
#include "plugin/adapters/response-classifier.h"

#include <string.h>

#include "plugin/adapters/refusal-advice.h"
#include "plugin/adapters/rpc-status.h"
#include "plugin/adapters/server-text.h"
#include "plugin/adapters/support-code.h"

#define BODY_QUOTE_CHARS 200

static char *
describe_transport (const HttpResponse *response, const char *secret)
{
  const char *text = response->message != NULL ? response->message : "no answer";

  return server_text_clean (text, strlen (text), SERVER_TEXT_MESSAGE_CHARS, secret);
}

/* What was seen, in one line, the service's own words included. */
static char *
describe (const HttpResponse *response, const RpcStatus *status, const char *secret)
{
  g_autofree char *text = NULL;

  if (response->status == 0)
    return describe_transport (response, secret);
  if (status != NULL)
    return g_strdup_printf ("HTTP %ld%s%s: %s", response->status,
                            *status->status != '\0' ? " " : "", status->status, status->message);
  if (response->end != HTTP_END_ANSWERED)
    {
      text = describe_transport (response, secret);
      return g_strdup_printf ("HTTP %ld, then: %s", response->status, text);
    }
  text = server_text_clean (response->body, response->body_length, BODY_QUOTE_CHARS, secret);
  return *text != '\0' ? g_strdup_printf ("HTTP %ld: %s", response->status, text)
                       : g_strdup_printf ("HTTP %ld without a body", response->status);
}

static gint64
get_retry_after (const HttpResponse *response, const RpcStatus *status, gint64 now_s)
{
  gint64 header_ms = rpc_status_parse_retry_after (response->retry_after, now_s);

  return MAX (header_ms, status != NULL ? status->retry_delay_ms : 0);
}

static gboolean
says (const RpcStatus *status, const char *text)
{
  return status != NULL && strstr (status->message, text) != NULL;
}

static gboolean
is_bad_key (const RpcStatus *status)
{
  return (status != NULL && status->reason != NULL && g_str_has_prefix (status->reason, "API_KEY_"))
         || says (status, "API key not valid") || says (status, "API key expired");
}

/* The texts of a retired or unknown model, and of a key that may not use it. */
static gboolean
is_model_gone (const RpcStatus *status)
{
  return says (status, "is not found for API version") || says (status, "is no longer available")
         || says (status, "Publisher Model") || says (status, "is not supported for predict")
         || says (status, "does not have access to it")
         /* The Interactions API has words for codes, and refers to nothing else by a name. */
         || rpc_status_is (status, "model_not_found")
         || (rpc_status_has_word (status) && rpc_status_is (status, "not_found"));
}

/* The content filter says no before it takes the request: by a word, or by its support codes. */
static gboolean
is_filtered (const RpcStatus *status)
{
  g_autofree char *meaning = status != NULL ? support_code_explain (status->message) : NULL;

  return meaning != NULL || rpc_status_is (status, "content_blocked");
}

static Veo3ErrorCode
code_of_refusal (long http_status, const RpcStatus *status)
{
  if (http_status == 401 || http_status == 402 || http_status == 403)
    return VEO3_ERROR_CODE_CREDENTIALS;
  if (http_status == 400 && (is_bad_key (status) || rpc_status_is (status, "FAILED_PRECONDITION")))
    return VEO3_ERROR_CODE_CREDENTIALS; /* no billing account, region not served */
  if ((http_status == 404 && is_model_gone (status)) || says (status, "only supports Interactions"))
    return VEO3_ERROR_CODE_MODEL_GONE; /* the latter: it is there, but on another wire */
  if (http_status == 400 && is_filtered (status))
    return VEO3_ERROR_CODE_CONTENT_FILTERED;
  return VEO3_ERROR_CODE_INVALID_REQUEST;
}

static gboolean
is_refusal (long http_status, const RpcStatus *status)
{
  static const long refusals[] = { 400, 401, 402, 403, 404, 409, 413, 422 };

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      if (refusals[i] == http_status)
        return TRUE;
    }
  return http_status == 416 && rpc_status_is (status, "out_of_range");
}

/* "Not now", in so many words. */
static gboolean
is_overload (long http_status, const RpcStatus *status)
{
  return http_status == 503
         && (rpc_status_is (status, "UNAVAILABLE")
             || rpc_status_is (status, "service_unavailable"));
}

static Veo3ErrorCode
code_of_quota (const RpcStatus *status)
{
  return status != NULL && status->quota >= RPC_QUOTA_DAY ? VEO3_ERROR_CODE_QUOTA_DAY
                                                          : VEO3_ERROR_CODE_QUOTA_MINUTE;
}

/* What was seen, and what can be done about it. */
static char *
dup_advised (char *seen, const RefusalCase *refusal)
{
  g_autofree char *owned = seen;
  g_autofree char *advice = refusal_advice_new (refusal);

  return advice != NULL ? g_strdup_printf ("%s (%s)", owned, advice) : g_steal_pointer (&owned);
}

static RefusalCase
make_case (const HttpResponse *response, const RpcStatus *status, const ResponseContext *context)
{
  return (RefusalCase){ .http_status = response->status,
                        .status = status,
                        .provider = context->provider,
                        .model = context->model };
}

static Veo3SubmitClass
say_uncertain (ResponseVerdict *verdict, const char *seen)
{
  verdict->code = VEO3_ERROR_CODE_UNCERTAIN_SUBMIT;
  verdict->message = g_strdup_printf ("the request left, and no valid answer came (%s)", seen);
  return VEO3_SUBMIT_UNCERTAIN;
}

Veo3SubmitClass
response_classifier_submit (const HttpResponse *response,
                            gboolean accepted,
                            const ResponseContext *context,
                            ResponseVerdict *verdict)
{
  g_autoptr (RpcStatus) status
      = rpc_status_parse (response->body, response->body_length, context->secret);
  g_autofree char *seen = describe (response, status, context->secret);
  RefusalCase refusal = make_case (response, status, context);
  long http = response->status;

  *verdict = (ResponseVerdict){ .code = VEO3_ERROR_CODE_NONE };
  if (response->sent == 0)
    {
      verdict->code = response->end == HTTP_END_CANCELLED ? VEO3_ERROR_CODE_CANCELLED
                                                          : VEO3_ERROR_CODE_UNAVAILABLE;
      verdict->message = g_strdup_printf ("the request did not leave: %s", seen);
      return VEO3_SUBMIT_NOT_SENT;
    }
  if (http >= 200 && http <= 299)
    return accepted && response->end == HTTP_END_ANSWERED ? VEO3_SUBMIT_ACCEPTED
                                                          : say_uncertain (verdict, seen);
  verdict->retry_after_ms = get_retry_after (response, status, context->now_s);
  if ((http == 429 && status != NULL) || is_overload (http, status))
    {
      verdict->code = http == 429 ? code_of_quota (status) : VEO3_ERROR_CODE_UNAVAILABLE;
      refusal.code = verdict->code;
      verdict->message = dup_advised (g_steal_pointer (&seen), &refusal);
      return VEO3_SUBMIT_REJECTED;
    }
  if (is_refusal (http, status))
    {
      verdict->code = code_of_refusal (http, status);
      refusal.code = verdict->code;
      verdict->message = dup_advised (g_steal_pointer (&seen), &refusal);
      return VEO3_SUBMIT_REFUSED;
    }
  if (http >= 300 && http <= 399)
    {
      verdict->code = VEO3_ERROR_CODE_PROTOCOL;
      verdict->message = g_strdup_printf ("a redirect of a paid request is not followed (HTTP %ld);"
                                          " check the base URL",
                                          http);
      return VEO3_SUBMIT_REFUSED;
    }
  return say_uncertain (verdict, seen);
}

/* Polls and downloads: what asking again may mend is "unavailable". */
static Veo3ErrorCode
code_of_free_call (const HttpResponse *response, const RpcStatus *status)
{
  long http = response->status;

  if (response->end == HTTP_END_CANCELLED)
    return VEO3_ERROR_CODE_CANCELLED;
  if (http == 429)
    return code_of_quota (status);
  if (http == 401 || http == 402 || http == 403
      || (http == 400 && (is_bad_key (status) || rpc_status_is (status, "FAILED_PRECONDITION"))))
    return VEO3_ERROR_CODE_CREDENTIALS;
  if (response->end == HTTP_END_ANSWERED && http < 500 && http != 408)
    return VEO3_ERROR_CODE_PROTOCOL;
  return VEO3_ERROR_CODE_UNAVAILABLE;
}

static void
explain_free_call (ResponseVerdict *verdict,
                   const HttpResponse *response,
                   const RpcStatus *status,
                   const ResponseContext *context)
{
  RefusalCase refusal = make_case (response, status, context);

  refusal.code = verdict->code;
  verdict->message = dup_advised (describe (response, status, context->secret), &refusal);
  verdict->retry_after_ms = get_retry_after (response, status, context->now_s);
}

Veo3PollClass
response_classifier_poll (const HttpResponse *response,
                          const ResponseContext *context,
                          ResponseVerdict *verdict)
{
  g_autoptr (RpcStatus) status
      = rpc_status_parse (response->body, response->body_length, context->secret);
  long http = response->status;

  *verdict = (ResponseVerdict){ .code = code_of_free_call (response, status) };
  if (http == 404)
    verdict->code = VEO3_ERROR_CODE_OPERATION_LOST;
  explain_free_call (verdict, response, status, context);
  if (http == 429)
    return VEO3_POLL_THROTTLED;
  if (http == 404)
    return VEO3_POLL_NOT_FOUND;
  return verdict->code == VEO3_ERROR_CODE_CREDENTIALS ? VEO3_POLL_UNAUTHORIZED
                                                      : VEO3_POLL_NO_ANSWER;
}

/* Of a file that it no longer has, the Gemini API says 403: "You do not have permission to access
 * the File ... or it may not exist." A bucket that is closed to us says the last words too. */
static gboolean
is_gone (long http_status, const RpcStatus *status)
{
  return http_status == 404 || http_status == 410
         || (http_status == 403
             && (says (status, "permission to access the File") || says (status, "has expired")));
}

Veo3DownloadClass
response_classifier_download (const HttpResponse *response,
                              const ResponseContext *context,
                              ResponseVerdict *verdict)
{
  g_autoptr (RpcStatus) status
      = rpc_status_parse (response->body, response->body_length, context->secret);
  long http = response->status;

  *verdict = (ResponseVerdict){ .code = code_of_free_call (response, status) };
  if (is_gone (http, status))
    verdict->code = VEO3_ERROR_CODE_CLIP_GONE;
  explain_free_call (verdict, response, status, context);
  if (verdict->code == VEO3_ERROR_CODE_CLIP_GONE)
    return VEO3_DOWNLOAD_GONE;
  return VEO3_DOWNLOAD_TRANSIENT;
}

Veo3CancelClass
response_classifier_cancel (const HttpResponse *response,
                            const ResponseContext *context,
                            ResponseVerdict *verdict)
{
  g_autoptr (RpcStatus) status
      = rpc_status_parse (response->body, response->body_length, context->secret);
  long http = response->status;

  *verdict = (ResponseVerdict){ .code = code_of_free_call (response, status) };
  verdict->message = describe (response, status, context->secret);
  verdict->retry_after_ms = get_retry_after (response, status, context->now_s);
  if (http == 401 || http == 402 || http == 403 || (http == 400 && is_bad_key (status)))
    return VEO3_CANCEL_UNAUTHORIZED;
  if (http == 400 || http == 404 || http == 409 || http == 410)
    return VEO3_CANCEL_OVER;
  return VEO3_CANCEL_NO_ANSWER;
}

char *
response_classifier_describe (const HttpResponse *response, const char *secret)
{
  g_autoptr (RpcStatus) status = rpc_status_parse (response->body, response->body_length, secret);

  return describe (response, status, secret);
}

char *
response_classifier_dup_excerpt (const HttpResponse *response, const char *secret)
{
  return server_text_clean (response->body, response->body_length, SERVER_TEXT_EXCERPT_CHARS,
                            secret);
}

void
response_verdict_clear (ResponseVerdict *self)
{
  g_clear_pointer (&self->message, g_free);
}
