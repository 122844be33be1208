/* SPDX-License-Identifier: MIT */
/*
 * Scenarios: a strict reader of the key file described in scenario.h, and the lists for all
 * prompts.
 *
 * Thread model: one thread. Must not know requests: it hands out faults and outcomes and counts
 * how many were taken, nothing else.
 */
#include "tests/emulator/scenario.h"

#include "tests/emulator/emulator-words.h"

#include <string.h>

#define DEFAULT_GENERATION_US (10 * (gint64)G_USEC_PER_SEC)
#define DEFAULT_JITTER_PERCENT 20
#define MAX_JITTER_PERCENT 90
#define DEFAULT_TOKEN_LIFETIME_US (3600 * (gint64)G_USEC_PER_SEC)
#define PROMPT_GROUP_PREFIX "prompt "

typedef struct
{
  gchar *words;       /* (owned) */
  EmulatorPlan *plan; /* (owned) */
} PromptGroup;

struct _EmulatorScenario
{
  gint64 generation_us;  /* or EMULATOR_UNSET_US */
  gint64 jitter_percent; /* -1 = by default */
  gint64 file_us;
  gint64 clip_bytes;
  guint concurrent_quota; /* 0 = none */
  guint minute_quota;     /* 0 = none */
  gint64 token_lifetime_us;
  gint64 token_expires_in_us; /* what is told; EMULATOR_UNSET_US = the truth */
  guint manner;               /* EmulatorManner */
  gboolean redirects_downloads;
  GStrv models;                                /* (owned) (nullable) */
  GStrv retired;                               /* (owned) (nullable) */
  GStrv locations;                             /* (owned) (nullable) */
  GPtrArray *lists[EMULATOR_N_STEPS];          /* (owned) (element-type EmulatorFault) */
  EmulatorFaultCursor steps[EMULATOR_N_STEPS]; /* into lists */
  GPtrArray *outcomes;                         /* (owned) (element-type EmulatorOutcome) */
  guint outcome_index;                         /* next entry of outcomes */
  guint outcome_used;                          /* how often that entry was given */
  EmulatorOutcome *success;                    /* (owned) */
  GPtrArray *prompts;                          /* (owned) (element-type PromptGroup) */
};

static void
free_prompt_group (gpointer data)
{
  PromptGroup *group = data;

  g_free (group->words);
  emulator_plan_unref (group->plan);
  g_free (group);
}

static void
unref_fault (gpointer fault)
{
  emulator_fault_unref (fault);
}

static void
unref_outcome (gpointer outcome)
{
  emulator_outcome_unref (outcome);
}

EmulatorScenario *
emulator_scenario_new (void)
{
  EmulatorScenario *self = g_new0 (EmulatorScenario, 1);

  self->generation_us = EMULATOR_UNSET_US;
  self->jitter_percent = -1;
  self->token_lifetime_us = DEFAULT_TOKEN_LIFETIME_US;
  self->token_expires_in_us = EMULATOR_UNSET_US;
  self->clip_bytes = EMULATOR_CLIP_FFMPEG;
  self->redirects_downloads = TRUE;
  for (guint i = 0; i < EMULATOR_N_STEPS; i++)
    {
      self->lists[i] = g_ptr_array_new_with_free_func (unref_fault);
      self->steps[i].list = self->lists[i];
    }
  self->outcomes = g_ptr_array_new_with_free_func (unref_outcome);
  self->success = emulator_outcome_parse ("ok", NULL);
  self->prompts = g_ptr_array_new_with_free_func (free_prompt_group);
  return self;
}

void
emulator_scenario_free (EmulatorScenario *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->models);
  g_strfreev (self->retired);
  g_strfreev (self->locations);
  for (guint i = 0; i < EMULATOR_N_STEPS; i++)
    g_ptr_array_unref (self->lists[i]);
  g_ptr_array_unref (self->outcomes);
  emulator_outcome_unref (self->success);
  g_ptr_array_unref (self->prompts);
  g_free (self);
}

