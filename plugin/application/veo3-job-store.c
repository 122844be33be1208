/* SPDX-License-Identifier: MIT */
/*
 * The files of veo3/. Owned by one thread; only the writing of one text runs on a helper thread,
 * and it is handed everything it needs.
 *
 * Must not: take an error for an absence; leave anybody a half-written jobs.json; report as saved
 * what a power cut could take back.
 */
#include "plugin/application/veo3-job-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/application/veo3-file.h"
#include "plugin/domain/thread-handoff.h"

/* Whatever we have written must be readable again: ten thousand jobs, and as many bytes of prompts
 * as publishing-assets.json may hold (16 MiB), are some 30 MiB. */
#define MAX_JOBS_BYTES (64 * 1024 * 1024)
/* What g_file_set_contents_full() appends to the name of its temporary file. */
#define TEMPORARY_SUFFIX_LENGTH 6
#define MAX_OPERATIONS_NAMED 10
/* Different broken files within one second; more than anybody could break. */
#define MAX_COPIES_PER_SECOND 100

struct _Veo3JobStore
{
  char *workspace;  /* (owned) (const after new) */
  int workspace_fd; /* (owned) (const after new) */
  int folder_fd;    /* (owned) -1 until prepared */
  gboolean is_saving;
};

Veo3JobStore *
veo3_job_store_new (const char *workspace, GError **error)
{
  Veo3JobStore *self;
  int workspace_fd = veo3_file_open_folder (AT_FDCWD, workspace, error);

  if (workspace_fd < 0)
    return NULL;
  self = g_new0 (Veo3JobStore, 1);
  self->workspace = g_strdup (workspace);
  self->workspace_fd = workspace_fd;
  self->folder_fd = -1;
  return self;
}

void
veo3_job_store_free (Veo3JobStore *self)
{
  if (self == NULL)
    return;
  g_assert (!self->is_saving);
  if (self->folder_fd >= 0)
    (void)close (self->folder_fd);
  (void)close (self->workspace_fd);
  g_free (self->workspace);
  g_free (self);
}

/* Opens veo3/ if it is there. Returns -1 with @error, G_IO_ERROR_NOT_FOUND only if it is not. */
static int
open_folder (Veo3JobStore *self, GError **error)
{
  if (self->folder_fd < 0)
    self->folder_fd = veo3_file_open_folder (self->workspace_fd, VEO3_FOLDER_NAME, error);
  return self->folder_fd;
}

/* A document nobody can parse may still name operations that were paid for. */
static char *
list_operations (const char *text)
{
  g_autoptr (GRegex) regex
      = g_regex_new ("\"operation_name\"\\s*:\\s*\"([^\"\\x00-\\x1f]{1,512})\"", G_REGEX_RAW, 0,
                     NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GString) list = g_string_new (NULL);
  guint n = 0;

  (void)g_regex_match (regex, text, 0, &match);
  while (g_match_info_matches (match) && n++ < MAX_OPERATIONS_NAMED)
    {
      g_autofree char *name = g_match_info_fetch (match, 1);
      g_autofree char *escaped = g_strescape (name, NULL);

      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", escaped);
      (void)g_match_info_next (match, NULL);
    }
  return list->len == 0 ? g_strdup ("none that can be recognised")
                        : g_string_free (g_steal_pointer (&list), FALSE);
}

Veo3JobDocument *
veo3_job_store_load (Veo3JobStore *self, GPtrArray **ret_jobs, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *operations = NULL;
  Veo3JobDocument *document;
  gsize length_bytes = 0;
  int folder_fd = open_folder (self, error);

  if (folder_fd < 0)
    return NULL;
  text = veo3_file_read (folder_fd, VEO3_JOBS_FILE_NAME, MAX_JOBS_BYTES, &length_bytes,
                         &local_error);
  if (text == NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error), VEO3_FOLDER_NAME "/");
      return NULL;
    }
  document = veo3_job_codec_parse (VEO3_JOBS_PATH, text, length_bytes, ret_jobs, &local_error);
  if (document != NULL)
    return document;
  operations = list_operations (text);
  g_set_error (error, local_error->domain, local_error->code,
               "%s. Nothing is sent while it is like that, so that nothing is paid twice. Mend it, "
               "or move it away if none of its clips matters. Operations it names: %s",
               local_error->message, operations);
  return NULL;
}

