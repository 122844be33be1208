/* SPDX-License-Identifier: MIT */
/*
 * GeminiWire: what only the Gemini API says, around VeoWire: names, clips, files. Pure, no network.
 */
#pragma once

#include "plugin/adapters/veo-wire.h"

G_BEGIN_DECLS

/**
 * gemini_wire_parse_submit: the operation's name out of an accepted submit.
 * @body: (array length=length) (nullable)
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: anything else.
 * Returns: (transfer full) (nullable)
 */
char *
gemini_wire_parse_submit (const char *body, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_wire_is_operation_name: "models/M/operations/O", fit to be put into a URL.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it is one.
 */
gboolean gemini_wire_is_operation_name (const char *name);

/**
 * gemini_wire_parse_poll: what an operation says of itself.
 * @body: (array length=length) (nullable)
 * @secret: (nullable): redacted from messages.
 * @operation: (inout): to be cleared with veo_operation_clear().
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: not an operation.
 * Returns: TRUE when @operation says what it is.
 */
gboolean gemini_wire_parse_poll (const char *body,
                                 gsize length,
                                 const char *secret,
                                 VeoOperation *operation,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_wire_dup_file_id: the id out of ".../files/{id}:download?alt=media" or ".../files/{id}".
 * Host and query of @uri are not looked at: the caller builds a URL of its own.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): letters, digits, dashes and underscores; NULL = none there.
 */
char *gemini_wire_dup_file_id (const char *uri);

G_END_DECLS
