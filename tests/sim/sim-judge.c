/* SPDX-License-Identifier: MIT */
/*
 * The invariants. Single-threaded. Must not believe anything that our own code says about itself
 * where the service, the wire or the disk can be asked instead, and must not change anything.
 */
#include "tests/sim/sim-judge.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim-judge-disk.h"
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
  [VEO3_JOB_PENDING] = P | F | C, [VEO3_JOB_SUBMITTING] = U,    [VEO3_JOB_GENERATING] = G | U,
  [VEO3_JOB_DOWNLOADING] = G | U, [VEO3_JOB_COMPLETED] = C | G, [VEO3_JOB_FAILED] = F | P | C,
  [VEO3_JOB_TIMED_OUT] = G | U,   [VEO3_JOB_UNCERTAIN] = U,     [VEO3_JOB_CANCELLED] = X,
};

void
sim_judge_clear (SimJudge *judge)
{
  g_clear_pointer (&judge->verdict, g_free);
  g_clear_pointer (&judge->posts, g_array_unref);
}

static void
pronounce (SimWorld *world, guint clip, const char *text)
{
  if (world->judge.verdict != NULL)
    return;
  world->judge.verdict
      = clip == SIM_NO_CLIP ? g_strdup (text) : g_strdup_printf ("clip c%u: %s", clip, text);
  sim_trace_note (&world->trace, clip, "OFFENCE", world->judge.verdict, 0);
}

void
sim_judge_find (SimWorld *world, guint clip, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  if (world->judge.is_about_money)
    return;
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  pronounce (world, clip, text);
}

static guint64
get_known (const Veo3Job *job)
{
  guint64 known = sim_operation_get_bit (sim_operation_parse (job->operation_name));

  for (guint i = 0; job->earlier_operations != NULL && job->earlier_operations[i] != NULL; i++)
    known |= sim_operation_get_bit (sim_operation_parse (job->earlier_operations[i]));
  return known;
}

static const char *
name (gint status)
{
  return sim_judge_name_status (status);
}

/* ---- memory ---- */

/* What the pacer counts for a clip is what the service has in hand for it: a place that is not
 * given back narrows the account for all its runs. A clip that is only fetched anew, or that the
 * process leaves alone, has none. */
static void
check_place (SimWorld *world, guint clip)
{
  const Veo3Job *job = world->process.jobs[clip];
  Veo3PlaceState state = job->progress.place.state;
  gboolean is_right = state == VEO3_PLACE_NONE;

  if (job->status == VEO3_JOB_SUBMITTING && world->bug != SIM_BUG_NOT_PACED)
    is_right = state == (job->progress.in_flight ? VEO3_PLACE_SENT : VEO3_PLACE_CLAIMED);
  else if (job->status == VEO3_JOB_GENERATING)
    is_right = is_right || state == VEO3_PLACE_TAKEN;
  if (!is_right)
    sim_judge_find (world, clip, "%s has place %d in the window", name (job->status), (int)state);
}

