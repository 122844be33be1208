/* SPDX-License-Identifier: MIT */
/*
 * PollSimulation: the checker sees the policy from outside. It keeps its own record of questions
 * and answers and uses the policy's view only for waits, which nobody else can know. Must not read
 * a clock or draw from anything but the seed.
 */
#include "tests/unit/domain/poll-simulation.h"

#include "plugin/domain/veo3-poll-policy.h"
#include "plugin/domain/veo3-random.h"

#define MAX_JOBS 6
#define MAX_STEPS 20000
#define KEY "model 720p 8"

typedef struct
{
  /* What the service does. */
  gint64 added_ms; /* when the policy hears of it; later than submitted_ms after a restart */
  gint64 submitted_ms;
  gint64 queued_until_ms;
  gint64 done_ms;
  gint64 cancel_ms; /* G_MAXINT64 = never */
  gboolean fails;
  guint error_percent;
  guint throttle_percent;
  guint relapse_percent; /* tells "queued" although it runs */

  /* What was seen. */
  guint index;
  gboolean added;
  gboolean over; /* ended, by whatever */
  gboolean cancelled;
  gint64 deadline_ms;
  gint64 asked_ms; /* last question; G_MININT64 = none */
  gint64 quiet_ms; /* failures forbid questions until then */
  guint polls;
  guint last_calls; /* questions at or after the deadline */
  guint errors;
  int told; /* Veo3PollAnswer of the last status, or -1 */

  /* As of the last answer, if it told a status. */
  gboolean was_due;
  gint64 wait_ms;
  gint64 hold_ms;
  gboolean calm;
} Job;

typedef struct
{
  Veo3Random random;
  Veo3PollSettings settings;
  Veo3PollPolicy *policy; /* (owned) */
  Job jobs[MAX_JOBS];
  guint n_jobs;
  guint n_added;
  gint64 now_ms;
  gint64 gate_ms;
  gint64 forbidden_ms;     /* by a Retry-After */
  gint64 forbidden_sum_ms; /* of all of them: time that no starvation bound can count */
  gint64 busy_since_ms;    /* start of the questions that follow one another without sleep */
  gboolean calm;
  gboolean is_plain; /* neither queue nor errors nor restarts: invariant 8 applies */
  guint unfinished;  /* answers of jobs already looked at, in this wake-up */
  gint64 unfinished_ms;
  PollSimulationResult *result;
} Simulation;

static gint64
draw (Simulation *sim, gint64 low, gint64 high)
{
  return veo3_random_range (&sim->random, low, high);
}

static gboolean
chance (Simulation *sim, guint percent)
{
  return draw (sim, 0, 99) < percent;
}

static void
note (Simulation *sim, gint64 value)
{
  sim->result->digest = (sim->result->digest ^ (guint64)value) * G_GUINT64_CONSTANT (0x100000001b3);
}

/* Keeps the first broken invariant: the later ones may follow from it. */
static void
check (Simulation *sim, gboolean holds, const Job *job, const char *invariant)
{
  if (holds || sim->result->broken != NULL)
    return;
  sim->result->broken
      = g_strdup_printf ("invariant %s: job %d of %u at %" G_GINT64_FORMAT " ms, poll %u",
                         invariant, job != NULL ? (int)job->index : -1, sim->n_jobs, sim->now_ms,
                         job != NULL ? job->polls : 0);
}

static void
draw_settings (Simulation *sim)
{
  Veo3PollSettings *settings = &sim->settings;

  if (chance (sim, 30))
    {
      *settings = veo3_poll_settings_get_defaults ();
      return;
    }
  settings->min_ms = draw (sim, 20, 5000);
  settings->max_ms = settings->min_ms * draw (sim, 1, 20) + draw (sim, 0, 99);
  settings->cost_ms = draw (sim, 1, settings->min_ms);
  settings->look_ms = draw (sim, settings->min_ms, settings->max_ms);
  settings->prior_ms = draw (sim, 1, settings->max_ms * 3);
  settings->deadline_ms = draw (sim, 1, settings->max_ms * 20);
  settings->jitter_percent = (guint)draw (sim, 0, 10);
}

