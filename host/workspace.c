/* SPDX-License-Identifier: MIT */
/*
 * Purpose: the folder of a run and its lock. Main thread. Must not create or remove anything but
 * the lock file and leftovers of our own unfinished writes; must not unlink the lock file: two
 * processes could then each hold "the" lock.
 */
#include "host/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/small-file.h"

#define MAX_RUN_ID_LENGTH 128
#define PID_TEXT_BYTES 32

/* g_file_set_contents_full() writes to NAME.XXXXXX first and leaves it behind when killed. */
#define LEFTOVER_PREFIX "run.json."
#define LEFTOVER_RANDOM_LENGTH 6

struct _HostWorkspace
{
  char *path;  /* (owned) (const after new) absolute */
  int lock_fd; /* (owned) -1 = not locked */
};

GQuark
host_workspace_error_quark (void)
{
  return g_quark_from_static_string ("host-workspace-error-quark");
}

HostWorkspace *
host_workspace_open (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  HostWorkspace *self = NULL;
  struct stat info;

  if (stat (absolute, &info) != 0)
    {
      const char *advice = errno == ENOENT ? ": create the folder first" : "";

      g_set_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_INVALID, "workspace %s: %s%s",
                   absolute, g_strerror (errno), advice);
      return NULL;
    }
  if (!S_ISDIR (info.st_mode))
    {
      g_set_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_INVALID,
                   "workspace %s: not a folder", absolute);
      return NULL;
    }
  self = g_new0 (HostWorkspace, 1);
  self->path = g_steal_pointer (&absolute);
  self->lock_fd = -1;
  return self;
}

const char *
host_workspace_path (const HostWorkspace *self)
{
  return self->path;
}

char *
host_workspace_file (const HostWorkspace *self, const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

/* Returns: 0 = the file does not tell. */
static gint64
read_pid (int fd)
{
  char text[PID_TEXT_BYTES] = "";
  ssize_t n = pread (fd, text, sizeof text - 1, 0);

  return n > 0 ? g_ascii_strtoll (text, NULL, 10) : 0;
}

static void
set_locked_error (GError **error, const char *path, gint64 pid)
{
  if (pid == (gint64)getpid ())
    g_set_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_LOCKED,
                 "workspace %s: given twice: this process already works on it", path);
  else if (pid > 0)
    g_set_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_LOCKED,
                 "workspace %s: process %" G_GINT64_FORMAT " works on it: wait for its end or stop "
                 "it; `status` shows how far it is",
                 path, pid);
  else
    g_set_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_LOCKED,
                 "workspace %s: another process works on it: wait for its end", path);
}

/* Returns: descriptor, or -1 with errno. */
static int
open_lock_file (const char *workspace, int flags)
{
  g_autofree char *path = g_build_filename (workspace, HOST_WORKSPACE_LOCK_NAME, NULL);
  int fd = open (path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  struct stat info;

  if (fd < 0)
    return -1;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    return fd;
  (void)close (fd);
  errno = EINVAL;
  return -1;
}

/* For people who ask who holds it: its failing does not matter to the lock. */
static void
write_pid (int fd)
{
  char text[PID_TEXT_BYTES];
  int length = g_snprintf (text, sizeof text, "%ld\n", (long)getpid ());

  if (ftruncate (fd, 0) == 0 && pwrite (fd, text, (size_t)length, 0) < 0)
    g_debug ("lock file: %s", g_strerror (errno));
}

/* "run.json." and 6 random letters and digits. A user's own "run.json.backup" must stay: random
 * ones without an inner capital, or of capitals only, are rare and may stay too. */
static gboolean
is_leftover (const char *name)
{
  const char *random = name + strlen (LEFTOVER_PREFIX);
  guint capitals = 0;

  if (!g_str_has_prefix (name, LEFTOVER_PREFIX) || strlen (random) != LEFTOVER_RANDOM_LENGTH)
    return FALSE;
  for (const char *p = random; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p))
        return FALSE;
      if (p > random && g_ascii_isupper (*p))
        capitals++;
    }
  return capitals > 0 && capitals < LEFTOVER_RANDOM_LENGTH - 1;
}

static void
sweep_leftovers (const char *workspace)
{
  DIR *folder = opendir (workspace);

  if (folder == NULL)
    return;
  for (struct dirent *entry = readdir (folder); entry != NULL; entry = readdir (folder))
    if (is_leftover (entry->d_name))
      (void)unlinkat (dirfd (folder), entry->d_name, 0);
  (void)closedir (folder);
}

gboolean
host_workspace_lock (HostWorkspace *self, GError **error)
{
  int fd = -1;

  if (self->lock_fd >= 0)
    return TRUE;
  fd = open_lock_file (self->path, O_RDWR | O_CREAT);
  if (fd < 0)
    {
      g_set_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_IO,
                   "workspace %s: cannot use its lock file %s: %s", self->path,
                   HOST_WORKSPACE_LOCK_NAME, small_file_explain (errno));
      return FALSE;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      int failure = errno;

      if (failure == EWOULDBLOCK)
        set_locked_error (error, self->path, read_pid (fd));
      else
        g_set_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_IO,
                     "workspace %s: cannot lock: %s", self->path, g_strerror (failure));
      (void)close (fd);
      return FALSE;
    }
  write_pid (fd);
  self->lock_fd = fd;
  sweep_leftovers (self->path);
  return TRUE;
}

void
host_workspace_unlock (HostWorkspace *self)
{
  if (self->lock_fd < 0)
    return;
  if (ftruncate (self->lock_fd, 0) != 0)
    g_debug ("lock file: %s", g_strerror (errno));
  (void)close (self->lock_fd);
  self->lock_fd = -1;
}

gboolean
host_workspace_lock_holder (const char *path, gint64 *ret_pid)
{
  int fd = open_lock_file (path, O_RDONLY);
  gint64 pid = 0;
  gboolean held = FALSE;

  if (fd < 0)
    return FALSE;
  /* A holder has written its pid; without one there is no need to touch the lock, which would make
   * a runner that starts in this moment believe that it is taken. */
  pid = read_pid (fd);
  held = pid != 0 && flock (fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  (void)close (fd);
  if (held && ret_pid != NULL)
    *ret_pid = pid;
  return held;
}

char *
host_workspace_new_run_id (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y%m%d-%H%M%S");

  return g_strdup_printf ("%s-%04x", time, g_random_int () & 0xffff);
}

gboolean
host_workspace_run_id_is_valid (const char *run_id)
{
  gsize length = run_id != NULL ? strlen (run_id) : 0;

  if (length == 0 || length > MAX_RUN_ID_LENGTH || !g_ascii_isalnum (run_id[0]))
    return FALSE;
  for (const char *p = run_id; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("._-", *p) == NULL)
      return FALSE;
  return TRUE;
}

void
host_workspace_free (HostWorkspace *self)
{
  if (self == NULL)
    return;
  host_workspace_unlock (self);
  g_free (self->path);
  g_free (self);
}
