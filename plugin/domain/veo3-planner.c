/* SPDX-License-Identifier: MIT */
/*
 * The planner: every decision about what happens next stands here. Pure, on the run's thread; it
 * never calls anything that could block, and never looks at a clock.
 *
 * A round visits each job once, then asks the poll policy for one question, then decides whether to
 * save what has changed.
 */
#include "plugin/domain/veo3-planner.h"

#include "plugin/domain/veo3-recorder.h"

/* A loop that runs is never held up for so long. */
#define LATE_MS 1000
/* After a suspend the network needs a while. */
#define RESPITE_MS 30000

static gboolean
is_past_deadline (const Veo3Job *job, Veo3Now now)
{
  return now.boot_ms >= job->progress.deadline_ms;
}

/* Until when a job that has not been accepted is tried. As long as the service works for the
 * account, a refused one has reason to wait: each operation ends in bounded time. One that only
 * our disk holds up has none, whatever other runs get done. */
static gint64
get_expiry_ms (const Veo3Run *run, const Veo3Job *job)
{
  gint64 moved_ms = veo3_pacer_get_moved_ms (run->pacing);

  if (veo3_run_is_save_given_up (run))
    return job->progress.deadline_ms;
  if (moved_ms == G_MAXINT64)
    return G_MAXINT64;
  return MAX (job->progress.deadline_ms, moved_ms + run->settings.deadline_ms);
}

/* Why it was never accepted. Returns: (transfer full) */
static char *
explain_pending (const Veo3Run *run, const Veo3Job *job)
{
  if (run->stop_code != VEO3_ERROR_CODE_NONE)
    return g_strdup_printf ("not sent, nothing was billed: %s",
                            run->stop_message != NULL ? run->stop_message : "the service refuses");
  if (run->save_failures > 0)
    return g_strdup_printf ("not sent, nothing was billed: veo3/jobs.json could not be saved for "
                            "%" G_GINT64_FORMAT " s. Mend the disk; %s",
                            run->settings.deadline_ms / 1000,
                            job->is_ordered ? "give the order again then"
                                            : "`pipeline_runner run --restart` sends it then");
  return g_strdup_printf ("not accepted within %" G_GINT64_FORMAT " s, nothing was billed%s%s",
                          run->settings.deadline_ms / 1000,
                          job->progress.note != NULL ? "; last news: " : "",
                          job->progress.note != NULL ? job->progress.note : "");
}

static void
give_up_pending (Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  g_autofree char *message = explain_pending (run, job);

  if (run->stop_code != VEO3_ERROR_CODE_NONE)
    veo3_job_explain_unsent (job, run->stop_code, message);
  else if (run->save_failures > 0)
    veo3_job_explain (job, VEO3_ERROR_CODE_DISK, message);
  else
    veo3_job_explain_unsent (job, VEO3_ERROR_CODE_DEADLINE, message);
  veo3_job_apply (job, VEO3_EVENT_REFUSED, now.utc_us);
  veo3_run_touch (run, job);
}

static void
stop_waiting (Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  g_autofree char *waited
      = job->progress.is_one_look
            ? g_strdup ("yet")
            : g_strdup_printf ("within %" G_GINT64_FORMAT " s", run->settings.deadline_ms / 1000);
  g_autofree char *message
      = g_strdup_printf ("not finished %s; the operation is kept: `pipeline_runner veo3 collect` "
                         "fetches its clip later, for nothing%s%s",
                         waited, job->progress.note != NULL ? "; last news: " : "",
                         job->progress.note != NULL ? job->progress.note : "");

  veo3_job_explain (job, VEO3_ERROR_CODE_DEADLINE, message);
  veo3_job_apply (job, VEO3_EVENT_DEADLINE, now.utc_us);
  veo3_pacer_release (run->pacing, &job->progress.place, now.boot_ms);
  if (job->progress.poll_index != G_MAXUINT)
    veo3_poll_policy_end (run->polls, job->progress.poll_index);
  veo3_run_touch (run, job);
}

/* One round over the jobs of a run. */
typedef struct
{
  Veo3Run *run; /* (borrowed) */
  Veo3Now now;
  GArray *actions;     /* (borrowed) (element-type Veo3Action) */
  gint64 wake_ms;      /* boot time */
  gboolean is_in_line; /* the pacer has turned a job away */
} Round;

