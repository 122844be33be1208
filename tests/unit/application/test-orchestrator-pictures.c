/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Orchestrator with clips that are made from pictures: what the port gets, and that a
 * picture which is missing or not what it was sends nothing. A scripted port, a real disk, a
 * context of its own; the pictures are read on helper threads.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/application/orchestrator-fixture.h"

#define PNG "\x89PNG\r\n\x1a\n"

static char *
get_sha256 (const char *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static void
want (OrchestratorFixture *fixture, const char *entries)
{
  g_autofree char *text = g_strdup_printf ("{\"veo3_prompts\": [%s]}", entries);

  test_workspace_write (fixture->workspace, "publishing-assets.json", text);
}

static void
expect_on_disk (OrchestratorFixture *fixture, const char *words)
{
  g_autofree char *text = test_workspace_read (fixture->workspace, "veo3/jobs.json");

  if (strstr (text, words) == NULL)
    g_error ("expected \"%s\" in: %s", words, text);
}

/* The port got the picture @path with the content @text. */
static void
expect_picture (OrchestratorFixture *fixture,
                guint index,
                const char *place,
                const char *mime_type,
                const char *text)
{
  g_autofree char *sha256 = get_sha256 (text);
  g_autofree char *expected = g_strdup_printf ("%s %s %s", place, mime_type, sha256);

  g_assert_cmpuint (index, <, fixture->port->pictures->len);
  g_assert_cmpstr (g_ptr_array_index (fixture->port->pictures, index), ==, expected);
}

static void
wait_until_done (OrchestratorFixture *fixture)
{
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
}

/* The port gets the bytes, and jobs.json says by their digest which they were. */
static void
test_sent (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autofree char *sha256 = get_sha256 (PNG "a");
  g_autofree char *on_disk = g_strdup_printf ("\"sha256\":\"%s\"", sha256);

  (void)data;
  test_workspace_write (fixture->workspace, "in/a.png", PNG "a");
  test_workspace_write (fixture->workspace, "b",
                        "\xff\xd8\xff\xe0"
                        "b");
  want (fixture, "{\"variant\": \"x\", \"prompt\": \"p\", \"first_frame\": \"in/a.png\", "
                 "\"last_frame\": \"b\"}, {\"variant\": \"y\", \"prompt\": \"p\"}, "
                 "{\"variant\": \"z\", \"prompt\": \"p\", \"reference_images\": \"in/a.png\"}");
  orchestrator_fixture_start (fixture);
  wait_until_done (fixture);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 3);
  g_assert_cmpuint (fixture->port->pictures->len, ==, 3);
  expect_picture (fixture, 0, "run_x first_frame in/a.png", "image/png", PNG "a");
  expect_picture (fixture, 1, "run_x last_frame b", "image/jpeg",
                  "\xff\xd8\xff\xe0"
                  "b");
  expect_picture (fixture, 2, "run_z reference in/a.png", "image/png", PNG "a");
  expect_on_disk (fixture, "\"role\":\"first_frame\"");
  expect_on_disk (fixture, "\"path\":\"in/a.png\"");
  expect_on_disk (fixture, on_disk);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
  /* The same once more: nothing is sent, and nothing is stale. */
  orchestrator_fixture_start (fixture);
  wait_until_done (fixture);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "stale"), ==, 0);
  (void)orchestrator_fixture_finish (fixture);
  /* Another content under the same name is another wish, which is reported and not paid for. */
  test_workspace_write (fixture->workspace, "in/a.png", PNG "other");
  orchestrator_fixture_start (fixture);
  wait_until_done (fixture);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "clip x is stale"), ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "clip y is stale"), ==, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "clip z is stale"), ==, 1);
}

/* A picture that is missing costs its own clip, before anything is sent for it; when it is there,
 * the next start makes the clip. */
