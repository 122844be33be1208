/* SPDX-License-Identifier: MIT */
/*
 * Leaving while TLS is spoken: a process that calls exit() while another of its threads is inside
 * OpenSSL crashes often, because OpenSSL tears itself down. The host joins the plugin's thread
 * first, on every way out: the end of the run, a failed stage, a signal, a second one.
 *
 * Arguments: the number of moments (8), then --seed as for all tests.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/adapters/http-client.h"
#include "tests/fixtures/tls-front.h"
#include "tests/integration/veo3/veo3-test.h"
#include "tests/unit/adapters/adapter-test.h"

#define N_TALKERS 16
#define LEAVINGS_MAX 100
#define LEAVING_S 10
/* Of the moments over the length of a run: the last part of it is the end of the process. */
#define SPREAD 0.85
#define LEAVE_OPTION "--leave-while-talking"

/** Way: how a run is left. */
typedef enum
{
  WAY_END,          /* it comes to its end */
  WAY_FAILED_STAGE, /* a stage fails while clips are under way */
  WAY_SIGNAL,
  WAY_TWO_SIGNALS,
  N_WAYS,
} Way;

static guint n_moments = 8;

/** World: a service over TLS for all moments. */
typedef struct
{
  EmulatorClient *emulator; /* (owned) */
  TlsFront *front;          /* (owned) (nullable) NULL = not here */
} World;

static void
set_up (World *world, gconstpointer data)
{
  const char *options[] = { "--generation-time", "150ms", NULL };
  g_autoptr (GError) error = NULL;

  (void)data;
  world->emulator = emulator_client_start (options, "[emulator]\nclip=bytes:500KiB\n", &error);
  g_assert_no_error (error);
  world->front = tls_front_start (emulator_client_get_port (world->emulator), TRUE, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_test_skip (error->message);
  else
    g_assert_no_error (error);
}

static void
tear_down (World *world, gconstpointer data)
{
  (void)data;
  tls_front_free (world->front);
  emulator_client_free (world->emulator);
}

/* ---- the proof ---- */

typedef struct
{
  GMainContext *context; /* (borrowed) */
  HttpClient *client;    /* (owned) */
  const char *url;
  const char *ca_path;
} Talker;

static void talk (Talker *self);

static void
on_talked (const HttpResponse *response, gpointer user_data)
{
  (void)response;
  talk (user_data);
}

/* A request with a handshake of its own, and then the next one. */
static void
talk (Talker *self)
{
  HttpRequest *request = adapter_test_request ("POST", self->url, "/");

  adapter_test_trust (request, self->ca_path);
  http_client_send (self->client, request, NULL, on_talked, self);
}

static gpointer
run_talker (gpointer data)
{
  Talker *self = data;

  g_main_context_push_thread_default (self->context);
  self->client = http_client_new (self->context, HTTP_TRAFFIC_SUBMIT, NULL, NULL);
  for (guint i = 0; i < N_TALKERS; i++)
    talk (self);
  for (;;)
    (void)g_main_context_iteration (self->context, TRUE);
  return NULL;
}

/* What a host must not do. Does not return; nor would it always end. */
static void
leave_while_talking (const char *url, const char *ca_path, const char *after_us)
{
  static Talker talker;

  (void)alarm (LEAVING_S);
  talker = (Talker){ .context = g_main_context_new (), .url = url, .ca_path = ca_path };
  (void)g_thread_new ("talker", run_talker, &talker);
  g_usleep ((gulong)g_ascii_strtoull (after_us, NULL, 10));
  exit (0);
}

/* A sanitizer would make an ordinary exit out of a crash, or look for leaks instead. */
static char **
make_environment (void)
{
  static const char *const names[] = { "ASAN_OPTIONS", "TSAN_OPTIONS" };
  char **environment = g_get_environ ();

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *set = g_environ_getenv (environment, names[i]);
      g_autofree char *options
          = g_strconcat (set != NULL ? set : "",
                         ":handle_segv=0:handle_abort=0:detect_leaks=0:report_bugs=0", NULL);

      environment = g_environ_setenv (environment, names[i], options, TRUE);
    }
  return environment;
}

/* The proof that this traffic, left without a join, is of the kind that crashes. */
static void
test_injector (World *world, gconstpointer data)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  guint n = 0;
  gboolean has_crashed = FALSE;

  (void)data;
  if (world->front == NULL)
    return;
  while (!has_crashed && n++ < LEAVINGS_MAX)
    {
      g_autofree char *after_us = g_strdup_printf ("%d", g_test_rand_int_range (20000, 60000));
      const char *argv[] = { program,
                             LEAVE_OPTION,
                             tls_front_get_base_url (world->front),
                             tls_front_get_ca_path (world->front),
                             after_us,
                             NULL };
      g_auto (GStrv) environment = make_environment ();
      g_autoptr (PipelineProcess) process
          = pipeline_process_start (argv, (const char *const *)environment,
                                    emulator_client_get_folder (world->emulator));
      g_autoptr (PipelineResult) result = pipeline_process_wait (process);

      has_crashed = result->exit_code > 128;
      g_test_message ("leaving %u: exit %d", n, result->exit_code);
    }
  if (!has_crashed)
    g_test_skip ("nothing crashes here, whatever is not joined");
}

