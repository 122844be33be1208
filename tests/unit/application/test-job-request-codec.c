/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3JobRequestCodec: what was asked for comes back out of jobs.json as it was written,
 * and a job of which nothing is said looks as it always did. Single-threaded.
 */
#include "plugin/application/veo3-job-request-codec.h"

#include <string.h>

#include "plugin/application/veo3-job-codec.h"

#define SHA "abababababababababababababababababababababababababababababababab"

/* One job with @members, and what it takes to be one. */
static char *
make_text (const char *members)
{
  return g_strdup_printf ("{\"schema_version\": 1, \"jobs\": [{\"idempotent_key\": \"r_a\", "
                          "\"variant\": \"a\", \"status\": \"failed\"%s%s}]}",
                          *members != '\0' ? ", " : "", members);
}

static Veo3JobDocument *
parse (const char *members, GPtrArray **ret_jobs, GError **error)
{
  g_autofree char *text = make_text (members);

  return veo3_job_codec_parse ("jobs", text, strlen (text), ret_jobs, error);
}

static void
assert_error (const char *members, const char *words)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (members, &jobs, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  if (strstr (error->message, words) == NULL)
    g_error ("expected \"%s\" in: %s", words, error->message);
}

/* What @job becomes when it is written as a new one and read again. */
static Veo3Job *
write_and_read (Veo3Job *job, char **ret_text)
{
  g_autoptr (Veo3JobDocument) document = veo3_job_document_new ();
  g_autoptr (Veo3JobDocument) again = NULL;
  g_autoptr (GPtrArray) jobs = g_ptr_array_new ();
  g_autoptr (GPtrArray) same = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (jobs, job);
  *ret_text = veo3_job_codec_format (document, jobs, &error);
  g_assert_no_error (error);
  again = veo3_job_codec_parse ("jobs", *ret_text, strlen (*ret_text), &same, &error);
  g_assert_no_error (error);
  g_ptr_array_set_free_func (same, NULL);
  return g_ptr_array_index (same, 0);
}

static void
add_image (Veo3Job *job, Veo3ImageRole role, const char *path, const char *sha256)
{
  Veo3ClipImage *image = veo3_clip_image_new (role, path);

  image->sha256 = g_strdup (sha256);
  veo3_clip_options_add_image (&job->request.options, image);
}

static void
assert_image (const Veo3Job *job, guint index, Veo3ImageRole role, const char *path)
{
  const Veo3ClipImage *image = g_ptr_array_index (job->request.options.images, index);

  g_assert_cmpint (image->role, ==, role);
  g_assert_cmpstr (image->path, ==, path);
  g_assert_null (image->bytes);
}

/* Everything that can be said comes back, and with it the digest. */
static void
test_round_trip (void)
{
  g_autoptr (Veo3Job) job = veo3_job_new ("r_a", "a", 1);
  g_autoptr (Veo3Job) same = NULL;
  g_autofree char *text = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  Veo3ClipOptions *options = &job->request.options;

  job->request.prompt = g_strdup ("p");
  job->request.duration_s = 8;
  options->aspect_ratio = g_strdup ("16:9");
  options->resolution = g_strdup ("4k");
  options->negative_prompt = g_strdup ("rain \"\n ä");
  options->person_generation = g_strdup ("allow_adult");
  options->has_seed = TRUE;
  options->seed = G_MAXUINT32;
  options->audio = VEO3_AUDIO_STRIP;
  add_image (job, VEO3_IMAGE_FIRST_FRAME, "in/a.png", SHA);
  add_image (job, VEO3_IMAGE_LAST_FRAME, "in/b.jpg", NULL);
  add_image (job, VEO3_IMAGE_REFERENCE, "c.png", SHA);
  job->media = (Veo3ClipMedia){ .duration_ms = 8042, .width = 1080, .height = 1920 };
  same = write_and_read (job, &text);
  g_assert_cmpstr (same->request.options.negative_prompt, ==, "rain \"\n ä");
  g_assert_cmpstr (same->request.options.person_generation, ==, "allow_adult");
  g_assert_true (same->request.options.has_seed);
  g_assert_cmpuint (same->request.options.seed, ==, G_MAXUINT32);
  g_assert_cmpint (same->request.options.audio, ==, VEO3_AUDIO_STRIP);
  g_assert_cmpuint (same->request.options.images->len, ==, 3);
  assert_image (same, 0, VEO3_IMAGE_FIRST_FRAME, "in/a.png");
  assert_image (same, 1, VEO3_IMAGE_LAST_FRAME, "in/b.jpg");
  assert_image (same, 2, VEO3_IMAGE_REFERENCE, "c.png");
  g_assert_cmpint (same->media.duration_ms, ==, 8042);
  g_assert_cmpint (same->media.width, ==, 1080);
  g_assert_cmpint (same->media.height, ==, 1920);
  before = veo3_clip_request_digest (&job->request, "gemini", "m");
  after = veo3_clip_request_digest (&same->request, "gemini", "m");
  g_assert_cmpstr (before, ==, after);
}

