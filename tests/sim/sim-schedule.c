/* SPDX-License-Identifier: MIT */
/*
 * What happens when, as chance will have it. Single-threaded, virtual time. Every draw comes from
 * the world's one source, so that a seed is a schedule.
 */
#include "tests/sim/sim-schedule.h"

#include "tests/sim/sim-orders.h"
#include "tests/sim/sim-process.h"
#include "tests/sim/sim-python.h"

#define HOUR_MS (G_GINT64_CONSTANT (3600000))
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
/* What calm may take: some deadlines of 10 min and pauses of as much, as services ask for them. */
#define CALM_MS (2 * HOUR_MS)
#define CALM_STEPS 4000
/* Rounds without time passing: more than any run of SIM_MAX_CLIPS jobs has reason for. */
#define STEPS_AT_ONE_INSTANT (40 * SIM_MAX_CLIPS)

/** Storm: how likely an accident is at each step, in permille. */
typedef struct
{
  guint n_steps;
  guint kill;
  guint power_cut;
  guint end;
  guint hurry;
  guint gate;
  guint suspend;
  guint wall_clock;
  guint change; /* of the wishes, per start */
  guint order;  /* of the user, per start */
} Storm;

/** Schedule: one in the making. */
typedef struct
{
  SimWorld world;
  Storm storm;
  SimOutcome *outcome;
  gint64 instant_ms; /* boot time of the last step */
  guint n_at_instant;
} Schedule;

/* Each kind of trouble is absent in many schedules, so that what it hides can show. */
static guint
pick_rate (SimWorld *world, guint low, guint high)
{
  switch (sim_world_pick (world, 0, 3))
    {
    case 0:
    case 1:
      return 0;
    case 2:
      return low;
    default:
      return high;
    }
}

static void
pick_storm (Schedule *schedule)
{
  SimWorld *world = &schedule->world;

  schedule->storm = (Storm){
    .n_steps = (guint)sim_world_pick (world, 5, 80),
    .kill = pick_rate (world, 15, 80),
    .power_cut = pick_rate (world, 15, 80),
    .end = pick_rate (world, 10, 50),
    .hurry = pick_rate (world, 20, 200),
    .gate = pick_rate (world, 20, 100),
    .suspend = pick_rate (world, 10, 60),
    .wall_clock = pick_rate (world, 10, 60),
    .change = pick_rate (world, 300, 1000),
    .order = pick_rate (world, 300, 700),
  };
  world->faults = (SimFaults){
    .submit = pick_rate (world, 200, 700),
    .poll = pick_rate (world, 200, 700),
    .download = pick_rate (world, 200, 700),
    .disk = pick_rate (world, 30, 200),
    .start = pick_rate (world, 50, 300),
    .slow = pick_rate (world, 50, 300),
    .ending = pick_rate (world, 200, 700),
  };
}

static void
pick_quota (SimWorld *world)
{
  static const SimQuota quotas[]
      = { { 0, 0 }, { 0, 0 }, { 0, 0 }, { 1, 0 }, { 2, 0 }, { 4, 0 }, { 0, 2 }, { 3, 10 } };

  world->service.quota = quotas[sim_world_pick (world, 0, G_N_ELEMENTS (quotas) - 1)];
}

static void
note (Schedule *schedule, const char *what, gint64 number)
{
  sim_trace_note (&schedule->world.trace, SIM_NO_CLIP, what, NULL, number);
}

static void
set_trace_time (SimWorld *world)
{
  world->trace.now_ms = world->clock.now.boot_ms;
}

/* ---- between two processes ---- */

static void
lose_power (Schedule *schedule)
{
  sim_disk_cut_power (&schedule->world.disk);
  note (schedule, "the power is back", 0);
}

static void
change_the_world (Schedule *schedule)
{
  SimWorld *world = &schedule->world;
  guint clip = (guint)sim_world_pick (world, 0, world->wishes.n_clips - 1);

  if (sim_world_happens (world, schedule->storm.change))
    note (schedule, sim_wishes_change (&world->wishes), 0);
  if (sim_world_happens (world, schedule->storm.wall_clock))
    world->clock.now.utc_us += sim_world_pick (world, -3 * DAY_US, 3 * DAY_US);
  if (world->has_clip_file[clip] && sim_world_happens (world, 50))
    {
      sim_trace_note (&world->trace, clip, "its file is deleted", NULL, 0);
      world->has_clip_file[clip] = FALSE;
    }
  if (world->disk.sound != NULL)
    {
      note (schedule, "jobs.json is put back", 0);
      sim_disk_mend (&world->disk);
    }
  else if (world->disk.durable != NULL && world->disk.pending->len == 0
           && sim_world_happens (world, world->faults.start / 3))
    {
      note (schedule, "jobs.json is damaged", 0);
      sim_disk_damage (&world->disk);
    }
}

