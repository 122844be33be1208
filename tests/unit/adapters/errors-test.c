/* SPDX-License-Identifier: MIT */
/*
 * One fixture serves all rows of a table: the connections, and the token, are kept between them as
 * they are in a run. Everything asserts.
 */
#include "tests/unit/adapters/errors-test.h"

#include <string.h>

#include "plugin/adapters/gemini-adapter.h"
#include "plugin/adapters/omni-adapter.h"
#include "plugin/adapters/vertex-adapter.h"

#define KEY ADAPTER_FIXTURE_KEY
#define N_PROVIDERS 3
#define TOKENS 2 /* a denied download has one fetched anew */

typedef struct
{
  ErrorsProvider provider;
  ErrorsFunc func;
} Case;

/* The fixture's factory has no place for it. */
static ScriptedServer *token_server;

static VideoGenerationPort *
make_gemini (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  GeminiAdapterConfig config
      = { .base_url = base_url, .api_key = KEY, .log = log.func, .log_data = log.data };

  return gemini_adapter_new (clients[HTTP_TRAFFIC_SUBMIT], clients[HTTP_TRAFFIC_POLL],
                             clients[HTTP_TRAFFIC_DOWNLOAD], &config, NULL);
}

static VideoGenerationPort *
make_omni (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  OmniAdapterConfig config = { .base_url = base_url, .api_key = KEY, .log = log };

  return omni_adapter_new (clients[HTTP_TRAFFIC_SUBMIT], clients[HTTP_TRAFFIC_POLL],
                           clients[HTTP_TRAFFIC_DOWNLOAD], &config, NULL);
}

static VideoGenerationPort *
make_vertex (HttpClient *const *clients, const char *base_url, AdapterLog log)
{
  g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", scripted_server_get_port (token_server));
  const GoogleAuthConfig credentials = { .metadata_host = host };
  VertexAdapterConfig config
      = { .base_url = base_url, .project = "my-proj", .log = log.func, .log_data = log.data };
  VertexClients own = { .submits = clients[HTTP_TRAFFIC_SUBMIT],
                        .polls = clients[HTTP_TRAFFIC_POLL],
                        .downloads = clients[HTTP_TRAFFIC_DOWNLOAD] };

  return vertex_adapter_new (&own, google_auth_new (own.polls, &credentials, NULL), &config, NULL);
}

/* By the number of the provider's bit. */
static const struct
{
  const char *name;
  AdapterMake make;
  const char *operation;
} providers[N_PROVIDERS] = {
  { "gemini",
    { make_gemini, "x-goog-api-key: " KEY },
    "models/" GEMINI_DEFAULT_MODEL "/operations/3kq8w1x0zt5a" },
  { "vertex",
    { make_vertex, "Authorization: Bearer " KEY },
    "projects/my-proj/locations/us-central1/publishers/google/models/" VERTEX_DEFAULT_MODEL
    "/operations/6f1c2d34-0000-4000-8000-aabbccddeeff" },
  { "omni", { make_omni, "x-goog-api-key: " KEY }, "interactions/v1_ChdQbTJh" },
};

static guint
get_number (ErrorsProvider provider)
{
  return (guint)g_bit_nth_lsf (provider, -1);
}

void
errors_test_set_up (ErrorsTest *self, ErrorsProvider provider)
{
  *self = (ErrorsTest){ .provider = provider, .tokens = scripted_server_new () };
  token_server = self->tokens;
  for (guint i = 0; i < TOKENS; i++)
    scripted_server_add_answer (self->tokens, 200, "Metadata-Flavor: Google\r\n",
                                "{\"access_token\":\"" KEY
                                "\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
  adapter_fixture_set_up (&self->base, &providers[get_number (provider)].make);
}

void
errors_test_tear_down (ErrorsTest *self)
{
  adapter_fixture_tear_down (&self->base);
  scripted_server_free (self->tokens);
}

/* Returns: (transfer full) */
static char *
read_body (const char *body)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) local_error = NULL;
  char *text = NULL;

  if (body == NULL || *body != '@')
    return g_strdup (body != NULL ? body : "");
  path = g_build_filename (TEST_ANSWERS, body + 1, NULL);
  (void)g_file_get_contents (path, &text, NULL, &local_error);
  g_assert_no_error (local_error);
  return text;
}

void
errors_test_answer (ErrorsTest *self, const ErrorsAnswer *answer)
{
  g_autofree char *body = read_body (answer->body);
  g_autofree char *cut = NULL;

  if (answer->status == 0)
    {
      scripted_server_add (self->base.service, (ScriptedStep){ .end = SCRIPTED_RESET });
      return;
    }
  if (answer->cut_at == 0)
    {
      scripted_server_add_answer (self->base.service, answer->status, answer->headers, body);
      return;
    }
  g_assert_cmpuint (answer->cut_at, <, strlen (body));
  cut = g_strdup_printf ("HTTP/1.1 %u Cut\r\n%sContent-Length: %zu\r\n\r\n%.*s", answer->status,
                         answer->headers != NULL ? answer->headers : "", strlen (body),
                         (int)answer->cut_at, body);
  scripted_server_add (self->base.service, (ScriptedStep){ .answer = cut, .end = SCRIPTED_CLOSE });
}

const char *
errors_test_get_operation (const ErrorsTest *self)
{
  return providers[get_number (self->provider)].operation;
}

void
errors_test_assert_message (const ErrorsTest *self, const char *words)
{
  const char *message = self->base.message;

  g_assert_nonnull (message);
  g_assert_null (strstr (message, KEY));
  g_assert_null (strpbrk (message, "\r\n\x1b"));
  if (words != NULL && strstr (message, words) == NULL)
    g_error ("\"%s\" does not say \"%s\"", message, words);
}

static void
run_case (gconstpointer data)
{
  const Case *test_case = data;
  ErrorsTest test;

  errors_test_set_up (&test, test_case->provider);
  test_case->func (&test);
  errors_test_tear_down (&test);
}

void
errors_test_add (const char *path, ErrorsFunc func)
{
  for (guint i = 0; i < N_PROVIDERS; i++)
    {
      g_autofree char *full = g_strconcat (path, "/", providers[i].name, NULL);
      Case *test_case = g_new0 (Case, 1);

      *test_case = (Case){ .provider = (ErrorsProvider)(1 << i), .func = func };
      g_test_add_data_func_full (full, test_case, run_case, g_free);
    }
}
