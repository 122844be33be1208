/* SPDX-License-Identifier: MIT */
/*
 * EmulatorClient: a veo3_emulator as a child process of a test.
 *
 * Thread model: used by one thread; waits with poll() and short waits on the child, so it neither
 * needs nor iterates a GMainContext of the caller. It must not know any wire protocol.
 */
#include "tests/emulator/emulator-client.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef TEST_EMULATOR_PROGRAM
#error "TEST_EMULATOR_PROGRAM must name the built veo3_emulator"
#endif

#define WAIT_STEP_MS 5u
#define MAX_FIRST_LINE_BYTES 512u

struct _EmulatorClient
{
  GPid pid;           /* 0 = not running */
  int stdin_fd;       /* its end of file ends the emulator */
  int stdout_fd;      /* one line: the base URL */
  gchar *folder;      /* (owned) (const after start) */
  gchar *log_path;    /* (owned) (const after start) */
  gchar *stderr_path; /* (owned) (const after start) what it complains about */
  gchar *base_url;    /* (owned) (const after start) */
  guint16 port;       /* (const after start) */
};

static gint64
deadline_from_now_us (guint timeout_ms)
{
  return g_get_monotonic_time () + (gint64)timeout_ms * 1000;
}

/* The arguments of the child; the caller's own options come last. */
static gchar **
build_arguments (EmulatorClient *self, const gchar *const *options, const gchar *scenario_path)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add_many (builder, TEST_EMULATOR_PROGRAM, "--until-stdin-closes", "--log",
                           self->log_path, NULL);
  if (scenario_path != NULL)
    g_strv_builder_add_many (builder, "--scenario", scenario_path, NULL);
  for (gsize i = 0; options != NULL && options[i] != NULL; i++)
    g_strv_builder_add (builder, options[i]);
  return g_strv_builder_end (builder);
}

static gboolean
prepare_folder (EmulatorClient *self,
                const gchar *scenario,
                gchar **ret_scenario_path,
                GError **error)
{
  g_autofree gchar *scenario_path = NULL;

  self->folder = g_dir_make_tmp ("veo3-emulator-test-XXXXXX", error);
  if (self->folder == NULL)
    return FALSE;
  self->log_path = g_build_filename (self->folder, "requests.jsonl", NULL);
  self->stderr_path = g_build_filename (self->folder, "stderr.txt", NULL);
  if (scenario == NULL)
    return TRUE;
  scenario_path = g_build_filename (self->folder, "scenario.ini", NULL);
  if (!g_file_set_contents (scenario_path, scenario, -1, error))
    return FALSE;
  *ret_scenario_path = g_steal_pointer (&scenario_path);
  return TRUE;
}

/* Reaps the child when it has ended. */
static gboolean
has_ended (EmulatorClient *self, int *ret_wait_status)
{
  int wait_status = 0;
  pid_t got;

  do
    got = waitpid (self->pid, &wait_status, WNOHANG);
  while (got < 0 && errno == EINTR);
  if (got == 0)
    return FALSE;
  g_spawn_close_pid (self->pid);
  self->pid = 0;
  *ret_wait_status = wait_status;
  return TRUE;
}

static gboolean
wait_until_ended (EmulatorClient *self, guint timeout_ms, int *ret_wait_status)
{
  const gint64 deadline_us = deadline_from_now_us (timeout_ms);

  while (!has_ended (self, ret_wait_status))
    {
      if (g_get_monotonic_time () > deadline_us)
        return FALSE;
      g_usleep (WAIT_STEP_MS * 1000);
    }
  return TRUE;
}

/* Reads the first line of the child's output: its base URL, or nothing when it refused to start. */
static gchar *
read_first_line (EmulatorClient *self, guint timeout_ms, GError **error)
{
  const gint64 deadline_us = deadline_from_now_us (timeout_ms);
  g_autoptr (GString) line = g_string_new (NULL);

  while (line->len < MAX_FIRST_LINE_BYTES)
    {
      struct pollfd item = { .fd = self->stdout_fd, .events = POLLIN };
      const gint64 left_us = deadline_us - g_get_monotonic_time ();
      gchar byte = 0;
      gssize got;

      if (left_us <= 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       "veo3_emulator did not listen within %u ms", timeout_ms);
          return NULL;
        }
      if (poll (&item, 1, (int)(left_us / 1000) + 1) <= 0)
        continue;
      got = read (self->stdout_fd, &byte, 1);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0 || byte == '\n')
        break;
      g_string_append_c (line, byte);
    }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

