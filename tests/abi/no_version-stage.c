/* SPDX-License-Identifier: MIT */
/* no_version-stage.c: has no version. */
#include "tests/abi/hostile.h"

static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR,
  .struct_size = sizeof (PipelineStagePlugin),
  .name = "no_version",
};

HOSTILE_EXPORT (&descriptor)
