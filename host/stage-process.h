/* SPDX-License-Identifier: MIT */
/*
 * StageProcess: one attempt at one stage's command, as a child process with a session of its own:
 * cwd = workspace, stdin empty, stdout and stderr to logs/NN-STAGE.log, no descriptor but 0, 1, 2.
 * Judges how it ended; whether to try again is stage_process_next(), a pure function; the caller
 * acts on it. Asynchronous on the default main context, no threads, no ticks. Main thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define STAGE_PROCESS_LOG_FOLDER "logs"
#define STAGE_PROCESS_GRACE_MS 5000 /* between SIGTERM and SIGKILL */

/* A timeout that is noticed so late was not waited for: the process was stopped, or the whole
 * machine was. Who was waited for may have been as well, and gets its time once more. */
#define STAGE_PROCESS_LATE_MS 1000

/* Exit codes with a meaning (sysexits.h: EX_TEMPFAIL, EX_CONFIG). */
#define STAGE_PROCESS_EXIT_TRY_AGAIN 75
#define STAGE_PROCESS_EXIT_NEVER 78

/* A stage that asks to be tried again gets this many further attempts even with `retries=0`. */
#define STAGE_PROCESS_TRY_AGAIN_RETRIES 3
#define STAGE_PROCESS_TRY_AGAIN_FIRST_DELAY_MS 1000 /* doubled each time */
#define STAGE_PROCESS_TRY_AGAIN_MAX_DELAY_MS 30000

/** StageProcessSpec: what is run. Borrowed during the call. */
typedef struct
{
  const char *workspace;      /* absolute path */
  const char *run_id;         /* PIPELINE_RUN_ID */
  const char *stage;          /* PIPELINE_STAGE */
  guint position;             /* from 1: the NN of the log's name */
  guint attempt;              /* from 1: PIPELINE_ATTEMPT */
  const char *const *argv;    /* (array zero-terminated=1) after placeholders were replaced */
  const char *const *outputs; /* (array zero-terminated=1) (nullable) relative to the workspace */
  const char *const *hidden_environment; /* (array zero-terminated=1) (nullable) names to remove */
  gint64 timeout_ms;                     /* 0 = none */
  gint64 grace_ms;                       /* 0 = STAGE_PROCESS_GRACE_MS */
} StageProcessSpec;

/** StageProcessVerdict: how an attempt ended. */
typedef enum
{
  STAGE_PROCESS_DONE,      /* exit 0, outputs are there */
  STAGE_PROCESS_FAILED,    /* exit code, signal, or an output is missing */
  STAGE_PROCESS_TRY_AGAIN, /* exit 75 */
  STAGE_PROCESS_NEVER,     /* exit 78, or the command cannot be started */
  STAGE_PROCESS_TIMED_OUT, /* ended by us after timeout_ms */
  STAGE_PROCESS_STOPPED,   /* ended by us because the caller cancelled */
} StageProcessVerdict;

/** StageProcessExit: the result of an attempt. */
typedef struct
{
  StageProcessVerdict verdict;
  int exit_code;      /* -1 = ended by a signal, or never started */
  int signal_number;  /* 0 = not ended by a signal */
  gint64 duration_ms; /* from start to the end of the last process of the group */
  char *message;      /* (owned) (nullable) why, e.g. "exit code 3"; NULL when DONE or STOPPED */
} StageProcessExit;

/** StageProcessNextStep: what follows an attempt. */
typedef enum
{
  STAGE_PROCESS_NEXT_STAGE, /* done: go on */
  STAGE_PROCESS_NEXT_RETRY, /* same stage again, after delay_ms */
  STAGE_PROCESS_NEXT_FAIL,  /* the stage has failed */
  STAGE_PROCESS_NEXT_STOP,  /* the run is being stopped */
} StageProcessNextStep;

/** StageProcessNext: a decision. */
typedef struct
{
  StageProcessNextStep step;
  gint64 delay_ms; /* before a retry */
} StageProcessNext;

/**
 * stage_process_run_async: starts the command; the child runs when this returns.
 * When it ends, for whatever reason, what is left of its process group is ended too (SIGTERM, after
 * the grace SIGKILL) before the callback is called.
 * @stop: (nullable): cancelled = SIGTERM to the group, after the grace SIGKILL.
 * @kill: (nullable): cancelled = SIGKILL to the group at once.
 * @callback: called exactly once, never before this returns.
 * Thread: main. Blocks: for the fork and the log file. Errors: none; see the result.
 * Returns: nothing.
 */
void stage_process_run_async (const StageProcessSpec *spec,
                              GCancellable *stop,
                              GCancellable *kill,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

/**
 * stage_process_run_finish: the result; there always is one.
 * Thread: main. Blocks: no. Errors: none.
 * Returns: (transfer full) (not nullable).
 */
StageProcessExit *stage_process_run_finish (GAsyncResult *result);

/**
 * stage_process_next: what follows. Pure. A failure or a timeout is retried at once up to @retries
 * times; TRY_AGAIN up to the larger of @retries and STAGE_PROCESS_TRY_AGAIN_RETRIES times with a
 * growing delay; NEVER is never retried.
 * @attempt: the one that ended, from 1, counted from the start of this process's work on the stage.
 * Thread: any. Blocks: no. Errors: none. Returns: the decision.
 */
StageProcessNext stage_process_next (StageProcessVerdict verdict, guint attempt, guint retries);

/**
 * stage_process_log_name: path of a stage's log relative to the workspace: "logs/04-CONTENT.log".
 * @position: from 1.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full).
 */
char *stage_process_log_name (guint position, const char *stage);

/**
 * stage_process_exit_free: frees it.
 * @self: (transfer full) (nullable).
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void stage_process_exit_free (StageProcessExit *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StageProcessExit, stage_process_exit_free)

G_END_DECLS
