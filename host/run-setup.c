/* SPDX-License-Identifier: MIT */
/*
 * run-setup.c: see run-setup.h. Main thread only. Collects all findings instead of stopping at the
 * first, so that a pipeline file is mended in one go.
 */
#include "host/run-setup.h"

#include <string.h>

static void
setup_plugin_free (gpointer data)
{
  RunSetupPlugin *plugin = data;

  plugin_settings_free (plugin->settings);
  g_free (plugin);
}

void
run_setup_free (RunSetup *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  g_clear_pointer (&self->plugins, g_ptr_array_unref);
  g_clear_pointer (&self->definition, pipeline_definition_unref);
  g_clear_pointer (&self->names, g_string_chunk_free);
  g_strfreev (self->step_names);
  g_strfreev (self->hidden_environment);
  g_free (self);
}

const RunSetupPlugin *
run_setup_plugin (const RunSetup *self, const char *name)
{
  for (guint i = 0; i < self->plugins->len; i++)
    {
      const RunSetupPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (strcmp (plugin->name, name) == 0)
        return plugin;
    }
  return NULL;
}

PipelineStageContext
run_setup_plugin_context (const RunSetupPlugin *plugin, const char *workspace, const char *run_id)
{
  PipelineStageContext context = { .struct_size = sizeof context, .run = 1 };

  context.run_id = run_id;
  context.workspace = workspace;
  context.settings = plugin->settings->settings;
  context.n_settings = plugin->settings->n_settings;
  return context;
}

gboolean
run_setup_step_index (const RunSetup *self, const char *name, guint *ret_index)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      const RunSetupStep *step = g_ptr_array_index (self->steps, i);

      if (strcmp (step->name, name) == 0)
        {
          *ret_index = i;
          return TRUE;
        }
    }
  return FALSE;
}

static const char *
find_after (RunSetup *self,
            const PipelineDefinitionPlugin *wanted,
            const PipelineStagePlugin *descriptor,
            GPtrArray *problems)
{
  const char *file = self->definition->file;

  if (wanted->after != NULL)
    return wanted->after;
  if (descriptor->after_stage == NULL)
    return NULL;
  if (descriptor->default_after == NULL)
    {
      pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, file, wanted->line,
                             "plugin '%s' must be told after which stage it is called: write "
                             "after=STAGE in [plugin %s]",
                             wanted->name, wanted->name);
      return NULL;
    }
  if (pipeline_definition_stage (self->definition, descriptor->default_after, NULL) == NULL)
    {
      pipeline_problems_add (problems, PIPELINE_PROBLEM_WARNING, file, wanted->line,
                             "plugin '%s' is called after stage %s, which this pipeline does not "
                             "have: it will never be; write after=STAGE in [plugin %s]",
                             wanted->name, descriptor->default_after, wanted->name);
      return NULL;
    }
  return descriptor->default_after;
}

static gboolean
holds_secret (const PipelineStagePlugin *descriptor, const PluginSettings *settings)
{
  for (gsize i = 0; i < descriptor->n_settings; i++)
    if (descriptor->settings[i].type == PIPELINE_SETTING_SECRET
        && plugin_settings_get (settings, descriptor->settings[i].key) != NULL)
      return TRUE;
  return FALSE;
}

static void
add_plugin (RunSetup *self,
            const PipelineDefinitionPlugin *wanted,
            PluginSet *plugins,
            GPtrArray *problems)
{
  g_autoptr (GError) error = NULL;
  PluginHost *host = plugin_set_get (plugins, wanted->name, &error);
  const PipelineStagePlugin *descriptor = NULL;
  PluginSettingsRequest request = { .definition = self->definition, .plugin = wanted };
  RunSetupPlugin *plugin = NULL;

  if (host == NULL)
    {
      pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, self->definition->file, wanted->line,
                             "%s", error->message);
      return;
    }
  descriptor = &plugin_host_module (host)->descriptor;
  request.specs = descriptor->settings;
  request.n_specs = descriptor->n_settings;

  plugin = g_new0 (RunSetupPlugin, 1);
  plugin->host = host;
  plugin->name = wanted->name;
  plugin->after = find_after (self, wanted, descriptor, problems);
  plugin->settings = plugin_settings_resolve (&request, problems);
  if (plugin->settings != NULL && holds_secret (descriptor, plugin->settings))
    plugin_set_protect_secrets ();
  g_ptr_array_add (self->plugins, plugin);
}

static void
hide_secrets (RunSetup *self)
{
  g_autoptr (GPtrArray) hidden = g_ptr_array_new ();

  for (guint i = 0; i < self->plugins->len; i++)
    {
      const RunSetupPlugin *plugin = g_ptr_array_index (self->plugins, i);
      const PipelineStagePlugin *descriptor = &plugin_host_module (plugin->host)->descriptor;
      g_autofree char **names
          = plugin_settings_secret_environment (descriptor->settings, descriptor->n_settings);

      for (gsize j = 0; names[j] != NULL; j++)
        g_ptr_array_add (hidden, names[j]);
    }
  g_ptr_array_add (hidden, NULL);
  self->hidden_environment = (char **)g_ptr_array_free (g_steal_pointer (&hidden), FALSE);
}

static void
add_step (RunSetup *self,
          const char *name,
          const PipelineDefinitionStage *stage,
          const RunSetupPlugin *plugin)
{
  RunSetupStep *step = g_new0 (RunSetupStep, 1);

  step->name = name;
  step->stage = stage;
  step->plugin = plugin;
  g_ptr_array_add (self->steps, step);
}

