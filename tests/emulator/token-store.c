/* SPDX-License-Identifier: MIT */
/*
 * Tokens in a hash table, and the refusals of those that are not good.
 *
 * Thread model: one thread. A token that has expired is remembered, because the service knows the
 * difference between that and a token it has never seen.
 */
#include "tests/emulator/token-store.h"

#include <string.h>

#define TOKEN_LETTERS 48u
#define BEARER "Bearer "
#define SERVICE "aiplatform.googleapis.com"

typedef struct
{
  guint number;
  gint64 expires_us; /* g_get_monotonic_time() */
} Token;

struct _TokenStore
{
  EmulatorScenario *scenario; /* (borrowed) */
  GHashTable *tokens;         /* (owned) text -> Token (owned) */
};

static void
add_token (TokenStore *self, const gchar *text, gint64 expires_us)
{
  Token *token = g_new0 (Token, 1);

  token->number = g_hash_table_size (self->tokens) + 1;
  token->expires_us = expires_us;
  g_hash_table_insert (self->tokens, g_strdup (text), token);
}

TokenStore *
token_store_new (EmulatorScenario *scenario, const gchar *fixed)
{
  TokenStore *self = g_new0 (TokenStore, 1);

  self->scenario = scenario;
  self->tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (fixed != NULL)
    add_token (self, fixed, G_MAXINT64);
  return self;
}

void
token_store_free (TokenStore *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->tokens);
  g_free (self);
}

static gchar *
draw_token (void)
{
  static const gchar alphabet[]
      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  g_autoptr (GString) text = g_string_new ("ya29.emulated-");

  for (guint i = 0; i < TOKEN_LETTERS; i++)
    g_string_append_c (text, alphabet[g_random_int_range (0, (gint32)strlen (alphabet))]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

EmulatorAnswer *
token_store_issue (TokenStore *self, EmulatorRequest *request)
{
  g_autofree gchar *text = draw_token ();
  json_object *json = json_object_new_object ();
  gint64 told_us = 0;
  const gint64 lifetime_us = emulator_scenario_get_token_lifetime (self->scenario, &told_us);

  add_token (self, text, g_get_monotonic_time () + lifetime_us);
  request->token = g_hash_table_size (self->tokens);
  json_object_object_add (json, "access_token", json_object_new_string (text));
  json_object_object_add (json, "expires_in",
                          json_object_new_int64 (MAX (told_us / G_USEC_PER_SEC - 1, 0)));
  json_object_object_add (json, "token_type", json_object_new_string ("Bearer"));
  return emulator_answer_new_json (200, json);
}

static EmulatorAnswer *
new_refusal (const gchar *text, const gchar *reason)
{
  json_object *details = json_object_new_array ();
  json_object *metadata = json_object_new_object ();
  EmulatorAnswer *answer = NULL;

  json_object_object_add (metadata, "service", json_object_new_string (SERVICE));
  json_object_array_add (details, emulator_answer_new_error_info (reason, metadata));
  answer = emulator_answer_new_error_with_details (401, text, details);
  emulator_answer_add_header (
      answer, "WWW-Authenticate",
      "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
  return answer;
}

EmulatorAnswer *
token_store_new_refusal (const gchar *reason)
{
  return new_refusal ("Request had invalid authentication credentials. Expected OAuth 2 access "
                      "token, login cookie or other valid authentication credential. See "
                      "https://developers.google.com/identity/sign-in/web/devconsole-project.",
                      reason);
}

static EmulatorAnswer *
refuse_foreign_credentials (const EmulatorRequest *request)
{
  if (emulator_request_has_parameter (request, "key", NULL)
      || emulator_request_has_parameter (request, "access_token", NULL))
    return emulator_answer_new_error (400, "The emulator refuses credentials in the query: send "
                                           "the access token in the Authorization header.");
  if (request->api_key != NULL)
    return new_refusal ("API keys are not supported by this API. Expected OAuth2 access token or "
                        "other authentication credentials that assert a principal. See "
                        "https://cloud.google.com/docs/authentication",
                        "CREDENTIALS_MISSING");
  return NULL;
}

EmulatorAnswer *
token_store_check (TokenStore *self, EmulatorRequest *request)
{
  EmulatorAnswer *refusal = refuse_foreign_credentials (request);
  const Token *token = NULL;

  if (refusal != NULL)
    return refusal;
  if (request->authorization == NULL)
    return new_refusal ("Request is missing required authentication credential. Expected OAuth 2 "
                        "access token, login cookie or other valid authentication credential. See "
                        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
                        "CREDENTIALS_MISSING");
  if (!g_str_has_prefix (request->authorization, BEARER))
    return token_store_new_refusal ("ACCESS_TOKEN_TYPE_UNSUPPORTED");
  token = g_hash_table_lookup (self->tokens, request->authorization + strlen (BEARER));
  if (token == NULL)
    return token_store_new_refusal ("ACCESS_TOKEN_TYPE_UNSUPPORTED");
  request->token = token->number;
  if (request->received_us >= token->expires_us)
    return token_store_new_refusal ("ACCESS_TOKEN_EXPIRED");
  return NULL;
}
