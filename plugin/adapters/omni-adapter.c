/* SPDX-License-Identifier: MIT */
/*
 * The port over the Interactions API. Lives on the worker's context; one small call object per
 * request, no state of jobs. No answer is collected: create and poll may be answered with the whole
 * clip in base64, so both go through InlineClip, which stops reading when it has seen enough. A
 * model that takes no background calls is asked for events from then on. URLs are built from the
 * configuration, never taken from an answer. Must not put the key into a URL, a log line or an
 * error, and must not decide what follows an answer.
 */
#include "plugin/adapters/omni-adapter.h"

#include "plugin/adapters/gemini-service.h"
#include "plugin/adapters/inline-clip.h"
#include "plugin/adapters/inline-download.h"
#include "plugin/adapters/omni-file.h"
#include "plugin/adapters/omni-stream.h"
#include "plugin/adapters/omni-wire.h"
#include "plugin/adapters/rpc-status.h"

/* Files of the service. Source: https://ai.google.dev/gemini-api/docs/video */
#define CLIP_KEPT_S (48 * 3600)
#define FILE_INTERVAL_MS 3000
#define FILE_WAIT_MS 180000

/* What an answer has beside the clip: the echo of the input, thoughts, counts. */
#define ANSWER_ROOM_BYTES (G_GUINT64_CONSTANT (32) * 1024 * 1024)

typedef struct
{
  VideoGenerationPort port;
  HttpClient *submits;    /* (borrowed) */
  HttpClient *polls;      /* (borrowed) */
  HttpClient *downloads;  /* (borrowed) */
  GeminiService *service; /* (owned) */
  guint64 max_answer_bytes;
  gint64 file_interval_ms;
  gint64 file_wait_ms;
  AdapterLog log;
  OmniMode mode; /* of the next create call */
} OmniAdapter;

/** OmniCall: a create call or a poll on its way, and what reads its answer. */
typedef struct
{
  AdapterCall *call;  /* (owned) */
  InlineClip *reader; /* (owned) */
} OmniCall;

static OmniAdapter *
adapter_of (VideoGenerationPort *port)
{
  return (OmniAdapter *)port;
}

static void
omni_call_free (OmniCall *self)
{
  adapter_call_free (self->call);
  inline_clip_free (self->reader);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmniCall, omni_call_free)

static OmniCall *
omni_call_new (AdapterCall *call, InlineClipEnoughFunc is_enough)
{
  OmniCall *self = g_new0 (OmniCall, 1);
  const OmniAdapter *adapter = call->adapter;
  InlineClipOptions options = { .member = OMNI_WIRE_INLINE_MEMBER,
                                .wanted = INLINE_CLIP_NONE,
                                .max_bytes = adapter->max_answer_bytes,
                                .is_enough = is_enough,
                                .user_data = self };

  self->call = call;
  self->reader = inline_clip_new (&options);
  return self;
}

static gboolean
is_operation_name (VideoGenerationPort *port, const char *name)
{
  (void)port;
  return omni_wire_is_operation_name (name);
}

/* The id is all that a create call is asked for. */
static gboolean
has_id (const char *rest, gsize length, gpointer user_data)
{
  g_autofree char *name = NULL;

  (void)user_data;
  name = omni_wire_parse_create (rest, length, NULL);
  return name != NULL;
}

/* Nothing was ordered. The next try, which is the domain's to make, asks in the other way. */
static void
change_mode (const OmniCall *self, const RpcStatus *status)
{
  OmniAdapter *adapter = self->call->adapter;
  g_autofree char *message
      = g_strdup_printf ("the model takes no background calls (%s); asking it for events instead",
                         status->message);
  Veo3SubmitResult result
      = { .klass = VEO3_SUBMIT_REJECTED, .code = VEO3_ERROR_CODE_UNAVAILABLE, .message = message };

  adapter->mode = OMNI_MODE_STREAM;
  adapter_log (&adapter->log, G_LOG_LEVEL_INFO, "%s: %s", self->call->subject, message);
  self->call->on_submit (&result, self->call->user_data);
}

