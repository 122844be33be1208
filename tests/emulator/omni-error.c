/* SPDX-License-Identifier: MIT */
/*
 * Words and texts of the Interactions API's errors.
 *
 * Pure: no state, no I/O.
 */
#include "tests/emulator/omni-error.h"

#include "tests/emulator/fault-answer.h"

typedef struct
{
  guint status;
  const gchar *code;
  const gchar *message;
} UsualError;

static const UsualError usual_errors[] = {
  { 400, "invalid_request", "The request is invalid." },
  { 401, "authentication", "The API key is missing or not valid." },
  { 402, "payment_required", "Your prepayment credits are depleted." },
  { 403, "permission_denied", "The API key has no permission for this resource." },
  { 404, "not_found", "The requested resource was not found." },
  { 409, "aborted", "The request conflicts with another one." },
  { 416, "out_of_range", "A parameter is out of range." },
  { 429, "rate_limit_exceeded", "Rate limit exceeded. Please retry later." },
  { 499, "cancelled", "The request was cancelled." },
  { 500, "api_error", "An internal error has occurred." },
  { 501, "unimplemented", "The method is not implemented." },
  { 503, "service_unavailable", "The service is overloaded. Please retry later." },
  { 504, "deadline_exceeded", "The request took too long." },
};

static const UsualError daily_quota
    = { 429, "quota_exceeded", "You exceeded your daily quota. Check your plan and billing." };

json_object *
omni_error_new_object (const gchar *code, const gchar *message)
{
  json_object *error = json_object_new_object ();

  json_object_object_add (error, "code", json_object_new_string (code));
  json_object_object_add (error, "message", json_object_new_string (message));
  return error;
}

EmulatorAnswer *
omni_error_new (guint status, const gchar *code, const gchar *message)
{
  json_object *json = json_object_new_object ();

  json_object_object_add (json, "error", omni_error_new_object (code, message));
  return emulator_answer_new_json (status, json);
}

static const UsualError *
find_usual (const EmulatorFault *fault)
{
  if (fault->status == 429 && fault->per_day)
    return &daily_quota;
  for (gsize i = 0; i < G_N_ELEMENTS (usual_errors); i++)
    {
      if (usual_errors[i].status == fault->status)
        return &usual_errors[i];
    }
  return &usual_errors[0];
}

EmulatorAnswer *
omni_error_new_of_fault (const EmulatorFault *fault)
{
  const UsualError *usual = find_usual (fault);
  const gchar *code = fault->code != NULL ? fault->code : usual->code;
  const gchar *text = g_str_equal (code, "content_blocked") ? OMNI_BLOCKED_TEXT : usual->message;
  json_object *json = json_object_new_object ();
  json_object *error = omni_error_new_object (code, fault->message != NULL ? fault->message : text);

  if (fault->retry_delay != NULL)
    {
      json_object *details = json_object_new_array ();

      json_object_array_add (details, fault_answer_new_retry_info (fault));
      json_object_object_add (error, "details", details);
    }
  json_object_object_add (json, "error", error);
  return emulator_answer_new_json (fault->status, json);
}

const gchar *
omni_error_get_word (int rpc_code)
{
  switch (rpc_code)
    {
    case 1:
      return "cancelled";
    case 3:
      return "invalid_request";
    case 5:
      return "not_found";
    case 7:
      return "permission_denied";
    case 8:
      return "quota_exceeded";
    case 9:
      return "failed_precondition";
    case 14:
      return "service_unavailable";
    default:
      return "api_error";
    }
}
