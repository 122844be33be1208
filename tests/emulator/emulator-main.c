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

#include "tests/emulator/emulator-server.h"
#include "tests/emulator/emulator-words.h"
#include "tests/emulator/gemini-service.h"

#define EXIT_USAGE 2
#define FALLBACK_CLIP_BYTES (256 * 1024)

static const gchar help_text[]
    = "The base URL is printed on standard output and written to the ready file. Point a client "
      "at\n"
      "it with GOOGLE_GEMINI_BASE_URL; any API key will do. Nothing is ever sent anywhere.\n"
      "\n"
      "FAULTS  written FAULT [xN] [modifier]..., xN = for N requests, otherwise for ever\n"
      "  404 429 500 503-html ...   an HTTP status with the service's usual body\n"
      "  close rst silence          end of stream, reset, or nothing at all instead of an answer;\n"
      "  accept-close accept-rst accept-silence    the same, but the operation was accepted\n"
      "  cut[=BYTES] cut-header     the answer ends in its body (default: half) or in its header\n"
      "  stall[=BYTES]              so much of the body, then silence\n"
      "  drip[=DURATION]            the header byte by byte\n"
      "  wrong-length[=BYTES]       Content-Length is off by BYTES (default 1000)\n"
      "  garbage (or html), truncated-json, no-name, gzip       200 with the wrong content\n"
      "  redirect=same-origin|cross-origin|no-location|loop     with to=URL, status=307\n"
      "  ok                         the right answer\n"
      "  modifiers: delay=DURATION retry-after=TEXT retry-delay=37s per-day quota-id=ID\n"
      "             message=\"TEXT\" to=URL accepted no-body\n"
      "\n"
      "RESULTS  ok | error [CODE] | filtered [code=SUPPORTCODE] | filtered-audio | empty |\n"
      "         done-only | empty-uri | never, each with message=\"TEXT\" where it has words\n"
      "\n"
      "DIRECTIVES  inside a prompt, never shown in its clip; several of one step form a list\n"
      "  [[submit: 429 x1 retry-after=2]] [[poll: 500 x3]] [[download: cut=1000 x1]]\n"
      "  [[result: error 13]] [[generation-time: 3s]] [[clip: bytes:100KiB]]\n"
      "\n"
      "SCENARIO FILE  a key file\n"
      "  [emulator] generation-time=10s generation-jitter=20 clip=ffmpeg|bytes:SIZE\n"
      "             download=redirect|direct models=A;B retired-models=C;D|all\n"
      "  [submit] [poll] [download]  faults=429 x1; ok x3; 500     in the order of requests\n"
      "  [result]                    results=ok x2; error 13 x1    in the order of operations\n"
      "  [prompt WORDS]              submit= poll= download= result= generation-time= clip=\n"
      "  Directives are stronger than [prompt WORDS], which is stronger than the other groups.\n"
      "\n"
      "LOG  one JSON line per request that was received completely, written before its answer:\n"
      "  ts_us time seq connection origin method path query headers{content-type user-agent range\n"
      "  has_key has_authorization} body body_bytes kind{submit poll download model file storage\n"
      "  other} model operation status fault. The key itself is never logged.\n"
      "\n"
      "Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot listen, 2 for wrong usage.\n";

typedef struct
{
  gint port;
  gchar *ready_file;
  gchar *log;
  gchar *scenario;
  gchar *generation_time;
  gchar *api_key;
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
    { "api-key", 0, 0, G_OPTION_ARG_STRING, &options->api_key,
      "the only key that is accepted (default: any)", "KEY" },
    { "until-stdin-closes", 0, 0, G_OPTION_ARG_NONE, &options->until_stdin_closes,
      "end when standard input ends", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "print the version", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- a paid video service on loopback, emulated");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context, help_text);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                   "'%s' is no option (see --help)", (*argv)[1]);
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

/* Everything in the order of its making, so that it is undone in the reverse order. */
static int
run_emulator (const Options *options, EmulatorScenario *scenario)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree gchar *api_url = NULL;
  g_autofree gchar *storage_url = NULL;
  EmulatorOrigins origins = { 0 };
  g_autoptr (EmulatorLog) log = emulator_log_open (options->log, &local_error);
  g_autoptr (EmulatorClipMaker) clip_maker
      = log != NULL ? emulator_clip_maker_new (&local_error) : NULL;
  g_autoptr (OperationStore) store = NULL;
  g_autoptr (GeminiService) gemini = NULL;
  g_autoptr (EmulatorServer) server = NULL;

  if (clip_maker == NULL)
    {
      g_printerr ("veo3_emulator: %s\n", local_error->message);
      return EXIT_FAILURE;
    }
  store = operation_store_new (scenario, clip_maker);
  gemini = gemini_service_new (scenario, store, &origins, options->api_key);
  server = emulator_server_new (log);
  emulator_server_add_wire (server, gemini_service_get_wire (gemini));
  if (!emulator_server_listen (server, (guint16)options->port, &origins, &local_error))
    {
      g_printerr ("veo3_emulator: %s\n", local_error->message);
      return EXIT_FAILURE;
    }
  api_url = origins.api_url;
  storage_url = origins.storage_url;
  return run_until_told (options, &origins);
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
