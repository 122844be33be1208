/* SPDX-License-Identifier: MIT */
/*
 * The Gemini API's video wire as JSON. Pure. Everything that comes from the service is checked
 * before it becomes part of a URL or of a line on a terminal; numbers are sent as numbers, because
 * the service refuses "6".
 */
#include "plugin/adapters/gemini-wire.h"

#include <string.h>

#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/json-request.h"
#include "plugin/adapters/server-text.h"

#define OPERATION_NAME_MAX 512
#define FILE_ID_MAX 64
#define URI_MAX 2048
#define REASONS_MAX 16

/* 4, 6 or 8: an odd number rounds up, the ends clamp. */
static int
fit_duration (int duration_s)
{
  return CLAMP (duration_s + duration_s % 2, 4, 8);
}

static gboolean
needs_longest (const char *resolution)
{
  return resolution != NULL
         && (g_ascii_strcasecmp (resolution, "1080p") == 0
             || g_ascii_strcasecmp (resolution, "4k") == 0);
}

char *
gemini_wire_fit (Veo3ClipRequest *request)
{
  gboolean longest = needs_longest (request->resolution);
  int asked_s = request->duration_s;

  /* The ends first: an odd INT_MAX has nothing to round up to. */
  request->duration_s = longest ? 8 : fit_duration (CLAMP (asked_s, 4, 8));
  if (request->duration_s == asked_s)
    return NULL;
  return longest ? g_strdup_printf ("duration %d s becomes 8 s: %s needs it", asked_s,
                                    request->resolution)
                 : g_strdup_printf ("duration %d s becomes %d s: the model makes 4, 6 or 8",
                                    asked_s, request->duration_s);
}

static json_object *
build_parameters (const Veo3ClipRequest *request)
{
  g_autoptr (json_object) parameters = json_object_new_object ();

  if (parameters == NULL
      || !json_request_add (parameters, "durationSeconds",
                            json_object_new_int (request->duration_s))
      || (request->aspect_ratio != NULL
          && !json_request_add (parameters, "aspectRatio",
                                json_object_new_string (request->aspect_ratio)))
      || (request->resolution != NULL
          && !json_request_add (parameters, "resolution",
                                json_object_new_string (request->resolution))))
    return NULL;
  return g_steal_pointer (&parameters);
}

static json_object *
build_instances (const Veo3ClipRequest *request)
{
  g_autoptr (json_object) instance = json_object_new_object ();
  g_autoptr (json_object) instances = json_object_new_array ();

  if (instance == NULL || instances == NULL
      || !json_request_add (instance, "prompt", json_object_new_string (request->prompt))
      || json_object_array_add (instances, instance) != 0)
    return NULL;
  (void)g_steal_pointer (&instance); /* the array has it */
  return g_steal_pointer (&instances);
}

GBytes *
gemini_wire_build_submit (const Veo3ClipRequest *request, GError **error)
{
  g_autoptr (json_object) body = json_object_new_object ();

  if (body == NULL || !json_request_add (body, "instances", build_instances (request))
      || !json_request_add (body, "parameters", build_parameters (request)))
    return json_request_to_bytes (NULL, error);
  return json_request_to_bytes (body, error);
}

/* One segment of a path: no separators, no dots alone, nothing that a URL parser reads. */
gboolean
gemini_wire_is_segment (const char *text)
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
gemini_wire_is_operation_name (const char *name)
{
  g_auto (GStrv) parts = NULL;

  if (strlen (name) > OPERATION_NAME_MAX)
    return FALSE;
  parts = g_strsplit (name, "/", 5);
  return g_strv_length (parts) == 4 && g_str_equal (parts[0], "models")
         && gemini_wire_is_segment (parts[1]) && g_str_equal (parts[2], "operations")
         && gemini_wire_is_segment (parts[3]);
}

char *
gemini_wire_parse_submit (const char *body, gsize length, GError **error)
{
  g_autoptr (json_object) object = json_answer_parse (body, length, error);
  const char *name;

  if (object == NULL)
    return NULL;
  name = json_answer_get_string (object, "name");
  if (name == NULL || !gemini_wire_is_operation_name (name))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "the answer names no operation of the form models/M/operations/O");
      return NULL;
    }
  return g_strdup (name);
}

