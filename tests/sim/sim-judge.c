/* SPDX-License-Identifier: MIT */
/*
 * The invariants. Single-threaded. Must not believe anything that our own code says about itself
 * where the service, the wire or the disk can be asked instead, and must not change anything.
 */
#include "tests/sim/sim-judge.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim-world.h"

/* What the core calls long silence: see LONG_SILENCE_MS in veo3-recorder.c. */
#define LONG_SILENCE_MS 5000

#define BIT(status) (1u << (status))
#define P BIT (VEO3_JOB_PENDING)
#define S BIT (VEO3_JOB_SUBMITTING)
#define G BIT (VEO3_JOB_GENERATING)
#define D BIT (VEO3_JOB_DOWNLOADING)
#define C BIT (VEO3_JOB_COMPLETED)
#define F BIT (VEO3_JOB_FAILED)
#define T BIT (VEO3_JOB_TIMED_OUT)
#define U BIT (VEO3_JOB_UNCERTAIN)
#define X BIT (VEO3_JOB_CANCELLED)

/* What a job may be found to be afterwards, by what it was before. A table of our own: the one of
 * the domain is among what is judged. */
static const guint after_round[VEO3_N_JOB_STATUSES] = {
  [VEO3_JOB_PENDING] = P | S | F, [VEO3_JOB_SUBMITTING] = S | P | F, [VEO3_JOB_GENERATING] = G | T,
  [VEO3_JOB_DOWNLOADING] = D | T, [VEO3_JOB_COMPLETED] = C,          [VEO3_JOB_FAILED] = F,
  [VEO3_JOB_TIMED_OUT] = T,       [VEO3_JOB_UNCERTAIN] = U,          [VEO3_JOB_CANCELLED] = X,
};
static const guint after_submit[VEO3_N_JOB_STATUSES] = { [VEO3_JOB_SUBMITTING] = P | G | F | U };
static const guint after_poll[VEO3_N_JOB_STATUSES] = { [VEO3_JOB_GENERATING] = G | D | F };
static const guint after_download[VEO3_N_JOB_STATUSES] = { [VEO3_JOB_DOWNLOADING] = D | C | F };
/* On the disk, and then in the process that has read it. */
static const guint after_start[VEO3_N_JOB_STATUSES] = {
  [VEO3_JOB_PENDING] = P | F,     [VEO3_JOB_SUBMITTING] = U,    [VEO3_JOB_GENERATING] = G | U,
  [VEO3_JOB_DOWNLOADING] = G | U, [VEO3_JOB_COMPLETED] = C | G, [VEO3_JOB_FAILED] = F | P,
  [VEO3_JOB_TIMED_OUT] = G | U,   [VEO3_JOB_UNCERTAIN] = U,     [VEO3_JOB_CANCELLED] = X,
};

void
sim_judge_clear (SimJudge *judge)
{
  g_clear_pointer (&judge->verdict, g_free);
}

void
sim_judge_find (SimWorld *world, guint clip, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  if (world->judge.verdict != NULL)
    return;
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  world->judge.verdict = clip == SIM_NO_CLIP ? g_steal_pointer (&text)
                                             : g_strdup_printf ("clip c%u: %s", clip, text);
  sim_trace_note (&world->trace, clip, "OFFENCE", world->judge.verdict, 0);
}

static guint
get_operation (const Veo3Job *job)
{
  const char *number = job->operation_name != NULL ? strstr (job->operation_name, "/op-") : NULL;

  return number == NULL ? 0 : (guint)strtoul (number + strlen ("/op-"), NULL, 10);
}

static const char *
name (gint status)
{
  return status < 0 ? "nothing" : veo3_job_status_to_string ((Veo3JobStatus)status);
}

/* ---- the disk ---- */

/* What one of the documents that a power cut could leave says about a clip. */
static SimRecord
get_record (const SimFile *file, guint clip)
{
  return file != NULL ? file->records[clip] : (SimRecord){ .status = -1 };
}

