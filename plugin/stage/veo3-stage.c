/* SPDX-License-Identifier: MIT */
/*
 * Composition root of libveo3_stage.so: the plugin with the real adapters injected.
 *
 * All runs of the process share four HTTP clients: paid requests share nothing with free ones.
 */
#include "plugin/adapters/audio-strip-port.h"
#include "plugin/adapters/gemini-adapter.h"
#include "plugin/adapters/omni-adapter.h"
#include "plugin/adapters/secret.h"
#include "plugin/adapters/vertex-adapter.h"
#include "plugin/stage/veo3-announcement.h"
#include "plugin/stage/veo3-plugin.h"
#include "plugin/stage/veo3-service-doctor.h"

typedef struct
{
  HttpClient *submits;    /* (owned) */
  HttpClient *polls;      /* (owned) */
  HttpClient *long_polls; /* (owned) Omni's, whose verdict can stand behind the clip */
  HttpClient *downloads;  /* (owned) */
} Shared;

/* For some 17 MB, which a poll reads to the end if its verdict stands there. */
#define LONG_POLL_MS 300000

static void
close_shared (gpointer data)
{
  Shared *shared = data;

  http_client_free (shared->submits);
  http_client_free (shared->polls);
  http_client_free (shared->long_polls);
  http_client_free (shared->downloads);
  g_free (shared);
}

static gpointer
open_shared (GMainContext *context, GError **error)
{
  Shared *shared = g_new0 (Shared, 1);
  /* How many are under way is the planner's word (max-parallel): one that it has handed out and
   * that waited in a queue of ours could still leave long after the run was told to end. */
  HttpClientOptions unlimited = { .max_in_flight = G_MAXUINT };
  HttpClientOptions patient = { .transfer_timeout_ms = LONG_POLL_MS };

  shared->submits = http_client_new (context, HTTP_TRAFFIC_SUBMIT, &unlimited, error);
  if (shared->submits != NULL)
    shared->polls = http_client_new (context, HTTP_TRAFFIC_POLL, NULL, error);
  if (shared->polls != NULL)
    shared->long_polls = http_client_new (context, HTTP_TRAFFIC_POLL, &patient, error);
  if (shared->long_polls != NULL)
    shared->downloads = http_client_new (context, HTTP_TRAFFIC_DOWNLOAD, NULL, error);
  if (shared->downloads != NULL)
    return shared;
  close_shared (shared);
  return NULL;
}

static void
log_line (GLogLevelFlags level, const char *line, gpointer user_data)
{
  const Veo3Reporter *reporter = user_data;
  PipelineLogLevel to = PIPELINE_LOG_DEBUG;

  if (level == G_LOG_LEVEL_WARNING)
    to = PIPELINE_LOG_WARNING;
  else if (level == G_LOG_LEVEL_INFO)
    to = PIPELINE_LOG_INFO;
  reporter->log (reporter->sink, to, line);
}

