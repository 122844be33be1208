/* SPDX-License-Identifier: MIT */
/*
 * The front end of the services that take an API key: it looks at the key before any service is
 * asked, and refuses in its own words.
 */
#pragma once

#include "tests/emulator/emulator-answer.h"
#include "tests/emulator/emulator-request.h"

G_BEGIN_DECLS

/**
 * api_key_check:
 * @request: a request
 * @expected: (nullable): the only key that is accepted; NULL = any
 *
 * Judges the key of a request.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): the refusal, or NULL when the key is good
 */
EmulatorAnswer *api_key_check (const EmulatorRequest *request, const gchar *expected);

G_END_DECLS