/* Whatever a power cut leaves, the next start knows of the operation, or knows that it does not
 * know. */
static void
check_paid_on_disk (SimWorld *world, guint clip, SimRecord record)
{
  guint newest = world->service.newest[clip];

  if (newest == 0 || record.operation == newest || record.status == VEO3_JOB_SUBMITTING
      || record.status == VEO3_JOB_UNCERTAIN)
    return;
  sim_judge_find (world, clip, "its operation %u is paid for; a power cut could leave %s, %s",
                  newest, name (record.status),
                  record.operation != 0 ? "with another operation" : "without it");
}

static void
check_clip_on_disk (SimWorld *world, guint clip)
{
  SimWitness *witness = &world->judge.witnesses[clip];
  guint n = sim_disk_get_n_possible (&world->disk);
  gboolean is_uncertain = TRUE;
  guint operation = 0;

  for (guint i = 0; i < n; i++)
    {
      SimRecord record = get_record (sim_disk_get_possible (&world->disk, i), clip);

      check_paid_on_disk (world, clip, record);
      is_uncertain &= record.status == VEO3_JOB_UNCERTAIN;
      operation = i == 0 || operation == record.operation ? record.operation : 0;
    }
  if (witness->durable_operation != 0 && operation != witness->durable_operation)
    sim_judge_find (world, clip, "the name of operation %u vanished from the disk",
                    witness->durable_operation);
  if (witness->is_durably_uncertain && !is_uncertain)
    sim_judge_find (world, clip, "it was uncertain on the disk and is not any more");
  witness->durable_operation = operation;
  witness->is_durably_uncertain = is_uncertain;
}

static void
check_disk (SimWorld *world)
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

/* ---- memory ---- */

/* What must be true of a job whatever has just happened. */
static void
check_job (SimWorld *world, guint clip)
{
  SimWitness *witness = &world->judge.witnesses[clip];
  const Veo3Job *job = world->process.jobs[clip];
  guint newest = world->service.newest[clip];
  guint operation = job != NULL ? get_operation (job) : 0;

  if (witness->operation != 0 && operation != witness->operation)
    sim_judge_find (world, clip, "the name of operation %u vanished from memory",
                    witness->operation);
  witness->operation = operation;
  if (newest != 0 && operation != newest
      && (job == NULL || (job->status != VEO3_JOB_SUBMITTING && job->status != VEO3_JOB_UNCERTAIN)))
    sim_judge_find (world, clip, "its operation %u is paid for, and memory says %s", newest,
                    job == NULL ? "nothing" : name (job->status));
  if (job == NULL)
    return;
  if ((job->status == VEO3_JOB_GENERATING || job->status == VEO3_JOB_DOWNLOADING
       || job->status == VEO3_JOB_TIMED_OUT)
      && operation == 0)
    sim_judge_find (world, clip, "%s without an operation", name (job->status));
  if (job->status == VEO3_JOB_COMPLETED && !witness->was_stored)
    sim_judge_find (world, clip, "completed, but no clip was stored");
  if (job->status == VEO3_JOB_FAILED && newest != 0 && !witness->was_told_the_end)
    sim_judge_find (world, clip, "paid for and failed, but the service never said so");
  if (job->status == VEO3_JOB_FAILED
      && (job->error_code == VEO3_ERROR_CODE_NONE || job->error_message == NULL))
    sim_judge_find (world, clip, "failed without a reason");
}

static void
note_status (SimWorld *world, guint clip)
{
  SimWitness *witness = &world->judge.witnesses[clip];
  Veo3JobStatus status = world->process.jobs[clip]->status;

  if (witness->status != status)
    sim_trace_note (&world->trace, clip, "is now", name (status), 0);
  witness->status = status;
}

static void
check_change (SimWorld *world, guint clip, const guint *table, const char *by)
{
  SimWitness *witness = &world->judge.witnesses[clip];
  Veo3JobStatus status = world->process.jobs[clip]->status;

  if ((table[witness->status] & BIT (status)) == 0)
    sim_judge_find (world, clip, "%s became %s by %s", name (witness->status), name (status), by);
  note_status (world, clip);
}

