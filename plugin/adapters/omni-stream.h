/* SPDX-License-Identifier: MIT */
/*
 * OmniStream: a create call that is answered by events, for models that take no background calls.
 * The first event has the id; it is told as soon as it is there. The connection is left open after
 * that, because nobody knows whether the service goes on without it; what comes is thrown away, for
 * polls tell the same.
 */
#pragma once

#include "plugin/adapters/http-client.h"

G_BEGIN_DECLS

/**
 * OmniStreamFunc: the one answer.
 * @response: what was seen; the beginning of it is the body
 * @operation_name: (nullable): set when there is an interaction
 * Thread: the client's context.
 */
typedef void (*OmniStreamFunc) (const HttpResponse *response,
                                const char *operation_name,
                                gpointer user_data);

/** OmniStreamCall: whom to tell. */
typedef struct
{
  GCancellable *cancellable; /* (nullable) ends the connection, also after the answer */
  guint64 max_bytes;         /* of the events; the connection is closed there */
  OmniStreamFunc callback;   /* called once, later */
  gpointer user_data;        /* (borrowed) until the callback */
} OmniStreamCall;

/**
 * omni_stream_send: sends a create call and reads its events.
 * @client: (transfer none): may be freed before the connection ends
 * @request: (transfer full)
 * @call: copied
 * Thread: the owner of the client's context. Blocks: no. Errors: through the callback.
 */
void omni_stream_send (HttpClient *client, HttpRequest *request, const OmniStreamCall *call);

G_END_DECLS
