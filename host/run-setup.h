/* SPDX-License-Identifier: MIT */
/*
 * run-setup.h: everything a run needs to know before it starts: the checked pipeline definition,
 * its plugins loaded, their settings resolved, and the list of steps, which is the pipeline's
 * stages and, after the last, one step for each plugin that runs a stage nobody listed. Used by
 * `run`, `validate`, `status` and plugin commands alike, so that they can't disagree.
 *
 * Threads: main thread only. Starts nothing and writes nothing.
 */
#pragma once

#include "host/pipeline-definition.h"
#include "host/plugin-set.h"
#include "host/plugin-settings.h"

G_BEGIN_DECLS

#define RUN_SETUP_DEFAULT_FILE "pipeline.ini"

/** RunSetupPlugin: one plugin of the pipeline, ready for its hooks. */
typedef struct
{
  PluginHost *host;         /* (borrowed) of the PluginSet */
  PluginSettings *settings; /* (owned) */
  const char *name;         /* (borrowed) */
  const char *after;        /* (borrowed) (nullable) stage whose end it is told of */
} RunSetupPlugin;

/** RunSetupStep: one thing to do, in order. */
typedef struct
{
  const char *name;                     /* (borrowed) */
  const PipelineDefinitionStage *stage; /* (borrowed) (nullable) NULL = not listed */
  const RunSetupPlugin *plugin;         /* (borrowed) (nullable) NULL = a command */
} RunSetupStep;

/** RunSetup: read only. */
typedef struct
{
  PipelineDefinition *definition; /* (owned) */
  GPtrArray *plugins;             /* (owned) RunSetupPlugin */
  GPtrArray *steps;               /* (owned) RunSetupStep */
  char **step_names;              /* (owned) in order */
  char **hidden_environment;      /* (owned) variables that stage commands must not see */
  GStringChunk *names;            /* (owned) names made up for steps that are not listed */
} RunSetup;

/**
 * run_setup_file: the pipeline file of a workspace.
 * @workspace: as the user gave it.
 * @file: (nullable): the user's choice; NULL = pipeline.ini in the workspace.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): a path short enough for messages.
 */
char *run_setup_file (const char *workspace, const char *file);

/**
 * run_setup_load: reads and checks a pipeline file and loads its plugins. If any setting is a
 * secret that is set, the process becomes undumpable.
 * @file: path of the pipeline file.
 * @overrides: (array zero-terminated=1) (nullable): `--set` arguments.
 * @problems: (inout): gets every finding, also warnings.
 * Thread: main. Blocks: disk. Errors: none; see @problems.
 * Returns: (transfer full) (nullable): NULL when a finding of this call is an error.
 */
RunSetup *run_setup_load (const char *file,
                          const char *const *overrides,
                          PluginSet *plugins,
                          GPtrArray *problems);

/**
 * run_setup_for_plugin: the setup for a plugin command where no pipeline file speaks of the
 * plugin: its settings from `--set`, environment and defaults.
 * @folder: that relative paths start from.
 * Thread: main. Blocks: disk. Errors: none; see @problems.
 * Returns: (transfer full) (nullable): NULL when a finding of this call is an error.
 */
RunSetup *run_setup_for_plugin (const char *folder,
                                const char *plugin,
                                const char *const *overrides,
                                PluginSet *plugins,
                                GPtrArray *problems);

/**
 * run_setup_free: frees it; the plugins stay loaded.
 * @self: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void run_setup_free (RunSetup *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RunSetup, run_setup_free)

/**
 * run_setup_plugin: finds a plugin by name.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer none) (nullable).
 */
const RunSetupPlugin *run_setup_plugin (const RunSetup *self, const char *name);

/**
 * run_setup_plugin_context: what a hook is called with by a command that is no run.
 * @workspace: (borrowed): absolute path
 * @run_id: (borrowed)
 * Thread: main. Blocks: no. Errors: none. Returns: valid as long as what it is made of
 */
PipelineStageContext
run_setup_plugin_context (const RunSetupPlugin *plugin, const char *workspace, const char *run_id);

/**
 * run_setup_step_index: finds a step by name.
 * @ret_index: (out): untouched when not found.
 * Thread: main. Blocks: no. Errors: none. Returns: FALSE if there is none.
 */
gboolean run_setup_step_index (const RunSetup *self,
                               const char *name,
                               guint *ret_index) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
