/* SPDX-License-Identifier: MIT */
/*
 * plugin-host.c: see plugin-host.h.
 *
 * Main thread only. An asynchronous hook gets a number as user_data, not a pointer: a plugin that
 * calls back a second time, or long after everything is over, hands in a number that is looked up
 * and found used, instead of an address that has been freed.
 */
#include "host/plugin-host.h"

#include <json-c/json.h>

#include "host/thread-handoff.h"

/* A hook that must not block may take this long before it is worth a word. */
#define SLOW_HOOK_US (50 * G_TIME_SPAN_MILLISECOND)

#define NO_COMMANDS "plugin %s has no commands"
#define ALL_OUTCOMES                                                                               \
  ((guint)(PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED | PIPELINE_OUTCOME_DENIED        \
           | PIPELINE_OUTCOME_BUDGET | PIPELINE_OUTCOME_UNCERTAIN))

struct _PluginHost
{
  const PluginModule *module; /* (borrowed) */
  PluginServices *services;   /* (owned, until close) */
  gpointer plugin;            /* what start() returned */
  gboolean was_started;       /* start() was called */
  gboolean is_running;        /* start() succeeded and stop() was not called */
  GError *start_error;        /* (owned) (nullable) */
};

typedef enum
{
  HOOK_RUN_STAGE,
  HOOK_END_RUN,
  HOOK_COMMAND,
  HOOK_DIAGNOSE,
} HookKind;

typedef struct
{
  guint id;
  PluginHost *host; /* (borrowed) NULL once the host is gone */
  HookKind kind;
  const char *hook; /* (static) */
  guint64 run;
  gboolean is_entered;   /* the plugin's function has not returned yet */
  gboolean is_answered;  /* it has called back */
  gboolean is_abandoned; /* nobody waits for its answer any more */
  PluginHostDone done;   /* (nullable) one of the two is set */
  PluginHostFound found; /* (nullable) */
  GPtrArray *findings;   /* (owned) (nullable) PluginFinding; only while the finish hook runs */
  gpointer user_data;
} HookCall;

typedef struct
{
  guint id;
  GAsyncResult *result; /* (owned) */
} Answer;

/* Calls of this process, id -> HookCall (owned). An answered call stays until its host goes, to
 * recognise a second answer. (main) */
static GHashTable *hook_calls = NULL;
static guint last_call_id = 0;
static GThread *main_thread = NULL;

G_DEFINE_QUARK (plugin_host_error_quark, plugin_host_error)

PluginHost *
plugin_host_new (const PluginModule *module, const PluginSink *sink)
{
  PluginHost *self = g_new0 (PluginHost, 1);

  main_thread = g_thread_self ();
  self->module = module;
  self->services = plugin_services_new (module->name, sink);
  return self;
}

static gboolean
forget_call (gpointer key, gpointer value, gpointer user_data)
{
  const HookCall *call = value;

  (void)key;
  return call->host == user_data;
}

void
plugin_host_free (PluginHost *self)
{
  if (self == NULL)
    return;
  plugin_host_stop (self);
  if (hook_calls != NULL)
    g_hash_table_foreach_remove (hook_calls, forget_call, self);
  if (hook_calls != NULL && g_hash_table_size (hook_calls) == 0)
    g_clear_pointer (&hook_calls, g_hash_table_unref);
  plugin_services_close (self->services);
  g_clear_error (&self->start_error);
  g_free (self);
}

const PluginModule *
plugin_host_module (const PluginHost *self)
{
  return self->module;
}

static void
report_bug (PluginHost *self, guint64 run, const char *hook, const char *what)
{
  g_autofree char *message
      = g_strdup_printf ("%s %s (a bug of the plugin), continuing", hook, what);

  plugin_services_warn (self->services, run, message);
}

