/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/stage-process.c with real children: what a
 * command gets, how its end is judged, and that nothing of it survives.
 */
#include "host/stage-process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/process-group.h"
#include "tests/unit/host/host-test.h"

/** Attempt: one stage process under test. */
typedef struct
{
  char *folder;
  const char *script; /* for sh -c; (nullable) then argv counts */
  const char *const *argv;
  StageProcessSpec spec;
  GCancellable *stop;
  GCancellable *kill;
  StageProcessExit *exit;
  gboolean done;
} Attempt;

static void
attempt_init (Attempt *attempt, const char *script)
{
  *attempt = (Attempt){ .script = script };
  attempt->folder = host_test_folder_new ();
  attempt->stop = g_cancellable_new ();
  attempt->kill = g_cancellable_new ();
  attempt->spec.run_id = "r-1";
  attempt->spec.stage = "CONTENT";
  attempt->spec.position = 4;
  attempt->spec.attempt = 1;
}

static void
attempt_clear (Attempt *attempt)
{
  stage_process_exit_free (attempt->exit);
  g_object_unref (attempt->stop);
  g_object_unref (attempt->kill);
  host_test_folder_free (attempt->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Attempt, attempt_clear)

static void
on_done (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Attempt *attempt = user_data;

  g_assert_false (attempt->done);
  attempt->exit = stage_process_run_finish (result);
  attempt->done = TRUE;
}

static void
start (Attempt *attempt)
{
  const char *const shell[] = { "/bin/sh", "-c", attempt->script, NULL };

  g_clear_pointer (&attempt->exit, stage_process_exit_free);
  attempt->done = FALSE;
  attempt->spec.workspace = attempt->folder;
  attempt->spec.argv = attempt->argv != NULL ? attempt->argv : shell;
  stage_process_run_async (&attempt->spec, attempt->stop, attempt->kill, on_done, attempt);
  g_assert_false (attempt->done);
}

static void
run (Attempt *attempt)
{
  start (attempt);
  host_test_iterate_until (&attempt->done);
}

/* The group that a script wrote into "group" has no living member. */
static void
assert_group_is_gone (const Attempt *attempt)
{
  g_autofree char *text = host_test_read (attempt->folder, "group");
  pid_t group = (pid_t)g_ascii_strtoll (text, NULL, 10);

  g_assert_cmpint (group, >, 1);
  g_assert_cmpint (process_group_find_member (group), ==, 0);
}

/* A command runs in the workspace, knows its run, reads nothing, and its output is in the log. */
static void
test_success (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autofree char *expected = NULL;
  g_autofree char *log = NULL;

  attempt_init (&attempt, "echo $PIPELINE_RUN_ID,$PIPELINE_STAGE,$PIPELINE_ATTEMPT; pwd; "
                          "echo $PIPELINE_WORKSPACE; cat; echo error >&2");
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_DONE);
  g_assert_cmpint (attempt.exit->exit_code, ==, 0);
  g_assert_null (attempt.exit->message);
  log = host_test_read (attempt.folder, "logs/04-CONTENT.log");
  expected = g_strdup_printf (" CONTENT: attempt 1, run r-1\nr-1,CONTENT,1\n%s\n%s\nerror\n",
                              attempt.folder, attempt.folder);
  g_assert_true (g_str_has_prefix (log, "=== 20"));
  g_assert_true (g_str_has_suffix (log, expected));
}

