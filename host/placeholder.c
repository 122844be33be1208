/* SPDX-License-Identifier: MIT */
/*
 * Purpose: expansion of placeholders in the arguments of stage commands. Pure; any thread. Must
 * not pass anything through a shell, nor expand what an expansion brought in.
 */
#include "host/placeholder.h"

#include <string.h>

#include "host/nearest-name.h"

#define INPUT_PREFIX "input."

static const char *const fixed_names[] = { "workspace", "run_id", "stage", NULL };

GQuark
placeholder_error_quark (void)
{
  return g_quark_from_static_string ("placeholder-error-quark");
}

static gboolean
is_name_character (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '.' || c == '-';
}

/* Looks at the '@' at @at. Returns: (transfer full) (nullable): the name it opens, if any; "" for
 * "@@". @ret_end: behind its closing '@'. */
static char *
name_at (const char *at, const char **ret_end)
{
  const char *end = at + 1;

  while (is_name_character (*end))
    end++;
  if (*end != '@')
    return NULL;
  *ret_end = end + 1;
  return g_strndup (at + 1, (gsize)(end - at - 1));
}

gboolean
placeholder_is_known (const char *name)
{
  if (g_strv_contains (fixed_names, name))
    return TRUE;
  return g_str_has_prefix (name, INPUT_PREFIX) && name[strlen (INPUT_PREFIX)] != '\0';
}

char **
placeholder_names (const char *text)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *p = strchr (text, '@');

  while (p != NULL)
    {
      const char *next = p + 1;
      g_autofree char *name = name_at (p, &next);

      if (name != NULL && *name != '\0')
        g_ptr_array_add (names, g_steal_pointer (&name));
      p = strchr (next, '@');
    }
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

char *
placeholder_hint (const char *name)
{
  return nearest_name_hint (name, fixed_names);
}

/* Returns: (transfer none) (nullable): NULL with @error. */
static const char *
find_value (const char *name, const PlaceholderValues *values, GError **error)
{
  const char *key = NULL;
  const char *value = NULL;

  if (strcmp (name, "workspace") == 0)
    return values->workspace;
  if (strcmp (name, "run_id") == 0)
    return values->run_id;
  if (strcmp (name, "stage") == 0)
    return values->stage;
  if (!placeholder_is_known (name))
    {
      g_autofree char *hint = placeholder_hint (name);

      g_set_error (error, PLACEHOLDER_ERROR, PLACEHOLDER_ERROR_UNKNOWN,
                   "stage %s: unknown placeholder @%s@%s", values->stage, name, hint);
      return NULL;
    }
  key = name + strlen (INPUT_PREFIX);
  value = values->inputs != NULL ? g_hash_table_lookup (values->inputs, key) : NULL;
  if (value == NULL)
    g_set_error (error, PLACEHOLDER_ERROR, PLACEHOLDER_ERROR_UNSET,
                 "stage %s: its command needs an input: give --set input.%s=VALUE", values->stage,
                 key);
  return value;
}

static char *
expand (const char *text, const PlaceholderValues *values, GError **error)
{
  g_autoptr (GString) result = g_string_new (NULL);
  const char *p = text;

  while (*p != '\0')
    {
      const char *next = p + 1;
      g_autofree char *name = *p == '@' ? name_at (p, &next) : NULL;
      const char *value = NULL;

      if (name == NULL)
        {
          g_string_append_c (result, *p);
          p = next;
          continue;
        }
      value = *name == '\0' ? "@" : find_value (name, values, error);
      if (value == NULL)
        return NULL;
      g_string_append (result, value);
      p = next;
    }
  return g_string_free (g_steal_pointer (&result), FALSE);
}

char **
placeholder_expand_argv (const char *const *argv, const PlaceholderValues *values, GError **error)
{
  gsize n = g_strv_length ((char **)argv);
  g_auto (GStrv) result = g_new0 (char *, n + 1);

  for (gsize i = 0; i < n; i++)
    {
      result[i] = expand (argv[i], values, error);
      if (result[i] == NULL)
        return NULL;
    }
  return g_steal_pointer (&result);
}
