/* SPDX-License-Identifier: MIT */
/*
 * The field table of the Interactions API for video.
 *
 * Pure: no state, no I/O. Order of checks: unknown fields, types and values, what goes together;
 * the first refusal wins. A length that the model cannot do is found out last, and late in the
 * background.
 */
#include "tests/emulator/omni-check.h"

#include "tests/emulator/image-check.h"
#include "tests/emulator/json-check.h"

#include <string.h>

#define DEFAULT_DURATION_S 10
#define MIN_DURATION_S 3
#define FIRST_FRAME "<FIRST_FRAME>"
#define LAST_FRAME "<LAST_FRAME>"
#define IMAGE_REF "<IMAGE_REF_"

/* What the rules about combinations look at. */
typedef struct
{
  const gchar *model;
  OmniCreate *create;
  const gchar *task; /* (nullable) */
  GString *text;     /* (owned) all texts */
  guint n_images;
  guint n_videos;
} Request;

static const gchar *const models[] = { "gemini-omni-1.1-flash", "gemini-omni-1.2-flash", NULL };

static const gchar *const top_fields[] = {
  "model",
  "input",
  "background",
  "store",
  "stream",
  "labels",
  "response_format",
  "generation_config",
  "webhook_config",
  "service_tier",
  "response_modalities",
  "previous_interaction_id",
  NULL,
};
static const gchar *const format_fields[]
    = { "type", "aspect_ratio", "resolution", "duration", "delivery", NULL };
static const gchar *const config_fields[] = { "video_config", "seed", NULL };
static const gchar *const video_config_fields[] = { "task", NULL };
static const gchar *const webhook_fields[] = { "uris", "user_metadata", NULL };
static const gchar *const turn_fields[] = { "type", "content", NULL };
static const gchar *const text_fields[] = { "type", "text", NULL };
static const gchar *const media_fields[] = { "type", "data", "uri", "mime_type", NULL };

static const gchar *const tasks[] = {
  "text_to_video", "image_to_video", "reference_to_video", "edit", "extend", "upscale", NULL
};
static const gchar *const tiers[] = { "flex", "standard", "priority", "deferred", NULL };
static const gchar *const video_only[] = { "video", NULL };
static const gchar *const aspect_ratios[] = { "16:9", "9:16", NULL };
static const gchar *const resolutions[] = { "360p", "720p", "1080p", "4k", NULL };
static const gchar *const deliveries[] = { "inline", "uri", NULL };
static const gchar *const media_types[] = { "image", "video", "document", NULL };
static const gchar *const image_types[]
    = { "image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", NULL };
static const gchar *const video_types[] = { "video/mp4", NULL };

const gchar *const *
omni_check_get_models (void)
{
  return models;
}

void
omni_create_clear (OmniCreate *create)
{
  g_clear_pointer (&create->prompt, g_free);
  g_clear_pointer (&create->late_error, g_free);
}

static gboolean
is_newer (const gchar *model)
{
  return strstr (model, "-1.2-") != NULL;
}

static gboolean
check_known (json_object *object, const gchar *where, const gchar *const *known, GError **error)
{
  const gchar *unknown = NULL;

  if (object == NULL)
    return TRUE;
  if (!json_object_is_type (object, json_type_object))
    return json_check_refuse (error, "'%s' must be an object.", where);
  unknown = json_check_find_name (object, known, FALSE);
  if (unknown == NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Unknown parameter '%s%s%s'.", where,
               *where != '\0' ? "." : "", unknown);
  return FALSE;
}

static gboolean
check_enum (json_object *object, const gchar *field, const gchar *const *values, GError **error)
{
  json_object *value = json_check_find (object, field);
  g_autofree gchar *list = NULL;

  if (value == NULL
      || (json_object_is_type (value, json_type_string)
          && g_strv_contains (values, json_object_get_string (value))))
    return TRUE;
  list = g_strjoinv (", ", (gchar **)values);
  return json_check_refuse (error, "Invalid value for '%s': it must be one of %s.", field, list);
}

