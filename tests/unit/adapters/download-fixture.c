/* SPDX-License-Identifier: MIT */
/*
 * A real client and real files; only the other side is scripted. Everything asserts. Must not use
 * the default context, as the worker does not.
 */
#include "tests/unit/adapters/download-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/adapters/adapter-test.h"

#define CLIP_NAME "clip.mp4"
#define PART_NAME ".clip.mp4.part"
#define SILENCE_MS 2000

void
download_fixture_set_client (DownloadFixture *self, const HttpClientOptions *options)
{
  g_clear_pointer (&self->client, http_client_free);
  self->client = http_client_new (self->context, HTTP_TRAFFIC_DOWNLOAD, options, NULL);
  g_assert_nonnull (self->client);
}

void
download_fixture_set_up (DownloadFixture *self, gconstpointer data)
{
  HttpClientOptions options = { .silence_timeout_ms = SILENCE_MS };

  (void)data;
  self->context = adapter_test_push_context ();
  self->service = scripted_server_new ();
  self->stranger = scripted_server_new ();
  self->shelf = clip_shelf_new ();
  self->origin = http_url_parse (scripted_server_get_url (self->service), NULL, NULL);
  self->key_header = "x-goog-api-key";
  self->path = "/clip";
  self->cancellable = g_cancellable_new ();
  self->folder = g_dir_make_tmp ("download-XXXXXX", NULL);
  self->dir_fd = g_open (self->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC, 0);
  download_fixture_set_client (self, &options);
}

void
download_fixture_tear_down (DownloadFixture *self, gconstpointer data)
{
  (void)data;
  g_assert_true (self->message == NULL || strstr (self->message, DOWNLOAD_FIXTURE_KEY) == NULL);
  for (guint i = 0; i < scripted_server_count_requests (self->stranger); i++)
    {
      g_autofree char *request = scripted_server_dup_request (self->stranger, i);

      g_assert_null (strstr (request, DOWNLOAD_FIXTURE_KEY));
    }
  http_client_free (self->client);
  clip_shelf_free (self->shelf);
  curl_url_cleanup (self->origin);
  scripted_server_free (self->service);
  scripted_server_free (self->stranger);
  g_object_unref (self->cancellable);
  (void)unlinkat (self->dir_fd, CLIP_NAME, 0);
  (void)close (self->dir_fd);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0); /* nothing else was left */
  g_free (self->folder);
  g_free (self->sha256);
  g_free (self->message);
  adapter_test_pop_context (self->context);
}

static void
on_download (const Veo3DownloadResult *result, gpointer user_data)
{
  DownloadFixture *self = user_data;

  g_assert_true (g_main_context_is_owner (self->context));
  self->calls++;
  self->klass = result->klass;
  self->code = result->code;
  self->bytes = result->bytes;
  self->media = result->media;
  g_free (self->sha256);
  self->sha256 = g_strdup (result->sha256);
  g_free (self->message);
  self->message = g_strdup (result->message);
  g_test_message ("class %d: %s", (int)result->klass, result->message);
}

void
download_fixture_begin (DownloadFixture *self)
{
  g_autofree char *text = g_strconcat (scripted_server_get_url (self->service), self->path, NULL);
  g_autofree char *name = g_strdup (CLIP_NAME);
  ClipDownloadSource source = { .client = self->client,
                                .origin = self->origin,
                                .key_header = self->key_header,
                                .key = DOWNLOAD_FIXTURE_KEY,
                                .secret = DOWNLOAD_FIXTURE_KEY,
                                .shelf = self->shelf,
                                .max_bytes = DOWNLOAD_FIXTURE_MAX_BYTES };
  ClipArrivalCall call = { .target = { .dir_fd = self->dir_fd, .file_name = name },
                           .cancellable = self->cancellable,
                           .callback = on_download,
                           .user_data = self };
  guint before = self->calls;

  clip_download_start (&source, http_url_parse (text, NULL, NULL), &call);
  g_assert_cmpuint (self->calls, ==, before);
}

static gboolean
has_file (const DownloadFixture *self, const char *name)
{
  return faccessat (self->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Veo3DownloadClass
download_fixture_wait (DownloadFixture *self, guint calls)
{
  adapter_test_wait (self->context, &self->calls, calls);
  (void)adapter_test_iterate_for (self->context, 2);
  g_assert_cmpuint (self->calls, ==, calls);
  g_assert_cmpint (has_file (self, CLIP_NAME), ==, self->klass == VEO3_DOWNLOAD_STORED);
  return self->klass;
}

Veo3DownloadClass
download_fixture_fetch (DownloadFixture *self)
{
  guint before = self->calls;

  download_fixture_begin (self);
  return download_fixture_wait (self, before + 1);
}

void
download_fixture_assert_stored (DownloadFixture *self, const GByteArray *clip)
{
  g_autofree char *path = g_build_filename (self->folder, CLIP_NAME, NULL);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, clip->data, clip->len);
  g_autofree char *data = NULL;
  gsize length = 0;

  g_assert_cmpint (self->klass, ==, VEO3_DOWNLOAD_STORED);
  g_assert_cmpstr (self->sha256, ==, sha256);
  g_assert_cmpuint (self->bytes, ==, clip->len);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpmem (data, length, clip->data, clip->len);
  g_assert_false (download_fixture_has_part (self));
  g_assert_cmpint (g_remove (path), ==, 0);
}

gboolean
download_fixture_has_part (const DownloadFixture *self)
{
  return has_file (self, PART_NAME);
}

char *
download_fixture_dup_header (ScriptedServer *server, guint index, const char *name)
{
  g_autofree char *request = scripted_server_dup_request (server, index);
  g_autofree char *line = g_strdup_printf ("\r\n%s: ", name);
  const char *at = strstr (request, line);

  if (at == NULL)
    return NULL;
  at += strlen (line);
  return g_strndup (at, strcspn (at, "\r"));
}