static void
test_missing (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  want (fixture, "{\"variant\": \"x\", \"prompt\": \"p\", \"first_frame\": \"gone.png\"}, "
                 "{\"variant\": \"y\", \"prompt\": \"p\"}");
  orchestrator_fixture_start (fixture);
  wait_until_done (fixture);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 1);
  expect_on_disk (fixture, "\"error_code\":\"invalid_prompt\"");
  expect_on_disk (fixture,
                  "publishing-assets.json: veo3_prompts[0].first_frame: gone.png: No such");
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_PARTIAL);
  test_workspace_write (fixture->workspace, "gone.png", PNG);
  orchestrator_fixture_start (fixture);
  wait_until_done (fixture);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 1);
  expect_picture (fixture, 0, "run_x first_frame gone.png", "image/png", PNG);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

/* A picture that is no longer what was ordered when its clip's turn comes is not sent, nor is one
 * that is gone. */
static void
test_changed (OrchestratorFixture *fixture, gconstpointer data)
{
  ScriptedCall *call;

  (void)data;
  fixture->settings->run.max_parallel = 1;
  test_workspace_write (fixture->workspace, "a.png", PNG);
  test_workspace_write (fixture->workspace, "b.png", PNG "b");
  want (fixture, "{\"variant\": \"x\", \"prompt\": \"p\"}, "
                 "{\"variant\": \"y\", \"prompt\": \"p\", \"first_frame\": \"a.png\"}, "
                 "{\"variant\": \"z\", \"prompt\": \"p\", \"reference_images\": \"b.png\"}");
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  call = orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_x");
  test_workspace_write (fixture->workspace, "a.png", PNG "other");
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "b.png", 0), ==, 0);
  scripted_port_submit (fixture->port, call, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 1);
  g_assert_cmpuint (fixture->port->pictures->len, ==, 0);
  expect_on_disk (fixture, "nothing was billed: first_frame: a.png: is not the picture any more");
  expect_on_disk (fixture, "nothing was billed: reference_images: b.png: No such file");
  expect_on_disk (fixture, "; when that is mended, `pipeline_runner run --restart` sends it\"");
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_PARTIAL);
  /* And so it is: the next start takes the picture as it is now. */
  orchestrator_fixture_start (fixture);
  wait_until_done (fixture);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 1);
  expect_picture (fixture, 0, "run_y first_frame a.png", "image/png", PNG "other");
}

/* Ended while its pictures are being looked at, a start sends nothing and writes nothing. */
static void
test_end_while_looking (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  test_workspace_write (fixture->workspace, "a.png", PNG);
  want (fixture, "{\"variant\": \"x\", \"prompt\": \"p\", \"first_frame\": \"a.png\"}");
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  veo3_orchestrator_cancel_await (fixture->orchestrator);
  orchestrator_fixture_end (fixture);
  test_wait_for_flag (fixture->context, &fixture->is_ended);
  g_assert_false (fixture->is_awaited);
  g_assert_cmpuint (fixture->port->log->len, ==, 0);
  g_assert_false (test_workspace_exists (fixture->workspace, "veo3/jobs.json"));
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_PARTIAL);
}

/* Ended while its pictures are being loaded, a clip is not sent, and stays for the next start. */
static void
test_end_while_loading (OrchestratorFixture *fixture, gconstpointer data)
{
  ScriptedCall *call;

  (void)data;
  test_workspace_write (fixture->workspace, "a.png", PNG);
  want (fixture, "{\"variant\": \"x\", \"prompt\": \"p\", \"first_frame\": \"a.png\"}, "
                 "{\"variant\": \"y\", \"prompt\": \"p\", \"first_frame\": \"a.png\"}");
  orchestrator_fixture_start (fixture);
  /* One is loaded after the other: whoever sees the first one sent, knows that the second is not.
   */
  call = orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_x");
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 1);
  orchestrator_fixture_end (fixture);
  scripted_port_submit (fixture->port, call, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  test_wait_for_flag (fixture->context, &fixture->is_ended);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 1);
  expect_on_disk (fixture, "\"status\":\"generating\"");
  expect_on_disk (fixture, "\"status\":\"pending\"");
  (void)orchestrator_fixture_finish (fixture);
  orchestrator_fixture_start (fixture);
  wait_until_done (fixture);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 1);
  expect_picture (fixture, 0, "run_y first_frame a.png", "image/png", PNG);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

/* ---- orders ---- */

