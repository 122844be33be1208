/* SPDX-License-Identifier: MIT */
/*
 * CURLM as one GSource: one ready time plus the sockets libcurl names. libcurl's callbacks only
 * record; all work happens in dispatch, on the one context given at construction.
 * HUP and ERR are handed on: a dead socket that nobody reads spins the loop. Must not call the
 * owner from within a libcurl callback, and must not touch the default context.
 */
#include "plugin/adapters/http-source.h"

#include <glib-unix.h>
#include <poll.h>

#include "plugin/adapters/http-request.h"

/* More rounds than any answer in a socket buffer needs; a peer that never stops cannot hold us. */
#define DRAIN_ROUNDS_MAX 64

typedef struct
{
  GSource source;
  HttpSource *owner; /* (borrowed) (nullable) */
} HttpGSource;

struct _HttpSource
{
  GSource *source;       /* (owned) HttpGSource */
  GMainContext *context; /* (owned) (const after new) */
  CURLM *multi;          /* (owned) */
  GHashTable *sockets;   /* (owned) fd -> tag of the GSource (borrowed) */
  gint64 timer_us;       /* when libcurl wants to be called; -1 = not */
  gint64 wake_us;        /* when the owner wants to be called; -1 = not */
  CURLMcode failure;     /* the first one */
  HttpSourceFunc activity;
  gpointer user_data; /* (borrowed) */
};

static void
arm (HttpSource *self)
{
  gint64 ready_us = self->timer_us;

  if (self->wake_us >= 0 && (ready_us < 0 || self->wake_us < ready_us))
    ready_us = self->wake_us;
  g_source_set_ready_time (self->source, ready_us);
}

gboolean
http_source_check (HttpSource *self, CURLMcode code)
{
  if (self->failure == CURLM_OK && code != CURLM_OK)
    self->failure = code;
  return self->failure == CURLM_OK;
}

static int
on_timer (CURLM *multi G_GNUC_UNUSED, long timeout_ms, void *user_data)
{
  HttpSource *self = user_data;

  if (timeout_ms < 0)
    self->timer_us = -1;
  else if (timeout_ms == 0)
    self->timer_us = 0;
  else
    self->timer_us = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  arm (self);
  return 0;
}

static GIOCondition
condition_of (int what)
{
  GIOCondition condition = G_IO_ERR | G_IO_HUP;

  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    condition |= G_IO_IN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    condition |= G_IO_OUT;
  return condition;
}

static int
on_socket (CURL *easy G_GNUC_UNUSED, curl_socket_t fd, int what, void *user_data, void *tag)
{
  HttpSource *self = user_data;
  gpointer known = g_hash_table_lookup (self->sockets, GINT_TO_POINTER (fd));

  (void)tag;
  if (what == CURL_POLL_REMOVE)
    {
      if (known != NULL)
        g_source_remove_unix_fd (self->source, known);
      g_hash_table_remove (self->sockets, GINT_TO_POINTER (fd));
    }
  else if (known != NULL)
    g_source_modify_unix_fd (self->source, known, condition_of (what));
  else
    g_hash_table_insert (self->sockets, GINT_TO_POINTER (fd),
                         g_source_add_unix_fd (self->source, fd, condition_of (what)));
  return 0;
}

static int
select_mask_of (GIOCondition condition)
{
  int mask = 0;

  if ((condition & (G_IO_IN | G_IO_HUP)) != 0)
    mask |= CURL_CSELECT_IN;
  if ((condition & G_IO_OUT) != 0)
    mask |= CURL_CSELECT_OUT;
  if ((condition & (G_IO_ERR | G_IO_NVAL)) != 0)
    mask |= CURL_CSELECT_ERR;
  return mask;
}

/* One event on a socket; an earlier event of the same turn may have closed it. */
static void
act_on_socket (HttpSource *self, int fd, GIOCondition condition)
{
  int mask = select_mask_of (condition);
  int running;

  if (mask == 0 || self->failure != CURLM_OK
      || !g_hash_table_contains (self->sockets, GINT_TO_POINTER (fd)))
    return;
  (void)http_source_check (self, curl_multi_socket_action (self->multi, fd, mask, &running));
}

static void
act_on_time (HttpSource *self)
{
  int running;

  if (self->timer_us < 0 || self->timer_us > g_get_monotonic_time () || self->failure != CURLM_OK)
    return;
  self->timer_us = -1; /* one shot: libcurl names the next one */
  (void)http_source_check (self, curl_multi_socket_action (self->multi, CURL_SOCKET_TIMEOUT, 0,
                                                           &running));
}

