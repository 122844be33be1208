/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Recorder: what each class of answer makes of a job, how often and when it is tried
 * again, and what no answer may do. Single-threaded, virtual clock, no shell.
 */
#include "tests/unit/domain/run-driver.h"

#include <string.h>

/* Every class of a submit leads to its state, and only the accepted one brings a name. */
static void
test_submit_classes (void)
{
  static const struct
  {
    Veo3SubmitClass klass;
    Veo3ErrorCode code;
    Veo3JobStatus status;
    Veo3ErrorCode explained;
  } rows[] = {
    { VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, VEO3_JOB_GENERATING, VEO3_ERROR_CODE_NONE },
    { VEO3_SUBMIT_NOT_SENT, VEO3_ERROR_CODE_UNAVAILABLE, VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE },
    { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_UNAVAILABLE, VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE },
    { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE, VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE },
    { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_DAY, VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE },
    { VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_INVALID_REQUEST, VEO3_JOB_FAILED,
      VEO3_ERROR_CODE_INVALID_REQUEST },
    { VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS, VEO3_JOB_FAILED,
      VEO3_ERROR_CODE_CREDENTIALS },
    { VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_PROTOCOL, VEO3_JOB_UNCERTAIN,
      VEO3_ERROR_CODE_UNCERTAIN_SUBMIT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (RunDriver) driver = run_driver_new (NULL);
      Veo3Job *job = run_driver_add (driver, "a");

      run_driver_settle (driver);
      run_driver_submit_answer (driver, job, rows[i].klass, rows[i].code, 0);
      g_assert_cmpint (job->status, ==, rows[i].status);
      g_assert_cmpint (job->error_code, ==, rows[i].explained);
      g_assert_cmpstr (job->operation_name, ==,
                       rows[i].klass == VEO3_SUBMIT_ACCEPTED ? "operations/a" : NULL);
      g_assert_false (veo3_run_is_durable (driver->run, job));
      g_assert_cmpuint (driver->run->submits_in_flight, ==, 0);
      g_assert_cmpuint (driver->run->calls_in_flight, ==, 0);
    }
}

/* Answers a job's submits in the same way until it has ended. Returns how many there were. */
static guint
submit_until_final (RunDriver *driver, Veo3Job *job, Veo3SubmitClass klass, Veo3ErrorCode code)
{
  guint n = 0;

  while (!veo3_job_status_is_final (job->status))
    {
      run_driver_wait_for (driver, VEO3_ACTION_SUBMIT, job);
      run_driver_submit_answer (driver, job, klass, code, 0);
      n++;
      g_assert_cmpuint (n, <, 100);
    }
  return n;
}

/* What was not sent is tried eight times, an overloaded service three times; then it is over, and
 * the message says that nothing was billed. */
static void
test_submit_tries (void)
{
  static const struct
  {
    Veo3SubmitClass klass;
    Veo3ErrorCode code;
    guint tries;
  } rows[] = { { VEO3_SUBMIT_NOT_SENT, VEO3_ERROR_CODE_UNAVAILABLE, 8 },
               { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_UNAVAILABLE, 3 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (RunDriver) driver = run_driver_new (NULL);
      Veo3Job *job = run_driver_add (driver, "a");

      g_assert_cmpuint (submit_until_final (driver, job, rows[i].klass, rows[i].code), ==,
                        rows[i].tries);
      g_assert_cmpint (job->status, ==, VEO3_JOB_FAILED);
      g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_UNAVAILABLE);
      g_assert_nonnull (strstr (job->error_message, "nothing was billed"));
      g_assert_nonnull (strstr (job->error_message, "words"));
      g_assert_cmpuint (job->attempts, ==, rows[i].tries);
    }
}

/* After a 429 the next try comes no earlier than the service asked for, and never before 6 s. */
static void
test_throttled_submit (void)
{
  static const gint64 asked_ms[] = { 0, 45000, 200000 };

  for (guint i = 0; i < G_N_ELEMENTS (asked_ms); i++)
    {
      g_autoptr (RunDriver) driver = run_driver_new (NULL);
      Veo3Job *job = run_driver_add (driver, "a");
      gint64 answered_ms;

      run_driver_settle (driver);
      run_driver_submit_answer (driver, job, VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE,
                                asked_ms[i]);
      answered_ms = driver->now.boot_ms;
      g_assert_nonnull (strstr (job->progress.note, "words"));
      g_assert_nonnull (strstr (job->progress.note, "nothing was billed"));
      run_driver_wait_for (driver, VEO3_ACTION_SUBMIT, job);
      g_assert_cmpint (driver->now.boot_ms - answered_ms, >=, MAX (6000, asked_ms[i]));
      run_driver_submit_answer (driver, job, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
      g_assert_null (job->progress.note);
    }
}

/* Retries of jobs that failed together do not come together. */
static void
test_jitter (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *first = run_driver_add (driver, "a");
  Veo3Job *second = run_driver_add (driver, "b");

  run_driver_settle (driver);
  run_driver_submit_answer (driver, first, VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_UNAVAILABLE, 0);
  run_driver_submit_answer (driver, second, VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_UNAVAILABLE, 0);
  g_assert_cmpint (first->progress.not_before_ms, !=, second->progress.not_before_ms);
}

/* Bad credentials, a gone model and the day's quota end every submit: what waits fails as "not
 * sent", what was sent is answered and watched on. */
static void
test_stop (void)
{
  static const struct
  {
    Veo3SubmitClass klass;
    Veo3ErrorCode code;
  } rows[] = { { VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS },
               { VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_MODEL_GONE },
               { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_DAY } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Veo3RunSettings settings = run_driver_get_settings ();
      g_autoptr (RunDriver) driver = NULL;
      Veo3Job *refused;
      Veo3Job *sent;
      Veo3Job *waiting;

      settings.max_parallel = 2;
      driver = run_driver_new (&settings);
      refused = run_driver_add (driver, "refused");
      sent = run_driver_add (driver, "sent");
      waiting = run_driver_add (driver, "waiting");
      run_driver_settle (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 2);
      run_driver_submit_answer (driver, refused, rows[i].klass, rows[i].code, 0);
      run_driver_settle (driver);
      g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
      g_assert_cmpint (refused->status, ==, VEO3_JOB_FAILED);
      g_assert_nonnull (strstr (refused->error_message, "nothing was billed: words"));
      g_assert_nonnull (strstr (refused->error_message, "`pipeline_runner run --restart` sends"));
      g_assert_cmpint (waiting->status, ==, VEO3_JOB_FAILED);
      g_assert_cmpint (waiting->error_code, ==, rows[i].code);
      g_assert_true (g_str_has_prefix (waiting->error_message, "not sent, nothing was billed"));
      g_assert_true (veo3_run_is_denied (driver->run));
      run_driver_submit_answer (driver, sent, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
      run_driver_wait_for (driver, VEO3_ACTION_POLL, sent);
    }
}

/* A claim that waits for its save when the service refuses the run is not sent any more. */
static void
test_stop_claimed (void)
{
  Veo3RunSettings settings = run_driver_get_settings ();
  g_autoptr (RunDriver) driver = NULL;
  Veo3Job *accepted;
  Veo3Job *refused;
  Veo3Job *claimed;

  settings.max_parallel = 2;
  driver = run_driver_new (&settings);
  accepted = run_driver_add (driver, "accepted");
  refused = run_driver_add (driver, "refused");
  claimed = run_driver_add (driver, "claimed");
  run_driver_settle (driver);
  run_driver_submit_answer (driver, accepted, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_round (driver);
  g_assert_cmpint (claimed->status, ==, VEO3_JOB_SUBMITTING);
  run_driver_submit_answer (driver, refused, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS, 0);
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
  g_assert_cmpint (claimed->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (claimed->error_code, ==, VEO3_ERROR_CODE_CREDENTIALS);
  g_assert_cmpuint (claimed->attempts, ==, 0);
  g_assert_cmpuint (driver->run->submits_in_flight, ==, 0);
}

/* No error of a poll changes the job, whatever it is and however often; it keeps being asked. */
static void
test_poll_errors (void)
{
  static const Veo3PollClass classes[]
      = { VEO3_POLL_NO_ANSWER, VEO3_POLL_THROTTLED, VEO3_POLL_UNAUTHORIZED, VEO3_POLL_QUEUED,
          VEO3_POLL_RUNNING };

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      g_autoptr (RunDriver) driver = run_driver_new (NULL);
      Veo3Job *job = run_driver_add_generating (driver, "a");
      guint64 revision = driver->run->revision;

      for (guint n = 1; n <= 5; n++)
        {
          run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
          run_driver_poll_answer (driver, job, classes[i]);
          g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
          g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_NONE);
          g_assert_cmpstr (job->operation_name, ==, "operations/a");
          g_assert_cmpuint (job->polls, ==, n);
          g_assert_cmpuint (driver->run->revision, ==, revision);
          g_assert_cmpint (job->progress.note != NULL, ==, i < 3);
        }
      g_assert_cmpint (veo3_run_is_denied (driver->run), ==, i == 2);
      run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
      run_driver_poll_answer (driver, job, VEO3_POLL_DONE);
      g_assert_cmpint (job->status, ==, VEO3_JOB_DOWNLOADING);
      g_assert_null (job->progress.note);
      g_assert_false (veo3_run_is_denied (driver->run));
    }
}

/* A refused question pauses the asking for its time. */
static void
test_unauthorized_pause (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");
  gint64 answered_ms;

  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, VEO3_POLL_UNAUTHORIZED);
  answered_ms = driver->now.boot_ms;
  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  g_assert_cmpint (driver->now.boot_ms - answered_ms, >=, 30000);
}

/* A 404 is believed only when three of them in a row stretch over a minute. */
static void
test_not_found (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");
  gint64 first_ms = 0;
  guint n = 0;

  while (job->status == VEO3_JOB_GENERATING)
    {
      run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
      run_driver_poll_answer (driver, job, VEO3_POLL_NOT_FOUND);
      if (n++ == 0)
        first_ms = driver->now.boot_ms;
      g_assert_cmpint (job->status == VEO3_JOB_FAILED, ==,
                       n >= 3 && driver->now.boot_ms - first_ms >= 60000);
    }
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_OPERATION_LOST);
  g_assert_cmpstr (job->operation_name, ==, "operations/a");
  run_driver_settle (driver);
  g_assert_true (veo3_run_is_final (driver->run));
  g_assert_cmpint (driver->wake_ms, ==, G_MAXINT64);
}

/* One answer in between, even "no answer", begins the counting of 404s anew. */
static void
test_not_found_interrupted (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");

  for (guint i = 0; i < 12; i++)
    {
      run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
      run_driver_poll_answer (driver, job, i % 3 == 2 ? VEO3_POLL_NO_ANSWER : VEO3_POLL_NOT_FOUND);
      g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
    }
}

/* An operation that failed ends the job with the service's words. */
static void
test_poll_failed (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");

  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, VEO3_POLL_FAILED);
  g_assert_cmpint (job->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_CONTENT_FILTERED);
  g_assert_cmpstr (job->error_message, ==,
                   "words; filtered clips are not charged, says the price list. Change the "
                   "wording, then `pipeline_runner veo3 regenerate a` sends it");
  run_driver_settle (driver);
  g_assert_cmpint (driver->wake_ms, ==, G_MAXINT64);
}

