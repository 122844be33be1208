/* SPDX-License-Identifier: MIT */
/*
 * Where credentials are found, which files are taken, and what is said about those that are not.
 * No network. The environment is set by the tests, which have no other thread.
 */
#include "plugin/adapters/google-credentials.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fixtures/scratch-folder.h"
#include "tests/unit/adapters/google-test.h"

#define TOKEN_URI "https://token.example/token"

typedef struct
{
  char *folder; /* (owned) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->folder = scratch_folder_new ();
  g_unsetenv ("GOOGLE_CLOUD_QUOTA_PROJECT");
  g_setenv ("CLOUDSDK_CONFIG", fixture->folder, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_clear_pointer (&fixture->folder, scratch_folder_free);
}

static GoogleCredentials *
find (const char *file, const char *metadata_host)
{
  g_autoptr (GError) local_error = NULL;
  GoogleCredentials *credentials = google_credentials_find (file, metadata_host, &local_error);

  g_assert_no_error (local_error);
  g_assert_nonnull (credentials);
  google_test_assert_silent (credentials->description);
  return credentials;
}

/* The message names @words, and no secret. */
static void
assert_refused (const char *file, const char *metadata_host, const char *words)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GoogleCredentials) credentials
      = google_credentials_find (file, metadata_host, &local_error);

  g_assert_null (credentials);
  g_assert_error (local_error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_CREDENTIALS);
  g_test_message ("%s", local_error->message);
  g_assert_nonnull (strstr (local_error->message, words));
  google_test_assert_silent (local_error->message);
}

/* A named file comes before the login of gcloud, and that before the metadata server. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *account = google_test_write_account (fixture->folder, TOKEN_URI);
  g_autofree char *login = google_test_write_login (fixture->folder, TOKEN_URI);
  g_autoptr (GoogleCredentials) first = find (account, "127.0.0.1:1");
  g_autoptr (GoogleCredentials) second = find (NULL, "127.0.0.1:1");
  g_autoptr (GoogleCredentials) third = NULL;
  g_autoptr (GoogleCredentials) fourth = NULL;

  (void)data;
  g_assert_cmpint (first->kind, ==, GOOGLE_CREDENTIALS_SERVICE_ACCOUNT);
  g_assert_cmpint (second->kind, ==, GOOGLE_CREDENTIALS_USER);
  g_assert_cmpint (unlink (login), ==, 0);
  third = find ("", "127.0.0.1:1");
  g_assert_cmpint (third->kind, ==, GOOGLE_CREDENTIALS_METADATA);
  g_assert_cmpstr (third->metadata_host, ==, "127.0.0.1:1");
  g_assert_false (third->guessed);
  g_assert_cmpstr (third->description, ==,
                   "the machine's account, of the metadata server 127.0.0.1:1");
  fourth = find (NULL, NULL);
  g_assert_cmpstr (fourth->metadata_host, ==, GOOGLE_METADATA_HOST);
  g_assert_true (fourth->guessed);
}

/* Without CLOUDSDK_CONFIG, the login of gcloud is looked for below the home folder. */
static void
test_home (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (g_getenv ("HOME"), ".config", "gcloud", NULL);
  g_autofree char *login = google_test_write_login (folder, TOKEN_URI);
  g_autoptr (GoogleCredentials) credentials = NULL;

  (void)fixture;
  (void)data;
  g_unsetenv ("CLOUDSDK_CONFIG");
  credentials = find (NULL, NULL);
  g_assert_cmpint (credentials->kind, ==, GOOGLE_CREDENTIALS_USER);
  g_assert_nonnull (strstr (credentials->description, login));
}

/* What the file of a service account says is kept. */
static void
test_account (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = google_test_write_account (fixture->folder, TOKEN_URI);
  g_autoptr (GoogleCredentials) credentials = find (path, NULL);
  g_autofree char *description
      = g_strdup_printf ("the service account " GOOGLE_TEST_EMAIL " in %s", path);

  (void)data;
  g_assert_cmpstr (credentials->client_email, ==, GOOGLE_TEST_EMAIL);
  g_assert_cmpstr (credentials->key_id, ==, GOOGLE_TEST_KEY_ID);
  g_assert_cmpstr (credentials->token_uri, ==, TOKEN_URI);
  g_assert_cmpint (EVP_PKEY_eq (credentials->key, google_test_get_key ()), ==, 1);
  g_assert_null (credentials->quota_project);
  g_assert_cmpstr (credentials->description, ==, description);
}

