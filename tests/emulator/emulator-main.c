/* SPDX-License-Identifier: MIT */
/*
 * veo3_emulator: a paid video service on loopback, for tests, the demo, and rehearsals.
 *
 * Thread model: one thread, one GMainLoop on the default context; ffmpeg in child processes. Must
 * never listen anywhere but on 127.0.0.1 and never contact anybody.
 */
#include <glib-unix.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/emulator/emulator-credentials.h"
#include "tests/emulator/emulator-help.h"
#include "tests/emulator/emulator-server.h"
#include "tests/emulator/emulator-words.h"
#include "tests/emulator/gemini-service.h"
#include "tests/emulator/metadata-service.h"
#include "tests/emulator/omni-service.h"
#include "tests/emulator/token-service.h"
#include "tests/emulator/vertex-service.h"

#define EXIT_USAGE 2
#define GOOGLE_URL "https://generativelanguage.googleapis.com"
#define FALLBACK_CLIP_BYTES (256 * 1024)

typedef struct
{
  gint port;
  gchar *ready_file;
  gchar *log;
  gchar *scenario;
  gchar *generation_time;
  gint quota_concurrent;
  gint quota_per_minute;
  gchar *api_key;
  gchar *access_token;
  gchar *service_account;
  gchar *write_credentials;
  gchar *write_user_credentials;
  gboolean google_uris;
  gboolean until_stdin_closes;
  gboolean version;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->ready_file);
  g_free (options->log);
  g_free (options->scenario);
  g_free (options->generation_time);
  g_free (options->api_key);
  g_free (options->access_token);
  g_free (options->service_account);
  g_free (options->write_credentials);
  g_free (options->write_user_credentials);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &options->port, "TCP port on 127.0.0.1 (0 = a free one)",
      "N" },
    { "ready-file", 0, 0, G_OPTION_ARG_FILENAME, &options->ready_file,
      "write the base URL there once it listens", "FILE" },
    { "log", 0, 0, G_OPTION_ARG_FILENAME, &options->log, "append a JSON line per request", "FILE" },
    { "scenario", 0, 0, G_OPTION_ARG_FILENAME, &options->scenario, "scripted faults and results",
      "FILE" },
    { "generation-time", 0, 0, G_OPTION_ARG_STRING, &options->generation_time,
      "how long a clip takes (about 10 s)", "DURATION" },
    { "quota-concurrent", 0, 0, G_OPTION_ARG_INT, &options->quota_concurrent,
      "refuse more than N operations at a time with 429", "N" },
    { "quota-per-minute", 0, 0, G_OPTION_ARG_INT, &options->quota_per_minute,
      "refuse more than N submits in any 60 s with 429", "N" },
    { "api-key", 0, 0, G_OPTION_ARG_STRING, &options->api_key,
      "the only key that is accepted (default: any)", "KEY" },
    { "access-token", 0, 0, G_OPTION_ARG_STRING, &options->access_token,
      "an access token that is good for ever", "TOKEN" },
    { "service-account", 0, 0, G_OPTION_ARG_FILENAME, &options->service_account,
      "whose assertions are accepted", "FILE" },
    { "write-credentials", 0, 0, G_OPTION_ARG_FILENAME, &options->write_credentials,
      "make up a service account and write its file", "FILE" },
    { "write-user-credentials", 0, 0, G_OPTION_ARG_FILENAME, &options->write_user_credentials,
      "make up a user's login and write its file", "FILE" },
    { "google-uris", 0, 0, G_OPTION_ARG_NONE, &options->google_uris,
      "name Google's host in the addresses of files, as Google does", NULL },
    { "until-stdin-closes", 0, 0, G_OPTION_ARG_NONE, &options->until_stdin_closes,
      "end when standard input ends", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "print the version", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- a paid video service on loopback, emulated");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context, emulator_help_text);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                   "'%s' is no option (see --help)", (*argv)[1]);
      return FALSE;
    }
  if (options->quota_concurrent < 0 || options->quota_per_minute < 0)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "a quota is at least 1");
      return FALSE;
    }
  if (options->port < 0 || options->port > G_MAXUINT16)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--port %d is no TCP port",
                   options->port);
      return FALSE;
    }
  return TRUE;
}

