/* SPDX-License-Identifier: MIT */
/*
 * The file that holds the key of the API: read only if nobody else could have read or written it.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** More bytes than any key has; a larger file is something else. */
#define VEO3_KEY_FILE_MAX_BYTES 4096

/**
 * veo3_key_file_read: reads the key. It has to be one line of printable ASCII without blanks, in a
 * regular file of this user or of root that is closed to all others. Line ends at its end are left
 * out: in a header they would split the request.
 * @path: absolute; its last part must not be a link
 * Thread: any. Blocks: briefly, on the disk; a FIFO in the file's place does not block.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: the sentence names the file and what to do, and shows
 *   nothing of what is in it.
 * Returns: (transfer full) (nullable): a secret, to be wiped
 */
char *veo3_key_file_read (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
