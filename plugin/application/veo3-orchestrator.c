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

#include "plugin/application/veo3-image-queue.h"
#include "plugin/application/veo3-intake.h"
#include "plugin/application/veo3-job-list.h"
#include "plugin/application/veo3-job-store.h"
#include "plugin/application/veo3-order-start.h"
#include "plugin/application/veo3-prompt-images.h"
#include "plugin/application/veo3-unsaved.h"
#include "plugin/domain/veo3-planner.h"
#include "plugin/domain/veo3-recorder.h"

/* How long the answers of paid requests are waited for when the run ends. */
#define DRAIN_US (30 * G_USEC_PER_SEC)

/* What the shell keeps of a job: the call that is out for it, and what has been told. */
typedef struct
{
  Veo3Orchestrator *self;    /* (borrowed) */
  Veo3Job *job;              /* (borrowed) */
  GCancellable *cancellable; /* (owned) (nullable) of the call in flight */
  Veo3Reported reported;
  gboolean is_disk_told; /* the last download failed for our disk, and that has been said */
} JobShell;

struct _Veo3Orchestrator
{
  GMainContext *context;        /* (owned) */
  char *run_id;                 /* (owned) */
  char *workspace;              /* (owned) */
  const Veo3Settings *settings; /* (borrowed) */
  Veo3DurationHistory *history; /* (borrowed) */
  const Veo3Reporter *reporter; /* (borrowed) */
  Veo3PacerTable *pacers;       /* (borrowed) (nullable) */
  Veo3PortFactory make_port;
  gpointer make_port_data;        /* (borrowed) */
  gboolean can_stop;              /* the service can be asked to stop an operation */
  Veo3JobStore *store;            /* (owned) */
  Veo3JobDocument *document;      /* (owned) (nullable) until started */
  VideoGenerationPort *port;      /* (owned) (nullable) until started */
  Veo3PromptImages *look;         /* (owned) (nullable) while the start waits for it */
  GCancellable *look_cancellable; /* (owned) (nullable) of @look */
  Veo3Intake intake;              /* (owned) what the start goes on with when @look is done */
  Veo3ImageQueue *image_queue;    /* (owned) */
  Veo3Run *run;                   /* (owned) (nullable) until started */
  GPtrArray *shells;              /* (owned) (element-type JobShell) */
  GArray *actions;                /* (owned) (element-type Veo3Action) scratch of a round */
  GSource *round_source;          /* (owned) runs a round when ready */
  GSource *drain_source;          /* (owned) (nullable) ends the wait for paid answers */
  PipelineOutcome idle_outcome;   /* when generation could not start */
  Veo3OrchestratorFunc waiter;    /* (nullable) */
  gpointer waiter_data;
  Veo3OrchestratorFunc ender; /* (nullable) */
  gpointer ender_data;
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

/* Something has been recorded: run a round in this loop iteration, after the other answers of it.
 */
static void
wake (Veo3Orchestrator *self)
{
  g_source_set_ready_time (self->round_source, 0);
}

static void
report_changes (const Veo3Orchestrator *self)
{
  for (guint i = 0; i < self->shells->len; i++)
    {
      JobShell *shell = g_ptr_array_index (self->shells, i);

      /* Nobody asked about the others; but that money hangs in the balance is always said. */
      if (shell->job->progress.is_held && shell->job->status != VEO3_JOB_UNCERTAIN)
        continue;
      veo3_reporter_tell_job (self->reporter, shell->job, &shell->reported);
    }
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
          = veo3_duration_history_make_key (self->run->model, job->request.options.resolution,
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

  /* Where nobody watches, a note is not shown, and the service is not to blame for this one. */
  if (result->klass == VEO3_DOWNLOAD_DISK && !shell->is_disk_told)
    veo3_reporter_say (shell->self->reporter, PIPELINE_LOG_WARNING,
                       "clip %s: %s: %s. It is tried again, nothing is paid again, continuing",
                       shell->job->variant, path,
                       result->message != NULL ? result->message : "our disk refuses");
  shell->is_disk_told = result->klass == VEO3_DOWNLOAD_DISK;
  if (result->klass == VEO3_DOWNLOAD_STORED)
    veo3_reporter_tell_clip (shell->self->reporter, shell->job, result);
  veo3_recorder_download (shell->self->run, shell->job, result, path, get_now ());
  end_call (shell);
}

static void
on_stopped (const Veo3CancelResult *result, gpointer user_data)
{
  JobShell *shell = user_data;

  veo3_recorder_stop (shell->self->run, shell->job, result, get_now ());
  end_call (shell);
}

static void
on_saved (const GError *error, gpointer user_data)
{
  Veo3Orchestrator *self = user_data;

  if (error != NULL && !self->is_save_failing)
    veo3_reporter_say (self->reporter, PIPELINE_LOG_WARNING,
                       "%s. It is tried again; nothing new is sent until it works, continuing",
                       error->message);
  else if (error == NULL && self->is_save_failing)
    veo3_reporter_say (self->reporter, PIPELINE_LOG_INFO, VEO3_JOBS_PATH " could be saved again");
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
      = { .dir_fd = veo3_job_store_get_folder_fd (self->store),
          .file_name = name,
          .strip_audio = shell->job->request.options.audio == VEO3_AUDIO_STRIP };

  self->port->iface->download_clip (self->port, shell->job->progress.clip_uri, &target,
                                    shell->cancellable, on_downloaded, shell);
}

/* The bytes of pictures are there for the length of the call: the adapter copies what it sends. */
static void
send (Veo3Orchestrator *self, JobShell *shell, GPtrArray *images)
{
  Veo3ClipRequest *request = &shell->job->request;
  GPtrArray *ordered = request->options.images;

  if (images != NULL)
    request->options.images = images;
  self->port->iface->submit_job (self->port, request, shell->cancellable, on_submitted, shell);
  request->options.images = ordered;
}

static void
on_images_loaded (GPtrArray *images, const GError *error, gpointer user_data)
{
  JobShell *shell = user_data;
  Veo3Orchestrator *self = shell->self;
  g_autoptr (GPtrArray) loaded = images;
  Veo3SubmitResult result
      = { .klass = VEO3_SUBMIT_NOT_SENT, .message = "it was called off before it was sent" };

  /* Until now nothing has left, and nobody may want it any more. */
  if (self->run->is_ending || self->run->stop_code != VEO3_ERROR_CODE_NONE
      || g_cancellable_is_cancelled (shell->cancellable))
    {
      on_submitted (&result, shell);
      return;
    }
  if (loaded != NULL)
    {
      send (self, shell, loaded);
      return;
    }
  result = (Veo3SubmitResult){ .klass = VEO3_SUBMIT_REFUSED,
                               .code = VEO3_ERROR_CODE_INVALID_PROMPT,
                               .message = error->message };
  on_submitted (&result, shell);
}

static void
act_submit (Veo3Orchestrator *self, JobShell *shell)
{
  GPtrArray *images = shell->job->request.options.images;

  if (images == NULL)
    send (self, shell, NULL);
  else
    veo3_image_queue_load (self->image_queue, images, shell->cancellable, on_images_loaded, shell);
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
  /* Without a port there are orders that need no service: they only save. */
  const VideoGenerationPortInterface *iface = self->port != NULL ? self->port->iface : NULL;
  JobShell *shell;

  switch (action->kind)
    {
    case VEO3_ACTION_SAVE:
      act_save (self);
      break;
    case VEO3_ACTION_SUBMIT:
      act_submit (self, begin_call (self, action->job));
      break;
    case VEO3_ACTION_POLL:
      shell = begin_call (self, action->job);
      iface->poll_job (self->port, action->job->operation_name, shell->cancellable, on_polled,
                       shell);
      break;
    case VEO3_ACTION_DOWNLOAD:
      act_download (self, begin_call (self, action->job));
      break;
    case VEO3_ACTION_STOP:
      shell = begin_call (self, action->job);
      iface->cancel_job (self->port, action->job->operation_name, shell->cancellable, on_stopped,
                         shell);
      break;
    case VEO3_ACTION_CANCEL:
      shell = g_ptr_array_index (self->shells, action->job->progress.position);
      g_cancellable_cancel (shell->cancellable);
      break;
    }
}

/* ---- the end of waiting, and of the run ---- */

static void
tell_waiter (Veo3Orchestrator *self)
{
  Veo3OrchestratorFunc waiter = self->waiter;

  if (waiter == NULL || self->look != NULL)
    return;
  if (self->run != NULL && !veo3_run_is_gate_open (self->run))
    return;
  self->waiter = NULL;
  waiter (self->waiter_data);
}

static void
tell_ender (Veo3Orchestrator *self)
{
  Veo3OrchestratorFunc ender = self->ender;

  if (ender == NULL || self->look != NULL || (self->run != NULL && !veo3_run_is_over (self->run)))
    return;
  if (self->run != NULL)
    veo3_unsaved_tell (self->run, self->reporter);
  if (self->drain_source != NULL)
    g_source_destroy (self->drain_source);
  g_clear_pointer (&self->drain_source, g_source_unref);
  self->ender = NULL;
  ender (self->ender_data);
}

/* ---- the round ---- */

static void
plan_and_act (Veo3Orchestrator *self)
{
  Veo3Now now = get_now ();
  gint64 wake_ms;

  g_array_set_size (self->actions, 0);
  wake_ms = veo3_planner_next (self->run, now, self->actions);
  if (wake_ms != G_MAXINT64)
    g_source_set_ready_time (self->round_source,
                             g_get_monotonic_time () + MAX (0, wake_ms - now.boot_ms) * 1000);
  for (guint i = 0; i < self->actions->len; i++)
    act (self, &g_array_index (self->actions, Veo3Action, i));
  report_changes (self);
}

static gboolean
run_round (gpointer user_data)
{
  Veo3Orchestrator *self = user_data;

  g_source_set_ready_time (self->round_source, -1);
  if (self->run != NULL)
    plan_and_act (self);
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
  veo3_reported_clear (&shell->reported);
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
  self->pacers = config->pacers;
  self->make_port = config->make_port;
  self->make_port_data = config->make_port_data;
  self->can_stop = config->can_stop;
  self->store = store;
  self->image_queue = veo3_image_queue_new (veo3_job_store_get_workspace_fd (store));
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
  g_assert (self->drain_source == NULL && self->look == NULL);
  veo3_image_queue_free (self->image_queue);
  veo3_run_free (self->run);
  g_source_destroy (self->round_source);
  g_source_unref (self->round_source);
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

/* @order: (nullable): NULL = a start, which goes on with everything. */
static void
add_job (Veo3Orchestrator *self, const Veo3Order *order, Veo3Job *job, Veo3Now now)
{
  JobShell *shell = g_new0 (JobShell, 1);

  job->progress.position = self->shells->len;
  shell->self = self;
  shell->job = job;
  g_ptr_array_add (self->shells, shell);
  if (order == NULL)
    veo3_run_add_job (self->run, job, now);
  else
    veo3_order_give (order, self->run, job, now);
  if (job->progress.is_clip_missing && job->status == VEO3_JOB_GENERATING)
    veo3_reporter_say (
        self->reporter, PIPELINE_LOG_WARNING,
        "clip %s: its file is missing or not as it was; it is fetched again, continuing",
        job->variant);
  if (job->progress.is_clip_there && job->status == VEO3_JOB_COMPLETED)
    veo3_reporter_say (self->reporter, PIPELINE_LOG_WARNING,
                       "clip %s: %s is there already, though jobs.json does not know it; nothing "
                       "is sent. Move it away, or pay for a new one with `pipeline_runner veo3 "
                       "regenerate %s`, continuing",
                       job->variant, job->video_path, job->variant);
}

/* Another server under the same model's name has times of its own: a rehearsal must not teach us
 * about the real service. */
static char *
make_history_name (const Veo3Orchestrator *self)
{
  const char *base_url = self->settings->base_url;

  if (self->port == NULL)
    return NULL;
  return base_url == NULL ? g_strdup (self->port->model)
                          : g_strdup_printf ("%s %s", base_url, self->port->model);
}

/* Who the operations belong to; an order that needs no service leaves it as it was. */
static void
name_service (Veo3Orchestrator *self, const Veo3Order *order)
{
  if (self->document->run_id == NULL)
    self->document->run_id = g_strdup (self->run_id);
  if (order != NULL && !veo3_order_needs_service (order))
    return;
  g_free (self->document->provider);
  self->document->provider = g_strdup (self->port->iface->provider);
  g_free (self->document->model);
  self->document->model = g_strdup (self->port->model);
}

/* Another run of the account has made room, or this one's turn has come. */
static void
on_turn (gpointer user_data)
{
  wake (user_data);
}

static Veo3StopWay
get_stop_way (const Veo3Orchestrator *self)
{
  if (!self->can_stop)
    return VEO3_STOP_IMPOSSIBLE;
  return self->port != NULL && self->port->iface->cancel_job != NULL ? VEO3_STOP_ASK
                                                                     : VEO3_STOP_NO_ACCESS;
}

/* Takes over @jobs (transfer full) and sets off. */
static void
set_off (Veo3Orchestrator *self, const Veo3Order *order, GPtrArray *jobs)
{
  Veo3Now now = get_now ();
  g_autofree char *kind = make_history_name (self);
  Veo3RunSettings settings = self->settings->run;

  settings.stop_way = get_stop_way (self);
  if (self->port != NULL)
    settings.clip_kept_ms = self->port->iface->clip_kept_s * 1000;
  self->run = veo3_run_new (&settings, kind, self->history);
  if (self->pacers != NULL && self->port != NULL)
    veo3_run_join (self->run, veo3_pacer_table_get (self->pacers, self->settings, self->port),
                   on_turn, self);
  g_ptr_array_set_free_func (jobs, NULL);
  for (guint i = 0; i < jobs->len; i++)
    add_job (self, order, g_ptr_array_index (jobs, i), now);
  g_ptr_array_unref (jobs);
  name_service (self, order);
  if (self->waiter != NULL)
    veo3_run_gate_waits (self->run, now);
  wake (self);
}

/* A model that is gone, or that nobody has listed: the service has the last word. */
static void
tell_model (const Veo3Orchestrator *self)
{
  g_autofree char *warning = veo3_model_table_warn (self->settings->models,
                                                    self->port->iface->provider, self->port->model);

  if (warning != NULL)
    veo3_reporter_say (self->reporter, PIPELINE_LOG_WARNING, "%s, continuing", warning);
}

/* Everything that can fail before the first change: the files, the credentials, the folder. */
static gboolean
make_ready (Veo3Orchestrator *self, Veo3Intake *intake, GError **error)
{
  if (!veo3_intake_read (self->store, self->settings, self->reporter, intake, error))
    return FALSE;
  self->port = self->make_port (self->make_port_data, self->settings, self->reporter, error);
  if (self->port == NULL || !veo3_job_store_prepare (self->store, error))
    return FALSE;
  tell_model (self);
  return TRUE;
}

/* The prompts are complete: from here on nothing stands in the way. */
static void
go_on (Veo3Orchestrator *self, Veo3Intake *intake)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  Veo3JobListInput input;
  GPtrArray *jobs;

  veo3_intake_mark_missing (self->store, intake->known);
  self->document = g_steal_pointer (&intake->document);
  input = (Veo3JobListInput){ .run_id = self->run_id,
                              .settings = self->settings,
                              .provider = self->port->iface->provider,
                              .model = self->port->model,
                              .prompts = intake->prompts,
                              .now_us = g_get_real_time () };
  jobs = veo3_job_list_merge (&input, g_steal_pointer (&intake->known), notes);
  veo3_intake_keep_changed (self->store, self->reporter, jobs);
  veo3_intake_mark_found (self->store, jobs);
  set_off (self, NULL, jobs);
  for (guint i = 0; i < notes->len; i++)
    veo3_reporter_say (self->reporter, PIPELINE_LOG_INFO, "%s",
                       (const char *)g_ptr_array_index (notes, i));
}

static void
on_looked (gpointer user_data)
{
  Veo3Orchestrator *self = user_data;
  g_autoptr (Veo3PromptImages) look = g_steal_pointer (&self->look);
  g_autoptr (GCancellable) cancellable = g_steal_pointer (&self->look_cancellable);

  if (g_cancellable_is_cancelled (cancellable))
    self->idle_outcome = veo3_intake_get_outcome (&self->intake);
  else
    {
      veo3_prompt_images_settle (look, self->intake.prompts, &self->settings->options);
      go_on (self, &self->intake);
    }
  veo3_intake_clear (&self->intake);
  wake (self);
}

gboolean
veo3_orchestrator_start_generation (Veo3Orchestrator *self, GError **error)
{
  g_auto (Veo3Intake) intake = { 0 };
  g_autoptr (GError) local_error = NULL;

  assert_context (self);
  g_assert (self->run == NULL && self->look == NULL);
  if (!make_ready (self, &intake, &local_error))
    {
      self->idle_outcome = veo3_intake_get_outcome (&intake);
      /* Nobody could look whether there were any. */
      if (intake.known == NULL && !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        self->idle_outcome = PIPELINE_OUTCOME_PARTIAL;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  self->look = veo3_prompt_images_new (intake.prompts, &self->settings->options);
  if (self->look == NULL)
    {
      go_on (self, &intake);
      return TRUE;
    }
  /* The digest of a large picture takes longer than the loop may be held. */
  self->intake = intake;
  intake = (Veo3Intake){ 0 };
  self->look_cancellable = g_cancellable_new ();
  veo3_prompt_images_look_async (self->look, veo3_job_store_get_workspace_fd (self->store),
                                 self->look_cancellable, on_looked, self);
  return TRUE;
}

/* For an order, unlike for a run, it is an error not to be let in. */
static gboolean
make_port_for_order (Veo3Orchestrator *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  self->port = self->make_port (self->make_port_data, self->settings, self->reporter, &local_error);
  if (self->port == NULL && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s. Nothing was changed",
                 local_error->message);
  else if (self->port == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return self->port != NULL;
}

/* What is cancelled is cancelled here in any case; that the service is asked as well is an extra.
 */
static void
try_port_for_stop (Veo3Orchestrator *self)
{
  g_autoptr (GError) error = NULL;

  self->port = self->make_port (self->make_port_data, self->settings, self->reporter, &error);
  if (self->port == NULL)
    veo3_reporter_say (self->reporter, PIPELINE_LOG_WARNING,
                       "the service could not be asked to stop: %s, continuing", error->message);
}

gboolean
veo3_orchestrator_start_order (Veo3Orchestrator *self, const Veo3Order *order, GError **error)
{
  g_auto (Veo3Intake) intake = { 0 };
  Veo3OrderInput input = {
    .order = order, .settings = self->settings, .reporter = self->reporter, .store = self->store
  };

  assert_context (self);
  g_assert (self->run == NULL);
  if (veo3_order_needs_service (order) && !make_port_for_order (self, error))
    return FALSE;
  input.port = self->port;
  if (!veo3_order_start_check (&input, &intake, error)
      || !veo3_job_store_prepare (self->store, error)
      || !veo3_order_start_prepare (&input, &intake, error))
    return FALSE;
  if (self->can_stop && veo3_order_may_stop (order, intake.known))
    try_port_for_stop (self);
  self->document = g_steal_pointer (&intake.document);
  set_off (self, order, g_steal_pointer (&intake.known));
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
    veo3_reporter_say (
        self->reporter, PIPELINE_LOG_INFO,
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
  if (self->look != NULL)
    g_cancellable_cancel (self->look_cancellable);
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
  if (self->run == NULL)
    return;
  veo3_run_hurry (self->run);
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
  outcome |= veo3_unsaved_get_outcome (self->run);
  return (PipelineOutcome)outcome;
}

gboolean
veo3_orchestrator_is_saved (const Veo3Orchestrator *self)
{
  assert_context (self);
  return self->run == NULL || veo3_run_is_saved (self->run);
}
