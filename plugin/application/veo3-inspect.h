/* SPDX-License-Identifier: MIT */
/*
 * Looking at a workspace without touching it: for `validate`, for the check before a run, and for
 * `status` while a run goes on in another process.
 */
#pragma once

#include "include/pipeline-stage.h"
#include "plugin/domain/veo3-order.h"

G_BEGIN_DECLS

/**
 * veo3_inspect_is_for_command: is a subcommand to follow, and no run? Those that could pay check
 * what they send by themselves; for the others impossible settings are no reason to leave a clip
 * where it is.
 * Thread: any. Blocks: no. Errors: none. Returns: TRUE for a subcommand
 */
gboolean veo3_inspect_is_for_command (const PipelineStageContext *context);

/**
 * veo3_inspect_check: can a run work here? Before a subcommand the model is not asked what it can
 * do: see veo3_inspect_is_for_command().
 * @provider: (nullable) of the adapter that would go on with known operations; NULL = the settings'
 * @may_copy: whether a run is to follow: then a jobs.json that cannot be read may be copied aside,
 *   and the prompts are not looked at: they are still to be written
 * Thread: any. Blocks: briefly, on the disk; with prompts, for the digests of their pictures.
 * Errors: G_IO_ERROR: settings that do not go together, or that the model cannot do; prompts that
 * ask for what it cannot do, or for a picture that cannot be used, one per line; a ca-file that
 * cannot be used; jobs.json unreadable, newer, or of another provider with operations that are not
 * finished. Returns: TRUE = a run can work.
 */
gboolean veo3_inspect_check (const PipelineStageContext *context,
                             const char *provider,
                             gboolean may_copy,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_inspect_describe: the clips of a workspace as one JSON object.
 * @workspace: absolute path
 * Thread: any. Blocks: briefly, on the disk. Errors: G_IO_ERROR: jobs.json cannot be read.
 * Returns: (transfer full) (nullable): "{}" when there is no jobs.json
 */
char *veo3_inspect_describe (const char *workspace, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_inspect_outcome: what the runs of a workspace have left over.
 * @workspace: absolute path
 * @ret_outcome: COMPLETE when there is no jobs.json
 * Thread: any. Blocks: briefly, on the disk. Errors: G_IO_ERROR: jobs.json cannot be read.
 * Returns: FALSE with @error
 */
gboolean veo3_inspect_outcome (const char *workspace,
                               PipelineOutcome *ret_outcome,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_inspect_show: the same as the answer to an order that changes nothing; what is told of the
 * clips is veo3_inspect_describe()'s.
 * @workspace: absolute path
 * @order: (transfer none)
 * Thread: any. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: it names a clip that is not there; any other: jobs.json
 *   cannot be read.
 * Returns: FALSE with @error
 */
gboolean veo3_inspect_show (const char *workspace,
                            const Veo3Order *order,
                            PipelineOutcome *ret_outcome,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
