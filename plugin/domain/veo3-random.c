/* SPDX-License-Identifier: MIT */
/*
 * Veo3Random: SplitMix64. Pure; a value belongs to one thread. Must not be used for secrets.
 */
#include "plugin/domain/veo3-random.h"

void
veo3_random_init (Veo3Random *random, guint64 seed)
{
  random->state = seed;
}

guint64
veo3_random_next (Veo3Random *random)
{
  guint64 z;

  random->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  z = random->state;
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

gint64
veo3_random_range (Veo3Random *random, gint64 low, gint64 high)
{
  if (high <= low)
    return low;
  return low + (gint64)(veo3_random_next (random) % ((guint64)(high - low) + 1));
}
