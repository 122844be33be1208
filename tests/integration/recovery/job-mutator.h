/* SPDX-License-Identifier: MIT */
/*
 * JobMutator: what may happen to a jobs.json between two starts: a disk that flips bits, an editor
 * that is closed too early, a merge, a hand. Each mutation follows from its seed alone.
 *
 * Thread model: no state, any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** JobMutation: a changed document. */
typedef struct
{
  const char *kind; /* what was done to it */
  GString *bytes;   /* (owned) may hold NUL characters */
} JobMutation;

/**
 * job_mutator_count_kinds: how many kinds of change there are; seeds go round them in turn.
 * Thread: any. Blocks: no. Errors: none. Returns: the number.
 */
guint job_mutator_count_kinds (void);

/**
 * job_mutator_make: changes a document.
 * @text: pretty-printed JSON, one member a line
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): job_mutation_clear() it; it may happen to equal @text
 */
JobMutation job_mutator_make (const char *text, guint32 seed);

/**
 * job_mutation_clear: frees what it owns.
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void job_mutation_clear (JobMutation *mutation);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (JobMutation, job_mutation_clear)

G_END_DECLS
