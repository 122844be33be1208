/* SPDX-License-Identifier: MIT */
/*
 * The classes of a call that gets no access token, over the real port to Vertex AI: what the token
 * service and the metadata server answer, what submit, poll and download make of it, and what the
 * domain does then. Nothing may reach the service. One table for the three ways to sign in.
 */
#include <string.h>

#include "plugin/adapters/vertex-adapter.h"
#include "tests/fixtures/scratch-folder.h"
#include "tests/unit/adapters/errors-test.h"
#include "tests/unit/adapters/google-test.h"
#include "tests/unit/domain/run-driver.h"

#define OPERATION "projects/my-proj/locations/us-central1/publishers/google/models/m/operations/o-1"
#define PAUSE_FINAL_MS 30000
#define PAUSE_TRANSIENT_MS 1000

/** Asker: who asks for a token; a row may hold for several. */
typedef enum
{
  ACCOUNT = 1 << 0, /* a service account's key */
  LOGIN = 1 << 1,   /* a person's, by gcloud */
  MACHINE = 1 << 2, /* the metadata server */
  FILES = ACCOUNT | LOGIN,
  ALL = FILES | MACHINE,
} Asker;

typedef struct
{
  const char *name;
  guint askers;
  ErrorsAnswer answer;
  gboolean is_final;  /* asking again is of no use */
  gint64 asked_ms;    /* by Retry-After */
  const char *words;  /* of the service, verbatim in the message */
  const char *advice; /* (nullable) what else is in it */
} Row;

#define OAUTH(word, text) "{\"error\":\"" word "\",\"error_description\":\"" text "\"}"
#define KEY_ADVICE "check that the account and its key exist and are enabled, or make a new key"
#define LOGIN_ADVICE "run: gcloud auth application-default login"
#define MACHINE_ADVICE "check that the machine has a service account, or set a credentials file"
#define TIMEFRAME                                                                                  \
  "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "    \
  "Check your iat and exp values in the JWT claim."

