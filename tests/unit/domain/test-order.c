/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Order: which clips each word of the user is about, what it makes of them, and what
 * it never does. Single-threaded, virtual clock.
 */
#include "plugin/domain/veo3-order.h"

#include <string.h>

#include "tests/unit/domain/run-driver.h"

#define OPERATION "operations/old"
#define ADOPTED "operations/adopted"

/* The columns of the table. */
typedef enum
{
  COLUMN_COLLECT,
  COLUMN_COLLECT_NAMED,
  COLUMN_REGENERATE,
  COLUMN_ADOPT,
  COLUMN_RESUBMIT,
  COLUMN_ABANDON,
  COLUMN_CANCEL,
  COLUMN_CANCEL_NAMED,
} Column;
#define N_COLUMNS (COLUMN_CANCEL_NAMED + 1)

static const struct
{
  Veo3OrderKind kind;
  gboolean is_named;
} columns[N_COLUMNS] = {
  [COLUMN_COLLECT] = { VEO3_ORDER_COLLECT, FALSE },
  [COLUMN_COLLECT_NAMED] = { VEO3_ORDER_COLLECT, TRUE },
  [COLUMN_REGENERATE] = { VEO3_ORDER_REGENERATE, TRUE },
  [COLUMN_ADOPT] = { VEO3_ORDER_ADOPT, TRUE },
  [COLUMN_RESUBMIT] = { VEO3_ORDER_RESUBMIT, TRUE },
  [COLUMN_ABANDON] = { VEO3_ORDER_ABANDON, TRUE },
  [COLUMN_CANCEL] = { VEO3_ORDER_CANCEL, FALSE },
  [COLUMN_CANCEL_NAMED] = { VEO3_ORDER_CANCEL, TRUE },
};

/* One job as it may stand in jobs.json. */
typedef struct
{
  Veo3JobStatus status;
  gboolean has_operation;
  Veo3ErrorCode code;
  gboolean is_ordered;
  gboolean is_clip_missing;
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
  Veo3Job *job = run_driver_make_job (driver, variant, state->status,
                                      state->has_operation ? OPERATION : NULL);

  job->error_code = state->code;
  job->is_ordered = state->is_ordered;
  job->progress.is_clip_missing = state->is_clip_missing;
  job->polls = 3;
  return job;
}

/* ---- the table ---- */

