/* SPDX-License-Identifier: MIT */
/*
 * The format of jobs.json. No I/O; a document belongs to one thread at a time.
 *
 * Every job keeps its own JSON object and text, re-written only when the job has changed: that
 * keeps members of other makers alive, and the loop is not held by the jobs that stay as they are.
 */
#include "plugin/application/veo3-job-codec.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "plugin/application/veo3-job-request-codec.h"

#define NO_MEMORY "jobs.json could not be written: out of memory"
#define FORMAT_FLAGS (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE)

/* A job's JSON as it was last brought up to date. */
typedef struct
{
  Veo3JsonObject *object; /* (owned) */
  char *text;             /* (owned) (nullable) @object as we write it; NULL until we have */
  guint64 revision;       /* of the job, when @text was made */
} Veo3JobImage;

static void
image_free (Veo3JobImage *image)
{
  (void)json_object_put (image->object);
  g_free (image->text);
  g_free (image);
}

Veo3JobDocument *
veo3_job_document_new (void)
{
  Veo3JobDocument *document = g_new0 (Veo3JobDocument, 1);

  document->root = json_object_new_object ();
  document->objects
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)image_free);
  return document;
}

void
veo3_job_document_free (Veo3JobDocument *document)
{
  if (document == NULL)
    return;
  g_free (document->run_id);
  g_free (document->provider);
  g_free (document->model);
  g_clear_pointer (&document->objects, g_hash_table_unref);
  (void)json_object_put (document->root);
  g_free (document);
}

/* ---- reading ---- */

static gboolean
read_count (const Veo3JsonPlace *place, Veo3JsonObject *object, const char *field, guint *ret_value)
{
  gint64 value = *ret_value;

  if (!veo3_json_place_read_int (place, object, field, &value))
    return FALSE;
  *ret_value = (guint)MIN (value, G_MAXINT32);
  return TRUE;
}

static gboolean
read_time (const Veo3JsonPlace *place,
           Veo3JsonObject *object,
           const char *field,
           gint64 *ret_time_us)
{
  g_autofree char *text = NULL;
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = NULL;

  if (!veo3_json_place_read_string (place, object, field, &text))
    return FALSE;
  if (text == NULL)
    return TRUE;
  time = g_date_time_new_from_iso8601 (text, utc);
  /* A time before 1970 would not come back from put_time(). */
  if (time == NULL || g_date_time_to_unix (time) < 0)
    return veo3_json_place_complain (place, field, "must be a time such as 2026-11-22T09:00:00Z");
  *ret_time_us = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return TRUE;
}

static gboolean
read_cost (const Veo3JsonPlace *place, Veo3JsonObject *object, double *ret_cost_usd)
{
  Veo3JsonObject *member = json_object_object_get (object, "estimated_cost_usd");

  if (member == NULL)
    return TRUE;
  if ((!json_object_is_type (member, json_type_double)
       && !json_object_is_type (member, json_type_int))
      || !isfinite (json_object_get_double (member)))
    return veo3_json_place_complain (place, "estimated_cost_usd", "must be a number or null");
  *ret_cost_usd = json_object_get_double (member);
  return TRUE;
}

/* The name becomes part of a file name: nothing that leads out of the folder, or hides in it. */
static gboolean
is_safe_variant (const char *variant)
{
  return variant[0] != '\0' && variant[0] != '.' && strchr (variant, '/') == NULL
         && strlen (variant) <= 200;
}

