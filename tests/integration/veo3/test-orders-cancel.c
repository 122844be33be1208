/* SPDX-License-Identifier: MIT */
/*
 * `veo3 cancel` at a service that can be asked to stop (Gemini Omni), in the whole program: who is
 * asked, how often, what is said of it, and that nothing is lost that was quicker.
 *
 * Judge: the emulator's log of requests that it received completely.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "tests/integration/veo3/orders-test.h"

#define STOPPED "the service was asked to stop; what it has generated until then may be billed"

/* A run with one clip that is there, and two that the service has in hand; it was killed. */
static Veo3Test *
make_interrupted (const char *script)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_WIRE, script);
  PipelineProcess *run;

  veo3_test_set_plugin_keys (test, "provider=omni\n");
  veo3_test_set_prompts (test, "a", "a lighthouse", "b", "a fox", "c", "a river", NULL);
  run = veo3_test_start (test, "run", NULL);
  veo3_test_await_status (test, "a", "generating");
  veo3_test_await_status (test, "b", "generating");
  veo3_test_await_status (test, "c", "completed");
  orders_kill (test, run);
  return test;
}

static guint
count_stops (Veo3Test *test, const char *variant)
{
  g_autofree char *name = veo3_test_job (test, variant, "operation_name");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (test->emulator, &error);
  guint n = 0;

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (name, "interactions/"));
  for (guint i = 0; i < log->len; i++)
    {
      json_object *entry = g_ptr_array_index (log, i);

      n += g_strcmp0 (emulator_log_string (entry, "kind"), "cancel") == 0
           && g_strcmp0 (emulator_log_string (entry, "operation"), name + strlen ("interactions/"))
                  == 0;
    }
  return n;
}

static void
expect_cancelled (Veo3Test *test, const char *variant, const char *words)
{
  g_autofree char *message = veo3_test_job (test, variant, "error_message");

  veo3_test_assert_job (test, variant, "status", "cancelled");
  veo3_test_assert_job (test, variant, "error_code", "cancelled");
  veo3_test_assert_says (message, words);
}

/* Each clip in the making is asked to stop once, nothing else is asked for, and no later start goes
 * on with them. By its name a stopped clip is asked for, and the service says what became of it. */
static void
test_running (void)
{
  g_autoptr (Veo3Test) test
      = make_interrupted ("[emulator]\ngeneration-time=1h\n[prompt river]\ngeneration-time=1ms\n");
  guint n_polls = veo3_test_count (test, "poll");

  orders_expect (test, "cancel", 0, "clip b: " STOPPED);
  g_assert_cmpuint (count_stops (test, "a"), ==, 1);
  g_assert_cmpuint (count_stops (test, "b"), ==, 1);
  g_assert_cmpuint (veo3_test_count (test, "cancel"), ==, 2);
  g_assert_cmpuint (veo3_test_count (test, "poll"), ==, n_polls);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  expect_cancelled (test, "a", STOPPED);
  expect_cancelled (test, "b", STOPPED);
  veo3_test_assert_job (test, "c", "status", "completed");
  orders_expect (test, "cancel", 0, "there is nothing to cancel");
  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (veo3_test_count (test, "cancel"), ==, 2);
  g_assert_cmpuint (veo3_test_count (test, "poll"), ==, n_polls);
  orders_expect (test, "collect a", 0, "had been generated until then may have been billed");
  veo3_test_assert_job (test, "a", "status", "failed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Only what is named is stopped; without a key it is cancelled here all the same, and it is said
 * that the service does not know. */
static void
test_named (void)
{
  g_autoptr (Veo3Test) test
      = make_interrupted ("[emulator]\ngeneration-time=1h\n[prompt river]\ngeneration-time=1ms\n");

  orders_expect (test, "cancel b", 4, "clip b: " STOPPED);
  g_assert_cmpuint (count_stops (test, "b"), ==, 1);
  g_assert_cmpuint (veo3_test_count (test, "cancel"), ==, 1);
  veo3_test_assert_job (test, "a", "status", "generating");
  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", NULL);
  orders_expect (test, "cancel", 0, "the service could not be asked to stop: ");
  expect_cancelled (test, "a", "could not be asked to stop: it bills it all the same");
  g_assert_cmpuint (count_stops (test, "a"), ==, 0);
  g_assert_cmpuint (veo3_test_count (test, "cancel"), ==, 1);
}

/* A clip that was quicker wins: the service says that it was over, and by its name it is fetched,
 * and nothing is paid for that. */
static void
test_quicker (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *clip = pipeline_fixture_path (test->fixture, "ws/veo3/a.mp4");
  g_autofree char *text = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *interrupted = NULL;

  veo3_test_set_plugin_keys (test, "provider=omni\nclip-count=1\n");
  veo3_test_set_prompts (test, "a", "a lighthouse", NULL);
  veo3_test_expect (test, "run", 0);
  /* As a process leaves it that died just before it would have heard that it is done. */
  text = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  parts = g_strsplit (text, "\"completed\"", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  interrupted = g_strjoinv ("\"generating\"", parts);
  pipeline_fixture_write (test->fixture, "ws/veo3/jobs.json", interrupted);
  g_assert_cmpint (g_remove (clip), ==, 0);

  orders_expect (test, "cancel", 0, "over at the service already");
  expect_cancelled (test, "a", "`pipeline_runner veo3 collect a` fetches it, for nothing");
  g_assert_cmpuint (count_stops (test, "a"), ==, 1);
  orders_expect (test, "collect", 0, "there is nothing to collect");
  orders_expect (test, "collect a", 0, NULL);
  veo3_test_assert_job (test, "a", "status", "completed");
  g_assert_true (g_file_test (clip, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (veo3_test_count (test, "cancel"), ==, 1);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 1);
}

/* What fails in passing is asked once more and no oftener; what the service refuses is not. The
 * clip is cancelled in any case, and the user is told that it may go on. */
static void
test_unanswered (void)
{
  g_autoptr (Veo3Test) test
      = make_interrupted ("[emulator]\ngeneration-time=1h\n[prompt river]\ngeneration-time=1ms\n"
                          "[prompt lighthouse]\ncancel=503 x9\n[prompt fox]\ncancel=403 x9\n");

  orders_expect (test, "cancel", 0, "may go on and is billed");
  expect_cancelled (test, "a", "could not be asked to stop (HTTP 503");
  expect_cancelled (test, "b", "could not be asked to stop (HTTP 403");
  g_assert_cmpuint (count_stops (test, "a"), ==, 2);
  g_assert_cmpuint (count_stops (test, "b"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/cancel/running", test_running);
  g_test_add_func ("/veo3/cancel/named-and-no-key", test_named);
  g_test_add_func ("/veo3/cancel/quicker", test_quicker);
  g_test_add_func ("/veo3/cancel/unanswered", test_unanswered);
  return g_test_run ();
}
