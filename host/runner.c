/* SPDX-License-Identifier: MIT */
/*
 * runner.c: see runner.h. Main thread only.
 *
 *   begin -> { step: stage-run, after_stage hooks }* -> ending (end_run of plugins) -> finish
 *
 * Every path, refusals included, goes through the ending, so that each plugin whose check succeeded
 * hears end_run exactly once and the workspace stays locked until it has answered. Hooks are never
 * waited for between stages. A signal during a command begins the ending at once: a command may
 * take its time to die, and until a plugin hears end_run it goes on sending.
 */
#include "host/runner.h"

#include "host/run-ending.h"
#include "host/stage-run.h"
#include "host/workspace.h"

typedef enum
{
  PHASE_NEW,
  PHASE_STAGES,
  PHASE_ENDING,
  PHASE_ENDED,
} Phase;

struct _Runner
{
  const RunRequest *request; /* (borrowed) */
  RunnerSurroundings around;
  RunnerDone done;
  gpointer user_data;

  Phase phase;
  HostWorkspace *workspace; /* (owned) (nullable) */
  RunSetup *setup;          /* (owned) (nullable) */
  RunPlan *plan;            /* (owned) (nullable) */
  RunJournal *journal;      /* (owned) (nullable) */
  RunState *found;          /* (owned) (nullable) state of a finished run that is left alone */
  GPtrArray *started;       /* (owned) RunSetupPlugin (borrowed): start succeeded */
  GPtrArray *checked;       /* (owned) RunSetupPlugin (borrowed): check succeeded */
  guint next;               /* index of the next step */
  StageRun *stage_run;      /* (owned) (nullable) */
  RunEnding *ending;        /* (owned) (nullable) */
  gboolean is_ending_over;  /* all plugins have answered end_run */
  GSource *idle;            /* (owned) (nullable) */
  GCancellable *stop;       /* (owned) */
  GCancellable *hurry;      /* (owned) */

  gboolean is_recorded; /* the run is in run.json */
  gboolean is_refused;  /* nothing was started: `refusal` is the exit code */
  ExitStatus refusal;
  gboolean stage_failed;
  int signal_number; /* 0 = none */
  PipelineOutcome outcome;
  ExitStatus exit_status; /* after the end */
};

static void advance (Runner *self);

Runner *
runner_new (const RunRequest *request, const RunnerSurroundings *surroundings)
{
  Runner *self = g_new0 (Runner, 1);

  self->request = request;
  self->around = *surroundings;
  self->started = g_ptr_array_new ();
  self->checked = g_ptr_array_new ();
  self->stop = g_cancellable_new ();
  self->hurry = g_cancellable_new ();
  return self;
}

static void
drop_idle (Runner *self)
{
  if (self->idle == NULL)
    return;
  g_source_destroy (self->idle);
  g_source_unref (self->idle);
  self->idle = NULL;
}

void
runner_free (Runner *self)
{
  if (self == NULL)
    return;
  drop_idle (self);
  stage_run_free (self->stage_run);
  run_ending_free (self->ending);
  run_journal_free (self->journal);
  run_plan_free (self->plan);
  run_state_free (self->found);
  g_ptr_array_unref (self->started);
  g_ptr_array_unref (self->checked);
  run_setup_free (self->setup);
  host_workspace_free (self->workspace);
  g_object_unref (self->stop);
  g_object_unref (self->hurry);
  g_free (self);
}

static void
run_in_idle (Runner *self, GSourceFunc func)
{
  drop_idle (self);
  self->idle = g_idle_source_new ();
  g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->idle, "runner step");
  g_source_set_callback (self->idle, func, self, NULL);
  g_source_attach (self->idle, NULL);
}

static void
tell (Runner *self, PipelineLogLevel level, const char *message)
{
  if (self->journal != NULL)
    run_journal_message (self->journal, level, message);
  else
    progress_message (self->around.progress, self->around.run, level, message);
}

static void
fill_context (Runner *self, const RunSetupPlugin *plugin, PipelineStageContext *context)
{
  const RunState *state = self->plan->state;

  if (state == NULL)
    state = self->found != NULL ? self->found : run_journal_state (self->journal);
  *context = (PipelineStageContext){ .struct_size = sizeof *context };
  context->run = self->around.run;
  context->run_id = state->run_id;
  context->workspace = host_workspace_path (self->workspace);
  if (plugin != NULL)
    {
      context->settings = plugin->settings->settings;
      context->n_settings = plugin->settings->n_settings;
    }
}

/* -- end -- */

