/* SPDX-License-Identifier: MIT */
/*
 * Tests of AudioStripPort around FakeVeo3Adapter, whose clips have sound: a clip loses its sound or
 * keeps it, but it is never lost, and its name appears only when it is whole. ffmpeg is the real
 * one, or a script of that name that does what a test wants. Single-threaded, a context of its own.
 */
#include "plugin/adapters/audio-strip-port.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/adapters/fake-veo3-adapter.h"
#include "plugin/adapters/mp4-media.h"
#include "tests/unit/application/test-wait.h"
#include "tests/unit/application/test-workspace.h"

#define CLIP "x.mp4"
#define URI "fake/clips/run_x"
#define MUTE_PART "." CLIP ".mute.part"
#define CANARY "canary-9f3b"

/* What the callback was told, copied. */
typedef struct
{
  gboolean is_called;
  guint n_calls;
  Veo3DownloadResult result;
  char *sha256;  /* (owned) (nullable) */
  char *message; /* (owned) (nullable) */
} Answer;

typedef struct
{
  GMainContext *context;
  TestWorkspace *workspace; /* clips */
  TestWorkspace *programs;  /* scripts, scenario, what they write */
  VideoGenerationPort *port;
  GCancellable *cancellable;
  Answer answer;
  char *path;       /* (owned) of the environment */
  char *sound_name; /* (owned) */
} Fixture;

/* @timeout_ms: for ffmpeg. @lines: of the scenario. */
static void
make_port (Fixture *f, guint timeout_ms, const char *lines)
{
  g_autofree char *text = g_strdup_printf ("[fake]\ndownload-delay=0ms\n%s\n", lines);
  g_autofree char *path = test_workspace_path (f->programs, "scenario.ini");
  g_autoptr (GError) error = NULL;
  FakeScenario *scenario;

  test_workspace_write (f->programs, "scenario.ini", text);
  scenario = fake_scenario_new (path, &error);
  g_assert_no_error (error);
  if (f->port != NULL)
    f->port->iface->free (f->port);
  f->port
      = audio_strip_port_new (f->context, fake_veo3_adapter_new (f->context, scenario), timeout_ms);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, URI, -1);

  (void)data;
  f->context = g_main_context_new ();
  g_assert_true (g_main_context_acquire (f->context));
  f->workspace = test_workspace_new ();
  f->programs = test_workspace_new ();
  f->cancellable = g_cancellable_new ();
  f->path = g_strdup (g_getenv ("PATH"));
  f->sound_name = g_strdup_printf (".%s.%.12s.sound", CLIP, digest);
  make_port (f, 0, "");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void)data;
  g_setenv ("PATH", f->path, TRUE);
  f->port->iface->free (f->port);
  test_workspace_free (f->workspace);
  test_workspace_free (f->programs);
  g_object_unref (f->cancellable);
  g_free (f->answer.sha256);
  g_free (f->answer.message);
  g_free (f->path);
  g_free (f->sound_name);
  g_main_context_release (f->context);
  g_main_context_unref (f->context);
}

static void
set_ffmpeg (Fixture *f, const char *text)
{
  g_autofree char *program = test_workspace_path (f->programs, "ffmpeg");
  g_autofree char *path = g_strdup_printf ("%s:/usr/bin:/bin", f->programs->path);

  test_workspace_write (f->programs, "ffmpeg", text);
  g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  g_setenv ("PATH", path, TRUE);
}

/* ffmpeg becomes a script. @body: lines of sh. */
static void
script_ffmpeg (Fixture *f, const char *body)
{
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n%s\n", body);

  set_ffmpeg (f, text);
}

static gboolean
has_ffmpeg (void)
{
  g_autofree char *program = g_find_program_in_path ("ffmpeg");

  if (program == NULL)
    g_test_skip ("there is no ffmpeg");
  return program != NULL;
}

static void
on_downloaded (const Veo3DownloadResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->n_calls++;
  answer->is_called = TRUE;
  answer->result = *result;
  g_free (answer->sha256);
  g_free (answer->message);
  answer->sha256 = g_strdup (result->sha256);
  answer->message = g_strdup (result->message);
}

