/* SPDX-License-Identifier: MIT */
/*
 * The Interactions API's video wire as JSON. Pure. Everything that comes from the service is
 * checked before it becomes part of a URL or of a line on a terminal. Steps are looked for by their
 * type, never by their position: a poll echoes the input and thoughts before the output. A duration
 * is a text here, unlike in the other wires.
 */
#include "plugin/adapters/omni-wire.h"

#include <string.h>

#include "plugin/adapters/billing-label.h"
#include "plugin/adapters/clip-images.h"
#include "plugin/adapters/gemini-wire.h"
#include "plugin/adapters/inline-clip.h"
#include "plugin/adapters/inline-name.h"
#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/json-request.h"
#include "plugin/adapters/omni-input.h"
#include "plugin/adapters/operation-error.h"
#include "plugin/adapters/server-text.h"
#include "plugin/adapters/support-code.h"

#define PREFIX "interactions/"
#define ID_MAX 1024
#define URI_MAX 2048

/** Output: the last thing that the model put out, while the steps are gone through. Borrowed. */
typedef struct
{
  int place;          /* of an inline clip, or INLINE_CLIP_NONE */
  const char *uri;    /* (nullable) of a clip elsewhere */
  const char *text;   /* (nullable) the first words */
  json_object *error; /* (nullable) */
} Output;

static json_object *
build_format (const Veo3ClipRequest *request)
{
  g_autoptr (json_object) format = json_object_new_object ();
  g_autofree char *duration = g_strdup_printf ("%ds", request->duration_s);

  if (format == NULL || !json_request_add (format, "type", json_object_new_string ("video"))
      || (request->options.aspect_ratio != NULL
          && !json_request_add (format, "aspect_ratio",
                                json_object_new_string (request->options.aspect_ratio)))
      || (request->options.resolution != NULL
          && !json_request_add (format, "resolution",
                                json_object_new_string (request->options.resolution)))
      || !json_request_add (format, "duration", json_object_new_string (duration))
      || !json_request_add (format, "delivery", json_object_new_string ("uri")))
    return NULL;
  return g_steal_pointer (&format);
}

static json_object *
build_labels (const Veo3ClipRequest *request)
{
  g_autoptr (json_object) labels = json_object_new_object ();
  g_autofree char *label = billing_label_new (request->idempotent_key);

  if (labels == NULL
      || !json_request_add (labels, "idempotent_key", json_object_new_string (label)))
    return NULL;
  return g_steal_pointer (&labels);
}

static json_object *
build_config (const char *task)
{
  g_autoptr (json_object) config = json_object_new_object ();
  g_autoptr (json_object) video = json_object_new_object ();

  if (config == NULL || video == NULL
      || !json_request_add (video, "task", json_object_new_string (task))
      || !json_request_add (config, "video_config", g_steal_pointer (&video)))
    return NULL;
  return g_steal_pointer (&config);
}

GBytes *
omni_wire_build_create (const char *model,
                        const Veo3ClipRequest *request,
                        OmniMode mode,
                        GError **error)
{
  const char *how = mode == OMNI_MODE_STREAM ? "stream" : "background";
  const char *task = omni_input_get_task (&request->options);
  g_autoptr (json_object) body = NULL;

  if (!clip_images_check (&request->options, error))
    return NULL;
  body = json_object_new_object ();
  if (body == NULL || !json_request_add (body, "model", json_object_new_string (model))
      || !json_request_add (body, how, json_object_new_boolean (TRUE))
      || !json_request_add (body, "store", json_object_new_boolean (TRUE))
      || !json_request_add (body, "input", omni_input_build (request))
      || !json_request_add (body, "response_format", build_format (request))
      || (task != NULL && !json_request_add (body, "generation_config", build_config (task)))
      || !json_request_add (body, "labels", build_labels (request)))
    return json_request_to_bytes (NULL, error);
  return json_request_to_bytes (body, error);
}

static gboolean
is_id (const char *text)
{
  gsize length = 0;

  while (g_ascii_isalnum (text[length]) || text[length] == '-' || text[length] == '_')
    length++;
  return length > 0 && length <= ID_MAX && text[length] == '\0';
}

gboolean
omni_wire_is_operation_name (const char *name)
{
  return g_str_has_prefix (name, PREFIX) && is_id (name + strlen (PREFIX));
}

