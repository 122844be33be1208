/* SPDX-License-Identifier: MIT */
/*
 * The Gemini wire: routes, keys, and the answers of submit, poll, download, models and files.
 *
 * Order on each request: route, key, what is asked for, then what is scripted for it; a refusal
 * that the real service would give never uses up a fault. Thread model: one thread, nothing blocks.
 * Must not touch connections.
 */
#include "tests/emulator/gemini-service.h"

#include "tests/emulator/fault-answer.h"
#include "tests/emulator/gemini-check.h"
#include "tests/emulator/gemini-files.h"

#include <string.h>

#define API_PREFIX "/v1beta/"
#define DOWNLOAD_PREFIX "/download/v1beta/"
#define STORAGE_PREFIX "/storage/"
#define SUBMIT_SUFFIX ":predictLongRunning"
#define DOWNLOAD_SUFFIX ":download"
#define RESPONSE_TYPE                                                                              \
  "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse"
/* Every third answer about a running operation says `done: false`; the others leave it out. */
#define EXPLICIT_DONE_EVERY 3u

struct _GeminiService
{
  EmulatorScenario *scenario;     /* (borrowed) */
  OperationStore *store;          /* (borrowed) */
  const EmulatorOrigins *origins; /* (borrowed) */
  gchar *api_key;                 /* (owned) (nullable) */
};

typedef EmulatorAnswer *(*RouteFunc) (GeminiService *self, EmulatorRequest *request);

static const gchar *const known_models[] = {
  "veo-3.1-generate-preview",
  "veo-3.1-fast-generate-preview",
  "veo-3.1-lite-generate-preview",
  NULL,
};

static const gchar *const retired_models[] = {
  "veo-2.0-generate-001",     "veo-3.0-generate-001",          "veo-3.0-fast-generate-001",
  "veo-3.0-generate-preview", "veo-3.0-fast-generate-preview", NULL,
};

GeminiService *
gemini_service_new (EmulatorScenario *scenario,
                    OperationStore *store,
                    const EmulatorOrigins *origins,
                    const gchar *api_key)
{
  GeminiService *self = g_new0 (GeminiService, 1);

  self->scenario = scenario;
  self->store = store;
  self->origins = origins;
  self->api_key = g_strdup (api_key);
  return self;
}

void
gemini_service_free (GeminiService *self)
{
  if (self == NULL)
    return;
  g_free (self->api_key);
  g_free (self);
}

static EmulatorAnswer *
new_bad_key (void)
{
  json_object *details = json_object_new_array ();
  json_object *info = json_object_new_object ();
  json_object *metadata = json_object_new_object ();

  json_object_object_add (info, "@type",
                          json_object_new_string ("type.googleapis.com/google.rpc.ErrorInfo"));
  json_object_object_add (info, "reason", json_object_new_string ("API_KEY_INVALID"));
  json_object_object_add (info, "domain", json_object_new_string ("googleapis.com"));
  json_object_object_add (metadata, "service",
                          json_object_new_string ("generativelanguage.googleapis.com"));
  json_object_object_add (info, "metadata", metadata);
  json_object_array_add (details, info);
  return emulator_answer_new_error_with_details (400,
                                                 "API key not valid. Please pass a valid API key.",
                                                 details);
}

/* Has the query this parameter, with this value if one is given? */
static gboolean
has_parameter (const EmulatorRequest *request, const gchar *name, const gchar *value)
{
  g_autoptr (GHashTable) parameters = NULL;
  const gchar *found = NULL;

  if (request->query == NULL)
    return FALSE;
  parameters = g_uri_parse_params (request->query, -1, "&", G_URI_PARAMS_NONE, NULL);
  found = parameters != NULL ? g_hash_table_lookup (parameters, name) : NULL;
  return found != NULL && (value == NULL || g_str_equal (found, value));
}

/* The real service takes a key from the query too; refusing it here keeps keys out of URLs. */
static EmulatorAnswer *
check_key (GeminiService *self, const EmulatorRequest *request)
{
  if (has_parameter (request, "key", NULL))
    return emulator_answer_new_error (400, "The emulator refuses an API key in the query: send it "
                                           "in the x-goog-api-key header.");
  if (request->api_key == NULL || *request->api_key == '\0')
    return emulator_answer_new_error (
        403, "Method doesn't allow unregistered callers (callers without established identity). "
             "Please use API Key or other form of API consumer identity to call this API.");
  if (self->api_key != NULL && !g_str_equal (request->api_key, self->api_key))
    return new_bad_key ();
  return NULL;
}

