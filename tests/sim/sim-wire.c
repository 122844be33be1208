/* SPDX-License-Identifier: MIT */
/*
 * One row per way a call can end, given to the real response classifier. No state, any thread.
 */
#include "tests/sim/sim-wire.h"

#include <string.h>

#include "plugin/adapters/response-classifier.h"

#define STATUS_BODY(code, name, more)                                                              \
  "{\"error\":{\"code\":" #code ",\"message\":\"words\",\"status\":\"" name "\"" more "}}"
#define DAY                                                                                        \
  ",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\","                      \
  "\"violations\":[{\"quotaId\":\"GenerateRequestsPerDayPerProject\"}]}]"
#define GONE                                                                                       \
  "{\"error\":{\"code\":404,\"message\":\"models/x is not found for API version v1beta\","         \
  "\"status\":\"NOT_FOUND\"}}"

/** Row: what HttpResponse says of it. */
typedef struct
{
  const char *name;
  HttpEnd end;
  guint sent;
  long status;
  const char *body;
  const char *retry_after;
} Row;

static const Row rows[] = {
  [SIM_WIRE_FINE] = { "fine", HTTP_END_ANSWERED, 1, 200, "{}", NULL },
  [SIM_WIRE_NOT_SENT] = { "not sent", HTTP_END_TRANSPORT, 0, 0, NULL, NULL },
  [SIM_WIRE_CANCELLED_UNSENT] = { "cancelled, unsent", HTTP_END_CANCELLED, 0, 0, NULL, NULL },
  [SIM_WIRE_CANCELLED] = { "cancelled", HTTP_END_CANCELLED, 1, 0, NULL, NULL },
  [SIM_WIRE_DEAD] = { "connection died", HTTP_END_TRANSPORT, 1, 0, NULL, NULL },
  [SIM_WIRE_SILENCE] = { "silence", HTTP_END_SILENCE, 1, 0, NULL, NULL },
  [SIM_WIRE_CUT] = { "200, cut", HTTP_END_TRANSPORT, 1, 200, "{\"na", NULL },
  [SIM_WIRE_GARBAGE] = { "200, garbage", HTTP_END_ANSWERED, 1, 200, "<html>", NULL },
  [SIM_WIRE_500] = { "500", HTTP_END_ANSWERED, 1, 500, STATUS_BODY (500, "INTERNAL", ""), NULL },
  [SIM_WIRE_502] = { "502", HTTP_END_ANSWERED, 1, 502, "<html>", NULL },
  [SIM_WIRE_504] = { "504", HTTP_END_ANSWERED, 1, 504, "", NULL },
  [SIM_WIRE_408] = { "408", HTTP_END_ANSWERED, 1, 408, "", NULL },
  [SIM_WIRE_503] = { "503", HTTP_END_ANSWERED, 1, 503, STATUS_BODY (503, "UNAVAILABLE", ""), NULL },
  [SIM_WIRE_503_BARE] = { "503, bare", HTTP_END_ANSWERED, 1, 503, "<html>", "7" },
  [SIM_WIRE_429]
  = { "429", HTTP_END_ANSWERED, 1, 429, STATUS_BODY (429, "RESOURCE_EXHAUSTED", ""), NULL },
  [SIM_WIRE_429_LATER]
  = { "429, later", HTTP_END_ANSWERED, 1, 429, STATUS_BODY (429, "RESOURCE_EXHAUSTED", ""), "90" },
  [SIM_WIRE_429_ABSURD] = { "429, absurd", HTTP_END_ANSWERED, 1, 429,
                            STATUS_BODY (429, "RESOURCE_EXHAUSTED", ""), "2000000000" },
  [SIM_WIRE_429_BARE] = { "429, bare", HTTP_END_ANSWERED, 1, 429, "<html>", "-349927093" },
  [SIM_WIRE_429_DAY] = { "429, quota of the day", HTTP_END_ANSWERED, 1, 429,
                         STATUS_BODY (429, "RESOURCE_EXHAUSTED", DAY), NULL },
  [SIM_WIRE_400]
  = { "400", HTTP_END_ANSWERED, 1, 400, STATUS_BODY (400, "INVALID_ARGUMENT", ""), NULL },
  [SIM_WIRE_401]
  = { "401", HTTP_END_ANSWERED, 1, 401, STATUS_BODY (401, "UNAUTHENTICATED", ""), NULL },
  [SIM_WIRE_403]
  = { "403", HTTP_END_ANSWERED, 1, 403, STATUS_BODY (403, "PERMISSION_DENIED", ""), NULL },
  [SIM_WIRE_404] = { "404", HTTP_END_ANSWERED, 1, 404, STATUS_BODY (404, "NOT_FOUND", ""), NULL },
  [SIM_WIRE_404_MODEL] = { "404, no such model", HTTP_END_ANSWERED, 1, 404, GONE, NULL },
  [SIM_WIRE_410] = { "410", HTTP_END_ANSWERED, 1, 410, "", NULL },
  [SIM_WIRE_307] = { "307", HTTP_END_ANSWERED, 1, 307, "", NULL },
  [SIM_WIRE_OUR_DISK] = { "our disk", HTTP_END_SINK_REFUSED, 1, 200, NULL, NULL },
  [SIM_WIRE_FAILED] = { "failed", HTTP_END_ANSWERED, 1, 200, "{}", NULL },
};

