/* SPDX-License-Identifier: MIT */
/*
 * The Omni wire: routes, keys, and the answers of create, get, cancel and delete.
 *
 * Order on each request: route, key, what is asked for, then what is scripted for it; a refusal
 * that the real service would give never uses up a fault. Thread model: one thread, nothing blocks.
 * Must not touch connections.
 */
#include "tests/emulator/omni-service.h"

#include "tests/emulator/api-key-check.h"
#include "tests/emulator/fault-answer.h"
#include "tests/emulator/json-check.h"
#include "tests/emulator/omni-check.h"
#include "tests/emulator/omni-error.h"
#include "tests/emulator/omni-flow.h"
#include "tests/emulator/omni-interaction.h"

#include <string.h>

#define COLLECTION "/v1beta/interactions"
#define CANCEL_SUFFIX "/cancel"
#define EVENT_STREAM "text/event-stream"
#define JSON "application/json; charset=UTF-8"
/* So many polls do not know of a cancellation when it lags. */
#define LAGGING_POLLS 2u

struct _OmniService
{
  EmulatorScenario *scenario;     /* (borrowed) */
  OperationStore *store;          /* (borrowed) */
  const EmulatorOrigins *origins; /* (borrowed) */
  gchar *api_key;                 /* (owned) (nullable) */
};

typedef EmulatorAnswer *(*RouteFunc) (OmniService *self, EmulatorRequest *request);

OmniService *
omni_service_new (EmulatorScenario *scenario,
                  OperationStore *store,
                  const EmulatorOrigins *origins,
                  const gchar *api_key)
{
  OmniService *self = g_new0 (OmniService, 1);

  self->scenario = scenario;
  self->store = store;
  self->origins = origins;
  self->api_key = g_strdup (api_key);
  return self;
}

void
omni_service_free (OmniService *self)
{
  if (self == NULL)
    return;
  g_free (self->api_key);
  g_free (self);
}

static EmulatorAnswer *
apply_fault (OmniService *self,
             const EmulatorRequest *request,
             EmulatorFault *fault,
             EmulatorAnswer *right)
{
  g_autofree gchar *own_url = emulator_request_build_url (request, self->origins->api_url);
  g_autofree gchar *cross_url = emulator_request_build_url (request, self->origins->storage_url);
  const FaultAnswerPlace place = {
    .same_origin_url = own_url,
    .cross_origin_url = cross_url,
    .own_url = own_url,
    .new_error = omni_error_new_of_fault,
  };

  return fault_answer_apply (fault, right, &place);
}

static EmulatorAnswer *
new_invalid (const gchar *message)
{
  return omni_error_new (400, "invalid_request", message);
}

static EmulatorAnswer *
new_refusal (const GError *error)
{
  return omni_error_new (400,
                         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED)
                             ? "parameter_unknown"
                             : "invalid_request",
                         error->message);
}

static EmulatorAnswer *
new_not_found (void)
{
  return omni_error_new (404, "not_found", "The requested interaction was not found.");
}

static EmulatorAnswer *
check_model (OmniService *self, const gchar *model)
{
  const gchar *const *models = emulator_scenario_get_models (self->scenario);
  g_autofree gchar *text = NULL;

  if (models == NULL)
    models = omni_check_get_models ();
  if (g_strv_contains (models, model) && !emulator_scenario_retires (self->scenario, model))
    return NULL;
  text = g_strdup_printf ("Model '%s' was not found. It may have been shut down; see the list of "
                          "models.",
                          model);
  return omni_error_new (404, "model_not_found", text);
}

/* An interaction that can be asked for: stored, and not deleted. */
static Operation *
find_interaction (OmniService *self, const gchar *id)
{
  Operation *operation = operation_store_find_name (self->store, id);
  const OmniInteraction *interaction
      = operation != NULL && operation->free_extra == omni_interaction_free ? operation->extra
                                                                            : NULL;

  return interaction != NULL && interaction->store && !interaction->deleted ? operation : NULL;
}

static EmulatorAnswer *
check_previous (OmniService *self, const gchar *id, gint64 now_us)
{
  Operation *operation = id != NULL ? find_interaction (self, id) : NULL;

  if (id == NULL)
    return NULL;
  if (operation == NULL)
    return new_not_found ();
  if (g_strcmp0 (omni_interaction_get_status (operation, now_us), "completed") != 0)
    return omni_error_new (400, "failed_precondition",
                           "The previous interaction is not completed.");
  return NULL;
}

static EmulatorAnswer *
check_create (OmniService *self, EmulatorRequest *request, OmniCreate *ret_create)
{
  const gchar *model = json_check_get_string (request->json, "model");
  g_autoptr (GError) local_error = NULL;
  EmulatorAnswer *refusal = NULL;

  if (!emulator_request_says_json (request))
    return new_invalid ("The emulator expects Content-Type: application/json.");
  if (request->json == NULL)
    return new_invalid ("The body is no valid JSON.");
  if (model == NULL)
    return new_invalid ("'model' is required.");
  request->model = g_strdup (model);
  refusal = check_model (self, model);
  if (refusal != NULL)
    return refusal;
  if (!omni_check_create (model, request->json, ret_create, &local_error))
    return new_refusal (local_error);
  request->prompt = g_strdup (ret_create->prompt);
  if (ret_create->late_error != NULL && !ret_create->background)
    return new_invalid (ret_create->late_error);
  return check_previous (self, ret_create->previous, request->received_us);
}

