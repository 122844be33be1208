/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3JobCodec: jobs.json comes back as it was written, what others wrote survives, and
 * nothing that is broken is taken for something else. Single-threaded.
 */
#include "plugin/application/veo3-job-codec.h"

#include <gio/gio.h>
#include <string.h>

#include "plugin/domain/veo3-random.h"

#define N_MUTATIONS 5000
#define MUTATION_SEED 20261122

/* A document with every known member, and one unknown member at each level. */
static const char *const document_text
    = "{\"schema_version\": 1, \"run_id\": \"r\", \"provider\": \"gemini\", \"model\": \"m\","
      " \"workflow\": {\"by\": [\"others\"]}, \"jobs\": [\n"
      "  {\"idempotent_key\": \"r_a\", \"variant\": \"a\", \"status\": \"generating\","
      " \"video_path\": null, \"error_message\": null, \"prompt\": \"p \\u00e4 \\\" / \\n\","
      " \"narrative_anchor\": \"then\", \"duration_s\": 6, \"aspect_ratio\": \"9:16\","
      " \"resolution\": null, \"request_sha256\": \"ab\","
      " \"operation_name\": \"models/m/operations/x\", \"error_code\": null, \"attempts\": 1,"
      " \"polls\": 3, \"created_at\": \"2026-11-22T09:00:00.123Z\","
      " \"submitted_at\": \"2026-11-22T09:00:01Z\","
      " \"updated_at\": \"2026-11-22T10:00:02.5+01:00\","
      " \"completed_at\": null, \"bytes\": null, \"sha256\": null,"
      " \"estimated_cost_usd\": 0.6, \"mood\": {\"x\": 1}},\n"
      "  {\"idempotent_key\": \"r_b\", \"variant\": \"b\", \"status\": \"failed\","
      " \"error_code\": \"content_filtered\", \"error_message\": \"words\","
      " \"earlier_operations\": [\"models/m/operations/1\", \"models/m/operations/2\"],"
      " \"ordered\": true}\n]}";

static Veo3JobDocument *
parse (const char *text, GPtrArray **ret_jobs, GError **error)
{
  return veo3_job_codec_parse ("jobs", text, strlen (text), ret_jobs, error);
}

static void
assert_parse_error (const char *text, GIOErrorEnum code, const char *words)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *jobs = (GPtrArray *)&error;

  g_assert_null (parse (text, &jobs, &error));
  g_assert_error (error, G_IO_ERROR, (gint)code);
  g_assert_true (g_str_has_prefix (error->message, "jobs: "));
  g_assert_nonnull (strstr (error->message, words));
  g_assert_true (jobs == (GPtrArray *)&error);
}

static void
assert_same_job (const Veo3Job *a, const Veo3Job *b)
{
  g_assert_cmpstr (a->idempotent_key, ==, b->idempotent_key);
  g_assert_cmpstr (a->variant, ==, b->variant);
  g_assert_cmpint (a->status, ==, b->status);
  g_assert_cmpstr (a->video_path, ==, b->video_path);
  g_assert_cmpstr (a->error_message, ==, b->error_message);
  g_assert_cmpint (a->error_code, ==, b->error_code);
  g_assert_cmpstr (a->request.idempotent_key, ==, b->request.idempotent_key);
  g_assert_cmpstr (a->request.prompt, ==, b->request.prompt);
  g_assert_cmpstr (a->request.options.aspect_ratio, ==, b->request.options.aspect_ratio);
  g_assert_cmpstr (a->request.options.resolution, ==, b->request.options.resolution);
  g_assert_cmpint (a->request.duration_s, ==, b->request.duration_s);
  g_assert_cmpstr (a->narrative_anchor, ==, b->narrative_anchor);
  g_assert_cmpstr (a->request_sha256, ==, b->request_sha256);
  g_assert_cmpstr (a->operation_name, ==, b->operation_name);
  g_assert_cmpint (a->earlier_operations == NULL, ==, b->earlier_operations == NULL);
  if (a->earlier_operations != NULL)
    g_assert_cmpstrv (a->earlier_operations, b->earlier_operations);
  g_assert_cmpint (a->is_ordered, ==, b->is_ordered);
  g_assert_cmpuint (a->attempts, ==, b->attempts);
  g_assert_cmpuint (a->polls, ==, b->polls);
  g_assert_cmpint (a->created_at_us / 1000, ==, b->created_at_us / 1000);
  g_assert_cmpint (a->submitted_at_us / 1000, ==, b->submitted_at_us / 1000);
  g_assert_cmpint (a->updated_at_us / 1000, ==, b->updated_at_us / 1000);
  g_assert_cmpint (a->completed_at_us / 1000, ==, b->completed_at_us / 1000);
  g_assert_cmpint (a->bytes, ==, b->bytes);
  g_assert_cmpstr (a->sha256, ==, b->sha256);
  if (a->estimated_cost_usd < 0)
    g_assert_cmpfloat (b->estimated_cost_usd, <, 0);
  else
    g_assert_cmpfloat_with_epsilon (a->estimated_cost_usd, b->estimated_cost_usd,
                                    1e-5 * (1 + a->estimated_cost_usd));
}

