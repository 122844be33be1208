/* SPDX-License-Identifier: MIT */
/*
 * Veo3DurationHistory: rings of durations and their text form.
 *
 * Text: a line per key, "KEY<tab>MS MS MS…", oldest duration first; lines that start with '#' are
 * remarks. Pure: must not touch a file or a clock. Anything that does not parse is skipped, line by
 * line and number by number.
 */
#include "plugin/domain/veo3-duration-history.h"

#include <string.h>

/* More than any key that make_key() makes of a sane model name. */
#define MAX_KEY_BYTES 200

typedef struct
{
  char *key;                                            /* (owned) */
  gint64 durations_ms[VEO3_DURATION_HISTORY_RING_SIZE]; /* oldest first */
  guint n;
} Ring;

struct _Veo3DurationHistory
{
  GPtrArray *rings; /* (owned) of Ring, least recently learned first */
};

static void
ring_free (gpointer data)
{
  Ring *ring = data;

  g_free (ring->key);
  g_free (ring);
}

Veo3DurationHistory *
veo3_duration_history_new (void)
{
  Veo3DurationHistory *history = g_new0 (Veo3DurationHistory, 1);

  history->rings = g_ptr_array_new_with_free_func (ring_free);
  return history;
}

void
veo3_duration_history_free (Veo3DurationHistory *history)
{
  if (history == NULL)
    return;
  g_ptr_array_unref (history->rings);
  g_free (history);
}

static gboolean
is_valid_key (const char *key)
{
  const gsize length = strlen (key);

  if (length == 0 || length > MAX_KEY_BYTES || key[0] == '#')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint (key[i]))
      return FALSE;
  return TRUE;
}

char *
veo3_duration_history_make_key (const char *model, const char *resolution, int duration_s)
{
  char *key = g_strdup_printf ("%.120s %.40s %d", model,
                               resolution != NULL ? resolution : "default", duration_s);

  for (char *c = key; *c != '\0'; c++)
    if (!g_ascii_isprint (*c) || (c == key && *c == '#'))
      *c = '_';
  return key;
}

static Ring *
find_ring (const Veo3DurationHistory *history, const char *key, guint *ret_position)
{
  for (guint i = 0; i < history->rings->len; i++)
    {
      Ring *ring = g_ptr_array_index (history->rings, i);

      if (g_str_equal (ring->key, key))
        {
          *ret_position = i;
          return ring;
        }
    }
  return NULL;
}

/* Finds or makes the ring of a key, and makes it the most recently learned one. */
static Ring *
take_ring (Veo3DurationHistory *history, const char *key)
{
  guint position = 0;
  Ring *ring = find_ring (history, key, &position);

  if (ring != NULL)
    {
      ring = g_ptr_array_steal_index (history->rings, position);
    }
  else
    {
      ring = g_new0 (Ring, 1);
      ring->key = g_strdup (key);
    }
  g_ptr_array_add (history->rings, ring);
  if (history->rings->len > VEO3_DURATION_HISTORY_MAX_KEYS)
    g_ptr_array_remove_index (history->rings, 0);
  return ring;
}

void
veo3_duration_history_learn (Veo3DurationHistory *history, const char *key, gint64 duration_ms)
{
  Ring *ring;

  if (!is_valid_key (key) || duration_ms < 1 || duration_ms > VEO3_DURATION_HISTORY_MAX_MS)
    return;
  ring = take_ring (history, key);
  if (ring->n == VEO3_DURATION_HISTORY_RING_SIZE)
    {
      memmove (ring->durations_ms, ring->durations_ms + 1,
               sizeof ring->durations_ms - sizeof ring->durations_ms[0]);
      ring->n--;
    }
  ring->durations_ms[ring->n++] = duration_ms;
}

guint
veo3_duration_history_get (const Veo3DurationHistory *history,
                           const char *key,
                           gint64 *ret_durations_ms)
{
  guint position = 0;
  const Ring *ring = key != NULL ? find_ring (history, key, &position) : NULL;

  if (ring == NULL)
    return 0;
  memcpy (ret_durations_ms, ring->durations_ms, ring->n * sizeof ring->durations_ms[0]);
  return ring->n;
}

static void
read_line (Veo3DurationHistory *history, char *line)
{
  char *tab = strchr (line, '\t');
  g_auto (GStrv) numbers = NULL;

  if (line[0] == '#' || tab == NULL)
    return;
  *tab = '\0';
  numbers = g_strsplit (tab + 1, " ", -1);
  for (guint i = 0; numbers[i] != NULL; i++)
    {
      guint64 duration_ms = 0;

      if (g_ascii_string_to_unsigned (numbers[i], 10, 1, VEO3_DURATION_HISTORY_MAX_MS, &duration_ms,
                                      NULL))
        veo3_duration_history_learn (history, line, (gint64)duration_ms);
    }
}

Veo3DurationHistory *
veo3_duration_history_new_from_text (const char *text, gssize length)
{
  Veo3DurationHistory *history = veo3_duration_history_new ();
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;

  if (text == NULL)
    return history;
  /* Ends at the first NUL, whatever the length says: the rest is not a text of ours. */
  copy = length < 0 ? g_strdup (text) : g_strndup (text, (gsize)length);
  lines = g_strsplit (copy, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    read_line (history, lines[i]);
  return history;
}

char *
veo3_duration_history_to_text (const Veo3DurationHistory *history)
{
  GString *text = g_string_new ("# milliseconds that clips took; safe to delete\n");

  for (guint i = 0; i < history->rings->len; i++)
    {
      const Ring *ring = g_ptr_array_index (history->rings, i);

      g_string_append_printf (text, "%s\t", ring->key);
      for (guint k = 0; k < ring->n; k++)
        g_string_append_printf (text, "%s%" G_GINT64_FORMAT, k > 0 ? " " : "",
                                ring->durations_ms[k]);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}
