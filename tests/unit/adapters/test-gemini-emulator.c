/* SPDX-License-Identifier: MIT */
/*
 * The port against the emulator, which is strict about the wire: from the paid request to the
 * stored clip. The emulator's log is the judge.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "plugin/adapters/gemini-adapter.h"
#include "tests/emulator/emulator-client.h"
#include "tests/unit/adapters/adapter-test.h"

typedef struct
{
  guint calls;
  int klass;
  Veo3ErrorCode code;
  guint64 bytes;
  char *text;    /* (owned) (nullable) */
  char *message; /* (owned) (nullable) */
} Outcome;

static void
record (Outcome *outcome, int klass, const char *text, Veo3ErrorCode code, const char *message)
{
  outcome->calls++;
  outcome->klass = klass;
  outcome->code = code;
  g_free (outcome->text);
  outcome->text = g_strdup (text);
  g_free (outcome->message);
  outcome->message = g_strdup (message);
}

static void
on_submit (const Veo3SubmitResult *result, gpointer outcome)
{
  record (outcome, (int)result->klass, result->operation_name, result->code, result->message);
}

static void
on_poll (const Veo3PollResult *result, gpointer outcome)
{
  record (outcome, (int)result->klass, result->clip_uri, result->code, result->message);
}

static void
on_download (const Veo3DownloadResult *result, gpointer outcome)
{
  record (outcome, (int)result->klass, result->sha256, result->code, result->message);
  ((Outcome *)outcome)->bytes = result->bytes;
}

typedef struct
{
  GMainContext *context;     /* (owned) */
  EmulatorClient *emulator;  /* (owned) */
  HttpClient *clients[3];    /* (owned) */
  VideoGenerationPort *port; /* (owned) */
  Outcome outcome;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer scenario)
{
  const gchar *options[] = { "--generation-time", "150ms", "--api-key", "canary-1", NULL };
  GeminiAdapterConfig config = { .model = "veo-3.1-generate-preview", .api_key = "canary-1" };
  g_autoptr (GError) local_error = NULL;

  fixture->context = adapter_test_push_context ();
  fixture->emulator = emulator_client_start (options, scenario, &local_error);
  g_assert_no_error (local_error);
  config.base_url = emulator_client_get_base_url (fixture->emulator);
  for (gsize i = 0; i < G_N_ELEMENTS (fixture->clients); i++)
    fixture->clients[i] = http_client_new (fixture->context, (HttpTraffic)i, NULL, NULL);
  fixture->port
      = gemini_adapter_new (fixture->clients[HTTP_TRAFFIC_SUBMIT],
                            fixture->clients[HTTP_TRAFFIC_POLL],
                            fixture->clients[HTTP_TRAFFIC_DOWNLOAD], &config, &local_error);
  g_assert_no_error (local_error);
}

static void
tear_down (Fixture *fixture, gconstpointer scenario)
{
  (void)scenario;
  fixture->port->iface->free (fixture->port);
  for (gsize i = 0; i < G_N_ELEMENTS (fixture->clients); i++)
    http_client_free (fixture->clients[i]);
  emulator_client_free (fixture->emulator);
  g_free (fixture->outcome.text);
  g_free (fixture->outcome.message);
  adapter_test_pop_context (fixture->context);
}

static void
submit (Fixture *fixture)
{
  char key[] = "run_broll";
  char prompt[] = "A paper boat in a gutter";
  char ratio[] = "9:16";
  char resolution[] = "720p";
  Veo3ClipRequest request = { .idempotent_key = key,
                              .prompt = prompt,
                              .options.aspect_ratio = ratio,
                              .options.resolution = resolution,
                              .duration_s = 6 };
  guint before = fixture->outcome.calls;

  fixture->port->iface->submit_job (fixture->port, &request, NULL, on_submit, &fixture->outcome);
  adapter_test_wait (fixture->context, &fixture->outcome.calls, before + 1);
}

/* Asks until the operation has ended, a look every few milliseconds. */
static void
poll_to_the_end (Fixture *fixture, const char *operation)
{
  gint64 deadline_us = g_get_monotonic_time () + ADAPTER_TEST_DEADLINE_MS * 1000;

  do
    {
      guint before = fixture->outcome.calls;

      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      fixture->port->iface->poll_job (fixture->port, operation, NULL, on_poll, &fixture->outcome);
      adapter_test_wait (fixture->context, &fixture->outcome.calls, before + 1);
      (void)adapter_test_iterate_for (fixture->context, 20);
    }
  while (fixture->outcome.klass == VEO3_POLL_RUNNING);
}

/* A strict server takes our request, and its clip arrives over a redirect: one POST in all. */
static void
test_whole_way (Fixture *fixture, gconstpointer scenario)
{
  g_autofree char *folder = g_dir_make_tmp ("gemini-emulator-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "clip.mp4", NULL);
  int dir_fd = g_open (folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC, 0);
  Veo3DownloadTarget target = { .dir_fd = dir_fd, .file_name = "clip.mp4" };
  g_autofree char *operation = NULL;
  g_autofree char *uri = NULL;
  guint before;

  (void)scenario;
  submit (fixture);
  g_assert_cmpint (fixture->outcome.klass, ==, VEO3_SUBMIT_ACCEPTED);
  operation = g_strdup (fixture->outcome.text);
  poll_to_the_end (fixture, operation);
  g_assert_cmpint (fixture->outcome.klass, ==, VEO3_POLL_DONE);
  uri = g_strdup (fixture->outcome.text);
  before = fixture->outcome.calls;
  fixture->port->iface->download_clip (fixture->port, uri, &target, NULL, on_download,
                                       &fixture->outcome);
  adapter_test_wait (fixture->context, &fixture->outcome.calls, before + 1);
  g_test_message ("%s", fixture->outcome.message);
  g_assert_cmpint (fixture->outcome.klass, ==, VEO3_DOWNLOAD_STORED);
  g_assert_cmpuint (fixture->outcome.bytes, >, 0);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpuint (emulator_client_count (fixture->emulator, "submit", NULL), ==, 1);
  g_assert_cmpint (g_remove (path), ==, 0);
  (void)close (dir_fd);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* The service's own words of a retired model stop everything. */
static void
test_model_gone (Fixture *fixture, gconstpointer scenario)
{
  (void)scenario;
  submit (fixture);
  g_test_message ("%s", fixture->outcome.message);
  g_assert_cmpint (fixture->outcome.klass, ==, VEO3_SUBMIT_REFUSED);
  g_assert_cmpint (fixture->outcome.code, ==, VEO3_ERROR_CODE_MODEL_GONE);
}

/* A throttled submit is rejected, not lost, and the next one is taken. */
static void
test_throttled (Fixture *fixture, gconstpointer scenario)
{
  (void)scenario;
  submit (fixture);
  g_test_message ("%s", fixture->outcome.message);
  g_assert_cmpint (fixture->outcome.klass, ==, VEO3_SUBMIT_REJECTED);
  g_assert_cmpint (fixture->outcome.code, ==, VEO3_ERROR_CODE_QUOTA_MINUTE);
  submit (fixture);
  g_assert_cmpint (fixture->outcome.klass, ==, VEO3_SUBMIT_ACCEPTED);
}

#define ADD(path, scenario, func)                                                                  \
  g_test_add ("/veo3/gemini-emulator/" path, Fixture, scenario, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("whole-way", "[emulator]\nclip=bytes:200000\n", test_whole_way);
  ADD ("model-gone", "[emulator]\nretired-models=all\n", test_model_gone);
  ADD ("throttled", "[submit]\nfaults=429 x1\n", test_throttled);
  return g_test_run ();
}
