/* SPDX-License-Identifier: MIT */
/*
 * The token endpoint and the metadata server: who gets a token, in which words others are refused,
 * how long a token is good, and that none of it is ever logged.
 *
 * Assertions are signed here with the key of the file that the emulator wrote, by way of libcrypto.
 */
#include "tests/emulator/emulator-test.h"

#include <glib/gstdio.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#define SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define FLAVOR "Metadata-Flavor: Google\r\n"
#define TOKEN_PATH "/computeMetadata/v1/instance/service-accounts/default/token"
#define MODEL_PATH "/v1/publishers/google/models/veo-3.1-fast-generate-001"

typedef struct
{
  EmulatorClient *emulator; /* (owned) */
  gchar *folder;            /* (owned) */
  gchar *account_path;      /* (owned) */
  gchar *user_path;         /* (owned) */
  json_object *account;     /* (owned) */
  json_object *user;        /* (owned) */
  EVP_PKEY *key;            /* (owned) */
} Fixture;

static json_object *
read_object (const gchar *path)
{
  json_object *json = json_object_from_file (path);

  g_assert_true (json_object_is_type (json, json_type_object));
  return json;
}

static EVP_PKEY *
read_key (json_object *account)
{
  BIO *bio = BIO_new_mem_buf (emulator_log_string (account, "private_key"), -1);
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);

  BIO_free (bio);
  g_assert_nonnull (key);
  return key;
}

static EmulatorClient *
start_emulator (const Fixture *self, const gchar *scenario)
{
  const gchar *options[] = { "--write-credentials", self->account_path, "--write-user-credentials",
                             self->user_path, NULL };
  g_autoptr (GError) error = NULL;
  EmulatorClient *emulator = emulator_client_start (options, scenario, &error);

  g_assert_no_error (error);
  return emulator;
}

static Fixture *
fixture_new (const gchar *scenario)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("veo3-emulator-auth-XXXXXX", &error);
  g_assert_no_error (error);
  self->account_path = g_build_filename (self->folder, "account.json", NULL);
  self->user_path = g_build_filename (self->folder, "user.json", NULL);
  self->emulator = start_emulator (self, scenario);
  self->account = read_object (self->account_path);
  self->user = read_object (self->user_path);
  self->key = read_key (self->account);
  return self;
}

