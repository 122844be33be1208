/* SPDX-License-Identifier: MIT */
/*
 * The answer to a poll of a predictLongRunning operation, as far as Gemini and Vertex have it in
 * common: name, done, error; what stands in `response` is the wire's.
 */
#pragma once

#include "tests/emulator/operation-store.h"

#include <json-c/json.h>

G_BEGIN_DECLS

/** PredictResponses: makes (transfer full) the `response` of each good end. */
typedef struct
{
  json_object *(*new_success) (gpointer service, const Operation *operation);
  json_object *(*new_filtered) (gpointer service, const Operation *operation);
  json_object *(*new_empty) (gpointer service, const Operation *operation);
} PredictResponses;

/**
 * predict_operation_describe:
 * @operation: an operation; counts the answers that said it is running
 * @now_us: g_get_monotonic_time()
 * @responses: of the wire
 * @service: first argument of those
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the body of the answer
 */
json_object *predict_operation_describe (Operation *operation,
                                         gint64 now_us,
                                         const PredictResponses *responses,
                                         gpointer service);

G_END_DECLS
