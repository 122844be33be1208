/* SPDX-License-Identifier: MIT */
/*
 * TokenService: Google's OAuth token endpoint, POST /token: assertions of service accounts (RFC
 * 7523) and refresh tokens of users (RFC 6749, section 6).
 */
#pragma once

#include "tests/emulator/emulator-credentials.h"
#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/token-store.h"

G_BEGIN_DECLS

#define TOKEN_SERVICE_PATH "/token"

typedef struct _TokenService TokenService;

/**
 * token_service_new:
 * @scenario: (transfer none): outlives the service
 * @tokens: (transfer none): outlives the service
 * @credentials: (transfer none): outlives the service
 * @origins: (transfer none): outlives the service; filled before the first request
 *
 * Thread: any, which is its owner then. Blocks: no. Errors: none.
 * Returns: (transfer full): the service
 */
TokenService *token_service_new (EmulatorScenario *scenario,
                                 TokenStore *tokens,
                                 EmulatorCredentials *credentials,
                                 const EmulatorOrigins *origins);

/**
 * token_service_free:
 * @self: (nullable) (transfer full): a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void token_service_free (TokenService *self);

/**
 * token_service_get_wire:
 * @self: a service
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: its table of functions; @self outlives it
 */
EmulatorWire token_service_get_wire (TokenService *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TokenService, token_service_free)

G_END_DECLS
