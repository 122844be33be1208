/* SPDX-License-Identifier: MIT */
/*
 * The content side of the Gemini wire: a clip with its length, ETag and byte ranges, and the File
 * resource that describes it. Pure functions of a ready operation and a request.
 */
#pragma once

#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/operation-store.h"

G_BEGIN_DECLS

/**
 * gemini_files_serve_content:
 * @operation: an operation whose clip is ready
 * @request: its Range and If-Range count
 * @fault: (nullable): one that is about ETags or ranges counts
 *
 * Answers with the clip: 200, 206 for one satisfiable range, 416 otherwise.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the answer
 */
EmulatorAnswer *gemini_files_serve_content (Operation *operation,
                                            const EmulatorRequest *request,
                                            const EmulatorFault *fault);

/**
 * gemini_files_refuse_content:
 * @operation: an operation whose file is not ACTIVE
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the refusal of its download
 */
EmulatorAnswer *gemini_files_refuse_content (const Operation *operation);

/**
 * gemini_files_build_uri:
 * @operation: an operation
 * @origins: for the URI
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): where its clip is to be downloaded
 */
gchar *gemini_files_build_uri (const Operation *operation, const EmulatorOrigins *origins);

/**
 * gemini_files_describe:
 * @operation: an operation whose clip is ready
 * @now_us: g_get_monotonic_time(), for its state
 * @origins: for its URIs
 *
 * Answers with the File resource; sizeBytes is a string, as proto3 JSON prints an int64.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the answer
 */
EmulatorAnswer *
gemini_files_describe (Operation *operation, gint64 now_us, const EmulatorOrigins *origins);

G_END_DECLS
