/* SPDX-License-Identifier: MIT */
/*
 * A jobs.json that is not as we wrote it: every prefix, and seeded mutations, through the codec,
 * the merge with the prompts, and the planner, in this process. Never a crash, and never "nothing
 * there". What must hold of a changed document:
 *
 * 1. It is refused, with words; or
 * 2. it is loaded, and for each job for which a paid request may have been taken, nothing leads to
 *    a paid request for its prompt, and each operation that the text still names stands in what is
 *    saved next, which can be read again.
 *
 * A job is exempt from 2 only if the changed text itself says that nothing of it was ever sent (its
 * record, by its key and variant, has neither an operation nor the time of a submit, and is pending
 * with neither an end nor an error, or failed because it was turned away), or if nothing in the
 * text tells of it any more: neither its key nor its variant. Both are read without the code under
 * test.
 *
 * Run as: test-recovery-mutations [NUMBER OF MUTATIONS [FIRST SEED]]
 * With fewer mutations than usual, as many fewer prefixes are looked at.
 */
#include "plugin/application/veo3-inspect.h"
#include "plugin/application/veo3-job-codec.h"
#include "plugin/application/veo3-job-list.h"
#include "plugin/domain/veo3-prompt.h"
#include "tests/integration/recovery/job-mutator.h"
#include "tests/unit/application/test-workspace.h"
#include "tests/unit/domain/run-driver.h"

#include <stdlib.h>
#include <string.h>

#define NOW_US G_GINT64_CONSTANT (1795338000000000)
#define USUAL_MUTATIONS 5000
#define ROUNDS 8
/* Each is written to the disk, checked, and compared; the others are only parsed. */
#define ON_DISK_EVERY 50

static guint n_mutations = USUAL_MUTATIONS;
static guint32 first_seed = 1;

/* ---- the original ---- */

typedef struct
{
  const char *variant;
  Veo3JobStatus status;
  Veo3ErrorCode code;
  gboolean has_operation;
  guint attempts;
  gboolean is_protected; /* a paid request may have been taken */
} Row;

static const Row rows[] = {
  { "v-pending", VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE, FALSE, 0, FALSE },
  { "v-tried", VEO3_JOB_PENDING, VEO3_ERROR_CODE_NONE, FALSE, 1, FALSE },
  { "v-submitting", VEO3_JOB_SUBMITTING, VEO3_ERROR_CODE_NONE, FALSE, 0, TRUE },
  { "v-generating", VEO3_JOB_GENERATING, VEO3_ERROR_CODE_NONE, TRUE, 1, TRUE },
  { "v-downloading", VEO3_JOB_DOWNLOADING, VEO3_ERROR_CODE_NONE, TRUE, 1, TRUE },
  { "v-completed", VEO3_JOB_COMPLETED, VEO3_ERROR_CODE_NONE, TRUE, 1, TRUE },
  { "v-timed-out", VEO3_JOB_TIMED_OUT, VEO3_ERROR_CODE_DEADLINE, TRUE, 1, TRUE },
  { "v-uncertain", VEO3_JOB_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, FALSE, 1, TRUE },
  { "v-cancelled", VEO3_JOB_CANCELLED, VEO3_ERROR_CODE_CANCELLED, TRUE, 1, TRUE },
  { "v-filtered", VEO3_JOB_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED, TRUE, 1, TRUE },
  { "v-gone", VEO3_JOB_FAILED, VEO3_ERROR_CODE_CLIP_GONE, TRUE, 1, TRUE },
  { "v-denied-later", VEO3_JOB_FAILED, VEO3_ERROR_CODE_CREDENTIALS, TRUE, 1, TRUE },
  { "v-abandoned", VEO3_JOB_FAILED, VEO3_ERROR_CODE_CANCELLED, FALSE, 1, TRUE },
  { "v-denied", VEO3_JOB_FAILED, VEO3_ERROR_CODE_CREDENTIALS, FALSE, 1, FALSE },
  { "v-refused", VEO3_JOB_FAILED, VEO3_ERROR_CODE_INVALID_REQUEST, FALSE, 1, FALSE },
};

static Veo3Settings settings = { .options.aspect_ratio = (char *)"9:16" };

static char *
make_prompt (const char *variant)
{
  return g_strdup_printf ("the prompt of %s", variant);
}

static char *
make_operation (const char *variant)
{
  return g_strdup_printf ("models/m/operations/%s-op", variant);
}

