/* SPDX-License-Identifier: MIT */
/*
 * The HTTP side of the emulator, on libsoup.
 *
 * Thread model: the default main context of one thread. libsoup calls the handler only when header
 * and body of a request have arrived, which is exactly what the log promises. Must not know any
 * wire.
 */
#include "tests/emulator/emulator-server.h"

#include <libsoup/soup.h>

#include "tests/emulator/answer-sender.h"
#include "tests/emulator/emulator-json.h"
#include "tests/emulator/idle-connections.h"

#include <string.h>

#define CONNECTION_KEY "emulator-connection"

struct _EmulatorServer
{
  SoupServer *api;        /* (owned) */
  SoupServer *storage;    /* (owned) */
  EmulatorSender *sender; /* (owned) */
  IdleConnections *idle;  /* (owned) */
  EmulatorLog *log;       /* (borrowed) */
  GArray *wires;          /* (owned) (element-type EmulatorWire) */
  guint64 last_seq;
  guint64 last_connection;
};

/* A connection is its socket; it gets its number with its first request. */
static guint64
number_connection (EmulatorServer *self, SoupServerMessage *message)
{
  GObject *socket = G_OBJECT (soup_server_message_get_socket (message));
  gpointer number = g_object_get_data (socket, CONNECTION_KEY);

  if (number == NULL)
    {
      number = GSIZE_TO_POINTER (++self->last_connection);
      g_object_set_data (socket, CONNECTION_KEY, number);
    }
  return GPOINTER_TO_SIZE (number);
}

static gchar *
dup_header (SoupServerMessage *message, const gchar *name)
{
  return g_strdup (
      soup_message_headers_get_one (soup_server_message_get_request_headers (message), name));
}

static EmulatorRequest *
request_new (EmulatorServer *self, SoupServerMessage *message)
{
  EmulatorRequest *request = g_new0 (EmulatorRequest, 1);
  GUri *uri = soup_server_message_get_uri (message);

  request->seq = ++self->last_seq;
  request->connection = number_connection (self, message);
  request->received_us = g_get_monotonic_time ();
  request->method = g_strdup (soup_server_message_get_method (message));
  request->raw_path = g_strdup (g_uri_get_path (uri));
  request->path = g_uri_unescape_string (request->raw_path, NULL);
  if (request->path == NULL)
    request->path = g_strdup (request->raw_path);
  request->query = g_strdup (g_uri_get_query (uri));
  request->content_type = dup_header (message, "Content-Type");
  request->user_agent = dup_header (message, "User-Agent");
  request->api_key = dup_header (message, "x-goog-api-key");
  request->authorization = dup_header (message, "Authorization");
  request->user_project = dup_header (message, "x-goog-user-project");
  request->metadata_flavor = dup_header (message, "Metadata-Flavor");
  request->range = dup_header (message, "Range");
  request->if_range = dup_header (message, "If-Range");
  request->body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  request->json = emulator_json_parse (request->body);
  request->wire = "none";
  request->kind = "other";
  return request;
}

static EmulatorAnswer *
ask_wires (EmulatorServer *self, EmulatorRequest *request)
{
  for (guint i = 0; i < self->wires->len; i++)
    {
      const EmulatorWire *wire = &g_array_index (self->wires, EmulatorWire, i);

      if (!wire->claims (wire->service, request))
        continue;
      request->wire = wire->name;
      return wire->serve (wire->service, request);
    }
  return emulator_answer_new_html (404);
}

static void
serve (EmulatorServer *self, SoupServerMessage *message, gboolean to_storage)
{
  EmulatorRequest *request = request_new (self, message);
  EmulatorAnswer *answer = NULL;

  /* Ranges are answered by the wire; libsoup would cut the answer a second time. */
  soup_message_headers_remove (soup_server_message_get_request_headers (message), "Range");
  request->to_storage = to_storage;
  answer = ask_wires (self, request);
  emulator_log_write (self->log, request, answer);
  emulator_request_free (request);
  emulator_sender_send (self->sender, message, answer);
}

static void
on_api_request (SoupServer *server,
                SoupServerMessage *message,
                const gchar *path,
                GHashTable *query,
                gpointer data)
{
  (void)server;
  (void)path;
  (void)query;
  serve (data, message, FALSE);
}

static void
on_storage_request (SoupServer *server,
                    SoupServerMessage *message,
                    const gchar *path,
                    GHashTable *query,
                    gpointer data)
{
  (void)server;
  (void)path;
  (void)query;
  serve (data, message, TRUE);
}

EmulatorServer *
emulator_server_new (EmulatorLog *log)
{
  EmulatorServer *self = g_new0 (EmulatorServer, 1);

  self->log = log;
  self->sender = emulator_sender_new ();
  self->wires = g_array_new (FALSE, FALSE, sizeof (EmulatorWire));
  /* Raw: an escaped slash is part of a name, and no end of it. */
  self->api = soup_server_new ("server-header", "veo3_emulator", "raw-paths", TRUE, NULL);
  self->storage
      = soup_server_new ("server-header", "veo3_emulator storage", "raw-paths", TRUE, NULL);
  self->idle = idle_connections_new ();
  idle_connections_watch (self->idle, self->api);
  idle_connections_watch (self->idle, self->storage);
  soup_server_add_handler (self->api, NULL, on_api_request, self, NULL);
  soup_server_add_handler (self->storage, NULL, on_storage_request, self, NULL);
  return self;
}

void
emulator_server_free (EmulatorServer *self)
{
  if (self == NULL)
    return;
  emulator_sender_free (self->sender);
  soup_server_disconnect (self->api);
  soup_server_disconnect (self->storage);
  g_object_unref (self->api);
  g_object_unref (self->storage);
  idle_connections_free (self->idle);
  g_array_unref (self->wires);
  g_free (self);
}

void
emulator_server_add_wire (EmulatorServer *self, EmulatorWire wire)
{
  g_array_append_val (self->wires, wire);
}

/* An own socket, because libsoup's own listener leaves the backlog at GLib's 10. */
static gchar *
listen_on_loopback (SoupServer *server, guint16 port, GError **error)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GSocketAddress) bound = NULL;

  if (socket == NULL || !g_socket_bind (socket, wanted, TRUE, error))
    return NULL;
  g_socket_set_listen_backlog (socket, EMULATOR_SERVER_BACKLOG);
  if (!g_socket_listen (socket, error))
    return NULL;
  bound = g_socket_get_local_address (socket, error);
  if (bound == NULL || !soup_server_listen_socket (server, socket, 0, error))
    return NULL;
  return g_strdup_printf ("http://127.0.0.1:%u",
                          g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}

gboolean
emulator_server_listen (EmulatorServer *self,
                        guint16 port,
                        EmulatorOrigins *ret_origins,
                        GError **error)
{
  g_autofree gchar *api_url = listen_on_loopback (self->api, port, error);
  g_autofree gchar *storage_url = NULL;

  if (api_url == NULL)
    {
      g_prefix_error (error, "port %u: ", port);
      return FALSE;
    }
  storage_url = listen_on_loopback (self->storage, 0, error);
  if (storage_url == NULL)
    return FALSE;
  ret_origins->api_url = g_steal_pointer (&api_url);
  ret_origins->storage_url = g_steal_pointer (&storage_url);
  return TRUE;
}
