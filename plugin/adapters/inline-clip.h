/* SPDX-License-Identifier: MIT */
/*
 * InlineClip: a JSON answer that carries its clip as base64 (a dozen MB and more), read as it
 * comes. What is short stays: the "rest", which is the same JSON with a mark ("@inline:0") in the
 * place of each big text. One of those texts may be decoded into a ClipFile on the way. So neither
 * a poll nor a download ever holds a clip in memory, not even once.
 *
 * A poll and a download are the same request, asked twice: a poll looks at the rest only, and stops
 * reading as soon as it says enough; the clip's "URI" is then its place, which the download is
 * given. That needs no state between the two and survives a restart.
 */
#pragma once

#include "plugin/adapters/clip-file.h"
#include "plugin/adapters/http-client.h"

G_BEGIN_DECLS

/** No text is decoded: a poll. */
#define INLINE_CLIP_NONE (-1)

/** InlineClipError: what a stream ends with, beside the errors of ClipFile. */
typedef enum
{
  INLINE_CLIP_ERROR_CODING,  /* what should be base64 is not, or ends too early */
  INLINE_CLIP_ERROR_TOO_BIG, /* bigger than allowed */
} InlineClipError;

#define INLINE_CLIP_ERROR (inline_clip_error_quark ())
GQuark inline_clip_error_quark (void);

/**
 * InlineClipEnoughFunc: is the beginning of an answer all that one wants to know? Asked when a
 * text that is taken out begins, at most 16 times.
 * @rest: (array length=length): whole JSON: what is open yet has been closed; NUL added.
 * Thread: the client's context, inside the sink.
 * Returns: TRUE = stop reading.
 */
typedef gboolean (*InlineClipEnoughFunc) (const char *rest, gsize length, gpointer user_data);

/** InlineClipOptions: of one answer. */
typedef struct
{
  const char *member; /* (static) values of members of this name are taken out, however short */
  int wanted;         /* which of them, counted from 0, goes into @file; or INLINE_CLIP_NONE */
  ClipFile *file;     /* (borrowed) (nullable) with a wanted one */
  guint64 max_bytes;  /* of the answer as it comes; the rest has JSON_ANSWER_MAX_BYTES */
  InlineClipEnoughFunc is_enough; /* (nullable) NULL = all is read */
  gpointer user_data;             /* (borrowed) for is_enough */
} InlineClipOptions;

typedef struct _InlineClip InlineClip;

/**
 * inline_clip_new: a reader at the beginning of an answer.
 * Thread: the worker. Blocks: no. Errors: none. Returns: (transfer full)
 */
InlineClip *inline_clip_new (const InlineClipOptions *options);

/**
 * inline_clip_feed: reads on. What is not JSON at all is passed on to the rest, whose reader says
 * so.
 * @data: (array length=length)
 * Thread: the worker. Blocks: as clip_file_write(). Errors: INLINE_CLIP_ERROR, CLIP_FILE_ERROR.
 * Returns: TRUE if it wants more; FALSE without an error: it has enough.
 */
gboolean inline_clip_feed (InlineClip *self, const guint8 *data, gsize length, GError **error);

/**
 * inline_clip_sink: inline_clip_feed() as the sink of a request; the error is kept for
 * inline_clip_get_view(). @inline_clip: the reader.
 * Thread: the client's context. Blocks: as clip_file_write(). Errors: kept. Returns: as a sink.
 */
gboolean inline_clip_sink (const guint8 *data, gsize length, gpointer inline_clip);

/**
 * inline_clip_get_view: the response as if the rest had been its body, whole if enough was read.
 * An answer that did not go to the sink (not 2xx) is left as it is.
 * @response: as the client gave it, and valid as long.
 * Thread: the client's context. Blocks: no. Errors: none.
 * Returns: borrows from @response and @self
 */
HttpResponse inline_clip_get_view (InlineClip *self, const HttpResponse *response);

/**
 * inline_clip_get_error: what inline_clip_sink() stopped at.
 * Thread: the worker. Blocks: no. Errors: none. Returns: (transfer none) (nullable)
 */
const GError *inline_clip_get_error (InlineClip *self);

/**
 * inline_clip_is_kept: has the wanted text come whole, and is it in the file?
 * Thread: the worker. Blocks: no. Errors: none. Returns: TRUE if so.
 */
gboolean inline_clip_is_kept (const InlineClip *self);

/**
 * inline_clip_parse_mark: which text stood here?
 * @text: (nullable): a value in the rest.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: its number from 0; INLINE_CLIP_NONE = @text is no mark. An empty text has none.
 */
int inline_clip_parse_mark (const char *text);

/**
 * inline_clip_free: accepts NULL; leaves the file alone.
 * Thread: the worker. Blocks: no. Errors: none.
 */
void inline_clip_free (InlineClip *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (InlineClip, inline_clip_free)

G_END_DECLS
