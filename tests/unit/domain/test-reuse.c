/* SPDX-License-Identifier: MIT */
/*
 * veo3-reuse: over every status, what a start may pay for again.
 */
#include "plugin/domain/veo3-reuse.h"

typedef struct
{
  Veo3JobStatus status;
  Veo3ErrorCode code;
  const char *operation_name;
  guint attempts;
  Veo3Reuse same;    /* asked for with the same request */
  Veo3Reuse other;   /* asked for with another one */
  Veo3Reuse invalid; /* asked for by a bad prompt */
  Veo3Reuse orphan;  /* not asked for */
} Row;

static Veo3Job *
make_job (const Row *row)
{
  Veo3Job *job = veo3_job_new ("r_a", "a", 1);

  job->status = row->status;
  job->error_code = row->code;
  job->operation_name = g_strdup (row->operation_name);
  job->attempts = row->attempts;
  job->request_sha256 = g_strdup ("same");
  job->request.prompt = g_strdup ("a boat");
  return job;
}

/* Whatever may have been taken is kept in every status; only what never was is sent anew. */
static void
test_table (void)
{
  static const Row rows[] = {
#define KEPT VEO3_REUSE_KEEP, VEO3_REUSE_KEEP_STALE, VEO3_REUSE_KEEP_STALE, VEO3_REUSE_KEEP
#define NEW VEO3_REUSE_REPLACE, VEO3_REUSE_REPLACE, VEO3_REUSE_REPLACE
    { VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE, NULL, 0, NEW, VEO3_REUSE_FORGET },
    { VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE, NULL, 2, VEO3_REUSE_REFILL, VEO3_REUSE_REFILL,
      VEO3_REUSE_REFUSE, VEO3_REUSE_REFUSE },
    { VEO3_JOB_SUBMITTING, VEO3_ERROR_CODE_NONE, NULL, 1, KEPT },
    { VEO3_JOB_GENERATING, VEO3_ERROR_CODE_NONE, "o", 1, KEPT },
    { VEO3_JOB_DOWNLOADING, VEO3_ERROR_CODE_NONE, "o", 1, KEPT },
    { VEO3_JOB_COMPLETED, VEO3_ERROR_CODE_NONE, "o", 1, KEPT },
    { VEO3_JOB_TIMED_OUT, VEO3_ERROR_CODE_DEADLINE, "o", 1, KEPT },
    { VEO3_JOB_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, NULL, 1, KEPT },
    { VEO3_JOB_CANCELLED, VEO3_ERROR_CODE_CANCELLED, NULL, 0, KEPT },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED, "o", 1, KEPT },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_INVALID_REQUEST, NULL, 1, KEPT },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_INVALID_REQUEST, NULL, 0, NEW, VEO3_REUSE_KEEP },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_INVALID_PROMPT, NULL, 0, NEW, VEO3_REUSE_KEEP },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_DISK, NULL, 0, NEW, VEO3_REUSE_KEEP },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_DISK, "o", 1, KEPT },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_CREDENTIALS, NULL, 1, NEW, VEO3_REUSE_KEEP },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_CREDENTIALS, "o", 1, KEPT },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_MODEL_GONE, NULL, 1, NEW, VEO3_REUSE_KEEP },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_QUOTA_DAY, NULL, 1, NEW, VEO3_REUSE_KEEP },
#undef KEPT
#undef NEW
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Veo3Job) job = make_job (&rows[i]);

      g_test_message ("row %zu", i);
      g_assert_cmpint (veo3_reuse_wanted (job, TRUE, "same"), ==, rows[i].same);
      g_assert_cmpint (veo3_reuse_wanted (job, TRUE, "other"), ==, rows[i].other);
      g_assert_cmpint (veo3_reuse_wanted (job, FALSE, "same"), ==, rows[i].invalid);
      g_assert_cmpint (veo3_reuse_orphan (job, TRUE), ==, rows[i].orphan);
      g_assert_cmpint (veo3_reuse_orphan (job, FALSE), ==, VEO3_REUSE_KEEP);
      g_assert_cmpint (veo3_reuse_must_wait (job), ==, job->status == VEO3_JOB_PENDING);
    }
}

/* A job of the Python original has no digest and is never called stale; one without a prompt, when
 * no prompt can be read either, can never be sent. */
static void
test_sparse_jobs (void)
{
  g_autoptr (Veo3Job) job = veo3_job_new ("r_a", "a", 1);

  g_assert_cmpint (veo3_reuse_orphan (job, FALSE), ==, VEO3_REUSE_REFUSE);
  job->status = VEO3_JOB_GENERATING;
  g_assert_cmpint (veo3_reuse_wanted (job, TRUE, "any"), ==, VEO3_REUSE_KEEP);
}

/* The user's word to pay again stands until it has led to an operation: a start neither forgets it
 * nor puts another wish in its place. What was paid for before is never replaced either. */
static void
test_ordered (void)
{
  static const struct
  {
    Veo3JobStatus status;
    Veo3ErrorCode code;
  } rows[] = {
    { VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_INVALID_PROMPT },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_CREDENTIALS },
    { VEO3_JOB_FAILED, VEO3_ERROR_CODE_DISK },
  };
  const char *earlier[] = { "operations/1", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint is_earlier = 0; is_earlier < 2; is_earlier++)
      for (guint attempts = 0; attempts < 2; attempts++)
        {
          const Row row = { .status = rows[i].status, .code = rows[i].code, .attempts = attempts };
          g_autoptr (Veo3Job) job = make_job (&row);

          job->is_ordered = TRUE;
          job->earlier_operations = is_earlier ? g_strdupv ((char **)earlier) : NULL;
          g_assert_cmpint (veo3_reuse_wanted (job, TRUE, "same"), ==, VEO3_REUSE_KEEP);
          g_assert_cmpint (veo3_reuse_wanted (job, TRUE, "other"), ==, VEO3_REUSE_KEEP_STALE);
          g_assert_cmpint (veo3_reuse_wanted (job, FALSE, "same"), ==, VEO3_REUSE_KEEP_STALE);
          g_assert_cmpint (veo3_reuse_orphan (job, TRUE), ==, VEO3_REUSE_KEEP);
          g_assert_cmpint (veo3_reuse_orphan (job, FALSE), ==, VEO3_REUSE_KEEP);
          g_assert_false (veo3_reuse_must_wait (job));
        }
  for (gsize i = 1; i < G_N_ELEMENTS (rows); i++)
    {
      const Row row = { .status = rows[i].status, .code = rows[i].code };
      g_autoptr (Veo3Job) job = make_job (&row);

      job->earlier_operations = g_strdupv ((char **)earlier);
      g_assert_cmpint (veo3_reuse_wanted (job, TRUE, "same"), ==, VEO3_REUSE_KEEP);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/reuse/table", test_table);
  g_test_add_func ("/veo3/reuse/sparse-jobs", test_sparse_jobs);
  g_test_add_func ("/veo3/reuse/ordered", test_ordered);
  return g_test_run ();
}
