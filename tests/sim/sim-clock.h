/* SPDX-License-Identifier: MIT */
/*
 * SimClock: virtual time, and what is due in it. Nothing here ever waits.
 */
#pragma once

#include "plugin/domain/veo3-random.h"
#include "plugin/domain/veo3-run.h"

G_BEGIN_DECLS

/** SimEventKind: what can become due. */
typedef enum
{
  SIM_EVENT_ARRIVAL,         /* the service has a paid request completely */
  SIM_EVENT_SUBMIT_ANSWER,   /* our side learns what became of it */
  SIM_EVENT_POLL_ANSWER,     /* …of a poll */
  SIM_EVENT_DOWNLOAD_ANSWER, /* …of a download */
  SIM_EVENT_STOP_ANSWER,     /* …of asking the service to stop */
  SIM_EVENT_SAVE_STEP,       /* the save in flight does its next step */
  SIM_EVENT_DRAIN_OVER,      /* 30 s after the first signal */
} SimEventKind;

/** SimEvent: the meaning of @what belongs to the kind. */
typedef struct
{
  gint64 at_ms;  /* boot time */
  guint64 order; /* of posting: breaks ties */
  SimEventKind kind;
  guint clip;
  guint what;
  gint64 asked_ms; /* boot time of the question that this answers */
} SimEvent;

/** SimClock: read freely. */
typedef struct
{
  Veo3Now now;
  GArray *events; /* (owned) (element-type SimEvent) in no order */
  guint64 n_posted;
} SimClock;

/**
 * sim_clock_init: some instant, nothing due.
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 */
void sim_clock_init (SimClock *clock);

/** sim_clock_clear: frees what it owns. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_clock_clear (SimClock *clock);

/**
 * sim_clock_post: something becomes due.
 * @after_ms: from now; at least 0
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_clock_post (SimClock *clock, gint64 after_ms, SimEvent event);

/**
 * sim_clock_next_ms: when the next event is due. Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: boot time, G_MAXINT64 = never
 */
gint64 sim_clock_next_ms (const SimClock *clock);

/**
 * sim_clock_take: the event that is due first, if it is due by now.
 * @ret_event: (out): untouched when FALSE
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: whether there was one
 */
gboolean sim_clock_take (SimClock *clock, SimEvent *ret_event);

/**
 * sim_clock_find: the event of @kind for @clip, to be changed in place; an arrival that was given
 * up is none.
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): until the next call of this module
 */
SimEvent *sim_clock_find (SimClock *clock, SimEventKind kind, guint clip);

/** sim_clock_count: events of a kind. Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: how many */
guint sim_clock_count (const SimClock *clock, SimEventKind kind);

/**
 * sim_clock_give_up_arrivals: the user settles what became of the paid requests for @clip: those
 * that are still on their way count no more. Their @what becomes 1.
 * Thread: the schedule's. Blocks: no. Errors: none. Returns: how many there are
 */
guint sim_clock_give_up_arrivals (SimClock *clock, guint clip);

/** sim_clock_drop: takes an event out. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_clock_drop (SimClock *clock, SimEvent *event);

/**
 * sim_clock_kill: the process dies: what was due on our side never comes; a paid request on its way
 * may arrive all the same.
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_clock_kill (SimClock *clock, Veo3Random *random);

/** sim_clock_advance: time passes on both clocks. Thread: the schedule's. Blocks: no.
 * Errors: none. */
void sim_clock_advance (SimClock *clock, gint64 ms);

G_END_DECLS
