/* SPDX-License-Identifier: MIT */
/*
 * The worker is never blocked: a heartbeat on the context of the real plugin's thread, while that
 * thread does what could hold it up: names that are not resolved, many TLS handshakes, big clips,
 * big answers, a big jobs.json. One thread serves all runs of a process: who blocks it delays the
 * others' clips and what a signal has begun.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/emulator/emulator-client.h"
#include "tests/fixtures/tls-front.h"
#include "tests/integration/network/black-hole.h"
#include "tests/integration/network/heartbeat.h"
#include "tests/unit/adapters/scripted-server.h"
#include "tests/unit/stage/stage-host.h"

#define LIMIT_US ((gint64)TEST_LOOP_LIMIT_MS * 1000)
#define INJECTED_US (G_TIME_SPAN_MILLISECOND * 150)
#define KEY "canary-0c9d1e"
#define NOBODY "http://127.0.0.1:1"
#define OPERATION "models/veo-3.1-fast-generate-preview/operations/3kq8w1x0zt5a"
#define N_BIG_ANSWERS 12
#define TRIES 4

typedef struct
{
  StageHost *host;      /* (owned) */
  Heartbeat *heartbeat; /* (owned) */
  guint n_clips;
} LoopTest;

/* The prompts of the next run, each @prompt_bytes long. */
static void
want_prompts (LoopTest *self, guint n_clips, gsize prompt_bytes)
{
  g_autofree char *count = g_strdup_printf ("%u", n_clips);
  g_autofree char *words = g_strnfill (prompt_bytes, 'x');
  g_autoptr (GString) text = g_string_new ("{\"veo3_prompts\": [");

  for (guint i = 0; i < n_clips; i++)
    g_string_append_printf (text, "%s{\"variant\": \"clip-%u\", \"prompt\": \"%s\"}",
                            i > 0 ? ", " : "", i, words);
  g_string_append (text, "]}");
  test_workspace_write (stage_host_get_workspace (self->host), "publishing-assets.json", text->str);
  stage_host_set (self->host, "clip-count", count);
  self->n_clips = n_clips;
}

/* A worker with a heartbeat. Where it lives is known once it has said something, so it gets a first
 * run that comes to nothing. */
static void
set_up (LoopTest *self)
{
  g_autoptr (GMainContext) context = NULL;
  g_autofree char *old = NULL;
  g_autofree char *aside = NULL;

  self->host = stage_host_new (pipeline_stage_plugin_query ());
  old = test_workspace_path (stage_host_get_workspace (self->host), "veo3");
  aside = test_workspace_path (stage_host_get_workspace (self->host), "veo3-first");
  stage_host_set (self->host, "api-key", KEY);
  stage_host_set (self->host, "model", "veo-3.1-fast-generate-preview");
  stage_host_set (self->host, "base-url", NOBODY);
  stage_host_set (self->host, "timeout", "60000ms");
  stage_host_set (self->host, "poll-max", "50ms");
  want_prompts (self, 1, 10);
  (void)stage_host_start (self->host);
  stage_host_after_stage (self->host, 1);
  stage_host_wait_line (self->host, "progress clip-0 pending", 1);
  (void)stage_host_finish_run (self->host, 1, TRUE);
  g_assert_cmpint (g_rename (old, aside), ==, 0);
  context = stage_host_ref_worker_context (self->host);
  self->heartbeat = heartbeat_new (context);
}

static void
tear_down (LoopTest *self)
{
  stage_host_stop (self->host);
  stage_host_free (self->host);
  heartbeat_free (self->heartbeat);
}

/* Returns: the largest gap since the last time. */
static gint64
take_gap (LoopTest *self, const char *what)
{
  gint64 largest_us;

  heartbeat_wait (self->heartbeat, 2);
  largest_us = heartbeat_take_largest (self->heartbeat);
  g_test_message ("%s: largest gap %.1f ms", what, (double)largest_us / 1000);
  return largest_us;
}

/** Scenario: something that might hold up the loop. Returns: the largest gap. */
typedef gint64 (*Scenario) (void);

