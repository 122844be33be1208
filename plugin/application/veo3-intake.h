/* SPDX-License-Identifier: MIT */
/*
 * Veo3Intake: what a workspace brings to a start: the jobs that jobs.json knows, and the prompts
 * that publishing-assets.json wants.
 */
#pragma once

#include "plugin/application/veo3-job-store.h"
#include "plugin/application/veo3-reporter.h"
#include "plugin/application/veo3-settings.h"

G_BEGIN_DECLS

/** Veo3Intake: zeroed = nothing read. */
typedef struct
{
  Veo3JobDocument *document; /* (owned) (nullable) */
  GPtrArray *known;          /* (owned) (nullable) (element-type Veo3Job) */
  GPtrArray *prompts;        /* (owned) (nullable) (element-type Veo3Prompt) after the cap */
} Veo3Intake;

/**
 * veo3_intake_read: reads both files; changes nothing.
 * @reporter: hears of a cap, and of prompts that are missing while known jobs go on. If the prompts
 *   cannot be used, the known jobs of which nothing was sent are held.
 * @ret_intake: (inout): zeroed before; what could be read even on failure
 * Thread: the store's. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR_NOT_FOUND: there is nothing to do; any other: a file cannot be used.
 * Returns: TRUE when there are prompts or known jobs.
 */
gboolean veo3_intake_read (Veo3JobStore *store,
                           const Veo3Settings *settings,
                           const Veo3Reporter *reporter,
                           Veo3Intake *ret_intake,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_intake_mark_missing: looks whether the clips of completed jobs are there, and marks the jobs
 * whose clip could be fetched again.
 * @known: (nullable) (element-type Veo3Job)
 * Thread: the store's. Blocks: briefly, on the disk. Errors: "could not look" counts as there.
 */
void veo3_intake_mark_missing (Veo3JobStore *store, GPtrArray *known);

/**
 * veo3_intake_keep_changed: before a clip is fetched again: the file in its place may be the user's
 * own work, and gets a second name that stays. One that cannot be kept is not replaced either.
 * @jobs: (element-type Veo3Job)
 * @reporter: hears of each
 * Thread: the store's, which has been prepared. Blocks: briefly, on the disk. Errors: none.
 */
void veo3_intake_keep_changed (Veo3JobStore *store, const Veo3Reporter *reporter, GPtrArray *jobs);

/**
 * veo3_intake_mark_found: marks the pending jobs whose clip is there all the same: jobs.json was
 * moved away, say.
 * @jobs: (element-type Veo3Job)
 * Thread: the store's. Blocks: briefly, on the disk. Errors: "could not look" counts as not there.
 */
void veo3_intake_mark_found (Veo3JobStore *store, GPtrArray *jobs);

/**
 * veo3_intake_get_outcome: what is left over if nothing is made of it: known jobs stay as they are,
 * and clips that were asked for will be missing.
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: the bits for the host's exit code.
 */
PipelineOutcome veo3_intake_get_outcome (const Veo3Intake *intake);

/**
 * veo3_intake_clear: frees what has not been taken out.
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_intake_clear (Veo3Intake *intake);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Veo3Intake, veo3_intake_clear)

G_END_DECLS