static void
fixture_free (Fixture *self)
{
  emulator_client_free (self->emulator);
  json_object_put (self->account);
  json_object_put (self->user);
  EVP_PKEY_free (self->key);
  g_assert_cmpint (remove (self->account_path), ==, 0);
  g_assert_cmpint (remove (self->user_path), ==, 0);
  g_assert_cmpint (remove (self->folder), ==, 0);
  g_free (self->account_path);
  g_free (self->user_path);
  g_free (self->folder);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static gchar *
encode (const guchar *data, gsize size_bytes)
{
  gchar *text = g_base64_encode (data, size_bytes);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

static gchar *
sign (EVP_PKEY *key, const gchar *header, const gchar *claims)
{
  g_autofree gchar *header_part = encode ((const guchar *)header, strlen (header));
  g_autofree gchar *claims_part = encode ((const guchar *)claims, strlen (claims));
  g_autofree gchar *text = g_strconcat (header_part, ".", claims_part, NULL);
  g_autofree gchar *signature_part = NULL;
  guchar signature[512];
  gsize signature_bytes = sizeof signature;
  EVP_MD_CTX *digest = EVP_MD_CTX_new ();

  g_assert_cmpint (EVP_DigestSignInit (digest, NULL, EVP_sha256 (), NULL, key), ==, 1);
  g_assert_cmpint (EVP_DigestSign (digest, signature, &signature_bytes, (const guchar *)text,
                                   strlen (text)),
                   ==, 1);
  EVP_MD_CTX_free (digest);
  signature_part = encode (signature, signature_bytes);
  return g_strconcat (text, ".", signature_part, NULL);
}

/* What an assertion says; NULL = what is right. */
typedef struct
{
  const gchar *header;
  const gchar *email;
  const gchar *scope;
  const gchar *audience;
  gint64 issued_after_s; /* from now */
  gint64 lifetime_s;     /* 0 = an hour */
} Claims;

static gchar *
build_assertion (Fixture *self, EVP_PKEY *key, const Claims *claims)
{
  const gint64 issued_s = g_get_real_time () / G_USEC_PER_SEC + claims->issued_after_s;
  const gchar *email
      = claims->email != NULL ? claims->email : emulator_log_string (self->account, "client_email");
  const gchar *audience = claims->audience != NULL
                              ? claims->audience
                              : emulator_log_string (self->account, "token_uri");
  g_autofree gchar *text
      = g_strdup_printf ("{\"iss\":\"%s\",\"scope\":\"%s\",\"aud\":\"%s\",\"iat\":%" G_GINT64_FORMAT
                         ",\"exp\":%" G_GINT64_FORMAT "}",
                         email, claims->scope != NULL ? claims->scope : SCOPE, audience, issued_s,
                         issued_s + (claims->lifetime_s != 0 ? claims->lifetime_s : 3600));

  return sign (key, claims->header != NULL ? claims->header : "{\"alg\":\"RS256\"}", text);
}

static Exchange *
post_form (Fixture *self, const gchar *form)
{
  return emulator_test_request (self->emulator, "POST /token", FORM, form);
}

static Exchange *
post_assertion (Fixture *self, EVP_PKEY *key, const Claims *claims)
{
  g_autofree gchar *assertion = build_assertion (self, key, claims);
  g_autofree gchar *form
      = g_strconcat ("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=",
                     assertion, NULL);

  return post_form (self, form);
}

static void
check_token (const Exchange *answer)
{
  json_object *json = emulator_test_parse (answer);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_nonnull (emulator_log_string (json, "access_token"));
  g_assert_cmpint (emulator_log_int (json, "expires_in"), ==, 3599);
  g_assert_cmpstr (emulator_log_string (json, "token_type"), ==, "Bearer");
  json_object_put (json);
}

static void
check_refusal (const Exchange *answer, guint status, const gchar *error, const gchar *needle)
{
  json_object *json = emulator_test_parse (answer);

  g_assert_cmpuint (answer->status, ==, status);
  g_assert_cmpstr (emulator_log_string (json, "error"), ==, error);
  g_assert_nonnull (strstr (emulator_log_string (json, "error_description"), needle));
  json_object_put (json);
}

/* A well signed assertion gets a token, with the emulator's own audience or Google's, with or
 * without the right kid. */
static void
test_assertion (void)
{
  g_autoptr (Fixture) self = fixture_new (NULL);
  g_autofree gchar *header
      = g_strdup_printf ("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
                         emulator_log_string (self->account, "private_key_id"));
  const Claims plain = { 0 };
  const Claims google = { .audience = "https://oauth2.googleapis.com/token" };
  const Claims named = { .header = header, .scope = "openid " SCOPE };
  g_autoptr (Exchange) first = post_assertion (self, self->key, &plain);
  g_autoptr (Exchange) second = post_assertion (self, self->key, &google);
  g_autoptr (Exchange) third = post_assertion (self, self->key, &named);

  check_token (first);
  check_token (second);
  check_token (third);
  g_assert_cmpstr (first->body, !=, second->body);
}

/* Each thing that may be wrong with an assertion has its own words. */
static void
test_bad_assertions (void)
{
  static const struct
  {
    Claims claims;
    const gchar *error;
    const gchar *needle;
  } rows[] = {
    { { .header = "{\"alg\":\"none\"}" }, "invalid_grant", "Failed to parse" },
    { { .header = "{\"alg\":\"HS256\"}" }, "invalid_grant", "Failed to parse" },
    { { .header = "no JSON" }, "invalid_grant", "Failed to parse" },
    { { .header = "{\"alg\":\"RS256\",\"kid\":\"other\"}" }, "invalid_grant", "Signature" },
    { { .email = "somebody@else" }, "invalid_grant", "account not found" },
    { { .scope = "openid" }, "invalid_scope", "Invalid OAuth scope" },
    { { .audience = "https://example.com/token" }, "invalid_grant", "audience" },
    { { .lifetime_s = 3601 }, "invalid_grant", "short-lived" },
    { { .lifetime_s = -1 }, "invalid_grant", "short-lived" },
    { { .issued_after_s = -7200 }, "invalid_grant", "reasonable timeframe" },
    { { .issued_after_s = 900 }, "invalid_grant", "reasonable timeframe" },
  };
  g_autoptr (Fixture) self = fixture_new (NULL);
  EVP_PKEY *foreign = EVP_RSA_gen (2048);
  const Claims plain = { 0 };
  g_autoptr (Exchange) forged = post_assertion (self, foreign, &plain);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Exchange) answer = post_assertion (self, self->key, &rows[i].claims);

      g_test_message ("%s", rows[i].needle);
      check_refusal (answer, 400, rows[i].error, rows[i].needle);
    }
  check_refusal (forged, 400, "invalid_grant", "Invalid JWT Signature.");
  EVP_PKEY_free (foreign);
}

