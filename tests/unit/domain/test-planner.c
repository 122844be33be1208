/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Planner: what is done when, and above all what is not done yet. Single-threaded,
 * virtual clock, no shell.
 */
#include "tests/unit/domain/run-driver.h"

#include <string.h>

/* Nothing is claimed before the first save is durable, and the claim itself is not sent yet. */
static void
test_first_save (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  const Veo3Job *job = run_driver_add (driver, "a");

  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  g_assert_cmpuint (driver->actions->len, ==, 1);
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 0);
  g_assert_cmpint (job->status, ==, VEO3_JOB_PENDING);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_SUBMITTING);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
}

/* The paid request goes out only when the save that holds its claim is durable, and once. */
static void
test_write_ahead (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  const Veo3Job *job = run_driver_add (driver, "a");

  run_driver_round (driver);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  for (guint i = 0; i < 10; i++)
    {
      run_driver_advance (driver, 1000);
      run_driver_round (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
    }
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_SUBMIT, job));
  g_assert_cmpuint (job->attempts, ==, 1);
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
}

/* A save that began before the claim does not make the claim durable. */
static void
test_older_save (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  const Veo3Job *job = run_driver_add (driver, "a");

  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_SUBMIT, job));
  veo3_run_touch (driver->run, NULL);
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  job = run_driver_add (driver, "b");
  driver->run->first_revision = 0;
  run_driver_round (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_SUBMITTING);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  g_assert_false (run_driver_has (driver, VEO3_ACTION_SUBMIT, job));
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_SUBMIT, job));
}

/* While the disk refuses nothing is sent; saves are tried again, ever more rarely; once it is
 * mended, exactly one request goes out. */
static void
test_failing_saves (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  const Veo3Job *job = run_driver_add (driver, "a");
  gint64 longest_ms = 0;

  run_driver_round (driver);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  for (guint i = 0; i < 20; i++)
    {
      gint64 wait_ms;

      run_driver_saved (driver, FALSE);
      run_driver_round (driver);
      g_assert_cmpuint (driver->actions->len, ==, 0);
      wait_ms = driver->wake_ms - driver->now.boot_ms;
      g_assert_cmpint (wait_ms, >=, 50);
      g_assert_cmpint (wait_ms, <=, 5000);
      longest_ms = MAX (longest_ms, wait_ms);
      run_driver_advance (driver, wait_ms);
      run_driver_round (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
      g_assert_cmpuint (driver->actions->len, ==, 1);
    }
  g_assert_cmpint (longest_ms, >, 2000);
  g_assert_cmpuint (driver->run->save_failures, ==, 20);
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 1);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_SUBMIT, job));
  g_assert_cmpuint (driver->run->save_failures, ==, 0);
}

/* A claim that the disk never took over is given up at the deadline: nobody waits for ever, and the
 * disk is named as what has to be mended. */
static void
test_claim_expires (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  const Veo3Job *job = run_driver_add (driver, "a");

  run_driver_round (driver);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  while (!veo3_run_is_final (driver->run))
    {
      if (driver->run->saving_revision != 0)
        run_driver_saved (driver, FALSE);
      run_driver_round (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
      g_assert_cmpint (driver->wake_ms, <=, driver->now.boot_ms + 600000);
      run_driver_advance (driver, MAX (1, MIN (driver->wake_ms - driver->now.boot_ms, 5000)));
      g_assert_cmpint (driver->now.boot_ms, <, 5000000 + 660000);
    }
  g_assert_cmpint (job->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_DISK);
  g_assert_nonnull (strstr (job->error_message, "jobs.json could not be saved"));
  g_assert_nonnull (strstr (job->error_message, "nothing was billed"));
  g_assert_cmpuint (driver->run->submits_in_flight, ==, 0);
}

/* What changes in one round is one write, with one in flight; the rest goes into the next. */
static void
test_one_save (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *jobs[5];

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      g_autofree char *variant = g_strdup_printf ("clip-%u", i);

      jobs[i] = run_driver_add (driver, variant);
    }
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 1);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 1);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 5);
  run_driver_submit_answer (driver, jobs[0], VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_submit_answer (driver, jobs[1], VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_NONE, 0);
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  run_driver_submit_answer (driver, jobs[2], VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 0);
  g_assert_false (veo3_run_is_durable (driver->run, jobs[0]));
  run_driver_saved (driver, TRUE);
  g_assert_true (veo3_run_is_durable (driver->run, jobs[0]));
  g_assert_false (veo3_run_is_durable (driver->run, jobs[2]));
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  run_driver_saved (driver, TRUE);
  g_assert_true (veo3_run_is_saved (driver->run));
}

