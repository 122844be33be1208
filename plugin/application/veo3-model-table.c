/* SPDX-License-Identifier: MIT */
/*
 * Reads models.ini. Strict: a slip of the pen in a table of prices costs money, so what is not
 * understood is an error that names its place. No state, any thread.
 */
#include "plugin/application/veo3-model-table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/application/models-resource.h"
#include "plugin/domain/veo3-prompt.h"

#define BUILT_IN_PATH "/pipeline-runner/models.ini"
#define BUILT_IN_NAME "models.ini"
#define TABLE_GROUP "models"
#define MAX_USD_PER_S 1000.0
#define MAX_REFERENCES 1000

struct _Veo3ModelTable
{
  char *name;        /* (owned) of the file, for messages */
  char *date;        /* (owned) */
  GPtrArray *models; /* (owned) (element-type Veo3Model) */
};

/* One group being read. */
typedef struct
{
  GKeyFile *file;   /* (borrowed) */
  const char *name; /* of the file */
  const char *group;
  Veo3Model *model; /* (borrowed) */
} Reader;

/* The kinds of values. */
typedef enum
{
  KIND_TEXT,
  KIND_DATE,
  KIND_WORDS,
  KIND_DURATIONS,
  KIND_YES, /* stored as it is said */
  KIND_NO,  /* stored the other way round: the model knows what is refused */
  KIND_RESOLUTIONS,
  KIND_REFERENCES,
} Kind;

typedef struct
{
  const char *name;
  Kind kind;
  gsize offset; /* in Veo3Model */
} Key;

static const Key keys[] = {
  { "as-of", KIND_DATE, G_STRUCT_OFFSET (Veo3Model, as_of) },
  { "source", KIND_TEXT, G_STRUCT_OFFSET (Veo3Model, source) },
  { "default", KIND_YES, G_STRUCT_OFFSET (Veo3Model, is_default) },
  { "retired", KIND_DATE, G_STRUCT_OFFSET (Veo3Model, retired) },
  { "retires", KIND_DATE, G_STRUCT_OFFSET (Veo3Model, retires) },
  { "instead", KIND_TEXT, G_STRUCT_OFFSET (Veo3Model, instead) },
  { "durations", KIND_DURATIONS, G_STRUCT_OFFSET (Veo3Model, durations_s) },
  { "durations-last-frame", KIND_DURATIONS, G_STRUCT_OFFSET (Veo3Model, last_frame_durations_s) },
  { "durations-reference-images", KIND_DURATIONS,
    G_STRUCT_OFFSET (Veo3Model, reference_durations_s) },
  { "aspect-ratios", KIND_WORDS, G_STRUCT_OFFSET (Veo3Model, aspect_ratios) },
  { "resolutions", KIND_RESOLUTIONS, 0 },
  { "default-resolution", KIND_TEXT, G_STRUCT_OFFSET (Veo3Model, default_resolution) },
  { "person-generation", KIND_WORDS, G_STRUCT_OFFSET (Veo3Model, persons) },
  { "person-generation-with-images", KIND_WORDS, G_STRUCT_OFFSET (Veo3Model, persons_with_images) },
  { "negative-prompt", KIND_NO, G_STRUCT_OFFSET (Veo3Model, refuses_negative_prompt) },
  { "seed", KIND_NO, G_STRUCT_OFFSET (Veo3Model, refuses_seed) },
  { "first-frame", KIND_NO, G_STRUCT_OFFSET (Veo3Model, refuses_first_frame) },
  { "last-frame", KIND_NO, G_STRUCT_OFFSET (Veo3Model, refuses_last_frame) },
  { "lone-last-frame", KIND_NO, G_STRUCT_OFFSET (Veo3Model, refuses_lone_last_frame) },
  { "mixed-images", KIND_NO, G_STRUCT_OFFSET (Veo3Model, refuses_mixed_images) },
  { "reference-images", KIND_REFERENCES, 0 },
};

