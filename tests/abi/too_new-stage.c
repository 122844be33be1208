/* SPDX-License-Identifier: MIT */
/* too_new-stage.c: was built for an ABI that does not exist yet. */
#include "tests/abi/hostile.h"

static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR + 1,
  .struct_size = sizeof (PipelineStagePlugin),
  .name = "too_new",
  .version = "1",
};

HOSTILE_EXPORT (&descriptor)
