/* SPDX-License-Identifier: MIT */
/*
 * Veo3PollPolicy: which job of a run to ask next, and when.
 *
 * One per run. Pure: no clock, no I/O, no hidden randomness; the same calls give the same answers.
 * Times are milliseconds on whatever clock the caller uses, as long as it does not run backwards.
 * At most one question of a run is outstanding. Not shared between threads.
 *
 *     while unfinished jobs:
 *       pick (now)  TRUE -> ask that job, then answer (…) or take_back (…)
 *                   FALSE -> sleep until the wake time, or until something else happens
 */
#pragma once

#include <glib.h>

#include "plugin/domain/veo3-duration-history.h"

G_BEGIN_DECLS

typedef struct _Veo3PollPolicy Veo3PollPolicy;

/** Longest Retry-After that is obeyed. Source: measured nonsense values of up to 2·10⁹ seconds. */
#define VEO3_POLL_MAX_RETRY_AFTER_MS (G_GINT64_CONSTANT (600000))

/** Veo3PollSettings: milliseconds, each at least 1; out of range values are clamped. */
typedef struct
{
  gint64 min_ms;        /* shortest wait between two questions about one job */
  gint64 max_ms;        /* longest wait; also the longest hop towards the learned time */
  gint64 cost_ms;       /* how much delay one request is worth: 400 brisk, 2000 frugal */
  gint64 look_ms;       /* first look at a new job, for early failures */
  gint64 prior_ms;      /* hold-off while fewer than three durations are known */
  gint64 deadline_ms;   /* after submission */
  guint jitter_percent; /* 0…50 */
} Veo3PollSettings;

/** Veo3PollAnswer: what a question brought. */
typedef enum
{
  VEO3_POLL_ANSWER_QUEUED,    /* known to the service, not started */
  VEO3_POLL_ANSWER_RUNNING,   /* not done */
  VEO3_POLL_ANSWER_DONE,      /* the clip is there */
  VEO3_POLL_ANSWER_FAILED,    /* ended without a clip */
  VEO3_POLL_ANSWER_ERROR,     /* nothing learned: transport, 5xx, 401, 404 */
  VEO3_POLL_ANSWER_THROTTLED, /* 429: nothing learned, and the whole run is to slow down */
} Veo3PollAnswer;

/** Veo3PollView: a job as the policy sees it, for logs and tests. */
typedef struct
{
  gint64 asked_ms;    /* last question; the submission before the first */
  gint64 next_ms;     /* next question; meaningless when ended */
  gint64 wait_ms;     /* wait as computed, before jitter and Retry-After; 0 = none yet */
  gint64 hold_ms;     /* hold-off: not expected to be done before this age */
  gint64 phase0_ms;   /* last instant at which it was known not to run yet */
  guint polls;        /* answered questions */
  guint errors;       /* answers in a row that told nothing */
  gboolean ended;     /* never asked again */
  const char *reason; /* (static) why wait_ms is what it is */
} Veo3PollView;

/**
 * veo3_poll_settings_get_defaults: 3 s … 45 s, cost 0.4 s, look 15 s, prior 40 s, 10 min, 10 %.
 * Source: dynamic programming over ten latency distributions; see tests/bench/poll-replay.c.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: settings
 */
Veo3PollSettings veo3_poll_settings_get_defaults (void);

/**
 * veo3_poll_policy_new: makes a policy without jobs, for a gate that does not wait yet.
 * @settings: (transfer none): copied
 * @history: (nullable) (transfer none): read by veo3_poll_policy_add(); must live as long
 * @seed: of the jitter; the same seed and the same calls give the same times
 * Thread: any, then one at a time. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
Veo3PollPolicy *veo3_poll_policy_new (const Veo3PollSettings *settings,
                                      const Veo3DurationHistory *history,
                                      guint64 seed);

/**
 * veo3_poll_policy_free: frees a policy.
 * @policy: (transfer full) (nullable)
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_poll_policy_free (Veo3PollPolicy *policy);

/**
 * veo3_poll_policy_add: begins to watch a submitted job.
 * @history_key: (nullable): kind of clip, from veo3_duration_history_make_key()
 * @submitted_ms: may lie in the past after a restart: polls start anew, the deadline does not; past
 *     its deadline the job gets one question at once, and that is the one at the deadline
 * @now_ms: now
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: the job's index: 0, 1, 2…
 */
guint veo3_poll_policy_add (Veo3PollPolicy *policy,
                            const char *history_key,
                            gint64 submitted_ms,
                            gint64 now_ms);

/**
 * veo3_poll_policy_end: stops watching a job that ended otherwise, for example cancelled.
 * @index: an answer to a question that is still outstanding for it is no longer expected
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_poll_policy_end (Veo3PollPolicy *policy, guint index);

/**
 * veo3_poll_policy_pick: asks a job now, or tells how long to sleep.
 * @ret_index: (out): the job to ask; untouched when FALSE
 * @ret_wake_ms: (out): when to call again; G_MAXINT64 = nothing to watch, or an answer is
 *     outstanding; untouched when TRUE
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: TRUE when the question is to be asked now: it is outstanding until
 *     veo3_poll_policy_answer(), _take_back() or _end() of that job
 */
gboolean veo3_poll_policy_pick (Veo3PollPolicy *policy,
                                gint64 now_ms,
                                guint *ret_index,
                                gint64 *ret_wake_ms);

/**
 * veo3_poll_policy_answer: takes the answer to the outstanding question.
 * @index: the job that was asked; ignored when its question is not outstanding
 * @now_ms: when the answer came
 * @retry_after_ms: what the service asked for, 0 = nothing; clamped to 0…10 min. No job of the run
 *     is asked before it has passed, except for the one question at a job's own deadline.
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_poll_policy_answer (Veo3PollPolicy *policy,
                              guint index,
                              Veo3PollAnswer answer,
                              gint64 now_ms,
                              gint64 retry_after_ms);

/**
 * veo3_poll_policy_take_back: the outstanding question was cancelled, as if never asked.
 * @index: the job that was asked; ignored when its question is not outstanding
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_poll_policy_take_back (Veo3PollPolicy *policy, guint index);

/**
 * veo3_poll_policy_is_expired: was the one question at the deadline answered without an end?
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: whether it was; FALSE also for a job that ended in time
 */
gboolean veo3_poll_policy_is_expired (const Veo3PollPolicy *policy, guint index);

/**
 * veo3_poll_policy_gate_waits: somebody waits for the clips from now on: ask more often.
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_poll_policy_gate_waits (Veo3PollPolicy *policy, gint64 now_ms);

/**
 * veo3_poll_policy_get_learned: how long a finished clip took, for veo3_duration_history_learn().
 * @ret_duration_ms: (out): untouched when FALSE
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: FALSE unless DONE was answered and the polls of this process saw when it came about
 */
gboolean
veo3_poll_policy_get_learned (const Veo3PollPolicy *policy, guint index, gint64 *ret_duration_ms);

/**
 * veo3_poll_policy_get_view: what the policy knows of a job.
 * @ret_view: (out)
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_poll_policy_get_view (const Veo3PollPolicy *policy, guint index, Veo3PollView *ret_view);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3PollPolicy, veo3_poll_policy_free)

G_END_DECLS
