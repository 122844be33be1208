/* SPDX-License-Identifier: MIT */
/* settings_lie-stage.c: counts settings that are not there. */
#include "tests/abi/hostile.h"

static const PipelineStagePlugin descriptor = {
  HOSTILE_HEAD ("settings_lie"),
  .n_settings = 3,
};

HOSTILE_EXPORT (&descriptor)
