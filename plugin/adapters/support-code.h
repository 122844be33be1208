/* SPDX-License-Identifier: MIT */
/*
 * SupportCode: the eight-digit codes in the reasons of Google's content filters, and what they
 * mean.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * support_code_explain: names the categories of all known codes in @reason.
 * Source: cloud.google.com/vertex-ai/generative-ai/docs/video/responsible-ai-and-usage-guidelines,
 * safety filter categories, read in November 2026.
 * @reason: the service's words, whatever else they say
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): "code 58061214 stands for child safety"; NULL = it has none
 *   that is known.
 */
char *support_code_explain (const char *reason);

/**
 * support_code_annotate: the service's words, and behind them the meaning of the codes in them.
 * @words: (transfer full): already cleaned, so that the meaning is never what is cut off
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): @words itself where no code is known
 */
char *support_code_annotate (char *words);

G_END_DECLS