/* After an accepted request nothing is asked before the operation's name is on disk. */
static void
test_poll_after_save (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add (driver, "a");

  run_driver_settle (driver);
  run_driver_submit_answer (driver, job, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_round (driver);
  for (guint i = 0; i < 50; i++)
    {
      run_driver_saved (driver, FALSE);
      run_driver_advance (driver, 10000);
      run_driver_round (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_POLL), ==, 0);
    }
  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
}

/* An accepted operation that the disk never took over expires by the clock, with its name. */
static void
test_unsaved_expires (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add (driver, "a");

  run_driver_settle (driver);
  run_driver_submit_answer (driver, job, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_round (driver);
  run_driver_advance (driver, 599999);
  run_driver_round (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
  g_assert_cmpint (driver->wake_ms, ==, driver->now.boot_ms + 1);
  run_driver_advance (driver, 1);
  run_driver_round (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_cmpstr (job->operation_name, ==, "operations/a");
  run_driver_saved (driver, FALSE);
}

/* The machine slept past the deadline while the name of an accepted operation was being saved: it
 * is not given up without a question. */
static void
test_unsaved_late (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add (driver, "a");

  run_driver_settle (driver);
  run_driver_submit_answer (driver, job, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_round (driver);
  run_driver_advance (driver, 3600000);
  run_driver_round (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
  run_driver_saved (driver, TRUE);
  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
}

/* No more than max_parallel paid requests are under way; each answer lets the next one go, and the
 * wait for it does not count. */
static void
test_max_parallel (void)
{
  Veo3RunSettings settings = run_driver_get_settings ();
  g_autoptr (RunDriver) driver = NULL;
  Veo3Job *jobs[4];

  settings.max_parallel = 2;
  driver = run_driver_new (&settings);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      g_autofree char *variant = g_strdup_printf ("clip-%u", i);

      jobs[i] = run_driver_add (driver, variant);
    }
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 2);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_SUBMIT, jobs[0]));
  g_assert_cmpint (driver->wake_ms, ==, G_MAXINT64);
  run_driver_advance (driver, 3 * settings.deadline_ms);
  run_driver_submit_answer (driver, jobs[1], VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_PROTOCOL, 0);
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 1);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_SUBMIT, jobs[2]));
  g_assert_cmpuint (driver->run->submits_in_flight, ==, 2);
}

/* A pending job that was never accepted within the deadline fails and says that nothing was billed,
 * and why it did not go. */
static void
test_pending_expires (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add (driver, "a");

  while (job->status != VEO3_JOB_FAILED)
    {
      run_driver_settle (driver);
      if (run_driver_has (driver, VEO3_ACTION_SUBMIT, job))
        run_driver_submit_answer (driver, job, VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE,
                                  100000);
      else if (job->status == VEO3_JOB_PENDING)
        run_driver_advance (driver, MAX (1, driver->wake_ms - driver->now.boot_ms));
      g_assert_cmpint (driver->now.boot_ms, <=, job->progress.deadline_ms);
    }
  g_assert_cmpuint (job->attempts, >=, 4);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_DEADLINE);
  g_assert_nonnull (strstr (job->error_message, "nothing was billed"));
  g_assert_nonnull (strstr (job->error_message, "words"));
}

