/* SPDX-License-Identifier: MIT */
/*
 * SmallFile: reads a configuration or state file whole, with a size limit, and writes one so that
 * it is either the old or the new one after a crash. Refuses what would block or surprise: FIFOs,
 * devices, folders, and on wish symlinks.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** SmallFileLinks: may the last part of the path be a symlink? */
typedef enum
{
  SMALL_FILE_FOLLOW_LINKS, /* the user's own choice of file */
  SMALL_FILE_NO_LINKS,     /* our own file in a workspace */
} SmallFileLinks;

/**
 * small_file_explain: why a file of ours in a workspace could not be opened, and what to do.
 * @number: errno; EINVAL stands for what is no regular file
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *small_file_explain (int number);

/**
 * small_file_read: reads a regular file of at most @max_bytes.
 * @ret_length: (out) (optional): bytes without the NUL that is appended.
 * Thread: any. Blocks: disk.
 * Errors: G_FILE_ERROR_*: NOENT only when the name does not exist; INVAL when it is no regular
 * file or too large. The message starts with @path.
 * Returns: (transfer full) (nullable): the bytes, NUL-terminated; NULL with @error.
 */
char *small_file_read (const char *path,
                       gsize max_bytes,
                       SmallFileLinks links,
                       gsize *ret_length,
                       GError **error);

/**
 * small_file_write: replaces a file atomically and durably (file and folder synced, both checked).
 * The file gets mode 0600.
 * Thread: any. Blocks: disk. Errors: G_FILE_ERROR_*.
 * Returns: FALSE with @error; then the old content is still there or (folder sync failed) the new
 * one may be lost by a power cut.
 */
gboolean small_file_write (const char *path, const char *data, gsize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