static void
assert_same_jobs (GPtrArray *a, GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    assert_same_job (g_ptr_array_index (a, i), g_ptr_array_index (b, i));
}

/* Formats @jobs and reads the text again. */
static void
assert_round_trip (Veo3JobDocument *document, GPtrArray *jobs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3JobDocument) again = NULL;
  g_autoptr (GPtrArray) same = NULL;
  g_autofree char *text = veo3_job_codec_format (document, jobs, &error);

  g_assert_no_error (error);
  again = parse (text, &same, &error);
  g_assert_no_error (error);
  assert_same_jobs (jobs, same);
  g_assert_cmpstr (again->run_id, ==, document->run_id);
  g_assert_cmpstr (again->provider, ==, document->provider);
  g_assert_cmpstr (again->model, ==, document->model);
}

/* Every member of a job is read into its place. */
static void
test_parse (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document = parse (document_text, &jobs, &error);
  const Veo3Job *job;

  g_assert_no_error (error);
  g_assert_cmpuint (jobs->len, ==, 2);
  job = g_ptr_array_index (jobs, 0);
  g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
  g_assert_cmpstr (job->request.prompt, ==, "p ä \" / \n");
  g_assert_cmpstr (job->request.idempotent_key, ==, "r_a");
  g_assert_cmpint (job->request.duration_s, ==, 6);
  g_assert_cmpstr (job->operation_name, ==, "models/m/operations/x");
  g_assert_cmpint (job->created_at_us, ==, G_GINT64_CONSTANT (1795338000123000));
  g_assert_cmpint (job->submitted_at_us, ==, G_GINT64_CONSTANT (1795338001000000));
  g_assert_cmpint (job->updated_at_us, ==, G_GINT64_CONSTANT (1795338002500000));
  g_assert_cmpint (job->completed_at_us, ==, 0);
  g_assert_cmpint (job->bytes, ==, -1);
  g_assert_cmpfloat (job->estimated_cost_usd, ==, 0.6);
  job = g_ptr_array_index (jobs, 1);
  g_assert_cmpint (job->error_code, ==, VEO3_ERROR_CODE_CONTENT_FILTERED);
  g_assert_cmpstr (job->error_message, ==, "words");
  assert_round_trip (document, jobs);
}

