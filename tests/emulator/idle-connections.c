/* SPDX-License-Identifier: MIT */
/*
 * The set of connections without a request. One thread.
 *
 * It is looked through whenever it has grown by a good deal. Who is found without a peer twice in a
 * row is closed: by then libsoup has seen the end, too, and watches the socket no more.
 */
#include "tests/emulator/idle-connections.h"

#include <errno.h>
#include <sys/socket.h>

#define LOOK_EVERY 64u

struct _IdleConnections
{
  GHashTable *sockets; /* (owned) GSocket (owned) -> TRUE when found without a peer before */
  guint look_at;       /* size of the set */
};

IdleConnections *
idle_connections_new (void)
{
  IdleConnections *self = g_new0 (IdleConnections, 1);

  self->sockets = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->look_at = LOOK_EVERY;
  return self;
}

static gboolean
has_peer (GSocket *socket)
{
  char byte;
  gssize got = recv (g_socket_get_fd (socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static void
look (IdleConnections *self)
{
  GHashTableIter iter;
  gpointer socket;
  gpointer was_left;

  g_hash_table_iter_init (&iter, self->sockets);
  while (g_hash_table_iter_next (&iter, &socket, &was_left))
    {
      gboolean is_left = !g_socket_is_closed (socket) && !has_peer (socket);

      if (is_left && GPOINTER_TO_INT (was_left))
        (void)g_socket_close (socket, NULL);
      if (g_socket_is_closed (socket))
        g_hash_table_iter_remove (&iter);
      else
        g_hash_table_iter_replace (&iter, GINT_TO_POINTER (is_left));
    }
  self->look_at = g_hash_table_size (self->sockets) + LOOK_EVERY;
}

static void
on_started (SoupServer *server, SoupServerMessage *message, gpointer data)
{
  IdleConnections *self = data;

  (void)server;
  g_hash_table_remove (self->sockets, soup_server_message_get_socket (message));
}

static void
on_finished (SoupServer *server, SoupServerMessage *message, gpointer data)
{
  IdleConnections *self = data;
  GSocket *socket = soup_server_message_get_socket (message);

  (void)server;
  if (socket == NULL)
    return; /* closed or stolen */
  g_hash_table_insert (self->sockets, g_object_ref (socket), GINT_TO_POINTER (FALSE));
  if (g_hash_table_size (self->sockets) >= self->look_at)
    look (self);
}

void
idle_connections_watch (IdleConnections *self, SoupServer *server)
{
  g_signal_connect (server, "request-started", G_CALLBACK (on_started), self);
  g_signal_connect (server, "request-finished", G_CALLBACK (on_finished), self);
}

void
idle_connections_free (IdleConnections *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->sockets);
  g_free (self);
}