static gboolean
is_text (const char *text, const char *expected)
{
  return text != NULL && g_str_equal (text, expected);
}

static char *
dup_name (json_object *object)
{
  const char *id = json_answer_get_string (object, "id");

  return id != NULL && is_id (id) ? g_strconcat (PREFIX, id, NULL) : NULL;
}

char *
omni_wire_parse_create (const char *body, gsize length, GError **error)
{
  g_autoptr (json_object) object = json_answer_parse (body, length, error);
  char *name;

  if (object == NULL)
    return NULL;
  name = dup_name (object);
  if (name == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "the answer has no id of an interaction");
  return name;
}

char *
omni_wire_parse_event (const char *json, gsize length)
{
  g_autoptr (json_object) event = json_answer_parse (json, length, NULL);
  json_object *interaction = json_answer_get (event, "interaction", json_type_object);
  const char *type = json_answer_get_string (event, "event_type");

  if (interaction != NULL)
    return dup_name (interaction);
  /* Steps have ids as well. */
  if (is_text (json_answer_get_string (event, "object"), "interaction")
      || (type != NULL && g_str_has_prefix (type, "interaction.")))
    return dup_name (event);
  return NULL;
}

static gboolean
has_any (const char *text, const char *const *parts)
{
  for (; *parts != NULL; parts++)
    {
      if (strstr (text, *parts) != NULL)
        return TRUE;
    }
  return FALSE;
}

gboolean
omni_wire_rejects_background (long http_status, const char *code, const char *message)
{
  static const char *const codes[]
      = { "invalid_request",     "parameter_unknown",   "INVALID_ARGUMENT",
          "failed_precondition", "FAILED_PRECONDITION", NULL };
  /* The parameter or the mode, not the word: prompts have backgrounds, and are quoted. */
  static const char *const subjects[] = { "`background`",         "'background'",
                                          "\"background\"",       "background mode",
                                          "background execution", "background interaction",
                                          "background request",   "background=true",
                                          "support background",   NULL };
  static const char *const refusals[] = { "not support",  "n't support",   "unsupported", "unknown",
                                          "unrecognized", "not available", "not allowed", NULL };
  g_autofree char *low = message != NULL ? g_ascii_strdown (message, -1) : NULL;

  return http_status == 400 && low != NULL && code != NULL && g_strv_contains (codes, code)
         && has_any (low, subjects) && has_any (low, refusals);
}

static void
read_video (Output *output, json_object *part)
{
  const char *data = json_answer_get_string (part, OMNI_WIRE_INLINE_MEMBER);
  const char *uri = json_answer_get_string (part, "uri");
  int place = inline_clip_parse_mark (data);

  if (place == INLINE_CLIP_NONE && (uri == NULL || *uri == '\0' || strlen (uri) > URI_MAX))
    return;
  output->place = place;
  output->uri = place == INLINE_CLIP_NONE ? uri : NULL;
}

static void
read_part (Output *output, json_object *part)
{
  const char *type = json_answer_get_string (part, "type");
  const char *text = json_answer_get_string (part, "text");

  if (is_text (type, "text") && text != NULL && *text != '\0' && output->text == NULL)
    output->text = text;
  if (is_text (type, "video"))
    read_video (output, part);
}

static void
read_step (Output *output, json_object *step)
{
  const char *type = json_answer_get_string (step, "type");
  json_object *content = json_answer_get (step, "content", json_type_array);
  json_object *error = json_answer_get (step, "error", json_type_object);
  gsize count = content != NULL ? json_object_array_length (content) : 0;

  if (is_text (type, "user_input"))
    *output = (Output){ .place = INLINE_CLIP_NONE }; /* what was put out before is older */
  if (!is_text (type, "model_output"))
    return;
  if (error != NULL)
    output->error = error;
  for (gsize i = 0; i < count; i++)
    read_part (output, json_object_array_get_idx (content, i));
}

static Output
find_output (json_object *object)
{
  Output output = { .place = INLINE_CLIP_NONE };
  json_object *steps = json_answer_get (object, "steps", json_type_array);
  gsize count = steps != NULL ? json_object_array_length (steps) : 0;

  for (gsize i = 0; i < count; i++)
    read_step (&output, json_object_array_get_idx (steps, i));
  /* A member that Google's own samples read, though only their library is known to add it. */
  if (output.place == INLINE_CLIP_NONE && output.uri == NULL)
    read_video (&output, json_answer_get (object, "output_video", json_type_object));
  return output;
}

