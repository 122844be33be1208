/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3DurationHistory: rings, text form, and that no text does harm. Single-threaded.
 */
#include "plugin/domain/veo3-duration-history.h"
#include "plugin/domain/veo3-random.h"

#include <string.h>

#define RING VEO3_DURATION_HISTORY_RING_SIZE

/* A ring keeps the last sixteen durations, oldest first. */
static void
test_ring (void)
{
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  gint64 durations_ms[RING] = { 0 };

  g_assert_cmpuint (veo3_duration_history_get (history, "a", durations_ms), ==, 0);
  g_assert_cmpuint (veo3_duration_history_get (history, NULL, durations_ms), ==, 0);
  for (gint64 i = 1; i <= RING + 3; i++)
    veo3_duration_history_learn (history, "a", i * 1000);
  veo3_duration_history_learn (history, "b", 7);
  g_assert_cmpuint (veo3_duration_history_get (history, "a", durations_ms), ==, RING);
  for (gint64 i = 0; i < RING; i++)
    g_assert_cmpint (durations_ms[i], ==, (i + 4) * 1000);
  g_assert_cmpuint (veo3_duration_history_get (history, "b", durations_ms), ==, 1);
  g_assert_cmpint (durations_ms[0], ==, 7);
}

/* Durations that cannot be and keys that the text form cannot hold are not learned. */
static void
test_refuses (void)
{
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  g_autofree char *long_key = g_strnfill (201, 'k');
  g_autofree char *text = NULL;

  veo3_duration_history_learn (history, "a", 0);
  veo3_duration_history_learn (history, "a", -1);
  veo3_duration_history_learn (history, "a", VEO3_DURATION_HISTORY_MAX_MS + 1);
  veo3_duration_history_learn (history, "", 5);
  veo3_duration_history_learn (history, "#a", 5);
  veo3_duration_history_learn (history, "a\tb", 5);
  veo3_duration_history_learn (history, "a\nb", 5);
  veo3_duration_history_learn (history, "\303\244", 5);
  veo3_duration_history_learn (history, long_key, 5);
  text = veo3_duration_history_to_text (history);
  g_assert_cmpstr (text, ==, "# milliseconds that clips took; safe to delete\n");
}

/* When there are too many keys, the one that learned least recently makes room. */
static void
test_many_keys (void)
{
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  gint64 durations_ms[RING];

  veo3_duration_history_learn (history, "kept", 1);
  veo3_duration_history_learn (history, "lost", 1);
  for (guint i = 0; i < VEO3_DURATION_HISTORY_MAX_KEYS - 1; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %u", i);

      veo3_duration_history_learn (history, "kept", 2);
      veo3_duration_history_learn (history, key, 1);
    }
  g_assert_cmpuint (veo3_duration_history_get (history, "kept", durations_ms), ==, RING);
  g_assert_cmpuint (veo3_duration_history_get (history, "lost", durations_ms), ==, 0);
  g_assert_cmpuint (veo3_duration_history_get (history, "key 0", durations_ms), ==, 1);
}

/* A key names the model, the resolution and the length, in characters that the text form keeps. */
static void
test_key (void)
{
  g_autofree char *plain = veo3_duration_history_make_key ("veo-3.1", "720p", 8);
  g_autofree char *fallback = veo3_duration_history_make_key ("veo-3.1", NULL, 6);
  g_autofree char *hostile = veo3_duration_history_make_key ("#a\tb\nc\303\244", "\t", -1);
  g_autofree char *long_model = g_strnfill (5000, 'm');
  g_autofree char *long_key = veo3_duration_history_make_key (long_model, long_model, G_MAXINT);
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  gint64 durations_ms[RING];

  g_assert_cmpstr (plain, ==, "veo-3.1 720p 8");
  g_assert_cmpstr (fallback, ==, "veo-3.1 default 6");
  g_assert_cmpstr (hostile, ==, "_a_b_c__ _ -1");
  veo3_duration_history_learn (history, hostile, 5);
  veo3_duration_history_learn (history, long_key, 5);
  g_assert_cmpuint (veo3_duration_history_get (history, hostile, durations_ms), ==, 1);
  g_assert_cmpuint (veo3_duration_history_get (history, long_key, durations_ms), ==, 1);
}

