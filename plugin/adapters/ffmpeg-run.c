/* SPDX-License-Identifier: MIT */
/*
 * ffmpeg as a child. Lives on the worker's context: one source for the timer, one for the
 * cancellation, one for the child's end, which alone completes the run. The child is given its two
 * files as descriptors, so that no name is looked up twice and nothing else of ours is open in it.
 * Must not use a shell, and must not hand on our environment: there are keys in it.
 */
#include "plugin/adapters/ffmpeg-run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "plugin/adapters/server-text.h"

#define PROGRAM "ffmpeg"
#define IN_FD 3
#define OUT_FD 4

/* What is kept of its complaints; memory that cannot grow, so that it can complain for ever. */
#define SAID_BYTES 4096
#define SHOWN_CHARS 300

typedef struct
{
  GSubprocess *process; /* (owned) (nullable) */
  GSource *timer;       /* (owned) (nullable) */
  GSource *cancelled;   /* (owned) (nullable) */
  int said_fd;          /* (owned) -1 = none */
  GError *error;        /* (owned) (nullable) why it was ended, or never begun */
  FfmpegRunFunc callback;
  gpointer user_data; /* (borrowed) */
} FfmpegRun;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
finish (FfmpegRun *self)
{
  drop_source (&self->timer);
  drop_source (&self->cancelled);
  self->callback (self->error, self->user_data);
  g_clear_object (&self->process);
  g_clear_error (&self->error);
  if (self->said_fd >= 0)
    (void)close (self->said_fd);
  g_free (self);
}

/* ---- how it ends ---- */

/* The last line that it wrote, which says most; it may quote the clip's own bytes. */
static char *
read_said (const FfmpegRun *self)
{
  char said[SAID_BYTES + 1] = "";
  ssize_t n = pread (self->said_fd, said, SAID_BYTES, 0);
  char *last = NULL;

  said[MAX (n, 0)] = '\0';
  g_strchomp (said);
  last = strrchr (said, '\n');
  last = last != NULL ? last + 1 : said;
  return server_text_clean (last, strlen (last), SHOWN_CHARS, NULL);
}

static void
explain_end (FfmpegRun *self)
{
  g_autofree char *said = read_said (self);

  if (g_subprocess_get_if_signaled (self->process))
    g_set_error (&self->error, G_IO_ERROR, G_IO_ERROR_FAILED, PROGRAM " was ended by signal %d",
                 g_subprocess_get_term_sig (self->process));
  else if (g_subprocess_get_exit_status (self->process) != 0)
    g_set_error (&self->error, G_IO_ERROR, G_IO_ERROR_FAILED, PROGRAM " failed with status %d%s%s",
                 g_subprocess_get_exit_status (self->process), *said != '\0' ? ": " : "", said);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FfmpegRun *self = user_data;

  (void)g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  if (self->error == NULL)
    explain_end (self);
  finish (self);
}

static void
kill_it (FfmpegRun *self, GIOErrorEnum code, const char *message)
{
  if (self->error == NULL)
    g_set_error_literal (&self->error, G_IO_ERROR, (gint)code, message);
  g_subprocess_force_exit (self->process);
}

static gboolean
on_time (gpointer user_data)
{
  kill_it (user_data, G_IO_ERROR_TIMED_OUT, PROGRAM " took too long and was ended");
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  (void)cancellable;
  kill_it (user_data, G_IO_ERROR_CANCELLED, "cancelled");
  return G_SOURCE_REMOVE;
}

/* ---- how it begins ---- */

/* Between fork and exec: async-signal-safe calls only. The worker's thread takes no signals, its
 * child must; Ctrl-C is the host's to handle; and nobody stays behind when we are killed. */
