/* SPDX-License-Identifier: MIT */
/*
 * Tests of the history's file: that it comes back, and that nothing in its place does harm.
 * Single-threaded; everything lies in a temporary folder.
 */
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/application/veo3-history-file.h"

typedef struct
{
  char *root;   /* (owned) */
  char *folder; /* (owned) does not exist at first */
  char *path;   /* (owned) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->root = g_dir_make_tmp ("history-XXXXXX", NULL);
  g_assert_nonnull (fixture->root);
  fixture->folder = g_build_filename (fixture->root, "a", "b", NULL);
  fixture->path = g_build_filename (fixture->folder, "clip-durations.txt", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *parent = g_path_get_dirname (fixture->folder);

  (void)data;
  (void)g_unlink (fixture->path);
  (void)g_rmdir (fixture->path);
  (void)g_rmdir (fixture->folder);
  (void)g_unlink (parent);
  (void)g_rmdir (parent);
  g_assert_cmpint (g_rmdir (fixture->root), ==, 0);
  g_free (fixture->root);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static guint
count (const Veo3DurationHistory *history, const char *key)
{
  gint64 durations_ms[VEO3_DURATION_HISTORY_RING_SIZE];

  return veo3_duration_history_get (history, key, durations_ms);
}

/* Nothing there is an empty history; what is saved comes back, private, without leftovers. */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3DurationHistory) history = veo3_history_file_load (fixture->path, &error);
  g_autoptr (Veo3DurationHistory) again = NULL;
  GStatBuf status;

  (void)data;
  g_assert_no_error (error);
  g_assert_nonnull (history);
  for (gint64 i = 1; i <= 2; i++)
    {
      veo3_duration_history_learn (history, "k", i);
      g_assert_true (veo3_history_file_save (history, fixture->path, &error));
      g_assert_no_error (error);
    }
  again = veo3_history_file_load (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (again, "k"), ==, 2);
  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* What a killed process has left behind is taken over by the next one, whatever is in it. */
static void
test_left_behind (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  g_autoptr (Veo3DurationHistory) again = NULL;
  g_autofree char *next_path = g_strconcat (fixture->path, ".new", NULL);
  g_autofree char *half = g_strnfill (5000, 'x');

  (void)data;
  g_assert_cmpint (g_mkdir_with_parents (fixture->folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (next_path, half, -1, &error));
  veo3_duration_history_learn (history, "k", 7);
  g_assert_true (veo3_history_file_save (history, fixture->path, &error));
  g_assert_no_error (error);
  again = veo3_history_file_load (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (again, "k"), ==, 1);
  g_assert_cmpuint (count_files (fixture->folder), ==, 1);
}

/* Of two that write at the same time one wins; the other neither waits nor spoils it. */
static void
test_two_writers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  g_autofree char *next_path = g_strconcat (fixture->path, ".new", NULL);
  g_autofree char *text = NULL;
  int fd;

  (void)data;
  g_assert_cmpint (g_mkdir_with_parents (fixture->folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (next_path, "being written", -1, &error));
  fd = g_open (next_path, O_RDWR | O_CLOEXEC, 0);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  g_assert_true (veo3_history_file_save (history, fixture->path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (next_path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "being written");
  g_assert_cmpint (g_remove (next_path), ==, 0);
  (void)close (fd);
}

/* Noise in the file's place reads as an empty history. */
static void
test_noise (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3DurationHistory) history = NULL;

  (void)data;
  g_assert_cmpint (g_mkdir_with_parents (fixture->folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (fixture->path, "\0\377\t1\nk\tx", 9, &error));
  history = veo3_history_file_load (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (history, "k"), ==, 0);
}

/* A file too large to be ours is refused, not read into memory. */
static void
test_too_large (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (VEO3_HISTORY_FILE_MAX_BYTES + 1, 'x');

  (void)data;
  g_assert_cmpint (g_mkdir_with_parents (fixture->folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (fixture->path, text, -1, &error));
  g_assert_null (veo3_history_file_load (fixture->path, &error));
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, "history of clip durations: "));
}

/* A folder in the file's place is an error both ways, and stays. */
static void
test_folder_in_the_way (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) load_error = NULL;
  g_autoptr (GError) save_error = NULL;
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();

  (void)data;
  g_assert_cmpint (g_mkdir_with_parents (fixture->path, 0700), ==, 0);
  g_assert_null (veo3_history_file_load (fixture->path, &load_error));
  g_assert_nonnull (load_error);
  g_assert_false (veo3_history_file_save (history, fixture->path, &save_error));
  g_assert_nonnull (save_error);
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_IS_DIR));
}

/* A file in a folder's place is an error that names the folder. */
static void
test_file_in_the_way (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  g_autofree char *parent = g_path_get_dirname (fixture->folder);

  (void)data;
  g_assert_true (g_file_set_contents (parent, "", 0, &error));
  g_assert_false (veo3_history_file_save (history, fixture->path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  g_assert_nonnull (strstr (error->message, fixture->folder));
}

/* The default place is below the user's state folder. */
static void
test_default_path (void)
{
  g_autofree char *path = veo3_history_file_get_default_path ();

  g_assert_true (g_path_is_absolute (path));
  g_assert_true (g_str_has_prefix (path, g_get_user_state_dir ()));
  g_assert_true (g_str_has_suffix (path, "/pipeline-runner/clip-durations.txt"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func)                                                                            \
  g_test_add ("/veo3/history-file/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("round-trip", test_round_trip);
  ADD ("left-behind", test_left_behind);
  ADD ("two-writers", test_two_writers);
  ADD ("noise", test_noise);
  ADD ("too-large", test_too_large);
  ADD ("folder-in-the-way", test_folder_in_the_way);
  ADD ("file-in-the-way", test_file_in_the_way);
#undef ADD
  g_test_add_func ("/veo3/history-file/default-path", test_default_path);
  return g_test_run ();
}
