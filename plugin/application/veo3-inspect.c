/* SPDX-License-Identifier: MIT */
/*
 * Reads a workspace for people and for checks. No state, any thread; never writes, but for the copy
 * of a broken jobs.json that the caller allows.
 */
#include "plugin/application/veo3-inspect.h"

#include <string.h>

#include "plugin/application/veo3-job-list.h"
#include "plugin/application/veo3-job-store.h"
#include "plugin/application/veo3-prompt-images.h"
#include "plugin/application/veo3-prompt-reader.h"

static gboolean
is_open_operation (const Veo3Job *job)
{
  return job->operation_name != NULL
         && (job->status == VEO3_JOB_GENERATING || job->status == VEO3_JOB_DOWNLOADING
             || job->status == VEO3_JOB_TIMED_OUT);
}

/* The operations of one service mean nothing to another, which would call them unknown: lost. */
static gboolean
check_provider (const Veo3JobDocument *document,
                GPtrArray *jobs,
                const char *provider,
                GError **error)
{
  if (document->provider == NULL || g_strcmp0 (document->provider, provider) == 0)
    return TRUE;
  for (guint i = 0; i < jobs->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (jobs, i);

      if (!is_open_operation (job))
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   VEO3_JOBS_PATH ": clip %s is an operation of provider %s, but this run uses %s. "
                                  "Set provider=%s to fetch what was paid for, or move veo3/ away",
                   job->variant, document->provider, provider, document->provider);
      return FALSE;
    }
  return TRUE;
}

static const char *
find_origin (const PipelineStageContext *context, const char *key)
{
  for (gsize i = 0; i < context->n_settings; i++)
    if (strcmp (context->settings[i].key, key) == 0)
      return context->settings[i].origin;
  return "default";
}

/* Without them no connection would come about, and the clips would fail one by one, later. */
static gboolean
check_authorities (const PipelineStageContext *context,
                   const Veo3Settings *settings,
                   GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = NULL;

  if (settings->ca_file == NULL)
    return TRUE;
  /* A FIFO would keep us waiting. */
  if (g_file_test (settings->ca_file, G_FILE_TEST_EXISTS)
      && !g_file_test (settings->ca_file, G_FILE_TEST_IS_REGULAR))
    g_set_error (&local_error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is not a regular file",
                 settings->ca_file);
  else if (g_file_get_contents (settings->ca_file, &text, NULL, &local_error)
           && strstr (text, "CERTIFICATE-----") == NULL)
    g_set_error (&local_error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "%s holds no certificate in PEM form", settings->ca_file);
  if (local_error == NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "ca-file (%s): %s. Name a file of certificate authorities, or leave it out to trust "
               "the system's",
               find_origin (context, "ca-file"), local_error->message);
  return FALSE;
}

/* ---- what the model cannot do ---- */

/* A picture of the settings is missed by every prompt, in the same words. */
static void
add_line_to (GString *lines, const char *line)
{
  if (strstr (lines->str, line) != NULL)
    return;
  g_string_append_printf (lines, "%s%s", lines->len > 0 ? "\n" : "", line);
}

/* A clip may bring pictures of its own, and with them other rules: settings that neither a clip
 * with pictures nor one without could use are nobody's. */
static void
check_model (const PipelineStageContext *context, const Veo3JobListInput *input, GString *problems)
{
  const Veo3Model *model
      = veo3_model_table_find (input->settings->models, input->provider, input->model);
  const Veo3ClipOptions nothing = { 0 };
  Veo3ClipRequest request = { .duration_s = input->settings->duration_s };
  Veo3ClipField field = VEO3_CLIP_FIELD_DURATION;
  Veo3ClipField ignored;
  g_autofree char *problem = NULL;
  g_autofree char *with_picture = NULL;
  g_autofree char *line = NULL;

  veo3_clip_options_merge (&input->settings->options, &nothing, &request.options);
  g_free (veo3_model_fit (model, &request));
  problem = veo3_model_check (model, &request, &field);
  if (request.options.images == NULL)
    veo3_clip_options_add_image (&request.options,
                                 veo3_clip_image_new (VEO3_IMAGE_FIRST_FRAME, "any"));
  with_picture = veo3_model_check (model, &request, &ignored);
  veo3_clip_request_clear (&request);
  if (problem == NULL || with_picture == NULL)
    return;
  line = g_strdup_printf ("%s (%s): %s", veo3_clip_field_to_string (field),
                          find_origin (context, veo3_clip_field_to_string (field)), problem);
  add_line_to (problems, line);
}

