/* SPDX-License-Identifier: MIT */
/*
 * command-plugin.c: `pipeline_runner NAME …`, the subcommands of a plugin. Main thread only. The
 * host takes the lock, because a plugin's command may change what a run works on, and stops the
 * plugin before the process ends, like any run does.
 */
#include "host/command.h"

#include <string.h>

#include "host/answer.h"
#include "host/run-setup.h"
#include "host/run-state.h"
#include "host/workspace.h"

#define ONLY_RUN 1
#define HELP "help"

gboolean
command_is_plugin (const Options *options, const char *name)
{
  g_autoptr (PluginLoader) loader = plugin_loader_new ();
  g_autofree char *path = NULL;

  for (gsize i = 0; options->plugins[i] != NULL; i++)
    if (!plugin_loader_override (loader, options->plugins[i], NULL))
      return TRUE;
  path = plugin_loader_find (loader, name, NULL);
  return path != NULL;
}

char **
command_plugin_names (void)
{
  g_autoptr (PluginLoader) loader = plugin_loader_new ();

  return plugin_loader_list_names (loader);
}

static gboolean
tell_problems (GPtrArray *problems, GError **error)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const PipelineProblem *problem = g_ptr_array_index (problems, i);
      g_autofree char *text = NULL;

      if (problem->severity != PIPELINE_PROBLEM_ERROR)
        continue;
      text = pipeline_problem_to_string (problem);
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "%s", text);
      return FALSE;
    }
  return TRUE;
}

/* The workspace's pipeline file if it speaks of the plugin; else the plugin's own defaults. */
static RunSetup *
load_setup (const char *name,
            const Options *options,
            const HostWorkspace *workspace,
            PluginSet *plugins,
            GError **error)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autofree char *file = run_setup_file (options->workspaces[0], options->file);
  const char *const *overrides = (const char *const *)options->overrides;
  RunSetup *setup = NULL;

  if (options->file != NULL || g_file_test (file, G_FILE_TEST_EXISTS))
    {
      setup = run_setup_load (file, overrides, plugins, problems);
      if (setup == NULL && !tell_problems (problems, error))
        return NULL;
      if (setup != NULL && run_setup_plugin (setup, name) != NULL)
        return setup;
      g_clear_pointer (&setup, run_setup_free);
    }
  setup
      = run_setup_for_plugin (host_workspace_path (workspace), name, overrides, plugins, problems);
  if (setup == NULL)
    (void)tell_problems (problems, error);
  return setup;
}

static ExitStatus
run_command (const RunSetup *setup,
             const char *name,
             const HostWorkspace *workspace,
             const char *const *argv,
             GError **error)
{
  const RunSetupPlugin *plugin = run_setup_plugin (setup, name);
  PipelineStageContext context = { .struct_size = sizeof context, .run = ONLY_RUN };
  g_autoptr (RunState) state = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *new_id = host_workspace_new_run_id ();
  int status = 0;

  state = run_state_load (host_workspace_path (workspace), &local_error);
  if (state == NULL && !g_error_matches (local_error, RUN_STATE_ERROR, RUN_STATE_ERROR_ABSENT))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return EXIT_STATUS_USAGE;
    }
  if (!plugin_host_start (plugin->host, error))
    return EXIT_STATUS_USAGE;

  context.run_id = state != NULL ? state->run_id : new_id;
  context.workspace = host_workspace_path (workspace);
  context.settings = plugin->settings->settings;
  context.n_settings = plugin->settings->n_settings;
  if (!plugin_host_command (plugin->host, &context, argv, &status, error))
    return EXIT_STATUS_USAGE;
  return (ExitStatus)status;
}

ExitStatus
command_plugin (const char *name, const Options *options, GError **error)
{
  const char *const help[] = { HELP, NULL };
  const char *const *argv = (const char *const *)options->arguments;
  PluginSink sink = { .log = answer_plugin_log, .progress = answer_plugin_progress };
  g_autoptr (HostWorkspace) workspace = NULL;
  g_autoptr (PluginSet) plugins = NULL;
  g_autoptr (RunSetup) setup = NULL;

  if (argv[0] == NULL)
    argv = help;
  workspace = host_workspace_open (options->workspaces[0], error);
  if (workspace == NULL)
    return EXIT_STATUS_USAGE;
  if (strcmp (argv[0], HELP) != 0 && !host_workspace_lock (workspace, error))
    return EXIT_STATUS_USAGE;

  plugins = plugin_set_new ((const char *const *)options->plugins, &sink, error);
  if (plugins == NULL)
    return EXIT_STATUS_USAGE;
  setup = load_setup (name, options, workspace, plugins, error);
  if (setup == NULL)
    return EXIT_STATUS_USAGE;
  return run_command (setup, name, workspace, argv, error);
}