/* Turns whatever a hook said into the contract's two cases. Takes @hook_error. */
static gboolean
close_contract (PluginHost *self, const char *hook, gboolean ok, GError *hook_error, GError **error)
{
  plugin_services_flush (self->services);
  if (ok && hook_error != NULL)
    {
      g_autofree char *what
          = g_strdup_printf ("succeeded and set an error: %s", hook_error->message);

      g_error_free (hook_error);
      report_bug (self, 0, hook, what);
      return TRUE;
    }
  if (ok)
    return TRUE;
  if (hook_error == NULL)
    {
      g_set_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT,
                   "plugin %s: %s failed without saying why (a bug of the plugin)",
                   self->module->name, hook);
      return FALSE;
    }
  g_propagate_prefixed_error (error, hook_error, "plugin %s: ", self->module->name);
  return FALSE;
}

gboolean
plugin_host_start (PluginHost *self, GError **error)
{
  const PipelineStagePlugin *descriptor = &self->module->descriptor;
  GError *hook_error = NULL;
  gboolean ok = TRUE;

  if (!self->was_started)
    {
      self->was_started = TRUE;
      if (descriptor->start != NULL)
        ok = descriptor->start (plugin_services_table (self->services), &self->plugin, &hook_error);
      self->is_running = close_contract (self, "start", ok, hook_error, &self->start_error);
    }
  if (self->start_error == NULL)
    return TRUE;
  if (error != NULL)
    *error = g_error_copy (self->start_error);
  return FALSE;
}

void
plugin_host_stop (PluginHost *self)
{
  if (!self->is_running)
    return;
  self->is_running = FALSE;
  if (self->module->descriptor.stop != NULL)
    self->module->descriptor.stop (self->plugin);
  self->plugin = NULL;
  plugin_services_flush (self->services);
}

gboolean
plugin_host_check (PluginHost *self, const PipelineStageContext *context, GError **error)
{
  GError *hook_error = NULL;
  gboolean ok = TRUE;

  if (self->module->descriptor.check != NULL)
    ok = self->module->descriptor.check (self->plugin, context, &hook_error);
  return close_contract (self, "check", ok, hook_error, error);
}

gboolean
plugin_host_after_stage (PluginHost *self, const PipelineStageContext *context, GError **error)
{
  GError *hook_error = NULL;
  gboolean ok = TRUE;
  gint64 start_us = g_get_monotonic_time ();
  gint64 took_us = 0;

  if (self->module->descriptor.after_stage == NULL)
    return TRUE;

  ok = self->module->descriptor.after_stage (self->plugin, context, &hook_error);
  took_us = g_get_monotonic_time () - start_us;
  if (took_us > SLOW_HOOK_US)
    {
      g_autofree char *what = g_strdup_printf ("held up the pipeline for %" G_GINT64_FORMAT " ms",
                                               took_us / G_TIME_SPAN_MILLISECOND);

      report_bug (self, context->run, "after_stage", what);
    }
  return close_contract (self, "after_stage", ok, hook_error, error);
}

gboolean
plugin_host_runs_stages (const PluginHost *self)
{
  return self->module->descriptor.run_stage_async != NULL;
}

/* PipelineFindingFunc of every look. Findings that come too late or from another thread are
 * nobody's any more. */
static void
on_finding (const PipelineFinding *finding, gpointer user_data)
{
  g_autoptr (PluginFinding) copy = NULL;
  const char *bug = NULL;
  HookCall *call = NULL;

  if (g_thread_self () == main_thread && hook_calls != NULL)
    call = g_hash_table_lookup (hook_calls, user_data);
  if (call == NULL || call->findings == NULL)
    return;
  copy = plugin_finding_new (finding, &bug);
  if (call->findings->len > PLUGIN_FINDING_MAX)
    return;
  if (call->findings->len == PLUGIN_FINDING_MAX)
    bug = "found more than anybody can read";
  if (bug != NULL)
    report_bug (call->host, call->run, call->hook, bug);
  if (copy != NULL)
    g_ptr_array_add (call->findings, g_steal_pointer (&copy));
}

static void
free_finding (gpointer data)
{
  plugin_finding_free (data);
}

