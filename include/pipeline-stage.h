/* SPDX-License-Identifier: MIT */
/*
 * pipeline-stage.h: the plugin ABI of pipeline_runner, and the only header that host and plugins
 * share.
 *
 * A plugin is a shared object `lib<NAME>_stage.so` that exports one function,
 * pipeline_stage_plugin_query(), which returns a constant descriptor. The host reads the
 * descriptor, and may refuse it, before any other code of the plugin runs. A hook that is NULL is
 * "not provided".
 *
 * Growth: fields are only ever appended. `struct_size` tells how much of a struct its maker knows;
 * a field beyond it counts as NULL. A new field raises the minor version, any other change the
 * major one.
 *
 * Threads: the host calls every hook on its main thread. A plugin may call the host services from
 * any thread. Asynchronous hooks complete exactly once, on the thread-default main context of the
 * call (the host's main context), and never before the call has returned.
 *
 * Life of a plugin in a process:
 *   query -> start -> { per run: check -> after_stage* -> run_stage? -> end_run } -> stop
 *   query -> start -> check -> command_async -> stop
 *   query -> check -> diagnose_async, or, to look online: query -> start -> diagnose_async -> stop
 * Several runs may be alive at once; `run` in the context tells them apart. describe() may be
 * called without start(). A command has the process to itself, and no end_run: its own end is one.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PIPELINE_STAGE_ABI_MAJOR 1u
#define PIPELINE_STAGE_ABI_MINOR 2u
#define PIPELINE_STAGE_QUERY_SYMBOL "pipeline_stage_plugin_query"

/* Exported symbol of a plugin; everything else in it is hidden. */
#define PIPELINE_STAGE_EXPORT __attribute__ ((visibility ("default")))

/** PipelineLogLevel: a warning that does not end anything ends in ", continuing". */
typedef enum
{
  PIPELINE_LOG_DEBUG,
  PIPELINE_LOG_INFO,
  PIPELINE_LOG_WARNING,
  PIPELINE_LOG_ERROR,
} PipelineLogLevel;

/** PipelineProgressState: what a progress line means to a person who watches. */
typedef enum
{
  PIPELINE_PROGRESS_WAITING,
  PIPELINE_PROGRESS_ACTIVE,
  PIPELINE_PROGRESS_DONE,
  PIPELINE_PROGRESS_FAILED,
  PIPELINE_PROGRESS_ATTENTION, /* needs a person's word before it goes on */
} PipelineProgressState;

/**
 * PipelineProgress: the news about one item (a clip, say) of a run.
 * One line of the display per item, one line of events.jsonl per call.
 */
typedef struct
{
  gsize struct_size;
  const char *item;            /* (not nullable) unique within the run, e.g. the clip's variant */
  PipelineProgressState state; /* how to show it */
  const char *status;          /* (not nullable) the plugin's own word, e.g. "generating" */
  const char *detail;          /* (nullable) one short line */
} PipelineProgress;

/**
 * PipelineHostServices: what the host does for a plugin. Valid from start() until stop() returns.
 * Thread: every function may be called from any thread; none blocks; arguments are copied.
 */
typedef struct
{
  gsize struct_size;
  gpointer host; /* (borrowed) first argument of each service */

  /* Shows a message and appends it to the run's events. `run` 0 = about no run in particular. */
  void (*log) (gpointer host, guint64 run, PipelineLogLevel level, const char *message);

  /* Shows and records the state of one item. Unknown runs are ignored. */
  void (*progress) (gpointer host, guint64 run, const PipelineProgress *progress);
} PipelineHostServices;

/** PipelineSettingType: syntax of a setting; the host checks it before the plugin sees the text. */
typedef enum
{
  PIPELINE_SETTING_STRING,
  PIPELINE_SETTING_INTEGER,  /* decimal, 64 bit */
  PIPELINE_SETTING_NUMBER,   /* decimal fraction, C locale */
  PIPELINE_SETTING_BOOLEAN,  /* true or false */
  PIPELINE_SETTING_DURATION, /* 250ms 30s 5min 2h; in the environment also bare seconds */
  PIPELINE_SETTING_CHOICE,   /* one of `choices` */
  PIPELINE_SETTING_PATH,     /* a file; relative to the pipeline file's folder */
  PIPELINE_SETTING_SECRET, /* only from the environment; never shown; hidden from stage commands */
} PipelineSettingType;

/**
 * PipelineSettingSpec: one key of the plugin's `[plugin NAME]` group.
 * The host resolves it (command line, environment, pipeline file, default, strongest first),
 * checks it and reports unknown keys with the nearest known one.
 */
typedef struct
{
  const char *key;          /* (not nullable) lower case, words joined by '-' */
  PipelineSettingType type; /* syntax */
  const char *environment; /* (nullable) variable that may set it; an empty one counts as not set */
  const char *fallback;    /* (nullable) text when nothing sets it; NULL = left out */
  const char *minimum;     /* (nullable) in the type's own syntax: INTEGER, NUMBER, DURATION */
  const char *maximum;     /* (nullable) likewise */
  const char *choices;     /* (nullable) ';'-separated, for CHOICE */
  const char *summary;     /* (not nullable) one line for people */
} PipelineSettingSpec;

