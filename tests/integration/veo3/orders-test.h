/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the user's orders share: giving one on the command line, and what must be so of
 * one that is refused. Requests are counted by the emulator.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "tests/integration/recovery/recovery-world.h"

G_BEGIN_DECLS

/** OrdersJob: what a job of a finished run is made into. */
typedef struct
{
  const char *variant;
  const char *status;
  const char *code; /* (nullable) */
  gboolean has_operation;
  gboolean has_clip;
  gboolean is_ordered;
} OrdersJob;

/**
 * orders_start: starts `pipeline_runner veo3 ...` on workspace "ws".
 * @wrapper: (nullable): see pipeline_fixture_start()
 * @line: such as "collect --no-wait a", quoted as for a shell
 * Thread: owner. Blocks: until it is executed. Errors: asserted. Returns: (transfer full)
 */
PipelineProcess *orders_start (Veo3Test *test, const char *const *wrapper, const char *line);

/**
 * orders_expect: gives an order, and it ends like this.
 * @words: (nullable): what it says, on whichever output
 * Thread: owner. Blocks: until it ends. Errors: asserted. Returns: nothing.
 */
void orders_expect (Veo3Test *test, const char *line, int exit_code, const char *words);

/**
 * orders_expect_refused: it ends like this, and neither a request nor a byte of jobs.json tells
 * that it was given.
 * Thread: owner. Blocks: until it ends. Errors: asserted. Returns: nothing.
 */
void orders_expect_refused (Veo3Test *test, const char *line, int exit_code, const char *words);

/**
 * orders_await_generating: starts a run and waits until each of a, b and c has an operation on disk
 * and only the plugin is at work.
 * Thread: owner. Blocks: until then. Errors: asserted. Returns: (transfer full): the run
 */
PipelineProcess *orders_await_generating (Veo3Test *test);

/**
 * orders_kill: kills a process the hard way, and waits until its lock is free.
 * @process: (transfer full)
 * Thread: owner. Blocks: until it is gone. Errors: asserted. Returns: nothing.
 */
void orders_kill (Veo3Test *test, PipelineProcess *process);

/**
 * orders_digest: identifies the bytes of a file.
 * @name: below the scratch folder, such as "ws/veo3/a.mp4"
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: (transfer full)
 */
char *orders_digest (Veo3Test *test, const char *name);

/**
 * orders_last_prompt: the prompt of the last paid request.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: (transfer full) (nullable)
 */
char *orders_last_prompt (Veo3Test *test);

/**
 * orders_put: makes a completed job of the world's document into another one; its clip on the disk
 * goes or stays. recovery_world_save() writes the document.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void orders_put (RecoveryWorld *world, const OrdersJob *job);

G_END_DECLS
