/* SPDX-License-Identifier: MIT */
/*
 * SimSchedule: one life of a workspace, wholly decided by its seed: a stormy part, in which
 * anything goes wrong that can, then calm, in which everything has to come to its end.
 */
#pragma once

#include "tests/sim/sim-bugs.h"

G_BEGIN_DECLS

/** SimOutcome: what came of a schedule. */
typedef struct
{
  char *verdict;                   /* (owned) (nullable) the offence; NULL = all invariants held */
  guint64 hash;                    /* of the trace */
  guint n_notes;                   /* of the trace */
  guint n_starts;                  /* of processes */
  guint n_steps;                   /* events and rounds */
  guint n_paid;                    /* paid requests that the service accepted */
  guint calm_steps;                /* until everything had ended */
  gint64 calm_ms;                  /* likewise, virtual time */
  guint ends[VEO3_N_JOB_STATUSES]; /* how many clips ended how */
} SimOutcome;

/**
 * sim_schedule_run: lives through one schedule.
 * @ret_outcome: (out): clear with sim_outcome_clear()
 * Thread: any: schedules share nothing. Blocks: no. Errors: in the outcome.
 */
void sim_schedule_run (const SimPlan *plan, SimOutcome *ret_outcome);

/** sim_outcome_clear: frees what it owns. Thread: any. Blocks: no. Errors: none. */
void sim_outcome_clear (SimOutcome *outcome);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimOutcome, sim_outcome_clear)

G_END_DECLS
