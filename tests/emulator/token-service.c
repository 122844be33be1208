/* SPDX-License-Identifier: MIT */
/*
 * The token endpoint: one route, two grants, and refusals in OAuth's own form.
 *
 * Thread model: one thread, nothing blocks. Must not put what arrived into an answer.
 */
#include "tests/emulator/token-service.h"

#include "tests/emulator/fault-answer.h"

#include <string.h>

#define GRANT_JWT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define GRANT_REFRESH "refresh_token"

struct _TokenService
{
  EmulatorScenario *scenario;       /* (borrowed) */
  TokenStore *tokens;               /* (borrowed) */
  EmulatorCredentials *credentials; /* (borrowed) */
  const EmulatorOrigins *origins;   /* (borrowed) */
};

TokenService *
token_service_new (EmulatorScenario *scenario,
                   TokenStore *tokens,
                   EmulatorCredentials *credentials,
                   const EmulatorOrigins *origins)
{
  TokenService *self = g_new0 (TokenService, 1);

  self->scenario = scenario;
  self->tokens = tokens;
  self->credentials = credentials;
  self->origins = origins;
  return self;
}

void
token_service_free (TokenService *self)
{
  g_free (self);
}

static EmulatorAnswer *
new_error (guint status, const gchar *error, const gchar *description)
{
  json_object *json = json_object_new_object ();

  json_object_object_add (json, "error", json_object_new_string (error));
  json_object_object_add (json, "error_description", json_object_new_string (description));
  return emulator_answer_new_json (status, json);
}

/* RFC 6749, section 5.2, and what Google says beyond it. */
static EmulatorAnswer *
new_fault_error (const EmulatorFault *fault)
{
  const gchar *error = fault->status == 400   ? "invalid_grant"
                       : fault->status == 401 ? "invalid_client"
                       : fault->status == 403 ? "access_denied"
                       : fault->status == 429 ? "rate_limit_exceeded"
                       : fault->status == 503 ? "temporarily_unavailable"
                                              : "internal_failure";
  const gchar *description
      = fault->status == 400 ? "Token has been expired or revoked." : "Try again later.";

  return new_error (fault->status, fault->code != NULL ? fault->code : error,
                    fault->message != NULL ? fault->message : description);
}

static EmulatorAnswer *
refuse_jwt (EmulatorJwtVerdict verdict)
{
  switch (verdict)
    {
    case EMULATOR_JWT_GOOD:
      return NULL;
    case EMULATOR_JWT_MALFORMED:
      return new_error (400, "invalid_grant", "Invalid JWT: Failed to parse the assertion.");
    case EMULATOR_JWT_UNKNOWN:
      return new_error (400, "invalid_grant", "Invalid grant: account not found");
    case EMULATOR_JWT_FORGED:
      return new_error (400, "invalid_grant", "Invalid JWT Signature.");
    case EMULATOR_JWT_SCOPE:
      return new_error (400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    case EMULATOR_JWT_AUDIENCE:
      return new_error (400, "invalid_grant", "Invalid JWT: Failed audience check.");
    case EMULATOR_JWT_TIME:
      return new_error (400, "invalid_grant",
                        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                        "reasonable timeframe. Check your iat and exp values in the JWT claim.");
    }
  g_return_val_if_reached (NULL);
}

static EmulatorAnswer *
refuse_refresh (TokenService *self, GHashTable *form)
{
  if (!emulator_credentials_check_client (self->credentials,
                                          g_hash_table_lookup (form, "client_id"),
                                          g_hash_table_lookup (form, "client_secret")))
    return new_error (401, "invalid_client", "The OAuth client was not found.");
  if (!emulator_credentials_check_refresh_token (self->credentials,
                                                 g_hash_table_lookup (form, "refresh_token")))
    return new_error (400, "invalid_grant", "Bad Request");
  return NULL;
}

static GHashTable *
parse_form (const EmulatorRequest *request)
{
  gsize length = 0;
  const gchar *text = g_bytes_get_data (request->body, &length);

  if (request->content_type == NULL || length == 0
      || !g_str_has_prefix (request->content_type, "application/x-www-form-urlencoded"))
    return NULL;
  return g_uri_parse_params (text, (gssize)length, "&", G_URI_PARAMS_WWW_FORM, NULL);
}

static EmulatorAnswer *
check_grant (TokenService *self, const EmulatorRequest *request)
{
  g_autoptr (GHashTable) form = parse_form (request);
  g_autofree gchar *audience = g_strconcat (self->origins->api_url, TOKEN_SERVICE_PATH, NULL);
  const gchar *grant = form != NULL ? g_hash_table_lookup (form, "grant_type") : NULL;
  const gchar *assertion = NULL;

  if (form == NULL)
    return new_error (400, "invalid_request",
                      "The emulator expects a body of application/x-www-form-urlencoded.");
  if (grant == NULL)
    return new_error (400, "invalid_request", "Required parameter is missing: grant_type");
  if (g_str_equal (grant, GRANT_REFRESH))
    return refuse_refresh (self, form);
  if (!g_str_equal (grant, GRANT_JWT))
    return new_error (400, "unsupported_grant_type", "Invalid grant_type.");
  assertion = g_hash_table_lookup (form, "assertion");
  if (assertion == NULL)
    return new_error (400, "invalid_request", "Required parameter is missing: assertion");
  return refuse_jwt (emulator_credentials_check_jwt (self->credentials, assertion, audience));
}

static gboolean
token_claims (gpointer service, const EmulatorRequest *request)
{
  (void)service;
  return !request->to_storage && g_str_equal (request->path, TOKEN_SERVICE_PATH);
}

/* A bad grant never uses up a fault. */
static EmulatorAnswer *
token_serve (gpointer service, EmulatorRequest *request)
{
  TokenService *self = service;
  g_autofree gchar *own_url = emulator_request_build_url (request, self->origins->api_url);
  g_autofree gchar *cross_url = emulator_request_build_url (request, self->origins->storage_url);
  const FaultAnswerPlace place = {
    .same_origin_url = own_url,
    .cross_origin_url = cross_url,
    .own_url = own_url,
    .new_error = new_fault_error,
  };
  EmulatorAnswer *refusal = NULL;
  EmulatorFault *fault = NULL;

  request->kind = "token";
  if (!emulator_request_is (request, "POST") || request->query != NULL)
    return emulator_answer_new_html (404);
  refusal = check_grant (self, request);
  if (refusal != NULL)
    return refusal;
  fault = emulator_scenario_take_fault (self->scenario, EMULATOR_STEP_TOKEN);
  if (!emulator_fault_performs (fault))
    return fault_answer_apply (fault, emulator_answer_new (200, NULL, g_bytes_new (NULL, 0)),
                               &place);
  return fault_answer_apply (fault, token_store_issue (self->tokens, request), &place);
}

EmulatorWire
token_service_get_wire (TokenService *self)
{
  const EmulatorWire wire
      = { .name = "token", .service = self, .claims = token_claims, .serve = token_serve };

  return wire;
}
