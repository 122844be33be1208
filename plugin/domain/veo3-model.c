/* SPDX-License-Identifier: MIT */
/*
 * What follows from the facts of a model. Pure; no number of any service stands here.
 *
 * Must not: refuse what is not known to be impossible. The service has the last word, and says it
 * without a charge.
 */
#include "plugin/domain/veo3-model.h"

#include <string.h>

static const char *const field_names[]
    = { "duration-s",        "aspect-ratio", "resolution", "negative-prompt", "seed",
        "person-generation", "first-frame",  "last-frame", "reference-images" };
G_STATIC_ASSERT (G_N_ELEMENTS (field_names) == VEO3_CLIP_FIELD_REFERENCE_IMAGES + 1);

static void
resolution_free (Veo3ModelResolution *resolution)
{
  g_free (resolution->name);
  g_clear_pointer (&resolution->durations_s, g_array_unref);
  g_free (resolution);
}

Veo3Model *
veo3_model_new (const char *provider, const char *id)
{
  Veo3Model *model = g_new0 (Veo3Model, 1);

  model->provider = g_strdup (provider);
  model->id = g_strdup (id);
  return model;
}

void
veo3_model_free (Veo3Model *model)
{
  if (model == NULL)
    return;
  g_free (model->provider);
  g_free (model->id);
  g_free (model->as_of);
  g_free (model->source);
  g_free (model->retired);
  g_free (model->retires);
  g_free (model->instead);
  g_clear_pointer (&model->durations_s, g_array_unref);
  g_clear_pointer (&model->last_frame_durations_s, g_array_unref);
  g_clear_pointer (&model->reference_durations_s, g_array_unref);
  g_strfreev (model->aspect_ratios);
  g_clear_pointer (&model->resolutions, g_ptr_array_unref);
  g_free (model->default_resolution);
  g_strfreev (model->persons);
  g_strfreev (model->persons_with_images);
  g_free (model);
}

Veo3ModelResolution *
veo3_model_add_resolution (Veo3Model *model, const char *name)
{
  Veo3ModelResolution *resolution = g_new0 (Veo3ModelResolution, 1);

  resolution->name = g_strdup (name);
  resolution->usd_per_s = -1;
  resolution->silent_usd_per_s = -1;
  if (model->resolutions == NULL)
    model->resolutions = g_ptr_array_new_with_free_func ((GDestroyNotify)resolution_free);
  g_ptr_array_add (model->resolutions, resolution);
  return resolution;
}

Veo3ModelResolution *
veo3_model_find_resolution (const Veo3Model *model, const char *name)
{
  const char *wanted = name != NULL ? name : model->default_resolution;

  for (guint i = 0; wanted != NULL && model->resolutions != NULL && i < model->resolutions->len;
       i++)
    {
      Veo3ModelResolution *resolution = g_ptr_array_index (model->resolutions, i);

      if (g_ascii_strcasecmp (resolution->name, wanted) == 0)
        return resolution;
    }
  return NULL;
}

gboolean
veo3_model_is_listed (const Veo3Model *model)
{
  return model->id != NULL && strcmp (model->id, VEO3_MODEL_ANY) != 0;
}

/* ---- words ---- */

/* Returns: (transfer full): "4, 6 or 8" */
static char *
join_or (char **words)
{
  guint n = g_strv_length (words);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ", words[i]);
  return g_string_free (text, FALSE);
}

static int
get_duration (const GArray *durations_s, guint index)
{
  return g_array_index (durations_s, int, index);
}

/* Returns: (transfer full): "4, 6 or 8"; "3 to 10" if there is no gap between three or more */
static char *
describe_durations (const GArray *durations_s)
{
  guint n = durations_s->len;
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  if (n >= 3 && get_duration (durations_s, n - 1) - get_duration (durations_s, 0) == (int)n - 1)
    return g_strdup_printf ("%d to %d", get_duration (durations_s, 0),
                            get_duration (durations_s, n - 1));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *word = g_strdup_printf ("%d", get_duration (durations_s, i));

      g_strv_builder_add (words, word);
    }
  list = g_strv_builder_end (words);
  return join_or (list);
}

/* Returns: (transfer full) */
static char *
describe_model (const Veo3Model *model)
{
  return veo3_model_is_listed (model)
             ? g_strdup_printf ("%s (%s)", model->id, model->provider)
             : g_strdup_printf ("a model of %s that is not listed",
                                model->provider != NULL ? model->provider : "a service");
}