/* What must be true of a job whatever has just happened. */
static void
check_job (SimWorld *world, guint clip)
{
  SimWitness *witness = &world->judge.witnesses[clip];
  const Veo3Job *job = world->process.jobs[clip];
  guint newest = world->service.newest[clip];
  guint operation = job != NULL ? sim_operation_parse (job->operation_name) : 0;
  guint64 known = job != NULL ? get_known (job) : 0;

  if ((witness->known & ~known) != 0)
    sim_judge_find (world, clip, "the name of an operation vanished from memory");
  witness->operation = operation;
  witness->known = known;
  if ((sim_operation_get_bit (newest) & ~known) != 0
      && (job == NULL || (job->status != VEO3_JOB_SUBMITTING && job->status != VEO3_JOB_UNCERTAIN)))
    sim_judge_find (world, clip, "its operation %u is paid for, and memory says %s", newest,
                    job == NULL ? "nothing" : name (job->status));
  if (job == NULL)
    return;
  check_place (world, clip);
  if ((job->status == VEO3_JOB_GENERATING || job->status == VEO3_JOB_DOWNLOADING
       || job->status == VEO3_JOB_TIMED_OUT)
      && operation == 0)
    sim_judge_find (world, clip, "%s without an operation", name (job->status));
  if (job->status == VEO3_JOB_COMPLETED && witness->stored != operation)
    sim_judge_find (world, clip, "completed, but no clip was stored");
  if (job->status == VEO3_JOB_FAILED && operation != 0 && witness->ended != operation)
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

/* Where the service refuses more than its quota, a clip is refused a few times, ever longer apart;
 * with less patience than this it may be given up. */
#define PATIENCE_MS 600000

/* In a calm world nothing is given up unsent, however many clips there are and however few of them
 * may be under way at a time, or leave in a minute. */
static void
check_given_up (SimWorld *world, guint clip, const Veo3Job *job)
{
  const SimQuota *quota = &world->service.quota;
  gboolean is_patient = world->process.run->settings.deadline_ms >= PATIENCE_MS
                        || (quota->concurrent == 0 && quota->per_minute == 0);

  if (world->judge.is_calm && is_patient && job->status == VEO3_JOB_FAILED
      && world->judge.witnesses[clip].status != VEO3_JOB_FAILED && job->operation_name == NULL)
    sim_judge_find (world, clip, "not sent, though nothing was in the way: %s", job->error_message);
}

static void
check_change (SimWorld *world, guint clip, const guint *table, const char *by)
{
  SimWitness *witness = &world->judge.witnesses[clip];
  Veo3JobStatus status = world->process.jobs[clip]->status;

  if ((table[witness->status] & BIT (status)) == 0)
    sim_judge_find (world, clip, "%s became %s by %s", name (witness->status), name (status), by);
  check_given_up (world, clip, world->process.jobs[clip]);
  note_status (world, clip);
}

/* ---- starts ---- */

/* What a job may become at a start, as bits. */
static guint
get_after_start (SimWorld *world, guint clip, Veo3JobStatus status)
{
  static const guint ordered[] = {
    [VEO3_ORDER_COLLECT] = G | C, [VEO3_ORDER_REGENERATE] = P, [VEO3_ORDER_ADOPT] = G,
    [VEO3_ORDER_RESUBMIT] = P,    [VEO3_ORDER_ABANDON] = F,    [VEO3_ORDER_CANCEL] = X,
  };
  const Veo3Order *order = world->process.order;

  if (order == NULL)
    return after_start[status];
  if (world->process.covers[clip])
    return ordered[order->kind];
  return status == VEO3_JOB_SUBMITTING ? U : BIT (status);
}

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
  if ((record.known & ~get_known (job)) != 0)
    sim_judge_find (world, clip, "a start forgets the name of an operation");
  if (world->process.order == NULL && sim_operation_parse (job->operation_name) != record.operation)
    sim_judge_find (world, clip, "a start changes its operation from %u", record.operation);
  if ((get_after_start (world, clip, (Veo3JobStatus)record.status) & BIT (job->status)) == 0)
    sim_judge_find (world, clip, "%s became %s by a start", name (record.status),
                    name (job->status));
  if (record.status == VEO3_JOB_COMPLETED && job->status == VEO3_JOB_GENERATING
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

      *witness = (SimWitness){ .durable = kept.durable,
                               .is_durably_uncertain = kept.is_durably_uncertain,
                               .may_leave_uncertain = kept.may_leave_uncertain,
                               .is_ordered = kept.is_ordered,
                               .n_allowed = kept.n_allowed,
                               .ended = kept.ended,
                               .stored = kept.stored };
      check_restored (world, clip, sim_file_get_record (loaded, clip));
      witness->has_job = job != NULL;
      if (job == NULL)
        continue;
      witness->status = job->status;
      sim_trace_note (&world->trace, clip, "starts as", name (job->status),
                      (gint64)sim_operation_parse (job->operation_name));
      check_job (world, clip);
    }
  if (world->judge.posts == NULL)
    world->judge.posts = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_array_set_size (world->judge.posts, 0);
  world->judge.n_posts_out = 0;
  world->judge.n_polls_out = 0;
  world->judge.is_ended = FALSE;
  world->judge.deaf_asked_ms = 0;
  world->judge.hurry_ms = 0;
  world->judge.save_failures = 0;
}

