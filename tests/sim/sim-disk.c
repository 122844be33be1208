/* SPDX-License-Identifier: MIT */
/*
 * The rules of what survives what. A killed process leaves everything it has done to the kernel;
 * a power cut leaves what was fsynced, and of the rest whatever is worst, as chance will have it.
 * Single-threaded. Must not use our own codec: it is what is being judged.
 */
#include "tests/sim/sim-disk.h"

#include <stdlib.h>
#include <string.h>

static void
file_free (SimFile *file)
{
  g_free (file->text);
  g_free (file);
}

void
sim_disk_init (SimDisk *disk, Veo3Random *random, SimTrace *trace)
{
  *disk = (SimDisk){ .random = random, .trace = trace };
  disk->files = g_ptr_array_new_with_free_func ((GDestroyNotify)file_free);
  disk->pending = g_ptr_array_new ();
}

void
sim_disk_clear (SimDisk *disk)
{
  g_ptr_array_unref (disk->pending);
  g_ptr_array_unref (disk->files);
}

/* ---- reading a document without our codec ---- */

/* Returns: (nullable): behind `"name":` in the text from @from to @end. */
static const char *
find_member (const char *from, const char *end, const char *name)
{
  const char *found = strstr (from, name);

  if (found == NULL || found >= end)
    return NULL;
  found += strlen (name);
  while (*found == ' ')
    found++;
  return found;
}

static gint8
read_status (const char *value)
{
  g_autofree char *name = NULL;
  Veo3JobStatus status;

  if (value == NULL || *value != '"')
    return -1;
  name = g_strndup (value + 1, strcspn (value + 1, "\""));
  return veo3_job_status_from_string (name, &status) ? (gint8)status : -1;
}

guint64
sim_operation_get_bit (guint number)
{
  return number == 0 ? 0 : G_GUINT64_CONSTANT (1) << number % SIM_MAX_OPERATIONS;
}

guint
sim_operation_parse (const char *name)
{
  static const char mark[] = "/op-";
  const char *number = name != NULL ? strstr (name, mark) : NULL;

  return number == NULL ? 0 : (guint)strtoul (number + strlen (mark), NULL, 10);
}

/* The value is a name or null. */
static guint
read_operation (const char *value)
{
  return value != NULL && *value == '"' ? sim_operation_parse (value) : 0;
}

static guint64
read_known (const char *job, const char *end)
{
  guint64 known = 0;

  for (const char *p = strstr (job, "/op-"); p != NULL && p < end; p = strstr (p + 1, "/op-"))
    known |= sim_operation_get_bit (sim_operation_parse (p));
  return known;
}

static void
scan (SimFile *file)
{
  static const char begin[] = "\"idempotent_key\":";
  const char *job = strstr (file->text, begin);

  for (guint i = 0; i < SIM_MAX_CLIPS; i++)
    file->records[i] = (SimRecord){ .status = -1 };
  while (job != NULL)
    {
      const char *next = strstr (job + 1, begin);
      const char *end = next != NULL ? next : file->text + file->length_bytes;
      const char *variant = find_member (job, end, "\"variant\":");
      gulong clip = variant != NULL ? strtoul (variant + strlen ("\"c"), NULL, 10) : SIM_MAX_CLIPS;

      if (clip < SIM_MAX_CLIPS)
        file->records[clip] = (SimRecord){
          .status = read_status (find_member (job, end, "\"status\":")),
          .operation = read_operation (find_member (job, end, "\"operation_name\":")),
          .known = read_known (job, end),
        };
      job = next;
    }
}

static SimFile *
file_new (SimDisk *disk, char *text)
{
  SimFile *file = g_new0 (SimFile, 1);

  file->text = text;
  file->length_bytes = strlen (text);
  scan (file);
  g_ptr_array_add (disk->files, file);
  return file;
}

/* ---- what a reader sees ---- */

static SimFile *
get_visible (const SimDisk *disk)
{
  return disk->pending->len > 0 ? g_ptr_array_index (disk->pending, disk->pending->len - 1)
                                : disk->durable;
}

SimReadState
sim_disk_read (SimDisk *disk, gboolean fails, const SimFile **ret_file)
{
  const SimFile *visible = get_visible (disk);

  if (fails)
    return SIM_READ_ERROR;
  if (visible == NULL)
    return SIM_READ_ABSENT;
  *ret_file = visible;
  return SIM_READ_TEXT;
}

/* ---- saving ---- */

void
sim_disk_begin_save (SimDisk *disk, char *text)
{
  g_assert (disk->saving == NULL);
  disk->saving = file_new (disk, text);
  disk->step = SIM_SAVE_CREATE;
}

static SimSaveState
fail_save (SimDisk *disk, const char *what)
{
  sim_trace_note (disk->trace, SIM_NO_CLIP, "save failed", what, 0);
  disk->saving = NULL;
  return SIM_SAVE_FAILED;
}

static SimSaveState
go_on (SimDisk *disk, const char *what)
{
  sim_trace_note (disk->trace, SIM_NO_CLIP, "save", what, 0);
  disk->step++;
  return SIM_SAVE_GOES_ON;
}