/* What the service takes while nobody runs counts as well. */
static void
let_pass (Schedule *schedule, gint64 ms)
{
  SimWorld *world = &schedule->world;
  SimEvent event;

  sim_clock_advance (&world->clock, ms);
  set_trace_time (world);
  while (sim_clock_take (&world->clock, &event))
    sim_process_take (world, &event);
}

static void
start (Schedule *schedule, gboolean is_stormy)
{
  static const gint64 pauses_ms[] = { 500, 500, 60000, 5 * HOUR_MS };
  guint last = is_stormy ? G_N_ELEMENTS (pauses_ms) - 1 : 0;
  gint64 longest_ms = pauses_ms[sim_world_pick (&schedule->world, 0, last)];
  Veo3Order *order = NULL;

  let_pass (schedule, sim_world_pick (&schedule->world, 0, longest_ms));
  schedule->outcome->n_starts++;
  if (is_stormy && sim_world_happens (&schedule->world, schedule->storm.order))
    order = sim_orders_make (&schedule->world);
  (void)sim_process_start (&schedule->world, order);
}

/* ---- one step of a living process ---- */

static void
advance (Schedule *schedule)
{
  SimWorld *world = &schedule->world;
  gint64 due_ms = MIN (sim_clock_next_ms (&world->clock), world->process.wake_ms);
  gint64 wait_ms = due_ms == G_MAXINT64 ? 0 : MAX (0, due_ms - world->clock.now.boot_ms);

  sim_clock_advance (&world->clock, wait_ms);
  set_trace_time (world);
  if (world->clock.now.boot_ms != schedule->instant_ms)
    schedule->n_at_instant = 0;
  schedule->instant_ms = world->clock.now.boot_ms;
  if (++schedule->n_at_instant > STEPS_AT_ONE_INSTANT)
    sim_judge_find (world, SIM_NO_CLIP, "round after round, and no time passes");
}

/* Answers that are there at the same time are mostly recorded before one round. */
static void
take_events (Schedule *schedule)
{
  SimWorld *world = &schedule->world;
  SimEvent event;

  while (sim_clock_take (&world->clock, &event))
    {
      sim_process_take (world, &event);
      if (sim_world_pick (world, 0, 3) == 0)
        return;
    }
}

/* Time runs on while nothing of ours does; what was due meanwhile waits in the sockets. */
static void
suspend (Schedule *schedule)
{
  SimWorld *world = &schedule->world;
  gint64 ms = sim_world_happens (world, 300) ? sim_world_pick (world, 0, 70 * HOUR_MS)
                                             : sim_world_pick (world, 0, 900000);

  note (schedule, "suspended", ms);
  if (world->judge.hurry_ms != 0)
    world->judge.hurry_ms += ms;
  sim_clock_advance (&world->clock, ms);
  set_trace_time (world);
}

static void
have_accidents (Schedule *schedule)
{
  SimWorld *world = &schedule->world;
  const Storm *storm = &schedule->storm;
  /* The worst moment is more likely than others: while a paid request is out. */
  guint weight = world->judge.n_posts_out > 0 ? 4 : 1;

  if (sim_world_happens (world, storm->suspend))
    suspend (schedule);
  if (sim_world_happens (world, storm->wall_clock))
    {
      gint64 us = sim_world_pick (world, -3 * DAY_US, 3 * DAY_US);

      note (schedule, "the wall clock jumps", us / G_USEC_PER_SEC);
      world->clock.now.utc_us += us;
    }
  if (sim_world_happens (world, storm->gate))
    veo3_run_gate_waits (world->process.run, world->clock.now);
  if (!world->process.is_ended && sim_world_happens (world, storm->end * weight))
    sim_process_end (world);
  if (world->process.is_ended && !world->process.run->is_hurried
      && sim_world_happens (world, storm->hurry * weight))
    sim_process_hurry (world);
}

static void
stop (Schedule *schedule, const char *how, gboolean is_power_cut)
{
  note (schedule, how, 0);
  sim_process_stop (&schedule->world);
  if (is_power_cut)
    lose_power (schedule);
}

/* The worst moment is more likely than others: when a document is visible and not durable. Returns:
 * TRUE when the process has died of it. */
static gboolean
maybe_die (Schedule *schedule)
{
  SimWorld *world = &schedule->world;
  guint weight = world->disk.pending->len > 0 ? 4 : 1;

  if (sim_world_happens (world, schedule->storm.kill * weight))
    stop (schedule, "KILLED", FALSE);
  else if (sim_world_happens (world, schedule->storm.power_cut * weight))
    stop (schedule, "POWER CUT", TRUE);
  return world->process.run == NULL;
}

