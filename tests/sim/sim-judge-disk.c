/* SPDX-License-Identifier: MIT */
/*
 * What must hold of the bytes on the disk, whatever a power cut would leave of them.
 * Single-threaded; changes nothing but what the judge has seen.
 */
#include "tests/sim/sim-judge-disk.h"

const char *
sim_judge_name_status (gint status)
{
  return status < 0 ? "nothing" : veo3_job_status_to_string ((Veo3JobStatus)status);
}

SimRecord
sim_file_get_record (const SimFile *file, guint clip)
{
  return file != NULL ? file->records[clip] : (SimRecord){ .status = -1 };
}

/* Whatever a power cut leaves, the next start knows of the operation, or knows that it does not
 * know. */
static void
check_paid_on_disk (SimWorld *world, guint clip, SimRecord record)
{
  guint newest = world->service.newest[clip];

  if ((sim_operation_get_bit (newest) & ~record.known) == 0 || record.status == VEO3_JOB_SUBMITTING
      || record.status == VEO3_JOB_UNCERTAIN)
    return;
  sim_judge_find (world, clip,
                  "its operation %u is paid for; a power cut could leave %s without it", newest,
                  sim_judge_name_status (record.status));
}

static void
check_clip_on_disk (SimWorld *world, guint clip)
{
  SimWitness *witness = &world->judge.witnesses[clip];
  guint n = sim_disk_get_n_possible (&world->disk);
  gboolean is_uncertain = TRUE;
  guint64 durable = ~G_GUINT64_CONSTANT (0);

  for (guint i = 0; i < n; i++)
    {
      SimRecord record = sim_file_get_record (sim_disk_get_possible (&world->disk, i), clip);

      check_paid_on_disk (world, clip, record);
      is_uncertain &= record.status == VEO3_JOB_UNCERTAIN;
      durable &= record.known;
    }
  if ((witness->durable & ~durable) != 0)
    sim_judge_find (world, clip, "the name of an operation vanished from the disk");
  if (witness->is_durably_uncertain && !is_uncertain && !witness->may_leave_uncertain)
    sim_judge_find (world, clip, "it was uncertain on the disk and is not any more");
  witness->durable = durable;
  witness->is_durably_uncertain = is_uncertain;
}

void
sim_judge_disk_check (SimWorld *world)
{
  guint n = sim_disk_get_n_possible (&world->disk);

  if (world->disk.sound != NULL)
    return;
  for (guint i = 0; i < n; i++)
    {
      const SimFile *file = sim_disk_get_possible (&world->disk, i);

      if (file != NULL && !file->is_synced)
        sim_judge_find (world, SIM_NO_CLIP, "a power cut could leave a part of jobs.json");
      if (file != NULL && file->written_bytes != file->length_bytes)
        sim_judge_find (world, SIM_NO_CLIP, "a reader sees a part of jobs.json");
    }
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    check_clip_on_disk (world, clip);
}

void
sim_judge_disk_check_claimed (SimWorld *world, guint clip)
{
  for (guint i = 0; i < sim_disk_get_n_possible (&world->disk); i++)
    {
      SimRecord record = sim_file_get_record (sim_disk_get_possible (&world->disk, i), clip);

      if (record.status != VEO3_JOB_SUBMITTING)
        sim_judge_find (world, clip, "it is being paid for, and a power cut could leave it %s",
                        sim_judge_name_status (record.status));
    }
}

void
sim_judge_disk_check_cancelled (SimWorld *world, guint clip)
{
  for (guint i = 0; i < sim_disk_get_n_possible (&world->disk); i++)
    {
      SimRecord record = sim_file_get_record (sim_disk_get_possible (&world->disk, i), clip);

      if (record.status != VEO3_JOB_CANCELLED)
        sim_judge_find (world, clip, "the service is asked to stop it before that is durable");
    }
}

void
sim_judge_disk_check_named (SimWorld *world, guint clip)
{
  for (guint i = 0; i < sim_disk_get_n_possible (&world->disk); i++)
    {
      SimRecord record = sim_file_get_record (sim_disk_get_possible (&world->disk, i), clip);

      if (record.operation == 0 || record.operation != world->judge.witnesses[clip].operation)
        sim_judge_find (world, clip, "used before its operation's name was durable");
    }
}
