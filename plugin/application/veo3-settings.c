/* SPDX-License-Identifier: MIT */
/*
 * The settings table and its reading. Pure but for the random seed and the table of models, any
 * thread.
 *
 * The host has checked every text against the table; what is checked here is only what belongs
 * together. Default models stand in models.ini.
 */
#include "plugin/application/veo3-settings.h"

#include <string.h>

#include "plugin/application/veo3-key-file.h"
#include "plugin/domain/veo3-prompt.h"

#define DURATION PIPELINE_SETTING_DURATION
#define STRING PIPELINE_SETTING_STRING

const PipelineSettingSpec veo3_settings_specs[VEO3_SETTINGS_N_SPECS] = {
  { "provider", PIPELINE_SETTING_CHOICE, "VEO3_PROVIDER", NULL, NULL, NULL, "gemini;vertex;omni",
    "the service that generates the clips; not set: see use-vertexai" },
  { "use-vertexai", PIPELINE_SETTING_BOOLEAN, "GOOGLE_GENAI_USE_VERTEXAI", "false", NULL, NULL,
    NULL, "where no provider is set: vertex if true, else gemini" },
  { "model", STRING, "VEO3_MODEL", NULL, NULL, NULL, NULL,
    "model id; not set: the default of models.ini" },
  { "base-url", STRING, "GOOGLE_GEMINI_BASE_URL", NULL, NULL, NULL, NULL,
    "gemini, omni: another origin that speaks its wire; http only to loopback" },
  { "vertex-base-url", STRING, "GOOGLE_VERTEX_BASE_URL", NULL, NULL, NULL, NULL,
    "vertex: the same, for the service and for stored clips" },
  { "api-version", STRING, NULL, NULL, NULL, NULL, NULL,
    "API version; not set: v1beta for gemini and omni, v1 for vertex" },
  { "api-key", PIPELINE_SETTING_SECRET, "GEMINI_API_KEY", NULL, NULL, NULL, NULL,
    "key of the Gemini API" },
  { "project", STRING, "GOOGLE_CLOUD_PROJECT", NULL, NULL, NULL, NULL,
    "vertex: id of the Google Cloud project that pays" },
  { "location", STRING, "GOOGLE_CLOUD_LOCATION", "us-central1", NULL, NULL, NULL,
    "vertex: region, us, eu or global" },
  { "credentials-file", PIPELINE_SETTING_PATH, "GOOGLE_APPLICATION_CREDENTIALS", NULL, NULL, NULL,
    NULL, "vertex: JSON credentials; not set: gcloud's login, then the metadata server" },
  { "metadata-host", STRING, "GCE_METADATA_HOST", NULL, NULL, NULL, NULL,
    "vertex: another metadata server" },
  { "storage-uri", STRING, NULL, NULL, NULL, NULL, NULL,
    "vertex: gs://bucket/folder/ for the clips; not set: they come in the answer" },
  { "ca-file", PIPELINE_SETTING_PATH, "VEO3_CA_FILE", NULL, NULL, NULL, NULL,
    "certificate authorities instead of the system's, PEM" },
  { "api-key-file", PIPELINE_SETTING_PATH, "GEMINI_API_KEY_FILE", NULL, NULL, NULL, NULL,
    "file with the key of the Gemini API, yours alone (0600); GEMINI_API_KEY is stronger" },
  { "proxy", STRING, "HTTPS_PROXY", NULL, NULL, NULL, NULL,
    "proxy for https, http://HOST:PORT; never used for plain http" },
  { "no-proxy", STRING, "NO_PROXY", NULL, NULL, NULL, NULL,
    "hosts that are reached without it, joined by commas" },
  { "models-file", PIPELINE_SETTING_PATH, "VEO3_MODELS_FILE", NULL, NULL, NULL, NULL,
    "what models can do and cost, instead of the built-in models.ini" },
  { "clip-count", PIPELINE_SETTING_INTEGER, "VEO3_CLIP_COUNT", "3", "1", "10000", NULL,
    "at most this many prompts are used, from the front" },
  { "timeout", DURATION, "VEO3_TIMEOUT_S", "600s", "1ms", "24h", NULL,
    "how long one clip is waited for after its submit" },
  { "max-parallel", PIPELINE_SETTING_INTEGER, "VEO3_MAX_PARALLEL", "64", "1", "1000", NULL,
    "submits of a run that are under way at a time" },
  { "requests-per-minute", PIPELINE_SETTING_INTEGER, NULL, "0", "0", "100000", NULL,
    "submits of all runs of the process in any minute; 0 = as many as the service lets us" },
  { "duration-s", PIPELINE_SETTING_INTEGER, NULL, "6", "1", "3600", NULL,
    "seconds of a clip whose prompt has no duration_s" },
  { "aspect-ratio", PIPELINE_SETTING_CHOICE, NULL, "9:16", NULL, NULL, "9:16;16:9",
    "shape of the clips" },
  { "resolution", PIPELINE_SETTING_CHOICE, NULL, NULL, NULL, NULL, "360p;720p;1080p;4k",
    "size of the clips; not set: the service's default" },
  { "negative-prompt", STRING, NULL, NULL, NULL, NULL, NULL, "what the clips are not to show" },
  { "seed", PIPELINE_SETTING_INTEGER, NULL, NULL, "0", "4294967295", NULL,
    "where the service's chance begins; not set: anywhere" },
  { "person-generation", PIPELINE_SETTING_CHOICE, NULL, NULL, NULL, NULL,
    "allow_all;allow_adult;dont_allow", "which people may be shown; not set: the service's rule" },
  { "first-frame", STRING, NULL, NULL, NULL, NULL, NULL,
    "picture in the workspace that the clips begin with" },
  { "last-frame", STRING, NULL, NULL, NULL, NULL, NULL,
    "picture in the workspace that the clips end with" },
  { "reference-images", STRING, NULL, NULL, NULL, NULL, NULL,
    "pictures in the workspace of who or what is to be seen, joined by ;" },
  { "audio", PIPELINE_SETTING_CHOICE, NULL, "keep", NULL, NULL, "keep;strip",
    "strip: without sound, removed by ffmpeg after the download" },
  { "poll-min", DURATION, NULL, "3s", "1ms", "10min", NULL, "shortest wait between two polls" },
  { "poll-max", DURATION, NULL, "45s", "1ms", "1h", NULL, "longest wait between two polls" },
  { "poll-cost", DURATION, NULL, "400ms", "1ms", "1min", NULL,
    "how much delay one poll is worth: 400ms brisk, 2s frugal" },
  { "poll-look", DURATION, NULL, "15s", "1ms", "1h", NULL,
    "first look at a new operation, for early failures" },
  { "poll-prior", DURATION, NULL, "40s", "1ms", "1h", NULL,
    "how long a clip is taken to need while nothing is known" },
  { "retry-permille", PIPELINE_SETTING_INTEGER, NULL, "1000", "1", "10000", NULL,
    "delays before retries in thousandths of the usual ones; less than 1000 is for rehearsals" },
  { "scenario", PIPELINE_SETTING_PATH, "VEO3_FAKE_SCENARIO", NULL, NULL, NULL, NULL,
    "what the fake adapter is to do; the real ones do not read it" },
};

