/* SPDX-License-Identifier: MIT */
/*
 * The judgement of a request that creates an interaction with a Gemini Omni model: which fields
 * exist, their types and bounds, which go together. Pure: JSON in, verdict out.
 *
 * Where the real service is known to ignore a field and to charge a whole clip nevertheless, this
 * one refuses it; its own rules begin with "The emulator".
 * Source: https://ai.google.dev/gemini-api/docs/omni
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

/** OmniCreate: what an accepted request asks for. Borrows from the body where it does not own. */
typedef struct
{
  gchar *prompt;           /* (owned) its texts */
  json_object *input;      /* string or content list, as it arrived */
  json_object *labels;     /* (nullable) */
  const gchar *previous;   /* (nullable) id of the interaction before it */
  const gchar *resolution; /* "720p" unless asked otherwise */
  int duration_s;
  gboolean portrait;
  gboolean background;
  gboolean store;
  gboolean stream;
  gboolean wants_uri;
  gchar *late_error; /* (owned) (nullable) what a background run finds out only while it works */
} OmniCreate;

/**
 * omni_check_get_models:
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (array zero-terminated=1): the models of this wire
 */
const gchar *const *omni_check_get_models (void);

/**
 * omni_create_clear:
 * @create: of omni_check_create()
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: nothing
 */
void omni_create_clear (OmniCreate *create);

/**
 * omni_check_create:
 * @model: its member `model`
 * @body: the parsed body
 * @ret_create: (out): what is asked for
 * @error: return location
 *
 * Judges a request.
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_NOT_SUPPORTED = parameter_unknown,
 * G_IO_ERROR_INVALID_DATA = invalid_request; the message is the text of the 400 answer.
 * Returns: TRUE when the service would take it
 */
gboolean
omni_check_create (const gchar *model, json_object *body, OmniCreate *ret_create, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmniCreate, omni_create_clear)

G_END_DECLS
