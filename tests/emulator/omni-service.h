/* SPDX-License-Identifier: MIT */
/*
 * OmniService: the Interactions API as far as Gemini Omni needs it: create (in the background,
 * waiting, or as a stream), get, cancel, delete. Files are served by the Gemini wire: it is one
 * Files API.
 */
#pragma once

#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/operation-store.h"

G_BEGIN_DECLS

typedef struct _OmniService OmniService;

/**
 * omni_service_new:
 * @scenario: (transfer none): outlives the service
 * @store: (transfer none): outlives the service
 * @origins: (transfer none): outlives the service; filled before the first request
 * @api_key: (nullable): the only key that is accepted; NULL = any
 *
 * Thread: any, which is its owner then. Blocks: no. Errors: none.
 * Returns: (transfer full): the service
 */
OmniService *omni_service_new (EmulatorScenario *scenario,
                               OperationStore *store,
                               const EmulatorOrigins *origins,
                               const gchar *api_key);

/**
 * omni_service_free:
 * @self: (nullable) (transfer full): a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void omni_service_free (OmniService *self);

/**
 * omni_service_get_wire:
 * @self: a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: its table of functions; @self outlives it
 */
EmulatorWire omni_service_get_wire (OmniService *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmniService, omni_service_free)

G_END_DECLS
