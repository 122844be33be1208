/* SPDX-License-Identifier: MIT */
/*
 * The input of an interaction. Pure. A prompt whose author set the tags is sent as it is: they know
 * better which sentence is about which picture.
 */
#include "plugin/adapters/omni-input.h"

#include <string.h>

#include "plugin/adapters/clip-images.h"
#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/json-request.h"

static const Veo3ImageRole roles[]
    = { VEO3_IMAGE_FIRST_FRAME, VEO3_IMAGE_LAST_FRAME, VEO3_IMAGE_REFERENCE };

static char *
dup_tag (Veo3ImageRole role, guint n_th)
{
  if (role == VEO3_IMAGE_REFERENCE)
    return g_strdup_printf ("<IMAGE_REF_%u>", n_th);
  return g_strdup (role == VEO3_IMAGE_FIRST_FRAME ? "<FIRST_FRAME>" : "<LAST_FRAME>");
}

char *
omni_input_dup_text (const Veo3ClipRequest *request)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    for (guint n = 0; clip_images_get (&request->options, roles[i], n) != NULL; n++)
      {
        g_autofree char *tag = dup_tag (roles[i], n);

        if (strstr (request->prompt, tag) == NULL)
          g_string_append_printf (text, "%s ", tag);
      }
  g_string_append (text, request->prompt);
  return g_string_free (text, FALSE);
}

static json_object *
build_image (const Veo3ClipImage *image)
{
  g_autoptr (json_object) part = clip_images_build (image, "data", "mime_type");

  if (part == NULL || !json_request_add (part, "type", json_object_new_string ("image")))
    return NULL;
  return g_steal_pointer (&part);
}

static json_object *
build_text (const Veo3ClipRequest *request)
{
  g_autoptr (json_object) part = json_object_new_object ();
  g_autofree char *text = omni_input_dup_text (request);

  if (part == NULL || !json_request_add (part, "type", json_object_new_string ("text"))
      || !json_request_add (part, "text", json_object_new_string (text)))
    return NULL;
  return g_steal_pointer (&part);
}

static gboolean
append_images (json_object *parts, const Veo3ClipOptions *options, Veo3ImageRole role)
{
  const Veo3ClipImage *image;

  for (guint n = 0; (image = clip_images_get (options, role, n)) != NULL; n++)
    if (!json_request_append (parts, build_image (image)))
      return FALSE;
  return TRUE;
}

json_object *
omni_input_build (const Veo3ClipRequest *request)
{
  g_autoptr (json_object) parts = NULL;

  if (clip_images_count (&request->options) == 0)
    return json_object_new_string (request->prompt);
  parts = json_object_new_array ();
  if (parts == NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if (!append_images (parts, &request->options, roles[i]))
      return NULL;
  if (!json_request_append (parts, build_text (request)))
    return NULL;
  return g_steal_pointer (&parts);
}

const char *
omni_input_get_task (const Veo3ClipOptions *options)
{
  gboolean has_frame = clip_images_get (options, VEO3_IMAGE_FIRST_FRAME, 0) != NULL;
  gboolean has_last = clip_images_get (options, VEO3_IMAGE_LAST_FRAME, 0) != NULL;
  gboolean has_reference = clip_images_get (options, VEO3_IMAGE_REFERENCE, 0) != NULL;

  /* Two frames, or frames and references, have the tags alone. */
  if (has_frame && !has_last && !has_reference)
    return "image_to_video";
  return has_reference && !has_frame && !has_last ? "reference_to_video" : NULL;
}