static gboolean
fail_key (GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "unknown key");
  return FALSE;
}

static gboolean
set_jitter (EmulatorScenario *self, const gchar *value, GError **error)
{
  guint64 percent = 0;

  if (!g_ascii_string_to_unsigned (value, 10, 0, MAX_JITTER_PERCENT, &percent, error))
    return FALSE;
  self->jitter_percent = (gint64)percent;
  return TRUE;
}

static gboolean
parse_quota (const gchar *value, guint *ret_quota, GError **error)
{
  guint64 quota = 0;

  if (!g_ascii_string_to_unsigned (value, 10, 1, G_MAXINT, &quota, error))
    return FALSE;
  *ret_quota = (guint)quota;
  return TRUE;
}

static gboolean
set_download (EmulatorScenario *self, const gchar *value, GError **error)
{
  if (!g_str_equal (value, "redirect") && !g_str_equal (value, "direct"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "'%s' is neither redirect nor direct", value);
      return FALSE;
    }
  self->redirects_downloads = g_str_equal (value, "redirect");
  return TRUE;
}

/* Items without the spaces around them and without empty ones. */
static GStrv
split_list (const gchar *value)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) items = g_strsplit (value, ";", -1);

  for (gsize i = 0; items[i] != NULL; i++)
    {
      if (*g_strstrip (items[i]) != '\0')
        g_strv_builder_add (builder, items[i]);
    }
  return g_strv_builder_end (builder);
}

static gboolean
set_emulator_key (EmulatorScenario *self, const gchar *key, const gchar *value, GError **error)
{
  if (g_str_equal (key, "generation-time"))
    return emulator_words_parse_duration (value, &self->generation_us, error);
  if (g_str_equal (key, "file-time"))
    return emulator_words_parse_duration (value, &self->file_us, error);
  if (g_str_equal (key, "omni"))
    return emulator_plan_parse_manner (value, &self->manner, error);
  if (g_str_equal (key, "generation-jitter"))
    return set_jitter (self, value, error);
  if (g_str_equal (key, "quota-concurrent"))
    return parse_quota (value, &self->concurrent_quota, error);
  if (g_str_equal (key, "quota-per-minute"))
    return parse_quota (value, &self->minute_quota, error);
  if (g_str_equal (key, "clip"))
    return emulator_plan_parse_clip (value, &self->clip_bytes, error);
  if (g_str_equal (key, "download"))
    return set_download (self, value, error);
  if (g_str_equal (key, "models") && self->models == NULL)
    self->models = split_list (value);
  else if (g_str_equal (key, "retired-models") && self->retired == NULL)
    self->retired = split_list (value);
  else if (g_str_equal (key, "locations") && self->locations == NULL)
    self->locations = split_list (value);
  else
    return fail_key (error);
  return TRUE;
}

static gboolean
append_outcomes (EmulatorScenario *self, const gchar *value, GError **error)
{
  g_auto (GStrv) items = split_list (value);

  for (gsize i = 0; items[i] != NULL; i++)
    {
      EmulatorOutcome *outcome = emulator_outcome_parse (items[i], error);

      if (outcome == NULL)
        return FALSE;
      g_ptr_array_add (self->outcomes, outcome);
    }
  return TRUE;
}

