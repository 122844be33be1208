/* SPDX-License-Identifier: MIT */
/*
 * Synthetic clips: big-endian boxes as ISO/IEC 14496-12 lays them out, filled with noise.
 *
 * Pure: a function of its arguments. Must not touch files.
 */
#include "tests/emulator/synthetic-clip.h"

#include <string.h>

#define FTYP_BYTES 24
#define MVHD_BYTES 108
#define MOOV_BYTES (8 + MVHD_BYTES)
#define TIMESCALE 1000

static void
put_u32 (guint8 *at, guint32 value)
{
  const guint32 big_endian = GUINT32_TO_BE (value);

  memcpy (at, &big_endian, sizeof big_endian);
}

static void
put_box (guint8 *at, guint32 size_bytes, const gchar *type)
{
  put_u32 (at, size_bytes);
  memcpy (at + 4, type, 4);
}

static void
put_movie_header (guint8 *at, int duration_s)
{
  static const guint32 unity_matrix[9] = { 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000 };

  put_box (at, MVHD_BYTES, "mvhd");
  put_u32 (at + 20, TIMESCALE);
  put_u32 (at + 24, (guint32)duration_s * TIMESCALE);
  put_u32 (at + 28, 0x10000);   /* rate 1.0 */
  put_u32 (at + 32, 0x1000000); /* volume 1.0 */
  for (gsize i = 0; i < G_N_ELEMENTS (unity_matrix); i++)
    put_u32 (at + 44 + 4 * i, unity_matrix[i]);
  put_u32 (at + 104, 2); /* next track */
}

/* Xorshift: fast, and never compressible by accident. */
static void
put_noise (guint8 *at, gsize size_bytes, guint32 seed)
{
  guint32 state = seed != 0 ? seed : 1;

  for (gsize i = 0; i < size_bytes; i++)
    {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      at[i] = (guint8)state;
    }
}

GBytes *
synthetic_clip_new (gsize size_bytes, int duration_s, guint32 seed)
{
  guint8 *file = g_malloc0 (size_bytes);
  const gsize mdat_at = FTYP_BYTES + MOOV_BYTES;

  put_box (file, FTYP_BYTES, "ftyp");
  memcpy (file + 8, "isom", 4);
  put_u32 (file + 12, 0x200);
  memcpy (file + 16, "isommp42", 8);
  put_box (file + FTYP_BYTES, MOOV_BYTES, "moov");
  put_movie_header (file + FTYP_BYTES + 8, duration_s);
  put_box (file + mdat_at, (guint32)(size_bytes - mdat_at), "mdat");
  put_noise (file + mdat_at + 8, size_bytes - mdat_at - 8, seed);
  return g_bytes_new_take (file, size_bytes);
}