static GArray *
list_sockets (HttpSource *self)
{
  GArray *polls = g_array_new (FALSE, FALSE, sizeof (GPollFD));
  GHashTableIter iter;
  gpointer fd, tag;

  g_hash_table_iter_init (&iter, self->sockets);
  while (g_hash_table_iter_next (&iter, &fd, &tag))
    {
      GPollFD poll_fd = { .fd = GPOINTER_TO_INT (fd) };

      poll_fd.events = G_IO_IN | G_IO_HUP | G_IO_ERR;
      poll_fd.revents = (gushort)g_source_query_unix_fd (self->source, tag);
      g_array_append_val (polls, poll_fd);
    }
  return polls;
}

static gboolean
http_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  HttpSource *self = ((HttpGSource *)source)->owner;
  g_autoptr (GArray) polls = list_sockets (self);

  (void)callback;
  (void)user_data;
  g_source_set_ready_time (source, -1);
  for (guint i = 0; i < polls->len; i++)
    {
      const GPollFD *poll_fd = &g_array_index (polls, GPollFD, i);

      act_on_socket (self, poll_fd->fd, poll_fd->revents);
    }
  act_on_time (self);
  if (self->wake_us >= 0 && self->wake_us <= g_get_monotonic_time ())
    self->wake_us = -1;
  arm (self);
  self->activity (self->user_data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs http_source_funcs = { .dispatch = http_source_dispatch };

static gboolean
set_up_multi (HttpSource *self, GError **error)
{
  gboolean ok;

  self->multi = curl_multi_init ();
  if (self->multi == NULL)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_CURL, "libcurl has no memory for a client");
      return FALSE;
    }
  ok = http_source_check (self, curl_multi_setopt (self->multi, CURLMOPT_SOCKETFUNCTION, on_socket))
       && http_source_check (self, curl_multi_setopt (self->multi, CURLMOPT_SOCKETDATA, self))
       && http_source_check (self,
                             curl_multi_setopt (self->multi, CURLMOPT_TIMERFUNCTION, on_timer))
       && http_source_check (self, curl_multi_setopt (self->multi, CURLMOPT_TIMERDATA, self));
  if (!ok)
    g_set_error (error, HTTP_ERROR, HTTP_ERROR_CURL, "libcurl refused a client: %s",
                 curl_multi_strerror (self->failure));
  return ok;
}

HttpSource *
http_source_new (GMainContext *context, HttpSourceFunc activity, gpointer user_data, GError **error)
{
  g_autoptr (HttpSource) self = g_new0 (HttpSource, 1);

  self->context = g_main_context_ref (context);
  self->sockets = g_hash_table_new (NULL, NULL);
  self->timer_us = -1;
  self->wake_us = -1;
  self->activity = activity;
  self->user_data = user_data;
  self->source = g_source_new (&http_source_funcs, sizeof (HttpGSource));
  ((HttpGSource *)self->source)->owner = self;
  g_source_set_static_name (self->source, "http-source");
  if (!set_up_multi (self, error))
    return NULL;
  g_source_attach (self->source, context);
  return g_steal_pointer (&self);
}

GMainContext *
http_source_get_context (HttpSource *self)
{
  return self->context;
}

CURLM *
http_source_get_multi (HttpSource *self)
{
  return self->multi;
}

CURLMcode
http_source_get_failure (HttpSource *self)
{
  return self->failure;
}

void
http_source_set_wake (HttpSource *self, gint64 wake_us)
{
  self->wake_us = wake_us;
  arm (self);
}

/* One look at all sockets. Returns: whether anything was there to read. */
static gboolean
drain_once (HttpSource *self)
{
  g_autoptr (GArray) polls = list_sockets (self);

  if (polls->len == 0 || g_poll ((GPollFD *)(void *)polls->data, polls->len, 0) <= 0)
    return FALSE;
  for (guint i = 0; i < polls->len; i++)
    {
      const GPollFD *poll_fd = &g_array_index (polls, GPollFD, i);

      act_on_socket (self, poll_fd->fd, poll_fd->revents);
    }
  return self->failure == CURLM_OK;
}

void
http_source_drain (HttpSource *self)
{
  g_assert (g_main_context_is_owner (self->context));
  for (guint i = 0; i < DRAIN_ROUNDS_MAX && drain_once (self); i++)
    act_on_time (self);
}

void
http_source_free (HttpSource *self)
{
  if (self == NULL)
    return;
  if (self->multi != NULL)
    (void)curl_multi_cleanup (self->multi); /* names sockets to forget: before the source goes */
  g_clear_pointer (&self->sockets, g_hash_table_unref);
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self);
}
