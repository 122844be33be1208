/* SPDX-License-Identifier: MIT */
/*
 * Veo3Unsaved: the last word on what the disk did not take up when a run ends.
 */
#pragma once

#include "include/pipeline-stage.h"
#include "plugin/application/veo3-reporter.h"
#include "plugin/domain/veo3-run.h"

G_BEGIN_DECLS

/**
 * veo3_unsaved_tell: says of each job what the disk does not know, and what makes up for it.
 * Thread: the run's. Blocks: no. Errors: none.
 */
void veo3_unsaved_tell (const Veo3Run *run, const Veo3Reporter *reporter);

/**
 * veo3_unsaved_get_outcome: what that leaves over.
 * Thread: the run's. Blocks: no. Errors: none. Returns: bits, 0 = nothing.
 */
PipelineOutcome veo3_unsaved_get_outcome (const Veo3Run *run);

G_END_DECLS