static Veo3Job *
read_identity (const Veo3JsonPlace *place, Veo3JsonObject *object)
{
  g_autofree char *key = NULL;
  g_autofree char *variant = NULL;
  g_autofree char *status = NULL;
  g_autoptr (Veo3Job) job = NULL;

  if (!veo3_json_place_read_string (place, object, "idempotent_key", &key)
      || !veo3_json_place_read_string (place, object, "variant", &variant)
      || !veo3_json_place_read_string (place, object, "status", &status))
    return NULL;
  if (key == NULL || key[0] == '\0')
    {
      (void)veo3_json_place_complain (place, "idempotent_key", "is missing");
      return NULL;
    }
  if (variant == NULL || !is_safe_variant (variant))
    {
      (void)veo3_json_place_complain (place, "variant", "is missing or no name for a file");
      return NULL;
    }
  job = veo3_job_new (key, variant, 0);
  if (!veo3_job_status_from_string (status, &job->status))
    {
      (void)veo3_json_place_complain (place, "status", "is none that this version knows");
      return NULL;
    }
  return g_steal_pointer (&job);
}

static gboolean
read_progress (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3Job *job)
{
  return read_count (place, object, "attempts", &job->attempts)
         && read_count (place, object, "polls", &job->polls)
         && read_time (place, object, "created_at", &job->created_at_us)
         && read_time (place, object, "submitted_at", &job->submitted_at_us)
         && read_time (place, object, "updated_at", &job->updated_at_us)
         && read_time (place, object, "completed_at", &job->completed_at_us);
}

/* Names that were paid for: nothing but strings, or the file is not understood. */
static gboolean
read_earlier (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3Job *job)
{
  Veo3JsonObject *array = json_object_object_get (object, "earlier_operations");
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (array == NULL)
    return TRUE;
  if (!json_object_is_type (array, json_type_array))
    return veo3_json_place_complain (place, "earlier_operations", "must be an array of strings");
  for (gsize i = 0; i < json_object_array_length (array); i++)
    {
      Veo3JsonObject *name = json_object_array_get_idx (array, i);

      if (!json_object_is_type (name, json_type_string))
        return veo3_json_place_complain (place, "earlier_operations",
                                         "must be an array of strings");
      if (strlen (json_object_get_string (name)) != (gsize)json_object_get_string_len (name))
        return veo3_json_place_complain (place, "earlier_operations", "contains a NUL character");
      g_strv_builder_add (names, json_object_get_string (name));
    }
  if (json_object_array_length (array) > 0)
    job->earlier_operations = g_strv_builder_end (names);
  return TRUE;
}

static gboolean
read_ordered (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3Job *job)
{
  Veo3JsonObject *member = json_object_object_get (object, "ordered");

  if (member == NULL)
    return TRUE;
  if (!json_object_is_type (member, json_type_boolean))
    return veo3_json_place_complain (place, "ordered", "must be true or false");
  job->is_ordered = json_object_get_boolean (member);
  return TRUE;
}

static gboolean
read_result (const Veo3JsonPlace *place, Veo3JsonObject *object, Veo3Job *job)
{
  g_autofree char *code = NULL;

  if (!veo3_json_place_read_string (place, object, "video_path", &job->video_path)
      || !veo3_json_place_read_string (place, object, "error_message", &job->error_message)
      || !veo3_json_place_read_string (place, object, "error_code", &code)
      || !veo3_json_place_read_string (place, object, "operation_name", &job->operation_name)
      || !veo3_json_place_read_string (place, object, "sha256", &job->sha256)
      || !veo3_json_place_read_int (place, object, "bytes", &job->bytes)
      || !read_earlier (place, object, job) || !read_ordered (place, object, job)
      || !read_cost (place, object, &job->estimated_cost_usd))
    return FALSE;
  job->error_code = veo3_error_code_from_string (code);
  return TRUE;
}

/* We write `pending` only for what was not sent, and then none of these: where they stand all the
 * same, the Python original or a hand has written it, and the word alone must not pay again. */
static void
correct_status (Veo3Job *job)
{
  if (job->status != VEO3_JOB_PENDING && job->status != VEO3_JOB_SUBMITTING)
    return;
  if (job->operation_name != NULL)
    job->status = VEO3_JOB_GENERATING;
  else if (job->status == VEO3_JOB_PENDING
           && (job->submitted_at_us != 0 || job->completed_at_us != 0))
    {
      job->status = VEO3_JOB_UNCERTAIN;
      veo3_job_explain_uncertain (
          job, "jobs.json calls it pending, and says that it was submitted or had "
               "ended");
    }
}

