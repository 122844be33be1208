/* SPDX-License-Identifier: MIT */
/*
 * The one place that knows how a key is spelt. Pure, any thread.
 */
#include "plugin/domain/veo3-idempotent-key.h"

char *
make_idempotent_key (const char *run_id, const char *variant)
{
  g_return_val_if_fail (run_id != NULL && variant != NULL, NULL);
  return g_strconcat (run_id, "_", variant, NULL);
}
