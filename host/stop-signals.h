/* SPDX-License-Identifier: MIT */
/*
 * stop-signals.h: SIGINT, SIGTERM and SIGHUP as requests to whatever the main loop is busy with:
 * the first one asks it to stop in order, the second to hurry, and a moment later it has to give
 * up. Used by `run` and by the commands of plugins, so that both end alike. If the main loop does
 * not come to that, the process ends without it 0.12 s after the second signal, with exit code 128
 * + the first one and all remembered process groups killed (process-group.h).
 *
 * Threads: main thread only, with a small one of its own behind. One at a time in a process. The
 * signals are blocked in the main thread meanwhile; children have to unblock them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _StopSignals StopSignals;

/** StopSignalsHandler: what is to be done. Each is called at most once, in this order. */
typedef struct
{
  /* (not nullable) @signal_number: SIGINT, or SIGTERM for all others */
  void (*stop) (gpointer user_data, int signal_number);
  void (*hurry) (gpointer user_data);   /* (not nullable) wait for nothing any more */
  void (*give_up) (gpointer user_data); /* (not nullable) whoever still owes an answer: end */
} StopSignalsHandler;

/**
 * stop_signals_new: catches the signals from now on; the handler is called from the main context.
 * A hangup counts as SIGTERM, unless nohup asked for the contrary.
 * @handler: (borrowed): must outlive it, as must @user_data.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer full).
 */
StopSignals *stop_signals_new (const StopSignalsHandler *handler, gpointer user_data);

/**
 * stop_signals_free: the signals do again what they did before.
 * @self: (nullable).
 * Thread: main. Blocks: until its thread has ended, at once. Errors: none. Returns: nothing.
 */
void stop_signals_free (StopSignals *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StopSignals, stop_signals_free)

G_END_DECLS
