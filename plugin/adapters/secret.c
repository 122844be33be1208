/* SPDX-License-Identifier: MIT */
/*
 * Wiping. explicit_bzero(), because a compiler drops a memset() of memory that is freed next.
 * No state, any thread.
 */
#include "plugin/adapters/secret.h"

#include <string.h>

void
secret_free (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

GBytes *
secret_to_bytes (char *text)
{
  return g_bytes_new_with_free_func (text, strlen (text), (GDestroyNotify)secret_free, text);
}
