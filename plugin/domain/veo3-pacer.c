/* SPDX-License-Identifier: MIT */
/*
 * The pacer: a log of the last minute, a window, and a line of runs that wait. Pure, on the thread
 * of its runs. Must not look at a clock, and must not block all runs while nothing is in hand.
 */
#include "plugin/domain/veo3-pacer.h"

#define UNLIMITED G_MAXUINT
#define MINUTE_MS 60000
/* Multiplicative decrease: RFC 9438, section 4.6, which is gentler than RFC 5681's half. */
#define DECREASE_PERMILLE 700
#define FIRST_PROBE_MS MINUTE_MS
#define SHORTEST_PROBE_MS 1000
#define LONGEST_PROBE_MS (16 * MINUTE_MS)

struct _Veo3Pacer
{
  GPtrArray *members; /* (owned) (element-type Veo3PacerMember) borrowed */
  GQueue line;        /* (element-type Veo3PacerMember) borrowed; who was turned away, in order */
  GArray *begun;      /* (owned) (element-type gint64) of the last minute, oldest first */
  guint64 n_begun;    /* requests, of all times */
  guint claimed;      /* places of requests that have not begun */
  guint taken;        /* places of operations */
  guint in_hand;      /* all places that are not free */
  guint window;
  guint mark;
  guint window_before; /* the last shrink */
  guint mark_before;
  guint64 shrunk_at;  /* number of the last request begun before the last shrink */
  gint64 probe_ms;    /* boot time from which one more than the window may leave */
  gint64 interval_ms; /* from one probe to the next */
  guint refusals;     /* round trips in a row */
  gint64 pause_ms;    /* boot time before which nothing leaves */
  gint64 moved_ms;    /* boot time of the last begin or end of an operation */
};

struct _Veo3PacerMember
{
  Veo3Pacer *pacer; /* (borrowed) */
  guint requests_per_minute;
  Veo3PacerWakeFunc wake; /* (nullable) */
  gpointer user_data;
};

Veo3Pacer *
veo3_pacer_new (void)
{
  Veo3Pacer *self = g_new0 (Veo3Pacer, 1);

  self->members = g_ptr_array_new ();
  g_queue_init (&self->line);
  self->begun = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->window = UNLIMITED;
  self->mark = UNLIMITED;
  self->interval_ms = FIRST_PROBE_MS;
  return self;
}

void
veo3_pacer_free (Veo3Pacer *self)
{
  if (self == NULL)
    return;
  g_assert (self->members->len == 0 && self->in_hand == 0);
  g_ptr_array_unref (self->members);
  g_array_unref (self->begun);
  g_free (self);
}

/* ---- the line ---- */

static void
wake_first (const Veo3Pacer *self)
{
  const Veo3PacerMember *first = g_queue_peek_head ((GQueue *)&self->line);

  if (first != NULL && first->wake != NULL)
    first->wake (first->user_data);
}

Veo3PacerMember *
veo3_pacer_join (Veo3Pacer *self,
                 guint requests_per_minute,
                 Veo3PacerWakeFunc wake,
                 gpointer user_data)
{
  Veo3PacerMember *member = g_new0 (Veo3PacerMember, 1);

  member->pacer = self;
  member->requests_per_minute = requests_per_minute;
  member->wake = wake;
  member->user_data = user_data;
  g_ptr_array_add (self->members, member);
  return member;
}

void
veo3_pacer_leave (Veo3PacerMember *member)
{
  Veo3Pacer *self;

  if (member == NULL)
    return;
  self = member->pacer;
  (void)g_ptr_array_remove (self->members, member);
  (void)g_queue_remove (&self->line, member);
  g_free (member);
  /* The strictest limit may have gone with it. */
  wake_first (self);
}

/* ---- the limits ---- */

static guint
get_rate (const Veo3Pacer *self)
{
  guint rate = UNLIMITED;

  for (guint i = 0; i < self->members->len; i++)
    {
      const Veo3PacerMember *member = g_ptr_array_index (self->members, i);

      if (member->requests_per_minute > 0)
        rate = MIN (rate, member->requests_per_minute);
    }
  return rate;
}

static void
forget_begun (Veo3Pacer *self, gint64 now_ms)
{
  guint n_old = 0;

  while (n_old < self->begun->len
         && g_array_index (self->begun, gint64, n_old) <= now_ms - MINUTE_MS)
    n_old++;
  /* To remove none would move them all. */
  if (n_old > 0)
    (void)g_array_remove_range (self->begun, 0, n_old);
}

