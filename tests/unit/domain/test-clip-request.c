/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3ClipRequest: which of two places counts, and that a digest says of two requests
 * whether they ask for the same clip. Single-threaded.
 */
#include "plugin/domain/veo3-clip-request.h"

/* Of "gemini", "m", "p", "9:16", nothing and "6", each after its length and a colon: what versions
 * without options wrote into jobs.json. */
#define DIGEST_OF_OLD "b98068acec10c45f51ba57b9f1a112c981b77801802a9c432a44654dc261835e"

static void
add_image (Veo3ClipOptions *options, Veo3ImageRole role, const char *path, const char *sha256)
{
  Veo3ClipImage *image = veo3_clip_image_new (role, path);

  image->sha256 = g_strdup (sha256);
  veo3_clip_options_add_image (options, image);
}

/* Everything is said, and nothing as in the other one. */
static void
say (Veo3ClipOptions *options, const char *word, guint32 seed, Veo3Audio audio)
{
  options->aspect_ratio = g_strdup (word);
  options->resolution = g_strdup (word);
  options->negative_prompt = g_strdup (word);
  options->person_generation = g_strdup (word);
  options->has_seed = TRUE;
  options->seed = seed;
  options->audio = audio;
}

/* The stronger place counts where it says anything, a seed of zero included; elsewhere the weaker
 * one does. */
static void
test_merge (void)
{
  g_auto (Veo3ClipOptions) strong = { 0 };
  g_auto (Veo3ClipOptions) weak = { 0 };
  g_auto (Veo3ClipOptions) merged = { 0 };
  const Veo3ClipOptions none = { 0 };

  say (&strong, "strong", 0, VEO3_AUDIO_KEEP);
  say (&weak, "weak", 7, VEO3_AUDIO_STRIP);
  veo3_clip_options_merge (&strong, &weak, &merged);
  g_assert_cmpstr (merged.aspect_ratio, ==, "strong");
  g_assert_cmpstr (merged.resolution, ==, "strong");
  g_assert_cmpstr (merged.negative_prompt, ==, "strong");
  g_assert_cmpstr (merged.person_generation, ==, "strong");
  g_assert_true (merged.has_seed);
  g_assert_cmpuint (merged.seed, ==, 0);
  g_assert_cmpint (merged.audio, ==, VEO3_AUDIO_KEEP);
  veo3_clip_options_merge (&none, &weak, &merged);
  g_assert_cmpstr (merged.aspect_ratio, ==, "weak");
  g_assert_cmpstr (merged.resolution, ==, "weak");
  g_assert_cmpstr (merged.negative_prompt, ==, "weak");
  g_assert_cmpstr (merged.person_generation, ==, "weak");
  g_assert_cmpuint (merged.seed, ==, 7);
  g_assert_cmpint (merged.audio, ==, VEO3_AUDIO_STRIP);
  veo3_clip_options_merge (&none, &none, &merged);
  g_assert_null (merged.aspect_ratio);
  g_assert_false (merged.has_seed);
  g_assert_cmpint (merged.audio, ==, VEO3_AUDIO_UNSAID);
}

/* The pictures of two places are not mixed, and those of the result are copies of their own. */
static void
test_merge_images (void)
{
  Veo3ClipOptions strong = { 0 };
  Veo3ClipOptions weak = { 0 };
  g_auto (Veo3ClipOptions) own = { 0 };
  g_auto (Veo3ClipOptions) other = { 0 };
  const Veo3ClipOptions none = { 0 };
  const Veo3ClipImage *image;

  add_image (&strong, VEO3_IMAGE_REFERENCE, "r1", "aa");
  add_image (&strong, VEO3_IMAGE_REFERENCE, "r2", NULL);
  add_image (&weak, VEO3_IMAGE_FIRST_FRAME, "f", NULL);
  ((Veo3ClipImage *)g_ptr_array_index (strong.images, 0))->mime_type = "image/png";
  veo3_clip_options_merge (&strong, &weak, &own);
  veo3_clip_options_merge (&none, &weak, &other);
  veo3_clip_options_clear (&strong);
  veo3_clip_options_clear (&weak);
  g_assert_cmpuint (veo3_clip_options_count_images (&own, VEO3_IMAGE_REFERENCE), ==, 2);
  g_assert_cmpuint (veo3_clip_options_count_images (&own, VEO3_IMAGE_FIRST_FRAME), ==, 0);
  image = g_ptr_array_index (own.images, 0);
  g_assert_cmpstr (image->path, ==, "r1");
  g_assert_cmpstr (image->sha256, ==, "aa");
  g_assert_cmpstr (image->mime_type, ==, "image/png");
  g_assert_cmpuint (veo3_clip_options_count_images (&other, VEO3_IMAGE_FIRST_FRAME), ==, 1);
  g_assert_cmpuint (veo3_clip_options_count_images (&none, VEO3_IMAGE_FIRST_FRAME), ==, 0);
}

/* The names of the roles are part of jobs.json. */
static void
test_roles (void)
{
  static const char *const names[] = { "first_frame", "last_frame", "reference" };
  Veo3ImageRole role = VEO3_IMAGE_LAST_FRAME;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_true (veo3_image_role_from_string (names[i], &role));
      g_assert_cmpuint (role, ==, i);
      g_assert_cmpstr (veo3_image_role_to_string (role), ==, names[i]);
    }
  g_assert_false (veo3_image_role_from_string ("frame", &role));
  g_assert_false (veo3_image_role_from_string (NULL, &role));
  g_assert_cmpint (role, ==, VEO3_IMAGE_REFERENCE);
}

