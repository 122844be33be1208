/* SPDX-License-Identifier: MIT */
/*
 * The signed statement of a service account, verified by OpenSSL itself, and the keys that are
 * refused. No network, no disk.
 */
#include "plugin/adapters/google-jwt.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tests/unit/adapters/google-test.h"

static const GoogleJwtClaims claims = { .issuer = GOOGLE_TEST_EMAIL,
                                        .scope = "https://scope.example/a b",
                                        .audience = "https://token.example/token",
                                        .key_id = GOOGLE_TEST_KEY_ID,
                                        .now_s = 1795000000 };

/* The statement says who asks whom for what until when, and the account's key has signed it. */
static void
test_signed (void)
{
  g_autofree char *pem = google_test_dup_pem (google_test_get_key ());
  g_autoptr (GError) local_error = NULL;
  g_autoptr (EVP_PKEY) key = google_jwt_read_key (pem, &local_error);
  g_autofree char *jwt = NULL;
  g_autofree char *head = NULL;
  g_autofree char *body = NULL;

  g_assert_no_error (local_error);
  jwt = google_jwt_sign (&claims, key, &local_error);
  g_assert_no_error (local_error);
  head = google_test_read_jwt (jwt, google_test_get_key (), &body);
  g_assert_cmpstr (head, ==, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-id-1\"}");
  g_assert_cmpstr (body, ==,
                   "{\"iss\":\"robot@canary-project.iam.example\","
                   "\"scope\":\"https://scope.example/a b\","
                   "\"aud\":\"https://token.example/token\","
                   "\"iat\":1795000000,\"exp\":1795003600}");
}

/* Without an id of the key, the header names none. */
static void
test_without_key_id (void)
{
  GoogleJwtClaims nameless = claims;
  g_autofree char *jwt = NULL;
  g_autofree char *head = NULL;
  g_autofree char *body = NULL;

  nameless.key_id = NULL;
  jwt = google_jwt_sign (&nameless, google_test_get_key (), NULL);
  head = google_test_read_jwt (jwt, google_test_get_key (), &body);
  g_assert_cmpstr (head, ==, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
}

/* Text of the file cannot add claims of its own. */
static void
test_quotes (void)
{
  GoogleJwtClaims sly = claims;
  g_autofree char *jwt = NULL;
  g_autofree char *head = NULL;
  g_autofree char *body = NULL;

  sly.issuer = "a\",\"scope\":\"all";
  jwt = google_jwt_sign (&sly, google_test_get_key (), NULL);
  head = google_test_read_jwt (jwt, google_test_get_key (), &body);
  g_assert_nonnull (strstr (body, "\"iss\":\"a\\\",\\\"scope\\\":\\\"all\",\"scope\":\"https"));
}

static void
assert_refused (const char *pem, const char *words)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (EVP_PKEY) key = google_jwt_read_key (pem, &local_error);

  g_assert_null (key);
  g_assert_error (local_error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_CREDENTIALS);
  g_assert_nonnull (strstr (local_error->message, words));
  g_assert_cmpuint (ERR_peek_error (), ==, 0); /* libcurl would stumble over it */
}

static char *
dup_encrypted_pem (void)
{
  BIO *memory = BIO_new (BIO_s_mem ());
  char *data = NULL;
  long length;
  char *copy;

  g_assert_cmpint (PEM_write_bio_PKCS8PrivateKey (memory, google_test_get_key (),
                                                  EVP_aes_128_cbc (), "word", 4, NULL, NULL),
                   ==, 1);
  length = BIO_get_mem_data (memory, &data);
  copy = g_strndup (data, (gsize)length);
  BIO_free (memory);
  return copy;
}

/* Keys of another kind, short ones, encrypted and broken ones are refused, without a question on
 * the terminal and without a trace in OpenSSL's queue. */
static void
test_refused (void)
{
  g_autoptr (EVP_PKEY) curve = EVP_EC_gen ("P-256");
  g_autoptr (EVP_PKEY) small = EVP_RSA_gen (1024);
  g_autofree char *curve_pem = google_test_dup_pem (curve);
  g_autofree char *small_pem = google_test_dup_pem (small);
  g_autofree char *encrypted_pem = dup_encrypted_pem ();
  g_autofree char *cut_pem = google_test_dup_pem (google_test_get_key ());

  cut_pem[strlen (cut_pem) / 2] = '\0';
  assert_refused (curve_pem, "2,048 bits");
  assert_refused (small_pem, "2,048 bits");
  assert_refused (encrypted_pem, "without a passphrase");
  assert_refused (cut_pem, "PEM");
  assert_refused ("", "PEM");
  assert_refused ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "PEM");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/google-jwt/signed", test_signed);
  g_test_add_func ("/veo3/google-jwt/without-key-id", test_without_key_id);
  g_test_add_func ("/veo3/google-jwt/quotes", test_quotes);
  g_test_add_func ("/veo3/google-jwt/refused", test_refused);
  status = g_test_run ();
  EVP_PKEY_free (google_test_get_key ());
  return status;
}
