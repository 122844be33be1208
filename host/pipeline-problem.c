/* SPDX-License-Identifier: MIT */
/*
 * Purpose: the list of findings that all checks of the host share. Plain data; any one thread.
 * Must not print: how findings are shown is the caller's.
 */
#include "host/pipeline-problem.h"

#include <stdlib.h>

static void
pipeline_problem_free (gpointer data)
{
  PipelineProblem *self = data;

  g_free (self->file);
  g_free (self->message);
  g_free (self);
}

GPtrArray *
pipeline_problems_new (void)
{
  return g_ptr_array_new_with_free_func (pipeline_problem_free);
}

gboolean
pipeline_problems_are_full (const GPtrArray *problems)
{
  return problems->len > PIPELINE_PROBLEMS_MAX;
}

void
pipeline_problems_add (GPtrArray *problems,
                       PipelineProblemSeverity severity,
                       const char *file,
                       guint line,
                       const char *format,
                       ...)
{
  PipelineProblem *problem = NULL;
  va_list arguments;

  if (pipeline_problems_are_full (problems))
    return;
  problem = g_new0 (PipelineProblem, 1);
  if (problems->len == PIPELINE_PROBLEMS_MAX)
    {
      severity = PIPELINE_PROBLEM_ERROR; /* what is left out may be one */
      line = 0;
      format = "too many problems: the rest is not shown";
    }
  problem->severity = severity;
  problem->file = g_strdup (file);
  problem->line = line;
  va_start (arguments, format);
  problem->message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (problems, problem);
}

gboolean
pipeline_problems_have_errors (const GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const PipelineProblem *problem = problems->pdata[i];

      if (problem->severity == PIPELINE_PROBLEM_ERROR)
        return TRUE;
    }
  return FALSE;
}

/** Rank: a finding and where it belongs. */
typedef struct
{
  PipelineProblem *problem;
  guint file;  /* order in which the files first appear */
  guint index; /* original place */
} Rank;

static int
compare_ranks (gconstpointer a, gconstpointer b)
{
  const Rank *left = a;
  const Rank *right = b;

  if (left->file != right->file)
    return left->file < right->file ? -1 : 1;
  if (left->problem->line != right->problem->line)
    return left->problem->line < right->problem->line ? -1 : 1;
  return left->index < right->index ? -1 : 1;
}

void
pipeline_problems_sort (GPtrArray *problems)
{
  g_autoptr (GHashTable) files = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree Rank *ranks = g_new0 (Rank, problems->len + 1);

  for (guint i = 0; i < problems->len; i++)
    {
      PipelineProblem *problem = problems->pdata[i];

      if (!g_hash_table_contains (files, problem->file))
        g_hash_table_insert (files, problem->file, GUINT_TO_POINTER (g_hash_table_size (files)));
      ranks[i].problem = problem;
      ranks[i].file = GPOINTER_TO_UINT (g_hash_table_lookup (files, problem->file));
      ranks[i].index = i;
    }
  qsort (ranks, problems->len, sizeof *ranks, compare_ranks);
  for (guint i = 0; i < problems->len; i++)
    problems->pdata[i] = ranks[i].problem;
}

/* What a file says is shown; it must not be able to write to the terminal by control characters. */
static char *
escape_control_characters (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *shown = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c))
        g_string_append_printf (shown, "\\x%02x", c);
      else
        g_string_append_unichar (shown, c);
    }
  return g_string_free (shown, FALSE);
}

char *
pipeline_problem_to_string (const PipelineProblem *problem)
{
  const char *warning = problem->severity == PIPELINE_PROBLEM_WARNING ? "warning: " : "";
  g_autofree char *message = escape_control_characters (problem->message);
  g_autofree char *file = escape_control_characters (problem->file);

  if (problem->line == 0)
    return g_strdup_printf ("%s: %s%s", file, warning, message);
  return g_strdup_printf ("%s:%u: %s%s", file, problem->line, warning, message);
}
