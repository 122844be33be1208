/* SPDX-License-Identifier: MIT */
/*
 * InlineDownload: fetches a clip that comes inside a JSON answer into a file. The counterpart of
 * ClipDownload for services that send base64 instead of an address.
 */
#pragma once

#include "plugin/adapters/clip-arrival.h"
#include "plugin/adapters/http-client.h"

G_BEGIN_DECLS

/**
 * InlineDownloadCheckFunc: what does the rest of the answer say, now that all of it is here?
 * @rest: (array length=length): as inline_clip_get_view()
 * @wanted: number of the text that was decoded
 * Thread: the client's context.
 * Returns: (transfer full) (nullable): why that text is not the clip; NULL = it is.
 */
typedef char *(*InlineDownloadCheckFunc) (const char *rest, gsize length, int wanted);

/** InlineDownloadSource: what to ask for. Borrowed during inline_download_start(). */
typedef struct
{
  HttpClient *client;            /* (borrowed) until the callback */
  const char *member;            /* (static) as in InlineClipOptions */
  int wanted;                    /* the place that the poll told */
  InlineDownloadCheckFunc check; /* is it the clip? */
  const char *secret;            /* (nullable) redacted from messages; copied */
  guint64 max_bytes;             /* bigger clips are refused */
  const char *problem;           /* (nullable) why there is no request */
} InlineDownloadSource;

/**
 * inline_download_start: sends @request and stores the clip out of its answer.
 * @request: (transfer full) (nullable): NULL = it could not be built, which says nothing of the
 *   clip: the answer is TRANSIENT.
 * Thread: the owner of the client's context. Blocks: on creating and writing a file.
 * Errors: through the callback.
 */
void inline_download_start (const InlineDownloadSource *source,
                            HttpRequest *request,
                            const ClipArrivalCall *call);

G_END_DECLS
