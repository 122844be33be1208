/* SPDX-License-Identifier: MIT */
/*
 * Streams through libsoup: it pauses a message by itself when there is no chunk to send; a timer
 * asks for the next one.
 *
 * Thread model: one thread. A sender lives until libsoup says that its message is finished, which
 * comes from the end of the body, from a connection that is shut down here, or from a peer that has
 * gone.
 */
#include "tests/emulator/flow-sender.h"

#include <errno.h>
#include <sys/socket.h>

#define LOOK_FOR_PEER_US (200 * (gint64)1000)

typedef struct
{
  GHashTable *set;            /* (borrowed) (nullable) NULL once it is being ended */
  SoupServerMessage *message; /* (owned) */
  EmulatorAnswer *answer;     /* (owned) */
  GSource *timer;             /* (owned) (nullable) */
  gsize limit_bytes;          /* of the body; G_MAXSIZE = none */
  gsize queued_bytes;         /* given to libsoup */
  gsize written_bytes;        /* gone out */
} FlowSender;

static void
stop_timer (FlowSender *self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
flow_sender_free (gpointer data)
{
  FlowSender *self = data;

  stop_timer (self);
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_object_unref (self->message);
  emulator_answer_free (self->answer);
  g_free (self);
}

GHashTable *
flow_sender_set_new (void)
{
  return g_hash_table_new_full (NULL, NULL, flow_sender_free, NULL);
}

gboolean
flow_sender_takes (const EmulatorAnswer *answer)
{
  if (answer->flow == NULL || answer->flow->whole)
    return FALSE;
  return answer->fault == NULL || answer->fault->kind == EMULATOR_FAULT_OK
         || answer->fault->kind == EMULATOR_FAULT_CUT
         || answer->fault->kind == EMULATOR_FAULT_STALL;
}

static gboolean
has_fault (const FlowSender *self, EmulatorFaultKind kind)
{
  return self->answer->fault != NULL && self->answer->fault->kind == kind;
}

static gboolean
is_at_limit (const FlowSender *self, gsize bytes)
{
  return self->limit_bytes != G_MAXSIZE && bytes >= self->limit_bytes;
}

static void
cut_connection (FlowSender *self)
{
  GSocket *socket = soup_server_message_get_socket (self->message);

  if (socket != NULL)
    (void)g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

static gboolean
has_peer (const FlowSender *self)
{
  GSocket *socket = soup_server_message_get_socket (self->message);
  char byte;
  gssize got;

  if (socket == NULL || g_socket_is_closed (socket))
    return FALSE;
  got = recv (g_socket_get_fd (socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static gboolean on_due (gpointer data);

static void
start_timer (FlowSender *self, gint64 wait_us)
{
  self->timer = g_timeout_source_new ((guint)((MIN (wait_us, LOOK_FOR_PEER_US) + 999) / 1000));
  g_source_set_static_name (self->timer, "emulator stream");
  g_source_set_callback (self->timer, on_due, self, NULL);
  g_source_attach (self->timer, NULL);
}

static void
queue_piece (FlowSender *self, GBytes *piece)
{
  SoupMessageBody *body = soup_server_message_get_response_body (self->message);
  const gsize left_bytes = self->limit_bytes - self->queued_bytes;
  const gsize size_bytes = MIN (g_bytes_get_size (piece), left_bytes);
  g_autoptr (GBytes) part = g_bytes_new_from_bytes (piece, 0, size_bytes);

  if (size_bytes > 0)
    soup_message_body_append_bytes (body, part);
  self->queued_bytes += size_bytes;
}

/* Queues what there is. Returns: how long to wait for more, or EMULATOR_FLOW_ENDED. */
static gint64
queue_pieces (FlowSender *self)
{
  EmulatorAnswerFlow *flow = self->answer->flow;
  gint64 wait_us = 0;

  while (!is_at_limit (self, self->queued_bytes))
    {
      g_autoptr (GBytes) piece = flow->next (flow->data, g_get_monotonic_time (), &wait_us);
      const EmulatorFault *fault = self->answer->fault;

      if (piece == NULL)
        return wait_us;
      if (fault != NULL && fault->kind != EMULATOR_FAULT_OK && !fault->has_size
          && self->limit_bytes == G_MAXSIZE)
        self->limit_bytes = g_bytes_get_size (piece);
      queue_piece (self, piece);
    }
  return LOOK_FOR_PEER_US;
}

static gboolean
on_due (gpointer data)
{
  FlowSender *self = data;
  gint64 wait_us;

  stop_timer (self);
  wait_us = has_peer (self) ? queue_pieces (self) : EMULATOR_FLOW_ENDED;
  if (wait_us == EMULATOR_FLOW_ENDED)
    soup_message_body_complete (soup_server_message_get_response_body (self->message));
  else
    start_timer (self, wait_us);
  soup_server_message_unpause (self->message);
  return G_SOURCE_REMOVE;
}

static void
on_wrote_headers (SoupServerMessage *message, gpointer data)
{
  FlowSender *self = data;

  (void)message;
  if (has_fault (self, EMULATOR_FAULT_CUT) && is_at_limit (self, 0))
    cut_connection (self);
}

static void
on_wrote_body_data (SoupServerMessage *message, guint chunk_bytes, gpointer data)
{
  FlowSender *self = data;

  (void)message;
  self->written_bytes += chunk_bytes;
  if (has_fault (self, EMULATOR_FAULT_CUT) && is_at_limit (self, self->written_bytes))
    cut_connection (self);
}

static void
on_finished (SoupServerMessage *message, gpointer data)
{
  FlowSender *self = data;

  (void)message;
  g_hash_table_remove (self->set, self);
}

static void
set_header (FlowSender *self)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);
  const EmulatorAnswer *answer = self->answer;

  soup_server_message_set_status (self->message, answer->status, NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_headers_replace (headers, "Content-Type", answer->content_type);
  for (guint i = 0; i + 1 < answer->headers->len; i += 2)
    soup_message_headers_replace (headers, g_ptr_array_index (answer->headers, i),
                                  g_ptr_array_index (answer->headers, i + 1));
  soup_message_body_set_accumulate (soup_server_message_get_response_body (self->message), FALSE);
}

void
flow_sender_start (GHashTable *set, SoupServerMessage *message, EmulatorAnswer *answer)
{
  FlowSender *self = g_new0 (FlowSender, 1);
  const EmulatorFault *fault = answer->fault;

  self->set = set;
  self->message = g_object_ref (message);
  self->answer = answer;
  self->limit_bytes = G_MAXSIZE;
  if (fault != NULL && fault->has_size && fault->kind != EMULATOR_FAULT_OK)
    self->limit_bytes = (gsize)fault->size_bytes;
  g_hash_table_add (set, self);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (on_wrote_headers), self);
  g_signal_connect (message, "wrote-body-data", G_CALLBACK (on_wrote_body_data), self);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), self);
  set_header (self);
  start_timer (self, 0);
}
