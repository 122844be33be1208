/* SPDX-License-Identifier: MIT */
/*
 * Veo3Prompt: one entry of veo3_prompts[], checked on its own, so that a bad one costs only itself.
 */
#pragma once

#include "plugin/domain/veo3-clip-request.h"

G_BEGIN_DECLS

#define VEO3_PROMPT_DEFAULT_DURATION_S 6
#define VEO3_PROMPT_MAX_DURATION_S 3600
/* Far above any service's limit (Veo: 1,024 tokens); guards our own files only. */
#define VEO3_PROMPT_MAX_BYTES 32768

/** Veo3Prompt: an entry with a problem has a usable variant all the same. */
typedef struct
{
  char *variant;           /* (owned) unique within the run */
  char *prompt;            /* (owned) (nullable) */
  char *narrative_anchor;  /* (owned) (nullable) */
  int duration_s;          /* seconds; 0 = not said */
  Veo3ClipOptions options; /* what it says of itself; the settings fill in the rest */
  char *problem;           /* (owned) (nullable) names the entry and the field; NULL = good */
  char *note; /* (owned) (nullable) what may be a slip of the pen; the entry is good all the same */
} Veo3Prompt;

/** veo3_prompt_free: accepts NULL and half-built ones. Thread: any. Blocks: no. Errors: none. */
void veo3_prompt_free (Veo3Prompt *prompt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Prompt, veo3_prompt_free)

/**
 * veo3_variant_is_valid: `[a-z0-9][a-z0-9_-]{0,63}`.
 * @text: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE = may name a clip.
 */
gboolean veo3_variant_is_valid (const char *text);

/**
 * veo3_variant_claim: makes a variant unique: broll, broll-2, broll-3 in order of the claims.
 * @taken: variants claimed so far (owned) -> number to try next, so that ten thousand equal ones
 *   do not cost fifty million looks; the result is added
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full).
 */
char *veo3_variant_claim (GHashTable *taken, const char *wanted);

/**
 * veo3_prompt_text_problem: what is wrong with a prompt's text.
 * @text: (nullable)
 * @length_bytes: of @text; an embedded NUL makes it differ from strlen()
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the end of a sentence, e.g. "is empty"; NULL = good.
 */
const char *veo3_prompt_text_problem (const char *text, gsize length_bytes);

/**
 * veo3_prompt_duration: whole seconds of a number that JSON may give in many coats.
 * @value_s: seconds; 0 stands for "not said"
 * @ret_duration_s: (out): untouched on failure
 * Thread: any. Blocks: no. Errors: none.
 * Returns: whether @value_s is a whole number between 0 and VEO3_PROMPT_MAX_DURATION_S.
 */
gboolean veo3_prompt_duration (double value_s, int *ret_duration_s);

G_END_DECLS