static void
on_create_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (OmniCall) self = user_data;
  OmniAdapter *adapter = self->call->adapter;
  HttpResponse view = inline_clip_get_view (self->reader, response);
  g_autoptr (RpcStatus) status
      = rpc_status_parse (view.body, view.body_length, adapter->service->api_key);
  g_autofree char *name = NULL;

  if (status != NULL && omni_wire_rejects_background (view.status, status->status, status->message))
    {
      change_mode (self, status);
      return;
    }
  if (view.status >= 200 && view.status <= 299)
    name = omni_wire_parse_create (view.body, view.body_length, NULL);
  adapter_call_finish_submit (self->call, &view, name, adapter->service->api_key, &adapter->log);
}

static void
on_stream_answer (const HttpResponse *response, const char *operation_name, gpointer user_data)
{
  g_autoptr (AdapterCall) call = user_data;
  OmniAdapter *adapter = call->adapter;

  adapter_call_finish_submit (call, response, operation_name, adapter->service->api_key,
                              &adapter->log);
}

static HttpRequest *
build_create (OmniAdapter *self, const Veo3ClipRequest *request, GError **error)
{
  return gemini_service_build_post (
      self->service, "interactions",
      omni_wire_build_create (self->port.model, request, self->mode, error), error);
}

static void
send_streamed (OmniAdapter *self, AdapterCall *call, HttpRequest *http, GCancellable *cancellable)
{
  OmniStreamCall stream = { .cancellable = cancellable,
                            .max_bytes = self->max_answer_bytes,
                            .callback = on_stream_answer,
                            .user_data = call };

  omni_stream_send (self->submits, http, &stream);
}

static void
send_background (OmniAdapter *self, AdapterCall *call, HttpRequest *http, GCancellable *cancellable)
{
  OmniCall *omni = omni_call_new (call, has_id);

  http_request_set_sink (http, inline_clip_sink, omni->reader);
  http_client_send (self->submits, http, cancellable, on_create_answer, omni);
}

static void
on_unbuilt (const HttpResponse *response, gpointer user_data)
{
  on_stream_answer (response, NULL, user_data);
}

static void
submit_job (VideoGenerationPort *port,
            const Veo3ClipRequest *request,
            GCancellable *cancellable,
            Veo3SubmitFunc callback,
            gpointer user_data)
{
  OmniAdapter *self = adapter_of (port);
  AdapterCall *call = adapter_call_new (self, request->idempotent_key, user_data);
  g_autoptr (GError) local_error = NULL;
  HttpRequest *http = build_create (self, request, &local_error);

  call->on_submit = callback;
  if (http == NULL)
    http_client_fail (self->submits, local_error->message, on_unbuilt, call);
  else if (self->mode == OMNI_MODE_STREAM)
    send_streamed (self, call, http, cancellable);
  else
    send_background (self, call, http, cancellable);
}

static gboolean
read_interaction (const OmniCall *self,
                  const char *rest,
                  gsize length,
                  OmniInteraction *interaction)
{
  const OmniAdapter *adapter = self->call->adapter;
  OmniQuestion question = { .name = self->call->subject, .secret = adapter->service->api_key };

  return omni_wire_parse_poll (rest, length, &question, interaction, NULL);
}

/* A completed interaction whose clip begins: the clip itself is the download's. */
static gboolean
has_inline_clip (const char *rest, gsize length, gpointer user_data)
{
  OmniCall *self = user_data;
  g_auto (OmniInteraction) interaction = { .klass = VEO3_POLL_NO_ANSWER };

  return read_interaction (self, rest, length, &interaction) && interaction.klass == VEO3_POLL_DONE;
}

/* A question about an interaction, whose answer may carry the whole clip. */
static void
ask (OmniCall *self, HttpRequest *request, GCancellable *cancellable, HttpDoneFunc callback)
{
  const OmniAdapter *adapter = self->call->adapter;

  http_request_set_sink (request, inline_clip_sink, self->reader);
  http_client_send (adapter->polls, request, cancellable, callback, self);
}

/* @error: (nullable): the request could not be built */
static void
fail_ask (OmniAdapter *self, const GError *error, HttpDoneFunc callback, OmniCall *call)
{
  http_client_fail (self->polls,
                    error != NULL ? error->message
                                  : "the operation name is not one of this service",
                    callback, call);
}

