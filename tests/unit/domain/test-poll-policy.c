/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3PollPolicy: its invariants in random runs, its shape in exact numbers, and the
 * defects that drafts of it had. VEO3_POLL_SEED=N replays the one random run N. Single-threaded.
 */
#include "plugin/domain/veo3-poll-policy.h"
#include "tests/unit/domain/poll-simulation.h"

#define N_RANDOM_RUNS 120000

/* The defaults without jitter: every time can be told in advance. */
static Veo3PollPolicy *
new_exact_policy (const Veo3DurationHistory *history)
{
  Veo3PollSettings settings = veo3_poll_settings_get_defaults ();

  settings.jitter_percent = 0;
  return veo3_poll_policy_new (&settings, history, 1);
}

static void
assert_asks (Veo3PollPolicy *policy, gint64 now_ms, guint expected)
{
  guint index = G_MAXUINT;
  gint64 wake_ms = -1;

  g_assert_true (veo3_poll_policy_pick (policy, now_ms, &index, &wake_ms));
  g_assert_cmpuint (index, ==, expected);
  g_assert_cmpint (wake_ms, ==, -1);
}

static void
assert_sleeps (Veo3PollPolicy *policy, gint64 now_ms, gint64 expected_ms)
{
  guint index = G_MAXUINT;
  gint64 wake_ms = -1;

  g_assert_false (veo3_poll_policy_pick (policy, now_ms, &index, &wake_ms));
  g_assert_cmpint (wake_ms, ==, expected_ms);
  g_assert_cmpuint (index, ==, G_MAXUINT);
}

static void
play (Veo3PollPolicy *policy, gint64 now_ms, guint index, Veo3PollAnswer answer)
{
  assert_asks (policy, now_ms, index);
  veo3_poll_policy_answer (policy, index, answer, now_ms, 0);
}

/* The ten invariants hold in random runs against random services. */
static void
test_invariants (void)
{
  const char *replay = g_getenv ("VEO3_POLL_SEED");
  const guint64 first = replay != NULL ? g_ascii_strtoull (replay, NULL, 10)
                                       : (guint64)(guint32)g_test_rand_int () << 32;
  const guint n_runs = replay != NULL ? 1 : N_RANDOM_RUNS;
  guint64 n_polls = 0;

  g_test_message ("seeds from %" G_GUINT64_FORMAT " on", first);
  for (guint i = 0; i < n_runs; i++)
    {
      PollSimulationResult result;

      poll_simulation_run (first + i, &result);
      n_polls += result.polls;
      if (result.broken != NULL)
        g_error ("VEO3_POLL_SEED=%" G_GUINT64_FORMAT ": %s", first + i, result.broken);
    }
  g_test_message ("%u runs, %" G_GUINT64_FORMAT " polls", n_runs, n_polls);
  g_assert_cmpuint (n_polls, >=, n_runs);
}

/* The same calls with the same seed decide the same; another jitter seed decides otherwise. */
static void
test_pure (void)
{
  guint differences = 0;

  for (guint64 seed = 0; seed < 2000; seed++)
    {
      PollSimulationResult once;
      PollSimulationResult again;
      PollSimulationResult other;

      poll_simulation_run (seed, &once);
      poll_simulation_run (seed, &again);
      poll_simulation_run (seed + 1, &other);
      g_assert_cmpuint (once.digest, ==, again.digest);
      differences += once.digest != other.digest;
      g_free (once.broken);
      g_free (again.broken);
      g_free (other.broken);
    }
  g_assert_cmpuint (differences, >, 1900);
}

/* One clip: a roll call, a hold-off, then waits that grow with the square root of the age. */
static void
test_shape (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  Veo3PollView view;

  g_assert_cmpuint (veo3_poll_policy_add (policy, NULL, 1000, 1000), ==, 0);
  assert_sleeps (policy, 1000, 16000);
  play (policy, 16000, 0, VEO3_POLL_ANSWER_RUNNING);
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_cmpstr (view.reason, ==, "not due yet");
  assert_sleeps (policy, 16000, 41000);
  play (policy, 41000, 0, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 41000, 41000 + 8000);
  play (policy, 49000, 0, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 49000, 49000 + 8763);
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_cmpstr (view.reason, ==, "due, nobody waits");
  g_assert_cmpint (view.wait_ms, ==, 8763);
  g_assert_cmpint (view.asked_ms, ==, 49000);
  g_assert_cmpint (view.phase0_ms, ==, 1000);
  g_assert_cmpuint (view.polls, ==, 3);
}

