/* SPDX-License-Identifier: MIT */
/*
 * Purpose: precedence, syntax and limits of plugin settings. Pure but for reading the environment
 * it is given; any one thread. Must never put a secret, or a value in a secret's place, into a
 * message.
 */
#include "host/plugin-settings.h"

#include <math.h>
#include <string.h>

#include "host/duration.h"
#include "host/nearest-name.h"

/** SettingSource: where a text comes from, strongest first. */
typedef enum
{
  SOURCE_COMMAND_LINE,
  SOURCE_ENVIRONMENT,
  SOURCE_FILE,
  SOURCE_DEFAULT,
} SettingSource;

/** Candidate: the text that won, and how to speak of it. */
typedef struct
{
  const PluginSettingsRequest *request;
  const PipelineSettingSpec *spec;
  SettingSource source;
  char *text; /* (owned) (nullable) NULL = nothing sets it */
  guint line; /* of SOURCE_FILE */
} Candidate;

/* Every message has to speak of the text, so every one goes through here. */
static void
report (const Candidate *candidate, GPtrArray *problems, const char *message)
{
  const PluginSettingsRequest *request = candidate->request;
  const char *key = candidate->spec->key;
  g_autofree char *origin = NULL;

  switch (candidate->source)
    {
    case SOURCE_COMMAND_LINE:
      origin = g_strdup_printf ("--set %s.%s", request->plugin->name, key);
      break;
    case SOURCE_ENVIRONMENT:
      origin = g_strdup_printf ("environment %s", candidate->spec->environment);
      break;
    case SOURCE_FILE:
      origin = g_strdup (request->definition->file);
      break;
    case SOURCE_DEFAULT:
      origin = g_strdup_printf ("default of plugin %s", request->plugin->name);
      break;
    }
  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, origin, candidate->line, "%s: %s", key,
                         message);
}

static const PipelineDefinitionSetting *
find_setting (const PipelineDefinitionPlugin *plugin, const char *key)
{
  for (guint i = 0; i < plugin->settings->len; i++)
    {
      const PipelineDefinitionSetting *setting = plugin->settings->pdata[i];

      if (strcmp (setting->key, key) == 0)
        return setting;
    }
  return NULL;
}

/* Returns: (transfer full) (nullable): an empty or blank variable counts as not set. */
static char *
read_environment (const PluginSettingsRequest *request, const char *name)
{
  const char *value = NULL;
  g_autofree char *text = NULL;

  if (name == NULL)
    return NULL;
  value = request->environment != NULL ? g_environ_getenv (request->environment, name)
                                       : g_getenv (name);
  text = g_strstrip (g_strdup (value != NULL ? value : ""));
  return *text != '\0' ? g_steal_pointer (&text) : NULL;
}

/* A secret in the file or on the command line: refused, and not looked at. */
static void
refuse_secret (Candidate *candidate, const PipelineDefinitionSetting *setting, GPtrArray *problems)
{
  g_autofree char *message = g_strdup_printf (
      "this is a secret and taken from the environment only (%s): files get shared and every "
      "process can read a command line; remove it here and, if others may have seen it, renew it",
      candidate->spec->environment != NULL ? candidate->spec->environment : "no variable is named");

  candidate->source = setting->line > 0 ? SOURCE_FILE : SOURCE_COMMAND_LINE;
  candidate->line = setting->line;
  report (candidate, problems, message);
}

static void
choose (Candidate *candidate, GPtrArray *problems)
{
  const PluginSettingsRequest *request = candidate->request;
  const PipelineSettingSpec *spec = candidate->spec;
  const PipelineDefinitionSetting *setting = find_setting (request->plugin, spec->key);
  g_autofree char *variable = read_environment (request, spec->environment);

  if (setting != NULL && spec->type == PIPELINE_SETTING_SECRET)
    {
      refuse_secret (candidate, setting, problems);
      return;
    }
  if (setting != NULL && (setting->line == 0 || variable == NULL))
    {
      candidate->source = setting->line > 0 ? SOURCE_FILE : SOURCE_COMMAND_LINE;
      candidate->line = setting->line;
      candidate->text = g_strdup (setting->value);
    }
  else if (variable != NULL)
    {
      candidate->source = SOURCE_ENVIRONMENT;
      candidate->text = g_steal_pointer (&variable);
    }
  else
    {
      candidate->source = SOURCE_DEFAULT;
      candidate->text = g_strdup (spec->fallback);
    }
}

static gboolean
parse_number (const char *text, double *ret_value)
{
  char *end = NULL;
  double value = 0;

  if (*text == '\0' || text[strspn (text, "0123456789.eE+-")] != '\0')
    return FALSE; /* g_ascii_strtod() takes blanks, hexadecimal, inf and nan too */
  value = g_ascii_strtod (text, &end);
  if (*end != '\0' || !isfinite (value))
    return FALSE;
  *ret_value = value;
  return TRUE;
}

