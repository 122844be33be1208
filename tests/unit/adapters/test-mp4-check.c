/* SPDX-License-Identifier: MIT */
/* Which files pass for a whole MP4. */
#include "plugin/adapters/mp4-check.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/adapters/small-mp4.h"

static Mp4CheckResult
check (const void *data, gsize length)
{
  int fd = small_mp4_open (data, length);
  g_autoptr (GError) local_error = NULL;
  Mp4CheckResult result = mp4_check_fd (fd, NULL, &local_error);

  g_assert_no_error (local_error);
  (void)close (fd);
  return result;
}

static Mp4CheckResult
check_bytes (const GByteArray *bytes)
{
  return check (bytes->data, bytes->len);
}

/* A whole file passes, and no shorter piece of it does. */
static void
test_every_prefix (void)
{
  g_autoptr (GByteArray) bytes = small_mp4_new (50);

  g_assert_cmpint (check_bytes (bytes), ==, MP4_CHECK_WHOLE);
  for (gsize length = 0; length < bytes->len; length++)
    g_assert_cmpint (check (bytes->data, length), ==, MP4_CHECK_CUT);
}

/* What does not begin like an MP4 is something else. */
static void
test_foreign (void)
{
  static const char *const texts[] = { "<!DOCTYPE html><html></html>", "{\"error\":{\"code\":1}}",
                                       "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" };
  g_autoptr (GByteArray) bytes = small_mp4_new (8);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpint (check (texts[i], 10), ==, MP4_CHECK_FOREIGN);
  memcpy (bytes->data + 4, "moov", 4);
  g_assert_cmpint (check_bytes (bytes), ==, MP4_CHECK_FOREIGN);
}

/* Junk behind the last box, impossible sizes and unprintable types are noticed. */
static void
test_bad_boxes (void)
{
  g_autoptr (GByteArray) junk = small_mp4_new (8);
  g_autoptr (GByteArray) tiny = small_mp4_new (8);
  g_autoptr (GByteArray) type = small_mp4_new (8);

  g_byte_array_append (junk, (const guint8 *)"\0\0\0\0\0\0\0\0\0", 9);
  g_assert_cmpint (check_bytes (junk), ==, MP4_CHECK_FOREIGN);
  tiny->data[24 + 3] = 7; /* the size of the second box */
  g_assert_cmpint (check_bytes (tiny), ==, MP4_CHECK_FOREIGN);
  type->data[24 + 4] = 1;
  g_assert_cmpint (check_bytes (type), ==, MP4_CHECK_FOREIGN);
}

/* Sizes of 64 bits and the size that means "up to the end" are part of the format. */
static void
test_sizes (void)
{
  static const guint8 large[]
      = { 0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0, 0, 0, 0, 0, 20, 1, 2, 3, 4 };
  static const guint8 small[] = { 0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0, 0, 0, 0, 0, 15 };
  static const guint8 huge[]
      = { 0, 0, 0, 1, 'm', 'd', 'a', 't', 255, 255, 255, 255, 255, 255, 255, 255 };
  static const guint8 rest[] = { 0, 0, 0, 0, 'm', 'd', 'a', 't', 1, 2, 3 };
  static const struct
  {
    const guint8 *box;
    guint length;
    Mp4CheckResult expected;
  } rows[] = {
    { large, sizeof large, MP4_CHECK_WHOLE },
    { large, sizeof large - 1, MP4_CHECK_CUT },
    { large, 15, MP4_CHECK_CUT },
    { small, sizeof small, MP4_CHECK_FOREIGN },
    { huge, sizeof huge, MP4_CHECK_CUT },
    { rest, sizeof rest, MP4_CHECK_WHOLE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      small_mp4_append_box (bytes, "ftyp", 16);
      small_mp4_append_box (bytes, "moov", 8);
      g_byte_array_append (bytes, rows[i].box, rows[i].length);
      g_assert_cmpint (check_bytes (bytes), ==, rows[i].expected);
    }
}

/* Boxes without end are not walked without end. */
static void
test_many_boxes (void)
{
  g_autoptr (GByteArray) bytes = small_mp4_new (8);

  for (guint i = 0; i < 5000; i++)
    small_mp4_append_box (bytes, "free", 0);
  g_assert_cmpint (check_bytes (bytes), ==, MP4_CHECK_FOREIGN);
}

/* A file that cannot be read is neither whole nor foreign: it is an error. */
static void
test_unreadable (void)
{
  g_autoptr (GError) closed = NULL;
  g_autoptr (GError) folder = NULL;
  int fd = g_open ("/", O_RDONLY | O_CLOEXEC, 0);

  g_assert_cmpint (mp4_check_fd (-1, NULL, &closed), ==, MP4_CHECK_ERROR);
  g_assert_nonnull (closed);
  g_assert_cmpint (mp4_check_fd (fd, NULL, &folder), ==, MP4_CHECK_ERROR);
  g_assert_error (folder, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  (void)close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/mp4-check/every-prefix", test_every_prefix);
  g_test_add_func ("/veo3/mp4-check/foreign", test_foreign);
  g_test_add_func ("/veo3/mp4-check/bad-boxes", test_bad_boxes);
  g_test_add_func ("/veo3/mp4-check/sizes", test_sizes);
  g_test_add_func ("/veo3/mp4-check/many-boxes", test_many_boxes);
  g_test_add_func ("/veo3/mp4-check/unreadable", test_unreadable);
  return g_test_run ();
}
