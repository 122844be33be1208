/* SPDX-License-Identifier: MIT */
/* The making of a world, and its chance. Single-threaded. */
#include "tests/sim/sim-world.h"

void
sim_world_init (SimWorld *world, const SimPlan *plan)
{
  *world = (SimWorld){ .bug = plan->bug, .judge = { .is_about_money = plan->is_about_money } };
  veo3_random_init (&world->random, plan->seed);
  sim_trace_init (&world->trace, plan->is_loud);
  sim_clock_init (&world->clock);
  sim_disk_init (&world->disk, &world->random, &world->trace);
  sim_service_init (&world->service, &world->random, &world->faults);
  sim_wishes_init (&world->wishes, &world->random);
  sim_bugs_plant (plan->bug, &world->disk);
  world->process.actions = g_array_new (FALSE, FALSE, sizeof (Veo3Action));
  world->trace.now_ms = world->clock.now.boot_ms;
}

void
sim_world_clear (SimWorld *world)
{
  g_assert (world->process.run == NULL);
  g_array_unref (world->process.actions);
  sim_judge_clear (&world->judge);
  sim_wishes_clear (&world->wishes);
  sim_service_clear (&world->service);
  sim_disk_clear (&world->disk);
  sim_clock_clear (&world->clock);
}

gint64
sim_world_pick (SimWorld *world, gint64 low, gint64 high)
{
  return veo3_random_range (&world->random, low, high);
}

gboolean
sim_world_happens (SimWorld *world, guint permille)
{
  return permille > 0 && sim_world_pick (world, 0, 999) < permille;
}
