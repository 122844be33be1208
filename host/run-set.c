/* SPDX-License-Identifier: MIT */
/*
 * run-set.c: see run-set.h. Main thread only; the one main loop of a run runs here.
 *
 * Runs are freed after the plugins: a plugin that still owes an answer when the user is in a hurry
 * is stopped first, and only then the object goes that the answer would have been for.
 */
#include "host/run-set.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/runner.h"
#include "host/stop-signals.h"
#include "host/terminal-text.h"

typedef struct
{
  RunRequest request;
  char *label;    /* (owned) (nullable) */
  Runner *runner; /* (owned) (nullable) NULL = its turn has not come */
  gboolean has_ended;
} Entry;

typedef struct
{
  const Options *options; /* (borrowed) */
  Progress *progress;     /* (owned) */
  PluginSet *plugins;     /* (owned) (nullable) */
  GPtrArray *entries;     /* (owned) Entry; the run handle is the index + 1 */
  guint next;
  guint n_running;
  GMainLoop *loop; /* (owned) */
  int signal_number;
} RunSet;

static void start_next (RunSet *self);

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  runner_free (entry->runner);
  g_free (entry->label);
  g_free (entry);
}

/* -- news of plugins -- */

static RunJournal *
find_journal (RunSet *self, guint64 run)
{
  Entry *entry = NULL;

  if (run == 0 || run > self->entries->len)
    return NULL;
  entry = g_ptr_array_index (self->entries, run - 1);
  return entry->runner != NULL && !entry->has_ended ? runner_journal (entry->runner) : NULL;
}

static void
on_plugin_log (gpointer user_data,
               const char *plugin,
               guint64 run,
               PipelineLogLevel level,
               const char *message)
{
  RunSet *self = user_data;
  RunJournal *journal = find_journal (self, run);
  g_autofree char *text = g_strdup_printf ("%s: %s", plugin, message);

  if (journal != NULL)
    run_journal_message (journal, level, text);
  else
    progress_message (self->progress, 0, level, text);
}

static void
on_plugin_progress (gpointer user_data,
                    const char *plugin,
                    guint64 run,
                    const PipelineProgress *progress)
{
  RunJournal *journal = find_journal (user_data, run);

  if (journal != NULL)
    run_journal_item (journal, plugin, progress);
}

/* -- runs -- */

static void
on_run_ended (Runner *runner, gpointer user_data)
{
  RunSet *self = user_data;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (entry->runner == runner)
        entry->has_ended = TRUE;
    }
  self->n_running--;
  start_next (self);
}

static void
start_next (RunSet *self)
{
  while (self->signal_number == 0 && self->next < self->entries->len
         && self->n_running < self->options->jobs)
    {
      Entry *entry = g_ptr_array_index (self->entries, self->next);
      RunnerSurroundings around = { .plugins = self->plugins, .progress = self->progress };

      self->next++;
      self->n_running++;
      around.run = self->next;
      around.label = entry->label;
      entry->runner = runner_new (&entry->request, &around);
      runner_start (entry->runner, on_run_ended, self);
    }
  if (self->n_running == 0)
    g_main_loop_quit (self->loop);
}

static void
for_each_running (RunSet *self, void (*func) (Runner *runner))
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (entry->runner != NULL && !entry->has_ended)
        func (entry->runner);
    }
}

/* -- signals -- */

static void
tell_stopping (RunSet *self, guint64 run, const Runner *runner)
{
  g_autofree char *what = runner_waiting_for (runner);
  g_autofree char *message = NULL;

  if (what == NULL)
    return;
  message = g_strdup_printf ("stopping: waiting for %s; interrupt again to leave at once", what);
  progress_message (self->progress, run, PIPELINE_LOG_INFO, message);
}

static void
on_stop (gpointer user_data, int signal_number)
{
  RunSet *self = user_data;

  self->signal_number = signal_number;
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (entry->runner == NULL || entry->has_ended)
        continue;
      tell_stopping (self, i + 1, entry->runner);
      runner_stop (entry->runner, signal_number);
    }
}

static void
on_hurry (gpointer user_data)
{
  RunSet *self = user_data;

  progress_message (self->progress, 0, PIPELINE_LOG_WARNING, "leaving at once");
  for_each_running (self, runner_hurry);
}

static void
on_give_up (gpointer user_data)
{
  for_each_running (user_data, runner_give_up);
}

static const StopSignalsHandler stop_handler
    = { .stop = on_stop, .hurry = on_hurry, .give_up = on_give_up };

/* -- whole -- */

static void
print_summary (const RunnerResult *result)
{
  g_autofree char *workspace = terminal_text_escape (result->workspace);

  if (result->run_id == NULL)
    {
      printf ("%s: no run, exit %d (%s)\n", workspace, (int)result->exit_status,
              exit_status_meaning (result->exit_status));
      return;
    }
  printf ("%s: run %s %s, exit %d (%s), stages %u/%u", workspace, result->run_id,
          run_status_to_string (result->status), (int)result->exit_status,
          exit_status_meaning (result->exit_status), result->stages_done, result->stages_total);
  if (result->items.total > 0)
    printf (", items %u/%u", result->items.done, result->items.total);
  printf ("\n");
}

