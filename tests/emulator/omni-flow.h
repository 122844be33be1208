/* SPDX-License-Identifier: MIT */
/*
 * The two ways in which the Interactions API keeps a request waiting for its interaction: an answer
 * that comes at the end, and a stream of server-sent events.
 */
#pragma once

#include "tests/emulator/omni-interaction.h"

G_BEGIN_DECLS

#define OMNI_EVENT_ID_PREFIX "evt-"

/**
 * omni_flow_new_answer:
 * @operation: (transfer none): outlives the flow
 * @origins: (transfer none): outlives the flow
 *
 * Tells of the interaction once it is over.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): for emulator_answer_new_later()
 */
EmulatorAnswerFlow *omni_flow_new_answer (Operation *operation, const EmulatorOrigins *origins);

/**
 * omni_flow_answer_fails:
 * @operation: of an interaction
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when the answer will not be the interaction, but an error
 */
gboolean omni_flow_answer_fails (const Operation *operation);

/**
 * omni_flow_new_stream:
 * @operation: (transfer none): outlives the flow
 * @view: whose clip it is, see OmniView
 * @origins: (transfer none): outlives the flow
 * @n_known: so many events are known already and left out
 *
 * Tells of the interaction event by event.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): for emulator_answer_new_later()
 */
EmulatorAnswerFlow *omni_flow_new_stream (Operation *operation,
                                          OmniView view,
                                          const EmulatorOrigins *origins,
                                          guint n_known);

G_END_DECLS
