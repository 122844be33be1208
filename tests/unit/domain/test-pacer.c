/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Pacer: its rules one by one, and the loop that it closes with a service that has a
 * quota. Single-threaded, virtual time.
 */
#include "tests/unit/domain/pacer-loop.h"

#define N_PLACES 64
#define BEGIN_MS 1000000

/* One or two runs, and a clock that the test moves. */
typedef struct
{
  Veo3Pacer *pacer;
  Veo3PacerMember *a;
  Veo3PacerMember *b;
  Veo3Place places[N_PLACES]; /* of either */
  guint n_woken_a;
  guint n_woken_b;
  gint64 now_ms;
} Fixture;

static void
count (gpointer user_data)
{
  ++*(guint *)user_data;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  (void)data;
  self->pacer = veo3_pacer_new ();
  self->now_ms = BEGIN_MS;
  self->a = veo3_pacer_join (self->pacer, 0, count, &self->n_woken_a);
}

static void
join_second (Fixture *self, guint requests_per_minute)
{
  self->b = veo3_pacer_join (self->pacer, requests_per_minute, count, &self->n_woken_b);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void)data;
  for (guint i = 0; i < N_PLACES; i++)
    veo3_pacer_release (self->a, &self->places[i], self->now_ms);
  veo3_pacer_leave (self->a);
  veo3_pacer_leave (self->b);
  veo3_pacer_free (self->pacer);
}

static Veo3Pace
claim (Fixture *self, guint i)
{
  return veo3_pacer_claim (self->a, &self->places[i], self->now_ms);
}

/* Claims and sends those from @first to @last. */
static void
send (Fixture *self, guint first, guint last)
{
  for (guint i = first; i <= last; i++)
    {
      g_assert_cmpint (claim (self, i), ==, VEO3_PACE_GO);
      g_assert_true (veo3_pacer_begin (self->a, &self->places[i], self->now_ms));
    }
}

static void
accept (Fixture *self, guint first, guint last)
{
  for (guint i = first; i <= last; i++)
    veo3_pacer_accepted (self->a, &self->places[i], self->now_ms);
}

static void
refuse (Fixture *self, guint first, guint last, gint64 asked_ms)
{
  const Veo3PacerRefusal refusal = { .asked_ms = asked_ms };

  for (guint i = first; i <= last; i++)
    veo3_pacer_refused (self->a, &self->places[i], &refusal, self->now_ms);
}

static void
end (Fixture *self, guint first, guint last)
{
  for (guint i = first; i <= last; i++)
    veo3_pacer_release (self->a, &self->places[i], self->now_ms);
}

static guint
get_window (const Fixture *self)
{
  return veo3_pacer_get_view (self->pacer).window;
}

/* A wave of 12 against a quota of 3 in hand, whatever the order of the answers. */
static void
find_three (Fixture *self)
{
  send (self, 0, 11);
  accept (self, 0, 0);
  refuse (self, 3, 11, 0);
  accept (self, 1, 2);
}

/* A run that is not paced may always send. */
static void
test_no_member (void)
{
  Veo3Place place = { 0 };
  const Veo3PacerRefusal refusal = { .asked_ms = 1000 };

  g_assert_cmpint (veo3_pacer_claim (NULL, &place, 0), ==, VEO3_PACE_GO);
  g_assert_true (veo3_pacer_begin (NULL, &place, 0));
  veo3_pacer_accepted (NULL, &place, 0);
  veo3_pacer_refused (NULL, &place, &refusal, 0);
  veo3_pacer_release (NULL, &place, 0);
  veo3_pacer_adopt (NULL, &place);
  g_assert_cmpint (veo3_pacer_end_round (NULL, TRUE, 0), ==, G_MAXINT64);
  g_assert_cmpuint (veo3_pacer_get_refusals (NULL), ==, 1);
  g_assert_cmpint (veo3_pacer_get_moved_ms (NULL), ==, 0);
  g_assert_cmpint (place.state, ==, VEO3_PLACE_NONE);
}

/* Nothing is held back before the service has refused anything. */
static void
test_unlimited (Fixture *self, gconstpointer data)
{
  (void)data;
  send (self, 0, N_PLACES - 1);
  accept (self, 0, N_PLACES - 1);
  g_assert_cmpuint (get_window (self), ==, G_MAXUINT);
}

/* The first wave finds the quota at once, exactly, and shrinks the window once for all its
 * refusals. */
