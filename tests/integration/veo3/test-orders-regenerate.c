/* SPDX-License-Identifier: MIT */
/*
 * `veo3 regenerate`: pays once more for each clip it names and for no other, sends the text that
 * counts, and loses nothing of what was paid for before, however it ends.
 *
 * Judge: the emulator's log of requests that it received completely.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/integration/veo3/orders-test.h"

#define WIDE_PROMPT "a lighthouse at dusk, seen from the sea"

/* Three clips that are there. */
static Veo3Test *
make_done (const char *script)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_WIRE, script);

  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  return test;
}

static void
expect_submits (Veo3Test *test, guint n)
{
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, n);
}

static void
expect_last_prompt (Veo3Test *test, const char *expected)
{
  g_autofree char *prompt = orders_last_prompt (test);

  g_assert_cmpstr (prompt, ==, expected);
}

/* The last part of an operation's name: json-c escapes the slashes of the others. */
static const char *
get_id (const char *operation_name)
{
  return strrchr (operation_name, '/') + 1;
}

static void
expect_digest (Veo3Test *test, const char *name, const char *expected)
{
  g_autofree char *digest = orders_digest (test, name);

  g_assert_cmpstr (digest, ==, expected);
}

static void
write_assets (Veo3Test *test, const char *text)
{
  pipeline_fixture_write (test->fixture, "ws/publishing-assets.json", text);
}

/* The only one there is by now. */
static void
wish (Veo3Test *test, const char *variant, const char *prompt)
{
  g_autofree char *text = g_strdup_printf ("{\"veo3_prompts\": [{\"variant\": \"%s\", \"prompt\": "
                                           "\"%s\"}]}",
                                           variant, prompt);

  write_assets (test, text);
}

static void
remove_file (Veo3Test *test, const char *name)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, name);

  g_assert_cmpint (remove (path), ==, 0);
}

/* One paid request and one new clip each time; each clip that was there stays under the next number
 * with its bytes, each operation stays known in order, and the other clips are not touched. */
static void
test_twice (void)
{
  g_autoptr (Veo3Test) test = make_done (NULL);
  g_autofree char *first = orders_digest (test, "ws/veo3/a.mp4");
  g_autofree char *other = orders_digest (test, "ws/veo3/b.mp4");
  g_autofree char *first_operation = veo3_test_job (test, "a", "operation_name");
  g_autofree char *other_operation = veo3_test_job (test, "b", "operation_name");
  g_autofree char *second = NULL;
  g_autofree char *second_operation = NULL;
  g_autofree char *third = NULL;
  g_autofree char *earlier = NULL;

  wish (test, "a", "a lighthouse [[clip: bytes:21KiB]]");
  orders_expect (test, "regenerate a", 0, "kept as veo3/a.1.mp4");
  expect_submits (test, 4);
  second = orders_digest (test, "ws/veo3/a.mp4");
  second_operation = veo3_test_job (test, "a", "operation_name");
  g_assert_cmpstr (second_operation, !=, first_operation);
  g_assert_cmpstr (second, !=, first);
  expect_digest (test, "ws/veo3/a.1.mp4", first);
  veo3_test_assert_job (test, "a", "sha256", second);

  wish (test, "a", "a lighthouse [[clip: bytes:22KiB]]");
  orders_expect (test, "regenerate a", 0, "kept as veo3/a.2.mp4");
  expect_submits (test, 5);
  third = orders_digest (test, "ws/veo3/a.mp4");
  g_assert_cmpstr (third, !=, second);
  expect_digest (test, "ws/veo3/a.1.mp4", first);
  expect_digest (test, "ws/veo3/a.2.mp4", second);
  earlier = veo3_test_job (test, "a", "earlier_operations");
  veo3_test_assert_says (earlier, get_id (first_operation));
  veo3_test_assert_says (strstr (earlier, get_id (first_operation)), get_id (second_operation));
  expect_digest (test, "ws/veo3/b.mp4", other);
  veo3_test_assert_job (test, "b", "operation_name", other_operation);
}

/* Two at once, one of them named twice: one request for each. */
static void
test_two (void)
{
  g_autoptr (Veo3Test) test = make_done (NULL);

  orders_expect (test, "regenerate c a c", 0, NULL);
  expect_submits (test, 5);
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "a lighthouse"), ==, 2);
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "a fox"), ==, 1);
  g_assert_cmpuint (emulator_client_count (test->emulator, "submit", "a river"), ==, 2);
}

/* Whatever other clips wait for, it is not this order: nothing is sent, polled or fetched for them.
 */
