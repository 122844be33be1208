/* SPDX-License-Identifier: MIT */
/*
 * The test's host. The main thread calls the hooks; the plugin's thread calls the services, which
 * share one locked list of lines. (A pthread lock: ThreadSanitizer does not see GLib's.)
 */
#include "tests/unit/stage/stage-host.h"

#include <pthread.h>
#include <string.h>

/* No run of a test has this number. */
#define ORDER_RUN 4711

struct _StageHost
{
  const PipelineStagePlugin *hooks; /* (borrowed) */
  PipelineHostServices services;    /* (const after new) */
  TestWorkspace *workspace;         /* (owned) */
  char *scenario;                   /* (owned) path */
  gpointer plugin;                  /* (nullable) while started */
  GArray *settings;                 /* (owned) PipelineSetting, of strings in @strings */
  GStringChunk *strings;            /* (owned) each of them once */
  PipelineStageContext context;     /* of the last hook */
  pthread_mutex_t lock;
  GPtrArray *lines;             /* (owned) (lock) "RUN level: text", "RUN progress ITEM STATUS" */
  GMainContext *worker_context; /* (owned) (nullable) (lock) */
};

static void
add_line (StageHost *self, char *line)
{
  (void)pthread_mutex_lock (&self->lock);
  g_ptr_array_add (self->lines, line);
  if (self->worker_context == NULL && g_main_context_get_thread_default () != NULL)
    self->worker_context = g_main_context_ref_thread_default ();
  (void)pthread_mutex_unlock (&self->lock);
  g_main_context_wakeup (NULL);
}

static void
on_log (gpointer host, guint64 run, PipelineLogLevel level, const char *message)
{
  static const char *const names[] = { "debug", "info", "warning", "error" };

  add_line (host, g_strdup_printf ("%" G_GUINT64_FORMAT " %s: %s", run, names[level], message));
}

static void
on_progress (gpointer host, guint64 run, const PipelineProgress *progress)
{
  add_line (host, g_strdup_printf ("%" G_GUINT64_FORMAT " progress %s %s", run, progress->item,
                                   progress->status));
}

StageHost *
stage_host_new (const PipelineStagePlugin *hooks)
{
  StageHost *self = g_new0 (StageHost, 1);

  self->hooks = hooks;
  self->services = (PipelineHostServices){
    .struct_size = sizeof self->services, .host = self, .log = on_log, .progress = on_progress
  };
  self->workspace = test_workspace_new ();
  self->scenario = test_workspace_path (self->workspace, "scenario.ini");
  self->strings = g_string_chunk_new (256);
  self->settings = g_array_new (FALSE, FALSE, sizeof (PipelineSetting));
  stage_host_set (self, "aspect-ratio", "9:16");
  stage_host_set (self, "poll-min", "1ms");
  stage_host_set (self, "poll-max", "5ms");
  stage_host_set (self, "poll-look", "1ms");
  stage_host_set (self, "poll-prior", "1ms");
  stage_host_set (self, "retry-permille", "1");
  stage_host_set (self, "provider", "gemini");
  stage_host_set (self, "scenario", self->scenario);
  (void)pthread_mutex_init (&self->lock, NULL);
  self->lines = g_ptr_array_new_with_free_func (g_free);
  stage_host_script (self, "generation-time=10ms");
  return self;
}

void
stage_host_free (StageHost *self)
{
  if (self == NULL)
    return;
  if (self->plugin != NULL)
    stage_host_stop (self);
  g_ptr_array_unref (self->lines);
  g_array_unref (self->settings);
  g_string_chunk_free (self->strings);
  (void)pthread_mutex_destroy (&self->lock);
  g_free (self->scenario);
  test_workspace_free (self->workspace);
  g_free (self);
}

void
stage_host_set (StageHost *self, const char *key, const char *value)
{
  PipelineSetting setting = { g_string_chunk_insert_const (self->strings, key),
                              g_string_chunk_insert_const (self->strings, value), "default" };

  for (guint i = 0; i < self->settings->len; i++)
    {
      PipelineSetting *known = &g_array_index (self->settings, PipelineSetting, i);

      if (known->key == setting.key)
        {
          *known = setting;
          return;
        }
    }
  g_array_append_val (self->settings, setting);
}

const TestWorkspace *
stage_host_get_workspace (const StageHost *self)
{
  return self->workspace;
}

const PipelineHostServices *
stage_host_get_services (const StageHost *self)
{
  return &self->services;
}

void
stage_host_want (StageHost *self, guint n_prompts)
{
  g_autoptr (GString) text = g_string_new ("{\"veo3_prompts\": [");

  for (guint i = 1; i <= n_prompts; i++)
    g_string_append_printf (text, "%s{\"variant\": \"clip-%u\", \"prompt\": \"a cat\"}",
                            i > 1 ? ", " : "", i);
  g_string_append (text, "]}");
  test_workspace_write (self->workspace, "publishing-assets.json", text->str);
}

void
stage_host_script (StageHost *self, const char *lines)
{
  g_autofree char *text = g_strconcat ("[fake]\nsubmit-delay=1ms\npoll-delay=1ms\n"
                                       "download-delay=1ms\n",
                                       lines, "\n", NULL);

  test_workspace_write (self->workspace, "scenario.ini", text);
}

