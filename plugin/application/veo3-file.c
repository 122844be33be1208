/* SPDX-License-Identifier: MIT */
/*
 * openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, where the kernel has it; openat with
 * O_NOFOLLOW elsewhere (our names have one component, so the two agree). No state, any thread.
 */
#include "plugin/application/veo3-file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
open_beneath (int dir_fd, const char *name, int flags)
{
  struct open_how how
      = { .flags = (guint64)flags, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH };
  int fd = (int)syscall (SYS_openat2, dir_fd, name, &how, sizeof how);

  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    fd = openat (dir_fd, name, flags | O_NOFOLLOW);
  return fd;
}

static void
set_errno_error (GError **error, const char *name, int saved_errno)
{
  GIOErrorEnum code = (GIOErrorEnum)g_io_error_from_errno (saved_errno);

  if (saved_errno == ELOOP)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 "%s: is a symbolic link; put the file itself there", name);
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
