/* SPDX-License-Identifier: MIT */
/*
 * The queue, the limits and the one place of completion of HTTP transfers. Everything runs on the
 * context given at construction; there are no locks. A transfer is in exactly one queue: waiting
 * (nothing of it exists outside), running (in the multi handle), ended (to be delivered from the
 * source's activity). Must not deliver from within a caller's call, and must not complete twice.
 */
#include "plugin/adapters/http-client.h"

#include "plugin/adapters/http-source.h"
#include "plugin/adapters/http-transfer.h"

/* A turn of the loop may take so long with callbacks, and with the last one of them. */
#define DELIVERY_US (10 * G_TIME_SPAN_MILLISECOND)

struct _HttpClient
{
  HttpSource *source; /* (owned) */
  HttpTraffic kind;
  HttpClientOptions options; /* no zeros */
  GQueue waiting;            /* HttpTransfer (owned) */
  GQueue running;            /* HttpTransfer (owned) */
  GQueue ended;              /* HttpTransfer (owned) */
  gboolean delivering;
};

static void
move_to (HttpTransfer *transfer, GQueue *queue)
{
  if (transfer->queue != NULL)
    g_queue_unlink (transfer->queue, &transfer->link);
  transfer->queue = queue;
  if (queue != NULL)
    g_queue_push_tail_link (queue, &transfer->link);
}

static void
end_transfer (HttpClient *self,
              HttpTransfer *transfer,
              HttpEnd end,
              CURLcode code,
              const char *message)
{
  if (transfer->queue == &self->running)
    (void)http_source_check (self->source,
                             curl_multi_remove_handle (http_source_get_multi (self->source),
                                                       transfer->easy));
  http_transfer_end (transfer, end, code, message);
  move_to (transfer, &self->ended);
}

/* Takes the finished transfers out of the multi handle. */
static void
reap (HttpClient *self)
{
  CURLM *multi = http_source_get_multi (self->source);
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (multi, &left)) != NULL)
    {
      CURLcode code = message->data.result; /* the message dies with the removal */
      char *private_data = NULL;

      (void)curl_easy_getinfo (message->easy_handle, CURLINFO_PRIVATE, &private_data);
      end_transfer (self, (HttpTransfer *)(gpointer)private_data, HTTP_END_ANSWERED, code, NULL);
    }
}

/* Gives a running transfer up, unless its answer turns out to have arrived. */
static void
give_up (HttpClient *self, HttpTransfer *transfer, HttpEnd end, const char *message)
{
  if (transfer->sent == 0)
    transfer->giving_up = TRUE;
  else
    {
      http_source_drain (self->source);
      reap (self);
    }
  if (transfer->queue == &self->running)
    end_transfer (self, transfer, end, CURLE_ABORTED_BY_CALLBACK, message);
}

static void
start_waiting (HttpClient *self)
{
  while (self->running.length < self->options.max_in_flight && self->waiting.length > 0)
    {
      HttpTransfer *transfer = self->waiting.head->data;
      g_autoptr (GError) local_error = NULL;

      if (!http_transfer_prepare (transfer, &local_error))
        {
          end_transfer (self, transfer, HTTP_END_TRANSPORT, CURLE_FAILED_INIT,
                        local_error->message);
          continue;
        }
      if (!http_source_check (self->source,
                              curl_multi_add_handle (http_source_get_multi (self->source),
                                                     transfer->easy)))
        {
          end_transfer (self, transfer, HTTP_END_TRANSPORT, CURLE_FAILED_INIT,
                        curl_multi_strerror (http_source_get_failure (self->source)));
          continue;
        }
      move_to (transfer, &self->running);
    }
}

static void
set_wake (HttpClient *self)
{
  gint64 wake_us = self->ended.length > 0 ? 0 : -1;

  for (GList *i = self->running.head; i != NULL && wake_us != 0; i = i->next)
    {
      gint64 deadline_us = http_transfer_get_deadline (i->data);

      if (wake_us < 0 || deadline_us < wake_us)
        wake_us = deadline_us;
    }
  http_source_set_wake (self->source, wake_us);
}

