/* SPDX-License-Identifier: MIT */
/*
 * The folders of the tests. No state of its own; never follows a symbolic link when it removes.
 */
#include "tests/unit/application/test-workspace.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

TestWorkspace *
test_workspace_new (void)
{
  TestWorkspace *self = g_new0 (TestWorkspace, 1);

  self->path = g_dir_make_tmp ("veo3-test-XXXXXX", NULL);
  g_assert_nonnull (self->path);
  self->fd = open (self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
  return self;
}

static int
remove_one (const char *path, const struct stat *info, int type, struct FTW *place)
{
  (void)info;
  (void)type;
  (void)place;
  return remove (path);
}

void
test_workspace_free (TestWorkspace *self)
{
  if (self == NULL)
    return;
  g_assert_cmpint (nftw (self->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), ==, 0);
  (void)close (self->fd);
  g_free (self->path);
  g_free (self);
}

char *
test_workspace_path (const TestWorkspace *self, const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

void
test_workspace_write (const TestWorkspace *self, const char *name, const char *text)
{
  g_autofree char *path = test_workspace_path (self, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  (void)g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

char *
test_workspace_read (const TestWorkspace *self, const char *name)
{
  g_autofree char *path = test_workspace_path (self, name);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  (void)g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

gboolean
test_workspace_exists (const TestWorkspace *self, const char *name)
{
  struct stat info;

  return fstatat (self->fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

void
test_workspace_make_folder (const TestWorkspace *self, const char *name)
{
  g_autofree char *path = test_workspace_path (self, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

guint
test_workspace_count (const TestWorkspace *self, const char *folder, const char *prefix)
{
  g_autofree char *path = test_workspace_path (self, folder);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, prefix);
  return n;
}
