/* SPDX-License-Identifier: MIT */
/*
 * The simulation: thousands of lives of a workspace in which anything goes wrong that can, each
 * decided by its seed, and a bench of seeded bugs that it has to find. Single-threaded, no I/O.
 *
 *     test-simulation [--schedules N] [--base SEED|clock]    judge N schedules from SEED on
 *     test-simulation --sample N                             …and do not look for seeded bugs
 *     test-simulation --seed SEED [--bug NAME]               replay one, with its whole trace
 */
#include "tests/sim/sim-schedule.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_BASE 20261122
#define DEFAULT_SCHEDULES 2000
#define SEEDS_PER_BUG 1000
#define N_REPLAYS 25

/** Options: of this program; GLib's own are left to GLib. */
typedef struct
{
  guint64 base;
  guint64 n_schedules;
  guint64 seed;
  gboolean has_seed;
  SimBug bug;
  gboolean is_sample; /* leave the seeded bugs out */
} Options;

static Options options = { .base = DEFAULT_BASE, .n_schedules = DEFAULT_SCHEDULES };

/* How to replay the present schedule, ready to be written by a signal handler. */
static char replay_line[128];

static void
on_abort (int signal_number)
{
  (void)signal_number;
  (void)!write (STDOUT_FILENO, replay_line, strlen (replay_line));
}

static void
run (const SimPlan *plan, SimOutcome *ret_outcome)
{
  (void)g_snprintf (replay_line, sizeof replay_line,
                    "# replay: test-simulation --seed %" G_GUINT64_FORMAT " --bug %s\n", plan->seed,
                    sim_bugs_get_name (plan->bug));
  sim_schedule_run (plan, ret_outcome);
}

/* Those that pay twice. A torn jobs.json (no fsync of the file) costs a clip, not money. */
static const SimBug costly[] = {
  SIM_BUG_NO_WRITE_AHEAD,           SIM_BUG_FOLDER_NOT_FSYNCED,   SIM_BUG_FAILED_SAVE_IS_DURABLE,
  SIM_BUG_READ_ERROR_IS_ABSENT,     SIM_BUG_DAMAGED_IS_EMPTY,     SIM_BUG_RETRY_ON_500,
  SIM_BUG_RETRY_ON_DEAD_CONNECTION, SIM_BUG_RETRY_ON_CUT_ANSWER,  SIM_BUG_CANCELLED_IS_NOT_SENT,
  SIM_BUG_STALE_IS_RESUBMITTED,     SIM_BUG_SUBMITTING_IS_RESENT, SIM_BUG_UNCERTAIN_IS_RESENT,
  SIM_BUG_ORDER_IS_REPEATED,
};

static void
be_silent (const char *text)
{
  (void)text;
}

/** Sums: over many schedules. */
typedef struct
{
  guint64 n_starts;
  guint64 n_steps;
  guint64 n_paid;
  guint64 ends[VEO3_N_JOB_STATUSES];
  guint most_calm_steps;
  gint64 most_calm_ms;
} Sums;

static void
add (Sums *sums, const SimOutcome *outcome)
{
  sums->n_starts += outcome->n_starts;
  sums->n_steps += outcome->n_steps;
  sums->n_paid += outcome->n_paid;
  sums->most_calm_steps = MAX (sums->most_calm_steps, outcome->calm_steps);
  sums->most_calm_ms = MAX (sums->most_calm_ms, outcome->calm_ms);
  for (guint i = 0; i < VEO3_N_JOB_STATUSES; i++)
    sums->ends[i] += outcome->ends[i];
}