static void
on_poll_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (OmniCall) self = user_data;
  OmniAdapter *adapter = self->call->adapter;
  HttpResponse view = inline_clip_get_view (self->reader, response);
  g_auto (OmniInteraction) interaction = { .klass = VEO3_POLL_NO_ANSWER };
  gboolean is_known = view.end == HTTP_END_ANSWERED && view.status == 200
                      && read_interaction (self, view.body, view.body_length, &interaction);
  Veo3PollResult known = { .klass = interaction.klass,
                           .clip_uri = interaction.clip_uri,
                           .code = interaction.code,
                           .message = interaction.message };

  adapter_call_finish_poll (self->call, &view, is_known ? &known : NULL, adapter->service->api_key,
                            &adapter->log);
}

static void
poll_job (VideoGenerationPort *port,
          const char *operation_name,
          GCancellable *cancellable,
          Veo3PollFunc callback,
          gpointer user_data)
{
  OmniAdapter *self = adapter_of (port);
  AdapterCall *call = adapter_call_new (self, operation_name, user_data);
  OmniCall *omni = omni_call_new (call, has_inline_clip);
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = NULL;

  call->on_poll = callback;
  /* It comes from a file that people edit: it must not reach another path of the service. */
  if (omni_wire_is_operation_name (operation_name))
    request = gemini_service_build_get (self->service, operation_name, &local_error);
  if (request == NULL)
    fail_ask (self, local_error, on_poll_answer, omni);
  else
    ask (omni, request, cancellable, on_poll_answer);
}

/* Cancelling is a request: an interaction that was quicker says so. */
static void
on_cancel_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (OmniCall) self = user_data;
  const OmniAdapter *adapter = self->call->adapter;
  HttpResponse view = inline_clip_get_view (self->reader, response);
  g_auto (OmniInteraction) interaction = { .klass = VEO3_POLL_NO_ANSWER };
  gboolean is_known = view.end == HTTP_END_ANSWERED && view.status == 200
                      && read_interaction (self, view.body, view.body_length, &interaction);
  Veo3CancelResult known = { .klass = VEO3_CANCEL_ASKED };

  if (interaction.klass == VEO3_POLL_DONE)
    known = (Veo3CancelResult){ .klass = VEO3_CANCEL_OVER, .message = "it is completed" };
  adapter_call_finish_cancel (self->call, &view, is_known ? &known : NULL,
                              adapter->service->api_key);
}

/* Source: https://ai.google.dev/api/interactions-api: a POST without a body. */
static HttpRequest *
build_cancel (const OmniAdapter *self, const char *operation_name, GError **error)
{
  g_autofree char *path = g_strconcat (operation_name, "/cancel", NULL);

  return gemini_service_build_post (self->service, path, g_bytes_new (NULL, 0), error);
}

static void
cancel_job (VideoGenerationPort *port,
            const char *operation_name,
            GCancellable *cancellable,
            Veo3CancelFunc callback,
            gpointer user_data)
{
  OmniAdapter *self = adapter_of (port);
  OmniCall *omni
      = omni_call_new (adapter_call_new (self, operation_name, user_data), has_inline_clip);
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = NULL;

  omni->call->on_cancel = callback;
  if (omni_wire_is_operation_name (operation_name))
    request = build_cancel (self, operation_name, &local_error);
  if (request == NULL)
    fail_ask (self, local_error, on_cancel_answer, omni);
  else
    ask (omni, request, cancellable, on_cancel_answer);
}

static void
fetch_inline (OmniAdapter *self, const OmniClip *clip, const ClipArrivalCall *call)
{
  InlineDownloadSource source = { .client = self->downloads,
                                  .member = OMNI_WIRE_INLINE_MEMBER,
                                  .wanted = clip->place,
                                  .check = omni_wire_check_inline,
                                  .secret = self->service->api_key,
                                  .max_bytes = self->service->max_clip_bytes };
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = gemini_service_build_get (self->service, clip->operation, &local_error);

  source.problem = local_error != NULL ? local_error->message : NULL;
  inline_download_start (&source, request, call);
}

