/* SPDX-License-Identifier: MIT */
/* empty_name-stage.c: has no name. */
#include "tests/abi/hostile.h"

static const PipelineStagePlugin descriptor = {
  HOSTILE_HEAD (""),
};

HOSTILE_EXPORT (&descriptor)
