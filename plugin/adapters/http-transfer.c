/* SPDX-License-Identifier: MIT */
/*
 * One transfer: its options and what libcurl's callbacks recorded of it. Runs on the client's
 * context, inside libcurl. The callbacks record and refuse; they complete nothing.
 *
 * PREREQ is called right before a request is written to a connection that is ready, so its count
 * is the only exact answer to "did it leave?". libcurl repeats requests on its own account (dead
 * connection, refused h2 stream, 417); for a submit the second call ends the transfer.
 */
#include "plugin/adapters/http-transfer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "plugin/adapters/transport-words.h"

#define DOWNLOAD_BUFFER_BYTES (128L * 1024L)
/* The kernel's buffer grows to megabytes, which a slow line is busy with for minutes after libcurl
 * has written the last byte. With this most of what counts as sent has really left. */
#define UNSENT_BYTES_MAX (128 * 1024)

typedef struct
{
  CURL *easy;         /* (borrowed) */
  CURLcode code;      /* the first failure */
  const char *option; /* (nullable) its name */
} OptionSetter;

static void
keep_first (OptionSetter *setter, CURLcode code, const char *option)
{
  if (setter->code != CURLE_OK || code == CURLE_OK)
    return;
  setter->code = code;
  setter->option = option;
}

#define SET(setter, option, value)                                                                 \
  keep_first ((setter), curl_easy_setopt ((setter)->easy, option, (value)), #option)

static curl_off_t
get_upload_bytes (const HttpTransfer *self)
{
  GBytes *body = self->request->body;

  return body != NULL ? (curl_off_t)g_bytes_get_size (body) : 0;
}

static int
on_prereq (void *user_data, char *ip, char *local_ip, int port, int local_port)
{
  HttpTransfer *self = user_data;

  (void)ip;
  (void)local_ip;
  (void)port;
  (void)local_port;
  if (self->giving_up)
    return CURL_PREREQFUNC_ABORT;
  if (self->kind == HTTP_TRAFFIC_SUBMIT && self->sent >= 1)
    return CURL_PREREQFUNC_ABORT; /* it has left once: never again */
  self->sent++;
  if (self->kind == HTTP_TRAFFIC_SUBMIT && get_upload_bytes (self) > 0)
    self->pace_since_us = g_get_monotonic_time ();
  return CURL_PREREQFUNC_OK;
}

/* libcurl's own sockets are inherited by the stage commands that the host starts. */
static curl_socket_t
on_open_socket (void *user_data, curlsocktype purpose, struct curl_sockaddr *address)
{
  const HttpTransfer *self = user_data;
  int fd = socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  int unsent_bytes = UNSENT_BYTES_MAX;

  (void)purpose;
  /* Refused, bytes are counted a little early. */
  if (fd >= 0 && self->kind == HTTP_TRAFFIC_SUBMIT && address->socktype == SOCK_STREAM)
    (void)setsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes, sizeof unsent_bytes);
  return fd;
}

/** Wanted: a header that is recorded, and where in the response. */
typedef struct
{
  const char *name;
  gsize offset; /* bytes */
} Wanted;

static const Wanted wanted[] = {
  { "location", G_STRUCT_OFFSET (HttpResponse, location) },
  { "retry-after", G_STRUCT_OFFSET (HttpResponse, retry_after) },
  { "content-type", G_STRUCT_OFFSET (HttpResponse, content_type) },
  { "content-encoding", G_STRUCT_OFFSET (HttpResponse, content_encoding) },
  { "content-range", G_STRUCT_OFFSET (HttpResponse, content_range) },
  { "etag", G_STRUCT_OFFSET (HttpResponse, etag) },
  { "last-modified", G_STRUCT_OFFSET (HttpResponse, last_modified) },
  { "date", G_STRUCT_OFFSET (HttpResponse, date) },
};

static char **
get_field (HttpTransfer *self, const Wanted *header)
{
  return &G_STRUCT_MEMBER (char *, &self->response, header->offset);
}

static void
forget_header (HttpTransfer *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_clear_pointer (get_field (self, &wanted[i]), g_free);
}

static void
record_header (HttpTransfer *self, const char *name, const char *value)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      char **field = get_field (self, &wanted[i]);

      if (g_ascii_strcasecmp (name, wanted[i].name) == 0 && *field == NULL)
        *field = g_strdup (value);
    }
}

/* 1xx is followed by another header block. Single header lines are no sign of life: they can be
 * dripped. Returns: FALSE if the answer is not wanted. */
