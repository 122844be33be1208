/* SPDX-License-Identifier: MIT */
/*
 * Veo3PromptReader: publishing-assets.json -> prompts. The cap comes first, then each entry is
 * checked on its own.
 */
#pragma once

#include "plugin/domain/veo3-prompt.h"

G_BEGIN_DECLS

#define VEO3_ASSETS_FILE_NAME "publishing-assets.json"

/**
 * veo3_prompt_reader_read: reads `veo3_prompts[]`.
 * @workspace_fd: the workspace's folder
 * @clip_count: at most this many entries are read, from the front
 * @ret_n_found: (out): how many entries there were before the cap
 * Thread: any. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR_NOT_FOUND: no such file, no such member, or an empty array: there is nothing
 * to generate; any other: the file cannot be used. Both say so in words. Returns: (transfer full)
 * (element-type Veo3Prompt) (nullable)
 */
GPtrArray *veo3_prompt_reader_read (int workspace_fd,
                                    guint clip_count,
                                    guint *ret_n_found,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_prompt_reader_parse: the same from text.
 * @text: (array length=length_bytes): followed by a NUL
 * Thread: any. Blocks: no. Errors and returns: as veo3_prompt_reader_read().
 * Errors: as veo3_prompt_reader_read(). Returns: (transfer full) (element-type Veo3Prompt)
 * (nullable).
 */
GPtrArray *veo3_prompt_reader_parse (const char *text,
                                     gsize length_bytes,
                                     guint clip_count,
                                     guint *ret_n_found,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
