/* SPDX-License-Identifier: MIT */
/*
 * The recorder: the consequence of every answer stands here. Pure, on the run's thread.
 *
 * Rules that must never be broken: an uncertain submit is never tried again; an operation's name is
 * never erased; a poll that told nothing changes no job.
 */
#include "plugin/domain/veo3-recorder.h"

#define MS_PER_HOUR (3600 * G_GINT64_CONSTANT (1000))

static void
end_call (Veo3Run *run, Veo3Job *job)
{
  g_assert (job->progress.in_flight);
  job->progress.in_flight = FALSE;
  run->calls_in_flight--;
}

static void
note (Veo3Job *job, char *text)
{
  g_free (job->progress.note);
  job->progress.note = text;
}

/* The paid request was turned away for good. */
static void
explain_refused (Veo3Job *job, Veo3ErrorCode code, const char *message)
{
  g_autofree char *text = g_strdup_printf ("refused, nothing was billed: %s",
                                           message != NULL ? message : "no reason given");

  veo3_job_explain_unsent (job, code, text);
}

/* Jobs of one run must not come back in step with each other. */
static guint64
job_seed (const Veo3Run *run, const Veo3Job *job)
{
  return run->settings.seed ^ ((guint64)g_str_hash (job->idempotent_key) << 32) ^ job->attempts;
}

static gint64
delay_ms (const Veo3Run *run,
          const Veo3Job *job,
          Veo3RetryKind kind,
          guint failures,
          gint64 retry_after_ms)
{
  return veo3_retry_policy_get_delay (&run->settings.retries, kind, failures, retry_after_ms,
                                      job_seed (run, job));
}

/* A submit that cost nothing: again after @wait_ms, or, when the tries are used up, never. */
static void
retry_submit (Veo3Job *job, const Veo3SubmitResult *result, gint64 wait_ms, Veo3Now now)
{
  const char *message = result->message != NULL ? result->message : "no reason given";

  if (wait_ms == VEO3_RETRY_NEVER)
    {
      g_autofree char *text = g_strdup_printf ("given up after %u tries, nothing was billed: %s",
                                               job->attempts, message);

      veo3_job_apply (job, VEO3_EVENT_REFUSED, now.utc_us);
      veo3_job_explain_unsent (job, result->code, text);
      return;
    }
  job->progress.not_before_ms = now.boot_ms + wait_ms;
  note (job, g_strdup_printf ("%s; nothing was billed, next try in %" G_GINT64_FORMAT
                              ".%" G_GINT64_FORMAT " s",
                              message, wait_ms / 1000, wait_ms % 1000 / 100));
}

/* A refusal that passes is everybody's concern who uses the account. */
static void
tell_refused (Veo3Run *run, Veo3Job *job, const Veo3SubmitResult *result, Veo3Now now)
{
  guint refusals = veo3_pacer_get_refusals (run->pacing);
  Veo3PacerRefusal refusal
      = { .asked_ms = CLAMP (result->retry_after_ms, 0, run->settings.retries.retry_after_max_ms),
          .backoff_ms = delay_ms (run, job, VEO3_RETRY_KIND_THROTTLED, refusals, 0) };

  veo3_pacer_refused (run->pacing, &job->progress.place, &refusal, now.boot_ms);
}

static void
tell_pacer (Veo3Run *run, Veo3Job *job, const Veo3SubmitResult *result, Veo3Now now)
{
  if (result->klass == VEO3_SUBMIT_ACCEPTED)
    veo3_pacer_accepted (run->pacing, &job->progress.place, now.boot_ms);
  else if (result->klass == VEO3_SUBMIT_REJECTED && result->code == VEO3_ERROR_CODE_QUOTA_MINUTE)
    tell_refused (run, job, result, now);
  else
    veo3_pacer_release (run->pacing, &job->progress.place, now.boot_ms);
}

static void
record_not_sent (Veo3Run *run, Veo3Job *job, const Veo3SubmitResult *result, Veo3Now now)
{
  veo3_job_apply (job, VEO3_EVENT_NOT_SENT, now.utc_us);
  if (run->is_ending)
    return;
  job->progress.not_sent_tries++;
  retry_submit (job, result,
                delay_ms (run, job, VEO3_RETRY_KIND_NOT_SENT, job->progress.not_sent_tries,
                          result->retry_after_ms),
                now);
}