static void
act (Round *round, Veo3ActionKind kind, Veo3Job *job)
{
  Veo3Action action = { .kind = kind, .job = job };

  g_array_append_val (round->actions, action);
}

static void
begin_call (Round *round, Veo3ActionKind kind, Veo3Job *job)
{
  job->progress.in_flight = TRUE;
  job->progress.is_cancelled = FALSE;
  round->run->calls_in_flight++;
  act (round, kind, job);
}

static void
cancel_call (Round *round, Veo3Job *job)
{
  if (job->progress.is_cancelled)
    return;
  job->progress.is_cancelled = TRUE;
  act (round, VEO3_ACTION_CANCEL, job);
}

static void
wake_at (Round *round, gint64 time_ms)
{
  round->wake_ms = MIN (round->wake_ms, time_ms);
}

/* The wait for its turn is our doing, so it does not count: its deadline stays as far away. */
static void
leave_line (Veo3Job *job, Veo3Now now)
{
  if (job->progress.in_line_since_ms != 0)
    job->progress.deadline_ms += now.boot_ms - job->progress.in_line_since_ms;
  job->progress.in_line_since_ms = 0;
}

/* Pending becomes submitting; the request itself waits until that is on disk. */
static void
claim (Round *round, Veo3Job *job)
{
  veo3_job_apply (job, VEO3_EVENT_CLAIM, round->now.utc_us);
  g_clear_pointer (&job->progress.note, g_free);
  round->run->submits_in_flight++;
  veo3_run_touch (round->run, job);
}

/* Nothing but its turn is missing. */
static void
ask_for_turn (Round *round, Veo3Job *job)
{
  Veo3Run *run = round->run;
  Veo3Pace pace = VEO3_PACE_IN_LINE;

  if (run->submits_in_flight < run->settings.max_parallel)
    {
      pace = veo3_pacer_claim (run->pacing, &job->progress.place, round->now.boot_ms);
      round->is_in_line |= pace != VEO3_PACE_GO;
    }
  if (pace == VEO3_PACE_GO)
    claim (round, job);
  else if (pace == VEO3_PACE_IN_LINE)
    job->progress.in_line_since_ms = round->now.boot_ms;
  else
    wake_at (round, get_expiry_ms (run, job));
}

static void
visit_pending (Round *round, Veo3Job *job)
{
  Veo3Run *run = round->run;
  gboolean is_first_saved = run->durable_revision >= run->first_revision;
  gint64 expiry_ms;

  if (run->is_ending)
    return;
  leave_line (job, round->now);
  expiry_ms = get_expiry_ms (run, job);
  if (run->stop_code != VEO3_ERROR_CODE_NONE || round->now.boot_ms >= expiry_ms)
    give_up_pending (run, job, round->now);
  else if (round->now.boot_ms < job->progress.not_before_ms)
    wake_at (round, MIN (job->progress.not_before_ms, expiry_ms));
  else if (is_first_saved)
    ask_for_turn (round, job);
  else
    wake_at (round, expiry_ms);
}

static void
take_back_claim (Round *round, Veo3Job *job)
{
  veo3_job_apply (job, VEO3_EVENT_NOT_SENT, round->now.utc_us);
  veo3_pacer_release (round->run->pacing, &job->progress.place, round->now.boot_ms);
  round->run->submits_in_flight--;
  veo3_run_touch (round->run, job);
}

/* Paid requests are not aborted, unless the user has no time left: their answer is what the money
 * bought. A claim whose request has not been handed out is taken back for free: at the end, when
 * the service has meanwhile refused the whole run or, for now, others of the account, and when the
 * disk has not taken it over by the deadline, so that nobody waits for a broken disk for ever. */
static void
visit_submitting (Round *round, Veo3Job *job)
{
  Veo3Run *run = round->run;

  if (job->progress.in_flight)
    {
      if (run->is_ending && run->is_hurried)
        cancel_call (round, job);
    }
  else if (run->is_ending)
    take_back_claim (round, job);
  else if (run->stop_code != VEO3_ERROR_CODE_NONE || round->now.boot_ms >= get_expiry_ms (run, job))
    {
      take_back_claim (round, job);
      give_up_pending (run, job, round->now);
    }
  else if (!veo3_run_is_durable (run, job))
    wake_at (round, get_expiry_ms (run, job));
  else if (veo3_pacer_begin (run->pacing, &job->progress.place, round->now.boot_ms))
    {
      job->attempts++;
      begin_call (round, VEO3_ACTION_SUBMIT, job);
    }
  else
    take_back_claim (round, job);
}

