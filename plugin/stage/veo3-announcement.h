/* SPDX-License-Identifier: MIT */
/*
 * What is said at the start of a run about where its requests go.
 */
#pragma once

#include "plugin/adapters/http-network.h"
#include "plugin/application/veo3-reporter.h"
#include "plugin/application/veo3-settings.h"

G_BEGIN_DECLS

/**
 * veo3_announcement_tell: names the servers that are not the provider's own, and the proxy; says
 * nothing if there are none. A server beyond this machine is a warning: it is shown the key.
 * @settings: of which the URLs have been checked
 * @network: (nullable)
 * Thread: the worker's. Blocks: no. Errors: none.
 */
void veo3_announcement_tell (const Veo3Settings *settings,
                             const HttpNetwork *network,
                             const Veo3Reporter *reporter);

G_END_DECLS