/* The smallest seed is a seed; sound that is kept is not worth a member. */
static void
test_edges (void)
{
  g_autoptr (Veo3Job) job = veo3_job_new ("r_a", "a", 1);
  g_autoptr (Veo3Job) same = NULL;
  g_autofree char *text = NULL;

  job->request.options.has_seed = TRUE;
  job->request.options.audio = VEO3_AUDIO_KEEP;
  same = write_and_read (job, &text);
  g_assert_true (same->request.options.has_seed);
  g_assert_cmpuint (same->request.options.seed, ==, 0);
  g_assert_null (strstr (text, "audio"));
  g_assert_cmpint (same->request.options.audio, ==, VEO3_AUDIO_UNSAID);
}

/* A job of which nothing is said is written, to the byte, as versions without options did. */
static void
test_unsaid (void)
{
  static const char *const expected = "{\n"
                                      "  \"schema_version\":1,\n"
                                      "  \"run_id\":null,\n"
                                      "  \"provider\":null,\n"
                                      "  \"model\":null,\n"
                                      "  \"jobs\":[\n"
                                      "    {\n"
                                      "      \"idempotent_key\":\"r_a\",\n"
                                      "      \"variant\":\"a\",\n"
                                      "      \"status\":\"pending\",\n"
                                      "      \"video_path\":null,\n"
                                      "      \"error_message\":null,\n"
                                      "      \"prompt\":\"p\",\n"
                                      "      \"narrative_anchor\":null,\n"
                                      "      \"duration_s\":6,\n"
                                      "      \"aspect_ratio\":\"9:16\",\n"
                                      "      \"resolution\":null,\n"
                                      "      \"request_sha256\":null,\n"
                                      "      \"operation_name\":null,\n"
                                      "      \"error_code\":null,\n"
                                      "      \"attempts\":0,\n"
                                      "      \"polls\":0,\n"
                                      "      \"created_at\":\"2026-11-22T09:00:00.000Z\",\n"
                                      "      \"submitted_at\":null,\n"
                                      "      \"updated_at\":\"2026-11-22T09:00:00.000Z\",\n"
                                      "      \"completed_at\":null,\n"
                                      "      \"bytes\":null,\n"
                                      "      \"sha256\":null,\n"
                                      "      \"estimated_cost_usd\":null\n"
                                      "    }\n"
                                      "  ]\n"
                                      "}\n";
  g_autoptr (Veo3Job) job = veo3_job_new ("r_a", "a", G_GINT64_CONSTANT (1795338000000000));
  g_autoptr (Veo3Job) same = NULL;
  g_autofree char *text = NULL;

  job->request.prompt = g_strdup ("p");
  job->request.duration_s = 6;
  job->request.options.aspect_ratio = g_strdup ("9:16");
  same = write_and_read (job, &text);
  g_assert_cmpstr (text, ==, expected);
  g_assert_false (same->request.options.has_seed);
  g_assert_null (same->request.options.images);
}

