/* SPDX-License-Identifier: MIT */
/*
 * EmulatorSender brings answers onto connections: in the ordinary way through libsoup, or, when a
 * fault wants the bytes themselves to be wrong, on the connection taken away from it.
 */
#pragma once

#include <libsoup/soup.h>

#include "tests/emulator/emulator-answer.h"

G_BEGIN_DECLS

typedef struct _EmulatorSender EmulatorSender;

/**
 * emulator_sender_new:
 *
 * Thread: any, which is its owner then. Blocks: no. Errors: none.
 * Returns: (transfer full): a sender
 */
EmulatorSender *emulator_sender_new (void);

/**
 * emulator_sender_send:
 * @self: a sender
 * @message: a request in its handler; nothing of it was answered yet
 * @answer: (transfer full): what to send, and how to spoil it
 *
 * Sends an answer, now or after the delay of its fault.
 *
 * Thread: owner, with the default main context. Blocks: no. Errors: none; a peer that is gone is
 * forgotten.
 * Returns: nothing
 */
void
emulator_sender_send (EmulatorSender *self, SoupServerMessage *message, EmulatorAnswer *answer);

/**
 * emulator_sender_free:
 * @self: (nullable) (transfer full): a sender
 *
 * Drops everything that is delayed, dripping or silent.
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_sender_free (EmulatorSender *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorSender, emulator_sender_free)

G_END_DECLS
