/* SPDX-License-Identifier: MIT */
/*
 * options.c: see options.h. One table drives parsing, hints and help, so that they can't disagree.
 * Pure but for the number of processors. Must not look at files: whether a workspace exists is not
 * a matter of syntax.
 */
#include "host/options.h"

#include <string.h>

#include "host/nearest-name.h"

typedef enum
{
  KIND_FLAG,
  KIND_TEXT,
  KIND_LIST,
  KIND_JOBS,
  KIND_FAIL_ON,
} Kind;

typedef struct
{
  const char *name; /* long form, with dashes */
  char letter;      /* short form; 0 = none */
  Kind kind;
  OptionsMask mask; /* any of these bits */
  gsize offset;     /* of the field in Builder */
  const char *value;
  const char *help;
} Spec;

/* Lists grow here before they become NULL-terminated arrays. */
typedef struct
{
  Options options;
  GPtrArray *workspaces;
  GPtrArray *plugins;
  GPtrArray *overrides;
  GPtrArray *arguments;
  const char *const *argv; /* (borrowed) */
  gsize index;             /* of the argument that is being read */
  OptionsMask mask;
} Builder;

#define FIELD(name) G_STRUCT_OFFSET (Builder, name)
#define ANY_WORKSPACE (OPTIONS_WORKSPACE | OPTIONS_WORKSPACES)

static const Spec specs[] = {
  { "--workspace", 'w', KIND_LIST, ANY_WORKSPACE, FIELD (workspaces), "DIR",
    "folder of the run; default: the current folder" },
  { "--file", 'f', KIND_TEXT, OPTIONS_FILE, FIELD (options.file), "FILE",
    "pipeline file; default: pipeline.ini in the workspace" },
  { "--run-id", 0, KIND_TEXT, OPTIONS_RUN, FIELD (options.run_id), "ID",
    "id of a new run; default: made from the time" },
  { "--plugin", 0, KIND_LIST, OPTIONS_PLUGIN, FIELD (plugins), "NAME=PATH",
    "another shared object in the place of plugin NAME" },
  { "--from", 0, KIND_TEXT, OPTIONS_RUN, FIELD (options.from), "STAGE",
    "take earlier stages as done and run from this one on anew" },
  { "--until", 0, KIND_TEXT, OPTIONS_RUN, FIELD (options.until), "STAGE",
    "stop after this stage; the run stays unfinished" },
  { "--jobs", 'j', KIND_JOBS, OPTIONS_RUN, FIELD (options.jobs), "N",
    "runs at a time; default: number of processors" },
  { "--set", 0, KIND_LIST, OPTIONS_SET, FIELD (overrides), "GROUP.KEY=VALUE",
    "override a key of the pipeline file, or set input.KEY" },
  { "--restart", 0, KIND_FLAG, OPTIONS_RUN, FIELD (options.is_restart), NULL,
    "run all stages anew; what plugins have paid for is used again" },
  { "--fail-on", 0, KIND_FAIL_ON, OPTIONS_FAIL_ON, FIELD (options.fail_on_partial), "partial",
    "exit 7 when items are missing in the end" },
  { "--json", 0, KIND_FLAG, OPTIONS_JSON, FIELD (options.is_json), NULL,
    "one JSON document on stdout" },
  { "--online", 0, KIND_FLAG, OPTIONS_ONLINE, FIELD (options.is_online), NULL,
    "ask the services as well; never costs anything" },
  { "--watch", 0, KIND_FLAG, OPTIONS_WATCH, FIELD (options.is_watch), NULL,
    "show again at each change, until nothing runs" },
};

#undef FIELD

G_DEFINE_QUARK (options_error_quark, options_error)

static const Spec *
find_long (const char *name, gsize length, OptionsMask mask)
{
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    if ((specs[i].mask & mask) != 0 && strlen (specs[i].name) == length
        && strncmp (specs[i].name, name, length) == 0)
      return &specs[i];
  return NULL;
}

static const Spec *
find_short (char letter, OptionsMask mask)
{
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    if ((specs[i].mask & mask) != 0 && specs[i].letter == letter)
      return &specs[i];
  return NULL;
}

static gboolean
refuse_unknown (const char *argument, OptionsMask mask, GError **error)
{
  const char *known[G_N_ELEMENTS (specs) + 1] = { NULL };
  g_autofree char *name = g_strndup (argument, strcspn (argument, "="));
  g_autofree char *hint = NULL;
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    if ((specs[i].mask & mask) != 0)
      known[n++] = specs[i].name;
  hint = nearest_name_hint (name, known);
  g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "unknown option %s%s", name, hint);
  return FALSE;
}

static gboolean
parse_jobs (const char *value, guint *ret_jobs, GError **error)
{
  guint64 jobs = 0;

  if (!g_ascii_string_to_unsigned (value, 10, 1, 100000, &jobs, NULL))
    {
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE,
                   "--jobs %s: expected a number of runs from 1 to 100000", value);
      return FALSE;
    }
  *ret_jobs = (guint)jobs;
  return TRUE;
}