static void
record_rejected (Veo3Run *run, Veo3Job *job, const Veo3SubmitResult *result, Veo3Now now)
{
  gboolean is_overload = result->code == VEO3_ERROR_CODE_UNAVAILABLE;
  guint *tries = is_overload ? &job->progress.unavailable_tries : &job->progress.quota_tries;
  Veo3RetryKind kind = is_overload ? VEO3_RETRY_KIND_UNAVAILABLE : VEO3_RETRY_KIND_THROTTLED;

  veo3_job_apply (job, VEO3_EVENT_REJECTED, now.utc_us);
  if (veo3_error_code_stops_submits (result->code))
    {
      veo3_run_stop_submits (run, result->code, result->message);
      return;
    }
  ++*tries;
  retry_submit (job, result, delay_ms (run, job, kind, *tries, result->retry_after_ms), now);
}

static void
record_accepted (Veo3Run *run, Veo3Job *job, const Veo3SubmitResult *result, Veo3Now now)
{
  veo3_job_apply (job, VEO3_EVENT_ACCEPTED, now.utc_us);
  job->operation_name = g_strdup (result->operation_name);
  job->is_ordered = FALSE;
  job->progress.deadline_ms = now.boot_ms + run->settings.deadline_ms;
  veo3_job_explain (job, VEO3_ERROR_CODE_NONE, NULL);
}

void
veo3_recorder_submit (Veo3Run *run, Veo3Job *job, const Veo3SubmitResult *result, Veo3Now now)
{
  end_call (run, job);
  run->submits_in_flight--;
  note (job, NULL);
  tell_pacer (run, job, result, now);
  switch (result->klass)
    {
    case VEO3_SUBMIT_ACCEPTED:
      record_accepted (run, job, result, now);
      break;
    case VEO3_SUBMIT_NOT_SENT:
      record_not_sent (run, job, result, now);
      break;
    case VEO3_SUBMIT_REJECTED:
      record_rejected (run, job, result, now);
      break;
    case VEO3_SUBMIT_REFUSED:
      veo3_job_apply (job, VEO3_EVENT_REFUSED, now.utc_us);
      explain_refused (job, result->code, result->message);
      if (veo3_error_code_stops_submits (result->code))
        veo3_run_stop_submits (run, result->code, result->message);
      break;
    case VEO3_SUBMIT_UNCERTAIN:
      veo3_job_apply (job, VEO3_EVENT_AMBIGUOUS, now.utc_us);
      veo3_job_explain_uncertain (job, result->message != NULL ? result->message
                                                               : "no valid answer came");
      break;
    }
  veo3_run_touch (run, job);
}

static void
policy_answer (Veo3Run *run,
               Veo3Job *job,
               Veo3PollAnswer answer,
               gint64 retry_after_ms,
               Veo3Now now)
{
  veo3_poll_policy_answer (run->polls, job->progress.poll_index, answer, now.boot_ms,
                           retry_after_ms);
}

/* A finished, paid clip: fetching it may go on for a while even when the waiting is over. */
static void
record_ready (Veo3Run *run, Veo3Job *job, const Veo3PollResult *result, Veo3Now now)
{
  veo3_job_apply (job, VEO3_EVENT_READY, now.utc_us);
  veo3_pacer_release (run->pacing, &job->progress.place, now.boot_ms);
  g_free (job->progress.clip_uri);
  job->progress.clip_uri = g_strdup (result->clip_uri);
  job->progress.deadline_ms
      = MAX (job->progress.deadline_ms, now.boot_ms + run->settings.download_grace_ms);
  job->progress.not_before_ms = 0;
  (void)veo3_poll_policy_get_learned (run->polls, job->progress.poll_index,
                                      &job->progress.learned_ms);
  job->progress.poll_index = G_MAXUINT;
  veo3_run_touch (run, job);
}

/* The service has nothing in hand for it any more; why, the caller says. */
static void
leave_without_clip (Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  veo3_job_apply (job, VEO3_EVENT_NO_CLIP, now.utc_us);
  veo3_pacer_release (run->pacing, &job->progress.place, now.boot_ms);
  veo3_run_touch (run, job);
}

static void
record_no_clip (Veo3Run *run, Veo3Job *job, Veo3ErrorCode code, const char *message, Veo3Now now)
{
  leave_without_clip (run, job, now);
  veo3_job_explain_lost (job, code, message);
}

