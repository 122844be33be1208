/* SPDX-License-Identifier: MIT */
/*
 * Veo3Reuse: what becomes of a job that an earlier start left behind, now that prompts have been
 * read again. It decides what may be paid for (again). Pure, any thread.
 */
#pragma once

#include "plugin/domain/veo3-job.h"

G_BEGIN_DECLS

/** Veo3Reuse: one answer for one known job. */
typedef enum
{
  VEO3_REUSE_KEEP,       /* it goes on as it is */
  VEO3_REUSE_KEEP_STALE, /* likewise, and people are told that it is not what they ask for now */
  VEO3_REUSE_REPLACE,    /* nothing of it was ever taken: a new job takes its place */
  VEO3_REUSE_REFILL,     /* tried, but never taken: it is asked for as it is wanted now */
  VEO3_REUSE_REFUSE,     /* tried, but never taken: it is not asked for any more */
  VEO3_REUSE_FORGET,     /* never tried, and nobody asks for it */
} Veo3Reuse;

/**
 * veo3_reuse_wanted: a known job whose variant is asked for.
 * @is_valid: whether the prompt that asks for it is good
 * @request_sha256: digest of what is wanted now
 * Thread: any. Blocks: no. Errors: none.
 * Returns: KEEP, KEEP_STALE, REPLACE, REFILL or REFUSE.
 */
Veo3Reuse veo3_reuse_wanted (const Veo3Job *job, gboolean is_valid, const char *request_sha256);

/**
 * veo3_reuse_orphan: a known job that no prompt asks for.
 * @are_prompts_known: FALSE = the prompts could not be read: then nothing speaks against it
 * Thread: any. Blocks: no. Errors: none.
 * Returns: KEEP, REFUSE or FORGET.
 */
Veo3Reuse veo3_reuse_orphan (const Veo3Job *job, gboolean are_prompts_known);

/**
 * veo3_reuse_must_wait: a known job while the prompts are there but cannot be used: they may hold a
 * newer text, and the old one is not paid for meanwhile.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE = it is held until they can; FALSE = it was sent, or ordered with its own text.
 */
gboolean veo3_reuse_must_wait (const Veo3Job *job);

G_END_DECLS