static gboolean
store (Builder *builder, const Spec *spec, const char *value, GError **error)
{
  gpointer field = G_STRUCT_MEMBER_P (builder, spec->offset);

  switch (spec->kind)
    {
    case KIND_FLAG:
      *(gboolean *)field = TRUE;
      return TRUE;
    case KIND_TEXT:
      g_free (*(char **)field);
      *(char **)field = g_strdup (value);
      return TRUE;
    case KIND_LIST:
      g_ptr_array_add (*(GPtrArray **)field, g_strdup (value));
      return TRUE;
    case KIND_JOBS:
      return parse_jobs (value, field, error);
    case KIND_FAIL_ON:
      if (strcmp (value, "partial") != 0)
        {
          g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE,
                       "--fail-on=%s: the only choice is partial", value);
          return FALSE;
        }
      *(gboolean *)field = TRUE;
      return TRUE;
    }
  return TRUE;
}

/* Takes the present option, and the value after it if need be. @attached: (nullable): value that is
 * part of the same argument. */
static gboolean
take_option (Builder *builder, const Spec *spec, const char *attached, GError **error)
{
  const char *value = attached;

  if (spec->kind == KIND_FLAG && attached != NULL)
    {
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "%s takes no value", spec->name);
      return FALSE;
    }
  if (spec->kind != KIND_FLAG && value == NULL)
    {
      value = builder->argv[builder->index + 1];
      if (value != NULL)
        builder->index++;
    }
  if (spec->kind != KIND_FLAG && (value == NULL || value[0] == '\0'))
    {
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "%s needs a value: %s %s", spec->name,
                   spec->name, spec->value);
      return FALSE;
    }
  return store (builder, spec, value, error);
}

static gboolean
take_argument (Builder *builder, const char *argument, GError **error)
{
  if ((builder->mask & (OPTIONS_ARGUMENTS | OPTIONS_PASS_ON)) == 0)
    {
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "unexpected argument %s", argument);
      return FALSE;
    }
  g_ptr_array_add (builder->arguments, g_strdup (argument));
  return TRUE;
}

static gboolean
take (Builder *builder, GError **error)
{
  const char *argument = builder->argv[builder->index];
  const char *equals = strchr (argument, '=');
  const Spec *spec = NULL;
  const char *attached = NULL;

  if (argument[0] != '-' || argument[1] == '\0')
    return take_argument (builder, argument, error);
  if (argument[1] == '-')
    {
      spec = find_long (argument, strcspn (argument, "="), builder->mask);
      attached = equals != NULL ? equals + 1 : NULL;
    }
  else
    {
      spec = find_short (argument[1], builder->mask);
      attached = argument[2] != '\0' ? argument + 2 : NULL;
    }

  if (spec != NULL)
    return take_option (builder, spec, attached, error);
  if ((builder->mask & OPTIONS_PASS_ON) != 0)
    return take_argument (builder, argument, error);
  return refuse_unknown (argument, builder->mask, error);
}

static char **
to_strv (GPtrArray **array)
{
  g_ptr_array_add (*array, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (array), FALSE);
}

static Options *
build (Builder *builder)
{
  Options *options = g_new0 (Options, 1);

  if (builder->workspaces->len == 0)
    g_ptr_array_add (builder->workspaces, g_strdup ("."));
  *options = builder->options;
  options->workspaces = to_strv (&builder->workspaces);
  options->plugins = to_strv (&builder->plugins);
  options->overrides = to_strv (&builder->overrides);
  options->arguments = to_strv (&builder->arguments);
  if (options->jobs == 0)
    options->jobs = g_get_num_processors ();
  return options;
}

static gboolean
read_all (Builder *builder, GError **error)
{
  const char *const *argv = builder->argv;
  gboolean is_raw = FALSE;

  for (; argv[builder->index] != NULL; builder->index++)
    {
      if (!is_raw && strcmp (argv[builder->index], "--") == 0)
        is_raw = TRUE;
      else if (is_raw && !take_argument (builder, argv[builder->index], error))
        return FALSE;
      else if (!is_raw && !take (builder, error))
        return FALSE;
    }
  if ((builder->mask & OPTIONS_WORKSPACE) != 0 && builder->workspaces->len > 1)
    {
      g_set_error (error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE,
                   "this command works on one workspace; give -w once");
      return FALSE;
    }
  return TRUE;
}

Options *
options_parse (const char *const *argv, OptionsMask mask, GError **error)
{
  Builder builder = { .argv = argv, .mask = mask };
  gboolean ok = FALSE;
  g_autoptr (Options) options = NULL;

  builder.workspaces = g_ptr_array_new ();
  builder.plugins = g_ptr_array_new ();
  builder.overrides = g_ptr_array_new ();
  builder.arguments = g_ptr_array_new ();
  ok = read_all (&builder, error);
  options = build (&builder);
  return ok ? g_steal_pointer (&options) : NULL;
}

void
options_free (Options *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->workspaces);
  g_strfreev (self->plugins);
  g_strfreev (self->overrides);
  g_strfreev (self->arguments);
  g_free (self->file);
  g_free (self->run_id);
  g_free (self->from);
  g_free (self->until);
  g_free (self);
}

gboolean
options_wants_json (const char *const *argv)
{
  return g_strv_contains (argv, "--json");
}

char *
options_describe (OptionsMask mask)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      const Spec *spec = &specs[i];
      g_autofree char *left = NULL;

      if ((spec->mask & mask) == 0)
        continue;
      if (spec->letter != 0)
        left = g_strdup_printf ("-%c, %s", spec->letter, spec->name);
      else
        left = g_strdup_printf ("    %s", spec->name);
      g_string_append_printf (out, "  %s %-*s  %s\n", left, (int)(31 - (int)strlen (left)),
                              spec->value != NULL ? spec->value : "", spec->help);
    }
  return g_string_free (out, FALSE);
}
