/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Settings: the table is sound, and resolved texts become the numbers they stand for.
 * Single-threaded.
 */
#include "plugin/application/veo3-settings.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static Veo3Settings *
read_settings (const PipelineSetting *settings, gsize n_settings)
{
  g_autoptr (GError) error = NULL;
  Veo3Settings *self = veo3_settings_new (settings, n_settings, &error);

  g_assert_no_error (error);
  return self;
}

/* Every spec has a key of its own and says what it is for; durations and numbers have limits. */
static void
test_specs (void)
{
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) variables = g_hash_table_new (g_str_hash, g_str_equal);
  gsize n = 0;
  const PipelineSettingSpec *specs = veo3_settings_get_specs (&n);

  g_assert_cmpuint (n, ==, VEO3_SETTINGS_N_SPECS);
  g_assert_true (specs == veo3_settings_specs);
  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (g_hash_table_add (keys, (gpointer)specs[i].key));
      if (specs[i].environment != NULL)
        g_assert_true (g_hash_table_add (variables, (gpointer)specs[i].environment));
      g_assert_nonnull (specs[i].summary);
      g_assert_cmpint (specs[i].choices != NULL, ==, specs[i].type == PIPELINE_SETTING_CHOICE);
      if (specs[i].type == PIPELINE_SETTING_DURATION || specs[i].type == PIPELINE_SETTING_INTEGER)
        g_assert_true (specs[i].minimum != NULL && specs[i].maximum != NULL);
      if (specs[i].type == PIPELINE_SETTING_SECRET)
        g_assert_null (specs[i].fallback);
    }
  g_assert_true (g_hash_table_contains (variables, "VEO3_CLIP_COUNT"));
  g_assert_true (g_hash_table_contains (variables, "VEO3_TIMEOUT_S"));
  g_assert_true (g_hash_table_contains (variables, "GEMINI_API_KEY"));
}

/* Nothing set: the defaults of the design. */
static void
test_defaults (void)
{
  g_autoptr (Veo3Settings) self = read_settings (NULL, 0);
  g_autoptr (Veo3Settings) other = read_settings (NULL, 0);

  g_assert_null (self->api_key);
  g_assert_cmpuint (self->clip_count, ==, 3);
  g_assert_cmpint (self->run.deadline_ms, ==, 600000);
  g_assert_cmpint (self->run.polls.deadline_ms, ==, 600000);
  g_assert_cmpuint (self->run.max_parallel, ==, 64);
  g_assert_cmpint (self->run.polls.min_ms, ==, 3000);
  g_assert_cmpint (self->run.polls.max_ms, ==, 45000);
  g_assert_cmpint (self->run.download_grace_ms, ==, 60000);
  g_assert_cmpint (self->run.unauthorized_pause_ms, ==, 30000);
  g_assert_cmpint (self->run.retries.lost_min_span_ms, ==, 60000);
  g_assert_cmpuint (self->run.seed, !=, other->run.seed);
}

static void
assert_image (const Veo3ClipOptions *options, guint index, Veo3ImageRole role, const char *path)
{
  const Veo3ClipImage *image = g_ptr_array_index (options->images, index);

  g_assert_cmpint (image->role, ==, role);
  g_assert_cmpstr (image->path, ==, path);
}

static void
assert_options (const Veo3ClipOptions *options)
{
  g_assert_cmpstr (options->negative_prompt, ==, "text");
  g_assert_cmpstr (options->person_generation, ==, "allow_adult");
  g_assert_true (options->has_seed);
  g_assert_cmpuint (options->seed, ==, G_MAXUINT32);
  g_assert_cmpint (options->audio, ==, VEO3_AUDIO_STRIP);
  g_assert_cmpuint (options->images->len, ==, 4);
  assert_image (options, 0, VEO3_IMAGE_FIRST_FRAME, "a.png");
  assert_image (options, 1, VEO3_IMAGE_LAST_FRAME, "b.png");
  assert_image (options, 2, VEO3_IMAGE_REFERENCE, "c.png");
  assert_image (options, 3, VEO3_IMAGE_REFERENCE, "d.png");
}

