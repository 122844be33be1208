/* SPDX-License-Identifier: MIT */
/*
 * Reads what a start begins with. No state, the store's thread.
 *
 * Must not: take "could not be read" for "there is none".
 */
#include "plugin/application/veo3-intake.h"

#include "plugin/application/veo3-job-list.h"
#include "plugin/application/veo3-kept-clip.h"
#include "plugin/application/veo3-prompt-reader.h"
#include "plugin/domain/veo3-reuse.h"

/* No jobs.json is a new workspace: an empty document without known jobs. */
static gboolean
read_known (Veo3JobStore *store, Veo3Intake *intake, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  intake->document = veo3_job_store_load (store, &intake->known, &local_error);
  if (intake->document != NULL)
    return TRUE;
  if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  intake->document = veo3_job_document_new ();
  return TRUE;
}

static void
hold_back (GPtrArray *known)
{
  for (guint i = 0; i < known->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (known, i);

      job->progress.is_held = veo3_reuse_must_wait (job);
    }
}

static void
tell_note (const Veo3Reporter *reporter, const Veo3Prompt *prompt)
{
  if (prompt->note != NULL)
    veo3_reporter_say (reporter, PIPELINE_LOG_WARNING, "%s; continuing", prompt->note);
}

gboolean
veo3_intake_read (Veo3JobStore *store,
                  const Veo3Settings *settings,
                  const Veo3Reporter *reporter,
                  Veo3Intake *ret_intake,
                  GError **error)
{
  g_autoptr (GError) local_error = NULL;
  guint n_found = 0;

  if (!read_known (store, ret_intake, error))
    return FALSE;
  ret_intake->prompts = veo3_prompt_reader_read (veo3_job_store_get_workspace_fd (store),
                                                 settings->clip_count, &n_found, &local_error);
  if (ret_intake->prompts == NULL)
    {
      if (ret_intake->known == NULL || ret_intake->known->len == 0)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      veo3_reporter_say (reporter, PIPELINE_LOG_WARNING,
                         "%s; the clips of " VEO3_JOBS_PATH " go on, continuing",
                         local_error->message);
      if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        hold_back (ret_intake->known);
    }
  else if (ret_intake->prompts->len < n_found)
    veo3_reporter_say (reporter, PIPELINE_LOG_INFO,
                       "%u prompts found, clip-count is %u: the first %u are used", n_found,
                       settings->clip_count, ret_intake->prompts->len);
  for (guint i = 0; ret_intake->prompts != NULL && i < ret_intake->prompts->len; i++)
    tell_note (reporter, g_ptr_array_index (ret_intake->prompts, i));
  return TRUE;
}

void
veo3_intake_mark_missing (Veo3JobStore *store, GPtrArray *known)
{
  for (guint i = 0; known != NULL && i < known->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (known, i);

      if (job->status != VEO3_JOB_COMPLETED || job->operation_name == NULL
          || veo3_job_store_has_clip (store, job->variant, job->bytes))
        continue;
      job->progress.is_clip_missing = TRUE;
    }
}

void
veo3_intake_keep_changed (Veo3JobStore *store, const Veo3Reporter *reporter, GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (jobs, i);
      g_autoptr (GError) error = NULL;
      g_autofree char *kept = NULL;

      if (!job->progress.is_clip_missing || !veo3_job_store_finds_clip (store, job->variant))
        continue;
      if (veo3_kept_clip_make (veo3_job_store_get_folder_fd (store), job->variant, &kept, &error))
        veo3_reporter_say (reporter, PIPELINE_LOG_INFO,
                           "clip %s: the file in its place is kept as " VEO3_FOLDER_NAME "/%s",
                           job->variant, kept);
      else
        {
          job->progress.is_clip_missing = FALSE;
          veo3_reporter_say (reporter, PIPELINE_LOG_WARNING,
                             "clip %s: %s; it is not fetched again, continuing", job->variant,
                             error->message);
        }
    }
}

void
veo3_intake_mark_found (Veo3JobStore *store, GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (jobs, i);

      job->progress.is_clip_there
          = job->status == VEO3_JOB_PENDING && veo3_job_store_finds_clip (store, job->variant);
    }
}

PipelineOutcome
veo3_intake_get_outcome (const Veo3Intake *intake)
{
  if (intake->known != NULL)
    return veo3_job_list_get_outcome (intake->known);
  return intake->prompts != NULL ? PIPELINE_OUTCOME_PARTIAL : PIPELINE_OUTCOME_COMPLETE;
}

void
veo3_intake_clear (Veo3Intake *intake)
{
  g_clear_pointer (&intake->document, veo3_job_document_free);
  g_clear_pointer (&intake->known, g_ptr_array_unref);
  g_clear_pointer (&intake->prompts, g_ptr_array_unref);
}
