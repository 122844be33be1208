/* SPDX-License-Identifier: MIT */
/*
 * The simulated process. Single-threaded, no I/O. What the orchestrator does around the core stands
 * here once more, in virtual time: where the two differ, the simulation proves nothing.
 */
#include "tests/sim/sim-process.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/domain/veo3-recorder.h"
#include "tests/sim/sim-orders.h"

/* As in the orchestrator. */
#define DRAIN_MS 30000

static guint
get_clip (const Veo3Job *job)
{
  return (guint)strtoul (job->variant + strlen ("c"), NULL, 10);
}

/* ---- starting ---- */

static Veo3RunSettings
make_settings (SimWorld *world)
{
  static const gint64 deadlines_ms[] = { 20000, 120000, 600000, 600000 };
  static const guint parallels[] = { 1, 2, 64, 64 };
  static const guint rates[] = { 0, 0, 0, 0, 2, 10 };

  return (Veo3RunSettings){
    .deadline_ms = deadlines_ms[sim_world_pick (world, 0, G_N_ELEMENTS (deadlines_ms) - 1)],
    .download_grace_ms = 60000,
    .unauthorized_pause_ms = 30000,
    .max_parallel = parallels[sim_world_pick (world, 0, G_N_ELEMENTS (parallels) - 1)],
    .requests_per_minute = rates[sim_world_pick (world, 0, G_N_ELEMENTS (rates) - 1)],
    .polls = veo3_poll_settings_get_defaults (),
    .retries = veo3_retry_settings_get_defaults (),
    .seed = veo3_random_next (&world->random),
  };
}

static gboolean
refuse (SimWorld *world, const char *why)
{
  sim_trace_note (&world->trace, SIM_NO_CLIP, "the start refuses", why, 0);
  return FALSE;
}

/* Returns: FALSE = the start refuses. @ret_known: (nullable): NULL = a new workspace. */
static gboolean
load (SimWorld *world, const SimFile **ret_file, GPtrArray **ret_known)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  SimReadState state
      = sim_disk_read (&world->disk, sim_world_happens (world, world->faults.start), ret_file);

  if (state == SIM_READ_ERROR && world->bug != SIM_BUG_READ_ERROR_IS_ABSENT)
    return refuse (world, "jobs.json cannot be read");
  if (state == SIM_READ_TEXT)
    {
      text = g_strndup ((*ret_file)->text, (*ret_file)->written_bytes);
      world->process.document
          = veo3_job_codec_parse ("jobs.json", text, strlen (text), ret_known, &error);
      if (world->process.document != NULL && world->disk.sound != NULL)
        sim_judge_find (world, SIM_NO_CLIP, "a start believes a file that nobody can understand");
      if (world->process.document != NULL)
        return TRUE;
      if (world->disk.sound == NULL)
        sim_judge_find (world, SIM_NO_CLIP, "jobs.json does not parse: %s", error->message);
      if (world->bug != SIM_BUG_DAMAGED_IS_EMPTY)
        return refuse (world, "jobs.json does not parse");
      *ret_file = NULL;
    }
  world->process.document = veo3_job_document_new ();
  return TRUE;
}

/* The mistakes of somebody who repairs the state at a start. */
static void
plant_in_loaded (SimWorld *world, GPtrArray *known)
{
  for (guint i = 0; known != NULL && i < known->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (known, i);
      gboolean is_stale = !sim_wishes_is_wanted (&world->wishes, get_clip (job), &job->request);

      if (!sim_bugs_reset_loaded (world->bug, job, is_stale))
        continue;
      job->status = VEO3_JOB_PENDING;
      veo3_job_retire_operation (job);
    }
}

static void
mark_clips (SimWorld *world, GPtrArray *known)
{
  for (guint i = 0; known != NULL && i < known->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (known, i);

      job->progress.is_clip_missing = job->status == VEO3_JOB_COMPLETED
                                      && job->operation_name != NULL
                                      && !world->has_clip_file[get_clip (job)];
    }
}

/* As veo3-intake does it for the jobs of an ordinary start. */
static void
mark_found (SimWorld *world, GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (jobs, i);

      job->progress.is_clip_there = job->status == VEO3_JOB_PENDING && job->attempts == 0
                                    && !job->is_ordered && world->has_clip_file[get_clip (job)];
    }
}

