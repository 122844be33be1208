/* SPDX-License-Identifier: MIT */
/*
 * The field table and the combination rules of Veo 3.1 on the Gemini API.
 *
 * Pure: no state, no I/O. Order of checks: unknown fields, types, bounds, combinations; the first
 * refusal wins, as on the real service.
 */
#include "tests/emulator/gemini-check.h"

#include "tests/emulator/image-check.h"
#include "tests/emulator/json-check.h"

#include <string.h>

#define DEFAULT_DURATION_S 8
#define LONG_DURATION_S 8
#define MAX_REFERENCES 3u
#define USE_CASE_TEXT                                                                              \
  "Your use case is currently not supported. Please refer to Gemini API documentation for "        \
  "current "                                                                                       \
  "model offering."

/* Everything the combination rules look at. */
typedef struct
{
  const gchar *model;
  json_object *instance;
  json_object *parameters; /* (nullable) */
  json_object *image;      /* (nullable) */
  json_object *last_frame; /* (nullable) */
  json_object *references; /* (nullable) */
  json_object *video;      /* (nullable) */
  const gchar *resolution; /* (nullable) */
  int duration_s;
  gboolean portrait;
} Request;

static const gchar *const top_fields[] = { "instances", "parameters", "webhookConfig", NULL };
static const gchar *const instance_fields[]
    = { "prompt", "image", "lastFrame", "referenceImages", "video", NULL };
static const gchar *const parameter_fields[]
    = { "durationSeconds",  "aspectRatio",    "resolution",    "sampleCount",
        "personGeneration", "negativePrompt", "enhancePrompt", NULL };
static const gchar *const standard_only_fields[]
    = { "negativePrompt", "enhancePrompt", "referenceImages", "video", NULL };
static const gchar *const image_fields[] = { "bytesBase64Encoded", "mimeType", NULL };
static const gchar *const reference_fields[] = { "image", "referenceType", NULL };
static const gchar *const video_fields[] = { "uri", NULL };

static gboolean
refuse_field (GError **error, const gchar *field)
{
  return json_check_refuse (
      error,
      "`%s` isn't supported by this model. Please remove it or refer to the Gemini API "
      "documentation for supported usage.",
      field);
}

static gboolean
is_lite (const gchar *model)
{
  return strstr (model, "-lite-") != NULL;
}

static gboolean
check_known_fields (json_object *object, const gchar *const *known, GError **error)
{
  const gchar *unknown = json_check_find_name (object, known, FALSE);

  return unknown == NULL || refuse_field (error, unknown);
}

static gboolean
check_model_fields (const gchar *model, json_object *object, GError **error)
{
  const gchar *denied
      = is_lite (model) ? json_check_find_name (object, standard_only_fields, TRUE) : NULL;

  return denied == NULL || refuse_field (error, denied);
}

static gboolean
check_top (json_object *body, GError **error)
{
  const gchar *unknown = json_check_find_name (body, top_fields, FALSE);

  return unknown == NULL
         || json_check_refuse (
             error, "Invalid JSON payload received. Unknown name \"%s\": Cannot find field.",
             unknown);
}

static gboolean
check_string (json_object *value, const gchar *field, GError **error)
{
  return json_object_is_type (value, json_type_string)
         || json_check_refuse (error, "The value type for `%s` needs to be a string.", field);
}

static gboolean
check_image (json_object *image, const gchar *field, GError **error)
{
  json_object *data = NULL;
  const gchar *type = NULL;
  const gchar *problem = NULL;

  if (!json_object_is_type (image, json_type_object))
    return json_check_refuse (error, "The value type for `%s` needs to be an object.", field);
  if (!check_known_fields (image, image_fields, error))
    return FALSE;
  data = json_check_find (image, "bytesBase64Encoded");
  type = json_object_get_string (json_check_find (image, "mimeType"));
  if (!json_object_is_type (data, json_type_string) || type == NULL)
    return json_check_refuse (error, "`%s` needs both `bytesBase64Encoded` and `mimeType`.", field);
  if (!g_str_equal (type, "image/png") && !g_str_equal (type, "image/jpeg"))
    return json_check_refuse (error, "Unsupported image mime type: %s.", type);
  problem = image_check_find_problem (data, type);
  if (problem != NULL)
    return json_check_refuse (error, "Unable to process `%s`: its data %s.", field, problem);
  return TRUE;
}