/* ---- digests ---- */

/* One change to a request that says nothing but the least. */
typedef void (*Change) (Veo3ClipRequest *request);

static void
change_nothing (Veo3ClipRequest *request)
{
  (void)request;
}

static void
change_negative_prompt (Veo3ClipRequest *request)
{
  request->options.negative_prompt = g_strdup ("x");
}

static void
change_person_generation (Veo3ClipRequest *request)
{
  request->options.person_generation = g_strdup ("x");
}

static void
change_resolution (Veo3ClipRequest *request)
{
  request->options.resolution = g_strdup ("x");
}

static void
change_aspect_ratio (Veo3ClipRequest *request)
{
  g_free (request->options.aspect_ratio);
  request->options.aspect_ratio = g_strdup ("16:9");
}

static void
change_duration (Veo3ClipRequest *request)
{
  request->duration_s = 8;
}

static void
change_seed_to_zero (Veo3ClipRequest *request)
{
  request->options.has_seed = TRUE;
}

static void
change_seed_to_one (Veo3ClipRequest *request)
{
  request->options.has_seed = TRUE;
  request->options.seed = 1;
}

static void
change_audio (Veo3ClipRequest *request)
{
  request->options.audio = VEO3_AUDIO_STRIP;
}

static void
change_first_frame (Veo3ClipRequest *request)
{
  add_image (&request->options, VEO3_IMAGE_FIRST_FRAME, "a", "aa");
}

static void
change_last_frame (Veo3ClipRequest *request)
{
  add_image (&request->options, VEO3_IMAGE_LAST_FRAME, "a", "aa");
}

static void
change_reference (Veo3ClipRequest *request)
{
  add_image (&request->options, VEO3_IMAGE_REFERENCE, "a", "aa");
}

static void
change_content (Veo3ClipRequest *request)
{
  add_image (&request->options, VEO3_IMAGE_FIRST_FRAME, "a", "bb");
}

static void
change_both_frames (Veo3ClipRequest *request)
{
  change_first_frame (request);
  change_last_frame (request);
}

static char *
digest_changed (Change change)
{
  g_auto (Veo3ClipRequest) request = { .prompt = g_strdup ("p"), .duration_s = 6 };

  request.options.aspect_ratio = g_strdup ("9:16");
  change (&request);
  return veo3_clip_request_digest (&request, "gemini", "m");
}

/* A job of which nothing is said has the digest that it always had: an update of the program makes
 * no clip stale. */
static void
test_old_digest (void)
{
  g_autofree char *digest = digest_changed (change_nothing);

  g_assert_cmpstr (digest, ==, DIGEST_OF_OLD);
}

/* Whatever is asked for otherwise gives another digest, and no two of them the same. */
static void
test_each_changes (void)
{
  static const Change changes[] = {
    change_nothing,      change_negative_prompt, change_person_generation, change_resolution,
    change_aspect_ratio, change_duration,        change_seed_to_zero,      change_seed_to_one,
    change_audio,        change_first_frame,     change_last_frame,        change_reference,
    change_content,      change_both_frames,
  };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_assert_true (g_hash_table_add (seen, digest_changed (changes[i])));
}

static void
change_name_only (Veo3ClipRequest *request)
{
  add_image (&request->options, VEO3_IMAGE_FIRST_FRAME, "elsewhere/b", "aa");
}

static void
change_to_kept_audio (Veo3ClipRequest *request)
{
  request->options.audio = VEO3_AUDIO_KEEP;
}

static void
change_unknown_content (Veo3ClipRequest *request)
{
  add_image (&request->options, VEO3_IMAGE_FIRST_FRAME, "a", NULL);
}

static void
change_unknown_content_elsewhere (Veo3ClipRequest *request)
{
  add_image (&request->options, VEO3_IMAGE_FIRST_FRAME, "b", NULL);
}

/* A picture is what is in it; only where nobody has looked, its name stands for it. Sound that is
 * kept is what is got when nothing is said. */
static void
test_content (void)
{
  g_autofree char *old = digest_changed (change_to_kept_audio);
  g_autofree char *first = digest_changed (change_first_frame);
  g_autofree char *moved = digest_changed (change_name_only);
  g_autofree char *unknown = digest_changed (change_unknown_content);
  g_autofree char *other = digest_changed (change_unknown_content_elsewhere);

  g_assert_cmpstr (old, ==, DIGEST_OF_OLD);
  g_assert_cmpstr (moved, ==, first);
  g_assert_cmpstr (unknown, !=, other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/clip-request/merge", test_merge);
  g_test_add_func ("/veo3/clip-request/merge-images", test_merge_images);
  g_test_add_func ("/veo3/clip-request/roles", test_roles);
  g_test_add_func ("/veo3/clip-request/old-digest", test_old_digest);
  g_test_add_func ("/veo3/clip-request/each-changes", test_each_changes);
  g_test_add_func ("/veo3/clip-request/content", test_content);
  return g_test_run ();
}
