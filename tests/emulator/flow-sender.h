/* SPDX-License-Identifier: MIT */
/*
 * FlowSender sends a body piece by piece while it comes into being, chunked, as a stream of
 * server-sent events is sent. Faults that are about a stream are done here: `cut` and `stall` count
 * the bytes of the body; without a number they let the first piece through.
 *
 * Thread model: the emulator's one thread.
 */
#pragma once

#include <libsoup/soup.h>

#include "tests/emulator/emulator-answer.h"

G_BEGIN_DECLS

/**
 * flow_sender_set_new:
 *
 * Makes the set which its members are in until they are over; unref ends them.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an empty set
 */
GHashTable *flow_sender_set_new (void);

/**
 * flow_sender_takes:
 * @answer: an answer with a flow
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when it is to be sent piece by piece; otherwise it is to be gathered first
 */
gboolean flow_sender_takes (const EmulatorAnswer *answer);

/**
 * flow_sender_start:
 * @set: of flow_sender_set_new()
 * @message: (transfer none): paused
 * @answer: (transfer full): an answer with a flow
 *
 * Sends it.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void flow_sender_start (GHashTable *set, SoupServerMessage *message, EmulatorAnswer *answer);

G_END_DECLS