static RunStatus
final_status (const Runner *self)
{
  if (self->signal_number != 0)
    return RUN_STATUS_STOPPED;
  if (self->stage_failed)
    return RUN_STATUS_FAILED;
  if (self->plan->end < self->setup->steps->len)
    return RUN_STATUS_STOPPED;
  return RUN_STATUS_DONE;
}

static void
finish (Runner *self)
{
  ExitStatusFacts facts = { .stage_failed = self->stage_failed, .outcome = self->outcome };
  g_autoptr (GError) error = NULL;

  facts.fail_on_partial = self->request->fail_on_partial;
  facts.signal_number = self->signal_number;
  self->exit_status = self->is_refused ? self->refusal : exit_status_of_run (&facts);
  if (self->is_recorded
      && !run_journal_end (self->journal, final_status (self), (int)self->exit_status, &error))
    {
      tell (self, PIPELINE_LOG_ERROR, error->message);
      /* Who asks later is told "interrupted", so nobody may be told "done" now. */
      self->exit_status = exit_status_strongest (self->exit_status, EXIT_STATUS_STAGE_FAILED);
    }

  self->phase = PHASE_ENDED;
  progress_end_run (self->around.progress, self->around.run);
  if (self->workspace != NULL)
    host_workspace_unlock (self->workspace);
  self->done (self, self->user_data);
}

static void
on_ending_done (gpointer user_data, PipelineOutcome outcome, GPtrArray *errors)
{
  Runner *self = user_data;

  if (self->phase != PHASE_ENDING)
    return;
  self->outcome = outcome;
  for (guint i = 0; i < errors->len; i++)
    {
      const GError *error = g_ptr_array_index (errors, i);

      /* What the plugin left behind is unknown, so this can't count as success. */
      tell (self, PIPELINE_LOG_ERROR, error->message);
      self->stage_failed = TRUE;
    }
  self->is_ending_over = TRUE;
  if (self->stage_run == NULL)
    finish (self);
}

static gboolean
on_nothing_to_end (gpointer user_data)
{
  Runner *self = user_data;

  drop_idle (self);
  finish (self);
  return G_SOURCE_REMOVE;
}

static void
begin_ending (Runner *self)
{
  PipelineStageContext context = { 0 };

  self->phase = PHASE_ENDING;
  if (self->checked->len == 0)
    {
      run_in_idle (self, on_nothing_to_end);
      return;
    }
  fill_context (self, NULL, &context);
  self->ending = run_ending_start (self->checked, &context, self->hurry, on_ending_done, self);
  if (self->signal_number != 0)
    {
      g_autofree char *names = run_ending_waiting_for (self->ending);
      g_autofree char *message = g_strdup_printf (
          "stopping: waiting for plugin %s to finish what must not be cut; interrupt again to "
          "leave at once",
          names);

      tell (self, PIPELINE_LOG_INFO, message);
    }
}

static void
refuse (Runner *self, const char *message, ExitStatus exit_status)
{
  tell (self, PIPELINE_LOG_ERROR, message);
  self->is_refused = TRUE;
  self->refusal = exit_status;
  begin_ending (self);
}

/* -- steps -- */

static void
tell_plugins (Runner *self, const char *stage, gboolean replayed)
{
  for (guint i = 0; i < self->checked->len; i++)
    {
      const RunSetupPlugin *plugin = g_ptr_array_index (self->checked, i);
      PipelineStageContext context = { 0 };
      g_autoptr (GError) error = NULL;

      if (g_strcmp0 (plugin->after, stage) != 0)
        continue;
      fill_context (self, plugin, &context);
      context.stage = stage;
      context.replayed = replayed;
      if (!plugin_host_after_stage (plugin->host, &context, &error))
        run_journal_warn_error (self->journal, error);
    }
}

/* The command that ran when the signal came. */
static void
on_last_stage_done (Runner *self, StageRunVerdict verdict)
{
  g_clear_pointer (&self->stage_run, stage_run_free);
  if (verdict == STAGE_RUN_FAILED || verdict == STAGE_RUN_LOST)
    self->stage_failed = TRUE;
  if (self->is_ending_over)
    finish (self);
}

static void
on_stage_done (gpointer user_data, StageRunVerdict verdict)
{
  Runner *self = user_data;
  const RunSetupStep *step = g_ptr_array_index (self->setup->steps, self->next);

  if (self->phase == PHASE_ENDING)
    {
      on_last_stage_done (self, verdict);
      return;
    }
  if (self->phase != PHASE_STAGES)
    return;
  g_clear_pointer (&self->stage_run, stage_run_free);
  switch (verdict)
    {
    case STAGE_RUN_DONE:
      tell_plugins (self, step->name, FALSE);
      self->next++;
      advance (self);
      return;
    case STAGE_RUN_FAILED:
    case STAGE_RUN_LOST:
      self->stage_failed = TRUE;
      begin_ending (self);
      return;
    case STAGE_RUN_STOPPED:
      begin_ending (self);
      return;
    }
}

