/* SPDX-License-Identifier: MIT */
/* A sample for lint: the application knows an adapter. */
#include "include/pipeline-stage.h"
#include "plugin/domain/veo3-job.h"

#include "plugin/adapters/gemini-adapter.h"