static Operation *
create_interaction (OmniService *self,
                    EmulatorRequest *request,
                    const OmniCreate *create,
                    OperationPrompt *prompt)
{
  g_autoptr (EmulatorOutcome) late
      = create->late_error != NULL ? emulator_outcome_new_error (3, create->late_error) : NULL;
  const OperationSpec spec = {
    .model = request->model,
    .prompt = prompt,
    .duration_s = create->duration_s,
    .portrait = create->portrait,
    .id_shape = OPERATION_ID_INTERACTION,
    .name_prefix = "",
    .outcome = late,
    .extra = omni_interaction_new (create),
    .free_extra = omni_interaction_free,
  };
  Operation *operation = operation_store_create (self->store, &spec);

  request->operation = g_strdup (operation->name);
  return operation;
}

/* Whoever waits for the end is told of a failure by the HTTP status, whoever polls by the body. */
static EmulatorAnswer *
new_waiting_answer (OmniService *self, Operation *operation)
{
  const EmulatorOutcome *outcome = operation->outcome;
  const gboolean is_clients = outcome->kind == EMULATOR_OUTCOME_FILTERED || outcome->code == 3;
  const guint failure = is_clients ? 400 : 500;

  return emulator_answer_new_later (omni_flow_answer_fails (operation) ? failure : 200, JSON,
                                    omni_flow_new_answer (operation, self->origins));
}

static EmulatorAnswer *
accept_create (OmniService *self,
               EmulatorRequest *request,
               const OmniCreate *create,
               OperationPrompt *prompt)
{
  Operation *operation = create_interaction (self, request, create, prompt);
  EmulatorAnswerFlow *flow = NULL;

  if (create->stream)
    {
      flow = omni_flow_new_stream (operation, OMNI_VIEW_CREATED, self->origins, 0);
      return emulator_answer_new_later (200, EVENT_STREAM, flow);
    }
  if (!create->background)
    return new_waiting_answer (self, operation);
  /* Never over at birth, however short its time: polls are what is to be tried. */
  return emulator_answer_new_json (200,
                                   omni_interaction_describe (operation, operation->ready_us - 1,
                                                              OMNI_VIEW_CREATED, self->origins));
}

static EmulatorAnswer *
serve_create (OmniService *self, EmulatorRequest *request)
{
  g_auto (OmniCreate) create = { 0 };
  g_autoptr (GError) local_error = NULL;
  EmulatorAnswer *right = check_create (self, request, &create);
  OperationPrompt *prompt = NULL;
  EmulatorFault *fault = NULL;

  if (right != NULL)
    return right;
  prompt = operation_store_get_prompt (self->store, create.prompt, &local_error);
  if (prompt == NULL)
    return new_invalid (local_error->message);
  fault = operation_store_take_submit_fault (self->store, prompt);
  if (emulator_fault_performs (fault))
    right = accept_create (self, request, &create, prompt);
  else
    right = emulator_answer_new (200, NULL, g_bytes_new (NULL, 0));
  return apply_fault (self, request, fault, right);
}

static EmulatorAnswer *
check_query (const EmulatorRequest *request)
{
  static const gchar *const known[] = { "stream", "include_input", "last_event_id", "alt", NULL };
  g_autoptr (GHashTable) parameters = NULL;
  GHashTableIter iter;
  gpointer name;

  if (request->query == NULL)
    return NULL;
  parameters = g_uri_parse_params (request->query, -1, "&", G_URI_PARAMS_NONE, NULL);
  if (parameters == NULL)
    return new_invalid ("The query cannot be read.");
  g_hash_table_iter_init (&iter, parameters);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree gchar *text = g_strdup_printf ("Unknown parameter '%s'.", (const gchar *)name);

      if (!g_strv_contains (known, name))
        return omni_error_new (400, "parameter_unknown", text);
    }
  return NULL;
}

static guint
count_known_events (const EmulatorRequest *request)
{
  g_autofree gchar *id = emulator_request_dup_parameter (request, "last_event_id");

  if (id == NULL || !g_str_has_prefix (id, OMNI_EVENT_ID_PREFIX))
    return 0;
  return (guint)g_ascii_strtoull (id + strlen (OMNI_EVENT_ID_PREFIX), NULL, 10);
}

