/* SPDX-License-Identifier: MIT */
/*
 * Listening, threads, the queue of steps and the log; what is said on a connection is in
 * h2-session.c. Must not be used outside of tests: it trusts its clients.
 */
#include "tests/unit/adapters/h2-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/unit/adapters/h2-session.h"
#include "tests/unit/adapters/tls-identity.h"

/* A client that reads nothing any more does not keep its thread. */
#define PATIENCE_S 10

struct _H2Server
{
  int listen_fd;    /* (owned) */
  int stop_fd;      /* (owned) readable = everybody ends */
  SSL_CTX *context; /* (owned) (const after new) */
  char *ca_path;    /* (owned) (const after new) */
  char *url;        /* (owned) (const after new) */
  pthread_t thread; /* accepts */
  GArray *threads;  /* (owned) (accepting thread) pthread_t */
  pthread_mutex_t lock;
  GQueue steps;        /* (lock) H2Reply (owned) */
  GBytes *usual;       /* (owned) (lock) */
  GPtrArray *requests; /* (owned) (lock) H2Request (owned) */
  GPtrArray *offers;   /* (owned) (lock) strings */
};

typedef struct
{
  H2Server *server; /* (borrowed) */
  int fd;           /* (owned) */
} Connection;

void
h2_request_free (H2Request *self)
{
  if (self == NULL)
    return;
  g_free (self->method);
  g_free (self->path);
  g_free (self);
}

void
h2_reply_free (H2Reply *self)
{
  if (self == NULL)
    return;
  g_bytes_unref (self->body);
  g_free (self);
}

static H2Reply *
new_reply (const H2Step *step, GBytes *body)
{
  H2Reply *reply = g_new0 (H2Reply, 1);

  reply->step = *step;
  reply->step.body = NULL;
  reply->body = body;
  return reply;
}

static GBytes *
copy_body (const H2Step *step)
{
  const char *body = step->body != NULL ? step->body : "{}";

  return g_bytes_new (body, step->length > 0 ? step->length : strlen (body));
}

