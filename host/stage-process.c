/* SPDX-License-Identifier: MIT */
/*
 * Purpose: one attempt at a stage's command. Main thread, event-driven: a child watch tells the
 * end, three sources (timeout, stop, kill) may hasten it, process-group.c cleans up behind it. Must
 * not decide whether to try again, and must not let anything of the stage survive the callback.
 */
#include "host/stage-process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/duration.h"
#include "host/process-group.h"
#include "host/small-file.h"
#include "host/utc-time.h"

/** StageChild: data of the task. */
typedef struct
{
  pid_t group;     /* of the child, and its number; 0 = did not start */
  int wait_status; /* as waitpid() tells it; valid once reaped */
  gboolean is_reaped;
  char *workspace;   /* (owned) */
  char *log_name;    /* (owned) relative to the workspace */
  char **outputs;    /* (owned) (nullable) */
  gint64 timeout_ms; /* 0 = none */
  gint64 grace_ms;
  gint64 started_us;  /* monotonic */
  gint64 timeout_us;  /* monotonic; when the timeout is due */
  gint64 kill_due_us; /* monotonic; 0 = not being ended */
  gboolean stopped;   /* the caller cancelled */
  gboolean timed_out;
  gboolean killed;          /* SIGKILL was needed, or wished */
  GCancellable *kill;       /* (owned) (nullable) */
  GSource *timer;           /* (owned) (nullable) timeout, then grace */
  GSource *stop_source;     /* (owned) (nullable) */
  GSource *kill_source;     /* (owned) (nullable) */
  StageProcessExit *result; /* (owned) (nullable) after it was given away */
} StageChild;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
drop_sources (StageChild *run)
{
  drop_source (&run->timer);
  drop_source (&run->stop_source);
  drop_source (&run->kill_source);
}

static void
stage_run_free (gpointer data)
{
  StageChild *run = data;

  drop_sources (run);
  g_clear_object (&run->kill);
  g_free (run->workspace);
  g_free (run->log_name);
  g_strfreev (run->outputs);
  stage_process_exit_free (run->result);
  g_free (run);
}

void
stage_process_exit_free (StageProcessExit *self)
{
  if (self == NULL)
    return;
  g_free (self->message);
  g_free (self);
}

char *
stage_process_log_name (guint position, const char *stage)
{
  return g_strdup_printf (STAGE_PROCESS_LOG_FOLDER "/%02u-%s.log", position, stage);
}

/* @message: (transfer full) (nullable). */
static void
settle (StageChild *run, StageProcessVerdict verdict, char *message)
{
  run->result->verdict = verdict;
  g_free (run->result->message);
  run->result->message = message;
}

/* Opens the log below the workspace so that no symlink leads elsewhere and nothing can block.
 * Returns: descriptor, or -1 with errno. */
static int
open_log (StageChild *run)
{
  g_autofree char *folder = g_build_filename (run->workspace, STAGE_PROCESS_LOG_FOLDER, NULL);
  const char *name = strrchr (run->log_name, '/') + 1;
  struct stat info;
  int folder_fd = -1;
  int fd = -1;

  if (mkdir (folder, 0700) != 0 && errno != EEXIST)
    return -1;
  folder_fd = open (folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder_fd < 0)
    return -1;
  fd = openat (folder_fd, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
               0600);
  if (fd < 0)
    {
      int failure = errno;

      (void)close (folder_fd);
      errno = failure;
      return -1;
    }
  (void)close (folder_fd);
  /* The child shares the description: it must not see O_NONBLOCK. */
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && fcntl (fd, F_SETFL, O_APPEND) == 0)
    return fd;
  (void)close (fd);
  errno = EINVAL;
  return -1;
}

static void
write_header (int fd, const StageProcessSpec *spec)
{
  g_autofree char *now = utc_time_now ();
  g_autofree char *line = g_strdup_printf ("=== %s %s: attempt %u, run %s\n", now, spec->stage,
                                           spec->attempt, spec->run_id);

  if (write (fd, line, strlen (line)) < 0)
    g_debug ("%s: log: %s", spec->stage, g_strerror (errno)); /* the command will meet it too */
}

/* In the child between fork and exec: only async-signal-safe calls. A session of its own makes
 * the child the leader of its process group and keeps the terminal's Ctrl-C from it. A host that is
 * killed can't end its stages, so the kernel does: else the next run would start the same stage
 * beside them. It reaches the command itself only, not what that has started. */
static void
set_up_child (gpointer user_data)
{
  pid_t host = GPOINTER_TO_INT (user_data);
  sigset_t none;

  (void)setsid ();
  for (int number = 1; number < NSIG; number++)
    (void)signal (number, SIG_DFL);
  (void)sigemptyset (&none);
  (void)sigprocmask (SIG_SETMASK, &none, NULL);
  (void)prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != host)
    _exit (EXIT_FAILURE); /* it died before we asked */
}

