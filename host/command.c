/* SPDX-License-Identifier: MIT */
/*
 * command.c: see command.h: the table of commands, help, and the way from argv to one of them.
 * Main thread only. A word that is no command may be a plugin's name.
 */
#include "host/command.h"

#include <stdio.h>
#include <string.h>

#include "host/answer.h"
#include "host/nearest-name.h"
#include "host/run-set.h"
#include "host/workspace.h"

#define PROGRAM "pipeline_runner"
#define RUN_OPTIONS                                                                                \
  (OPTIONS_WORKSPACES | OPTIONS_FILE | OPTIONS_RUN | OPTIONS_FAIL_ON | OPTIONS_PLUGIN | OPTIONS_SET)
#define LOOK_OPTIONS                                                                               \
  (OPTIONS_WORKSPACE | OPTIONS_FILE | OPTIONS_PLUGIN | OPTIONS_SET | OPTIONS_JSON)

typedef struct
{
  const char *name;
  OptionsMask mask;
  ExitStatus (*execute) (const Options *options, GError **error);
  const char *summary;
  const char *details;
} Command;

static ExitStatus command_run (const Options *options, GError **error);
static ExitStatus command_resume (const Options *options, GError **error);
static ExitStatus command_version (const Options *options, GError **error);
static ExitStatus command_help (const Options *options, GError **error);

static const Command commands[] = {
  { "run", RUN_OPTIONS, command_run, "run a pipeline, or go on with an unfinished run",
    "Stages that are done are not repeated. A finished run is reported and left alone.\n"
    "Progress goes to stderr, one summary line per run to stdout." },
  { "resume", RUN_OPTIONS, command_resume, "the same, but insist that there is a run to continue",
    "Exits with 2 where there is no unfinished run." },
  { "status", LOOK_OPTIONS | OPTIONS_WATCH, command_status,
    "show how the run of a workspace stands", "Reads files only; works while a run goes on." },
  { "validate", LOOK_OPTIONS, command_validate, "check the pipeline file and its plugins' settings",
    "Prints every finding; exits with 2 if one of them is an error. Starts nothing." },
  { "doctor", LOOK_OPTIONS | OPTIONS_ONLINE, command_doctor,
    "look whether this machine and the pipeline's plugins are ready",
    "Exits with 0 if nothing is a problem, with 2 if the pipeline, the workspace or the machine\n"
    "has one, with 3 if credentials or a model have. Keys are never shown. Changes nothing.\n"
    "--online asks each service for its model, which is free, and compares its clock." },
  { "plugins", OPTIONS_PLUGIN | OPTIONS_JSON, command_plugins, "list the plugins that can be found",
    "Looks into the folders of PIPELINE_PLUGIN_PATH and the installed plugin folder." },
  { "version", OPTIONS_JSON, command_version, "show the version", NULL },
  { "help", OPTIONS_ARGUMENTS | OPTIONS_PLUGIN, command_help,
    "explain a command: help [COMMAND|PLUGIN]", NULL },
};

static const Command *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static ExitStatus
command_run (const Options *options, GError **error)
{
  (void)error;
  return run_set_execute (options, FALSE);
}

static ExitStatus
command_resume (const Options *options, GError **error)
{
  (void)error;
  return run_set_execute (options, TRUE);
}

static ExitStatus
command_version (const Options *options, GError **error)
{
  g_autoptr (AnswerJson) document = NULL;
  g_autofree char *abi
      = g_strdup_printf ("%u.%u", PIPELINE_STAGE_ABI_MAJOR, PIPELINE_STAGE_ABI_MINOR);

  (void)error;
  if (!options->is_json)
    {
      printf (PROGRAM " " PIPELINE_RUNNER_VERSION " (plugin ABI %s)\n", abi);
      return EXIT_STATUS_DONE;
    }
  document = json_object_new_object ();
  answer_add_text (document, "version", PIPELINE_RUNNER_VERSION);
  answer_add_text (document, "plugin_abi", abi);
  answer_print_json (document);
  return EXIT_STATUS_DONE;
}

