/* SPDX-License-Identifier: MIT */
/*
 * PluginSettings: the settings of one plugin of one pipeline, resolved from command line,
 * environment, pipeline file and default (strongest first) and checked against the plugin's
 * PipelineSettingSpec table. Secrets come from the environment only, and no message repeats one.
 * Immutable after resolve.
 */
#pragma once

#include "host/pipeline-definition.h"
#include "include/pipeline-stage.h"

G_BEGIN_DECLS

/** PluginSettingsRequest: what is resolved. Borrowed during the call. */
typedef struct
{
  const PipelineDefinition *definition;
  const PipelineDefinitionPlugin *plugin; /* of that definition */
  const PipelineSettingSpec *specs;       /* (array length=n_specs) (nullable) */
  gsize n_specs;
  char **environment; /* (nullable) as g_get_environ() gives it; NULL = the process's own */
} PluginSettingsRequest;

/** PluginSettings: read only; the arrays fit PipelineStageContext. */
typedef struct
{
  PipelineSetting *settings; /* (owned) (array length=n_settings) in the order of the specs */
  gsize n_settings;
} PluginSettings;

/**
 * plugin_settings_resolve: resolves and checks all settings of a plugin.
 * Durations become "<n>ms", booleans "true" or "false", paths absolute (relative ones start at the
 * pipeline file's folder). An empty environment variable counts as not set; there a bare number is
 * a duration in seconds, and 1, 0, yes, no are booleans too.
 * @problems: (inout): gets every finding: bad values, secrets in the wrong place, unknown keys.
 * Thread: any. Blocks: no. Errors: none; see @problems.
 * Returns: (transfer full) (nullable): NULL when a finding of this call is an error.
 */
PluginSettings *plugin_settings_resolve (const PluginSettingsRequest *request, GPtrArray *problems);

/**
 * plugin_settings_get: value of a setting.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none) (nullable).
 */
const char *plugin_settings_get (const PluginSettings *self, const char *key);

/**
 * plugin_settings_secret_environment: names of the variables that hold secrets: stage commands
 * must not see them.
 * @specs: (array length=n_specs) (nullable).
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (array zero-terminated=1): possibly empty.
 */
char **plugin_settings_secret_environment (const PipelineSettingSpec *specs, gsize n_specs);

/**
 * plugin_settings_free: frees it; secrets are wiped first.
 * @self: (transfer full) (nullable).
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void plugin_settings_free (PluginSettings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PluginSettings, plugin_settings_free)

G_END_DECLS
