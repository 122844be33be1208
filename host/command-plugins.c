/* SPDX-License-Identifier: MIT */
/*
 * command-plugins.c: `pipeline_runner plugins`. Main thread only. Opens each plugin it finds, for
 * only then it can tell whether it would be accepted; starts none.
 */
#include "host/command.h"

#include <stdio.h>

#include "host/answer.h"
#include "host/plugin-loader.h"

static const char *
type_word (PipelineSettingType type)
{
  switch (type)
    {
    case PIPELINE_SETTING_STRING:
      return "string";
    case PIPELINE_SETTING_INTEGER:
      return "integer";
    case PIPELINE_SETTING_NUMBER:
      return "number";
    case PIPELINE_SETTING_BOOLEAN:
      return "boolean";
    case PIPELINE_SETTING_DURATION:
      return "duration";
    case PIPELINE_SETTING_CHOICE:
      return "choice";
    case PIPELINE_SETTING_PATH:
      return "path";
    case PIPELINE_SETTING_SECRET:
      return "secret";
    }
  return "unknown";
}

static AnswerJson *
setting_to_json (const PipelineSettingSpec *spec)
{
  AnswerJson *object = json_object_new_object ();

  answer_add_text (object, "key", spec->key);
  answer_add_text (object, "type", type_word (spec->type));
  answer_add_text (object, "environment", spec->environment);
  answer_add_text (object, "default", spec->fallback);
  answer_add_text (object, "minimum", spec->minimum);
  answer_add_text (object, "maximum", spec->maximum);
  answer_add_text (object, "choices", spec->choices);
  answer_add_text (object, "summary", spec->summary);
  return object;
}

static AnswerJson *
module_to_json (const char *name, const char *path, const PluginModule *module, const char *refusal)
{
  AnswerJson *object = json_object_new_object ();
  AnswerJson *settings = json_object_new_array ();
  g_autofree char *abi = NULL;

  answer_add_text (object, "name", name);
  answer_add_text (object, "path", path);
  if (module != NULL)
    {
      const PipelineStagePlugin *descriptor = &module->descriptor;

      abi = g_strdup_printf ("%u.%u", descriptor->abi_major, descriptor->abi_minor);
      answer_add_text (object, "version", descriptor->version);
      answer_add_text (object, "abi", abi);
      answer_add_text (object, "summary", descriptor->summary);
      answer_add_text (object, "after", descriptor->default_after);
      answer_add_text (object, "stage", descriptor->stage_name);
      for (gsize i = 0; i < descriptor->n_settings; i++)
        (void)json_object_array_add (settings, setting_to_json (&descriptor->settings[i]));
    }
  (void)json_object_object_add (object, "settings", settings);
  answer_add_text (object, "error", refusal);
  return object;
}

static void
print_setting (const PipelineSettingSpec *spec)
{
  printf ("    %s (%s", spec->key, type_word (spec->type));
  if (spec->choices != NULL)
    printf (": %s", spec->choices);
  if (spec->fallback != NULL)
    printf ("; default %s", spec->fallback);
  if (spec->environment != NULL)
    printf ("; $%s", spec->environment);
  printf (") %s\n", spec->summary);
}

static void
print_module (const PluginModule *module)
{
  const PipelineStagePlugin *descriptor = &module->descriptor;

  printf ("%s %s (ABI %u.%u) %s\n", module->name, descriptor->version, descriptor->abi_major,
          descriptor->abi_minor, module->path);
  if (descriptor->summary != NULL)
    printf ("  %s\n", descriptor->summary);
  if (descriptor->default_after != NULL)
    printf ("  called after stage %s\n", descriptor->default_after);
  if (descriptor->stage_name != NULL)
    printf ("  runs stage %s\n", descriptor->stage_name);
  if (descriptor->n_settings > 0)
    printf ("  settings:\n");
  for (gsize i = 0; i < descriptor->n_settings; i++)
    print_setting (&descriptor->settings[i]);
}

ExitStatus
command_plugins (const Options *options, GError **error)
{
  g_autoptr (PluginLoader) loader = plugin_loader_new ();
  g_autoptr (AnswerJson) document = json_object_new_object ();
  AnswerJson *list = json_object_new_array ();
  g_auto (GStrv) names = NULL;

  (void)json_object_object_add (document, "plugins", list);
  for (gsize i = 0; options->plugins[i] != NULL; i++)
    if (!plugin_loader_override (loader, options->plugins[i], error))
      return EXIT_STATUS_USAGE;

  names = plugin_loader_list_names (loader);
  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GError) refusal = NULL;
      g_autofree char *path = plugin_loader_find (loader, names[i], NULL);
      const PluginModule *module = plugin_loader_load (loader, names[i], &refusal);

      if (options->is_json)
        (void)json_object_array_add (list,
                                     module_to_json (names[i], path, module,
                                                     module == NULL ? refusal->message : NULL));
      else if (module != NULL)
        print_module (module);
      else
        printf ("%s: refused: %s\n", names[i], refusal->message);
    }
  if (options->is_json)
    answer_print_json (document);
  else if (names[0] == NULL)
    printf ("no plugins found; add their folder to %s\n", PLUGIN_LOADER_PATH_VARIABLE);
  return EXIT_STATUS_DONE;
}
