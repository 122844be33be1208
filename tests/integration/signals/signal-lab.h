/* SPDX-License-Identifier: MIT */
/*
 * SignalLab: a pipeline that has something to lose at every moment: three clips, and stages whose
 * commands have children and grandchildren. All its processes carry a mark in their environment, so
 * that whoever outlives the run is found, whatever session or parent it has by then.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "tests/integration/veo3/veo3-test.h"

G_BEGIN_DECLS

typedef struct
{
  Veo3Test *test; /* (owned) */
  char *mark;     /* (owned) NAME=VALUE in the environment of all its processes */
} SignalLab;

/**
 * signal_lab_new: a workspace with three prompts and an emulator.
 * @scenario: (nullable): of the emulator
 * @keys: (nullable): more lines of [plugin veo3]
 * Thread: any, then the owner's. Blocks: until the emulator listens. Errors: asserted.
 * Returns: (transfer full)
 */
SignalLab *signal_lab_new (const char *scenario, const char *keys);

/**
 * signal_lab_free: accepts NULL.
 * Thread: owner. Blocks: until the emulator has ended. Errors: none. Returns: nothing.
 */
void signal_lab_free (SignalLab *self);

/**
 * signal_lab_set_layout: what the stage LAYOUT_DETECTIVE does while clips are generated.
 * @script: of the shell; becomes a file, so that it may hold quotes
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void signal_lab_set_layout (SignalLab *self, const char *script);

/**
 * signal_lab_list_processes: the live processes that carry the mark.
 * Thread: owner. Blocks: disk. Errors: asserted.
 * Returns: (transfer full) (element-type int): their ids, zombies left out
 */
GArray *signal_lab_list_processes (const SignalLab *self);

/**
 * signal_lab_count_processes: how many live processes carry the mark.
 * Thread: owner. Blocks: disk. Errors: none. Returns: the number, zombies left out.
 */
guint signal_lab_count_processes (const SignalLab *self);

/**
 * signal_lab_await_processes: waits until so many live processes carry the mark.
 * Thread: owner. Blocks: until then; the deadline fails. Errors: asserted. Returns: nothing.
 */
void signal_lab_await_processes (const SignalLab *self, guint count);

/**
 * signal_lab_assert_kept: every operation that the emulator made is in jobs.json, which parses.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void signal_lab_assert_kept (SignalLab *self);

/**
 * signal_lab_assert_completes: `run` goes on to the end; each clip was paid for exactly once.
 * Thread: owner. Blocks: until it ends. Errors: asserted. Returns: nothing.
 */
void signal_lab_assert_completes (SignalLab *self);

/**
 * signal_lab_last_post_us: when the emulator got its last paid request.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: monotonic microseconds; 0 = none came.
 */
gint64 signal_lab_last_post_us (SignalLab *self);

/**
 * signal_lab_limit_us: a limit in time that holds on an idle machine, for the machine as it is: as
 * many times longer as there are more busy processes than processors, and for sanitizers.
 * Thread: any. Blocks: no. Errors: none. Returns: microseconds.
 */
gint64 signal_lab_limit_us (gint64 limit_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignalLab, signal_lab_free)

G_END_DECLS