static void
test_others_held (void)
{
  static const char *const variants[] = { "again", "pending", "generating", "timed-out", NULL };
  static const OrdersJob others[] = {
    { "pending", "pending", NULL, FALSE, FALSE, FALSE },
    { "generating", "generating", NULL, TRUE, FALSE, FALSE },
    { "timed-out", "timed_out", "deadline", TRUE, FALSE, FALSE },
  };
  g_autoptr (RecoveryWorld) world = recovery_world_new (variants, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    orders_put (world, &others[i]);
  recovery_world_save (world);
  orders_expect (world->test, "regenerate again", 4, NULL);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 1);
  g_assert_cmpuint (recovery_world_count_submits (world, "again"), ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      const char *operation_name
          = emulator_log_string (recovery_world_job (world, others[i].variant), "operation_name");

      veo3_test_assert_job (world->test, others[i].variant, "status", others[i].status);
      if (operation_name != NULL)
        g_assert_cmpuint (recovery_world_count (world, "poll", operation_name), ==, 0);
    }
}

/* ---- which text is sent ---- */

/* The text of a file wins, without the line break at its end; the prompt stays with the job. */
static void
test_prompt_file (void)
{
  g_autoptr (Veo3Test) test = make_done (NULL);

  pipeline_fixture_write (test->fixture, "new.txt", WIDE_PROMPT "\n");
  orders_expect (test, "regenerate a --prompt-file new.txt", 0, NULL);
  expect_submits (test, 4);
  expect_last_prompt (test, WIDE_PROMPT);
  veo3_test_assert_job (test, "a", "prompt", WIDE_PROMPT);
  /* A broken file of wishes is no hindrance when it is not needed. */
  write_assets (test, "{");
  pipeline_fixture_write (test->fixture, "new.txt", "zwei Füchse\nim Schnee\r\n");
  orders_expect (test, "regenerate b --prompt-file=new.txt", 0, NULL);
  expect_submits (test, 5);
  expect_last_prompt (test, "zwei Füchse\nim Schnee");
}

/* Without one, what publishing-assets.json says by now is sent; when it says nothing of the clip,
 * or is not there, what was sent before, and that is told. */
static void
test_newest_wish (void)
{
  g_autoptr (Veo3Test) test = make_done (NULL);

  write_assets (test, "{\"veo3_prompts\": [{\"variant\": \"b\", \"prompt\": \"two foxes\"}, "
                      "{\"variant\": \"a\", \"prompt\": \"" WIDE_PROMPT "\", \"duration_s\": 8}]}");
  orders_expect (test, "regenerate a", 0, NULL);
  expect_last_prompt (test, WIDE_PROMPT);
  veo3_test_assert_job (test, "a", "duration_s", "8");
  orders_expect (test, "regenerate c", 0, "clip c: publishing-assets.json has no prompt for it");
  expect_last_prompt (test, "a river");
  remove_file (test, "ws/publishing-assets.json");
  orders_expect (test, "regenerate a", 0, "clip a: publishing-assets.json has no prompt for it");
  expect_last_prompt (test, WIDE_PROMPT);
  write_assets (test, "{\"veo3_prompts\": []}");
  orders_expect (test, "regenerate b", 0, NULL);
  expect_last_prompt (test, "a fox");
  expect_submits (test, 7);
}

/* What cannot be read may hold a newer text: nothing is paid for an old one, and no clip gets a
 * second name. */
static void
test_refused_texts (void)
{
  static const struct
  {
    const char *assets; /* (nullable) */
    const char *line;
    const char *words;
  } rows[] = {
    { "{\"veo3_prompts\": [", "regenerate a", "Mend it, or give the text with --prompt-file" },
    { "{\"veo3_prompts\": {}}", "regenerate a", "must be an array" },
    { "{\"veo3_prompts\": [{\"variant\": \"a\"}]}", "regenerate a", "clip a: " },
    { "{\"veo3_prompts\": [{\"variant\": \"b\", \"prompt\": \" \"}]}", "regenerate a b",
      "clip b: " },
    { NULL, "regenerate a --prompt-file nosuch.txt", "No such file" },
    { NULL, "regenerate a --prompt-file empty.txt", "the prompt is empty" },
    { NULL, "regenerate a --prompt-file long.txt", "the prompt is longer than 32 KiB" },
    { NULL, "regenerate a --prompt-file latin.txt", "the prompt is not valid UTF-8" },
    { NULL, "regenerate a b --prompt-file good.txt", "--prompt-file is for one clip" },
    { NULL, "regenerate", "regenerate pays again: name the clips" },
    { NULL, "regenerate nosuch", "there is no clip nosuch" },
    { NULL, "regenerate a nosuch", "there is no clip nosuch" },
  };
  g_autoptr (Veo3Test) test = make_done (NULL);
  g_autofree char *too_long = g_strnfill (32 * 1024 + 1, 'x');

  pipeline_fixture_write (test->fixture, "empty.txt", "\n\n");
  pipeline_fixture_write (test->fixture, "long.txt", too_long);
  pipeline_fixture_write (test->fixture, "latin.txt",
                          "f\xfc"
                          "chse");
  pipeline_fixture_write (test->fixture, "good.txt", WIDE_PROMPT);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (rows[i].assets != NULL)
        write_assets (test, rows[i].assets);
      orders_expect_refused (test, rows[i].line, 2, rows[i].words);
    }
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3/a.1.mp4"));
  expect_submits (test, 3);
}

