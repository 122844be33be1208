/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Job: the transition table against an expectation written the other way round (by
 * status, as design and story tell it), names, and what identifies a request. Single-threaded.
 */
#include "plugin/domain/veo3-job.h"

#include <string.h>

/* One line per arrow of the life of a job; what is not here is impossible. */
static const struct
{
  Veo3JobStatus from;
  Veo3JobEvent event;
  Veo3JobStatus to;
} arrows[] = {
  { VEO3_JOB_PENDING, VEO3_EVENT_CLAIM, VEO3_JOB_SUBMITTING },
  { VEO3_JOB_PENDING, VEO3_EVENT_REFUSED, VEO3_JOB_FAILED },
  { VEO3_JOB_PENDING, VEO3_EVENT_USER_CANCEL, VEO3_JOB_CANCELLED },
  { VEO3_JOB_SUBMITTING, VEO3_EVENT_NOT_SENT, VEO3_JOB_PENDING },
  { VEO3_JOB_SUBMITTING, VEO3_EVENT_REJECTED, VEO3_JOB_PENDING },
  { VEO3_JOB_SUBMITTING, VEO3_EVENT_REFUSED, VEO3_JOB_FAILED },
  { VEO3_JOB_SUBMITTING, VEO3_EVENT_AMBIGUOUS, VEO3_JOB_UNCERTAIN },
  { VEO3_JOB_SUBMITTING, VEO3_EVENT_ACCEPTED, VEO3_JOB_GENERATING },
  { VEO3_JOB_GENERATING, VEO3_EVENT_AMBIGUOUS, VEO3_JOB_UNCERTAIN },
  { VEO3_JOB_GENERATING, VEO3_EVENT_READY, VEO3_JOB_DOWNLOADING },
  { VEO3_JOB_GENERATING, VEO3_EVENT_NO_CLIP, VEO3_JOB_FAILED },
  { VEO3_JOB_GENERATING, VEO3_EVENT_DEADLINE, VEO3_JOB_TIMED_OUT },
  { VEO3_JOB_GENERATING, VEO3_EVENT_USER_CANCEL, VEO3_JOB_CANCELLED },
  { VEO3_JOB_DOWNLOADING, VEO3_EVENT_STORED, VEO3_JOB_COMPLETED },
  { VEO3_JOB_DOWNLOADING, VEO3_EVENT_CLIP_LOST, VEO3_JOB_FAILED },
  { VEO3_JOB_DOWNLOADING, VEO3_EVENT_DEADLINE, VEO3_JOB_TIMED_OUT },
  { VEO3_JOB_DOWNLOADING, VEO3_EVENT_LOOK_AGAIN, VEO3_JOB_GENERATING },
  { VEO3_JOB_DOWNLOADING, VEO3_EVENT_USER_CANCEL, VEO3_JOB_CANCELLED },
  { VEO3_JOB_COMPLETED, VEO3_EVENT_LOOK_AGAIN, VEO3_JOB_GENERATING },
  { VEO3_JOB_COMPLETED, VEO3_EVENT_USER_RESUBMIT, VEO3_JOB_PENDING },
  { VEO3_JOB_FAILED, VEO3_EVENT_USER_RESUBMIT, VEO3_JOB_PENDING },
  { VEO3_JOB_TIMED_OUT, VEO3_EVENT_LOOK_AGAIN, VEO3_JOB_GENERATING },
  { VEO3_JOB_FAILED, VEO3_EVENT_LOOK_AGAIN, VEO3_JOB_GENERATING },
  { VEO3_JOB_CANCELLED, VEO3_EVENT_LOOK_AGAIN, VEO3_JOB_GENERATING },
  { VEO3_JOB_PENDING, VEO3_EVENT_FOUND, VEO3_JOB_COMPLETED },
  { VEO3_JOB_TIMED_OUT, VEO3_EVENT_USER_CANCEL, VEO3_JOB_CANCELLED },
  { VEO3_JOB_TIMED_OUT, VEO3_EVENT_USER_RESUBMIT, VEO3_JOB_PENDING },
  { VEO3_JOB_UNCERTAIN, VEO3_EVENT_USER_ADOPT, VEO3_JOB_GENERATING },
  { VEO3_JOB_UNCERTAIN, VEO3_EVENT_USER_RESUBMIT, VEO3_JOB_PENDING },
  { VEO3_JOB_UNCERTAIN, VEO3_EVENT_USER_ABANDON, VEO3_JOB_FAILED },
  { VEO3_JOB_CANCELLED, VEO3_EVENT_USER_RESUBMIT, VEO3_JOB_PENDING },
};

