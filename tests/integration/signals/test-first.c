/* SPDX-License-Identifier: MIT */
/*
 * The first signal: nothing new is begun, paid answers are waited for, everything else is dropped
 * at once, and the state is saved.
 */
#include "tests/integration/signals/signal-lab.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define END_US (signal_lab_limit_us (G_USEC_PER_SEC))
/* Established connections in /proc/net/tcp. */
#define TCP_ESTABLISHED 1

static gint64
stop (PipelineProcess *process, int signal_number, PipelineResult **ret_result)
{
  gint64 signalled_us = g_get_monotonic_time ();

  pipeline_process_signal (process, signal_number);
  *ret_result = pipeline_process_wait (process);
  g_assert_cmpint ((*ret_result)->exit_code, ==, 128 + signal_number);
  return g_get_monotonic_time () - signalled_us;
}

/* A paid request is under way and is answered seconds later: that is waited for, a line says so,
 * and the operation is kept. */
static void
test_answered_late (gconstpointer delay)
{
  g_autofree char *scenario
      = g_strdup_printf ("[submit]\nfaults=ok x3 delay=%dms\n", GPOINTER_TO_INT (delay));
  g_autoptr (SignalLab) lab = signal_lab_new (scenario, NULL);
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *operation = NULL;
  gint64 answered_us;

  veo3_test_await_requests (lab->test, "submit", 3);
  (void)stop (process, SIGINT, &result);
  answered_us = signal_lab_last_post_us (lab) + GPOINTER_TO_INT (delay) * G_TIME_SPAN_MILLISECOND;
  g_assert_cmpint (g_get_monotonic_time (), >=, answered_us);
  g_assert_cmpint (g_get_monotonic_time () - answered_us, <, END_US);
  veo3_test_assert_says (result->err, "waiting up to 30 s for the answers of 3 paid requests");
  operation = veo3_test_job (lab->test, "b", "operation_name");
  g_assert_nonnull (operation);
  signal_lab_assert_kept (lab);
  signal_lab_assert_completes (lab);
}

/* While the one request that is allowed at a time is being answered, the signal comes: the others
 * are never sent, not even while a command that ignores SIGTERM holds up the end. */
static void
test_queue_is_dropped (void)
{
  g_autoptr (SignalLab) lab
      = signal_lab_new ("[submit]\nfaults=ok x3 delay=400ms\n", "max-parallel=1\n");
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  signal_lab_set_layout (lab, "trap '' TERM\nsleep 3 &\nwait\nexit 0\n");
  process = veo3_test_start (lab->test, "run", NULL);
  veo3_test_await_requests (lab->test, "submit", 1);
  (void)stop (process, SIGTERM, &result);
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 1);
  veo3_test_assert_job (lab->test, "a", "status", "generating");
  veo3_test_assert_job (lab->test, "b", "status", "pending");
  signal_lab_set_layout (lab, "true\n");
  signal_lab_assert_completes (lab);
}

/* A request that was turned away and waits for its next try is not tried again after the signal. */
static void
test_retry_is_dropped (void)
{
  g_autoptr (SignalLab) lab
      = signal_lab_new ("[submit]\nfaults=429 x3 retry-delay=6s; ok\n", "retry-permille=1000\n");
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_await_requests (lab->test, "submit", 3);
  veo3_test_await_status (lab->test, "c", "pending");
  g_assert_cmpint (stop (process, SIGINT, &result), <, END_US);
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 3);
  veo3_test_expect (lab->test, "run", 0);
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 6);
}

/* How many connections to the emulator the program holds. */
static guint
count_connections (SignalLab *lab)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/net/tcp", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 1; lines[i] != NULL; i++)
    {
      unsigned int port = 0, state = 0;

      /* sl local remote state: the remote end of the program's own sockets is the emulator. */
      if (sscanf (lines[i], " %*d: %*8x:%*4x %*8x:%4x %2x", &port, &state) == 2)
        n += port == emulator_client_get_port (lab->test->emulator) && state == TCP_ESTABLISHED;
    }
  return n;
}

typedef struct
{
  SignalLab *lab; /* (borrowed) */
  guint count;
} Connections;

static gboolean
are_fewer (gpointer user_data)
{
  const Connections *before = user_data;

  return count_connections (before->lab) < before->count;
}

static gboolean
has_no_part (gpointer lab)
{
  return !pipeline_fixture_has (((SignalLab *)lab)->test->fixture, "ws/veo3/.a.mp4.part");
}

/* The signal comes while one clip's answer to a paid request is due, and others are @busy: these
 * are aborted for real, their connection is gone while the paid request is still waited for. */
