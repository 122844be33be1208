/* SPDX-License-Identifier: MIT */
/*
 * Tests of what becomes of an operation that the user has cancelled: when the service is asked to
 * stop it, how often, and what is said of each answer. A virtual clock.
 */
#include <string.h>

#include "plugin/domain/veo3-order.h"
#include "tests/unit/domain/run-driver.h"

#define HAS_NAME "operations/a"

static RunDriver *
new_driver (Veo3StopWay way)
{
  Veo3RunSettings settings = run_driver_get_settings ();

  settings.stop_way = way;
  return run_driver_new (&settings);
}

/* A clip under `cancel`. Returns: borrowed */
static Veo3Job *
cancel (RunDriver *driver, Veo3JobStatus status, const char *operation_name)
{
  char *variants[] = { NULL };
  const Veo3Order order = { .kind = VEO3_ORDER_CANCEL, .variants = variants };
  Veo3Job *job = run_driver_make_job (driver, "a", status, operation_name);

  job->submitted_at_us = driver->now.utc_us - 1000000;
  veo3_order_give (&order, driver->run, job, driver->now);
  g_assert_cmpint (job->status, ==, VEO3_JOB_CANCELLED);
  return job;
}

static Veo3Job *
ask (RunDriver *driver)
{
  Veo3Job *job = cancel (driver, VEO3_JOB_GENERATING, HAS_NAME);

  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_STOP, job));
  return job;
}

static void
answer (RunDriver *driver, Veo3Job *job, Veo3CancelClass klass, gint64 retry_after_ms)
{
  const Veo3CancelResult result
      = { .klass = klass, .message = "words", .retry_after_ms = retry_after_ms };

  veo3_recorder_stop (driver->run, job, &result, driver->now);
}

static void
expect_settled (RunDriver *driver, const Veo3Job *job, const char *words)
{
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_STOP), ==, 0);
  g_assert_cmpint (driver->wake_ms, ==, G_MAXINT64);
  g_assert_true (veo3_run_is_gate_open (driver->run));
  g_assert_cmpint (job->status, ==, VEO3_JOB_CANCELLED);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_CANCELLED);
  if (job->operation_name != NULL)
    g_assert_cmpstr (job->operation_name, ==, HAS_NAME);
  g_test_message ("%s", job->error_message);
  g_assert_nonnull (strstr (job->error_message, words));
}

/* The service is asked only when the disk holds that it is cancelled; nobody goes on before the
 * answer is on the disk too. */
static void
test_durable_first (void)
{
  g_autoptr (RunDriver) driver = new_driver (VEO3_STOP_ASK);
  Veo3Job *job = cancel (driver, VEO3_JOB_GENERATING, HAS_NAME);

  for (guint i = 0; i < 3; i++)
    {
      run_driver_round (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_STOP), ==, 0);
      g_assert_false (veo3_run_is_gate_open (driver->run));
    }
  run_driver_saved (driver, FALSE);
  run_driver_advance (driver, 60000);
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_STOP), ==, 0);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_STOP, job));
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_STOP), ==, 0);
  g_assert_false (veo3_run_is_gate_open (driver->run));
  answer (driver, job, VEO3_CANCEL_ASKED, 0);
  run_driver_round (driver);
  g_assert_false (veo3_run_is_gate_open (driver->run));
  run_driver_saved (driver, TRUE);
  expect_settled (driver, job, "was asked to stop; what it has generated until then may be billed");
}

/* Asked for are those that may be running, where the service can be asked; each is told what it
 * costs. */
