/* SPDX-License-Identifier: MIT */
/*
 * Mp4Media: how long a clip is, how big it is shown and whether it has sound, as its own boxes say.
 */
#pragma once

#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/**
 * mp4_media_parse: reads the content of a "moov" box.
 * @moov: (array length=length): behind the box's header; may be hostile
 * Source: ISO/IEC 14496-12 sections 8.2.2 (mvhd), 8.3.2 (tkhd), 8.4.2 (mdhd), 8.4.3 (hdlr) and
 * 8.8.2 (mehd, for files in fragments).
 * Thread: any. Blocks: no. Errors: none.
 * Returns: what it says; 0 where it says nothing, or nothing that can be
 */
Veo3ClipMedia mp4_media_parse (const guint8 *moov, gsize length);

/**
 * mp4_media_read_fd: finds the "moov" box of a file and parses it. The file position is not
 * touched; at most some MiB are read.
 * Thread: any. Blocks: on reading. Errors: none: a file that cannot be read says nothing.
 * Returns: as mp4_media_parse()
 */
Veo3ClipMedia mp4_media_read_fd (int fd);

G_END_DECLS