/* After an accepted request nothing runs before its name is on disk: only then is it watched. */
static void
watch (Round *round, Veo3Job *job)
{
  Veo3Run *run = round->run;
  g_autofree char *key
      = veo3_duration_history_make_key (run->model != NULL ? run->model : "",
                                        job->request.options.resolution, job->request.duration_s);

  job->progress.poll_index = veo3_poll_policy_add (
      run->polls, key, job->progress.deadline_ms - run->settings.deadline_ms, round->now.boot_ms);
  g_assert (job->progress.poll_index == run->polled->len);
  g_ptr_array_add (run->polled, job);
}

/* The question at the deadline has been answered, or a service that leaves questions long
 * unanswered would have to be asked for each clip in turn while somebody waits. */
static gboolean
is_expired (const Veo3Run *run, const Veo3Job *job)
{
  return veo3_poll_policy_is_expired (run->polls, job->progress.poll_index)
         || (!job->progress.in_flight && run->deaf_ms >= job->progress.deadline_ms);
}

/* The question at the deadline was asked late, for the machine slept or the process was stopped,
 * and nobody answered it: the network may take a moment to be back. Happens once per job. */
static gboolean
deserves_respite (const Veo3Run *run, const Veo3Job *job)
{
  gboolean is_deaf = run->deaf_ms >= job->progress.deadline_ms;
  Veo3PollView view;

  veo3_poll_policy_get_view (run->polls, job->progress.poll_index, &view);
  return !job->progress.has_respite && !job->progress.is_one_look && (is_deaf || view.errors > 0)
         && MAX (run->deaf_ms, view.asked_ms) - job->progress.deadline_ms > LATE_MS;
}

static void
move_deadline (Round *round, Veo3Job *job)
{
  job->progress.has_respite = TRUE;
  job->progress.deadline_ms
      = round->now.boot_ms + MIN (RESPITE_MS, round->run->settings.deadline_ms);
}

static void
grant_respite (Round *round, Veo3Job *job)
{
  veo3_poll_policy_end (round->run->polls, job->progress.poll_index);
  move_deadline (round, job);
  watch (round, job);
}

/* Its name is not on disk yet. If the round for its deadline comes late, the disk had no time. */
static void
visit_unsaved (Round *round, Veo3Job *job)
{
  gint64 late_ms = round->now.boot_ms - job->progress.deadline_ms;

  if (late_ms > LATE_MS && !job->progress.has_respite)
    move_deadline (round, job);
  if (is_past_deadline (job, round->now))
    stop_waiting (round->run, job, round->now);
  else
    wake_at (round, job->progress.deadline_ms);
}

/* A watched operation expires only by a question asked when its deadline has come; one that the
 * disk never took over is not watched, and expires by the clock. */
static void
visit_generating (Round *round, Veo3Job *job)
{
  Veo3Run *run = round->run;
  gboolean is_watched = job->progress.poll_index != G_MAXUINT;

  if (run->is_ending)
    {
      if (job->progress.in_flight)
        cancel_call (round, job);
    }
  else if (is_watched)
    {
      if (is_expired (run, job) && deserves_respite (run, job))
        grant_respite (round, job);
      else if (is_expired (run, job))
        stop_waiting (run, job, round->now);
    }
  else if (job->progress.is_operation_saved || veo3_run_is_durable (run, job))
    watch (round, job);
  else
    visit_unsaved (round, job);
}

/* A ready clip has been paid for. A round is planned for its deadline: if that comes late, the
 * machine slept or the process was stopped, and nobody could use the time. */
static gboolean
is_download_over (Round *round, Veo3Job *job)
{
  if (!is_past_deadline (job, round->now))
    return FALSE;
  if (round->now.boot_ms - job->progress.deadline_ms <= LATE_MS)
    return TRUE;
  job->progress.deadline_ms = round->now.boot_ms + round->run->settings.download_grace_ms;
  return FALSE;
}

