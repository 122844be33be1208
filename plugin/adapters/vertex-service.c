/* SPDX-License-Identifier: MIT */
/*
 * Requests to Vertex AI and the life of the token they carry. On the worker's context. Must not put
 * the token into a URL or an error, and must not send anything.
 */
#include "plugin/adapters/vertex-service.h"

#include <string.h>

#include "plugin/adapters/secret.h"
#include "plugin/adapters/vertex-wire.h"

/* ---- what people configured ---- */

static gboolean
refuse (GError **error, const char *setting, const char *problem)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s %s", setting, problem);
  return FALSE;
}

static gboolean
check_place (const VertexPlace *place, GError **error)
{
  g_autofree char *url = vertex_wire_dup_base_url (place->location);

  if (place->project == NULL || *place->project == '\0')
    {
      /* As without a key: nothing is wrong, the service is not set up. */
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "project is missing: Vertex AI charges a Google Cloud project; set "
                   "GOOGLE_CLOUD_PROJECT");
      return FALSE;
    }
  if (!veo_wire_is_segment (place->project))
    return refuse (error, "project", "is not the id of a Google Cloud project");
  if (url == NULL)
    return refuse (error, "location", "is no location such as us-central1 or global");
  if (!veo_wire_is_segment (place->model))
    return refuse (error, "model", "is not a bare model id");
  if (place->storage_uri != NULL
      && (!g_str_has_prefix (place->storage_uri, "gs://")
          || !http_request_is_header_value (place->storage_uri)))
    return refuse (error, "storage-uri", "does not begin with gs://");
  return TRUE;
}

static gboolean
set_roots (VertexService *self, const VertexPlace *place, GError **error)
{
  g_autofree char *url = place->base_url != NULL ? g_strdup (place->base_url)
                                                 : vertex_wire_dup_base_url (place->location);

  self->root = service_root_new (url, place->api_version, place->network, error);
  if (self->root == NULL)
    return FALSE;
  self->storage
      = service_root_new (place->base_url != NULL ? place->base_url : VERTEX_WIRE_STORAGE_URL,
                          "storage", place->network, error);
  return self->storage != NULL;
}

VertexService *
vertex_service_new (const VertexPlace *place, GoogleAuth *auth, GError **error)
{
  g_autoptr (VertexService) self = g_new0 (VertexService, 1);

  self->auth = auth;
  self->is_proven = TRUE;
  if (!check_place (place, error) || !set_roots (self, place, error))
    return NULL;
  self->base_url = g_strdup (place->base_url);
  self->version = g_strdup (place->api_version);
  self->storage_uri = g_strdup (place->storage_uri);
  self->submit_path
      = g_strdup_printf ("projects/%s/locations/%s/publishers/google/models/%s:predictLongRunning",
                         place->project, place->location, place->model);
  self->look_path = g_strconcat ("publishers/google/models/", place->model, NULL);
  return g_steal_pointer (&self);
}

/* ---- requests ---- */

HttpRequest *
vertex_service_build_submit (const VertexService *self,
                             const Veo3ClipRequest *request,
                             GError **error)
{
  return service_root_build_post (self->root, self->submit_path,
                                  vertex_wire_build_submit (request, self->storage_uri, error),
                                  error);
}

HttpRequest *
vertex_service_build_fetch (const VertexService *self, const char *operation, GError **error)
{
  g_autoptr (ServiceRoot) root = NULL;
  g_autofree char *location = NULL;
  g_autofree char *url = NULL;
  g_autofree char *path = NULL;

  if (!vertex_wire_is_operation_name (operation))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "the operation name is not one of this service");
      return NULL;
    }
  location = vertex_wire_dup_location (operation);
  path = vertex_wire_dup_fetch_path (operation);
  url = self->base_url != NULL ? g_strdup (self->base_url) : vertex_wire_dup_base_url (location);
  root = service_root_new (url, self->version, self->root->network, error);
  return root == NULL ? NULL
                      : service_root_build_post (root, path,
                                                 vertex_wire_build_fetch (operation, error), error);
}

HttpRequest *
vertex_service_build_look (const VertexService *self, GError **error)
{
  return service_root_build_request (self->root, "GET", self->look_path, error);
}

/* ---- tokens ---- */

void
vertex_service_take (const VertexService *self, const char *token, VertexTicket *ticket)
{
  *ticket = (VertexTicket){ .token = g_strdup (token), .renewals = self->renewals };
}

gboolean
vertex_service_authorize (const VertexService *self,
                          const VertexTicket *ticket,
                          HttpRequest *request,
                          GError **error)
{
  const char *project = google_auth_get_quota_project (self->auth);
  g_autoptr (SecretText) bearer = g_strconcat ("Bearer ", ticket->token, NULL);

  return http_request_add_header (request, "Authorization", bearer, error)
         && (project == NULL
             || http_request_add_header (request, "x-goog-user-project", project, error));
}

gboolean
vertex_service_is_renewed (VertexService *self, const VertexTicket *ticket, long status)
{
  gboolean is_present = ticket->renewals == self->renewals;

  if (status == 0)
    return FALSE;
  if (status != 401)
    {
      self->is_proven = self->is_proven || is_present;
      return FALSE;
    }
  if (!is_present)
    return TRUE;
  /* Even if no token helps now: people mend rights, and then a new one is needed. */
  google_auth_forget_token (self->auth, ticket->token);
  if (!self->is_proven)
    return FALSE;
  self->renewals++;
  self->is_proven = FALSE;
  return TRUE;
}

void
vertex_service_note_download (VertexService *self,
                              const VertexTicket *ticket,
                              const Veo3DownloadResult *result)
{
  gboolean is_present = ticket->renewals == self->renewals;

  if (result->klass == VEO3_DOWNLOAD_STORED)
    {
      self->is_proven = self->is_proven || is_present;
      self->is_denied = FALSE;
    }
  else if (result->code == VEO3_ERROR_CODE_CREDENTIALS && is_present && !self->is_denied)
    {
      self->is_denied = TRUE;
      (void)vertex_service_is_renewed (self, ticket, 401);
    }
}

void
vertex_service_free (VertexService *self)
{
  if (self == NULL)
    return;
  google_auth_free (self->auth);
  service_root_free (self->root);
  service_root_free (self->storage);
  g_free (self->base_url);
  g_free (self->version);
  g_free (self->submit_path);
  g_free (self->look_path);
  g_free (self->storage_uri);
  g_free (self);
}

void
vertex_ticket_clear (VertexTicket *self)
{
  g_clear_pointer (&self->token, secret_free);
}
