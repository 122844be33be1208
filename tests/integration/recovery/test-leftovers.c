/* SPDX-License-Identifier: MIT */
/*
 * What may lie around in a workspace when a run starts: temporary files of a killed process, files
 * of other people, the jobs.json of the Python original, and the workspace itself in another place.
 *
 * Judge: the emulator's log of requests that it received completely.
 */
#include "tests/integration/recovery/recovery-world.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define A_PICTURE "\x89PNG\r\n\x1a\n and so on"

static const char *const variants[] = { "v-a", "v-b", "v-c", "v-d", "v-e", "v-f", "v-g", NULL };
static RecoveryWorld *world; /* one for all cases: (owned) by main */

static void
remove_clip (const char *variant)
{
  g_autofree char *clip = recovery_world_clip (world, variant);

  g_assert_cmpint (g_unlink (clip), ==, 0);
}

static void
put_generating (const char *variant)
{
  static const char *const members[] = { "video_path", "completed_at", "bytes", "sha256" };

  recovery_world_set (world, variant, "status", "generating");
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    recovery_world_set (world, variant, members[i], NULL);
  remove_clip (variant);
}

/* The run died when every clip was being generated. */
static void
begin_generating (void)
{
  recovery_world_begin (world);
  for (guint i = 0; variants[i] != NULL; i++)
    put_generating (variants[i]);
  recovery_world_save (world);
  recovery_world_interrupt (world);
}

static void
assert_all_completed (void)
{
  for (guint i = 0; variants[i] != NULL; i++)
    veo3_test_assert_job (world->test, variants[i], "status", "completed");
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
}

static void
assert_same_file (const char *a, const char *b)
{
  g_autofree char *path_a = pipeline_fixture_path (world->test->fixture, a);
  g_autofree char *path_b = pipeline_fixture_path (world->test->fixture, b);
  g_autofree char *bytes_a = NULL;
  g_autofree char *bytes_b = NULL;
  gsize length_a = 0;
  gsize length_b = 0;

  g_assert_true (g_file_get_contents (path_a, &bytes_a, &length_a, NULL));
  g_assert_true (g_file_get_contents (path_b, &bytes_b, &length_b, NULL));
  g_assert_cmpmem (bytes_a, length_a, bytes_b, length_b);
}

/* What a killed process leaves is swept, half a clip is fetched anew, a wrong file under a clip's
 * name gives way to the clip, and what is not ours stays as it is. */
static void
test_files (void)
{
  static const char *const ours[]
      = { "run.json.aB3dE9", "veo3/jobs.json.aB3dE9", "veo3/.v-a.mp4.part" };
  static const char *const foreign[]
      = { "veo3/jobs.json.backup", "veo3/jobs.json.bak", "veo3/jobs.json.bad-20200101T000000Z",
          "veo3/jobs.json~",       "veo3/notes.txt",     "veo3/v-a.1.mp4",
          "veo3/other.mp4",        "veo3/.hidden",       "run.json.backup" };

  begin_generating ();
  for (gsize i = 0; i < G_N_ELEMENTS (ours); i++)
    recovery_world_put (world, ours[i], "{\"jobs\": [", 10);
  for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++)
    recovery_world_put (world, foreign[i], A_PICTURE, strlen (A_PICTURE));
  recovery_world_put (world, "veo3/v-b.mp4", A_PICTURE, strlen (A_PICTURE));
  veo3_test_expect (world->test, "run", 0);
  assert_all_completed ();
  for (gsize i = 0; i < G_N_ELEMENTS (ours); i++)
    {
      g_autofree char *place = g_build_filename ("ws", ours[i], NULL);

      g_assert_false (pipeline_fixture_has (world->test->fixture, place));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++)
    {
      g_autofree char *place = g_build_filename ("ws", foreign[i], NULL);
      g_autofree char *text = pipeline_fixture_read (world->test->fixture, place);

      g_assert_cmpstr (text, ==, A_PICTURE);
    }
  assert_same_file ("ws/veo3/v-a.mp4", "done/veo3/v-a.mp4");
  assert_same_file ("ws/veo3/v-b.mp4", "done/veo3/v-b.mp4");
}

/* Links in the place of our files lead nowhere: they give way to what belongs there, and what they
 * point to is not written, not read as a clip, and not removed. */
