/* SPDX-License-Identifier: MIT */
/*
 * A job's data and its transition table. Pure: no clock, no I/O; a job belongs to one planner and
 * is touched on that planner's thread only.
 */
#include "plugin/domain/veo3-job.h"

static const char *const status_names[VEO3_N_JOB_STATUSES] = {
  "pending", "submitting", "generating", "downloading", "completed",
  "failed",  "timed_out",  "uncertain",  "cancelled",
};

/* One row per event: what each status becomes, NO = impossible. Columns in the enum's order:
 * pending, submitting, generating, downloading, completed, failed, timed_out, uncertain, cancelled
 */
#define NO (-1)
#define P VEO3_JOB_PENDING
#define S VEO3_JOB_SUBMITTING
#define G VEO3_JOB_GENERATING
#define D VEO3_JOB_DOWNLOADING
#define C VEO3_JOB_COMPLETED
#define F VEO3_JOB_FAILED
#define T VEO3_JOB_TIMED_OUT
#define U VEO3_JOB_UNCERTAIN
#define X VEO3_JOB_CANCELLED
/* clang-format off */
static const gint8 transitions[VEO3_N_JOB_EVENTS][VEO3_N_JOB_STATUSES] = {
  /*                              P   S   G   D   C   F   T   U   X */
  [VEO3_EVENT_CLAIM]         = {  S, NO, NO, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_NOT_SENT]      = { NO,  P, NO, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_REJECTED]      = { NO,  P, NO, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_REFUSED]       = {  F,  F, NO, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_AMBIGUOUS]     = { NO,  U,  U, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_ACCEPTED]      = { NO,  G, NO, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_READY]         = { NO, NO,  D, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_NO_CLIP]       = { NO, NO,  F, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_STORED]        = { NO, NO, NO,  C, NO, NO, NO, NO, NO },
  [VEO3_EVENT_CLIP_LOST]     = { NO, NO, NO,  F, NO, NO, NO, NO, NO },
  [VEO3_EVENT_DEADLINE]      = { NO, NO,  T,  T, NO, NO, NO, NO, NO },
  [VEO3_EVENT_LOOK_AGAIN]    = { NO, NO, NO,  G,  G,  G,  G, NO,  G },
  [VEO3_EVENT_FOUND]         = {  C, NO, NO, NO, NO, NO, NO, NO, NO },
  [VEO3_EVENT_USER_CANCEL]   = {  X, NO,  X,  X, NO, NO,  X, NO, NO },
  [VEO3_EVENT_USER_ADOPT]    = { NO, NO, NO, NO, NO, NO, NO,  G, NO },
  [VEO3_EVENT_USER_RESUBMIT] = { NO, NO, NO, NO,  P,  P,  P,  P,  P },
  [VEO3_EVENT_USER_ABANDON]  = { NO, NO, NO, NO, NO, NO, NO,  F, NO },
};
/* clang-format on */
#undef NO
#undef P
#undef S
#undef G
#undef D
#undef C
#undef F
#undef T
#undef U
#undef X

Veo3Job *
veo3_job_new (const char *idempotent_key, const char *variant, gint64 now_us)
{
  Veo3Job *job;

  g_return_val_if_fail (idempotent_key != NULL && variant != NULL, NULL);
  job = g_new0 (Veo3Job, 1);
  job->idempotent_key = g_strdup (idempotent_key);
  job->variant = g_strdup (variant);
  job->created_at_us = now_us;
  job->updated_at_us = now_us;
  job->bytes = -1;
  job->estimated_cost_usd = -1;
  job->progress.poll_index = G_MAXUINT;
  return job;
}

void
veo3_job_free (Veo3Job *job)
{
  if (job == NULL)
    return;
  g_free (job->idempotent_key);
  g_free (job->variant);
  g_free (job->video_path);
  g_free (job->error_message);
  veo3_clip_request_clear (&job->request);
  g_free (job->narrative_anchor);
  g_free (job->request_sha256);
  g_free (job->operation_name);
  g_strfreev (job->earlier_operations);
  g_free (job->sha256);
  g_free (job->progress.clip_uri);
  g_free (job->progress.note);
  g_free (job);
}

gboolean
veo3_job_next_status (Veo3JobStatus status, Veo3JobEvent event, Veo3JobStatus *ret_next)
{
  gint8 next;

  g_return_val_if_fail ((guint)status < VEO3_N_JOB_STATUSES, FALSE);
  g_return_val_if_fail ((guint)event < VEO3_N_JOB_EVENTS, FALSE);
  next = transitions[event][status];
  if (next < 0)
    return FALSE;
  *ret_next = (Veo3JobStatus)next;
  return TRUE;
}

void
veo3_job_apply (Veo3Job *job, Veo3JobEvent event, gint64 now_us)
{
  gboolean possible = veo3_job_next_status (job->status, event, &job->status);

  g_assert (possible);
  /* The wall clock may have been set back meanwhile: the times of a job stay in their order. */
  now_us = MAX (now_us, MAX (job->created_at_us, job->updated_at_us));
  job->updated_at_us = now_us;
  if (event == VEO3_EVENT_ACCEPTED)
    job->submitted_at_us = now_us;
  job->completed_at_us = veo3_job_status_is_final (job->status) ? now_us : 0;
}

void
veo3_job_explain (Veo3Job *job, Veo3ErrorCode code, const char *message)
{
  char *copy = g_strdup (message);

  job->error_code = code;
  g_free (job->error_message);
  job->error_message = copy;
}

