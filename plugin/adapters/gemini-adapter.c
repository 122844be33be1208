/* SPDX-License-Identifier: MIT */
/*
 * The port over the Gemini API. Lives on the worker's context; one small call object per request,
 * no state of jobs. URLs are built from the configuration, never taken from an answer. Must not
 * put the key into a URL, a log line or an error, and must not decide what follows an answer.
 */
#include "plugin/adapters/gemini-adapter.h"

#include "plugin/adapters/gemini-service.h"
#include "plugin/adapters/gemini-wire.h"

/* Files of the service. Source: https://ai.google.dev/gemini-api/docs/video */
#define CLIP_KEPT_S (48 * 3600)

typedef struct
{
  VideoGenerationPort port;
  HttpClient *submits;    /* (borrowed) */
  HttpClient *polls;      /* (borrowed) */
  HttpClient *downloads;  /* (borrowed) */
  GeminiService *service; /* (owned) */
  AdapterLog log;
} GeminiAdapter;

static GeminiAdapter *
adapter_of (VideoGenerationPort *port)
{
  return (GeminiAdapter *)port;
}

static gboolean
is_operation_name (VideoGenerationPort *port, const char *name)
{
  (void)port;
  return gemini_wire_is_operation_name (name);
}

static void
on_submit_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (AdapterCall) call = user_data;
  GeminiAdapter *self = call->adapter;
  g_autofree char *name = NULL;

  if (response->status >= 200 && response->status <= 299)
    name = gemini_wire_parse_submit (response->body, response->body_length, NULL);
  adapter_call_finish_submit (call, response, name, self->service->api_key, &self->log);
}

static HttpRequest *
build_submit (GeminiAdapter *self, const Veo3ClipRequest *request, GError **error)
{
  g_autofree char *path = g_strdup_printf ("models/%s:predictLongRunning", self->port.model);

  return gemini_service_build_post (self->service, path,
                                    veo_wire_build_submit (request, NULL, error), error);
}

static void
submit_job (VideoGenerationPort *port,
            const Veo3ClipRequest *request,
            GCancellable *cancellable,
            Veo3SubmitFunc callback,
            gpointer user_data)
{
  GeminiAdapter *self = adapter_of (port);
  AdapterCall *call = adapter_call_new (self, request->idempotent_key, user_data);
  g_autoptr (GError) local_error = NULL;
  HttpRequest *http = build_submit (self, request, &local_error);

  call->on_submit = callback;
  if (http != NULL)
    http_client_send (self->submits, http, cancellable, on_submit_answer, call);
  else
    http_client_fail (self->submits, local_error->message, on_submit_answer, call);
}

static void
on_poll_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (AdapterCall) call = user_data;
  GeminiAdapter *self = call->adapter;
  g_auto (VeoOperation) operation = { .klass = VEO3_POLL_NO_ANSWER };
  gboolean is_known = response->end == HTTP_END_ANSWERED && response->status == 200
                      && gemini_wire_parse_poll (response->body, response->body_length,
                                                 self->service->api_key, &operation, NULL);
  Veo3PollResult result = veo_operation_get_result (&operation);

  adapter_call_finish_poll (call, response, is_known ? &result : NULL, self->service->api_key,
                            &self->log);
}

static void
poll_job (VideoGenerationPort *port,
          const char *operation_name,
          GCancellable *cancellable,
          Veo3PollFunc callback,
          gpointer user_data)
{
  GeminiAdapter *self = adapter_of (port);
  AdapterCall *call = adapter_call_new (self, operation_name, user_data);
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = NULL;

  call->on_poll = callback;
  /* It comes from a file that people edit: it must not reach another path of the service. */
  if (gemini_wire_is_operation_name (operation_name))
    request = gemini_service_build_get (self->service, operation_name, &local_error);
  if (request != NULL)
    http_client_send (self->polls, request, cancellable, on_poll_answer, call);
  else
    http_client_fail (self->polls,
                      local_error != NULL ? local_error->message
                                          : "the operation name is not one of this service",
                      on_poll_answer, call);
}

static void
download_clip (VideoGenerationPort *port,
               const char *clip_uri,
               const Veo3DownloadTarget *target,
               GCancellable *cancellable,
               Veo3DownloadFunc callback,
               gpointer user_data)
{
  GeminiAdapter *self = adapter_of (port);
  ClipDownloadSource source = gemini_service_get_clip_source (self->service, self->downloads);
  ClipArrivalCall call = {
    .target = *target, .cancellable = cancellable, .callback = callback, .user_data = user_data
  };
  g_autofree char *id = gemini_wire_dup_file_id (clip_uri);
  g_autofree char *path = NULL;
  CURLU *url = NULL;

  if (id != NULL)
    {
      path = g_strdup_printf ("files/%s:download?alt=media", id);
      url = service_root_dup_url (self->service->root, path, NULL);
    }
  clip_download_start (&source, url, &call);
}

static void
check_service (VideoGenerationPort *port,
               GCancellable *cancellable,
               Veo3ServiceFunc callback,
               gpointer user_data)
{
  GeminiAdapter *self = adapter_of (port);
  ServiceCheckCall call = { .client = self->polls,
                            .port = port,
                            .cancellable = cancellable,
                            .callback = callback,
                            .user_data = user_data };

  gemini_service_check (self->service, &call);
}

static const VideoGenerationPortInterface gemini_interface = {
  .provider = "gemini",
  .clip_kept_s = CLIP_KEPT_S,
  .is_operation_name = is_operation_name,
  .submit_job = submit_job,
  .poll_job = poll_job,
  .download_clip = download_clip,
  .check_service = check_service,
  .free = gemini_adapter_free,
};

VideoGenerationPort *
gemini_adapter_new (HttpClient *submits,
                    HttpClient *polls,
                    HttpClient *downloads,
                    const GeminiAdapterConfig *config,
                    GError **error)
{
  GeminiPlace place = {
    .base_url = config->base_url != NULL ? config->base_url : GEMINI_DEFAULT_BASE_URL,
    .api_version = config->api_version != NULL ? config->api_version : GEMINI_DEFAULT_API_VERSION,
    .model = config->model != NULL ? config->model : GEMINI_DEFAULT_MODEL,
    .api_key = config->api_key,
    .network = config->network,
    .max_clip_bytes = config->max_clip_bytes,
  };
  g_autoptr (GeminiService) service = gemini_service_new (&place, error);
  GeminiAdapter *self;

  if (service == NULL)
    return NULL;
  self = g_new0 (GeminiAdapter, 1);
  self->port.iface = &gemini_interface;
  self->port.model = g_strdup (place.model);
  self->submits = submits;
  self->polls = polls;
  self->downloads = downloads;
  self->service = g_steal_pointer (&service);
  self->log = (AdapterLog){ .func = config->log, .data = config->log_data };
  return &self->port;
}

void
gemini_adapter_free (VideoGenerationPort *port)
{
  GeminiAdapter *self = adapter_of (port);

  if (port == NULL)
    return;
  gemini_service_free (self->service);
  g_free (self->port.model);
  g_free (self);
}
