/* SPDX-License-Identifier: MIT */
/*
 * Purpose: from a scanned pipeline file to checked stages and plugins. Pure but for load; any one
 * thread. Must not stop at the first finding, nor know any plugin: settings stay text here.
 */
#include "host/pipeline-definition.h"

#include <errno.h>
#include <string.h>

#include "host/duration.h"
#include "host/nearest-name.h"
#include "host/pipeline-key-file.h"
#include "host/pipeline-lint.h"
#include "host/placeholder.h"
#include "host/small-file.h"

#define INPUT_PREFIX "input."

/** Builder: one parse under way. Everything borrowed but the lists of names. */
typedef struct
{
  const PipelineKeyFile *file;
  PipelineDefinition *definition;
  GPtrArray *problems;
  char **stage_names;  /* (owned) as listed */
  char **plugin_names; /* (owned) as listed */
  guint n_stages;      /* as listed; the list of names ends at the most that is allowed */
  guint n_plugins;     /* likewise */
} Builder;

/* Reports about an entry of a group. */
#define REPORT(builder, group, entry, ...)                                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *origin_ = pipeline_key_file_origin ((builder)->file, (group), (entry));       \
    pipeline_problems_add ((builder)->problems, PIPELINE_PROBLEM_ERROR, origin_, (entry)->line,    \
                           __VA_ARGS__);                                                           \
  }                                                                                                \
  G_STMT_END

static void
stage_free (gpointer data)
{
  PipelineDefinitionStage *stage = data;

  g_free (stage->name);
  g_strfreev (stage->command);
  g_free (stage->plugin);
  g_strfreev (stage->outputs);
  g_free (stage);
}

static void
setting_free (gpointer data)
{
  PipelineDefinitionSetting *setting = data;

  g_free (setting->key);
  g_free (setting->value);
  g_free (setting);
}

static void
plugin_free (gpointer data)
{
  PipelineDefinitionPlugin *plugin = data;

  g_free (plugin->name);
  g_free (plugin->after);
  g_ptr_array_unref (plugin->settings);
  g_free (plugin);
}

static void
definition_clear (gpointer data)
{
  PipelineDefinition *self = data;

  g_free (self->file);
  g_free (self->folder);
  g_free (self->name);
  g_ptr_array_unref (self->stages);
  g_ptr_array_unref (self->plugins);
  g_hash_table_unref (self->inputs);
}