static const Row rows[] = {
  /* -- no, for good: RFC 6749 section 5.2 and what Google says beside it -- */
  { "invalid-signature",
    ACCOUNT,
    { 400, .body = OAUTH ("invalid_grant", "Invalid JWT Signature.") },
    TRUE,
    0,
    "HTTP 400 invalid_grant: Invalid JWT Signature.",
    KEY_ADVICE },
  { "account-not-found",
    ACCOUNT,
    { 400, .body = OAUTH ("invalid_grant", "Invalid grant: account not found") },
    TRUE,
    0,
    "invalid_grant: Invalid grant: account not found",
    KEY_ADVICE },
  { "clock",
    ACCOUNT,
    { 400, .body = OAUTH ("invalid_grant", TIMEFRAME) },
    TRUE,
    0,
    TIMEFRAME,
    "check the clock of this machine" },
  { "revoked",
    LOGIN,
    { 400, .body = OAUTH ("invalid_grant", "Token has been expired or revoked.") },
    TRUE,
    0,
    "invalid_grant: Token has been expired or revoked.",
    LOGIN_ADVICE },
  { "reauth",
    LOGIN,
    { 400, .body = "{\"error\":\"invalid_grant\",\"error_description\":\"reauth related error "
                   "(invalid_rapt)\",\"error_uri\":\"https://support.google.com/a/answer/9368756\","
                   "\"error_subtype\":\"invalid_rapt\"}" },
    TRUE,
    0,
    "reauth related error (invalid_rapt)",
    LOGIN_ADVICE },
  { "client-deleted",
    LOGIN,
    { 401, .body = OAUTH ("invalid_client", "The OAuth client was deleted.") },
    TRUE,
    0,
    "HTTP 401 invalid_client: The OAuth client was deleted.",
    LOGIN_ADVICE },
  { "unauthorized-client",
    ACCOUNT,
    { 401, .body = OAUTH (
               "unauthorized_client",
               "Client is unauthorized to retrieve access tokens "
               "using this method, or client not authorized for any of the scopes requested.") },
    TRUE,
    0,
    "unauthorized_client: Client is unauthorized",
    KEY_ADVICE },
  { "invalid-scope",
    FILES,
    { 400, .body = OAUTH ("invalid_scope",
                          "Invalid OAuth scope or ID "
                          "token audience provided.") },
    TRUE,
    0,
    "invalid_scope: Invalid OAuth scope",
    NULL },
  { "no-account",
    MACHINE,
    { 404, "Content-Type: text/html\r\n", "<html><title>Error 404 (Not Found)!!1</title></html>",
      0 },
    TRUE,
    0,
    "(HTTP 404)",
    MACHINE_ADVICE },
  { "flavor",
    MACHINE,
    { 403, "Content-Type: text/html\r\n", "<html>Missing Metadata-Flavor:Google header.</html>",
      0 },
    TRUE,
    0,
    "(HTTP 403)",
    MACHINE_ADVICE },
  { "redirect",
    ALL,
    { 302, "Location: https://elsewhere.example/\r\n", NULL, 0 },
    TRUE,
    0,
    "(HTTP 302)",
    "a redirect is not followed: check \"token_uri\" or the metadata host" },
  /* -- not now -- */
  { "server-error",
    FILES,
    { 400, .body = OAUTH ("server_error", "try again") },
    FALSE,
    0,
    "HTTP 400 server_error: try again",
    NULL },
  { "temporarily",
    FILES,
    { 400, .body = OAUTH ("temporarily_unavailable", "m") },
    FALSE,
    0,
    "temporarily_unavailable: m",
    NULL },
  { "internal",
    FILES,
    { 500, .body = OAUTH ("internal_failure", "Backend Error") },
    FALSE,
    0,
    "HTTP 500 internal_failure: Backend Error",
    NULL },
  { "html-500", ALL, { 500, .body = "@502.html" }, FALSE, 0, "for now: HTTP 500", NULL },
  { "html-502", ALL, { 502, .body = "@502.html" }, FALSE, 0, "for now: HTTP 502", NULL },
  { "html-503",
    ALL,
    { 503, "Retry-After: 2\r\n", "@503.html", 0 },
    FALSE,
    2000,
    "for now: HTTP 503",
    NULL },
  { "throttled",
    ALL,
    { 429, "Retry-After: 3\r\n", NULL, 0 },
    FALSE,
    3000,
    "for now: HTTP 429",
    NULL },
  { "timeout", ALL, { .status = 408 }, FALSE, 0, "for now: HTTP 408", NULL },
  { "empty", ALL, { .status = 200 }, FALSE, 0, "cannot be used: it is not JSON", NULL },
  { "portal", ALL, { 200, .body = "@502.html" }, FALSE, 0, "cannot be used: it is not JSON", NULL },
  { "no-token",
    ALL,
    { 200, .body = "{\"id_token\":\"CANARY\",\"expires_in\":9,"
                   "\"token_type\":\"Bearer\"}" },
    FALSE,
    0,
    "it has no usable \"access_token\"",
    NULL },
  { "no-life",
    ALL,
    { 200, .body = "{\"access_token\":\"CANARY\",\"token_type\":\"Bearer\"}" },
    FALSE,
    0,
    "its \"expires_in\" is not a number of seconds to come",
    NULL },
  { "cut",
    ALL,
    { 200, NULL, "{\"access_token\":\"CANARY\",\"expires_in\":3599}", 25 },
    FALSE,
    0,
    "for now: ",
    NULL },
  /* The last one: a connection that was kept is tried anew by libcurl itself. */
  { "reset", ALL, { .status = 0 }, FALSE, 0, "for now: ", NULL },
};

/* What the fixture's factory needs beside its arguments. */
static struct
{
  ErrorsTest *test;
  char *file; /* (owned) (nullable) */
} maker;

/* Stands still: the pause after a failed fetch lasts as long as the test needs. */
static gint64
read_clock (gpointer user_data)
{
  (void)user_data;
  return 1000000;
}

static VideoGenerationPort *
make (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  g_autofree char *host
      = g_strdup_printf ("127.0.0.1:%u", scripted_server_get_port (maker.test->tokens));
  const GoogleAuthConfig credentials
      = { .credentials_file = maker.file, .metadata_host = maker.file == NULL ? host : NULL };
  VertexAdapterConfig config
      = { .base_url = base_url, .project = "my-proj", .log = log.func, .log_data = log.data };
  VertexClients own = { .submits = clients[HTTP_TRAFFIC_SUBMIT],
                        .polls = clients[HTTP_TRAFFIC_POLL],
                        .downloads = clients[HTTP_TRAFFIC_DOWNLOAD] };

  GoogleAuth *auth = google_auth_new (own.polls, &credentials, NULL);

  g_assert_nonnull (auth);
  google_auth_set_clock (auth, read_clock, NULL);
  return vertex_adapter_new (&own, auth, &config, NULL);
}

static const AdapterMake usual = { make, "Authorization: Bearer unused" };

/* Another port with nothing remembered, on the same clients. */
static void
renew_port (AdapterFixture *fixture)
{
  AdapterLog log = { 0 };

  fixture->port->iface->free (fixture->port);
  fixture->port = make (fixture->clients, scripted_server_get_url (fixture->service), log);
}

