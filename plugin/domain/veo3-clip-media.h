/* SPDX-License-Identifier: MIT */
/*
 * What a stored clip says of itself, compared with what was asked for. Pure.
 */
#pragma once

#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/**
 * veo3_clip_media_compare: is the clip what was asked for? Services round sizes to multiples of 8
 * and lengths to frames: that is no difference. What the clip does not say, and what nobody asked
 * for, is not compared.
 * @media: of the clip
 * @request: as it was sent
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): what was asked for and what came, in one line; NULL = it is
 */
char *veo3_clip_media_compare (const Veo3ClipMedia *media, const Veo3ClipRequest *request);

G_END_DECLS
