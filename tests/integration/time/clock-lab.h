/* SPDX-License-Identifier: MIT */
/*
 * ClockLab: a Veo3Test whose program can be made to see other clocks than ours, while it runs.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "tests/integration/veo3/veo3-test.h"

G_BEGIN_DECLS

#define CLOCK_LAB_DAY_S (G_GINT64_CONSTANT (86400))

typedef struct
{
  Veo3Test *test;    /* (owned) */
  gint64 *offsets_s; /* (owned) mapped: [0] real time, [1] boot time, [2] monotonic */
} ClockLab;

/**
 * clock_lab_new: the usual workspace and emulator; the clocks are right for now.
 * @scenario: (nullable): of the emulator
 * @keys: (nullable): more lines of [plugin veo3]
 * Thread: any, then the owner's. Blocks: until the emulator listens. Errors: asserted.
 * Returns: (transfer full)
 */
ClockLab *clock_lab_new (const char *scenario, const char *keys);

/**
 * clock_lab_free: accepts NULL.
 * Thread: owner. Blocks: until the emulator has ended. Errors: none. Returns: nothing.
 */
void clock_lab_free (ClockLab *self);

/**
 * clock_lab_set_clock: somebody sets the wall clock.
 * @off_s: how far it is ahead of ours
 * Thread: owner. Blocks: no. Errors: none. Returns: nothing.
 */
void clock_lab_set_clock (ClockLab *self, gint64 off_s);

/**
 * clock_lab_suspend: the machine sleeps for hours: the program does not run, and when it does
 * again, boot time and the wall clock have gone on, and the monotonic clock has not.
 * @slept_s: as the program's clocks will have it
 * @really_ms: as ours and the emulator's have it
 * Thread: owner. Blocks: @really_ms. Errors: asserted. Returns: nothing.
 */
void clock_lab_suspend (ClockLab *self, PipelineProcess *process, gint64 slept_s, gint64 really_ms);

/**
 * clock_lab_hasten: time goes by at once, on all clocks.
 * Thread: owner. Blocks: no. Errors: none. Returns: nothing.
 */
void clock_lab_hasten (ClockLab *self, gint64 time_s);

/**
 * clock_lab_count_since: requests of a kind that the emulator got later than @since_us.
 * @words: (nullable): only log lines that hold them
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: the number.
 */
guint clock_lab_count_since (ClockLab *self, const char *kind, const char *words, gint64 since_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClockLab, clock_lab_free)

G_END_DECLS
