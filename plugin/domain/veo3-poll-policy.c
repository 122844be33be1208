/* SPDX-License-Identifier: MIT */
/*
 * Veo3PollPolicy: when to ask again.
 *
 * The shape is that of an optimal inspection (Barlow, Hunter, Proschan 1963): nothing but a roll
 * call before a clip can be ready, then looks whose distance grows with the square root of the age.
 * A run shares its questions: the gate waits for the last clip, so one "not yet" answers for all.
 * schedule() is the only place that computes a wait. Pure: must not read a clock, log or do I/O.
 */
#include "plugin/domain/veo3-poll-policy.h"

#include "plugin/domain/veo3-random.h"

/* Keeps every product of two times within 64 bits. */
#define LONGEST_MS (G_GINT64_CONSTANT (86400000))

#define NOBODY G_MAXUINT

typedef enum
{
  STATUS_UNKNOWN, /* no answer yet: the first one is news, not a change */
  STATUS_QUEUED,
  STATUS_RUNNING,
} Status;

typedef struct
{
  gint64 submitted_ms;
  gint64 deadline_ms;     /* the same clock as submitted_ms */
  gint64 phase0_ms;       /* last instant at which it was known not to run yet */
  gint64 unready_ms;      /* last instant at which it was known not to be done */
  gint64 asked_ms;        /* last question */
  gint64 asked_before_ms; /* the one before it, for take_back() */
  gint64 next_ms;
  gint64 wait_ms;
  gint64 hold_ms;
  gint64 learned_ms; /* 0 = nothing learned */
  guint polls;
  guint errors; /* in a row */
  Status status;
  gboolean ended;
  gboolean expired;
  const char *reason; /* (static) */
} Watch;

struct _Veo3PollPolicy
{
  Veo3PollSettings settings;          /* (const after new) */
  const Veo3DurationHistory *history; /* (borrowed) (nullable) */
  Veo3Random random;
  GArray *watches;     /* (owned) of Watch; never shrinks, so that indices stay */
  guint outstanding;   /* index of the job that was asked, or NOBODY */
  gint64 forbidden_ms; /* the service asked for silence until then */
  gboolean calm;       /* no gate waits yet */
};

Veo3PollSettings
veo3_poll_settings_get_defaults (void)
{
  return (Veo3PollSettings){
    .min_ms = 3000,
    .max_ms = 45000,
    .cost_ms = 400,
    .look_ms = 15000,
    .prior_ms = 40000,
    .deadline_ms = 600000,
    .jitter_percent = 10,
  };
}

static Watch *
get_watch (const Veo3PollPolicy *policy, guint index)
{
  return &g_array_index (policy->watches, Watch, index);
}

Veo3PollPolicy *
veo3_poll_policy_new (const Veo3PollSettings *settings,
                      const Veo3DurationHistory *history,
                      guint64 seed)
{
  Veo3PollPolicy *policy = g_new0 (Veo3PollPolicy, 1);
  Veo3PollSettings *own = &policy->settings;

  own->min_ms = CLAMP (settings->min_ms, 1, LONGEST_MS);
  own->max_ms = CLAMP (settings->max_ms, own->min_ms, LONGEST_MS);
  own->cost_ms = CLAMP (settings->cost_ms, 1, LONGEST_MS);
  own->look_ms = CLAMP (settings->look_ms, 1, LONGEST_MS);
  own->prior_ms = CLAMP (settings->prior_ms, 1, LONGEST_MS);
  own->deadline_ms = CLAMP (settings->deadline_ms, 1, LONGEST_MS);
  own->jitter_percent = MIN (settings->jitter_percent, 50);
  policy->history = history;
  policy->watches = g_array_new (FALSE, TRUE, sizeof (Watch));
  policy->outstanding = NOBODY;
  policy->forbidden_ms = G_MININT64;
  policy->calm = TRUE;
  veo3_random_init (&policy->random, seed);
  return policy;
}

