/* SPDX-License-Identifier: MIT */
/*
 * InlineName: how a job remembers a clip that is inside the answer to a poll: "inline:N:OPERATION",
 * the text number N of what the operation answers. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * inline_name_new: the text.
 * @place: of the clip among the big texts of the answer, from 0
 * @operation: its name, or "" for the beginning that all names of that place share
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *inline_name_new (int place, const char *operation);

/**
 * inline_name_is: does the text claim to be one?
 * Thread: any. Blocks: no. Errors: none. Returns: TRUE if it begins like one.
 */
gboolean inline_name_is (const char *text);

/**
 * inline_name_parse: the inverse. The text may come from a file that people edit.
 * @is_operation: what an operation of the service looks like
 * @ret_place: (out): untouched on failure
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): the operation; NULL = it is not of that form.
 */
char *
inline_name_parse (const char *text, gboolean (*is_operation) (const char *name), int *ret_place);

G_END_DECLS
