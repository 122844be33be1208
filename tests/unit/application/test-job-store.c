/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3JobStore: an error is never an absence, a reader never sees half a file, and only
 * our own leftovers are swept. One test reads from a second thread while the first one saves.
 */
#include "plugin/application/veo3-job-store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/application/test-wait.h"
#include "tests/unit/application/test-workspace.h"

#define N_SAVES 2000
#define N_READS 10000

static const char *const bad_document
    = "{\"jobs\": [{\"operation_name\": \"operations/one\"}, {\"operation_name\" : "
      "\"models/m/operations/\xc3\xa4\" ";

typedef struct
{
  TestWorkspace *workspace;
  Veo3JobStore *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  fixture->workspace = test_workspace_new ();
  fixture->store = veo3_job_store_new (fixture->workspace->path, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  veo3_job_store_free (fixture->store);
  test_workspace_free (fixture->workspace);
}

/* ---- saving, with a deadline that fails ---- */

typedef struct
{
  gboolean is_done;
  GError *error; /* (owned) (nullable) */
} Saving;

static void
on_saved (const GError *error, gpointer user_data)
{
  Saving *saving = user_data;

  saving->is_done = TRUE;
  saving->error = error == NULL ? NULL : g_error_copy (error);
}

/* Takes over @text. */
static void
save (Fixture *fixture, char *text, GError **error)
{
  Saving saving = { 0 };

  veo3_job_store_save_async (fixture->store, text, on_saved, &saving);
  g_assert_false (saving.is_done);
  test_wait_for_flag (NULL, &saving.is_done);
  if (saving.error != NULL)
    g_propagate_error (error, saving.error);
}

static void
prepare (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (veo3_job_store_prepare (fixture->store, &error));
  g_assert_no_error (error);
}

static void
assert_load_error (Fixture *fixture, GIOErrorEnum code, const char *words)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *jobs = NULL;

  g_assert_null (veo3_job_store_load (fixture->store, &jobs, &error));
  g_assert_null (jobs);
  g_assert_error (error, G_IO_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, words));
}

/* Only "there is no such file" and "no such folder" mean that there is none. */
static void
test_none (Fixture *fixture, gconstpointer data)
{
  (void)data;
  assert_load_error (fixture, G_IO_ERROR_NOT_FOUND, "veo3");
  g_assert_false (test_workspace_exists (fixture->workspace, "veo3"));
  test_workspace_make_folder (fixture->workspace, "veo3");
  assert_load_error (fixture, G_IO_ERROR_NOT_FOUND, "veo3/jobs.json");
}

/* A folder, a FIFO or a link in the file's place, or in the folder's, is an error and no absence.
 */
static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  int fd = fixture->workspace->fd;

  (void)data;
  g_assert_cmpint (symlinkat ("nowhere", fd, "veo3"), ==, 0);
  assert_load_error (fixture, G_IO_ERROR_NOT_DIRECTORY, "veo3");
  g_assert_cmpint (unlinkat (fd, "veo3", 0), ==, 0);
  test_workspace_write (fixture->workspace, "veo3", "a file");
  assert_load_error (fixture, G_IO_ERROR_NOT_DIRECTORY, "veo3");
  g_assert_cmpint (unlinkat (fd, "veo3", 0), ==, 0);
  test_workspace_make_folder (fixture->workspace, "veo3/jobs.json");
  assert_load_error (fixture, G_IO_ERROR_NOT_REGULAR_FILE, "veo3/jobs.json");
  g_assert_cmpint (unlinkat (fd, "veo3/jobs.json", AT_REMOVEDIR), ==, 0);
  g_assert_cmpint (mkfifoat (fd, "veo3/jobs.json", 0600), ==, 0);
  assert_load_error (fixture, G_IO_ERROR_NOT_REGULAR_FILE, "veo3/jobs.json");
  g_assert_cmpint (unlinkat (fd, "veo3/jobs.json", 0), ==, 0);
  g_assert_cmpint (symlinkat ("nowhere", fd, "veo3/jobs.json"), ==, 0);
  assert_load_error (fixture, G_IO_ERROR_NOT_REGULAR_FILE, "veo3/jobs.json");
}

/* A process that may open no more files cannot know what is there: that is no absence either. */
static void
test_no_descriptors (Fixture *fixture, gconstpointer data)
{
  struct rlimit before;
  struct rlimit none;

  (void)data;
  test_workspace_write (fixture->workspace, "veo3/jobs.json", "{\"jobs\": []}");
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  none = before;
  none.rlim_cur = 0;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  assert_load_error (fixture, G_IO_ERROR_TOO_MANY_OPEN_FILES, "veo3");
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
}

