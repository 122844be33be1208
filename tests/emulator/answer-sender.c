/* SPDX-License-Identifier: MIT */
/*
 * Sending: libsoup for honest answers; own bytes on a stolen connection for dishonest ones (cut,
 * wrong length, drip, stall, silence, close, reset). A body that comes later is gathered first, or
 * goes to flow-sender.c if it is to be sent piece by piece.
 *
 * Thread model: one thread. Every delivery that is delayed or raw is in the sender's set until it
 * is over. It is counted by references, because an asynchronous read or write calls back once more
 * after it was abandoned.
 */
#include "tests/emulator/answer-sender.h"

#include "tests/emulator/fault-answer.h"
#include "tests/emulator/flow-sender.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define WATCH_BUFFER_BYTES 1024

struct _EmulatorSender
{
  GHashTable *deliveries; /* (owned) set of Delivery (one reference each) */
  GHashTable *flows;      /* (owned) set of FlowSender */
};

typedef struct
{
  EmulatorSender *sender;     /* (borrowed) (nullable) NULL once the delivery is over */
  SoupServerMessage *message; /* (owned) (nullable) until it is answered or its connection stolen */
  EmulatorAnswer *answer;     /* (owned) */
  GSource *timer;             /* (owned) (nullable) delay, drip or gathering */
  GString *gathered;          /* (owned) (nullable) what has come of the body so far */
  GIOStream *stream;          /* (owned) (nullable) the stolen connection */
  GSocket *socket;            /* (owned) (nullable) its socket */
  GCancellable *cancellable;  /* (owned) ends reads and writes */
  GBytes *bytes;              /* (owned) (nullable) what goes out raw */
  gsize header_bytes;         /* how much of it is header */
  gsize dripped_bytes;        /* how much of the header has gone out byte by byte */
  gboolean holds;             /* after the bytes: silence instead of the end */
  guint8 ignored[WATCH_BUFFER_BYTES];
} Delivery;

static void
delivery_clear (gpointer data)
{
  Delivery *delivery = data;

  g_clear_object (&delivery->stream);
  g_clear_object (&delivery->socket);
  g_clear_object (&delivery->message);
  g_clear_object (&delivery->cancellable);
  g_clear_pointer (&delivery->bytes, g_bytes_unref);
  if (delivery->gathered != NULL)
    g_string_free (delivery->gathered, TRUE);
  emulator_answer_free (delivery->answer);
}

static void
delivery_unref (gpointer delivery)
{
  g_rc_box_release_full (delivery, delivery_clear);
}

static void
stop_timer (Delivery *delivery)
{
  if (delivery->timer == NULL)
    return;
  g_source_destroy (delivery->timer);
  g_clear_pointer (&delivery->timer, g_source_unref);
}

/* Ends a delivery and closes its stolen connection. May free it. */
static void
finish (Delivery *delivery)
{
  EmulatorSender *sender = g_steal_pointer (&delivery->sender);

  if (sender == NULL)
    return;
  stop_timer (delivery);
  g_cancellable_cancel (delivery->cancellable);
  if (delivery->stream != NULL)
    (void)g_io_stream_close (delivery->stream, NULL, NULL);
  g_hash_table_remove (sender->deliveries, delivery);
}

EmulatorSender *
emulator_sender_new (void)
{
  EmulatorSender *self = g_new0 (EmulatorSender, 1);

  self->deliveries = g_hash_table_new_full (NULL, NULL, delivery_unref, NULL);
  self->flows = flow_sender_set_new ();
  return self;
}

void
emulator_sender_free (EmulatorSender *self)
{
  g_autoptr (GList) deliveries = NULL;

  if (self == NULL)
    return;
  deliveries = g_hash_table_get_keys (self->deliveries);
  for (GList *item = deliveries; item != NULL; item = item->next)
    finish (item->data);
  g_hash_table_unref (self->deliveries);
  g_hash_table_unref (self->flows);
  g_free (self);
}

static void
start_timer (Delivery *delivery, gint64 interval_us, GSourceFunc func, const gchar *name)
{
  delivery->timer = g_timeout_source_new ((guint)((interval_us + 999) / 1000));
  g_source_set_static_name (delivery->timer, name);
  g_source_set_callback (delivery->timer, func, delivery, NULL);
  g_source_attach (delivery->timer, NULL);
}

/* libsoup knows no phrase for 429. */
static const gchar *
find_phrase (guint status)
{
  return status == 429 ? "Too Many Requests" : soup_status_get_phrase (status);
}

static void
send_through_soup (SoupServerMessage *message, EmulatorAnswer *answer)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_server_message_set_status (message, answer->status, find_phrase (answer->status));
  if (answer->content_type != NULL)
    soup_message_headers_replace (headers, "Content-Type", answer->content_type);
  for (guint i = 0; i + 1 < answer->headers->len; i += 2)
    soup_message_headers_replace (headers, g_ptr_array_index (answer->headers, i),
                                  g_ptr_array_index (answer->headers, i + 1));
  if (g_bytes_get_size (answer->body) > 0)
    soup_message_body_append_bytes (soup_server_message_get_response_body (message), answer->body);
}

