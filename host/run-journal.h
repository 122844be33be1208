/* SPDX-License-Identifier: MIT */
/*
 * run-journal.h: where everything that happens in a run is written down: run.json, events.jsonl
 * and the display, in this order. The runner decides; the journal records and tells.
 *
 * Threads: main thread only. Every call may block on the disk for a few milliseconds.
 */
#pragma once

#include "host/event-log.h"
#include "host/progress.h"
#include "host/run-state.h"

G_BEGIN_DECLS

typedef struct _RunJournal RunJournal;

/** RunJournalItems: how a run's items (clips, say) stand. */
typedef struct
{
  guint done;
  guint total;
} RunJournalItems;

/**
 * run_journal_new: a journal. Writes no file yet.
 * @workspace: absolute path; copied.
 * @run: handle of the run for the display, which must know it.
 * @progress: (borrowed): must outlive the journal.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer full).
 */
RunJournal *run_journal_new (const char *workspace, guint64 run, Progress *progress);

/**
 * run_journal_free: closes it.
 * @self: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void run_journal_free (RunJournal *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RunJournal, run_journal_free)

/**
 * run_journal_begin: from now on the run is on record: saves run.json and opens the events.
 * @state: (transfer full).
 * @continued: an earlier process began the run.
 * Thread: main. Blocks: disk. Errors: RUN_STATE_ERROR_IO. Returns: FALSE with @error.
 */
gboolean run_journal_begin (RunJournal *self, RunState *state, gboolean continued, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * run_journal_follow: instead of run_journal_begin(), for a command that works on a run: what is
 * told goes to the run's events, too; run.json is left alone.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void run_journal_follow (RunJournal *self, const char *run_id);

/**
 * run_journal_state: the run's state.
 * Thread: main. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): NULL before run_journal_begin().
 */
const RunState *run_journal_state (const RunJournal *self);

/**
 * run_journal_stage_started: one more attempt at a stage.
 * Thread: main. Blocks: disk. Errors: RUN_STATE_ERROR_IO.
 * Returns: number of the attempt over all processes, from 1; 0 with @error.
 */
guint run_journal_stage_started (RunJournal *self, const char *stage, GError **error);

/** RunJournalStageEnd: how an attempt ended. Borrowed. */
typedef struct
{
  const char *stage;
  RunStageStatus status; /* DONE, FAILED, or PENDING = will be tried again or was stopped */
  const char *word;      /* for events and the display: "done", "failed", "retry", "stopped" */
  int exit_code;         /* RUN_STATE_NO_EXIT_CODE = none */
  gint64 duration_ms;
  const char *message; /* (nullable) why, when not DONE */
} RunJournalStageEnd;

/**
 * run_journal_stage_ended: an attempt has ended.
 * Thread: main. Blocks: disk. Errors: RUN_STATE_ERROR_IO. Returns: FALSE with @error.
 */
gboolean run_journal_stage_ended (RunJournal *self,
                                  const RunJournalStageEnd *end,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * run_journal_item: news of a plugin about one item. Before run_journal_begin() shown only.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void run_journal_item (RunJournal *self, const char *plugin, const PipelineProgress *progress);

/**
 * run_journal_message: a message about the run. Before run_journal_begin() shown only.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void run_journal_message (RunJournal *self, PipelineLogLevel level, const char *message);

/**
 * run_journal_warn_error: shows an error that does not end the run; ", continuing" is added.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void run_journal_warn_error (RunJournal *self, const GError *error);

/**
 * run_journal_end: records how the run ended, and closes the record: what is told later is shown
 * only.
 * Thread: main. Blocks: disk. Errors: RUN_STATE_ERROR_IO. Returns: FALSE with @error.
 */
gboolean run_journal_end (RunJournal *self, RunStatus status, int exit_code, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * run_journal_items: how the items stand that plugins have told of in this process.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void run_journal_items (const RunJournal *self, RunJournalItems *ret_items);

G_END_DECLS
