/* SPDX-License-Identifier: MIT */
/*
 * The port over Vertex AI. Lives on the worker's context; one call object per request, no state of
 * jobs. Every call fetches the token first, so that a submit that cannot have one never leaves.
 * Must not put the token into a URL, a log line or an error, and must not decide what follows.
 */
#include "plugin/adapters/vertex-adapter.h"

#include "plugin/adapters/clip-download.h"
#include "plugin/adapters/inline-clip.h"
#include "plugin/adapters/inline-download.h"
#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/response-classifier.h"
#include "plugin/adapters/secret.h"
#include "plugin/adapters/service-check.h"
#include "plugin/adapters/vertex-service.h"
#include "plugin/adapters/vertex-wire.h"

typedef struct
{
  VideoGenerationPort port;
  VertexClients clients;
  VertexService *service; /* (owned) */
  guint64 max_clip_bytes;
  ClipShelf *shelf; /* (owned) */
  AdapterLog log;
} VertexAdapter;

typedef struct _VertexCall VertexCall;

/** VertexCall: one call of the port on its way. */
struct _VertexCall
{
  VertexAdapter *adapter;           /* (borrowed) */
  void (*go_on) (VertexCall *self); /* the token is there */
  void (*give_up) (VertexCall *self, const GError *error, gboolean is_final);
  GCancellable *cancellable;  /* (owned) (nullable) */
  VertexTicket ticket;        /* from go_on() on */
  AdapterCall *base;          /* (owned) (nullable) of a submit or a poll */
  HttpRequest *request;       /* (owned) (nullable) of a submit or a poll, until it is sent */
  char *problem;              /* (owned) (nullable) why there is no request */
  InlineClip *reader;         /* (owned) (nullable) of a poll */
  VertexClip clip;            /* of a download */
  ClipArrivalCall target;     /* of a download; its file_name is owned */
  Veo3ServiceFunc on_checked; /* of a question */
  gpointer checked_data;      /* (borrowed) of a question */
  char *bearer;               /* (owned) (nullable) of a download: a secret */
};

static VertexAdapter *
adapter_of (VideoGenerationPort *port)
{
  return (VertexAdapter *)port;
}

static void
vertex_call_free (VertexCall *self)
{
  g_clear_object (&self->cancellable);
  vertex_ticket_clear (&self->ticket);
  adapter_call_free (self->base);
  g_clear_pointer (&self->request, http_request_free);
  g_free (self->problem);
  inline_clip_free (self->reader);
  vertex_clip_clear (&self->clip);
  g_free ((char *)self->target.target.file_name);
  secret_free (self->bearer);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VertexCall, vertex_call_free)

static VertexCall *
vertex_call_new (VertexAdapter *adapter, GCancellable *cancellable)
{
  VertexCall *self = g_new0 (VertexCall, 1);

  self->adapter = adapter;
  if (cancellable != NULL)
    self->cancellable = g_object_ref (cancellable);
  return self;
}

static void
on_token (const char *token, const GError *error, gpointer user_data)
{
  VertexCall *self = user_data;

  if (token == NULL)
    {
      self->give_up (self, error,
                     g_error_matches (error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_CREDENTIALS));
      vertex_call_free (self);
      return;
    }
  vertex_service_take (self->adapter->service, token, &self->ticket);
  self->go_on (self);
}

static void
get_token (VertexCall *self)
{
  google_auth_get_token (self->adapter->service->auth, self->cancellable, on_token, self);
}

static gint64
get_pause_ms (const VertexCall *self)
{
  return google_auth_get_retry_after_ms (self->adapter->service->auth);
}

static Veo3ErrorCode
code_of_missing_token (const GError *error, gboolean is_final)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return VEO3_ERROR_CODE_CANCELLED;
  return is_final ? VEO3_ERROR_CODE_CREDENTIALS : VEO3_ERROR_CODE_UNAVAILABLE;
}

static void
send_request (VertexCall *self, HttpClient *client, HttpDoneFunc callback)
{
  g_autoptr (GError) local_error = NULL;

  if (self->request == NULL)
    http_client_fail (client, self->problem, callback, self);
  else if (!vertex_service_authorize (self->adapter->service, &self->ticket, self->request,
                                      &local_error))
    http_client_fail (client, local_error->message, callback, self);
  else
    http_client_send (client, g_steal_pointer (&self->request), self->cancellable, callback, self);
}

