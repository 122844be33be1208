/* SPDX-License-Identifier: MIT */
/*
 * GoogleToken: the wire of access tokens: what is asked of the token service or the metadata
 * server, and what its answers mean. Keeps nothing.
 */
#pragma once

#include "plugin/adapters/google-credentials.h"
#include "plugin/adapters/http-client.h"

G_BEGIN_DECLS

#define GOOGLE_TOKEN_SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define GOOGLE_TOKEN_ANSWER_BYTES (32 * 1024) /* the longest answer that is read */

/** GoogleTokenQuestion: a request for a token, and what must not be shown of it. */
typedef struct
{
  HttpRequest *request; /* (owned) (nullable) NULL once it was sent */
  char *assertion;      /* (owned) (nullable) a secret */
} GoogleTokenQuestion;

/**
 * google_token_ask: builds the request for a token.
 * Source: RFC 7523 (service account), RFC 6749 section 6 (user),
 * https://cloud.google.com/compute/docs/access/authenticate-workloads (machine).
 * @network: (nullable): as http_request_set_network().
 * @now_s: seconds since 1970, by the wall clock: the service compares it with its own.
 * @question: (out caller-allocates): to be cleared in any case.
 * Thread: any. Blocks: no. Errors: GOOGLE_AUTH_ERROR_TRANSIENT, HTTP_ERROR. Returns: success.
 */
gboolean google_token_ask (const GoogleCredentials *credentials,
                           const HttpNetwork *network,
                           gint64 now_s,
                           GoogleTokenQuestion *question,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * google_token_question_clear: wipes and frees what it owns.
 * Thread: any. Blocks: no. Errors: none.
 */
void google_token_question_clear (GoogleTokenQuestion *self);

/**
 * google_token_parse: reads a complete answer of status 200, strictly.
 * @body: (array length=length)
 * @life_s: (out): seconds from the request on, 1..86,400.
 * Source: RFC 6749 section 5.1.
 * Thread: any. Blocks: no. Errors: GOOGLE_AUTH_ERROR_TRANSIENT; nothing of the body is shown.
 * Returns: (transfer full) (nullable): a secret: secret_free().
 */
char *google_token_parse (const char *body, gsize length, gint64 *life_s, GError **error);

/**
 * google_token_explain: why an answer, or none, brings no token.
 * @question: what was asked: its secrets are redacted.
 * @response: anything but a complete answer of status 200.
 * @retry_after_ms: (out): what the service asks us to wait; 0 = nothing said.
 * @now_s: seconds since 1970, for dates in Retry-After.
 * Source: RFC 6749 section 5.2.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): GOOGLE_AUTH_ERROR.
 */
GError *google_token_explain (const GoogleCredentials *credentials,
                              const GoogleTokenQuestion *question,
                              const HttpResponse *response,
                              gint64 now_s,
                              gint64 *retry_after_ms);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GoogleTokenQuestion, google_token_question_clear)

G_END_DECLS