void
veo3_poll_policy_free (Veo3PollPolicy *policy)
{
  if (policy == NULL)
    return;
  g_array_unref (policy->watches);
  g_free (policy);
}

static int
compare_durations (gconstpointer a, gconstpointer b)
{
  const gint64 left = *(const gint64 *)a;
  const gint64 right = *(const gint64 *)b;

  return (left > right) - (left < right);
}

/* The tenth part of what was seen: looking earlier costs more requests than it saves time. */
static gint64
get_hold (const Veo3PollPolicy *policy, const char *history_key)
{
  gint64 durations_ms[VEO3_DURATION_HISTORY_RING_SIZE];
  guint n = 0;

  if (policy->history != NULL)
    n = veo3_duration_history_get (policy->history, history_key, durations_ms);
  if (n < 3)
    return policy->settings.prior_ms;
  qsort (durations_ms, n, sizeof durations_ms[0], compare_durations);
  return CLAMP (durations_ms[n / 10], policy->settings.min_ms, LONGEST_MS);
}

/* Newton's method on integers: exact, and without libm or its rounding modes. */
static gint64
integer_sqrt (gint64 value)
{
  gint64 root = value;
  gint64 better = value / 2 + 1;

  if (value < 2)
    return value;
  while (better < root)
    {
      root = better;
      better = (root + value / root) / 2;
    }
  return root;
}

/* The least wait after @errors failures in a row: min·2^errors, at most max. */
static gint64
get_error_wait (const Veo3PollPolicy *policy, guint errors)
{
  gint64 wait_ms = policy->settings.min_ms;

  while (errors-- > 0 && wait_ms < policy->settings.max_ms)
    wait_ms *= 2;
  return MIN (wait_ms, policy->settings.max_ms);
}

static gint64
jitter (Veo3PollPolicy *policy, gint64 wait_ms)
{
  const gint64 span_ms = wait_ms * policy->settings.jitter_percent / 100;
  const gint64 jittered_ms
      = veo3_random_range (&policy->random, wait_ms - span_ms, wait_ms + span_ms);

  return CLAMP (jittered_ms, policy->settings.min_ms, policy->settings.max_ms);
}

/* Nothing but its own deadline asks a job while the service wants silence. */
static void
set_next (const Veo3PollPolicy *policy, Watch *watch, gint64 next_ms)
{
  watch->next_ms = MIN (MAX (next_ms, policy->forbidden_ms), watch->deadline_ms);
}

/* What the state of a job alone would wait; @changed: its status is another than before. */
static gint64
compute_wait (const Veo3PollPolicy *policy, Watch *watch, gint64 now_ms, gboolean changed)
{
  const Veo3PollSettings *settings = &policy->settings;
  const gint64 age_ms = CLAMP (now_ms - watch->phase0_ms, 0, LONGEST_MS);
  gint64 wait_ms;

  if (watch->polls == 0 && watch->hold_ms > settings->look_ms)
    {
      watch->reason = "roll call";
      wait_ms = settings->look_ms;
    }
  else if (watch->status == STATUS_QUEUED)
    {
      watch->reason = "queued";
      wait_ms = watch->hold_ms;
    }
  else if (age_ms < watch->hold_ms)
    {
      watch->reason = "not due yet";
      wait_ms = watch->hold_ms - age_ms;
    }
  else
    {
      watch->reason = policy->calm ? "due, nobody waits" : "due";
      wait_ms = integer_sqrt (settings->cost_ms * age_ms * (policy->calm ? 4 : 1));
    }
  if (changed && watch->wait_ms > 0 && wait_ms > watch->wait_ms / 2)
    {
      watch->reason = "status changed";
      wait_ms = watch->wait_ms / 2;
    }
  if (watch->errors > 0 && wait_ms < get_error_wait (policy, watch->errors))
    {
      watch->reason = "no answer";
      wait_ms = get_error_wait (policy, watch->errors);
    }
  return CLAMP (wait_ms, settings->min_ms, settings->max_ms);
}

