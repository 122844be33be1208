/* SPDX-License-Identifier: MIT */
/*
 * SimProcess: a shell around the pure core, as the orchestrator is one: load, merge, plan, act,
 * record, save. It decides nothing; the seeded bugs that are mistakes of a shell are planted here.
 */
#pragma once

#include "tests/sim/sim-world.h"

G_BEGIN_DECLS

/**
 * sim_process_start: a process starts: reads the workspace and is ready for its first round.
 * @order: (transfer full) (nullable): carries out this and nothing else
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 * Returns: FALSE when it refused to: something could not be read or made
 */
gboolean sim_process_start (SimWorld *world, Veo3Order *order);

/**
 * sim_process_take: an event has become due: the service takes a paid request, an answer is
 * recorded, the save does a step.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_process_take (SimWorld *world, const SimEvent *event);

/**
 * sim_process_round: plans and acts once.
 * @n_actions: after so many actions the process is killed; G_MAXUINT = it lives
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: FALSE when it is to be killed now
 */
gboolean sim_process_round (SimWorld *world, guint n_actions);

/** sim_process_end: a signal, or all is done. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_process_end (SimWorld *world);

/** sim_process_hurry: the end waits for nothing any more. Thread: the schedule's. Blocks: no.
 * Errors: none. */
void sim_process_hurry (SimWorld *world);

/**
 * sim_process_stop: the process is gone, killed or by itself: calls and saves in flight with it.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_process_stop (SimWorld *world);

G_END_DECLS
