/* SPDX-License-Identifier: MIT */
/*
 * test-plugin-host.c: whatever a plugin's hooks do, the host sees success or an error, once, and
 * says whose bug it was. The plugin is lying_hooks; its setting `lie` chooses the lie.
 */
#include "host/plugin-host.h"
#include "host/plugin-look.h"

#include <string.h>

#define DEADLINE_S 10

typedef struct
{
  PluginLoader *loader;
  PluginHost *host;
  GPtrArray *heard; /* "LEVEL RUN TEXT" */
  GMainLoop *loop;
  guint n_done;
  PipelineOutcome outcome;
  GPtrArray *findings; /* (owned) (nullable) of the last look */
  GError *error;
} Fixture;

static void
on_log (gpointer user_data,
        const char *plugin,
        guint64 run,
        PipelineLogLevel level,
        const char *message)
{
  Fixture *f = user_data;

  g_assert_cmpstr (plugin, ==, "lying_hooks");
  g_ptr_array_add (f->heard,
                   g_strdup_printf ("%d %" G_GUINT64_FORMAT " %s", (int)level, run, message));
}

static void
on_progress (gpointer user_data, const char *plugin, guint64 run, const PipelineProgress *progress)
{
  Fixture *f = user_data;

  (void)plugin;
  g_ptr_array_add (f->heard, g_strdup_printf ("p %" G_GUINT64_FORMAT " %s %s", run, progress->item,
                                              progress->status));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  PluginSink sink = { .user_data = f, .log = on_log, .progress = on_progress };
  const PluginModule *module = NULL;
  g_autoptr (GError) error = NULL;

  (void)data;
  g_setenv (PLUGIN_LOADER_PATH_VARIABLE, TEST_ABI_DIR, TRUE);
  g_unsetenv ("LIAR_START");
  f->loader = plugin_loader_new ();
  f->heard = g_ptr_array_new_with_free_func (g_free);
  f->loop = g_main_loop_new (NULL, FALSE);
  module = plugin_loader_load (f->loader, "lying_hooks", &error);
  g_assert_no_error (error);
  f->host = plugin_host_new (module, &sink);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void)data;
  plugin_host_free (f->host);
  plugin_loader_free (f->loader);
  g_ptr_array_unref (f->heard);
  g_main_loop_unref (f->loop);
  g_clear_pointer (&f->findings, g_ptr_array_unref);
  g_clear_error (&f->error);
}

static PipelineSetting lie_setting = { .key = "lie", .origin = "test" };

static PipelineStageContext
context_for (const char *lie)
{
  PipelineStageContext context = { .struct_size = sizeof context, .run = 7, .run_id = "r" };

  lie_setting.value = lie;
  context.workspace = "/tmp";
  context.stage = "ONE";
  context.settings = &lie_setting;
  context.n_settings = 1;
  return context;
}

static void
start (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (plugin_host_start (f->host, &error));
  g_assert_no_error (error);
}

static gboolean
heard (const Fixture *f, const char *text)
{
  for (guint i = 0; i < f->heard->len; i++)
    if (strcmp (g_ptr_array_index (f->heard, i), text) == 0)
      return TRUE;
  for (guint i = 0; i < f->heard->len; i++)
    g_test_message ("heard: %s", (const char *)g_ptr_array_index (f->heard, i));
  return FALSE;
}

static void
on_done (gpointer user_data, PipelineOutcome outcome, const GError *error)
{
  Fixture *f = user_data;

  f->n_done++;
  f->outcome = outcome;
  g_clear_error (&f->error);
  if (error != NULL)
    f->error = g_error_copy (error);
}

static gboolean
on_deadline (gpointer user_data)
{
  (void)user_data;
  g_assert_not_reached ();
  return G_SOURCE_REMOVE;
}

/* Runs the main context until the hook has completed @n times, and once more for stray answers. */
static void
wait_done (Fixture *f, guint n)
{
  guint deadline = g_timeout_add_seconds (DEADLINE_S, on_deadline, NULL);

  while (f->n_done < n)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (f->n_done, ==, n);
}

