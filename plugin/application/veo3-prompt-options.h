/* SPDX-License-Identifier: MIT */
/*
 * Veo3PromptOptions: the members of an entry of veo3_prompts[] that need not be there: how its clip
 * is to look, and what it is made from.
 */
#pragma once

#include "plugin/application/veo3-json.h"
#include "plugin/domain/veo3-clip-request.h"

G_BEGIN_DECLS

/**
 * veo3_prompt_options_get_number: a number in any of the coats that it has in files of people and
 * of language models: 6, 6.0, "6" and " 6 ".
 * @member: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: NAN if it is none.
 */
double veo3_prompt_options_get_number (Veo3JsonObject *member);

/**
 * veo3_prompt_options_read: reads them all; null says nothing.
 * @entry: an object
 * @ret_options: (inout): zeroed before; gets those that are good
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): the first problem, from the name of its field on; NULL =
 *   none
 */
char *veo3_prompt_options_read (Veo3JsonObject *entry, Veo3ClipOptions *ret_options);

/**
 * veo3_prompt_options_find_slip: a member that looks like a known one with a slip of the pen. Other
 * members are the user's own business.
 * @entry: an object
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): words for people; NULL = none
 */
char *veo3_prompt_options_find_slip (Veo3JsonObject *entry);

G_END_DECLS