static void
take_job (SimWorld *world, Veo3Job *job)
{
  const Veo3Order *order = world->process.order;
  guint clip = get_clip (job);

  job->progress.position = clip;
  world->process.jobs[clip] = job;
  world->process.covers[clip] = order == NULL || veo3_order_covers (order, job);
  if (order != NULL && world->process.covers[clip])
    sim_judge_order (world, clip);
  if (order == NULL || world->bug == SIM_BUG_COLLECT_GOES_ON_WITH_ALL)
    veo3_run_add_job (world->process.run, job, world->clock.now);
  else
    veo3_order_give (order, world->process.run, job, world->clock.now);
  if (order != NULL && world->bug == SIM_BUG_REGENERATE_FORGETS_OPERATION)
    g_clear_pointer (&job->earlier_operations, g_strfreev);
}

static void
set_off (SimWorld *world, GPtrArray *jobs)
{
  SimProcess *process = &world->process;
  Veo3RunSettings settings = make_settings (world);

  settings.stop_way = settings.seed % 2 == 0 ? VEO3_STOP_ASK : VEO3_STOP_IMPOSSIBLE;
  process->run = veo3_run_new (&settings, "model", NULL);
  process->pacer = veo3_pacer_new ();
  /* Alone on its account: what its own answers change, it plans after them anyway. */
  if (world->bug != SIM_BUG_NOT_PACED)
    veo3_run_join (process->run, process->pacer, NULL, NULL);
  g_ptr_array_set_free_func (jobs, NULL);
  for (guint i = 0; i < jobs->len; i++)
    take_job (world, g_ptr_array_index (jobs, i));
  g_ptr_array_unref (jobs);
  if (process->document->run_id == NULL)
    process->document->run_id = sim_wishes_dup_run_id (&world->wishes);
  g_free (process->document->provider);
  process->document->provider = g_strdup (SIM_PROVIDER);
  g_free (process->document->model);
  process->document->model = g_strdup (world->wishes.model);
  process->wake_ms = world->clock.now.boot_ms;
  process->is_ended = FALSE;
}

/* The mistake of a start that does not look what is asked for now. */
static GPtrArray *
merge (SimWorld *world, GPtrArray *known)
{
  gboolean are_readable = world->wishes.are_readable;
  GPtrArray *jobs;

  if (world->bug == SIM_BUG_OLD_PROMPT_IS_SENT && known != NULL && known->len > 0)
    world->wishes.are_readable = FALSE;
  jobs = sim_wishes_merge (&world->wishes, known, world->clock.now.utc_us);
  world->wishes.are_readable = are_readable;
  return jobs;
}

/* What an order begins with. Returns: (transfer full) (nullable): NULL = the start refuses. */
static GPtrArray *
prepare_order (SimWorld *world, const Veo3Order *order, GPtrArray *known)
{
  if (known == NULL || !sim_orders_prepare (world, order, known))
    {
      (void)refuse (world, "the order makes no sense");
      return NULL;
    }
  return g_ptr_array_ref (known);
}

static gboolean
begin (SimWorld *world, Veo3Order *order)
{
  g_autoptr (Veo3Order) own = order;
  g_autoptr (GPtrArray) known = NULL;
  GPtrArray *jobs;
  const SimFile *file = NULL;

  if (!load (world, &file, &known))
    return FALSE;
  if (order == NULL && (known == NULL || known->len == 0) && !world->wishes.are_readable)
    return refuse (world, "there is nothing to generate");
  if (world->bug != SIM_BUG_START_TRUSTS_THE_CACHE
      && !sim_disk_sync_folder (&world->disk, sim_world_happens (world, world->faults.start)))
    return refuse (world, "the folder cannot be made durable");
  plant_in_loaded (world, known);
  mark_clips (world, known);
  jobs = order != NULL ? prepare_order (world, order, known)
                       : merge (world, g_steal_pointer (&known));
  if (jobs == NULL)
    return FALSE;
  if (order == NULL && world->bug != SIM_BUG_CLIP_IS_NOT_LOOKED_FOR)
    mark_found (world, jobs);
  sim_trace_note (&world->trace, SIM_NO_CLIP, "a process starts",
                  order != NULL ? sim_orders_get_name (order->kind) : NULL, 0);
  world->process.order = g_steal_pointer (&own);
  set_off (world, jobs);
  sim_judge_start (world, file);
  return TRUE;
}

gboolean
sim_process_start (SimWorld *world, Veo3Order *order)
{
  g_assert (world->process.run == NULL);
  if (begin (world, order))
    return TRUE;
  g_clear_pointer (&world->process.document, veo3_job_document_free);
  return FALSE;
}