static Veo3Job *
read_job (const Veo3JsonPlace *place, Veo3JsonObject *object)
{
  g_autoptr (Veo3Job) job = NULL;

  if (!json_object_is_type (object, json_type_object))
    {
      g_set_error (place->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s: jobs[%u] must be an object", place->name, place->index);
      return NULL;
    }
  job = read_identity (place, object);
  if (job == NULL || !veo3_job_request_codec_read (place, object, job)
      || !read_progress (place, object, job) || !read_result (place, object, job))
    return NULL;
  correct_status (job);
  return g_steal_pointer (&job);
}

static void
keep_image (Veo3JobDocument *document, const char *key, Veo3JsonObject *object)
{
  Veo3JobImage *image = g_new0 (Veo3JobImage, 1);

  image->object = json_object_get (object);
  g_hash_table_insert (document->objects, g_strdup (key), image);
}

/* A clip that is looked for under the name of another would not be found, and be paid for again. */
static gboolean
check_identity (const Veo3JsonPlace *place,
                Veo3JobDocument *document,
                GHashTable *variants,
                const Veo3Job *job)
{
  g_autofree char *ending = g_strconcat ("_", job->variant, NULL);

  if (g_hash_table_contains (document->objects, job->idempotent_key))
    return veo3_json_place_complain (place, "idempotent_key", "stands there twice");
  if (!g_hash_table_add (variants, job->variant))
    return veo3_json_place_complain (place, "variant", "stands there twice");
  if (g_str_has_suffix (job->idempotent_key, ending))
    return TRUE;
  if (document->has_version)
    return veo3_json_place_complain (place, "idempotent_key",
                                     "does not end in the variant of its job");
  document->has_foreign_keys = TRUE;
  return TRUE;
}

static GPtrArray *
read_jobs (Veo3JobDocument *document, const char *name, Veo3JsonObject *array, GError **error)
{
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  g_autoptr (GHashTable) variants = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; i < json_object_array_length (array); i++)
    {
      Veo3JsonPlace place = { .name = name, .index = (guint)i, .error = error };
      Veo3JsonObject *object = json_object_array_get_idx (array, i);
      Veo3Job *job = read_job (&place, object);

      if (job == NULL)
        return NULL;
      g_ptr_array_add (jobs, job);
      if (!check_identity (&place, document, variants, job))
        return NULL;
      keep_image (document, job->idempotent_key, object);
    }
  return g_steal_pointer (&jobs);
}

static gboolean
check_version (const char *name, Veo3JsonObject *root, GError **error)
{
  Veo3JsonObject *version = json_object_object_get (root, "schema_version");

  /* The Python original wrote no version; its fields are a subset of version 1. */
  if (version == NULL)
    return TRUE;
  if (!json_object_is_type (version, json_type_int) || json_object_get_int64 (version) < 1)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s: schema_version must be a whole number from 1", name);
      return FALSE;
    }
  if (json_object_get_int64 (version) > VEO3_JOBS_SCHEMA_VERSION)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   "%s: written by a newer version (schema_version %" G_GINT64_FORMAT
                   ", this one knows %d); use that version",
                   name, json_object_get_int64 (version), VEO3_JOBS_SCHEMA_VERSION);
      return FALSE;
    }
  return TRUE;
}

static char *
dup_member (Veo3JsonObject *root, const char *field)
{
  Veo3JsonObject *member = json_object_object_get (root, field);

  return json_object_is_type (member, json_type_string) ? g_strdup (json_object_get_string (member))
                                                        : NULL;
}

