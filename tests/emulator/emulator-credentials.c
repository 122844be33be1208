/* SPDX-License-Identifier: MIT */
/*
 * Credential files, and assertions signed with RS256 (RFC 7515, RFC 7523), by way of libcrypto.
 *
 * Thread model: one thread. Must not talk to anybody, and never put a secret into a message.
 */
#include "tests/emulator/emulator-credentials.h"

#include "tests/emulator/emulator-json.h"
#include "tests/emulator/json-check.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#define RSA_BITS 2048
#define MAX_LIFETIME_S 3600
#define CLOCK_SKEW_S 300
#define GOOGLE_AUDIENCE "https://oauth2.googleapis.com/token"
#define CLOUD_PLATFORM "https://www.googleapis.com/auth/cloud-platform"
#define SERVICE_ACCOUNT "veo3-emulator@emulated-project.iam.gserviceaccount.com"

typedef EVP_PKEY Key;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Key, EVP_PKEY_free)
typedef EVP_MD_CTX Digest;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Digest, EVP_MD_CTX_free)
typedef BIO MemoryBio;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemoryBio, BIO_free_all)

struct _EmulatorCredentials
{
  Key *key;             /* (owned) (nullable) of the service account */
  gchar *email;         /* (owned) (nullable) its name */
  gchar *key_id;        /* (owned) (nullable) */
  gchar *client_id;     /* (owned) (nullable) of the user's login */
  gchar *client_secret; /* (owned) (nullable) */
  gchar *refresh_token; /* (owned) (nullable) */
};

EmulatorCredentials *
emulator_credentials_new (void)
{
  return g_new0 (EmulatorCredentials, 1);
}

static void
forget_service_account (EmulatorCredentials *self)
{
  g_clear_pointer (&self->key, EVP_PKEY_free);
  g_clear_pointer (&self->email, g_free);
  g_clear_pointer (&self->key_id, g_free);
}

static void
forget_user (EmulatorCredentials *self)
{
  g_clear_pointer (&self->client_id, g_free);
  g_clear_pointer (&self->client_secret, g_free);
  g_clear_pointer (&self->refresh_token, g_free);
}

void
emulator_credentials_free (EmulatorCredentials *self)
{
  if (self == NULL)
    return;
  forget_service_account (self);
  forget_user (self);
  g_free (self);
}

static Key *
read_key (const gchar *pem)
{
  g_autoptr (MemoryBio) bio = BIO_new_mem_buf (pem, -1);

  return bio != NULL ? PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL) : NULL;
}

static gchar *
write_key (Key *key)
{
  g_autoptr (MemoryBio) bio = BIO_new (BIO_s_mem ());
  gchar *text = NULL;
  long length = 0;

  if (bio == NULL || PEM_write_bio_PKCS8PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL) != 1)
    return NULL;
  length = BIO_get_mem_data (bio, &text);
  return g_strndup (text, (gsize)length);
}

static gboolean
take_service_account (EmulatorCredentials *self, json_object *json)
{
  const gchar *email = json_check_get_string (json, "client_email");
  const gchar *key_id = json_check_get_string (json, "private_key_id");
  const gchar *pem = json_check_get_string (json, "private_key");
  g_autoptr (Key) key = pem != NULL ? read_key (pem) : NULL;

  if (email == NULL || key_id == NULL || key == NULL
      || g_strcmp0 (json_check_get_string (json, "type"), "service_account") != 0)
    return FALSE;
  forget_service_account (self);
  self->key = g_steal_pointer (&key);
  self->email = g_strdup (email);
  self->key_id = g_strdup (key_id);
  return TRUE;
}

gboolean
emulator_credentials_load_service_account (EmulatorCredentials *self,
                                           const gchar *path,
                                           GError **error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  json_object *json = NULL;
  gboolean taken = FALSE;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, error))
    return FALSE;
  bytes = g_bytes_new (text, length);
  json = emulator_json_parse (bytes);
  taken = take_service_account (self, json);
  json_object_put (json);
  if (!taken)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "%s is no service account with client_email, private_key_id and private_key",
                 path);
  return taken;
}

