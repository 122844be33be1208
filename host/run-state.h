/* SPDX-License-Identifier: MIT */
/*
 * RunState: what run.json says: which run this is and how far its stages are. A plain struct, a
 * codec, load and save (atomic and durable). Whoever changes it saves it; nothing here decides.
 * Main thread.
 */
#pragma once

#include <glib.h>

struct json_object;

G_BEGIN_DECLS

#define RUN_STATE_ERROR (run_state_error_quark ())
#define RUN_STATE_FILE_NAME "run.json"
#define RUN_STATE_SCHEMA_VERSION 1
#define RUN_STATE_MAX_BYTES (1024 * 1024)
#define RUN_STATE_MAX_DEPTH 32
#define RUN_STATE_NO_EXIT_CODE (-1) /* not ended, or ended by a signal */

typedef enum
{
  RUN_STATE_ERROR_ABSENT,  /* there is no run.json: a new workspace */
  RUN_STATE_ERROR_IO,      /* it may exist but cannot be read or written: never "absent" */
  RUN_STATE_ERROR_CORRUPT, /* it is no run state; it is left as it is */
  RUN_STATE_ERROR_NEWER,   /* written by a later version */
} RunStateError;

/** RunStatus: the run as a whole. */
typedef enum
{
  RUN_STATUS_RUNNING, /* also found after a crash */
  RUN_STATUS_DONE,
  RUN_STATUS_FAILED,
  RUN_STATUS_STOPPED, /* by a signal; `run` goes on with it */
} RunStatus;

/** RunStageStatus: one stage. */
typedef enum
{
  RUN_STAGE_PENDING,
  RUN_STAGE_RUNNING,
  RUN_STAGE_DONE,
  RUN_STAGE_FAILED,
} RunStageStatus;

/** RunStage: one element of `stages`. The owner of the RunState writes the fields. */
typedef struct
{
  char *name; /* (owned) */
  RunStageStatus status;
  guint attempts;            /* started so far, over all processes */
  int exit_code;             /* of the last attempt; RUN_STATE_NO_EXIT_CODE = none */
  char *started_at;          /* (owned) (nullable) UTC, last attempt */
  char *ended_at;            /* (owned) (nullable) UTC */
  gint64 duration_ms;        /* of the last attempt; 0 = not ended */
  char *error;               /* (owned) (nullable) why it failed, for people */
  struct json_object *extra; /* (owned) (nullable) members of later versions; kept */
} RunStage;

/** RunState: the whole file. */
typedef struct
{
  char *run_id;   /* (owned) */
  char *pipeline; /* (owned) */
  gint64 pid;     /* last process that worked on it */
  RunStatus status;
  char *created_at;          /* (owned) UTC */
  char *updated_at;          /* (owned) UTC; set by run_state_save() */
  GHashTable *inputs;        /* (owned) key -> value, so that going on needs no `--set` again */
  GPtrArray *stages;         /* (owned) RunStage */
  struct json_object *extra; /* (owned) (nullable) members of later versions; kept */
} RunState;

/**
 * run_state_error_quark: the domain of RunStateError.
 * Thread: any. Blocks: no. Errors: none. Returns: the quark.
 */
GQuark run_state_error_quark (void);

/**
 * run_state_new: a run that has not started: all stages pending, no inputs, our pid.
 * @stage_names: (array zero-terminated=1).
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer full).
 */
RunState *run_state_new (const char *run_id, const char *pipeline, const char *const *stage_names);

/**
 * run_state_continue: makes a loaded state the state of this process: our pid, status running;
 * stages found running or failed become pending again with their attempts kept; the stage list
 * becomes @stage_names, matched by name (new ones pending, vanished ones dropped).
 * @stage_names: (array zero-terminated=1).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void run_state_continue (RunState *self, const char *const *stage_names);

/**
 * run_state_reset_stages: all stages pending, nothing attempted: for `--restart`.
 * @first: stage from which on, index in `stages`.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void run_state_reset_stages (RunState *self, guint first);

/**
 * run_state_stage: finds a stage.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer none) (nullable).
 */
RunStage *run_state_stage (const RunState *self, const char *name);

/**
 * run_state_from_json: decodes a run.json.
 * @data: (array length=length).
 * Thread: any. Blocks: no. Errors: RUN_STATE_ERROR_CORRUPT, RUN_STATE_ERROR_NEWER.
 * Returns: (transfer full) (nullable): as written, `running` included; NULL with @error.
 */
RunState *run_state_from_json (const char *data, gsize length, GError **error);

/**
 * run_state_to_json: encodes it. Text that is not UTF-8 is mended.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full): ends in a newline.
 */
char *run_state_to_json (const RunState *self);

/**
 * run_state_load: reads a workspace's run.json; takes no lock (a reader sees a whole file always).
 * @workspace: absolute path.
 * Thread: main. Blocks: disk.
 * Errors: RUN_STATE_ERROR_*; ABSENT only when the file does not exist. CORRUPT says that the file
 * was left alone and what to do with it.
 * Returns: (transfer full) (nullable): as written; NULL with @error.
 */
RunState *run_state_load (const char *workspace, GError **error);

/**
 * run_state_save: sets `updated_at` and writes run.json, atomically and durably. Needs the lock.
 * @workspace: absolute path.
 * Thread: main. Blocks: disk (fsync). Errors: RUN_STATE_ERROR_IO.
 * Returns: FALSE with @error.
 */
gboolean
run_state_save (RunState *self, const char *workspace, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * run_status_to_string: the word in run.json and for people: "running", "done", "failed",
 * "stopped".
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none).
 */
const char *run_status_to_string (RunStatus status);

/**
 * run_stage_status_to_string: "pending", "running", "done", "failed".
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none).
 */
const char *run_stage_status_to_string (RunStageStatus status);

/**
 * run_state_free: frees it.
 * @self: (transfer full) (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void run_state_free (RunState *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RunState, run_state_free)

G_END_DECLS
