/* SPDX-License-Identifier: MIT */
/*
 * command-status.c: `pipeline_runner status`. Main thread only. Reads files and takes no lock, so
 * it works while a run holds it; starts no plugin, only asks their describe hook.
 */
#include "host/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/answer.h"
#include "host/run-setup.h"
#include "host/run-state.h"
#include "host/terminal-text.h"
#include "host/workspace.h"

#define WATCH_MS 500

/* A run handle for contexts of hooks that no service is called for. */
#define ONLY_RUN 1

typedef struct
{
  HostWorkspace *workspace; /* (owned) */
  RunState *state;          /* (owned) (nullable) NULL = no run */
  gboolean is_held;
  gint64 holder_pid;   /* 0 = unknown */
  GPtrArray *warnings; /* (owned) char* */
  AnswerJson *plugins; /* (owned) name -> what it tells */
} Snapshot;

static void
snapshot_free (Snapshot *self)
{
  host_workspace_free (self->workspace);
  run_state_free (self->state);
  g_clear_pointer (&self->warnings, g_ptr_array_unref);
  answer_json_free (self->plugins);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Snapshot, snapshot_free)

static void
describe_plugin (Snapshot *self, const RunSetupPlugin *plugin)
{
  PipelineStageContext context = { .struct_size = sizeof context, .run = ONLY_RUN };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  context.run_id = self->state->run_id;
  context.workspace = host_workspace_path (self->workspace);
  context.settings = plugin->settings->settings;
  context.n_settings = plugin->settings->n_settings;
  text = plugin_host_describe (plugin->host, &context, &error);
  if (text == NULL)
    g_ptr_array_add (self->warnings, g_strdup (error->message));
  else
    (void)json_object_object_add (self->plugins, plugin->name, json_tokener_parse (text));
}

static void
describe_plugins (Snapshot *self, const Options *options, PluginSet *plugins)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (RunSetup) setup = NULL;
  g_autofree char *file = run_setup_file (options->workspaces[0], options->file);

  setup = run_setup_load (file, (const char *const *)options->overrides, plugins, problems);
  if (setup == NULL)
    {
      for (guint i = 0; i < problems->len; i++)
        g_ptr_array_add (self->warnings,
                         pipeline_problem_to_string (g_ptr_array_index (problems, i)));
      return;
    }
  for (guint i = 0; i < setup->plugins->len; i++)
    describe_plugin (self, g_ptr_array_index (setup->plugins, i));
}

static Snapshot *
take_snapshot (const Options *options, PluginSet *plugins, GError **error)
{
  g_autoptr (Snapshot) self = g_new0 (Snapshot, 1);
  g_autoptr (GError) local_error = NULL;

  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->plugins = json_object_new_object ();
  self->workspace = host_workspace_open (options->workspaces[0], error);
  if (self->workspace == NULL)
    return NULL;

  self->is_held
      = host_workspace_lock_holder (host_workspace_path (self->workspace), &self->holder_pid);
  self->state = run_state_load (host_workspace_path (self->workspace), &local_error);
  if (self->state == NULL
      && !g_error_matches (local_error, RUN_STATE_ERROR, RUN_STATE_ERROR_ABSENT))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (self->state != NULL)
    describe_plugins (self, options, plugins);
  return g_steal_pointer (&self);
}

/* A run on record as running that nobody works on was cut off by a crash or a kill. */
static const char *
status_word (const Snapshot *self)
{
  if (self->state == NULL)
    return "none";
  if (self->state->status == RUN_STATUS_RUNNING && !self->is_held)
    return "interrupted";
  return run_status_to_string (self->state->status);
}

static AnswerJson *
stage_to_json (const RunStage *stage)
{
  AnswerJson *object = json_object_new_object ();

  answer_add_text (object, "name", stage->name);
  answer_add_text (object, "status", run_stage_status_to_string (stage->status));
  (void)json_object_object_add (object, "attempts", json_object_new_int64 (stage->attempts));
  (void)json_object_object_add (object, "exit_code",
                                stage->exit_code == RUN_STATE_NO_EXIT_CODE
                                    ? NULL
                                    : json_object_new_int (stage->exit_code));
  answer_add_text (object, "started_at", stage->started_at);
  answer_add_text (object, "ended_at", stage->ended_at);
  (void)json_object_object_add (object, "duration_ms", json_object_new_int64 (stage->duration_ms));
  answer_add_text (object, "error", stage->error);
  return object;
}

static void
print_json (const Snapshot *self)
{
  g_autoptr (AnswerJson) document = json_object_new_object ();
  AnswerJson *stages = json_object_new_array ();
  AnswerJson *warnings = json_object_new_array ();
  const RunState *state = self->state;

  for (guint i = 0; state != NULL && i < state->stages->len; i++)
    (void)json_object_array_add (stages, stage_to_json (g_ptr_array_index (state->stages, i)));
  for (guint i = 0; i < self->warnings->len; i++)
    (void)json_object_array_add (warnings, answer_text (g_ptr_array_index (self->warnings, i)));

  answer_add_text (document, "workspace", host_workspace_path (self->workspace));
  answer_add_text (document, "run_id", state != NULL ? state->run_id : NULL);
  answer_add_text (document, "pipeline", state != NULL ? state->pipeline : NULL);
  answer_add_text (document, "status", status_word (self));
  (void)json_object_object_add (document, "locked", json_object_new_boolean (self->is_held));
  (void)json_object_object_add (document, "pid",
                                self->is_held && self->holder_pid > 0
                                    ? json_object_new_int64 (self->holder_pid)
                                    : NULL);
  answer_add_text (document, "created_at", state != NULL ? state->created_at : NULL);
  answer_add_text (document, "updated_at", state != NULL ? state->updated_at : NULL);
  (void)json_object_object_add (document, "stages", stages);
  (void)json_object_object_add (document, "plugins", json_object_get (self->plugins));
  (void)json_object_object_add (document, "warnings", warnings);
  answer_print_json (document);
}

