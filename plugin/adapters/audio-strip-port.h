/* SPDX-License-Identifier: MIT */
/*
 * AudioStripPort: a VideoGenerationPort around another one, which takes the sound out of clips that
 * are wanted without. Everything else goes through unchanged.
 *
 * Such a clip first arrives complete under a hidden name, ".NAME.ID.sound", where ID stands for the
 * clip at the service; whoever finds it there later, after a crash, need not fetch it again. ffmpeg
 * makes ".NAME.mute.part" of it, and that gets the final name when it has proved to be the same
 * clip. If it does not work, the clip gets its name with its sound, and the result's message says
 * so: a paid clip is never lost for its sound.
 */
#pragma once

#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/* For ffmpeg to copy one clip, which takes it a moment. */
#define AUDIO_STRIP_TIMEOUT_MS 60000u

/**
 * audio_strip_port_new: the port, to be freed through its own interface, and the other with it.
 * @context: where the port is used
 * @inner: (transfer full)
 * @timeout_ms: for ffmpeg; 0 = AUDIO_STRIP_TIMEOUT_MS
 * Thread: the context's. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
VideoGenerationPort *
audio_strip_port_new (GMainContext *context, VideoGenerationPort *inner, guint timeout_ms);

G_END_DECLS