static void
test_links (void)
{
  static const char *const places[] = { "ws/veo3/.v-a.mp4.part", "ws/veo3/v-b.mp4",
                                        "ws/veo3/v-c.mp4", "ws/veo3/jobs.json.aB3dE9" };
  g_autofree char *victim = pipeline_fixture_path (world->test->fixture, "victim");
  g_autofree char *text = NULL;

  begin_generating ();
  recovery_world_set (world, "v-c", "status", "completed");
  recovery_world_save (world);
  pipeline_fixture_write (world->test->fixture, "victim", A_PICTURE);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = pipeline_fixture_path (world->test->fixture, places[i]);

      g_assert_cmpint (symlink (victim, path), ==, 0);
    }
  veo3_test_expect (world->test, "run", 0);
  assert_all_completed ();
  text = pipeline_fixture_read (world->test->fixture, "victim");
  g_assert_cmpstr (text, ==, A_PICTURE);
  assert_same_file ("ws/veo3/v-b.mp4", "done/veo3/v-b.mp4");
  assert_same_file ("ws/veo3/v-c.mp4", "done/veo3/v-c.mp4");
}

static gboolean
is_fetched_again (gpointer words)
{
  return recovery_world_count (world, "download", words) >= 4;
}

/* A folder under the name of a clip is in nobody's power to replace: that clip is tried again and
 * again, while the others come; the run can be stopped, and the next one fetches it when the folder
 * has gone. */
static void
test_folder_for_clip (void)
{
  g_autofree char *path = recovery_world_clip (world, "v-a");
  g_autofree char *operation = NULL;
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  begin_generating ();
  operation = g_strdup (emulator_log_string (recovery_world_job (world, "v-a"), "operation_name"));
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  process = veo3_test_start (world->test, "run", NULL);
  pipeline_fixture_wait_until ("its download tried again", is_fetched_again, operation);
  veo3_test_await_status (world->test, "v-b", "completed");
  pipeline_process_signal (process, SIGTERM);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 128 + SIGTERM);
  veo3_test_assert_job (world->test, "v-a", "status", "downloading");
  g_assert_cmpint (g_rmdir (path), ==, 0);
  veo3_test_expect (world->test, "run", 0);
  assert_all_completed ();
}

/* ---- the Python original ---- */

static void
strip (const char *variant, gboolean keeps_operation)
{
  static const char *const known[]
      = { "idempotent_key", "variant", "status", "video_path", "error_message" };
  json_object *job = recovery_world_job (world, variant);
  json_object *operation = json_object_get (json_object_object_get (job, "operation_name"));
  json_object *stripped = json_object_new_object ();
  json_object *jobs = json_object_object_get (world->document, "jobs");

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    json_object_object_add (stripped, known[i],
                            json_object_get (json_object_object_get (job, known[i])));
  if (keeps_operation)
    json_object_object_add (stripped, "operation_name", json_object_get (operation));
  json_object_put (operation);
  for (gsize i = 0; i < json_object_array_length (jobs); i++)
    if (json_object_array_get_idx (jobs, i) == job)
      {
        json_object_array_put_idx (jobs, i, stripped);
        return;
      }
}

/* The original's file has five members a job, or six, and no version. Operations it names are asked
 * for, whatever word it has for their state, and never sent; what it calls generating without a
 * name is uncertain; only what is pending and nothing else is sent. Its keys stay. */
static void
test_original (void)
{
  static const char *const root[] = { "schema_version", "run_id", "provider", "model" };
  g_autofree char *key = NULL;

  recovery_world_begin (world);
  put_generating ("v-b");
  put_generating ("v-c");
  recovery_world_set (world, "v-c", "status", "pending");
  put_generating ("v-d");
  put_generating ("v-e");
  recovery_world_set (world, "v-e", "status", "failed");
  recovery_world_set (world, "v-e", "error_message", "filtered");
  put_generating ("v-f");
  recovery_world_set (world, "v-f", "status", "pending");
  key = g_strdup (emulator_log_string (recovery_world_job (world, "v-b"), "idempotent_key"));
  for (guint i = 0; variants[i] != NULL; i++)
    strip (variants[i], strchr ("bc", variants[i][2]) != NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (root); i++)
    json_object_object_del (world->document, root[i]);
  recovery_world_save (world);
  recovery_world_interrupt (world);
  veo3_test_expect (world->test, "run", 5);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 1);
  g_assert_cmpuint (recovery_world_count_submits (world, "v-f"), ==, 1);
  veo3_test_assert_job (world->test, "v-a", "status", "completed");
  veo3_test_assert_job (world->test, "v-b", "status", "completed");
  veo3_test_assert_job (world->test, "v-b", "idempotent_key", key);
  veo3_test_assert_job (world->test, "v-c", "status", "completed");
  veo3_test_assert_job (world->test, "v-d", "status", "uncertain");
  veo3_test_assert_job (world->test, "v-e", "status", "failed");
  veo3_test_assert_job (world->test, "v-e", "error_message", "filtered");
  veo3_test_assert_job (world->test, "v-f", "status", "completed");
  veo3_test_assert_job (world->test, "v-g", "status", "completed");
}

