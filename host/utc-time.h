/* SPDX-License-Identifier: MIT */
/*
 * UtcTime: the one form in which the host writes moments into files: RFC 3339, UTC, milliseconds.
 * For people and for joining logs only: scheduling uses the monotonic clock.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * utc_time_format: writes a moment.
 * @unix_us: microseconds since 1970-01-01 UTC, as g_get_real_time() tells them.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): e.g. "2026-11-22T09:00:00.125Z".
 */
char *utc_time_format (gint64 unix_us);

/**
 * utc_time_now: the present moment in that form.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full).
 */
char *utc_time_now (void);

G_END_DECLS
