/* SPDX-License-Identifier: MIT */
/*
 * plugin-services.c: see plugin-services.h.
 *
 * One lock guards the queue; it is held for a push or a swap, never while a sink runs. A source on
 * the main context empties the queue; it is attached with the first letter, so an idle plugin
 * costs no wake-up. g_main_context_invoke() would not do: while the main thread blocks in stop(),
 * nobody owns the default context and the sink would run on the plugin's thread.
 */
#include "host/plugin-services.h"

#include <string.h>

#include "host/thread-handoff.h"

struct _PluginServices
{
  PipelineHostServices table; /* (const after new) */
  char *plugin;               /* (owned) (const after new) */
  PluginSink sink;            /* (main) */
  GMutex lock;
  GQueue letters;     /* Letter (owned) (lock) */
  gboolean is_waking; /* a source is on its way (lock) */
  gboolean is_closed; /* (lock) */
};

typedef struct
{
  guint64 run;
  gboolean is_progress;
  PipelineLogLevel level;
  char *text; /* (owned) message, or item of a progress */
  PipelineProgressState state;
  char *status; /* (owned) (nullable) */
  char *detail; /* (owned) (nullable) */
} Letter;

/* Keeps closed boxes reachable for the leak checker. (main) */
static GSList *closed_boxes = NULL;

static void
lock_box (PluginServices *self)
{
  g_mutex_lock (&self->lock);
  thread_handoff_take (self);
}

static void
unlock_box (PluginServices *self)
{
  thread_handoff_give (self);
  g_mutex_unlock (&self->lock);
}

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  g_free (letter->text);
  g_free (letter->status);
  g_free (letter->detail);
  g_free (letter);
}

static void
deliver (PluginServices *self, const Letter *letter)
{
  PipelineProgress progress = { 0 };

  if (!letter->is_progress)
    {
      self->sink.log (self->sink.user_data, self->plugin, letter->run, letter->level, letter->text);
      return;
    }
  progress.struct_size = sizeof progress;
  progress.item = letter->text;
  progress.state = letter->state;
  progress.status = letter->status;
  progress.detail = letter->detail;
  self->sink.progress (self->sink.user_data, self->plugin, letter->run, &progress);
}

void
plugin_services_flush (PluginServices *self)
{
  Letter *letter = NULL;

  for (;;)
    {
      lock_box (self);
      letter = g_queue_pop_head (&self->letters);
      unlock_box (self);
      if (letter == NULL)
        return;
      deliver (self, letter);
      letter_free (letter);
    }
}

static gboolean
on_wake (gpointer user_data)
{
  PluginServices *self = user_data;

  lock_box (self);
  self->is_waking = FALSE;
  unlock_box (self);
  plugin_services_flush (self);
  return G_SOURCE_REMOVE;
}

static void
wake_main_context (PluginServices *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "plugin-services wake");
  g_source_set_callback (source, on_wake, self, NULL);
  g_source_attach (source, g_main_context_default ());
}

static void
post (PluginServices *self, Letter *letter)
{
  gboolean must_wake = FALSE;

  lock_box (self);
  if (!self->is_closed)
    {
      g_queue_push_tail (&self->letters, g_steal_pointer (&letter));
      must_wake = !self->is_waking;
      self->is_waking = TRUE;
    }
  unlock_box (self);

  if (must_wake)
    wake_main_context (self);
  if (letter != NULL)
    letter_free (letter);
}

static void
post_log (PluginServices *self, guint64 run, PipelineLogLevel level, const char *message)
{
  Letter *letter = g_new0 (Letter, 1);

  letter->run = run;
  letter->level = level;
  letter->text = g_strdup (message);
  post (self, letter);
}

/* (any thread) */
static void
service_log (gpointer host, guint64 run, PipelineLogLevel level, const char *message)
{
  if ((guint)level > PIPELINE_LOG_ERROR)
    level = PIPELINE_LOG_ERROR;
  post_log (host, run, level, message != NULL ? message : "(no text: a bug of the plugin)");
}

/* (any thread) */
static void
service_progress (gpointer host, guint64 run, const PipelineProgress *progress)
{
  PipelineProgress copy = { 0 };
  Letter *letter = NULL;

  if (progress != NULL)
    memcpy (&copy, progress, MIN (progress->struct_size, sizeof copy));
  if (copy.item == NULL || copy.status == NULL || (guint)copy.state > PIPELINE_PROGRESS_ATTENTION)
    {
      post_log (host, run, PIPELINE_LOG_WARNING,
                "reported progress without item, status or state (a bug of the plugin), "
                "continuing");
      return;
    }

  letter = g_new0 (Letter, 1);
  letter->run = run;
  letter->is_progress = TRUE;
  letter->text = g_strdup (copy.item);
  letter->state = copy.state;
  letter->status = g_strdup (copy.status);
  letter->detail = g_strdup (copy.detail);
  post (host, letter);
}

PluginServices *
plugin_services_new (const char *plugin, const PluginSink *sink)
{
  PluginServices *self = g_new0 (PluginServices, 1);

  self->table.struct_size = sizeof self->table;
  self->table.host = self;
  self->table.log = service_log;
  self->table.progress = service_progress;
  self->plugin = g_strdup (plugin);
  self->sink = *sink;
  g_mutex_init (&self->lock);
  g_queue_init (&self->letters);
  return self;
}

void
plugin_services_close (PluginServices *self)
{
  plugin_services_flush (self);
  lock_box (self);
  self->is_closed = TRUE;
  g_queue_clear_full (&self->letters, letter_free);
  unlock_box (self);
  closed_boxes = g_slist_prepend (closed_boxes, self);
}

const PipelineHostServices *
plugin_services_table (PluginServices *self)
{
  return &self->table;
}

void
plugin_services_warn (PluginServices *self, guint64 run, const char *message)
{
  plugin_services_flush (self);
  self->sink.log (self->sink.user_data, self->plugin, run, PIPELINE_LOG_WARNING, message);
}
