/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: what an answer means for money. Input: a line "END SENT STATUS ACCEPTED" of numbers
 * (END as HttpEnd), a line with Retry-After, and the body.
 *
 * Claims: what has left is never "not sent", what has not left is never anything else, and only an
 * answer with a status that says so moves a request out of "uncertain".
 */
#include <stdio.h>
#include <string.h>

#include "plugin/adapters/response-classifier.h"
#include "tests/fuzz/fuzz-target.h"

static const ResponseContext context = { .secret = FUZZ_SECRET, .now_s = 1795392000 };

static void
assert_verdict (const ResponseVerdict *verdict)
{
  fuzz_assert_line (verdict->message);
  g_assert_cmpint (verdict->retry_after_ms, >=, 0);
  g_assert_cmpint (verdict->retry_after_ms, <=, 600 * 1000);
}

static void
check_submit (const HttpResponse *response, gboolean accepted)
{
  g_auto (ResponseVerdict) verdict = { 0 };
  Veo3SubmitClass klass = response_classifier_submit (response, accepted, &context, &verdict);
  long status = response->status;

  assert_verdict (&verdict);
  g_assert_true ((klass == VEO3_SUBMIT_NOT_SENT) == (response->sent == 0));
  g_assert_true ((klass == VEO3_SUBMIT_ACCEPTED) == (verdict.code == VEO3_ERROR_CODE_NONE));
  if (klass == VEO3_SUBMIT_ACCEPTED)
    g_assert_true (accepted && response->end == HTTP_END_ANSWERED && status / 100 == 2);
  if (klass == VEO3_SUBMIT_REJECTED)
    g_assert_true (status == 429 || status == 503);
  if (klass == VEO3_SUBMIT_REFUSED)
    g_assert_true (status >= 300 && status <= 499);
  if (response->sent > 0 && (status < 300 || (status >= 500 && status != 503)))
    g_assert_true (klass == VEO3_SUBMIT_UNCERTAIN || klass == VEO3_SUBMIT_ACCEPTED);
  if (klass != VEO3_SUBMIT_ACCEPTED)
    g_assert_nonnull (verdict.message);
}

static void
check_free (const HttpResponse *response)
{
  g_auto (ResponseVerdict) poll = { 0 };
  g_auto (ResponseVerdict) download = { 0 };
  g_autofree char *excerpt = response_classifier_dup_excerpt (response, FUZZ_SECRET);
  Veo3PollClass looked = response_classifier_poll (response, &context, &poll);
  Veo3DownloadClass fetched = response_classifier_download (response, &context, &download);

  assert_verdict (&poll);
  assert_verdict (&download);
  fuzz_assert_line (excerpt);
  g_assert_true (looked >= VEO3_POLL_NO_ANSWER && looked <= VEO3_POLL_UNAUTHORIZED);
  /* Nothing but a 404 is a sign that a paid operation is lost. */
  g_assert_true ((looked == VEO3_POLL_NOT_FOUND) == (response->status == 404));
  g_assert_true (fetched == VEO3_DOWNLOAD_TRANSIENT || fetched == VEO3_DOWNLOAD_GONE);
  if (fetched == VEO3_DOWNLOAD_GONE)
    g_assert_true (response->status == 404 || response->status == 410);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) parts = g_strsplit (text, "\n", 3);
  HttpResponse response = { .content_length = -1 };
  unsigned int end = 0;
  unsigned int sent = 0;
  unsigned int status = 0;
  unsigned int accepted = 0;

  if (g_strv_length (parts) != 3
      || sscanf (parts[0], "%1u %1u %3u %1u", &end, &sent, &status, &accepted) != 4
      || end > HTTP_END_SINK_REFUSED || (status != 0 && status < 100))
    return 0;
  response.end = (HttpEnd)end;
  response.sent = sent;
  response.status = (long)status;
  response.transport = end == HTTP_END_TRANSPORT ? CURLE_RECV_ERROR : CURLE_OK;
  response.message = end == HTTP_END_ANSWERED ? NULL : "the connection broke";
  response.retry_after = parts[1];
  response.body = parts[2];
  response.body_length = strlen (parts[2]);
  response.body_bytes = response.body_length;
  check_submit (&response, accepted != 0);
  check_free (&response);
  return 0;
}