static gboolean
check_type (json_object *object, const gchar *field, json_type type, GError **error)
{
  json_object *value = json_check_find (object, field);

  return value == NULL || json_object_is_type (value, type)
         || json_check_refuse (error, "Invalid type for '%s': it must be of type %s.", field,
                               json_type_to_name (type));
}

static gboolean
read_flag (json_object *body,
           const gchar *field,
           gboolean usual,
           gboolean *ret_flag,
           GError **error)
{
  json_object *value = json_check_find (body, field);

  *ret_flag = value != NULL ? json_object_get_boolean (value) : usual;
  return check_type (body, field, json_type_boolean, error);
}

static gboolean
read_flags (Request *request, json_object *body, GError **error)
{
  OmniCreate *create = request->create;

  if (!read_flag (body, "background", FALSE, &create->background, error)
      || !read_flag (body, "store", TRUE, &create->store, error)
      || !read_flag (body, "stream", FALSE, &create->stream, error))
    return FALSE;
  return !create->background || create->store
         || json_check_refuse (error, "'background' requires 'store' to be true.");
}

static gboolean
check_media (Request *request, json_object *part, GError **error)
{
  const gchar *type = json_check_get_string (part, "type");
  const gboolean is_image = g_str_equal (type, "image");
  json_object *data = json_check_find (part, "data");
  json_object *uri = json_check_find (part, "uri");
  const gchar *problem = NULL;

  if (!check_known (part, "input.content", media_fields, error))
    return FALSE;
  if ((data != NULL) == (uri != NULL))
    return json_check_refuse (error, "A part of type '%s' needs one of 'data' and 'uri'.", type);
  if (data != NULL || json_check_find (part, "mime_type") != NULL)
    {
      if (!json_check_is_one_of (json_check_find (part, "mime_type"),
                                 is_image ? image_types : video_types))
        return json_check_refuse (error, "Unsupported 'mime_type' of a part of type '%s'.", type);
    }
  if (data != NULL && is_image)
    problem = image_check_find_problem (data, json_check_get_string (part, "mime_type"));
  else if (data != NULL && !json_check_is_base64 (data))
    problem = "is not base64";
  if (problem != NULL)
    return json_check_refuse (error, "The 'data' of a part of type '%s' %s.", type, problem);
  request->n_images += is_image ? 1 : 0;
  request->n_videos += is_image ? 0 : 1;
  return TRUE;
}

static gboolean
check_part (Request *request, json_object *part, GError **error)
{
  const gchar *type = json_check_get_string (part, "type");
  const gchar *text = json_check_get_string (part, "text");

  if (type == NULL)
    return json_check_refuse (error, "A part of 'input' needs a 'type'.");
  if (g_strv_contains (media_types, type))
    return check_media (request, part, error);
  if (!g_str_equal (type, "text"))
    return json_check_refuse (error, "A part of type '%s' is not supported by this model.", type);
  if (!check_known (part, "input.content", text_fields, error))
    return FALSE;
  if (text == NULL)
    return json_check_refuse (error, "A part of type 'text' needs a 'text'.");
  if (request->text->len > 0)
    g_string_append_c (request->text, ' ');
  g_string_append (request->text, text);
  return TRUE;
}

/* [{"type":"user_input","content":[...]}] or the content itself; NULL = neither. */
static json_object *
find_content (json_object *input, GError **error)
{
  json_object *first = json_object_array_get_idx (input, 0);

  if (g_strcmp0 (json_check_get_string (first, "type"), "user_input") != 0)
    return input;
  if (json_object_array_length (input) != 1 || !check_known (first, "input", turn_fields, error)
      || !json_object_is_type (json_check_find (first, "content"), json_type_array))
    {
      g_clear_error (error);
      (void)json_check_refuse (error, "'input' needs to be one 'user_input' with a 'content'.");
      return NULL;
    }
  return json_check_find (first, "content");
}