static ExitStatus
summarise (RunSet *self)
{
  ExitStatus strongest = EXIT_STATUS_DONE;

  progress_flush (self->progress);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);
      RunnerResult result = { 0 };

      if (entry->runner == NULL)
        continue;
      runner_result (entry->runner, &result);
      print_summary (&result);
      strongest = exit_status_strongest (strongest, result.exit_status);
    }
  if (self->signal_number != 0)
    strongest
        = exit_status_strongest (strongest, self->signal_number == SIGINT ? EXIT_STATUS_SIGINT
                                                                          : EXIT_STATUS_SIGTERM);
  (void)fflush (stdout);
  return strongest;
}

/* The folder's name, or the whole path where two folders have the same name. */
static char *
make_label (char **workspaces, const char *own)
{
  g_autofree char *absolute = g_canonicalize_filename (own, NULL);
  g_autofree char *name = g_path_get_basename (absolute);
  guint n_same = 0;

  if (workspaces[0] == NULL || workspaces[1] == NULL)
    return NULL;
  for (gsize i = 0; workspaces[i] != NULL; i++)
    {
      g_autofree char *other = g_canonicalize_filename (workspaces[i], NULL);
      g_autofree char *other_name = g_path_get_basename (other);

      n_same += strcmp (name, other_name) == 0 ? 1 : 0;
    }
  return n_same > 1 ? g_strdup (own) : g_steal_pointer (&name);
}

static void
add_entry (RunSet *self, const char *workspace, gboolean must_continue)
{
  const Options *options = self->options;
  Entry *entry = g_new0 (Entry, 1);

  entry->request.workspace = workspace;
  entry->request.file = options->file;
  entry->request.run_id = options->run_id;
  entry->request.from = options->from;
  entry->request.until = options->until;
  entry->request.overrides = (const char *const *)options->overrides;
  entry->request.is_restart = options->is_restart;
  entry->request.must_continue = must_continue;
  entry->request.fail_on_partial = options->fail_on_partial;
  entry->label = make_label (options->workspaces, workspace);
  g_ptr_array_add (self->entries, entry);
}

/* One folder can't be two runs; found by device and inode, for a folder has many names. */
static gboolean
check_distinct (const Options *options, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (char **workspace = options->workspaces; *workspace != NULL; workspace++)
    {
      GStatBuf info;
      char *folder = NULL;
      const char *other = NULL;

      if (g_stat (*workspace, &info) != 0)
        continue; /* whoever opens it will tell */
      folder = g_strdup_printf ("%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
      other = g_hash_table_lookup (seen, folder);
      g_hash_table_insert (seen, folder, *workspace);
      if (other == NULL)
        continue;
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE,
                   "-w %s and -w %s are the same workspace; give each once", other, *workspace);
      return FALSE;
    }
  return TRUE;
}

static ExitStatus
run_all (RunSet *self, gboolean must_continue)
{
  const Options *options = self->options;
  StopSignals *signals = stop_signals_new (&stop_handler, self);
  ExitStatus status = EXIT_STATUS_DONE;

  for (gsize i = 0; options->workspaces[i] != NULL; i++)
    add_entry (self, options->workspaces[i], must_continue);
  start_next (self);
  if (self->n_running > 0)
    g_main_loop_run (self->loop);

  /* The signals stay caught until no thread of a plugin is left. */
  progress_flush (self->progress);
  g_clear_pointer (&self->plugins, plugin_set_free);
  status = summarise (self);
  stop_signals_free (signals);
  return status;
}

static void
clear_run_set (RunSet *self)
{
  g_ptr_array_unref (self->entries);
  progress_free (self->progress);
  g_main_loop_unref (self->loop);
}

ExitStatus
run_set_execute (const Options *options, gboolean must_continue)
{
  RunSet self = { .options = options };
  PluginSink sink = { .user_data = &self, .log = on_plugin_log, .progress = on_plugin_progress };
  g_autoptr (GError) error = NULL;
  ExitStatus status = EXIT_STATUS_USAGE;

  self.progress = progress_new (STDERR_FILENO);
  self.entries = g_ptr_array_new_with_free_func (entry_free);
  self.loop = g_main_loop_new (NULL, FALSE);
  if (check_distinct (options, &error))
    self.plugins = plugin_set_new ((const char *const *)options->plugins, &sink, &error);
  if (self.plugins != NULL)
    status = run_all (&self, must_continue);
  else
    progress_message (self.progress, 0, PIPELINE_LOG_ERROR, error->message);
  clear_run_set (&self);
  return status;
}