/* A poll that was aborted counts as never asked. */
static void
test_cancelled_poll (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");

  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  veo3_run_end (driver->run);
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_CANCEL, job));
  run_driver_poll_answer (driver, job, VEO3_POLL_NO_ANSWER);
  g_assert_cmpuint (job->polls, ==, 0);
  g_assert_null (job->progress.note);
  g_assert_cmpuint (driver->run->calls_in_flight, ==, 0);
}

static Veo3Job *
bring_to_download (RunDriver *driver)
{
  Veo3Job *job = run_driver_add_generating (driver, "a");

  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, VEO3_POLL_DONE);
  run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, job);
  return job;
}

/* A stored clip completes the job with its place, size and digest. */
static void
test_stored (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = bring_to_download (driver);

  g_assert_cmpstr (job->progress.clip_uri, ==, "clip");
  g_assert_cmpint (job->progress.learned_ms, >, 0);
  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_STORED);
  g_assert_cmpint (job->status, ==, VEO3_JOB_COMPLETED);
  g_assert_cmpstr (job->video_path, ==, "veo3/clip.mp4");
  g_assert_cmpint (job->bytes, ==, 1234);
  g_assert_cmpstr (job->sha256, ==, "abcd");
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_NONE);
  g_assert_cmpint (job->completed_at_us, ==, driver->now.utc_us);
}

