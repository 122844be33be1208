/* SPDX-License-Identifier: MIT */
/*
 * The classes of a poll, over the real ports: answers that say nothing about the operation, which
 * never end a job, and operations that ended without a clip, which do. One table for the three.
 */
#include "tests/unit/adapters/errors-test.h"

#include <string.h>

#include "tests/unit/domain/run-driver.h"

typedef struct
{
  const char *name;
  ErrorsProvider providers;
  ErrorsAnswer answer;
  Veo3PollClass klass;
  Veo3ErrorCode code;
  gint64 retry_after_ms;
  const char *words;  /* (nullable) of the service, verbatim in the message */
  const char *advice; /* (nullable) what else is in it */
} Row;

#define G ERRORS_GEMINI
#define V ERRORS_VERTEX
#define O ERRORS_OMNI
#define NO_ANSWER(code) VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_##code, 0
#define FAILED(code) VEO3_POLL_FAILED, VEO3_ERROR_CODE_##code, 0
#define DENIED VEO3_POLL_UNAUTHORIZED, VEO3_ERROR_CODE_CREDENTIALS, 0
#define LOST VEO3_POLL_NOT_FOUND, VEO3_ERROR_CODE_OPERATION_LOST, 0
#define THROTTLED(code, ms) VEO3_POLL_THROTTLED, VEO3_ERROR_CODE_##code, ms
#define WORD(code, text) "{\"error\":{\"code\":\"" code "\",\"message\":\"" text "\"}}"
#define OPERATION(code, text)                                                                      \
  "{\"done\":true,\"error\":{\"code\":" code ",\"message\":\"" text "\"}}"
#define OMNI(status, more) "{\"id\":\"v1_ChdQbTJh\",\"status\":\"" status "\"" more "}"
#define OMNI_ERROR(code, text)                                                                     \
  OMNI ("failed", ",\"errors\":[{\"code\":" code ",\"message\":\"" text "\"}]")
#define BLOCKED                                                                                    \
  "Request blocked for an unspecified policy reason. Please modify your input and retry."
#define INTERNAL                                                                                   \
  "Video generation failed due to an internal server issue. Please try again in a few minutes."
#define DURATION                                                                                   \
  "Unsupported output video duration 5 seconds, supported durations are [8,4,6] for feature "      \
  "text_to_video."

