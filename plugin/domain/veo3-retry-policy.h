/* SPDX-License-Identifier: MIT */
/*
 * Veo3RetryPolicy: how long to wait before something that failed is tried again, and when not to.
 *
 * Pure and without state: the same settings, failure, count and seed give the same delay, so that a
 * plan can be made twice. Only tries that cost nothing are asked about here: what may have been
 * paid for is never tried again.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** There is no next try. */
#define VEO3_RETRY_NEVER (G_GINT64_CONSTANT (-1))

/** Veo3RetryKind: what failed. */
typedef enum
{
  VEO3_RETRY_KIND_NOT_SENT,    /* a submit of which no byte left */
  VEO3_RETRY_KIND_THROTTLED,   /* a submit answered 429 in so many words */
  VEO3_RETRY_KIND_UNAVAILABLE, /* a submit answered 503 in so many words */
  VEO3_RETRY_KIND_DOWNLOAD,    /* a download that broke */
  VEO3_RETRY_KIND_SAVE,        /* our own disk refused */
} Veo3RetryKind;

#define VEO3_RETRY_N_KINDS (VEO3_RETRY_KIND_SAVE + 1)

/** Veo3RetryRule: the delays of one kind, milliseconds. */
typedef struct
{
  gint64 base_ms;        /* upper end of the first delay; doubles with each failure… */
  gint64 cap_ms;         /* …up to here */
  gint64 floor_ms;       /* never less */
  guint max_tries;       /* the first one counted; 0 = any number */
  gboolean equal_jitter; /* half fixed, half random; else all of it random */
} Veo3RetryRule;

/** Veo3RetrySettings: every number of this module. */
typedef struct
{
  Veo3RetryRule rules[VEO3_RETRY_N_KINDS]; /* by Veo3RetryKind */
  gint64 retry_after_max_ms;               /* what a service asks for is clamped to this */
  guint lost_min_count;                    /* 404s in a row before an operation counts as lost… */
  gint64 lost_min_span_ms; /* …and the time between the first and the last of them */
} Veo3RetrySettings;

/**
 * veo3_retry_settings_get_defaults: the delays for real services.
 * Source: full and equal jitter after "Exponential Backoff And Jitter" (AWS Architecture Blog,
 * 2015); the 6 s floor of 429 is one slot of a quota of ten requests a minute; Retry-After is
 * clamped to 0…600 s because libcurl reports values like −349,927,093 and 2·10⁹.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: settings
 */
Veo3RetrySettings veo3_retry_settings_get_defaults (void);

/**
 * veo3_retry_settings_get_scaled: the defaults with every time multiplied.
 * @permille: 1000 = unchanged, 1 = seconds become milliseconds; counts stay
 * Thread: any. Blocks: no. Errors: none.
 * Returns: settings
 */
Veo3RetrySettings veo3_retry_settings_get_scaled (guint permille);

/**
 * veo3_retry_policy_get_delay: how long to wait before the next try.
 * @failures: how often it has failed in a row by now; 0 counts as 1
 * @retry_after_ms: what the service asked for; any value: clamped; 0 = nothing
 * @seed: one per job and run, so that jobs spread and a replay repeats
 * Thread: any. Blocks: no. Errors: none.
 * Returns: milliseconds, or VEO3_RETRY_NEVER when the tries are used up
 */
gint64 veo3_retry_policy_get_delay (const Veo3RetrySettings *settings,
                                    Veo3RetryKind kind,
                                    guint failures,
                                    gint64 retry_after_ms,
                                    guint64 seed);

/**
 * veo3_retry_policy_is_lost: has the service forgotten an operation? One 404 proves nothing.
 * @not_found_count: polls in a row that answered 404
 * @first_ms: when the first of them was answered
 * @now_ms: when the last of them was answered, on the same clock
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE when nobody will answer for it any more
 */
gboolean veo3_retry_policy_is_lost (const Veo3RetrySettings *settings,
                                    guint not_found_count,
                                    gint64 first_ms,
                                    gint64 now_ms);

G_END_DECLS
