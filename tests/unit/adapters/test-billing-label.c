/* SPDX-License-Identifier: MIT */
/* Labels on bills. Pure. */
#include "plugin/adapters/billing-label.h"

#include <string.h>

#define RUN "20261122-090000-1a2b_"

/* A key that fits is its own label. */
static void
test_fits (void)
{
  g_autofree char *longest = g_strnfill (63, 'x');
  const char *const keys[] = { RUN "broll", "a", "", longest };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *label = billing_label_new (keys[i]);

      g_assert_cmpstr (label, ==, keys[i]);
    }
}

/* A key that does not fit becomes a label of its own that the services take. */
static void
test_changed (void)
{
  g_autofree char *fill = g_strnfill (64, 'x');
  g_autofree char *one = g_strconcat (RUN, fill, NULL);
  g_autofree char *other = g_strconcat (RUN, fill, "-2", NULL);
  const char *const keys[]
      = { one, other, "run.1_broll", "run-1_broll", "Run-1_broll", "r\xc3\xbcn" };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      char *label = billing_label_new (keys[i]);

      g_test_message ("%s", label);
      g_assert_cmpuint (strlen (label), <=, BILLING_LABEL_MAX_CHARS);
      g_assert_cmpuint (strspn (label, "abcdefghijklmnopqrstuvwxyz0123456789_-"), ==,
                        strlen (label));
      g_assert_true (g_hash_table_add (seen, label));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/billing-label/fits", test_fits);
  g_test_add_func ("/veo3/billing-label/changed", test_changed);
  return g_test_run ();
}
