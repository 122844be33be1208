/* SPDX-License-Identifier: MIT */
/*
 * older_minor-stage.c: a plugin of ABI 1.0: its descriptor ends with `command`, and what lies
 * behind it must not be taken for the fields of 1.1.
 */
#include "tests/abi/hostile.h"

#include <stdio.h>
#include <string.h>

static int
older_command (gpointer plugin, const PipelineStageContext *context, const char *const *argv)
{
  (void)plugin;
  (void)context;
  if (strcmp (argv[0], "exit") == 0)
    return (int)g_ascii_strtoll (argv[1], NULL, 10);
  for (gsize i = 0; argv[i] != NULL; i++)
    printf ("[%s]", argv[i]);
  printf ("\n");
  return 0;
}

static gboolean
not_a_hook (gpointer plugin, GAsyncResult *result, PipelineOutcome *ret_outcome, GError **error)
{
  (void)plugin;
  (void)result;
  (void)ret_outcome;
  (void)error;
  g_error ("called what lies behind the descriptor");
  return FALSE;
}

static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR,
  .abi_minor = 0,
  .struct_size = G_STRUCT_OFFSET (PipelineStagePlugin, command_async),
  .name = "older_minor",
  .version = "1",
  .default_after = "ONE",
  .command = older_command,
  .command_finish = not_a_hook,
  .command_help = "GARBAGE",
};

HOSTILE_EXPORT (&descriptor)