#define P VEO3_JOB_PENDING
#define S VEO3_JOB_SUBMITTING
#define G VEO3_JOB_GENERATING
#define D VEO3_JOB_DOWNLOADING
#define C VEO3_JOB_COMPLETED
#define F VEO3_JOB_FAILED
#define T VEO3_JOB_TIMED_OUT
#define U VEO3_JOB_UNCERTAIN
#define X VEO3_JOB_CANCELLED
#define NO (-1)
#define CODE(name) VEO3_ERROR_CODE_##name
/* Which states each order is about, what they become, and what the others are afterwards. */
static const struct
{
  State state;
  int becomes[N_COLUMNS]; /* NO = the order is not about it */
  Veo3JobStatus otherwise;
} table[] = {
  /* clang-format off */
  /* status, operation, code, ordered, missing       collect named regen. adopt resub. aband. cancel named */
  { { P, FALSE, CODE (NONE), FALSE, FALSE },             { NO, NO, NO, NO, NO, NO,  X,  X }, P },
  { { P, FALSE, CODE (NONE), TRUE, FALSE },              { NO, NO,  P, NO, NO, NO,  X,  X }, P },
  { { S, FALSE, CODE (NONE), FALSE, FALSE },             { NO, NO, NO,  G,  P,  F, NO, NO }, U },
  { { S, FALSE, CODE (NONE), TRUE, FALSE },              { NO, NO, NO,  G,  P,  F, NO, NO }, U },
  { { G, TRUE, CODE (NONE), FALSE, FALSE },              {  G,  G, NO, NO, NO, NO,  X,  X }, G },
  { { G, FALSE, CODE (NONE), FALSE, FALSE },             { NO, NO, NO,  G,  P,  F, NO, NO }, U },
  { { D, TRUE, CODE (NONE), FALSE, FALSE },              {  G,  G, NO, NO, NO, NO,  X,  X }, D },
  { { D, FALSE, CODE (NONE), FALSE, FALSE },             { NO, NO, NO,  G,  P,  F, NO, NO }, U },
  { { C, TRUE, CODE (NONE), FALSE, FALSE },              { NO,  C,  P, NO, NO, NO, NO, NO }, C },
  { { C, TRUE, CODE (NONE), FALSE, TRUE },               {  G,  G,  P, NO, NO, NO, NO, NO }, C },
  { { C, FALSE, CODE (NONE), FALSE, TRUE },              { NO, NO,  P, NO, NO, NO, NO, NO }, C },
  { { F, TRUE, CODE (OPERATION_LOST), FALSE, FALSE },    {  G,  G,  P,  G, NO, NO, NO, NO }, F },
  { { F, TRUE, CODE (CLIP_GONE), FALSE, FALSE },         {  G,  G,  P, NO, NO, NO, NO, NO }, F },
  { { F, TRUE, CODE (CLIP_EXPIRED), FALSE, FALSE },      { NO,  G,  P, NO, NO, NO, NO, NO }, F },
  { { F, TRUE, CODE (NOT_A_CLIP), FALSE, FALSE },        {  G,  G,  P, NO, NO, NO, NO, NO }, F },
  { { F, FALSE, CODE (NOT_A_CLIP), FALSE, FALSE },       { NO, NO,  P, NO, NO, NO, NO, NO }, F },
  { { F, TRUE, CODE (CONTENT_FILTERED), FALSE, FALSE },  { NO, NO,  P, NO, NO, NO, NO, NO }, F },
  { { F, TRUE, CODE (OPERATION_FAILED), FALSE, FALSE },  { NO, NO,  P, NO, NO, NO, NO, NO }, F },
  { { F, TRUE, CODE (NO_CLIP), FALSE, FALSE },           { NO, NO,  P, NO, NO, NO, NO, NO }, F },
  { { F, FALSE, CODE (INVALID_REQUEST), FALSE, FALSE },  { NO, NO,  P, NO, NO, NO, NO, NO }, F },
  { { F, FALSE, CODE (INVALID_PROMPT), FALSE, FALSE },   { NO, NO,  P, NO, NO, NO, NO, NO }, F },
  { { F, FALSE, CODE (CREDENTIALS), TRUE, FALSE },       { NO, NO,  P, NO, NO, NO, NO, NO }, F },
  { { F, FALSE, CODE (CANCELLED), FALSE, FALSE },        { NO, NO,  P, NO, NO, NO, NO, NO }, F },
  { { T, TRUE, CODE (DEADLINE), FALSE, FALSE },          {  G,  G,  P, NO, NO, NO,  X,  X }, T },
  { { T, FALSE, CODE (DEADLINE), FALSE, FALSE },         { NO, NO, NO,  G,  P,  F, NO, NO }, U },
  { { U, FALSE, CODE (UNCERTAIN_SUBMIT), FALSE, FALSE }, { NO, NO, NO,  G,  P,  F, NO, NO }, U },
  { { U, FALSE, CODE (UNCERTAIN_SUBMIT), TRUE, FALSE },  { NO, NO, NO,  G,  P,  F, NO, NO }, U },
  { { X, TRUE, CODE (CANCELLED), FALSE, FALSE },         { NO,  G,  P, NO, NO, NO, NO, NO }, X },
  { { X, FALSE, CODE (CANCELLED), FALSE, FALSE },        { NO, NO,  P, NO, NO, NO, NO, NO }, X },
  /* clang-format on */
};
#undef P
#undef S
#undef G
#undef D
#undef C
#undef F
#undef T
#undef U
#undef X
#undef CODE