static const Row rows[] = {
  /* -- the question failed: nothing is known of the operation -- */
  { "400",
    ERRORS_VEO,
    { 400, .body = "@400-field.json" },
    NO_ANSWER (PROTOCOL),
    "`generateAudio` isn't supported by this model.",
    NULL },
  { "400 word",
    O,
    { 400, .body = WORD ("invalid_request", "m") },
    NO_ANSWER (PROTOCOL),
    "invalid_request: m",
    NULL },
  { "400 key",
    ERRORS_KEYED,
    { 400, .body = "@400-api-key.json" },
    DENIED,
    "API key not valid. Please pass a valid API key.",
    "(check the key in GEMINI_API_KEY" },
  { "400 region",
    ERRORS_VEO,
    { 400, .body = "@400-region.json" },
    DENIED,
    "User location is not supported for the API use.",
    "or the service is not offered from where" },
  { "401",
    G,
    { 401, .body = "@401-unauthenticated.json" },
    DENIED,
    "Request had invalid authentication credentials.",
    "(check the key in GEMINI_API_KEY" },
  { "401 word",
    O,
    { 401, .body = WORD ("authentication", "m") },
    DENIED,
    "authentication: m",
    "(check the key in GEMINI_API_KEY" },
  { "402",
    ERRORS_ALL,
    { 402, .body = "@402-credit.json" },
    DENIED,
    "Your prepayment credits are depleted.",
    "(the prepaid credit" },
  { "403",
    ERRORS_KEYED,
    { 403, .body = "@403-leaked.json" },
    DENIED,
    "Your API key was reported as leaked.",
    "(check the key" },
  { "403 permission",
    V,
    { 403, .body = "@403-permission.json" },
    DENIED,
    "Permission 'aiplatform.endpoints.predict' denied on resource",
    "(check that the project" },
  { "404",
    ERRORS_VEO,
    { 404, .body = "@404-entity.json" },
    LOST,
    "Requested entity was not found.",
    NULL },
  { "404 word", O, { 404, .body = WORD ("not_found", "m") }, LOST, "not_found: m", NULL },
  { "404 html", ERRORS_ALL, { 404, .body = "@502.html" }, LOST, "HTTP 404", NULL },
  { "408", ERRORS_ALL, { .status = 408 }, NO_ANSWER (UNAVAILABLE), "HTTP 408", NULL },
  { "409", ERRORS_ALL, { .status = 409 }, NO_ANSWER (PROTOCOL), "HTTP 409", NULL },
  { "429 minute",
    ERRORS_VEO,
    { 429, .body = "@429-minute.json" },
    THROTTLED (QUOTA_MINUTE, 37000),
    "You exceeded your current quota",
    "(the quota of a minute" },
  { "429 day",
    ERRORS_VEO,
    { 429, .body = "@429-day.json" },
    THROTTLED (QUOTA_DAY, 37000),
    "You exceeded your current quota",
    "(the quota of the day" },
  { "429 word",
    O,
    { 429, "Retry-After: 9\r\n", WORD ("rate_limit_exceeded", "m"), 0 },
    THROTTLED (QUOTA_MINUTE, 9000),
    "rate_limit_exceeded: m",
    "(the quota of a minute" },
  { "429 html",
    ERRORS_ALL,
    { 429, "Retry-After: 4\r\n", "@503.html", 0 },
    THROTTLED (QUOTA_MINUTE, 4000),
    "HTTP 429",
    NULL },
  { "499 word",
    O,
    { 499, .body = WORD ("cancelled", "m") },
    NO_ANSWER (PROTOCOL),
    "cancelled: m",
    NULL },
  { "500",
    ERRORS_ALL,
    { 500, .body = "@500-internal.json" },
    NO_ANSWER (UNAVAILABLE),
    "An internal error has occurred.",
    NULL },
  { "500 word",
    O,
    { 500, .body = WORD ("api_error", "m") },
    NO_ANSWER (UNAVAILABLE),
    "api_error: m",
    NULL },
  { "502 html",
    ERRORS_ALL,
    { 502, .body = "@502.html" },
    NO_ANSWER (UNAVAILABLE),
    "502 Bad Gateway",
    NULL },
  { "503",
    ERRORS_ALL,
    { 503, .body = "@503-overloaded.json" },
    NO_ANSWER (UNAVAILABLE),
    "The model is overloaded.",
    NULL },
  { "503 html",
    ERRORS_ALL,
    { 503, .body = "@503.html" },
    NO_ANSWER (UNAVAILABLE),
    "HTTP 503",
    NULL },
  { "503 cut",
    ERRORS_ALL,
    { 503, NULL, "@503-overloaded.json", 30 },
    NO_ANSWER (UNAVAILABLE),
    "HTTP 503",
    NULL },
  { "504",
    ERRORS_ALL,
    { 504, .body = "@504-deadline.json" },
    NO_ANSWER (UNAVAILABLE),
    "Deadline expired before operation could complete.",
    NULL },
  { "302",
    ERRORS_ALL,
    { 302, "Location: /x\r\n", NULL, 0 },
    NO_ANSWER (PROTOCOL),
    "HTTP 302",
    NULL },
  { "200 empty",
    ERRORS_ALL,
    { .status = 200 },
    NO_ANSWER (PROTOCOL),
    "HTTP 200 without a body",
    NULL },
  { "200 html", ERRORS_ALL, { 200, .body = "@502.html" }, NO_ANSWER (PROTOCOL), "HTTP 200", NULL },
  { "200 foreign", ERRORS_ALL, { 200, .body = "{}" }, NO_ANSWER (PROTOCOL), "HTTP 200", NULL },
  { "200 cut",
    ERRORS_ALL,
    { 200, NULL, OPERATION ("13", INTERNAL), 40 },
    NO_ANSWER (UNAVAILABLE),
    "HTTP 200",
    NULL },
  { "200 passing",
    O,
    { 200, .body = WORD ("service_unavailable", "m") },
    NO_ANSWER (PROTOCOL),
    "service_unavailable",
    NULL },
  { "echo",
    ERRORS_ALL,
    { 500, .body = "{\"error\":{\"code\":500,\"status\":\"INTERNAL\","
                   "\"message\":\"you sent " ADAPTER_FIXTURE_KEY "\\n\"}}" },
    NO_ANSWER (UNAVAILABLE),
    "you sent [redacted]",
    NULL },
  /* -- operation.error, by its google.rpc code -- */
  { "code 1",
    ERRORS_VEO,
    { 200, .body = OPERATION ("1", "cancelled") },
    FAILED (OPERATION_FAILED),
    "the operation failed with code 1: cancelled",
    NULL },
  { "code 2",
    ERRORS_VEO,
    { 200, .body = OPERATION ("2", "unknown") },
    FAILED (OPERATION_FAILED),
    "code 2: unknown",
    NULL },
  { "code 3",
    ERRORS_VEO,
    { 200, .body = OPERATION ("3", DURATION) },
    FAILED (INVALID_REQUEST),
    DURATION,
    NULL },
  { "code 3 support code",
    ERRORS_VEO,
    { 200, .body = OPERATION ("3", "The prompt could not be submitted. Support codes: 29310472") },
    FAILED (CONTENT_FILTERED),
    "The prompt could not be submitted. Support codes: 29310472",
    "(code 29310472 stands for a celebrity's likeness)" },
  { "code 4",
    ERRORS_VEO,
    { 200, .body = OPERATION ("4", "m") },
    FAILED (OPERATION_FAILED),
    "code 4: m",
    NULL },
  { "code 5",
    ERRORS_VEO,
    { 200, .body = OPERATION ("5", "m") },
    FAILED (OPERATION_FAILED),
    "code 5: m",
    NULL },
  { "code 7",
    ERRORS_VEO,
    { 200, .body = OPERATION ("7", "m") },
    FAILED (CREDENTIALS),
    "code 7: m",
    NULL },
  { "code 8",
    ERRORS_VEO,
    { 200, .body = OPERATION ("8", "m") },
    FAILED (QUOTA_MINUTE),
    "code 8: m",
    NULL },
  { "code 9",
    ERRORS_VEO,
    { 200, .body = OPERATION ("9", "m") },
    FAILED (INVALID_REQUEST),
    "code 9: m",
    NULL },
  { "code 10",
    ERRORS_VEO,
    { 200, .body = OPERATION ("10", "m") },
    FAILED (OPERATION_FAILED),
    "code 10: m",
    NULL },
  { "code 13",
    ERRORS_VEO,
    { 200, .body = OPERATION ("13", INTERNAL) },
    FAILED (OPERATION_FAILED),
    INTERNAL,
    NULL },
  { "code 14",
    ERRORS_VEO,
    { 200, .body = OPERATION ("14", "m") },
    FAILED (UNAVAILABLE),
    "code 14: m",
    NULL },
  { "code 16",
    ERRORS_VEO,
    { 200, .body = OPERATION ("16", "m") },
    FAILED (CREDENTIALS),
    "code 16: m",
    NULL },
  { "code as text",
    ERRORS_VEO,
    { 200, .body = OPERATION ("\"8\"", "m") },
    FAILED (QUOTA_MINUTE),
    "code 8: m",
    NULL },
  { "code unknown",
    ERRORS_VEO,
    { 200, .body = OPERATION ("77", "m") },
    FAILED (OPERATION_FAILED),
    "code 77: m",
    NULL },
  { "error empty",
    ERRORS_VEO,
    { 200, .body = "{\"done\":true,\"error\":{}}" },
    FAILED (OPERATION_FAILED),
    "no reason given",
    NULL },
  /* -- the content filter -- */
  { "audio",
    G,
    { 200, .body = "@gemini-poll-audio.json" },
    FAILED (CONTENT_FILTERED),
    "We encountered an issue with the audio for your prompt. You can try to change your prompt. "
    "You have not been charged for this attempt.",
    NULL },
  { "filtered",
    G,
    { 200, .body = "@gemini-poll-filtered.json" },
    FAILED (CONTENT_FILTERED),
    "Veo could not generate 1 videos based on the prompt provided.",
    "Support codes: 42237218 (code 42237218 stands for video safety in general)" },
  { "filtered",
    V,
    { 200, .body = "@vertex-poll-filtered.json" },
    FAILED (CONTENT_FILTERED),
    "Veo could not generate 1 videos based on the prompt provided.",
    "Support codes: 42237218 (code 42237218 stands for video safety in general)" },
  { "filtered without a reason",
    V,
    { 200, .body = "{\"done\":true,\"response\":{\"raiMediaFilteredCount\":1}}" },
    FAILED (CONTENT_FILTERED),
    "filtered by the service without a reason",
    NULL },
  { "blocked by number",
    O,
    { 200, .body = OMNI_ERROR ("400", BLOCKED) },
    FAILED (CONTENT_FILTERED),
    BLOCKED,
    NULL },
  { "blocked",
    O,
    { 200, .body = "@omni-poll-blocked.json" },
    FAILED (CONTENT_FILTERED),
    BLOCKED,
    NULL },
  { "blocked bare",
    O,
    { 200, .body = "@omni-400-blocked.json" },
    FAILED (CONTENT_FILTERED),
    BLOCKED,
    NULL },
  { "blocked in words",
    O,
    { 200, .body = "@omni-poll-words.json" },
    FAILED (CONTENT_FILTERED),
    "I cannot make a video of this person.",
    NULL },
  { "blocked with a code",
    O,
    { 200, .body = OMNI_ERROR ("\"content_blocked\"", "no. Support codes: 61493863") },
    FAILED (CONTENT_FILTERED),
    "no. Support codes: 61493863",
    "(code 61493863 stands for violence)" },
  /* -- an interaction's error, by word or number -- */
  { "invalid",
    O,
    { 200, .body = "@omni-poll-invalid.json" },
    FAILED (INVALID_REQUEST),
    "(invalid_request): Generation duration 99 exceeds maximum duration 10.",
    NULL },
  { "in a step",
    O,
    { 200, .body = "@omni-poll-step.json" },
    FAILED (QUOTA_MINUTE),
    "(8): Out of capacity.",
    NULL },
  { "day",
    O,
    { 200, .body = OMNI_ERROR ("\"quota_exceeded\"", "m") },
    FAILED (QUOTA_DAY),
    "(quota_exceeded): m",
    NULL },
  { "model",
    O,
    { 200, .body = OMNI_ERROR ("\"model_not_found\"", "m") },
    FAILED (MODEL_GONE),
    "(model_not_found): m",
    NULL },
  { "unavailable",
    O,
    { 200, .body = OMNI_ERROR ("14", "m") },
    FAILED (UNAVAILABLE),
    "(14): m",
    NULL },
  { "denied", O, { 200, .body = OMNI_ERROR ("\"7\"", "m") }, FAILED (CREDENTIALS), "m", NULL },
  { "api error",
    O,
    { 200, .body = OMNI_ERROR ("\"api_error\"", "m") },
    FAILED (OPERATION_FAILED),
    "(api_error): m",
    NULL },
  { "cancelled",
    O,
    { 200, .body = OMNI ("cancelled", "") },
    FAILED (CANCELLED),
    "ended as \"cancelled\"",
    NULL },
  { "incomplete",
    O,
    { 200, .body = OMNI ("incomplete", "") },
    FAILED (OPERATION_FAILED),
    "ended as \"incomplete\"",
    NULL },
  { "over budget",
    O,
    { 200, .body = OMNI ("budget_exceeded", "") },
    FAILED (OPERATION_FAILED),
    "ended as \"budget_exceeded\"",
    NULL },
  /* -- neither clip nor reason -- */
  { "done alone",
    ERRORS_VEO,
    { 200, .body = "{\"done\":true}" },
    FAILED (NO_CLIP),
    "neither",
    NULL },
  { "done empty",
    G,
    { 200, .body = "{\"done\":true,\"response\":{\"generateVideoResponse\":{}}}" },
    FAILED (NO_CLIP),
    "neither",
    NULL },
  { "completed alone",
    O,
    { 200, .body = OMNI ("completed", "") },
    FAILED (NO_CLIP),
    "neither",
    NULL },
};