/* A job that was never on disk is written with every member and comes back the same. */
static void
test_new_job (void)
{
  g_autoptr (Veo3JobDocument) document = veo3_job_document_new ();
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  g_autofree char *text = NULL;
  Veo3Job *job = veo3_job_new ("r_a", "a", G_GINT64_CONSTANT (1795338000123456));

  g_ptr_array_add (jobs, job);
  job->request.idempotent_key = g_strdup ("r_a");
  assert_round_trip (document, jobs);
  document->run_id = g_strdup ("r");
  document->provider = g_strdup ("fake");
  document->model = g_strdup ("m");
  job->status = VEO3_JOB_COMPLETED;
  job->video_path = g_strdup ("veo3/a.mp4");
  job->request.prompt = g_strdup ("\"\\/\u2028\x01 ä");
  job->request.options.aspect_ratio = g_strdup ("16:9");
  job->request.options.resolution = g_strdup ("1080p");
  job->request.duration_s = 8;
  job->narrative_anchor = g_strdup ("");
  job->request_sha256 = g_strdup ("ab");
  job->operation_name = g_strdup ("operations/7");
  job->attempts = 4;
  job->polls = 9;
  job->submitted_at_us = job->created_at_us + 1;
  job->completed_at_us = job->created_at_us + 99999999;
  job->bytes = G_GINT64_CONSTANT (5000000000);
  job->sha256 = g_strdup ("cd");
  job->estimated_cost_usd = 0.6;
  job->progress.revision = 1;
  assert_round_trip (document, jobs);
  text = veo3_job_codec_format (document, jobs, NULL);
  g_assert_nonnull (strstr (text, "\"video_path\":\"veo3/a.mp4\""));
  g_assert_nonnull (strstr (text, "\"created_at\":\"2026-11-22T09:00:00.123Z\""));
  g_assert_nonnull (strstr (text, "\"estimated_cost_usd\":0.6\n"));
  g_assert_true (g_str_has_suffix (text, "}\n"));
}

/* What this version does not know stays where it was, in the document and in each job, also when
 * the job has changed. */
static void
test_unknown_members (void)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document = parse (document_text, &jobs, NULL);
  g_autoptr (Veo3JsonObject) root = NULL;
  g_autofree char *text = NULL;
  Veo3Job *job = g_ptr_array_index (jobs, 0);
  Veo3JsonObject *object;

  job->polls = 17;
  job->progress.revision = 5;
  text = veo3_job_codec_format (document, jobs, NULL);
  g_assert_true (veo3_json_parse ("again", text, strlen (text), &root, NULL));
  g_assert_cmpstr (json_object_to_json_string (json_object_object_get (root, "workflow")), ==,
                   "{ \"by\": [ \"others\" ] }");
  object = json_object_array_get_idx (json_object_object_get (root, "jobs"), 0);
  g_assert_cmpstr (json_object_to_json_string (json_object_object_get (object, "mood")), ==,
                   "{ \"x\": 1 }");
  g_assert_cmpint (json_object_get_int (json_object_object_get (object, "polls")), ==, 17);
}

/* A job that has not been touched is not written anew; one that has is. */
static void
test_revisions (void)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document = parse (document_text, &jobs, NULL);
  g_autofree char *first = veo3_job_codec_format (document, jobs, NULL);
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  Veo3Job *job = g_ptr_array_index (jobs, 0);

  job->polls++;
  second = veo3_job_codec_format (document, jobs, NULL);
  g_assert_cmpstr (second, ==, first);
  job->progress.revision++;
  third = veo3_job_codec_format (document, jobs, NULL);
  g_assert_cmpstr (third, !=, first);
}

static gint64
time_format (Veo3JobDocument *document, GPtrArray *jobs)
{
  gint64 start_us = g_get_monotonic_time ();
  g_autofree char *text = veo3_job_codec_format (document, jobs, NULL);

  g_assert_nonnull (text);
  return g_get_monotonic_time () - start_us;
}

/* A save costs what has changed, not what there is: with thousands of jobs it must not hold the
 * worker's loop. */
static void
test_cost (void)
{
  g_autoptr (Veo3JobDocument) document = veo3_job_document_new ();
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  gint64 all_us;
  gint64 one_us = G_MAXINT64;

  for (guint i = 0; i < 4000; i++)
    {
      g_autofree char *variant = g_strdup_printf ("v%u", i);

      g_ptr_array_add (jobs, veo3_job_new (variant, variant, 1));
    }
  all_us = time_format (document, jobs);
  /* The best of many: the machine may be busy with something else. */
  for (guint i = 0; i < 20; i++)
    {
      ((Veo3Job *)g_ptr_array_index (jobs, i))->progress.revision++;
      one_us = MIN (one_us, time_format (document, jobs));
    }
  g_test_message ("all %" G_GINT64_FORMAT " us, one %" G_GINT64_FORMAT " us", all_us, one_us);
  g_assert_cmpint (one_us, <, all_us / 4);
}

