/* SPDX-License-Identifier: MIT */
/*
 * sample-stage.c: how to write a stage plugin for pipeline_runner, in one small file. It counts
 * the files of the workspace when the stage PREPARE has ended, and runs a stage that shouts.
 *
 * Build:   cc -shared -fPIC $(pkg-config --cflags --libs pipeline-stage) \
 *             -o libsample_stage.so sample-stage.c
 * Use:     PIPELINE_PLUGIN_PATH=$PWD, and in pipeline.ini `plugins=sample`, `[stage SHOUT]`,
 *          `plugin=sample`.
 *
 * Everything here runs on the host's main thread, so no hook may block. Work that takes time
 * belongs on a thread of the plugin, or in sources on the main context as below.
 */
#include "include/pipeline-stage.h"

#include <string.h>

/* What the host says to us: `word` in [plugin sample], or the variable SAMPLE_WORD. */
static const PipelineSettingSpec settings[] = {
  { .key = "word",
    .type = PIPELINE_SETTING_STRING,
    .environment = "SAMPLE_WORD",
    .fallback = "hello",
    .summary = "what the stage shouts" },
};

/* One object per process. It may be used by many runs at once; `run` tells them apart. */
typedef struct
{
  const PipelineHostServices *services;
  guint n_prepared;
} Sample;

static gboolean
sample_start (const PipelineHostServices *services, gpointer *ret_plugin, GError **error)
{
  Sample *self = g_new0 (Sample, 1);

  (void)error;
  self->services = services;
  *ret_plugin = self;
  return TRUE;
}

/* Must leave no thread behind. */
static void
sample_stop (gpointer plugin)
{
  g_free (plugin);
}

/* A reason not to start a run belongs here. It ends with exit code 2, before any stage. */
static gboolean
sample_check (gpointer plugin, const PipelineStageContext *context, GError **error)
{
  (void)plugin;
  for (gsize i = 0; i < context->n_settings; i++)
    if (strcmp (context->settings[i].value, "") == 0)
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: must not be empty (%s)",
                     context->settings[i].key, context->settings[i].origin);
        return FALSE;
      }
  return TRUE;
}

/* Returns at once; the pipeline goes on in the meantime. */
static gboolean
sample_after_stage (gpointer plugin, const PipelineStageContext *context, GError **error)
{
  Sample *self = plugin;
  PipelineProgress progress = { .struct_size = sizeof progress, .item = "count" };

  (void)error;
  self->n_prepared++;
  progress.state = PIPELINE_PROGRESS_DONE;
  progress.status = context->replayed ? "seen before" : "prepared";
  self->services->progress (self->services->host, context->run, &progress);
  return TRUE;
}

/* A stage ends with a GTask, on the main context the call came from. */
static void
sample_run_stage_async (gpointer plugin,
                        const PipelineStageContext *context,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  Sample *self = plugin;
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  self->services->log (self->services->host, context->run, PIPELINE_LOG_INFO,
                       context->settings[0].value);
  g_task_return_boolean (task, TRUE);
}

static gboolean
sample_run_stage_finish (gpointer plugin, GAsyncResult *result, GError **error)
{
  (void)plugin;
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* For `pipeline_runner status`: from files only, the plugin isn't started then. */
static char *
sample_describe (const PipelineStageContext *context, GError **error)
{
  (void)error;
  return g_strdup_printf ("{\"summary\": [\"sample watches run %s\"]}", context->run_id);
}

/* For `pipeline_runner sample …`. What a command has done is told by describe() afterwards. */
static void
sample_command_async (gpointer plugin,
                      const PipelineStageContext *context,
                      const PipelineCommand *command,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  Sample *self = plugin;
  const char *const *argv = command->argv;
  g_autoptr (GTask) task = g_task_new (NULL, command->cancellable, callback, user_data);
  g_autofree char *arguments = NULL;
  g_autofree char *words = NULL;

  if (strcmp (argv[0], "say") != 0)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                               "unknown command %s; see `pipeline_runner sample help`", argv[0]);
      return;
    }
  arguments = g_strjoinv (" ", (char **)(argv + 1));
  words = g_strjoin (argv[1] != NULL ? " " : "", context->settings[0].value, arguments, NULL);
  self->services->log (self->services->host, context->run, PIPELINE_LOG_INFO, words);
  g_task_return_int (task, PIPELINE_OUTCOME_COMPLETE);
}

static gboolean
sample_command_finish (gpointer plugin,
                       GAsyncResult *result,
                       PipelineOutcome *ret_outcome,
                       GError **error)
{
  gssize outcome = g_task_propagate_int (G_TASK (result), error);

  (void)plugin;
  if (outcome < 0)
    return FALSE;
  *ret_outcome = (PipelineOutcome)outcome;
  return TRUE;
}

/* For `pipeline_runner doctor`: not started, unless it may look online. */
static void
sample_diagnose_async (gpointer plugin,
                       const PipelineStageContext *context,
                       const PipelineDiagnosis *diagnosis,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, diagnosis->cancellable, callback, user_data);

  (void)plugin;
  g_task_return_pointer (task, g_strdup (context->settings[0].value), g_free);
}

static gboolean
sample_diagnose_finish (gpointer plugin,
                        GAsyncResult *result,
                        PipelineFindingFunc found,
                        gpointer user_data,
                        GError **error)
{
  PipelineFinding finding = { .struct_size = sizeof finding, .subject = "word" };
  g_autofree char *word = g_task_propagate_pointer (G_TASK (result), error);

  (void)plugin;
  if (word == NULL)
    return FALSE;
  finding.text = word;
  if (strlen (word) > 40)
    {
      finding.level = PIPELINE_FINDING_WARNING;
      finding.advice = "shout something shorter";
    }
  found (&finding, user_data);
  return TRUE;
}

static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR,
  .abi_minor = PIPELINE_STAGE_ABI_MINOR,
  .struct_size = sizeof (PipelineStagePlugin),
  .name = "sample",
  .version = "1.0",
  .summary = "shows how a stage plugin is written",
  .default_after = "PREPARE",
  .stage_name = "SHOUT",
  .settings = settings,
  .n_settings = G_N_ELEMENTS (settings),
  .start = sample_start,
  .stop = sample_stop,
  .check = sample_check,
  .after_stage = sample_after_stage,
  .run_stage_async = sample_run_stage_async,
  .run_stage_finish = sample_run_stage_finish,
  .describe = sample_describe,
  .command_async = sample_command_async,
  .command_finish = sample_command_finish,
  .command_help = "pipeline_runner sample say [WORD]...\n    Says the words.",
  .diagnose_async = sample_diagnose_async,
  .diagnose_finish = sample_diagnose_finish,
};

/* The one symbol a plugin exports. */
PIPELINE_STAGE_EXPORT const PipelineStagePlugin *
pipeline_stage_plugin_query (void)
{
  return &descriptor;
}
