/* SPDX-License-Identifier: MIT */
/*
 * The few numbers of a "moov" box that tell a clip's length and size. Pure but for the one read.
 * The nesting is walked by a function a level, so a file cannot choose its depth; each step stays
 * within the box around it. What does not make sense is left out: the clip has been paid for, and a
 * strange header is no reason to lose it.
 */
#include "plugin/adapters/mp4-media.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "plugin/adapters/mp4-box.h"
#include "plugin/adapters/mp4-check.h"

/* A clip of some seconds has some dozen KiB of them; an hour has some MiB. */
#define MOOV_MAX_BYTES (8u * 1024 * 1024)

/* What a picture can be wide and high, and a clip long. */
#define PIXELS_MAX 65535
#define DURATION_MAX_MS (24 * 3600 * 1000)

/** Span: the content of a box. */
typedef struct
{
  const guint8 *data;
  gsize length;
} Span;

/** Track: what is read of one. */
typedef struct
{
  gboolean is_video;
  gboolean is_audio;
  int width;       /* pixels, as shown */
  int height;      /* pixels, as shown */
  int duration_ms; /* of its media */
} Track;

/* Takes the next box off @rest. Returns FALSE at the end, and where no whole box follows. */
static gboolean
next_box (Span *rest, Mp4Box *box, Span *ret_content)
{
  if (rest->length == 0 || mp4_box_read (rest->data, rest->length, box) != MP4_BOX_WHOLE)
    return FALSE;
  ret_content->data = rest->data + box->header_bytes;
  ret_content->length = (gsize)box->size - box->header_bytes;
  rest->data += box->size;
  rest->length -= (gsize)box->size;
  return TRUE;
}

/* All ones stand for "not known". */
static int
get_duration_ms (guint64 duration, guint64 timescale, guint64 unknown)
{
  double ms;

  if (duration == unknown || timescale == 0)
    return 0;
  ms = (double)duration * 1000.0 / (double)timescale;
  return ms <= DURATION_MAX_MS ? (int)lround (ms) : 0;
}

/* mvhd and mdhd begin alike: version, flags, two times, timescale, duration. */
static int
read_header_duration (Span content, guint64 *ret_timescale)
{
  gboolean is_wide = content.length > 0 && content.data[0] == 1;
  gsize times = is_wide ? 16 : 8;

  if (content.length < 4 + times + 4 + (is_wide ? 8u : 4u))
    return 0;
  *ret_timescale = mp4_box_read_number (content.data + 4 + times, 4);
  return get_duration_ms (mp4_box_read_number (content.data + 8 + times, is_wide ? 8 : 4),
                          *ret_timescale, is_wide ? G_MAXUINT64 : G_MAXUINT32);
}

static int
read_fragments_duration (Span content, guint64 timescale)
{
  gboolean is_wide = content.length > 0 && content.data[0] == 1;

  if (content.length < (is_wide ? 12u : 8u))
    return 0;
  return get_duration_ms (mp4_box_read_number (content.data + 4, is_wide ? 8 : 4), timescale,
                          is_wide ? G_MAXUINT64 : G_MAXUINT32);
}

static gboolean
is_quarter_turn (const guint8 *matrix)
{
  gint32 a = (gint32)mp4_box_read_number (matrix, 4);
  gint32 b = (gint32)mp4_box_read_number (matrix + 4, 4);
  gint32 c = (gint32)mp4_box_read_number (matrix + 12, 4);
  gint32 d = (gint32)mp4_box_read_number (matrix + 16, 4);

  return a == 0 && d == 0 && b != 0 && c != 0;
}

/* The picture as shown: 16.16 numbers, turned by the matrix. */
static void
read_track_header (Span content, Track *track)
{
  gsize matrix_at = (content.length > 0 && content.data[0] == 1 ? 36 : 24) + 16;
  const guint8 *matrix;
  int width, height;

  if (content.length < matrix_at + 36 + 8)
    return;
  matrix = content.data + matrix_at;
  width = (int)((mp4_box_read_number (matrix + 36, 4) + 0x8000) >> 16);
  height = (int)((mp4_box_read_number (matrix + 40, 4) + 0x8000) >> 16);
  if (width > PIXELS_MAX || height > PIXELS_MAX || width == 0 || height == 0)
    return;
  track->width = is_quarter_turn (matrix) ? height : width;
  track->height = is_quarter_turn (matrix) ? width : height;
}

static void
read_handler (Span content, Track *track)
{
  if (content.length < 12)
    return;
  track->is_video = memcmp (content.data + 8, "vide", 4) == 0;
  track->is_audio = memcmp (content.data + 8, "soun", 4) == 0;
}

static void
read_track_media (Span rest, Track *track)
{
  guint64 timescale = 0;
  Mp4Box box;
  Span content;

  while (next_box (&rest, &box, &content))
    {
      if (mp4_box_is (&box, "hdlr"))
        read_handler (content, track);
      else if (mp4_box_is (&box, "mdhd"))
        track->duration_ms = read_header_duration (content, &timescale);
    }
}

static Track
read_track (Span rest)
{
  Track track = { .is_video = FALSE };
  Mp4Box box;
  Span content;

  while (next_box (&rest, &box, &content))
    {
      if (mp4_box_is (&box, "tkhd"))
        read_track_header (content, &track);
      else if (mp4_box_is (&box, "mdia"))
        read_track_media (content, &track);
    }
  return track;
}

static int
read_extension (Span rest, guint64 timescale)
{
  Mp4Box box;
  Span content;

  while (next_box (&rest, &box, &content))
    {
      if (mp4_box_is (&box, "mehd"))
        return read_fragments_duration (content, timescale);
    }
  return 0;
}

static void
add_track (Veo3ClipMedia *media, int *longest_ms, const Track *track)
{
  media->has_audio = media->has_audio || track->is_audio;
  *longest_ms = MAX (*longest_ms, track->duration_ms);
  if (!track->is_video || media->width != 0)
    return;
  media->width = track->width;
  media->height = track->height;
}

Veo3ClipMedia
mp4_media_parse (const guint8 *moov, gsize length)
{
  Veo3ClipMedia media = { 0 };
  Span rest = { moov, length };
  guint64 timescale = 0;
  int longest_ms = 0;
  int extension_ms = 0;
  Mp4Box box;
  Span content;

  while (next_box (&rest, &box, &content))
    {
      Track track;

      if (mp4_box_is (&box, "mvhd"))
        media.duration_ms = read_header_duration (content, &timescale);
      else if (mp4_box_is (&box, "mvex"))
        extension_ms = read_extension (content, timescale);
      else if (mp4_box_is (&box, "trak"))
        {
          track = read_track (content);
          add_track (&media, &longest_ms, &track);
        }
    }
  if (media.duration_ms == 0)
    media.duration_ms = extension_ms != 0 ? extension_ms : longest_ms;
  return media;
}

Veo3ClipMedia
mp4_media_read_fd (int fd)
{
  Veo3ClipMedia media = { 0 };
  Mp4Range moov = { 0 };
  g_autofree guint8 *data = NULL;
  gsize done = 0;

  if (mp4_check_fd (fd, &moov, NULL) != MP4_CHECK_WHOLE || moov.length > MOOV_MAX_BYTES)
    return media;
  data = g_malloc (moov.length);
  while (done < moov.length)
    {
      gssize got = TEMP_FAILURE_RETRY (
          pread (fd, data + done, moov.length - done, (off_t)(moov.offset + done)));

      if (got <= 0)
        return media;
      done += (gsize)got;
    }
  return mp4_media_parse (data, moov.length);
}