static void
begin (Fixture *f, gboolean strip_audio)
{
  g_autofree char *file_name = g_strdup (CLIP);
  const Veo3DownloadTarget target
      = { .dir_fd = f->workspace->fd, .file_name = file_name, .strip_audio = strip_audio };

  f->answer.n_calls = 0;
  f->answer.is_called = FALSE;
  f->port->iface->download_clip (f->port, URI, &target, f->cancellable, on_downloaded, &f->answer);
  g_assert_false (f->answer.is_called);
  memset (file_name, '?', strlen (file_name)); /* it is borrowed during the call only */
}

static void
wait_for_answer (Fixture *f)
{
  test_wait_for_flag (f->context, &f->answer.is_called);
  test_wait_while_busy (f->context);
  g_assert_cmpuint (f->answer.n_calls, ==, 1);
}

static void
download (Fixture *f, gboolean strip_audio)
{
  begin (f, strip_audio);
  wait_for_answer (f);
}

static Veo3ClipMedia
read_media (const Fixture *f, const char *name)
{
  int fd = openat (f->workspace->fd, name, O_RDONLY | O_CLOEXEC);
  Veo3ClipMedia media;

  g_assert_cmpint (fd, >=, 0);
  media = mp4_media_read_fd (fd);
  (void)close (fd);
  return media;
}

/* The clip is there, the answer is about these very bytes, and nothing else is left. */
static void
assert_stored (const Fixture *f, gboolean has_audio)
{
  g_autofree char *path = test_workspace_path (f->workspace, CLIP);
  g_autofree char *data = NULL;
  g_autofree char *sha256 = NULL;
  gsize length = 0;
  Veo3ClipMedia media = read_media (f, CLIP);

  g_assert_cmpint (f->answer.result.klass, ==, VEO3_DOWNLOAD_STORED);
  g_assert_cmpint (f->answer.result.code, ==, VEO3_ERROR_CODE_NONE);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guint8 *)data, length);
  g_assert_cmpstr (f->answer.sha256, ==, sha256);
  g_assert_cmpuint (f->answer.result.bytes, ==, length);
  g_assert_cmpint (media.has_audio, ==, has_audio);
  g_assert_cmpint (media.duration_ms, ==, 6000);
  g_assert_cmpuint (test_workspace_count (f->workspace, ".", ""), ==, 1);
}

static void
assert_kept (const Fixture *f, const char *why)
{
  assert_stored (f, TRUE);
  g_assert_cmpint (f->answer.result.media.duration_ms, ==, 6000);
  g_assert_true (f->answer.result.media.has_audio);
  g_assert_nonnull (f->answer.message);
  if (strstr (f->answer.message, why) == NULL)
    g_error ("no '%s' in: %s", why, f->answer.message);
  g_assert_nonnull (strstr (f->answer.message, "stored with its sound"));
  g_assert_nonnull (strstr (f->answer.message, "apt-get install ffmpeg"));
  g_assert_nonnull (strstr (f->answer.message, "`pipeline_runner veo3 collect` is not needed"));
}

/* A clip that is wanted without sound has none, the same length, and the checksum of what lies
 * there. */
static void
test_stripped (Fixture *f, gconstpointer data)
{
  (void)data;
  if (!has_ffmpeg ())
    return;
  download (f, TRUE);
  assert_stored (f, FALSE);
  g_assert_null (f->answer.message);
  g_assert_false (f->answer.result.media.has_audio);
  g_assert_cmpint (f->answer.result.media.duration_ms, ==, 6000);
}

/* A clip that may keep its sound goes through untouched, and ffmpeg is not asked. */
static void
test_untouched (Fixture *f, gconstpointer data)
{
  (void)data;
  script_ffmpeg (f, "touch $0.ran");
  download (f, FALSE);
  assert_stored (f, TRUE);
  g_assert_false (test_workspace_exists (f->programs, "ffmpeg.ran"));
}

/* A clip that has no sound anyway is stored as it came, without ffmpeg. */
static void
test_silent (Fixture *f, gconstpointer data)
{
  (void)data;
  if (!has_ffmpeg ())
    return;
  download (f, TRUE);
  g_assert_cmpint (renameat (f->workspace->fd, CLIP, f->workspace->fd, f->sound_name), ==, 0);
  script_ffmpeg (f, "touch $0.ran");
  download (f, TRUE);
  assert_stored (f, FALSE);
  g_assert_null (f->answer.message);
  g_assert_false (test_workspace_exists (f->programs, "ffmpeg.ran"));
}

