/* SPDX-License-Identifier: MIT */
/*
 * One fetch: request, at most five redirects, body into a ClipFile, length, commit. Runs on the
 * context of its client; only the commit leaves it. The key is attached anew at each hop, and only
 * where scheme, host and port are those of the configured origin. Must not show a redirect's
 * target with its query: such URLs are signed.
 */
#include "plugin/adapters/clip-download.h"

#include <string.h>

#include "plugin/adapters/clip-file.h"
#include "plugin/adapters/response-classifier.h"

typedef struct
{
  ClipDownloadSource source;
  CURLU *url;                /* (owned) (nullable) of the hop under way */
  guint hops;                /* redirects followed */
  ClipFile *file;            /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) (nullable) */
  gboolean is_nonsense;      /* there was no URL to begin with */
  GError *file_error;        /* (owned) (nullable) why the sink refused */
  Veo3DownloadFunc callback;
  gpointer user_data; /* (borrowed) */
} ClipDownload;

static void on_answer (const HttpResponse *response, gpointer user_data);

static void
clip_download_free (ClipDownload *self)
{
  g_clear_pointer (&self->url, curl_url_cleanup);
  g_clear_pointer (&self->file, clip_file_free);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->file_error);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClipDownload, clip_download_free)

static void
finish (ClipDownload *download, const Veo3DownloadResult *result)
{
  g_autoptr (ClipDownload) self = download;

  self->callback (result, self->user_data);
}

static void
finish_with (ClipDownload *self, Veo3DownloadClass klass, Veo3ErrorCode code, const char *message)
{
  Veo3DownloadResult result = { .klass = klass, .code = code, .message = message };

  finish (self, &result);
}

static void
finish_with_answer (ClipDownload *self, const HttpResponse *response)
{
  ResponseContext context
      = { .secret = self->source.key, .now_s = g_get_real_time () / G_USEC_PER_SEC };
  g_auto (ResponseVerdict) verdict = { .code = VEO3_ERROR_CODE_NONE };
  Veo3DownloadResult result = { .klass = VEO3_DOWNLOAD_TRANSIENT };

  result.klass = response_classifier_download (response, &context, &verdict);
  result.code = verdict.code;
  result.message = verdict.message;
  result.retry_after_ms = verdict.retry_after_ms;
  finish (self, &result);
}

static void
finish_with_file_error (ClipDownload *self, const GError *error)
{
  Veo3DownloadClass klass = VEO3_DOWNLOAD_NOT_CLIP;
  Veo3ErrorCode code = VEO3_ERROR_CODE_NOT_A_CLIP;

  switch ((ClipFileError)error->code)
    {
    case CLIP_FILE_ERROR_DISK:
      klass = VEO3_DOWNLOAD_DISK;
      code = VEO3_ERROR_CODE_DISK;
      break;
    case CLIP_FILE_ERROR_CUT:
      /* An answer without a length, or with a wrong one, looks complete when it is cut. */
      klass = VEO3_DOWNLOAD_TRANSIENT;
      code = VEO3_ERROR_CODE_UNAVAILABLE;
      break;
    case CLIP_FILE_ERROR_TOO_BIG:
    case CLIP_FILE_ERROR_FOREIGN:
      break;
    }
  finish_with (self, klass, code, error->message);
}

static void
on_stored (const GError *error, gpointer user_data)
{
  ClipDownload *self = user_data;
  Veo3DownloadResult result = { .klass = VEO3_DOWNLOAD_STORED };

  if (error != NULL)
    {
      finish_with_file_error (self, error);
      return;
    }
  result.bytes = clip_file_get_bytes (self->file);
  result.sha256 = clip_file_get_sha256 (self->file);
  finish (self, &result);
}

static gboolean
on_data (const guint8 *data, gsize length, gpointer user_data)
{
  ClipDownload *self = user_data;

  return clip_file_write (self->file, data, length, &self->file_error);
}

static HttpRequest *
build_request (ClipDownload *self, GError **error)
{
  g_autoptr (HttpRequest) request = http_request_new ("GET", self->url, error);

  if (request == NULL
      || (http_url_same_origin (self->url, self->source.origin)
          && !http_request_add_header (request, self->source.key_header, self->source.key, error)))
    return NULL;
  http_request_set_authorities (request, self->source.ca_file);
  http_request_set_sink (request, on_data, self);
  return g_steal_pointer (&request);
}

static void
ask (ClipDownload *self)
{
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = build_request (self, &local_error);

  if (request != NULL)
    http_client_send (self->source.client, request, self->cancellable, on_answer, self);
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
take_clip (ClipDownload *self, const HttpResponse *response)
{
  if (response->content_length >= 0 && (guint64)response->content_length != response->body_bytes)
    finish_with (self, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE,
                 "the clip is not as long as the service said");
  else
    clip_file_commit (self->file, http_client_get_context (self->source.client), on_stored, self);
}

static void
on_answer (const HttpResponse *response, gpointer user_data)
{
  ClipDownload *self = user_data;
  g_autoptr (GError) local_error = NULL;

  if (self->is_nonsense)
    finish_with (self, VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_PROTOCOL, response->message);
  else if (self->file_error != NULL)
    finish_with_file_error (self, self->file_error);
  else if (is_redirect (response))
    {
      if (!follow (self, response, &local_error))
        finish_with (self, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL, local_error->message);
    }
  else if (response->status == 200 && response->end == HTTP_END_ANSWERED)
    take_clip (self, response);
  else
    finish_with_answer (self, response);
}

void
clip_download_start (const ClipDownloadSource *source, CURLU *url, const ClipDownloadCall *call)
{
  ClipDownload *self = g_new0 (ClipDownload, 1);

  self->source = *source;
  self->url = url;
  self->callback = call->callback;
  self->user_data = call->user_data;
  if (call->cancellable != NULL)
    self->cancellable = g_object_ref (call->cancellable);
  self->is_nonsense = url == NULL;
  if (self->is_nonsense)
    {
      http_client_fail (source->client, "the service named a clip that is not one of its files",
                        on_answer, self);
      return;
    }
  self->file = clip_file_new (call->target.dir_fd, call->target.file_name, source->max_bytes,
                              &self->file_error);
  if (self->file == NULL)
    http_client_fail (source->client, self->file_error->message, on_answer, self);
  else
    ask (self);
}
