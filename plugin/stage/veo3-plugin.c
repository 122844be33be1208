/* SPDX-License-Identifier: MIT */
/*
 * The hooks: each copies what it was given and posts it to the worker. Host's main thread.
 *
 * Must not: wait for the worker, except in stop.
 */
#include "plugin/stage/veo3-plugin.h"

#include "plugin/application/veo3-inspect.h"
#include "plugin/domain/thread-handoff.h"
#include "plugin/stage/veo3-worker.h"

gboolean
veo3_plugin_start (const Veo3Composition *composition,
                   const PipelineHostServices *services,
                   gpointer *ret_plugin,
                   GError **error)
{
  Veo3Worker *worker = veo3_worker_new (composition, services, error);

  if (worker == NULL)
    return FALSE;
  *ret_plugin = worker;
  return TRUE;
}

void
veo3_plugin_stop (gpointer plugin)
{
  veo3_worker_stop (plugin);
}

gboolean
veo3_plugin_check (const Veo3Composition *composition,
                   gpointer plugin,
                   const PipelineStageContext *context,
                   GError **error)
{
  g_autoptr (Veo3Settings) settings = NULL;

  /* Without a started plugin somebody only looks (`validate`): then nothing is written. */
  if (!veo3_inspect_check (context, composition->provider, plugin != NULL, error))
    return FALSE;
  /* A subcommand refuses bad credentials when it needs some. */
  if (composition->check == NULL || veo3_inspect_is_for_command (context))
    return TRUE;
  settings = veo3_settings_new (context->settings, context->n_settings, error);
  return settings != NULL && composition->check (settings, error);
}

gboolean
veo3_plugin_after_stage (gpointer plugin, const PipelineStageContext *context, GError **error)
{
  Veo3Settings *settings = veo3_settings_read (context->settings, context->n_settings, error);

  if (settings == NULL)
    return FALSE;
  veo3_worker_generate (plugin, context, settings);
  return TRUE;
}

/* ---- a request of the host that can be cancelled, on its way ---- */

typedef void (*CancelFunc) (Veo3Worker *worker, guint64 run);

typedef struct _Request Request;

/* One way to cancel it. */
typedef struct
{
  Request *request; /* (borrowed) */
  CancelFunc cancel;
  GCancellable *cancellable; /* (owned) (nullable) */
  gulong handler;            /* of @cancellable, 0 = none */
} Wire;

#define MAX_WIRES 2

struct _Request
{
  Veo3Worker *worker; /* (borrowed) */
  guint64 run;
  Wire wires[MAX_WIRES];
  guint n_wires;
  Veo3Findings *findings; /* (owned) (nullable) of a look */
  gboolean is_online;     /* of a look */
};

/* Frees the request here, on the host's thread: the last reference of the task may be the worker's.
 */
static void
finish_request (GTask *task)
{
  Request *request = g_task_get_task_data (task);

  thread_handoff_take (task);
  for (guint i = 0; i < request->n_wires; i++)
    {
      Wire *wire = &request->wires[i];

      if (wire->handler != 0)
        g_cancellable_disconnect (wire->cancellable, wire->handler);
      g_object_unref (wire->cancellable);
    }
  veo3_findings_free (request->findings);
  g_free (request);
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  const Wire *wire = user_data;

  (void)cancellable;
  wire->cancel (wire->request->worker, wire->request->run);
}

/* A task that carries a Request. Connect with request_connect() only after the request itself has
 * been posted, or a cancellation would overtake it. */
static GTask *
make_task (gpointer plugin,
           const PipelineStageContext *context,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->worker = plugin;
  request->run = context->run;
  g_task_set_task_data (task, request, NULL);
  return task;
}

static void
request_connect (GTask *task, GCancellable *cancellable, CancelFunc cancel)
{
  Request *request = g_task_get_task_data (task);
  Wire *wire = &request->wires[request->n_wires];

  if (cancellable == NULL)
    return;
  g_assert (request->n_wires < MAX_WIRES);
  request->n_wires++;
  *wire = (Wire){ .request = request, .cancel = cancel };
  wire->cancellable = g_object_ref (cancellable);
  wire->handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), wire, NULL);
}

void
veo3_plugin_run_stage_async (gpointer plugin,
                             const PipelineStageContext *context,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = make_task (plugin, context, callback, user_data);

  g_task_set_name (task, "veo3-await");
  veo3_worker_await (plugin, context->run, g_object_ref (task));
  request_connect (task, cancellable, veo3_worker_cancel_await);
}

