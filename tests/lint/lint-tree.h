/* SPDX-License-Identifier: MIT */
/*
 * The tree as lint sees it: its files, its top level, its formatter and the symbols of its plugins.
 * For tests; reads files and runs clang-format and nm; any thread, no state.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Folder of samples that break the rules on purpose, relative to the tree. */
#define LINT_SAMPLES "tests/lint/samples"

/**
 * lint_tree_list: lists files below the tree's source folders, the samples left out.
 * @root: the tree
 * @suffixes: (array zero-terminated=1): what the names end in
 * Thread: any. Blocks: on the disk. Errors: none: a folder that cannot be read ends the test.
 * Returns: (transfer full): sorted (owned) paths relative to @root
 */
GPtrArray *lint_tree_list (const char *root, const char *const *suffixes);

/**
 * lint_tree_check_names: what may lie at the top of the tree.
 * @names: (array zero-terminated=1): what lies there
 * @ignored: (nullable): text of .gitignore: what git does not see, lint does not see
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_tree_check_names (const char *const *names, const char *ignored, GPtrArray *offences);

/**
 * lint_tree_check_script: a file that is no C names the licence in its first two lines.
 * @path: for the offence
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_tree_check_script (const char *path, const char *text, GPtrArray *offences);

/**
 * lint_tree_check_format: the formatter would change nothing.
 * @files: (array zero-terminated=1): relative to @root
 * Thread: any. Blocks: for a process. Errors: none: what the formatter says becomes offences.
 * Returns: FALSE when there is no formatter, and nothing was checked
 */
gboolean lint_tree_check_format (const char *root, const char *const *files, GPtrArray *offences);

/**
 * lint_tree_check_symbols: a plugin exports its entry point and nothing else.
 * @module: path of the shared object
 * Thread: any. Blocks: for a process. Errors: none.
 * Returns: FALSE when there is no nm, and nothing was checked
 */
gboolean lint_tree_check_symbols (const char *module, GPtrArray *offences);

G_END_DECLS