/* What the file of gcloud's login says is kept, the project that is billed for quota included. */
static void
test_login (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = google_test_write_login (fixture->folder, TOKEN_URI);
  g_autoptr (GoogleCredentials) credentials = find (path, NULL);
  g_autofree char *description = g_strdup_printf ("the login of gcloud in %s", path);

  (void)data;
  g_assert_cmpstr (credentials->client_id, ==, "id-1.apps.example");
  g_assert_cmpstr (credentials->client_secret, ==, GOOGLE_TEST_CLIENT_SECRET);
  g_assert_cmpstr (credentials->refresh_token, ==, GOOGLE_TEST_REFRESH_TOKEN);
  g_assert_cmpstr (credentials->quota_project, ==, "billed-project");
  g_assert_cmpstr (credentials->description, ==, description);
}

/* The project that is billed for quota may come from the environment, which counts more than the
 * file; what is no project's id is refused, because it becomes a header. */
static void
test_quota_project (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = google_test_write_login (fixture->folder, TOKEN_URI);
  g_autofree char *odd = google_test_write (
      fixture->folder, "odd.json",
      "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\","
      "\"refresh_token\":\"t\",\"quota_project_id\":\"a\\r\\nX: y\"}");
  g_autoptr (GoogleCredentials) file = NULL;
  g_autoptr (GoogleCredentials) machine = NULL;

  (void)data;
  assert_refused (odd, NULL, "quota_project_id");
  g_setenv ("GOOGLE_CLOUD_QUOTA_PROJECT", "example.com:other", TRUE);
  file = find (path, NULL);
  g_assert_cmpstr (file->quota_project, ==, "example.com:other");
  g_assert_cmpint (unlink (path), ==, 0);
  machine = find (NULL, NULL);
  g_assert_cmpstr (machine->quota_project, ==, "example.com:other");
  g_setenv ("GOOGLE_CLOUD_QUOTA_PROJECT", "a\nb", TRUE);
  assert_refused (NULL, NULL, "GOOGLE_CLOUD_QUOTA_PROJECT");
}

/* Without a token_uri in the file, Google's own is asked. */
static void
test_token_uri (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = google_test_write (fixture->folder, "a.json",
                                             "{\"type\":\"authorized_user\",\"client_id\":\"i\","
                                             "\"client_secret\":\"s\",\"refresh_token\":\"t\"}");
  g_autoptr (GoogleCredentials) credentials = find (path, NULL);
  g_autofree char *plain = google_test_write_account (fixture->folder, "http://token.example/t");

  (void)data;
  g_assert_cmpstr (credentials->token_uri, ==, "https://oauth2.googleapis.com/token");
  assert_refused (plain, NULL, "\"token_uri\" cannot be used: only https");
}

/* A named file that does not exist is an error: looking elsewhere would use another account. */
static void
test_missing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "none.json", NULL);
  g_autofree char *login = google_test_write_login (fixture->folder, TOKEN_URI);

  (void)data;
  (void)login;
  assert_refused (path, NULL, "none.json does not exist");
}

/* A file that others can write is refused, with the command that closes it; one that they can only
 * read is used with a warning that names it. */
static void
test_open_to_others (Fixture *fixture, gconstpointer data)
{
  static const mode_t refused[] = { 0620, 0602, 0664, 0646, 0666, 0777 };
  static const mode_t warned[] = { 0604, 0640, 0644, 0444, 0755 };
  static const mode_t closed[] = { 0600, 0400, 0700 };
  g_autofree char *path = google_test_write_login (fixture->folder, TOKEN_URI);
  g_autofree char *words = g_strdup_printf ("run: chmod 600 %s", path);

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_assert_cmpint (chmod (path, refused[i]), ==, 0);
      assert_refused (path, NULL, words);
      assert_refused (NULL, "127.0.0.1:1", words); /* it is there: the search ends with it */
    }
  for (gsize i = 0; i < G_N_ELEMENTS (warned); i++)
    {
      g_autoptr (GoogleCredentials) credentials = NULL;

      g_assert_cmpint (chmod (path, warned[i]), ==, 0);
      credentials = find (path, NULL);
      g_assert_nonnull (strstr (credentials->warning, words));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (closed); i++)
    {
      g_autoptr (GoogleCredentials) credentials = NULL;

      g_assert_cmpint (chmod (path, closed[i]), ==, 0);
      credentials = find (path, NULL);
      g_assert_null (credentials->warning);
    }
}

/* The file of another user is refused. */
static void
test_other_user (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = google_test_write_login (fixture->folder, TOKEN_URI);

  (void)data;
  if (chown (path, 65534, 65534) != 0)
    {
      g_test_skip ("only root can give a file away");
      return;
    }
  assert_refused (path, NULL, "belongs to another user");
}

/* Folders and FIFOs in the place of the file are refused, and nobody waits for a FIFO's writer; a
 * link to a good file is followed, as secrets are mounted that way. */
