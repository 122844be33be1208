/* SPDX-License-Identifier: MIT */
/*
 * Veo3ErrorCode: why a job is where it is, in terms of what a person can do about it.
 * The names are the values of `error_code` in jobs.json: part of the file format.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  VEO3_ERROR_CODE_NONE,
  VEO3_ERROR_CODE_INVALID_PROMPT,   /* "invalid_prompt": mend the entry of veo3_prompts[] */
  VEO3_ERROR_CODE_INVALID_REQUEST,  /* "invalid_request": the service refuses the settings */
  VEO3_ERROR_CODE_CONTENT_FILTERED, /* "content_filtered": change the wording */
  VEO3_ERROR_CODE_OPERATION_FAILED, /* "operation_failed": the service failed; not billed, try anew
                                     */
  VEO3_ERROR_CODE_NO_CLIP,          /* "no_clip": done, but without a clip and without a reason */
  VEO3_ERROR_CODE_CREDENTIALS,      /* "credentials": key or rights */
  VEO3_ERROR_CODE_MODEL_GONE,       /* "model_gone": set another model */
  VEO3_ERROR_CODE_QUOTA_DAY,    /* "quota_day": quota of the day or of spend: wait or raise it */
  VEO3_ERROR_CODE_QUOTA_MINUTE, /* "quota_minute": wait */
  VEO3_ERROR_CODE_UNAVAILABLE,  /* "unavailable": overload, network, 5xx */
  VEO3_ERROR_CODE_PROTOCOL,     /* "protocol": an answer nobody understands */
  VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, /* "uncertain_submit": may have been accepted and billed */
  VEO3_ERROR_CODE_OPERATION_LOST,   /* "operation_lost": the service no longer knows it */
  VEO3_ERROR_CODE_CLIP_GONE,        /* "clip_gone": the service says it has no such clip */
  VEO3_ERROR_CODE_CLIP_EXPIRED,     /* "clip_expired": older than the service keeps clips */
  VEO3_ERROR_CODE_NOT_A_CLIP,       /* "not_a_clip": what came is no MP4 */
  VEO3_ERROR_CODE_DISK,             /* "disk": our own storage refused */
  VEO3_ERROR_CODE_DEADLINE,         /* "deadline": we stopped waiting; collecting later is free */
  VEO3_ERROR_CODE_CANCELLED,        /* "cancelled": by the user's word */
  VEO3_ERROR_CODE_BUDGET,           /* "budget": the user's own cost limit */
} Veo3ErrorCode;

/**
 * veo3_error_code_to_string: the name used in jobs.json.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): NULL for VEO3_ERROR_CODE_NONE.
 */
const char *veo3_error_code_to_string (Veo3ErrorCode code);

/**
 * veo3_error_code_from_string: the inverse.
 * @name: (nullable): NULL and unknown names give VEO3_ERROR_CODE_NONE.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: the code.
 */
Veo3ErrorCode veo3_error_code_from_string (const char *name);

/**
 * veo3_error_code_stops_submits: would the next submit of the run fail in the same way?
 * Source: classification of submits (credentials, gone model, quota of the day).
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE = sending more is of no use.
 */
gboolean veo3_error_code_stops_submits (Veo3ErrorCode code);

G_END_DECLS
