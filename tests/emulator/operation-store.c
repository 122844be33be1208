/* SPDX-License-Identifier: MIT */
/*
 * Operations and prompts in hash tables.
 *
 * Thread model: one thread. An operation has no timer: whether it is done is asked, never told, so
 * a hundred thousand waiting operations cost nothing.
 */
#include "tests/emulator/operation-store.h"

#include "tests/emulator/submit-quota.h"

#include <string.h>

#define SHORT_ID_CHARS 12u
#define INTERACTION_ID_CHARS 24u
#define SHORT_ALPHABET "abcdefghijklmnopqrstuvwxyz0123456789"
#define INTERACTION_ALPHABET SHORT_ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-"

struct _OperationStore
{
  EmulatorScenario *scenario;    /* (borrowed) */
  EmulatorClipMaker *clip_maker; /* (borrowed) */
  SubmitQuota *quota;            /* (owned) */
  GHashTable *prompts;           /* (owned) text as it arrived -> OperationPrompt (owned) */
  GHashTable *operations;        /* (owned) id (borrowed) -> Operation (owned) */
  GHashTable *files;             /* (owned) file id (borrowed) -> Operation (borrowed) */
};

static void
free_prompt (gpointer data)
{
  OperationPrompt *prompt = data;

  g_free (prompt->text);
  emulator_plan_unref (prompt->plan);
  g_free (prompt);
}

static void
free_operation (gpointer data)
{
  Operation *self = data;

  g_free (self->id);
  g_free (self->name);
  g_free (self->file_id);
  g_free (self->model);
  emulator_plan_unref (self->plan);
  emulator_fault_unref (self->content_fault);
  emulator_outcome_unref (self->outcome);
  emulator_clip_unref (self->clip);
  if (self->free_extra != NULL)
    self->free_extra (self->extra);
  g_free (self);
}

OperationStore *
operation_store_new (EmulatorScenario *scenario, EmulatorClipMaker *clip_maker)
{
  OperationStore *self = g_new0 (OperationStore, 1);

  self->scenario = scenario;
  self->clip_maker = clip_maker;
  self->quota = submit_quota_new (emulator_scenario_get_concurrent_quota (scenario),
                                  emulator_scenario_get_minute_quota (scenario));
  self->prompts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_prompt);
  self->operations = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_operation);
  self->files = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
operation_store_free (OperationStore *self)
{
  if (self == NULL)
    return;
  submit_quota_free (self->quota);
  g_hash_table_unref (self->files);
  g_hash_table_unref (self->operations);
  g_hash_table_unref (self->prompts);
  g_free (self);
}

OperationPrompt *
operation_store_get_prompt (OperationStore *self, const gchar *prompt, GError **error)
{
  OperationPrompt *known = g_hash_table_lookup (self->prompts, prompt);
  g_autoptr (EmulatorPlan) plan = NULL;
  g_autofree gchar *text = NULL;

  if (known != NULL)
    return known;
  plan = emulator_scenario_plan_prompt (self->scenario, prompt, &text, error);
  if (plan == NULL)
    return NULL;
  known = g_new0 (OperationPrompt, 1);
  known->text = g_steal_pointer (&text);
  known->plan = g_steal_pointer (&plan);
  known->submits.list = known->plan->faults[EMULATOR_STEP_SUBMIT];
  g_hash_table_insert (self->prompts, g_strdup (prompt), known);
  return known;
}

EmulatorFault *
operation_store_take_submit_fault (OperationStore *self, OperationPrompt *prompt)
{
  EmulatorFault *refusal = submit_quota_refuse (self->quota, g_get_monotonic_time ());

  if (refusal != NULL)
    return refusal;
  if (prompt->submits.list == NULL)
    return emulator_scenario_take_fault (self->scenario, EMULATOR_STEP_SUBMIT);
  return emulator_fault_cursor_take (&prompt->submits);
}

EmulatorFault *
operation_store_take_fault (OperationStore *self, Operation *operation, EmulatorStep step)
{
  if (operation->cursors[step].list == NULL)
    return emulator_scenario_take_fault (self->scenario, step);
  return emulator_fault_cursor_take (&operation->cursors[step]);
}

static gchar *
draw_letters (const gchar *prefix, const gchar *alphabet, guint n_letters)
{
  g_autoptr (GString) id = g_string_new (prefix);

  for (guint i = 0; i < n_letters; i++)
    g_string_append_c (id, alphabet[g_random_int_range (0, (gint32)strlen (alphabet))]);
  return g_string_free (g_steal_pointer (&id), FALSE);
}