/* A broken download is tried again, ever more rarely, far more often than any limit of tries. */
static void
test_download_retries (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = bring_to_download (driver);

  for (guint i = 0; i < 12; i++)
    {
      run_driver_download_answer (driver, job,
                                  i % 2 == 0 ? VEO3_DOWNLOAD_TRANSIENT : VEO3_DOWNLOAD_DISK);
      g_assert_cmpint (job->status, ==, VEO3_JOB_DOWNLOADING);
      g_assert_cmpint (job->progress.not_before_ms - driver->now.boot_ms, <=, 30000);
      g_assert_nonnull (strstr (job->progress.note, "words"));
      run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, job);
    }
  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_STORED);
  g_assert_cmpint (job->status, ==, VEO3_JOB_COMPLETED);
  g_assert_null (job->progress.note);
}

/* A clip that was ready at the last moment has a minute of grace to arrive, and is then left for
 * later with its operation kept. */
static void
test_download_grace (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "a");
  gint64 ready_ms;

  while (driver->now.boot_ms < job->progress.deadline_ms)
    {
      run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
      if (driver->now.boot_ms < job->progress.deadline_ms)
        run_driver_poll_answer (driver, job, VEO3_POLL_RUNNING);
    }
  ready_ms = driver->now.boot_ms;
  run_driver_poll_answer (driver, job, VEO3_POLL_DONE);
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_DOWNLOAD, job));
  g_assert_cmpint (driver->wake_ms, ==, ready_ms + 60000);
  run_driver_advance (driver, 60000);
  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_CANCEL, job));
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_CANCEL), ==, 0);
  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_TRANSIENT);
  run_driver_settle (driver);
  g_assert_cmpint (job->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_cmpstr (job->operation_name, ==, "operations/a");
}

