/* SPDX-License-Identifier: MIT */
/*
 * What goes wrong on the Interactions API: errors in both shapes, the shapes of a safety block,
 * interactions that end without a clip, answers and streams that break off.
 *
 * Each test has an emulator of its own; nothing is waited for without a deadline.
 */
#include "tests/emulator/emulator-omni.h"

#include <string.h>
#include <unistd.h>

#define CREATE(prompt, members)                                                                    \
  "{\"model\":\"" EMULATOR_OMNI_MODEL "\",\"input\":\"" prompt "\"" members "}"
#define BLOCKED                                                                                    \
  "Request blocked for an unspecified policy reason. Please modify your input and retry."

/* Errors are words in shape A, numbers in shape B, pages of a front end. */
static void
test_statuses (void)
{
  static const struct
  {
    const gchar *prompt;
    guint status;
    const gchar *needle;
  } rows[] = {
    { "[[submit: 400]] a", 400, "\"code\":\"invalid_request\"" },
    { "[[submit: 400 code=content_blocked]] a", 400, BLOCKED },
    { "[[submit: 401]] a", 401, "\"code\":\"authentication\"" },
    { "[[submit: 402]] a", 402, "\"code\":\"payment_required\"" },
    { "[[submit: 403]] a", 403, "\"code\":\"permission_denied\"" },
    { "[[submit: 404 code=model_not_found]] a", 404, "\"code\":\"model_not_found\"" },
    { "[[submit: 416]] a", 416, "\"code\":\"out_of_range\"" },
    { "[[submit: 429]] a", 429, "\"code\":\"rate_limit_exceeded\"" },
    { "[[submit: 429 per-day]] a", 429, "\"code\":\"quota_exceeded\"" },
    { "[[submit: 429 retry-delay=9s]] a", 429, "\"retryDelay\":\"9s\"" },
    { "[[submit: 429 shape-b]] a", 429, "\"status\":\"RESOURCE_EXHAUSTED\"" },
    { "[[submit: 500]] a", 500, "\"code\":\"api_error\"" },
    { "[[submit: 500 message='so it is']] a", 500, "so it is" },
    { "[[submit: 503]] a", 503, "\"code\":\"service_unavailable\"" },
    { "[[submit: 503 shape-b]] a", 503, "\"code\":503" },
    { "[[submit: 503-html]] a", 503, "<!DOCTYPE html>" },
    { "[[submit: 502]] a", 502, "<!DOCTYPE html>" },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Exchange) answer = emulator_omni_submit (emulator, rows[i].prompt);

      g_test_message ("%s", rows[i].prompt);
      g_assert_cmpuint (answer->status, ==, rows[i].status);
      g_assert_nonnull (strstr (answer->body, rows[i].needle));
    }
  g_assert_cmpuint (emulator_client_count (emulator, "submit", "\"operation\":null"), ==,
                    G_N_ELEMENTS (rows));
}

/* Polls, cancelling and files have faults of their own, each for its interaction. */
static void
test_steps (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *polled = emulator_omni_accept (emulator, "[[poll: 500 x1]] a boat", "");
  g_autofree gchar *cancelled
      = emulator_omni_accept (emulator,
                              "[[cancel: accept-close x1]] [[generation-time: 1h]] a boat", "");
  g_autofree gchar *filed
      = emulator_omni_accept (emulator, "[[file: 503 x1]] [[omni: uri]] a boat", "");
  g_autoptr (Exchange) poll = emulator_omni_get (emulator, polled);
  json_object *json = emulator_omni_poll (emulator, polled);
  g_autoptr (Exchange) cancel = emulator_omni_cancel (emulator, cancelled);
  g_autoptr (Exchange) after = emulator_omni_get (emulator, cancelled);
  g_autofree gchar *path = emulator_omni_wait_for_uri (emulator, filed);
  g_autofree gchar *file_path = g_strndup (path, strcspn (path, ":"));
  g_autoptr (Exchange) busy = emulator_test_get (emulator, file_path, NULL);
  g_autoptr (Exchange) file = emulator_test_get (emulator, file_path, NULL);

  g_assert_cmpuint (poll->status, ==, 500);
  g_assert_cmpstr (emulator_log_string (json, "status"), ==, "completed");
  g_assert_cmpuint (cancel->status, ==, 0);
  g_assert_nonnull (strstr (after->body, "\"status\":\"cancelled\""));
  g_assert_cmpuint (busy->status, ==, 503);
  g_assert_nonnull (strstr (busy->body, "\"UNAVAILABLE\""));
  g_assert_cmpuint (file->status, ==, 200);
  json_object_put (json);
}

