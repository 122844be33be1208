/* SPDX-License-Identifier: MIT */
/*
 * ClipFile: a clip on its way to the disk. It has its final name only when it is whole and
 * fsynced; until then it is ".NAME.part" in the same folder.
 */
#pragma once

#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

typedef struct _ClipFile ClipFile;

/** ClipFileError: what the caller can do. */
typedef enum
{
  CLIP_FILE_ERROR_DISK,    /* mend the disk, try again */
  CLIP_FILE_ERROR_TOO_BIG, /* bigger than allowed */
  CLIP_FILE_ERROR_CUT,     /* an MP4 whose end is missing */
  CLIP_FILE_ERROR_FOREIGN, /* not an MP4 */
} ClipFileError;

#define CLIP_FILE_ERROR (clip_file_error_quark ())
GQuark clip_file_error_quark (void);

/**
 * ClipFileFunc: the one completion of clip_file_commit().
 * @error: (nullable): NULL = stored under its final name, durably.
 * Thread: the context given to clip_file_commit().
 */
typedef void (*ClipFileFunc) (const GError *error, gpointer user_data);

/**
 * clip_file_new: makes the temporary file, replacing a leftover of that name.
 * @dir_fd: (borrowed): duplicated.
 * @name: final name: one path component.
 * @max_bytes: more than that is refused.
 * Thread: the worker. Blocks: on creating a file. Errors: CLIP_FILE_ERROR_DISK.
 * Returns: (transfer full) (nullable)
 */
ClipFile *clip_file_new (int dir_fd, const char *name, guint64 max_bytes, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * clip_file_new_adopted: takes over a file that somebody else has written, to commit it.
 * @dir_fd: (borrowed): duplicated.
 * @part_name: its present name: a regular file, no symlink; one path component.
 * @name: final name: one path component.
 * @max_bytes: more than that is refused.
 * Thread: the worker. Blocks: on opening a file.
 * Errors: CLIP_FILE_ERROR_DISK, CLIP_FILE_ERROR_TOO_BIG; the file is then left alone.
 * Returns: (transfer full) (nullable): nothing more can be written to it
 */
ClipFile *clip_file_new_adopted (int dir_fd,
                                 const char *part_name,
                                 const char *name,
                                 guint64 max_bytes,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * clip_file_write: appends.
 * @data: (array length=length)
 * Thread: the worker. Blocks: on write(2) into the page cache.
 * Errors: CLIP_FILE_ERROR_DISK, CLIP_FILE_ERROR_TOO_BIG.
 * Returns: TRUE when all of it was taken.
 */
gboolean clip_file_write (ClipFile *self, const guint8 *data, gsize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * clip_file_restart: forgets what was written.
 * Thread: the worker. Blocks: on ftruncate(2). Errors: CLIP_FILE_ERROR_DISK.
 * Returns: TRUE when it is empty.
 */
gboolean clip_file_restart (ClipFile *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * clip_file_is_intact: does the temporary name still stand for what was written here?
 * Thread: the worker. Blocks: on fstat(2). Errors: none, FALSE when in doubt.
 * Returns: TRUE when more may be appended.
 */
gboolean clip_file_is_intact (const ClipFile *self);

/**
 * clip_file_get_bytes: what was written so far.
 * Thread: the worker. Blocks: no. Errors: none.
 * Returns: bytes.
 */
guint64 clip_file_get_bytes (const ClipFile *self);

/**
 * clip_file_get_sha256: of what was written; ends the writing. Of an adopted file: once it is
 * committed.
 * Thread: the worker. Blocks: no. Errors: none.
 * Returns: (transfer none): lower-case hex.
 */
const char *clip_file_get_sha256 (ClipFile *self);

/**
 * clip_file_get_media: what the clip says of itself, once it is committed.
 * Thread: the worker. Blocks: no. Errors: none.
 * Returns: zeros before.
 */
Veo3ClipMedia clip_file_get_media (const ClipFile *self);

/**
 * clip_file_commit: checks the boxes, fsyncs, renames, fsyncs the folder, in a thread of its own,
 * so that the loop does not wait for the disk.
 * @context: where @callback is called, later and once; the caller owns it.
 * Nothing else may be done with @self until then, not even free it.
 * Thread: the owner of @context. Blocks: no. Errors: any ClipFileError, through @callback.
 */
void
clip_file_commit (ClipFile *self, GMainContext *context, ClipFileFunc callback, gpointer user_data);

/**
 * clip_file_free: removes the temporary file if it was not renamed; an adopted one only if it has
 * proved to be no clip. Accepts NULL.
 * Thread: the worker. Blocks: on unlink. Errors: none.
 */
void clip_file_free (ClipFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClipFile, clip_file_free)

G_END_DECLS
