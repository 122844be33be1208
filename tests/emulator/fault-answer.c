/* SPDX-License-Identifier: MIT */
/*
 * Answers of faults: Google's error envelopes with their details, front-end pages, redirects, and
 * spoilt copies of right answers.
 *
 * Thread model: one thread, no I/O. What happens to the connection is the sender's business.
 */
#include "tests/emulator/fault-answer.h"

#include <string.h>

static const gchar *
usual_message (guint status)
{
  switch (status)
    {
    case 401:
      return "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
             "cookie or other valid authentication credential.";
    case 402:
      return "Your prepayment credits are depleted. Please go to AI Studio to manage your project "
             "and billing.";
    case 403:
      return "Your API key was reported as leaked. Please use another API key.";
    case 404:
      return "Requested entity was not found.";
    case 408:
    case 504:
      return "Deadline expired before operation could complete.";
    case 429:
      return "You exceeded your current quota, please check your plan and billing details. For "
             "more "
             "information on this error, head to: "
             "https://ai.google.dev/gemini-api/docs/rate-limits.";
    case 500:
      return "An internal error has occurred. Please retry or report in "
             "https://developers.generativeai.google/guide/troubleshooting";
    case 503:
      return "The model is overloaded. Please try again later.";
    default:
      return "Request contains an invalid argument.";
    }
}

static json_object *
new_detail (const gchar *type)
{
  json_object *detail = json_object_new_object ();
  g_autofree gchar *url = g_strconcat ("type.googleapis.com/google.rpc.", type, NULL);

  json_object_object_add (detail, "@type", json_object_new_string (url));
  return detail;
}

static json_object *
new_quota_failure (const EmulatorFault *fault)
{
  const gchar *usual_id = fault->per_day ? "PredictLongRunningRequestsPerDayPerProjectPerModel"
                                         : "PredictLongRunningRequestsPerMinutePerProjectPerModel";
  json_object *detail = new_detail ("QuotaFailure");
  json_object *violations = json_object_new_array ();
  json_object *violation = json_object_new_object ();

  json_object_object_add (
      violation, "quotaMetric",
      json_object_new_string (
          fault->per_day
              ? "generativelanguage.googleapis.com/predict_long_running_requests_per_model_per_day"
              : "generativelanguage.googleapis.com/predict_long_running_requests_per_model"));
  json_object_object_add (violation, "quotaId",
                          json_object_new_string (fault->quota_id != NULL ? fault->quota_id
                                                                          : usual_id));
  json_object_object_add (violation, "quotaValue", json_object_new_string ("10"));
  json_object_array_add (violations, violation);
  json_object_object_add (detail, "violations", violations);
  return detail;
}

static json_object *
new_help (void)
{
  json_object *detail = new_detail ("Help");
  json_object *links = json_object_new_array ();
  json_object *link = json_object_new_object ();

  json_object_object_add (link, "description",
                          json_object_new_string ("Learn more about Gemini API quotas"));
  json_object_object_add (
      link, "url", json_object_new_string ("https://ai.google.dev/gemini-api/docs/rate-limits"));
  json_object_array_add (links, link);
  json_object_object_add (detail, "links", links);
  return detail;
}

json_object *
fault_answer_new_retry_info (const EmulatorFault *fault)
{
  json_object *retry = new_detail ("RetryInfo");

  json_object_object_add (retry, "retryDelay", json_object_new_string (fault->retry_delay));
  return retry;
}

static json_object *
new_details (const EmulatorFault *fault)
{
  json_object *details = NULL;

  if (fault->no_details || (fault->status != 429 && fault->retry_delay == NULL))
    return NULL;
  details = json_object_new_array ();
  if (fault->status == 429)
    {
      json_object_array_add (details, new_quota_failure (fault));
      json_object_array_add (details, new_help ());
    }
  if (fault->retry_delay != NULL)
    json_object_array_add (details, fault_answer_new_retry_info (fault));
  return details;
}

static EmulatorAnswer *
new_empty (guint status)
{
  return emulator_answer_new (status, NULL, g_bytes_new (NULL, 0));
}

