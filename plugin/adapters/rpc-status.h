/* SPDX-License-Identifier: MIT */
/*
 * RpcStatus: the error envelope of Google's HTTP services ({"error":{code,message,status,details}},
 * google.rpc.Status), and the Retry-After header.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a service may ask us to wait: libcurl reports values like -349,927,093 and 2e9. */
#define RPC_STATUS_RETRY_MAX_MS (G_GINT64_CONSTANT (600) * 1000)

/** RpcQuota: which quota is used up, from the one that passes first to the one that stays. */
typedef enum
{
  RPC_QUOTA_NONE,       /* none named */
  RPC_QUOTA_CONCURRENT, /* under way at a time */
  RPC_QUOTA_MINUTE,
  RPC_QUOTA_DAY,   /* and of longer times */
  RPC_QUOTA_SPEND, /* of money: a window, a cap, prepaid credit */
} RpcQuota;

typedef struct
{
  gint64 code;           /* as sent, HTTP status or google.rpc.Code; -1 = none */
  char *status;          /* (owned) "UNAVAILABLE"; "" = none */
  char *message;         /* (owned) cleaned and redacted; "" = none */
  char *reason;          /* (owned) (nullable) of ErrorInfo: "API_KEY_INVALID" */
  gint64 retry_delay_ms; /* of RetryInfo; 0 = none */
  RpcQuota quota;
} RpcStatus;

/**
 * rpc_status_parse: reads an error envelope. String codes and codes as strings are tolerated.
 * @body: (array length=length) (nullable)
 * @secret: (nullable): redacted from the message.
 * Source: google/rpc/status.proto, error_details.proto.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL if it is anything else: HTML, cut, another shape.
 */
RpcStatus *rpc_status_parse (const char *body, gsize length, const char *secret);

/**
 * rpc_status_is: is the status of this name, by name or by the code of its name?
 * @self: (nullable): FALSE
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it is.
 */
gboolean rpc_status_is (const RpcStatus *self, const char *status);

/**
 * rpc_status_has_word: is the code a word ("not_found"), as the Interactions API has it, and not a
 * number?
 * @self: (nullable): FALSE
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it is.
 */
gboolean rpc_status_has_word (const RpcStatus *self);

/**
 * rpc_status_parse_duration: "37s", "1.5s" in milliseconds, rounded up.
 * Source: proto3 JSON of google.protobuf.Duration.
 * @text: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: 0..RPC_STATUS_RETRY_MAX_MS; 0 for anything malformed or negative.
 */
gint64 rpc_status_parse_duration (const char *text);

/**
 * rpc_status_parse_retry_after: the header's value, seconds or an HTTP date.
 * @text: (nullable)
 * @now_s: seconds since 1970, for a date.
 * Source: RFC 9110 sections 5.6.7 (dates; IMF-fixdate only) and 10.2.3.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: milliseconds, 0..RPC_STATUS_RETRY_MAX_MS; 0 for anything malformed or past.
 */
gint64 rpc_status_parse_retry_after (const char *text, gint64 now_s);

/**
 * rpc_status_free: accepts NULL.
 * Thread: any. Blocks: no. Errors: none.
 */
void rpc_status_free (RpcStatus *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RpcStatus, rpc_status_free)

G_END_DECLS
