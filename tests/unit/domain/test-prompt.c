/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Prompt and the idempotent key: names, texts and durations of one entry.
 * Single-threaded.
 */
#include "plugin/domain/veo3-idempotent-key.h"
#include "plugin/domain/veo3-prompt.h"

#include <math.h>
#include <string.h>

/* A variant is [a-z0-9][a-z0-9_-]{0,63}. */
static void
test_variant (void)
{
  static const char *const good[] = { "a", "9", "broll", "b-roll_2", "0-", "a__" };
  static const char *const bad[]
      = { "", "-a", "_a", "A", "aB", "a b", "a.b", "a/b", "../a", "ä", "a\n", "a\xff" };
  char text[67] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (veo3_variant_is_valid (good[i]));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (veo3_variant_is_valid (bad[i]));
  g_assert_false (veo3_variant_is_valid (NULL));
  memset (text, 'a', 64);
  g_assert_true (veo3_variant_is_valid (text));
  text[64] = 'a';
  g_assert_false (veo3_variant_is_valid (text));
}

static void
assert_claim (GHashTable *taken, const char *wanted, const char *expected)
{
  g_autofree char *variant = veo3_variant_claim (taken, wanted);

  g_assert_cmpstr (variant, ==, expected);
  g_assert_true (g_hash_table_contains (taken, expected));
}

/* A repeated variant gets the next free number, even when somebody has taken that name already. */
static void
test_claim (void)
{
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  assert_claim (taken, "broll", "broll");
  assert_claim (taken, "broll", "broll-2");
  assert_claim (taken, "broll", "broll-3");
  assert_claim (taken, "broll-2", "broll-2-2");
  assert_claim (taken, "a-2", "a-2");
  assert_claim (taken, "a", "a");
  assert_claim (taken, "a", "a-3");
}

/* As many equal variants as a run may have prompts are named one after the other, none looked at
 * again for each: a quadratic search would hold the worker for many seconds. */
static void
test_many_claims (void)
{
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 start_us = g_get_monotonic_time ();

  assert_claim (taken, "broll", "broll");
  for (guint n = 2; n <= 10000; n++)
    {
      g_autofree char *expected = g_strdup_printf ("broll-%u", n);

      assert_claim (taken, "broll", expected);
    }
  g_assert_cmpuint (g_hash_table_size (taken), ==, 10000);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 2 * G_USEC_PER_SEC);
}

/* A prompt's text is there, is text, and says something. */
static void
test_text (void)
{
  g_autofree char *longest = g_strnfill (VEO3_PROMPT_MAX_BYTES, 'x');
  g_autofree char *too_long = g_strnfill (VEO3_PROMPT_MAX_BYTES + 1, 'x');

  g_assert_null (veo3_prompt_text_problem ("a cat", 5));
  g_assert_null (veo3_prompt_text_problem (" ä\n", 4));
  g_assert_null (veo3_prompt_text_problem (longest, VEO3_PROMPT_MAX_BYTES));
  g_assert_cmpstr (veo3_prompt_text_problem (NULL, 0), ==, "is missing");
  g_assert_cmpstr (veo3_prompt_text_problem ("", 0), ==, "is empty");
  g_assert_cmpstr (veo3_prompt_text_problem (" \t\n\u00a0\u2003", 8), ==, "is empty");
  g_assert_cmpstr (veo3_prompt_text_problem ("a\0b", 3), ==, "contains a NUL character");
  g_assert_cmpstr (veo3_prompt_text_problem ("a\xff", 2), ==, "is not valid UTF-8");
  g_assert_cmpstr (veo3_prompt_text_problem (too_long, VEO3_PROMPT_MAX_BYTES + 1), ==,
                   "is longer than 32 KiB");
}

/* Durations are whole seconds up to an hour; 0 leaves it to the settings. */
static void
test_duration (void)
{
  static const double bad[] = { -1, -0.5, 6.5, 3600.5, 3601, 1e300, NAN, INFINITY, -INFINITY };
  int duration_s = 77;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (veo3_prompt_duration (bad[i], &duration_s));
  g_assert_cmpint (duration_s, ==, 77);
  g_assert_true (veo3_prompt_duration (0, &duration_s));
  g_assert_cmpint (duration_s, ==, 0);
  g_assert_true (veo3_prompt_duration (1, &duration_s));
  g_assert_cmpint (duration_s, ==, 1);
  g_assert_true (veo3_prompt_duration (3600, &duration_s));
  g_assert_cmpint (duration_s, ==, 3600);
}

/* The key of a clip is {run_id}_{variant}. */
static void
test_key (void)
{
  g_autofree char *key = make_idempotent_key ("20261122-090000-1a2b", "broll");

  g_assert_cmpstr (key, ==, "20261122-090000-1a2b_broll");
}

/* Freeing accepts NULL and half-built prompts. */
static void
test_free (void)
{
  veo3_prompt_free (NULL);
  veo3_prompt_free (g_new0 (Veo3Prompt, 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/prompt/variant", test_variant);
  g_test_add_func ("/veo3/prompt/claim", test_claim);
  g_test_add_func ("/veo3/prompt/many-claims", test_many_claims);
  g_test_add_func ("/veo3/prompt/text", test_text);
  g_test_add_func ("/veo3/prompt/duration", test_duration);
  g_test_add_func ("/veo3/prompt/free", test_free);
  g_test_add_func ("/veo3/idempotent-key/form", test_key);
  return g_test_run ();
}