static EmulatorAnswer *
new_status_answer (const EmulatorFault *fault, const FaultAnswerPlace *place)
{
  const gchar *message = fault->message != NULL ? fault->message : usual_message (fault->status);
  const gchar *location = fault->location != NULL ? fault->location : place->own_url;
  EmulatorAnswer *answer;

  if (fault->no_body)
    answer = new_empty (fault->status);
  else if (fault->html || fault->status < 400 || fault->status == 502)
    answer = emulator_answer_new_html (fault->status);
  else if (place->new_error != NULL && !fault->shape_b)
    answer = place->new_error (fault);
  else
    answer = emulator_answer_new_error_with_details (fault->status, message, new_details (fault));
  if (fault->status < 400 && location != NULL)
    emulator_answer_add_header (answer, "Location", location);
  if (fault->retry_after != NULL)
    emulator_answer_add_header (answer, "Retry-After", fault->retry_after);
  return answer;
}

static EmulatorAnswer *
new_redirect (const EmulatorFault *fault, const FaultAnswerPlace *place)
{
  EmulatorAnswer *answer = new_empty (fault->status);
  const gchar *location = NULL;

  switch (fault->redirect)
    {
    case EMULATOR_REDIRECT_SAME_ORIGIN:
      location = fault->location != NULL ? fault->location : place->same_origin_url;
      break;
    case EMULATOR_REDIRECT_CROSS_ORIGIN:
      location = fault->location != NULL ? fault->location : place->cross_origin_url;
      break;
    case EMULATOR_REDIRECT_LOOP:
      location = place->own_url;
      break;
    case EMULATOR_REDIRECT_NO_LOCATION:
      break;
    }
  if (location != NULL)
    emulator_answer_add_header (answer, "Location", location);
  return answer;
}

static void
compress_body (EmulatorAnswer *answer)
{
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1);
  g_autoptr (GInputStream) plain = g_memory_input_stream_new_from_bytes (answer->body);
  g_autoptr (GInputStream) packed = g_converter_input_stream_new (plain, G_CONVERTER (compressor));
  g_autoptr (GOutputStream) sink = g_memory_output_stream_new_resizable ();

  (void)g_output_stream_splice (sink, packed, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL);
  emulator_answer_set_body (answer,
                            g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (sink)));
  emulator_answer_add_header (answer, "Content-Encoding", "gzip");
}

static EmulatorAnswer *
spoil (const EmulatorFault *fault, EmulatorAnswer *right, const FaultAnswerPlace *place)
{
  switch (fault->kind)
    {
    case EMULATOR_FAULT_STATUS:
      emulator_answer_free (right);
      return new_status_answer (fault, place);
    case EMULATOR_FAULT_REDIRECT:
      emulator_answer_free (right);
      return new_redirect (fault, place);
    case EMULATOR_FAULT_GARBAGE:
      emulator_answer_free (right);
      return emulator_answer_new_html (200);
    case EMULATOR_FAULT_NO_NAME:
      emulator_answer_free (right);
      return emulator_answer_new_json (200, json_object_new_object ());
    case EMULATOR_FAULT_CLOSE:
    case EMULATOR_FAULT_RST:
    case EMULATOR_FAULT_SILENCE:
      emulator_answer_free (right);
      return new_empty (0);
    case EMULATOR_FAULT_TRUNCATED_JSON:
    case EMULATOR_FAULT_GZIP:
    case EMULATOR_FAULT_OK:
    case EMULATOR_FAULT_CUT:
    case EMULATOR_FAULT_CUT_HEADER:
    case EMULATOR_FAULT_WRONG_LENGTH:
    case EMULATOR_FAULT_DRIP:
    case EMULATOR_FAULT_STALL:
    case EMULATOR_FAULT_NEW_ETAG: /* of content: it was made so */
    case EMULATOR_FAULT_NO_RANGES:
    case EMULATOR_FAULT_WRONG_RANGE:
      return right;
    }
  g_return_val_if_reached (right);
}

void
fault_answer_spoil_body (EmulatorAnswer *answer)
{
  if (answer->fault == NULL)
    return;
  if (answer->fault->kind == EMULATOR_FAULT_GZIP)
    compress_body (answer);
  else if (answer->fault->kind == EMULATOR_FAULT_TRUNCATED_JSON)
    emulator_answer_set_body (answer, g_bytes_new_from_bytes (answer->body, 0,
                                                              g_bytes_get_size (answer->body) / 2));
}

EmulatorAnswer *
fault_answer_apply (EmulatorFault *fault, EmulatorAnswer *right, const FaultAnswerPlace *place)
{
  EmulatorAnswer *answer;

  if (fault == NULL)
    return right;
  answer = spoil (fault, right, place);
  emulator_fault_unref (answer->fault);
  answer->fault = emulator_fault_ref (fault);
  if (answer->flow == NULL)
    fault_answer_spoil_body (answer);
  return answer;
}
