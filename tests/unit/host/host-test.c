/* SPDX-License-Identifier: MIT */
/*
 * Purpose: helpers of the host's unit tests. Main thread. Waiting is by events; the one look that
 * has to be repeated (another process's file) has a deadline that fails.
 */
#include "tests/unit/host/host-test.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "host/pipeline-problem.h"

char *
host_test_folder_new (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("host-test-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

static void
remove_tree (const char *path)
{
  GDir *dir = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && g_file_test (path, G_FILE_TEST_IS_DIR))
    dir = g_dir_open (path, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
       name = g_dir_read_name (dir))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  if (dir != NULL)
    g_dir_close (dir);
  (void)g_remove (path);
}

void
host_test_folder_free (char *folder)
{
  remove_tree (folder);
  g_free (folder);
}

void
host_test_write (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  (void)g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

char *
host_test_read (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  (void)g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

void
host_test_mkdir (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

gboolean
host_test_exists (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

char *
host_test_problems (const GPtrArray *problems)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *line = pipeline_problem_to_string (problems->pdata[i]);

      g_string_append_printf (text, "%s\n", line);
    }
  return g_string_free (text, FALSE);
}

static gboolean
on_deadline (gpointer user_data G_GNUC_UNUSED)
{
  g_error ("waited %d s in vain", HOST_TEST_DEADLINE_S);
  return G_SOURCE_REMOVE;
}

static GSource *
start_deadline (void)
{
  GSource *deadline = g_timeout_source_new_seconds (HOST_TEST_DEADLINE_S);

  g_source_set_callback (deadline, on_deadline, NULL, NULL);
  (void)g_source_attach (deadline, NULL);
  return deadline;
}

static void
end_deadline (GSource *deadline)
{
  g_source_destroy (deadline);
  g_source_unref (deadline);
}

void
host_test_iterate_until (const gboolean *done)
{
  GSource *deadline = start_deadline ();

  while (!*done)
    (void)g_main_context_iteration (NULL, TRUE);
  end_deadline (deadline);
}

static gboolean
on_look (gpointer user_data G_GNUC_UNUSED)
{
  return G_SOURCE_CONTINUE;
}

void
host_test_await_file (const char *folder, const char *name)
{
  GSource *deadline = start_deadline ();
  GSource *look = g_timeout_source_new (5);

  g_source_set_callback (look, on_look, NULL, NULL);
  (void)g_source_attach (look, NULL);
  while (!host_test_exists (folder, name))
    (void)g_main_context_iteration (NULL, TRUE);
  end_deadline (look);
  end_deadline (deadline);
}
