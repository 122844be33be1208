/* SPDX-License-Identifier: MIT */
/*
 * Tests of orders carried out by Veo3Orchestrator: what is checked and kept before anything is
 * sent, and what is on the disk by then. A scripted port, a real disk and a context of its own.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/application/orchestrator-fixture.h"

#define JOB(variant, members)                                                                      \
  "{\"idempotent_key\": \"run_" variant "\", \"variant\": \"" variant "\", " members "}"
#define COMPLETED                                                                                  \
  "\"status\": \"completed\", \"prompt\": \"a cat\", \"duration_s\": 6, "                          \
  "\"operation_name\": \"operations/old\", \"video_path\": \"veo3/a.mp4\", \"bytes\": 3, "         \
  "\"polls\": 4, \"attempts\": 1"
#define UNCERTAIN(more)                                                                            \
  "\"status\": \"uncertain\", \"error_code\": \"uncertain_submit\", \"attempts\": 1" more
#define PROMPT ", \"prompt\": \"a cat\", \"duration_s\": 6"

static void
put_jobs (OrchestratorFixture *fixture, const char *jobs)
{
  g_autofree char *text = g_strdup_printf ("{\"schema_version\": 1, \"run_id\": \"run\", "
                                           "\"provider\": \"scripted\", \"jobs\": [%s]}",
                                           jobs);

  test_workspace_write (fixture->workspace, "veo3/jobs.json", text);
}

static void
put_completed (OrchestratorFixture *fixture)
{
  put_jobs (fixture, JOB ("a", COMPLETED));
  test_workspace_write (fixture->workspace, "veo3/a.mp4", "old");
}

static Veo3Order *
make_order (Veo3OrderKind kind, const char *variants)
{
  Veo3Order *order = g_new0 (Veo3Order, 1);

  order->kind = kind;
  order->variants = g_strsplit (variants, " ", -1);
  return order;
}

static void
give (OrchestratorFixture *fixture, Veo3OrderKind kind, const char *variants)
{
  g_autoptr (Veo3Order) order = make_order (kind, variants);
  g_autoptr (GError) error = NULL;

  (void)orchestrator_fixture_order (fixture, order, &error);
  g_assert_no_error (error);
  orchestrator_fixture_await (fixture);
}

/* An order that is not taken: what speaks against it is said, and no byte and no file changes. */
static void
expect_refused (OrchestratorFixture *fixture,
                Veo3OrderKind kind,
                const char *variants,
                int code,
                const char *words)
{
  g_autofree char *before = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  guint n_files = test_workspace_count (fixture->workspace, "veo3", "");
  g_autofree char *after = NULL;
  g_autoptr (Veo3Order) order = make_order (kind, variants);
  g_autoptr (GError) error = NULL;

  g_assert_false (orchestrator_fixture_order (fixture, order, &error));
  g_assert_error (error, G_IO_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("expected \"%s\" in: %s", words, error->message);
  (void)orchestrator_fixture_finish (fixture);
  after = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (test_workspace_count (fixture->workspace, "veo3", ""), ==, n_files);
}

static void
expect_on_disk (OrchestratorFixture *fixture, const char *words)
{
  g_autofree char *text = test_workspace_read (fixture->workspace, "veo3/jobs.json");

  if (strstr (text, words) == NULL)
    g_error ("expected \"%s\" in: %s", words, text);
}

static void
expect_file (OrchestratorFixture *fixture, const char *name, const char *expected)
{
  g_autofree char *text = test_workspace_read (fixture->workspace, name);

  g_assert_cmpstr (text, ==, expected);
}

/* ---- regenerate ---- */

/* When the paid request goes out, the disk knows of the claim, of the operation that was paid for
 * before, and the clip has its second name. */
static void
test_regenerate (OrchestratorFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "a" };

  (void)data;
  put_completed (fixture);
  orchestrator_fixture_want (fixture, names, 1);
  give (fixture, VEO3_ORDER_REGENERATE, "a");
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_a");
  expect_on_disk (fixture, "\"status\":\"submitting\"");
  expect_on_disk (fixture, "\"operation_name\":null");
  expect_on_disk (fixture, "\"operations/old\"");
  expect_on_disk (fixture, "\"ordered\":true");
  expect_file (fixture, "veo3/a.1.mp4", "old");
  expect_file (fixture, "veo3/a.mp4", "old");
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 1);
  expect_file (fixture, "veo3/a.1.mp4", "old");
  expect_file (fixture, "veo3/a.mp4", "clip");
  expect_on_disk (fixture, "\"status\":\"completed\"");
  expect_on_disk (fixture, "\"operation_name\":\"operations/run_a\"");
  expect_on_disk (fixture, "\"operations/old\"");
  g_assert_true (veo3_orchestrator_is_saved (fixture->orchestrator));
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