static gboolean
end_header_block (HttpTransfer *self)
{
  self->last_byte_us = g_get_monotonic_time ();
  self->has_header = self->line_status >= 200;
  if (!self->has_header)
    return TRUE;
  self->pace_since_us = self->last_byte_us;
  self->pace_bytes = 0;
  self->response.status = self->line_status;
  if (self->request->head == NULL)
    return TRUE;
  self->sink_refused = !self->request->head (&self->response, self->request->sink_data);
  return !self->sink_refused;
}

static size_t
on_header (char *data, size_t size, size_t count, void *user_data)
{
  HttpTransfer *self = user_data;
  g_autofree char *line = g_strndup (data, size * count);
  char *colon;

  if (self->has_header)
    return size * count; /* trailers */
  g_strchomp (line);
  if (g_str_has_prefix (line, "HTTP/"))
    {
      const char *space = strchr (line, ' ');

      forget_header (self);
      self->line_status = space != NULL ? strtol (space, NULL, 10) : 0;
      return size * count;
    }
  if (*line == '\0')
    return end_header_block (self) ? size * count : 0;
  colon = strchr (line, ':');
  if (colon != NULL)
    {
      *colon = '\0';
      record_header (self, line, g_strstrip (colon + 1));
    }
  return size * count;
}

static void
count_pace (HttpTransfer *self, gsize length_bytes)
{
  self->pace_bytes += length_bytes;
  if (self->pace_bytes < self->limits.pace_bytes)
    return;
  self->pace_since_us = self->last_byte_us;
  self->pace_bytes = 0;
}

static size_t
on_body (char *data, size_t size, size_t count, void *user_data)
{
  HttpTransfer *self = user_data;
  gsize length = size * count;
  gsize room;

  self->last_byte_us = g_get_monotonic_time ();
  self->response.body_bytes += length;
  count_pace (self, length);
  if (self->request->sink != NULL && self->line_status >= 200 && self->line_status <= 299)
    {
      self->sink_refused
          = !self->request->sink ((const guint8 *)data, length, self->request->sink_data);
      return self->sink_refused ? 0 : length;
    }
  room = self->limits.max_body_bytes - self->body->len;
  g_string_append_len (self->body, data, (gssize)MIN (room, length));
  self->too_big = length > room;
  return self->too_big ? 0 : length;
}

HttpTransfer *
http_transfer_new (HttpTraffic kind, const HttpClientOptions *limits, HttpRequest *request)
{
  HttpTransfer *self = g_new0 (HttpTransfer, 1);

  self->kind = kind;
  self->limits = *limits;
  self->request = request;
  self->body = g_string_new (NULL);
  self->link.data = self;
  self->response.content_length = -1;
  return self;
}

/* Reading the authorities takes some 20 ms of the loop's time. libcurl keeps them for the next
 * connection only if they come from a bundle alone (measured with 7.88.1: 512 handshakes took 11.4
 * s with the folder, which adds nothing to the bundle, and 0.6 s without it). */
static void
set_authorities (const HttpNetwork *network, OptionSetter *setter)
{
  const curl_version_info_data *info = curl_version_info (CURLVERSION_NOW);

  if (network != NULL && network->ca_file != NULL)
    {
      SET (setter, CURLOPT_CAINFO, network->ca_file);
      SET (setter, CURLOPT_CAPATH, NULL); /* instead of the system's, not beside them */
    }
  else if (info->cainfo != NULL && g_file_test (info->cainfo, G_FILE_TEST_IS_REGULAR))
    SET (setter, CURLOPT_CAPATH, NULL);
}

/* libcurl reads http_proxy, https_proxy, ALL_PROXY and no_proxy by itself wherever it is told
 * nothing: so it is always told. "direct" is for this machine and the metadata server: plain http
 * through a proxy would show it the key. */
