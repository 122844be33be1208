/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the orchestrator share. One thread; waits only on the fixture's context.
 */
#include "tests/unit/application/orchestrator-fixture.h"

#include <string.h>

static void
on_log (gpointer sink, PipelineLogLevel level, const char *message)
{
  static const char *const names[] = { "debug", "info", "warning", "error" };
  OrchestratorFixture *self = sink;

  g_ptr_array_add (self->lines, g_strdup_printf ("%s: %s", names[level], message));
}

static void
on_progress (gpointer sink, const PipelineProgress *progress)
{
  OrchestratorFixture *self = sink;

  g_assert_cmpuint (progress->struct_size, ==, sizeof *progress);
  g_ptr_array_add (self->lines, g_strdup_printf ("progress %s %s %d %s", progress->item,
                                                 progress->status, progress->state,
                                                 progress->detail != NULL ? progress->detail : ""));
}

/* The scripted port's model takes everything but a negative prompt. */
#define MODELS                                                                                     \
  "[models]\ndate=2026-11-22\n[scripted "                                                          \
  "m]\nas-of=2026-11-22\nsource=test\nnegative-prompt=false\n"

static VideoGenerationPort *
make_port (gpointer user_data,
           const Veo3Settings *settings,
           const Veo3Reporter *reporter,
           GError **error)
{
  OrchestratorFixture *self = user_data;

  g_assert_true (settings == self->settings && reporter == &self->reporter);
  if (self->has_no_key)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no key");
      return NULL;
    }
  self->port = scripted_port_new ();
  return &self->port->port;
}

void
orchestrator_fixture_set_up (OrchestratorFixture *self, gconstpointer data)
{
  static const PipelineSetting settings[]
      = { { "aspect-ratio", "9:16", "default" }, { "timeout", "50000ms", "default" },
          { "poll-min", "1ms", "default" },      { "poll-max", "5ms", "default" },
          { "poll-look", "1ms", "default" },     { "poll-prior", "1ms", "default" },
          { "retry-permille", "1", "default" } };
  g_autoptr (GError) error = NULL;

  (void)data;
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->workspace = test_workspace_new ();
  self->settings = veo3_settings_new (settings, G_N_ELEMENTS (settings), &error);
  g_assert_no_error (error);
  veo3_model_table_free (self->settings->models);
  self->settings->models = veo3_model_table_new_from_text (MODELS, "test", &error);
  g_assert_no_error (error);
  self->history = veo3_duration_history_new ();
  self->reporter = (Veo3Reporter){ .log = on_log, .progress = on_progress, .sink = self };
  self->lines = g_ptr_array_new_with_free_func (g_free);
}

void
orchestrator_fixture_tear_down (OrchestratorFixture *self, gconstpointer data)
{
  (void)data;
  if (self->orchestrator != NULL)
    (void)orchestrator_fixture_finish (self);
  g_ptr_array_unref (self->lines);
  veo3_duration_history_free (self->history);
  veo3_settings_free (self->settings);
  test_workspace_free (self->workspace);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
}

void
orchestrator_fixture_want (OrchestratorFixture *self, const char *const *variants, guint n)
{
  g_autoptr (GString) text = g_string_new ("{\"veo3_prompts\": [");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s{\"variant\": \"%s\", \"prompt\": \"a cat\"}",
                            i > 0 ? ", " : "", variants[i]);
  g_string_append (text, "]}");
  test_workspace_write (self->workspace, "publishing-assets.json", text->str);
}

static void
make_orchestrator (OrchestratorFixture *self)
{
  g_autoptr (GError) error = NULL;
  const Veo3OrchestratorConfig config = {
    .context = self->context,
    .run_id = "run",
    .workspace = self->workspace->path,
    .settings = self->settings,
    .history = self->history,
    .reporter = &self->reporter,
    .make_port = make_port,
    .make_port_data = self,
    .can_stop = TRUE,
  };

  g_assert_null (self->orchestrator);
  self->orchestrator = veo3_orchestrator_new (&config, &error);
  g_assert_no_error (error);
}

gboolean
orchestrator_fixture_try (OrchestratorFixture *self, GError **error)
{
  make_orchestrator (self);
  return veo3_orchestrator_start_generation (self->orchestrator, error);
}

