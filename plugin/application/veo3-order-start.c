/* SPDX-License-Identifier: MIT */
/*
 * Checks and prepares an order. No state; on the worker's thread. What the order means for a job is
 * decided in the domain.
 *
 * Must not: change a file before everything that can be refused has been refused.
 */
#include "plugin/application/veo3-order-start.h"

#include "plugin/application/veo3-clip-images.h"
#include "plugin/application/veo3-job-list.h"
#include "plugin/application/veo3-kept-clip.h"
#include "plugin/application/veo3-prompt-reader.h"

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (error, g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, format,
                                                arguments));
  va_end (arguments);
  return FALSE;
}

/* Only that there is none lets the last text count again: a file that cannot be used may hold a
 * newer one, and the old one would be paid for. */
static gboolean
read_wishes (const Veo3OrderInput *input, Veo3Intake *intake, GError **error)
{
  gboolean are_needed = input->order->kind == VEO3_ORDER_REGENERATE && input->order->prompt == NULL;
  guint n_found = 0;
  g_autoptr (GError) local_error = NULL;

  intake->prompts = veo3_prompt_reader_read (veo3_job_store_get_workspace_fd (input->store),
                                             G_MAXUINT, &n_found, &local_error);
  if (intake->prompts != NULL)
    return TRUE;
  if (are_needed && !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return refuse (error, "%s. Mend it, or give the text with --prompt-file. Nothing was changed",
                   local_error->message);
  veo3_reporter_say (input->reporter, PIPELINE_LOG_DEBUG, "%s, continuing", local_error->message);
  return TRUE;
}

static void
tell_if_idle (const Veo3OrderInput *input, GPtrArray *known)
{
  for (guint i = 0; i < known->len; i++)
    if (veo3_order_covers (input->order, g_ptr_array_index (known, i)))
      return;
  veo3_reporter_say (input->reporter, PIPELINE_LOG_INFO,
                     input->order->kind == VEO3_ORDER_CANCEL ? "there is nothing to cancel"
                                                             : "there is nothing to collect");
}

gboolean
veo3_order_start_check (const Veo3OrderInput *input, Veo3Intake *intake, GError **error)
{
  const Veo3Order *order = input->order;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *problem = NULL;

  intake->document = veo3_job_store_load (input->store, &intake->known, &local_error);
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return refuse (error,
                   "there is no " VEO3_JOBS_PATH ": no clip was asked for in this workspace");
  if (intake->document == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (order->kind == VEO3_ORDER_COLLECT)
    veo3_intake_mark_missing (input->store, intake->known);
  problem = veo3_order_check (order, intake->known);
  if (problem != NULL)
    return refuse (error, "%s", problem);
  if (order->kind == VEO3_ORDER_ADOPT
      && !input->port->iface->is_operation_name (input->port, order->operation_name))
    return refuse (error, "--adopt %s: no name of an operation of provider %s. Nothing was changed",
                   order->operation_name, input->port->iface->provider);
  if (veo3_order_may_pay (order) && !read_wishes (input, intake, error))
    return FALSE;
  tell_if_idle (input, intake->known);
  return TRUE;
}

static const Veo3Prompt *
find_wish (const Veo3Intake *intake, const char *variant)
{
  for (guint i = 0; intake->prompts != NULL && i < intake->prompts->len; i++)
    {
      const Veo3Prompt *prompt = g_ptr_array_index (intake->prompts, i);

      if (g_str_equal (prompt->variant, variant))
        return prompt;
    }
  return NULL;
}

/* What is to be sent instead of what is known. */
static gboolean
choose_prompt (const Veo3OrderInput *input,
               const Veo3Intake *intake,
               const Veo3Job *job,
               Veo3Prompt *prompt,
               GError **error)
{
  const Veo3Prompt *wish = find_wish (intake, job->variant);
  char *text = input->order->prompt;

  if (wish != NULL && wish->problem != NULL && text == NULL)
    return refuse (error, "clip %s: %s. Nothing was sent", job->variant, wish->problem);
  if (wish != NULL && wish->problem == NULL)
    *prompt = *wish;
  else if (wish == NULL && text == NULL && prompt->prompt != NULL)
    veo3_reporter_say (input->reporter, PIPELINE_LOG_INFO,
                       "clip %s: " VEO3_ASSETS_FILE_NAME
                       " has no prompt for it; its last one is sent again",
                       job->variant);
  if (text != NULL)
    prompt->prompt = text;
  if (prompt->prompt != NULL)
    return TRUE;
  return refuse (error,
                 "clip %s: neither " VEO3_JOBS_PATH " nor " VEO3_ASSETS_FILE_NAME
                 " has a prompt for it; write one into the latter. Nothing was sent",
                 job->variant);
}

/* What is sent again is what was sent before, and so its pictures must be what they were. */
static gboolean
check_pictures (const Veo3OrderInput *input, const Veo3Job *job, GError **error)
{
  g_autoptr (GPtrArray) loaded = NULL;
  g_autoptr (GError) local_error = NULL;

  if (job->request.options.images == NULL)
    return TRUE;
  loaded = veo3_clip_images_load (veo3_job_store_get_workspace_fd (input->store),
                                  job->request.options.images, NULL, &local_error);
  if (loaded != NULL)
    return TRUE;
  return refuse (
      error,
      "clip %s: %s. Put back what was sent before, or drop it with `pipeline_runner veo3 "
      "reconcile --abandon %s` and order it anew. Nothing was sent or changed",
      job->variant, local_error->message, job->variant);
}

/* What is newly ordered takes the pictures as they are now. */
static gboolean
look_at_pictures (const Veo3OrderInput *input,
                  const Veo3Job *job,
                  Veo3ClipOptions *options,
                  GError **error)
{
  for (guint i = 0; options->images != NULL && i < options->images->len; i++)
    {
      Veo3ClipImage *image = g_ptr_array_index (options->images, i);
      g_autoptr (GError) local_error = NULL;

      if (!veo3_clip_images_look (veo3_job_store_get_workspace_fd (input->store), image,
                                  &local_error))
        return refuse (error, "clip %s: %s: %s. Nothing was sent or changed", job->variant,
                       veo3_clip_images_get_field (image->role), local_error->message);
    }
  return TRUE;
}

/* The model may be another one by now. */
static gboolean
check_known (const Veo3JobListInput *list, const Veo3Job *job, GError **error)
{
  g_autofree char *problem = veo3_job_list_check_known (list, job);

  return problem == NULL
         || refuse (error,
                    "clip %s: %s. Nothing was changed, nothing was sent; `pipeline_runner veo3 "
                    "regenerate %s` asks for it as the settings are now",
                    job->variant, problem, job->variant);
}

/* REGENERATE takes the user's text, else the newest wish, else what was sent before; RESUBMIT sends
 * what was sent before, if it is known. The order is all that this process does: its loop has
 * nothing else to do while pictures are looked at. */
static gboolean
refill (const Veo3OrderInput *input, const Veo3Intake *intake, Veo3Job *job, GError **error)
{
  gboolean is_known = input->order->kind == VEO3_ORDER_RESUBMIT && job->request.prompt != NULL;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_auto (Veo3ClipOptions) options = { 0 };
  Veo3JobListInput list = { .settings = input->settings,
                            .provider = input->port->iface->provider,
                            .model = input->port->model };
  g_auto (Veo3JobProblem) problem = { 0 };
  Veo3Prompt prompt = { .variant = job->variant,
                        .prompt = job->request.prompt,
                        .narrative_anchor = job->narrative_anchor,
                        .duration_s = job->request.duration_s,
                        .options = job->request.options };

  if (is_known && !check_pictures (input, job, error))
    return FALSE;
  if (is_known && job->request.duration_s > 0)
    return check_known (&list, job, error);
  if (!is_known && !choose_prompt (input, intake, job, &prompt, error))
    return FALSE;
  veo3_clip_options_merge (&prompt.options, &input->settings->options, &options);
  if (!look_at_pictures (input, job, &options, error))
    return FALSE;
  prompt.options = options; /* borrowed, like the rest of it */
  veo3_job_list_fill (&list, job, &prompt, notes, &problem);
  if (problem.text != NULL)
    return refuse (error, "clip %s: %s. Nothing was changed, nothing was sent", job->variant,
                   problem.text);
  for (guint i = 0; i < notes->len; i++)
    veo3_reporter_say (input->reporter, PIPELINE_LOG_INFO, "%s",
                       (const char *)g_ptr_array_index (notes, i));
  return TRUE;
}

static gboolean
keep_clip (const Veo3OrderInput *input, const Veo3Job *job, GError **error)
{
  g_autofree char *kept = NULL;

  if (!veo3_kept_clip_make (veo3_job_store_get_folder_fd (input->store), job->variant, &kept,
                            error))
    return FALSE;
  if (kept != NULL)
    veo3_reporter_say (input->reporter, PIPELINE_LOG_INFO,
                       "clip %s: the present clip is kept as " VEO3_FOLDER_NAME "/%s", job->variant,
                       kept);
  return TRUE;
}

gboolean
veo3_order_start_prepare (const Veo3OrderInput *input, Veo3Intake *intake, GError **error)
{
  const Veo3Order *order = input->order;
  g_autoptr (GPtrArray) covered = g_ptr_array_new ();

  for (guint i = 0; i < intake->known->len; i++)
    if (veo3_order_covers (order, g_ptr_array_index (intake->known, i)))
      g_ptr_array_add (covered, g_ptr_array_index (intake->known, i));
  for (guint i = 0; i < covered->len && veo3_order_may_pay (order); i++)
    if (!refill (input, intake, g_ptr_array_index (covered, i), error))
      return FALSE;
  /* Only now, when no prompt can be refused any more, something changes on the disk. */
  for (guint i = 0; i < covered->len && order->kind == VEO3_ORDER_REGENERATE; i++)
    if (!keep_clip (input, g_ptr_array_index (covered, i), error))
      return FALSE;
  veo3_intake_keep_changed (input->store, input->reporter, covered);
  return TRUE;
}
