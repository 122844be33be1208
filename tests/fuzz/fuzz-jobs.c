/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: jobs.json. What was read once is written and read again as it was: above all no name
 * of an operation, which was paid for, is lost, and no job becomes one that may be sent.
 */
#include <string.h>

#include "plugin/application/veo3-job-codec.h"
#include "tests/fuzz/fuzz-target.h"

/* By their digests: whatever is asked for otherwise gives another one. */
static void
assert_same_wish (const Veo3ClipRequest *before, const Veo3ClipRequest *after)
{
  g_autofree char *digest_before = veo3_clip_request_digest (before, "p", "m");
  g_autofree char *digest_after = veo3_clip_request_digest (after, "p", "m");

  g_assert_cmpstr (digest_after, ==, digest_before);
}

static void
assert_same (const Veo3Job *before, const Veo3Job *after)
{
  g_assert_cmpstr (after->idempotent_key, ==, before->idempotent_key);
  g_assert_cmpstr (after->variant, ==, before->variant);
  g_assert_cmpstr (after->operation_name, ==, before->operation_name);
  g_assert_true ((before->earlier_operations == NULL) == (after->earlier_operations == NULL));
  if (before->earlier_operations != NULL)
    g_assert_true (g_strv_equal ((const char *const *)before->earlier_operations,
                                 (const char *const *)after->earlier_operations));
  g_assert_cmpint (after->status, ==, before->status);
  g_assert_cmpint (after->error_code, ==, before->error_code);
  g_assert_cmpint (after->is_ordered, ==, before->is_ordered);
  g_assert_cmpuint (after->attempts, ==, before->attempts);
  g_assert_cmpint (after->bytes, ==, before->bytes);
  g_assert_cmpstr (after->video_path, ==, before->video_path);
  g_assert_cmpint (after->media.duration_ms, ==, before->media.duration_ms);
  g_assert_cmpint (after->media.width, ==, before->media.width);
  g_assert_cmpint (after->media.height, ==, before->media.height);
  assert_same_wish (&before->request, &after->request);
}

static void
assert_sane (const Veo3Job *job)
{
  g_assert_true (job->idempotent_key[0] != '\0');
  g_assert_null (strchr (job->variant, '/'));
  g_assert_true (job->variant[0] != '.' && job->variant[0] != '\0');
  /* A job that has an operation is never one that a run would send. */
  if (job->operation_name != NULL)
    g_assert_cmpint (job->status, !=, VEO3_JOB_PENDING);
}

static void
check_round (Veo3JobDocument *document, GPtrArray *jobs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (Veo3JobDocument) second = NULL;
  g_autofree char *text = veo3_job_codec_format (document, jobs, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
  second = veo3_job_codec_parse ("jobs.json", text, strlen (text), &again, &error);
  g_assert_no_error (error);
  g_assert_nonnull (second);
  g_assert_cmpuint (again->len, ==, jobs->len);
  for (guint i = 0; i < jobs->len; i++)
    assert_same (g_ptr_array_index (jobs, i), g_ptr_array_index (again, i));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document = NULL;

  memcpy (text, data, size);
  text[size] = '\0';
  document = veo3_job_codec_parse ("jobs.json", text, size, &jobs, &error);
  fuzz_assert_either (document != NULL, error);
  g_assert_true ((document != NULL) == (jobs != NULL));
  if (document == NULL)
    return 0;
  for (guint i = 0; i < jobs->len; i++)
    assert_sane (g_ptr_array_index (jobs, i));
  check_round (document, jobs);
  return 0;
}
