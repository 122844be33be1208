/* SPDX-License-Identifier: MIT */
/*
 * The classes of a download, over the real ports: from the service's files, from its answers, from
 * a bucket. No answer ends a job here; what stays away is "gone", and believed only when it stays.
 */
#include "tests/unit/adapters/errors-test.h"

#include <string.h>

#include "tests/unit/domain/run-driver.h"

#define OPERATION "projects/my-proj/locations/us-central1/publishers/google/models/m/operations/o-1"

/* Where the clips of a provider are. */
static const struct
{
  ErrorsProvider provider;
  const char *uri;
} places[] = {
  { ERRORS_GEMINI,
    "https://generativelanguage.googleapis.com/v1beta/files/q7d2m0c9xk41:download?alt=media" },
  { ERRORS_VERTEX, "inline:0:" OPERATION },
  { ERRORS_VERTEX, "gs://my-bucket/out/sample_0.mp4" },
  { ERRORS_OMNI, "inline:0:interactions/v1_ChdQbTJh" },
  { ERRORS_OMNI, "file:k3x9q2m7" },
};

typedef struct
{
  const char *name;
  ErrorsProvider providers;
  ErrorsAnswer answer;
  Veo3DownloadClass klass;
  Veo3ErrorCode code;
  gint64 retry_after_ms;
  const char *words;  /* (nullable) of the service, verbatim in the message */
  const char *advice; /* (nullable) what else is in it */
} Row;

#define TRANSIENT(code, ms) VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_##code, ms
#define GONE VEO3_DOWNLOAD_GONE, VEO3_ERROR_CODE_CLIP_GONE, 0
#define WORD(code, text) "{\"error\":{\"code\":\"" code "\",\"message\":\"" text "\"}}"

static const Row rows[] = {
  { "400",
    ERRORS_ALL,
    { 400, .body = "@400-express.json" },
    TRANSIENT (PROTOCOL, 0),
    "Invalid resource field value in the request.",
    NULL },
  { "400 key",
    ERRORS_KEYED,
    { 400, .body = "@400-api-key.json" },
    TRANSIENT (CREDENTIALS, 0),
    "API key not valid. Please pass a valid API key.",
    "(check the credentials" },
  { "401 word",
    ERRORS_OMNI,
    { 401, .body = WORD ("authentication", "m") },
    TRANSIENT (CREDENTIALS, 0),
    "authentication: m",
    "(check the credentials" },
  { "402",
    ERRORS_KEYED,
    { 402, .body = "@402-credit.json" },
    TRANSIENT (CREDENTIALS, 0),
    "Your prepayment credits are depleted.",
    "(the prepaid credit" },
  { "403 no key",
    ERRORS_KEYED,
    { 403, .body = "@403-no-key.json" },
    TRANSIENT (CREDENTIALS, 0),
    "Method doesn't allow unregistered callers",
    "(check the credentials" },
  { "403 bucket",
    ERRORS_VERTEX,
    { 403, .body = "@403-bucket.json" },
    TRANSIENT (CREDENTIALS, 0),
    "HTTP 403: robot@my-proj.iam.gserviceaccount.com does not have storage.objects.get access",
    "(check the credentials" },
  { "403 no file",
    ERRORS_KEYED,
    { 403, .body = "{\"error\":{\"code\":403,\"status\":\"PERMISSION_DENIED\",\"message\":"
                   "\"You do not have permission to access the File q7d2m0c9xk41 or it may not "
                   "exist.\"}}" },
    GONE,
    "or it may not exist.",
    NULL },
  { "404",
    ERRORS_ALL,
    { 404, .body = "@404-entity.json" },
    GONE,
    "Requested entity was not found.",
    NULL },
  { "404 word", ERRORS_OMNI, { 404, .body = WORD ("not_found", "m") }, GONE, "not_found: m", NULL },
  { "410", ERRORS_ALL, { .status = 410 }, GONE, "HTTP 410", NULL },
  { "408", ERRORS_ALL, { .status = 408 }, TRANSIENT (UNAVAILABLE, 0), "HTTP 408", NULL },
  { "429 minute",
    ERRORS_ALL,
    { 429, .body = "@429-minute.json" },
    TRANSIENT (QUOTA_MINUTE, 37000),
    "You exceeded your current quota",
    "(the quota of a minute" },
  { "429 day",
    ERRORS_ALL,
    { 429, .body = "@429-day.json" },
    TRANSIENT (QUOTA_DAY, 37000),
    "You exceeded your current quota",
    "(the quota of the day" },
  { "429 html",
    ERRORS_ALL,
    { 429, "Retry-After: 3\r\n", "@503.html", 0 },
    TRANSIENT (QUOTA_MINUTE, 3000),
    "HTTP 429",
    NULL },
  { "500",
    ERRORS_ALL,
    { 500, .body = "@500-internal.json" },
    TRANSIENT (UNAVAILABLE, 0),
    "An internal error has occurred.",
    NULL },
  { "502 html",
    ERRORS_ALL,
    { 502, .body = "@502.html" },
    TRANSIENT (UNAVAILABLE, 0),
    "HTTP 502",
    NULL },
  { "503",
    ERRORS_ALL,
    { 503, "Retry-After: 2\r\n", "@503-overloaded.json", 0 },
    TRANSIENT (UNAVAILABLE, 2000),
    "The model is overloaded.",
    NULL },
  { "503 html",
    ERRORS_ALL,
    { 503, .body = "@503.html" },
    TRANSIENT (UNAVAILABLE, 0),
    "HTTP 503",
    NULL },
  { "504",
    ERRORS_ALL,
    { 504, .body = "@504-deadline.json" },
    TRANSIENT (UNAVAILABLE, 0),
    "Deadline expired before operation could complete.",
    NULL },
  { "echo",
    ERRORS_ALL,
    { 500, .body = "{\"error\":{\"code\":500,\"status\":\"INTERNAL\","
                   "\"message\":\"you sent " ADAPTER_FIXTURE_KEY "\\n\"}}" },
    TRANSIENT (UNAVAILABLE, 0),
    "you sent [redacted]",
    NULL },
};