static void
set_failed (OmniInteraction *interaction, Veo3ErrorCode code, const char *text, const char *secret)
{
  interaction->klass = VEO3_POLL_FAILED;
  interaction->code = code;
  interaction->message = support_code_annotate (server_text_clean_message (text, secret));
}

static gboolean
is_one_of (const char *text, const char *const *list)
{
  return text != NULL && g_strv_contains (list, text);
}

/* What an error says of itself; a code may be a word or a number. */
static const char *
get_error_word (json_object *error)
{
  const char *word = json_answer_get_string (error, "code");

  return word != NULL ? word : json_answer_get_string (error, "status");
}

static void
read_error (OmniInteraction *interaction, json_object *error, const char *secret)
{
  const char *word = get_error_word (error);
  const char *message = json_answer_get_string (error, "message");
  gint64 number = json_answer_get_int (error, "code", -1);
  Veo3ErrorCode code = operation_error_classify (number, word, message);
  g_autofree char *what = word != NULL  ? g_strdup (word)
                          : number >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, number)
                                        : g_strdup ("no code");
  g_autofree char *text = NULL;

  if (message == NULL || *message == '\0')
    message = "no reason given";
  if (code == VEO3_ERROR_CODE_CONTENT_FILTERED)
    text = g_strdup (message);
  else
    text = g_strdup_printf ("the interaction failed (%s): %s", what, message);
  set_failed (interaction, code, text, secret);
}

static json_object *
find_error (json_object *object)
{
  json_object *errors = json_answer_get (object, "errors", json_type_array);
  json_object *first = errors != NULL ? json_object_array_get_idx (errors, 0) : NULL;

  return json_object_is_type (first, json_type_object)
             ? first
             : json_answer_get (object, "error", json_type_object);
}

static void
read_failed (OmniInteraction *interaction,
             json_object *object,
             const char *status,
             const char *secret)
{
  Output output = find_output (object);
  json_object *error = find_error (object);
  g_autofree char *text = NULL;

  if (error == NULL)
    error = output.error;
  if (error != NULL)
    {
      read_error (interaction, error, secret);
      return;
    }
  text = g_strdup_printf ("the interaction ended as \"%s\": %s", status,
                          output.text != NULL ? output.text : "no reason given");
  set_failed (interaction,
              g_str_equal (status, "cancelled") ? VEO3_ERROR_CODE_CANCELLED
                                                : VEO3_ERROR_CODE_OPERATION_FAILED,
              text, secret);
}

static char *
dup_clip_uri (const Output *output, const char *name)
{
  g_autofree char *id = NULL;

  if (output->place != INLINE_CLIP_NONE)
    return inline_name_new (output->place, name);
  id = gemini_wire_dup_file_id (output->uri);
  return id != NULL ? g_strconcat ("file:", id, NULL) : g_strconcat ("uri:", output->uri, NULL);
}

static void
read_completed (OmniInteraction *interaction, json_object *object, const OmniQuestion *question)
{
  Output output = find_output (object);
  json_object *error = find_error (object);
  g_autofree char *text = NULL;

  if (output.place != INLINE_CLIP_NONE || output.uri != NULL)
    {
      interaction->klass = VEO3_POLL_DONE;
      interaction->clip_uri = dup_clip_uri (&output, question->name);
    }
  else if (error != NULL || output.error != NULL)
    read_error (interaction, error != NULL ? error : output.error, question->secret);
  else if (output.text != NULL)
    {
      text = g_strdup_printf ("the model answered with words instead of a clip: %s", output.text);
      set_failed (interaction, VEO3_ERROR_CODE_CONTENT_FILTERED, text, question->secret);
    }
  else
    set_failed (interaction, VEO3_ERROR_CODE_NO_CLIP,
                "the interaction is completed, but has neither a clip nor a reason",
                question->secret);
}

/* Is an error without a status about the asking rather than about the interaction? */
static gboolean
is_passing (json_object *error)
{
  static const char *const words[] = { "rate_limit_exceeded",
                                       "service_unavailable",
                                       "api_error",
                                       "UNAVAILABLE",
                                       "RESOURCE_EXHAUSTED",
                                       "INTERNAL",
                                       NULL };
  gint64 number = json_answer_get_int (error, "code", 0);

  return is_one_of (get_error_word (error), words) || number == 408 || number == 429
         || number >= 500;
}