static char *
clean (const char *text, const char *secret)
{
  return server_text_clean (text, strlen (text), SERVER_TEXT_MESSAGE_CHARS, secret);
}

static void
set_failed (GeminiOperation *operation, Veo3ErrorCode code, const char *text, const char *secret)
{
  operation->klass = VEO3_POLL_FAILED;
  operation->code = code;
  operation->message = clean (text, secret);
}

static void
read_error (GeminiOperation *operation, json_object *error, const char *secret)
{
  const char *message = json_answer_get_string (error, "message");
  gint64 code = json_answer_get_int (error, "code", 0);
  g_autofree char *text
      = g_strdup_printf ("the operation failed with code %" G_GINT64_FORMAT ": %s", code,
                         message != NULL ? message : "no reason given");

  set_failed (operation, VEO3_ERROR_CODE_OPERATION_FAILED, text, secret);
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

static const char *
find_uri (json_object *response)
{
  json_object *samples = json_answer_get (response, "generatedSamples", json_type_array);
  gsize count = samples != NULL ? json_object_array_length (samples) : 0;

  for (gsize i = 0; i < count; i++)
    {
      json_object *video
          = json_answer_get (json_object_array_get_idx (samples, i), "video", json_type_object);
      const char *uri = json_answer_get_string (video, "uri");

      if (uri != NULL && *uri != '\0' && strlen (uri) <= URI_MAX)
        return uri;
    }
  return NULL;
}

static void
read_done (GeminiOperation *operation, json_object *object, const char *secret)
{
  json_object *response = json_answer_get (json_answer_get (object, "response", json_type_object),
                                           "generateVideoResponse", json_type_object);
  json_object *error = json_answer_get (object, "error", json_type_object);
  g_autofree char *reasons = dup_filter_reasons (response);
  const char *uri = find_uri (response);

  if (error != NULL)
    read_error (operation, error, secret);
  else if (uri != NULL)
    {
      operation->klass = VEO3_POLL_DONE;
      operation->clip_uri = g_strdup (uri);
    }
  else if (reasons != NULL)
    set_failed (operation, VEO3_ERROR_CODE_CONTENT_FILTERED, reasons, secret);
  else
    set_failed (operation, VEO3_ERROR_CODE_NO_CLIP,
                "the operation is done, but names neither a clip nor a reason", secret);
}

gboolean
gemini_wire_parse_poll (const char *body,
                        gsize length,
                        const char *secret,
                        GeminiOperation *operation,
                        GError **error)
{
  g_autoptr (json_object) object = json_answer_parse (body, length, error);
  json_object *done = NULL;

  *operation = (GeminiOperation){ .klass = VEO3_POLL_RUNNING };
  if (object == NULL)
    return FALSE;
  (void)json_object_object_get_ex (object, "done", &done);
  if (json_object_is_type (done, json_type_boolean) && json_object_get_boolean (done))
    {
      read_done (operation, object, secret);
      return TRUE;
    }
  /* "{}" is somebody else's answer: an operation names itself, or says that it is not done. */
  if (json_object_is_type (done, json_type_boolean)
      || (done == NULL && json_answer_get_string (object, "name") != NULL))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not an operation");
  return FALSE;
}

char *
gemini_wire_dup_file_id (const char *uri)
{
  const char *start = strstr (uri, "files/");
  gsize length = 0;

  if (start == NULL || (start != uri && start[-1] != '/'))
    return NULL;
  start += strlen ("files/");
  while (g_ascii_isalnum (start[length]) || start[length] == '-' || start[length] == '_')
    length++;
  if (length == 0 || length > FILE_ID_MAX || strchr (":?", start[length]) == NULL)
    return NULL; /* strchr() finds the terminating NUL as well */
  return g_strndup (start, length);
}

void
gemini_operation_clear (GeminiOperation *self)
{
  g_clear_pointer (&self->clip_uri, g_free);
  g_clear_pointer (&self->message, g_free);
}
