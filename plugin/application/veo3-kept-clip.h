/* SPDX-License-Identifier: MIT */
/*
 * Kept clips: what was paid for stays when another clip takes its place: `<variant>.N.mp4`.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * veo3_kept_clip_make: gives a clip a second, durable name: the first of `<variant>.1.mp4`,
 * `<variant>.2.mp4` ... that is free. The first name stays, until the new clip replaces it.
 * @folder_fd: the folder of the clips
 * @ret_name: (out) (transfer full): the second name; NULL when there is no clip to keep. Untouched
 *   on failure
 * Thread: any. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR by errno: the clip could not be kept.
 * Returns: TRUE when nothing can be lost any more.
 */
gboolean veo3_kept_clip_make (int folder_fd, const char *variant, char **ret_name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
