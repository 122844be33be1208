/* SPDX-License-Identifier: MIT */
/*
 * Veo3Run: everything the pure core knows of one run: its jobs, what of them is durable, and what
 * it was told (somebody waits, the run ends, the service refuses).
 *
 * One way through the core:
 *     veo3-run      what is
 *     veo3-planner  what to do next
 *     veo3-recorder what an answer changes
 * Pure: no clock, no I/O. Not shared between threads.
 */
#pragma once

#include "plugin/domain/veo3-job.h"
#include "plugin/domain/veo3-poll-policy.h"
#include "plugin/domain/veo3-retry-policy.h"

G_BEGIN_DECLS

/** Veo3Now: one instant on the two clocks that matter. */
typedef struct
{
  gint64 boot_ms; /* CLOCK_BOOTTIME: for scheduling; runs on through suspend */
  gint64 utc_us;  /* since the epoch: for files only */
} Veo3Now;

/** Veo3StopWay: what can be done about an operation that nobody wants any more. */
typedef enum
{
  VEO3_STOP_IMPOSSIBLE, /* the service has no such request */
  VEO3_STOP_ASK,        /* it can be asked */
  VEO3_STOP_NO_ACCESS,  /* it could be asked, but we are not let in: that has been said */
} Veo3StopWay;

/** Veo3RunSettings: milliseconds. */
typedef struct
{
  gint64 deadline_ms;           /* of trying until a job is accepted, then for it to be done */
  gint64 download_grace_ms;     /* a ready, paid clip may take this long even past the deadline */
  gint64 unauthorized_pause_ms; /* between polls that answer 401 or 403 */
  gint64 clip_kept_ms;          /* by the service, once it is finished; 0 = not known */
  Veo3StopWay stop_way;         /* of the service */
  guint max_parallel;           /* submits of the run in flight */
  guint requests_per_minute;    /* submits of all runs of the process; 0 = no limit of ours */
  Veo3PollSettings polls;
  Veo3RetrySettings retries;
  guint64 seed; /* of all jitter */
} Veo3RunSettings;

/** Veo3Run: read freely; changed by veo3-run, veo3-planner and veo3-recorder only. */
typedef struct
{
  Veo3RunSettings settings;  /* (const after new) */
  char *model;               /* (owned) (nullable) for the history of durations */
  Veo3PacerMember *pacing;   /* (owned) (nullable) shares the account; NULL = not paced */
  GPtrArray *jobs;           /* (owned) (element-type Veo3Job) */
  Veo3PollPolicy *polls;     /* (owned) */
  GPtrArray *polled;         /* (owned) poll index -> Veo3Job (borrowed) */
  guint64 revision;          /* counts changes worth saving */
  guint64 durable_revision;  /* what the disk is known to hold */
  guint64 saving_revision;   /* of the save in flight, 0 = none */
  guint64 first_revision;    /* nothing is claimed before this is durable */
  guint save_failures;       /* in a row */
  gint64 save_not_before_ms; /* boot time */
  guint submits_in_flight;   /* claimed or sent, not answered */
  guint calls_in_flight;     /* port calls out */
  Veo3ErrorCode stop_code;   /* why nothing is submitted any more, NONE = it may be */
  char *stop_message;        /* (owned) (nullable) */
  gboolean is_unauthorized;  /* the last poll was refused for its credentials */
  gint64 deaf_ms;            /* boot time of the last poll if it ended in long silence, else 0 */
  gboolean is_ending;        /* nothing new is begun */
  gboolean is_hurried;       /* nothing is waited for either */
  guint64 failed_revision;   /* all that the last save held, if it failed; else 0 */
} Veo3Run;

/**
 * veo3_run_new: a run without jobs.
 * @settings: copied
 * @model: (nullable)
 * @history: (nullable) (transfer none): must outlive the run
 * Thread: any, then one at a time, like all functions here. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
Veo3Run *veo3_run_new (const Veo3RunSettings *settings,
                       const char *model,
                       const Veo3DurationHistory *history);

/**
 * veo3_run_free: accepts NULL. No port call may be in flight. Thread: the owner's.
 * Blocks: no. Errors: none.
 */
void veo3_run_free (Veo3Run *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Run, veo3_run_free)

