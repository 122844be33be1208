/* SPDX-License-Identifier: MIT */
/*
 * VertexService: Vertex AI as far as Veo needs it, predictLongRunning and fetchPredictOperation,
 * and the JSON API of Cloud Storage to fetch clips from.
 */
#pragma once

#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/operation-store.h"
#include "tests/emulator/token-store.h"

G_BEGIN_DECLS

typedef struct _VertexService VertexService;

/**
 * vertex_service_new:
 * @scenario: (transfer none): outlives the service
 * @store: (transfer none): outlives the service
 * @tokens: (transfer none): outlives the service
 * @origins: (transfer none): outlives the service; filled before the first request
 *
 * Thread: any, which is its owner then. Blocks: no. Errors: none.
 * Returns: (transfer full): the service
 */
VertexService *vertex_service_new (EmulatorScenario *scenario,
                                   OperationStore *store,
                                   TokenStore *tokens,
                                   const EmulatorOrigins *origins);

/**
 * vertex_service_free:
 * @self: (nullable) (transfer full): a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void vertex_service_free (VertexService *self);

/**
 * vertex_service_get_wire:
 * @self: a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: its table of functions; @self outlives it
 */
EmulatorWire vertex_service_get_wire (VertexService *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VertexService, vertex_service_free)

G_END_DECLS
