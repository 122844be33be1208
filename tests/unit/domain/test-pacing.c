/* SPDX-License-Identifier: MIT */
/*
 * Tests of what planner and recorder make of the pacer: who may be sent when, what a run tells of
 * its clips, and that none of them is given up because of our own pacing. Single-threaded, virtual
 * clock, no shell.
 */
#include "tests/unit/domain/run-driver.h"

/* Two runs of one account; the pacer outlives them. */
typedef struct
{
  Veo3Pacer *pacer;
  RunDriver *a;
  RunDriver *b;
} Fixture;

static RunDriver *
new_run (Fixture *self, guint requests_per_minute)
{
  Veo3RunSettings settings = run_driver_get_settings ();
  RunDriver *driver;

  settings.requests_per_minute = requests_per_minute;
  driver = run_driver_new (&settings);
  run_driver_join (driver, self->pacer);
  return driver;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  guint requests_per_minute = GPOINTER_TO_UINT (data);

  self->pacer = veo3_pacer_new ();
  self->a = new_run (self, requests_per_minute);
  self->b = new_run (self, requests_per_minute);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void)data;
  run_driver_free (self->a);
  run_driver_free (self->b);
  veo3_pacer_free (self->pacer);
}

static void
advance (Fixture *self, gint64 ms)
{
  run_driver_advance (self->a, ms);
  run_driver_advance (self->b, ms);
}