/* ---- durations ---- */

#define MAX_RULES 4

/* What limits the duration of a request. */
typedef struct
{
  const GArray *durations_s; /* (nullable) NULL = it does not */
  const char *reason;        /* the end of "becomes 8 s: …"; NULL for the model itself */
} Rule;

/* The first rule is the model's own. @reason: (out): owns what the rules say. */
static void
list_rules (const Veo3Model *model, const Veo3ClipRequest *request, Rule *rules, char **ret_reason)
{
  const Veo3ClipOptions *options = &request->options;
  const Veo3ModelResolution *resolution = veo3_model_find_resolution (model, options->resolution);

  memset (rules, 0, MAX_RULES * sizeof *rules);
  rules[0].durations_s = model->durations_s;
  if (resolution != NULL && resolution->durations_s != NULL)
    {
      *ret_reason = g_strdup_printf ("%s needs it", resolution->name);
      rules[1] = (Rule){ resolution->durations_s, *ret_reason };
    }
  if (veo3_clip_options_count_images (options, VEO3_IMAGE_LAST_FRAME) > 0)
    rules[2] = (Rule){ model->last_frame_durations_s, "a last frame needs it" };
  if (veo3_clip_options_count_images (options, VEO3_IMAGE_REFERENCE) > 0)
    rules[3] = (Rule){ model->reference_durations_s, "reference images need it" };
}

static gboolean
contains (const GArray *durations_s, int duration_s)
{
  for (guint i = 0; durations_s != NULL && i < durations_s->len; i++)
    if (get_duration (durations_s, i) == duration_s)
      return TRUE;
  return durations_s == NULL;
}

/* Returns: (transfer full) (nullable): what all rules allow; NULL = everything */
static GArray *
intersect (const Rule *rules)
{
  const GArray *first = NULL;
  GArray *allowed;

  for (guint i = 0; i < MAX_RULES && first == NULL; i++)
    first = rules[i].durations_s;
  if (first == NULL)
    return NULL;
  allowed = g_array_new (FALSE, FALSE, sizeof (int));
  for (guint i = 0; i < first->len; i++)
    {
      int duration_s = get_duration (first, i);
      gboolean is_allowed = TRUE;

      for (guint k = 0; k < MAX_RULES; k++)
        is_allowed = is_allowed && contains (rules[k].durations_s, duration_s);
      if (is_allowed)
        g_array_append_val (allowed, duration_s);
    }
  return allowed;
}

/* The next longer one, else the longest. */
static int
choose_duration (const GArray *durations_s, int asked_s)
{
  if (durations_s == NULL || durations_s->len == 0)
    return asked_s;
  for (guint i = 0; i < durations_s->len; i++)
    if (get_duration (durations_s, i) >= asked_s)
      return get_duration (durations_s, i);
  return get_duration (durations_s, durations_s->len - 1);
}

char *
veo3_model_fit (const Veo3Model *model, Veo3ClipRequest *request)
{
  const Veo3ModelResolution *resolution
      = veo3_model_find_resolution (model, request->options.resolution);
  int asked_s = request->duration_s;
  Rule rules[MAX_RULES];
  g_autofree char *reason = NULL;
  g_autofree char *words = NULL;
  g_autoptr (GArray) allowed = NULL;
  int usual_s = choose_duration (model->durations_s, asked_s);

  /* As the service spells it: it wants "4k", not "4K". */
  if (request->options.resolution != NULL && resolution != NULL)
    {
      g_free (request->options.resolution);
      request->options.resolution = g_strdup (resolution->name);
    }
  list_rules (model, request, rules, &reason);
  allowed = intersect (rules);
  request->duration_s = choose_duration (allowed, asked_s);
  if (request->duration_s == asked_s)
    return NULL;
  for (guint i = 1; i < MAX_RULES; i++)
    if (!contains (rules[i].durations_s, usual_s))
      return g_strdup_printf ("duration %d s becomes %d s: %s", asked_s, request->duration_s,
                              rules[i].reason);
  words = describe_durations (model->durations_s);
  return g_strdup_printf ("duration %d s becomes %d s: the model makes %s", asked_s,
                          request->duration_s, words);
}

/* ---- what is impossible ---- */