/* Log and folder are private; a second attempt is appended under a header of its own. */
static void
test_log (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  g_autofree char *log = NULL;
  const char *second = NULL;
  struct stat info;

  attempt_init (&attempt, "echo try $PIPELINE_ATTEMPT");
  run (&attempt);
  attempt.spec.attempt = 2;
  run (&attempt);
  log = host_test_read (attempt.folder, "logs/04-CONTENT.log");
  second = strstr (log, "attempt 2, run r-1\ntry 2\n");
  g_assert_nonnull (strstr (log, "attempt 1, run r-1\ntry 1\n=== "));
  g_assert_nonnull (second);
  folder = g_build_filename (attempt.folder, "logs", NULL);
  path = g_build_filename (folder, "04-CONTENT.log", NULL);
  g_assert_cmpint (stat (folder, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

/* A log that would lead elsewhere or block is refused, and nothing is started. */
static void
test_log_refused (void)
{
  for (guint kind = 0; kind < 5; kind++)
    {
      g_auto (Attempt) attempt = { 0 };
      g_autofree char *logs = NULL;
      g_autofree char *path = NULL;

      attempt_init (&attempt, "touch started");
      logs = g_build_filename (attempt.folder, "logs", NULL);
      path = g_build_filename (logs, "04-CONTENT.log", NULL);
      if (kind == 0)
        g_assert_cmpint (symlink ("/tmp", logs), ==, 0);
      else if (kind == 1)
        host_test_write (attempt.folder, "logs", "a file");
      else
        host_test_mkdir (attempt.folder, "logs");
      if (kind == 2)
        g_assert_cmpint (symlink ("../elsewhere", path), ==, 0);
      else if (kind == 3)
        host_test_mkdir (attempt.folder, "logs/04-CONTENT.log");
      else if (kind == 4)
        g_assert_cmpint (mkfifo (path, 0600), ==, 0);
      run (&attempt);
      g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_NEVER);
      g_assert_true (
          g_str_has_prefix (attempt.exit->message, "cannot open its log logs/04-CONTENT.log: "));
      g_assert_false (host_test_exists (attempt.folder, "started"));
      g_assert_false (host_test_exists (attempt.folder, "elsewhere"));
    }
}

/* A FIFO with a reader can be opened; it is no log all the same. */
static void
test_log_fifo_with_reader (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autofree char *path = NULL;
  int reader = -1;

  attempt_init (&attempt, "true");
  host_test_mkdir (attempt.folder, "logs");
  path = g_build_filename (attempt.folder, "logs", "04-CONTENT.log", NULL);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  reader = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (reader, >=, 0);
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_NEVER);
  g_assert_nonnull (strstr (attempt.exit->message, "not a regular file"));
  (void)close (reader);
}

/* Exit codes have their meanings, and messages name code and log. */
static void
test_exit_codes (void)
{
  static const struct
  {
    const char *script;
    StageProcessVerdict verdict;
    int code;
    const char *message;
  } cases[] = {
    { "exit 3", STAGE_PROCESS_FAILED, 3, "exit code 3; see logs/04-CONTENT.log" },
    { "exit 75", STAGE_PROCESS_TRY_AGAIN, 75,
      "exit code 75: asks to be tried again; see logs/04-CONTENT.log" },
    { "exit 78", STAGE_PROCESS_NEVER, 78,
      "exit code 78: trying again is of no use; see logs/04-CONTENT.log" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Attempt) attempt = { 0 };

      attempt_init (&attempt, cases[i].script);
      run (&attempt);
      g_assert_cmpint (attempt.exit->verdict, ==, cases[i].verdict);
      g_assert_cmpint (attempt.exit->exit_code, ==, cases[i].code);
      g_assert_cmpint (attempt.exit->signal_number, ==, 0);
      g_assert_cmpstr (attempt.exit->message, ==, cases[i].message);
    }
}

/* A death by signal is named. */
static void
test_signals (void)
{
  static const struct
  {
    const char *script;
    int number;
    const char *message;
  } cases[] = {
    { "ulimit -c 0; kill -SEGV $$", SIGSEGV, "killed by SIGSEGV; see logs/04-CONTENT.log" },
    { "kill -40 $$", 40, "killed by signal 40; see logs/04-CONTENT.log" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Attempt) attempt = { 0 };

      attempt_init (&attempt, cases[i].script);
      run (&attempt);
      g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_FAILED);
      g_assert_cmpint (attempt.exit->exit_code, ==, -1);
      g_assert_cmpint (attempt.exit->signal_number, ==, cases[i].number);
      g_assert_cmpstr (attempt.exit->message, ==, cases[i].message);
    }
}

