/* SPDX-License-Identifier: MIT */
/*
 * What the pictures of a start are. Belongs to one thread at a time: looking is a helper thread's.
 */
#include "plugin/application/veo3-prompt-images.h"

#include "plugin/application/veo3-background.h"
#include "plugin/application/veo3-clip-images.h"
#include "plugin/application/veo3-prompt-reader.h"

/* One file, however many clips are made from it. */
typedef struct
{
  Veo3ClipImage *image; /* (owned) its role means nothing */
  char *problem;        /* (owned) (nullable) */
} Picture;

struct _Veo3PromptImages
{
  GHashTable *pictures; /* (owned) path (borrowed from the picture) -> Picture */
};

static void
picture_free (Picture *picture)
{
  veo3_clip_image_free (picture->image);
  g_free (picture->problem);
  g_free (picture);
}

static void
add_images (Veo3PromptImages *self, const Veo3ClipOptions *options)
{
  for (guint i = 0; options->images != NULL && i < options->images->len; i++)
    {
      const Veo3ClipImage *image = g_ptr_array_index (options->images, i);
      Picture *picture;

      if (g_hash_table_contains (self->pictures, image->path))
        continue;
      picture = g_new0 (Picture, 1);
      picture->image = veo3_clip_image_new (image->role, image->path);
      g_hash_table_insert (self->pictures, picture->image->path, picture);
    }
}

Veo3PromptImages *
veo3_prompt_images_new (GPtrArray *prompts, const Veo3ClipOptions *fallback)
{
  g_autoptr (Veo3PromptImages) self = g_new0 (Veo3PromptImages, 1);

  self->pictures
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)picture_free);
  for (guint i = 0; prompts != NULL && i < prompts->len; i++)
    {
      const Veo3Prompt *prompt = g_ptr_array_index (prompts, i);

      add_images (self, prompt->options.images != NULL ? &prompt->options : fallback);
    }
  return g_hash_table_size (self->pictures) > 0 ? g_steal_pointer (&self) : NULL;
}

void
veo3_prompt_images_free (Veo3PromptImages *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->pictures);
  g_free (self);
}

void
veo3_prompt_images_look (Veo3PromptImages *self, int workspace_fd, GCancellable *cancellable)
{
  GHashTableIter all;
  gpointer value = NULL;

  g_hash_table_iter_init (&all, self->pictures);
  while (g_hash_table_iter_next (&all, NULL, &value) && !g_cancellable_is_cancelled (cancellable))
    {
      Picture *picture = value;
      g_autoptr (GError) error = NULL;

      if (!veo3_clip_images_look (workspace_fd, picture->image, &error))
        picture->problem = g_strdup (error->message);
    }
}

typedef struct
{
  Veo3PromptImages *images; /* (borrowed) */
  int workspace_fd;
  GCancellable *cancellable; /* (owned) */
  Veo3PromptImagesLooked callback;
  gpointer user_data;
} Look;

static void
look_in_thread (gpointer work)
{
  Look *look = work;

  veo3_prompt_images_look (look->images, look->workspace_fd, look->cancellable);
}

static void
on_looked (gpointer work)
{
  g_autofree Look *look = work;

  g_object_unref (look->cancellable);
  look->callback (look->user_data);
}

void
veo3_prompt_images_look_async (Veo3PromptImages *self,
                               int workspace_fd,
                               GCancellable *cancellable,
                               Veo3PromptImagesLooked callback,
                               gpointer user_data)
{
  Look *look = g_new0 (Look, 1);

  *look = (Look){ .images = self,
                  .workspace_fd = workspace_fd,
                  .cancellable = g_object_ref (cancellable),
                  .callback = callback,
                  .user_data = user_data };
  veo3_background_run ("veo3-look", look, look_in_thread, on_looked);
}

/* Where a picture is asked for, as people find it. Returns: (transfer full) */
static char *
describe_place (const Veo3ClipImage *image, guint index, gboolean is_setting)
{
  const char *field = veo3_clip_images_get_field (image->role);
  g_autofree char *key = g_strdelimit (g_strdup (field), "_", '-');

  return is_setting ? g_strdup_printf ("setting %s", key)
                    : g_strdup_printf (VEO3_ASSETS_FILE_NAME ": veo3_prompts[%u].%s", index, field);
}

static void
settle_image (const Veo3PromptImages *self,
              Veo3Prompt *prompt,
              Veo3ClipImage *image,
              const char *place)
{
  const Picture *picture = g_hash_table_lookup (self->pictures, image->path);

  g_free (image->sha256);
  image->sha256 = g_strdup (picture->image->sha256);
  image->mime_type = picture->image->mime_type;
  if (picture->problem != NULL && prompt->problem == NULL)
    prompt->problem = g_strdup_printf ("%s: %s", place, picture->problem);
}

/* Returns whether the pictures are those of the settings. */
static gboolean
take_fallback (Veo3Prompt *prompt, const Veo3ClipOptions *fallback)
{
  const Veo3ClipOptions only_images = { .images = fallback->images };
  const Veo3ClipOptions none = { 0 };
  g_auto (Veo3ClipOptions) copy = { 0 };

  if (prompt->options.images != NULL || fallback->images == NULL)
    return FALSE;
  veo3_clip_options_merge (&only_images, &none, &copy);
  prompt->options.images = g_steal_pointer (&copy.images);
  return TRUE;
}

void
veo3_prompt_images_settle (const Veo3PromptImages *self,
                           GPtrArray *prompts,
                           const Veo3ClipOptions *fallback)
{
  for (guint i = 0; prompts != NULL && i < prompts->len; i++)
    {
      Veo3Prompt *prompt = g_ptr_array_index (prompts, i);
      gboolean is_setting = take_fallback (prompt, fallback);
      GPtrArray *images = prompt->options.images;

      for (guint k = 0; images != NULL && k < images->len; k++)
        {
          Veo3ClipImage *image = g_ptr_array_index (images, k);
          g_autofree char *place = describe_place (image, i, is_setting);

          settle_image (self, prompt, image, place);
        }
    }
}