const char *
sim_wire_get_name (SimWire wire)
{
  return rows[wire].name;
}

static HttpResponse
get_response (SimWire wire)
{
  const Row *row = &rows[wire];

  return (HttpResponse){
    .end = row->end,
    .sent = row->sent,
    .transport = row->end == HTTP_END_ANSWERED ? CURLE_OK : CURLE_OPERATION_TIMEDOUT,
    .message = row->end == HTTP_END_ANSWERED ? NULL : row->name,
    .status = row->status,
    .retry_after = row->retry_after,
    .content_length = -1,
    .body = row->body,
    .body_length = row->body != NULL ? strlen (row->body) : 0,
  };
}

static const ResponseContext context = { .now_s = 1790000000 };

void
sim_wire_read_submit (SimWire wire, const char *operation_name, SimReading *ret_reading)
{
  HttpResponse response = get_response (wire);
  g_auto (ResponseVerdict) verdict = { 0 };
  Veo3SubmitClass klass
      = response_classifier_submit (&response, wire == SIM_WIRE_FINE, &context, &verdict);

  *ret_reading = (SimReading){ .message = g_steal_pointer (&verdict.message) };
  ret_reading->submit = (Veo3SubmitResult){
    .klass = klass,
    .operation_name = klass == VEO3_SUBMIT_ACCEPTED ? operation_name : NULL,
    .code = verdict.code,
    .message = ret_reading->message,
    .retry_after_ms = verdict.retry_after_ms,
  };
}

void
sim_wire_read_poll (SimWire wire, SimReading *ret_reading)
{
  HttpResponse response = get_response (wire);
  g_auto (ResponseVerdict) verdict = { 0 };
  Veo3PollClass klass = response_classifier_poll (&response, &context, &verdict);

  *ret_reading = (SimReading){ .message = g_steal_pointer (&verdict.message) };
  ret_reading->poll = (Veo3PollResult){
    .klass = klass,
    .code = verdict.code,
    .message = ret_reading->message,
    .retry_after_ms = verdict.retry_after_ms,
  };
  if (wire == SIM_WIRE_FAILED)
    {
      ret_reading->poll.klass = VEO3_POLL_FAILED;
      ret_reading->poll.code = VEO3_ERROR_CODE_OPERATION_FAILED;
    }
}

void
sim_wire_read_download (SimWire wire, SimReading *ret_reading)
{
  HttpResponse response = get_response (wire);
  g_auto (ResponseVerdict) verdict = { 0 };
  Veo3DownloadClass klass = response_classifier_download (&response, &context, &verdict);

  *ret_reading = (SimReading){ .message = g_steal_pointer (&verdict.message) };
  ret_reading->download = (Veo3DownloadResult){
    .klass = wire == SIM_WIRE_OUR_DISK ? VEO3_DOWNLOAD_DISK : klass,
    .code = verdict.code,
    .message = ret_reading->message,
    .retry_after_ms = verdict.retry_after_ms,
  };
}

void
sim_wire_read_cancel (SimWire wire, SimReading *ret_reading)
{
  HttpResponse response = get_response (wire);
  g_auto (ResponseVerdict) verdict = { 0 };
  Veo3CancelClass klass = response_classifier_cancel (&response, &context, &verdict);

  *ret_reading = (SimReading){ .message = g_steal_pointer (&verdict.message) };
  ret_reading->cancel = (Veo3CancelResult){ .klass = klass,
                                            .message = ret_reading->message,
                                            .retry_after_ms = verdict.retry_after_ms };
}

void
sim_reading_clear (SimReading *reading)
{
  g_clear_pointer (&reading->message, g_free);
}

gboolean
sim_wire_tells_of_operation (SimWire wire)
{
  return wire == SIM_WIRE_FINE;
}

gboolean
sim_wire_is_no_answer (SimWire wire)
{
  long status = rows[wire].status;

  return !sim_wire_tells_of_operation (wire) && status != 429 && status != 404 && status != 401
         && status != 403;
}
