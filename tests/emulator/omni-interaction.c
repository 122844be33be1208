/* SPDX-License-Identifier: MIT */
/*
 * The Interaction resource.
 *
 * Thread model: one thread, no I/O. Must not decide who may see it.
 */
#include "tests/emulator/omni-interaction.h"

#include "tests/emulator/gemini-files.h"
#include "tests/emulator/omni-error.h"

#include <string.h>

#define THOUGHT_TOKENS 156
#define SIGNATURE "c2lnbmF0dXJl"
#define REFUSAL_TEXT "I can't generate this video. Please try a different prompt."

typedef struct
{
  const gchar *resolution;
  int tokens_per_s;
} VideoTokens;

static const VideoTokens video_tokens[] = {
  { "360p", 1931 },
  { "720p", 5792 },
  { "1080p", 8688 },
  { "4k", 17376 },
};

static json_object *
new_text_part (const gchar *text)
{
  json_object *part = json_object_new_object ();

  json_object_object_add (part, "type", json_object_new_string ("text"));
  json_object_object_add (part, "text", json_object_new_string (text));
  return part;
}

OmniInteraction *
omni_interaction_new (const OmniCreate *create)
{
  OmniInteraction *self = g_new0 (OmniInteraction, 1);

  if (json_object_is_type (create->input, json_type_array))
    self->input = json_object_get (create->input);
  else
    {
      self->input = json_object_new_array ();
      json_object_array_add (self->input, new_text_part (json_object_get_string (create->input)));
    }
  self->labels = json_object_get (create->labels);
  self->previous = g_strdup (create->previous);
  self->resolution = g_strdup (create->resolution);
  self->prompt_bytes = strlen (create->prompt);
  self->duration_s = create->duration_s;
  self->background = create->background;
  self->store = create->store;
  self->wants_uri = create->wants_uri;
  return self;
}

void
omni_interaction_free (gpointer self)
{
  OmniInteraction *interaction = self;

  if (interaction == NULL)
    return;
  json_object_put (interaction->input);
  json_object_put (interaction->labels);
  g_free (interaction->previous);
  g_free (interaction->resolution);
  g_free (interaction);
}

gboolean
omni_interaction_is_over (Operation *operation, gint64 now_us)
{
  const OmniInteraction *self = operation->extra;

  return self->cancelled || operation_is_done (operation, now_us);
}

static gboolean
has_clip (const Operation *operation)
{
  return emulator_outcome_has_clip (operation->outcome)
         && emulator_clip_get_state (operation->clip) == EMULATOR_CLIP_READY;
}

const gchar *
omni_interaction_get_status (Operation *operation, gint64 now_us)
{
  const OmniInteraction *self = operation->extra;
  const gboolean queues = (operation->plan->manner & EMULATOR_MANNER_QUEUED) != 0;

  if (self->cancelled && self->n_lagging_polls == 0)
    return "cancelled";
  if (self->cancelled || !operation_is_done (operation, now_us))
    return queues ? "queued" : "in_progress";
  switch (operation->outcome->kind)
    {
    case EMULATOR_OUTCOME_ERROR:
    case EMULATOR_OUTCOME_FILTERED:
      return "failed";
    case EMULATOR_OUTCOME_OK:
    case EMULATOR_OUTCOME_FILE_FAILED:
      return has_clip (operation) ? "completed" : "failed";
    case EMULATOR_OUTCOME_ERROR_ONLY:
      return NULL;
    case EMULATOR_OUTCOME_STATUS:
      return operation->outcome->status;
    case EMULATOR_OUTCOME_EMPTY:
    case EMULATOR_OUTCOME_DONE_ONLY:
    case EMULATOR_OUTCOME_EMPTY_URI:
    case EMULATOR_OUTCOME_NEVER:
    case EMULATOR_OUTCOME_REFUSED:
    case EMULATOR_OUTCOME_STEP_ERROR:
      return "completed";
    }
  g_return_val_if_reached (NULL);
}

json_object *
omni_interaction_dup_error (Operation *operation)
{
  const EmulatorOutcome *outcome = operation->outcome;
  const gchar *reason = outcome->reason;

  if (outcome->kind == EMULATOR_OUTCOME_FILTERED || outcome->kind == EMULATOR_OUTCOME_ERROR_ONLY)
    return omni_error_new_object (reason != NULL ? reason : "content_blocked",
                                  outcome->own_message ? outcome->message : OMNI_BLOCKED_TEXT);
  if (outcome->kind == EMULATOR_OUTCOME_ERROR)
    return omni_error_new_object (reason != NULL ? reason : omni_error_get_word (outcome->code),
                                  outcome->message);
  if (emulator_outcome_has_clip (outcome) && !has_clip (operation))
    return omni_error_new_object ("api_error", emulator_clip_get_failure (operation->clip));
  return NULL;
}

