/* SPDX-License-Identifier: MIT */
/*
 * Walks the outermost boxes of an MP4. Stateless. Must not trust a size: each step stays within
 * the file and goes forward, and the number of steps is bounded.
 */
#include "plugin/adapters/mp4-check.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/adapters/mp4-box.h"

/* Fragmented files have two boxes a fragment; a clip of some seconds has some dozens at most. */
#define BOXES_MAX 4096

static gboolean
read_at (int fd, void *buffer, gsize length, guint64 offset, GError **error)
{
  gsize done = 0;

  while (done < length)
    {
      gssize got = TEMP_FAILURE_RETRY (
          pread (fd, (guint8 *)buffer + done, length - done, (off_t)(offset + done)));

      if (got <= 0)
        {
          int saved = got < 0 ? errno : EIO;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "cannot read the clip: %s",
                       g_strerror (saved));
          return FALSE;
        }
      done += (gsize)got;
    }
  return TRUE;
}

/* Reads the header at @offset, of which @left bytes follow; at least 8. */
static Mp4CheckResult
read_box (int fd, guint64 offset, guint64 left, Mp4Box *box, GError **error)
{
  guint8 header[MP4_BOX_HEADER_MAX_BYTES] = { 0 };

  if (!read_at (fd, header, MIN (left, sizeof header), offset, error))
    return MP4_CHECK_ERROR;
  switch (mp4_box_read (header, left, box))
    {
    case MP4_BOX_WHOLE:
      return MP4_CHECK_WHOLE;
    case MP4_BOX_CUT:
      return MP4_CHECK_CUT;
    case MP4_BOX_BAD:
      break;
    }
  return MP4_CHECK_FOREIGN;
}

Mp4CheckResult
mp4_check_fd (int fd, Mp4Range *ret_moov, GError **error)
{
  struct stat info;
  guint64 size, offset = 0;
  gboolean has_mdat = FALSE;
  Mp4Range moov = { 0 };

  if (fstat (fd, &info) != 0)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "cannot look at the clip: %s",
                   g_strerror (saved));
      return MP4_CHECK_ERROR;
    }
  size = (guint64)info.st_size;
  for (guint i = 0; i < BOXES_MAX && offset < size; i++)
    {
      Mp4Box box = { 0 };
      Mp4CheckResult result;

      if (size - offset < 8)
        return MP4_CHECK_CUT;
      result = read_box (fd, offset, size - offset, &box, error);
      if (offset == 0 && result != MP4_CHECK_ERROR && !mp4_box_is (&box, "ftyp"))
        return MP4_CHECK_FOREIGN;
      if (result != MP4_CHECK_WHOLE)
        return result;
      if (mp4_box_is (&box, "moov") && moov.offset == 0)
        moov = (Mp4Range){ offset + box.header_bytes, box.size - box.header_bytes };
      has_mdat = has_mdat || mp4_box_is (&box, "mdat");
      offset += box.size;
    }
  if (offset < size)
    return MP4_CHECK_FOREIGN;
  if (moov.offset == 0 || !has_mdat)
    return MP4_CHECK_CUT;
  if (ret_moov != NULL)
    *ret_moov = moov;
  return MP4_CHECK_WHOLE;
}