static Veo3Job *
make_job (const Row *row)
{
  g_autofree char *key = g_strconcat ("run_", row->variant, NULL);
  Veo3Job *job = veo3_job_new (key, row->variant, NOW_US);

  job->status = row->status;
  job->attempts = row->attempts;
  job->request.idempotent_key = g_strdup (key);
  job->request.prompt = make_prompt (row->variant);
  job->request.options.aspect_ratio = g_strdup ("9:16");
  job->request.duration_s = 6;
  job->narrative_anchor = g_strdup ("anchor");
  job->request_sha256 = veo3_clip_request_digest (&job->request, "gemini", "m");
  if (row->code != VEO3_ERROR_CODE_NONE)
    veo3_job_explain (job, row->code, "as it was");
  if (veo3_job_status_is_final (row->status))
    job->completed_at_us = NOW_US;
  if (!row->has_operation)
    return job;
  job->operation_name = make_operation (row->variant);
  job->submitted_at_us = NOW_US;
  job->polls = 3;
  if (row->status == VEO3_JOB_COMPLETED)
    {
      job->video_path = g_strconcat ("veo3/", row->variant, ".mp4", NULL);
      job->bytes = 20480;
      job->sha256 = g_strnfill (64, 'a');
    }
  return job;
}

static char *
make_original (void)
{
  g_autoptr (Veo3JobDocument) document = veo3_job_document_new ();
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  g_autoptr (GError) error = NULL;
  char *text;

  document->run_id = g_strdup ("run");
  document->provider = g_strdup ("gemini");
  document->model = g_strdup ("m");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_ptr_array_add (jobs, make_job (&rows[i]));
  text = veo3_job_codec_format (document, jobs, &error);
  g_assert_no_error (error);
  return text;
}

static GPtrArray *
make_prompts (void)
{
  GPtrArray *prompts = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_prompt_free);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Veo3Prompt *prompt = g_new0 (Veo3Prompt, 1);

      prompt->variant = g_strdup (rows[i].variant);
      prompt->prompt = make_prompt (rows[i].variant);
      prompt->narrative_anchor = g_strdup ("anchor");
      prompt->duration_s = 6;
      g_ptr_array_add (prompts, prompt);
    }
  return prompts;
}

/* ---- what becomes of it ---- */

/* What a start would do with a text. */
typedef struct
{
  gboolean is_loaded;
  GHashTable *paid; /* (owned) prompts of the paid requests, a set */
  char *saved;      /* (owned) (nullable) the jobs.json of the end */
  char *refusal;    /* (owned) (nullable) */
} Start;

static void
start_clear (Start *start)
{
  g_clear_pointer (&start->paid, g_hash_table_unref);
  g_clear_pointer (&start->saved, g_free);
  g_clear_pointer (&start->refusal, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Start, start_clear)

static void
answer (RunDriver *driver, const Veo3Action *action, Start *start)
{
  switch (action->kind)
    {
    case VEO3_ACTION_SUBMIT:
      g_hash_table_add (start->paid, g_strdup (action->job->request.prompt));
      run_driver_submit_answer (driver, action->job, VEO3_SUBMIT_REFUSED,
                                VEO3_ERROR_CODE_INVALID_REQUEST, 0);
      break;
    case VEO3_ACTION_POLL:
      run_driver_poll_answer (driver, action->job, VEO3_POLL_DONE);
      break;
    case VEO3_ACTION_DOWNLOAD:
      run_driver_download_answer (driver, action->job, VEO3_DOWNLOAD_STORED);
      break;
    case VEO3_ACTION_SAVE:
      run_driver_saved (driver, TRUE);
      break;
    case VEO3_ACTION_CANCEL:
    case VEO3_ACTION_STOP:
      break;
    }
}

/* Lets the core run until nothing is left to do; every answer is good, but for the paid ones. */
static void
drive (RunDriver *driver, Start *start)
{
  for (guint round = 0; round < ROUNDS * G_N_ELEMENTS (rows); round++)
    {
      g_autoptr (GArray) actions = NULL;

      run_driver_round (driver);
      actions = g_array_copy (driver->actions);
      for (guint i = 0; i < actions->len; i++)
        answer (driver, &g_array_index (actions, Veo3Action, i), start);
      if (actions->len == 0 && veo3_run_is_final (driver->run))
        return;
      if (actions->len == 0)
        run_driver_advance (driver, 60000);
    }
}

static Start
start_on (const char *text, gsize length_bytes)
{
  Start start = { .paid = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) prompts = make_prompts ();
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (RunDriver) driver = NULL;
  Veo3JobListInput input = { .run_id = "run",
                             .settings = &settings,
                             .provider = "gemini",
                             .model = "m",
                             .prompts = prompts,
                             .now_us = NOW_US };
  GPtrArray *jobs = NULL;
  g_autoptr (Veo3JobDocument) document
      = veo3_job_codec_parse ("veo3/jobs.json", text, length_bytes, &jobs, &error);

  if (document == NULL)
    {
      start.refusal = g_strdup (error->message);
      g_assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
                     || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED));
      return start;
    }
  start.is_loaded = TRUE;
  driver = run_driver_new (NULL);
  jobs = veo3_job_list_merge (&input, jobs, notes);
  g_ptr_array_set_free_func (jobs, NULL);
  for (guint i = 0; i < jobs->len; i++)
    veo3_run_add_job (driver->run, g_ptr_array_index (jobs, i), driver->now);
  g_ptr_array_unref (jobs);
  drive (driver, &start);
  start.saved = veo3_job_codec_format (document, driver->run->jobs, &error);
  g_assert_no_error (error);
  return start;
}

