/* SPDX-License-Identifier: MIT */
/*
 * Pictures of a request. Pure. Whether a model takes them is not asked here: that is the table of
 * what models can do.
 */
#include "plugin/adapters/clip-images.h"

#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/json-request.h"

guint
clip_images_count (const Veo3ClipOptions *options)
{
  return options->images != NULL ? options->images->len : 0;
}

gboolean
clip_images_check (const Veo3ClipOptions *options, GError **error)
{
  for (guint i = 0; i < clip_images_count (options); i++)
    {
      const Veo3ClipImage *image = g_ptr_array_index (options->images, i);

      if (image->bytes != NULL && g_bytes_get_size (image->bytes) > 0 && image->mime_type != NULL)
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "the image %s was not read before the request", image->path);
      return FALSE;
    }
  return TRUE;
}

const Veo3ClipImage *
clip_images_get (const Veo3ClipOptions *options, Veo3ImageRole role, guint n_th)
{
  for (guint i = 0; i < clip_images_count (options); i++)
    {
      const Veo3ClipImage *image = g_ptr_array_index (options->images, i);

      if (image->role == role && n_th-- == 0)
        return image;
    }
  return NULL;
}

json_object *
clip_images_build (const Veo3ClipImage *image, const char *data, const char *type)
{
  g_autoptr (json_object) object = json_object_new_object ();

  if (object == NULL || !json_request_add (object, data, json_request_new_base64 (image->bytes))
      || !json_request_add (object, type, json_object_new_string (image->mime_type)))
    return NULL;
  return g_steal_pointer (&object);
}
