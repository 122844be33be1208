/* SPDX-License-Identifier: MIT */
/*
 * TokenStore: the access tokens that were given out, and which of them are good. Belongs to the
 * emulator's one thread. A token is never logged; its number is.
 */
#pragma once

#include "tests/emulator/emulator-answer.h"
#include "tests/emulator/emulator-request.h"
#include "tests/emulator/scenario.h"

G_BEGIN_DECLS

typedef struct _TokenStore TokenStore;

/**
 * token_store_new:
 * @scenario: (transfer none): outlives the store; says how long a token is good
 * @fixed: (nullable): a token that is good for ever, number 1
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the store
 */
TokenStore *token_store_new (EmulatorScenario *scenario, const gchar *fixed);

/**
 * token_store_free:
 * @self: (nullable) (transfer full): a store
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void token_store_free (TokenStore *self);

/**
 * token_store_issue:
 * @self: a store
 * @request: who asked for it; the token's number is noted there
 *
 * Gives out a new token, in the form of RFC 6749, section 5.1.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the answer with access_token, expires_in, token_type
 */
EmulatorAnswer *token_store_issue (TokenStore *self, EmulatorRequest *request);

/**
 * token_store_check:
 * @self: a store
 * @request: its Authorization counts; the token's number is noted there
 *
 * Judges the Bearer token of a request. A key, in the header or in the query, is refused as well:
 * these services take none.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): the refusal, 401 as a rule; NULL when the token is good
 */
EmulatorAnswer *token_store_check (TokenStore *self, EmulatorRequest *request);

/**
 * token_store_new_refusal:
 * @reason: ACCESS_TOKEN_EXPIRED, ...
 *
 * Makes the answer to a token that is not accepted.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): 401 UNAUTHENTICATED
 */
EmulatorAnswer *token_store_new_refusal (const gchar *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TokenStore, token_store_free)

G_END_DECLS