/** PipelineSetting: a resolved, checked setting. Durations are normalised to whole "<n>ms". */
typedef struct
{
  const char *key;
  const char *value;
  const char *origin; /* for messages: "pipeline.ini:31", "environment VEO3_MODEL", "default" */
} PipelineSetting;

/** PipelineStageContext: the run a hook is called for. Valid during the call only: copy it. */
typedef struct
{
  gsize struct_size;
  guint64 run;           /* handle for the host services; unique in the process, never 0 */
  const char *run_id;    /* (not nullable) */
  const char *workspace; /* (not nullable) absolute path */
  const char *stage;     /* (nullable) the stage the hook is about */
  gboolean replayed;     /* after_stage: the stage was done by an earlier process */
  const PipelineSetting *settings; /* (array length=n_settings) */
  gsize n_settings;
  /* (nullable) NULL-terminated (since 1.2) the subcommand that is to follow, as command_async gets
   * it; NULL = a run. One that starts nothing new should not fail for what only a run needs. */
  const char *const *command;
} PipelineStageContext;

/**
 * PipelineOutcome: what is left over when a run ends, beyond its stages' success.
 * The host turns the bits into its exit code; see pipeline_runner(1).
 */
typedef enum /*< flags >*/
{
  PIPELINE_OUTCOME_COMPLETE = 0,
  PIPELINE_OUTCOME_PARTIAL = 1 << 0,    /* some items are missing for good */
  PIPELINE_OUTCOME_UNFINISHED = 1 << 1, /* remote work goes on; collecting later is free */
  PIPELINE_OUTCOME_DENIED = 1 << 2,     /* credentials, quota of the day, model gone */
  PIPELINE_OUTCOME_BUDGET = 1 << 3,     /* refused by the user's own cost limit */
  PIPELINE_OUTCOME_UNCERTAIN = 1 << 4,  /* money may have been spent; needs a person's word */
} PipelineOutcome;

/** PipelineCommand: a subcommand, and how it is told to end while it is under way. (since 1.1) */
typedef struct
{
  gsize struct_size;
  const char *const *argv;   /* NULL-terminated, starts with the subcommand; during the call only */
  GCancellable *cancellable; /* (not nullable) end soon and cleanly */
  GCancellable *hurry;       /* (not nullable) end now */
} PipelineCommand;

/** PipelineDiagnosis: how far a plugin is to look. (since 1.2) */
typedef struct
{
  gsize struct_size;
  gboolean is_online;        /* may ask its services, in ways that never cost anything */
  GCancellable *cancellable; /* (not nullable) end soon: nobody waits any longer */
} PipelineDiagnosis;

/** PipelineFindingLevel: how much a finding weighs. (since 1.2) */
typedef enum
{
  PIPELINE_FINDING_OK,
  PIPELINE_FINDING_WARNING, /* a run works, but not as well as it could */
  PIPELINE_FINDING_PROBLEM, /* a run will not do what it is for */
} PipelineFindingLevel;

/** PipelineFinding: what a plugin has looked at, and what it saw. No secrets. (since 1.2) */
typedef struct
{
  gsize struct_size;
  PipelineFindingLevel level;
  PipelineOutcome outcome; /* of a run with this problem, DENIED for example; else COMPLETE */
  const char *subject;     /* (not nullable) what was looked at, in a word or two */
  const char *text;        /* (not nullable) what was seen, one line */
  const char *advice;      /* (nullable) what to do, one line; not NULL unless the level is OK */
} PipelineFinding;

/** PipelineFindingFunc: takes a finding, which is copied. (since 1.2) */
typedef void (*PipelineFindingFunc) (const PipelineFinding *finding, gpointer user_data);

