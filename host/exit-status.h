/* SPDX-License-Identifier: MIT */
/*
 * exit-status.h: the exit codes of pipeline_runner and which one wins. Pure functions.
 */
#pragma once

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

/** ExitStatus: see pipeline_runner(1). */
typedef enum
{
  EXIT_STATUS_DONE = 0,
  EXIT_STATUS_STAGE_FAILED = 1,
  EXIT_STATUS_USAGE = 2,      /* usage, definition or input; nothing was sent */
  EXIT_STATUS_DENIED = 3,     /* credentials, quota of the day, model gone */
  EXIT_STATUS_UNFINISHED = 4, /* remote work goes on, collecting later is free */
  EXIT_STATUS_UNCERTAIN = 5,  /* a paid submit is uncertain */
  EXIT_STATUS_BUDGET = 6,     /* refused by the user's own limit */
  EXIT_STATUS_PARTIAL = 7,    /* items missing, with --fail-on=partial */
  EXIT_STATUS_LOCKED = 75,    /* another process works on the workspace */
  EXIT_STATUS_SIGINT = 130,   /* stopped by SIGINT, state saved */
  EXIT_STATUS_SIGTERM = 143,  /* stopped by SIGTERM, state saved */
} ExitStatus;

/** ExitStatusFacts: what is known of a run that has ended. */
typedef struct
{
  gboolean stage_failed;
  PipelineOutcome outcome; /* of all its plugins, or'ed */
  gboolean fail_on_partial;
  int signal_number; /* that stopped it; 0 = none */
} ExitStatusFacts;

/**
 * exit_status_of_run: the code of one run. A signal is told before all else, for it is why the run
 * ended; then 5 > 1 > 6 > 3 > 4 > 7.
 * Thread: any. Blocks: no. Errors: none. Returns: the code.
 */
ExitStatus exit_status_of_run (const ExitStatusFacts *facts);

/**
 * exit_status_of_command_error: the code of a plugin's command that has failed: USAGE for
 * G_IO_ERROR_INVALID_ARGUMENT, DENIED for G_IO_ERROR_PERMISSION_DENIED, and STAGE_FAILED for all
 * others, for what such a command has left behind is unknown.
 * Thread: any. Blocks: no. Errors: none. Returns: the code.
 */
ExitStatus exit_status_of_command_error (const GError *error);

/**
 * exit_status_strongest: the code of a process with several runs:
 * 130/143 > 5 > 1 > 2 > 75 > 6 > 3 > 4 > 7 > 0. Broken input (2) and a busy workspace (75) come
 * after money and failure, but before what a later run may still collect.
 * Thread: any. Blocks: no. Errors: none. Returns: @a or @b.
 */
ExitStatus exit_status_strongest (ExitStatus a, ExitStatus b);

/**
 * exit_status_meaning: a few words for people.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none).
 */
const char *exit_status_meaning (ExitStatus status);

G_END_DECLS
