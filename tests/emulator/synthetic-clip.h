/* SPDX-License-Identifier: MIT */
/*
 * A file with the boxes of an MP4 (ftyp, moov with mvhd, mdat) and nothing to play in it, for load
 * tests and machines without ffmpeg. The boxes add up to the file's size.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Smallest size that holds the boxes. */
#define SYNTHETIC_CLIP_MIN_BYTES 256

/**
 * synthetic_clip_new:
 * @size_bytes: wanted size, >= SYNTHETIC_CLIP_MIN_BYTES
 * @duration_s: written to the movie header
 * @seed: decides the content, so that different prompts have different files
 *
 * Makes a clip; equal arguments give equal bytes.
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): the file's bytes
 */
GBytes *synthetic_clip_new (gsize size_bytes, int duration_s, guint32 seed);

G_END_DECLS