/* The gate that begins to wait halves the waits and brings due clips forward. */
static void
test_gate_waits (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_RUNNING);
  veo3_poll_policy_gate_waits (policy, 20000);
  assert_sleeps (policy, 20000, 40000);
  play (policy, 40000, 0, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 40000, 44000);
  veo3_poll_policy_gate_waits (policy, 41000);
  assert_sleeps (policy, 41000, 44000);
}

/* A gate that begins to wait while a clip is due asks at once, but not twice within the minimum. */
static void
test_gate_hurries (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_RUNNING);
  play (policy, 40000, 0, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 41000, 48000);
  veo3_poll_policy_gate_waits (policy, 41000);
  assert_sleeps (policy, 41000, 43000);
}

/* Three known durations replace the prior: the hold-off is their lower end. */
static void
test_history (void)
{
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (history);
  Veo3PollView view;

  veo3_duration_history_learn (history, "k", 90000);
  veo3_duration_history_learn (history, "k", 20000);
  (void)veo3_poll_policy_add (policy, "k", 0, 0);
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_cmpint (view.hold_ms, ==, 40000);
  veo3_duration_history_learn (history, "k", 70000);
  (void)veo3_poll_policy_add (policy, "k", 0, 0);
  veo3_poll_policy_get_view (policy, 1, &view);
  g_assert_cmpint (view.hold_ms, ==, 20000);
  for (guint i = 0; i < 13; i++)
    veo3_duration_history_learn (history, "k", 60000);
  (void)veo3_poll_policy_add (policy, "k", 0, 0);
  veo3_poll_policy_get_view (policy, 2, &view);
  g_assert_cmpint (view.hold_ms, ==, 60000);
  veo3_duration_history_learn (history, "short", 5);
  veo3_duration_history_learn (history, "short", 6);
  veo3_duration_history_learn (history, "short", 7);
  (void)veo3_poll_policy_add (policy, "short", 0, 0);
  veo3_poll_policy_get_view (policy, 3, &view);
  g_assert_cmpint (view.hold_ms, ==, 3000);
}

/* A finished clip teaches the 3/4 point between the last "not yet" and its detection. */
static void
test_learns (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  gint64 learned_ms = -1;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  g_assert_false (veo3_poll_policy_get_learned (policy, 0, &learned_ms));
  play (policy, 15000, 0, VEO3_POLL_ANSWER_RUNNING);
  g_assert_false (veo3_poll_policy_get_learned (policy, 0, &learned_ms));
  g_assert_cmpint (learned_ms, ==, -1);
  play (policy, 40000, 0, VEO3_POLL_ANSWER_DONE);
  g_assert_true (veo3_poll_policy_get_learned (policy, 0, &learned_ms));
  g_assert_cmpint (learned_ms, ==, 15000 + 25000 * 3 / 4);
  assert_sleeps (policy, 40000, G_MAXINT64);
}

/* One "not yet" answers for every clip that was already looked at; each gets its own roll call. */
static void
test_one_question_for_all (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  for (guint i = 0; i < 3; i++)
    (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  for (guint i = 0; i < 3; i++)
    play (policy, 15000, i, VEO3_POLL_ANSWER_RUNNING);
  play (policy, 40000, 0, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 40000, 48000);
  play (policy, 48000, 1, VEO3_POLL_ANSWER_DONE);
  play (policy, 48000, 2, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 48000, 48000 + 8763);
}

/* A clip that comes before its time lowers the hold-off of the others and brings them forward. */
static void
test_early_clip (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  Veo3PollView view;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  (void)veo3_poll_policy_add (policy, NULL, 2000, 2000);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_DONE);
  veo3_poll_policy_get_view (policy, 1, &view);
  g_assert_cmpint (view.hold_ms, ==, 15000);
  play (policy, 17000, 1, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 17000, 17000 + 4898);
}

/* A failed clip ends alone and neither teaches nor hurries. */
static void
test_failed (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  gint64 learned_ms = -1;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_FAILED);
  g_assert_false (veo3_poll_policy_get_learned (policy, 0, &learned_ms));
  g_assert_false (veo3_poll_policy_is_expired (policy, 0));
  play (policy, 15000, 1, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 15000, 40000);
}