/* At the deadline one last question is asked, and its answer counts. */
static void
test_last_poll (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *done = run_driver_add_generating (driver, "done");
  Veo3Job *late = run_driver_add_generating (driver, "late");
  guint n_last = 0;

  while (!veo3_job_status_is_final (late->status) || done->status == VEO3_JOB_GENERATING)
    {
      gboolean is_last;

      run_driver_settle (driver);
      is_last = driver->now.boot_ms >= late->progress.deadline_ms;
      for (guint i = 0; i < driver->actions->len; i++)
        {
          const Veo3Action *action = &g_array_index (driver->actions, Veo3Action, i);
          gboolean is_done = action->job == done && is_last;

          if (action->kind != VEO3_ACTION_POLL)
            continue;
          n_last += is_last;
          run_driver_poll_answer (driver, action->job,
                                  is_done ? VEO3_POLL_DONE : VEO3_POLL_RUNNING);
        }
      if (run_driver_count (driver, VEO3_ACTION_POLL) == 0)
        run_driver_advance (driver, MAX (1, driver->wake_ms - driver->now.boot_ms));
    }
  g_assert_cmpuint (n_last, ==, 2);
  g_assert_cmpint (done->status, ==, VEO3_JOB_DOWNLOADING);
  g_assert_cmpint (late->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_cmpint (late->error_code, ==, VEO3_ERROR_CODE_DEADLINE);
  g_assert_cmpstr (late->operation_name, ==, "operations/late");
  g_assert_cmpint (late->completed_at_us - late->submitted_at_us, ==, 600 * G_USEC_PER_SEC);
}

/* Three clips whose deadline comes at one instant; the service leaves each question unanswered for
 * so long. Returns: how many are asked at the deadline. */
static guint
count_last_polls (gint64 silence_ms)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *jobs[3];
  guint n_last = 0;

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    jobs[i] = run_driver_add (driver, (const char *const[]){ "a", "b", "c" }[i]);
  run_driver_settle (driver);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    run_driver_submit_answer (driver, jobs[i], VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_settle (driver);
  run_driver_advance (driver, jobs[0]->progress.deadline_ms - driver->now.boot_ms);
  run_driver_settle (driver);
  while (run_driver_count (driver, VEO3_ACTION_POLL) > 0)
    {
      Veo3Job *asked = g_array_index (driver->actions, Veo3Action, 0).job;

      n_last++;
      run_driver_advance (driver, silence_ms);
      run_driver_poll_answer (driver, asked, VEO3_POLL_NO_ANSWER);
      run_driver_settle (driver);
    }
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    g_assert_cmpint (jobs[i]->status, ==, VEO3_JOB_TIMED_OUT);
  return n_last;
}

/* A service that leaves the last question about one clip unanswered for long is not asked about the
 * others in turn, while somebody waits; one that fails at once is. */
static void
test_last_polls_in_silence (void)
{
  g_assert_cmpuint (count_last_polls (20000), ==, 1);
  g_assert_cmpuint (count_last_polls (100), ==, 3);
}

/* A clip that could not be fetched in time says why, as it was last seen. */
static void
test_last_news (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");

  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, VEO3_POLL_DONE);
  run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, job);
  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_DISK);
  run_driver_advance (driver, job->progress.deadline_ms - driver->now.boot_ms);
  run_driver_settle (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_nonnull (strstr (job->error_message, "; last news: download failed (words)"));
}

/* The next question about @job; it may be planned already. */
static void
answer_next_poll (RunDriver *driver, Veo3Job *job, Veo3PollClass klass)
{
  if (!run_driver_has (driver, VEO3_ACTION_POLL, job))
    run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, klass);
  run_driver_settle (driver);
}

/* Comes to the last question about @job an hour late, and gets no answer. */
static void
sleep_through_deadline (RunDriver *driver, Veo3Job *job)
{
  answer_next_poll (driver, job, VEO3_POLL_RUNNING);
  run_driver_advance (driver, job->progress.deadline_ms - driver->now.boot_ms + 3600000);
  run_driver_settle (driver);
  answer_next_poll (driver, job, VEO3_POLL_NO_ANSWER);
}

