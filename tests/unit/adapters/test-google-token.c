/* SPDX-License-Identifier: MIT */
/*
 * Answers of the token service and of the metadata server: which are tokens, and what the others
 * mean. No network.
 */
#include "plugin/adapters/google-token.h"

#include <string.h>

#include "plugin/adapters/secret.h"
#include "tests/fixtures/scratch-folder.h"
#include "tests/unit/adapters/google-test.h"

#define TOKEN_URI "https://token.example/token"
#define NOW_S 1795000000

typedef struct
{
  char *folder;                /* (owned) */
  GoogleCredentials *account;  /* (owned) */
  GoogleCredentials *login;    /* (owned) */
  GoogleCredentials *machine;  /* (owned) */
  GoogleCredentials *nobody;   /* (owned) */
  GoogleTokenQuestion asked;   /* (owned) by the account */
  GoogleTokenQuestion unasked; /* empty */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *account = NULL;
  g_autofree char *login = NULL;
  g_autoptr (GError) local_error = NULL;

  (void)data;
  fixture->folder = scratch_folder_new ();
  account = google_test_write_account (fixture->folder, TOKEN_URI);
  fixture->account = google_credentials_find (account, NULL, &local_error);
  g_assert_no_error (local_error);
  g_setenv ("CLOUDSDK_CONFIG", fixture->folder, TRUE);
  fixture->nobody = google_credentials_find (NULL, NULL, &local_error);
  g_assert_no_error (local_error);
  fixture->machine = google_credentials_find (NULL, "127.0.0.1:1", &local_error);
  g_assert_no_error (local_error);
  login = google_test_write_login (fixture->folder, TOKEN_URI);
  fixture->login = google_credentials_find (login, NULL, &local_error);
  g_assert_no_error (local_error);
  g_assert_true (google_token_ask (fixture->account, NULL, NOW_S, &fixture->asked, NULL));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  google_token_question_clear (&fixture->asked);
  g_clear_pointer (&fixture->account, google_credentials_free);
  g_clear_pointer (&fixture->login, google_credentials_free);
  g_clear_pointer (&fixture->machine, google_credentials_free);
  g_clear_pointer (&fixture->nobody, google_credentials_free);
  g_clear_pointer (&fixture->folder, scratch_folder_free);
}

/* The token service is trusted by the same authorities as the others. */
static void
test_authorities (Fixture *fixture, gconstpointer data)
{
  g_auto (GoogleTokenQuestion) question = { 0 };
  g_autoptr (HttpNetwork) network = http_network_new ("/ca.pem", NULL, NULL, NULL);

  (void)data;
  g_assert_true (google_token_ask (fixture->login, network, NOW_S, &question, NULL));
  g_assert_true (question.request->network == network);
  g_assert_cmpstr (question.request->method, ==, "POST");
  g_assert_false (question.request->direct);
  g_assert_null (fixture->asked.request->network);
}

/* A token is what RFC 6749 says, with a life in seconds; other members are not looked at. */
static void
test_tokens (void)
{
  static const struct
  {
    const char *body;
    const char *token;
    gint64 life_s;
  } rows[] = {
    { "{\"access_token\":\"ya29.c.b0Aa\",\"expires_in\":3599,\"token_type\":\"Bearer\"}",
      "ya29.c.b0Aa", 3599 },
    { "{\n  \"access_token\": \"ya29.a0\",\n  \"expires_in\": 1,\n  \"token_type\": \"bearer\",\n"
      "  \"scope\": \"x\",\n  \"id_token\": \"y\"\n}\n",
      "ya29.a0", 1 },
    { "{\"access_token\":\"t\",\"expires_in\":99999999999,\"token_type\":\"BEARER\"}", "t", 86400 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) local_error = NULL;
      gint64 life_s = 0;
      g_autoptr (SecretText) token
          = google_token_parse (rows[i].body, strlen (rows[i].body), &life_s, &local_error);

      g_assert_no_error (local_error);
      g_assert_cmpstr (token, ==, rows[i].token);
      g_assert_cmpint (life_s, ==, rows[i].life_s);
    }
}

