/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3PromptReader: each rule for publishing-assets.json. Single-threaded.
 */
#include "plugin/application/veo3-prompt-reader.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/application/test-workspace.h"

/* @entries: the inside of veo3_prompts[]. */
static GPtrArray *
parse (const char *entries, guint clip_count)
{
  g_autofree char *text = g_strdup_printf ("{\"title\": \"x\", \"veo3_prompts\": [%s]}", entries);
  g_autoptr (GError) error = NULL;
  guint n_found = 0;
  GPtrArray *prompts = veo3_prompt_reader_parse (text, strlen (text), clip_count, &n_found, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (prompts->len, ==, MIN (clip_count, n_found));
  return prompts;
}

static void
assert_parse_error (const char *text, GIOErrorEnum code, const char *words)
{
  g_autoptr (GError) error = NULL;
  guint n_found = 0;

  g_assert_null (veo3_prompt_reader_parse (text, strlen (text), 3, &n_found, &error));
  g_assert_error (error, G_IO_ERROR, (gint)code);
  g_assert_true (g_str_has_prefix (error->message, VEO3_ASSETS_FILE_NAME));
  g_assert_nonnull (strstr (error->message, words));
}

/* A good entry comes out as it stands, unknown members of others notwithstanding. */
static void
test_good (void)
{
  g_autoptr (GPtrArray) prompts
      = parse ("{\"variant\": \"broll\", \"prompt\": \"a cat\", \"duration_s\": 8, "
               "\"narrative_anchor\": \"then\", \"mood\": {\"x\": 1}}",
               3);
  const Veo3Prompt *prompt = g_ptr_array_index (prompts, 0);

  g_assert_null (prompt->problem);
  g_assert_cmpstr (prompt->variant, ==, "broll");
  g_assert_cmpstr (prompt->prompt, ==, "a cat");
  g_assert_cmpstr (prompt->narrative_anchor, ==, "then");
  g_assert_cmpint (prompt->duration_s, ==, 8);
}

/* The cap comes first: what lies behind it is not even looked at. */
static void
test_cap (void)
{
  g_autoptr (GPtrArray) prompts = parse ("{\"variant\": \"a\", \"prompt\": \"\"}, 7, "
                                         "{\"variant\": \"a\", \"prompt\": \"p\"}",
                                         2);

  g_assert_cmpuint (prompts->len, ==, 2);
  g_assert_nonnull (((const Veo3Prompt *)g_ptr_array_index (prompts, 0))->problem);
  g_assert_nonnull (((const Veo3Prompt *)g_ptr_array_index (prompts, 1))->problem);
}

/* A bad entry costs only itself, and its problem names the entry and the field. */
static void
test_bad_entries (void)
{
  static const struct
  {
    const char *entry;
    const char *words;
  } rows[] = {
    { "{\"prompt\": \"p\"}", "veo3_prompts[1].variant is missing" },
    { "{\"variant\": null, \"prompt\": \"p\"}", "veo3_prompts[1].variant is missing" },
    { "{\"variant\": 3, \"prompt\": \"p\"}", "veo3_prompts[1].variant must be" },
    { "{\"variant\": \"\", \"prompt\": \"p\"}", "veo3_prompts[1].variant must be" },
    { "{\"variant\": \"../x\", \"prompt\": \"p\"}", "veo3_prompts[1].variant must be" },
    { "{\"variant\": \"a\\u0000b\", \"prompt\": \"p\"}", "veo3_prompts[1].variant must be" },
    { "{\"variant\": \"x\"}", "veo3_prompts[1].prompt is missing" },
    { "{\"variant\": \"x\", \"prompt\": null}", "veo3_prompts[1].prompt is missing" },
    { "{\"variant\": \"x\", \"prompt\": [\"p\"]}", "veo3_prompts[1].prompt must be a string" },
    { "{\"variant\": \"x\", \"prompt\": \" \\n\"}", "veo3_prompts[1].prompt is empty" },
    { "{\"variant\": \"x\", \"prompt\": \"a\\u0000b\"}",
      "veo3_prompts[1].prompt contains a NUL character" },
    { "{\"variant\": \"x\", \"prompt\": \"p\", \"narrative_anchor\": 3}",
      "veo3_prompts[1].narrative_anchor must be a string" },
    { "{\"variant\": \"x\", \"prompt\": \"p\", \"duration_s\": -1}", "veo3_prompts[1].duration_s" },
    { "\"p\"", "veo3_prompts[1] must be an object" },
    { "null", "veo3_prompts[1] must be an object" },
    { "[]", "veo3_prompts[1] must be an object" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *entries = g_strdup_printf ("{\"variant\": \"a\", \"prompt\": \"p\"}, %s, "
                                                  "{\"variant\": \"b\", \"prompt\": \"q\"}",
                                                  rows[i].entry);
      g_autoptr (GPtrArray) prompts = parse (entries, 5);
      const Veo3Prompt *bad = g_ptr_array_index (prompts, 1);

      g_assert_null (((const Veo3Prompt *)g_ptr_array_index (prompts, 0))->problem);
      g_assert_null (((const Veo3Prompt *)g_ptr_array_index (prompts, 2))->problem);
      g_assert_nonnull (bad->problem);
      g_assert_nonnull (strstr (bad->problem, rows[i].words));
      g_assert_true (veo3_variant_is_valid (bad->variant));
      g_assert_cmpint (bad->duration_s, ==, 0);
    }
}

/* A stand-in for a missing name does not collide with a name that somebody chose. */
static void
test_stand_in (void)
{
  g_autoptr (GPtrArray) prompts = parse ("{\"variant\": \"clip-2\", \"prompt\": \"p\"}, {}, 3", 5);

  g_assert_cmpstr (((const Veo3Prompt *)g_ptr_array_index (prompts, 1))->variant, ==, "clip-2-2");
  g_assert_cmpstr (((const Veo3Prompt *)g_ptr_array_index (prompts, 2))->variant, ==, "clip-3");
}

static const Veo3Prompt *
read_duration (const char *duration, GPtrArray **ret_prompts)
{
  g_autofree char *entry = g_strdup_printf ("{\"variant\": \"a\", \"prompt\": \"p\"%s%s}",
                                            duration != NULL ? ", \"duration_s\": " : "",
                                            duration != NULL ? duration : "");

  *ret_prompts = parse (entry, 3);
  return g_ptr_array_index (*ret_prompts, 0);
}

/* Six seconds in every coat are six seconds, and zero or nothing leaves it to the settings. */
static void
test_durations (void)
{
  static const char *const six[] = { "6", "\"6\"", "6.0", "\" 6 \"", "\"6.0\"", "6e0" };
  static const char *const unsaid[] = { "null", "0", "0.0", "\"0\"", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (six) + G_N_ELEMENTS (unsaid); i++)
    {
      gboolean is_six = i < G_N_ELEMENTS (six);
      g_autoptr (GPtrArray) prompts = NULL;
      const Veo3Prompt *prompt
          = read_duration (is_six ? six[i] : unsaid[i - G_N_ELEMENTS (six)], &prompts);

      g_assert_null (prompt->problem);
      g_assert_cmpint (prompt->duration_s, ==, is_six ? 6 : 0);
    }
}

/* What is no whole number of seconds from 0 to an hour is a problem of that entry. */
static void
test_bad_durations (void)
{
  static const char *const bad[] = { "6.5",
                                     "-1",
                                     "\"x\"",
                                     "true",
                                     "\"\"",
                                     "\"6s\"",
                                     "[6]",
                                     "{}",
                                     "3601",
                                     "1e999",
                                     "99999999999999999999",
                                     "\"inf\"",
                                     "\"nan\"" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GPtrArray) prompts = NULL;
      const Veo3Prompt *prompt = read_duration (bad[i], &prompts);

      g_assert_nonnull (prompt->problem);
      g_assert_nonnull (strstr (prompt->problem, "veo3_prompts[0].duration_s must be"));
      g_assert_cmpint (prompt->duration_s, ==, 0);
    }
}

/* A repeated variant becomes broll-2, broll-3 in the order of the array. */
static void
test_repeated (void)
{
  static const char *const expected[]
      = { "broll", "broll-2", "broll-3", "broll-2-2", "intro", "broll-4" };
  g_autoptr (GPtrArray) prompts = parse ("{\"variant\": \"broll\", \"prompt\": \"1\"},"
                                         "{\"variant\": \"broll\", \"prompt\": \"2\"},"
                                         "{\"variant\": \"broll\", \"prompt\": \"3\"},"
                                         "{\"variant\": \"broll-2\", \"prompt\": \"4\"},"
                                         "{\"variant\": \"intro\", \"prompt\": \"5\"},"
                                         "{\"variant\": \"broll\", \"prompt\": \"6\"}",
                                         9);

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (((const Veo3Prompt *)g_ptr_array_index (prompts, i))->variant, ==,
                     expected[i]);
}

/* No member or an empty array is "nothing to generate", not an error of the file. */
static void
test_nothing (void)
{
  assert_parse_error ("{}", G_IO_ERROR_NOT_FOUND, "has no veo3_prompts");
  assert_parse_error ("{\"veo3_prompts\": null}", G_IO_ERROR_NOT_FOUND, "has no veo3_prompts");
  assert_parse_error ("{\"veo3_prompts\": []}", G_IO_ERROR_NOT_FOUND, "is empty");
}

/* A file that is no such document is refused, with the place where it goes wrong. */
static void
test_malformed (void)
{
  g_autofree char *deep = g_strnfill (100, '[');
  g_autofree char *nested = g_strconcat ("{\"veo3_prompts\": ", deep, NULL);

  assert_parse_error ("{\"veo3_prompts\": [\n  {\"variant\" \"a\"}]}", G_IO_ERROR_INVALID_DATA,
                      "line 2, column 14");
  assert_parse_error ("", G_IO_ERROR_INVALID_DATA, "line 1, column 1");
  assert_parse_error ("[]", G_IO_ERROR_INVALID_DATA, "must be a JSON object");
  assert_parse_error ("null", G_IO_ERROR_INVALID_DATA, "must be a JSON object");
  assert_parse_error ("{\"veo3_prompts\": {}}", G_IO_ERROR_INVALID_DATA, "must be an array");
  assert_parse_error ("{\"veo3_prompts\": [\"\xc3\"]}", G_IO_ERROR_INVALID_DATA, "UTF-8");
  assert_parse_error (nested, G_IO_ERROR_INVALID_DATA, "line 1");
}

/* The file itself: read from the workspace, absent, or not what it should be. */
static void
test_file (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *path = test_workspace_path (workspace, VEO3_ASSETS_FILE_NAME);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) prompts = NULL;
  guint n_found = 0;

  g_assert_null (veo3_prompt_reader_read (workspace->fd, 3, &n_found, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (veo3_prompt_reader_read (workspace->fd, 3, &n_found, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (truncate (path, 0), ==, -1);
  test_workspace_write (workspace, VEO3_ASSETS_FILE_NAME, "{");
  g_assert_cmpint (truncate (path, 16 * 1024 * 1024 + 1), ==, 0);
  g_assert_null (veo3_prompt_reader_read (workspace->fd, 3, &n_found, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);
  test_workspace_write (workspace, VEO3_ASSETS_FILE_NAME,
                        "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"p\"}, 1, 2, 3]}");
  prompts = veo3_prompt_reader_read (workspace->fd, 3, &n_found, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (prompts->len, ==, 3);
  g_assert_cmpuint (n_found, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/prompt-reader/good", test_good);
  g_test_add_func ("/veo3/prompt-reader/cap", test_cap);
  g_test_add_func ("/veo3/prompt-reader/bad-entries", test_bad_entries);
  g_test_add_func ("/veo3/prompt-reader/stand-in", test_stand_in);
  g_test_add_func ("/veo3/prompt-reader/durations", test_durations);
  g_test_add_func ("/veo3/prompt-reader/bad-durations", test_bad_durations);
  g_test_add_func ("/veo3/prompt-reader/repeated", test_repeated);
  g_test_add_func ("/veo3/prompt-reader/nothing", test_nothing);
  g_test_add_func ("/veo3/prompt-reader/malformed", test_malformed);
  g_test_add_func ("/veo3/prompt-reader/file", test_file);
  return g_test_run ();
}
