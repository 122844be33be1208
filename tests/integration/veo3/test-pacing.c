/* SPDX-License-Identifier: MIT */
/*
 * More clips than the service takes at a time, or than the user lets go in a minute: all of them
 * come, each is paid for once, and all runs of a process share what there is. The emulator counts.
 */
#include "tests/integration/veo3/veo3-test.h"

#include <signal.h>
#include <string.h>

#define N_CLIPS 12
#define GENERATION_US (400 * 1000)
/* The words of one line of the emulator's log. */
#define ACCEPTED "\"status\":200"
#define REFUSED "\"fault\":\"quota-concurrent\""

static void
set_prompts (Veo3Test *test, const char *workspace, guint n)
{
  g_autoptr (GString) text = g_string_new ("{\"veo3_prompts\":[");
  g_autofree char *name = g_strconcat (workspace, "/assets.json", NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s{\"variant\":\"c%u\",\"prompt\":\"%s %u.\"}", i > 0 ? "," : "",
                            i, workspace, i);
  g_string_append (text, "]}");
  pipeline_fixture_write (test->fixture, name, text->str);
}

static guint
count (Veo3Test *test, const char *words)
{
  return emulator_client_count (test->emulator, "submit", words);
}

/* ---- a quota of the service ---- */

/* Different clips are accepted as often as there are clips: so none twice. */
static void
assert_all_came (Veo3Test *test)
{
  g_assert_cmpuint (count (test, ACCEPTED), ==, N_CLIPS);
  for (guint i = 0; i < N_CLIPS; i++)
    {
      g_autofree char *variant = g_strdup_printf ("c%u", i);
      g_autofree char *status = veo3_test_job (test, variant, "status");

      g_assert_cmpstr (status, ==, "completed");
    }
}

/* Of twelve clips the service takes three at a time: all of them come and each is accepted once,
 * three are under way at a time, and few are refused after the first wave. */
static void
test_quota (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\nquota-concurrent=3\ngeneration-time=400ms\n");
  g_autoptr (GArray) accepted = NULL;

  veo3_test_set_plugin_keys (test, "clip-count=12\n");
  set_prompts (test, "ws", N_CLIPS);
  veo3_test_expect (test, "run", 0);
  assert_all_came (test);
  g_assert_cmpuint (count (test, REFUSED), >=, 1);
  g_assert_cmpuint (count (test, REFUSED), <=, 2 * N_CLIPS);
  accepted = veo3_test_request_times (test, "submit", "\"status\": 200");
  g_assert_cmpuint (accepted->len, ==, N_CLIPS);
  g_assert_cmpint (g_array_index (accepted, gint64, 2) - g_array_index (accepted, gint64, 0), <,
                   GENERATION_US);
  g_test_message (
      "12 clips, 3 at a time: %u refused; the last was sent after %.2f s", count (test, REFUSED),
      (double)(g_array_index (accepted, gint64, N_CLIPS - 1) - g_array_index (accepted, gint64, 0))
          / G_USEC_PER_SEC);
}

/* ---- the user's own limit ---- */

static guint
count_jobs (Veo3Test *test, const char *workspace, const char *words)
{
  g_autofree char *name = g_strconcat (workspace, "/veo3/jobs.json", NULL);
  g_autofree char *text = NULL;
  guint n = 0;

  if (!pipeline_fixture_has (test->fixture, name))
    return 0;
  text = pipeline_fixture_read (test->fixture, name);
  for (const char *at = strstr (text, words); at != NULL; at = strstr (at + 1, words))
    n++;
  return n;
}

static gboolean
is_one_left (gpointer user_data)
{
  Veo3Test *test = user_data;

  return count_jobs (test, "ws", "\"completed\"") + count_jobs (test, "ws2", "\"completed\"") == 3
         && count_jobs (test, "ws", "\"pending\"") + count_jobs (test, "ws2", "\"pending\"") == 1;
}

/* Two runs of one process together send no more in a minute than the limit says, and the clip that
 * has to wait for the next minute stays pending when the user does not want to. */
static void
test_shared_limit (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *pipeline = NULL;

  veo3_test_set_plugin_keys (test, "requests-per-minute=3\ntimeout=5s\n");
  pipeline = pipeline_fixture_read (test->fixture, "ws/pipeline.ini");
  pipeline_fixture_write (test->fixture, "ws2/pipeline.ini", pipeline);
  set_prompts (test, "ws", 2);
  set_prompts (test, "ws2", 2);
  process = veo3_test_start (test, "run", "-w", "ws2", "-j", "2", NULL);
  pipeline_fixture_wait_until ("three of four clips", is_one_left, test);
  pipeline_process_signal (process, SIGTERM);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 143);
  g_assert_true (is_one_left (test));
  g_assert_cmpuint (count (test, NULL), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/pacing/quota", test_quota);
  g_test_add_func ("/veo3/pacing/shared-limit", test_shared_limit);
  return g_test_run ();
}
