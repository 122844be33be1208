/* SPDX-License-Identifier: MIT */
/*
 * GoogleTest: keys and credential files for the tests of Google's credentials. Nothing of them is
 * in the source: a key is made anew for each program. Everything asserts.
 */
#pragma once

#include <glib.h>
#include <openssl/evp.h>

G_BEGIN_DECLS

#define GOOGLE_TEST_EMAIL "robot@canary-project.iam.example"
#define GOOGLE_TEST_KEY_ID "key-id-1"
#define GOOGLE_TEST_CLIENT_SECRET "CANARY/client+secret"
#define GOOGLE_TEST_REFRESH_TOKEN "1//CANARY-refresh=token"

/**
 * google_test_get_key: the RSA key of this program, of 2,048 bits.
 * Thread: the test. Blocks: computes for a moment the first time. Errors: asserted.
 * Returns: (transfer none)
 */
EVP_PKEY *google_test_get_key (void);

/**
 * google_test_dup_pem: a private key as PEM.
 * Thread: any. Blocks: no. Errors: asserted. Returns: (transfer full)
 */
char *google_test_dup_pem (EVP_PKEY *key);

/**
 * google_test_get_key_line: a piece of google_test_get_key() that must never be seen elsewhere.
 * Thread: the test. Blocks: no. Errors: asserted. Returns: (transfer none)
 */
const char *google_test_get_key_line (void);

/**
 * google_test_write: writes a file and closes it to others (0600).
 * Thread: any. Blocks: disk. Errors: asserted. Returns: (transfer full): its path.
 */
char *google_test_write (const char *folder, const char *name, const char *text);

/**
 * google_test_write_account: the key file of a service account with google_test_get_key().
 * Thread: the test. Blocks: disk. Errors: asserted. Returns: (transfer full): its path.
 */
char *google_test_write_account (const char *folder, const char *token_uri);

/**
 * google_test_write_login: what gcloud writes at a person's login.
 * Thread: any. Blocks: disk. Errors: asserted. Returns: (transfer full): its path.
 */
char *google_test_write_login (const char *folder, const char *token_uri);

/**
 * google_test_read_jwt: takes a signed statement apart and verifies its signature.
 * @claims: (out) (transfer full): JSON text.
 * Thread: any. Blocks: no. Errors: asserted.
 * Returns: (transfer full): the header, JSON text.
 */
char *google_test_read_jwt (const char *jwt, EVP_PKEY *key, char **claims);

/**
 * google_test_assert_silent: none of the secrets above is in @text.
 * @text: (nullable)
 * Thread: the test. Blocks: no. Errors: asserted. Returns: nothing.
 */
void google_test_assert_silent (const char *text);

G_END_DECLS