static void
accept (RunDriver *driver, Veo3Job *job)
{
  run_driver_submit_answer (driver, job, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
}

static void
refuse (RunDriver *driver, Veo3Job *job, gint64 retry_after_ms)
{
  run_driver_submit_answer (driver, job, VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE,
                            retry_after_ms);
}

/* The first of @driver's clips is taken, the second refused, so that there is one place. */
static void
find_one_place (Fixture *self, Veo3Job **ret_taken, Veo3Job **ret_refused)
{
  *ret_taken = run_driver_add (self->a, "taken");
  *ret_refused = run_driver_add (self->a, "refused");
  run_driver_settle (self->a);
  g_assert_cmpuint (run_driver_count (self->a, VEO3_ACTION_SUBMIT), ==, 2);
  accept (self->a, *ret_taken);
  refuse (self->a, *ret_refused, 0);
  run_driver_settle (self->a);
  g_assert_cmpuint (veo3_pacer_get_view (self->pacer).window, ==, 1);
}

/* A refused clip waits as long as the window is full, without a tick, longer than it may take by
 * itself, and is sent when the operation before it is over. */
static void
test_waits_for_place (Fixture *self, gconstpointer data)
{
  gint64 probe_ms = self->a->now.boot_ms + 60000;
  Veo3Job *taken;
  Veo3Job *refused;

  (void)data;
  find_one_place (self, &taken, &refused);
  run_driver_wait_for (self->a, VEO3_ACTION_POLL, taken);
  while (self->a->now.boot_ms < probe_ms - 15000)
    {
      g_assert_cmpint (refused->status, ==, VEO3_JOB_PENDING);
      run_driver_poll_answer (self->a, taken, VEO3_POLL_RUNNING);
      run_driver_wait_for (self->a, VEO3_ACTION_POLL, taken);
    }
  /* Nothing but the answer, or the time to try one more, can change something. */
  g_assert_cmpint (self->a->wake_ms, ==, probe_ms);
  run_driver_advance (self->a, 2 * self->a->run->settings.deadline_ms);
  run_driver_poll_answer (self->a, taken, VEO3_POLL_DONE);
  run_driver_settle (self->a);
  g_assert_true (run_driver_has (self->a, VEO3_ACTION_SUBMIT, refused));
  g_assert_cmpuint (refused->attempts, ==, 2);
}

/* A place that one run frees is given to the run that waits for it, which is woken. */
static void
test_other_run (Fixture *self, gconstpointer data)
{
  Veo3Job *taken;
  Veo3Job *refused;
  Veo3Job *other = run_driver_add (self->b, "other");

  (void)data;
  find_one_place (self, &taken, &refused);
  advance (self, 20000);
  run_driver_settle (self->b);
  g_assert_cmpuint (run_driver_count (self->b, VEO3_ACTION_SUBMIT), ==, 0);
  run_driver_wait_for (self->a, VEO3_ACTION_POLL, taken);
  self->b->n_woken = 0;
  run_driver_poll_answer (self->a, taken, VEO3_POLL_FAILED);
  g_assert_cmpuint (self->b->n_woken, ==, 1);
  self->b->now = self->a->now;
  run_driver_settle (self->b);
  g_assert_true (run_driver_has (self->b, VEO3_ACTION_SUBMIT, other));
  run_driver_settle (self->a);
  g_assert_cmpuint (run_driver_count (self->a, VEO3_ACTION_SUBMIT), ==, 0);
}

/* What the service asks of one run holds back the other as well; claims that were not sent yet are
 * taken back. */
static void
test_pause (Fixture *self, gconstpointer data)
{
  Veo3Job *first = run_driver_add (self->a, "first");
  Veo3Job *second = run_driver_add (self->b, "second");

  (void)data;
  run_driver_settle (self->a);
  run_driver_round (self->b);
  run_driver_saved (self->b, TRUE);
  run_driver_round (self->b);
  g_assert_cmpint (second->status, ==, VEO3_JOB_SUBMITTING);
  refuse (self->a, first, 90000);
  run_driver_settle (self->b);
  g_assert_cmpuint (run_driver_count (self->b, VEO3_ACTION_SUBMIT), ==, 0);
  g_assert_cmpint (second->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpuint (second->attempts, ==, 0);
  g_assert_cmpuint (self->b->run->submits_in_flight, ==, 0);
  g_assert_cmpint (self->b->wake_ms, ==, self->b->now.boot_ms + 90000);
  advance (self, 90000);
  run_driver_settle (self->b);
  g_assert_true (run_driver_has (self->b, VEO3_ACTION_SUBMIT, second));
}

/* A quota of the day, a refusal for good, a lost answer and a request that was not sent free the
 * place and shrink nothing. */
static void
test_other_answers (Fixture *self, gconstpointer data)
{
  static const struct
  {
    Veo3SubmitClass klass;
    Veo3ErrorCode code;
  } rows[] = {
    { VEO3_SUBMIT_NOT_SENT, VEO3_ERROR_CODE_UNAVAILABLE },
    { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_UNAVAILABLE },
    { VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_INVALID_REQUEST },
    { VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_NONE },
    { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_DAY },
  };

  (void)data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *variant = g_strdup_printf ("clip-%u", i);
      Veo3Job *job = run_driver_add (self->a, variant);

      run_driver_settle (self->a);
      g_assert_true (run_driver_has (self->a, VEO3_ACTION_SUBMIT, job));
      g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 1);
      run_driver_submit_answer (self->a, job, rows[i].klass, rows[i].code, 0);
      g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 0);
      g_assert_cmpuint (veo3_pacer_get_view (self->pacer).window, ==, G_MAXUINT);
    }
}

/* Operations are in hand until they are over or nobody waits for them; so are those of an earlier
 * process, but not those that an order leaves alone. */
