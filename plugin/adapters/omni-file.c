/* SPDX-License-Identifier: MIT */
/*
 * One question after the other on the context of the client, with a timer between them; the clip
 * itself is ClipDownload's. Cancelling ends a question as well as a wait. Must not take an address
 * from an answer: the file's is built from its id.
 */
#include "plugin/adapters/omni-file.h"

#include "plugin/adapters/omni-wire.h"

typedef struct
{
  OmniFileSource source;
  char *id;                  /* (owned) */
  char *file_name;           /* (owned) */
  ClipArrivalCall call;      /* with file_name and cancellable of our own */
  GCancellable *cancellable; /* (owned) (nullable) */
  gint64 give_up_us;         /* monotonic */
  GSource *timer;            /* (owned) (nullable) during a wait */
  GSource *cancel_source;    /* (owned) (nullable) during a wait */
} Fetch;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
end_wait (Fetch *self)
{
  drop_source (&self->timer);
  drop_source (&self->cancel_source);
}

static void
fetch_free (Fetch *self)
{
  end_wait (self);
  g_clear_object (&self->cancellable);
  g_free (self->file_name);
  g_free (self->id);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fetch, fetch_free)

static void ask (Fetch *self);

/* Returns: (transfer full): for telling only, it has no file. */
static ClipArrival *
make_arrival (const Fetch *self)
{
  ClipArrivalCall call = self->call;

  call.target.file_name = NULL;
  return clip_arrival_new (self->source.polls, self->source.clip.secret, 0, &call);
}

static void
finish (Fetch *fetch, Veo3DownloadClass klass, Veo3ErrorCode code, const char *message)
{
  g_autoptr (Fetch) self = fetch;

  clip_arrival_finish (make_arrival (self), klass, code, message);
}

static gboolean
on_time (gpointer user_data)
{
  Fetch *self = user_data;

  end_wait (self);
  ask (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  (void)cancellable;
  finish (user_data, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CANCELLED, "cancelled");
  return G_SOURCE_REMOVE;
}

static void
attach (Fetch *self, GSource *source, const char *name, GSourceFunc func)
{
  g_source_set_static_name (source, name);
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, http_client_get_context (self->source.polls));
}

static void
wait_a_while (Fetch *self)
{
  if (g_get_monotonic_time () >= self->give_up_us)
    {
      finish (self, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE,
              "the service has not made the file ready yet");
      return;
    }
  self->timer = g_timeout_source_new ((guint)self->source.interval_ms);
  attach (self, self->timer, "omni-file-wait", on_time);
  if (self->cancellable == NULL)
    return;
  self->cancel_source = g_cancellable_source_new (self->cancellable);
  attach (self, self->cancel_source, "omni-file-cancel", G_SOURCE_FUNC (on_cancelled));
}

static void
download (Fetch *fetch)
{
  g_autoptr (Fetch) self = fetch;
  g_autofree char *path = g_strdup_printf ("files/%s:download?alt=media", self->id);

  clip_download_start (&self->source.clip, service_root_dup_url (self->source.root, path, NULL),
                       &self->call);
}

static void
fail (Fetch *self, const char *reason)
{
  g_autofree char *message
      = g_strdup_printf ("the service could not make the clip's file: %s", reason);

  finish (self, VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_OPERATION_FAILED, message);
}

static void
on_state (const HttpResponse *response, gpointer user_data)
{
  Fetch *self = user_data;
  g_auto (OmniFile) file = { .state = OMNI_FILE_PROCESSING };

  if (response->end != HTTP_END_ANSWERED || response->status != 200
      || !omni_wire_parse_file (response->body, response->body_length, self->source.clip.secret,
                                &file, NULL))
    {
      clip_arrival_finish_with_answer (make_arrival (self), response);
      fetch_free (self);
      return;
    }
  switch (file.state)
    {
    case OMNI_FILE_PROCESSING:
      wait_a_while (self);
      break;
    case OMNI_FILE_ACTIVE:
      download (self);
      break;
    case OMNI_FILE_FAILED:
      fail (self, file.message);
      break;
    }
}

static void
ask (Fetch *self)
{
  const ClipDownloadSource *clip = &self->source.clip;
  g_autofree char *path = g_strdup_printf ("files/%s", self->id);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (HttpRequest) request
      = service_root_build_request (self->source.root, "GET", path, &local_error);

  if (request != NULL
      && http_request_add_header (request, clip->key_header, clip->key, &local_error))
    http_client_send (self->source.polls, g_steal_pointer (&request), self->cancellable, on_state,
                      self);
  else
    http_client_fail (self->source.polls, local_error->message, on_state, self);
}

void
omni_file_fetch (const OmniFileSource *source, const char *id, const ClipArrivalCall *call)
{
  Fetch *self = g_new0 (Fetch, 1);

  self->source = *source;
  self->id = g_strdup (id);
  self->file_name = g_strdup (call->target.file_name);
  self->call = *call;
  self->call.target.file_name = self->file_name;
  if (call->cancellable != NULL)
    self->cancellable = g_object_ref (call->cancellable);
  self->give_up_us = g_get_monotonic_time () + source->wait_ms * G_TIME_SPAN_MILLISECOND;
  ask (self);
}
