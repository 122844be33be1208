/* SPDX-License-Identifier: MIT */
/*
 * What every wire asks of a request.
 *
 * Thread model: one thread, no I/O. Must not know any wire.
 */
#include "tests/emulator/emulator-request.h"

void
emulator_request_free (EmulatorRequest *self)
{
  if (self == NULL)
    return;
  g_free (self->method);
  g_free (self->path);
  g_free (self->raw_path);
  g_free (self->query);
  g_free (self->content_type);
  g_free (self->user_agent);
  g_free (self->api_key);
  g_free (self->authorization);
  g_free (self->user_project);
  g_free (self->metadata_flavor);
  g_free (self->range);
  g_free (self->if_range);
  g_clear_pointer (&self->body, g_bytes_unref);
  json_object_put (self->json);
  g_free (self->model);
  g_free (self->operation);
  g_free (self->prompt);
  g_free (self);
}

gchar *
emulator_request_dup_parameter (const EmulatorRequest *self, const gchar *name)
{
  g_autoptr (GHashTable) parameters = NULL;

  if (self->query == NULL)
    return NULL;
  parameters = g_uri_parse_params (self->query, -1, "&", G_URI_PARAMS_NONE, NULL);
  return parameters != NULL ? g_strdup (g_hash_table_lookup (parameters, name)) : NULL;
}

gboolean
emulator_request_has_parameter (const EmulatorRequest *self, const gchar *name, const gchar *value)
{
  g_autofree gchar *found = emulator_request_dup_parameter (self, name);

  return found != NULL && (value == NULL || g_str_equal (found, value));
}

gchar *
emulator_request_build_url (const EmulatorRequest *self, const gchar *origin)
{
  return g_strconcat (origin, self->raw_path, self->query != NULL ? "?" : "",
                      self->query != NULL ? self->query : "", NULL);
}

gboolean
emulator_request_is (const EmulatorRequest *self, const gchar *method)
{
  return g_str_equal (self->method, method);
}

gboolean
emulator_request_says_json (const EmulatorRequest *self)
{
  return self->content_type != NULL && g_str_has_prefix (self->content_type, "application/json");
}
