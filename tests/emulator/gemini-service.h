/* SPDX-License-Identifier: MIT */
/*
 * GeminiService: the Gemini Developer API as far as Veo needs it: predictLongRunning, operations,
 * models, files and their download through a redirect.
 */
#pragma once

#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/operation-store.h"

G_BEGIN_DECLS

typedef struct _GeminiService GeminiService;

/**
 * gemini_service_new:
 * @scenario: (transfer none): outlives the service
 * @store: (transfer none): outlives the service
 * @origins: (transfer none): outlives the service; filled before the first request
 * @api_key: (nullable): the only key that is accepted; NULL = any
 *
 * Thread: any, which is its owner then. Blocks: no. Errors: none.
 * Returns: (transfer full): the service
 */
GeminiService *gemini_service_new (EmulatorScenario *scenario,
                                   OperationStore *store,
                                   const EmulatorOrigins *origins,
                                   const gchar *api_key);

/**
 * gemini_service_free:
 * @self: (nullable) (transfer full): a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void gemini_service_free (GeminiService *self);

/**
 * gemini_service_get_wire:
 * @self: a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: its table of functions; @self outlives it
 */
EmulatorWire gemini_service_get_wire (GeminiService *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GeminiService, gemini_service_free)

G_END_DECLS
