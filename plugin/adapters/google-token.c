/* SPDX-License-Identifier: MIT */
/*
 * Requests for tokens and the classes of their answers. Pure. Whatever asking again may mend is
 * transient: a paid request is then simply not sent yet. Must not quote anything of a successful
 * answer, and of others only the two members that are meant for people, redacted.
 */
#include "plugin/adapters/google-token.h"

#include <string.h>

#include "plugin/adapters/google-jwt.h"
#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/rpc-status.h"
#include "plugin/adapters/secret.h"
#include "plugin/adapters/server-text.h"

#define GRANT_JWT "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
#define METADATA_PATH                                                                              \
  "/computeMetadata/v1/instance/service-accounts/default/token"                                    \
  "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform"
#define TOKEN_BYTES_MAX (16 * 1024)
#define LIFE_S_MAX 86400 /* no token of Google's lives longer than 12 hours */
#define WORD_CHARS 60
#define SECRET_BYTES_MIN 4 /* a shorter one would blot out ordinary text, and guards nothing */

static gboolean
fill_assertion (const GoogleCredentials *credentials,
                gint64 now_s,
                GoogleTokenQuestion *question,
                GError **error)
{
  const GoogleJwtClaims claims = { .issuer = credentials->client_email,
                                   .scope = GOOGLE_TOKEN_SCOPE,
                                   .audience = credentials->token_uri,
                                   .key_id = credentials->key_id,
                                   .now_s = now_s };

  question->assertion = google_jwt_sign (&claims, credentials->key, error);
  return question->assertion != NULL;
}

static char *
escape (const char *text)
{
  return g_uri_escape_string (text, NULL, FALSE);
}

/* Returns: (transfer full): a form, which is a secret. */
static char *
build_form (const GoogleCredentials *credentials, const GoogleTokenQuestion *question)
{
  g_autoptr (SecretText) token = NULL;
  g_autoptr (SecretText) secret = NULL;
  g_autofree char *id = NULL;

  if (credentials->kind == GOOGLE_CREDENTIALS_SERVICE_ACCOUNT)
    return g_strconcat ("grant_type=" GRANT_JWT "&assertion=", question->assertion, NULL);
  token = escape (credentials->refresh_token);
  secret = escape (credentials->client_secret);
  id = escape (credentials->client_id);
  return g_strconcat ("grant_type=refresh_token&client_id=", id, "&client_secret=", secret,
                      "&refresh_token=", token, NULL);
}

gboolean
google_token_ask (const GoogleCredentials *credentials,
                  const HttpNetwork *network,
                  gint64 now_s,
                  GoogleTokenQuestion *question,
                  GError **error)
{
  g_autoptr (HttpRequest) request = NULL;
  g_autoptr (GBytes) body = NULL;

  *question = (GoogleTokenQuestion){ 0 };
  if (credentials->kind == GOOGLE_CREDENTIALS_METADATA)
    {
      request = http_request_new_metadata (credentials->metadata_host, METADATA_PATH, error);
      if (request == NULL || !http_request_add_header (request, "Metadata-Flavor", "Google", error))
        return FALSE;
      question->request = g_steal_pointer (&request);
      return TRUE;
    }
  if (credentials->kind == GOOGLE_CREDENTIALS_SERVICE_ACCOUNT
      && !fill_assertion (credentials, now_s, question, error))
    return FALSE;
  request = http_request_new ("POST", credentials->token_url, error);
  if (request == NULL
      || !http_request_add_header (request, "Content-Type", "application/x-www-form-urlencoded",
                                   error))
    return FALSE;
  body = secret_to_bytes (build_form (credentials, question));
  http_request_set_body (request, body);
  http_request_set_network (request, network);
  question->request = g_steal_pointer (&request);
  return TRUE;
}

void
google_token_question_clear (GoogleTokenQuestion *self)
{
  g_clear_pointer (&self->request, http_request_free);
  g_clear_pointer (&self->assertion, secret_free);
}

/* It becomes the value of a header: no space, no control character, nothing beyond ASCII. */
static gboolean
is_token (const char *text)
{
  const char *p = text;

  while (*p > 0x20 && *p < 0x7f)
    p++;
  return *text != '\0' && *p == '\0' && p - text <= TOKEN_BYTES_MAX;
}

char *
google_token_parse (const char *body, gsize length, gint64 *life_s, GError **error)
{
  g_autoptr (json_object) root = json_answer_parse (body, length, NULL);
  const char *type = json_answer_get_string (root, "token_type");
  const char *token = json_answer_get_string (root, "access_token");
  json_object *life = json_answer_get (root, "expires_in", json_type_int);
  const char *fault = NULL;
  char *copy = NULL;

  if (root == NULL)
    fault = "it is not JSON";
  else if (token == NULL || !is_token (token))
    fault = "it has no usable \"access_token\"";
  else if (type == NULL || g_ascii_strcasecmp (type, "Bearer") != 0)
    fault = "its \"token_type\" is not \"Bearer\"";
  else if (life == NULL || json_object_get_int64 (life) < 1)
    fault = "its \"expires_in\" is not a number of seconds to come";
  if (fault != NULL)
    g_set_error (error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_TRANSIENT,
                 "the answer of the token service cannot be used: %s", fault);
  else
    {
      copy = g_strdup (token);
      *life_s = MIN (json_object_get_int64 (life), LIFE_S_MAX);
    }
  if (token != NULL)
    explicit_bzero ((char *)token, strlen (token));
  return copy;
}

