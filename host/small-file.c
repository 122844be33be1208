/* SPDX-License-Identifier: MIT */
/*
 * Purpose: whole small files, read with a limit and written durably. Blocks on the disk only:
 * opening with O_NONBLOCK and checking the type first keeps a FIFO from hanging the host. Must not
 * turn "could not look" into "is not there".
 */
#include "host/small-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_errno_error (GError **error, const char *path, const char *doing, int number)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "%s: %s: %s", path, doing,
               g_strerror (number));
}

/* With O_NOFOLLOW and O_NONBLOCK, a link is ELOOP and a socket or a FIFO without a reader ENXIO. */
const char *
small_file_explain (int number)
{
  switch (number)
    {
    case ELOOP:
      return "it is a symbolic link; put the file itself there";
    case EINVAL:
    case EISDIR:
    case ENXIO:
      return "not a regular file; move it out of the way";
    default:
      return g_strerror (number);
    }
}

/* Reads until the end or until one byte more than allowed has been seen. */
static gboolean
read_all (int fd, const char *path, gsize max_bytes, GByteArray *data, GError **error)
{
  for (;;)
    {
      guint8 buffer[16 * 1024];
      ssize_t n = read (fd, buffer, sizeof buffer);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          set_errno_error (error, path, "cannot read", errno);
          return FALSE;
        }
      if (n == 0)
        return TRUE;
      g_byte_array_append (data, buffer, (guint)n);
      if (data->len > max_bytes)
        {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                       "%s: larger than %" G_GSIZE_FORMAT " bytes", path, max_bytes);
          return FALSE;
        }
    }
}

char *
small_file_read (const char *path,
                 gsize max_bytes,
                 SmallFileLinks links,
                 gsize *ret_length,
                 GError **error)
{
  int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  g_autoptr (GByteArray) data = g_byte_array_new ();
  int fd = open (path, links == SMALL_FILE_NO_LINKS ? flags | O_NOFOLLOW : flags);
  struct stat info;
  gboolean ok = FALSE;

  if (fd < 0)
    {
      int failure = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (failure), "%s: cannot open: %s",
                   path,
                   links == SMALL_FILE_NO_LINKS ? small_file_explain (failure)
                                                : g_strerror (failure));
      return NULL;
    }
  if (fstat (fd, &info) != 0)
    set_errno_error (error, path, "cannot look at it", errno);
  else if (!S_ISREG (info.st_mode))
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", path,
                 links == SMALL_FILE_NO_LINKS ? small_file_explain (EINVAL) : "not a regular file");
  else
    ok = read_all (fd, path, max_bytes, data, error);
  (void)close (fd);
  if (!ok)
    return NULL;

  if (ret_length != NULL)
    *ret_length = data->len;
  g_byte_array_append (data, (const guint8 *)"", 1);
  return (char *)g_byte_array_free (g_steal_pointer (&data), FALSE);
}

/* GLib syncs the folder too but says nothing when that fails. */
static gboolean
sync_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int failure = 0;

  if (fd < 0 || fsync (fd) != 0)
    failure = errno;
  if (fd >= 0)
    (void)close (fd);
  if (failure == 0)
    return TRUE;
  set_errno_error (error, folder, "cannot make the change durable", failure);
  return FALSE;
}

gboolean
small_file_write (const char *path, const char *data, gsize length, GError **error)
{
  if (!g_file_set_contents_full (path, data, (gssize)length,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 error))
    return FALSE;
  return sync_folder (path, error);
}