/* Calls the hook's finish function. @ret_outcome is only touched by hooks that have one. */
static gboolean
call_finish (const HookCall *call,
             GAsyncResult *result,
             PipelineOutcome *ret_outcome,
             GError **error)
{
  const PipelineStagePlugin *descriptor = &call->host->module->descriptor;
  gpointer plugin = call->host->plugin;

  switch (call->kind)
    {
    case HOOK_RUN_STAGE:
      return descriptor->run_stage_finish (plugin, result, error);
    case HOOK_END_RUN:
      return descriptor->end_run_finish (plugin, result, ret_outcome, error);
    case HOOK_COMMAND:
      return descriptor->command_finish (plugin, result, ret_outcome, error);
    case HOOK_DIAGNOSE:
      return descriptor->diagnose_finish (plugin, result, on_finding, GUINT_TO_POINTER (call->id),
                                          error);
    }
  return FALSE;
}

/* An outcome with bits nobody knows can't be told as success; what is known of it is kept. */
static void
check_outcome (const HookCall *call, PipelineOutcome *outcome, GError **error)
{
  guint unknown = (guint)*outcome & ~ALL_OUTCOMES;

  if (unknown == 0)
    return;
  *outcome = (PipelineOutcome)((guint)*outcome & ALL_OUTCOMES);
  if (*error == NULL)
    g_set_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_BAD_ANSWER,
                 "plugin %s: %s said an outcome that nobody knows, 0x%x (a bug of the plugin)",
                 call->host->module->name, call->hook, unknown);
}

static void
finish_look (HookCall *call, GAsyncResult *result)
{
  g_autoptr (GPtrArray) findings = g_ptr_array_new_with_free_func (free_finding);
  g_autoptr (GError) error = NULL;
  GError *hook_error = NULL;
  gboolean ok = FALSE;

  call->findings = findings;
  ok = call_finish (call, result, NULL, &hook_error);
  call->findings = NULL;
  (void)close_contract (call->host, call->hook, ok, hook_error, &error);
  call->found (call->user_data, findings, error);
}

static void
finish_call (HookCall *call, GAsyncResult *result)
{
  PipelineOutcome outcome = PIPELINE_OUTCOME_COMPLETE;
  g_autoptr (GError) error = NULL;
  GError *hook_error = NULL;
  gboolean ok = call_finish (call, result, &outcome, &hook_error);

  (void)close_contract (call->host, call->hook, ok, hook_error, &error);
  check_outcome (call, &outcome, &error);
  call->done (call->user_data, outcome, error);
}

static void
finish (HookCall *call, GAsyncResult *result)
{
  if (call->kind == HOOK_DIAGNOSE)
    finish_look (call, result);
  else
    finish_call (call, result);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_clear_object (&answer->result);
  g_free (answer);
}

static gboolean
on_late_answer (gpointer user_data)
{
  Answer *answer = user_data;
  HookCall *call = NULL;

  thread_handoff_take (answer);
  if (hook_calls != NULL)
    call = g_hash_table_lookup (hook_calls, GUINT_TO_POINTER (answer->id));
  if (call != NULL && !call->is_abandoned)
    finish (call, answer->result);
  return G_SOURCE_REMOVE;
}

static void on_hook_answer (GObject *source, GAsyncResult *result, gpointer user_data);

static gboolean
on_foreign_answer (gpointer user_data)
{
  Answer *answer = user_data;
  HookCall *call = NULL;

  thread_handoff_take (answer);
  if (hook_calls != NULL)
    call = g_hash_table_lookup (hook_calls, GUINT_TO_POINTER (answer->id));
  if (call != NULL)
    report_bug (call->host, call->run, call->hook, "called back on a thread of its own");
  on_hook_answer (NULL, answer->result, GUINT_TO_POINTER (answer->id));
  return G_SOURCE_REMOVE;
}

static void
answer_in_idle (guint id, GAsyncResult *result, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Answer *answer = g_new0 (Answer, 1);

  answer->id = id;
  if (result != NULL)
    answer->result = g_object_ref (result);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "plugin-host answer");
  g_source_set_callback (source, func, answer, answer_free);
  thread_handoff_give (answer);
  g_source_attach (source, g_main_context_default ());
}