/* Only a 404 that stays is believed, of an operation as of its clip: both have been paid for. */
static gboolean
is_lost (const Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  Veo3JobProgress *progress = &job->progress;

  if (progress->not_founds++ == 0)
    progress->not_found_since_ms = now.boot_ms;
  return veo3_retry_policy_is_lost (&run->settings.retries, progress->not_founds,
                                    progress->not_found_since_ms, now.boot_ms);
}

/* Returns: (transfer full) (nullable): how long the service keeps what it made, and how old this
 * is.
 */
static char *
describe_age (const Veo3Run *run, const Veo3Job *job)
{
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *text = NULL;

  if (run->settings.clip_kept_ms == 0 || job->submitted_at_us == 0)
    return NULL;
  time = g_date_time_new_from_unix_utc (job->submitted_at_us / G_USEC_PER_SEC);
  text = time != NULL ? g_date_time_format_iso8601 (time) : NULL;
  return g_strdup_printf ("the service keeps clips for %d hours, and this one was submitted at %s",
                          (int)(run->settings.clip_kept_ms / MS_PER_HOUR),
                          text != NULL ? text : "an unknown time");
}

/* It was finished after it was submitted, so this errs on the side of "not yet" by minutes only. */
static gboolean
is_expired (const Veo3Run *run, const Veo3Job *job, Veo3Now now)
{
  return run->settings.clip_kept_ms > 0 && job->submitted_at_us > 0
         && (now.utc_us - job->submitted_at_us) / 1000 > run->settings.clip_kept_ms;
}

/* @code: unless it has expired */
static void
explain_gone (Veo3Run *run, Veo3Job *job, Veo3ErrorCode code, const char *message, Veo3Now now)
{
  g_autofree char *age = describe_age (run, job);
  g_autofree char *text = NULL;
  const char *words = message != NULL ? message : "the service no longer has it";

  if (is_expired (run, job, now))
    {
      text = g_strdup_printf ("it has expired (%s): %s; nothing can bring it back", words, age);
      veo3_job_explain_lost (job, VEO3_ERROR_CODE_CLIP_EXPIRED, text);
      return;
    }
  text = age != NULL ? g_strdup_printf ("%s; %s", words, age) : g_strdup (words);
  veo3_job_explain_lost (job, code, text);
}

/* Returns whether the operation counts as lost. */
static gboolean
record_not_found (Veo3Run *run, Veo3Job *job, const Veo3PollResult *result, Veo3Now now)
{
  g_autofree char *message = NULL;

  if (!is_lost (run, job, now))
    return FALSE;
  if (is_expired (run, job, now))
    {
      leave_without_clip (run, job, now);
      explain_gone (run, job, VEO3_ERROR_CODE_OPERATION_LOST, result->message, now);
      return TRUE;
    }
  message = g_strdup_printf ("the service knows no operation of its name (%s); `pipeline_runner "
                             "veo3 collect` asks again, `pipeline_runner veo3 reconcile --adopt "
                             "OPERATION %s` corrects the name",
                             result->message != NULL ? result->message : "404", job->variant);
  record_no_clip (run, job, VEO3_ERROR_CODE_OPERATION_LOST, message, now);
  return TRUE;
}

/* Shorter failures cost nobody anything: then the next one is asked as well. */
#define LONG_SILENCE_MS 5000

static void
record_silence (Veo3Run *run, const Veo3Job *job, Veo3PollClass klass, Veo3Now now)
{
  Veo3PollView view;

  veo3_poll_policy_get_view (run->polls, job->progress.poll_index, &view);
  run->deaf_ms = klass == VEO3_POLL_NO_ANSWER && now.boot_ms - view.asked_ms >= LONG_SILENCE_MS
                     ? view.asked_ms
                     : 0;
}

static void
record_nothing_learned (Veo3Job *job, const Veo3PollResult *result)
{
  note (job, g_strdup_printf ("asking for its state failed (%s)",
                              result->message != NULL ? result->message : "no reason given"));
}