/* By the user's word one more request may be paid for, and what became of the last one is settled:
 * nobody has to know its operation any more. */
void
sim_judge_order (SimWorld *world, guint clip)
{
  const Veo3Order *order = world->process.order;
  SimWitness *witness = &world->judge.witnesses[clip];
  guint *newest = &world->service.newest[clip];
  guint n_on_their_way = 0;

  if (order->kind == VEO3_ORDER_SHOW || order->kind == VEO3_ORDER_COLLECT
      || order->kind == VEO3_ORDER_CANCEL)
    return;
  n_on_their_way = sim_clock_give_up_arrivals (&world->clock, clip);
  if (veo3_order_may_pay (order))
    {
      witness->n_allowed = world->service.n_accepted[clip] + n_on_their_way + 1;
      witness->is_ordered = TRUE;
    }
  if (order->kind == VEO3_ORDER_REGENERATE)
    return;
  witness->may_leave_uncertain = TRUE;
  if (order->kind != VEO3_ORDER_ADOPT || sim_operation_parse (order->operation_name) != *newest)
    *newest = 0;
}

/* An order that did not reach the disk has not been given. */
static void
take_back_word (SimWorld *world, guint clip)
{
  const SimFile *visible = NULL;
  SimReadState state = sim_disk_read (&world->disk, FALSE, &visible);

  if (state == SIM_READ_TEXT && visible->records[clip].status == VEO3_JOB_UNCERTAIN)
    world->judge.witnesses[clip].may_leave_uncertain = FALSE;
}

void
sim_judge_stop (SimWorld *world)
{
  sim_judge_disk_check (world);
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    take_back_word (world, clip);
}

/* ---- ends ---- */

/* Saves that fail in a row before nobody waits for them: see veo3-run.c. */
#define SAVE_FAILURES_TO_GIVE_UP 8
/* A save of five slow steps that is under way when the hurry begins. */
#define LONGEST_HURRY_MS 120000

void
sim_judge_exit (SimWorld *world)
{
  const SimJudge *judge = &world->judge;
  const SimFile *visible = NULL;
  SimReadState state = sim_disk_read (&world->disk, FALSE, &visible);

  if (judge->n_posts_out > 0 || judge->n_polls_out > 0)
    sim_judge_find (world, SIM_NO_CLIP, "the process exits while an answer is awaited");
  if (judge->hurry_ms != 0 || judge->save_failures >= SAVE_FAILURES_TO_GIVE_UP)
    return;
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    {
      SimRecord record = sim_file_get_record (state == SIM_READ_TEXT ? visible : NULL, clip);
      const Veo3Job *job = world->process.jobs[clip];

      if (job != NULL
          && (record.status != (gint8)job->status || (get_known (job) & ~record.known) != 0))
        sim_judge_find (world, clip, "the process exits and has not saved that it is %s",
                        name (job->status));
    }
}

void
sim_judge_hurry (SimWorld *world)
{
  if (world->judge.hurry_ms == 0)
    world->judge.hurry_ms = world->clock.now.boot_ms;
}

void
sim_judge_saved (SimWorld *world, gboolean success)
{
  world->judge.save_failures = success ? 0 : world->judge.save_failures + 1;
}

static void
check_hurry (SimWorld *world)
{
  gint64 hurry_ms = world->judge.hurry_ms;

  if (hurry_ms != 0 && world->clock.now.boot_ms - hurry_ms > LONGEST_HURRY_MS)
    sim_judge_find (world, SIM_NO_CLIP, "the process was to leave at once and is still there");
}

/* ---- actions ---- */

