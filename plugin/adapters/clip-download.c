/* SPDX-License-Identifier: MIT */
/*
 * One fetch: request, at most five redirects, body into a ClipFile, length, commit. Runs on the
 * context of its client; only the commit leaves it. The key is attached anew at each hop, and only
 * where scheme, host and port are those of the configured origin. Must not show a redirect's
 * target with its query: such URLs are signed.
 */
#include "plugin/adapters/clip-download.h"

typedef struct
{
  ClipDownloadSource source;
  ClipArrival *arrival; /* (owned) until the last word is said */
  CURLU *url;           /* (owned) (nullable) of the hop under way; NULL = nothing to ask for */
  guint hops;           /* redirects followed */
} ClipDownload;

static void on_answer (const HttpResponse *response, gpointer user_data);

static void
clip_download_free (ClipDownload *self)
{
  g_clear_pointer (&self->url, curl_url_cleanup);
  g_clear_pointer (&self->arrival, clip_arrival_free);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClipDownload, clip_download_free)

static gboolean
on_data (const guint8 *data, gsize length, gpointer user_data)
{
  ClipDownload *self = user_data;

  return clip_arrival_write (self->arrival, data, length);
}

static HttpRequest *
build_request (ClipDownload *self, GError **error)
{
  g_autoptr (HttpRequest) request = http_request_new ("GET", self->url, error);

  if (request == NULL
      || (http_url_same_origin (self->url, self->source.origin)
          && !http_request_add_header (request, self->source.key_header, self->source.key, error)))
    return NULL;
  http_request_set_network (request, self->source.network);
  http_request_set_sink (request, on_data, self);
  return g_steal_pointer (&request);
}

static void
ask (ClipDownload *self)
{
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = build_request (self, &local_error);

  if (request != NULL)
    http_client_send (self->source.client, request, self->arrival->cancellable, on_answer, self);
  else
    http_client_fail (self->source.client, local_error->message, on_answer, self);
}

static gboolean
is_https (CURLU *url)
{
  char *scheme = NULL;
  gboolean result;

  if (curl_url_get (url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
    return FALSE;
  result = g_ascii_strcasecmp (scheme, "https") == 0;
  curl_free (scheme);
  return result;
}

static gboolean
is_redirect (const HttpResponse *response)
{
  long status = response->status;

  return response->end == HTTP_END_ANSWERED
         && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

/* Returns: FALSE if the redirect leads nowhere that may be asked. */
static gboolean
follow (ClipDownload *self, const HttpResponse *response, GError **error)
{
  g_autoptr (CURLU) next = NULL;

  if (response->location == NULL || *response->location == '\0')
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL, "a redirect without a target");
      return FALSE;
    }
  if (self->hops >= CLIP_DOWNLOAD_MAX_HOPS)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL, "more than %d redirects",
                   CLIP_DOWNLOAD_MAX_HOPS);
      return FALSE;
    }
  next = http_url_parse (response->location, self->url, error);
  if (next == NULL)
    {
      g_prefix_error (error, "a redirect that cannot be followed: ");
      return FALSE;
    }
  /* Plain http is for servers on this machine, when the service itself is one of them. */
  if (!is_https (next) && is_https (self->source.origin))
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL, "a redirect from https to http");
      return FALSE;
    }
  self->hops++;
  g_clear_pointer (&self->url, curl_url_cleanup);
  self->url = g_steal_pointer (&next);
  ask (self);
  return TRUE;
}

static void
take_clip (ClipArrival *arrival, const HttpResponse *response)
{
  if (response->content_length >= 0 && (guint64)response->content_length != response->body_bytes)
    clip_arrival_finish (arrival, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE,
                         "the clip is not as long as the service said");
  else
    clip_arrival_store (arrival);
}

static void
on_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (ClipDownload) self = user_data;
  g_autoptr (ClipArrival) arrival = NULL;
  g_autoptr (GError) local_error = NULL;

  if (self->url != NULL && self->arrival->file_error == NULL && is_redirect (response)
      && follow (self, response, &local_error))
    {
      (void)g_steal_pointer (&self); /* it is on its way again */
      return;
    }
  arrival = g_steal_pointer (&self->arrival);
  if (self->url == NULL)
    clip_arrival_finish (g_steal_pointer (&arrival), VEO3_DOWNLOAD_NOT_CLIP,
                         VEO3_ERROR_CODE_PROTOCOL, response->message);
  else if (arrival->file_error != NULL)
    clip_arrival_finish_with_file_error (g_steal_pointer (&arrival));
  else if (local_error != NULL)
    clip_arrival_finish (g_steal_pointer (&arrival), VEO3_DOWNLOAD_TRANSIENT,
                         VEO3_ERROR_CODE_PROTOCOL, local_error->message);
  else if (response->status == 200 && response->end == HTTP_END_ANSWERED)
    take_clip (g_steal_pointer (&arrival), response);
  else
    clip_arrival_finish_with_answer (g_steal_pointer (&arrival), response);
}

void
clip_download_start (const ClipDownloadSource *source, CURLU *url, const ClipArrivalCall *call)
{
  ClipDownload *self = g_new0 (ClipDownload, 1);
  ClipArrivalCall for_file = *call;

  self->source = *source;
  self->url = url;
  if (url == NULL)
    for_file.target.file_name = NULL;
  self->arrival = clip_arrival_new (source->client, source->secret, source->max_bytes, &for_file);
  if (url == NULL)
    http_client_fail (source->client, "the service named a clip that is not one of its files",
                      on_answer, self);
  else if (self->arrival->file_error != NULL)
    http_client_fail (source->client, self->arrival->file_error->message, on_answer, self);
  else
    ask (self);
}
