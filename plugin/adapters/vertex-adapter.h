/* SPDX-License-Identifier: MIT */
/*
 * VertexAdapter: VideoGenerationPort over Vertex AI's video wire (predictLongRunning,
 * fetchPredictOperation, inline or stored clips). Keeps no state of jobs. The token goes to
 * Google's service and storage only, or to the one origin that is configured instead.
 */
#pragma once

#include "plugin/adapters/adapter-call.h"
#include "plugin/adapters/google-auth.h"

G_BEGIN_DECLS

#define VERTEX_DEFAULT_API_VERSION "v1"
#define VERTEX_DEFAULT_LOCATION "us-central1"
/* Generally available; its retirement was announced for 2026-11-17 or later (model card). */
#define VERTEX_DEFAULT_MODEL "veo-3.1-fast-generate-001"

/** VertexClients: of the worker's context; they outlive the adapter. Limits are theirs. */
typedef struct
{
  HttpClient *submits;   /* (borrowed) */
  HttpClient *polls;     /* (borrowed) */
  HttpClient *downloads; /* (borrowed) */
} VertexClients;

/** VertexAdapterConfig: borrowed during vertex_adapter_new(). */
typedef struct
{
  const char *base_url;       /* (nullable) NULL = Google's own by location; else storage as well */
  const char *api_version;    /* (nullable) NULL = VERTEX_DEFAULT_API_VERSION */
  const char *model;          /* (nullable) bare model id; NULL = VERTEX_DEFAULT_MODEL */
  const char *project;        /* id of the project that pays */
  const char *location;       /* (nullable) NULL = VERTEX_DEFAULT_LOCATION */
  const char *storage_uri;    /* (nullable) "gs://bucket/folder/"; NULL = clips come inline */
  const HttpNetwork *network; /* (nullable) as http_request_set_network() */
  guint64 max_clip_bytes;     /* 0 = 512 MiB */
  AdapterLogFunc log;         /* (nullable) */
  gpointer log_data;          /* (borrowed) until the adapter is freed */
} VertexAdapterConfig;

/**
 * vertex_adapter_new: the port, to be freed through its own interface.
 * @clients: copied
 * @auth: (transfer full): also on failure
 * Thread: the owner of the context, or any before it runs. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: a value that cannot be used; names the setting.
 * Returns: (transfer full) (nullable)
 */
VideoGenerationPort *vertex_adapter_new (const VertexClients *clients,
                                         GoogleAuth *auth,
                                         const VertexAdapterConfig *config,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_adapter_free: what the port's interface calls; for g_autoptr. Accepts NULL.
 * Thread: the owner of the context, no call in flight. Blocks: no. Errors: none.
 */
void vertex_adapter_free (VideoGenerationPort *port);

G_END_DECLS