static int
find_arrow (Veo3JobStatus from, Veo3JobEvent event)
{
  for (guint i = 0; i < G_N_ELEMENTS (arrows); i++)
    if (arrows[i].from == from && arrows[i].event == event)
      return (int)i;
  return -1;
}

/* Every status with every event does what the list of arrows says, and nothing else. */
static void
test_transitions (void)
{
  for (guint from = 0; from < VEO3_N_JOB_STATUSES; from++)
    for (guint event = 0; event < VEO3_N_JOB_EVENTS; event++)
      {
        Veo3JobStatus next = VEO3_JOB_CANCELLED;
        int arrow = find_arrow ((Veo3JobStatus)from, (Veo3JobEvent)event);
        gboolean possible = veo3_job_next_status ((Veo3JobStatus)from, (Veo3JobEvent)event, &next);

        g_assert_cmpint (possible, ==, arrow >= 0);
        g_assert_cmpint (next, ==, arrow >= 0 ? arrows[arrow].to : VEO3_JOB_CANCELLED);
      }
}

/* Nothing but the user's word moves an uncertain job, and only a claim leads to a paid request. */
static void
test_money (void)
{
  for (guint event = 0; event < VEO3_N_JOB_EVENTS; event++)
    for (guint from = 0; from < VEO3_N_JOB_STATUSES; from++)
      {
        Veo3JobStatus next = VEO3_JOB_CANCELLED;

        if (!veo3_job_next_status ((Veo3JobStatus)from, (Veo3JobEvent)event, &next))
          continue;
        if (from == VEO3_JOB_UNCERTAIN)
          g_assert_cmpuint (event, >=, VEO3_EVENT_USER_ADOPT);
        if (next == VEO3_JOB_SUBMITTING)
          g_assert_cmpuint (event, ==, VEO3_EVENT_CLAIM);
      }
}

/* Applying an event stamps the job: when it was accepted, when it ended, when it changed. */
static void
test_times (void)
{
  g_autoptr (Veo3Job) job = veo3_job_new ("run_a", "a", 10);

  g_assert_cmpint (job->status, ==, VEO3_JOB_PENDING);
  g_assert_cmpint (job->bytes, ==, -1);
  g_assert_cmpfloat (job->estimated_cost_usd, <, 0);
  veo3_job_apply (job, VEO3_EVENT_CLAIM, 20);
  g_assert_cmpint (job->updated_at_us, ==, 20);
  g_assert_cmpint (job->submitted_at_us, ==, 0);
  veo3_job_apply (job, VEO3_EVENT_ACCEPTED, 30);
  g_assert_cmpint (job->submitted_at_us, ==, 30);
  veo3_job_apply (job, VEO3_EVENT_DEADLINE, 40);
  g_assert_cmpint (job->completed_at_us, ==, 40);
  veo3_job_apply (job, VEO3_EVENT_LOOK_AGAIN, 50);
  g_assert_cmpint (job->completed_at_us, ==, 0);
  g_assert_cmpint (job->submitted_at_us, ==, 30);
  g_assert_cmpint (job->created_at_us, ==, 10);
}

/* A wall clock that was set back meanwhile does not put the times of a job out of their order. */
static void
test_times_in_order (void)
{
  g_autoptr (Veo3Job) job = veo3_job_new ("run_a", "a", 1000);

  veo3_job_apply (job, VEO3_EVENT_CLAIM, 20);
  g_assert_cmpint (job->updated_at_us, ==, 1000);
  veo3_job_apply (job, VEO3_EVENT_ACCEPTED, 2000);
  veo3_job_apply (job, VEO3_EVENT_DEADLINE, 30);
  g_assert_cmpint (job->submitted_at_us, ==, 2000);
  g_assert_cmpint (job->completed_at_us, ==, 2000);
  g_assert_cmpint (job->updated_at_us, ==, 2000);
}