/* Those claimed count as begun now, whenever they will begin: so the limit holds for each minute.
 * Returns: from when on one more may be claimed, @now_ms or later. */
static gint64
get_rate_ms (Veo3Pacer *self, gint64 now_ms)
{
  guint rate = get_rate (self);
  guint n_used;

  forget_begun (self, now_ms);
  n_used = self->begun->len + self->claimed;
  if (n_used < rate)
    return now_ms;
  if (n_used - rate < self->begun->len)
    return g_array_index (self->begun, gint64, n_used - rate) + MINUTE_MS;
  return now_ms + MINUTE_MS;
}

static guint
get_limit (const Veo3Pacer *self, gint64 now_ms)
{
  if (self->window == UNLIMITED)
    return UNLIMITED;
  return now_ms >= self->probe_ms ? self->window + 1 : self->window;
}

/* May one more leave, whoever asks? @ret_ms: (out): from when on; G_MAXINT64 = after an answer. */
static Veo3Pace
look (Veo3Pacer *self, gint64 now_ms, gint64 *ret_ms)
{
  if (now_ms < self->pause_ms)
    {
      *ret_ms = self->pause_ms;
      return VEO3_PACE_PAUSED;
    }
  if (self->in_hand >= get_limit (self, now_ms))
    {
      *ret_ms
          = self->in_hand == self->window && now_ms < self->probe_ms ? self->probe_ms : G_MAXINT64;
      return VEO3_PACE_IN_LINE;
    }
  *ret_ms = get_rate_ms (self, now_ms);
  return *ret_ms > now_ms ? VEO3_PACE_IN_LINE : VEO3_PACE_GO;
}

Veo3Pace
veo3_pacer_claim (Veo3PacerMember *member, Veo3Place *place, gint64 now_ms)
{
  Veo3Pacer *self;
  Veo3Pace pace;
  gint64 unused_ms;

  if (member == NULL)
    return VEO3_PACE_GO;
  self = member->pacer;
  g_assert (place->state == VEO3_PLACE_NONE);
  pace = look (self, now_ms, &unused_ms);
  if (pace == VEO3_PACE_GO && !g_queue_is_empty (&self->line)
      && g_queue_peek_head (&self->line) != member)
    pace = VEO3_PACE_IN_LINE;
  if (pace != VEO3_PACE_GO)
    {
      if (g_queue_find (&self->line, member) == NULL)
        g_queue_push_tail (&self->line, member);
      return pace;
    }
  (void)g_queue_remove (&self->line, member);
  place->state = VEO3_PLACE_CLAIMED;
  self->claimed++;
  self->in_hand++;
  return VEO3_PACE_GO;
}

gint64
veo3_pacer_end_round (Veo3PacerMember *member, gboolean is_in_line, gint64 now_ms)
{
  Veo3Pacer *self;
  gint64 wake_ms = G_MAXINT64;

  if (member == NULL)
    return G_MAXINT64;
  self = member->pacer;
  if (!is_in_line)
    (void)g_queue_remove (&self->line, member);
  if (g_queue_peek_head (&self->line) == member)
    (void)look (self, now_ms, &wake_ms);
  else
    wake_first (self);
  return wake_ms;
}

/* ---- places ---- */

gboolean
veo3_pacer_begin (Veo3PacerMember *member, Veo3Place *place, gint64 now_ms)
{
  Veo3Pacer *self;

  if (member == NULL)
    return TRUE;
  self = member->pacer;
  g_assert (place->state == VEO3_PLACE_CLAIMED);
  if (now_ms < self->pause_ms || self->in_hand > get_limit (self, now_ms))
    return FALSE;
  self->claimed--;
  place->state = VEO3_PLACE_SENT;
  place->number = ++self->n_begun;
  forget_begun (self, now_ms);
  g_array_append_val (self->begun, now_ms);
  return TRUE;
}

static void
free_place (Veo3Pacer *self, Veo3Place *place)
{
  self->in_hand--;
  self->claimed -= place->state == VEO3_PLACE_CLAIMED;
  self->taken -= place->state == VEO3_PLACE_TAKEN;
  place->state = VEO3_PLACE_NONE;
}