/* The prompts of an earlier run, or of people who write them by hand, with their pictures. A file
 * that cannot be used is no matter here: the stage that writes it is still to come. */
static void
check_prompts (Veo3JobListInput *input, const Veo3JobStore *store, GString *problems)
{
  const Veo3ClipOptions *fallback = &input->settings->options;
  int workspace_fd = veo3_job_store_get_workspace_fd (store);
  guint n_found = 0;
  g_autoptr (GPtrArray) prompts
      = veo3_prompt_reader_read (workspace_fd, input->settings->clip_count, &n_found, NULL);
  g_autoptr (Veo3PromptImages) images = veo3_prompt_images_new (prompts, fallback);

  if (images != NULL)
    {
      veo3_prompt_images_look (images, workspace_fd, NULL);
      veo3_prompt_images_settle (images, prompts, fallback);
    }
  input->prompts = prompts;
  for (guint i = 0; prompts != NULL && i < prompts->len; i++)
    {
      g_autofree char *problem = veo3_job_list_check_prompt (input, g_ptr_array_index (prompts, i));

      if (problem != NULL)
        add_line_to (problems, problem);
    }
  input->prompts = NULL;
}

/* @store: (nullable): NULL = the prompts do not matter now */
static gboolean
check_possible (const PipelineStageContext *context,
                const Veo3Settings *settings,
                const char *provider,
                const Veo3JobStore *store,
                GError **error)
{
  g_autoptr (GString) problems = g_string_new (NULL);
  /* The settings name the model of their own provider. */
  Veo3JobListInput input
      = { .run_id = context->run_id,
          .settings = settings,
          .provider = provider,
          .model = g_str_equal (provider, settings->provider)
                       ? settings->model
                       : veo3_model_table_get_default (settings->models, provider) };

  check_model (context, &input, problems);
  /* Else every prompt would say the same again. */
  if (store != NULL && problems->len == 0)
    check_prompts (&input, store, problems);
  if (problems->len == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, problems->str);
  return FALSE;
}

gboolean
veo3_inspect_is_for_command (const PipelineStageContext *context)
{
  return context->struct_size
             >= G_STRUCT_OFFSET (PipelineStageContext, command) + sizeof context->command
         && context->command != NULL;
}

