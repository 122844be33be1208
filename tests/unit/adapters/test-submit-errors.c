/* SPDX-License-Identifier: MIT */
/*
 * The classes of a paid request, over the real ports: what a service answers, what it is called,
 * what people are told, and what the domain does with the job then. One table for the three.
 */
#include "tests/unit/adapters/errors-test.h"

#include <string.h>

#include "tests/unit/domain/run-driver.h"

typedef struct
{
  const char *name;
  ErrorsProvider providers;
  ErrorsAnswer answer;
  Veo3SubmitClass klass;
  Veo3ErrorCode code;
  gint64 retry_after_ms;
  const char *words;  /* (nullable) of the service, verbatim in the message */
  const char *advice; /* (nullable) what else is in it */
} Row;

#define G ERRORS_GEMINI
#define V ERRORS_VERTEX
#define O ERRORS_OMNI
#define REFUSED(code) VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_##code, 0
#define REJECTED(code, ms) VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_##code, ms
#define UNCERTAIN VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, 0
#define WORD(code, text) "{\"error\":{\"code\":\"" code "\",\"message\":\"" text "\"}}"
#define ECHO                                                                                       \
  "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"you "                    \
  "sent " ADAPTER_FIXTURE_KEY "\\u001b[31m\"}}"
#define NO_STATUS "{\"error\":{\"message\":\"busy\"}}"
#define BLOCKED                                                                                    \
  "Request blocked for an unspecified policy reason. Please modify your input and retry."

static const Row rows[] = {
  /* -- 400: what was asked for, the key, the account, the content -- */
  { "400 field",
    ERRORS_VEO,
    { 400, .body = "@400-field.json" },
    REFUSED (INVALID_REQUEST),
    "HTTP 400 INVALID_ARGUMENT: `generateAudio` isn't supported by this model.",
    NULL },
  { "400 duration",
    ERRORS_VEO,
    { 400, .body = "@400-duration.json" },
    REFUSED (INVALID_REQUEST),
    "Please provide a value between 4 and 8, inclusive.",
    NULL },
  { "400 text",
    ERRORS_VEO,
    { 400, .body = "@400-duration-text.json" },
    REFUSED (INVALID_REQUEST),
    "The value type for `durationSeconds` needs to be a number.",
    NULL },
  { "400 use case",
    ERRORS_VEO,
    { 400, .body = "@400-use-case.json" },
    REFUSED (INVALID_REQUEST),
    "Your use case is currently not supported.",
    NULL },
  { "400 person",
    ERRORS_VEO,
    { 400, .body = "@400-person.json" },
    REFUSED (INVALID_REQUEST),
    "allow_adult for personGeneration is currently not supported.",
    NULL },
  { "400 express",
    V,
    { 400, .body = "@400-express.json" },
    REFUSED (INVALID_REQUEST),
    "Invalid resource field value in the request.",
    NULL },
  { "400 words",
    O,
    { 400, .body = "@omni-400-invalid.json" },
    REFUSED (INVALID_REQUEST),
    "HTTP 400 invalid_request: Generation duration 99 exceeds maximum duration 10.",
    NULL },
  { "400 parameter",
    O,
    { 400, .body = WORD ("parameter_unknown", "p") },
    REFUSED (INVALID_REQUEST),
    "parameter_unknown: p",
    NULL },
  { "400 html",
    ERRORS_ALL,
    { 400, .body = "@413.html" },
    REFUSED (INVALID_REQUEST),
    "HTTP 400: ",
    NULL },
  { "400 echo",
    ERRORS_ALL,
    { 400, .body = ECHO },
    REFUSED (INVALID_REQUEST),
    "you sent [redacted]\\x1b[31m",
    NULL },
  { "400 key",
    ERRORS_KEYED,
    { 400, .body = "@400-api-key.json" },
    REFUSED (CREDENTIALS),
    "API key not valid. Please pass a valid API key.",
    "(check the key in GEMINI_API_KEY" },
  { "400 region",
    ERRORS_VEO,
    { 400, .body = "@400-region.json" },
    REFUSED (CREDENTIALS),
    "User location is not supported for the API use.",
    "or the service is not offered from where" },
  { "400 billing",
    G,
    { 400, .body = "@400-billing.json" },
    REFUSED (CREDENTIALS),
    "Please enable billing on your project",
    "(the project has no billing" },
  { "400 billing word",
    O,
    { 400, .body = WORD ("failed_precondition", "no billing") },
    REFUSED (CREDENTIALS),
    "failed_precondition: no billing",
    "(the project has no billing" },
  { "400 blocked",
    O,
    { 400, .body = "@omni-400-blocked.json" },
    REFUSED (CONTENT_FILTERED),
    BLOCKED,
    "(change the wording)" },
  { "400 support code",
    ERRORS_VEO,
    { 400, .body = "@400-support-codes.json" },
    REFUSED (CONTENT_FILTERED),
    "Support codes: 58061214",
    "(code 58061214 stands for child safety; change the wording)" },
  { "400 other wire",
    ERRORS_VEO,
    { 400, .body = "@400-interactions-only.json" },
    REFUSED (MODEL_GONE),
    "This model only supports Interactions API.",
    "(the model is offered on another wire alone: set VEO3_PROVIDER=omni" },
  /* -- 401 to 403: who asks. A 401 of Vertex AI renews the token: test-vertex-adapter. -- */
  { "401",
    G,
    { 401, .body = "@401-unauthenticated.json" },
    REFUSED (CREDENTIALS),
    "HTTP 401 UNAUTHENTICATED: Request had invalid authentication credentials.",
    "(check the key in GEMINI_API_KEY or api-key-file" },
  { "401 word",
    O,
    { 401, .body = WORD ("authentication", "bad key") },
    REFUSED (CREDENTIALS),
    "HTTP 401 authentication: bad key",
    "(check the key in GEMINI_API_KEY" },
  { "402",
    ERRORS_VEO,
    { 402, .body = "@402-credit.json" },
    REFUSED (CREDENTIALS),
    "Your prepayment credits are depleted.",
    "(the prepaid credit of the project is used up" },
  { "402 word",
    O,
    { 402, .body = WORD ("payment_required", "empty") },
    REFUSED (CREDENTIALS),
    "HTTP 402 payment_required: empty",
    "(the prepaid credit of the project is used up" },
  { "403 leaked",
    ERRORS_KEYED,
    { 403, .body = "@403-leaked.json" },
    REFUSED (CREDENTIALS),
    "Your API key was reported as leaked. Please use another API key.",
    "(check the key" },
  { "403 disabled",
    V,
    { 403, .body = "@403-disabled.json" },
    REFUSED (CREDENTIALS),
    "Vertex AI API has not been used in project my-proj before or it is disabled.",
    "(check that the project has Vertex AI enabled" },
  { "403 permission",
    V,
    { 403, .body = "@403-permission.json" },
    REFUSED (CREDENTIALS),
    "Permission 'aiplatform.endpoints.predict' denied on resource",
    "may use it there" },
  { "403 word",
    O,
    { 403, .body = WORD ("permission_denied", "m") },
    REFUSED (CREDENTIALS),
    "permission_denied: m",
    "(check the key" },
  { "403 empty",
    ERRORS_ALL,
    { .status = 403 },
    REFUSED (CREDENTIALS),
    "HTTP 403 without a body",
    "check" },
  /* -- 404: the model, and which setting changes it -- */
  { "404 free tier",
    G,
    { 404, .body = "@404-model.json" },
    REFUSED (MODEL_GONE),
    "is not found for API version v1beta, or is not supported for predictLongRunning.",
    "set VEO3_PROVIDER=omni, whose model is gemini-omni-1.1-flash, or set VEO3_MODEL" },
  { "404 retired",
    ERRORS_VEO,
    { 404, .body = "@404-retired.json" },
    REFUSED (MODEL_GONE),
    "This model models/veo-3.1-fast-generate-preview is no longer available.",
    "VEO3_PROVIDER=omni" },
  { "404 publisher",
    V,
    { 404, .body = "@404-publisher.json" },
    REFUSED (MODEL_GONE),
    "was not found or your project does not have access to it.",
    "set VEO3_MODEL" },
  { "404 model word",
    O,
    { 404, .body = WORD ("model_not_found", "m") },
    REFUSED (MODEL_GONE),
    "model_not_found: m",
    "set VEO3_MODEL" },
  { "404 word",
    O,
    { 404, .body = WORD ("not_found", "m") },
    REFUSED (MODEL_GONE),
    "not_found: m",
    "set VEO3_MODEL" },
  { "404 other",
    ERRORS_VEO,
    { 404, .body = "@404-entity.json" },
    REFUSED (INVALID_REQUEST),
    "HTTP 404 NOT_FOUND: Requested entity was not found.",
    NULL },
  { "404 html",
    ERRORS_ALL,
    { 404, .body = "@502.html" },
    REFUSED (INVALID_REQUEST),
    "HTTP 404: ",
    NULL },
  { "409", ERRORS_ALL, { .status = 409 }, REFUSED (INVALID_REQUEST), "HTTP 409", NULL },
  { "413", ERRORS_ALL, { 413, .body = "@413.html" }, REFUSED (INVALID_REQUEST), "HTTP 413", NULL },
  { "416 word",
    O,
    { 416, .body = WORD ("out_of_range", "m") },
    REFUSED (INVALID_REQUEST),
    "out_of_range: m",
    NULL },
  { "422", ERRORS_ALL, { .status = 422 }, REFUSED (INVALID_REQUEST), "HTTP 422", NULL },
  /* -- 429: which quota -- */
  { "429 minute",
    ERRORS_VEO,
    { 429, .body = "@429-minute.json" },
    REJECTED (QUOTA_MINUTE, 37000),
    "You exceeded your current quota, please check your plan and billing details.",
    "(the quota of a minute; the setting requests-per-minute" },
  { "429 day",
    ERRORS_VEO,
    { 429, .body = "@429-day.json" },
    REJECTED (QUOTA_DAY, 37000),
    "You exceeded your current quota",
    "(the quota of the day" },
  { "429 both",
    G,
    { 429, .body = "@429-both.json" },
    REJECTED (QUOTA_DAY, 12000),
    "You exceeded your current quota",
    "(the quota of the day" },
  { "429 plain",
    ERRORS_ALL,
    { 429, .body = "@429-plain.json" },
    REJECTED (QUOTA_MINUTE, 0),
    "You exceeded your current quota",
    NULL },
  { "429 spend",
    ERRORS_KEYED,
    { 429, .body = "@429-spend.json" },
    REJECTED (QUOTA_DAY, 45000),
    "has exceeded its spend limit for the current 10 minute window.",
    "(the limit of what may be spent" },
  { "429 cap",
    ERRORS_KEYED,
    { 429, .body = "@429-spending-cap.json" },
    REJECTED (QUOTA_DAY, 0),
    "has exceeded its monthly spending cap.",
    "(the limit of what may be spent" },
  { "429 prepaid",
    ERRORS_KEYED,
    { 429, .body = "@429-prepaid.json" },
    REJECTED (QUOTA_DAY, 0),
    "Your prepayment credits are depleted.",
    "(the limit of what may be spent" },
  { "429 crowd",
    ERRORS_ALL,
    { 429, .body = "@429-concurrent.json" },
    REJECTED (QUOTA_MINUTE, 0),
    "Too many concurrent jobs",
    "a lower VEO3_MAX_PARALLEL" },
  { "429 base model",
    V,
    { 429, .body = "@429-vertex.json" },
    REJECTED (QUOTA_MINUTE, 0),
    "Quota exceeded for aiplatform.googleapis.com/long_running_online_prediction_requests_per_base_"
    "model with base model: veo-3.1-generate-001.",
    "(the quota of a minute" },
  { "429 busy",
    V,
    { 429, "Retry-After: 8\r\n", "@429-vertex-busy.json", 0 },
    REJECTED (QUOTA_MINUTE, 8000),
    "Resource exhausted. Please try again later.",
    NULL },
  { "429 minute word",
    O,
    { 429, .body = WORD ("rate_limit_exceeded", "slow down") },
    REJECTED (QUOTA_MINUTE, 0),
    "rate_limit_exceeded: slow down",
    "(the quota of a minute" },
  { "429 day word",
    O,
    { 429, .body = WORD ("quota_exceeded", "no more") },
    REJECTED (QUOTA_DAY, 0),
    "quota_exceeded: no more",
    "(the quota of the day" },
  { "429 html", ERRORS_ALL, { 429, .body = "@503.html" }, UNCERTAIN, "HTTP 429", NULL },
  /* -- 5xx: only "not now" in so many words is a no -- */
  { "503",
    ERRORS_ALL,
    { 503, "Retry-After: 5\r\n", "@503-overloaded.json", 0 },
    REJECTED (UNAVAILABLE, 5000),
    "The model is overloaded. Please try again later.",
    NULL },
  { "503 word",
    O,
    { 503, .body = WORD ("service_unavailable", "m") },
    REJECTED (UNAVAILABLE, 0),
    "service_unavailable: m",
    NULL },
  { "503 other word",
    O,
    { 503, .body = WORD ("api_error", "m") },
    UNCERTAIN,
    "api_error: m",
    NULL },
  { "503 html", ERRORS_ALL, { 503, .body = "@503.html" }, UNCERTAIN, "HTTP 503", NULL },
  { "503 cut",
    ERRORS_ALL,
    { 503, NULL, "@503-overloaded.json", 30 },
    UNCERTAIN,
    "HTTP 503, then",
    NULL },
  { "503 nameless", ERRORS_ALL, { 503, .body = NO_STATUS }, UNCERTAIN, "busy", NULL },
  { "500",
    ERRORS_ALL,
    { 500, .body = "@500-internal.json" },
    UNCERTAIN,
    "HTTP 500 INTERNAL: An internal error has occurred.",
    NULL },
  { "500 word", O, { 500, .body = WORD ("api_error", "m") }, UNCERTAIN, "api_error: m", NULL },
  { "502 html", ERRORS_ALL, { 502, .body = "@502.html" }, UNCERTAIN, "502 Bad Gateway", NULL },
  { "504",
    ERRORS_ALL,
    { 504, .body = "@504-deadline.json" },
    UNCERTAIN,
    "HTTP 504 DEADLINE_EXCEEDED: Deadline expired before operation could complete.",
    NULL },
  { "408", ERRORS_ALL, { .status = 408 }, UNCERTAIN, "HTTP 408", NULL },
  { "499 word", O, { 499, .body = WORD ("cancelled", "m") }, UNCERTAIN, "cancelled: m", NULL },
  /* -- 2xx without what was asked for, redirects, nothing -- */
  { "200 empty", ERRORS_ALL, { .status = 200 }, UNCERTAIN, "HTTP 200 without a body", NULL },
  { "200 html", ERRORS_ALL, { 200, .body = "@502.html" }, UNCERTAIN, "HTTP 200", NULL },
  { "200 nameless", ERRORS_ALL, { 200, .body = "{}" }, UNCERTAIN, "HTTP 200", NULL },
  { "200 foreign",
    ERRORS_ALL,
    { 200, .body = "{\"name\":\"operations/x\"}" },
    UNCERTAIN,
    "HTTP 200",
    NULL },
  { "200 cut",
    ERRORS_ALL,
    { 200, NULL, "{\"name\":\"models/m/operations/o\"}", 12 },
    UNCERTAIN,
    "HTTP 200, then",
    NULL },
  { "307",
    ERRORS_ALL,
    { 307, "Location: /elsewhere\r\n", NULL, 0 },
    REFUSED (PROTOCOL),
    "HTTP 307",
    "check the base URL" },
  { "reset", ERRORS_ALL, { .status = 0 }, UNCERTAIN, NULL, NULL },
};

static Veo3JobStatus
expect_status (const Row *row)
{
  switch (row->klass)
    {
    case VEO3_SUBMIT_REFUSED:
      return VEO3_JOB_FAILED;
    case VEO3_SUBMIT_UNCERTAIN:
      return VEO3_JOB_UNCERTAIN;
    case VEO3_SUBMIT_REJECTED:
      return row->code == VEO3_ERROR_CODE_QUOTA_DAY ? VEO3_JOB_FAILED : VEO3_JOB_PENDING;
    case VEO3_SUBMIT_ACCEPTED:
    case VEO3_SUBMIT_NOT_SENT:
      break;
    }
  g_assert_not_reached ();
}

/* What the port said is given to the domain: where does the job go, is the rest still sent, and
 * does the message say what became of the money? */
static void
assert_next (const ErrorsTest *test, const Row *row)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add (driver, "broll");
  Veo3SubmitResult result = { .klass = (Veo3SubmitClass)test->base.klass,
                              .code = test->base.code,
                              .message = test->base.message,
                              .retry_after_ms = test->base.retry_after_ms };
  gboolean stops = row->code == VEO3_ERROR_CODE_CREDENTIALS
                   || row->code == VEO3_ERROR_CODE_MODEL_GONE
                   || row->code == VEO3_ERROR_CODE_QUOTA_DAY;
  const char *text;

  run_driver_settle (driver);
  g_assert_true (run_driver_has (driver, VEO3_ACTION_SUBMIT, job));
  veo3_recorder_submit (driver->run, job, &result, driver->now);
  run_driver_settle (driver);
  g_assert_cmpint (job->status, ==, expect_status (row));
  g_assert_cmpint (driver->run->stop_code != VEO3_ERROR_CODE_NONE, ==, stops);
  g_assert_cmpuint (run_driver_count (driver, VEO3_ACTION_SUBMIT), ==, 0);
  if (job->status == VEO3_JOB_PENDING)
    g_assert_cmpint (job->progress.not_before_ms - driver->now.boot_ms, >=, row->retry_after_ms);
  text = job->status == VEO3_JOB_PENDING ? job->progress.note : job->error_message;
  g_assert_nonnull (strstr (text, row->klass == VEO3_SUBMIT_UNCERTAIN
                                      ? "it may have been accepted and billed"
                                      : "nothing was billed"));
  g_assert_true (row->words == NULL || strstr (text, row->words) != NULL);
  if (row->klass == VEO3_SUBMIT_REFUSED || stops)
    g_assert_nonnull (strstr (text, stops ? "`pipeline_runner run --restart` sends it"
                                          : "`pipeline_runner veo3 regenerate broll` sends it"));
}

/* Every answer to a paid request: its class, its words, what follows; it left exactly once. */
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
      g_assert_cmpint (adapter_fixture_submit (&test->base), ==, row->klass);
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
  errors_test_add ("/veo3/submit-errors", test_rows);
  return g_test_run ();
}
