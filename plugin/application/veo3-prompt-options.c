/* SPDX-License-Identifier: MIT */
/*
 * The rules for what may be said of a clip. Pure, any thread. Which of it a model can do is not
 * known here.
 *
 * Must not: quote a value in a message; it may be long, or hold anything.
 */
#include "plugin/application/veo3-prompt-options.h"

#include <math.h>
#include <string.h>

#include "plugin/application/veo3-clip-images.h"
#include "plugin/domain/veo3-prompt.h"

/* Every member of an entry that means something. */
static const char *const known_names[]
    = { "variant",           "prompt",     "narrative_anchor", "duration_s", "aspect_ratio",
        "resolution",        "seed",       "negative_prompt",  "audio",      "first_frame",
        "person_generation", "last_frame", "reference_images", NULL };

double
veo3_prompt_options_get_number (Veo3JsonObject *member)
{
  const char *text;
  char *end = NULL;
  double value;

  switch (json_object_get_type (member))
    {
    case json_type_int:
    case json_type_double:
      return json_object_get_double (member);
    case json_type_string:
      text = json_object_get_string (member);
      value = g_ascii_strtod (text, &end);
      end += strspn (end, " \t");
      return end == text || *end != '\0' ? NAN : value;
    case json_type_null:
    case json_type_boolean:
    case json_type_object:
    case json_type_array:
      break;
    }
  return NAN;
}

/* Keeps the first problem. */
static void
complain (char **problem, const char *field, const char *what)
{
  if (*problem == NULL)
    *problem = g_strdup_printf ("%s %s", field, what);
}

/* Returns: (transfer none) (nullable): NULL also for a string with a NUL within */
static const char *
get_text (Veo3JsonObject *member)
{
  const char *text;

  if (!json_object_is_type (member, json_type_string))
    return NULL;
  text = json_object_get_string (member);
  return strlen (text) == (gsize)json_object_get_string_len (member) ? text : NULL;
}

/* Returns: (transfer none) (nullable): one of @words */
static const char *
read_word (Veo3JsonObject *entry, const char *field, const char *const *words, char **problem)
{
  Veo3JsonObject *member = json_object_object_get (entry, field);
  const char *text = get_text (member);
  g_autofree char *choices = NULL;
  g_autofree char *what = NULL;

  if (member == NULL)
    return NULL;
  for (guint i = 0; words[i] != NULL; i++)
    if (g_strcmp0 (text, words[i]) == 0)
      return words[i];
  choices = g_strjoinv (", ", (char **)words);
  what = g_strdup_printf ("must be one of %s", choices);
  complain (problem, field, what);
  return NULL;
}

/* "" takes up what a template or a model leaves empty: there is nothing that is not wanted. */
static void
read_negative_prompt (Veo3JsonObject *entry, Veo3ClipOptions *options, char **problem)
{
  Veo3JsonObject *member = json_object_object_get (entry, "negative_prompt");
  const char *what;

  if (member == NULL)
    return;
  if (!json_object_is_type (member, json_type_string))
    {
      complain (problem, "negative_prompt", "must be a string");
      return;
    }
  if (json_object_get_string_len (member) == 0)
    return;
  what = veo3_prompt_text_problem (json_object_get_string (member),
                                   (gsize)json_object_get_string_len (member));
  if (what != NULL)
    complain (problem, "negative_prompt", what);
  else
    options->negative_prompt = g_strdup (json_object_get_string (member));
}

static void
read_seed (Veo3JsonObject *entry, Veo3ClipOptions *options, char **problem)
{
  Veo3JsonObject *member = json_object_object_get (entry, "seed");
  double seed = veo3_prompt_options_get_number (member);

  if (member == NULL)
    return;
  /* Written so that NAN fails as well. */
  if (!(seed >= 0 && seed <= G_MAXUINT32) || floor (seed) < seed)
    {
      complain (problem, "seed", "must be a whole number between 0 and 4294967295");
      return;
    }
  options->has_seed = TRUE;
  options->seed = (guint32)seed;
}

static void
read_audio (Veo3JsonObject *entry, Veo3ClipOptions *options, char **problem)
{
  static const char *const words[] = { "keep", "strip", NULL };
  const char *audio = read_word (entry, "audio", words, problem);

  if (audio != NULL)
    options->audio = audio == words[0] ? VEO3_AUDIO_KEEP : VEO3_AUDIO_STRIP;
}

