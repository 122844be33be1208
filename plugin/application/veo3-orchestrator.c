/* SPDX-License-Identifier: MIT */
/*
 * The loop: plan (pure) -> act (async) -> record (pure) -> save (atomic) -> again.
 *
 * Thread: everything here runs on the worker's context. Answers only record and mark the run as
 * due; one source then runs one round, so that all changes of a loop iteration share one save.
 *
 * Must not: decide (that is the planner's), block, or call back from inside a caller's call.
 */
#include "plugin/application/veo3-orchestrator.h"

#include <time.h>

#include "plugin/application/veo3-job-list.h"
#include "plugin/application/veo3-job-store.h"
#include "plugin/application/veo3-prompt-reader.h"
#include "plugin/domain/veo3-planner.h"
#include "plugin/domain/veo3-recorder.h"

/* How long the answers of paid requests are waited for when the run ends. */
#define DRAIN_US (30 * G_USEC_PER_SEC)
/* Saves that fail in a row (0.1 s doubling to 5 s: about 20 s) before nobody waits for them. */
#define SAVE_FAILURES_TO_GIVE_UP 8

/* What has been reported of a job, and the call that is out for it. */
typedef struct
{
  Veo3Orchestrator *self;    /* (borrowed) */
  Veo3Job *job;              /* (borrowed) */
  GCancellable *cancellable; /* (owned) (nullable) of the call in flight */
  Veo3JobStatus status;      /* as reported last */
  char *note;                /* (owned) (nullable) as reported last */
  gboolean is_reported;
} JobShell;

struct _Veo3Orchestrator
{
  GMainContext *context;        /* (owned) */
  char *run_id;                 /* (owned) */
  char *workspace;              /* (owned) */
  const Veo3Settings *settings; /* (borrowed) */
  Veo3DurationHistory *history; /* (borrowed) */
  const Veo3Reporter *reporter; /* (borrowed) */
  Veo3PortFactory make_port;
  gpointer make_port_data;      /* (borrowed) */
  Veo3JobStore *store;          /* (owned) */
  Veo3JobDocument *document;    /* (owned) (nullable) until started */
  VideoGenerationPort *port;    /* (owned) (nullable) until started */
  Veo3Run *run;                 /* (owned) (nullable) until started */
  GPtrArray *shells;            /* (owned) (element-type JobShell) */
  GArray *actions;              /* (owned) (element-type Veo3Action) scratch of a round */
  GSource *round_source;        /* (owned) runs a round when ready */
  GSource *drain_source;        /* (owned) (nullable) ends the wait for paid answers */
  PipelineOutcome idle_outcome; /* when generation could not start */
  Veo3OrchestratorFunc waiter;  /* (nullable) */
  gpointer waiter_data;
  Veo3OrchestratorFunc ender; /* (nullable) */
  gpointer ender_data;
  gboolean is_hurried;
  gboolean is_save_failing; /* has been said */
};

static Veo3Now
get_now (void)
{
  struct timespec boot;

  (void)clock_gettime (CLOCK_BOOTTIME, &boot);
  return (Veo3Now){ .boot_ms = (gint64)boot.tv_sec * 1000 + boot.tv_nsec / 1000000,
                    .utc_us = g_get_real_time () };
}

static void
assert_context (const Veo3Orchestrator *self)
{
  g_assert (g_main_context_is_owner (self->context));
}

G_GNUC_PRINTF (3, 4)
static void
say (const Veo3Orchestrator *self, PipelineLogLevel level, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  self->reporter->log (self->reporter->sink, level, message);
}

/* Something has been recorded: run a round in this loop iteration, after the other answers of it.
 */
static void
wake (Veo3Orchestrator *self)
{
  g_source_set_ready_time (self->round_source, 0);
}

/* ---- reporting ---- */

static PipelineProgressState
progress_state (Veo3JobStatus status)
{
  switch (status)
    {
    case VEO3_JOB_PENDING:
      return PIPELINE_PROGRESS_WAITING;
    case VEO3_JOB_SUBMITTING:
    case VEO3_JOB_GENERATING:
    case VEO3_JOB_DOWNLOADING:
      return PIPELINE_PROGRESS_ACTIVE;
    case VEO3_JOB_COMPLETED:
      return PIPELINE_PROGRESS_DONE;
    case VEO3_JOB_FAILED:
    case VEO3_JOB_TIMED_OUT:
    case VEO3_JOB_CANCELLED:
      return PIPELINE_PROGRESS_FAILED;
    case VEO3_JOB_UNCERTAIN:
      return PIPELINE_PROGRESS_ATTENTION;
    }
  g_assert_not_reached ();
}