static gboolean
read_input (Request *request, json_object *body, GError **error)
{
  json_object *input = json_check_find (body, "input");
  json_object *content = NULL;

  request->create->input = input;
  if (json_object_is_type (input, json_type_string))
    g_string_append (request->text, json_object_get_string (input));
  else if (json_object_is_type (input, json_type_array) && json_object_array_length (input) > 0)
    {
      content = find_content (input, error);
      if (content == NULL)
        return FALSE;
      request->create->input = content;
    }
  else
    return json_check_refuse (error, "'input' is required: a string or a list of content.");
  for (gsize i = 0; content != NULL && i < json_object_array_length (content); i++)
    {
      if (!check_part (request, json_object_array_get_idx (content, i), error))
        return FALSE;
    }
  return request->text->str[strspn (request->text->str, " \t\r\n")] != '\0'
         || json_check_refuse (error, "'input' needs a text that is not empty.");
}

static gboolean
read_duration (Request *request, json_object *format, GError **error)
{
  OmniCreate *create = request->create;
  const gchar *text = json_check_get_string (format, "duration");
  const int max_s = is_newer (request->model) ? 15 : 10;
  gchar *end = NULL;
  guint64 seconds = DEFAULT_DURATION_S;

  if (!check_type (format, "duration", json_type_string, error))
    return FALSE;
  if (text != NULL)
    {
      seconds = g_ascii_strtoull (text, &end, 10);
      if (!g_ascii_isdigit (text[0]) || !g_str_equal (end, "s") || strlen (text) > 4)
        return json_check_refuse (error,
                                  "Invalid value for 'duration': it must be a number of whole "
                                  "seconds, such as \"5s\".");
    }
  create->duration_s = (int)seconds;
  if (create->duration_s > max_s)
    create->late_error = g_strdup_printf ("Generation duration %d exceeds maximum duration %d.",
                                          create->duration_s, max_s);
  else if (create->duration_s < MIN_DURATION_S)
    create->late_error = g_strdup_printf ("Generation duration %d is below minimum duration %d.",
                                          create->duration_s, MIN_DURATION_S);
  return TRUE;
}

static gboolean
read_format (Request *request, json_object *body, GError **error)
{
  OmniCreate *create = request->create;
  json_object *format = json_check_find (body, "response_format");

  if (json_object_is_type (format, json_type_array) && json_object_array_length (format) == 1)
    format = json_object_array_get_idx (format, 0);
  if (!check_known (format, "response_format", format_fields, error)
      || !check_enum (format, "type", video_only, error)
      || !check_enum (format, "aspect_ratio", aspect_ratios, error)
      || !check_enum (format, "resolution", resolutions, error)
      || !check_enum (format, "delivery", deliveries, error)
      || !read_duration (request, format, error))
    return FALSE;
  create->portrait = g_strcmp0 (json_check_get_string (format, "aspect_ratio"), "9:16") == 0;
  create->wants_uri = g_strcmp0 (json_check_get_string (format, "delivery"), "uri") == 0;
  create->resolution = json_check_get_string (format, "resolution");
  if (create->resolution == NULL)
    create->resolution = "720p";
  return TRUE;
}

static gboolean
read_config (Request *request, json_object *body, GError **error)
{
  json_object *config = json_check_find (body, "generation_config");
  json_object *video = json_check_find (config, "video_config");

  if (!check_known (config, "generation_config", config_fields, error)
      || !check_type (config, "seed", json_type_int, error)
      || !check_known (video, "generation_config.video_config", video_config_fields, error)
      || !check_enum (video, "task", tasks, error))
    return FALSE;
  request->task = json_check_get_string (video, "task");
  return TRUE;
}

static gboolean
check_modalities (json_object *body, GError **error)
{
  json_object *list = json_check_find (body, "response_modalities");

  if (list == NULL
      || (json_object_is_type (list, json_type_array) && json_object_array_length (list) == 1
          && json_check_is_one_of (json_object_array_get_idx (list, 0), video_only)))
    return TRUE;
  return json_check_refuse (error, "'response_modalities' needs to be [\"video\"].");
}

