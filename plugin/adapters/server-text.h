/* SPDX-License-Identifier: MIT */
/*
 * Text that a server sent, made fit for people and logs: no control characters, bounded, without
 * the secret that we sent along.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SERVER_TEXT_MESSAGE_CHARS 500
#define SERVER_TEXT_EXCERPT_CHARS 4096

/**
 * server_text_clean: one line of at most @max_chars characters.
 * Control characters and those that turn the writing direction are escaped, invalid UTF-8 is
 * replaced, cut text ends in "...".
 * @text: (array length=length) (nullable): any bytes; NULL gives "".
 * @length: bytes.
 * @secret: (nullable): replaced by "[redacted]" wherever it occurs, or its first 8 or more
 *   characters, which is what a cut leaves of it.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): UTF-8.
 */
char *server_text_clean (const char *text, gsize length, gsize max_chars, const char *secret);

/**
 * server_text_clean_message: the same for the words of a message, a text that ends in NUL.
 * @text: (nullable): NULL gives "".
 * @secret: (nullable)
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full): UTF-8.
 */
char *server_text_clean_message (const char *text, const char *secret);

G_END_DECLS
