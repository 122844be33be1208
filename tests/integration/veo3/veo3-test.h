/* SPDX-License-Identifier: MIT */
/*
 * Veo3Test: one scratch pipeline with the veo3 plugin in one of its two flavours: with the scripted
 * adapter injected, or with the real one and a veo3_emulator over HTTP. The stages are CONTENT
 * (which makes publishing-assets.json out of assets.json), LAYOUT_DETECTIVE, VEO3_AWAIT and
 * ASSEMBLY (which lists what it sees in seen.txt). All times are scaled down.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "tests/emulator/emulator-client.h"
#include "tests/fixtures/pipeline-fixture.h"

G_BEGIN_DECLS

#define VEO3_TEST_KEY "canary-7Hq2xKdLw9"

/** What veo3_test_write_picture() writes, as the services get it. */
#define VEO3_TEST_PICTURE_BASE64 "iVBORw0KGgoAAAANSUhEUg=="

/** Veo3TestFlavour: where the clips come from. */
typedef enum
{
  VEO3_TEST_FAKE, /* --plugin veo3=libveo3_fake_stage.so */
  VEO3_TEST_WIRE, /* libveo3_stage.so and an emulator */
  VEO3_TEST_BARE, /* libveo3_stage.so; the test brings the service: GOOGLE_GEMINI_BASE_URL */
} Veo3TestFlavour;

typedef struct
{
  Veo3TestFlavour flavour;
  PipelineFixture *fixture; /* (owned) */
  EmulatorClient *emulator; /* (owned) (nullable) */
} Veo3Test;

/**
 * veo3_test_new: a workspace with three prompts (a, b, c) that all go well in a moment.
 * @script: (nullable): scenario of the fake adapter or of the emulator, by flavour; none if BARE
 * Thread: any, then the owner's. Blocks: until the emulator listens. Errors: asserted.
 * Returns: (transfer full)
 */
Veo3Test *veo3_test_new (Veo3TestFlavour flavour, const char *script);

/**
 * veo3_test_free: accepts NULL.
 * Thread: owner. Blocks: until the emulator has ended. Errors: none. Returns: nothing.
 */
void veo3_test_free (Veo3Test *self);

/**
 * veo3_test_set_prompts: what CONTENT is to write.
 * @...: pairs of variant and prompt, then NULL
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void veo3_test_set_prompts (Veo3Test *self, ...) G_GNUC_NULL_TERMINATED;

/**
 * veo3_test_set_plugin_keys: more lines of the group [plugin veo3]; they win over the usual ones.
 * @keys: such as "timeout=1s\npoll-max=2s\n"
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void veo3_test_set_plugin_keys (Veo3Test *self, const char *keys);

/**
 * veo3_test_write_picture: the beginning of a PNG, in the workspace; nobody draws it.
 * @name: of the file
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void veo3_test_write_picture (Veo3Test *self, const char *name);

/**
 * veo3_test_write_pipeline: the usual pipeline with other stages.
 * @stages: value of stages=
 * @groups: groups [stage ...] and [plugin veo3] without its usual keys, which are added at the end
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void veo3_test_write_pipeline (Veo3Test *self, const char *stages, const char *groups);

/**
 * veo3_test_start: starts pipeline_runner on workspace "ws" with the plugin of the flavour.
 * @command: such as "run"
 * @...: more arguments, then NULL
 * Thread: owner. Blocks: until it is executed. Errors: asserted. Returns: (transfer full)
 */
PipelineProcess *veo3_test_start (Veo3Test *self, const char *command, ...) G_GNUC_NULL_TERMINATED;

/**
 * veo3_test_run: veo3_test_start(), to its end.
 * Thread: owner. Blocks: until it ends; the deadline fails. Errors: asserted.
 * Returns: (transfer full)
 */
PipelineResult *veo3_test_run (Veo3Test *self, const char *command, ...) G_GNUC_NULL_TERMINATED;

