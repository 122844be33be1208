/* SPDX-License-Identifier: MIT */
/*
 * Access tokens from a scripted token service, by a clock of the test's own. The judge of what was
 * asked is the server's log.
 */
#include "plugin/adapters/google-auth.h"

#include <string.h>

#include "tests/fixtures/scratch-folder.h"
#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/google-test.h"
#include "tests/unit/adapters/scripted-server.h"

#define SECOND_MS 1000

typedef struct
{
  char *folder;           /* (owned) */
  GMainContext *context;  /* (owned) */
  ScriptedServer *server; /* (owned) */
  HttpClient *client;     /* (owned) */
  GoogleAuth *auth;       /* (owned) (nullable) */
  gint64 now_ms;          /* of the clock that `auth` reads */
} Fixture;

/** Got: what a callback was told. */
typedef struct
{
  guint calls;
  char *token;   /* (owned) (nullable) */
  GError *error; /* (owned) (nullable) */
} Got;

static void
got_clear (Got *self)
{
  g_clear_pointer (&self->token, g_free);
  g_clear_error (&self->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Got, got_clear)

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const HttpClientOptions options = { .connect_timeout_ms = 5000, .silence_timeout_ms = 20000 };
  g_autoptr (GError) local_error = NULL;

  (void)data;
  fixture->folder = scratch_folder_new ();
  fixture->context = adapter_test_push_context ();
  fixture->server = scripted_server_new ();
  fixture->now_ms = 1000 * SECOND_MS;
  fixture->client = http_client_new (fixture->context, HTTP_TRAFFIC_POLL, &options, &local_error);
  g_assert_no_error (local_error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_clear_pointer (&fixture->auth, google_auth_free);
  g_clear_pointer (&fixture->client, http_client_free);
  g_clear_pointer (&fixture->server, scripted_server_free);
  adapter_test_pop_context (fixture->context);
  g_clear_pointer (&fixture->folder, scratch_folder_free);
}

static gint64
read_clock (gpointer user_data)
{
  return ((Fixture *)user_data)->now_ms;
}

static void
make_auth (Fixture *fixture, const char *file, const char *metadata_host)
{
  const GoogleAuthConfig config = { .credentials_file = file, .metadata_host = metadata_host };
  g_autoptr (GError) local_error = NULL;

  fixture->auth = google_auth_new (fixture->client, &config, &local_error);
  g_assert_no_error (local_error);
  google_auth_set_clock (fixture->auth, read_clock, fixture);
}

static char *
dup_token_uri (Fixture *fixture)
{
  return g_strconcat (scripted_server_get_url (fixture->server), "/token", NULL);
}

static void
use_login (Fixture *fixture)
{
  g_autofree char *uri = dup_token_uri (fixture);
  g_autofree char *file = google_test_write_login (fixture->folder, uri);

  make_auth (fixture, file, NULL);
}

static void
add_token (Fixture *fixture, const char *token, guint life_s)
{
  g_autofree char *body
      = g_strdup_printf ("{\"access_token\":\"%s\",\"expires_in\":%u,\"token_type\":\"Bearer\"}",
                         token, life_s);

  scripted_server_add_answer (fixture->server, 200, "Content-Type: application/json\r\n", body);
}

static void
on_got (const char *token, const GError *error, gpointer user_data)
{
  Got *self = user_data;

  g_assert_true ((token != NULL) != (error != NULL));
  got_clear (self);
  self->calls++;
  self->token = g_strdup (token);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  if (error != NULL)
    google_test_assert_silent (error->message);
}

static void
get (Fixture *fixture, Got *got)
{
  guint calls = got->calls;

  google_auth_get_token (fixture->auth, NULL, on_got, got);
  g_assert_cmpuint (got->calls, ==, calls);
  adapter_test_wait (fixture->context, &got->calls, calls + 1);
  g_assert_cmpuint (got->calls, ==, calls + 1);
}

static void
assert_token (Fixture *fixture, const char *token)
{
  g_auto (Got) got = { 0 };

  get (fixture, &got);
  g_assert_no_error (got.error);
  g_assert_cmpstr (got.token, ==, token);
}

static void
assert_error (Fixture *fixture, GoogleAuthError code, const char *words)
{
  g_auto (Got) got = { 0 };

  get (fixture, &got);
  g_assert_error (got.error, GOOGLE_AUTH_ERROR, (int)code);
  g_assert_nonnull (strstr (got.error->message, words));
}

static void
assert_requests (Fixture *fixture, guint count)
{
  g_assert_cmpuint (scripted_server_count_requests (fixture->server), ==, count);
}

/* Waits until the server has received so many. */
typedef struct
{
  Fixture *fixture;
  guint count;
} Arrival;

static gboolean
has_arrived (gpointer data)
{
  const Arrival *arrival = data;

  return scripted_server_count_requests (arrival->fixture->server) >= arrival->count;
}

static void
wait_for_requests (Fixture *fixture, guint count)
{
  Arrival arrival = { fixture, count };

  adapter_test_wait_until (fixture->context, has_arrived, &arrival);
}

static gboolean
is_idle (gpointer data)
{
  return http_client_get_in_flight (((Fixture *)data)->client) == 0;
}

/* Waits for the end of a fetch that nobody waits for. */
static void
wait_for_renewal (Fixture *fixture, guint count)
{
  wait_for_requests (fixture, count);
  adapter_test_wait_until (fixture->context, is_idle, fixture);
}

/* A service account asks with a statement that its key has signed, for the right service. */
static void
test_account (Fixture *fixture, gconstpointer data)
{
  static const char start[]
      = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  g_autofree char *uri = dup_token_uri (fixture);
  g_autofree char *file = google_test_write_account (fixture->folder, uri);
  g_autofree char *request = NULL;
  g_autofree char *head = NULL;
  g_autofree char *claims = NULL;
  g_autofree char *whom = g_strdup_printf (
      "{\"iss\":\"" GOOGLE_TEST_EMAIL
      "\",\"scope\":\"https://www.googleapis.com/auth/cloud-platform\",\"aud\":\"%s\",\"iat\":",
      uri);
  gint64 before_s = g_get_real_time () / G_USEC_PER_SEC;
  gint64 issued_s = 0;
  char *body;

  (void)data;
  make_auth (fixture, file, NULL);
  add_token (fixture, "ya29.c.first", 3599);
  assert_token (fixture, "ya29.c.first");
  assert_requests (fixture, 1);
  request = scripted_server_dup_request (fixture->server, 0);
  g_assert_true (g_str_has_prefix (request, "POST /token HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
  body = strstr (request, "\r\n\r\n") + 4;
  g_assert_true (g_str_has_prefix (body, start));
  head = google_test_read_jwt (body + strlen (start), google_test_get_key (), &claims);
  g_assert_cmpstr (head, ==, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-id-1\"}");
  g_assert_true (g_str_has_prefix (claims, whom));
  issued_s = g_ascii_strtoll (claims + strlen (whom), NULL, 10);
  g_assert_cmpint (issued_s, >=, before_s);
  g_assert_cmpint (issued_s, <=, g_get_real_time () / G_USEC_PER_SEC);
  g_assert_cmpint (g_ascii_strtoll (strstr (claims, "\"exp\":") + 6, NULL, 10), ==,
                   issued_s + 3600);
  g_assert_null (google_auth_get_quota_project (fixture->auth));
}

/* A person's login asks with its refresh token, every value escaped. */
static void
test_login (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = NULL;

  (void)data;
  use_login (fixture);
  add_token (fixture, "ya29.a0", 3599);
  assert_token (fixture, "ya29.a0");
  request = scripted_server_dup_request (fixture->server, 0);
  g_assert_cmpstr (strstr (request, "\r\n\r\n") + 4, ==,
                   "grant_type=refresh_token&client_id=id-1.apps.example&client_secret=CANARY%2F"
                   "client%2Bsecret&refresh_token=1%2F%2FCANARY-refresh%3Dtoken");
  g_assert_cmpstr (google_auth_get_quota_project (fixture->auth), ==, "billed-project");
  g_assert_nonnull (strstr (google_auth_describe (fixture->auth), "the login of gcloud in "));
}

/* The metadata server is asked in the way that it insists on. */
static void
test_machine (Fixture *fixture, gconstpointer data)
{
  g_autofree char *host
      = g_strdup_printf ("127.0.0.1:%u", scripted_server_get_port (fixture->server));
  g_autofree char *request = NULL;

  (void)data;
  make_auth (fixture, NULL, host);
  add_token (fixture, "ya29.d", 3000);
  assert_token (fixture, "ya29.d");
  request = scripted_server_dup_request (fixture->server, 0);
  g_assert_true (g_str_has_prefix (
      request, "GET /computeMetadata/v1/instance/service-accounts/default/token?scopes=https%3A"
               "%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nMetadata-Flavor: Google\r\n"));
}

/* Wrong credentials are said when they are looked for, before anything is sent. */
static void
test_bad_credentials (Fixture *fixture, gconstpointer data)
{
  const GoogleAuthConfig config = { .credentials_file = "/nowhere/key.json" };
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GoogleAuth) auth = google_auth_new (fixture->client, &config, &local_error);

  (void)data;
  g_assert_null (auth);
  g_assert_error (local_error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_CREDENTIALS);
}

/* However many wait, one request is made, and each gets its one answer, also those who come while
 * it is on its way. */
static void
test_one_fetch (Fixture *fixture, gconstpointer data)
{
  Got got[100] = { { 0 } };

  (void)data;
  use_login (fixture);
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_HANG });
  for (guint i = 0; i < 50; i++)
    google_auth_get_token (fixture->auth, NULL, on_got, &got[i]);
  wait_for_requests (fixture, 1);
  for (guint i = 50; i < 99; i++)
    google_auth_get_token (fixture->auth, NULL, on_got, &got[i]);
  (void)adapter_test_iterate_for (fixture->context, 50);
  assert_requests (fixture, 1);
  g_clear_pointer (&fixture->auth, google_auth_free); /* it hangs; everybody is told */
  for (guint i = 0; i < 99; i++)
    {
      g_assert_cmpuint (got[i].calls, ==, 1);
      g_assert_error (got[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  use_login (fixture);
  add_token (fixture, "t", 3600);
  for (guint i = 0; i < 100; i++)
    google_auth_get_token (fixture->auth, NULL, on_got, &got[i]);
  for (guint i = 0; i < 100; i++)
    adapter_test_wait (fixture->context, &got[i].calls, i < 99 ? 2 : 1);
  assert_requests (fixture, 2);
  for (guint i = 0; i < 100; i++)
    {
      g_assert_cmpstr (got[i].token, ==, "t");
      got_clear (&got[i]);
    }
}

/* A token is used until five minutes before its end, then another one is fetched while the old one
 * is still given out; after the end nobody gets it. */
static void
test_renewal (Fixture *fixture, gconstpointer data)
{
  (void)data;
  use_login (fixture);
  add_token (fixture, "one", 3600);
  assert_token (fixture, "one");
  fixture->now_ms += 3299 * SECOND_MS;
  assert_token (fixture, "one");
  g_assert_true (is_idle (fixture));
  assert_requests (fixture, 1);
  fixture->now_ms += SECOND_MS;
  add_token (fixture, "two", 3600);
  assert_token (fixture, "one");
  wait_for_renewal (fixture, 2);
  assert_token (fixture, "two");
  assert_requests (fixture, 2);
  fixture->now_ms += 3595 * SECOND_MS; /* as after a suspend: it is of no use any more */
  add_token (fixture, "three", 3600);
  assert_token (fixture, "three");
  assert_requests (fixture, 3);
}

/* The margins of a short life are short: no token is fetched anew all the time. */
static void
test_short_life (Fixture *fixture, gconstpointer data)
{
  (void)data;
  use_login (fixture);
  add_token (fixture, "one", 8);
  assert_token (fixture, "one");
  fixture->now_ms += 5 * SECOND_MS;
  assert_token (fixture, "one");
  g_assert_true (is_idle (fixture));
  assert_requests (fixture, 1);
  add_token (fixture, "two", 8);
  fixture->now_ms += 3 * SECOND_MS;
  assert_token (fixture, "two");
  assert_requests (fixture, 2);
}

/* A renewal that fails harms nobody while the old token lasts, and is not tried all the time. */
static void
test_failed_renewal (Fixture *fixture, gconstpointer data)
{
  (void)data;
  use_login (fixture);
  add_token (fixture, "one", 3600);
  assert_token (fixture, "one");
  fixture->now_ms += 3400 * SECOND_MS;
  scripted_server_add_answer (fixture->server, 503, "Retry-After: 60\r\n", "");
  assert_token (fixture, "one");
  wait_for_renewal (fixture, 2);
  assert_token (fixture, "one");
  fixture->now_ms += 59 * SECOND_MS;
  assert_token (fixture, "one");
  g_assert_true (is_idle (fixture));
  assert_requests (fixture, 2);
  fixture->now_ms += SECOND_MS;
  add_token (fixture, "two", 3600);
  assert_token (fixture, "one");
  wait_for_renewal (fixture, 3);
  assert_token (fixture, "two");
}

/* After a 401, one other token is fetched; the same one that comes back, and one that is no longer
 * in use, are not forgotten again. */
static void
test_forget (Fixture *fixture, gconstpointer data)
{
  (void)data;
  use_login (fixture);
  add_token (fixture, "one", 3600);
  assert_token (fixture, "one");
  google_auth_forget_token (fixture->auth, "one");
  google_auth_forget_token (fixture->auth, "one");
  add_token (fixture, "two", 3600);
  assert_token (fixture, "two");
  google_auth_forget_token (fixture->auth, "one"); /* a late 401 */
  google_auth_forget_token (fixture->auth, "zero");
  assert_token (fixture, "two");
  assert_requests (fixture, 2);
  google_auth_forget_token (fixture->auth, "two");
  add_token (fixture, "two", 3600);
  assert_token (fixture, "two");
  google_auth_forget_token (fixture->auth, "two");
  assert_token (fixture, "two");
  assert_requests (fixture, 3);
}

/** Forgetter: forgets the token from within its callback, and asks again. */
typedef struct
{
  Fixture *fixture;
  Got *second;
  guint calls;
} Forgetter;

static void
on_forget (const char *token, const GError *error, gpointer user_data)
{
  Forgetter *self = user_data;

  g_assert_no_error (error);
  google_auth_forget_token (self->fixture->auth, token);
  g_assert_cmpstr (token, ==, "one"); /* it stays for the length of the callback */
  google_auth_get_token (self->fixture->auth, NULL, on_got, self->second);
  self->calls++;
}

/* A callback may forget the token it was given, and ask for another one at once. */
static void
test_forget_within (Fixture *fixture, gconstpointer data)
{
  g_auto (Got) other = { 0 };
  g_auto (Got) second = { 0 };
  Forgetter forgetter = { fixture, &second, 0 };

  (void)data;
  use_login (fixture);
  add_token (fixture, "one", 3600);
  add_token (fixture, "two", 3600);
  google_auth_get_token (fixture->auth, NULL, on_forget, &forgetter);
  google_auth_get_token (fixture->auth, NULL, on_got, &other);
  adapter_test_wait (fixture->context, &second.calls, 1);
  g_assert_cmpuint (forgetter.calls, ==, 1);
  g_assert_cmpstr (other.token, ==, "one");
  g_assert_cmpstr (second.token, ==, "two");
  assert_requests (fixture, 2);
}

/* What a person must mend is said, and the service is not asked again for every job. */
static void
test_permanent (Fixture *fixture, gconstpointer data)
{
  static const char revoked[]
      = "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been "
        "expired or revoked.\"}";

  (void)data;
  use_login (fixture);
  scripted_server_add_answer (fixture->server, 400, NULL, revoked);
  assert_error (fixture, GOOGLE_AUTH_ERROR_CREDENTIALS, "gcloud auth application-default login");
  assert_error (fixture, GOOGLE_AUTH_ERROR_CREDENTIALS, "expired or revoked");
  assert_requests (fixture, 1);
  g_assert_cmpint (google_auth_get_retry_after_ms (fixture->auth), ==, 30 * SECOND_MS);
  fixture->now_ms += 30 * SECOND_MS;
  g_assert_cmpint (google_auth_get_retry_after_ms (fixture->auth), ==, 0);
  add_token (fixture, "mended", 3600);
  assert_token (fixture, "mended");
}

/* Overload and a dead network pass: the error says so, and how long to wait. */
static void
test_transient (Fixture *fixture, gconstpointer data)
{
  (void)data;
  use_login (fixture);
  /* Closed: libcurl may ask once more when a connection dies that was used before. */
  scripted_server_add_answer (fixture->server, 429, "Retry-After: 20\r\nConnection: close\r\n",
                              "{}");
  assert_error (fixture, GOOGLE_AUTH_ERROR_TRANSIENT, "HTTP 429");
  g_assert_cmpint (google_auth_get_retry_after_ms (fixture->auth), ==, 20 * SECOND_MS);
  fixture->now_ms += 20 * SECOND_MS;
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_RESET });
  assert_error (fixture, GOOGLE_AUTH_ERROR_TRANSIENT, "for now");
  g_assert_cmpint (google_auth_get_retry_after_ms (fixture->auth), ==, SECOND_MS);
  fixture->now_ms += SECOND_MS;
  scripted_server_add_answer (fixture->server, 200, NULL, "<html>log in first</html>");
  assert_error (fixture, GOOGLE_AUTH_ERROR_TRANSIENT, "it is not JSON");
  fixture->now_ms += SECOND_MS;
  add_token (fixture, "t", 3600);
  assert_token (fixture, "t");
  g_assert_cmpint (google_auth_get_retry_after_ms (fixture->auth), ==, 0);
}

/* An answer beyond all measure is cut off. */
static void
test_long_answer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *body = g_strnfill (100 * 1024, ' ');

  (void)data;
  use_login (fixture);
  scripted_server_add_answer (fixture->server, 200, NULL, body);
  assert_error (fixture, GOOGLE_AUTH_ERROR_TRANSIENT, "too long");
}