Veo3JobDocument *
veo3_job_codec_parse (const char *name,
                      const char *text,
                      gsize length_bytes,
                      GPtrArray **ret_jobs,
                      GError **error)
{
  g_autoptr (Veo3JobDocument) document = veo3_job_document_new ();
  g_autoptr (Veo3JsonObject) root = NULL;
  Veo3JsonObject *array = NULL;
  GPtrArray *jobs;

  if (!veo3_json_parse (name, text, length_bytes, &root, error))
    return NULL;
  if (!json_object_is_type (root, json_type_object)
      || !json_object_object_get_ex (root, "jobs", &array)
      || !json_object_is_type (array, json_type_array))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s: must be an object with an array \"jobs\"", name);
      return NULL;
    }
  if (!check_version (name, root, error))
    return NULL;
  document->run_id = dup_member (root, "run_id");
  document->provider = dup_member (root, "provider");
  document->model = dup_member (root, "model");
  document->has_version = json_object_object_get_ex (root, "schema_version", NULL);
  jobs = read_jobs (document, name, array, error);
  if (jobs == NULL)
    return NULL;
  if (veo3_json_repeats_name (text, length_bytes, root))
    {
      g_ptr_array_unref (jobs);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s: a member stands twice in one object; which of the two counts?", name);
      return NULL;
    }
  (void)json_object_put (document->root);
  document->root = g_steal_pointer (&root);
  *ret_jobs = jobs;
  return g_steal_pointer (&document);
}

/* ---- writing ---- */

static void
put_time (Veo3JsonObject *object, const char *field, gint64 time_us)
{
  g_autoptr (GDateTime) seconds = NULL;
  g_autofree char *whole = NULL;
  g_autofree char *text = NULL;

  if (time_us != 0)
    {
      seconds = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
      whole = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
      text = g_strdup_printf ("%s.%03dZ", whole, (int)(time_us % G_USEC_PER_SEC / 1000));
    }
  veo3_json_put_string (object, field, text);
}

/* json-c by itself writes all the digits that a double has: 0.59999999999999998 for 0.6. */
static void
put_cost (Veo3JsonObject *object, const char *field, double cost_usd)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  (void)g_ascii_formatd (text, sizeof text, "%.6g", cost_usd);
  veo3_json_put (object, field, cost_usd < 0 ? NULL : json_object_new_double_s (cost_usd, text));
}

/* Only the few jobs that the user has ordered again have these members. */
static void
put_order (Veo3JsonObject *object, const Veo3Job *job)
{
  json_object_object_del (object, "earlier_operations");
  json_object_object_del (object, "ordered");
  if (job->earlier_operations != NULL)
    {
      Veo3JsonObject *names = json_object_new_array ();

      for (guint i = 0; job->earlier_operations[i] != NULL; i++)
        (void)json_object_array_add (names, json_object_new_string (job->earlier_operations[i]));
      veo3_json_put (object, "earlier_operations", names);
    }
  if (job->is_ordered)
    veo3_json_put (object, "ordered", json_object_new_boolean (TRUE));
}

static void
update_object (Veo3JsonObject *object, const Veo3Job *job)
{
  veo3_json_put_string (object, "idempotent_key", job->idempotent_key);
  veo3_json_put_string (object, "variant", job->variant);
  veo3_json_put_string (object, "status", veo3_job_status_to_string (job->status));
  veo3_json_put_string (object, "video_path", job->video_path);
  veo3_json_put_string (object, "error_message", job->error_message);
  veo3_job_request_codec_write (object, job);
  veo3_json_put_string (object, "operation_name", job->operation_name);
  veo3_json_put_string (object, "error_code", veo3_error_code_to_string (job->error_code));
  veo3_json_put (object, "attempts", json_object_new_int64 (job->attempts));
  veo3_json_put (object, "polls", json_object_new_int64 (job->polls));
  put_time (object, "created_at", job->created_at_us);
  put_time (object, "submitted_at", job->submitted_at_us);
  put_time (object, "updated_at", job->updated_at_us);
  put_time (object, "completed_at", job->completed_at_us);
  veo3_json_put (object, "bytes", job->bytes < 0 ? NULL : json_object_new_int64 (job->bytes));
  veo3_json_put_string (object, "sha256", job->sha256);
  put_cost (object, "estimated_cost_usd", job->estimated_cost_usd);
  put_order (object, job);
}

