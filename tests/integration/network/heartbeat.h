/* SPDX-License-Identifier: MIT */
/*
 * Heartbeat: a timer on the main context under test that notes how late it is called. What the
 * machine is to blame for is taken off: the time in which the thread was ready and got no
 * processor, and pauses that an idle thread of the same process noticed as well. What is left is
 * how long the thread worked or slept without looking at its sources.
 *
 * Thread model: made and freed by the test's thread; beats on the thread that runs the context.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Heartbeat Heartbeat;

/**
 * heartbeat_new: starts beating.
 * @context: (transfer none): runs in another thread
 * Thread: any. Blocks: no. Errors: asserted. Returns: (transfer full)
 */
Heartbeat *heartbeat_new (GMainContext *context);

/**
 * heartbeat_wait: waits for so many more beats, so that nothing before them is missed.
 * Thread: the test. Blocks: until then; a deadline fails. Errors: asserted. Returns: nothing.
 */
void heartbeat_wait (Heartbeat *self, guint beats);

/**
 * heartbeat_take_largest: the largest gap since the last call.
 * Thread: any. Blocks: no. Errors: none. Returns: microseconds, the machine's part taken off.
 */
gint64 heartbeat_take_largest (Heartbeat *self);

/**
 * heartbeat_free: ends it, once the thread of the context has ended. Accepts NULL.
 * Thread: the test. Blocks: until the idle thread has ended. Errors: none. Returns: nothing.
 */
void heartbeat_free (Heartbeat *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Heartbeat, heartbeat_free)

G_END_DECLS