static void
record_poll_error (Veo3Run *run, Veo3Job *job, const Veo3PollResult *result, Veo3Now now)
{
  gint64 pause_ms = result->retry_after_ms;

  record_nothing_learned (job, result);
  if (result->klass == VEO3_POLL_NOT_FOUND && record_not_found (run, job, result, now))
    {
      policy_answer (run, job, VEO3_POLL_ANSWER_FAILED, 0, now);
      return;
    }
  if (result->klass == VEO3_POLL_UNAUTHORIZED)
    pause_ms = MAX (pause_ms, run->settings.unauthorized_pause_ms);
  policy_answer (run, job,
                 result->klass == VEO3_POLL_THROTTLED ? VEO3_POLL_ANSWER_THROTTLED
                                                      : VEO3_POLL_ANSWER_ERROR,
                 pause_ms, now);
}

void
veo3_recorder_poll (Veo3Run *run, Veo3Job *job, const Veo3PollResult *result, Veo3Now now)
{
  gboolean was_cancelled = job->progress.is_cancelled;

  end_call (run, job);
  if (result->klass == VEO3_POLL_NO_ANSWER && was_cancelled)
    {
      veo3_poll_policy_take_back (run->polls, job->progress.poll_index);
      return;
    }
  job->polls++;
  record_silence (run, job, result->klass, now);
  if (result->klass != VEO3_POLL_NOT_FOUND)
    job->progress.not_founds = 0;
  if (result->klass != VEO3_POLL_NO_ANSWER)
    run->is_unauthorized = result->klass == VEO3_POLL_UNAUTHORIZED;
  switch (result->klass)
    {
    case VEO3_POLL_QUEUED:
    case VEO3_POLL_RUNNING:
      note (job, NULL);
      policy_answer (run, job,
                     result->klass == VEO3_POLL_QUEUED ? VEO3_POLL_ANSWER_QUEUED
                                                       : VEO3_POLL_ANSWER_RUNNING,
                     result->retry_after_ms, now);
      break;
    case VEO3_POLL_DONE:
      note (job, NULL);
      policy_answer (run, job, VEO3_POLL_ANSWER_DONE, 0, now);
      record_ready (run, job, result, now);
      break;
    case VEO3_POLL_FAILED:
      note (job, NULL);
      policy_answer (run, job, VEO3_POLL_ANSWER_FAILED, 0, now);
      record_no_clip (run, job, result->code, result->message, now);
      break;
    case VEO3_POLL_NO_ANSWER:
    case VEO3_POLL_THROTTLED:
    case VEO3_POLL_NOT_FOUND:
    case VEO3_POLL_UNAUTHORIZED:
      record_poll_error (run, job, result, now);
      break;
    }
}

static void
record_stored (Veo3Job *job, const Veo3DownloadResult *result, const char *video_path, Veo3Now now)
{
  veo3_job_apply (job, VEO3_EVENT_STORED, now.utc_us);
  veo3_job_explain (job, VEO3_ERROR_CODE_NONE, NULL);
  g_free (job->video_path);
  job->video_path = g_strdup (video_path);
  job->bytes = (gint64)result->bytes;
  g_free (job->sha256);
  job->sha256 = g_strdup (result->sha256);
  job->media = result->media;
}

static void
retry_download (Veo3Run *run, Veo3Job *job, const Veo3DownloadResult *result, Veo3Now now)
{
  gint64 wait_ms;

  if (run->is_ending)
    return;
  wait_ms = delay_ms (run, job, VEO3_RETRY_KIND_DOWNLOAD, ++job->progress.download_tries,
                      result->retry_after_ms);
  /* Downloads cost nothing and are bounded by the job's deadline, not by a number of tries. */
  if (wait_ms == VEO3_RETRY_NEVER)
    wait_ms = run->settings.retries.rules[VEO3_RETRY_KIND_DOWNLOAD].cap_ms;
  job->progress.not_before_ms = now.boot_ms + wait_ms;
  note (job, g_strdup_printf ("download failed (%s), trying again",
                              result->message != NULL ? result->message : "no reason given"));
}

void
veo3_recorder_download (Veo3Run *run,
                        Veo3Job *job,
                        const Veo3DownloadResult *result,
                        const char *video_path,
                        Veo3Now now)
{
  end_call (run, job);
  note (job, NULL);
  if (result->klass != VEO3_DOWNLOAD_GONE)
    job->progress.not_founds = 0;
  else if (!is_lost (run, job, now))
    {
      retry_download (run, job, result, now);
      return;
    }
  switch (result->klass)
    {
    case VEO3_DOWNLOAD_STORED:
      record_stored (job, result, video_path, now);
      break;
    case VEO3_DOWNLOAD_TRANSIENT:
    case VEO3_DOWNLOAD_DISK:
      retry_download (run, job, result, now);
      return;
    case VEO3_DOWNLOAD_GONE:
      veo3_job_apply (job, VEO3_EVENT_CLIP_LOST, now.utc_us);
      explain_gone (run, job, result->code, result->message, now);
      break;
    case VEO3_DOWNLOAD_NOT_CLIP:
      veo3_job_apply (job, VEO3_EVENT_CLIP_LOST, now.utc_us);
      veo3_job_explain_lost (job, result->code, result->message);
      break;
    }
  veo3_run_touch (run, job);
}