/* A job of an earlier run that was made from a.png with the content @text. */
static void
put_job (OrchestratorFixture *fixture, const char *status, const char *text)
{
  g_autofree char *sha256 = get_sha256 (text);
  g_autofree char *jobs = g_strdup_printf (
      "{\"schema_version\": 1, \"run_id\": \"run\", \"provider\": \"scripted\", \"jobs\": ["
      "{\"idempotent_key\": \"run_x\", \"variant\": \"x\", \"status\": \"%s\", "
      "\"prompt\": \"a cat\", \"duration_s\": 6, \"attempts\": 1, \"seed\": 7, \"images\": "
      "[{\"role\": \"first_frame\", \"path\": \"a.png\", \"sha256\": \"%s\"}]}]}",
      status, sha256);

  test_workspace_write (fixture->workspace, "veo3/jobs.json", jobs);
}

static gboolean
give (OrchestratorFixture *fixture, Veo3OrderKind kind, GError **error)
{
  g_autoptr (Veo3Order) order = g_new0 (Veo3Order, 1);

  order->kind = kind;
  order->variants = g_strsplit ("x", " ", -1);
  if (!orchestrator_fixture_order (fixture, order, error))
    return FALSE;
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  return TRUE;
}

static void
expect_refused (OrchestratorFixture *fixture, Veo3OrderKind kind, const char *words)
{
  g_autofree char *before = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (give (fixture, kind, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  if (strstr (error->message, words) == NULL)
    g_error ("expected \"%s\" in: %s", words, error->message);
  (void)orchestrator_fixture_finish (fixture);
  after = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  g_assert_cmpstr (after, ==, before);
}

/* What is sent again is what was sent before, or nothing. */
static void
test_resubmit (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  put_job (fixture, "uncertain", PNG);
  expect_refused (fixture, VEO3_ORDER_RESUBMIT, "clip x: first_frame: a.png: No such file");
  test_workspace_write (fixture->workspace, "a.png", PNG "other");
  expect_refused (fixture, VEO3_ORDER_RESUBMIT, "a.png: is not the picture any more");
  test_workspace_write (fixture->workspace, "a.png", PNG);
  (void)give (fixture, VEO3_ORDER_RESUBMIT, &error);
  g_assert_no_error (error);
  expect_picture (fixture, 0, "run_x first_frame a.png", "image/png", PNG);
  expect_on_disk (fixture, "\"seed\":7");
}

/* Without a newer wish a clip is made anew from what it was made from, but for the pictures: these
 * are taken as they are now, if they are there. */
static void
test_regenerate (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  put_job (fixture, "failed", PNG);
  expect_refused (fixture, VEO3_ORDER_REGENERATE, "clip x: first_frame: a.png: No such file");
  test_workspace_write (fixture->workspace, "a.png", PNG "other");
  (void)give (fixture, VEO3_ORDER_REGENERATE, &error);
  g_assert_no_error (error);
  expect_picture (fixture, 0, "run_x first_frame a.png", "image/png", PNG "other");
  expect_on_disk (fixture, "\"seed\":7");
}

/* A newer wish counts for its pictures as for its text. */
static void
test_wish (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  put_job (fixture, "failed", PNG);
  want (fixture, "{\"variant\": \"x\", \"prompt\": \"a dog\", \"last_frame\": \"b.png\"}");
  expect_refused (fixture, VEO3_ORDER_REGENERATE, "clip x: last_frame: b.png: No such file");
  test_workspace_write (fixture->workspace, "b.png", PNG "b");
  (void)give (fixture, VEO3_ORDER_REGENERATE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->port->pictures->len, ==, 1);
  expect_picture (fixture, 0, "run_x last_frame b.png", "image/png", PNG "b");
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
  add ("/veo3/pictures/sent", test_sent);
  add ("/veo3/pictures/missing", test_missing);
  add ("/veo3/pictures/changed", test_changed);
  add ("/veo3/pictures/end-while-looking", test_end_while_looking);
  add ("/veo3/pictures/end-while-loading", test_end_while_loading);
  add ("/veo3/pictures/resubmit", test_resubmit);
  add ("/veo3/pictures/regenerate", test_regenerate);
  add ("/veo3/pictures/wish", test_wish);
  return g_test_run ();
}