/* An impossible event is a defect of ours: it ends the process instead of inventing a state. */
static void
test_impossible (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (Veo3Job) job = veo3_job_new ("run_a", "a", 0);

      veo3_job_apply (job, VEO3_EVENT_STORED, 0);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
}

/* The statuses have the names of the file format, both ways; others are refused. */
static void
test_status_names (void)
{
  static const char *const names[VEO3_N_JOB_STATUSES] = {
    "pending", "submitting", "generating", "downloading", "completed",
    "failed",  "timed_out",  "uncertain",  "cancelled",
  };
  Veo3JobStatus status = VEO3_JOB_UNCERTAIN;

  for (guint i = 0; i < VEO3_N_JOB_STATUSES; i++)
    {
      g_assert_cmpstr (veo3_job_status_to_string ((Veo3JobStatus)i), ==, names[i]);
      g_assert_true (veo3_job_status_from_string (names[i], &status));
      g_assert_cmpint (status, ==, i);
    }
  g_assert_false (veo3_job_status_from_string ("PENDING", &status));
  g_assert_false (veo3_job_status_from_string ("", &status));
  g_assert_false (veo3_job_status_from_string (NULL, &status));
  g_assert_cmpint (status, ==, VEO3_JOB_CANCELLED);
}

/* Final is what no loop changes by itself. */
static void
test_final (void)
{
  static const gboolean expected[VEO3_N_JOB_STATUSES]
      = { FALSE, FALSE, FALSE, FALSE, TRUE, TRUE, TRUE, TRUE, TRUE };

  for (guint i = 0; i < VEO3_N_JOB_STATUSES; i++)
    g_assert_cmpint (veo3_job_status_is_final ((Veo3JobStatus)i), ==, expected[i]);
}

/* Error codes have the names of the file format, both ways; unknown ones are none. */
static void
test_error_names (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_null (veo3_error_code_to_string (VEO3_ERROR_CODE_NONE));
  for (guint i = VEO3_ERROR_CODE_INVALID_PROMPT; i <= VEO3_ERROR_CODE_BUDGET; i++)
    {
      const char *name = veo3_error_code_to_string ((Veo3ErrorCode)i);

      g_assert_nonnull (name);
      g_assert_true (g_hash_table_add (seen, (gpointer)name));
      g_assert_cmpint (veo3_error_code_from_string (name), ==, i);
    }
  g_assert_cmpstr (veo3_error_code_to_string (VEO3_ERROR_CODE_INVALID_PROMPT), ==,
                   "invalid_prompt");
  g_assert_cmpstr (veo3_error_code_to_string (VEO3_ERROR_CODE_BUDGET), ==, "budget");
  g_assert_cmpint (veo3_error_code_from_string (NULL), ==, VEO3_ERROR_CODE_NONE);
  g_assert_cmpint (veo3_error_code_from_string ("of_the_future"), ==, VEO3_ERROR_CODE_NONE);
}

/* Credentials, a gone model and the day's quota stop all submits; nothing else does. */
static void
test_stops_submits (void)
{
  for (guint i = VEO3_ERROR_CODE_NONE; i <= VEO3_ERROR_CODE_BUDGET; i++)
    g_assert_cmpint (veo3_error_code_stops_submits ((Veo3ErrorCode)i), ==,
                     i == VEO3_ERROR_CODE_CREDENTIALS || i == VEO3_ERROR_CODE_MODEL_GONE
                         || i == VEO3_ERROR_CODE_QUOTA_DAY);
}

static void
assert_other_digest (const char *digest, const Veo3ClipRequest *request, const char *model)
{
  g_autofree char *other = veo3_clip_request_digest (request, "gemini", model);

  g_assert_cmpstr (other, !=, digest);
}

