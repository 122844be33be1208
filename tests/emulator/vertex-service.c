/* SPDX-License-Identifier: MIT */
/*
 * The Vertex wire: routes, tokens, and the answers of submit, poll, model and storage.
 *
 * Order on each request: route, token, what is asked for, then what is scripted for it; a refusal
 * that the real service would give never uses up a fault. Thread model: one thread, nothing blocks.
 * Must not touch connections.
 */
#include "tests/emulator/vertex-service.h"

#include "tests/emulator/cloud-storage.h"
#include "tests/emulator/fault-answer.h"
#include "tests/emulator/predict-operation.h"
#include "tests/emulator/vertex-check.h"

#include <string.h>

#define SUBMIT_VERB "predictLongRunning"
#define POLL_VERB "fetchPredictOperation"
#define RESPONSE_TYPE "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"
#define RPC_INVALID_ARGUMENT 3

struct _VertexService
{
  EmulatorScenario *scenario;     /* (borrowed) */
  OperationStore *store;          /* (borrowed) */
  TokenStore *tokens;             /* (borrowed) */
  const EmulatorOrigins *origins; /* (borrowed) */
  CloudStorage *storage;          /* (owned) */
  GRegex *method_path;            /* (owned) of the methods of a model */
  GRegex *model_path;             /* (owned) of a model */
};

/* What an operation of this wire remembers. */
typedef struct
{
  guint n_samples;
  gchar *folder; /* (owned) (nullable) gs://.../ with a slash at its end; NULL = inline */
} Delivery;

static const gchar *const known_models[] = {
  "veo-3.1-generate-001",
  "veo-3.1-fast-generate-001",
  "veo-3.1-lite-generate-001",
  NULL,
};

static const gchar *const known_locations[] = { "us-central1", NULL };

