/* SPDX-License-Identifier: MIT */
/*
 * lab.c: see lab.h. Output goes to files, not pipes, so that a stage that outlives its runner
 * cannot keep a test waiting for the end of a pipe. Not GSubprocess: its thread inside GLib, which
 * ThreadSanitizer can't see into, would be reported.
 */
#include "tests/integration/host/lab.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <json-c/json.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_US (60 * G_TIME_SPAN_SECOND)
#define LOOK_US 2000

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LEAK_CHECKER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_LEAK_CHECKER 1
#endif

struct _Lab
{
  char *root;         /* (owned) holds the workspace and the outputs */
  char *folder;       /* (owned) */
  char **environment; /* (owned) */
  GPid process;       /* 0 = none */
  int wait_status;
};

static int
remove_entry (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  (void)st;
  (void)type;
  (void)ftw;
  (void)g_remove (path);
  return 0;
}

Lab *
lab_new (void)
{
  Lab *self = g_new0 (Lab, 1);
  g_auto (GStrv) names = NULL;

  self->root = g_dir_make_tmp ("lab-XXXXXX", NULL);
  g_assert_nonnull (self->root);
  self->folder = g_build_filename (self->root, "reel", NULL);
  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);

  self->environment = g_get_environ ();
  names = g_listenv ();
  for (gsize i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], "PIPELINE_") || g_str_has_prefix (names[i], "LIAR_"))
      self->environment = g_environ_unsetenv (self->environment, names[i]);
  lab_setenv (self, "PIPELINE_PLUGIN_PATH", TEST_ABI_DIR);
  lab_setenv (self, "LC_ALL", "C.UTF-8");
#ifdef HAS_LEAK_CHECKER
  /* The leak checker traces its own process, which only root may do to an undumpable one. */
  lab_setenv (self, "PIPELINE_ALLOW_CORE", "1");
#endif
  return self;
}

static gboolean
has_ended (Lab *self)
{
  return waitpid (self->process, &self->wait_status, WNOHANG) == self->process;
}

static void
wait_ended (Lab *self)
{
  gint64 end_us = g_get_monotonic_time () + DEADLINE_US;

  while (!has_ended (self))
    {
      if (g_get_monotonic_time () > end_us)
        g_error ("pipeline_runner did not end");
      g_usleep (LOOK_US);
    }
  self->process = 0;
}