/* What is no longer said of a job is no longer there; null and an empty list never said anything.
 */
static void
test_taken_back (void)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (Veo3JobDocument) document
      = parse ("\"seed\": 7, \"audio\": \"strip\", \"negative_prompt\": null, \"images\": [], "
               "\"clip_width\": null, \"person_generation\": \"x\"",
               &jobs, &error);
  Veo3Job *job;

  g_assert_no_error (error);
  job = g_ptr_array_index (jobs, 0);
  g_assert_cmpuint (job->request.options.seed, ==, 7);
  g_assert_null (job->request.options.images);
  g_assert_null (job->request.options.negative_prompt);
  veo3_clip_options_clear (&job->request.options);
  text = veo3_job_codec_format (document, jobs, &error);
  g_assert_no_error (error);
  for (const char *const *name
       = (const char *const[]){ "seed", "audio", "negative", "images", "clip_", "person", NULL };
       *name != NULL; name++)
    g_assert_null (strstr (text, *name));
}

/* A member of another type, or with a word or a number that means nothing, is an error with its
 * name: what is to be paid for is not guessed. */
static void
test_wrong (void)
{
  static const struct
  {
    const char *members;
    const char *words;
  } rows[] = {
    { "\"negative_prompt\": 3", "jobs[0].negative_prompt: must be a string" },
    { "\"negative_prompt\": \"a\\u0000b\"", "jobs[0].negative_prompt: contains a NUL" },
    { "\"person_generation\": {}", "jobs[0].person_generation: must be a string" },
    { "\"seed\": \"7\"", "jobs[0].seed: must be a whole number" },
    { "\"seed\": 7.0", "jobs[0].seed: must be a whole number" },
    { "\"seed\": -1", "jobs[0].seed: must be a whole number" },
    { "\"seed\": 4294967296", "jobs[0].seed: must be at most 4294967295" },
    { "\"audio\": true", "jobs[0].audio: must be a string" },
    { "\"audio\": \"loud\"", "jobs[0].audio: must be keep or strip" },
    { "\"images\": {}", "jobs[0].images: must be an array" },
    { "\"images\": \"a.png\"", "jobs[0].images: must be an array" },
    { "\"images\": [\"a.png\"]", "jobs[0].images[0].role: is missing" },
    { "\"images\": [null]", "jobs[0].images[0].role: is missing" },
    { "\"images\": [{\"path\": \"a.png\"}]", "jobs[0].images[0].role: is none" },
    { "\"images\": [{\"role\": \"frame\", \"path\": \"a.png\"}]",
      "jobs[0].images[0].role: is none" },
    { "\"images\": [{\"role\": 1, \"path\": \"a.png\"}]", "jobs[0].images[0].role: must be" },
    { "\"images\": [{\"role\": \"first_frame\"}]", "jobs[0].images[0].path: is missing" },
    { "\"images\": [{\"role\": \"first_frame\", \"path\": \"\"}]",
      "jobs[0].images[0].path: is missing" },
    { "\"images\": [{\"role\": \"reference\", \"path\": \"a\"}, {\"role\": \"reference\", "
      "\"path\": \"b\", \"sha256\": 5}]",
      "jobs[0].images[1].sha256: must be a string" },
    { "\"clip_duration_ms\": \"8\"", "jobs[0].clip_duration_ms: must be a whole number" },
    { "\"clip_width\": -1", "jobs[0].clip_width: must be a whole number" },
    { "\"clip_height\": 1.5", "jobs[0].clip_height: must be a whole number" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_error (rows[i].members, rows[i].words);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/job-request-codec/round-trip", test_round_trip);
  g_test_add_func ("/veo3/job-request-codec/edges", test_edges);
  g_test_add_func ("/veo3/job-request-codec/unsaid", test_unsaid);
  g_test_add_func ("/veo3/job-request-codec/taken-back", test_taken_back);
  g_test_add_func ("/veo3/job-request-codec/wrong", test_wrong);
  return g_test_run ();
}
