/* SPDX-License-Identifier: MIT */
/*
 * The Gemini wire: routes, keys, and the answers of submit, poll, download, models and files.
 *
 * Order on each request: route, key, what is asked for, then what is scripted for it; a refusal
 * that the real service would give never uses up a fault. Thread model: one thread, nothing blocks.
 * Must not touch connections.
 */
#include "tests/emulator/gemini-service.h"

#include "tests/emulator/api-key-check.h"
#include "tests/emulator/fault-answer.h"
#include "tests/emulator/gemini-check.h"
#include "tests/emulator/gemini-files.h"
#include "tests/emulator/omni-check.h"
#include "tests/emulator/predict-operation.h"

#include <string.h>

#define API_PREFIX "/v1beta/"
#define DOWNLOAD_PREFIX "/download/v1beta/"
#define STORAGE_PREFIX "/storage/"
#define SUBMIT_SUFFIX ":predictLongRunning"
#define DOWNLOAD_SUFFIX ":download"
#define RESPONSE_TYPE                                                                              \
  "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse"

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
  else if (!g_strv_contains (models, model) && !g_strv_contains (omni_check_get_models (), model))
    text = g_strdup_printf ("models/%s is not found for API version v1beta, or is not supported "
                            "for predictLongRunning. Call ListModels to see the list of available "
                            "models and their supported methods.",
                            model);
  return text != NULL ? emulator_answer_new_error (404, text) : NULL;
}

/* Puts a fault onto the right answer of a submit or poll, whose redirects lead to themselves. */
static EmulatorAnswer *
apply_fault (GeminiService *self,
             const EmulatorRequest *request,
             EmulatorFault *fault,
             EmulatorAnswer *right)
{
  g_autofree gchar *own_url = emulator_request_build_url (request, self->origins->api_url);
  g_autofree gchar *cross_url = emulator_request_build_url (request, self->origins->storage_url);
  const FaultAnswerPlace place
      = { .same_origin_url = own_url, .cross_origin_url = cross_url, .own_url = own_url };

  return fault_answer_apply (fault, right, &place);
}