#define GOOD_END ",\"expires_in\":3599,\"token_type\":\"Bearer\"}"

/* What is no token is not used, above all not in a header, and nothing of it is shown. */
static void
test_no_tokens (void)
{
  static const struct
  {
    const char *body;
    const char *words;
  } rows[] = {
    { "", "not JSON" },
    { "<html>CANARY</html>", "not JSON" },
    { "{\"access_token\":\"CANARY\"", "not JSON" },
    { "{\"access_token\":\"CANARY\"" GOOD_END "x", "not JSON" },
    { "{\"id_token\":\"CANARY\"" GOOD_END, "access_token" },
    { "{\"access_token\":\"\"" GOOD_END, "access_token" },
    { "{\"access_token\":7" GOOD_END, "access_token" },
    { "{\"access_token\":\"CANARY\\r\\nX: y\"" GOOD_END, "access_token" },
    { "{\"access_token\":\"CANARY\\u0000\"" GOOD_END, "access_token" },
    { "{\"access_token\":\"CANARY y\"" GOOD_END, "access_token" },
    { "{\"access_token\":\"CANARY\xc3\xa4\"" GOOD_END, "access_token" },
    { "{\"access_token\":\"CANARY\\u007f\"" GOOD_END, "access_token" },
    { "{\"access_token\":\"CANARY\",\"expires_in\":3599}", "token_type" },
    { "{\"access_token\":\"CANARY\",\"expires_in\":3599,\"token_type\":\"MAC\"}", "token_type" },
    { "{\"access_token\":\"CANARY\",\"token_type\":\"Bearer\"}", "expires_in" },
    { "{\"access_token\":\"CANARY\",\"expires_in\":0,\"token_type\":\"Bearer\"}", "expires_in" },
    { "{\"access_token\":\"CANARY\",\"expires_in\":-1,\"token_type\":\"Bearer\"}", "expires_in" },
    { "{\"access_token\":\"CANARY\",\"expires_in\":\"9\",\"token_type\":\"Bearer\"}",
      "expires_in" },
    { "{\"access_token\":\"CANARY\",\"expires_in\":9.5,\"token_type\":\"Bearer\"}", "expires_in" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) local_error = NULL;
      gint64 life_s = 0;
      char *token = google_token_parse (rows[i].body, strlen (rows[i].body), &life_s, &local_error);

      g_test_message ("%s", rows[i].body);
      g_assert_null (token);
      g_assert_error (local_error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_TRANSIENT);
      g_assert_nonnull (strstr (local_error->message, rows[i].words));
      google_test_assert_silent (local_error->message);
    }
}

/* Asked by whom; an index into the fixture. */
typedef enum
{
  ACCOUNT,
  LOGIN,
  MACHINE,
  NOBODY,
} Asker;

/** Row: an answer and its meaning. */
typedef struct
{
  Asker asker;
  HttpResponse response; /* `end` 0 is ANSWERED */
  GoogleAuthError code;
  gint64 retry_after_ms;
  const char *words; /* in the message */
} Row;

#define OAUTH(word, text) "{\"error\":\"" word "\",\"error_description\":\"" text "\"}"
#define SAID(http, text)                                                                           \
  {                                                                                                \
    .status = http, .body = text, .body_length = sizeof text - 1, .sent = 1                        \
  }
#define CREDENTIALS GOOGLE_AUTH_ERROR_CREDENTIALS
#define TRANSIENT GOOGLE_AUTH_ERROR_TRANSIENT

