/* SPDX-License-Identifier: MIT */
/*
 * Veo3ServiceLook: a free question to the service on its way, on the worker.
 */
#pragma once

#include "plugin/stage/veo3-composition.h"
#include "plugin/stage/veo3-doctor.h"

G_BEGIN_DECLS

typedef struct _Veo3ServiceLook Veo3ServiceLook;

/**
 * Veo3ServiceLookFunc: the one answer; the look frees itself afterwards.
 * @answer: (transfer full) (nullable): NULL = the port has no service
 * Thread: the worker's.
 */
typedef void (*Veo3ServiceLookFunc) (Veo3ServiceLook *look,
                                     Veo3ServiceAnswer *answer,
                                     gpointer user_data);

/** Veo3ServiceLookConfig: borrowed during the call, but for what outlives the worker's thread. */
typedef struct
{
  GMainContext *context;
  const Veo3Composition *composition;
  gpointer shared;        /* the composition's */
  Veo3Settings *settings; /* (transfer full) */
  Veo3ServiceLookFunc callback;
  gpointer user_data; /* (borrowed) */
} Veo3ServiceLookConfig;

/**
 * veo3_service_look_start: asks.
 * Thread: the worker's. Blocks: as making a port does. Errors: through the callback, which is never
 * called before this has returned.
 * Returns: (transfer none): valid until the callback returns
 */
Veo3ServiceLook *veo3_service_look_start (const Veo3ServiceLookConfig *config);

/** veo3_service_look_cancel: makes the answer come soon. Thread: the worker's. Blocks: no. Errors:
 * none. */
void veo3_service_look_cancel (Veo3ServiceLook *self);

G_END_DECLS