static gchar *
read_complaints (EmulatorClient *self)
{
  gchar *words = NULL;

  if (!g_file_get_contents (self->stderr_path, &words, NULL, NULL))
    return g_strdup ("");
  return g_strchomp (words);
}

/* What the child said on standard error before it gave up. */
static void
set_refusal_error (EmulatorClient *self, GError **error)
{
  g_autofree gchar *words = NULL;
  int wait_status = 0;

  if (!wait_until_ended (self, EMULATOR_CLIENT_STOP_DEADLINE_MS, &wait_status))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "veo3_emulator printed no URL");
      return;
    }
  words = read_complaints (self);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "veo3_emulator ended with status %d: %s",
               WIFEXITED (wait_status) ? WEXITSTATUS (wait_status) : -1, words);
}

/* A critical warning inside the emulator must not pass unseen: it ends it, and so the test. */
static gchar **
build_environment (void)
{
  return g_environ_setenv (g_get_environ (), "G_DEBUG", "fatal-criticals", TRUE);
}

static gboolean
spawn (EmulatorClient *self, gchar **arguments, GError **error)
{
  g_auto (GStrv) environment = build_environment ();
  int pipe_in[2] = { -1, -1 };
  int pipe_out[2] = { -1, -1 };
  int stderr_fd = -1;
  gboolean ok = FALSE;

  if (!g_unix_open_pipe (pipe_in, FD_CLOEXEC, error))
    return FALSE;
  self->stdin_fd = pipe_in[1];
  if (g_unix_open_pipe (pipe_out, FD_CLOEXEC, error))
    {
      self->stdout_fd = pipe_out[0];
      stderr_fd = open (self->stderr_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      ok = g_spawn_async_with_fds (NULL, arguments, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                   NULL, &self->pid, pipe_in[0], pipe_out[1], stderr_fd, error);
      close (pipe_out[1]);
    }
  close (pipe_in[0]);
  if (stderr_fd >= 0)
    close (stderr_fd);
  return ok;
}

static gboolean
adopt_base_url (EmulatorClient *self, gchar *line, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (line, G_URI_FLAGS_NONE, error);

  if (uri == NULL)
    {
      g_prefix_error (error, "veo3_emulator printed '%s': ", line);
      return FALSE;
    }
  self->port = (guint16)g_uri_get_port (uri);
  self->base_url = g_strdup (line);
  return TRUE;
}

EmulatorClient *
emulator_client_start (const gchar *const *options, const gchar *scenario, GError **error)
{
  g_autoptr (EmulatorClient) self = g_new0 (EmulatorClient, 1);
  g_autofree gchar *scenario_path = NULL;
  g_autofree gchar *line = NULL;
  g_auto (GStrv) arguments = NULL;

  self->stdin_fd = -1;
  self->stdout_fd = -1;
  if (!prepare_folder (self, scenario, &scenario_path, error))
    return NULL;
  arguments = build_arguments (self, options, scenario_path);
  if (!spawn (self, arguments, error))
    return NULL;
  line = read_first_line (self, EMULATOR_CLIENT_START_DEADLINE_MS, error);
  if (line == NULL)
    return NULL;
  if (*line == '\0')
    {
      set_refusal_error (self, error);
      return NULL;
    }
  if (!adopt_base_url (self, line, error))
    return NULL;
  return g_steal_pointer (&self);
}

const gchar *
emulator_client_get_base_url (EmulatorClient *self)
{
  return self->base_url;
}

guint16
emulator_client_get_port (EmulatorClient *self)
{
  return self->port;
}

const gchar *
emulator_client_get_folder (EmulatorClient *self)
{
  return self->folder;
}

const gchar *
emulator_client_get_log_path (EmulatorClient *self)
{
  return self->log_path;
}

static void
put_entry (gpointer entry)
{
  json_object_put (entry);
}

GPtrArray *
emulator_client_read_log (EmulatorClient *self, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (put_entry);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (self->log_path, &text, NULL, error))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      json_object *entry = NULL;

      if (*lines[i] == '\0')
        continue;
      entry = json_tokener_parse (lines[i]);
      if (!json_object_is_type (entry, json_type_object))
        {
          json_object_put (entry);
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "line %" G_GSIZE_FORMAT " of the request log is no JSON object", i + 1);
          return NULL;
        }
      g_ptr_array_add (entries, entry);
    }
  return g_steal_pointer (&entries);
}