static void
draw_job (Simulation *sim, Job *job)
{
  const gint64 deadline_ms = sim->settings.deadline_ms;
  const gboolean queues = !sim->is_plain && chance (sim, 25);

  job->added_ms = chance (sim, 50) ? 0 : draw (sim, 0, sim->settings.max_ms);
  job->submitted_ms = job->added_ms;
  if (!sim->is_plain && chance (sim, 10))
    job->submitted_ms -= draw (sim, 0, deadline_ms * 3 / 2);
  job->deadline_ms = job->submitted_ms + deadline_ms;
  job->queued_until_ms
      = queues ? job->submitted_ms + draw (sim, 0, deadline_ms / 2) : job->submitted_ms;
  job->done_ms = job->queued_until_ms + draw (sim, 0, deadline_ms);
  if (chance (sim, 10))
    job->done_ms = G_MAXINT64;
  job->fails = chance (sim, 5);
  job->cancel_ms = chance (sim, 5) ? job->added_ms + draw (sim, 0, deadline_ms) : G_MAXINT64;
  job->asked_ms = G_MININT64;
  job->quiet_ms = G_MININT64;
  job->told = -1;
  if (sim->is_plain)
    return;
  job->error_percent = chance (sim, 25) ? (guint)draw (sim, 1, 100) : 0;
  job->throttle_percent = chance (sim, 10) ? (guint)draw (sim, 1, 60) : 0;
  job->relapse_percent = chance (sim, 5) ? 20 : 0;
}

static int
compare_added (gconstpointer a, gconstpointer b)
{
  const Job *left = a;
  const Job *right = b;

  return (left->added_ms > right->added_ms) - (left->added_ms < right->added_ms);
}

/* What holds of every watched job at every instant. */
static void
check_views (Simulation *sim)
{
  for (guint i = 0; i < sim->n_added; i++)
    {
      const Job *job = &sim->jobs[i];
      Veo3PollView view;

      veo3_poll_policy_get_view (sim->policy, job->index, &view);
      check (sim, view.ended == job->over, job, "4: over means over");
      check (sim, view.wait_ms >= sim->settings.min_ms && view.wait_ms <= sim->settings.max_ms, job,
             "1: min <= wait <= max");
      check (sim, view.ended || view.next_ms <= job->deadline_ms, job, "1: next <= deadline");
      note (sim, view.next_ms);
    }
}

static void
check_question (Simulation *sim, Job *job)
{
  const Veo3PollSettings *settings = &sim->settings;
  const gint64 since_ms = MAX (job->asked_ms, job->added_ms);
  const gint64 bound_ms = (gint64)(sim->n_jobs + 1) * settings->max_ms * 3 / 2;
  const gint64 last_call_ms = MAX (job->deadline_ms, job->added_ms);

  check (sim, !job->over, job, "4: never after the end");
  /* Requests of siblings take time, up to a whole round of last calls. */
  check (sim, sim->now_ms - since_ms <= bound_ms + sim->forbidden_sum_ms, job, "7: nobody starves");
  if (sim->now_ms >= job->deadline_ms)
    {
      job->last_calls++;
      check (sim, job->last_calls == 1, job, "4: one poll at the deadline");
      check (sim, sim->now_ms == last_call_ms || sim->busy_since_ms <= last_call_ms, job,
             "4: never after the deadline");
      return;
    }
  check (sim, job->asked_ms == G_MININT64 || sim->now_ms - job->asked_ms >= settings->min_ms, job,
         "1: polls are min apart");
  check (sim, sim->now_ms >= sim->forbidden_ms, job, "5: not before Retry-After");
  check (sim, sim->now_ms >= job->quiet_ms, job, "5: failures in a row wait longer");
  check (sim, job->polls == 0 || sim->unfinished == 0, job, "6: one unfinished answer per wake-up");
}

