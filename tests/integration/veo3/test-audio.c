/* SPDX-License-Identifier: MIT */
/*
 * audio=strip in the whole program: clips lose their sound, or keep it with a word, and jobs.json
 * is about the very file that lies there. The scripted service's clips have sound.
 */
#include <glib/gstdio.h>

#include "tests/integration/veo3/veo3-test.h"

/* What ffprobe, a judge of other make, says of a clip's streams: a line for each. */
static char *
probe (Veo3Test *test, const char *name)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);
  const char *argv[] = { "ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of",
                         "csv=p=0", path, NULL };
  g_autoptr (GError) error = NULL;
  char *out = NULL;

  (void)g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL,
                      &error);
  g_assert_no_error (error);
  return g_strchomp (out);
}

static void
assert_clip (Veo3Test *test, const char *variant, const char *streams)
{
  g_autofree char *name = g_strdup_printf ("ws/veo3/%s.mp4", variant);
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);
  g_autofree char *found = probe (test, name);
  g_autofree char *data = NULL;
  g_autofree char *sha256 = NULL;
  g_autofree char *bytes = NULL;
  gsize length = 0;

  g_assert_cmpstr (found, ==, streams);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)data, length);
  bytes = g_strdup_printf ("%" G_GSIZE_FORMAT, length);
  veo3_test_assert_job (test, variant, "status", "completed");
  veo3_test_assert_job (test, variant, "sha256", sha256);
  veo3_test_assert_job (test, variant, "bytes", bytes);
}

static gboolean
has_judge (void)
{
  g_autofree char *ffprobe = g_find_program_in_path ("ffprobe");
  g_autofree char *ffmpeg = g_find_program_in_path ("ffmpeg");

  if (ffprobe == NULL || ffmpeg == NULL)
    g_test_skip ("there is no ffmpeg, or no ffprobe");
  return ffprobe != NULL && ffmpeg != NULL;
}

/* All clips lose their sound but the one whose prompt says otherwise. */
static void
test_strip (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_FAKE, NULL);

  if (!has_judge ())
    return;
  veo3_test_set_plugin_keys (test, "audio=strip\n");
  pipeline_fixture_write (test->fixture, "ws/assets.json",
                          "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"a lighthouse\"}, "
                          "{\"variant\": \"b\", \"prompt\": \"a fox\", \"audio\": \"keep\"}]}");
  veo3_test_expect (test, "run", 0);
  assert_clip (test, "a", "video");
  assert_clip (test, "b", "video\naudio");
}

/* Where ffmpeg fails the clip is there with its sound, and the run says so and is a success. */
static void
test_broken_ffmpeg (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_FAKE, NULL);
  g_autofree char *bin = pipeline_fixture_path (test->fixture, "bin");
  g_autofree char *program = pipeline_fixture_path (test->fixture, "bin/ffmpeg");
  g_autofree char *path = g_strconcat (bin, ":", g_getenv ("PATH"), NULL);
  g_autoptr (PipelineResult) result = NULL;

  if (!has_judge ())
    return;
  veo3_test_set_plugin_keys (test, "audio=strip\n");
  veo3_test_set_prompts (test, "a", "a lighthouse", NULL);
  pipeline_fixture_write (test->fixture, "bin/ffmpeg", "#!/bin/sh\necho broken >&2\nexit 1\n");
  g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  pipeline_fixture_set_environment (test->fixture, "PATH", path);
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 0);
  veo3_test_assert_says (result->err, "clip a: stored with its sound: ffmpeg failed with status 1: "
                                      "broken. Install ffmpeg, or mend it");
  assert_clip (test, "a", "video\naudio");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/audio/strip", test_strip);
  g_test_add_func ("/veo3/audio/broken-ffmpeg", test_broken_ffmpeg);
  return g_test_run ();
}
