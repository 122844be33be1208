/* SPDX-License-Identifier: MIT */
/*
 * run-plan.c: see run-plan.h. Main thread only.
 *
 * Inputs: the state keeps those given with `--set`, so that going on needs none again; those of
 * the file's [input] group are read anew each time, so that an edit counts. `--set` of this call
 * wins over both.
 */
#include "host/run-plan.h"

#include <string.h>

#include "host/nearest-name.h"
#include "host/utc-time.h"
#include "host/workspace.h"

#define INPUT_PREFIX "input."

G_DEFINE_QUARK (run_plan_error_quark, run_plan_error)

void
run_plan_free (RunPlan *self)
{
  if (self == NULL)
    return;
  run_state_free (self->state);
  g_clear_pointer (&self->inputs, g_hash_table_unref);
  g_free (self);
}

static gboolean
find_option_step (const RunSetup *setup,
                  const char *option,
                  const char *name,
                  guint *ret_index,
                  GError **error)
{
  g_autofree char *hint = NULL;

  if (run_setup_step_index (setup, name, ret_index))
    return TRUE;
  hint = nearest_name_hint (name, (const char *const *)setup->step_names);
  g_set_error (error, RUN_PLAN_ERROR, RUN_PLAN_ERROR_OPTION,
               "%s %s: %s has no such stage%s; nothing was started", option, name,
               setup->definition->file, hint);
  return FALSE;
}

/* Finds [*ret_from, *ret_end); *ret_from is 0 without `--from`. */
static gboolean
find_range (const RunRequest *request,
            const RunSetup *setup,
            guint *ret_from,
            guint *ret_end,
            GError **error)
{
  guint from = 0;
  guint last = setup->steps->len - 1;

  if (request->from != NULL && !find_option_step (setup, "--from", request->from, &from, error))
    return FALSE;
  if (request->until != NULL && !find_option_step (setup, "--until", request->until, &last, error))
    return FALSE;
  if (from > last)
    {
      g_set_error (error, RUN_PLAN_ERROR, RUN_PLAN_ERROR_OPTION,
                   "--from %s comes after --until %s; nothing was started", request->from,
                   request->until);
      return FALSE;
    }
  *ret_from = from;
  *ret_end = last + 1;
  return TRUE;
}