static void
prepare_child (gpointer user_data)
{
  sigset_t none;

  (void)user_data;
  (void)sigemptyset (&none);
  (void)sigprocmask (SIG_SETMASK, &none, NULL);
  (void)setpgid (0, 0);
  (void)prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

static int
make_said (void)
{
  int fd = memfd_create ("ffmpeg-said", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && (ftruncate (fd, SAID_BYTES) != 0 || fcntl (fd, F_ADD_SEALS, F_SEAL_GROW) != 0))
    {
      (void)close (fd);
      return -1;
    }
  return fd;
}

static gboolean
give_files (const FfmpegRun *self,
            GSubprocessLauncher *launcher,
            const FfmpegRunOptions *options,
            GError **error)
{
  const int given[] = { options->in_fd, options->out_fd, self->said_fd };
  int copies[G_N_ELEMENTS (given)];

  for (gsize i = 0; i < G_N_ELEMENTS (given); i++)
    {
      copies[i] = fcntl (given[i], F_DUPFD_CLOEXEC, OUT_FD + 1);
      if (copies[i] >= 0)
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, PROGRAM " cannot be started: %s",
                   g_strerror (errno));
      while (i-- > 0)
        (void)close (copies[i]);
      return FALSE;
    }
  g_subprocess_launcher_take_fd (launcher, copies[0], IN_FD);
  g_subprocess_launcher_take_fd (launcher, copies[1], OUT_FD);
  g_subprocess_launcher_take_stderr_fd (launcher, copies[2]);
  return TRUE;
}

static void
set_environment (GSubprocessLauncher *launcher)
{
  static const char *const kept[] = { "PATH", "LD_LIBRARY_PATH" };
  g_auto (GStrv) environment = g_new0 (char *, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if (g_getenv (kept[i]) != NULL)
      environment = g_environ_setenv (environment, kept[i], g_getenv (kept[i]), TRUE);
  g_subprocess_launcher_set_environ (launcher, environment);
}

/* The input's kind is said, for ffmpeg would otherwise guess: a playlist in disguise would make it
 * read other files. */
static gboolean
start (FfmpegRun *self, const FfmpegRunOptions *options, GError **error)
{
  g_autofree char *program = g_find_program_in_path (PROGRAM);
  const char *const argv[] = { program,
                               "-nostdin",
                               "-v",
                               "error",
                               "-protocol_whitelist",
                               "file",
                               "-f",
                               "mp4",
                               "-i",
                               "/proc/self/fd/3",
                               "-map",
                               "0:v",
                               "-c",
                               "copy",
                               "-an",
                               "-movflags",
                               "+faststart",
                               "-f",
                               "mp4",
                               "-y",
                               "/proc/self/fd/4",
                               NULL };
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

  if (program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, PROGRAM " is not installed");
      return FALSE;
    }
  self->said_fd = make_said ();
  if (self->said_fd < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, PROGRAM " cannot be started: %s",
                   g_strerror (errno));
      return FALSE;
    }
  if (!give_files (self, launcher, options, error))
    return FALSE;
  set_environment (launcher);
  g_subprocess_launcher_set_cwd (launcher, "/");
  g_subprocess_launcher_set_child_setup (launcher, prepare_child, NULL, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, error);
  return self->process != NULL;
}

static GSource *
attach (GSource *source, const char *name, GSourceFunc func, FfmpegRun *self, GMainContext *context)
{
  g_source_set_static_name (source, name);
  g_source_set_callback (source, func, self, NULL);
  (void)g_source_attach (source, context);
  return source;
}

static gboolean
on_not_started (gpointer user_data)
{
  finish (user_data);
  return G_SOURCE_REMOVE;
}

void
ffmpeg_run_start (const FfmpegRunOptions *options, FfmpegRunFunc callback, gpointer user_data)
{
  FfmpegRun *self = g_new0 (FfmpegRun, 1);

  g_assert (g_main_context_is_owner (options->context));
  self->said_fd = -1;
  self->callback = callback;
  self->user_data = user_data;
  if (!start (self, options, &self->error))
    {
      self->timer = attach (g_idle_source_new (), "ffmpeg-not-started", on_not_started, self,
                            options->context);
      return;
    }
  self->timer = attach (g_timeout_source_new (options->timeout_ms), "ffmpeg-timer", on_time, self,
                        options->context);
  if (options->cancellable != NULL)
    self->cancelled = attach (g_cancellable_source_new (options->cancellable), "ffmpeg-cancel",
                              G_SOURCE_FUNC (on_cancelled), self, options->context);
  /* The answer comes on the thread-default context of this moment. */
  g_main_context_push_thread_default (options->context);
  g_subprocess_wait_async (self->process, NULL, on_ended, self);
  g_main_context_pop_thread_default (options->context);
}