static void
round_and_exit (Schedule *schedule, gboolean is_stormy)
{
  SimWorld *world = &schedule->world;
  guint n_actions = G_MAXUINT;

  if (is_stormy && sim_world_happens (world, schedule->storm.kill / 2))
    n_actions = (guint)sim_world_pick (world, 0, 2);
  if (!sim_process_round (world, n_actions))
    stop (schedule, "KILLED within a round", FALSE);
  else if (veo3_run_is_over (world->process.run))
    {
      sim_judge_exit (world);
      stop (schedule, "the process exits", FALSE);
    }
  else if (!world->process.is_ended && veo3_run_is_gate_open (world->process.run))
    {
      sim_process_end (world);
      world->process.wake_ms = world->clock.now.boot_ms;
    }
}

static void
step (Schedule *schedule, gboolean is_stormy)
{
  SimWorld *world = &schedule->world;

  schedule->outcome->n_steps++;
  if (world->process.run == NULL)
    {
      if (is_stormy)
        change_the_world (schedule);
      else
        world->wishes.are_readable = TRUE;
      world->judge.is_calm = !is_stormy;
      start (schedule, is_stormy);
      return;
    }
  advance (schedule);
  if (is_stormy && maybe_die (schedule))
    return;
  take_events (schedule);
  if (is_stormy)
    have_accidents (schedule);
  round_and_exit (schedule, is_stormy);
}

/* ---- the schedule ---- */

/* The sky clears: nothing fails any more, and what was broken is mended. */
static void
clear_up (Schedule *schedule)
{
  SimWorld *world = &schedule->world;

  note (schedule, "calm", 0);
  world->faults = (SimFaults){ 0 };
  if (world->disk.sound != NULL)
    sim_disk_mend (&world->disk);
}

/* One process after the other, until one has found nothing left to do. */
static void
live_to_the_end (Schedule *schedule)
{
  SimWorld *world = &schedule->world;
  gint64 begin_ms = world->clock.now.boot_ms;
  gboolean is_final = FALSE;
  guint n = 0;

  while (world->judge.verdict == NULL && !(is_final && world->process.run == NULL)
         && n <= CALM_STEPS)
    {
      step (schedule, FALSE);
      if (world->process.run != NULL)
        is_final = world->process.order == NULL && veo3_run_is_final (world->process.run)
                   && veo3_run_is_saved (world->process.run);
      if (++n > CALM_STEPS)
        sim_judge_find (world, SIM_NO_CLIP, "no end after %u steps of calm", n);
      if (world->clock.now.boot_ms - begin_ms > CALM_MS)
        sim_judge_find (world, SIM_NO_CLIP, "no end after hours of calm");
    }
  schedule->outcome->calm_steps = n;
  schedule->outcome->calm_ms = world->clock.now.boot_ms - begin_ms;
}

static void
sum_up (Schedule *schedule)
{
  SimWorld *world = &schedule->world;
  SimOutcome *outcome = schedule->outcome;

  outcome->verdict = g_strdup (world->judge.verdict);
  outcome->hash = world->trace.hash;
  outcome->n_notes = world->trace.n_notes;
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    {
      gint8 status = world->disk.durable != NULL ? world->disk.durable->records[clip].status : -1;

      outcome->n_paid += world->service.n_accepted[clip];
      if (status >= 0)
        outcome->ends[status]++;
    }
}

void
sim_schedule_run (const SimPlan *plan, SimOutcome *ret_outcome)
{
  Schedule schedule = { .outcome = ret_outcome };
  SimWorld *world = &schedule.world;

  *ret_outcome = (SimOutcome){ 0 };
  sim_world_init (world, plan);
  pick_storm (&schedule);
  pick_quota (world);
  if (sim_world_happens (world, 50))
    sim_python_leave (world);
  else if (sim_world_happens (world, 30))
    world->has_clip_file[sim_world_pick (world, 0, world->wishes.n_clips - 1)] = TRUE;
  for (guint i = 0; i < schedule.storm.n_steps && world->judge.verdict == NULL; i++)
    step (&schedule, TRUE);
  clear_up (&schedule);
  live_to_the_end (&schedule);
  if (world->judge.verdict == NULL)
    sim_judge_end (world);
  if (world->process.run != NULL)
    sim_process_stop (world);
  sum_up (&schedule);
  sim_world_clear (world);
}

void
sim_outcome_clear (SimOutcome *outcome)
{
  g_clear_pointer (&outcome->verdict, g_free);
}
