/* SPDX-License-Identifier: MIT */
/*
 * The state of a run and the few things that are true of it as a whole. Pure: decisions about what
 * to do are the planner's, consequences of answers the recorder's.
 */
#include "plugin/domain/veo3-run.h"

/* Saves that fail in a row (0.1 s doubling to 5 s: about 20 s) before nobody waits for them. */
#define SAVE_FAILURES_TO_GIVE_UP 8

Veo3Run *
veo3_run_new (const Veo3RunSettings *settings,
              const char *model,
              const Veo3DurationHistory *history)
{
  Veo3Run *run = g_new0 (Veo3Run, 1);

  run->settings = *settings;
  run->settings.polls.deadline_ms = settings->deadline_ms;
  run->model = g_strdup (model);
  run->jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  run->polled = g_ptr_array_new ();
  run->polls = veo3_poll_policy_new (&run->settings.polls, history, settings->seed);
  return run;
}

/* What the service has in hand of the run goes on, but nobody will hear of its end. */
static void
leave_pacer (Veo3Run *run)
{
  (void)veo3_pacer_end_round (run->pacing, FALSE, 0);
  for (guint i = 0; i < run->jobs->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (run->jobs, i);

      veo3_pacer_release (run->pacing, &job->progress.place, 0);
    }
  veo3_pacer_leave (g_steal_pointer (&run->pacing));
}

void
veo3_run_free (Veo3Run *run)
{
  if (run == NULL)
    return;
  g_assert (run->calls_in_flight == 0);
  leave_pacer (run);
  veo3_poll_policy_free (run->polls);
  g_ptr_array_unref (run->polled);
  g_ptr_array_unref (run->jobs);
  g_free (run->model);
  g_free (run->stop_message);
  g_free (run);
}

void
veo3_run_join (Veo3Run *run, Veo3Pacer *pacer, Veo3PacerWakeFunc wake, gpointer user_data)
{
  g_assert (run->pacing == NULL && run->jobs->len == 0);
  run->pacing = veo3_pacer_join (pacer, run->settings.requests_per_minute, wake, user_data);
}

void
veo3_run_touch (Veo3Run *run, Veo3Job *job)
{
  run->revision++;
  if (job != NULL)
    job->progress.revision = run->revision;
}

/* The wall clock may have jumped since the job was written: an age is never negative and never
 * costs more than one deadline. Expiry itself waits for a fresh poll. */
static gint64
restored_age_ms (const Veo3Run *run, const Veo3Job *job, Veo3Now now)
{
  gint64 age_ms = (now.utc_us - job->submitted_at_us) / 1000;

  return job->submitted_at_us == 0 ? 0 : CLAMP (age_ms, 0, run->settings.deadline_ms);
}

/* Somebody has paid for that file, whatever has become of the jobs.json that knew it: it is neither
 * paid for again nor replaced, unless the user says so. */
static gboolean
is_found (const Veo3Job *job)
{
  return job->progress.is_clip_there && !job->progress.is_held && !job->is_ordered
         && job->attempts == 0;
}

static void
restore (Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  switch (job->status)
    {
    case VEO3_JOB_SUBMITTING:
      veo3_job_apply (job, VEO3_EVENT_AMBIGUOUS, now.utc_us);
      veo3_job_explain_uncertain (job, "the program ended while the paid request was on its way");
      veo3_run_touch (run, job);
      break;
    case VEO3_JOB_TIMED_OUT:
    case VEO3_JOB_DOWNLOADING:
      if (job->progress.is_held && job->operation_name != NULL)
        break;
      veo3_job_apply (job, VEO3_EVENT_LOOK_AGAIN, now.utc_us);
      veo3_job_explain (job, VEO3_ERROR_CODE_NONE, NULL);
      veo3_run_touch (run, job);
      G_GNUC_FALLTHROUGH;
    case VEO3_JOB_GENERATING:
      if (job->operation_name != NULL)
        break;
      veo3_job_apply (job, VEO3_EVENT_AMBIGUOUS, now.utc_us);
      veo3_job_explain_uncertain (job, "it was sent, but the name of its operation was not kept");
      veo3_run_touch (run, job);
      break;
    case VEO3_JOB_PENDING:
      if (is_found (job))
        {
          veo3_job_apply (job, VEO3_EVENT_FOUND, now.utc_us);
          g_free (job->video_path);
          job->video_path = g_strdup_printf ("veo3/%s.mp4", job->variant);
          veo3_run_touch (run, job);
        }
      break;
    case VEO3_JOB_COMPLETED:
    case VEO3_JOB_FAILED:
    case VEO3_JOB_UNCERTAIN:
    case VEO3_JOB_CANCELLED:
      break;
    }
}