/* ---- the oracle ---- */

static gboolean
is_absent (json_object *job, const char *member)
{
  return json_object_object_get (job, member) == NULL;
}

static gboolean
is_text (json_object *job, const char *member, const char *text)
{
  return g_strcmp0 (json_object_get_string (json_object_object_get (job, member)), text) == 0;
}

static gboolean
says_unsent (json_object *job, const char *key, const char *variant)
{
  if (!json_object_is_type (job, json_type_object) || !is_text (job, "idempotent_key", key)
      || !is_text (job, "variant", variant) || !is_absent (job, "operation_name")
      || !is_absent (job, "submitted_at"))
    return FALSE;
  if (is_text (job, "status", "pending"))
    return is_absent (job, "completed_at") && is_absent (job, "error_code");
  return is_text (job, "status", "failed")
         && (is_text (job, "error_code", "credentials")
             || is_text (job, "error_code", "invalid_prompt"));
}

static gboolean
has_text (const GString *bytes, const char *text)
{
  g_autofree char *quoted = g_strconcat ("\"", text, "\"", NULL);

  return memmem (bytes->str, bytes->len, quoted, strlen (quoted)) != NULL;
}

static gboolean
is_exempt (const GString *bytes, json_object *document, const Row *row)
{
  g_autofree char *key = g_strconcat ("run_", row->variant, NULL);
  json_object *jobs = json_object_object_get (document, "jobs");

  if (!has_text (bytes, key) && !has_text (bytes, row->variant))
    return TRUE;
  for (gsize i = 0;
       json_object_is_type (jobs, json_type_array) && i < json_object_array_length (jobs); i++)
    if (says_unsent (json_object_array_get_idx (jobs, i), key, row->variant))
      return TRUE;
  return FALSE;
}

/* The document follows from the seed. */
static void
complain (const char *what, const Row *row, guint32 seed, const char *kind)
{
  g_test_message ("seed %u (%s): %s: %s", seed, kind, row->variant, what);
  g_test_fail ();
}

static void
check_loaded (const JobMutation *mutation, guint32 seed, const Start *start, guint *ret_n_exempt)
{
  const GString *bytes = mutation->bytes;
  json_object *document = json_tokener_parse (bytes->str);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) again
      = veo3_job_codec_parse ("what was saved", start->saved, strlen (start->saved), &jobs, &error);

  if (again == NULL)
    {
      g_test_message ("seed %u (%s): what was saved cannot be read: %s", seed, mutation->kind,
                      error->message);
      g_test_fail ();
    }
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *prompt = make_prompt (rows[i].variant);
      g_autofree char *operation = make_operation (rows[i].variant);

      if (rows[i].has_operation && has_text (bytes, operation)
          && strstr (start->saved, operation) == NULL)
        complain ("its operation is lost", &rows[i], seed, mutation->kind);
      if (!rows[i].is_protected || !g_hash_table_contains (start->paid, prompt))
        continue;
      if (!is_exempt (bytes, document, &rows[i]))
        complain ("paid again", &rows[i], seed, mutation->kind);
      else
        ++*ret_n_exempt;
    }
  json_object_put (document);
}

/* ---- tests ---- */

/* The injector and the judge work: the original is loaded and pays for what was never taken, and
 * for nothing else; the judge sees a document that lies about one job. */
static void
test_original (void)
{
  g_autofree char *text = make_original ();
  g_auto (JobMutation) same = { .kind = "none", .bytes = g_string_new (text) };
  g_auto (Start) start = start_on (text, strlen (text));
  json_object *document = json_tokener_parse (text);
  guint n_exempt = 0;

  g_assert_true (start.is_loaded);
  check_loaded (&same, 0, &start, &n_exempt);
  g_assert_cmpuint (n_exempt, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *prompt = make_prompt (rows[i].variant);
      gboolean is_free
          = rows[i].status == VEO3_JOB_PENDING || g_str_equal (rows[i].variant, "v-denied");

      g_assert_cmpint (g_hash_table_contains (start.paid, prompt), ==, is_free);
      g_assert_cmpint (is_exempt (same.bytes, document, &rows[i]), ==, is_free);
    }
  json_object_put (document);
}

