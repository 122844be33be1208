/* SPDX-License-Identifier: MIT */
/*
 * Secrets in memory: wiped when they are freed. What libcurl, json-c and OpenSSL copied for
 * themselves is theirs; against that there is only the host's refusal to dump core.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * secret_free: wipes and frees a string. Accepts NULL.
 * @text: (transfer full) (nullable)
 * Thread: any. Blocks: no. Errors: none.
 */
void secret_free (char *text);

/**
 * secret_to_bytes: a string as a request's body, wiped when the last reference goes.
 * @text: (transfer full)
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full): without the NUL.
 */
GBytes *secret_to_bytes (char *text);

typedef char SecretText;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SecretText, secret_free)

G_END_DECLS
