/* SPDX-License-Identifier: MIT */
/*
 * ProcessCost: what a process has cost the machine so far: time of the processors and how often its
 * threads woke up.
 *
 * Thread model: none; two values are compared by whoever has them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 at_us;       /* monotonic */
  gint64 cpu_us;      /* of all its threads, ended ones too */
  GHashTable *sleeps; /* (owned) thread id -> how often it went to sleep */
} ProcessCost;

/**
 * process_cost_read: of a running process.
 * Thread: any. Blocks: no. Errors: asserted: no such process. Returns: (transfer full)
 */
ProcessCost *process_cost_read (int pid);

/**
 * process_cost_get_cpu_permille: share of one processor between two readings.
 * Thread: any. Blocks: no. Errors: none. Returns: thousandths.
 */
double process_cost_get_cpu_permille (const ProcessCost *begin, const ProcessCost *end);

/**
 * process_cost_get_wakeups_per_s: between two readings. Threads that came and went in between are
 * not seen.
 * Thread: any. Blocks: no. Errors: none. Returns: wake-ups per second.
 */
double process_cost_get_wakeups_per_s (const ProcessCost *begin, const ProcessCost *end);

/**
 * process_cost_free: accepts NULL.
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void process_cost_free (ProcessCost *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProcessCost, process_cost_free)

G_END_DECLS
