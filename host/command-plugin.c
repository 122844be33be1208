/* SPDX-License-Identifier: MIT */
/*
 * command-plugin.c: `pipeline_runner NAME …`, the subcommands of a plugin. Main thread only. The
 * host takes the lock, because a plugin's command may change what a run works on, and stops the
 * plugin before the process ends, like any run does.
 *
 * Commands that take their time run on a main loop of their own and end like a run: signals, events
 * and exit codes are the same. What they have done is what the plugin says of the workspace's files
 * afterwards. Commands of a plugin that has only `command` print their answer themselves.
 */
#include "host/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/answer.h"
#include "host/run-journal.h"
#include "host/run-setup.h"
#include "host/stop-signals.h"
#include "host/workspace.h"

#define ONLY_RUN 1
#define HELP "help"

typedef struct
{
  const char *name;             /* (borrowed) of the plugin, as the user wrote it */
  const Options *options;       /* (borrowed) */
  Progress *progress;           /* (owned) */
  HostWorkspace *workspace;     /* (owned) (nullable) */
  RunJournal *journal;          /* (owned) (nullable) */
  PluginSet *plugins;           /* (owned) (nullable) */
  RunSetup *setup;              /* (owned) (nullable) */
  const RunSetupPlugin *plugin; /* (borrowed) (nullable) */
  RunState *state;              /* (owned) (nullable) NULL = there is no run yet */
  char *new_run_id;             /* (owned) (nullable) */
  PipelineStageContext context;

  GMainLoop *loop;     /* (owned) */
  GCancellable *stop;  /* (owned) */
  GCancellable *hurry; /* (owned) */
  int signal_number;   /* 0 = none */
  PipelineOutcome outcome;
  GError *error; /* (owned) (nullable) what the command ended with */
} PluginCommand;

gboolean
command_is_plugin (const Options *options, const char *name)
{
  g_autoptr (PluginLoader) loader = plugin_loader_new ();
  g_autofree char *path = NULL;

  for (gsize i = 0; options->plugins[i] != NULL; i++)
    if (!plugin_loader_override (loader, options->plugins[i], NULL))
      return TRUE;
  path = plugin_loader_find (loader, name, NULL);
  return path != NULL;
}

char **
command_plugin_names (void)
{
  g_autoptr (PluginLoader) loader = plugin_loader_new ();

  return plugin_loader_list_names (loader);
}

static gboolean
tell_problems (GPtrArray *problems, GError **error)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const PipelineProblem *problem = g_ptr_array_index (problems, i);
      g_autofree char *text = NULL;

      if (problem->severity != PIPELINE_PROBLEM_ERROR)
        continue;
      text = pipeline_problem_to_string (problem);
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "%s", text);
      return FALSE;
    }
  return TRUE;
}

/* The workspace's pipeline file if it speaks of the plugin; else the plugin's own defaults. */
static RunSetup *
load_setup (const char *name,
            const Options *options,
            const HostWorkspace *workspace,
            PluginSet *plugins,
            GError **error)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autofree char *file = run_setup_file (options->workspaces[0], options->file);
  const char *const *overrides = (const char *const *)options->overrides;
  RunSetup *setup = NULL;

  if (options->file != NULL || g_file_test (file, G_FILE_TEST_EXISTS))
    {
      setup = run_setup_load (file, overrides, plugins, problems);
      if (setup == NULL && !tell_problems (problems, error))
        return NULL;
      if (setup != NULL && run_setup_plugin (setup, name) != NULL)
        return setup;
      g_clear_pointer (&setup, run_setup_free);
    }
  setup
      = run_setup_for_plugin (host_workspace_path (workspace), name, overrides, plugins, problems);
  if (setup == NULL)
    (void)tell_problems (problems, error);
  return setup;
}

/* -- news -- */

static void
on_plugin_log (gpointer user_data,
               const char *plugin,
               guint64 run,
               PipelineLogLevel level,
               const char *message)
{
  PluginCommand *self = user_data;
  g_autofree char *text = g_strdup_printf ("%s: %s", plugin, message);

  if (run == ONLY_RUN && self->journal != NULL)
    run_journal_message (self->journal, level, text);
  else
    progress_message (self->progress, 0, level, text);
}

