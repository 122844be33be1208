/* SPDX-License-Identifier: MIT */
/*
 * A plugin's look at its own readiness, waited for: what `doctor` and `validate` share.
 *
 * Threads: main thread only.
 */
#pragma once

#include "host/plugin-host.h"

G_BEGIN_DECLS

/**
 * plugin_look: lets a plugin look and waits for what it found. One that does not answer is
 * cancelled in the end and given up soon after.
 * @context: as for the other hooks
 * @is_online: it may ask its services; then it must have been started
 * @patience_ms: before it is cancelled; 0 = a minute
 * @error: (nullable): why there is no more to tell
 * Thread: main; runs the main context meanwhile. Blocks: a little longer than @patience_ms at
 * most.
 * Errors: PLUGIN_HOST_ERROR_SILENT, the plugin's own.
 * Returns: (transfer full) (element-type PluginFinding): what was found before an error, too
 */
GPtrArray *plugin_look (PluginHost *plugin,
                        const PipelineStageContext *context,
                        gboolean is_online,
                        guint patience_ms,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
