/* SPDX-License-Identifier: MIT */
/*
 * The loop that the pacer closes, without planner and disk: runs ask, requests travel, the service
 * counts. Single-threaded, virtual time; chance comes from the seed alone.
 */
#include "tests/unit/domain/pacer-loop.h"

#include "plugin/domain/veo3-random.h"
#include "plugin/domain/veo3-retry-policy.h"

#define MINUTE_MS 60000
/* Of a request to the service and back. */
#define SHORTEST_TRIP_MS 200
#define LONGEST_TRIP_MS 1500
/* A claim is saved before its request leaves. */
#define SAVE_MS 5
#define MAX_STEPS 2000000

typedef struct _Loop Loop;

typedef struct
{
  Loop *loop; /* (borrowed) */
  Veo3PacerMember *member;
  GQueue unsent; /* of Clip */
  guint under_way;
  guint accepted;
  gint64 wake_ms;
} LoopRun;

typedef enum
{
  EVENT_BEGIN,  /* the claim is on the disk */
  EVENT_ARRIVE, /* the service decides */
  EVENT_ANSWER,
  EVENT_DONE, /* at the service */
  EVENT_SEEN, /* the poll that sees it */
  EVENT_AGAIN /* a refused clip may be tried again */
} EventKind;

/* A clip is a place; it lives as long as the loop. */
typedef struct
{
  LoopRun *run; /* (borrowed) */
  Veo3Place place;
  guint tries;
  gboolean is_refused;
} Clip;

typedef struct
{
  gint64 at_ms;
  EventKind kind;
  Clip *clip;
} Event;

struct _Loop
{
  const PacerLoopSetup *setup;
  PacerLoopResult result;
  Veo3Pacer *pacer;
  Veo3Random random;
  Veo3RetrySettings retries;
  LoopRun *runs;
  GPtrArray *clips; /* (owned) */
  GArray *events;   /* of Event, in no order */
  GArray *begun;    /* of gint64 */
  GArray *taken;    /* of gint64: accepted requests */
  gint64 now_ms;
  guint in_hand; /* of the service */
  guint n_done;
  gint64 first_refusal_ms;
  gint64 last_sent_ms;
  double area; /* in hand times milliseconds since the first refusal */
};

static gint64
pick (Loop *loop, gint64 low, gint64 high)
{
  return veo3_random_range (&loop->random, low, high);
}

static void
post (Loop *loop, gint64 after_ms, EventKind kind, Clip *clip)
{
  Event event = { .at_ms = loop->now_ms + after_ms, .kind = kind, .clip = clip };

  g_array_append_val (loop->events, event);
}

static void
wake (gpointer user_data)
{
  LoopRun *run = user_data;

  run->wake_ms = run->loop->now_ms;
}

static guint
count_last_minute (const GArray *times, gint64 now_ms)
{
  guint n = 0;

  for (guint i = times->len; i > 0 && g_array_index (times, gint64, i - 1) > now_ms - MINUTE_MS;
       i--)
    n++;
  return n;
}

/* ---- one run ---- */

static void
plan (LoopRun *run)
{
  Loop *loop = run->loop;
  gboolean is_in_line = FALSE;

  run->wake_ms = G_MAXINT64;
  while (!g_queue_is_empty (&run->unsent) && run->under_way < loop->setup->max_parallel)
    {
      Clip *clip = g_queue_peek_head (&run->unsent);

      is_in_line = veo3_pacer_claim (run->member, &clip->place, loop->now_ms) != VEO3_PACE_GO;
      if (is_in_line)
        break;
      (void)g_queue_pop_head (&run->unsent);
      run->under_way++;
      post (loop, SAVE_MS, EVENT_BEGIN, clip);
    }
  run->wake_ms = MIN (run->wake_ms, veo3_pacer_end_round (run->member, is_in_line, loop->now_ms));
}

static void
begin (Loop *loop, Clip *clip)
{
  gint64 now_ms = loop->now_ms;

  if (!veo3_pacer_begin (clip->run->member, &clip->place, now_ms))
    {
      veo3_pacer_release (clip->run->member, &clip->place, now_ms);
      clip->run->under_way--;
      g_queue_push_head (&clip->run->unsent, clip);
      return;
    }
  g_array_append_val (loop->begun, now_ms);
  loop->result.most_in_a_minute
      = MAX (loop->result.most_in_a_minute, count_last_minute (loop->begun, now_ms));
  post (loop, pick (loop, SHORTEST_TRIP_MS, LONGEST_TRIP_MS) / 2, EVENT_ARRIVE, clip);
}