/* What the port said is given to the domain: the paid clip is not given up. */
static void
assert_next (const ErrorsTest *test, const Row *row)
{
  g_autoptr (RunDriver) driver = run_driver_new (NULL);
  Veo3Job *job = run_driver_add_generating (driver, "broll");
  Veo3DownloadResult result = { .klass = (Veo3DownloadClass)test->base.klass,
                                .code = test->base.code,
                                .message = test->base.message,
                                .retry_after_ms = test->base.retry_after_ms };

  run_driver_wait_for (driver, VEO3_ACTION_POLL, job);
  run_driver_poll_answer (driver, job, VEO3_POLL_DONE);
  run_driver_wait_for (driver, VEO3_ACTION_DOWNLOAD, job);
  veo3_recorder_download (driver->run, job, &result, NULL, driver->now);
  g_assert_cmpint (job->status, ==, VEO3_JOB_DOWNLOADING);
  g_assert_cmpint (job->progress.not_before_ms - driver->now.boot_ms, >=, row->retry_after_ms);
  g_assert_true (row->words == NULL || strstr (job->progress.note, row->words) != NULL);
}

static void
try_row (ErrorsTest *test, const Row *row, const char *uri)
{
  guint before = scripted_server_count_requests (test->base.service);

  g_test_message ("%s from %s", row->name, uri);
  errors_test_answer (test, &row->answer);
  g_assert_cmpint (adapter_fixture_download (&test->base, uri), ==, row->klass);
  g_assert_cmpint (test->base.code, ==, row->code);
  g_assert_cmpint (test->base.retry_after_ms, ==, row->retry_after_ms);
  errors_test_assert_message (test, row->words);
  errors_test_assert_message (test, row->advice);
  g_assert_cmpuint (scripted_server_count_requests (test->base.service), ==, before + 1);
  assert_next (test, row);
}

/* Every answer to the question for a clip: its class, its words, what follows; no file is left. A
 * denied token of Vertex AI is test-vertex-adapter's. */
static void
test_rows (ErrorsTest *test)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows) * G_N_ELEMENTS (places); i++)
    {
      const Row *row = &rows[i % G_N_ELEMENTS (rows)];
      gsize place = i / G_N_ELEMENTS (rows);

      if (places[place].provider == test->provider && (row->providers & test->provider) != 0)
        try_row (test, row, places[place].uri);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  errors_test_add ("/veo3/download-errors", test_rows);
  return g_test_run ();
}
