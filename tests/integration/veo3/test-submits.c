/* SPDX-License-Identifier: MIT */
/*
 * Paid requests against a service that refuses, throttles or says nothing: what is sent again, what
 * never is, and the exit code. The emulator counts.
 */
#include "tests/integration/veo3/veo3-test.h"

static Veo3Test *
new_single (const char *script)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_WIRE, script);

  veo3_test_set_prompts (test, "a", "a lighthouse", NULL);
  return test;
}

static void
assert_failed (Veo3Test *test, const char *variant, const char *code)
{
  veo3_test_assert_job (test, variant, "status", "failed");
  veo3_test_assert_job (test, variant, "error_code", code);
  veo3_test_assert_job (test, variant, "operation_name", NULL);
}

/* A key that the service refuses ends with exit 3 and the service's words; nobody tries again. */
static void
test_bad_key (void)
{
  g_autoptr (Veo3Test) test = new_single (NULL);
  g_autoptr (PipelineResult) result = NULL;

  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", "wrong");
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 3);
  veo3_test_assert_says (result->err, "API key not valid");
  assert_failed (test, "a", "credentials");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 1);
}

/* A retired model ends with exit 3 and says which one it is. */
static void
test_retired_model (void)
{
  g_autoptr (Veo3Test) test = new_single ("[emulator]\nretired-models=all\n");
  g_autoptr (PipelineResult) result = veo3_test_run (test, "run", NULL);

  g_assert_cmpint (result->exit_code, ==, 3);
  veo3_test_assert_says (result->err, "veo-3.1-fast-generate-preview");
  assert_failed (test, "a", "model_gone");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 1);
}

/* The quota of the day ends with exit 3: the clip that was refused is not sent again. */
static void
test_quota_of_the_day (void)
{
  g_autoptr (Veo3Test) test = new_single ("[submit]\nfaults=429 per-day\n");
  g_autoptr (PipelineResult) result = veo3_test_run (test, "run", NULL);

  g_assert_cmpint (result->exit_code, ==, 3);
  veo3_test_assert_job (test, "a", "error_code", "quota_day");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 1);
}

/* A request that the service calls wrong fails its clip alone, and the run is done. */
static void
test_refused (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[prompt fox]\nsubmit=400 x1\n");

  veo3_test_expect (test, "run", 0);
  assert_failed (test, "b", "invalid_request");
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "c", "status", "completed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A redirect of a paid request is not followed: it could be billed at both ends. */
static void
test_redirected (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE,
                       "[prompt lighthouse]\nsubmit=redirect=same-origin status=307\n"
                       "[prompt fox]\nsubmit=redirect=cross-origin status=302\n");

  veo3_test_expect (test, "run", 0);
  assert_failed (test, "a", "protocol");
  assert_failed (test, "b", "protocol");
  veo3_test_assert_job (test, "c", "status", "completed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  g_assert_cmpuint (emulator_client_count (test->emulator, "storage", NULL), ==, 0);
}

/* A throttled submit is sent once more, not before the time that the service has asked for. */
static void
test_throttled (void)
{
  g_autoptr (Veo3Test) test = new_single ("[submit]\nfaults=429 x1 retry-delay=1s\n");
  g_autoptr (GArray) times = NULL;

  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "a", "attempts", "2");
  times = veo3_test_request_times (test, "submit", NULL);
  g_assert_cmpuint (times->len, ==, 2);
  g_assert_cmpint (g_array_index (times, gint64, 1) - g_array_index (times, gint64, 0), >=,
                   G_USEC_PER_SEC);
}

/* An overloaded service (503 UNAVAILABLE, nothing billed) is asked again. */
static void
test_overloaded (void)
{
  g_autoptr (Veo3Test) test = new_single ("[submit]\nfaults=503 x2\n");

  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* Nobody listens: nothing leaves, nothing is billed, and the clip is given up in the end. */
static void
test_no_service (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
                                  ? veo3_test_new (VEO3_TEST_FAKE, "[fake]\nsubmit=not_sent\n")
                                  : veo3_test_new (VEO3_TEST_WIRE, NULL);
  g_autofree char *message = NULL;

  if (test->emulator != NULL)
    g_assert_true (emulator_client_stop (test->emulator, NULL));
  veo3_test_expect (test, "run", 0);
  veo3_test_assert_job (test, "a", "status", "failed");
  message = veo3_test_job (test, "a", "error_message");
  veo3_test_assert_says (message, "nothing was billed");
}

/* Whatever @fault does to the answer of a paid request: exactly one request, `uncertain`, exit 5;
 * and the same again whenever the run, done by then, is looked at. */
static void
expect_uncertain (const char *fault)
{
  g_autofree char *script = g_strdup_printf ("[prompt fox]\nsubmit=%s\n", fault);
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, script);

  g_test_message ("submit fault: %s", fault);
  veo3_test_expect (test, "run", 5);
  veo3_test_assert_job (test, "b", "status", "uncertain");
  veo3_test_assert_job (test, "b", "error_code", "uncertain_submit");
  veo3_test_assert_job (test, "a", "status", "completed");
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "a fox"), ==, 1);
  veo3_test_expect (test, "run", 5);
  veo3_test_expect (test, "resume", 2);
  veo3_test_assert_job (test, "b", "status", "uncertain");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
}

/* A paid request whose answer is lost, cut, empty or an error that does not say "not accepted" may
 * have been billed: it is never sent again. */
static void
test_uncertain (void)
{
  expect_uncertain ("accept-close");
  expect_uncertain ("accept-rst");
  expect_uncertain ("close");
  expect_uncertain ("500");
  expect_uncertain ("503-html");
  expect_uncertain ("no-name");
  expect_uncertain ("truncated-json");
}

/* The fake adapter knows the same ends; a failed stage does not hide an uncertain request. */
static void
test_uncertain_fake (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_FAKE, "[clip b]\nsubmit=uncertain\n");
  g_autoptr (PipelineResult) result
      = veo3_test_run (test, "run", "--set", "ASSEMBLY.command=false", NULL);

  g_assert_cmpint (result->exit_code, ==, 5);
  veo3_test_assert_job (test, "b", "status", "uncertain");
}

/* Exit codes of the other ends, by the fake adapter. */
static void
test_denied_fake (void)
{
  g_autoptr (Veo3Test) denied = veo3_test_new (VEO3_TEST_FAKE, "[fake]\nsubmit=denied\n");
  g_autoptr (Veo3Test) refused = veo3_test_new (VEO3_TEST_FAKE, "[clip b]\nsubmit=refused\n");

  veo3_test_expect (denied, "run", 3);
  assert_failed (denied, "a", "credentials");
  veo3_test_expect (refused, "run", 0);
  assert_failed (refused, "b", "invalid_request");
  veo3_test_assert_job (refused, "a", "status", "completed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/submits/bad-key", test_bad_key);
  g_test_add_func ("/veo3/submits/retired-model", test_retired_model);
  g_test_add_func ("/veo3/submits/quota-of-the-day", test_quota_of_the_day);
  g_test_add_func ("/veo3/submits/refused", test_refused);
  g_test_add_func ("/veo3/submits/redirected", test_redirected);
  g_test_add_func ("/veo3/submits/throttled", test_throttled);
  g_test_add_func ("/veo3/submits/overloaded", test_overloaded);
  veo3_test_add ("/veo3/submits/no-service", test_no_service);
  g_test_add_func ("/veo3/submits/uncertain", test_uncertain);
  g_test_add_func ("/veo3/submits/uncertain-fake", test_uncertain_fake);
  g_test_add_func ("/veo3/submits/denied-fake", test_denied_fake);
  return g_test_run ();
}
