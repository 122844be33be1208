/* SPDX-License-Identifier: MIT */
/*
 * The user's side of a schedule, and the merge as a start does it. Single-threaded.
 */
#include "tests/sim/sim-wishes.h"

#include "plugin/application/veo3-job-list.h"
#include "plugin/domain/veo3-prompt.h"

static gint64
pick (SimWishes *wishes, gint64 low, gint64 high)
{
  return veo3_random_range (wishes->random, low, high);
}

/* Odd lengths become even, as they are rounded up to what a model can do. */
#define MODELS                                                                                     \
  "[models]\ndate=2026-11-22\n[simulated *]\nas-of=2026-11-22\nsource=sim\n"                       \
  "durations=2;4;6;8;10;12;14;16\n"

static void
add_wish (SimWishes *wishes, guint clip)
{
  SimWish wish = { .clip = clip, .version = 1, .duration_s = 6, .is_valid = TRUE };

  g_array_append_val (wishes->list, wish);
}

void
sim_wishes_init (SimWishes *wishes, Veo3Random *random)
{
  static const guint sizes[] = { 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3 };
  guint n = sizes[veo3_random_range (random, 0, G_N_ELEMENTS (sizes) - 1)];

  if (veo3_random_range (random, 0, 39) == 0)
    n = (guint)veo3_random_range (random, 4, SIM_MAX_CLIPS);
  *wishes = (SimWishes){ .random = random, .n_clips = n, .are_readable = TRUE };
  wishes->list = g_array_new (FALSE, FALSE, sizeof (SimWish));
  for (guint i = 0; i < n; i++)
    add_wish (wishes, i);
  wishes->model = g_strdup ("model-1");
  wishes->settings.options.aspect_ratio = g_strdup ("9:16");
  wishes->settings.models = veo3_model_table_new_from_text (MODELS, "sim", NULL);
  g_assert_nonnull (wishes->settings.models);
}

void
sim_wishes_clear (SimWishes *wishes)
{
  g_array_unref (wishes->list);
  g_free (wishes->model);
  g_free (wishes->settings.options.aspect_ratio);
  veo3_model_table_free (wishes->settings.models);
}

static SimWish *
get_wish (const SimWishes *wishes, guint index)
{
  return &g_array_index (wishes->list, SimWish, index);
}

static const SimWish *
find_wish (const SimWishes *wishes, guint clip)
{
  for (guint i = 0; i < wishes->list->len; i++)
    if (get_wish (wishes, i)->clip == clip)
      return get_wish (wishes, i);
  return NULL;
}

static const char *
remove_or_add (SimWishes *wishes, guint index)
{
  for (guint clip = 0; clip < wishes->n_clips; clip++)
    if (find_wish (wishes, clip) == NULL)
      {
        add_wish (wishes, clip);
        return "a prompt is asked for again";
      }
  /* An empty list is no list: then nothing speaks against the jobs that are there. */
  if (wishes->list->len == 1)
    return "nothing";
  (void)g_array_remove_index (wishes->list, index);
  return "a prompt is removed";
}

const char *
sim_wishes_change (SimWishes *wishes)
{
  guint index = (guint)pick (wishes, 0, wishes->list->len - 1);
  SimWish *wish = get_wish (wishes, index);

  switch (pick (wishes, 0, 11))
    {
    case 0:
    case 1:
    case 2:
    case 3:
      wish->version++;
      return "a prompt's text changes";
    case 4:
      wish->duration_s = (int)pick (wishes, 4, 8);
      return "a prompt's length changes";
    case 5:
      wish->is_valid = !wish->is_valid;
      return "a prompt is broken or mended";
    case 6:
      {
        SimWish first = *get_wish (wishes, 0);

        *get_wish (wishes, 0) = *wish;
        *wish = first;
        return "prompts change places";
      }
    case 7:
    case 8:
      return remove_or_add (wishes, index);
    case 9:
      wishes->are_readable = !wishes->are_readable;
      return wishes->are_readable ? "the prompts can be read" : "the prompts cannot be read";
    case 10:
      wishes->run_number++;
      return "another run id";
    default:
      g_free (wishes->model);
      wishes->model = g_strdup_printf ("model-%d", (int)pick (wishes, 1, 3));
      return "another model";
    }
}

char *
sim_wishes_dup_run_id (const SimWishes *wishes)
{
  return g_strdup_printf ("run-%u", wishes->run_number);
}

/* With all that JSON has to escape. */
static char *
dup_text (const SimWish *wish)
{
  return g_strdup_printf ("“clip %u”, take %u: \"status\":\"pending\" \\ \n\t\x7f é", wish->clip,
                          wish->version);
}

static Veo3Prompt *
make_prompt (const SimWish *wish)
{
  Veo3Prompt *prompt = g_new0 (Veo3Prompt, 1);

  prompt->variant = g_strdup_printf ("c%u", wish->clip);
  prompt->prompt = dup_text (wish);
  prompt->narrative_anchor = g_strdup ("anchor");
  prompt->duration_s = wish->duration_s;
  prompt->problem = wish->is_valid ? NULL : g_strdup ("veo3_prompts[0].prompt is empty");
  return prompt;
}

static GPtrArray *
make_prompts (const SimWishes *wishes)
{
  GPtrArray *prompts = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_prompt_free);

  for (guint i = 0; i < wishes->list->len; i++)
    g_ptr_array_add (prompts, make_prompt (get_wish (wishes, i)));
  return prompts;
}

GPtrArray *
sim_wishes_merge (SimWishes *wishes, GPtrArray *known, gint64 now_us)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) prompts = wishes->are_readable ? make_prompts (wishes) : NULL;
  g_autofree char *run_id = sim_wishes_dup_run_id (wishes);
  Veo3JobListInput input = { .run_id = run_id,
                             .settings = &wishes->settings,
                             .provider = SIM_PROVIDER,
                             .model = wishes->model,
                             .prompts = prompts,
                             .now_us = now_us };

  return veo3_job_list_merge (&input, known, notes);
}

void
sim_wishes_refill (SimWishes *wishes, Veo3Job *job)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) prompts = wishes->are_readable ? make_prompts (wishes) : NULL;
  g_auto (Veo3JobProblem) problem = { 0 };
  Veo3JobListInput input
      = { .settings = &wishes->settings, .provider = SIM_PROVIDER, .model = wishes->model };

  for (guint i = 0; prompts != NULL && i < prompts->len; i++)
    {
      const Veo3Prompt *prompt = g_ptr_array_index (prompts, i);

      if (g_str_equal (prompt->variant, job->variant) && prompt->problem == NULL)
        veo3_job_list_fill (&input, job, prompt, notes, &problem);
    }
}

gboolean
sim_wishes_is_wanted (const SimWishes *wishes, guint clip, const Veo3ClipRequest *request)
{
  const SimWish *wish = find_wish (wishes, clip);
  g_autofree char *text = NULL;

  if (!wishes->are_readable)
    return TRUE;
  if (wish == NULL || !wish->is_valid)
    return FALSE;
  text = dup_text (wish);
  return g_strcmp0 (text, request->prompt) == 0
         && request->duration_s == wish->duration_s + wish->duration_s % 2;
}