static json_object *
new_step (const gchar *type)
{
  json_object *step = json_object_new_object ();

  json_object_object_add (step, "type", json_object_new_string (type));
  return step;
}

static gboolean
tells_uri (const Operation *operation, OmniView view)
{
  const OmniInteraction *self = operation->extra;

  if ((operation->plan->manner & EMULATOR_MANNER_URI) != 0)
    return TRUE;
  return view == OMNI_VIEW_CREATED && self->wants_uri
         && (operation->plan->manner & EMULATOR_MANNER_INLINE) == 0;
}

static json_object *
new_video_part (Operation *operation, OmniView view, const EmulatorOrigins *origins)
{
  const gboolean empty = operation->outcome->kind == EMULATOR_OUTCOME_EMPTY_URI;
  const gboolean uri = empty || operation->outcome->kind == EMULATOR_OUTCOME_FILE_FAILED
                       || tells_uri (operation, view);
  json_object *part = json_object_new_object ();
  g_autofree gchar *text = NULL;

  if (empty)
    text = g_strdup ("");
  else if (uri)
    text = gemini_files_build_uri (operation, origins);
  else
    {
      g_autoptr (GBytes) clip = emulator_clip_dup_bytes (operation->clip);

      text = g_base64_encode (g_bytes_get_data (clip, NULL), g_bytes_get_size (clip));
    }
  json_object_object_add (part, "type", json_object_new_string ("video"));
  json_object_object_add (part, "mime_type", json_object_new_string ("video/mp4"));
  json_object_object_add (part, uri ? "uri" : "data", json_object_new_string (text));
  return part;
}

static json_object *
new_step_error (const EmulatorOutcome *outcome)
{
  json_object *error = json_object_new_object ();

  json_object_object_add (error, "code", json_object_new_int (3));
  json_object_object_add (error, "message",
                          json_object_new_string (outcome->own_message ? outcome->message
                                                                       : OMNI_BLOCKED_TEXT));
  return error;
}

static json_object *
new_output_step (Operation *operation, OmniView view, const EmulatorOrigins *origins)
{
  const EmulatorOutcome *outcome = operation->outcome;
  json_object *step = new_step ("model_output");
  json_object *content = json_object_new_array ();

  if (outcome->kind == EMULATOR_OUTCOME_REFUSED)
    json_object_array_add (content,
                           new_text_part (outcome->own_message ? outcome->message : REFUSAL_TEXT));
  else if (has_clip (operation) || outcome->kind == EMULATOR_OUTCOME_EMPTY_URI)
    {
      json_object_array_add (content, new_text_part ("Here is your video."));
      json_object_array_add (content, new_video_part (operation, view, origins));
    }
  json_object_object_add (step, "content", content);
  if (outcome->kind == EMULATOR_OUTCOME_STEP_ERROR)
    json_object_object_add (step, "error", new_step_error (outcome));
  return step;
}

static gboolean
has_steps (const Operation *operation)
{
  switch (operation->outcome->kind)
    {
    case EMULATOR_OUTCOME_OK:
    case EMULATOR_OUTCOME_FILE_FAILED:
      return has_clip (operation);
    case EMULATOR_OUTCOME_EMPTY:
    case EMULATOR_OUTCOME_EMPTY_URI:
    case EMULATOR_OUTCOME_REFUSED:
    case EMULATOR_OUTCOME_STEP_ERROR:
      return TRUE;
    case EMULATOR_OUTCOME_ERROR:
    case EMULATOR_OUTCOME_FILTERED:
    case EMULATOR_OUTCOME_DONE_ONLY:
    case EMULATOR_OUTCOME_NEVER:
    case EMULATOR_OUTCOME_ERROR_ONLY:
    case EMULATOR_OUTCOME_STATUS:
      return FALSE;
    }
  g_return_val_if_reached (FALSE);
}