static HttpTransfer *
find_expired (HttpClient *self, gint64 now_us)
{
  for (GList *i = self->running.head; i != NULL; i = i->next)
    {
      if (http_transfer_get_deadline (i->data) <= now_us)
        return i->data;
    }
  return NULL;
}

static void
expire (HttpClient *self)
{
  gint64 now_us = g_get_monotonic_time ();
  HttpTransfer *transfer;

  /* Each time, not only when one has expired: bytes count from when they left. */
  for (GList *i = self->running.head; i != NULL; i = i->next)
    http_transfer_note_upload (i->data, now_us);
  while ((transfer = find_expired (self, now_us)) != NULL)
    give_up (self, transfer, HTTP_END_SILENCE, http_transfer_get_lateness (transfer));
}

/* Calls back for what had ended when it began; what callbacks add waits for the next turn, and so
 * does what is left when it takes long: many big answers at once must not hold up the loop. */
static void
deliver (HttpClient *self)
{
  gint64 begun_us = g_get_monotonic_time ();

  self->delivering = TRUE;
  for (guint left = self->ended.length;
       left > 0 && g_get_monotonic_time () - begun_us < DELIVERY_US; left--)
    {
      g_autoptr (HttpTransfer) transfer = self->ended.head->data;

      move_to (transfer, NULL);
      transfer->callback (&transfer->response, transfer->user_data);
    }
  self->delivering = FALSE;
}

static void
end_all (HttpClient *self, HttpEnd end, const char *message)
{
  while (self->running.length > 0)
    end_transfer (self, self->running.head->data, end, CURLE_ABORTED_BY_CALLBACK, message);
  while (self->waiting.length > 0)
    end_transfer (self, self->waiting.head->data, end, CURLE_ABORTED_BY_CALLBACK, message);
}