/* A loop that is held up is so each time; a machine that is busy with other things is not. */
static void
check_scenario (Scenario scenario)
{
  gint64 largest_us = G_MAXINT64;

  for (guint i = 0; i < TRIES && largest_us >= LIMIT_US; i++)
    {
      gint64 gap_us = scenario ();

      largest_us = MIN (largest_us, gap_us);
    }
  g_assert_cmpint (largest_us, <, LIMIT_US);
}

/* A whole run of @n_clips. */
static void
run_to_end (LoopTest *self, const char *status)
{
  g_autofree char *line = g_strdup_printf ("2 progress clip-%u %s", self->n_clips - 1, status);
  StageAnswer answer;

  (void)heartbeat_take_largest (self->heartbeat);
  stage_host_after_stage (self->host, 2);
  stage_host_run_stage (self->host, 2, NULL, &answer);
  test_wait_for_flag (NULL, &answer.is_done);
  g_assert_no_error (answer.error);
  (void)stage_host_finish_run (self->host, 2, FALSE);
  g_assert_cmpuint (stage_host_count_lines (self->host, line), ==, 1);
}

static gboolean
on_sleep (gpointer user_data)
{
  g_usleep (*(const gulong *)user_data);
  return G_SOURCE_REMOVE;
}

static gint64
get_cpu_time_us (void)
{
  struct timespec time;

  g_assert_cmpint (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time), ==, 0);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gboolean
on_spin (gpointer user_data)
{
  gint64 end_us = get_cpu_time_us () + (gint64) * (const gulong *)user_data;

  while (get_cpu_time_us () < end_us)
    ;
  return G_SOURCE_REMOVE;
}

static void
inject (LoopTest *self, GSourceFunc block)
{
  static const gulong length_us = INJECTED_US;
  g_autoptr (GMainContext) context = stage_host_ref_worker_context (self->host);
  GSource *source = g_idle_source_new ();
  gint64 largest_us;

  (void)heartbeat_take_largest (self->heartbeat);
  g_source_set_callback (source, block, (gpointer)&length_us, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
  heartbeat_wait (self->heartbeat, 4);
  largest_us = heartbeat_take_largest (self->heartbeat);
  g_test_message ("injected 150 ms, seen %.1f ms", (double)largest_us / 1000);
  g_assert_cmpint (largest_us, >=, INJECTED_US * 8 / 10);
}

/* The proof that a blocked loop is seen: one that sleeps and one that works. */
static void
test_injector (void)
{
  LoopTest test = { 0 };

  set_up (&test);
  inject (&test, on_sleep);
  inject (&test, on_spin);
  tear_down (&test);
}

static gint64
wait_for_names (void)
{
  LoopTest test = { 0 };
  gint64 begun_us;
  gint64 gap_us;

  set_up (&test);
  stage_host_set (test.host, "base-url", "https://veo.example");
  want_prompts (&test, 10, 10);
  (void)heartbeat_take_largest (test.heartbeat);
  stage_host_after_stage (test.host, 2);
  stage_host_wait_line (test.host, "2 progress clip-9 submitting", 1);
  heartbeat_wait (test.heartbeat, 100);
  begun_us = g_get_monotonic_time ();
  (void)stage_host_finish_run (test.host, 2, TRUE);
  gap_us = take_gap (&test, "silent name server");
  tear_down (&test);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 3 * G_USEC_PER_SEC);
  return gap_us;
}

/* A name server that is silent holds up neither the loop nor the end of the plugin. */
static void
test_dns_child (void)
{
  g_autoptr (BlackHole) hole = NULL;

  if (!g_test_subprocess ())
    return;
  hole = black_hole_new_name_server ();
  check_scenario (wait_for_names);
  g_assert_true (black_hole_was_asked (hole));
}

static void
test_dns (void)
{
  if (!black_hole_may_enter_network ())
    {
      g_test_skip ("only root can have a network of its own");
      return;
    }
  g_test_trap_subprocess ("/network/loop/dns/subprocess", 60 * G_USEC_PER_SEC,
                          G_TEST_SUBPROCESS_INHERIT_STDOUT);
  g_test_trap_assert_passed ();
}

