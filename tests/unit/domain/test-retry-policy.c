/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3RetryPolicy: the range of every delay, the end of the tries, and that a delay is a
 * function of its input alone. Single-threaded.
 */
#include "plugin/domain/veo3-random.h"
#include "plugin/domain/veo3-retry-policy.h"

#define N_SEEDS 2000

typedef struct
{
  gint64 least_ms;
  gint64 most_ms;
} Range;

/* What the delays after @failures failures spread over. */
static Range
get_range (const Veo3RetrySettings *settings, Veo3RetryKind kind, guint failures)
{
  Range range = { G_MAXINT64, G_MININT64 };

  for (guint64 seed = 0; seed < N_SEEDS; seed++)
    {
      const gint64 delay_ms = veo3_retry_policy_get_delay (settings, kind, failures, 0, seed);

      range.least_ms = MIN (range.least_ms, delay_ms);
      range.most_ms = MAX (range.most_ms, delay_ms);
    }
  return range;
}

/* The spread of @range lies within, and comes close to, least_ms…most_ms. */
static void
assert_spread (Range range, gint64 least_ms, gint64 most_ms)
{
  const gint64 slack_ms = (most_ms - least_ms) / 50 + 1;

  g_assert_cmpint (range.least_ms, >=, least_ms);
  g_assert_cmpint (range.least_ms, <=, least_ms + slack_ms);
  g_assert_cmpint (range.most_ms, <=, most_ms);
  g_assert_cmpint (range.most_ms, >=, most_ms - slack_ms);
}

/* A submit that was not sent: full jitter, 1 s doubling to 30 s, eight tries. */
static void
test_not_sent (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();
  static const gint64 ceilings_ms[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000 };

  for (guint i = 0; i < G_N_ELEMENTS (ceilings_ms); i++)
    assert_spread (get_range (&settings, VEO3_RETRY_KIND_NOT_SENT, i + 1), 0, ceilings_ms[i]);
  for (guint failures = 8; failures < 12; failures++)
    g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_NOT_SENT, failures, 0,
                                                  1),
                     ==, VEO3_RETRY_NEVER);
}

/* A throttled submit: equal jitter, 10 s doubling to 120 s, at least 6 s, any number of tries. */
static void
test_throttled (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();
  const Range first = get_range (&settings, VEO3_RETRY_KIND_THROTTLED, 1);

  g_assert_cmpint (first.least_ms, ==, 6000);
  g_assert_cmpint (first.most_ms, <=, 10000);
  assert_spread (get_range (&settings, VEO3_RETRY_KIND_THROTTLED, 2), 10000, 20000);
  assert_spread (get_range (&settings, VEO3_RETRY_KIND_THROTTLED, 3), 20000, 40000);
  assert_spread (get_range (&settings, VEO3_RETRY_KIND_THROTTLED, 5), 60000, 120000);
  assert_spread (get_range (&settings, VEO3_RETRY_KIND_THROTTLED, G_MAXUINT), 60000, 120000);
}

/* An unavailable service: equal jitter, 5 s doubling to 60 s, three tries. */
static void
test_unavailable (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();

  assert_spread (get_range (&settings, VEO3_RETRY_KIND_UNAVAILABLE, 1), 2500, 5000);
  assert_spread (get_range (&settings, VEO3_RETRY_KIND_UNAVAILABLE, 2), 5000, 10000);
  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_UNAVAILABLE, 3, 0, 1),
                   ==, VEO3_RETRY_NEVER);
  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_UNAVAILABLE, 3, 60000,
                                                1),
                   ==, VEO3_RETRY_NEVER);
}

/* A download: full jitter, 1 s doubling to 30 s, any number of tries. */
static void
test_download (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();

  assert_spread (get_range (&settings, VEO3_RETRY_KIND_DOWNLOAD, 1), 0, 1000);
  assert_spread (get_range (&settings, VEO3_RETRY_KIND_DOWNLOAD, 0), 0, 1000);
  assert_spread (get_range (&settings, VEO3_RETRY_KIND_DOWNLOAD, 1000000), 0, 30000);
}

/* A save: from 0.1 s to 5 s, for ever. */
static void
test_save (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();

  assert_spread (get_range (&settings, VEO3_RETRY_KIND_SAVE, 1), 50, 100);
  assert_spread (get_range (&settings, VEO3_RETRY_KIND_SAVE, 99), 2500, 5000);
}