static HttpNetwork *
make_network (const Veo3Settings *settings, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  HttpNetwork *network
      = http_network_new (settings->ca_file, settings->proxy, settings->no_proxy, &local_error);

  /* As any other setting that is wrong: it does not come right by waiting. */
  if (network == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s", local_error->message);
  return network;
}

static VideoGenerationPort *
make_gemini (const Shared *shared,
             const Veo3Settings *settings,
             const Veo3Reporter *reporter,
             GError **error)
{
  g_autoptr (HttpNetwork) network = make_network (settings, error);
  g_autoptr (SecretText) key = network != NULL ? veo3_settings_dup_key (settings, error) : NULL;
  GeminiAdapterConfig config = {
    .base_url = settings->base_url,
    .api_version = settings->api_version,
    .model = settings->model,
    .api_key = key,
    .network = network,
    .log = log_line,
    .log_data = (gpointer)reporter,
  };

  if (key == NULL)
    return NULL;
  veo3_announcement_tell (settings, network, reporter);
  return gemini_adapter_new (shared->submits, shared->polls, shared->downloads, &config, error);
}

static VideoGenerationPort *
make_vertex (const Shared *shared,
             const Veo3Settings *settings,
             const Veo3Reporter *reporter,
             GError **error)
{
  g_autoptr (HttpNetwork) network = make_network (settings, error);
  VertexClients clients
      = { .submits = shared->submits, .polls = shared->polls, .downloads = shared->downloads };
  GoogleAuthConfig credentials = { .credentials_file = settings->credentials_file,
                                   .metadata_host = settings->metadata_host,
                                   .network = network };
  VertexAdapterConfig config = {
    .base_url = settings->base_url,
    .api_version = settings->api_version,
    .model = settings->model,
    .project = settings->project,
    .location = settings->location,
    .storage_uri = settings->storage_uri,
    .network = network,
    .log = log_line,
    .log_data = (gpointer)reporter,
  };
  GoogleAuth *auth = network != NULL ? google_auth_new (shared->polls, &credentials, error) : NULL;

  if (auth == NULL)
    return NULL;
  veo3_announcement_tell (settings, network, reporter);
  if (google_auth_get_warning (auth) != NULL)
    veo3_reporter_say (reporter, PIPELINE_LOG_WARNING, "%s, continuing",
                       google_auth_get_warning (auth));
  return vertex_adapter_new (&clients, auth, &config, error);
}

static VideoGenerationPort *
make_omni (const Shared *shared,
           const Veo3Settings *settings,
           const Veo3Reporter *reporter,
           GError **error)
{
  g_autoptr (HttpNetwork) network = make_network (settings, error);
  g_autoptr (SecretText) key = network != NULL ? veo3_settings_dup_key (settings, error) : NULL;
  OmniAdapterConfig config = {
    .base_url = settings->base_url,
    .api_version = settings->api_version,
    .model = settings->model,
    .api_key = key,
    .network = network,
    .log = { .func = log_line, .data = (gpointer)reporter },
  };

  if (key == NULL)
    return NULL;
  veo3_announcement_tell (settings, network, reporter);
  return omni_adapter_new (shared->submits, shared->long_polls, shared->downloads, &config, error);
}

static VideoGenerationPort *
make_port (gpointer data,
           GMainContext *context,
           const Veo3Settings *settings,
           const Veo3Reporter *reporter,
           GError **error)
{
  static const struct
  {
    const char *provider;
    VideoGenerationPort *(*make) (const Shared *shared,
                                  const Veo3Settings *settings,
                                  const Veo3Reporter *reporter,
                                  GError **error);
  } services[] = {
    { "gemini", make_gemini },
    { "vertex", make_vertex },
    { "omni", make_omni },
  };

  (void)context;
  for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
    {
      if (g_str_equal (settings->provider, services[i].provider))
        return services[i].make (data, settings, reporter, error);
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "there is no provider %s",
               settings->provider);
  return NULL;
}

static VideoGenerationPort *
make_run_port (gpointer data,
               GMainContext *context,
               const Veo3Settings *settings,
               const Veo3Reporter *reporter,
               GError **error)
{
  VideoGenerationPort *port = make_port (data, context, settings, reporter, error);

  return port != NULL ? audio_strip_port_new (context, port, 0) : NULL;
}

static void
say_nothing (gpointer sink, PipelineLogLevel level, const char *message)
{
  (void)sink;
  (void)level;
  (void)message;
}

/* A port without clients: whatever its adapter refuses, it refuses here. Credentials that are not
 * there (yet) are no mistake: without them a run goes on without clips. */
static gboolean
check_settings (const Veo3Settings *settings, GError **error)
{
  const Veo3Reporter silent = { .log = say_nothing };
  Shared none = { 0 };
  g_autoptr (GError) local_error = NULL;
  VideoGenerationPort *port = make_port (&none, NULL, settings, &silent, &local_error);

  if (port != NULL)
    port->iface->free (port);
  if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Veo's operations go on whatever one does. */
static gboolean
can_stop (const Veo3Settings *settings)
{
  return g_str_equal (settings->provider, "omni");
}

static const Veo3Composition composition = {
  .keeps_history = TRUE,
  .can_stop = can_stop,
  .check = check_settings,
  .diagnose = veo3_service_doctor_look,
  .open = open_shared,
  .close = close_shared,
  .make_port = make_run_port,
};

static gboolean
start (const PipelineHostServices *services, gpointer *ret_plugin, GError **error)
{
  return veo3_plugin_start (&composition, services, ret_plugin, error);
}

static gboolean
check (gpointer plugin, const PipelineStageContext *context, GError **error)
{
  return veo3_plugin_check (&composition, plugin, context, error);
}

static void
diagnose_async (gpointer plugin,
                const PipelineStageContext *context,
                const PipelineDiagnosis *diagnosis,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  const Veo3PluginCaller caller = { .callback = callback, .user_data = user_data };

  veo3_plugin_diagnose_async (&composition, plugin, context, diagnosis, &caller);
}

static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR,
  .abi_minor = PIPELINE_STAGE_ABI_MINOR,
  .struct_size = sizeof (PipelineStagePlugin),
  .name = "veo3",
  .version = VEO3_VERSION,
  .summary = "clips of a remote video service, generated while the next stages run",
  VEO3_PLUGIN_HOOKS,
  .start = start,
  .check = check,
  .diagnose_async = diagnose_async,
};

const PipelineStagePlugin *
pipeline_stage_plugin_query (void)
{
  return &descriptor;
}