/* ---- the service ---- */

static void
arrive (Loop *loop, Clip *clip)
{
  const PacerLoopSetup *setup = loop->setup;

  clip->is_refused = (setup->concurrent > 0 && loop->in_hand >= setup->concurrent)
                     || (setup->per_minute > 0
                         && count_last_minute (loop->taken, loop->now_ms) >= setup->per_minute);
  if (clip->is_refused && loop->first_refusal_ms == 0)
    loop->first_refusal_ms = loop->now_ms;
  if (!clip->is_refused)
    {
      g_array_append_val (loop->taken, loop->now_ms);
      loop->last_sent_ms = loop->now_ms;
      loop->in_hand++;
      loop->result.most_in_hand = MAX (loop->result.most_in_hand, loop->in_hand);
      post (loop, pick (loop, setup->shortest_ms, setup->longest_ms), EVENT_DONE, clip);
    }
  post (loop, pick (loop, SHORTEST_TRIP_MS, LONGEST_TRIP_MS) / 2, EVENT_ANSWER, clip);
}

static void
count_behind (Loop *loop)
{
  guint least = G_MAXUINT;
  guint most = 0;

  for (guint i = 0; i < loop->setup->n_runs; i++)
    {
      least = MIN (least, loop->runs[i].accepted);
      most = MAX (most, loop->runs[i].accepted);
    }
  loop->result.most_behind = MAX (loop->result.most_behind, most - least);
}

static void
answer (Loop *loop, Clip *clip)
{
  LoopRun *run = clip->run;
  guint refusals = veo3_pacer_get_refusals (run->member);
  Veo3PacerRefusal refusal
      = { .asked_ms = loop->setup->retry_after_ms,
          .backoff_ms = veo3_retry_policy_get_delay (&loop->retries, VEO3_RETRY_KIND_THROTTLED,
                                                     refusals, 0, loop->setup->seed) };

  run->under_way--;
  run->wake_ms = loop->now_ms;
  if (!clip->is_refused)
    {
      veo3_pacer_accepted (run->member, &clip->place, loop->now_ms);
      run->accepted++;
      count_behind (loop);
      return;
    }
  loop->result.n_refused++;
  loop->result.n_refused_later += loop->now_ms > loop->first_refusal_ms + 2 * LONGEST_TRIP_MS;
  veo3_pacer_refused (run->member, &clip->place, &refusal, loop->now_ms);
  post (loop,
        veo3_retry_policy_get_delay (&loop->retries, VEO3_RETRY_KIND_THROTTLED, ++clip->tries,
                                     loop->setup->retry_after_ms, (guint64)loop->now_ms),
        EVENT_AGAIN, clip);
}

static void
take (Loop *loop, const Event *event)
{
  Clip *clip = event->clip;

  switch (event->kind)
    {
    case EVENT_BEGIN:
      begin (loop, clip);
      break;
    case EVENT_ARRIVE:
      arrive (loop, clip);
      break;
    case EVENT_ANSWER:
      answer (loop, clip);
      break;
    case EVENT_DONE:
      loop->in_hand--;
      /* Not before its acceptance is known. */
      post (loop, LONGEST_TRIP_MS + pick (loop, 0, loop->setup->unseen_ms), EVENT_SEEN, clip);
      break;
    case EVENT_SEEN:
      loop->n_done++;
      veo3_pacer_release (clip->run->member, &clip->place, loop->now_ms);
      break;
    case EVENT_AGAIN:
      g_queue_push_tail (&clip->run->unsent, clip);
      break;
    }
  clip->run->wake_ms = loop->now_ms;
}

/* ---- time ---- */

static gint64
find_next_ms (const Loop *loop, guint *ret_index)
{
  gint64 next_ms = G_MAXINT64;

  *ret_index = G_MAXUINT;
  for (guint i = 0; i < loop->events->len; i++)
    if (g_array_index (loop->events, Event, i).at_ms < next_ms)
      {
        next_ms = g_array_index (loop->events, Event, i).at_ms;
        *ret_index = i;
      }
  return next_ms;
}

