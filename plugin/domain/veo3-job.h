/* SPDX-License-Identifier: MIT */
/*
 * Veo3Job: one clip on its way from a prompt to a file, and the table of what may become of it.
 */
#pragma once

#include "plugin/domain/veo3-pacer.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** Veo3JobStatus: the values of `status` in jobs.json. */
typedef enum
{
  VEO3_JOB_PENDING,     /* nothing was sent */
  VEO3_JOB_SUBMITTING,  /* on disk before the paid request can leave; found at start = uncertain */
  VEO3_JOB_GENERATING,  /* the service took it: operation_name is set */
  VEO3_JOB_DOWNLOADING, /* the clip is ready at the service */
  VEO3_JOB_COMPLETED,   /* the clip is in the workspace */
  VEO3_JOB_FAILED,      /* no clip will come; error_code says why */
  VEO3_JOB_TIMED_OUT,   /* we stopped waiting; the operation is kept and can be collected */
  VEO3_JOB_UNCERTAIN,   /* may have been accepted and billed; only the user's word moves it */
  VEO3_JOB_CANCELLED,   /* by the user's word */
} Veo3JobStatus;
#define VEO3_N_JOB_STATUSES (VEO3_JOB_CANCELLED + 1)

/** Veo3JobEvent: what can happen to a job. Which of it is possible when: veo3_job_next_status(). */
typedef enum
{
  VEO3_EVENT_CLAIM,         /* we are about to submit it */
  VEO3_EVENT_NOT_SENT,      /* no byte left */
  VEO3_EVENT_REJECTED,      /* the service said "not now" */
  VEO3_EVENT_REFUSED,       /* the service said no, or we gave up before it said yes */
  VEO3_EVENT_AMBIGUOUS,     /* it left, and no answer tells what became of it */
  VEO3_EVENT_ACCEPTED,      /* the operation has a name */
  VEO3_EVENT_READY,         /* the operation is done and there is a clip */
  VEO3_EVENT_NO_CLIP,       /* the operation is done, or lost, and there will be no clip */
  VEO3_EVENT_STORED,        /* the clip is in the workspace */
  VEO3_EVENT_CLIP_LOST,     /* the clip is gone at the service, or is none */
  VEO3_EVENT_DEADLINE,      /* we stop waiting */
  VEO3_EVENT_LOOK_AGAIN,    /* where the clip is must be asked (again): at a start, by order */
  VEO3_EVENT_FOUND,         /* its clip is in the workspace already: at a start */
  VEO3_EVENT_USER_CANCEL,   /* the user's word: stop waiting */
  VEO3_EVENT_USER_ADOPT,    /* the user's word: this operation is it */
  VEO3_EVENT_USER_RESUBMIT, /* the user's word: pay (again) */
  VEO3_EVENT_USER_ABANDON,  /* the user's word: forget it */
} Veo3JobEvent;
#define VEO3_N_JOB_EVENTS (VEO3_EVENT_USER_ABANDON + 1)

/** Veo3JobProgress: what the planner remembers of a job while the process lives; never saved. */
typedef struct
{
  gboolean is_operation_saved; /* the name was read from the disk, so the disk has it */
  guint position;              /* in the shell's own list; the core does not read it */
  guint64 revision;            /* of the run, when the job last changed; durable once saved */
  gboolean is_held;            /* an order that is not about it is carried out: nothing is done */
  gboolean is_clip_missing;    /* completed, but its file is not there as it was stored */
  gboolean is_clip_there;      /* pending, but a file has the name of its clip */
  gboolean is_one_look;        /* it is not waited for: one poll, by order of the user */
  gboolean has_respite;        /* its deadline was moved because nobody could ask in time */
  gboolean in_flight;          /* a port call is out */
  gboolean is_stop_wanted;     /* cancelled, and the service is yet to be asked to stop */
  guint stop_tries;            /* how often it has been asked */
  gboolean is_cancelled;       /* that call has been told to abort */
  gint64 deadline_ms;          /* boot time after which nothing more is waited for */
  gint64 in_line_since_ms; /* boot time since when it has waited for its turn; 0 = it does not */
  Veo3Place place;         /* of what the service may have in hand */
  gint64 not_before_ms;    /* boot time of the next try (submit or download) */
  guint not_sent_tries;    /* in a row */
  guint unavailable_tries; /* submits rejected with 503, in a row */
  guint quota_tries;       /* submits rejected with 429, in a row */
  guint download_tries;    /* in a row */
  guint not_founds;        /* 404s in a row, of its polls or of its downloads */
  gint64 not_found_since_ms;
  guint poll_index;  /* in the poll policy; G_MAXUINT = not there */
  gint64 learned_ms; /* how long the operation took, as polling saw it; 0 = not known */
  char *clip_uri;    /* (owned) (nullable) where the finished clip is */
  char *note;        /* (owned) (nullable) passing news for people, e.g. "rate limited, …" */
} Veo3JobProgress;

