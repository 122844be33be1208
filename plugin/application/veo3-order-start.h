/* SPDX-License-Identifier: MIT */
/*
 * What happens to the jobs of jobs.json before an order of the user is given to a run: everything
 * that can be wrong with it is found here, before anything has changed.
 */
#pragma once

#include "plugin/application/veo3-intake.h"
#include "plugin/domain/veo3-order.h"

G_BEGIN_DECLS

/** Veo3OrderInput: borrowed during the call. */
typedef struct
{
  const Veo3Order *order;
  const Veo3Settings *settings;
  const Veo3Reporter *reporter;
  VideoGenerationPort *port; /* (nullable) when the order needs no service */
  Veo3JobStore *store;
} Veo3OrderInput;

/**
 * veo3_order_start_check: does the order fit what is there? Changes nothing.
 * @intake: (inout): zeroed before; gets the known jobs, and the prompts if the order may pay
 * Thread: the store's. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: the order; any other: a file cannot be used.
 * Returns: TRUE when it can be prepared.
 */
gboolean veo3_order_start_check (const Veo3OrderInput *input,
                                 Veo3Intake *intake,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_order_start_prepare: fills in what is to be sent, and keeps the clips that will be replaced.
 * @intake: checked; its jobs' requests may change
 * Thread: the store's, which has been prepared. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: there is no prompt for a clip; any other: the disk.
 * Returns: TRUE when the jobs can be given to a run.
 */
gboolean veo3_order_start_prepare (const Veo3OrderInput *input,
                                   Veo3Intake *intake,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