/* ---- starts ---- */

/* A start may change what it has read in few ways; above all it never makes unpaid what may have
 * been paid. */
static void
check_restored (SimWorld *world, guint clip, SimRecord record)
{
  const Veo3Job *job = world->process.jobs[clip];

  if (record.status < 0)
    return;
  if (job == NULL)
    {
      if (record.status != VEO3_JOB_PENDING)
        sim_judge_find (world, clip, "a start forgot a job that was %s", name (record.status));
      return;
    }
  if (get_operation (job) != record.operation)
    sim_judge_find (world, clip, "a start read operation %u and keeps %u", record.operation,
                    get_operation (job));
  if ((after_start[record.status] & BIT (job->status)) == 0)
    sim_judge_find (world, clip, "%s became %s by a start", name (record.status),
                    name (job->status));
  if (record.status == VEO3_JOB_COMPLETED && job->status != VEO3_JOB_COMPLETED
      && world->has_clip_file[clip])
    sim_judge_find (world, clip, "a start fetches a clip that is there");
}

void
sim_judge_start (SimWorld *world, const SimFile *loaded)
{
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    {
      SimWitness *witness = &world->judge.witnesses[clip];
      SimWitness kept = *witness;
      const Veo3Job *job = world->process.jobs[clip];

      *witness = (SimWitness){ .durable_operation = kept.durable_operation,
                               .is_durably_uncertain = kept.is_durably_uncertain,
                               .was_told_the_end = kept.was_told_the_end,
                               .was_stored = kept.was_stored };
      check_restored (world, clip, get_record (loaded, clip));
      witness->has_job = job != NULL;
      if (job == NULL)
        continue;
      witness->status = job->status;
      sim_trace_note (&world->trace, clip, "starts as", name (job->status),
                      (gint64)get_operation (job));
      check_job (world, clip);
    }
  world->judge.n_posts_out = 0;
  world->judge.n_polls_out = 0;
  world->judge.is_ended = FALSE;
  world->judge.deaf_asked_ms = 0;
}

void
sim_judge_stop (SimWorld *world)
{
  check_disk (world);
}

/* ---- actions ---- */

/* The heart of it: money may be spent only when every power cut would leave a document that knows
 * of it. */
static void
check_submit (SimWorld *world, guint clip, const Veo3Job *job)
{
  SimJudge *judge = &world->judge;

  for (guint i = 0; i < sim_disk_get_n_possible (&world->disk); i++)
    {
      SimRecord record = get_record (sim_disk_get_possible (&world->disk, i), clip);

      if (record.status != VEO3_JOB_SUBMITTING)
        sim_judge_find (world, clip, "it is being paid for, and a power cut could leave it %s",
                        name (record.status));
    }
  if (job->status != VEO3_JOB_SUBMITTING)
    sim_judge_find (world, clip, "it is being paid for as %s", name (job->status));
  if (judge->is_ended)
    sim_judge_find (world, clip, "it is being paid for after the end was asked for");
  if (++judge->n_posts_out > world->process.run->settings.max_parallel)
    sim_judge_find (world, clip, "more paid requests at a time than allowed");
  if (!sim_wishes_is_wanted (&world->wishes, clip, &job->request))
    sim_judge_find (world, clip, "it is being paid for what nobody asks for now");
}

/* Nothing is asked about an operation before its name is where no power cut takes it back. */
static void
check_operation_durable (SimWorld *world, guint clip)
{
  for (guint i = 0; i < sim_disk_get_n_possible (&world->disk); i++)
    {
      SimRecord record = get_record (sim_disk_get_possible (&world->disk, i), clip);

      if (record.operation == 0 || record.operation != world->service.newest[clip])
        sim_judge_find (world, clip, "used before its operation's name was durable");
    }
}