/* What is no grant at all. */
static void
test_bad_forms (void)
{
  g_autoptr (Fixture) self = fixture_new (NULL);
  g_autoptr (Exchange) json = emulator_test_request (self->emulator, "POST /token",
                                                     "Content-Type: application/json\r\n", "{}");
  g_autoptr (Exchange) none = post_form (self, "assertion=a.b.c");
  g_autoptr (Exchange) other = post_form (self, "grant_type=password");
  g_autoptr (Exchange) bare
      = post_form (self, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer");
  g_autoptr (Exchange) get = emulator_test_request (self->emulator, "GET /token", NULL, NULL);
  g_autoptr (Exchange) query
      = emulator_test_request (self->emulator, "POST /token?a=b", FORM, "grant_type=password");

  check_refusal (json, 400, "invalid_request", "x-www-form-urlencoded");
  check_refusal (none, 400, "invalid_request", "grant_type");
  check_refusal (other, 400, "unsupported_grant_type", "Invalid grant_type");
  check_refusal (bare, 400, "invalid_request", "assertion");
  g_assert_cmpuint (get->status, ==, 404);
  g_assert_cmpuint (query->status, ==, 404);
}

static Exchange *
post_refresh (Fixture *self, const gchar *secret, const gchar *token)
{
  g_autofree gchar *form
      = g_strdup_printf ("refresh_token=%s&client_id=%s&client_secret=%s&grant_type=refresh_token",
                         token != NULL ? token : emulator_log_string (self->user, "refresh_token"),
                         emulator_log_string (self->user, "client_id"),
                         secret != NULL ? secret
                                        : emulator_log_string (self->user, "client_secret"));

  return post_form (self, form);
}

/* A user's login is refreshed with its own client and token only. */
static void
test_refresh (void)
{
  g_autoptr (Fixture) self = fixture_new (NULL);
  g_autoptr (Exchange) good = post_refresh (self, NULL, NULL);
  g_autoptr (Exchange) client = post_refresh (self, "other", NULL);
  g_autoptr (Exchange) token = post_refresh (self, NULL, "1//other");

  check_token (good);
  check_refusal (client, 401, "invalid_client", "not found");
  check_refusal (token, 400, "invalid_grant", "Bad Request");
  g_assert_nonnull (emulator_log_string (self->user, "quota_project_id"));
}

/* Scripted faults of the token endpoint are in OAuth's form, in order, and end. */
static void
test_token_faults (void)
{
  g_autoptr (Fixture) self
      = fixture_new ("[token]\nfaults=500 x1; invalid-grant x1; 400 x1 code=invalid_rapt "
                     "message=\"log in again\"; 503-html x1; close x1; ok x1 delay=60ms\n");
  g_autoptr (Exchange) first = post_refresh (self, NULL, NULL);
  g_autoptr (Exchange) wrong = post_refresh (self, NULL, "1//other");
  g_autoptr (Exchange) second = post_refresh (self, NULL, NULL);
  g_autoptr (Exchange) third = post_refresh (self, NULL, NULL);
  g_autoptr (Exchange) fourth = post_refresh (self, NULL, NULL);
  g_autoptr (Exchange) fifth = post_refresh (self, NULL, NULL);
  g_autoptr (Exchange) slow = post_refresh (self, NULL, NULL);
  g_autoptr (Exchange) last = post_refresh (self, NULL, NULL);

  check_refusal (first, 500, "internal_failure", "Try again");
  check_refusal (wrong, 400, "invalid_grant", "Bad Request");
  check_refusal (second, 400, "invalid_grant", "expired or revoked");
  check_refusal (third, 400, "invalid_rapt", "log in again");
  g_assert_cmpuint (fourth->status, ==, 503);
  g_assert_nonnull (strstr (fourth->body, "<!DOCTYPE html>"));
  g_assert_cmpuint (fifth->status, ==, 0);
  check_token (slow);
  g_assert_cmpint (slow->took_us, >=, 60000);
  check_token (last);
  g_assert_cmpuint (emulator_client_count (self->emulator, "token", NULL), ==, 8);
}

/* The metadata server wants its header, sends it back, and gives tokens. */
static void
test_metadata (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) bare = emulator_test_request (emulator, "GET " TOKEN_PATH, NULL, NULL);
  g_autoptr (Exchange) wrong
      = emulator_test_request (emulator, "GET " TOKEN_PATH, "Metadata-Flavor: Other\r\n", NULL);
  g_autoptr (Exchange) root = emulator_test_request (emulator, "GET /", FLAVOR, NULL);
  g_autoptr (Exchange) token
      = emulator_test_request (emulator, "GET " TOKEN_PATH "?scopes=a%20b", FLAVOR, NULL);
  g_autoptr (Exchange) project
      = emulator_test_request (emulator, "GET /computeMetadata/v1/project/project-id", FLAVOR,
                               NULL);
  g_autoptr (Exchange) nothing
      = emulator_test_request (emulator, "GET /computeMetadata/v1/nothing", FLAVOR, NULL);
  g_autoptr (Exchange) post = emulator_test_request (emulator, "POST " TOKEN_PATH, FLAVOR, "");
  g_autofree gchar *flavor = emulator_test_header (token, "Metadata-Flavor");
  g_autofree gchar *root_flavor = emulator_test_header (root, "Metadata-Flavor");

  g_assert_cmpuint (bare->status, ==, 403);
  g_assert_cmpuint (wrong->status, ==, 403);
  g_assert_cmpuint (root->status, ==, 200);
  g_assert_cmpstr (root_flavor, ==, "Google");
  check_token (token);
  g_assert_cmpstr (flavor, ==, "Google");
  g_assert_cmpstr (project->body, ==, "emulated-project");
  g_assert_cmpuint (nothing->status, ==, 404);
  g_assert_cmpuint (post->status, ==, 405);
  g_assert_cmpuint (emulator_client_count (emulator, "metadata", NULL), ==, 7);
}

