/* SPDX-License-Identifier: MIT */
/*
 * The key that names one clip of one run, in our files, logs and labels.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * make_idempotent_key: `{run_id}_{variant}`.
 * @run_id: (not nullable) the run's id
 * @variant: (not nullable) the clip's variant, unique within the run
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): the key.
 * Source: acceptance criterion 8 of the story; the name is the story's.
 */
char *make_idempotent_key (const char *run_id, const char *variant);

G_END_DECLS
