/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a clip on its way: file, answer or word of the caller, turned into the one
 * callback of the port. Runs on the context of its client; only the commit leaves it. Must not
 * decide whether a clip is fetched again.
 */
#include "plugin/adapters/clip-arrival.h"

#include <string.h>

#include "plugin/adapters/response-classifier.h"

ClipArrival *
clip_arrival_new (HttpClient *client,
                  const char *secret,
                  guint64 max_bytes,
                  const ClipArrivalCall *call)
{
  ClipArrival *self = g_new0 (ClipArrival, 1);

  self->client = client;
  self->secret = g_strdup (secret);
  self->callback = call->callback;
  self->user_data = call->user_data;
  if (call->cancellable != NULL)
    self->cancellable = g_object_ref (call->cancellable);
  self->file = call->file;
  self->is_pieced = call->file != NULL;
  if (call->file == NULL && call->target.file_name != NULL)
    self->file
        = clip_file_new (call->target.dir_fd, call->target.file_name, max_bytes, &self->file_error);
  return self;
}

gboolean
clip_arrival_write (ClipArrival *self, const guint8 *data, gsize length)
{
  return clip_file_write (self->file, data, length, &self->file_error);
}

static void
finish (ClipArrival *arrival, const Veo3DownloadResult *result)
{
  g_autoptr (ClipArrival) self = arrival;

  self->callback (result, self->user_data);
}

void
clip_arrival_finish (ClipArrival *self,
                     Veo3DownloadClass klass,
                     Veo3ErrorCode code,
                     const char *message)
{
  Veo3DownloadResult result = { .klass = klass, .code = code, .message = message };

  finish (self, &result);
}

void
clip_arrival_finish_with_answer (ClipArrival *self, const HttpResponse *response)
{
  ResponseContext context
      = { .secret = self->secret, .now_s = g_get_real_time () / G_USEC_PER_SEC };
  g_auto (ResponseVerdict) verdict = { .code = VEO3_ERROR_CODE_NONE };
  Veo3DownloadResult result = { .klass = VEO3_DOWNLOAD_TRANSIENT };

  result.klass = response_classifier_download (response, &context, &verdict);
  result.code = verdict.code;
  result.message = verdict.message;
  result.retry_after_ms = verdict.retry_after_ms;
  finish (self, &result);
}

static void
finish_with_error (ClipArrival *self, const GError *error)
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
    case CLIP_FILE_ERROR_FOREIGN:
      if (!self->is_pieced)
        break;
      klass = VEO3_DOWNLOAD_TRANSIENT;
      code = VEO3_ERROR_CODE_UNAVAILABLE;
      break;
    case CLIP_FILE_ERROR_TOO_BIG:
      break;
    }
  clip_arrival_finish (self, klass, code, error->message);
}

void
clip_arrival_finish_with_file_error (ClipArrival *self)
{
  finish_with_error (self, self->file_error);
}

static void
on_stored (const GError *error, gpointer user_data)
{
  ClipArrival *self = user_data;
  Veo3DownloadResult result = { .klass = VEO3_DOWNLOAD_STORED };

  if (error != NULL)
    {
      finish_with_error (self, error);
      return;
    }
  result.bytes = clip_file_get_bytes (self->file);
  result.sha256 = clip_file_get_sha256 (self->file);
  result.media = clip_file_get_media (self->file);
  finish (self, &result);
}

void
clip_arrival_store (ClipArrival *self)
{
  clip_file_commit (self->file, http_client_get_context (self->client), on_stored, self);
}

void
clip_arrival_free (ClipArrival *self)
{
  if (self == NULL)
    return;
  if (self->secret != NULL)
    explicit_bzero (self->secret, strlen (self->secret));
  g_free (self->secret);
  g_clear_pointer (&self->file, clip_file_free);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->file_error);
  g_free (self);
}
