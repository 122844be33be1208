/* SPDX-License-Identifier: MIT */
/*
 * EmulatorCredentials: whom the token endpoint knows. Either a service account, by its public key,
 * or the login of a user, by its refresh token, or both. Both come as the JSON files that Google's
 * own tools write, so that any client reads them.
 *
 * Belongs to the emulator's one thread, constant once it serves.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _EmulatorCredentials EmulatorCredentials;

/** EmulatorJwtVerdict: what is wrong with an assertion. */
typedef enum
{
  EMULATOR_JWT_GOOD,
  EMULATOR_JWT_MALFORMED, /* not three parts of base64url, not JSON, not RS256 */
  EMULATOR_JWT_UNKNOWN,   /* iss is nobody known */
  EMULATOR_JWT_FORGED,    /* the signature is not that of the account's key */
  EMULATOR_JWT_SCOPE,     /* no scope, or one that is not cloud-platform */
  EMULATOR_JWT_AUDIENCE,  /* aud is another endpoint */
  EMULATOR_JWT_TIME,      /* iat or exp */
} EmulatorJwtVerdict;

/**
 * emulator_credentials_new:
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): credentials that know nobody
 */
EmulatorCredentials *emulator_credentials_new (void);

/**
 * emulator_credentials_free:
 * @self: (nullable) (transfer full): credentials
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_credentials_free (EmulatorCredentials *self);

/**
 * emulator_credentials_load_service_account:
 * @self: credentials
 * @path: JSON file with client_email, private_key_id and private_key
 * @error: return location
 *
 * Makes an account known whose file is there already.
 *
 * Thread: owner of the emulator. Blocks: on a small file. Errors: those of the file functions;
 * G_IO_ERROR_INVALID_DATA.
 * Returns: TRUE when it is known now
 */
gboolean emulator_credentials_load_service_account (EmulatorCredentials *self,
                                                    const gchar *path,
                                                    GError **error);

/**
 * emulator_credentials_write_service_account:
 * @self: credentials
 * @path: file that is written, readable by nobody else
 * @token_uri: of the token endpoint
 * @error: return location
 *
 * Makes up an account with a new RSA key, makes it known, and writes its file.
 *
 * Thread: owner of the emulator. Blocks: on making the key, some 100 ms, and on the file. Errors:
 * those of the file functions; G_IO_ERROR_FAILED when there is no key to be had.
 * Returns: TRUE when it is written
 */
gboolean emulator_credentials_write_service_account (EmulatorCredentials *self,
                                                     const gchar *path,
                                                     const gchar *token_uri,
                                                     GError **error);

/**
 * emulator_credentials_write_user:
 * @self: credentials
 * @path: file that is written, readable by nobody else
 * @token_uri: of the token endpoint
 * @error: return location
 *
 * Makes up the login of a user (type authorized_user, with a quota project), makes it known, and
 * writes its file. Google's own files of this type have no token_uri; a client that does not read
 * it cannot be led here.
 *
 * Thread: owner of the emulator. Blocks: on a small file. Errors: those of the file functions.
 * Returns: TRUE when it is written
 */
gboolean emulator_credentials_write_user (EmulatorCredentials *self,
                                          const gchar *path,
                                          const gchar *token_uri,
                                          GError **error);

/**
 * emulator_credentials_check_jwt:
 * @self: credentials
 * @assertion: RFC 7523
 * @audience: what aud must be, unless it is Google's own
 *
 * Judges the signed assertion of a service account, in the order of EmulatorJwtVerdict.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: the verdict
 */
EmulatorJwtVerdict emulator_credentials_check_jwt (EmulatorCredentials *self,
                                                   const gchar *assertion,
                                                   const gchar *audience);

/**
 * emulator_credentials_check_client:
 * @self: credentials
 * @client_id: (nullable): as it arrived
 * @client_secret: (nullable): as it arrived
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when that is the client of the user's login
 */
gboolean emulator_credentials_check_client (EmulatorCredentials *self,
                                            const gchar *client_id,
                                            const gchar *client_secret);

/**
 * emulator_credentials_check_refresh_token:
 * @self: credentials
 * @refresh_token: (nullable): as it arrived
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when that is the one of the user's login
 */
gboolean emulator_credentials_check_refresh_token (EmulatorCredentials *self,
                                                   const gchar *refresh_token);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorCredentials, emulator_credentials_free)

G_END_DECLS
