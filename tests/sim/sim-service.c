/* SPDX-License-Identifier: MIT */
/*
 * A service that keeps its own books. Single-threaded; must know nothing of our jobs.
 */
#include "tests/sim/sim-service.h"

/* Of those that are not spoilt. */
#define LONGEST_OPERATION_MS 90000

static gint64
pick (SimService *service, gint64 low, gint64 high)
{
  return veo3_random_range (service->random, low, high);
}

static gboolean
happens (SimService *service, guint permille)
{
  return permille > 0 && pick (service, 0, 999) < permille;
}

void
sim_service_init (SimService *service, Veo3Random *random, const SimFaults *faults)
{
  *service = (SimService){ .random = random, .faults = faults };
  service->taken = g_array_new (FALSE, FALSE, sizeof (gint64));
  service->operations = g_array_new (FALSE, FALSE, sizeof (SimOperation));
}

void
sim_service_clear (SimService *service)
{
  g_array_unref (service->operations);
  g_array_unref (service->taken);
}

/* ---- paid requests ---- */

/* What the service did not take; the rest of the faults it may have taken. */
static gboolean
is_certainly_not_taken (SimWire wire)
{
  return wire == SIM_WIRE_NOT_SENT || wire == SIM_WIRE_503
         || (wire >= SIM_WIRE_429 && wire <= SIM_WIRE_307);
}

/* What leaves it open whether money was spent comes more often than what does not. */
static SimWire
pick_submit_wire (SimService *service)
{
  static const SimWire wires[] = {
    SIM_WIRE_NOT_SENT, SIM_WIRE_NOT_SENT, SIM_WIRE_DEAD,       SIM_WIRE_DEAD,
    SIM_WIRE_DEAD,     SIM_WIRE_SILENCE,  SIM_WIRE_CUT,        SIM_WIRE_CUT,
    SIM_WIRE_GARBAGE,  SIM_WIRE_500,      SIM_WIRE_500,        SIM_WIRE_502,
    SIM_WIRE_504,      SIM_WIRE_408,      SIM_WIRE_503,        SIM_WIRE_503,
    SIM_WIRE_503_BARE, SIM_WIRE_429,      SIM_WIRE_429,        SIM_WIRE_429_LATER,
    SIM_WIRE_429_BARE, SIM_WIRE_429_DAY,  SIM_WIRE_429_ABSURD, SIM_WIRE_400,
    SIM_WIRE_401,      SIM_WIRE_403,      SIM_WIRE_404_MODEL,  SIM_WIRE_307,
  };
  guint n = G_N_ELEMENTS (wires);

  if (!happens (service, service->faults->submit))
    return SIM_WIRE_FINE;
  return wires[pick (service, 0, n - 1)];
}

/* One that never ends, or ends late, is in nobody's way after the time that one may take. */
static guint
count_in_hand (const SimService *service, gint64 now_ms)
{
  guint n = 0;

  for (guint i = 0; i < service->operations->len; i++)
    {
      const SimOperation *operation = &g_array_index (service->operations, SimOperation, i);

      n += now_ms < MIN (operation->ready_ms, operation->accepted_ms + LONGEST_OPERATION_MS);
    }
  return n;
}

static gboolean
exceeds_quota (const SimService *service, guint n_on_their_way, gint64 now_ms)
{
  guint n_taken = 0;

  for (guint i = 0; i < service->taken->len; i++)
    n_taken += g_array_index (service->taken, gint64, i) > now_ms - 60000;
  if (service->quota.per_minute > 0 && n_taken >= service->quota.per_minute)
    return TRUE;
  return service->quota.concurrent > 0
         && count_in_hand (service, now_ms) + n_on_their_way >= service->quota.concurrent;
}

/* A refusal says rarely when to come back. */
static void
apply_quota (SimService *service, SimSubmitPlan *plan, guint n_on_their_way, gint64 now_ms)
{
  if (!plan->is_taken)
    return;
  if (exceeds_quota (service, n_on_their_way, now_ms))
    {
      plan->is_taken = FALSE;
      plan->wire = pick (service, 0, 3) == 0 ? SIM_WIRE_429_LATER : SIM_WIRE_429;
    }
  else if (service->quota.per_minute > 0)
    g_array_append_val (service->taken, now_ms);
}

