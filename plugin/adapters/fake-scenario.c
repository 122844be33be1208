/* SPDX-License-Identifier: MIT */
/*
 * The script of the fake service. One thread at a time; the file is read once and checked whole, so
 * that a mistyped scenario cannot pass for a quiet one.
 */
#include "plugin/adapters/fake-scenario.h"

#include <string.h>

struct _FakeScenario
{
  GKeyFile *file;    /* (owned) */
  GHashTable *taken; /* (owned) "key step" -> how often the step was asked */
};

/* Keys, what they are when nothing is said, and the words they may hold (NULL: a duration). */
static const struct
{
  const char *key;
  const char *fallback;
  const char *words;
} keys[] = {
  { "submit-delay", "20ms", NULL },
  { "poll-delay", "5ms", NULL },
  { "download-delay", "20ms", NULL },
  { "generation-time", "300ms", NULL },
  { "queue-time", "0ms", NULL },
  { "submit", "accepted",
    " accepted not_sent rejected overloaded refused uncertain denied quota_day " },
  { "poll", "running", " running no_answer throttled not_found unauthorized " },
  { "result", "clip", " clip failed filtered no_clip " },
  { "download", "stored", " stored transient gone not_clip disk " },
  { "cancel", "asked", " asked over no_answer unauthorized " },
};

static int
find_key (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].key, key) == 0)
      return (int)i;
  return -1;
}

/* "<n>ms" or "<n>s". Returns -1 for anything else. */
static gint64
parse_ms (const char *text)
{
  char *end = NULL;
  gint64 value = g_ascii_strtoll (text, &end, 10);

  if (end == text || value < 0 || value > 86400000)
    return -1;
  if (strcmp (end, "ms") == 0)
    return value;
  return strcmp (end, "s") == 0 ? value * 1000 : -1;
}

/* "word" or "word xN". @ret_count is G_MAXUINT without xN. */
static char *
parse_word (const char *text, guint *ret_count)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", 2);
  guint64 count = G_MAXUINT;

  if (parts[0] == NULL)
    return NULL;
  if (parts[1] != NULL
      && (parts[1][0] != 'x'
          || !g_ascii_string_to_unsigned (parts[1] + 1, 10, 1, 1000000, &count, NULL)))
    return NULL;
  *ret_count = (guint)count;
  return g_strdup (parts[0]);
}

static gboolean
is_valid (int index, const char *text)
{
  g_autofree char *word = NULL;
  g_autofree char *padded = NULL;
  guint count = 0;

  if (keys[index].words == NULL)
    return parse_ms (text) >= 0;
  word = parse_word (text, &count);
  padded = g_strdup_printf (" %s ", word != NULL ? word : "");
  return word != NULL && strstr (keys[index].words, padded) != NULL;
}

static gboolean
check_group (GKeyFile *file, const char *path, const char *group, GError **error)
{
  g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);

  if (strcmp (group, "fake") != 0 && !g_str_has_prefix (group, "clip "))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s: [%s]: groups are [fake] and [clip VARIANT]", path, group);
      return FALSE;
    }
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *value = g_key_file_get_string (file, group, names[i], NULL);
      int index = find_key (names[i]);

      if (index >= 0 && value != NULL && is_valid (index, value))
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: [%s] %s: %s%s", path, group,
                   names[i], index < 0 ? "no such key" : "expected a duration or one of:",
                   index < 0 ? "" : (keys[index].words != NULL ? keys[index].words : " 250ms 3s"));
      return FALSE;
    }
  return TRUE;
}

FakeScenario *
fake_scenario_new (const char *path, GError **error)
{
  g_autoptr (FakeScenario) scenario = g_new0 (FakeScenario, 1);
  g_auto (GStrv) groups = NULL;

  scenario->file = g_key_file_new ();
  scenario->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (path == NULL)
    return g_steal_pointer (&scenario);
  if (!g_key_file_load_from_file (scenario->file, path, G_KEY_FILE_NONE, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  groups = g_key_file_get_groups (scenario->file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (!check_group (scenario->file, path, groups[i], error))
      return NULL;
  return g_steal_pointer (&scenario);
}

void
fake_scenario_free (FakeScenario *scenario)
{
  if (scenario == NULL)
    return;
  g_key_file_unref (scenario->file);
  g_hash_table_unref (scenario->taken);
  g_free (scenario);
}

static char *
find_clip_group (FakeScenario *scenario, const char *idempotent_key)
{
  g_auto (GStrv) groups = g_key_file_get_groups (scenario->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_autofree char *suffix = NULL;

      if (!g_str_has_prefix (groups[i], "clip "))
        continue;
      suffix = g_strconcat ("_", groups[i] + strlen ("clip "), NULL);
      if (g_str_has_suffix (idempotent_key, suffix))
        return g_strdup (groups[i]);
    }
  return NULL;
}

static char *
look_up (FakeScenario *scenario, const char *idempotent_key, const char *key)
{
  g_autofree char *group = find_clip_group (scenario, idempotent_key);
  char *value = group == NULL ? NULL : g_key_file_get_string (scenario->file, group, key, NULL);

  if (value == NULL)
    value = g_key_file_get_string (scenario->file, "fake", key, NULL);
  return value != NULL ? value : g_strdup (keys[find_key (key)].fallback);
}

gint64
fake_scenario_get_ms (FakeScenario *scenario, const char *idempotent_key, const char *key)
{
  g_autofree char *value = look_up (scenario, idempotent_key, key);

  return parse_ms (value);
}

const char *
fake_scenario_take (FakeScenario *scenario, const char *idempotent_key, const char *step)
{
  g_autofree char *value = look_up (scenario, idempotent_key, step);
  g_autofree char *counter = g_strconcat (idempotent_key, " ", step, NULL);
  guint limit = 0;
  g_autofree char *word = parse_word (value, &limit);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (scenario->taken, counter));

  if (n >= limit)
    return keys[find_key (step)].fallback;
  g_hash_table_insert (scenario->taken, g_steal_pointer (&counter), GUINT_TO_POINTER (n + 1));
  return g_intern_string (word);
}
