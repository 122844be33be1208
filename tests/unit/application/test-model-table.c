/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3ModelTable: the built-in table is sound, and a table with a slip of the pen is
 * refused at the place of the slip. Single-threaded.
 */
#include "plugin/application/veo3-model-table.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define HEAD "[models]\ndate=2026-11-22\n"
#define GROUP HEAD "[p m]\nas-of=2026-11-22\nsource=s\n"

static Veo3ModelTable *
read_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  Veo3ModelTable *self = veo3_model_table_new_from_text (text, "t.ini", &error);

  g_assert_no_error (error);
  return self;
}

static Veo3ModelTable *
read_built_in (void)
{
  g_autoptr (GError) error = NULL;
  Veo3ModelTable *self = veo3_model_table_new (NULL, &error);

  g_assert_no_error (error);
  return self;
}

static void
assert_sane_durations (const GArray *durations_s)
{
  g_assert_cmpuint (durations_s->len, >, 0);
  for (guint i = 0; i < durations_s->len; i++)
    {
      int duration_s = g_array_index (durations_s, int, i);

      g_assert_cmpint (duration_s, >=, 1);
      g_assert_cmpint (duration_s, <=, 60);
      g_assert_true (i == 0 || g_array_index (durations_s, int, i - 1) < duration_s);
    }
}

static gboolean
is_within (const GArray *part, const GArray *whole)
{
  for (guint i = 0; part != NULL && i < part->len; i++)
    {
      gboolean is_there = FALSE;

      for (guint k = 0; k < whole->len; k++)
        is_there = is_there || g_array_index (part, int, i) == g_array_index (whole, int, k);
      if (!is_there)
        return FALSE;
    }
  return TRUE;
}

/* Bounds that a misplaced decimal point leaves: today's services take 0.03 to 0.60 a second. */
static void
assert_sane_resolution (const Veo3Model *model, const Veo3ModelResolution *resolution)
{
  g_assert_true (is_within (resolution->durations_s, model->durations_s));
  if (resolution->usd_per_s < 0)
    g_assert_cmpfloat (resolution->silent_usd_per_s, <, 0);
  else
    {
      g_assert_cmpfloat (resolution->usd_per_s, >=, 0.01);
      g_assert_cmpfloat (resolution->usd_per_s, <=, 2.0);
    }
  g_assert_cmpfloat (resolution->silent_usd_per_s, <=, resolution->usd_per_s);
}

/* A model that can still be ordered says all that is asked of it. */
static void
assert_complete (const Veo3Model *model)
{
  static const char *const known_persons[] = { "allow_all", "allow_adult", "dont_allow", NULL };
  guint n_prices = 0;

  assert_sane_durations (model->durations_s);
  g_assert_true (is_within (model->last_frame_durations_s, model->durations_s));
  g_assert_true (is_within (model->reference_durations_s, model->durations_s));
  g_assert_nonnull (model->aspect_ratios);
  g_assert_nonnull (veo3_model_find_resolution (model, NULL));
  g_assert_nonnull (model->persons);
  for (guint i = 0; model->persons[i] != NULL; i++)
    g_assert_true (g_strv_contains (known_persons, model->persons[i]));
  g_assert_true (model->has_reference_limit && model->max_references <= 20);
  g_assert_true (model->refuses_lone_last_frame && model->refuses_mixed_images);
  for (guint i = 0; i < model->resolutions->len; i++)
    {
      const Veo3ModelResolution *resolution = g_ptr_array_index (model->resolutions, i);

      assert_sane_resolution (model, resolution);
      n_prices += resolution->usd_per_s >= 0;
    }
  /* All or none: a price that is missing for one size only is a slip. */
  g_assert_true (n_prices == 0 || n_prices == model->resolutions->len);
}

/* Every group of data/models.ini is complete and within sane bounds, and every provider has a
 * default model and an entry for the models that nobody has listed. */
static void
test_built_in (void)
{
  static const char *const providers[] = { "gemini", "vertex", "omni", "fake", NULL };
  g_autoptr (Veo3ModelTable) self = read_built_in ();
  GPtrArray *models = veo3_model_table_get_models (self);
  guint n_complete = 0;

  for (guint i = 0; i < models->len; i++)
    {
      const Veo3Model *model = g_ptr_array_index (models, i);

      g_test_message ("[%s %s]", model->provider, model->id);
      g_assert_true (g_strv_contains (providers, model->provider));
      g_assert_true (g_str_has_prefix (model->as_of, "202"));
      if (model->retired != NULL || model->retires != NULL)
        g_assert_nonnull (model->instead);
      if (strcmp (model->provider, "fake") == 0 || !veo3_model_is_listed (model)
          || model->durations_s == NULL)
        continue;
      assert_complete (model);
      n_complete++;
    }
  g_assert_cmpuint (n_complete, ==, 8);
  for (guint i = 0; providers[i] != NULL; i++)
    {
      g_assert_nonnull (veo3_model_table_get_default (self, providers[i]));
      g_assert_false (veo3_model_is_listed (veo3_model_table_find (self, providers[i], "no such")));
    }
}

