/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Orchestrator: the loop around the core, with a scripted port, a real disk and a
 * context of its own. Single-threaded but for the store's helper thread.
 */
#include "tests/unit/application/orchestrator-fixture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = { "a", "b", "c", "d", "e" };

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

/* With nothing to generate nothing begins: no folder, no port, and whoever waits is told soon, but
 * not before his call has returned. */
static void
test_nothing (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  g_assert_false (orchestrator_fixture_try (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  orchestrator_fixture_await (fixture);
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  orchestrator_fixture_end (fixture);
  test_wait_for_flag (fixture->context, &fixture->is_ended);
  g_assert_null (fixture->port);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
  g_assert_cmpuint (test_workspace_count (fixture->workspace, ".", ""), ==, 0);
}

/* Assets that make no sense, missing credentials and a broken jobs.json begin nothing either, and
 * leave the workspace as it was. Clips that were asked for are then missing. */
static void
test_cannot_start (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  test_workspace_write (fixture->workspace, "publishing-assets.json", "{");
  g_assert_false (orchestrator_fixture_try (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  (void)orchestrator_fixture_finish (fixture);
  orchestrator_fixture_want (fixture, names, 1);
  fixture->has_no_key = TRUE;
  g_assert_false (orchestrator_fixture_try (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, "no key");
  g_clear_error (&error);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_PARTIAL);
  g_assert_false (test_workspace_exists (fixture->workspace, "veo3"));
  fixture->has_no_key = FALSE;
  test_workspace_write (fixture->workspace, "veo3/jobs.json", "{");
  g_assert_false (orchestrator_fixture_try (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_null (fixture->port);
  (void)orchestrator_fixture_finish (fixture);
  g_assert_cmpuint (test_workspace_count (fixture->workspace, "veo3", ""), ==, 1);
}

/* A file in the place of veo3/ stops the start before anything is sent; that nobody could look does
 * not mean that nothing is missing. */
static void
test_no_folder (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  test_workspace_write (fixture->workspace, "veo3", "a file");
  g_assert_false (orchestrator_fixture_try (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_PARTIAL);
}

/* A workspace that is none gives no orchestrator. */
static void
test_no_workspace (OrchestratorFixture *fixture, gconstpointer data)
{
  const Veo3OrchestratorConfig config
      = { .context = fixture->context, .run_id = "run", .workspace = "/nowhere/at/all" };
  g_autoptr (GError) error = NULL;

  (void)data;
  g_assert_null (veo3_orchestrator_new (&config, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  veo3_orchestrator_free (NULL);
}

/* All submits are in flight at once, after a save that holds every claim; then the clips come, and
 * the waiter is told when the last of them is on disk. */
static void
test_parallel (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autofree char *claims = NULL;
  g_autofree char *text = NULL;
  gint64 durations_ms[VEO3_DURATION_HISTORY_RING_SIZE];
  g_autofree char *key = veo3_duration_history_make_key ("m", NULL, 6);
  const char *place;
  guint n_claims = 0;

  (void)data;
  /* A slow disk must not make the first look too late to learn from. */
  fixture->settings->run.polls.max_ms = 20000;
  orchestrator_fixture_want (fixture, names, 3);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "run_a");
  claims = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  for (place = claims; (place = strstr (place, "\"submitting\"")) != NULL; place++)
    n_claims++;
  g_assert_cmpuint (n_claims, ==, 3);
  g_assert_nonnull (scripted_port_find (fixture->port, SCRIPTED_SUBMIT, "run_b"));
  g_assert_nonnull (scripted_port_find (fixture->port, SCRIPTED_SUBMIT, "run_c"));
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 3);
  g_assert_cmpuint (fixture->port->max_out[SCRIPTED_SUBMIT], ==, 3);
  g_assert_cmpuint (fixture->port->max_out[SCRIPTED_POLL], ==, 1);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("veo3/%s.mp4", names[i]);
      g_autofree char *clip = test_workspace_read (fixture->workspace, name);
      g_autofree char *progress = g_strdup_printf ("progress %s completed %d veo3/%s.mp4", names[i],
                                                   PIPELINE_PROGRESS_DONE, names[i]);

      g_assert_cmpstr (clip, ==, "clip");
      g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, progress), ==, 1);
    }
  text = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  g_assert_nonnull (strstr (text, "\"run_id\":\"run\""));
  g_assert_nonnull (strstr (text, "\"provider\":\"scripted\""));
  g_assert_null (strstr (text, "\"downloading\""));
  g_assert_cmpuint (veo3_duration_history_get (fixture->history, key, durations_ms), >=, 1);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

/* A clip's life is told in order, each state once. */
static void
test_progress (OrchestratorFixture *fixture, gconstpointer data)
{
  static const char *const states[]
      = { "pending", "submitting", "generating", "downloading", "completed" };
  guint at = 0;

  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  for (guint i = 0; i < fixture->lines->len; i++)
    {
      const char *line = g_ptr_array_index (fixture->lines, i);
      g_autofree char *expected = NULL;

      if (!g_str_has_prefix (line, "progress "))
        continue;
      g_assert_cmpuint (at, <, G_N_ELEMENTS (states));
      expected = g_strdup_printf ("progress a %s ", states[at++]);
      g_assert_true (g_str_has_prefix (line, expected));
    }
  g_assert_cmpuint (at, ==, G_N_ELEMENTS (states));
}

/* No more prompts are used than the cap allows, and the rest is mentioned. */
static void
test_cap (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->settings->clip_count = 2;
  orchestrator_fixture_want (fixture, names, 5);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 2);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "info: 5 prompts found, clip-count is 2: the first 2 are used"),
                    ==, 1);
}

/* A clip that came otherwise than it was asked for is kept and told of once, with all that the port
 * has to say of it; what it is stands in jobs.json. */
static void
test_odd_clip (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  fixture->port->media.duration_ms = 4000;
  fixture->port->stored_message = "its sound is still there";
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "warning: clip a: its sound is still there, continuing"),
                    ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "warning: clip a is not quite what was asked for: asked for 6 s, "
                                 "got 4.0 s. It was paid for and is kept, continuing"),
                    ==, 1);
  g_assert_cmpuint (
      orchestrator_fixture_count_lines (fixture, "veo3/a.mp4: asked for 6 s, got 4.0 s"), ==, 1);
  orchestrator_fixture_wait_disk (fixture, "\"clip_duration_ms\":4000");
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