static EmulatorAnswer *
accept_submit (GeminiService *self,
               EmulatorRequest *request,
               const GeminiSubmit *submit,
               OperationPrompt *prompt)
{
  g_autofree gchar *prefix = g_strconcat ("models/", request->model, "/operations/", NULL);
  const OperationSpec spec = {
    .model = request->model,
    .prompt = prompt,
    .duration_s = submit->duration_s,
    .portrait = submit->portrait,
    .id_shape = OPERATION_ID_SHORT,
    .name_prefix = prefix,
  };
  const Operation *operation = operation_store_create (self->store, &spec);
  json_object *json = json_object_new_object ();

  request->operation = g_strdup (operation->name);
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
  if (g_strv_contains (omni_check_get_models (), request->model))
    return emulator_answer_new_error (400, "This model only supports Interactions API.");
  if (!emulator_request_says_json (request))
    return emulator_answer_new_error (400, "The emulator expects Content-Type: application/json.");
  if (request->json == NULL)
    return emulator_answer_new_error (
        400, "Invalid JSON payload received. Unexpected end of string or token.");
  if (!gemini_check_submit (request->model, request->json, ret_submit, &local_error))
    return emulator_answer_new_error (400, local_error->message);
  request->prompt = g_strdup (ret_submit->prompt);
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
new_response (json_object *generated)
{
  json_object *response = json_object_new_object ();

  json_object_object_add (response, "@type", json_object_new_string (RESPONSE_TYPE));
  json_object_object_add (response, "generateVideoResponse", generated);
  return response;
}

static json_object *
new_success (gpointer service, const Operation *operation)
{
  GeminiService *self = service;
  g_autofree gchar *uri = gemini_files_build_uri (operation, self->origins);
  const gboolean empty = operation->outcome->kind == EMULATOR_OUTCOME_EMPTY_URI;
  json_object *generated = json_object_new_object ();
  json_object *samples = json_object_new_array ();
  json_object *sample = json_object_new_object ();
  json_object *video = json_object_new_object ();

  json_object_object_add (video, "uri", json_object_new_string (empty ? "" : uri));
  json_object_object_add (sample, "video", video);
  json_object_array_add (samples, sample);
  json_object_object_add (generated, "generatedSamples", samples);
  return new_response (generated);
}

static json_object *
new_filtered (gpointer service, const Operation *operation)
{
  json_object *generated = json_object_new_object ();
  json_object *reasons = json_object_new_array ();

  (void)service;
  json_object_object_add (generated, "raiMediaFilteredCount", json_object_new_int (1));
  json_object_array_add (reasons, json_object_new_string (operation->outcome->message));
  json_object_object_add (generated, "raiMediaFilteredReasons", reasons);
  return new_response (generated);
}

static json_object *
new_empty (gpointer service, const Operation *operation)
{
  (void)service;
  (void)operation;
  return new_response (json_object_new_object ());
}

static EmulatorAnswer *
serve_poll (GeminiService *self, EmulatorRequest *request)
{
  static const PredictResponses responses
      = { .new_success = new_success, .new_filtered = new_filtered, .new_empty = new_empty };
  Operation *operation = operation_store_find_name (self->store, request->operation);
  json_object *json = NULL;

  if (operation == NULL)
    return new_not_found ();
  json = predict_operation_describe (operation, request->received_us, &responses, self);
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
  g_autofree gchar *own_url = emulator_request_build_url (request, self->origins->api_url);
  g_autofree gchar *same_url
      = g_strconcat (self->origins->api_url, "/download", request->path, "?alt=media", NULL);
  g_autofree gchar *cross_url
      = g_strconcat (self->origins->storage_url, STORAGE_PREFIX, operation->file_id, NULL);
  const FaultAnswerPlace place
      = { .same_origin_url = same_url, .cross_origin_url = cross_url, .own_url = own_url };
  EmulatorAnswer *redirect = NULL;

  if (!emulator_scenario_redirects_downloads (self->scenario))
    return fault_answer_apply (fault, gemini_files_serve_content (operation, request, fault),
                               &place);
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

  return fault_answer_apply (fault, gemini_files_serve_content (operation, request, fault),
                             &nowhere);
}

/* The id between "files/" and an optional ":download". */
static Operation *
find_file (GeminiService *self, EmulatorRequest *request)
{
  const gchar *start = strstr (request->path, "/files/") + strlen ("/files/");
  g_autofree gchar *id = g_strndup (start, strcspn (start, ":/"));
  Operation *operation = operation_store_find_file (self->store, id);

  if (operation != NULL)
    request->operation = g_strdup (operation->name);
  return operation;
}

static EmulatorAnswer *
serve_download (GeminiService *self, EmulatorRequest *request)
{
  Operation *operation = find_file (self, request);

  if (!emulator_request_has_parameter (request, "alt", "media"))
    return emulator_answer_new_error (400, "The emulator serves content only with alt=media.");
  if (operation == NULL)
    return new_not_found ();
  if (operation_get_file_state (operation, request->received_us) != OPERATION_FILE_ACTIVE)
    return gemini_files_refuse_content (operation);
  if (g_str_has_prefix (request->path, DOWNLOAD_PREFIX))
    return serve_second_hop (request, operation);
  return serve_first_hop (self, request, operation);
}

static EmulatorAnswer *
serve_file (GeminiService *self, EmulatorRequest *request)
{
  Operation *operation = find_file (self, request);

  if (operation == NULL)
    return new_not_found ();
  return apply_fault (self, request,
                      operation_store_take_fault (self->store, operation, EMULATOR_STEP_FILE),
                      gemini_files_describe (operation, request->received_us, self->origins));
}

static json_object *
new_model (const gchar *model)
{
  json_object *json = json_object_new_object ();
  json_object *methods = json_object_new_array ();
  g_autofree gchar *name = g_strconcat ("models/", model, NULL);

  json_object_object_add (json, "name", json_object_new_string (name));
  json_object_object_add (json, "version", json_object_new_string ("001"));
  json_object_object_add (json, "displayName", json_object_new_string ("Video (emulated)"));
  json_object_object_add (json, "inputTokenLimit", json_object_new_int (480));
  json_object_object_add (json, "outputTokenLimit", json_object_new_int (8192));
  if (!g_strv_contains (omni_check_get_models (), model))
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

static void
list_models (GeminiService *self, const gchar *const *models, json_object *list)
{
  for (gsize i = 0; models[i] != NULL; i++)
    {
      if (!emulator_scenario_retires (self->scenario, models[i]))
        json_object_array_add (list, new_model (models[i]));
    }
}

static EmulatorAnswer *
serve_model_list (GeminiService *self, EmulatorRequest *request)
{
  const gchar *const *models = emulator_scenario_get_models (self->scenario);
  json_object *json = json_object_new_object ();
  json_object *list = json_object_new_array ();

  (void)request;
  list_models (self, models != NULL ? models : known_models, list);
  if (models == NULL)
    list_models (self, omni_check_get_models (), list);
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
  const gboolean gets = emulator_request_is (request, "GET");
  const gchar *rest;

  note_model (request, below_models);
  rest = below_models + strlen (request->model);
  if (*request->model == '\0')
    return NULL;
  if (g_str_equal (rest, SUBMIT_SUFFIX) && emulator_request_is (request, "POST"))
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
  if (!emulator_request_is (request, "GET"))
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
  if (!g_str_equal (request->path, API_PREFIX "models") || !emulator_request_is (request, "GET"))
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
  request->operation = g_strdup (operation->name);
  return gemini_files_serve_content (operation, request, NULL);
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
  refusal = api_key_check (request, self->api_key);
  return refusal != NULL ? refusal : serve (self, request);
}

EmulatorWire
gemini_service_get_wire (GeminiService *self)
{
  const EmulatorWire wire
      = { .name = "gemini", .service = self, .claims = gemini_claims, .serve = gemini_serve };

  return wire;
}
