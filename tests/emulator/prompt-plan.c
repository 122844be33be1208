/* SPDX-License-Identifier: MIT */
/*
 * Plans of prompts: the directive grammar and the precedence of directives over [prompt] groups.
 *
 * Thread model: one thread. Must not know requests or operations: whoever uses a plan keeps its own
 * cursors into the lists.
 */
#include "tests/emulator/prompt-plan.h"

#include "tests/emulator/emulator-words.h"

#include <string.h>

#define MIN_CLIP_BYTES 256

typedef struct
{
  const gchar *name;
  EmulatorManner manner;
} NamedManner;

static const NamedManner named_manners[] = {
  { "uri", EMULATOR_MANNER_URI },
  { "inline", EMULATOR_MANNER_INLINE },
  { "status-last", EMULATOR_MANNER_STATUS_LAST },
  { "queued", EMULATOR_MANNER_QUEUED },
  { "cancel-loses", EMULATOR_MANNER_CANCEL_LOSES },
  { "cancel-lags", EMULATOR_MANNER_CANCEL_LAGS },
};

static void
unref_fault (gpointer fault)
{
  emulator_fault_unref (fault);
}

static void
plan_clear (gpointer data)
{
  EmulatorPlan *self = data;

  for (guint i = 0; i < EMULATOR_N_PROMPT_STEPS; i++)
    g_clear_pointer (&self->faults[i], g_ptr_array_unref);
  emulator_outcome_unref (self->outcome);
}

EmulatorPlan *
emulator_plan_new (void)
{
  EmulatorPlan *self = g_rc_box_new0 (EmulatorPlan);

  self->generation_us = EMULATOR_UNSET_US;
  self->file_us = EMULATOR_UNSET_US;
  self->clip_bytes = EMULATOR_CLIP_UNSET;
  return self;
}

EmulatorPlan *
emulator_plan_ref (EmulatorPlan *self)
{
  return g_rc_box_acquire (self);
}

void
emulator_plan_unref (EmulatorPlan *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, plan_clear);
}

gboolean
emulator_plan_parse_clip (const gchar *value, gint64 *ret_clip_bytes, GError **error)
{
  gint64 size_bytes = 0;

  if (g_str_equal (value, "ffmpeg"))
    {
      *ret_clip_bytes = EMULATOR_CLIP_FFMPEG;
      return TRUE;
    }
  if (!g_str_has_prefix (value, "bytes:") && !g_str_has_prefix (value, "bytes="))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "'%s' is no clip; write ffmpeg or bytes:SIZE", value);
      return FALSE;
    }
  if (!emulator_words_parse_size (value + strlen ("bytes:"), &size_bytes, error))
    return FALSE;
  if (size_bytes < MIN_CLIP_BYTES)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "'%s' is too small for a clip; %d bytes at least", value, MIN_CLIP_BYTES);
      return FALSE;
    }
  *ret_clip_bytes = size_bytes;
  return TRUE;
}

static gboolean
set_outcome (EmulatorPlan *self, const gchar *value, GError **error)
{
  EmulatorOutcome *outcome = emulator_outcome_parse (value, error);

  if (outcome == NULL)
    return FALSE;
  emulator_outcome_unref (self->outcome);
  self->outcome = outcome;
  return TRUE;
}

gboolean
emulator_plan_parse_manner (const gchar *value, guint *manner, GError **error)
{
  g_auto (GStrv) words = emulator_words_split (value, error);

  if (words == NULL)
    return FALSE;
  for (gsize i = 0; words[i] != NULL; i++)
    {
      gsize j = 0;

      while (j < G_N_ELEMENTS (named_manners) && !g_str_equal (named_manners[j].name, words[i]))
        j++;
      if (j == G_N_ELEMENTS (named_manners))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "'%s' is no manner; there are uri, inline, status-last, queued, "
                       "cancel-loses, cancel-lags",
                       words[i]);
          return FALSE;
        }
      *manner |= named_manners[j].manner;
    }
  return TRUE;
}

