/* SPDX-License-Identifier: MIT */
/*
 * The real clients and a real port; only the other side is scripted. Everything asserts. Must not
 * use the default context, as the worker does not.
 */
#include "tests/unit/adapters/adapter-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/adapters/adapter-test.h"

#define SILENCE_MS 2000

static void
on_log (GLogLevelFlags level, const char *line, gpointer user_data)
{
  AdapterFixture *self = user_data;

  g_string_append_printf (self->log, "%s%s\n", level == G_LOG_LEVEL_WARNING ? "WARNING " : "",
                          line);
}

void
adapter_fixture_set_up (AdapterFixture *self, const AdapterMake *what)
{
  HttpClientOptions options = { .silence_timeout_ms = SILENCE_MS };
  AdapterLog log = { .func = on_log, .data = self };

  self->what = what;
  self->context = adapter_test_push_context ();
  self->service = scripted_server_new ();
  self->stranger = scripted_server_new ();
  self->cancellable = g_cancellable_new ();
  self->log = g_string_new (NULL);
  self->folder = g_dir_make_tmp ("adapter-XXXXXX", NULL);
  self->dir_fd = g_open (self->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (self->clients); i++)
    {
      self->clients[i] = http_client_new (self->context, (HttpTraffic)i, &options, NULL);
      g_assert_nonnull (self->clients[i]);
    }
  self->port = what->make (self->clients, scripted_server_get_url (self->service), log);
  g_assert_nonnull (self->port);
}

/* The key is nowhere but in the requests to the service. */
static void
assert_no_canary (AdapterFixture *self)
{
  g_autofree char *line = g_strconcat ("\r\n", self->what->key_line, "\r\n", NULL);

  g_assert_null (strstr (self->log->str, ADAPTER_FIXTURE_KEY));
  g_assert_true (self->message == NULL || strstr (self->message, ADAPTER_FIXTURE_KEY) == NULL);
  for (guint i = 0; i < scripted_server_count_requests (self->stranger); i++)
    {
      g_autofree char *request = scripted_server_dup_request (self->stranger, i);

      g_assert_null (strstr (request, ADAPTER_FIXTURE_KEY));
    }
  for (guint i = 0; i < scripted_server_count_requests (self->service); i++)
    {
      g_autofree char *request = scripted_server_dup_request (self->service, i);
      g_auto (GStrv) head = g_strsplit (request, "\r\n", 2);

      g_assert_null (strstr (head[0], ADAPTER_FIXTURE_KEY));
      g_assert_nonnull (strstr (request, line));
    }
}

void
adapter_fixture_tear_down (AdapterFixture *self)
{
  g_autofree char *clip = g_build_filename (self->folder, ADAPTER_FIXTURE_CLIP_NAME, NULL);

  assert_no_canary (self);
  self->port->iface->free (self->port);
  for (gsize i = 0; i < G_N_ELEMENTS (self->clients); i++)
    http_client_free (self->clients[i]);
  scripted_server_free (self->service);
  scripted_server_free (self->stranger);
  g_object_unref (self->cancellable);
  g_string_free (self->log, TRUE);
  (void)g_remove (clip);
  (void)close (self->dir_fd);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0); /* nothing else was left */
  g_free (self->folder);
  g_free (self->text);
  g_free (self->message);
  adapter_test_pop_context (self->context);
}

static void
record (AdapterFixture *self, int klass, const char *text, Veo3ErrorCode code, const char *message)
{
  g_assert_true (g_main_context_is_owner (self->context));
  self->calls++;
  self->klass = klass;
  self->code = code;
  g_free (self->text);
  self->text = g_strdup (text);
  g_free (self->message);
  self->message = g_strdup (message);
  g_test_message ("class %d: %s %s", klass, text, message);
}

static void
on_submit (const Veo3SubmitResult *result, gpointer user_data)
{
  AdapterFixture *self = user_data;

  self->retry_after_ms = result->retry_after_ms;
  record (self, (int)result->klass, result->operation_name, result->code, result->message);
}

