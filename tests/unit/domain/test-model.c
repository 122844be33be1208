/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Model: what follows for a request from the facts of a model. The models are made up
 * here, after the real ones; the facts themselves have a test of their own. Single-threaded.
 */
#include "plugin/domain/veo3-model.h"

#include <limits.h>
#include <string.h>

static GArray *
list_durations (int first_s, int last_s, int step_s)
{
  GArray *durations_s = g_array_new (FALSE, FALSE, sizeof (int));

  for (int i = first_s; i <= last_s; i += step_s)
    g_array_append_val (durations_s, i);
  return durations_s;
}

/* One of 4, 6 or 8 s, and of 8 s for all that is large or made from several images. */
static Veo3Model *
make_veo (void)
{
  Veo3Model *model = veo3_model_new ("gemini", "veo");
  Veo3ModelResolution *resolution = veo3_model_add_resolution (model, "720p");

  resolution->usd_per_s = 0.1;
  resolution->silent_usd_per_s = 0.05;
  resolution = veo3_model_add_resolution (model, "1080p");
  resolution->usd_per_s = 0.2;
  resolution->durations_s = list_durations (8, 8, 1);
  resolution = veo3_model_add_resolution (model, "4k");
  resolution->durations_s = list_durations (8, 8, 1);
  model->default_resolution = g_strdup ("720p");
  model->durations_s = list_durations (4, 8, 2);
  model->last_frame_durations_s = list_durations (8, 8, 1);
  model->reference_durations_s = list_durations (8, 8, 1);
  model->aspect_ratios = g_strsplit ("16:9;9:16", ";", -1);
  model->persons = g_strsplit ("allow_all", ";", -1);
  model->persons_with_images = g_strsplit ("allow_adult", ";", -1);
  model->refuses_seed = TRUE;
  model->refuses_lone_last_frame = TRUE;
  model->refuses_mixed_images = TRUE;
  model->has_reference_limit = TRUE;
  model->max_references = 3;
  return model;
}

static Veo3Model *
make_omni (void)
{
  Veo3Model *model = veo3_model_new ("omni", "*");

  model->durations_s = list_durations (3, 10, 1);
  model->persons = g_new0 (char *, 1);
  model->refuses_negative_prompt = TRUE;
  return model;
}

/* "f", "l" and "r" stand for a first frame, a last frame and a reference image. */
static void
add_images (Veo3ClipOptions *options, const char *letters)
{
  for (; letters != NULL && *letters != '\0'; letters++)
    {
      Veo3ImageRole role = *letters == 'f'   ? VEO3_IMAGE_FIRST_FRAME
                           : *letters == 'l' ? VEO3_IMAGE_LAST_FRAME
                                             : VEO3_IMAGE_REFERENCE;

      veo3_clip_options_add_image (options, veo3_clip_image_new (role, "a.png"));
    }
}

typedef struct
{
  gboolean is_omni;
  int asked_s;
  const char *resolution; /* (nullable) */
  const char *images;     /* (nullable) */
  int expected_s;
  const char *reason; /* (nullable) NULL = nothing is changed */
} FitRow;

/* Every duration becomes one that goes with the resolution and the images, and the change is told
 * with its reason. */