/* What goes wrong is said once, in words that fit: a failure ends in ", continuing", an uncertain
 * clip says where to look. */
static void
test_trouble (OrchestratorFixture *fixture, gconstpointer data)
{
  PipelineOutcome outcome;

  (void)data;
  orchestrator_fixture_want (fixture, names, 3);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  scripted_port_submit (fixture->port,
                        orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a"),
                        VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT);
  scripted_port_submit (fixture->port, scripted_port_find (fixture->port, SCRIPTED_SUBMIT, "_b"),
                        VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS);
  scripted_port_submit (fixture->port, scripted_port_find (fixture->port, SCRIPTED_SUBMIT, "_c"),
                        VEO3_SUBMIT_NOT_SENT, VEO3_ERROR_CODE_UNAVAILABLE);
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "error: clip a: uncertain: words; it may have been "
                                 "accepted and billed"),
                    ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "warning: clip b: failed: refused, nothing was billed: words"),
                    ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "warning: clip c: failed: not sent, nothing was billed"),
                    ==, 1);
  outcome = orchestrator_fixture_finish (fixture);
  g_assert_cmpuint (
      outcome, ==, PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN | PIPELINE_OUTCOME_DENIED);
}

/* Passing trouble is told as progress, a disk that refuses a clip as a warning, once, and a later
 * try goes well. */
static void
test_retry (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  scripted_port_submit (fixture->port,
                        orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a"),
                        VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE);
  scripted_port_submit (fixture->port,
                        orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a"),
                        VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  scripted_port_poll (fixture->port, orchestrator_fixture_wait_call (fixture, SCRIPTED_POLL, "_a"),
                      VEO3_POLL_NO_ANSWER);
  scripted_port_poll (fixture->port, orchestrator_fixture_wait_call (fixture, SCRIPTED_POLL, "_a"),
                      VEO3_POLL_DONE);
  for (guint i = 0; i < 2; i++)
    scripted_port_download (fixture->port,
                            orchestrator_fixture_wait_call (fixture, SCRIPTED_DOWNLOAD, "_a"),
                            VEO3_DOWNLOAD_DISK);
  scripted_port_download (fixture->port,
                          orchestrator_fixture_wait_call (fixture, SCRIPTED_DOWNLOAD, "_a"),
                          VEO3_DOWNLOAD_TRANSIENT);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "warning: clip a: veo3/a.mp4: words. It is tried again"),
                    ==, 1);
  g_assert_cmpuint (
      orchestrator_fixture_count_lines (fixture, "a pending 0 words; nothing was billed"), ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "asking for its state failed"), ==,
                    1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "download failed (words)"), >=, 1);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 2);
}