/* A file that cannot be understood says so, what to do, and which operations it names. */
static void
test_broken (Fixture *fixture, gconstpointer data)
{
  (void)data;
  test_workspace_write (fixture->workspace, "veo3/jobs.json", "{");
  assert_load_error (fixture, G_IO_ERROR_INVALID_DATA, "none that can be recognised");
  test_workspace_write (fixture->workspace, "veo3/jobs.json", bad_document);
  assert_load_error (fixture, G_IO_ERROR_INVALID_DATA,
                     "operations/one, models/m/operations/\\303\\244");
  assert_load_error (fixture, G_IO_ERROR_INVALID_DATA, "nothing is paid twice");
  test_workspace_write (fixture->workspace, "veo3/jobs.json",
                        "{\"schema_version\": 7, \"jobs\": []}");
  assert_load_error (fixture, G_IO_ERROR_NOT_SUPPORTED, "newer version");
}

/* A broken file is copied aside once, byte for byte, and stays where it is. */
static void
test_set_aside (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = test_workspace_path (fixture->workspace, "veo3");
  g_autofree char *text = NULL;
  g_autofree char *copy = NULL;
  g_autofree char *copy_name = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  (void)data;
  test_workspace_write (fixture->workspace, "veo3/jobs.json", bad_document);
  for (guint i = 0; i < 3; i++)
    g_assert_true (veo3_job_store_set_aside (fixture->store, NULL));
  g_assert_cmpuint (test_workspace_count (fixture->workspace, "veo3", "jobs.json"), ==, 2);
  dir = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "jobs.json.bad-"))
      copy_name = g_strconcat ("veo3/", name, NULL);
  copy = test_workspace_read (fixture->workspace, copy_name);
  g_assert_cmpstr (copy, ==, bad_document);
  text = test_workspace_read (fixture->workspace, "veo3/jobs.json");
  g_assert_cmpstr (text, ==, bad_document);
}

/* Broken files of one and the same second are all kept, each under a name of its own. */
static void
test_set_aside_many (Fixture *fixture, gconstpointer data)
{
  (void)data;
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("{%u", i);

      test_workspace_write (fixture->workspace, "veo3/jobs.json", text);
      g_assert_true (veo3_job_store_set_aside (fixture->store, NULL));
      g_assert_true (veo3_job_store_set_aside (fixture->store, NULL));
    }
  g_assert_cmpuint (test_workspace_count (fixture->workspace, "veo3", "jobs.json.bad-"), ==, 5);
}