static EmulatorAnswer *
new_not_found (void)
{
  return emulator_answer_new_error (404, "Requested entity was not found.");
}

static EmulatorAnswer *
check_model (GeminiService *self, const gchar *model)
{
  const gchar *const *models = emulator_scenario_get_models (self->scenario);
  g_autofree gchar *text = NULL;

  if (models == NULL)
    models = known_models;
  if (emulator_scenario_retires (self->scenario, model)
      || (g_strv_contains (retired_models, model) && !g_strv_contains (models, model)))
    text = g_strdup_printf ("This model models/%s is no longer available. Please update your code "
                            "to use a newer model for the latest features and improvements.",
                            model);
  else if (!g_strv_contains (models, model))
    text = g_strdup_printf ("models/%s is not found for API version v1beta, or is not supported "
                            "for predictLongRunning. Call ListModels to see the list of available "
                            "models and their supported methods.",
                            model);
  return text != NULL ? emulator_answer_new_error (404, text) : NULL;
}

static gchar *
build_own_url (GeminiService *self, const EmulatorRequest *request)
{
  return g_strconcat (self->origins->api_url, request->path, request->query != NULL ? "?" : "",
                      request->query != NULL ? request->query : "", NULL);
}

/* Puts a fault onto the right answer of a submit or poll, whose redirects lead to themselves. */
static EmulatorAnswer *
apply_fault (GeminiService *self,
             const EmulatorRequest *request,
             EmulatorFault *fault,
             EmulatorAnswer *right)
{
  g_autofree gchar *own_url = build_own_url (self, request);
  g_autofree gchar *cross_url = g_strconcat (self->origins->storage_url, request->path, NULL);
  const FaultAnswerPlace place
      = { .same_origin_url = own_url, .cross_origin_url = cross_url, .own_url = own_url };

  return fault_answer_apply (fault, right, &place);
}

static gchar *
build_operation_name (const Operation *operation)
{
  return g_strconcat ("models/", operation->model, "/operations/", operation->id, NULL);
}

static EmulatorAnswer *
accept_submit (GeminiService *self,
               EmulatorRequest *request,
               const GeminiSubmit *submit,
               OperationPrompt *prompt)
{
  const OperationSpec spec = {
    .model = request->model,
    .prompt = prompt,
    .duration_s = submit->duration_s,
    .portrait = submit->portrait,
  };
  const Operation *operation = operation_store_create (self->store, &spec);
  json_object *json = json_object_new_object ();

  request->operation = build_operation_name (operation);
  json_object_object_add (json, "name", json_object_new_string (request->operation));
  return emulator_answer_new_json (200, json);
}

static EmulatorAnswer *
check_submit (GeminiService *self, EmulatorRequest *request, GeminiSubmit *ret_submit)
{
  g_autoptr (GError) local_error = NULL;
  EmulatorAnswer *refusal = check_model (self, request->model);

  if (refusal != NULL)
    return refusal;
  if (request->content_type == NULL
      || !g_str_has_prefix (request->content_type, "application/json"))
    return emulator_answer_new_error (400, "The emulator expects Content-Type: application/json.");
  if (request->json == NULL)
    return emulator_answer_new_error (
        400, "Invalid JSON payload received. Unexpected end of string or token.");
  if (!gemini_check_submit (request->model, request->json, ret_submit, &local_error))
    return emulator_answer_new_error (400, local_error->message);
  return NULL;
}

static EmulatorAnswer *
serve_submit (GeminiService *self, EmulatorRequest *request)
{
  g_autoptr (GError) local_error = NULL;
  GeminiSubmit submit = { 0 };
  EmulatorAnswer *refusal = check_submit (self, request, &submit);
  OperationPrompt *prompt = NULL;
  EmulatorFault *fault = NULL;
  EmulatorAnswer *right = NULL;

  if (refusal != NULL)
    return refusal;
  prompt = operation_store_get_prompt (self->store, submit.prompt, &local_error);
  if (prompt == NULL)
    return emulator_answer_new_error (400, local_error->message);
  fault = operation_store_take_submit_fault (self->store, prompt);
  if (emulator_fault_performs (fault))
    right = accept_submit (self, request, &submit, prompt);
  else
    right = emulator_answer_new (200, NULL, g_bytes_new (NULL, 0));
  return apply_fault (self, request, fault, right);
}