typedef struct
{
  const char *provider;
  const char *id;
  const char *resolution; /* (nullable) */
  double usd;             /* for 8 s; -1 = unknown */
  double silent_usd;
} PriceRow;

/* The prices of eight seconds are those of the price lists. */
static void
test_prices (void)
{
  static const PriceRow rows[] = {
    { "gemini", "veo-3.1-generate-preview", NULL, 3.2, 3.2 },
    { "gemini", "veo-3.1-generate-preview", "4k", 4.8, 4.8 },
    { "gemini", "veo-3.1-fast-generate-preview", "720p", 0.8, 0.8 },
    { "gemini", "veo-3.1-fast-generate-preview", "1080p", 0.96, 0.96 },
    { "gemini", "veo-3.1-lite-generate-preview", "1080p", 0.64, 0.64 },
    { "gemini", "veo-9", NULL, -1, -1 },
    { "vertex", "veo-3.1-generate-001", "4k", 4.8, 3.2 },
    { "vertex", "veo-3.1-fast-generate-001", NULL, 0.8, 0.64 },
    { "vertex", "veo-3.1-lite-generate-001", "1080p", 0.64, 0.4 },
    { "omni", "gemini-omni-1.1-flash", "360p", 0.272, 0.272 },
    { "omni", "gemini-omni-1.1-flash", NULL, 0.808, 0.808 },
    { "omni", "gemini-omni-1.2-flash", NULL, -1, -1 },
    { "fake", "fake", NULL, -1, -1 },
  };
  g_autoptr (Veo3ModelTable) self = read_built_in ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Veo3Model *model = veo3_model_table_find (self, rows[i].provider, rows[i].id);
      Veo3ClipRequest request
          = { .duration_s = 8, .options.resolution = (char *)rows[i].resolution };

      g_test_message ("%s %s", rows[i].provider, rows[i].id);
      g_assert_cmpfloat_with_epsilon (veo3_model_estimate_usd (model, &request), rows[i].usd, 1e-9);
      request.options.audio = VEO3_AUDIO_STRIP;
      g_assert_cmpfloat_with_epsilon (veo3_model_estimate_usd (model, &request), rows[i].silent_usd,
                                      1e-9);
    }
}

/* What is warned of: a model that is gone, one that may go, one that nobody has listed. */
static void
test_warnings (void)
{
  g_autoptr (Veo3ModelTable) self = read_built_in ();
  g_autofree char *gone = veo3_model_table_warn (self, "gemini", "veo-3.1-generate-preview");
  g_autofree char *going = veo3_model_table_warn (self, "vertex", NULL);
  g_autofree char *unlisted = veo3_model_table_warn (self, "gemini", "veo-9");
  g_autofree char *fake = veo3_model_table_warn (self, "fake", NULL);
  g_autofree char *stays = veo3_model_table_warn (self, "omni", "gemini-omni-1.1-flash");
  g_autofree char *nothing = veo3_model_table_warn (NULL, "gemini", "veo-9");

  g_assert_nonnull (strstr (gone, "was shut down on 2026-10-22; set provider=omni"));
  g_assert_nonnull (strstr (going, "from 2026-11-17 on"));
  g_assert_nonnull (strstr (going, "model=gemini-omni-1.1-flash"));
  g_assert_nonnull (strstr (unlisted, "model veo-9 (gemini) is not in models.ini of 2026-"));
  g_assert_null (fake);
  g_assert_null (stays);
  g_assert_null (nothing);
}