static void
on_plugin_progress (gpointer user_data,
                    const char *plugin,
                    guint64 run,
                    const PipelineProgress *progress)
{
  PluginCommand *self = user_data;

  if (run == ONLY_RUN && self->journal != NULL)
    run_journal_item (self->journal, plugin, progress);
}

/* -- help -- */

/* A plugin of ABI 1.0 explains itself, if it does: `help` is a command of it like any other. */
static const PipelineStagePlugin *
find_descriptor (PluginCommand *self, GError **error)
{
  PluginHost *host = plugin_set_get (self->plugins, self->name, error);

  return host != NULL ? &plugin_host_module (host)->descriptor : NULL;
}

static gboolean
explains_itself (const PipelineStagePlugin *descriptor)
{
  return descriptor->command != NULL && descriptor->command_async == NULL
         && descriptor->command_help == NULL;
}

static gboolean
wants_help (const char *const *argv)
{
  return argv[0] == NULL || strcmp (argv[0], HELP) == 0 || g_strv_contains (argv, "--help")
         || g_strv_contains (argv, "-h");
}

static void
print_help (const char *name, const PipelineStagePlugin *descriptor)
{
  g_autofree char *options = options_describe (COMMAND_PLUGIN_OPTIONS);
  const char *help = descriptor->command_help;

  printf ("usage: pipeline_runner %s COMMAND [OPTION]... [ARGUMENT]...\n", name);
  if (descriptor->summary != NULL)
    printf ("%s\n", descriptor->summary);
  if (help != NULL)
    printf ("\n%s%s", help, g_str_has_suffix (help, "\n") ? "" : "\n");
  printf ("\noptions of every command:\n%s", options);
}

/* -- commands that are done at once -- */

/* Such a plugin knows no options of the host's but those it had to share with ABI 1.0. */
static char **
own_arguments (const Options *options)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_addv (builder, (const char **)options->arguments);
  if (options->arguments[0] == NULL)
    g_strv_builder_add (builder, HELP);
  if (options->is_json)
    g_strv_builder_add (builder, "--json");
  if (options->fail_on_partial)
    g_strv_builder_add (builder, "--fail-on=partial");
  return g_strv_builder_end (builder);
}

static ExitStatus
run_at_once (PluginCommand *self, GError **error)
{
  g_auto (GStrv) argv = own_arguments (self->options);
  int status = 0;

  if (!plugin_host_start (self->plugin->host, error))
    return EXIT_STATUS_USAGE;
  if (!plugin_host_command (self->plugin->host, &self->context, (const char *const *)argv, &status,
                            error))
    return EXIT_STATUS_USAGE;
  return (ExitStatus)status;
}

/* -- commands that take their time -- */

static void
on_done (gpointer user_data, PipelineOutcome outcome, const GError *error)
{
  PluginCommand *self = user_data;

  self->outcome = outcome;
  self->error = error != NULL ? g_error_copy (error) : NULL;
  g_main_loop_quit (self->loop);
}

static void
on_stop (gpointer user_data, int signal_number)
{
  PluginCommand *self = user_data;
  g_autofree char *message = g_strdup_printf (
      "stopping: waiting for plugin %s to finish what must not be cut; interrupt "
      "again to leave at once",
      self->name);

  self->signal_number = signal_number;
  run_journal_message (self->journal, PIPELINE_LOG_INFO, message);
  g_cancellable_cancel (self->stop);
}

static void
on_hurry (gpointer user_data)
{
  PluginCommand *self = user_data;

  run_journal_message (self->journal, PIPELINE_LOG_WARNING, "leaving at once");
  g_cancellable_cancel (self->hurry);
}

static void
on_give_up (gpointer user_data)
{
  PluginCommand *self = user_data;

  plugin_host_abandon (self->plugin->host, self);
  g_main_loop_quit (self->loop);
}

static const StopSignalsHandler stop_handler
    = { .stop = on_stop, .hurry = on_hurry, .give_up = on_give_up };

