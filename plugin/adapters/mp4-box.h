/* SPDX-License-Identifier: MIT */
/*
 * Mp4Box: the header that every part of an MP4 begins with, read out of bytes that may be hostile.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest header: 32 bits of size, the type, 64 bits of size. */
#define MP4_BOX_HEADER_MAX_BYTES 16

typedef enum
{
  MP4_BOX_WHOLE, /* it ends within what is left */
  MP4_BOX_CUT,   /* it would end behind that */
  MP4_BOX_BAD,   /* no box begins like this */
} Mp4BoxState;

/** Mp4Box: sizes are bytes; header_bytes <= size when it is WHOLE. */
typedef struct
{
  guint64 size; /* header included */
  guint header_bytes;
  char type[4]; /* not terminated */
} Mp4Box;

/**
 * mp4_box_read: reads a header. A size of 0 means: up to the end.
 * @header: at least MIN (@left, MP4_BOX_HEADER_MAX_BYTES) bytes
 * @left: from the header's first byte to the end of what holds the box
 * @ret: (out caller-allocates): undefined unless WHOLE
 * Source: ISO/IEC 14496-12 section 4.2.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: what it is; WHOLE: at least 8 bytes, at most @left
 */
Mp4BoxState mp4_box_read (const guint8 *header, guint64 left, Mp4Box *ret);

/**
 * mp4_box_is: has it this type?
 * @type: four characters
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it has
 */
gboolean mp4_box_is (const Mp4Box *box, const char *type);

/**
 * mp4_box_read_number: an unsigned number, the most significant byte first.
 * @bytes: how many, up to 8
 * Thread: any. Blocks: no. Errors: none.
 * Returns: the number
 */
guint64 mp4_box_read_number (const guint8 *data, guint bytes);

G_END_DECLS