/* The Python original's file, five members a job and no version, is a subset. */
static void
test_original (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document
      = parse ("{\"jobs\": [{\"idempotent_key\": \"r_a\", \"variant\": \"a\", \"status\": "
               "\"completed\", \"video_path\": \"veo3/a.mp4\", \"error_message\": null}]}",
               &jobs, &error);

  g_assert_no_error (error);
  g_assert_null (document->run_id);
  g_assert_cmpint (((const Veo3Job *)g_ptr_array_index (jobs, 0))->status, ==, VEO3_JOB_COMPLETED);
  assert_round_trip (document, jobs);
}

/* A newer schema is refused as newer; a version that is none as invalid. */
static void
test_version (void)
{
  assert_parse_error ("{\"schema_version\": 2, \"jobs\": []}", G_IO_ERROR_NOT_SUPPORTED,
                      "newer version");
  assert_parse_error ("{\"schema_version\": 99, \"jobs\": [{}]}", G_IO_ERROR_NOT_SUPPORTED, "99");
  assert_parse_error ("{\"schema_version\": 0, \"jobs\": []}", G_IO_ERROR_INVALID_DATA,
                      "schema_version");
  assert_parse_error ("{\"schema_version\": \"1\", \"jobs\": []}", G_IO_ERROR_INVALID_DATA,
                      "schema_version");
  assert_parse_error ("{\"schema_version\": 1.5, \"jobs\": []}", G_IO_ERROR_INVALID_DATA,
                      "schema_version");
}

/* What is no such document at all is refused. */
static void
test_shape (void)
{
  static const char *const shapes[]
      = { "[]", "null", "3", "{}", "{\"jobs\": null}", "{\"jobs\": {}}", "{\"jobs\": \"x\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    assert_parse_error (shapes[i], G_IO_ERROR_INVALID_DATA, "array \"jobs\"");
  assert_parse_error ("{\"jobs\": [3]}", G_IO_ERROR_INVALID_DATA, "jobs[0] must be an object");
  assert_parse_error ("{\"jobs\": [null]}", G_IO_ERROR_INVALID_DATA, "jobs[0] must be an object");
}

/* Two jobs of one key are refused: one of the two would be lost. */
static void
test_duplicate_key (void)
{
  assert_parse_error (
      "{\"jobs\": [{\"idempotent_key\": \"k\", \"variant\": \"a\", \"status\": \"pending\"},"
      "{\"idempotent_key\": \"k\", \"variant\": \"b\", \"status\": \"pending\"}]}",
      G_IO_ERROR_INVALID_DATA, "jobs[1].idempotent_key: stands there twice");
}

/* Two jobs of one variant are refused as well, and so is, in a file of ours, a job whose key is
 * that of another variant: its clip would be looked for in vain, and paid for again. */
static void
test_one_name_for_each (void)
{
  assert_parse_error (
      "{\"jobs\": [{\"idempotent_key\": \"r_a\", \"variant\": \"a\", \"status\": \"pending\"},"
      "{\"idempotent_key\": \"s_a\", \"variant\": \"a\", \"status\": \"pending\"}]}",
      G_IO_ERROR_INVALID_DATA, "jobs[1].variant: stands there twice");
  assert_parse_error ("{\"schema_version\": 1, \"jobs\": [{\"idempotent_key\": \"r_a\", "
                      "\"variant\": \"b\", \"status\": \"generating\"}]}",
                      G_IO_ERROR_INVALID_DATA,
                      "jobs[0].idempotent_key: does not end in the variant");
}

/* Of two members of one name json-c keeps the last one only: such a document is refused, wherever
 * they stand, but not for a colon in a string. */
static void
test_repeated_names (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document
      = parse ("{\"x\": [{\"a:\": \"\\\":\", 'b:': 1}], \"jobs\": []}", &jobs, &error);

  g_assert_no_error (error);
  g_assert_nonnull (document);
  assert_parse_error ("{\"jobs\": [{\"idempotent_key\": \"r_a\", \"variant\": \"a\", \"status\": "
                      "\"generating\"}], \"jobs\": []}",
                      G_IO_ERROR_INVALID_DATA, "stands twice");
  assert_parse_error ("{\"jobs\": [], \"x\": [{\"a\": 1, \"\\u0061\": 2}]}",
                      G_IO_ERROR_INVALID_DATA, "stands twice");
}