static EmulatorScenario *
build_scenario (const Options *options, GError **error)
{
  g_autoptr (EmulatorScenario) scenario = emulator_scenario_new ();
  gint64 generation_us = 0;

  if (options->scenario != NULL && !emulator_scenario_load (scenario, options->scenario, error))
    return NULL;
  if (options->generation_time != NULL)
    {
      if (!emulator_words_parse_duration (options->generation_time, &generation_us, error))
        {
          g_prefix_error (error, "--generation-time: ");
          return NULL;
        }
      emulator_scenario_set_generation_time (scenario, generation_us);
    }
  emulator_scenario_set_quotas (scenario, (guint)options->quota_concurrent,
                                (guint)options->quota_per_minute);
  return g_steal_pointer (&scenario);
}

static void
check_ffmpeg (EmulatorScenario *scenario)
{
  g_autofree gchar *program = NULL;

  if (!emulator_scenario_wants_ffmpeg (scenario))
    return;
  program = g_find_program_in_path ("ffmpeg");
  if (program != NULL)
    return;
  g_printerr ("veo3_emulator: ffmpeg is missing, clips will not be playable, continuing\n");
  emulator_scenario_use_synthetic_clips (scenario, FALLBACK_CLIP_BYTES);
}

/* A connection is a descriptor; the usual soft limit of 1024 is a handful of clients. */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit (RLIMIT_NOFILE, &limit);
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_stdin (gint fd, GIOCondition condition, gpointer loop)
{
  gchar ignored[256];

  (void)condition;
  if (read (fd, ignored, sizeof ignored) > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
attach_and_unref (GSource *source, GSourceFunc func, gpointer data)
{
  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, NULL);
  g_source_unref (source);
}

static gboolean
announce (const Options *options, const EmulatorOrigins *origins, GError **error)
{
  g_autofree gchar *line = g_strconcat (origins->api_url, "\n", NULL);

  if (options->ready_file != NULL && !g_file_set_contents (options->ready_file, line, -1, error))
    {
      g_prefix_error (error, "ready file: ");
      return FALSE;
    }
  g_print ("%s", line);
  return TRUE;
}

static int
run_until_told (const Options *options, const EmulatorOrigins *origins)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) local_error = NULL;

  attach_and_unref (g_unix_signal_source_new (SIGTERM), on_signal, loop);
  attach_and_unref (g_unix_signal_source_new (SIGINT), on_signal, loop);
  if (options->until_stdin_closes)
    attach_and_unref (g_unix_fd_source_new (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR),
                      G_SOURCE_FUNC (on_stdin), loop);
  if (!announce (options, origins, &local_error))
    {
      g_printerr ("veo3_emulator: %s\n", local_error->message);
      return EXIT_FAILURE;
    }
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}

/* Everything the emulator consists of; undone in the reverse order of its making. */
typedef struct
{
  EmulatorOrigins origins;
  EmulatorLog *log;                 /* (owned) */
  EmulatorClipMaker *clip_maker;    /* (owned) */
  EmulatorCredentials *credentials; /* (owned) */
  TokenStore *tokens;               /* (owned) */
  OperationStore *store;            /* (owned) */
  GeminiService *gemini;            /* (owned) */
  OmniService *omni;                /* (owned) */
  VertexService *vertex;            /* (owned) */
  TokenService *token;              /* (owned) */
  MetadataService *metadata;        /* (owned) */
  EmulatorServer *server;           /* (owned) */
} Emulator;

static void
emulator_clear (Emulator *self)
{
  emulator_server_free (self->server);
  metadata_service_free (self->metadata);
  token_service_free (self->token);
  vertex_service_free (self->vertex);
  omni_service_free (self->omni);
  gemini_service_free (self->gemini);
  operation_store_free (self->store);
  token_store_free (self->tokens);
  emulator_credentials_free (self->credentials);
  emulator_clip_maker_free (self->clip_maker);
  emulator_log_close (self->log);
  g_free (self->origins.api_url);
  g_free (self->origins.storage_url);
  g_free (self->origins.file_url);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Emulator, emulator_clear)

