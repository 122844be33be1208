/* SPDX-License-Identifier: MIT */
/*
 * The Gemini API's judgement of a predictLongRunning body, as far as it is known: which fields
 * exist, their types and bounds, which combinations go together, and the texts of the refusals.
 * Pure: JSON in, verdict out.
 *
 * Texts seen in the field are kept letter by letter; where none is known the refusal follows the
 * manner of a known one. Sources: https://ai.google.dev/gemini-api/docs/video and public reports of
 * refused requests.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

/** GeminiSubmit: what an accepted request asks for. Borrows from the body. */
typedef struct
{
  const gchar *prompt;
  int duration_s;
  gboolean portrait;
} GeminiSubmit;

/**
 * gemini_check_submit:
 * @model: bare model id; Lite models know fewer fields
 * @body: the parsed body
 * @ret_submit: (out): what is asked for; borrows from @body
 * @error: return location
 *
 * Judges a request.
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA; the message is the text of the 400
 * INVALID_ARGUMENT answer.
 * Returns: TRUE when the service would take it
 */
gboolean gemini_check_submit (const gchar *model,
                              json_object *body,
                              GeminiSubmit *ret_submit,
                              GError **error);

G_END_DECLS
