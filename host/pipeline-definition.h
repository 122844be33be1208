/* SPDX-License-Identifier: MIT */
/*
 * PipelineDefinition: a checked pipeline file (see pipeline.ini(5)): its stages, its plugins with
 * their settings as text, and the inputs. Immutable after load; reference counted on one thread.
 */
#pragma once

#include "host/pipeline-problem.h"

G_BEGIN_DECLS

/* A command that has not ended by then hangs, unless `timeout` says otherwise. */
#define PIPELINE_DEFINITION_DEFAULT_TIMEOUT_MS (G_GINT64_CONSTANT (30) * 60 * 1000)
#define PIPELINE_DEFINITION_MAX_RETRIES 100
#define PIPELINE_DEFINITION_MAX_STAGES 99 /* logs are numbered with two digits */
#define PIPELINE_DEFINITION_MAX_PLUGINS 99

/** PipelineDefinitionStage: one stage, in the order of `stages`. */
typedef struct
{
  char *name;        /* (owned) */
  char **command;    /* (owned) (nullable) argv with placeholders; NULL = run by `plugin` */
  char *plugin;      /* (owned) (nullable) */
  char **outputs;    /* (owned) (not nullable) paths relative to the workspace */
  gint64 timeout_ms; /* 0 = none (`timeout=0s`; default of stages that a plugin runs) */
  guint retries;     /* further attempts after a failure */
  guint line;        /* of its [stage] group; 0 = from `--set` */
} PipelineDefinitionStage;

/** PipelineDefinitionSetting: text of one key of a [plugin NAME] group, not yet checked. */
typedef struct
{
  char *key;   /* (owned) */
  char *value; /* (owned) */
  guint line;  /* 1-based; 0 = from `--set` */
} PipelineDefinitionSetting;

/** PipelineDefinitionPlugin: one element of `plugins`. */
typedef struct
{
  char *name;          /* (owned) */
  char *after;         /* (owned) (nullable) stage; NULL = the plugin's own default */
  GPtrArray *settings; /* (owned) PipelineDefinitionSetting, without `after` */
  guint line;          /* of its [plugin] group; 0 = it has none */
} PipelineDefinitionPlugin;

/** PipelineDefinition: read only. */
typedef struct
{
  char *file;         /* (owned) as given; for messages */
  char *folder;       /* (owned) absolute folder of the file */
  char *name;         /* (owned) `name`, or "pipeline" */
  GPtrArray *stages;  /* (owned) PipelineDefinitionStage */
  GPtrArray *plugins; /* (owned) PipelineDefinitionPlugin */
  GHashTable *inputs; /* (owned) key -> value: group [input] and `--set input.KEY=` */
} PipelineDefinition;

/**
 * pipeline_definition_load: reads and checks a pipeline file.
 * @path: file; at most 1 MiB.
 * @overrides: (array zero-terminated=1) (nullable): `--set` arguments, see
 * pipeline_key_file_override().
 * @problems: (inout): gets every finding, warnings too, sorted by line.
 * Thread: any. Blocks: disk. Errors: none; see @problems (also when the file cannot be read).
 * Returns: (transfer full) (nullable): NULL when a finding of this call is an error.
 */
PipelineDefinition *
pipeline_definition_load (const char *path, const char *const *overrides, GPtrArray *problems);

/**
 * pipeline_definition_parse: the same from memory.
 * @data: (array length=length).
 * @file: name for messages and base of relative paths.
 * Thread: any. Blocks: no. Errors: none; see @problems.
 * Returns: (transfer full) (nullable): NULL when a finding of this call is an error.
 */
PipelineDefinition *pipeline_definition_parse (const char *data,
                                               gsize length,
                                               const char *file,
                                               const char *const *overrides,
                                               GPtrArray *problems);

/**
 * pipeline_definition_stage: finds a stage by name.
 * @ret_index: (out) (optional): its place in `stages`, from 0; untouched when not found.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none) (nullable).
 */
const PipelineDefinitionStage *
pipeline_definition_stage (const PipelineDefinition *self, const char *name, guint *ret_index);

/**
 * pipeline_definition_plugin: finds a plugin by name.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none) (nullable).
 */
const PipelineDefinitionPlugin *pipeline_definition_plugin (const PipelineDefinition *self,
                                                            const char *name);

/**
 * pipeline_definition_stage_names: the names in order, for run_state_*() and nearest_name_*().
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (array zero-terminated=1).
 */
char **pipeline_definition_stage_names (const PipelineDefinition *self);

/**
 * pipeline_definition_check_inputs: reports each `@input.KEY@` of a stage's command that has no
 * value. Separate from load: `validate` warns about it, and a stage that is already done needs
 * none.
 * @inputs: (nullable): key -> value; NULL = the definition's own.
 * @severity: of the findings.
 * Thread: any. Blocks: no. Errors: none; see @problems. Returns: nothing.
 */
void pipeline_definition_check_inputs (const PipelineDefinition *self,
                                       const PipelineDefinitionStage *stage,
                                       GHashTable *inputs,
                                       PipelineProblemSeverity severity,
                                       GPtrArray *problems);

/**
 * pipeline_definition_ref: one more reference.
 * Thread: the owner's. Blocks: no. Errors: none. Returns: (transfer full): @self.
 */
PipelineDefinition *pipeline_definition_ref (PipelineDefinition *self);

/**
 * pipeline_definition_unref: gives a reference back.
 * @self: (transfer full) (nullable).
 * Thread: the owner's. Blocks: no. Errors: none. Returns: nothing.
 */
void pipeline_definition_unref (PipelineDefinition *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PipelineDefinition, pipeline_definition_unref)

G_END_DECLS
