/* SPDX-License-Identifier: MIT */
/*
 * The tree's files and the programs that judge them. Blocking; any thread. Must not change a file.
 */
#include "tests/lint/lint-tree.h"

#include <string.h>

#define ENTRY_POINT "pipeline_stage_plugin_query"

static const char *const source_folders[] = { "data", "host", "include", "plugin", "tests" };

/* Files at the top whose names begin with a dot are conventions of tools, and allowed. */
static const char *const allowed_names[] = {
  "LICENSE",     "README.md",         "data",   "host",  "include",
  "meson.build", "meson_options.txt", "plugin", "tests",
};

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
has_suffix (const char *name, const char *const *suffixes)
{
  for (guint i = 0; suffixes[i] != NULL; i++)
    if (g_str_has_suffix (name, suffixes[i]))
      return TRUE;
  return FALSE;
}

static void
list_folder (const char *root, const char *folder, const char *const *suffixes, GPtrArray *files)
{
  g_autofree char *path = g_build_filename (root, folder, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (folder, name, NULL);
      g_autofree char *child_path = g_build_filename (root, child, NULL);

      if (g_str_equal (child, LINT_SAMPLES) || g_file_test (child_path, G_FILE_TEST_IS_SYMLINK))
        continue;
      if (g_file_test (child_path, G_FILE_TEST_IS_DIR))
        list_folder (root, child, suffixes, files);
      else if (has_suffix (name, suffixes))
        g_ptr_array_add (files, g_steal_pointer (&child));
    }
}

GPtrArray *
lint_tree_list (const char *root, const char *const *suffixes)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (source_folders); i++)
    list_folder (root, source_folders[i], suffixes, files);
  g_ptr_array_sort (files, compare_strings);
  return files;
}

/* As far as this tree's .gitignore goes: a pattern per line, slashes only at the ends. */
static gboolean
is_ignored (const char *name, const char *ignored)
{
  g_auto (GStrv) lines = g_strsplit (ignored != NULL ? ignored : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *pattern = lines[i][0] == '/' ? lines[i] + 1 : lines[i];

      if (g_str_has_suffix (pattern, "/"))
        pattern[strlen (pattern) - 1] = '\0';
      if (pattern[0] != '\0' && pattern[0] != '#' && g_pattern_match_simple (pattern, name))
        return TRUE;
    }
  return FALSE;
}

void
lint_tree_check_names (const char *const *names, const char *ignored, GPtrArray *offences)
{
  for (guint i = 0; names[i] != NULL; i++)
    {
      gboolean allowed = names[i][0] == '.' || is_ignored (names[i], ignored);

      for (guint k = 0; k < G_N_ELEMENTS (allowed_names); k++)
        allowed |= g_str_equal (allowed_names[k], names[i]);
      if (!allowed)
        g_ptr_array_add (offences, g_strdup_printf ("%s:1: does not belong at the top of the tree",
                                                    names[i]));
    }
}

void
lint_tree_check_script (const char *path, const char *text, GPtrArray *offences)
{
  const char *first = strchr (text, '\n');
  const char *second = first != NULL ? strchr (first + 1, '\n') : NULL;
  const gssize length = second != NULL ? second - text : -1;

  if (g_strstr_len (text, length, "SPDX-License-Identifier: MIT") == NULL)
    g_ptr_array_add (offences,
                     g_strdup_printf ("%s:1: the first two lines do not name the licence", path));
}

/* Runs a program and takes what it says on either channel. Returns: whether it ended with 0. */
static gboolean
run (const char *folder, char **argv, char **ret_output)
{
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autoptr (GError) error = NULL;
  int status = -1;

  if (!g_spawn_sync (folder, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status,
                     &error))
    g_error ("%s: %s", argv[0], error->message);
  *ret_output = g_strconcat (out, err, NULL);
  return status == 0;
}

gboolean
lint_tree_check_format (const char *root, const char *const *files, GPtrArray *offences)
{
  g_autofree char *program = g_find_program_in_path ("clang-format");
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *output = NULL;
  g_auto (GStrv) lines = NULL;

  if (program == NULL)
    return FALSE;
  g_ptr_array_add (argv, program);
  g_ptr_array_add (argv, (gpointer) "--dry-run");
  g_ptr_array_add (argv, (gpointer) "-Werror");
  for (guint i = 0; files[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)files[i]);
  g_ptr_array_add (argv, NULL);
  if (run (root, (char **)argv->pdata, &output))
    return TRUE;
  lines = g_strsplit (output, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (strstr (lines[i], "error:") != NULL)
      g_ptr_array_add (offences, g_strdup (lines[i]));
  if (offences->len == 0)
    g_ptr_array_add (offences, g_strdup (output));
  return TRUE;
}

/* Sanitizers and coverage export what their runtimes look for. */
static gboolean
is_instrumentation (const char *symbol)
{
  return strstr (symbol, "asan") != NULL || strstr (symbol, "ubsan") != NULL
         || strstr (symbol, "tsan") != NULL || strstr (symbol, "sanitizer") != NULL
         || strstr (symbol, "gcov") != NULL;
}

gboolean
lint_tree_check_symbols (const char *module, GPtrArray *offences)
{
  g_autofree char *program = g_find_program_in_path ("nm");
  char *argv[] = { program, (char *)"-D", (char *)"--defined-only", (char *)module, NULL };
  g_autofree char *output = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean has_entry = FALSE;

  if (program == NULL)
    return FALSE;
  if (!run (NULL, argv, &output))
    g_ptr_array_add (offences, g_strdup_printf ("%s:0: nm: %s", module, output));
  lines = g_strsplit (output, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *space = strrchr (lines[i], ' ');

      if (space == NULL || is_instrumentation (space))
        continue;
      if (g_str_equal (space + 1, ENTRY_POINT))
        has_entry = TRUE;
      else
        g_ptr_array_add (offences, g_strdup_printf ("%s:0: exports %s", module, space + 1));
    }
  if (!has_entry)
    g_ptr_array_add (offences, g_strdup_printf ("%s:0: does not export %s", module, ENTRY_POINT));
  return TRUE;
}