/* No prefix but the whole document, with or without its last line break, is taken for a document.
 */
static void
test_prefixes (void)
{
  g_autofree char *text = make_original ();
  gsize length = strlen (text);
  gsize step = MAX (1, USUAL_MUTATIONS / MAX (1, n_mutations));

  for (gsize n = (length - 1) % step; n < length; n += step)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) jobs = NULL;
      g_autofree char *prefix = g_strndup (text, n);
      g_autoptr (Veo3JobDocument) document
          = veo3_job_codec_parse ("veo3/jobs.json", prefix, n, &jobs, &error);

      g_assert_cmpint (document != NULL, ==, n == length - 1);
      if (document == NULL)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
  g_test_message ("%zu prefixes", length / step);
}

/* On the disk: what is refused is refused by the check before a run, which keeps a copy of exactly
 * these bytes and leaves the file alone. */
static void
check_on_disk (const GString *bytes, const Start *start)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *path = test_workspace_path (workspace, "veo3/jobs.json");
  g_autofree char *left = NULL;
  g_autoptr (GError) error = NULL;
  PipelineStageContext context
      = { .struct_size = sizeof context, .run_id = "run", .workspace = workspace->path };
  gboolean is_fine;
  gsize length = 0;

  test_workspace_write (workspace, "veo3/jobs.json", "");
  (void)g_file_set_contents (path, bytes->str, (gssize)bytes->len, &error);
  g_assert_no_error (error);
  is_fine = veo3_inspect_check (&context, NULL, TRUE, &error);
  g_assert_true (g_file_get_contents (path, &left, &length, NULL));
  g_assert_cmpmem (left, length, bytes->str, bytes->len);
  if (start->is_loaded)
    {
      g_assert_true (is_fine || strstr (error->message, "provider") != NULL);
      return;
    }
  g_assert_false (is_fine);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    g_assert_cmpuint (test_workspace_count (workspace, "veo3", "jobs.json.bad-"), ==, 1);
}

/* Mutations, each from its seed: refused, or nothing is paid again and nothing forgotten. */
static void
test_mutations (void)
{
  g_autofree char *text = make_original ();
  g_autofree guint *n_loaded = g_new0 (guint, job_mutator_count_kinds ());
  g_autofree guint *n_refused = g_new0 (guint, job_mutator_count_kinds ());
  guint n_exempt = 0;
  guint n_all_loaded = 0;

  for (guint i = 0; i < n_mutations; i++)
    {
      guint32 seed = first_seed + i;
      g_auto (JobMutation) mutation = job_mutator_make (text, seed);
      g_auto (Start) start = { 0 };

      start = start_on (mutation.bytes->str, mutation.bytes->len);
      if (start.is_loaded)
        check_loaded (&mutation, seed, &start, &n_exempt);
      if (i % ON_DISK_EVERY == 0)
        check_on_disk (mutation.bytes, &start);
      n_all_loaded += start.is_loaded;
      (start.is_loaded ? n_loaded : n_refused)[seed % job_mutator_count_kinds ()]++;
    }
  for (guint kind = 0; kind < job_mutator_count_kinds (); kind++)
    {
      g_auto (JobMutation) mutation = job_mutator_make (text, kind);

      g_test_message ("%-18s %u refused, %u loaded", mutation.kind, n_refused[kind],
                      n_loaded[kind]);
    }
  g_test_message ("%u mutations from seed %u: %u refused, %u loaded, %u jobs exempt", n_mutations,
                  first_seed, n_mutations - n_all_loaded, n_all_loaded, n_exempt);
  g_assert_cmpuint (n_all_loaded, >, n_mutations / 20);
  g_assert_cmpuint (n_mutations - n_all_loaded, >, n_mutations / 20);
  g_assert_cmpuint (n_exempt, <, n_mutations / 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    n_mutations = (guint)strtoul (argv[1], NULL, 10);
  if (argc > 2)
    first_seed = (guint32)strtoul (argv[2], NULL, 10);
  g_test_add_func ("/recovery/mutations/original", test_original);
  g_test_add_func ("/recovery/mutations/prefixes", test_prefixes);
  g_test_add_func ("/recovery/mutations/mutations", test_mutations);
  return g_test_run ();
}