/* Where there is nothing to copy, or no place for it, that is an error. */
static void
test_set_aside_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  g_assert_false (veo3_job_store_set_aside (fixture->store, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  test_workspace_make_folder (fixture->workspace, "veo3");
  g_assert_false (veo3_job_store_set_aside (fixture->store, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Preparing makes the folder for the owner alone, and sweeps the temporary files of killed saves
 * and nothing else. */
static void
test_prepare (Fixture *fixture, gconstpointer data)
{
  static const char *const leftovers[] = { "jobs.json.A1b2C3", "jobs.json.JDGOZ3" };
  static const char *const others[] = { "jobs.json",         "jobs.json.bad-20261122T090000Z",
                                        "jobs.json.short",   "a.mp4",
                                        "jobs.json.toolong", "jobs.json.a-b_c!",
                                        "my.json.A1b2C3",    "x",
                                        "jobs.json.backup",  "jobs.json.Backup",
                                        "jobs.json.BACKUP",  "jobs.json.123456" };
  struct stat info;

  (void)data;
  prepare (fixture);
  g_assert_cmpint (fstatat (fixture->workspace->fd, "veo3", &info, 0), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0700);
  for (guint i = 0; i < G_N_ELEMENTS (leftovers); i++)
    {
      g_autofree char *name = g_strconcat ("veo3/", leftovers[i], NULL);

      test_workspace_write (fixture->workspace, name, "x");
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *name = g_strconcat ("veo3/", others[i], NULL);

      test_workspace_write (fixture->workspace, name, "x");
    }
  prepare (fixture);
  g_assert_cmpuint (test_workspace_count (fixture->workspace, "veo3", ""), ==,
                    G_N_ELEMENTS (others));
}

/* A workspace that is none, and a folder that cannot be made or is something else, are errors. */
static void
test_prepare_fails (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = test_workspace_path (fixture->workspace, "missing");
  g_autofree char *doomed = test_workspace_path (fixture->workspace, "doomed");
  g_autoptr (Veo3JobStore) store = NULL;
  g_autoptr (GError) error = NULL;

  (void)data;
  g_assert_null (veo3_job_store_new (missing, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  test_workspace_write (fixture->workspace, "veo3", "a file");
  g_assert_false (veo3_job_store_prepare (fixture->store, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  g_clear_error (&error);
  test_workspace_make_folder (fixture->workspace, "doomed");
  store = veo3_job_store_new (doomed, &error);
  g_assert_no_error (error);
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "doomed", AT_REMOVEDIR), ==, 0);
  g_assert_false (veo3_job_store_prepare (store, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "cannot be created"));
  veo3_job_store_free (NULL);
}

static char *
format_document (guint n_jobs, guint polls)
{
  g_autoptr (Veo3JobDocument) document = veo3_job_document_new ();
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  g_autoptr (GError) error = NULL;
  char *text;

  for (guint i = 0; i < n_jobs; i++)
    {
      g_autofree char *key = g_strdup_printf ("r_clip-%u", i);
      Veo3Job *job = veo3_job_new (key, key + 2, G_GINT64_CONSTANT (1795338000123000));

      job->polls = polls;
      g_ptr_array_add (jobs, job);
    }
  text = veo3_job_codec_format (document, jobs, &error);
  g_assert_no_error (error);
  return text;
}

/* What is saved is loaded again, readable for the owner alone, without leftovers. */
static void
test_save (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3JobDocument) document = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  struct stat info;

  (void)data;
  prepare (fixture);
  for (guint i = 1; i <= 3; i++)
    {
      save (fixture, format_document (i, i), &error);
      g_assert_no_error (error);
    }
  document = veo3_job_store_load (fixture->store, &jobs, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (jobs->len, ==, 3);
  g_assert_cmpuint (((const Veo3Job *)g_ptr_array_index (jobs, 2))->polls, ==, 3);
  g_assert_cmpint (fstatat (fixture->workspace->fd, VEO3_JOBS_PATH, &info, 0), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpuint (test_workspace_count (fixture->workspace, "veo3", ""), ==, 1);
}

/* A save that cannot be made says which file and why, and the next one may succeed. */
static void
test_save_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  prepare (fixture);
  test_workspace_write (fixture->workspace, "veo3/jobs.json/in-the-way", "x");
  save (fixture, format_document (1, 1), &error);
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, fixture->workspace->path));
  g_assert_nonnull (strstr (error->message, "veo3/jobs.json: cannot be saved: "));
  g_assert_null (strstr (error->message, "/proc/"));
  g_clear_error (&error);
  g_assert_cmpuint (test_workspace_count (fixture->workspace, "veo3", ""), ==, 1);
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "veo3/jobs.json/in-the-way", 0), ==, 0);
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "veo3/jobs.json", AT_REMOVEDIR), ==, 0);
  save (fixture, format_document (1, 1), &error);
  g_assert_no_error (error);
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "veo3/jobs.json", 0), ==, 0);
  g_assert_cmpint (unlinkat (fixture->workspace->fd, "veo3", AT_REMOVEDIR), ==, 0);
  save (fixture, format_document (1, 1), &error);
  g_assert_nonnull (error);
}

/* ---- a reader in a tight loop ---- */

typedef struct
{
  const TestWorkspace *workspace;
  gint is_over; /* atomic */
  guint n_reads;
  guint n_versions;
} Reader;

