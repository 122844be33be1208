/* SPDX-License-Identifier: MIT */
/*
 * No hidden re-send, through the whole program and the real plugin: whatever the service does to a
 * paid request, on the first connection of the process or after others, the request arrives once
 * and the clip ends as the table of submits says. The judge is the server's list of the requests
 * that it received completely. (That libcurl would repeat them is shown by the unit tests
 * http-faults, http-guard and h2-faults, with the same servers.)
 */
#include <string.h>

#include "tests/integration/veo3/veo3-test.h"
#include "tests/unit/adapters/h2-server.h"
#include "tests/unit/adapters/scripted-server.h"

#define ACCEPTED "{\"name\":\"models/veo-3.1-fast-generate-preview/operations/3kq8w1x0zt5a\"}"
#define ENDED "{\"done\":true,\"error\":{\"code\":13,\"message\":\"scripted\"}}"
#define REDIRECT "Location: /elsewhere\r\nContent-Length: 0\r\n\r\n"
#define MANY_POLLS 100

/** End: what has to become of the clip. */
typedef struct
{
  const char *status;
  int exit_code;
} End;

static const End uncertain = { "uncertain", 5 };
static const End denied = { "failed", 3 };
static const End refused = { "failed", 0 };

/** ModeRow: a fault of HTTP/1.1, and what follows. */
typedef struct
{
  const char *name;
  ScriptedStep step;
  const End *end;
} ModeRow;

static const ModeRow mode_rows[] = {
  { "close", { .end = SCRIPTED_CLOSE }, &uncertain },
  { "reset", { .end = SCRIPTED_RESET }, &uncertain },
  { "half-close", { .end = SCRIPTED_HALF_CLOSE }, &uncertain },
  { "417", { .answer = "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n" }, &uncertain },
  { "401",
    { .answer = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n" },
    &denied },
  { "302", { .answer = "HTTP/1.1 302 There\r\n" REDIRECT }, &refused },
  { "307", { .answer = "HTTP/1.1 307 There\r\n" REDIRECT }, &refused },
  { "308", { .answer = "HTTP/1.1 308 There\r\n" REDIRECT }, &refused },
};

/** H2Row: a fault of a service that speaks HTTP/2, and what follows. */
typedef struct
{
  const char *name;
  H2Step step;
  const End *end;
} H2Row;

static const H2Row h2_rows[] = {
  { "goaway", { .method = "POST", .move = H2_GOAWAY }, &uncertain },
  { "refused-stream", { .method = "POST", .move = H2_REFUSED }, &uncertain },
  { "close-with-streams-open", { .method = "POST", .move = H2_CLOSE }, &uncertain },
  { "reset", { .method = "POST", .move = H2_RST }, &uncertain },
  { "417", { .method = "POST", .status = 417 }, &uncertain },
  { "421", { .method = "POST", .status = 421 }, &uncertain },
  { "401", { .method = "POST", .status = 401 }, &denied },
  { "307", { .method = "POST", .status = 307 }, &refused },
};

static Veo3Test *
new_test (const char *base_url, const char *ca_file, gboolean is_warm)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_BARE, NULL);

  pipeline_fixture_set_environment (test->fixture, "GOOGLE_GEMINI_BASE_URL", base_url);
  pipeline_fixture_set_environment (test->fixture, "VEO3_CA_FILE", ca_file);
  veo3_test_set_plugin_keys (test, "max-parallel=1\n");
  if (is_warm)
    veo3_test_set_prompts (test, "a", "a lighthouse", "b", "a fox", NULL);
  else
    veo3_test_set_prompts (test, "b", "a fox", NULL);
  return test;
}

/* The clip "b" met the fault. Then, once of each fault, it is tried to make the program send it
 * again. */
static void
check_end (Veo3Test *test, const End *end, gboolean is_warm)
{
  veo3_test_expect (test, "run", end->exit_code);
  veo3_test_assert_job (test, "b", "status", end->status);
  veo3_test_assert_job (test, "b", "operation_name", NULL);
  if (end == &uncertain && !is_warm)
    {
      g_autoptr (PipelineResult) again = veo3_test_run (test, "run", "--restart", NULL);

      g_assert_cmpint (again->exit_code, ==, end->exit_code);
      veo3_test_assert_job (test, "b", "status", end->status);
    }
}

static void
check_mode (const ModeRow *row, gboolean is_warm)
{
  g_autoptr (ScriptedServer) server = scripted_server_new ();
  g_autoptr (Veo3Test) test = new_test (scripted_server_get_url (server), NULL, is_warm);
  ScriptedStep step = row->step;

  step.method = "POST";
  if (is_warm)
    {
      static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: ";
      g_autofree char *accepted
          = g_strdup_printf ("%s%zu\r\n\r\n" ACCEPTED, head, strlen (ACCEPTED));
      g_autofree char *ended = g_strdup_printf ("%s%zu\r\n\r\n" ENDED, head, strlen (ENDED));

      scripted_server_add (server, (ScriptedStep){ .method = "POST", .answer = accepted });
      for (guint i = 0; i < MANY_POLLS; i++)
        scripted_server_add (server, (ScriptedStep){ .method = "GET", .answer = ended });
    }
  scripted_server_add (server, step);
  check_end (test, row->end, is_warm);
  g_assert_cmpuint (scripted_server_count_method (server, "POST"), ==, is_warm ? 2 : 1);
}

/* On HTTP/1.1, cold and warm: one request, and the class of the table. */
static void
test_mode (gconstpointer data)
{
  check_mode (data, FALSE);
  check_mode (data, TRUE);
}

/* Every paid request came on a connection whose client had not even offered HTTP/2. */
static void
check_offers (H2Server *server)
{
  guint n = h2_server_count_requests (server, NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (H2Request) request = h2_server_dup_request (server, i);
      g_autofree char *offer = h2_server_dup_offer (server, request->connection);
      gboolean is_paid = g_str_equal (request->method, "POST");

      g_assert_cmpstr (offer, ==, is_paid ? "http/1.1" : "h2,http/1.1");
      g_assert_cmpint (request->is_h2, ==, !is_paid);
    }
}

static void
check_h2 (const H2Row *row, gboolean is_warm)
{
  g_autoptr (H2Server) server = h2_server_new ();
  g_autoptr (Veo3Test) test
      = new_test (h2_server_get_url (server), h2_server_get_ca_path (server), is_warm);

  h2_server_set_usual (server, ENDED, strlen (ENDED));
  if (is_warm)
    h2_server_add (server, (H2Step){ .method = "POST", .body = ACCEPTED });
  h2_server_add (server, row->step);
  check_end (test, row->end, is_warm);
  g_assert_cmpuint (h2_server_count_requests (server, "POST"), ==, is_warm ? 2 : 1);
  if (is_warm)
    g_assert_cmpuint (h2_server_count_requests (server, "GET"), >, 0);
  check_offers (server);
}

/* Of a service that speaks HTTP/2, with polls of its kind beside: the same, on HTTP/1.1. */
static void
test_h2 (gconstpointer data)
{
  check_h2 (data, FALSE);
  check_h2 (data, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (mode_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/network/resend/h1/", mode_rows[i].name, NULL);

      g_test_add_data_func (path, &mode_rows[i], test_mode);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (h2_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/network/resend/h2/", h2_rows[i].name, NULL);

      g_test_add_data_func (path, &h2_rows[i], test_h2);
    }
  return g_test_run ();
}
