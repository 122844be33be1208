/* SPDX-License-Identifier: MIT */
/*
 * Purpose: append-only event history, one write a line. Main thread. Must not end or delay a run:
 * a failure is told once, through the callback, and swallowed from then on.
 */
#include "host/event-log.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/small-file.h"
#include "host/utc-time.h"

struct _EventLog
{
  int fd;        /* (owned) -1 = events are swallowed */
  gboolean torn; /* the file does not end in a newline */
  gboolean told; /* @trouble was called */
  char *path;    /* (owned) (const after new) */
  char *run_id;  /* (owned) (const after new) */
  EventLogTrouble trouble;
  gpointer user_data;
};

static void
tell_trouble (EventLog *self, const char *what)
{
  g_autofree char *message = NULL;

  if (self->told)
    return;
  self->told = TRUE;
  message = g_strdup_printf ("%s: cannot record events: %s, continuing", self->path, what);
  self->trouble (message, self->user_data);
}

/* A process that died in the middle of a line leaves one that is not closed. */
static gboolean
ends_torn (int fd, off_t size)
{
  char last = '\n';

  return size > 0 && pread (fd, &last, 1, size - 1) == 1 && last != '\n';
}

EventLog *
event_log_open (const char *workspace,
                const char *run_id,
                EventLogTrouble trouble,
                gpointer user_data)
{
  EventLog *self = g_new0 (EventLog, 1);
  struct stat info;

  self->path = g_build_filename (workspace, EVENT_LOG_FILE_NAME, NULL);
  self->run_id = g_strdup (run_id);
  self->trouble = trouble;
  self->user_data = user_data;
  /* O_NONBLOCK: a FIFO in its place must not hang the run. */
  self->fd
      = open (self->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (self->fd < 0)
    {
      tell_trouble (self, small_file_explain (errno));
      return self;
    }
  if (fstat (self->fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      tell_trouble (self, small_file_explain (EINVAL));
      (void)close (self->fd);
      self->fd = -1;
      return self;
    }
  self->torn = ends_torn (self->fd, info.st_size);
  return self;
}

static void
add_string (struct json_object *event, const char *key, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid != NULL)
    json_object_object_add (event, key, json_object_new_string (valid));
}

/* Returns: (transfer full): what every event begins with. */
static struct json_object *
event_new (EventLog *self, const char *name)
{
  struct json_object *event = json_object_new_object ();
  g_autofree char *now = utc_time_now ();

  add_string (event, "ts", now);
  add_string (event, "run_id", self->run_id);
  add_string (event, "event", name);
  return event;
}

static void
append_line (EventLog *self, const char *line, gsize length)
{
  ssize_t written = -1;

  do
    written = write (self->fd, line, length);
  while (written < 0 && errno == EINTR);
  if (written == (ssize_t)length)
    {
      self->torn = FALSE;
      return;
    }
  self->torn = self->torn || written > 0;
  tell_trouble (self, written < 0 ? g_strerror (errno) : "the disk is full");
}

/* @event: (transfer full). */
static void
append (EventLog *self, struct json_object *event)
{
  const char *text = NULL;
  g_autofree char *line = NULL;

  if (self->fd >= 0)
    {
      text = json_object_to_json_string_ext (event, JSON_C_TO_STRING_PLAIN
                                                        | JSON_C_TO_STRING_NOSLASHESCAPE);
      line = g_strconcat (self->torn ? "\n" : "", text, "\n", NULL);
      append_line (self, line, strlen (line));
    }
  (void)json_object_put (event);
}

void
event_log_run_started (EventLog *self, const char *pipeline, gboolean continued)
{
  struct json_object *event = event_new (self, "run-started");

  add_string (event, "pipeline", pipeline);
  json_object_object_add (event, "continued", json_object_new_boolean (continued));
  append (self, event);
}

void
event_log_stage_started (EventLog *self, const char *stage, guint attempt)
{
  struct json_object *event = event_new (self, "stage-started");

  add_string (event, "stage", stage);
  json_object_object_add (event, "attempt", json_object_new_int64 (attempt));
  append (self, event);
}

void
event_log_stage_ended (EventLog *self, const EventLogStageEnd *end)
{
  struct json_object *event = event_new (self, "stage-ended");

  add_string (event, "stage", end->stage);
  json_object_object_add (event, "attempt", json_object_new_int64 (end->attempt));
  add_string (event, "status", end->status);
  if (end->exit_code >= 0)
    json_object_object_add (event, "exit_code", json_object_new_int (end->exit_code));
  json_object_object_add (event, "duration_ms", json_object_new_int64 (end->duration_ms));
  add_string (event, "message", end->message);
  append (self, event);
}

static const char *
state_to_string (PipelineProgressState state)
{
  switch (state)
    {
    case PIPELINE_PROGRESS_WAITING:
      return "waiting";
    case PIPELINE_PROGRESS_ACTIVE:
      return "active";
    case PIPELINE_PROGRESS_DONE:
      return "done";
    case PIPELINE_PROGRESS_FAILED:
      return "failed";
    case PIPELINE_PROGRESS_ATTENTION:
      return "attention";
    }
  return "unknown"; /* a plugin may be newer than we are */
}

void
event_log_item (EventLog *self, const char *plugin, const PipelineProgress *progress)
{
  struct json_object *event = event_new (self, "item");

  add_string (event, "plugin", plugin);
  add_string (event, "item", progress->item);
  add_string (event, "state", state_to_string (progress->state));
  add_string (event, "status", progress->status);
  add_string (event, "detail", progress->detail);
  append (self, event);
}

static const char *
level_to_string (PipelineLogLevel level)
{
  switch (level)
    {
    case PIPELINE_LOG_DEBUG:
      return "debug";
    case PIPELINE_LOG_INFO:
      return "info";
    case PIPELINE_LOG_WARNING:
      return "warning";
    case PIPELINE_LOG_ERROR:
      return "error";
    }
  return "unknown"; /* a plugin may be newer than we are */
}

void
event_log_message (EventLog *self, PipelineLogLevel level, const char *message)
{
  struct json_object *event = event_new (self, "log");

  add_string (event, "level", level_to_string (level));
  add_string (event, "message", message);
  append (self, event);
}

void
event_log_run_ended (EventLog *self, const char *status, int exit_code)
{
  struct json_object *event = event_new (self, "run-ended");

  add_string (event, "status", status);
  json_object_object_add (event, "exit_code", json_object_new_int (exit_code));
  append (self, event);
}

void
event_log_free (EventLog *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    (void)close (self->fd);
  g_free (self->path);
  g_free (self->run_id);
  g_free (self);
}
