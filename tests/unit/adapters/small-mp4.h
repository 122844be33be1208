/* SPDX-License-Identifier: MIT */
/*
 * Small MP4 files for tests: right in their boxes, without pictures in them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * small_mp4_append_box: a box with a 32-bit size.
 * @type: four letters.
 * @payload_bytes: filled with zeros.
 * Thread: any. Blocks: no. Errors: none.
 */
void small_mp4_append_box (GByteArray *bytes, const char *type, guint32 payload_bytes);

/**
 * small_mp4_new: ftyp, free, mdat of @media_bytes, moov.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
GByteArray *small_mp4_new (guint32 media_bytes);

/**
 * small_mp4_open: a file without a name that holds @bytes.
 * Thread: any. Blocks: no. Errors: a failed assertion.
 * Returns: (transfer full): a descriptor, to be closed.
 */
int small_mp4_open (const void *data, gsize length);

G_END_DECLS