const PipelineSettingSpec *
veo3_settings_get_specs (gsize *ret_n)
{
  *ret_n = G_N_ELEMENTS (veo3_settings_specs);
  return veo3_settings_specs;
}

static const char *
find (const PipelineSetting *settings, gsize n_settings, const char *key)
{
  for (gsize i = 0; i < n_settings; i++)
    if (strcmp (settings[i].key, key) == 0)
      return settings[i].value;
  return NULL;
}

/* The host gives durations as whole "<n>ms" and integers in decimal. */
static gint64
find_number (const PipelineSetting *settings, gsize n_settings, const char *key, gint64 fallback)
{
  const char *text = find (settings, n_settings, key);

  return text == NULL ? fallback : g_ascii_strtoll (text, NULL, 10);
}

static char *
dup_text (const PipelineSetting *settings, gsize n_settings, const char *key)
{
  return g_strdup (find (settings, n_settings, key));
}

/* An explicit provider is stronger than the variable of Google's own tools. */
static void
read_service (const PipelineSetting *settings, gsize n_settings, Veo3Settings *self)
{
  const char *provider = find (settings, n_settings, "provider");
  gboolean use_vertexai = g_strcmp0 (find (settings, n_settings, "use-vertexai"), "true") == 0;
  gboolean is_vertex;

  if (provider == NULL)
    provider = use_vertexai ? "vertex" : "gemini";
  is_vertex = strcmp (provider, "vertex") == 0;
  self->provider = g_strdup (provider);
  self->model = dup_text (settings, n_settings, "model");
  self->base_url = dup_text (settings, n_settings, is_vertex ? "vertex-base-url" : "base-url");
  self->api_version = dup_text (settings, n_settings, "api-version");
  self->api_key = dup_text (settings, n_settings, "api-key");
  self->api_key_file = dup_text (settings, n_settings, "api-key-file");
  self->project = dup_text (settings, n_settings, "project");
  self->location = dup_text (settings, n_settings, "location");
  self->credentials_file = dup_text (settings, n_settings, "credentials-file");
  self->metadata_host = dup_text (settings, n_settings, "metadata-host");
  self->storage_uri = dup_text (settings, n_settings, "storage-uri");
  self->ca_file = dup_text (settings, n_settings, "ca-file");
  self->proxy = dup_text (settings, n_settings, "proxy");
  self->no_proxy = dup_text (settings, n_settings, "no-proxy");
  self->models_file = dup_text (settings, n_settings, "models-file");
}

