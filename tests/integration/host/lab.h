/* SPDX-License-Identifier: MIT */
/*
 * lab.h: a temporary workspace and the real pipeline_runner on it. Every wait has a deadline that
 * fails the test.
 *
 * Threads: main thread only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** LabResult: how a pipeline_runner ended. */
typedef struct
{
  int code;  /* exit code; 128 + n = killed by signal n */
  char *out; /* (owned) stdout */
  char *err; /* (owned) stderr */
} LabResult;

typedef struct _Lab Lab;

/**
 * lab_new: an empty temporary workspace. The environment of programs started in it has no
 * PIPELINE_ variables but PIPELINE_PLUGIN_PATH, which leads to the test plugins.
 * Thread: main. Blocks: disk. Errors: end the test. Returns: (transfer full).
 */
Lab *lab_new (void);

/**
 * lab_free: kills what still runs and removes the workspace.
 * @self: (nullable).
 * Thread: main. Blocks: disk. Errors: none. Returns: nothing.
 */
void lab_free (Lab *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lab, lab_free)

/**
 * lab_folder: absolute path of the workspace.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer none).
 */
const char *lab_folder (const Lab *self);

/**
 * lab_setenv: sets a variable for programs started from now on.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void lab_setenv (Lab *self, const char *name, const char *value);

/**
 * lab_write: writes a file of the workspace; missing folders are made.
 * Thread: main. Blocks: disk. Errors: end the test. Returns: nothing.
 */
void lab_write (Lab *self, const char *name, const char *text);

/**
 * lab_read: reads a file of the workspace.
 * Thread: main. Blocks: disk. Errors: end the test. Returns: (transfer full).
 */
char *lab_read (Lab *self, const char *name);

/**
 * lab_has: whether a file of the workspace exists.
 * Thread: main. Blocks: disk. Errors: none. Returns: TRUE if it does.
 */
gboolean lab_has (Lab *self, const char *name);

/**
 * lab_await: waits until a file of the workspace exists and contains @text.
 * Thread: main. Blocks: until then. Errors: the deadline ends the test. Returns: nothing.
 */
void lab_await (Lab *self, const char *name, const char *text);

/**
 * lab_run: runs pipeline_runner with arguments, in the workspace as current folder.
 * @line: split like a shell would.
 * Thread: main. Blocks: until it has ended. Errors: the deadline ends the test.
 * Returns: (transfer full).
 */
LabResult *lab_run (Lab *self, const char *line);

/**
 * lab_start: the same without waiting; one at a time. stdout and stderr go to the files `out` and
 * `err` beside the workspace.
 * Thread: main. Blocks: no. Errors: end the test. Returns: nothing.
 */
void lab_start (Lab *self, const char *line);

/**
 * lab_signal: sends a signal to the process of lab_start().
 * Thread: main. Blocks: no. Errors: end the test. Returns: nothing.
 */
void lab_signal (Lab *self, int signal_number);

/**
 * lab_finish: waits for the process of lab_start().
 * Thread: main. Blocks: until it has ended. Errors: the deadline ends the test.
 * Returns: (transfer full).
 */
LabResult *lab_finish (Lab *self);

/**
 * lab_await_err: waits until the running process has written @text to stderr.
 * Thread: main. Blocks: until then. Errors: the deadline ends the test. Returns: nothing.
 */
void lab_await_err (Lab *self, const char *text);

/**
 * lab_result_free: frees it.
 * @result: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void lab_result_free (LabResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LabResult, lab_result_free)

/**
 * lab_assert_code: ends the test, with all output, unless the exit code is @code.
 * Thread: main. Blocks: no. Errors: end the test. Returns: nothing.
 */
void lab_assert_code (const LabResult *result, int code);

/**
 * lab_assert_in: ends the test, showing @text, unless it contains @part.
 * Thread: main. Blocks: no. Errors: end the test. Returns: nothing.
 */
void lab_assert_in (const char *text, const char *part);

/**
 * lab_assert_gone: ends the test if the process lives whose pid a file of the workspace holds. A
 * zombie that init has not buried yet is gone.
 * Thread: main. Blocks: disk. Errors: end the test. Returns: nothing.
 */
void lab_assert_gone (Lab *self, const char *pid_file);

/**
 * lab_await_gone: the same for a process that nobody waits for: waits until it is gone.
 * Thread: main. Blocks: until then. Errors: the deadline ends the test. Returns: nothing.
 */
void lab_await_gone (Lab *self, const char *pid_file);

/**
 * lab_json: a member of a JSON document as text, by path: "error.code", "stages.0.name".
 * @text: exactly one JSON document; anything else ends the test.
 * Thread: main. Blocks: no. Errors: end the test if @text is no JSON.
 * Returns: (transfer full): the member as JSON text, strings without quotes; "(none)" if absent.
 */
char *lab_json (const char *text, const char *path);

G_END_DECLS
