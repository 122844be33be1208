/* SPDX-License-Identifier: MIT */
/*
 * Duration: the text form of spans of time in pipeline files, settings and options:
 * one whole number with one unit, `250ms 30s 5min 2h`. Pure; no state.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DURATION_ERROR (duration_error_quark ())

typedef enum
{
  DURATION_ERROR_SYNTAX, /* not a number with a known unit */
  DURATION_ERROR_RANGE,  /* more milliseconds than 63 bits hold */
} DurationError;

/** DurationSyntax: what else counts as a duration. */
typedef enum
{
  DURATION_WITH_UNIT,       /* a unit is required */
  DURATION_BARE_IS_SECONDS, /* "600" is 600 s: how environment variables are written */
} DurationSyntax;

/**
 * duration_error_quark: the domain of DurationError.
 * Thread: any. Blocks: no. Errors: none. Returns: the quark.
 */
GQuark duration_error_quark (void);

/**
 * duration_parse: reads a duration.
 * @text: (not nullable): no sign, no fraction, no blanks.
 * @ret_ms: (out): milliseconds, >= 0; untouched on failure.
 * Thread: any. Blocks: no. Errors: DURATION_ERROR_*, with a message that shows the right form.
 * Returns: FALSE with @error.
 */
gboolean duration_parse (const char *text, DurationSyntax syntax, gint64 *ret_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * duration_to_string: writes a duration with the largest unit that divides it: 90000 is "90s", 0 is
 * "0s".
 * @ms: milliseconds, >= 0; a negative one counts as 0.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): text that duration_parse() reads back to the same number.
 */
char *duration_to_string (gint64 ms);

G_END_DECLS