static SimSaveState
step_create (SimDisk *disk, gboolean fails)
{
  if (fails)
    return fail_save (disk, "open");
  if (disk->writes_in_place)
    g_ptr_array_add (disk->pending, disk->saving);
  return go_on (disk, "open");
}

static SimSaveState
step_write (SimDisk *disk, gboolean fails)
{
  SimFile *file = disk->saving;

  if (fails)
    {
      file->written_bytes
          = (gsize)veo3_random_range (disk->random, 0, (gint64)file->length_bytes - 1);
      return fail_save (disk, "write");
    }
  file->written_bytes = file->length_bytes;
  return go_on (disk, "write");
}

static SimSaveState
step_fsync_file (SimDisk *disk, gboolean fails)
{
  if (fails)
    return fail_save (disk, "fsync of the file");
  disk->saving->is_synced = !disk->skips_file_fsync;
  return go_on (disk, "fsync of the file");
}

static SimSaveState
step_rename (SimDisk *disk, gboolean fails)
{
  if (fails)
    return fail_save (disk, "rename");
  if (!disk->writes_in_place)
    g_ptr_array_add (disk->pending, disk->saving);
  return go_on (disk, "rename");
}

gboolean
sim_disk_sync_folder (SimDisk *disk, gboolean fails)
{
  if (fails)
    return FALSE;
  disk->durable = get_visible (disk);
  g_ptr_array_set_size (disk->pending, 0);
  return TRUE;
}

static SimSaveState
step_fsync_folder (SimDisk *disk, gboolean fails)
{
  if (!disk->skips_folder_fsync && !sim_disk_sync_folder (disk, fails))
    return fail_save (disk, "fsync of the folder");
  disk->saving = NULL;
  sim_trace_note (disk->trace, SIM_NO_CLIP, "saved", NULL, 0);
  return SIM_SAVE_DURABLE;
}

SimSaveState
sim_disk_step (SimDisk *disk, gboolean fails)
{
  switch (disk->step)
    {
    case SIM_SAVE_CREATE:
      return step_create (disk, fails);
    case SIM_SAVE_WRITE:
      return step_write (disk, fails);
    case SIM_SAVE_FSYNC_FILE:
      return step_fsync_file (disk, fails);
    case SIM_SAVE_RENAME:
      return step_rename (disk, fails);
    case SIM_SAVE_FSYNC_FOLDER:
      return step_fsync_folder (disk, fails);
    }
  g_assert_not_reached ();
}

/* ---- accidents ---- */

void
sim_disk_kill (SimDisk *disk)
{
  disk->saving = NULL;
}

/* Some beginning of what was written: nothing, all of it, or a part. */
static SimFile *
tear (SimDisk *disk, const SimFile *file)
{
  gsize length_bytes = (gsize)veo3_random_range (disk->random, 0, (gint64)file->written_bytes);
  SimFile *torn = file_new (disk, g_strndup (file->text, length_bytes));

  torn->written_bytes = torn->length_bytes;
  torn->is_synced = TRUE;
  return torn;
}

void
sim_disk_cut_power (SimDisk *disk)
{
  guint n = sim_disk_get_n_possible (disk);
  guint index = (guint)veo3_random_range (disk->random, 0, n - 1);
  SimFile *left = index == 0 ? disk->durable : g_ptr_array_index (disk->pending, index - 1);

  sim_disk_kill (disk);
  if (left != NULL && !left->is_synced)
    left = tear (disk, left);
  disk->durable = left;
  g_ptr_array_set_size (disk->pending, 0);
  sim_trace_note (disk->trace, SIM_NO_CLIP, "power cut leaves document", NULL, index);
}

guint
sim_disk_get_n_possible (const SimDisk *disk)
{
  return disk->pending->len + 1;
}

const SimFile *
sim_disk_get_possible (const SimDisk *disk, guint index)
{
  return index == 0 ? disk->durable : g_ptr_array_index (disk->pending, index - 1);
}

void
sim_disk_place (SimDisk *disk, char *text)
{
  disk->durable = file_new (disk, text);
  disk->durable->written_bytes = disk->durable->length_bytes;
  disk->durable->is_synced = TRUE;
  g_ptr_array_set_size (disk->pending, 0);
}

/* Returns: (transfer full) (nullable): NULL = it has no version. */
static char *
dup_newer (const SimFile *file)
{
  static const char version[] = "\"schema_version\":1";
  const char *found = strstr (file->text, version);
  char *text;

  if (found == NULL)
    return NULL;
  text = g_strdup (file->text);
  text[found - file->text + (gssize)strlen (version) - 1] = '9';
  return text;
}

void
sim_disk_damage (SimDisk *disk)
{
  SimFile *visible = get_visible (disk);
  char *text = veo3_random_range (disk->random, 0, 3) == 0 ? dup_newer (visible) : NULL;

  g_assert (disk->sound == NULL && visible != NULL);
  if (text == NULL)
    text = g_strndup (visible->text, (gsize)veo3_random_range (disk->random, 0,
                                                               (gint64)visible->length_bytes - 3));
  sim_disk_place (disk, text);
  disk->sound = visible;
}

void
sim_disk_mend (SimDisk *disk)
{
  disk->durable = g_steal_pointer (&disk->sound);
  disk->durable->is_synced = TRUE;
}
