/* SPDX-License-Identifier: MIT */
/* A sample for lint: an adapter knows the application and the plugin ABI. */
#include <curl/curl.h>
#include "plugin/adapters/http-client.h"
#include "plugin/domain/video-generation-port.h"
#include "plugin/application/veo3-settings.h"
#include "include/pipeline-stage.h"