/* A digest is the same for the same request, whatever its key, and another for any other. */
static void
test_digest (void)
{
  const Veo3ClipRequest request = { .idempotent_key = (char *)"k",
                                    .prompt = (char *)"a cat",
                                    .options.aspect_ratio = (char *)"9:16",
                                    .options.resolution = (char *)"720p",
                                    .duration_s = 6 };
  Veo3ClipRequest other = request;
  g_autofree char *digest = veo3_clip_request_digest (&request, "gemini", "m");
  g_autofree char *again = NULL;
  g_autofree char *elsewhere = veo3_clip_request_digest (&request, "vertex", "m");

  other.idempotent_key = (char *)"another run";
  again = veo3_clip_request_digest (&other, "gemini", "m");
  g_assert_cmpstr (again, ==, digest);
  g_assert_cmpuint (strlen (digest), ==, 64);
  g_assert_cmpuint (strspn (digest, "0123456789abcdef"), ==, 64);
  g_assert_cmpstr (elsewhere, !=, digest);
  assert_other_digest (digest, &request, "m2");
  assert_other_digest (digest, &request, NULL);
  other = request, other.prompt = (char *)"a cat ";
  assert_other_digest (digest, &other, "m");
  other = request, other.options.aspect_ratio = (char *)"16:9";
  assert_other_digest (digest, &other, "m");
  other = request, other.options.resolution = NULL;
  assert_other_digest (digest, &other, "m");
  other = request, other.duration_s = 8;
  assert_other_digest (digest, &other, "m");
}

/* Text that moves from one field to its neighbour gives another digest. */
static void
test_digest_borders (void)
{
  static const char *const splits[][3] = {
    { "ab", "c", "d" }, { "a", "bc", "d" },  { "abc", "d", NULL }, { "abcd", NULL, NULL },
    { "", "abc", "d" }, { "1:a", "b", "c" }, { "1", ":ab", "c" },  { "ab4:", "c", "d" },
  };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (splits); i++)
    {
      Veo3ClipRequest request = { .prompt = (char *)splits[i][0],
                                  .options.aspect_ratio = (char *)splits[i][1],
                                  .options.resolution = (char *)splits[i][2],
                                  .duration_s = 6 };

      g_assert_true (g_hash_table_add (seen, veo3_clip_request_digest (&request, "p", "m")));
    }
}

/* Why a job is where it is can be set, replaced and taken away. */
static void
test_explain (void)
{
  g_autoptr (Veo3Job) job = veo3_job_new ("run_a", "a", 0);

  veo3_job_explain (job, VEO3_ERROR_CODE_DISK, "first");
  veo3_job_explain (job, VEO3_ERROR_CODE_DEADLINE, job->error_message);
  g_assert_cmpstr (job->error_message, ==, "first");
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_DEADLINE);
  veo3_job_explain (job, VEO3_ERROR_CODE_NONE, NULL);
  g_assert_null (job->error_message);
}

/* Whatever an accepted request ends with, the message says what was seen, what became of the money
 * and which command is next. */
static void
test_explain_lost (void)
{
  static const struct
  {
    Veo3ErrorCode code;
    const char *money; /* (nullable) the words that were seen say it themselves */
    const char *next;
  } rows[] = {
    { VEO3_ERROR_CODE_CONTENT_FILTERED, "not charged", "veo3 regenerate a` sends it" },
    { VEO3_ERROR_CODE_OPERATION_FAILED, "not charged", "veo3 regenerate a` sends it again" },
    { VEO3_ERROR_CODE_INVALID_REQUEST, "not charged", "veo3 regenerate a` sends it again" },
    { VEO3_ERROR_CODE_QUOTA_MINUTE, "not charged", "veo3 regenerate a` sends it again" },
    { VEO3_ERROR_CODE_NO_CLIP, "may have been billed", "veo3 regenerate a` pays for another" },
    { VEO3_ERROR_CODE_CLIP_GONE, "it was paid for", "veo3 regenerate a` pays for another" },
    { VEO3_ERROR_CODE_CLIP_EXPIRED, "it was paid for", "veo3 regenerate a` pays for another" },
    { VEO3_ERROR_CODE_NOT_A_CLIP, "it was paid for", "veo3 collect a` fetches it again" },
    { VEO3_ERROR_CODE_OPERATION_LOST, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Veo3Job) job = veo3_job_new ("run_a", "a", 0);

      veo3_job_explain_lost (job, rows[i].code, "seen");
      g_assert_cmpint (job->error_code, ==, rows[i].code);
      g_assert_true (g_str_has_prefix (job->error_message, "seen"));
      g_assert_true (rows[i].money == NULL || strstr (job->error_message, rows[i].money) != NULL);
      g_assert_true (rows[i].next == NULL || strstr (job->error_message, rows[i].next) != NULL);
      veo3_job_explain_lost (job, rows[i].code, NULL);
      g_assert_true (g_str_has_prefix (job->error_message, "no reason given"));
    }
}