/* Returns: (transfer full) */
static char *
dup_token_refusal (const VertexCall *self, const HttpResponse *response)
{
  g_autofree char *seen = response_classifier_describe (response, self->ticket.token);

  return g_strdup_printf ("%s; the access token was refused, the next try has a new one", seen);
}

/* ---- submit ---- */

static void
on_submit_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (VertexCall) self = user_data;
  const VertexAdapter *adapter = self->adapter;
  g_autofree char *refused = dup_token_refusal (self, response);
  Veo3SubmitResult again
      = { .klass = VEO3_SUBMIT_REJECTED, .code = VEO3_ERROR_CODE_UNAVAILABLE, .message = refused };
  g_autofree char *name = NULL;

  /* Received and refused: nothing was taken. The next try goes through the domain, which writes it
   * down first, counts it, and knows whether anything may be sent still. */
  if (vertex_service_is_renewed (adapter->service, &self->ticket, response->status))
    {
      self->base->on_submit (&again, self->base->user_data);
      return;
    }
  if (response->status >= 200 && response->status <= 299)
    name = vertex_wire_parse_submit (response->body, response->body_length, NULL);
  adapter_call_finish_submit (self->base, response, name, self->ticket.token, &adapter->log);
}

static void
send_submit (VertexCall *self)
{
  send_request (self, self->adapter->clients.submits, on_submit_answer);
}

static void
give_submit_up (VertexCall *self, const GError *error, gboolean is_final)
{
  g_autofree char *message = g_strdup_printf ("the request did not leave: %s", error->message);
  Veo3SubmitResult result = { .klass = is_final ? VEO3_SUBMIT_REFUSED : VEO3_SUBMIT_NOT_SENT,
                              .code = code_of_missing_token (error, is_final),
                              .message = message,
                              .retry_after_ms = get_pause_ms (self) };

  self->base->on_submit (&result, self->base->user_data);
}

static void
submit_job (VideoGenerationPort *port,
            const Veo3ClipRequest *request,
            GCancellable *cancellable,
            Veo3SubmitFunc callback,
            gpointer user_data)
{
  VertexAdapter *self = adapter_of (port);
  VertexCall *call = vertex_call_new (self, cancellable);
  g_autoptr (GError) local_error = NULL;

  call->base = adapter_call_new (self, request->idempotent_key, user_data);
  call->base->on_submit = callback;
  call->go_on = send_submit;
  call->give_up = give_submit_up;
  call->request = vertex_service_build_submit (self->service, request, &local_error);
  if (call->request == NULL)
    call->problem = g_strdup (local_error->message);
  get_token (call);
}

/* ---- poll ---- */

static void
on_poll_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (VertexCall) self = user_data;
  const VertexAdapter *adapter = self->adapter;
  const char *operation_name = self->base->subject;
  HttpResponse view = inline_clip_get_view (self->reader, response);
  g_auto (VeoOperation) operation = { .klass = VEO3_POLL_NO_ANSWER };
  g_autofree char *refused = dup_token_refusal (self, &view);
  Veo3PollResult result
      = { .klass = VEO3_POLL_NO_ANSWER, .code = VEO3_ERROR_CODE_UNAVAILABLE, .message = refused };
  gboolean is_known = vertex_service_is_renewed (adapter->service, &self->ticket, response->status);

  if (view.end == HTTP_END_ANSWERED && view.status == 200
      && vertex_wire_parse_poll (view.body, view.body_length, operation_name, self->ticket.token,
                                 &operation))
    {
      is_known = TRUE;
      result = veo_operation_get_result (&operation);
    }
  adapter_call_finish_poll (self->base, &view, is_known ? &result : NULL, self->ticket.token,
                            &adapter->log);
}

static void
send_poll (VertexCall *self)
{
  send_request (self, self->adapter->clients.polls, on_poll_answer);
}