/* Without ffmpeg the clip is stored with its sound, and the result says what to install. */
static void
test_missing (Fixture *f, gconstpointer data)
{
  (void)data;
  g_setenv ("PATH", f->programs->path, TRUE);
  download (f, TRUE);
  assert_kept (f, "ffmpeg is not installed");
}

/* An ffmpeg that fails, dies, lies or makes something else costs the clip nothing but its silence.
 */
static void
test_bad (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *body;
    const char *why;
  } cases[] = {
    { "echo first >&2; printf 'no \\033such codec\\n' >&2; exit 69",
      "ffmpeg failed with status 69: no \\x1bsuch codec" },
    { "exit 1", "ffmpeg failed with status 1." },
    { "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 3", "ffmpeg failed with status 3" },
    { "kill -9 $$", "ffmpeg was ended by signal 9" },
    { "exit 0", "what ffmpeg made is not the clip without its sound" },
    { "cat /proc/self/fd/3 > /proc/self/fd/4", "not the clip without its sound" },
    { "head -c 9000 /proc/self/fd/3 > /proc/self/fd/4", "not the clip without its sound" },
  };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].body);
      script_ffmpeg (f, cases[i].body);
      download (f, TRUE);
      assert_kept (f, cases[i].why);
      g_assert_cmpint (unlinkat (f->workspace->fd, CLIP, 0), ==, 0);
    }
}

/* A clip without sound that is shorter than the one with it is not taken for the same. */
static void
test_shorter (Fixture *f, gconstpointer data)
{
  g_autofree char *program = g_find_program_in_path ("ffmpeg");
  g_autofree char *body
      = g_strdup_printf ("exec %s -nostdin -v error -f mp4 -i /proc/self/fd/3 -map 0:v -c copy -an "
                         "-t 3 -f mp4 -y /proc/self/fd/4",
                         program);

  (void)data;
  if (!has_ffmpeg ())
    return;
  script_ffmpeg (f, body);
  download (f, TRUE);
  assert_kept (f, "another length");
}

/* The child has its two files and nothing else of ours: no descriptors, no keys, nothing to read.
 */
static void
test_child (Fixture *f, gconstpointer data)
{
  g_autofree char *environment = NULL;
  g_autofree char *files = NULL;
  guint n_ours = 0;

  (void)data;
  g_setenv ("GEMINI_API_KEY", CANARY, TRUE);
  g_setenv ("GOOGLE_APPLICATION_CREDENTIALS", CANARY, TRUE);
  g_setenv ("HTTPS_PROXY", CANARY, TRUE);
  script_ffmpeg (f, "here=${0%/*}\ncat > $here/stdin\nenv > $here/environment\n"
                    "ls -l /proc/$$/fd > $here/files\n"
                    "exit 1");
  download (f, TRUE);
  g_unsetenv ("GEMINI_API_KEY");
  g_unsetenv ("GOOGLE_APPLICATION_CREDENTIALS");
  g_unsetenv ("HTTPS_PROXY");
  assert_kept (f, "status 1");
  environment = test_workspace_read (f->programs, "environment");
  g_assert_nonnull (strstr (environment, "PATH="));
  g_assert_null (strstr (environment, CANARY));
  g_assert_null (strstr (environment, "GOOGLE_"));
  files = test_workspace_read (f->programs, "files");
  for (const char *p = files; (p = strstr (p, f->workspace->path)) != NULL; p++)
    n_ours++;
  g_assert_cmpuint (n_ours, ==, 2);
  g_assert_null (strstr (files, "socket:"));
  g_assert_null (strstr (files, "pipe:"));
  g_assert_null (strstr (files, "anon_inode:"));
}

/* The worker's thread takes no signals; its child does, in a process group of its own.
 * The script is perl's, because a shell unblocks signals by itself. */
