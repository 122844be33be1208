/* SPDX-License-Identifier: MIT */
/*
 * The field table of Veo 3.1 on Vertex AI.
 *
 * Pure: no state, no I/O. Order of checks: unknown fields, types, bounds, combinations; the first
 * refusal wins. Lengths are looked at last and only lead to a late error.
 */
#include "tests/emulator/vertex-check.h"

#include "tests/emulator/image-check.h"
#include "tests/emulator/json-check.h"

#include <string.h>

#define DEFAULT_DURATION_S 8
#define MAX_SAMPLES 4
#define MAX_REFERENCES 3u
#define BAD_JSON "Invalid JSON payload received. "

/* Everything the rules about combinations look at. */
typedef struct
{
  const gchar *model;
  json_object *instance;
  json_object *parameters; /* (nullable) */
  json_object *image;      /* (nullable) */
  json_object *last_frame; /* (nullable) */
  json_object *references; /* (nullable) */
  json_object *video;      /* (nullable) */
} Request;

static const gchar *const top_fields[] = { "instances", "parameters", "labels", NULL };
static const gchar *const instance_fields[]
    = { "prompt", "image", "lastFrame", "referenceImages", "video", NULL };
static const gchar *const parameter_fields[] = {
  "sampleCount",
  "storageUri",
  "durationSeconds",
  "seed",
  "aspectRatio",
  "resolution",
  "negativePrompt",
  "enhancePrompt",
  "generateAudio",
  "personGeneration",
  "compressionQuality",
  "resizeMode",
  "fps",
  "pubsubTopic",
  "task",
  NULL,
};
static const gchar *const media_fields[] = { "bytesBase64Encoded", "gcsUri", "mimeType", NULL };
static const gchar *const reference_fields[] = { "image", "referenceType", NULL };
static const gchar *const poll_fields[] = { "operationName", NULL };

static const gchar *const image_types[] = { "image/png", "image/jpeg", NULL };
static const gchar *const video_types[] = { "video/mp4", NULL };
static const gchar *const reference_types[] = { "asset", NULL };
static const gchar *const aspect_ratios[] = { "16:9", "9:16", NULL };
static const gchar *const resolutions[] = { "720p", "1080p", "4k", NULL };
static const gchar *const persons[] = { "allow_adult", "dont_allow", "disallow", NULL };
static const gchar *const qualities[] = { "optimized", "lossless", NULL };
static const gchar *const resize_modes[] = { "pad", "crop", NULL };

void
vertex_submit_clear (VertexSubmit *submit)
{
  g_clear_pointer (&submit->late_error, g_free);
}

static gboolean
is_lite (const gchar *model)
{
  return strstr (model, "-lite-") != NULL;
}

static gboolean
refuse_field (GError **error, const gchar *field)
{
  return json_check_refuse (error,
                            "`%s` isn't supported by this model. Please remove it or refer to the "
                            "Vertex AI documentation for supported usage.",
                            field);
}

static gboolean
check_known (json_object *object, const gchar *const *known, GError **error)
{
  const gchar *unknown = json_check_find_name (object, known, FALSE);

  return unknown == NULL || refuse_field (error, unknown);
}

/* Protocol buffers know the top, and refuse before any model is asked. */
static gboolean
check_top (json_object *body, const gchar *const *known, GError **error)
{
  const gchar *unknown = NULL;

  if (body == NULL)
    return json_check_refuse (error, BAD_JSON "Unexpected end of string or token.");
  unknown = json_check_find_name (body, known, FALSE);
  return unknown == NULL
         || json_check_refuse (error, BAD_JSON "Unknown name \"%s\": Cannot find field.", unknown);
}

static gboolean
is_gcs_uri (const gchar *uri)
{
  return g_str_has_prefix (uri, "gs://") && uri[5] != '\0' && uri[5] != '/';
}

/* A picture or a clip: bytes or a place, and a type. */
static gboolean
check_media (json_object *media, const gchar *field, const gchar *const *types, GError **error)
{
  json_object *bytes = json_check_find (media, "bytesBase64Encoded");
  const gchar *uri = json_check_get_string (media, "gcsUri");
  const gchar *type = json_check_get_string (media, "mimeType");
  const gchar *problem = NULL;

  if (media == NULL)
    return TRUE;
  if (!json_object_is_type (media, json_type_object))
    return json_check_refuse (error, "The value type for `%s` needs to be an object.", field);
  if (!check_known (media, media_fields, error))
    return FALSE;
  if ((bytes != NULL) == (json_check_find (media, "gcsUri") != NULL))
    return json_check_refuse (error, "`%s` needs one of `bytesBase64Encoded` and `gcsUri`.", field);
  if (bytes == NULL && (uri == NULL || !is_gcs_uri (uri)))
    return json_check_refuse (error, "`gcsUri` of `%s` needs to begin with gs://.", field);
  if (!json_check_is_one_of (json_check_find (media, "mimeType"), types))
    return json_check_refuse (error, "Unsupported mime type of `%s`.", field);
  if (bytes != NULL && types == image_types)
    problem = image_check_find_problem (bytes, type);
  else if (bytes != NULL && !json_check_is_base64 (bytes))
    problem = "is not base64";
  return problem == NULL
         || json_check_refuse (error, "Unable to process `%s`: its data %s.", field, problem);
}

