/* SPDX-License-Identifier: MIT */
/*
 * runner.h: one run, from taking the workspace's lock to giving it back. An object on the main
 * loop: it blocks for short disk writes only, and completes exactly once.
 *
 * Threads: main thread only.
 */
#pragma once

#include "host/exit-status.h"
#include "host/plugin-set.h"
#include "host/progress.h"
#include "host/run-journal.h"
#include "host/run-plan.h"

G_BEGIN_DECLS

typedef struct _Runner Runner;

/** RunnerResult: how a run ended. Texts are borrowed from the runner. */
typedef struct
{
  ExitStatus exit_status;
  const char *workspace; /* as given */
  const char *run_id;    /* (nullable) NULL = it never became a run */
  RunStatus status;      /* if run_id is set */
  guint stages_done;
  guint stages_total;
  RunJournalItems items;
} RunnerResult;

/** RunnerDone: the run has ended and its workspace is free again. */
typedef void (*RunnerDone) (Runner *runner, gpointer user_data);

/** RunnerSurroundings: what runs share. Borrowed; outlives the runner. */
typedef struct
{
  PluginSet *plugins;
  Progress *progress;
  guint64 run;       /* handle of this run, unique in the process, never 0 */
  const char *label; /* (nullable) for the display; NULL if it is the only run */
} RunnerSurroundings;

/**
 * runner_new: a run that has not begun.
 * @request: (borrowed): must outlive the runner.
 * @surroundings: copied.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer full).
 */
Runner *runner_new (const RunRequest *request, const RunnerSurroundings *surroundings);

/**
 * runner_free: frees it. After the run has ended, or after the PluginSet is gone.
 * @self: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void runner_free (Runner *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Runner, runner_free)

/**
 * runner_start: begins. Reasons not to (lock, input, check) are shown and end it, too.
 * @done: called once, never before this function has returned.
 * Thread: main. Blocks: disk. Errors: none, see runner_result(). Returns: nothing.
 */
void runner_start (Runner *self, RunnerDone done, gpointer user_data);

/**
 * runner_stop: ends it in order: no new stage, a running command gets SIGTERM and later SIGKILL,
 * plugins finish what must not be cut, state is saved.
 * @signal_number: for the exit code.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void runner_stop (Runner *self, int signal_number);

/**
 * runner_hurry: after runner_stop(): nothing is waited for; commands get SIGKILL.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void runner_hurry (Runner *self);

/**
 * runner_give_up: after runner_hurry(): completes now, whoever still owes an answer.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void runner_give_up (Runner *self);

/**
 * runner_waiting_for: what keeps it from ending.
 * Thread: main. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): e.g. "stage CONTENT", "plugin veo3"; NULL = nothing.
 */
char *runner_waiting_for (const Runner *self);

/**
 * runner_journal: where news of plugins about this run go.
 * Thread: main. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): NULL before it has begun.
 */
RunJournal *runner_journal (Runner *self);

/**
 * runner_result: how it ended.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void runner_result (const Runner *self, RunnerResult *ret_result);

G_END_DECLS