/* GAsyncReadyCallback of every asynchronous hook. (any thread, for a plugin may err) */
static void
on_hook_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint id = GPOINTER_TO_UINT (user_data);
  HookCall *call = NULL;

  (void)source;
  if (g_thread_self () != main_thread)
    {
      answer_in_idle (id, result, on_foreign_answer);
      return;
    }

  if (hook_calls != NULL)
    call = g_hash_table_lookup (hook_calls, user_data);
  if (call == NULL || call->is_abandoned)
    return;
  if (call->is_answered)
    {
      report_bug (call->host, call->run, call->hook, "called back twice");
      return;
    }

  call->is_answered = TRUE;
  if (call->is_entered)
    {
      report_bug (call->host, call->run, call->hook, "called back before it returned");
      answer_in_idle (id, result, on_late_answer);
      return;
    }
  finish (call, result);
}

/* @hook: its name for messages. */
static HookCall *
new_call (PluginHost *self, HookKind kind, guint64 run, const char *hook)
{
  HookCall *call = g_new0 (HookCall, 1);

  if (hook_calls == NULL)
    hook_calls = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  call->id = ++last_call_id;
  call->host = self;
  call->kind = kind;
  call->hook = hook;
  call->run = run;
  g_hash_table_insert (hook_calls, GUINT_TO_POINTER (call->id), call);
  return call;
}

static void
set_not_provided (const HookCall *call, GError **error)
{
  const char *name = call->host->module->name;

  switch (call->kind)
    {
    case HOOK_RUN_STAGE:
      g_set_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_NOT_PROVIDED,
                   "plugin %s runs no stages; give the stage a command= instead of plugin=", name);
      return;
    case HOOK_COMMAND:
      g_set_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_NOT_PROVIDED, NO_COMMANDS, name);
      return;
    case HOOK_END_RUN:
    case HOOK_DIAGNOSE:
      return;
    }
}

static void
answer_nothing_found (HookCall *call)
{
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();

  call->found (call->user_data, nothing, NULL);
}

static gboolean
on_not_provided (gpointer user_data)
{
  HookCall *call = NULL;
  g_autoptr (GError) error = NULL;

  if (hook_calls != NULL)
    call = g_hash_table_lookup (hook_calls, user_data);
  if (call == NULL || call->is_abandoned)
    return G_SOURCE_REMOVE;
  set_not_provided (call, &error);
  call->is_answered = TRUE;
  if (call->kind == HOOK_DIAGNOSE)
    answer_nothing_found (call);
  else
    call->done (call->user_data, PIPELINE_OUTCOME_COMPLETE, error);
  return G_SOURCE_REMOVE;
}

static void
complete_not_provided (HookCall *call)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "plugin-host not provided");
  g_source_set_callback (source, on_not_provided, GUINT_TO_POINTER (call->id), NULL);
  g_source_attach (source, g_main_context_default ());
}

void
plugin_host_run_stage (PluginHost *self,
                       const PipelineStageContext *context,
                       GCancellable *cancellable,
                       PluginHostDone done,
                       gpointer user_data)
{
  HookCall *call = new_call (self, HOOK_RUN_STAGE, context->run, "run_stage");

  call->done = done;
  call->user_data = user_data;
  if (self->module->descriptor.run_stage_async == NULL)
    {
      complete_not_provided (call);
      return;
    }
  call->is_entered = TRUE;
  self->module->descriptor.run_stage_async (self->plugin, context, cancellable, on_hook_answer,
                                            GUINT_TO_POINTER (call->id));
  call->is_entered = FALSE;
}

void
plugin_host_abandon (PluginHost *self, gpointer user_data)
{
  GHashTableIter iter;
  gpointer value = NULL;

  if (hook_calls == NULL)
    return;
  g_hash_table_iter_init (&iter, hook_calls);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      HookCall *call = value;

      if (call->host == self && call->user_data == user_data)
        call->is_abandoned = TRUE;
    }
}