static void
test_operations (Fixture *self, gconstpointer data)
{
  Veo3Job *held = run_driver_make_job (self->a, "held", VEO3_JOB_GENERATING, "operations/held");
  Veo3Job *late = run_driver_make_job (self->a, "late", VEO3_JOB_GENERATING, "operations/late");
  Veo3Job *found = run_driver_make_job (self->b, "found", VEO3_JOB_GENERATING, "operations/found");

  (void)data;
  held->progress.is_held = TRUE;
  veo3_run_add_job (self->a->run, held, self->a->now);
  veo3_run_add_job (self->a->run, late, self->a->now);
  veo3_run_add_job (self->b->run, found, self->b->now);
  g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 2);
  run_driver_wait_for (self->b, VEO3_ACTION_POLL, found);
  run_driver_poll_answer (self->b, found, VEO3_POLL_DONE);
  g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 1);
  while (late->status == VEO3_JOB_GENERATING)
    {
      run_driver_wait_for (self->a, VEO3_ACTION_POLL, late);
      g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 1);
      run_driver_poll_answer (self->a, late, VEO3_POLL_RUNNING);
      run_driver_round (self->a);
    }
  g_assert_cmpint (late->status, ==, VEO3_JOB_TIMED_OUT);
  g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 0);
}

/* However the service leaves an operation without a clip, its place is free then; else a window of
 * one would be full for ever, and no clip would be sent or given up any more. */
static void
test_no_clip (Fixture *self, gconstpointer data)
{
  static const struct
  {
    Veo3PollClass klass;
    gint64 age_ms;
  } rows[] = { { VEO3_POLL_FAILED, 0 },
               { VEO3_POLL_NOT_FOUND, 0 },
               { VEO3_POLL_NOT_FOUND, 49 * G_GINT64_CONSTANT (3600000) } };

  (void)data;
  self->a->run->settings.clip_kept_ms = 48 * G_GINT64_CONSTANT (3600000);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *variant = g_strdup_printf ("clip-%zu", i);
      Veo3Job *job = run_driver_make_job (self->a, variant, VEO3_JOB_GENERATING, variant);

      veo3_run_add_job (self->a->run, job, self->a->now);
      job->submitted_at_us = self->a->now.utc_us - rows[i].age_ms * 1000;
      g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 1);
      while (job->status == VEO3_JOB_GENERATING)
        {
          run_driver_wait_for (self->a, VEO3_ACTION_POLL, job);
          run_driver_poll_answer (self->a, job, rows[i].klass);
        }
      g_assert_cmpint (job->status, ==, VEO3_JOB_FAILED);
      g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 0);
    }
}

/* A clip that is refused again and again is tried as long as the service works for the account, and
 * given up when it has not for as long as one clip is waited for. */
static void
test_refused_for_long (Fixture *self, gconstpointer data)
{
  gint64 deadline_ms = self->a->run->settings.deadline_ms;
  Veo3Job *clip = run_driver_add (self->a, "clip");
  Veo3Job *other = run_driver_add (self->b, "other");
  gint64 end_ms;

  (void)data;
  run_driver_settle (self->b);
  accept (self->b, other);
  run_driver_settle (self->b);
  end_ms = self->a->now.boot_ms + 5 * deadline_ms;
  while (self->a->now.boot_ms < end_ms)
    {
      run_driver_wait_for (self->a, VEO3_ACTION_SUBMIT, clip);
      refuse (self->a, clip, 0);
      /* Somebody else's request took the place. */
      veo3_pacer_release (self->b->run->pacing, &other->progress.place, self->a->now.boot_ms);
      veo3_pacer_adopt (self->b->run->pacing, &other->progress.place);
      veo3_pacer_release (self->b->run->pacing, &other->progress.place, self->a->now.boot_ms);
    }
  end_ms = self->a->now.boot_ms + deadline_ms;
  run_driver_settle (self->a);
  while (clip->status != VEO3_JOB_FAILED)
    {
      if (clip->progress.in_flight)
        refuse (self->a, clip, 0);
      else
        run_driver_advance (self->a, self->a->wake_ms - self->a->now.boot_ms);
      g_assert_cmpint (self->a->now.boot_ms, <=, end_ms);
      run_driver_settle (self->a);
    }
  g_assert_cmpint (self->a->now.boot_ms, ==, end_ms);
  g_assert_cmpint (clip->error_code, ==, VEO3_ERROR_CODE_DEADLINE);
}

