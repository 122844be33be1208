/* SPDX-License-Identifier: MIT */
/*
 * What the plugin is given: assets of every sort, no key, another plugin in its place, no network,
 * a jobs.json that is broken, newer or of another service. Whatever cannot be used is said once, in
 * words, and costs nothing.
 */
#include "tests/integration/veo3/veo3-test.h"

#include <string.h>

static guint
count_words (const char *text, const char *words)
{
  guint n = 0;

  for (const char *at = strstr (text, words); at != NULL; at = strstr (at + 1, words))
    n++;
  return n;
}

/* ---- assets ---- */

/* CONTENT leaves @assets (NULL: no file): nothing is generated, @words say why, nothing stops. */
static void
expect_nothing (Veo3TestFlavour flavour, const char *assets, const char *words)
{
  g_autoptr (Veo3Test) test = veo3_test_new (flavour, NULL);
  g_autoptr (PipelineResult) result = NULL;

  if (assets != NULL)
    pipeline_fixture_write (test->fixture, "ws/assets.json", assets);
  else
    veo3_test_write_pipeline (test, "CONTENT;VEO3_AWAIT;ASSEMBLY",
                              "[stage CONTENT]\ncommand=true\n"
                              "[stage VEO3_AWAIT]\nplugin=veo3\n"
                              "[stage ASSEMBLY]\ncommand=true\n");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpuint (count_words (result->err, words), ==, 1);
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3"));
  if (test->emulator != NULL)
    g_assert_cmpuint (emulator_client_count (test->emulator, NULL, NULL), ==, 0);
}

/* Without prompts there is nothing to do: no veo3/ folder, exit 0, one clear line. */
static void
test_no_prompts (gconstpointer flavour)
{
  Veo3TestFlavour it = GPOINTER_TO_INT (flavour);

  expect_nothing (it, NULL, "publishing-assets.json");
  expect_nothing (it, "{\"title\": \"x\"}", "publishing-assets.json has no veo3_prompts");
  expect_nothing (it, "{\"veo3_prompts\": null}", "publishing-assets.json has no veo3_prompts");
  expect_nothing (it, "{\"veo3_prompts\": []}", "veo3_prompts is empty");
}

/* Assets that are no JSON, or of the wrong shape, are a warning; the pipeline goes on. */
static void
test_malformed_assets (gconstpointer flavour)
{
  Veo3TestFlavour it = GPOINTER_TO_INT (flavour);

  expect_nothing (it, "\n", "publishing-assets.json");
  expect_nothing (it, "{\"veo3_prompts\": [", "publishing-assets.json");
  expect_nothing (it, "{'veo3_prompts': []}", "publishing-assets.json");
  expect_nothing (it, "[1, 2]", "publishing-assets.json: must be a JSON object");
  expect_nothing (it, "{\"veo3_prompts\": \"two\"}", "veo3_prompts must be an array");
}

/* Each bad entry becomes a failed clip that names entry and field, each odd but clear one is used,
 * and a name that is there twice gets a number. */
static void
test_entries (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = veo3_test_new (GPOINTER_TO_INT (flavour), NULL);
  g_autofree char *message = NULL;

  pipeline_fixture_write (test->fixture, "ws/assets.json",
                          "{\"veo3_prompts\": ["
                          "{\"variant\": \"broll\", \"prompt\": \"x\", \"duration_s\": \"6\"},"
                          "{\"variant\": \"broll\", \"prompt\": \"y\", \"duration_s\": 6.0},"
                          "{\"variant\": \"Bad Name\", \"prompt\": \"z\"}, 7,"
                          "{\"variant\": \"long\", \"prompt\": \"w\", \"duration_s\": \"soon\"},"
                          "{\"variant\": \"late\", \"prompt\": \"v\", \"duration_s\": 0, "
                          "\"narrative_anchor\": \"hook\"}"
                          "]}");
  pipeline_fixture_set_environment (test->fixture, "VEO3_CLIP_COUNT", "9");
  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "broll", "status", "completed");
  veo3_test_assert_job (test, "broll-2", "status", "completed");
  veo3_test_assert_job (test, "broll", "duration_s", "6");
  veo3_test_assert_job (test, "broll-2", "duration_s", "6");
  veo3_test_assert_job (test, "clip-3", "error_code", "invalid_prompt");
  veo3_test_assert_job (test, "clip-4", "error_code", "invalid_prompt");
  message = veo3_test_job (test, "long", "error_message");
  veo3_test_assert_says (message, "veo3_prompts[4].duration_s");
  veo3_test_assert_job (test, "late", "duration_s", "6");
  veo3_test_assert_job (test, "late", "narrative_anchor", "hook");
  if (test->emulator != NULL)
    g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* What an entry says of its clip goes to the service and into jobs.json, its picture included; one
 * whose picture is missing fails alone, and nothing is sent for it. */
