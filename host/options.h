/* SPDX-License-Identifier: MIT */
/*
 * options.h: the command line of pipeline_runner: one table of options, each known to some
 * commands; parsing, and the help text made from the same table.
 *
 * Threads: main thread only. Reads no files.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define OPTIONS_ERROR (options_error_quark ())

/** OptionsError: all mean exit code 2. */
typedef enum
{
  OPTIONS_ERROR_USAGE,
} OptionsError;

/** OptionsMask: which options a command takes. */
typedef enum /*< flags >*/
{
  OPTIONS_WORKSPACES = 1 << 0, /* -w DIR, any number */
  OPTIONS_WORKSPACE = 1 << 1,  /* -w DIR, once */
  OPTIONS_FILE = 1 << 2,
  OPTIONS_RUN = 1 << 3, /* --run-id --from --until -j --restart */
  OPTIONS_PLUGIN = 1 << 4,
  OPTIONS_SET = 1 << 5,
  OPTIONS_JSON = 1 << 6,
  OPTIONS_WATCH = 1 << 7,
  OPTIONS_ARGUMENTS = 1 << 8, /* what is no option is kept in `arguments`; else it is an error */
  OPTIONS_PASS_ON = 1 << 9,   /* unknown options are kept in `arguments`, too */
  OPTIONS_FAIL_ON = 1 << 10,
  OPTIONS_ONLINE = 1 << 11,
} OptionsMask;

/** Options: what was given. */
typedef struct
{
  char **workspaces; /* (owned) never empty: "." if none was given */
  char *file;        /* (owned) (nullable) */
  char *run_id;      /* (owned) (nullable) */
  char *from;        /* (owned) (nullable) */
  char *until;       /* (owned) (nullable) */
  char **plugins;    /* (owned) NAME=PATH */
  char **overrides;  /* (owned) GROUP.KEY=VALUE */
  char **arguments;  /* (owned) */
  guint jobs;        /* number of processors if not given */
  gboolean is_restart;
  gboolean fail_on_partial;
  gboolean is_json;
  gboolean is_watch;
  gboolean is_online;
} Options;

/**
 * options_error_quark: the error domain.
 * Thread: any. Blocks: no. Errors: none. Returns: the quark.
 */
GQuark options_error_quark (void);

/**
 * options_parse: reads what follows the command's name. `--option VALUE` and `--option=VALUE`,
 * `-w DIR` and `-wDIR`; "--" ends the options.
 * @argv: NULL-terminated, without program and command.
 * @mask: what the command takes.
 * Thread: main. Blocks: no. Errors: OPTIONS_ERROR_USAGE, with the nearest known option.
 * Returns: (transfer full) (nullable): NULL with @error.
 */
Options *options_parse (const char *const *argv, OptionsMask mask, GError **error);

/**
 * options_free: frees it.
 * @self: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void options_free (Options *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Options, options_free)

/**
 * options_wants_json: whether `--json` is among the arguments, even if others are wrong: an error
 * about the others must be JSON then.
 * @argv: NULL-terminated.
 * Thread: main. Blocks: no. Errors: none. Returns: TRUE if it is.
 */
gboolean options_wants_json (const char *const *argv);

/**
 * options_describe: the help lines of the options in @mask.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer full).
 */
char *options_describe (OptionsMask mask);

G_END_DECLS
