/* SPDX-License-Identifier: MIT */
/*
 * Temporary name, checksum while writing, then check, fsync, rename, fsync of the folder. Writes
 * happen on the worker (page cache); what waits for the disk runs in a GTask thread that is given
 * duplicated descriptors and shares nothing else. Must never leave a partial clip under the final
 * name, and must not follow a symlink.
 */
#include "plugin/adapters/clip-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/adapters/mp4-check.h"
#include "plugin/adapters/mp4-media.h"
#include "plugin/domain/thread-handoff.h"

#define READ_BYTES (256u * 1024)

G_DEFINE_QUARK (clip_file_error_quark, clip_file_error)

struct _ClipFile
{
  int dir_fd;          /* (owned) duplicate */
  int fd;              /* (owned) -1 = not open */
  char *name;          /* (owned) */
  char *part_name;     /* (owned) */
  guint64 max_bytes;   /* bytes */
  guint64 bytes;       /* written */
  GChecksum *checksum; /* (owned) of what was written here */
  char *sha256;        /* (owned) (nullable) of an adopted file, once it is committed */
  Veo3ClipMedia media; /* once it is committed */
  gboolean is_adopted; /* written by somebody else */
  gboolean is_left;    /* the temporary name is not ours to remove */
  ClipFileFunc callback;
  gpointer user_data; /* (borrowed) */
};

/** Commit: what the thread gets, and what it found. */
typedef struct
{
  int dir_fd;          /* (owned) */
  int fd;              /* (owned) */
  char *name;          /* (owned) */
  char *part_name;     /* (owned) */
  GChecksum *checksum; /* (owned) (nullable) to be fed with the file */
  Veo3ClipMedia media;
} Commit;

static void
set_disk_error (GError **error, int saved_errno, const char *what)
{
  g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK, "%s: %s", what,
               g_strerror (saved_errno));
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    (void)close (*fd);
  *fd = -1;
}

static gboolean
is_file_name (const char *name)
{
  return *name != '\0' && strchr (name, '/') == NULL && !g_str_equal (name, ".")
         && !g_str_equal (name, "..");
}

static gboolean
keep_folder (ClipFile *self, int dir_fd, GError **error)
{
  self->dir_fd = fcntl (dir_fd, F_DUPFD_CLOEXEC, 3);
  if (self->dir_fd >= 0)
    return TRUE;
  set_disk_error (error, errno, "cannot use the clip folder");
  return FALSE;
}

static gboolean
open_part (ClipFile *self, GError **error)
{
  if (unlinkat (self->dir_fd, self->part_name, 0) != 0 && errno != ENOENT)
    {
      int saved_errno = errno;

      g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK,
                   "cannot remove the temporary file %s of an earlier try: %s", self->part_name,
                   g_strerror (saved_errno));
      return FALSE;
    }
  self->fd = openat (self->dir_fd, self->part_name,
                     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (self->fd < 0)
    {
      set_disk_error (error, errno, "cannot make a temporary file");
      return FALSE;
    }
  return TRUE;
}

static gboolean
open_adopted (ClipFile *self, GError **error)
{
  struct stat info;

  self->fd
      = openat (self->dir_fd, self->part_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
  if (self->fd < 0 || fstat (self->fd, &info) != 0)
    {
      set_disk_error (error, errno, "cannot open the finished clip");
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK, "%s is not a regular file",
                   self->part_name);
      return FALSE;
    }
  self->bytes = (guint64)info.st_size;
  if (self->bytes <= self->max_bytes)
    return TRUE;
  g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_TOO_BIG,
               "the clip is bigger than %" G_GUINT64_FORMAT " bytes", self->max_bytes);
  return FALSE;
}

/* @part_name: (transfer full) */
static ClipFile *
make_file (const char *name, char *part_name, guint64 max_bytes, GError **error)
{
  ClipFile *self;

  if (!is_file_name (name) || !is_file_name (part_name))
    {
      g_free (part_name);
      g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK, "not a file name");
      return NULL;
    }
  self = g_new0 (ClipFile, 1);
  self->fd = -1;
  self->dir_fd = -1;
  self->max_bytes = max_bytes;
  self->name = g_strdup (name);
  self->part_name = part_name;
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  return self;
}

