/* SPDX-License-Identifier: MIT */
/*
 * `veo3 collect`: fetches what was paid for and pays for nothing, whatever state a clip was left
 * in, whoever left it there, and however it ends.
 *
 * Judge: the emulator's log of requests that it received completely.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/veo3/orders-test.h"

/* What becomes of a clip. */
typedef struct
{
  OrdersJob job;
  gboolean is_fetched;
  gboolean is_fetched_by_name;
  const char *after;
  int alone; /* exit code when all other clips are there */
} Row;

static const Row rows[] = {
  { { "pending", "pending", NULL, FALSE, FALSE, FALSE }, FALSE, FALSE, "pending", 0 },
  { { "ordered", "pending", NULL, FALSE, TRUE, TRUE }, FALSE, FALSE, "pending", 0 },
  { { "submitting", "submitting", NULL, FALSE, FALSE, FALSE }, FALSE, FALSE, "uncertain", 5 },
  { { "resubmitting", "submitting", NULL, FALSE, TRUE, TRUE }, FALSE, FALSE, "uncertain", 5 },
  { { "generating", "generating", NULL, TRUE, FALSE, FALSE }, TRUE, TRUE, "completed", 0 },
  { { "generating-x", "generating", NULL, FALSE, FALSE, FALSE }, FALSE, FALSE, "uncertain", 5 },
  { { "downloading", "downloading", NULL, TRUE, FALSE, FALSE }, TRUE, TRUE, "completed", 0 },
  { { "downloading-x", "downloading", NULL, FALSE, FALSE, FALSE }, FALSE, FALSE, "uncertain", 5 },
  { { "completed", "completed", NULL, TRUE, TRUE, FALSE }, FALSE, FALSE, "completed", 0 },
  { { "completed-gone", "completed", NULL, TRUE, FALSE, FALSE }, TRUE, TRUE, "completed", 0 },
  { { "timed-out", "timed_out", "deadline", TRUE, FALSE, FALSE }, TRUE, TRUE, "completed", 0 },
  { { "timed-out-x", "timed_out", "deadline", FALSE, FALSE, FALSE }, FALSE, FALSE, "uncertain", 5 },
  { { "uncertain", "uncertain", "uncertain_submit", FALSE, FALSE, FALSE },
    FALSE,
    FALSE,
    "uncertain",
    5 },
  { { "cancelled", "cancelled", "cancelled", TRUE, FALSE, FALSE }, FALSE, TRUE, "cancelled", 0 },
  { { "cancelled-x", "cancelled", "cancelled", FALSE, FALSE, FALSE },
    FALSE,
    FALSE,
    "cancelled",
    0 },
  { { "lost", "failed", "operation_lost", TRUE, FALSE, FALSE }, TRUE, TRUE, "completed", 0 },
  { { "gone", "failed", "clip_gone", TRUE, FALSE, FALSE }, TRUE, TRUE, "completed", 0 },
  { { "no-mp4", "failed", "not_a_clip", TRUE, FALSE, FALSE }, TRUE, TRUE, "completed", 0 },
  { { "filtered", "failed", "content_filtered", TRUE, FALSE, FALSE }, FALSE, FALSE, "failed", 0 },
  { { "refused", "failed", "invalid_request", FALSE, FALSE, FALSE }, FALSE, FALSE, "failed", 0 },
  { { "no-key", "failed", "credentials", FALSE, FALSE, FALSE }, FALSE, FALSE, "failed", 3 },
  { { "disk", "failed", "disk", FALSE, FALSE, FALSE }, FALSE, FALSE, "failed", 0 },
};

static RecoveryWorld *world; /* one for all cases of the table: (owned) by main */
static guint stride = 1;     /* of the cases that take a process each */

static char *
get_operation (const char *variant)
{
  return g_strdup (emulator_log_string (recovery_world_job (world, variant), "operation_name"));
}

/* Asserts what became of one clip that was @row, the operation of which was @operation_name. */
static void
check_row (const Row *row, const char *operation_name, gboolean is_fetched)
{
  guint n_polls = recovery_world_count (world, "poll", operation_name);

  g_test_message ("clip %s", row->job.variant);
  g_assert_cmpuint (n_polls >= 1, ==, is_fetched);
  veo3_test_assert_job (world->test, row->job.variant, "status",
                        is_fetched ? "completed" : row->after);
  if (row->job.has_operation)
    veo3_test_assert_job (world->test, row->job.variant, "operation_name", operation_name);
  if (is_fetched)
    {
      g_autofree char *clip = g_strdup_printf ("ws/veo3/%s.mp4", row->job.variant);
      g_autofree char *digest = orders_digest (world->test, clip);

      veo3_test_assert_job (world->test, row->job.variant, "sha256", digest);
    }
}

