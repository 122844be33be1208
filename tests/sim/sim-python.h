/* SPDX-License-Identifier: MIT */
/*
 * SimPython: a workspace that the Python original has left behind: fewer fields, no version, no
 * write-ahead, and operations that are paid for.
 */
#pragma once

#include "tests/sim/sim-world.h"

G_BEGIN_DECLS

/**
 * sim_python_leave: writes such a jobs.json, and pays for what it names.
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 */
void sim_python_leave (SimWorld *world);

G_END_DECLS