ClipFile *
clip_file_new (int dir_fd, const char *name, guint64 max_bytes, GError **error)
{
  g_autoptr (ClipFile) self
      = make_file (name, g_strdup_printf (".%s.part", name), max_bytes, error);

  if (self == NULL || !keep_folder (self, dir_fd, error) || !open_part (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

ClipFile *
clip_file_new_adopted (int dir_fd,
                       const char *part_name,
                       const char *name,
                       guint64 max_bytes,
                       GError **error)
{
  g_autoptr (ClipFile) self = make_file (name, g_strdup (part_name), max_bytes, error);

  if (self == NULL)
    return NULL;
  self->is_adopted = TRUE;
  self->is_left = TRUE;
  if (keep_folder (self, dir_fd, error) && open_adopted (self, error))
    return g_steal_pointer (&self);
  return NULL;
}

gboolean
clip_file_write (ClipFile *self, const guint8 *data, gsize length, GError **error)
{
  gsize done = 0;

  g_assert (!self->is_adopted);
  if (length > self->max_bytes - self->bytes)
    {
      g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_TOO_BIG,
                   "the clip is bigger than %" G_GUINT64_FORMAT " bytes", self->max_bytes);
      return FALSE;
    }
  while (done < length)
    {
      gssize put = TEMP_FAILURE_RETRY (write (self->fd, data + done, length - done));

      if (put < 0)
        {
          set_disk_error (error, errno, "cannot write the clip");
          return FALSE;
        }
      done += (gsize)put;
    }
  g_checksum_update (self->checksum, data, (gssize)length);
  self->bytes += length;
  return TRUE;
}

gboolean
clip_file_restart (ClipFile *self, GError **error)
{
  if (ftruncate (self->fd, 0) != 0 || lseek (self->fd, 0, SEEK_SET) != 0)
    {
      set_disk_error (error, errno, "cannot write the clip anew");
      return FALSE;
    }
  g_checksum_reset (self->checksum);
  self->bytes = 0;
  return TRUE;
}

/* Is it us that the temporary name stands for? */
static gboolean
has_part_name (const ClipFile *self, const struct stat *ours)
{
  struct stat named;

  return fstatat (self->dir_fd, self->part_name, &named, AT_SYMLINK_NOFOLLOW) == 0
         && ours->st_dev == named.st_dev && ours->st_ino == named.st_ino;
}

gboolean
clip_file_is_intact (const ClipFile *self)
{
  struct stat ours;

  return fstat (self->fd, &ours) == 0 && (guint64)ours.st_size == self->bytes
         && has_part_name (self, &ours);
}

guint64
clip_file_get_bytes (const ClipFile *self)
{
  return self->bytes;
}

const char *
clip_file_get_sha256 (ClipFile *self)
{
  return self->is_adopted ? self->sha256 : g_checksum_get_string (self->checksum);
}

Veo3ClipMedia
clip_file_get_media (const ClipFile *self)
{
  return self->media;
}

static void
commit_free (gpointer data)
{
  Commit *commit = data;

  close_fd (&commit->dir_fd);
  close_fd (&commit->fd);
  g_free (commit->name);
  g_free (commit->part_name);
  g_clear_pointer (&commit->checksum, g_checksum_free);
  g_free (commit);
}

static gboolean
check_boxes (int fd, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  switch (mp4_check_fd (fd, NULL, &local_error))
    {
    case MP4_CHECK_WHOLE:
      return TRUE;
    case MP4_CHECK_CUT:
      g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_CUT, "the end of the MP4 is missing");
      return FALSE;
    case MP4_CHECK_FOREIGN:
      g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_FOREIGN, "what came is not an MP4");
      return FALSE;
    case MP4_CHECK_ERROR:
      break;
    }
  g_set_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK, "%s", local_error->message);
  return FALSE;
}