static void
print_overview (FILE *out)
{
  fprintf (out, "usage: " PROGRAM " COMMAND [OPTION]...\n\ncommands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  %-9s %s\n", commands[i].name, commands[i].summary);
  fprintf (
      out,
      "  %-9s commands of a plugin: " PROGRAM " NAME help\n\n"
      "exit codes: 0 done, 1 a stage or command failed, 2 bad usage or input, 3 access denied,\n"
      "4 remote work not finished, 5 a paid request is uncertain, 6 over budget,\n"
      "7 items missing with --fail-on=partial, 75 workspace busy, 130/143 signal\n\n"
      "`" PROGRAM " help COMMAND` tells more.\n",
      "NAME");
}

static void
print_help (const Command *command)
{
  g_autofree char *described = options_describe (command->mask);

  printf ("usage: " PROGRAM " %s [OPTION]...\n%s\n", command->name, command->summary);
  if (command->details != NULL)
    printf ("\n%s\n", command->details);
  if (described[0] != '\0')
    printf ("\noptions:\n%s", described);
}

static GError *
unknown_command (const char *name)
{
  g_autoptr (GPtrArray) known = g_ptr_array_new ();
  g_auto (GStrv) plugins = command_plugin_names ();
  g_autofree char *hint = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_ptr_array_add (known, (gpointer)commands[i].name);
  for (gsize i = 0; plugins[i] != NULL; i++)
    g_ptr_array_add (known, plugins[i]);
  g_ptr_array_add (known, NULL);
  hint = nearest_name_hint (name, (const char *const *)known->pdata);
  return g_error_new (OPTIONS_ERROR, OPTIONS_ERROR_USAGE,
                      "unknown command %s%s; see `" PROGRAM " help`", name, hint);
}

static ExitStatus
help_of_plugin (const char *name, const Options *options, GError **error)
{
  char help[] = "help";
  char *arguments[] = { help, NULL };
  Options asked = *options;

  asked.arguments = arguments;
  return command_plugin (name, &asked, error);
}

static ExitStatus
command_help (const Options *options, GError **error)
{
  const Command *command = NULL;

  if (options->arguments[0] == NULL)
    {
      print_overview (stdout);
      return EXIT_STATUS_DONE;
    }
  command = find_command (options->arguments[0]);
  if (command == NULL && command_is_plugin (options, options->arguments[0]))
    return help_of_plugin (options->arguments[0], options, error);
  if (command == NULL)
    {
      g_propagate_error (error, unknown_command (options->arguments[0]));
      return EXIT_STATUS_USAGE;
    }
  print_help (command);
  return EXIT_STATUS_DONE;
}

static int
fail (const GError *error, gboolean is_json)
{
  int code = g_error_matches (error, HOST_WORKSPACE_ERROR, HOST_WORKSPACE_ERROR_LOCKED)
                 ? EXIT_STATUS_LOCKED
                 : EXIT_STATUS_USAGE;

  answer_print_error (code, error->message, is_json);
  return code;
}

static int
execute (const Command *command, const char *const *argv)
{
  gboolean is_json = (command->mask & OPTIONS_JSON) != 0 && options_wants_json (argv);
  g_autoptr (GError) error = NULL;
  g_autoptr (Options) options = NULL;
  ExitStatus status = EXIT_STATUS_DONE;

  if (g_strv_contains (argv, "--help") || g_strv_contains (argv, "-h"))
    {
      print_help (command);
      return EXIT_STATUS_DONE;
    }
  options = options_parse (argv, command->mask, &error);
  if (options == NULL)
    return fail (error, is_json);
  status = command->execute (options, &error);
  return error != NULL ? fail (error, is_json) : (int)status;
}

static int
execute_plugin (const char *name, const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Options) options = options_parse (argv, COMMAND_PLUGIN_OPTIONS, &error);
  gboolean is_json = options_wants_json (argv);
  ExitStatus status = EXIT_STATUS_DONE;

  if (options == NULL)
    return fail (error, is_json);
  if (!command_is_plugin (options, name))
    {
      g_autoptr (GError) unknown = unknown_command (name);

      return fail (unknown, is_json);
    }
  status = command_plugin (name, options, &error);
  return error != NULL ? fail (error, is_json) : (int)status;
}

int
command_main (const char *const *argv)
{
  const char *name = argv[0] != NULL ? argv[1] : NULL;
  const Command *command = NULL;

  if (name == NULL)
    {
      print_overview (stderr);
      return EXIT_STATUS_USAGE;
    }
  if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0)
    name = "help";
  if (strcmp (name, "--version") == 0)
    name = "version";
  command = find_command (name);
  return command != NULL ? execute (command, argv + 2) : execute_plugin (name, argv + 2);
}
