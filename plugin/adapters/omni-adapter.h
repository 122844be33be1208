/* SPDX-License-Identifier: MIT */
/*
 * OmniAdapter: VideoGenerationPort over the Interactions API (Gemini Omni): a create call that is
 * answered at once, polls of the interaction, and the clip either inside the last poll's answer or
 * as a file. Keeps no state of jobs. The key goes to the configured origin only.
 */
#pragma once

#include "plugin/adapters/adapter-call.h"
#include "plugin/adapters/http-client.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

#define OMNI_DEFAULT_BASE_URL "https://generativelanguage.googleapis.com"
#define OMNI_DEFAULT_API_VERSION "v1beta"
/* The newest that Google's own pages describe; as of 2026-11-22. */
#define OMNI_DEFAULT_MODEL "gemini-omni-1.1-flash"

/** OmniAdapterConfig: borrowed during omni_adapter_new(). */
typedef struct
{
  const char *base_url;       /* (nullable) NULL = OMNI_DEFAULT_BASE_URL; https, or loopback http */
  const char *api_version;    /* (nullable) NULL = OMNI_DEFAULT_API_VERSION */
  const char *model;          /* (nullable) bare model id; NULL = OMNI_DEFAULT_MODEL */
  const char *api_key;        /* a secret; no control characters */
  const HttpNetwork *network; /* (nullable) as http_request_set_network() */
  guint64 max_clip_bytes;     /* 0 = CLIP_DOWNLOAD_MAX_BYTES */
  guint64 max_answer_bytes;   /* of one poll's answer; 0 = what the biggest clip needs */
  gint64 file_interval_ms;    /* between two looks at a file that is not ready; 0 = 3,000 */
  gint64 file_wait_ms;        /* for a file to become ready; 0 = 180,000 */
  AdapterLog log;
} OmniAdapterConfig;

/**
 * omni_adapter_new: the port, to be freed through its own interface.
 * @submits, @polls, @downloads: (transfer none): clients of the worker's context; they outlive
 *   the adapter. Timeouts are theirs; an answer to a poll can have tens of MB.
 * Thread: the owner of the context, or any before it runs. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: a base URL, version, model or key that cannot be used. No
 *   message contains the key.
 * Returns: (transfer full) (nullable)
 */
VideoGenerationPort *omni_adapter_new (HttpClient *submits,
                                       HttpClient *polls,
                                       HttpClient *downloads,
                                       const OmniAdapterConfig *config,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * omni_adapter_free: what the port's interface calls; for g_autoptr. Accepts NULL.
 * Thread: the owner of the context, no call in flight. Blocks: no. Errors: none.
 */
void omni_adapter_free (VideoGenerationPort *port);

G_END_DECLS