static gboolean
add_up (Commit *commit, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (READ_BYTES);
  guint64 offset = 0;
  gssize got;

  while ((got = TEMP_FAILURE_RETRY (pread (commit->fd, buffer, READ_BYTES, (off_t)offset))) > 0)
    {
      g_checksum_update (commit->checksum, buffer, got);
      offset += (guint64)got;
    }
  if (got == 0)
    return TRUE;
  set_disk_error (error, errno, "cannot read the clip");
  return FALSE;
}

/* The order is the promise: content, then name, then the folder. */
static gboolean
make_final (Commit *commit, GError **error)
{
  if (!check_boxes (commit->fd, error))
    return FALSE;
  if (fchmod (commit->fd, 0600) != 0) /* whoever wrote it may have had another umask */
    {
      set_disk_error (error, errno, "cannot make the clip private");
      return FALSE;
    }
  commit->media = mp4_media_read_fd (commit->fd);
  if (commit->checksum != NULL && !add_up (commit, error))
    return FALSE;
  if (fsync (commit->fd) != 0)
    set_disk_error (error, errno, "cannot write the clip to the disk");
  else if (renameat (commit->dir_fd, commit->part_name, commit->dir_fd, commit->name) != 0)
    set_disk_error (error, errno, "cannot give the clip its name");
  else if (fsync (commit->dir_fd) != 0)
    set_disk_error (error, errno, "cannot write the clip folder to the disk");
  else
    return TRUE;
  return FALSE;
}

/* GTask's own threads. */
static void
commit_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  gboolean is_final;

  (void)source;
  (void)cancellable;
  thread_handoff_take (data);
  is_final = make_final (data, &error);
  thread_handoff_give (data);
  if (is_final)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_committed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ClipFile *self = user_data;
  Commit *commit = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) local_error = NULL;

  (void)source;
  thread_handoff_take (commit);
  self->media = commit->media;
  if (commit->checksum != NULL)
    self->sha256 = g_strdup (g_checksum_get_string (commit->checksum));
  /* Here and not by the task, whose last reference may be the helper thread's. */
  commit_free (commit);
  self->is_left = g_task_propagate_boolean (G_TASK (result), &local_error)
                  /* Whole, and somebody paid for it: only the disk is to blame. */
                  || (self->is_adopted
                      && g_error_matches (local_error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK));
  self->callback (local_error, self->user_data);
}

void
clip_file_commit (ClipFile *self, GMainContext *context, ClipFileFunc callback, gpointer user_data)
{
  Commit *commit = g_new0 (Commit, 1);
  g_autoptr (GTask) task = NULL;

  g_assert (g_main_context_is_owner (context));
  /* The name of the error's domain is remembered without a lock at its first use. */
  (void)CLIP_FILE_ERROR;
  self->callback = callback;
  self->user_data = user_data;
  commit->dir_fd = fcntl (self->dir_fd, F_DUPFD_CLOEXEC, 3);
  commit->fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 3);
  commit->name = g_strdup (self->name);
  commit->part_name = g_strdup (self->part_name);
  if (self->is_adopted)
    commit->checksum = g_steal_pointer (&self->checksum);
  /* A GTask answers on the thread-default context of the moment it is made. */
  g_main_context_push_thread_default (context);
  task = g_task_new (NULL, NULL, on_committed, self);
  g_main_context_pop_thread_default (context);
  g_task_set_task_data (task, commit, NULL);
  thread_handoff_give (commit);
  g_task_run_in_thread (task, commit_in_thread);
}

void
clip_file_free (ClipFile *self)
{
  struct stat ours;

  if (self == NULL)
    return;
  /* Another try may have made a file of that name since. */
  if (self->fd >= 0 && !self->is_left && fstat (self->fd, &ours) == 0
      && has_part_name (self, &ours))
    (void)unlinkat (self->dir_fd, self->part_name, 0);
  close_fd (&self->fd);
  close_fd (&self->dir_fd);
  g_clear_pointer (&self->checksum, g_checksum_free);
  g_free (self->sha256);
  g_free (self->name);
  g_free (self->part_name);
  g_free (self);
}
