/* SPDX-License-Identifier: MIT */
/*
 * plugin-services.h: the host services one plugin gets: a mailbox that any thread may put log and
 * progress messages into, emptied on the host's main context.
 *
 * A mailbox is never freed, only closed: a thread of a plugin that wrongly outlives stop() may
 * still call into it, and must find a letter box that throws away.
 *
 * Threads: the services themselves any; the functions below main only.
 */
#pragma once

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

/** PluginSink: where log and progress of plugins go. Called on the main context. */
typedef struct
{
  gpointer user_data;
  void (*log) (gpointer user_data,
               const char *plugin,
               guint64 run,
               PipelineLogLevel level,
               const char *message);
  void (*progress) (gpointer user_data,
                    const char *plugin,
                    guint64 run,
                    const PipelineProgress *progress);
} PluginSink;

typedef struct _PluginServices PluginServices;

/**
 * plugin_services_new: an open mailbox.
 * @plugin: its name, handed to the sink; copied.
 * @sink: copied; its user_data must live until plugin_services_close().
 * Thread: main. Blocks: no. Errors: none.
 * Returns: (transfer none): give it back with plugin_services_close().
 */
PluginServices *plugin_services_new (const char *plugin, const PluginSink *sink);

/**
 * plugin_services_close: hands on what is in the box and from then on throws away.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void plugin_services_close (PluginServices *self);

/**
 * plugin_services_flush: hands on now what is in the box, in order.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void plugin_services_flush (PluginServices *self);

/**
 * plugin_services_table: what the plugin's start() is given.
 * Thread: main. Blocks: no. Errors: none.
 * Returns: (transfer none): valid as long as the process lives.
 */
const PipelineHostServices *plugin_services_table (PluginServices *self);

/**
 * plugin_services_warn: says something about the plugin itself through its sink, in order.
 * @run: 0 = about no run in particular.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void plugin_services_warn (PluginServices *self, guint64 run, const char *message);

G_END_DECLS