/* A hook that fails without an error gets one that names the plugin and the hook. */
static void
test_silent (Fixture *f, gconstpointer data)
{
  PipelineStageContext after = context_for ("after-silent");
  PipelineStageContext check = context_for ("check-silent");
  g_autoptr (GError) after_error = NULL;
  g_autoptr (GError) check_error = NULL;

  (void)data;
  start (f);
  after = context_for ("after-silent");
  g_assert_false (plugin_host_after_stage (f->host, &after, &after_error));
  g_assert_error (after_error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT);
  g_assert_cmpstr (after_error->message, ==,
                   "plugin lying_hooks: after_stage failed without saying why (a bug of the "
                   "plugin)");
  check = context_for ("check-silent");
  g_assert_false (plugin_host_check (f->host, &check, &check_error));
  g_assert_cmpstr (check_error->message, ==,
                   "plugin lying_hooks: check failed without saying why (a bug of the plugin)");
}

/* A hook that succeeds and sets an error has succeeded; the bug is named, the error freed. */
static void
test_both (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("after-both");
  g_autoptr (GError) error = NULL;

  (void)data;
  start (f);
  g_assert_true (plugin_host_after_stage (f->host, &context, &error));
  g_assert_no_error (error);
  g_assert_true (heard (f, "2 0 after_stage succeeded and set an error: but it went well (a bug of "
                           "the plugin), continuing"));
}

/* A hook that must not block and does is named with the time it took. */
static void
test_slow (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("after-slow");
  gboolean is_named = FALSE;

  (void)data;
  start (f);
  g_assert_true (plugin_host_after_stage (f->host, &context, NULL));
  for (guint i = 0; i < f->heard->len; i++)
    is_named |= g_str_has_prefix (g_ptr_array_index (f->heard, i),
                                  "2 7 after_stage held up the pipeline for ");
  g_assert_true (is_named);
}

/* The second answer of a hook is named and ignored. */
static void
test_twice (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("stage-twice");

  (void)data;
  start (f);
  plugin_host_run_stage (f->host, &context, NULL, on_done, f);
  wait_done (f, 1);
  g_assert_no_error (f->error);
  g_assert_true (heard (f, "2 7 run_stage called back twice (a bug of the plugin), continuing"));

  context = context_for ("end-twice");
  plugin_host_end_run (f->host, &context, NULL, on_done, f);
  wait_done (f, 2);
  g_assert_true (heard (f, "2 7 end_run called back twice (a bug of the plugin), continuing"));
}

/* An answer inside the call itself is named, and handed on after the call has returned. */
static void
test_early (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("stage-early");

  (void)data;
  start (f);
  plugin_host_run_stage (f->host, &context, NULL, on_done, f);
  g_assert_cmpuint (f->n_done, ==, 0);
  wait_done (f, 1);
  g_assert_no_error (f->error);
  g_assert_true (
      heard (f, "2 7 run_stage called back before it returned (a bug of the plugin), continuing"));
}

/* An answer from a thread of the plugin is named, and handed on on the main thread. */
static void
test_thread (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("stage-thread");

  (void)data;
  start (f);
  plugin_host_run_stage (f->host, &context, NULL, on_done, f);
  wait_done (f, 1);
  g_assert_no_error (f->error);
  g_assert_true (heard (
      f, "2 7 run_stage called back on a thread of its own (a bug of the plugin), continuing"));
}

/* The answer of a call that was abandoned is handed to nobody, early or late. */
static void
test_abandoned (Fixture *f, gconstpointer data)
{
  static const char *const lies[] = { "none", "stage-early", "stage-twice", "stage-thread" };
  PipelineStageContext context = { 0 };
  guint abandoned = 0;

  (void)data;
  start (f);
  plugin_host_abandon (f->host, &abandoned); /* none yet */
  for (gsize i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      context = context_for (lies[i]);
      plugin_host_run_stage (f->host, &context, NULL, on_done, &abandoned);
      plugin_host_abandon (f->host, &abandoned);
    }
  context = context_for ("none");
  plugin_host_end_run (f->host, &context, NULL, on_done, f);
  wait_done (f, 1);
  g_assert_cmpuint (f->n_done, ==, 1);
}

/* A stage that ends only when cancelled ends with G_IO_ERROR_CANCELLED, under the plugin's name. */
static void
test_cancel (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("stage-until-cancelled");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  (void)data;
  start (f);
  plugin_host_run_stage (f->host, &context, cancellable, on_done, f);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (f->n_done, ==, 0);
  g_cancellable_cancel (cancellable);
  wait_done (f, 1);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (f->error->message, ==, "plugin lying_hooks: was cancelled");
}

