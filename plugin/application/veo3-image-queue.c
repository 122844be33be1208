/* SPDX-License-Identifier: MIT */
/*
 * A queue of loads, of which the first is under way. On the owner's thread but for the loading.
 */
#include "plugin/application/veo3-image-queue.h"

#include "plugin/application/veo3-background.h"
#include "plugin/application/veo3-clip-images.h"

typedef struct
{
  Veo3ImageQueue *queue;     /* (borrowed) */
  int workspace_fd;          /* (borrowed) */
  Veo3ClipOptions ordered;   /* (owned) of which only the images are set */
  GCancellable *cancellable; /* (owned) */
  Veo3ImagesLoaded callback;
  gpointer user_data;
  GPtrArray *loaded; /* (owned) (nullable) */
  GError *error;     /* (owned) (nullable) */
} Load;

struct _Veo3ImageQueue
{
  int workspace_fd; /* (borrowed) */
  GQueue loads;     /* (element-type Load) (owned) the first one is under way */
};

static void
load_free (Load *load)
{
  veo3_clip_options_clear (&load->ordered);
  g_object_unref (load->cancellable);
  g_clear_pointer (&load->loaded, g_ptr_array_unref);
  g_clear_error (&load->error);
  g_free (load);
}

Veo3ImageQueue *
veo3_image_queue_new (int workspace_fd)
{
  Veo3ImageQueue *self = g_new0 (Veo3ImageQueue, 1);

  self->workspace_fd = workspace_fd;
  g_queue_init (&self->loads);
  return self;
}

void
veo3_image_queue_free (Veo3ImageQueue *self)
{
  if (self == NULL)
    return;
  g_assert (g_queue_is_empty (&self->loads));
  g_free (self);
}

static void
work (gpointer data)
{
  Load *load = data;

  load->loaded = veo3_clip_images_load (load->workspace_fd, load->ordered.images, load->cancellable,
                                        &load->error);
}

static void begin_first (Veo3ImageQueue *self);

static void
on_worked (gpointer data)
{
  Load *load = data;
  Veo3ImageQueue *self = load->queue;

  /* Before the next one: what this one has taken up of memory is free by then. */
  load->callback (g_steal_pointer (&load->loaded), load->error, load->user_data);
  (void)g_queue_pop_head (&self->loads);
  load_free (load);
  begin_first (self);
}

static void
begin_first (Veo3ImageQueue *self)
{
  Load *load = g_queue_peek_head (&self->loads);

  if (load != NULL)
    veo3_background_run ("veo3-images", load, work, on_worked);
}

void
veo3_image_queue_load (Veo3ImageQueue *self,
                       GPtrArray *images,
                       GCancellable *cancellable,
                       Veo3ImagesLoaded callback,
                       gpointer user_data)
{
  const Veo3ClipOptions ordered = { .images = images };
  const Veo3ClipOptions none = { 0 };
  Load *load = g_new0 (Load, 1);
  gboolean is_first = g_queue_is_empty (&self->loads);

  *load = (Load){ .queue = self,
                  .workspace_fd = self->workspace_fd,
                  .cancellable = g_object_ref (cancellable),
                  .callback = callback,
                  .user_data = user_data };
  veo3_clip_options_merge (&ordered, &none, &load->ordered);
  g_queue_push_tail (&self->loads, load);
  if (is_first)
    begin_first (self);
}
