/* SPDX-License-Identifier: MIT */
/*
 * Workspaces, servers and killed runs. Owner's thread.
 *
 * Must not: let a run of one point see anything of another, but the service.
 */
#include "tests/crash/kill-world.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/fixtures/pipeline-fixture.h"

#define EXIT_NO_TRACING 3 /* of kill-at */

#define PIPELINE                                                                                   \
  "[pipeline]\n"                                                                                   \
  "name=kill\n"                                                                                    \
  "stages=CONTENT;LAYOUT_DETECTIVE;VEO3_AWAIT;ASSEMBLY\n"                                          \
  "plugins=veo3\n"                                                                                 \
  "[stage CONTENT]\n"                                                                              \
  "command=" TEST_IDLE_STAGE "\n"                                                                  \
  "outputs=publishing-assets.json\n"                                                               \
  "[stage LAYOUT_DETECTIVE]\n"                                                                     \
  "command=" TEST_IDLE_STAGE "\n"                                                                  \
  "[stage VEO3_AWAIT]\n"                                                                           \
  "plugin=veo3\n"                                                                                  \
  "[stage ASSEMBLY]\n"                                                                             \
  "command=" TEST_IDLE_STAGE "\n"                                                                  \
  "[plugin veo3]\n"                                                                                \
  "timeout=50s\n"                                                                                  \
  "poll-min=2ms\n"                                                                                 \
  "poll-max=200ms\n"                                                                               \
  "poll-cost=5ms\n"                                                                                \
  "poll-look=5ms\n"                                                                                \
  "poll-prior=5ms\n"                                                                               \
  "retry-permille=10\n"

struct _KillWorld
{
  PipelineFixture *fixture; /* (owned) */
  EmulatorClient *emulator; /* (owned) */
  TlsFront *front;          /* (owned) (nullable) */
  guint n_points;
};

/* Files that are written through to a disk make a point ten times as long. */
static void
choose_memory (void)
{
  static const char folder[] = "/dev/shm";

  if (g_getenv ("TMPDIR") == NULL && g_access (folder, W_OK | X_OK) == 0)
    g_assert_true (g_setenv ("TMPDIR", folder, TRUE));
}

static gboolean
start_servers (KillWorld *self, KillTransport transport, GError **error)
{
  g_autofree char *scenario
      = g_strdup_printf ("[emulator]\ndownload=direct\nclip=bytes:%d\n", KILL_JUDGE_CLIP_BYTES);
  const char *options[] = { "--generation-time", "1ms", NULL };
  const char *base_url;

  self->emulator = emulator_client_start (options, scenario, error);
  if (self->emulator == NULL)
    return FALSE;
  base_url = emulator_client_get_base_url (self->emulator);
  if (transport == KILL_TRANSPORT_HTTP2)
    {
      self->front = tls_front_start (emulator_client_get_port (self->emulator), TRUE, error);
      if (self->front == NULL)
        return FALSE;
      base_url = tls_front_get_base_url (self->front);
      pipeline_fixture_set_environment (self->fixture, "VEO3_CA_FILE",
                                        tls_front_get_ca_path (self->front));
    }
  pipeline_fixture_set_environment (self->fixture, "GEMINI_API_KEY", "key-of-a-test");
  pipeline_fixture_set_environment (self->fixture, "GOOGLE_GEMINI_BASE_URL", base_url);
  return TRUE;
}

static void
set_environment (KillWorld *self)
{
  const char *asan = g_getenv ("ASAN_OPTIONS");
  g_autofree char *options = g_strconcat (asan != NULL ? asan : "", ":detect_leaks=0", NULL);
  g_autofree char *coverage = pipeline_fixture_path (self->fixture, "coverage");

  /* LeakSanitizer traces its own process, which can have only one tracer. */
  pipeline_fixture_set_environment (self->fixture, "ASAN_OPTIONS", options);
  /* A process that is killed while it writes its coverage would spoil that of all others. */
  pipeline_fixture_set_environment (self->fixture, "GCOV_PREFIX", coverage);
}

/* What is learned from earlier runs lies outside of workspaces; here every point has its own. */
static void
set_state_folder (KillWorld *self, const char *workspace)
{
  g_autofree char *folder = g_build_filename (workspace, "state", NULL);

  pipeline_fixture_set_environment (self->fixture, "XDG_STATE_HOME", folder);
}

static PipelineProcess *
start_traced (KillWorld *self, guint64 at, const char *workspace, const char *result_path)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, at);
  const char *wrapper[] = { TEST_KILL_AT, number, result_path, NULL };
  const char *arguments[] = { "run", "-w", workspace, "-f", "kill.ini", NULL };

  set_state_folder (self, workspace);
  return pipeline_fixture_start (self->fixture, wrapper, arguments);
}

