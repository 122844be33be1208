/* SPDX-License-Identifier: MIT */
/*
 * Purpose: optimal string alignment distance over ASCII names. Pure; any thread. Must not allocate
 * by what a file says: longer names than MAX_LENGTH are compared as simply different.
 */
#include "host/nearest-name.h"

#include <string.h>

#define MAX_LENGTH 64

static guint
distance_of_rows (const char *a, guint a_length, const char *b, guint b_length)
{
  guint rows[3][MAX_LENGTH + 1];
  guint *previous = rows[0], *last = rows[1], *row = rows[2];

  for (guint j = 0; j <= b_length; j++)
    last[j] = j;
  for (guint i = 1; i <= a_length; i++)
    {
      guint *oldest = previous;

      row[0] = i;
      for (guint j = 1; j <= b_length; j++)
        {
          gboolean same = g_ascii_tolower (a[i - 1]) == g_ascii_tolower (b[j - 1]);
          gboolean swapped = i > 1 && j > 1
                             && g_ascii_tolower (a[i - 1]) == g_ascii_tolower (b[j - 2])
                             && g_ascii_tolower (a[i - 2]) == g_ascii_tolower (b[j - 1]);

          row[j] = MIN (MIN (last[j], row[j - 1]) + 1, last[j - 1] + (same ? 0 : 1));
          if (swapped)
            row[j] = MIN (row[j], previous[j - 2] + 1);
        }
      previous = last;
      last = row;
      row = oldest;
    }
  return last[b_length];
}

guint
nearest_name_distance (const char *a, const char *b)
{
  gsize a_length = strlen (a);
  gsize b_length = strlen (b);

  if (a_length > MAX_LENGTH || b_length > MAX_LENGTH)
    return strcmp (a, b) == 0 ? 0 : (guint)MIN (MAX (a_length, b_length), G_MAXUINT);
  return distance_of_rows (a, (guint)a_length, b, (guint)b_length);
}

const char *
nearest_name_find (const char *name, const char *const *candidates)
{
  const char *best = NULL;
  guint best_distance = G_MAXUINT;

  for (gsize i = 0; candidates != NULL && candidates[i] != NULL; i++)
    {
      guint distance = nearest_name_distance (name, candidates[i]);
      gsize longer = MAX (strlen (name), strlen (candidates[i]));

      /* One slip is forgiven even in the shortest names, as long as something else is left. */
      if (distance > MAX (longer / 3, 1) || distance >= longer || distance >= best_distance)
        continue;
      best = candidates[i];
      best_distance = distance;
    }
  return best;
}

char *
nearest_name_hint (const char *name, const char *const *candidates)
{
  const char *nearest = nearest_name_find (name, candidates);

  if (nearest == NULL)
    return g_strdup ("");
  return g_strdup_printf (" (did you mean '%s'?)", nearest);
}
