/* SPDX-License-Identifier: MIT */
/*
 * PipelineLint: which groups and keys a pipeline file may have, how its names look, and the slips
 * that GKeyFile takes for values (a comment after a value). Pure.
 */
#pragma once

#include "host/pipeline-key-file.h"

G_BEGIN_DECLS

/**
 * pipeline_lint_names: reports unknown groups and keys with the nearest known name, malformed
 * stage, plugin and input names, and comments after values.
 * Keys of `[plugin NAME]` are not judged here: only the plugin knows them.
 * @problems: (inout): gets every finding.
 * Thread: any. Blocks: no. Errors: none; see @problems. Returns: nothing.
 */
void pipeline_lint_names (const PipelineKeyFile *file, GPtrArray *problems);

/**
 * pipeline_lint_has_comment: does a value end in what was meant as a comment (blank, '#')? In a
 * `command` a quoted one is data. pipeline_lint_names() reports it; other checks need not look at
 * such a value.
 * @entry: (nullable).
 * Thread: any. Blocks: no. Errors: none. Returns: the answer.
 */
gboolean pipeline_lint_has_comment (const PipelineKeyFileEntry *entry);

/**
 * pipeline_lint_is_stage_name: [A-Z][A-Z0-9_]*, at most 64.
 * Thread: any. Blocks: no. Errors: none. Returns: the answer.
 */
gboolean pipeline_lint_is_stage_name (const char *name);

/**
 * pipeline_lint_is_plugin_name: [a-z][a-z0-9_]*, at most 64.
 * Thread: any. Blocks: no. Errors: none. Returns: the answer.
 */
gboolean pipeline_lint_is_plugin_name (const char *name);

/**
 * pipeline_lint_is_input_name: [A-Za-z0-9][A-Za-z0-9_-]*, at most 64.
 * Thread: any. Blocks: no. Errors: none. Returns: the answer.
 */
gboolean pipeline_lint_is_input_name (const char *name);

G_END_DECLS