static void
read_path (Veo3JsonObject *member,
           const char *field,
           Veo3ImageRole role,
           Veo3ClipOptions *options,
           char **problem)
{
  const char *path = get_text (member);
  const char *what = veo3_clip_images_find_path_problem (path);

  if (path == NULL)
    complain (problem, field, "must be the path of a picture in the workspace");
  else if (what != NULL)
    complain (problem, field, what);
  else
    veo3_clip_options_add_image (options, veo3_clip_image_new (role, path));
}

static void
read_frame (Veo3JsonObject *entry, Veo3ImageRole role, Veo3ClipOptions *options, char **problem)
{
  const char *field = veo3_clip_images_get_field (role);
  Veo3JsonObject *member = json_object_object_get (entry, field);

  if (member != NULL)
    read_path (member, field, role, options, problem);
}

static void
read_references (Veo3JsonObject *entry, Veo3ClipOptions *options, char **problem)
{
  const char *field = veo3_clip_images_get_field (VEO3_IMAGE_REFERENCE);
  Veo3JsonObject *member = json_object_object_get (entry, field);

  if (member == NULL)
    return;
  if (!json_object_is_type (member, json_type_array))
    {
      read_path (member, field, VEO3_IMAGE_REFERENCE, options, problem);
      return;
    }
  for (gsize i = 0; i < json_object_array_length (member); i++)
    {
      g_autofree char *place = g_strdup_printf ("%s[%zu]", field, i);

      read_path (json_object_array_get_idx (member, i), place, VEO3_IMAGE_REFERENCE, options,
                 problem);
    }
}

char *
veo3_prompt_options_read (Veo3JsonObject *entry, Veo3ClipOptions *ret_options)
{
  static const char *const shapes[] = { "9:16", "16:9", NULL };
  static const char *const sizes[] = { "360p", "720p", "1080p", "4k", NULL };
  static const char *const people[] = { "allow_all", "allow_adult", "dont_allow", NULL };
  char *problem = NULL;

  ret_options->aspect_ratio = g_strdup (read_word (entry, "aspect_ratio", shapes, &problem));
  ret_options->resolution = g_strdup (read_word (entry, "resolution", sizes, &problem));
  ret_options->person_generation
      = g_strdup (read_word (entry, "person_generation", people, &problem));
  read_negative_prompt (entry, ret_options, &problem);
  read_seed (entry, ret_options, &problem);
  read_audio (entry, ret_options, &problem);
  read_frame (entry, VEO3_IMAGE_FIRST_FRAME, ret_options, &problem);
  read_frame (entry, VEO3_IMAGE_LAST_FRAME, ret_options, &problem);
  read_references (entry, ret_options, &problem);
  return problem;
}

/* ---- slips ---- */

/* Letters and digits only, in lower case: "aspectRatio" and "aspect-ratio" are "aspectratio".
 * Returns: (transfer full) */
static char *
simplify (const char *name)
{
  GString *simple = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (simple, g_ascii_tolower (*p));
  return g_string_free (simple, FALSE);
}

/* One character too many, missing, or another; or two that changed places. */
static gboolean
is_near (const char *a, const char *b)
{
  gsize a_length = strlen (a);
  gsize b_length = strlen (b);

  while (a_length > 0 && b_length > 0 && *a == *b)
    {
      a++;
      b++;
      a_length--;
      b_length--;
    }
  while (a_length > 0 && b_length > 0 && a[a_length - 1] == b[b_length - 1])
    {
      a_length--;
      b_length--;
    }
  return (a_length <= 1 && b_length <= 1)
         || (a_length == 2 && b_length == 2 && a[0] == b[1] && a[1] == b[0]);
}

/* A name of nothing but letters, digits, '_' and '-' can be shown to people. */
static gboolean
is_plain (const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '_' && *p != '-')
      return FALSE;
  return strlen (name) <= 32;
}

/* Returns: (transfer none) (nullable): the known name that @name is near to and that is not there
 */
static const char *
find_meant (Veo3JsonObject *entry, const char *name)
{
  g_autofree char *simple = simplify (name);

  if (!is_plain (name) || g_strv_contains (known_names, name))
    return NULL;
  for (guint i = 0; known_names[i] != NULL; i++)
    {
      g_autofree char *known = simplify (known_names[i]);

      if (is_near (simple, known) && !json_object_object_get_ex (entry, known_names[i], NULL))
        return known_names[i];
    }
  return NULL;
}

char *
veo3_prompt_options_find_slip (Veo3JsonObject *entry)
{
  json_object_object_foreach (entry, name, member)
    {
      const char *meant = find_meant (entry, name);

      (void)member;
      if (meant != NULL)
        return g_strdup_printf ("has a member %s that means nothing; %s, perhaps?", name, meant);
    }
  return NULL;
}
