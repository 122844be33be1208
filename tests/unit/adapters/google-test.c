/* SPDX-License-Identifier: MIT */
/*
 * Keys made by OpenSSL, files by hand. JWTs are verified with the public half of the key through
 * OpenSSL, not with the code under test.
 */
#include "tests/unit/adapters/google-test.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fixtures/scratch-folder.h"

#define KEY_BITS 2048

EVP_PKEY *
google_test_get_key (void)
{
  static EVP_PKEY *key;

  if (key == NULL)
    key = EVP_RSA_gen (KEY_BITS);
  g_assert_nonnull (key);
  return key;
}

char *
google_test_dup_pem (EVP_PKEY *key)
{
  BIO *memory = BIO_new (BIO_s_mem ());
  char *data = NULL;
  long length;
  char *copy;

  g_assert_cmpint (PEM_write_bio_PKCS8PrivateKey (memory, key, NULL, NULL, 0, NULL, NULL), ==, 1);
  length = BIO_get_mem_data (memory, &data);
  copy = g_strndup (data, (gsize)length);
  BIO_free (memory);
  return copy;
}

const char *
google_test_get_key_line (void)
{
  static char line[41];

  if (*line == '\0')
    {
      g_autofree char *pem = google_test_dup_pem (google_test_get_key ());

      /* Within the fifth line: beyond what all RSA keys begin with. */
      g_strlcpy (line, pem + strlen ("-----BEGIN PRIVATE KEY-----\n") + 4 * 65, sizeof line);
    }
  g_assert_null (strchr (line, '\n'));
  return line;
}

char *
google_test_write (const char *folder, const char *name, const char *text)
{
  char *path = g_build_filename (folder, name, NULL);

  scratch_folder_write (folder, name, text);
  g_assert_cmpint (chmod (path, 0600), ==, 0);
  return path;
}

char *
google_test_write_account (const char *folder, const char *token_uri)
{
  g_autofree char *pem = google_test_dup_pem (google_test_get_key ());
  g_autofree char *escaped = g_strescape (pem, NULL);
  g_autofree char *text = g_strdup_printf (
      "{\"type\":\"service_account\",\"project_id\":\"canary-project\",\"private_key_id\":\"%s\","
      "\"private_key\":\"%s\",\"client_email\":\"%s\",\"token_uri\":\"%s\"}\n",
      GOOGLE_TEST_KEY_ID, escaped, GOOGLE_TEST_EMAIL, token_uri);

  return google_test_write (folder, "account.json", text);
}

char *
google_test_write_login (const char *folder, const char *token_uri)
{
  g_autofree char *text = g_strdup_printf (
      "{\"account\":\"\",\"client_id\":\"id-1.apps.example\",\"client_secret\":\"%s\","
      "\"quota_project_id\":\"billed-project\",\"refresh_token\":\"%s\",\"token_uri\":\"%s\","
      "\"type\":\"authorized_user\",\"universe_domain\":\"googleapis.com\"}\n",
      GOOGLE_TEST_CLIENT_SECRET, GOOGLE_TEST_REFRESH_TOKEN, token_uri);

  return google_test_write (folder, "application_default_credentials.json", text);
}

static guchar *
decode (const char *text, gsize *length)
{
  g_autoptr (GString) padded = g_string_new (text);

  g_assert_null (strpbrk (text, "+/="));
  (void)g_string_replace (padded, "-", "+", 0);
  (void)g_string_replace (padded, "_", "/", 0);
  while (padded->len % 4 != 0)
    g_string_append_c (padded, '=');
  return g_base64_decode (padded->str, length);
}

char *
google_test_read_jwt (const char *jwt, EVP_PKEY *key, char **claims)
{
  g_auto (GStrv) parts = g_strsplit (jwt, ".", -1);
  g_autofree char *head = NULL;
  g_autofree char *text = NULL;
  g_autofree guchar *signature = NULL;
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gsize length;
  gsize head_length;
  gsize claims_length;

  g_assert_cmpuint (g_strv_length (parts), ==, 3);
  text = g_strconcat (parts[0], ".", parts[1], NULL);
  signature = decode (parts[2], &length);
  g_assert_cmpint (EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, key), ==, 1);
  g_assert_cmpint (
      EVP_DigestVerify (context, signature, length, (const guchar *)text, strlen (text)), ==, 1);
  text[strlen (text) - 1] ^= 1; /* the verification can fail */
  g_assert_cmpint (EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, key), ==, 1);
  g_assert_cmpint (
      EVP_DigestVerify (context, signature, length, (const guchar *)text, strlen (text)), !=, 1);
  EVP_MD_CTX_free (context);
  head = (char *)decode (parts[0], &head_length);
  *claims = (char *)decode (parts[1], &claims_length);
  *claims = g_realloc (*claims, claims_length + 1);
  (*claims)[claims_length] = '\0';
  return g_strndup (head, head_length);
}

void
google_test_assert_silent (const char *text)
{
  static const char *const secrets[]
      = { GOOGLE_TEST_CLIENT_SECRET, GOOGLE_TEST_REFRESH_TOKEN, "CANARY", "ya29." };

  if (text == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    g_assert_null (strstr (text, secrets[i]));
  g_assert_null (strstr (text, google_test_get_key_line ()));
}
