/* SPDX-License-Identifier: MIT */
/*
 * The worker thread. Functions named on_*_message run on it; the public ones on the host's thread.
 *
 * Must not: touch a run from the host's thread, or attach anything to the host's main context.
 */
#include "plugin/stage/veo3-worker.h"

#include <signal.h>

#include "plugin/application/veo3-history-file.h"
#include "plugin/application/veo3-inspect.h"
#include "plugin/domain/thread-handoff.h"
#include "plugin/stage/veo3-service-look.h"

struct _Veo3Worker
{
  const Veo3Composition *composition;   /* (borrowed) (const after new) */
  const PipelineHostServices *services; /* (borrowed) (const after new) */
  GMainContext *context;                /* (owned) (const after new) */
  GThread *thread;                      /* (owned) (host's thread) */
  gpointer shared;                      /* (owned) (worker) the composition's */
  GHashTable *runs;                     /* (owned) (worker) run -> WorkerRun (owned) */
  Veo3DurationHistory *history;         /* (owned) (worker) */
  Veo3PacerTable *pacers;               /* (owned) (worker) outlive the runs */
  GHashTable *looks;                    /* (owned) (worker) Veo3ServiceLook -> GTask (owned) */
  gboolean is_stopping;                 /* (worker) */
};

/* One run on the worker. */
typedef struct
{
  Veo3Worker *worker;             /* (borrowed) */
  guint64 run;                    /* the host's handle; key of the table */
  Veo3Settings *settings;         /* (owned) */
  Veo3Reporter reporter;          /* its sink is this struct */
  Veo3Orchestrator *orchestrator; /* (owned) (nullable) */
  GTask *awaiting;                /* (owned) (nullable) */
  GTask *ending;                  /* (owned) (nullable) */
  gboolean is_ending;
  gboolean is_order; /* carries out an order of the user */
} WorkerRun;

/* ---- messages ---- */

typedef struct _Message Message;
typedef void (*MessageFunc) (Veo3Worker *self, Message *message);

/* Owned by whoever holds it: the sender, then the worker. */
struct _Message
{
  Veo3Worker *worker; /* (borrowed) */
  MessageFunc handle;
  guint64 run;
  char *run_id;           /* (owned) (nullable) */
  char *workspace;        /* (owned) (nullable) */
  Veo3Settings *settings; /* (owned) (nullable) */
  Veo3Order *order;       /* (owned) (nullable) */
  GTask *task;            /* (owned) (nullable) */
};

static void
message_free (Message *message)
{
  g_free (message->run_id);
  g_free (message->workspace);
  veo3_settings_free (message->settings);
  veo3_order_free (message->order);
  g_clear_object (&message->task);
  g_free (message);
}

static gboolean
on_message (gpointer user_data)
{
  Message *message = user_data;

  thread_handoff_take (message);
  message->handle (message->worker, message);
  return G_SOURCE_REMOVE;
}

/* Not g_main_context_invoke(): before the thread runs, that would handle the message right here. */
static void
post (Message *message)
{
  GSource *source = g_idle_source_new ();
  GMainContext *context = message->worker->context;

  thread_handoff_give (message);
  g_source_set_static_name (source, "veo3-message");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_message, message, (GDestroyNotify)message_free);
  (void)g_source_attach (source, context);
  g_source_unref (source);
}

static Message *
new_message (Veo3Worker *self, MessageFunc handle, guint64 run)
{
  Message *message = g_new0 (Message, 1);

  message->worker = self;
  message->handle = handle;
  message->run = run;
  return message;
}

/* ---- runs ---- */

static void
run_log (gpointer sink, PipelineLogLevel level, const char *message)
{
  const WorkerRun *run = sink;
  const PipelineHostServices *services = run->worker->services;

  services->log (services->host, run->run, level, message);
}

static void
run_progress (gpointer sink, const PipelineProgress *progress)
{
  const WorkerRun *run = sink;
  const PipelineHostServices *services = run->worker->services;

  services->progress (services->host, run->run, progress);
}

static void
run_free (WorkerRun *run)
{
  g_assert (run->awaiting == NULL && run->ending == NULL);
  veo3_orchestrator_free (run->orchestrator);
  veo3_settings_free (run->settings);
  g_free (run);
}

static VideoGenerationPort *
make_port (gpointer user_data,
           const Veo3Settings *settings,
           const Veo3Reporter *reporter,
           GError **error)
{
  Veo3Worker *self = user_data;

  return self->composition->make_port (self->shared, self->context, settings, reporter, error);
}