static void
test_first_wave (Fixture *self, gconstpointer data)
{
  (void)data;
  find_three (self);
  g_assert_cmpuint (get_window (self), ==, 3);
  g_assert_cmpuint (veo3_pacer_get_view (self->pacer).mark, ==, 3);
  g_assert_cmpuint (veo3_pacer_get_refusals (self->a), ==, 2);
  g_assert_cmpint (claim (self, 20), ==, VEO3_PACE_IN_LINE);
  end (self, 1, 1);
  g_assert_cmpint (claim (self, 20), ==, VEO3_PACE_GO);
  g_assert_cmpint (claim (self, 21), ==, VEO3_PACE_IN_LINE);
}

/* With a full window one more is tried after a minute, and then ever more rarely. */
static void
test_probes (Fixture *self, gconstpointer data)
{
  gint64 interval_ms = 60000;

  (void)data;
  find_three (self);
  for (guint i = 0; i < 7; i++)
    {
      g_assert_cmpint (claim (self, 20), ==, VEO3_PACE_IN_LINE);
      g_assert_cmpint (veo3_pacer_end_round (self->a, TRUE, self->now_ms), ==,
                       self->now_ms + interval_ms);
      self->now_ms += interval_ms - 1;
      g_assert_cmpint (claim (self, 20), ==, VEO3_PACE_IN_LINE);
      self->now_ms++;
      send (self, 20, 20);
      g_assert_cmpint (claim (self, 21), ==, VEO3_PACE_IN_LINE);
      refuse (self, 20, 20, 0);
      /* The shrunk window is full all the same, so it must not matter. */
      g_assert_cmpuint (get_window (self), ==, 2);
      end (self, 0, 1);
      send (self, 0, 0);
      accept (self, 0, 0);
      g_assert_cmpuint (get_window (self), ==, 3);
      send (self, 1, 1);
      accept (self, 1, 1);
      g_assert_cmpuint (get_window (self), ==, 3);
      interval_ms = MIN (2 * interval_ms, 16 * 60000);
    }
}

/* When the service takes more than it did, more is tried ever sooner, until the next refusal; from
 * there the window comes back to what was in hand then with each success. */
static void
test_quota_grows (Fixture *self, gconstpointer data)
{
  gint64 interval_ms = 60000;

  (void)data;
  find_three (self);
  for (guint i = 20; i < 30; i++)
    {
      self->now_ms += interval_ms;
      send (self, i, i);
      g_assert_cmpint (claim (self, i + 1), ==, VEO3_PACE_IN_LINE);
      accept (self, i, i);
      g_assert_cmpuint (get_window (self), ==, i - 16);
      interval_ms = MAX (interval_ms / 2, 1000);
    }
  self->now_ms += 1000;
  send (self, 30, 30);
  refuse (self, 30, 30, 0);
  g_assert_cmpuint (veo3_pacer_get_view (self->pacer).mark, ==, 13);
  g_assert_cmpuint (get_window (self), ==, 9);
  end (self, 20, 24);
  for (guint i = 20; i < 25; i++)
    {
      send (self, i, i);
      accept (self, i, i);
    }
  g_assert_cmpuint (get_window (self), ==, 13);
  g_assert_cmpint (claim (self, 31), ==, VEO3_PACE_IN_LINE);
}

/* A window that is not full says nothing about a wider one. */
static void
test_not_full (Fixture *self, gconstpointer data)
{
  (void)data;
  send (self, 0, 11);
  accept (self, 0, 9);
  refuse (self, 10, 11, 0);
  g_assert_cmpuint (get_window (self), ==, 10);
  end (self, 0, 9);
  self->now_ms += 60000;
  for (guint i = 0; i < 9; i++)
    {
      send (self, 0, 3);
      accept (self, 0, 3);
      end (self, 0, 3);
    }
  g_assert_cmpuint (get_window (self), ==, 10);
}

/* However often it is refused, one may leave when nothing is in hand; and refusals that had
 * nothing in hand do not forget how much was possible before. */
static void
test_never_blocked (Fixture *self, gconstpointer data)
{
  (void)data;
  find_three (self);
  end (self, 0, 2);
  for (guint i = 0; i < 20; i++)
    {
      send (self, 0, 0);
      g_assert_cmpuint (veo3_pacer_get_refusals (self->a), ==, i + 2);
      refuse (self, 0, 0, 0);
      g_assert_cmpuint (get_window (self), ==, 1);
      g_assert_cmpuint (veo3_pacer_get_view (self->pacer).mark, ==, 3);
    }
  send (self, 0, 0);
  accept (self, 0, 0);
  g_assert_cmpuint (veo3_pacer_get_refusals (self->a), ==, 1);
  g_assert_cmpuint (get_window (self), ==, 2);
}

