/* SPDX-License-Identifier: MIT */
/*
 * The nine criteria of the story but for polling (test-polling.c), on the whole program. What was
 * sent is judged by the emulator's log of completely received requests.
 */
#include "tests/integration/veo3/veo3-test.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define TOGETHER_US (400 * 1000)
#define AT_ONCE_US (300 * 1000)

/* Every submit is answered late, so that what runs side by side can be told from what queues. */
#define SLOW_SUBMITS_FAKE "[fake]\nsubmit-delay=1500ms\n"
#define SLOW_SUBMITS_WIRE "[submit]\nfaults=ok delay=1500ms\n"

static Veo3Test *
new_slow_test (gconstpointer flavour)
{
  return GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
             ? veo3_test_new (VEO3_TEST_FAKE, SLOW_SUBMITS_FAKE)
             : veo3_test_new (VEO3_TEST_WIRE, SLOW_SUBMITS_WIRE);
}

/* AC 1: what CONTENT has written is read, after CONTENT, and not what lay there before. */
static void
test_reads_after_content (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = veo3_test_new (GPOINTER_TO_INT (flavour), NULL);
  g_autofree char *prompt = NULL;

  pipeline_fixture_write (test->fixture, "ws/publishing-assets.json",
                          "{\"veo3_prompts\": [{\"variant\": \"old\", \"prompt\": \"stale\"}]}");
  veo3_test_write_pipeline (test, "ROUTER;CONTENT;VEO3_AWAIT",
                            "[stage ROUTER]\ncommand=sleep 0.2\n"
                            "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                            "[stage VEO3_AWAIT]\nplugin=veo3\n");
  veo3_test_expect (test, "run", 0);
  prompt = veo3_test_job (test, "a", "prompt");
  g_assert_cmpstr (prompt, ==, "a lighthouse");
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3/old.mp4"));
  g_assert_cmpint (veo3_test_event_us (test, "item", "a", "pending"), >=,
                   veo3_test_event_us (test, "stage-ended", "CONTENT", NULL));
  if (test->emulator == NULL)
    return;
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "stale"), ==, 0);
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "a lighthouse"), ==, 1);
}

static guint
count_jobs (Veo3Test *test)
{
  json_object *document = pipeline_fixture_read_json (test->fixture, "ws/veo3/jobs.json");
  guint n = (guint)json_object_array_length (json_object_object_get (document, "jobs"));

  json_object_put (document);
  return n;
}

static void
set_five_prompts (Veo3Test *test)
{
  veo3_test_set_prompts (test, "one", "the 1st", "two", "the 2nd", "three", "the 3rd", "four",
                         "the 4th", "five", "the 5th", NULL);
}

/* AC 2: of five prompts the first VEO3_CLIP_COUNT are used, and three when nobody says how many. */
static void
test_cap (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = veo3_test_new (GPOINTER_TO_INT (flavour), NULL);

  set_five_prompts (test);
  pipeline_fixture_set_environment (test->fixture, "VEO3_CLIP_COUNT", "2");
  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (count_jobs (test), ==, 2);
  veo3_test_assert_job (test, "one", "status", "completed");
  veo3_test_assert_job (test, "two", "status", "completed");
  if (test->emulator == NULL)
    return;
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "the 1st"), ==, 1);
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "the 2nd"), ==, 1);
}

static guint
run_with_caps (const char *file, const char *environment, const char *option)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_FAKE, NULL);
  g_autoptr (PipelineResult) result = NULL;

  set_five_prompts (test);
  if (file != NULL)
    veo3_test_set_plugin_keys (test, file);
  pipeline_fixture_set_environment (test->fixture, "VEO3_CLIP_COUNT", environment);
  result = veo3_test_run (test, "run", option != NULL ? "--set" : NULL, option, NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  return count_jobs (test);
}

