/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/small-file.c, its refusals above all.
 */
#include "host/small-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/host/host-test.h"

static char *
read_in (const char *folder, const char *name, SmallFileLinks links, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return small_file_read (path, 16, links, NULL, error);
}

/* What is written is read back, with mode 0600, and replaces what was there. */
static void
test_round_trip (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *path = g_build_filename (folder, "f", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;
  struct stat info;

  g_assert_true (small_file_write (path, "longer than it", 14, &error));
  g_assert_true (small_file_write (path, "a\0b", 3, &error));
  text = small_file_read (path, 16, SMALL_FILE_NO_LINKS, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (text, length, "a\0b", 3);
  g_assert_cmpint (text[3], ==, '\0');
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  host_test_folder_free (folder);
}

/* Only a name that does not exist is NOENT; the message names the file. */
static void
test_absent (void)
{
  char *folder = host_test_folder_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (read_in (folder, "nothing", SMALL_FILE_FOLLOW_LINKS, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_true (g_str_has_prefix (error->message, folder));
  host_test_folder_free (folder);
}

/* A folder and a FIFO are refused at once: neither blocks nor counts as absent. */
static void
test_irregular (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
  g_autoptr (GError) folder_error = NULL;
  g_autoptr (GError) fifo_error = NULL;

  host_test_mkdir (folder, "dir");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_null (read_in (folder, "dir", SMALL_FILE_FOLLOW_LINKS, &folder_error));
  g_assert_error (folder_error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  g_assert_null (read_in (folder, "fifo", SMALL_FILE_FOLLOW_LINKS, &fifo_error));
  g_assert_error (fifo_error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  host_test_folder_free (folder);
}

/* In the place of a file of ours, each of them is named with what to do about it. */
static void
test_explained (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autoptr (GError) link_error = NULL;
  g_autoptr (GError) folder_error = NULL;

  host_test_mkdir (folder, "dir");
  g_assert_cmpint (symlink ("elsewhere", link), ==, 0);
  g_assert_null (read_in (folder, "link", SMALL_FILE_NO_LINKS, &link_error));
  g_assert_nonnull (strstr (link_error->message, "is a symbolic link; put the file itself there"));
  g_assert_null (read_in (folder, "dir", SMALL_FILE_NO_LINKS, &folder_error));
  g_assert_nonnull (strstr (folder_error->message, "not a regular file; move it out of the way"));
  g_assert_cmpstr (small_file_explain (ENXIO), ==, small_file_explain (EISDIR));
  g_assert_cmpstr (small_file_explain (EIO), ==, g_strerror (EIO));
  host_test_folder_free (folder);
}

/* The limit is a limit: exactly as much is read, one byte more is refused. */
static void
test_limit (void)
{
  char *folder = host_test_folder_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  host_test_write (folder, "full", "0123456789abcdef");
  host_test_write (folder, "over", "0123456789abcdefg");
  text = read_in (folder, "full", SMALL_FILE_FOLLOW_LINKS, &error);
  g_assert_cmpstr (text, ==, "0123456789abcdef");
  g_assert_null (read_in (folder, "over", SMALL_FILE_FOLLOW_LINKS, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  host_test_folder_free (folder);
}

/* A symlink is followed only where the user chose the file. */
static void
test_links (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  host_test_write (folder, "target", "t");
  g_assert_cmpint (symlink ("target", link), ==, 0);
  text = read_in (folder, "link", SMALL_FILE_FOLLOW_LINKS, &error);
  g_assert_cmpstr (text, ==, "t");
  g_assert_null (read_in (folder, "link", SMALL_FILE_NO_LINKS, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_LOOP);
  host_test_folder_free (folder);
}

/* A folder in the file's place, and a folder that is not there, are errors of writing. */
static void
test_write_errors (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *in_place = g_build_filename (folder, "dir", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "no", "f", NULL);
  g_autoptr (GError) place_error = NULL;
  g_autoptr (GError) nowhere_error = NULL;

  host_test_mkdir (folder, "dir");
  g_assert_false (small_file_write (in_place, "x", 1, &place_error));
  g_assert_nonnull (place_error);
  g_assert_false (small_file_write (nowhere, "x", 1, &nowhere_error));
  g_assert_error (nowhere_error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  host_test_folder_free (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/small-file/round-trip", test_round_trip);
  g_test_add_func ("/host/small-file/absent", test_absent);
  g_test_add_func ("/host/small-file/irregular", test_irregular);
  g_test_add_func ("/host/small-file/explained", test_explained);
  g_test_add_func ("/host/small-file/limit", test_limit);
  g_test_add_func ("/host/small-file/links", test_links);
  g_test_add_func ("/host/small-file/write-errors", test_write_errors);
  return g_test_run ();
}