/* What cannot be started is told in words that help, and never tried again. */
static void
test_cannot_start (void)
{
  static const char *const unknown[] = { "no-such-program-here", NULL };
  static const char *const plain[] = { "./data", NULL };
  static const char *const folder[] = { "./dir", NULL };
  static const struct
  {
    const char *const *argv;
    const char *message;
  } cases[] = {
    { unknown, "command not found: 'no-such-program-here'" },
    { plain, "cannot start './data': it is not executable (chmod +x)" },
    { folder, "cannot start './dir': " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Attempt) attempt = { 0 };

      attempt_init (&attempt, NULL);
      attempt.argv = cases[i].argv;
      host_test_write (attempt.folder, "data", "x");
      host_test_mkdir (attempt.folder, "dir");
      run (&attempt);
      g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_NEVER);
      g_assert_cmpint (attempt.exit->exit_code, ==, -1);
      g_assert_true (g_str_has_prefix (attempt.exit->message, cases[i].message));
    }
}

/* A relative program is looked for in the workspace. */
static void
test_relative_program (void)
{
  static const char *const argv[] = { "./hello.sh", "a b", NULL };
  g_auto (Attempt) attempt = { 0 };
  g_autofree char *path = NULL;
  g_autofree char *log = NULL;

  attempt_init (&attempt, NULL);
  attempt.argv = argv;
  host_test_write (attempt.folder, "hello.sh", "#!/bin/sh\necho \"hello:$1\"\n");
  path = g_build_filename (attempt.folder, "hello.sh", NULL);
  g_assert_cmpint (chmod (path, 0700), ==, 0);
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_DONE);
  log = host_test_read (attempt.folder, "logs/04-CONTENT.log");
  g_assert_true (g_str_has_suffix (log, "\nhello:a b\n"));
}

/* A workspace that went away is said to be gone. */
static void
test_workspace_gone (void)
{
  g_auto (Attempt) attempt = { 0 };

  attempt_init (&attempt, "true");
  host_test_folder_free (g_strdup (attempt.folder));
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_NEVER);
}

/* Secrets are not handed on; the rest of the environment is. */
static void
test_hidden_environment (void)
{
  static const char *const hidden[] = { "T_SECRET", "T_OTHER", NULL };
  g_auto (Attempt) attempt = { 0 };
  g_autofree char *log = NULL;

  g_assert_true (g_setenv ("T_SECRET", "canary", TRUE));
  g_assert_true (g_setenv ("T_PLAIN", "plain", TRUE));
  attempt_init (&attempt, "env");
  attempt.spec.hidden_environment = hidden;
  run (&attempt);
  log = host_test_read (attempt.folder, "logs/04-CONTENT.log");
  g_assert_null (strstr (log, "canary"));
  g_assert_nonnull (strstr (log, "T_PLAIN=plain"));
  g_unsetenv ("T_SECRET");
  g_unsetenv ("T_PLAIN");
}

/* The child leads a session and a group, has no signal blocked or ignored, and no descriptor of
 * ours, not even one that we forgot to mark. */