/* What the service asks for in one refusal holds back everybody, also what was claimed before. */
static void
test_pause (Fixture *self, gconstpointer data)
{
  (void)data;
  join_second (self, 0);
  send (self, 0, 2);
  accept (self, 0, 0);
  g_assert_cmpint (claim (self, 3), ==, VEO3_PACE_GO);
  refuse (self, 1, 1, 90000);
  g_assert_false (veo3_pacer_begin (self->a, &self->places[3], self->now_ms));
  end (self, 3, 3);
  self->now_ms += 1000;
  refuse (self, 2, 2, 30000);
  g_assert_cmpint (veo3_pacer_claim (self->b, &self->places[4], self->now_ms), ==,
                   VEO3_PACE_PAUSED);
  g_assert_cmpint (veo3_pacer_end_round (self->b, TRUE, self->now_ms), ==, BEGIN_MS + 90000);
  self->now_ms = BEGIN_MS + 89999;
  g_assert_cmpint (veo3_pacer_claim (self->b, &self->places[4], self->now_ms), ==,
                   VEO3_PACE_PAUSED);
  self->now_ms++;
  end (self, 0, 0);
  g_assert_cmpint (veo3_pacer_claim (self->b, &self->places[4], self->now_ms), ==, VEO3_PACE_GO);
  veo3_pacer_release (self->b, &self->places[4], self->now_ms);
}

/* Of several runs' limits the strictest counts, as long as its run is there; those claimed count
 * from the moment they begin. */
static void
test_rate (Fixture *self, gconstpointer data)
{
  (void)data;
  join_second (self, 3);
  send (self, 0, 1);
  g_assert_cmpint (claim (self, 2), ==, VEO3_PACE_GO);
  g_assert_cmpint (claim (self, 3), ==, VEO3_PACE_IN_LINE);
  self->now_ms += 59000;
  g_assert_true (veo3_pacer_begin (self->a, &self->places[2], self->now_ms));
  g_assert_cmpint (claim (self, 3), ==, VEO3_PACE_IN_LINE);
  g_assert_cmpint (veo3_pacer_end_round (self->a, TRUE, self->now_ms), ==, BEGIN_MS + 60000);
  self->now_ms = BEGIN_MS + 60000;
  send (self, 3, 4);
  g_assert_cmpint (claim (self, 5), ==, VEO3_PACE_IN_LINE);
  g_assert_cmpint (veo3_pacer_end_round (self->a, TRUE, self->now_ms), ==, BEGIN_MS + 119000);
  self->n_woken_a = 0;
  veo3_pacer_leave (g_steal_pointer (&self->b));
  g_assert_cmpuint (self->n_woken_a, ==, 1);
  send (self, 5, 20);
}

/* Runs that were turned away take turns: a place that becomes free is the first one's, who is
 * woken, and then stands behind the other. */
static void
test_line (Fixture *self, gconstpointer data)
{
  Veo3PacerMember *turns[4];

  (void)data;
  join_second (self, 0);
  find_three (self);
  turns[0] = turns[2] = self->a;
  turns[1] = turns[3] = self->b;
  g_assert_cmpint (claim (self, 20), ==, VEO3_PACE_IN_LINE);
  (void)veo3_pacer_end_round (self->a, TRUE, self->now_ms);
  g_assert_cmpint (veo3_pacer_claim (self->b, &self->places[20], self->now_ms), ==,
                   VEO3_PACE_IN_LINE);
  /* Only the first needs a timer. */
  g_assert_cmpint (veo3_pacer_end_round (self->b, TRUE, self->now_ms), ==, G_MAXINT64);
  end (self, 0, 2);
  for (guint i = 0; i < G_N_ELEMENTS (turns); i++)
    {
      Veo3PacerMember *other = turns[i] == self->a ? self->b : self->a;
      guint *n_woken = turns[i] == self->a ? &self->n_woken_a : &self->n_woken_b;

      /* The one who is not next asks first, in vain, and the next one hears of it. */
      *n_woken = 0;
      g_assert_cmpint (veo3_pacer_claim (other, &self->places[30], self->now_ms), ==,
                       VEO3_PACE_IN_LINE);
      (void)veo3_pacer_end_round (other, TRUE, self->now_ms);
      g_assert_cmpuint (*n_woken, ==, 1);
      g_assert_cmpint (veo3_pacer_claim (turns[i], &self->places[30], self->now_ms), ==,
                       VEO3_PACE_GO);
      g_assert_cmpint (veo3_pacer_claim (turns[i], &self->places[31], self->now_ms), ==,
                       VEO3_PACE_IN_LINE);
      (void)veo3_pacer_end_round (turns[i], TRUE, self->now_ms);
      veo3_pacer_release (turns[i], &self->places[30], self->now_ms);
    }
}