static void
build_services (Emulator *self, const Options *options, EmulatorScenario *scenario)
{
  self->tokens = token_store_new (scenario, options->access_token);
  self->store = operation_store_new (scenario, self->clip_maker);
  self->gemini = gemini_service_new (scenario, self->store, &self->origins, options->api_key);
  self->omni = omni_service_new (scenario, self->store, &self->origins, options->api_key);
  self->vertex = vertex_service_new (scenario, self->store, self->tokens, &self->origins);
  self->token = token_service_new (scenario, self->tokens, self->credentials, &self->origins);
  self->metadata = metadata_service_new (scenario, self->tokens);
  self->server = emulator_server_new (self->log);
  /* The first that claims a request serves it; Gemini's paths are the widest. */
  emulator_server_add_wire (self->server, token_service_get_wire (self->token));
  emulator_server_add_wire (self->server, metadata_service_get_wire (self->metadata));
  emulator_server_add_wire (self->server, vertex_service_get_wire (self->vertex));
  emulator_server_add_wire (self->server, omni_service_get_wire (self->omni));
  emulator_server_add_wire (self->server, gemini_service_get_wire (self->gemini));
}

/* The files lead back to here, so they can be written only once the port is known. */
static gboolean
write_credentials (Emulator *self, const Options *options, GError **error)
{
  g_autofree gchar *token_uri = g_strconcat (self->origins.api_url, TOKEN_SERVICE_PATH, NULL);

  if (options->write_credentials != NULL
      && !emulator_credentials_write_service_account (self->credentials, options->write_credentials,
                                                      token_uri, error))
    return FALSE;
  return options->write_user_credentials == NULL
         || emulator_credentials_write_user (self->credentials, options->write_user_credentials,
                                             token_uri, error);
}

static gboolean
build_emulator (Emulator *self, const Options *options, EmulatorScenario *scenario, GError **error)
{
  self->log = emulator_log_open (options->log, error);
  if (self->log == NULL)
    return FALSE;
  self->clip_maker = emulator_clip_maker_new (error);
  if (self->clip_maker == NULL)
    return FALSE;
  self->credentials = emulator_credentials_new ();
  if (options->service_account != NULL
      && !emulator_credentials_load_service_account (self->credentials, options->service_account,
                                                     error))
    return FALSE;
  build_services (self, options, scenario);
  if (!emulator_server_listen (self->server, (guint16)options->port, &self->origins, error))
    return FALSE;
  self->origins.file_url = g_strdup (options->google_uris ? GOOGLE_URL : self->origins.api_url);
  return write_credentials (self, options, error);
}

static int
run_emulator (const Options *options, EmulatorScenario *scenario)
{
  g_auto (Emulator) emulator = { 0 };
  g_autoptr (GError) local_error = NULL;

  if (!build_emulator (&emulator, options, scenario, &local_error))
    {
      g_printerr ("veo3_emulator: %s\n", local_error->message);
      return EXIT_FAILURE;
    }
  return run_until_told (options, &emulator.origins);
}

int
main (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GError) local_error = NULL;
  g_autoptr (EmulatorScenario) scenario = NULL;

  setlocale (LC_ALL, "");
  if (!parse_options (&options, &argc, &argv, &local_error))
    {
      g_printerr ("veo3_emulator: %s\n", local_error->message);
      return EXIT_USAGE;
    }
  if (options.version)
    {
      g_print ("veo3_emulator %s\n", VEO3_VERSION);
      return EXIT_SUCCESS;
    }
  scenario = build_scenario (&options, &local_error);
  if (scenario == NULL)
    {
      g_printerr ("veo3_emulator: %s\n", local_error->message);
      return EXIT_USAGE;
    }
  check_ffmpeg (scenario);
  raise_descriptor_limit ();
  return run_emulator (&options, scenario);
}