static void
test_clean_child (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autofree char *log = NULL;
  g_autofree char *script = NULL;
  sigset_t blocked;
  sigset_t before;
  int leak = fcntl (STDERR_FILENO, F_DUPFD, 70);

  g_assert_cmpint (leak, >=, 70);
  g_assert_cmpint (fcntl (leak, F_GETFD), ==, 0);
  (void)sigemptyset (&blocked);
  (void)sigaddset (&blocked, SIGUSR1);
  (void)sigprocmask (SIG_BLOCK, &blocked, &before);
  (void)signal (SIGUSR2, SIG_IGN);
  script = g_strdup_printf ("read pid name state parent group session rest < /proc/$$/stat; "
                            "[ $pid = $group ] && [ $pid = $session ] && echo leader; "
                            "[ -e /proc/$$/fd/%d ] || echo no leak; "
                            "grep -E 'SigBlk|SigIgn' /proc/self/status",
                            leak);
  attempt_init (&attempt, script);
  run (&attempt);
  (void)sigprocmask (SIG_SETMASK, &before, NULL);
  (void)signal (SIGUSR2, SIG_DFL);
  (void)close (leak);
  log = host_test_read (attempt.folder, "logs/04-CONTENT.log");
  g_assert_true (g_str_has_suffix (log, "\nleader\nno leak\n"
                                        "SigBlk:\t0000000000000000\n"
                                        "SigIgn:\t0000000000000000\n"));
}

/* Outputs must be there: a file, which may be empty, or a folder. */
static void
test_outputs (void)
{
  static const char *const outputs[] = { "out.json", "clips", NULL };
  static const struct
  {
    const char *script;
    const char *message;
  } cases[] = {
    { "echo x > out.json; mkdir clips", NULL },
    { "echo x > real; ln -s real out.json; mkdir clips", NULL },
    { "mkdir clips", "ended well but its output 'out.json' is missing: No such file" },
    { ": > out.json; mkdir clips", NULL },
    { "echo x > out.json", "ended well but its output 'clips' is missing" },
    { "mkfifo out.json", "ended well but its output 'out.json' is neither a file nor a folder" },
    { "exit 4", "exit code 4" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Attempt) attempt = { 0 };

      attempt_init (&attempt, cases[i].script);
      attempt.spec.outputs = outputs;
      run (&attempt);
      if (cases[i].message == NULL)
        g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_DONE);
      else
        {
          g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_FAILED);
          g_assert_true (g_str_has_prefix (attempt.exit->message, cases[i].message));
        }
    }
}

/* A timeout ends the whole group with SIGTERM; a handler may tidy up. */
static void
test_timeout (void)
{
  g_auto (Attempt) attempt = { 0 };

  attempt_init (&attempt, "echo $$ > group; trap 'echo tidy > tidied; exit 0' TERM; "
                          "sleep 60 & sleep 61 & wait");
  attempt.spec.timeout_ms = 300;
  attempt.spec.grace_ms = 30000;
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_TIMED_OUT);
  g_assert_cmpstr (attempt.exit->message, ==,
                   "took longer than its timeout of 300ms; see logs/04-CONTENT.log");
  g_assert_cmpint (attempt.exit->duration_ms, >=, 300);
  g_assert_cmpint (attempt.exit->duration_ms, <, 30000);
  g_assert_true (host_test_exists (attempt.folder, "tidied"));
  assert_group_is_gone (&attempt);
}

/* Who ignores SIGTERM is killed after the grace. */
static void
test_timeout_kill (void)
{
  g_auto (Attempt) attempt = { 0 };

  attempt_init (&attempt, "echo $$ > group; trap '' TERM; sleep 60 & sleep 61; sleep 62");
  attempt.spec.timeout_ms = 200;
  attempt.spec.grace_ms = 200;
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_TIMED_OUT);
  g_assert_cmpint (attempt.exit->signal_number, ==, SIGKILL);
  g_assert_nonnull (strstr (attempt.exit->message, "and had to be killed"));
  assert_group_is_gone (&attempt);
}

/* Cancelling `stop` ends the group in order, also a stopped one. */
static void
test_stop (void)
{
  static const char *const scripts[]
      = { "echo $$ > group; touch ready; sleep 60", "echo $$ > group; touch ready; kill -STOP $$" };

  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_auto (Attempt) attempt = { 0 };

      attempt_init (&attempt, scripts[i]);
      attempt.spec.grace_ms = 30000;
      start (&attempt);
      host_test_await_file (attempt.folder, "ready");
      g_cancellable_cancel (attempt.stop);
      host_test_iterate_until (&attempt.done);
      g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_STOPPED);
      g_assert_null (attempt.exit->message);
      g_assert_cmpint (attempt.exit->duration_ms, <, 30000);
      assert_group_is_gone (&attempt);
    }
}