static gboolean
is_copy_of (int folder_fd, const char *name, const char *text, gsize length_bytes)
{
  gsize copy_length_bytes = 0;
  g_autofree char *copy
      = veo3_file_read (folder_fd, name, MAX_JOBS_BYTES, &copy_length_bytes, NULL);

  return copy != NULL && copy_length_bytes == length_bytes
         && memcmp (copy, text, length_bytes) == 0;
}

/* @folder_fd may come from anywhere; only a path through /proc leads to the very same folder. */
static char *
make_path (int folder_fd, const char *name)
{
  return name == NULL ? g_strdup_printf ("/proc/self/fd/%d", folder_fd)
                      : g_strdup_printf ("/proc/self/fd/%d/%s", folder_fd, name);
}

/* Never over another copy: two broken files of one second hold different operations. */
static gboolean
write_copy (int folder_fd, const char *text, gsize length_bytes, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, VEO3_JOBS_FILE_NAME ".bad-%Y%m%dT%H%M%SZ");

  for (guint i = 1;; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup (stamp) : g_strdup_printf ("%s-%u", stamp, i);
      g_autoptr (GError) local_error = NULL;

      if (veo3_file_write_new (folder_fd, name, text, length_bytes, &local_error))
        return TRUE;
      if (i < MAX_COPIES_PER_SECOND && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_EXISTS))
        continue;
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error), VEO3_FOLDER_NAME "/");
      return FALSE;
    }
}

gboolean
veo3_job_store_set_aside (Veo3JobStore *self, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *folder = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  gsize length_bytes = 0;
  int folder_fd = open_folder (self, error);

  if (folder_fd < 0)
    return FALSE;
  text = veo3_file_read (folder_fd, VEO3_JOBS_FILE_NAME, MAX_JOBS_BYTES, &length_bytes, error);
  folder = make_path (folder_fd, NULL);
  dir = text == NULL ? NULL : g_dir_open (folder, 0, error);
  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, VEO3_JOBS_FILE_NAME ".bad-")
        && is_copy_of (folder_fd, name, text, length_bytes))
      return TRUE;
  return write_copy (folder_fd, text, length_bytes, error);
}

/* "jobs.json." and 6 random capitals, letters and digits. A person's own "jobs.json.backup" or
 * "jobs.json.BACKUP" must stay; random ones of these two kinds are rare and may stay too. */
static gboolean
is_temporary (const char *name)
{
  const char *suffix;
  guint n_capitals = 0;

  if (!g_str_has_prefix (name, VEO3_JOBS_FILE_NAME "."))
    return FALSE;
  suffix = name + strlen (VEO3_JOBS_FILE_NAME ".");
  if (strlen (suffix) != TEMPORARY_SUFFIX_LENGTH)
    return FALSE;
  for (const char *p = suffix; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p))
        return FALSE;
      n_capitals += p > suffix && g_ascii_isupper (*p);
    }
  return n_capitals > 0 && n_capitals < TEMPORARY_SUFFIX_LENGTH - 1;
}

static void
sweep (int folder_fd)
{
  g_autofree char *folder = make_path (folder_fd, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_temporary (name))
      (void)unlinkat (folder_fd, name, 0);
}

gboolean
veo3_job_store_prepare (Veo3JobStore *self, GError **error)
{
  if (mkdirat (self->workspace_fd, VEO3_FOLDER_NAME, 0700) != 0 && errno != EEXIST)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (saved_errno),
                   "%s/" VEO3_FOLDER_NAME ": cannot be created: %s", self->workspace,
                   g_strerror (saved_errno));
      return FALSE;
    }
  if (open_folder (self, error) < 0)
    return FALSE;
  /* The folder's own name has to be durable before anything in it can be. So has what was read of
   * it: a process killed between its rename and its fsync leaves a jobs.json that a power cut would
   * still take back, and operations are about to be used that only this one names. */
  if (fsync (self->workspace_fd) != 0 || fsync (self->folder_fd) != 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (saved_errno), "%s: %s",
                   self->workspace, g_strerror (saved_errno));
      return FALSE;
    }
  sweep (self->folder_fd);
  return TRUE;
}