static void
tell (const Sums *sums, guint64 n, double cpu_s)
{
  g_autoptr (GString) ends = g_string_new (NULL);

  for (guint i = 0; i < VEO3_N_JOB_STATUSES; i++)
    g_string_append_printf (ends, " %s %" G_GUINT64_FORMAT,
                            veo3_job_status_to_string ((Veo3JobStatus)i), sums->ends[i]);
  g_test_message ("%" G_GUINT64_FORMAT " schedules in %.1f s of processor: %.0f a second", n, cpu_s,
                  (double)n / cpu_s);
  g_test_message ("%" G_GUINT64_FORMAT " starts, %" G_GUINT64_FORMAT " steps, %" G_GUINT64_FORMAT
                  " clips paid for; calm took at most %u steps and %.0f virtual seconds",
                  sums->n_starts, sums->n_steps, sums->n_paid, sums->most_calm_steps,
                  (double)sums->most_calm_ms / 1000);
  g_test_message ("ends:%s", ends->str);
}

/* Whatever fails in whatever order, nothing is paid twice, nothing paid for is forgotten, and when
 * the faults cease everything comes to its end. */
static void
test_schedules (void)
{
  clock_t begin = clock ();
  Sums sums = { 0 };

  g_test_message ("%" G_GUINT64_FORMAT " schedules from seed %" G_GUINT64_FORMAT,
                  options.n_schedules, options.base);
  for (guint64 i = 0; i < options.n_schedules; i++)
    {
      g_auto (SimOutcome) outcome = { 0 };

      run (&(SimPlan){ .seed = options.base + i }, &outcome);
      add (&sums, &outcome);
      if (outcome.verdict == NULL)
        continue;
      g_test_message ("seed %" G_GUINT64_FORMAT ": %s", options.base + i, outcome.verdict);
      g_print ("%s", replay_line);
      g_test_fail ();
      return;
    }
  tell (&sums, options.n_schedules, (double)(clock () - begin) / CLOCKS_PER_SEC);
  /* The storms reach every end, or they prove less than they seem to. */
  g_assert_cmpuint (sums.ends[VEO3_JOB_COMPLETED], >, options.n_schedules / 20);
  g_assert_cmpuint (sums.ends[VEO3_JOB_FAILED], >, options.n_schedules / 20);
  g_assert_cmpuint (sums.ends[VEO3_JOB_TIMED_OUT], >, options.n_schedules / 1000);
  g_assert_cmpuint (sums.ends[VEO3_JOB_UNCERTAIN], >, options.n_schedules / 20);
}

/* A seed is a schedule: lived through again, and once with its trace printed, it does the same. */
static void
test_replay (void)
{
  for (guint i = 0; i < N_REPLAYS; i++)
    {
      SimPlan plan = { .seed = options.base + i };
      SimPlan next = { .seed = options.base + i + 1 };
      g_auto (SimOutcome) first = { 0 };
      g_auto (SimOutcome) second = { 0 };
      g_auto (SimOutcome) loud = { 0 };
      g_auto (SimOutcome) other = { 0 };
      GPrintFunc print;

      run (&plan, &first);
      run (&plan, &second);
      run (&next, &other);
      plan.is_loud = TRUE;
      print = g_set_print_handler (be_silent);
      run (&plan, &loud);
      (void)g_set_print_handler (print);
      g_assert_cmpuint (first.n_notes, >, 0);
      g_assert_cmphex (first.hash, ==, second.hash);
      g_assert_cmphex (first.hash, ==, loud.hash);
      g_assert_cmphex (first.hash, !=, other.hash);
    }
}

/* The seed that found something finds it again, in the same way and by the same steps; and it is
 * the bug that it found. */
static void
check_find (SimPlan plan, const SimOutcome *outcome)
{
  g_auto (SimOutcome) again = { 0 };
  g_auto (SimOutcome) without = { 0 };

  g_test_message ("found at seed %" G_GUINT64_FORMAT ", the %" G_GUINT64_FORMAT ". one: %s",
                  plan.seed, plan.seed - options.base + 1, outcome->verdict);
  run (&plan, &again);
  plan.bug = SIM_BUG_NONE;
  run (&plan, &without);
  g_assert_cmpstr (again.verdict, ==, outcome->verdict);
  g_assert_cmphex (again.hash, ==, outcome->hash);
  g_assert_null (without.verdict);
}

