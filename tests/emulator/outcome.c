/* SPDX-License-Identifier: MIT */
/*
 * Outcomes of operations: their grammar and the service's usual words for each.
 *
 * Pure apart from the references, which belong to the emulator's one thread. Must not know how an
 * outcome looks on a wire.
 */
#include "tests/emulator/outcome.h"

#include "tests/emulator/emulator-words.h"

#include <string.h>

#define DEFAULT_RPC_CODE 13
#define LAST_RPC_CODE 16
#define DEFAULT_SUPPORT_CODE "42237218"

typedef struct
{
  const gchar *name;
  EmulatorOutcomeKind kind;
} NamedOutcome;

static const NamedOutcome named_outcomes[] = {
  { "ok", EMULATOR_OUTCOME_OK },
  { "error", EMULATOR_OUTCOME_ERROR },
  { "filtered", EMULATOR_OUTCOME_FILTERED },
  { "filtered-audio", EMULATOR_OUTCOME_FILTERED },
  { "empty", EMULATOR_OUTCOME_EMPTY },
  { "done-only", EMULATOR_OUTCOME_DONE_ONLY },
  { "empty-uri", EMULATOR_OUTCOME_EMPTY_URI },
  { "never", EMULATOR_OUTCOME_NEVER },
  { "file-failed", EMULATOR_OUTCOME_FILE_FAILED },
  { "refused", EMULATOR_OUTCOME_REFUSED },
  { "error-only", EMULATOR_OUTCOME_ERROR_ONLY },
  { "step-error", EMULATOR_OUTCOME_STEP_ERROR },
};

/* The words after the outcome's name, before they are understood. */
typedef struct
{
  int code;
  const gchar *support_code;
  const gchar *message;
} OutcomeWords;

static void
outcome_clear (gpointer data)
{
  EmulatorOutcome *self = data;

  g_free (self->message);
  g_free (self->reason);
  g_free (self->status);
}

EmulatorOutcome *
emulator_outcome_ref (EmulatorOutcome *self)
{
  return g_rc_box_acquire (self);
}

void
emulator_outcome_unref (EmulatorOutcome *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, outcome_clear);
}

static const gchar *
usual_error_message (int code)
{
  switch (code)
    {
    case 3:
      return "Unsupported output video duration 5 seconds, supported durations are [8,4,6] for "
             "feature text_to_video.";
    case 8:
      return "Resource has been exhausted (e.g. check quota).";
    case 14:
      return "The service is currently unavailable.";
    default:
      return "Video generation failed due to an internal server issue. Please try again in a few "
             "minutes. If the problem persists, please contact Gemini API support.";
    }
}

static gchar *
usual_filter_message (const gchar *name, const gchar *support_code)
{
  if (g_str_equal (name, "filtered-audio"))
    return g_strdup ("We encountered an issue with the audio for your prompt, and your video could "
                     "not be created. You have not been charged for this attempt.");
  return g_strdup_printf (
      "Veo could not generate 1 videos based on the prompt provided, because it "
      "might go against the usage guidelines. You have not been charged for "
      "this attempt. Try rephrasing the prompt. Support codes: %s",
      support_code);
}

static gboolean
parse_word (EmulatorOutcome *self, OutcomeWords *words, const gchar *word, GError **error)
{
  guint64 code = 0;

  if (emulator_words_parse_times (word, &self->times))
    return TRUE;
  if (g_str_has_prefix (word, "message="))
    {
      words->message = word + strlen ("message=");
      return TRUE;
    }
  if (g_str_has_prefix (word, "reason=") && self->reason == NULL)
    {
      self->reason = g_strdup (word + strlen ("reason="));
      return TRUE;
    }
  if (self->kind == EMULATOR_OUTCOME_FILTERED && g_str_has_prefix (word, "code="))
    {
      words->support_code = word + strlen ("code=");
      return TRUE;
    }
  if (self->kind == EMULATOR_OUTCOME_ERROR
      && g_ascii_string_to_unsigned (word, 10, 1, LAST_RPC_CODE, &code, NULL))
    {
      words->code = (int)code;
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s' does not belong to a result",
               word);
  return FALSE;
}

static gboolean
parse_name (EmulatorOutcome *self, const gchar *name, GError **error)
{
  if (g_str_has_prefix (name, "status=") && name[strlen ("status=")] != '\0')
    {
      self->kind = EMULATOR_OUTCOME_STATUS;
      self->status = g_strdup (name + strlen ("status="));
      return TRUE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (named_outcomes); i++)
    {
      if (!g_str_equal (named_outcomes[i].name, name))
        continue;
      self->kind = named_outcomes[i].kind;
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "'%s' is no result; there are ok, error, filtered, filtered-audio, empty, "
               "done-only, empty-uri, file-failed, never, refused, error-only, step-error, "
               "status=WORD",
               name);
  return FALSE;
}

EmulatorOutcome *
emulator_outcome_parse (const gchar *text, GError **error)
{
  g_autoptr (EmulatorOutcome) self = g_rc_box_new0 (EmulatorOutcome);
  g_auto (GStrv) strings = emulator_words_split (text, error);
  OutcomeWords words = { .code = DEFAULT_RPC_CODE, .support_code = DEFAULT_SUPPORT_CODE };

  if (strings == NULL || !parse_name (self, strings[0], error))
    return NULL;
  for (gsize i = 1; strings[i] != NULL; i++)
    {
      if (!parse_word (self, &words, strings[i], error))
        return NULL;
    }
  self->code = words.code;
  self->own_message = words.message != NULL;
  if (words.message != NULL)
    self->message = g_strdup (words.message);
  else if (self->kind == EMULATOR_OUTCOME_ERROR)
    self->message = g_strdup (usual_error_message (self->code));
  else
    self->message = usual_filter_message (strings[0], words.support_code);
  return g_steal_pointer (&self);
}

EmulatorOutcome *
emulator_outcome_new_error (int code, const gchar *message)
{
  EmulatorOutcome *self = g_rc_box_new0 (EmulatorOutcome);

  self->kind = EMULATOR_OUTCOME_ERROR;
  self->code = code;
  self->message = g_strdup (message);
  self->own_message = TRUE;
  return self;
}

gboolean
emulator_outcome_has_clip (const EmulatorOutcome *self)
{
  return self->kind == EMULATOR_OUTCOME_OK || self->kind == EMULATOR_OUTCOME_FILE_FAILED;
}
