/* SPDX-License-Identifier: MIT */
/*
 * Veo3Random: the small deterministic source of jitter.
 *
 * Algorithm: SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators",
 * OOPSLA 2014): a counter and a mixing function, so any seed is a good one, zero included. For
 * spreading requests only: nothing secret may come from it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Veo3Random: a value type; a copy continues on its own. */
typedef struct
{
  guint64 state;
} Veo3Random;

/**
 * veo3_random_init: starts the sequence of a seed.
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_random_init (Veo3Random *random, guint64 seed);

/**
 * veo3_random_next: 64 random bits.
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: the next number of the sequence
 */
guint64 veo3_random_next (Veo3Random *random);

/**
 * veo3_random_range: a number from @low to @high, both included.
 * @high: below @low it counts as @low
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: @low…@high; the bias of the remainder is below 10⁻⁷ for ranges under a day of ms
 */
gint64 veo3_random_range (Veo3Random *random, gint64 low, gint64 high);

G_END_DECLS
