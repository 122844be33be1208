/* SPDX-License-Identifier: MIT */
/*
 * Lint: the whole tree obeys the rules of its style, and every rule catches a sample that breaks
 * it. Single-threaded; reads the source tree it was built from.
 */
#include "tests/lint/lint-rules.h"
#include "tests/lint/lint-tree.h"

#include <string.h>

/** Rule: one that judges a C file by itself. */
typedef struct
{
  const char *name;
  LintRule check;
} Rule;

/** Sample: a file that breaks one rule, and no other. */
typedef struct
{
  const char *file; /* below the samples' folder */
  const char *path; /* where it pretends to lie */
  const char *rule; /* that it breaks */
  guint n_offences;
  const char *words; /* in the first offence, which begins with "path:line: " */
} Sample;

static const Rule rules[] = {
  { "function-length", lint_check_function_length },
  { "file-length", lint_check_file_length },
  { "nesting", lint_check_nesting },
  { "parameters", lint_check_parameters },
  { "license", lint_check_license },
  { "layers", lint_check_layers },
  { "calls", lint_check_calls },
  { "doc-blocks", lint_check_doc_blocks },
};

static const Sample samples[] = {
  { "long-function.c", "host/a.c", "function-length", 1,
    "host/a.c:7: do_too_much() has 101 lines" },
  { "deep-nesting.c", "host/a.c", "nesting", 1, "host/a.c:5: dig() nests 5 levels" },
  { "many-parameters.c", "host/a.c", "parameters", 1, "host/a.c:6: ask_for_six() has 6" },
  { "no-license.c", "host/a.c", "license", 2, "host/a.c:1: the first line" },
  { "no-purpose.c", "host/a.c", "license", 1, "host/a.c:2: no comment" },
  { "host-includes-plugin.c", "host/a.c", "layers", 1, "host/a.c:6: host/ must not include" },
  { "application-includes-adapters.c", "plugin/application/a.c", "layers", 1,
    "plugin/application/a.c:6: plugin/application/ must not" },
  { "adapter-includes-application.c", "plugin/adapters/a.c", "layers", 2,
    "plugin/adapters/a.c:6: plugin/adapters/ must not" },
  { "domain-includes-gio.c", "plugin/domain/a.c", "layers", 4,
    "plugin/domain/a.c:6: plugin/domain/ is pure" },
  { "calls.c", "plugin/stage/a.c", "calls", 5, "plugin/stage/a.c:10: g_timeout_add" },
  { "clock-in-domain.c", "plugin/domain/a.c", "calls", 2,
    "plugin/domain/a.c:9: g_get_monotonic_time" },
  { "no-doc-block.h", "host/a.h", "doc-blocks", 3, "host/a.h:11: do_undocumented() has no" },
};

static char *
load (const char *path)
{
  g_autofree char *full = g_build_filename (TEST_SOURCE_ROOT, path, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_assert_true (g_file_get_contents (full, &text, NULL, &error));
  g_assert_no_error (error);
  return text;
}

/* Prints every offence and fails the test if there are any. */
static void
assert_clean (const GPtrArray *offences)
{
  for (guint i = 0; i < offences->len; i++)
    g_test_message ("%s", (const char *)g_ptr_array_index (offences, i));
  if (offences->len > 0)
    {
      g_printerr ("%u offences, the first: %s\n", offences->len,
                  (const char *)g_ptr_array_index (offences, 0));
      g_test_fail ();
    }
}

/* The tree's C files obey a rule. */
static void
test_rule (gconstpointer data)
{
  static const char *const suffixes[] = { ".c", ".h", NULL };
  const Rule *rule = data;
  g_autoptr (GPtrArray) files = lint_tree_list (TEST_SOURCE_ROOT, suffixes);
  g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);

  g_assert_cmpuint (files->len, >, 20);
  for (guint i = 0; i < files->len; i++)
    {
      const char *path = g_ptr_array_index (files, i);
      g_autofree char *text = load (path);
      g_autoptr (CSource) source = c_source_new (path, text);

      rule->check (source, offences);
    }
  assert_clean (offences);
}

/* A sample breaks its rule where it should, and no other rule. */
static void
test_sample (gconstpointer data)
{
  const Sample *sample = data;
  g_autofree char *path = g_build_filename (LINT_SAMPLES, sample->file, NULL);
  g_autofree char *text = load (path);
  g_autoptr (CSource) source = c_source_new (sample->path, text);

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);

      rules[i].check (source, offences);
      if (!g_str_equal (rules[i].name, sample->rule))
        {
          assert_clean (offences);
          continue;
        }
      g_assert_cmpuint (offences->len, ==, sample->n_offences);
      g_test_message ("%s", (const char *)g_ptr_array_index (offences, 0));
      g_assert_true (g_str_has_prefix (g_ptr_array_index (offences, 0), sample->words));
    }
}

/* A file of 801 lines is one line too long; one of 800 is not. */
static void
test_file_length_sample (void)
{
  g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *long_text = g_strnfill (801, '\n');
  g_autofree char *text = g_strnfill (800, '\n');
  g_autoptr (CSource) too_long = c_source_new ("host/a.c", long_text);
  g_autoptr (CSource) source = c_source_new ("host/a.c", text);

  lint_check_file_length (source, offences);
  g_assert_cmpuint (offences->len, ==, 0);
  lint_check_file_length (too_long, offences);
  g_assert_cmpuint (offences->len, ==, 1);
}