static void
assert_clip_lost (const Veo3Job *job, Veo3ErrorCode code)
{
  g_assert_cmpint (job->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (job->error_code, ==, code);
  g_assert_true (g_str_has_prefix (job->error_message, "words; it was paid for. `pipeline_runner"));
  g_assert_cmpstr (job->operation_name, ==, "operations/a");
}

/* A complete file that is no clip fails the job with the reason. */
static void
test_not_clip (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = bring_to_download (driver);

  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_NOT_CLIP);
  assert_clip_lost (job, VEO3_ERROR_CODE_NOT_A_CLIP);
}

/* A paid clip is believed to be gone only after three 404s in a row over a minute. */
static void
test_clip_gone (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = bring_to_download (driver);
  gint64 first_ms = driver->now.boot_ms;
  guint n = 1;

  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_GONE);
  while (job->status == VEO3_JOB_DOWNLOADING)
    {
      g_assert_nonnull (strstr (job->progress.note, "trying again"));
      run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, job);
      run_driver_download_answer (driver, job, VEO3_DOWNLOAD_GONE);
      n++;
    }
  g_assert_cmpuint (n, >=, 3);
  g_assert_cmpint (driver->now.boot_ms - first_ms, >=, 60000);
  assert_clip_lost (job, VEO3_ERROR_CODE_CLIP_GONE);
}

/** AgeRow: when a clip that the service denies to have was submitted. */
typedef struct
{
  gint64 kept_ms;       /* by the service; 0 = not known */
  gint64 submitted_ms;  /* ago; -1 = not known */
  Veo3ErrorCode code;   /* of a clip that is gone */
  Veo3ErrorCode lost;   /* of an operation that is not known */
  const char *words[3]; /* (nullable) of the message about the clip */
} AgeRow;

#define HOUR_MS (3600 * G_GINT64_CONSTANT (1000))

static const AgeRow age_rows[] = {
  { 48 * HOUR_MS,
    47 * HOUR_MS,
    VEO3_ERROR_CODE_CLIP_GONE,
    VEO3_ERROR_CODE_OPERATION_LOST,
    { "words; the service keeps clips for 48 hours, and this one was submitted at 2026-",
      "it was paid for. `pipeline_runner veo3 regenerate a` pays for another one", NULL } },
  { 48 * HOUR_MS,
    49 * HOUR_MS,
    VEO3_ERROR_CODE_CLIP_EXPIRED,
    VEO3_ERROR_CODE_CLIP_EXPIRED,
    { "it has expired (words): the service keeps clips for 48 hours, and this one was submitted at "
      "2026-",
      "nothing can bring it back; it was paid for. `pipeline_runner veo3 regenerate a` pays for "
      "another one",
      NULL } },
  { 48 * HOUR_MS,
    -1,
    VEO3_ERROR_CODE_CLIP_GONE,
    VEO3_ERROR_CODE_OPERATION_LOST,
    { "words; it was paid for", NULL, NULL } },
  { 0,
    490 * HOUR_MS,
    VEO3_ERROR_CODE_CLIP_GONE,
    VEO3_ERROR_CODE_OPERATION_LOST,
    { "words; it was paid for", NULL, NULL } },
};

static void
set_age (RunDriver *driver, Veo3Job *job, const AgeRow *row)
{
  job->submitted_at_us = row->submitted_ms < 0 ? 0 : driver->now.utc_us - row->submitted_ms * 1000;
}

/* What the service denies to have has expired if it is older than what the service keeps; the
 * message tells both ages either way. */