static void
assert_status (const char *status, const char *members, Veo3JobStatus expected)
{
  g_autofree char *text
      = g_strdup_printf ("{\"jobs\": [{\"idempotent_key\": \"r_a\", \"variant\": \"a\", "
                         "\"status\": \"%s\", %s}]}",
                         status, members);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document = parse (text, &jobs, &error);

  g_assert_no_error (error);
  g_assert_nonnull (document);
  g_assert_cmpint (((const Veo3Job *)g_ptr_array_index (jobs, 0))->status, ==, expected);
}

/* The word `pending` alone sends nothing again: an operation that has a name is asked for, and what
 * was submitted or had ended is uncertain. */
static void
test_pending_in_name_only (void)
{
  assert_status ("pending", "\"attempts\": 1", VEO3_JOB_PENDING);
  assert_status ("pending", "\"operation_name\": \"operations/7\"", VEO3_JOB_GENERATING);
  assert_status ("submitting", "\"operation_name\": \"operations/7\"", VEO3_JOB_GENERATING);
  assert_status ("pending", "\"completed_at\": \"2026-11-22T09:00:00Z\"", VEO3_JOB_UNCERTAIN);
  assert_status ("pending", "\"submitted_at\": \"2026-11-22T09:00:00Z\"", VEO3_JOB_UNCERTAIN);
}

static void
assert_member_error (const char *field, const char *value)
{
  g_autofree char *words = g_strdup_printf ("jobs[0].%s: ", field);
  /* Of two members of one name the last one is read, and its type is complained of first. */
  g_autofree char *text
      = g_strdup_printf ("{\"jobs\": [{\"idempotent_key\": \"k\", \"variant\": \"a\", "
                         "\"status\": \"pending\", \"%s\": %s}]}",
                         field, value);

  assert_parse_error (text, G_IO_ERROR_INVALID_DATA, words);
}

/* A member of a wrong type is refused by its name, and never read as absent. */
static void
test_wrong_types (void)
{
  static const char *const strings[]
      = { "idempotent_key", "variant",        "status",           "video_path",
          "error_message",  "prompt",         "narrative_anchor", "aspect_ratio",
          "resolution",     "request_sha256", "operation_name",   "error_code",
          "created_at",     "submitted_at",   "updated_at",       "completed_at",
          "sha256" };
  static const char *const no_strings[] = { "3", "true", "[]", "{}", "\"a\\u0000b\"" };
  static const char *const numbers[] = { "duration_s", "attempts", "polls", "bytes" };
  static const char *const no_numbers[] = { "\"3\"", "true", "[]", "{}", "-1", "1.5" };
  static const char *const no_costs[] = { "\"3\"", "true", "[]", "{}", "1e999", "-1e999" };

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    for (guint k = 0; k < G_N_ELEMENTS (no_strings); k++)
      assert_member_error (strings[i], no_strings[k]);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    for (guint k = 0; k < G_N_ELEMENTS (no_numbers); k++)
      assert_member_error (numbers[i], no_numbers[k]);
  for (guint k = 0; k < G_N_ELEMENTS (no_costs); k++)
    assert_member_error ("estimated_cost_usd", no_costs[k]);
}

/* What a job cannot do without, or must not be, is refused by its name. */
static void
test_identity (void)
{
  static const char *const variants[] = { "null", "\"\"", "\".\"", "\"..\"", "\".a\"", "\"a/b\"" };
  g_autofree char *xs = g_strnfill (201, 'x');
  g_autofree char *too_long = g_strdup_printf ("\"%s\"", xs);

  assert_member_error ("idempotent_key", "null");
  assert_member_error ("idempotent_key", "\"\"");
  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    assert_member_error ("variant", variants[i]);
  assert_member_error ("variant", too_long);
  assert_member_error ("status", "null");
  assert_member_error ("status", "\"of_the_future\"");
}

/* Times that are none, or that no clip of ours can have, are refused by their name. */
static void
test_bad_times (void)
{
  static const char *const times[] = { "\"\"", "\"yesterday\"", "\"2026-13-01T00:00:00Z\"",
                                       "\"1969-12-31T23:59:59.5Z\"", "\"0026-11-22T09:00:00Z\"" };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    assert_member_error ("submitted_at", times[i]);
}

