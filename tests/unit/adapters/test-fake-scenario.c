/* SPDX-License-Identifier: MIT */
/*
 * Tests of FakeScenario: a mistyped scenario never passes for a quiet one, and answers come as
 * often as the script says. Single-threaded.
 */
#include "plugin/adapters/fake-scenario.h"

#include <string.h>

#include "tests/unit/application/test-workspace.h"

static FakeScenario *
read_scenario (const char *text, GError **error)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *path = test_workspace_path (workspace, "scenario.ini");

  test_workspace_write (workspace, "scenario.ini", text);
  return fake_scenario_new (path, error);
}

static FakeScenario *
read_good (const char *text)
{
  g_autoptr (GError) error = NULL;
  FakeScenario *scenario = read_scenario (text, &error);

  g_assert_no_error (error);
  return scenario;
}

/* Without a file everything goes well, quickly. */
static void
test_nothing (void)
{
  g_autoptr (FakeScenario) scenario = fake_scenario_new (NULL, NULL);

  g_assert_cmpint (fake_scenario_get_ms (scenario, "r_a", "generation-time"), ==, 300);
  g_assert_cmpint (fake_scenario_get_ms (scenario, "r_a", "queue-time"), ==, 0);
  g_assert_cmpstr (fake_scenario_take (scenario, "r_a", "submit"), ==, "accepted");
  g_assert_cmpstr (fake_scenario_take (scenario, "r_a", "poll"), ==, "running");
  g_assert_cmpstr (fake_scenario_take (scenario, "r_a", "result"), ==, "clip");
  g_assert_cmpstr (fake_scenario_take (scenario, "r_a", "download"), ==, "stored");
  fake_scenario_free (NULL);
}

/* A clip's own group wins over the general one, key by key. */
static void
test_groups (void)
{
  g_autoptr (FakeScenario) scenario = read_good ("[fake]\n"
                                                 "submit-delay=2s\n"
                                                 "poll-delay=7ms\n"
                                                 "submit=refused\n"
                                                 "[clip broll]\n"
                                                 "submit-delay=0ms\n"
                                                 "submit=uncertain\n");

  g_assert_cmpint (fake_scenario_get_ms (scenario, "r_other", "submit-delay"), ==, 2000);
  g_assert_cmpint (fake_scenario_get_ms (scenario, "r_broll", "submit-delay"), ==, 0);
  g_assert_cmpint (fake_scenario_get_ms (scenario, "r_broll", "poll-delay"), ==, 7);
  g_assert_cmpstr (fake_scenario_take (scenario, "r_broll", "submit"), ==, "uncertain");
  g_assert_cmpstr (fake_scenario_take (scenario, "r_broll2", "submit"), ==, "refused");
}

/* " xN": so often for each clip, then as usual; without it, always. */
static void
test_counts (void)
{
  g_autoptr (FakeScenario) scenario = read_good ("[fake]\n"
                                                 "poll=no_answer x3\n"
                                                 "result=failed\n");

  for (guint clip = 0; clip < 2; clip++)
    for (guint i = 0; i < 6; i++)
      {
        const char *key = clip == 0 ? "r_a" : "r_b";

        g_assert_cmpstr (fake_scenario_take (scenario, key, "poll"), ==,
                         i < 3 ? "no_answer" : "running");
        g_assert_cmpstr (fake_scenario_take (scenario, key, "result"), ==, "failed");
      }
}

/* Whatever the script cannot mean is refused, with file, group and key. */
static void
test_bad (void)
{
  static const struct
  {
    const char *text;
    const char *words;
  } rows[] = {
    { "[fake]\nsubmits=refused\n", "[fake] submits: no such key" },
    { "[fake]\nsubmit=refuse\n", "[fake] submit: expected" },
    { "[fake]\nsubmit=\n", "[fake] submit: expected" },
    { "[fake]\nsubmit=running\n", "[fake] submit: expected" },
    { "[fake]\nsubmit=refused 3\n", "[fake] submit: expected" },
    { "[fake]\nsubmit=refused x0\n", "[fake] submit: expected" },
    { "[fake]\nsubmit=refused x\n", "[fake] submit: expected" },
    { "[fake]\nsubmit=refused x-1\n", "[fake] submit: expected" },
    { "[fake]\nsubmit=refused not_sent\n", "[fake] submit: expected" },
    { "[clip a]\npoll-delay=3\n", "[clip a] poll-delay: expected" },
    { "[clip a]\npoll-delay=3min\n", "[clip a] poll-delay: expected" },
    { "[clip a]\npoll-delay=-3ms\n", "[clip a] poll-delay: expected" },
    { "[clip a]\npoll-delay=s\n", "[clip a] poll-delay: expected" },
    { "[clip a]\npoll-delay=99999999999999999999s\n", "[clip a] poll-delay: expected" },
    { "[clip]\npoll=running\n", "[clip]: groups are" },
    { "[other]\npoll=running\n", "[other]: groups are" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_scenario (rows[i].text, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, "scenario.ini: "));
      g_assert_nonnull (strstr (error->message, rows[i].words));
    }
}

/* A file that is missing, or is no key file, is refused by its name. */
static void
test_no_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (fake_scenario_new ("/nowhere/scenario.ini", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_true (g_str_has_prefix (error->message, "/nowhere/scenario.ini: "));
  g_clear_error (&error);
  g_assert_null (read_scenario ("no key file\n", &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == G_KEY_FILE_ERROR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/fake-scenario/nothing", test_nothing);
  g_test_add_func ("/veo3/fake-scenario/groups", test_groups);
  g_test_add_func ("/veo3/fake-scenario/counts", test_counts);
  g_test_add_func ("/veo3/fake-scenario/bad", test_bad);
  g_test_add_func ("/veo3/fake-scenario/no-file", test_no_file);
  return g_test_run ();
}
