/* SPDX-License-Identifier: MIT */
/*
 * The rule behind "never pay twice" at a start. Pure.
 *
 * Must not: replace a job for which a paid request may have been taken.
 */
#include "plugin/domain/veo3-reuse.h"

/* Nothing of it has ever been taken by the service, and what stood in the way is a person's to
 * mend: by starting again the person says that it is, and the newest wish counts. */
static gboolean
is_free_to_replace (const Veo3Job *job)
{
  if (job->operation_name != NULL || job->submitted_at_us != 0 || job->earlier_operations != NULL
      || job->is_ordered)
    return FALSE;
  if (job->status == VEO3_JOB_PENDING)
    return job->attempts == 0;
  return job->status == VEO3_JOB_FAILED
         && (job->error_code == VEO3_ERROR_CODE_INVALID_PROMPT
             || job->error_code == VEO3_ERROR_CODE_DISK
             /* Refused by us; what the service refused was tried. */
             || (job->error_code == VEO3_ERROR_CODE_INVALID_REQUEST && job->attempts == 0)
             || veo3_error_code_stops_submits (job->error_code));
}

Veo3Reuse
veo3_reuse_wanted (const Veo3Job *job, gboolean is_valid, const char *request_sha256)
{
  if (is_free_to_replace (job))
    return VEO3_REUSE_REPLACE;
  if (job->status == VEO3_JOB_PENDING && !job->is_ordered)
    return is_valid ? VEO3_REUSE_REFILL : VEO3_REUSE_REFUSE;
  /* The Python original kept no digest: there is nothing to compare. */
  if (job->request_sha256 == NULL)
    return VEO3_REUSE_KEEP;
  return is_valid && g_strcmp0 (job->request_sha256, request_sha256) == 0 ? VEO3_REUSE_KEEP
                                                                          : VEO3_REUSE_KEEP_STALE;
}

Veo3Reuse
veo3_reuse_orphan (const Veo3Job *job, gboolean are_prompts_known)
{
  if (job->status != VEO3_JOB_PENDING || job->is_ordered)
    return VEO3_REUSE_KEEP;
  if (are_prompts_known)
    return is_free_to_replace (job) ? VEO3_REUSE_FORGET : VEO3_REUSE_REFUSE;
  return job->request.prompt == NULL ? VEO3_REUSE_REFUSE : VEO3_REUSE_KEEP;
}

gboolean
veo3_reuse_must_wait (const Veo3Job *job)
{
  return job->status == VEO3_JOB_PENDING && !job->is_ordered;
}