/* Whoever no longer waits is not told; the next one is. */
static void
test_cancel_await (OrchestratorFixture *fixture, gconstpointer data)
{
  gboolean is_told = FALSE;

  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a");
  veo3_orchestrator_cancel_await (fixture->orchestrator);
  for (guint i = 0; !is_told && i < 100000; i++)
    {
      scripted_port_answer_all (fixture->port);
      (void)g_main_context_iteration (fixture->context, TRUE);
      is_told = orchestrator_fixture_count_lines (fixture, "progress a completed") > 0;
    }
  g_assert_true (is_told);
  test_wait_while_busy (fixture->context);
  g_assert_false (fixture->is_awaited);
  orchestrator_fixture_await (fixture);
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
}

static gboolean
is_cancelled (gpointer cancellable)
{
  return g_cancellable_is_cancelled (cancellable);
}

/* The end aborts polls, lets a paid request be answered, and keeps what it bought. */
static void
test_end (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  const ScriptedCall *polled;
  ScriptedCall *sent;

  (void)data;
  orchestrator_fixture_want (fixture, names, 2);
  orchestrator_fixture_start (fixture);
  sent = orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a");
  scripted_port_submit (fixture->port, scripted_port_find (fixture->port, SCRIPTED_SUBMIT, "_b"),
                        VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  polled = orchestrator_fixture_wait_call (fixture, SCRIPTED_POLL, "_b");
  orchestrator_fixture_end (fixture);
  g_assert_cmpuint (
      orchestrator_fixture_count_lines (fixture, "for the answers of 1 paid requests"), ==, 1);
  test_wait_until (fixture->context, is_cancelled, polled->cancellable);
  scripted_port_answer_cancelled (fixture->port);
  test_wait_while_busy (fixture->context);
  g_assert_false (fixture->is_ended);
  g_assert_false (g_cancellable_is_cancelled (sent->cancellable));
  scripted_port_submit (fixture->port, sent, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  test_wait_for_flag (fixture->context, &fixture->is_ended);
  text = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  g_assert_nonnull (strstr (text, "\"operation_name\":\"operations/run_a\""));
  g_assert_nonnull (strstr (text, "\"operation_name\":\"operations/run_b\""));
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_POLL], ==, 1);
  g_assert_cmpuint (orchestrator_fixture_finish (fixture), ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED);
}

/* In a hurry paid requests are given up too; their clips are uncertain, on disk as well. */
static void
test_hurry (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a");
  g_assert_cmpuint (orchestrator_fixture_finish (fixture), ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN);
  text = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  g_assert_nonnull (strstr (text, "\"uncertain\""));
}

/* An operation that was paid for and that the disk refuses to keep is named where people look, with
 * what to do; to the next start its clip will be uncertain, and the outcome says so now. */
static void
test_unsaved_operation (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a");
  put_folder_in_place (fixture);
  scripted_port_answer_all (fixture->port);
  g_assert_cmpuint (orchestrator_fixture_finish (fixture) & PIPELINE_OUTCOME_UNCERTAIN, !=, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "Keep this: its operation, paid for, is operations/run_a"),
                    ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture,
                                                      "veo3 reconcile --adopt operations/run_a a"),
                    ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "warning: "), >=, 1);
  clear_place (fixture);
}

/* A clip that is there while jobs.json could not take it up any more is not finished business: it
 * is said, with the command that makes up for it, and costs nothing. */
static void
test_behind (OrchestratorFixture *fixture, gconstpointer data)
{
  PipelineOutcome outcome;

  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  scripted_port_submit (fixture->port,
                        orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a"),
                        VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_POLL, "_a");
  put_folder_in_place (fixture);
  scripted_port_poll (fixture->port, orchestrator_fixture_wait_call (fixture, SCRIPTED_POLL, "_a"),
                      VEO3_POLL_DONE);
  scripted_port_download (fixture->port,
                          orchestrator_fixture_wait_call (fixture, SCRIPTED_DOWNLOAD, "_a"),
                          VEO3_DOWNLOAD_STORED);
  outcome = orchestrator_fixture_finish (fixture);
  g_assert_cmpuint (outcome & PIPELINE_OUTCOME_UNFINISHED, !=, 0);
  g_assert_cmpuint (outcome & PIPELINE_OUTCOME_UNCERTAIN, ==, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (
                        fixture, "clip a: veo3/jobs.json could not be saved and does not know that "
                                 "it is completed"),
                    ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "Keep this"), ==, 0);
  clear_place (fixture);
}