/* One thing that is looked at. Returns: (transfer full) (nullable) */
typedef char *(*CheckFunc) (const Veo3Model *model,
                            const Veo3ClipRequest *request,
                            const char *name);

static char *
check_word (const char *word, char **allowed, const char *name)
{
  g_autofree char *words = NULL;

  if (word == NULL || allowed == NULL || g_strv_contains ((const char *const *)allowed, word))
    return NULL;
  if (allowed[0] == NULL)
    return g_strdup_printf ("%s has no such setting; leave it out", name);
  words = join_or (allowed);
  return g_strdup_printf ("%s is not possible with %s, which allows %s", word, name, words);
}

static char *
check_aspect_ratio (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  return check_word (request->options.aspect_ratio, model->aspect_ratios, name);
}

static char *
check_resolution (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  g_autoptr (GStrvBuilder) names = NULL;
  g_auto (GStrv) list = NULL;

  if (model->resolutions == NULL || request->options.resolution == NULL
      || veo3_model_find_resolution (model, request->options.resolution) != NULL)
    return NULL;
  names = g_strv_builder_new ();
  for (guint i = 0; i < model->resolutions->len; i++)
    g_strv_builder_add (
        names, ((const Veo3ModelResolution *)g_ptr_array_index (model->resolutions, i))->name);
  list = g_strv_builder_end (names);
  return check_word (request->options.resolution, list, name);
}

static char *
check_negative_prompt (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  return model->refuses_negative_prompt && request->options.negative_prompt != NULL
             ? g_strdup_printf ("%s has no such setting; say it in the prompt instead", name)
             : NULL;
}

static char *
check_seed (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  return model->refuses_seed && request->options.has_seed
             ? g_strdup_printf ("%s has no such setting; leave it out", name)
             : NULL;
}

static char *
check_persons (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  const Veo3ClipOptions *options = &request->options;
  gboolean has_images = options->images != NULL;
  char **allowed = has_images && model->persons_with_images != NULL ? model->persons_with_images
                                                                    : model->persons;
  g_autofree char *problem = check_word (options->person_generation, allowed, name);

  /* Where it is the images that matter, that is worth a word. */
  if (problem == NULL || model->persons_with_images == NULL)
    return g_steal_pointer (&problem);
  return g_strdup_printf ("%s %s images", problem, has_images ? "with" : "without");
}

static char *
check_first_frame (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  return model->refuses_first_frame
                 && veo3_clip_options_count_images (&request->options, VEO3_IMAGE_FIRST_FRAME) > 0
             ? g_strdup_printf ("%s takes no first frame; leave it out", name)
             : NULL;
}

static char *
check_last_frame (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  const Veo3ClipOptions *options = &request->options;

  if (veo3_clip_options_count_images (options, VEO3_IMAGE_LAST_FRAME) == 0)
    return NULL;
  if (model->refuses_last_frame)
    return g_strdup_printf ("%s takes no last frame; leave it out", name);
  if (model->refuses_lone_last_frame
      && veo3_clip_options_count_images (options, VEO3_IMAGE_FIRST_FRAME) == 0)
    return g_strdup_printf ("a last frame needs a first frame with %s; name one", name);
  return NULL;
}

static char *
check_references (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  const Veo3ClipOptions *options = &request->options;
  guint n = veo3_clip_options_count_images (options, VEO3_IMAGE_REFERENCE);

  if (n == 0)
    return NULL;
  if (model->has_reference_limit && model->max_references == 0)
    return g_strdup_printf ("%s takes no reference images; leave them out", name);
  if (model->has_reference_limit && n > model->max_references)
    return g_strdup_printf ("%u reference images are too many for %s, which takes at most %u", n,
                            name, model->max_references);
  if (model->refuses_mixed_images && n < options->images->len)
    return g_strdup_printf ("reference images do not go together with a first or last frame with "
                            "%s; name either",
                            name);
  return NULL;
}

static char *
check_duration (const Veo3Model *model, const Veo3ClipRequest *request, const char *name)
{
  Rule rules[MAX_RULES];
  g_autofree char *reason = NULL;
  g_autofree char *words = NULL;
  g_autoptr (GArray) allowed = NULL;

  list_rules (model, request, rules, &reason);
  allowed = intersect (rules);
  if (contains (allowed, request->duration_s))
    return NULL;
  if (allowed->len == 0)
    return g_strdup_printf ("no duration goes with both the resolution and the images with %s; "
                            "change one of them",
                            name);
  words = describe_durations (allowed);
  return g_strdup_printf ("%d s is not possible with %s, which makes %s s with this resolution and "
                          "these images",
                          request->duration_s, name, words);
}

