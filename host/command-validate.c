/* SPDX-License-Identifier: MIT */
/*
 * command-validate.c: `pipeline_runner validate`. Main thread only. Loads everything a run would
 * load and asks the plugins' check hooks, but starts nothing and writes nothing.
 */
#include "host/command.h"

#include <stdio.h>

#include "host/answer.h"
#include "host/plugin-look.h"
#include "host/run-setup.h"
#include "host/run-state.h"
#include "host/workspace.h"

/* What would spoil a run, but does not forbid it. */
static void
look_at_plugin (const RunSetup *setup,
                const RunSetupPlugin *plugin,
                const PipelineStageContext *context,
                GPtrArray *problems)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = plugin_look (plugin->host, context, FALSE, 0, &error);

  for (guint i = 0; i < findings->len; i++)
    {
      const PluginFinding *finding = g_ptr_array_index (findings, i);

      if (finding->level != PIPELINE_FINDING_OK)
        pipeline_problems_add (problems, PIPELINE_PROBLEM_WARNING, setup->definition->file, 0,
                               "plugin %s: %s: %s%s%s", plugin->name, finding->subject,
                               finding->text, finding->advice != NULL ? "; " : "",
                               finding->advice != NULL ? finding->advice : "");
    }
  if (error != NULL)
    pipeline_problems_add (problems, PIPELINE_PROBLEM_WARNING, setup->definition->file, 0, "%s",
                           error->message);
}

static void
check_plugin (const RunSetup *setup,
              const RunSetupPlugin *plugin,
              const HostWorkspace *workspace,
              GPtrArray *problems)
{
  g_autoptr (RunState) state = run_state_load (host_workspace_path (workspace), NULL);
  g_autofree char *new_id = host_workspace_new_run_id ();
  PipelineStageContext context = run_setup_plugin_context (plugin, host_workspace_path (workspace),
                                                           state != NULL ? state->run_id : new_id);
  g_autoptr (GError) error = NULL;

  if (plugin_host_check (plugin->host, &context, &error))
    look_at_plugin (setup, plugin, &context, problems);
  else
    pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, setup->definition->file, 0, "%s",
                           error->message);
}

static void
check_setup (const RunSetup *setup, const HostWorkspace *workspace, GPtrArray *problems)
{
  for (guint i = 0; i < setup->plugins->len; i++)
    check_plugin (setup, g_ptr_array_index (setup->plugins, i), workspace, problems);
  for (guint i = 0; i < setup->definition->stages->len; i++)
    {
      const PipelineDefinitionStage *stage = g_ptr_array_index (setup->definition->stages, i);

      if (stage->command != NULL)
        pipeline_definition_check_inputs (setup->definition, stage, NULL, PIPELINE_PROBLEM_WARNING,
                                          problems);
    }
}

static AnswerJson *
problem_to_json (const PipelineProblem *problem)
{
  AnswerJson *object = json_object_new_object ();

  answer_add_text (object, "severity",
                   problem->severity == PIPELINE_PROBLEM_ERROR ? "error" : "warning");
  answer_add_text (object, "file", problem->file);
  (void)json_object_object_add (object, "line",
                                problem->line > 0 ? json_object_new_int64 (problem->line) : NULL);
  answer_add_text (object, "message", problem->message);
  return object;
}

static void
print_json (const char *file, GPtrArray *problems)
{
  g_autoptr (AnswerJson) document = json_object_new_object ();
  AnswerJson *list = json_object_new_array ();

  for (guint i = 0; i < problems->len; i++)
    (void)json_object_array_add (list, problem_to_json (g_ptr_array_index (problems, i)));
  answer_add_text (document, "file", file);
  (void)json_object_object_add (
      document, "valid", json_object_new_boolean (!pipeline_problems_have_errors (problems)));
  (void)json_object_object_add (document, "problems", list);
  answer_print_json (document);
}

static void
print_text (const char *file, const RunSetup *setup, GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = pipeline_problem_to_string (g_ptr_array_index (problems, i));

      printf ("%s\n", text);
    }
  if (setup != NULL && !pipeline_problems_have_errors (problems))
    printf ("%s: valid, %u stages, %u plugins\n", file, setup->definition->stages->len,
            setup->plugins->len);
}

ExitStatus
command_validate (const Options *options, GError **error)
{
  PluginSink sink = { .log = answer_plugin_log, .progress = answer_plugin_progress };
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (HostWorkspace) workspace = NULL;
  g_autoptr (PluginSet) plugins = NULL;
  g_autoptr (RunSetup) setup = NULL;
  g_autofree char *file = NULL;

  workspace = host_workspace_open (options->workspaces[0], error);
  if (workspace == NULL)
    return EXIT_STATUS_USAGE;
  plugins = plugin_set_new ((const char *const *)options->plugins, &sink, error);
  if (plugins == NULL)
    return EXIT_STATUS_USAGE;

  file = run_setup_file (options->workspaces[0], options->file);
  setup = run_setup_load (file, (const char *const *)options->overrides, plugins, problems);
  if (setup != NULL)
    check_setup (setup, workspace, problems);

  if (options->is_json)
    print_json (file, problems);
  else
    print_text (file, setup, problems);
  return pipeline_problems_have_errors (problems) ? EXIT_STATUS_USAGE : EXIT_STATUS_DONE;
}
