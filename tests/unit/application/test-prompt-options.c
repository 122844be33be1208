/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3PromptOptions: what an entry of veo3_prompts[] may say of its clip, and what is said
 * to those who say it wrongly. Single-threaded.
 */
#include "plugin/application/veo3-prompt-options.h"

#include <gio/gio.h>
#include <string.h>

#include "plugin/application/veo3-prompt-reader.h"

/* Returns: (transfer full): the only prompt of an entry that has @members beside its name and text.
 */
static Veo3Prompt *
read_entry (const char *members)
{
  g_autofree char *text
      = g_strdup_printf ("{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"p\"%s%s}]}",
                         *members != '\0' ? ", " : "", members);
  g_autoptr (GPtrArray) prompts = NULL;
  g_autoptr (GError) error = NULL;
  guint n_found = 0;

  prompts = veo3_prompt_reader_parse (text, strlen (text), 3, &n_found, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (prompts->len, ==, 1);
  g_ptr_array_set_free_func (prompts, NULL);
  return g_ptr_array_index (prompts, 0);
}

static void
assert_image (const Veo3Prompt *prompt, guint index, Veo3ImageRole role, const char *path)
{
  const Veo3ClipImage *image = g_ptr_array_index (prompt->options.images, index);

  g_assert_cmpint (image->role, ==, role);
  g_assert_cmpstr (image->path, ==, path);
  g_assert_null (image->sha256);
}

/* Each member lands in its place. */
static void
test_all (void)
{
  g_autoptr (Veo3Prompt) prompt = read_entry (
      "\"aspect_ratio\": \"16:9\", \"resolution\": \"1080p\", \"negative_prompt\": \"rain, ä\", "
      "\"seed\": 4294967295, \"person_generation\": \"allow_adult\", \"audio\": \"strip\", "
      "\"first_frame\": \"in/first.png\", \"last_frame\": \"./last.jpg\", "
      "\"reference_images\": [\"r 1.png\", \"ü/r2.png\"]");

  g_assert_cmpstr (prompt->problem, ==, NULL);
  g_assert_cmpstr (prompt->note, ==, NULL);
  g_assert_cmpstr (prompt->options.aspect_ratio, ==, "16:9");
  g_assert_cmpstr (prompt->options.resolution, ==, "1080p");
  g_assert_cmpstr (prompt->options.negative_prompt, ==, "rain, ä");
  g_assert_true (prompt->options.has_seed);
  g_assert_cmpuint (prompt->options.seed, ==, G_MAXUINT32);
  g_assert_cmpstr (prompt->options.person_generation, ==, "allow_adult");
  g_assert_cmpint (prompt->options.audio, ==, VEO3_AUDIO_STRIP);
  g_assert_cmpuint (prompt->options.images->len, ==, 4);
  assert_image (prompt, 0, VEO3_IMAGE_FIRST_FRAME, "in/first.png");
  assert_image (prompt, 1, VEO3_IMAGE_LAST_FRAME, "./last.jpg");
  assert_image (prompt, 2, VEO3_IMAGE_REFERENCE, "r 1.png");
  assert_image (prompt, 3, VEO3_IMAGE_REFERENCE, "ü/r2.png");
}

/* Nothing, null, and the empty text and list that templates leave behind say nothing. */
static void
test_unsaid (void)
{
  static const char *const entries[] = {
    "",
    "\"aspect_ratio\": null, \"resolution\": null, \"negative_prompt\": null, \"seed\": null, "
    "\"person_generation\": null, \"audio\": null, \"first_frame\": null, "
    "\"last_frame\": null, \"reference_images\": null",
    "\"negative_prompt\": \"\", \"reference_images\": []"
  };

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      g_autoptr (Veo3Prompt) prompt = read_entry (entries[i]);

      g_assert_cmpstr (prompt->problem, ==, NULL);
      g_assert_null (prompt->options.aspect_ratio);
      g_assert_null (prompt->options.resolution);
      g_assert_null (prompt->options.negative_prompt);
      g_assert_null (prompt->options.person_generation);
      g_assert_null (prompt->options.images);
      g_assert_false (prompt->options.has_seed);
      g_assert_cmpint (prompt->options.audio, ==, VEO3_AUDIO_UNSAID);
    }
}

/* A seed of seven in every coat is seven; zero is a seed; one path is a list of one. */
static void
test_coats (void)
{
  static const char *const seven[] = { "7", "\"7\"", "7.0", "\" 7 \"", "7e0" };
  g_autoptr (Veo3Prompt) zero = read_entry ("\"seed\": 0, \"audio\": \"keep\"");
  g_autoptr (Veo3Prompt) one = read_entry ("\"reference_images\": \"r.png\"");

  for (guint i = 0; i < G_N_ELEMENTS (seven); i++)
    {
      g_autofree char *member = g_strconcat ("\"seed\": ", seven[i], NULL);
      g_autoptr (Veo3Prompt) prompt = read_entry (member);

      g_assert_cmpstr (prompt->problem, ==, NULL);
      g_assert_true (prompt->options.has_seed);
      g_assert_cmpuint (prompt->options.seed, ==, 7);
    }
  g_assert_true (zero->options.has_seed);
  g_assert_cmpuint (zero->options.seed, ==, 0);
  g_assert_cmpint (zero->options.audio, ==, VEO3_AUDIO_KEEP);
  g_assert_cmpuint (one->options.images->len, ==, 1);
  assert_image (one, 0, VEO3_IMAGE_REFERENCE, "r.png");
}

