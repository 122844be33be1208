/* SPDX-License-Identifier: MIT */
/*
 * EmulatorAnswer: one HTTP answer before it is sent, in the forms Google's services use.
 * Belongs to the emulator's one thread.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

#include "tests/emulator/fault.h"

G_BEGIN_DECLS

/**
 * EmulatorAnswerFlow: a body that is not there yet, because generation takes its time.
 * It is asked by the sender until it has ended.
 */
typedef struct
{
  /* Gives (transfer full) the next piece; or NULL, and in @ret_wait_us how long to wait before the
   * next question, or -1 at the end. @now_us is g_get_monotonic_time(). */
  GBytes *(*next) (gpointer data, gint64 now_us, gint64 *ret_wait_us);
  gpointer data;            /* (owned) (nullable) */
  GDestroyNotify free_data; /* (nullable) */
  gboolean whole;           /* nothing is sent before the end; otherwise piece by piece, chunked */
} EmulatorAnswerFlow;

typedef struct
{
  guint status;             /* HTTP status; 0 = nothing will be answered */
  gchar *content_type;      /* (owned) (nullable) */
  GBytes *body;             /* (owned) */
  GPtrArray *headers;       /* (owned) name, value, name, value, ... */
  EmulatorFault *fault;     /* (owned) (nullable) how it is spoilt on its way */
  EmulatorAnswerFlow *flow; /* (owned) (nullable) brings the body instead */
} EmulatorAnswer;

/** Returned by EmulatorAnswerFlow.next at the end. */
#define EMULATOR_FLOW_ENDED G_GINT64_CONSTANT (-1)

/**
 * emulator_answer_new:
 * @status: HTTP status
 * @content_type: (nullable): type of @body
 * @body: (transfer full): content
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an answer
 */
EmulatorAnswer *emulator_answer_new (guint status, const gchar *content_type, GBytes *body);

/**
 * emulator_answer_new_json:
 * @status: HTTP status
 * @json: (transfer full): content
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an answer, indented as Google prints it
 */
EmulatorAnswer *emulator_answer_new_json (guint status, json_object *json);

/**
 * emulator_answer_new_error:
 * @status: HTTP status, also the envelope's code
 * @message: text for people
 *
 * Makes the envelope {"error":{code,message,status}}, its status word following from @status.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an answer
 */
EmulatorAnswer *emulator_answer_new_error (guint status, const gchar *message);

/**
 * emulator_answer_new_error_with_details:
 * @status: HTTP status
 * @message: text for people
 * @details: (transfer full) (nullable): JSON array
 *
 * As emulator_answer_new_error(), with error details.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an answer
 */
EmulatorAnswer *
emulator_answer_new_error_with_details (guint status, const gchar *message, json_object *details);

/**
 * emulator_answer_new_error_named:
 * @status: HTTP status, also the envelope's code
 * @word: the envelope's status word, for those that share an HTTP status
 * @message: text for people
 *
 * As emulator_answer_new_error(), with another status word.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an answer
 */
EmulatorAnswer *
emulator_answer_new_error_named (guint status, const gchar *word, const gchar *message);

/**
 * emulator_answer_new_error_info:
 * @reason: such as API_KEY_INVALID
 * @metadata: (transfer full): JSON object
 *
 * Makes a google.rpc.ErrorInfo of the domain googleapis.com, one entry of the error details.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the detail
 */
json_object *emulator_answer_new_error_info (const gchar *reason, json_object *metadata);

/**
 * emulator_answer_new_later:
 * @status: HTTP status
 * @content_type: type of the body
 * @flow: (transfer full): g_new(); brings the body
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an answer whose body is yet to come
 */
EmulatorAnswer *
emulator_answer_new_later (guint status, const gchar *content_type, EmulatorAnswerFlow *flow);

/**
 * emulator_answer_set_body:
 * @self: an answer
 * @body: (transfer full): content instead of its own
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_answer_set_body (EmulatorAnswer *self, GBytes *body);

/**
 * emulator_answer_new_html:
 * @status: HTTP status
 *
 * Makes the page of a front end that never reached the service.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an answer
 */
EmulatorAnswer *emulator_answer_new_html (guint status);

/**
 * emulator_answer_add_header:
 * @self: an answer
 * @name: header
 * @value: its value
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_answer_add_header (EmulatorAnswer *self, const gchar *name, const gchar *value);

/**
 * emulator_answer_free:
 * @self: (nullable) (transfer full): an answer
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_answer_free (EmulatorAnswer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorAnswer, emulator_answer_free)

G_END_DECLS