static WorkerRun *
add_run (Veo3Worker *self, Message *message)
{
  WorkerRun *run = g_new0 (WorkerRun, 1);

  run->worker = self;
  run->run = message->run;
  run->settings = g_steal_pointer (&message->settings);
  run->reporter = (Veo3Reporter){ .log = run_log, .progress = run_progress, .sink = run };
  g_hash_table_insert (self->runs, &run->run, run);
  return run;
}

static gboolean
start_run (WorkerRun *run, const Message *message, GError **error)
{
  Veo3Worker *self = run->worker;
  Veo3OrchestratorConfig config = {
    .context = self->context,
    .run_id = message->run_id,
    .workspace = message->workspace,
    .settings = run->settings,
    .history = self->history,
    .reporter = &run->reporter,
    .pacers = self->pacers,
    .make_port = make_port,
    .make_port_data = self,
    .can_stop = self->composition->can_stop != NULL && self->composition->can_stop (run->settings),
  };

  if (!veo3_settings_resolve (run->settings, error))
    return FALSE;
  run->orchestrator = veo3_orchestrator_new (&config, error);
  if (run->orchestrator == NULL)
    return FALSE;
  return message->order != NULL
             ? veo3_orchestrator_start_order (run->orchestrator, message->order, error)
             : veo3_orchestrator_start_generation (run->orchestrator, error);
}

static void
on_generate_message (Veo3Worker *self, Message *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  WorkerRun *run;

  /* A hook may be called again for a stage that ran twice; a run is generated for once. */
  if (g_hash_table_contains (self->runs, &message->run))
    return;
  run = add_run (self, message);
  if (start_run (run, message, &error))
    return;
  line = g_strdup_printf ("no clips are generated: %s, continuing", error->message);
  run_log (run,
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? PIPELINE_LOG_INFO
                                                                     : PIPELINE_LOG_WARNING,
           line);
}

/* Results go home through these: the host's thread takes the task over in its finish hook. */
static void
return_error (GTask *task, GError *error)
{
  thread_handoff_give (task);
  g_task_return_error (task, error);
}

static void
return_outcome (GTask *task, PipelineOutcome outcome)
{
  thread_handoff_give (task);
  g_task_return_int (task, outcome);
}

static void
return_awaited (GTask *task, GError *error)
{
  thread_handoff_give (task);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_awaited (gpointer user_data)
{
  WorkerRun *run = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&run->awaiting);

  return_awaited (task, NULL);
}

static void
on_await_message (Veo3Worker *self, Message *message)
{
  WorkerRun *run = g_hash_table_lookup (self->runs, &message->run);

  if (run == NULL || run->orchestrator == NULL || run->awaiting != NULL || run->is_ending)
    {
      return_awaited (message->task, NULL);
      return;
    }
  run->awaiting = g_steal_pointer (&message->task);
  veo3_orchestrator_await_clips (run->orchestrator, on_awaited, run);
}

static void
cancel_await (WorkerRun *run)
{
  g_autoptr (GTask) task = g_steal_pointer (&run->awaiting);

  if (task == NULL)
    return;
  veo3_orchestrator_cancel_await (run->orchestrator);
  return_awaited (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                             "no longer waiting for clips"));
}

static void
on_cancel_await_message (Veo3Worker *self, Message *message)
{
  WorkerRun *run = g_hash_table_lookup (self->runs, &message->run);

  if (run != NULL)
    cancel_await (run);
}

static void
drop_run (WorkerRun *run, PipelineOutcome outcome)
{
  Veo3Worker *self = run->worker;
  g_autoptr (GTask) task = g_steal_pointer (&run->ending);

  (void)g_hash_table_remove (self->runs, &run->run);
  if (task != NULL)
    return_outcome (task, outcome);
}

/* Like drop_run(): whoever hears the answer may count on the workspace being let go. */
static void
fail_run (WorkerRun *run, GError *error)
{
  Veo3Worker *self = run->worker;
  g_autoptr (GTask) task = g_steal_pointer (&run->ending);

  (void)g_hash_table_remove (self->runs, &run->run);
  if (task != NULL)
    return_error (task, error);
  else
    g_error_free (error);
}

/* An order that the disk did not take over has not been carried out, whatever else was done. That
 * money hangs in the balance weighs more: then that is the outcome. */
static void
drop_unsaved_order (WorkerRun *run, PipelineOutcome outcome)
{
  gboolean is_uncertain = (outcome & PIPELINE_OUTCOME_UNCERTAIN) != 0;
  g_autofree char *message
      = g_strdup_printf ("veo3/jobs.json could not be saved: after another start it is as if the "
                         "last changes had not been made; mend the disk and %s",
                         is_uncertain ? "see `pipeline_runner veo3 reconcile`"
                                      : "give the order again");

  if (!is_uncertain)
    {
      fail_run (run, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, message));
      return;
    }
  run_log (run, PIPELINE_LOG_ERROR, message);
  drop_run (run, outcome);
}