static void
check_cell (gsize row, Column column)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order
      = make_order (columns[column].kind, columns[column].is_named ? "a" : NULL);
  Veo3Job *job = make_job (driver, "a", &table[row].state);
  gboolean is_covered = table[row].becomes[column] != NO;

  g_test_message ("row %zu, column %d", row, (int)column);
  g_assert_cmpint (veo3_order_covers (order, job), ==, is_covered);
  veo3_order_give (order, driver->run, job, driver->now);
  g_assert_cmpint (job->status, ==,
                   is_covered ? table[row].becomes[column] : (int)table[row].otherwise);
  g_assert_cmpint (job->progress.is_held, ==, !is_covered);
}

static void
test_table (void)
{
  for (gsize row = 0; row < G_N_ELEMENTS (table); row++)
    for (guint column = 0; column < N_COLUMNS; column++)
      check_cell (row, (Column)column);
}

/* ---- every state there could be ---- */

typedef void (*StateFunc) (const State *state, gpointer user_data);

static void
for_each_code (State state, StateFunc func, gpointer user_data)
{
  for (guint code = 0; code <= VEO3_ERROR_CODE_BUDGET; code++)
    {
      state.code = (Veo3ErrorCode)code;
      func (&state, user_data);
    }
}

static void
for_each_state (StateFunc func, gpointer user_data)
{
  for (guint status = 0; status < VEO3_N_JOB_STATUSES; status++)
    for (guint flags = 0; flags < 8; flags++)
      {
        State state = { .status = (Veo3JobStatus)status,
                        .has_operation = (flags & 1) != 0,
                        .is_ordered = (flags & 2) != 0,
                        .is_clip_missing = (flags & 4) != 0 };

        for_each_code (state, func, user_data);
      }
}

static gboolean
has_name (const Veo3Job *job, const char *operation_name)
{
  return g_strcmp0 (job->operation_name, operation_name) == 0
         || veo3_job_had_operation (job, operation_name);
}

/* Answers what is out in a way that ends it, and counts the paid requests. */
static guint
run_to_end (RunDriver *driver, Veo3Job *job)
{
  guint n_submits = 0;

  for (guint i = 0; i < 50 && !veo3_run_is_final (driver->run); i++)
    {
      run_driver_settle (driver);
      if (run_driver_has (driver, VEO3_ACTION_SUBMIT, job))
        {
          n_submits++;
          run_driver_submit_answer (driver, job, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
        }
      else if (run_driver_has (driver, VEO3_ACTION_POLL, job))
        run_driver_poll_answer (driver, job, VEO3_POLL_DONE);
      else if (run_driver_has (driver, VEO3_ACTION_DOWNLOAD, job))
        run_driver_download_answer (driver, job, VEO3_DOWNLOAD_STORED);
      else
        run_driver_advance (driver, MIN (600000, driver->wake_ms - driver->now.boot_ms));
    }
  run_driver_settle (driver);
  g_assert_true (veo3_run_is_gate_open (driver->run));
  return n_submits;
}

static guint n_checked;

static void
check_order (const State *state, const Veo3Order *order, gboolean is_named)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = make_job (driver, "a", state);
  g_autoptr (GPtrArray) jobs = g_ptr_array_new ();
  gboolean is_covered = veo3_order_covers (order, job);
  g_autofree char *problem = NULL;
  guint n_submits;

  g_ptr_array_add (jobs, job);
  problem = veo3_order_check (order, jobs);
  /* Only who is named is spoken about; and who is named and not refused is meant. */
  g_assert_cmpint (problem == NULL, ==, !is_named || is_covered);
  veo3_order_give (order, driver->run, job, driver->now);
  if (state->has_operation)
    g_assert_true (has_name (job, OPERATION));
  n_submits = run_to_end (driver, job);
  /* The one way to pay again is the word that says so, and it pays once. */
  g_assert_cmpuint (n_submits, ==, is_covered && veo3_order_may_pay (order));
  if (is_covered && order->kind == VEO3_ORDER_ADOPT)
    g_assert_cmpstr (job->operation_name, ==, ADOPTED);
  if (state->has_operation)
    g_assert_true (has_name (job, OPERATION));
  /* Without a service there is nobody to ask. */
  if (!is_covered || !veo3_order_needs_service (order))
    g_assert_cmpuint (job->polls, ==, 3);
  if (!is_covered && job->status != VEO3_JOB_UNCERTAIN)
    g_assert_cmpint (job->status, ==, state->status);
  n_checked++;
}