/* Keys of one resolution: PREFIX and its name. */
static const char *const resolution_prefixes[]
    = { "durations-", "usd-per-s-", "silent-usd-per-s-" };

static gboolean
complain (const Reader *reader, const char *key, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
complain (const Reader *reader, const char *key, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "%s: [%s]%s%s: %s. Mend the file, or leave models-file out to use the built-in table",
      reader->name, reader->group, key != NULL ? " " : "", key != NULL ? key : "", text);
  return FALSE;
}

/* ---- values ---- */

/* Whole and decimal, nothing behind it. */
static gboolean
parse_number (const char *text, guint64 max, int *ret_number)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 0, max, &number, NULL))
    return FALSE;
  *ret_number = (int)number;
  return TRUE;
}

static gboolean
add_durations (GArray *durations_s, const char *word)
{
  g_auto (GStrv) ends = g_strsplit (word, "-", 2);
  int first_s = 0;
  int last_s;

  if (ends[0] == NULL || !parse_number (ends[0], VEO3_PROMPT_MAX_DURATION_S, &first_s))
    return FALSE;
  last_s = first_s;
  if (ends[1] != NULL && !parse_number (ends[1], VEO3_PROMPT_MAX_DURATION_S, &last_s))
    return FALSE;
  /* Rising, and none twice: who looks for the next longer one takes the first that fits. */
  if (first_s < 1 || last_s < first_s
      || (durations_s->len > 0
          && g_array_index (durations_s, int, durations_s->len - 1) >= first_s))
    return FALSE;
  for (int i = first_s; i <= last_s; i++)
    g_array_append_val (durations_s, i);
  return TRUE;
}

static gboolean
read_durations (const Reader *reader, const char *key, GArray **ret_durations_s, GError **error)
{
  g_auto (GStrv) words = g_key_file_get_string_list (reader->file, reader->group, key, NULL, NULL);
  g_autoptr (GArray) durations_s = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    if (!add_durations (durations_s, words[i]))
      return complain (reader, key, error,
                       "\"%s\" is no duration; write rising seconds, 4;6;8, or a range, 3-10",
                       words[i]);
  if (durations_s->len == 0)
    return complain (reader, key, error, "no duration; write seconds, or leave the key out");
  *ret_durations_s = g_steal_pointer (&durations_s);
  return TRUE;
}

static gboolean
read_text (const Reader *reader, const char *key, char **ret_text, GError **error)
{
  *ret_text = g_key_file_get_string (reader->file, reader->group, key, NULL);
  return (*ret_text != NULL && **ret_text != '\0')
         || complain (reader, key, error, "no text; write one, or leave the key out");
}

static gboolean
is_date (const char *text)
{
  g_autofree char *with_time = g_strconcat (text, "T00:00:00Z", NULL);
  g_autoptr (GDateTime) date = strlen (text) == strlen ("2026-11-22")
                                   ? g_date_time_new_from_iso8601 (with_time, NULL)
                                   : NULL;

  return date != NULL;
}

static gboolean
read_date (const Reader *reader, const char *key, char **ret_date, GError **error)
{
  if (!read_text (reader, key, ret_date, error))
    return FALSE;
  return is_date (*ret_date)
         || complain (reader, key, error, "\"%s\" is no date; write it like 2026-11-22", *ret_date);
}

static gboolean
read_words (const Reader *reader, const char *key, char ***ret_words, GError **error)
{
  *ret_words = g_key_file_get_string_list (reader->file, reader->group, key, NULL, NULL);
  if (*ret_words == NULL)
    return complain (reader, key, error, "no list; write words joined by ;");
  for (guint i = 0; (*ret_words)[i] != NULL; i++)
    if (*g_strstrip ((*ret_words)[i]) == '\0')
      return complain (reader, key, error, "an empty word; write words joined by ;");
  return TRUE;
}