/* An answer that comes after the host has gone finds nobody and does no harm. */
static void
test_too_late (void)
{
  Fixture f = { 0 };
  PipelineStageContext context = context_for ("stage-until-cancelled");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  set_up (&f, NULL);
  start (&f);
  plugin_host_run_stage (f.host, &context, cancellable, on_done, &f);
  plugin_host_free (f.host);
  f.host = NULL;
  g_cancellable_cancel (cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (f.n_done, ==, 0);
  tear_down (&f, NULL);
}

/* The outcome of end_run reaches the caller; a silent failure is an error, and so are bits that
 * nobody knows. */
static void
test_end_run (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("end-uncertain");

  (void)data;
  start (f);
  plugin_host_end_run (f->host, &context, NULL, on_done, f);
  wait_done (f, 1);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->outcome, ==, PIPELINE_OUTCOME_UNCERTAIN);

  context = context_for ("end-unknown");
  plugin_host_end_run (f->host, &context, NULL, on_done, f);
  wait_done (f, 2);
  g_assert_error (f->error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_BAD_ANSWER);
  g_assert_cmpuint (f->outcome, ==, PIPELINE_OUTCOME_UNCERTAIN);

  context = context_for ("end-silent");
  plugin_host_end_run (f->host, &context, NULL, on_done, f);
  wait_done (f, 3);
  g_assert_error (f->error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT);
}

/* describe must give one JSON object; anything else is an error. */
static void
test_describe (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("none");
  g_autofree char *text = plugin_host_describe (f->host, &context, NULL);
  g_autoptr (GError) no_json = NULL;
  g_autoptr (GError) silent = NULL;

  (void)data;
  g_assert_cmpstr (text, ==, "{\"honest\": true}");
  context = context_for ("describe-text");
  g_assert_null (plugin_host_describe (f->host, &context, &no_json));
  g_assert_error (no_json, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_BAD_ANSWER);
  g_assert_cmpstr (no_json->message, ==,
                   "plugin lying_hooks: describe returned no JSON object (a bug of the plugin)");
  context = context_for ("describe-silent");
  g_assert_null (plugin_host_describe (f->host, &context, &silent));
  g_assert_error (silent, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT);
}

/* A command's exit code must fit into one. */
static void
test_command (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("none");
  const char *const argv[] = { "do", NULL };
  g_autoptr (GError) error = NULL;
  int status = -1;

  (void)data;
  start (f);
  g_assert_true (plugin_host_command (f->host, &context, argv, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  context = context_for ("command-code");
  g_assert_false (plugin_host_command (f->host, &context, argv, &status, &error));
  g_assert_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_BAD_ANSWER);
  g_assert_cmpstr (error->message, ==,
                   "plugin lying_hooks: command \"do\" returned exit code 4711 (a bug of the "
                   "plugin)");
}

/* Begins a command that takes its time. */
static void
begin_command (Fixture *f, const char *lie, GCancellable *cancellable, GCancellable *hurry)
{
  PipelineStageContext context = context_for (lie);
  const char *const argv[] = { "do", NULL };
  PipelineCommand command = { .struct_size = sizeof command, .argv = argv };

  command.cancellable = cancellable;
  command.hurry = hurry;
  plugin_host_command_async (f->host, &context, &command, on_done, f);
}

static void
run_command (Fixture *f, const char *lie)
{
  guint n_before = f->n_done;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) hurry = g_cancellable_new ();

  begin_command (f, lie, cancellable, hurry);
  g_assert_cmpuint (f->n_done, ==, n_before);
  wait_done (f, n_before + 1);
}

/* A command that takes its time completes once, after the call, with its outcome. */
static void
test_command_async (Fixture *f, gconstpointer data)
{
  (void)data;
  start (f);
  g_assert_true (plugin_host_commands_wait (f->host));
  run_command (f, "none");
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->outcome, ==, PIPELINE_OUTCOME_COMPLETE);
  g_assert_true (heard (f, "p 7 lie told"));
  run_command (f, "command-uncertain");
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->outcome, ==, PIPELINE_OUTCOME_UNCERTAIN);
}

/* What a command ends with is told under the plugin's name; silence is a bug of the plugin. */
static void
test_command_fails (Fixture *f, gconstpointer data)
{
  (void)data;
  start (f);
  run_command (f, "command-invalid");
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (f->error->message, ==, "plugin lying_hooks: the command failed");
  run_command (f, "command-silent");
  g_assert_error (f->error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT);
  g_assert_cmpstr (f->error->message, ==,
                   "plugin lying_hooks: command failed without saying why (a bug of the plugin)");
}

/* A command that says an outcome nobody knows, or answers twice, early or from a thread, is named;
 * the caller still hears of it once. */