static void
check_state (const State *state, gpointer user_data)
{
  (void)user_data;
  for (guint kind = VEO3_ORDER_COLLECT; kind <= VEO3_ORDER_CANCEL; kind++)
    {
      g_autoptr (Veo3Order) named = make_order ((Veo3OrderKind)kind, "a");

      check_order (state, named, TRUE);
      if (kind == VEO3_ORDER_COLLECT || kind == VEO3_ORDER_CANCEL)
        {
          g_autoptr (Veo3Order) all = make_order ((Veo3OrderKind)kind, NULL);

          check_order (state, all, FALSE);
        }
    }
}

/* In no state there could be, sensible or not, does a word pay that does not say so, or twice, or
 * lose the name of an operation, or move a clip that it is not about. */
static void
test_every_state (void)
{
  n_checked = 0;
  for_each_state (check_state, NULL);
  g_assert_cmpuint (n_checked, ==, 8 * VEO3_N_JOB_STATUSES * 8 * (VEO3_ERROR_CODE_BUDGET + 1));
}

/* ---- beside it ---- */

static void
check_held (const State *state, gpointer user_data)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_COLLECT, "other");
  Veo3Job *job = make_job (driver, "a", state);
  Veo3JobStatus before;

  (void)user_data;
  veo3_order_give (order, driver->run, job, driver->now);
  before = job->status;
  g_assert_true (before == state->status || before == VEO3_JOB_UNCERTAIN);
  g_assert_true (veo3_run_is_final (driver->run));
  for (guint i = 0; i < 5; i++)
    {
      run_driver_settle (driver);
      g_assert_cmpuint (driver->actions->len, ==, run_driver_count (driver, VEO3_ACTION_SAVE));
      g_assert_cmpint (driver->wake_ms, ==, G_MAXINT64);
      run_driver_advance (driver, 1000000);
    }
  g_assert_cmpint (job->status, ==, before);
  veo3_run_end (driver->run);
  run_driver_settle (driver);
  g_assert_true (veo3_run_is_over (driver->run));
  g_assert_cmpint (job->status, ==, before);
}

/* A clip that an order is not about is let alone whatever it is in the middle of, and however long
 * the others take: no call, no deadline, no wake-up. */
static void
test_held (void)
{
  for_each_state (check_held, NULL);
}

/* A held clip neither keeps an order from ending nor ends it: what is asked for is awaited. */
static void
test_final (void)
{
  static const State generating = { .status = VEO3_JOB_GENERATING, .has_operation = TRUE };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_COLLECT, "a");
  Veo3Job *asked = make_job (driver, "a", &generating);
  Veo3Job *held = make_job (driver, "b", &generating);

  veo3_order_give (order, driver->run, asked, driver->now);
  veo3_order_give (order, driver->run, held, driver->now);
  g_assert_false (veo3_run_is_final (driver->run));
  (void)run_to_end (driver, asked);
  g_assert_cmpint (asked->status, ==, VEO3_JOB_COMPLETED);
  g_assert_cmpint (held->status, ==, VEO3_JOB_GENERATING);
  g_assert_cmpuint (held->polls, ==, 3);
}

/* ---- collect ---- */

/* One look: each operation is asked once, one after the other; what is not ready is left, and that
 * is not called a deadline that nobody waited for. What is ready is fetched. */
