/* SPDX-License-Identifier: MIT */
/*
 * ProcessGroup: makes sure that nothing of a stage's process group outlives the stage. The first
 * process is the caller's to wait for; this is about the rest: background children that a command
 * left behind. Event-driven (pidfd), no ticks. Processes that left the group on purpose (setsid)
 * are not ours. Needs /proc. Main thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * process_group_signal: sends a signal to every member; a group that is gone is fine.
 * @group: process group id, > 1.
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void process_group_signal (pid_t group, int signal_number);

/**
 * process_group_remember: a group that must not outlive this process, not even if it leaves in a
 * hurry. Beyond 512 groups at a time nothing is remembered.
 * @group: process group id, > 1.
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void process_group_remember (pid_t group);

/**
 * process_group_forget: the group is gone, and its number may become somebody else's.
 * @group: 0 = none.
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void process_group_forget (pid_t group);

/**
 * process_group_kill_remembered: SIGKILL to all that are remembered.
 * Thread: any. Blocks: no, takes no lock. Errors: none. Returns: nothing.
 */
void process_group_kill_remembered (void);

/**
 * process_group_find_member: a living (not zombie) member of the group.
 * Thread: any. Blocks: no (reads /proc, only when the group exists). Errors: none.
 * Returns: its pid; 0 = the group has no living member.
 */
pid_t process_group_find_member (pid_t group);

/**
 * process_group_end_async: ends what is left: SIGTERM, then after @grace_ms SIGKILL. Completes at
 * once (from an idle) when nothing is left.
 * @grace_ms: milliseconds, >= 0; 0 = SIGKILL at once.
 * @hurry: (nullable): cancelled = SIGKILL now.
 * Thread: main. Blocks: no. Errors: see the finish function. Returns: nothing.
 */
void process_group_end_async (pid_t group,
                              gint64 grace_ms,
                              GCancellable *hurry,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

/**
 * process_group_end_finish: the end of it.
 * Thread: main. Blocks: no.
 * Errors: G_IO_ERROR_TIMED_OUT: a member lives on 2 s after SIGKILL (stuck in the kernel).
 * Returns: FALSE with @error.
 */
gboolean process_group_end_finish (GAsyncResult *result, GError **error);

G_END_DECLS
