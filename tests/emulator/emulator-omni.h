/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the Interactions API share, on top of emulator-test.h. Everything asserts.
 */
#pragma once

#include "tests/emulator/emulator-test.h"

G_BEGIN_DECLS

#define EMULATOR_OMNI_MODEL "gemini-omni-1.1-flash"
#define EMULATOR_OMNI_HEADERS "x-goog-api-key: test-key\r\nContent-Type: application/json\r\n"

/**
 * emulator_omni_post:
 * @emulator: an emulator
 * @body: JSON, or something else
 *
 * Creates an interaction.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *emulator_omni_post (EmulatorClient *emulator, const gchar *body);

/**
 * emulator_omni_submit:
 * @emulator: an emulator
 * @prompt: goes into the JSON as it is
 *
 * Creates one in the background.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *emulator_omni_submit (EmulatorClient *emulator, const gchar *prompt);

/**
 * emulator_omni_accept:
 * @emulator: an emulator
 * @prompt: goes into the JSON as it is
 * @members: more members, beginning with a comma, or ""
 *
 * Creates one in the background that must be accepted.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): its id
 */
gchar *emulator_omni_accept (EmulatorClient *emulator, const gchar *prompt, const gchar *members);

/**
 * emulator_omni_get:
 * @emulator: an emulator
 * @id: of an interaction
 *
 * Polls once.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *emulator_omni_get (EmulatorClient *emulator, const gchar *id);

/**
 * emulator_omni_cancel:
 * @emulator: an emulator
 * @id: of an interaction
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *emulator_omni_cancel (EmulatorClient *emulator, const gchar *id);

/**
 * emulator_omni_poll:
 * @emulator: an emulator
 * @id: of an interaction
 *
 * Polls until it is neither queued nor in progress, within EMULATOR_TEST_DEADLINE_MS.
 *
 * Thread: any. Blocks: until then. Errors: asserted.
 * Returns: (transfer full): the parsed last answer; json_object_put()
 */
json_object *emulator_omni_poll (EmulatorClient *emulator, const gchar *id);

/**
 * emulator_omni_wait_for_uri:
 * @emulator: an emulator
 * @id: of an interaction that ends with a uri
 *
 * Thread: any. Blocks: until its end. Errors: asserted.
 * Returns: (transfer full): path and query of the download
 */
gchar *emulator_omni_wait_for_uri (EmulatorClient *emulator, const gchar *id);

/**
 * emulator_omni_find_id:
 * @stream: (transfer none): the answer to a streamed create
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): the id in its first event
 */
gchar *emulator_omni_find_id (const Exchange *stream);

G_END_DECLS