static void
test_command_lies (Fixture *f, gconstpointer data)
{
  (void)data;
  start (f);
  run_command (f, "command-twice");
  g_assert_no_error (f->error);
  g_assert_true (heard (f, "2 7 command called back twice (a bug of the plugin), continuing"));
  run_command (f, "command-early");
  g_assert_no_error (f->error);
  g_assert_true (
      heard (f, "2 7 command called back before it returned (a bug of the plugin), continuing"));
  run_command (f, "command-thread");
  g_assert_no_error (f->error);
  g_assert_true (heard (
      f, "2 7 command called back on a thread of its own (a bug of the plugin), continuing"));
  run_command (f, "command-unknown");
  g_assert_error (f->error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_BAD_ANSWER);
  g_assert_cmpstr (f->error->message, ==,
                   "plugin lying_hooks: command said an outcome that nobody knows, 0x4000 (a bug "
                   "of the plugin)");
  g_assert_cmpuint (f->outcome, ==, PIPELINE_OUTCOME_UNCERTAIN);
}

/* A command hears the first and the second request to end, each through its own cancellable. */
static void
test_command_control (Fixture *f, gconstpointer data)
{
  static const char *const lies[] = { "command-until-cancelled", "command-until-hurried" };

  (void)data;
  start (f);
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GCancellable) hurry = g_cancellable_new ();

      begin_command (f, lies[i], cancellable, hurry);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
      g_assert_cmpuint (f->n_done, ==, i);
      g_cancellable_cancel (i == 0 ? cancellable : hurry);
      wait_done (f, i + 1);
    }
}

/* A command that never answers is abandoned, and the plugin can be stopped all the same. */
static void
test_command_never (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) hurry = g_cancellable_new ();

  (void)data;
  start (f);
  begin_command (f, "command-until-hurried", cancellable, hurry);
  plugin_host_abandon (f->host, f);
  g_cancellable_cancel (hurry);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (f->n_done, ==, 0);
  plugin_host_stop (f->host);
  g_assert_true (heard (f, "1 0 liar stopped"));
}

static void
on_found (gpointer user_data, GPtrArray *findings, const GError *error)
{
  Fixture *f = user_data;

  g_clear_pointer (&f->findings, g_ptr_array_unref);
  f->findings = g_ptr_array_ref (findings);
  on_done (f, PIPELINE_OUTCOME_COMPLETE, error);
}

/* Lets the plugin look, which is not started. */
static void
look (Fixture *f, const char *lie)
{
  PipelineStageContext context = context_for (lie);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  PipelineDiagnosis diagnosis = { .struct_size = sizeof diagnosis, .cancellable = cancellable };
  guint n_before = f->n_done;

  plugin_host_diagnose (f->host, &context, &diagnosis, on_found, f);
  g_assert_cmpuint (f->n_done, ==, n_before);
  wait_done (f, n_before + 1);
}

static const PluginFinding *
only_finding (const Fixture *f)
{
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->findings->len, ==, 1);
  return g_ptr_array_index (f->findings, 0);
}

/* What a plugin finds arrives as it was said, without the plugin having been started; a finding
 * that it tells when the look is over arrives nowhere. */
static void
test_diagnose (Fixture *f, gconstpointer data)
{
  const PluginFinding *finding = NULL;

  (void)data;
  look (f, "none");
  finding = only_finding (f);
  g_assert_cmpuint (finding->level, ==, PIPELINE_FINDING_OK);
  g_assert_cmpstr (finding->subject, ==, "lie");
  g_assert_cmpstr (finding->text, ==, "told");
  g_assert_null (finding->advice);
  look (f, "diagnose-denied");
  finding = only_finding (f);
  g_assert_cmpuint (finding->level, ==, PIPELINE_FINDING_PROBLEM);
  g_assert_cmpuint (finding->outcome, ==, PIPELINE_OUTCOME_DENIED);
  g_assert_cmpstr (finding->advice, ==, "ask again");
}

/* A look that cannot be had is an error under the plugin's name, and what was found is kept. */
static void
test_diagnose_fails (Fixture *f, gconstpointer data)
{
  (void)data;
  look (f, "diagnose-refuse");
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpstr (f->error->message, ==, "plugin lying_hooks: can't look");
  g_assert_cmpuint (f->findings->len, ==, 1);
  look (f, "diagnose-silent");
  g_assert_error (f->error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT);
}

/* Findings that are none are named; what can be used of them weighs more, not less; and the caller
 * hears of the end once, however it comes. */