static void
on_activity (gpointer user_data)
{
  HttpClient *self = user_data;
  CURLMcode failure;

  g_assert (g_main_context_is_owner (http_source_get_context (self->source)));
  reap (self);
  expire (self);
  failure = http_source_get_failure (self->source);
  if (failure != CURLM_OK)
    end_all (self, HTTP_END_TRANSPORT, curl_multi_strerror (failure));
  deliver (self);
  start_waiting (self);
  set_wake (self);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  HttpTransfer *transfer = user_data;
  HttpClient *self = transfer->client;

  (void)cancellable;
  if (transfer->queue == &self->waiting)
    end_transfer (self, transfer, HTTP_END_CANCELLED, CURLE_ABORTED_BY_CALLBACK, "cancelled");
  else if (transfer->queue == &self->running)
    give_up (self, transfer, HTTP_END_CANCELLED, "cancelled");
  set_wake (self);
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (HttpTransfer *transfer, GCancellable *cancellable, GMainContext *context)
{
  transfer->cancel_source = g_cancellable_source_new (cancellable);
  g_source_set_static_name (transfer->cancel_source, "http-client-cancel");
  g_source_set_callback (transfer->cancel_source, G_SOURCE_FUNC (on_cancelled), transfer, NULL);
  g_source_attach (transfer->cancel_source, context);
}

void
http_client_send (HttpClient *self,
                  HttpRequest *request,
                  GCancellable *cancellable,
                  HttpDoneFunc callback,
                  gpointer user_data)
{
  HttpTransfer *transfer = http_transfer_new (self->kind, &self->options, request);
  GMainContext *context = http_source_get_context (self->source);

  g_assert (g_main_context_is_owner (context));
  transfer->client = self;
  transfer->callback = callback;
  transfer->user_data = user_data;
  move_to (transfer, &self->waiting);
  if (g_cancellable_is_cancelled (cancellable))
    end_transfer (self, transfer, HTTP_END_CANCELLED, CURLE_ABORTED_BY_CALLBACK, "cancelled");
  else if (cancellable != NULL)
    watch_cancellable (transfer, cancellable, context);
  start_waiting (self);
  set_wake (self);
}

void
http_client_fail (HttpClient *self, const char *message, HttpDoneFunc callback, gpointer user_data)
{
  HttpTransfer *transfer = http_transfer_new (self->kind, &self->options, NULL);

  g_assert (g_main_context_is_owner (http_source_get_context (self->source)));
  transfer->callback = callback;
  transfer->user_data = user_data;
  end_transfer (self, transfer, HTTP_END_TRANSPORT, CURLE_FAILED_INIT, message);
  set_wake (self);
}

static void
fill_options (HttpClientOptions *options, HttpTraffic kind)
{
  static const struct
  {
    gint64 silence_ms;
    gint64 transfer_ms;
    gint64 pace_window_ms;
    gsize pace_bytes;
  } defaults[] = {
    [HTTP_TRAFFIC_SUBMIT] = { 120000, 300000, 300000, 1024 * 1024 },
    [HTTP_TRAFFIC_POLL] = { 20000, 60000, 0, 32 * 1024 },
    [HTTP_TRAFFIC_DOWNLOAD] = { 30000, 1800000, 60000, 32 * 1024 },
  };

  if (options->max_in_flight == 0)
    options->max_in_flight = 64;
  if (options->connect_timeout_ms <= 0)
    options->connect_timeout_ms = 10000;
  if (options->silence_timeout_ms <= 0)
    options->silence_timeout_ms = defaults[kind].silence_ms;
  if (options->transfer_timeout_ms <= 0)
    options->transfer_timeout_ms = defaults[kind].transfer_ms;
  if (options->pace_window_ms <= 0)
    options->pace_window_ms = defaults[kind].pace_window_ms;
  if (options->pace_bytes == 0)
    options->pace_bytes = defaults[kind].pace_bytes;
  if (options->max_body_bytes == 0)
    options->max_body_bytes = 1024 * 1024;
}

static gboolean
init_curl (GError **error)
{
  static gsize state; /* 0 = not tried; else CURLcode + 1 */

  if (g_once_init_enter (&state))
    g_once_init_leave (&state, (gsize)curl_global_init (CURL_GLOBAL_DEFAULT) + 1);
  if (state == (gsize)CURLE_OK + 1)
    return TRUE;
  g_set_error (error, HTTP_ERROR, HTTP_ERROR_CURL, "libcurl does not start: %s",
               curl_easy_strerror ((CURLcode)(state - 1)));
  return FALSE;
}

HttpClient *
http_client_new (GMainContext *context,
                 HttpTraffic kind,
                 const HttpClientOptions *options,
                 GError **error)
{
  g_autoptr (HttpClient) self = NULL;

  if (!init_curl (error))
    return NULL;
  self = g_new0 (HttpClient, 1);
  self->kind = kind;
  if (options != NULL)
    self->options = *options;
  fill_options (&self->options, kind);
  self->source = http_source_new (context, on_activity, self, error);
  if (self->source == NULL)
    return NULL;
  /* Submits share no connection, whatever the protocol would allow. */
  if (kind == HTTP_TRAFFIC_SUBMIT
      && !http_source_check (self->source,
                             curl_multi_setopt (http_source_get_multi (self->source),
                                                CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING)))
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_CURL, "libcurl refused CURLPIPE_NOTHING");
      return NULL;
    }
  return g_steal_pointer (&self);
}

GMainContext *
http_client_get_context (HttpClient *self)
{
  return http_source_get_context (self->source);
}

guint
http_client_get_in_flight (HttpClient *self)
{
  return self->waiting.length + self->running.length + self->ended.length;
}

void
http_client_free (HttpClient *self)
{
  if (self == NULL)
    return;
  g_assert (!self->delivering);
  if (self->source != NULL && http_client_get_in_flight (self) > 0)
    {
      g_assert (g_main_context_is_owner (http_source_get_context (self->source)));
      for (GList *i = self->running.head; i != NULL; i = i->next)
        ((HttpTransfer *)i->data)->giving_up = ((HttpTransfer *)i->data)->sent == 0;
      http_source_drain (self->source);
      reap (self);
      while (http_client_get_in_flight (self) > 0)
        {
          end_all (self, HTTP_END_CANCELLED, "the client was closed");
          deliver (self);
        }
    }
  g_clear_pointer (&self->source, http_source_free);
  g_free (self);
}