static void
check_rate (SimWorld *world, guint clip)
{
  SimJudge *judge = &world->judge;
  gint64 now_ms = world->clock.now.boot_ms;
  guint rate = world->process.run->settings.requests_per_minute;
  guint n = 1;

  for (guint i = 0; i < judge->posts->len; i++)
    n += g_array_index (judge->posts, gint64, i) > now_ms - 60000;
  if (rate > 0 && n > rate)
    sim_judge_find (world, clip, "%u paid requests in a minute, %u are allowed", n, rate);
  g_array_append_val (judge->posts, now_ms);
}

static void
check_submit (SimWorld *world, guint clip, const Veo3Job *job)
{
  SimJudge *judge = &world->judge;

  check_rate (world, clip);
  sim_judge_disk_check_claimed (world, clip);
  if (job->status != VEO3_JOB_SUBMITTING)
    sim_judge_find (world, clip, "it is being paid for as %s", name (job->status));
  if (world->has_clip_file[clip] && !judge->witnesses[clip].is_ordered)
    sim_judge_find (world, clip, "it is being paid for though its clip is there");
  if (judge->is_ended)
    sim_judge_find (world, clip, "it is being paid for after the end was asked for");
  if (++judge->n_posts_out > world->process.run->settings.max_parallel)
    sim_judge_find (world, clip, "more paid requests at a time than allowed");
  if (world->process.order != NULL && !veo3_order_may_pay (world->process.order))
    sim_judge_find (world, clip, "it is being paid for by an order that is free");
  if (!judge->witnesses[clip].is_ordered
      && !sim_wishes_is_wanted (&world->wishes, clip, &job->request))
    sim_judge_find (world, clip, "it is being paid for what nobody asks for now");
}

/* By the user's word only, and only when no start can go on with it any more. */
static void
check_stop (SimWorld *world, guint clip, const Veo3Job *job)
{
  const Veo3Order *order = world->process.order;

  if (order == NULL || order->kind != VEO3_ORDER_CANCEL || job->status != VEO3_JOB_CANCELLED)
    sim_judge_find (world, clip, "stopped without the user's word, as %s", name (job->status));
  sim_judge_disk_check_cancelled (world, clip);
  if (++world->judge.witnesses[clip].n_stops > 2)
    sim_judge_find (world, clip, "the service is asked to stop it again and again");
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
          && !witness->is_out[VEO3_ACTION_DOWNLOAD] && !witness->is_out[VEO3_ACTION_STOP])
        sim_judge_find (world, clip, "nothing is there to be cancelled");
      if (witness->is_out[VEO3_ACTION_SUBMIT] && !world->process.run->is_hurried)
        sim_judge_find (world, clip, "a paid request is cancelled without need");
      return;
    }
  if (!world->process.covers[clip])
    sim_judge_find (world, clip, "the order is not about it");
  for (guint kind = 0; kind < G_N_ELEMENTS (witness->is_out); kind++)
    if (witness->is_out[kind])
      sim_judge_find (world, clip, "two calls at a time");
  witness->is_out[action->kind] = TRUE;
  if (action->kind == VEO3_ACTION_SUBMIT)
    check_submit (world, clip, action->job);
  else
    sim_judge_disk_check_named (world, clip);
  if (action->kind == VEO3_ACTION_POLL && ++world->judge.n_polls_out > 1)
    sim_judge_find (world, clip, "two polls at a time");
  if (action->kind == VEO3_ACTION_STOP)
    check_stop (world, clip, action->job);
  if (world->judge.is_ended)
    sim_judge_find (world, clip, "begun after the end was asked for");
}

void
sim_judge_accepted (SimWorld *world, guint clip)
{
  SimWitness *witness = &world->judge.witnesses[clip];

  witness->is_ordered = FALSE;
  if (world->service.n_accepted[clip] > MAX (1, witness->n_allowed))
    {
      g_autofree char *text = g_strdup_printf ("PAID %u TIMES", world->service.n_accepted[clip]);

      pronounce (world, clip, text);
    }
}

/* ---- answers ---- */