/* Good code in all the forms the rules have to understand breaks none of them. */
static void
test_good_sample (void)
{
  g_autofree char *text = load (LINT_SAMPLES "/good.h");
  g_autoptr (CSource) source = c_source_new ("host/good.h", text);

  g_assert_cmpuint (source->functions->len, ==, 5);
  g_assert_cmpuint (g_array_index (source->functions, CFunction, 4).nesting, ==, 4);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);

      rules[i].check (source, offences);
      assert_clean (offences);
    }
}

/* Scripts and build files name the licence. */
static void
test_scripts (void)
{
  static const char *const suffixes[] = { ".sh", ".py", "meson.build", NULL };
  g_autoptr (GPtrArray) files = lint_tree_list (TEST_SOURCE_ROOT, suffixes);
  g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < files->len; i++)
    {
      const char *path = g_ptr_array_index (files, i);
      g_autofree char *text = load (path);

      lint_tree_check_script (path, text, offences);
    }
  assert_clean (offences);
  lint_tree_check_script ("a.sh", "#!/bin/sh\nset -eu\n# SPDX-License-Identifier: MIT\n", offences);
  g_assert_cmpuint (offences->len, ==, 1);
}

/* The top of the tree holds what belongs there. */
static void
test_top_level (void)
{
  static const char *const strange[] = { "README.md", ".git", "_build", "notes.txt", NULL };
  g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (TEST_SOURCE_ROOT, 0, NULL);
  g_autofree char *ignored = load (".gitignore");
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, NULL);
  lint_tree_check_names ((const char *const *)names->pdata, ignored, offences);
  assert_clean (offences);
  lint_tree_check_names (strange, "# builds\n/_build*/\n", offences);
  g_assert_cmpuint (offences->len, ==, 1);
  g_assert_true (g_str_has_prefix (g_ptr_array_index (offences, 0), "notes.txt:1: "));
}

/* The formatter would change no file of the tree. */
static void
test_format (void)
{
  static const char *const suffixes[] = { ".c", ".h", NULL };
  g_autoptr (GPtrArray) files = lint_tree_list (TEST_SOURCE_ROOT, suffixes);
  g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (files, NULL);
  if (!lint_tree_check_format (TEST_SOURCE_ROOT, (const char *const *)files->pdata, offences))
    g_test_skip ("clang-format is not installed");
  assert_clean (offences);
}

/* The formatter's rule catches a file in another style. */
static void
test_format_sample (void)
{
  static const char *const files[] = { LINT_SAMPLES "/other-style.c", NULL };
  g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);

  if (!lint_tree_check_format (TEST_SOURCE_ROOT, files, offences))
    g_test_skip ("clang-format is not installed");
  else
    g_assert_cmpuint (offences->len, >, 0);
}

/* A built plugin exports exactly one symbol. */
static void
test_symbols (gconstpointer data)
{
  g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);

  if (!lint_tree_check_symbols (data, offences))
    g_test_skip ("nm is not installed");
  assert_clean (offences);
}

/* The symbols' rule catches a plugin that exports something else, and one without an entry. */
static void
test_symbols_sample (void)
{
  g_autoptr (GPtrArray) offences = g_ptr_array_new_with_free_func (g_free);

  if (!lint_tree_check_symbols (TEST_TALKATIVE_MODULE, offences))
    {
      g_test_skip ("nm is not installed");
      return;
    }
  g_assert_cmpuint (offences->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (offences, 0), "exports talk"));
  g_assert_nonnull (strstr (g_ptr_array_index (offences, 1), "does not export"));
}

static void
add_plugins (void)
{
  g_auto (GStrv) plugins = g_strsplit (TEST_PLUGINS, ":", -1);

  for (guint i = 0; plugins[i] != NULL; i++)
    {
      g_autofree char *name = g_path_get_basename (plugins[i]);
      g_autofree char *path = g_strconcat ("/lint/symbols/", name, NULL);

      if (plugins[i][0] != '\0')
        g_test_add_data_func_full (path, g_strdup (plugins[i]), test_symbols, g_free);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autofree char *path = g_strconcat ("/lint/tree/", rules[i].name, NULL);

      g_test_add_data_func (path, &rules[i], test_rule);
    }
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree char *path = g_strconcat ("/lint/sample/", samples[i].file, NULL);

      g_test_add_data_func (path, &samples[i], test_sample);
    }
  g_test_add_func ("/lint/sample/long-file", test_file_length_sample);
  g_test_add_func ("/lint/sample/good.h", test_good_sample);
  g_test_add_func ("/lint/sample/other-style.c", test_format_sample);
  g_test_add_func ("/lint/sample/talkative.c", test_symbols_sample);
  g_test_add_func ("/lint/tree/scripts", test_scripts);
  g_test_add_func ("/lint/tree/top-level", test_top_level);
  g_test_add_func ("/lint/tree/format", test_format);
  add_plugins ();
  return g_test_run ();
}
