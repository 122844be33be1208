/* SPDX-License-Identifier: MIT */
/*
 * Mp4Check: is a file a whole MP4, as far as its outermost boxes tell?
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  MP4_CHECK_WHOLE,
  MP4_CHECK_CUT,     /* begins like an MP4 (or not at all) and ends too early */
  MP4_CHECK_FOREIGN, /* something else */
  MP4_CHECK_ERROR,   /* it could not be read */
} Mp4CheckResult;

/** Mp4Range: bytes of a file. */
typedef struct
{
  guint64 offset;
  guint64 length;
} Mp4Range;

/**
 * mp4_check_fd: "ftyp" first, then well-formed boxes up to the very end, "moov" and "mdat" among
 * them. Reads a few bytes a box; the file position is not touched.
 * @ret_moov: (out) (optional): the content of the first "moov"; only touched when it is WHOLE
 * Source: ISO/IEC 14496-12 section 4.2.
 * Thread: any. Blocks: on reading. Errors: G_IO_ERROR from errno, with MP4_CHECK_ERROR only.
 * Returns: what it is.
 */
Mp4CheckResult mp4_check_fd (int fd, Mp4Range *ret_moov, GError **error);

G_END_DECLS