static void
expect_abort (const char *first_prompt, const char *busy)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[emulator]\ndownload=direct\n", NULL);
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;
  Connections before = { .lab = lab };

  veo3_test_set_prompts (lab->test, "a", first_prompt, "c", "a river [[submit: accept-silence]]",
                         NULL);
  process = veo3_test_start (lab->test, "run", NULL);
  veo3_test_await_requests (lab->test, "submit", 2);
  veo3_test_await_requests (lab->test, busy, 1);
  before.count = count_connections (lab);
  g_assert_cmpuint (before.count, >=, 2);
  pipeline_process_signal (process, SIGTERM);
  veo3_test_await_said (process, "waiting up to 30 s for the answers of 1 paid requests");
  pipeline_fixture_wait_until ("the end of its connection", are_fewer, &before);
  pipeline_fixture_wait_until ("the end of what a download had written", has_no_part, lab);
  g_assert_cmpuint (signal_lab_count_processes (lab), ==, 1);
  pipeline_process_signal (process, SIGTERM); /* nobody will answer */
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 143);
  veo3_test_expect (lab->test, "run", 5);
  veo3_test_assert_job (lab->test, "a", "status", "completed");
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 2);
}

/* A poll that is not answered does not hold up the end. */
static void
test_poll_is_aborted (void)
{
  expect_abort ("a lighthouse [[poll: silence x1]]", "poll");
}

/* Nor does a download that has stopped in the middle; what it had written is gone. */
static void
test_download_is_aborted (void)
{
  expect_abort ("a lighthouse [[download: stall=4000 x1]]", "download");
}

/* A hangup, as of a closed terminal, counts as SIGTERM. */
static void
test_hangup (void)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[emulator]\ngeneration-time=500ms\n", NULL);
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_await_status (lab->test, "c", "generating");
  pipeline_process_signal (process, SIGHUP);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 143);
  g_assert_cmpuint (signal_lab_count_processes (lab), ==, 0);
  signal_lab_assert_completes (lab);
}

static PipelineProcess *
start_under (SignalLab *lab, const char *script)
{
  const char *wrapper[] = { "/bin/sh", "-c", script, "sh", NULL };
  const char *arguments[] = { "run", "--workspace", "ws", NULL };

  return pipeline_fixture_start (lab->test->fixture, wrapper, arguments);
}

/* Under nohup a hangup is nothing: the run goes on to its end. */
static void
test_nohup (void)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[emulator]\ngeneration-time=500ms\n", NULL);
  g_autoptr (PipelineProcess) process = start_under (lab, "trap '' HUP\nexec \"$@\"\n");
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_await_status (lab->test, "c", "generating");
  pipeline_process_signal (process, SIGHUP);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
}

/* None of the standard descriptors of the lab's processes is a file of the workspace, a connection
 * or something of the main loop. */
static void
assert_no_stray_file (SignalLab *lab)
{
  g_autoptr (GArray) pids = signal_lab_list_processes (lab);

  g_assert_cmpuint (pids->len, >, 0);
  for (guint i = 0; i < pids->len; i++)
    for (int fd = 0; fd <= 2; fd++)
      {
        g_autofree char *path
            = g_strdup_printf ("/proc/%d/fd/%d", g_array_index (pids, int, i), fd);
        g_autofree char *target = g_file_read_link (path, NULL);

        if (target == NULL)
          continue; /* has ended meanwhile */
        g_assert_null (strstr (target, "/ws/."));
        g_assert_null (strstr (target, "/ws/veo3"));
        g_assert_false (g_str_has_prefix (target, "socket:"));
        g_assert_false (g_str_has_prefix (target, "anon_inode:"));
      }
}

/* Standard output and error closed, or piped to somebody who has gone: the run goes on, and nothing
 * that was meant for people ends up in a file of the workspace. */
static void
test_nobody_reads (gconstpointer script)
{
  g_autoptr (SignalLab) lab = signal_lab_new (NULL, NULL);
  g_autoptr (PipelineProcess) process = start_under (lab, script);
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_await_status (lab->test, "c", "generating");
  assert_no_stray_file (lab);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 3);
  g_ptr_array_unref (pipeline_fixture_read_events (lab->test->fixture, "ws"));
}

static gboolean
has_code (gpointer lab)
{
  return pipeline_fixture_has (((SignalLab *)lab)->test->fixture, "code");
}

/* The terminal of a run in the foreground goes away: the kernel's hangup ends it in order. */
static void
test_terminal_goes (void)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[emulator]\ngeneration-time=10s\n", NULL);
  g_autoptr (PipelineProcess) process = NULL;
  g_autofree char *code = NULL;

  if (!g_file_test ("/usr/bin/script", G_FILE_TEST_IS_EXECUTABLE))
    {
      g_test_skip ("needs script(1) for a terminal");
      return;
    }
  pipeline_fixture_write (lab->test->fixture, "in-terminal.sh",
                          "trap : HUP\n\"$@\"\necho $? > code.new\nmv code.new code\n");
  process = start_under (lab, "exec /usr/bin/script -qec \"sh in-terminal.sh $*\" /dev/null");
  veo3_test_await_status (lab->test, "c", "generating");
  pipeline_process_signal (process, SIGKILL);
  pipeline_fixture_wait_until ("the exit code", has_code, lab);
  code = pipeline_fixture_read (lab->test->fixture, "code");
  g_assert_cmpstr (code, ==, "143\n");
  signal_lab_await_processes (lab, 0);
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 3);
  signal_lab_assert_kept (lab);
}

