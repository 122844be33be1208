/* SPDX-License-Identifier: MIT */
/*
 * test-exit-status.c: every combination of what can be left over from a run, and every pair of
 * codes. Scripts rely on them.
 */
#include "host/exit-status.h"

#include <signal.h>
#include <string.h>

#define ALL_OUTCOMES 32u

static const ExitStatus strongest_first[]
    = { EXIT_STATUS_SIGINT,       EXIT_STATUS_SIGTERM, EXIT_STATUS_UNCERTAIN,
        EXIT_STATUS_STAGE_FAILED, EXIT_STATUS_USAGE,   EXIT_STATUS_LOCKED,
        EXIT_STATUS_BUDGET,       EXIT_STATUS_DENIED,  EXIT_STATUS_UNFINISHED,
        EXIT_STATUS_PARTIAL,      EXIT_STATUS_DONE };

/* The rule as design.md words it: "Several: 5 > 1 > 6 > 3 > 4 > 7", written down a second time. */
static ExitStatus
expected_status (guint outcome, gboolean failed, gboolean fail_on_partial)
{
  const struct
  {
    ExitStatus status;
    gboolean holds;
  } rules[] = {
    { EXIT_STATUS_UNCERTAIN, (outcome & 16) != 0 },
    { EXIT_STATUS_STAGE_FAILED, failed },
    { EXIT_STATUS_BUDGET, (outcome & 8) != 0 },
    { EXIT_STATUS_DENIED, (outcome & 4) != 0 },
    { EXIT_STATUS_UNFINISHED, (outcome & 2) != 0 },
    { EXIT_STATUS_PARTIAL, (outcome & 1) && fail_on_partial },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].holds)
      return rules[i].status;
  return EXIT_STATUS_DONE;
}

/* All 128 combinations without a signal follow the documented order. */
static void
test_of_run (void)
{
  for (guint outcome = 0; outcome < ALL_OUTCOMES; outcome++)
    for (guint flags = 0; flags < 4; flags++)
      {
        ExitStatusFacts facts = { .outcome = (PipelineOutcome)outcome };

        facts.stage_failed = (flags & 1) != 0;
        facts.fail_on_partial = (flags & 2) != 0;
        g_assert_cmpint (exit_status_of_run (&facts), ==,
                         expected_status (outcome, facts.stage_failed, facts.fail_on_partial));
      }
}

/* A signal is told before all else, in every combination. */
static void
test_signal (void)
{
  for (guint outcome = 0; outcome < ALL_OUTCOMES; outcome++)
    {
      ExitStatusFacts facts = { .outcome = (PipelineOutcome)outcome, .stage_failed = TRUE };

      facts.signal_number = SIGINT;
      g_assert_cmpint (exit_status_of_run (&facts), ==, 130);
      facts.signal_number = SIGTERM;
      g_assert_cmpint (exit_status_of_run (&facts), ==, 143);
    }
}

/* A failed command: wrong arguments are 2, denied access is 3, and whatever else happened is 1. */
static void
test_of_command_error (void)
{
  static const struct
  {
    GIOErrorEnum code;
    ExitStatus status;
  } cases[] = {
    { G_IO_ERROR_INVALID_ARGUMENT, EXIT_STATUS_USAGE },
    { G_IO_ERROR_PERMISSION_DENIED, EXIT_STATUS_DENIED },
    { G_IO_ERROR_NO_SPACE, EXIT_STATUS_STAGE_FAILED },
    { G_IO_ERROR_CANCELLED, EXIT_STATUS_STAGE_FAILED },
  };
  g_autoptr (GError) foreign
      = g_error_new_literal (G_FILE_ERROR, (gint)G_IO_ERROR_INVALID_ARGUMENT, "x");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, (gint)cases[i].code, "x");

      g_assert_cmpint (exit_status_of_command_error (error), ==, cases[i].status);
    }
  g_assert_cmpint (exit_status_of_command_error (foreign), ==, EXIT_STATUS_STAGE_FAILED);
}

/* Of two runs the stronger code wins, whichever comes first. */
static void
test_strongest (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (strongest_first); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (strongest_first); j++)
      g_assert_cmpint (exit_status_strongest (strongest_first[i], strongest_first[j]), ==,
                       strongest_first[MIN (i, j)]);
  g_assert_cmpint (exit_status_strongest ((ExitStatus)42, EXIT_STATUS_DONE), ==, 42);
}

/* Each code has words of its own. */
static void
test_meaning (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; i < G_N_ELEMENTS (strongest_first); i++)
    g_assert_true (g_hash_table_add (seen, (gpointer)exit_status_meaning (strongest_first[i])));
  g_assert_cmpstr (exit_status_meaning ((ExitStatus)42), ==, "unknown");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/exit-status/of-run", test_of_run);
  g_test_add_func ("/host/exit-status/signal", test_signal);
  g_test_add_func ("/host/exit-status/of-command-error", test_of_command_error);
  g_test_add_func ("/host/exit-status/strongest", test_strongest);
  g_test_add_func ("/host/exit-status/meaning", test_meaning);
  return g_test_run ();
}