/** Veo3Job: times are UTC microseconds since the epoch, 0 = not yet. */
typedef struct
{
  char *idempotent_key; /* (owned) (const after new) */
  char *variant;        /* (owned) (const after new) file name stem */
  Veo3JobStatus status;
  char *video_path;    /* (owned) (nullable) relative to the workspace */
  char *error_message; /* (owned) (nullable) */
  Veo3ErrorCode error_code;
  Veo3ClipRequest request; /* (owned) */
  char *narrative_anchor;  /* (owned) (nullable) */
  char *request_sha256;    /* (owned) (nullable) of everything the clip depends on */
  char *operation_name;    /* (owned) (nullable) once set, never erased */
  char *
      *earlier_operations; /* (owned) (nullable) NULL-terminated: paid for before the present one */
  gboolean is_ordered;     /* the user's word to pay (again) has not led to an operation yet */
  guint attempts;          /* paid requests handed to the port */
  guint polls;
  gint64 created_at_us;
  gint64 submitted_at_us;
  gint64 updated_at_us;
  gint64 completed_at_us;
  gint64 bytes;              /* size of the clip, -1 = none */
  char *sha256;              /* (owned) (nullable) of the clip */
  Veo3ClipMedia media;       /* of the clip */
  double estimated_cost_usd; /* < 0 = unknown */
  Veo3JobProgress progress;
} Veo3Job;

/**
 * veo3_job_new: a pending job.
 * @idempotent_key: (not nullable)
 * @variant: (not nullable)
 * @now_us: UTC microseconds since the epoch
 * Thread: any, like every function here: a job belongs to its planner. Blocks: no. Errors: none.
 * Returns: (transfer full): free with veo3_job_free().
 */
Veo3Job *veo3_job_new (const char *idempotent_key, const char *variant, gint64 now_us);

/** veo3_job_free: accepts NULL. Thread: any. Blocks: no. Errors: none. */
void veo3_job_free (Veo3Job *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Job, veo3_job_free)

/**
 * veo3_job_next_status: the transition table.
 * @ret_next: (out): untouched when the event is impossible
 * Thread: any. Blocks: no. Errors: none.
 * Returns: whether @event can happen to a job in @status.
 */
gboolean veo3_job_next_status (Veo3JobStatus status, Veo3JobEvent event, Veo3JobStatus *ret_next);

/**
 * veo3_job_apply: makes @event happen.
 * @now_us: UTC microseconds since the epoch
 * Thread: any. Blocks: no. Errors: an impossible event is a defect of ours and ends in an
 * assertion.
 */
void veo3_job_apply (Veo3Job *job, Veo3JobEvent event, gint64 now_us);

/**
 * veo3_job_explain: sets why the job is where it is.
 * @message: (nullable): kept as given
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_job_explain (Veo3Job *job, Veo3ErrorCode code, const char *message);

/**
 * veo3_job_explain_uncertain: says what happened, that money may have been spent, and what to do.
 * @seen: what was seen, as the beginning of a sentence
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_job_explain_uncertain (Veo3Job *job, const char *seen);

/**
 * veo3_job_explain_unsent: says why a clip was not taken by the service, and which command sends it
 * again.
 * @seen: what was seen, and that nothing was billed
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_job_explain_unsent (Veo3Job *job, Veo3ErrorCode code, const char *seen);

/**
 * veo3_job_explain_lost: says why an accepted request brings no clip, what that costs and what may
 * be done.
 * @seen: (nullable): what was seen, as the beginning of a sentence
 * Source: the price lists of the services: filtered and failed clips are free.
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_job_explain_lost (Veo3Job *job, Veo3ErrorCode code, const char *seen);

/**
 * veo3_job_retire_operation: makes room for another operation and another clip. The name of the
 * present one goes to the earlier ones: it was paid for.
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_job_retire_operation (Veo3Job *job);

/**
 * veo3_job_had_operation: is @operation_name one of the earlier ones?
 * @operation_name: (nullable)
 * Thread: any. Blocks: no. Errors: none. Returns: TRUE when it is.
 */
gboolean veo3_job_had_operation (const Veo3Job *job, const char *operation_name);

/**
 * veo3_job_status_is_final: nothing more happens to it in this run by itself.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE for completed, failed, timed_out, uncertain and cancelled.
 */
gboolean veo3_job_status_is_final (Veo3JobStatus status);

/**
 * veo3_job_status_to_string: the name used in jobs.json.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none).
 */
const char *veo3_job_status_to_string (Veo3JobStatus status);

/**
 * veo3_job_status_from_string: the inverse.
 * @name: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: FALSE for a name that is none; @ret_status is then untouched.
 */
gboolean veo3_job_status_from_string (const char *name, Veo3JobStatus *ret_status);

G_END_DECLS