static char **
make_environment (const StageProcessSpec *spec)
{
  g_autofree char *attempt = g_strdup_printf ("%u", spec->attempt);
  char **environment = g_get_environ ();

  for (gsize i = 0; spec->hidden_environment != NULL && spec->hidden_environment[i] != NULL; i++)
    environment = g_environ_unsetenv (environment, spec->hidden_environment[i]);
  environment = g_environ_setenv (environment, "PIPELINE_RUN_ID", spec->run_id, TRUE);
  environment = g_environ_setenv (environment, "PIPELINE_STAGE", spec->stage, TRUE);
  environment = g_environ_setenv (environment, "PIPELINE_WORKSPACE", spec->workspace, TRUE);
  return g_environ_setenv (environment, "PIPELINE_ATTEMPT", attempt, TRUE);
}

static char *
describe_start_error (const StageProcessSpec *spec, const GError *failure)
{
  const char *program = spec->argv[0];

  if (!g_file_test (spec->workspace, G_FILE_TEST_IS_DIR))
    return g_strdup_printf ("cannot start '%s': the workspace is gone", program);
  if (g_error_matches (failure, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
    return g_strdup_printf ("command not found: '%s' (or the interpreter it names): give a program "
                            "in PATH or a path; a relative one starts at the workspace",
                            program);
  if (g_error_matches (failure, G_SPAWN_ERROR, G_SPAWN_ERROR_ACCES))
    return g_strdup_printf ("cannot start '%s': it is not executable (chmod +x)", program);
  return g_strdup_printf ("cannot start '%s': %s", program, failure->message);
}

/* Returns: FALSE when nothing runs; then the result is settled. */
static gboolean
start (StageChild *run, const StageProcessSpec *spec)
{
  g_auto (GStrv) environment = NULL;
  g_autoptr (GError) local_error = NULL;
  gboolean is_started;
  int log_fd = open_log (run);

  if (log_fd < 0)
    {
      settle (run, STAGE_PROCESS_NEVER,
              g_strdup_printf ("cannot open its log %s: %s", run->log_name,
                               small_file_explain (errno)));
      return FALSE;
    }
  write_header (log_fd, spec);
  environment = make_environment (spec);
  /* Not GSubprocess: it forgets the number of a child that has ended, and a quick one has ended
   * before it returns (measured: a crash in a few hundred starts). */
  is_started = g_spawn_async_with_pipes_and_fds (
      spec->workspace, spec->argv, (const char *const *)environment,
      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, set_up_child, GINT_TO_POINTER (getpid ()),
      -1, log_fd, log_fd, NULL, NULL, 0, &run->group, NULL, NULL, NULL, &local_error);
  (void)close (log_fd);
  if (!is_started)
    {
      run->group = 0;
      settle (run, STAGE_PROCESS_NEVER, describe_start_error (spec, local_error));
      return FALSE;
    }
  process_group_remember (run->group);
  return TRUE;
}

/* Only while the leader is not reaped: then its number cannot belong to anybody else. */
static void
signal_group (StageChild *run, int signal_number)
{
  if (!run->is_reaped)
    process_group_signal (run->group, signal_number);
}

static void
kill_now (StageChild *run)
{
  run->killed = TRUE;
  run->kill_due_us = g_get_monotonic_time ();
  signal_group (run, SIGKILL);
}

static gboolean
on_grace_over (gpointer user_data)
{
  kill_now (user_data);
  return G_SOURCE_REMOVE;
}

static GSource *
attach (GSource *source, const char *name, GSourceFunc callback, StageChild *run)
{
  g_source_set_static_name (source, name);
  g_source_set_callback (source, callback, run, NULL);
  (void)g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static GSource *
attach_timer (gint64 delay_ms, const char *name, GSourceFunc callback, StageChild *run)
{
  /* Beyond 24 days a timer's guint would be too small: nothing waits that long. */
  return attach (g_timeout_source_new ((guint)CLAMP (delay_ms, 0, G_MAXINT)), name, callback, run);
}

/* SIGTERM now, SIGKILL after the grace. A second reason to end changes nothing. */
static void
terminate (StageChild *run)
{
  if (run->kill_due_us != 0)
    return;
  run->kill_due_us = g_get_monotonic_time () + run->grace_ms * 1000;
  signal_group (run, SIGTERM);
  signal_group (run, SIGCONT); /* a stopped process would not see it */
  drop_source (&run->timer);
  run->timer = attach_timer (run->grace_ms, "stage-process: grace", on_grace_over, run);
}

static gboolean on_timeout (gpointer user_data);

static void
arm_timeout (StageChild *run)
{
  drop_source (&run->timer);
  run->timeout_us = g_get_monotonic_time () + run->timeout_ms * 1000;
  run->timer = attach_timer (run->timeout_ms, "stage-process: timeout", on_timeout, run);
}

static gboolean
has_ended (const StageChild *run)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, (id_t)run->group, &info, WEXITED | WNOHANG | WNOWAIT) == 0
         && info.si_pid != 0;
}

static gboolean
on_timeout (gpointer user_data)
{
  StageChild *run = user_data;
  gint64 late_ms = (g_get_monotonic_time () - run->timeout_us) / 1000;

  if (has_ended (run))
    return G_SOURCE_REMOVE; /* meanwhile: the child watch is about to tell */
  if (late_ms > STAGE_PROCESS_LATE_MS)
    {
      arm_timeout (run);
      return G_SOURCE_REMOVE;
    }
  run->timed_out = TRUE;
  terminate (run);
  return G_SOURCE_REMOVE;
}

static gboolean
on_stop (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  StageChild *run = user_data;

  run->stopped = TRUE;
  terminate (run);
  return G_SOURCE_REMOVE;
}

static gboolean
on_kill (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  StageChild *run = user_data;

  run->stopped = TRUE;
  kill_now (run);
  return G_SOURCE_REMOVE;
}

/* Returns: (transfer full) (nullable): what is wrong with an output. */
static char *
check_output (const StageChild *run, const char *output)
{
  g_autofree char *path = g_build_filename (run->workspace, output, NULL);
  struct stat info;

  if (stat (path, &info) != 0)
    return g_strdup_printf ("ended well but its output '%s' is missing: %s", output,
                            g_strerror (errno));
  if (!S_ISREG (info.st_mode) && !S_ISDIR (info.st_mode))
    return g_strdup_printf ("ended well but its output '%s' is neither a file nor a folder",
                            output);
  return NULL;
}

static void
check_outputs (StageChild *run)
{
  for (char **output = run->outputs; output != NULL && *output != NULL; output++)
    {
      char *trouble = check_output (run, *output);

      if (trouble == NULL)
        continue;
      settle (run, STAGE_PROCESS_FAILED, trouble);
      return;
    }
}

static void
judge_exit_code (StageChild *run, int code)
{
  run->result->exit_code = code;
  if (code == 0)
    settle (run, STAGE_PROCESS_DONE, NULL);
  else if (code == STAGE_PROCESS_EXIT_TRY_AGAIN)
    settle (run, STAGE_PROCESS_TRY_AGAIN,
            g_strdup_printf ("exit code %d: asks to be tried again; see %s", code, run->log_name));
  else if (code == STAGE_PROCESS_EXIT_NEVER)
    settle (run, STAGE_PROCESS_NEVER,
            g_strdup_printf ("exit code %d: trying again is of no use; see %s", code,
                             run->log_name));
  else
    settle (run, STAGE_PROCESS_FAILED,
            g_strdup_printf ("exit code %d; see %s", code, run->log_name));
}

static void
judge_signal (StageChild *run, int number)
{
  const char *name = sigabbrev_np (number);

  run->result->signal_number = number;
  if (name != NULL)
    settle (run, STAGE_PROCESS_FAILED,
            g_strdup_printf ("killed by SIG%s; see %s", name, run->log_name));
  else
    settle (run, STAGE_PROCESS_FAILED,
            g_strdup_printf ("killed by signal %d; see %s", number, run->log_name));
}

/* How the leader ended; if we ended it, that is the reason whatever its exit code says. */
static void
judge (StageChild *run)
{
  if (WIFEXITED (run->wait_status))
    judge_exit_code (run, WEXITSTATUS (run->wait_status));
  else
    judge_signal (run, WTERMSIG (run->wait_status));
  if (run->stopped)
    settle (run, STAGE_PROCESS_STOPPED, NULL);
  else if (run->timed_out)
    {
      g_autofree char *limit = duration_to_string (run->timeout_ms);

      settle (run, STAGE_PROCESS_TIMED_OUT,
              g_strdup_printf ("took longer than its timeout of %s%s; see %s", limit,
                               run->killed ? " and had to be killed" : "", run->log_name));
    }
}

static void
complete (GTask *task)
{
  StageChild *run = g_task_get_task_data (task);

  drop_sources (run);
  process_group_forget (run->group);
  run->result->duration_ms = (g_get_monotonic_time () - run->started_us) / 1000;
  g_task_return_pointer (task, g_steal_pointer (&run->result),
                         (GDestroyNotify)stage_process_exit_free);
  g_object_unref (task);
}

static void
on_group_gone (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  StageChild *run = g_task_get_task_data (task);
  g_autoptr (GError) local_error = NULL;

  if (!process_group_end_finish (result, &local_error))
    settle (run, STAGE_PROCESS_FAILED, g_strdup (local_error->message));
  if (run->result->verdict == STAGE_PROCESS_DONE)
    check_outputs (run);
  complete (task);
}

static void
on_exited (GPid pid, int wait_status, gpointer user_data)
{
  GTask *task = user_data;
  StageChild *run = g_task_get_task_data (task);
  gint64 grace_ms = run->grace_ms;

  g_spawn_close_pid (pid);
  run->is_reaped = TRUE;
  run->wait_status = wait_status;
  drop_sources (run);
  judge (run);
  if (run->kill_due_us != 0)
    grace_ms = MAX (0, (run->kill_due_us - g_get_monotonic_time ()) / 1000);
  process_group_end_async (run->group, grace_ms, run->kill, on_group_gone, task);
}

static void
watch_child (StageChild *run, GTask *task)
{
  g_autoptr (GSource) source = g_child_watch_source_new (run->group);

  g_source_set_static_name (source, "stage-process: child");
  g_source_set_callback (source, G_SOURCE_FUNC (on_exited), task, NULL);
  (void)g_source_attach (source, g_main_context_get_thread_default ());
}

static StageChild *
stage_run_new (const StageProcessSpec *spec, GCancellable *kill)
{
  StageChild *run = g_new0 (StageChild, 1);

  run->workspace = g_strdup (spec->workspace);
  run->log_name = stage_process_log_name (spec->position, spec->stage);
  run->outputs = g_strdupv ((char **)spec->outputs);
  run->timeout_ms = spec->timeout_ms;
  run->grace_ms = spec->grace_ms > 0 ? spec->grace_ms : STAGE_PROCESS_GRACE_MS;
  run->kill = kill != NULL ? g_object_ref (kill) : NULL;
  run->started_us = g_get_monotonic_time ();
  run->result = g_new0 (StageProcessExit, 1);
  run->result->exit_code = -1;
  return run;
}

void
stage_process_run_async (const StageProcessSpec *spec,
                         GCancellable *stop,
                         GCancellable *kill,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  StageChild *run = stage_run_new (spec, kill);

  g_task_set_task_data (task, run, stage_run_free);
  if (g_cancellable_is_cancelled (stop) || g_cancellable_is_cancelled (kill))
    {
      settle (run, STAGE_PROCESS_STOPPED, NULL);
      complete (task);
      return;
    }
  if (!start (run, spec))
    {
      complete (task);
      return;
    }
  if (run->timeout_ms > 0)
    arm_timeout (run);
  if (stop != NULL)
    run->stop_source = attach (g_cancellable_source_new (stop), "stage-process: stop",
                               G_SOURCE_FUNC (on_stop), run);
  if (kill != NULL)
    run->kill_source = attach (g_cancellable_source_new (kill), "stage-process: kill",
                               G_SOURCE_FUNC (on_kill), run);
  watch_child (run, task);
}

StageProcessExit *
stage_process_run_finish (GAsyncResult *result)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

static gint64
try_again_delay_ms (guint attempt)
{
  gint64 delay_ms = STAGE_PROCESS_TRY_AGAIN_FIRST_DELAY_MS;

  for (guint i = 1; i < attempt && delay_ms < STAGE_PROCESS_TRY_AGAIN_MAX_DELAY_MS; i++)
    delay_ms *= 2;
  return MIN (delay_ms, STAGE_PROCESS_TRY_AGAIN_MAX_DELAY_MS);
}

StageProcessNext
stage_process_next (StageProcessVerdict verdict, guint attempt, guint retries)
{
  StageProcessNext next = { STAGE_PROCESS_NEXT_FAIL, 0 };

  switch (verdict)
    {
    case STAGE_PROCESS_DONE:
      next.step = STAGE_PROCESS_NEXT_STAGE;
      break;
    case STAGE_PROCESS_STOPPED:
      next.step = STAGE_PROCESS_NEXT_STOP;
      break;
    case STAGE_PROCESS_NEVER:
      break;
    case STAGE_PROCESS_TRY_AGAIN:
      if (attempt > MAX (retries, STAGE_PROCESS_TRY_AGAIN_RETRIES))
        break;
      next.step = STAGE_PROCESS_NEXT_RETRY;
      next.delay_ms = try_again_delay_ms (attempt);
      break;
    case STAGE_PROCESS_FAILED:
    case STAGE_PROCESS_TIMED_OUT:
      if (attempt <= retries)
        next.step = STAGE_PROCESS_NEXT_RETRY;
      break;
    }
  return next;
}
