/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Order: what the user is told: why an order does not fit and what does, and what a
 * clip that he gives up has cost. Single-threaded, virtual clock.
 */
#include "plugin/domain/veo3-order.h"

#include <string.h>

#include "tests/unit/domain/run-driver.h"

#define OPERATION "operations/old"
#define ADOPTED "operations/adopted"

/* One job as it may stand in jobs.json. */
typedef struct
{
  Veo3JobStatus status;
  gboolean has_operation;
} State;

static Veo3Order *
make_order (Veo3OrderKind kind, const char *variant)
{
  Veo3Order *order = g_new0 (Veo3Order, 1);
  const char *variants[] = { variant, NULL };

  order->kind = kind;
  order->variants = g_strdupv ((char **)variants);
  if (kind == VEO3_ORDER_ADOPT)
    order->operation_name = g_strdup (ADOPTED);
  return order;
}

static Veo3Job *
make_job (const RunDriver *driver, const char *variant, const State *state)
{
  return run_driver_make_job (driver, variant, state->status,
                              state->has_operation ? OPERATION : NULL);
}

static char *
check_one (Veo3OrderKind kind, const State *state, const char *variant)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (kind, variant);
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);

  g_ptr_array_add (jobs, make_job (driver, "a", state));
  return veo3_order_check (order, jobs);
}

/* An order that does not fit is answered with where the clip is and with what fits. */
static void
test_advice (void)
{
  static const struct
  {
    Veo3OrderKind kind;
    Veo3JobStatus status;
    gboolean has_operation;
    const char *words[2];
  } rows[] = {
    { VEO3_ORDER_REGENERATE,
      VEO3_JOB_PENDING,
      FALSE,
      { "is pending", "pipeline_runner run` sends" } },
    { VEO3_ORDER_REGENERATE,
      VEO3_JOB_GENERATING,
      TRUE,
      { "is generating", "veo3 collect` fetches" } },
    { VEO3_ORDER_REGENERATE,
      VEO3_JOB_DOWNLOADING,
      TRUE,
      { "is downloading", "veo3 collect` fetches" } },
    { VEO3_ORDER_REGENERATE,
      VEO3_JOB_UNCERTAIN,
      FALSE,
      { "is uncertain", "veo3 reconcile` settles" } },
    { VEO3_ORDER_REGENERATE,
      VEO3_JOB_SUBMITTING,
      FALSE,
      { "is submitting", "veo3 reconcile` settles" } },
    { VEO3_ORDER_COLLECT, VEO3_JOB_PENDING, FALSE, { "is pending", "pipeline_runner run` sends" } },
    { VEO3_ORDER_COLLECT, VEO3_JOB_UNCERTAIN, FALSE, { "uncertain whether", "veo3 reconcile`" } },
    { VEO3_ORDER_COLLECT,
      VEO3_JOB_TIMED_OUT,
      FALSE,
      { "uncertain whether it was accepted", "veo3 reconcile` settles" } },
    { VEO3_ORDER_COLLECT, VEO3_JOB_FAILED, FALSE, { "is failed", "veo3 regenerate` pays" } },
    { VEO3_ORDER_COLLECT, VEO3_JOB_CANCELLED, FALSE, { "is cancelled", "veo3 regenerate` pays" } },
    { VEO3_ORDER_RESUBMIT,
      VEO3_JOB_COMPLETED,
      TRUE,
      { "is completed", "its clip is there; `pipeline_runner veo3 regenerate`" } },
    { VEO3_ORDER_ABANDON,
      VEO3_JOB_TIMED_OUT,
      TRUE,
      { "is timed_out", "its operation is kept: `pipeline_runner veo3 collect`" } },
    { VEO3_ORDER_ADOPT, VEO3_JOB_GENERATING, TRUE, { "is generating", "veo3 collect`" } },
    { VEO3_ORDER_CANCEL, VEO3_JOB_COMPLETED, TRUE, { "is completed", "its clip is there" } },
    { VEO3_ORDER_CANCEL, VEO3_JOB_SUBMITTING, FALSE, { "is submitting", "veo3 reconcile`" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const State state = { .status = rows[i].status, .has_operation = rows[i].has_operation };
      g_autofree char *problem = check_one (rows[i].kind, &state, "a");

      g_test_message ("row %zu: %s", i, problem);
      g_assert_nonnull (problem);
      g_assert_true (g_str_has_prefix (problem, "clip a is "));
      g_assert_nonnull (strstr (problem, rows[i].words[0]));
      g_assert_nonnull (strstr (problem, rows[i].words[1]));
      g_assert_true (g_str_has_suffix (problem, ". Nothing was changed"));
    }
}

/* A clip that is not there is named, for every order; a showing one too. */
static void
test_unknown (void)
{
  static const State uncertain = { .status = VEO3_JOB_UNCERTAIN };

  for (guint kind = VEO3_ORDER_SHOW; kind <= VEO3_ORDER_CANCEL; kind++)
    {
      g_autofree char *problem = check_one ((Veo3OrderKind)kind, &uncertain, "nosuch");

      g_assert_nonnull (strstr (problem, "there is no clip nosuch in veo3/jobs.json"));
      g_assert_nonnull (strstr (problem, "pipeline_runner status"));
    }
  for (guint status = 0; status < VEO3_N_JOB_STATUSES; status++)
    {
      const State state = { .status = (Veo3JobStatus)status };

      g_assert_null (check_one (VEO3_ORDER_SHOW, &state, "a"));
    }
}

/* One clip that does not fit stops the whole order, whatever its place. */
static void
test_all_or_nothing (void)
{
  static const State completed = { .status = VEO3_JOB_COMPLETED, .has_operation = TRUE };
  static const State pending = { .status = VEO3_JOB_PENDING };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_REGENERATE, NULL);
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  const char *good_first[] = { "good", "bad", NULL };
  const char *bad_first[] = { "bad", "good", NULL };
  char *problem;

  g_ptr_array_add (jobs, make_job (driver, "good", &completed));
  g_ptr_array_add (jobs, make_job (driver, "bad", &pending));
  for (guint i = 0; i < 2; i++)
    {
      g_strfreev (order->variants);
      order->variants = g_strdupv ((char **)(i == 0 ? good_first : bad_first));
      problem = veo3_order_check (order, jobs);
      g_assert_nonnull (strstr (problem, "clip bad is pending"));
      g_free (problem);
    }
}

/* One operation is one clip: what another clip has, or had before, is not adopted. */
static void
test_adopt_taken (void)
{
  static const State uncertain = { .status = VEO3_JOB_UNCERTAIN };
  static const State completed = { .status = VEO3_JOB_COMPLETED, .has_operation = TRUE };
  const char *earlier[] = { "operations/x", ADOPTED, NULL };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_ADOPT, "a");
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  Veo3Job *other = make_job (driver, "b", &completed);
  char *problem;

  g_ptr_array_add (jobs, make_job (driver, "a", &uncertain));
  g_ptr_array_add (jobs, other);
  g_assert_null (veo3_order_check (order, jobs));
  other->earlier_operations = g_strdupv ((char **)earlier);
  problem = veo3_order_check (order, jobs);
  g_assert_nonnull (strstr (problem, ADOPTED " is the operation of clip b already"));
  g_free (problem);
  g_clear_pointer (&other->earlier_operations, g_strfreev);
  g_free (other->operation_name);
  other->operation_name = g_strdup (ADOPTED);
  problem = veo3_order_check (order, jobs);
  g_assert_nonnull (strstr (problem, ADOPTED " is the operation of clip b already"));
  g_free (problem);
}

