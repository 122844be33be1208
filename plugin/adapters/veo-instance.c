/* SPDX-License-Identifier: MIT */
/*
 * The instance of a Veo request. Pure. A request has one: for each more there would be a clip, and
 * a price.
 */
#include "plugin/adapters/veo-instance.h"

#include "plugin/adapters/clip-images.h"
#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/json-request.h"

static json_object *
build_image (const Veo3ClipImage *image)
{
  return clip_images_build (image, "bytesBase64Encoded", "mimeType");
}

/* What is not there takes no member. */
static gboolean
add_frame (json_object *instance,
           const char *name,
           const Veo3ClipOptions *options,
           Veo3ImageRole role)
{
  const Veo3ClipImage *image = clip_images_get (options, role, 0);

  return image == NULL || json_request_add (instance, name, build_image (image));
}

static json_object *
build_reference (const Veo3ClipImage *image)
{
  g_autoptr (json_object) reference = json_object_new_object ();

  if (reference == NULL || !json_request_add (reference, "image", build_image (image))
      || !json_request_add (reference, "referenceType", json_object_new_string ("asset")))
    return NULL;
  return g_steal_pointer (&reference);
}

static json_object *
build_references (const Veo3ClipOptions *options)
{
  g_autoptr (json_object) references = json_object_new_array ();
  const Veo3ClipImage *image;

  for (guint i = 0; (image = clip_images_get (options, VEO3_IMAGE_REFERENCE, i)) != NULL; i++)
    if (references == NULL || !json_request_append (references, build_reference (image)))
      return NULL;
  return g_steal_pointer (&references);
}

json_object *
veo_instance_build_all (const Veo3ClipRequest *request)
{
  const Veo3ClipOptions *options = &request->options;
  g_autoptr (json_object) instance = json_object_new_object ();
  g_autoptr (json_object) instances = json_object_new_array ();

  if (instance == NULL || instances == NULL
      || !json_request_add (instance, "prompt", json_object_new_string (request->prompt))
      || !add_frame (instance, "image", options, VEO3_IMAGE_FIRST_FRAME)
      || !add_frame (instance, "lastFrame", options, VEO3_IMAGE_LAST_FRAME)
      || (clip_images_get (options, VEO3_IMAGE_REFERENCE, 0) != NULL
          && !json_request_add (instance, "referenceImages", build_references (options)))
      || !json_request_append (instances, g_steal_pointer (&instance)))
    return NULL;
  return g_steal_pointer (&instances);
}