/* Every beginning of a valid file is refused, down to the empty one. */
static void
test_prefixes (void)
{
  gsize length_bytes = strlen (document_text);

  for (gsize n = 0; n < length_bytes; n++)
    {
      g_autofree char *prefix = g_strndup (document_text, n);

      assert_parse_error (prefix, G_IO_ERROR_INVALID_DATA, "line");
    }
}

static void
mutate (Veo3Random *random, GString *text)
{
  static const char *const pieces[]
      = { "\"",   "{",       "}",  "[",    "]", ":",    ",",  "null",      "-",
          "1e99", "\\u0000", "\\", "\xff", "0", "true", "\n", "9999999999" };
  gsize at = (gsize)veo3_random_range (random, 0, (gint64)text->len - 1);
  gsize span = (gsize)veo3_random_range (random, 1, 8);
  guint piece = (guint)veo3_random_range (random, 0, G_N_ELEMENTS (pieces) - 1);

  switch (veo3_random_range (random, 0, 3))
    {
    case 0:
      text->str[at] = (char)veo3_random_range (random, 1, 255);
      break;
    case 1:
      g_string_erase (text, (gssize)at, (gssize)MIN (span, text->len - at));
      break;
    case 2:
      g_string_insert (text, (gssize)at, pieces[piece]);
      break;
    default:
      g_string_overwrite (text, at, pieces[piece]);
      break;
    }
}

/* A damaged file never crashes the reader; what is accepted all the same is written and read again
 * as the same jobs. */
static void
test_mutations (void)
{
  Veo3Random random;
  guint n_accepted = 0;

  veo3_random_init (&random, MUTATION_SEED);
  g_test_message ("%d mutations from seed %d", N_MUTATIONS, MUTATION_SEED);
  for (guint i = 0; i < N_MUTATIONS; i++)
    {
      g_autoptr (GString) text = g_string_new (document_text);
      g_autoptr (GError) error = NULL;
      g_autoptr (Veo3JobDocument) document = NULL;
      g_autoptr (GPtrArray) jobs = NULL;

      for (gint64 n = veo3_random_range (&random, 1, 3); n > 0; n--)
        mutate (&random, text);
      document = veo3_job_codec_parse ("jobs", text->str, text->len, &jobs, &error);
      g_assert_true ((document == NULL) == (error != NULL));
      if (document == NULL)
        continue;
      n_accepted++;
      assert_round_trip (document, jobs);
    }
  g_assert_cmpuint (n_accepted, >, N_MUTATIONS / 20);
}

/* Freeing accepts NULL. */
static void
test_free (void)
{
  veo3_job_document_free (NULL);
}

/* What was paid for before, and a word of the user that waits, are kept; a job without them does
 * not speak of them, and what is done is taken out again. */
static void
test_orders (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JobDocument) document = parse (document_text, &jobs, &error);
  g_autofree char *with = NULL;
  g_autofree char *without = NULL;
  Veo3Job *job;

  g_assert_no_error (error);
  job = g_ptr_array_index (jobs, 0);
  g_assert_null (job->earlier_operations);
  g_assert_false (job->is_ordered);
  job = g_ptr_array_index (jobs, 1);
  g_assert_cmpuint (g_strv_length (job->earlier_operations), ==, 2);
  g_assert_cmpstr (job->earlier_operations[0], ==, "models/m/operations/1");
  g_assert_cmpstr (job->earlier_operations[1], ==, "models/m/operations/2");
  g_assert_true (job->is_ordered);
  assert_round_trip (document, jobs);
  with = veo3_job_codec_format (document, jobs, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (with, "\"ordered\":true"));
  g_clear_pointer (&job->earlier_operations, g_strfreev);
  job->is_ordered = FALSE;
  job->progress.revision++;
  without = veo3_job_codec_format (document, jobs, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (without, "earlier_operations"));
  g_assert_null (strstr (without, "ordered"));
  assert_round_trip (document, jobs);
}

