/* SPDX-License-Identifier: MIT */
/*
 * Blocking sockets and threads, so that a fault is exactly what the script says and does not
 * depend on the main loop under test. Must not be used outside of tests: it trusts its clients.
 */
#include "tests/unit/adapters/scripted-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the kernel takes in of a body that is read slowly. */
#define SLOW_ROOM_BYTES (128 * 1024)

typedef struct
{
  ScriptedStep step;
  GBytes *answer; /* (owned) */
} QueuedStep;

struct _ScriptedServer
{
  int listen_fd; /* (owned) */
  int stop_fd;   /* (owned) readable = everybody ends */
  guint port;
  char *url;              /* (owned) */
  GThread *thread;        /* (owned) accepts */
  pthread_mutex_t lock;   /* guards what follows; ThreadSanitizer does not see GLib's */
  GPtrArray *connections; /* (owned) GThread (owned until joined) */
  GQueue steps;           /* QueuedStep (owned) */
  GPtrArray *requests;    /* (owned) strings */
};

typedef struct
{
  ScriptedServer *server; /* (borrowed) */
  int fd;                 /* (owned) */
} Connection;

static void
queued_step_free (gpointer data)
{
  QueuedStep *self = data;

  g_bytes_unref (self->answer);
  g_free (self);
}

/* Waits for input or a while. Returns: FALSE = the server ends. */
static gboolean
wait_for (ScriptedServer *self, int fd, int timeout_ms)
{
  struct pollfd fds[]
      = { { .fd = self->stop_fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
  int ready;

  do
    ready = poll (fds, fd >= 0 ? 2 : 1, timeout_ms);
  while (ready < 0 && errno == EINTR);
  return fds[0].revents == 0;
}

static gsize
get_body_length (const char *head)
{
  g_autofree char *low = g_ascii_strdown (head, -1);
  const char *found = strstr (low, "\r\ncontent-length:");

  return found != NULL ? (gsize)g_ascii_strtoull (found + 17, NULL, 10) : 0;
}

static gboolean
send_all (Connection *self, const char *data, gsize length)
{
  while (length > 0)
    {
      gssize put = send (self->fd, data, length, MSG_NOSIGNAL);

      if (put <= 0)
        return FALSE;
      data += put;
      length -= (gsize)put;
    }
  return TRUE;
}

static void
drip (Connection *self, const char *data, gsize length, guint drip_ms)
{
  for (gsize i = 0; send_all (self, data + i, 1); i = (i + 1) % length)
    {
      if (!wait_for (self->server, -1, (int)drip_ms))
        return;
    }
}

/* Passes on what is there. Returns: FALSE at its end. */
static gboolean
pass_on (Connection *from, Connection *to)
{
  char buffer[16384];
  gssize got = recv (from->fd, buffer, sizeof buffer, 0);

  return got > 0 && send_all (to, buffer, (gsize)got);
}

/* Until one side or the server ends. */
static void
tunnel (Connection *self, guint port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16)port) };
  Connection other = { .server = self->server };
  gboolean goes_on;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  other.fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  goes_on = connect (other.fd, (struct sockaddr *)&address, sizeof address) == 0;
  while (goes_on)
    {
      struct pollfd fds[] = { { .fd = self->server->stop_fd, .events = POLLIN },
                              { .fd = self->fd, .events = POLLIN },
                              { .fd = other.fd, .events = POLLIN } };

      goes_on = poll (fds, G_N_ELEMENTS (fds), -1) > 0 && fds[0].revents == 0
                && (fds[1].revents == 0 || pass_on (self, &other))
                && (fds[2].revents == 0 || pass_on (&other, self));
    }
  (void)close (other.fd);
}

/* Returns: TRUE if the connection takes another request. */
static gboolean
play (Connection *self, const QueuedStep *queued)
{
  static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  gsize length;
  const char *data = g_bytes_get_data (queued->answer, &length);

  if (queued->step.drip_ms > 0)
    drip (self, data, length, queued->step.drip_ms);
  else if (!send_all (self, data, length))
    return FALSE;
  if (queued->step.tunnel_port > 0)
    {
      tunnel (self, queued->step.tunnel_port);
      return FALSE;
    }
  switch (queued->step.end)
    {
    case SCRIPTED_KEEP:
      return TRUE;
    case SCRIPTED_CLOSE:
      break;
    case SCRIPTED_RESET:
      (void)setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      break;
    case SCRIPTED_HALF_CLOSE:
      (void)shutdown (self->fd, SHUT_WR);
      (void)wait_for (self->server, -1, -1);
      break;
    case SCRIPTED_HANG:
      (void)wait_for (self->server, -1, -1);
      break;
    }
  return FALSE;
}

