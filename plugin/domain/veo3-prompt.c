/* SPDX-License-Identifier: MIT */
/*
 * The rules for one entry of veo3_prompts[]. Pure: JSON is the reader's business.
 */
#include "plugin/domain/veo3-prompt.h"

#include <math.h>
#include <string.h>

#define VARIANT_MAX_BYTES 64

void
veo3_prompt_free (Veo3Prompt *prompt)
{
  if (prompt == NULL)
    return;
  g_free (prompt->variant);
  g_free (prompt->prompt);
  g_free (prompt->narrative_anchor);
  g_free (prompt->problem);
  g_free (prompt->note);
  veo3_clip_options_clear (&prompt->options);
  g_free (prompt);
}

gboolean
veo3_variant_is_valid (const char *text)
{
  gsize length_bytes;

  if (text == NULL || !(g_ascii_islower (text[0]) || g_ascii_isdigit (text[0])))
    return FALSE;
  length_bytes = strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
  return text[length_bytes] == '\0' && length_bytes <= VARIANT_MAX_BYTES;
}

char *
veo3_variant_claim (GHashTable *taken, const char *wanted)
{
  char *variant = g_strdup (wanted);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (taken, wanted));

  for (n = MAX (n, 2); g_hash_table_contains (taken, variant); n++)
    {
      g_free (variant);
      variant = g_strdup_printf ("%s-%u", wanted, n);
    }
  g_hash_table_insert (taken, g_strdup (wanted), GUINT_TO_POINTER (n));
  if (!g_str_equal (variant, wanted))
    g_hash_table_insert (taken, g_strdup (variant), NULL);
  return variant;
}

static gboolean
is_blank (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

const char *
veo3_prompt_text_problem (const char *text, gsize length_bytes)
{
  if (text == NULL)
    return "is missing";
  if (length_bytes > VEO3_PROMPT_MAX_BYTES)
    return "is longer than 32 KiB";
  if (strlen (text) != length_bytes)
    return "contains a NUL character";
  if (!g_utf8_validate_len (text, length_bytes, NULL))
    return "is not valid UTF-8";
  if (is_blank (text))
    return "is empty";
  return NULL;
}

gboolean
veo3_prompt_duration (double value_s, int *ret_duration_s)
{
  if (!(value_s >= 0 && value_s <= VEO3_PROMPT_MAX_DURATION_S))
    return FALSE;
  if (value_s > floor (value_s))
    return FALSE;
  *ret_duration_s = (int)value_s;
  return TRUE;
}
