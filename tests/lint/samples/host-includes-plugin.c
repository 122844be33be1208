/* SPDX-License-Identifier: MIT */
/* A sample for lint: the host reaches into the plugin. */
#include <gio/gio.h>
#include "host/runner.h"
#include "include/pipeline-stage.h"
#include "plugin/domain/veo3-job.h"