static void
test_diagnose_lies (Fixture *f, gconstpointer data)
{
  (void)data;
  look (f, "diagnose-level");
  g_assert_cmpuint (only_finding (f)->level, ==, PIPELINE_FINDING_WARNING);
  g_assert_true (heard (f, "2 7 diagnose found something of a level that nobody knows (a bug of "
                           "the plugin), continuing"));
  look (f, "diagnose-outcome");
  g_assert_cmpuint (only_finding (f)->outcome, ==, PIPELINE_OUTCOME_DENIED);
  g_assert_true (heard (f, "2 7 diagnose found something of an outcome that nobody knows (a bug of "
                           "the plugin), continuing"));
  look (f, "diagnose-clueless");
  g_assert_cmpuint (only_finding (f)->level, ==, PIPELINE_FINDING_PROBLEM);
  g_assert_true (heard (f, "2 7 diagnose found something and did not say what to do (a bug of the "
                           "plugin), continuing"));
  look (f, "diagnose-mute");
  g_assert_cmpuint (f->findings->len, ==, 0);
  look (f, "diagnose-short");
  g_assert_cmpuint (f->findings->len, ==, 0);
  look (f, "diagnose-null");
  (void)only_finding (f);
  look (f, "diagnose-many");
  g_assert_cmpuint (f->findings->len, ==, PLUGIN_FINDING_MAX + 1);
  look (f, "diagnose-twice");
  (void)only_finding (f);
  look (f, "diagnose-early");
  (void)only_finding (f);
  look (f, "diagnose-thread");
  (void)only_finding (f);
  g_assert_true (heard (f, "2 7 diagnose called back twice (a bug of the plugin), continuing"));
}

/* A look ends all the same when its answer comes only to being cancelled, or never. */
static void
test_diagnose_waits (Fixture *f, gconstpointer data)
{
  PipelineStageContext late = context_for ("diagnose-until-cancelled");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = plugin_look (f->host, &late, FALSE, 20, NULL);
  PipelineStageContext never = context_for ("diagnose-never");

  (void)data;
  g_assert_cmpuint (found->len, ==, 1);
  g_ptr_array_unref (plugin_look (f->host, &never, FALSE, 20, &error));
  g_assert_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT);
}

/* A start that failed is not repeated, its reason is told each time, and stop is not called. */
static void
test_start_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;

  (void)data;
  g_setenv ("LIAR_START", "refuse", TRUE);
  g_assert_false (plugin_host_start (f->host, &first));
  g_assert_cmpstr (first->message, ==, "plugin lying_hooks: not today");
  g_unsetenv ("LIAR_START");
  g_assert_false (plugin_host_start (f->host, &second));
  g_assert_cmpstr (second->message, ==, first->message);
  plugin_host_stop (f->host);
  g_assert_cmpuint (f->heard->len, ==, 0);
}

/* A start that fails in silence is named. */
static void
test_start_silent (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  g_setenv ("LIAR_START", "silent", TRUE);
  g_assert_false (plugin_host_start (f->host, &error));
  g_unsetenv ("LIAR_START");
  g_assert_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT);
}

/* stop is called once, and what the plugin says in it is still heard. */
static void
test_stop_once (Fixture *f, gconstpointer data)
{
  (void)data;
  start (f);
  plugin_host_stop (f->host);
  plugin_host_stop (f->host);
  g_assert_cmpuint (f->heard->len, ==, 1);
  g_assert_true (heard (f, "1 0 liar stopped"));
}

/* Services take any nonsense; progress without an item is a bug of the plugin. */
static void
test_bad_services (Fixture *f, gconstpointer data)
{
  PipelineStageContext context = context_for ("bad-progress");

  (void)data;
  start (f);
  g_assert_true (plugin_host_after_stage (f->host, &context, NULL));
  g_assert_true (heard (f, "2 7 reported progress without item, status or state (a bug of the "
                           "plugin), continuing"));
  g_assert_true (heard (f, "3 7 (no text: a bug of the plugin)"));
  g_assert_true (heard (f, "2 4711 unknown run"));
}

static gpointer
log_from_thread (gpointer user_data)
{
  const PipelineHostServices *services = user_data;
  PipelineProgress progress = { .struct_size = sizeof progress, .item = "clip" };
  char text[8] = "shared";

  for (guint i = 0; i < 1000; i++)
    services->log (services->host, i, PIPELINE_LOG_INFO, text);
  progress.status = text;
  services->progress (services->host, 1, &progress);
  memset (text, 0, sizeof text);
  return NULL;
}