static void
report_trouble (const Veo3Orchestrator *self, const Veo3Job *job)
{
  const char *reason = job->error_message != NULL ? job->error_message : "no reason given";

  if (job->status == VEO3_JOB_UNCERTAIN)
    say (self, PIPELINE_LOG_ERROR,
         "clip %s: uncertain: %s. Look at the service's console whether it was billed; it stays as "
         "it is until you decide",
         job->variant, reason);
  else if (progress_state (job->status) == PIPELINE_PROGRESS_FAILED)
    say (self, PIPELINE_LOG_WARNING, "clip %s: %s: %s, continuing", job->variant,
         veo3_job_status_to_string (job->status), reason);
}

static void
report_job (const Veo3Orchestrator *self, JobShell *shell)
{
  const Veo3Job *job = shell->job;
  const char *detail = job->progress.note != NULL ? job->progress.note : job->error_message;
  gboolean is_new = !shell->is_reported || shell->status != job->status;
  PipelineProgress progress = {
    .struct_size = sizeof progress,
    .item = job->variant,
    .state = progress_state (job->status),
    .status = veo3_job_status_to_string (job->status),
    .detail = job->status == VEO3_JOB_COMPLETED ? job->video_path : detail,
  };

  if (!is_new && g_strcmp0 (shell->note, job->progress.note) == 0)
    return;
  self->reporter->progress (self->reporter->sink, &progress);
  if (is_new)
    report_trouble (self, job);
  shell->is_reported = TRUE;
  shell->status = job->status;
  g_free (shell->note);
  shell->note = g_strdup (job->progress.note);
}

static void
report_changes (const Veo3Orchestrator *self)
{
  for (guint i = 0; i < self->shells->len; i++)
    report_job (self, g_ptr_array_index (self->shells, i));
}

/* ---- answers: record, then wake ---- */

static void
end_call (JobShell *shell)
{
  g_clear_object (&shell->cancellable);
  wake (shell->self);
}

static void
on_submitted (const Veo3SubmitResult *result, gpointer user_data)
{
  JobShell *shell = user_data;

  veo3_recorder_submit (shell->self->run, shell->job, result, get_now ());
  end_call (shell);
}

static void
on_polled (const Veo3PollResult *result, gpointer user_data)
{
  JobShell *shell = user_data;
  Veo3Orchestrator *self = shell->self;
  Veo3Job *job = shell->job;

  veo3_recorder_poll (self->run, job, result, get_now ());
  if (job->status == VEO3_JOB_DOWNLOADING && job->progress.learned_ms > 0)
    {
      g_autofree char *key
          = veo3_duration_history_make_key (self->run->model, job->request.resolution,
                                            job->request.duration_s);

      veo3_duration_history_learn (self->history, key, job->progress.learned_ms);
    }
  end_call (shell);
}

static void
on_downloaded (const Veo3DownloadResult *result, gpointer user_data)
{
  JobShell *shell = user_data;
  g_autofree char *name = veo3_job_store_make_clip_name (shell->job->variant);
  g_autofree char *path = g_strconcat (VEO3_FOLDER_NAME "/", name, NULL);

  veo3_recorder_download (shell->self->run, shell->job, result, path, get_now ());
  end_call (shell);
}

static void
on_saved (const GError *error, gpointer user_data)
{
  Veo3Orchestrator *self = user_data;

  if (error != NULL && !self->is_save_failing)
    say (self, PIPELINE_LOG_WARNING,
         "%s. It is tried again; nothing new is sent until it works, continuing", error->message);
  else if (error == NULL && self->is_save_failing)
    say (self, PIPELINE_LOG_INFO, VEO3_JOBS_PATH " could be saved again");
  self->is_save_failing = error != NULL;
  veo3_recorder_saved (self->run, error == NULL, get_now ());
  wake (self);
}

/* ---- acting ---- */

static void
act_save (Veo3Orchestrator *self)
{
  g_autoptr (GError) error = NULL;
  char *text = veo3_job_codec_format (self->document, self->run->jobs, &error);

  if (text != NULL)
    veo3_job_store_save_async (self->store, text, on_saved, self);
  else
    on_saved (error, self);
}

static void
act_download (Veo3Orchestrator *self, JobShell *shell)
{
  g_autofree char *name = veo3_job_store_make_clip_name (shell->job->variant);
  Veo3DownloadTarget target
      = { .dir_fd = veo3_job_store_get_folder_fd (self->store), .file_name = name };

  self->port->iface->download_clip (self->port, shell->job->progress.clip_uri, &target,
                                    shell->cancellable, on_downloaded, shell);
}

