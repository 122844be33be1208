/* SPDX-License-Identifier: MIT */
/*
 * Veo3Reporter: what a person is told of a job, and when. The sink records; nothing else is used.
 */
#include "plugin/application/veo3-reporter.h"

typedef struct
{
  Veo3Reporter reporter;
  Veo3Job *job; /* (owned) */
  Veo3Reported reported;
  GString *seen; /* (owned) "item status[: detail]\n" and "LEVEL message\n" */
} Fixture;

static void
on_log (gpointer sink, PipelineLogLevel level, const char *message)
{
  g_string_append_printf (sink, "%d %s\n", (int)level, message);
}

static void
on_progress (gpointer sink, const PipelineProgress *progress)
{
  g_string_append_printf (sink, "%s %s%s%s\n", progress->item, progress->status,
                          progress->detail != NULL ? ": " : "",
                          progress->detail != NULL ? progress->detail : "");
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->seen = g_string_new (NULL);
  fixture->reporter
      = (Veo3Reporter){ .log = on_log, .progress = on_progress, .sink = fixture->seen };
  fixture->job = veo3_job_new ("r_a", "a", 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  veo3_reported_clear (&fixture->reported);
  veo3_job_free (fixture->job);
  g_string_free (fixture->seen, TRUE);
}

static void
assert_told (Fixture *fixture, const char *expected)
{
  veo3_reporter_tell_job (&fixture->reporter, fixture->job, &fixture->reported);
  g_assert_cmpstr (fixture->seen->str, ==, expected);
  g_string_truncate (fixture->seen, 0);
}

/* A job is told once for each status and each note, and not again while both stay. */
static void
test_news_only (Fixture *fixture, gconstpointer data)
{
  (void)data;
  assert_told (fixture, "a pending\n");
  assert_told (fixture, "");
  fixture->job->progress.note = g_strdup ("rate limited");
  assert_told (fixture, "a pending: rate limited\n");
  assert_told (fixture, "");
}

/* What has ended tells its reason, never a passing note that promises another try. */
static void
test_no_note_at_the_end (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->job->progress.note = g_strdup ("next try in 2.7 s");
  veo3_job_apply (fixture->job, VEO3_EVENT_REFUSED, 2);
  veo3_job_explain (fixture->job, VEO3_ERROR_CODE_UNAVAILABLE, "given up");
  assert_told (fixture, "a failed: given up\n2 clip a: failed: given up, continuing\n");
}

/* What goes on does not show the reason of an end it once had. */
static void
test_no_old_reason (Fixture *fixture, gconstpointer data)
{
  (void)data;
  veo3_job_explain (fixture->job, VEO3_ERROR_CODE_CREDENTIALS, "bad key");
  assert_told (fixture, "a pending\n");
}

/* An uncertain job is an error that says what to look at. */
static void
test_uncertain (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->job->status = VEO3_JOB_UNCERTAIN;
  veo3_job_explain_uncertain (fixture->job, "no answer");
  veo3_reporter_tell_job (&fixture->reporter, fixture->job, &fixture->reported);
  g_assert_true (g_str_has_prefix (fixture->seen->str, "a uncertain: needs your word"));
  g_assert_nonnull (strstr (fixture->seen->str, "\n3 clip a: uncertain: no answer; "));
  g_assert_nonnull (strstr (fixture->seen->str, "billed"));
  g_assert_nonnull (strstr (fixture->seen->str, "`pipeline_runner veo3 reconcile a`"));
}

#define ADD(name, test) g_test_add ("/veo3/reporter/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("news-only", test_news_only);
  ADD ("no-note-at-the-end", test_no_note_at_the_end);
  ADD ("no-old-reason", test_no_old_reason);
  ADD ("uncertain", test_uncertain);
  return g_test_run ();
}