static Veo3PollAnswer
draw_answer (Simulation *sim, const Job *job, gint64 *ret_retry_after_ms)
{
  static const gint64 retry_afters_ms[] = { 0, 0, 1000, 7777, 60000, -349927093, 2000000000 };

  *ret_retry_after_ms = 0;
  if (chance (sim, job->throttle_percent))
    {
      *ret_retry_after_ms = retry_afters_ms[draw (sim, 0, G_N_ELEMENTS (retry_afters_ms) - 1)];
      return VEO3_POLL_ANSWER_THROTTLED;
    }
  if (chance (sim, job->error_percent))
    {
      if (chance (sim, 10))
        *ret_retry_after_ms = draw (sim, 1, sim->settings.max_ms * 2);
      return VEO3_POLL_ANSWER_ERROR;
    }
  if (sim->now_ms < job->queued_until_ms || chance (sim, job->relapse_percent))
    return VEO3_POLL_ANSWER_QUEUED;
  if (sim->now_ms < job->done_ms)
    return VEO3_POLL_ANSWER_RUNNING;
  return job->fails ? VEO3_POLL_ANSWER_FAILED : VEO3_POLL_ANSWER_DONE;
}

/* Invariants 1 to 3: of the wait that a told status led to. */
static void
check_growth (Simulation *sim, Job *job, Veo3PollAnswer answer, const Veo3PollView *before)
{
  const gint64 latest_ms = MAX (sim->now_ms + sim->settings.max_ms, sim->forbidden_ms);
  Veo3PollView view;
  gboolean stable;

  veo3_poll_policy_get_view (sim->policy, job->index, &view);
  check (sim, view.next_ms <= latest_ms, job, "1: jitter stays below max");
  check (sim, view.next_ms >= MIN (sim->now_ms + sim->settings.min_ms, job->deadline_ms), job,
         "1: jitter stays above min");
  if (job->told >= 0 && job->told != (int)answer)
    check (sim, view.wait_ms <= before->wait_ms / 2 || view.wait_ms == sim->settings.min_ms, job,
           "3: a change halves the wait");
  stable = job->told == (int)answer && job->was_due && job->calm == sim->calm
           && job->hold_ms == view.hold_ms;
  check (sim, !stable || view.wait_ms >= job->wait_ms, job, "2: a stable status waits longer");
  job->told = (int)answer;
  job->was_due = sim->now_ms - view.phase0_ms >= view.hold_ms;
  job->wait_ms = view.wait_ms;
  job->hold_ms = view.hold_ms;
  job->calm = sim->calm;
}

static void
take_failure (Simulation *sim, Job *job, gint64 retry_after_ms)
{
  gint64 quiet_ms = sim->settings.min_ms;

  job->errors++;
  job->was_due = FALSE;
  for (guint i = 0; i < job->errors && quiet_ms < sim->settings.max_ms; i++)
    quiet_ms *= 2;
  job->quiet_ms = sim->now_ms + MIN (quiet_ms, sim->settings.max_ms);
  retry_after_ms = CLAMP (retry_after_ms, 0, VEO3_POLL_MAX_RETRY_AFTER_MS);
  if (retry_after_ms == 0)
    return;
  sim->forbidden_ms = MAX (sim->forbidden_ms, sim->now_ms + retry_after_ms);
  sim->forbidden_sum_ms += retry_after_ms;
}