void
veo3_pacer_release (Veo3PacerMember *member, Veo3Place *place, gint64 now_ms)
{
  Veo3Pacer *self;

  if (member == NULL || place->state == VEO3_PLACE_NONE)
    return;
  self = member->pacer;
  if (place->state == VEO3_PLACE_TAKEN)
    self->moved_ms = MAX (self->moved_ms, now_ms);
  free_place (self, place);
  wake_first (self);
}

void
veo3_pacer_adopt (Veo3PacerMember *member, Veo3Place *place)
{
  if (member == NULL)
    return;
  g_assert (place->state == VEO3_PLACE_NONE);
  place->state = VEO3_PLACE_TAKEN;
  member->pacer->taken++;
  member->pacer->in_hand++;
}

/* ---- the window ---- */

static void
widen (Veo3Pacer *self, gint64 now_ms)
{
  if (self->window == UNLIMITED || self->in_hand < self->window)
    return;
  if (self->in_hand > self->mark)
    {
      self->mark = self->in_hand;
      self->interval_ms = MAX (self->interval_ms / 2, SHORTEST_PROBE_MS);
      self->probe_ms = now_ms + self->interval_ms;
    }
  self->window = MAX (self->window, self->in_hand);
  if (self->window < self->mark)
    self->window++;
}

void
veo3_pacer_accepted (Veo3PacerMember *member, Veo3Place *place, gint64 now_ms)
{
  Veo3Pacer *self;

  if (member == NULL)
    return;
  self = member->pacer;
  g_assert (place->state == VEO3_PLACE_SENT);
  place->state = VEO3_PLACE_TAKEN;
  self->taken++;
  self->moved_ms = MAX (self->moved_ms, now_ms);
  /* One that left before the refusal says nothing about the time after it. */
  if (place->number > self->shrunk_at)
    {
      self->refusals = 0;
      widen (self, now_ms);
    }
  wake_first (self);
}

static guint
decrease (guint n)
{
  return n == UNLIMITED ? UNLIMITED : (guint)((guint64)n * DECREASE_PERMILLE / 1000);
}

static void
begin_shrink (Veo3Pacer *self, gint64 now_ms)
{
  gboolean is_first = self->mark == UNLIMITED;

  self->shrunk_at = self->n_begun;
  self->window_before = self->window;
  self->mark_before = self->mark;
  if (!is_first && self->in_hand > 0)
    self->interval_ms = MIN (2 * self->interval_ms, LONGEST_PROBE_MS);
  self->probe_ms = now_ms + self->interval_ms;
  self->refusals++;
}

/* With each refusal of the same round trip it shows more exactly what was in hand. */
static void
shrink (Veo3Pacer *self)
{
  self->window = MAX (1, MIN (decrease (self->window_before), self->in_hand));
  if (self->in_hand == 0)
    self->mark = self->mark_before;
  else if (self->mark_before == UNLIMITED)
    self->mark = self->in_hand;
  else
    self->mark = MAX (self->in_hand, decrease (self->mark_before));
}

void
veo3_pacer_refused (Veo3PacerMember *member,
                    Veo3Place *place,
                    const Veo3PacerRefusal *refusal,
                    gint64 now_ms)
{
  Veo3Pacer *self;

  if (member == NULL)
    return;
  self = member->pacer;
  g_assert (place->state == VEO3_PLACE_SENT);
  free_place (self, place);
  self->pause_ms = MAX (self->pause_ms, now_ms + refusal->asked_ms);
  if (place->number > self->shrunk_at)
    {
      begin_shrink (self, now_ms);
      self->pause_ms = MAX (self->pause_ms, now_ms + refusal->backoff_ms);
    }
  shrink (self);
  wake_first (self);
}

/* ---- what others want to know ---- */

guint
veo3_pacer_get_refusals (const Veo3PacerMember *member)
{
  return member == NULL ? 1 : member->pacer->refusals + 1;
}

gint64
veo3_pacer_get_moved_ms (const Veo3PacerMember *member)
{
  if (member == NULL)
    return 0;
  return member->pacer->taken > 0 ? G_MAXINT64 : member->pacer->moved_ms;
}

Veo3PacerView
veo3_pacer_get_view (const Veo3Pacer *self)
{
  return (Veo3PacerView){ .in_hand = self->in_hand, .window = self->window, .mark = self->mark };
}
