/* SPDX-License-Identifier: MIT */
/*
 * `pipeline_runner veo3 …`: the command line of the user's orders.
 */
#pragma once

#include "plugin/domain/veo3-order.h"

G_BEGIN_DECLS

/** Text for `pipeline_runner veo3 help`. */
extern const char veo3_command_help[];

/**
 * veo3_command_parse: reads a command line.
 * @argv: NULL-terminated, starts with the subcommand
 * @ret_order: (out) (transfer full): untouched on failure
 * Thread: any. Blocks: briefly, on the disk, for --prompt-file.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: the command line, or the prompt file.
 * Returns: TRUE when it was understood.
 */
gboolean veo3_command_parse (const char *const *argv,
                             Veo3Order **ret_order,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
