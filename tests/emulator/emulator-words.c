/* SPDX-License-Identifier: MIT */
/*
 * Durations, sizes and repetitions as they are written in scenarios, directives and options.
 *
 * Pure: no state, no I/O. Must not know what the words are used for.
 */
#include "tests/emulator/emulator-words.h"

#include <string.h>

#define MAX_DURATION_HOURS 1000
#define MAX_SIZE_BYTES G_GINT64_CONSTANT (0x40000000)

typedef struct
{
  const gchar *name;
  gint64 factor;
} Unit;

static const Unit duration_units[] = {
  { "ms", 1000 },
  { "s", G_USEC_PER_SEC },
  { "min", 60 * (gint64)G_USEC_PER_SEC },
  { "h", 3600 * (gint64)G_USEC_PER_SEC },
};

static const Unit size_units[] = {
  { "", 1 },
  { "B", 1 },
  { "KiB", 1024 },
  { "MiB", 1024 * 1024 },
};

static gboolean
find_unit (const Unit *units, gsize n_units, const gchar *name, gint64 *ret_factor)
{
  for (gsize i = 0; i < n_units; i++)
    {
      if (g_str_equal (units[i].name, name))
        {
          *ret_factor = units[i].factor;
          return TRUE;
        }
    }
  return FALSE;
}

gchar **
emulator_words_split (const gchar *text, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gchar **words = NULL;

  if (!g_shell_parse_argv (text, NULL, &words, &local_error))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s': %s", text,
                   local_error->message);
      return NULL;
    }
  return words;
}

gboolean
emulator_words_parse_times (const gchar *word, guint *ret_times)
{
  guint64 times = 0;

  if (word[0] != 'x' || !g_ascii_string_to_unsigned (word + 1, 10, 1, G_MAXINT, &times, NULL))
    return FALSE;
  *ret_times = (guint)times;
  return TRUE;
}

gboolean
emulator_words_parse_duration (const gchar *word, gint64 *ret_us, GError **error)
{
  const gint64 max_us = MAX_DURATION_HOURS * 3600 * (gint64)G_USEC_PER_SEC;
  gchar *end = NULL;
  const gdouble number = g_ascii_strtod (word, &end);
  gint64 factor = 0;

  if (end == word || !g_ascii_isdigit (word[0])
      || !find_unit (duration_units, G_N_ELEMENTS (duration_units), end, &factor)
      || !(number * (gdouble)factor <= (gdouble)max_us))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "'%s' is no duration; write 250ms, 30s, 5min or 2h", word);
      return FALSE;
    }
  *ret_us = (gint64)(number * (gdouble)factor);
  return TRUE;
}

gboolean
emulator_words_parse_size (const gchar *word, gint64 *ret_bytes, GError **error)
{
  gchar *end = NULL;
  const gint64 number = g_ascii_strtoll (word, &end, 10);
  gint64 factor = 0;

  if (end == word || !find_unit (size_units, G_N_ELEMENTS (size_units), end, &factor)
      || number > MAX_SIZE_BYTES / factor || number < -MAX_SIZE_BYTES / factor)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "'%s' is no size; write 1000, 100KiB or 2MiB (1 GiB at most)", word);
      return FALSE;
    }
  *ret_bytes = number * factor;
  return TRUE;
}