/* What is written is read back, byte for byte. */
static void
test_round_trip (void)
{
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  g_autoptr (Veo3DurationHistory) again = NULL;
  g_autofree char *text = NULL;
  g_autofree char *text_again = NULL;

  for (gint64 i = 1; i < 40; i++)
    veo3_duration_history_learn (history, i % 3 == 0 ? "m 720p 8" : "m default 4", i * 997);
  veo3_duration_history_learn (history, "x", VEO3_DURATION_HISTORY_MAX_MS);
  text = veo3_duration_history_to_text (history);
  again = veo3_duration_history_new_from_text (text, -1);
  text_again = veo3_duration_history_to_text (again);
  g_assert_cmpstr (text, ==, text_again);
  g_assert_nonnull (strstr (text, "\nx\t86400000\n"));
}

/* A broken line or number costs itself, not its neighbours. */
static void
test_broken_lines (void)
{
  static const char text[] = "# remark\n"
                             "no tab here\n"
                             "a\t1000 oops 2000  -5 99999999999999999999 3000 0 0x10 \n"
                             "\t5\n"
                             "a\t4000\r\n"
                             "b\t\n"
                             "c\t7\0d\t8\n";
  g_autoptr (Veo3DurationHistory) history
      = veo3_duration_history_new_from_text (text, sizeof text - 1);
  g_autoptr (Veo3DurationHistory) nothing = veo3_duration_history_new_from_text (NULL, 0);
  gint64 durations_ms[RING];

  g_assert_cmpuint (veo3_duration_history_get (history, "a", durations_ms), ==, 3);
  g_assert_cmpint (durations_ms[2], ==, 3000);
  g_assert_cmpuint (veo3_duration_history_get (history, "b", durations_ms), ==, 0);
  g_assert_cmpuint (veo3_duration_history_get (history, "c", durations_ms), ==, 1);
  g_assert_cmpuint (veo3_duration_history_get (history, "d", durations_ms), ==, 0);
  g_assert_cmpuint (veo3_duration_history_get (nothing, "a", durations_ms), ==, 0);
  veo3_duration_history_free (NULL);
}

/* Whatever a history was read from, it holds only durations that can be, and writes readable text.
 */
static void
assert_harmless (const char *bytes, gsize length)
{
  g_autoptr (Veo3DurationHistory) history
      = veo3_duration_history_new_from_text (bytes, (gssize)length);
  g_autofree char *text = veo3_duration_history_to_text (history);
  g_autoptr (Veo3DurationHistory) again = veo3_duration_history_new_from_text (text, -1);
  g_autofree char *text_again = veo3_duration_history_to_text (again);
  gint64 durations_ms[RING];
  const guint n = veo3_duration_history_get (history, "m 720p 8", durations_ms);

  g_assert_cmpstr (text, ==, text_again);
  g_assert_cmpuint (n, <=, RING);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpint (durations_ms[i], >=, 1);
      g_assert_cmpint (durations_ms[i], <=, VEO3_DURATION_HISTORY_MAX_MS);
    }
}

/* Every prefix, thousands of mutations and plain noise are harmless. */
static void
test_corrupt (void)
{
  g_autoptr (Veo3DurationHistory) history = veo3_duration_history_new ();
  const guint64 seed = (guint32)g_test_rand_int ();
  g_autofree char *text = NULL;
  Veo3Random random;
  gsize length;

  for (gint64 i = 1; i < 40; i++)
    veo3_duration_history_learn (history, i % 2 == 0 ? "m 720p 8" : "m default 4", i * 997);
  text = veo3_duration_history_to_text (history);
  length = strlen (text);
  for (gsize i = 0; i <= length; i++)
    assert_harmless (text, i);

  g_test_message ("seed %" G_GUINT64_FORMAT, seed);
  veo3_random_init (&random, seed);
  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *copy = g_memdup2 (text, length);

      for (gint64 k = veo3_random_range (&random, 1, 8); k > 0; k--)
        copy[veo3_random_range (&random, 0, (gint64)length - 1)]
            = (char)veo3_random_range (&random, -128, 127);
      assert_harmless (copy, length);
    }
  for (guint i = 0; i < 2000; i++)
    {
      char noise[200];

      for (gsize k = 0; k < sizeof noise; k++)
        noise[k] = (char)veo3_random_range (&random, -128, 127);
      assert_harmless (noise, (gsize)veo3_random_range (&random, 0, sizeof noise));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/duration-history/ring", test_ring);
  g_test_add_func ("/veo3/duration-history/refuses", test_refuses);
  g_test_add_func ("/veo3/duration-history/many-keys", test_many_keys);
  g_test_add_func ("/veo3/duration-history/key", test_key);
  g_test_add_func ("/veo3/duration-history/round-trip", test_round_trip);
  g_test_add_func ("/veo3/duration-history/broken-lines", test_broken_lines);
  g_test_add_func ("/veo3/duration-history/corrupt", test_corrupt);
  return g_test_run ();
}