static void
check_end (EmulatorClient *emulator, const gchar *prompt, const gchar *status, const gchar *needle)
{
  g_autofree gchar *id = emulator_omni_accept (emulator, prompt, "");
  json_object *json = emulator_omni_poll (emulator, id);
  const gchar *text = json_object_to_json_string_ext (json, JSON_C_TO_STRING_PLAIN
                                                                | JSON_C_TO_STRING_NOSLASHESCAPE);

  g_test_message ("%s", text);
  g_assert_cmpstr (emulator_log_string (json, "status"), ==, status);
  g_assert_nonnull (strstr (text, needle));
  g_assert_null (strstr (text, "\"data\":\"AAAA"));
  json_object_put (json);
}

/* A safety block has many shapes: failed, a text instead of a clip, a body with nothing but an
 * error, an error in a step; and what waits for its end gets a 400. */
static void
test_blocks (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) waiting
      = emulator_omni_post (emulator, CREATE ("[[result: filtered]] a", ""));
  json_object *json = emulator_test_parse (waiting);

  check_end (emulator, "[[result: filtered]] a", "failed",
             "\"errors\":[{\"code\":\"content_blocked\",\"message\":\"" BLOCKED "\"}]");
  check_end (emulator, "[[result: refused]] a", "completed", "I can't generate this video.");
  check_end (emulator, "[[result: error-only]] a", NULL,
             "{\"error\":{\"code\":\"content_blocked\"");
  check_end (emulator, "[[result: step-error message='not this']] a", "completed",
             "\"error\":{\"code\":3,\"message\":\"not this\"}");
  g_assert_cmpuint (waiting->status, ==, 400);
  g_assert_cmpstr (emulator_log_string (json, "error/code"), ==, "content_blocked");
  json_object_put (json);
}

/* The other ends without a clip, and statuses of all kinds. */
static void
test_ends (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *last = emulator_omni_accept (emulator, "[[omni: status-last uri]] a boat", "");
  g_autofree gchar *queued
      = emulator_omni_accept (emulator, "[[omni: queued]] [[result: never]] a boat", "");
  g_autofree gchar *strange = emulator_omni_accept (emulator, "[[result: status=paused]] a", "");
  json_object *json = emulator_omni_poll (emulator, last);
  g_autoptr (Exchange) waiting = emulator_omni_get (emulator, queued);
  g_autoptr (Exchange) paused = emulator_omni_get (emulator, strange);
  const gchar *text = json_object_to_json_string (json);

  check_end (emulator, "[[result: empty]] a", "completed", "\"thought\"");
  check_end (emulator, "[[result: done-only]] a", "completed", "\"usage\"");
  check_end (emulator, "[[result: empty-uri]] a", "completed", "\"uri\":\"\"");
  check_end (emulator, "[[result: error]] a", "failed", "\"code\":\"api_error\"");
  check_end (emulator, "[[result: error 3 reason=content_blocked]] a", "failed",
             "\"code\":\"content_blocked\"");
  check_end (emulator, "[[result: status=incomplete]] a", "incomplete", "\"id\"");
  check_end (emulator, "[[result: status=requires_action]] a", "requires_action", "\"id\"");
  g_assert_true (strstr (text, "\"status\"") > strstr (text, "\"steps\""));
  g_assert_nonnull (strstr (waiting->body, "\"status\":\"queued\""));
  g_assert_nonnull (strstr (paused->body, "\"status\":\"paused\""));
  json_object_put (json);
}

/* A create whose answer is lost has begun all the same, and the log knows; a 200 without an id,
 * too.
 */
static void
test_lost_creates (void)
{
  static const gchar *const prompts[] = { "[[submit: accept-close]] a", "[[submit: no-name]] a",
                                          "[[submit: cut=10]] a", "[[submit: truncated-json]] a" };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (prompts); i++)
    {
      g_autoptr (Exchange) answer = emulator_omni_submit (emulator, prompts[i]);

      g_assert_null (strstr (answer->body, "\"in_progress\""));
    }
  g_assert_cmpuint (emulator_client_count (emulator, "submit", "\"operation\":\"v1_"), ==,
                    G_N_ELEMENTS (prompts));
}

/* What waits for its end can break off as well: its right body is made first, and then spoilt. */
static void
test_broken_waits (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--generation-time", "40ms");
  g_autoptr (Exchange) cut = emulator_omni_post (emulator, CREATE ("[[submit: cut=30 x1]] a", ""));
  g_autoptr (Exchange) half
      = emulator_omni_post (emulator, CREATE ("[[submit: truncated-json x1]] a", ""));
  g_autoptr (Exchange) late
      = emulator_omni_post (emulator, CREATE ("[[submit: 503 x1 delay=30ms]] a", ""));
  g_autofree gchar *length = emulator_test_header (cut, "Content-Length");

  g_assert_cmpuint (cut->body_bytes, ==, 30);
  g_assert_nonnull (length);
  g_assert_cmpuint (g_ascii_strtoull (length, NULL, 10), >, 4096);
  g_assert_cmpint (cut->took_us, >=, 40000);
  g_assert_cmpuint (half->status, ==, 200);
  g_assert_null (json_tokener_parse (half->body));
  g_assert_cmpuint (late->status, ==, 503);
}