/* Returns FALSE with @error for a real error; TRUE and *ret_state NULL for a new workspace. */
static gboolean
load_state (const char *workspace, RunState **ret_state, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  *ret_state = run_state_load (workspace, &local_error);
  if (*ret_state != NULL || g_error_matches (local_error, RUN_STATE_ERROR, RUN_STATE_ERROR_ABSENT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
check_run_id (const RunRequest *request, const RunState *state, GError **error)
{
  if (request->run_id != NULL && !host_workspace_run_id_is_valid (request->run_id))
    {
      g_set_error (error, RUN_PLAN_ERROR, RUN_PLAN_ERROR_OPTION,
                   "--run-id %s: use up to 128 letters, digits, '.', '_' and '-', starting with "
                   "a letter or digit",
                   request->run_id);
      return FALSE;
    }
  if (state == NULL || request->run_id == NULL || request->is_restart
      || strcmp (state->run_id, request->run_id) == 0)
    return TRUE;
  g_set_error (error, RUN_PLAN_ERROR, RUN_PLAN_ERROR_OTHER_RUN,
               "--run-id %s: the workspace holds run %s (%s); leave --run-id out to go on with "
               "it, or add --restart to begin a new one",
               request->run_id, state->run_id, run_status_to_string (state->status));
  return FALSE;
}

static gboolean
check_continue (const RunRequest *request, const RunState *state, GError **error)
{
  if (!request->must_continue)
    return TRUE;
  if (state == NULL)
    {
      g_set_error (error, RUN_PLAN_ERROR, RUN_PLAN_ERROR_NO_RUN,
                   "there is no run to resume in %s; start one with `pipeline_runner run`",
                   request->workspace);
      return FALSE;
    }
  if (state->status == RUN_STATUS_DONE && request->from == NULL && !request->is_restart)
    {
      g_set_error (error, RUN_PLAN_ERROR, RUN_PLAN_ERROR_NO_RUN,
                   "run %s in %s is done, there is nothing to resume; run it anew with "
                   "`pipeline_runner run --restart`",
                   state->run_id, request->workspace);
      return FALSE;
    }
  return TRUE;
}

static RunState *
new_state (const RunRequest *request, const RunSetup *setup)
{
  g_autofree char *run_id
      = request->run_id != NULL ? g_strdup (request->run_id) : host_workspace_new_run_id ();

  return run_state_new (run_id, setup->definition->name, (const char *const *)setup->step_names);
}

static void
keep_given_inputs (RunState *state, const char *const *overrides)
{
  for (gsize i = 0; overrides != NULL && overrides[i] != NULL; i++)
    {
      const char *key = overrides[i] + strlen (INPUT_PREFIX);
      const char *equals = strchr (overrides[i], '=');

      if (!g_str_has_prefix (overrides[i], INPUT_PREFIX) || equals == NULL || equals < key)
        continue;
      g_hash_table_replace (state->inputs, g_strndup (key, (gsize)(equals - key)),
                            g_strdup (equals + 1));
    }
}

static GHashTable *
effective_inputs (const RunSetup *setup, const RunState *state)
{
  GHashTable *inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTable *sources[] = { setup->definition->inputs, state->inputs };
  GHashTableIter iter;
  gpointer key = NULL;
  gpointer value = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_hash_table_iter_init (&iter, sources[i]);
      while (g_hash_table_iter_next (&iter, &key, &value))
        g_hash_table_replace (inputs, g_strdup (key), g_strdup (value));
    }
  return inputs;
}

/* `--from`: the user vouches for the stages before it. */
static void
take_as_done (RunState *state, guint from)
{
  for (guint i = 0; i < from; i++)
    {
      RunStage *stage = g_ptr_array_index (state->stages, i);

      stage->status = RUN_STAGE_DONE;
    }
}

static gboolean
check_inputs (const RunPlan *self, const RunSetup *setup, GError **error)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();

  for (guint i = 0; i < self->end; i++)
    {
      const RunSetupStep *step = g_ptr_array_index (setup->steps, i);
      const RunStage *record = g_ptr_array_index (self->state->stages, i);

      if (step->stage != NULL && step->stage->command != NULL && record->status != RUN_STAGE_DONE)
        pipeline_definition_check_inputs (setup->definition, step->stage, self->inputs,
                                          PIPELINE_PROBLEM_ERROR, problems);
    }
  if (problems->len == 0)
    return TRUE;
  g_autofree char *first = pipeline_problem_to_string (g_ptr_array_index (problems, 0));

  g_set_error (error, RUN_PLAN_ERROR, RUN_PLAN_ERROR_INPUT, "%s; nothing was started", first);
  return FALSE;
}

static guint
count_done (const RunState *state)
{
  guint n_done = 0;

  for (guint i = 0; i < state->stages->len; i++)
    {
      const RunStage *stage = g_ptr_array_index (state->stages, i);

      n_done += stage->status == RUN_STAGE_DONE ? 1 : 0;
    }
  return n_done;
}

static gboolean
goes_on_with (const RunRequest *request, const RunState *found)
{
  return found != NULL && (request->run_id == NULL || strcmp (found->run_id, request->run_id) == 0);
}

/* Brings the found state to where this process begins. Takes @found. */
static RunState *
prepare_state (const RunRequest *request, const RunSetup *setup, RunState *found, guint from)
{
  RunState *state = found;

  if (!goes_on_with (request, found))
    {
      run_state_free (found);
      state = new_state (request, setup);
    }
  else
    run_state_continue (state, (const char *const *)setup->step_names);
  if (request->is_restart)
    run_state_reset_stages (state, 0);
  if (request->from != NULL)
    {
      run_state_reset_stages (state, from);
      take_as_done (state, from);
    }
  keep_given_inputs (state, request->overrides);
  return state;
}

RunPlan *
run_plan_make (const RunRequest *request,
               const char *workspace,
               const RunSetup *setup,
               GError **error)
{
  g_autoptr (RunPlan) self = g_new0 (RunPlan, 1);
  g_autoptr (RunState) found = NULL;
  guint from = 0;

  if (!find_range (request, setup, &from, &self->end, error)
      || !load_state (workspace, &found, error) || !check_run_id (request, found, error)
      || !check_continue (request, found, error))
    return NULL;

  self->is_continued = goes_on_with (request, found);
  if (found != NULL && found->status == RUN_STATUS_DONE && !request->is_restart
      && request->from == NULL)
    {
      self->is_finished = TRUE;
      self->state = g_steal_pointer (&found);
      return g_steal_pointer (&self);
    }

  self->state = prepare_state (request, setup, g_steal_pointer (&found), from);
  self->inputs = effective_inputs (setup, self->state);
  self->n_done = count_done (self->state);
  if (!check_inputs (self, setup, error))
    return NULL;
  return g_steal_pointer (&self);
}
