/* SPDX-License-Identifier: MIT */
/*
 * The JSON that both Veo services speak. Pure. Everything that comes from the service is checked
 * before it becomes part of a URL or of a line on a terminal; numbers are sent as numbers, because
 * the service refuses "6".
 */
#include "plugin/adapters/veo-wire.h"

#include <string.h>

#include "plugin/adapters/clip-images.h"
#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/json-request.h"
#include "plugin/adapters/operation-error.h"
#include "plugin/adapters/server-text.h"
#include "plugin/adapters/support-code.h"
#include "plugin/adapters/veo-instance.h"

#define NAME_MAX_BYTES 512
#define REASONS_MAX 16

/* What is not said takes no member. */
static gboolean
add_text (json_object *object, const char *name, const char *text)
{
  return text == NULL || json_request_add (object, name, json_object_new_string (text));
}

static gboolean
add_number (json_object *object, const char *name, int number)
{
  return number == 0 || json_request_add (object, name, json_object_new_int (number));
}

/* What only one of the services takes, and refuses a request for elsewhere. */
static gboolean
add_choices (json_object *parameters, const Veo3ClipOptions *options, const VeoExtras *extras)
{
  if (extras->takes_seed && options->has_seed
      && !json_request_add (parameters, "seed", json_object_new_int64 (options->seed)))
    return FALSE;
  return !extras->takes_silence || options->audio != VEO3_AUDIO_STRIP
         || json_request_add (parameters, "generateAudio", json_object_new_boolean (FALSE));
}

static json_object *
build_parameters (const Veo3ClipRequest *request, const VeoExtras *extras)
{
  const Veo3ClipOptions *options = &request->options;
  g_autoptr (json_object) parameters = json_object_new_object ();

  if (parameters == NULL || !add_number (parameters, "sampleCount", extras->sample_count)
      || !add_number (parameters, "durationSeconds", request->duration_s)
      || !add_text (parameters, "aspectRatio", options->aspect_ratio)
      || !add_text (parameters, "resolution", options->resolution)
      || !add_text (parameters, "negativePrompt", options->negative_prompt)
      || !add_text (parameters, "personGeneration", options->person_generation)
      || !add_choices (parameters, options, extras)
      || !add_text (parameters, "storageUri", extras->storage_uri))
    return NULL;
  return g_steal_pointer (&parameters);
}

GBytes *
veo_wire_build_submit (const Veo3ClipRequest *request, const VeoExtras *extras, GError **error)
{
  const VeoExtras none = { .sample_count = 0 };
  const VeoExtras *all = extras != NULL ? extras : &none;
  g_autoptr (json_object) body = NULL;

  if (!clip_images_check (&request->options, error))
    return NULL;
  body = json_object_new_object ();
  if (body == NULL || !json_request_add (body, "instances", veo_instance_build_all (request))
      || !json_request_add (body, "parameters", build_parameters (request, all))
      || (all->labels != NULL && !json_request_add (body, "labels", json_object_get (all->labels))))
    return json_request_to_bytes (NULL, error);
  return json_request_to_bytes (body, error);
}

/* One segment of a path: no separators, no dots alone, nothing that a URL parser reads. */
gboolean
veo_wire_is_segment (const char *text)
{
  if (*text == '\0' || g_str_equal (text, ".") || strstr (text, "..") != NULL)
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && strchr ("-_.~", *p) == NULL)
        return FALSE;
    }
  return TRUE;
}

gboolean
veo_wire_is_path (const char *text, const char *pattern)
{
  g_auto (GStrv) parts = NULL;
  g_auto (GStrv) forms = g_strsplit (pattern, "/", -1);
  guint n_forms = g_strv_length (forms);

  if (strlen (text) > NAME_MAX_BYTES)
    return FALSE;
  parts = g_strsplit (text, "/", (int)n_forms + 1);
  if (g_strv_length (parts) != n_forms)
    return FALSE;
  for (guint i = 0; i < n_forms; i++)
    {
      if (!veo_wire_is_segment (parts[i])
          || (!g_str_equal (forms[i], "*") && !g_str_equal (forms[i], parts[i])))
        return FALSE;
    }
  return TRUE;
}

