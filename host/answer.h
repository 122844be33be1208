/* SPDX-License-Identifier: MIT */
/*
 * answer.h: what commands print on stdout, in particular as JSON.
 *
 * Threads: main thread only.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

/** AnswerJson: a json-c object with automatic release. */
typedef struct json_object AnswerJson;

/**
 * answer_json_free: gives a reference back.
 * @json: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void answer_json_free (AnswerJson *json);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnswerJson, answer_json_free)

/**
 * answer_add_text: adds a string member; bytes that are no UTF-8 are mended.
 * @text: (nullable): NULL = null.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void answer_add_text (AnswerJson *object, const char *key, const char *text);

/**
 * answer_text: a JSON string.
 * @text: (nullable): NULL gives NULL, json-c's null.
 * Thread: main. Blocks: no. Errors: none. Returns: (transfer full) (nullable).
 */
AnswerJson *answer_text (const char *text);

/**
 * answer_print_json: prints a document and a newline.
 * Thread: main. Blocks: write. Errors: none. Returns: nothing.
 */
void answer_print_json (AnswerJson *json);

/**
 * answer_append_summary: what a plugin tells of a run, for people: its "summary", one line each.
 * @prefix: begins each line.
 * @told: (nullable): what describe() said.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void answer_append_summary (GString *out, const char *prefix, AnswerJson *told);

/**
 * answer_print_error: tells that a command could not be carried out: one line on stderr, or with
 * @is_json `{"error": {"code": …, "message": …}}` on stdout.
 * @code: exit code.
 * Thread: main. Blocks: write. Errors: none. Returns: nothing.
 */
void answer_print_error (int code, const char *message, gboolean is_json);

/**
 * answer_plugin_log: PluginSink.log of commands without a display: warnings and errors go to
 * stderr. Thread: main. Blocks: write. Errors: none. Returns: nothing.
 */
void answer_plugin_log (gpointer user_data,
                        const char *plugin,
                        guint64 run,
                        PipelineLogLevel level,
                        const char *message);

/**
 * answer_plugin_progress: PluginSink.progress of commands without a display: one line on stderr.
 * Thread: main. Blocks: write. Errors: none. Returns: nothing.
 */
void answer_plugin_progress (gpointer user_data,
                             const char *plugin,
                             guint64 run,
                             const PipelineProgress *progress);

G_END_DECLS
