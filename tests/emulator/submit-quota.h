/* SPDX-License-Identifier: MIT */
/*
 * SubmitQuota: how many operations a project may have at a time, and begin in a minute. One for all
 * wires. A refusal is the wire's usual 429 and stands in the log as the fault "quota-concurrent" or
 * "quota-per-minute".
 *
 * Thread model: the emulator's one thread.
 */
#pragma once

#include "tests/emulator/operation-store.h"

G_BEGIN_DECLS

typedef struct _SubmitQuota SubmitQuota;

/**
 * submit_quota_new:
 * @concurrent: operations at a time; 0 = any number
 * @per_minute: accepted requests in any 60 s; 0 = any number
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): nothing used up
 */
SubmitQuota *submit_quota_new (guint concurrent, guint per_minute);

/**
 * submit_quota_free:
 * @self: (nullable) (transfer full): a quota
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void submit_quota_free (SubmitQuota *self);

/**
 * submit_quota_take:
 * @self: a quota
 * @operation: (transfer none): just accepted; outlives the quota
 * @now_us: g_get_monotonic_time()
 *
 * Uses up what an operation uses up.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void submit_quota_take (SubmitQuota *self, Operation *operation, gint64 now_us);

/**
 * submit_quota_refuse:
 * @self: a quota
 * @now_us: g_get_monotonic_time()
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): what to answer now, until the next call; NULL = there is
 * room
 */
EmulatorFault *submit_quota_refuse (SubmitQuota *self, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SubmitQuota, submit_quota_free)

G_END_DECLS