/* ---- the program ---- */

static Veo3Test *
new_test (const World *world, Way way, gint64 moment_us)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_BARE, NULL);
  g_autofree char *groups
      = g_strdup_printf ("[stage CONTENT]\ncommand=cp assets.json publishing-assets.json\n"
                         "outputs=publishing-assets.json\n"
                         "[stage LAYOUT_DETECTIVE]\ncommand=sh -c \"sleep %.3f; exit %d\"\n"
                         "[stage VEO3_AWAIT]\nplugin=veo3\n"
                         "[plugin veo3]\nclip-count=8\npoll-min=1ms\npoll-max=10ms\n",
                         way == WAY_FAILED_STAGE ? (double)moment_us / G_USEC_PER_SEC : 0.0,
                         way == WAY_FAILED_STAGE ? 78 : 0);

  pipeline_fixture_set_environment (test->fixture, "GOOGLE_GEMINI_BASE_URL",
                                    tls_front_get_base_url (world->front));
  pipeline_fixture_set_environment (test->fixture, "VEO3_CA_FILE",
                                    tls_front_get_ca_path (world->front));
  veo3_test_write_pipeline (test, "CONTENT;LAYOUT_DETECTIVE;VEO3_AWAIT", groups);
  veo3_test_set_prompts (test, "a", "one", "b", "two", "c", "three", "d", "four", "e", "five", "f",
                         "six", "g", "seven", "h", "eight", NULL);
  return test;
}

/* Returns: the exit code. */
static int
leave (const World *world, Way way, gint64 moment_us)
{
  g_autoptr (Veo3Test) test = new_test (world, way, moment_us);
  g_autoptr (PipelineProcess) process = veo3_test_start (test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;

  if (way == WAY_SIGNAL || way == WAY_TWO_SIGNALS)
    {
      g_usleep ((gulong)moment_us);
      pipeline_process_signal (process, SIGTERM);
    }
  if (way == WAY_TWO_SIGNALS)
    {
      g_usleep ((gulong)g_test_rand_int_range (0, 20000));
      pipeline_process_signal (process, SIGTERM);
    }
  result = pipeline_process_wait (process);
  g_test_message ("way %d, moment %.3f s: exit %d after %.3f s", (int)way,
                  (double)moment_us / G_USEC_PER_SEC, result->exit_code,
                  (double)result->run_us / G_USEC_PER_SEC);
  return result->exit_code;
}

static gboolean
is_expected (Way way, int exit_code)
{
  switch (way)
    {
    case WAY_END:
      return exit_code == 0;
    case WAY_FAILED_STAGE:
      /* Paid requests that were cut off count more than the stage. */
      return exit_code == 1 || exit_code == 5;
    case WAY_SIGNAL:
    case WAY_TWO_SIGNALS:
      return exit_code == 143 || exit_code == 0;
    case N_WAYS:
      break;
    }
  return FALSE;
}

/* However and whenever a run is left while it speaks TLS, it ends with one of its own exit codes.
 */
static void
test_moments (World *world, gconstpointer data)
{
  gint64 whole_us = g_get_monotonic_time ();

  (void)data;
  if (world->front == NULL)
    return;
  g_assert_cmpint (leave (world, WAY_END, 0), ==, 0);
  whole_us = g_get_monotonic_time () - whole_us;
  g_assert_cmpuint (tls_front_count (world->front, "GET", "HTTP/2.0"), >, 0);
  for (guint i = 0; i < n_moments; i++)
    {
      Way way = (Way)(i % N_WAYS);
      gint64 moment_us = (gint64)(g_test_rand_double () * SPREAD * (double)whole_us);
      int exit_code = leave (world, way, moment_us);

      if (!is_expected (way, exit_code))
        g_error ("way %d left with exit code %d", (int)way, exit_code);
    }
}

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], LEAVE_OPTION))
    leave_while_talking (argv[2], argv[3], argv[4]);
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    n_moments = (guint)g_ascii_strtoull (argv[1], NULL, 10);
  g_test_add ("/network/exit-tls/injector", World, NULL, set_up, test_injector, tear_down);
  g_test_add ("/network/exit-tls/moments", World, NULL, set_up, test_moments, tear_down);
  return g_test_run ();
}
