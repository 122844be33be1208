/* SPDX-License-Identifier: MIT */
/*
 * stage-run.c: see stage-run.h. Main thread only. What follows an attempt is decided by
 * stage_process_next(); this file only does it: record, wait, try again.
 */
#include "host/stage-run.h"

#include "host/duration.h"
#include "host/placeholder.h"
#include "host/stage-process.h"

struct _StageRun
{
  StageRunTask task;
  const RunSetupStep *step; /* (borrowed) */
  StageRunDone done;
  gpointer user_data;
  guint attempt;       /* of this process, from 1 */
  guint total_attempt; /* over all processes, from 1 */
  gint64 start_us;     /* monotonic: of a plugin's stage */
  gint64 timeout_us;   /* monotonic: when its timeout is due */
  gboolean is_timed_out;
  GCancellable *plugin_stop; /* (owned) for the plugin: stop or timeout */
  GSource *timer;            /* (owned) (nullable) pause before a retry, or a plugin's timeout */
  GSource *stop_watch;       /* (owned) (nullable) sees task.stop */
};

static void start_attempt (StageRun *self);

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_source_unref (*source);
  *source = NULL;
}

static void
arm_timer (StageRun *self, gint64 delay_ms, GSourceFunc func, const char *name)
{
  drop_source (&self->timer);
  self->timer = g_timeout_source_new ((guint)MIN (delay_ms, G_MAXUINT));
  g_source_set_static_name (self->timer, name);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, NULL);
}

void
stage_run_free (StageRun *self)
{
  if (self == NULL)
    return;
  drop_source (&self->timer);
  drop_source (&self->stop_watch);
  g_clear_object (&self->plugin_stop);
  g_free (self);
}

static void
complete (StageRun *self, StageRunVerdict verdict)
{
  drop_source (&self->timer);
  drop_source (&self->stop_watch);
  self->done (self->user_data, verdict);
}

static gboolean
on_lost (gpointer user_data)
{
  complete (user_data, STAGE_RUN_LOST);
  return G_SOURCE_REMOVE;
}

static void
tell_lost (StageRun *self, const GError *error)
{
  g_autofree char *message
      = g_strdup_printf ("stage %s: %s; the run ends here, mend that and run it again",
                         self->step->name, error->message);

  run_journal_message (self->task.journal, PIPELINE_LOG_ERROR, message);
}

static void
end_attempt (StageRun *self, const RunJournalStageEnd *end, StageRunVerdict verdict)
{
  g_autoptr (GError) error = NULL;

  if (!run_journal_stage_ended (self->task.journal, end, &error))
    {
      tell_lost (self, error);
      verdict = STAGE_RUN_LOST;
    }
  complete (self, verdict);
}

static gboolean
on_pause_over (gpointer user_data)
{
  StageRun *self = user_data;

  drop_source (&self->timer);
  start_attempt (self);
  return G_SOURCE_REMOVE;
}

static void
pause_before_retry (StageRun *self, const RunJournalStageEnd *end, gint64 delay_ms)
{
  g_autoptr (GError) error = NULL;

  if (!run_journal_stage_ended (self->task.journal, end, &error))
    {
      tell_lost (self, error);
      complete (self, STAGE_RUN_LOST);
      return;
    }
  arm_timer (self, delay_ms, on_pause_over, "stage-run pause");
}

static void
on_process_ended (GObject *source, GAsyncResult *async_result, gpointer user_data)
{
  StageRun *self = user_data;
  g_autoptr (StageProcessExit) result = stage_process_run_finish (async_result);
  StageProcessNext next
      = stage_process_next (result->verdict, self->attempt, self->step->stage->retries);
  RunJournalStageEnd end = { .stage = self->step->name, .exit_code = result->exit_code };

  (void)source;
  end.duration_ms = result->duration_ms;
  end.message = result->message;
  /* Who stops the host may have signalled the command as well: that is no reason to try again. */
  if (next.step == STAGE_PROCESS_NEXT_RETRY && g_cancellable_is_cancelled (self->task.stop))
    next.step = STAGE_PROCESS_NEXT_STOP;
  switch (next.step)
    {
    case STAGE_PROCESS_NEXT_STAGE:
      end.status = RUN_STAGE_DONE;
      end.word = "done";
      end_attempt (self, &end, STAGE_RUN_DONE);
      return;
    case STAGE_PROCESS_NEXT_RETRY:
      end.status = RUN_STAGE_PENDING;
      end.word = "retry";
      pause_before_retry (self, &end, next.delay_ms);
      return;
    case STAGE_PROCESS_NEXT_FAIL:
      end.status = RUN_STAGE_FAILED;
      end.word = "failed";
      end_attempt (self, &end, STAGE_RUN_FAILED);
      return;
    case STAGE_PROCESS_NEXT_STOP:
      end.status = RUN_STAGE_PENDING;
      end.word = "stopped";
      end_attempt (self, &end, STAGE_RUN_STOPPED);
      return;
    }
}

static void
on_plugin_ended (gpointer user_data, PipelineOutcome outcome, const GError *error)
{
  StageRun *self = user_data;
  RunJournalStageEnd end = { .stage = self->step->name, .exit_code = RUN_STATE_NO_EXIT_CODE };
  g_autofree char *message = NULL;

  (void)outcome;
  end.duration_ms = (g_get_monotonic_time () - self->start_us) / G_TIME_SPAN_MILLISECOND;
  if (error == NULL)
    {
      end.status = RUN_STAGE_DONE;
      end.word = "done";
      end_attempt (self, &end, STAGE_RUN_DONE);
      return;
    }
  if (g_cancellable_is_cancelled (self->task.stop))
    {
      end.status = RUN_STAGE_PENDING;
      end.word = "stopped";
      end.message = error->message;
      end_attempt (self, &end, STAGE_RUN_STOPPED);
      return;
    }
  if (self->is_timed_out)
    {
      g_autofree char *limit = duration_to_string (self->step->stage->timeout_ms);

      message = g_strdup_printf ("took longer than its timeout of %s", limit);
    }
  end.status = RUN_STAGE_FAILED;
  end.word = "failed";
  end.message = message != NULL ? message : error->message;
  end_attempt (self, &end, STAGE_RUN_FAILED);
}