SimSubmitPlan
sim_service_plan_submit (SimService *service, guint n_on_their_way, gint64 now_ms)
{
  SimSubmitPlan plan = { .wire = pick_submit_wire (service) };
  gboolean is_slow = happens (service, service->faults->slow);

  plan.is_taken = plan.wire == SIM_WIRE_FINE
                  || (!is_certainly_not_taken (plan.wire) && pick (service, 0, 2) > 0);
  apply_quota (service, &plan, n_on_their_way, now_ms);
  plan.arrival_ms = is_slow ? pick (service, 0, 60000) : pick (service, 0, 300);
  plan.answer_ms = plan.arrival_ms
                   + (is_slow ? pick (service, 0, SIM_SILENT_SUBMIT_MS) : pick (service, 0, 3000));
  if (plan.wire == SIM_WIRE_SILENCE)
    plan.answer_ms = plan.arrival_ms + SIM_SILENT_SUBMIT_MS;
  return plan;
}

/* Some of them look like the refusal of a request, which costs nothing; these have been paid for.
 */
static Veo3ErrorCode
pick_code (SimService *service)
{
  static const Veo3ErrorCode codes[]
      = { VEO3_ERROR_CODE_OPERATION_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED,
          VEO3_ERROR_CODE_NO_CLIP,          VEO3_ERROR_CODE_CREDENTIALS,
          VEO3_ERROR_CODE_QUOTA_DAY,        VEO3_ERROR_CODE_INVALID_REQUEST };

  return codes[pick (service, 0, G_N_ELEMENTS (codes) - 1)];
}

/* The ends of operations that are no clips. */
static void
spoil (SimService *service, SimOperation *operation, gint64 now_ms)
{
  switch (pick (service, 0, 6))
    {
    case 0:
    case 1:
      operation->code = pick_code (service);
      break;
    case 2:
      operation->ready_ms = G_MAXINT64;
      break;
    case 3:
      operation->forgotten_ms = now_ms + pick (service, 0, 120000);
      break;
    case 4:
      operation->is_junk = TRUE;
      break;
    case 5:
      operation->is_gone = TRUE;
      break;
    default:
      operation->ready_ms = now_ms + pick (service, 0, 3600000);
      break;
    }
}

void
sim_service_accept (SimService *service, guint clip, gboolean is_given_up, gint64 now_ms)
{
  SimOperation operation = { .number = clip * SIM_MAX_OPERATIONS + ++service->n_accepted[clip],
                             .accepted_ms = now_ms,
                             .ready_ms = now_ms + pick (service, 2000, LONGEST_OPERATION_MS),
                             .forgotten_ms = G_MAXINT64 };

  if (happens (service, service->faults->ending))
    spoil (service, &operation, now_ms);
  g_array_append_val (service->operations, operation);
  if (!is_given_up)
    service->newest[clip] = operation.number;
}

char *
sim_service_dup_name (guint number)
{
  return g_strdup_printf ("models/simulated/operations/op-%u", number);
}

/* ---- questions and downloads ---- */

SimWire
sim_service_plan_poll (SimService *service, gint64 *ret_after_ms)
{
  static const SimWire wires[] = { SIM_WIRE_DEAD, SIM_WIRE_SILENCE, SIM_WIRE_GARBAGE,
                                   SIM_WIRE_CUT,  SIM_WIRE_500,     SIM_WIRE_502,
                                   SIM_WIRE_503,  SIM_WIRE_429,     SIM_WIRE_429_LATER,
                                   SIM_WIRE_401,  SIM_WIRE_403,     SIM_WIRE_404,
                                   SIM_WIRE_404,  SIM_WIRE_400,     SIM_WIRE_NOT_SENT };
  gboolean is_slow = happens (service, service->faults->slow);
  SimWire wire = SIM_WIRE_FINE;

  if (happens (service, service->faults->poll))
    wire = wires[pick (service, 0, G_N_ELEMENTS (wires) - 1)];
  *ret_after_ms = is_slow ? pick (service, 1000, 40000) : pick (service, 20, 900);
  if (wire == SIM_WIRE_SILENCE)
    *ret_after_ms = 20000;
  return wire;
}

