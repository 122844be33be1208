/* SPDX-License-Identifier: MIT */
/* no_symbol-stage.c: a shared object, but no plugin. */
#include "include/pipeline-stage.h"

PIPELINE_STAGE_EXPORT int something_else (void);

int
something_else (void)
{
  return 0;
}