static void
test_other_kinds (Fixture *fixture, gconstpointer data)
{
  g_autofree char *fifo = g_build_filename (fixture->folder, "fifo", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);
  g_autofree char *path = google_test_write_login (fixture->folder, TOKEN_URI);
  g_autoptr (GoogleCredentials) credentials = NULL;

  (void)data;
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink (path, link), ==, 0);
  assert_refused (fifo, NULL, "not a regular file");
  assert_refused (fixture->folder, NULL, "not a regular file");
  credentials = find (link, NULL);
  g_assert_cmpint (credentials->kind, ==, GOOGLE_CREDENTIALS_USER);
}

/* A file that cannot be looked at is not taken for one that is not there. */
static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *loop
      = g_build_filename (fixture->folder, "application_default_credentials.json", NULL);

  (void)data;
  g_assert_cmpint (symlink (loop, loop), ==, 0);
  assert_refused (NULL, "127.0.0.1:1", "application_default_credentials.json");
}

#define USER(members) "{\"type\":\"authorized_user\"," members "}"
#define ACCOUNT(members) "{\"type\":\"service_account\"," members "}"

/* What is wrong inside a file is said with the file and the member, and what to use instead. */
static void
test_bad_files (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *words;
  } rows[] = {
    { "", "bad.json is not one JSON object" },
    { "CANARY", "bad.json is not one JSON object" },
    { "{\"type\":\"authorized_user\",\"client_secret\":\"CANARY\"", "is not one JSON object" },
    { "[]", "is not one JSON object" },
    { "{} {}", "is not one JSON object" },
    { "{}", "bad.json: the member \"type\" is missing" },
    { "{\"type\":7}", "the member \"type\" is missing or is not a text" },
    { USER ("\"client_id\":\"i\",\"client_secret\":\"CANARY\""), "\"refresh_token\" is missing" },
    { USER ("\"client_id\":\"i\",\"refresh_token\":\"CANARY\""), "\"client_secret\" is missing" },
    { USER ("\"client_secret\":\"CANARY\""), "bad.json: the member \"client_id\"" },
    { USER ("\"client_id\":\"\""), "\"client_id\" is missing" },
    { USER ("\"client_id\":\"a\\u0000b\""), "\"client_id\" is missing" },
    { ACCOUNT ("\"private_key\":\"CANARY\""), "\"client_email\" is missing" },
    { ACCOUNT ("\"client_email\":\"e\""), "\"private_key\" is missing" },
    { ACCOUNT ("\"client_email\":\"e\",\"private_key\":\"CANARY\""),
      "\"private_key\" cannot be used: it is not a private key in PEM form" },
    { "{\"type\":\"external_account\",\"audience\":\"CANARY\"}",
      "type \"external_account\" are not supported; use the key file of a service account" },
    { "{\"type\":\"impersonated_service_account\"}", "without --impersonate-service-account" },
    { "{\"type\":\"a\\u001bb\"}", "type \"a\\x1bb\"" },
    { "{\"installed\":{\"client_secret\":\"CANARY\"}}", "describes an OAuth client" },
  };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = google_test_write (fixture->folder, "bad.json", rows[i].text);

      assert_refused (path, NULL, rows[i].words);
    }
}

/* A file that is far too big is not read. */
static void
test_big_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (100 * 1024, ' ');
  g_autofree char *path = google_test_write (fixture->folder, "big.json", text);

  (void)data;
  assert_refused (path, NULL, "too big");
}

/* A metadata host that is not near would ask a stranger for tokens. */
static void
test_metadata_host (Fixture *fixture, gconstpointer data)
{
  (void)fixture;
  (void)data;
  assert_refused (NULL, "example.com", "metadata host");
  assert_refused (NULL, "127.0.0.1@example.com", "metadata host");
}

static void
add (const char *path, void (*function) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  char *home = scratch_folder_new ();
  int status;

  g_setenv ("HOME", home, TRUE); /* GLib asks once */
  g_test_init (&argc, &argv, NULL);
  add ("/veo3/google-credentials/order", test_order);
  add ("/veo3/google-credentials/home", test_home);
  add ("/veo3/google-credentials/account", test_account);
  add ("/veo3/google-credentials/login", test_login);
  add ("/veo3/google-credentials/quota-project", test_quota_project);
  add ("/veo3/google-credentials/token-uri", test_token_uri);
  add ("/veo3/google-credentials/missing", test_missing);
  add ("/veo3/google-credentials/open-to-others", test_open_to_others);
  add ("/veo3/google-credentials/other-user", test_other_user);
  add ("/veo3/google-credentials/other-kinds", test_other_kinds);
  add ("/veo3/google-credentials/unreadable", test_unreadable);
  add ("/veo3/google-credentials/bad-files", test_bad_files);
  add ("/veo3/google-credentials/big-file", test_big_file);
  add ("/veo3/google-credentials/metadata-host", test_metadata_host);
  status = g_test_run ();
  EVP_PKEY_free (google_test_get_key ());
  scratch_folder_free (home);
  return status;
}
