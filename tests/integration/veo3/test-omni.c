/* SPDX-License-Identifier: MIT */
/*
 * The whole program with Gemini Omni, over the emulator's Interactions API: from the prompts to the
 * clips. The emulator's log is the judge of what was paid.
 */
#include <string.h>

#include "tests/integration/veo3/veo3-test.h"

static Veo3Test *
new_test (const char *script)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_WIRE, script);

  veo3_test_set_plugin_keys (test, "provider=omni\n");
  return test;
}

static void
assert_clip (Veo3Test *test, const char *variant)
{
  g_autofree char *name = g_strdup_printf ("ws/veo3/%s.mp4", variant);
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);
  g_autofree char *operation = veo3_test_job (test, variant, "operation_name");
  g_autofree char *sha256 = NULL;
  g_autofree char *data = NULL;
  gsize length;

  veo3_test_assert_job (test, variant, "status", "completed");
  g_assert_true (g_str_has_prefix (operation, "interactions/"));
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpuint (length, >, 8);
  g_assert_cmpmem (data + 4, 4, "ftyp", 4);
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)data, length);
  veo3_test_assert_job (test, variant, "sha256", sha256);
}

/* Three prompts become three clips, each in another of the ways in which the service hands one out,
 * and each is paid once. */
static void
test_three_clips (void)
{
  g_autoptr (Veo3Test) test = new_test ("[emulator]\nclip=bytes:3MiB\n"
                                        "[prompt fox]\nomni=status-last queued\n"
                                        "[prompt river]\nomni=uri\n");
  g_autofree char *jobs = NULL;

  veo3_test_expect (test, "run", 0);
  assert_clip (test, "a");
  assert_clip (test, "b");
  assert_clip (test, "c");
  jobs = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  g_assert_nonnull (strstr (jobs, "omni"));
  g_assert_null (strstr (jobs, VEO3_TEST_KEY));
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A clip that the service does not want to make fails with the service's words, in each of the
 * forms that they come in; it is asked for once. */
static void
test_blocked (void)
{
  g_autoptr (Veo3Test) test
      = new_test ("[prompt lighthouse]\nresult=filtered\n[prompt fox]\nresult=refused\n"
                  "[prompt river]\nresult=error-only\n"
                  "[prompt tower]\nsubmit=400 code=content_blocked x9\n");
  static const char *const variants[] = { "a", "b", "c", "d" };

  veo3_test_set_plugin_keys (test, "provider=omni\nclip-count=4\n");
  veo3_test_set_prompts (test, "a", "a lighthouse", "b", "a fox", "c", "a river", "d", "a tower",
                         NULL);
  veo3_test_expect (test, "run", 0);
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *message = veo3_test_job (test, variants[i], "error_message");

      g_test_message ("%s: %s", variants[i], message);
      veo3_test_assert_job (test, variants[i], "status", "failed");
      veo3_test_assert_job (test, variants[i], "error_code", "content_filtered");
      veo3_test_assert_says (message, i == 1 ? "can't generate" : "Request blocked for");
    }
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 4);
}

/* A create call whose answer is lost is never sent again; the others go on. */
static void
test_uncertain (void)
{
  g_autoptr (Veo3Test) test = new_test ("[prompt fox]\nsubmit=accept-close x1\n");

  veo3_test_expect (test, "run", 5);
  veo3_test_assert_job (test, "b", "status", "uncertain");
  assert_clip (test, "a");
  assert_clip (test, "c");
  veo3_test_expect (test, "run", 5);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Killed in the middle of the generation: the next run polls what the first one has paid for. */
static void
test_killed (void)
{
  g_autoptr (Veo3Test) test = new_test ("[emulator]\ngeneration-time=1s\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  veo3_test_await_status (test, "a", "generating");
  veo3_test_await_status (test, "b", "generating");
  veo3_test_await_status (test, "c", "generating");
  veo3_test_kill (test, process);
  before = veo3_test_job (test, "a", "operation_name");
  veo3_test_expect (test, "run", 0);
  after = veo3_test_job (test, "a", "operation_name");
  g_assert_cmpstr (before, ==, after);
  assert_clip (test, "a");
  assert_clip (test, "b");
  assert_clip (test, "c");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Polls and fetches that break are repeated, and nothing is paid for that. */
static void
test_broken (void)
{
  g_autoptr (Veo3Test) test
      = new_test ("[emulator]\nclip=bytes:300KiB\n"
                  "[prompt lighthouse]\npoll=503 x1; cut=20000 x3; ok x99\n"
                  "[prompt fox]\nomni=uri\nfile=503 x1; ok x9\ndownload=cut=1000 x1; ok x9\n"
                  "[prompt river]\npoll=rst x1; truncated-json x1; 429 x1; ok x99\n");

  veo3_test_expect (test, "run", 0);
  assert_clip (test, "a");
  assert_clip (test, "b");
  assert_clip (test, "c");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A model that takes no background calls says so for nothing, and is asked for events. */
static void
test_no_background (void)
{
  g_autoptr (Veo3Test) test
      = new_test ("[prompt lighthouse]\nsubmit=400 message=\"'background' is not supported by this "
                  "model.\" x1; ok x9\n");

  veo3_test_set_plugin_keys (test, "provider=omni\nclip-count=1\n");
  veo3_test_expect (test, "run", 0);
  assert_clip (test, "a");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
  veo3_test_assert_job (test, "a", "attempts", "2");
}

/* A model that is gone stops the run at the first word of it, and exit 3 says so. */
static void
test_model_gone (void)
{
  g_autoptr (Veo3Test) test = new_test ("[emulator]\nretired-models=all\n");

  veo3_test_expect (test, "run", 3);
  veo3_test_assert_job (test, "a", "error_code", "model_gone");
}

/* Both frames are in the paid request, first the first, bound by tags in front of the prompt. */
static void
test_frames (void)
{
  g_autoptr (Veo3Test) test = new_test ("[emulator]\nclip=bytes:200KiB\n");
  json_object *submit;

  veo3_test_write_picture (test, "from.png");
  veo3_test_write_picture (test, "to.png");
  veo3_test_set_plugin_keys (
      test, "provider=omni\nclip-count=1\nfirst-frame=from.png\nlast-frame=to.png\n");
  veo3_test_expect (test, "run", 0);
  assert_clip (test, "a");
  submit = veo3_test_only_request (test, "submit");
  g_assert_cmpstr (emulator_log_string (submit, "body/input/0/data"), ==, VEO3_TEST_PICTURE_BASE64);
  g_assert_cmpstr (emulator_log_string (submit, "body/input/0/mime_type"), ==, "image/png");
  g_assert_cmpstr (emulator_log_string (submit, "body/input/1/data"), ==, VEO3_TEST_PICTURE_BASE64);
  g_assert_true (g_str_has_prefix (emulator_log_string (submit, "body/input/2/text"),
                                   "<FIRST_FRAME> <LAST_FRAME> "));
  json_object_put (submit);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/omni/three-clips", test_three_clips);
  g_test_add_func ("/veo3/omni/blocked", test_blocked);
  g_test_add_func ("/veo3/omni/uncertain", test_uncertain);
  g_test_add_func ("/veo3/omni/killed", test_killed);
  g_test_add_func ("/veo3/omni/broken", test_broken);
  g_test_add_func ("/veo3/omni/no-background", test_no_background);
  g_test_add_func ("/veo3/omni/model-gone", test_model_gone);
  g_test_add_func ("/veo3/omni/frames", test_frames);
  return g_test_run ();
}
