/* SPDX-License-Identifier: MIT */
/* The file of the original, written by hand: our codec must not be its only author. */
#include "tests/sim/sim-python.h"

static void
add_job (SimWorld *world, GString *text, guint clip)
{
  static const Veo3JobStatus statuses[]
      = { VEO3_JOB_PENDING, VEO3_JOB_GENERATING, VEO3_JOB_COMPLETED };
  Veo3JobStatus status = statuses[sim_world_pick (world, 0, G_N_ELEMENTS (statuses) - 1)];

  g_string_append_printf (text,
                          "%s{\"idempotent_key\": \"old_c%u\", \"variant\": \"c%u\", "
                          "\"status\": \"%s\", \"error_message\": null, \"cost\": 1",
                          clip > 0 ? ", " : "", clip, clip, veo3_job_status_to_string (status));
  if (status != VEO3_JOB_PENDING)
    {
      g_autofree char *name = NULL;

      sim_service_accept (&world->service, clip, FALSE, world->clock.now.boot_ms);
      name = sim_service_dup_name (world->service.newest[clip]);
      g_string_append_printf (text, ", \"operation_name\": \"%s\"", name);
    }
  if (status == VEO3_JOB_COMPLETED)
    {
      world->judge.witnesses[clip].stored = world->service.newest[clip];
      world->has_clip_file[clip] = sim_world_pick (world, 0, 1) == 0;
    }
  (void)g_string_append_c (text, '}');
}

void
sim_python_leave (SimWorld *world)
{
  GString *text = g_string_new ("{\"run_id\": \"old\", \"jobs\": [");

  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    add_job (world, text, clip);
  g_string_append (text, "]}");
  sim_disk_place (&world->disk, g_string_free (text, FALSE));
}