static void
test_pictures (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = veo3_test_new (GPOINTER_TO_INT (flavour), NULL);
  g_autofree char *images = NULL;
  g_autofree char *message = NULL;
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_write_picture (test, "first.png");
  pipeline_fixture_write (test->fixture, "ws/assets.json",
                          "{\"veo3_prompts\": ["
                          "{\"variant\": \"a\", \"prompt\": \"x\", \"duration_s\": 8, "
                          "\"first_frame\": \"first.png\", \"aspect_ratio\": \"16:9\", "
                          "\"negative_prompt\": \"rain\", \"aspectratio\": \"1:1\"},"
                          "{\"variant\": \"b\", \"prompt\": \"y\", "
                          "\"first_frame\": \"gone.png\"},"
                          "{\"variant\": \"c\", \"prompt\": \"z\", \"resolutio\": \"4k\"}]}");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "a", "aspect_ratio", "16:9");
  veo3_test_assert_job (test, "a", "negative_prompt", "rain");
  images = veo3_test_job (test, "a", "images");
  veo3_test_assert_says (images, "first.png");
  veo3_test_assert_says (images, "sha256");
  veo3_test_assert_job (test, "b", "error_code", "invalid_prompt");
  message = veo3_test_job (test, "b", "error_message");
  veo3_test_assert_says (message, "veo3_prompts[1].first_frame: gone.png: No such file");
  veo3_test_assert_job (test, "c", "status", "completed");
  veo3_test_assert_says (result->err, "veo3_prompts[2] has a member resolutio that means nothing; "
                                      "resolution, perhaps?");
  if (test->emulator != NULL)
    {
      g_autoptr (GArray) sent = veo3_test_request_times (test, "submit", VEO3_TEST_PICTURE_BASE64);

      g_assert_cmpuint (sent->len, ==, 1);
      g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
    }
}

/* ---- keys and plugins ---- */

/* Without a key the plugin says so once, and the pipeline runs on without clips. */
static void
test_no_key (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineResult) result = NULL;

  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", NULL);
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpuint (count_words (result->err, "GEMINI_API_KEY"), ==, 1);
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3"));
  g_assert_true (pipeline_fixture_has (test->fixture, "ws/seen.txt"));
  g_assert_cmpuint (emulator_client_count (test->emulator, NULL, NULL), ==, 0);
}

/* One pipeline file, two plugins: --plugin puts the fake one into veo3's place, and not one request
 * reaches the service although key and address are set. */
static void
test_swap (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autoptr (PipelineResult) result
      = veo3_test_run (test, "run", "--plugin", "veo3=" TEST_VEO3_FAKE_PLUGIN, NULL);
  json_object *document = pipeline_fixture_read_json (test->fixture, "ws/veo3/jobs.json");

  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpstr (emulator_log_string (document, "provider"), ==, "fake");
  g_assert_cmpuint (emulator_client_count (test->emulator, NULL, NULL), ==, 0);
  json_object_put (document);
}

static gboolean
can_unshare (const char *program)
{
  const char *argv[] = { program, "-n", "true", NULL };
  int wait_status = -1;

  return program != NULL
         && g_spawn_sync (NULL, (char **)argv, NULL,
                          G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                          NULL, &wait_status, NULL)
         && wait_status == 0;
}

/* plugins=veo3_fake needs no network at all: it works where there is none, not even loopback. */
static void
test_no_network (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_FAKE, NULL);
  g_autofree char *unshare = g_find_program_in_path ("unshare");
  const char *wrapper[] = { unshare, "-n", NULL };
  const char *arguments[] = { "run", "-w", "ws", NULL };
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  if (!can_unshare (unshare))
    g_test_message ("no right to make a network namespace: run with the network there");
  pipeline_fixture_write (test->fixture, "ws/pipeline.ini",
                          "[pipeline]\nname=test\nstages=CONTENT;VEO3_AWAIT\nplugins=veo3_fake\n"
                          "[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                          "[stage VEO3_AWAIT]\nplugin=veo3_fake\n"
                          "[plugin veo3_fake]\npoll-min=20ms\npoll-max=100ms\npoll-look=20ms\n");
  process
      = pipeline_fixture_start (test->fixture, can_unshare (unshare) ? wrapper : NULL, arguments);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "c", "status", "completed");
  g_assert_true (pipeline_fixture_has (test->fixture, "ws/veo3/c.mp4"));
}

