/* SPDX-License-Identifier: MIT */
/*
 * EmulatorLog: one JSON line per request that was received completely, written in a single write()
 * before its answer is sent. It is the judge in tests: what is not in it never fully arrived.
 *
 * Members of a line: ts_us (monotonic, microseconds), time (RFC 3339, UTC), seq, connection, origin
 * ("api" or "storage"), method, path, query (a key or token in it is blotted out), headers
 * {content-type, user-agent, range, if-range, user-project, metadata-flavor, has_key,
 * has_authorization}, body (parsed JSON; strings over 4 KiB are replaced by their length and
 * SHA-256; null when there is none or it is no JSON), body_bytes, body_sha256 (of the body as it
 * arrived), wire (gemini, vertex, omni, token, metadata, none), kind (submit, poll, download,
 * model, file, cancel, delete, storage, token, metadata, other), model, operation, prompt (of a
 * submit, on every wire alike), token (number of the access token that came along, if the emulator
 * knows it), status (what will be answered; 0 = nothing), fault (as scripted, or null). No key and
 * no token is ever written.
 */
#pragma once

#include "tests/emulator/emulator-wire.h"

G_BEGIN_DECLS

typedef struct _EmulatorLog EmulatorLog;

/**
 * emulator_log_open:
 * @path: (nullable): file to append to; NULL = log nothing
 * @error: return location
 *
 * Thread: any, which is its owner then. Blocks: on open(). Errors: those of open(), as
 * G_FILE_ERROR. Returns: (transfer full): the log, or NULL
 */
EmulatorLog *emulator_log_open (const gchar *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_log_write:
 * @self: a log
 * @request: what arrived
 * @answer: what will be sent
 *
 * Thread: owner. Blocks: on a write() to a local file. Errors: none; a failed write ends the
 * program, because a judge that misses requests is worse than none.
 * Returns: nothing
 */
void emulator_log_write (EmulatorLog *self,
                         const EmulatorRequest *request,
                         const EmulatorAnswer *answer);

/**
 * emulator_log_close:
 * @self: (nullable) (transfer full): a log
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_log_close (EmulatorLog *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorLog, emulator_log_close)

G_END_DECLS
