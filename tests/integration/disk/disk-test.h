/* SPDX-License-Identifier: MIT */
/*
 * What the tests with a bad disk share: making the calls of the program fail (disk-shim.c), reading
 * which calls it made, and the judgement of what was paid: by the emulator's log, never by ours.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "tests/integration/veo3/veo3-test.h"

G_BEGIN_DECLS

/** DiskFault: which calls fail, and how. */
typedef struct
{
  const char *call;  /* open read write fsync rename mkdir unlink truncate dup */
  const char *names; /* pattern of names below the workspace */
  const char *error; /* such as "EIO" */
  guint first;       /* of these calls, from 1 */
  guint last;        /* G_MAXUINT = all the others as well */
} DiskFault;

/** DiskCall: one call that the program has made. */
typedef struct
{
  char *call;     /* (owned) */
  char *name;     /* (owned) below the workspace */
  char *result;   /* (owned) ok, failed or injected */
  guint n_claims; /* how often "submitting" is in what was written */
} DiskCall;

/**
 * disk_test_can_inject: does the shim work here? Asks once, with a program that is made to fail.
 * Thread: any. Blocks: until that program has ended. Errors: none.
 * Returns: FALSE = the caller skips
 */
gboolean disk_test_can_inject (void);

/**
 * disk_test_set_fault: the programs started from now on are watched, and fail as told.
 * @fault: (nullable): NULL = watched only
 * Thread: owner. Blocks: no. Errors: none. Returns: nothing.
 */
void disk_test_set_fault (Veo3Test *test, const DiskFault *fault);

/**
 * disk_test_mend: the programs started from now on are left alone.
 * Thread: owner. Blocks: no. Errors: none. Returns: nothing.
 */
void disk_test_mend (Veo3Test *test);

/**
 * disk_test_read_calls: what the watched programs have done.
 * Thread: owner. Blocks: disk. Errors: asserted.
 * Returns: (transfer full) (element-type DiskCall): oldest first
 */
GPtrArray *disk_test_read_calls (Veo3Test *test);

/**
 * disk_test_parse_calls: the same, from text.
 * Thread: any. Blocks: no. Errors: asserted. Returns: (transfer full) (element-type DiskCall)
 */
GPtrArray *disk_test_parse_calls (const char *text);

/**
 * disk_test_count: calls with this outcome.
 * @call: (nullable): NULL = any
 * @names: (nullable): pattern
 * @result: (nullable): NULL = any
 * Thread: any. Blocks: no. Errors: none. Returns: the number.
 */
guint disk_test_count (GPtrArray *calls, const char *call, const char *names, const char *result);

/**
 * disk_test_durable_claims: the most claims that one save of jobs.json made durable: written,
 * synced, renamed, and the folder synced, each of them successfully.
 * Thread: any. Blocks: no. Errors: none. Returns: the number.
 */
guint disk_test_durable_claims (GPtrArray *calls);

/**
 * disk_test_assert_kept: no prompt was sent twice, and every operation that the emulator has
 * created is in jobs.json, or was told on standard error, or its clip is known as uncertain.
 * @said: standard error of all the programs so far
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void disk_test_assert_kept (Veo3Test *test, const char *said);

/**
 * disk_test_status: the state of a clip in jobs.json.
 * Thread: owner. Blocks: disk. Errors: none.
 * Returns: (transfer full): "none" where jobs.json is not there or does not know the clip
 */
char *disk_test_status (Veo3Test *test, const char *variant);

G_END_DECLS