/* From the moment of its execution on: a signal within the first 50 ms is never lost, and leaves
 * nobody and nothing half behind. */
static void
test_start_up (void)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[emulator]\ngeneration-time=80ms\n", NULL);

  for (gint64 moment_us = 0; moment_us <= 50000; moment_us += 2500)
    {
      g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
      g_autoptr (PipelineResult) result = NULL;

      g_test_message ("signal after %" G_GINT64_FORMAT " us", moment_us);
      pipeline_fixture_pass (moment_us);
      g_assert_cmpint (stop (process, moment_us % 5000 == 0 ? SIGTERM : SIGINT, &result), <,
                       END_US);
      g_assert_cmpuint (signal_lab_count_processes (lab), ==, 0);
      signal_lab_assert_kept (lab);
    }
  signal_lab_assert_completes (lab);
}

/* A signal while the run ends: it was done, or it was stopped, and the exit code says which. */
static void
test_end (void)
{
  for (gint64 moment_us = 0; moment_us <= 14000; moment_us += 2000)
    {
      g_autoptr (SignalLab) lab = signal_lab_new ("[emulator]\ngeneration-time=50ms\n", NULL);
      g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
      g_autoptr (PipelineResult) result = NULL;
      g_autofree char *state = NULL;

      veo3_test_await_said (process, "ASSEMBLY: running");
      pipeline_fixture_pass (45000 + moment_us);
      pipeline_process_signal (process, SIGTERM);
      result = pipeline_process_wait (process);
      g_assert_cmpuint (signal_lab_count_processes (lab), ==, 0);
      state = pipeline_fixture_read (lab->test->fixture, "ws/run.json");
      if (strstr (state, "\"stopped\"") != NULL)
        g_assert_cmpint (result->exit_code, ==, 143);
      else if (result->exit_code != 143)
        g_assert_cmpint (result->exit_code, ==, 0);
      signal_lab_assert_completes (lab);
    }
}

/* Paid requests that are never answered are waited for 30 s, by the real clock; then they are
 * uncertain, and saved as that. On demand, for it takes as long; /time/drain-limit is the quick
 * one.
 */
static void
test_never_answered (void)
{
  g_autoptr (SignalLab) lab = signal_lab_new ("[submit]\nfaults=accept-silence x3\n", NULL);
  g_autoptr (PipelineProcess) process = veo3_test_start (lab->test, "run", NULL);
  g_autoptr (PipelineResult) result = NULL;
  gint64 took_us;

  veo3_test_await_requests (lab->test, "submit", 3);
  took_us = stop (process, SIGTERM, &result);
  g_assert_cmpint (took_us, >=, 29 * G_USEC_PER_SEC);
  g_assert_cmpint (took_us, <, 31 * G_USEC_PER_SEC + END_US);
  veo3_test_assert_job (lab->test, "b", "status", "uncertain");
  veo3_test_expect (lab->test, "run", 5);
  g_assert_cmpuint (veo3_test_count (lab->test, "submit"), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1 && g_str_equal (argv[1], "slow"))
    {
      g_test_add_func ("/signals/first/never-answered", test_never_answered);
      return g_test_run ();
    }
  g_test_add_data_func ("/signals/first/answered-after-1s", GINT_TO_POINTER (1000),
                        test_answered_late);
  g_test_add_data_func ("/signals/first/answered-after-3s", GINT_TO_POINTER (3000),
                        test_answered_late);
  g_test_add_func ("/signals/first/queue-is-dropped", test_queue_is_dropped);
  g_test_add_func ("/signals/first/retry-is-dropped", test_retry_is_dropped);
  g_test_add_func ("/signals/first/poll-is-aborted", test_poll_is_aborted);
  g_test_add_func ("/signals/first/download-is-aborted", test_download_is_aborted);
  g_test_add_func ("/signals/first/hangup", test_hangup);
  g_test_add_func ("/signals/first/nohup", test_nohup);
  g_test_add_data_func ("/signals/first/closed", "exec \"$@\" >&- 2>&-\n", test_nobody_reads);
  g_test_add_data_func ("/signals/first/all-closed", "exec \"$@\" <&- >&- 2>&-\n",
                        test_nobody_reads);
  g_test_add_data_func ("/signals/first/reader-gone",
                        "{ \"$@\" 2>&1; echo $? > code; } | true\nwhile ! test -s code\n"
                        "do sleep 0.02; done\nexit $(cat code)\n",
                        test_nobody_reads);
  g_test_add_func ("/signals/first/terminal-goes", test_terminal_goes);
  g_test_add_func ("/signals/first/start-up", test_start_up);
  g_test_add_func ("/signals/first/end", test_end);
  return g_test_run ();
}