static void
set_proxy (const HttpNetwork *network, gboolean direct, OptionSetter *setter)
{
  gboolean used = !direct && network != NULL && network->proxy != NULL;

  SET (setter, CURLOPT_PROXY, used ? network->proxy : "");
  SET (setter, CURLOPT_NOPROXY, used ? network->no_proxy : "*");
  if (!used)
    return;
  SET (setter, CURLOPT_HTTPPROXYTUNNEL, 1L);
  SET (setter, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* CONNECT has no header of ours */
  if (network->ca_file == NULL)
    return;
  SET (setter, CURLOPT_PROXY_CAINFO, network->ca_file);
  SET (setter, CURLOPT_PROXY_CAPATH, NULL);
}

static void
set_common (HttpTransfer *self, OptionSetter *setter)
{
  SET (setter, CURLOPT_CURLU, self->request->url);
  SET (setter, CURLOPT_PRIVATE, self);
  SET (setter, CURLOPT_ERRORBUFFER, self->error_text);
  SET (setter, CURLOPT_NOSIGNAL, 1L);
  SET (setter, CURLOPT_QUICK_EXIT, 1L);     /* else a dead name server freezes the loop for 20 s */
  SET (setter, CURLOPT_FOLLOWLOCATION, 0L); /* libcurl would take the key along to any host */
  SET (setter, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET (setter, CURLOPT_PROTOCOLS_STR, self->request->direct ? "http,https" : "https");
  SET (setter, CURLOPT_CONNECTTIMEOUT_MS, (long)self->limits.connect_timeout_ms);
  SET (setter, CURLOPT_USERAGENT, "pipeline-runner/" VEO3_VERSION);
  SET (setter, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  SET (setter, CURLOPT_OPENSOCKETDATA, self);
  SET (setter, CURLOPT_PREREQFUNCTION, on_prereq);
  SET (setter, CURLOPT_PREREQDATA, self);
  SET (setter, CURLOPT_HEADERFUNCTION, on_header);
  SET (setter, CURLOPT_HEADERDATA, self);
  SET (setter, CURLOPT_WRITEFUNCTION, on_body);
  SET (setter, CURLOPT_WRITEDATA, self);
  SET (setter, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  set_authorities (self->request->network, setter);
  set_proxy (self->request->network, self->request->direct, setter);
}

static void
set_method (HttpTransfer *self, OptionSetter *setter)
{
  gsize length = 0;
  const char *body = "";

  if (g_str_equal (self->request->method, "GET"))
    {
      SET (setter, CURLOPT_HTTPGET, 1L);
      return;
    }
  if (self->request->body != NULL)
    body = g_bytes_get_data (self->request->body, &length);
  SET (setter, CURLOPT_POST, 1L);
  SET (setter, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
  SET (setter, CURLOPT_POSTFIELDS, length > 0 ? body : "");
}

static void
set_traffic (HttpTransfer *self, OptionSetter *setter)
{
  if (self->kind == HTTP_TRAFFIC_DOWNLOAD)
    SET (setter, CURLOPT_BUFFERSIZE, DOWNLOAD_BUFFER_BYTES);
  /* Never CURLOPT_RANGE: with it libcurl takes a 200 for the rest. */
  if (self->request->resume_bytes > 0)
    SET (setter, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)self->request->resume_bytes);
  if (self->kind != HTTP_TRAFFIC_SUBMIT)
    return;
  /* A connection of its own that nobody joins: the requests that libcurl repeats by itself are
   * those on connections that had been used before. */
  SET (setter, CURLOPT_FRESH_CONNECT, 1L);
  SET (setter, CURLOPT_FORBID_REUSE, 1L);
  SET (setter, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

static gboolean
set_headers (HttpTransfer *self, OptionSetter *setter)
{
  /* Empty: libcurl would ask "Expect: 100-continue" for big bodies, and repeat them on 417. */
  struct curl_slist *list = curl_slist_append (NULL, "Expect:");

  for (const struct curl_slist *i = self->request->headers; i != NULL && list != NULL; i = i->next)
    {
      struct curl_slist *grown = curl_slist_append (list, i->data);

      if (grown == NULL)
        curl_slist_free_all (list);
      list = grown;
    }
  self->headers = list;
  if (list != NULL)
    SET (setter, CURLOPT_HTTPHEADER, list);
  return list != NULL;
}

gboolean
http_transfer_prepare (HttpTransfer *self, GError **error)
{
  OptionSetter setter = { .easy = curl_easy_init () };

  self->easy = setter.easy;
  if (self->easy == NULL || !set_headers (self, &setter))
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_CURL, "libcurl has no memory for a request");
      return FALSE;
    }
  set_common (self, &setter);
  set_method (self, &setter);
  set_traffic (self, &setter);
  if (setter.code != CURLE_OK)
    {
      g_set_error (error, HTTP_ERROR, HTTP_ERROR_CURL, "libcurl refused %s: %s", setter.option,
                   curl_easy_strerror (setter.code));
      return FALSE;
    }
  self->started_us = g_get_monotonic_time ();
  self->last_byte_us = self->started_us;
  self->last_upload_us = self->started_us;
  return TRUE;
}

/* A byte now and then is not silence, and would hold a clip up for as long as the whole transfer
 * may take. */
static gint64
get_pace_deadline (const HttpTransfer *self)
{
  if (self->pace_since_us == 0 || self->limits.pace_window_ms <= 0)
    return G_MAXINT64;
  return self->pace_since_us + self->limits.pace_window_ms * G_TIME_SPAN_MILLISECOND;
}

static gint64
get_silence_deadline (const HttpTransfer *self)
{
  return self->last_byte_us + self->limits.silence_timeout_ms * G_TIME_SPAN_MILLISECOND;
}

gint64
http_transfer_get_deadline (const HttpTransfer *self)
{
  gint64 since_us = self->kind == HTTP_TRAFFIC_SUBMIT ? self->last_upload_us : self->started_us;
  gint64 whole_us = since_us + self->limits.transfer_timeout_ms * G_TIME_SPAN_MILLISECOND;

  return MIN (MIN (get_silence_deadline (self), get_pace_deadline (self)), whole_us);
}

const char *
http_transfer_get_lateness (const HttpTransfer *self)
{
  if (self->sent == 0)
    return "no connection in time";
  if (!self->has_header && self->uploaded < get_upload_bytes (self))
    return "the request could not be sent in time";
  return get_pace_deadline (self) < get_silence_deadline (self) ? "the answer came too slowly"
                                                                : "no answer in time";
}

void
http_transfer_note_upload (HttpTransfer *self, gint64 now_us)
{
  curl_off_t uploaded = 0;

  if (curl_easy_getinfo (self->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded) != CURLE_OK
      || uploaded <= self->uploaded)
    return;
  self->last_byte_us = now_us;
  self->last_upload_us = now_us;
  if (!self->has_header && uploaded < get_upload_bytes (self))
    count_pace (self, (gsize)(uploaded - self->uploaded));
  else if (!self->has_header)
    self->pace_since_us = 0; /* the service may think as long as it likes, but for silence */
  self->uploaded = uploaded;
}

/* Asked for the rest of something, libcurl fails an answer about something else, a redirect or an
 * error, at the first byte of its body (measured with 7.88.1). Its header is an answer all the
 * same. */
static gboolean
is_answer_to_resume (const HttpTransfer *self, CURLcode code)
{
  return code == CURLE_RANGE_ERROR && self->request->resume_bytes > 0 && self->has_header
         && self->line_status >= 300;
}

static char *
explain (HttpTransfer *self, CURLcode code)
{
  const HttpNetwork *network = self->request->network;
  g_autofree char *place = http_url_dup_authority (self->request->url);
  TransportFailure failure
      = { .code = code,
          .text = *self->error_text != '\0' ? self->error_text : curl_easy_strerror (code),
          .place = place,
          .proxy = network != NULL && !self->request->direct ? network->proxy_name : NULL };

  (void)curl_easy_getinfo (self->easy, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
  (void)curl_easy_getinfo (self->easy, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
  return transport_words_explain (&failure);
}

static void
correct_end (HttpTransfer *self, CURLcode code)
{
  HttpResponse *response = &self->response;

  if (self->sink_refused)
    response->end = HTTP_END_SINK_REFUSED;
  else if (self->too_big)
    {
      response->end = HTTP_END_BODY_TOO_BIG;
      response->message = g_strdup ("the answer is bigger than allowed");
    }
  else if (is_answer_to_resume (self, code))
    response->transport = CURLE_OK;
  else if (code != CURLE_OK)
    {
      response->end = HTTP_END_TRANSPORT;
      response->message = explain (self, code);
    }
  else if (!self->has_header)
    {
      /* libcurl calls an answer that ends inside its header a success without a body. */
      response->end = HTTP_END_TRANSPORT;
      response->transport = CURLE_PARTIAL_FILE;
      response->message = g_strdup ("the answer was cut inside its header");
    }
}

void
http_transfer_end (HttpTransfer *self, HttpEnd end, CURLcode code, const char *message)
{
  HttpResponse *response = &self->response;
  curl_off_t length = -1;

  response->end = end;
  response->sent = self->sent;
  response->transport = code;
  response->status = self->line_status >= 200 ? self->line_status : 0;
  response->body = self->body->str;
  response->body_length = self->body->len;
  if (self->easy != NULL
      && curl_easy_getinfo (self->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK)
    response->content_length = self->has_header ? length : -1;
  if (message != NULL)
    response->message = g_strdup (message);
  else
    correct_end (self, code);
  g_clear_pointer (&self->easy, curl_easy_cleanup);
}

void
http_transfer_free (HttpTransfer *self)
{
  if (self == NULL)
    return;
  if (self->cancel_source != NULL)
    g_source_destroy (self->cancel_source);
  g_clear_pointer (&self->cancel_source, g_source_unref);
  g_clear_pointer (&self->easy, curl_easy_cleanup);
  g_clear_pointer (&self->headers, curl_slist_free_all);
  g_clear_pointer (&self->request, http_request_free);
  forget_header (self);
  g_free ((char *)self->response.message);
  g_string_free (self->body, TRUE);
  g_free (self);
}
