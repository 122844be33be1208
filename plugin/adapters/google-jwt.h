/* SPDX-License-Identifier: MIT */
/*
 * GoogleJwt: the signed statement by which a service account asks for an access token (RFC 7523),
 * and the reading of the key that signs it.
 */
#pragma once

#include <glib.h>
#include <openssl/evp.h>

#include "plugin/adapters/google-auth-error.h"

G_BEGIN_DECLS

/** GoogleJwtClaims: borrowed. All text is UTF-8. */
typedef struct
{
  const char *issuer;   /* client_email */
  const char *scope;    /* separated by spaces */
  const char *audience; /* token_uri */
  const char *key_id;   /* (nullable) private_key_id */
  gint64 now_s;         /* seconds since 1970; it ends an hour later */
} GoogleJwtClaims;

/**
 * google_jwt_read_key: an RSA key of at least 2,048 bits from a PEM block without a passphrase.
 * @pem: a secret.
 * Source: RFC 7518 section 3.3 (size).
 * Thread: any. Blocks: no. Errors: GOOGLE_AUTH_ERROR_CREDENTIALS; what the PEM holds is not shown.
 * Returns: (transfer full) (nullable): EVP_PKEY_free(), which wipes it.
 */
EVP_PKEY *google_jwt_read_key (const char *pem, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * google_jwt_sign: makes the statement, signed with RS256.
 * Source: https://developers.google.com/identity/protocols/oauth2/service-account, RFC 7515.
 * @key: (transfer none)
 * Thread: any. Blocks: no, it computes for a millisecond or two.
 * Errors: GOOGLE_AUTH_ERROR_TRANSIENT: no memory, or the library refused.
 * Returns: (transfer full) (nullable): a secret for an hour: secret_free().
 */
char *google_jwt_sign (const GoogleJwtClaims *claims,
                       EVP_PKEY *key,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

G_END_DECLS