static void
start_step (Runner *self)
{
  StageRunTask task = { .run = self->around.run, .setup = self->setup, .index = self->next };

  task.workspace = host_workspace_path (self->workspace);
  task.inputs = self->plan->inputs;
  task.journal = self->journal;
  task.stop = self->stop;
  task.kill = self->hurry;
  self->stage_run = stage_run_start (&task, on_stage_done, self);
}

static gboolean
is_unusable (Runner *self, const RunSetupStep *step)
{
  g_autofree char *message = NULL;

  if (step->plugin == NULL || g_ptr_array_find (self->checked, step->plugin, NULL))
    return FALSE;
  message = g_strdup_printf ("stage %s is skipped: plugin %s could not be started, continuing",
                             step->name, step->plugin->name);
  tell (self, PIPELINE_LOG_WARNING, message);
  return TRUE;
}

static void
advance (Runner *self)
{
  const RunState *state = run_journal_state (self->journal);

  while (self->next < self->plan->end && self->signal_number == 0)
    {
      const RunSetupStep *step = g_ptr_array_index (self->setup->steps, self->next);
      const RunStage *record = g_ptr_array_index (state->stages, self->next);

      if (record->status != RUN_STAGE_DONE && !is_unusable (self, step))
        {
          start_step (self);
          return;
        }
      if (record->status == RUN_STAGE_DONE)
        tell_plugins (self, step->name, TRUE);
      self->next++;
    }
  begin_ending (self);
}

static gboolean
on_first_step (gpointer user_data)
{
  Runner *self = user_data;

  drop_idle (self);
  advance (self);
  return G_SOURCE_REMOVE;
}

/* -- begin -- */

static void
tell_problems (Runner *self, GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const PipelineProblem *problem = g_ptr_array_index (problems, i);
      g_autofree char *text = pipeline_problem_to_string (problem);

      /* The text of a warning says so itself. */
      tell (self,
            problem->severity == PIPELINE_PROBLEM_ERROR ? PIPELINE_LOG_ERROR : PIPELINE_LOG_INFO,
            text);
    }
}

static gboolean
lock_workspace (Runner *self, GError **error)
{
  self->workspace = host_workspace_open (self->request->workspace, error);
  if (self->workspace == NULL || !host_workspace_lock (self->workspace, error))
    return FALSE;
  self->journal = run_journal_new (host_workspace_path (self->workspace), self->around.run,
                                   self->around.progress);
  return TRUE;
}

static gboolean
load_setup (Runner *self)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autofree char *file = run_setup_file (self->request->workspace, self->request->file);

  self->setup = run_setup_load (file, self->request->overrides, self->around.plugins, problems);
  tell_problems (self, problems);
  return self->setup != NULL;
}

static void
start_plugins (Runner *self)
{
  for (guint i = 0; i < self->setup->plugins->len; i++)
    {
      RunSetupPlugin *plugin = g_ptr_array_index (self->setup->plugins, i);
      g_autoptr (GError) error = NULL;

      if (plugin_host_start (plugin->host, &error))
        g_ptr_array_add (self->started, plugin);
      else
        run_journal_warn_error (self->journal, error);
    }
}

static gboolean
check_plugins (Runner *self, GError **error)
{
  for (guint i = 0; i < self->started->len; i++)
    {
      RunSetupPlugin *plugin = g_ptr_array_index (self->started, i);
      PipelineStageContext context = { 0 };

      fill_context (self, plugin, &context);
      if (!plugin_host_check (plugin->host, &context, error))
        return FALSE;
      g_ptr_array_add (self->checked, plugin);
    }
  return TRUE;
}

static void
tell_beginning (Runner *self)
{
  const RunState *state = run_journal_state (self->journal);
  g_autofree char *message = NULL;

  if (self->request->from != NULL && self->plan->is_continued)
    message
        = g_strdup_printf ("running run %s anew from stage %s", state->run_id, self->request->from);
  else if (self->request->is_restart && self->plan->is_continued)
    message = g_strdup_printf ("running all %u stages of run %s anew", state->stages->len,
                               state->run_id);
  else if (self->plan->is_continued)
    message = g_strdup_printf ("going on with run %s: %u of %u stages are done", state->run_id,
                               self->plan->n_done, state->stages->len);
  else
    message = g_strdup_printf ("run %s of pipeline %s: %u stages", state->run_id, state->pipeline,
                               state->stages->len);
  tell (self, PIPELINE_LOG_INFO, message);
}

