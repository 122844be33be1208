/* SPDX-License-Identifier: MIT */
/*
 * StageHost: a host as small as the plugin ABI lets it be: services that remember, a workspace, and
 * hooks called like the real host calls them.
 */
#pragma once

#include "include/pipeline-stage.h"
#include "tests/unit/application/test-wait.h"
#include "tests/unit/application/test-workspace.h"

G_BEGIN_DECLS

typedef struct _StageHost StageHost;

/** StageAnswer: the one completion of an asynchronous hook. Zero it before. */
typedef struct
{
  const PipelineStagePlugin *hooks; /* (borrowed) */
  gpointer plugin;                  /* (borrowed) */
  gboolean is_done;
  gboolean success;
  GError *error; /* (owned) (nullable) */
  PipelineOutcome outcome;
} StageAnswer;

/**
 * stage_host_new: a host with an empty workspace and hurried settings.
 * @hooks: outlives the host
 * Thread: the main one, like all functions here. Blocks: on the disk. Errors: assertions.
 */
StageHost *stage_host_new (const PipelineStagePlugin *hooks);

/** stage_host_free: stops the plugin if it runs. Accepts NULL. */
void stage_host_free (StageHost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StageHost, stage_host_free)

/**
 * stage_host_set: a setting of the runs that begin from now on, as the host would have resolved it.
 * @value: durations as "<n>ms"
 */
void stage_host_set (StageHost *self, const char *key, const char *value);

/** stage_host_get_workspace: where the runs of this host take place. Returns: borrowed. */
const TestWorkspace *stage_host_get_workspace (const StageHost *self);

/** stage_host_get_services: what a plugin is started with. Returns: borrowed. */
const PipelineHostServices *stage_host_get_services (const StageHost *self);

/** stage_host_want: writes publishing-assets.json with good prompts "clip-1" and so on. */
void stage_host_want (StageHost *self, guint n_prompts);

/** stage_host_script: writes the scenario, [fake] and its lines, that later runs follow. */
void stage_host_script (StageHost *self, const char *lines);

/** stage_host_start: starts the plugin. Errors: assertions. Returns: borrowed. */
gpointer stage_host_start (StageHost *self);

/** stage_host_stop: stops it. Blocks: until it has no thread left. */
void stage_host_stop (StageHost *self);

/** stage_host_get_context: of run number @run, until the next call. */
const PipelineStageContext *stage_host_get_context (StageHost *self, guint64 run);

/** stage_host_after_stage: calls the hook. Errors: assertions. */
void stage_host_after_stage (StageHost *self, guint64 run);

/** stage_host_run_stage: calls the hook; asserts that it does not complete at once. */
void
stage_host_run_stage (StageHost *self, guint64 run, GCancellable *cancellable, StageAnswer *answer);

/** stage_host_end_run: calls the hook; asserts that it does not complete at once. */
void stage_host_end_run (StageHost *self, guint64 run, GCancellable *hurry, StageAnswer *answer);

/** stage_host_finish_run: the same, and waits. Returns: the outcome. */
PipelineOutcome stage_host_finish_run (StageHost *self, guint64 run, gboolean is_hurried);

/**
 * stage_host_order: calls the hook for the subcommand in @line; asserts that it does not complete
 * at once.
 */
void stage_host_order (StageHost *self,
                       const char *line,
                       GCancellable *cancellable,
                       GCancellable *hurry,
                       StageAnswer *answer);

/** stage_host_count_lines: what the plugin has said so far with @text in it. */
guint stage_host_count_lines (StageHost *self, const char *text);

/** stage_host_wait_line: waits until it has said so @n times. */
void stage_host_wait_line (StageHost *self, const char *text, guint n);

/**
 * stage_host_ref_worker_context: where the plugin's thread lives; known once it has said something.
 * Returns: (transfer full) (nullable).
 */
GMainContext *stage_host_ref_worker_context (StageHost *self);

/** stage_host_count_threads: threads of this process with the worker's name. */
guint stage_host_count_threads (void);

/** stage_host_count_files: open descriptors of this process. */
guint stage_host_count_files (void);

G_END_DECLS
