/* SPDX-License-Identifier: MIT */
/*
 * Parses a proxy with libcurl's own parser, because libcurl is the one that connects. No state but
 * the configuration. Must not show the proxy's text: a part that was taken for a host may be the
 * end of a password.
 */
#include "plugin/adapters/http-network.h"

#include <string.h>

#include "plugin/adapters/http-request.h"
#include "plugin/adapters/secret.h"

static char *
dup_part (CURLU *url, CURLUPart part, unsigned int flags)
{
  char *text = NULL;
  char *copy;

  if (curl_url_get (url, part, &text, flags) != CURLUE_OK)
    return NULL;
  copy = g_strdup (text);
  explicit_bzero (text, strlen (text));
  curl_free (text);
  return copy;
}

static gboolean
refuse (GError **error, const char *problem)
{
  g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL,
               "the proxy cannot be used: %s; it is written http://HOST:PORT or "
               "http://USER:PASSWORD@HOST:PORT, with odd characters as %%XX",
               problem);
  return FALSE;
}

static gboolean
is_known_scheme (const char *scheme)
{
  static const char *const known[] = { "http", "https", "socks5h", NULL };

  return g_strv_contains (known, scheme);
}

/* Nothing may be hidden in a part that a proxy has no use for. */
static gboolean
has_other_parts (CURLU *url)
{
  g_autofree char *path = dup_part (url, CURLUPART_PATH, 0);
  g_autofree char *query = dup_part (url, CURLUPART_QUERY, 0);
  g_autofree char *fragment = dup_part (url, CURLUPART_FRAGMENT, 0);

  return (path != NULL && !g_str_equal (path, "/")) || query != NULL || fragment != NULL;
}

/* libcurl's own default would be 1080 for all. */
static gboolean
set_port (CURLU *url, const char *scheme)
{
  g_autofree char *port = dup_part (url, CURLUPART_PORT, CURLU_DEFAULT_PORT);

  if (port == NULL && g_str_equal (scheme, "socks5h"))
    port = g_strdup ("1080");
  return port != NULL && curl_url_set (url, CURLUPART_PORT, port, 0) == CURLUE_OK;
}

static gboolean
take_proxy (HttpNetwork *self, const char *text, GError **error)
{
  g_autoptr (CURLU) url = curl_url ();
  g_autoptr (SecretText) full
      = strstr (text, "://") != NULL ? g_strdup (text) : g_strconcat ("http://", text, NULL);
  g_autofree char *scheme = NULL;
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;

  /* What libcurl would trim or take as it comes. */
  for (const guchar *p = (const guchar *)full; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p) || *p == '\\')
      return refuse (error, "it contains a blank, a backslash or a character beyond ASCII");
  if (strstr (full, ":///") != NULL) /* libcurl would take what follows for the host */
    return refuse (error, "it names no host");
  if (url == NULL || curl_url_set (url, CURLUPART_URL, full, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return refuse (error, "it is not a URL");
  scheme = dup_part (url, CURLUPART_SCHEME, 0);
  host = dup_part (url, CURLUPART_HOST, 0);
  if (scheme == NULL || !is_known_scheme (scheme))
    return refuse (error, "its scheme is none of http, https and socks5h");
  if (host == NULL || *host == '\0')
    return refuse (error, "it names no host");
  if (has_other_parts (url) || !set_port (url, scheme))
    return refuse (error, "there is something behind its host and port");
  port = dup_part (url, CURLUPART_PORT, 0);
  self->proxy = dup_part (url, CURLUPART_URL, CURLU_NON_SUPPORT_SCHEME);
  self->proxy_name = g_strconcat (host, ":", port, NULL);
  return TRUE;
}

static void
http_network_clear (gpointer data)
{
  HttpNetwork *self = data;

  g_free (self->ca_file);
  secret_free (self->proxy);
  g_free (self->proxy_name);
  g_free (self->no_proxy);
}

HttpNetwork *
http_network_new (const char *ca_file, const char *proxy, const char *no_proxy, GError **error)
{
  g_autoptr (HttpNetwork) self = g_atomic_rc_box_new0 (HttpNetwork);

  self->ca_file = g_strdup (ca_file);
  self->no_proxy = g_strdup (no_proxy != NULL ? no_proxy : "");
  if (proxy != NULL && *proxy != '\0' && !take_proxy (self, proxy, error))
    return NULL;
  return g_steal_pointer (&self);
}

HttpNetwork *
http_network_ref (const HttpNetwork *self)
{
  return self != NULL ? g_atomic_rc_box_acquire ((HttpNetwork *)self) : NULL;
}

void
http_network_unref (HttpNetwork *self)
{
  if (self != NULL)
    g_atomic_rc_box_release_full (self, http_network_clear);
}