/**
 * veo3_run_join: the run shares an account with others; before the first job is added. Without it
 * the run sends whenever max_parallel lets it.
 * @pacer: (transfer none): outlives the run
 * @wake: (nullable): tells the run's shell to plan again
 * Thread: the owner's. Blocks: no. Errors: none. Returns: nothing.
 */
void veo3_run_join (Veo3Run *run, Veo3Pacer *pacer, Veo3PacerWakeFunc wake, gpointer user_data);

/**
 * veo3_run_add_job: takes a new job, or one found on disk, into the run.
 *
 * A job found `submitting` becomes `uncertain`: the process that wrote it did not live to see the
 * answer. One found `downloading` is asked for again, since only the service knows where its clip
 * is. A new one whose clip is there already is completed. A held job stays as it was found, but for
 * one that becomes uncertain.
 * @job: (transfer full)
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_run_add_job (Veo3Run *run, Veo3Job *job, Veo3Now now);

/**
 * veo3_run_look_again: a job that was over has a clip that is not here: fetch it (anew), free.
 * @job: (transfer none): in the run, neither pending nor uncertain, with an operation name
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_run_look_again (Veo3Run *run, Veo3Job *job, Veo3Now now);

/**
 * veo3_run_touch: notes that @job changed and has to be saved.
 * @job: (nullable): NULL = something of the run itself changed
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_run_touch (Veo3Run *run, Veo3Job *job);

/**
 * veo3_run_gate_waits: a stage waits for the clips from now on.
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_run_gate_waits (Veo3Run *run, Veo3Now now);

/**
 * veo3_run_end: begin nothing new; what is in flight is answered or cancelled.
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_run_end (Veo3Run *run);

/**
 * veo3_run_stop_submits: the service refuses this run for good.
 * @message: (nullable): why, for people
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_run_stop_submits (Veo3Run *run, Veo3ErrorCode code, const char *message);

/**
 * veo3_run_is_final: no job changes any more by itself. Thread: the owner's. Blocks: no.
 * Errors: none. Returns: TRUE when every job's status is final and its operation need not be
 * stopped, or it is held.
 */
gboolean veo3_run_is_final (const Veo3Run *run);

/**
 * veo3_run_is_saved: the disk holds everything. Thread: the owner's. Blocks: no.
 * Errors: none. Returns: TRUE when nothing has changed since the last durable save.
 */
gboolean veo3_run_is_saved (const Veo3Run *run);

/**
 * veo3_run_is_durable: the disk holds the job as it is. Thread: the owner's. Blocks: no.
 * Errors: none. Returns: TRUE when a power cut would not take the job's last change back.
 */
gboolean veo3_run_is_durable (const Veo3Run *run, const Veo3Job *job);

/**
 * veo3_run_count: jobs in @status. Thread: the owner's. Blocks: no.
 * Errors: none. Returns: how many.
 */
guint veo3_run_count (const Veo3Run *run, Veo3JobStatus status);

/**
 * veo3_run_hurry: the end waits for nothing any more, not even for the answers of paid requests.
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_run_hurry (Veo3Run *run);

/**
 * veo3_run_is_save_given_up: the disk has refused so often, or there is such a hurry, that nobody
 * waits for a save any more. Saving goes on all the same. Thread: the owner's. Blocks: no.
 * Errors: none. Returns: TRUE = do not wait.
 */
gboolean veo3_run_is_save_given_up (const Veo3Run *run);

/**
 * veo3_run_is_gate_open: nothing more is to be waited for by a stage that needs the clips.
 * Thread: the owner's. Blocks: no. Errors: none. Returns: TRUE = the stage is done.
 */
gboolean veo3_run_is_gate_open (const Veo3Run *run);

/**
 * veo3_run_is_over: the run has ended, nothing of it is under way, and what can be saved is.
 * Thread: the owner's. Blocks: no. Errors: none. Returns: TRUE = let go of the workspace.
 */
gboolean veo3_run_is_over (const Veo3Run *run);

/**
 * veo3_run_is_denied: credentials, quota of the day or model stood in the way. Thread: owner's.
 * Blocks: no. Errors: none. Returns: TRUE = a person has to mend it.
 */
gboolean veo3_run_is_denied (const Veo3Run *run);

G_END_DECLS
