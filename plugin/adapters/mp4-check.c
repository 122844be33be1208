/* SPDX-License-Identifier: MIT */
/*
 * Walks the outermost boxes of an MP4. Stateless. Must not trust a size: each step stays within
 * the file and goes forward, and the number of steps is bounded.
 */
#include "plugin/adapters/mp4-check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fragmented files have two boxes a fragment; a clip of some seconds has some dozens at most. */
#define BOXES_MAX 4096

typedef struct
{
  guint64 size; /* bytes, header included */
  char type[4];
} Mp4Box;

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

static gboolean
is_type (const Mp4Box *box, const char *type)
{
  return memcmp (box->type, type, 4) == 0;
}

static gboolean
has_plausible_type (const Mp4Box *box)
{
  for (gsize i = 0; i < 4; i++)
    {
      guchar c = (guchar)box->type[i];

      if ((c < 0x20 || c > 0x7e) && c != 0xa9)
        return FALSE;
    }
  return TRUE;
}

/* Reads the header at @offset, of which @left bytes follow; at least 8. */
static Mp4CheckResult
read_box (int fd, guint64 offset, guint64 left, Mp4Box *box, GError **error)
{
  guint8 header[16];
  guint64 least = 8;

  if (!read_at (fd, header, 8, offset, error))
    return MP4_CHECK_ERROR;
  box->size = ((guint64)header[0] << 24) | ((guint64)header[1] << 16) | ((guint64)header[2] << 8)
              | (guint64)header[3];
  memcpy (box->type, header + 4, 4);
  if (!has_plausible_type (box))
    return MP4_CHECK_FOREIGN;
  if (box->size == 1)
    {
      if (left < 16)
        return MP4_CHECK_CUT;
      if (!read_at (fd, header + 8, 8, offset + 8, error))
        return MP4_CHECK_ERROR;
      box->size = 0;
      for (gsize i = 8; i < 16; i++)
        box->size = (box->size << 8) | header[i];
      least = 16;
    }
  else if (box->size == 0)
    box->size = left; /* up to the end */
  if (box->size < least)
    return MP4_CHECK_FOREIGN;
  return box->size > left ? MP4_CHECK_CUT : MP4_CHECK_WHOLE;
}

Mp4CheckResult
mp4_check_fd (int fd, GError **error)
{
  struct stat info;
  guint64 size, offset = 0;
  gboolean has_moov = FALSE;
  gboolean has_mdat = FALSE;

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
      if (offset == 0 && result != MP4_CHECK_ERROR && !is_type (&box, "ftyp"))
        return MP4_CHECK_FOREIGN;
      if (result != MP4_CHECK_WHOLE)
        return result;
      has_moov = has_moov || is_type (&box, "moov");
      has_mdat = has_mdat || is_type (&box, "mdat");
      offset += box.size;
    }
  if (offset < size)
    return MP4_CHECK_FOREIGN;
  return has_moov && has_mdat ? MP4_CHECK_WHOLE : MP4_CHECK_CUT;
}