void
veo3_job_explain_uncertain (Veo3Job *job, const char *seen)
{
  g_autofree char *message = g_strdup_printf (
      "%s; it may have been accepted and billed, and is never sent again by itself. Look at the "
      "service's console, then settle it: `pipeline_runner veo3 reconcile %s` tells how",
      seen, job->variant);

  veo3_job_explain (job, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, message);
}

void
veo3_job_explain_unsent (Veo3Job *job, Veo3ErrorCode code, const char *seen)
{
  /* What a new run takes up by itself; an order to pay again is the user's to repeat. */
  gboolean restarts
      = (veo3_error_code_stops_submits (code) || code == VEO3_ERROR_CODE_INVALID_PROMPT)
        && !job->is_ordered;
  g_autofree char *message
      = restarts
            ? g_strdup_printf ("%s; when that is mended, `pipeline_runner run --restart` sends "
                               "it",
                               seen)
            : g_strdup_printf ("%s; when that is mended, `pipeline_runner veo3 regenerate %s` "
                               "sends it",
                               seen, job->variant);

  veo3_job_explain (job, code, message);
}

void
veo3_job_explain_lost (Veo3Job *job, Veo3ErrorCode code, const char *seen)
{
  const char *words = seen != NULL ? seen : "no reason given";
  const char *cost = NULL;
  const char *command = "regenerate";
  const char *what = "pays for another one";
  g_autofree char *message = NULL;

  switch (code)
    {
    case VEO3_ERROR_CODE_CONTENT_FILTERED:
      cost = "filtered clips are not charged, says the price list. Change the wording, then";
      what = "sends it";
      break;
    case VEO3_ERROR_CODE_NO_CLIP:
      cost = "it may have been billed.";
      break;
    case VEO3_ERROR_CODE_CANCELLED: /* the operation, at the service */
      cost = "what had been generated until then may have been billed.";
      break;
    case VEO3_ERROR_CODE_CLIP_GONE:
    case VEO3_ERROR_CODE_CLIP_EXPIRED:
    case VEO3_ERROR_CODE_PROTOCOL:
      cost = "it was paid for.";
      break;
    case VEO3_ERROR_CODE_NOT_A_CLIP:
      cost = "it was paid for.";
      command = "collect";
      what = "fetches it again, for nothing";
      break;
    case VEO3_ERROR_CODE_OPERATION_FAILED:
    case VEO3_ERROR_CODE_INVALID_REQUEST:
    case VEO3_ERROR_CODE_CREDENTIALS:
    case VEO3_ERROR_CODE_MODEL_GONE:
    case VEO3_ERROR_CODE_QUOTA_DAY:
    case VEO3_ERROR_CODE_QUOTA_MINUTE:
    case VEO3_ERROR_CODE_UNAVAILABLE:
      cost = "failed clips are not charged, says the price list.";
      what = "sends it again";
      break;
    case VEO3_ERROR_CODE_NONE:
    case VEO3_ERROR_CODE_INVALID_PROMPT:
    case VEO3_ERROR_CODE_UNCERTAIN_SUBMIT:
    case VEO3_ERROR_CODE_OPERATION_LOST: /* whose words say it */
    case VEO3_ERROR_CODE_DISK:
    case VEO3_ERROR_CODE_DEADLINE:
    case VEO3_ERROR_CODE_BUDGET:
      break;
    }
  if (cost != NULL)
    message = g_strdup_printf ("%s; %s `pipeline_runner veo3 %s %s` %s", words, cost, command,
                               job->variant, what);
  veo3_job_explain (job, code, message != NULL ? message : words);
}

void
veo3_job_retire_operation (Veo3Job *job)
{
  guint n = job->earlier_operations == NULL ? 0 : g_strv_length (job->earlier_operations);

  if (job->operation_name != NULL)
    {
      job->earlier_operations = g_renew (char *, job->earlier_operations, n + 2);
      job->earlier_operations[n] = g_steal_pointer (&job->operation_name);
      job->earlier_operations[n + 1] = NULL;
    }
  g_clear_pointer (&job->video_path, g_free);
  g_clear_pointer (&job->sha256, g_free);
  job->bytes = -1;
  job->media = (Veo3ClipMedia){ 0 };
  job->submitted_at_us = 0;
  job->polls = 0; /* of the next one */
  job->progress.is_operation_saved = FALSE;
}

gboolean
veo3_job_had_operation (const Veo3Job *job, const char *operation_name)
{
  return operation_name != NULL && job->earlier_operations != NULL
         && g_strv_contains ((const char *const *)job->earlier_operations, operation_name);
}

gboolean
veo3_job_status_is_final (Veo3JobStatus status)
{
  return status >= VEO3_JOB_COMPLETED;
}

const char *
veo3_job_status_to_string (Veo3JobStatus status)
{
  g_return_val_if_fail ((guint)status < VEO3_N_JOB_STATUSES, NULL);
  return status_names[status];
}

gboolean
veo3_job_status_from_string (const char *name, Veo3JobStatus *ret_status)
{
  for (guint i = 0; i < VEO3_N_JOB_STATUSES; i++)
    if (g_strcmp0 (name, status_names[i]) == 0)
      {
        *ret_status = (Veo3JobStatus)i;
        return TRUE;
      }
  return FALSE;
}
