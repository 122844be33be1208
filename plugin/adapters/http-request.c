/* SPDX-License-Identifier: MIT */
/*
 * Requests and URLs. Everything that could send bytes to the wrong place is refused here, before
 * a connection exists. No state, no thread affinity. Must not use GUri: it reads "0x7f.1" and
 * "evil\@good" in another way than libcurl, and libcurl is the one that connects.
 */
#include "plugin/adapters/http-request.h"

#include <arpa/inet.h>
#include <string.h>

G_DEFINE_QUARK (http_error_quark, http_error)

static char *
get_part (CURLU *url, CURLUPart part, unsigned int flags)
{
  char *text = NULL;
  char *copy;

  if (curl_url_get (url, part, &text, flags) != CURLUE_OK)
    return NULL;
  copy = g_strdup (text);
  curl_free (text);
  return copy;
}

gboolean
http_url_is_loopback (CURLU *url)
{
  g_autofree char *host = get_part (url, CURLUPART_HOST, 0);
  struct in_addr address;

  if (host == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0 || g_str_equal (host, "[::1]"))
    return TRUE;
  return inet_pton (AF_INET, host, &address) == 1 && (ntohl (address.s_addr) >> 24) == 127;
}

gboolean
http_url_same_origin (CURLU *one, CURLU *other)
{
  static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *a = get_part (one, parts[i], CURLU_DEFAULT_PORT);
      g_autofree char *b = get_part (other, parts[i], CURLU_DEFAULT_PORT);

      if (a == NULL || b == NULL || g_ascii_strcasecmp (a, b) != 0)
        return FALSE;
    }
  return TRUE;
}

char *
http_url_dup_authority (CURLU *url)
{
  g_autofree char *host = get_part (url, CURLUPART_HOST, 0);
  g_autofree char *port = get_part (url, CURLUPART_PORT, CURLU_DEFAULT_PORT);

  return g_strdup_printf ("%s:%s", host != NULL ? host : "?", port != NULL ? port : "?");
}

char *
http_url_to_string (CURLU *url)
{
  g_autofree char *text = NULL;
  g_autoptr (CURLU) copy = curl_url_dup (url);

  if (copy == NULL || curl_url_set (copy, CURLUPART_QUERY, NULL, 0) != CURLUE_OK)
    return g_strdup ("(URL)");
  text = get_part (copy, CURLUPART_URL, 0);
  return g_strdup (text != NULL ? text : "(URL)");
}

static gboolean
check_url (CURLU *url, GError **error)
{
  static const CURLUPart unwanted[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT };
  g_autofree char *scheme = get_part (url, CURLUPART_SCHEME, 0);
  g_autofree char *host = get_part (url, CURLUPART_HOST, 0);

  if (scheme == NULL || host == NULL)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL, "the URL names no scheme or no host");
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (unwanted); i++)
    {
      g_autofree char *text = get_part (url, unwanted[i], 0);

      if (text != NULL)
        {
          g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL,
                       "the URL contains a user name, a password or a fragment");
          return FALSE;
        }
    }
  if (g_ascii_strcasecmp (scheme, "https") == 0
      || (g_ascii_strcasecmp (scheme, "http") == 0 && http_url_is_loopback (url)))
    return TRUE;
  g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL,
               "only https is allowed, and http to this machine itself; the URL is %s://%.100s",
               scheme, host);
  return FALSE;
}

static gboolean
has_scheme (const char *text)
{
  const char *colon = strchr (text, ':');

  return g_ascii_isalpha (*text) && colon != NULL && strcspn (text, "/?#") > (gsize)(colon - text);
}

/* "https:/host" and "https:host" become hosts in libcurl: what people never meant to write. */
static gboolean
has_authority (const char *text)
{
  const char *colon = strchr (text, ':');

  return has_scheme (text) && g_str_has_prefix (colon, "://") && colon[3] != '/';
}

CURLU *
http_url_parse (const char *text, CURLU *base, GError **error)
{
  g_autoptr (CURLU) url = base != NULL ? curl_url_dup (base) : curl_url ();
  CURLUcode code = url != NULL ? CURLUE_OK : CURLUE_OUT_OF_MEMORY;

  if ((base == NULL || has_scheme (text)) && !has_authority (text))
    code = CURLUE_BAD_SLASHES;
  if (code == CURLUE_OK)
    code = curl_url_set (url, CURLUPART_URL, text, 0);
  if (code != CURLUE_OK)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL, "not a usable URL: %s",
                   curl_url_strerror (code));
      return NULL;
    }
  return check_url (url, error) ? g_steal_pointer (&url) : NULL;
}