char *
veo3_model_check (const Veo3Model *model, const Veo3ClipRequest *request, Veo3ClipField *ret_field)
{
  static const CheckFunc checks[] = {
    [VEO3_CLIP_FIELD_DURATION] = check_duration,
    [VEO3_CLIP_FIELD_ASPECT_RATIO] = check_aspect_ratio,
    [VEO3_CLIP_FIELD_RESOLUTION] = check_resolution,
    [VEO3_CLIP_FIELD_NEGATIVE_PROMPT] = check_negative_prompt,
    [VEO3_CLIP_FIELD_SEED] = check_seed,
    [VEO3_CLIP_FIELD_PERSON_GENERATION] = check_persons,
    [VEO3_CLIP_FIELD_FIRST_FRAME] = check_first_frame,
    [VEO3_CLIP_FIELD_LAST_FRAME] = check_last_frame,
    [VEO3_CLIP_FIELD_REFERENCE_IMAGES] = check_references,
  };
  g_autofree char *name = describe_model (model);

  G_STATIC_ASSERT (G_N_ELEMENTS (checks) == G_N_ELEMENTS (field_names));
  /* The duration last: it hangs on the others. */
  for (guint i = 1; i <= G_N_ELEMENTS (checks); i++)
    {
      guint field = i % G_N_ELEMENTS (checks);
      char *problem = checks[field](model, request, name);

      if (problem == NULL)
        continue;
      *ret_field = (Veo3ClipField)field;
      return problem;
    }
  return NULL;
}

/* ---- money, and the end ---- */

double
veo3_model_estimate_usd (const Veo3Model *model, const Veo3ClipRequest *request)
{
  const Veo3ModelResolution *resolution
      = veo3_model_find_resolution (model, request->options.resolution);
  double usd_per_s;

  if (resolution == NULL)
    return -1;
  usd_per_s = resolution->usd_per_s;
  if (request->options.audio == VEO3_AUDIO_STRIP && resolution->silent_usd_per_s >= 0)
    usd_per_s = resolution->silent_usd_per_s;
  return usd_per_s < 0 ? -1 : usd_per_s * request->duration_s;
}

char *
veo3_model_describe_retirement (const Veo3Model *model)
{
  g_autofree char *name = NULL;
  const char *instead = model->instead != NULL ? model->instead : "another model";

  if (model->retired == NULL && model->retires == NULL)
    return NULL;
  name = describe_model (model);
  if (model->retired != NULL)
    return g_strdup_printf ("model %s was shut down on %s; set %s instead", name, model->retired,
                            instead);
  return g_strdup_printf (
      "model %s may be shut down on any day from %s on; if the service does not "
      "know it any more, set %s instead",
      name, model->retires, instead);
}

/* ---- fields ---- */

const char *
veo3_clip_field_to_string (Veo3ClipField field)
{
  g_return_val_if_fail ((guint)field < G_N_ELEMENTS (field_names), NULL);
  return field_names[field];
}

gboolean
veo3_clip_options_say (const Veo3ClipOptions *options, Veo3ClipField field)
{
  switch (field)
    {
    case VEO3_CLIP_FIELD_DURATION:
      return FALSE;
    case VEO3_CLIP_FIELD_ASPECT_RATIO:
      return options->aspect_ratio != NULL;
    case VEO3_CLIP_FIELD_RESOLUTION:
      return options->resolution != NULL;
    case VEO3_CLIP_FIELD_NEGATIVE_PROMPT:
      return options->negative_prompt != NULL;
    case VEO3_CLIP_FIELD_SEED:
      return options->has_seed;
    case VEO3_CLIP_FIELD_PERSON_GENERATION:
      return options->person_generation != NULL;
    case VEO3_CLIP_FIELD_FIRST_FRAME:
    case VEO3_CLIP_FIELD_LAST_FRAME:
    case VEO3_CLIP_FIELD_REFERENCE_IMAGES:
      /* Whoever names any image names them all. */
      return options->images != NULL;
    }
  g_assert_not_reached ();
}
