/* SPDX-License-Identifier: MIT */
/*
 * Both protocols of a connection: HTTP/2 by nghttp2, HTTP/1.1 by hand. A request counts as received
 * when its last byte is here; what follows is the step's word. Runs in the connection's thread and
 * shares nothing; must not answer anything that no step or default says.
 */
#include "tests/unit/adapters/h2-session.h"

#include <nghttp2/nghttp2.h>
#include <string.h>
#include <sys/socket.h>

typedef struct
{
  H2Server *server; /* (borrowed) */
  SSL *ssl;         /* (borrowed) */
  guint connection;
  nghttp2_session *h2; /* (owned) (nullable) NULL = HTTP/1.1 */
  GPtrArray *streams;  /* (owned) Stream (owned) */
  gboolean is_over;    /* the connection ends once what is written has left */
  gboolean with_reset; /* by a reset */
} H2Session;

typedef struct
{
  H2Session *session; /* (borrowed) */
  int32_t id;
  H2Request *request; /* (owned) (nullable) NULL once it is logged */
  H2Reply *reply;     /* (owned) (nullable) */
  gsize sent;         /* bytes of the body */
} Stream;

static void
stream_free (gpointer data)
{
  Stream *self = data;

  h2_request_free (self->request);
  h2_reply_free (self->reply);
  g_free (self);
}

static H2Request *
new_request (const H2Session *self)
{
  H2Request *request = g_new0 (H2Request, 1);

  request->is_h2 = self->h2 != NULL;
  request->connection = self->connection;
  return request;
}

static gboolean
write_all (H2Session *self, const void *data, gsize length)
{
  return length == 0 || SSL_write (self->ssl, data, (int)length) == (int)length;
}

/* ---- HTTP/2 ---- */

static ssize_t
on_send (nghttp2_session *h2, const uint8_t *data, size_t length, int flags, void *user_data)
{
  (void)h2;
  (void)flags;
  return write_all (user_data, data, length) ? (ssize_t)length : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static Stream *
find_stream (nghttp2_session *h2, int32_t id)
{
  return nghttp2_session_get_stream_user_data (h2, id);
}

static int
on_begin_headers (nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
  H2Session *self = user_data;
  Stream *stream = g_new0 (Stream, 1);

  stream->session = self;
  stream->id = frame->hd.stream_id;
  stream->request = new_request (self);
  g_ptr_array_add (self->streams, stream);
  return nghttp2_session_set_stream_user_data (h2, stream->id, stream);
}

static int
on_h2_header (nghttp2_session *h2,
              const nghttp2_frame *frame,
              const uint8_t *name,
              size_t name_length,
              const uint8_t *value,
              size_t value_length,
              uint8_t flags,
              void *user_data)
{
  Stream *stream = find_stream (h2, frame->hd.stream_id);

  (void)flags;
  (void)user_data;
  if (stream == NULL || stream->request == NULL)
    return 0;
  if (name_length == 7 && memcmp (name, ":method", 7) == 0)
    stream->request->method = g_strndup ((const char *)value, value_length);
  else if (name_length == 5 && memcmp (name, ":path", 5) == 0)
    stream->request->path = g_strndup ((const char *)value, value_length);
  return 0;
}

static ssize_t
on_h2_body (nghttp2_session *h2,
            int32_t id,
            uint8_t *buffer,
            size_t room,
            uint32_t *data_flags,
            nghttp2_data_source *source,
            void *user_data)
{
  Stream *stream = source->ptr;
  gsize length;
  const guint8 *body = g_bytes_get_data (stream->reply->body, &length);
  gboolean is_cut = stream->reply->step.move == H2_CUT;
  gsize end = is_cut ? length / 2 : length;
  gsize now = MIN (end - stream->sent, room);

  (void)h2;
  (void)id;
  memcpy (buffer, body + stream->sent, now);
  stream->sent += now;
  if (stream->sent == end)
    {
      *data_flags = NGHTTP2_DATA_FLAG_EOF | (is_cut ? NGHTTP2_DATA_FLAG_NO_END_STREAM : 0);
      ((H2Session *)user_data)->is_over |= is_cut;
    }
  return (ssize_t)now;
}

static void
answer (Stream *stream)
{
  g_autofree char *status
      = g_strdup_printf ("%u", stream->reply->step.status != 0 ? stream->reply->step.status : 200);
  g_autofree char *length = g_strdup_printf ("%zu", g_bytes_get_size (stream->reply->body));
  nghttp2_nv headers[] = {
    { (uint8_t *)":status", (uint8_t *)status, 7, strlen (status), NGHTTP2_NV_FLAG_NONE },
    { (uint8_t *)"content-length", (uint8_t *)length, 14, strlen (length), NGHTTP2_NV_FLAG_NONE },
  };
  nghttp2_data_provider provider = { .source.ptr = stream, .read_callback = on_h2_body };

  (void)nghttp2_submit_response (stream->session->h2, stream->id, headers, G_N_ELEMENTS (headers),
                                 &provider);
}

static void
make_move (Stream *stream)
{
  H2Session *self = stream->session;

  switch (stream->reply->step.move)
    {
    case H2_ANSWER:
    case H2_CUT:
      answer (stream);
      return;
    case H2_GOAWAY:
    case H2_GOAWAY_LATE:
      (void)nghttp2_submit_goaway (self->h2, NGHTTP2_FLAG_NONE,
                                   stream->reply->step.move == H2_GOAWAY ? MAX (stream->id - 2, 0)
                                                                         : stream->id,
                                   NGHTTP2_NO_ERROR, NULL, 0);
      self->is_over = stream->reply->step.move == H2_GOAWAY_LATE;
      return;
    case H2_REFUSED:
    case H2_STREAM_RESET:
      (void)nghttp2_submit_rst_stream (self->h2, NGHTTP2_FLAG_NONE, stream->id,
                                       stream->reply->step.move == H2_REFUSED
                                           ? NGHTTP2_REFUSED_STREAM
                                           : NGHTTP2_INTERNAL_ERROR);
      return;
    case H2_RST:
      self->with_reset = TRUE;
      self->is_over = TRUE;
      return;
    case H2_CLOSE:
      self->is_over = TRUE;
      return;
    case H2_HANG:
      return;
    }
}

static int
on_frame (nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
  H2Session *self = user_data;
  Stream *stream = find_stream (h2, frame->hd.stream_id);

  if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) || stream == NULL
      || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
    return 0;
  stream->reply = h2_server_take_reply (self->server, g_steal_pointer (&stream->request));
  make_move (stream);
  return 0;
}