json_object *
omni_interaction_build_steps (Operation *operation, OmniView view, const EmulatorOrigins *origins)
{
  const OmniInteraction *self = operation->extra;
  json_object *steps = NULL;
  json_object *step = NULL;

  if (!has_steps (operation))
    return NULL;
  steps = json_object_new_array ();
  if (view == OMNI_VIEW_POLLED)
    {
      step = new_step ("user_input");
      json_object_object_add (step, "content", json_object_get (self->input));
      json_object_array_add (steps, step);
    }
  step = new_step ("thought");
  json_object_object_add (step, "signature", json_object_new_string (SIGNATURE));
  json_object_array_add (steps, step);
  if (operation->outcome->kind != EMULATOR_OUTCOME_EMPTY)
    json_object_array_add (steps, new_output_step (operation, view, origins));
  return steps;
}

static int
count_video_tokens (const Operation *operation)
{
  const OmniInteraction *self = operation->extra;

  for (gsize i = 0; has_clip (operation) && i < G_N_ELEMENTS (video_tokens); i++)
    {
      if (g_str_equal (video_tokens[i].resolution, self->resolution))
        return video_tokens[i].tokens_per_s * self->duration_s;
    }
  return 0;
}

static json_object *
new_usage (const Operation *operation)
{
  const OmniInteraction *self = operation->extra;
  const int video = count_video_tokens (operation);
  const int input = (int)self->prompt_bytes / 4 + 1;
  json_object *usage = json_object_new_object ();
  json_object *list = json_object_new_array ();
  json_object *item = json_object_new_object ();

  json_object_object_add (usage, "total_tokens",
                          json_object_new_int (video + input + THOUGHT_TOKENS));
  json_object_object_add (usage, "total_input_tokens", json_object_new_int (input));
  json_object_object_add (usage, "total_output_tokens", json_object_new_int (video));
  json_object_object_add (usage, "total_thought_tokens", json_object_new_int (THOUGHT_TOKENS));
  json_object_object_add (item, "modality", json_object_new_string ("video"));
  json_object_object_add (item, "tokens", json_object_new_int (video));
  json_object_array_add (list, item);
  json_object_object_add (usage, "output_tokens_by_modality", list);
  return usage;
}

static void
add_time (json_object *json, const gchar *name, gint64 unix_s)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (unix_s);
  g_autofree gchar *text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");

  json_object_object_add (json, name, json_object_new_string (text));
}

static void
add_head (json_object *json, const Operation *operation)
{
  const OmniInteraction *self = operation->extra;

  if (self->store)
    json_object_object_add (json, "id", json_object_new_string (operation->id));
  json_object_object_add (json, "object", json_object_new_string ("interaction"));
  json_object_object_add (json, "model", json_object_new_string (operation->model));
  add_time (json, "created", operation->created_utc_s);
  add_time (json, "updated", g_get_real_time () / G_USEC_PER_SEC);
  if (self->previous != NULL)
    json_object_object_add (json, "previous_interaction_id",
                            json_object_new_string (self->previous));
  if (self->labels != NULL)
    json_object_object_add (json, "labels", json_object_get (self->labels));
}

/* Everything that is known only at the end. */
static void
add_end (json_object *json, Operation *operation, OmniView view, const EmulatorOrigins *origins)
{
  json_object *steps
      = view != OMNI_VIEW_EVENT ? omni_interaction_build_steps (operation, view, origins) : NULL;
  json_object *error = omni_interaction_dup_error (operation);
  json_object *errors = NULL;

  if (steps != NULL)
    json_object_object_add (json, "steps", steps);
  if (error != NULL)
    {
      errors = json_object_new_array ();
      json_object_array_add (errors, error);
      json_object_object_add (json, "errors", errors);
    }
  json_object_object_add (json, "usage", new_usage (operation));
}

static json_object *
new_error_only (Operation *operation)
{
  json_object *json = json_object_new_object ();

  json_object_object_add (json, "error", omni_interaction_dup_error (operation));
  return json;
}

json_object *
omni_interaction_describe (Operation *operation,
                           gint64 now_us,
                           OmniView view,
                           const EmulatorOrigins *origins)
{
  const OmniInteraction *self = operation->extra;
  const gchar *status = omni_interaction_get_status (operation, now_us);
  const gboolean last = (operation->plan->manner & EMULATOR_MANNER_STATUS_LAST) != 0;
  json_object *json = NULL;

  if (status == NULL)
    return new_error_only (operation);
  json = json_object_new_object ();
  add_head (json, operation);
  if (!last)
    json_object_object_add (json, "status", json_object_new_string (status));
  if (!self->cancelled && operation_is_done (operation, now_us))
    add_end (json, operation, view, origins);
  if (last)
    json_object_object_add (json, "status", json_object_new_string (status));
  return json;
}
