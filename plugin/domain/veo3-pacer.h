/* SPDX-License-Identifier: MIT */
/*
 * Veo3Pacer: when one more paid request may leave. One for all runs of the process that use the
 * same account (provider, project or key, model), for the service counts them together.
 *
 * Two limits, both on what leaves, neither on what comes back:
 *
 * The rate is the user's word: at most N requests begun in any 60 s, N being the strictest of the
 * runs'. It is a log of the last minute, not a bucket that refills: as long as there is room a
 * request leaves at once, for a clip that waits without need is late, and nothing bursts beyond N.
 *
 * The window is how many requests and operations the service may have in hand at a time. Nobody
 * tells that number, so it is found as TCP finds a path's capacity: additive increase,
 * multiplicative decrease (Chiu and Jain 1989, which makes several processes of one account share
 * fairly; RFC 5681, whose words are given in brackets).
 *  - At first there is none: max-parallel bounds what a run sends (no slow start: a refusal costs
 *    nothing here, waiting does).
 *  - A refusal (429, but no quota of the day or of money) sets it to what the service had in hand
 *    just then (FlightSize) or to 0.7 of what it was (RFC 9438), whichever is less, but at least 1.
 *    So a quota of C at a time is found by the first wave. The refusals of one round trip shrink it
 *    once: those of requests begun before the shrink only tell more exactly what was in hand.
 *  - What was in hand at the refusal is the mark (ssthresh). Below it each success widens a full
 *    window by one. At it the window stays, for each step further costs a refused request: one more
 *    is tried after a minute, which is the period of the usual quotas. Is that refused, the next is
 *    tried after twice the time, up to 16 minutes; is it taken, the mark has moved, and the next is
 *    tried after half of it. So a quota of C is hardly touched, and one that is not of concurrency
 *    but of rate, or that somebody else had used up, does not hold the window down.
 *  - A refusal with nothing in hand says nothing about concurrency: the mark stays.
 *  - A window that is not full does not grow (RFC 7661).
 *
 * After a refusal nothing leaves for as long as the service asked (Retry-After, RetryInfo), and for
 * a backoff that the caller knows and that doubles while nothing is taken.
 *
 * Runs that were turned away stand in line; a free place goes to the first, who then goes to the
 * end of the line. Only the first needs a timer: see veo3_pacer_end_round().
 *
 * Pure: no clock, no I/O, no chance. Not shared between threads. Part of the state that a plan is a
 * function of: who only wants to know what would be done gives the run no pacer, or one of its own.
 * Every function takes NULL for a run that is not paced: then everything may leave.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Veo3Pacer Veo3Pacer;
typedef struct _Veo3PacerMember Veo3PacerMember;

/** Veo3PlaceState: how far the owner of a place is. */
typedef enum
{
  VEO3_PLACE_NONE,    /* has none */
  VEO3_PLACE_CLAIMED, /* may send */
  VEO3_PLACE_SENT,    /* the request is under way */
  VEO3_PLACE_TAKEN,   /* the service has an operation */
} Veo3PlaceState;

/** Veo3Place: one of the places in the window. Zero-initialised = none. */
typedef struct
{
  Veo3PlaceState state;
  guint64 number; /* of the request, in the order of their beginning */
} Veo3Place;

/** Veo3Pace: may one more leave? */
typedef enum
{
  VEO3_PACE_GO,      /* yes: the place is claimed */
  VEO3_PACE_IN_LINE, /* no, by our own limits or because it is another run's turn */
  VEO3_PACE_PAUSED,  /* no, the service has refused lately */
} Veo3Pace;

/** Veo3PacerWakeFunc: plan again soon. Called out of any function here; must only note it. */
typedef void (*Veo3PacerWakeFunc) (gpointer user_data);

/**
 * veo3_pacer_new: nothing in hand, no window.
 * Thread: the one on which all its runs live, like all functions here. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
Veo3Pacer *veo3_pacer_new (void);

/** veo3_pacer_free: accepts NULL; all members have left. Thread: see new(). Blocks: no.
 * Errors: none. Returns: nothing. */
void veo3_pacer_free (Veo3Pacer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Pacer, veo3_pacer_free)

/**
 * veo3_pacer_join: a run begins to use the account.
 * @requests_per_minute: of the run's settings; 0 = no limit
 * @wake: (nullable): tells the run to plan again
 * Thread: see new(). Blocks: no. Errors: none.
 * Returns: (transfer full): give it back with veo3_pacer_leave()
 */
