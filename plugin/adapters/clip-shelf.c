/* SPDX-License-Identifier: MIT */
/*
 * A table of open files, by folder and name. On the worker alone. Must not outlive the folder's
 * lock: its files are removed when it goes.
 */
#include "plugin/adapters/clip-shelf.h"

#include <sys/stat.h>

struct _ClipShelf
{
  GHashTable *kept; /* (owned) folder and name -> Kept (owned) */
};

/** Kept: a beginning. */
typedef struct
{
  ClipFile *file; /* (owned) (nullable) */
  ClipResume resume;
  char *address; /* (owned) */
} Kept;

static void
kept_free (gpointer data)
{
  Kept *self = data;

  clip_file_free (self->file);
  clip_resume_clear (&self->resume);
  g_free (self->address);
  g_free (self);
}

/* A folder's number, because each call has a descriptor of its own. */
static char *
make_key (const ClipShelfPlace *place)
{
  struct stat info;

  if (fstat (place->dir_fd, &info) != 0)
    return NULL;
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT "/%s", (guint64)info.st_dev,
                          (guint64)info.st_ino, place->file_name);
}

ClipShelf *
clip_shelf_new (void)
{
  ClipShelf *self = g_new0 (ClipShelf, 1);

  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, kept_free);
  return self;
}

void
clip_shelf_put (ClipShelf *self, const ClipShelfPlace *place, ClipFile *file, ClipResume *resume)
{
  char *key = make_key (place);
  Kept *kept;

  if (key == NULL || g_hash_table_size (self->kept) >= CLIP_SHELF_MAX)
    {
      g_free (key);
      clip_file_free (file);
      clip_resume_clear (resume);
      return;
    }
  kept = g_new0 (Kept, 1);
  kept->file = file;
  kept->resume = *resume;
  kept->address = g_strdup (place->address);
  *resume = (ClipResume){ .validator = NULL };
  g_hash_table_replace (self->kept, key, kept);
}

ClipFile *
clip_shelf_take (ClipShelf *self, const ClipShelfPlace *place, ClipResume *ret_resume)
{
  g_autofree char *key = make_key (place);
  Kept *kept = key != NULL ? g_hash_table_lookup (self->kept, key) : NULL;
  ClipFile *file = NULL;

  *ret_resume = (ClipResume){ .validator = NULL };
  if (kept == NULL)
    return NULL;
  if (g_str_equal (kept->address, place->address) && clip_file_is_intact (kept->file))
    {
      file = g_steal_pointer (&kept->file);
      *ret_resume = kept->resume;
      kept->resume = (ClipResume){ .validator = NULL };
    }
  g_hash_table_remove (self->kept, key);
  return file;
}

void
clip_shelf_free (ClipShelf *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->kept);
  g_free (self);
}
