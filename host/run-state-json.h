/* SPDX-License-Identifier: MIT */
/*
 * RunStateJson: what run-state.c and its codec share. Private to the two.
 */
#pragma once

#include "host/run-state.h"

G_BEGIN_DECLS

/**
 * run_state_new_empty: a state without any text, to be filled in by the decoder.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): run_state_free() accepts it half-filled.
 */
RunState *run_state_new_empty (void);

/**
 * run_state_stage_new: a pending stage.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full).
 */
RunStage *run_state_stage_new (const char *name);

/**
 * run_state_stage_free: frees a stage; as a GDestroyNotify.
 * @data: (transfer full) (type RunStage).
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void run_state_stage_free (gpointer data);

G_END_DECLS