/* AC 2: the command line wins over the environment, that over the file, that over the default. */
static void
test_cap_precedence (void)
{
  g_assert_cmpuint (run_with_caps (NULL, NULL, NULL), ==, 3);
  g_assert_cmpuint (run_with_caps ("clip-count=4\n", NULL, NULL), ==, 4);
  g_assert_cmpuint (run_with_caps ("clip-count=4\n", "2", NULL), ==, 2);
  g_assert_cmpuint (run_with_caps ("clip-count=4\n", "2", "veo3.clip-count=1"), ==, 1);
  g_assert_cmpuint (run_with_caps (NULL, "50", NULL), ==, 5);
}

static void
expect_bad_cap (const char *file, const char *environment, const char *option)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineResult) result = NULL;

  if (file != NULL)
    veo3_test_set_plugin_keys (test, file);
  pipeline_fixture_set_environment (test->fixture, "VEO3_CLIP_COUNT", environment);
  result = veo3_test_run (test, "run", option != NULL ? "--set" : NULL, option, NULL);
  g_assert_cmpint (result->exit_code, ==, 2);
  veo3_test_assert_says (result->err, environment != NULL ? "VEO3_CLIP_COUNT" : "clip-count");
  g_assert_cmpuint (emulator_client_count (test->emulator, NULL, NULL), ==, 0);
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/publishing-assets.json"));
}

/* AC 2: a cap that is no number from 1 on is refused before anything runs, whoever said it. */
static void
test_bad_caps (void)
{
  expect_bad_cap (NULL, "0", NULL);
  expect_bad_cap (NULL, "-1", NULL);
  expect_bad_cap (NULL, "2.5", NULL);
  expect_bad_cap (NULL, "many", NULL);
  expect_bad_cap ("clip-count=3 # three\n", NULL, NULL);
  expect_bad_cap (NULL, NULL, "veo3.clip-count=none");
}

/* AC 3: three paid requests arrive together although each is answered after 1.5 s; AC 9: the next
 * stage starts at once. */
static void
test_parallel_and_hidden (gconstpointer flavour)
{
  static const char *const variants[] = { "a", "b", "c" };
  g_autoptr (Veo3Test) test = new_slow_test (flavour);
  g_autoptr (GArray) times = NULL;
  gint64 content_ended_us;
  gint64 gap_us;

  veo3_test_expect (test, "run", 0);
  content_ended_us = veo3_test_event_us (test, "stage-ended", "CONTENT", NULL);
  gap_us = veo3_test_event_us (test, "stage-started", "LAYOUT_DETECTIVE", NULL) - content_ended_us;
  g_test_minimized_result ((double)gap_us / 1e6, "CONTENT's end to LAYOUT_DETECTIVE: %.3f s",
                           (double)gap_us / 1e6);
  g_assert_cmpint (gap_us, <=, AT_ONCE_US);
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      gint64 sent_us = veo3_test_event_us (test, "item", variants[i], "submitting");

      g_assert_cmpint (sent_us - content_ended_us, <=, TOGETHER_US);
      g_assert_cmpint (veo3_test_event_us (test, "item", variants[i], "generating") - sent_us, >=,
                       1400 * 1000);
    }
  g_assert_cmpint (veo3_test_event_us (test, "stage-started", "ASSEMBLY", NULL), >,
                   veo3_test_event_us (test, "item", "c", "completed"));
  if (test->emulator == NULL)
    return;
  times = veo3_test_request_times (test, "submit", NULL);
  g_assert_cmpuint (times->len, ==, 3);
  g_assert_cmpint (g_array_index (times, gint64, 2) - g_array_index (times, gint64, 0), <=,
                   TOGETHER_US);
}

/* What max-parallel allows is sent at once, also beyond the 64 that it usually is: none waits in a
 * queue for another one's answer, from where it could leave after the run was told to end. */