Veo3PacerMember *veo3_pacer_join (Veo3Pacer *self,
                                  guint requests_per_minute,
                                  Veo3PacerWakeFunc wake,
                                  gpointer user_data);

/**
 * veo3_pacer_leave: the run is over. Its places must have been released.
 * @member: (nullable) (transfer full)
 * Thread: see new(). Blocks: no. Errors: none. Returns: nothing.
 */
void veo3_pacer_leave (Veo3PacerMember *member);

/**
 * veo3_pacer_claim: asks whether one more request may leave; if so, @place is claimed for it.
 * Thread: see new(). Blocks: no. Errors: none.
 * Returns: if not GO, ask again when woken
 */
Veo3Pace veo3_pacer_claim (Veo3PacerMember *member, Veo3Place *place, gint64 now_ms);

/**
 * veo3_pacer_begin: the request of a claimed place is about to leave.
 * Thread: see new(). Blocks: no. Errors: none.
 * Returns: FALSE when the service has refused others meanwhile: release the place instead
 */
gboolean veo3_pacer_begin (Veo3PacerMember *member, Veo3Place *place, gint64 now_ms);

/**
 * veo3_pacer_accepted: the service has taken the request; its place is now the operation's.
 * Thread: see new(). Blocks: no. Errors: none. Returns: nothing.
 */
void veo3_pacer_accepted (Veo3PacerMember *member, Veo3Place *place, gint64 now_ms);

/** Veo3PacerRefusal: how long nothing may leave, milliseconds from the refusal. */
typedef struct
{
  gint64 asked_ms;   /* by the service; 0 = it did not say */
  gint64 backoff_ms; /* by us: see veo3_pacer_get_refusals() */
} Veo3PacerRefusal;

/**
 * veo3_pacer_refused: the service has turned the request away for now; its place is free.
 * Thread: see new(). Blocks: no. Errors: none. Returns: nothing.
 */
void veo3_pacer_refused (Veo3PacerMember *member,
                         Veo3Place *place,
                         const Veo3PacerRefusal *refusal,
                         gint64 now_ms);

/**
 * veo3_pacer_release: the claim is taken back, the request has ended in any other way, or the
 * operation is over or not watched any more. Nothing happens when there is no place.
 * Thread: see new(). Blocks: no. Errors: none. Returns: nothing.
 */
void veo3_pacer_release (Veo3PacerMember *member, Veo3Place *place, gint64 now_ms);

/**
 * veo3_pacer_adopt: the service has an operation in hand that an earlier process has sent.
 * Thread: see new(). Blocks: no. Errors: none. Returns: nothing.
 */
void veo3_pacer_adopt (Veo3PacerMember *member, Veo3Place *place);

/**
 * veo3_pacer_end_round: the run has asked for everything that it wants at this moment.
 * @is_in_line: something that it asked for was turned away
 * Thread: see new(). Blocks: no. Errors: none.
 * Returns: when to ask again if nobody wakes the run before: boot time, G_MAXINT64 = never
 */
gint64 veo3_pacer_end_round (Veo3PacerMember *member, gboolean is_in_line, gint64 now_ms);

/**
 * veo3_pacer_get_refusals: for the caller's backoff.
 * Thread: see new(). Blocks: no. Errors: none.
 * Returns: round trips in a row that were refused, the next one counted: at least 1
 */
guint veo3_pacer_get_refusals (const Veo3PacerMember *member);

/**
 * veo3_pacer_get_moved_ms: does the account get on?
 * Thread: see new(). Blocks: no. Errors: none.
 * Returns: when an operation last began or ended; G_MAXINT64 while there is one; 0 = never
 */
gint64 veo3_pacer_get_moved_ms (const Veo3PacerMember *member);

/** Veo3PacerView: for tests and measurements. */
typedef struct
{
  guint in_hand; /* places that are not free */
  guint window;  /* G_MAXUINT = none */
  guint mark;    /* G_MAXUINT = none */
} Veo3PacerView;

/**
 * veo3_pacer_get_view: what it believes. Thread: see new(). Blocks: no. Errors: none.
 * Returns: a copy
 */
Veo3PacerView veo3_pacer_get_view (const Veo3Pacer *self);

G_END_DECLS