/* The one place that decides when a job is asked again. Returns: when, its deadline aside. */
static gint64
schedule (Veo3PollPolicy *policy, Watch *watch, gint64 now_ms, gboolean changed)
{
  gint64 next_ms;

  watch->wait_ms = compute_wait (policy, watch, now_ms, changed);
  next_ms = jitter (policy, watch->wait_ms);
  /* Jitter must not eat into the distance that failures earned. */
  next_ms = now_ms + MAX (next_ms, get_error_wait (policy, watch->errors));
  next_ms = MAX (next_ms, policy->forbidden_ms);
  set_next (policy, watch, next_ms);
  return next_ms;
}

guint
veo3_poll_policy_add (Veo3PollPolicy *policy,
                      const char *history_key,
                      gint64 submitted_ms,
                      gint64 now_ms)
{
  Watch watch = { 0 };

  /* A wall clock that was set back must not push the deadline away. */
  watch.submitted_ms = MIN (submitted_ms, now_ms);
  watch.deadline_ms = watch.submitted_ms + policy->settings.deadline_ms;
  watch.phase0_ms = watch.submitted_ms;
  watch.unready_ms = watch.submitted_ms;
  watch.asked_ms = watch.submitted_ms;
  watch.asked_before_ms = watch.submitted_ms;
  watch.hold_ms = get_hold (policy, history_key);
  /* Seen from the submission, so that a restart asks at once what it would have asked by now. */
  (void)schedule (policy, &watch, watch.submitted_ms, FALSE);
  set_next (policy, &watch, MAX (watch.next_ms, now_ms));
  g_array_append_val (policy->watches, watch);
  return policy->watches->len - 1;
}

void
veo3_poll_policy_end (Veo3PollPolicy *policy, guint index)
{
  g_return_if_fail (index < policy->watches->len);

  get_watch (policy, index)->ended = TRUE;
  if (policy->outstanding == index)
    policy->outstanding = NOBODY;
}

/* May a job be asked a little before its time, because another one is due anyway? Failures and the
 * deadline have earned their exact time. */
static gboolean
is_nearly_due (const Veo3PollPolicy *policy, const Watch *watch, gint64 now_ms)
{
  return watch->errors == 0 && watch->next_ms < watch->deadline_ms
         && watch->next_ms <= now_ms + policy->settings.min_ms;
}

/* Is @watch to be asked rather than @other? A deadline cannot wait; else whoever waited longest,
 * counted from the question: counted from the answer, a job that never answers starves the rest. */
static gboolean
is_before (const Watch *watch, const Watch *other, gint64 now_ms)
{
  const gboolean last_call = watch->deadline_ms <= now_ms;
  const gboolean other_last_call = other->deadline_ms <= now_ms;

  if (last_call != other_last_call)
    return last_call;
  return watch->asked_ms < other->asked_ms;
}

/* When the next question is due. @ret_shared: whether one that is due now may be answered by asking
 * another job instead; a roll call may not, so nobody is brought forward for it. */
static gint64
get_wake (const Veo3PollPolicy *policy, gint64 now_ms, gboolean *ret_shared)
{
  gint64 wake_ms = G_MAXINT64;

  *ret_shared = FALSE;
  for (guint i = 0; i < policy->watches->len; i++)
    {
      const Watch *watch = get_watch (policy, i);

      if (watch->ended)
        continue;
      wake_ms = MIN (wake_ms, watch->next_ms);
      *ret_shared |= watch->next_ms <= now_ms && watch->polls > 0;
    }
  return wake_ms;
}

