/* SPDX-License-Identifier: MIT */
/*
 * ResponseClassifier: what an HTTP answer, or none, means for a paid request, a poll and a
 * download. One table per kind, shared by the adapters of Google's services.
 */
#pragma once

#include "plugin/adapters/http-client.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** ResponseContext: what the tables need to know beside the answer. Borrowed. */
typedef struct
{
  const char *secret;   /* (nullable) redacted from all text */
  gint64 now_s;         /* seconds since 1970, for dates in Retry-After */
  const char *provider; /* (nullable) as the port says; NULL = advice is general */
  const char *model;    /* (nullable) that was asked for */
} ResponseContext;

/** ResponseVerdict: a class is returned; this is the rest. */
typedef struct
{
  Veo3ErrorCode code;
  char *message; /* (owned) (nullable) one line for people, cleaned and redacted */
  gint64 retry_after_ms;
} ResponseVerdict;

/**
 * response_classifier_submit: did the paid request leave, and was it taken?
 * Decided by the count of departures first, because no CURLcode tells it; then by the status.
 * @accepted: a complete 2xx answer of the right shape was read out of the body.
 * @verdict: (out caller-allocates)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: the class.
 */
Veo3SubmitClass response_classifier_submit (const HttpResponse *response,
                                            gboolean accepted,
                                            const ResponseContext *context,
                                            ResponseVerdict *verdict);

/**
 * response_classifier_poll: an answer to a poll that says nothing about the operation itself, that
 * is anything but a complete 200 of the right shape.
 * @verdict: (out caller-allocates)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: NO_ANSWER, THROTTLED, NOT_FOUND or UNAUTHORIZED.
 */
Veo3PollClass response_classifier_poll (const HttpResponse *response,
                                        const ResponseContext *context,
                                        ResponseVerdict *verdict);

/**
 * response_classifier_download: an answer that is not the whole clip.
 * @verdict: (out caller-allocates)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRANSIENT or GONE.
 */
Veo3DownloadClass response_classifier_download (const HttpResponse *response,
                                                const ResponseContext *context,
                                                ResponseVerdict *verdict);

/**
 * response_classifier_cancel: an answer to the request to stop an operation that is anything but a
 * complete 200.
 * Source: the Interactions API: only what runs can be cancelled, anything else is a 400; what is
 * not known a 404.
 * @verdict: (out caller-allocates)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: OVER, NO_ANSWER or UNAUTHORIZED.
 */
Veo3CancelClass response_classifier_cancel (const HttpResponse *response,
                                            const ResponseContext *context,
                                            ResponseVerdict *verdict);

/**
 * response_classifier_describe: what was seen, in one line, with the service's own words; cleaned
 * and redacted.
 * @secret: (nullable)
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *response_classifier_describe (const HttpResponse *response, const char *secret);

/**
 * response_classifier_dup_excerpt: at most 4 KiB of the body, for the record of an answer nobody
 * understood.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *response_classifier_dup_excerpt (const HttpResponse *response, const char *secret);

/**
 * response_verdict_clear: frees what it owns.
 * Thread: any. Blocks: no. Errors: none.
 */
void response_verdict_clear (ResponseVerdict *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ResponseVerdict, response_verdict_clear)

G_END_DECLS