/* Faults of the metadata server are its own. */
static void
test_metadata_faults (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[metadata]\nfaults=503 x1; 404 x1\n", NULL, NULL);
  g_autoptr (Exchange) first = emulator_test_request (emulator, "GET " TOKEN_PATH, FLAVOR, NULL);
  g_autoptr (Exchange) second = emulator_test_request (emulator, "GET " TOKEN_PATH, FLAVOR, NULL);
  g_autoptr (Exchange) third = emulator_test_request (emulator, "GET " TOKEN_PATH, FLAVOR, NULL);

  g_assert_cmpuint (first->status, ==, 503);
  g_assert_cmpuint (second->status, ==, 404);
  check_token (third);
}

static Exchange *
ask_for_model (EmulatorClient *emulator, const gchar *authorization)
{
  g_autofree gchar *header = g_strconcat ("Authorization: ", authorization, "\r\n", NULL);

  return emulator_test_request (emulator, "GET " MODEL_PATH, authorization != NULL ? header : NULL,
                                NULL);
}

static void
check_unauthenticated (const Exchange *answer, const gchar *reason)
{
  json_object *json = emulator_test_parse (answer);
  g_autofree gchar *challenge = emulator_test_header (answer, "WWW-Authenticate");

  g_assert_cmpuint (answer->status, ==, 401);
  g_assert_cmpstr (emulator_log_string (json, "error/status"), ==, "UNAUTHENTICATED");
  g_assert_cmpstr (emulator_log_string (json, "error/details/0/reason"), ==, reason);
  g_assert_nonnull (challenge);
  json_object_put (json);
}