/* Every text is looked at before a clip gets a second name. */
static void
test_texts_first (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  put_jobs (fixture, JOB ("a", COMPLETED) ", " JOB ("b", "\"status\": \"failed\""));
  test_workspace_write (fixture->workspace, "veo3/a.mp4", "old");
  expect_refused (fixture, VEO3_ORDER_REGENERATE, "a b", G_IO_ERROR_INVALID_ARGUMENT,
                  "clip b: neither veo3/jobs.json nor publishing-assets.json has a prompt");
  test_workspace_write (fixture->workspace, "publishing-assets.json", "{");
  expect_refused (fixture, VEO3_ORDER_REGENERATE, "a", G_IO_ERROR_INVALID_ARGUMENT, "Mend it");
  test_workspace_write (fixture->workspace, "publishing-assets.json",
                        "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"\"}]}");
  expect_refused (fixture, VEO3_ORDER_REGENERATE, "a", G_IO_ERROR_INVALID_ARGUMENT,
                  "Nothing was sent");
}

/* ---- reconcile ---- */

/* What is sent again is what was sent before; where that is not known, as in a jobs.json of the
 * Python original, what is asked for now; where nothing is known, nothing. */
static void
test_resubmit_text (OrchestratorFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "b" };
  g_autofree char *text = NULL;

  (void)data;
  put_jobs (fixture, JOB ("a", UNCERTAIN (PROMPT)) ", " JOB ("b", UNCERTAIN ("")) ", " JOB (
                         "c", UNCERTAIN (", \"prompt\": \"a dog\"")));
  expect_refused (fixture, VEO3_ORDER_RESUBMIT, "b", G_IO_ERROR_INVALID_ARGUMENT,
                  "clip b: neither");
  orchestrator_fixture_want (fixture, names, 1);
  give (fixture, VEO3_ORDER_RESUBMIT, "a b c");
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_a");
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_b");
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_c");
  text = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  g_assert_nonnull (strstr (text, "\"prompt\":\"a dog\""));
  /* Without a duration the service would refuse it. */
  g_assert_null (strstr (text, "\"duration_s\":0"));
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 3);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

/* Other clips are neither touched nor spoken about, but for those that are uncertain. */
static void
test_others (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  put_jobs (
      fixture,
      JOB ("a", UNCERTAIN (PROMPT)) ", " JOB ("b", "\"status\": \"pending\"" PROMPT) ", " JOB (
          "c",
          "\"status\": \"generating\", \"operation_name\": \"operations/c\"") ", " JOB ("d",
                                                                                        "\"status\""
                                                                                        ": "
                                                                                        "\"submitti"
                                                                                        "ng\""));
  give (fixture, VEO3_ORDER_ABANDON, "a");
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  g_assert_null (fixture->port);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "progress a failed"), ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "progress b"), ==, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "progress c"), ==, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "progress d uncertain"), ==, 1);
  expect_on_disk (fixture, "\"status\":\"pending\"");
  expect_on_disk (fixture, "\"status\":\"generating\"");
  expect_on_disk (fixture, "\"status\":\"uncertain\"");
  g_assert_cmpuint (orchestrator_fixture_finish (fixture), ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN
                        | PIPELINE_OUTCOME_UNFINISHED);
}

/* Without credentials only the orders that need no service are carried out. */
static void
test_no_key (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->has_no_key = TRUE;
  put_jobs (fixture, JOB ("a", UNCERTAIN (PROMPT)));
  expect_refused (fixture, VEO3_ORDER_RESUBMIT, "a", G_IO_ERROR_PERMISSION_DENIED,
                  "no key. Nothing was changed");
  expect_refused (fixture, VEO3_ORDER_COLLECT, "", G_IO_ERROR_PERMISSION_DENIED, "no key");
  give (fixture, VEO3_ORDER_ABANDON, "a");
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_PARTIAL);
}