/* A queue restarts the clock at every look. */
static void
test_queue (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  Veo3PollView view;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_QUEUED);
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_cmpint (view.phase0_ms, ==, 15000);
  g_assert_cmpstr (view.reason, ==, "queued");
  assert_sleeps (policy, 15000, 55000);
  play (policy, 55000, 0, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 55000, 63000);
}

/* A changed status halves the next wait. */
static void
test_change (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  Veo3PollView view;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 15000, 40000);
  play (policy, 40000, 0, VEO3_POLL_ANSWER_QUEUED);
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_cmpstr (view.reason, ==, "status changed");
  assert_sleeps (policy, 40000, 52500);
}

/* Failures in a row wait 2, 4, 8… times the minimum, up to the maximum; an answer clears them. */
static void
test_errors (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  static const gint64 waits_ms[] = { 8062, 12000, 24000, 45000, 45000 };
  gint64 now_ms = 0;
  Veo3PollView view;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  veo3_poll_policy_gate_waits (policy, 0);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_RUNNING);
  play (policy, 40000, 0, VEO3_POLL_ANSWER_RUNNING);
  now_ms = 162500;
  for (guint i = 0; i < G_N_ELEMENTS (waits_ms); i++)
    {
      play (policy, now_ms, 0, VEO3_POLL_ANSWER_ERROR);
      assert_sleeps (policy, now_ms, now_ms + waits_ms[i]);
      now_ms += waits_ms[i];
    }
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_cmpstr (view.reason, ==, "no answer");
  g_assert_cmpuint (view.errors, ==, 5);
  play (policy, now_ms, 0, VEO3_POLL_ANSWER_RUNNING);
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_cmpuint (view.errors, ==, 0);
  g_assert_cmpint (view.wait_ms, <, 12000);
}

/* Retry-After is clamped to ten minutes, and nonsense below zero counts as none. */
static void
test_retry_after_clamp (void)
{
  Veo3PollSettings settings = veo3_poll_settings_get_defaults ();
  g_autoptr (Veo3PollPolicy) policy = NULL;

  settings.jitter_percent = 0;
  settings.deadline_ms = 3600000;
  policy = veo3_poll_policy_new (&settings, NULL, 1);
  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  assert_asks (policy, 15000, 0);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_THROTTLED, 15000, -349927093);
  assert_sleeps (policy, 15000, 40000);
  assert_asks (policy, 40000, 0);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_THROTTLED, 40000,
                           G_GINT64_CONSTANT (2000000000000));
  assert_sleeps (policy, 40000, 640000);
}

/* Defect of a draft: a sibling that was brought forward was asked before the Retry-After. */
static void
test_retry_after_stops_siblings (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  for (guint i = 0; i < 3; i++)
    (void)veo3_poll_policy_add (policy, NULL, i * 1000, i * 1000);
  assert_asks (policy, 15000, 0);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_THROTTLED, 15000, 60000);
  assert_sleeps (policy, 16000, 75000);
  veo3_poll_policy_gate_waits (policy, 50000);
  assert_sleeps (policy, 50000, 75000);
  (void)veo3_poll_policy_add (policy, NULL, 51000, 51000);
  assert_sleeps (policy, 66000, 75000);
}

/* A plain failure that names a Retry-After binds clips that still await their roll call, too. */
static void
test_retry_after_of_error (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  (void)veo3_poll_policy_add (policy, NULL, 1000, 1000);
  assert_asks (policy, 15000, 0);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_ERROR, 15000, 5000);
  assert_sleeps (policy, 16000, 20000);
}

/* Defect of a draft: a job throttled at its own deadline left the others unthrottled. */
static void
test_retry_after_at_deadline (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, -599000, 0);
  (void)veo3_poll_policy_add (policy, NULL, -300000, 0);
  play (policy, 0, 0, VEO3_POLL_ANSWER_RUNNING);
  play (policy, 0, 1, VEO3_POLL_ANSWER_RUNNING);
  assert_asks (policy, 1000, 0);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_THROTTLED, 1000, 90000);
  g_assert_true (veo3_poll_policy_is_expired (policy, 0));
  assert_sleeps (policy, 1000, 91000);
}

/* The one question at a deadline is asked even while the service wants silence. */
static void
test_deadline_beats_retry_after (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, -590000, 0);
  assert_asks (policy, 0, 0);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_THROTTLED, 0, 60000);
  assert_sleeps (policy, 0, 10000);
  play (policy, 10000, 0, VEO3_POLL_ANSWER_RUNNING);
  g_assert_true (veo3_poll_policy_is_expired (policy, 0));
}

