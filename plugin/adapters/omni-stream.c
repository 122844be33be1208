/* SPDX-License-Identifier: MIT */
/*
 * Server-sent events, as far as it takes to find an id: lines, of which those that begin with
 * "data:" are JSON; bigger ones than an id needs are passed over. Lives on the client's context,
 * until the connection ends. Must not call back from within the sink: what is told may send other
 * requests.
 */
#include "plugin/adapters/omni-stream.h"

#include <string.h>

#include "plugin/adapters/omni-wire.h"

#define LINE_MAX_BYTES 65536
#define DATA_FIELD "data:"

typedef struct
{
  HttpClient *client;  /* (borrowed) until the connection ends */
  OmniStreamCall call; /* its callback is NULL once it was called */
  GString *head;       /* (owned) beginning of the answer */
  GString *line;    /* (owned) the line under way; of a long one the beginning, which is no JSON */
  char *name;       /* (owned) (nullable) the operation */
  GSource *telling; /* (owned) (nullable) will tell the name */
  guint64 bytes;    /* that came */
} OmniStream;

static void
drop_telling (OmniStream *self)
{
  if (self->telling != NULL)
    g_source_destroy (self->telling);
  g_clear_pointer (&self->telling, g_source_unref);
}

static void
omni_stream_free (OmniStream *self)
{
  drop_telling (self);
  g_string_free (self->head, TRUE);
  g_string_free (self->line, TRUE);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmniStream, omni_stream_free)

static void
tell (OmniStream *self, const HttpResponse *response)
{
  OmniStreamFunc callback = self->call.callback;

  drop_telling (self);
  self->call.callback = NULL;
  if (callback != NULL)
    callback (response, self->name, self->call.user_data);
}

/* The name is all of the answer that matters; that it goes on is nobody's concern. */
static void
tell_name (OmniStream *self)
{
  HttpResponse response = { .end = HTTP_END_ANSWERED, .sent = 1, .status = 200 };

  response.content_length = -1;
  response.body = self->head->str;
  response.body_length = self->head->len;
  tell (self, &response);
}

static gboolean
on_telling (gpointer user_data)
{
  tell_name (user_data);
  return G_SOURCE_REMOVE;
}

static void
tell_later (OmniStream *self)
{
  self->telling = g_idle_source_new ();
  g_source_set_priority (self->telling, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->telling, "omni-stream-name");
  g_source_set_callback (self->telling, on_telling, self, NULL);
  g_source_attach (self->telling, http_client_get_context (self->client));
}

static void
end_line (OmniStream *self)
{
  const GString *line = self->line;

  if (self->name == NULL && line->len < LINE_MAX_BYTES && g_str_has_prefix (line->str, DATA_FIELD))
    {
      self->name = omni_wire_parse_event (line->str + strlen (DATA_FIELD),
                                          line->len - strlen (DATA_FIELD));
      if (self->name != NULL)
        tell_later (self);
    }
  g_string_truncate (self->line, 0);
}

static gboolean
on_data (const guint8 *data, gsize length, gpointer user_data)
{
  OmniStream *self = user_data;
  gsize room = LINE_MAX_BYTES - self->head->len;

  self->bytes += length;
  g_string_append_len (self->head, (const char *)data, (gssize)MIN (room, length));
  for (gsize i = 0; i < length && self->name == NULL; i++)
    {
      if (data[i] == '\n' || data[i] == '\r')
        end_line (self);
      else if (self->line->len < LINE_MAX_BYTES)
        g_string_append_c (self->line, (char)data[i]);
    }
  return self->bytes <= self->call.max_bytes;
}

static void
on_end (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (OmniStream) self = user_data;
  HttpResponse view = *response;

  if (self->call.callback == NULL)
    return;
  if (response->status >= 200 && response->status <= 299)
    {
      view.body = self->head->str;
      view.body_length = self->head->len;
      /* A service that does not stream answers with the interaction itself. */
      if (self->name == NULL && response->end == HTTP_END_ANSWERED)
        self->name = omni_wire_parse_create (self->head->str, self->head->len, NULL);
    }
  if (self->name != NULL)
    tell_name (self);
  else
    tell (self, &view);
}

void
omni_stream_send (HttpClient *client, HttpRequest *request, const OmniStreamCall *call)
{
  OmniStream *self = g_new0 (OmniStream, 1);

  self->client = client;
  self->call = *call;
  self->head = g_string_new (NULL);
  self->line = g_string_new (NULL);
  http_request_set_sink (request, on_data, self);
  http_client_send (client, request, call->cancellable, on_end, self);
}
