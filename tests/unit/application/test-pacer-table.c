/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3PacerTable: which runs share a pacer. Single-threaded.
 */
#include "plugin/application/veo3-pacer-table.h"

static const VideoGenerationPortInterface gemini = { .provider = "gemini" };
static const VideoGenerationPortInterface vertex = { .provider = "vertex" };

/* Runs share a pacer exactly when provider, model, server, project or key, and so on are the same;
 * what only one of them is to do does not matter. */
static void
test_accounts (void)
{
  static const struct
  {
    Veo3Settings settings;
    VideoGenerationPort port;
    guint account;
  } rows[] = {
    { { .api_key = (char *)"one" }, { &gemini, (char *)"veo" }, 0 },
    { { .api_key = (char *)"one", .clip_count = 7 }, { &gemini, (char *)"veo" }, 0 },
    { { .api_key = (char *)"two" }, { &gemini, (char *)"veo" }, 1 },
    { { .api_key = (char *)"one" }, { &gemini, (char *)"veo-fast" }, 2 },
    { { .api_key = (char *)"one", .base_url = (char *)"http://localhost:1" },
      { &gemini, (char *)"veo" },
      3 },
    { { .project = (char *)"p" }, { &vertex, (char *)"veo" }, 4 },
    { { .project = (char *)"q" }, { &vertex, (char *)"veo" }, 5 },
    { { .project = (char *)"p", .location = (char *)"us" }, { &vertex, (char *)"veo" }, 6 },
    { { .project = (char *)"p", .credentials_file = (char *)"/a" }, { &vertex, (char *)"veo" }, 4 },
    { { .scenario = (char *)"/a" }, { &gemini, (char *)"veo" }, 7 },
    { { .api_key_file = (char *)"/a" }, { &gemini, (char *)"veo" }, 9 },
    { { .api_key_file = (char *)"/b" }, { &gemini, (char *)"veo" }, 10 },
    { { .api_key = NULL }, { &gemini, (char *)"veo" }, 8 },
  };
  g_autoptr (Veo3PacerTable) table = veo3_pacer_table_new ();
  Veo3Pacer *pacers[G_N_ELEMENTS (rows)];

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    pacers[i] = veo3_pacer_table_get (table, &rows[i].settings, &rows[i].port);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint j = 0; j < G_N_ELEMENTS (rows); j++)
      g_assert_cmpint (pacers[i] == pacers[j], ==, rows[i].account == rows[j].account);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/pacer-table/accounts", test_accounts);
  return g_test_run ();
}
