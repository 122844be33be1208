/* SPDX-License-Identifier: MIT */
/*
 * Options, scenario files and the end of the emulator: what is wrong is said once, with the place
 * of it, and the exit status is 2; a signal ends it with 0.
 *
 * Nothing is waited for without a deadline.
 */
#include "tests/emulator/emulator-test.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  const gchar *scenario;
  const gchar *needle; /* of the message */
} BadScenario;

static const BadScenario bad_scenarios[] = {
  { "[emulator\n", "scenario.ini: " },
  { "[emulater]\ngeneration-time=1s\n", "scenario.ini: [emulater]: unknown group" },
  { "[emulator]\nspeed=1\n", "scenario.ini: [emulator] speed: unknown key" },
  { "[emulator]\ngeneration-time=10\n",
    "[emulator] generation-time: '10' is no duration; write 250ms, 30s, 5min or 2h" },
  { "[emulator]\ngeneration-time=2000h\n", "'2000h' is no duration" },
  { "[emulator]\ngeneration-jitter=95\n", "[emulator] generation-jitter: " },
  { "[emulator]\ngeneration-jitter=ten\n", "[emulator] generation-jitter: " },
  { "[emulator]\nclip=mp4\n", "[emulator] clip: 'mp4' is no clip" },
  { "[emulator]\nclip=bytes:10\n", "'bytes:10' is too small for a clip" },
  { "[emulator]\nclip=bytes:2GiB\n", "'2GiB' is no size" },
  { "[emulator]\nclip=bytes:9999999999MiB\n", "is no size" },
  { "[emulator]\ndownload=ftp\n", "[emulator] download: 'ftp' is neither redirect nor direct" },
  { "[emulator]\nomni=loud\n", "[emulator] omni: 'loud' is no manner" },
  { "[emulator]\nfile-time=soon\n", "[emulator] file-time: 'soon' is no duration" },
  { "[token]\nlifetime=1\n", "[token] lifetime: '1' is no duration" },
  { "[poll]\nlifetime=1s\n", "[poll] lifetime: unknown key" },
  { "[result]\nresults=status=\n", "[result] results: 'status=' is no result" },
  { "[prompt boat]\ntoken=500\n", "[prompt boat] token: 'token' is not scriptable" },
  { "[submit]\nfault=500\n", "[submit] fault: unknown key" },
  { "[submit]\nfaults=500 x1; bogus\n", "[submit] faults: 'bogus' is no fault and no modifier" },
  { "[poll]\nfaults=500; 503\n",
    "[poll] faults: '503' is never reached: '500' before it lasts for ever" },
  { "[poll]\nfaults=500 close\n", "'close' is a second fault; one at a time" },
  { "[poll]\nfaults=close=3\n", "'close' takes no value" },
  { "[poll]\nfaults=200\n", "'200' is no HTTP status between 300 and 599" },
  { "[poll]\nfaults=500-xml\n", "'500-xml' is no HTTP status" },
  { "[poll]\nfaults=500 per-day=1\n", "'per-day' takes no value" },
  { "[poll]\nfaults=500 message\n", "'message' needs a value" },
  { "[poll]\nfaults=500 delay=soon\n", "'soon' is no duration" },
  { "[poll]\nfaults=drip=fast\n", "'fast' is no duration" },
  { "[poll]\nfaults=cut=-1\n", "needs a size that is not negative" },
  { "[poll]\nfaults=500 message=\"open\n", "[poll] faults: " },
  { "[download]\nfaults=redirect=up\n", "'up' is no redirect" },
  { "[download]\nfaults=redirect\n", "'redirect' is no redirect" },
  { "[download]\nfaults=redirect=loop status=200\n", "a status that is no redirect" },
  { "[result]\nfaults=ok\n", "[result] faults: unknown key" },
  { "[result]\nresults=maybe\n", "[result] results: 'maybe' is no result" },
  { "[result]\nresults=error 99\n", "'99' does not belong to a result" },
  { "[prompt boat]\nsubmits=500\n", "[prompt boat] submits: 'submits' is not scriptable" },
  { "[prompt boat]\npoll=bogus\n", "[prompt boat] poll: 'bogus' is no fault" },
};

