/* SPDX-License-Identifier: MIT */
/*
 * Errors of the Interactions API: {"error":{"code":"invalid_request","message":"..."}}, the code
 * being a word. Source: https://ai.google.dev/gemini-api/docs/api-errors
 */
#pragma once

#include "tests/emulator/emulator-answer.h"

G_BEGIN_DECLS

#define OMNI_BLOCKED_TEXT                                                                          \
  "Request blocked for an unspecified policy reason. Please modify your input and retry."

/**
 * omni_error_new:
 * @status: HTTP status
 * @code: word of the error
 * @message: text for people
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an answer
 */
EmulatorAnswer *omni_error_new (guint status, const gchar *code, const gchar *message);

/**
 * omni_error_new_object:
 * @code: word of the error
 * @message: text for people
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): {"code":...,"message":...}
 */
json_object *omni_error_new_object (const gchar *code, const gchar *message);

/**
 * omni_error_new_of_fault:
 * @fault: a STATUS fault
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the usual error of its status, or with its own code and message
 */
EmulatorAnswer *omni_error_new_of_fault (const EmulatorFault *fault);

/**
 * omni_error_get_word:
 * @rpc_code: google.rpc.Code
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: the word for it
 */
const gchar *omni_error_get_word (int rpc_code);

G_END_DECLS
