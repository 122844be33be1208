/* SPDX-License-Identifier: MIT */
/* Builds boxes in memory, big-endian, as ISO/IEC 14496-12 lays them out. No state. */
#include "tests/unit/adapters/media-mp4.h"

#include <string.h>

#include "tests/unit/adapters/small-mp4.h"

#define ONE 0x10000u
#define MINUS_ONE 0xffff0000u

static void
put (GByteArray *bytes, guint64 number, guint length)
{
  for (guint i = length; i > 0; i--)
    {
      guint8 byte = i > sizeof number ? 0 : (guint8)(number >> (8 * (i - 1)));

      g_byte_array_append (bytes, &byte, 1);
    }
}

/* Returns: where the box begins, for end_box() */
static guint
begin_box (GByteArray *bytes, const char *type)
{
  guint at = bytes->len;

  put (bytes, 0, 4);
  g_byte_array_append (bytes, (const guint8 *)type, 4);
  return at;
}

static void
end_box (GByteArray *bytes, guint at)
{
  guint32 size = GUINT32_TO_BE (bytes->len - at);

  memcpy (bytes->data + at, &size, sizeof size);
}

static void
put_times (GByteArray *bytes, const MediaMp4 *what)
{
  put (bytes, (guint64)what->version << 24, 4);
  put (bytes, 0, what->version == 1 ? 16 : 8);
}

/* "mvhd" and "mdhd" up to where they differ. */
static void
put_duration (GByteArray *bytes, const MediaMp4 *what, guint64 duration)
{
  put_times (bytes, what);
  put (bytes, what->timescale, 4);
  put (bytes, duration, what->version == 1 ? 8 : 4);
}

static void
put_matrix (GByteArray *bytes, MediaMp4Turn turn)
{
  static const guint32 turns[][4] = {
    [MEDIA_MP4_UPRIGHT] = { ONE, 0, 0, ONE },
    [MEDIA_MP4_QUARTER] = { 0, ONE, MINUS_ONE, 0 },
    [MEDIA_MP4_HALF] = { MINUS_ONE, 0, 0, MINUS_ONE },
    [MEDIA_MP4_THREE_QUARTER] = { 0, MINUS_ONE, ONE, 0 },
  };
  const guint32 *m = turns[turn];
  const guint32 matrix[9] = { m[0], m[1], 0, m[2], m[3], 0, 0, 0, 0x40000000 };

  for (gsize i = 0; i < G_N_ELEMENTS (matrix); i++)
    put (bytes, matrix[i], 4);
}

static void
put_track_header (GByteArray *bytes, const MediaMp4 *what, gboolean is_video)
{
  guint at = begin_box (bytes, "tkhd");

  put_times (bytes, what);
  put (bytes, 1, 4);
  put (bytes, 0, 4);
  put (bytes, what->duration, what->version == 1 ? 8 : 4);
  put (bytes, 0, 8);
  put (bytes, 0, 8);
  put_matrix (bytes, is_video ? what->turn : MEDIA_MP4_UPRIGHT);
  put (bytes, is_video ? what->width : 0, 4);
  put (bytes, is_video ? what->height : 0, 4);
  end_box (bytes, at);
}

static void
put_track (GByteArray *bytes, const MediaMp4 *what, const char *handler)
{
  guint track = begin_box (bytes, "trak");
  guint media, at;

  put_track_header (bytes, what, g_str_equal (handler, "vide"));
  media = begin_box (bytes, "mdia");
  at = begin_box (bytes, "mdhd");
  put_duration (bytes, what, what->media_duration);
  put (bytes, 0, 4);
  end_box (bytes, at);
  at = begin_box (bytes, "hdlr");
  put (bytes, 0, 8);
  g_byte_array_append (bytes, (const guint8 *)handler, 4);
  put (bytes, 0, 13);
  end_box (bytes, at);
  end_box (bytes, media);
  end_box (bytes, track);
}

GByteArray *
media_mp4_build_moov (const MediaMp4 *what)
{
  GByteArray *bytes = g_byte_array_new ();
  guint at = begin_box (bytes, "mvhd");

  put_duration (bytes, what, what->duration);
  for (guint i = 0; i < 80; i++)
    put (bytes, 0, 1);
  end_box (bytes, at);
  if (what->has_audio)
    put_track (bytes, what, "soun");
  if (what->width != 0)
    put_track (bytes, what, "vide");
  if (what->fragments != 0)
    {
      guint extends = begin_box (bytes, "mvex");

      at = begin_box (bytes, "mehd");
      put (bytes, (guint64)what->version << 24, 4);
      put (bytes, what->fragments, what->version == 1 ? 8 : 4);
      end_box (bytes, at);
      end_box (bytes, extends);
    }
  return bytes;
}

GByteArray *
media_mp4_build (const MediaMp4 *what)
{
  g_autoptr (GByteArray) moov = media_mp4_build_moov (what);
  GByteArray *bytes = g_byte_array_new ();
  guint at;

  small_mp4_append_box (bytes, "ftyp", 16);
  at = begin_box (bytes, "moov");
  g_byte_array_append (bytes, moov->data, moov->len);
  end_box (bytes, at);
  small_mp4_append_box (bytes, "mdat", 100);
  return bytes;
}
