/* SPDX-License-Identifier: MIT */
/*
 * PollSimulation: one random run of the poll policy against a random service, on a virtual clock,
 * with the policy's invariants checked at every step. For tests. Any thread; shares nothing.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** PollSimulationResult: what a run came to. */
typedef struct
{
  char *broken;   /* (owned) (nullable) the first invariant that did not hold, and where */
  guint64 digest; /* of every decision: equal runs have equal digests */
  guint polls;
} PollSimulationResult;

/**
 * poll_simulation_run: makes up settings, jobs, faults and a history from a seed, and plays them.
 * @ret_result: (out): g_free() its broken
 * Thread: any. Blocks: no. Errors: none.
 */
void poll_simulation_run (guint64 seed, PollSimulationResult *ret_result);

G_END_DECLS
