/* SPDX-License-Identifier: MIT */
/*
 * What the user's word means for each job. Pure.
 *
 * Must not: let anything but REGENERATE and RESUBMIT lead to a paid request, or erase the name of
 * an operation.
 */
#include "plugin/domain/veo3-order.h"

void
veo3_order_free (Veo3Order *order)
{
  if (order == NULL)
    return;
  g_strfreev (order->variants);
  g_free (order->operation_name);
  g_free (order->prompt);
  g_free (order);
}

gboolean
veo3_order_may_pay (const Veo3Order *order)
{
  return order->kind == VEO3_ORDER_REGENERATE || order->kind == VEO3_ORDER_RESUBMIT;
}

gboolean
veo3_order_needs_service (const Veo3Order *order)
{
  return order->kind != VEO3_ORDER_SHOW && order->kind != VEO3_ORDER_ABANDON
         && order->kind != VEO3_ORDER_CANCEL;
}

/* A process that died while the request was on its way left `submitting`: read as uncertain, like
 * what was sent and whose name nobody knows. */
static gboolean
is_uncertain (const Veo3Job *job)
{
  if (job->status == VEO3_JOB_GENERATING || job->status == VEO3_JOB_DOWNLOADING
      || job->status == VEO3_JOB_TIMED_OUT)
    return job->operation_name == NULL;
  return job->status == VEO3_JOB_UNCERTAIN || job->status == VEO3_JOB_SUBMITTING;
}

/* Where the service knows no operation of the name that the user gave, he may have mistyped it. */
static gboolean
can_adopt (const Veo3Job *job)
{
  return is_uncertain (job)
         || (job->status == VEO3_JOB_FAILED && job->error_code == VEO3_ERROR_CODE_OPERATION_LOST);
}

/* The service had it, but we did not get it: worth another look as long as there is a name. What
 * has expired does not come back; whoever names it all the same may know better. */
static gboolean
is_worth_a_look (const Veo3Job *job, gboolean is_named)
{
  if (job->error_code == VEO3_ERROR_CODE_CLIP_EXPIRED)
    return is_named;
  return job->error_code == VEO3_ERROR_CODE_OPERATION_LOST
         || job->error_code == VEO3_ERROR_CODE_CLIP_GONE
         || job->error_code == VEO3_ERROR_CODE_NOT_A_CLIP;
}

static gboolean
can_collect (const Veo3Job *job, gboolean is_named)
{
  if (job->operation_name == NULL)
    return FALSE;
  switch (job->status)
    {
    case VEO3_JOB_GENERATING:
    case VEO3_JOB_DOWNLOADING:
    case VEO3_JOB_TIMED_OUT:
      return TRUE;
    case VEO3_JOB_COMPLETED:
      return is_named || job->progress.is_clip_missing;
    case VEO3_JOB_FAILED:
      return is_worth_a_look (job, is_named);
    case VEO3_JOB_CANCELLED:
      return is_named; /* the user said that nobody waits for it; by its name he says otherwise */
    case VEO3_JOB_PENDING:
    case VEO3_JOB_SUBMITTING:
    case VEO3_JOB_UNCERTAIN:
      return FALSE;
    }
  return FALSE;
}

/* An order to pay again that was not carried out, because the program ended, can be given anew. */
static gboolean
can_regenerate (const Veo3Job *job)
{
  return (job->status == VEO3_JOB_PENDING && job->is_ordered) || job->status == VEO3_JOB_COMPLETED
         || job->status == VEO3_JOB_FAILED || job->status == VEO3_JOB_CANCELLED
         || (job->status == VEO3_JOB_TIMED_OUT && !is_uncertain (job));
}

static gboolean
can_cancel (const Veo3Job *job)
{
  return !is_uncertain (job)
         && (job->status == VEO3_JOB_PENDING || job->status == VEO3_JOB_GENERATING
             || job->status == VEO3_JOB_DOWNLOADING || job->status == VEO3_JOB_TIMED_OUT);
}

static gboolean
is_possible (const Veo3Order *order, const Veo3Job *job, gboolean is_named)
{
  switch (order->kind)
    {
    case VEO3_ORDER_SHOW:
      return TRUE;
    case VEO3_ORDER_COLLECT:
      return can_collect (job, is_named);
    case VEO3_ORDER_REGENERATE:
      return can_regenerate (job);
    case VEO3_ORDER_ADOPT:
      return can_adopt (job);
    case VEO3_ORDER_RESUBMIT:
    case VEO3_ORDER_ABANDON:
      return is_uncertain (job);
    case VEO3_ORDER_CANCEL:
      return can_cancel (job);
    }
  return FALSE;
}