static void
add_string (json_object *json, const gchar *name, const gchar *text)
{
  json_object_object_add (json, name, json_object_new_string (text));
}

static gchar *
draw_hex (guint n_words)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n_words; i++)
    g_string_append_printf (text, "%08x", g_random_int ());
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Takes the object. */
static gboolean
write_file (const gchar *path, json_object *json, GError **error)
{
  const gchar *text = json_object_to_json_string_ext (json, JSON_C_TO_STRING_PRETTY
                                                                | JSON_C_TO_STRING_NOSLASHESCAPE);
  const gboolean written
      = g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);

  json_object_put (json);
  return written;
}

gboolean
emulator_credentials_write_service_account (EmulatorCredentials *self,
                                            const gchar *path,
                                            const gchar *token_uri,
                                            GError **error)
{
  g_autoptr (Key) key = EVP_RSA_gen (RSA_BITS);
  g_autofree gchar *pem = key != NULL ? write_key (key) : NULL;
  g_autofree gchar *key_id = draw_hex (5);
  json_object *json = NULL;

  if (pem == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no RSA key could be made");
      return FALSE;
    }
  json = json_object_new_object ();
  add_string (json, "type", "service_account");
  add_string (json, "project_id", "emulated-project");
  add_string (json, "private_key_id", key_id);
  add_string (json, "private_key", pem);
  add_string (json, "client_email", SERVICE_ACCOUNT);
  add_string (json, "client_id", "100000000000000000000");
  add_string (json, "auth_uri", "https://accounts.google.com/o/oauth2/auth");
  add_string (json, "token_uri", token_uri);
  add_string (json, "universe_domain", "googleapis.com");
  (void)take_service_account (self, json);
  return write_file (path, json, error);
}

gboolean
emulator_credentials_write_user (EmulatorCredentials *self,
                                 const gchar *path,
                                 const gchar *token_uri,
                                 GError **error)
{
  g_autofree gchar *secret = draw_hex (4);
  g_autofree gchar *token = draw_hex (8);
  json_object *json = json_object_new_object ();

  forget_user (self);
  self->client_id = g_strdup ("100000000000-emulated.apps.googleusercontent.com");
  self->client_secret = g_strconcat ("GOCSPX-", secret, NULL);
  self->refresh_token = g_strconcat ("1//emulated-", token, NULL);
  add_string (json, "type", "authorized_user");
  add_string (json, "client_id", self->client_id);
  add_string (json, "client_secret", self->client_secret);
  add_string (json, "refresh_token", self->refresh_token);
  add_string (json, "quota_project_id", "emulated-quota-project");
  add_string (json, "token_uri", token_uri);
  add_string (json, "universe_domain", "googleapis.com");
  return write_file (path, json, error);
}

