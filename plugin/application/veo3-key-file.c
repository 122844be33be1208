/* SPDX-License-Identifier: MIT */
/*
 * Opens, checks and reads the key file through one descriptor, so that what was checked is what is
 * read. No state, any thread. Must not leave the key in memory that nobody wipes, and must not show
 * anything of the file's content: a path that was mistyped may name another secret.
 */
#include "plugin/application/veo3-key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean G_GNUC_PRINTF (3, 4)
    refuse (GError **error, const char *path, const char *format, ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "the key file %s %s", path, problem);
  return FALSE;
}

static int
open_file (const char *path, GError **error)
{
  /* Not blocking: it may be a FIFO. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);

  if (fd >= 0)
    return fd;
  if (errno == ELOOP)
    (void)refuse (error, path, "is a symbolic link; name the file itself");
  else if (errno == ENXIO)
    (void)refuse (error, path, "is not a regular file; write the key into a plain one");
  else
    (void)refuse (error, path, "cannot be read: %s", g_strerror (errno));
  return -1;
}

static gboolean
check_file (int fd, const char *path, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    return refuse (error, path, "cannot be read: %s", g_strerror (errno));
  if (!S_ISREG (info.st_mode))
    return refuse (error, path, "is not a regular file; write the key into a plain one");
  if (info.st_uid != 0 && info.st_uid != geteuid ())
    return refuse (error, path, "belongs to another user; use a copy of your own");
  if ((info.st_mode & 077) != 0)
    return refuse (error, path,
                   "is open to others (mode %04o); run: chmod 600 %s; if others may have read it, "
                   "renew the key",
                   (unsigned)(info.st_mode & 07777), path);
  return TRUE;
}

/* Reads more than allowed, if it is there. Returns: -1 on error */
static gssize
read_all (int fd, char *buffer, gsize size_bytes)
{
  gsize length = 0;

  while (length < size_bytes)
    {
      ssize_t n = read (fd, buffer + length, size_bytes - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      length += (gsize)n;
    }
  return (gssize)length;
}

/* @text: (array length=length): changed: ends behind the key */
static gboolean
check_text (char *text, gsize length, const char *path, GError **error)
{
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    length--;
  text[length] = '\0';
  if (length == 0)
    return refuse (error, path, "is empty; write the key into it");
  if (memchr (text, '\n', length) != NULL)
    return refuse (error, path, "has more than one line; it may hold the key and nothing else");
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (text[i]))
      return refuse (error, path,
                     "contains a blank, a control character or a character beyond ASCII; it may "
                     "hold the key and nothing else");
  return TRUE;
}

static char *
read_key (int fd, const char *path, GError **error)
{
  char buffer[VEO3_KEY_FILE_MAX_BYTES + 2]; /* one byte to see that there are more, and a NUL */
  gssize length = read_all (fd, buffer, VEO3_KEY_FILE_MAX_BYTES + 1);
  char *key = NULL;

  if (length < 0)
    (void)refuse (error, path, "cannot be read: %s", g_strerror (errno));
  else if (length > VEO3_KEY_FILE_MAX_BYTES)
    (void)refuse (error, path, "is larger than %d bytes: it is no key", VEO3_KEY_FILE_MAX_BYTES);
  else if (check_text (buffer, (gsize)length, path, error))
    key = g_strdup (buffer);
  explicit_bzero (buffer, sizeof buffer);
  return key;
}

char *
veo3_key_file_read (const char *path, GError **error)
{
  int fd = open_file (path, error);
  char *key = NULL;

  if (fd < 0)
    return NULL;
  if (check_file (fd, path, error))
    key = read_key (fd, path, error);
  (void)close (fd);
  return key;
}
