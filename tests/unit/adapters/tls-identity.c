/* SPDX-License-Identifier: MIT */
/*
 * A certificate that signs itself and is therefore its own authority. An elliptic key, because it
 * is made in a moment. Everything asserts.
 */
#include "tests/unit/adapters/tls-identity.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define LIFE_S (24L * 60L * 60L)

static void
add_extension (X509 *certificate, int id, const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;

  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, certificate, certificate, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &context, id, value);
  g_assert_nonnull (extension);
  g_assert_cmpint (X509_add_ext (certificate, extension, -1), ==, 1);
  X509_EXTENSION_free (extension);
}

static X509 *
new_certificate (EVP_PKEY *key)
{
  X509 *certificate = X509_new ();
  X509_NAME *name = X509_get_subject_name (certificate);

  (void)X509_set_version (certificate, 2);
  (void)ASN1_INTEGER_set (X509_get_serialNumber (certificate), 1);
  /* It begins a little earlier: tests play with the clock. */
  (void)X509_gmtime_adj (X509_getm_notBefore (certificate), -LIFE_S);
  (void)X509_gmtime_adj (X509_getm_notAfter (certificate), LIFE_S);
  g_assert_cmpint (X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC,
                                               (const unsigned char *)"pipeline test", -1, -1, 0),
                   ==, 1);
  (void)X509_set_issuer_name (certificate, name);
  (void)X509_set_pubkey (certificate, key);
  add_extension (certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension (certificate, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost,DNS:veo.test");
  g_assert_cmpint (X509_sign (certificate, key, EVP_sha256 ()), >, 0);
  return certificate;
}

static void
write_certificate (X509 *certificate, const char *path)
{
  BIO *file = BIO_new_file (path, "w");

  g_assert_nonnull (file);
  g_assert_cmpint (PEM_write_bio_X509 (file, certificate), ==, 1);
  BIO_free (file);
}

SSL_CTX *
tls_identity_new (const char *ca_path)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *certificate = new_certificate (key);
  SSL_CTX *context = SSL_CTX_new (TLS_server_method ());

  g_assert_nonnull (context);
  g_assert_cmpint (SSL_CTX_use_certificate (context, certificate), ==, 1);
  g_assert_cmpint (SSL_CTX_use_PrivateKey (context, key), ==, 1);
  write_certificate (certificate, ca_path);
  X509_free (certificate);
  EVP_PKEY_free (key);
  return context;
}