/* base64url without padding; anything else is NULL. */
static GBytes *
decode_part (const gchar *part)
{
  g_autofree gchar *text = NULL;
  gsize length = strlen (part);
  gsize decoded_bytes = 0;
  guchar *decoded = NULL;

  if (length == 0 || length % 4 == 1
      || strspn (part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
             != length)
    return NULL;
  text = g_strconcat (part, length % 4 == 2 ? "==" : length % 4 == 3 ? "=" : "", NULL);
  g_strdelimit (text, "-", '+');
  g_strdelimit (text, "_", '/');
  decoded = g_base64_decode (text, &decoded_bytes);
  return g_bytes_new_take (decoded, decoded_bytes);
}

static json_object *
decode_object (const gchar *part)
{
  g_autoptr (GBytes) bytes = decode_part (part);

  return bytes != NULL ? emulator_json_parse (bytes) : NULL;
}

static gboolean
is_signed_by (Key *key, const gchar *signed_text, gsize signed_bytes, GBytes *signature)
{
  g_autoptr (Digest) digest = EVP_MD_CTX_new ();
  gsize size_bytes = 0;
  const guchar *data = g_bytes_get_data (signature, &size_bytes);

  return digest != NULL && EVP_DigestVerifyInit (digest, NULL, EVP_sha256 (), NULL, key) == 1
         && EVP_DigestVerify (digest, data, size_bytes, (const guchar *)signed_text, signed_bytes)
                == 1;
}

static gboolean
has_scope (const gchar *scopes)
{
  g_auto (GStrv) list = g_strsplit (scopes != NULL ? scopes : "", " ", -1);

  return g_strv_contains ((const gchar *const *)list, CLOUD_PLATFORM);
}

static gboolean
has_good_times (json_object *claims)
{
  json_object *iat = json_check_find (claims, "iat");
  json_object *exp = json_check_find (claims, "exp");
  const gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  const gint64 issued_s = json_object_get_int64 (iat);
  const gint64 expires_s = json_object_get_int64 (exp);

  return json_object_is_type (iat, json_type_int) && json_object_is_type (exp, json_type_int)
         && issued_s <= now_s + CLOCK_SKEW_S && expires_s > now_s - CLOCK_SKEW_S
         && expires_s > issued_s && expires_s - issued_s <= MAX_LIFETIME_S;
}

static EmulatorJwtVerdict
check_claims (json_object *claims, const gchar *audience)
{
  const gchar *aud = json_check_get_string (claims, "aud");

  if (!has_scope (json_check_get_string (claims, "scope")))
    return EMULATOR_JWT_SCOPE;
  if (g_strcmp0 (aud, audience) != 0 && g_strcmp0 (aud, GOOGLE_AUDIENCE) != 0)
    return EMULATOR_JWT_AUDIENCE;
  return has_good_times (claims) ? EMULATOR_JWT_GOOD : EMULATOR_JWT_TIME;
}

static EmulatorJwtVerdict
check_parts (EmulatorCredentials *self,
             gchar **parts,
             json_object *header,
             json_object *claims,
             const gchar *audience)
{
  const gchar *key_id = json_check_get_string (header, "kid");
  g_autoptr (GBytes) signature = decode_part (parts[2]);
  g_autofree gchar *signed_text = g_strconcat (parts[0], ".", parts[1], NULL);

  if (header == NULL || claims == NULL || signature == NULL
      || g_strcmp0 (json_check_get_string (header, "alg"), "RS256") != 0)
    return EMULATOR_JWT_MALFORMED;
  if (self->key == NULL || g_strcmp0 (json_check_get_string (claims, "iss"), self->email) != 0)
    return EMULATOR_JWT_UNKNOWN;
  if ((key_id != NULL && !g_str_equal (key_id, self->key_id))
      || !is_signed_by (self->key, signed_text, strlen (signed_text), signature))
    return EMULATOR_JWT_FORGED;
  return check_claims (claims, audience);
}

EmulatorJwtVerdict
emulator_credentials_check_jwt (EmulatorCredentials *self,
                                const gchar *assertion,
                                const gchar *audience)
{
  g_auto (GStrv) parts = g_strsplit (assertion, ".", -1);
  EmulatorJwtVerdict verdict = EMULATOR_JWT_MALFORMED;
  json_object *header = NULL;
  json_object *claims = NULL;

  if (g_strv_length (parts) != 3)
    return EMULATOR_JWT_MALFORMED;
  header = decode_object (parts[0]);
  claims = decode_object (parts[1]);
  verdict = check_parts (self, parts, header, claims, audience);
  json_object_put (header);
  json_object_put (claims);
  return verdict;
}

gboolean
emulator_credentials_check_client (EmulatorCredentials *self,
                                   const gchar *client_id,
                                   const gchar *client_secret)
{
  return self->client_id != NULL && g_strcmp0 (client_id, self->client_id) == 0
         && g_strcmp0 (client_secret, self->client_secret) == 0;
}

gboolean
emulator_credentials_check_refresh_token (EmulatorCredentials *self, const gchar *refresh_token)
{
  return self->refresh_token != NULL && g_strcmp0 (refresh_token, self->refresh_token) == 0;
}
