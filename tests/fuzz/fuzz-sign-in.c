/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: what Google's sign-in reads: a file with credentials, and the answers of the token
 * service. A file is taken whole or refused with words that show nothing of it; a token fits into a
 * header and lives for a bounded time; a refusal asks for a bounded wait.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/adapters/google-token.h"
#include "plugin/adapters/secret.h"
#include "tests/fuzz/fuzz-target.h"

/* A day of November 2026. */
#define NOW_S G_GINT64_CONSTANT (1795392000)
#define LONGEST_WAIT_MS (600 * 1000)

/* Returns: a regular file of ours with the input in it, that has no name on any disk. */
static int
open_input (const uint8_t *data, size_t size)
{
  int fd = memfd_create ("credentials", MFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fchmod (fd, 0600), ==, 0);
  g_assert_cmpint (write (fd, data, size), ==, (gssize)size);
  return fd;
}

/* Some members (type, token_uri, client_email) are no secrets and are shown, whatever they hold;
 * that the secret ones are not is what the unit tests say. */
static void
assert_shown (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, FUZZ_SECRET, -1);

  for (guint i = 0; parts[i] != NULL; i++)
    fuzz_assert_line (parts[i]);
}

static void
check_file (const uint8_t *data, size_t size)
{
  int fd = open_input (data, size);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (GError) error = NULL;
  g_autoptr (GoogleCredentials) found = google_credentials_find (path, NULL, &error);

  (void)close (fd);
  fuzz_assert_either (found != NULL, error);
  if (error != NULL)
    assert_shown (error->message);
  if (found == NULL)
    return;
  assert_shown (found->description);
  g_assert_nonnull (found->token_url);
  g_assert_true ((found->kind == GOOGLE_CREDENTIALS_USER) == (found->refresh_token != NULL));
  g_assert_true ((found->kind == GOOGLE_CREDENTIALS_SERVICE_ACCOUNT) == (found->key != NULL));
}

static void
check_token (const char *body, gsize length)
{
  g_autoptr (GError) error = NULL;
  gint64 life_s = -1;
  char *token = google_token_parse (body, length, &life_s, &error);

  fuzz_assert_either (token != NULL, error);
  if (token != NULL)
    {
      g_assert_cmpint (life_s, >=, 1);
      g_assert_cmpint (life_s, <=, 86400);
      for (const char *p = token; *p != '\0'; p++)
        g_assert_true (g_ascii_isgraph (*p));
    }
  secret_free (token);
}

static void
check_refusal (const char *body, gsize length)
{
  static const long statuses[] = { 400, 401, 403, 404, 429, 500, 503 };
  char secret[] = FUZZ_SECRET;
  GoogleCredentials user = { .kind = GOOGLE_CREDENTIALS_USER,
                             .description = (char *)"a login",
                             .client_secret = secret,
                             .refresh_token = secret };
  GoogleTokenQuestion question = { .assertion = NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      HttpResponse response = { .end = HTTP_END_ANSWERED,
                                .sent = 1,
                                .status = statuses[i],
                                .body = body,
                                .body_length = length,
                                .body_bytes = length,
                                .content_length = -1 };
      gint64 wait_ms = -1;
      g_autoptr (GError) error
          = google_token_explain (&user, &question, &response, NOW_S, &wait_ms);

      g_assert_nonnull (error);
      fuzz_assert_line (error->message);
      g_assert_cmpint (wait_ms, >=, 0);
      g_assert_cmpint (wait_ms, <=, LONGEST_WAIT_MS);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);

  check_file (data, size);
  check_token (text, strlen (text));
  check_refusal (text, strlen (text));
  return 0;
}
