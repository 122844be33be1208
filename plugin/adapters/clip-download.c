/* SPDX-License-Identifier: MIT */
/*
 * One fetch: request, at most five redirects, body into a ClipFile, length, commit. Runs on the
 * context of its client; only the commit leaves it. The key is attached anew at each hop, and only
 * where scheme, host and port are those of the configured origin; what asks for the rest of a clip
 * goes along to every hop. An answer that is not that rest is ended before its body, and all of the
 * clip is asked for, once. Must not show a redirect's target with its query: such URLs are signed.
 */
#include "plugin/adapters/clip-download.h"

#include <string.h>

#include "plugin/adapters/clip-resume.h"

#define LOCATION_MAX_BYTES 8192

typedef struct
{
  ClipDownloadSource source;
  ClipArrival *arrival;  /* (owned) until the last word is said */
  CURLU *first;          /* (owned) (nullable) what was asked for; NULL = nothing to ask for */
  CURLU *url;            /* (owned) (nullable) of the hop under way */
  char *address;         /* (owned) (nullable) of `first` */
  char *file_name;       /* (owned) (nullable) */
  int dir_fd;            /* (borrowed) of the target */
  ClipResume resume;     /* zeroed = all of it is asked for */
  gboolean is_continued; /* the rest is asked for */
  gboolean is_refused;   /* what came instead of it is something else */
  guint hops;            /* redirects followed */
} ClipDownload;

static void on_answer (const HttpResponse *response, gpointer user_data);

static void
clip_download_free (ClipDownload *self)
{
  g_clear_pointer (&self->first, curl_url_cleanup);
  g_clear_pointer (&self->url, curl_url_cleanup);
  g_clear_pointer (&self->arrival, clip_arrival_free);
  clip_resume_clear (&self->resume);
  g_free (self->address);
  g_free (self->file_name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClipDownload, clip_download_free)

static gboolean
on_data (const guint8 *data, gsize length, gpointer user_data)
{
  ClipDownload *self = user_data;

  return clip_arrival_write (self->arrival, data, length);
}

static gboolean
on_head (const HttpResponse *head, gpointer user_data)
{
  ClipDownload *self = user_data;

  if (!self->is_continued)
    return TRUE;
  self->is_refused
      = clip_resume_judge (&self->resume, clip_file_get_bytes (self->arrival->file), head)
        == CLIP_RESUME_ANEW;
  return !self->is_refused;
}

static HttpRequest *
build_request (ClipDownload *self, GError **error)
{
  g_autoptr (HttpRequest) request = http_request_new ("GET", self->url, error);

  if (request == NULL
      || (http_url_same_origin (self->url, self->source.origin)
          && !http_request_add_header (request, self->source.key_header, self->source.key, error))
      || (self->is_continued
          && !http_request_set_resume (request, clip_file_get_bytes (self->arrival->file),
                                       self->resume.validator, error)))
    return NULL;
  http_request_set_network (request, self->source.network);
  http_request_set_sink (request, on_data, self);
  http_request_set_head (request, on_head);
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
  if (strlen (response->location) > LOCATION_MAX_BYTES)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_URL, "a redirect with a target of %zu bytes",
                   strlen (response->location));
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

/* Asks for all of the clip, which what is here is no beginning of. */
static gboolean
begin_anew (ClipDownload *self)
{
  clip_resume_clear (&self->resume);
  self->is_continued = FALSE;
  self->is_refused = FALSE;
  self->arrival->is_pieced = FALSE;
  self->hops = 0;
  g_clear_pointer (&self->url, curl_url_cleanup);
  self->url = curl_url_dup (self->first);
  if (self->url == NULL || !clip_file_restart (self->arrival->file, &self->arrival->file_error))
    return FALSE;
  ask (self);
  return TRUE;
}

/* Keeps the beginning for the next try. */
static void
keep (ClipDownload *self, ClipArrival *arrival, const HttpResponse *response)
{
  ClipShelfPlace place
      = { .dir_fd = self->dir_fd, .file_name = self->file_name, .address = self->address };
  guint64 bytes = arrival->file != NULL ? clip_file_get_bytes (arrival->file) : 0;

  if (self->source.shelf == NULL || bytes == 0 || response->end == HTTP_END_CANCELLED)
    return;
  if (!self->is_continued && !clip_resume_note (&self->resume, response))
    return;
  if (bytes < self->resume.total_bytes)
    clip_shelf_put (self->source.shelf, &place, g_steal_pointer (&arrival->file), &self->resume);
}

static void
finish_short (ClipDownload *self, ClipArrival *arrival, const HttpResponse *response)
{
  keep (self, arrival, response);
  clip_arrival_finish (arrival, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE,
                       "the clip is not as long as the service said");
}

/* @response: complete, as far as libcurl can know */
static void
take_clip (ClipDownload *self, ClipArrival *arrival, const HttpResponse *response)
{
  gboolean is_whole = self->is_continued
                          ? clip_file_get_bytes (arrival->file) == self->resume.total_bytes
                          : response->content_length < 0
                                || (guint64)response->content_length == response->body_bytes;

  if (is_whole)
    clip_arrival_store (arrival);
  else
    finish_short (self, arrival, response);
}

/* 200, or what was judged to be the rest. */
static gboolean
is_clip (const ClipDownload *self, const HttpResponse *response)
{
  if (response->end != HTTP_END_ANSWERED)
    return FALSE;
  return self->is_continued ? response->status == 206 || response->status == 416
                            : response->status == 200;
}

/* Returns: TRUE if another request is on its way. */
static gboolean
go_on (ClipDownload *self, const HttpResponse *response, GError **error)
{
  if (self->first == NULL || self->arrival->file_error != NULL)
    return FALSE;
  if (self->is_refused)
    return begin_anew (self);
  return is_redirect (response) && follow (self, response, error);
}

static void
on_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (ClipDownload) self = user_data;
  g_autoptr (GError) local_error = NULL;
  ClipArrival *arrival;

  if (go_on (self, response, &local_error))
    {
      (void)g_steal_pointer (&self);
      return;
    }
  arrival = g_steal_pointer (&self->arrival);
  if (self->first == NULL)
    clip_arrival_finish (arrival, VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_PROTOCOL,
                         response->message);
  else if (arrival->file_error != NULL)
    clip_arrival_finish_with_file_error (arrival);
  else if (is_clip (self, response))
    take_clip (self, arrival, response);
  else
    {
      keep (self, arrival, response);
      if (local_error != NULL)
        clip_arrival_finish (arrival, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL,
                             local_error->message);
      else
        clip_arrival_finish_with_answer (arrival, response);
    }
}