static gpointer
read_in_a_loop (gpointer data)
{
  Reader *reader = data;
  g_autofree char *path = test_workspace_path (reader->workspace, VEO3_JOBS_PATH);
  guint last = G_MAXUINT;

  while (!g_atomic_int_get (&reader->is_over) || reader->n_reads < N_READS)
    {
      g_autofree char *text = NULL;
      g_autoptr (GPtrArray) jobs = NULL;
      g_autoptr (Veo3JobDocument) document = NULL;
      g_autoptr (GError) error = NULL;
      gsize length_bytes = 0;

      g_assert_true (g_file_get_contents (path, &text, &length_bytes, &error));
      document = veo3_job_codec_parse ("jobs", text, length_bytes, &jobs, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (jobs->len, ==, 3);
      reader->n_versions += ((const Veo3Job *)g_ptr_array_index (jobs, 2))->polls != last;
      last = ((const Veo3Job *)g_ptr_array_index (jobs, 2))->polls;
      reader->n_reads++;
    }
  return NULL;
}

/* Whoever reads during two thousand saves sees the old document or the new one, never a part. */
static void
test_reader (Fixture *fixture, gconstpointer data)
{
  Reader reader = { .workspace = fixture->workspace };
  g_autoptr (GError) error = NULL;
  GThread *thread;

  (void)data;
  prepare (fixture);
  save (fixture, format_document (3, 0), &error);
  g_assert_no_error (error);
  thread = g_thread_new ("reader", read_in_a_loop, &reader);
  for (guint i = 1; i <= N_SAVES; i++)
    {
      save (fixture, format_document (3, i), &error);
      g_assert_no_error (error);
    }
  g_atomic_int_set (&reader.is_over, TRUE);
  (void)g_thread_join (thread);
  g_test_message ("%u reads saw %u versions", reader.n_reads, reader.n_versions);
  g_assert_cmpuint (reader.n_reads, >=, N_READS);
  g_assert_cmpuint (reader.n_versions, >, N_SAVES / 20);
}

/* A clip is there when it is a regular file of the expected size; "could not look" is no reason to
 * fetch it again. */
static void
test_has_clip (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = veo3_job_store_make_clip_name ("a");
  g_autofree char *too_long = g_strnfill (400, 'x');

  (void)data;
  g_assert_cmpstr (name, ==, "a.mp4");
  g_assert_false (veo3_job_store_has_clip (fixture->store, "a", -1));
  prepare (fixture);
  g_assert_cmpint (veo3_job_store_get_workspace_fd (fixture->store), >=, 0);
  g_assert_cmpint (veo3_job_store_get_folder_fd (fixture->store), >=, 0);
  g_assert_false (veo3_job_store_has_clip (fixture->store, "a", -1));
  test_workspace_write (fixture->workspace, "veo3/a.mp4", "12345");
  g_assert_true (veo3_job_store_has_clip (fixture->store, "a", -1));
  g_assert_true (veo3_job_store_has_clip (fixture->store, "a", 5));
  g_assert_false (veo3_job_store_has_clip (fixture->store, "a", 6));
  test_workspace_write (fixture->workspace, "veo3/empty.mp4", "");
  g_assert_false (veo3_job_store_has_clip (fixture->store, "empty", -1));
  test_workspace_make_folder (fixture->workspace, "veo3/folder.mp4");
  g_assert_false (veo3_job_store_has_clip (fixture->store, "folder", -1));
  g_assert_cmpint (symlinkat ("a.mp4", fixture->workspace->fd, "veo3/link.mp4"), ==, 0);
  g_assert_false (veo3_job_store_has_clip (fixture->store, "link", -1));
  g_assert_true (veo3_job_store_has_clip (fixture->store, too_long, -1));
}

/* The largest jobs.json that a run can write, some 30 MiB, can be read again: what cannot would be
 * lost with all that was paid for. */
static void
test_largest (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Veo3JobDocument) document = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *prompt = g_strnfill (32768, 'x');
  GString *text = g_string_new ("{\"jobs\":[");

  (void)data;
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text,
                            "%s{\"idempotent_key\":\"r_%u\",\"variant\":\"v%u\","
                            "\"status\":\"generating\",\"prompt\":\"%s\"}",
                            i > 0 ? "," : "", i, i, prompt);
  g_string_append (text, "]}");
  g_assert_true (veo3_job_store_prepare (fixture->store, NULL));
  save (fixture, g_string_free (text, FALSE), &error);
  g_assert_no_error (error);
  document = veo3_job_store_load (fixture->store, &jobs, &error);
  g_assert_no_error (error);
  g_assert_nonnull (document);
  g_assert_cmpuint (jobs->len, ==, 1000);
}

static void
add (const char *path, void (*test) (Fixture *fixture, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/veo3/job-store/none", test_none);
  add ("/veo3/job-store/unreadable", test_unreadable);
  add ("/veo3/job-store/no-descriptors", test_no_descriptors);
  add ("/veo3/job-store/broken", test_broken);
  add ("/veo3/job-store/set-aside", test_set_aside);
  add ("/veo3/job-store/set-aside-many", test_set_aside_many);
  add ("/veo3/job-store/set-aside-fails", test_set_aside_fails);
  add ("/veo3/job-store/prepare", test_prepare);
  add ("/veo3/job-store/prepare-fails", test_prepare_fails);
  add ("/veo3/job-store/save", test_save);
  add ("/veo3/job-store/save-fails", test_save_fails);
  add ("/veo3/job-store/reader", test_reader);
  add ("/veo3/job-store/largest", test_largest);
  add ("/veo3/job-store/has-clip", test_has_clip);
  return g_test_run ();
}
