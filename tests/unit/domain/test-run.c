/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Run: what jobs found on disk become, and what is true of a run as a whole.
 * Single-threaded, virtual clock.
 */
#include "tests/unit/domain/run-driver.h"

static Veo3Job *
restore (RunDriver *driver, Veo3JobStatus status, const char *operation_name)
{
  g_autofree char *variant = g_strdup_printf ("clip-%u", driver->run->jobs->len);
  Veo3Job *job = run_driver_make_job (driver, variant, status, operation_name);

  veo3_run_add_job (driver->run, job, driver->now);
  return job;
}

/* A job found submitting is uncertain: nobody lived to see the answer of the paid request. */
static void
test_restore_submitting (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = restore (driver, VEO3_JOB_SUBMITTING, NULL);

  g_assert_cmpint (job->status, ==, VEO3_JOB_UNCERTAIN);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT);
  g_assert_nonnull (job->error_message);
  g_assert_false (veo3_run_is_saved (driver->run));
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
  g_assert_true (veo3_run_is_final (driver->run));
}

/* One found generating without a name cannot be asked for: it is uncertain, never sent again. */
static void
test_restore_nameless (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  const Veo3Job *generating = restore (driver, VEO3_JOB_GENERATING, NULL);
  const Veo3Job *downloading = restore (driver, VEO3_JOB_DOWNLOADING, NULL);

  g_assert_cmpint (generating->status, ==, VEO3_JOB_UNCERTAIN);
  g_assert_cmpint (downloading->status, ==, VEO3_JOB_UNCERTAIN);
  g_assert_cmpint (downloading->error_code, ==, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT);
}

/* One found downloading is asked for again: only the service knows where its clip is. */
static void
test_restore_downloading (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = restore (driver, VEO3_JOB_DOWNLOADING, "operations/7");

  g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
  g_assert_cmpstr (job->operation_name, ==, "operations/7");
  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
}

/* One that had timed out is asked for once more, and nothing is sent for it. */
static void
test_restore_timed_out (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_make_job (driver, "a", VEO3_JOB_TIMED_OUT, "operations/7");

  job->submitted_at_us = driver->now.utc_us - (gint64)9000 * G_USEC_PER_SEC;
  veo3_job_explain (job, VEO3_ERROR_CODE_DEADLINE, "stopped waiting");
  veo3_run_add_job (driver->run, job, driver->now);
  g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_NONE);
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_POLL, job));
  run_driver_poll_answer (driver, job, VEO3_POLL_DONE);
  run_driver_settle (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_DOWNLOADING);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
}

/* What had ended stays as it was found, and a run of only such jobs asks nothing of anybody. */
static void
test_restore_final (void)
{
  static const Veo3JobStatus statuses[]
      = { VEO3_JOB_COMPLETED, VEO3_JOB_FAILED, VEO3_JOB_UNCERTAIN, VEO3_JOB_CANCELLED };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      const Veo3Job *job = restore (driver, statuses[i], "operations/7");

      g_assert_cmpint (job->status, ==, statuses[i]);
      g_assert_cmpuint (veo3_run_count (driver->run, statuses[i]), ==, 1);
    }
  run_driver_settle (driver);
  g_assert_cmpuint (driver->actions->len, ==, 1);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  g_assert_cmpint (driver->wake_ms, ==, G_MAXINT64);
}

/* A restored operation keeps the deadline of its submit; a wall clock that jumped costs at most one
 * deadline and never gives more than one. */
