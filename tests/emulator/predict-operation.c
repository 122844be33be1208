/* SPDX-License-Identifier: MIT */
/*
 * google.longrunning.Operation as video models use it.
 *
 * Thread model: one thread, no I/O.
 */
#include "tests/emulator/predict-operation.h"

/* Every third answer about a running operation says `done: false`; the others leave it out. */
#define EXPLICIT_DONE_EVERY 3u
#define RPC_INTERNAL 13

static json_object *
new_rpc_error (int code, const gchar *message)
{
  json_object *error = json_object_new_object ();

  json_object_object_add (error, "code", json_object_new_int (code));
  json_object_object_add (error, "message", json_object_new_string (message));
  return error;
}

static void
add_outcome (json_object *json,
             const Operation *operation,
             const PredictResponses *responses,
             gpointer service)
{
  const EmulatorOutcome *outcome = operation->outcome;

  json_object_object_add (json, "done", json_object_new_boolean (TRUE));
  switch (outcome->kind)
    {
    case EMULATOR_OUTCOME_OK:
    case EMULATOR_OUTCOME_FILE_FAILED:
      if (emulator_clip_get_state (operation->clip) == EMULATOR_CLIP_READY)
        json_object_object_add (json, "response", responses->new_success (service, operation));
      else
        json_object_object_add (json, "error",
                                new_rpc_error (RPC_INTERNAL,
                                               emulator_clip_get_failure (operation->clip)));
      break;
    case EMULATOR_OUTCOME_EMPTY_URI:
      json_object_object_add (json, "response", responses->new_success (service, operation));
      break;
    case EMULATOR_OUTCOME_FILTERED:
    case EMULATOR_OUTCOME_REFUSED:
    case EMULATOR_OUTCOME_ERROR_ONLY:
    case EMULATOR_OUTCOME_STEP_ERROR:
    case EMULATOR_OUTCOME_STATUS:
      json_object_object_add (json, "response", responses->new_filtered (service, operation));
      break;
    case EMULATOR_OUTCOME_EMPTY:
      json_object_object_add (json, "response", responses->new_empty (service, operation));
      break;
    case EMULATOR_OUTCOME_ERROR:
      json_object_object_add (json, "error", new_rpc_error (outcome->code, outcome->message));
      break;
    case EMULATOR_OUTCOME_DONE_ONLY:
    case EMULATOR_OUTCOME_NEVER:
      break;
    }
}

json_object *
predict_operation_describe (Operation *operation,
                            gint64 now_us,
                            const PredictResponses *responses,
                            gpointer service)
{
  json_object *json = json_object_new_object ();

  json_object_object_add (json, "name", json_object_new_string (operation->name));
  if (operation_is_done (operation, now_us))
    add_outcome (json, operation, responses, service);
  else if (++operation->running_polls % EXPLICIT_DONE_EVERY == 0)
    json_object_object_add (json, "done", json_object_new_boolean (FALSE));
  return json;
}
