/* SPDX-License-Identifier: MIT */
/*
 * Veo3PacerTable: the pacers of a process, one for each account that its runs use. A service counts
 * what leaves for one model in the name of one project or key, whichever run it belongs to.
 *
 * Thread: one, the worker's.
 */
#pragma once

#include "plugin/application/veo3-settings.h"
#include "plugin/domain/veo3-pacer.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

typedef struct _Veo3PacerTable Veo3PacerTable;

/** veo3_pacer_table_new: empty. Thread: the worker's. Blocks: no. Errors: none.
 * Returns: (transfer full) */
Veo3PacerTable *veo3_pacer_table_new (void);

/** veo3_pacer_table_free: accepts NULL; no run uses its pacers any more. Thread: the worker's.
 * Blocks: no. Errors: none. Returns: nothing. */
void veo3_pacer_table_free (Veo3PacerTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3PacerTable, veo3_pacer_table_free)

/**
 * veo3_pacer_table_get: the pacer of the account that a run with these settings uses.
 * @port: the run's
 * Thread: the worker's. Blocks: no. Errors: none.
 * Returns: (transfer none): as long as the table
 */
Veo3Pacer *veo3_pacer_table_get (Veo3PacerTable *self,
                                 const Veo3Settings *settings,
                                 const VideoGenerationPort *port);

G_END_DECLS
