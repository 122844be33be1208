/* SPDX-License-Identifier: MIT */
/*
 * Tests of veo3-kept-clip: what was paid for stays when another clip takes its place. On a real
 * disk.
 */
#include "plugin/application/veo3-kept-clip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/application/test-workspace.h"

static void
set_up (TestWorkspace **folder, gconstpointer data)
{
  (void)data;
  *folder = test_workspace_new ();
}

static void
tear_down (TestWorkspace **folder, gconstpointer data)
{
  (void)data;
  test_workspace_free (*folder);
}

static char *
keep (const TestWorkspace *folder)
{
  char *name = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (veo3_kept_clip_make (folder->fd, "a", &name, &error));
  g_assert_no_error (error);
  return name;
}

static void
expect_kept (const TestWorkspace *folder, const char *expected)
{
  g_autofree char *name = keep (folder);

  g_assert_cmpstr (name, ==, expected);
}

static void
expect_bytes (const TestWorkspace *folder, const char *name, const char *expected)
{
  g_autofree char *text = test_workspace_read (folder, name);

  g_assert_cmpstr (text, ==, expected);
}

/* As the download does: a new file takes the name, the old one is not written to. */
static void
replace_clip (const TestWorkspace *folder, const char *text)
{
  test_workspace_write (folder, ".a.mp4.part", text);
  g_assert_cmpint (renameat (folder->fd, ".a.mp4.part", folder->fd, "a.mp4"), ==, 0);
}

/* One clip after the other gets the next number, and keeps its bytes under it. */
static void
test_numbers (TestWorkspace **folder, gconstpointer data)
{
  (void)data;
  for (guint i = 1; i <= 12; i++)
    {
      g_autofree char *text = g_strdup_printf ("clip %u", i);
      g_autofree char *name = g_strdup_printf ("a.%u.mp4", i);

      replace_clip (*folder, text);
      expect_kept (*folder, name);
      expect_bytes (*folder, "a.mp4", text);
    }
  replace_clip (*folder, "the last one");
  for (guint i = 1; i <= 12; i++)
    {
      g_autofree char *text = g_strdup_printf ("clip %u", i);
      g_autofree char *name = g_strdup_printf ("a.%u.mp4", i);

      expect_bytes (*folder, name, text);
    }
}

/* Keeping a clip again, because the order died before it was carried out, makes no second copy. */
static void
test_again (TestWorkspace **folder, gconstpointer data)
{
  (void)data;
  replace_clip (*folder, "one");
  expect_kept (*folder, "a.1.mp4");
  expect_kept (*folder, "a.1.mp4");
  replace_clip (*folder, "two");
  expect_kept (*folder, "a.2.mp4");
  expect_kept (*folder, "a.2.mp4");
  g_assert_cmpuint (test_workspace_count (*folder, ".", "a."), ==, 3);
  expect_bytes (*folder, "a.1.mp4", "one");
  expect_bytes (*folder, "a.2.mp4", "two");
}

/* A number that is taken, by whatever it is, is left alone; a gap is filled. */
static void
test_taken (TestWorkspace **folder, gconstpointer data)
{
  (void)data;
  replace_clip (*folder, "mine");
  test_workspace_write (*folder, "a.1.mp4", "somebody else's");
  test_workspace_make_folder (*folder, "a.2.mp4");
  g_assert_cmpint (symlinkat ("nowhere", (*folder)->fd, "a.3.mp4"), ==, 0);
  test_workspace_write (*folder, "a.5.mp4", "later");
  expect_kept (*folder, "a.4.mp4");
  expect_bytes (*folder, "a.1.mp4", "somebody else's");
  expect_bytes (*folder, "a.4.mp4", "mine");
  expect_bytes (*folder, "a.5.mp4", "later");
}

/* Where there is no clip there is nothing to keep, and that is no failure. */
static void
test_none (TestWorkspace **folder, gconstpointer data)
{
  (void)data;
  expect_kept (*folder, NULL);
  test_workspace_write (*folder, "a.1.mp4", "an old one");
  test_workspace_write (*folder, "aa.mp4", "of another clip");
  expect_kept (*folder, NULL);
  g_assert_cmpuint (test_workspace_count (*folder, ".", "a"), ==, 2);
}