void
sim_judge_action (SimWorld *world, const Veo3Action *action)
{
  guint clip = action->job != NULL ? action->job->progress.position : SIM_NO_CLIP;
  SimWitness *witness = clip != SIM_NO_CLIP ? &world->judge.witnesses[clip] : NULL;

  if (action->kind == VEO3_ACTION_SAVE)
    {
      if (world->disk.saving != NULL && world->bug != SIM_BUG_NO_WRITE_AHEAD)
        sim_judge_find (world, SIM_NO_CLIP, "two saves at a time");
      return;
    }
  if (action->kind == VEO3_ACTION_CANCEL)
    {
      if (!witness->is_out[VEO3_ACTION_SUBMIT] && !witness->is_out[VEO3_ACTION_POLL]
          && !witness->is_out[VEO3_ACTION_DOWNLOAD])
        sim_judge_find (world, clip, "nothing is there to be cancelled");
      if (witness->is_out[VEO3_ACTION_SUBMIT] && !world->process.run->is_hurried)
        sim_judge_find (world, clip, "a paid request is cancelled without need");
      return;
    }
  for (guint kind = 0; kind < G_N_ELEMENTS (witness->is_out); kind++)
    if (witness->is_out[kind])
      sim_judge_find (world, clip, "two calls at a time");
  witness->is_out[action->kind] = TRUE;
  if (action->kind == VEO3_ACTION_SUBMIT)
    check_submit (world, clip, action->job);
  else
    check_operation_durable (world, clip);
  if (action->kind == VEO3_ACTION_POLL && ++world->judge.n_polls_out > 1)
    sim_judge_find (world, clip, "two polls at a time");
  if (world->judge.is_ended)
    sim_judge_find (world, clip, "begun after the end was asked for");
}

void
sim_judge_accepted (SimWorld *world, guint clip)
{
  if (world->service.n_accepted[clip] > 1)
    sim_judge_find (world, clip, "PAID %u TIMES", world->service.n_accepted[clip]);
}

/* ---- answers ---- */

static void
count_not_found (SimWorld *world, SimWitness *witness, gboolean is_not_found)
{
  if (!is_not_found)
    {
      witness->not_founds = 0;
      return;
    }
  if (witness->not_founds++ == 0)
    witness->not_found_ms = world->clock.now.boot_ms;
  /* 3 times, 60 s apart: the rule of the specification, not the settings' value. */
  if (witness->not_founds >= 3 && world->clock.now.boot_ms - witness->not_found_ms >= 60000)
    witness->was_told_the_end = TRUE;
}

static void
judge_poll (SimWorld *world, const SimEvent *event, SimWire wire, const SimReading *reading)
{
  SimWitness *witness = &world->judge.witnesses[event->clip];
  const Veo3Job *job = world->process.jobs[event->clip];
  gboolean was_told_before = witness->was_told_the_end;
  gboolean is_silence = sim_wire_is_no_answer (wire)
                        && world->clock.now.boot_ms - event->asked_ms >= LONG_SILENCE_MS;

  world->judge.n_polls_out--;
  if (wire == SIM_WIRE_CANCELLED)
    {
      if (job->status != witness->status)
        sim_judge_find (world, event->clip, "a cancelled poll changed it");
      return;
    }
  witness->asked_ms = event->asked_ms;
  world->judge.deaf_asked_ms = is_silence ? event->asked_ms : 0;
  count_not_found (world, witness, wire == SIM_WIRE_404);
  if (sim_wire_tells_of_operation (wire) && reading->poll.klass == VEO3_POLL_FAILED)
    witness->was_told_the_end = TRUE;
  if (!sim_wire_tells_of_operation (wire) && job->status != witness->status
      && (witness->was_told_the_end == was_told_before || job->status != VEO3_JOB_FAILED))
    sim_judge_find (world, event->clip, "a poll that told nothing (%s) made it %s",
                    sim_wire_get_name (wire), name (job->status));
}