gboolean
veo3_order_covers (const Veo3Order *order, const Veo3Job *job)
{
  if (order->variants == NULL || order->variants[0] == NULL)
    return is_possible (order, job, FALSE);
  return g_strv_contains ((const char *const *)order->variants, job->variant)
         && is_possible (order, job, TRUE);
}

/* The service had not said yet that it was done. */
static gboolean
may_be_running (const Veo3Job *job)
{
  return job->operation_name != NULL
         && (job->status == VEO3_JOB_GENERATING || job->status == VEO3_JOB_TIMED_OUT);
}

gboolean
veo3_order_may_stop (const Veo3Order *order, GPtrArray *jobs)
{
  for (guint i = 0; order->kind == VEO3_ORDER_CANCEL && i < jobs->len; i++)
    if (veo3_order_covers (order, g_ptr_array_index (jobs, i))
        && may_be_running (g_ptr_array_index (jobs, i)))
      return TRUE;
  return FALSE;
}

/* What to do instead, in terms of where the job is. */
static const char *
advise (const Veo3Job *job)
{
  if (is_uncertain (job))
    return "it is uncertain whether it was accepted: `pipeline_runner veo3 reconcile` settles that";
  switch (job->status)
    {
    case VEO3_JOB_PENDING:
      return "nothing of it was sent: `pipeline_runner run` sends it, with --restart if the run is "
             "done";
    case VEO3_JOB_GENERATING:
    case VEO3_JOB_DOWNLOADING:
      return "the service has it: `pipeline_runner veo3 collect` fetches it";
    case VEO3_JOB_TIMED_OUT:
      return "its operation is kept: `pipeline_runner veo3 collect` fetches it";
    case VEO3_JOB_COMPLETED:
      return "its clip is there; `pipeline_runner veo3 regenerate` pays for another one";
    case VEO3_JOB_FAILED:
    case VEO3_JOB_CANCELLED:
      return "`pipeline_runner veo3 regenerate` pays for another try";
    case VEO3_JOB_SUBMITTING:
    case VEO3_JOB_UNCERTAIN:
      break;
    }
  return "see `pipeline_runner status`";
}

static const Veo3Job *
find (GPtrArray *jobs, const char *variant)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (jobs, i);

      if (g_str_equal (job->variant, variant))
        return job;
    }
  return NULL;
}

static char *
check_variant (const Veo3Order *order, GPtrArray *jobs, const char *variant)
{
  const Veo3Job *job = find (jobs, variant);

  if (job == NULL)
    return g_strdup_printf (
        "there is no clip %s in veo3/jobs.json; `pipeline_runner status` lists them", variant);
  if (is_possible (order, job, TRUE))
    return NULL;
  return g_strdup_printf ("clip %s is %s; %s. Nothing was changed", variant,
                          veo3_job_status_to_string (job->status), advise (job));
}

/* Two jobs with one operation would be one clip under two names, and the other clip lost. */
static char *
check_operation (const Veo3Order *order, GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (jobs, i);

      if (g_strcmp0 (job->operation_name, order->operation_name) == 0
          || veo3_job_had_operation (job, order->operation_name))
        return g_strdup_printf ("%s is the operation of clip %s already. Nothing was changed",
                                order->operation_name, job->variant);
    }
  return NULL;
}

char *
veo3_order_check (const Veo3Order *order, GPtrArray *jobs)
{
  for (guint i = 0; order->variants != NULL && order->variants[i] != NULL; i++)
    {
      char *problem = check_variant (order, jobs, order->variants[i]);

      if (problem != NULL)
        return problem;
    }
  return order->kind == VEO3_ORDER_ADOPT ? check_operation (order, jobs) : NULL;
}

/* ---- what it changes ---- */

static void
submit_again (Veo3Job *job, Veo3Now now)
{
  if (job->status != VEO3_JOB_PENDING)
    veo3_job_apply (job, VEO3_EVENT_USER_RESUBMIT, now.utc_us);
  veo3_job_explain (job, VEO3_ERROR_CODE_NONE, NULL);
  veo3_job_retire_operation (job);
  job->is_ordered = TRUE;
}

static void
look_again (Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  veo3_job_explain (job, VEO3_ERROR_CODE_NONE, NULL);
  if (job->status == VEO3_JOB_GENERATING)
    job->progress.deadline_ms = now.boot_ms + run->settings.deadline_ms;
  else
    veo3_run_look_again (run, job, now);
}

