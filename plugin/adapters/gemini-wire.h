/* SPDX-License-Identifier: MIT */
/*
 * GeminiWire: JSON of the Gemini API's video calls to structs and back. Pure, no network.
 */
#pragma once

#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** GeminiOperation: what a well-formed answer to a poll says. */
typedef struct
{
  Veo3PollClass klass; /* RUNNING, DONE or FAILED */
  char *clip_uri;      /* (owned) (nullable) set when DONE, not yet trusted */
  Veo3ErrorCode code;  /* why FAILED */
  char *message;       /* (owned) (nullable) the service's words, cleaned and redacted */
} GeminiOperation;

/**
 * gemini_wire_fit: makes a request one that Veo 3.1 can do: 4, 6 or 8 seconds, 8 for 1080p and 4k.
 * Source: ai.google.dev/gemini-api/docs/video, parameters of Veo 3.1.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): what was changed; NULL = nothing.
 */
char *gemini_wire_fit (Veo3ClipRequest *request);

/**
 * gemini_wire_build_submit: the body of predictLongRunning, with the fewest members that say it
 * all. Thread: any. Blocks: no. Errors: G_IO_ERROR_FAILED: no memory. Returns: (transfer full)
 * (nullable)
 */
GBytes *gemini_wire_build_submit (const Veo3ClipRequest *request,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_wire_parse_submit: the operation's name out of an accepted submit.
 * @body: (array length=length) (nullable)
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: anything else.
 * Returns: (transfer full) (nullable)
 */
char *
gemini_wire_parse_submit (const char *body, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_wire_is_segment: can @text be one segment of a URL's path as it is?
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it can.
 */
gboolean gemini_wire_is_segment (const char *text);

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
 * @operation: (out caller-allocates): to be cleared with gemini_operation_clear().
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: not an operation.
 * Returns: TRUE when @operation says what it is.
 */
gboolean gemini_wire_parse_poll (const char *body,
                                 gsize length,
                                 const char *secret,
                                 GeminiOperation *operation,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_wire_dup_file_id: the id out of ".../files/{id}:download?alt=media" or ".../files/{id}".
 * Host and query of @uri are not looked at: the caller builds a URL of its own.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): letters, digits, dashes and underscores; NULL = none there.
 */
char *gemini_wire_dup_file_id (const char *uri);

/**
 * gemini_operation_clear: frees what it owns.
 * Thread: any. Blocks: no. Errors: none.
 */
void gemini_operation_clear (GeminiOperation *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GeminiOperation, gemini_operation_clear)

G_END_DECLS
