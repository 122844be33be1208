/* SPDX-License-Identifier: MIT */
/*
 * Keeping clips. A second link, not another name: whenever the machine dies, the clip is there
 * under at least one of its names, and jobs.json is right about the first until it has been
 * rewritten.
 */
#include "plugin/application/veo3-kept-clip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_KEPT 9999

static gboolean
fail (const char *name, GError **error)
{
  int saved_errno = errno;

  g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (saved_errno),
               "veo3/%s: cannot be kept: %s. Nothing was sent", name, g_strerror (saved_errno));
  return FALSE;
}

static gboolean
is_same_file (int folder_fd, const char *one, const char *other)
{
  struct stat a;
  struct stat b;

  return fstatat (folder_fd, one, &a, AT_SYMLINK_NOFOLLOW) == 0
         && fstatat (folder_fd, other, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev
         && a.st_ino == b.st_ino;
}

/* Some file systems know no second names (FAT, some network ones): then the clip moves, at the
 * price of a moment in which jobs.json names a file that is not there, and a start would fetch it
 * again, for nothing. */
static gboolean
give_name (int folder_fd, const char *name, const char *kept)
{
  if (linkat (folder_fd, name, folder_fd, kept, 0) == 0)
    return TRUE;
  return (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
         && renameat2 (folder_fd, name, folder_fd, kept, RENAME_NOREPLACE) == 0;
}

gboolean
veo3_kept_clip_make (int folder_fd, const char *variant, char **ret_name, GError **error)
{
  g_autofree char *name = g_strconcat (variant, ".mp4", NULL);

  for (guint i = 1; i <= MAX_KEPT; i++)
    {
      g_autofree char *kept = g_strdup_printf ("%s.%u.mp4", variant, i);
      gboolean is_kept = give_name (folder_fd, name, kept);

      if (!is_kept && errno == ENOENT)
        {
          *ret_name = NULL;
          return TRUE;
        }
      if (!is_kept && errno != EEXIST)
        return fail (name, error);
      /* An attempt that died before jobs.json was rewritten has done it already. */
      if (!is_kept && !is_same_file (folder_fd, name, kept))
        continue;
      if (fsync (folder_fd) != 0)
        return fail (name, error);
      *ret_name = g_steal_pointer (&kept);
      return TRUE;
    }
  errno = EEXIST;
  return fail (name, error);
}