static void
find (SimPlan plan)
{
  for (guint i = 0; i < SEEDS_PER_BUG; i++)
    {
      g_auto (SimOutcome) outcome = { 0 };

      plan.seed = options.base + i;
      run (&plan, &outcome);
      if (outcome.verdict == NULL)
        continue;
      check_find (plan, &outcome);
      return;
    }
  g_test_message ("not found in %d seeds from %" G_GUINT64_FORMAT, SEEDS_PER_BUG, options.base);
  g_test_fail ();
}

/* A mistake that somebody could make is found within a thousand schedules. */
static void
test_bug (gconstpointer data)
{
  find ((SimPlan){ .bug = GPOINTER_TO_UINT (data) });
}

/* A mistake that costs money does cost money here: also a judge who knows nothing but the service's
 * books finds it within a thousand schedules. */
static void
test_money (gconstpointer data)
{
  find ((SimPlan){ .bug = GPOINTER_TO_UINT (data), .is_about_money = TRUE });
}

static int
replay (void)
{
  SimPlan plan = { .seed = options.seed, .bug = options.bug, .is_loud = TRUE };
  g_auto (SimOutcome) outcome = { 0 };

  sim_schedule_run (&plan, &outcome);
  g_print ("seed %" G_GUINT64_FORMAT ", bug %s: trace %016" G_GINT64_MODIFIER
           "x of %u lines, %u paid requests: %s\n",
           options.seed, sim_bugs_get_name (options.bug), outcome.hash, outcome.n_notes,
           outcome.n_paid, outcome.verdict != NULL ? outcome.verdict : "all invariants held");
  return outcome.verdict != NULL ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Returns: FALSE when @name is none of ours. */
static gboolean
take_option (const char *name, const char *value)
{
  if (g_str_equal (name, "--base") && g_str_equal (value, "clock"))
    options.base = (guint64)g_get_real_time ();
  else if (g_str_equal (name, "--base"))
    return g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &options.base, NULL);
  else if (g_str_equal (name, "--schedules"))
    return g_ascii_string_to_unsigned (value, 10, 1, G_MAXUINT64, &options.n_schedules, NULL);
  else if (g_str_equal (name, "--sample"))
    {
      options.is_sample = TRUE;
      return g_ascii_string_to_unsigned (value, 10, 1, G_MAXUINT64, &options.n_schedules, NULL);
    }
  else if (g_str_equal (name, "--seed"))
    {
      options.has_seed = TRUE;
      return g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &options.seed, NULL);
    }
  else
    return g_str_equal (name, "--bug") && sim_bugs_find (value, &options.bug);
  return TRUE;
}

static void
add_bugs (void)
{
  for (guint bug = SIM_BUG_NONE + 1; bug < SIM_N_BUGS; bug++)
    {
      g_autofree char *path = g_strconcat ("/sim/bug/", sim_bugs_get_name ((SimBug)bug), NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (bug), test_bug);
    }
  for (guint i = 0; i < G_N_ELEMENTS (costly); i++)
    {
      g_autofree char *path = g_strconcat ("/sim/money/", sim_bugs_get_name (costly[i]), NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (costly[i]), test_money);
    }
}

int
main (int argc, char **argv)
{
  int n_left = 1;

  for (int i = 1; i < argc; i++)
    {
      if (i + 1 < argc && take_option (argv[i], argv[i + 1]))
        i++;
      else
        argv[n_left++] = argv[i];
    }
  argc = n_left;
  argv[argc] = NULL;
  if (options.has_seed)
    return replay ();
  g_test_init (&argc, &argv, NULL);
  (void)signal (SIGABRT, on_abort);
  g_test_add_func ("/sim/schedules", test_schedules);
  g_test_add_func ("/sim/replay", test_replay);
  if (!options.is_sample)
    add_bugs ();
  return g_test_run ();
}