/**
 * veo3_test_expect: runs it and compares the exit code.
 * @command: such as "run"
 * Thread: owner. Blocks: until it ends. Errors: asserted. Returns: nothing.
 */
void veo3_test_expect (Veo3Test *self, const char *command, int exit_code);

/**
 * veo3_test_job: one member of a job of jobs.json.
 * @variant: of the clip
 * @member: such as "status"
 * Thread: owner. Blocks: disk. Errors: asserted: no such job.
 * Returns: (transfer full) (nullable): numbers as text; NULL for null
 */
char *veo3_test_job (Veo3Test *self, const char *variant, const char *member);

/**
 * veo3_test_assert_job: compares a member of a job.
 * @expected: (nullable)
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void veo3_test_assert_job (Veo3Test *self,
                           const char *variant,
                           const char *member,
                           const char *expected);

/**
 * veo3_test_assert_says: the text holds the words.
 * Thread: any. Blocks: no. Errors: asserted, with both. Returns: nothing.
 */
void veo3_test_assert_says (const char *text, const char *words);

/**
 * veo3_test_await_requests: waits until the emulator has got so many.
 * @kind: such as "submit"
 * Thread: owner. Blocks: until then; the deadline fails. Errors: asserted. Returns: nothing.
 */
void veo3_test_await_requests (Veo3Test *self, const char *kind, guint count);

/**
 * veo3_test_await_status: waits until jobs.json says so.
 * Thread: owner. Blocks: until then; the deadline fails. Errors: asserted. Returns: nothing.
 */
void veo3_test_await_status (Veo3Test *self, const char *variant, const char *status);

/**
 * veo3_test_await_said: waits until a running program has said something on standard error.
 * Thread: owner. Blocks: until then; the deadline fails. Errors: asserted. Returns: nothing.
 */
void veo3_test_await_said (PipelineProcess *process, const char *words);

/**
 * veo3_test_await_unlocked: waits until nobody holds the workspace. A child that was being started
 * when its parent was killed does so for the instant until it executes its command.
 * Thread: owner. Blocks: until then; the deadline fails. Errors: asserted. Returns: nothing.
 */
void veo3_test_await_unlocked (Veo3Test *self);

/**
 * veo3_test_kill: SIGKILL, and all that it takes for another run to begin.
 * Thread: owner. Blocks: until then; the deadline fails. Errors: asserted. Returns: nothing.
 */
void veo3_test_kill (Veo3Test *self, PipelineProcess *process);

/**
 * veo3_test_count: requests of a kind in the emulator's log.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: the number.
 */
guint veo3_test_count (Veo3Test *self, const char *kind);

/**
 * veo3_test_only_request: the emulator's log line of a request that must have come once.
 * @kind: such as "submit"
 * Thread: owner. Blocks: disk. Errors: asserted: none, or more than one.
 * Returns: (transfer full)
 */
json_object *veo3_test_only_request (Veo3Test *self, const char *kind);

/**
 * veo3_test_request_times: when the emulator got requests.
 * @kind: such as "poll"
 * @words: (nullable): only log lines that hold them
 * Thread: owner. Blocks: disk. Errors: asserted.
 * Returns: (transfer full) (element-type gint64): monotonic microseconds, ascending
 */
GArray *veo3_test_request_times (Veo3Test *self, const char *kind, const char *words);

/**
 * veo3_test_event_us: when something happened for the first time.
 * @event: such as "stage-started"
 * @subject: value of its "stage" or "item" member
 * @status: (nullable): value of its "status" member
 * Thread: owner. Blocks: disk. Errors: asserted: no such event.
 * Returns: microseconds of real time, exact to the millisecond
 */
gint64
veo3_test_event_us (Veo3Test *self, const char *event, const char *subject, const char *status);

/**
 * veo3_test_add: registers a test in both flavours, as PATH/fake and PATH/wire.
 * @func: gets the flavour by GPOINTER_TO_INT
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void veo3_test_add (const char *path, GTestDataFunc func);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Test, veo3_test_free)

G_END_DECLS