/* Whoever gives up a clip is told what it has cost: what was accepted is billed, what was never
 * sent is not, and of what is uncertain nobody knows. */
static void
test_words_about_money (void)
{
  static const struct
  {
    Veo3OrderKind kind;
    Veo3JobStatus status;
    gboolean has_operation;
    const char *words;
  } rows[] = {
    { VEO3_ORDER_CANCEL, VEO3_JOB_PENDING, FALSE, "nothing of it was sent or billed" },
    { VEO3_ORDER_CANCEL, VEO3_JOB_GENERATING, TRUE, "bills it all the same" },
    { VEO3_ORDER_CANCEL, VEO3_JOB_DOWNLOADING, TRUE, "bills it all the same" },
    { VEO3_ORDER_CANCEL, VEO3_JOB_TIMED_OUT, TRUE, "bills it all the same" },
    { VEO3_ORDER_ABANDON, VEO3_JOB_UNCERTAIN, FALSE, "if it had, it was billed" },
    { VEO3_ORDER_ABANDON, VEO3_JOB_TIMED_OUT, FALSE, "if it had, it was billed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const State state = { .status = rows[i].status, .has_operation = rows[i].has_operation };
      g_autoptr (RunDriver) driver = run_driver_new (NULL);
      g_autoptr (Veo3Order) order = make_order (rows[i].kind, "a");
      Veo3Job *job = make_job (driver, "a", &state);

      veo3_order_give (order, driver->run, job, driver->now);
      g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_CANCELLED);
      g_assert_nonnull (strstr (job->error_message, rows[i].words));
    }
}

/* Freeing accepts NULL and half an order; which orders pay, and which need nobody, is fixed. */
static void
test_kinds (void)
{
  static const struct
  {
    gboolean may_pay;
    gboolean needs_service;
  } expected[] = {
    [VEO3_ORDER_SHOW] = { FALSE, FALSE },     [VEO3_ORDER_COLLECT] = { FALSE, TRUE },
    [VEO3_ORDER_REGENERATE] = { TRUE, TRUE }, [VEO3_ORDER_ADOPT] = { FALSE, TRUE },
    [VEO3_ORDER_RESUBMIT] = { TRUE, TRUE },   [VEO3_ORDER_ABANDON] = { FALSE, FALSE },
    [VEO3_ORDER_CANCEL] = { FALSE, FALSE },
  };

  for (guint kind = 0; kind < G_N_ELEMENTS (expected); kind++)
    {
      const Veo3Order order = { .kind = (Veo3OrderKind)kind };

      g_assert_cmpint (veo3_order_may_pay (&order), ==, expected[kind].may_pay);
      g_assert_cmpint (veo3_order_needs_service (&order), ==, expected[kind].needs_service);
    }
  veo3_order_free (NULL);
  veo3_order_free (g_new0 (Veo3Order, 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/order-words/advice", test_advice);
  g_test_add_func ("/veo3/order-words/unknown", test_unknown);
  g_test_add_func ("/veo3/order-words/all-or-nothing", test_all_or_nothing);
  g_test_add_func ("/veo3/order-words/adopt-taken", test_adopt_taken);
  g_test_add_func ("/veo3/order-words/money", test_words_about_money);
  g_test_add_func ("/veo3/order-words/kinds", test_kinds);
  return g_test_run ();
}
