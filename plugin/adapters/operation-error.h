/* SPDX-License-Identifier: MIT */
/*
 * OperationError: what the error inside a finished operation or interaction means, whether its code
 * is a number of google.rpc, an HTTP status, a name of google.rpc or a word of the Interactions
 * API.
 */
#pragma once

#include "plugin/domain/veo3-error.h"

G_BEGIN_DECLS

/**
 * operation_error_classify: what people can do about it.
 * Source: google/rpc/code.proto; the words of ai.google.dev/api, Interactions, errors.
 * @number: -1 = none
 * @word: (nullable)
 * @message: (nullable): the service's words; a known support code in them means the content filter
 * Thread: any. Blocks: no. Errors: none.
 * Returns: VEO3_ERROR_CODE_OPERATION_FAILED for whatever is not known: the service's own trouble.
 */
Veo3ErrorCode operation_error_classify (gint64 number, const char *word, const char *message);

G_END_DECLS