static void
test_one_look (void)
{
  static const State generating = { .status = VEO3_JOB_GENERATING, .has_operation = TRUE };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_COLLECT, NULL);
  Veo3Job *jobs[2];

  order->is_one_look = TRUE;
  for (guint i = 0; i < 2; i++)
    {
      jobs[i] = make_job (driver, i == 0 ? "a" : "b", &generating);
      veo3_order_give (order, driver->run, jobs[i], driver->now);
    }
  run_driver_wait_for (driver, VEO3_ACTION_POLL, jobs[0]);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_POLL), ==, 1);
  run_driver_poll_answer (driver, jobs[0], VEO3_POLL_RUNNING);
  run_driver_wait_for (driver, VEO3_ACTION_POLL, jobs[1]);
  run_driver_poll_answer (driver, jobs[1], VEO3_POLL_DONE);
  run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, jobs[1]);
  run_driver_download_answer (driver, jobs[1], VEO3_DOWNLOAD_STORED);
  run_driver_settle (driver);
  g_assert_true (veo3_run_is_gate_open (driver->run));
  g_assert_cmpint (jobs[0]->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_cmpuint (jobs[0]->polls, ==, 4);
  g_assert_cmpint (jobs[1]->status, ==, VEO3_JOB_COMPLETED);
  g_assert_nonnull (strstr (jobs[0]->error_message, "not finished yet"));
  g_assert_nonnull (strstr (jobs[0]->error_message, "pipeline_runner veo3 collect"));
  g_assert_null (strstr (jobs[0]->error_message, "600"));
}

/* A poll without an answer is a look as well. */
static void
test_one_look_deaf (void)
{
  static const State timed_out = { .status = VEO3_JOB_TIMED_OUT, .has_operation = TRUE };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_COLLECT, "a");
  Veo3Job *job = make_job (driver, "a", &timed_out);

  order->is_one_look = TRUE;
  veo3_order_give (order, driver->run, job, driver->now);
  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, VEO3_POLL_NO_ANSWER);
  run_driver_settle (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_cmpstr (job->operation_name, ==, OPERATION);
  g_assert_true (veo3_run_is_gate_open (driver->run));
}

/* Collecting gives every operation a whole deadline, however old it is. */
static void
test_collect_deadline (void)
{
  static const State states[] = { { .status = VEO3_JOB_GENERATING, .has_operation = TRUE },
                                  { .status = VEO3_JOB_DOWNLOADING, .has_operation = TRUE },
                                  { .status = VEO3_JOB_TIMED_OUT, .has_operation = TRUE } };

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (RunDriver) driver = run_driver_new (NULL);
      g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_COLLECT, NULL);
      Veo3Job *job = make_job (driver, "a", &states[i]);

      job->submitted_at_us = driver->now.utc_us - (gint64)86400 * G_USEC_PER_SEC;
      veo3_order_give (order, driver->run, job, driver->now);
      g_assert_cmpint (job->progress.deadline_ms - driver->now.boot_ms, ==, 600000);
    }
}

/* ---- regenerate and reconcile ---- */

/* Each operation that was paid for stays known, in order, however often a clip is made anew; what
 * is counted and known of the clip is the new operation's. */
static void
test_earlier (void)
{
  static const State completed = { .status = VEO3_JOB_COMPLETED, .has_operation = TRUE };
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_REGENERATE, "a");
  g_autoptr (RunDriver) first = run_driver_new (NULL);
  g_autoptr (RunDriver) second = run_driver_new (NULL);
  Veo3Job *job = make_job (first, "a", &completed);
  Veo3Job *again;

  job->video_path = g_strdup ("veo3/a.mp4");
  job->bytes = 77;
  job->sha256 = g_strdup ("ff");
  veo3_order_give (order, first->run, job, first->now);
  g_assert_null (job->operation_name);
  g_assert_null (job->video_path);
  g_assert_null (job->sha256);
  g_assert_cmpint (job->bytes, ==, -1);
  g_assert_true (job->is_ordered);
  g_assert_cmpuint (run_to_end (first, job), ==, 1);
  g_assert_false (job->is_ordered);
  g_assert_cmpuint (job->polls, ==, 1);
  g_assert_cmpstr (job->operation_name, ==, "operations/a");
  again = make_job (second, "a", &completed);
  again->earlier_operations = g_strdupv (job->earlier_operations);
  g_free (again->operation_name);
  again->operation_name = g_strdup (job->operation_name);
  veo3_order_give (order, second->run, again, second->now);
  g_assert_cmpuint (g_strv_length (again->earlier_operations), ==, 2);
  g_assert_cmpstr (again->earlier_operations[0], ==, OPERATION);
  g_assert_cmpstr (again->earlier_operations[1], ==, "operations/a");
}

