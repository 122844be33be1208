/* SPDX-License-Identifier: MIT */
/*
 * OmniInput: what an interaction is asked in the member "input": a text, or pictures and a text
 * whose tags say what the pictures are for. Pure, no network.
 */
#pragma once

#include <json-c/json.h>

#include "plugin/domain/veo3-clip-request.h"

G_BEGIN_DECLS

/**
 * omni_input_dup_text: the prompt, with the tags it needs and has not yet in front of it:
 * <FIRST_FRAME>, <LAST_FRAME>, <IMAGE_REF_0> and so on.
 * Source: ai.google.dev/gemini-api/docs, video with Gemini Omni: pictures are bound by tag, and one
 * without a tag may be dropped.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *omni_input_dup_text (const Veo3ClipRequest *request);

/**
 * omni_input_build: the member "input": the prompt as it is, or pictures in the order first frame,
 * last frame, references, and the text behind them.
 * @request: with pictures that clip_images_check() passed
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL = no memory.
 */
json_object *omni_input_build (const Veo3ClipRequest *request);

/**
 * omni_input_get_task: the word for what is done with the pictures.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): NULL = there is none, or no word for it.
 */
const char *omni_input_get_task (const Veo3ClipOptions *options);

G_END_DECLS