static gboolean
is_for (const QueuedStep *queued, const char *request)
{
  const char *method = queued->step.method;

  return method == NULL || (g_str_has_prefix (request, method) && request[strlen (method)] == ' ');
}

static QueuedStep *
pop_step (ScriptedServer *self, const char *request)
{
  for (GList *i = self->steps.head; i != NULL; i = i->next)
    {
      QueuedStep *queued = i->data;

      if (!is_for (queued, request))
        continue;
      g_queue_delete_link (&self->steps, i);
      return queued;
    }
  return NULL;
}

static QueuedStep *
take_step (ScriptedServer *self, const char *request)
{
  QueuedStep *queued;

  (void)pthread_mutex_lock (&self->lock);
  queued = pop_step (self, request);
  if (queued == NULL || !queued->step.at_head)
    g_ptr_array_add (self->requests, g_strdup (request));
  (void)pthread_mutex_unlock (&self->lock);
  if (queued != NULL)
    return queued;
  queued = g_new0 (QueuedStep, 1);
  queued->answer = g_bytes_new_static ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 40);
  return queued;
}

/* Returns: all zeros = no step is meant for it. */
static ScriptedStep
look_at_step (ScriptedServer *self, const char *head)
{
  ScriptedStep step = { 0 };

  (void)pthread_mutex_lock (&self->lock);
  for (GList *i = self->steps.head; i != NULL; i = i->next)
    {
      const QueuedStep *queued = i->data;

      if (!is_for (queued, head))
        continue;
      step = queued->step;
      break;
    }
  (void)pthread_mutex_unlock (&self->lock);
  return step;
}

/* Returns: FALSE = the server ends. */
static gboolean
linger (Connection *self, const ScriptedStep *step)
{
  static const int room_bytes = SLOW_ROOM_BYTES;

  if (step->slow_ms == 0)
    return TRUE;
  /* Else the kernel would take in megabytes for us. */
  (void)setsockopt (self->fd, SOL_SOCKET, SO_RCVBUF, &room_bytes, sizeof room_bytes);
  return wait_for (self->server, -1, (int)step->slow_ms);
}

/* Returns: (transfer full) (nullable): one whole request, or a head if that is what gets an answer.
 */
static char *
read_request (Connection *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  ScriptedStep step = { 0 };
  gsize whole_bytes = 0; /* 0 = the head is not complete */
  char buffer[65536];

  while (linger (self, &step) && wait_for (self->server, self->fd, -1))
    {
      gsize room = step.slow_ms > 0 ? MIN (step.slow_bytes, sizeof buffer) : sizeof buffer;
      gssize got = recv (self->fd, buffer, room, 0);
      const char *end;

      if (got <= 0)
        return NULL;
      g_string_append_len (text, buffer, got);
      end = whole_bytes == 0 ? strstr (text->str, "\r\n\r\n") : NULL;
      if (end != NULL)
        {
          whole_bytes = (gsize)(end + 4 - text->str) + get_body_length (text->str);
          step = look_at_step (self->server, text->str);
        }
      if (whole_bytes == 0)
        continue;
      if (text->len >= whole_bytes || step.at_head)
        return g_string_free (g_steal_pointer (&text), FALSE);
    }
  return NULL;
}

static gpointer
serve_connection (gpointer data)
{
  Connection *self = data;
  gboolean more = TRUE;

  while (more)
    {
      g_autofree char *request = read_request (self);
      QueuedStep *queued;

      if (request == NULL)
        break;
      queued = take_step (self->server, request);
      more = play (self, queued);
      queued_step_free (queued);
    }
  (void)close (self->fd);
  g_free (self);
  return NULL;
}

