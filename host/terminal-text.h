/* SPDX-License-Identifier: MIT */
/*
 * terminal-text.h: text that may come from a server, made safe and short enough for a terminal.
 * Pure functions.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Longest text of foreign origin that is shown, in characters. */
#define TERMINAL_TEXT_MAX_CHARS 500

/**
 * terminal_text_escape: shows control characters (C0, DEL, C1, line separators, bidirectional
 * overrides) and bytes that are no UTF-8 as \n, \xNN or \u{NNNN}, and cuts at
 * TERMINAL_TEXT_MAX_CHARS characters with "…".
 * @text: (nullable): NULL counts as empty; any bytes.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): UTF-8 in one line.
 */
char *terminal_text_escape (const char *text);

/**
 * terminal_text_fit: cuts a line to a number of terminal cells; wide characters count two,
 * combining ones none. A cut line ends in "…".
 * @line: UTF-8 without control characters.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full).
 */
char *terminal_text_fit (const char *line, guint max_cells);

/**
 * terminal_text_duration: a time span for people, like "3ms", "0.4s", "12s", "3min 05s", "1h
 * 02min".
 * @span_us: negative counts as 0.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full).
 */
char *terminal_text_duration (gint64 span_us);

G_END_DECLS
