/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/placeholder.c.
 */
#include "host/placeholder.h"

/* Returns: (transfer full) (nullable): the first argument of a command, expanded. */
static char *
expand (const char *text, GError **error)
{
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  const char *const argv[] = { text, NULL };
  PlaceholderValues values
      = { .workspace = "/w s", .run_id = "r-1", .stage = "CONTENT", .inputs = inputs };
  g_auto (GStrv) result = NULL;

  g_hash_table_insert (inputs, (gpointer) "url", (gpointer) "it's \"a b\" $(x) @stage@");
  g_hash_table_insert (inputs, (gpointer) "empty", (gpointer) "");
  result = placeholder_expand_argv (argv, &values, error);
  return result != NULL ? g_strdup (result[0]) : NULL;
}

/* Every placeholder is replaced, several in one argument too; '@@' is one '@', and an '@' that
 * opens nothing stays. */
static void
test_expansion (void)
{
  static const char *const cases[][2] = {
    { "", "" },
    { "plain", "plain" },
    { "@workspace@/@run_id@-@stage@", "/w s/r-1-CONTENT" },
    { "a@@b", "a@b" },
    { "@@stage@@", "@stage@" },
    { "me@example.org", "me@example.org" },
    { "@", "@" },
    { "x@", "x@" },
    { "@not a name@", "@not a name@" },
    { "@input.empty@|", "|" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = expand (cases[i][0], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, cases[i][1]);
    }
}

/* A value is data: blanks and quotes stay, one argument stays one, nothing is expanded again. */
static void
test_value_is_data (void)
{
  g_autofree char *text = expand ("--url=@input.url@", NULL);

  g_assert_cmpstr (text, ==, "--url=it's \"a b\" $(x) @stage@");
}

/* All arguments are expanded, in order. */
static void
test_argv (void)
{
  const char *const argv[] = { "@stage@", "", "x", NULL };
  PlaceholderValues values = { .workspace = "w", .run_id = "r", .stage = "S", .inputs = NULL };
  g_auto (GStrv) result = placeholder_expand_argv (argv, &values, NULL);

  g_assert_cmpuint (g_strv_length (result), ==, 3);
  g_assert_cmpstr (result[0], ==, "S");
  g_assert_cmpstr (result[1], ==, "");
  g_assert_cmpstr (result[2], ==, "x");
}

/* A missing input names the stage and what to give, with or without any inputs. */
static void
test_unset (void)
{
  const char *const argv[] = { "@input.topic@", NULL };
  PlaceholderValues values = { .workspace = "w", .run_id = "r", .stage = "S", .inputs = NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) bare_error = NULL;

  g_assert_null (expand ("@input.topic@", &error));
  g_assert_error (error, PLACEHOLDER_ERROR, PLACEHOLDER_ERROR_UNSET);
  g_assert_nonnull (g_strrstr (error->message, "stage CONTENT"));
  g_assert_nonnull (g_strrstr (error->message, "--set input.topic="));
  g_assert_null (placeholder_expand_argv (argv, &values, &bare_error));
  g_assert_error (bare_error, PLACEHOLDER_ERROR, PLACEHOLDER_ERROR_UNSET);
}

/* An unknown name is an error with the nearest known one. */
static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (expand ("@workspac@", &error));
  g_assert_error (error, PLACEHOLDER_ERROR, PLACEHOLDER_ERROR_UNKNOWN);
  g_assert_nonnull (g_strrstr (error->message, "did you mean 'workspace'?"));
  g_assert_false (placeholder_is_known ("input."));
  g_assert_false (placeholder_is_known ("input"));
  g_assert_true (placeholder_is_known ("input.x"));
}

/* The names in a text are listed, known or not, without '@@'. */
static void
test_names (void)
{
  g_auto (GStrv) names = placeholder_names ("@stage@ @@ @input.a@@foo@ a@b");

  g_assert_cmpuint (g_strv_length (names), ==, 3);
  g_assert_cmpstr (names[0], ==, "stage");
  g_assert_cmpstr (names[1], ==, "input.a");
  g_assert_cmpstr (names[2], ==, "foo");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/placeholder/expansion", test_expansion);
  g_test_add_func ("/host/placeholder/value-is-data", test_value_is_data);
  g_test_add_func ("/host/placeholder/argv", test_argv);
  g_test_add_func ("/host/placeholder/unset", test_unset);
  g_test_add_func ("/host/placeholder/unknown", test_unknown);
  g_test_add_func ("/host/placeholder/names", test_names);
  return g_test_run ();
}