/* A jobs.json that is not there or cannot be used is no ground for any order. */
static void
test_files (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_REGENERATE, "a");
  g_autoptr (GError) error = NULL;

  (void)data;
  g_assert_false (orchestrator_fixture_order (fixture, order, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "there is no veo3/jobs.json"));
  (void)orchestrator_fixture_finish (fixture);
  g_assert_false (test_workspace_exists (fixture->workspace, "veo3"));
  test_workspace_write (fixture->workspace, "veo3/jobs.json", "{\"jobs\": [");
  expect_refused (fixture, VEO3_ORDER_REGENERATE, "a", G_IO_ERROR_INVALID_DATA, "jobs.json");
  put_completed (fixture);
  expect_refused (fixture, VEO3_ORDER_REGENERATE, "a nosuch", G_IO_ERROR_INVALID_ARGUMENT,
                  "there is no clip nosuch");
}

/* ---- a disk that refuses ---- */

static void
put_folder_in_place (OrchestratorFixture *fixture)
{
  (void)unlinkat (fixture->workspace->fd, "veo3/jobs.json", 0);
  test_workspace_write (fixture->workspace, "veo3/jobs.json/in-the-way", "x");
}

static void
clear_place (OrchestratorFixture *fixture)
{
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "veo3/jobs.json/in-the-way", 0), ==, 0);
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "veo3/jobs.json", AT_REMOVEDIR), ==, 0);
}

/* What the user orders is paid for only once the disk has his word. */
static void
test_unsaved_order (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_RESUBMIT, "a");
  g_autoptr (GError) error = NULL;

  (void)data;
  put_jobs (fixture, JOB ("a", UNCERTAIN (PROMPT)));
  (void)orchestrator_fixture_order (fixture, order, &error);
  g_assert_no_error (error);
  put_folder_in_place (fixture);
  orchestrator_fixture_wait_line (fixture, "cannot be saved");
  test_wait_while_busy (fixture->context);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  g_assert_false (veo3_orchestrator_is_saved (fixture->orchestrator));
  (void)orchestrator_fixture_finish (fixture);
  clear_place (fixture);
}

/* An order that changes only the disk waits for it, and ends when the disk does not come back; in a
 * hurry, at once. */
static void
test_unsaved_word (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_ABANDON, "a");
  g_autoptr (GError) error = NULL;

  (void)data;
  put_jobs (fixture, JOB ("a", UNCERTAIN (PROMPT)));
  (void)orchestrator_fixture_order (fixture, order, &error);
  g_assert_no_error (error);
  put_folder_in_place (fixture);
  orchestrator_fixture_await (fixture);
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  g_assert_false (veo3_orchestrator_is_saved (fixture->orchestrator));
  orchestrator_fixture_end (fixture);
  veo3_orchestrator_hurry (fixture->orchestrator);
  test_wait_for_flag (fixture->context, &fixture->is_ended);
  g_assert_false (veo3_orchestrator_is_saved (fixture->orchestrator));
  clear_place (fixture);
}

/* The operation of a clip that is made anew is as dear as that of its first time: when the disk
 * refuses to keep it, it is named where people look, and the outcome is uncertain. */
static void
test_unsaved_operation (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  put_completed (fixture);
  give (fixture, VEO3_ORDER_REGENERATE, "a");
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_a");
  put_folder_in_place (fixture);
  scripted_port_answer_all (fixture->port);
  g_assert_cmpuint (orchestrator_fixture_finish (fixture) & PIPELINE_OUTCOME_UNCERTAIN, !=, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "Keep this: its operation, paid for, is operations/run_a"),
                    ==, 1);
  clear_place (fixture);
}

/* Ended while its paid answer is on its way, an order waits for it and saves what it tells. */
static void
test_end (OrchestratorFixture *fixture, gconstpointer data)
{
  ScriptedCall *call;

  (void)data;
  put_completed (fixture);
  give (fixture, VEO3_ORDER_REGENERATE, "a");
  call = orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_a");
  veo3_orchestrator_cancel_await (fixture->orchestrator);
  orchestrator_fixture_end (fixture);
  test_wait_while_busy (fixture->context);
  g_assert_false (fixture->is_ended);
  scripted_port_submit (fixture->port, call, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  test_wait_for_flag (fixture->context, &fixture->is_ended);
  g_assert_false (fixture->is_awaited);
  expect_on_disk (fixture, "\"operation_name\":\"operations/run_a\"");
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_POLL], ==, 0);
}

/* ---- cancel ---- */