static gboolean
read_rest (Request *request, json_object *body, GError **error)
{
  json_object *webhook = json_check_find (body, "webhook_config");

  request->create->labels = json_check_find (body, "labels");
  request->create->previous = json_check_get_string (body, "previous_interaction_id");
  return json_check_labels (request->create->labels, error)
         && check_type (body, "previous_interaction_id", json_type_string, error)
         && check_enum (body, "service_tier", tiers, error) && check_modalities (body, error)
         && check_known (webhook, "webhook_config", webhook_fields, error)
         && check_type (webhook, "uris", json_type_array, error)
         && check_type (webhook, "user_metadata", json_type_object, error);
}

/* Does every reference in the text have its image? */
static gboolean
check_references (const Request *request, guint *ret_n_references, GError **error)
{
  const gchar *at = request->text->str;
  guint64 seen = 0; /* a bit for each: a prompt may name one twice */

  while ((at = strstr (at, IMAGE_REF)) != NULL)
    {
      gchar *end = NULL;
      const guint64 number = g_ascii_strtoull (at + strlen (IMAGE_REF), &end, 10);

      if (*end != '>' || number >= request->n_images)
        return json_check_refuse (error, "The prompt refers to an image that is not there: %.16s",
                                  at);
      seen |= G_GUINT64_CONSTANT (1) << number;
      at = end;
    }
  *ret_n_references = 0;
  for (; seen != 0; seen >>= 1)
    *ret_n_references += seen & 1;
  return TRUE;
}

static gboolean
check_images (const Request *request, GError **error)
{
  const guint max_images = is_newer (request->model) ? 6 : 10;
  const gboolean has_first = strstr (request->text->str, FIRST_FRAME) != NULL;
  const gboolean has_last = strstr (request->text->str, LAST_FRAME) != NULL;
  const guint n_frames = (has_first ? 1u : 0u) + (has_last ? 1u : 0u);
  guint n_references = 0;

  if (request->n_images > max_images)
    return json_check_refuse (error, "At most %u images are supported.", max_images);
  if (!check_references (request, &n_references, error))
    return FALSE;
  if (has_last && !has_first)
    return json_check_refuse (error, LAST_FRAME " needs " FIRST_FRAME ".");
  if (request->n_images < n_frames)
    return json_check_refuse (error, "The prompt names %u frames, there are %u images.", n_frames,
                              request->n_images);
  if (request->n_images > n_frames + n_references)
    return json_check_refuse (error, "The emulator refuses images without a tag in the prompt "
                                     "(" FIRST_FRAME ", " IMAGE_REF "0>): the service may drop "
                                     "them.");
  return TRUE;
}

static gboolean
check_task (const Request *request, GError **error)
{
  const gboolean has_source = request->create->previous != NULL || request->n_videos > 0;

  if (request->task == NULL)
    return TRUE;
  if (g_str_equal (request->task, "text_to_video"))
    return request->n_images == 0 || json_check_refuse (error, "'text_to_video' takes no image.");
  if (g_str_has_suffix (request->task, "_to_video"))
    return request->n_images > 0
           || json_check_refuse (error, "'%s' needs an image.", request->task);
  return has_source
         || json_check_refuse (error, "'%s' needs 'previous_interaction_id' or a video.",
                               request->task);
}

static gboolean
check_all (Request *request, json_object *body, GError **error)
{
  return check_known (body, "", top_fields, error) && read_flags (request, body, error)
         && read_input (request, body, error) && read_format (request, body, error)
         && read_config (request, body, error) && read_rest (request, body, error)
         && check_images (request, error) && check_task (request, error);
}

gboolean
omni_check_create (const gchar *model, json_object *body, OmniCreate *ret_create, GError **error)
{
  Request request = { .model = model, .create = ret_create, .text = g_string_new (NULL) };
  const gboolean good = check_all (&request, body, error);

  ret_create->prompt = g_string_free (request.text, FALSE);
  return good;
}