static gboolean
read_flag (const Reader *reader,
           const char *key,
           gboolean is_inverse,
           gboolean *ret,
           GError **error)
{
  g_autofree char *text = g_key_file_get_string (reader->file, reader->group, key, NULL);

  if (g_strcmp0 (text, "true") != 0 && g_strcmp0 (text, "false") != 0)
    return complain (reader, key, error, "\"%s\" is neither true nor false",
                     text != NULL ? text : "");
  *ret = (strcmp (text, "true") == 0) != is_inverse;
  return TRUE;
}

static gboolean
read_resolutions (const Reader *reader, const char *key, GError **error)
{
  g_auto (GStrv) names = NULL;

  if (!read_words (reader, key, &names, error))
    return FALSE;
  if (names[0] == NULL)
    return complain (reader, key, error, "no resolution; write one, or leave the key out");
  for (guint i = 0; names[i] != NULL; i++)
    {
      if (veo3_model_find_resolution (reader->model, names[i]) != NULL)
        return complain (reader, key, error, "%s stands there twice", names[i]);
      (void)veo3_model_add_resolution (reader->model, names[i]);
    }
  return TRUE;
}

static gboolean
read_references (const Reader *reader, const char *key, GError **error)
{
  g_autofree char *text = g_key_file_get_string (reader->file, reader->group, key, NULL);
  int count = 0;

  if (text == NULL || !parse_number (text, MAX_REFERENCES, &count))
    return complain (reader, key, error, "\"%s\" is no number of images; write one, 0 for none",
                     text != NULL ? text : "");
  reader->model->has_reference_limit = TRUE;
  reader->model->max_references = (guint)count;
  return TRUE;
}

static gboolean
read_usd (const Reader *reader, const char *key, double *ret_usd, GError **error)
{
  g_autofree char *text = g_key_file_get_string (reader->file, reader->group, key, NULL);
  char *end = NULL;
  double usd = text != NULL ? g_ascii_strtod (text, &end) : -1;

  if (end == NULL || end == text || *end != '\0' || !isfinite (usd) || usd < 0
      || usd > MAX_USD_PER_S)
    return complain (reader, key, error, "\"%s\" is no price; write US dollars for a second, 0.10",
                     text != NULL ? text : "");
  *ret_usd = usd;
  return TRUE;
}

/* ---- groups ---- */

static gboolean
read_key (const Reader *reader, const Key *key, GError **error)
{
  gpointer place = G_STRUCT_MEMBER_P (reader->model, key->offset);

  switch (key->kind)
    {
    case KIND_TEXT:
      return read_text (reader, key->name, place, error);
    case KIND_DATE:
      return read_date (reader, key->name, place, error);
    case KIND_WORDS:
      return read_words (reader, key->name, place, error);
    case KIND_DURATIONS:
      return read_durations (reader, key->name, place, error);
    case KIND_YES:
      return read_flag (reader, key->name, FALSE, place, error);
    case KIND_NO:
      return read_flag (reader, key->name, TRUE, place, error);
    case KIND_RESOLUTIONS:
      return read_resolutions (reader, key->name, error);
    case KIND_REFERENCES:
      return read_references (reader, key->name, error);
    }
  g_assert_not_reached ();
}

static gsize
count_common (const char *a, const char *b)
{
  gsize n = 0;

  while (a[n] != '\0' && a[n] == b[n])
    n++;
  return n;
}

/* The known key that begins most like it. */
static const char *
find_nearest (const char *name)
{
  const char *nearest = keys[0].name;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (count_common (keys[i].name, name) > count_common (nearest, name))
      nearest = keys[i].name;
  for (guint i = 0; i < G_N_ELEMENTS (resolution_prefixes); i++)
    if (count_common (resolution_prefixes[i], name) > count_common (nearest, name))
      nearest = resolution_prefixes[i];
  return nearest;
}

