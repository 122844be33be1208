/* SPDX-License-Identifier: MIT */
/*
 * The small words of scenario files, prompt directives and options: durations, sizes, repetitions.
 * Pure functions of their arguments. Errors are G_IO_ERROR_INVALID_ARGUMENT throughout and quote
 * the word that is wrong.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * emulator_words_split:
 * @text: `error 13 message="come again" x2`
 * @error: return location
 *
 * Splits as a shell would, without expanding anything.
 *
 * Thread: any. Blocks: no. Errors: INVALID_ARGUMENT for an open quote or no word at all.
 * Returns: (transfer full) (array zero-terminated=1): at least one word, or NULL
 */
gchar **emulator_words_split (const gchar *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_words_parse_times:
 * @word: perhaps `x3`
 * @ret_times: (out): the repetitions, >= 1
 *
 * Recognises a repetition.
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE when @word is a repetition; @ret_times is untouched otherwise
 */
gboolean emulator_words_parse_times (const gchar *word, guint *ret_times);

/**
 * emulator_words_parse_duration:
 * @word: `250ms`, `30s`, `5min`, `2h`
 * @ret_us: (out): microseconds, >= 0
 * @error: return location
 *
 * Reads a duration of at most 1000 hours.
 *
 * Thread: any. Blocks: no. Errors: INVALID_ARGUMENT.
 * Returns: TRUE when @word is a duration
 */
gboolean emulator_words_parse_duration (const gchar *word, gint64 *ret_us, GError **error);

/**
 * emulator_words_parse_size:
 * @word: `1000`, `100KiB`, `2MiB`, `-10`
 * @ret_bytes: (out): bytes, may be negative
 * @error: return location
 *
 * Reads a number of bytes of at most 1 GiB.
 *
 * Thread: any. Blocks: no. Errors: INVALID_ARGUMENT.
 * Returns: TRUE when @word is a size
 */
gboolean emulator_words_parse_size (const gchar *word, gint64 *ret_bytes, GError **error);

G_END_DECLS
