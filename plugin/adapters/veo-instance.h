/* SPDX-License-Identifier: MIT */
/*
 * VeoInstance: the one instance of predictLongRunning: the prompt and the pictures that the clip
 * begins with, ends with or is made from. Pure, no network.
 */
#pragma once

#include <json-c/json.h>

#include "plugin/domain/veo3-clip-request.h"

G_BEGIN_DECLS

/**
 * veo_instance_build_all: the member "instances". Pictures are members of the instance, of the form
 * {"bytesBase64Encoded", "mimeType"}; Google's own samples with "inlineData" are refused.
 * Source: request bodies of the official SDK, google-genai 2.32 and 3.1.
 * @request: with pictures that clip_images_check() passed
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL = no memory.
 */
json_object *veo_instance_build_all (const Veo3ClipRequest *request);

G_END_DECLS