/* Services may be called from any thread: arguments are copied, the order is kept, and delivery is
 * on the main thread. After the box is closed, calls are thrown away. */
static void
test_services_from_threads (void)
{
  Fixture f = { .heard = g_ptr_array_new_with_free_func (g_free) };
  PluginSink sink = { .user_data = &f, .log = on_log, .progress = on_progress };
  PluginServices *services = plugin_services_new ("lying_hooks", &sink);
  gpointer table = (gpointer)plugin_services_table (services);
  guint deadline = g_timeout_add_seconds (DEADLINE_S, on_deadline, NULL);
  GThread *thread = g_thread_new ("talker", log_from_thread, table);

  while (f.heard->len < 1001)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_source_remove (deadline);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *expected = g_strdup_printf ("1 %u shared", i);

      g_assert_cmpstr (g_ptr_array_index (f.heard, i), ==, expected);
    }
  g_assert_cmpstr (g_ptr_array_index (f.heard, 1000), ==, "p 1 clip shared");

  plugin_services_close (services);
  thread = g_thread_new ("late", log_from_thread, table);
  g_thread_join (thread);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (f.heard->len, ==, 1001);
  g_ptr_array_unref (f.heard);
}

/* A plugin without hooks: everything succeeds and does nothing, except what was asked for by
 * name. */
static void
test_no_hooks (void)
{
  Fixture f = { .heard = g_ptr_array_new_with_free_func (g_free) };
  PluginSink sink = { .user_data = &f, .log = on_log, .progress = on_progress };
  PluginModule module = { .name = (char *)"lying_hooks", .descriptor = { .name = "x" } };
  g_autoptr (PluginHost) host = plugin_host_new (&module, &sink);
  PipelineStageContext context = context_for ("none");
  const char *const argv[] = { "do", NULL };
  PipelineCommand command = { .struct_size = sizeof command, .argv = argv };
  g_autofree char *text = plugin_host_describe (host, &context, NULL);
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_assert_true (plugin_host_start (host, NULL));
  g_assert_true (plugin_host_check (host, &context, NULL));
  g_assert_true (plugin_host_after_stage (host, &context, NULL));
  g_assert_false (plugin_host_runs_stages (host));
  g_assert_cmpstr (text, ==, "{}");
  plugin_host_end_run (host, &context, NULL, on_done, &f);
  wait_done (&f, 1);
  g_assert_no_error (f.error);
  plugin_host_run_stage (host, &context, NULL, on_done, &f);
  wait_done (&f, 2);
  g_assert_error (f.error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_NOT_PROVIDED);
  g_assert_false (plugin_host_command (host, &context, argv, &status, &error));
  g_assert_error (error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_NOT_PROVIDED);
  g_assert_false (plugin_host_commands_wait (host));
  plugin_host_command_async (host, &context, &command, on_done, &f);
  wait_done (&f, 3);
  g_assert_error (f.error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_NOT_PROVIDED);
  g_assert_cmpstr (f.error->message, ==, "plugin lying_hooks has no commands");
  g_clear_error (&f.error);
  g_ptr_array_unref (f.heard);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/host/plugin-host/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("silent", test_silent);
  ADD ("both", test_both);
  ADD ("slow", test_slow);
  ADD ("twice", test_twice);
  ADD ("early", test_early);
  ADD ("abandoned", test_abandoned);
  ADD ("thread", test_thread);
  ADD ("cancel", test_cancel);
  ADD ("end-run", test_end_run);
  ADD ("describe", test_describe);
  ADD ("command", test_command);
  ADD ("command-async", test_command_async);
  ADD ("command-fails", test_command_fails);
  ADD ("command-lies", test_command_lies);
  ADD ("command-control", test_command_control);
  ADD ("command-never", test_command_never);
  ADD ("diagnose", test_diagnose);
  ADD ("diagnose-fails", test_diagnose_fails);
  ADD ("diagnose-lies", test_diagnose_lies);
  ADD ("diagnose-waits", test_diagnose_waits);
  ADD ("start-refused", test_start_refused);
  ADD ("start-silent", test_start_silent);
  ADD ("stop-once", test_stop_once);
  ADD ("bad-services", test_bad_services);
  g_test_add_func ("/host/plugin-host/too-late", test_too_late);
  g_test_add_func ("/host/plugin-host/services-from-threads", test_services_from_threads);
  g_test_add_func ("/host/plugin-host/no-hooks", test_no_hooks);
  return g_test_run ();
}
