/* SPDX-License-Identifier: MIT */
/*
 * Requests to Google's API for developers. Lives on the worker's context. Must not put the key into
 * a URL or an error, and must not send anything but the free question for a model.
 */
#include "plugin/adapters/gemini-service.h"

#include "plugin/adapters/secret.h"
#include "plugin/adapters/veo-wire.h"

#define KEY_HEADER "x-goog-api-key"

static gboolean
check_place (const GeminiPlace *place, GError **error)
{
  if (!veo_wire_is_segment (place->model))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "the model is not a bare model id");
      return FALSE;
    }
  if (place->api_key != NULL && *place->api_key != '\0'
      && http_request_is_header_value (place->api_key))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "the API key is missing or contains a line break or another control character");
  return FALSE;
}

GeminiService *
gemini_service_new (const GeminiPlace *place, GError **error)
{
  g_autoptr (ServiceRoot) root = NULL;
  GeminiService *self;

  if (!check_place (place, error))
    return NULL;
  root = service_root_new (place->base_url, place->api_version, place->network, error);
  if (root == NULL)
    return NULL;
  self = g_new0 (GeminiService, 1);
  self->root = g_steal_pointer (&root);
  self->api_key = g_strdup (place->api_key);
  self->shelf = clip_shelf_new ();
  self->max_clip_bytes
      = place->max_clip_bytes != 0 ? place->max_clip_bytes : CLIP_DOWNLOAD_MAX_BYTES;
  return self;
}

/* Takes @request over. */
static HttpRequest *
add_key (const GeminiService *self, HttpRequest *request, GError **error)
{
  g_autoptr (HttpRequest) owned = request;

  if (owned == NULL || !http_request_add_header (owned, KEY_HEADER, self->api_key, error))
    return NULL;
  return g_steal_pointer (&owned);
}

HttpRequest *
gemini_service_build_get (const GeminiService *self, const char *path, GError **error)
{
  return add_key (self, service_root_build_request (self->root, "GET", path, error), error);
}

HttpRequest *
gemini_service_build_post (const GeminiService *self,
                           const char *path,
                           GBytes *body,
                           GError **error)
{
  return add_key (self, service_root_build_post (self->root, path, body, error), error);
}

ClipDownloadSource
gemini_service_get_clip_source (const GeminiService *self, HttpClient *downloads)
{
  return (ClipDownloadSource){ .client = downloads,
                               .origin = self->root->origin,
                               .key_header = KEY_HEADER,
                               .key = self->api_key,
                               .secret = self->api_key,
                               .network = self->root->network,
                               .shelf = self->shelf,
                               .max_bytes = self->max_clip_bytes };
}

void
gemini_service_check (const GeminiService *self, const ServiceCheckCall *call)
{
  g_autofree char *path = g_strconcat ("models/", call->port->model, NULL);
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = gemini_service_build_get (self, path, &local_error);
  ServiceCheckCall keyed = *call;

  keyed.secret = self->api_key;
  service_check_send (request, local_error != NULL ? local_error->message : NULL, &keyed);
}

void
gemini_service_free (GeminiService *self)
{
  if (self == NULL)
    return;
  secret_free (self->api_key);
  clip_shelf_free (self->shelf);
  service_root_free (self->root);
  g_free (self);
}