static void
test_fit (void)
{
  static const FitRow rows[] = {
    { FALSE, 1, NULL, NULL, 4, "the model makes 4, 6 or 8" },
    { FALSE, 3, NULL, NULL, 4, "the model makes" },
    { FALSE, 4, NULL, NULL, 4, NULL },
    { FALSE, 5, NULL, NULL, 6, "duration 5 s becomes 6 s: the model makes 4, 6 or 8" },
    { FALSE, 6, NULL, NULL, 6, NULL },
    { FALSE, 7, NULL, NULL, 8, "the model makes" },
    { FALSE, 8, NULL, NULL, 8, NULL },
    { FALSE, 9, NULL, NULL, 8, "the model makes" },
    { FALSE, INT_MAX, NULL, NULL, 8, "the model makes" },
    { FALSE, 6, "720p", NULL, 6, NULL },
    { FALSE, 6, "1080p", NULL, 8, "duration 6 s becomes 8 s: 1080p needs it" },
    { FALSE, 4, "4k", NULL, 8, "4k needs it" },
    { FALSE, 4, "4K", NULL, 8, "4k needs it" },
    { FALSE, 8, "1080p", NULL, 8, NULL },
    { FALSE, 10, "1080p", NULL, 8, "the model makes" },
    { FALSE, 6, "8k", NULL, 6, NULL },
    { FALSE, 6, NULL, "f", 6, NULL },
    { FALSE, 6, NULL, "fl", 8, "a last frame needs it" },
    { FALSE, 6, NULL, "rr", 8, "reference images need it" },
    { FALSE, 4, "1080p", "fl", 8, "1080p needs it" },
    { TRUE, 1, NULL, NULL, 3, "the model makes 3 to 10" },
    { TRUE, 5, "4k", "flr", 5, NULL },
    { TRUE, 11, NULL, NULL, 10, "the model makes 3 to 10" },
    { TRUE, INT_MAX, NULL, NULL, 10, "the model makes" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const FitRow *row = &rows[i];
      g_autoptr (Veo3Model) model = row->is_omni ? make_omni () : make_veo ();
      Veo3ClipRequest request
          = { .duration_s = row->asked_s, .options.resolution = g_strdup (row->resolution) };
      g_autofree char *note = NULL;

      add_images (&request.options, row->images);
      note = veo3_model_fit (model, &request);
      g_test_message ("%d %s %s: %s", row->asked_s, row->resolution, row->images, note);
      g_assert_cmpint (request.duration_s, ==, row->expected_s);
      g_assert_cmpint (note != NULL, ==, row->reason != NULL);
      if (row->reason != NULL)
        g_assert_nonnull (strstr (note, row->reason));
      veo3_clip_request_clear (&request);
    }
}

/* A resolution is spelt as the service spells it; one that it does not know is left alone. */
static void
test_spelling (void)
{
  g_autoptr (Veo3Model) model = make_veo ();
  Veo3ClipRequest request = { .duration_s = 8, .options.resolution = g_strdup ("4K") };

  g_assert_null (veo3_model_fit (model, &request));
  g_assert_cmpstr (request.options.resolution, ==, "4k");
  g_free (request.options.resolution);
  request.options.resolution = g_strdup ("8K");
  g_assert_null (veo3_model_fit (model, &request));
  g_assert_cmpstr (request.options.resolution, ==, "8K");
  veo3_clip_request_clear (&request);
}

typedef struct
{
  const char *aspect_ratio; /* (nullable), like the next three */
  const char *resolution;
  const char *negative_prompt;
  const char *persons;
  const char *images;
  gboolean has_seed;
  int duration_s;
  Veo3ClipField field;
  const char *problem; /* (nullable) NULL = possible */
} CheckRow;

static void
assert_check (const Veo3Model *model, const CheckRow *row)
{
  Veo3ClipRequest request = { .duration_s = row->duration_s != 0 ? row->duration_s : 8,
                              .options = { .aspect_ratio = g_strdup (row->aspect_ratio),
                                           .resolution = g_strdup (row->resolution),
                                           .negative_prompt = g_strdup (row->negative_prompt),
                                           .person_generation = g_strdup (row->persons),
                                           .has_seed = row->has_seed } };
  Veo3ClipField field = (Veo3ClipField)-1;
  g_autofree char *problem = NULL;

  add_images (&request.options, row->images);
  problem = veo3_model_check (model, &request, &field);
  g_test_message ("%s", problem);
  g_assert_cmpint (problem != NULL, ==, row->problem != NULL);
  if (problem == NULL)
    g_assert_cmpint ((int)field, ==, -1);
  else
    {
      g_assert_cmpint (field, ==, row->field);
      g_assert_nonnull (strstr (problem, row->problem));
    }
  veo3_clip_request_clear (&request);
}

/* Each rule names the field, what is said, the model and what it allows. */
static void
test_check_veo (void)
{
  static const CheckRow rows[] = {
    { .problem = NULL },
    { .aspect_ratio = "9:16", .resolution = "4k", .persons = "allow_all", .negative_prompt = "x" },
    { .aspect_ratio = "1:1",
      .field = VEO3_CLIP_FIELD_ASPECT_RATIO,
      .problem = "1:1 is not possible with veo (gemini), which allows 16:9 or 9:16" },
    { .resolution = "360p",
      .field = VEO3_CLIP_FIELD_RESOLUTION,
      .problem = "360p is not possible with veo (gemini), which allows 720p, 1080p or 4k" },
    { .resolution = "1080P" },
    { .has_seed = TRUE, .field = VEO3_CLIP_FIELD_SEED, .problem = "no such setting" },
    { .persons = "allow_adult",
      .field = VEO3_CLIP_FIELD_PERSON_GENERATION,
      .problem = "allow_adult is not possible with veo (gemini), which allows allow_all without "
                 "images" },
    { .persons = "allow_adult", .images = "f" },
    { .persons = "allow_all",
      .images = "r",
      .field = VEO3_CLIP_FIELD_PERSON_GENERATION,
      .problem = "which allows allow_adult with images" },
    { .images = "fl" },
    { .images = "l", .field = VEO3_CLIP_FIELD_LAST_FRAME, .problem = "needs a first frame" },
    { .images = "rrr" },
    { .images = "rrrr",
      .field = VEO3_CLIP_FIELD_REFERENCE_IMAGES,
      .problem = "4 reference images are too many for veo (gemini), which takes at most 3" },
    { .images = "fr", .field = VEO3_CLIP_FIELD_REFERENCE_IMAGES, .problem = "not go together" },
    { .duration_s = 4 },
    { .duration_s = 5, .problem = "5 s is not possible with veo (gemini), which makes 4, 6 or 8" },
    { .duration_s = 6, .images = "fl", .problem = "which makes 8 s" },
    { .duration_s = 6, .images = "r", .problem = "which makes 8 s" },
    { .duration_s = 6, .resolution = "1080p", .problem = "which makes 8 s" },
  };
  g_autoptr (Veo3Model) model = make_veo ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_check (model, &rows[i]);
}

/* A model that nobody has listed is checked for what is known of all. */
static void
test_check_omni (void)
{
  static const CheckRow rows[] = {
    { .aspect_ratio = "1:1", .resolution = "8k", .has_seed = TRUE, .images = "flrrrrr" },
    { .negative_prompt = "x",
      .field = VEO3_CLIP_FIELD_NEGATIVE_PROMPT,
      .problem = "a model of omni that is not listed has no such setting" },
    { .persons = "allow_all",
      .field = VEO3_CLIP_FIELD_PERSON_GENERATION,
      .problem = "has no such setting; leave it out" },
    { .duration_s = 11, .problem = "which makes 3 to 10 s" },
  };
  g_autoptr (Veo3Model) model = make_omni ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_check (model, &rows[i]);
}

/* What is refused altogether is refused whatever else is said; rules that leave no duration are
 * told of. */
static void
test_check_none (void)
{
  static const CheckRow rows[] = {
    { .images = "f", .field = VEO3_CLIP_FIELD_FIRST_FRAME, .problem = "takes no first frame" },
    { .images = "l", .field = VEO3_CLIP_FIELD_LAST_FRAME, .problem = "takes no last frame" },
    { .images = "r", .field = VEO3_CLIP_FIELD_REFERENCE_IMAGES, .problem = "no reference images" },
    { .resolution = "1080p", .problem = "no duration goes with both" },
  };
  g_autoptr (Veo3Model) model = make_veo ();

  model->refuses_first_frame = TRUE;
  model->refuses_last_frame = TRUE;
  model->max_references = 0;
  g_array_set_size (model->durations_s, 2);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      CheckRow row = rows[i];

      row.duration_s = 6;
      assert_check (model, &row);
    }
}