static JobShell *
begin_call (Veo3Orchestrator *self, const Veo3Job *job)
{
  JobShell *shell = g_ptr_array_index (self->shells, job->progress.position);

  g_assert (shell->job == job && shell->cancellable == NULL);
  shell->cancellable = g_cancellable_new ();
  return shell;
}

static void
act (Veo3Orchestrator *self, const Veo3Action *action)
{
  const VideoGenerationPortInterface *iface = self->port->iface;
  JobShell *shell;

  switch (action->kind)
    {
    case VEO3_ACTION_SAVE:
      act_save (self);
      break;
    case VEO3_ACTION_SUBMIT:
      shell = begin_call (self, action->job);
      iface->submit_job (self->port, &action->job->request, shell->cancellable, on_submitted,
                         shell);
      break;
    case VEO3_ACTION_POLL:
      shell = begin_call (self, action->job);
      iface->poll_job (self->port, action->job->operation_name, shell->cancellable, on_polled,
                       shell);
      break;
    case VEO3_ACTION_DOWNLOAD:
      act_download (self, begin_call (self, action->job));
      break;
    case VEO3_ACTION_CANCEL:
      shell = g_ptr_array_index (self->shells, action->job->progress.position);
      g_cancellable_cancel (shell->cancellable);
      break;
    }
}

/* ---- the end of waiting, and of the run ---- */

static gboolean
is_save_given_up (const Veo3Orchestrator *self)
{
  return self->is_hurried || self->run->save_failures >= SAVE_FAILURES_TO_GIVE_UP;
}

static gboolean
is_as_saved_as_it_gets (const Veo3Orchestrator *self)
{
  return veo3_run_is_saved (self->run) || is_save_given_up (self);
}

static void
tell_waiter (Veo3Orchestrator *self)
{
  Veo3OrchestratorFunc waiter = self->waiter;

  if (waiter == NULL)
    return;
  if (self->run != NULL && !(veo3_run_is_final (self->run) && is_as_saved_as_it_gets (self)))
    return;
  self->waiter = NULL;
  waiter (self->waiter_data);
}

/* The last resort for what was paid and could not be saved: the names go where people look. */
static void
name_unsaved_operations (const Veo3Orchestrator *self)
{
  for (guint i = 0; i < self->run->jobs->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (self->run->jobs, i);

      if (job->operation_name != NULL && !veo3_run_is_durable (self->run, job))
        say (self, PIPELINE_LOG_ERROR,
             "clip %s: " VEO3_JOBS_PATH
             " could not be saved. Keep this: its operation, paid for, is "
             "%s",
             job->variant, job->operation_name);
    }
}

static void
tell_ender (Veo3Orchestrator *self)
{
  Veo3OrchestratorFunc ender = self->ender;
  Veo3Run *run = self->run;

  if (ender == NULL)
    return;
  if (run != NULL)
    {
      if (run->calls_in_flight > 0 || run->saving_revision != 0 || !is_as_saved_as_it_gets (self))
        return;
      name_unsaved_operations (self);
    }
  if (self->drain_source != NULL)
    g_source_destroy (self->drain_source);
  g_clear_pointer (&self->drain_source, g_source_unref);
  self->ender = NULL;
  ender (self->ender_data);
}

/* ---- the round ---- */

