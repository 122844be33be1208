/* SPDX-License-Identifier: MIT */
/*
 * Quotas of the emulator: one for all wires, refused in the words of each, visible in the log.
 *
 * Each test has an emulator of its own; nothing is waited for without a deadline.
 */
#include "tests/emulator/emulator-omni.h"

#include <string.h>

#define VERTEX_LINE                                                                                \
  "POST /v1/projects/p/locations/us-central1/publishers/google/models/"                            \
  "veo-3.1-fast-generate-001:predictLongRunning"
#define SLOW_BOAT "a boat [[generation-time: 1h]]"

static Exchange *
submit_gemini (EmulatorClient *emulator, const gchar *token)
{
  (void)token;
  return emulator_test_submit (emulator, SLOW_BOAT);
}

static Exchange *
submit_omni (EmulatorClient *emulator, const gchar *token)
{
  (void)token;
  return emulator_omni_submit (emulator, SLOW_BOAT);
}

static Exchange *
submit_vertex (EmulatorClient *emulator, const gchar *token)
{
  g_autofree gchar *headers
      = g_strconcat ("Content-Type: application/json\r\nAuthorization: Bearer ", token, "\r\n",
                     NULL);

  return emulator_test_request (emulator, VERTEX_LINE, headers,
                                "{\"instances\":[{\"prompt\":\"" SLOW_BOAT "\"}]}");
}

typedef struct
{
  Exchange *(*submit) (EmulatorClient *emulator, const gchar *token);
  const gchar *word; /* in the envelope */
} Wire;

static const Wire wires[] = {
  { submit_gemini, "RESOURCE_EXHAUSTED" },
  { submit_omni, "rate_limit_exceeded" },
  { submit_vertex, "RESOURCE_EXHAUSTED" },
};

/* No wire takes more than the quota of all; the refusal has no details, and the log says why. */
static void
test_concurrent (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--quota-concurrent", "3");
  g_autofree gchar *token = emulator_test_fetch_token (emulator);

  for (gsize i = 0; i < G_N_ELEMENTS (wires); i++)
    {
      g_autoptr (Exchange) taken = wires[i].submit (emulator, token);

      g_assert_cmpuint (taken->status, ==, 200);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wires); i++)
    {
      g_autoptr (Exchange) refused = wires[i].submit (emulator, token);

      g_assert_cmpuint (refused->status, ==, 429);
      g_assert_nonnull (strstr (refused->body, "Too many concurrent jobs"));
      g_assert_nonnull (strstr (refused->body, wires[i].word));
      g_assert_null (strstr (refused->body, "details"));
    }
  g_assert_cmpuint (emulator_client_count (emulator, NULL, "\"fault\":\"quota-concurrent\""), ==,
                    3);
}

/* What is done leaves its place to the next, and a refused request has not used up what is scripted
 * for its prompt. */
static void
test_place (void)
{
  g_autoptr (EmulatorClient) emulator
      = emulator_test_start ("[emulator]\nclip=bytes:1000\nquota-concurrent=1\n", NULL, NULL);
  g_autofree gchar *short_one = NULL;
  g_autofree gchar *long_one = NULL;
  g_autoptr (Exchange) faulty = NULL;
  g_autoptr (Exchange) refused = NULL;

  short_one = emulator_test_make_clip (emulator, "a boat [[generation-time: 0ms]]");
  g_assert_nonnull (short_one);
  faulty = emulator_test_submit (emulator, "a fish [[submit: 503 x1]]");
  g_assert_cmpuint (faulty->status, ==, 503);
  long_one = emulator_test_accept (emulator, "a whale [[generation-time: 1h]]");
  refused = emulator_test_submit (emulator, "an eel [[submit: 503 x1]]");
  g_assert_cmpuint (refused->status, ==, 429);
  g_assert_cmpuint (emulator_client_count (emulator, "submit", "503 x1"), ==, 2);
  g_assert_cmpuint (emulator_client_count (emulator, "submit", "\"status\":503"), ==, 1);
}

/* The quota of a minute is one of all wires too; its refusal says how long to wait. */
static void
test_per_minute (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--quota-per-minute", "3");
  g_autofree gchar *token = emulator_test_fetch_token (emulator);

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (wires); i++)
    {
      const Wire *wire = &wires[i % G_N_ELEMENTS (wires)];
      g_autoptr (Exchange) answer = wire->submit (emulator, token);

      if (i < G_N_ELEMENTS (wires))
        {
          g_assert_cmpuint (answer->status, ==, 200);
          continue;
        }
      g_assert_cmpuint (answer->status, ==, 429);
      g_assert_nonnull (strstr (answer->body, wire->word));
      g_assert_nonnull (strstr (answer->body, "google.rpc.RetryInfo"));
      g_assert_nonnull (strstr (answer->body, "\"retryDelay\""));
    }
  g_assert_cmpuint (emulator_client_count (emulator, NULL, "\"fault\":\"quota-per-minute\""), ==,
                    3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/quota/concurrent", test_concurrent);
  g_test_add_func ("/emulator/quota/place", test_place);
  g_test_add_func ("/emulator/quota/per-minute", test_per_minute);
  return g_test_run ();
}
