/* SPDX-License-Identifier: MIT */
/*
 * SimJudge, as far as it looks at the disk: every document that a power cut could leave at this
 * moment has to be one that a start can go on from without paying twice or losing anything.
 */
#pragma once

#include "tests/sim/sim-world.h"

G_BEGIN_DECLS

/**
 * sim_judge_name_status: for verdicts and traces.
 * @status: Veo3JobStatus, -1 = none
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *sim_judge_name_status (gint status);

/**
 * sim_file_get_record: what a document says about a clip.
 * @file: (nullable): NULL = there is none
 * Thread: the schedule's, like all functions here. Blocks: no. Errors: none. Returns: a copy
 */
SimRecord sim_file_get_record (const SimFile *file, guint clip);

/**
 * sim_judge_disk_check: jobs.json is whole, names every operation that was paid for or says that it
 * does not know, forgets no name, and lets nothing be certain again by itself.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_judge_disk_check (SimWorld *world);

/**
 * sim_judge_disk_check_claimed: the heart of it: money may be spent only when every power cut would
 * leave a document that knows of it.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_judge_disk_check_claimed (SimWorld *world, guint clip);

/**
 * sim_judge_disk_check_cancelled: whatever a power cut leaves, the clip is cancelled in it.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_judge_disk_check_cancelled (SimWorld *world, guint clip);

/**
 * sim_judge_disk_check_named: nothing is asked about an operation before its name is where no power
 * cut takes it back.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_judge_disk_check_named (SimWorld *world, guint clip);

G_END_DECLS