/* ---- a jobs.json of before ---- */

/* @jobs lies there before the first stage: exit 2, @words, and nothing is sent or run. */
static PipelineResult *
run_on_jobs (Veo3Test *test, const char *jobs)
{
  PipelineResult *result;

  pipeline_fixture_write (test->fixture, "ws/veo3/jobs.json", jobs);
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 2);
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/publishing-assets.json"));
  if (test->emulator != NULL)
    g_assert_cmpuint (emulator_client_count (test->emulator, NULL, NULL), ==, 0);
  return result;
}

/* Name of the copy that was put aside. */
static char *
find_copy (Veo3Test *test)
{
  g_autofree char *folder = pipeline_fixture_path (test->fixture, "ws/veo3");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "jobs.json.bad-"))
      return g_build_filename ("ws/veo3", name, NULL);
  return NULL;
}

/* A jobs.json that does not parse stops the run before anything is sent; a copy is kept, the file
 * is left as it is, and the operations that may be in it are named. */
static void
test_corrupt_jobs (gconstpointer flavour)
{
  static const char broken[] = "{\"schema_version\": 1, \"jobs\": [{\"operation_name\": "
                               "\"models/m/operations/abc123\", \"status\": \"gener";
  g_autoptr (Veo3Test) test = veo3_test_new (GPOINTER_TO_INT (flavour), NULL);
  g_autoptr (PipelineResult) result = run_on_jobs (test, broken);
  g_autofree char *copy = find_copy (test);
  g_autofree char *kept = NULL;
  g_autofree char *left = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");

  veo3_test_assert_says (result->err, "jobs.json");
  veo3_test_assert_says (result->err, "models/m/operations/abc123");
  g_assert_nonnull (copy);
  kept = pipeline_fixture_read (test->fixture, copy);
  g_assert_cmpstr (kept, ==, broken);
  g_assert_cmpstr (left, ==, broken);
}

/* A jobs.json of a later version stops the run and is left alone, without a copy. */
static void
test_newer_jobs (gconstpointer flavour)
{
  static const char newer[] = "{\"schema_version\": 2, \"jobs\": []}";
  g_autoptr (Veo3Test) test = veo3_test_new (GPOINTER_TO_INT (flavour), NULL);
  g_autoptr (PipelineResult) result = run_on_jobs (test, newer);
  g_autofree char *left = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  g_autofree char *copy = find_copy (test);

  veo3_test_assert_says (result->err, "schema_version");
  g_assert_cmpstr (left, ==, newer);
  g_assert_null (copy);
}

/* Operations of one service are not asked for at another: exit 2, and how to go on is said. */
static void
test_other_provider (gconstpointer flavour)
{
  static const char other[]
      = "{\"schema_version\": 1, \"run_id\": \"r\", \"provider\": \"elsewhere\", \"model\": \"m\","
        " \"jobs\": [{\"idempotent_key\": \"r_a\", \"variant\": \"a\", \"status\": \"generating\","
        " \"video_path\": null, \"error_message\": null,"
        " \"operation_name\": \"models/m/operations/abc123\"}]}";
  g_autoptr (Veo3Test) test = veo3_test_new (GPOINTER_TO_INT (flavour), NULL);
  g_autoptr (PipelineResult) result = run_on_jobs (test, other);

  veo3_test_assert_says (result->err, "clip a is an operation of provider elsewhere");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  veo3_test_add ("/veo3/input/no-prompts", test_no_prompts);
  veo3_test_add ("/veo3/input/malformed-assets", test_malformed_assets);
  veo3_test_add ("/veo3/input/entries", test_entries);
  veo3_test_add ("/veo3/input/pictures", test_pictures);
  g_test_add_func ("/veo3/input/no-key", test_no_key);
  g_test_add_func ("/veo3/input/swap", test_swap);
  g_test_add_func ("/veo3/input/no-network", test_no_network);
  veo3_test_add ("/veo3/input/corrupt-jobs", test_corrupt_jobs);
  veo3_test_add ("/veo3/input/newer-jobs", test_newer_jobs);
  veo3_test_add ("/veo3/input/other-provider", test_other_provider);
  return g_test_run ();
}
