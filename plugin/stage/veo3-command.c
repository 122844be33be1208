/* SPDX-License-Identifier: MIT */
/*
 * From argv to an order. No state, any thread. Whether the order fits the workspace is found out
 * where the workspace is read.
 */
#include "plugin/stage/veo3-command.h"

#include <gio/gio.h>
#include <string.h>

#include "plugin/domain/veo3-prompt.h"

const char veo3_command_help[]
    = "pipeline_runner veo3 collect [--no-wait] [CLIP]...\n"
      "    Fetches what the service has: clips that timed out, whose run was stopped, or whose\n"
      "    file is missing. Never sends anything that costs. --no-wait: looks once, and leaves\n"
      "    what is not ready for another time. A cancelled clip is fetched when it is named.\n"
      "pipeline_runner veo3 regenerate CLIP... [--prompt-file FILE]\n"
      "    Pays again: sends each clip once more, with the text of FILE (one clip), else with\n"
      "    what publishing-assets.json says now. The present clip stays as CLIP.N.mp4.\n"
      "pipeline_runner veo3 reconcile [CLIP]...\n"
      "    Shows what is uncertain: a paid request left, and no answer tells what became of it.\n"
      "    Look at the service's console whether it was accepted, then say so:\n"
      "    --adopt OPERATION CLIP   it was accepted, this is its operation; fetch its clip\n"
      "    --resubmit CLIP          it was not accepted: send it again. If it was, you pay twice\n"
      "    --abandon CLIP           forget it\n"
      "pipeline_runner veo3 cancel [CLIP]...\n"
      "    Stops waiting for clips, and asks Gemini Omni to stop making them; what it has\n"
      "    generated until then may be billed. Veo cannot be stopped: what it has accepted is\n"
      "    billed. While a run goes on: interrupt it, cancel, and run again.\n"
      "\n"
      "Exit codes are those of run: 0 all clips are there, 4 not finished at the service, 5 a "
      "paid\n"
      "request is uncertain, 2 the command does not fit; nothing was changed.\n"
      "To use clips that came later, run the stages that need them again:\n"
      "    pipeline_runner run --restart --from STAGE\n";

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "%s; see `pipeline_runner veo3 help`", text);
  return FALSE;
}

/* A command line on its way to an order. */
typedef struct
{
  const char *subcommand;
  const char *const *next; /* what has not been read */
  const char *attached;    /* (nullable) value that is part of the present option's argument */
  Veo3Order *order;        /* (borrowed) */
  GStrvBuilder *variants;  /* (borrowed) */
  guint n_variants;
  gboolean has_choice; /* one of reconcile's */
} Line;

/* ---- --prompt-file ---- */

/* A text file ends in a line break that is no part of the prompt. */
static gboolean
read_prompt_file (const char *path, char **ret_prompt, GError **error)
{
  gsize length_bytes = 0;
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *problem;

  /* The user's word, like any path on the command line: links and pipes are fine. */
  if (!g_file_get_contents (path, &text, &length_bytes, &local_error))
    return refuse (error, "--prompt-file: %s", local_error->message);
  while (length_bytes > 0 && (text[length_bytes - 1] == '\n' || text[length_bytes - 1] == '\r'))
    text[--length_bytes] = '\0';
  problem = veo3_prompt_text_problem (text, length_bytes);
  if (problem != NULL)
    return refuse (error, "--prompt-file %s: the prompt %s", path, problem);
  *ret_prompt = g_steal_pointer (&text);
  return TRUE;
}

/* ---- options ---- */

static gboolean
take_value (Line *line, const char *option, const char **ret_value, GError **error)
{
  const char *value = line->attached;

  if (value == NULL && *line->next != NULL)
    value = *line->next++;
  if (value == NULL || *value == '\0')
    return refuse (error, "%s needs a value", option);
  *ret_value = value;
  return TRUE;
}

static gboolean
choose (Line *line, Veo3OrderKind kind, GError **error)
{
  if (line->has_choice)
    return refuse (error, "reconcile takes one of --adopt, --resubmit and --abandon");
  line->has_choice = TRUE;
  line->order->kind = kind;
  return TRUE;
}

