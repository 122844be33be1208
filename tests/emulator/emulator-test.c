/* SPDX-License-Identifier: MIT */
/*
 * HTTP over bare sockets for the emulator's own tests.
 *
 * Thread model: synchronous, on the caller's thread. Asks for `Connection: close`, so that the end
 * of the stream is the end of the answer. Must not interpret what it is told beyond the status
 * line.
 */
#include "tests/emulator/emulator-test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_PAUSE_MS 20u

void
exchange_free (Exchange *self)
{
  if (self == NULL)
    return;
  g_free (self->head);
  g_free (self->body);
  g_free (self);
}

EmulatorClient *
emulator_test_start (const gchar *scenario, const gchar *option, const gchar *value)
{
  const gchar *options[] = { "--generation-time", "0ms", option, value, NULL };
  g_autoptr (GError) error = NULL;
  EmulatorClient *emulator = emulator_client_start (
      options, scenario != NULL ? scenario : "[emulator]\nclip=bytes:4096\n", &error);

  g_assert_no_error (error);
  return emulator;
}

int
emulator_test_connect (guint16 port)
{
  const struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons (port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
  const int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (connect (fd, (const struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

static void
send_all (int fd, const gchar *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      const gssize sent = send (fd, text, left, MSG_NOSIGNAL);

      if (sent < 0 && errno == EINTR)
        continue;
      g_assert_cmpint (sent, >, 0);
      text += sent;
      left -= (gsize)sent;
    }
}

static ExchangeEnd
read_all (int fd, GByteArray *bytes, guint patience_ms)
{
  while (TRUE)
    {
      struct pollfd item = { .fd = fd, .events = POLLIN };
      guint8 buffer[16384];
      gssize got;

      if (poll (&item, 1, (int)patience_ms) == 0)
        return EXCHANGE_OPEN;
      got = recv (fd, buffer, sizeof buffer, 0);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          g_assert_cmpint (errno, ==, ECONNRESET);
          return EXCHANGE_RESET;
        }
      if (got == 0)
        return EXCHANGE_CLOSED;
      g_byte_array_append (bytes, buffer, (guint)got);
    }
}

static void
split_answer (Exchange *exchange, const GByteArray *bytes)
{
  g_autofree gchar *text = g_malloc0 (bytes->len + 1);
  const gchar *end;

  memcpy (text, bytes->data, bytes->len);
  end = strstr (text, "\r\n\r\n");
  exchange->total_bytes = bytes->len;
  if (g_str_has_prefix (text, "HTTP/1.1 "))
    exchange->status = (guint)g_ascii_strtoull (text + strlen ("HTTP/1.1 "), NULL, 10);
  if (end == NULL)
    {
      exchange->head = g_strdup ("");
      exchange->body = g_strdup ("");
      return;
    }
  exchange->head = g_strndup (text, (gsize)(end + 2 - text));
  exchange->body_bytes = bytes->len - (gsize)(end + 4 - text);
  exchange->body = g_malloc0 (exchange->body_bytes + 1);
  memcpy (exchange->body, end + 4, exchange->body_bytes);
}

Exchange *
emulator_test_exchange (guint16 port, const gchar *request, guint patience_ms)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Exchange *exchange = g_new0 (Exchange, 1);
  const int fd = emulator_test_connect (port);
  gint64 sent_us;

  /* Never NULL, whatever arrives. */
  g_byte_array_set_size (bytes, 1);
  g_byte_array_set_size (bytes, 0);
  send_all (fd, request);
  sent_us = g_get_monotonic_time ();
  exchange->end = read_all (fd, bytes, patience_ms);
  exchange->took_us = g_get_monotonic_time () - sent_us;
  split_answer (exchange, bytes);
  close (fd);
  return exchange;
}

Exchange *
emulator_test_get (EmulatorClient *emulator, const gchar *path, const gchar *headers)
{
  g_autofree gchar *request
      = g_strconcat ("GET ", path, " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n",
                     "x-goog-api-key: test-key\r\n", headers != NULL ? headers : "", "\r\n", NULL);

  return emulator_test_exchange (emulator_client_get_port (emulator), request,
                                 EMULATOR_TEST_DEADLINE_MS);
}

Exchange *
emulator_test_request (EmulatorClient *emulator,
                       const gchar *line,
                       const gchar *headers,
                       const gchar *body)
{
  g_autofree gchar *length
      = body != NULL ? g_strdup_printf ("Content-Length: %" G_GSIZE_FORMAT "\r\n", strlen (body))
                     : g_strdup ("");
  g_autofree gchar *request
      = g_strconcat (line, " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n", length,
                     headers != NULL ? headers : "", "\r\n", body, NULL);

  return emulator_test_exchange (emulator_client_get_port (emulator), request,
                                 EMULATOR_TEST_DEADLINE_MS);
}

gchar *
emulator_test_fetch_token (EmulatorClient *emulator)
{
  g_autoptr (Exchange) answer
      = emulator_test_request (emulator,
                               "GET /computeMetadata/v1/instance/service-accounts/default/token",
                               "Metadata-Flavor: Google\r\n", NULL);
  json_object *json = emulator_test_parse (answer);
  gchar *token = g_strdup (emulator_log_string (json, "access_token"));

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_nonnull (token);
  json_object_put (json);
  return token;
}

Exchange *
emulator_test_submit_body (EmulatorClient *emulator, const gchar *model, const gchar *body)
{
  g_autofree gchar *request = g_strdup_printf (
      "POST /v1beta/models/%s:predictLongRunning HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      "Connection: close\r\nx-goog-api-key: test-key\r\nContent-Type: application/json\r\n"
      "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
      model, strlen (body), body);

  return emulator_test_exchange (emulator_client_get_port (emulator), request,
                                 EMULATOR_TEST_DEADLINE_MS);
}

Exchange *
emulator_test_submit (EmulatorClient *emulator, const gchar *prompt)
{
  g_autofree gchar *body = g_strdup_printf ("{\"instances\":[{\"prompt\":\"%s\"}]}", prompt);

  return emulator_test_submit_body (emulator, EMULATOR_TEST_MODEL, body);
}

json_object *
emulator_test_parse (const Exchange *exchange)
{
  json_object *json = json_tokener_parse (exchange->body);

  g_assert_true (json_object_is_type (json, json_type_object));
  return json;
}

gchar *
emulator_test_accept (EmulatorClient *emulator, const gchar *prompt)
{
  g_autoptr (Exchange) answer = emulator_test_submit (emulator, prompt);
  json_object *json = emulator_test_parse (answer);
  gchar *path = NULL;

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_false (json_object_object_get_ex (json, "done", NULL));
  path = g_strconcat ("/v1beta/", emulator_log_string (json, "name"), NULL);
  json_object_put (json);
  return path;
}

json_object *
emulator_test_poll (EmulatorClient *emulator, const gchar *operation_path)
{
  const gint64 deadline_us = g_get_monotonic_time () + EMULATOR_TEST_DEADLINE_MS * 1000;

  while (TRUE)
    {
      g_autoptr (Exchange) answer = emulator_test_get (emulator, operation_path, NULL);
      json_object *json = emulator_test_parse (answer);

      g_assert_cmpuint (answer->status, ==, 200);
      if (emulator_log_int (json, "done") == 1)
        return json;
      json_object_put (json);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (POLL_PAUSE_MS * 1000);
    }
}

gchar *
emulator_test_make_clip (EmulatorClient *emulator, const gchar *prompt)
{
  g_autofree gchar *operation_path = emulator_test_accept (emulator, prompt);
  json_object *json = emulator_test_poll (emulator, operation_path);
  const gchar *uri
      = emulator_log_string (json, "response/generateVideoResponse/generatedSamples/0/video/uri");
  const gchar *base_url = emulator_client_get_base_url (emulator);
  gchar *path;

  g_assert_nonnull (uri);
  g_assert_true (g_str_has_prefix (uri, base_url));
  path = g_strdup (uri + strlen (base_url));
  json_object_put (json);
  return path;
}

Exchange *
emulator_test_follow (EmulatorClient *emulator, const gchar *path, const gchar *headers)
{
  const gchar *base_url = emulator_client_get_base_url (emulator);
  g_autoptr (Exchange) redirect = emulator_test_get (emulator, path, headers);
  g_autofree gchar *location = emulator_test_header (redirect, "Location");

  g_assert_cmpuint (redirect->status, ==, 302);
  g_assert_nonnull (location);
  g_assert_true (g_str_has_prefix (location, base_url));
  return emulator_test_get (emulator, location + strlen (base_url), headers);
}

gchar *
emulator_test_header (const Exchange *exchange, const gchar *name)
{
  g_auto (GStrv) lines = g_strsplit (exchange->head, "\r\n", -1);
  const gsize length = strlen (name);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      if (g_ascii_strncasecmp (lines[i], name, length) == 0 && lines[i][length] == ':')
        return g_strstrip (g_strdup (lines[i] + length + 1));
    }
  return NULL;
}

gchar *
emulator_test_message (const Exchange *exchange)
{
  json_object *json = emulator_test_parse (exchange);
  gchar *message = g_strdup (emulator_log_string (json, "error/message"));

  g_assert_cmpint (emulator_log_int (json, "error/code"), ==, exchange->status);
  g_assert_nonnull (emulator_log_string (json, "error/status"));
  json_object_put (json);
  return message;
}

void
emulator_test_check_answer (const Exchange *answer, guint status, const gchar *text)
{
  g_autofree gchar *message = NULL;

  if (text != NULL)
    message = emulator_test_message (answer);
  g_assert_cmpstr (message, ==, text);
  g_assert_cmpuint (answer->status, ==, status);
}