/* A model has its own entry, else that of its provider, else one that forbids nothing. */
static void
test_find (void)
{
  g_autoptr (Veo3ModelTable) self
      = read_text (GROUP "default=true\n[p *]\nas-of=2026-11-22\nsource=s\n"
                         "[q x]\nas-of=2026-11-22\nsource=s\n");

  g_assert_cmpstr (veo3_model_table_find (self, "p", "m")->id, ==, "m");
  g_assert_cmpstr (veo3_model_table_find (self, "p", NULL)->id, ==, "m");
  g_assert_cmpstr (veo3_model_table_find (self, "p", "n")->id, ==, "*");
  g_assert_cmpstr (veo3_model_table_find (self, "q", "x")->id, ==, "x");
  g_assert_null (veo3_model_table_find (self, "q", "y")->id);
  g_assert_null (veo3_model_table_find (self, "r", NULL)->id);
  g_assert_null (veo3_model_table_find (NULL, "p", "m")->id);
  g_assert_cmpstr (veo3_model_table_get_default (self, "p"), ==, "m");
  g_assert_null (veo3_model_table_get_default (self, "q"));
  g_assert_cmpuint (veo3_model_table_get_models (self)->len, ==, 3);
}

/* Every key lands in its place. */
static void
test_keys (void)
{
  g_autoptr (Veo3ModelTable) self = read_text (
      GROUP
      "retired=2026-01-01\nretires=2025-01-01\ninstead=x\ndurations=2;4-6;9\n"
      "durations-last-frame=9\ndurations-reference-images=4;9\naspect-ratios=1:1; 2:1\n"
      "resolutions=s;l\ndefault-resolution=l\nperson-generation=\n"
      "person-generation-with-images=a\nnegative-prompt=false\nseed=false\nfirst-frame=false\n"
      "last-frame=false\nlone-last-frame=false\nmixed-images=false\nreference-images=2\n"
      "usd-per-s-s=0.5\nsilent-usd-per-s-s=0.25\nusd-per-s-l=0\ndurations-l=9\n");
  const Veo3Model *model = veo3_model_table_find (self, "p", "m");
  const Veo3ModelResolution *small = veo3_model_find_resolution (model, "s");
  const Veo3ModelResolution *large = veo3_model_find_resolution (model, NULL);

  g_assert_cmpstr (model->retired, ==, "2026-01-01");
  g_assert_cmpstr (model->retires, ==, "2025-01-01");
  g_assert_cmpstr (model->instead, ==, "x");
  g_assert_cmpuint (model->durations_s->len, ==, 5);
  g_assert_cmpint (g_array_index (model->durations_s, int, 3), ==, 6);
  g_assert_cmpuint (model->last_frame_durations_s->len, ==, 1);
  g_assert_cmpuint (model->reference_durations_s->len, ==, 2);
  g_assert_cmpstr (model->aspect_ratios[1], ==, "2:1");
  g_assert_null (model->persons[0]);
  g_assert_cmpstr (model->persons_with_images[0], ==, "a");
  g_assert_true (model->refuses_negative_prompt && model->refuses_seed && model->refuses_first_frame
                 && model->refuses_last_frame && model->refuses_lone_last_frame
                 && model->refuses_mixed_images);
  g_assert_cmpuint (model->max_references, ==, 2);
  g_assert_cmpfloat (small->usd_per_s, ==, 0.5);
  g_assert_cmpfloat (small->silent_usd_per_s, ==, 0.25);
  g_assert_null (small->durations_s);
  g_assert_cmpfloat (large->usd_per_s, ==, 0);
  g_assert_cmpuint (large->durations_s->len, ==, 1);
}

