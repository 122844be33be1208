/* SPDX-License-Identifier: MIT */
/*
 * Merging prompts with known jobs. No state; what becomes of a known job is veo3-reuse's decision.
 *
 * Jobs are matched by variant, not by key, so that another run id in the same workspace does not
 * pay for the same clip again.
 */
#include "plugin/application/veo3-job-list.h"

#include "plugin/application/veo3-prompt-reader.h"
#include "plugin/domain/veo3-idempotent-key.h"
#include "plugin/domain/veo3-reuse.h"

static gboolean
is_own_word (const Veo3Prompt *prompt, Veo3ClipField field)
{
  return field == VEO3_CLIP_FIELD_DURATION ? prompt->duration_s > 0
                                           : veo3_clip_options_say (&prompt->options, field);
}

/* Where a field is set, for people: in the entry of its clip, or for all clips. An order is about
 * one clip, whose options have been put together already. */
static char *
describe_place (const Veo3JobListInput *input, const Veo3Prompt *prompt, Veo3ClipField field)
{
  const char *name = veo3_clip_field_to_string (field);
  g_autofree char *member = NULL;
  guint entry;

  if (input->prompts == NULL || !g_ptr_array_find (input->prompts, prompt, &entry))
    return g_strdup (name);
  if (!is_own_word (prompt, field))
    return g_strdup_printf ("setting %s", name);
  member = g_strdelimit (g_strdup (name), "-", '_');
  return g_strdup_printf (VEO3_ASSETS_FILE_NAME ": veo3_prompts[%u].%s", entry, member);
}

/* What the model cannot do is known before it is paid for. */
static void
find_problem (const Veo3JobListInput *input,
              const Veo3Model *model,
              const Veo3ClipRequest *request,
              const Veo3Prompt *prompt,
              Veo3JobProblem *ret_problem)
{
  Veo3ClipField field = VEO3_CLIP_FIELD_DURATION;
  g_autofree char *text = veo3_model_check (model, request, &field);
  g_autofree char *place = NULL;

  if (text == NULL)
    return;
  place = describe_place (input, prompt, field);
  ret_problem->text = g_strdup_printf ("%s: %s", place, text);
  ret_problem->code = is_own_word (prompt, field) ? VEO3_ERROR_CODE_INVALID_PROMPT
                                                  : VEO3_ERROR_CODE_INVALID_REQUEST;
}

void
veo3_job_problem_clear (Veo3JobProblem *problem)
{
  g_free (problem->text);
  *problem = (Veo3JobProblem){ 0 };
}

static const Veo3Model *
find_model (const Veo3JobListInput *input)
{
  return veo3_model_table_find (input->settings->models, input->provider, input->model);
}

void
veo3_job_list_fill (const Veo3JobListInput *input,
                    Veo3Job *job,
                    const Veo3Prompt *prompt,
                    GPtrArray *ret_notes,
                    Veo3JobProblem *ret_problem)
{
  const Veo3Model *model = find_model (input);
  g_autofree char *changed = NULL;
  char *anchor = g_strdup (prompt->narrative_anchor);
  /* Made before the old one is freed: @prompt may borrow from it. */
  Veo3ClipRequest request = { .idempotent_key = g_strdup (job->idempotent_key),
                              .prompt = g_strdup (prompt->prompt),
                              .duration_s = prompt->duration_s };

  veo3_clip_options_merge (&prompt->options, &input->settings->options, &request.options);
  if (request.duration_s == 0)
    request.duration_s = input->settings->duration_s;
  changed = veo3_model_fit (model, &request);
  if (changed != NULL)
    g_ptr_array_add (ret_notes, g_strdup_printf ("clip %s: %s", job->variant, changed));
  find_problem (input, model, &request, prompt, ret_problem);
  veo3_clip_request_clear (&job->request);
  job->request = request;
  g_free (job->narrative_anchor);
  job->narrative_anchor = anchor;
  job->estimated_cost_usd = veo3_model_estimate_usd (model, &request);
  g_free (job->request_sha256);
  job->request_sha256 = veo3_clip_request_digest (&job->request, input->provider, input->model);
}

char *
veo3_job_list_check_known (const Veo3JobListInput *input, const Veo3Job *job)
{
  Veo3ClipField field = VEO3_CLIP_FIELD_DURATION;
  g_autofree char *text = veo3_model_check (find_model (input), &job->request, &field);

  return text == NULL ? NULL : g_strdup_printf ("%s: %s", veo3_clip_field_to_string (field), text);
}