static gboolean
entry_matches (json_object *entry, const gchar *kind, const gchar *substring)
{
  if (kind != NULL && g_strcmp0 (emulator_log_string (entry, "kind"), kind) != 0)
    return FALSE;
  return substring == NULL
         || strstr (json_object_to_json_string_ext (entry, JSON_C_TO_STRING_NOSLASHESCAPE),
                    substring)
                != NULL;
}

static gboolean
try_count (EmulatorClient *self,
           const gchar *kind,
           const gchar *substring,
           guint *ret_count,
           GError **error)
{
  g_autoptr (GPtrArray) entries = emulator_client_read_log (self, error);
  guint count = 0;

  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    count += entry_matches (g_ptr_array_index (entries, i), kind, substring) ? 1 : 0;
  *ret_count = count;
  return TRUE;
}

guint
emulator_client_count (EmulatorClient *self, const gchar *kind, const gchar *substring)
{
  g_autoptr (GError) error = NULL;
  guint count = 0;

  (void)try_count (self, kind, substring, &count, &error);
  g_assert_no_error (error);
  return count;
}

gboolean
emulator_client_wait_for_requests (EmulatorClient *self,
                                   const gchar *kind,
                                   guint count,
                                   guint timeout_ms,
                                   GError **error)
{
  const gint64 deadline_us = deadline_from_now_us (timeout_ms);
  guint seen = 0;

  while (TRUE)
    {
      if (!try_count (self, kind, NULL, &seen, error))
        return FALSE;
      if (seen >= count)
        return TRUE;
      if (g_get_monotonic_time () > deadline_us)
        break;
      g_usleep (WAIT_STEP_MS * 1000);
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%u of %u '%s' requests within %u ms", seen,
               count, kind != NULL ? kind : "any", timeout_ms);
  return FALSE;
}

gboolean
emulator_client_stop (EmulatorClient *self, GError **error)
{
  int wait_status = 0;

  if (self->pid == 0)
    return TRUE;
  (void)kill (self->pid, SIGTERM);
  if (!wait_until_ended (self, EMULATOR_CLIENT_STOP_DEADLINE_MS, &wait_status))
    {
      (void)kill (self->pid, SIGKILL);
      (void)wait_until_ended (self, EMULATOR_CLIENT_STOP_DEADLINE_MS, &wait_status);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "veo3_emulator did not end within %d ms of SIGTERM",
                   EMULATOR_CLIENT_STOP_DEADLINE_MS);
      return FALSE;
    }
  if (!g_spawn_check_wait_status (wait_status, error))
    {
      g_autofree gchar *words = read_complaints (self);

      g_prefix_error (error, "veo3_emulator said '%s': ", words);
      return FALSE;
    }
  return TRUE;
}

static void
remove_folder (const gchar *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      (void)g_unlink (path);
    }
  (void)g_rmdir (folder);
}

void
emulator_client_free (EmulatorClient *self)
{
  g_autoptr (GError) local_error = NULL;

  if (self == NULL)
    return;
  if (!emulator_client_stop (self, &local_error))
    g_warning ("%s, continuing", local_error->message);
  if (self->stdin_fd >= 0)
    close (self->stdin_fd);
  if (self->stdout_fd >= 0)
    close (self->stdout_fd);
  if (self->folder != NULL)
    remove_folder (self->folder);
  g_free (self->folder);
  g_free (self->log_path);
  g_free (self->stderr_path);
  g_free (self->base_url);
  g_free (self);
}

/* Walks "a/0/b" down from an entry. */
static json_object *
find_member (json_object *entry, const gchar *member)
{
  g_auto (GStrv) steps = g_strsplit (member, "/", -1);
  json_object *node = entry;

  for (gsize i = 0; steps[i] != NULL && node != NULL; i++)
    {
      json_object *child = NULL;

      if (json_object_is_type (node, json_type_array))
        child = json_object_array_get_idx (node, (gsize)g_ascii_strtoull (steps[i], NULL, 10));
      else if (json_object_is_type (node, json_type_object))
        (void)json_object_object_get_ex (node, steps[i], &child);
      node = child;
    }
  return node;
}

const gchar *
emulator_log_string (json_object *entry, const gchar *member)
{
  json_object *node = find_member (entry, member);

  return json_object_is_type (node, json_type_string) ? json_object_get_string (node) : NULL;
}

gint64
emulator_log_int (json_object *entry, const gchar *member)
{
  json_object *node = find_member (entry, member);

  if (json_object_is_type (node, json_type_boolean))
    return json_object_get_boolean (node) ? 1 : 0;
  return json_object_is_type (node, json_type_int) ? json_object_get_int64 (node) : -1;
}
