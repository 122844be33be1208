/* SPDX-License-Identifier: MIT */
/*
 * Tells ThreadSanitizer what it cannot see: that memory changes hands between threads through GLib,
 * whose locks are futexes of its own. Costs nothing in other builds, and orders nothing by itself:
 * whoever hands something over does so through a GLib queue, source or task.
 */
#pragma once

#include <glib.h>

#if defined(__SANITIZE_THREAD__)
#define THREAD_HANDOFF_IS_SEEN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_HANDOFF_IS_SEEN 1
#endif
#endif

#ifdef THREAD_HANDOFF_IS_SEEN
void __tsan_acquire (void *address);
void __tsan_release (void *address);
#endif

/**
 * thread_handoff_give: everything this thread has written belongs to the next who takes @thing.
 * @thing: (not nullable): what carries it across
 * Thread: any. Blocks: no. Errors: none.
 */
static inline void
thread_handoff_give (gpointer thing)
{
#ifdef THREAD_HANDOFF_IS_SEEN
  __tsan_release (thing);
#else
  (void)thing;
#endif
}

/**
 * thread_handoff_take: the other side of thread_handoff_give().
 * @thing: (not nullable)
 * Thread: any. Blocks: no. Errors: none.
 */
static inline void
thread_handoff_take (gpointer thing)
{
#ifdef THREAD_HANDOFF_IS_SEEN
  __tsan_acquire (thing);
#else
  (void)thing;
#endif
}
