/* SPDX-License-Identifier: MIT */
/*
 * The names of the seeded bugs, and those that are one wrong answer of a function. No state.
 */
#include "tests/sim/sim-bugs.h"

static const char *const names[SIM_N_BUGS] = {
  [SIM_BUG_NONE] = "none",
  [SIM_BUG_NO_WRITE_AHEAD] = "no-write-ahead",
  [SIM_BUG_FILE_NOT_FSYNCED] = "write-ahead-not-fsynced",
  [SIM_BUG_FOLDER_NOT_FSYNCED] = "folder-not-fsynced",
  [SIM_BUG_WRITTEN_IN_PLACE] = "written-in-place",
  [SIM_BUG_FAILED_SAVE_IS_DURABLE] = "failed-save-taken-for-durable",
  [SIM_BUG_START_TRUSTS_THE_CACHE] = "start-trusts-the-cache",
  [SIM_BUG_READ_ERROR_IS_ABSENT] = "read-error-taken-for-absent",
  [SIM_BUG_DAMAGED_IS_EMPTY] = "damaged-file-taken-for-empty",
  [SIM_BUG_RETRY_ON_500] = "retry-on-500",
  [SIM_BUG_RETRY_ON_DEAD_CONNECTION] = "retry-on-dead-connection",
  [SIM_BUG_RETRY_ON_CUT_ANSWER] = "retry-on-cut-answer",
  [SIM_BUG_CANCELLED_IS_NOT_SENT] = "cancelled-taken-for-not-sent",
  [SIM_BUG_POLL_FAILURE_FAILS_JOB] = "poll-failure-fails-job",
  [SIM_BUG_ONE_404_IS_LOST] = "one-404-is-lost",
  [SIM_BUG_DEADLINE_DROPS_OPERATION] = "deadline-drops-operation",
  [SIM_BUG_EXPIRES_BY_THE_CLOCK] = "expires-by-the-clock",
  [SIM_BUG_STALE_IS_RESUBMITTED] = "stale-prompt-resubmitted",
  [SIM_BUG_OLD_PROMPT_IS_SENT] = "old-prompt-sent",
  [SIM_BUG_CLIP_IS_NOT_LOOKED_FOR] = "clip-not-looked-for",
  [SIM_BUG_SUBMITTING_IS_RESENT] = "submitting-resent-at-start",
  [SIM_BUG_UNCERTAIN_IS_RESENT] = "uncertain-resent-at-start",
  [SIM_BUG_POLLS_BEFORE_SAVED] = "polls-before-saved",
  [SIM_BUG_SUBMITS_AFTER_END] = "submits-after-end",
  [SIM_BUG_COLLECT_GOES_ON_WITH_ALL] = "collect-goes-on-with-all",
  [SIM_BUG_REGENERATE_FORGETS_OPERATION] = "regenerate-forgets-operation",
  [SIM_BUG_ORDER_IS_REPEATED] = "order-repeated-at-start",
  [SIM_BUG_OVERSLEEPS] = "oversleeps",
  [SIM_BUG_NOT_PACED] = "not-paced",
};

const char *
sim_bugs_get_name (SimBug bug)
{
  return names[bug];
}

gboolean
sim_bugs_find (const char *name, SimBug *ret_bug)
{
  for (guint i = 0; i < SIM_N_BUGS; i++)
    if (g_str_equal (names[i], name))
      {
        *ret_bug = (SimBug)i;
        return TRUE;
      }
  return FALSE;
}

void
sim_bugs_plant (SimBug bug, SimDisk *disk)
{
  disk->skips_file_fsync = bug == SIM_BUG_FILE_NOT_FSYNCED;
  disk->skips_folder_fsync = bug == SIM_BUG_FOLDER_NOT_FSYNCED;
  disk->writes_in_place = bug == SIM_BUG_WRITTEN_IN_PLACE;
}

SimWire
sim_bugs_see_submit (SimBug bug, SimWire wire)
{
  if (bug == SIM_BUG_RETRY_ON_500
      && (wire == SIM_WIRE_500 || wire == SIM_WIRE_502 || wire == SIM_WIRE_504))
    return SIM_WIRE_503;
  if (bug == SIM_BUG_RETRY_ON_DEAD_CONNECTION && wire == SIM_WIRE_DEAD)
    return SIM_WIRE_NOT_SENT;
  if (bug == SIM_BUG_RETRY_ON_CUT_ANSWER && (wire == SIM_WIRE_CUT || wire == SIM_WIRE_GARBAGE))
    return SIM_WIRE_503;
  if (bug == SIM_BUG_CANCELLED_IS_NOT_SENT && wire == SIM_WIRE_CANCELLED)
    return SIM_WIRE_CANCELLED_UNSENT;
  return wire;
}

SimWire
sim_bugs_see_poll (SimBug bug, SimWire wire)
{
  if (bug == SIM_BUG_POLL_FAILURE_FAILS_JOB && !sim_wire_tells_of_operation (wire)
      && wire != SIM_WIRE_CANCELLED)
    return SIM_WIRE_FAILED;
  if (bug == SIM_BUG_ONE_404_IS_LOST && wire == SIM_WIRE_404)
    return SIM_WIRE_FAILED;
  return wire;
}

gboolean
sim_bugs_reset_loaded (SimBug bug, const Veo3Job *job, gboolean is_stale)
{
  if (bug == SIM_BUG_SUBMITTING_IS_RESENT)
    return job->status == VEO3_JOB_SUBMITTING;
  if (bug == SIM_BUG_UNCERTAIN_IS_RESENT)
    return job->status == VEO3_JOB_UNCERTAIN;
  if (bug == SIM_BUG_ORDER_IS_REPEATED)
    return job->earlier_operations != NULL;
  return bug == SIM_BUG_STALE_IS_RESUBMITTED && is_stale && job->attempts > 0;
}