/* A link in the place of the clip is kept itself: what it leads to is neither copied nor moved. */
static void
test_symlink (TestWorkspace **folder, gconstpointer data)
{
  char target[16] = "";

  (void)data;
  test_workspace_write (*folder, "elsewhere", "x");
  g_assert_cmpint (symlinkat ("elsewhere", (*folder)->fd, "a.mp4"), ==, 0);
  expect_kept (*folder, "a.1.mp4");
  g_assert_cmpint (readlinkat ((*folder)->fd, "a.1.mp4", target, sizeof target - 1), ==, 9);
  g_assert_cmpstr (target, ==, "elsewhere");
  expect_bytes (*folder, "elsewhere", "x");
}

/* Where there are no second names the clip moves, over nothing. A folder can have no second name
 * anywhere, and stands for the file systems on which no file can. */
static void
test_no_links (TestWorkspace **folder, gconstpointer data)
{
  (void)data;
  test_workspace_write (*folder, "a.mp4/inside", "x");
  test_workspace_write (*folder, "a.1.mp4", "an old one");
  g_assert_cmpint (linkat ((*folder)->fd, "a.mp4", (*folder)->fd, "other", 0), ==, -1);
  g_assert_cmpint (errno, ==, EPERM);
  expect_kept (*folder, "a.2.mp4");
  g_assert_false (test_workspace_exists (*folder, "a.mp4"));
  expect_bytes (*folder, "a.2.mp4/inside", "x");
  expect_bytes (*folder, "a.1.mp4", "an old one");
  expect_kept (*folder, NULL);
}

/* A clip that cannot be kept is an error, and the name that would have been given is not touched.
 */
static void
test_failure (TestWorkspace **folder, gconstpointer data)
{
  char *untouched = GINT_TO_POINTER (1);
  char *name = untouched;
  g_autoptr (GError) error = NULL;
  g_autofree char *long_variant = g_strnfill (251, 'a');
  g_autofree char *long_name = g_strconcat (long_variant, ".mp4", NULL);
  int fd;

  (void)data;
  /* A clip whose name leaves no room for a number. */
  fd = openat ((*folder)->fd, long_name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  g_assert_cmpint (fd, >=, 0);
  (void)close (fd);
  g_assert_false (veo3_kept_clip_make ((*folder)->fd, long_variant, &name, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG);
  g_assert_nonnull (strstr (error->message, "cannot be kept"));
  g_assert_nonnull (strstr (error->message, "Nothing was sent"));
  g_assert_true (name == untouched);
  g_clear_error (&error);
  g_assert_false (veo3_kept_clip_make (-1, "a", &name, &error));
  g_assert_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (EBADF));
  g_assert_true (name == untouched);
}

/* The kept clip outlives the first name, whichever way that goes. */
static void
test_outlives (TestWorkspace **folder, gconstpointer data)
{
  (void)data;
  replace_clip (*folder, "paid for");
  expect_kept (*folder, "a.1.mp4");
  g_assert_cmpint (unlinkat ((*folder)->fd, "a.mp4", 0), ==, 0);
  expect_bytes (*folder, "a.1.mp4", "paid for");
}

static void
add (const char *path, void (*test) (TestWorkspace **folder, gconstpointer data))
{
  g_test_add (path, TestWorkspace *, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/veo3/kept-clip/numbers", test_numbers);
  add ("/veo3/kept-clip/again", test_again);
  add ("/veo3/kept-clip/taken", test_taken);
  add ("/veo3/kept-clip/none", test_none);
  add ("/veo3/kept-clip/symlink", test_symlink);
  add ("/veo3/kept-clip/no-links", test_no_links);
  add ("/veo3/kept-clip/failure", test_failure);
  add ("/veo3/kept-clip/outlives", test_outlives);
  return g_test_run ();
}