static void
test_clip_expired (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (age_rows); i++)
    {
      Veo3RunSettings settings = run_driver_get_settings ();
      g_autoptr (RunDriver) driver = NULL;
      Veo3Job *job;

      settings.clip_kept_ms = age_rows[i].kept_ms;
      driver = run_driver_new (&settings);
      job = bring_to_download (driver);
      set_age (driver, job, &age_rows[i]);
      run_driver_download_answer (driver, job, VEO3_DOWNLOAD_GONE);
      while (job->status == VEO3_JOB_DOWNLOADING)
        {
          run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, job);
          run_driver_download_answer (driver, job, VEO3_DOWNLOAD_GONE);
        }
      g_assert_cmpint (job->error_code, ==, age_rows[i].code);
      for (gsize w = 0; age_rows[i].words[w] != NULL; w++)
        g_assert_nonnull (strstr (job->error_message, age_rows[i].words[w]));
    }
}

/* The same of an operation that it denies to know. */
static void
test_operation_expired (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (age_rows); i++)
    {
      Veo3RunSettings settings = run_driver_get_settings ();
      g_autoptr (RunDriver) driver = NULL;
      Veo3Job *job;

      settings.clip_kept_ms = age_rows[i].kept_ms;
      driver = run_driver_new (&settings);
      job = run_driver_add_generating (driver, "a");
      set_age (driver, job, &age_rows[i]);
      while (job->status == VEO3_JOB_GENERATING)
        {
          run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
          run_driver_poll_answer (driver, job, VEO3_POLL_NOT_FOUND);
        }
      g_assert_cmpint (job->error_code, ==, age_rows[i].lost);
      g_assert_cmpstr (job->operation_name, ==, "operations/a");
    }
}

/* Any other answer in between begins the count anew, and a clip that turns up after all is kept. */
static void
test_clip_gone_interrupted (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = bring_to_download (driver);

  for (guint i = 0; i < 20; i++)
    {
      run_driver_download_answer (driver, job,
                                  i % 2 == 0 ? VEO3_DOWNLOAD_GONE : VEO3_DOWNLOAD_TRANSIENT);
      g_assert_cmpint (job->status, ==, VEO3_JOB_DOWNLOADING);
      run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, job);
    }
  run_driver_download_answer (driver, job, VEO3_DOWNLOAD_STORED);
  g_assert_cmpint (job->status, ==, VEO3_JOB_COMPLETED);
}

/* A submit that was not sent because the run ends stays pending, without a verdict. */
static void
test_end_not_sent (void)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add (driver, "a");

  run_driver_settle (driver);
  veo3_run_end (driver->run);
  run_driver_submit_answer (driver, job, VEO3_SUBMIT_NOT_SENT, VEO3_ERROR_CODE_UNAVAILABLE, 0);
  g_assert_cmpint (job->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpuint (job->progress.not_sent_tries, ==, 0);
  g_assert_null (job->progress.note);
  run_driver_settle (driver);
  g_assert_true (veo3_run_is_saved (driver->run));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/recorder/submit-classes", test_submit_classes);
  g_test_add_func ("/veo3/recorder/submit-tries", test_submit_tries);
  g_test_add_func ("/veo3/recorder/throttled-submit", test_throttled_submit);
  g_test_add_func ("/veo3/recorder/jitter", test_jitter);
  g_test_add_func ("/veo3/recorder/stop", test_stop);
  g_test_add_func ("/veo3/recorder/stop-claimed", test_stop_claimed);
  g_test_add_func ("/veo3/recorder/poll-errors", test_poll_errors);
  g_test_add_func ("/veo3/recorder/unauthorized-pause", test_unauthorized_pause);
  g_test_add_func ("/veo3/recorder/not-found", test_not_found);
  g_test_add_func ("/veo3/recorder/not-found-interrupted", test_not_found_interrupted);
  g_test_add_func ("/veo3/recorder/poll-failed", test_poll_failed);
  g_test_add_func ("/veo3/recorder/cancelled-poll", test_cancelled_poll);
  g_test_add_func ("/veo3/recorder/stored", test_stored);
  g_test_add_func ("/veo3/recorder/download-retries", test_download_retries);
  g_test_add_func ("/veo3/recorder/download-grace", test_download_grace);
  g_test_add_func ("/veo3/recorder/not-clip", test_not_clip);
  g_test_add_func ("/veo3/recorder/clip-gone", test_clip_gone);
  g_test_add_func ("/veo3/recorder/clip-expired", test_clip_expired);
  g_test_add_func ("/veo3/recorder/operation-expired", test_operation_expired);
  g_test_add_func ("/veo3/recorder/clip-gone-interrupted", test_clip_gone_interrupted);
  g_test_add_func ("/veo3/recorder/end-not-sent", test_end_not_sent);
  return g_test_run ();
}