static void
read_run (const PipelineSetting *settings, gsize n_settings, Veo3RunSettings *run)
{
  Veo3PollSettings defaults = veo3_poll_settings_get_defaults ();
  guint permille;

  run->deadline_ms = find_number (settings, n_settings, "timeout", defaults.deadline_ms);
  run->max_parallel = (guint)find_number (settings, n_settings, "max-parallel", 64);
  run->requests_per_minute = (guint)find_number (settings, n_settings, "requests-per-minute", 0);
  run->polls = (Veo3PollSettings){
    .min_ms = find_number (settings, n_settings, "poll-min", defaults.min_ms),
    .max_ms = find_number (settings, n_settings, "poll-max", defaults.max_ms),
    .cost_ms = find_number (settings, n_settings, "poll-cost", defaults.cost_ms),
    .look_ms = find_number (settings, n_settings, "poll-look", defaults.look_ms),
    .prior_ms = find_number (settings, n_settings, "poll-prior", defaults.prior_ms),
    .deadline_ms = run->deadline_ms,
    .jitter_percent = defaults.jitter_percent,
  };
  permille = (guint)find_number (settings, n_settings, "retry-permille", 1000);
  run->retries = veo3_retry_settings_get_scaled (permille);
  run->download_grace_ms = 60000;
  run->unauthorized_pause_ms = MAX (1, 30000 * (gint64)permille / 1000);
  run->seed = ((guint64)g_random_int () << 32) | g_random_int ();
}

static void
read_image (const PipelineSetting *settings,
            gsize n_settings,
            const char *key,
            Veo3ImageRole role,
            Veo3ClipOptions *options)
{
  const char *path = find (settings, n_settings, key);

  if (path != NULL)
    veo3_clip_options_add_image (options, veo3_clip_image_new (role, path));
}

static void
read_references (const PipelineSetting *settings, gsize n_settings, Veo3ClipOptions *options)
{
  const char *list = find (settings, n_settings, "reference-images");
  g_auto (GStrv) paths = g_strsplit (list != NULL ? list : "", ";", -1);

  for (guint i = 0; paths[i] != NULL; i++)
    {
      const char *path = g_strstrip (paths[i]);

      if (*path != '\0')
        veo3_clip_options_add_image (options, veo3_clip_image_new (VEO3_IMAGE_REFERENCE, path));
    }
}

