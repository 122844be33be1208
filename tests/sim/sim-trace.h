/* SPDX-License-Identifier: MIT */
/*
 * SimTrace: all that happened in one schedule, as a number, and as lines for people when asked for.
 * Two schedules with equal numbers did the same things at the same virtual times.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What is not about one clip. */
#define SIM_NO_CLIP G_MAXUINT

/** SimTrace: read freely. */
typedef struct
{
  guint64 hash;  /* of every note so far */
  guint n_notes; /* so far */
  gboolean is_loud;
  gint64 now_ms; /* (of the clock) virtual time of the next note */
} SimTrace;

/**
 * sim_trace_init: an empty trace.
 * @is_loud: print each note on stdout, as a comment of TAP
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 */
void sim_trace_init (SimTrace *trace, gboolean is_loud);

/**
 * sim_trace_note: one thing that happened.
 * @clip: whose, or SIM_NO_CLIP
 * @what: what it was
 * @detail: (nullable): a name that tells more
 * @number: likewise, a number
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void
sim_trace_note (SimTrace *trace, guint clip, const char *what, const char *detail, gint64 number);

G_END_DECLS
