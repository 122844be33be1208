/* SPDX-License-Identifier: MIT */
/*
 * openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, where the kernel has it; openat with
 * O_NOFOLLOW elsewhere, folder by folder. No state, any thread.
 */
#include "plugin/application/veo3-file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Returns -1 with errno. */
static int
open_step_by_step (int dir_fd, const char *name, int flags)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  int folder_fd = dir_fd;
  int fd = -1;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      gboolean is_last = parts[i + 1] == NULL;
      gboolean leads_out = g_str_equal (parts[i], "..") || (i == 0 && parts[i][0] == '\0');
      int saved_errno;

      fd = leads_out ? -1
                     : openat (folder_fd, parts[i],
                               (is_last ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC) | O_NOFOLLOW);
      saved_errno = leads_out ? EXDEV : errno;
      if (folder_fd != dir_fd)
        (void)close (folder_fd);
      errno = saved_errno;
      if (fd < 0)
        return -1;
      folder_fd = fd;
    }
  return fd;
}

static int
open_beneath (int dir_fd, const char *name, int flags)
{
  struct open_how how
      = { .flags = (guint64)flags, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH };
  int fd = (int)syscall (SYS_openat2, dir_fd, name, &how, sizeof how);

  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    fd = open_step_by_step (dir_fd, name, flags);
  return fd;
}

static void
set_errno_error (GError **error, const char *name, int saved_errno)
{
  GIOErrorEnum code = (GIOErrorEnum)g_io_error_from_errno (saved_errno);

  if (saved_errno == ELOOP)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 "%s: %s a symbolic link; put the file itself there", name,
                 strchr (name, '/') != NULL ? "is or passes" : "is");
  else if (saved_errno == EXDEV)
    g_set_error (error, G_IO_ERROR, code, "%s: leads out of the folder", name);
  else if (saved_errno == ENXIO) /* a socket */
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 "%s: is not a regular file; move it out of the way", name);
  else
    g_set_error (error, G_IO_ERROR, code, "%s: %s", name, g_strerror (saved_errno));
}

int
veo3_file_open_folder (int dir_fd, const char *name, GError **error)
{
  int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  /* The workspace itself is the user's word: links on the way to it are fine. */
  int fd = g_path_is_absolute (name) ? openat (dir_fd, name, flags)
                                     : open_beneath (dir_fd, name, flags);
  int saved_errno = errno;

  if (fd < 0 && (saved_errno == ELOOP || saved_errno == ENOTDIR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
                 "%s: is not a folder; move it out of the way", name);
  else if (fd < 0)
    set_errno_error (error, name, saved_errno);
  return fd;
}

static gboolean
check_regular (int fd, const char *name, gsize max_bytes, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    {
      set_errno_error (error, name, errno);
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "%s: is not a regular file; move it out of the way", name);
      return FALSE;
    }
  if ((guint64)info.st_size > max_bytes)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                   "%s: is larger than %zu bytes, the most that is read", name, max_bytes);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_all (int fd, const char *name, gsize max_bytes, GByteArray *bytes, GError **error)
{
  guint8 chunk[65536];

  for (;;)
    {
      ssize_t n = read (fd, chunk, sizeof chunk);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          set_errno_error (error, name, errno);
          return FALSE;
        }
      if (n == 0)
        return TRUE;
      g_byte_array_append (bytes, chunk, (guint)n);
      if (bytes->len > max_bytes)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                       "%s: grew beyond %zu bytes while it was read", name, max_bytes);
          return FALSE;
        }
    }
}

char *
veo3_file_read (int dir_fd,
                const char *name,
                gsize max_bytes,
                gsize *ret_length_bytes,
                GError **error)
{
  g_autoptr (GByteArray) bytes = NULL;
  gboolean is_read;
  int fd = open_beneath (dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    {
      set_errno_error (error, name, errno);
      return NULL;
    }
  bytes = g_byte_array_new ();
  is_read
      = check_regular (fd, name, max_bytes, error) && read_all (fd, name, max_bytes, bytes, error);
  (void)close (fd);
  if (!is_read)
    return NULL;
  if (ret_length_bytes != NULL)
    *ret_length_bytes = bytes->len;
  g_byte_array_append (bytes, (const guint8 *)"", 1);
  return (char *)g_byte_array_free (g_steal_pointer (&bytes), FALSE);
}

/* Returns FALSE with errno. */
static gboolean
write_all (int fd, const char *data, gsize length_bytes)
{
  gsize done_bytes = 0;

  while (done_bytes < length_bytes)
    {
      gssize n = TEMP_FAILURE_RETRY (write (fd, data + done_bytes, length_bytes - done_bytes));

      if (n < 0)
        return FALSE;
      done_bytes += (gsize)n;
    }
  return TRUE;
}

gboolean
veo3_file_write_new (int dir_fd,
                     const char *name,
                     const char *data,
                     gsize length_bytes,
                     GError **error)
{
  int fd = openat (dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean is_written;
  int saved_errno;

  if (fd < 0)
    {
      set_errno_error (error, name, errno);
      return FALSE;
    }
  is_written = write_all (fd, data, length_bytes) && fsync (fd) == 0 && fsync (dir_fd) == 0;
  saved_errno = errno;
  (void)close (fd);
  if (is_written)
    return TRUE;
  (void)unlinkat (dir_fd, name, 0);
  set_errno_error (error, name, saved_errno);
  return FALSE;
}
