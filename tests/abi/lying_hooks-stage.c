/* SPDX-License-Identifier: MIT */
/*
 * lying_hooks-stage.c: is loaded without complaint and then breaks the contract of its hooks in
 * the way the setting `lie` (or, before settings are known, the variable LIAR_START) asks for.
 */
#include "tests/abi/hostile.h"

#include <glib/gstdio.h>
#include <string.h>

static const PipelineSettingSpec settings[] = {
  { .key = "lie",
    .type = PIPELINE_SETTING_STRING,
    .environment = "LIAR_LIE",
    .fallback = "none",
    .summary = "which rule to break" },
  { .key = "key",
    .type = PIPELINE_SETTING_SECRET,
    .environment = "LIAR_KEY",
    .summary = "a secret" },
};

typedef struct
{
  const PipelineHostServices *services;
  gboolean ends_cancelled;
  gboolean ends_silent;
  guint outcome;
  GIOErrorEnum error_code; /* of a command that fails; G_IO_ERROR_FAILED = it does not */
} Liar;

typedef struct
{
  GAsyncReadyCallback callback;
  gpointer user_data;
} Caller;

/* diagnose may be called without start: then there is no Liar to keep these in. */
static const char *diagnose_lie = NULL;
static PipelineFindingFunc late_found = NULL; /* of the look before: called once more, too late */
static gpointer late_data = NULL;

static gboolean
tells (const PipelineStageContext *context, const char *lie)
{
  for (gsize i = 0; i < context->n_settings; i++)
    if (strcmp (context->settings[i].key, "lie") == 0)
      return strcmp (context->settings[i].value, lie) == 0;
  return FALSE;
}

static gboolean
liar_start (const PipelineHostServices *services, gpointer *ret_plugin, GError **error)
{
  const char *lie = g_getenv ("LIAR_START");
  Liar *self = NULL;

  if (g_strcmp0 (lie, "silent") == 0)
    return FALSE;
  if (g_strcmp0 (lie, "refuse") == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not today");
      return FALSE;
    }
  self = g_new0 (Liar, 1);
  self->services = services;
  *ret_plugin = self;
  return TRUE;
}

static void
liar_stop (gpointer plugin)
{
  Liar *self = plugin;

  self->services->log (self->services->host, 0, PIPELINE_LOG_INFO, "liar stopped");
  g_free (self);
}