static void
judge_download (SimWorld *world, guint clip, SimWire wire, const SimReading *reading)
{
  SimWitness *witness = &world->judge.witnesses[clip];

  count_not_found (world, witness, wire == SIM_WIRE_404 || wire == SIM_WIRE_410);
  if (wire != SIM_WIRE_FINE)
    return;
  if (reading->download.klass == VEO3_DOWNLOAD_STORED)
    witness->was_stored = TRUE;
  if (reading->download.klass == VEO3_DOWNLOAD_NOT_CLIP)
    witness->was_told_the_end = TRUE;
}

static void
judge_submit (SimWorld *world, guint clip)
{
  const Veo3Job *job = world->process.jobs[clip];

  world->judge.n_posts_out--;
  if (job->status == VEO3_JOB_GENERATING
      && job->progress.deadline_ms
             != world->clock.now.boot_ms + world->process.run->settings.deadline_ms)
    sim_judge_find (world, clip, "its deadline does not begin with its acceptance");
}

void
sim_judge_answer (SimWorld *world, const SimEvent *event, SimWire wire, const SimReading *reading)
{
  SimWitness *witness = &world->judge.witnesses[event->clip];

  if (event->kind == SIM_EVENT_SUBMIT_ANSWER)
    {
      witness->is_out[VEO3_ACTION_SUBMIT] = FALSE;
      judge_submit (world, event->clip);
      check_change (world, event->clip, after_submit, "the answer to a submit");
    }
  else if (event->kind == SIM_EVENT_POLL_ANSWER)
    {
      witness->is_out[VEO3_ACTION_POLL] = FALSE;
      judge_poll (world, event, wire, reading);
      check_change (world, event->clip, after_poll, "the answer to a poll");
    }
  else
    {
      witness->is_out[VEO3_ACTION_DOWNLOAD] = FALSE;
      judge_download (world, event->clip, wire, reading);
      check_change (world, event->clip, after_download, "the answer to a download");
    }
  check_job (world, event->clip);
}

/* ---- rounds ---- */

/* A job has just been given up. One whose operation the disk never took is not asked about. */
static void
check_expiry (SimWorld *world, guint clip)
{
  const SimWitness *witness = &world->judge.witnesses[clip];
  const Veo3Job *job = world->process.jobs[clip];
  gint64 deadline_ms = job->progress.deadline_ms;
  gint64 asked_ms = MAX (witness->asked_ms, world->judge.deaf_asked_ms);

  if (world->clock.now.boot_ms < deadline_ms)
    sim_judge_find (world, clip, "given up before its deadline");
  if (witness->is_out[VEO3_ACTION_POLL] || witness->is_out[VEO3_ACTION_DOWNLOAD])
    sim_judge_find (world, clip, "given up while an answer was awaited");
  if (witness->status == VEO3_JOB_GENERATING && asked_ms < deadline_ms && witness->was_durable)
    sim_judge_find (world, clip, "given up without a question after its deadline");
}

void
sim_judge_round (SimWorld *world)
{
  check_disk (world);
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    {
      SimWitness *witness = &world->judge.witnesses[clip];
      const Veo3Job *job = world->process.jobs[clip];

      if (job == NULL)
        continue;
      witness->was_durable |= job->operation_name != NULL && witness->durable_operation != 0;
      if (job->status == VEO3_JOB_TIMED_OUT && witness->status != VEO3_JOB_TIMED_OUT)
        check_expiry (world, clip);
      check_change (world, clip, after_round, "a round");
      check_job (world, clip);
    }
}

void
sim_judge_end (SimWorld *world)
{
  check_disk (world);
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    {
      SimRecord record = get_record (world->disk.durable, clip);

      if (world->disk.pending->len > 0)
        sim_judge_find (world, clip, "the last save is not durable");
      if (record.status >= 0 && !veo3_job_status_is_final ((Veo3JobStatus)record.status))
        sim_judge_find (world, clip, "in the end it is %s", name (record.status));
      if (world->service.newest[clip] != 0 && record.status == VEO3_JOB_PENDING)
        sim_judge_find (world, clip, "paid for, and in the end pending");
    }
}
