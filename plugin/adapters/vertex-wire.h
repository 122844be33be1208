/* SPDX-License-Identifier: MIT */
/*
 * VertexWire: what only Vertex AI says, around VeoWire: hosts, names, labels, inline and stored
 * clips. Pure, no network. Answers to polls come as the rest that InlineClip leaves of them.
 */
#pragma once

#include "plugin/adapters/veo-wire.h"

G_BEGIN_DECLS

/** What InlineClip takes out of an answer. */
#define VERTEX_WIRE_INLINE_MEMBER "bytesBase64Encoded"

#define VERTEX_WIRE_STORAGE_URL "https://storage.googleapis.com"

/** VertexClip: where a finished clip is. As text: "inline:N:projects/…" or "gs://bucket/object". */
typedef struct
{
  char *operation; /* (owned) (nullable) whose answer carries it... */
  int place;       /* ...as this one of its texts, counted from 0 */
  char *path;      /* (owned) (nullable) of the object in the JSON API of Cloud Storage, escaped */
} VertexClip;

/**
 * vertex_wire_dup_base_url: the service of a location.
 * Source: the official SDK's choice of hosts, google-genai 2.32.
 * @location: "us-central1", "global", "us", "eu"
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL = no location.
 */
char *vertex_wire_dup_base_url (const char *location);

/**
 * vertex_wire_build_submit: the body of predictLongRunning, labelled with the job's key and run, so
 * that a line of the bill can be matched. A clip without sound is asked for as such: it is cheaper.
 * @storage_uri: (nullable): "gs://bucket/folder/"; NULL = the clip comes inline
 * Thread: any. Blocks: no. Errors: as veo_wire_build_submit().
 * Returns: (transfer full) (nullable)
 */
GBytes *vertex_wire_build_submit (const Veo3ClipRequest *request,
                                  const char *storage_uri,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_wire_parse_submit: the operation's name out of an accepted submit.
 * @body: (array length=length) (nullable)
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: anything else.
 * Returns: (transfer full) (nullable)
 */
char *
vertex_wire_parse_submit (const char *body, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_wire_is_operation_name: a full name, "projects/P/locations/L/publishers/google/models/M/
 * operations/O", fit to be put into a URL.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it is one.
 */
gboolean vertex_wire_is_operation_name (const char *name);

/**
 * vertex_wire_dup_location: the location out of an operation's name: its own host has it, whatever
 * is configured by now.
 * @name: as vertex_wire_is_operation_name()
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *vertex_wire_dup_location (const char *name);

/**
 * vertex_wire_dup_fetch_path: what a poll asks: "projects/…/models/M:fetchPredictOperation". A GET
 * on the name answers 404.
 * @name: as vertex_wire_is_operation_name()
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *vertex_wire_dup_fetch_path (const char *name);

/**
 * vertex_wire_build_fetch: the body of fetchPredictOperation.
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_FAILED: no memory.
 * Returns: (transfer full) (nullable)
 */
GBytes *vertex_wire_build_fetch (const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_wire_parse_poll: what operation @name says of itself.
 * @rest: (array length=length) (nullable): as InlineClip leaves it.
 * @secret: (nullable): redacted from messages.
 * @operation: (inout): zeroed before, to be cleared with veo_operation_clear(). Its clip_uri is as
 *   VertexClip says.
 * Thread: any. Blocks: no. Errors: none: FALSE = not an operation, or another one.
 * Returns: TRUE when @operation says what it is.
 */
gboolean vertex_wire_parse_poll (const char *rest,
                                 gsize length,
                                 const char *name,
                                 const char *secret,
                                 VeoOperation *operation) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_wire_is_enough: an InlineClipEnoughFunc: does the beginning of an answer say that the clip
 * is in it? The rest of it are megabytes that a poll need not read.
 * @user_data: (const char *): the operation's name
 * Thread: any. Blocks: no. Errors: none. Returns: TRUE if so.
 */
gboolean vertex_wire_is_enough (const char *rest, gsize length, gpointer user_data);

/**
 * vertex_wire_check_inline: an InlineDownloadCheckFunc.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): why text number @wanted is not the clip; NULL = it is.
 */
char *vertex_wire_check_inline (const char *rest, gsize length, int wanted);

/**
 * vertex_wire_parse_clip: reads the text of a VertexClip.
 * Source: cloud.google.com/storage/docs/request-endpoints: objects are one escaped segment.
 * @clip: (out caller-allocates): to be cleared with vertex_clip_clear().
 * Thread: any. Blocks: no. Errors: none.
 * Returns: FALSE if it is no place that may be asked.
 */
gboolean vertex_wire_parse_clip (const char *text, VertexClip *clip);

/**
 * vertex_clip_clear: frees what it owns. Thread: any. Blocks: no. Errors: none.
 */
void vertex_clip_clear (VertexClip *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VertexClip, vertex_clip_clear)

G_END_DECLS