static void
test_which (void)
{
  static const struct
  {
    Veo3StopWay way;
    Veo3JobStatus status;
    const char *operation_name;
    gboolean is_asked;
    const char *words;
  } rows[] = {
    { VEO3_STOP_ASK, VEO3_JOB_GENERATING, HAS_NAME, TRUE, "may be billed" },
    { VEO3_STOP_ASK, VEO3_JOB_TIMED_OUT, HAS_NAME, TRUE, "may be billed" },
    { VEO3_STOP_ASK, VEO3_JOB_DOWNLOADING, HAS_NAME, FALSE, "`pipeline_runner veo3 collect a`" },
    { VEO3_STOP_ASK, VEO3_JOB_PENDING, NULL, FALSE, "nothing of it was sent or billed" },
    { VEO3_STOP_IMPOSSIBLE, VEO3_JOB_GENERATING, HAS_NAME, FALSE, "cannot be asked to stop" },
    { VEO3_STOP_IMPOSSIBLE, VEO3_JOB_GENERATING, HAS_NAME, FALSE, "bills it all the same" },
    { VEO3_STOP_IMPOSSIBLE, VEO3_JOB_TIMED_OUT, HAS_NAME, FALSE, "bills it all the same" },
    { VEO3_STOP_NO_ACCESS, VEO3_JOB_GENERATING, HAS_NAME, FALSE, "could not be asked to stop" },
    { VEO3_STOP_NO_ACCESS, VEO3_JOB_PENDING, NULL, FALSE, "nothing of it was sent or billed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (RunDriver) driver = new_driver (rows[i].way);
      Veo3Job *job = cancel (driver, rows[i].status, rows[i].operation_name);

      g_test_message ("row %zu", i);
      run_driver_settle (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_STOP), ==, rows[i].is_asked);
      if (rows[i].is_asked)
        answer (driver, job, VEO3_CANCEL_ASKED, 0);
      expect_settled (driver, job, rows[i].words);
    }
}

/* What came of it is said, and how the clip is fetched all the same; a clear answer is the only
 * one. */
static void
test_answers (void)
{
  static const struct
  {
    Veo3CancelClass klass;
    const char *words;
  } rows[] = {
    { VEO3_CANCEL_ASKED, "the service was asked to stop" },
    { VEO3_CANCEL_OVER, "over at the service already (words)" },
    { VEO3_CANCEL_OVER, "fetches it, for nothing" },
    { VEO3_CANCEL_UNAUTHORIZED, "could not be asked to stop (words)" },
    { VEO3_CANCEL_UNAUTHORIZED, "may go on and is billed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (RunDriver) driver = new_driver (VEO3_STOP_ASK);
      Veo3Job *job = ask (driver);

      answer (driver, job, rows[i].klass, 0);
      expect_settled (driver, job, rows[i].words);
      g_assert_nonnull (strstr (job->error_message, "pipeline_runner veo3 collect a`"));
    }
}

/* What nobody answered is asked once more, soon; then it is said that nobody did. */
static void
test_retry (void)
{
  g_autoptr (RunDriver) driver = new_driver (VEO3_STOP_ASK);
  Veo3Job *job = ask (driver);
  gint64 begun_ms = driver->now.boot_ms;

  answer (driver, job, VEO3_CANCEL_NO_ANSWER, 0);
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_STOP), ==, 0);
  g_assert_false (veo3_run_is_gate_open (driver->run));
  run_driver_wait_for (driver, VEO3_ACTION_STOP, job);
  g_assert_cmpint (driver->now.boot_ms - begun_ms, <=, 10000);
  answer (driver, job, VEO3_CANCEL_NO_ANSWER, 0);
  expect_settled (driver, job, "could not be asked to stop (words)");
}

/* Nobody who has cancelled waits for minutes because the service asks for them. */
static void
test_no_long_wait (void)
{
  g_autoptr (RunDriver) driver = new_driver (VEO3_STOP_ASK);
  Veo3Job *job = ask (driver);

  answer (driver, job, VEO3_CANCEL_NO_ANSWER, 60000);
  expect_settled (driver, job, "could not be asked to stop (words)");
}