static void watch_peer (Delivery *delivery);

static void
on_peer_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Delivery *delivery = data;
  const gssize got = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (delivery->sender != NULL && got > 0)
    watch_peer (delivery);
  else
    finish (delivery);
  delivery_unref (delivery);
}

/* Silence lasts until the peer gives up; without looking, its sockets would pile up. */
static void
watch_peer (Delivery *delivery)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (delivery->stream), delivery->ignored,
                             sizeof delivery->ignored, G_PRIORITY_DEFAULT, delivery->cancellable,
                             on_peer_read, g_rc_box_acquire (delivery));
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Delivery *delivery = data;
  const gboolean written
      = g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);

  if (delivery->sender != NULL && written && delivery->holds)
    watch_peer (delivery);
  else
    finish (delivery);
  delivery_unref (delivery);
}

static void
write_from (Delivery *delivery, gsize offset)
{
  gsize size_bytes = 0;
  const guint8 *data = g_bytes_get_data (delivery->bytes, &size_bytes);

  g_output_stream_write_all_async (g_io_stream_get_output_stream (delivery->stream), data + offset,
                                   size_bytes - offset, G_PRIORITY_DEFAULT, delivery->cancellable,
                                   on_written, g_rc_box_acquire (delivery));
}

/* One byte fits into any socket buffer of a peer that reads at all, so this does not block. */
static gboolean
on_drip (gpointer data)
{
  Delivery *delivery = data;
  const guint8 *bytes = g_bytes_get_data (delivery->bytes, NULL);

  if (g_socket_send_with_blocking (delivery->socket, (const gchar *)bytes + delivery->dripped_bytes,
                                   1, FALSE, NULL, NULL)
      != 1)
    {
      finish (delivery);
      return G_SOURCE_REMOVE;
    }
  delivery->dripped_bytes++;
  if (delivery->dripped_bytes < delivery->header_bytes)
    return G_SOURCE_CONTINUE;
  stop_timer (delivery);
  write_from (delivery, delivery->header_bytes);
  return G_SOURCE_REMOVE;
}

static GString *
build_header (const EmulatorAnswer *answer, gint64 content_length)
{
  GString *header = g_string_new (NULL);

  g_string_append_printf (header, "HTTP/1.1 %u %s\r\n", answer->status,
                          find_phrase (answer->status));
  if (answer->content_type != NULL)
    g_string_append_printf (header, "Content-Type: %s\r\n", answer->content_type);
  for (guint i = 0; i + 1 < answer->headers->len; i += 2)
    g_string_append_printf (header, "%s: %s\r\n",
                            (const gchar *)g_ptr_array_index (answer->headers, i),
                            (const gchar *)g_ptr_array_index (answer->headers, i + 1));
  g_string_append_printf (header, "Content-Length: %" G_GINT64_FORMAT "\r\n\r\n",
                          MAX (content_length, 0));
  return header;
}

/* How many bytes of the body a fault lets through. */
static gsize
count_body_bytes (const EmulatorFault *fault, gsize body_bytes)
{
  if (fault->kind == EMULATOR_FAULT_CUT_HEADER)
    return 0;
  if (fault->kind != EMULATOR_FAULT_CUT && fault->kind != EMULATOR_FAULT_STALL)
    return body_bytes;
  return fault->has_size ? MIN ((gsize)fault->size_bytes, body_bytes) : body_bytes / 2;
}

static void
build_raw_bytes (Delivery *delivery)
{
  const EmulatorFault *fault = delivery->answer->fault;
  gsize body_bytes = 0;
  const guint8 *body = g_bytes_get_data (delivery->answer->body, &body_bytes);
  const gboolean lies = fault->kind == EMULATOR_FAULT_WRONG_LENGTH;
  GString *raw
      = build_header (delivery->answer, (gint64)body_bytes + (lies ? fault->size_bytes : 0));

  if (fault->kind == EMULATOR_FAULT_CUT_HEADER)
    g_string_truncate (raw, raw->len / 2);
  delivery->header_bytes = raw->len;
  g_string_append_len (raw, (const gchar *)body, (gssize)count_body_bytes (fault, body_bytes));
  delivery->bytes = g_string_free_to_bytes (raw);
}

static void
reset_connection (Delivery *delivery)
{
  const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

  (void)setsockopt (g_socket_get_fd (delivery->socket), SOL_SOCKET, SO_LINGER, &at_once,
                    sizeof at_once);
  finish (delivery);
}

