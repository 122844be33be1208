/* SPDX-License-Identifier: MIT */
/*
 * command.h: the subcommands of pipeline_runner. stdout is the answer, stderr is progress; with
 * `--json` the answer is exactly one JSON document, on errors too.
 *
 * Threads: main thread only.
 */
#pragma once

#include "host/exit-status.h"
#include "host/options.h"

G_BEGIN_DECLS

/* What the host reads of a plugin's command line; all else is the plugin's. */
#define COMMAND_PLUGIN_OPTIONS                                                                     \
  (OPTIONS_WORKSPACE | OPTIONS_FILE | OPTIONS_PLUGIN | OPTIONS_SET | OPTIONS_JSON                  \
   | OPTIONS_FAIL_ON | OPTIONS_PASS_ON)

/**
 * command_main: parses the command line and runs the command.
 * @argv: (array zero-terminated=1): with the program's name.
 * Thread: main. Blocks: until the command has ended. Errors: shown.
 * Returns: the process's exit code.
 */
int command_main (const char *const *argv);

/**
 * command_status: `status`: how a workspace's run stands, from its files only.
 * Thread: main. Blocks: disk; with `--watch` until nothing runs.
 * Errors: HOST_WORKSPACE_ERROR_INVALID, RunStateError, OPTIONS_ERROR_USAGE.
 * Returns: exit code; meaningless with @error.
 */
ExitStatus command_status (const Options *options, GError **error);

/**
 * command_validate: `validate`: all findings about a pipeline file and its plugins' settings.
 * Thread: main. Blocks: disk. Errors: HOST_WORKSPACE_ERROR_INVALID, PLUGIN_LOADER_ERROR_USAGE.
 * Returns: DONE, or USAGE if a finding is an error; meaningless with @error.
 */
ExitStatus command_validate (const Options *options, GError **error);

/**
 * command_doctor: `doctor`: whether machine, workspace, pipeline and plugins are ready for a run.
 * Thread: main. Blocks: disk; programs that are asked for their version; with `--online` as long as
 * the plugins' services take, at most about a minute each.
 * Errors: PLUGIN_LOADER_ERROR_USAGE.
 * Returns: DONE, USAGE or DENIED by what was found; meaningless with @error.
 */
ExitStatus command_doctor (const Options *options, GError **error);

/**
 * command_plugins: `plugins`: what could be loaded, and what was refused.
 * Thread: main. Blocks: disk. Errors: PLUGIN_LOADER_ERROR_USAGE.
 * Returns: DONE; meaningless with @error.
 */
ExitStatus command_plugins (const Options *options, GError **error);

/**
 * command_is_plugin: whether a plugin of that name can be found.
 * @options: for its `--plugin` overrides.
 * Thread: main. Blocks: disk. Errors: none.
 * Returns: TRUE if so, or if an override is malformed: then command_plugin() tells what is wrong.
 */
gboolean command_is_plugin (const Options *options, const char *name);

/**
 * command_plugin_names: all plugins that can be found.
 * Thread: main. Blocks: disk. Errors: none. Returns: (transfer full) (array zero-terminated=1).
 */
char **command_plugin_names (void);

/**
 * command_plugin: `pipeline_runner NAME …`: runs a command of a plugin; @options' arguments are the
 * plugin's. The workspace is locked meanwhile. Without a command, or with "help", the plugin's help
 * is printed; nothing is locked or started then, unless the plugin knows only ABI 1.0 and has to
 * explain itself.
 * Thread: main. Blocks: until the command has ended and no thread of the plugin is left.
 * Errors: PluginLoaderError, PluginHostError, HostWorkspaceError, RunStateError, the plugin's own,
 *   as long as the command has not begun. What a command itself ends with is shown.
 * Returns: exit code; meaningless with @error.
 */
ExitStatus command_plugin (const char *name, const Options *options, GError **error);

G_END_DECLS
