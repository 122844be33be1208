/* SPDX-License-Identifier: MIT */
/*
 * OmniFile: a clip that the Files API keeps: waits until the service has it ready, then fetches it.
 */
#pragma once

#include "plugin/adapters/clip-download.h"
#include "plugin/adapters/service-root.h"

G_BEGIN_DECLS

/** OmniFileSource: whom to ask and how patiently. Its members are borrowed until the callback. */
typedef struct
{
  HttpClient *polls;       /* (borrowed) asks for the state */
  const ServiceRoot *root; /* (borrowed) */
  ClipDownloadSource clip; /* for the file itself; its key goes with the questions as well */
  gint64 interval_ms;      /* between two questions */
  gint64 wait_ms;          /* so long for the file to become ready */
} OmniFileSource;

/**
 * omni_file_fetch: asks for the state of a file until it is there, and downloads it.
 * @source: copied
 * @id: of the file, fit for a path
 * Thread: the owner of the clients' context. Blocks: as clip_download_start().
 * Errors: through the callback; TRANSIENT when it is not ready in time.
 */
void omni_file_fetch (const OmniFileSource *source, const char *id, const ClipArrivalCall *call);

G_END_DECLS
