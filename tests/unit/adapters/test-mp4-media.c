/* SPDX-License-Identifier: MIT */
/* What a clip says of its length, size and sound, and that hostile boxes say nothing instead. */
#include "plugin/adapters/mp4-media.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/adapters/media-mp4.h"
#include "tests/unit/adapters/small-mp4.h"

#define PIXELS(n) ((guint32)(n) << 16)
#define UNKNOWN_32 G_MAXUINT32

static Veo3ClipMedia
read_media (const MediaMp4 *what)
{
  g_autoptr (GByteArray) bytes = media_mp4_build (what);
  int fd = small_mp4_open (bytes->data, bytes->len);
  Veo3ClipMedia media = mp4_media_read_fd (fd);

  g_assert_cmpint (lseek (fd, 0, SEEK_CUR), ==, (off_t)bytes->len);
  (void)close (fd);
  return media;
}

static void
assert_media (Veo3ClipMedia media, int duration_ms, int width, int height)
{
  g_assert_cmpint (media.duration_ms, ==, duration_ms);
  g_assert_cmpint (media.width, ==, width);
  g_assert_cmpint (media.height, ==, height);
}

/* Boxes of either version are read, and the picture is given as it is shown. */
static void
test_versions_and_turns (void)
{
  for (guint8 version = 0; version <= 1; version++)
    {
      for (guint turn = MEDIA_MP4_UPRIGHT; turn <= MEDIA_MP4_THREE_QUARTER; turn++)
        {
          const MediaMp4 what = { .version = version,
                                  .timescale = 24000,
                                  .duration = 24000 * 6 + 1001,
                                  .width = PIXELS (1280),
                                  .height = PIXELS (720),
                                  .turn = (MediaMp4Turn)turn,
                                  .has_audio = version == 1 };
          gboolean is_turned = turn == MEDIA_MP4_QUARTER || turn == MEDIA_MP4_THREE_QUARTER;
          Veo3ClipMedia media = read_media (&what);

          assert_media (media, 6042, is_turned ? 720 : 1280, is_turned ? 1280 : 720);
          g_assert_cmpint (media.has_audio, ==, version == 1);
        }
    }
}

/** DurationRow: who knows how long it is. */
typedef struct
{
  MediaMp4 what;
  int duration_ms;
} DurationRow;

/* The movie's word counts, then that of its fragments, then that of its longest track. */
static void
test_durations (void)
{
  static const DurationRow rows[] = {
    { { .timescale = 1000, .duration = 6000, .media_duration = 9000, .fragments = 7000 }, 6000 },
    { { .timescale = 1000, .media_duration = 9000, .fragments = 7000 }, 7000 },
    { { .timescale = 1000, .duration = UNKNOWN_32, .media_duration = 9000 }, 9000 },
    { { .timescale = 1000, .duration = UNKNOWN_32, .media_duration = UNKNOWN_32 }, 0 },
    { { .version = 1, .timescale = 1000, .duration = G_MAXUINT64, .media_duration = 5 }, 5 },
    { { .version = 1, .timescale = 1, .duration = G_MAXUINT64 - 1 }, 0 },
    { { .timescale = 0, .duration = 6000 }, 0 },
    { { .timescale = G_MAXUINT32, .duration = G_MAXUINT32 - 1 }, 1000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      MediaMp4 what = rows[i].what;

      what.width = PIXELS (720);
      what.height = PIXELS (1280);
      g_test_message ("row %zu", i);
      assert_media (read_media (&what), rows[i].duration_ms, 720, 1280);
    }
}

/* A file without a picture has no size, one with half a pixel is rounded. */
static void
test_sizes (void)
{
  MediaMp4 what = { .timescale = 1000, .duration = 1000, .has_audio = TRUE };

  assert_media (read_media (&what), 1000, 0, 0);
  what.width = PIXELS (719) + 0x8000;
  what.height = PIXELS (1280);
  assert_media (read_media (&what), 1000, 720, 1280);
  what.height = 0;
  assert_media (read_media (&what), 1000, 0, 0);
}

/* The clip that ffmpeg once made is read as ffprobe reads it. */
static void
test_real_clip (void)
{
  int fd = g_open (TEST_REAL_CLIP, O_RDONLY | O_CLOEXEC, 0);
  Veo3ClipMedia media = mp4_media_read_fd (fd);

  assert_media (media, 6000, 180, 320);
  g_assert_true (media.has_audio);
  (void)close (fd);
}

/* Cut anywhere, a "moov" says less, never anything else; what is read lies within it. */
static void
test_every_prefix (void)
{
  const MediaMp4 what = { .timescale = 1000,
                          .duration = 6000,
                          .width = PIXELS (720),
                          .height = PIXELS (1280),
                          .has_audio = TRUE };
  g_autoptr (GByteArray) moov = media_mp4_build_moov (&what);

  for (guint length = 0; length <= moov->len; length++)
    {
      g_autofree guint8 *piece = g_memdup2 (moov->data, length); /* for the sanitizer */
      Veo3ClipMedia media = mp4_media_parse (piece, length);

      g_assert_true (media.duration_ms == 0 || media.duration_ms == 6000);
      g_assert_true (media.width == 0 || (media.width == 720 && media.height == 1280));
    }
}

/* Sizes that lie, boxes that hold themselves and files that are none say nothing. */
static void
test_hostile (void)
{
  const MediaMp4 what = { .timescale = 1000, .duration = 6000 };
  g_autoptr (GByteArray) lying = media_mp4_build_moov (&what);
  g_autoptr (GByteArray) deep = g_byte_array_new ();
  int fd = small_mp4_open ("<html>", 6);

  memcpy (lying->data, "\xff\xff\xff\xff", 4);
  assert_media (mp4_media_parse (lying->data, lying->len), 0, 0, 0);
  memcpy (lying->data, "\0\0\0\7", 4);
  assert_media (mp4_media_parse (lying->data, lying->len), 0, 0, 0);
  for (guint i = 0; i < 100000; i++)
    g_byte_array_append (deep, (const guint8 *)"\0\0\0\0trak", 8);
  assert_media (mp4_media_parse (deep->data, deep->len), 0, 0, 0);
  assert_media (mp4_media_parse (NULL, 0), 0, 0, 0);
  assert_media (mp4_media_read_fd (fd), 0, 0, 0);
  assert_media (mp4_media_read_fd (-1), 0, 0, 0);
  (void)close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/mp4-media/versions-and-turns", test_versions_and_turns);
  g_test_add_func ("/veo3/mp4-media/durations", test_durations);
  g_test_add_func ("/veo3/mp4-media/sizes", test_sizes);
  g_test_add_func ("/veo3/mp4-media/real-clip", test_real_clip);
  g_test_add_func ("/veo3/mp4-media/every-prefix", test_every_prefix);
  g_test_add_func ("/veo3/mp4-media/hostile", test_hostile);
  return g_test_run ();
}