static void
test_signals (Fixture *f, gconstpointer data)
{
  g_autofree char *perl = g_find_program_in_path ("perl");
  g_autofree char *script = NULL;
  g_autofree char *status = NULL;
  g_autofree char *group = g_strdup_printf ("group %d\n", (int)getpgrp ());
  sigset_t blocked;
  sigset_t before;

  (void)data;
  if (perl == NULL)
    {
      g_test_skip ("there is no perl");
      return;
    }
  script = g_strdup_printf ("#!%s\nopen(S, '<', '/proc/self/status'); open(O, '>', '%s/status');\n"
                            "print O grep(/SigBlk/, <S>); print O 'group ', getpgrp(0), \"\\n\";\n"
                            "exit 1;\n",
                            perl, f->programs->path);
  set_ffmpeg (f, script);
  (void)sigemptyset (&blocked);
  (void)sigaddset (&blocked, SIGTERM);
  g_assert_cmpint (sigprocmask (SIG_BLOCK, &blocked, &before), ==, 0);
  download (f, TRUE);
  g_assert_cmpint (sigprocmask (SIG_SETMASK, &before, NULL), ==, 0);
  assert_kept (f, "status 1");
  status = test_workspace_read (f->programs, "status");
  g_assert_nonnull (strstr (status, "0000000000000000"));
  g_assert_nonnull (strstr (status, "group "));
  g_assert_null (strstr (status, group));
}

static gboolean
has_started (gpointer user_data)
{
  const Fixture *f = user_data;

  return test_workspace_exists (f->programs, "started");
}

#define HANG "here=${0%/*}\necho $$ > $here/pid\nmv $here/pid $here/started\nexec sleep 1000"

