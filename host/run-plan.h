/* SPDX-License-Identifier: MIT */
/*
 * run-plan.h: what `run` or `resume` does with a workspace: begin a run, go on with one, or leave a
 * finished one alone; and which steps it takes. Decided once, from run.json, the pipeline and the
 * options.
 *
 * Threads: main thread only. Reads; writes nothing.
 */
#pragma once

#include "host/run-setup.h"
#include "host/run-state.h"

G_BEGIN_DECLS

#define RUN_PLAN_ERROR (run_plan_error_quark ())

/** RunPlanError: why nothing is started. All mean exit code 2. */
typedef enum
{
  RUN_PLAN_ERROR_OPTION,    /* an option doesn't fit the pipeline */
  RUN_PLAN_ERROR_OTHER_RUN, /* the workspace holds a run with another id */
  RUN_PLAN_ERROR_NO_RUN,    /* `resume` without an unfinished run */
  RUN_PLAN_ERROR_INPUT,     /* a stage's command needs an input that has no value */
} RunPlanError;

/** RunRequest: what the user asked for, for one workspace. Borrowed texts. */
typedef struct
{
  const char *workspace;
  const char *file;             /* (nullable) NULL = pipeline.ini in the workspace */
  const char *run_id;           /* (nullable) */
  const char *from;             /* (nullable) */
  const char *until;            /* (nullable) */
  const char *const *overrides; /* (nullable) `--set` arguments */
  gboolean is_restart;
  gboolean must_continue; /* `resume` */
  gboolean fail_on_partial;
} RunRequest;

/** RunPlan: the decision. */
typedef struct
{
  RunState *state;    /* (owned) (nullable) NULL once the journal has taken it */
  GHashTable *inputs; /* (owned) key -> value for `@input.KEY@` */
  gboolean is_continued;
  gboolean is_finished; /* nothing to do; `state` tells of what was done */
  guint n_done;         /* steps found done */
  guint end;            /* index behind the last step to take */
} RunPlan;

/**
 * run_plan_error_quark: the error domain.
 * Thread: any. Blocks: no. Errors: none. Returns: the quark.
 */
GQuark run_plan_error_quark (void);

/**
 * run_plan_make: reads run.json and decides. Needs the workspace's lock.
 * @workspace: absolute path.
 * Thread: main. Blocks: disk. Errors: RunPlanError, RunStateError.
 * Returns: (transfer full) (nullable): NULL with @error.
 */
RunPlan *run_plan_make (const RunRequest *request,
                        const char *workspace,
                        const RunSetup *setup,
                        GError **error);

/**
 * run_plan_free: frees it.
 * @self: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void run_plan_free (RunPlan *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RunPlan, run_plan_free)

G_END_DECLS
