/* SPDX-License-Identifier: MIT */
/*
 * Veo3RetryPolicy: delays before the next try. Pure, no state, any thread. Must not be asked about
 * a submit that may have left: trying that again could pay twice.
 */
#include "plugin/domain/veo3-retry-policy.h"

#include "plugin/domain/veo3-random.h"

Veo3RetrySettings
veo3_retry_settings_get_defaults (void)
{
  return (Veo3RetrySettings){
    .rules = {
      [VEO3_RETRY_KIND_NOT_SENT] = { .base_ms = 1000, .cap_ms = 30000, .max_tries = 8 },
      [VEO3_RETRY_KIND_THROTTLED]
      = { .base_ms = 10000, .cap_ms = 120000, .floor_ms = 6000, .equal_jitter = TRUE },
      [VEO3_RETRY_KIND_UNAVAILABLE]
      = { .base_ms = 5000, .cap_ms = 60000, .max_tries = 3, .equal_jitter = TRUE },
      [VEO3_RETRY_KIND_DOWNLOAD] = { .base_ms = 1000, .cap_ms = 30000 },
      [VEO3_RETRY_KIND_SAVE] = { .base_ms = 100, .cap_ms = 5000, .equal_jitter = TRUE },
    },
    .retry_after_max_ms = 600000,
    .lost_min_count = 3,
    .lost_min_span_ms = 60000,
  };
}

static gint64
scale (gint64 time_ms, guint permille)
{
  return time_ms * permille / 1000;
}

Veo3RetrySettings
veo3_retry_settings_get_scaled (guint permille)
{
  Veo3RetrySettings settings = veo3_retry_settings_get_defaults ();

  for (guint i = 0; i < VEO3_RETRY_N_KINDS; i++)
    {
      settings.rules[i].base_ms = scale (settings.rules[i].base_ms, permille);
      settings.rules[i].cap_ms = scale (settings.rules[i].cap_ms, permille);
      settings.rules[i].floor_ms = scale (settings.rules[i].floor_ms, permille);
    }
  settings.retry_after_max_ms = scale (settings.retry_after_max_ms, permille);
  settings.lost_min_span_ms = scale (settings.lost_min_span_ms, permille);
  return settings;
}

/* Upper end of the delay after @failures failures; doubling stops at the cap, so it cannot wrap. */
static gint64
get_ceiling (const Veo3RetryRule *rule, guint failures)
{
  gint64 ceiling_ms = rule->base_ms;

  for (guint i = 1; i < failures && ceiling_ms > 0 && ceiling_ms < rule->cap_ms; i++)
    ceiling_ms *= 2;
  return MIN (ceiling_ms, rule->cap_ms);
}

gint64
veo3_retry_policy_get_delay (const Veo3RetrySettings *settings,
                             Veo3RetryKind kind,
                             guint failures,
                             gint64 retry_after_ms,
                             guint64 seed)
{
  const Veo3RetryRule *rule = &settings->rules[kind];
  const gint64 ceiling_ms = get_ceiling (rule, failures);
  Veo3Random random;
  gint64 delay_ms;

  if (rule->max_tries > 0 && failures >= rule->max_tries)
    return VEO3_RETRY_NEVER;

  /* Without state, the count and the kind have to choose the place in the random sequence. */
  veo3_random_init (&random, seed);
  veo3_random_init (&random, veo3_random_next (&random) ^ ((guint64)kind << 32 | failures));
  delay_ms = veo3_random_range (&random, rule->equal_jitter ? ceiling_ms / 2 : 0, ceiling_ms);
  delay_ms = MAX (delay_ms, rule->floor_ms);
  return MAX (delay_ms, CLAMP (retry_after_ms, 0, settings->retry_after_max_ms));
}

gboolean
veo3_retry_policy_is_lost (const Veo3RetrySettings *settings,
                           guint not_found_count,
                           gint64 first_ms,
                           gint64 now_ms)
{
  return not_found_count >= settings->lost_min_count
         && now_ms - first_ms >= settings->lost_min_span_ms;
}
