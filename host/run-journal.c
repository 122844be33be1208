/* SPDX-License-Identifier: MIT */
/*
 * run-journal.c: see run-journal.h. Main thread only. run.json is saved before anything is told or
 * shown, so that nobody is told of something a crash could undo. Must not decide anything.
 */
#include "host/run-journal.h"

#include "host/terminal-text.h"
#include "host/utc-time.h"

struct _RunJournal
{
  char *workspace; /* (owned) */
  guint64 run;
  Progress *progress; /* (borrowed) */
  RunState *state;    /* (owned) (nullable) */
  EventLog *events;   /* (owned) (nullable) open from begin to end */
  gboolean is_ended;  /* nothing is recorded any more */
  GHashTable *items;  /* (owned) item -> PipelineProgressState */
};

RunJournal *
run_journal_new (const char *workspace, guint64 run, Progress *progress)
{
  RunJournal *self = g_new0 (RunJournal, 1);

  self->workspace = g_strdup (workspace);
  self->run = run;
  self->progress = progress;
  self->items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
run_journal_free (RunJournal *self)
{
  if (self == NULL)
    return;
  run_state_free (self->state);
  event_log_free (self->events);
  g_hash_table_unref (self->items);
  g_free (self->workspace);
  g_free (self);
}

static void
on_event_trouble (const char *message, gpointer user_data)
{
  RunJournal *self = user_data;

  progress_message (self->progress, self->run, PIPELINE_LOG_WARNING, message);
}

gboolean
run_journal_begin (RunJournal *self, RunState *state, gboolean continued, GError **error)
{
  self->state = state;
  if (!run_state_save (state, self->workspace, error))
    return FALSE;
  self->events = event_log_open (self->workspace, state->run_id, on_event_trouble, self);
  event_log_run_started (self->events, state->pipeline, continued);
  return TRUE;
}

void
run_journal_follow (RunJournal *self, const char *run_id)
{
  self->events = event_log_open (self->workspace, run_id, on_event_trouble, self);
}

const RunState *
run_journal_state (const RunJournal *self)
{
  return self->state;
}

static void
show_stage (RunJournal *self,
            const char *stage,
            PipelineProgressState state,
            const char *status,
            const char *detail)
{
  ProgressNews news = { .run = self->run, .kind = PROGRESS_STAGE, .name = stage, .state = state };

  news.status = status;
  news.detail = detail;
  progress_update (self->progress, &news);
}

guint
run_journal_stage_started (RunJournal *self, const char *stage, GError **error)
{
  RunStage *record = run_state_stage (self->state, stage);

  g_assert (record != NULL);
  record->status = RUN_STAGE_RUNNING;
  record->attempts++;
  record->exit_code = RUN_STATE_NO_EXIT_CODE;
  record->duration_ms = 0;
  g_free (record->started_at);
  record->started_at = utc_time_now ();
  g_clear_pointer (&record->ended_at, g_free);
  g_clear_pointer (&record->error, g_free);
  if (!run_state_save (self->state, self->workspace, error))
    return 0;

  event_log_stage_started (self->events, stage, record->attempts);
  show_stage (self, stage, PIPELINE_PROGRESS_ACTIVE, "running", NULL);
  return record->attempts;
}

static PipelineProgressState
shown_state (RunStageStatus status)
{
  switch (status)
    {
    case RUN_STAGE_PENDING:
      return PIPELINE_PROGRESS_WAITING;
    case RUN_STAGE_RUNNING:
      return PIPELINE_PROGRESS_ACTIVE;
    case RUN_STAGE_DONE:
      return PIPELINE_PROGRESS_DONE;
    case RUN_STAGE_FAILED:
      return PIPELINE_PROGRESS_FAILED;
    }
  return PIPELINE_PROGRESS_WAITING;
}

static void
tell_stage_end (RunJournal *self, const RunJournalStageEnd *end, guint attempt)
{
  EventLogStageEnd event = { .stage = end->stage, .attempt = attempt, .status = end->word };
  g_autofree char *took = terminal_text_duration (end->duration_ms * G_TIME_SPAN_MILLISECOND);
  g_autofree char *status = NULL;

  event.exit_code = end->exit_code;
  event.duration_ms = end->duration_ms;
  event.message = end->message;
  event_log_stage_ended (self->events, &event);

  if (end->message != NULL)
    status = g_strdup_printf ("%s after %s: %s", end->word, took, end->message);
  else
    status = g_strdup_printf (end->status == RUN_STAGE_DONE ? "%s in %s" : "%s after %s", end->word,
                              took);
  show_stage (self, end->stage, shown_state (end->status), status, NULL);
}

gboolean
run_journal_stage_ended (RunJournal *self, const RunJournalStageEnd *end, GError **error)
{
  RunStage *record = run_state_stage (self->state, end->stage);

  if (self->is_ended)
    return TRUE; /* the run was given up: its workspace may be somebody else's by now */
  g_assert (record != NULL);
  record->status = end->status;
  record->exit_code = end->exit_code;
  record->duration_ms = end->duration_ms;
  g_free (record->ended_at);
  record->ended_at = utc_time_now ();
  g_free (record->error);
  record->error = g_strdup (end->message);
  if (!run_state_save (self->state, self->workspace, error))
    return FALSE;
  tell_stage_end (self, end, record->attempts);
  return TRUE;
}

void
run_journal_item (RunJournal *self, const char *plugin, const PipelineProgress *progress)
{
  ProgressNews news = { .run = self->run, .kind = PROGRESS_ITEM, .name = progress->item };

  g_hash_table_replace (self->items, g_strdup (progress->item), GUINT_TO_POINTER (progress->state));
  if (self->events != NULL)
    event_log_item (self->events, plugin, progress);
  news.state = progress->state;
  news.status = progress->status;
  news.detail = progress->detail;
  progress_update (self->progress, &news);
}

void
run_journal_message (RunJournal *self, PipelineLogLevel level, const char *message)
{
  if (self->events != NULL)
    event_log_message (self->events, level, message);
  progress_message (self->progress, self->run, level, message);
}

void
run_journal_warn_error (RunJournal *self, const GError *error)
{
  g_autofree char *message = g_strdup_printf ("%s, continuing", error->message);

  run_journal_message (self, PIPELINE_LOG_WARNING, message);
}

gboolean
run_journal_end (RunJournal *self, RunStatus status, int exit_code, GError **error)
{
  gboolean is_saved = FALSE;

  self->state->status = status;
  is_saved = run_state_save (self->state, self->workspace, error);
  if (is_saved)
    event_log_run_ended (self->events, run_status_to_string (status), exit_code);
  /* Hundreds of runs of one process may have ended before the last one does. */
  g_clear_pointer (&self->events, event_log_free);
  self->is_ended = TRUE;
  return is_saved;
}

void
run_journal_items (const RunJournal *self, RunJournalItems *ret_items)
{
  GHashTableIter iter;
  gpointer state = NULL;

  ret_items->done = 0;
  ret_items->total = g_hash_table_size (self->items);
  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &state))
    if (GPOINTER_TO_UINT (state) == PIPELINE_PROGRESS_DONE)
      ret_items->done++;
}
