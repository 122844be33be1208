/* SPDX-License-Identifier: MIT */
/*
 * GeminiAdapter: VideoGenerationPort over the Gemini API wire (predictLongRunning, operations,
 * file download). Keeps no state of jobs. The key goes to the configured origin only.
 */
#pragma once

#include "plugin/adapters/adapter-call.h"

G_BEGIN_DECLS

#define GEMINI_DEFAULT_BASE_URL "https://generativelanguage.googleapis.com"
#define GEMINI_DEFAULT_API_VERSION "v1beta"
/* Announced to be shut down on 2026-10-22, and reported to be; the service names no other. */
#define GEMINI_DEFAULT_MODEL "veo-3.1-fast-generate-preview"

/** GeminiAdapterConfig: borrowed during gemini_adapter_new(). */
typedef struct
{
  const char *base_url;    /* (nullable) NULL = GEMINI_DEFAULT_BASE_URL; https, or loopback http */
  const char *api_version; /* (nullable) NULL = GEMINI_DEFAULT_API_VERSION */
  const char *model;       /* (nullable) bare model id; NULL = GEMINI_DEFAULT_MODEL */
  const char *api_key;     /* a secret; no control characters */
  const HttpNetwork *network; /* (nullable) as http_request_set_network() */
  guint64 max_clip_bytes;     /* 0 = 512 MiB */
  AdapterLogFunc log;         /* (nullable) */
  gpointer log_data;          /* (borrowed) until the adapter is freed */
} GeminiAdapterConfig;

/**
 * gemini_adapter_new: the port, to be freed through its own interface.
 * @submits, @polls, @downloads: (transfer none): clients of the worker's context; they outlive
 *   the adapter. Timeouts and limits are theirs.
 * Thread: the owner of the context, or any before it runs. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: a base URL, version, model or key that cannot be used. No
 *   message contains the key.
 * Returns: (transfer full) (nullable)
 */
VideoGenerationPort *gemini_adapter_new (HttpClient *submits,
                                         HttpClient *polls,
                                         HttpClient *downloads,
                                         const GeminiAdapterConfig *config,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_adapter_free: what the port's interface calls; for g_autoptr. Accepts NULL.
 * Thread: the owner of the context, no call in flight. Blocks: no. Errors: none.
 */
void gemini_adapter_free (VideoGenerationPort *port);

G_END_DECLS
