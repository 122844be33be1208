/* SPDX-License-Identifier: MIT */
/*
 * What a model cannot do is refused before anything is sent, in the whole program; the emulator
 * counts. What follows from the table of models has its tests below plugin/.
 */
#include "tests/integration/veo3/veo3-test.h"

#define PROMPTS                                                                                    \
  "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"a lighthouse\"}, "                       \
  "{\"variant\": \"b\", \"prompt\": \"a fox\", \"resolution\": \"%s\"}]}"
#define LITE "model=veo-3.1-lite-generate-preview\n"

static void
set_resolution (Veo3Test *test, const char *resolution)
{
  g_autofree char *text = g_strdup_printf (PROMPTS, resolution);

  pipeline_fixture_write (test->fixture, "ws/assets.json", text);
}

/* A prompt that asks for what the model cannot do fails alone, and nothing is sent for it; when it
 * is mended, its clip is made. The retired model is told of, and used. */
static void
test_impossible_prompt (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineResult) result = NULL;
  g_autoptr (PipelineResult) look = NULL;
  g_autoptr (PipelineResult) mended = NULL;

  veo3_test_set_plugin_keys (test, LITE);
  set_resolution (test, "4k");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  veo3_test_assert_says (result->err, "was shut down on 2026-10-22; set provider=omni");
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "a", "estimated_cost_usd", "0.3");
  veo3_test_assert_job (test, "b", "status", "failed");
  veo3_test_assert_job (test, "b", "error_code", "invalid_prompt");
  veo3_test_assert_job (test, "b", "attempts", "0");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 1);
  look = veo3_test_run (test, "validate", NULL);
  g_assert_cmpint (look->exit_code, ==, 2);
  veo3_test_assert_says (look->out, "veo3_prompts[1].resolution: 4k is not possible with "
                                    "veo-3.1-lite-generate-preview (gemini), which allows 720p or "
                                    "1080p");
  set_resolution (test, "1080p");
  mended = veo3_test_run (test, "run", "--restart", NULL);
  g_assert_cmpint (mended->exit_code, ==, 0);
  veo3_test_assert_job (test, "b", "status", "completed");
  veo3_test_assert_job (test, "b", "duration_s", "8");
  veo3_test_assert_job (test, "b", "estimated_cost_usd", "0.64");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
}

/* A setting that no clip could use ends the run before it begins, where it is set. */
static void
test_impossible_setting (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineResult) look = NULL;
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_set_plugin_keys (test, LITE "resolution=4k\n");
  look = veo3_test_run (test, "validate", NULL);
  g_assert_cmpint (look->exit_code, ==, 2);
  veo3_test_assert_says (look->out, "pipeline.ini:");
  veo3_test_assert_says (look->out, "): 4k is not possible with veo-3.1-lite-generate-preview");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 2);
  veo3_test_assert_says (result->err, "): 4k is not possible with veo-3.1-lite-generate-preview");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 0);
}

/* An order to pay again for what the model cannot do by now is refused, and changes nothing. */
static void
test_impossible_order (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  set_resolution (test, "4k");
  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "b", "status", "completed");
  before = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  veo3_test_set_plugin_keys (test, LITE);
  result = veo3_test_run (test, "veo3", "regenerate", "b", NULL);
  g_assert_cmpint (result->exit_code, ==, 2);
  veo3_test_assert_says (result->err, "clip b: resolution: 4k is not possible with");
  after = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/models/impossible-prompt", test_impossible_prompt);
  g_test_add_func ("/models/impossible-setting", test_impossible_setting);
  g_test_add_func ("/models/impossible-order", test_impossible_order);
  return g_test_run ();
}