/* Value of a number, integer or duration for comparing. Exact for integers up to 2^53. */
static gboolean
measure (const PipelineSettingSpec *spec, const char *text, SettingSource source, double *ret_value)
{
  gint64 whole = 0;
  DurationSyntax syntax
      = source == SOURCE_ENVIRONMENT ? DURATION_BARE_IS_SECONDS : DURATION_WITH_UNIT;

  if (spec->type == PIPELINE_SETTING_NUMBER)
    return parse_number (text, ret_value);
  if (spec->type == PIPELINE_SETTING_DURATION
          ? !duration_parse (text, syntax, &whole, NULL)
          : !g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &whole, NULL))
    return FALSE;
  *ret_value = (double)whole;
  return TRUE;
}

/* Returns: (transfer full) (nullable): what is wrong. */
static char *
check_limits (const Candidate *candidate, double value)
{
  const PipelineSettingSpec *spec = candidate->spec;
  double limit = 0;

  if (spec->minimum != NULL && measure (spec, spec->minimum, SOURCE_DEFAULT, &limit)
      && value < limit)
    return g_strdup_printf ("'%s' is too small: at least %s", candidate->text, spec->minimum);
  if (spec->maximum != NULL && measure (spec, spec->maximum, SOURCE_DEFAULT, &limit)
      && value > limit)
    return g_strdup_printf ("'%s' is too large: at most %s", candidate->text, spec->maximum);
  return NULL;
}

static char *
check_measure (const Candidate *candidate, char **ret_value)
{
  const char *text = candidate->text;
  DurationSyntax syntax
      = candidate->source == SOURCE_ENVIRONMENT ? DURATION_BARE_IS_SECONDS : DURATION_WITH_UNIT;
  g_autoptr (GError) local_error = NULL;
  gint64 ms = 0;
  double value = 0;

  if (candidate->spec->type == PIPELINE_SETTING_DURATION
      && !duration_parse (text, syntax, &ms, &local_error))
    return g_strdup (local_error->message);
  if (!measure (candidate->spec, text, candidate->source, &value))
    return g_strdup_printf (candidate->spec->type == PIPELINE_SETTING_INTEGER
                                ? "'%s' is no whole number"
                                : "'%s' is no number: digits and a decimal point",
                            text);
  *ret_value = candidate->spec->type == PIPELINE_SETTING_DURATION
                   ? g_strdup_printf ("%" G_GINT64_FORMAT "ms", ms)
                   : g_strdup (text);
  return check_limits (candidate, value);
}

static char *
check_boolean (const Candidate *candidate, char **ret_value)
{
  static const char *const yes[] = { "true", "1", "yes", "on", NULL };
  static const char *const no[] = { "false", "0", "no", "off", NULL };
  g_autofree char *text = g_ascii_strdown (candidate->text, -1);
  /* The ecosystem's variables are written in many ways; a file has one. */
  gboolean lenient = candidate->source == SOURCE_ENVIRONMENT;

  if (strcmp (candidate->text, "true") == 0 || (lenient && g_strv_contains (yes, text)))
    *ret_value = g_strdup ("true");
  else if (strcmp (candidate->text, "false") == 0 || (lenient && g_strv_contains (no, text)))
    *ret_value = g_strdup ("false");
  else
    return g_strdup_printf ("'%s' is neither true nor false", candidate->text);
  return NULL;
}

static char *
check_choice (const Candidate *candidate, char **ret_value)
{
  const char *choices = candidate->spec->choices != NULL ? candidate->spec->choices : "";
  g_auto (GStrv) names = g_strsplit (choices, ";", -1);
  g_autofree char *hint = NULL;
  g_autofree char *list = NULL;

  if (g_strv_contains ((const char *const *)names, candidate->text))
    {
      *ret_value = g_strdup (candidate->text);
      return NULL;
    }
  hint = nearest_name_hint (candidate->text, (const char *const *)names);
  list = g_strjoinv (", ", names);
  return g_strdup_printf ("'%s' is none of %s%s", candidate->text, list, hint);
}

static char *
check_path (const Candidate *candidate, char **ret_value)
{
  if (*candidate->text == '\0')
    return g_strdup ("the path is empty");
  *ret_value = g_canonicalize_filename (candidate->text, candidate->request->definition->folder);
  return NULL;
}

static char *
check_secret (const Candidate *candidate, char **ret_value)
{
  /* A line end inside would split the header it is sent in. */
  for (const char *p = candidate->text; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p))
      return g_strdup ("it contains a blank, a control character or a character beyond ASCII");
  *ret_value = g_strdup (candidate->text);
  return NULL;
}