/* A bad scenario is refused with file, group, key and what is wrong. */
static void
test_bad_scenarios (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_scenarios); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EmulatorClient) emulator
          = emulator_client_start (NULL, bad_scenarios[i].scenario, &error);

      g_test_message ("%s", bad_scenarios[i].scenario);
      g_assert_null (emulator);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, "ended with status 2: veo3_emulator: scenario "));
      g_assert_nonnull (strstr (error->message, bad_scenarios[i].needle));
    }
}

/* A bad option is refused with exit status 2. */
static void
test_bad_options (void)
{
  static const gchar *const rows[][2] = {
    { "--generation-time=fast", "--generation-time: 'fast' is no duration" },
    { "--port=70000", "--port 70000 is no TCP port" },
    { "--quota-concurrent=-1", "a quota is at least 1" },
    { "--nonsense", "Unknown option" },
    { "surplus", "'surplus' is no option" },
    { "--scenario=/nonexistent/scenario.ini", "scenario /nonexistent/scenario.ini: " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const gchar *options[] = { rows[i][0], NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (EmulatorClient) emulator = emulator_client_start (options, NULL, &error);

      g_assert_null (emulator);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, "ended with status 2"));
      g_assert_nonnull (strstr (error->message, rows[i][1]));
    }
}

/* A port that is taken is an error, not a second emulator beside the first. */
static void
test_port_taken (void)
{
  g_autoptr (EmulatorClient) first = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *port = g_strdup_printf ("%u", emulator_client_get_port (first));
  const gchar *options[] = { "--port", port, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (EmulatorClient) second = emulator_client_start (options, NULL, &error);

  g_assert_null (second);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "ended with status 1"));
}

/* A place that cannot be written is said before anything is served. */
static void
test_unwritable (void)
{
  const gchar *ready[] = { "--ready-file", "/nonexistent/ready", NULL };
  const gchar *log[] = { "--log", "/nonexistent/log", NULL };
  g_autoptr (GError) ready_error = NULL;
  g_autoptr (GError) log_error = NULL;
  g_autoptr (EmulatorClient) without_ready = emulator_client_start (ready, NULL, &ready_error);
  g_autoptr (EmulatorClient) without_log = emulator_client_start (log, NULL, &log_error);

  g_assert_null (without_ready);
  g_assert_null (without_log);
  g_assert_nonnull (strstr (ready_error->message, "status 1: veo3_emulator: ready file: "));
  g_assert_nonnull (strstr (log_error->message, "status 1: veo3_emulator: log /nonexistent/log: "));
}

/* The ready file holds the base URL in one line. */
static void
test_ready_file (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("veo3-emulator-ready-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "ready", NULL);
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--ready-file", path);
  g_autofree gchar *text = NULL;
  g_autofree gchar *expected = g_strconcat (emulator_client_get_base_url (emulator), "\n", NULL);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpint (remove (path), ==, 0);
  g_assert_cmpint (remove (folder), ==, 0);
}

/* Runs the emulator to its end; it must be one that ends by itself. */
static gchar *
run_to_end (const gchar *option, int *ret_exit_status)
{
  const gchar *argv[] = { TEST_EMULATOR_PROGRAM, option, NULL };
  gchar *output = NULL;
  g_autoptr (GError) error = NULL;
  int wait_status = 0;

  (void)g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL,
                      &wait_status, &error);
  g_assert_no_error (error);
  *ret_exit_status = wait_status;
  return output;
}

/* Help documents directives, scenario and log; the version is one line. */
static void
test_help (void)
{
  int help_status = -1;
  int version_status = -1;
  g_autofree gchar *help = run_to_end ("--help", &help_status);
  g_autofree gchar *version = run_to_end ("--version", &version_status);

  g_assert_cmpint (help_status, ==, 0);
  g_assert_cmpint (version_status, ==, 0);
  g_assert_nonnull (strstr (help, "DIRECTIVES"));
  g_assert_nonnull (strstr (help, "SCENARIO FILE"));
  g_assert_nonnull (strstr (help, "GOOGLE_VERTEX_BASE_URL"));
  g_assert_nonnull (strstr (help, "--generation-time=DURATION"));
  g_assert_true (g_str_has_prefix (version, "veo3_emulator "));
}

