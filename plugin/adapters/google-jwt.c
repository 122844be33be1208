/* SPDX-License-Identifier: MIT */
/*
 * RS256 by OpenSSL's EVP interface. No state, any thread. Must not leave anything in the thread's
 * queue of OpenSSL errors, where libcurl's TLS would find it, and must not ask for a passphrase.
 */
#include "plugin/adapters/google-jwt.h"

#include <json-c/json.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/secret.h"

#define KEY_BITS_MIN 2048
#define LIFE_S 3600 /* the longest that is accepted */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)

/* Without this one, OpenSSL would ask on the terminal. */
static int
refuse_passphrase (char *buffer, int size, int writing, void *user_data)
{
  (void)buffer;
  (void)size;
  (void)writing;
  (void)user_data;
  return -1;
}

EVP_PKEY *
google_jwt_read_key (const char *pem, GError **error)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (pem, -1);
  g_autoptr (EVP_PKEY) key = NULL;

  if (bio != NULL)
    key = PEM_read_bio_PrivateKey (bio, NULL, refuse_passphrase, NULL);
  ERR_clear_error ();
  if (key == NULL || EVP_PKEY_get_base_id (key) != EVP_PKEY_RSA
      || EVP_PKEY_get_bits (key) < KEY_BITS_MIN)
    {
      g_set_error (error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_CREDENTIALS, "%s",
                   key == NULL ? "it is not a private key in PEM form without a passphrase"
                               : "it is not an RSA key of at least 2,048 bits");
      return NULL;
    }
  return g_steal_pointer (&key);
}

/* RFC 7515: base64 for URLs, without padding. */
static char *
encode (const void *data, gsize length)
{
  char *text = g_base64_encode (data, length);

  for (char *p = text; *p != '\0'; p++)
    {
      if (*p == '+')
        *p = '-';
      else if (*p == '/')
        *p = '_';
      else if (*p == '=')
        *p = '\0';
    }
  return text;
}

static gboolean
add_text (json_object *object, const char *name, const char *text)
{
  json_object *value = json_object_new_string (text);

  return value != NULL && json_object_object_add (object, name, value) == 0;
}

static gboolean
add_number (json_object *object, const char *name, gint64 number)
{
  json_object *value = json_object_new_int64 (number);

  return value != NULL && json_object_object_add (object, name, value) == 0;
}

static char *
encode_object (json_object *object)
{
  const char *text = json_object_to_json_string_ext (object, JSON_C_TO_STRING_PLAIN
                                                                 | JSON_C_TO_STRING_NOSLASHESCAPE);

  return text != NULL ? encode (text, strlen (text)) : NULL;
}

/* Returns: (nullable): header and claims, which the signature is about. */
static char *
build_unsigned (const GoogleJwtClaims *claims)
{
  g_autoptr (json_object) header = json_object_new_object ();
  g_autoptr (json_object) body = json_object_new_object ();
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  if (header == NULL || body == NULL || !add_text (header, "alg", "RS256")
      || !add_text (header, "typ", "JWT")
      || (claims->key_id != NULL && !add_text (header, "kid", claims->key_id))
      || !add_text (body, "iss", claims->issuer) || !add_text (body, "scope", claims->scope)
      || !add_text (body, "aud", claims->audience) || !add_number (body, "iat", claims->now_s)
      || !add_number (body, "exp", claims->now_s + LIFE_S))
    return NULL;
  first = encode_object (header);
  second = encode_object (body);
  return first != NULL && second != NULL ? g_strconcat (first, ".", second, NULL) : NULL;
}

/* Returns: (nullable): the signature of @text, encoded. */
static char *
sign (const char *text, EVP_PKEY *key)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  g_autofree guchar *signature = NULL;
  size_t length = 0;

  if (context == NULL || EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, key) != 1
      || EVP_DigestSign (context, NULL, &length, (const guchar *)text, strlen (text)) != 1)
    return NULL;
  signature = g_malloc (length);
  if (EVP_DigestSign (context, signature, &length, (const guchar *)text, strlen (text)) != 1)
    return NULL;
  return encode (signature, length);
}

char *
google_jwt_sign (const GoogleJwtClaims *claims, EVP_PKEY *key, GError **error)
{
  g_autofree char *text = build_unsigned (claims);
  g_autoptr (SecretText) signature = text != NULL ? sign (text, key) : NULL;

  ERR_clear_error ();
  if (signature == NULL)
    {
      g_set_error (error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_TRANSIENT,
                   "the crypto library did not sign the request for an access token");
      return NULL;
    }
  return g_strconcat (text, ".", signature, NULL);
}