gboolean
h2_server_wait (H2Server *self, int fd)
{
  struct pollfd fds[]
      = { { .fd = self->stop_fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
  int ready;

  do
    ready = poll (fds, fd >= 0 ? 2 : 1, -1);
  while (ready < 0 && errno == EINTR);
  return fds[0].revents == 0;
}

static H2Reply *
pop_reply (H2Server *self, const char *method)
{
  for (GList *i = self->steps.head; i != NULL; i = i->next)
    {
      H2Reply *reply = i->data;

      if (reply->step.method != NULL && !g_str_equal (reply->step.method, method))
        continue;
      g_queue_delete_link (&self->steps, i);
      return reply;
    }
  return NULL;
}

H2Reply *
h2_server_take_reply (H2Server *self, H2Request *request)
{
  static const H2Step usual = { .move = H2_ANSWER };
  H2Reply *reply;

  (void)pthread_mutex_lock (&self->lock);
  reply = pop_reply (self, request->method);
  if (reply == NULL)
    reply = new_reply (&usual, g_bytes_ref (self->usual));
  g_ptr_array_add (self->requests, request);
  (void)pthread_mutex_unlock (&self->lock);
  return reply;
}

/* Our choice among what the client offers: HTTP/2 if it is there. The offer is noted. */
static int
on_alpn (SSL *ssl,
         const unsigned char **ret_protocol,
         unsigned char *ret_length,
         const unsigned char *offered,
         unsigned int length,
         void *data)
{
  GString *offer = SSL_get_app_data (ssl);

  (void)data;
  for (unsigned int i = 0; i < length; i += 1u + offered[i])
    {
      if (offer->len > 0)
        g_string_append_c (offer, ',');
      g_string_append_len (offer, (const char *)offered + i + 1, offered[i]);
    }
  for (unsigned int i = 0; i < length; i += 1u + offered[i])
    if (offered[i] == 2 && memcmp (offered + i + 1, "h2", 2) == 0)
      {
        *ret_protocol = offered + i + 1;
        *ret_length = 2;
        return SSL_TLSEXT_ERR_OK;
      }
  return SSL_TLSEXT_ERR_NOACK;
}

/* Returns: the number of the connection. */
static guint
note_offer (H2Server *self, const char *offer)
{
  guint number;

  (void)pthread_mutex_lock (&self->lock);
  g_ptr_array_add (self->offers, g_strdup (offer));
  number = self->offers->len;
  (void)pthread_mutex_unlock (&self->lock);
  return number;
}

static void *
serve_connection (void *data)
{
  Connection *self = data;
  g_autoptr (GString) offer = g_string_new (NULL);
  SSL *ssl = SSL_new (self->server->context);
  sigset_t broken_pipe;

  (void)sigemptyset (&broken_pipe);
  (void)sigaddset (&broken_pipe, SIGPIPE);
  (void)pthread_sigmask (SIG_BLOCK, &broken_pipe, NULL);
  SSL_set_app_data (ssl, offer);
  (void)SSL_set_fd (ssl, self->fd);
  if (h2_server_wait (self->server, self->fd) && SSL_accept (ssl) == 1)
    h2_session_run (self->server, ssl, note_offer (self->server, offer->str));
  SSL_free (ssl);
  (void)close (self->fd);
  g_free (self);
  return NULL;
}

static void *
serve (void *data)
{
  H2Server *self = data;

  while (h2_server_wait (self, self->listen_fd))
    {
      Connection *connection = g_new0 (Connection, 1);
      const struct timeval patience = { .tv_sec = PATIENCE_S };
      pthread_t thread;
      int on = 1;

      connection->server = self;
      connection->fd = accept4 (self->listen_fd, NULL, NULL, SOCK_CLOEXEC);
      g_assert_cmpint (connection->fd, >=, 0);
      (void)setsockopt (connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      (void)setsockopt (connection->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      (void)setsockopt (connection->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      g_assert_cmpint (pthread_create (&thread, NULL, serve_connection, connection), ==, 0);
      g_array_append_val (self->threads, thread);
    }
  return NULL;
}

static void
start_listening (H2Server *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listen_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listen_fd, 128), ==, 0);
  g_assert_cmpint (getsockname (self->listen_fd, (struct sockaddr *)&address, &length), ==, 0);
  self->url = g_strdup_printf ("https://127.0.0.1:%u", ntohs (address.sin_port));
}

H2Server *
h2_server_new (void)
{
  H2Server *self = g_new0 (H2Server, 1);
  int fd = g_file_open_tmp ("h2-server-XXXXXX.pem", &self->ca_path, NULL);

  g_assert_cmpint (fd, >=, 0);
  (void)close (fd);
  self->context = tls_identity_new (self->ca_path);
  SSL_CTX_set_alpn_select_cb (self->context, on_alpn, NULL);
  (void)pthread_mutex_init (&self->lock, NULL);
  self->threads = g_array_new (FALSE, FALSE, sizeof (pthread_t));
  self->usual = g_bytes_new_static ("{}", 2);
  self->requests = g_ptr_array_new_with_free_func ((GDestroyNotify)h2_request_free);
  self->offers = g_ptr_array_new_with_free_func (g_free);
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  start_listening (self);
  g_assert_cmpint (pthread_create (&self->thread, NULL, serve, self), ==, 0);
  return self;
}

void
h2_server_add (H2Server *self, H2Step step)
{
  (void)pthread_mutex_lock (&self->lock);
  g_queue_push_tail (&self->steps, new_reply (&step, copy_body (&step)));
  (void)pthread_mutex_unlock (&self->lock);
}

void
h2_server_set_usual (H2Server *self, const void *body, gsize length)
{
  (void)pthread_mutex_lock (&self->lock);
  g_bytes_unref (self->usual);
  self->usual = g_bytes_new (body, length);
  (void)pthread_mutex_unlock (&self->lock);
}

const char *
h2_server_get_url (H2Server *self)
{
  return self->url;
}

const char *
h2_server_get_ca_path (H2Server *self)
{
  return self->ca_path;
}

guint
h2_server_count_requests (H2Server *self, const char *method)
{
  guint n = 0;

  (void)pthread_mutex_lock (&self->lock);
  for (guint i = 0; i < self->requests->len; i++)
    {
      const H2Request *request = g_ptr_array_index (self->requests, i);

      n += method == NULL || g_str_equal (request->method, method);
    }
  (void)pthread_mutex_unlock (&self->lock);
  return n;
}

guint
h2_server_count_connections (H2Server *self)
{
  guint n;

  (void)pthread_mutex_lock (&self->lock);
  n = self->offers->len;
  (void)pthread_mutex_unlock (&self->lock);
  return n;
}

H2Request *
h2_server_dup_request (H2Server *self, guint index)
{
  H2Request *copy = g_new0 (H2Request, 1);
  const H2Request *request;

  (void)pthread_mutex_lock (&self->lock);
  g_assert_cmpuint (index, <, self->requests->len);
  request = g_ptr_array_index (self->requests, index);
  *copy = *request;
  copy->method = g_strdup (request->method);
  copy->path = g_strdup (request->path);
  (void)pthread_mutex_unlock (&self->lock);
  return copy;
}

char *
h2_server_dup_offer (H2Server *self, guint connection)
{
  char *offer;

  (void)pthread_mutex_lock (&self->lock);
  g_assert_true (connection >= 1 && connection <= self->offers->len);
  offer = g_strdup (g_ptr_array_index (self->offers, connection - 1));
  (void)pthread_mutex_unlock (&self->lock);
  return offer;
}

void
h2_server_free (H2Server *self)
{
  if (self == NULL)
    return;
  g_assert_cmpint (eventfd_write (self->stop_fd, 1), ==, 0);
  (void)pthread_join (self->thread, NULL);
  for (guint i = 0; i < self->threads->len; i++)
    (void)pthread_join (g_array_index (self->threads, pthread_t, i), NULL);
  (void)close (self->listen_fd);
  (void)close (self->stop_fd);
  (void)g_unlink (self->ca_path);
  while (self->steps.length > 0)
    h2_reply_free (g_queue_pop_head (&self->steps));
  g_bytes_unref (self->usual);
  g_array_unref (self->threads);
  g_ptr_array_unref (self->requests);
  g_ptr_array_unref (self->offers);
  (void)pthread_mutex_destroy (&self->lock);
  SSL_CTX_free (self->context);
  g_free (self->ca_path);
  g_free (self->url);
  g_free (self);
}
