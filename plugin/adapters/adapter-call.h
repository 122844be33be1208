/* SPDX-License-Identifier: MIT */
/*
 * AdapterCall: a submit, a poll or a cancellation on its way, and what every HTTP adapter makes of
 * the answer. What differs between services, the reading of a good answer, is the adapter's.
 */
#pragma once

#include "plugin/adapters/http-client.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/**
 * AdapterLogFunc: one line, cleaned and redacted.
 * @level: G_LOG_LEVEL_WARNING, G_LOG_LEVEL_INFO or G_LOG_LEVEL_DEBUG.
 * Thread: the worker's context.
 */
typedef void (*AdapterLogFunc) (GLogLevelFlags level, const char *line, gpointer user_data);

/** AdapterLog: where an adapter's lines go. */
typedef struct
{
  AdapterLogFunc func; /* (nullable) */
  gpointer data;       /* (borrowed) */
} AdapterLog;

typedef struct
{
  gpointer adapter;         /* (borrowed) begins with a VideoGenerationPort */
  char *subject;            /* (owned) key or operation, for log lines */
  Veo3SubmitFunc on_submit; /* (nullable) one of the three is set */
  Veo3PollFunc on_poll;     /* (nullable) */
  Veo3CancelFunc on_cancel; /* (nullable) */
  gpointer user_data;       /* (borrowed) */
} AdapterCall;

/**
 * adapter_log: writes a line, if anybody listens.
 * Thread: the worker. Blocks: no. Errors: none.
 */
void adapter_log (const AdapterLog *self, GLogLevelFlags level, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/**
 * adapter_call_new: a call; the caller sets its callback.
 * @adapter: outlives it
 * Thread: the worker. Blocks: no. Errors: none. Returns: (transfer full)
 */
AdapterCall *adapter_call_new (gpointer adapter, const char *subject, gpointer user_data);

/**
 * adapter_call_finish_submit: classifies the answer to a paid request and calls back once. What
 * nobody understood is logged.
 * @operation_name: (nullable): what was read out of a 2xx answer
 * @secret: (nullable): redacted
 * Thread: the worker. Blocks: no. Errors: none.
 */
void adapter_call_finish_submit (const AdapterCall *self,
                                 const HttpResponse *response,
                                 const char *operation_name,
                                 const char *secret,
                                 const AdapterLog *log);

/**
 * adapter_call_finish_poll: gives @known on, or classifies the answer that says nothing of the
 * operation; calls back once.
 * @known: (nullable): what was read out of a complete 200
 * @secret: (nullable): redacted
 * Thread: the worker. Blocks: no. Errors: none.
 */
void adapter_call_finish_poll (const AdapterCall *self,
                               const HttpResponse *response,
                               const Veo3PollResult *known,
                               const char *secret,
                               const AdapterLog *log);

/**
 * adapter_call_finish_cancel: gives @known on, or classifies the answer to the request to stop an
 * operation; calls back once.
 * @known: (nullable): what was read out of a complete 200
 * @secret: (nullable): redacted
 * Thread: the worker. Blocks: no. Errors: none.
 */
void adapter_call_finish_cancel (const AdapterCall *self,
                                 const HttpResponse *response,
                                 const Veo3CancelResult *known,
                                 const char *secret);

/** adapter_call_free: accepts NULL. Thread: the worker. Blocks: no. Errors: none. */
void adapter_call_free (AdapterCall *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AdapterCall, adapter_call_free)

G_END_DECLS
