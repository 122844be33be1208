/* SPDX-License-Identifier: MIT */
/*
 * stage-run.h: one step of a run until it is done, has failed for good, or was stopped: the
 * attempts at a command with the pauses between them, or a stage that a plugin runs.
 *
 * Threads: main thread only.
 */
#pragma once

#include "host/run-journal.h"
#include "host/run-setup.h"

G_BEGIN_DECLS

typedef struct _StageRun StageRun;

/** StageRunVerdict: how a step ended. It is on record by then, except LOST. */
typedef enum
{
  STAGE_RUN_DONE,
  STAGE_RUN_FAILED,
  STAGE_RUN_STOPPED,
  STAGE_RUN_LOST, /* run.json can't be written; the user was told */
} StageRunVerdict;

typedef void (*StageRunDone) (gpointer user_data, StageRunVerdict verdict);

/** StageRunTask: what to do. All borrowed; outlives the stage run. */
typedef struct
{
  const char *workspace; /* absolute path */
  guint64 run;
  const RunSetup *setup;
  guint index;        /* of the step in setup->steps */
  GHashTable *inputs; /* key -> value for `@input.KEY@` */
  RunJournal *journal;
  GCancellable *stop; /* cancelled = end in order */
  GCancellable *kill; /* cancelled = end now */
} StageRunTask;

/**
 * stage_run_start: begins.
 * @task: copied.
 * @done: called once, never before this function has returned. It may free the stage run.
 * Thread: main. Blocks: disk. Errors: none, see @done. Returns: (transfer full).
 */
StageRun *stage_run_start (const StageRunTask *task, StageRunDone done, gpointer user_data);

/**
 * stage_run_free: frees it. After @done, or when the plugins are gone.
 * @self: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void stage_run_free (StageRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StageRun, stage_run_free)

G_END_DECLS