static gboolean
check_references (const Request *request, GError **error)
{
  if (request->references == NULL)
    return TRUE;
  if (is_lite (request->model))
    return refuse_field (error, "referenceImages");
  if (!json_object_is_type (request->references, json_type_array)
      || json_object_array_length (request->references) > MAX_REFERENCES)
    return json_check_refuse (error, "`referenceImages` needs to be a list of at most %u images.",
                              MAX_REFERENCES);
  for (gsize i = 0; i < json_object_array_length (request->references); i++)
    {
      json_object *item = json_object_array_get_idx (request->references, i);

      if (!json_object_is_type (item, json_type_object))
        return json_check_refuse (error, "`referenceImages` needs to be a list of objects.");
      if (!check_known (item, reference_fields, error))
        return FALSE;
      if (!json_check_is_one_of (json_check_find (item, "referenceType"), reference_types))
        return json_check_refuse (error, "`referenceType` needs to be `asset`.");
      if (json_check_find (item, "image") == NULL)
        return json_check_refuse (error, "`image` is required.");
      if (!check_media (json_check_find (item, "image"), "image", image_types, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_sources (const Request *request, GError **error)
{
  const guint sources = (request->image != NULL || request->last_frame != NULL ? 1u : 0u)
                        + (request->references != NULL ? 1u : 0u)
                        + (request->video != NULL ? 1u : 0u);

  if (sources > 1)
    return json_check_refuse (error, "`image`, `referenceImages` and `video` exclude each other.");
  if (request->last_frame != NULL && request->image == NULL)
    return json_check_refuse (error, "`lastFrame` needs `image`.");
  return TRUE;
}

static gboolean
read_instance (Request *request, json_object *body, GError **error)
{
  json_object *instances = json_check_find (body, "instances");
  const gchar *prompt = NULL;

  if (!json_object_is_type (instances, json_type_array) || json_object_array_length (instances) != 1
      || !json_object_is_type (json_object_array_get_idx (instances, 0), json_type_object))
    return json_check_refuse (error, "`instances` needs to hold exactly one instance.");
  request->instance = json_object_array_get_idx (instances, 0);
  if (!check_known (request->instance, instance_fields, error))
    return FALSE;
  prompt = json_check_get_string (request->instance, "prompt");
  if (prompt == NULL || prompt[strspn (prompt, " \t\r\n")] == '\0')
    return json_check_refuse (error, "`prompt` needs to be a string that is not empty.");
  request->image = json_check_find (request->instance, "image");
  request->last_frame = json_check_find (request->instance, "lastFrame");
  request->references = json_check_find (request->instance, "referenceImages");
  request->video = json_check_find (request->instance, "video");
  return check_media (request->image, "image", image_types, error)
         && check_media (request->last_frame, "lastFrame", image_types, error)
         && check_media (request->video, "video", video_types, error)
         && check_references (request, error) && check_sources (request, error);
}

static gboolean
check_enum (const Request *request, const gchar *field, const gchar *const *values, GError **error)
{
  json_object *value = json_check_find (request->parameters, field);

  if (value == NULL || json_check_is_one_of (value, values))
    return TRUE;
  return json_check_refuse (error, "%s for %s is currently not supported.",
                            json_object_get_string (value), field);
}

static gboolean
check_type (const Request *request, const gchar *field, json_type type, GError **error)
{
  json_object *value = json_check_find (request->parameters, field);

  return value == NULL || json_object_is_type (value, type)
         || json_check_refuse (error, "The value type for `%s` needs to be %s.", field,
                               json_type_to_name (type));
}

static gboolean
check_range (const Request *request,
             const gchar *field,
             gint64 lowest,
             gint64 highest,
             GError **error)
{
  json_object *value = json_check_find (request->parameters, field);

  if (!check_type (request, field, json_type_int, error))
    return FALSE;
  if (value != NULL
      && (json_object_get_int64 (value) < lowest || json_object_get_int64 (value) > highest))
    return json_check_refuse (error,
                              "The number value for `%s` is out of bound. Please provide a value "
                              "between %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT ", inclusive.",
                              field, lowest, highest);
  return TRUE;
}

static gboolean
check_storage_uri (const Request *request, GError **error)
{
  const gchar *uri = json_check_get_string (request->parameters, "storageUri");

  return uri == NULL || is_gcs_uri (uri)
         || json_check_refuse (error, "`storageUri` needs to begin with gs://.");
}

static gboolean
check_parameters (Request *request, GError **error)
{
  json_object *duration = json_check_find (request->parameters, "durationSeconds");

  if (request->parameters == NULL)
    return TRUE;
  if (!json_object_is_type (request->parameters, json_type_object))
    return json_check_refuse (error, "The value type for `parameters` needs to be an object.");
  if (duration != NULL && !json_check_is_number (duration))
    return json_check_refuse (error, "The value type for `durationSeconds` needs to be a number.");
  return check_known (request->parameters, parameter_fields, error)
         && check_range (request, "sampleCount", 1, MAX_SAMPLES, error)
         && check_range (request, "seed", 0, G_MAXUINT32, error)
         && check_range (request, "fps", 1, 60, error)
         && check_type (request, "negativePrompt", json_type_string, error)
         && check_type (request, "storageUri", json_type_string, error)
         && check_type (request, "pubsubTopic", json_type_string, error)
         && check_type (request, "task", json_type_string, error)
         && check_type (request, "enhancePrompt", json_type_boolean, error)
         && check_type (request, "generateAudio", json_type_boolean, error)
         && check_enum (request, "aspectRatio", aspect_ratios, error)
         && check_enum (request, "resolution", resolutions, error)
         && check_enum (request, "personGeneration", persons, error)
         && check_enum (request, "compressionQuality", qualities, error)
         && check_enum (request, "resizeMode", resize_modes, error)
         && check_storage_uri (request, error);
}

static gboolean
check_combinations (const Request *request, GError **error)
{
  const gchar *resolution = json_check_get_string (request->parameters, "resolution");

  if (is_lite (request->model) && g_strcmp0 (resolution, "4k") == 0)
    return json_check_refuse (error, "4k for resolution is currently not supported.");
  if (request->video != NULL && resolution != NULL && !g_str_equal (resolution, "720p"))
    return json_check_refuse (error, "Video extension supports 720p only.");
  return TRUE;
}

/* Returns: (nullable): the late error. */
static gchar *
judge_duration (const Request *request, VertexSubmit *submit)
{
  json_object *value = json_check_find (request->parameters, "durationSeconds");
  const gdouble seconds = value != NULL ? json_object_get_double (value) : DEFAULT_DURATION_S;
  const gchar *resolution = json_check_get_string (request->parameters, "resolution");
  const gboolean only_long = request->references != NULL || request->last_frame != NULL
                             || (resolution != NULL && !g_str_equal (resolution, "720p"));
  const gchar *feature = request->references != NULL ? "reference_to_video"
                         : request->image != NULL    ? "image_to_video"
                                                     : "text_to_video";

  submit->duration_s = seconds > 0 && seconds <= 60 ? (int)seconds : DEFAULT_DURATION_S;
  if (request->video != NULL || seconds == 8 || (!only_long && (seconds == 4 || seconds == 6)))
    return NULL;
  return g_strdup_printf ("Unsupported output video duration %g seconds, supported durations are "
                          "%s for feature %s.",
                          seconds, only_long ? "[8]" : "[8,4,6]", feature);
}

gboolean
vertex_check_submit (const gchar *model,
                     json_object *body,
                     VertexSubmit *ret_submit,
                     GError **error)
{
  Request request = { .model = model };
  json_object *count = NULL;

  if (!check_top (body, top_fields, error) || !read_instance (&request, body, error))
    return FALSE;
  request.parameters = json_check_find (body, "parameters");
  if (!check_parameters (&request, error) || !check_combinations (&request, error)
      || !json_check_labels (json_check_find (body, "labels"), error))
    return FALSE;
  count = json_check_find (request.parameters, "sampleCount");
  ret_submit->prompt = json_check_get_string (request.instance, "prompt");
  ret_submit->storage_uri = json_check_get_string (request.parameters, "storageUri");
  ret_submit->n_samples = count != NULL ? (guint)json_object_get_int (count) : 1;
  ret_submit->portrait
      = g_strcmp0 (json_check_get_string (request.parameters, "aspectRatio"), "9:16") == 0;
  ret_submit->late_error = judge_duration (&request, ret_submit);
  return TRUE;
}

gboolean
vertex_check_poll (json_object *body, const gchar **ret_name, GError **error)
{
  const gchar *name = json_check_get_string (body, "operationName");

  if (!check_top (body, poll_fields, error))
    return FALSE;
  if (name == NULL || *name == '\0')
    return json_check_refuse (error, "`operationName` is required.");
  *ret_name = name;
  return TRUE;
}
