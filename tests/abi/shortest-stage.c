/* SPDX-License-Identifier: MIT */
/* shortest-stage.c: knows hardly anything: behind its short descriptor lies what is no hook. */
#include "tests/abi/hostile.h"

/* The descriptor ends after `summary`; what lies behind it must not be taken for fields. */
static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR,
  .struct_size = G_STRUCT_OFFSET (PipelineStagePlugin, default_after),
  .name = "shortest",
  .version = "1",
  .summary = "short",
  .default_after = "GARBAGE",
  .n_settings = 1000000,
};

HOSTILE_EXPORT (&descriptor)
