/* SPDX-License-Identifier: MIT */
/*
 * URLs of a service. No state but the configuration. Must not add a key: who gets one is the
 * caller's decision, by the origin.
 */
#include "plugin/adapters/service-root.h"

#include <string.h>

#include "plugin/adapters/veo-wire.h"

ServiceRoot *
service_root_new (const char *base_url,
                  const char *version,
                  const HttpNetwork *network,
                  GError **error)
{
  g_autoptr (ServiceRoot) self = g_new0 (ServiceRoot, 1);
  g_autofree char *base = g_strdup (base_url);
  g_autoptr (GError) local_error = NULL;

  while (g_str_has_suffix (base, "/"))
    base[strlen (base) - 1] = '\0';
  if (!veo_wire_is_segment (version) || strchr (base, '?') != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "the API version is not one word, or the base URL has a query");
      return NULL;
    }
  self->text = g_strconcat (base, "/", version, NULL);
  self->network = http_network_ref (network);
  self->origin = http_url_parse (self->text, NULL, &local_error);
  if (self->origin != NULL)
    return g_steal_pointer (&self);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "the base URL cannot be used: %s",
               local_error->message);
  return NULL;
}

CURLU *
service_root_dup_url (const ServiceRoot *self, const char *path, GError **error)
{
  g_autofree char *text = g_strconcat (self->text, "/", path, NULL);

  return http_url_parse (text, NULL, error);
}

HttpRequest *
service_root_build_request (const ServiceRoot *self,
                            const char *method,
                            const char *path,
                            GError **error)
{
  g_autoptr (CURLU) url = service_root_dup_url (self, path, error);
  HttpRequest *request;

  if (url == NULL)
    return NULL;
  request = http_request_new (method, url, error);
  if (request != NULL)
    http_request_set_network (request, self->network);
  return request;
}

HttpRequest *
service_root_build_post (const ServiceRoot *self, const char *path, GBytes *body, GError **error)
{
  g_autoptr (GBytes) owned = body;
  g_autoptr (HttpRequest) request = NULL;

  if (owned == NULL)
    return NULL;
  request = service_root_build_request (self, "POST", path, error);
  if (request == NULL
      || !http_request_add_header (request, "Content-Type", "application/json", error))
    return NULL;
  http_request_set_body (request, owned);
  return g_steal_pointer (&request);
}

void
service_root_free (ServiceRoot *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_clear_pointer (&self->network, http_network_unref);
  g_clear_pointer (&self->origin, curl_url_cleanup);
  g_free (self);
}
