/* SPDX-License-Identifier: MIT */
/*
 * ResourceMeter: what this process holds: open descriptors, threads, memory. For tests that a thing
 * done many times leaves nothing behind.
 *
 * Thread model: no state, any thread; meaningful only while no other thread is at work.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** ResourceReading: one look. */
typedef struct
{
  guint n_files;
  guint n_threads;
  gsize heap_bytes; /* handed out by malloc; 0 = this build's malloc does not tell */
  gsize resident_bytes;
} ResourceReading;

/**
 * resource_meter_can_tell_heap: sanitizers and valgrind bring a malloc of their own, which has no
 * mallinfo2(), and look for leaks themselves.
 * Thread: any. Blocks: no. Errors: none. Returns: whether heap_bytes means anything.
 */
gboolean resource_meter_can_tell_heap (void);

/**
 * resource_meter_read: looks.
 *
 * GLib's pool threads linger for half a second, and a thread that has been joined may still be
 * listed for an instant: they are waited for until there are at most @expected_threads. Those that
 * GLib makes once and keeps are not counted.
 * @expected_threads: 1 = only the main one
 * Thread: any. Blocks: until then, at most 5 s. Errors: asserted. Returns: the reading.
 */
ResourceReading resource_meter_read (guint expected_threads);

/**
 * resource_meter_list_files: what the open descriptors are, for messages.
 * Thread: any. Blocks: no. Errors: asserted. Returns: (transfer full).
 */
char *resource_meter_list_files (void);

G_END_DECLS