/* A table with one model, which is the default of its provider. Returns: (transfer full): its path
 */
static char *
write_models (void)
{
  g_autoptr (GError) error = NULL;
  char *path = NULL;
  int fd = g_file_open_tmp ("models-XXXXXX.ini", &path, &error);

  g_assert_no_error (error);
  g_assert_true (close (fd) == 0);
  g_assert_true (g_file_set_contents (path,
                                      "[models]\ndate=2026-01-02\n[gemini own]\nas-of=2026-01-02\n"
                                      "source=me\ndefault=true\n",
                                      -1, &error));
  return path;
}

/* Every setting lands in its place. */
static void
test_values (void)
{
  g_autofree char *models = write_models ();
  const PipelineSetting settings[] = {
    { "provider", "gemini", "x" },
    { "model", "m", "x" },
    { "base-url", "http://h", "x" },
    { "api-version", "v9", "x" },
    { "api-key", "k", "x" },
    { "clip-count", "7", "x" },
    { "timeout", "90000ms", "x" },
    { "max-parallel", "2", "x" },
    { "aspect-ratio", "16:9", "x" },
    { "resolution", "4k", "x" },
    { "poll-min", "10ms", "x" },
    { "poll-max", "20ms", "x" },
    { "poll-cost", "30ms", "x" },
    { "poll-look", "40ms", "x" },
    { "poll-prior", "50ms", "x" },
    { "retry-permille", "10", "x" },
    { "scenario", "/tmp/s.ini", "x" },
    { "ca-file", "/tmp/ca.pem", "x" },
    { "use-vertexai", "true", "x" },
    { "vertex-base-url", "http://v", "x" },
    { "project", "p", "x" },
    { "location", "europe-west4", "x" },
    { "credentials-file", "/c", "x" },
    { "metadata-host", "m:1", "x" },
    { "storage-uri", "gs://b/", "x" },
    { "api-key-file", "/k", "x" },
    { "proxy", "http://p:1", "x" },
    { "no-proxy", "h", "x" },
    { "models-file", models, "x" },
    { "requests-per-minute", "12", "x" },
    { "duration-s", "8", "x" },
    { "negative-prompt", "text", "x" },
    { "seed", "4294967295", "x" },
    { "person-generation", "allow_adult", "x" },
    { "first-frame", "a.png", "x" },
    { "last-frame", "b.png", "x" },
    { "reference-images", "c.png; d.png;", "x" },
    { "audio", "strip", "x" },
  };
  g_autoptr (Veo3Settings) self = read_settings (settings, G_N_ELEMENTS (settings));

  G_STATIC_ASSERT (G_N_ELEMENTS (settings) == VEO3_SETTINGS_N_SPECS);
  g_assert_cmpstr (self->provider, ==, "gemini");
  g_assert_cmpstr (self->model, ==, "m");
  g_assert_cmpstr (self->base_url, ==, "http://h");
  g_assert_cmpstr (self->api_version, ==, "v9");
  g_assert_cmpstr (self->api_key, ==, "k");
  g_assert_cmpstr (self->options.aspect_ratio, ==, "16:9");
  g_assert_cmpstr (self->options.resolution, ==, "4k");
  g_assert_cmpstr (self->scenario, ==, "/tmp/s.ini");
  g_assert_cmpstr (self->ca_file, ==, "/tmp/ca.pem");
  g_assert_cmpstr (self->project, ==, "p");
  g_assert_cmpstr (self->location, ==, "europe-west4");
  g_assert_cmpstr (self->credentials_file, ==, "/c");
  g_assert_cmpstr (self->metadata_host, ==, "m:1");
  g_assert_cmpstr (self->storage_uri, ==, "gs://b/");
  g_assert_cmpstr (self->proxy, ==, "http://p:1");
  g_assert_cmpstr (self->no_proxy, ==, "h");
  g_assert_cmpstr (self->models_file, ==, models);
  g_assert_cmpstr (veo3_model_table_get_default (self->models, "gemini"), ==, "own");
  assert_options (&self->options);
  g_assert_cmpint (self->duration_s, ==, 8);
  g_assert_cmpuint (self->run.requests_per_minute, ==, 12);
  g_assert_cmpuint (self->clip_count, ==, 7);
  g_assert_cmpint (self->run.deadline_ms, ==, 90000);
  g_assert_cmpuint (self->run.max_parallel, ==, 2);
  g_assert_cmpint (self->run.polls.min_ms, ==, 10);
  g_assert_cmpint (self->run.polls.max_ms, ==, 20);
  g_assert_cmpint (self->run.polls.cost_ms, ==, 30);
  g_assert_cmpint (self->run.polls.look_ms, ==, 40);
  g_assert_cmpint (self->run.polls.prior_ms, ==, 50);
  g_assert_cmpint (self->run.unauthorized_pause_ms, ==, 300);
  g_assert_cmpint (self->run.retries.lost_min_span_ms, ==, 600);
  g_assert_true (g_unlink (models) == 0);
}

