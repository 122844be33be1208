/* SPDX-License-Identifier: MIT */
/*
 * PacerLoop: a service with a quota and runs that want clips of it, in virtual time: how near to
 * the quota does the pacer keep them, and how many requests does it waste to find it?
 */
#pragma once

#include "plugin/domain/veo3-pacer.h"

G_BEGIN_DECLS

/** PacerLoopSetup: what is played through. Times are milliseconds. */
typedef struct
{
  guint n_runs;
  guint clips_per_run;
  guint max_parallel;        /* of each run */
  guint requests_per_minute; /* of each run; 0 = none */
  guint concurrent;          /* the service's quota; 0 = none */
  guint per_minute;          /* the service's quota of accepted requests; 0 = none */
  gint64 shortest_ms;        /* of an operation */
  gint64 longest_ms;
  gint64 unseen_ms;      /* how long the end of an operation stays unknown to us, at most */
  gint64 retry_after_ms; /* what a refusal says; 0 = nothing */
  guint64 seed;
} PacerLoopSetup;

/** PacerLoopResult: what came of it. */
typedef struct
{
  gint64 took_ms;         /* until the last clip was there */
  guint n_refused;        /* in all */
  guint n_refused_later;  /* after the first wave */
  guint most_in_a_minute; /* requests begun in any 60 s */
  double in_hand;         /* mean of the service's, from the first refusal until all are sent */
  double per_minute;      /* accepted, likewise */
  guint most_behind;      /* clips that one run had been given less than another, at most */
  guint most_in_hand;     /* of the service */
  gboolean is_stuck;      /* nobody was going to do anything, and not all clips were there */
} PacerLoopResult;

/**
 * pacer_loop_play: lets all runs have all their clips.
 * Thread: any. Blocks: no. Errors: in the result. Returns: the result
 */
PacerLoopResult pacer_loop_play (const PacerLoopSetup *setup);

G_END_DECLS
