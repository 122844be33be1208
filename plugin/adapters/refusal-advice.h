/* SPDX-License-Identifier: MIT */
/*
 * RefusalAdvice: what a person can do about a request that was turned away, in terms of the
 * settings of the service that turned it away.
 */
#pragma once

#include "plugin/adapters/rpc-status.h"
#include "plugin/domain/veo3-error.h"

G_BEGIN_DECLS

/** RefusalCase: who said no to what. Borrowed. */
typedef struct
{
  Veo3ErrorCode code;
  long http_status;
  const RpcStatus *status; /* (nullable) */
  const char *provider;    /* (nullable) as the port says */
  const char *model;       /* (nullable) that was asked for */
} RefusalCase;

/**
 * refusal_advice_new: a clause to stand in brackets behind the service's words.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL = the service's words say all there is
 */
char *refusal_advice_new (const RefusalCase *refusal);

G_END_DECLS