/* Names that were paid for are not read in part: what is no list of names is not understood. */
static void
test_bad_orders (void)
{
  static const char *const bad[][2] = {
    { "\"earlier_operations\": \"o/1\"", "earlier_operations" },
    { "\"earlier_operations\": {}", "earlier_operations" },
    { "\"earlier_operations\": [\"o/1\", null]", "earlier_operations" },
    { "\"earlier_operations\": [7]", "earlier_operations" },
    { "\"earlier_operations\": [[\"o/1\"]]", "earlier_operations" },
    { "\"earlier_operations\": [\"o/1\\u0000x\"]", "earlier_operations" },
    { "\"ordered\": 1", "ordered" },
    { "\"ordered\": \"yes\"", "ordered" },
    { "\"ordered\": [true]", "ordered" },
  };
  static const char *const good[] = { "\"earlier_operations\": []", "\"earlier_operations\": null",
                                      "\"ordered\": false", "\"ordered\": null" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *text
          = g_strdup_printf ("{\"jobs\": [{\"idempotent_key\": \"r_a\", \"variant\": \"a\", "
                             "\"status\": \"failed\", %s}]}",
                             bad[i][0]);

      assert_parse_error (text, G_IO_ERROR_INVALID_DATA, bad[i][1]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) jobs = NULL;
      g_autofree char *text
          = g_strdup_printf ("{\"jobs\": [{\"idempotent_key\": \"r_a\", \"variant\": \"a\", "
                             "\"status\": \"failed\", %s}]}",
                             good[i]);
      g_autoptr (Veo3JobDocument) document = parse (text, &jobs, &error);

      g_assert_no_error (error);
      g_assert_nonnull (document);
      g_assert_null (((Veo3Job *)g_ptr_array_index (jobs, 0))->earlier_operations);
      g_assert_false (((Veo3Job *)g_ptr_array_index (jobs, 0))->is_ordered);
    }
}

/* The Python original's file may have keys of another make: what is written of it can be read
 * again, and names the same operation. */
static void
test_foreign_keys (void)
{
  static const char text[]
      = "{\"jobs\": [{\"idempotent_key\": \"k1\", \"variant\": \"mist\", "
        "\"status\": \"generating\", \"operation_name\": \"models/m/operations/o\"}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (Veo3JobDocument) document = parse (text, &jobs, &error);
  g_autoptr (Veo3JobDocument) second = NULL;
  g_autofree char *written = NULL;

  g_assert_no_error (error);
  written = veo3_job_codec_format (document, jobs, &error);
  g_assert_no_error (error);
  second = parse (written, &again, &error);
  g_assert_no_error (error);
  g_assert_nonnull (second);
  g_assert_cmpstr (((Veo3Job *)g_ptr_array_index (again, 0))->operation_name, ==,
                   "models/m/operations/o");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/job-codec/parse", test_parse);
  g_test_add_func ("/veo3/job-codec/new-job", test_new_job);
  g_test_add_func ("/veo3/job-codec/unknown-members", test_unknown_members);
  g_test_add_func ("/veo3/job-codec/revisions", test_revisions);
  g_test_add_func ("/veo3/job-codec/cost", test_cost);
  g_test_add_func ("/veo3/job-codec/original", test_original);
  g_test_add_func ("/veo3/job-codec/version", test_version);
  g_test_add_func ("/veo3/job-codec/shape", test_shape);
  g_test_add_func ("/veo3/job-codec/duplicate-key", test_duplicate_key);
  g_test_add_func ("/veo3/job-codec/one-name-for-each", test_one_name_for_each);
  g_test_add_func ("/veo3/job-codec/repeated-names", test_repeated_names);
  g_test_add_func ("/veo3/job-codec/pending-in-name-only", test_pending_in_name_only);
  g_test_add_func ("/veo3/job-codec/wrong-types", test_wrong_types);
  g_test_add_func ("/veo3/job-codec/orders", test_orders);
  g_test_add_func ("/veo3/job-codec/bad-orders", test_bad_orders);
  g_test_add_func ("/veo3/job-codec/identity", test_identity);
  g_test_add_func ("/veo3/job-codec/bad-times", test_bad_times);
  g_test_add_func ("/veo3/job-codec/prefixes", test_prefixes);
  g_test_add_func ("/veo3/job-codec/mutations", test_mutations);
  g_test_add_func ("/veo3/job-codec/free", test_free);
  g_test_add_func ("/veo3/job-codec/foreign-keys", test_foreign_keys);
  return g_test_run ();
}