/* The machine slept past the deadline and its network is not back: the unanswered last question
 * does not count, and a clip that is ready is fetched a moment later. */
static void
test_respite (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");

  sleep_through_deadline (driver, job);
  g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
  answer_next_poll (driver, job, VEO3_POLL_DONE);
  g_assert_cmpint (job->status, ==, VEO3_JOB_DOWNLOADING);
}

/* It lasts half a minute, and is given once. */
static void
test_respite_ends (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");
  gint64 woken_ms;

  sleep_through_deadline (driver, job);
  woken_ms = driver->now.boot_ms;
  while (job->status == VEO3_JOB_GENERATING)
    answer_next_poll (driver, job, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (job->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_cmpint (driver->now.boot_ms - woken_ms, ==, 30000);
}

/* The machine slept while a clip was being fetched: it gets its grace anew. A loop that comes to
 * the end of the grace in time ends it. */
static void
test_late_download (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");

  answer_next_poll (driver, job, VEO3_POLL_DONE);
  run_driver_advance (driver, job->progress.deadline_ms - driver->now.boot_ms + 3600000);
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_CANCEL), ==, 0);
  g_assert_cmpint (job->progress.deadline_ms, ==, driver->now.boot_ms + 60000);
  run_driver_advance (driver, 60000);
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_CANCEL, job));
  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_TRANSIENT);
  run_driver_settle (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_TIMED_OUT);
}

/* The end takes claims back, aborts polls and downloads once, and leaves paid requests alone. */
static void
test_end (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *polled = run_driver_add_generating (driver, "polled");
  Veo3Job *fetched = run_driver_add_generating (driver, "fetched");
  Veo3Job *sent;
  Veo3Job *claimed;

  run_driver_wait_for (driver, VEO3_ACTION_POLL, fetched);
  run_driver_poll_answer (driver, fetched, VEO3_POLL_DONE);
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_DOWNLOAD, fetched));
  if (!polled->progress.in_flight)
    run_driver_wait_for (driver, VEO3_ACTION_POLL, polled);
  sent = run_driver_add (driver, "sent");
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_SUBMIT, sent));
  claimed = run_driver_add (driver, "claimed");
  run_driver_round (driver);
  g_assert_cmpint (claimed->status, ==, VEO3_JOB_SUBMITTING);
  veo3_run_end (driver->run);
  run_driver_saved (driver, TRUE);
  run_driver_round (driver);
  g_assert_cmpint (claimed->status, ==, VEO3_JOB_PENDING);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_CANCEL, polled));
  g_assert_true (run_driver_has (driver, VEO3_ACTION_CANCEL, fetched));
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_CANCEL), ==, 2);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  g_assert_cmpuint (driver->actions->len, ==, 3);
  run_driver_settle (driver);
  g_assert_cmpuint (driver->actions->len, ==, 0);
  g_assert_cmpint (driver->wake_ms, ==, G_MAXINT64);
  run_driver_poll_answer (driver, polled, VEO3_POLL_NO_ANSWER);
  run_driver_download_answer (driver, fetched, VEO3_DOWNLOAD_TRANSIENT);
  run_driver_submit_answer (driver, sent, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 1);
  run_driver_settle (driver);
  g_assert_true (veo3_run_is_saved (driver->run));
  g_assert_cmpint (polled->status, ==, VEO3_JOB_GENERATING);
  g_assert_cmpint (fetched->status, ==, VEO3_JOB_DOWNLOADING);
  g_assert_cmpuint (driver->run->calls_in_flight, ==, 0);
  g_assert_cmpuint (driver->run->submits_in_flight, ==, 0);
}

/* The end of the run gives a failing disk one more chance at once. */
static void
test_end_saves_at_once (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);

  (void)run_driver_add (driver, "a");
  run_driver_round (driver);
  run_driver_saved (driver, FALSE);
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 0);
  veo3_run_end (driver->run);
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  run_driver_saved (driver, TRUE);
}