/* Defect of a draft: ordered by the last answer, a job that never answers starved the others. */
static void
test_failing_job_starves_nobody (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  guint asked[3] = { 0 };
  gint64 now_ms = 0;

  for (guint i = 0; i < 3; i++)
    (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  for (guint step = 0; step < 60 && now_ms < 590000; step++)
    {
      guint index = 0;

      if (!veo3_poll_policy_pick (policy, now_ms, &index, &now_ms))
        continue;
      asked[index]++;
      veo3_poll_policy_answer (policy, index,
                               index == 0 ? VEO3_POLL_ANSWER_ERROR : VEO3_POLL_ANSWER_RUNNING,
                               now_ms, 0);
    }
  g_assert_cmpuint (asked[1] + 1, >=, asked[0]);
  g_assert_cmpuint (asked[2] + 1, >=, asked[0]);
  g_assert_cmpuint (asked[0], >=, 3);
}

/* While the service stumbles, neither the gate nor an early clip brings questions forward. */
static void
test_no_hurry_after_error (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_RUNNING);
  play (policy, 40000, 0, VEO3_POLL_ANSWER_RUNNING);
  play (policy, 48000, 0, VEO3_POLL_ANSWER_ERROR);
  assert_sleeps (policy, 48000, 48000 + 8763);
  veo3_poll_policy_gate_waits (policy, 52000);
  assert_sleeps (policy, 52000, 48000 + 8763);
}

/* Defect of a draft: an early clip brought a job forward that had just been asked. */
static void
test_not_twice_in_a_wake_up (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  play (policy, 15000, 0, VEO3_POLL_ANSWER_RUNNING);
  play (policy, 15000, 1, VEO3_POLL_ANSWER_DONE);
  assert_sleeps (policy, 15000, 18000);
}

/* A question is outstanding until its answer: nobody else is asked, whatever is due. */
static void
test_one_outstanding (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  assert_asks (policy, 15000, 0);
  assert_sleeps (policy, 99000, G_MAXINT64);
  veo3_poll_policy_answer (policy, 1, VEO3_POLL_ANSWER_DONE, 99000, 0);
  assert_sleeps (policy, 99000, G_MAXINT64);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_RUNNING, 99000, 0);
  assert_asks (policy, 99000, 1);
}

/* A question that was taken back was never asked. */
static void
test_take_back (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  Veo3PollView view;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  veo3_poll_policy_take_back (policy, 0);
  assert_asks (policy, 15000, 0);
  veo3_poll_policy_take_back (policy, 0);
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_cmpuint (view.polls, ==, 0);
  g_assert_cmpint (view.asked_ms, ==, 0);
  assert_asks (policy, 15001, 0);
}

/* A job that ended otherwise is not asked again, and its late answer is nobody's. */
static void
test_end (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  Veo3PollView view;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  assert_asks (policy, 15000, 0);
  veo3_poll_policy_end (policy, 0);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_RUNNING, 15000, 0);
  veo3_poll_policy_get_view (policy, 0, &view);
  g_assert_true (view.ended);
  g_assert_cmpuint (view.polls, ==, 0);
  assert_asks (policy, 15000, 1);
  veo3_poll_policy_end (policy, 1);
  assert_sleeps (policy, 15000, G_MAXINT64);
  g_assert_false (veo3_poll_policy_is_expired (policy, 1));
}

/* The deadline has exactly one poll, on time, and nothing follows it. */
static void
test_deadline (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  gint64 now_ms = 0;
  guint n_polls = 0;

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  while (now_ms != G_MAXINT64)
    {
      guint index = 0;

      if (!veo3_poll_policy_pick (policy, now_ms, &index, &now_ms))
        continue;
      g_assert_false (veo3_poll_policy_is_expired (policy, 0));
      veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_RUNNING, now_ms, 0);
      n_polls++;
      g_assert_true (veo3_poll_policy_is_expired (policy, 0) == (now_ms == 600000));
    }
  g_assert_true (veo3_poll_policy_is_expired (policy, 0));
  g_assert_cmpuint (n_polls, <, 45);
}

