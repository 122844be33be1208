/* SPDX-License-Identifier: MIT */
/*
 * The request log: builds one JSON line and writes it at once.
 *
 * Thread model: one thread; blocks only on the local file. Must never contain a credential.
 */
#include "tests/emulator/request-log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_LOGGED_STRING_BYTES 4096

struct _EmulatorLog
{
  int fd; /* -1 = nothing is logged */
};

EmulatorLog *
emulator_log_open (const gchar *path, GError **error)
{
  EmulatorLog *self;
  int fd = -1;

  if (path != NULL)
    {
      fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      if (fd < 0)
        {
          const int saved_errno = errno;

          g_set_error (error, G_FILE_ERROR, (gint)g_file_error_from_errno (saved_errno),
                       "log %s: %s", path, g_strerror (saved_errno));
          return NULL;
        }
    }
  self = g_new0 (EmulatorLog, 1);
  self->fd = fd;
  return self;
}

void
emulator_log_close (EmulatorLog *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    (void)close (self->fd);
  g_free (self);
}

static void
add_string (json_object *object, const gchar *member, const gchar *value)
{
  json_object_object_add (object, member, value != NULL ? json_object_new_string (value) : NULL);
}

/* Base64 images are megabytes; their length and digest tell as much. */
static json_object *
shorten (const gchar *text, gsize length)
{
  g_autofree gchar *digest = NULL;
  g_autofree gchar *summary = NULL;

  if (length <= MAX_LOGGED_STRING_BYTES)
    return json_object_new_string_len (text, (int)length);
  digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)text, length);
  summary = g_strdup_printf ("<%" G_GSIZE_FORMAT " bytes, sha256 %s>", length, digest);
  return json_object_new_string (summary);
}

static json_object *copy_shortened (json_object *value);

static json_object *
copy_object (json_object *object)
{
  struct json_object_iterator item = json_object_iter_begin (object);
  const struct json_object_iterator end = json_object_iter_end (object);
  json_object *copy = json_object_new_object ();

  for (; !json_object_iter_equal (&item, &end); json_object_iter_next (&item))
    json_object_object_add (copy, json_object_iter_peek_name (&item),
                            copy_shortened (json_object_iter_peek_value (&item)));
  return copy;
}

static json_object *
copy_array (json_object *array)
{
  json_object *copy = json_object_new_array ();

  for (gsize i = 0; i < json_object_array_length (array); i++)
    json_object_array_add (copy, copy_shortened (json_object_array_get_idx (array, i)));
  return copy;
}

/* A body's depth is bounded by its parser, so the recursion is too. */
static json_object *
copy_shortened (json_object *value)
{
  if (json_object_is_type (value, json_type_string))
    return shorten (json_object_get_string (value), (gsize)json_object_get_string_len (value));
  if (json_object_is_type (value, json_type_array))
    return copy_array (value);
  if (json_object_is_type (value, json_type_object))
    return copy_object (value);
  return json_object_get (value);
}

static gchar *
blot_out_secrets (const gchar *query)
{
  static const gchar *const secrets[] = { "key=", "access_token=" };
  g_auto (GStrv) pairs = g_strsplit (query, "&", -1);

  for (gsize i = 0; pairs[i] != NULL; i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (secrets); j++)
        {
          if (!g_str_has_prefix (pairs[i], secrets[j]))
            continue;
          g_free (pairs[i]);
          pairs[i] = g_strconcat (secrets[j], "REDACTED", NULL);
          break;
        }
    }
  return g_strjoinv ("&", pairs);
}

static json_object *
new_headers (const EmulatorRequest *request)
{
  json_object *headers = json_object_new_object ();

  add_string (headers, "content-type", request->content_type);
  add_string (headers, "user-agent", request->user_agent);
  add_string (headers, "range", request->range);
  add_string (headers, "if-range", request->if_range);
  add_string (headers, "user-project", request->user_project);
  add_string (headers, "metadata-flavor", request->metadata_flavor);
  json_object_object_add (headers, "has_key", json_object_new_boolean (request->api_key != NULL));
  json_object_object_add (headers, "has_authorization",
                          json_object_new_boolean (request->authorization != NULL));
  return headers;
}

static json_object *
new_entry (const EmulatorRequest *request, const EmulatorAnswer *answer)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S.%fZ");
  g_autofree gchar *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, request->body);
  g_autofree gchar *query = request->query != NULL ? blot_out_secrets (request->query) : NULL;
  json_object *entry = json_object_new_object ();

  json_object_object_add (entry, "ts_us", json_object_new_int64 (request->received_us));
  add_string (entry, "time", time);
  json_object_object_add (entry, "seq", json_object_new_int64 ((gint64)request->seq));
  json_object_object_add (entry, "connection", json_object_new_int64 ((gint64)request->connection));
  add_string (entry, "origin", request->to_storage ? "storage" : "api");
  add_string (entry, "method", request->method);
  add_string (entry, "path", request->path);
  add_string (entry, "query", query);
  json_object_object_add (entry, "headers", new_headers (request));
  json_object_object_add (entry, "body", copy_shortened (request->json));
  json_object_object_add (entry, "body_bytes",
                          json_object_new_int64 ((gint64)g_bytes_get_size (request->body)));
  add_string (entry, "body_sha256", digest);
  add_string (entry, "wire", request->wire);
  add_string (entry, "kind", request->kind);
  add_string (entry, "model", request->model);
  add_string (entry, "operation", request->operation);
  json_object_object_add (entry, "prompt",
                          request->prompt != NULL
                              ? shorten (request->prompt, strlen (request->prompt))
                              : NULL);
  json_object_object_add (entry, "token",
                          request->token != 0 ? json_object_new_int64 (request->token) : NULL);
  json_object_object_add (entry, "status", json_object_new_int ((int)answer->status));
  add_string (entry, "fault", answer->fault != NULL ? answer->fault->text : NULL);
  return entry;
}

void
emulator_log_write (EmulatorLog *self, const EmulatorRequest *request, const EmulatorAnswer *answer)
{
  json_object *entry;
  g_autofree gchar *line = NULL;
  gssize written;

  if (self->fd < 0)
    return;
  entry = new_entry (request, answer);
  line = g_strconcat (json_object_to_json_string_ext (entry, JSON_C_TO_STRING_PLAIN
                                                                 | JSON_C_TO_STRING_NOSLASHESCAPE),
                      "\n", NULL);
  json_object_put (entry);
  written = write (self->fd, line, strlen (line));
  if (written != (gssize)strlen (line))
    g_error ("the request log cannot be written: %s", g_strerror (errno));
}