static HttpRequest *
make_request (const char *method, CURLU *url, gboolean direct, GError **error)
{
  g_autoptr (HttpRequest) self = g_new0 (HttpRequest, 1);

  self->method = method;
  self->direct = direct;
  self->url = curl_url_dup (url);
  if (self->url == NULL)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_CURL, "no memory for the URL");
      return NULL;
    }
  return g_steal_pointer (&self);
}

HttpRequest *
http_request_new (const char *method, CURLU *url, GError **error)
{
  if (!check_url (url, error))
    return NULL;
  return make_request (method, url, http_url_is_loopback (url), error);
}

static gboolean
is_link_local (const char *host)
{
  g_autofree char *bare = g_strdup (host);
  struct in_addr address;
  struct in6_addr address6;

  if (inet_pton (AF_INET, host, &address) == 1)
    return ntohl (address.s_addr) >> 16 == 0xa9fe; /* 169.254.0.0/16 */
  if (*bare != '[' || !g_str_has_suffix (bare, "]"))
    return FALSE;
  bare[strlen (bare) - 1] = '\0';
  return inet_pton (AF_INET6, bare + 1, &address6) == 1 && IN6_IS_ADDR_LINKLOCAL (&address6);
}

HttpRequest *
http_request_new_metadata (const char *host, const char *path, GError **error)
{
  g_autofree char *text = g_strconcat ("http://", host, path, NULL);
  g_autofree char *seen = NULL;
  g_autoptr (CURLU) url = curl_url ();

  /* Nothing of a host may be taken for a user name, a path or a query. */
  if (url == NULL || strpbrk (host, "@/\\?#%") != NULL
      || curl_url_set (url, CURLUPART_URL, text, 0) != CURLUE_OK)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL, "the metadata host is not a host");
      return NULL;
    }
  seen = get_part (url, CURLUPART_HOST, 0);
  if (seen == NULL
      || !(http_url_is_loopback (url) || is_link_local (seen)
           || g_ascii_strcasecmp (seen, "metadata.google.internal") == 0))
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL,
                   "the metadata host is neither metadata.google.internal nor an address of"
                   " loopback or link-local kind");
      return NULL;
    }
  return make_request ("GET", url, TRUE, error);
}

gboolean
http_request_is_header_value (const char *value)
{
  for (const guchar *p = (const guchar *)value; *p != '\0'; p++)
    {
      if (*p < 0x20 || *p == 0x7f)
        return FALSE;
    }
  return TRUE;
}

gboolean
http_request_add_header (HttpRequest *self, const char *name, const char *value, GError **error)
{
  struct curl_slist *grown;
  g_autofree char *line = NULL;

  if (*name == '\0' || strchr (name, ':') != NULL || !http_request_is_header_value (name)
      || !http_request_is_header_value (value))
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_HEADER,
                   "the value of a header contains a line break or another control character");
      return FALSE;
    }
  /* An empty value would make libcurl drop the header; with ';' it sends the empty one. */
  line = *value != '\0' ? g_strconcat (name, ": ", value, NULL) : g_strconcat (name, ";", NULL);
  grown = curl_slist_append (self->headers, line);
  if (grown == NULL)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_CURL, "no memory for a header");
      return FALSE;
    }
  self->headers = grown;
  return TRUE;
}

void
http_request_set_body (HttpRequest *self, GBytes *body)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  self->body = g_bytes_ref (body);
}

void
http_request_set_network (HttpRequest *self, const HttpNetwork *network)
{
  g_clear_pointer (&self->network, http_network_unref);
  self->network = http_network_ref (network);
}

void
http_request_set_sink (HttpRequest *self, HttpSinkFunc sink, gpointer sink_data)
{
  self->sink = sink;
  self->sink_data = sink_data;
}

void
http_request_set_head (HttpRequest *self, HttpHeadFunc head)
{
  self->head = head;
}

gboolean
http_request_set_resume (HttpRequest *self, guint64 bytes, const char *validator, GError **error)
{
  self->resume_bytes = bytes;
  return http_request_add_header (self, "If-Range", validator, error);
}

void
http_request_free (HttpRequest *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->url, curl_url_cleanup);
  g_clear_pointer (&self->headers, curl_slist_free_all);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->network, http_network_unref);
  g_free (self);
}