static void
take_answer (Simulation *sim, Job *job)
{
  const gboolean last_call = job->asked_ms >= job->deadline_ms;
  gint64 retry_after_ms = 0;
  const Veo3PollAnswer answer = draw_answer (sim, job, &retry_after_ms);
  Veo3PollView before;

  veo3_poll_policy_get_view (sim->policy, job->index, &before);
  veo3_poll_policy_answer (sim->policy, job->index, answer, sim->now_ms, retry_after_ms);
  sim->result->polls++;
  note (sim, (gint64)answer);
  if (answer == VEO3_POLL_ANSWER_DONE || answer == VEO3_POLL_ANSWER_FAILED)
    {
      job->over = TRUE;
      /* An early clip is news for all: it opens the wake-up anew. */
      if (sim->now_ms - before.phase0_ms < before.hold_ms)
        sim->unfinished = 0;
    }
  else
    {
      sim->unfinished += job->polls > 0 && !last_call;
      sim->unfinished_ms = sim->now_ms;
      if (answer == VEO3_POLL_ANSWER_ERROR || answer == VEO3_POLL_ANSWER_THROTTLED)
        take_failure (sim, job, retry_after_ms);
      else
        {
          job->errors = 0;
          job->quiet_ms = G_MININT64;
          check_growth (sim, job, answer, &before);
        }
      job->over = last_call;
    }
  job->polls++;
  check (sim,
         veo3_poll_policy_is_expired (sim->policy, job->index)
             == (last_call && answer != VEO3_POLL_ANSWER_DONE && answer != VEO3_POLL_ANSWER_FAILED),
         job, "4: expired means answered at the deadline without an end");
}

static void
cancel (Simulation *sim, Job *job)
{
  veo3_poll_policy_end (sim->policy, job->index);
  job->over = TRUE;
  job->cancelled = TRUE;
  job->cancel_ms = G_MAXINT64;
}

/* Plays submissions, the gate and cancellations up to @until_ms. Returns: when the next is. */
static gint64
play_events (Simulation *sim, gint64 until_ms)
{
  gint64 next_ms = G_MAXINT64;

  while (sim->n_added < sim->n_jobs && sim->jobs[sim->n_added].added_ms <= until_ms)
    {
      Job *job = &sim->jobs[sim->n_added++];

      job->index = veo3_poll_policy_add (sim->policy, KEY, job->submitted_ms, job->added_ms);
      job->added = TRUE;
    }
  if (sim->calm && sim->gate_ms <= until_ms)
    {
      veo3_poll_policy_gate_waits (sim->policy, sim->gate_ms);
      sim->calm = FALSE;
      sim->unfinished = 0;
    }
  for (guint i = 0; i < sim->n_added; i++)
    {
      if (sim->jobs[i].cancel_ms <= until_ms && !sim->jobs[i].over)
        cancel (sim, &sim->jobs[i]);
      if (!sim->jobs[i].over)
        next_ms = MIN (next_ms, sim->jobs[i].cancel_ms);
    }
  if (sim->n_added < sim->n_jobs)
    next_ms = MIN (next_ms, sim->jobs[sim->n_added].added_ms);
  return sim->calm ? MIN (next_ms, sim->gate_ms) : next_ms;
}

static gboolean
is_over (const Simulation *sim)
{
  for (guint i = 0; i < sim->n_jobs; i++)
    if (!sim->jobs[i].over)
      return FALSE;
  return TRUE;
}

static void
play_question (Simulation *sim, guint index)
{
  Job *job = &sim->jobs[index];
  guint other = 0;
  gint64 wake_ms = 0;

  check_question (sim, job);
  note (sim, sim->now_ms);
  if (!sim->is_plain && chance (sim, 2))
    {
      veo3_poll_policy_take_back (sim->policy, index);
      job->last_calls -= sim->now_ms >= job->deadline_ms;
      return;
    }
  job->asked_ms = sim->now_ms;
  check (sim,
         !veo3_poll_policy_pick (sim->policy, sim->now_ms, &other, &wake_ms)
             && wake_ms == G_MAXINT64,
         job, "6: one question at a time");
  sim->now_ms += draw (sim, 0, sim->settings.min_ms / 4);
  (void)play_events (sim, sim->now_ms);
  if (!job->over)
    take_answer (sim, job);
}

