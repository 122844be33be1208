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

  /* (nullable) Makes (transfer full) the error of a STATUS fault in the wire's own form, which is
   * not the usual envelope of Google's. */
  EmulatorAnswer *(*new_error) (const EmulatorFault *fault);
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

/**
 * fault_answer_spoil_body:
 * @answer: an answer whose body has come at last
 *
 * Does to a body that came later what fault_answer_apply() does to others: cuts it in half or
 * compresses it, if that is the fault.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void fault_answer_spoil_body (EmulatorAnswer *answer);

/**
 * fault_answer_new_retry_info:
 * @fault: one with a retry_delay
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): a google.rpc.RetryInfo for error details
 */
json_object *fault_answer_new_retry_info (const EmulatorFault *fault);

G_END_DECLS