/* A disk that is broken is not waited for longer than one clip is, though the service works for
 * another run of the account all the time; and the claim does not take up a place for ever. */
static void
test_broken_disk (Fixture *self, gconstpointer data)
{
  gint64 end_ms = self->a->now.boot_ms + self->a->run->settings.deadline_ms;
  Veo3Job *other = run_driver_add (self->b, "other");
  Veo3Job *clip;

  (void)data;
  run_driver_settle (self->b);
  accept (self->b, other);
  clip = run_driver_add (self->a, "clip");
  run_driver_round (self->a);
  run_driver_saved (self->a, TRUE);
  run_driver_round (self->a);
  g_assert_cmpint (clip->status, ==, VEO3_JOB_SUBMITTING);
  while (clip->status != VEO3_JOB_FAILED)
    {
      if (self->a->run->saving_revision != 0)
        run_driver_saved (self->a, FALSE);
      else
        run_driver_advance (self->a, MAX (1, self->a->wake_ms - self->a->now.boot_ms));
      g_assert_cmpint (self->a->now.boot_ms, <=, end_ms);
      run_driver_round (self->a);
    }
  g_assert_cmpint (clip->error_code, ==, VEO3_ERROR_CODE_DISK);
  g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 1);
}

/* Returns: how many of its clips @driver sends now, which the service refuses for good. */
static guint
send (RunDriver *driver)
{
  guint n;

  run_driver_settle (driver);
  n = run_driver_count (driver, VEO3_ACTION_SUBMIT);
  for (guint i = 0; i < driver->run->jobs->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (driver->run->jobs, i);

      if (job->progress.in_flight)
        run_driver_submit_answer (driver, job, VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_PROTOCOL, 0);
    }
  run_driver_settle (driver);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
  return n;
}

/* With one request a minute for two runs, one leaves each minute, of the runs in turns; that the
 * last ones wait for longer than one clip may costs them nothing. */
static void
test_rate (Fixture *self, gconstpointer data)
{
  guint n_a = 0;
  guint n_b = 0;

  (void)data;
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *variant = g_strdup_printf ("clip-%u", i);

      (void)run_driver_add (self->a, variant);
      (void)run_driver_add (self->b, variant);
    }
  for (guint i = 0; i < 16; i++)
    {
      /* Either may be the first that wakes. */
      if (i % 3 == 0)
        n_a += send (self->a);
      n_b += send (self->b);
      n_a += send (self->a);
      n_b += send (self->b);
      g_assert_cmpuint (n_a + n_b, ==, i + 1);
      g_assert_cmpuint (n_a, <=, n_b + 2);
      g_assert_cmpuint (n_b, <=, n_a + 2);
      if (i < 15)
        g_assert_cmpint (MIN (self->a->wake_ms, self->b->wake_ms), ==,
                         self->a->now.boot_ms + 60000);
      advance (self, 60000);
    }
  g_assert_true (veo3_run_is_final (self->a->run) && veo3_run_is_final (self->b->run));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *self, gconstpointer data);
    guint requests_per_minute;
  } tests[] = {
    { "/veo3/pacing/waits-for-place", test_waits_for_place, 0 },
    { "/veo3/pacing/other-run", test_other_run, 0 },
    { "/veo3/pacing/pause", test_pause, 0 },
    { "/veo3/pacing/other-answers", test_other_answers, 0 },
    { "/veo3/pacing/operations", test_operations, 0 },
    { "/veo3/pacing/no-clip", test_no_clip, 0 },
    { "/veo3/pacing/refused-for-long", test_refused_for_long, 0 },
    { "/veo3/pacing/broken-disk", test_broken_disk, 0 },
    { "/veo3/pacing/rate", test_rate, 1 },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, GUINT_TO_POINTER (tests[i].requests_per_minute), set_up,
                tests[i].test, tear_down);
  return g_test_run ();
}