/* Sleeps until somebody wants something. */
static void
play_sleep (Simulation *sim, gint64 wake_ms, gint64 event_ms)
{
  const gboolean watches = sim->n_added > 0 && wake_ms != G_MAXINT64;
  gboolean unfinished = FALSE;

  for (guint i = 0; i < sim->n_added; i++)
    unfinished |= !sim->jobs[i].over;
  check (sim, watches == unfinished, NULL, "7: an unfinished job has a finite next");
  check (sim, wake_ms > sim->now_ms, NULL, "7: the next question lies ahead");
  sim->now_ms = MIN (wake_ms, event_ms);
  sim->busy_since_ms = sim->now_ms;
  sim->unfinished = 0;
}

static void
play (Simulation *sim)
{
  for (guint step = 0; !is_over (sim) && sim->result->broken == NULL; step++)
    {
      const gint64 event_ms = play_events (sim, sim->now_ms);
      gint64 wake_ms = 0;
      guint index = 0;

      check (sim, step < MAX_STEPS, NULL, "7: runs come to an end");
      check_views (sim);
      if (sim->now_ms - sim->unfinished_ms >= sim->settings.min_ms)
        sim->unfinished = 0;
      if (veo3_poll_policy_pick (sim->policy, sim->now_ms, &index, &wake_ms))
        play_question (sim, index);
      else if (!is_over (sim))
        play_sleep (sim, wake_ms, event_ms);
    }
}

static void
check_end (Simulation *sim, gint64 hold_ms)
{
  const Job *job = &sim->jobs[0];
  const Veo3PollSettings *settings = &sim->settings;
  const gint64 lived_ms = sim->now_ms - job->submitted_ms;
  gint64 root = 0;

  for (guint i = 0; i < sim->n_jobs; i++)
    check (sim,
           sim->jobs[i].cancelled || sim->jobs[i].last_calls == 1
               || !veo3_poll_policy_is_expired (sim->policy, sim->jobs[i].index),
           &sim->jobs[i], "4: exactly one poll at the deadline");
  if (sim->n_jobs > 1 || !sim->is_plain)
    return;
  while ((root + 1) * (root + 1) * settings->cost_ms <= lived_ms)
    root++;
  check (sim,
         job->polls <= 3 + 2 * hold_ms / settings->max_ms + 22 * (root + 1) / 10
                           + lived_ms / settings->max_ms,
         job, "8: few polls");
}

void
poll_simulation_run (guint64 seed, PollSimulationResult *ret_result)
{
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  Simulation sim = { .calm = TRUE, .result = ret_result };
  Veo3PollView view = { 0 };

  *ret_result = (PollSimulationResult){ 0 };
  veo3_random_init (&sim.random, seed);
  sim.is_plain = chance (&sim, 20);
  draw_settings (&sim);
  for (gint64 n = draw (&sim, -5, 20); n > 0; n--)
    veo3_duration_history_learn (history, KEY, draw (&sim, 1, sim.settings.deadline_ms));
  sim.n_jobs = (guint)draw (&sim, 1, MAX_JOBS);
  for (guint i = 0; i < sim.n_jobs; i++)
    draw_job (&sim, &sim.jobs[i]);
  qsort (sim.jobs, sim.n_jobs, sizeof sim.jobs[0], compare_added);
  sim.gate_ms = chance (&sim, 30) ? 0 : draw (&sim, 0, sim.settings.deadline_ms);
  sim.unfinished_ms = G_MININT64 / 2;
  sim.forbidden_ms = G_MININT64;
  sim.policy = veo3_poll_policy_new (&sim.settings, history, veo3_random_next (&sim.random));
  (void)play_events (&sim, 0);
  if (sim.n_added > 0)
    veo3_poll_policy_get_view (sim.policy, 0, &view);
  play (&sim);
  if (ret_result->broken == NULL)
    check_end (&sim, MAX (view.hold_ms, sim.settings.prior_ms));
  veo3_poll_policy_free (sim.policy);
}
