/* SPDX-License-Identifier: MIT */
/* newer_minor-stage.c: knows more than this host, which is fine: its descriptor is longer than
 * ours. */
#include "tests/abi/hostile.h"

/* What a later minor version of the ABI may look like. */
typedef struct
{
  PipelineStagePlugin known;
  void (*later_hook) (void);
} LaterPlugin;

static const LaterPlugin descriptor = {
  .known = { .abi_major = PIPELINE_STAGE_ABI_MAJOR,
             .abi_minor = PIPELINE_STAGE_ABI_MINOR + 1,
             .struct_size = sizeof (LaterPlugin),
             .name = "newer_minor",
             .version = "1" },
};

HOSTILE_EXPORT (&descriptor.known)