/* What one save carries to the helper thread and back. */
typedef struct
{
  Veo3JobStore *store; /* (borrowed) (owner's thread) */
  char *text;          /* (owned) */
  int folder_fd;       /* (borrowed) lives as long as the save */
  Veo3JobStoreSaved callback;
  gpointer user_data;
} Save;

static void
save_free (Save *save)
{
  g_free (save->text);
  g_free (save);
}

/* GLib names the path it was given, which tells a person nothing. */
static void
name_the_folder (GError *error, int folder_fd)
{
  g_autofree char *ours = make_path (folder_fd, NULL);
  GString *text = g_string_new (error->message);

  (void)g_string_replace (text, ours, VEO3_FOLDER_NAME, 0);
  g_free (error->message);
  error->message = g_string_free (text, FALSE);
}

/* GLib's DURABLE swallows a failed fsync of the folder (measured with 2.74): do it again, checked.
 */
static gboolean
write_durably (const Save *save, GError **error)
{
  g_autofree char *path = make_path (save->folder_fd, VEO3_JOBS_FILE_NAME);
  g_autoptr (GError) local_error = NULL;
  int saved_errno;

  if (!g_file_set_contents_full (path, save->text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &local_error))
    {
      name_the_folder (local_error, save->folder_fd);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (fsync (save->folder_fd) == 0)
    return TRUE;
  saved_errno = errno;
  g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (saved_errno),
               "the folder cannot be made durable: %s", g_strerror (saved_errno));
  return FALSE;
}

static void
write_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  gboolean is_written;

  (void)source;
  (void)cancellable;
  thread_handoff_take (task_data);
  is_written = write_durably (task_data, &error);
  thread_handoff_give (task_data);
  if (is_written)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Save *save = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  (void)source;
  (void)user_data;
  thread_handoff_take (save);
  (void)g_task_propagate_boolean (G_TASK (result), &error);
  save->store->is_saving = FALSE;
  if (error != NULL)
    g_prefix_error (&error, "%s/" VEO3_JOBS_PATH ": cannot be saved: ", save->store->workspace);
  save->callback (error, save->user_data);
  /* Here and not by the task, whose last reference may be the helper thread's. */
  save_free (save);
}

void
veo3_job_store_save_async (Veo3JobStore *self,
                           char *text,
                           Veo3JobStoreSaved callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_written, NULL);
  Save *save = g_new0 (Save, 1);

  g_assert (!self->is_saving && self->folder_fd >= 0);
  self->is_saving = TRUE;
  *save = (Save){ .store = self,
                  .text = text,
                  .folder_fd = self->folder_fd,
                  .callback = callback,
                  .user_data = user_data };
  g_task_set_name (task, "veo3-save");
  g_task_set_task_data (task, save, NULL);
  thread_handoff_give (save);
  g_task_run_in_thread (task, write_in_thread);
}

int
veo3_job_store_get_folder_fd (const Veo3JobStore *self)
{
  return self->folder_fd;
}

int
veo3_job_store_get_workspace_fd (const Veo3JobStore *self)
{
  return self->workspace_fd;
}

char *
veo3_job_store_make_clip_name (const char *variant)
{
  return g_strconcat (variant, ".mp4", NULL);
}

gboolean
veo3_job_store_has_clip (Veo3JobStore *self, const char *variant, gint64 bytes)
{
  g_autofree char *name = veo3_job_store_make_clip_name (variant);
  struct stat info;
  int folder_fd = open_folder (self, NULL);

  if (folder_fd < 0)
    return FALSE;
  if (fstatat (folder_fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return errno != ENOENT;
  return S_ISREG (info.st_mode) && (bytes < 0 ? info.st_size > 0 : info.st_size == bytes);
}

gboolean
veo3_job_store_finds_clip (Veo3JobStore *self, const char *variant)
{
  g_autofree char *name = veo3_job_store_make_clip_name (variant);
  struct stat info;
  int folder_fd = open_folder (self, NULL);

  return folder_fd >= 0 && fstatat (folder_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0
         && S_ISREG (info.st_mode) && info.st_size > 0;
}
