/* SPDX-License-Identifier: MIT */
/*
 * The table of error codes. Pure: no state, no I/O, any thread.
 */
#include "plugin/domain/veo3-error.h"

/* Indexed by Veo3ErrorCode; the order is the enum's. */
static const char *const names[] = {
  NULL,
  "invalid_prompt",
  "invalid_request",
  "content_filtered",
  "operation_failed",
  "no_clip",
  "credentials",
  "model_gone",
  "quota_day",
  "quota_minute",
  "unavailable",
  "protocol",
  "uncertain_submit",
  "operation_lost",
  "clip_gone",
  "clip_expired",
  "not_a_clip",
  "disk",
  "deadline",
  "cancelled",
  "budget",
};
G_STATIC_ASSERT (G_N_ELEMENTS (names) == VEO3_ERROR_CODE_BUDGET + 1);

const char *
veo3_error_code_to_string (Veo3ErrorCode code)
{
  g_return_val_if_fail ((guint)code < G_N_ELEMENTS (names), NULL);
  return names[code];
}

Veo3ErrorCode
veo3_error_code_from_string (const char *name)
{
  for (guint i = 1; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (name, names[i]) == 0)
      return (Veo3ErrorCode)i;
  return VEO3_ERROR_CODE_NONE;
}

gboolean
veo3_error_code_stops_submits (Veo3ErrorCode code)
{
  return code == VEO3_ERROR_CODE_CREDENTIALS || code == VEO3_ERROR_CODE_MODEL_GONE
         || code == VEO3_ERROR_CODE_QUOTA_DAY;
}
