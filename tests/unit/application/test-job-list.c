/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3JobList: what is wanted meets what is known, and nothing that may have been paid for
 * is replaced. Single-threaded.
 */
#include "plugin/application/veo3-job-list.h"

#include <string.h>

#include "plugin/domain/veo3-prompt.h"

#define NOW_US G_GINT64_CONSTANT (1795338000000000)

/* Makes clips of 8 s only, at 0.25 USD a second, and knows no seed. */
#define MODELS                                                                                     \
  "[models]\ndate=2026-11-22\n[scripted m]\nas-of=2026-11-22\nsource=test\ndurations=8\n"          \
  "resolutions=720p;1080p\ndefault-resolution=720p\nusd-per-s-720p=0.25\nseed=false\n"

typedef struct
{
  Veo3Settings settings;
  Veo3JobListInput input;
  GPtrArray *known; /* (owned) (nullable) given away by merge() */
  GPtrArray *notes; /* (owned) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->settings.options.aspect_ratio = (char *)"9:16";
  fixture->settings.duration_s = 6;
  fixture->settings.models = veo3_model_table_new_from_text (MODELS, "test", NULL);
  fixture->known = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  fixture->notes = g_ptr_array_new_with_free_func (g_free);
  fixture->input = (Veo3JobListInput){
    .run_id = "run",
    .settings = &fixture->settings,
    .provider = "scripted",
    .model = "m",
    .prompts = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_prompt_free),
    .now_us = NOW_US,
  };
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_clear_pointer (&fixture->known, g_ptr_array_unref);
  g_ptr_array_unref (fixture->notes);
  g_clear_pointer (&fixture->input.prompts, g_ptr_array_unref);
  veo3_model_table_free (fixture->settings.models);
}

static void
want (Fixture *fixture, const char *variant, const char *text, const char *problem)
{
  Veo3Prompt *prompt = g_new0 (Veo3Prompt, 1);

  prompt->variant = g_strdup (variant);
  prompt->prompt = g_strdup (text);
  prompt->narrative_anchor = g_strdup ("anchor");
  prompt->duration_s = 8;
  prompt->problem = g_strdup (problem);
  g_ptr_array_add (fixture->input.prompts, prompt);
}

/* A job of an earlier start, with the digest of what it was made for. */
static Veo3Job *
know (Fixture *fixture, const char *variant, Veo3JobStatus status, const char *prompt)
{
  g_autofree char *key = g_strconcat ("earlier_", variant, NULL);
  Veo3Job *job = veo3_job_new (key, variant, 1);

  job->status = status;
  job->request.idempotent_key = g_strdup (key);
  job->request.prompt = g_strdup (prompt);
  job->request.options.aspect_ratio = g_strdup ("9:16");
  job->request.duration_s = 8;
  job->request_sha256
      = prompt == NULL ? NULL : veo3_clip_request_digest (&job->request, "scripted", "m");
  g_ptr_array_add (fixture->known, job);
  return job;
}

static GPtrArray *
merge (Fixture *fixture)
{
  return veo3_job_list_merge (&fixture->input, g_steal_pointer (&fixture->known), fixture->notes);
}

static const Veo3Job *
get (GPtrArray *jobs, guint index)
{
  g_assert_cmpuint (index, <, jobs->len);
  return g_ptr_array_index (jobs, index);
}

/* Every good prompt becomes a pending job that asks for what was fitted; a bad one a failed job. */
static void
test_new (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  const Veo3Job *job;

  (void)data;
  fixture->settings.options.resolution = (char *)"720p";
  want (fixture, "a", "a cat", NULL);
  want (fixture, "b", NULL, "veo3_prompts[1].prompt is empty");
  ((Veo3Prompt *)g_ptr_array_index (fixture->input.prompts, 0))->duration_s = 5;
  jobs = merge (fixture);
  job = get (jobs, 0);
  g_assert_cmpstr (job->idempotent_key, ==, "run_a");
  g_assert_cmpstr (job->request.idempotent_key, ==, "run_a");
  g_assert_cmpint (job->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpstr (job->request.prompt, ==, "a cat");
  g_assert_cmpstr (job->request.options.aspect_ratio, ==, "9:16");
  g_assert_cmpstr (job->request.options.resolution, ==, "720p");
  g_assert_cmpint (job->request.duration_s, ==, 8);
  g_assert_cmpstr (job->narrative_anchor, ==, "anchor");
  g_assert_cmpuint (strlen (job->request_sha256), ==, 64);
  g_assert_cmpint (job->created_at_us, ==, NOW_US);
  job = get (jobs, 1);
  g_assert_cmpint (job->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_INVALID_PROMPT);
  g_assert_cmpstr (job->error_message, ==, "veo3_prompts[1].prompt is empty");
  g_assert_cmpuint (fixture->notes->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (fixture->notes, 0), ==,
                   "clip a: duration 5 s becomes 8 s: the model makes 8");
}

/* Every job says what it costs by the price list; null where the list does not know. */
static void
test_cost (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  want (fixture, "a", "a cat", NULL);
  want (fixture, "b", "a dog", NULL);
  ((Veo3Prompt *)g_ptr_array_index (fixture->input.prompts, 1))->options.resolution
      = g_strdup ("1080p");
  jobs = merge (fixture);
  g_assert_cmpfloat (get (jobs, 0)->estimated_cost_usd, ==, 2.0);
  g_assert_cmpfloat (get (jobs, 1)->estimated_cost_usd, <, 0);
}

/* What the model cannot do fails its own clip only, with the place it is set at: its entry... */
static void
test_impossible_prompt (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  const Veo3Job *job;

  (void)data;
  want (fixture, "a", "a cat", NULL);
  want (fixture, "b", "a dog", NULL);
  ((Veo3Prompt *)g_ptr_array_index (fixture->input.prompts, 1))->options.resolution
      = g_strdup ("4k");
  jobs = merge (fixture);
  g_assert_cmpint (get (jobs, 0)->status, ==, VEO3_JOB_PENDING);
  job = get (jobs, 1);
  g_assert_cmpint (job->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_INVALID_PROMPT);
  g_assert_cmpstr (job->error_message, ==,
                   "publishing-assets.json: veo3_prompts[1].resolution: 4k is not possible with m "
                   "(scripted), which allows "
                   "720p or 1080p");
}

/* ...or the setting for all clips. */
static void
test_impossible_setting (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  fixture->settings.options.has_seed = TRUE;
  want (fixture, "a", "a cat", NULL);
  jobs = merge (fixture);
  g_assert_cmpint (get (jobs, 0)->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (get (jobs, 0)->error_code, ==, VEO3_ERROR_CODE_INVALID_REQUEST);
  g_assert_cmpstr (get (jobs, 0)->error_message, ==,
                   "setting seed: m (scripted) has no such setting; leave it out");
}

/* A job that failed for that, or that waits for another try, follows the mended or broken wish;
 * one that was sent stays what it is. */
static void
test_possible_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  Veo3Job *known = know (fixture, "a", VEO3_JOB_FAILED, "a cat");

  (void)data;
  known->error_code = VEO3_ERROR_CODE_INVALID_REQUEST;
  known = know (fixture, "b", VEO3_JOB_FAILED, "a cat");
  known->error_code = VEO3_ERROR_CODE_INVALID_REQUEST;
  known->attempts = 1;
  know (fixture, "c", VEO3_JOB_PENDING, "a cat")->attempts = 1;
  know (fixture, "d", VEO3_JOB_GENERATING, "a cat");
  want (fixture, "a", "a cat", NULL);
  want (fixture, "b", "a cat", NULL);
  for (guint i = 2; i < 4; i++)
    {
      want (fixture, i == 2 ? "c" : "d", "a cat", NULL);
      ((Veo3Prompt *)g_ptr_array_index (fixture->input.prompts, i))->options.has_seed = TRUE;
    }
  jobs = merge (fixture);
  g_assert_cmpint (get (jobs, 0)->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpint (get (jobs, 1)->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (get (jobs, 2)->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (get (jobs, 2)->error_code, ==, VEO3_ERROR_CODE_INVALID_PROMPT);
  g_assert_nonnull (strstr (get (jobs, 2)->error_message, "veo3_prompts[2].seed: m (scripted)"));
  g_assert_cmpint (get (jobs, 3)->status, ==, VEO3_JOB_GENERATING);
}

/* A job that was sent is kept under its old key, also when another run asks for its variant. */
static void
test_kept (Fixture *fixture, gconstpointer data)
{
  static const Veo3JobStatus statuses[]
      = { VEO3_JOB_SUBMITTING, VEO3_JOB_GENERATING, VEO3_JOB_DOWNLOADING, VEO3_JOB_COMPLETED,
          VEO3_JOB_TIMED_OUT,  VEO3_JOB_UNCERTAIN,  VEO3_JOB_CANCELLED,   VEO3_JOB_FAILED };
  const Veo3Job *known[G_N_ELEMENTS (statuses)];
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      const char *variant = veo3_job_status_to_string (statuses[i]);

      known[i] = know (fixture, variant, statuses[i], "a cat");
      want (fixture, variant, "a cat", NULL);
    }
  jobs = merge (fixture);
  g_assert_cmpuint (jobs->len, ==, G_N_ELEMENTS (statuses));
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_assert_true (get (jobs, i) == known[i]);
      g_assert_cmpint (known[i]->status, ==, statuses[i]);
      g_assert_true (g_str_has_prefix (known[i]->idempotent_key, "earlier_"));
    }
  g_assert_cmpuint (fixture->notes->len, ==, 0);
}

/* One that was sent for another wish is reported as stale, and kept as it was. */
static void
test_stale (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  know (fixture, "changed", VEO3_JOB_COMPLETED, "a cat");
  know (fixture, "broken", VEO3_JOB_GENERATING, "a cat");
  know (fixture, "unknown", VEO3_JOB_COMPLETED, NULL);
  want (fixture, "changed", "a dog", NULL);
  want (fixture, "broken", NULL, "a problem");
  want (fixture, "unknown", "a dog", NULL);
  jobs = merge (fixture);
  g_assert_cmpstr (get (jobs, 0)->request.prompt, ==, "a cat");
  g_assert_cmpint (get (jobs, 0)->status, ==, VEO3_JOB_COMPLETED);
  g_assert_cmpint (get (jobs, 1)->status, ==, VEO3_JOB_GENERATING);
  g_assert_cmpuint (fixture->notes->len, ==, 2);
  g_assert_true (
      g_str_has_prefix (g_ptr_array_index (fixture->notes, 0), "clip changed is stale: "));
  g_assert_true (
      g_str_has_prefix (g_ptr_array_index (fixture->notes, 1), "clip broken is stale: "));
}

/* What the user has ordered is not sent yet, and is sent as he ordered it, whatever is asked for by
 * now; that is said, and that nothing is sent is not. */
static void
test_ordered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  Veo3Job *ordered;

  (void)data;
  ordered = know (fixture, "changed", VEO3_JOB_PENDING, "a cat");
  ordered->is_ordered = TRUE;
  want (fixture, "changed", "a dog", NULL);
  jobs = merge (fixture);
  g_assert_true (get (jobs, 0) == ordered);
  g_assert_cmpint (ordered->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpstr (ordered->request.prompt, ==, "a cat");
  g_assert_cmpuint (fixture->notes->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (fixture->notes, 0), "it is sent as it was ordered"));
}

/* Of what has never left, the newest wish counts: the job is made anew. */
static void
test_untouched (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  Veo3Job *invalid;

  (void)data;
  know (fixture, "waiting", VEO3_JOB_PENDING, "a cat");
  invalid = know (fixture, "invalid", VEO3_JOB_FAILED, NULL);
  invalid->error_code = VEO3_ERROR_CODE_INVALID_PROMPT;
  want (fixture, "waiting", "a dog", NULL);
  want (fixture, "invalid", "a bird", NULL);
  jobs = merge (fixture);
  g_assert_cmpuint (jobs->len, ==, 2);
  g_assert_cmpstr (get (jobs, 0)->idempotent_key, ==, "run_waiting");
  g_assert_cmpstr (get (jobs, 0)->request.prompt, ==, "a dog");
  g_assert_cmpint (get (jobs, 1)->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpstr (get (jobs, 1)->request.prompt, ==, "a bird");
  g_assert_cmpuint (fixture->notes->len, ==, 0);
}

/* What a person had to mend, credentials, model or quota of the day, is taken for mended at the
 * next start: the clips that were turned away for it are asked for anew. A refused wording is not.
 */
static void
test_mended (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *variant;
    Veo3ErrorCode code;
    const char *operation_name;
    Veo3JobStatus expected;
  } rows[] = {
    { "key", VEO3_ERROR_CODE_CREDENTIALS, NULL, VEO3_JOB_PENDING },
    { "model", VEO3_ERROR_CODE_MODEL_GONE, NULL, VEO3_JOB_PENDING },
    { "quota", VEO3_ERROR_CODE_QUOTA_DAY, NULL, VEO3_JOB_PENDING },
    { "taken", VEO3_ERROR_CODE_CREDENTIALS, "models/m/operations/o", VEO3_JOB_FAILED },
    { "request", VEO3_ERROR_CODE_INVALID_REQUEST, NULL, VEO3_JOB_FAILED },
    { "filtered", VEO3_ERROR_CODE_CONTENT_FILTERED, "models/m/operations/p", VEO3_JOB_FAILED },
  };
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Veo3Job *job = know (fixture, rows[i].variant, VEO3_JOB_FAILED, "a cat");

      job->error_code = rows[i].code;
      job->operation_name = g_strdup (rows[i].operation_name);
      job->attempts = 1;
      want (fixture, rows[i].variant, "a cat", NULL);
    }
  jobs = merge (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (get (jobs, i)->status, ==, rows[i].expected);
}

/* One that was tried and turned away keeps its key and its tries, and asks for what is wanted now;
 * when that has a problem, it is not sent at all. */
static void
test_tried (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  know (fixture, "good", VEO3_JOB_PENDING, "a cat")->attempts = 2;
  know (fixture, "bad", VEO3_JOB_PENDING, "a cat")->attempts = 2;
  want (fixture, "good", "a dog", NULL);
  want (fixture, "bad", NULL, "veo3_prompts[1].prompt is empty");
  jobs = merge (fixture);
  g_assert_cmpstr (get (jobs, 0)->idempotent_key, ==, "earlier_good");
  g_assert_cmpuint (get (jobs, 0)->attempts, ==, 2);
  g_assert_cmpint (get (jobs, 0)->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpstr (get (jobs, 0)->request.prompt, ==, "a dog");
  g_assert_cmpint (get (jobs, 1)->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (get (jobs, 1)->error_code, ==, VEO3_ERROR_CODE_INVALID_PROMPT);
  g_assert_cmpstr (get (jobs, 1)->error_message, ==, "veo3_prompts[1].prompt is empty");
  g_assert_cmpuint (fixture->notes->len, ==, 0);
}

/* Known jobs that nobody asks for any more stay, behind the others, but are not paid for: one that
 * was turned away fails with the reason, one that was never sent is forgotten. */
static void
test_orphans (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  know (fixture, "old", VEO3_JOB_GENERATING, "a cat");
  know (fixture, "never-sent", VEO3_JOB_PENDING, "a cat");
  know (fixture, "turned-away", VEO3_JOB_PENDING, "a cat")->attempts = 1;
  want (fixture, "new", "a dog", NULL);
  jobs = merge (fixture);
  g_assert_cmpuint (jobs->len, ==, 3);
  g_assert_cmpstr (get (jobs, 0)->variant, ==, "new");
  g_assert_cmpint (get (jobs, 1)->status, ==, VEO3_JOB_GENERATING);
  g_assert_cmpstr (get (jobs, 2)->variant, ==, "turned-away");
  g_assert_cmpint (get (jobs, 2)->status, ==, VEO3_JOB_FAILED);
  g_assert_cmpint (get (jobs, 2)->error_code, ==, VEO3_ERROR_CODE_INVALID_PROMPT);
  g_assert_nonnull (strstr (get (jobs, 2)->error_message, "does not ask for it any more"));
}

/* When the prompts cannot be read, known jobs go on as they were; one that never had a prompt fails
 * with the reason. */
static void
test_no_prompts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  g_clear_pointer (&fixture->input.prompts, g_ptr_array_unref);
  know (fixture, "waiting", VEO3_JOB_PENDING, "a cat");
  know (fixture, "empty", VEO3_JOB_PENDING, NULL);
  jobs = merge (fixture);
  g_assert_cmpuint (jobs->len, ==, 2);
  g_assert_cmpint (get (jobs, 0)->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpint (get (jobs, 1)->status, ==, VEO3_JOB_FAILED);
  g_assert_nonnull (strstr (get (jobs, 1)->error_message, "has no prompt"));
}

/* Two jobs of one variant, by somebody's hand: the first one is the variant's, the other one stays
 * but is not sent. */
static void
test_twins (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  Veo3Job *second;

  (void)data;
  know (fixture, "a", VEO3_JOB_COMPLETED, "a cat");
  second = know (fixture, "a", VEO3_JOB_PENDING, "a cat");
  second->attempts = 1;
  want (fixture, "a", "a cat", NULL);
  jobs = merge (fixture);
  g_assert_cmpuint (jobs->len, ==, 2);
  g_assert_cmpint (get (jobs, 0)->status, ==, VEO3_JOB_COMPLETED);
  g_assert_true (get (jobs, 1) == second);
  g_assert_cmpint (second->status, ==, VEO3_JOB_FAILED);
}

/* Without prompts the known jobs alone go on; without known jobs only the wanted ones. */
static void
test_one_side (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) known_only = NULL;
  g_autoptr (GPtrArray) wanted_only = NULL;
  g_autoptr (GPtrArray) prompts = NULL;

  (void)data;
  know (fixture, "a", VEO3_JOB_GENERATING, "a cat");
  want (fixture, "b", "a dog", NULL);
  prompts = g_steal_pointer (&fixture->input.prompts);
  known_only = merge (fixture);
  g_assert_cmpuint (known_only->len, ==, 1);
  g_assert_cmpstr (get (known_only, 0)->variant, ==, "a");
  fixture->input.prompts = g_steal_pointer (&prompts);
  wanted_only = merge (fixture);
  g_assert_cmpuint (wanted_only->len, ==, 1);
  g_assert_cmpstr (get (wanted_only, 0)->variant, ==, "b");
}

/* What is left over of each status; several leave over the sum. */
static void
test_outcome (Fixture *fixture, gconstpointer data)
{
  static const guint expected[VEO3_N_JOB_STATUSES] = {
    [VEO3_JOB_PENDING] = PIPELINE_OUTCOME_PARTIAL,
    [VEO3_JOB_SUBMITTING] = PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN,
    [VEO3_JOB_GENERATING] = PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED,
    [VEO3_JOB_DOWNLOADING] = PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED,
    [VEO3_JOB_COMPLETED] = PIPELINE_OUTCOME_COMPLETE,
    [VEO3_JOB_FAILED] = PIPELINE_OUTCOME_PARTIAL,
    [VEO3_JOB_TIMED_OUT] = PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED,
    [VEO3_JOB_UNCERTAIN] = PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN,
    [VEO3_JOB_CANCELLED] = PIPELINE_OUTCOME_PARTIAL,
  };
  guint all = 0;

  (void)data;
  g_assert_cmpuint (veo3_job_list_get_outcome (fixture->known), ==, PIPELINE_OUTCOME_COMPLETE);
  for (guint i = 0; i < VEO3_N_JOB_STATUSES; i++)
    {
      g_autoptr (GPtrArray) one = g_ptr_array_new ();

      g_ptr_array_add (one, know (fixture, "a", (Veo3JobStatus)i, "a cat"));
      g_assert_cmpuint (veo3_job_list_get_outcome (one), ==, expected[i]);
      all |= expected[i];
      g_assert_cmpuint (veo3_job_list_get_outcome (fixture->known), ==, all);
    }
}

/* A later process can still tell that credentials, model or quota stood in the way. */
static void
test_outcome_denied (Fixture *fixture, gconstpointer data)
{
  (void)data;
  know (fixture, "a", VEO3_JOB_FAILED, "a cat")->error_code = VEO3_ERROR_CODE_CREDENTIALS;
  g_assert_cmpuint (veo3_job_list_get_outcome (fixture->known), ==,
                    PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_DENIED);
}

static void
add (const char *path, void (*test) (Fixture *fixture, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

/* A wish whose key is that of another variant's job is left out, with a word: of two jobs with one
 * key one would be lost. */
static void
test_key_taken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;

  (void)data;
  (void)know (fixture, "a_b", VEO3_JOB_GENERATING, "a fox");
  fixture->input.run_id = "earlier_a";
  want (fixture, "b", "a cat", NULL);
  jobs = merge (fixture);
  g_assert_cmpuint (jobs->len, ==, 1);
  g_assert_cmpstr (get (jobs, 0)->variant, ==, "a_b");
  g_assert_cmpuint (fixture->notes->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (fixture->notes, 0), "clip b is not generated"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/veo3/job-list/new", test_new);
  add ("/veo3/job-list/cost", test_cost);
  add ("/veo3/job-list/impossible-prompt", test_impossible_prompt);
  add ("/veo3/job-list/impossible-setting", test_impossible_setting);
  add ("/veo3/job-list/possible-again", test_possible_again);
  add ("/veo3/job-list/kept", test_kept);
  add ("/veo3/job-list/stale", test_stale);
  add ("/veo3/job-list/ordered", test_ordered);
  add ("/veo3/job-list/untouched", test_untouched);
  add ("/veo3/job-list/mended", test_mended);
  add ("/veo3/job-list/tried", test_tried);
  add ("/veo3/job-list/orphans", test_orphans);
  add ("/veo3/job-list/no-prompts", test_no_prompts);
  add ("/veo3/job-list/twins", test_twins);
  add ("/veo3/job-list/key-taken", test_key_taken);
  add ("/veo3/job-list/one-side", test_one_side);
  add ("/veo3/job-list/outcome", test_outcome);
  add ("/veo3/job-list/outcome-denied", test_outcome_denied);
  return g_test_run ();
}