/* A redirect would carry the credentials to another server: it is not followed. */
static void
test_redirects (Fixture *fixture, gconstpointer data)
{
  static const guint statuses[] = { 301, 302, 303, 307, 308 };
  g_autoptr (ScriptedServer) other = scripted_server_new ();
  g_autofree char *location
      = g_strdup_printf ("Location: %s/token\r\n", scripted_server_get_url (other));

  (void)data;
  use_login (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      scripted_server_add_answer (fixture->server, statuses[i], location, "");
      assert_error (fixture, GOOGLE_AUTH_ERROR_CREDENTIALS, "a redirect is not followed");
      fixture->now_ms += 60 * SECOND_MS;
    }
  assert_requests (fixture, G_N_ELEMENTS (statuses));
  g_assert_cmpuint (scripted_server_count_connections (other), ==, 0);
}

/* Who cancels is told at once and alone; the fetch goes on for the others. */
static void
test_cancel_one (Fixture *fixture, gconstpointer data)
{
  static const char slow[] = "HTTP/1.1 200 OK\r\nContent-Length: 58\r\n\r\n"
                             "{\"access_token\":\"t\",\"expires_in\":99,\"token_type\":\"Bearer\"}";
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Got) impatient = { 0 };
  g_auto (Got) patient = { 0 };

  (void)data;
  use_login (fixture);
  scripted_server_add (fixture->server, (ScriptedStep){ .answer = slow, .drip_ms = 10 });
  google_auth_get_token (fixture->auth, cancellable, on_got, &impatient);
  google_auth_get_token (fixture->auth, NULL, on_got, &patient);
  wait_for_requests (fixture, 1);
  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (impatient.calls, ==, 0);
  adapter_test_wait (fixture->context, &impatient.calls, 1);
  g_assert_error (impatient.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  adapter_test_wait (fixture->context, &patient.calls, 1);
  g_assert_cmpstr (patient.token, ==, "t");
  assert_requests (fixture, 1);
}