/* The end waits for an answer, a hurry for none; the call is told to abort. */
static void
test_hurry (void)
{
  g_autoptr (RunDriver) driver = new_driver (VEO3_STOP_ASK);
  Veo3Job *job = ask (driver);

  veo3_run_end (driver->run);
  run_driver_settle (driver);
  g_assert_cmpuint (driver->actions->len, ==, 0);
  g_assert_false (veo3_run_is_over (driver->run));
  veo3_run_hurry (driver->run);
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_CANCEL, job));
  g_assert_false (veo3_run_is_over (driver->run));
  answer (driver, job, VEO3_CANCEL_NO_ANSWER, 0);
  expect_settled (driver, job, "could not be asked to stop");
  g_assert_true (veo3_run_is_over (driver->run));
}

/* What the end or the disk leaves no time for is not asked at all, and that is said. */
static void
test_given_up (void)
{
  for (guint is_disk = 0; is_disk < 2; is_disk++)
    {
      g_autoptr (RunDriver) driver = new_driver (VEO3_STOP_ASK);
      Veo3Job *job = cancel (driver, VEO3_JOB_GENERATING, HAS_NAME);

      if (!is_disk)
        veo3_run_end (driver->run);
      for (guint i = 0; is_disk && i < 8; i++)
        {
          run_driver_round (driver);
          run_driver_saved (driver, FALSE);
          run_driver_advance (driver, 60000);
        }
      run_driver_round (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_STOP), ==, 0);
      expect_settled (driver, job,
                      is_disk ? "(the disk refuses)" : "(the program was told to end)");
    }
}

/* An operation that is cancelled takes nobody's place in the window of its account. */
static void
test_place (void)
{
  g_autoptr (Veo3Pacer) pacer = veo3_pacer_new ();
  g_autoptr (RunDriver) driver = new_driver (VEO3_STOP_ASK);
  Veo3Job *job;

  run_driver_join (driver, pacer);
  job = ask (driver);
  g_assert_cmpuint (veo3_pacer_get_view (pacer).in_hand, ==, 0);
  answer (driver, job, VEO3_CANCEL_ASKED, 0);
  expect_settled (driver, job, "was asked to stop");
  g_assert_cmpuint (veo3_pacer_get_view (pacer).in_hand, ==, 0);
  g_assert_cmpuint (veo3_pacer_get_view (pacer).window, ==, G_MAXUINT);
}

/* Whether the service is needed at all is known before anybody looks for credentials. */
static void
test_may_stop (void)
{
  char *all[] = { NULL };
  char *other[] = { (char *)"b", NULL };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  Veo3Order order = { .kind = VEO3_ORDER_CANCEL, .variants = all };

  g_ptr_array_add (jobs, run_driver_make_job (driver, "b", VEO3_JOB_PENDING, NULL));
  g_ptr_array_add (jobs, run_driver_make_job (driver, "c", VEO3_JOB_DOWNLOADING, HAS_NAME));
  g_assert_false (veo3_order_may_stop (&order, jobs));
  g_ptr_array_add (jobs, run_driver_make_job (driver, "a", VEO3_JOB_TIMED_OUT, HAS_NAME));
  g_assert_true (veo3_order_may_stop (&order, jobs));
  order.variants = other;
  g_assert_false (veo3_order_may_stop (&order, jobs));
  order = (Veo3Order){ .kind = VEO3_ORDER_COLLECT, .variants = all };
  g_assert_false (veo3_order_may_stop (&order, jobs));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/stop/durable-first", test_durable_first);
  g_test_add_func ("/veo3/stop/which", test_which);
  g_test_add_func ("/veo3/stop/answers", test_answers);
  g_test_add_func ("/veo3/stop/retry", test_retry);
  g_test_add_func ("/veo3/stop/no-long-wait", test_no_long_wait);
  g_test_add_func ("/veo3/stop/hurry", test_hurry);
  g_test_add_func ("/veo3/stop/given-up", test_given_up);
  g_test_add_func ("/veo3/stop/place", test_place);
  g_test_add_func ("/veo3/stop/may-stop", test_may_stop);
  return g_test_run ();
}
