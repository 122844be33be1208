/* SPDX-License-Identifier: MIT */
/*
 * Purpose: line scanner over the GKeyFile syntax. Pure; any one thread. Values are decoded by
 * GKeyFile itself, so the two cannot disagree about escapes and lists. Must not stop at the first
 * bad line, and must never put a value into a message: it may be a secret in the wrong place.
 */
#include "host/pipeline-key-file.h"

#include <string.h>

#include "host/pipeline-lint.h"
#include "host/pipeline-problem.h"

/** Scan: one pass over a text. */
typedef struct
{
  PipelineKeyFile *file;       /* (borrowed) */
  PipelineKeyFileGroup *group; /* (borrowed) (nullable) the one that lines belong to */
  GPtrArray *problems;         /* (borrowed) */
  guint line;                  /* 1-based */
  gboolean group_was_bad;      /* the last header could not be read: its keys are left out */
} Scan;

static void
entry_free (gpointer data)
{
  PipelineKeyFileEntry *entry = data;

  g_free (entry->key);
  g_free (entry->raw);
  g_free (entry->value);
  g_free (entry);
}

static void
group_free (gpointer data)
{
  PipelineKeyFileGroup *group = data;

  g_hash_table_unref (group->by_key);
  g_ptr_array_unref (group->entries);
  g_free (group->name);
  g_free (group);
}

static PipelineKeyFileGroup *
add_group (PipelineKeyFile *self, const char *name, guint line)
{
  PipelineKeyFileGroup *group = g_new0 (PipelineKeyFileGroup, 1);

  group->name = g_strdup (name);
  group->line = line;
  group->entries = g_ptr_array_new_with_free_func (entry_free);
  group->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  g_ptr_array_add (self->groups, group);
  g_hash_table_insert (self->by_name, group->name, group);
  return group;
}

static PipelineKeyFileEntry *
add_entry (PipelineKeyFileGroup *group, const char *key, guint line)
{
  PipelineKeyFileEntry *entry = g_new0 (PipelineKeyFileEntry, 1);

  entry->key = g_strdup (key);
  entry->line = line;
  g_ptr_array_add (group->entries, entry);
  g_hash_table_insert (group->by_key, entry->key, entry);
  return entry;
}

/* Asked before GKeyFile is: two bad escapes in one value make it set its GError twice (GLib 2.74),
 * and with one it gives both an error and a value. */
static gboolean
has_bad_escape (const char *raw)
{
  for (const char *p = strchr (raw, '\\'); p != NULL; p = strchr (p + 2, '\\'))
    if (p[1] == '\0' || strchr ("sntr\\", p[1]) == NULL)
      return TRUE;
  return FALSE;
}

/* Returns: (transfer full) (nullable): NULL when there is an escape that GKeyFile does not know. */
static char *
decode (const char *raw)
{
  g_autoptr (GKeyFile) decoder = g_key_file_new ();

  if (has_bad_escape (raw))
    return NULL;
  g_key_file_set_value (decoder, "group", "key", raw);
  return g_key_file_get_string (decoder, "group", "key", NULL);
}

/* Returns: (transfer full): what decode() turns back into @value. */
static char *
encode (const char *value)
{
  g_autoptr (GKeyFile) encoder = g_key_file_new ();

  g_key_file_set_string (encoder, "group", "key", value);
  return g_key_file_get_value (encoder, "group", "key", NULL);
}

static gboolean
is_key (const char *key)
{
  for (const char *p = key; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '_' && *p != '.')
      return FALSE;
  return *key != '\0';
}

static void
report (Scan *scan, const char *message)
{
  pipeline_problems_add (scan->problems, PIPELINE_PROBLEM_ERROR, scan->file->file, scan->line, "%s",
                         message);
}

static void
scan_group (Scan *scan, char *line)
{
  char *end = strchr (line, ']');
  PipelineKeyFileGroup *known = NULL;

  scan->group = NULL;
  scan->group_was_bad = TRUE;
  if (end == NULL)
    {
      report (scan, "a group line ends in ']': write [name]");
      return;
    }
  if (end[1] != '\0')
    {
      const char *rest = g_strchug (end + 1);

      report (scan, *rest == '#' ? "a comment must stand on a line of its own"
                                 : "nothing may follow the ']' of a group line");
    }
  *end = '\0';
  if (line[1] == '\0' || strchr (line + 1, '[') != NULL)
    {
      report (scan, "a group needs a name without brackets: write [name]");
      return;
    }
  scan->group_was_bad = FALSE;
  known = g_hash_table_lookup (scan->file->by_name, line + 1);
  if (known != NULL)
    pipeline_problems_add (scan->problems, PIPELINE_PROBLEM_ERROR, scan->file->file, scan->line,
                           "duplicate group [%s], first at line %u", known->name, known->line);
  scan->group = known != NULL ? known : add_group (scan->file, line + 1, scan->line);
}

