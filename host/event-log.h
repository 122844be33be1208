/* SPDX-License-Identifier: MIT */
/*
 * EventLog: events.jsonl, the history of a workspace for people and programs: one JSON object a
 * line, each appended in one write, so that a reader never sees half an event of a living process.
 * A line that a crash tore is closed before the next one. It is a courtesy: when it cannot be
 * written, that is reported once and the run goes on. Main thread.
 */
#pragma once

#include <glib.h>

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

#define EVENT_LOG_FILE_NAME "events.jsonl"

typedef struct _EventLog EventLog;

/** EventLogTrouble: told at most once in a log's life, with a whole sentence for people. */
typedef void (*EventLogTrouble) (const char *message, gpointer user_data);

/** EventLogStageEnd: what a stage-ended event says. Borrowed. */
typedef struct
{
  const char *stage;
  guint attempt;      /* from 1 */
  const char *status; /* "done", "failed", "retry", "stopped" */
  int exit_code;      /* negative = none: left out */
  gint64 duration_ms;
  const char *message; /* (nullable) why it failed */
} EventLogStageEnd;

/**
 * event_log_open: opens a workspace's events for appending; creates the file (0600) when needed.
 * @workspace: absolute path.
 * @trouble: called, possibly during this call, when events cannot be written.
 * Thread: main. Blocks: disk. Errors: none; see @trouble.
 * Returns: (transfer full): a log that swallows events when the file cannot be used.
 */
EventLog *event_log_open (const char *workspace,
                          const char *run_id,
                          EventLogTrouble trouble,
                          gpointer user_data);

/**
 * event_log_run_started: `run-started`.
 * @continued: an earlier process began this run.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void event_log_run_started (EventLog *self, const char *pipeline, gboolean continued);

/**
 * event_log_stage_started: `stage-started`.
 * @attempt: from 1.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void event_log_stage_started (EventLog *self, const char *stage, guint attempt);

/**
 * event_log_stage_ended: `stage-ended`.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void event_log_stage_ended (EventLog *self, const EventLogStageEnd *end);

/**
 * event_log_item: `item`: news of a plugin about one item, with "item", "state" (waiting, active,
 * done, failed, attention), "status" and "detail".
 * @plugin: (nullable): whose item it is.
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void event_log_item (EventLog *self, const char *plugin, const PipelineProgress *progress);

/**
 * event_log_message: `log`, with "level" (debug, info, warning, error) and "message".
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void event_log_message (EventLog *self, PipelineLogLevel level, const char *message);

/**
 * event_log_run_ended: `run-ended`.
 * @status: "done", "failed", "stopped".
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void event_log_run_ended (EventLog *self, const char *status, int exit_code);

/**
 * event_log_free: closes the file.
 * @self: (transfer full) (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void event_log_free (EventLog *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EventLog, event_log_free)

G_END_DECLS