/** PipelineStagePlugin: the descriptor. Constant data; see the top of this file for the rules. */
typedef struct
{
  guint32 abi_major; /* PIPELINE_STAGE_ABI_MAJOR */
  guint32 abi_minor; /* PIPELINE_STAGE_ABI_MINOR */
  gsize struct_size; /* sizeof (PipelineStagePlugin) */

  const char *name;    /* (not nullable) e.g. "veo3" */
  const char *version; /* (not nullable) */
  const char *summary; /* (nullable) one line for `pipeline_runner plugins` */

  /* (nullable) stage whose end calls after_stage, unless `after=` says otherwise; NULL: `after=`
   * must be given */
  const char *default_after;
  /* (nullable) usual name of the stage this plugin runs, e.g. "VEO3_AWAIT" */
  const char *stage_name;
  const PipelineSettingSpec *settings; /* (array length=n_settings) (nullable) */
  gsize n_settings;

  /* Starts what the plugin needs for the process. Returns FALSE with @error: the plugin is not
   * used. */
  gboolean (*start) (const PipelineHostServices *services, gpointer *ret_plugin, GError **error);

  /* Ends it. Blocks until no thread of the plugin is left (bounded, after end_run of every run: at
   * once). Called exactly once per successful start, before the process exits, on every path. */
  void (*stop) (gpointer plugin);

  /* Looks whether the run can work: settings that belong together, state files. Reads only; may be
   * called without start (then @plugin is NULL). FALSE with @error: the run does not start and the
   * host exits with 2. */
  gboolean (*check) (gpointer plugin, const PipelineStageContext *context, GError **error);

  /* The stage named by `after=` has ended well. Must not block (1 ms). When a later process goes
   * on with the run it is called again, with `replayed` set. */
  gboolean (*after_stage) (gpointer plugin, const PipelineStageContext *context, GError **error);

  /* Runs a stage of the pipeline (`[stage X] plugin=NAME`). Cancelling ends it soon with
   * G_IO_ERROR_CANCELLED. If no stage of the pipeline uses it, the host runs it after the last. */
  void (*run_stage_async) (gpointer plugin,
                           const PipelineStageContext *context,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
  gboolean (*run_stage_finish) (gpointer plugin, GAsyncResult *result, GError **error);

  /* The run ends, for whatever reason: start nothing new for it, finish what must not be cut (a
   * paid request whose answer is due), save, and let go of the workspace. Cancelling @hurry means
   * "now": nothing is waited for. Called once per run for which check succeeded, also for one that
   * was done before this process began: then the outcome is all that is asked for. */
  void (*end_run_async) (gpointer plugin,
                         const PipelineStageContext *context,
                         GCancellable *hurry,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  gboolean (*end_run_finish) (gpointer plugin,
                              GAsyncResult *result,
                              PipelineOutcome *ret_outcome,
                              GError **error);

  /* What `status` shows of the run: one JSON object in text form, read from the workspace's files.
   * "{}" = nothing to tell. Its optional member "summary" (array of strings) is shown to people.
   * Returns: (transfer full): g_free it; NULL with @error. */
  char *(*describe) (const PipelineStageContext *context, GError **error);

  /* `pipeline_runner NAME ARGUMENT…`. @argv is NULL-terminated and starts with the subcommand.
   * Prints its answer on stdout. Returns the exit code. For commands that are done at once; not
   * called when command_async is provided. */
  int (*command) (gpointer plugin, const PipelineStageContext *context, const char *const *argv);

  /* ---- since 1.1 ---- */

  /* The same for commands that take their time. The host holds the workspace's lock, calls check
   * first, with the context's `command` set (what it refuses is refused with exit 2, and the
   * command isn't called), shows what the plugin reports through the services, and records it if
   * the workspace has a run; after stop it prints what describe() says. A command that is part of
   * the context's run ends like one: what is left over is the outcome, which the host turns into
   * its exit code. Cancelling `cancellable` (the first signal): start nothing new, finish what must
   * not be cut, save, and complete, with G_IO_ERROR_CANCELLED or an outcome, as you like.
   * Cancelling `hurry` (the second): at once; who hasn't completed after 60 ms is stopped, and
   * after 120 ms the process ends. Unknown subcommands are the plugin's to refuse.
   * G_IO_ERROR_INVALID_ARGUMENT = the command line or the workspace does not fit: exit 2;
   * G_IO_ERROR_PERMISSION_DENIED = the service denied access: exit 3; any other error: exit 1. */
  void (*command_async) (gpointer plugin,
                         const PipelineStageContext *context,
                         const PipelineCommand *command,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  gboolean (*command_finish) (gpointer plugin,
                              GAsyncResult *result,
                              PipelineOutcome *ret_outcome,
                              GError **error);

  /* (nullable) what the subcommands are, for `pipeline_runner NAME help` and `NAME … --help`:
   * lines of text, printed without start and lock, between a usage line and the host's options.
   * Begin one with "pipeline_runner NAME SUBCOMMAND" for each: completion offers them. */
  const char *command_help;

  /* ---- since 1.2 ---- */

  /* Looks whether a run would do what it is for: what `pipeline_runner doctor` shows of the plugin,
   * and what is not fine of it `validate` as well. The context's workspace need not be one yet.
   * Reads only, and sends nothing unless it is to look online. Online the plugin is started; else
   * it need not be (@plugin is NULL then), and the answer must not take longer than files do. Who
   * has not answered after 60 s is cancelled. */
  void (*diagnose_async) (gpointer plugin,
                          const PipelineStageContext *context,
                          const PipelineDiagnosis *diagnosis,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
  /* Calls @found for each finding, before it returns. FALSE with @error: it could not look. */
  gboolean (*diagnose_finish) (gpointer plugin,
                               GAsyncResult *result,
                               PipelineFindingFunc found,
                               gpointer user_data,
                               GError **error);
} PipelineStagePlugin;

/**
 * pipeline_stage_plugin_query: the one exported function of a plugin.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none): the descriptor, valid as long as the process lives.
 */
PIPELINE_STAGE_EXPORT const PipelineStagePlugin *pipeline_stage_plugin_query (void);

/** PipelineStagePluginQuery: type of that function, for loaders. */
typedef const PipelineStagePlugin *(*PipelineStagePluginQuery) (void);

G_END_DECLS