/* What the service asks for is obeyed as a minimum, from 0 to ten minutes. */
static void
test_retry_after (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();

  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_THROTTLED, 1, 45000, 7),
                   ==, 45000);
  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_THROTTLED, 1, -349927093,
                                                7),
                   ==, veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_THROTTLED, 1, 0, 7));
  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_DOWNLOAD, 1,
                                                G_GINT64_CONSTANT (2000000000000), 7),
                   ==, 600000);
  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_THROTTLED, 3, 1, 7), >=,
                   20000);
}

/* The same input gives the same delay; seeds, counts and kinds give others. */
static void
test_pure (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();
  guint same = 0;

  for (guint64 seed = 0; seed < N_SEEDS; seed++)
    {
      const gint64 delay_ms
          = veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_DOWNLOAD, 7, 0, seed);

      g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_DOWNLOAD, 7, 0,
                                                    seed),
                       ==, delay_ms);
      same += delay_ms
              == veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_DOWNLOAD, 8, 0, seed);
      same += delay_ms
              == veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_DOWNLOAD, 7, 0, seed + 1);
      same += delay_ms
              == veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_NOT_SENT, 7, 0, seed);
    }
  g_assert_cmpuint (same, <, 20);
}

/* Scaled settings turn seconds into milliseconds and leave the counts alone. */
static void
test_scaled (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_scaled (1);

  assert_spread (get_range (&settings, VEO3_RETRY_KIND_THROTTLED, 5), 60, 120);
  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_DOWNLOAD, 1, 9999, 1),
                   ==, 600);
  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_SAVE, 1, 0, 1), ==, 0);
  g_assert_cmpint (veo3_retry_policy_get_delay (&settings, VEO3_RETRY_KIND_NOT_SENT, 8, 0, 1), ==,
                   VEO3_RETRY_NEVER);
  g_assert_true (veo3_retry_policy_is_lost (&settings, 3, 0, 60));
  g_assert_false (veo3_retry_policy_is_lost (&settings, 2, 0, 60));
}

/* An operation is lost only after three 404s in a row over at least a minute. */
static void
test_lost (void)
{
  const Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();

  g_assert_false (veo3_retry_policy_is_lost (&settings, 0, 0, 0));
  g_assert_false (veo3_retry_policy_is_lost (&settings, 2, 0, 999999));
  g_assert_false (veo3_retry_policy_is_lost (&settings, 3, 1000, 60999));
  g_assert_false (veo3_retry_policy_is_lost (&settings, 99, 1000, 60999));
  g_assert_true (veo3_retry_policy_is_lost (&settings, 3, 1000, 61000));
}

/* The generator is the published one: its first numbers for seed 0 are known. */
static void
test_random (void)
{
  Veo3Random random;

  veo3_random_init (&random, 0);
  g_assert_cmphex (veo3_random_next (&random), ==, G_GUINT64_CONSTANT (0xe220a8397b1dcdaf));
  g_assert_cmphex (veo3_random_next (&random), ==, G_GUINT64_CONSTANT (0x6e789e6aa1b965f4));
  g_assert_cmpint (veo3_random_range (&random, 5, 5), ==, 5);
  g_assert_cmpint (veo3_random_range (&random, 5, 4), ==, 5);
  for (guint i = 0; i < 1000; i++)
    {
      const gint64 number = veo3_random_range (&random, -2, 2);

      g_assert_cmpint (number, >=, -2);
      g_assert_cmpint (number, <=, 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/retry-policy/not-sent", test_not_sent);
  g_test_add_func ("/veo3/retry-policy/throttled", test_throttled);
  g_test_add_func ("/veo3/retry-policy/unavailable", test_unavailable);
  g_test_add_func ("/veo3/retry-policy/download", test_download);
  g_test_add_func ("/veo3/retry-policy/save", test_save);
  g_test_add_func ("/veo3/retry-policy/retry-after", test_retry_after);
  g_test_add_func ("/veo3/retry-policy/pure", test_pure);
  g_test_add_func ("/veo3/retry-policy/scaled", test_scaled);
  g_test_add_func ("/veo3/retry-policy/lost", test_lost);
  g_test_add_func ("/veo3/random/sequence", test_random);
  return g_test_run ();
}