static gboolean
is_other_id (const char *id, const char *name)
{
  return id != NULL && !g_str_equal (id, name + strlen (PREFIX));
}

static gboolean
read_interaction (json_object *object, const OmniQuestion *question, OmniInteraction *interaction)
{
  static const char *const failures[]
      = { "failed",          "cancelled", "incomplete", "budget_exceeded", "requires_continuation",
          "requires_action", NULL };
  const char *status = json_answer_get_string (object, "status");
  const char *id = json_answer_get_string (object, "id");
  json_object *error = find_error (object);

  if (is_other_id (id, question->name))
    return FALSE;
  if (is_text (status, "completed"))
    read_completed (interaction, object, question);
  else if (is_one_of (status, failures))
    read_failed (interaction, object, status, question->secret);
  else if (is_text (status, "queued") || is_text (status, "in_progress"))
    interaction->klass = *status == 'q' ? VEO3_POLL_QUEUED : VEO3_POLL_RUNNING;
  else if (error != NULL && !is_passing (error))
    read_error (interaction, error, question->secret);
  else
    return error == NULL && id != NULL; /* states to come are states of something that runs */
  return TRUE;
}

gboolean
omni_wire_parse_poll (const char *rest,
                      gsize length,
                      const OmniQuestion *question,
                      OmniInteraction *interaction,
                      GError **error)
{
  g_autoptr (json_object) object = json_answer_parse (rest, length, error);

  *interaction = (OmniInteraction){ .klass = VEO3_POLL_RUNNING };
  if (object == NULL)
    return FALSE;
  if (read_interaction (object, question, interaction))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "the answer says nothing about this interaction");
  return FALSE;
}

char *
omni_wire_check_inline (const char *rest, gsize length, int place)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (json_object) object = json_answer_parse (rest, length, &local_error);

  if (object == NULL)
    return g_strdup (local_error->message);
  if (!is_text (json_answer_get_string (object, "status"), "completed"))
    return g_strdup ("the interaction is not completed any more");
  if (find_output (object).place != place)
    return g_strdup ("the interaction's clip is in another place than it was");
  return NULL;
}

gboolean
omni_wire_parse_file (const char *body,
                      gsize length,
                      const char *secret,
                      OmniFile *file,
                      GError **error)
{
  g_autoptr (json_object) object = json_answer_parse (body, length, error);
  const char *state = json_answer_get_string (object, "state");
  const char *message;

  *file = (OmniFile){ .state = OMNI_FILE_PROCESSING };
  if (object == NULL)
    return FALSE;
  if (json_answer_get_string (object, "name") == NULL && state == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not a file");
      return FALSE;
    }
  if (is_text (state, "ACTIVE"))
    file->state = OMNI_FILE_ACTIVE;
  else if (is_text (state, "FAILED"))
    {
      message
          = json_answer_get_string (json_answer_get (object, "error", json_type_object), "message");
      file->state = OMNI_FILE_FAILED;
      file->message
          = server_text_clean_message (message != NULL ? message : "no reason given", secret);
    }
  return TRUE;
}

gboolean
omni_wire_parse_clip (const char *text, OmniClip *clip)
{
  *clip = (OmniClip){ .place = INLINE_CLIP_NONE };
  if (inline_name_is (text))
    {
      clip->operation = inline_name_parse (text, omni_wire_is_operation_name, &clip->place);
      return clip->operation != NULL;
    }
  if (!g_str_has_prefix (text, "file:") || !is_id (text + strlen ("file:")))
    return FALSE;
  clip->file_id = g_strdup (text + strlen ("file:"));
  return TRUE;
}

void
omni_interaction_clear (OmniInteraction *self)
{
  g_clear_pointer (&self->clip_uri, g_free);
  g_clear_pointer (&self->message, g_free);
}

void
omni_file_clear (OmniFile *self)
{
  g_clear_pointer (&self->message, g_free);
}

void
omni_clip_clear (OmniClip *self)
{
  g_clear_pointer (&self->file_id, g_free);
  g_clear_pointer (&self->operation, g_free);
}
