/* SPDX-License-Identifier: MIT */
/*
 * NearestName: "did you mean …?" for misspelt keys, groups, stages and commands. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * nearest_name_distance: number of single-character changes (insert, delete, replace, swap of two
 * neighbours) that turn one ASCII name into the other; upper and lower case count as equal.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: the distance; at most the longer name's length in bytes.
 */
guint nearest_name_distance (const char *a, const char *b);

/**
 * nearest_name_find: the candidate a person most likely meant.
 * @name: what was written.
 * @candidates: (array zero-terminated=1) (nullable): the names that exist.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): an element of @candidates; NULL when none is near enough
 * (more than a third of the longer name differs). Of equally near ones, the first.
 */
const char *nearest_name_find (const char *name, const char *const *candidates);

/**
 * nearest_name_hint: the same as the tail of a message.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): " (did you mean 'x'?)", or "" when nothing is near.
 */
char *nearest_name_hint (const char *name, const char *const *candidates);

G_END_DECLS
