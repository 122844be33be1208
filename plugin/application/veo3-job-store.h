/* SPDX-License-Identifier: MIT */
/*
 * Veo3JobStore: the folder veo3/ of a workspace: jobs.json and the clips.
 *
 * Saves are atomic and durable: a reader sees the old document or the new one, and what has been
 * reported saved survives a power cut. The owner holds the workspace's lock.
 */
#pragma once

#include <gio/gio.h>

#include "plugin/application/veo3-job-codec.h"

G_BEGIN_DECLS

#define VEO3_FOLDER_NAME "veo3"
#define VEO3_JOBS_FILE_NAME "jobs.json"
#define VEO3_JOBS_PATH VEO3_FOLDER_NAME "/" VEO3_JOBS_FILE_NAME

typedef struct _Veo3JobStore Veo3JobStore;

/**
 * Veo3JobStoreSaved: the one completion of a save.
 * @error: (nullable): NULL = durable
 * Thread: the context that was the thread's default when the save was asked for.
 */
typedef void (*Veo3JobStoreSaved) (const GError *error, gpointer user_data);

/**
 * veo3_job_store_new: a store; touches nothing.
 * @workspace: absolute path
 * Thread: any, then one at a time. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR when the workspace cannot be opened.
 * Returns: (transfer full) (nullable)
 */
Veo3JobStore *veo3_job_store_new (const char *workspace, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_job_store_free: accepts NULL. No save is in flight. Thread: the owner's. Blocks: no.
 * Errors: none.
 */
void veo3_job_store_free (Veo3JobStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3JobStore, veo3_job_store_free)

/**
 * veo3_job_store_load: reads jobs.json; changes nothing.
 * @ret_jobs: (out) (transfer full) (element-type Veo3Job): untouched on failure
 * Thread: the owner's. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR_NOT_FOUND only if there is no such file or folder; every other error means
 *   "could not be read" and must never be taken for "there is none". The message says what to do
 * and which operations may be in it. Returns: (transfer full) (nullable)
 */
Veo3JobDocument *veo3_job_store_load (Veo3JobStore *self,
                                      GPtrArray **ret_jobs,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_job_store_set_aside: copies a jobs.json that cannot be read to `jobs.json.bad-<utc>`, so
 * that whatever a person does next, its bytes stay; never over another file. Does nothing if such a
 * copy exists. Thread: the owner's. Blocks: briefly, on the disk. Errors: G_IO_ERROR.
 * Returns: TRUE when such a copy exists.
 */
gboolean veo3_job_store_set_aside (Veo3JobStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_job_store_prepare: makes veo3/ (0700), sweeps temporary files of killed saves, and makes
 * durable what a killed save has left in the page cache only.
 * Thread: the owner's. Blocks: briefly, on the disk. Errors: G_IO_ERROR.
 * Returns: TRUE when saves can begin.
 */
gboolean veo3_job_store_prepare (Veo3JobStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_job_store_save_async: writes jobs.json on a helper thread.
 * @text: (transfer full)
 * Thread: the owner's; prepare has succeeded; one save at a time. Blocks: no.
 * Errors: through @callback.
 */
void veo3_job_store_save_async (Veo3JobStore *self,
                                char *text,
                                Veo3JobStoreSaved callback,
                                gpointer user_data);

/**
 * veo3_job_store_get_folder_fd: the folder veo3/.
 * Thread: the owner's; prepare has succeeded. Blocks: no. Errors: none.
 * Returns: a descriptor that stays the store's.
 */
int veo3_job_store_get_folder_fd (const Veo3JobStore *self);

/**
 * veo3_job_store_get_workspace_fd: the workspace. Thread: the owner's. Blocks: no.
 * Errors: none. Returns: a descriptor that stays the store's.
 */
int veo3_job_store_get_workspace_fd (const Veo3JobStore *self);

/**
 * veo3_job_store_make_clip_name: `<variant>.mp4`, below veo3/.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full).
 */
char *veo3_job_store_make_clip_name (const char *variant);

/**
 * veo3_job_store_has_clip: is the clip of a completed job there, in its full size?
 * @bytes: expected size, -1 = any but empty
 * Thread: the owner's. Blocks: briefly, on the disk. Errors: "could not look" counts as there.
 * Returns: FALSE only if it is known not to be there as it was stored.
 */
gboolean veo3_job_store_has_clip (Veo3JobStore *self, const char *variant, gint64 bytes);

/**
 * veo3_job_store_finds_clip: is there a file in the place of a clip nobody has stored yet?
 * Thread: the owner's. Blocks: briefly, on the disk. Errors: "could not look" counts as not there.
 * Returns: TRUE only if a regular file that is not empty has been seen.
 */
gboolean veo3_job_store_finds_clip (Veo3JobStore *self, const char *variant);

G_END_DECLS