static gboolean
check_reference (json_object *reference, GError **error)
{
  const gchar *type = NULL;

  if (!json_object_is_type (reference, json_type_object))
    return json_check_refuse (
        error, "The value type for `referenceImages` needs to be a list of objects.");
  if (!check_known_fields (reference, reference_fields, error))
    return FALSE;
  type = json_object_get_string (json_check_find (reference, "referenceType"));
  if (type == NULL || g_ascii_strcasecmp (type, "asset") != 0)
    return json_check_refuse (error, "%s for referenceType is currently not supported.",
                              type != NULL ? type : "null");
  return check_image (json_check_find (reference, "image"), "image", error);
}

static gboolean
check_references (json_object *references, GError **error)
{
  if (references == NULL)
    return TRUE;
  if (!json_object_is_type (references, json_type_array))
    return json_check_refuse (
        error, "The value type for `referenceImages` needs to be a list of objects.");
  if (json_object_array_length (references) > MAX_REFERENCES)
    return json_check_refuse (error, "At most %u `referenceImages` are supported.", MAX_REFERENCES);
  for (gsize i = 0; i < json_object_array_length (references); i++)
    {
      if (!check_reference (json_object_array_get_idx (references, i), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_video (json_object *video, GError **error)
{
  const gchar *uri = NULL;

  if (video == NULL)
    return TRUE;
  if (!json_object_is_type (video, json_type_object)
      || json_check_find (video, "bytesBase64Encoded") != NULL)
    return json_check_refuse (error, "Video URI not found in the request.");
  if (!check_known_fields (video, video_fields, error))
    return FALSE;
  uri = json_object_get_string (json_check_find (video, "uri"));
  if (uri == NULL)
    return json_check_refuse (error, "Video URI not found in the request.");
  if (strstr (uri, "/files/") == NULL)
    return json_check_refuse (error, "Could not parse the file name");
  return TRUE;
}

static gboolean
check_prompt (json_object *instance, GError **error)
{
  json_object *prompt = json_check_find (instance, "prompt");

  if (prompt == NULL)
    return json_check_refuse (error, "`prompt` is required.");
  if (!check_string (prompt, "prompt", error))
    return FALSE;
  return strspn (json_object_get_string (prompt), " \t\r\n")
             < (gsize)json_object_get_string_len (prompt)
         || json_check_refuse (error, "`prompt` must not be empty.");
}

static gboolean
read_instance (Request *request, json_object *body, GError **error)
{
  json_object *instances = json_check_find (body, "instances");

  if (!json_object_is_type (instances, json_type_array) || json_object_array_length (instances) != 1
      || !json_object_is_type (json_object_array_get_idx (instances, 0), json_type_object))
    return json_check_refuse (error, "`instances` needs to hold exactly one instance.");
  request->instance = json_object_array_get_idx (instances, 0);
  if (!check_known_fields (request->instance, instance_fields, error)
      || !check_model_fields (request->model, request->instance, error)
      || !check_prompt (request->instance, error))
    return FALSE;
  request->image = json_check_find (request->instance, "image");
  request->last_frame = json_check_find (request->instance, "lastFrame");
  request->references = json_check_find (request->instance, "referenceImages");
  request->video = json_check_find (request->instance, "video");
  if (request->image != NULL && !check_image (request->image, "image", error))
    return FALSE;
  if (request->last_frame != NULL && !check_image (request->last_frame, "lastFrame", error))
    return FALSE;
  return check_references (request->references, error) && check_video (request->video, error);
}

static gboolean
read_duration (Request *request, GError **error)
{
  json_object *value = json_check_find (request->parameters, "durationSeconds");
  gdouble seconds = DEFAULT_DURATION_S;

  if (json_check_find (request->parameters, "durationSeconds") != NULL)
    {
      if (!json_check_is_number (value))
        return json_check_refuse (error,
                                  "The value type for `durationSeconds` needs to be a number.");
      seconds = json_object_get_double (value);
    }
  request->duration_s = (seconds >= 0 && seconds <= 60) ? (int)seconds : 0;
  if (request->duration_s != seconds
      || (request->duration_s != 4 && request->duration_s != 6 && request->duration_s != 8))
    return json_check_refuse (
        error, "The number value for `durationSeconds` is out of bound. Please provide a "
               "value between 4 and 8, inclusive.");
  return TRUE;
}

static gboolean
read_aspect_ratio (Request *request, GError **error)
{
  json_object *value = json_check_find (request->parameters, "aspectRatio");
  const gchar *ratio = json_object_get_string (value);

  if (value == NULL)
    return TRUE;
  if (!check_string (value, "aspectRatio", error))
    return FALSE;
  if (!g_str_equal (ratio, "16:9") && !g_str_equal (ratio, "9:16"))
    return json_check_refuse (error, "%s for aspectRatio is currently not supported.", ratio);
  request->portrait = g_str_equal (ratio, "9:16");
  return TRUE;
}

static gboolean
read_resolution (Request *request, GError **error)
{
  json_object *value = json_check_find (request->parameters, "resolution");

  if (value == NULL)
    return TRUE;
  if (!check_string (value, "resolution", error))
    return FALSE;
  request->resolution = json_object_get_string (value);
  if (!g_str_equal (request->resolution, "720p") && !g_str_equal (request->resolution, "1080p")
      && !g_str_equal (request->resolution, "4k"))
    return json_check_refuse (error, "%s for resolution is currently not supported.",
                              request->resolution);
  return TRUE;
}

/* The table's simple rows: a type and perhaps a bound. */
static gboolean
check_plain_parameters (Request *request, GError **error)
{
  json_object *count = json_check_find (request->parameters, "sampleCount");
  json_object *negative = json_check_find (request->parameters, "negativePrompt");
  json_object *enhance = json_check_find (request->parameters, "enhancePrompt");

  if (count != NULL && !json_object_is_type (count, json_type_int))
    return json_check_refuse (error, "The value type for `sampleCount` needs to be a number.");
  if (count != NULL && json_object_get_int64 (count) != 1)
    return json_check_refuse (
        error, "The number value for `sampleCount` is out of bound. Please provide a "
               "value between 1 and 1, inclusive.");
  if (negative != NULL && !check_string (negative, "negativePrompt", error))
    return FALSE;
  if (enhance != NULL && !json_object_is_type (enhance, json_type_boolean))
    return json_check_refuse (error, "The value type for `enhancePrompt` needs to be a boolean.");
  return TRUE;
}

/* Text alone and extension want allow_all, everything that shows a picture wants allow_adult. */
static gboolean
check_person_generation (Request *request, GError **error)
{
  json_object *value = json_check_find (request->parameters, "personGeneration");
  const gboolean pictured
      = request->image != NULL || request->last_frame != NULL || request->references != NULL;
  const gchar *person = NULL;

  if (value == NULL)
    return TRUE;
  if (!check_string (value, "personGeneration", error))
    return FALSE;
  person = json_object_get_string (value);
  return g_ascii_strcasecmp (person, pictured ? "allow_adult" : "allow_all") == 0
         || json_check_refuse (error, "%s for personGeneration is currently not supported.",
                               person);
}

static gboolean
check_combinations (Request *request, GError **error)
{
  const gboolean large
      = g_strcmp0 (request->resolution, "1080p") == 0 || g_strcmp0 (request->resolution, "4k") == 0;
  const gboolean needs_long = large || request->last_frame != NULL || request->references != NULL
                              || request->video != NULL;
  const guint sources = (request->image != NULL || request->last_frame != NULL ? 1u : 0u)
                        + (request->references != NULL ? 1u : 0u)
                        + (request->video != NULL ? 1u : 0u);

  if ((needs_long && request->duration_s != LONG_DURATION_S) || sources > 1
      || (request->last_frame != NULL && request->image == NULL)
      || (request->video != NULL && large)
      || (is_lite (request->model) && g_strcmp0 (request->resolution, "4k") == 0))
    return json_check_refuse (error, USE_CASE_TEXT);
  return check_person_generation (request, error);
}

static gboolean
read_parameters (Request *request, json_object *body, GError **error)
{
  request->parameters = json_check_find (body, "parameters");
  request->duration_s = DEFAULT_DURATION_S;
  if (request->parameters == NULL)
    return TRUE;
  if (!json_object_is_type (request->parameters, json_type_object))
    return json_check_refuse (error, "The value type for `parameters` needs to be an object.");
  return check_known_fields (request->parameters, parameter_fields, error)
         && check_model_fields (request->model, request->parameters, error)
         && read_duration (request, error) && read_aspect_ratio (request, error)
         && read_resolution (request, error) && check_plain_parameters (request, error);
}

gboolean
gemini_check_submit (const gchar *model,
                     json_object *body,
                     GeminiSubmit *ret_submit,
                     GError **error)
{
  Request request = { .model = model };

  if (!check_top (body, error) || !read_instance (&request, body, error)
      || !read_parameters (&request, body, error) || !check_combinations (&request, error))
    return FALSE;
  ret_submit->prompt = json_object_get_string (json_check_find (request.instance, "prompt"));
  ret_submit->duration_s = request.duration_s;
  ret_submit->portrait = request.portrait;
  return TRUE;
}