void
sim_process_stop (SimWorld *world)
{
  SimProcess *process = &world->process;

  sim_clock_kill (&world->clock, &world->random);
  sim_disk_kill (&world->disk);
  if (process->run != NULL)
    process->run->calls_in_flight = 0;
  g_clear_pointer (&process->run, veo3_run_free);
  g_clear_pointer (&process->pacer, veo3_pacer_free);
  g_clear_pointer (&process->document, veo3_job_document_free);
  g_clear_pointer (&process->order, veo3_order_free);
  memset (process->jobs, 0, sizeof process->jobs);
  sim_judge_stop (world);
}

/* ---- acting ---- */

static void
post_save_step (SimWorld *world)
{
  gboolean is_slow = sim_world_happens (world, world->faults.slow / 4);
  gint64 after_ms = is_slow ? sim_world_pick (world, 0, 20000) : sim_world_pick (world, 0, 3);

  sim_clock_post (&world->clock, after_ms,
                  (SimEvent){ .kind = SIM_EVENT_SAVE_STEP, .clip = SIM_NO_CLIP });
}

static void
act_save (SimWorld *world)
{
  SimProcess *process = &world->process;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = veo3_job_codec_format (process->document, process->run->jobs, &error);

  g_assert_no_error (error);
  if (world->disk.saving == NULL)
    {
      sim_disk_begin_save (&world->disk, g_steal_pointer (&text));
      post_save_step (world);
    }
  if (world->bug == SIM_BUG_NO_WRITE_AHEAD)
    {
      veo3_recorder_saved (process->run, TRUE, world->clock.now);
      process->wake_ms = world->clock.now.boot_ms;
    }
}

static void
act_submit (SimWorld *world, const Veo3Job *job)
{
  guint clip = get_clip (job);
  guint n_on_their_way = sim_clock_count (&world->clock, SIM_EVENT_ARRIVAL);
  SimSubmitPlan plan
      = sim_service_plan_submit (&world->service, n_on_their_way, world->clock.now.boot_ms);

  if (plan.is_taken)
    sim_clock_post (&world->clock, plan.arrival_ms,
                    (SimEvent){ .kind = SIM_EVENT_ARRIVAL, .clip = clip });
  sim_clock_post (&world->clock, plan.answer_ms,
                  (SimEvent){ .kind = SIM_EVENT_SUBMIT_ANSWER,
                              .clip = clip,
                              .what = plan.wire,
                              .asked_ms = world->clock.now.boot_ms });
}

static void
act_call (SimWorld *world, const Veo3Action *action)
{
  static const SimEventKind answers[] = { [VEO3_ACTION_POLL] = SIM_EVENT_POLL_ANSWER,
                                          [VEO3_ACTION_DOWNLOAD] = SIM_EVENT_DOWNLOAD_ANSWER,
                                          [VEO3_ACTION_STOP] = SIM_EVENT_STOP_ANSWER };
  gint64 after_ms = 0;
  SimWire wire = action->kind == VEO3_ACTION_DOWNLOAD
                     ? sim_service_plan_download (&world->service, &after_ms)
                     : sim_service_plan_poll (&world->service, &after_ms);

  sim_clock_post (&world->clock, after_ms,
                  (SimEvent){ .kind = answers[action->kind],
                              .clip = get_clip (action->job),
                              .what = wire,
                              .asked_ms = world->clock.now.boot_ms });
}

/* A paid request that has not arrived yet may not have left at all. */
static SimWire
cancel_submit (SimWorld *world, guint clip)
{
  SimEvent *arrival = sim_clock_find (&world->clock, SIM_EVENT_ARRIVAL, clip);

  if (arrival == NULL || sim_world_pick (world, 0, 1) == 0)
    return SIM_WIRE_CANCELLED;
  sim_clock_drop (&world->clock, arrival);
  return SIM_WIRE_CANCELLED_UNSENT;
}

/* Mostly aborts the call at once; an answer that is already there still counts. */
static void
act_cancel (SimWorld *world, const Veo3Job *job)
{
  static const SimEventKind kinds[] = { SIM_EVENT_SUBMIT_ANSWER, SIM_EVENT_POLL_ANSWER,
                                        SIM_EVENT_DOWNLOAD_ANSWER, SIM_EVENT_STOP_ANSWER };
  guint clip = get_clip (job);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      SimWire wire = SIM_WIRE_CANCELLED;
      SimEvent *answer = sim_clock_find (&world->clock, kinds[i], clip);

      if (answer == NULL || answer->at_ms <= world->clock.now.boot_ms)
        continue;
      if (kinds[i] == SIM_EVENT_SUBMIT_ANSWER)
        wire = cancel_submit (world, clip);
      answer = sim_clock_find (&world->clock, kinds[i], clip);
      answer->what = wire;
      answer->at_ms = world->clock.now.boot_ms + sim_world_pick (world, 0, 5);
    }
}

