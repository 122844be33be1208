/* SPDX-License-Identifier: MIT */
/*
 * ClipDownload: fetches a clip into a file, following redirects by hand, because libcurl would
 * take the key along to any host.
 */
#pragma once

#include "plugin/adapters/clip-arrival.h"
#include "plugin/adapters/clip-shelf.h"

G_BEGIN_DECLS

#define CLIP_DOWNLOAD_MAX_HOPS 5
#define CLIP_DOWNLOAD_MAX_BYTES (G_GUINT64_CONSTANT (512) * 1024 * 1024)

/** ClipDownloadSource: whom to ask and with what. Borrowed until the callback. */
typedef struct
{
  HttpClient *client;         /* (borrowed) */
  CURLU *origin;              /* (borrowed) the key goes to this scheme, host and port only */
  const char *key_header;     /* (borrowed) "x-goog-api-key" */
  const char *key;            /* (borrowed) a secret: the header's value */
  const char *secret;         /* (borrowed) the part of it that is redacted from messages */
  const HttpNetwork *network; /* (borrowed) (nullable) as http_request_set_network() */
  ClipShelf *shelf;           /* (borrowed) (nullable) for what is cut; NULL = always anew */
  guint64 max_bytes;          /* bigger clips are refused */
} ClipDownloadSource;

/**
 * clip_download_start: fetches @url. What a cut left of an earlier try is continued, if the service
 * says that it still has the same clip; what a cut leaves of this one is kept for the next.
 * @source: its members are borrowed until the callback.
 * @url: (transfer full) (nullable): NULL = the service named nothing that may be asked for; the
 *   answer is NOT_CLIP.
 * Thread: the owner of the client's context. Blocks: on creating and writing a file.
 * Errors: through the callback.
 */
void
clip_download_start (const ClipDownloadSource *source, CURLU *url, const ClipArrivalCall *call);

G_END_DECLS