/* `kill` does not wait for the grace, before or after `stop`. */
static void
test_kill (void)
{
  for (guint with_stop = 0; with_stop < 2; with_stop++)
    {
      g_auto (Attempt) attempt = { 0 };

      attempt_init (&attempt, "echo $$ > group; trap '' TERM; touch ready; sleep 60 & sleep 61");
      attempt.spec.grace_ms = 50000;
      attempt.spec.timeout_ms = 50000;
      start (&attempt);
      host_test_await_file (attempt.folder, "ready");
      if (with_stop == 1)
        g_cancellable_cancel (attempt.stop);
      g_cancellable_cancel (attempt.kill);
      host_test_iterate_until (&attempt.done);
      g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_STOPPED);
      g_assert_cmpint (attempt.exit->signal_number, ==, SIGKILL);
      g_assert_cmpint (attempt.exit->duration_ms, <, 50000);
      assert_group_is_gone (&attempt);
    }
}

/* Cancelled before it began: nothing is started. */
static void
test_stopped_before_start (void)
{
  g_auto (Attempt) attempt = { 0 };

  attempt_init (&attempt, "touch started");
  g_cancellable_cancel (attempt.stop);
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_STOPPED);
  g_assert_false (host_test_exists (attempt.folder, "started"));
}

/* A command may not leave anything behind: background children end with it. */
static void
test_leftovers (void)
{
  g_auto (Attempt) attempt = { 0 };

  attempt_init (&attempt, "echo $$ > group; sleep 60 & sleep 61 & sleep 62 & exit 0");
  attempt.spec.grace_ms = 30000;
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_DONE);
  g_assert_cmpint (attempt.exit->duration_ms, <, 30000);
  assert_group_is_gone (&attempt);
}

/* Not even those that ignore SIGTERM. */
static void
test_stubborn_leftovers (void)
{
  g_auto (Attempt) attempt = { 0 };

  attempt_init (&attempt, "echo $$ > group; trap '' TERM; sleep 60 & exit 3");
  attempt.spec.grace_ms = 100;
  run (&attempt);
  g_assert_cmpint (attempt.exit->verdict, ==, STAGE_PROCESS_FAILED);
  g_assert_cmpint (attempt.exit->exit_code, ==, 3);
  assert_group_is_gone (&attempt);
}

/* A second signal hurries the cleaning up behind a command that has ended already. */
static void
test_hurried_leftovers (void)
{
  g_auto (Attempt) attempt = { 0 };

  attempt_init (&attempt, "echo $$ > group; trap '' TERM; (touch ready; sleep 60) & exit 0");
  attempt.spec.grace_ms = 50000;
  start (&attempt);
  host_test_await_file (attempt.folder, "ready");
  g_cancellable_cancel (attempt.kill);
  host_test_iterate_until (&attempt.done);
  g_assert_cmpint (attempt.exit->duration_ms, <, 50000);
  assert_group_is_gone (&attempt);
}