gboolean
veo3_poll_policy_pick (Veo3PollPolicy *policy, gint64 now_ms, guint *ret_index, gint64 *ret_wake_ms)
{
  gboolean shared = FALSE;
  gint64 wake_ms = G_MAXINT64;
  Watch *best = NULL;

  if (policy->outstanding == NOBODY)
    wake_ms = get_wake (policy, now_ms, &shared);
  if (wake_ms > now_ms)
    {
      *ret_wake_ms = wake_ms;
      return FALSE;
    }

  for (guint i = 0; i < policy->watches->len; i++)
    {
      Watch *watch = get_watch (policy, i);
      const gboolean due
          = watch->next_ms <= now_ms || (shared && is_nearly_due (policy, watch, now_ms));

      if (watch->ended || !due || (best != NULL && !is_before (watch, best, now_ms)))
        continue;
      best = watch;
      policy->outstanding = i;
    }
  best->asked_before_ms = best->asked_ms;
  best->asked_ms = now_ms;
  *ret_index = policy->outstanding;
  return TRUE;
}

/* Brings due jobs forward. Not while the service stumbles: then the waits protect it. */
static void
hurry (Veo3PollPolicy *policy, gint64 now_ms)
{
  for (guint i = 0; i < policy->watches->len; i++)
    if (!get_watch (policy, i)->ended && get_watch (policy, i)->errors > 0)
      return;

  for (guint i = 0; i < policy->watches->len; i++)
    {
      Watch *watch = get_watch (policy, i);
      gint64 next_ms = MAX (now_ms, watch->asked_ms + policy->settings.min_ms);

      next_ms = MAX (next_ms, watch->phase0_ms + watch->hold_ms);
      if (!watch->ended && next_ms < watch->next_ms)
        set_next (policy, watch, next_ms);
    }
}

/* A clip is there. One that came before its time says that the others may be early as well. */
static void
take_done (Veo3PollPolicy *policy, Watch *watch, gint64 now_ms)
{
  const gint64 age_ms = now_ms - watch->phase0_ms;
  const gint64 blind_ms = now_ms - watch->unready_ms;

  watch->ended = TRUE;
  watch->errors = 0;
  /* 3/4 of the way: the time of detection alone would drive the hold-off up, round after round.
   * After a restart or a suspend nobody looked for too long to say anything. */
  if (blind_ms <= 2 * policy->settings.max_ms)
    watch->learned_ms = MAX (1, watch->unready_ms - watch->phase0_ms + blind_ms * 3 / 4);
  if (age_ms >= watch->hold_ms)
    return;
  for (guint i = 0; i < policy->watches->len; i++)
    {
      Watch *sibling = get_watch (policy, i);

      sibling->hold_ms = MIN (sibling->hold_ms, MAX (age_ms, policy->settings.min_ms));
    }
  hurry (policy, now_ms);
}

/* Lets one unfinished answer stand for the whole run, except for jobs that still await their roll
 * call: an early failure of one says nothing about the others. */
static void
hold_back_others (Veo3PollPolicy *policy, guint index, gint64 next_ms)
{
  for (guint i = 0; i < policy->watches->len; i++)
    {
      Watch *watch = get_watch (policy, i);

      if (i != index && !watch->ended)
        set_next (policy, watch, watch->polls > 0 ? MAX (watch->next_ms, next_ms) : watch->next_ms);
    }
}

/* The status that an answer tells; what it was when it tells none. */
static Status
get_told_status (Status before, Veo3PollAnswer answer)
{
  if (answer == VEO3_POLL_ANSWER_QUEUED)
    return STATUS_QUEUED;
  return answer == VEO3_POLL_ANSWER_RUNNING ? STATUS_RUNNING : before;
}

