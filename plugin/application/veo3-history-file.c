/* SPDX-License-Identifier: MIT */
/*
 * The duration history's file. Blocking and short; callable from any thread. Must not log: what
 * fails here is the caller's to mention, and nobody's to stop for.
 */
#include "plugin/application/veo3-history-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/application/veo3-file.h"

char *
veo3_history_file_get_default_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "pipeline-runner", "clip-durations.txt", NULL);
}

/* Returns: (transfer full) (nullable): the text, NULL on error or when there is none. */
static char *
read_text (const char *path, gsize *ret_length_bytes, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  const int folder_fd = veo3_file_open_folder (AT_FDCWD, folder, error);
  char *text;

  if (folder_fd < 0)
    return NULL;
  text = veo3_file_read (folder_fd, name, VEO3_HISTORY_FILE_MAX_BYTES, ret_length_bytes, error);
  (void)close (folder_fd);
  return text;
}

Veo3DurationHistory *
veo3_history_file_load (const char *path, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = NULL;
  gsize length_bytes = 0;

  text = read_text (path, &length_bytes, &local_error);
  if (text == NULL && !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                  "history of clip durations: ");
      return NULL;
    }
  return veo3_duration_history_new_from_text (text, (gssize)length_bytes);
}

/* The file to be moved into place. It has a fixed name, so that a process that dies here leaves one
 * behind that the next one takes over, and not one more each time. Returns: -1 with @error; -1
 * without: another process is writing it. */
static int
open_next (const char *next_path, GError **error)
{
  const int fd = open (next_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  struct stat own;
  struct stat there;
  gboolean is_other = FALSE;

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 && fstat (fd, &own) == 0)
    {
      /* Between open and flock another process may have moved it into place. */
      is_other = lstat (next_path, &there) != 0 || there.st_ino != own.st_ino;
      if (!is_other && ftruncate (fd, 0) == 0)
        return fd;
    }
  if (!is_other && errno != EWOULDBLOCK)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s", next_path,
                 g_strerror (errno));
  if (fd >= 0)
    (void)close (fd);
  return -1;
}

/* Whole or not at all, also after a power cut. */
static gboolean
replace (const char *path, const char *text, GError **error)
{
  g_autofree char *next_path = g_strconcat (path, ".new", NULL);
  const gssize length = (gssize)strlen (text);
  const int fd = open_next (next_path, error);
  gboolean is_done;

  if (fd < 0)
    return *error == NULL;
  is_done = write (fd, text, (gsize)length) == length && fsync (fd) == 0
            && rename (next_path, path) == 0;
  if (!is_done)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s", path,
                   g_strerror (errno));
      (void)unlink (next_path); /* still ours: the lock is held */
    }
  (void)close (fd);
  return is_done;
}

gboolean
veo3_history_file_save (const Veo3DurationHistory *history, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *text = veo3_duration_history_to_text (history);
  g_autoptr (GError) local_error = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      const int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "history of clip durations: cannot make %s: %s", folder,
                   g_strerror (saved_errno));
      return FALSE;
    }
  if (replace (path, text, &local_error))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "history of clip durations: ");
  return FALSE;
}
