/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Worker with a composition of the test's own: what is opened is closed, a worker that
 * cannot be set up is none, and durations are remembered from one process to the next.
 */
#include "plugin/stage/veo3-plugin.h"

#include <glib/gstdio.h>

#include "plugin/adapters/fake-veo3-adapter.h"
#include "plugin/application/veo3-history-file.h"
#include "tests/unit/stage/stage-host.h"

/* Written by the worker thread before it is joined, read afterwards. */
static guint n_open;
static guint n_closed;
static gboolean can_open = TRUE;
static gboolean has_key = TRUE;

static gpointer
open_shared (GMainContext *context, GError **error)
{
  g_assert_nonnull (context);
  n_open++;
  if (can_open)
    return &n_open;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no adapters today");
  return NULL;
}

static void
close_shared (gpointer shared)
{
  g_assert_true (shared == &n_open);
  n_closed++;
}

static VideoGenerationPort *
make_port (gpointer shared,
           GMainContext *context,
           const Veo3Settings *settings,
           const Veo3Reporter *reporter,
           GError **error)
{
  FakeScenario *scenario = fake_scenario_new (settings->scenario, error);

  g_assert_true (shared == &n_open);
  g_assert_nonnull (reporter);
  return scenario == NULL ? NULL : fake_veo3_adapter_new (context, scenario);
}

static gboolean
check_key (const Veo3Settings *settings, GError **error)
{
  g_assert_nonnull (settings);
  if (has_key)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "no key file today");
  return FALSE;
}

static const Veo3Composition composition = {
  .provider = "fake",
  .keeps_history = TRUE,
  .check = check_key,
  .open = open_shared,
  .close = close_shared,
  .make_port = make_port,
};

static gboolean
start (const PipelineHostServices *services, gpointer *ret_plugin, GError **error)
{
  return veo3_plugin_start (&composition, services, ret_plugin, error);
}

static gboolean
check (gpointer plugin, const PipelineStageContext *context, GError **error)
{
  return veo3_plugin_check (&composition, plugin, context, error);
}

static const PipelineStagePlugin hooks = {
  .struct_size = sizeof hooks,
  .name = "test",
  .version = "1",
  VEO3_PLUGIN_HOOKS,
  .start = start,
  .check = check,
};

/* What is opened for the process is closed when the last port is gone. */
static void
test_open_and_close (void)
{
  g_autoptr (StageHost) host = stage_host_new (&hooks);
  g_autoptr (GError) error = NULL;

  n_open = n_closed = 0;
  (void)stage_host_start (host);
  g_assert_cmpuint (n_open, ==, 1);
  stage_host_stop (host);
  g_assert_cmpuint (n_closed, ==, 1);
  g_assert_true (hooks.check (NULL, stage_host_get_context (host, 1), &error));
}

/* Adapters that cannot be set up give no worker and no thread. */
static void
test_open_fails (void)
{
  g_autoptr (StageHost) host = stage_host_new (&hooks);
  g_autoptr (GError) error = NULL;
  gpointer plugin = NULL;

  can_open = FALSE;
  g_assert_false (hooks.start (stage_host_get_services (host), &plugin, &error));
  can_open = TRUE;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_null (plugin);
  g_assert_cmpuint (stage_host_count_threads (), ==, 0);
}

/* How long a clip took is known to the next process. */
static void
test_history (void)
{
  g_autoptr (StageHost) host = stage_host_new (&hooks);
  g_autofree char *path = veo3_history_file_get_default_path ();
  g_autofree char *text = NULL;
  StageAnswer answer;

  stage_host_want (host, 1);
  (void)stage_host_start (host);
  stage_host_after_stage (host, 1);
  stage_host_run_stage (host, 1, NULL, &answer);
  test_wait_for_flag (NULL, &answer.is_done);
  (void)stage_host_finish_run (host, 1, FALSE);
  stage_host_stop (host);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpuint (stage_host_count_lines (host, "history"), ==, 0);
}

/* A history that cannot be read or written is mentioned quietly and stops nothing. */
static void
test_history_fails (void)
{
  g_autoptr (StageHost) host = stage_host_new (&hooks);
  g_autofree char *path = veo3_history_file_get_default_path ();

  (void)g_unlink (path);
  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  (void)stage_host_start (host);
  stage_host_stop (host);
  g_assert_cmpuint (stage_host_count_lines (host, "0 debug: history of clip durations: "), ==, 2);
}

/* Bad credentials end a run before it begins, but no subcommand, which may need none. A host
 * that is too old to say what is to follow is taken to mean a run. */
static void
test_check (void)
{
  static const char *const argv[] = { "cancel", NULL };
  g_autoptr (StageHost) host = stage_host_new (&hooks);
  PipelineStageContext context = *stage_host_get_context (host, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) old_error = NULL;

  has_key = FALSE;
  g_assert_false (check (NULL, &context, &error));
  g_assert_cmpstr (error->message, ==, "no key file today");
  context.command = argv;
  g_assert_true (check (NULL, &context, NULL));
  context.struct_size = G_STRUCT_OFFSET (PipelineStageContext, command);
  g_assert_false (check (NULL, &context, &old_error));
  g_assert_error (old_error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  has_key = TRUE;
}

int
main (int argc, char **argv)
{
  /* Not G_TEST_OPTION_ISOLATE_DIRS: it leaks (GLib 2.74). GLib asks for the variable once. */
  g_autoptr (TestWorkspace) state = test_workspace_new ();

  (void)g_setenv ("XDG_STATE_HOME", state->path, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/worker/open-and-close", test_open_and_close);
  g_test_add_func ("/veo3/worker/open-fails", test_open_fails);
  g_test_add_func ("/veo3/worker/history", test_history);
  g_test_add_func ("/veo3/worker/history-fails", test_history_fails);
  g_test_add_func ("/veo3/worker/check", test_check);
  return g_test_run ();
}
