/* SPDX-License-Identifier: MIT */
/*
 * MetadataService: the metadata server of a machine in Google's cloud, as far as credentials need
 * it. Clients are led here with GCE_METADATA_HOST.
 * Source: https://cloud.google.com/compute/docs/metadata/querying-metadata
 */
#pragma once

#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/token-store.h"

G_BEGIN_DECLS

typedef struct _MetadataService MetadataService;

/**
 * metadata_service_new:
 * @scenario: (transfer none): outlives the service
 * @tokens: (transfer none): outlives the service
 *
 * Thread: any, which is its owner then. Blocks: no. Errors: none.
 * Returns: (transfer full): the service
 */
MetadataService *metadata_service_new (EmulatorScenario *scenario, TokenStore *tokens);

/**
 * metadata_service_free:
 * @self: (nullable) (transfer full): a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void metadata_service_free (MetadataService *self);

/**
 * metadata_service_get_wire:
 * @self: a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: its table of functions; @self outlives it
 */
EmulatorWire metadata_service_get_wire (MetadataService *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MetadataService, metadata_service_free)

G_END_DECLS