static gboolean
liar_check (gpointer plugin, const PipelineStageContext *context, GError **error)
{
  (void)plugin;
  if (tells (context, "check-refuse"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "this run can't work");
  return !tells (context, "check-silent") && !tells (context, "check-refuse");
}

static gboolean
liar_after_stage (gpointer plugin, const PipelineStageContext *context, GError **error)
{
  Liar *self = plugin;
  PipelineProgress nothing = { .struct_size = sizeof nothing };

  if (tells (context, "after-both"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "but it went well");
  if (tells (context, "after-slow"))
    g_usleep (80 * 1000);
  if (tells (context, "bad-progress"))
    {
      self->services->progress (self->services->host, context->run, &nothing);
      self->services->progress (self->services->host, context->run, NULL);
      self->services->log (self->services->host, context->run, (PipelineLogLevel)77, NULL);
      self->services->log (self->services->host, 4711, PIPELINE_LOG_WARNING, "unknown run");
    }
  self->services->log (self->services->host, context->run, PIPELINE_LOG_INFO,
                       context->replayed ? "after_stage again" : "after_stage");
  return !tells (context, "after-silent");
}

static void
answer (const Caller *caller)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  caller->callback (NULL, G_ASYNC_RESULT (task), caller->user_data);
}

static gboolean
answer_twice (gpointer user_data)
{
  answer (user_data);
  answer (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
answer_once (gpointer user_data)
{
  answer (user_data);
  return G_SOURCE_REMOVE;
}

static gpointer
answer_from_thread (gpointer user_data)
{
  answer (user_data);
  g_free (user_data);
  return NULL;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  (void)cancellable;
  answer (user_data);
  return G_SOURCE_REMOVE;
}

static void
answer_when_cancelled (GCancellable *cancellable, Caller *caller)
{
  g_autoptr (GSource) source = g_cancellable_source_new (cancellable);

  g_source_set_callback (source, G_SOURCE_FUNC (on_cancelled), caller, g_free);
  g_source_attach (source, NULL);
}

/* Calls back in the way the setting asks for. @word: what the lie is about. */
static void
call_back (const PipelineStageContext *context,
           const char *word,
           GCancellable *cancellable,
           const Caller *caller)
{
  Caller *copy = g_memdup2 (caller, sizeof *caller);
  g_autofree char *early = g_strconcat (word, "-early", NULL);
  g_autofree char *thread = g_strconcat (word, "-thread", NULL);
  g_autofree char *twice = g_strconcat (word, "-twice", NULL);
  g_autofree char *never = g_strconcat (word, "-never", NULL);
  g_autofree char *cancelled = g_strconcat (word, "-until-cancelled", NULL);
  g_autofree char *hurried = g_strconcat (word, "-until-hurried", NULL);

  if (tells (context, never))
    g_free (copy);
  else if (tells (context, cancelled) || tells (context, hurried))
    answer_when_cancelled (cancellable, copy);
  else if (tells (context, twice))
    g_idle_add_full (G_PRIORITY_DEFAULT, answer_twice, copy, g_free);
  else if (tells (context, thread))
    g_thread_unref (g_thread_new ("liar", answer_from_thread, copy));
  else if (tells (context, early))
    {
      answer (copy);
      g_free (copy);
    }
  else
    g_idle_add_full (G_PRIORITY_DEFAULT, answer_once, copy, g_free);
}

static void
liar_run_stage_async (gpointer plugin,
                      const PipelineStageContext *context,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  Liar *self = plugin;
  Caller caller = { .callback = callback, .user_data = user_data };

  self->ends_cancelled = tells (context, "stage-until-cancelled");
  self->ends_silent = tells (context, "stage-silent");
  call_back (context, "stage", cancellable, &caller);
}

static gboolean
liar_run_stage_finish (gpointer plugin, GAsyncResult *result, GError **error)
{
  Liar *self = plugin;

  (void)result;
  if (self->ends_cancelled)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "was cancelled");
  return !self->ends_cancelled && !self->ends_silent;
}

/* Puts a folder where the host keeps the run's state. */
static void
block_record (const char *workspace)
{
  g_autofree char *path = g_build_filename (workspace, "run.json", NULL);

  (void)g_remove (path);
  (void)g_mkdir (path, 0700);
}

/* "end-partial" and the like: what is left over. @word: what the lie is about. */
static guint
told_outcome (const PipelineStageContext *context, const char *word)
{
  static const char *const names[] = { "partial", "unfinished", "denied", "budget", "uncertain" };
  g_autofree char *unknown = g_strconcat (word, "-unknown", NULL);
  guint outcome = tells (context, unknown) ? 0x4010u : 0;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *lie = g_strconcat (word, "-", names[i], NULL);

      outcome |= tells (context, lie) ? 1u << i : 0;
    }
  return outcome;
}

static void
liar_end_run_async (gpointer plugin,
                    const PipelineStageContext *context,
                    GCancellable *hurry,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  Liar *self = plugin;
  Caller caller = { .callback = callback, .user_data = user_data };

  self->outcome |= told_outcome (context, "end");
  self->ends_silent = tells (context, "end-silent");
  if (tells (context, "end-blocks-record"))
    block_record (context->workspace);
  self->services->log (self->services->host, context->run, PIPELINE_LOG_INFO, "end_run");
  call_back (context, "end", hurry, &caller);
}

static gboolean
liar_end_run_finish (gpointer plugin,
                     GAsyncResult *result,
                     PipelineOutcome *ret_outcome,
                     GError **error)
{
  Liar *self = plugin;

  (void)result;
  (void)error;
  *ret_outcome = (PipelineOutcome)self->outcome;
  return !self->ends_silent;
}

static char *
liar_describe (const PipelineStageContext *context, GError **error)
{
  (void)error;
  if (tells (context, "describe-silent"))
    return NULL;
  return g_strdup (tells (context, "describe-text") ? "[1, 2" : "{\"honest\": true}");
}

static int
liar_command (gpointer plugin, const PipelineStageContext *context, const char *const *argv)
{
  (void)plugin;
  (void)argv;
  return tells (context, "command-code") ? 4711 : 0;
}

static void
liar_command_async (gpointer plugin,
                    const PipelineStageContext *context,
                    const PipelineCommand *command,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  static const struct
  {
    const char *lie;
    GIOErrorEnum code;
  } errors[] = {
    { "command-until-cancelled", G_IO_ERROR_CANCELLED },
    { "command-cancelled", G_IO_ERROR_CANCELLED },
    { "command-invalid", G_IO_ERROR_INVALID_ARGUMENT },
    { "command-forbidden", G_IO_ERROR_PERMISSION_DENIED },
    { "command-disk", G_IO_ERROR_NO_SPACE },
  };
  Liar *self = plugin;
  Caller caller = { .callback = callback, .user_data = user_data };
  PipelineProgress progress = { .struct_size = sizeof progress, .item = "lie" };
  gboolean is_hurried = tells (context, "command-until-hurried");

  self->outcome = told_outcome (context, "command");
  self->ends_silent = tells (context, "command-silent");
  self->error_code = G_IO_ERROR_FAILED;
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    if (tells (context, errors[i].lie))
      self->error_code = errors[i].code;
  progress.state = PIPELINE_PROGRESS_ACTIVE;
  progress.status = "told";
  progress.detail = command->argv[0];
  self->services->progress (self->services->host, context->run, &progress);
  self->services->log (self->services->host, context->run, PIPELINE_LOG_INFO, "command");
  call_back (context, "command", is_hurried ? command->hurry : command->cancellable, &caller);
}

static gboolean
liar_command_finish (gpointer plugin,
                     GAsyncResult *result,
                     PipelineOutcome *ret_outcome,
                     GError **error)
{
  Liar *self = plugin;

  (void)result;
  self->services->log (self->services->host, 0, PIPELINE_LOG_INFO, "command ended");
  *ret_outcome = (PipelineOutcome)self->outcome;
  if (self->error_code != G_IO_ERROR_FAILED)
    g_set_error (error, G_IO_ERROR, (gint)self->error_code, "the command failed");
  return self->error_code == G_IO_ERROR_FAILED && !self->ends_silent;
}

static void
liar_diagnose_async (gpointer plugin,
                     const PipelineStageContext *context,
                     const PipelineDiagnosis *diagnosis,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  Caller caller = { .callback = callback, .user_data = user_data };

  (void)plugin;
  diagnose_lie = NULL;
  for (gsize i = 0; i < context->n_settings; i++)
    if (strcmp (context->settings[i].key, "lie") == 0)
      diagnose_lie = g_intern_string (context->settings[i].value);
  call_back (context, "diagnose", diagnosis->cancellable, &caller);
}

/* One finding that says the lie's word: of an unknown level, without words, and so on. */
static PipelineFinding
make_finding (const char *lie)
{
  PipelineFinding finding = { .struct_size = sizeof finding, .subject = "lie", .text = "told" };

  if (g_strcmp0 (lie, "diagnose-level") == 0)
    finding.level = (PipelineFindingLevel)77;
  else if (g_strcmp0 (lie, "diagnose-mute") == 0)
    finding.text = NULL;
  else if (g_strcmp0 (lie, "diagnose-short") == 0)
    finding.struct_size = sizeof (gsize);
  else if (g_strcmp0 (lie, "diagnose-outcome") == 0)
    {
      finding.level = PIPELINE_FINDING_PROBLEM;
      finding.outcome = (PipelineOutcome)0x4004;
      finding.advice = "do not";
    }
  else if (g_strcmp0 (lie, "diagnose-clueless") == 0)
    finding.level = PIPELINE_FINDING_PROBLEM;
  else if (g_strcmp0 (lie, "diagnose-warning") == 0)
    {
      finding.level = PIPELINE_FINDING_WARNING;
      finding.advice = "sleep over it";
    }
  else if (g_strcmp0 (lie, "diagnose-denied") == 0)
    {
      finding.level = PIPELINE_FINDING_PROBLEM;
      finding.outcome = PIPELINE_OUTCOME_DENIED;
      finding.advice = "ask again";
    }
  return finding;
}

static gboolean
liar_diagnose_finish (gpointer plugin,
                      GAsyncResult *result,
                      PipelineFindingFunc found,
                      gpointer user_data,
                      GError **error)
{
  PipelineFinding finding = make_finding (diagnose_lie);
  guint n = g_strcmp0 (diagnose_lie, "diagnose-many") == 0 ? 5000 : 1;

  (void)plugin;
  (void)result;
  if (late_found != NULL)
    late_found (&finding, late_data);
  late_found = found;
  late_data = user_data;
  if (g_strcmp0 (diagnose_lie, "diagnose-null") == 0)
    found (NULL, user_data);
  for (guint i = 0; i < n; i++)
    found (&finding, user_data);
  if (g_strcmp0 (diagnose_lie, "diagnose-refuse") == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "can't look");
  return g_strcmp0 (diagnose_lie, "diagnose-silent") != 0
         && g_strcmp0 (diagnose_lie, "diagnose-refuse") != 0;
}

static const PipelineStagePlugin descriptor = {
  HOSTILE_HEAD ("lying_hooks"),
  .default_after = "ONE",
  .stage_name = "LIE",
  .settings = settings,
  .n_settings = G_N_ELEMENTS (settings),
  .start = liar_start,
  .stop = liar_stop,
  .check = liar_check,
  .after_stage = liar_after_stage,
  .run_stage_async = liar_run_stage_async,
  .run_stage_finish = liar_run_stage_finish,
  .end_run_async = liar_end_run_async,
  .end_run_finish = liar_end_run_finish,
  .describe = liar_describe,
  .command = liar_command,
  .command_async = liar_command_async,
  .command_finish = liar_command_finish,
  .diagnose_async = liar_diagnose_async,
  .diagnose_finish = liar_diagnose_finish,
};

HOSTILE_EXPORT (&descriptor)
