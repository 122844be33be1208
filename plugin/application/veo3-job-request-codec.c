/* SPDX-License-Identifier: MIT */
/*
 * Requests in jobs.json. Pure; an object belongs to one thread at a time.
 *
 * Must not: write a member for what is not said. Files of older versions stay as they are, and so
 * do the digests of their jobs.
 */
#include "plugin/application/veo3-job-request-codec.h"

/* ---- reading ---- */

static gboolean
read_seed (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3ClipOptions *options)
{
  gint64 seed = -1;

  if (!veo3_json_place_read_int (place, object, "seed", &seed))
    return FALSE;
  if (seed > G_MAXUINT32)
    return veo3_json_place_complain (place, "seed", "must be at most 4294967295");
  options->has_seed = seed >= 0;
  options->seed = seed >= 0 ? (guint32)seed : 0;
  return TRUE;
}

static gboolean
read_audio (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3ClipOptions *options)
{
  g_autofree char *audio = NULL;

  if (!veo3_json_place_read_string (place, object, "audio", &audio))
    return FALSE;
  if (audio == NULL)
    return TRUE;
  if (!g_str_equal (audio, "keep") && !g_str_equal (audio, "strip"))
    return veo3_json_place_complain (place, "audio", "must be keep or strip");
  options->audio = g_str_equal (audio, "strip") ? VEO3_AUDIO_STRIP : VEO3_AUDIO_KEEP;
  return TRUE;
}

static gboolean
read_image (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3ClipOptions *options)
{
  g_autofree char *role_name = NULL;
  g_autofree char *path = NULL;
  g_autoptr (Veo3ClipImage) image = NULL;
  Veo3ImageRole role = VEO3_IMAGE_FIRST_FRAME;

  if (!json_object_is_type (object, json_type_object))
    return veo3_json_place_complain (place, "role", "is missing: not an object");
  if (!veo3_json_place_read_string (place, object, "role", &role_name)
      || !veo3_json_place_read_string (place, object, "path", &path))
    return FALSE;
  if (!veo3_image_role_from_string (role_name, &role))
    return veo3_json_place_complain (place, "role", "is none that this version knows");
  if (path == NULL || path[0] == '\0')
    return veo3_json_place_complain (place, "path", "is missing");
  image = veo3_clip_image_new (role, path);
  if (!veo3_json_place_read_string (place, object, "sha256", &image->sha256))
    return FALSE;
  veo3_clip_options_add_image (options, g_steal_pointer (&image));
  return TRUE;
}

static gboolean
read_images (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3ClipOptions *options)
{
  Veo3JsonObject *array = json_object_object_get (object, "images");

  if (array == NULL)
    return TRUE;
  if (!json_object_is_type (array, json_type_array))
    return veo3_json_place_complain (place, "images", "must be an array of objects");
  for (gsize i = 0; i < json_object_array_length (array); i++)
    {
      g_autofree char *inner = g_strdup_printf ("images[%zu].", i);
      Veo3JsonPlace at = *place;

      at.inner = inner;
      if (!read_image (&at, json_object_array_get_idx (array, i), options))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_options (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3ClipOptions *options)
{
  return veo3_json_place_read_string (place, object, "aspect_ratio", &options->aspect_ratio)
         && veo3_json_place_read_string (place, object, "resolution", &options->resolution)
         && veo3_json_place_read_string (place, object, "negative_prompt",
                                         &options->negative_prompt)
         && veo3_json_place_read_string (place, object, "person_generation",
                                         &options->person_generation)
         && read_seed (place, object, options) && read_audio (place, object, options)
         && read_images (place, object, options);
}

static gboolean
read_measure (const Veo3JsonPlace *place, Veo3JsonObject *object, const char *field, int *ret_value)
{
  gint64 value = 0;

  if (!veo3_json_place_read_int (place, object, field, &value))
    return FALSE;
  *ret_value = (int)MIN (value, G_MAXINT);
  return TRUE;
}

static gboolean
read_media (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3ClipMedia *media)
{
  return read_measure (place, object, "clip_duration_ms", &media->duration_ms)
         && read_measure (place, object, "clip_width", &media->width)
         && read_measure (place, object, "clip_height", &media->height);
}

gboolean
veo3_job_request_codec_read (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3Job *job)
{
  gint64 duration_s = 0;

  if (!veo3_json_place_read_string (place, object, "prompt", &job->request.prompt)
      || !veo3_json_place_read_string (place, object, "narrative_anchor", &job->narrative_anchor)
      || !veo3_json_place_read_string (place, object, "request_sha256", &job->request_sha256)
      || !veo3_json_place_read_int (place, object, "duration_s", &duration_s)
      || !read_options (place, object, &job->request.options)
      || !read_media (place, object, &job->media))
    return FALSE;
  job->request.duration_s = (int)MIN (duration_s, G_MAXINT16);
  job->request.idempotent_key = g_strdup (job->idempotent_key);
  return TRUE;
}

/* ---- writing ---- */

/* A member that is there only where something is said. */
static void
put_said (Veo3JsonObject *object, const char *field, gboolean is_said, Veo3JsonObject *value)
{
  if (is_said)
    veo3_json_put (object, field, value);
  else
    json_object_object_del (object, field);
}

static Veo3JsonObject *
make_string (const char *text)
{
  return text == NULL ? NULL : json_object_new_string (text);
}

static void
put_said_string (Veo3JsonObject *object, const char *field, const char *text)
{
  put_said (object, field, text != NULL, make_string (text));
}

static void
put_measure (Veo3JsonObject *object, const char *field, int value)
{
  put_said (object, field, value > 0, value > 0 ? json_object_new_int (value) : NULL);
}

static Veo3JsonObject *
make_images (GPtrArray *images)
{
  Veo3JsonObject *array = json_object_new_array ();

  for (guint i = 0; i < images->len; i++)
    {
      const Veo3ClipImage *image = g_ptr_array_index (images, i);
      Veo3JsonObject *object = json_object_new_object ();

      veo3_json_put_string (object, "role", veo3_image_role_to_string (image->role));
      veo3_json_put_string (object, "path", image->path);
      put_said_string (object, "sha256", image->sha256);
      (void)json_object_array_add (array, object);
    }
  return array;
}

void
veo3_job_request_codec_write (Veo3JsonObject *object, const Veo3Job *job)
{
  const Veo3ClipOptions *options = &job->request.options;

  veo3_json_put_string (object, "prompt", job->request.prompt);
  veo3_json_put_string (object, "narrative_anchor", job->narrative_anchor);
  veo3_json_put (object, "duration_s", json_object_new_int (job->request.duration_s));
  veo3_json_put_string (object, "aspect_ratio", options->aspect_ratio);
  veo3_json_put_string (object, "resolution", options->resolution);
  put_said_string (object, "negative_prompt", options->negative_prompt);
  put_said (object, "seed", options->has_seed,
            options->has_seed ? json_object_new_int64 (options->seed) : NULL);
  put_said_string (object, "person_generation", options->person_generation);
  put_said_string (object, "audio", options->audio == VEO3_AUDIO_STRIP ? "strip" : NULL);
  put_said (object, "images", options->images != NULL,
            options->images != NULL ? make_images (options->images) : NULL);
  put_measure (object, "clip_duration_ms", job->media.duration_ms);
  put_measure (object, "clip_width", job->media.width);
  put_measure (object, "clip_height", job->media.height);
  veo3_json_put_string (object, "request_sha256", job->request_sha256);
}