/* ---- what is refused ---- */

/* A clip that is on its way, or may be, is not paid for again by this word; each time the command
 * that fits is told. */
static void
test_unfit (void)
{
  static const char *const variants[]
      = { "pending", "submitting", "generating", "downloading", "uncertain", NULL };
  static const struct
  {
    OrdersJob job;
    const char *words;
  } rows[] = {
    { { "pending", "pending", NULL, FALSE, FALSE, FALSE }, "`pipeline_runner run` sends it" },
    { { "submitting", "submitting", NULL, FALSE, FALSE, FALSE },
      "`pipeline_runner veo3 reconcile` settles that" },
    { { "generating", "generating", NULL, TRUE, FALSE, FALSE },
      "`pipeline_runner veo3 collect` fetches it" },
    { { "downloading", "downloading", NULL, TRUE, FALSE, FALSE },
      "`pipeline_runner veo3 collect` fetches it" },
    { { "uncertain", "uncertain", "uncertain_submit", FALSE, FALSE, FALSE },
      "`pipeline_runner veo3 reconcile` settles that" },
  };
  g_autoptr (RecoveryWorld) world = recovery_world_new (variants, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    orders_put (world, &rows[i].job);
  recovery_world_save (world);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *line = g_strconcat ("regenerate ", rows[i].job.variant, NULL);

      orders_expect_refused (world->test, line, 2, rows[i].words);
    }
}

/* Refused by the service, or failed there: the clip that was there is still in its place, its
 * operation is known, and no later start pays for another one. */
static void
check_fails (const char *prompt)
{
  g_autoptr (Veo3Test) test = make_done (NULL);
  g_autofree char *clip = orders_digest (test, "ws/veo3/a.mp4");
  g_autofree char *operation_name = veo3_test_job (test, "a", "operation_name");
  g_autofree char *earlier = NULL;

  pipeline_fixture_write (test->fixture, "new.txt", prompt);
  orders_expect (test, "regenerate a --prompt-file new.txt", 0, "clip a: failed");
  expect_submits (test, 4);
  expect_digest (test, "ws/veo3/a.mp4", clip);
  expect_digest (test, "ws/veo3/a.1.mp4", clip);
  earlier = veo3_test_job (test, "a", "earlier_operations");
  veo3_test_assert_says (earlier, get_id (operation_name));
  veo3_test_expect (test, "run", 0);
  orders_expect (test, "collect", 0, NULL);
  expect_submits (test, 4);
  {
    g_autoptr (PipelineResult) restarted = veo3_test_run (test, "run", "--restart", NULL);

    g_assert_cmpint (restarted->exit_code, ==, 0);
  }
  expect_submits (test, 4);
  /* Again, with a text that goes well: no third copy of the one clip. */
  pipeline_fixture_write (test->fixture, "new.txt", WIDE_PROMPT " [[clip: bytes:21KiB]]");
  orders_expect (test, "regenerate a --prompt-file new.txt", 0, "kept as veo3/a.1.mp4");
  expect_submits (test, 5);
  g_assert_false (pipeline_fixture_has (test->fixture, "ws/veo3/a.2.mp4"));
  expect_digest (test, "ws/veo3/a.1.mp4", clip);
}

static void
test_fails (void)
{
  check_fails ("x [[submit: 400 x1]]");
  check_fails ("x [[result: error 13]]");
  check_fails ("x [[result: filtered]]");
}

/* A key that is not accepted any more: exit 3, and nothing is lost. */
static void
test_denied (void)
{
  g_autoptr (Veo3Test) test = make_done (NULL);
  g_autofree char *clip = orders_digest (test, "ws/veo3/a.mp4");

  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", "another");
  orders_expect (test, "regenerate a", 3, NULL);
  expect_digest (test, "ws/veo3/a.mp4", clip);
  pipeline_fixture_set_environment (test->fixture, "GEMINI_API_KEY", VEO3_TEST_KEY);
  orders_expect (test, "regenerate a", 0, NULL);
  expect_digest (test, "ws/veo3/a.1.mp4", clip);
}