gboolean
emulator_plan_set (EmulatorPlan *self, const gchar *step, const gchar *value, GError **error)
{
  EmulatorStep known = EMULATOR_STEP_SUBMIT;

  if (emulator_step_find (step, EMULATOR_N_PROMPT_STEPS, &known))
    {
      if (self->faults[known] == NULL)
        self->faults[known] = g_ptr_array_new_with_free_func (unref_fault);
      return emulator_fault_list_append (self->faults[known], value, error);
    }
  if (g_str_equal (step, "result"))
    return set_outcome (self, value, error);
  if (g_str_equal (step, "generation-time"))
    return emulator_words_parse_duration (value, &self->generation_us, error);
  if (g_str_equal (step, "file-time"))
    return emulator_words_parse_duration (value, &self->file_us, error);
  if (g_str_equal (step, "clip"))
    return emulator_plan_parse_clip (value, &self->clip_bytes, error);
  if (g_str_equal (step, "omni"))
    return emulator_plan_parse_manner (value, &self->manner, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "'%s' is not scriptable; there are submit, poll, download, file, cancel, result, "
               "generation-time, file-time, clip, omni",
               step);
  return FALSE;
}

/* Understands what stands between the brackets. Text without `word:` is none of ours. */
static gboolean
read_directive (EmulatorPlan *self, const gchar *inside, gboolean *ret_is_directive, GError **error)
{
  const gsize word_length = strspn (inside, "abcdefghijklmnopqrstuvwxyz-");
  g_autofree gchar *step = g_strndup (inside, word_length);
  g_autofree gchar *value = NULL;

  *ret_is_directive = word_length > 0 && inside[word_length] == ':';
  if (!*ret_is_directive)
    return TRUE;
  value = g_strstrip (g_strdup (inside + word_length + 1));
  if (!emulator_plan_set (self, step, value, error))
    {
      g_prefix_error (error, "directive [[%s]]: ", inside);
      return FALSE;
    }
  return TRUE;
}

/* Where directives were taken out, spaces pile up. */
static gchar *
tidy_spaces (const gchar *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " ", -1);
  g_autoptr (GString) tidy = g_string_new (NULL);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (*words[i] == '\0')
        continue;
      if (tidy->len > 0)
        g_string_append_c (tidy, ' ');
      g_string_append (tidy, words[i]);
    }
  return g_strstrip (g_string_free (g_steal_pointer (&tidy), FALSE));
}

gboolean
emulator_plan_read_directives (EmulatorPlan *self,
                               const gchar *prompt,
                               gchar **ret_text,
                               GError **error)
{
  g_autoptr (GString) plain = g_string_new (NULL);
  const gchar *rest = prompt;
  const gchar *open;

  while ((open = strstr (rest, "[[")) != NULL)
    {
      const gchar *close = strstr (open, "]]");
      g_autofree gchar *inside = NULL;
      gboolean is_directive = FALSE;

      if (close == NULL)
        break;
      inside = g_strstrip (g_strndup (open + 2, (gsize)(close - open - 2)));
      if (!read_directive (self, inside, &is_directive, error))
        return FALSE;
      g_string_append_len (plain, rest, (is_directive ? open : close + 2) - rest);
      rest = close + 2;
    }
  g_string_append (plain, rest);
  *ret_text = tidy_spaces (plain->str);
  return TRUE;
}

void
emulator_plan_fill_from (EmulatorPlan *self, const EmulatorPlan *weaker)
{
  for (guint i = 0; i < EMULATOR_N_PROMPT_STEPS; i++)
    {
      if (self->faults[i] == NULL && weaker->faults[i] != NULL)
        self->faults[i] = g_ptr_array_ref (weaker->faults[i]);
    }
  if (self->outcome == NULL && weaker->outcome != NULL)
    self->outcome = emulator_outcome_ref (weaker->outcome);
  if (self->generation_us == EMULATOR_UNSET_US)
    self->generation_us = weaker->generation_us;
  if (self->file_us == EMULATOR_UNSET_US)
    self->file_us = weaker->file_us;
  if (self->manner == EMULATOR_MANNER_USUAL)
    self->manner = weaker->manner;
  if (self->clip_bytes == EMULATOR_CLIP_UNSET)
    self->clip_bytes = weaker->clip_bytes;
}
