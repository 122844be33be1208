/* SPDX-License-Identifier: MIT */
/*
 * The hooks that every composition root of this plugin shares. Host's main thread.
 */
#pragma once

#include "plugin/stage/veo3-command.h"
#include "plugin/stage/veo3-composition.h"

G_BEGIN_DECLS

#define VEO3_PLUGIN_DEFAULT_AFTER "CONTENT"
#define VEO3_PLUGIN_STAGE_NAME "VEO3_AWAIT"

/** The hooks below as designated initialisers of a PipelineStagePlugin. */
#define VEO3_PLUGIN_HOOKS                                                                          \
  .default_after = VEO3_PLUGIN_DEFAULT_AFTER, .stage_name = VEO3_PLUGIN_STAGE_NAME,                \
  .settings = veo3_settings_specs, .n_settings = VEO3_SETTINGS_N_SPECS, .stop = veo3_plugin_stop,  \
  .after_stage = veo3_plugin_after_stage, .run_stage_async = veo3_plugin_run_stage_async,          \
  .run_stage_finish = veo3_plugin_run_stage_finish, .end_run_async = veo3_plugin_end_run_async,    \
  .end_run_finish = veo3_plugin_end_run_finish, .describe = veo3_plugin_describe,                  \
  .command_async = veo3_plugin_command_async, .command_finish = veo3_plugin_command_finish,        \
  .command_help = veo3_command_help, .diagnose_finish = veo3_plugin_diagnose_finish

/**
 * veo3_plugin_start: starts the worker with the root's adapters.
 * Thread: the host's main thread. Blocks: no. Errors: G_IO_ERROR.
 * Returns: TRUE when the worker runs.
 */
gboolean veo3_plugin_start (const Veo3Composition *composition,
                            const PipelineHostServices *services,
                            gpointer *ret_plugin,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_plugin_check: see PipelineStagePlugin.check.
 * Thread: the host's main thread. Blocks: briefly, on the disk. Errors: G_IO_ERROR.
 * Returns: TRUE = the run may start.
 */
gboolean veo3_plugin_check (const Veo3Composition *composition,
                            gpointer plugin,
                            const PipelineStageContext *context,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_plugin_stop: see PipelineStagePlugin.stop. Thread: the host's. Blocks: until joined.
 * Errors: none.
 */
void veo3_plugin_stop (gpointer plugin);

/**
 * veo3_plugin_after_stage: see PipelineStagePlugin.after_stage: copies and posts.
 * Thread: the host's. Blocks: no. Errors: G_IO_ERROR_INVALID_ARGUMENT: the settings.
 * Returns: TRUE when the worker has been told.
 */
gboolean
veo3_plugin_after_stage (gpointer plugin, const PipelineStageContext *context, GError **error);

/**
 * veo3_plugin_run_stage_async: see PipelineStagePlugin. Thread: the host's. Blocks: no.
 * Errors: through @callback.
 */
void veo3_plugin_run_stage_async (gpointer plugin,
                                  const PipelineStageContext *context,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);

/**
 * veo3_plugin_run_stage_finish: see PipelineStagePlugin. Thread: the host's. Blocks: no.
 * Errors: G_IO_ERROR_CANCELLED. Returns: TRUE when nothing more is to be waited for.
 */
gboolean veo3_plugin_run_stage_finish (gpointer plugin, GAsyncResult *result, GError **error);

/**
 * veo3_plugin_end_run_async: see PipelineStagePlugin. Thread: the host's. Blocks: no.
 * Errors: through @callback.
 */
void veo3_plugin_end_run_async (gpointer plugin,
                                const PipelineStageContext *context,
                                GCancellable *hurry,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

/**
 * veo3_plugin_end_run_finish: see PipelineStagePlugin. Thread: the host's. Blocks: no.
 * Errors: none so far. Returns: TRUE with @ret_outcome set.
 */
gboolean veo3_plugin_end_run_finish (gpointer plugin,
                                     GAsyncResult *result,
                                     PipelineOutcome *ret_outcome,
                                     GError **error);

/**
 * veo3_plugin_describe: see PipelineStagePlugin. Thread: the host's. Blocks: on the disk.
 * Errors: G_IO_ERROR: jobs.json cannot be read. Returns: (transfer full) (nullable): one JSON
 * object.
 */
char *veo3_plugin_describe (const PipelineStageContext *context, GError **error);

/**
 * veo3_plugin_command_async: see PipelineStagePlugin. Thread: the host's. Blocks: briefly, on the
 * disk. Errors: through @callback.
 */
void veo3_plugin_command_async (gpointer plugin,
                                const PipelineStageContext *context,
                                const PipelineCommand *command,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

/**
 * veo3_plugin_command_finish: see PipelineStagePlugin. Thread: the host's. Blocks: no.
 * Errors: see veo3_command_parse() and veo3_worker_carry_out().
 * Returns: TRUE with @ret_outcome set.
 */
gboolean veo3_plugin_command_finish (gpointer plugin,
                                     GAsyncResult *result,
                                     PipelineOutcome *ret_outcome,
                                     GError **error);

/** Veo3PluginCaller: who waits for a hook. */
typedef struct
{
  GAsyncReadyCallback callback;
  gpointer user_data;
} Veo3PluginCaller;

/**
 * veo3_plugin_diagnose_async: see PipelineStagePlugin.
 * @plugin: (nullable): needed only to look online
 * Thread: the host's. Blocks: briefly, on the disk. Errors: through the callback.
 */
void veo3_plugin_diagnose_async (const Veo3Composition *composition,
                                 gpointer plugin,
                                 const PipelineStageContext *context,
                                 const PipelineDiagnosis *diagnosis,
                                 const Veo3PluginCaller *caller);

/**
 * veo3_plugin_diagnose_finish: see PipelineStagePlugin. Thread: the host's. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: the settings. Returns: TRUE when all has been looked at.
 */
gboolean veo3_plugin_diagnose_finish (gpointer plugin,
                                      GAsyncResult *result,
                                      PipelineFindingFunc found,
                                      gpointer user_data,
                                      GError **error);

G_END_DECLS