/* A run that wants nothing any more leaves the line, and the next one hears of it. */
static void
test_leaves_line (Fixture *self, gconstpointer data)
{
  (void)data;
  join_second (self, 0);
  find_three (self);
  g_assert_cmpint (claim (self, 20), ==, VEO3_PACE_IN_LINE);
  g_assert_cmpint (veo3_pacer_claim (self->b, &self->places[21], self->now_ms), ==,
                   VEO3_PACE_IN_LINE);
  end (self, 0, 0);
  self->n_woken_b = 0;
  g_assert_cmpint (veo3_pacer_end_round (self->a, FALSE, self->now_ms), ==, G_MAXINT64);
  g_assert_cmpuint (self->n_woken_b, ==, 1);
  g_assert_cmpint (veo3_pacer_claim (self->b, &self->places[21], self->now_ms), ==, VEO3_PACE_GO);
  veo3_pacer_release (self->b, &self->places[21], self->now_ms);
}

/* A place that becomes free in the middle of the first one's own round is asked for again at once.
 */
static void
test_own_round (Fixture *self, gconstpointer data)
{
  (void)data;
  find_three (self);
  g_assert_cmpint (claim (self, 20), ==, VEO3_PACE_IN_LINE);
  end (self, 0, 0);
  g_assert_cmpint (veo3_pacer_end_round (self->a, TRUE, self->now_ms), ==, self->now_ms);
}

/* It is known whether the account gets on: an operation of any run is in hand, or since when none
 * is. What an earlier process has sent counts as well. */
static void
test_moved (Fixture *self, gconstpointer data)
{
  (void)data;
  g_assert_cmpint (veo3_pacer_get_moved_ms (self->a), ==, 0);
  send (self, 0, 0);
  g_assert_cmpint (veo3_pacer_get_moved_ms (self->a), ==, 0);
  veo3_pacer_adopt (self->a, &self->places[1]);
  g_assert_cmpint (veo3_pacer_get_moved_ms (self->a), ==, G_MAXINT64);
  g_assert_cmpuint (veo3_pacer_get_view (self->pacer).in_hand, ==, 2);
  self->now_ms += 5;
  end (self, 1, 1);
  g_assert_cmpint (veo3_pacer_get_moved_ms (self->a), ==, BEGIN_MS + 5);
  self->now_ms += 5;
  accept (self, 0, 0);
  g_assert_cmpint (veo3_pacer_get_moved_ms (self->a), ==, G_MAXINT64);
}

/* ---- the closed loop ---- */

static PacerLoopResult
play (const char *name, const PacerLoopSetup *setup)
{
  PacerLoopResult result = pacer_loop_play (setup);
  guint n_clips = setup->n_runs * setup->clips_per_run;

  g_test_message ("%s: %u runs, %u clips, %.0f s; quota %u in hand, %u a minute: in hand %.2f, "
                  "%.2f a minute, refused %u, later %u (%.1f %%), most in a minute %u",
                  name, setup->n_runs, n_clips, (double)result.took_ms / 1000, setup->concurrent,
                  setup->per_minute, result.in_hand, result.per_minute, result.n_refused,
                  result.n_refused_later, 100.0 * result.n_refused_later / n_clips,
                  result.most_in_a_minute);
  g_assert_false (result.is_stuck);
  return result;
}

/* With a quota of C operations at a time, whoever shares it, the service has at least 0.9 C in hand
 * from the first refusal on, and refuses little after the first wave. */
static void
test_converges (void)
{
  static const guint quotas[] = { 1, 2, 5, 10, 50 };
  static const guint runs[] = { 1, 3 };
  static const gint64 waits_ms[] = { 0, 30000 };

  for (guint i = 0; i < G_N_ELEMENTS (quotas) * G_N_ELEMENTS (runs) * G_N_ELEMENTS (waits_ms); i++)
    {
      guint quota = quotas[i / 4];
      PacerLoopSetup setup = { .n_runs = runs[i % 2],
                               .clips_per_run = MAX (60, 12 * quota) / runs[i % 2],
                               .max_parallel = 64,
                               .concurrent = quota,
                               .shortest_ms = 40000,
                               .longest_ms = 80000,
                               .retry_after_ms = waits_ms[i / 2 % 2],
                               .seed = i };
      PacerLoopResult result
          = play (setup.retry_after_ms > 0 ? "retry-after 30 s" : "no retry-after", &setup);

      g_assert_cmpfloat (result.in_hand, >=, 0.9 * quota);
      g_assert_cmpuint (result.most_in_hand, ==, quota);
      /* Probes are rare by time: with a small quota there are few clips between them. */
      g_assert_cmpuint (result.n_refused_later, <=,
                        4 + result.took_ms / 600000 + setup.n_runs * setup.clips_per_run / 20);
      if (setup.n_runs > 1)
        g_assert_cmpuint (result.most_behind, <=, 64);
    }
}