/* ---- afterwards ---- */

/* What was made anew is a clip like any other: later starts fetch and pay nothing, and say at most
 * that it is not what is asked for. */
static void
test_afterwards (void)
{
  g_autoptr (Veo3Test) test = make_done (NULL);
  g_autoptr (PipelineResult) same = NULL;
  g_autoptr (PipelineResult) other = NULL;
  g_autofree char *clip = NULL;

  orders_expect (test, "regenerate b", 0, NULL);
  same = veo3_test_run (test, "run", "--restart", NULL);
  g_assert_cmpint (same->exit_code, ==, 0);
  g_assert_null (strstr (same->err, "stale"));
  pipeline_fixture_write (test->fixture, "new.txt", WIDE_PROMPT);
  orders_expect (test, "regenerate a --prompt-file new.txt", 0, NULL);
  clip = orders_digest (test, "ws/veo3/a.mp4");
  veo3_test_expect (test, "run", 0);
  other = veo3_test_run (test, "run", "--restart", NULL);
  g_assert_cmpint (other->exit_code, ==, 0);
  veo3_test_assert_says (other->err, "clip a is stale");
  expect_submits (test, 5);
  expect_digest (test, "ws/veo3/a.mp4", clip);
}

/* An order that was saved and not sent, because the program was killed, is sent by the next run:
 * once, and with its own text, not with what is asked for by now. */
static void
test_ordered_run (void)
{
  static const char *const variants[] = { "a", "b", NULL };
  static const OrdersJob ordered = { "a", "pending", NULL, FALSE, TRUE, TRUE };
  g_autoptr (RecoveryWorld) world = recovery_world_new (variants, NULL);
  g_autoptr (PipelineResult) run = NULL;

  orders_put (world, &ordered);
  recovery_world_set (world, "a", "prompt", "<<a>> as ordered");
  recovery_world_set (world, "a", "request_sha256", "of that");
  recovery_world_save (world);
  recovery_world_interrupt (world);
  run = veo3_test_run (world->test, "run", NULL);
  g_assert_cmpint (run->exit_code, ==, 0);
  veo3_test_assert_says (run->err, "it is sent as it was ordered");
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 1);
  g_assert_cmpuint (recovery_world_count (world, "submit", "<<a>> as ordered"), ==, 1);
  veo3_test_assert_job (world->test, "a", "status", "completed");
  veo3_test_expect (world->test, "run", 0);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 1);
}

/* In a workspace whose run is done, where nothing sends it by itself, the order is given anew. */
static void
test_ordered_again (void)
{
  static const char *const variants[] = { "a", "b", NULL };
  static const OrdersJob ordered = { "a", "pending", NULL, FALSE, TRUE, TRUE };
  g_autoptr (RecoveryWorld) world = recovery_world_new (variants, NULL);

  orders_put (world, &ordered);
  recovery_world_save (world);
  veo3_test_expect (world->test, "run", 0);
  orders_expect (world->test, "collect", 0, "nothing to collect");
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
  orders_expect (world->test, "regenerate a", 0, NULL);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 1);
}

/* ---- how it ends ---- */

#define THINKING "[submit]\nfaults=ok x3; ok x9 delay=1500ms\n"

/* Interrupted while the paid answer is on its way: it is waited for, its operation is saved, and
 * the clip is collected later for nothing. */
static void
test_interrupted (void)
{
  g_autoptr (Veo3Test) test = make_done (THINKING);
  g_autoptr (PipelineProcess) order = orders_start (test, NULL, "regenerate a");
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_await_requests (test, "submit", 4);
  pipeline_process_signal (order, SIGINT);
  result = pipeline_process_wait (order);
  g_assert_cmpint (result->exit_code, ==, 130);
  veo3_test_assert_says (result->err, "waiting up to 30 s for the answers of 1 paid requests");
  veo3_test_assert_job (test, "a", "status", "generating");
  orders_expect (test, "collect", 0, "clip a: completed");
  expect_submits (test, 4);
}

/* Interrupted twice it leaves at once: what was on its way is uncertain, and no start sends it. */
static void
test_hurried (void)
{
  g_autoptr (Veo3Test) test = make_done ("[submit]\nfaults=ok x3; ok x9 delay=1h\n");
  g_autoptr (PipelineProcess) order = orders_start (test, NULL, "regenerate a");
  g_autoptr (PipelineResult) result = NULL;

  veo3_test_await_requests (test, "submit", 4);
  pipeline_process_signal (order, SIGTERM);
  veo3_test_await_said (order, "waiting up to 30 s for the answers of 1 paid requests");
  pipeline_process_signal (order, SIGTERM);
  result = pipeline_process_wait (order);
  g_assert_cmpint (result->exit_code, ==, 143);
  orders_expect (test, "collect", 5, "may have been accepted and billed");
  orders_expect_refused (test, "regenerate a", 2, "veo3 reconcile");
  expect_submits (test, 4);
}