/* A claim that the disk never took over is taken back at the end, however hurried: nothing was
 * sent, and nothing is uncertain. */
static void
test_unsaved_claim (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_wait_disk (fixture, "\"pending\"");
  put_folder_in_place (fixture);
  orchestrator_fixture_wait_line (fixture, "cannot be saved");
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  g_assert_cmpuint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_PARTIAL);
  clear_place (fixture);
}

/* While the disk refuses, that is said once and nothing is asked; when it works again, that is said
 * too and all goes on. */
static void
test_disk_recovers (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a");
  put_folder_in_place (fixture);
  scripted_port_answer_all (fixture->port);
  orchestrator_fixture_wait_line (fixture, "cannot be saved");
  for (guint i = 0; i < 20; i++)
    (void)g_main_context_iteration (fixture->context, TRUE);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_POLL], ==, 0);
  clear_place (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "cannot be saved"), ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "could be saved again"), ==, 1);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

/* A disk that stays broken after the last clip does not hold up the pipeline for ever. */
static void
test_disk_given_up (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  scripted_port_submit (fixture->port,
                        orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a"),
                        VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  scripted_port_poll (fixture->port, orchestrator_fixture_wait_call (fixture, SCRIPTED_POLL, "_a"),
                      VEO3_POLL_DONE);
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_DOWNLOAD, "_a");
  orchestrator_fixture_wait_disk (fixture, "\"downloading\"");
  put_folder_in_place (fixture);
  scripted_port_answer_all (fixture->port);
  test_wait_for_flag (fixture->context, &fixture->is_awaited);
  (void)orchestrator_fixture_finish (fixture);
  clear_place (fixture);
}

/* A start is a recovery: what was accepted is asked for, what was done stays, nothing is sent
 * twice; a clip whose file is gone is fetched again for nothing. */
static void
test_restart (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  orchestrator_fixture_want (fixture, names, 2);
  orchestrator_fixture_start (fixture);
  scripted_port_submit (fixture->port,
                        orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a"),
                        VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  orchestrator_fixture_wait_disk (fixture, "operations/run_a");
  (void)orchestrator_fixture_finish (fixture);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_DOWNLOAD], ==, 1);
  g_assert_cmpuint (orchestrator_fixture_finish (fixture), ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN);
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "veo3/a.mp4", 0), ==, 0);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_DOWNLOAD], ==, 1);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "clip a: its file is missing"), ==,
                    1);
  g_assert_true (test_workspace_exists (fixture->workspace, "veo3/a.mp4"));
}

/* Known clips go on without their assets, and changed wishes are mentioned, not paid for. */
static void
test_known_jobs (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  scripted_port_submit (fixture->port,
                        orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a"),
                        VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE);
  orchestrator_fixture_wait_disk (fixture, "operations/run_a");
  (void)orchestrator_fixture_finish (fixture);
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "publishing-assets.json", 0), ==, 0);
  orchestrator_fixture_start (fixture);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "go on, continuing"), ==, 1);
  (void)orchestrator_fixture_finish (fixture);
  test_workspace_write (fixture->workspace, "publishing-assets.json",
                        "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"a dog\"}]}");
  orchestrator_fixture_start (fixture);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "info: clip a is stale"), ==, 1);
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  (void)orchestrator_fixture_finish (fixture);
  fixture->has_no_key = TRUE;
  g_assert_false (orchestrator_fixture_try (fixture, NULL));
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

#define PENDING_A                                                                                  \
  "{\"schema_version\": 1, \"run_id\": \"run\", \"provider\": \"scripted\", \"jobs\": [{"          \
  "\"idempotent_key\": \"run_a\", \"variant\": \"a\", \"status\": \"pending\", "                   \
  "\"prompt\": \"an old text\", \"duration_s\": 6, \"attempts\": 0}]}"

/* While publishing-assets.json cannot be used, an old text is not paid for; once it can, the new
 * one is. */