static void
redact (GString *text, const char *secret)
{
  g_autoptr (SecretText) escaped = NULL;

  if (secret == NULL || strlen (secret) < SECRET_BYTES_MIN)
    return;
  escaped = escape (secret);
  g_string_replace (text, secret, "[redacted]", 0);
  g_string_replace (text, escaped, "[redacted]", 0);
}

/* Text for people that the service sent, which may be an echo of what we sent. */
static char *
clean (const char *text,
       gsize max_chars,
       const GoogleCredentials *credentials,
       const GoogleTokenQuestion *question)
{
  g_autoptr (GString) redacted = g_string_new (text);

  redact (redacted, question->assertion);
  redact (redacted, credentials->refresh_token);
  redact (redacted, credentials->client_secret);
  return server_text_clean (redacted->str, redacted->len, max_chars, NULL);
}

/** Complaint: what an answer says is wrong. */
typedef struct
{
  char *word; /* (owned) "invalid_grant", "PERMISSION_DENIED"; "" = none */
  char *text; /* (owned) "" = none */
} Complaint;

static void
complaint_clear (Complaint *self)
{
  g_clear_pointer (&self->word, g_free);
  g_clear_pointer (&self->text, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Complaint, complaint_clear)

/* OAuth's form of an error, or that of Google's other services. */
static void
read_complaint (const HttpResponse *response,
                const GoogleCredentials *credentials,
                const GoogleTokenQuestion *question,
                Complaint *complaint)
{
  g_autoptr (json_object) root = json_answer_parse (response->body, response->body_length, NULL);
  json_object *inner = json_answer_get (root, "error", json_type_object);
  const char *word = json_answer_get_string (root, "error");
  const char *text = json_answer_get_string (root, "error_description");

  if (inner != NULL)
    {
      word = json_answer_get_string (inner, "status");
      text = json_answer_get_string (inner, "message");
    }
  complaint->word = clean (word != NULL ? word : "", WORD_CHARS, credentials, question);
  complaint->text
      = clean (text != NULL ? text : "", SERVER_TEXT_MESSAGE_CHARS, credentials, question);
}

static gboolean
is_transient (const HttpResponse *response, const Complaint *complaint)
{
  static const char *const words[]
      = { "server_error", "temporarily_unavailable", "internal_failure", "UNAVAILABLE", NULL };

  return response->status < 300 || response->status == 408 || response->status == 429
         || response->status >= 500 || response->end != HTTP_END_ANSWERED
         || g_strv_contains (words, complaint->word);
}

/* "Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and
 * exp values in the JWT claim." */
static gboolean
is_about_time (const Complaint *complaint)
{
  return strstr (complaint->text, "timeframe") != NULL
         || strstr (complaint->text, "iat and exp") != NULL;
}

static const char *
advise (const GoogleCredentials *credentials, const HttpResponse *response, const Complaint *what)
{
  if (response->status >= 300 && response->status <= 399)
    return "a redirect is not followed: check \"token_uri\" or the metadata host";
  switch (credentials->kind)
    {
    case GOOGLE_CREDENTIALS_SERVICE_ACCOUNT:
      return is_about_time (what)
                 ? "check the clock of this machine"
                 : "check that the account and its key exist and are enabled, or make a new key";
    case GOOGLE_CREDENTIALS_USER:
      return "the login has ended or was revoked; run: gcloud auth application-default login";
    case GOOGLE_CREDENTIALS_METADATA:
      return "check that the machine has a service account, or set a credentials file";
    }
  g_return_val_if_reached ("");
}

/* What was seen, in one line. */
static char *
describe (const HttpResponse *response, const Complaint *what)
{
  g_autofree char *seen = NULL;

  if (response->end == HTTP_END_SINK_REFUSED || response->end == HTTP_END_BODY_TOO_BIG)
    return g_strdup ("the answer is too long");
  if (response->status == 0 || response->end != HTTP_END_ANSWERED)
    {
      const char *message = response->message != NULL ? response->message : "no answer";

      return server_text_clean (message, strlen (message), SERVER_TEXT_MESSAGE_CHARS, NULL);
    }
  seen = g_strdup_printf ("HTTP %ld", response->status);
  if (*what->word == '\0')
    return g_steal_pointer (&seen);
  if (*what->text == '\0')
    return g_strdup_printf ("%s %s", seen, what->word);
  return g_strdup_printf ("%s %s: %s", seen, what->word, what->text);
}

GError *
google_token_explain (const GoogleCredentials *credentials,
                      const GoogleTokenQuestion *question,
                      const HttpResponse *response,
                      gint64 now_s,
                      gint64 *retry_after_ms)
{
  g_auto (Complaint) what = { 0 };
  g_autofree char *seen = NULL;

  read_complaint (response, credentials, question, &what);
  seen = describe (response, &what);
  *retry_after_ms = rpc_status_parse_retry_after (response->retry_after, now_s);
  if (credentials->guessed && response->status == 0)
    return g_error_new (GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_CREDENTIALS,
                        "no Google credentials were found; set a credentials file"
                        " (GOOGLE_APPLICATION_CREDENTIALS), or run: gcloud auth"
                        " application-default login (no metadata server answers either: %s)",
                        seen);
  if (is_transient (response, &what))
    return g_error_new (GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_TRANSIENT,
                        "no access token for %s for now: %s", credentials->description, seen);
  return g_error_new (GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_CREDENTIALS,
                      "no access token for %s (%s); %s", credentials->description, seen,
                      advise (credentials, response, &what));
}
