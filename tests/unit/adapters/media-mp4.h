/* SPDX-License-Identifier: MIT */
/*
 * MP4 files for tests that say something of themselves: "moov" boxes of any length, size and turn.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** MediaMp4Turn: how the picture of a track is turned before it is shown. */
typedef enum
{
  MEDIA_MP4_UPRIGHT,
  MEDIA_MP4_QUARTER,       /* clockwise */
  MEDIA_MP4_HALF,          /* on its head */
  MEDIA_MP4_THREE_QUARTER, /* counter-clockwise */
} MediaMp4Turn;

/** MediaMp4: what a file says. */
typedef struct
{
  guint8 version;         /* of all boxes: 0 = 32 bits, 1 = 64 bits */
  guint32 timescale;      /* units a second */
  guint64 duration;       /* units of the whole; all ones = not known */
  guint64 media_duration; /* units of each track; all ones = not known */
  guint64 fragments;      /* units of an "mehd"; 0 = no such box */
  guint32 width;          /* of the stored picture, 16.16; 0 = no video track */
  guint32 height;         /* 16.16 */
  MediaMp4Turn turn;
  gboolean has_audio;
} MediaMp4;

/**
 * media_mp4_build_moov: the content of a "moov" box.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
GByteArray *media_mp4_build_moov (const MediaMp4 *what);

/**
 * media_mp4_build: a whole file.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
GByteArray *media_mp4_build (const MediaMp4 *what);

G_END_DECLS
