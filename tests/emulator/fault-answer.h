/* SPDX-License-Identifier: MIT */
/*
 * Turns a fault into an answer: a realistic error instead of the right answer, or the right answer
 * with a note for the sender on how to spoil it.
 */
#pragma once

#include "tests/emulator/emulator-answer.h"

G_BEGIN_DECLS

/** FaultAnswerPlace: where redirects of this request lead. Borrowed by the call. */
typedef struct
{
  const gchar *same_origin_url;
  const gchar *cross_origin_url; /* when the fault names no other */
  const gchar *own_url;          /* of the request itself, for loops */
} FaultAnswerPlace;

/**
 * fault_answer_apply:
 * @fault: (nullable): what is wrong; NULL is nothing
 * @right: (transfer full): the answer that would be right
 * @place: where redirects lead
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the answer to send
 */
EmulatorAnswer *
fault_answer_apply (EmulatorFault *fault, EmulatorAnswer *right, const FaultAnswerPlace *place);

G_END_DECLS