static void
append_stage (GString *out, const RunStage *stage)
{
  g_autofree char *name = terminal_text_escape (stage->name);

  g_string_append_printf (out, "  %-20s %s", name, run_stage_status_to_string (stage->status));
  if (stage->status == RUN_STAGE_DONE && stage->ended_at != NULL)
    {
      g_autofree char *took = terminal_text_duration (stage->duration_ms * G_TIME_SPAN_MILLISECOND);

      g_string_append_printf (out, " in %s", took);
    }
  if (stage->attempts > 1)
    g_string_append_printf (out, ", %u attempts", stage->attempts);
  if (stage->status == RUN_STAGE_FAILED && stage->error != NULL)
    {
      g_autofree char *why = terminal_text_escape (stage->error);

      g_string_append_printf (out, ": %s", why);
    }
  g_string_append_c (out, '\n');
}

static void
append_plugins (GString *out, AnswerJson *plugins)
{
  json_object_object_foreach (plugins, name, told)
    {
      g_autofree char *prefix = g_strdup_printf ("  %s: ", name);

      answer_append_summary (out, prefix, told);
    }
}

static char *
to_text (const Snapshot *self)
{
  GString *out = g_string_new (NULL);
  const RunState *state = self->state;
  g_autofree char *pipeline = NULL;

  if (state == NULL)
    {
      g_string_append_printf (out, "no run in %s yet; start one with `pipeline_runner run`\n",
                              host_workspace_path (self->workspace));
      return g_string_free (out, FALSE);
    }
  pipeline = terminal_text_escape (state->pipeline);
  g_string_append_printf (out, "run %s of pipeline %s: %s", state->run_id, pipeline,
                          status_word (self));
  if (self->is_held && self->holder_pid > 0)
    g_string_append_printf (out, " (process %" G_GINT64_FORMAT ")", self->holder_pid);
  g_string_append_c (out, '\n');
  for (guint i = 0; i < state->stages->len; i++)
    append_stage (out, g_ptr_array_index (state->stages, i));
  append_plugins (out, self->plugins);
  return g_string_free (out, FALSE);
}

static void
print_warnings (const Snapshot *self)
{
  for (guint i = 0; i < self->warnings->len; i++)
    {
      g_autofree char *text = terminal_text_escape (g_ptr_array_index (self->warnings, i));

      fprintf (stderr, "warning: %s, continuing\n", text);
    }
}

/* -- watch -- */

typedef struct
{
  const Options *options;
  PluginSet *plugins;
  GMainLoop *loop;
  char *shown; /* (owned) (nullable) */
  GError *error;
} Watch;

static gboolean
on_look (gpointer user_data)
{
  Watch *self = user_data;
  g_autoptr (Snapshot) snapshot = take_snapshot (self->options, self->plugins, &self->error);
  g_autofree char *text = NULL;

  if (snapshot == NULL)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }
  text = to_text (snapshot);
  if (g_strcmp0 (text, self->shown) != 0)
    {
      printf ("%s%s", isatty (STDOUT_FILENO) ? "\033[H\033[2J" : "", text);
      (void)fflush (stdout);
      g_free (self->shown);
      self->shown = g_steal_pointer (&text);
    }
  if (snapshot->is_held)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
watch (const Options *options, PluginSet *plugins, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GSource) timer = g_timeout_source_new (WATCH_MS);
  Watch self = { .options = options, .plugins = plugins, .loop = loop };

  g_source_set_static_name (timer, "status watch");
  g_source_set_callback (timer, on_look, &self, NULL);
  g_source_attach (timer, NULL);
  if (on_look (&self) == G_SOURCE_CONTINUE)
    g_main_loop_run (loop);
  g_source_destroy (timer);
  g_free (self.shown);
  if (self.error == NULL)
    return TRUE;
  g_propagate_error (error, self.error);
  return FALSE;
}

ExitStatus
command_status (const Options *options, GError **error)
{
  PluginSink sink = { .log = answer_plugin_log, .progress = answer_plugin_progress };
  g_autoptr (PluginSet) plugins
      = plugin_set_new ((const char *const *)options->plugins, &sink, error);
  g_autoptr (Snapshot) snapshot = NULL;
  g_autofree char *text = NULL;

  if (plugins == NULL)
    return EXIT_STATUS_USAGE;
  if (options->is_watch && options->is_json)
    {
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE,
                   "--json prints one document, --watch many; give one of them");
      return EXIT_STATUS_USAGE;
    }
  if (options->is_watch)
    return watch (options, plugins, error) ? EXIT_STATUS_DONE : EXIT_STATUS_USAGE;

  snapshot = take_snapshot (options, plugins, error);
  if (snapshot == NULL)
    return EXIT_STATUS_USAGE;
  if (options->is_json)
    {
      print_json (snapshot);
      return EXIT_STATUS_DONE;
    }
  print_warnings (snapshot);
  text = to_text (snapshot);
  printf ("%s", text);
  return EXIT_STATUS_DONE;
}