VertexService *
vertex_service_new (EmulatorScenario *scenario,
                    OperationStore *store,
                    TokenStore *tokens,
                    const EmulatorOrigins *origins)
{
  VertexService *self = g_new0 (VertexService, 1);

  self->scenario = scenario;
  self->store = store;
  self->tokens = tokens;
  self->origins = origins;
  self->storage = cloud_storage_new ();
  self->method_path
      = g_regex_new ("^/(?:v1|v1beta1)/(?<parent>projects/[^/:]+/locations/(?<location>[^/:]+)/"
                     "publishers/google/models/(?<model>[^/:]+)):(?<verb>[A-Za-z]+)$",
                     G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  self->model_path = g_regex_new ("^/(?:v1|v1beta1)/publishers/google/models/(?<model>[^/:]+)$",
                                  G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  return self;
}

void
vertex_service_free (VertexService *self)
{
  if (self == NULL)
    return;
  cloud_storage_free (self->storage);
  g_regex_unref (self->method_path);
  g_regex_unref (self->model_path);
  g_free (self);
}

static void
free_delivery (gpointer data)
{
  Delivery *delivery = data;

  g_free (delivery->folder);
  g_free (delivery);
}

static json_object *
new_fault_details (const EmulatorFault *fault)
{
  json_object *details = NULL;

  if (fault->retry_delay == NULL)
    return NULL;
  details = json_object_new_array ();
  json_object_array_add (details, fault_answer_new_retry_info (fault));
  return details;
}

/* In Vertex's words where they differ from Gemini's; a 429 comes without details as a rule. */
static EmulatorAnswer *
new_fault_error (const EmulatorFault *fault)
{
  const gchar *usual = "Request contains an invalid argument.";

  if (fault->status == 401 && fault->message == NULL)
    return token_store_new_refusal ("ACCESS_TOKEN_EXPIRED");
  if (fault->status == 403)
    usual = "Permission 'aiplatform.endpoints.predict' denied on resource "
            "'//aiplatform.googleapis.com/projects/emulated-project/locations/us-central1/"
            "publishers/google/models/veo-3.1-generate-001' (or it may not exist).";
  else if (fault->status == 404)
    usual = "Requested entity was not found.";
  else if (fault->status == 429 && fault->per_day)
    usual = "Quota exceeded for quota metric 'Online prediction requests per day' and limit "
            "'Online prediction requests per day per project' of service "
            "'aiplatform.googleapis.com'.";
  else if (fault->status == 429)
    usual = "Quota exceeded for "
            "aiplatform.googleapis.com/long_running_online_prediction_requests_per_base_model with "
            "base model: veo-3.1-generate-001. Please submit a quota increase request. "
            "https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai.";
  else if (fault->status == 503)
    usual = "The service is currently unavailable.";
  else if (fault->status == 504)
    usual = "Deadline expired before operation could complete.";
  else if (fault->status >= 500)
    usual = "Internal error encountered.";
  return emulator_answer_new_error_with_details (fault->status,
                                                 fault->message != NULL ? fault->message : usual,
                                                 new_fault_details (fault));
}

static EmulatorAnswer *
apply_fault (VertexService *self,
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
    .new_error = new_fault_error,
  };

  return fault_answer_apply (fault, right, &place);
}

static EmulatorAnswer *
new_not_found (void)
{
  return emulator_answer_new_error (404, "Requested entity was not found.");
}

/* Without a location: is there such a model anywhere? */
static EmulatorAnswer *
check_model (VertexService *self, const gchar *parent, const gchar *location, const gchar *model)
{
  const gchar *const *models = emulator_scenario_get_models (self->scenario);
  const gchar *const *locations = emulator_scenario_get_locations (self->scenario);
  g_autofree gchar *text = NULL;

  if (g_strv_contains (models != NULL ? models : known_models, model)
      && (location == NULL
          || g_strv_contains (locations != NULL ? locations : known_locations, location))
      && !emulator_scenario_retires (self->scenario, model))
    return NULL;
  text = g_strdup_printf (
      "Publisher Model `%s` was not found or your project does not have access to it. Please "
      "ensure you are using a valid model version. For more information, see: "
      "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions",
      parent);
  return emulator_answer_new_error (404, text);
}

/* A folder of its own for each operation: digits, as the service names them. */
static gchar *
build_folder (const gchar *storage_uri)
{
  const gchar *slash = g_str_has_suffix (storage_uri, "/") ? "" : "/";

  return g_strdup_printf ("%s%s%u%09u/", storage_uri, slash,
                          (guint)g_random_int_range (1000000000, G_MAXINT32),
                          (guint)g_random_int_range (0, 1000000000));
}

static gchar *
build_sample_uri (const Delivery *delivery, guint index)
{
  return g_strdup_printf ("%ssample_%u.mp4", delivery->folder, index);
}

static EmulatorAnswer *
accept_submit (VertexService *self,
               EmulatorRequest *request,
               const gchar *parent,
               const VertexSubmit *submit,
               OperationPrompt *prompt)
{
  g_autofree gchar *prefix = g_strconcat (parent, "/operations/", NULL);
  g_autoptr (EmulatorOutcome) late
      = submit->late_error != NULL
            ? emulator_outcome_new_error (RPC_INVALID_ARGUMENT, submit->late_error)
            : NULL;
  Delivery *delivery = g_new0 (Delivery, 1);
  const OperationSpec spec = {
    .model = request->model,
    .prompt = prompt,
    .duration_s = submit->duration_s,
    .portrait = submit->portrait,
    .id_shape = OPERATION_ID_UUID,
    .name_prefix = prefix,
    .outcome = late,
    .extra = delivery,
    .free_extra = free_delivery,
  };
  Operation *operation = operation_store_create (self->store, &spec);
  json_object *json = json_object_new_object ();

  delivery->n_samples = submit->n_samples;
  delivery->folder = submit->storage_uri != NULL ? build_folder (submit->storage_uri) : NULL;
  for (guint i = 0; delivery->folder != NULL && i < delivery->n_samples; i++)
    {
      g_autofree gchar *uri = build_sample_uri (delivery, i);

      cloud_storage_add (self->storage, uri, operation);
    }
  request->operation = g_strdup (operation->name);
  json_object_object_add (json, "name", json_object_new_string (operation->name));
  return emulator_answer_new_json (200, json);
}

static EmulatorAnswer *
serve_submit (VertexService *self, EmulatorRequest *request, const gchar *parent)
{
  g_auto (VertexSubmit) submit = { 0 };
  g_autoptr (GError) local_error = NULL;
  OperationPrompt *prompt = NULL;
  EmulatorFault *fault = NULL;
  EmulatorAnswer *right = NULL;

  if (!vertex_check_submit (request->model, request->json, &submit, &local_error))
    return emulator_answer_new_error (400, local_error->message);
  request->prompt = g_strdup (submit.prompt);
  prompt = operation_store_get_prompt (self->store, submit.prompt, &local_error);
  if (prompt == NULL)
    return emulator_answer_new_error (400, local_error->message);
  fault = operation_store_take_submit_fault (self->store, prompt);
  if (emulator_fault_performs (fault))
    right = accept_submit (self, request, parent, &submit, prompt);
  else
    right = emulator_answer_new (200, NULL, g_bytes_new (NULL, 0));
  return apply_fault (self, request, fault, right);
}

static json_object *
new_response (void)
{
  json_object *response = json_object_new_object ();

  json_object_object_add (response, "@type", json_object_new_string (RESPONSE_TYPE));
  return response;
}

static json_object *
new_video (const Operation *operation, guint index)
{
  const Delivery *delivery = operation->extra;
  const gboolean empty = operation->outcome->kind == EMULATOR_OUTCOME_EMPTY_URI;
  g_autoptr (GBytes) clip = empty ? NULL : emulator_clip_dup_bytes (operation->clip);
  json_object *video = json_object_new_object ();
  g_autofree gchar *text = NULL;

  if (empty)
    text = g_strdup ("");
  else if (delivery->folder != NULL)
    text = build_sample_uri (delivery, index);
  else
    text = g_base64_encode (g_bytes_get_data (clip, NULL), g_bytes_get_size (clip));
  json_object_object_add (video, delivery->folder != NULL ? "gcsUri" : "bytesBase64Encoded",
                          json_object_new_string (text));
  json_object_object_add (video, "mimeType", json_object_new_string ("video/mp4"));
  return video;
}

static json_object *
new_success (gpointer service, const Operation *operation)
{
  const Delivery *delivery = operation->extra;
  json_object *response = new_response ();
  json_object *videos = json_object_new_array ();

  (void)service;
  for (guint i = 0; i < delivery->n_samples; i++)
    json_object_array_add (videos, new_video (operation, i));
  json_object_object_add (response, "raiMediaFilteredCount", json_object_new_int (0));
  json_object_object_add (response, "videos", videos);
  return response;
}

static json_object *
new_filtered (gpointer service, const Operation *operation)
{
  const Delivery *delivery = operation->extra;
  json_object *response = new_response ();
  json_object *reasons = json_object_new_array ();

  (void)service;
  json_object_object_add (response, "raiMediaFilteredCount",
                          json_object_new_int ((int)delivery->n_samples));
  json_object_array_add (reasons, json_object_new_string (operation->outcome->message));
  json_object_object_add (response, "raiMediaFilteredReasons", reasons);
  return response;
}

static json_object *
new_empty (gpointer service, const Operation *operation)
{
  (void)service;
  (void)operation;
  return new_response ();
}

static EmulatorAnswer *
serve_poll (VertexService *self, EmulatorRequest *request, const gchar *parent)
{
  static const PredictResponses responses
      = { .new_success = new_success, .new_filtered = new_filtered, .new_empty = new_empty };
  g_autoptr (GError) local_error = NULL;
  g_autofree gchar *prefix = g_strconcat (parent, "/operations/", NULL);
  const gchar *name = NULL;
  Operation *operation = NULL;
  json_object *json = NULL;

  if (!vertex_check_poll (request->json, &name, &local_error))
    return emulator_answer_new_error (400, local_error->message);
  request->operation = g_strdup (name);
  if (!g_str_has_prefix (name, prefix))
    return emulator_answer_new_error (
        400, "The `operationName` does not belong to the endpoint that was asked.");
  operation = operation_store_find_name (self->store, name);
  if (operation == NULL)
    return new_not_found ();
  json = predict_operation_describe (operation, request->received_us, &responses, self);
  return apply_fault (self, request,
                      operation_store_take_fault (self->store, operation, EMULATOR_STEP_POLL),
                      emulator_answer_new_json (200, json));
}

/* A method of a model; the route is known, the caller is not yet. */
static EmulatorAnswer *
serve_method (VertexService *self, EmulatorRequest *request, const GMatchInfo *match)
{
  g_autofree gchar *parent = g_match_info_fetch_named (match, "parent");
  g_autofree gchar *location = g_match_info_fetch_named (match, "location");
  EmulatorAnswer *refusal = token_store_check (self->tokens, request);

  if (refusal != NULL)
    return refusal;
  if (!emulator_request_says_json (request))
    return emulator_answer_new_error (400, "The emulator expects Content-Type: application/json.");
  if (g_str_equal (request->kind, "poll"))
    return serve_poll (self, request, parent);
  refusal = check_model (self, parent, location, request->model);
  return refusal != NULL ? refusal : serve_submit (self, request, parent);
}

static gboolean
is_method (EmulatorRequest *request, const GMatchInfo *match)
{
  g_autofree gchar *verb = g_match_info_fetch_named (match, "verb");

  if (!emulator_request_is (request, "POST"))
    return FALSE;
  if (g_str_equal (verb, SUBMIT_VERB))
    request->kind = "submit";
  else if (g_str_equal (verb, POLL_VERB))
    request->kind = "poll";
  return !g_str_equal (request->kind, "other");
}

static EmulatorAnswer *
serve_model (VertexService *self, EmulatorRequest *request)
{
  const gchar *name = strstr (request->path, "publishers/");
  EmulatorAnswer *refusal = token_store_check (self->tokens, request);
  json_object *json = NULL;

  request->kind = "model";
  if (refusal == NULL)
    refusal = check_model (self, name, NULL, request->model);
  if (refusal != NULL)
    return refusal;
  json = json_object_new_object ();
  json_object_object_add (json, "name", json_object_new_string (name));
  json_object_object_add (json, "versionId", json_object_new_string ("default"));
  json_object_object_add (json, "launchStage", json_object_new_string ("GA"));
  return emulator_answer_new_json (200, json);
}

static EmulatorAnswer *
new_no_object (void)
{
  static const gchar text[] = "No such object";

  return emulator_answer_new (404, "text/html; charset=UTF-8",
                              g_bytes_new_static (text, sizeof text - 1));
}

static EmulatorAnswer *
serve_object (VertexService *self, EmulatorRequest *request)
{
  Operation *operation = NULL;
  EmulatorAnswer *refusal = NULL;
  EmulatorFault *fault = NULL;

  request->kind = "download";
  if (!emulator_request_is (request, "GET"))
    return emulator_answer_new_html (404);
  refusal = token_store_check (self->tokens, request);
  if (refusal != NULL)
    return refusal;
  operation = cloud_storage_find (self->storage, request);
  if (operation == NULL)
    return new_no_object ();
  request->operation = g_strdup (operation->name);
  fault = operation_store_take_fault (self->store, operation, EMULATOR_STEP_DOWNLOAD);
  return apply_fault (self, request, fault, cloud_storage_serve (operation, request, fault));
}

/* Express mode, a path without a project: what the service is reported to say. */
static EmulatorAnswer *
refuse_express (void)
{
  return emulator_answer_new_error (400, "Invalid resource field value in the request.");
}

static gboolean
vertex_claims (gpointer service, const EmulatorRequest *request)
{
  static const gchar *const prefixes[] = { "/v1/projects/", "/v1beta1/projects/", "/v1/publishers/",
                                           "/v1beta1/publishers/", CLOUD_STORAGE_PREFIX };

  (void)service;
  for (gsize i = 0; !request->to_storage && i < G_N_ELEMENTS (prefixes); i++)
    {
      if (g_str_has_prefix (request->path, prefixes[i]))
        return TRUE;
    }
  return FALSE;
}

static EmulatorAnswer *
vertex_serve (gpointer service, EmulatorRequest *request)
{
  VertexService *self = service;
  g_autoptr (GMatchInfo) method = NULL;
  g_autoptr (GMatchInfo) model = NULL;

  if (g_str_has_prefix (request->path, CLOUD_STORAGE_PREFIX))
    return serve_object (self, request);
  if (g_regex_match (self->method_path, request->path, 0, &method))
    {
      request->model = g_match_info_fetch_named (method, "model");
      if (is_method (request, method))
        return serve_method (self, request, method);
    }
  else if (g_regex_match (self->model_path, request->path, 0, &model)
           && emulator_request_is (request, "GET"))
    {
      request->model = g_match_info_fetch_named (model, "model");
      return serve_model (self, request);
    }
  else if (strstr (request->path, "/projects/") == NULL
           && g_str_has_suffix (request->path, ":" SUBMIT_VERB))
    return refuse_express ();
  /* Among the rest: an operation by its own name, which real clients tried in vain. */
  return emulator_answer_new_html (404);
}

EmulatorWire
vertex_service_get_wire (VertexService *self)
{
  const EmulatorWire wire
      = { .name = "vertex", .service = self, .claims = vertex_claims, .serve = vertex_serve };

  return wire;
}
