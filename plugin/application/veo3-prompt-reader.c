/* SPDX-License-Identifier: MIT */
/*
 * Reads the prompts of a run. Any thread, no state.
 *
 * A wrong entry never stops its neighbours: it comes out as a prompt with a problem. Only a file
 * that is not JSON, or whose veo3_prompts is no array, gives nothing at all.
 */
#include "plugin/application/veo3-prompt-reader.h"

#include <string.h>

#include "plugin/application/veo3-file.h"
#include "plugin/application/veo3-json.h"
#include "plugin/application/veo3-prompt-options.h"

#define MAX_ASSETS_BYTES (16 * 1024 * 1024)

/* Keeps the first problem of an entry: one clear sentence helps more than a list. */
static void
add_problem (Veo3Prompt *prompt, guint index, const char *field, const char *what)
{
  if (prompt->problem == NULL)
    prompt->problem = g_strdup_printf ("%s: veo3_prompts[%u]%s%s %s", VEO3_ASSETS_FILE_NAME, index,
                                       field != NULL ? "." : "", field != NULL ? field : "", what);
}

static const char *
get_string (Veo3JsonObject *entry, const char *field, gsize *ret_length_bytes)
{
  Veo3JsonObject *member = NULL;

  if (!json_object_object_get_ex (entry, field, &member)
      || !json_object_is_type (member, json_type_string))
    return NULL;
  *ret_length_bytes = (gsize)json_object_get_string_len (member);
  return json_object_get_string (member);
}

static void
read_variant (Veo3Prompt *prompt, Veo3JsonObject *entry, guint index, GHashTable *taken)
{
  gsize length_bytes = 0;
  const char *text = get_string (entry, "variant", &length_bytes);
  g_autofree char *stand_in = g_strdup_printf ("clip-%u", index + 1);

  if (text != NULL && strlen (text) == length_bytes && veo3_variant_is_valid (text))
    {
      prompt->variant = veo3_variant_claim (taken, text);
      return;
    }
  add_problem (prompt, index, "variant",
               json_object_object_get (entry, "variant") == NULL
                   ? "is missing; give it a name such as \"broll\""
                   : "must be 1 to 64 characters of a-z, 0-9, '_' and '-', the first a letter or "
                     "a digit");
  prompt->variant = veo3_variant_claim (taken, stand_in);
}

static void
read_text (Veo3Prompt *prompt, Veo3JsonObject *entry, guint index)
{
  gsize length_bytes = 0;
  const char *text = get_string (entry, "prompt", &length_bytes);
  const char *problem = veo3_prompt_text_problem (text, length_bytes);

  if (text == NULL && json_object_object_get (entry, "prompt") != NULL)
    problem = "must be a string";
  if (problem != NULL)
    add_problem (prompt, index, "prompt", problem);
  else
    prompt->prompt = g_strdup (text);
}

static void
read_anchor (Veo3Prompt *prompt, Veo3JsonObject *entry, guint index)
{
  gsize length_bytes = 0;
  const char *text = get_string (entry, "narrative_anchor", &length_bytes);

  if (text != NULL)
    prompt->narrative_anchor = g_strdup (text);
  else if (json_object_object_get (entry, "narrative_anchor") != NULL)
    add_problem (prompt, index, "narrative_anchor", "must be a string");
}

static void
read_duration (Veo3Prompt *prompt, Veo3JsonObject *entry, guint index)
{
  Veo3JsonObject *member = json_object_object_get (entry, "duration_s");
  double value_s = member == NULL ? 0 : veo3_prompt_options_get_number (member);

  if (!veo3_prompt_duration (value_s, &prompt->duration_s))
    add_problem (prompt, index, "duration_s",
                 "must be a whole number of seconds from 1 to 3600, or 0 for that of the settings");
}

/* What is wrong, or only looks so. */
static void
read_options (Veo3Prompt *prompt, Veo3JsonObject *entry, guint index)
{
  g_autofree char *problem = veo3_prompt_options_read (entry, &prompt->options);
  g_autofree char *slip = veo3_prompt_options_find_slip (entry);

  if (problem != NULL && prompt->problem == NULL)
    prompt->problem
        = g_strdup_printf (VEO3_ASSETS_FILE_NAME ": veo3_prompts[%u].%s", index, problem);
  if (slip != NULL)
    prompt->note = g_strdup_printf (VEO3_ASSETS_FILE_NAME ": veo3_prompts[%u] %s", index, slip);
}

static Veo3Prompt *
read_entry (Veo3JsonObject *entry, guint index, GHashTable *taken)
{
  Veo3Prompt *prompt = g_new0 (Veo3Prompt, 1);

  if (!json_object_is_type (entry, json_type_object))
    {
      g_autofree char *stand_in = g_strdup_printf ("clip-%u", index + 1);

      add_problem (prompt, index, NULL, "must be an object with \"variant\" and \"prompt\"");
      prompt->variant = veo3_variant_claim (taken, stand_in);
      return prompt;
    }
  read_variant (prompt, entry, index, taken);
  read_text (prompt, entry, index);
  read_anchor (prompt, entry, index);
  read_duration (prompt, entry, index);
  read_options (prompt, entry, index);
  return prompt;
}

static Veo3JsonObject *
find_array (Veo3JsonObject *assets, GError **error)
{
  Veo3JsonObject *array = NULL;

  if (!json_object_is_type (assets, json_type_object))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: must be a JSON object",
                   VEO3_ASSETS_FILE_NAME);
      return NULL;
    }
  if (!json_object_object_get_ex (assets, "veo3_prompts", &array) || array == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s has no veo3_prompts",
                   VEO3_ASSETS_FILE_NAME);
      return NULL;
    }
  if (!json_object_is_type (array, json_type_array))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: veo3_prompts must be an array",
                   VEO3_ASSETS_FILE_NAME);
      return NULL;
    }
  if (json_object_array_length (array) == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: veo3_prompts is empty",
                   VEO3_ASSETS_FILE_NAME);
      return NULL;
    }
  return array;
}

GPtrArray *
veo3_prompt_reader_parse (const char *text,
                          gsize length_bytes,
                          guint clip_count,
                          guint *ret_n_found,
                          GError **error)
{
  g_autoptr (Veo3JsonObject) assets = NULL;
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) prompts = NULL;
  Veo3JsonObject *array;
  gsize n;

  if (!veo3_json_parse (VEO3_ASSETS_FILE_NAME, text, length_bytes, &assets, error))
    return NULL;
  array = find_array (assets, error);
  if (array == NULL)
    return NULL;
  *ret_n_found = (guint)json_object_array_length (array);
  n = MIN (*ret_n_found, clip_count);
  prompts = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_prompt_free);
  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (prompts, read_entry (json_object_array_get_idx (array, i), (guint)i, taken));
  return g_steal_pointer (&prompts);
}

GPtrArray *
veo3_prompt_reader_read (int workspace_fd, guint clip_count, guint *ret_n_found, GError **error)
{
  gsize length_bytes = 0;
  g_autofree char *text = veo3_file_read (workspace_fd, VEO3_ASSETS_FILE_NAME, MAX_ASSETS_BYTES,
                                          &length_bytes, error);

  return text == NULL
             ? NULL
             : veo3_prompt_reader_parse (text, length_bytes, clip_count, ret_n_found, error);
}
