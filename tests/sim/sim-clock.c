/* SPDX-License-Identifier: MIT */
/*
 * A handful of events at a time: looking at all of them is faster than keeping order.
 * Single-threaded; must not draw chance except where it says so.
 */
#include "tests/sim/sim-clock.h"

void
sim_clock_init (SimClock *clock)
{
  clock->now
      = (Veo3Now){ .boot_ms = 5000000, .utc_us = G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC };
  clock->events = g_array_new (FALSE, FALSE, sizeof (SimEvent));
  clock->n_posted = 0;
}

void
sim_clock_clear (SimClock *clock)
{
  g_array_unref (clock->events);
}

void
sim_clock_post (SimClock *clock, gint64 after_ms, SimEvent event)
{
  event.at_ms = clock->now.boot_ms + MAX (after_ms, 0);
  event.order = clock->n_posted++;
  g_array_append_val (clock->events, event);
}

static SimEvent *
get_event (const SimClock *clock, guint index)
{
  return &g_array_index (clock->events, SimEvent, index);
}

static SimEvent *
find_first (const SimClock *clock)
{
  SimEvent *first = NULL;

  for (guint i = 0; i < clock->events->len; i++)
    {
      SimEvent *event = get_event (clock, i);

      if (first == NULL || event->at_ms < first->at_ms
          || (event->at_ms == first->at_ms && event->order < first->order))
        first = event;
    }
  return first;
}

gint64
sim_clock_next_ms (const SimClock *clock)
{
  const SimEvent *first = find_first (clock);

  return first != NULL ? first->at_ms : G_MAXINT64;
}

gboolean
sim_clock_take (SimClock *clock, SimEvent *ret_event)
{
  SimEvent *first = find_first (clock);

  if (first == NULL || first->at_ms > clock->now.boot_ms)
    return FALSE;
  *ret_event = *first;
  sim_clock_drop (clock, first);
  return TRUE;
}

SimEvent *
sim_clock_find (SimClock *clock, SimEventKind kind, guint clip)
{
  for (guint i = 0; i < clock->events->len; i++)
    {
      SimEvent *event = get_event (clock, i);

      if (event->kind != kind || event->clip != clip)
        continue;
      if (kind != SIM_EVENT_ARRIVAL || event->what == 0)
        return event;
    }
  return NULL;
}

guint
sim_clock_count (const SimClock *clock, SimEventKind kind)
{
  guint n = 0;

  for (guint i = 0; i < clock->events->len; i++)
    n += get_event (clock, i)->kind == kind;
  return n;
}

guint
sim_clock_give_up_arrivals (SimClock *clock, guint clip)
{
  guint n = 0;

  for (guint i = 0; i < clock->events->len; i++)
    {
      SimEvent *event = get_event (clock, i);

      if (event->kind != SIM_EVENT_ARRIVAL || event->clip != clip)
        continue;
      event->what = 1;
      n++;
    }
  return n;
}

void
sim_clock_drop (SimClock *clock, SimEvent *event)
{
  (void)g_array_remove_index_fast (clock->events, (guint)(event - get_event (clock, 0)));
}

void
sim_clock_kill (SimClock *clock, Veo3Random *random)
{
  for (guint i = clock->events->len; i > 0; i--)
    {
      SimEvent *event = get_event (clock, i - 1);

      if (event->kind != SIM_EVENT_ARRIVAL || veo3_random_range (random, 0, 1) == 0)
        sim_clock_drop (clock, event);
    }
}

void
sim_clock_advance (SimClock *clock, gint64 ms)
{
  clock->now.boot_ms += ms;
  clock->now.utc_us += ms * 1000;
}