static void
assert_gone (const Fixture *f)
{
  g_autofree char *text = test_workspace_read (f->programs, "started");
  int pid = (int)g_ascii_strtoll (text, NULL, 10);

  g_assert_cmpint (pid, >, 1);
  g_assert_cmpint (kill (pid, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
}

/* An ffmpeg that does not end is ended, and the clip keeps its sound. */
static void
test_hangs (Fixture *f, gconstpointer data)
{
  (void)data;
  make_port (f, 500, "");
  script_ffmpeg (f, HANG);
  download (f, TRUE);
  assert_kept (f, "ffmpeg took too long");
  assert_gone (f);
}

/* Cancelling ends ffmpeg for real; what was fetched stays, and the next try does without the
 * service. */
static void
test_cancelled (Fixture *f, gconstpointer data)
{
  gint64 start_us = g_get_monotonic_time ();

  (void)data;
  if (!has_ffmpeg ())
    return;
  script_ffmpeg (f, HANG);
  begin (f, TRUE);
  /* The script's file is no event of the context. */
  while (!has_started (f) && g_get_monotonic_time () - start_us < 30 * G_USEC_PER_SEC)
    {
      (void)g_main_context_iteration (f->context, FALSE);
      g_usleep (1000);
    }
  g_assert_true (has_started (f));
  g_cancellable_cancel (f->cancellable);
  wait_for_answer (f);
  g_assert_cmpint (f->answer.result.klass, ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (f->answer.result.code, ==, VEO3_ERROR_CODE_CANCELLED);
  assert_gone (f);
  g_assert_false (test_workspace_exists (f->workspace, CLIP));
  g_assert_true (test_workspace_exists (f->workspace, f->sound_name));
  g_assert_false (test_workspace_exists (f->workspace, MUTE_PART));

  g_setenv ("PATH", f->path, TRUE);
  g_cancellable_reset (f->cancellable);
  make_port (f, 0, "download=gone");
  download (f, TRUE);
  assert_stored (f, FALSE);
}

/* Gone, or waiting for somebody to ask how it ended, which nobody may do here. */
static gboolean
is_dead (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *text = NULL;

  return !g_file_get_contents (path, &text, NULL, NULL) || strstr (text, ") Z ") != NULL;
}

/* A process that is killed while ffmpeg works takes it along. */
static void
test_orphan (Fixture *f, gconstpointer data)
{
  gint64 end_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;
  g_autofree char *text = NULL;

  (void)data;
  if (g_test_subprocess ())
    {
      g_autofree char *body
          = g_strdup_printf ("echo $$ > %s\nexec sleep 1000", g_getenv ("ORPHAN"));

      script_ffmpeg (f, body);
      begin (f, TRUE);
      for (;;)
        {
          (void)g_main_context_iteration (f->context, FALSE);
          g_usleep (1000);
          if (g_file_get_contents (g_getenv ("ORPHAN"), &text, NULL, NULL) && *text != '\0')
            (void)raise (SIGKILL);
          g_clear_pointer (&text, g_free);
        }
    }
  /* What it leaves behind is in a folder of ours. */
  g_setenv ("TMPDIR", f->programs->path, TRUE);
  text = test_workspace_path (f->programs, "orphan");
  g_setenv ("ORPHAN", text, TRUE);
  g_test_trap_subprocess (NULL, 30 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv ("TMPDIR");
  g_unsetenv ("ORPHAN");
  g_clear_pointer (&text, g_free);
  text = test_workspace_read (f->programs, "orphan");
  g_assert_cmpint (g_ascii_strtoll (g_strchomp (text), NULL, 10), >, 1);
  while (!is_dead (text) && g_get_monotonic_time () < end_us)
    g_usleep (1000);
  g_assert_true (is_dead (text));
}

/* What a killed process leaves behind is gone on with: a whole clip is used, half of what ffmpeg
 * made is not. */
static void
test_killed (Fixture *f, gconstpointer data)
{
  (void)data;
  if (!has_ffmpeg ())
    return;
  download (f, FALSE);
  g_assert_cmpint (renameat (f->workspace->fd, CLIP, f->workspace->fd, f->sound_name), ==, 0);
  test_workspace_write (f->workspace, MUTE_PART, "half of a cl");
  /* Of a clip that this one replaces. */
  test_workspace_write (f->workspace, "." CLIP ".0123456789ab.sound", "older");
  test_workspace_write (f->workspace, ".." CLIP ".0123456789ab.sound.part", "half of an older");
  make_port (f, 0, "download=gone");
  download (f, TRUE);
  assert_stored (f, FALSE);
}

/* A leftover that is no clip is thrown away, and the next try fetches the clip. */
static void
test_spoilt (Fixture *f, gconstpointer data)
{
  (void)data;
  if (!has_ffmpeg ())
    return;
  test_workspace_write (f->workspace, f->sound_name, "no clip at all");
  download (f, TRUE);
  g_assert_cmpint (f->answer.result.klass, ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_false (test_workspace_exists (f->workspace, CLIP));
  download (f, TRUE);
  assert_stored (f, FALSE);
}

/* A disk that does not take the clip in the end costs nothing: what was fetched stays, and the next
 * try does without the service. */
static void
test_full (Fixture *f, gconstpointer data)
{
  (void)data;
  if (!has_ffmpeg ())
    return;
  g_assert_cmpint (mkdirat (f->workspace->fd, CLIP, 0700), ==, 0);
  download (f, TRUE);
  g_assert_cmpint (f->answer.result.klass, ==, VEO3_DOWNLOAD_DISK);
  g_assert_cmpint (unlinkat (f->workspace->fd, CLIP, AT_REMOVEDIR), ==, 0);
  make_port (f, 0, "download=gone");
  download (f, TRUE);
  assert_stored (f, FALSE);
}

/* What the service says instead of a clip goes through, and leaves nothing behind. */
static void
test_no_clip (Fixture *f, gconstpointer data)
{
  (void)data;
  make_port (f, 0, "download=gone");
  download (f, TRUE);
  g_assert_cmpint (f->answer.result.klass, ==, VEO3_DOWNLOAD_GONE);
  g_assert_cmpint (f->answer.result.code, ==, VEO3_ERROR_CODE_CLIP_GONE);
  g_assert_cmpuint (test_workspace_count (f->workspace, ".", ""), ==, 0);
}

/* The rest of the port is the other one's. */
static void
test_through (Fixture *f, gconstpointer data)
{
  (void)data;
  g_assert_cmpstr (f->port->iface->provider, ==, "fake");
  g_assert_cmpstr (f->port->model, ==, "fake");
  g_assert_true (f->port->iface->is_operation_name (f->port, "fake/operations/1-x"));
  g_assert_false (f->port->iface->is_operation_name (f->port, "operations/x"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/adapters/audio-strip-port/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("stripped", test_stripped);
  ADD ("untouched", test_untouched);
  ADD ("silent", test_silent);
  ADD ("missing", test_missing);
  ADD ("bad", test_bad);
  ADD ("shorter", test_shorter);
  ADD ("child", test_child);
  ADD ("signals", test_signals);
  ADD ("hangs", test_hangs);
  ADD ("cancelled", test_cancelled);
  ADD ("orphan", test_orphan);
  ADD ("killed", test_killed);
  ADD ("spoilt", test_spoilt);
  ADD ("full", test_full);
  ADD ("no-clip", test_no_clip);
  ADD ("through", test_through);
#undef ADD
  return g_test_run ();
}
