/* SPDX-License-Identifier: MIT */
/*
 * The rules of how this tree's code is written, as functions from a source to its offences.
 * For tests; any thread; no state. An offence reads "file:line: what is wrong".
 */
#pragma once

#include "tests/lint/c-source.h"

G_BEGIN_DECLS

/** LintRule: adds the offences of a source, as (owned) strings, to @offences. */
typedef void (*LintRule) (const CSource *source, GPtrArray *offences);

/**
 * lint_check_function_length: no function has more than 100 lines.
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_check_function_length (const CSource *source, GPtrArray *offences);

/**
 * lint_check_file_length: no file has more than 800 lines.
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_check_file_length (const CSource *source, GPtrArray *offences);

/**
 * lint_check_nesting: no statement lies deeper than four levels.
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_check_nesting (const CSource *source, GPtrArray *offences);

/**
 * lint_check_parameters: no function has more than five parameters; the few exceptions are listed.
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_check_parameters (const CSource *source, GPtrArray *offences);

/**
 * lint_check_license: the first line names the licence, and a comment says what the file is for.
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_check_license (const CSource *source, GPtrArray *offences);

/**
 * lint_check_layers: includes follow the arrows between the layers, and the domain stays pure.
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_check_layers (const CSource *source, GPtrArray *offences);

/**
 * lint_check_calls: nothing sleeps, jumps, lands on the host's context, or reads a clock where the
 * code is to be pure.
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_check_calls (const CSource *source, GPtrArray *offences);

/**
 * lint_check_doc_blocks: every function of a header says what it does, its thread, whether it
 * blocks, its errors and what it returns.
 * Thread: any. Blocks: no. Errors: none.
 */
void lint_check_doc_blocks (const CSource *source, GPtrArray *offences);

G_END_DECLS