/* A zeroed model forbids nothing, changes nothing and knows no price. */
static void
test_nothing_known (void)
{
  static const Veo3Model model = { 0 };
  Veo3ClipField field;
  char resolution[] = "8k";
  char persons[] = "nobody";
  Veo3ClipRequest request = { .duration_s = 77,
                              .options.resolution = resolution,
                              .options.person_generation = persons,
                              .options.has_seed = TRUE };

  g_assert_null (veo3_model_fit (&model, &request));
  g_assert_null (veo3_model_check (&model, &request, &field));
  g_assert_cmpfloat (veo3_model_estimate_usd (&model, &request), <, 0);
  g_assert_null (veo3_model_describe_retirement (&model));
  veo3_model_free (NULL);
}

/* The price is that of the resolution, of the default one if none is said, and of silence where
 * that has its own. */
static void
test_estimate (void)
{
  static const struct
  {
    const char *resolution;
    Veo3Audio audio;
    double usd;
  } rows[] = {
    { NULL, VEO3_AUDIO_KEEP, 0.6 },     { "720p", VEO3_AUDIO_UNSAID, 0.6 },
    { "720p", VEO3_AUDIO_STRIP, 0.3 },  { "1080p", VEO3_AUDIO_KEEP, 1.2 },
    { "1080p", VEO3_AUDIO_STRIP, 1.2 }, { "4k", VEO3_AUDIO_KEEP, -1 },
    { "8k", VEO3_AUDIO_KEEP, -1 },
  };
  g_autoptr (Veo3Model) model = make_veo ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Veo3ClipRequest request = { .duration_s = 6,
                                  .options.resolution = (char *)rows[i].resolution,
                                  .options.audio = rows[i].audio };

      g_assert_cmpfloat_with_epsilon (veo3_model_estimate_usd (model, &request), rows[i].usd, 1e-9);
    }
}