void
veo3_run_add_job (Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  g_ptr_array_add (run->jobs, job);
  restore (run, job, now);
  job->progress.deadline_ms = now.boot_ms + run->settings.deadline_ms;
  if (job->status == VEO3_JOB_GENERATING)
    {
      job->progress.is_operation_saved = TRUE;
      job->progress.deadline_ms -= restored_age_ms (run, job, now);
      /* A held one would not be asked about, so its place would never be free. */
      if (!job->progress.is_held)
        veo3_pacer_adopt (run->pacing, &job->progress.place);
    }
  if (job->status == VEO3_JOB_COMPLETED && job->progress.is_clip_missing && !job->progress.is_held)
    veo3_run_look_again (run, job, now);
  if (run->revision == 0)
    veo3_run_touch (run, NULL);
  run->first_revision = run->revision;
}

void
veo3_run_look_again (Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  veo3_job_apply (job, VEO3_EVENT_LOOK_AGAIN, now.utc_us);
  job->progress.is_operation_saved = TRUE;
  job->progress.deadline_ms = now.boot_ms + run->settings.deadline_ms;
  veo3_run_touch (run, job);
  run->first_revision = run->revision;
}

void
veo3_run_gate_waits (Veo3Run *run, Veo3Now now)
{
  veo3_poll_policy_gate_waits (run->polls, now.boot_ms);
}

void
veo3_run_end (Veo3Run *run)
{
  run->is_ending = TRUE;
  /* Whatever made the last save fail may be mended by now, and this is the last chance. */
  run->save_not_before_ms = 0;
}

void
veo3_run_stop_submits (Veo3Run *run, Veo3ErrorCode code, const char *message)
{
  if (run->stop_code != VEO3_ERROR_CODE_NONE)
    return;
  run->stop_code = code;
  run->stop_message = g_strdup (message);
}

gboolean
veo3_run_is_final (const Veo3Run *run)
{
  for (guint i = 0; i < run->jobs->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (run->jobs, i);

      if (job->progress.is_held)
        continue;
      if (!veo3_job_status_is_final (job->status) || job->progress.is_stop_wanted)
        return FALSE;
    }
  return TRUE;
}

gboolean
veo3_run_is_saved (const Veo3Run *run)
{
  return run->durable_revision == run->revision;
}

gboolean
veo3_run_is_durable (const Veo3Run *run, const Veo3Job *job)
{
  return run->durable_revision >= job->progress.revision;
}

guint
veo3_run_count (const Veo3Run *run, Veo3JobStatus status)
{
  guint n = 0;

  for (guint i = 0; i < run->jobs->len; i++)
    n += ((const Veo3Job *)g_ptr_array_index (run->jobs, i))->status == status;
  return n;
}

void
veo3_run_hurry (Veo3Run *run)
{
  run->is_hurried = TRUE;
}

gboolean
veo3_run_is_save_given_up (const Veo3Run *run)
{
  return run->is_hurried || run->save_failures >= SAVE_FAILURES_TO_GIVE_UP;
}

gboolean
veo3_run_is_gate_open (const Veo3Run *run)
{
  return veo3_run_is_final (run) && (veo3_run_is_saved (run) || veo3_run_is_save_given_up (run));
}

gboolean
veo3_run_is_over (const Veo3Run *run)
{
  return run->is_ending && run->calls_in_flight == 0 && run->saving_revision == 0
         && (veo3_run_is_saved (run) || veo3_run_is_save_given_up (run));
}

gboolean
veo3_run_is_denied (const Veo3Run *run)
{
  return run->is_unauthorized || run->stop_code != VEO3_ERROR_CODE_NONE;
}
