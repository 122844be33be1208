/* SPDX-License-Identifier: MIT */
/*
 * SimBugs: mistakes that somebody could make around the pure core, planted in the simulation's own
 * shell. Each has to be found, or the simulation proves less than it seems to.
 */
#pragma once

#include "tests/sim/sim-disk.h"
#include "tests/sim/sim-wire.h"

G_BEGIN_DECLS

/** SimBug: one at a time. Where each is planted: sim_bugs_*() here, or sim-process.c. */
typedef enum
{
  SIM_BUG_NONE,
  SIM_BUG_NO_WRITE_AHEAD,
  SIM_BUG_FILE_NOT_FSYNCED,
  SIM_BUG_FOLDER_NOT_FSYNCED,
  SIM_BUG_WRITTEN_IN_PLACE,
  SIM_BUG_FAILED_SAVE_IS_DURABLE,
  SIM_BUG_START_TRUSTS_THE_CACHE,
  SIM_BUG_READ_ERROR_IS_ABSENT,
  SIM_BUG_DAMAGED_IS_EMPTY,
  SIM_BUG_RETRY_ON_500,
  SIM_BUG_RETRY_ON_DEAD_CONNECTION,
  SIM_BUG_RETRY_ON_CUT_ANSWER,
  SIM_BUG_CANCELLED_IS_NOT_SENT,
  SIM_BUG_POLL_FAILURE_FAILS_JOB,
  SIM_BUG_ONE_404_IS_LOST,
  SIM_BUG_DEADLINE_DROPS_OPERATION,
  SIM_BUG_EXPIRES_BY_THE_CLOCK,
  SIM_BUG_STALE_IS_RESUBMITTED,
  SIM_BUG_OLD_PROMPT_IS_SENT,
  SIM_BUG_CLIP_IS_NOT_LOOKED_FOR,
  SIM_BUG_SUBMITTING_IS_RESENT,
  SIM_BUG_UNCERTAIN_IS_RESENT,
  SIM_BUG_POLLS_BEFORE_SAVED,
  SIM_BUG_SUBMITS_AFTER_END,
  SIM_BUG_COLLECT_GOES_ON_WITH_ALL,
  SIM_BUG_REGENERATE_FORGETS_OPERATION,
  SIM_BUG_ORDER_IS_REPEATED,
  SIM_BUG_OVERSLEEPS,
  SIM_BUG_NOT_PACED,
} SimBug;
#define SIM_N_BUGS (SIM_BUG_NOT_PACED + 1)

/** SimPlan: which schedule is to be lived through, and how. */
typedef struct
{
  guint64 seed;
  SimBug bug;
  gboolean is_loud;        /* print the trace */
  gboolean is_about_money; /* judge by the service's books alone: who paid twice? */
} SimPlan;

/**
 * sim_bugs_get_name: for the command line and test paths.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *sim_bugs_get_name (SimBug bug);

/**
 * sim_bugs_find: the inverse.
 * @ret_bug: (out): untouched when FALSE
 * Thread: any. Blocks: no. Errors: none. Returns: FALSE for a name that is none
 */
gboolean sim_bugs_find (const char *name, SimBug *ret_bug);

/** sim_bugs_plant: those of the disk. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_bugs_plant (SimBug bug, SimDisk *disk);

/**
 * sim_bugs_see_submit: those of reading an answer: what the port takes the wire for.
 * Thread: any. Blocks: no. Errors: none. Returns: @wire itself without a bug
 */
SimWire sim_bugs_see_submit (SimBug bug, SimWire wire);

/** sim_bugs_see_poll: likewise of a poll. Thread: any. Blocks: no. Errors: none.
 * Returns: @wire itself without a bug */
SimWire sim_bugs_see_poll (SimBug bug, SimWire wire);

/**
 * sim_bugs_reset_loaded: those of a start: does it take a job it has read for one never sent?
 * @is_stale: its prompt is not what is asked for now
 * Thread: any. Blocks: no. Errors: none. Returns: FALSE without a bug
 */
gboolean sim_bugs_reset_loaded (SimBug bug, const Veo3Job *job, gboolean is_stale);

G_END_DECLS
