/* SPDX-License-Identifier: MIT */
/*
 * Words about an end without a save. Pure but for the reporter.
 */
#include "plugin/application/veo3-unsaved.h"

#include "plugin/application/veo3-job-store.h"

/* No question about it has been asked yet, which waits for its name to be on disk. */
static gboolean
is_operation_unsaved (const Veo3Run *run, const Veo3Job *job)
{
  return job->operation_name != NULL && job->polls == 0 && !job->progress.is_operation_saved
         && !veo3_run_is_durable (run, job);
}

/* The disk knows the operation, but not the last that is known of it. */
static gboolean
is_behind (const Veo3Run *run, const Veo3Job *job)
{
  return job->operation_name != NULL && !veo3_run_is_durable (run, job);
}

/* Where it is known to nobody else, the name of what was paid for. */
void
veo3_unsaved_tell (const Veo3Run *run, const Veo3Reporter *reporter)
{
  for (guint i = 0; i < run->jobs->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (run->jobs, i);

      if (is_operation_unsaved (run, job))
        veo3_reporter_say (reporter, PIPELINE_LOG_ERROR,
                           "clip %s: " VEO3_JOBS_PATH
                           " could not be saved. Keep this: its operation, paid for, is %s. When "
                           "the disk is mended, `pipeline_runner veo3 reconcile --adopt %s %s` "
                           "fetches the clip",
                           job->variant, job->operation_name, job->operation_name, job->variant);
      else if (is_behind (run, job))
        veo3_reporter_say (reporter, PIPELINE_LOG_WARNING,
                           "clip %s: " VEO3_JOBS_PATH
                           " could not be saved and does not know that it is %s. When the disk is "
                           "mended, `pipeline_runner veo3 collect %s` makes up for it, for nothing",
                           job->variant, veo3_job_status_to_string (job->status), job->variant);
    }
}

PipelineOutcome
veo3_unsaved_get_outcome (const Veo3Run *run)
{
  guint outcome = 0;

  for (guint i = 0; i < run->jobs->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (run->jobs, i);

      /* The next start will find a claim without an answer: as uncertain as any. */
      if (is_operation_unsaved (run, job))
        outcome |= PIPELINE_OUTCOME_UNCERTAIN;
      else if (is_behind (run, job))
        outcome |= PIPELINE_OUTCOME_UNFINISHED;
    }
  return (PipelineOutcome)outcome;
}