static void
on_ended (gpointer user_data)
{
  WorkerRun *run = user_data;
  PipelineOutcome outcome = veo3_orchestrator_get_outcome (run->orchestrator);

  if (run->is_order && !veo3_orchestrator_is_saved (run->orchestrator))
    drop_unsaved_order (run, outcome);
  else
    drop_run (run, outcome);
}

static void
end_run (WorkerRun *run)
{
  cancel_await (run);
  if (run->is_ending)
    return;
  run->is_ending = TRUE;
  if (run->orchestrator == NULL)
    drop_run (run, PIPELINE_OUTCOME_COMPLETE);
  else
    veo3_orchestrator_end (run->orchestrator, on_ended, run);
}

/* A run that was done by an earlier process, or did not get as far as its prompts. */
static void
return_known_outcome (GTask *task, const char *workspace)
{
  PipelineOutcome outcome = PIPELINE_OUTCOME_COMPLETE;
  GError *error = NULL;

  if (veo3_inspect_outcome (workspace, &outcome, &error))
    return_outcome (task, outcome);
  else
    return_error (task, error);
}

static void
on_end_message (Veo3Worker *self, Message *message)
{
  WorkerRun *run = g_hash_table_lookup (self->runs, &message->run);

  if (run == NULL)
    {
      return_known_outcome (message->task, message->workspace);
      return;
    }
  if (run->is_ending)
    {
      return_outcome (message->task, PIPELINE_OUTCOME_COMPLETE);
      return;
    }
  run->ending = g_steal_pointer (&message->task);
  end_run (run);
}

static void
on_order_done (gpointer user_data)
{
  end_run (user_data);
}

static void
on_order_message (Veo3Worker *self, Message *message)
{
  WorkerRun *run = add_run (self, message);
  GError *error = NULL;

  run->is_order = TRUE;
  run->ending = g_steal_pointer (&message->task);
  if (start_run (run, message, &error))
    {
      veo3_orchestrator_await_clips (run->orchestrator, on_order_done, run);
      return;
    }
  fail_run (run, error);
}

static void
on_stop_order_message (Veo3Worker *self, Message *message)
{
  WorkerRun *run = g_hash_table_lookup (self->runs, &message->run);

  if (run == NULL || run->is_ending)
    return;
  veo3_orchestrator_cancel_await (run->orchestrator);
  end_run (run);
}

static void
on_hurry_message (Veo3Worker *self, Message *message)
{
  WorkerRun *run = g_hash_table_lookup (self->runs, &message->run);

  if (run != NULL && run->is_ending && run->orchestrator != NULL)
    veo3_orchestrator_hurry (run->orchestrator);
}

/* ---- looks at the service ---- */

static void
on_looked (Veo3ServiceLook *look, Veo3ServiceAnswer *answer, gpointer user_data)
{
  Veo3Worker *self = user_data;
  gpointer task = NULL;

  (void)g_hash_table_steal_extended (self->looks, look, NULL, &task);
  thread_handoff_give (task);
  g_task_return_pointer (task, answer, (GDestroyNotify)veo3_service_answer_free);
  g_object_unref (task);
}

static void
on_look_message (Veo3Worker *self, Message *message)
{
  Veo3ServiceLookConfig config = { .context = self->context,
                                   .composition = self->composition,
                                   .shared = self->shared,
                                   .settings = g_steal_pointer (&message->settings),
                                   .callback = on_looked,
                                   .user_data = self };

  g_hash_table_insert (self->looks, veo3_service_look_start (&config),
                       g_steal_pointer (&message->task));
}

static void
on_end_looks_message (Veo3Worker *self, Message *message)
{
  g_autoptr (GList) looks = g_hash_table_get_keys (self->looks);

  (void)message;
  for (const GList *l = looks; l != NULL; l = l->next)
    veo3_service_look_cancel (l->data);
}

/* ---- the thread ---- */

static void
on_stop_message (Veo3Worker *self, Message *message)
{
  g_autoptr (GPtrArray) left = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer run;

  on_end_looks_message (self, message);
  self->is_stopping = TRUE;
  g_hash_table_iter_init (&iter, self->runs);
  while (g_hash_table_iter_next (&iter, NULL, &run))
    g_ptr_array_add (left, run);
  for (guint i = 0; i < left->len; i++)
    {
      WorkerRun *one = g_ptr_array_index (left, i);
      Veo3Orchestrator *orchestrator = one->orchestrator;

      end_run (one);
      if (orchestrator != NULL)
        veo3_orchestrator_hurry (orchestrator);
    }
}

