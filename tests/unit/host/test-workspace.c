/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/workspace.c: the folder, the lock between processes, run ids.
 */
#include "host/workspace.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/host/host-test.h"

/* Starts a process that holds the lock until it is killed; returns when it has it. */
static pid_t
start_holder (const char *folder)
{
  int ready[2];
  char byte = '\0';
  pid_t child = 0;

  g_assert_cmpint (pipe (ready), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      HostWorkspace *workspace = host_workspace_open (folder, NULL);

      (void)alarm (HOST_TEST_DEADLINE_S);
      if (workspace == NULL || !host_workspace_lock (workspace, NULL)
          || write (ready[1], "x", 1) != 1)
        _exit (1);
      (void)pause ();
      _exit (0);
    }
  (void)close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  (void)close (ready[0]);
  return child;
}

static void
end_holder (pid_t child)
{
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
}

/* The path becomes absolute; files are named below it. */
static void
test_open (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *roundabout = g_strconcat (folder, "/./x/..", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (HostWorkspace) workspace = host_workspace_open (roundabout, &error);
  g_autofree char *file = NULL;
  g_autofree char *expected = g_build_filename (folder, "run.json", NULL);

  g_assert_no_error (error);
  g_assert_cmpstr (host_workspace_path (workspace), ==, folder);
  file = host_workspace_file (workspace, "run.json");
  g_assert_cmpstr (file, ==, expected);
  host_test_folder_free (folder);
}

/* What is no folder is INVALID, with a word about what to do. */
static void
test_open_errors (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *absent = g_build_filename (folder, "absent", NULL);
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autoptr (GError) absent_error = NULL;
  g_autoptr (GError) file_error = NULL;

  host_test_write (folder, "file", "x");
  g_assert_null (host_workspace_open (absent, &absent_error));
  g_assert_error (absent_error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_INVALID);
  g_assert_nonnull (strstr (absent_error->message, "create the folder first"));
  g_assert_null (host_workspace_open (file, &file_error));
  g_assert_error (file_error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_INVALID);
  g_assert_nonnull (strstr (file_error->message, "not a folder"));
  host_test_folder_free (folder);
}

/* The lock is ours until given back; the file stays, private, and is not inherited. */
static void
test_lock (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *path = g_build_filename (folder, HOST_WORKSPACE_LOCK_NAME, NULL);
  g_autofree char *pid = g_strdup_printf ("%ld\n", (long)getpid ());
  g_autofree char *text = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (HostWorkspace) workspace = host_workspace_open (folder, NULL);
  struct stat info;

  host_workspace_unlock (workspace);
  g_assert_true (host_workspace_lock (workspace, &error));
  g_assert_true (host_workspace_lock (workspace, &error));
  g_assert_no_error (error);
  text = host_test_read (folder, HOST_WORKSPACE_LOCK_NAME);
  g_assert_cmpstr (text, ==, pid);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  host_workspace_unlock (workspace);
  after = host_test_read (folder, HOST_WORKSPACE_LOCK_NAME);
  g_assert_cmpstr (after, ==, "");
  g_assert_true (host_workspace_lock (workspace, &error));
  host_test_folder_free (folder);
}

/* The same workspace twice in one process is told as that. */
static void
test_given_twice (void)
{
  char *folder = host_test_folder_new ();
  g_autoptr (HostWorkspace) first = host_workspace_open (folder, NULL);
  g_autoptr (HostWorkspace) second = host_workspace_open (folder, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (host_workspace_lock (first, NULL));
  g_assert_false (host_workspace_lock (second, &error));
  g_assert_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, "given twice"));
  host_workspace_unlock (first);
  g_assert_true (host_workspace_lock (second, NULL));
  host_test_folder_free (folder);
}

/* Another process's lock is LOCKED and names it; its death frees the lock. */
static void
test_other_process (void)
{
  char *folder = host_test_folder_new ();
  g_autoptr (HostWorkspace) workspace = host_workspace_open (folder, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  gint64 holder = -1;
  pid_t child = 0;

  g_assert_false (host_workspace_lock_holder (folder, &holder));
  child = start_holder (folder);
  expected = g_strdup_printf ("process %ld works on it", (long)child);
  g_assert_true (host_workspace_lock_holder (folder, &holder));
  g_assert_cmpint (holder, ==, child);
  g_assert_true (host_workspace_lock_holder (folder, NULL));
  g_assert_false (host_workspace_lock (workspace, &error));
  g_assert_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, expected));

  end_holder (child);
  holder = -1;
  g_assert_false (host_workspace_lock_holder (folder, &holder));
  g_assert_cmpint (holder, ==, -1);
  g_assert_true (host_workspace_lock (workspace, NULL));
  host_test_folder_free (folder);
}