static json_object *
new_success (GeminiService *self, const Operation *operation)
{
  g_autofree gchar *uri = g_strconcat (self->origins->api_url, API_PREFIX "files/",
                                       operation->file_id, DOWNLOAD_SUFFIX "?alt=media", NULL);
  const gboolean empty = operation->outcome->kind == EMULATOR_OUTCOME_EMPTY_URI;
  json_object *generated = json_object_new_object ();
  json_object *samples = json_object_new_array ();
  json_object *sample = json_object_new_object ();
  json_object *video = json_object_new_object ();

  json_object_object_add (video, "uri", json_object_new_string (empty ? "" : uri));
  json_object_object_add (sample, "video", video);
  json_object_array_add (samples, sample);
  json_object_object_add (generated, "generatedSamples", samples);
  return generated;
}

static json_object *
new_filtered (const Operation *operation)
{
  json_object *generated = json_object_new_object ();
  json_object *reasons = json_object_new_array ();

  json_object_object_add (generated, "raiMediaFilteredCount", json_object_new_int (1));
  json_object_array_add (reasons, json_object_new_string (operation->outcome->message));
  json_object_object_add (generated, "raiMediaFilteredReasons", reasons);
  return generated;
}

static json_object *
new_response (json_object *generated)
{
  json_object *response = json_object_new_object ();

  json_object_object_add (response, "@type", json_object_new_string (RESPONSE_TYPE));
  json_object_object_add (response, "generateVideoResponse", generated);
  return response;
}

static json_object *
new_rpc_error (int code, const gchar *message)
{
  json_object *error = json_object_new_object ();

  json_object_object_add (error, "code", json_object_new_int (code));
  json_object_object_add (error, "message", json_object_new_string (message));
  return error;
}

static void
add_outcome (GeminiService *self, const Operation *operation, json_object *json)
{
  const EmulatorOutcome *outcome = operation->outcome;

  json_object_object_add (json, "done", json_object_new_boolean (TRUE));
  switch (outcome->kind)
    {
    case EMULATOR_OUTCOME_OK:
      if (emulator_clip_get_state (operation->clip) == EMULATOR_CLIP_READY)
        json_object_object_add (json, "response", new_response (new_success (self, operation)));
      else
        json_object_object_add (json, "error",
                                new_rpc_error (13, emulator_clip_get_failure (operation->clip)));
      break;
    case EMULATOR_OUTCOME_EMPTY_URI:
      json_object_object_add (json, "response", new_response (new_success (self, operation)));
      break;
    case EMULATOR_OUTCOME_FILTERED:
      json_object_object_add (json, "response", new_response (new_filtered (operation)));
      break;
    case EMULATOR_OUTCOME_EMPTY:
      json_object_object_add (json, "response", new_response (json_object_new_object ()));
      break;
    case EMULATOR_OUTCOME_ERROR:
      json_object_object_add (json, "error", new_rpc_error (outcome->code, outcome->message));
      break;
    case EMULATOR_OUTCOME_DONE_ONLY:
    case EMULATOR_OUTCOME_NEVER:
      break;
    }
}

static EmulatorAnswer *
serve_poll (GeminiService *self, EmulatorRequest *request)
{
  const gchar *id = strrchr (request->path, '/') + 1;
  Operation *operation = operation_store_find (self->store, id);
  json_object *json = NULL;

  if (operation == NULL || !g_str_equal (operation->model, request->model))
    return new_not_found ();
  json = json_object_new_object ();
  json_object_object_add (json, "name", json_object_new_string (request->operation));
  if (operation_is_done (operation, request->received_us))
    add_outcome (self, operation, json);
  else if (++operation->running_polls % EXPLICIT_DONE_EVERY == 0)
    json_object_object_add (json, "done", json_object_new_boolean (FALSE));
  return apply_fault (self, request,
                      operation_store_take_fault (self->store, operation, EMULATOR_STEP_POLL),
                      emulator_answer_new_json (200, json));
}