/* A token whose life is over when it arrives is given to nobody. */
static void
test_late_answer (Fixture *fixture, gconstpointer data)
{
  g_auto (Got) got = { 0 };

  (void)data;
  use_login (fixture);
  add_token (fixture, "t", 8);
  google_auth_get_token (fixture->auth, NULL, on_got, &got);
  while (is_idle (fixture))
    (void)g_main_context_iteration (fixture->context, TRUE);
  fixture->now_ms += 10 * SECOND_MS; /* as by a suspend */
  adapter_test_wait (fixture->context, &got.calls, 1);
  g_assert_error (got.error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_TRANSIENT);
  g_assert_nonnull (strstr (got.error->message, "had ended when it arrived"));
}

/* When nobody waits any more, the fetch is aborted; who asks then gets another one. */
static void
test_cancel_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Got) first = { 0 };
  g_auto (Got) second = { 0 };

  (void)data;
  use_login (fixture);
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_HANG });
  google_auth_get_token (fixture->auth, cancellable, on_got, &first);
  wait_for_requests (fixture, 1);
  g_cancellable_cancel (cancellable);
  adapter_test_wait (fixture->context, &first.calls, 1);
  g_assert_error (first.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  add_token (fixture, "t", 3600);
  google_auth_get_token (fixture->auth, NULL, on_got, &second); /* the abort is on its way */
  adapter_test_wait (fixture->context, &second.calls, 1);
  g_assert_cmpstr (second.token, ==, "t");
  assert_requests (fixture, 2);
  adapter_test_wait_until (fixture->context, is_idle, fixture);
}