static void
test_unusable_wishes (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  test_workspace_make_folder (fixture->workspace, "veo3");
  test_workspace_write (fixture->workspace, "veo3/jobs.json", PENDING_A);
  test_workspace_write (fixture->workspace, "publishing-assets.json", "{\"veo3_prompts\": [");
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_PARTIAL);
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  scripted_port_submit (fixture->port,
                        orchestrator_fixture_wait_call (fixture, SCRIPTED_SUBMIT, "_a"),
                        VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_INVALID_REQUEST);
  (void)orchestrator_fixture_finish (fixture);
}

/* A clip that is there although nothing was sent for it is used, and nothing is sent. */
static void
test_clip_there (OrchestratorFixture *fixture, gconstpointer data)
{
  (void)data;
  test_workspace_make_folder (fixture->workspace, "veo3");
  test_workspace_write (fixture->workspace, "veo3/a.mp4", "somebody's clip");
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  orchestrator_fixture_await (fixture);
  orchestrator_fixture_run_well (fixture, &fixture->is_awaited);
  g_assert_cmpuint (fixture->port->n_calls[SCRIPTED_SUBMIT], ==, 0);
  g_assert_cmpuint (orchestrator_fixture_count_lines (fixture, "a.mp4 is there already"), ==, 1);
  g_assert_cmpint (orchestrator_fixture_finish (fixture), ==, PIPELINE_OUTCOME_COMPLETE);
}

#define COMPLETED_A                                                                                \
  "{\"schema_version\": 1, \"run_id\": \"run\", \"provider\": \"scripted\", \"jobs\": [{"          \
  "\"idempotent_key\": \"run_a\", \"variant\": \"a\", \"status\": \"completed\", "                 \
  "\"video_path\": \"veo3/a.mp4\", \"bytes\": 1000, \"operation_name\": \"operations/run_a\", "    \
  "\"attempts\": 1}]}"

/* A clip whose file has changed is fetched again, and the changed file, perhaps somebody's work,
 * stays under another name. */
static void
test_clip_changed (OrchestratorFixture *fixture, gconstpointer data)
{
  g_autofree char *kept = NULL;

  (void)data;
  test_workspace_make_folder (fixture->workspace, "veo3");
  test_workspace_write (fixture->workspace, "veo3/jobs.json", COMPLETED_A);
  test_workspace_write (fixture->workspace, "veo3/a.mp4", "cut by hand");
  orchestrator_fixture_want (fixture, names, 1);
  orchestrator_fixture_start (fixture);
  (void)orchestrator_fixture_wait_call (fixture, SCRIPTED_POLL, "_a");
  kept = test_workspace_read (fixture->workspace, "veo3/a.1.mp4");
  g_assert_cmpstr (kept, ==, "cut by hand");
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
  add ("/veo3/orchestrator/nothing", test_nothing);
  add ("/veo3/orchestrator/cannot-start", test_cannot_start);
  add ("/veo3/orchestrator/no-folder", test_no_folder);
  add ("/veo3/orchestrator/no-workspace", test_no_workspace);
  add ("/veo3/orchestrator/parallel", test_parallel);
  add ("/veo3/orchestrator/progress", test_progress);
  add ("/veo3/orchestrator/cap", test_cap);
  add ("/veo3/orchestrator/odd-clip", test_odd_clip);
  add ("/veo3/orchestrator/trouble", test_trouble);
  add ("/veo3/orchestrator/retry", test_retry);
  add ("/veo3/orchestrator/cancel-await", test_cancel_await);
  add ("/veo3/orchestrator/end", test_end);
  add ("/veo3/orchestrator/hurry", test_hurry);
  add ("/veo3/orchestrator/unsaved-operation", test_unsaved_operation);
  add ("/veo3/orchestrator/behind", test_behind);
  add ("/veo3/orchestrator/unsaved-claim", test_unsaved_claim);
  add ("/veo3/orchestrator/disk-recovers", test_disk_recovers);
  add ("/veo3/orchestrator/disk-given-up", test_disk_given_up);
  add ("/veo3/orchestrator/restart", test_restart);
  add ("/veo3/orchestrator/known-jobs", test_known_jobs);
  add ("/veo3/orchestrator/unusable-wishes", test_unusable_wishes);
  add ("/veo3/orchestrator/clip-there", test_clip_there);
  add ("/veo3/orchestrator/clip-changed", test_clip_changed);
  return g_test_run ();
}
