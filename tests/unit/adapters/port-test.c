/* SPDX-License-Identifier: MIT */
/*
 * The real adapter and the real clients; nothing is replaced but the limits and the other side.
 * Everything asserts. Must not use the default context, as the worker does not.
 */
#include "tests/unit/adapters/port-test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "plugin/adapters/gemini-adapter.h"
#include "tests/unit/adapters/adapter-test.h"

#define CLIP_NAME "clip.mp4"

PortTest *
port_test_new (const char *base_url, const char *ca_file, const HttpClientOptions *options)
{
  g_autoptr (HttpNetwork) network = http_network_new (ca_file, NULL, NULL, NULL);

  return port_test_new_through (base_url, network, options);
}

PortTest *
port_test_new_through (const char *base_url,
                       const HttpNetwork *network,
                       const HttpClientOptions *options)
{
  PortTest *self = g_new0 (PortTest, 1);
  GeminiAdapterConfig config = {
    .base_url = base_url, .network = network, .model = PORT_TEST_MODEL, .api_key = PORT_TEST_KEY
  };
  g_autoptr (GError) local_error = NULL;

  self->context = adapter_test_push_context ();
  self->cancellable = g_cancellable_new ();
  self->folder = g_dir_make_tmp ("port-test-XXXXXX", NULL);
  self->dir_fd = g_open (self->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (self->clients); i++)
    {
      self->clients[i] = http_client_new (self->context, (HttpTraffic)i, options, &local_error);
      g_assert_no_error (local_error);
    }
  self->port
      = gemini_adapter_new (self->clients[HTTP_TRAFFIC_SUBMIT], self->clients[HTTP_TRAFFIC_POLL],
                            self->clients[HTTP_TRAFFIC_DOWNLOAD], &config, &local_error);
  g_assert_no_error (local_error);
  return self;
}

static void
record (PortTest *self, PortCall call, PortEnd end, const char *message)
{
  g_assert_true (g_main_context_is_owner (self->context));
  self->calls++;
  end.took_us = g_get_monotonic_time () - self->begun_us[call];
  end.message = g_strdup (message);
  g_free (self->ends[call].message);
  self->ends[call] = end;
  g_test_message ("call %d: class %d after %.3f s: %s", (int)call, end.klass,
                  (double)end.took_us / G_USEC_PER_SEC, message != NULL ? message : "-");
}

static void
on_submit (const Veo3SubmitResult *result, gpointer user_data)
{
  record (user_data, PORT_SUBMIT, (PortEnd){ (int)result->klass, result->code, 0, NULL },
          result->message);
}

static void
on_poll (const Veo3PollResult *result, gpointer user_data)
{
  record (user_data, PORT_POLL, (PortEnd){ (int)result->klass, result->code, 0, NULL },
          result->message);
}

static void
on_download (const Veo3DownloadResult *result, gpointer user_data)
{
  record (user_data, PORT_DOWNLOAD, (PortEnd){ (int)result->klass, result->code, 0, NULL },
          result->message);
}

void
port_test_begin (PortTest *self, PortCall call)
{
  const VideoGenerationPortInterface *iface = self->port->iface;
  char key[] = "run_broll";
  char prompt[] = "A paper boat";
  char ratio[] = "9:16";
  Veo3ClipRequest request
      = { .idempotent_key = key, .prompt = prompt, .options.aspect_ratio = ratio, .duration_s = 6 };
  Veo3DownloadTarget target = { .dir_fd = self->dir_fd, .file_name = CLIP_NAME };

  self->begun_us[call] = g_get_monotonic_time ();
  switch (call)
    {
    case PORT_SUBMIT:
      iface->submit_job (self->port, &request, self->cancellable, on_submit, self);
      break;
    case PORT_POLL:
      iface->poll_job (self->port, PORT_TEST_OPERATION, self->cancellable, on_poll, self);
      break;
    case PORT_DOWNLOAD:
      iface->download_clip (self->port, PORT_TEST_CLIP, &target, self->cancellable, on_download,
                            self);
      break;
    case PORT_N_CALLS:
      g_assert_not_reached ();
    }
}

void
port_test_wait (PortTest *self, guint calls)
{
  adapter_test_wait (self->context, &self->calls, calls);
  (void)adapter_test_iterate_for (self->context, 5);
  g_assert_cmpuint (self->calls, ==, calls);
}

int
port_test_call (PortTest *self, PortCall call)
{
  port_test_begin (self, call);
  port_test_wait (self, self->calls + 1);
  return self->ends[call].klass;
}

void
port_test_free (PortTest *self)
{
  g_autofree char *clip = NULL;

  if (self == NULL)
    return;
  clip = g_build_filename (self->folder, CLIP_NAME, NULL);
  self->port->iface->free (self->port);
  for (gsize i = 0; i < G_N_ELEMENTS (self->ends); i++)
    g_free (self->ends[i].message);
  for (gsize i = 0; i < G_N_ELEMENTS (self->clients); i++)
    http_client_free (self->clients[i]);
  g_object_unref (self->cancellable);
  (void)g_unlink (clip);
  (void)close (self->dir_fd);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  adapter_test_pop_context (self->context);
  g_free (self);
}
