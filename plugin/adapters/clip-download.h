/* SPDX-License-Identifier: MIT */
/*
 * ClipDownload: fetches a clip into a file, following redirects by hand, because libcurl would
 * take the key along to any host.
 */
#pragma once

#include "plugin/adapters/http-client.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

#define CLIP_DOWNLOAD_MAX_HOPS 5
#define CLIP_DOWNLOAD_MAX_BYTES (G_GUINT64_CONSTANT (512) * 1024 * 1024)

/** ClipDownloadSource: whom to ask and with what. Borrowed until the callback. */
typedef struct
{
  HttpClient *client;     /* (borrowed) */
  CURLU *origin;          /* (borrowed) the key goes to this scheme, host and port only */
  const char *key_header; /* (borrowed) "x-goog-api-key" */
  const char *key;        /* (borrowed) a secret */
  guint64 max_bytes;      /* bigger clips are refused */
} ClipDownloadSource;

/**
 * clip_download_start: fetches @url into @target; calls back once, later.
 * @source: (borrowed): until the callback.
 * @url: (transfer full) (nullable): NULL = there is nothing that may be asked for; @problem says
 *   why, and the answer is NOT_CLIP.
 * @target: as the port says.
 * Thread: the owner of the client's context. Blocks: on creating and writing a file.
 * Errors: through @callback.
 */
void clip_download_start (const ClipDownloadSource *source,
                          CURLU *url,
                          const char *problem,
                          const Veo3DownloadTarget *target,
                          GCancellable *cancellable,
                          Veo3DownloadFunc callback,
                          gpointer user_data);

G_END_DECLS