/* That the end of an operation is seen late costs little: more is tried than seems to be free. */
static void
test_unseen (void)
{
  for (guint quota = 2; quota <= 50; quota *= 5)
    {
      PacerLoopSetup setup = { .n_runs = 2,
                               .clips_per_run = 12 * quota,
                               .max_parallel = 64,
                               .concurrent = quota,
                               .shortest_ms = 40000,
                               .longest_ms = 80000,
                               .unseen_ms = 12000,
                               .seed = quota };
      PacerLoopResult result = play ("ends seen late", &setup);

      g_assert_cmpfloat (result.in_hand, >=, 0.8 * quota);
    }
}

/* A quota of requests per minute is used without starving, whether clips are quick or slow. */
static void
test_service_rate (void)
{
  static const gint64 times_ms[] = { 5000, 20000, 60000, 150000 };

  for (guint i = 0; i < G_N_ELEMENTS (times_ms); i++)
    {
      PacerLoopSetup setup = { .n_runs = 2,
                               .clips_per_run = 100,
                               .max_parallel = 64,
                               .per_minute = 10,
                               .shortest_ms = times_ms[i] / 2,
                               .longest_ms = times_ms[i] * 3 / 2,
                               .seed = i };
      PacerLoopResult result = play ("the service's rate", &setup);

      g_assert_cmpfloat (result.per_minute, >=, 5);
    }
}

/* The rate that the user sets is never exceeded in any minute, is reached, and spares all
 * refusals. */
static void
test_own_rate (void)
{
  for (guint rate = 1; rate <= 20; rate += 3)
    {
      PacerLoopSetup setup = { .n_runs = 3,
                               .clips_per_run = 20,
                               .max_parallel = 2,
                               .requests_per_minute = rate,
                               .shortest_ms = 30000,
                               .longest_ms = 90000,
                               .seed = rate };
      PacerLoopResult result = play ("the user's rate", &setup);

      g_assert_cmpuint (result.most_in_a_minute, ==, rate);
      g_assert_cmpuint (result.n_refused, ==, 0);
      g_assert_cmpfloat (result.per_minute, >=, 0.9 * rate);
    }
}

/* Runs that were there at the same time have got about the same, in turns. */
static void
test_fair (void)
{
  PacerLoopSetup setup = { .n_runs = 4,
                           .clips_per_run = 25,
                           .max_parallel = 64,
                           .requests_per_minute = 8,
                           .shortest_ms = 30000,
                           .longest_ms = 60000,
                           .seed = 4 };
  PacerLoopResult result = play ("in turns", &setup);

  /* The first minute is the first one's; answers overtake each other. */
  g_assert_cmpuint (result.most_behind, <=, 8 + setup.n_runs);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *self, gconstpointer data);
  } rules[] = {
    { "/veo3/pacer/unlimited", test_unlimited },
    { "/veo3/pacer/first-wave", test_first_wave },
    { "/veo3/pacer/probes", test_probes },
    { "/veo3/pacer/quota-grows", test_quota_grows },
    { "/veo3/pacer/not-full", test_not_full },
    { "/veo3/pacer/never-blocked", test_never_blocked },
    { "/veo3/pacer/pause", test_pause },
    { "/veo3/pacer/rate", test_rate },
    { "/veo3/pacer/line", test_line },
    { "/veo3/pacer/leaves-line", test_leaves_line },
    { "/veo3/pacer/own-round", test_own_round },
    { "/veo3/pacer/moved", test_moved },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/pacer/no-member", test_no_member);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    g_test_add (rules[i].path, Fixture, NULL, set_up, rules[i].test, tear_down);
  g_test_add_func ("/veo3/pacer/loop/converges", test_converges);
  g_test_add_func ("/veo3/pacer/loop/unseen", test_unseen);
  g_test_add_func ("/veo3/pacer/loop/service-rate", test_service_rate);
  g_test_add_func ("/veo3/pacer/loop/own-rate", test_own_rate);
  g_test_add_func ("/veo3/pacer/loop/fair", test_fair);
  return g_test_run ();
}