gboolean
veo3_plugin_run_stage_finish (gpointer plugin, GAsyncResult *result, GError **error)
{
  (void)plugin;
  finish_request (G_TASK (result));
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
veo3_plugin_end_run_async (gpointer plugin,
                           const PipelineStageContext *context,
                           GCancellable *hurry,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = make_task (plugin, context, callback, user_data);

  g_task_set_name (task, "veo3-end-run");
  veo3_worker_end_run (plugin, context, g_object_ref (task));
  request_connect (task, hurry, veo3_worker_hurry_run);
}

/* The end of every request that is answered with what is left over. */
static gboolean
finish_with_outcome (GTask *task, PipelineOutcome *ret_outcome, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gssize outcome;

  finish_request (task);
  outcome = g_task_propagate_int (task, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  *ret_outcome = (PipelineOutcome)outcome;
  return TRUE;
}

gboolean
veo3_plugin_end_run_finish (gpointer plugin,
                            GAsyncResult *result,
                            PipelineOutcome *ret_outcome,
                            GError **error)
{
  (void)plugin;
  return finish_with_outcome (G_TASK (result), ret_outcome, error);
}

char *
veo3_plugin_describe (const PipelineStageContext *context, GError **error)
{
  return veo3_inspect_describe (context->workspace, error);
}

/* ---- the user's orders ---- */

/* Nothing is changed: what is left over is all that is asked for. */
static void
answer_at_once (GTask *task, const char *workspace, const Veo3Order *order)
{
  PipelineOutcome outcome = PIPELINE_OUTCOME_COMPLETE;
  GError *error = NULL;

  if (veo3_inspect_show (workspace, order, &outcome, &error))
    g_task_return_int (task, outcome);
  else
    g_task_return_error (task, error);
}

void
veo3_plugin_command_async (gpointer plugin,
                           const PipelineStageContext *context,
                           const PipelineCommand *command,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = make_task (plugin, context, callback, user_data);
  g_autoptr (Veo3Settings) settings = NULL;
  g_autoptr (Veo3Order) order = NULL;
  GError *error = NULL;

  g_task_set_name (task, "veo3-command");
  settings = veo3_settings_read (context->settings, context->n_settings, &error);
  if (settings == NULL || !veo3_command_parse (command->argv, &order, &error))
    g_task_return_error (task, error);
  else if (order->kind == VEO3_ORDER_SHOW)
    answer_at_once (task, context->workspace, order);
  else
    {
      veo3_worker_carry_out (plugin, context, g_steal_pointer (&settings), g_steal_pointer (&order),
                             g_object_ref (task));
      request_connect (task, command->cancellable, veo3_worker_stop_order);
      request_connect (task, command->hurry, veo3_worker_hurry_run);
    }
}

gboolean
veo3_plugin_command_finish (gpointer plugin,
                            GAsyncResult *result,
                            PipelineOutcome *ret_outcome,
                            GError **error)
{
  (void)plugin;
  return finish_with_outcome (G_TASK (result), ret_outcome, error);
}

/* ---- looking whether a run would make clips ---- */

static void
look_offline (const Veo3Composition *composition,
              const PipelineStageContext *context,
              const Veo3Settings *settings,
              Veo3Findings *findings)
{
  const Veo3DoctorCase look
      = { .context = context, .settings = settings, .provider = composition->provider };

  veo3_doctor_look (&look, findings);
  if (composition->diagnose != NULL)
    composition->diagnose (&look, findings);
}

void
veo3_plugin_diagnose_async (const Veo3Composition *composition,
                            gpointer plugin,
                            const PipelineStageContext *context,
                            const PipelineDiagnosis *diagnosis,
                            const Veo3PluginCaller *caller)
{
  g_autoptr (GTask) task = make_task (plugin, context, caller->callback, caller->user_data);
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (Veo3Settings) settings
      = veo3_settings_new (context->settings, context->n_settings, &error);

  g_task_set_name (task, "veo3-diagnose");
  if (settings == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  request->findings = veo3_findings_new ();
  look_offline (composition, context, settings, request->findings);
  if (!diagnosis->is_online)
    {
      g_task_return_pointer (task, NULL, NULL);
      return;
    }
  request->is_online = TRUE;
  veo3_worker_look (plugin, g_steal_pointer (&settings), g_object_ref (task));
  request_connect (task, diagnosis->cancellable, veo3_worker_end_looks);
}

gboolean
veo3_plugin_diagnose_finish (gpointer plugin,
                             GAsyncResult *result,
                             PipelineFindingFunc found,
                             gpointer user_data,
                             GError **error)
{
  GTask *task = G_TASK (result);
  Request *request = g_task_get_task_data (task);
  gboolean is_online = request->is_online;
  g_autoptr (Veo3Findings) findings = g_steal_pointer (&request->findings);
  g_autoptr (Veo3ServiceAnswer) answer = NULL;
  g_autoptr (GError) local_error = NULL;

  (void)plugin;
  finish_request (task);
  answer = g_task_propagate_pointer (task, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (is_online)
    veo3_doctor_judge_answer (answer, findings);
  veo3_findings_tell (findings, found, user_data);
  return TRUE;
}