static EmulatorAnswer *
new_poll_answer (OmniService *self, EmulatorRequest *request, Operation *operation)
{
  OmniInteraction *interaction = operation->extra;

  if (emulator_request_has_parameter (request, "stream", "true"))
    return emulator_answer_new_later (200, EVENT_STREAM,
                                      omni_flow_new_stream (operation, OMNI_VIEW_POLLED,
                                                            self->origins,
                                                            count_known_events (request)));
  if (interaction->n_lagging_polls > 0)
    interaction->n_lagging_polls--;
  return emulator_answer_new_json (200,
                                   omni_interaction_describe (operation, request->received_us,
                                                              OMNI_VIEW_POLLED, self->origins));
}

static EmulatorAnswer *
serve_get (OmniService *self, EmulatorRequest *request)
{
  Operation *operation = find_interaction (self, request->operation);
  EmulatorAnswer *refusal = check_query (request);

  if (refusal != NULL)
    return refusal;
  if (operation == NULL)
    return new_not_found ();
  return apply_fault (self, request,
                      operation_store_take_fault (self->store, operation, EMULATOR_STEP_POLL),
                      new_poll_answer (self, request, operation));
}

static EmulatorAnswer *
cancel (OmniService *self, EmulatorRequest *request, Operation *operation)
{
  const guint manner = operation->plan->manner;
  OmniInteraction *interaction = operation->extra;
  json_object *json = NULL;

  if ((manner & EMULATOR_MANNER_CANCEL_LOSES) == 0)
    interaction->cancelled = TRUE;
  json = omni_interaction_describe (operation, request->received_us, OMNI_VIEW_POLLED,
                                    self->origins);
  if (interaction->cancelled && (manner & EMULATOR_MANNER_CANCEL_LAGS) != 0)
    interaction->n_lagging_polls = LAGGING_POLLS + 1;
  return emulator_answer_new_json (200, json);
}

static EmulatorAnswer *
serve_cancel (OmniService *self, EmulatorRequest *request)
{
  Operation *operation = find_interaction (self, request->operation);
  const OmniInteraction *interaction = operation != NULL ? operation->extra : NULL;
  EmulatorFault *fault = NULL;

  if (operation == NULL)
    return new_not_found ();
  if (!interaction->background)
    return omni_error_new (400, "failed_precondition",
                           "Only interactions in the background can be cancelled.");
  if (omni_interaction_is_over (operation, request->received_us))
    return omni_error_new (400, "failed_precondition", "The interaction is not running.");
  fault = operation_store_take_fault (self->store, operation, EMULATOR_STEP_CANCEL);
  if (!emulator_fault_performs (fault))
    return apply_fault (self, request, fault,
                        emulator_answer_new (200, NULL, g_bytes_new (NULL, 0)));
  return apply_fault (self, request, fault, cancel (self, request, operation));
}

static EmulatorAnswer *
serve_delete (OmniService *self, EmulatorRequest *request)
{
  Operation *operation = find_interaction (self, request->operation);
  OmniInteraction *interaction = operation != NULL ? operation->extra : NULL;

  if (operation == NULL)
    return new_not_found ();
  interaction->deleted = TRUE;
  return emulator_answer_new_json (200, json_object_new_object ());
}

/* Notes kind and id; the id is one segment. */
static RouteFunc
route_one (EmulatorRequest *request)
{
  const gchar *id = request->path + strlen (COLLECTION "/");
  const gsize length = strcspn (id, "/");
  const gboolean is_cancel = g_str_equal (id + length, CANCEL_SUFFIX);

  if (length == 0 || (id[length] != '\0' && !is_cancel))
    return NULL;
  request->operation = g_strndup (id, length);
  if (is_cancel)
    {
      request->kind = "cancel";
      return emulator_request_is (request, "POST") ? serve_cancel : NULL;
    }
  if (emulator_request_is (request, "GET"))
    {
      request->kind = "poll";
      return serve_get;
    }
  request->kind = "delete";
  return emulator_request_is (request, "DELETE") ? serve_delete : NULL;
}

static RouteFunc
route (EmulatorRequest *request)
{
  if (!g_str_equal (request->path, COLLECTION))
    return route_one (request);
  request->kind = "submit";
  return emulator_request_is (request, "POST") ? serve_create : NULL;
}

static gboolean
omni_claims (gpointer service, const EmulatorRequest *request)
{
  (void)service;
  return !request->to_storage
         && (g_str_equal (request->path, COLLECTION)
             || g_str_has_prefix (request->path, COLLECTION "/"));
}

static EmulatorAnswer *
omni_serve (gpointer service, EmulatorRequest *request)
{
  OmniService *self = service;
  const RouteFunc serve = route (request);
  EmulatorAnswer *refusal = NULL;

  if (serve == NULL)
    {
      request->kind = "other";
      return emulator_answer_new_html (404);
    }
  refusal = api_key_check (request, self->api_key);
  if (refusal != NULL)
    return refusal;
  if (serve != serve_create && g_bytes_get_size (request->body) > 0)
    return new_invalid ("The emulator expects no body here.");
  return serve (self, request);
}

EmulatorWire
omni_service_get_wire (OmniService *self)
{
  const EmulatorWire wire
      = { .name = "omni", .service = self, .claims = omni_claims, .serve = omni_serve };

  return wire;
}
