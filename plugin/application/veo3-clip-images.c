/* SPDX-License-Identifier: MIT */
/*
 * Reading pictures. No state, any thread; the loop of the worker leaves it to helper threads.
 *
 * Must not: follow a link out of the workspace, or believe the name of a file.
 */
#include "plugin/application/veo3-clip-images.h"

#include <string.h>

#include "plugin/application/veo3-file.h"

#define PATH_MAX_BYTES 1024

const char *
veo3_clip_images_get_field (Veo3ImageRole role)
{
  return role == VEO3_IMAGE_REFERENCE ? "reference_images" : veo3_image_role_to_string (role);
}

static gboolean
has_control (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

static gboolean
leads_up (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  return g_strv_contains ((const char *const *)parts, "..");
}

const char *
veo3_clip_images_find_path_problem (const char *path)
{
  if (path == NULL || *path == '\0')
    return "is empty";
  if (strlen (path) > PATH_MAX_BYTES || !g_utf8_validate (path, -1, NULL) || has_control (path))
    return "is no path of a file";
  if (g_path_is_absolute (path) || leads_up (path))
    return "must be a path within the workspace, such as \"pictures/octopus.png\"";
  return NULL;
}

/* By the content: a name may say anything. */
static const char *
find_mime_type (const guint8 *data, gsize length_bytes)
{
  static const guint8 png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  static const guint8 jpeg[] = { 0xff, 0xd8, 0xff };

  if (length_bytes >= sizeof png && memcmp (data, png, sizeof png) == 0)
    return "image/png";
  if (length_bytes >= sizeof jpeg && memcmp (data, jpeg, sizeof jpeg) == 0)
    return "image/jpeg";
  return NULL;
}

static gboolean
check_content (const char *path, const char *data, gsize length_bytes, GError **error)
{
  if (find_mime_type ((const guint8 *)data, length_bytes) != NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               length_bytes == 0 ? "%s: is empty" : "%s: is neither a PNG nor a JPEG picture",
               path);
  return FALSE;
}

/* Returns: (transfer full) (nullable) */
static GBytes *
read_picture (int workspace_fd, const char *path, GError **error)
{
  const char *problem = veo3_clip_images_find_path_problem (path);
  gsize length_bytes = 0;
  g_autofree char *data = NULL;

  if (problem != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, "its path %s", problem);
      return NULL;
    }
  data = veo3_file_read (workspace_fd, path, VEO3_CLIP_IMAGE_MAX_BYTES, &length_bytes, error);
  if (data == NULL || !check_content (path, data, length_bytes, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), length_bytes);
}

static void
describe (GBytes *bytes, Veo3ClipImage *image)
{
  gsize length_bytes = 0;
  const guint8 *data = g_bytes_get_data (bytes, &length_bytes);

  g_free (image->sha256);
  image->sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, length_bytes);
  image->mime_type = find_mime_type (data, length_bytes);
}

gboolean
veo3_clip_images_look (int workspace_fd, Veo3ClipImage *image, GError **error)
{
  g_autoptr (GBytes) bytes = read_picture (workspace_fd, image->path, error);

  if (bytes == NULL)
    return FALSE;
  describe (bytes, image);
  return TRUE;
}

/* Returns: (transfer full) (nullable) */
static Veo3ClipImage *
load (int workspace_fd, const Veo3ClipImage *ordered, GError **error)
{
  g_autoptr (Veo3ClipImage) image = veo3_clip_image_new (ordered->role, ordered->path);

  image->bytes = read_picture (workspace_fd, ordered->path, error);
  if (image->bytes == NULL)
    return NULL;
  describe (image->bytes, image);
  if (ordered->sha256 == NULL || g_str_equal (image->sha256, ordered->sha256))
    return g_steal_pointer (&image);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "%s: is not the picture any more that was ordered (its SHA-256 began with %.8s, now "
               "with %.8s)",
               ordered->path, ordered->sha256, image->sha256);
  return NULL;
}

GPtrArray *
veo3_clip_images_load (int workspace_fd,
                       GPtrArray *images,
                       GCancellable *cancellable,
                       GError **error)
{
  g_autoptr (GPtrArray) loaded
      = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_clip_image_free);
  gsize total_bytes = 0;

  for (guint i = 0; i < images->len; i++)
    {
      const Veo3ClipImage *ordered = g_ptr_array_index (images, i);
      Veo3ClipImage *image;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      image = load (workspace_fd, ordered, error);
      if (image == NULL)
        {
          g_prefix_error (error, "%s: ", veo3_clip_images_get_field (ordered->role));
          return NULL;
        }
      g_ptr_array_add (loaded, image);
      total_bytes += g_bytes_get_size (image->bytes);
      if (total_bytes > VEO3_CLIP_IMAGES_MAX_BYTES)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                       "the pictures of the clip are together larger than %d bytes",
                       VEO3_CLIP_IMAGES_MAX_BYTES);
          return NULL;
        }
    }
  return g_steal_pointer (&loaded);
}