static void
send_raw (Delivery *delivery)
{
  const EmulatorFault *fault = delivery->answer->fault;

  delivery->socket = g_object_ref (soup_server_message_get_socket (delivery->message));
  delivery->stream = soup_server_message_steal_connection (delivery->message);
  g_clear_object (&delivery->message);
  if (fault->kind == EMULATOR_FAULT_CLOSE)
    {
      finish (delivery);
      return;
    }
  if (fault->kind == EMULATOR_FAULT_RST)
    {
      reset_connection (delivery);
      return;
    }
  if (fault->kind == EMULATOR_FAULT_SILENCE)
    {
      watch_peer (delivery);
      return;
    }
  build_raw_bytes (delivery);
  delivery->holds = fault->kind == EMULATOR_FAULT_STALL;
  if (fault->kind != EMULATOR_FAULT_DRIP)
    {
      write_from (delivery, 0);
      return;
    }
  (void)g_socket_set_option (delivery->socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  start_timer (delivery, fault->interval_us, on_drip, "emulator drip");
}

static gboolean
is_raw (const EmulatorFault *fault)
{
  if (fault == NULL)
    return FALSE;
  switch (fault->kind)
    {
    case EMULATOR_FAULT_CLOSE:
    case EMULATOR_FAULT_RST:
    case EMULATOR_FAULT_SILENCE:
    case EMULATOR_FAULT_CUT:
    case EMULATOR_FAULT_CUT_HEADER:
    case EMULATOR_FAULT_WRONG_LENGTH:
    case EMULATOR_FAULT_DRIP:
    case EMULATOR_FAULT_STALL:
      return TRUE;
    case EMULATOR_FAULT_OK:
    case EMULATOR_FAULT_STATUS:
    case EMULATOR_FAULT_GARBAGE:
    case EMULATOR_FAULT_TRUNCATED_JSON:
    case EMULATOR_FAULT_NO_NAME:
    case EMULATOR_FAULT_GZIP:
    case EMULATOR_FAULT_REDIRECT:
    case EMULATOR_FAULT_NEW_ETAG:
    case EMULATOR_FAULT_NO_RANGES:
    case EMULATOR_FAULT_WRONG_RANGE:
      return FALSE;
    }
  g_return_val_if_reached (FALSE);
}

/* Sends an answer whose body is there, on a message that is paused. */
static void
send_whole (Delivery *delivery)
{
  if (is_raw (delivery->answer->fault))
    {
      send_raw (delivery);
      return;
    }
  send_through_soup (delivery->message, delivery->answer);
  soup_server_message_unpause (delivery->message);
  finish (delivery);
}

/* Generation goes on; asks for the rest of the body. */
static gboolean
on_gather (gpointer data)
{
  Delivery *delivery = data;
  EmulatorAnswerFlow *flow = delivery->answer->flow;
  gint64 wait_us = 0;
  GBytes *piece = NULL;

  stop_timer (delivery);
  while ((piece = flow->next (flow->data, g_get_monotonic_time (), &wait_us)) != NULL)
    {
      gsize size_bytes = 0;
      const gchar *bytes = g_bytes_get_data (piece, &size_bytes);

      g_string_append_len (delivery->gathered, bytes, (gssize)size_bytes);
      g_bytes_unref (piece);
    }
  if (wait_us != EMULATOR_FLOW_ENDED)
    {
      start_timer (delivery, wait_us, on_gather, "emulator gathering");
      return G_SOURCE_REMOVE;
    }
  emulator_answer_set_body (delivery->answer,
                            g_string_free_to_bytes (g_steal_pointer (&delivery->gathered)));
  fault_answer_spoil_body (delivery->answer);
  send_whole (delivery);
  return G_SOURCE_REMOVE;
}

/* A delay is over. */
static gboolean
on_due (gpointer data)
{
  Delivery *delivery = data;
  EmulatorSender *sender = delivery->sender;
  const EmulatorAnswer *answer = delivery->answer;

  stop_timer (delivery);
  if (answer->flow == NULL)
    {
      send_whole (delivery);
      return G_SOURCE_REMOVE;
    }
  if (!flow_sender_takes (answer))
    {
      delivery->gathered = g_string_new (NULL);
      return on_gather (delivery);
    }
  flow_sender_start (sender->flows, delivery->message, g_steal_pointer (&delivery->answer));
  finish (delivery);
  return G_SOURCE_REMOVE;
}

static Delivery *
delivery_new (EmulatorSender *self, SoupServerMessage *message, EmulatorAnswer *answer)
{
  Delivery *delivery = g_rc_box_new0 (Delivery);

  delivery->sender = self;
  delivery->message = g_object_ref (message);
  delivery->answer = answer;
  delivery->cancellable = g_cancellable_new ();
  g_hash_table_add (self->deliveries, delivery);
  return delivery;
}

void
emulator_sender_send (EmulatorSender *self, SoupServerMessage *message, EmulatorAnswer *answer)
{
  const EmulatorFault *fault = answer->fault;

  if ((fault != NULL && fault->delay_us > 0) || answer->flow != NULL)
    {
      soup_server_message_pause (message);
      start_timer (delivery_new (self, message, answer), fault != NULL ? fault->delay_us : 0,
                   on_due, "emulator delay");
      return;
    }
  if (is_raw (fault))
    {
      send_raw (delivery_new (self, message, answer));
      return;
    }
  send_through_soup (message, answer);
  emulator_answer_free (answer);
}
