/* SPDX-License-Identifier: MIT */
/*
 * KillJudge: what a killed run and its successors have cost and left behind. Payments are what the
 * emulator's log says; the program is only asked what it knows of them (jobs.json) and what it has
 * made of them (the clips). A clip is told from all others by its prompt, which is sent once or
 * never, whatever happens.
 *
 * Thread model: belongs to the thread that made it.
 */
#pragma once

#include "tests/emulator/emulator-client.h"

G_BEGIN_DECLS

#define KILL_JUDGE_CLIP_BYTES 2048
#define KILL_JUDGE_N_CLIPS 3

typedef struct _KillJudge KillJudge;

/** KillVerdict: faults and other things counted, of one point or of many. */
typedef struct
{
  guint clips;
  guint double_payments;  /* clips that were sent more than once */
  guint lost_operations;  /* created, not in jobs.json, and the clip is not uncertain */
  guint missing_clips;    /* not uncertain, and not there as the server made them */
  guint unreadable_files; /* jobs.json is no longer one document with all clips */
  guint stray_files;      /* in the workspace, and nobody's */
  guint wrong_exits;      /* not 5 although a clip is uncertain, or not 0 although none is */
  guint uncertain;        /* clips that need a person's word: no fault, but a pity */
  guint uncertain_unsent; /* of those: nothing had reached the service */
  guint baseless;         /* of those: `submitting` was not on the disk when the process died */
} KillVerdict;

/** KillScene: one workspace at the end of its last run. */
typedef struct
{
  guint number;           /* unique; tells its prompts from all others */
  const char *workspace;  /* (borrowed) absolute path */
  int exit_code;          /* of the last run */
  const gboolean *doubts; /* (borrowed) (array length=KILL_JUDGE_N_CLIPS) whether a kill had found
                             the clip `submitting` on the disk */
} KillScene;

/**
 * kill_judge_new: without anything seen yet.
 * @emulator: (transfer none): outlives the judge
 * Thread: any, then the owner's. Blocks: no. Errors: none. Returns: (transfer full)
 */
KillJudge *kill_judge_new (EmulatorClient *emulator);

/**
 * kill_judge_get_variant: name of a clip.
 * @clip: < KILL_JUDGE_N_CLIPS
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *kill_judge_get_variant (guint clip);

/**
 * kill_judge_make_assets: publishing-assets.json with the wishes of one scene.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *kill_judge_make_assets (guint number);

/**
 * kill_judge_look: judges one scene and remembers it for kill_judge_look_again().
 * @verdict: counted up
 * Thread: owner. Blocks: disk. Errors: asserted: the emulator's log cannot be read.
 * Returns: whether it is without fault
 */
gboolean kill_judge_look (KillJudge *self, const KillScene *scene, KillVerdict *verdict);

/**
 * kill_judge_look_again: counts the payments of all scenes anew, at the end of all: what was on its
 * way when a process died may have arrived after its scene was judged.
 * @verdict: its double_payments and lost_operations are set
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void kill_judge_look_again (KillJudge *self, KillVerdict *verdict);

/**
 * kill_judge_free: accepts NULL. Thread: owner. Blocks: no. Errors: none. Returns: nothing.
 */
void kill_judge_free (KillJudge *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KillJudge, kill_judge_free)

G_END_DECLS
