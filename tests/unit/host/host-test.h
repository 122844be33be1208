/* SPDX-License-Identifier: MIT */
/*
 * HostTest: what the unit tests of the host share: scratch folders, files in them, waiting with a
 * deadline that fails. Main thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A busy machine is slow; a hang is longer. */
#define HOST_TEST_DEADLINE_S 60

/**
 * host_test_folder_new: makes an empty scratch folder.
 * Thread: main. Blocks: disk. Errors: fails the test. Returns: (transfer full): its path.
 */
char *host_test_folder_new (void);

/**
 * host_test_folder_free: removes a scratch folder with all that is in it.
 * @folder: (transfer full).
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void host_test_folder_free (char *folder);

/**
 * host_test_write: makes a file; folders on the way to it too.
 * @name: relative to @folder.
 * Thread: main. Blocks: disk. Errors: fails the test. Returns: nothing.
 */
void host_test_write (const char *folder, const char *name, const char *text);

/**
 * host_test_read: reads a file.
 * Thread: main. Blocks: disk. Errors: fails the test. Returns: (transfer full).
 */
char *host_test_read (const char *folder, const char *name);

/**
 * host_test_mkdir: makes a folder, for example in a file's place.
 * Thread: main. Blocks: disk. Errors: fails the test. Returns: nothing.
 */
void host_test_mkdir (const char *folder, const char *name);

/**
 * host_test_exists: is there anything of that name?
 * Thread: main. Blocks: disk. Errors: none. Returns: the answer.
 */
gboolean host_test_exists (const char *folder, const char *name);

/**
 * host_test_problems: the findings as text, one a line.
 * @problems: (element-type PipelineProblem).
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer full).
 */
char *host_test_problems (const GPtrArray *problems);

/**
 * host_test_iterate_until: runs the default main context until @done is set; fails the test after
 * HOST_TEST_DEADLINE_S.
 * @done: set by a callback.
 * Thread: main. Blocks: yes. Errors: fails the test. Returns: nothing.
 */
void host_test_iterate_until (const gboolean *done);

/**
 * host_test_await_file: runs the default main context until a file exists; fails after the
 * deadline. For what another process does.
 * Thread: main. Blocks: yes. Errors: fails the test. Returns: nothing.
 */
void host_test_await_file (const char *folder, const char *name);

G_END_DECLS