/* All states in one workspace: what the service has is fetched, all else stays as it was or is
 * known to be uncertain, and nothing is sent. Again, there is nothing to fetch any more. */
static void
test_every_state (void)
{
  g_auto (GStrv) operations = g_new0 (char *, G_N_ELEMENTS (rows) + 1);
  g_autofree char *clip = NULL;
  struct stat before;
  struct stat after;

  recovery_world_begin (world);
  clip = recovery_world_clip (world, "completed");
  g_assert_cmpint (stat (clip, &before), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      operations[i] = get_operation (rows[i].job.variant);
      orders_put (world, &rows[i].job);
    }
  recovery_world_save (world);
  orders_expect (world->test, "collect", 5, NULL);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    check_row (&rows[i], operations[i], rows[i].is_fetched);
  g_assert_cmpint (stat (clip, &after), ==, 0);
  g_assert_true (after.st_ino == before.st_ino && after.st_mtime == before.st_mtime);
  world->log_start = veo3_test_count (world->test, NULL);
  orders_expect (world->test, "collect", 5, "there is nothing to collect");
  g_assert_cmpuint (recovery_world_count (world, "poll", NULL), ==, 0);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
}

static void
check_alone (const Row *row)
{
  g_autofree char *operation_name = NULL;

  recovery_world_begin (world);
  operation_name = get_operation (row->job.variant);
  orders_put (world, &row->job);
  recovery_world_save (world);
  g_test_message ("clip %s alone", row->job.variant);
  orders_expect (world->test, "collect", row->alone, NULL);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
  check_row (row, operation_name, row->is_fetched);
}

/* Each state alone among clips that are there: the exit code says what is left to do. */
static void
test_alone (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i += stride)
    check_alone (&rows[i]);
}

static void
check_named (const Row *row)
{
  g_autofree char *line = g_strdup_printf ("collect timed-out %s", row->job.variant);
  g_autofree char *operation_name = NULL;

  recovery_world_begin (world);
  operation_name = get_operation (row->job.variant);
  orders_put (world, &row->job);
  if (strcmp (row->job.variant, "timed-out") != 0)
    orders_put (world, &(OrdersJob){ "timed-out", "timed_out", "deadline", TRUE, FALSE, FALSE });
  recovery_world_save (world);
  g_test_message ("%s", line);
  if (row->is_fetched_by_name || strcmp (row->job.status, "completed") == 0)
    {
      orders_expect (world->test, line, 0, NULL);
      check_row (row, operation_name, row->is_fetched_by_name);
      veo3_test_assert_job (world->test, "timed-out", "status", "completed");
      return;
    }
  orders_expect_refused (world->test, line, 2, "Nothing was changed");
}

/* By its name a cancelled clip is fetched after all; what cannot be fetched is refused by its name,
 * with where it is, and the others with it. */
static void
test_named (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i += stride)
    check_named (&rows[i]);
  recovery_world_begin (world);
  orders_expect_refused (world->test, "collect timed-out nosuch", 2, "there is no clip nosuch");
  orders_expect_refused (world->test, "collect --no-wait=x", 2, "--no-wait takes no value");
}

/* ---- its own times ---- */

#define SLOW "[emulator]\ngeneration-time=1h\n"

/* Without waiting each operation is asked once; what is not ready is left, with its operation, for
 * another time, exit 4. */
static void
test_no_wait (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, SLOW);
  g_autofree char *operation_name = NULL;
  guint n_polls;

  orders_kill (test, orders_await_generating (test));
  operation_name = veo3_test_job (test, "b", "operation_name");
  for (guint i = 0; i < 3; i++)
    {
      n_polls = veo3_test_count (test, "poll");
      orders_expect (test, "collect --no-wait", 4, "not finished yet; the operation is kept");
      g_assert_cmpuint (veo3_test_count (test, "poll"), ==, n_polls + 3);
    }
  n_polls = veo3_test_count (test, "poll");
  orders_expect (test, "collect --no-wait b", 4, NULL);
  g_assert_cmpuint (veo3_test_count (test, "poll"), ==, n_polls + 1);
  g_assert_cmpuint (emulator_client_count (test->emulator, "poll", operation_name), >=, 4);
  veo3_test_assert_job (test, "a", "status", "timed_out");
  veo3_test_assert_job (test, "b", "operation_name", operation_name);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Without waiting, what is ready is fetched all the same. */