/* Each slip of the pen is refused, with the file, the group, the key and what is wrong. */
static void
test_slips (void)
{
  static const struct
  {
    const char *text;
    const char *place; /* what the message begins with */
    const char *what;
  } rows[] = {
    { "", "t.ini: [models]: ", "the group is missing" },
    { "nonsense", "t.ini: ", "" },
    { "[models]\n", "t.ini: [models] date: ", "no text" },
    { "[models]\ndate=22.11.2026\n", "t.ini: [models] date: ", "\"22.11.2026\" is no date" },
    { "[models]\ndate=2026-13-01\n", "t.ini: [models] date: ", "is no date" },
    { HEAD "dates=1\n", "t.ini: [models] dates: ", "only date is known" },
    { HEAD "[p]\n", "t.ini: [p]: ", "[PROVIDER MODEL]" },
    { HEAD "[p m x]\n", "t.ini: [p m x]: ", "[PROVIDER MODEL]" },
    { HEAD "[p m]\nsource=s\n", "t.ini: [p m] as-of: ", "is missing" },
    { HEAD "[p m]\nas-of=2026-11-22\n", "t.ini: [p m] source: ", "is missing" },
    { GROUP "duration=4\n", "t.ini: [p m] duration: ", "perhaps durations is meant" },
    { GROUP "usd-pers-720p=1\n", "t.ini: [p m] usd-pers-720p: ", "perhaps usd-per-s- is meant" },
    { GROUP "durations=\n", "t.ini: [p m] durations: ", "no duration" },
    { GROUP "durations=4;x\n", "t.ini: [p m] durations: ", "\"x\" is no duration" },
    { GROUP "durations=0\n", "t.ini: [p m] durations: ", "is no duration" },
    { GROUP "durations=3601\n", "t.ini: [p m] durations: ", "is no duration" },
    { GROUP "durations=6;4\n", "t.ini: [p m] durations: ", "\"4\" is no duration" },
    { GROUP "durations=6;6\n", "t.ini: [p m] durations: ", "\"6\" is no duration" },
    { GROUP "durations=9-3\n", "t.ini: [p m] durations: ", "\"9-3\" is no duration" },
    { GROUP "durations=3-\n", "t.ini: [p m] durations: ", "\"3-\" is no duration" },
    { GROUP "durations=4 # s\n", "t.ini: [p m] durations: ", "\"4 # s\" is no duration" },
    { GROUP "aspect-ratios=a;;b\n", "t.ini: [p m] aspect-ratios: ", "an empty word" },
    { GROUP "resolutions=\n", "t.ini: [p m] resolutions: ", "no resolution" },
    { GROUP "resolutions=4k;4K\n", "t.ini: [p m] resolutions: ", "4K stands there twice" },
    { GROUP "default-resolution=4k\n", "t.ini: [p m] default-resolution: ", "4k is none of" },
    { GROUP "usd-per-s-4k=1\n", "t.ini: [p m] usd-per-s-4k: ", "4k is none of" },
    { GROUP "resolutions=4k\nusd-per-s-4k=0,10\n", "t.ini: [p m] usd-per-s-4k: ", "is no price" },
    { GROUP "resolutions=4k\nusd-per-s-4k=-1\n", "t.ini: [p m] usd-per-s-4k: ", "is no price" },
    { GROUP "resolutions=4k\nusd-per-s-4k=nan\n", "t.ini: [p m] usd-per-s-4k: ", "is no price" },
    { GROUP "resolutions=4k\nusd-per-s-4k=\n", "t.ini: [p m] usd-per-s-4k: ", "is no price" },
    { GROUP "resolutions=4k\nsilent-usd-per-s-4k=1e9\n",
      "t.ini: [p m] silent-usd-per-s-4k: ", "is no price" },
    { GROUP "reference-images=some\n", "t.ini: [p m] reference-images: ", "is no number" },
    { GROUP "seed=yes\n", "t.ini: [p m] seed: ", "\"yes\" is neither true nor false" },
    { GROUP "instead=\n", "t.ini: [p m] instead: ", "no text" },
    { GROUP "retired=soon\n", "t.ini: [p m] retired: ", "\"soon\" is no date" },
    { GROUP "[p m]\n", "t.ini: line 6: ", "twice" },
    { GROUP "seed=true\n seed = false\n", "t.ini: line 7: ", "twice" },
    { GROUP "default=true\n[p n]\nas-of=2026-11-22\nsource=s\ndefault=true\n",
      "t.ini: [p n] default: ", "m is the default of p already" },
    { HEAD "[p *]\nas-of=2026-11-22\nsource=s\ndefault=true\n",
      "t.ini: [p *] default: ", "names no model" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (veo3_model_table_new_from_text (rows[i].text, "t.ini", &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_str_has_prefix (error->message, rows[i].place));
      g_assert_nonnull (strstr (error->message, rows[i].what));
    }
}

/* A models-file that would keep us waiting is refused. */
static void
test_fifo (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("models-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "fifo", NULL);

  g_assert_no_error (error);
  g_assert_true (mkfifo (path, 0600) == 0);
  g_assert_null (veo3_model_table_new (path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "fifo is not a regular file"));
  g_assert_true (g_unlink (path) == 0 && g_rmdir (folder) == 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/model-table/built-in", test_built_in);
  g_test_add_func ("/veo3/model-table/prices", test_prices);
  g_test_add_func ("/veo3/model-table/warnings", test_warnings);
  g_test_add_func ("/veo3/model-table/find", test_find);
  g_test_add_func ("/veo3/model-table/keys", test_keys);
  g_test_add_func ("/veo3/model-table/slips", test_slips);
  g_test_add_func ("/veo3/model-table/fifo", test_fifo);
  return g_test_run ();
}