gboolean
orchestrator_fixture_order (OrchestratorFixture *self, const Veo3Order *order, GError **error)
{
  make_orchestrator (self);
  return veo3_orchestrator_start_order (self->orchestrator, order, error);
}

void
orchestrator_fixture_start (OrchestratorFixture *self)
{
  g_autoptr (GError) error = NULL;

  (void)orchestrator_fixture_try (self, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (self->port->log->len, ==, 0);
}

static void
set_flag (gpointer user_data)
{
  gboolean *flag = user_data;

  g_assert_false (*flag);
  *flag = TRUE;
}

void
orchestrator_fixture_await (OrchestratorFixture *self)
{
  self->is_awaited = FALSE;
  veo3_orchestrator_await_clips (self->orchestrator, set_flag, &self->is_awaited);
  g_assert_false (self->is_awaited);
}

void
orchestrator_fixture_end (OrchestratorFixture *self)
{
  self->is_ended = FALSE;
  veo3_orchestrator_end (self->orchestrator, set_flag, &self->is_ended);
  g_assert_false (self->is_ended);
}

typedef struct
{
  OrchestratorFixture *self;
  ScriptedKind kind;
  const char *text;
  ScriptedCall *call;
  gboolean *flag;
} Wait;

static gboolean
is_call_out (gpointer user_data)
{
  Wait *wait = user_data;

  wait->call = scripted_port_find (wait->self->port, wait->kind, wait->text);
  return wait->call != NULL;
}

ScriptedCall *
orchestrator_fixture_wait_call (OrchestratorFixture *self, ScriptedKind kind, const char *suffix)
{
  Wait wait = { .self = self, .kind = kind, .text = suffix };

  test_wait_until (self->context, is_call_out, &wait);
  return wait.call;
}

static gboolean
is_on_disk (gpointer user_data)
{
  Wait *wait = user_data;
  g_autofree char *path = test_workspace_path (wait->self->workspace, "veo3/jobs.json");
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, wait->text) != NULL;
}

void
orchestrator_fixture_wait_disk (OrchestratorFixture *self, const char *text)
{
  Wait wait = { .self = self, .text = text };

  test_wait_until (self->context, is_on_disk, &wait);
}

static gboolean
is_reported (gpointer user_data)
{
  Wait *wait = user_data;

  return orchestrator_fixture_count_lines (wait->self, wait->text) > 0;
}

void
orchestrator_fixture_wait_line (OrchestratorFixture *self, const char *text)
{
  Wait wait = { .self = self, .text = text };

  test_wait_until (self->context, is_reported, &wait);
}

static gboolean
answer_well (gpointer user_data)
{
  Wait *wait = user_data;

  if (!*wait->flag && wait->self->port != NULL)
    scripted_port_answer_all (wait->self->port);
  return *wait->flag;
}

void
orchestrator_fixture_run_well (OrchestratorFixture *self, gboolean *flag)
{
  Wait wait = { .self = self, .flag = flag };

  test_wait_until (self->context, answer_well, &wait);
}

static gboolean
answer_cancelled (gpointer user_data)
{
  OrchestratorFixture *self = user_data;

  if (!self->is_ended && self->port != NULL)
    scripted_port_answer_cancelled (self->port);
  return self->is_ended;
}

PipelineOutcome
orchestrator_fixture_finish (OrchestratorFixture *self)
{
  PipelineOutcome outcome;

  if (!self->is_ended)
    {
      orchestrator_fixture_end (self);
      veo3_orchestrator_hurry (self->orchestrator);
      test_wait_until (self->context, answer_cancelled, self);
    }
  outcome = veo3_orchestrator_get_outcome (self->orchestrator);
  g_clear_pointer (&self->orchestrator, veo3_orchestrator_free);
  self->port = NULL;
  self->is_ended = FALSE;
  return outcome;
}

guint
orchestrator_fixture_count_lines (const OrchestratorFixture *self, const char *text)
{
  guint n = 0;

  for (guint i = 0; i < self->lines->len; i++)
    n += strstr (g_ptr_array_index (self->lines, i), text) != NULL;
  return n;
}