static void
test_restore_deadline (void)
{
  static const struct
  {
    gint64 age_s;
    gint64 left_ms;
  } rows[] = { { 0, 600000 }, { 100, 500000 }, { 600, 0 },        { 601, 0 },
               { 90000, 0 },  { -50, 600000 }, { -90000, 600000 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (RunDriver) driver = run_driver_new (NULL);
      Veo3Job *job = run_driver_make_job (driver, "a", VEO3_JOB_GENERATING, "operations/a");

      job->submitted_at_us = driver->now.utc_us - rows[i].age_s * G_USEC_PER_SEC;
      veo3_run_add_job (driver->run, job, driver->now);
      g_assert_cmpint (job->progress.deadline_ms - driver->now.boot_ms, ==, rows[i].left_ms);
    }
}

/* Past its deadline a restored operation is asked once, at once, before it counts as timed out. */
static void
test_restore_expired (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_make_job (driver, "a", VEO3_JOB_GENERATING, "operations/a");

  job->submitted_at_us = driver->now.utc_us - (gint64)9000 * G_USEC_PER_SEC;
  veo3_run_add_job (driver->run, job, driver->now);
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_POLL, job));
  run_driver_poll_answer (driver, job, VEO3_POLL_RUNNING);
  run_driver_settle (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_DEADLINE);
  g_assert_cmpstr (job->operation_name, ==, "operations/a");
}

/* A completed clip whose file is gone is asked for again, for nothing, with a deadline of its own.
 */
static void
test_look_again (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = restore (driver, VEO3_JOB_COMPLETED, "operations/a");

  run_driver_settle (driver);
  run_driver_advance (driver, 7000000);
  veo3_run_look_again (driver->run, job, driver->now);
  g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, VEO3_POLL_DONE);
  run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, job);
  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_STORED);
  g_assert_cmpint (job->status, ==, VEO3_JOB_COMPLETED);
  g_assert_cmpuint (job->attempts, ==, 0);
}

/* The first reason to send nothing more is the one that is told. */
static void
test_stop_once (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);

  g_assert_false (veo3_run_is_denied (driver->run));
  veo3_run_stop_submits (driver->run, VEO3_ERROR_CODE_QUOTA_DAY, "quota");
  veo3_run_stop_submits (driver->run, VEO3_ERROR_CODE_CREDENTIALS, "key");
  g_assert_cmpint (driver->run->stop_code, ==, VEO3_ERROR_CODE_QUOTA_DAY);
  g_assert_cmpstr (driver->run->stop_message, ==, "quota");
  g_assert_true (veo3_run_is_denied (driver->run));
}

/* A new job whose clip is there already is completed and not sent; one that was tried, is ordered
 * by the user or held is not. */
static void
test_found (void)
{
  static const char *const variants[] = { "new", "tried", "ordered", "held" };
  g_autoptr (RunDriver) driver = run_driver_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      Veo3Job *job = run_driver_make_job (driver, variants[i], VEO3_JOB_PENDING, NULL);

      job->progress.is_clip_there = TRUE;
      job->attempts = i == 1;
      job->is_ordered = i == 2;
      job->progress.is_held = i == 3;
      veo3_run_add_job (driver->run, job, driver->now);
      g_assert_cmpint (job->status, ==, i == 0 ? VEO3_JOB_COMPLETED : VEO3_JOB_PENDING);
      g_assert_cmpstr (job->video_path, ==, i == 0 ? "veo3/new.mp4" : NULL);
    }
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 2);
}

/* A run without jobs is final and saved, and freeing accepts NULL. */
static void
test_empty (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);

  g_assert_true (veo3_run_is_final (driver->run));
  g_assert_true (veo3_run_is_saved (driver->run));
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 0);
  g_assert_cmpint (driver->wake_ms, ==, G_MAXINT64);
  veo3_run_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/run/restore-submitting", test_restore_submitting);
  g_test_add_func ("/veo3/run/restore-nameless", test_restore_nameless);
  g_test_add_func ("/veo3/run/restore-downloading", test_restore_downloading);
  g_test_add_func ("/veo3/run/restore-final", test_restore_final);
  g_test_add_func ("/veo3/run/restore-timed-out", test_restore_timed_out);
  g_test_add_func ("/veo3/run/restore-deadline", test_restore_deadline);
  g_test_add_func ("/veo3/run/restore-expired", test_restore_expired);
  g_test_add_func ("/veo3/run/look-again", test_look_again);
  g_test_add_func ("/veo3/run/found", test_found);
  g_test_add_func ("/veo3/run/stop-once", test_stop_once);
  g_test_add_func ("/veo3/run/empty", test_empty);
  return g_test_run ();
}