/* A run of @n_clips of @clip over TLS. Returns: the largest gap; 0 if there is no TLS here. */
static gint64
run_tls (guint n_clips, const char *clip, const char *what)
{
  const char *options[] = { "--generation-time", "100ms", NULL };
  g_autofree char *scenario = g_strdup_printf ("[emulator]\nclip=bytes:%s\n", clip);
  g_autoptr (GError) error = NULL;
  g_autoptr (EmulatorClient) emulator = emulator_client_start (options, scenario, &error);
  g_autoptr (TlsFront) front = NULL;
  LoopTest test = { 0 };
  gint64 gap_us;

  g_assert_no_error (error);
  front = tls_front_start (emulator_client_get_port (emulator), TRUE, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_test_skip (error->message);
      return 0;
    }
  g_assert_no_error (error);
  set_up (&test);
  stage_host_set (test.host, "base-url", tls_front_get_base_url (front));
  stage_host_set (test.host, "ca-file", tls_front_get_ca_path (front));
  want_prompts (&test, n_clips, 10);
  run_to_end (&test, "completed");
  gap_us = take_gap (&test, what);
  tear_down (&test);
  g_assert_cmpuint (emulator_client_count (emulator, "submit", NULL), ==, n_clips);
  return gap_us;
}

static gint64
shake_hands (void)
{
  return run_tls (TEST_LOOP_HANDSHAKES, "2KiB", "handshakes");
}

/* Many paid requests at once, each with a handshake of its own. */
static void
test_handshakes (void)
{
  check_scenario (shake_hands);
}

static gint64
download_clips (void)
{
  return run_tls (3, "17MiB", "downloads of 17 MB");
}

/* Three clips of the usual size at a time, over TLS. */
static void
test_downloads (void)
{
  check_scenario (download_clips);
}

static gint64
read_authorities (void)
{
  g_autoptr (ScriptedServer) server = scripted_server_new ();
  g_autofree char *url
      = g_strdup_printf ("https://127.0.0.1:%u", scripted_server_get_port (server));
  LoopTest test = { 0 };
  gint64 gap_us;

  set_up (&test);
  stage_host_set (test.host, "base-url", url);
  want_prompts (&test, 16, 10);
  (void)heartbeat_take_largest (test.heartbeat);
  stage_host_after_stage (test.host, 2);
  while (scripted_server_count_connections (server) < 16)
    heartbeat_wait (test.heartbeat, 1);
  heartbeat_wait (test.heartbeat, 20);
  gap_us = take_gap (&test, "16 connections with the system's authorities");
  (void)stage_host_finish_run (test.host, 2, TRUE);
  tear_down (&test);
  return gap_us;
}

/* The certificate authorities of the system are many, and are read when they are first needed. */
static void
test_authorities (void)
{
  check_scenario (read_authorities);
}

static gint64
save_jobs (void)
{
  const char *options[] = { "--generation-time", "100ms", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EmulatorClient) emulator
      = emulator_client_start (options, "[emulator]\nclip=bytes:1KiB\n", &error);
  g_autofree char *jobs = NULL;
  LoopTest test = { 0 };
  gint64 gap_us;

  g_assert_no_error (error);
  set_up (&test);
  stage_host_set (test.host, "base-url", emulator_client_get_base_url (emulator));
  want_prompts (&test, TEST_LOOP_SAVED_CLIPS, 4000);
  run_to_end (&test, "completed");
  gap_us = take_gap (&test, "saves of a big jobs.json");
  stage_host_after_stage (test.host, 3);
  (void)stage_host_finish_run (test.host, 3, FALSE);
  gap_us = MAX (gap_us, take_gap (&test, "reading it again"));
  jobs = test_workspace_read (stage_host_get_workspace (test.host), "veo3/jobs.json");
  g_test_message ("jobs.json has %zu bytes", strlen (jobs));
  tear_down (&test);
  return gap_us;
}

/* A jobs.json of about a megabyte, saved at every step of every clip, and read by the next run. */
static void
test_saves (void)
{
  check_scenario (save_jobs);
}