gpointer
stage_host_start (StageHost *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (self->plugin);
  (void)self->hooks->start (&self->services, &self->plugin, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->plugin);
  return self->plugin;
}

void
stage_host_stop (StageHost *self)
{
  self->hooks->stop (self->plugin);
  self->plugin = NULL;
  g_clear_pointer (&self->worker_context, g_main_context_unref);
}

const PipelineStageContext *
stage_host_get_context (StageHost *self, guint64 run)
{
  self->context = (PipelineStageContext){
    .struct_size = sizeof self->context,
    .run = run,
    .run_id = "run",
    .workspace = self->workspace->path,
    .stage = "CONTENT",
    .settings = (const PipelineSetting *)(gconstpointer)self->settings->data,
    .n_settings = self->settings->len,
  };
  return &self->context;
}

void
stage_host_after_stage (StageHost *self, guint64 run)
{
  g_autoptr (GError) error = NULL;

  (void)self->hooks->after_stage (self->plugin, stage_host_get_context (self, run), &error);
  g_assert_no_error (error);
}

static void
on_stage_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  StageAnswer *answer = user_data;

  (void)source;
  g_assert_false (answer->is_done);
  answer->success = answer->hooks->run_stage_finish (answer->plugin, result, &answer->error);
  answer->is_done = TRUE;
}

void
stage_host_run_stage (StageHost *self, guint64 run, GCancellable *cancellable, StageAnswer *answer)
{
  *answer = (StageAnswer){ .hooks = self->hooks, .plugin = self->plugin };
  self->hooks->run_stage_async (self->plugin, stage_host_get_context (self, run), cancellable,
                                on_stage_done, answer);
  g_assert_false (answer->is_done);
}

static void
on_run_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  StageAnswer *answer = user_data;

  (void)source;
  g_assert_false (answer->is_done);
  answer->success
      = answer->hooks->end_run_finish (answer->plugin, result, &answer->outcome, &answer->error);
  answer->is_done = TRUE;
}

void
stage_host_end_run (StageHost *self, guint64 run, GCancellable *hurry, StageAnswer *answer)
{
  *answer = (StageAnswer){ .hooks = self->hooks, .plugin = self->plugin };
  self->hooks->end_run_async (self->plugin, stage_host_get_context (self, run), hurry, on_run_ended,
                              answer);
  g_assert_false (answer->is_done);
}

PipelineOutcome
stage_host_finish_run (StageHost *self, guint64 run, gboolean is_hurried)
{
  g_autoptr (GCancellable) hurry = g_cancellable_new ();
  StageAnswer answer;

  stage_host_end_run (self, run, hurry, &answer);
  if (is_hurried)
    g_cancellable_cancel (hurry);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_no_error (answer.error);
  g_assert_true (answer.success);
  return answer.outcome;
}

static void
on_order_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  StageAnswer *answer = user_data;

  (void)source;
  g_assert_false (answer->is_done);
  answer->success
      = answer->hooks->command_finish (answer->plugin, result, &answer->outcome, &answer->error);
  answer->is_done = TRUE;
}

void
stage_host_order (StageHost *self,
                  const char *line,
                  GCancellable *cancellable,
                  GCancellable *hurry,
                  StageAnswer *answer)
{
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  const PipelineCommand command = { .struct_size = sizeof command,
                                    .argv = (const char *const *)argv,
                                    .cancellable = cancellable,
                                    .hurry = hurry };

  *answer = (StageAnswer){ .hooks = self->hooks, .plugin = self->plugin };
  self->hooks->command_async (self->plugin, stage_host_get_context (self, ORDER_RUN), &command,
                              on_order_done, answer);
  g_assert_false (answer->is_done);
}

guint
stage_host_count_lines (StageHost *self, const char *text)
{
  guint n = 0;

  (void)pthread_mutex_lock (&self->lock);
  for (guint i = 0; i < self->lines->len; i++)
    n += strstr (g_ptr_array_index (self->lines, i), text) != NULL;
  (void)pthread_mutex_unlock (&self->lock);
  return n;
}

typedef struct
{
  StageHost *self;
  const char *text;
  guint n;
} Wait;

static gboolean
is_said (gpointer user_data)
{
  const Wait *wait = user_data;

  return stage_host_count_lines (wait->self, wait->text) >= wait->n;
}

void
stage_host_wait_line (StageHost *self, const char *text, guint n)
{
  Wait wait = { .self = self, .text = text, .n = n };

  test_wait_until (NULL, is_said, &wait);
}

GMainContext *
stage_host_ref_worker_context (StageHost *self)
{
  GMainContext *context;

  (void)pthread_mutex_lock (&self->lock);
  context = self->worker_context != NULL ? g_main_context_ref (self->worker_context) : NULL;
  (void)pthread_mutex_unlock (&self->lock);
  return context;
}

guint
stage_host_count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/comm", name);
      g_autofree char *comm = NULL;

      n += g_file_get_contents (path, &comm, NULL, NULL) && g_str_has_prefix (comm, "veo3");
    }
  return n;
}

guint
stage_host_count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}