static const char *
get_action_name (Veo3ActionKind kind)
{
  static const char *const names[] = { "save", "SUBMIT", "poll", "download", "cancel", "stop" };

  return names[kind];
}

static void
act (SimWorld *world, const Veo3Action *action)
{
  guint clip = action->job != NULL ? get_clip (action->job) : SIM_NO_CLIP;

  sim_trace_note (&world->trace, clip, "to do", get_action_name (action->kind), 0);
  sim_judge_action (world, action);
  switch (action->kind)
    {
    case VEO3_ACTION_SAVE:
      act_save (world);
      break;
    case VEO3_ACTION_SUBMIT:
      act_submit (world, action->job);
      break;
    case VEO3_ACTION_POLL:
    case VEO3_ACTION_DOWNLOAD:
    case VEO3_ACTION_STOP:
      act_call (world, action);
      break;
    case VEO3_ACTION_CANCEL:
      act_cancel (world, action->job);
      break;
    }
}

/* ---- rounds ---- */

/* The mistakes of somebody who keeps the state in order after a round. */
static void
plant_after_round (SimWorld *world)
{
  SimProcess *process = &world->process;

  for (guint i = 0; i < process->run->jobs->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (process->run->jobs, i);
      gboolean is_late = world->clock.now.boot_ms >= job->progress.deadline_ms;

      if (world->bug == SIM_BUG_DEADLINE_DROPS_OPERATION && job->status == VEO3_JOB_TIMED_OUT)
        g_clear_pointer (&job->operation_name, g_free);
      if (world->bug == SIM_BUG_EXPIRES_BY_THE_CLOCK && is_late && !job->progress.in_flight
          && job->status == VEO3_JOB_GENERATING && job->progress.poll_index != G_MAXUINT)
        {
          veo3_job_apply (job, VEO3_EVENT_DEADLINE, world->clock.now.utc_us);
          veo3_job_explain (job, VEO3_ERROR_CODE_DEADLINE, "late");
          veo3_poll_policy_end (process->run->polls, job->progress.poll_index);
          veo3_run_touch (process->run, job);
        }
    }
  if (world->bug == SIM_BUG_OVERSLEEPS && process->wake_ms > world->clock.now.boot_ms)
    process->wake_ms = G_MAXINT64;
}

gboolean
sim_process_round (SimWorld *world, guint n_actions)
{
  SimProcess *process = &world->process;

  g_array_set_size (process->actions, 0);
  process->wake_ms = veo3_planner_next (process->run, world->clock.now, process->actions);
  for (guint i = 0; i < process->actions->len; i++)
    {
      if (i >= n_actions)
        return FALSE;
      act (world, &g_array_index (process->actions, Veo3Action, i));
    }
  if (world->bug != SIM_BUG_NONE)
    plant_after_round (world);
  sim_judge_round (world);
  return n_actions == G_MAXUINT;
}

/* ---- answers ---- */

static void
take_submit_answer (SimWorld *world, const SimEvent *event)
{
  Veo3Job *job = world->process.jobs[event->clip];
  g_autofree char *operation_name = sim_service_dup_name (world->service.newest[event->clip]);
  g_auto (SimReading) reading = { 0 };

  sim_wire_read_submit (sim_bugs_see_submit (world->bug, event->what), operation_name, &reading);
  veo3_recorder_submit (world->process.run, job, &reading.submit, world->clock.now);
  if (world->bug == SIM_BUG_POLLS_BEFORE_SAVED)
    job->progress.is_operation_saved = TRUE;
  sim_judge_answer (world, event, event->what, &reading);
}

static const char *
get_poll_name (Veo3PollClass klass)
{
  static const char *const names[] = { "queued",    "running",   "done",      "failed",
                                       "no answer", "throttled", "not found", "unauthorized" };

  return names[klass];
}

static void
take_poll_answer (SimWorld *world, const SimEvent *event)
{
  Veo3Job *job = world->process.jobs[event->clip];
  g_auto (SimReading) reading = { 0 };
  SimWire wire = event->what;

  if (wire == SIM_WIRE_FINE)
    sim_service_answer_poll (&world->service, world->judge.witnesses[event->clip].operation,
                             world->clock.now.boot_ms, &wire, &reading);
  if (wire != SIM_WIRE_FINE)
    {
      sim_reading_clear (&reading);
      sim_wire_read_poll (sim_bugs_see_poll (world->bug, wire), &reading);
    }
  sim_trace_note (&world->trace, event->clip, "seen as", get_poll_name (reading.poll.klass), 0);
  veo3_recorder_poll (world->process.run, job, &reading.poll, world->clock.now);
  sim_judge_answer (world, event, wire, &reading);
}

