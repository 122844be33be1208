/* SPDX-License-Identifier: MIT */
/*
 * Veo3Planner: what to do next. A function of the run, of the pacer that it shares with the other
 * runs of its account, and of the time, and of nothing else.
 *
 *     wake_ms = veo3_planner_next (run, now, actions);
 *     carry out actions;
 *     sleep until wake_ms, or until an answer has been recorded
 */
#pragma once

#include "plugin/domain/veo3-run.h"

G_BEGIN_DECLS

/** Veo3ActionKind: what the shell is asked to do. Every action but CANCEL ends in the recorder. */
typedef enum
{
  VEO3_ACTION_SAVE,     /* write jobs.json; then veo3_recorder_saved() */
  VEO3_ACTION_SUBMIT,   /* send the paid request; then veo3_recorder_submit() */
  VEO3_ACTION_POLL,     /* look at the operation; then veo3_recorder_poll() */
  VEO3_ACTION_DOWNLOAD, /* fetch the clip; then veo3_recorder_download() */
  VEO3_ACTION_CANCEL,   /* abort the job's call, which then answers as ever */
  VEO3_ACTION_STOP,     /* ask the service to stop it; then veo3_recorder_stop() */
} Veo3ActionKind;

/** Veo3Action: borrows its job, which lives as long as the run. */
typedef struct
{
  Veo3ActionKind kind;
  Veo3Job *job; /* (nullable) (borrowed) NULL for SAVE */
} Veo3Action;

/**
 * veo3_planner_next: decides what is to be done now, and notes that it has been begun.
 *
 * The paid request is planned in two steps: a pending job becomes `submitting`, and SUBMIT comes
 * only once a save that holds this has been recorded as durable. One pass over the jobs.
 * @ret_actions: (element-type Veo3Action): appended to, in the order in which to carry them out
 * Thread: the run's. Blocks: no. Errors: none.
 * Returns: when to ask again if nothing else happens: boot time in milliseconds, G_MAXINT64 = only
 *     an answer can change something
 */
gint64 veo3_planner_next (Veo3Run *run, Veo3Now now, GArray *ret_actions);

G_END_DECLS