/* Bodies as Google's services send them. */
static const Row rows_of_answers[] = {
  { ACCOUNT, SAID (400, OAUTH ("invalid_grant", "Invalid JWT Signature.")), CREDENTIALS, 0,
    "invalid_grant: Invalid JWT Signature.); check that the account and its key exist" },
  { ACCOUNT, SAID (400, OAUTH ("invalid_grant", "Invalid grant: account not found")), CREDENTIALS,
    0, "robot@canary-project.iam.example in " },
  { ACCOUNT,
    SAID (400,
          OAUTH ("invalid_grant",
                 "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                 "reasonable timeframe. Check your iat and exp values in the JWT claim.")),
    CREDENTIALS, 0, "Check your iat and exp values in the JWT claim.); check the clock" },
  { ACCOUNT, SAID (401, OAUTH ("invalid_client", "The OAuth client was deleted.")), CREDENTIALS, 0,
    "HTTP 401 invalid_client: The OAuth client was deleted." },
  { ACCOUNT, SAID (403, OAUTH ("access_denied", "associated immediately")), CREDENTIALS, 0,
    "or make a new key" },
  { ACCOUNT,
    SAID (403,
          "{\"error\":{\"code\":403,\"message\":\"Service disabled.\",\"status\":"
          "\"PERMISSION_DENIED\"}}"),
    CREDENTIALS, 0, "HTTP 403 PERMISSION_DENIED: Service disabled." },
  { LOGIN, SAID (400, OAUTH ("invalid_grant", "Token has been expired or revoked.")), CREDENTIALS,
    0, "run: gcloud auth application-default login" },
  { LOGIN,
    SAID (400,
          "{\"error\":\"invalid_grant\",\"error_description\":\"reauth related error "
          "(invalid_rapt)\",\"error_subtype\":\"invalid_rapt\"}"),
    CREDENTIALS, 0, "reauth related error (invalid_rapt)" },
  { LOGIN, SAID (404, "<html>not here</html>"), CREDENTIALS, 0, "(HTTP 404); the login has ended" },
  { MACHINE, SAID (404, "<html>no service account</html>"), CREDENTIALS, 0,
    "check that the machine has a service account" },
  { NOBODY, SAID (404, ""), CREDENTIALS, 0, "check that the machine has a service account" },
  { ACCOUNT, SAID (302, ""), CREDENTIALS, 0, "a redirect is not followed" },
  { LOGIN, SAID (307, OAUTH ("x", "y")), CREDENTIALS, 0, "a redirect is not followed" },
  { MACHINE, SAID (301, ""), CREDENTIALS, 0, "a redirect is not followed" },
  { ACCOUNT, SAID (400, OAUTH ("server_error", "try again")), TRANSIENT, 0, "server_error" },
  { ACCOUNT, SAID (400, "{\"error\":\"temporarily_unavailable\"}"), TRANSIENT, 0, "for now" },
  { ACCOUNT, SAID (500, OAUTH ("internal_failure", "")), TRANSIENT, 0, "internal_failure" },
  { LOGIN, SAID (502, "<html>502</html>"), TRANSIENT, 0, "for now: HTTP 502" },
  { ACCOUNT,
    { .status = 503, .retry_after = "7", .body = "{}", .body_length = 2, .sent = 1 },
    TRANSIENT,
    7000,
    "HTTP 503" },
  { MACHINE, { .status = 429, .retry_after = "-349927093", .sent = 1 }, TRANSIENT, 0, "HTTP 429" },
  { LOGIN, { .status = 429, .retry_after = "2000000000", .sent = 1 }, TRANSIENT, 600000, "429" },
  { LOGIN, SAID (408, ""), TRANSIENT, 0, "HTTP 408" },
  { ACCOUNT, SAID (204, ""), TRANSIENT, 0, "HTTP 204" },
  { ACCOUNT,
    { .end = HTTP_END_TRANSPORT, .message = "Could not resolve host: token.example" },
    TRANSIENT,
    0,
    "for now: Could not resolve host" },
  { MACHINE,
    { .end = HTTP_END_TRANSPORT, .message = "refused" },
    TRANSIENT,
    0,
    "for now: refused" },
  { LOGIN,
    { .end = HTTP_END_SILENCE, .message = "no answer in time", .sent = 1 },
    TRANSIENT,
    0,
    "no answer in time" },
  { LOGIN,
    { .end = HTTP_END_TRANSPORT, .status = 400, .message = "cut", .sent = 1 },
    TRANSIENT,
    0,
    "for now: cut" },
  { ACCOUNT, { .end = HTTP_END_SINK_REFUSED, .status = 200, .sent = 1 }, TRANSIENT, 0, "too long" },
  { ACCOUNT, { .end = HTTP_END_BODY_TOO_BIG, .status = 500, .sent = 1 }, TRANSIENT, 0, "too long" },
  { NOBODY,
    { .end = HTTP_END_TRANSPORT, .message = "Could not resolve host" },
    CREDENTIALS,
    0,
    "no Google credentials were found; set a credentials file" },
};

static GError *
explain (Fixture *fixture, const Row *row, gint64 *retry_after_ms)
{
  GoogleCredentials *const askers[]
      = { fixture->account, fixture->login, fixture->machine, fixture->nobody };
  const GoogleTokenQuestion *question = row->asker == ACCOUNT ? &fixture->asked : &fixture->unasked;

  return google_token_explain (askers[row->asker], question, &row->response, NOW_S, retry_after_ms);
}

/* Each answer that brings no token is of one of two kinds, and its message says what to do. */
static void
test_answers (Fixture *fixture, gconstpointer data)
{
  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (rows_of_answers); i++)
    {
      const Row *row = &rows_of_answers[i];
      gint64 retry_after_ms = -1;
      g_autoptr (GError) seen = explain (fixture, row, &retry_after_ms);

      g_test_message ("%s", seen->message);
      g_assert_error (seen, GOOGLE_AUTH_ERROR, (int)row->code);
      g_assert_cmpint (retry_after_ms, ==, row->retry_after_ms);
      g_assert_nonnull (strstr (seen->message, row->words));
      google_test_assert_silent (seen->message);
    }
}

/* A service that throws our own words back at us gets none of the secrets shown, in whatever form
 * they were sent, and no control character reaches the terminal. */
static void
test_echo (Fixture *fixture, gconstpointer data)
{
  g_autofree char *secret = g_uri_escape_string (GOOGLE_TEST_CLIENT_SECRET, NULL, FALSE);
  g_autofree char *token = g_uri_escape_string (GOOGLE_TEST_REFRESH_TOKEN, NULL, FALSE);
  g_autofree char *body
      = g_strdup_printf (OAUTH ("invalid_grant %s", "\\u001b[31mraw %s %s, sent %s %s, signed %s"),
                         GOOGLE_TEST_REFRESH_TOKEN, GOOGLE_TEST_CLIENT_SECRET,
                         GOOGLE_TEST_REFRESH_TOKEN, secret, token, fixture->asked.assertion);
  const Row row
      = { .asker = LOGIN,
          .response = { .status = 400, .body = body, .body_length = strlen (body), .sent = 1 } };
  gint64 retry_after_ms;
  g_autoptr (GError) seen = google_token_explain (fixture->login, &fixture->asked, &row.response,
                                                  NOW_S, &retry_after_ms);

  (void)data;
  g_test_message ("%s", seen->message);
  google_test_assert_silent (seen->message);
  g_assert_nonnull (strstr (seen->message, "invalid_grant [redacted]: \\x1b[31mraw [redacted]"
                                           " [redacted], sent [redacted] [redacted], signed"
                                           " [redacted])"));
  g_assert_null (strstr (seen->message, fixture->asked.assertion));
}

static void
add (const char *path, void (*function) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/google-token/tokens", test_tokens);
  g_test_add_func ("/veo3/google-token/no-tokens", test_no_tokens);
  add ("/veo3/google-token/authorities", test_authorities);
  add ("/veo3/google-token/answers", test_answers);
  add ("/veo3/google-token/echo", test_echo);
  status = g_test_run ();
  EVP_PKEY_free (google_test_get_key ());
  return status;
}
