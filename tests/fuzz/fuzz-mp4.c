/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the boxes of an MP4. What is called whole begins as one, has both boxes it needs,
 * and is whole no more when its last byte is missing. What it says of itself is something that a
 * clip can be.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plugin/adapters/mp4-check.h"
#include "plugin/adapters/mp4-media.h"
#include "tests/fuzz/fuzz-target.h"

static Mp4CheckResult
check (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  int fd = memfd_create ("fuzz-mp4", MFD_CLOEXEC);
  Mp4CheckResult result;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, size), ==, (gssize)size);
  result = mp4_check_fd (fd, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lseek (fd, 0, SEEK_CUR), ==, (off_t)size);
  (void)close (fd);
  return result;
}

static guint64
read_number (const uint8_t *data, guint bytes)
{
  guint64 number = 0;

  for (guint i = 0; i < bytes; i++)
    number = (number << 8) | data[i];
  return number;
}

/* Another walk over the same boxes, for a file that is said to be whole: does its last box end by
 * its own size, and not just with the file? */
static gboolean
walk_whole (const uint8_t *data, size_t size, gboolean *ret_is_closed)
{
  gboolean has_moov = FALSE;
  gboolean has_mdat = FALSE;
  size_t offset = 0;

  while (size - offset >= 8)
    {
      const uint8_t *box = data + offset;
      guint64 length = read_number (box, 4);

      *ret_is_closed = length != 0;
      if (length == 1)
        length = size - offset >= 16 ? read_number (box + 8, 8) : 0;
      else if (length == 0)
        length = size - offset;
      if (length < 8 || length > size - offset)
        return FALSE;
      has_moov = has_moov || memcmp (box + 4, "moov", 4) == 0;
      has_mdat = has_mdat || memcmp (box + 4, "mdat", 4) == 0;
      offset += length;
    }
  return offset == size && has_moov && has_mdat;
}

static void
check_media (Veo3ClipMedia media)
{
  g_assert_cmpint (media.duration_ms, >=, 0);
  g_assert_cmpint (media.duration_ms, <=, 24 * 3600 * 1000);
  g_assert_cmpint (media.width, >=, 0);
  g_assert_cmpint (media.width, <=, 65535);
  g_assert_cmpint (media.height, >=, 0);
  g_assert_cmpint (media.height, <=, 65535);
  g_assert_cmpint (media.width == 0, ==, media.height == 0);
}

/* Of a whole file, its own "moov"; of any other, all of it taken for one. */
static void
read_media (const uint8_t *data, size_t size, gboolean is_whole)
{
  int fd;

  check_media (mp4_media_parse (data, size));
  if (!is_whole)
    return;
  fd = memfd_create ("fuzz-mp4", MFD_CLOEXEC);
  g_assert_cmpint (write (fd, data, size), ==, (gssize)size);
  check_media (mp4_media_read_fd (fd));
  (void)close (fd);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Mp4CheckResult result = check (data, size);
  gboolean is_closed = FALSE;

  g_assert_cmpint (result, !=, MP4_CHECK_ERROR);
  if (size >= 8 && memcmp (data + 4, "ftyp", 4) != 0)
    g_assert_cmpint (result, ==, MP4_CHECK_FOREIGN);
  read_media (data, size, result == MP4_CHECK_WHOLE);
  if (result != MP4_CHECK_WHOLE)
    return 0;
  g_assert_true (walk_whole (data, size, &is_closed));
  if (is_closed)
    g_assert_cmpint (check (data, size - 1), ==, MP4_CHECK_CUT);
  return 0;
}
