/* SPDX-License-Identifier: MIT */
/*
 * Placeholder: the `@workspace@ @run_id@ @stage@ @input.KEY@` of stage commands. Replaced in each
 * argument on its own, after the command was split: a value is never split or quoted again, so
 * blanks and quotes in it stay data. `@@` is one '@'; an '@' that opens no placeholder stays.
 * Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PLACEHOLDER_ERROR (placeholder_error_quark ())

typedef enum
{
  PLACEHOLDER_ERROR_UNKNOWN, /* no placeholder has that name */
  PLACEHOLDER_ERROR_UNSET,   /* @input.KEY@ without a value */
} PlaceholderError;

/** PlaceholderValues: what they stand for. Borrowed. */
typedef struct
{
  const char *workspace;
  const char *run_id;
  const char *stage;
  GHashTable *inputs; /* (nullable) key -> value, both char */
} PlaceholderValues;

/**
 * placeholder_error_quark: the domain of PlaceholderError.
 * Thread: any. Blocks: no. Errors: none. Returns: the quark.
 */
GQuark placeholder_error_quark (void);

/**
 * placeholder_is_known: is it `workspace`, `run_id`, `stage` or `input.KEY`?
 * @name: without the '@'s.
 * Thread: any. Blocks: no. Errors: none. Returns: the answer.
 */
gboolean placeholder_is_known (const char *name);

/**
 * placeholder_names: the names between '@'s in @text, known or not, in order.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (array zero-terminated=1): possibly empty.
 */
char **placeholder_names (const char *text);

/**
 * placeholder_hint: " (did you mean …?)" for an unknown name.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full): possibly "".
 */
char *placeholder_hint (const char *name);

/**
 * placeholder_expand_argv: replaces the placeholders of each argument.
 * @argv: (array zero-terminated=1).
 * Thread: any. Blocks: no.
 * Errors: PLACEHOLDER_ERROR_*; an unset input names the stage and the `--set input.KEY=` to give.
 * Returns: (transfer full) (nullable): as many arguments as @argv has; NULL with @error.
 */
char **
placeholder_expand_argv (const char *const *argv, const PlaceholderValues *values, GError **error);

G_END_DECLS