/* The keys of one resolution, whose names only the group itself knows. */
static gboolean
read_resolution_key (const Reader *reader, const char *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (resolution_prefixes); i++)
    {
      const char *prefix = resolution_prefixes[i];
      Veo3ModelResolution *resolution;

      if (!g_str_has_prefix (name, prefix))
        continue;
      resolution = veo3_model_find_resolution (reader->model, name + strlen (prefix));
      if (resolution == NULL)
        return complain (reader, name, error, "%s is none of the group's resolutions",
                         name + strlen (prefix));
      if (i == 0)
        return read_durations (reader, name, &resolution->durations_s, error);
      return read_usd (reader, name,
                       i == 1 ? &resolution->usd_per_s : &resolution->silent_usd_per_s, error);
    }
  return complain (reader, name, error, "there is no such key; perhaps %s is meant",
                   find_nearest (name));
}

static const Key *
find_key (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].name, name) == 0)
      return &keys[i];
  return NULL;
}

static gboolean
read_group (const Reader *reader, GError **error)
{
  g_auto (GStrv) names = g_key_file_get_keys (reader->file, reader->group, NULL, NULL);
  const Veo3Model *model = reader->model;

  /* First what is known by name: the resolutions are among it. */
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_key_file_has_key (reader->file, reader->group, keys[i].name, NULL)
        && !read_key (reader, &keys[i], error))
      return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    if (find_key (names[i]) == NULL && !read_resolution_key (reader, names[i], error))
      return FALSE;
  if (model->as_of == NULL || model->source == NULL)
    return complain (reader, model->as_of == NULL ? "as-of" : "source", error,
                     "is missing; say when and where the entry was read");
  if (model->default_resolution != NULL && veo3_model_find_resolution (model, NULL) == NULL)
    return complain (reader, "default-resolution", error, "%s is none of the group's resolutions",
                     model->default_resolution);
  return TRUE;
}

static Veo3Model *
find_exactly (const Veo3ModelTable *self, const char *provider, const char *id)
{
  for (guint i = 0; i < self->models->len; i++)
    {
      Veo3Model *model = g_ptr_array_index (self->models, i);

      if (strcmp (model->provider, provider) == 0
          && (id != NULL ? strcmp (model->id, id) == 0 : model->is_default))
        return model;
    }
  return NULL;
}

static gboolean
add_group (Veo3ModelTable *self, Reader *reader, GError **error)
{
  g_auto (GStrv) words = g_strsplit (reader->group, " ", 3);
  const Veo3Model *other;

  if (g_strv_length (words) != 2 || *words[0] == '\0' || *words[1] == '\0')
    return complain (reader, NULL, error, "a group is named [PROVIDER MODEL] or [PROVIDER *]");
  other = find_exactly (self, words[0], NULL);
  reader->model = veo3_model_new (words[0], words[1]);
  g_ptr_array_add (self->models, reader->model);
  if (!read_group (reader, error))
    return FALSE;
  if (reader->model->is_default && !veo3_model_is_listed (reader->model))
    return complain (reader, "default", error, "the entry for all others names no model");
  if (reader->model->is_default && other != NULL)
    return complain (reader, "default", error, "%s is the default of %s already", other->id,
                     other->provider);
  return TRUE;
}

/* ---- files ---- */

/* GKeyFile lets a second group of the same name, or a second key, silently win.
 * Returns: FALSE with @error */
static gboolean
refuse_twice (const char *text, const char *name, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  const char *group = "";

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      const char *equals = strchr (line, '=');
      char *what = NULL;

      if (*line == '[')
        what = g_strdup (group = line);
      else if (*line != '#' && equals != NULL)
        {
          g_autofree char *key = g_strndup (line, (gsize)(equals - line));

          what = g_strdup_printf ("%s %s", group, g_strchomp (key));
        }
      if (what == NULL || g_hash_table_add (seen, what))
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "%s: line %u: this stands there twice; leave one of them", name, i + 1);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_head (Veo3ModelTable *self, const Reader *head, GError **error)
{
  g_auto (GStrv) names = NULL;

  if (!g_key_file_has_group (head->file, head->group))
    return complain (head, NULL, error, "the group is missing; it says the table's date");
  if (!read_date (head, "date", &self->date, error))
    return FALSE;
  names = g_key_file_get_keys (head->file, head->group, NULL, NULL);
  for (guint i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], "date") != 0)
      return complain (head, names[i], error, "there is no such key; only date is known");
  return TRUE;
}