/* Only a token that was given out is good; each other one is told apart. */
static void
test_tokens (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--access-token", "fixed-token");
  g_autofree gchar *token = emulator_test_fetch_token (emulator);
  g_autofree gchar *bearer = g_strconcat ("Bearer ", token, NULL);
  g_autofree gchar *basic = g_strconcat ("Basic ", token, NULL);
  g_autoptr (Exchange) good = ask_for_model (emulator, bearer);
  g_autoptr (Exchange) fixed = ask_for_model (emulator, "Bearer fixed-token");
  g_autoptr (Exchange) none = ask_for_model (emulator, NULL);
  g_autoptr (Exchange) unknown = ask_for_model (emulator, "Bearer ya29.other");
  g_autoptr (Exchange) other_scheme = ask_for_model (emulator, basic);
  g_autoptr (Exchange) key = emulator_test_get (emulator, MODEL_PATH, NULL);
  g_autoptr (Exchange) query
      = emulator_test_request (emulator, "GET " MODEL_PATH "?access_token=fixed-token", NULL, NULL);
  g_autofree gchar *log = NULL;

  g_assert_cmpuint (good->status, ==, 200);
  g_assert_cmpuint (fixed->status, ==, 200);
  check_unauthenticated (none, "CREDENTIALS_MISSING");
  check_unauthenticated (unknown, "ACCESS_TOKEN_TYPE_UNSUPPORTED");
  check_unauthenticated (other_scheme, "ACCESS_TOKEN_TYPE_UNSUPPORTED");
  check_unauthenticated (key, "CREDENTIALS_MISSING");
  g_assert_cmpuint (query->status, ==, 400);
  g_assert_true (g_file_get_contents (emulator_client_get_log_path (emulator), &log, NULL, NULL));
  g_assert_null (strstr (log, token));
  g_assert_null (strstr (log, "fixed-token"));
  g_assert_cmpuint (emulator_client_count (emulator, "model", "\"token\":2"), ==, 1);
  g_assert_cmpuint (emulator_client_count (emulator, "model", "\"token\":1"), ==, 1);
}

/* A token ends when its time is over, whatever was told of it; a new one is good again. */
static void
test_expiry (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[token]\nlifetime=0ms\nexpires-in=1h\n", "--access-token", "fixed");
  g_autofree gchar *token = emulator_test_fetch_token (emulator);
  g_autofree gchar *bearer = g_strconcat ("Bearer ", token, NULL);
  g_autoptr (Exchange) expired = ask_for_model (emulator, bearer);
  g_autoptr (Exchange) fixed = ask_for_model (emulator, "Bearer fixed");
  g_autoptr (EmulatorClient) short_lived
      = emulator_test_start ("[token]\nlifetime=120s\n", NULL, NULL);
  g_autoptr (Exchange) told = emulator_test_request (short_lived, "GET " TOKEN_PATH, FLAVOR, NULL);

  check_unauthenticated (expired, "ACCESS_TOKEN_EXPIRED");
  g_assert_cmpuint (fixed->status, ==, 200);
  g_assert_nonnull (strstr (told->body, "\"expires_in\":119"));
}

/* The files are as private as real ones, and an emulator that is given one knows its account. */
static void
test_files (void)
{
  g_autoptr (Fixture) self = fixture_new (NULL);
  const gchar *options[] = { "--service-account", self->account_path, NULL };
  const gchar *wrong[] = { "--service-account", self->user_path, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) wrong_error = NULL;
  g_autoptr (EmulatorClient) none = emulator_client_start (wrong, NULL, &wrong_error);
  EmulatorClient *first = g_steal_pointer (&self->emulator);
  g_autofree gchar *log = NULL;
  const Claims claims = { .audience = "https://oauth2.googleapis.com/token" };
  g_autoptr (Exchange) answer = NULL;
  GStatBuf status;

  self->emulator = emulator_client_start (options, NULL, &error);
  g_assert_no_error (error);
  answer = post_assertion (self, self->key, &claims);
  check_token (answer);
  g_assert_cmpint (g_stat (self->account_path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (self->user_path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_null (none);
  g_assert_nonnull (strstr (wrong_error->message, "is no service account"));
  g_assert_true (
      g_file_get_contents (emulator_client_get_log_path (self->emulator), &log, NULL, NULL));
  g_assert_null (strstr (log, "assertion"));
  emulator_client_free (first);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/auth/assertion", test_assertion);
  g_test_add_func ("/emulator/auth/bad-assertions", test_bad_assertions);
  g_test_add_func ("/emulator/auth/bad-forms", test_bad_forms);
  g_test_add_func ("/emulator/auth/refresh", test_refresh);
  g_test_add_func ("/emulator/auth/faults", test_token_faults);
  g_test_add_func ("/emulator/auth/tokens", test_tokens);
  g_test_add_func ("/emulator/auth/expiry", test_expiry);
  g_test_add_func ("/emulator/auth/files", test_files);
  g_test_add_func ("/emulator/metadata/token", test_metadata);
  g_test_add_func ("/emulator/metadata/faults", test_metadata_faults);
  return g_test_run ();
}
