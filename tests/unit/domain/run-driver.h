/* SPDX-License-Identifier: MIT */
/*
 * RunDriver: the pure core with a virtual clock and nobody acting on it but the test.
 */
#pragma once

#include "plugin/domain/veo3-planner.h"
#include "plugin/domain/veo3-recorder.h"

G_BEGIN_DECLS

/** RunDriver: read freely. */
typedef struct
{
  Veo3Run *run;    /* (owned) */
  Veo3Now now;     /* moved by the test only */
  GArray *actions; /* (owned) (element-type Veo3Action) what was planned last */
  gint64 wake_ms;  /* boot time, as planned last */
  guint n_woken;   /* by the pacer */
} RunDriver;

/**
 * run_driver_get_settings: 600 s of deadline, 60 s of grace, the policies' defaults, a fixed seed.
 * Thread: the test's, like all functions here. Blocks: no. Errors: none.
 */
Veo3RunSettings run_driver_get_settings (void);

/**
 * run_driver_new: a run without jobs at some instant.
 * @settings: (nullable): NULL = run_driver_get_settings()
 * Thread: the test's. Blocks: no. Errors: none. Returns: (transfer full)
 */
RunDriver *run_driver_new (const Veo3RunSettings *settings);

/** run_driver_join: lets the run share an account, before it has jobs. Thread: the test's. */
void run_driver_join (RunDriver *self, Veo3Pacer *pacer);

/** run_driver_free: accepts NULL; ends calls that are still out. Thread: the test's. */
void run_driver_free (RunDriver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RunDriver, run_driver_free)

/**
 * run_driver_make_job: a job as it could be found on disk.
 * @operation_name: (nullable)
 * Thread: the test's. Blocks: no. Errors: none. Returns: (transfer full)
 */
Veo3Job *run_driver_make_job (const RunDriver *self,
                              const char *variant,
                              Veo3JobStatus status,
                              const char *operation_name);

/** run_driver_add: takes a pending job into the run. Thread: the test's. Returns: borrowed. */
Veo3Job *run_driver_add (RunDriver *self, const char *variant);

/** run_driver_add_generating: one that a save holds and whose operation has a name; not watched. */
Veo3Job *run_driver_add_generating (RunDriver *self, const char *variant);

/** run_driver_advance: lets time pass; plans nothing. Thread: the test's. */
void run_driver_advance (RunDriver *self, gint64 ms);

/** run_driver_round: plans once. Thread: the test's. */
void run_driver_round (RunDriver *self);

/** run_driver_settle: plans, with every save succeeding at once, until nothing is left to save. */
void run_driver_settle (RunDriver *self);

/** run_driver_saved: the save that was planned ends. Thread: the test's. */
void run_driver_saved (RunDriver *self, gboolean success);

/** run_driver_count: actions of a kind among those planned last. Thread: the test's. */
guint run_driver_count (const RunDriver *self, Veo3ActionKind kind);

/** run_driver_has: is this action of this job among them? Thread: the test's. */
gboolean run_driver_has (const RunDriver *self, Veo3ActionKind kind, const Veo3Job *job);

/** run_driver_submit_answer: the answer to SUBMIT. @retry_after_ms: 0 = not said. */
void run_driver_submit_answer (RunDriver *self,
                               Veo3Job *job,
                               Veo3SubmitClass klass,
                               Veo3ErrorCode code,
                               gint64 retry_after_ms);

/** run_driver_poll_answer: the answer to POLL; DONE brings a clip's place. Thread: the test's. */
void run_driver_poll_answer (RunDriver *self, Veo3Job *job, Veo3PollClass klass);

/** run_driver_download_answer: the answer to DOWNLOAD; STORED brings 1234 bytes. */
void run_driver_download_answer (RunDriver *self, Veo3Job *job, Veo3DownloadClass klass);

/**
 * run_driver_wait_for: goes from wake time to wake time, saving, until @kind is planned for @job.
 * Thread: the test's. Blocks: no. Errors: an assertion when a virtual day passes without it.
 */
void run_driver_wait_for (RunDriver *self, Veo3ActionKind kind, const Veo3Job *job);

G_END_DECLS