static LoopRun *
find_due (const Loop *loop, gint64 *ret_wake_ms)
{
  LoopRun *due = NULL;

  *ret_wake_ms = G_MAXINT64;
  for (guint i = 0; i < loop->setup->n_runs; i++)
    if (loop->runs[i].wake_ms < *ret_wake_ms)
      {
        due = &loop->runs[i];
        *ret_wake_ms = due->wake_ms;
      }
  return due;
}

static void
pass (Loop *loop, gint64 until_ms)
{
  gint64 ms = MAX (0, until_ms - loop->now_ms);

  if (loop->first_refusal_ms != 0
      && loop->taken->len < loop->setup->n_runs * loop->setup->clips_per_run)
    loop->area += (double)loop->in_hand * (double)ms;
  loop->now_ms += ms;
}

/* Returns: FALSE when nothing is going to happen any more. */
static gboolean
step (Loop *loop)
{
  guint index;
  gint64 wake_ms;
  gint64 next_ms = find_next_ms (loop, &index);
  LoopRun *due = find_due (loop, &wake_ms);
  Event event;

  if (due == NULL && index == G_MAXUINT)
    return FALSE;
  pass (loop, MIN (next_ms, wake_ms));
  if (due != NULL && wake_ms <= next_ms)
    {
      plan (due);
      return TRUE;
    }
  event = g_array_index (loop->events, Event, index);
  (void)g_array_remove_index_fast (loop->events, index);
  take (loop, &event);
  return TRUE;
}

static void
begin_run (Loop *loop, LoopRun *run)
{
  run->loop = loop;
  run->member = veo3_pacer_join (loop->pacer, loop->setup->requests_per_minute, wake, run);
  run->wake_ms = loop->now_ms;
  g_queue_init (&run->unsent);
  for (guint i = 0; i < loop->setup->clips_per_run; i++)
    {
      Clip *clip = g_new0 (Clip, 1);

      clip->run = run;
      g_ptr_array_add (loop->clips, clip);
      g_queue_push_tail (&run->unsent, clip);
    }
}

static void
end_runs (Loop *loop)
{
  for (guint i = 0; i < loop->clips->len; i++)
    {
      Clip *clip = g_ptr_array_index (loop->clips, i);

      veo3_pacer_release (clip->run->member, &clip->place, loop->now_ms);
    }
  for (guint i = 0; i < loop->setup->n_runs; i++)
    {
      g_queue_clear (&loop->runs[i].unsent);
      veo3_pacer_leave (loop->runs[i].member);
    }
  g_free (loop->runs);
}

PacerLoopResult
pacer_loop_play (const PacerLoopSetup *setup)
{
  guint n_clips = setup->n_runs * setup->clips_per_run;
  Loop loop = { .setup = setup, .now_ms = 1000000, .retries = veo3_retry_settings_get_defaults () };
  gint64 begin_ms = loop.now_ms;
  gint64 counted_ms;
  guint n = 0;

  loop.pacer = veo3_pacer_new ();
  loop.clips = g_ptr_array_new_with_free_func (g_free);
  loop.events = g_array_new (FALSE, FALSE, sizeof (Event));
  loop.begun = g_array_new (FALSE, FALSE, sizeof (gint64));
  loop.taken = g_array_new (FALSE, FALSE, sizeof (gint64));
  veo3_random_init (&loop.random, setup->seed);
  loop.runs = g_new0 (LoopRun, setup->n_runs);
  for (guint i = 0; i < setup->n_runs; i++)
    begin_run (&loop, &loop.runs[i]);
  while (loop.n_done < n_clips && n++ < MAX_STEPS && step (&loop))
    ;
  counted_ms = MAX (1, loop.last_sent_ms - loop.first_refusal_ms);
  loop.result.is_stuck = loop.n_done < n_clips;
  loop.result.took_ms = loop.now_ms - begin_ms;
  loop.result.in_hand = loop.first_refusal_ms == 0 ? 0 : loop.area / (double)counted_ms;
  loop.result.per_minute
      = (double)loop.taken->len * MINUTE_MS / (double)MAX (1, loop.last_sent_ms - begin_ms);
  end_runs (&loop);
  g_ptr_array_unref (loop.clips);
  g_array_unref (loop.events);
  g_array_unref (loop.begun);
  g_array_unref (loop.taken);
  veo3_pacer_free (loop.pacer);
  return loop.result;
}
