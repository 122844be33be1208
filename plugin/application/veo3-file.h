/* SPDX-License-Identifier: MIT */
/*
 * Reading and placing the small files of a workspace so that no symbolic link leads outside of it.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * veo3_file_open_folder: opens a folder.
 * @dir_fd: folder that @name lies in, AT_FDCWD for an absolute @name
 * Thread: any. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR by errno; G_IO_ERROR_NOT_DIRECTORY also for a symbolic link.
 * Returns: a descriptor to close, close-on-exec; -1 on error
 */
int veo3_file_open_folder (int dir_fd, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_file_read: reads a regular file whole.
 * @dir_fd: folder that @name lies in or below; no link on the way is followed
 * @max_bytes: a larger file is an error
 * @ret_length_bytes: (out) (optional): without the NUL that is added
 * Thread: any. Blocks: briefly, on the disk; a FIFO in the file's place does not block.
 * Errors: G_IO_ERROR_NOT_FOUND only if there is nothing of that name; G_IO_ERROR_NOT_REGULAR_FILE
 *   for a link, folder, FIFO or device; G_IO_ERROR_MESSAGE_TOO_LARGE; else by errno.
 * Returns: (transfer full) (nullable)
 */
char *veo3_file_read (int dir_fd,
                      const char *name,
                      gsize max_bytes,
                      gsize *ret_length_bytes,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_file_write_new: writes a new file (0600), durably; leaves what is there alone.
 * @dir_fd: folder that @name is to lie in
 * Thread: any. Blocks: on the disk.
 * Errors: G_IO_ERROR_EXISTS if there is anything of that name, a link included; else by errno, and
 *   then there is nothing of that name.
 * Returns: TRUE when a power cut would not take it back.
 */
gboolean veo3_file_write_new (int dir_fd,
                              const char *name,
                              const char *data,
                              gsize length_bytes,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
