/* SPDX-License-Identifier: MIT */
/*
 * Invariant 6: whoever opens jobs.json at whatever instant reads a whole document. One thread reads
 * as fast as it can while the store saves as fast as it can; the same reader has to catch a writer
 * that is not careful.
 *
 * Arguments: how many reads.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/application/veo3-job-store.h"
#include "tests/fixtures/file-watcher.h"
#include "tests/unit/application/test-wait.h"
#include "tests/unit/application/test-workspace.h"

#define USUAL_READS 100000
#define N_JOBS 3
#define DEADLINE_US (90 * G_USEC_PER_SEC)
/* Slow machines read often between two saves: there have to be many of both. */
#define SAVES_WANTED 100

static guint n_reads_wanted = USUAL_READS;

typedef struct
{
  gint n_reads;  /* (atomic) */
  gint n_broken; /* (atomic) */
  gint n_whole;  /* (atomic) */
  guint n_versions;
  guint last_version;
} Sightings;

/* The watcher's thread. */
static void
look (const char *data, gsize length, gpointer user_data)
{
  Sightings *self = user_data;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document = veo3_job_codec_parse ("jobs", data, length, &jobs, NULL);

  if (document == NULL || jobs->len != N_JOBS)
    g_atomic_int_inc (&self->n_broken);
  else
    {
      const Veo3Job *job = g_ptr_array_index (jobs, N_JOBS - 1);

      self->n_versions += job->polls != self->last_version;
      self->last_version = job->polls;
      g_atomic_int_inc (&self->n_whole);
    }
  g_atomic_int_inc (&self->n_reads);
}

/* Returns: (transfer full): a document that says which one it is in its last job. */
static char *
make_document (guint version)
{
  GString *text = g_string_new ("{\"schema_version\":1,\"run_id\":\"r\",\"jobs\":[");

  for (guint i = 0; i < N_JOBS; i++)
    g_string_append_printf (text,
                            "%s{\"idempotent_key\":\"r_v%u\",\"variant\":\"v%u\","
                            "\"status\":\"generating\",\"operation_name\":\"operations/%u\","
                            "\"prompt\":\"a lighthouse\",\"polls\":%u}",
                            i > 0 ? "," : "", i, i, i, version);
  g_string_append (text, "]}");
  return g_string_free (text, FALSE);
}

static gboolean
is_enough (const Sightings *sightings, gint64 begun_us)
{
  if (g_get_monotonic_time () - begun_us > DEADLINE_US)
    g_error ("only %d reads", g_atomic_int_get (&sightings->n_reads));
  return (guint)g_atomic_int_get (&sightings->n_reads) >= n_reads_wanted;
}

/* ---- a writer that is not careful ---- */

static void
write_half (int fd, const char *text, gsize length)
{
  gssize n = write (fd, text, length);

  g_assert_cmpint (n, ==, (gssize)length);
}

/* In place, as an editor or a careless script does it. */
static void
write_in_place (const char *path, const char *text)
{
  gsize half = strlen (text) / 2;
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  write_half (fd, text, half);
  write_half (fd, text + half, strlen (text) - half);
  (void)close (fd);
}

/* The reader of this test sees what it has to see: whole documents, and half ones. */
static void
test_careless_writer (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *path = test_workspace_path (workspace, "jobs.json");
  Sightings sightings = { .last_version = G_MAXUINT };
  FileWatcher *watcher = file_watcher_start (path, look, &sightings);
  gint64 begun_us = g_get_monotonic_time ();

  for (guint version = 0;
       g_atomic_int_get (&sightings.n_broken) == 0 || g_atomic_int_get (&sightings.n_whole) == 0;
       version++)
    {
      g_autofree char *text = make_document (version);

      write_in_place (path, text);
      g_assert_cmpint (g_get_monotonic_time () - begun_us, <, DEADLINE_US);
    }
  (void)file_watcher_stop (watcher);
}

/* ---- the store ---- */

static void
on_saved (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(gboolean *)user_data = TRUE;
}

static void
save (Veo3JobStore *store, guint version)
{
  gboolean is_saved = FALSE;

  veo3_job_store_save_async (store, make_document (version), on_saved, &is_saved);
  test_wait_for_flag (NULL, &is_saved);
}

/* A hundred thousand reads during saves: each is a whole document, and there were many. */
static void
test_store (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *path = test_workspace_path (workspace, VEO3_JOBS_PATH);
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3JobStore) store = veo3_job_store_new (workspace->path, &error);
  Sightings sightings = { .last_version = G_MAXUINT };
  FileWatcher *watcher;
  gint64 begun_us = g_get_monotonic_time ();
  guint n_saves = 0;

  g_assert_no_error (error);
  g_assert_true (veo3_job_store_prepare (store, &error));
  watcher = file_watcher_start (path, look, &sightings);
  while (n_saves < SAVES_WANTED || !is_enough (&sightings, begun_us))
    save (store, n_saves++);
  (void)file_watcher_stop (watcher);
  g_test_message ("%d reads during %u saves saw %u different documents", sightings.n_reads, n_saves,
                  sightings.n_versions);
  g_assert_cmpint (sightings.n_broken, ==, 0);
  g_assert_cmpuint (sightings.n_versions, >=, SAVES_WANTED / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    n_reads_wanted = (guint)strtoul (argv[1], NULL, 10);
  g_test_add_func ("/disk/reads/careless-writer", test_careless_writer);
  g_test_add_func ("/disk/reads/store", test_store);
  return g_test_run ();
}