/* Nothing that was not asked for again is sent again: the answers of an order are those of any
 * submit, and an uncertain one stays so. */
static void
test_uncertain_again (void)
{
  static const State uncertain = { .status = VEO3_JOB_UNCERTAIN };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_RESUBMIT, "a");
  Veo3Job *job = make_job (driver, "a", &uncertain);

  veo3_order_give (order, driver->run, job, driver->now);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_NONE);
  g_assert_null (job->error_message);
  run_driver_wait_for (driver, VEO3_ACTION_SUBMIT, job);
  run_driver_submit_answer (driver, job, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
                            0);
  g_assert_cmpint (job->status, ==, VEO3_JOB_UNCERTAIN);
  for (guint i = 0; i < 5; i++)
    {
      run_driver_settle (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
      run_driver_advance (driver, 1000000);
    }
  g_assert_true (veo3_run_is_gate_open (driver->run));
}

/* A name that the service does not know ends the clip with advice, and the right name can be given
 * then; the wrong one is not forgotten. */
static void
test_adopt_wrong (void)
{
  static const State uncertain = { .status = VEO3_JOB_UNCERTAIN };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (RunDriver) next = run_driver_new (NULL);
  g_autoptr (Veo3Order) order = make_order (VEO3_ORDER_ADOPT, "a");
  Veo3Job *job = make_job (driver, "a", &uncertain);
  Veo3Job *known;

  veo3_order_give (order, driver->run, job, driver->now);
  while (job->status == VEO3_JOB_GENERATING)
    {
      run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
      run_driver_poll_answer (driver, job, VEO3_POLL_NOT_FOUND);
      run_driver_settle (driver);
    }
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_OPERATION_LOST);
  g_assert_nonnull (strstr (job->error_message, "veo3 reconcile --adopt OPERATION a"));
  g_assert_cmpstr (job->operation_name, ==, ADOPTED);

  known = make_job (next, "a", &uncertain);
  known->status = job->status;
  known->error_code = job->error_code;
  known->operation_name = g_strdup (job->operation_name);
  g_free (order->operation_name);
  order->operation_name = g_strdup ("operations/right");
  veo3_order_give (order, next->run, known, next->now);
  g_assert_cmpuint (run_to_end (next, known), ==, 0);
  g_assert_cmpint (known->status, ==, VEO3_JOB_COMPLETED);
  g_assert_cmpstr (known->operation_name, ==, "operations/right");
  g_assert_true (veo3_job_had_operation (known, ADOPTED));
}

/* What was ordered and then settled in another way is no order any more. */
static void
test_order_is_over (void)
{
  static const Veo3OrderKind kinds[] = { VEO3_ORDER_ADOPT, VEO3_ORDER_ABANDON, VEO3_ORDER_CANCEL };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      State state = { .status = VEO3_JOB_UNCERTAIN, .is_ordered = TRUE };
      g_autoptr (RunDriver) driver = run_driver_new (NULL);
      g_autoptr (Veo3Order) order = make_order (kinds[i], "a");
      Veo3Job *job;

      if (kinds[i] == VEO3_ORDER_CANCEL)
        state.status = VEO3_JOB_PENDING;
      job = make_job (driver, "a", &state);
      veo3_order_give (order, driver->run, job, driver->now);
      g_assert_false (job->is_ordered);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/order/table", test_table);
  g_test_add_func ("/veo3/order/every-state", test_every_state);
  g_test_add_func ("/veo3/order/held", test_held);
  g_test_add_func ("/veo3/order/final", test_final);
  g_test_add_func ("/veo3/order/one-look", test_one_look);
  g_test_add_func ("/veo3/order/one-look-deaf", test_one_look_deaf);
  g_test_add_func ("/veo3/order/collect-deadline", test_collect_deadline);
  g_test_add_func ("/veo3/order/earlier-operations", test_earlier);
  g_test_add_func ("/veo3/order/uncertain-again", test_uncertain_again);
  g_test_add_func ("/veo3/order/adopt-wrong", test_adopt_wrong);
  g_test_add_func ("/veo3/order/order-is-over", test_order_is_over);
  return g_test_run ();
}