/* ---- stopping what is cancelled ---- */

/* A second try is enough for a cut connection; more would only hold up somebody who has cancelled.
 */
#define MAX_STOP_TRIES 2
#define LONGEST_STOP_WAIT_MS 10000

/* @outcome: (transfer full) */
static void
end_stop (Veo3Run *run, Veo3Job *job, char *outcome)
{
  g_autofree char *text = g_strconcat ("cancelled by the user's word; ", outcome, NULL);

  job->progress.is_stop_wanted = FALSE;
  veo3_job_explain (job, VEO3_ERROR_CODE_CANCELLED, text);
  note (job, outcome);
  veo3_run_touch (run, job);
}

static char *
word_not_asked (const Veo3Job *job, const char *why)
{
  return g_strdup_printf (
      "the service could not be asked to stop (%s): the operation may go on and "
      "is billed then; `pipeline_runner veo3 collect %s` fetches its clip after "
      "all",
      why, job->variant);
}

void
veo3_recorder_give_up_stop (Veo3Run *run, Veo3Job *job)
{
  const char *why = run->is_ending ? "the program was told to end" : "the disk refuses";

  g_assert (!job->progress.in_flight);
  end_stop (run, job, word_not_asked (job, why));
}

static gboolean
retry_stop (Veo3Run *run, Veo3Job *job, const Veo3CancelResult *result, Veo3Now now)
{
  gint64 wait_ms;

  if (result->klass != VEO3_CANCEL_NO_ANSWER || run->is_ending
      || job->progress.stop_tries >= MAX_STOP_TRIES)
    return FALSE;
  wait_ms = delay_ms (run, job, VEO3_RETRY_KIND_DOWNLOAD, job->progress.stop_tries,
                      result->retry_after_ms);
  if (wait_ms == VEO3_RETRY_NEVER || wait_ms > LONGEST_STOP_WAIT_MS)
    return FALSE;
  job->progress.not_before_ms = now.boot_ms + wait_ms;
  return TRUE;
}

void
veo3_recorder_stop (Veo3Run *run, Veo3Job *job, const Veo3CancelResult *result, Veo3Now now)
{
  const char *message = result->message != NULL ? result->message : "no reason given";

  end_call (run, job);
  if (retry_stop (run, job, result, now))
    return;
  switch (result->klass)
    {
    case VEO3_CANCEL_ASKED:
      end_stop (run, job,
                g_strdup_printf ("the service was asked to stop; what it has generated until then "
                                 "may be billed. If the clip was ready before, `pipeline_runner "
                                 "veo3 collect %s` fetches it",
                                 job->variant));
      break;
    case VEO3_CANCEL_OVER:
      end_stop (run, job,
                g_strdup_printf ("it was over at the service already (%s): if there is a clip, "
                                 "`pipeline_runner veo3 collect %s` fetches it, for nothing",
                                 message, job->variant));
      break;
    case VEO3_CANCEL_NO_ANSWER:
    case VEO3_CANCEL_UNAUTHORIZED:
      end_stop (run, job, word_not_asked (job, message));
      break;
    }
}

/* ---- the disk ---- */

void
veo3_recorder_saved (Veo3Run *run, gboolean success, Veo3Now now)
{
  g_assert (run->saving_revision != 0);
  run->failed_revision = success ? 0 : run->saving_revision;
  if (success)
    {
      run->durable_revision = run->saving_revision;
      run->save_failures = 0;
      run->save_not_before_ms = 0;
    }
  else
    {
      run->save_failures++;
      run->save_not_before_ms
          = now.boot_ms
            + veo3_retry_policy_get_delay (&run->settings.retries, VEO3_RETRY_KIND_SAVE,
                                           run->save_failures, 0, run->settings.seed);
    }
  run->saving_revision = 0;
}