static void
visit_downloading (Round *round, Veo3Job *job)
{
  gboolean is_over = round->run->is_ending || is_download_over (round, job);

  if (job->progress.in_flight && is_over)
    cancel_call (round, job);
  else if (job->progress.in_flight)
    wake_at (round, job->progress.deadline_ms);
  else if (round->run->is_ending)
    return;
  else if (is_over)
    stop_waiting (round->run, job, round->now);
  else if (round->now.boot_ms >= job->progress.not_before_ms)
    {
      begin_call (round, VEO3_ACTION_DOWNLOAD, job);
      wake_at (round, job->progress.deadline_ms);
    }
  else
    wake_at (round, MIN (job->progress.not_before_ms, job->progress.deadline_ms));
}

/* What nobody wants any more may still cost money. That it is cancelled is on disk first: else a
 * start would go on with what the service has stopped. */
static void
visit_cancelled (Round *round, Veo3Job *job)
{
  Veo3Run *run = round->run;

  if (!job->progress.is_stop_wanted)
    return;
  if (job->progress.in_flight)
    {
      if (run->is_ending && run->is_hurried)
        cancel_call (round, job);
    }
  else if (run->is_ending || veo3_run_is_save_given_up (run))
    veo3_recorder_give_up_stop (run, job);
  else if (round->now.boot_ms < job->progress.not_before_ms)
    wake_at (round, job->progress.not_before_ms);
  else if (veo3_run_is_durable (run, job))
    {
      job->progress.stop_tries++;
      begin_call (round, VEO3_ACTION_STOP, job);
    }
}

static void
visit (Round *round, Veo3Job *job)
{
  if (job->progress.is_held)
    return;
  switch (job->status)
    {
    case VEO3_JOB_PENDING:
      visit_pending (round, job);
      break;
    case VEO3_JOB_SUBMITTING:
      visit_submitting (round, job);
      break;
    case VEO3_JOB_GENERATING:
      visit_generating (round, job);
      break;
    case VEO3_JOB_DOWNLOADING:
      visit_downloading (round, job);
      break;
    case VEO3_JOB_CANCELLED:
      visit_cancelled (round, job);
      break;
    case VEO3_JOB_COMPLETED:
    case VEO3_JOB_FAILED:
    case VEO3_JOB_TIMED_OUT:
    case VEO3_JOB_UNCERTAIN:
      break;
    }
}

/* One question at a time for the whole run: "not yet" from one answers for all. */
static void
plan_poll (Round *round)
{
  Veo3Run *run = round->run;
  guint index = 0;
  gint64 wake_ms = G_MAXINT64;

  if (run->is_ending)
    return;
  if (veo3_poll_policy_pick (run->polls, round->now.boot_ms, &index, &wake_ms))
    begin_call (round, VEO3_ACTION_POLL, g_ptr_array_index (run->polled, index));
  else
    wake_at (round, wake_ms);
}

/* A save of all there is has failed, and one more would keep the run alive for as long as the disk
 * refuses. */
static gboolean
is_over_unsaved (const Veo3Run *run)
{
  return run->failed_revision == run->revision && veo3_run_is_over (run);
}

/* One write in flight; what changes meanwhile goes into the next. */
static void
plan_save (Round *round)
{
  Veo3Run *run = round->run;

  if (run->saving_revision != 0 || veo3_run_is_saved (run) || is_over_unsaved (run))
    return;
  if (round->now.boot_ms < run->save_not_before_ms)
    {
      wake_at (round, run->save_not_before_ms);
      return;
    }
  run->saving_revision = run->revision;
  act (round, VEO3_ACTION_SAVE, NULL);
}

gint64
veo3_planner_next (Veo3Run *run, Veo3Now now, GArray *ret_actions)
{
  Round round = { .run = run, .now = now, .actions = ret_actions, .wake_ms = G_MAXINT64 };

  for (guint i = 0; i < run->jobs->len; i++)
    visit (&round, g_ptr_array_index (run->jobs, i));
  plan_poll (&round);
  plan_save (&round);
  wake_at (&round, veo3_pacer_end_round (run->pacing, round.is_in_line, now.boot_ms));
  return round.wake_ms;
}
