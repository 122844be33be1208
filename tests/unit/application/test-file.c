/* SPDX-License-Identifier: MIT */
/*
 * Tests of veo3-file and veo3-json: what is read, what is refused, and that nothing blocks or leads
 * out of the workspace. Single-threaded.
 */
#include "plugin/application/veo3-file.h"
#include "plugin/application/veo3-json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/application/test-workspace.h"

static void
assert_read_error (const TestWorkspace *workspace, const char *name, GIOErrorEnum code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = veo3_file_read (workspace->fd, name, 100, NULL, &error);

  g_assert_null (text);
  g_assert_error (error, G_IO_ERROR, (gint)code);
  g_assert_true (g_str_has_prefix (error->message, name));
}

/* A regular file comes whole, its NULs included, up to the limit and not a byte beyond. */
static void
test_read (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *full = g_strnfill (100, 'x');
  g_autofree char *path = test_workspace_path (workspace, "nul");
  g_autofree char *text = NULL;
  gsize length_bytes = 77;

  g_assert_true (g_file_set_contents (path, "a\0b", 3, NULL));
  text = veo3_file_read (workspace->fd, "nul", 100, &length_bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (text, length_bytes + 1, "a\0b\0", 4);
  g_clear_pointer (&text, g_free);
  test_workspace_write (workspace, "full", full);
  text = veo3_file_read (workspace->fd, "full", 100, NULL, &error);
  g_assert_cmpstr (text, ==, full);
  assert_read_error (workspace, "none", G_IO_ERROR_NOT_FOUND);
  g_clear_pointer (&text, g_free);
  text = g_strconcat (full, "x", NULL);
  test_workspace_write (workspace, "more", text);
  assert_read_error (workspace, "more", G_IO_ERROR_MESSAGE_TOO_LARGE);
}

/* A FIFO, a folder, a device or a link in the file's place is refused at once; none of them counts
 * as "there is no file". */
static void
test_not_regular (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();

  g_assert_cmpint (mkfifoat (workspace->fd, "fifo", 0600), ==, 0);
  g_assert_cmpint (mkdirat (workspace->fd, "folder", 0700), ==, 0);
  g_assert_cmpint (symlinkat ("/etc/hostname", workspace->fd, "link"), ==, 0);
  g_assert_cmpint (symlinkat ("nowhere", workspace->fd, "dangling"), ==, 0);
  assert_read_error (workspace, "fifo", G_IO_ERROR_NOT_REGULAR_FILE);
  assert_read_error (workspace, "folder", G_IO_ERROR_NOT_REGULAR_FILE);
  assert_read_error (workspace, "link", G_IO_ERROR_NOT_REGULAR_FILE);
  assert_read_error (workspace, "dangling", G_IO_ERROR_NOT_REGULAR_FILE);
}

/* What could not be looked at is never "there is none": not a name that is too long, not a disk
 * that fails in the middle, not a file that grows while it is read. */
static void
test_failing (void)
{
  g_autofree char *too_long = g_strnfill (300, 'x');
  TestWorkspace proc = { .fd = open ("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };

  g_assert_cmpint (proc.fd, >=, 0);
  assert_read_error (&proc, "mem", g_io_error_from_errno (EIO));
  assert_read_error (&proc, "maps", G_IO_ERROR_MESSAGE_TOO_LARGE);
  (void)close (proc.fd);
  proc.fd = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  assert_read_error (&proc, too_long, G_IO_ERROR_FILENAME_TOO_LONG);
  (void)close (proc.fd);
}

static gboolean
has_openat2 (void)
{
  return syscall (SYS_openat2, AT_FDCWD, ".", NULL, (gsize)0) >= 0 || errno != ENOSYS;
}

/* Nothing beside the workspace can be reached through a name or a linked folder. */
static void
test_beneath (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  /* Without it the folders on the way are not looked at; no name of ours has any. */
  if (!has_openat2 ())
    {
      g_test_skip ("openat2 is not there: an old kernel, or valgrind");
      return;
    }
  test_workspace_make_folder (workspace, "inner");
  test_workspace_write (workspace, "secret", "s");
  g_assert_cmpint (symlinkat ("..", workspace->fd, "inner/up"), ==, 0);
  g_assert_cmpint (symlinkat (".", workspace->fd, "self"), ==, 0);
  text = veo3_file_read (workspace->fd, "self/secret", 100, NULL, &error);
  g_assert_null (text);
  g_assert_nonnull (error);
  g_assert_false (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
}

/* A new file is written whole and for its owner alone; where there is one already, or a link that
 * leads nowhere, that stays as it is; a write that fails leaves nothing. */
static void
test_write_new (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;
  int file;

  g_assert_true (veo3_file_write_new (workspace->fd, "new", "abc", 3, &error));
  g_assert_no_error (error);
  g_assert_cmpint (fstatat (workspace->fd, "new", &info, 0), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_false (veo3_file_write_new (workspace->fd, "new", "other", 5, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  text = test_workspace_read (workspace, "new");
  g_assert_cmpstr (text, ==, "abc");
  g_assert_cmpint (symlinkat ("elsewhere", workspace->fd, "link"), ==, 0);
  g_assert_false (veo3_file_write_new (workspace->fd, "link", "x", 1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_cmpint (faccessat (workspace->fd, "elsewhere", F_OK, 0), ==, -1);
  g_clear_error (&error);
  file = openat (workspace->fd, "new", O_RDONLY | O_CLOEXEC);
  g_assert_false (veo3_file_write_new (file, "below", "x", 1, &error));
  g_assert_nonnull (error);
  (void)close (file);
}

/* Folders open; a file or a link in a folder's place is named as what it is. */
static void
test_open_folder (void)
{
  static const char *const wrong[] = { "file", "link" };
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *missing = test_workspace_path (workspace, "missing");
  g_autoptr (GError) error = NULL;
  int fd;

  test_workspace_make_folder (workspace, "folder");
  test_workspace_write (workspace, "file", "x");
  g_assert_cmpint (symlinkat ("folder", workspace->fd, "link"), ==, 0);
  fd = veo3_file_open_folder (workspace->fd, "folder", &error);
  g_assert_no_error (error);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
  (void)close (fd);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_cmpint (veo3_file_open_folder (workspace->fd, wrong[i], &error), ==, -1);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
      g_clear_error (&error);
    }
  g_assert_cmpint (veo3_file_open_folder (AT_FDCWD, missing, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
assert_parse_error (const char *text, gsize length_bytes, const char *where)
{
  g_autoptr (GError) error = NULL;
  Veo3JsonObject *object = (Veo3JsonObject *)&error;

  g_assert_false (veo3_json_parse ("doc", text, length_bytes, &object, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_true (g_str_has_prefix (error->message, "doc: "));
  g_assert_nonnull (strstr (error->message, where));
  g_assert_true (object == (Veo3JsonObject *)&error);
}

/* Whole documents parse, white space around them and a bare null included. */
static void
test_json_good (void)
{
  static const char *const good[]
      = { "{}", " [1, 2]\n", "null", "12", "\"x\"", "{\"a\": {\"b\": [true]}}\r\n\t ", "-1.5e3" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Veo3JsonObject) object = NULL;

      g_assert_true (veo3_json_parse ("doc", good[i], strlen (good[i]), &object, &error));
      g_assert_no_error (error);
    }
}

/* What is cut, followed by something, not UTF-8, holds a NUL or nests too deep is refused, with
 * line and column. */
static void
test_json_bad (void)
{
  g_autofree char *deep = g_strnfill (VEO3_JSON_MAX_DEPTH + 1, '[');

  assert_parse_error ("", 0, "line 1, column 1");
  assert_parse_error ("{\"a\":", 5, "line 1, column 6");
  assert_parse_error ("{\n  \"a\": 1,\n  \"b\" 2\n}", 21, "line 3, column 7");
  assert_parse_error ("{} x", 4, "line 1, column 4: something follows");
  assert_parse_error ("{}{}", 4, "something follows");
  assert_parse_error ("{}\0x", 4, "column 3");
  assert_parse_error ("{\"a\":\n\"\xff\"}", 10, "line 2, column 2");
  assert_parse_error ("\xef\xbb\xbf{}", 5, "line 1");
  assert_parse_error (deep, VEO3_JSON_MAX_DEPTH + 1, "line 1");
  assert_parse_error ("{\"a\": tru}", 10, "line 1");
  assert_parse_error ("{}", (gsize)G_MAXINT32 + 1, "too large");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/file/read", test_read);
  g_test_add_func ("/veo3/file/not-regular", test_not_regular);
  g_test_add_func ("/veo3/file/failing", test_failing);
  g_test_add_func ("/veo3/file/beneath", test_beneath);
  g_test_add_func ("/veo3/file/write-new", test_write_new);
  g_test_add_func ("/veo3/file/open-folder", test_open_folder);
  g_test_add_func ("/veo3/json/good", test_json_good);
  g_test_add_func ("/veo3/json/bad", test_json_bad);
  return g_test_run ();
}