static gboolean
take_choice (Line *line, const char *option, GError **error)
{
  const char *value = NULL;

  if (strcmp (option, "--resubmit") == 0)
    return choose (line, VEO3_ORDER_RESUBMIT, error);
  if (strcmp (option, "--abandon") == 0)
    return choose (line, VEO3_ORDER_ABANDON, error);
  if (!choose (line, VEO3_ORDER_ADOPT, error) || !take_value (line, option, &value, error))
    return FALSE;
  line->order->operation_name = g_strdup (value);
  return TRUE;
}

static gboolean
take_prompt_file (Line *line, const char *option, GError **error)
{
  const char *path = NULL;

  if (line->order->prompt != NULL)
    return refuse (error, "--prompt-file stands there twice");
  return take_value (line, option, &path, error)
         && read_prompt_file (path, &line->order->prompt, error);
}

static gboolean
take_no_wait (Line *line, const char *option, GError **error)
{
  (void)option;
  (void)error;
  line->order->is_one_look = TRUE;
  return TRUE;
}

/* Which options belong to which subcommand. */
static const struct
{
  const char *subcommand;
  const char *option;
  gboolean (*take) (Line *line, const char *option, GError **error);
  gboolean has_value;
} options[] = {
  { "collect", "--no-wait", take_no_wait, FALSE },
  { "regenerate", "--prompt-file", take_prompt_file, TRUE },
  { "reconcile", "--adopt", take_choice, TRUE },
  { "reconcile", "--resubmit", take_choice, FALSE },
  { "reconcile", "--abandon", take_choice, FALSE },
};

static gboolean
take_option (Line *line, const char *word, GError **error)
{
  const char *equals = strchr (word, '=');
  g_autofree char *option
      = equals != NULL ? g_strndup (word, (gsize)(equals - word)) : g_strdup (word);

  line->attached = equals != NULL ? equals + 1 : NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (strcmp (options[i].option, option) == 0
        && strcmp (options[i].subcommand, line->subcommand) == 0)
      {
        /* `--resubmit=a b` would pay for b. */
        if (equals != NULL && !options[i].has_value)
          return refuse (error, "%s takes no value", option);
        return options[i].take (line, option, error);
      }
  return refuse (error, "%s has no option %s", line->subcommand, option);
}

static gboolean
take_all (Line *line, GError **error)
{
  while (*line->next != NULL)
    {
      const char *word = *line->next++;

      if (word[0] == '-')
        {
          if (!take_option (line, word, error))
            return FALSE;
          continue;
        }
      g_strv_builder_add (line->variants, word);
      line->n_variants++;
    }
  return TRUE;
}

/* ---- the subcommands ---- */

static gboolean
check_count (const Line *line, GError **error)
{
  const Veo3Order *order = line->order;

  if (order->kind == VEO3_ORDER_REGENERATE && line->n_variants == 0)
    return refuse (error, "regenerate pays again: name the clips");
  if (order->prompt != NULL && line->n_variants != 1)
    return refuse (error, "--prompt-file is for one clip");
  if (line->has_choice && line->n_variants != 1)
    return refuse (error, "reconcile settles one clip at a time: name it");
  return TRUE;
}

static const struct
{
  const char *name;
  Veo3OrderKind kind;
} subcommands[] = {
  { "collect", VEO3_ORDER_COLLECT },
  { "regenerate", VEO3_ORDER_REGENERATE },
  { "reconcile", VEO3_ORDER_SHOW }, /* unless a choice is made */
  { "cancel", VEO3_ORDER_CANCEL },
};

static gboolean
find_subcommand (const char *name, Veo3OrderKind *ret_kind, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (subcommands); i++)
    if (strcmp (subcommands[i].name, name) == 0)
      {
        *ret_kind = subcommands[i].kind;
        return TRUE;
      }
  return refuse (error, "veo3 has no command %s", name);
}

gboolean
veo3_command_parse (const char *const *argv, Veo3Order **ret_order, GError **error)
{
  g_autoptr (Veo3Order) order = g_new0 (Veo3Order, 1);
  g_autoptr (GStrvBuilder) variants = g_strv_builder_new ();
  Line line = { .subcommand = argv[0], .next = argv + 1, .order = order, .variants = variants };

  if (!find_subcommand (argv[0], &order->kind, error) || !take_all (&line, error)
      || !check_count (&line, error))
    return FALSE;
  order->variants = g_strv_builder_end (variants);
  *ret_order = g_steal_pointer (&order);
  return TRUE;
}