/* A table of models that is not there is refused; one that is there names the model. */
static void
test_models (void)
{
  g_autofree char *path = write_models ();
  const PipelineSetting setting = { "models-file", path, "x" };
  g_autoptr (Veo3Settings) self = read_settings (&setting, 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (self->model, ==, "own");
  g_assert_true (g_unlink (path) == 0);
  g_assert_null (veo3_settings_new (&setting, 1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "models-file: "));
  g_assert_nonnull (strstr (error->message, path));
}

/* A provider that is set counts; else the variable of Google's own tools; else the Gemini API. Each
 * has a base URL of its own. */
static void
test_provider (void)
{
  static const PipelineSetting settings[] = {
    { "base-url", "http://g", "x" }, { "vertex-base-url", "http://v", "x" },
    { "use-vertexai", "true", "x" }, { "provider", "gemini", "x" },
    { "provider", "vertex", "x" },
  };
  g_autoptr (Veo3Settings) none = read_settings (settings, 2);
  g_autoptr (Veo3Settings) by_variable = read_settings (settings, 3);
  g_autoptr (Veo3Settings) by_name = read_settings (settings, 4);
  g_autoptr (Veo3Settings) vertex = read_settings (settings + 4, 1);

  g_assert_cmpstr (none->provider, ==, "gemini");
  g_assert_cmpstr (none->base_url, ==, "http://g");
  g_assert_cmpstr (by_variable->provider, ==, "vertex");
  g_assert_cmpstr (by_variable->base_url, ==, "http://v");
  g_assert_cmpstr (by_name->provider, ==, "gemini");
  g_assert_cmpstr (by_name->base_url, ==, "http://g");
  g_assert_cmpstr (vertex->provider, ==, "vertex");
  g_assert_null (vertex->base_url);
  g_assert_cmpstr (vertex->model, ==, "veo-3.1-fast-generate-001");
}

/* Limits of polling that cross are refused, by name. */
static void
test_crossed (void)
{
  static const PipelineSetting settings[] = { { "poll-min", "60000ms", "x" } };
  g_autoptr (GError) error = NULL;

  g_assert_null (veo3_settings_new (settings, 1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "poll-min (60000 ms)"));
  veo3_settings_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/settings/specs", test_specs);
  g_test_add_func ("/veo3/settings/defaults", test_defaults);
  g_test_add_func ("/veo3/settings/values", test_values);
  g_test_add_func ("/veo3/settings/models", test_models);
  g_test_add_func ("/veo3/settings/provider", test_provider);
  g_test_add_func ("/veo3/settings/crossed", test_crossed);
  return g_test_run ();
}