/* Returns: (transfer full) (nullable) */
static ClipFile *
find_beginning (ClipDownload *self)
{
  ClipShelfPlace place
      = { .dir_fd = self->dir_fd, .file_name = self->file_name, .address = self->address };
  ClipFile *file = NULL;

  if (self->source.shelf != NULL)
    file = clip_shelf_take (self->source.shelf, &place, &self->resume);
  self->is_continued = file != NULL;
  return file;
}

void
clip_download_start (const ClipDownloadSource *source, CURLU *url, const ClipArrivalCall *call)
{
  ClipDownload *self = g_new0 (ClipDownload, 1);
  ClipArrivalCall for_file = *call;

  self->source = *source;
  self->first = url;
  self->dir_fd = call->target.dir_fd;
  if (url == NULL)
    for_file.target.file_name = NULL;
  else
    {
      self->url = curl_url_dup (url);
      self->address = http_url_to_string (url);
      self->file_name = g_strdup (call->target.file_name);
      for_file.file = find_beginning (self);
    }
  self->arrival = clip_arrival_new (source->client, source->secret, source->max_bytes, &for_file);
  if (url == NULL)
    http_client_fail (source->client, "the service named a clip that is not one of its files",
                      on_answer, self);
  else if (self->arrival->file_error != NULL)
    http_client_fail (source->client, self->arrival->file_error->message, on_answer, self);
  else if (self->url == NULL)
    http_client_fail (source->client, "no memory for the URL", on_answer, self);
  else
    ask (self);
}