/* Nothing runs, but what the run has left over still counts: a plugin may know of something that
 * waits for the user's word. */
static void
leave_finished_alone (Runner *self)
{
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;

  self->found = g_steal_pointer (&self->plan->state);
  message = g_strdup_printf ("run %s is done already; use --restart to run its stages anew",
                             self->found->run_id);
  tell (self, PIPELINE_LOG_INFO, message);
  start_plugins (self);
  if (check_plugins (self, &error))
    begin_ending (self);
  else
    refuse (self, error->message, EXIT_STATUS_USAGE);
}

static ExitStatus
status_of_refusal (const GError *error)
{
  return g_error_matches (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_LOCKED)
             ? EXIT_STATUS_LOCKED
             : EXIT_STATUS_USAGE;
}

void
runner_start (Runner *self, RunnerDone done, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  self->phase = PHASE_STAGES;
  self->done = done;
  self->user_data = user_data;
  progress_begin_run (self->around.progress, self->around.run, self->around.label);
  if (!lock_workspace (self, &error))
    {
      refuse (self, error->message, status_of_refusal (error));
      return;
    }
  if (!load_setup (self))
    {
      refuse (self, "the pipeline can't run; mend the above, nothing was started",
              EXIT_STATUS_USAGE);
      return;
    }
  self->plan
      = run_plan_make (self->request, host_workspace_path (self->workspace), self->setup, &error);
  if (self->plan == NULL)
    {
      refuse (self, error->message, EXIT_STATUS_USAGE);
      return;
    }
  if (self->plan->is_finished)
    {
      leave_finished_alone (self);
      return;
    }

  start_plugins (self);
  if (!check_plugins (self, &error)
      || !run_journal_begin (self->journal, g_steal_pointer (&self->plan->state),
                             self->plan->is_continued, &error))
    {
      refuse (self, error->message, EXIT_STATUS_USAGE);
      return;
    }
  self->is_recorded = TRUE;
  tell_beginning (self);
  run_in_idle (self, on_first_step);
}

/* -- signals -- */

static gboolean
is_running_command (const Runner *self)
{
  const RunSetupStep *step;

  if (self->phase != PHASE_STAGES || self->stage_run == NULL)
    return FALSE;
  step = g_ptr_array_index (self->setup->steps, self->next);
  return step->plugin == NULL;
}

void
runner_stop (Runner *self, int signal_number)
{
  if (self->signal_number != 0 || self->phase == PHASE_ENDED)
    return;
  self->signal_number = signal_number;
  g_cancellable_cancel (self->stop);
  if (is_running_command (self) && self->checked->len > 0)
    begin_ending (self);
}

void
runner_hurry (Runner *self)
{
  g_cancellable_cancel (self->stop);
  g_cancellable_cancel (self->hurry);
}

void
runner_give_up (Runner *self)
{
  if (self->phase == PHASE_STAGES)
    {
      drop_idle (self);
      begin_ending (self);
    }
  if (self->phase != PHASE_ENDING)
    return;
  drop_idle (self);
  finish (self);
}

char *
runner_waiting_for (const Runner *self)
{
  g_autofree char *plugins = NULL;

  if (self->stage_run != NULL && self->phase == PHASE_STAGES)
    {
      const RunSetupStep *step = g_ptr_array_index (self->setup->steps, self->next);

      return g_strconcat ("stage ", step->name, NULL);
    }
  if (self->ending == NULL || self->phase != PHASE_ENDING)
    return NULL;
  plugins = run_ending_waiting_for (self->ending);
  return g_strconcat ("plugin ", plugins, NULL);
}

/* -- answers -- */

RunJournal *
runner_journal (Runner *self)
{
  return self->journal;
}

void
runner_result (const Runner *self, RunnerResult *ret_result)
{
  const RunState *state = self->found;

  *ret_result = (RunnerResult){ .exit_status = self->exit_status };
  ret_result->workspace = self->request->workspace;
  if (self->is_recorded)
    state = run_journal_state (self->journal);
  if (state == NULL)
    return;

  ret_result->run_id = state->run_id;
  ret_result->status = state->status;
  ret_result->stages_total = state->stages->len;
  for (guint i = 0; i < state->stages->len; i++)
    {
      const RunStage *stage = g_ptr_array_index (state->stages, i);

      ret_result->stages_done += stage->status == RUN_STAGE_DONE ? 1 : 0;
    }
  if (self->journal != NULL)
    run_journal_items (self->journal, &ret_result->items);
}
