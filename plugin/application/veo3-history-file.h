/* SPDX-License-Identifier: MIT */
/*
 * The file that the duration history lives in between runs.
 *
 * In the user's state folder, not in a workspace: it is about the service, not about a run. Two
 * processes that save at once keep the later one's knowledge; nothing more depends on it.
 */
#pragma once

#include "plugin/domain/veo3-duration-history.h"

G_BEGIN_DECLS

/** Larger than any file that this module writes. */
#define VEO3_HISTORY_FILE_MAX_BYTES (64 * 1024)

/**
 * veo3_history_file_get_default_path: where the history is kept.
 * Source: XDG Base Directory Specification, $XDG_STATE_HOME.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): an absolute path; nothing of it need exist
 */
char *veo3_history_file_get_default_path (void);

/**
 * veo3_history_file_load: reads a history. Contents that make no sense are skipped.
 * @path: absolute; nothing there gives an empty history
 * Thread: any. Blocks: briefly, on the disk.
 * Errors: those of veo3_file_read(): harmless, the caller goes on with an empty history.
 * Returns: (transfer full) (nullable): NULL on error
 */
Veo3DurationHistory *veo3_history_file_load (const char *path,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_history_file_save: writes a history whole or not at all; makes the folders it needs.
 * @path: absolute; beside it @path.new is used, and left behind only by a process that is killed
 * Thread: any. Blocks: on the disk.
 * Errors: G_IO_ERROR by errno: harmless, the caller says so and goes on.
 * Returns: TRUE when it is written, or another process is writing it at this moment
 */
gboolean veo3_history_file_save (const Veo3DurationHistory *history,
                                 const char *path,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
