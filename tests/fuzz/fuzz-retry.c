/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: what a service asks us to wait (Retry-After, RetryInfo) and its error envelope. No
 * text makes us wait longer than the limit, or less than nothing; texts to be shown are clean.
 */
#include <string.h>

#include "plugin/adapters/rpc-status.h"
#include "tests/fuzz/fuzz-target.h"

/* A day of November 2026. */
#define NOW_S G_GINT64_CONSTANT (1795392000)

static void
assert_wait (gint64 wait_ms)
{
  g_assert_cmpint (wait_ms, >=, 0);
  g_assert_cmpint (wait_ms, <=, RPC_STATUS_RETRY_MAX_MS);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (RpcStatus) status = rpc_status_parse ((const char *)data, size, FUZZ_SECRET);
  gint64 early_ms = rpc_status_parse_retry_after (text, NOW_S);
  gint64 late_ms = rpc_status_parse_retry_after (text, NOW_S + 60);

  assert_wait (rpc_status_parse_duration (text));
  assert_wait (early_ms);
  assert_wait (rpc_status_parse_retry_after (text, G_MAXINT32));
  assert_wait (rpc_status_parse_retry_after (text, 0));
  /* Seconds are seconds at any time; a date only comes nearer. */
  g_assert_cmpint (late_ms, <=, early_ms);
  if (status == NULL)
    return 0;
  g_assert_nonnull (status->status);
  g_assert_nonnull (status->message);
  assert_wait (status->retry_delay_ms);
  fuzz_assert_line (status->status);
  fuzz_assert_line (status->message);
  fuzz_assert_line (status->reason);
  return 0;
}
