/* SPDX-License-Identifier: MIT */
/* start_only-stage.c: would leave its thread running. */
#include "tests/abi/hostile.h"

static gboolean
start_only_start (const PipelineHostServices *services, gpointer *ret_plugin, GError **error)
{
  (void)services;
  (void)ret_plugin;
  (void)error;
  return TRUE;
}

static const PipelineStagePlugin descriptor = {
  HOSTILE_HEAD ("start_only"),
  .start = start_only_start,
};

HOSTILE_EXPORT (&descriptor)