static void
give_poll_up (VertexCall *self, const GError *error, gboolean is_final)
{
  Veo3PollResult result = { .klass = is_final ? VEO3_POLL_UNAUTHORIZED : VEO3_POLL_NO_ANSWER,
                            .code = code_of_missing_token (error, is_final),
                            .message = error->message,
                            .retry_after_ms = get_pause_ms (self) };

  self->base->on_poll (&result, self->base->user_data);
}

static void
poll_job (VideoGenerationPort *port,
          const char *operation_name,
          GCancellable *cancellable,
          Veo3PollFunc callback,
          gpointer user_data)
{
  VertexAdapter *self = adapter_of (port);
  VertexCall *call = vertex_call_new (self, cancellable);
  InlineClipOptions options = { .member = VERTEX_WIRE_INLINE_MEMBER,
                                .wanted = INLINE_CLIP_NONE,
                                .max_bytes = self->max_clip_bytes / 3 * 4 + JSON_ANSWER_MAX_BYTES,
                                .is_enough = vertex_wire_is_enough };
  g_autoptr (GError) local_error = NULL;

  call->base = adapter_call_new (self, operation_name, user_data);
  call->base->on_poll = callback;
  call->go_on = send_poll;
  call->give_up = give_poll_up;
  options.user_data = call->base->subject;
  call->reader = inline_clip_new (&options);
  call->request = vertex_service_build_fetch (self->service, operation_name, &local_error);
  if (call->request == NULL)
    call->problem = g_strdup (local_error->message);
  else
    http_request_set_sink (call->request, inline_clip_sink, call->reader);
  get_token (call);
}

/* ---- download ---- */

static void
on_downloaded (const Veo3DownloadResult *result, gpointer user_data)
{
  g_autoptr (VertexCall) self = user_data;

  vertex_service_note_download (self->adapter->service, &self->ticket, result);
  self->target.callback (result, self->target.user_data);
}

static void
fetch_inline (VertexCall *self, const ClipArrivalCall *call)
{
  const VertexService *service = self->adapter->service;
  InlineDownloadSource source = { .client = self->adapter->clients.downloads,
                                  .member = VERTEX_WIRE_INLINE_MEMBER,
                                  .wanted = self->clip.place,
                                  .check = vertex_wire_check_inline,
                                  .secret = self->ticket.token,
                                  .max_bytes = self->adapter->max_clip_bytes };
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = vertex_service_build_fetch (service, self->clip.operation, &local_error);

  if (request != NULL && !vertex_service_authorize (service, &self->ticket, request, &local_error))
    g_clear_pointer (&request, http_request_free);
  source.problem = local_error != NULL ? local_error->message : NULL;
  inline_download_start (&source, request, call);
}

static void
fetch_stored (VertexCall *self, const ClipArrivalCall *call)
{
  const ServiceRoot *storage = self->adapter->service->storage;
  g_autofree char *path = g_strconcat ("v1/", self->clip.path, NULL);
  ClipDownloadSource source = { .client = self->adapter->clients.downloads,
                                .origin = storage->origin,
                                .key_header = "Authorization",
                                .secret = self->ticket.token,
                                .network = storage->network,
                                .shelf = self->adapter->shelf,
                                .max_bytes = self->adapter->max_clip_bytes };

  self->bearer = g_strconcat ("Bearer ", self->ticket.token, NULL);
  source.key = self->bearer;
  /* Neither kind of clip: NOT_CLIP. */
  clip_download_start (&source,
                       self->clip.path != NULL ? service_root_dup_url (storage, path, NULL) : NULL,
                       call);
}

static void
send_download (VertexCall *self)
{
  ClipArrivalCall call = self->target;

  call.cancellable = self->cancellable;
  call.callback = on_downloaded;
  call.user_data = self;
  if (self->clip.operation != NULL)
    fetch_inline (self, &call);
  else
    fetch_stored (self, &call);
}

static void
give_download_up (VertexCall *self, const GError *error, gboolean is_final)
{
  Veo3DownloadResult result = { .klass = VEO3_DOWNLOAD_TRANSIENT,
                                .code = code_of_missing_token (error, is_final),
                                .message = error->message,
                                .retry_after_ms = get_pause_ms (self) };

  self->target.callback (&result, self->target.user_data);
}

