/* SPDX-License-Identifier: MIT */
/*
 * Vertex AI's judgement of a predictLongRunning body for Veo 3.1: which fields exist, their types
 * and bounds. What the service finds out only while it works, the length of the clip above all, is
 * no refusal but the end of the operation. Pure: JSON in, verdict out.
 *
 * Few of the real texts are known; where none is, the refusal follows the manner of the Gemini
 * API's. Where the real service is believed to ignore what it does not know, this one refuses it.
 * Source:
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

/** VertexSubmit: what an accepted request asks for. Borrows from the body, but for @late_error. */
typedef struct
{
  const gchar *prompt;
  const gchar *storage_uri; /* (nullable) gs://...; NULL = the clip comes in the answer */
  int duration_s;
  gboolean portrait;
  guint n_samples;
  gchar *late_error; /* (owned) (nullable) how the operation will fail, google.rpc code 3 */
} VertexSubmit;

/**
 * vertex_submit_clear:
 * @submit: of vertex_check_submit()
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: nothing
 */
void vertex_submit_clear (VertexSubmit *submit);

/**
 * vertex_check_submit:
 * @model: bare model id; Lite models know fewer fields
 * @body: the parsed body
 * @ret_submit: (out): what is asked for
 * @error: return location
 *
 * Judges a request.
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA; the message is the text of the 400
 * INVALID_ARGUMENT answer.
 * Returns: TRUE when the service would take it
 */
gboolean vertex_check_submit (const gchar *model,
                              json_object *body,
                              VertexSubmit *ret_submit,
                              GError **error);

/**
 * vertex_check_poll:
 * @body: (nullable): the parsed body
 * @ret_name: (out) (transfer none): the operation it asks for, borrowed from @body
 * @error: return location
 *
 * Judges a fetchPredictOperation body.
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA, as for vertex_check_submit().
 * Returns: TRUE when it asks for an operation, known or not
 */
gboolean vertex_check_poll (json_object *body, const gchar **ret_name, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VertexSubmit, vertex_submit_clear)

G_END_DECLS