static void
test_no_wait_ready (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *clip = pipeline_fixture_path (test->fixture, "ws/veo3/b.mp4");

  veo3_test_expect (test, "run", 0);
  g_assert_cmpint (remove (clip), ==, 0);
  orders_expect (test, "collect --no-wait", 0, "clip b: completed");
  g_assert_true (pipeline_fixture_has (test->fixture, "ws/veo3/b.mp4"));
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A clip that is not ready within the timeout is left as timed out, exit 4, as often as one asks.
 */
static void
test_not_ready (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, SLOW);

  veo3_test_set_plugin_keys (test, "timeout=300ms\n");
  veo3_test_expect (test, "run", 4);
  for (guint i = 0; i < 2; i++)
    orders_expect (test, "collect", 4, "not finished within 0 s");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* ---- after kills ---- */

static void
assert_all (Veo3Test *test, const char *status)
{
  veo3_test_assert_job (test, "a", "status", status);
  veo3_test_assert_job (test, "b", "status", status);
  veo3_test_assert_job (test, "c", "status", status);
}

/* A run that was killed while the answers of its paid requests were on their way: they stay
 * uncertain and are not sent, however often one collects. */
static void
test_killed_submitting (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[submit]\nfaults=ok x3 delay=1h\n");
  PipelineProcess *run = veo3_test_start (test, "run", NULL);

  veo3_test_await_said (run, "VEO3_AWAIT: running");
  veo3_test_await_requests (test, "submit", 3);
  orders_kill (test, run);
  assert_all (test, "submitting");
  for (guint i = 0; i < 3; i++)
    orders_expect (test, "collect", 5, "may have been accepted and billed");
  assert_all (test, "uncertain");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  g_assert_cmpuint (veo3_test_count (test, "poll"), ==, 0);
}

/* Killed while generating: the clips are fetched, exit 0, without the stages running again. */
static void
test_killed_generating (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test
      = GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
            ? veo3_test_new (VEO3_TEST_FAKE, "[fake]\ngeneration-time=1s\n")
            : veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ngeneration-time=1s\n");

  orders_kill (test, orders_await_generating (test));
  orders_expect (test, "collect", 0, "clip c: completed: veo3/c.mp4");
  assert_all (test, "completed");
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/seen.txt"));
  if (test->emulator != NULL)
    g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  veo3_test_expect (test, "run", 0);
  g_assert_true (pipeline_fixture_has (test->fixture, "ws/seen.txt"));
  if (test->emulator != NULL)
    g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Killed while clips arrive: they are fetched again, and nothing half is left. */
static void
test_killed_downloading (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ndownload=direct\n"
                                       "[download]\nfaults=stall=4000 x3; ok x30\n");
  PipelineProcess *run = veo3_test_start (test, "run", NULL);

  veo3_test_await_said (run, "VEO3_AWAIT: running");
  veo3_test_await_requests (test, "download", 3);
  veo3_test_await_status (test, "a", "downloading");
  orders_kill (test, run);
  orders_expect (test, "collect", 0, NULL);
  assert_all (test, "completed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3/.a.mp4.part"));
}

/* Interrupted or killed itself, collecting loses nothing, and the next one goes on. */
static void
check_collect_ends (int signal_number)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, SLOW);
  g_autoptr (PipelineProcess) collect = NULL;
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *before = NULL;
  guint n_polls;

  orders_kill (test, orders_await_generating (test));
  before = veo3_test_job (test, "c", "operation_name");
  n_polls = veo3_test_count (test, "poll");
  collect = orders_start (test, NULL, "collect");
  veo3_test_await_requests (test, "poll", n_polls + 3);
  pipeline_process_signal (collect, signal_number);
  result = pipeline_process_wait (collect);
  g_assert_cmpint (result->exit_code, ==, 128 + signal_number);
  assert_all (test, "generating");
  veo3_test_assert_job (test, "c", "operation_name", before);
  orders_expect (test, "collect --no-wait", 4, NULL);
  veo3_test_assert_job (test, "c", "operation_name", before);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

static void
test_collect_ends (void)
{
  check_collect_ends (SIGINT);
  check_collect_ends (SIGTERM);
  check_collect_ends (SIGKILL);
}

/* While a run works on the clips, no order touches them. */
static void
test_locked (void)
{
  static const char *const lines[]
      = { "collect",      "collect --no-wait a", "cancel a",
          "regenerate a", "reconcile",           "reconcile --abandon a" };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, SLOW);
  PipelineProcess *run = orders_await_generating (test);

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    orders_expect (test, lines[i], 75, NULL);
  assert_all (test, "generating");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  orders_kill (test, run);
}