/* ---- another place ---- */

static PipelineProcess *
start_in (const char *workspace, const char *command)
{
  const char *arguments[] = { command, "-w", workspace, NULL };

  return pipeline_fixture_start (world->test->fixture, NULL, arguments);
}

static int
finish (PipelineProcess *process)
{
  g_autoptr (PipelineProcess) owned = process;
  g_autoptr (PipelineResult) result = pipeline_process_wait (owned);

  return result->exit_code;
}

static void
remove_copies (void)
{
  g_autofree char *path = pipeline_fixture_path (world->test->fixture, "copy");
  const char *argv[] = { "rm", "-rf", path, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

/* A copy of a workspace goes on in its new place, and the original in the old one, even both at
 * once: what was submitted before the copy is asked for by both and sent by none. */
static void
test_copy (void)
{
  PipelineProcess *original;
  PipelineProcess *copy;

  begin_generating ();
  remove_copies ();
  recovery_world_copy (world, "ws", "copy");
  original = start_in ("ws", "run");
  copy = start_in ("copy", "resume");
  g_assert_cmpint (finish (original), ==, 0);
  g_assert_cmpint (finish (copy), ==, 0);
  assert_all_completed ();
  g_assert_cmpuint (recovery_world_count_files (world, "../copy/veo3", "v-"), ==,
                    g_strv_length ((char **)variants));
}

static gboolean
has_operations (gpointer test)
{
  const char *const names[] = { "a", "b", "c" };
  gboolean is_so = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *operation = veo3_test_job (test, names[i], "operation_name");

      is_so = is_so && operation != NULL;
    }
  return is_so;
}

static void
copy_in (Veo3Test *test, const char *to)
{
  g_autofree char *source = pipeline_fixture_path (test->fixture, "ws");
  g_autofree char *target = pipeline_fixture_path (test->fixture, to);
  const char *argv[] = { "cp", "-a", source, target, NULL };
  int wait_status = 1;

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &wait_status, NULL));
  g_assert_cmpint (wait_status, ==, 0);
}

static void
expect_in (Veo3Test *test, const char *workspace, int exit_code)
{
  g_autoptr (PipelineResult) result
      = pipeline_fixture_run (test->fixture, "run", "-w", workspace, NULL);

  g_assert_cmpint (result->exit_code, ==, exit_code);
}

/* Also of one that is being worked on: the copy of the lock locks nothing; what was being submitted
 * is uncertain in the copy, and what had been accepted is fetched there as well. */
static void
test_copy_of_running (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE,
                       "[emulator]\ngeneration-time=600ms\n[submit]\nfaults=ok delay=1500ms\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_await_requests (test, "submit", 3);
  copy_in (test, "early");
  pipeline_fixture_wait_until ("its operations", has_operations, test);
  copy_in (test, "late");
  expect_in (test, "early", 5);
  expect_in (test, "late", 0);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

int
main (int argc, char **argv)
{
  int status;

  recovery_world_use_memory ();
  g_test_init (&argc, &argv, NULL);
  world = recovery_world_new (variants, NULL);
  g_test_add_func ("/recovery/leftovers/files", test_files);
  g_test_add_func ("/recovery/leftovers/links", test_links);
  g_test_add_func ("/recovery/leftovers/folder-for-clip", test_folder_for_clip);
  g_test_add_func ("/recovery/leftovers/original", test_original);
  g_test_add_func ("/recovery/leftovers/copy", test_copy);
  g_test_add_func ("/recovery/leftovers/copy-of-running", test_copy_of_running);
  status = g_test_run ();
  recovery_world_free (world);
  return status;
}