static PipelineDefinition *
definition_new (const char *file)
{
  PipelineDefinition *self = g_rc_box_new0 (PipelineDefinition);
  g_autofree char *absolute = g_canonicalize_filename (file, NULL);

  self->file = g_strdup (file);
  self->folder = g_path_get_dirname (absolute);
  self->name = g_strdup ("pipeline");
  self->stages = g_ptr_array_new_with_free_func (stage_free);
  self->plugins = g_ptr_array_new_with_free_func (plugin_free);
  self->inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

/* An entry whose value can be looked at: what is wrong with the others was reported already. */
static const PipelineKeyFileEntry *
usable_entry (const PipelineKeyFileGroup *group, const char *key)
{
  const PipelineKeyFileEntry *entry = pipeline_key_file_entry (group, key);

  if (entry == NULL || entry->value == NULL || pipeline_lint_has_comment (entry))
    return NULL;
  return entry;
}

static gboolean
is_listed (char **names, const char *name)
{
  return g_strv_contains ((const char *const *)names, name);
}

static void
parse_timeout (Builder *builder, const PipelineKeyFileGroup *group, PipelineDefinitionStage *stage)
{
  const PipelineKeyFileEntry *entry = usable_entry (group, "timeout");
  g_autoptr (GError) local_error = NULL;

  if (entry != NULL
      && !duration_parse (entry->value, DURATION_WITH_UNIT, &stage->timeout_ms, &local_error))
    REPORT (builder, group, entry, "timeout: %s", local_error->message);
}

static void
parse_retries (Builder *builder, const PipelineKeyFileGroup *group, PipelineDefinitionStage *stage)
{
  const PipelineKeyFileEntry *entry = usable_entry (group, "retries");
  guint64 retries = 0;

  if (entry == NULL)
    return;
  if (!g_ascii_string_to_unsigned (entry->value, 10, 0, PIPELINE_DEFINITION_MAX_RETRIES, &retries,
                                   NULL))
    REPORT (builder, group, entry, "retries: '%s' is no whole number from 0 to %d", entry->value,
            PIPELINE_DEFINITION_MAX_RETRIES);
  stage->retries = (guint)retries;
}

/* A path that stays below the workspace without looking at the disk. */
static gboolean
is_inside_path (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  return !g_path_is_absolute (path) && !is_listed (parts, "..");
}

static void
parse_outputs (Builder *builder, const PipelineKeyFileGroup *group, PipelineDefinitionStage *stage)
{
  const PipelineKeyFileEntry *entry = usable_entry (group, "outputs");

  stage->outputs = pipeline_key_file_list (entry);
  for (char **output = stage->outputs; *output != NULL; output++)
    if (!is_inside_path (*output))
      REPORT (builder, group, entry,
              "outputs: '%s' must be a path below the workspace, relative and without '..'",
              *output);
}

static void
check_placeholders (Builder *builder,
                    const PipelineKeyFileGroup *group,
                    const PipelineKeyFileEntry *entry,
                    char **argv)
{
  for (char **argument = argv; *argument != NULL; argument++)
    {
      g_auto (GStrv) names = placeholder_names (*argument);

      for (char **name = names; *name != NULL; name++)
        {
          g_autofree char *hint = NULL;

          if (placeholder_is_known (*name))
            continue;
          hint = placeholder_hint (*name);
          REPORT (builder, group, entry,
                  "command: unknown placeholder @%s@%s: there are @workspace@, @run_id@, @stage@ "
                  "and @input.KEY@; @@ is a plain '@'",
                  *name, hint);
        }
    }
}

static void
parse_command (Builder *builder, const PipelineKeyFileGroup *group, PipelineDefinitionStage *stage)
{
  const PipelineKeyFileEntry *entry = usable_entry (group, "command");
  g_autoptr (GError) local_error = NULL;

  if (entry == NULL)
    return;
  if (!g_shell_parse_argv (entry->value, NULL, &stage->command, &local_error))
    {
      if (g_error_matches (local_error, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
        REPORT (builder, group, entry, "command: it is empty");
      else
        REPORT (builder, group, entry, "command: bad quoting: %s", local_error->message);
      return;
    }
  if (*stage->command[0] == '\0')
    REPORT (builder, group, entry, "command: the name of the program is empty");
  check_placeholders (builder, group, entry, stage->command);
}

static void
parse_stage_plugin (Builder *builder,
                    const PipelineKeyFileGroup *group,
                    PipelineDefinitionStage *stage)
{
  const PipelineKeyFileEntry *entry = usable_entry (group, "plugin");
  const PipelineKeyFileEntry *command = pipeline_key_file_entry (group, "command");

  if (entry == NULL)
    return;
  stage->plugin = g_strdup (entry->value);
  if (command == NULL)
    stage->timeout_ms = 0; /* a plugin knows how long it waits */
  else
    REPORT (builder, group, entry, "stage %s has both a command and a plugin: remove one",
            stage->name);
  if (!is_listed (builder->plugin_names, entry->value))
    {
      g_autofree char *hint
          = nearest_name_hint (entry->value, (const char *const *)builder->plugin_names);

      REPORT (builder, group, entry, "plugin '%s' is not in 'plugins' of [pipeline]%s",
              entry->value, hint);
    }
}

static void
parse_stage (Builder *builder, const PipelineKeyFileGroup *group, const char *name)
{
  PipelineDefinitionStage *stage = g_new0 (PipelineDefinitionStage, 1);

  stage->name = g_strdup (name);
  stage->line = group->line;
  stage->timeout_ms = PIPELINE_DEFINITION_DEFAULT_TIMEOUT_MS;
  g_ptr_array_add (builder->definition->stages, stage);
  parse_stage_plugin (builder, group, stage);
  parse_command (builder, group, stage);
  parse_outputs (builder, group, stage);
  parse_timeout (builder, group, stage);
  parse_retries (builder, group, stage);
  if (pipeline_key_file_entry (group, "command") == NULL
      && pipeline_key_file_entry (group, "plugin") == NULL)
    pipeline_problems_add (builder->problems, PIPELINE_PROBLEM_ERROR, builder->file->file,
                           group->line, "stage %s has neither a command nor a plugin", name);
}

/* One element of `stages`. */
static void
parse_listed_stage (Builder *builder,
                    const PipelineKeyFileGroup *pipeline,
                    const PipelineKeyFileEntry *entry,
                    const char *name)
{
  g_autofree char *group_name = g_strconcat ("stage ", name, NULL);
  const PipelineKeyFileGroup *group = pipeline_key_file_group (builder->file, group_name);

  if (!pipeline_lint_is_stage_name (name))
    REPORT (builder, pipeline, entry,
            "stages: '%s' is no name of a stage: upper case letters, digits and '_'", name);
  else if (pipeline_definition_stage (builder->definition, name, NULL) != NULL)
    REPORT (builder, pipeline, entry, "stages: %s is listed twice", name);
  else if (group == NULL)
    REPORT (builder, pipeline, entry, "stages: %s has no group [stage %s]", name, name);
  else
    parse_stage (builder, group, name);
}

static void
parse_stages (Builder *builder)
{
  const PipelineKeyFileGroup *pipeline = pipeline_key_file_group (builder->file, "pipeline");
  const PipelineKeyFileEntry *entry = usable_entry (pipeline, "stages");

  if (pipeline == NULL)
    pipeline_problems_add (builder->problems, PIPELINE_PROBLEM_ERROR, builder->file->file, 0,
                           "no group [pipeline] with the list of stages");
  else if (pipeline_key_file_entry (pipeline, "stages") == NULL)
    pipeline_problems_add (builder->problems, PIPELINE_PROBLEM_ERROR, builder->file->file,
                           pipeline->line,
                           "[pipeline] has no 'stages': list the stages in order, "
                           "like stages=FETCH;CUT;DELIVER");
  if (entry == NULL)
    return;
  if (builder->n_stages == 0)
    REPORT (builder, pipeline, entry, "stages: the list is empty");
  if (builder->n_stages > PIPELINE_DEFINITION_MAX_STAGES)
    {
      REPORT (builder, pipeline, entry, "stages: more than %d", PIPELINE_DEFINITION_MAX_STAGES);
      return;
    }
  for (char **name = builder->stage_names; *name != NULL; name++)
    parse_listed_stage (builder, pipeline, entry, *name);
}

static void
parse_after (Builder *builder, const PipelineKeyFileGroup *group, PipelineDefinitionPlugin *plugin)
{
  const PipelineKeyFileEntry *entry = usable_entry (group, "after");
  g_autofree char *hint = NULL;

  if (entry == NULL)
    return;
  plugin->after = g_strdup (entry->value);
  if (is_listed (builder->stage_names, entry->value))
    return;
  hint = nearest_name_hint (entry->value, (const char *const *)builder->stage_names);
  REPORT (builder, group, entry, "after: no stage '%s' in 'stages'%s", entry->value, hint);
}

static void
parse_plugin (Builder *builder, const PipelineKeyFileGroup *group, const char *name)
{
  PipelineDefinitionPlugin *plugin = g_new0 (PipelineDefinitionPlugin, 1);

  plugin->name = g_strdup (name);
  plugin->line = group != NULL ? group->line : 0;
  plugin->settings = g_ptr_array_new_with_free_func (setting_free);
  g_ptr_array_add (builder->definition->plugins, plugin);
  parse_after (builder, group, plugin);
  for (guint i = 0; group != NULL && i < group->entries->len; i++)
    {
      const PipelineKeyFileEntry *entry = group->entries->pdata[i];
      PipelineDefinitionSetting *setting = NULL;

      if (strcmp (entry->key, "after") == 0 || entry->value == NULL)
        continue;
      setting = g_new0 (PipelineDefinitionSetting, 1);
      setting->key = g_strdup (entry->key);
      setting->value = g_strdup (entry->value);
      setting->line = entry->line;
      g_ptr_array_add (plugin->settings, setting);
    }
}

static void
parse_plugins (Builder *builder)
{
  const PipelineKeyFileGroup *pipeline = pipeline_key_file_group (builder->file, "pipeline");
  const PipelineKeyFileEntry *entry = usable_entry (pipeline, "plugins");

  if (builder->n_plugins > PIPELINE_DEFINITION_MAX_PLUGINS)
    {
      REPORT (builder, pipeline, entry, "plugins: more than %d", PIPELINE_DEFINITION_MAX_PLUGINS);
      return;
    }
  for (char **name = builder->plugin_names; entry != NULL && *name != NULL; name++)
    {
      g_autofree char *group_name = g_strconcat ("plugin ", *name, NULL);

      if (!pipeline_lint_is_plugin_name (*name))
        REPORT (builder, pipeline, entry,
                "plugins: '%s' is no name of a plugin: lower case letters, digits and '_'", *name);
      else if (pipeline_definition_plugin (builder->definition, *name) != NULL)
        REPORT (builder, pipeline, entry, "plugins: %s is listed twice", *name);
      else
        parse_plugin (builder, pipeline_key_file_group (builder->file, group_name), *name);
    }
}

/* A group for a stage or plugin that is not listed: in the file a leftover (warning), on the
 * command line a slip (error). */
static void
check_unlisted (Builder *builder, const char *prefix, char **listed, const char *list_key)
{
  for (guint i = 0; i < builder->file->groups->len; i++)
    {
      const PipelineKeyFileGroup *group = builder->file->groups->pdata[i];
      const char *name = group->name + strlen (prefix);
      g_autofree char *hint = NULL;

      if (!g_str_has_prefix (group->name, prefix) || is_listed (listed, name))
        continue;
      hint = nearest_name_hint (name, (const char *const *)listed);
      if (group->line > 0)
        pipeline_problems_add (builder->problems, PIPELINE_PROBLEM_WARNING, builder->file->file,
                               group->line,
                               "[%s] is not used: '%s' of [pipeline] does not list "
                               "%s%s",
                               group->name, list_key, name, hint);
      else
        pipeline_problems_add (builder->problems, PIPELINE_PROBLEM_ERROR, "--set", 0,
                               "'%s' of [pipeline] does not list %s%s", list_key, name, hint);
    }
}

static void
parse_name_and_inputs (Builder *builder)
{
  const PipelineKeyFileGroup *pipeline = pipeline_key_file_group (builder->file, "pipeline");
  const PipelineKeyFileGroup *input = pipeline_key_file_group (builder->file, "input");
  const PipelineKeyFileEntry *name = usable_entry (pipeline, "name");

  if (name != NULL && *name->value == '\0')
    REPORT (builder, pipeline, name, "name: it is empty");
  else if (name != NULL)
    {
      g_free (builder->definition->name);
      builder->definition->name = g_strdup (name->value);
    }
  for (guint i = 0; input != NULL && i < input->entries->len; i++)
    {
      const PipelineKeyFileEntry *entry = input->entries->pdata[i];

      if (entry->value != NULL)
        g_hash_table_insert (builder->definition->inputs, g_strdup (entry->key),
                             g_strdup (entry->value));
    }
}

/* Adds the names of the inputs that a stage's command uses. */
static void
add_used_inputs (const PipelineDefinitionStage *stage, GStrvBuilder *used)
{
  for (char **argument = stage->command; argument != NULL && *argument != NULL; argument++)
    {
      g_auto (GStrv) names = placeholder_names (*argument);

      for (char **name = names; *name != NULL; name++)
        if (g_str_has_prefix (*name, INPUT_PREFIX))
          g_strv_builder_add (used, *name + strlen (INPUT_PREFIX));
    }
}

/* An input in the file may be there for later; one on the command line that no command uses is a
 * slip, and the run would be another than the one that was meant. */
static void
check_given_inputs (Builder *builder)
{
  const PipelineKeyFileGroup *input = pipeline_key_file_group (builder->file, "input");
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) used = NULL;

  for (guint i = 0; i < builder->definition->stages->len; i++)
    add_used_inputs (builder->definition->stages->pdata[i], names);
  used = g_strv_builder_end (names);
  for (guint i = 0; input != NULL && i < input->entries->len; i++)
    {
      const PipelineKeyFileEntry *entry = input->entries->pdata[i];
      g_autofree char *hint = NULL;

      if (entry->line > 0 || is_listed (used, entry->key))
        continue;
      hint = nearest_name_hint (entry->key, (const char *const *)used);
      REPORT (builder, input, entry, "no command uses @input.%s@%s", entry->key, hint);
    }
}

/* Cuts a list off, so that a hostile file cannot make looking things up in it expensive. Returns:
 * how long it was. */
static guint
limit_list (char **list, guint most)
{
  guint length = g_strv_length (list);

  for (guint i = most; i < length; i++)
    g_clear_pointer (&list[i], g_free);
  return length;
}

static void
build (PipelineDefinition *definition, const PipelineKeyFile *file, GPtrArray *problems)
{
  const PipelineKeyFileGroup *pipeline = pipeline_key_file_group (file, "pipeline");
  Builder builder = { .file = file, .definition = definition, .problems = problems };

  builder.stage_names = pipeline_key_file_list (usable_entry (pipeline, "stages"));
  builder.plugin_names = pipeline_key_file_list (usable_entry (pipeline, "plugins"));
  builder.n_stages = limit_list (builder.stage_names, PIPELINE_DEFINITION_MAX_STAGES);
  builder.n_plugins = limit_list (builder.plugin_names, PIPELINE_DEFINITION_MAX_PLUGINS);
  pipeline_lint_names (file, problems);
  parse_name_and_inputs (&builder);
  parse_stages (&builder);
  parse_plugins (&builder);
  check_given_inputs (&builder);
  if (*builder.stage_names != NULL)
    check_unlisted (&builder, "stage ", builder.stage_names, "stages");
  check_unlisted (&builder, "plugin ", builder.plugin_names, "plugins");
  g_strfreev (builder.stage_names);
  g_strfreev (builder.plugin_names);
}

PipelineDefinition *
pipeline_definition_parse (const char *data,
                           gsize length,
                           const char *file,
                           const char *const *overrides,
                           GPtrArray *problems)
{
  g_autoptr (GPtrArray) found = pipeline_problems_new ();
  g_autoptr (PipelineKeyFile) key_file = pipeline_key_file_parse (data, length, file, found);
  g_autoptr (PipelineDefinition) self = definition_new (file);
  gboolean failed = FALSE;

  for (gsize i = 0; overrides != NULL && overrides[i] != NULL; i++)
    pipeline_key_file_override (key_file, overrides[i], found);
  build (self, key_file, found);
  pipeline_problems_sort (found);
  failed = pipeline_problems_have_errors (found);
  g_ptr_array_extend_and_steal (problems, g_steal_pointer (&found));
  return failed ? NULL : g_steal_pointer (&self);
}

PipelineDefinition *
pipeline_definition_load (const char *path, const char *const *overrides, GPtrArray *problems)
{
  gsize length = 0;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *data = small_file_read (path, PIPELINE_KEY_FILE_MAX_BYTES,
                                           SMALL_FILE_FOLLOW_LINKS, &length, &local_error);
  const char *message = NULL;

  if (data != NULL)
    return pipeline_definition_parse (data, length, path, overrides, problems);
  message = local_error->message;
  if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    message = "there is no such file: write one, see pipeline.ini(5), or name another with -f FILE";
  else if (g_str_has_prefix (message, path)) /* the finding names the file itself */
    message += MIN (strlen (message), strlen (path) + strlen (": "));
  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, path, 0, "%s", message);
  return NULL;
}

const PipelineDefinitionStage *
pipeline_definition_stage (const PipelineDefinition *self, const char *name, guint *ret_index)
{
  for (guint i = 0; i < self->stages->len; i++)
    {
      const PipelineDefinitionStage *stage = self->stages->pdata[i];

      if (strcmp (stage->name, name) != 0)
        continue;
      if (ret_index != NULL)
        *ret_index = i;
      return stage;
    }
  return NULL;
}

const PipelineDefinitionPlugin *
pipeline_definition_plugin (const PipelineDefinition *self, const char *name)
{
  for (guint i = 0; i < self->plugins->len; i++)
    {
      const PipelineDefinitionPlugin *plugin = self->plugins->pdata[i];

      if (strcmp (plugin->name, name) == 0)
        return plugin;
    }
  return NULL;
}

char **
pipeline_definition_stage_names (const PipelineDefinition *self)
{
  char **names = g_new0 (char *, self->stages->len + 1);

  for (guint i = 0; i < self->stages->len; i++)
    names[i] = g_strdup (((const PipelineDefinitionStage *)self->stages->pdata[i])->name);
  return names;
}

void
pipeline_definition_check_inputs (const PipelineDefinition *self,
                                  const PipelineDefinitionStage *stage,
                                  GHashTable *inputs,
                                  PipelineProblemSeverity severity,
                                  GPtrArray *problems)
{
  GHashTable *values = inputs != NULL ? inputs : self->inputs;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) used = NULL;

  add_used_inputs (stage, names);
  used = g_strv_builder_end (names);
  for (char **key = used; *key != NULL; key++)
    if (!g_hash_table_contains (values, *key))
      pipeline_problems_add (problems, severity, self->file, stage->line,
                             "stage %s needs an input: give --set input.%s=VALUE", stage->name,
                             *key);
}

PipelineDefinition *
pipeline_definition_ref (PipelineDefinition *self)
{
  return g_rc_box_acquire (self);
}

void
pipeline_definition_unref (PipelineDefinition *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, definition_clear);
}
