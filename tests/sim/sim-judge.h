/* SPDX-License-Identifier: MIT */
/*
 * SimJudge: what must hold, looked at from outside: from the service's books, from the bytes on the
 * disk, from what went over the wire, and from the core's public state. The first offence is kept
 * and ends the schedule.
 */
#pragma once

#include "plugin/domain/veo3-planner.h"
#include "tests/sim/sim-clock.h"
#include "tests/sim/sim-service.h"

G_BEGIN_DECLS

typedef struct _SimWorld SimWorld;

/** SimWitness: what the judge has seen of one clip. */
typedef struct
{
  /* of the present process */
  gboolean has_job;
  Veo3JobStatus status; /* after the last look */
  guint operation;      /* number in memory, 0 = none */
  guint64 known;        /* set of all operations that memory names */
  gboolean is_out[6];   /* by Veo3ActionKind: the call is out */
  guint n_stops;        /* how often the service was asked to stop it */
  gint64 asked_ms;      /* boot time of the last poll that was answered */
  guint not_founds;     /* 404s in a row, on the wire */
  gint64 not_found_ms;  /* boot time of the first of them */
  gboolean was_durable; /* the operation's name has been on the disk */
  /* of the whole schedule */
  guint64 durable; /* set of operations whose names no power cut could take back any more */
  gboolean is_durably_uncertain; /* likewise */
  gboolean may_leave_uncertain;  /* by the user's word */
  gboolean is_ordered;           /* by the user's word, and not accepted yet */
  guint n_allowed;               /* paid requests in all, by the user's word; 0 counts as 1 */
  guint ended;                   /* number of the operation of which the service said: no clip */
  guint stored;                  /* number of the operation whose whole clip came */
} SimWitness;

/** SimJudge: read freely. */
typedef struct
{
  char *verdict;           /* (owned) (nullable) the first offence */
  gboolean is_calm;        /* nothing has failed since the present process began */
  gboolean is_about_money; /* (const after new) nothing but paying twice is an offence */
  SimWitness witnesses[SIM_MAX_CLIPS];
  guint n_posts_out;
  GArray *posts; /* (owned) (nullable) (element-type gint64) of the process, boot time */
  guint n_polls_out;
  gboolean is_ended;    /* the process has been told to end */
  gint64 hurry_ms;      /* boot time of the hurry, moved on by suspends; 0 = there is none */
  guint save_failures;  /* in a row */
  gint64 deaf_asked_ms; /* boot time of the last poll of all if it ended in long silence, else 0 */
} SimJudge;

/** sim_judge_clear: frees what it owns. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_judge_clear (SimJudge *judge);

/**
 * sim_judge_find: an offence; only the first is kept.
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 */
void sim_judge_find (SimWorld *world, guint clip, const char *format, ...) G_GNUC_PRINTF (3, 4);

/**
 * sim_judge_start: a process has read the disk and not done anything yet.
 * @loaded: (nullable): what it has read; NULL = there was no file
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_judge_start (SimWorld *world, const SimFile *loaded);

/** sim_judge_order: the user's order is about to be given to the job of @clip. Thread: the
 * schedule's. Blocks: no. Errors: none. */
void sim_judge_order (SimWorld *world, guint clip);

/** sim_judge_stop: the process is gone. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_judge_stop (SimWorld *world);

/**
 * sim_judge_exit: the process is about to go by itself: nothing of it may be under way, and what it
 * knows has to be on the disk, unless nobody waits for the disk any more.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_judge_exit (SimWorld *world);

/** sim_judge_hurry: nothing is waited for from now on. Thread: the schedule's. Blocks: no.
 * Errors: none. */
void sim_judge_hurry (SimWorld *world);

/** sim_judge_saved: a save has ended. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_judge_saved (SimWorld *world, gboolean success);

/** sim_judge_action: an action is about to be carried out. Thread: the schedule's. Blocks: no.
 * Errors: none. */
void sim_judge_action (SimWorld *world, const Veo3Action *action);

/** sim_judge_accepted: the service has just accepted a paid request for @clip. Thread: the
 * schedule's. Blocks: no. Errors: none. */
void sim_judge_accepted (SimWorld *world, guint clip);

/**
 * sim_judge_answer: the answer to a call has been recorded.
 * @event: the answer
 * @wire: how the call really ended
 * @reading: what the port made of it
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void
sim_judge_answer (SimWorld *world, const SimEvent *event, SimWire wire, const SimReading *reading);

/** sim_judge_round: a round has been planned and its actions begun. Thread: the schedule's.
 * Blocks: no. Errors: none. */
void sim_judge_round (SimWorld *world);

/** sim_judge_end: the faults have ceased and the last process has gone. Thread: the schedule's.
 * Blocks: no. Errors: none. */
void sim_judge_end (SimWorld *world);

G_END_DECLS
