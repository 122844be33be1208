/* SPDX-License-Identifier: MIT */
/*
 * Purpose: the vocabulary of pipeline files. Pure; any one thread. Must not judge the keys of a
 * plugin's group (only the plugin knows them) nor put a value into a message.
 */
#include "host/pipeline-lint.h"

#include <string.h>

#include "host/nearest-name.h"
#include "host/pipeline-problem.h"

#define MAX_NAME_LENGTH 64

/* More stages or plugins than a pipeline may have are not offered as "did you mean". */
#define MAX_HINTS 100

static const char *const pipeline_keys[] = { "name", "stages", "plugins", NULL };
static const char *const stage_keys[]
    = { "command", "plugin", "outputs", "timeout", "retries", NULL };

/* Words of other tools that people try first: too far for an edit distance. */
static const struct
{
  const char *written;
  const char *meant;
} synonyms[] = {
  { "cmd", "command" },    { "run", "command" },   { "exec", "command" },
  { "output", "outputs" }, { "retry", "retries" }, { "attempts", "retries" },
};

static gboolean
matches (const char *name, const char *first, const char *rest)
{
  gsize length = strlen (name);

  return length > 0 && length <= MAX_NAME_LENGTH && strchr (first, name[0]) != NULL
         && strspn (name, rest) == length;
}

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

gboolean
pipeline_lint_is_stage_name (const char *name)
{
  return matches (name, UPPER, UPPER DIGITS "_");
}

gboolean
pipeline_lint_is_plugin_name (const char *name)
{
  return matches (name, LOWER, LOWER DIGITS "_");
}

gboolean
pipeline_lint_is_input_name (const char *name)
{
  return matches (name, UPPER LOWER DIGITS, UPPER LOWER DIGITS "_-");
}

/* Blank and '#' outside quotes: there the shell rules begin a comment. */
static gboolean
has_unquoted_comment (const char *command)
{
  char quote = '\0';
  char before = '\0';

  for (const char *p = command; *p != '\0'; p++)
    {
      if (quote == '\0' && *p == '#' && g_ascii_isspace (before))
        return TRUE;
      before = *p;
      if (*p == '\\' && quote != '\'' && p[1] != '\0')
        p++;
      else if (quote == '\0' && (*p == '"' || *p == '\''))
        quote = *p;
      else if (*p == quote)
        quote = '\0';
    }
  return FALSE;
}

gboolean
pipeline_lint_has_comment (const PipelineKeyFileEntry *entry)
{
  if (entry == NULL || entry->line == 0 || entry->value == NULL)
    return FALSE;
  if (strcmp (entry->key, "command") == 0)
    return has_unquoted_comment (entry->value);
  for (const char *p = strchr (entry->raw, '#'); p != NULL; p = strchr (p + 1, '#'))
    if (p > entry->raw && g_ascii_isspace (p[-1]))
      return TRUE;
  return FALSE;
}

static char *
key_hint (const char *key, const char *const *known)
{
  for (gsize i = 0; i < G_N_ELEMENTS (synonyms); i++)
    if (strcmp (key, synonyms[i].written) == 0 && g_strv_contains (known, synonyms[i].meant))
      return g_strdup_printf (" (did you mean '%s'?)", synonyms[i].meant);
  return nearest_name_hint (key, known);
}

static void
lint_entries (const PipelineKeyFile *file,
              const PipelineKeyFileGroup *group,
              const char *const *known,
              GPtrArray *problems)
{
  for (guint i = 0; i < group->entries->len && !pipeline_problems_are_full (problems); i++)
    {
      const PipelineKeyFileEntry *entry = group->entries->pdata[i];
      g_autofree char *origin = pipeline_key_file_origin (file, group, entry);

      if (known != NULL && !g_strv_contains (known, entry->key))
        {
          g_autofree char *hint = key_hint (entry->key, known);

          pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, origin, entry->line,
                                 "unknown key '%s' in [%s]%s", entry->key, group->name, hint);
        }
      else if (pipeline_lint_has_comment (entry))
        pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, origin, entry->line,
                               "the value of '%s' goes on to the end of the line: a comment must "
                               "stand on a line of its own (%s if the '#' belongs to the value)",
                               entry->key,
                               strcmp (entry->key, "command") == 0 ? "quote it"
                                                                   : "write \\s# instead of ' #'");
    }
}

static void
lint_input_names (const PipelineKeyFile *file,
                  const PipelineKeyFileGroup *group,
                  GPtrArray *problems)
{
  for (guint i = 0; i < group->entries->len; i++)
    {
      const PipelineKeyFileEntry *entry = group->entries->pdata[i];
      g_autofree char *origin = pipeline_key_file_origin (file, group, entry);

      if (!pipeline_lint_is_input_name (entry->key))
        pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, origin, entry->line,
                               "'%s' cannot be the name of an input: letters, digits, '_' and '-'",
                               entry->key);
    }
}

/* Every group name that would make sense in this file, for hints. */
static char **
possible_groups (const PipelineKeyFile *file)
{
  const PipelineKeyFileGroup *pipeline = pipeline_key_file_group (file, "pipeline");
  const PipelineKeyFileEntry *entry_of_stages = pipeline_key_file_entry (pipeline, "stages");
  g_auto (GStrv) stages = pipeline_key_file_list (entry_of_stages);
  g_auto (GStrv) plugins = pipeline_key_file_list (pipeline_key_file_entry (pipeline, "plugins"));
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_ptr_array_add (names, g_strdup ("pipeline"));
  g_ptr_array_add (names, g_strdup ("input"));
  for (char **name = stages; *name != NULL && name - stages < MAX_HINTS; name++)
    g_ptr_array_add (names, g_strconcat ("stage ", *name, NULL));
  for (char **name = plugins; *name != NULL && name - plugins < MAX_HINTS; name++)
    g_ptr_array_add (names, g_strconcat ("plugin ", *name, NULL));
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static void
report_group (const PipelineKeyFile *file,
              const PipelineKeyFileGroup *group,
              char **possible,
              GPtrArray *problems)
{
  g_autofree char *hint = nearest_name_hint (group->name, (const char *const *)possible);
  const char *origin = group->line > 0 ? file->file : "--set";
  const char *rule = "";

  if (g_str_has_prefix (group->name, "stage "))
    rule = ": the name of a stage is upper case letters, digits and '_'";
  else if (g_str_has_prefix (group->name, "plugin "))
    rule = ": the name of a plugin is lower case letters, digits and '_'";
  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, origin, group->line,
                         "unknown group [%s]%s%s", group->name, rule, hint);
}

void
pipeline_lint_names (const PipelineKeyFile *file, GPtrArray *problems)
{
  g_auto (GStrv) possible = possible_groups (file);

  for (guint i = 0; i < file->groups->len && !pipeline_problems_are_full (problems); i++)
    {
      const PipelineKeyFileGroup *group = file->groups->pdata[i];
      const char *name = group->name;

      if (strcmp (name, "pipeline") == 0)
        lint_entries (file, group, pipeline_keys, problems);
      else if (strcmp (name, "input") == 0)
        {
          lint_input_names (file, group, problems);
          lint_entries (file, group, NULL, problems);
        }
      else if (g_str_has_prefix (name, "stage ")
               && pipeline_lint_is_stage_name (name + strlen ("stage ")))
        lint_entries (file, group, stage_keys, problems);
      else if (g_str_has_prefix (name, "plugin ")
               && pipeline_lint_is_plugin_name (name + strlen ("plugin ")))
        lint_entries (file, group, NULL, problems);
      else
        report_group (file, group, possible, problems);
    }
}
