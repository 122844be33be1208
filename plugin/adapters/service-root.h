/* SPDX-License-Identifier: MIT */
/*
 * ServiceRoot: the origin and the version of a service, out of the configuration; every URL is
 * built below it, none is taken from an answer.
 */
#pragma once

#include "plugin/adapters/http-request.h"

G_BEGIN_DECLS

typedef struct
{
  char *text;           /* (owned) "https://host/v1beta" */
  CURLU *origin;        /* (owned) the same, parsed: who may see the key */
  HttpNetwork *network; /* (owned) (nullable) */
} ServiceRoot;

/**
 * service_root_new: checks what people configured.
 * @base_url: https, or loopback http; slashes at its end do not count
 * @version: one segment of a path
 * @network: (transfer none) (nullable): as http_request_set_network()
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_ARGUMENT.
 * Returns: (transfer full) (nullable)
 */
ServiceRoot *service_root_new (const char *base_url,
                               const char *version,
                               const HttpNetwork *network,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * service_root_dup_url: a URL below the root.
 * @path: without a leading slash; its parts are the caller's to check
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_URL.
 * Returns: (transfer full) (nullable)
 */
CURLU *service_root_dup_url (const ServiceRoot *self,
                             const char *path,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * service_root_build_request: a request below the root, without headers.
 * @method: a static string, as http_request_new()
 * @path: as service_root_dup_url()
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_URL, HTTP_ERROR_CURL.
 * Returns: (transfer full) (nullable)
 */
HttpRequest *service_root_build_request (const ServiceRoot *self,
                                         const char *method,
                                         const char *path,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * service_root_build_post: a request below the root that sends JSON.
 * @path: as service_root_dup_url()
 * @body: (transfer full) (nullable): NULL = there is none, and @error says why
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_URL, HTTP_ERROR_HEADER, HTTP_ERROR_CURL.
 * Returns: (transfer full) (nullable)
 */
HttpRequest *service_root_build_post (const ServiceRoot *self,
                                      const char *path,
                                      GBytes *body,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** service_root_free: accepts NULL. Thread: any. Blocks: no. Errors: none. */
void service_root_free (ServiceRoot *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServiceRoot, service_root_free)

G_END_DECLS