void
lab_free (Lab *self)
{
  if (self == NULL)
    return;
  if (self->process != 0)
    {
      lab_signal (self, SIGKILL);
      wait_ended (self);
    }
  (void)nftw (self->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  g_strfreev (self->environment);
  g_free (self->folder);
  g_free (self->root);
  g_free (self);
}

const char *
lab_folder (const Lab *self)
{
  return self->folder;
}

void
lab_setenv (Lab *self, const char *name, const char *value)
{
  self->environment = g_environ_setenv (self->environment, name, value, TRUE);
}

void
lab_write (Lab *self, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

char *
lab_read (Lab *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

gboolean
lab_has (Lab *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
await_path (const char *path, const char *text)
{
  gint64 end_us = g_get_monotonic_time () + DEADLINE_US;
  g_autofree char *seen = NULL;

  while (!g_file_get_contents (path, &seen, NULL, NULL) || strstr (seen, text) == NULL)
    {
      if (g_get_monotonic_time () > end_us)
        g_error ("never saw \"%s\" in %s, which holds \"%s\"", text, path,
                 seen != NULL ? seen : "nothing");
      g_clear_pointer (&seen, g_free);
      g_usleep (LOOK_US);
    }
}

void
lab_await (Lab *self, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  await_path (path, text);
}

void
lab_await_err (Lab *self, const char *text)
{
  g_autofree char *path = g_build_filename (self->root, "err", NULL);

  await_path (path, text);
}

static int
open_output (const char *path)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

void
lab_start (Lab *self, const char *line)
{
  g_autofree char *out = g_build_filename (self->root, "out", NULL);
  g_autofree char *err = g_build_filename (self->root, "err", NULL);
  g_autofree char *runner = g_shell_quote (TEST_RUNNER);
  g_autofree char *whole = g_strconcat (runner, " ", line, NULL);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  int out_fd = open_output (out);
  int err_fd = open_output (err);

  g_assert_cmpint (self->process, ==, 0);
  g_assert_true (g_shell_parse_argv (whole, NULL, &argv, NULL));
  g_spawn_async_with_fds (self->folder, argv, self->environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                          NULL, &self->process, -1, out_fd, err_fd, &error);
  g_assert_no_error (error);
  (void)close (out_fd);
  (void)close (err_fd);
}

void
lab_signal (Lab *self, int signal_number)
{
  g_assert_cmpint (kill (self->process, signal_number), ==, 0);
}

LabResult *
lab_finish (Lab *self)
{
  LabResult *result = g_new0 (LabResult, 1);
  g_autofree char *out = g_build_filename (self->root, "out", NULL);
  g_autofree char *err = g_build_filename (self->root, "err", NULL);

  wait_ended (self);
  if (WIFEXITED (self->wait_status))
    result->code = WEXITSTATUS (self->wait_status);
  else
    result->code = 128 + WTERMSIG (self->wait_status);
  g_assert_true (g_file_get_contents (out, &result->out, NULL, NULL));
  g_assert_true (g_file_get_contents (err, &result->err, NULL, NULL));
  return result;
}

LabResult *
lab_run (Lab *self, const char *line)
{
  lab_start (self, line);
  return lab_finish (self);
}

void
lab_result_free (LabResult *result)
{
  if (result == NULL)
    return;
  g_free (result->out);
  g_free (result->err);
  g_free (result);
}

void
lab_assert_code (const LabResult *result, int code)
{
  if (result->code != code)
    g_error ("exit code %d instead of %d\nstdout:\n%s\nstderr:\n%s", result->code, code,
             result->out, result->err);
}

void
lab_assert_in (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("no \"%s\" in:\n%s", part, text);
}

static gboolean
lives (Lab *self, const char *pid_file)
{
  g_autofree char *pid = g_strchomp (lab_read (self, pid_file));
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *stat = NULL;

  return g_file_get_contents (path, &stat, NULL, NULL) && strstr (stat, ") Z ") == NULL;
}

void
lab_assert_gone (Lab *self, const char *pid_file)
{
  if (lives (self, pid_file))
    g_error ("the process of %s lives on", pid_file);
}

void
lab_await_gone (Lab *self, const char *pid_file)
{
  gint64 end_us = g_get_monotonic_time () + DEADLINE_US;

  while (lives (self, pid_file))
    {
      if (g_get_monotonic_time () > end_us)
        g_error ("the process of %s lives on", pid_file);
      g_usleep (LOOK_US);
    }
}

char *
lab_json (const char *text, const char *path)
{
  struct json_tokener *tokener = json_tokener_new ();
  struct json_object *root = NULL;
  struct json_object *found = NULL;
  g_auto (GStrv) steps = g_strsplit (path, ".", -1);
  char *answer = NULL;

  root = json_tokener_parse_ex (tokener, text, -1);
  if (json_tokener_get_error (tokener) != json_tokener_success
      || strspn (text + json_tokener_get_parse_end (tokener), " \n")
             != strlen (text + json_tokener_get_parse_end (tokener)))
    g_error ("not exactly one JSON document: %s", text);

  found = root;
  for (gsize i = 0; steps[i] != NULL && found != NULL; i++)
    if (json_object_is_type (found, json_type_array))
      found = json_object_array_get_idx (found, (gsize)g_ascii_strtoull (steps[i], NULL, 10));
    else if (!json_object_object_get_ex (found, steps[i], &found))
      {
        found = NULL;
        break;
      }
  answer = g_strdup (found != NULL ? json_object_get_string (found) : "(none)");
  json_object_put (root);
  json_tokener_free (tokener);
  return answer;
}
