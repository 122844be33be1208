/* SPDX-License-Identifier: MIT */
/*
 * plugin-set.h: the plugins of this process. Each is loaded once and started at most once, however
 * many runs use it, and all are stopped before the process exits: a plugin's thread that talks TLS
 * while exit() runs crashes in the TLS library's cleanup.
 *
 * Threads: main thread only.
 */
#pragma once

#include "host/plugin-host.h"

G_BEGIN_DECLS

/* Set to 1 to allow core dumps of a process that holds a key. */
#define PLUGIN_SET_ALLOW_CORE_VARIABLE "PIPELINE_ALLOW_CORE"

typedef struct _PluginSet PluginSet;

/**
 * plugin_set_new: no plugins yet.
 * @overrides: (array zero-terminated=1) (nullable): `--plugin NAME=PATH` arguments.
 * @sink: copied; where log and progress of all plugins go.
 * Thread: main. Blocks: disk. Errors: PLUGIN_LOADER_ERROR_USAGE.
 * Returns: (transfer full) (nullable): NULL with @error.
 */
PluginSet *plugin_set_new (const char *const *overrides, const PluginSink *sink, GError **error);

/**
 * plugin_set_free: stops and frees all plugins.
 * @self: (nullable).
 * Thread: main. Blocks: as long as their stop() does. Errors: none. Returns: nothing.
 */
void plugin_set_free (PluginSet *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PluginSet, plugin_set_free)

/**
 * plugin_set_get: a plugin by name, loaded if need be, not started.
 * Thread: main. Blocks: disk. Errors: PluginLoaderError.
 * Returns: (transfer none) (nullable): NULL with @error.
 */
PluginHost *plugin_set_get (PluginSet *self, const char *name, GError **error);

/**
 * plugin_set_loader: the loader behind it, to list what could be loaded.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer none).
 */
PluginLoader *plugin_set_loader (PluginSet *self);

/**
 * plugin_set_protect_secrets: makes this process undumpable (no core file, no debugger of the same
 * user), for it holds a key. Does nothing if PIPELINE_ALLOW_CORE=1.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void plugin_set_protect_secrets (void);

G_END_DECLS
