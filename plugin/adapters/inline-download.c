/* SPDX-License-Identifier: MIT */
/*
 * One fetch of an inline clip: the answer goes through an InlineClip into the file, then its rest
 * is read, and only if that says that this text is the clip does the file get its name. Runs on the
 * context of its client; only the commit leaves it. Redirects are not followed: what is asked for
 * is an API call, not a file.
 */
#include "plugin/adapters/inline-download.h"

#include "plugin/adapters/inline-clip.h"
#include "plugin/adapters/json-answer.h"

typedef struct
{
  ClipArrival *arrival; /* (owned) until the last word is said */
  InlineClip *reader;   /* (owned) (nullable) NULL = there was no request */
  int wanted;
  InlineDownloadCheckFunc check;
} InlineDownload;

static void
inline_download_free (InlineDownload *self)
{
  g_clear_pointer (&self->reader, inline_clip_free);
  g_clear_pointer (&self->arrival, clip_arrival_free);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (InlineDownload, inline_download_free)

/* The reader's error, if it is one of our own file. */
static gboolean
take_file_error (InlineDownload *self)
{
  const GError *error = inline_clip_get_error (self->reader);

  if (error != NULL && error->domain == CLIP_FILE_ERROR)
    self->arrival->file_error = g_error_copy (error);
  return self->arrival->file_error != NULL;
}

/* All of the answer is here: is it what the poll had seen? */
static void
take_answer (InlineDownload *self, const HttpResponse *view)
{
  g_autofree char *problem = self->check (view->body, view->body_length, self->wanted);

  if (problem == NULL && inline_clip_is_kept (self->reader))
    clip_arrival_store (g_steal_pointer (&self->arrival));
  else
    clip_arrival_finish (g_steal_pointer (&self->arrival), VEO3_DOWNLOAD_TRANSIENT,
                         VEO3_ERROR_CODE_PROTOCOL,
                         problem != NULL ? problem : "the answer holds no clip where it was");
}

static void
on_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (InlineDownload) self = user_data;
  HttpResponse view;

  if (self->reader == NULL)
    {
      clip_arrival_finish (g_steal_pointer (&self->arrival), VEO3_DOWNLOAD_TRANSIENT,
                           VEO3_ERROR_CODE_UNAVAILABLE, response->message);
      return;
    }
  view = inline_clip_get_view (self->reader, response);
  if (self->arrival->file_error != NULL || take_file_error (self))
    clip_arrival_finish_with_file_error (g_steal_pointer (&self->arrival));
  else if (view.status == 200 && view.end == HTTP_END_ANSWERED)
    take_answer (self, &view);
  else
    clip_arrival_finish_with_answer (g_steal_pointer (&self->arrival), &view);
}

/* Base64 needs four bytes for three. */
static guint64
get_answer_limit (guint64 clip_bytes)
{
  return clip_bytes / 3 * 4 + JSON_ANSWER_MAX_BYTES;
}

void
inline_download_start (const InlineDownloadSource *source,
                       HttpRequest *request,
                       const ClipArrivalCall *call)
{
  InlineDownload *self = g_new0 (InlineDownload, 1);
  ClipArrivalCall for_file = *call;
  InlineClipOptions options = { .member = source->member,
                                .wanted = source->wanted,
                                .max_bytes = get_answer_limit (source->max_bytes) };

  if (request == NULL)
    for_file.target.file_name = NULL;
  self->wanted = source->wanted;
  self->check = source->check;
  self->arrival = clip_arrival_new (source->client, source->secret, source->max_bytes, &for_file);
  if (request == NULL)
    {
      http_client_fail (source->client,
                        source->problem != NULL ? source->problem
                                                : "the question for the clip could not be put",
                        on_answer, self);
      return;
    }
  options.file = self->arrival->file;
  self->reader = inline_clip_new (&options);
  if (self->arrival->file_error != NULL)
    {
      http_request_free (request);
      http_client_fail (source->client, self->arrival->file_error->message, on_answer, self);
      return;
    }
  http_request_set_sink (request, inline_clip_sink, self->reader);
  http_client_send (source->client, request, self->arrival->cancellable, on_answer, self);
}
