/* SPDX-License-Identifier: MIT */
/*
 * SimWishes: what the user asks for at the moment: prompts, model and settings, which change
 * between the starts of a schedule as people change them.
 */
#pragma once

#include "plugin/application/veo3-settings.h"
#include "plugin/domain/veo3-job.h"
#include "plugin/domain/veo3-random.h"
#include "tests/sim/sim-disk.h"

G_BEGIN_DECLS

#define SIM_PROVIDER "simulated"

/** SimWish: one entry of veo3_prompts[]. */
typedef struct
{
  guint clip;
  guint version; /* of its text */
  int duration_s;
  gboolean is_valid;
} SimWish;

/** SimWishes: read freely. */
typedef struct
{
  Veo3Random *random;    /* (borrowed) */
  GArray *list;          /* (owned) (element-type SimWish) in the order of the file */
  guint n_clips;         /* that are ever asked for */
  gboolean are_readable; /* publishing-assets.json */
  guint run_number;      /* of the run id */
  char *model;           /* (owned) */
  Veo3Settings settings;
} SimWishes;

/**
 * sim_wishes_init: one to SIM_MAX_CLIPS clips, few more often than many.
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 */
void sim_wishes_init (SimWishes *wishes, Veo3Random *random);

/** sim_wishes_clear: frees what it owns. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_wishes_clear (SimWishes *wishes);

/**
 * sim_wishes_change: the user edits something: a text, a length, the order, the list, the model.
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: (transfer none): what, for the trace
 */
const char *sim_wishes_change (SimWishes *wishes);

/** sim_wishes_dup_run_id: Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: (transfer full): the run id of the next start */
char *sim_wishes_dup_run_id (const SimWishes *wishes);

/**
 * sim_wishes_merge: what a start makes of the prompts and the jobs it has read.
 * @known: (transfer full) (nullable)
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: (transfer full) (element-type Veo3Job)
 */
GPtrArray *sim_wishes_merge (SimWishes *wishes, GPtrArray *known, gint64 now_us);

/**
 * sim_wishes_refill: what is to be sent for @job when it is paid for again: the newest wish, if
 * there is one.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_wishes_refill (SimWishes *wishes, Veo3Job *job);

/**
 * sim_wishes_is_wanted: is this what the user asks for now?
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: TRUE also when nobody can know what is wanted
 */
gboolean sim_wishes_is_wanted (const SimWishes *wishes, guint clip, const Veo3ClipRequest *request);

G_END_DECLS
