/* SPDX-License-Identifier: MIT */
/*
 * The table of errors that end an operation. Pure. An operation has been accepted: nothing here
 * decides whether it is asked for again.
 */
#include "plugin/adapters/operation-error.h"

#include <string.h>

#include "plugin/adapters/support-code.h"

typedef struct
{
  int rpc;          /* google.rpc.Code; 0 = a word of the Interactions API alone */
  int http;         /* 0 = none of its own */
  const char *word; /* the name */
  Veo3ErrorCode code;
} Row;

static const Row rows[] = {
  { 3, 400, "INVALID_ARGUMENT", VEO3_ERROR_CODE_INVALID_REQUEST }, /* Vertex looks only then */
  { 9, 0, "FAILED_PRECONDITION", VEO3_ERROR_CODE_INVALID_REQUEST },
  { 11, 416, "OUT_OF_RANGE", VEO3_ERROR_CODE_INVALID_REQUEST },
  { 7, 403, "PERMISSION_DENIED", VEO3_ERROR_CODE_CREDENTIALS },
  { 16, 401, "UNAUTHENTICATED", VEO3_ERROR_CODE_CREDENTIALS },
  { 8, 429, "RESOURCE_EXHAUSTED", VEO3_ERROR_CODE_QUOTA_MINUTE },
  { 14, 503, "UNAVAILABLE", VEO3_ERROR_CODE_UNAVAILABLE },
  { 0, 0, "content_blocked", VEO3_ERROR_CODE_CONTENT_FILTERED },
  { 0, 0, "invalid_request", VEO3_ERROR_CODE_INVALID_REQUEST },
  { 0, 0, "parameter_unknown", VEO3_ERROR_CODE_INVALID_REQUEST },
  { 0, 0, "authentication", VEO3_ERROR_CODE_CREDENTIALS },
  { 0, 402, "payment_required", VEO3_ERROR_CODE_CREDENTIALS },
  { 0, 0, "model_not_found", VEO3_ERROR_CODE_MODEL_GONE },
  { 0, 0, "rate_limit_exceeded", VEO3_ERROR_CODE_QUOTA_MINUTE },
  { 0, 0, "quota_exceeded", VEO3_ERROR_CODE_QUOTA_DAY },
  { 0, 0, "service_unavailable", VEO3_ERROR_CODE_UNAVAILABLE },
};

static gboolean
is_filtered (const char *message)
{
  g_autofree char *meaning = message != NULL ? support_code_explain (message) : NULL;

  return meaning != NULL || (message != NULL && strstr (message, "Request blocked for") != NULL);
}

Veo3ErrorCode
operation_error_classify (gint64 number, const char *word, const char *message)
{
  if (is_filtered (message))
    return VEO3_ERROR_CODE_CONTENT_FILTERED;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (word != NULL && g_ascii_strcasecmp (word, rows[i].word) == 0)
        return rows[i].code;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (number > 0 && (number == rows[i].rpc || number == rows[i].http))
        return rows[i].code;
    }
  return VEO3_ERROR_CODE_OPERATION_FAILED;
}
