/* SPDX-License-Identifier: MIT */
/*
 * Labels of requests. Pure. Must not make two keys look the same on a bill.
 */
#include "plugin/adapters/billing-label.h"

#include <string.h>

#define ALPHABET "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define HASH_CHARS 8

char *
billing_label_new (const char *key)
{
  g_autofree char *label = g_ascii_strdown (key, -1);
  g_autofree char *hash = NULL;

  g_strcanon (label, ALPHABET, '-');
  if (g_str_equal (label, key) && strlen (label) <= BILLING_LABEL_MAX_CHARS)
    return g_steal_pointer (&label);
  hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
  return g_strdup_printf ("%.*s-%.*s", BILLING_LABEL_MAX_CHARS - HASH_CHARS - 1, label, HASH_CHARS,
                          hash);
}
