/* SPDX-License-Identifier: MIT */
/*
 * GeminiService: the API that one key opens and that two wires share, Veo's and Omni's: where it
 * is, the key, the files it keeps. The key goes where this module puts it and nowhere else.
 */
#pragma once

#include "plugin/adapters/clip-download.h"
#include "plugin/adapters/service-check.h"
#include "plugin/adapters/service-root.h"

G_BEGIN_DECLS

/** GeminiPlace: what people configured. Borrowed during gemini_service_new(). */
typedef struct
{
  const char *base_url;       /* https, or loopback http */
  const char *api_version;    /* one segment of a path */
  const char *model;          /* bare model id */
  const char *api_key;        /* (nullable) a secret */
  const HttpNetwork *network; /* (nullable) as http_request_set_network() */
  guint64 max_clip_bytes;     /* 0 = CLIP_DOWNLOAD_MAX_BYTES */
} GeminiPlace;

/** GeminiService: const after new, except for the shelf. */
typedef struct
{
  ServiceRoot *root; /* (owned) */
  char *api_key;     /* (owned) a secret */
  ClipShelf *shelf;  /* (owned) */
  guint64 max_clip_bytes;
} GeminiService;

/**
 * gemini_service_new: checks what people configured.
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_ARGUMENT; no message contains the key.
 * Returns: (transfer full) (nullable)
 */
GeminiService *gemini_service_new (const GeminiPlace *place,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_service_build_get: a question, with the key.
 * @path: below the version; its parts are the caller's to check
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_URL, HTTP_ERROR_HEADER, HTTP_ERROR_CURL.
 * Returns: (transfer full) (nullable)
 */
HttpRequest *gemini_service_build_get (const GeminiService *self,
                                       const char *path,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_service_build_post: an order, with the key.
 * @path: as gemini_service_build_get()
 * @body: (transfer full) (nullable): NULL = there is none, and @error says why
 * Thread: any. Blocks: no. Errors: as gemini_service_build_get().
 * Returns: (transfer full) (nullable)
 */
HttpRequest *gemini_service_build_post (const GeminiService *self,
                                        const char *path,
                                        GBytes *body,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gemini_service_get_clip_source: how its files are fetched.
 * @downloads: (transfer none): outlives the downloads
 * Thread: any. Blocks: no. Errors: none. Returns: borrows from @self
 */
ClipDownloadSource gemini_service_get_clip_source (const GeminiService *self,
                                                   HttpClient *downloads);

/**
 * gemini_service_check: asks for the port's model, which is free.
 * @call: its secret is set here
 * Thread: the owner of the client's context. Blocks: no. Errors: through the callback.
 */
void gemini_service_check (const GeminiService *self, const ServiceCheckCall *call);

/** gemini_service_free: accepts NULL. Thread: any. Blocks: no. Errors: none. */
void gemini_service_free (GeminiService *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GeminiService, gemini_service_free)

G_END_DECLS