/* What the port said is given to the domain: only an end of the operation ends the job, and then
 * the message says what became of the money. */
static void
assert_next (const ErrorsTest *test, const Row *row)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "broll");
  Veo3PollResult result = { .klass = (Veo3PollClass)test->base.klass,
                            .code = test->base.code,
                            .message = test->base.message,
                            .retry_after_ms = test->base.retry_after_ms };
  const char *text;

  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  veo3_recorder_poll (driver->run, job, &result, driver->now);
  g_assert_cmpint (job->status, ==,
                   row->klass == VEO3_POLL_FAILED ? VEO3_JOB_FAILED : VEO3_JOB_GENERATING);
  g_assert_nonnull (job->operation_name);
  g_assert_cmpint (driver->run->is_unauthorized, ==, row->klass == VEO3_POLL_UNAUTHORIZED);
  text = row->klass == VEO3_POLL_FAILED ? job->error_message : job->progress.note;
  g_assert_true (row->words == NULL || strstr (text, row->words) != NULL);
  if (row->klass == VEO3_POLL_FAILED)
    {
      g_assert_cmpint (job->error_code, ==, row->code);
      g_assert_nonnull (strstr (text, row->code == VEO3_ERROR_CODE_NO_CLIP
                                              || row->code == VEO3_ERROR_CODE_CANCELLED
                                          ? "may have been billed"
                                          : "are not charged, says the price list"));
      g_assert_nonnull (strstr (text, "`pipeline_runner veo3 regenerate broll`"));
    }
}

/* Every answer to a poll: its class, its words, what follows. */
static void
test_rows (ErrorsTest *test)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Row *row = &rows[i];
      guint before = scripted_server_count_requests (test->base.service);

      if ((row->providers & test->provider) == 0)
        continue;
      g_test_message ("%s", row->name);
      errors_test_answer (test, &row->answer);
      g_assert_cmpint (adapter_fixture_poll (&test->base, errors_test_get_operation (test)), ==,
                       row->klass);
      g_assert_cmpint (test->base.code, ==, row->code);
      g_assert_cmpint (test->base.retry_after_ms, ==, row->retry_after_ms);
      errors_test_assert_message (test, row->words);
      errors_test_assert_message (test, row->advice);
      g_assert_cmpuint (scripted_server_count_requests (test->base.service), ==, before + 1);
      assert_next (test, row);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  errors_test_add ("/veo3/poll-errors", test_rows);
  return g_test_run ();
}