/* Without a key nothing can be fetched: exit 3 says how to give one, and nothing has changed. */
static void
test_no_key (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, SLOW);

  orders_kill (test, orders_await_generating (test));
  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", NULL);
  orders_expect_refused (test, "collect", 3, "set GEMINI_API_KEY in the environment");
  orders_expect_refused (test, "reconcile --resubmit a", 3, "Nothing was changed");
}

/* Where no clip was ever asked for there is nothing to order. */
static void
test_nothing_there (void)
{
  static const char *const lines[]
      = { "collect", "regenerate a", "cancel", "reconcile --abandon a" };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    orders_expect (test, lines[i], 2, "there is no veo3/jobs.json");
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3"));
  g_assert_cmpuint (veo3_test_count (test, NULL), ==, 0);
}

/* A workspace that was made with the fake plugin under its own name is collected under it. */
static void
test_fake_by_name (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_FAKE, "[fake]\ngeneration-time=3600s\n");
  g_autoptr (PipelineResult) result = NULL;

  pipeline_fixture_write (test->fixture, "ws/pipeline.ini",
                          "[pipeline]\nstages=CONTENT;VEO3_AWAIT\nplugins=veo3_fake\n"
                          "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                          "[stage VEO3_AWAIT]\nplugin=veo3_fake\n"
                          "[plugin veo3_fake]\ntimeout=300ms\npoll-min=20ms\npoll-look=20ms\n");
  result = pipeline_fixture_run (test->fixture, "run", "-w", "ws", NULL);
  g_assert_cmpint (result->exit_code, ==, 4);
  assert_all (test, "timed_out");
  pipeline_fixture_write (test->fixture, "fake.ini", "[fake]\ngeneration-time=1ms\n");
  g_clear_pointer (&result, pipeline_result_free);
  result = pipeline_fixture_run (test->fixture, "veo3_fake", "collect", "-w", "ws", NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  veo3_test_assert_says (result->out, "clip a: completed: veo3/a.mp4");
  assert_all (test, "completed");
}

/* Settings that no new clip could use hold up no clip that was paid for: it is fetched, and what
 * sends nothing works. Paying again is refused. */
static void
test_impossible_settings (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *clip = pipeline_fixture_path (test->fixture, "ws/veo3/a.mp4");

  veo3_test_expect (test, "run", 0);
  g_assert_cmpint (unlink (clip), ==, 0);
  veo3_test_set_plugin_keys (test, "model=veo-3.1-lite-generate-preview\nresolution=4k\n");
  orders_expect (test, "collect", 0, NULL);
  g_assert_true (g_file_test (clip, G_FILE_TEST_IS_REGULAR));
  orders_expect_refused (test, "cancel", 0, "there is nothing to cancel");
  orders_expect_refused (test, "regenerate a", 2, "clip a: resolution: 4k is not possible with");
}

int
main (int argc, char **argv)
{
  const char *variants[G_N_ELEMENTS (rows) + 1] = { NULL };
  int status;

  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    stride = MAX (1, (guint)g_ascii_strtoull (argv[1], NULL, 10));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    variants[i] = rows[i].job.variant;
  world = recovery_world_new (variants, NULL);
  g_test_add_func ("/veo3/collect/every-state", test_every_state);
  g_test_add_func ("/veo3/collect/alone", test_alone);
  g_test_add_func ("/veo3/collect/named", test_named);
  g_test_add_func ("/veo3/collect/no-wait", test_no_wait);
  g_test_add_func ("/veo3/collect/no-wait-ready", test_no_wait_ready);
  g_test_add_func ("/veo3/collect/not-ready", test_not_ready);
  g_test_add_func ("/veo3/collect/killed-submitting", test_killed_submitting);
  veo3_test_add ("/veo3/collect/killed-generating", test_killed_generating);
  g_test_add_func ("/veo3/collect/killed-downloading", test_killed_downloading);
  g_test_add_func ("/veo3/collect/ends", test_collect_ends);
  g_test_add_func ("/veo3/collect/locked", test_locked);
  g_test_add_func ("/veo3/collect/no-key", test_no_key);
  g_test_add_func ("/veo3/collect/nothing-there", test_nothing_there);
  g_test_add_func ("/veo3/collect/fake-by-name", test_fake_by_name);
  g_test_add_func ("/veo3/collect/impossible-settings", test_impossible_settings);
  status = g_test_run ();
  recovery_world_free (world);
  return status;
}