static gpointer
serve (gpointer data)
{
  ScriptedServer *self = data;

  while (wait_for (self, self->listen_fd, -1))
    {
      Connection *connection = g_new0 (Connection, 1);
      int on = 1;

      connection->server = self;
      connection->fd = accept4 (self->listen_fd, NULL, NULL, SOCK_CLOEXEC);
      g_assert_cmpint (connection->fd, >=, 0);
      (void)setsockopt (connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      (void)pthread_mutex_lock (&self->lock);
      g_ptr_array_add (self->connections,
                       g_thread_new ("scripted-connection", serve_connection, connection));
      (void)pthread_mutex_unlock (&self->lock);
    }
  return NULL;
}

ScriptedServer *
scripted_server_new (void)
{
  ScriptedServer *self = g_new0 (ScriptedServer, 1);
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  (void)pthread_mutex_init (&self->lock, NULL);
  self->connections = g_ptr_array_new ();
  self->requests = g_ptr_array_new_with_free_func (g_free);
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  self->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listen_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listen_fd, 128), ==, 0);
  g_assert_cmpint (getsockname (self->listen_fd, (struct sockaddr *)&address, &length), ==, 0);
  self->port = ntohs (address.sin_port);
  self->url = g_strdup_printf ("http://127.0.0.1:%u", self->port);
  self->thread = g_thread_new ("scripted-server", serve, self);
  return self;
}

void
scripted_server_add (ScriptedServer *self, ScriptedStep step)
{
  QueuedStep *queued = g_new0 (QueuedStep, 1);
  const char *answer = step.answer != NULL ? step.answer : "";

  queued->step = step;
  queued->answer = g_bytes_new (answer, step.length > 0 ? step.length : strlen (answer));
  (void)pthread_mutex_lock (&self->lock);
  g_queue_push_tail (&self->steps, queued);
  (void)pthread_mutex_unlock (&self->lock);
}

void
scripted_server_add_answer (ScriptedServer *self,
                            guint status,
                            const char *headers,
                            const char *body)
{
  g_autofree char *answer
      = g_strdup_printf ("HTTP/1.1 %u Word\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                         headers != NULL ? headers : "", body != NULL ? strlen (body) : 0,
                         body != NULL ? body : "");

  scripted_server_add (self, (ScriptedStep){ .answer = answer });
}

void
scripted_server_add_bytes (ScriptedServer *self, const void *body, gsize length)
{
  g_autoptr (GString) answer = g_string_new (NULL);

  g_string_printf (answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", length);
  g_string_append_len (answer, body, (gssize)length);
  scripted_server_add (self, (ScriptedStep){ .answer = answer->str, .length = answer->len });
}

guint
scripted_server_get_port (ScriptedServer *self)
{
  return self->port;
}

const char *
scripted_server_get_url (ScriptedServer *self)
{
  return self->url;
}

static guint
get_length (ScriptedServer *self, GPtrArray *array)
{
  guint length;

  (void)pthread_mutex_lock (&self->lock);
  length = array->len;
  (void)pthread_mutex_unlock (&self->lock);
  return length;
}

guint
scripted_server_count_requests (ScriptedServer *self)
{
  return get_length (self, self->requests);
}

guint
scripted_server_count_method (ScriptedServer *self, const char *method)
{
  g_autofree char *prefix = g_strconcat (method, " ", NULL);
  guint n = 0;

  (void)pthread_mutex_lock (&self->lock);
  for (guint i = 0; i < self->requests->len; i++)
    n += g_str_has_prefix (g_ptr_array_index (self->requests, i), prefix);
  (void)pthread_mutex_unlock (&self->lock);
  return n;
}

guint
scripted_server_count_connections (ScriptedServer *self)
{
  return get_length (self, self->connections);
}

char *
scripted_server_dup_request (ScriptedServer *self, guint index)
{
  char *request;

  (void)pthread_mutex_lock (&self->lock);
  g_assert_cmpuint (index, <, self->requests->len);
  request = g_strdup (g_ptr_array_index (self->requests, index));
  (void)pthread_mutex_unlock (&self->lock);
  return request;
}

void
scripted_server_free (ScriptedServer *self)
{
  if (self == NULL)
    return;
  g_assert_cmpint (eventfd_write (self->stop_fd, 1), ==, 0);
  g_thread_join (self->thread);
  for (guint i = 0; i < self->connections->len; i++)
    g_thread_join (g_ptr_array_index (self->connections, i));
  (void)close (self->listen_fd);
  (void)close (self->stop_fd);
  g_queue_clear_full (&self->steps, queued_step_free);
  g_ptr_array_unref (self->connections);
  g_ptr_array_unref (self->requests);
  (void)pthread_mutex_destroy (&self->lock);
  g_free (self->url);
  g_free (self);
}