static void
fetch_file (OmniAdapter *self, const OmniClip *clip, const ClipArrivalCall *call)
{
  OmniFileSource source = { .polls = self->polls,
                            .root = self->service->root,
                            .clip = gemini_service_get_clip_source (self->service, self->downloads),
                            .interval_ms = self->file_interval_ms,
                            .wait_ms = self->file_wait_ms };

  omni_file_fetch (&source, clip->file_id, call);
}

static void
download_clip (VideoGenerationPort *port,
               const char *clip_uri,
               const Veo3DownloadTarget *target,
               GCancellable *cancellable,
               Veo3DownloadFunc callback,
               gpointer user_data)
{
  OmniAdapter *self = adapter_of (port);
  ClipDownloadSource nowhere = gemini_service_get_clip_source (self->service, self->downloads);
  ClipArrivalCall call = {
    .target = *target, .cancellable = cancellable, .callback = callback, .user_data = user_data
  };
  g_auto (OmniClip) clip = { .place = INLINE_CLIP_NONE };

  if (!omni_wire_parse_clip (clip_uri, &clip))
    clip_download_start (&nowhere, NULL, &call);
  else if (clip.file_id != NULL)
    fetch_file (self, &clip, &call);
  else
    fetch_inline (self, &clip, &call);
}

static void
check_service (VideoGenerationPort *port,
               GCancellable *cancellable,
               Veo3ServiceFunc callback,
               gpointer user_data)
{
  OmniAdapter *self = adapter_of (port);
  ServiceCheckCall call = { .client = self->polls,
                            .port = port,
                            .cancellable = cancellable,
                            .callback = callback,
                            .user_data = user_data };

  gemini_service_check (self->service, &call);
}

static const VideoGenerationPortInterface omni_interface = {
  .provider = "omni",
  .clip_kept_s = CLIP_KEPT_S,
  .is_operation_name = is_operation_name,
  .submit_job = submit_job,
  .poll_job = poll_job,
  .download_clip = download_clip,
  .cancel_job = cancel_job,
  .check_service = check_service,
  .free = omni_adapter_free,
};

static void
set_limits (OmniAdapter *self, const OmniAdapterConfig *config)
{
  self->max_answer_bytes = config->max_answer_bytes != 0
                               ? config->max_answer_bytes
                               : self->service->max_clip_bytes / 3 * 4 + ANSWER_ROOM_BYTES;
  self->file_interval_ms
      = config->file_interval_ms != 0 ? config->file_interval_ms : FILE_INTERVAL_MS;
  self->file_wait_ms = config->file_wait_ms != 0 ? config->file_wait_ms : FILE_WAIT_MS;
}

VideoGenerationPort *
omni_adapter_new (HttpClient *submits,
                  HttpClient *polls,
                  HttpClient *downloads,
                  const OmniAdapterConfig *config,
                  GError **error)
{
  GeminiPlace place = {
    .base_url = config->base_url != NULL ? config->base_url : OMNI_DEFAULT_BASE_URL,
    .api_version = config->api_version != NULL ? config->api_version : OMNI_DEFAULT_API_VERSION,
    .model = config->model != NULL ? config->model : OMNI_DEFAULT_MODEL,
    .api_key = config->api_key,
    .network = config->network,
    .max_clip_bytes = config->max_clip_bytes,
  };
  g_autoptr (GeminiService) service = gemini_service_new (&place, error);
  OmniAdapter *self;

  if (service == NULL)
    return NULL;
  self = g_new0 (OmniAdapter, 1);
  self->port.iface = &omni_interface;
  self->port.model = g_strdup (place.model);
  self->submits = submits;
  self->polls = polls;
  self->downloads = downloads;
  self->service = g_steal_pointer (&service);
  self->log = config->log;
  set_limits (self, config);
  return &self->port;
}

void
omni_adapter_free (VideoGenerationPort *port)
{
  OmniAdapter *self = adapter_of (port);

  if (port == NULL)
    return;
  gemini_service_free (self->service);
  g_free (self->port.model);
  g_free (self);
}