/* Killed while the paid answer is on its way: the clip that was there is still there, the new one
 * is uncertain, exit 5, and it is not sent again. */
static void
test_killed (void)
{
  g_autoptr (Veo3Test) test = make_done (THINKING);
  g_autofree char *clip = orders_digest (test, "ws/veo3/a.mp4");
  g_autofree char *operation_name = veo3_test_job (test, "a", "operation_name");
  g_autofree char *earlier = NULL;
  PipelineProcess *order = orders_start (test, NULL, "regenerate a");

  veo3_test_await_requests (test, "submit", 4);
  orders_kill (test, order);
  veo3_test_assert_job (test, "a", "status", "submitting");
  expect_digest (test, "ws/veo3/a.mp4", clip);
  expect_digest (test, "ws/veo3/a.1.mp4", clip);
  earlier = veo3_test_job (test, "a", "earlier_operations");
  veo3_test_assert_says (earlier, get_id (operation_name));
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (PipelineResult) run = veo3_test_run (test, "run", "--restart", NULL);

      g_assert_cmpint (run->exit_code, ==, 5);
      orders_expect (test, "collect", 5, NULL);
    }
  expect_submits (test, 4);
}

/* The disk refuses the operation that was just paid for: it is named with the command that brings
 * the clip back, exit 5; nothing is paid again for that. */
static void
test_unsaved (void)
{
  g_autoptr (Veo3Test) test = make_done ("[submit]\nfaults=ok x3; ok x9 delay=500ms\n");
  g_autoptr (PipelineProcess) order = NULL;
  g_autoptr (PipelineResult) result = NULL;
  g_autofree char *jobs = NULL;
  g_autofree char *command = NULL;
  char *end;

  veo3_test_set_plugin_keys (test, "timeout=1s\n");
  order = orders_start (test, NULL, "regenerate a");
  veo3_test_await_requests (test, "submit", 4);
  jobs = pipeline_fixture_read (test->fixture, "ws/veo3/jobs.json");
  remove_file (test, "ws/veo3/jobs.json");
  pipeline_fixture_write (test->fixture, "ws/veo3/jobs.json/in-the-way", "x");
  result = pipeline_process_wait (order);
  g_assert_cmpint (result->exit_code, ==, 5);
  veo3_test_assert_says (result->err, "Keep this: its operation, paid for, is models/");
  veo3_test_assert_says (result->err, "veo3/jobs.json could not be saved: after another start");
  command = g_strdup (strstr (result->err, "reconcile --adopt"));
  end = strchr (command, '`');
  g_assert_nonnull (end);
  *end = '\0';
  remove_file (test, "ws/veo3/jobs.json/in-the-way");
  remove_file (test, "ws/veo3/jobs.json");
  pipeline_fixture_write (test->fixture, "ws/veo3/jobs.json", jobs);
  orders_expect (test, command, 0, "clip a: completed");
  expect_submits (test, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/regenerate/twice", test_twice);
  g_test_add_func ("/veo3/regenerate/two", test_two);
  g_test_add_func ("/veo3/regenerate/others-held", test_others_held);
  g_test_add_func ("/veo3/regenerate/prompt-file", test_prompt_file);
  g_test_add_func ("/veo3/regenerate/newest-wish", test_newest_wish);
  g_test_add_func ("/veo3/regenerate/refused-texts", test_refused_texts);
  g_test_add_func ("/veo3/regenerate/unfit", test_unfit);
  g_test_add_func ("/veo3/regenerate/fails", test_fails);
  g_test_add_func ("/veo3/regenerate/denied", test_denied);
  g_test_add_func ("/veo3/regenerate/afterwards", test_afterwards);
  g_test_add_func ("/veo3/regenerate/ordered-run", test_ordered_run);
  g_test_add_func ("/veo3/regenerate/ordered-again", test_ordered_again);
  g_test_add_func ("/veo3/regenerate/interrupted", test_interrupted);
  g_test_add_func ("/veo3/regenerate/hurried", test_hurried);
  g_test_add_func ("/veo3/regenerate/killed", test_killed);
  g_test_add_func ("/veo3/regenerate/unsaved", test_unsaved);
  return g_test_run ();
}
