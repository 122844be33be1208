/* SPDX-License-Identifier: MIT */
/*
 * plugin-host.h: one plugin in use. The only way the host calls hooks, and the place where the
 * contract of pipeline-stage.h is closed: whatever a plugin does, a caller sees either success or
 * FALSE with an error, and every asynchronous call completes exactly once, on the main context,
 * after the call has returned.
 *
 * A hook that is not provided succeeds and does nothing. A plugin that breaks the contract is
 * named, in the error or as a warning: "plugin NAME: HOOK …(a bug of the plugin)".
 *
 * The host services a plugin gets may be called from any thread, even after the plugin's stop();
 * what they say arrives at the sink on the main context, in order, before the completion of a hook
 * that was called back later.
 *
 * Threads: main thread only, except for the services.
 */
#pragma once

#include "host/plugin-finding.h"
#include "host/plugin-loader.h"
#include "host/plugin-services.h"

G_BEGIN_DECLS

#define PLUGIN_HOST_ERROR (plugin_host_error_quark ())

/** PluginHostError: how a plugin broke the contract. */
typedef enum
{
  PLUGIN_HOST_ERROR_SILENT,       /* a hook failed without an error, or does not answer */
  PLUGIN_HOST_ERROR_BAD_ANSWER,   /* a hook's answer can't be read */
  PLUGIN_HOST_ERROR_NOT_PROVIDED, /* the plugin has no such hook, but it was asked for by name */
} PluginHostError;

typedef struct _PluginHost PluginHost;

/**
 * plugin_host_error_quark: the error domain.
 * Thread: any. Blocks: no. Errors: none. Returns: the quark.
 */
GQuark plugin_host_error_quark (void);

/**
 * plugin_host_new: a plugin, not started.
 * @module: (borrowed): must outlive the host; its loader keeps it.
 * @sink: copied; its user_data must live until plugin_host_free().
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer full).
 */
PluginHost *plugin_host_new (const PluginModule *module, const PluginSink *sink);

/**
 * plugin_host_free: stops the plugin if need be and lets go of it.
 * @self: (nullable).
 * Thread: main. Blocks: as long as the plugin's stop() does. Errors: none. Returns: nothing.
 */
void plugin_host_free (PluginHost *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PluginHost, plugin_host_free)

/**
 * plugin_host_module: the module behind it.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer none).
 */
const PluginModule *plugin_host_module (const PluginHost *self);

/**
 * plugin_host_start: calls start, at most once in the life of @self.
 * Thread: main. Blocks: as long as start() does.
 * Errors: the plugin's own, prefixed; SILENT. A second call gives the first one's result.
 * Returns: FALSE with @error: the plugin can't be used.
 */
