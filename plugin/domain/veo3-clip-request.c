/* SPDX-License-Identifier: MIT */
/*
 * The data of a request and its digest. Pure: the files that images name are read elsewhere.
 */
#include "plugin/domain/veo3-clip-request.h"

#include <string.h>

static const char *const role_names[] = { "first_frame", "last_frame", "reference" };
G_STATIC_ASSERT (G_N_ELEMENTS (role_names) == VEO3_IMAGE_REFERENCE + 1);

Veo3ClipImage *
veo3_clip_image_new (Veo3ImageRole role, const char *path)
{
  Veo3ClipImage *image = g_new0 (Veo3ClipImage, 1);

  image->role = role;
  image->path = g_strdup (path);
  return image;
}

void
veo3_clip_image_free (Veo3ClipImage *image)
{
  if (image == NULL)
    return;
  g_free (image->path);
  g_free (image->sha256);
  g_clear_pointer (&image->bytes, g_bytes_unref);
  g_free (image);
}

const char *
veo3_image_role_to_string (Veo3ImageRole role)
{
  g_return_val_if_fail ((guint)role < G_N_ELEMENTS (role_names), NULL);
  return role_names[role];
}

gboolean
veo3_image_role_from_string (const char *name, Veo3ImageRole *ret_role)
{
  for (guint i = 0; i < G_N_ELEMENTS (role_names); i++)
    if (g_strcmp0 (name, role_names[i]) == 0)
      {
        *ret_role = (Veo3ImageRole)i;
        return TRUE;
      }
  return FALSE;
}

void
veo3_clip_options_add_image (Veo3ClipOptions *options, Veo3ClipImage *image)
{
  if (options->images == NULL)
    options->images = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_clip_image_free);
  g_ptr_array_add (options->images, image);
}

guint
veo3_clip_options_count_images (const Veo3ClipOptions *options, Veo3ImageRole role)
{
  guint count = 0;

  for (guint i = 0; options->images != NULL && i < options->images->len; i++)
    count += ((const Veo3ClipImage *)g_ptr_array_index (options->images, i))->role == role;
  return count;
}

static gpointer
copy_image (gconstpointer data, gpointer user_data)
{
  const Veo3ClipImage *image = data;
  Veo3ClipImage *copy = veo3_clip_image_new (image->role, image->path);

  (void)user_data;
  copy->sha256 = g_strdup (image->sha256);
  copy->mime_type = image->mime_type;
  copy->bytes = image->bytes != NULL ? g_bytes_ref (image->bytes) : NULL;
  return copy;
}

static char *
choose_text (const char *text, const char *fallback)
{
  return g_strdup (text != NULL ? text : fallback);
}

void
veo3_clip_options_merge (const Veo3ClipOptions *options,
                         const Veo3ClipOptions *fallback,
                         Veo3ClipOptions *ret)
{
  const Veo3ClipOptions *seeded = options->has_seed ? options : fallback;
  GPtrArray *images = options->images != NULL ? options->images : fallback->images;

  veo3_clip_options_clear (ret);
  ret->aspect_ratio = choose_text (options->aspect_ratio, fallback->aspect_ratio);
  ret->resolution = choose_text (options->resolution, fallback->resolution);
  ret->negative_prompt = choose_text (options->negative_prompt, fallback->negative_prompt);
  ret->person_generation = choose_text (options->person_generation, fallback->person_generation);
  ret->has_seed = seeded->has_seed;
  ret->seed = seeded->seed;
  ret->audio = options->audio != VEO3_AUDIO_UNSAID ? options->audio : fallback->audio;
  for (guint i = 0; images != NULL && i < images->len; i++)
    veo3_clip_options_add_image (ret, copy_image (g_ptr_array_index (images, i), NULL));
}

void
veo3_clip_options_clear (Veo3ClipOptions *options)
{
  g_free (options->aspect_ratio);
  g_free (options->resolution);
  g_free (options->negative_prompt);
  g_free (options->person_generation);
  g_clear_pointer (&options->images, g_ptr_array_unref);
  *options = (Veo3ClipOptions){ 0 };
}

void
veo3_clip_request_clear (Veo3ClipRequest *request)
{
  g_free (request->idempotent_key);
  g_free (request->prompt);
  veo3_clip_options_clear (&request->options);
  *request = (Veo3ClipRequest){ 0 };
}

/* Length and text: no two different field lists give the same bytes. */
static void
digest_field (GChecksum *checksum, const char *text)
{
  g_autofree char *length = g_strdup_printf ("%zu:", text == NULL ? 0 : strlen (text));

  g_checksum_update (checksum, (const guchar *)length, -1);
  if (text != NULL)
    g_checksum_update (checksum, (const guchar *)text, -1);
}

/* A named field only where something is said. */
static void
digest_option (GChecksum *checksum, const char *name, const char *text)
{
  if (text == NULL)
    return;
  digest_field (checksum, name);
  digest_field (checksum, text);
}

static void
digest_images (GChecksum *checksum, const Veo3ClipOptions *options)
{
  for (guint i = 0; options->images != NULL && i < options->images->len; i++)
    {
      const Veo3ClipImage *image = g_ptr_array_index (options->images, i);

      /* The same picture under another name is the same wish. */
      digest_option (checksum, veo3_image_role_to_string (image->role),
                     image->sha256 != NULL ? image->sha256 : image->path);
    }
}

char *
veo3_clip_request_digest (const Veo3ClipRequest *request, const char *provider, const char *model)
{
  const Veo3ClipOptions *options = &request->options;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *duration_s = g_strdup_printf ("%d", request->duration_s);
  g_autofree char *seed
      = options->has_seed ? g_strdup_printf ("%" G_GUINT32_FORMAT, options->seed) : NULL;

  digest_field (checksum, provider);
  digest_field (checksum, model);
  digest_field (checksum, request->prompt);
  digest_field (checksum, options->aspect_ratio);
  digest_field (checksum, options->resolution);
  digest_field (checksum, duration_s);
  digest_option (checksum, "negative_prompt", options->negative_prompt);
  digest_option (checksum, "person_generation", options->person_generation);
  digest_option (checksum, "seed", seed);
  digest_option (checksum, "audio", options->audio == VEO3_AUDIO_STRIP ? "strip" : NULL);
  digest_images (checksum, options);
  return g_strdup (g_checksum_get_string (checksum));
}