/* Only in a hurry is a paid request aborted, and then the run is over when it has answered. */
static void
test_hurry (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *sent = run_driver_add (driver, "sent");

  run_driver_settle (driver);
  veo3_run_end (driver->run);
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 0);
  veo3_run_hurry (driver->run);
  run_driver_round (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_CANCEL, sent));
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 0);
  g_assert_false (veo3_run_is_over (driver->run));
  run_driver_submit_answer (driver, sent, VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT,
                            0);
  run_driver_settle (driver);
  g_assert_true (veo3_run_is_over (driver->run));
}

/* A disk that has refused for long keeps neither the gate shut nor the end from coming, but it gets
 * everything offered once more at the end, and no more often. */
static void
test_disk_given_up (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");

  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, VEO3_POLL_FAILED);
  for (guint i = 0; i < 8; i++)
    {
      g_assert_false (veo3_run_is_gate_open (driver->run));
      run_driver_advance (driver, 6000);
      run_driver_round (driver);
      run_driver_saved (driver, FALSE);
    }
  g_assert_true (veo3_run_is_gate_open (driver->run));
  g_assert_false (veo3_run_is_over (driver->run));
  veo3_run_end (driver->run);
  veo3_run_touch (driver->run, NULL);
  run_driver_round (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SAVE), ==, 1);
  g_assert_false (veo3_run_is_over (driver->run));
  run_driver_saved (driver, FALSE);
  run_driver_advance (driver, 6000);
  run_driver_round (driver);
  g_assert_cmpuint (driver->actions->len, ==, 0);
  g_assert_true (veo3_run_is_over (driver->run));
}

/* When somebody waits for the clips, questions come no later than they would have. */
static void
test_gate (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");
  gint64 calm_ms;

  for (guint i = 0; i < 5; i++)
    {
      run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
      run_driver_poll_answer (driver, job, VEO3_POLL_RUNNING);
    }
  run_driver_settle (driver);
  calm_ms = driver->wake_ms;
  veo3_run_gate_waits (driver->run, driver->now);
  run_driver_settle (driver);
  g_assert_cmpint (driver->wake_ms, <, calm_ms);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/planner/first-save", test_first_save);
  g_test_add_func ("/veo3/planner/write-ahead", test_write_ahead);
  g_test_add_func ("/veo3/planner/older-save", test_older_save);
  g_test_add_func ("/veo3/planner/failing-saves", test_failing_saves);
  g_test_add_func ("/veo3/planner/claim-expires", test_claim_expires);
  g_test_add_func ("/veo3/planner/one-save", test_one_save);
  g_test_add_func ("/veo3/planner/poll-after-save", test_poll_after_save);
  g_test_add_func ("/veo3/planner/unsaved-expires", test_unsaved_expires);
  g_test_add_func ("/veo3/planner/unsaved-late", test_unsaved_late);
  g_test_add_func ("/veo3/planner/max-parallel", test_max_parallel);
  g_test_add_func ("/veo3/planner/pending-expires", test_pending_expires);
  g_test_add_func ("/veo3/planner/last-poll", test_last_poll);
  g_test_add_func ("/veo3/planner/last-polls-in-silence", test_last_polls_in_silence);
  g_test_add_func ("/veo3/planner/last-news", test_last_news);
  g_test_add_func ("/veo3/planner/respite", test_respite);
  g_test_add_func ("/veo3/planner/respite-ends", test_respite_ends);
  g_test_add_func ("/veo3/planner/late-download", test_late_download);
  g_test_add_func ("/veo3/planner/end", test_end);
  g_test_add_func ("/veo3/planner/end-saves-at-once", test_end_saves_at_once);
  g_test_add_func ("/veo3/planner/hurry", test_hurry);
  g_test_add_func ("/veo3/planner/disk-given-up", test_disk_given_up);
  g_test_add_func ("/veo3/planner/gate", test_gate);
  return g_test_run ();
}