static gboolean
append_faults (GPtrArray *list, const gchar *value, GError **error)
{
  g_auto (GStrv) items = split_list (value);

  for (gsize i = 0; items[i] != NULL; i++)
    {
      if (!emulator_fault_list_append (list, items[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
set_prompt_key (PromptGroup *group, const gchar *key, const gchar *value, GError **error)
{
  g_auto (GStrv) items = split_list (value);

  for (gsize i = 0; items[i] != NULL; i++)
    {
      if (!emulator_plan_set (group->plan, key, items[i], error))
        return FALSE;
    }
  return TRUE;
}

static PromptGroup *
find_prompt_group (EmulatorScenario *self, const gchar *words)
{
  PromptGroup *group;

  for (guint i = 0; i < self->prompts->len; i++)
    {
      group = g_ptr_array_index (self->prompts, i);
      if (g_str_equal (group->words, words))
        return group;
    }
  group = g_new0 (PromptGroup, 1);
  group->words = g_strdup (words);
  group->plan = emulator_plan_new ();
  g_ptr_array_add (self->prompts, group);
  return group;
}

static gboolean
set_step_key (EmulatorScenario *self,
              EmulatorStep step,
              const gchar *key,
              const gchar *value,
              GError **error)
{
  if (g_str_equal (key, "faults"))
    return append_faults (self->lists[step], value, error);
  if (step == EMULATOR_STEP_TOKEN && g_str_equal (key, "lifetime"))
    return emulator_words_parse_duration (value, &self->token_lifetime_us, error);
  if (step == EMULATOR_STEP_TOKEN && g_str_equal (key, "expires-in"))
    return emulator_words_parse_duration (value, &self->token_expires_in_us, error);
  return fail_key (error);
}

static gboolean
set_key (EmulatorScenario *self,
         const gchar *group,
         const gchar *key,
         const gchar *value,
         GError **error)
{
  EmulatorStep step = EMULATOR_STEP_SUBMIT;

  if (g_str_equal (group, "emulator"))
    return set_emulator_key (self, key, value, error);
  if (g_str_equal (group, "result"))
    return g_str_equal (key, "results") ? append_outcomes (self, value, error) : fail_key (error);
  if (emulator_step_find (group, EMULATOR_N_STEPS, &step))
    return set_step_key (self, step, key, value, error);
  return set_prompt_key (find_prompt_group (self, group + strlen (PROMPT_GROUP_PREFIX)), key, value,
                         error);
}

/* A group without any key would otherwise pass unseen, its name misspelt or not. */
static gboolean
is_known_group (const gchar *group)
{
  EmulatorStep ignored = EMULATOR_STEP_SUBMIT;

  return g_str_equal (group, "emulator") || g_str_equal (group, "result")
         || g_str_has_prefix (group, PROMPT_GROUP_PREFIX)
         || emulator_step_find (group, EMULATOR_N_STEPS, &ignored);
}

static gboolean
load_group (EmulatorScenario *self, GKeyFile *file, const gchar *group, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, error);

  if (keys == NULL)
    return FALSE;
  if (!is_known_group (group))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "[%s]: unknown group; there are emulator, submit, poll, download, file, "
                   "cancel, token, metadata, result, prompt WORDS",
                   group);
      return FALSE;
    }
  for (gsize i = 0; keys[i] != NULL; i++)
    {
      g_autofree gchar *value = g_key_file_get_value (file, group, keys[i], error);

      if (value == NULL || !set_key (self, group, keys[i], value, error))
        {
          g_prefix_error (error, "[%s] %s: ", group, keys[i]);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
emulator_scenario_load (EmulatorScenario *self, const gchar *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    {
      g_prefix_error (error, "scenario %s: ", path);
      return FALSE;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (gsize i = 0; groups[i] != NULL; i++)
    {
      if (!load_group (self, file, groups[i], error))
        {
          g_prefix_error (error, "scenario %s: ", path);
          return FALSE;
        }
    }
  return TRUE;
}

void
emulator_scenario_set_generation_time (EmulatorScenario *self, gint64 generation_us)
{
  self->generation_us = generation_us;
}

void
emulator_scenario_set_quotas (EmulatorScenario *self, guint concurrent, guint per_minute)
{
  if (concurrent > 0)
    self->concurrent_quota = concurrent;
  if (per_minute > 0)
    self->minute_quota = per_minute;
}

guint
emulator_scenario_get_concurrent_quota (EmulatorScenario *self)
{
  return self->concurrent_quota;
}

guint
emulator_scenario_get_minute_quota (EmulatorScenario *self)
{
  return self->minute_quota;
}

void
emulator_scenario_use_synthetic_clips (EmulatorScenario *self, gint64 size_bytes)
{
  self->clip_bytes = size_bytes;
}

gboolean
emulator_scenario_wants_ffmpeg (EmulatorScenario *self)
{
  return self->clip_bytes == EMULATOR_CLIP_FFMPEG;
}

EmulatorPlan *
emulator_scenario_plan_prompt (EmulatorScenario *self,
                               const gchar *prompt,
                               gchar **ret_text,
                               GError **error)
{
  g_autoptr (EmulatorPlan) plan = emulator_plan_new ();

  if (!emulator_plan_read_directives (plan, prompt, ret_text, error))
    return NULL;
  for (guint i = 0; i < self->prompts->len; i++)
    {
      const PromptGroup *group = g_ptr_array_index (self->prompts, i);

      if (strstr (prompt, group->words) == NULL)
        continue;
      emulator_plan_fill_from (plan, group->plan);
      break;
    }
  if (plan->clip_bytes == EMULATOR_CLIP_UNSET)
    plan->clip_bytes = self->clip_bytes;
  if (plan->file_us == EMULATOR_UNSET_US)
    plan->file_us = self->file_us;
  if (plan->manner == EMULATOR_MANNER_USUAL)
    plan->manner = self->manner;
  return g_steal_pointer (&plan);
}

gint64
emulator_scenario_get_generation_time (EmulatorScenario *self, const gchar *operation_id)
{
  const gboolean given = self->generation_us != EMULATOR_UNSET_US;
  const gint64 base_us = given ? self->generation_us : DEFAULT_GENERATION_US;
  const gint64 usual_percent = given ? 0 : DEFAULT_JITTER_PERCENT;
  const gint64 percent = self->jitter_percent >= 0 ? self->jitter_percent : usual_percent;
  const gint64 spread_us = base_us * percent / 100;

  if (spread_us == 0)
    return base_us;
  return base_us - spread_us + (gint64)g_str_hash (operation_id) % (2 * spread_us);
}

EmulatorFault *
emulator_scenario_take_fault (EmulatorScenario *self, EmulatorStep step)
{
  return emulator_fault_cursor_take (&self->steps[step]);
}

EmulatorOutcome *
emulator_scenario_take_outcome (EmulatorScenario *self)
{
  EmulatorOutcome *outcome;

  if (self->outcome_index >= self->outcomes->len)
    return self->success;
  outcome = g_ptr_array_index (self->outcomes, self->outcome_index);
  if (outcome->times == 0)
    return outcome;
  self->outcome_used++;
  if (self->outcome_used >= outcome->times)
    {
      self->outcome_index++;
      self->outcome_used = 0;
    }
  return outcome;
}

gboolean
emulator_scenario_redirects_downloads (EmulatorScenario *self)
{
  return self->redirects_downloads;
}

gint64
emulator_scenario_get_token_lifetime (EmulatorScenario *self, gint64 *ret_expires_in_us)
{
  *ret_expires_in_us = self->token_expires_in_us != EMULATOR_UNSET_US ? self->token_expires_in_us
                                                                      : self->token_lifetime_us;
  return self->token_lifetime_us;
}

const gchar *const *
emulator_scenario_get_locations (EmulatorScenario *self)
{
  return (const gchar *const *)self->locations;
}

const gchar *const *
emulator_scenario_get_models (EmulatorScenario *self)
{
  return (const gchar *const *)self->models;
}

gboolean
emulator_scenario_retires (EmulatorScenario *self, const gchar *model)
{
  return self->retired != NULL
         && (g_strv_contains ((const gchar *const *)self->retired, model)
             || g_strv_contains ((const gchar *const *)self->retired, "all"));
}