/* The history only makes polling cheaper: without it everything works as well. */
static void
load_history (Veo3Worker *self)
{
  g_autofree char *path = veo3_history_file_get_default_path ();
  g_autoptr (GError) error = NULL;

  if (self->composition->keeps_history)
    self->history = veo3_history_file_load (path, &error);
  if (self->history == NULL)
    self->history = veo3_duration_history_new ();
  if (error != NULL)
    self->services->log (self->services->host, 0, PIPELINE_LOG_DEBUG, error->message);
}

static void
save_history (Veo3Worker *self)
{
  g_autofree char *path = veo3_history_file_get_default_path ();
  g_autoptr (GError) error = NULL;

  if (self->composition->keeps_history && !veo3_history_file_save (self->history, path, &error))
    self->services->log (self->services->host, 0, PIPELINE_LOG_DEBUG, error->message);
}

static gpointer
run_thread (gpointer data)
{
  Veo3Worker *self = data;

  g_main_context_push_thread_default (self->context);
  load_history (self);
  self->pacers = veo3_pacer_table_new ();
  while (!self->is_stopping || g_hash_table_size (self->runs) > 0
         || g_hash_table_size (self->looks) > 0)
    (void)g_main_context_iteration (self->context, TRUE);
  save_history (self);
  if (self->composition->close != NULL)
    self->composition->close (self->shared);
  g_hash_table_unref (self->runs);
  g_hash_table_unref (self->looks);
  veo3_pacer_table_free (self->pacers);
  veo3_duration_history_free (self->history);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

/* A signal is the host's to handle: none may be delivered on a thread of ours. */
static GThread *
start_thread (Veo3Worker *self)
{
  sigset_t all;
  sigset_t before;
  GThread *thread;

  (void)sigfillset (&all);
  (void)pthread_sigmask (SIG_SETMASK, &all, &before);
  thread = g_thread_new ("veo3-worker", run_thread, self);
  (void)pthread_sigmask (SIG_SETMASK, &before, NULL);
  return thread;
}

Veo3Worker *
veo3_worker_new (const Veo3Composition *composition,
                 const PipelineHostServices *services,
                 GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  gpointer shared = NULL;
  Veo3Worker *self;

  if (composition->open != NULL)
    {
      shared = composition->open (context, error);
      if (shared == NULL)
        return NULL;
    }
  self = g_new0 (Veo3Worker, 1);
  self->composition = composition;
  self->services = services;
  self->shared = shared;
  self->context = g_steal_pointer (&context);
  self->runs = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)run_free);
  self->looks = g_hash_table_new (NULL, NULL);
  self->thread = start_thread (self);
  return self;
}

void
veo3_worker_stop (Veo3Worker *self)
{
  post (new_message (self, on_stop_message, 0));
  (void)g_thread_join (self->thread);
  g_main_context_unref (self->context);
  g_free (self);
}

void
veo3_worker_generate (Veo3Worker *self, const PipelineStageContext *context, Veo3Settings *settings)
{
  Message *message = new_message (self, on_generate_message, context->run);

  message->run_id = g_strdup (context->run_id);
  message->workspace = g_strdup (context->workspace);
  message->settings = settings;
  post (message);
}

void
veo3_worker_await (Veo3Worker *self, guint64 run, GTask *task)
{
  Message *message = new_message (self, on_await_message, run);

  message->task = task;
  post (message);
}

void
veo3_worker_cancel_await (Veo3Worker *self, guint64 run)
{
  post (new_message (self, on_cancel_await_message, run));
}

void
veo3_worker_end_run (Veo3Worker *self, const PipelineStageContext *context, GTask *task)
{
  Message *message = new_message (self, on_end_message, context->run);

  message->workspace = g_strdup (context->workspace);
  message->task = task;
  post (message);
}

void
veo3_worker_hurry_run (Veo3Worker *self, guint64 run)
{
  post (new_message (self, on_hurry_message, run));
}

void
veo3_worker_carry_out (Veo3Worker *self,
                       const PipelineStageContext *context,
                       Veo3Settings *settings,
                       Veo3Order *order,
                       GTask *task)
{
  Message *message = new_message (self, on_order_message, context->run);

  message->run_id = g_strdup (context->run_id);
  message->workspace = g_strdup (context->workspace);
  message->settings = settings;
  message->order = order;
  message->task = task;
  post (message);
}

void
veo3_worker_stop_order (Veo3Worker *self, guint64 run)
{
  post (new_message (self, on_stop_order_message, run));
}

void
veo3_worker_look (Veo3Worker *self, Veo3Settings *settings, GTask *task)
{
  Message *message = new_message (self, on_look_message, 0);

  message->settings = settings;
  message->task = task;
  post (message);
}

void
veo3_worker_end_looks (Veo3Worker *self, guint64 run)
{
  (void)run;
  post (new_message (self, on_end_looks_message, 0));
}