static void
on_poll (const Veo3PollResult *result, gpointer user_data)
{
  AdapterFixture *self = user_data;

  self->retry_after_ms = result->retry_after_ms;
  record (self, (int)result->klass, result->clip_uri, result->code, result->message);
}

static void
on_download (const Veo3DownloadResult *result, gpointer user_data)
{
  AdapterFixture *self = user_data;

  self->retry_after_ms = result->retry_after_ms;
  self->bytes = result->bytes;
  record (self, (int)result->klass, result->sha256, result->code, result->message);
}

void
adapter_fixture_wait (AdapterFixture *self, guint calls)
{
  adapter_test_wait (self->context, &self->calls, calls);
  (void)adapter_test_iterate_for (self->context, 5);
  g_assert_cmpuint (self->calls, ==, calls);
}

Veo3SubmitClass
adapter_fixture_submit (AdapterFixture *self)
{
  char key[] = "run_broll";
  char prompt[] = "A paper boat";
  char ratio[] = "9:16";
  Veo3ClipRequest request
      = { .idempotent_key = key, .prompt = prompt, .options.aspect_ratio = ratio, .duration_s = 6 };
  guint before = self->calls;

  self->port->iface->submit_job (self->port, &request, self->cancellable, on_submit, self);
  g_assert_cmpuint (self->calls, ==, before);
  adapter_fixture_wait (self, before + 1);
  return (Veo3SubmitClass)self->klass;
}

Veo3PollClass
adapter_fixture_poll (AdapterFixture *self, const char *operation)
{
  guint before = self->calls;

  self->port->iface->poll_job (self->port, operation, self->cancellable, on_poll, self);
  g_assert_cmpuint (self->calls, ==, before);
  adapter_fixture_wait (self, before + 1);
  return (Veo3PollClass)self->klass;
}

static void
on_cancel (const Veo3CancelResult *result, gpointer user_data)
{
  AdapterFixture *self = user_data;

  record (self, (int)result->klass, NULL, VEO3_ERROR_CODE_NONE, result->message);
  self->retry_after_ms = result->retry_after_ms;
}

Veo3CancelClass
adapter_fixture_cancel (AdapterFixture *self, const char *operation)
{
  guint before = self->calls;

  self->port->iface->cancel_job (self->port, operation, self->cancellable, on_cancel, self);
  g_assert_cmpuint (self->calls, ==, before);
  adapter_fixture_wait (self, before + 1);
  return (Veo3CancelClass)self->klass;
}

void
adapter_fixture_begin_download (AdapterFixture *self, const char *uri)
{
  g_autofree char *name = g_strdup (ADAPTER_FIXTURE_CLIP_NAME);
  Veo3DownloadTarget target = { .dir_fd = self->dir_fd, .file_name = name };
  guint before = self->calls;

  self->port->iface->download_clip (self->port, uri, &target, self->cancellable, on_download, self);
  g_assert_cmpuint (self->calls, ==, before);
}

Veo3DownloadClass
adapter_fixture_download (AdapterFixture *self, const char *uri)
{
  g_autofree char *clip = g_build_filename (self->folder, ADAPTER_FIXTURE_CLIP_NAME, NULL);
  guint before = self->calls;

  adapter_fixture_begin_download (self, uri);
  adapter_fixture_wait (self, before + 1);
  g_assert_cmpint (g_file_test (clip, G_FILE_TEST_EXISTS), ==,
                   self->klass == (int)VEO3_DOWNLOAD_STORED);
  g_assert_cmpint (self->message == NULL, ==, self->klass == (int)VEO3_DOWNLOAD_STORED);
  return (Veo3DownloadClass)self->klass;
}

GBytes *
adapter_fixture_dup_clip (AdapterFixture *self)
{
  g_autofree char *path = g_build_filename (self->folder, ADAPTER_FIXTURE_CLIP_NAME, NULL);
  g_autoptr (GError) local_error = NULL;
  char *data;
  gsize length;

  (void)g_file_get_contents (path, &data, &length, &local_error);
  g_assert_no_error (local_error);
  return g_bytes_new_take (data, length);
}
