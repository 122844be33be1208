/* SPDX-License-Identifier: MIT */
/*
 * VertexService: where Vertex AI is and how one gets in: origins, paths and the access token that
 * all calls share, with its renewal when a call was refused.
 */
#pragma once

#include "plugin/adapters/google-auth.h"
#include "plugin/adapters/service-root.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** VertexPlace: which service, and whose. Borrowed during vertex_service_new(). */
typedef struct
{
  const char *base_url;       /* (nullable) NULL = Google's own by location; else storage as well */
  const char *api_version;    /* "v1" */
  const char *model;          /* bare model id */
  const char *project;        /* (nullable) id of the project that pays: NULL is refused by name */
  const char *location;       /* "us-central1" */
  const char *storage_uri;    /* (nullable) "gs://bucket/folder/"; NULL = clips come inline */
  const HttpNetwork *network; /* (nullable) as http_request_set_network() */
} VertexPlace;

/** VertexTicket: the token that a call goes with. */
typedef struct
{
  char *token;    /* (owned) (nullable) a secret */
  guint renewals; /* the service's when the token came */
} VertexTicket;

typedef struct
{
  GoogleAuth *auth;     /* (owned) */
  ServiceRoot *root;    /* (owned) of the configured location */
  ServiceRoot *storage; /* (owned) of stored clips */
  char *base_url;       /* (owned) (nullable) instead of Google's own */
  char *version;        /* (owned) */
  char *submit_path;    /* (owned) */
  char *look_path;      /* (owned) below the version */
  char *storage_uri;    /* (owned) (nullable) */
  guint renewals;       /* tokens that a refusal made us forget */
  gboolean is_proven;   /* the present token was taken by the service, or is the first one */
  gboolean is_denied;   /* downloads were denied, and a new token has been fetched for that */
} VertexService;

/**
 * vertex_service_new: checks what people configured.
 * @auth: (transfer full): also on failure
 * Thread: the worker, like all functions here. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: a value that cannot be used; names the setting.
 *   G_IO_ERROR_NOT_FOUND: no project.
 * Returns: (transfer full) (nullable)
 */
VertexService *vertex_service_new (const VertexPlace *place,
                                   GoogleAuth *auth,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_service_build_submit: the paid request, yet without a token.
 * Thread: the worker. Blocks: no. Errors: G_IO_ERROR_FAILED, HTTP_ERROR.
 * Returns: (transfer full) (nullable)
 */
HttpRequest *vertex_service_build_submit (const VertexService *self,
                                          const Veo3ClipRequest *request,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_service_build_fetch: what asks for an operation, yet without a token. An operation is
 * asked for where it was made, whatever location is configured by now.
 * @operation: untrusted: it comes from a file that people edit
 * Thread: the worker. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: no operation of this service; G_IO_ERROR_FAILED, HTTP_ERROR.
 * Returns: (transfer full) (nullable)
 */
HttpRequest *vertex_service_build_fetch (const VertexService *self,
                                         const char *operation,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_service_build_look: a look at what the service tells everybody of the model; free.
 * Thread: the worker. Blocks: no. Errors: HTTP_ERROR.
 * Returns: (transfer full) (nullable)
 */
HttpRequest *vertex_service_build_look (const VertexService *self,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_service_take: keeps a token that has just come for one call.
 * @ticket: (out caller-allocates): to be cleared with vertex_ticket_clear()
 * Thread: the worker. Blocks: no. Errors: none.
 */
void vertex_service_take (const VertexService *self, const char *token, VertexTicket *ticket);

/**
 * vertex_service_authorize: adds the token, and the project that is charged for quota.
 * Thread: the worker. Blocks: no. Errors: HTTP_ERROR_HEADER, HTTP_ERROR_CURL.
 * Returns: TRUE when they were added.
 */
gboolean vertex_service_authorize (const VertexService *self,
                                   const VertexTicket *ticket,
                                   HttpRequest *request,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * vertex_service_is_renewed: takes note of what a call was answered. A 401 is a received refusal,
 * and most often only means that the token has ended too early: then the same call with a new one
 * is right. A new one that is refused as well means that no token helps. Calls that were under way
 * with the old one share its renewal.
 * @status: HTTP status; 0 = none came
 * Thread: the worker. Blocks: no. Errors: none.
 * Returns: TRUE = the token was refused, and the next try has another one
 */
gboolean vertex_service_is_renewed (VertexService *self, const VertexTicket *ticket, long status);

/**
 * vertex_service_note_download: takes note of what became of a download. One that is denied may
 * mean an ended token as well as a missing right to a bucket; the port's result does not tell. So a
 * new token is fetched once, and again only after a download has succeeded meanwhile.
 * Thread: the worker. Blocks: no. Errors: none.
 */
void vertex_service_note_download (VertexService *self,
                                   const VertexTicket *ticket,
                                   const Veo3DownloadResult *result);

/** vertex_service_free: accepts NULL. Thread: the worker. Blocks: no. Errors: none. */
void vertex_service_free (VertexService *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VertexService, vertex_service_free)

/** vertex_ticket_clear: wipes the token. Thread: any. Blocks: no. Errors: none. */
void vertex_ticket_clear (VertexTicket *self);

G_END_DECLS