/* A holder whose pid is not in the file is a holder all the same. */
static void
test_unknown_holder (void)
{
  char *folder = host_test_folder_new ();
  g_autoptr (HostWorkspace) workspace = host_workspace_open (folder, NULL);
  g_autofree char *path = g_build_filename (folder, HOST_WORKSPACE_LOCK_NAME, NULL);
  g_autoptr (GError) error = NULL;
  pid_t child = start_holder (folder);

  g_assert_cmpint (truncate (path, 0), ==, 0);
  g_assert_false (host_workspace_lock (workspace, &error));
  g_assert_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, "another process works on it"));
  end_holder (child);
  host_test_folder_free (folder);
}

/* A lock file that is none is IO: no symlink is followed, nothing blocks. */
static void
test_lock_errors (void)
{
  static const char *const kinds[] = { "folder", "symlink", "fifo" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      char *folder = host_test_folder_new ();
      g_autofree char *path = g_build_filename (folder, HOST_WORKSPACE_LOCK_NAME, NULL);
      g_autoptr (HostWorkspace) workspace = host_workspace_open (folder, NULL);
      g_autoptr (GError) error = NULL;

      if (i == 0)
        host_test_mkdir (folder, HOST_WORKSPACE_LOCK_NAME);
      else if (i == 1)
        g_assert_cmpint (symlink ("elsewhere", path), ==, 0);
      else
        g_assert_cmpint (mkfifo (path, 0600), ==, 0);
      g_test_message ("%s", kinds[i]);
      g_assert_false (host_workspace_lock (workspace, &error));
      g_assert_error (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_IO);
      g_assert_false (host_test_exists (folder, "elsewhere"));
      g_assert_false (host_workspace_lock_holder (folder, NULL));
      host_test_folder_free (folder);
    }
}

/* What a killed process left of a write is removed under the lock; other files stay. */
static void
test_sweep (void)
{
  char *folder = host_test_folder_new ();
  g_autoptr (HostWorkspace) workspace = host_workspace_open (folder, NULL);

  host_test_write (folder, "run.json", "{}");
  host_test_write (folder, "run.json.A1b2C3", "half");
  host_test_write (folder, "run.json.backup", "mine");
  host_test_write (folder, "run.json.a-b-c-", "mine");
  host_test_write (folder, "run.json.a_b_c_", "mine");
  g_assert_true (host_workspace_lock (workspace, NULL));
  g_assert_false (host_test_exists (folder, "run.json.A1b2C3"));
  g_assert_true (host_test_exists (folder, "run.json"));
  g_assert_true (host_test_exists (folder, "run.json.backup"));
  g_assert_true (host_test_exists (folder, "run.json.a_b_c_"));
  host_test_folder_free (folder);
}

/* A new run id has the documented form, and two differ. */
static void
test_new_run_id (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 4; i++)
    {
      char *id = host_workspace_new_run_id ();

      g_assert_true (g_regex_match_simple ("^20[0-9]{6}-[0-2][0-9]{5}-[0-9a-f]{4}$", id, 0, 0));
      g_assert_true (host_workspace_run_id_is_valid (id));
      g_hash_table_add (seen, id);
    }
  g_assert_cmpuint (g_hash_table_size (seen), >, 1);
}

/* Run ids become parts of file names and of keys: only plain ones are valid. */
static void
test_run_id_rule (void)
{
  static const char *const good[] = { "a", "0", "20261122-090000-1a2b", "A.b_c-d" };
  static const char *const bad[] = { "", ".a", "-a", "_a", "a b", "a/b", "ä", "a\n", "a:b" };
  g_autofree char *longest = g_strnfill (128, 'a');
  g_autofree char *too_long = g_strnfill (129, 'a');

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (host_workspace_run_id_is_valid (good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (host_workspace_run_id_is_valid (bad[i]));
  g_assert_true (host_workspace_run_id_is_valid (longest));
  g_assert_false (host_workspace_run_id_is_valid (too_long));
  g_assert_false (host_workspace_run_id_is_valid (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/workspace/open", test_open);
  g_test_add_func ("/host/workspace/open-errors", test_open_errors);
  g_test_add_func ("/host/workspace/lock", test_lock);
  g_test_add_func ("/host/workspace/given-twice", test_given_twice);
  g_test_add_func ("/host/workspace/other-process", test_other_process);
  g_test_add_func ("/host/workspace/unknown-holder", test_unknown_holder);
  g_test_add_func ("/host/workspace/lock-errors", test_lock_errors);
  g_test_add_func ("/host/workspace/sweep", test_sweep);
  g_test_add_func ("/host/workspace/new-run-id", test_new_run_id);
  g_test_add_func ("/host/workspace/run-id-rule", test_run_id_rule);
  return g_test_run ();
}
