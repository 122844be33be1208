/* SPDX-License-Identifier: MIT */
/* A clip gets its final name only whole and durable, and nothing leads out of its folder. */
#include "plugin/adapters/clip-file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/small-mp4.h"

typedef struct
{
  GMainContext *context; /* (owned) */
  char *folder;          /* (owned) */
  int dir_fd;            /* (owned) */
  ClipFile *file;        /* (owned) (nullable) */
  guint calls;
  GError *error; /* (owned) (nullable) of the last commit */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->context = adapter_test_push_context ();
  fixture->folder = g_dir_make_tmp ("clip-file-XXXXXX", NULL);
  fixture->dir_fd = g_open (fixture->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC, 0);
  g_assert_cmpint (fixture->dir_fd, >=, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  (void)data;
  g_clear_pointer (&fixture->file, clip_file_free);
  dir = g_dir_open (fixture->folder, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  (void)g_rmdir (fixture->folder);
  (void)close (fixture->dir_fd);
  g_free (fixture->folder);
  g_clear_error (&fixture->error);
  adapter_test_pop_context (fixture->context);
}

static char *
path_of (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static gboolean
exists (Fixture *fixture, const char *name)
{
  g_autofree char *path = path_of (fixture, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
open_file (Fixture *fixture, guint64 max_bytes)
{
  g_autoptr (GError) local_error = NULL;

  fixture->file = clip_file_new (fixture->dir_fd, "clip.mp4", max_bytes, &local_error);
  g_assert_no_error (local_error);
}

static void
write_bytes (Fixture *fixture, const void *data, gsize length)
{
  g_autoptr (GError) local_error = NULL;

  g_assert_true (clip_file_write (fixture->file, data, length, &local_error));
  g_assert_no_error (local_error);
}

static void
on_committed (const GError *error, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (g_main_context_is_owner (fixture->context));
  fixture->calls++;
  g_clear_error (&fixture->error);
  fixture->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
commit (Fixture *fixture)
{
  clip_file_commit (fixture->file, fixture->context, on_committed, fixture);
  g_assert_cmpuint (fixture->calls, ==, 0);
  adapter_test_wait (fixture->context, &fixture->calls, 1);
}

/* Written in pieces, it has its name, its bytes, its checksum and its rights in the end. */
static void
test_stored (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) bytes = small_mp4_new (70000);
  g_autofree char *expected
      = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes->data, bytes->len);
  g_autofree char *path = path_of (fixture, "clip.mp4");
  g_autofree char *content = NULL;
  gsize length = 0;
  GStatBuf info;

  (void)data;
  open_file (fixture, bytes->len);
  for (guint i = 0; i < bytes->len; i += 1000)
    write_bytes (fixture, bytes->data + i, MIN (1000, bytes->len - i));
  g_assert_true (exists (fixture, ".clip.mp4.part"));
  g_assert_false (exists (fixture, "clip.mp4"));
  commit (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (clip_file_get_bytes (fixture->file), ==, bytes->len);
  g_assert_cmpstr (clip_file_get_sha256 (fixture->file), ==, expected);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpmem (content, length, bytes->data, bytes->len);
  g_assert_false (exists (fixture, ".clip.mp4.part"));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_clear_pointer (&fixture->file, clip_file_free);
  g_assert_true (exists (fixture, "clip.mp4"));
}

/* Given up, it leaves nothing behind. */
static void
test_given_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  open_file (fixture, 100);
  write_bytes (fixture, "x", 1);
  g_clear_pointer (&fixture->file, clip_file_free);
  g_assert_false (exists (fixture, ".clip.mp4.part"));
}

/* A leftover of an earlier try is replaced; a symlink in its place is not followed. */
static void
test_leftover (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) bytes = small_mp4_new (10);
  g_autofree char *victim = path_of (fixture, "victim");
  g_autofree char *part = path_of (fixture, ".clip.mp4.part");
  g_autofree char *final = path_of (fixture, "clip.mp4");
  g_autofree char *content = NULL;

  (void)data;
  g_assert_true (g_file_set_contents (victim, "precious", -1, NULL));
  g_assert_cmpint (symlink (victim, part), ==, 0);
  g_assert_cmpint (symlink (victim, final), ==, 0);
  open_file (fixture, 1000);
  write_bytes (fixture, bytes->data, bytes->len);
  commit (fixture);
  g_assert_no_error (fixture->error);
  g_assert_false (g_file_test (final, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_get_contents (victim, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "precious");
}

/* More bytes than allowed are refused before they are written. */
static void
test_too_big (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) local_error = NULL;

  (void)data;
  open_file (fixture, 10);
  write_bytes (fixture, "0123456789", 10);
  g_assert_false (clip_file_write (fixture->file, (const guint8 *)"x", 1, &local_error));
  g_assert_error (local_error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_TOO_BIG);
  g_assert_cmpuint (clip_file_get_bytes (fixture->file), ==, 10);
}

/* Cut at any border of its boxes, or something else altogether: no final name. */
static void
test_not_whole (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) bytes = small_mp4_new (10);
  static const guint borders[] = { 0, 24, 32, 50 };

  (void)data;
  for (gsize i = 0; i <= G_N_ELEMENTS (borders); i++)
    {
      fixture->calls = 0;
      open_file (fixture, 1000);
      if (i < G_N_ELEMENTS (borders))
        write_bytes (fixture, bytes->data, borders[i]);
      else
        write_bytes (fixture, "<!DOCTYPE html><html>", 21);
      commit (fixture);
      g_assert_error (fixture->error, CLIP_FILE_ERROR,
                      (i < G_N_ELEMENTS (borders) ? CLIP_FILE_ERROR_CUT : CLIP_FILE_ERROR_FOREIGN));
      g_clear_pointer (&fixture->file, clip_file_free);
      g_assert_false (exists (fixture, "clip.mp4"));
      g_assert_false (exists (fixture, ".clip.mp4.part"));
    }
}

static void
assert_no_file (int dir_fd, const char *name)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (ClipFile) file = clip_file_new (dir_fd, name, 10, &local_error);

  g_assert_null (file);
  g_assert_error (local_error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK);
}

/* A folder that is gone, a name that leads elsewhere, things in the way: our disk refuses. */
static void
test_cannot_open (Fixture *fixture, gconstpointer data)
{
  g_autofree char *in_the_way = path_of (fixture, ".clip.mp4.part");

  (void)data;
  assert_no_file (fixture->dir_fd, "a/b");
  assert_no_file (fixture->dir_fd, "..");
  assert_no_file (fixture->dir_fd, ".");
  assert_no_file (fixture->dir_fd, "");
  assert_no_file (-1, "clip.mp4");
  g_assert_cmpint (g_mkdir (in_the_way, 0700), ==, 0);
  assert_no_file (fixture->dir_fd, "clip.mp4");
  g_assert_cmpint (g_rmdir (in_the_way), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  assert_no_file (fixture->dir_fd, "clip.mp4");
}

/* A disk that takes no more is an error of the disk, and of nothing else. */
static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *block = g_malloc0 (4096);
  g_autoptr (GError) local_error = NULL;
  struct rlimit before, limit;

  (void)data;
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 5000;
  (void)signal (SIGXFSZ, SIG_IGN);
  open_file (fixture, 100000);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  write_bytes (fixture, block, 4096);
  g_assert_false (clip_file_write (fixture->file, (const guint8 *)block, 4096, &local_error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  g_assert_error (local_error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK);
}

/* A final name that cannot be taken is an error of the disk. */
static void
test_cannot_rename (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) bytes = small_mp4_new (10);
  g_autofree char *in_the_way = path_of (fixture, "clip.mp4");

  (void)data;
  g_assert_cmpint (g_mkdir (in_the_way, 0700), ==, 0);
  open_file (fixture, 1000);
  write_bytes (fixture, bytes->data, bytes->len);
  commit (fixture);
  g_assert_error (fixture->error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK);
}

/* No descriptors left at the moment of the commit: an error of the disk, and no final name. */
static void
test_no_descriptors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) bytes = small_mp4_new (10);
  struct rlimit before, limit;

  (void)data;
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 3;
  open_file (fixture, 1000);
  write_bytes (fixture, bytes->data, bytes->len);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  clip_file_commit (fixture->file, fixture->context, on_committed, fixture);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  adapter_test_wait (fixture->context, &fixture->calls, 1);
  g_assert_error (fixture->error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK);
  g_assert_false (exists (fixture, "clip.mp4"));
}

#define ADD(path, func) g_test_add ("/veo3/clip-file/" path, Fixture, NULL, set_up, func, tear_down)

/* A file that somebody else has written is checked, summed up and given its name like our own; what
 * is no such file is left alone. */
static void
test_adopted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (300000);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, clip->data, clip->len);
  g_autofree char *path = g_build_filename (fixture->folder, ".made", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, ".link", NULL);
  g_autofree char *final = g_build_filename (fixture->folder, "clip.mp4", NULL);
  g_autoptr (GError) local_error = NULL;
  GStatBuf info;

  (void)data;
  g_assert_true (g_file_set_contents (path, (const char *)clip->data, clip->len, NULL));
  g_assert_cmpint (symlink (".made", link), ==, 0);
  g_assert_null (
      clip_file_new_adopted (fixture->dir_fd, ".link", "clip.mp4", 400000, &local_error));
  g_assert_error (local_error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK);
  g_clear_error (&local_error);
  g_assert_null (clip_file_new_adopted (fixture->dir_fd, ".made", "clip.mp4", 1000, &local_error));
  g_assert_error (local_error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_TOO_BIG);
  g_clear_error (&local_error);
  g_assert_null (clip_file_new_adopted (fixture->dir_fd, "../x", "clip.mp4", 1000, &local_error));
  g_assert_error (local_error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK);
  g_clear_error (&local_error);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  fixture->file
      = clip_file_new_adopted (fixture->dir_fd, ".made", "clip.mp4", 400000, &local_error);
  g_assert_no_error (local_error);
  commit (fixture);
  g_assert_cmpstr (clip_file_get_sha256 (fixture->file), ==, sha256);
  g_assert_cmpuint (clip_file_get_bytes (fixture->file), ==, clip->len);
  g_assert_cmpint (g_stat (final, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_remove (link), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("stored", test_stored);
  ADD ("given-up", test_given_up);
  ADD ("leftover", test_leftover);
  ADD ("too-big", test_too_big);
  ADD ("not-whole", test_not_whole);
  ADD ("cannot-open", test_cannot_open);
  ADD ("full-disk", test_full_disk);
  ADD ("cannot-rename", test_cannot_rename);
  ADD ("adopted", test_adopted);
  ADD ("no-descriptors", test_no_descriptors);
  return g_test_run ();
}