/* The error that a command which was told to end ends with is no news. */
static void
drop_expected_error (PluginCommand *self)
{
  if (self->signal_number != 0 && g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_clear_error (&self->error);
}

static ExitStatus
find_status (const PluginCommand *self)
{
  ExitStatusFacts facts = { .outcome = self->outcome, .signal_number = self->signal_number };
  ExitStatus status = EXIT_STATUS_DONE;

  facts.fail_on_partial = self->options->fail_on_partial;
  status = exit_status_of_run (&facts);
  if (self->error == NULL)
    return status;
  return exit_status_strongest (status, exit_status_of_command_error (self->error));
}

static void
tell_end (PluginCommand *self, ExitStatus status)
{
  g_autofree char *message
      = g_strdup_printf ("%s %s: exit %d (%s)", self->name, self->options->arguments[0],
                         (int)status, exit_status_meaning (status));

  if (self->error != NULL)
    run_journal_message (self->journal, PIPELINE_LOG_ERROR, self->error->message);
  run_journal_message (self->journal, PIPELINE_LOG_INFO, message);
}

static void
print_document (const PluginCommand *self, ExitStatus status, AnswerJson *told, const GError *error)
{
  g_autoptr (AnswerJson) document = json_object_new_object ();
  AnswerJson *plugins = json_object_new_object ();
  AnswerJson *warnings = json_object_new_array ();

  if (told != NULL)
    (void)json_object_object_add (plugins, self->name, json_object_get (told));
  if (error != NULL)
    (void)json_object_array_add (warnings, answer_text (error->message));
  answer_add_text (document, "workspace", host_workspace_path (self->workspace));
  answer_add_text (document, "run_id", self->state != NULL ? self->state->run_id : NULL);
  answer_add_text (document, "plugin", self->name);
  answer_add_text (document, "command", self->options->arguments[0]);
  (void)json_object_object_add (document, "exit_code", json_object_new_int ((int)status));
  (void)json_object_object_add (document, "plugins", plugins);
  (void)json_object_object_add (document, "warnings", warnings);
  answer_print_json (document);
}

/* The answer: what the plugin says of the files, now that it has let go of them. */
static void
print_answer (PluginCommand *self, ExitStatus status)
{
  g_autoptr (AnswerJson) told = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *described = NULL;

  if (self->error != NULL)
    {
      if (self->options->is_json)
        answer_print_error ((int)status, self->error->message, TRUE);
      return;
    }
  described = plugin_host_describe (self->plugin->host, &self->context, &error);
  if (described != NULL)
    told = json_tokener_parse (described);
  else
    run_journal_warn_error (self->journal, error);
  progress_flush (self->progress);
  if (self->options->is_json)
    {
      print_document (self, status, told, error);
      return;
    }
  answer_append_summary (text, "", told);
  printf ("%s", text->str);
  (void)fflush (stdout);
}

static void
run_loop (PluginCommand *self)
{
  PipelineCommand command = { .struct_size = sizeof command };

  if (self->state != NULL)
    {
      g_autofree char *message = g_strdup_printf ("%s %s: run %s", self->name,
                                                  self->options->arguments[0], self->state->run_id);

      run_journal_message (self->journal, PIPELINE_LOG_INFO, message);
    }
  command.argv = (const char *const *)self->options->arguments;
  command.cancellable = self->stop;
  command.hurry = self->hurry;
  plugin_host_command_async (self->plugin->host, &self->context, &command, on_done, self);
  g_main_loop_run (self->loop);
}

static ExitStatus
run_waiting (PluginCommand *self, GError **error)
{
  StopSignals *signals = stop_signals_new (&stop_handler, self);
  ExitStatus status = EXIT_STATUS_USAGE;
  gboolean is_ready = plugin_host_start (self->plugin->host, error)
                      && plugin_host_check (self->plugin->host, &self->context, error);

  if (is_ready)
    run_loop (self);
  /* The signals stay caught until no thread of the plugin is left. */
  plugin_host_stop (self->plugin->host);
  if (is_ready)
    {
      drop_expected_error (self);
      status = find_status (self);
      progress_end_run (self->progress, ONLY_RUN);
      tell_end (self, status);
      progress_flush (self->progress);
      print_answer (self, status);
    }
  stop_signals_free (signals);
  return status;
}

/* -- whole -- */

static gboolean
load_state (PluginCommand *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  self->state = run_state_load (host_workspace_path (self->workspace), &local_error);
  if (self->state != NULL)
    {
      run_journal_follow (self->journal, self->state->run_id);
      return TRUE;
    }
  self->new_run_id = host_workspace_new_run_id ();
  if (g_error_matches (local_error, RUN_STATE_ERROR, RUN_STATE_ERROR_ABSENT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
prepare (PluginCommand *self, gboolean must_lock, GError **error)
{
  self->workspace = host_workspace_open (self->options->workspaces[0], error);
  if (self->workspace == NULL || (must_lock && !host_workspace_lock (self->workspace, error)))
    return FALSE;
  self->setup = load_setup (self->name, self->options, self->workspace, self->plugins, error);
  if (self->setup == NULL)
    return FALSE;
  self->journal = run_journal_new (host_workspace_path (self->workspace), ONLY_RUN, self->progress);
  if (!load_state (self, error))
    return FALSE;

  self->plugin = run_setup_plugin (self->setup, self->name);
  self->context.run = ONLY_RUN;
  self->context.run_id = self->state != NULL ? self->state->run_id : self->new_run_id;
  self->context.workspace = host_workspace_path (self->workspace);
  self->context.settings = self->plugin->settings->settings;
  self->context.n_settings = self->plugin->settings->n_settings;
  self->context.command = (const char *const *)self->options->arguments;
  return TRUE;
}

static ExitStatus
execute (PluginCommand *self, GError **error)
{
  const char *const *argv = (const char *const *)self->options->arguments;
  const PipelineStagePlugin *descriptor = find_descriptor (self, error);
  gboolean must_lock = argv[0] != NULL && strcmp (argv[0], HELP) != 0;

  if (descriptor == NULL)
    return EXIT_STATUS_USAGE;
  if (descriptor->command == NULL && descriptor->command_async == NULL)
    {
      g_set_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_NOT_PROVIDED,
                   "plugin %s has no commands", self->name);
      return EXIT_STATUS_USAGE;
    }
  if (wants_help (argv) && !explains_itself (descriptor))
    {
      print_help (self->name, descriptor);
      return EXIT_STATUS_DONE;
    }
  if (!prepare (self, must_lock, error))
    return EXIT_STATUS_USAGE;
  if (plugin_host_commands_wait (self->plugin->host))
    return run_waiting (self, error);
  return run_at_once (self, error);
}

/* The plugins go while what they may still say has somewhere to go. */
static void
clear_command (PluginCommand *self)
{
  plugin_set_free (self->plugins);
  progress_end_run (self->progress, ONLY_RUN);
  run_setup_free (self->setup);
  run_journal_free (self->journal);
  run_state_free (self->state);
  host_workspace_free (self->workspace);
  progress_free (self->progress);
  g_main_loop_unref (self->loop);
  g_object_unref (self->stop);
  g_object_unref (self->hurry);
  g_clear_error (&self->error);
  g_free (self->new_run_id);
}

ExitStatus
command_plugin (const char *name, const Options *options, GError **error)
{
  PluginCommand self = { .name = name, .options = options };
  PluginSink sink = { .user_data = &self, .log = on_plugin_log, .progress = on_plugin_progress };
  ExitStatus status = EXIT_STATUS_USAGE;

  self.context.struct_size = sizeof self.context;
  self.progress = progress_new (STDERR_FILENO);
  self.loop = g_main_loop_new (NULL, FALSE);
  self.stop = g_cancellable_new ();
  self.hurry = g_cancellable_new ();
  progress_begin_run (self.progress, ONLY_RUN, NULL);
  self.plugins = plugin_set_new ((const char *const *)options->plugins, &sink, error);
  if (self.plugins != NULL)
    status = execute (&self, error);
  clear_command (&self);
  return status;
}