/* A job near its deadline is not asked in another one's place: its last poll comes anyway. */
static void
test_last_call_is_not_shared (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 23908 - 600000, 0);
  (void)veo3_poll_policy_add (policy, NULL, -300000, 0);
  play (policy, 0, 0, VEO3_POLL_ANSWER_RUNNING);
  play (policy, 0, 1, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 0, 21908);
  play (policy, 21908, 1, VEO3_POLL_ANSWER_RUNNING);
  assert_sleeps (policy, 21908, 23908);
  play (policy, 23908, 0, VEO3_POLL_ANSWER_RUNNING);
  g_assert_true (veo3_poll_policy_is_expired (policy, 0));
}

/* After a restart a clip is asked at once when it would have been asked by now. */
static void
test_restart (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);
  gint64 learned_ms = -1;

  (void)veo3_poll_policy_add (policy, NULL, 100000, 400000);
  play (policy, 400000, 0, VEO3_POLL_ANSWER_DONE);
  g_assert_false (veo3_poll_policy_get_learned (policy, 0, &learned_ms));
  (void)veo3_poll_policy_add (policy, NULL, 390000, 400000);
  assert_sleeps (policy, 400000, 405000);
}

/* A restart past the deadline asks once, at once, and that is the poll at the deadline. */
static void
test_restart_past_deadline (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 0, 5000000);
  (void)veo3_poll_policy_add (policy, NULL, 0, 5000000);
  assert_asks (policy, 5000000, 0);
  veo3_poll_policy_answer (policy, 0, VEO3_POLL_ANSWER_ERROR, 5000000, 0);
  g_assert_true (veo3_poll_policy_is_expired (policy, 0));
  play (policy, 5000000, 1, VEO3_POLL_ANSWER_DONE);
  g_assert_false (veo3_poll_policy_is_expired (policy, 1));
  assert_sleeps (policy, 5000000, G_MAXINT64);
}

/* A submission "in the future", after the wall clock was set back, does not move the deadline. */
static void
test_clock_set_back (void)
{
  g_autoptr (Veo3PollPolicy) policy = new_exact_policy (NULL);

  (void)veo3_poll_policy_add (policy, NULL, 99000000, 1000);
  assert_sleeps (policy, 1000, 16000);
}

/* Settings out of range are clamped instead of believed. */
static void
test_settings_clamped (void)
{
  const Veo3PollSettings settings = { .min_ms = -5, .max_ms = -7, .jitter_percent = 900 };
  g_autoptr (Veo3PollPolicy) policy = veo3_poll_policy_new (&settings, NULL, 1);

  (void)veo3_poll_policy_add (policy, NULL, 0, 0);
  assert_sleeps (policy, 0, 1);
  play (policy, 1, 0, VEO3_POLL_ANSWER_RUNNING);
  g_assert_true (veo3_poll_policy_is_expired (policy, 0));
  veo3_poll_policy_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add_func ("/veo3/poll-policy/" path, func)
  ADD ("invariants", test_invariants);
  ADD ("pure", test_pure);
  ADD ("shape", test_shape);
  ADD ("gate-waits", test_gate_waits);
  ADD ("gate-hurries", test_gate_hurries);
  ADD ("history", test_history);
  ADD ("learns", test_learns);
  ADD ("one-question-for-all", test_one_question_for_all);
  ADD ("early-clip", test_early_clip);
  ADD ("failed", test_failed);
  ADD ("queue", test_queue);
  ADD ("change", test_change);
  ADD ("errors", test_errors);
  ADD ("retry-after-clamp", test_retry_after_clamp);
  ADD ("retry-after-stops-siblings", test_retry_after_stops_siblings);
  ADD ("retry-after-of-error", test_retry_after_of_error);
  ADD ("retry-after-at-deadline", test_retry_after_at_deadline);
  ADD ("deadline-beats-retry-after", test_deadline_beats_retry_after);
  ADD ("failing-job-starves-nobody", test_failing_job_starves_nobody);
  ADD ("no-hurry-after-error", test_no_hurry_after_error);
  ADD ("not-twice-in-a-wake-up", test_not_twice_in_a_wake_up);
  ADD ("one-outstanding", test_one_outstanding);
  ADD ("take-back", test_take_back);
  ADD ("end", test_end);
  ADD ("deadline", test_deadline);
  ADD ("last-call-is-not-shared", test_last_call_is_not_shared);
  ADD ("restart", test_restart);
  ADD ("restart-past-deadline", test_restart_past_deadline);
  ADD ("clock-set-back", test_clock_set_back);
  ADD ("settings-clamped", test_settings_clamped);
#undef ADD
  return g_test_run ();
}