static int
on_stream_close (nghttp2_session *h2, int32_t id, uint32_t code, void *user_data)
{
  H2Session *self = user_data;
  Stream *stream = find_stream (h2, id);

  (void)code;
  if (stream != NULL)
    (void)g_ptr_array_remove_fast (self->streams, stream);
  return 0;
}

static void
start_h2 (H2Session *self)
{
  nghttp2_session_callbacks *callbacks;

  g_assert_cmpint (nghttp2_session_callbacks_new (&callbacks), ==, 0);
  nghttp2_session_callbacks_set_send_callback (callbacks, on_send);
  nghttp2_session_callbacks_set_on_begin_headers_callback (callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback (callbacks, on_h2_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback (callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback (callbacks, on_stream_close);
  g_assert_cmpint (nghttp2_session_server_new (&self->h2, callbacks, self), ==, 0);
  nghttp2_session_callbacks_del (callbacks);
  (void)nghttp2_submit_settings (self->h2, NGHTTP2_FLAG_NONE, NULL, 0);
}

static gboolean
take_h2 (H2Session *self, const guint8 *data, gsize length)
{
  return nghttp2_session_mem_recv (self->h2, data, length) == (ssize_t)length
         && nghttp2_session_send (self->h2) == 0
         && (nghttp2_session_want_read (self->h2) != 0
             || nghttp2_session_want_write (self->h2) != 0);
}

/* ---- HTTP/1.1 ---- */

static gsize
get_body_length (const char *head)
{
  g_autofree char *low = g_ascii_strdown (head, -1);
  const char *found = strstr (low, "\r\ncontent-length:");

  return found != NULL ? (gsize)g_ascii_strtoull (found + 17, NULL, 10) : 0;
}

static H2Request *
parse_h1 (const H2Session *self, const char *text)
{
  H2Request *request = new_request (self);
  g_auto (GStrv) words = g_strsplit (text, " ", 3);

  g_assert_cmpuint (g_strv_length (words), ==, 3);
  request->method = g_strdup (words[0]);
  request->path = g_strdup (words[1]);
  return request;
}

static gboolean
answer_h1 (H2Session *self, const H2Reply *reply)
{
  gsize length;
  const char *body = g_bytes_get_data (reply->body, &length);
  gsize end = reply->step.move == H2_CUT ? length / 2 : length;
  g_autofree char *head
      = g_strdup_printf ("HTTP/1.1 %u Word\r\n%sContent-Length: %zu\r\n\r\n",
                         reply->step.status != 0 ? reply->step.status : 200,
                         reply->step.line != NULL ? reply->step.line : "", length);

  return write_all (self, head, strlen (head)) && write_all (self, body, end)
         && reply->step.move == H2_ANSWER;
}

static gboolean
take_h1 (H2Session *self, GString *text)
{
  const char *end = strstr (text->str, "\r\n\r\n");
  gsize length = end != NULL ? (gsize)(end + 4 - text->str) + get_body_length (text->str) : 0;
  g_autoptr (H2Reply) reply = NULL;

  if (end == NULL || text->len < length)
    return TRUE;
  reply = h2_server_take_reply (self->server, parse_h1 (self, text->str));
  (void)g_string_erase (text, 0, (gssize)length);
  if (reply->step.move == H2_ANSWER || reply->step.move == H2_CUT)
    return answer_h1 (self, reply);
  if (reply->step.move == H2_HANG)
    (void)h2_server_wait (self->server, -1);
  self->with_reset = reply->step.move == H2_RST;
  return FALSE;
}

/* ---- both ---- */

static void
serve (H2Session *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint8 buffer[16384];
  gboolean more = self->h2 == NULL || nghttp2_session_send (self->h2) == 0;

  while (more && !self->is_over)
    {
      int got;

      if (SSL_pending (self->ssl) == 0 && !h2_server_wait (self->server, SSL_get_fd (self->ssl)))
        return;
      got = SSL_read (self->ssl, buffer, sizeof buffer);
      if (got <= 0)
        return;
      if (self->h2 != NULL)
        more = take_h2 (self, buffer, (gsize)got);
      else
        more = take_h1 (self, g_string_append_len (text, (const char *)buffer, got));
    }
}

void
h2_session_run (H2Server *server, SSL *ssl, guint connection)
{
  static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  H2Session self = { .server = server, .ssl = ssl, .connection = connection };
  const unsigned char *protocol = NULL;
  unsigned int length = 0;

  self.streams = g_ptr_array_new_with_free_func (stream_free);
  SSL_get0_alpn_selected (ssl, &protocol, &length);
  if (length == 2 && memcmp (protocol, "h2", 2) == 0)
    start_h2 (&self);
  serve (&self);
  if (self.with_reset)
    (void)setsockopt (SSL_get_fd (ssl), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  else
    (void)SSL_shutdown (ssl);
  nghttp2_session_del (self.h2);
  g_ptr_array_unref (self.streams);
}