/* A stream that breaks off or falls silent after the id leaves an interaction that can be polled.
 */
static void
test_broken_streams (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, "--generation-time", "40ms");
  g_autoptr (Exchange) cut
      = emulator_omni_post (emulator, CREATE ("[[submit: cut x1]] a", ",\"stream\":true"));
  g_autoptr (Exchange) early
      = emulator_omni_post (emulator, CREATE ("[[submit: cut=0 x1]] a", ",\"stream\":true"));
  g_autofree gchar *stall_body = g_strdup (CREATE ("[[submit: stall x1]] a", ",\"stream\":true"));
  g_autofree gchar *stall_request
      = g_strdup_printf ("POST /v1beta/interactions HTTP/1.1\r\nHost: h\r\n" EMULATOR_OMNI_HEADERS
                         "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                         strlen (stall_body), stall_body);
  g_autoptr (Exchange) stall
      = emulator_test_exchange (emulator_client_get_port (emulator), stall_request, 400);
  g_autofree gchar *id = emulator_omni_find_id (cut);
  g_autofree gchar *stall_id = emulator_omni_find_id (stall);
  json_object *json = emulator_omni_poll (emulator, id);

  g_assert_cmpuint (cut->status, ==, 200);
  g_assert_nonnull (strstr (cut->body, "interaction.created"));
  g_assert_null (strstr (cut->body, "interaction.completed"));
  g_assert_cmpint (cut->end, !=, EXCHANGE_OPEN);
  g_assert_cmpuint (early->status, ==, 200);
  g_assert_null (emulator_omni_find_id (early));
  g_assert_cmpint (stall->end, ==, EXCHANGE_OPEN);
  g_assert_nonnull (stall_id);
  g_assert_null (strstr (stall->body, "interaction.completed"));
  g_assert_cmpstr (emulator_log_string (json, "status"), ==, "completed");
  json_object_put (json);
}

/* A stream tells of a failure with an event, and of nothing when its peer has gone. */
static void
test_failed_streams (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autoptr (Exchange) blocked
      = emulator_omni_post (emulator, CREATE ("[[result: filtered]] a", ",\"stream\":true"));
  g_autoptr (Exchange) refused
      = emulator_omni_post (emulator, CREATE ("[[result: refused]] a", ",\"stream\":true"));
  g_autoptr (GError) error = NULL;
  const int fd = emulator_test_connect (emulator_client_get_port (emulator));
  static const gchar body[] = CREATE ("[[result: never]] a", ",\"stream\":true");
  g_autofree gchar *request
      = g_strdup_printf ("POST /v1beta/interactions HTTP/1.1\r\nHost: h\r\n" EMULATOR_OMNI_HEADERS
                         "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                         strlen (body), body);

  g_assert_cmpint (write (fd, request, strlen (request)), ==, (gssize)strlen (request));
  g_assert_true (
      emulator_client_wait_for_requests (emulator, "submit", 3, EMULATOR_TEST_DEADLINE_MS, &error));
  close (fd);
  g_assert_nonnull (strstr (blocked->body, "event: error\n"));
  g_assert_nonnull (strstr (blocked->body, "\"code\":\"content_blocked\""));
  g_assert_nonnull (strstr (blocked->body, "data: [DONE]\n\n"));
  g_assert_nonnull (strstr (refused->body, "I can't generate this video."));
  g_assert_nonnull (strstr (refused->body, "interaction.completed"));
  g_assert_true (emulator_client_stop (emulator, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/omni-faults/statuses", test_statuses);
  g_test_add_func ("/emulator/omni-faults/steps", test_steps);
  g_test_add_func ("/emulator/omni-faults/blocks", test_blocks);
  g_test_add_func ("/emulator/omni-faults/ends", test_ends);
  g_test_add_func ("/emulator/omni-faults/lost-creates", test_lost_creates);
  g_test_add_func ("/emulator/omni-faults/broken-waits", test_broken_waits);
  g_test_add_func ("/emulator/omni-faults/broken-streams", test_broken_streams);
  g_test_add_func ("/emulator/omni-faults/failed-streams", test_failed_streams);
  return g_test_run ();
}