/* Many at once: each gets its own end. */
static void
test_parallel (void)
{
  Attempt attempts[8];
  char *scripts[8];

  for (guint i = 0; i < G_N_ELEMENTS (attempts); i++)
    {
      scripts[i] = g_strdup_printf ("exit %u", i);
      attempt_init (&attempts[i], scripts[i]);
      start (&attempts[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (attempts); i++)
    {
      host_test_iterate_until (&attempts[i].done);
      g_assert_cmpint (attempts[i].exit->exit_code, ==, (int)i);
      attempt_clear (&attempts[i]);
      g_free (scripts[i]);
    }
}

/* What follows an attempt is a table. */
static void
test_next (void)
{
  static const struct
  {
    StageProcessVerdict verdict;
    guint attempt;
    guint retries;
    StageProcessNextStep step;
    gint64 delay_ms;
  } cases[] = {
    { STAGE_PROCESS_DONE, 1, 0, STAGE_PROCESS_NEXT_STAGE, 0 },
    { STAGE_PROCESS_STOPPED, 1, 9, STAGE_PROCESS_NEXT_STOP, 0 },
    { STAGE_PROCESS_NEVER, 1, 9, STAGE_PROCESS_NEXT_FAIL, 0 },
    { STAGE_PROCESS_FAILED, 1, 0, STAGE_PROCESS_NEXT_FAIL, 0 },
    { STAGE_PROCESS_FAILED, 1, 1, STAGE_PROCESS_NEXT_RETRY, 0 },
    { STAGE_PROCESS_FAILED, 2, 1, STAGE_PROCESS_NEXT_FAIL, 0 },
    { STAGE_PROCESS_TIMED_OUT, 1, 0, STAGE_PROCESS_NEXT_FAIL, 0 },
    { STAGE_PROCESS_TIMED_OUT, 2, 2, STAGE_PROCESS_NEXT_RETRY, 0 },
    { STAGE_PROCESS_TRY_AGAIN, 1, 0, STAGE_PROCESS_NEXT_RETRY, 1000 },
    { STAGE_PROCESS_TRY_AGAIN, 3, 0, STAGE_PROCESS_NEXT_RETRY, 4000 },
    { STAGE_PROCESS_TRY_AGAIN, 4, 0, STAGE_PROCESS_NEXT_FAIL, 0 },
    { STAGE_PROCESS_TRY_AGAIN, 6, 10, STAGE_PROCESS_NEXT_RETRY, 30000 },
    { STAGE_PROCESS_TRY_AGAIN, 10, 10, STAGE_PROCESS_NEXT_RETRY, 30000 },
    { STAGE_PROCESS_TRY_AGAIN, 11, 10, STAGE_PROCESS_NEXT_FAIL, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      StageProcessNext next
          = stage_process_next (cases[i].verdict, cases[i].attempt, cases[i].retries);

      g_assert_cmpint (next.step, ==, cases[i].step);
      g_assert_cmpint (next.delay_ms, ==, cases[i].delay_ms);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/stage-process/success", test_success);
  g_test_add_func ("/host/stage-process/log", test_log);
  g_test_add_func ("/host/stage-process/log-refused", test_log_refused);
  g_test_add_func ("/host/stage-process/log-fifo", test_log_fifo_with_reader);
  g_test_add_func ("/host/stage-process/exit-codes", test_exit_codes);
  g_test_add_func ("/host/stage-process/signals", test_signals);
  g_test_add_func ("/host/stage-process/cannot-start", test_cannot_start);
  g_test_add_func ("/host/stage-process/relative-program", test_relative_program);
  g_test_add_func ("/host/stage-process/workspace-gone", test_workspace_gone);
  g_test_add_func ("/host/stage-process/hidden-environment", test_hidden_environment);
  g_test_add_func ("/host/stage-process/clean-child", test_clean_child);
  g_test_add_func ("/host/stage-process/outputs", test_outputs);
  g_test_add_func ("/host/stage-process/timeout", test_timeout);
  g_test_add_func ("/host/stage-process/timeout-kill", test_timeout_kill);
  g_test_add_func ("/host/stage-process/stop", test_stop);
  g_test_add_func ("/host/stage-process/kill", test_kill);
  g_test_add_func ("/host/stage-process/stopped-before-start", test_stopped_before_start);
  g_test_add_func ("/host/stage-process/leftovers", test_leftovers);
  g_test_add_func ("/host/stage-process/stubborn-leftovers", test_stubborn_leftovers);
  g_test_add_func ("/host/stage-process/hurried-leftovers", test_hurried_leftovers);
  g_test_add_func ("/host/stage-process/parallel", test_parallel);
  g_test_add_func ("/host/stage-process/next", test_next);
  return g_test_run ();
}
