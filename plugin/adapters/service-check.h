/* SPDX-License-Identifier: MIT */
/*
 * The free question to a service of Google's: what do you know of this model? Its answer tells
 * whether the credentials are taken, whether the model is there, and what time the service has.
 */
#pragma once

#include "plugin/adapters/http-client.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** ServiceCheckCall: who asks. Borrowed during the call, but for the port. */
typedef struct
{
  HttpClient *client;              /* (borrowed) for free requests; outlives the answer */
  const VideoGenerationPort *port; /* (borrowed) until the answer: whose model it is */
  const char *secret;              /* (nullable) redacted */
  GCancellable *cancellable;       /* (nullable) */
  Veo3ServiceFunc callback;        /* called once, later */
  gpointer user_data;              /* (borrowed) until the callback */
} ServiceCheckCall;

/**
 * service_check_send: asks and classifies.
 * @request: (transfer full) (nullable): a GET of the model; NULL = see @problem
 * @problem: (nullable): why there is no request
 * Source: https://ai.google.dev/api/models#method:-models.get,
 * https://cloud.google.com/vertex-ai/docs/reference/rest/v1/publishers.models/get
 * Thread: the owner of the client's context. Blocks: no. Errors: through the callback.
 */
void service_check_send (HttpRequest *request, const char *problem, const ServiceCheckCall *call);

G_END_DECLS