/* An answer about an operation under way that is as long as one may be. */
static char *
new_big_answer (void)
{
  g_autoptr (GString) body = g_string_new ("{\"metadata\":[0");

  while (body->len < TEST_LOOP_ANSWER_BYTES)
    g_string_append_printf (body, ",{\"n\":%zu,\"t\":\"lighthouse\"}", body->len);
  g_string_append (body, "],\"name\":\"" OPERATION "\"}");
  return g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", body->len, body->str);
}

static gint64
read_answers (void)
{
  static const char accepted[] = "{\"name\":\"" OPERATION "\"}";
  static const char ended[] = "{\"done\":true,\"error\":{\"code\":13,\"message\":\"scripted\"}}";
  g_autoptr (ScriptedServer) server = scripted_server_new ();
  g_autofree char *big = new_big_answer ();
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                                             strlen (accepted), accepted);
  LoopTest test = { 0 };
  gint64 gap_us;

  set_up (&test);
  stage_host_set (test.host, "base-url", scripted_server_get_url (server));
  want_prompts (&test, N_BIG_ANSWERS, 10);
  for (guint i = 0; i < N_BIG_ANSWERS; i++)
    scripted_server_add (server, (ScriptedStep){ .method = "POST", .answer = answer });
  for (guint i = 0; i < N_BIG_ANSWERS * 2; i++)
    scripted_server_add (server, (ScriptedStep){ .method = "GET", .answer = big });
  for (guint i = 0; i < N_BIG_ANSWERS * 20; i++)
    scripted_server_add_answer (server, 200, NULL, ended);
  run_to_end (&test, "failed");
  gap_us = take_gap (&test, "answers of a megabyte");
  tear_down (&test);
  return gap_us;
}

/* Answers as long as one may be, to many polls at a time. */
static void
test_answers (void)
{
  check_scenario (read_answers);
}

/* One clip, from a picture of the largest size. */
static void
want_picture (LoopTest *self)
{
  const TestWorkspace *workspace = stage_host_get_workspace (self->host);
  g_autofree char *path = test_workspace_path (workspace, "a.png");

  want_prompts (self, 1, 10);
  test_workspace_write (workspace, "publishing-assets.json",
                        "{\"veo3_prompts\": [{\"variant\": \"clip-0\", \"prompt\": \"x\", "
                        "\"duration_s\": 8, \"first_frame\": \"a.png\"}]}");
  test_workspace_write (workspace, "a.png", "\x89PNG\r\n\x1a\n");
  g_assert_cmpint (truncate (path, TEST_LOOP_PICTURE_BYTES), ==, 0);
}

static gint64
send_picture (void)
{
  const char *options[] = { "--generation-time", "100ms", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EmulatorClient) emulator
      = emulator_client_start (options, "[emulator]\nclip=bytes:1KiB\n", &error);
  LoopTest test = { 0 };
  gint64 gap_us;

  g_assert_no_error (error);
  set_up (&test);
  stage_host_set (test.host, "base-url", emulator_client_get_base_url (emulator));
  want_picture (&test);
  run_to_end (&test, "completed");
  gap_us = take_gap (&test, "a picture of 20 MB");
  tear_down (&test);
  g_assert_cmpuint (emulator_client_count (emulator, "submit", NULL), ==, 1);
  return gap_us;
}

/* A clip that is made from the largest of pictures: it is looked at, loaded, packed and sent. */
static void
test_picture (void)
{
  check_scenario (send_picture);
}

int
main (int argc, char **argv)
{
  /* Not G_TEST_OPTION_ISOLATE_DIRS: it leaks (GLib 2.74). GLib asks for the variable once. */
  g_autoptr (TestWorkspace) state = test_workspace_new ();

  (void)g_setenv ("XDG_STATE_HOME", state->path, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/loop/injector", test_injector);
  g_test_add_func ("/network/loop/dns", test_dns);
  g_test_add_func ("/network/loop/dns/subprocess", test_dns_child);
  g_test_add_func ("/network/loop/handshakes", test_handshakes);
  g_test_add_func ("/network/loop/authorities", test_authorities);
  g_test_add_func ("/network/loop/downloads", test_downloads);
  g_test_add_func ("/network/loop/saves", test_saves);
  g_test_add_func ("/network/loop/answers", test_answers);
  g_test_add_func ("/network/loop/picture", test_picture);
  return g_test_run ();
}