/* Returns: whether it has been gone so often and for so long that this may be believed. */
static gboolean
count_not_found (SimWorld *world, SimWitness *witness, gboolean is_not_found)
{
  if (!is_not_found)
    {
      witness->not_founds = 0;
      return FALSE;
    }
  if (witness->not_founds++ == 0)
    witness->not_found_ms = world->clock.now.boot_ms;
  /* 3 times, 60 s apart: the rule of the specification, not the settings' value. */
  if (witness->not_founds < 3 || world->clock.now.boot_ms - witness->not_found_ms < 60000)
    return FALSE;
  witness->ended = witness->operation;
  return TRUE;
}

static void
judge_poll (SimWorld *world, const SimEvent *event, SimWire wire, const SimReading *reading)
{
  SimWitness *witness = &world->judge.witnesses[event->clip];
  const Veo3Job *job = world->process.jobs[event->clip];
  gboolean is_lost;
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
  is_lost = count_not_found (world, witness, wire == SIM_WIRE_404);
  if (sim_wire_tells_of_operation (wire) && reading->poll.klass == VEO3_POLL_FAILED)
    witness->ended = witness->operation;
  if (!sim_wire_tells_of_operation (wire) && job->status != witness->status
      && (!is_lost || job->status != VEO3_JOB_FAILED))
    sim_judge_find (world, event->clip, "a poll that told nothing (%s) made it %s",
                    sim_wire_get_name (wire), name (job->status));
}

static void
judge_download (SimWorld *world, guint clip, SimWire wire, const SimReading *reading)
{
  SimWitness *witness = &world->judge.witnesses[clip];

  (void)count_not_found (world, witness, wire == SIM_WIRE_404 || wire == SIM_WIRE_410);
  if (wire != SIM_WIRE_FINE)
    return;
  if (reading->download.klass == VEO3_DOWNLOAD_STORED)
    witness->stored = witness->operation;
  if (reading->download.klass == VEO3_DOWNLOAD_NOT_CLIP)
    witness->ended = witness->operation;
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
  else if (event->kind == SIM_EVENT_STOP_ANSWER)
    {
      const Veo3Job *job = world->process.jobs[event->clip];

      witness->is_out[VEO3_ACTION_STOP] = FALSE;
      if (job->status != VEO3_JOB_CANCELLED)
        sim_judge_find (world, event->clip, "stopping it has made it %s", name (job->status));
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

/* A process that is awake is at a deadline in time. */
#define MOST_LATE_MS 1000

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
  if (witness->status == VEO3_JOB_DOWNLOADING
      && world->clock.now.boot_ms - deadline_ms > MOST_LATE_MS)
    sim_judge_find (world, clip, "ready, and given up because the machine slept");
  if (witness->status == VEO3_JOB_GENERATING && asked_ms < deadline_ms && witness->was_durable)
    sim_judge_find (world, clip, "given up without a question after its deadline");
}

void
sim_judge_round (SimWorld *world)
{
  sim_judge_disk_check (world);
  check_hurry (world);
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    {
      SimWitness *witness = &world->judge.witnesses[clip];
      const Veo3Job *job = world->process.jobs[clip];

      if (job == NULL)
        continue;
      witness->was_durable |= (witness->durable & sim_operation_get_bit (witness->operation)) != 0;
      if (job->status == VEO3_JOB_TIMED_OUT && witness->status != VEO3_JOB_TIMED_OUT)
        check_expiry (world, clip);
      check_change (world, clip, after_round, "a round");
      check_job (world, clip);
    }
}

void
sim_judge_end (SimWorld *world)
{
  sim_judge_disk_check (world);
  for (guint clip = 0; clip < world->wishes.n_clips; clip++)
    {
      SimRecord record = sim_file_get_record (world->disk.durable, clip);

      if (world->disk.pending->len > 0)
        sim_judge_find (world, clip, "the last save is not durable");
      if (record.status >= 0 && !veo3_job_status_is_final ((Veo3JobStatus)record.status))
        sim_judge_find (world, clip, "in the end it is %s", name (record.status));
    }
}