static PipelineResult *
finish (PipelineProcess *process)
{
  pipeline_process_hush (process);
  return pipeline_process_wait (process);
}

static gboolean
may_trace (KillWorld *self, GError **error)
{
  g_autofree char *result_path = pipeline_fixture_path (self->fixture, "may-trace");
  g_autoptr (PipelineProcess) process = start_traced (self, 1, "nowhere", result_path);
  g_autoptr (PipelineResult) result = finish (process);

  if (result->exit_code != EXIT_NO_TRACING)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "tracing is not permitted: %s",
               g_strchomp (result->err));
  return FALSE;
}

KillWorld *
kill_world_new (KillTransport transport, GError **error)
{
  g_autoptr (KillWorld) self = g_new0 (KillWorld, 1);

  choose_memory ();
  self->fixture = pipeline_fixture_new ();
  pipeline_fixture_write (self->fixture, "kill.ini", PIPELINE);
  set_environment (self);
  if (!may_trace (self, error) || !start_servers (self, transport, error))
    return NULL;
  return g_steal_pointer (&self);
}

EmulatorClient *
kill_world_get_emulator (KillWorld *self)
{
  return self->emulator;
}

TlsFront *
kill_world_get_front (KillWorld *self)
{
  return self->front;
}

void
kill_world_free (KillWorld *self)
{
  if (self == NULL)
    return;
  tls_front_free (self->front);
  emulator_client_free (self->emulator);
  pipeline_fixture_free (self->fixture);
  g_free (self);
}

KillPoint *
kill_point_new (KillWorld *world)
{
  KillPoint *self = g_new0 (KillPoint, 1);
  g_autofree char *name = NULL;
  g_autofree char *assets = NULL;
  g_autofree char *file = NULL;

  self->world = world;
  self->number = ++world->n_points;
  name = g_strdup_printf ("point-%u", self->number);
  self->workspace = pipeline_fixture_path (world->fixture, name);
  assets = kill_judge_make_assets (self->number);
  file = g_build_filename (name, "publishing-assets.json", NULL);
  pipeline_fixture_write (world->fixture, file, assets);
  return self;
}

/* Every state of the file that a kill can leave behind is a whole document. */
static void
note_doubts (KillPoint *self)
{
  g_autofree char *text = kill_point_dup_jobs (self);
  json_object *document;
  json_object *jobs;

  if (text == NULL)
    return;
  document = json_tokener_parse (text);
  if (document == NULL)
    g_error ("after stop %" G_GUINT64_FORMAT " jobs.json is broken: %s", self->stops, text);
  jobs = json_object_object_get (document, "jobs");
  for (gsize i = 0; i < json_object_array_length (jobs); i++)
    {
      json_object *job = json_object_array_get_idx (jobs, i);

      for (guint clip = 0; clip < KILL_JUDGE_N_CLIPS; clip++)
        if (g_strcmp0 (emulator_log_string (job, "variant"), kill_judge_get_variant (clip)) == 0
            && g_strcmp0 (emulator_log_string (job, "status"), "submitting") == 0)
          self->doubts[clip] = TRUE;
    }
  json_object_put (document);
}

void
kill_point_run_killed (KillPoint *self, guint64 at)
{
  g_autofree char *result_path = pipeline_fixture_path (self->world->fixture, "kill-result");
  g_autoptr (PipelineProcess) process
      = start_traced (self->world, at, self->workspace, result_path);
  g_autoptr (PipelineResult) result = finish (process);
  g_autofree char *text = pipeline_fixture_read (self->world->fixture, "kill-result");
  int is_killed = 0;

  g_assert_cmpint (result->exit_code, ==, 0);
  g_assert_cmpint (sscanf (text, "stops=%" G_GUINT64_FORMAT " killed=%d exit=%d", &self->stops,
                           &is_killed, &self->exit_code),
                   ==, 3);
  self->is_killed = is_killed != 0;
  if (self->is_killed)
    note_doubts (self);
}

void
kill_point_run (KillPoint *self)
{
  const char *arguments[] = { "run", "-w", self->workspace, "-f", "kill.ini", NULL };
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  set_state_folder (self->world, self->workspace);
  process = pipeline_fixture_start (self->world->fixture, NULL, arguments);
  result = finish (process);
  self->exit_code = result->exit_code;
  if (result->exit_code != 0 && result->exit_code != 5)
    g_test_message ("exit %d: %s", result->exit_code, result->err);
}

char *
kill_point_dup_jobs (KillPoint *self)
{
  g_autofree char *path = g_build_filename (self->workspace, "veo3", "jobs.json", NULL);
  char *text = NULL;

  (void)g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

void
kill_point_free (KillPoint *self)
{
  if (self == NULL)
    return;
  scratch_folder_free (self->workspace);
  g_free (self);
}
