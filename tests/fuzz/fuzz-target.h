/* SPDX-License-Identifier: MIT */
/*
 * FuzzTarget: what the fuzz targets share: the door that libFuzzer knocks at, and the claims that
 * hold for every text we show.
 */
#pragma once

#include <gio/gio.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Stands for a key: whatever a service echoes, this must not come out of our parsers. */
#define FUZZ_SECRET "AIzaFuzzSecret"

/**
 * LLVMFuzzerTestOneInput: gives one input to the parser of this program and asserts what must hold.
 * The name is libFuzzer's. Source: llvm.org/docs/LibFuzzer.html.
 * @data: (array length=size): no NUL follows
 * Thread: one. Blocks: no. Errors: a broken claim ends the process.
 * Returns: 0
 */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/**
 * fuzz_assert_line: asserts that a text may be shown: one line of UTF-8, no control characters, no
 * FUZZ_SECRET.
 * @text: (nullable): NULL is fine
 * Thread: any. Blocks: no. Errors: asserted. Returns: nothing.
 */
void fuzz_assert_line (const char *text);

/**
 * fuzz_assert_either: asserts that a parser gave a result or an error with words, never both and
 * never neither.
 * @error: (nullable)
 * Thread: any. Blocks: no. Errors: asserted. Returns: nothing.
 */
void fuzz_assert_either (gboolean has_result, const GError *error);

G_END_DECLS