/* Clips in the making do not keep it from ending, and their folder goes with it. */
static void
test_end_while_drawing (void)
{
  g_autofree gchar *ffmpeg = g_find_program_in_path ("ffmpeg");
  g_autofree gchar *folder = g_dir_make_tmp ("veo3-emulator-end-XXXXXX", NULL);
  g_autofree gchar *usual_folder = g_strdup (g_getenv ("TMPDIR"));
  g_autoptr (EmulatorClient) emulator = NULL;
  g_autoptr (GError) error = NULL;

  if (ffmpeg == NULL)
    {
      g_assert_cmpint (remove (folder), ==, 0);
      g_test_skip ("ffmpeg is missing");
      return;
    }
  /* The emulator makes the folder of its clips below this one. */
  g_setenv ("TMPDIR", folder, TRUE);
  emulator = emulator_test_start ("[emulator]\nclip=ffmpeg\n", NULL, NULL);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree gchar *prompt = g_strdup_printf ("boat %u", i);
      g_autofree gchar *path = emulator_test_accept (emulator, prompt);

      g_assert_nonnull (path);
    }
  g_assert_true (emulator_client_stop (emulator, &error));
  g_assert_no_error (error);
  g_clear_pointer (&emulator, emulator_client_free);
  if (usual_folder != NULL)
    g_setenv ("TMPDIR", usual_folder, TRUE);
  else
    g_unsetenv ("TMPDIR");
  /* An empty folder can be removed, another cannot. */
  g_assert_cmpint (remove (folder), ==, 0);
}

/* Waiting for requests that never come runs out with the numbers; for those that came it does not.
 */
static void
test_wait_for_requests (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) answer = emulator_test_submit (emulator, "a boat");
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_true (emulator_client_wait_for_requests (emulator, "submit", 1, 1000, &error));
  g_assert_no_error (error);
  g_assert_false (emulator_client_wait_for_requests (emulator, "submit", 2, 30, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "1 of 2 'submit' requests within 30 ms");
}

/* Asks on a new connection and reads the answer to its last byte. Returns: the idle connection. */
static int
come (guint16 port)
{
  static const gchar request[] = "GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  const int fd = emulator_test_connect (port);
  struct pollfd item = { .fd = fd, .events = POLLIN };
  gchar answer[4096] = { 0 };
  gsize length = 0;

  g_assert_cmpint (send (fd, request, sizeof request - 1, MSG_NOSIGNAL), ==, sizeof request - 1);
  while (strstr (answer, "</html>") == NULL)
    {
      gssize got;

      g_assert_cmpint (poll (&item, 1, EMULATOR_TEST_DEADLINE_MS), ==, 1);
      got = recv (fd, answer + length, sizeof answer - 1 - length, 0);
      g_assert_cmpint (got, >, 0);
      length += (gsize)got;
    }
  return fd;
}

/* Clients that keep their connection, get an answer and go leave nothing behind: an emulator with
 * few descriptors outlives many of them. */
static void
test_gone_clients (void)
{
  const struct rlimit few = { .rlim_cur = 250, .rlim_max = 250 };
  int idle[20] = { 0 };
  g_autoptr (EmulatorClient) emulator = NULL;

  /* For good: the emulator takes all it is allowed to, and only root gets a hard limit back. */
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
  emulator = emulator_test_start (NULL, NULL, NULL);
  for (guint round = 0; round < 25; round++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (idle); i++)
        idle[i] = come (emulator_client_get_port (emulator));
      for (gsize i = 0; i < G_N_ELEMENTS (idle); i++)
        close (idle[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/options/bad-scenarios", test_bad_scenarios);
  g_test_add_func ("/emulator/options/bad-options", test_bad_options);
  g_test_add_func ("/emulator/options/port-taken", test_port_taken);
  g_test_add_func ("/emulator/options/unwritable", test_unwritable);
  g_test_add_func ("/emulator/options/ready-file", test_ready_file);
  g_test_add_func ("/emulator/options/help", test_help);
  g_test_add_func ("/emulator/end/while-drawing", test_end_while_drawing);
  g_test_add_func ("/emulator/client/wait-for-requests", test_wait_for_requests);
  g_test_add_func ("/emulator/client/gone", test_gone_clients);
  return g_test_run ();
}