static void
refuse (const Veo3JobListInput *input, Veo3Job *job, Veo3ErrorCode code, const char *problem)
{
  veo3_job_apply (job, VEO3_EVENT_REFUSED, input->now_us);
  veo3_job_explain (job, code, problem);
}

/* Pending; or failed, if its prompt is bad or asks for what the model cannot do. */
static Veo3Job *
make_job (const Veo3JobListInput *input, const Veo3Prompt *prompt, GPtrArray *notes)
{
  g_autofree char *key = make_idempotent_key (input->run_id, prompt->variant);
  g_auto (Veo3JobProblem) problem = { 0 };
  Veo3Job *job = veo3_job_new (key, prompt->variant, input->now_us);

  veo3_job_list_fill (input, job, prompt, notes, &problem);
  if (prompt->problem != NULL)
    refuse (input, job, VEO3_ERROR_CODE_INVALID_PROMPT, prompt->problem);
  else if (problem.text != NULL)
    refuse (input, job, problem.code, problem.text);
  return job;
}

char *
veo3_job_list_check_prompt (const Veo3JobListInput *input, const Veo3Prompt *prompt)
{
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Veo3Job) wanted = make_job (input, prompt, ignored);

  return g_steal_pointer (&wanted->error_message);
}

/* Returns: (transfer full) */
static char *
describe_stale (const Veo3Job *known)
{
  if (known->status == VEO3_JOB_PENDING)
    return g_strdup_printf ("clip %s: publishing-assets.json, the model or the settings ask for "
                            "something else now; it is sent as it was ordered",
                            known->variant);
  return g_strdup_printf ("clip %s is stale: its prompt, model or settings changed since it was "
                          "sent; nothing is sent again, what it was sent for is kept",
                          known->variant);
}

static void
add_all (GPtrArray *notes, const GPtrArray *more)
{
  for (guint i = 0; i < more->len; i++)
    g_ptr_array_add (notes, g_strdup (g_ptr_array_index (more, i)));
}

/* Takes over @known. Returns: (transfer full): the job that stands for @prompt. */
static Veo3Job *
choose (const Veo3JobListInput *input, Veo3Job *known, const Veo3Prompt *prompt, GPtrArray *notes)
{
  g_autoptr (GPtrArray) more = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Veo3Job) wanted = make_job (input, prompt, more);
  gboolean is_valid = wanted->status == VEO3_JOB_PENDING;
  g_auto (Veo3JobProblem) problem = { 0 };

  switch (known == NULL ? VEO3_REUSE_REPLACE
                        : veo3_reuse_wanted (known, is_valid, wanted->request_sha256))
    {
    case VEO3_REUSE_REPLACE:
      veo3_job_free (known);
      add_all (notes, more);
      return g_steal_pointer (&wanted);
    case VEO3_REUSE_REFILL:
      veo3_job_list_fill (input, known, prompt, notes, &problem);
      break;
    case VEO3_REUSE_REFUSE:
      refuse (input, known, wanted->error_code, wanted->error_message);
      break;
    case VEO3_REUSE_KEEP_STALE:
      g_ptr_array_add (notes, describe_stale (known));
      break;
    case VEO3_REUSE_KEEP:
    case VEO3_REUSE_FORGET:
      break;
    }
  return known;
}

/* Takes over @job, for which there is no entry. Returns: (transfer full) (nullable): NULL =
 * forgotten. */
static Veo3Job *
settle_orphan (const Veo3JobListInput *input, Veo3Job *job)
{
  Veo3Reuse reuse = veo3_reuse_orphan (job, input->prompts != NULL);

  if (reuse == VEO3_REUSE_FORGET)
    {
      veo3_job_free (job);
      return NULL;
    }
  if (reuse == VEO3_REUSE_REFUSE)
    refuse (input, job, VEO3_ERROR_CODE_INVALID_PROMPT,
            input->prompts != NULL
                ? "publishing-assets.json does not ask for it any more, or clip-count leaves it "
                  "out; nothing was billed"
                : "veo3/jobs.json: the job has no prompt, and publishing-assets.json has none for "
                  "this variant");
  return job;
}

