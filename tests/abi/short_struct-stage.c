/* SPDX-License-Identifier: MIT */
/* short_struct-stage.c: has a descriptor that ends before its name. */
#include "tests/abi/hostile.h"

static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR,
  .struct_size = 8,
  .name = "short_struct",
  .version = "1",
};

HOSTILE_EXPORT (&descriptor)