SimWire
sim_service_plan_download (SimService *service, gint64 *ret_after_ms)
{
  static const SimWire wires[]
      = { SIM_WIRE_DEAD, SIM_WIRE_SILENCE, SIM_WIRE_CUT, SIM_WIRE_500,     SIM_WIRE_429_LATER,
          SIM_WIRE_401,  SIM_WIRE_404,     SIM_WIRE_410, SIM_WIRE_OUR_DISK };
  gboolean is_slow = happens (service, service->faults->slow);
  SimWire wire = SIM_WIRE_FINE;

  if (happens (service, service->faults->download))
    wire = wires[pick (service, 0, G_N_ELEMENTS (wires) - 1)];
  *ret_after_ms = is_slow ? pick (service, 1000, 100000) : pick (service, 200, 5000);
  return wire;
}

/* Returns: (nullable): NULL = there is no such operation. */
static SimOperation *
find_operation (const SimService *service, guint number)
{
  for (guint i = 0; i < service->operations->len; i++)
    if (g_array_index (service->operations, SimOperation, i).number == number)
      return &g_array_index (service->operations, SimOperation, i);
  return NULL;
}

void
sim_service_answer_poll (SimService *service,
                         guint number,
                         gint64 now_ms,
                         SimWire *ret_wire,
                         SimReading *ret_reading)
{
  const SimOperation *operation = find_operation (service, number);

  *ret_reading = (SimReading){ 0 };
  *ret_wire = operation == NULL || now_ms >= operation->forgotten_ms ? SIM_WIRE_404 : SIM_WIRE_FINE;
  if (*ret_wire == SIM_WIRE_404)
    sim_wire_read_poll (SIM_WIRE_404, ret_reading);
  else if (now_ms < operation->ready_ms)
    ret_reading->poll = (Veo3PollResult){ .klass = pick (service, 0, 3) == 0 ? VEO3_POLL_QUEUED
                                                                             : VEO3_POLL_RUNNING };
  else if (operation->code == VEO3_ERROR_CODE_NONE)
    ret_reading->poll = (Veo3PollResult){ .klass = VEO3_POLL_DONE, .clip_uri = "files/clip" };
  else
    ret_reading->poll = (Veo3PollResult){ .klass = VEO3_POLL_FAILED,
                                          .code = operation->code,
                                          .message = "words of the service" };
}

void
sim_service_stop (SimService *service,
                  guint number,
                  gint64 now_ms,
                  SimWire *ret_wire,
                  SimReading *ret_reading)
{
  SimOperation *operation = find_operation (service, number);

  *ret_reading = (SimReading){ .cancel = { .klass = VEO3_CANCEL_ASKED } };
  *ret_wire = SIM_WIRE_FINE;
  if (operation == NULL || now_ms >= operation->forgotten_ms)
    *ret_wire = SIM_WIRE_404;
  else if (now_ms >= operation->ready_ms)
    *ret_wire = SIM_WIRE_400;
  if (*ret_wire != SIM_WIRE_FINE)
    {
      sim_wire_read_cancel (*ret_wire, ret_reading);
      return;
    }
  operation->ready_ms = now_ms;
  operation->code = VEO3_ERROR_CODE_OPERATION_FAILED;
}

void
sim_service_answer_download (SimService *service,
                             guint number,
                             SimWire *ret_wire,
                             SimReading *ret_reading)
{
  const SimOperation *operation = find_operation (service, number);

  *ret_reading = (SimReading){ 0 };
  g_assert (operation != NULL);
  *ret_wire = operation->is_gone ? SIM_WIRE_404 : SIM_WIRE_FINE;
  if (operation->is_gone)
    sim_wire_read_download (SIM_WIRE_404, ret_reading);
  else if (operation->is_junk)
    ret_reading->download = (Veo3DownloadResult){ .klass = VEO3_DOWNLOAD_NOT_CLIP,
                                                  .code = VEO3_ERROR_CODE_NOT_A_CLIP,
                                                  .message = "not an MP4" };
  else
    ret_reading->download = (Veo3DownloadResult){
      .klass = VEO3_DOWNLOAD_STORED,
      .bytes = 1000 + number,
      .sha256 = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    };
}