/* What was not taken is sent again by a new run where the whole run was refused, or where the wish
 * is to be mended, and by the user's order where it was this clip, or an order already. */
static void
test_explain_unsent (void)
{
  g_autoptr (Veo3Job) job = veo3_job_new ("run_a", "a", 0);

  veo3_job_explain_unsent (job, VEO3_ERROR_CODE_CREDENTIALS, "seen");
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_CREDENTIALS);
  g_assert_cmpstr (job->error_message, ==,
                   "seen; when that is mended, `pipeline_runner run --restart` sends it");
  veo3_job_explain_unsent (job, VEO3_ERROR_CODE_INVALID_PROMPT, "seen");
  g_assert_nonnull (strstr (job->error_message, "run --restart"));
  veo3_job_explain_unsent (job, VEO3_ERROR_CODE_INVALID_REQUEST, "seen");
  g_assert_cmpstr (job->error_message, ==,
                   "seen; when that is mended, `pipeline_runner veo3 regenerate a` sends it");
  job->is_ordered = TRUE;
  veo3_job_explain_unsent (job, VEO3_ERROR_CODE_CREDENTIALS, "seen");
  g_assert_nonnull (strstr (job->error_message, "veo3 regenerate a"));
}

/* A job whose operation is retired keeps the operation's name, and nothing else of its clip. */
static void
test_retire_operation (void)
{
  g_autoptr (Veo3Job) job = veo3_job_new ("run_a", "a", 0);

  job->operation_name = g_strdup ("operations/a");
  job->video_path = g_strdup ("veo3/a.mp4");
  job->sha256 = g_strdup ("abcd");
  job->bytes = 1;
  job->media = (Veo3ClipMedia){ .duration_ms = 6000, .width = 720, .height = 1280 };
  veo3_job_retire_operation (job);
  g_assert_null (job->operation_name);
  g_assert_true (veo3_job_had_operation (job, "operations/a"));
  g_assert_null (job->video_path);
  g_assert_null (job->sha256);
  g_assert_cmpint (job->bytes, ==, -1);
  g_assert_cmpint (job->media.duration_ms, ==, 0);
  g_assert_cmpint (job->media.width, ==, 0);
  g_assert_cmpint (job->media.height, ==, 0);
}

/* Freeing accepts NULL and half-built jobs. */
static void
test_free (void)
{
  veo3_job_free (NULL);
  veo3_job_free (g_new0 (Veo3Job, 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/job/transitions", test_transitions);
  g_test_add_func ("/veo3/job/money", test_money);
  g_test_add_func ("/veo3/job/times", test_times);
  g_test_add_func ("/veo3/job/times-in-order", test_times_in_order);
  g_test_add_func ("/veo3/job/impossible-event", test_impossible);
  g_test_add_func ("/veo3/job/status-names", test_status_names);
  g_test_add_func ("/veo3/job/final", test_final);
  g_test_add_func ("/veo3/job/digest", test_digest);
  g_test_add_func ("/veo3/job/digest-borders", test_digest_borders);
  g_test_add_func ("/veo3/job/explain", test_explain);
  g_test_add_func ("/veo3/job/explain-lost", test_explain_lost);
  g_test_add_func ("/veo3/job/explain-unsent", test_explain_unsent);
  g_test_add_func ("/veo3/job/retire-operation", test_retire_operation);
  g_test_add_func ("/veo3/job/free", test_free);
  g_test_add_func ("/veo3/error/names", test_error_names);
  g_test_add_func ("/veo3/error/stops-submits", test_stops_submits);
  return g_test_run ();
}
