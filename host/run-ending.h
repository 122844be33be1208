/* SPDX-License-Identifier: MIT */
/*
 * run-ending.h: the end of a run as its plugins live it: end_run of each, all at once, and what is
 * left over put together.
 *
 * Threads: main thread only.
 */
#pragma once

#include "host/run-setup.h"

G_BEGIN_DECLS

typedef struct _RunEnding RunEnding;

/**
 * RunEndingDone: all plugins have let go.
 * @outcome: of all plugins, or'ed.
 * @errors: (element-type GError) (transfer none): of those whose end_run failed.
 */
typedef void (*RunEndingDone) (gpointer user_data, PipelineOutcome outcome, GPtrArray *errors);

/**
 * run_ending_start: calls end_run of each plugin.
 * @plugins: (element-type RunSetupPlugin): exactly those whose check succeeded; at least one.
 * @context: of the run; `settings` are filled in for each plugin.
 * @hurry: cancelled = nothing is waited for.
 * @done: called once, never before this function has returned.
 * Thread: main. Blocks: no. Errors: none, see @done. Returns: (transfer full).
 */
RunEnding *run_ending_start (GPtrArray *plugins,
                             const PipelineStageContext *context,
                             GCancellable *hurry,
                             RunEndingDone done,
                             gpointer user_data);

/**
 * run_ending_waiting_for: who has not answered yet.
 * Thread: main. Blocks: no. Errors: none.
 * Returns: (transfer full): names, separated by ", "; "" if nobody.
 */
char *run_ending_waiting_for (const RunEnding *self);

/**
 * run_ending_free: frees it. Only after @done, or when the plugins themselves are freed: else their
 * answers would find nobody.
 * @self: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void run_ending_free (RunEnding *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RunEnding, run_ending_free)

G_END_DECLS
