/* SPDX-License-Identifier: MIT */
/*
 * exit-status.c: see exit-status.h. Scripts and cron jobs decide by these codes, so the order lives
 * here and nowhere else. Pure.
 */
#include "host/exit-status.h"

#include <signal.h>

ExitStatus
exit_status_of_run (const ExitStatusFacts *facts)
{
  if (facts->signal_number == SIGINT)
    return EXIT_STATUS_SIGINT;
  if (facts->signal_number != 0)
    return EXIT_STATUS_SIGTERM;
  if ((facts->outcome & PIPELINE_OUTCOME_UNCERTAIN) != 0)
    return EXIT_STATUS_UNCERTAIN;
  if (facts->stage_failed)
    return EXIT_STATUS_STAGE_FAILED;
  if ((facts->outcome & PIPELINE_OUTCOME_BUDGET) != 0)
    return EXIT_STATUS_BUDGET;
  if ((facts->outcome & PIPELINE_OUTCOME_DENIED) != 0)
    return EXIT_STATUS_DENIED;
  if ((facts->outcome & PIPELINE_OUTCOME_UNFINISHED) != 0)
    return EXIT_STATUS_UNFINISHED;
  if ((facts->outcome & PIPELINE_OUTCOME_PARTIAL) != 0 && facts->fail_on_partial)
    return EXIT_STATUS_PARTIAL;
  return EXIT_STATUS_DONE;
}

ExitStatus
exit_status_of_command_error (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    return EXIT_STATUS_USAGE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return EXIT_STATUS_DENIED;
  return EXIT_STATUS_STAGE_FAILED;
}

static guint
strength_of (ExitStatus status)
{
  switch (status)
    {
    case EXIT_STATUS_DONE:
      return 0;
    case EXIT_STATUS_PARTIAL:
      return 1;
    case EXIT_STATUS_UNFINISHED:
      return 2;
    case EXIT_STATUS_DENIED:
      return 3;
    case EXIT_STATUS_BUDGET:
      return 4;
    case EXIT_STATUS_LOCKED:
      return 5;
    case EXIT_STATUS_USAGE:
      return 6;
    case EXIT_STATUS_STAGE_FAILED:
      return 7;
    case EXIT_STATUS_UNCERTAIN:
      return 8;
    case EXIT_STATUS_SIGTERM:
      return 9;
    case EXIT_STATUS_SIGINT:
      return 10;
    }
  return 7;
}

ExitStatus
exit_status_strongest (ExitStatus a, ExitStatus b)
{
  return strength_of (a) >= strength_of (b) ? a : b;
}

const char *
exit_status_meaning (ExitStatus status)
{
  switch (status)
    {
    case EXIT_STATUS_DONE:
      return "done";
    case EXIT_STATUS_STAGE_FAILED:
      return "a stage or the command failed";
    case EXIT_STATUS_USAGE:
      return "bad usage, definition or input; nothing was sent";
    case EXIT_STATUS_DENIED:
      return "the service denied access (credentials, quota of the day, model)";
    case EXIT_STATUS_UNFINISHED:
      return "remote work is not finished; collecting it later is free";
    case EXIT_STATUS_UNCERTAIN:
      return "a paid request is uncertain and needs your word";
    case EXIT_STATUS_BUDGET:
      return "refused by your budget";
    case EXIT_STATUS_PARTIAL:
      return "some items are missing";
    case EXIT_STATUS_LOCKED:
      return "another process works on this workspace";
    case EXIT_STATUS_SIGINT:
      return "interrupted, state saved";
    case EXIT_STATUS_SIGTERM:
      return "terminated, state saved";
    }
  return "unknown";
}
