/* SPDX-License-Identifier: MIT */
/*
 * The whole program with clips that are cut on their way, over each of the three wires that have
 * files: they are continued, begun anew where that would be wrong, and paid for once. The
 * emulator's log is the judge of what was asked for.
 */
#include <string.h>

#include "tests/integration/veo3/veo3-test.h"

#define CUT_BYTES "300000"
#define CLIP_BYTES 716800
/* Two clips are cut; then one of them is continued, and the other has become another one. */
#define SCRIPT                                                                                     \
  "[emulator]\nclip=bytes:700KiB\nomni=uri\n"                                                      \
  "[prompt lighthouse]\ndownload=cut=" CUT_BYTES " x1\n"                                           \
  "[prompt fox]\ndownload=cut=" CUT_BYTES " x1; new-etag x1\n"                                     \
  "[prompt river]\ndownload=cut=" CUT_BYTES " x1; wrong-range x1\n"

static void
assert_clip (Veo3Test *test, const char *variant)
{
  g_autofree char *name = g_strdup_printf ("ws/veo3/%s.mp4", variant);
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);
  g_autofree char *part_name = g_strdup_printf ("ws/veo3/.%s.mp4.part", variant);
  g_autofree char *sha256 = NULL;
  g_autofree char *data = NULL;
  gsize length;

  veo3_test_assert_job (test, variant, "status", "completed");
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpuint (length, ==, CLIP_BYTES);
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)data, length);
  veo3_test_assert_job (test, variant, "sha256", sha256);
  g_assert_false (pipeline_fixture_has (test->fixture, part_name));
}

/* Downloads of one clip that were answered with a status, by what was asked for. */
static guint
count_downloads (Veo3Test *test, const char *words, int status)
{
  g_autofree char *answer = g_strdup_printf ("\"status\":%d", status);
  g_autofree char *log = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (
      g_file_get_contents (emulator_client_get_log_path (test->emulator), &log, NULL, NULL));
  lines = g_strsplit (log, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    n += strstr (lines[i], "\"kind\":\"download\"") != NULL && strstr (lines[i], words) != NULL
         && strstr (lines[i], answer) != NULL;
  return n;
}

/* All three arrive whole. Each was asked for its rest once, under a condition; one of them got it,
 * the others came anew. */
static void
run_and_check (Veo3Test *test)
{
  veo3_test_expect (test, "run", 0);
  assert_clip (test, "a");
  assert_clip (test, "b");
  assert_clip (test, "c");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  g_assert_cmpuint (
      count_downloads (test, "\"range\":\"bytes=" CUT_BYTES "-\",\"if-range\":\"", 206), ==, 2);
  g_assert_cmpuint (
      count_downloads (test, "\"range\":\"bytes=" CUT_BYTES "-\",\"if-range\":\"", 200), ==, 1);
  g_assert_cmpuint (count_downloads (test, "\"range\":null", 200), ==, 5);
}

/* Files of the Gemini API, behind their redirect. */
static void
test_gemini (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, SCRIPT);

  run_and_check (test);
}

/* Files of the Interactions API. */
static void
test_omni (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, SCRIPT);

  veo3_test_set_plugin_keys (test, "provider=omni\n");
  run_and_check (test);
}

/* Objects of a bucket. */
static void
test_vertex (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, SCRIPT);
  const char *base_url = emulator_client_get_base_url (test->emulator);

  pipeline_fixture_set_environment (test->fixture, "GOOGLE_VERTEX_BASE_URL", base_url);
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_GENAI_USE_VERTEXAI", "True");
  pipeline_fixture_set_environment (test->fixture, "GOOGLE_CLOUD_PROJECT", "my-project");
  pipeline_fixture_set_environment (test->fixture, "CLOUDSDK_CONFIG", "/nowhere");
  pipeline_fixture_set_environment (test->fixture, "GCE_METADATA_HOST",
                                    base_url + strlen ("http://"));
  veo3_test_set_plugin_keys (test, "storage-uri=gs://my-bucket/reels\n");
  run_and_check (test);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/downloads/gemini", test_gemini);
  g_test_add_func ("/veo3/downloads/omni", test_omni);
  g_test_add_func ("/veo3/downloads/vertex", test_vertex);
  return g_test_run ();
}
