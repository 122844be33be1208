/* SPDX-License-Identifier: MIT */
/*
 * Turns jobs into words. On the worker's context; no state but what the caller keeps.
 *
 * Must not: decide anything, or show what a server said other than cleaned by the adapter.
 */
#include "plugin/application/veo3-reporter.h"

#include "plugin/domain/veo3-clip-media.h"

void
veo3_reporter_say (const Veo3Reporter *reporter, PipelineLogLevel level, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  reporter->log (reporter->sink, level, message);
}

static PipelineProgressState
progress_state (Veo3JobStatus status)
{
  switch (status)
    {
    case VEO3_JOB_PENDING:
      return PIPELINE_PROGRESS_WAITING;
    case VEO3_JOB_SUBMITTING:
    case VEO3_JOB_GENERATING:
    case VEO3_JOB_DOWNLOADING:
      return PIPELINE_PROGRESS_ACTIVE;
    case VEO3_JOB_COMPLETED:
      return PIPELINE_PROGRESS_DONE;
    case VEO3_JOB_FAILED:
    case VEO3_JOB_TIMED_OUT:
    case VEO3_JOB_CANCELLED:
      return PIPELINE_PROGRESS_FAILED;
    case VEO3_JOB_UNCERTAIN:
      return PIPELINE_PROGRESS_ATTENTION;
    }
  g_assert_not_reached ();
}

static void
report_trouble (const Veo3Reporter *reporter, const Veo3Job *job)
{
  const char *reason = job->error_message != NULL ? job->error_message : "no reason given";

  if (job->status == VEO3_JOB_UNCERTAIN)
    veo3_reporter_say (reporter, PIPELINE_LOG_ERROR, "clip %s: uncertain: %s", job->variant,
                       reason);
  else if (progress_state (job->status) == PIPELINE_PROGRESS_FAILED)
    veo3_reporter_say (reporter, PIPELINE_LOG_WARNING, "clip %s: %s: %s, continuing", job->variant,
                       veo3_job_status_to_string (job->status), reason);
}

/* A note is passing news: it would be a lie about a job that has come to its end. */
static char *
make_detail (const Veo3Job *job)
{
  g_autofree char *difference = NULL;

  if (job->status == VEO3_JOB_UNCERTAIN) /* the whole story is said as well */
    return g_strdup ("needs your word: `pipeline_runner veo3 reconcile`");
  if (job->status != VEO3_JOB_COMPLETED)
    return g_strdup (veo3_job_status_is_final (job->status) ? job->error_message
                                                            : job->progress.note);
  difference = veo3_clip_media_compare (&job->media, &job->request);
  if (difference == NULL)
    return g_strdup (job->video_path);
  return g_strdup_printf ("%s: %s", job->video_path, difference);
}

void
veo3_reporter_tell_job (const Veo3Reporter *reporter, const Veo3Job *job, Veo3Reported *reported)
{
  gboolean is_new = !reported->is_known || reported->status != job->status;
  g_autofree char *detail = NULL;
  PipelineProgress progress = {
    .struct_size = sizeof progress,
    .item = job->variant,
    .state = progress_state (job->status),
    .status = veo3_job_status_to_string (job->status),
  };

  if (!is_new && g_strcmp0 (reported->note, job->progress.note) == 0)
    return;
  /* Words only now: of thousands of jobs most have no news in a round. */
  detail = make_detail (job);
  progress.detail = detail;
  reporter->progress (reporter->sink, &progress);
  if (is_new)
    report_trouble (reporter, job);
  else if (job->status == VEO3_JOB_CANCELLED)
    veo3_reporter_say (reporter, PIPELINE_LOG_INFO, "clip %s: %s", job->variant,
                       job->progress.note);
  reported->is_known = TRUE;
  reported->status = job->status;
  g_free (reported->note);
  reported->note = g_strdup (job->progress.note);
}

void
veo3_reporter_tell_clip (const Veo3Reporter *reporter,
                         const Veo3Job *job,
                         const Veo3DownloadResult *result)
{
  g_autofree char *difference = veo3_clip_media_compare (&result->media, &job->request);

  if (result->message != NULL)
    veo3_reporter_say (reporter, PIPELINE_LOG_WARNING, "clip %s: %s, continuing", job->variant,
                       result->message);
  if (difference != NULL)
    veo3_reporter_say (reporter, PIPELINE_LOG_WARNING,
                       "clip %s is not quite what was asked for: %s. It was paid for and is kept, "
                       "continuing",
                       job->variant, difference);
}

void
veo3_reported_clear (Veo3Reported *reported)
{
  g_clear_pointer (&reported->note, g_free);
  reported->is_known = FALSE;
}
