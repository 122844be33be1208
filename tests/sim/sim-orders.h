/* SPDX-License-Identifier: MIT */
/*
 * SimOrders: the user's word: collect, regenerate, reconcile, cancel, at a moment of chance, on
 * whatever the last process has left.
 */
#pragma once

#include "plugin/domain/veo3-order.h"
#include "tests/sim/sim-world.h"

G_BEGIN_DECLS

/**
 * sim_orders_get_name: for traces. Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *sim_orders_get_name (Veo3OrderKind kind);

/**
 * sim_orders_make: some order about some clips; it need not make sense.
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
Veo3Order *sim_orders_make (SimWorld *world);

/**
 * sim_orders_prepare: checks an order and fills in what it sends.
 * @known: (element-type Veo3Job): from jobs.json
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: FALSE when it is refused
 */
gboolean sim_orders_prepare (SimWorld *world, const Veo3Order *order, GPtrArray *known);

G_END_DECLS