static gchar *
new_id (GHashTable *taken, OperationIdShape shape)
{
  gchar *id = NULL;

  do
    {
      g_free (id);
      switch (shape)
        {
        case OPERATION_ID_UUID:
          id = g_uuid_string_random ();
          break;
        case OPERATION_ID_INTERACTION:
          id = draw_letters ("v1_", INTERACTION_ALPHABET, INTERACTION_ID_CHARS);
          break;
        case OPERATION_ID_SHORT:
        default:
          id = draw_letters ("", SHORT_ALPHABET, SHORT_ID_CHARS);
          break;
        }
    }
  while (g_hash_table_contains (taken, id));
  return id;
}

static EmulatorClip *
begin_clip (OperationStore *self, const OperationSpec *spec)
{
  const EmulatorClipSpec clip = {
    .text = spec->prompt->text,
    .duration_s = spec->duration_s,
    .portrait = spec->portrait,
    .synthetic_bytes = spec->prompt->plan->clip_bytes,
  };

  return emulator_clip_maker_get (self->clip_maker, &clip);
}

static EmulatorOutcome *
choose_outcome (OperationStore *self, const OperationSpec *spec)
{
  if (spec->outcome != NULL)
    return spec->outcome;
  if (spec->prompt->plan->outcome != NULL)
    return spec->prompt->plan->outcome;
  return emulator_scenario_take_outcome (self->scenario);
}

Operation *
operation_store_create (OperationStore *self, const OperationSpec *spec)
{
  Operation *operation = g_new0 (Operation, 1);
  EmulatorPlan *plan = spec->prompt->plan;
  gint64 generation_us = plan->generation_us;

  operation->id = new_id (self->operations, spec->id_shape);
  operation->name = g_strconcat (spec->name_prefix, operation->id, NULL);
  operation->file_id = new_id (self->files, OPERATION_ID_SHORT);
  operation->model = g_strdup (spec->model);
  operation->plan = emulator_plan_ref (plan);
  operation->extra = spec->extra;
  operation->free_extra = spec->free_extra;
  for (guint i = 0; i < EMULATOR_N_PROMPT_STEPS; i++)
    operation->cursors[i].list = plan->faults[i];
  operation->outcome = emulator_outcome_ref (choose_outcome (self, spec));
  if (emulator_outcome_has_clip (operation->outcome))
    operation->clip = begin_clip (self, spec);
  if (generation_us == EMULATOR_UNSET_US)
    generation_us = emulator_scenario_get_generation_time (self->scenario, operation->id);
  operation->ready_us = g_get_monotonic_time () + generation_us;
  operation->file_ready_us = operation->ready_us + plan->file_us;
  operation->created_utc_s = g_get_real_time () / G_USEC_PER_SEC;
  submit_quota_take (self->quota, operation, g_get_monotonic_time ());
  g_hash_table_insert (self->operations, operation->id, operation);
  g_hash_table_insert (self->files, operation->file_id, operation);
  return operation;
}

Operation *
operation_store_find (OperationStore *self, const gchar *id)
{
  return g_hash_table_lookup (self->operations, id);
}

Operation *
operation_store_find_name (OperationStore *self, const gchar *name)
{
  const gchar *slash = strrchr (name, '/');
  Operation *operation = operation_store_find (self, slash != NULL ? slash + 1 : name);

  return operation != NULL && g_str_equal (operation->name, name) ? operation : NULL;
}

Operation *
operation_store_find_file (OperationStore *self, const gchar *file_id)
{
  Operation *operation = g_hash_table_lookup (self->files, file_id);

  if (operation == NULL || operation->clip == NULL
      || !operation_is_done (operation, g_get_monotonic_time ())
      || emulator_clip_get_state (operation->clip) != EMULATOR_CLIP_READY)
    return NULL;
  return operation;
}

gboolean
operation_is_done (Operation *self, gint64 now_us)
{
  if (self->outcome->kind == EMULATOR_OUTCOME_NEVER || now_us < self->ready_us)
    return FALSE;
  return self->clip == NULL || emulator_clip_get_state (self->clip) != EMULATOR_CLIP_PENDING;
}

OperationFileState
operation_get_file_state (Operation *self, gint64 now_us)
{
  if (now_us < self->file_ready_us)
    return OPERATION_FILE_PROCESSING;
  return self->outcome->kind == EMULATOR_OUTCOME_FILE_FAILED ? OPERATION_FILE_FAILED
                                                             : OPERATION_FILE_ACTIVE;
}