/* What every clip is asked for with, unless its prompt says otherwise. */
static void
read_options (const PipelineSetting *settings, gsize n_settings, Veo3ClipOptions *options)
{
  gint64 seed = find_number (settings, n_settings, "seed", -1);
  const char *audio = find (settings, n_settings, "audio");

  options->aspect_ratio = dup_text (settings, n_settings, "aspect-ratio");
  options->resolution = dup_text (settings, n_settings, "resolution");
  options->negative_prompt = dup_text (settings, n_settings, "negative-prompt");
  options->person_generation = dup_text (settings, n_settings, "person-generation");
  options->has_seed = seed >= 0;
  options->seed = seed >= 0 ? (guint32)seed : 0;
  options->audio = g_strcmp0 (audio, "strip") == 0 ? VEO3_AUDIO_STRIP : VEO3_AUDIO_KEEP;
  read_image (settings, n_settings, "first-frame", VEO3_IMAGE_FIRST_FRAME, options);
  read_image (settings, n_settings, "last-frame", VEO3_IMAGE_LAST_FRAME, options);
  read_references (settings, n_settings, options);
}

Veo3Settings *
veo3_settings_read (const PipelineSetting *settings, gsize n_settings, GError **error)
{
  g_autoptr (Veo3Settings) self = g_new0 (Veo3Settings, 1);

  read_service (settings, n_settings, self);
  read_options (settings, n_settings, &self->options);
  self->duration_s
      = (int)find_number (settings, n_settings, "duration-s", VEO3_PROMPT_DEFAULT_DURATION_S);
  self->scenario = dup_text (settings, n_settings, "scenario");
  self->clip_count = (guint)find_number (settings, n_settings, "clip-count", 3);
  read_run (settings, n_settings, &self->run);
  if (self->run.polls.min_ms > self->run.polls.max_ms)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "poll-min (%" G_GINT64_FORMAT " ms) is longer than poll-max (%" G_GINT64_FORMAT
                   " ms); set poll-max as well",
                   self->run.polls.min_ms, self->run.polls.max_ms);
      return NULL;
    }
  return g_steal_pointer (&self);
}

gboolean
veo3_settings_resolve (Veo3Settings *self, GError **error)
{
  g_assert (self->models == NULL);
  self->models = veo3_model_table_new (self->models_file, error);
  if (self->models == NULL)
    return FALSE;
  if (self->model == NULL)
    self->model = g_strdup (veo3_model_table_get_default (self->models, self->provider));
  return TRUE;
}

Veo3Settings *
veo3_settings_new (const PipelineSetting *settings, gsize n_settings, GError **error)
{
  g_autoptr (Veo3Settings) self = veo3_settings_read (settings, n_settings, error);

  return self != NULL && veo3_settings_resolve (self, error) ? g_steal_pointer (&self) : NULL;
}

char *
veo3_settings_dup_key (const Veo3Settings *self, GError **error)
{
  if (self->api_key != NULL)
    return g_strdup (self->api_key);
  if (self->api_key_file != NULL)
    return veo3_key_file_read (self->api_key_file, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "no key of the Gemini API; set GEMINI_API_KEY in the environment or api-key-file, "
               "or use plugins=veo3_fake to rehearse without paying");
  return NULL;
}

static void
wipe (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

void
veo3_settings_free (Veo3Settings *settings)
{
  if (settings == NULL)
    return;
  g_free (settings->provider);
  g_free (settings->model);
  g_free (settings->base_url);
  g_free (settings->api_version);
  wipe (settings->api_key);
  g_free (settings->api_key_file);
  g_free (settings->project);
  g_free (settings->location);
  g_free (settings->credentials_file);
  g_free (settings->metadata_host);
  g_free (settings->storage_uri);
  g_free (settings->ca_file);
  wipe (settings->proxy); /* it may hold a password */
  g_free (settings->no_proxy);
  g_free (settings->models_file);
  veo3_model_table_free (settings->models);
  veo3_clip_options_clear (&settings->options);
  g_free (settings->scenario);
  g_free (settings);
}