/* First hop: the usual answer is a redirect; a fault of the content waits behind it. */
static EmulatorAnswer *
serve_first_hop (GeminiService *self, EmulatorRequest *request, Operation *operation)
{
  EmulatorFault *fault
      = operation_store_take_fault (self->store, operation, EMULATOR_STEP_DOWNLOAD);
  g_autofree gchar *own_url = build_own_url (self, request);
  g_autofree gchar *same_url
      = g_strconcat (self->origins->api_url, "/download", request->path, "?alt=media", NULL);
  g_autofree gchar *cross_url
      = g_strconcat (self->origins->storage_url, STORAGE_PREFIX, operation->file_id, NULL);
  const FaultAnswerPlace place
      = { .same_origin_url = same_url, .cross_origin_url = cross_url, .own_url = own_url };
  EmulatorAnswer *redirect = NULL;

  if (!emulator_scenario_redirects_downloads (self->scenario))
    return fault_answer_apply (fault, gemini_files_serve_content (operation, request), &place);
  g_clear_pointer (&operation->content_fault, emulator_fault_unref);
  redirect = emulator_answer_new (302, NULL, g_bytes_new (NULL, 0));
  emulator_answer_add_header (redirect, "Location", same_url);
  if (!emulator_fault_spoils_content (fault))
    return fault_answer_apply (fault, redirect, &place);
  operation->content_fault = emulator_fault_ref (fault);
  return redirect;
}

static EmulatorAnswer *
serve_second_hop (EmulatorRequest *request, Operation *operation)
{
  g_autoptr (EmulatorFault) fault = g_steal_pointer (&operation->content_fault);
  const FaultAnswerPlace nowhere = { 0 };

  return fault_answer_apply (fault, gemini_files_serve_content (operation, request), &nowhere);
}

/* The id between "files/" and an optional ":download". */
static Operation *
find_file (GeminiService *self, EmulatorRequest *request)
{
  const gchar *start = strstr (request->path, "/files/") + strlen ("/files/");
  g_autofree gchar *id = g_strndup (start, strcspn (start, ":/"));
  Operation *operation = operation_store_find_file (self->store, id);

  if (operation != NULL)
    request->operation = build_operation_name (operation);
  return operation;
}

static EmulatorAnswer *
serve_download (GeminiService *self, EmulatorRequest *request)
{
  Operation *operation = find_file (self, request);

  if (!has_parameter (request, "alt", "media"))
    return emulator_answer_new_error (400, "The emulator serves content only with alt=media.");
  if (operation == NULL)
    return new_not_found ();
  if (g_str_has_prefix (request->path, DOWNLOAD_PREFIX))
    return serve_second_hop (request, operation);
  return serve_first_hop (self, request, operation);
}

static EmulatorAnswer *
serve_file (GeminiService *self, EmulatorRequest *request)
{
  Operation *operation = find_file (self, request);

  return operation != NULL ? gemini_files_describe (operation, self->origins) : new_not_found ();
}

static json_object *
new_model (const gchar *model)
{
  json_object *json = json_object_new_object ();
  json_object *methods = json_object_new_array ();
  g_autofree gchar *name = g_strconcat ("models/", model, NULL);

  json_object_object_add (json, "name", json_object_new_string (name));
  json_object_object_add (json, "version", json_object_new_string ("3.1"));
  json_object_object_add (json, "displayName", json_object_new_string ("Veo 3.1 (emulated)"));
  json_object_object_add (json, "inputTokenLimit", json_object_new_int (480));
  json_object_object_add (json, "outputTokenLimit", json_object_new_int (8192));
  json_object_array_add (methods, json_object_new_string ("predictLongRunning"));
  json_object_object_add (json, "supportedGenerationMethods", methods);
  return json;
}

static EmulatorAnswer *
serve_model (GeminiService *self, EmulatorRequest *request)
{
  EmulatorAnswer *refusal = check_model (self, request->model);

  return refusal != NULL ? refusal : emulator_answer_new_json (200, new_model (request->model));
}

static EmulatorAnswer *
serve_model_list (GeminiService *self, EmulatorRequest *request)
{
  const gchar *const *models = emulator_scenario_get_models (self->scenario);
  json_object *json = json_object_new_object ();
  json_object *list = json_object_new_array ();

  (void)request;
  if (models == NULL)
    models = known_models;
  for (gsize i = 0; models[i] != NULL; i++)
    {
      if (!emulator_scenario_retires (self->scenario, models[i]))
        json_object_array_add (list, new_model (models[i]));
    }
  json_object_object_add (json, "models", list);
  return emulator_answer_new_json (200, json);
}