/* What is wrong is named with its entry and its field, and with what would be right. */
static void
test_wrong (void)
{
  static const struct
  {
    const char *member;
    const char *words;
  } rows[] = {
    { "\"aspect_ratio\": \"1:1\"", "aspect_ratio must be one of 9:16, 16:9" },
    { "\"aspect_ratio\": \"\"", "aspect_ratio must be one of" },
    { "\"aspect_ratio\": \"9:16\\u0000\"", "aspect_ratio must be one of" },
    { "\"aspect_ratio\": 1.77", "aspect_ratio must be one of" },
    { "\"resolution\": \"8k\"", "resolution must be one of 360p, 720p, 1080p, 4k" },
    { "\"resolution\": 1080", "resolution must be one of" },
    { "\"person_generation\": \"allow\"",
      "person_generation must be one of allow_all, allow_adult, dont_allow" },
    { "\"audio\": false", "audio must be one of keep, strip" },
    { "\"negative_prompt\": [\"rain\"]", "negative_prompt must be a string" },
    { "\"negative_prompt\": \"a\\u0000b\"", "negative_prompt contains a NUL character" },
    { "\"negative_prompt\": \" \"", "negative_prompt is empty" },
    { "\"seed\": -1", "seed must be a whole number between 0 and 4294967295" },
    { "\"seed\": 4294967296", "seed must be" },
    { "\"seed\": 99999999999999999999", "seed must be" },
    { "\"seed\": 0.5", "seed must be" },
    { "\"seed\": \"nan\"", "seed must be" },
    { "\"seed\": \"\"", "seed must be" },
    { "\"seed\": true", "seed must be" },
    { "\"first_frame\": \"\"", "first_frame is empty" },
    { "\"first_frame\": 3", "first_frame must be the path of a picture" },
    { "\"first_frame\": \"a\\u0000b\"", "first_frame must be the path of a picture" },
    { "\"first_frame\": \"a\\nb\"", "first_frame is no path" },
    { "\"first_frame\": \"/etc/passwd\"", "first_frame must be a path within the workspace" },
    { "\"last_frame\": \"../x.png\"", "last_frame must be a path within the workspace" },
    { "\"last_frame\": \"a/../../x.png\"", "last_frame must be a path within" },
    { "\"last_frame\": {\"path\": \"x\"}", "last_frame must be the path" },
    { "\"reference_images\": {}", "reference_images must be the path" },
    { "\"reference_images\": [\"a.png\", null]", "reference_images[1] must be the path" },
    { "\"reference_images\": [\"a.png\", \"\"]", "reference_images[1] is empty" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *words
          = g_strconcat ("publishing-assets.json: veo3_prompts[0].", rows[i].words, NULL);
      g_autoptr (Veo3Prompt) prompt = read_entry (rows[i].member);

      g_assert_nonnull (prompt->problem);
      if (!g_str_has_prefix (prompt->problem, words))
        g_error ("expected \"%s\" in: %s", words, prompt->problem);
      g_assert_null (strchr (prompt->problem, '\n'));
    }
}

/* What is wrong with the entry itself comes first. */
static void
test_first_problem (void)
{
  g_autoptr (Veo3Prompt) prompt = read_entry ("\"duration_s\": -1, \"seed\": -1");

  g_assert_nonnull (strstr (prompt->problem, "duration_s"));
  g_assert_null (strstr (prompt->problem, "seed"));
}

/* A slip of the pen is pointed out, and costs nothing; whatever else stands there is the user's. */
static void
test_slips (void)
{
  static const struct
  {
    const char *member;
    const char *meant; /* (nullable) */
  } rows[] = {
    { "aspectRatio", "aspect_ratio" },
    { "aspect-ratio", "aspect_ratio" },
    { "Resolution", "resolution" },
    { "negativ_prompt", "negative_prompt" },
    { "sede", "seed" },
    { "duration", "duration_s" },
    { "reference_image", "reference_images" },
    { "firstframe", "first_frame" },
    { "personGeneration", "person_generation" },
    { "mood", NULL },
    { "title", NULL },
    { "prompts", NULL }, /* the entry has its prompt */
    { "see", "seed" },
    { "x", NULL },
    { "seed?", NULL },
    { "resolutionresolutionresolutionresolution", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *member = g_strdup_printf ("\"%s\": \"1\"", rows[i].member);
      g_autofree char *words
          = rows[i].meant == NULL ? NULL
                                  : g_strdup_printf ("publishing-assets.json: veo3_prompts[0] has "
                                                     "a member %s that means nothing; %s, perhaps?",
                                                     rows[i].member, rows[i].meant);
      g_autoptr (Veo3Prompt) prompt = read_entry (member);

      g_assert_cmpstr (prompt->problem, ==, NULL);
      g_assert_cmpstr (prompt->note, ==, words);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/prompt-options/all", test_all);
  g_test_add_func ("/veo3/prompt-options/unsaid", test_unsaid);
  g_test_add_func ("/veo3/prompt-options/coats", test_coats);
  g_test_add_func ("/veo3/prompt-options/wrong", test_wrong);
  g_test_add_func ("/veo3/prompt-options/first-problem", test_first_problem);
  g_test_add_func ("/veo3/prompt-options/slips", test_slips);
  return g_test_run ();
}