static void
add_listed_step (RunSetup *self, const PipelineDefinitionStage *stage, GPtrArray *problems)
{
  const RunSetupPlugin *plugin = NULL;

  if (stage->plugin != NULL)
    plugin = run_setup_plugin (self, stage->plugin);
  if (plugin != NULL && !plugin_host_runs_stages (plugin->host))
    pipeline_problems_add (
        problems, PIPELINE_PROBLEM_ERROR, self->definition->file, stage->line,
        "plugin '%s' runs no stages: give stage %s a command= instead of plugin=", plugin->name,
        stage->name);
  add_step (self, stage->name, stage, plugin);
}

static gboolean
has_step_of (const RunSetup *self, const RunSetupPlugin *plugin)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      const RunSetupStep *step = g_ptr_array_index (self->steps, i);

      if (step->plugin == plugin)
        return TRUE;
    }
  return FALSE;
}

/* A plugin that runs a stage which the pipeline doesn't list runs it after the last one, so that
 * its work is waited for in any case. */
static void
add_unlisted_step (RunSetup *self, const RunSetupPlugin *plugin, GPtrArray *problems)
{
  const char *name = plugin_host_module (plugin->host)->descriptor.stage_name;
  guint taken = 0;

  if (name == NULL || name[0] == '\0' || run_setup_step_index (self, name, &taken))
    {
      g_autofree char *upper = g_ascii_strup (plugin->name, -1);
      g_autofree char *made_up = g_strconcat ("PLUGIN_", upper, NULL);

      name = g_string_chunk_insert (self->names, made_up);
    }
  pipeline_problems_add (problems, PIPELINE_PROBLEM_WARNING, self->definition->file, 0,
                         "no stage uses plugin '%s': its stage %s runs after the last one, and "
                         "earlier stages won't see what it makes late; add a stage with plugin=%s",
                         plugin->name, name, plugin->name);
  add_step (self, name, NULL, plugin);
}

static void
add_steps (RunSetup *self, GPtrArray *problems)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < self->definition->stages->len; i++)
    add_listed_step (self, g_ptr_array_index (self->definition->stages, i), problems);
  for (guint i = 0; i < self->plugins->len; i++)
    {
      const RunSetupPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin_host_runs_stages (plugin->host) && !has_step_of (self, plugin))
        add_unlisted_step (self, plugin, problems);
    }

  for (guint i = 0; i < self->steps->len; i++)
    {
      const RunSetupStep *step = g_ptr_array_index (self->steps, i);

      g_ptr_array_add (names, g_strdup (step->name));
    }
  g_ptr_array_add (names, NULL);
  self->step_names = (char **)g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/* Takes @definition. */
static RunSetup *
set_up (PipelineDefinition *definition, PluginSet *plugins, GPtrArray *problems)
{
  g_autoptr (RunSetup) self = g_new0 (RunSetup, 1);
  g_autoptr (GPtrArray) found = pipeline_problems_new ();
  gboolean is_broken = FALSE;

  self->definition = definition;
  self->plugins = g_ptr_array_new_with_free_func (setup_plugin_free);
  self->steps = g_ptr_array_new_with_free_func (g_free);
  self->names = g_string_chunk_new (64);
  for (guint i = 0; i < definition->plugins->len; i++)
    add_plugin (self, g_ptr_array_index (definition->plugins, i), plugins, found);
  add_steps (self, found);
  hide_secrets (self);

  pipeline_problems_sort (found);
  is_broken = pipeline_problems_have_errors (found);
  g_ptr_array_extend_and_steal (problems, g_steal_pointer (&found));
  return is_broken ? NULL : g_steal_pointer (&self);
}

char *
run_setup_file (const char *workspace, const char *file)
{
  if (file != NULL)
    return g_strdup (file);
  if (strcmp (workspace, ".") == 0)
    return g_strdup (RUN_SETUP_DEFAULT_FILE);
  return g_build_filename (workspace, RUN_SETUP_DEFAULT_FILE, NULL);
}

RunSetup *
run_setup_load (const char *file,
                const char *const *overrides,
                PluginSet *plugins,
                GPtrArray *problems)
{
  PipelineDefinition *definition = pipeline_definition_load (file, overrides, problems);

  if (definition == NULL)
    return NULL;
  return set_up (definition, plugins, problems);
}

RunSetup *
run_setup_for_plugin (const char *folder,
                      const char *plugin,
                      const char *const *overrides,
                      PluginSet *plugins,
                      GPtrArray *problems)
{
  g_autoptr (GPtrArray) ignored = pipeline_problems_new ();
  g_autofree char *file = g_build_filename (folder, RUN_SETUP_DEFAULT_FILE, NULL);
  g_autofree char *text = g_strdup_printf ("[pipeline]\nstages=COMMAND\nplugins=%s\n"
                                           "[stage COMMAND]\ncommand=true\n"
                                           "[plugin %s]\nafter=COMMAND\n",
                                           plugin, plugin);
  PipelineDefinition *definition
      = pipeline_definition_parse (text, strlen (text), file, overrides, problems);
  RunSetup *self = NULL;

  if (definition == NULL)
    return NULL;
  /* The made-up pipeline lists no stage of the plugin on purpose; only errors are news. */
  self = set_up (definition, plugins, ignored);
  if (self == NULL)
    g_ptr_array_extend_and_steal (problems, g_steal_pointer (&ignored));
  return self;
}