char *
veo_wire_parse_submit (const char *body, gsize length, const char *pattern, GError **error)
{
  g_autoptr (json_object) object = json_answer_parse (body, length, error);
  const char *name;

  if (object == NULL)
    return NULL;
  name = json_answer_get_string (object, "name");
  if (name == NULL || !veo_wire_is_path (name, pattern))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "the answer names no operation of the form %s", pattern);
      return NULL;
    }
  return g_strdup (name);
}

static void
set_failed (VeoOperation *operation, Veo3ErrorCode code, const char *text, const char *secret)
{
  operation->klass = VEO3_POLL_FAILED;
  operation->code = code;
  operation->message = support_code_annotate (server_text_clean_message (text, secret));
}

static void
read_error (VeoOperation *operation, json_object *error, const char *secret)
{
  const char *message = json_answer_get_string (error, "message");
  gint64 code = json_answer_get_int (error, "code", 0);
  g_autofree char *text
      = g_strdup_printf ("the operation failed with code %" G_GINT64_FORMAT ": %s", code,
                         message != NULL ? message : "no reason given");

  set_failed (operation, operation_error_classify (code, NULL, message), text, secret);
}

/* Returns: (transfer full) (nullable): the reasons of a content filter in one text. */
static char *
dup_filter_reasons (json_object *response)
{
  json_object *reasons = json_answer_get (response, "raiMediaFilteredReasons", json_type_array);
  gsize count = reasons != NULL ? json_object_array_length (reasons) : 0;
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < MIN (count, REASONS_MAX); i++)
    {
      json_object *reason = json_object_array_get_idx (reasons, i);

      if (!json_object_is_type (reason, json_type_string))
        continue;
      g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "",
                              json_object_get_string (reason));
    }
  if (text->len == 0 && json_answer_get_int (response, "raiMediaFilteredCount", 0) > 0)
    g_string_append (text, "filtered by the service without a reason");
  return g_string_free (text, text->len == 0);
}

static void
read_done (VeoOperation *operation,
           json_object *object,
           const VeoAnswerForm *form,
           const char *secret)
{
  json_object *whole = json_answer_get (object, "response", json_type_object);
  json_object *response
      = form->wrapper != NULL ? json_answer_get (whole, form->wrapper, json_type_object) : whole;
  json_object *error = json_answer_get (object, "error", json_type_object);
  g_autofree char *reasons = dup_filter_reasons (response);
  g_autofree char *clip = form->dup_clip (response);

  if (error != NULL)
    read_error (operation, error, secret);
  else if (clip != NULL)
    {
      operation->klass = VEO3_POLL_DONE;
      operation->clip_uri = g_steal_pointer (&clip);
    }
  else if (reasons != NULL)
    set_failed (operation, VEO3_ERROR_CODE_CONTENT_FILTERED, reasons, secret);
  else
    set_failed (operation, VEO3_ERROR_CODE_NO_CLIP,
                "the operation is done, but names neither a clip nor a reason", secret);
}

gboolean
veo_wire_read_operation (json_object *object,
                         const VeoAnswerForm *form,
                         const char *secret,
                         VeoOperation *operation,
                         GError **error)
{
  json_object *done = NULL;

  (void)json_object_object_get_ex (object, "done", &done);
  if (json_object_is_type (done, json_type_boolean) && json_object_get_boolean (done))
    {
      read_done (operation, object, form, secret);
      return TRUE;
    }
  /* "{}" is somebody else's answer: an operation names itself, or says that it is not done. */
  if (json_object_is_type (done, json_type_boolean)
      || (done == NULL && json_answer_get_string (object, "name") != NULL))
    {
      operation->klass = VEO3_POLL_RUNNING;
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not an operation");
  return FALSE;
}

Veo3PollResult
veo_operation_get_result (const VeoOperation *self)
{
  return (Veo3PollResult){
    .klass = self->klass, .clip_uri = self->clip_uri, .code = self->code, .message = self->message
  };
}

void
veo_operation_clear (VeoOperation *self)
{
  g_clear_pointer (&self->clip_uri, g_free);
  g_clear_pointer (&self->message, g_free);
}