static void
assert_told (ErrorsTest *test, const Row *row, Veo3ErrorCode code)
{
  g_assert_cmpint (test->base.code, ==, code);
  g_assert_cmpint (test->base.retry_after_ms, ==,
                   row->is_final ? PAUSE_FINAL_MS : MAX (PAUSE_TRANSIENT_MS, row->asked_ms));
  errors_test_assert_message (test, row->words);
  errors_test_assert_message (test, row->advice);
  google_test_assert_silent (test->base.message);
}

/* A submit without a token has not left: the job fails for free, or waits. */
static void
assert_next (const ErrorsTest *test, const Row *row)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add (driver, "broll");
  Veo3SubmitResult result = { .klass = (Veo3SubmitClass)test->base.klass,
                              .code = test->base.code,
                              .message = test->base.message,
                              .retry_after_ms = test->base.retry_after_ms };
  const char *text;

  run_driver_settle (driver);
  veo3_recorder_submit (driver->run, job, &result, driver->now);
  run_driver_settle (driver);
  g_assert_cmpint (job->status, ==, row->is_final ? VEO3_JOB_FAILED : VEO3_JOB_PENDING);
  g_assert_cmpint (driver->run->stop_code != VEO3_ERROR_CODE_NONE, ==, row->is_final);
  text = row->is_final ? job->error_message : job->progress.note;
  g_assert_nonnull (strstr (text, "nothing was billed"));
}

static void
try_row (ErrorsTest *test, const Row *row)
{
  Veo3ErrorCode code = row->is_final ? VEO3_ERROR_CODE_CREDENTIALS : VEO3_ERROR_CODE_UNAVAILABLE;
  ScriptedServer *service = test->base.service;

  /* The answer is the token service's. */
  test->base.service = test->tokens;
  errors_test_answer (test, &row->answer);
  if (row->answer.status == 0)
    errors_test_answer (test, &row->answer);
  test->base.service = service;
  g_assert_cmpint (adapter_fixture_submit (&test->base), ==,
                   row->is_final ? VEO3_SUBMIT_REFUSED : VEO3_SUBMIT_NOT_SENT);
  errors_test_assert_message (test, "the request did not leave: ");
  assert_told (test, row, code);
  assert_next (test, row);
  g_assert_cmpint (adapter_fixture_poll (&test->base, OPERATION), ==,
                   row->is_final ? VEO3_POLL_UNAUTHORIZED : VEO3_POLL_NO_ANSWER);
  assert_told (test, row, code);
  g_assert_cmpint (adapter_fixture_download (&test->base, "inline:0:" OPERATION), ==,
                   VEO3_DOWNLOAD_TRANSIENT);
  assert_told (test, row, code);
  g_assert_cmpuint (scripted_server_count_requests (service), ==, 0);
}

/* Every answer of a token service, as each of the three calls tells it. */
static void
test_rows (gconstpointer data)
{
  Asker asker = (Asker)GPOINTER_TO_INT (data);
  ErrorsTest test = { .provider = ERRORS_VERTEX, .tokens = scripted_server_new () };
  char *folder = scratch_folder_new ();
  g_autofree char *uri = g_strconcat (scripted_server_get_url (test.tokens), "/token", NULL);

  maker.test = &test;
  maker.file = asker == ACCOUNT ? google_test_write_account (folder, uri)
               : asker == LOGIN ? google_test_write_login (folder, uri)
                                : NULL;
  adapter_fixture_set_up (&test.base, &usual);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if ((rows[i].askers & (guint)asker) == 0)
        continue;
      g_test_message ("%s", rows[i].name);
      renew_port (&test.base);
      try_row (&test, &rows[i]);
    }
  google_test_assert_silent (test.base.log->str);
  adapter_fixture_tear_down (&test.base);
  scripted_server_free (test.tokens);
  g_clear_pointer (&maker.file, g_free);
  scratch_folder_free (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  /* Whoever runs this may be logged in at Google. */
  g_setenv ("CLOUDSDK_CONFIG", "/nowhere", TRUE);
  g_unsetenv ("GOOGLE_CLOUD_QUOTA_PROJECT");
  g_test_add_data_func ("/veo3/token-errors/account", GINT_TO_POINTER (ACCOUNT), test_rows);
  g_test_add_data_func ("/veo3/token-errors/login", GINT_TO_POINTER (LOGIN), test_rows);
  g_test_add_data_func ("/veo3/token-errors/machine", GINT_TO_POINTER (MACHINE), test_rows);
  status = g_test_run ();
  EVP_PKEY_free (google_test_get_key ());
  return status;
}
