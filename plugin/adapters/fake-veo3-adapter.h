/* SPDX-License-Identifier: MIT */
/*
 * FakeVeo3Adapter: a VideoGenerationPort without a network, for tests and rehearsals. Its answers
 * follow a scenario; its clips are real, playable MP4 files, different for every key.
 */
#pragma once

#include "plugin/adapters/fake-scenario.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/**
 * fake_veo3_adapter_new: the port, to be freed through its own interface.
 * @context: where answers are given
 * @scenario: (transfer full)
 * Thread: the context's. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
VideoGenerationPort *fake_veo3_adapter_new (GMainContext *context, FakeScenario *scenario);

G_END_DECLS