void
plugin_host_end_run (PluginHost *self,
                     const PipelineStageContext *context,
                     GCancellable *hurry,
                     PluginHostDone done,
                     gpointer user_data)
{
  HookCall *call = new_call (self, HOOK_END_RUN, context->run, "end_run");

  call->done = done;
  call->user_data = user_data;
  if (self->module->descriptor.end_run_async == NULL)
    {
      complete_not_provided (call);
      return;
    }
  call->is_entered = TRUE;
  self->module->descriptor.end_run_async (self->plugin, context, hurry, on_hook_answer,
                                          GUINT_TO_POINTER (call->id));
  call->is_entered = FALSE;
}

char *
plugin_host_describe (PluginHost *self, const PipelineStageContext *context, GError **error)
{
  GError *hook_error = NULL;
  g_autofree char *text = NULL;
  enum json_tokener_error parse_error = json_tokener_success;
  struct json_object *object = NULL;
  gboolean is_object = FALSE;

  if (self->module->descriptor.describe == NULL)
    return g_strdup ("{}");
  text = self->module->descriptor.describe (context, &hook_error);
  if (!close_contract (self, "describe", text != NULL, hook_error, error))
    return NULL;

  object = json_tokener_parse_verbose (text, &parse_error);
  is_object = json_object_is_type (object, json_type_object);
  json_object_put (object);
  if (is_object)
    return g_steal_pointer (&text);
  g_set_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_BAD_ANSWER,
               "plugin %s: describe returned no JSON object (a bug of the plugin)",
               self->module->name);
  return NULL;
}

void
plugin_host_diagnose (PluginHost *self,
                      const PipelineStageContext *context,
                      const PipelineDiagnosis *diagnosis,
                      PluginHostFound found,
                      gpointer user_data)
{
  HookCall *call = new_call (self, HOOK_DIAGNOSE, context->run, "diagnose");

  call->found = found;
  call->user_data = user_data;
  if (self->module->descriptor.diagnose_async == NULL)
    {
      complete_not_provided (call);
      return;
    }
  call->is_entered = TRUE;
  self->module->descriptor.diagnose_async (self->plugin, context, diagnosis, on_hook_answer,
                                           GUINT_TO_POINTER (call->id));
  call->is_entered = FALSE;
}

gboolean
plugin_host_commands_wait (const PluginHost *self)
{
  return self->module->descriptor.command_async != NULL;
}

void
plugin_host_command_async (PluginHost *self,
                           const PipelineStageContext *context,
                           const PipelineCommand *command,
                           PluginHostDone done,
                           gpointer user_data)
{
  HookCall *call = new_call (self, HOOK_COMMAND, context->run, "command");

  call->done = done;
  call->user_data = user_data;
  if (self->module->descriptor.command_async == NULL)
    {
      complete_not_provided (call);
      return;
    }
  call->is_entered = TRUE;
  self->module->descriptor.command_async (self->plugin, context, command, on_hook_answer,
                                          GUINT_TO_POINTER (call->id));
  call->is_entered = FALSE;
}

gboolean
plugin_host_command (PluginHost *self,
                     const PipelineStageContext *context,
                     const char *const *argv,
                     int *ret_status,
                     GError **error)
{
  int status = 0;

  if (self->module->descriptor.command == NULL)
    {
      g_set_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_NOT_PROVIDED, NO_COMMANDS,
                   self->module->name);
      return FALSE;
    }
  status = self->module->descriptor.command (self->plugin, context, argv);
  plugin_services_flush (self->services);
  if (status < 0 || status > 255)
    {
      g_set_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_BAD_ANSWER,
                   "plugin %s: command \"%s\" returned exit code %d (a bug of the plugin)",
                   self->module->name, argv[0] != NULL ? argv[0] : "", status);
      return FALSE;
    }
  *ret_status = status;
  return TRUE;
}