gboolean
veo3_inspect_check (const PipelineStageContext *context,
                    const char *provider,
                    gboolean may_copy,
                    GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (Veo3Settings) settings
      = veo3_settings_new (context->settings, context->n_settings, error);
  g_autoptr (Veo3JobStore) store = NULL;
  g_autoptr (Veo3JobDocument) document = NULL;
  g_autoptr (GPtrArray) jobs = NULL;

  if (settings == NULL || !check_authorities (context, settings, error))
    return FALSE;
  store = veo3_job_store_new (context->workspace, error);
  if (store == NULL)
    return FALSE;
  if (provider == NULL)
    provider = settings->provider;
  if (!veo3_inspect_is_for_command (context)
      && !check_possible (context, settings, provider, may_copy ? NULL : store, error))
    return FALSE;
  document = veo3_job_store_load (store, &jobs, &local_error);
  if (document != NULL)
    return check_provider (document, jobs, provider, error);
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  if (may_copy && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
      && veo3_job_store_set_aside (store, NULL))
    g_prefix_error (&local_error, "(a copy is kept beside it as " VEO3_JOBS_FILE_NAME ".bad-…) ");
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
add_string (Veo3JsonObject *object, const char *name, const char *text)
{
  (void)json_object_object_add (object, name, text == NULL ? NULL : json_object_new_string (text));
}

static char *
summarise (const Veo3Job *job)
{
  const char *detail = job->status == VEO3_JOB_COMPLETED ? job->video_path : job->error_message;

  return g_strdup_printf ("clip %s: %s%s%s", job->variant, veo3_job_status_to_string (job->status),
                          detail != NULL ? ": " : "", detail != NULL ? detail : "");
}

static void
add_line (Veo3JsonObject *summary, const char *text)
{
  (void)json_object_array_add (summary, json_object_new_string (text));
}

/* The three ways out of uncertainty, each ready to be copied. */
static void
add_choices (Veo3JsonObject *summary, const Veo3Job *job)
{
  static const struct
  {
    const char *when;
    const char *option;
  } choices[] = {
    { "it was accepted", "--adopt OPERATION" },
    { "it was not, send it (again)", "--resubmit" },
    { "forget it", "--abandon" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autofree char *line = g_strdup_printf ("  %-28s pipeline_runner veo3 reconcile %s %s",
                                               choices[i].when, choices[i].option, job->variant);

      add_line (summary, line);
    }
}

static void
describe_job (Veo3JsonObject *clips, Veo3JsonObject *summary, const Veo3Job *job)
{
  Veo3JsonObject *clip = json_object_new_object ();
  g_autofree char *line = summarise (job);

  add_string (clip, "variant", job->variant);
  add_string (clip, "idempotent_key", job->idempotent_key);
  add_string (clip, "status", veo3_job_status_to_string (job->status));
  add_string (clip, "video_path", job->video_path);
  add_string (clip, "error_code", veo3_error_code_to_string (job->error_code));
  add_string (clip, "error_message", job->error_message);
  add_string (clip, "operation_name", job->operation_name);
  (void)json_object_object_add (clip, "polls", json_object_new_int64 (job->polls));
  (void)json_object_array_add (clips, clip);
  add_line (summary, line);
  if (job->status == VEO3_JOB_SUBMITTING)
    add_line (summary, "  its answer is awaited if a run goes on; else it may have been billed:");
  if (job->status == VEO3_JOB_SUBMITTING || job->status == VEO3_JOB_UNCERTAIN)
    add_choices (summary, job);
}

/* TRUE without a document: there is no jobs.json. */
static gboolean
load_if_there (const char *workspace,
               Veo3JobDocument **ret_document,
               GPtrArray **ret_jobs,
               GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (Veo3JobStore) store = veo3_job_store_new (workspace, error);

  if (store == NULL)
    return FALSE;
  *ret_document = veo3_job_store_load (store, ret_jobs, &local_error);
  if (*ret_document != NULL || g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

char *
veo3_inspect_describe (const char *workspace, GError **error)
{
  g_autoptr (Veo3JobDocument) document = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Veo3JsonObject) root = NULL;
  Veo3JsonObject *clips;
  Veo3JsonObject *summary;

  if (!load_if_there (workspace, &document, &jobs, error))
    return NULL;
  if (document == NULL)
    return g_strdup ("{}");
  root = json_object_new_object ();
  clips = json_object_new_array ();
  summary = json_object_new_array ();
  add_string (root, "provider", document->provider);
  add_string (root, "model", document->model);
  (void)json_object_object_add (root, "clips", clips);
  (void)json_object_object_add (root, "summary", summary);
  for (guint i = 0; i < jobs->len; i++)
    describe_job (clips, summary, g_ptr_array_index (jobs, i));
  return g_strdup (json_object_to_json_string_ext (root, JSON_C_TO_STRING_PLAIN
                                                             | JSON_C_TO_STRING_NOSLASHESCAPE));
}

gboolean
veo3_inspect_outcome (const char *workspace, PipelineOutcome *ret_outcome, GError **error)
{
  g_autoptr (Veo3JobDocument) document = NULL;
  g_autoptr (GPtrArray) jobs = NULL;

  if (!load_if_there (workspace, &document, &jobs, error))
    return FALSE;
  *ret_outcome = document == NULL ? PIPELINE_OUTCOME_COMPLETE : veo3_job_list_get_outcome (jobs);
  return TRUE;
}

gboolean
veo3_inspect_show (const char *workspace,
                   const Veo3Order *order,
                   PipelineOutcome *ret_outcome,
                   GError **error)
{
  g_autoptr (Veo3JobDocument) document = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autofree char *problem = NULL;

  if (!load_if_there (workspace, &document, &jobs, error))
    return FALSE;
  if (jobs == NULL)
    jobs = g_ptr_array_new ();
  problem = veo3_order_check (order, jobs);
  if (problem == NULL)
    *ret_outcome = veo3_job_list_get_outcome (jobs);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, problem);
  return problem == NULL;
}
