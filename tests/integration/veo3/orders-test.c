/* SPDX-License-Identifier: MIT */
/*
 * Giving orders to the whole program. The test's thread.
 *
 * Must not: judge by the program's own log what has been sent; that is the emulator's word.
 */
#include "tests/integration/veo3/orders-test.h"

#include <glib/gstdio.h>
#include <string.h>

PipelineProcess *
orders_start (Veo3Test *test, const char *const *wrapper, const char *line)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;

  (void)g_shell_parse_argv (line, NULL, &words, &error);
  g_assert_no_error (error);
  g_ptr_array_add (arguments, (gpointer) "veo3");
  g_ptr_array_add (arguments, (gpointer) "--workspace=ws");
  if (test->flavour == VEO3_TEST_FAKE)
    g_ptr_array_add (arguments, (gpointer) "--plugin=veo3=" TEST_VEO3_FAKE_PLUGIN);
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (arguments, words[i]);
  g_ptr_array_add (arguments, NULL);
  return pipeline_fixture_start (test->fixture, wrapper, (const char *const *)arguments->pdata);
}

void
orders_expect (Veo3Test *test, const char *line, int exit_code, const char *words)
{
  g_autoptr (PipelineProcess) process = orders_start (test, NULL, line);
  g_autoptr (PipelineResult) result = pipeline_process_wait (process);
  g_autofree char *said = g_strconcat (result->err, "\n", result->out, NULL);

  g_test_message ("%s: %s", line, said);
  g_assert_cmpint (result->exit_code, ==, exit_code);
  if (words != NULL)
    veo3_test_assert_says (said, words);
}

void
orders_expect_refused (Veo3Test *test, const char *line, int exit_code, const char *words)
{
  g_autofree char *before = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  g_autofree char *after = NULL;
  guint n_requests = test->emulator != NULL ? veo3_test_count (test, NULL) : 0;

  orders_expect (test, line, exit_code, words);
  after = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  g_assert_cmpstr (after, ==, before);
  if (test->emulator != NULL)
    g_assert_cmpuint (veo3_test_count (test, NULL), ==, n_requests);
}

PipelineProcess *
orders_await_generating (Veo3Test *test)
{
  PipelineProcess *process = veo3_test_start (test, "run", NULL);

  veo3_test_await_said (process, "VEO3_AWAIT: running");
  veo3_test_await_status (test, "a", "generating");
  veo3_test_await_status (test, "b", "generating");
  veo3_test_await_status (test, "c", "generating");
  return process;
}

void
orders_kill (Veo3Test *test, PipelineProcess *process)
{
  veo3_test_kill (test, process);
  pipeline_process_free (process);
}

char *
orders_digest (Veo3Test *test, const char *name)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);
  g_autofree char *bytes = NULL;
  gsize length = 0;
  g_autoptr (GError) error = NULL;

  (void)g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)bytes, length);
}

char *
orders_last_prompt (Veo3Test *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (test->emulator, &error);

  g_assert_no_error (error);
  for (guint i = log->len; i > 0; i--)
    {
      json_object *entry = g_ptr_array_index (log, i - 1);

      if (g_strcmp0 (emulator_log_string (entry, "kind"), "submit") == 0)
        return g_strdup (emulator_log_string (entry, "body/instances/0/prompt"));
    }
  return NULL;
}

static void
put_nothing (RecoveryWorld *world, const char *variant, const char *const *members)
{
  for (gsize i = 0; members[i] != NULL; i++)
    recovery_world_set (world, variant, members[i], NULL);
}

void
orders_put (RecoveryWorld *world, const OrdersJob *job)
{
  static const char *const of_clip[] = { "video_path", "bytes", "sha256", "completed_at", NULL };
  static const char *const of_operation[] = { "operation_name", "submitted_at", NULL };
  gboolean is_completed = strcmp (job->status, "completed") == 0;

  recovery_world_set (world, job->variant, "status", job->status);
  recovery_world_set (world, job->variant, "error_code", job->code);
  recovery_world_set (world, job->variant, "error_message", job->code != NULL ? "as it was" : NULL);
  if (!is_completed)
    put_nothing (world, job->variant, of_clip);
  if (!job->has_operation)
    put_nothing (world, job->variant, of_operation);
  if (job->is_ordered)
    json_object_object_add (recovery_world_job (world, job->variant), "ordered",
                            json_object_new_boolean (TRUE));
  if (!job->has_clip)
    {
      g_autofree char *clip = recovery_world_clip (world, job->variant);

      g_assert_cmpint (g_unlink (clip), ==, 0);
    }
}