gboolean plugin_host_start (PluginHost *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * plugin_host_stop: calls stop, once, if start succeeded; then hands on what was still logged.
 * Thread: main. Blocks: until no thread of the plugin is left. Errors: none. Returns: nothing.
 */
void plugin_host_stop (PluginHost *self);

/**
 * plugin_host_check: whether a run can work with this plugin.
 * Thread: main. Blocks: disk. Errors: the plugin's own, prefixed; SILENT.
 * Returns: FALSE with @error.
 */
gboolean plugin_host_check (PluginHost *self,
                            const PipelineStageContext *context,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * plugin_host_after_stage: tells the plugin that a stage has ended well; measures the time it
 * takes and warns above 50 ms, for the next stage waits.
 * Thread: main. Blocks: no, if the plugin keeps its promise.
 * Errors: the plugin's own, prefixed; SILENT. Returns: FALSE with @error.
 */
gboolean plugin_host_after_stage (PluginHost *self,
                                  const PipelineStageContext *context,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * plugin_host_runs_stages: whether the plugin can be named by `[stage X] plugin=`.
 * Thread: main. Blocks: no. Errors: none. Returns: TRUE if run_stage is provided.
 */
gboolean plugin_host_runs_stages (const PluginHost *self);

/** PluginHostDone: end of an asynchronous hook. @outcome has known bits only; it is COMPLETE except
 * after end_run and a command. */
typedef void (*PluginHostDone) (gpointer user_data, PipelineOutcome outcome, const GError *error);

/**
 * plugin_host_run_stage: runs a stage of the pipeline.
 * @cancellable: ends it soon; @done still comes, with G_IO_ERROR_CANCELLED.
 * @done: called once, never before this function has returned. @error NULL = it went well.
 * Thread: main. Blocks: no. Errors: given to @done: NOT_PROVIDED, SILENT, the plugin's own,
 *   prefixed. Returns: nothing.
 */
void plugin_host_run_stage (PluginHost *self,
                            const PipelineStageContext *context,
                            GCancellable *cancellable,
                            PluginHostDone done,
                            gpointer user_data);

/**
 * plugin_host_abandon: nobody waits any more for the hooks that were called with @user_data: their
 * @done is not called from now on.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void plugin_host_abandon (PluginHost *self, gpointer user_data);

/**
 * plugin_host_end_run: ends a run; afterwards the plugin has let go of the workspace.
 * @hurry: (not nullable): cancelling it means "now".
 * @done: called once, never before this function has returned.
 * Thread: main. Blocks: no. Errors: given to @done: SILENT, the plugin's own, prefixed;
 *   BAD_ANSWER if it said an outcome that nobody knows.
 * Returns: nothing.
 */
void plugin_host_end_run (PluginHost *self,
                          const PipelineStageContext *context,
                          GCancellable *hurry,
                          PluginHostDone done,
                          gpointer user_data);

/**
 * plugin_host_describe: what the plugin tells of a run, from its files.
 * Thread: main. Blocks: disk. Errors: the plugin's own, prefixed; SILENT; BAD_ANSWER if it is not
 *   one JSON object.
 * Returns: (transfer full) (nullable): JSON text, "{}" if not provided; NULL with @error.
 */
char *plugin_host_describe (PluginHost *self, const PipelineStageContext *context, GError **error);

/** PluginHostFound: end of a look. @findings: (element-type PluginFinding), borrowed; what was
 * found before an error came is there too. */
typedef void (*PluginHostFound) (gpointer user_data, GPtrArray *findings, const GError *error);

/**
 * plugin_host_diagnose: lets the plugin look whether a run would do what it is for. A plugin that
 * does not know how finds nothing.
 * @diagnosis: (borrowed): complete; needed during the call only, but for its cancellable. Online
 *   the plugin must have been started.
 * @found: called once, never before this function has returned.
 * Thread: main. Blocks: no. Errors: given to @found: SILENT, the plugin's own, prefixed.
 * Returns: nothing.
 */
void plugin_host_diagnose (PluginHost *self,
                           const PipelineStageContext *context,
                           const PipelineDiagnosis *diagnosis,
                           PluginHostFound found,
                           gpointer user_data);

/**
 * plugin_host_commands_wait: whether the plugin's commands take their time: then
 * plugin_host_command_async() runs them, else plugin_host_command().
 * Thread: main. Blocks: no. Errors: none. Returns: TRUE if command_async is provided.
 */
gboolean plugin_host_commands_wait (const PluginHost *self);

/**
 * plugin_host_command_async: runs a subcommand of the plugin that takes its time.
 * @command: (borrowed): complete; needed during the call only.
 * @done: called once, never before this function has returned.
 * Thread: main. Blocks: no.
 * Errors: given to @done: NOT_PROVIDED, SILENT, the plugin's own, prefixed; BAD_ANSWER if it said
 *   an outcome that nobody knows. Returns: nothing.
 */
void plugin_host_command_async (PluginHost *self,
                                const PipelineStageContext *context,
                                const PipelineCommand *command,
                                PluginHostDone done,
                                gpointer user_data);

/**
 * plugin_host_command: runs a subcommand of a plugin whose commands are done at once.
 * @argv: NULL-terminated, starts with the subcommand.
 * @ret_status: (out): its exit code, 0 to 255.
 * Thread: main. Blocks: as long as the command takes. Errors: NOT_PROVIDED, BAD_ANSWER.
 * Returns: FALSE with @error.
 */
gboolean plugin_host_command (PluginHost *self,
                              const PipelineStageContext *context,
                              const char *const *argv,
                              int *ret_status,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