static gboolean
on_plugin_silent (gpointer user_data)
{
  StageRun *self = user_data;
  const RunSetupPlugin *plugin = self->step->plugin;
  g_autofree char *limit = duration_to_string (self->step->stage->timeout_ms);
  g_autoptr (GError) error
      = g_error_new (PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT,
                     "took longer than its timeout of %s, and plugin %s does not end it when "
                     "told to (a bug of the plugin)",
                     limit, plugin->name);

  plugin_host_abandon (plugin->host, self);
  self->is_timed_out = FALSE; /* the error says more */
  on_plugin_ended (self, PIPELINE_OUTCOME_COMPLETE, error);
  return G_SOURCE_REMOVE;
}

static gboolean on_plugin_timeout (gpointer user_data);

static void
arm_plugin_timeout (StageRun *self)
{
  gint64 timeout_ms = self->step->stage->timeout_ms;

  self->timeout_us = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  arm_timer (self, timeout_ms, on_plugin_timeout, "stage-run timeout");
}

static gboolean
on_plugin_timeout (gpointer user_data)
{
  StageRun *self = user_data;
  gint64 late_ms = (g_get_monotonic_time () - self->timeout_us) / G_TIME_SPAN_MILLISECOND;

  if (late_ms > STAGE_PROCESS_LATE_MS)
    {
      arm_plugin_timeout (self);
      return G_SOURCE_REMOVE;
    }
  self->is_timed_out = TRUE;
  g_cancellable_cancel (self->plugin_stop);
  arm_timer (self, STAGE_PROCESS_GRACE_MS, on_plugin_silent, "stage-run silent plugin");
  return G_SOURCE_REMOVE;
}

static void
run_by_plugin (StageRun *self)
{
  const RunSetupPlugin *plugin = self->step->plugin;
  PipelineStageContext context = { .struct_size = sizeof context, .run = self->task.run };

  context.run_id = run_journal_state (self->task.journal)->run_id;
  context.workspace = self->task.workspace;
  context.stage = self->step->name;
  context.settings = plugin->settings->settings;
  context.n_settings = plugin->settings->n_settings;
  self->start_us = g_get_monotonic_time ();
  if (self->step->stage != NULL && self->step->stage->timeout_ms > 0)
    arm_plugin_timeout (self);
  plugin_host_run_stage (plugin->host, &context, self->plugin_stop, on_plugin_ended, self);
}

static void
run_command (StageRun *self, char **argv)
{
  const PipelineDefinitionStage *stage = self->step->stage;
  StageProcessSpec spec = { .workspace = self->task.workspace, .stage = stage->name };

  spec.run_id = run_journal_state (self->task.journal)->run_id;
  spec.position = self->task.index + 1;
  spec.attempt = self->total_attempt;
  spec.argv = (const char *const *)argv;
  spec.outputs = (const char *const *)stage->outputs;
  spec.hidden_environment = (const char *const *)self->task.setup->hidden_environment;
  spec.timeout_ms = stage->timeout_ms;
  stage_process_run_async (&spec, self->task.stop, self->task.kill, on_process_ended, self);
}

static char **
expand_command (StageRun *self, GError **error)
{
  PlaceholderValues values = { .workspace = self->task.workspace, .stage = self->step->name };

  values.run_id = run_journal_state (self->task.journal)->run_id;
  values.inputs = self->task.inputs;
  return placeholder_expand_argv ((const char *const *)self->step->stage->command, &values, error);
}

static void
start_attempt (StageRun *self)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;

  if (self->step->plugin == NULL)
    argv = expand_command (self, &error);
  if (error == NULL)
    self->total_attempt = run_journal_stage_started (self->task.journal, self->step->name, &error);
  if (error != NULL)
    {
      tell_lost (self, error);
      arm_timer (self, 0, on_lost, "stage-run lost");
      return;
    }

  self->attempt++;
  if (self->step->plugin != NULL)
    run_by_plugin (self);
  else
    run_command (self, argv);
}

static gboolean
on_stop (GCancellable *cancellable, gpointer user_data)
{
  StageRun *self = user_data;
  gboolean is_pausing = self->step->plugin == NULL && self->timer != NULL;

  (void)cancellable;
  g_cancellable_cancel (self->plugin_stop);
  /* During a pause there is no process that could notice. */
  if (is_pausing)
    complete (self, STAGE_RUN_STOPPED);
  return G_SOURCE_REMOVE;
}

StageRun *
stage_run_start (const StageRunTask *task, StageRunDone done, gpointer user_data)
{
  StageRun *self = g_new0 (StageRun, 1);

  self->task = *task;
  self->step = g_ptr_array_index (task->setup->steps, task->index);
  self->done = done;
  self->user_data = user_data;
  self->plugin_stop = g_cancellable_new ();
  self->stop_watch = g_cancellable_source_new (task->stop);
  g_source_set_static_name (self->stop_watch, "stage-run stop");
  g_source_set_callback (self->stop_watch, G_SOURCE_FUNC (on_stop), self, NULL);
  g_source_attach (self->stop_watch, NULL);
  start_attempt (self);
  return self;
}
