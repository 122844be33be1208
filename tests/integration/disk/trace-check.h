/* SPDX-License-Identifier: MIT */
/*
 * Reads what strace saw of a run (-f -ttt -y, whole strings) and checks the one order that money
 * depends on: no paid request begins before its clip's claim is durable, no poll before the name
 * of its operation is. Durable means, in this order and each one successful: the text written to a
 * temporary file, that file synced, renamed to jobs.json, the folder veo3/ synced.
 *
 * Thread model: a value that any one thread at a time may use.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** TraceCounts: what there was to check. */
typedef struct
{
  guint n_saves; /* documents that became durable */
  guint n_posts;
  guint n_polls;
} TraceCounts;

/**
 * trace_check_order: looks for a request that left too early.
 * @trace: text of strace
 * @ret_counts: (out)
 * Thread: any. Blocks: no. Errors: none; what cannot be understood is a finding.
 * Returns: (transfer full) (nullable): the first finding, NULL = the order is right
 */
char *trace_check_order (const char *trace, TraceCounts *ret_counts);

G_END_DECLS