static void
download_clip (VideoGenerationPort *port,
               const char *clip_uri,
               const Veo3DownloadTarget *target,
               GCancellable *cancellable,
               Veo3DownloadFunc callback,
               gpointer user_data)
{
  VertexCall *call = vertex_call_new (adapter_of (port), cancellable);

  call->go_on = send_download;
  call->give_up = give_download_up;
  call->target
      = (ClipArrivalCall){ .target = *target, .callback = callback, .user_data = user_data };
  call->target.target.file_name = g_strdup (target->file_name);
  (void)vertex_wire_parse_clip (clip_uri, &call->clip);
  get_token (call);
}

/* ---- the free question ---- */

static void
send_check (VertexCall *self)
{
  const VertexAdapter *adapter = self->adapter;
  g_autoptr (GError) local_error = NULL;
  HttpRequest *request = vertex_service_build_look (adapter->service, &local_error);
  ServiceCheckCall call = { .client = adapter->clients.polls,
                            .port = &adapter->port,
                            .secret = self->ticket.token,
                            .cancellable = self->cancellable,
                            .callback = self->on_checked,
                            .user_data = self->checked_data };

  if (request != NULL
      && !vertex_service_authorize (adapter->service, &self->ticket, request, &local_error))
    g_clear_pointer (&request, http_request_free);
  service_check_send (request, local_error != NULL ? local_error->message : NULL, &call);
  vertex_call_free (self);
}

static void
give_check_up (VertexCall *self, const GError *error, gboolean is_final)
{
  Veo3ServiceResult result = { .klass = is_final ? VEO3_SERVICE_DENIED : VEO3_SERVICE_NO_ANSWER,
                               .code = code_of_missing_token (error, is_final),
                               .message = error->message };

  self->on_checked (&result, self->checked_data);
}

static void
check_service (VideoGenerationPort *port,
               GCancellable *cancellable,
               Veo3ServiceFunc callback,
               gpointer user_data)
{
  VertexCall *call = vertex_call_new (adapter_of (port), cancellable);

  call->go_on = send_check;
  call->give_up = give_check_up;
  call->on_checked = callback;
  call->checked_data = user_data;
  get_token (call);
}

/* ---- the port ---- */

static gboolean
is_operation_name (VideoGenerationPort *port, const char *name)
{
  (void)port;
  return vertex_wire_is_operation_name (name);
}

static const VideoGenerationPortInterface vertex_interface = {
  .provider = "vertex",
  .is_operation_name = is_operation_name,
  .submit_job = submit_job,
  .poll_job = poll_job,
  .download_clip = download_clip,
  .check_service = check_service,
  .free = vertex_adapter_free,
};

VideoGenerationPort *
vertex_adapter_new (const VertexClients *clients,
                    GoogleAuth *auth,
                    const VertexAdapterConfig *config,
                    GError **error)
{
  const char *model = config->model != NULL ? config->model : VERTEX_DEFAULT_MODEL;
  VertexPlace place = {
    .base_url = config->base_url,
    .api_version = config->api_version != NULL ? config->api_version : VERTEX_DEFAULT_API_VERSION,
    .model = model,
    .project = config->project,
    .location = config->location != NULL ? config->location : VERTEX_DEFAULT_LOCATION,
    .storage_uri = config->storage_uri,
    .network = config->network,
  };
  VertexService *service = vertex_service_new (&place, auth, error);
  VertexAdapter *self;

  if (service == NULL)
    return NULL;
  self = g_new0 (VertexAdapter, 1);
  self->port.iface = &vertex_interface;
  self->port.model = g_strdup (model);
  self->clients = *clients;
  self->service = service;
  self->max_clip_bytes
      = config->max_clip_bytes != 0 ? config->max_clip_bytes : CLIP_DOWNLOAD_MAX_BYTES;
  self->shelf = clip_shelf_new ();
  self->log = (AdapterLog){ .func = config->log, .data = config->log_data };
  return &self->port;
}

void
vertex_adapter_free (VideoGenerationPort *port)
{
  VertexAdapter *self = adapter_of (port);

  if (port == NULL)
    return;
  clip_shelf_free (self->shelf);
  vertex_service_free (self->service);
  g_free (self->port.model);
  g_free (self);
}