/* What was paid for must come back out of the text: json-c turns "no memory" into null. */
static gboolean
has_names (Veo3JsonObject *object, const Veo3Job *job)
{
  g_autofree char *name = dup_member (object, "operation_name");
  Veo3JsonObject *earlier = json_object_object_get (object, "earlier_operations");

  if (g_strcmp0 (name, job->operation_name) != 0)
    return FALSE;
  if (job->earlier_operations == NULL)
    return TRUE;
  if (!json_object_is_type (earlier, json_type_array))
    return FALSE;
  for (guint i = 0; job->earlier_operations[i] != NULL; i++)
    if (g_strcmp0 (json_object_get_string (json_object_array_get_idx (earlier, i)),
                   job->earlier_operations[i])
        != 0)
      return FALSE;
  return TRUE;
}

static gboolean
verify (const char *text, const Veo3Job *job, GError **error)
{
  g_autoptr (Veo3JsonObject) object = NULL;

  if (!veo3_json_parse ("jobs.json", text, strlen (text), &object, error))
    return FALSE;
  if (has_names (object, job))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               "jobs.json: job %s: its operation name could not be written; out of memory?",
               job->idempotent_key);
  return FALSE;
}

/* Two levels deep in the document; a line break within a string is never a bare one. */
static char *
indent (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  return g_strjoinv ("\n    ", lines);
}

static gboolean
refresh_image (Veo3JobImage *image, const Veo3Job *job, GError **error)
{
  const char *text;

  if (image->text != NULL && image->revision == job->progress.revision)
    return TRUE;
  update_object (image->object, job);
  text = json_object_to_json_string_ext (image->object, FORMAT_FLAGS);
  if (text == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, NO_MEMORY);
      return FALSE;
    }
  if (!verify (text, job, error))
    return FALSE;
  g_free (image->text);
  image->text = indent (text);
  image->revision = job->progress.revision;
  return TRUE;
}

static Veo3JobImage *
get_image (Veo3JobDocument *document, const char *key)
{
  Veo3JobImage *image = g_hash_table_lookup (document->objects, key);

  if (image == NULL)
    {
      image = g_new0 (Veo3JobImage, 1);
      image->object = json_object_new_object ();
      g_hash_table_insert (document->objects, g_strdup (key), image);
    }
  return image;
}

/* Everything but the jobs, up to where they begin. */
static GString *
format_head (Veo3JobDocument *document, GError **error)
{
  const char *head;
  GString *text;

  json_object_object_del (document->root, "jobs");
  /* With a version the keys would be held to our rule, and the next start would refuse them. */
  if (!document->has_foreign_keys)
    veo3_json_put (document->root, "schema_version",
                   json_object_new_int (VEO3_JOBS_SCHEMA_VERSION));
  veo3_json_put_string (document->root, "run_id", document->run_id);
  veo3_json_put_string (document->root, "provider", document->provider);
  veo3_json_put_string (document->root, "model", document->model);
  head = json_object_to_json_string_ext (document->root, FORMAT_FLAGS);
  if (head == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, NO_MEMORY);
      return NULL;
    }
  text = g_string_new (head);
  g_string_truncate (text, text->len - strlen ("\n}"));
  return g_string_append (text, ",\n  \"jobs\":[");
}

char *
veo3_job_codec_format (Veo3JobDocument *document, GPtrArray *jobs, GError **error)
{
  g_autoptr (GString) text = format_head (document, error);

  if (text == NULL)
    return NULL;
  for (guint i = 0; i < jobs->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (jobs, i);
      Veo3JobImage *image = get_image (document, job->idempotent_key);

      if (!refresh_image (image, job, error))
        return NULL;
      g_string_append (text, i > 0 ? ",\n    " : "\n    ");
      g_string_append (text, image->text);
    }
  g_string_append (text, "\n  ]\n}\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