static EmulatorAnswer *
serve_operation_list (GeminiService *self, EmulatorRequest *request)
{
  (void)self;
  (void)request;
  return emulator_answer_new_error (501, "Operation is not implemented, or supported, or enabled.");
}

/* Notes model and operation for the log, from a path below /v1beta/models/. */
static void
note_model (EmulatorRequest *request, const gchar *below_models)
{
  const gsize length = strcspn (below_models, ":/");

  request->model = g_strndup (below_models, length);
  if (g_str_has_prefix (below_models + length, "/operations/"))
    request->operation = g_strconcat ("models/", below_models, NULL);
}

static RouteFunc
route_models (EmulatorRequest *request, const gchar *below_models)
{
  const gboolean gets = g_str_equal (request->method, "GET");
  const gchar *rest;

  note_model (request, below_models);
  rest = below_models + strlen (request->model);
  if (*request->model == '\0')
    return NULL;
  if (g_str_equal (rest, SUBMIT_SUFFIX) && g_str_equal (request->method, "POST"))
    {
      request->kind = "submit";
      return serve_submit;
    }
  if (request->operation != NULL && gets && strchr (rest + strlen ("/operations/"), '/') == NULL)
    {
      request->kind = "poll";
      return serve_poll;
    }
  if (g_str_equal (rest, "/operations") && gets)
    return serve_operation_list;
  if (*rest != '\0' || !gets)
    return NULL;
  request->kind = "model";
  return serve_model;
}

static RouteFunc
route_files (EmulatorRequest *request)
{
  if (!g_str_equal (request->method, "GET"))
    return NULL;
  if (g_str_has_suffix (request->path, DOWNLOAD_SUFFIX))
    {
      request->kind = "download";
      return serve_download;
    }
  if (!g_str_has_prefix (request->path, API_PREFIX))
    return NULL;
  request->kind = "file";
  return serve_file;
}

static RouteFunc
route (EmulatorRequest *request)
{
  if (g_str_has_prefix (request->path, API_PREFIX "models/"))
    return route_models (request, request->path + strlen (API_PREFIX "models/"));
  if (g_str_has_prefix (request->path, API_PREFIX "files/")
      || g_str_has_prefix (request->path, DOWNLOAD_PREFIX "files/"))
    return route_files (request);
  if (!g_str_equal (request->path, API_PREFIX "models") || !g_str_equal (request->method, "GET"))
    return NULL;
  request->kind = "model";
  return serve_model_list;
}

/* The stand-in for cloud storage wants no key; the log tells whether one was sent to it. */
static EmulatorAnswer *
serve_storage (GeminiService *self, EmulatorRequest *request)
{
  Operation *operation = NULL;

  request->kind = "storage";
  if (g_str_has_prefix (request->path, STORAGE_PREFIX))
    operation = operation_store_find_file (self->store, request->path + strlen (STORAGE_PREFIX));
  if (operation == NULL)
    return emulator_answer_new_html (404);
  request->operation = build_operation_name (operation);
  return gemini_files_serve_content (operation, request);
}

static gboolean
gemini_claims (gpointer service, const EmulatorRequest *request)
{
  (void)service;
  return request->to_storage || g_str_has_prefix (request->path, API_PREFIX)
         || g_str_has_prefix (request->path, DOWNLOAD_PREFIX);
}

static EmulatorAnswer *
gemini_serve (gpointer service, EmulatorRequest *request)
{
  GeminiService *self = service;
  RouteFunc serve = NULL;
  EmulatorAnswer *refusal = NULL;

  if (request->to_storage)
    return serve_storage (self, request);
  serve = route (request);
  if (serve == NULL)
    return emulator_answer_new_html (404);
  refusal = check_key (self, request);
  return refusal != NULL ? refusal : serve (self, request);
}

EmulatorWire
gemini_service_get_wire (GeminiService *self)
{
  const EmulatorWire wire
      = { .name = "gemini", .service = self, .claims = gemini_claims, .serve = gemini_serve };

  return wire;
}
