/* SPDX-License-Identifier: MIT */
/*
 * HostWorkspace: one folder = one run. Checks the folder, holds its lock (flock on a file of its
 * own, so that neither a rename nor another close of it drops the lock; the kernel frees it when
 * the process dies), and makes run ids. Creates no folder. Main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HOST_WORKSPACE_ERROR (host_workspace_error_quark ())
#define HOST_WORKSPACE_LOCK_NAME ".pipeline.lock"

typedef enum
{
  HOST_WORKSPACE_ERROR_INVALID, /* not a folder that can be used: exit 2 */
  HOST_WORKSPACE_ERROR_LOCKED,  /* another runner works on it: exit 75 */
  HOST_WORKSPACE_ERROR_IO,      /* the lock file cannot be used: exit 2 */
} HostWorkspaceError;

typedef struct _HostWorkspace HostWorkspace;

/**
 * host_workspace_error_quark: the domain of HostWorkspaceError.
 * Thread: any. Blocks: no. Errors: none. Returns: the quark.
 */
GQuark host_workspace_error_quark (void);

/**
 * host_workspace_open: checks that the folder exists and makes its path absolute. Takes no lock.
 * @path: absolute or relative to the current folder.
 * Thread: main. Blocks: disk. Errors: HOST_WORKSPACE_ERROR_INVALID.
 * Returns: (transfer full) (nullable): NULL with @error.
 */
HostWorkspace *host_workspace_open (const char *path, GError **error);

/**
 * host_workspace_path: the absolute path.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none): valid as long as @self.
 */
const char *host_workspace_path (const HostWorkspace *self);

/**
 * host_workspace_file: absolute path of a file of the workspace.
 * @name: relative path.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full).
 */
char *host_workspace_file (const HostWorkspace *self, const char *name);

/**
 * host_workspace_lock: takes the lock without waiting, writes our pid into the lock file, and
 * removes what a killed process left of an unfinished write of run.json. Held until unlock, free
 * or the end of the process. The lock file stays.
 * Thread: main. Blocks: disk.
 * Errors: HOST_WORKSPACE_ERROR_LOCKED (the message names the holder's pid where it is known),
 * HOST_WORKSPACE_ERROR_IO.
 * Returns: FALSE with @error. TRUE at once when @self already holds it.
 */
gboolean host_workspace_lock (HostWorkspace *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * host_workspace_unlock: gives the lock back; without a lock it does nothing.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void host_workspace_unlock (HostWorkspace *self);

/**
 * host_workspace_lock_holder: is somebody working on it? Takes no lock of its own for longer than
 * the look; for `status`.
 * @path: workspace.
 * @ret_pid: (out) (optional): the holder's pid, 0 = unknown; untouched when nobody holds it.
 * Thread: main. Blocks: disk. Errors: none: what cannot be looked at counts as free.
 * Returns: TRUE when it is locked by another open of the lock file.
 */
gboolean host_workspace_lock_holder (const char *path, gint64 *ret_pid);

/**
 * host_workspace_new_run_id: makes a run id, `YYYYMMDD-HHMMSS-xxxx`: UTC and 4 random hex digits.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full).
 */
char *host_workspace_new_run_id (void);

/**
 * host_workspace_run_id_is_valid: [A-Za-z0-9][A-Za-z0-9._-]{0,127}.
 * @run_id: (nullable).
 * Thread: any. Blocks: no. Errors: none. Returns: the answer.
 */
gboolean host_workspace_run_id_is_valid (const char *run_id);

/**
 * host_workspace_free: unlocks and frees it.
 * @self: (transfer full) (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void host_workspace_free (HostWorkspace *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostWorkspace, host_workspace_free)

G_END_DECLS
