/* SPDX-License-Identifier: MIT */
/* too_old-stage.c: was built for an ABI that is gone. */
#include "tests/abi/hostile.h"

static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR - 1,
  .struct_size = sizeof (PipelineStagePlugin),
  .name = "too_old",
  .version = "1",
};

HOSTILE_EXPORT (&descriptor)