static void
take_unfinished (Veo3PollPolicy *policy,
                 guint index,
                 Veo3PollAnswer answer,
                 gint64 now_ms,
                 gint64 retry_after_ms)
{
  Watch *watch = get_watch (policy, index);
  const Status before = watch->status;
  const gboolean learned = answer == VEO3_POLL_ANSWER_QUEUED || answer == VEO3_POLL_ANSWER_RUNNING;
  gint64 next_ms;

  watch->status = get_told_status (before, answer);
  watch->errors = learned ? 0 : watch->errors + 1;
  if (learned)
    watch->unready_ms = now_ms;
  if (answer == VEO3_POLL_ANSWER_QUEUED)
    watch->phase0_ms = now_ms;
  /* Kept by the run, not by the job: it also holds when this was the job's last answer. */
  if (retry_after_ms > 0)
    policy->forbidden_ms = MAX (policy->forbidden_ms, now_ms + retry_after_ms);

  next_ms = schedule (policy, watch, now_ms, before != STATUS_UNKNOWN && before != watch->status);
  if (answer == VEO3_POLL_ANSWER_THROTTLED)
    policy->forbidden_ms = MAX (policy->forbidden_ms, next_ms);
  hold_back_others (policy, index, next_ms);
  watch->expired = watch->asked_ms >= watch->deadline_ms;
  watch->ended = watch->expired;
}

void
veo3_poll_policy_answer (Veo3PollPolicy *policy,
                         guint index,
                         Veo3PollAnswer answer,
                         gint64 now_ms,
                         gint64 retry_after_ms)
{
  Watch *watch;

  if (index != policy->outstanding || index == NOBODY)
    return;
  policy->outstanding = NOBODY;
  watch = get_watch (policy, index);
  watch->polls++;
  switch (answer)
    {
    case VEO3_POLL_ANSWER_DONE:
      take_done (policy, watch, now_ms);
      break;
    case VEO3_POLL_ANSWER_FAILED:
      watch->ended = TRUE;
      watch->errors = 0;
      break;
    case VEO3_POLL_ANSWER_QUEUED:
    case VEO3_POLL_ANSWER_RUNNING:
    case VEO3_POLL_ANSWER_ERROR:
    case VEO3_POLL_ANSWER_THROTTLED:
      take_unfinished (policy, index, answer, now_ms,
                       CLAMP (retry_after_ms, 0, VEO3_POLL_MAX_RETRY_AFTER_MS));
      break;
    }
}

void
veo3_poll_policy_take_back (Veo3PollPolicy *policy, guint index)
{
  if (index != policy->outstanding || index == NOBODY)
    return;
  policy->outstanding = NOBODY;
  get_watch (policy, index)->asked_ms = get_watch (policy, index)->asked_before_ms;
}

gboolean
veo3_poll_policy_is_expired (const Veo3PollPolicy *policy, guint index)
{
  g_return_val_if_fail (index < policy->watches->len, FALSE);

  return get_watch (policy, index)->expired;
}

void
veo3_poll_policy_gate_waits (Veo3PollPolicy *policy, gint64 now_ms)
{
  if (!policy->calm)
    return;
  policy->calm = FALSE;
  hurry (policy, now_ms);
}

gboolean
veo3_poll_policy_get_learned (const Veo3PollPolicy *policy, guint index, gint64 *ret_duration_ms)
{
  g_return_val_if_fail (index < policy->watches->len, FALSE);

  if (get_watch (policy, index)->learned_ms == 0)
    return FALSE;
  *ret_duration_ms = get_watch (policy, index)->learned_ms;
  return TRUE;
}

void
veo3_poll_policy_get_view (const Veo3PollPolicy *policy, guint index, Veo3PollView *ret_view)
{
  const Watch *watch;

  g_return_if_fail (index < policy->watches->len);

  watch = get_watch (policy, index);
  *ret_view = (Veo3PollView){
    .asked_ms = watch->asked_ms,
    .next_ms = watch->next_ms,
    .wait_ms = watch->wait_ms,
    .hold_ms = watch->hold_ms,
    .phase0_ms = watch->phase0_ms,
    .polls = watch->polls,
    .errors = watch->errors,
    .ended = watch->ended,
    .reason = watch->reason,
  };
}