/* Returns: (transfer container): variant (borrowed) -> its first job (borrowed). */
static GHashTable *
index_by_variant (GPtrArray *known)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < known->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (known, i);

      if (!g_hash_table_contains (index, job->variant))
        g_hash_table_insert (index, job->variant, job);
    }
  return index;
}

/* Returns: (transfer full): key (owned) -> variant (owned); the jobs themselves may be replaced. */
static GHashTable *
list_keys (GPtrArray *known)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < known->len; i++)
    {
      const Veo3Job *job = g_ptr_array_index (known, i);

      g_hash_table_insert (keys, g_strdup (job->idempotent_key), g_strdup (job->variant));
    }
  return keys;
}

/* Run "r" with variant "a_b" and run "r_a" with variant "b" have one key, and of two jobs with one
 * key one would be lost. */
static gboolean
is_key_taken (const Veo3JobListInput *input,
              GHashTable *keys,
              const Veo3Prompt *prompt,
              GPtrArray *notes)
{
  g_autofree char *key = make_idempotent_key (input->run_id, prompt->variant);
  const char *variant = g_hash_table_lookup (keys, key);

  if (variant == NULL)
    return FALSE;
  g_ptr_array_add (notes,
                   g_strdup_printf ("clip %s is not generated: its key %s is that of clip %s; give "
                                    "it another variant",
                                    prompt->variant, key, variant));
  return TRUE;
}

/* Adds what is wanted to @jobs. Returns: (transfer container): the known jobs taken over. */
static GHashTable *
take_wanted (const Veo3JobListInput *input, GPtrArray *known, GPtrArray *jobs, GPtrArray *notes)
{
  g_autoptr (GHashTable) index = index_by_variant (known);
  g_autoptr (GHashTable) keys = list_keys (known);
  GHashTable *taken = g_hash_table_new (NULL, NULL);

  for (guint i = 0; input->prompts != NULL && i < input->prompts->len; i++)
    {
      const Veo3Prompt *prompt = g_ptr_array_index (input->prompts, i);
      Veo3Job *job = g_hash_table_lookup (index, prompt->variant);

      /* Its variant is the key, and may be freed with it. */
      g_hash_table_remove (index, prompt->variant);
      if (job != NULL)
        g_hash_table_add (taken, job);
      if (job != NULL || !is_key_taken (input, keys, prompt, notes))
        g_ptr_array_add (jobs, choose (input, job, prompt, notes));
    }
  return taken;
}

GPtrArray *
veo3_job_list_merge (const Veo3JobListInput *input, GPtrArray *known, GPtrArray *ret_notes)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_job_free);
  g_autoptr (GPtrArray) all = known != NULL ? known : g_ptr_array_new ();
  g_autoptr (GHashTable) taken = NULL;

  g_ptr_array_set_free_func (all, NULL);
  taken = take_wanted (input, all, jobs, ret_notes);
  for (guint i = 0; i < all->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (all, i);
      Veo3Job *orphan = g_hash_table_contains (taken, job) ? NULL : settle_orphan (input, job);

      if (orphan != NULL)
        g_ptr_array_add (jobs, orphan);
    }
  return jobs;
}

static guint
get_job_outcome (const Veo3Job *job)
{
  switch (job->status)
    {
    case VEO3_JOB_FAILED:
      return veo3_error_code_stops_submits (job->error_code)
                 ? PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_DENIED
                 : PIPELINE_OUTCOME_PARTIAL;
    case VEO3_JOB_PENDING:
    case VEO3_JOB_CANCELLED:
      return PIPELINE_OUTCOME_PARTIAL;
    case VEO3_JOB_GENERATING:
    case VEO3_JOB_DOWNLOADING:
    case VEO3_JOB_TIMED_OUT:
      return PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED;
    case VEO3_JOB_SUBMITTING:
    case VEO3_JOB_UNCERTAIN:
      return PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNCERTAIN;
    case VEO3_JOB_COMPLETED:
      return PIPELINE_OUTCOME_COMPLETE;
    }
  g_assert_not_reached ();
}

PipelineOutcome
veo3_job_list_get_outcome (GPtrArray *jobs)
{
  guint outcome = PIPELINE_OUTCOME_COMPLETE;

  for (guint i = 0; i < jobs->len; i++)
    outcome |= get_job_outcome (g_ptr_array_index (jobs, i));
  return (PipelineOutcome)outcome;
}