#define GENERATING                                                                                 \
  "\"status\": \"generating\", \"prompt\": \"a cat\", \"duration_s\": 6, "                         \
  "\"operation_name\": \"operations/run_a\", \"attempts\": 1"

/* When the service is asked to stop a clip, the disk knows that nobody wants it; when the order is
 * done, it knows what came of it. Whose operations they are stays as it was. */
static void
test_stop (OrchestratorFixture *fixture, gconstpointer data)
{
  ScriptedCall *call;

  (void)data;
  put_jobs (fixture, JOB ("a", GENERATING) ", " JOB ("b", "\"status\": \"pending\"" PROMPT));
  give (fixture, VEO3_ORDER_CANCEL, "a");
  call = orchestrator_fixture_wait_call (fixture, SCRIPTED_CANCEL, "operations/run_a");
  expect_on_disk (fixture, "\"status\":\"cancelled\"");
  expect_on_disk (fixture, "is asked to stop");
  test_wait_while_busy (fixture->context);
  g_assert_false (fixture->is_awaited);
  scripted_port_cancel (fixture->port, call, VEO3_CANCEL_ASKED);
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  expect_on_disk (fixture, "the service was asked to stop; what it has generated until then may");
  expect_on_disk (fixture, "\"operation_name\":\"operations/run_a\"");
  expect_on_disk (fixture, "\"provider\":\"scripted\"");
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "clip a: the service was asked"), ==,
                    1);
  g_assert_cmpuint (fixture->port->log->len, ==, 1);
  (void)orchestrator_fixture_finish (fixture);
}

/* Who leaves in a hurry does not wait for the service; the clip is cancelled all the same. */
static void
test_stop_hurried (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  put_jobs (fixture, JOB ("a", GENERATING));
  give (fixture, VEO3_ORDER_CANCEL, "");
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_CANCEL, "operations/run_a");
  veo3_orchestrator_cancel_await (fixture->orchestrator);
  orchestrator_fixture_end (fixture);
  test_wait_while_busy (fixture->context);
  g_assert_false (fixture->is_ended);
  veo3_orchestrator_hurry (fixture->orchestrator);
  test_wait_while_busy (fixture->context);
  scripted_port_answer_cancelled (fixture->port);
  test_wait_for_flag (fixture->context, &fixture->is_ended);
  expect_on_disk (fixture, "\"status\":\"cancelled\"");
  expect_on_disk (fixture, "could not be asked to stop");
}

/* Without credentials the clip is cancelled here, and one warning says that the service may go on.
 * Nobody looks for credentials when nothing is in the making. */
static void
test_stop_no_key (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->has_no_key = TRUE;
  put_jobs (fixture, JOB ("a", GENERATING) ", " JOB ("b", "\"status\": \"pending\"" PROMPT));
  give (fixture, VEO3_ORDER_CANCEL, "b");
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "could not be asked"), ==, 0);
  (void)orchestrator_fixture_finish (fixture);
  fixture->is_awaited = FALSE;
  give (fixture, VEO3_ORDER_CANCEL, "a");
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  g_assert_cmpuint (
      orchestrator_fixture_count_lines (fixture, "could not be asked to stop: no key, continuing"),
      ==, 1);
  expect_on_disk (fixture, "could not be asked to stop: it bills it all the same");
  (void)orchestrator_fixture_finish (fixture);
}

static void
add (const char *path, void (*test) (OrchestratorFixture *fixture, gconstpointer data))
{
  g_test_add (path, OrchestratorFixture, NULL, orchestrator_fixture_set_up, test,
              orchestrator_fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/veo3/orders/regenerate", test_regenerate);
  add ("/veo3/orders/texts-first", test_texts_first);
  add ("/veo3/orders/resubmit-text", test_resubmit_text);
  add ("/veo3/orders/others", test_others);
  add ("/veo3/orders/no-key", test_no_key);
  add ("/veo3/orders/files", test_files);
  add ("/veo3/orders/unsaved-order", test_unsaved_order);
  add ("/veo3/orders/unsaved-word", test_unsaved_word);
  add ("/veo3/orders/unsaved-operation", test_unsaved_operation);
  add ("/veo3/orders/end", test_end);
  add ("/veo3/orders/stop", test_stop);
  add ("/veo3/orders/stop-hurried", test_stop_hurried);
  add ("/veo3/orders/stop-no-key", test_stop_no_key);
  return g_test_run ();
}