static gboolean
read_all (Veo3ModelTable *self, GKeyFile *file, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  Reader reader = { .file = file, .name = self->name, .group = TABLE_GROUP };

  if (!read_head (self, &reader, error))
    return FALSE;
  for (guint i = 0; groups[i] != NULL; i++)
    {
      reader.group = groups[i];
      if (strcmp (groups[i], TABLE_GROUP) != 0 && !add_group (self, &reader, error))
        return FALSE;
    }
  return TRUE;
}

Veo3ModelTable *
veo3_model_table_new_from_text (const char *text, const char *name, GError **error)
{
  g_autoptr (Veo3ModelTable) self = g_new0 (Veo3ModelTable, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local_error = NULL;

  self->name = g_strdup (name);
  self->models = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_model_free);
  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, &local_error))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: %s", name,
                   local_error->message);
      return NULL;
    }
  if (!refuse_twice (text, name, error) || !read_all (self, file, error))
    return NULL;
  return g_steal_pointer (&self);
}

static char *
read_file (const char *path, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = NULL;

  /* A FIFO would keep us waiting. */
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (&local_error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is not a regular file",
                 path);
  else if (g_file_get_contents (path, &text, NULL, &local_error))
    return g_steal_pointer (&text);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "models-file: %s. Name a table of models, or leave it out to use the built-in one",
               local_error->message);
  return NULL;
}

Veo3ModelTable *
veo3_model_table_new (const char *models_file, GError **error)
{
  g_autofree char *text = NULL;

  if (models_file == NULL)
    {
      g_autoptr (GBytes) bytes = g_resource_lookup_data (veo3_models_get_resource (), BUILT_IN_PATH,
                                                         G_RESOURCE_LOOKUP_FLAGS_NONE, error);

      if (bytes == NULL)
        return NULL;
      text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      return veo3_model_table_new_from_text (text, BUILT_IN_NAME, error);
    }
  text = read_file (models_file, error);
  return text == NULL ? NULL : veo3_model_table_new_from_text (text, models_file, error);
}

void
veo3_model_table_free (Veo3ModelTable *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->date);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  g_free (self);
}

const Veo3Model *
veo3_model_table_find (const Veo3ModelTable *self, const char *provider, const char *id)
{
  static const Veo3Model nothing_known = { 0 };
  const Veo3Model *model = NULL;

  if (self != NULL)
    model = find_exactly (self, provider, id);
  if (model == NULL && self != NULL)
    model = find_exactly (self, provider, VEO3_MODEL_ANY);
  return model != NULL ? model : &nothing_known;
}

const char *
veo3_model_table_get_default (const Veo3ModelTable *self, const char *provider)
{
  const Veo3Model *model = find_exactly (self, provider, NULL);

  return model != NULL ? model->id : NULL;
}

GPtrArray *
veo3_model_table_get_models (const Veo3ModelTable *self)
{
  return self->models;
}

char *
veo3_model_table_warn (const Veo3ModelTable *self, const char *provider, const char *id)
{
  const Veo3Model *model = veo3_model_table_find (self, provider, id);

  if (self == NULL || id == NULL || veo3_model_is_listed (model))
    return veo3_model_describe_retirement (model);
  return g_strdup_printf ("model %s (%s) is not in %s of %s: its price is not known, and its "
                          "settings are only checked for what the provider's models have in common",
                          id, provider, self->name, self->date);
}