/* Returns: (transfer full) (nullable): what is wrong; NULL = fine and @ret_value is set. */
static char *
check (const Candidate *candidate, char **ret_value)
{
  if (!g_utf8_validate (candidate->text, -1, NULL))
    return g_strdup ("it is not UTF-8 text");
  switch (candidate->spec->type)
    {
    case PIPELINE_SETTING_STRING:
      *ret_value = g_strdup (candidate->text);
      return NULL;
    case PIPELINE_SETTING_INTEGER:
    case PIPELINE_SETTING_NUMBER:
    case PIPELINE_SETTING_DURATION:
      return check_measure (candidate, ret_value);
    case PIPELINE_SETTING_BOOLEAN:
      return check_boolean (candidate, ret_value);
    case PIPELINE_SETTING_CHOICE:
      return check_choice (candidate, ret_value);
    case PIPELINE_SETTING_PATH:
      return check_path (candidate, ret_value);
    case PIPELINE_SETTING_SECRET:
      return check_secret (candidate, ret_value);
    }
  return g_strdup ("the plugin declares a type of setting that this host does not know");
}

static char *
origin_of (const Candidate *candidate)
{
  switch (candidate->source)
    {
    case SOURCE_COMMAND_LINE:
      return g_strdup ("--set");
    case SOURCE_ENVIRONMENT:
      return g_strdup_printf ("environment %s", candidate->spec->environment);
    case SOURCE_FILE:
      return g_strdup_printf ("%s:%u", candidate->request->definition->file, candidate->line);
    case SOURCE_DEFAULT:
      break;
    }
  return g_strdup ("default");
}

static void
wipe (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static void
resolve_one (PluginSettings *self, Candidate *candidate, GPtrArray *problems)
{
  g_autofree char *trouble = NULL;
  char *value = NULL;

  choose (candidate, problems);
  if (candidate->text == NULL)
    return;
  trouble = check (candidate, &value);
  if (trouble != NULL)
    {
      report (candidate, problems, trouble);
      wipe (value);
    }
  else
    {
      PipelineSetting *setting = &self->settings[self->n_settings++];

      setting->key = g_strdup (candidate->spec->key);
      setting->value = value;
      setting->origin = origin_of (candidate);
    }
  wipe (g_steal_pointer (&candidate->text));
}

static void
report_unknown_keys (const PluginSettingsRequest *request, GPtrArray *problems)
{
  const PipelineDefinitionPlugin *plugin = request->plugin;
  g_autoptr (GPtrArray) known = g_ptr_array_new ();

  for (gsize i = 0; i < request->n_specs; i++)
    g_ptr_array_add (known, (gpointer)request->specs[i].key);
  g_ptr_array_add (known, (gpointer) "after");
  g_ptr_array_add (known, NULL);
  for (guint i = 0; i < plugin->settings->len; i++)
    {
      const PipelineDefinitionSetting *setting = plugin->settings->pdata[i];
      const char *const *keys = (const char *const *)known->pdata;
      g_autofree char *hint = NULL;
      g_autofree char *origin = NULL;

      if (g_strv_contains (keys, setting->key))
        continue;
      hint = nearest_name_hint (setting->key, keys);
      origin = setting->line > 0 ? g_strdup (request->definition->file)
                                 : g_strdup_printf ("--set %s.%s", plugin->name, setting->key);
      pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, origin, setting->line,
                             "plugin %s knows no setting '%s'%s", plugin->name, setting->key, hint);
    }
}

PluginSettings *
plugin_settings_resolve (const PluginSettingsRequest *request, GPtrArray *problems)
{
  g_autoptr (PluginSettings) self = g_new0 (PluginSettings, 1);
  g_autoptr (GPtrArray) found = pipeline_problems_new ();
  gboolean failed = FALSE;

  self->settings = g_new0 (PipelineSetting, request->n_specs + 1);
  report_unknown_keys (request, found);
  for (gsize i = 0; i < request->n_specs; i++)
    {
      Candidate candidate = { .request = request, .spec = &request->specs[i] };

      resolve_one (self, &candidate, found);
    }
  pipeline_problems_sort (found);
  failed = pipeline_problems_have_errors (found);
  g_ptr_array_extend_and_steal (problems, g_steal_pointer (&found));
  return failed ? NULL : g_steal_pointer (&self);
}

const char *
plugin_settings_get (const PluginSettings *self, const char *key)
{
  for (gsize i = 0; i < self->n_settings; i++)
    if (strcmp (self->settings[i].key, key) == 0)
      return self->settings[i].value;
  return NULL;
}

char **
plugin_settings_secret_environment (const PipelineSettingSpec *specs, gsize n_specs)
{
  char **names = g_new0 (char *, n_specs + 1);
  gsize n = 0;

  for (gsize i = 0; i < n_specs; i++)
    if (specs[i].type == PIPELINE_SETTING_SECRET && specs[i].environment != NULL)
      names[n++] = g_strdup (specs[i].environment);
  return names;
}

void
plugin_settings_free (PluginSettings *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < self->n_settings; i++)
    {
      g_free ((char *)self->settings[i].key);
      wipe ((char *)self->settings[i].value);
      g_free ((char *)self->settings[i].origin);
    }
  g_free (self->settings);
  g_free (self);
}
