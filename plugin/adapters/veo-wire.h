/* SPDX-License-Identifier: MIT */
/*
 * VeoWire: what the two services that offer Veo (Gemini API and Vertex AI) have in common: the body
 * of predictLongRunning, the operation that answers a poll, the reasons of a content filter. Pure,
 * no network.
 */
#pragma once

#include <json-c/json.h>

#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** VeoExtras: what a submit may say beside the clip request itself. Borrowed. */
typedef struct
{
  int sample_count;        /* 0 = not said */
  const char *storage_uri; /* (nullable) "gs://bucket/folder/" */
  json_object *labels;     /* (nullable) (borrowed) on the bill: strings by name */
  gboolean takes_seed;     /* a request's seed is sent */
  gboolean takes_silence;  /* that no sound is wanted is sent */
} VeoExtras;

/** VeoOperation: what a well-formed answer to a poll says. */
typedef struct
{
  Veo3PollClass klass; /* RUNNING, DONE or FAILED */
  char *clip_uri;      /* (owned) (nullable) set when DONE, not yet trusted */
  Veo3ErrorCode code;  /* why FAILED */
  char *message;       /* (owned) (nullable) the service's words, cleaned and redacted */
} VeoOperation;

/** VeoAnswerForm: where an operation's response has what is looked for. */
typedef struct
{
  const char *wrapper; /* (nullable) (static) member of the response that holds it all */

  /* Returns: (transfer full) (nullable): the first usable clip in what @wrapper holds. */
  char *(*dup_clip) (json_object *response);
} VeoAnswerForm;

/**
 * veo_wire_build_submit: the body of predictLongRunning, with the fewest members that say it all.
 * @extras: (nullable)
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: a picture that was not read;
 * G_IO_ERROR_FAILED: no memory.
 * Returns: (transfer full) (nullable)
 */
GBytes *veo_wire_build_submit (const Veo3ClipRequest *request,
                               const VeoExtras *extras,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo_wire_is_segment: can @text be one segment of a URL's path as it is?
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it can.
 */
gboolean veo_wire_is_segment (const char *text);

/**
 * veo_wire_is_path: is @text a resource's name of the form of @pattern, fit to be put into a URL?
 * @pattern: segments as they must be, an asterisk for any: "models/<*>/operations/<*>" without the
 *   angle brackets
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it is one.
 */
gboolean veo_wire_is_path (const char *text, const char *pattern);

/**
 * veo_wire_parse_submit: the operation's name out of an accepted submit.
 * @body: (array length=length) (nullable)
 * @pattern: as veo_wire_is_path()
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: anything else.
 * Returns: (transfer full) (nullable)
 */
char *veo_wire_parse_submit (const char *body, gsize length, const char *pattern, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo_wire_read_operation: what an operation says of itself.
 * @object: the answer to a poll
 * @secret: (nullable): redacted from messages.
 * @operation: (inout): zeroed before, to be cleared with veo_operation_clear().
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: not an operation.
 * Returns: TRUE when @operation says what it is.
 */
gboolean veo_wire_read_operation (json_object *object,
                                  const VeoAnswerForm *form,
                                  const char *secret,
                                  VeoOperation *operation,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo_operation_get_result: the same in the words of the port.
 * Thread: any. Blocks: no. Errors: none. Returns: borrows from @self
 */
Veo3PollResult veo_operation_get_result (const VeoOperation *self);

/** veo_operation_clear: frees what it owns. Thread: any. Blocks: no. Errors: none. */
void veo_operation_clear (VeoOperation *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VeoOperation, veo_operation_clear)

G_END_DECLS