static void
test_many_in_parallel (void)
{
  g_autoptr (Veo3Test) test = new_slow_test (GINT_TO_POINTER (VEO3_TEST_WIRE));
  g_autoptr (GString) assets = g_string_new ("{\"veo3_prompts\":[");
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;
  g_autoptr (GArray) times = NULL;

  for (guint i = 0; i < 80; i++)
    g_string_append_printf (assets, "%s{\"variant\":\"v%u\",\"prompt\":\"a river\"}",
                            i > 0 ? "," : "", i);
  g_string_append (assets, "]}");
  pipeline_fixture_write (test->fixture, "ws/assets.json", assets->str);
  veo3_test_set_plugin_keys (test, "clip-count=80\nmax-parallel=80\n");
  process = veo3_test_start (test, "run", NULL);
  veo3_test_await_requests (test, "submit", 80);
  pipeline_process_signal (process, SIGTERM);
  result = pipeline_process_wait (process);
  times = veo3_test_request_times (test, "submit", NULL);
  g_assert_cmpuint (times->len, ==, 80);
  g_assert_cmpint (g_array_index (times, gint64, 79) - g_array_index (times, gint64, 0), <=,
                   1400 * 1000);
}

/* The emulator's clock when it got the first paid request: real time in microseconds. */
static gint64
first_submit_us (Veo3Test *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (test->emulator, &error);
  g_autoptr (GDateTime) time = NULL;

  g_assert_no_error (error);
  time = g_date_time_new_from_iso8601 (emulator_log_string (g_ptr_array_index (log, 0), "time"),
                                       NULL);
  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
}

/* AC 4: veo3/ and jobs.json with every clip in it exist before the first paid request arrives:
 * while the service still thinks, nothing about the file is younger than the request. */
static void
test_written_before_sent (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[submit]\nfaults=ok delay=500ms\n");
  g_autofree char *path = pipeline_fixture_path (test->fixture, "ws/veo3/jobs.json");
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;
  struct stat info;

  veo3_test_set_plugin_keys (test, "max-parallel=1\n");
  pipeline_fixture_set_environment (test->fixture, "VEO3_CLIP_COUNT", "2");
  process = veo3_test_start (test, "run", NULL);
  veo3_test_await_requests (test, "submit", 1);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000, <=,
                   first_submit_us (test));
  veo3_test_assert_job (test, "a", "status", "submitting");
  veo3_test_assert_job (test, "b", "status", "pending");
  veo3_test_assert_job (test, "b", "video_path", NULL);
  veo3_test_assert_job (test, "b", "error_message", NULL);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
}

/* AC 8: keys are {run_id}_{variant}, and the run id is the one of the command line. */
static void
test_keys (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = veo3_test_new (GPOINTER_TO_INT (flavour), NULL);
  g_autoptr (PipelineResult) result = veo3_test_run (test, "run", "--run-id", "run-42", NULL);
  json_object *document = pipeline_fixture_read_json (test->fixture, "ws/veo3/jobs.json");
  json_object *run = pipeline_fixture_read_json (test->fixture, "ws/run.json");

  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpstr (emulator_log_string (document, "run_id"), ==, "run-42");
  g_assert_cmpstr (emulator_log_string (run, "run_id"), ==, "run-42");
  g_assert_cmpint (emulator_log_int (document, "schema_version"), ==, 1);
  veo3_test_assert_job (test, "a", "idempotent_key", "run-42_a");
  veo3_test_assert_job (test, "b", "idempotent_key", "run-42_b");
  veo3_test_assert_job (test, "c", "idempotent_key", "run-42_c");
  json_object_put (document);
  json_object_put (run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  veo3_test_add ("/veo3/criteria/1-reads-after-content", test_reads_after_content);
  veo3_test_add ("/veo3/criteria/2-cap", test_cap);
  g_test_add_func ("/veo3/criteria/2-cap-precedence", test_cap_precedence);
  g_test_add_func ("/veo3/criteria/2-bad-caps", test_bad_caps);
  veo3_test_add ("/veo3/criteria/3-9-parallel-and-hidden", test_parallel_and_hidden);
  g_test_add_func ("/veo3/criteria/3-many-in-parallel", test_many_in_parallel);
  g_test_add_func ("/veo3/criteria/4-written-before-sent", test_written_before_sent);
  veo3_test_add ("/veo3/criteria/8-keys", test_keys);
  return g_test_run ();
}