static void
scan_entry (Scan *scan, char *line)
{
  char *equals = strchr (line, '=');
  const PipelineKeyFileEntry *known = NULL;
  PipelineKeyFileEntry *entry = NULL;

  if (equals == NULL)
    {
      report (scan, *line == ';' ? "a comment starts with '#', not ';'"
                                 : "no '=' in this line: write key=value, or # before a comment");
      return;
    }
  *equals = '\0';
  g_strchomp (line);
  if (!is_key (line))
    {
      report (scan, *line == '\0' ? "no key before the '='"
                                  : "a key consists of letters, digits, '-', '_' and '.'");
      return;
    }
  if (scan->group == NULL)
    {
      if (!scan->group_was_bad)
        report (scan, "this stands before the first [group]");
      return;
    }
  known = pipeline_key_file_entry (scan->group, line);
  if (known != NULL)
    {
      pipeline_problems_add (scan->problems, PIPELINE_PROBLEM_ERROR, scan->file->file, scan->line,
                             "duplicate key '%s' in [%s], first at line %u", line,
                             scan->group->name, known->line);
      return;
    }
  entry = add_entry (scan->group, line, scan->line);
  entry->raw = g_strdup (g_strchug (equals + 1));
  entry->value = decode (entry->raw);
  if (entry->value == NULL)
    pipeline_problems_add (scan->problems, PIPELINE_PROBLEM_ERROR, scan->file->file, scan->line,
                           "'%s' has a bad escape: write \\\\ for a backslash", line);
}

static void
scan_line (Scan *scan, const char *start, gsize length)
{
  g_autofree char *line = NULL;

  if (!g_utf8_validate_len (start, length, NULL))
    {
      report (scan, "this line is not UTF-8 text");
      return;
    }
  line = g_strstrip (g_strndup (start, length));
  if (*line == '\0' || *line == '#')
    return;
  if (*line == '[')
    scan_group (scan, line);
  else
    scan_entry (scan, line);
}

PipelineKeyFile *
pipeline_key_file_parse (const char *data, gsize length, const char *file, GPtrArray *problems)
{
  PipelineKeyFile *self = g_new0 (PipelineKeyFile, 1);
  Scan scan = { .file = self, .problems = problems };
  gsize at = 0;

  self->file = g_strdup (file);
  self->groups = g_ptr_array_new_with_free_func (group_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  if (length >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0)
    at = 3; /* the byte order mark of some editors */
  while (at < length)
    {
      const char *newline = memchr (data + at, '\n', length - at);
      gsize end = newline != NULL ? (gsize)(newline - data) : length;

      scan.line++;
      scan_line (&scan, data + at, end - at);
      at = end + 1;
    }
  return self;
}

/* Returns: (transfer full) (nullable): full group name of what `--set` may write for short. */
static char *
resolve_group (const char *name)
{
  if (strcmp (name, "input") == 0 || strcmp (name, "pipeline") == 0
      || g_str_has_prefix (name, "stage ") || g_str_has_prefix (name, "plugin "))
    return g_strdup (name);
  if (pipeline_lint_is_stage_name (name))
    return g_strconcat ("stage ", name, NULL);
  if (pipeline_lint_is_plugin_name (name))
    return g_strconcat ("plugin ", name, NULL);
  return NULL;
}

void
pipeline_key_file_override (PipelineKeyFile *self, const char *assignment, GPtrArray *problems)
{
  const char *equals = strchr (assignment, '=');
  g_autofree char *left = equals != NULL ? g_strndup (assignment, (gsize)(equals - assignment))
                                         : g_strdup (assignment);
  char *dot = strchr (left, '.');
  g_autofree char *group_name = NULL;
  PipelineKeyFileGroup *group = NULL;
  PipelineKeyFileEntry *entry = NULL;

  if (equals != NULL && dot != NULL)
    {
      *dot = '\0';
      group_name = resolve_group (left);
    }
  if (group_name == NULL || !is_key (dot + 1))
    {
      pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "--set", 0,
                             "write GROUP.KEY=VALUE, where GROUP is input, pipeline, a stage or "
                             "a plugin; not '%.*s'",
                             (int)strcspn (assignment, "="), assignment);
      return;
    }
  if (!g_utf8_validate (equals + 1, -1, NULL))
    {
      pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "--set", 0,
                             "the value of %s.%s is not UTF-8 text", left, dot + 1);
      return;
    }
  group = g_hash_table_lookup (self->by_name, group_name);
  if (group == NULL)
    group = add_group (self, group_name, 0);
  entry = g_hash_table_lookup (group->by_key, dot + 1);
  if (entry == NULL)
    entry = add_entry (group, dot + 1, 0);
  entry->line = 0;
  g_free (entry->value);
  entry->value = g_strdup (equals + 1);
  g_free (entry->raw);
  entry->raw = encode (entry->value);
}

const PipelineKeyFileGroup *
pipeline_key_file_group (const PipelineKeyFile *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

const PipelineKeyFileEntry *
pipeline_key_file_entry (const PipelineKeyFileGroup *group, const char *key)
{
  return group != NULL ? g_hash_table_lookup (group->by_key, key) : NULL;
}

char *
pipeline_key_file_origin (const PipelineKeyFile *self,
                          const PipelineKeyFileGroup *group,
                          const PipelineKeyFileEntry *entry)
{
  const char *blank = strchr (group->name, ' ');

  if (entry->line > 0)
    return g_strdup (self->file);
  return g_strdup_printf ("--set %s.%s", blank != NULL ? blank + 1 : group->name, entry->key);
}

char **
pipeline_key_file_list (const PipelineKeyFileEntry *entry)
{
  g_autoptr (GKeyFile) decoder = g_key_file_new ();
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  g_auto (GStrv) elements = NULL;

  if (entry != NULL && entry->value != NULL)
    {
      g_key_file_set_value (decoder, "group", "key", entry->raw);
      elements = g_key_file_get_string_list (decoder, "group", "key", NULL, NULL);
    }
  for (gsize i = 0; elements != NULL && elements[i] != NULL; i++)
    if (*g_strstrip (elements[i]) != '\0')
      g_ptr_array_add (list, g_strdup (elements[i]));
  g_ptr_array_add (list, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

void
pipeline_key_file_free (PipelineKeyFile *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->groups);
  g_free (self->file);
  g_free (self);
}