static gboolean
run_round (gpointer user_data)
{
  Veo3Orchestrator *self = user_data;
  Veo3Now now = get_now ();
  gint64 wake_ms;

  g_source_set_ready_time (self->round_source, -1);
  if (self->run != NULL)
    {
      g_array_set_size (self->actions, 0);
      wake_ms = veo3_planner_next (self->run, now, self->actions);
      if (wake_ms != G_MAXINT64)
        g_source_set_ready_time (self->round_source,
                                 g_get_monotonic_time () + MAX (0, wake_ms - now.boot_ms) * 1000);
      for (guint i = 0; i < self->actions->len; i++)
        act (self, &g_array_index (self->actions, Veo3Action, i));
      report_changes (self);
    }
  tell_waiter (self);
  tell_ender (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_round (GSource *source, GSourceFunc callback, gpointer user_data)
{
  (void)source;
  return callback (user_data);
}

static GSourceFuncs round_funcs = { .dispatch = dispatch_round };

/* ---- starting ---- */

static void
shell_free (JobShell *shell)
{
  g_clear_object (&shell->cancellable);
  g_free (shell->note);
  g_free (shell);
}

Veo3Orchestrator *
veo3_orchestrator_new (const Veo3OrchestratorConfig *config, GError **error)
{
  Veo3JobStore *store = veo3_job_store_new (config->workspace, error);
  Veo3Orchestrator *self;

  if (store == NULL)
    return NULL;
  self = g_new0 (Veo3Orchestrator, 1);
  self->context = g_main_context_ref (config->context);
  self->run_id = g_strdup (config->run_id);
  self->workspace = g_strdup (config->workspace);
  self->settings = config->settings;
  self->history = config->history;
  self->reporter = config->reporter;
  self->make_port = config->make_port;
  self->make_port_data = config->make_port_data;
  self->store = store;
  self->shells = g_ptr_array_new_with_free_func ((GDestroyNotify)shell_free);
  self->actions = g_array_new (FALSE, FALSE, sizeof (Veo3Action));
  self->round_source = g_source_new (&round_funcs, sizeof (GSource));
  g_source_set_static_name (self->round_source, "veo3-round");
  g_source_set_callback (self->round_source, run_round, self, NULL);
  (void)g_source_attach (self->round_source, self->context);
  assert_context (self);
  return self;
}

void
veo3_orchestrator_free (Veo3Orchestrator *self)
{
  if (self == NULL)
    return;
  assert_context (self);
  g_source_destroy (self->round_source);
  g_source_unref (self->round_source);
  g_assert (self->drain_source == NULL);
  veo3_run_free (self->run);
  if (self->port != NULL)
    self->port->iface->free (self->port);
  g_ptr_array_unref (self->shells);
  g_array_unref (self->actions);
  veo3_job_document_free (self->document);
  veo3_job_store_free (self->store);
  g_free (self->run_id);
  g_free (self->workspace);
  g_main_context_unref (self->context);
  g_free (self);
}

/* Prompts of the run, after the cap. NULL without @error: go on with the known jobs alone. */
static GPtrArray *
read_prompts (Veo3Orchestrator *self, gboolean has_known_jobs, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  guint n_found = 0;
  GPtrArray *prompts = veo3_prompt_reader_read (veo3_job_store_get_workspace_fd (self->store),
                                                self->settings->clip_count, &n_found, &local_error);

  if (prompts == NULL && has_known_jobs)
    say (self, PIPELINE_LOG_WARNING, "%s; the clips of " VEO3_JOBS_PATH " go on, continuing",
         local_error->message);
  else if (prompts == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else if (prompts->len < n_found)
    say (self, PIPELINE_LOG_INFO, "%u prompts found, clip-count is %u: the first %u are used",
         n_found, self->settings->clip_count, prompts->len);
  return prompts;
}

/* What jobs.json knows. NULL without @error: there is no such file. */
static GPtrArray *
load_jobs (Veo3Orchestrator *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  GPtrArray *known = NULL;

  self->document = veo3_job_store_load (self->store, &known, &local_error);
  if (self->document != NULL)
    return known;
  if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  self->document = veo3_job_document_new ();
  return NULL;
}

static void
add_job (Veo3Orchestrator *self, Veo3Job *job, Veo3Now now)
{
  JobShell *shell = g_new0 (JobShell, 1);

  job->progress.position = self->shells->len;
  shell->self = self;
  shell->job = job;
  g_ptr_array_add (self->shells, shell);
  veo3_run_add_job (self->run, job, now);
  if (job->status == VEO3_JOB_COMPLETED && job->operation_name != NULL
      && !veo3_job_store_has_clip (self->store, job->variant, job->bytes))
    {
      say (self, PIPELINE_LOG_WARNING,
           "clip %s: its file is missing or not as it was; it is fetched again, continuing",
           job->variant);
      veo3_run_look_again (self->run, job, now);
    }
}

/* Takes over @jobs (transfer full) and sets off. */
static void
set_off (Veo3Orchestrator *self, GPtrArray *jobs)
{
  Veo3Now now = get_now ();

  self->run = veo3_run_new (&self->settings->run, self->port->model, self->history);
  while (jobs->len > 0)
    add_job (self, g_ptr_array_steal_index (jobs, 0), now);
  g_ptr_array_unref (jobs);
  if (self->document->run_id == NULL)
    self->document->run_id = g_strdup (self->run_id);
  g_free (self->document->provider);
  self->document->provider = g_strdup (self->port->iface->provider);
  g_free (self->document->model);
  self->document->model = g_strdup (self->port->model);
  if (self->waiter != NULL)
    veo3_run_gate_waits (self->run, now);
  wake (self);
}

/* Everything that can fail before the first change: prompts, credentials, the folder. */
static gboolean
make_ready (Veo3Orchestrator *self, GPtrArray *known, GPtrArray **ret_prompts, GError **error)
{
  gboolean has_known_jobs = known != NULL && known->len > 0;

  *ret_prompts = read_prompts (self, has_known_jobs, error);
  if (*ret_prompts == NULL && !has_known_jobs)
    return FALSE;
  self->port = self->make_port (self->make_port_data, self->settings, self->reporter, error);
  return self->port != NULL && veo3_job_store_prepare (self->store, error);
}

gboolean
veo3_orchestrator_start_generation (Veo3Orchestrator *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GPtrArray) known = NULL;
  g_autoptr (GPtrArray) prompts = NULL;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  Veo3JobListInput input;

  assert_context (self);
  g_assert (self->run == NULL);
  g_clear_pointer (&self->document, veo3_job_document_free);
  known = load_jobs (self, &local_error);
  if (local_error != NULL || !make_ready (self, known, &prompts, &local_error))
    {
      self->idle_outcome
          = known == NULL ? PIPELINE_OUTCOME_COMPLETE : veo3_job_list_get_outcome (known);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  input = (Veo3JobListInput){ .run_id = self->run_id,
                              .settings = self->settings,
                              .port = self->port,
                              .prompts = prompts,
                              .now_us = g_get_real_time () };
  set_off (self, veo3_job_list_merge (&input, g_steal_pointer (&known), notes));
  for (guint i = 0; i < notes->len; i++)
    say (self, PIPELINE_LOG_INFO, "%s", (const char *)g_ptr_array_index (notes, i));
  return TRUE;
}

/* ---- waiting and ending ---- */

void
veo3_orchestrator_await_clips (Veo3Orchestrator *self,
                               Veo3OrchestratorFunc callback,
                               gpointer user_data)
{
  assert_context (self);
  g_assert (self->waiter == NULL);
  self->waiter = callback;
  self->waiter_data = user_data;
  if (self->run != NULL)
    veo3_run_gate_waits (self->run, get_now ());
  wake (self);
}

void
veo3_orchestrator_cancel_await (Veo3Orchestrator *self)
{
  assert_context (self);
  self->waiter = NULL;
}

static gboolean
on_drain_over (gpointer user_data)
{
  Veo3Orchestrator *self = user_data;

  veo3_orchestrator_hurry (self);
  return G_SOURCE_REMOVE;
}

static void
begin_drain (Veo3Orchestrator *self)
{
  guint n_paid = 0;

  for (guint i = 0; i < self->shells->len; i++)
    {
      const Veo3Job *job = ((const JobShell *)g_ptr_array_index (self->shells, i))->job;

      n_paid += job->status == VEO3_JOB_SUBMITTING && job->progress.in_flight;
    }
  if (n_paid > 0)
    say (self, PIPELINE_LOG_INFO,
         "waiting up to 30 s for the answers of %u paid requests, so that no clip is lost", n_paid);
  self->drain_source = g_timeout_source_new (DRAIN_US / 1000);
  g_source_set_static_name (self->drain_source, "veo3-drain");
  g_source_set_callback (self->drain_source, on_drain_over, self, NULL);
  (void)g_source_attach (self->drain_source, self->context);
}

void
veo3_orchestrator_end (Veo3Orchestrator *self, Veo3OrchestratorFunc callback, gpointer user_data)
{
  assert_context (self);
  g_assert (self->ender == NULL);
  self->ender = callback;
  self->ender_data = user_data;
  if (self->run != NULL)
    {
      veo3_run_end (self->run);
      begin_drain (self);
    }
  wake (self);
}

void
veo3_orchestrator_hurry (Veo3Orchestrator *self)
{
  assert_context (self);
  if (self->is_hurried || self->run == NULL)
    return;
  self->is_hurried = TRUE;
  for (guint i = 0; i < self->shells->len; i++)
    {
      const JobShell *shell = g_ptr_array_index (self->shells, i);

      if (shell->cancellable != NULL)
        g_cancellable_cancel (shell->cancellable);
    }
  wake (self);
}

PipelineOutcome
veo3_orchestrator_get_outcome (const Veo3Orchestrator *self)
{
  guint outcome;

  assert_context (self);
  if (self->run == NULL)
    return self->idle_outcome;
  outcome = veo3_job_list_get_outcome (self->run->jobs);
  if (veo3_run_is_denied (self->run))
    outcome |= PIPELINE_OUTCOME_DENIED;
  return (PipelineOutcome)outcome;
}