static void
take_download_answer (SimWorld *world, const SimEvent *event)
{
  Veo3Job *job = world->process.jobs[event->clip];
  g_autofree char *path = g_strdup_printf ("veo3/%s.mp4", job->variant);
  g_auto (SimReading) reading = { 0 };
  SimWire wire = event->what;

  if (wire == SIM_WIRE_FINE)
    sim_service_answer_download (&world->service, world->judge.witnesses[event->clip].operation,
                                 &wire, &reading);
  else
    sim_wire_read_download (wire, &reading);
  if (reading.download.klass == VEO3_DOWNLOAD_STORED)
    world->has_clip_file[event->clip] = TRUE;
  veo3_recorder_download (world->process.run, job, &reading.download, path, world->clock.now);
  sim_judge_answer (world, event, wire, &reading);
}

static void
take_stop_answer (SimWorld *world, const SimEvent *event)
{
  g_auto (SimReading) reading = { 0 };
  SimWire wire = event->what;

  if (wire == SIM_WIRE_FINE)
    sim_service_stop (&world->service, world->judge.witnesses[event->clip].operation,
                      world->clock.now.boot_ms, &wire, &reading);
  else
    sim_wire_read_cancel (wire, &reading);
  veo3_recorder_stop (world->process.run, world->process.jobs[event->clip], &reading.cancel,
                      world->clock.now);
  sim_judge_answer (world, event, wire, &reading);
}

static void
take_save_step (SimWorld *world)
{
  SimSaveState state = sim_disk_step (&world->disk, sim_world_happens (world, world->faults.disk));

  if (state == SIM_SAVE_GOES_ON)
    {
      post_save_step (world);
      return;
    }
  sim_judge_saved (world, state == SIM_SAVE_DURABLE);
  if (world->bug != SIM_BUG_NO_WRITE_AHEAD)
    veo3_recorder_saved (world->process.run,
                         state == SIM_SAVE_DURABLE || world->bug == SIM_BUG_FAILED_SAVE_IS_DURABLE,
                         world->clock.now);
}

static const char *
get_event_name (SimEventKind kind)
{
  static const char *const names[] = {
    "THE SERVICE TAKES IT",
    "submit answered",
    "poll answered",
    "download answered",
    "stop answered",
    NULL,
    "the answers were waited for long enough",
  };

  return names[kind];
}

void
sim_process_take (SimWorld *world, const SimEvent *event)
{
  gboolean is_answer
      = event->kind >= SIM_EVENT_SUBMIT_ANSWER && event->kind <= SIM_EVENT_STOP_ANSWER;

  if (get_event_name (event->kind) != NULL)
    sim_trace_note (&world->trace, event->clip, get_event_name (event->kind),
                    is_answer ? sim_wire_get_name (event->what) : NULL, 0);
  switch (event->kind)
    {
    case SIM_EVENT_ARRIVAL:
      sim_service_accept (&world->service, event->clip, event->what != 0, world->clock.now.boot_ms);
      sim_judge_accepted (world, event->clip);
      break;
    case SIM_EVENT_SUBMIT_ANSWER:
      take_submit_answer (world, event);
      break;
    case SIM_EVENT_POLL_ANSWER:
      take_poll_answer (world, event);
      break;
    case SIM_EVENT_DOWNLOAD_ANSWER:
      take_download_answer (world, event);
      break;
    case SIM_EVENT_STOP_ANSWER:
      take_stop_answer (world, event);
      break;
    case SIM_EVENT_SAVE_STEP:
      take_save_step (world);
      break;
    case SIM_EVENT_DRAIN_OVER:
      sim_process_hurry (world);
      break;
    }
}

/* ---- the end ---- */

void
sim_process_end (SimWorld *world)
{
  sim_trace_note (&world->trace, SIM_NO_CLIP, "the end is asked for", NULL, 0);
  world->process.is_ended = TRUE;
  world->judge.is_ended = TRUE;
  if (world->bug != SIM_BUG_SUBMITS_AFTER_END)
    veo3_run_end (world->process.run);
  sim_clock_post (&world->clock, DRAIN_MS,
                  (SimEvent){ .kind = SIM_EVENT_DRAIN_OVER, .clip = SIM_NO_CLIP });
}

void
sim_process_hurry (SimWorld *world)
{
  sim_trace_note (&world->trace, SIM_NO_CLIP, "the end hurries", NULL, 0);
  sim_judge_hurry (world);
  veo3_run_end (world->process.run);
  veo3_run_hurry (world->process.run);
}
