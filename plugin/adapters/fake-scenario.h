/* SPDX-License-Identifier: MIT */
/*
 * FakeScenario: what the fake service is to do, from a key file.
 *
 *     [fake]                  # for every clip; each key may be left out
 *     submit-delay=20ms       # until the submit is answered
 *     poll-delay=5ms
 *     download-delay=20ms
 *     generation-time=300ms   # from the submit on
 *     queue-time=0ms          # of which so long `queued`
 *     submit=accepted         # not_sent rejected overloaded refused uncertain denied quota_day
 *     poll=running            # no_answer throttled not_found unauthorized
 *     result=clip             # failed filtered no_clip
 *     download=stored         # transient gone not_clip disk
 *     cancel=asked            # over no_answer unauthorized
 *
 *     [clip broll]            # the same keys for one variant; they win
 *     poll=no_answer x3       # " xN": so often, then as usual
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _FakeScenario FakeScenario;

/**
 * fake_scenario_new: reads a scenario.
 * @path: (nullable): NULL = everything goes well, quickly
 * Thread: any, then one at a time. Blocks: briefly, on the disk.
 * Errors: G_KEY_FILE_ERROR, G_FILE_ERROR, G_IO_ERROR_INVALID_DATA: name file, group and key.
 * Returns: (transfer full) (nullable)
 */
FakeScenario *fake_scenario_new (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** fake_scenario_free: accepts NULL. Thread: the owner's. Blocks: no. Errors: none. */
void fake_scenario_free (FakeScenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeScenario, fake_scenario_free)

/**
 * fake_scenario_get_ms: a delay for a clip.
 * @idempotent_key: of the clip; a group `[clip V]` speaks for the keys that end in `_V`
 * @key: such as "generation-time"
 * Thread: the owner's. Blocks: no. Errors: none. Returns: milliseconds.
 */
gint64 fake_scenario_get_ms (FakeScenario *scenario, const char *idempotent_key, const char *key);

/**
 * fake_scenario_take: the next answer to a step; counts down the xN of the clip.
 * @step: "submit", "poll", "result", "download" or "cancel"
 * Thread: the owner's. Blocks: no. Errors: none. Returns: (transfer none): a word, checked before.
 */
const char *
fake_scenario_take (FakeScenario *scenario, const char *idempotent_key, const char *step);

G_END_DECLS