/* One that is cancelled beforehand waits for nothing. */
static void
test_cancelled_before (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Got) got = { 0 };

  (void)data;
  use_login (fixture);
  g_cancellable_cancel (cancellable);
  google_auth_get_token (fixture->auth, cancellable, on_got, &got);
  g_assert_cmpuint (got.calls, ==, 0);
  adapter_test_wait (fixture->context, &got.calls, 1);
  g_assert_error (got.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  adapter_test_wait_until (fixture->context, is_idle, fixture);
}

/* It may be freed with a fetch on its way, and with a token that nobody fetched yet. */
static void
test_free (Fixture *fixture, gconstpointer data)
{
  g_auto (Got) early = { 0 };
  g_auto (Got) late = { 0 };

  (void)data;
  use_login (fixture);
  google_auth_get_token (fixture->auth, NULL, on_got, &early);
  g_clear_pointer (&fixture->auth, google_auth_free);
  g_assert_error (early.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  use_login (fixture);
  scripted_server_add (fixture->server, (ScriptedStep){ .end = SCRIPTED_HANG });
  google_auth_get_token (fixture->auth, NULL, on_got, &late);
  wait_for_requests (fixture, 1);
  g_clear_pointer (&fixture->auth, google_auth_free);
  g_assert_error (late.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (early.calls + late.calls, ==, 2);
  google_auth_free (NULL);
}

/* The clock that it reads by itself runs. */
static void
test_own_clock (Fixture *fixture, gconstpointer data)
{
  g_autofree char *uri = dup_token_uri (fixture);
  g_autofree char *file = google_test_write_login (fixture->folder, uri);
  const GoogleAuthConfig config = { .credentials_file = file };
  gint64 left_ms = 0;

  (void)data;
  fixture->auth = google_auth_new (fixture->client, &config, NULL);
  scripted_server_add_answer (fixture->server, 503, "Retry-After: 60\r\n", "");
  assert_error (fixture, GOOGLE_AUTH_ERROR_TRANSIENT, "HTTP 503");
  left_ms = google_auth_get_retry_after_ms (fixture->auth);
  g_assert_cmpint (left_ms, >, 0);
  g_assert_cmpint (left_ms, <=, 60 * SECOND_MS);
  (void)adapter_test_iterate_for (fixture->context, 20);
  g_assert_cmpint (google_auth_get_retry_after_ms (fixture->auth), <, left_ms);
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
  g_unsetenv ("GOOGLE_CLOUD_QUOTA_PROJECT");
  g_setenv ("CLOUDSDK_CONFIG", "/nowhere", TRUE);
  add ("/veo3/google-auth/account", test_account);
  add ("/veo3/google-auth/login", test_login);
  add ("/veo3/google-auth/machine", test_machine);
  add ("/veo3/google-auth/bad-credentials", test_bad_credentials);
  add ("/veo3/google-auth/one-fetch", test_one_fetch);
  add ("/veo3/google-auth/renewal", test_renewal);
  add ("/veo3/google-auth/short-life", test_short_life);
  add ("/veo3/google-auth/failed-renewal", test_failed_renewal);
  add ("/veo3/google-auth/late-answer", test_late_answer);
  add ("/veo3/google-auth/forget", test_forget);
  add ("/veo3/google-auth/forget-within", test_forget_within);
  add ("/veo3/google-auth/permanent", test_permanent);
  add ("/veo3/google-auth/transient", test_transient);
  add ("/veo3/google-auth/long-answer", test_long_answer);
  add ("/veo3/google-auth/redirects", test_redirects);
  add ("/veo3/google-auth/cancel-one", test_cancel_one);
  add ("/veo3/google-auth/cancel-all", test_cancel_all);
  add ("/veo3/google-auth/cancelled-before", test_cancelled_before);
  add ("/veo3/google-auth/free", test_free);
  add ("/veo3/google-auth/own-clock", test_own_clock);
  status = g_test_run ();
  EVP_PKEY_free (google_test_get_key ());
  return status;
}
