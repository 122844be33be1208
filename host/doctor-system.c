/* SPDX-License-Identifier: MIT */
/*
 * doctor-system.c: see doctor-system.h. Main thread only. Programs are asked for their version in
 * an environment that holds nothing but where they are found: no key may reach them.
 */
#include "host/doctor-system.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* 2026-11-01T00:00:00Z: this version is younger, so that no true clock can stand before it. */
#define OLDEST_TIME_S G_GINT64_CONSTANT (1793491200)

#define PATIENCE_MS 5000
#define LITTLE_ROOM_BYTES (G_GUINT64_CONSTANT (1) << 30)

/* ---- programs ---- */

typedef struct
{
  gboolean is_done;
  char *said; /* (owned) (nullable) */
} Hearing;

static void
on_said (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Hearing *hearing = user_data;

  if (!g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &hearing->said, NULL,
                                             NULL))
    g_clear_pointer (&hearing->said, g_free);
  hearing->is_done = TRUE;
}

static gboolean
on_patience_ends (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static GSubprocess *
start_program (const char *path)
{
  static const char *const kept[] = { "PATH", "LD_LIBRARY_PATH" };
  const char *const argv[] = { path, "-version", NULL };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_auto (GStrv) environment = g_new0 (char *, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if (g_getenv (kept[i]) != NULL)
      environment = g_environ_setenv (environment, kept[i], g_getenv (kept[i]), TRUE);
  g_subprocess_launcher_set_environ (launcher, environment);
  return g_subprocess_launcher_spawnv (launcher, argv, NULL);
}

/* The first line of what a program says of its version; NULL = it says nothing. */
static char *
ask_version (const char *path)
{
  g_autoptr (GSubprocess) process = start_program (path);
  g_autoptr (GCancellable) patience = g_cancellable_new ();
  g_autoptr (GSource) timer = g_timeout_source_new (PATIENCE_MS);
  Hearing hearing = { .is_done = FALSE };

  if (process == NULL)
    return NULL;
  g_source_set_static_name (timer, "doctor patience");
  g_source_set_callback (timer, on_patience_ends, patience, NULL);
  (void)g_source_attach (timer, NULL);
  g_subprocess_communicate_utf8_async (process, NULL, patience, on_said, &hearing);
  while (!hearing.is_done)
    (void)g_main_context_iteration (NULL, TRUE);
  g_source_destroy (timer);
  g_subprocess_force_exit (process);
  (void)g_subprocess_wait (process, NULL, NULL);
  if (hearing.said != NULL)
    hearing.said[strcspn (hearing.said, "\n")] = '\0';
  return hearing.said;
}

static void
look_at_program (DoctorReport *report, const char *name)
{
  g_autofree char *path = g_find_program_in_path (name);
  g_autofree char *version = path != NULL ? ask_version (path) : NULL;
  g_autofree char *text = NULL;

  if (path == NULL)
    {
      doctor_report_complain (report, PIPELINE_FINDING_WARNING, name, "not found in PATH",
                              "install it where clips are cut or joined (Debian: apt-get install "
                              "ffmpeg)");
      return;
    }
  if (version == NULL || *version == '\0')
    {
      text = g_strdup_printf ("%s does not tell its version", path);
      doctor_report_complain (report, PIPELINE_FINDING_WARNING, name, text,
                              "see what it answers to -version, or install another one");
      return;
    }
  doctor_report_ok (report, name, "%s (%s)", version, path);
}

void
doctor_system_look_at_programs (DoctorReport *report)
{
  doctor_report_ok (report, "pipeline_runner", PIPELINE_RUNNER_VERSION ", plugin ABI %u.%u",
                    PIPELINE_STAGE_ABI_MAJOR, PIPELINE_STAGE_ABI_MINOR);
  doctor_report_ok (report, "GLib", "%u.%u.%u", glib_major_version, glib_minor_version,
                    glib_micro_version);
  doctor_report_ok (report, "json-c", "%s", json_c_version ());
  look_at_program (report, "ffmpeg");
  look_at_program (report, "ffprobe");
}

/* ---- the clock ---- */

void
doctor_system_look_at_clock (DoctorReport *report, gint64 now_s)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (now_s);
  g_autofree char *text = now != NULL ? g_date_time_format_iso8601 (now) : g_strdup ("no time");

  if (now_s >= OLDEST_TIME_S)
    doctor_report_ok (report, "clock", "%s", text);
  else
    doctor_report_complain (report, PIPELINE_FINDING_WARNING, "clock", text,
                            "set it: this program is younger than that, and sign-ins and TLS "
                            "certificates need the true time");
}

/* ---- the workspace ---- */

static void
look_at_rights (DoctorReport *report, const char *path)
{
  g_autofree char *text = NULL;

  if (access (path, R_OK | W_OK | X_OK) == 0)
    {
      doctor_report_ok (report, "workspace", "%s", path);
      return;
    }
  text = g_strdup_printf ("%s: %s", path, g_strerror (errno));
  doctor_report_complain (report, PIPELINE_FINDING_PROBLEM, "workspace", text,
                          "make the folder writable for this user, or choose another one with -w");
}

static void
look_at_lock (DoctorReport *report, const char *path)
{
  gint64 pid = 0;
  g_autofree char *text = NULL;

  if (!host_workspace_lock_holder (path, &pid))
    {
      doctor_report_ok (report, "lock", "nobody works on it");
      return;
    }
  text = pid != 0 ? g_strdup_printf ("process %" G_GINT64_FORMAT " works on it", pid)
                  : g_strdup ("another process works on it");
  doctor_report_complain (report, PIPELINE_FINDING_WARNING, "lock", text,
                          "wait until it has ended: a second run exits with 75");
}

static void
look_at_room (DoctorReport *report, const char *path)
{
  struct statvfs disk;
  guint64 room_bytes = 0;
  g_autofree char *room = NULL;
  g_autofree char *text = NULL;

  if (statvfs (path, &disk) != 0)
    {
      text = g_strdup_printf ("cannot be looked at: %s", g_strerror (errno));
      doctor_report_complain (report, PIPELINE_FINDING_WARNING, "disk", text,
                              "see whether the disk is there");
      return;
    }
  room_bytes = (guint64)disk.f_bavail * disk.f_frsize;
  room = g_format_size_full (room_bytes, G_FORMAT_SIZE_IEC_UNITS);
  text = g_strdup_printf ("%s free", room);
  if (room_bytes >= LITTLE_ROOM_BYTES)
    doctor_report_ok (report, "disk", "%s", text);
  else
    doctor_report_complain (report, PIPELINE_FINDING_WARNING, "disk", text,
                            "make room: clips and what is made of them need about 1 GiB");
}

void
doctor_system_look_at_workspace (DoctorReport *report, const HostWorkspace *workspace)
{
  const char *path = host_workspace_path (workspace);

  look_at_rights (report, path);
  look_at_lock (report, path);
  look_at_room (report, path);
}
