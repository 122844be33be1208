/* SPDX-License-Identifier: MIT */
/*
 * The port over TLS, with certificate authorities of the test's own: whom it trusts, and which
 * version of HTTP it speaks. nginx in front of the emulator; the emulator's log is the judge.
 */
#include "plugin/adapters/gemini-adapter.h"
#include "tests/emulator/emulator-client.h"
#include "tests/fixtures/tls-front.h"
#include "tests/unit/adapters/adapter-test.h"

typedef struct
{
  GMainContext *context;    /* (owned) */
  EmulatorClient *emulator; /* (owned) */
  TlsFront *front;          /* (owned) (nullable) NULL = not possible here */
  HttpClient *clients[3];   /* (owned) */
  guint calls;
  int klass;
  char *text; /* (owned) (nullable) the operation, or what went wrong */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const gchar *options[] = { "--generation-time", "1h", NULL };
  g_autoptr (GError) error = NULL;

  (void)data;
  fixture->context = adapter_test_push_context ();
  fixture->emulator = emulator_client_start (options, NULL, &error);
  g_assert_no_error (error);
  fixture->front = tls_front_start (emulator_client_get_port (fixture->emulator), TRUE, &error);
  if (fixture->front == NULL)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      g_test_skip (error->message);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (fixture->clients); i++)
    fixture->clients[i] = http_client_new (fixture->context, (HttpTraffic)i, NULL, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (fixture->clients); i++)
    http_client_free (fixture->clients[i]);
  tls_front_free (fixture->front);
  emulator_client_free (fixture->emulator);
  g_free (fixture->text);
  adapter_test_pop_context (fixture->context);
}

static void
record (Fixture *fixture, int klass, const char *text)
{
  fixture->calls++;
  fixture->klass = klass;
  g_free (fixture->text);
  fixture->text = g_strdup (text);
}

static void
on_submit (const Veo3SubmitResult *result, gpointer fixture)
{
  record (fixture, (int)result->klass,
          result->operation_name != NULL ? result->operation_name : result->message);
}

static void
on_poll (const Veo3PollResult *result, gpointer fixture)
{
  record (fixture, (int)result->klass, result->message);
}

static VideoGenerationPort *
make_port (Fixture *fixture, const char *ca_path)
{
  g_autoptr (HttpNetwork) network = http_network_new (ca_path, NULL, NULL, NULL);
  GeminiAdapterConfig config = { .base_url = tls_front_get_base_url (fixture->front),
                                 .model = "veo-3.1-generate-preview",
                                 .api_key = "canary-1",
                                 .network = network };
  g_autoptr (GError) error = NULL;
  VideoGenerationPort *port
      = gemini_adapter_new (fixture->clients[HTTP_TRAFFIC_SUBMIT],
                            fixture->clients[HTTP_TRAFFIC_POLL],
                            fixture->clients[HTTP_TRAFFIC_DOWNLOAD], &config, &error);

  g_assert_no_error (error);
  return port;
}

static void
submit (Fixture *fixture, VideoGenerationPort *port)
{
  char key[] = "run_a";
  char prompt[] = "a fox";
  char ratio[] = "9:16";
  Veo3ClipRequest request
      = { .idempotent_key = key, .prompt = prompt, .options.aspect_ratio = ratio, .duration_s = 6 };
  guint before = fixture->calls;

  port->iface->submit_job (port, &request, NULL, on_submit, fixture);
  adapter_test_wait (fixture->context, &fixture->calls, before + 1);
  g_test_message ("%s", fixture->text);
}

static gboolean
has_logged (gpointer data)
{
  const Fixture *fixture = data;

  return tls_front_count (fixture->front, NULL, NULL) >= 2;
}

/* The named authority is trusted. The paid request goes over HTTP/1.1, where libcurl repeats
 * nothing by itself; the free ones go over HTTP/2. */
static void
test_trusted (Fixture *fixture, gconstpointer data)
{
  VideoGenerationPort *port;
  g_autofree char *operation = NULL;

  (void)data;
  if (fixture->front == NULL)
    return;
  port = make_port (fixture, tls_front_get_ca_path (fixture->front));
  submit (fixture, port);
  g_assert_cmpint (fixture->klass, ==, VEO3_SUBMIT_ACCEPTED);
  operation = g_strdup (fixture->text);
  port->iface->poll_job (port, operation, NULL, on_poll, fixture);
  adapter_test_wait (fixture->context, &fixture->calls, 2);
  g_assert_cmpint (fixture->klass, ==, VEO3_POLL_RUNNING);
  adapter_test_wait_until (fixture->context, has_logged, fixture);
  g_assert_cmpuint (tls_front_count (fixture->front, "POST", "HTTP/1.1"), ==, 1);
  g_assert_cmpuint (tls_front_count (fixture->front, "GET", "HTTP/2.0"), ==, 1);
  g_assert_cmpuint (emulator_client_count (fixture->emulator, "submit", NULL), ==, 1);
  port->iface->free (port);
}

static void
expect_not_sent (Fixture *fixture, const char *ca_path)
{
  VideoGenerationPort *port = make_port (fixture, ca_path);

  submit (fixture, port);
  g_assert_cmpint (fixture->klass, ==, VEO3_SUBMIT_NOT_SENT);
  g_assert_cmpuint (emulator_client_count (fixture->emulator, NULL, NULL), ==, 0);
  port->iface->free (port);
}

/* A server whose authority is not among the named ones, nor among the system's, gets nothing, and
 * that is known for sure; so is it when the file has vanished. */
static void
test_not_trusted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsFront) other = NULL;
  g_autoptr (GError) error = NULL;

  (void)data;
  if (fixture->front == NULL)
    return;
  other = tls_front_start (emulator_client_get_port (fixture->emulator), FALSE, &error);
  g_assert_no_error (error);
  expect_not_sent (fixture, tls_front_get_ca_path (other));
  expect_not_sent (fixture, NULL);
  expect_not_sent (fixture, "/nonexistent/ca.pem");
}

#define ADD(path, func)                                                                            \
  g_test_add ("/veo3/gemini-tls/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("trusted", test_trusted);
  ADD ("not-trusted", test_not_trusted);
  return g_test_run ();
}
