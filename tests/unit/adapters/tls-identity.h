/* SPDX-License-Identifier: MIT */
/*
 * TlsIdentity: a key and a certificate of a TLS server on loopback, made anew for a test, and the
 * file that a client has to trust.
 *
 * Thread model: none; whoever made it owns it. An SSL_CTX may serve many threads.
 */
#pragma once

#include <glib.h>
#include <openssl/ssl.h>

G_BEGIN_DECLS

/**
 * tls_identity_new: server side of TLS for "127.0.0.1" and "localhost", and for "veo.test", which
 * no name server knows.
 * @ca_path: where the certificate is written, which signs itself
 * Thread: any. Blocks: disk. Errors: a failed assertion.
 * Returns: (transfer full): SSL_CTX_free()
 */
SSL_CTX *tls_identity_new (const char *ca_path);

G_END_DECLS