static void
adopt (const Veo3Order *order, Veo3Job *job, Veo3Now now)
{
  gboolean was_uncertain = job->status == VEO3_JOB_UNCERTAIN;

  veo3_job_apply (job, was_uncertain ? VEO3_EVENT_USER_ADOPT : VEO3_EVENT_LOOK_AGAIN, now.utc_us);
  veo3_job_explain (job, VEO3_ERROR_CODE_NONE, NULL);
  veo3_job_retire_operation (job);
  job->is_ordered = FALSE;
  job->operation_name = g_strdup (order->operation_name);
  /* Nobody knows when it was accepted; nothing is to expire because of that. */
  job->submitted_at_us = now.utc_us;
}

static void
abandon (Veo3Job *job, Veo3Now now)
{
  veo3_job_apply (job, VEO3_EVENT_USER_ABANDON, now.utc_us);
  job->is_ordered = FALSE;
  veo3_job_explain (job, VEO3_ERROR_CODE_CANCELLED,
                    "abandoned by the user's word while it was uncertain whether the service had "
                    "accepted it; if it had, it was billed");
}

static const char *
word_unsent (const Veo3Job *job)
{
  return job->is_ordered ? "nothing of it was sent or billed since it was ordered again"
                         : "nothing of it was sent or billed";
}

static const char *
word_running (Veo3StopWay way)
{
  switch (way)
    {
    case VEO3_STOP_ASK:
      return "the service had accepted it and is asked to stop; what it has generated may be "
             "billed";
    case VEO3_STOP_NO_ACCESS:
      return "the service had accepted it and could not be asked to stop: it bills it all the same";
    case VEO3_STOP_IMPOSSIBLE:
      return "the service had accepted it, cannot be asked to stop, and bills it all the same";
    }
  g_assert_not_reached ();
}

/* What is cancelled now may follow a request that was paid for, or may have been. */
static char *
word_cancelled (const Veo3Job *job, Veo3StopWay way)
{
  if (job->operation_name == NULL)
    return g_strdup_printf ("cancelled by the user's word; %s", word_unsent (job));
  if (job->status == VEO3_JOB_DOWNLOADING)
    return g_strdup_printf ("cancelled by the user's word; the clip was finished already, and the "
                            "service bills it all the same: `pipeline_runner veo3 collect %s` "
                            "fetches it, for nothing",
                            job->variant);
  return g_strdup_printf ("cancelled by the user's word; %s. `pipeline_runner veo3 collect %s` "
                          "fetches it after all",
                          word_running (way), job->variant);
}

static void
cancel (Veo3Job *job, Veo3StopWay way, Veo3Now now)
{
  g_autofree char *words = word_cancelled (job, way);

  job->progress.is_stop_wanted = way == VEO3_STOP_ASK && may_be_running (job);
  veo3_job_apply (job, VEO3_EVENT_USER_CANCEL, now.utc_us);
  job->is_ordered = FALSE;
  veo3_job_explain (job, VEO3_ERROR_CODE_CANCELLED, words);
}

static void
change (const Veo3Order *order, Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  switch (order->kind)
    {
    case VEO3_ORDER_SHOW:
      return;
    case VEO3_ORDER_COLLECT:
      if (job->status != VEO3_JOB_COMPLETED || job->progress.is_clip_missing)
        look_again (run, job, now);
      job->progress.is_one_look = order->is_one_look;
      if (order->is_one_look)
        job->progress.deadline_ms = now.boot_ms;
      return;
    case VEO3_ORDER_REGENERATE:
    case VEO3_ORDER_RESUBMIT:
      submit_again (job, now);
      break;
    case VEO3_ORDER_ADOPT:
      adopt (order, job, now);
      break;
    case VEO3_ORDER_ABANDON:
      abandon (job, now);
      break;
    case VEO3_ORDER_CANCEL:
      cancel (job, run->settings.stop_way, now);
      break;
    }
  veo3_run_touch (run, job);
}

void
veo3_order_give (const Veo3Order *order, Veo3Run *run, Veo3Job *job, Veo3Now now)
{
  gboolean is_covered = veo3_order_covers (order, job);

  /* Held while it is added, so that it is not also taken up by itself, as by a start. */
  job->progress.is_held = TRUE;
  veo3_run_add_job (run, job, now);
  if (!is_covered)
    return;
  job->progress.is_held = FALSE;
  change (order, run, job, now);
}