/* A retired model is told with what to set instead; one that may go, too. */
static void
test_retirement (void)
{
  g_autoptr (Veo3Model) model = make_veo ();
  g_autofree char *going = NULL;
  g_autofree char *gone = NULL;

  g_assert_null (veo3_model_describe_retirement (model));
  model->retires = g_strdup ("2026-11-17");
  going = veo3_model_describe_retirement (model);
  g_assert_nonnull (strstr (going, "veo (gemini) may be shut down on any day from 2026-11-17 on"));
  g_assert_nonnull (strstr (going, "set another model instead"));
  model->retired = g_strdup ("2026-10-22");
  model->instead = g_strdup ("model=x");
  gone = veo3_model_describe_retirement (model);
  g_assert_cmpstr (gone, ==, "model veo (gemini) was shut down on 2026-10-22; set model=x instead");
}

/* A field is said where it has a value; images are said together. */
static void
test_fields (void)
{
  Veo3ClipOptions options = { 0 };

  for (guint i = 0; i <= VEO3_CLIP_FIELD_REFERENCE_IMAGES; i++)
    g_assert_false (veo3_clip_options_say (&options, (Veo3ClipField)i));
  options.aspect_ratio = g_strdup ("1:1");
  options.resolution = g_strdup ("1k");
  options.negative_prompt = g_strdup ("x");
  options.person_generation = g_strdup ("y");
  options.has_seed = TRUE;
  add_images (&options, "f");
  for (guint i = 1; i <= VEO3_CLIP_FIELD_REFERENCE_IMAGES; i++)
    g_assert_true (veo3_clip_options_say (&options, (Veo3ClipField)i));
  g_assert_cmpstr (veo3_clip_field_to_string (VEO3_CLIP_FIELD_NEGATIVE_PROMPT), ==,
                   "negative-prompt");
  veo3_clip_options_clear (&options);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/model/fit", test_fit);
  g_test_add_func ("/veo3/model/spelling", test_spelling);
  g_test_add_func ("/veo3/model/check-veo", test_check_veo);
  g_test_add_func ("/veo3/model/check-omni", test_check_omni);
  g_test_add_func ("/veo3/model/check-none", test_check_none);
  g_test_add_func ("/veo3/model/nothing-known", test_nothing_known);
  g_test_add_func ("/veo3/model/estimate", test_estimate);
  g_test_add_func ("/veo3/model/retirement", test_retirement);
  g_test_add_func ("/veo3/model/fields", test_fields);
  return g_test_run ();
}
