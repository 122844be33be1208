/* SPDX-License-Identifier: MIT */
/*
 * Tests of veo3_command_parse(): which lines are orders, which are not, and why. Whether an order
 * fits a workspace is not its business. Single-threaded.
 */
#include "plugin/stage/veo3-command.h"

#include <glib/gstdio.h>
#include <string.h>

#include "plugin/domain/veo3-prompt.h"
#include "tests/unit/application/test-workspace.h"

static gboolean
parse (const char *line, Veo3Order **ret_order, GError **error)
{
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) local_error = NULL;

  (void)g_shell_parse_argv (line, NULL, &argv, &local_error);
  g_assert_no_error (local_error);
  return veo3_command_parse ((const char *const *)argv, ret_order, error);
}

static void
expect_refused (const char *line, const char *words)
{
  Veo3Order *untouched = GINT_TO_POINTER (1);
  Veo3Order *order = untouched;
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", line);
  g_assert_false (parse (line, &order, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_true (order == untouched);
  if (strstr (error->message, words) == NULL)
    g_error ("expected \"%s\" in: %s", words, error->message);
  g_assert_nonnull (strstr (error->message, "see `pipeline_runner veo3 help`"));
}

/* Each order as people write it: options before, between and behind the clips, their values apart
 * or attached. */
static void
test_good (void)
{
  static const struct
  {
    const char *line;
    Veo3OrderKind kind;
    const char *variants;
    const char *operation_name; /* (nullable) */
    gboolean is_one_look;
  } rows[] = {
    { "collect", VEO3_ORDER_COLLECT, "", NULL, FALSE },
    { "collect a", VEO3_ORDER_COLLECT, "a", NULL, FALSE },
    { "collect b a", VEO3_ORDER_COLLECT, "b a", NULL, FALSE },
    { "collect --no-wait", VEO3_ORDER_COLLECT, "", NULL, TRUE },
    { "collect a --no-wait b", VEO3_ORDER_COLLECT, "a b", NULL, TRUE },
    { "collect --no-wait --no-wait", VEO3_ORDER_COLLECT, "", NULL, TRUE },
    { "regenerate a", VEO3_ORDER_REGENERATE, "a", NULL, FALSE },
    { "regenerate a b a", VEO3_ORDER_REGENERATE, "a b a", NULL, FALSE },
    { "reconcile", VEO3_ORDER_SHOW, "", NULL, FALSE },
    { "reconcile a b", VEO3_ORDER_SHOW, "a b", NULL, FALSE },
    { "reconcile --adopt x/y a", VEO3_ORDER_ADOPT, "a", "x/y", FALSE },
    { "reconcile a --adopt x/y", VEO3_ORDER_ADOPT, "a", "x/y", FALSE },
    { "reconcile --adopt=x/y a", VEO3_ORDER_ADOPT, "a", "x/y", FALSE },
    { "reconcile --adopt=x=y a", VEO3_ORDER_ADOPT, "a", "x=y", FALSE },
    { "reconcile --resubmit a", VEO3_ORDER_RESUBMIT, "a", NULL, FALSE },
    { "reconcile a --resubmit", VEO3_ORDER_RESUBMIT, "a", NULL, FALSE },
    { "reconcile --abandon a", VEO3_ORDER_ABANDON, "a", NULL, FALSE },
    { "cancel", VEO3_ORDER_CANCEL, "", NULL, FALSE },
    { "cancel a b", VEO3_ORDER_CANCEL, "a b", NULL, FALSE },
    { "collect no-wait", VEO3_ORDER_COLLECT, "no-wait", NULL, FALSE },
    { "collect a=b", VEO3_ORDER_COLLECT, "a=b", NULL, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Veo3Order) order = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *variants = NULL;

      g_test_message ("%s", rows[i].line);
      (void)parse (rows[i].line, &order, &error);
      g_assert_no_error (error);
      variants = g_strjoinv (" ", order->variants);
      g_assert_cmpint (order->kind, ==, rows[i].kind);
      g_assert_cmpstr (variants, ==, rows[i].variants);
      g_assert_cmpstr (order->operation_name, ==, rows[i].operation_name);
      g_assert_cmpint (order->is_one_look, ==, rows[i].is_one_look);
      g_assert_null (order->prompt);
    }
}

/* What could be meant in two ways is done in none: least of all what pays. */
static void
test_bad (void)
{
  static const struct
  {
    const char *line;
    const char *words;
  } rows[] = {
    { "fetch", "veo3 has no command fetch" },
    { "Collect", "veo3 has no command Collect" },
    { "--no-wait collect", "veo3 has no command --no-wait" },
    { "collect --wait", "collect has no option --wait" },
    { "collect -n", "collect has no option -n" },
    { "collect -", "collect has no option -" },
    { "collect --", "collect has no option --" },
    { "collect --no-wai", "collect has no option --no-wai" },
    { "collect --no-wait=no", "--no-wait takes no value" },
    { "collect --no-wait=", "--no-wait takes no value" },
    { "collect --prompt-file x", "collect has no option --prompt-file" },
    { "collect --resubmit a", "collect has no option --resubmit" },
    { "regenerate", "regenerate pays again: name the clips" },
    { "regenerate --no-wait a", "regenerate has no option --no-wait" },
    { "regenerate --resubmit a", "regenerate has no option --resubmit" },
    { "regenerate a --prompt-file", "--prompt-file needs a value" },
    { "regenerate a --prompt-file=", "--prompt-file needs a value" },
    { "regenerate a --prompt-file ''", "--prompt-file needs a value" },
    { "reconcile --adopt", "--adopt needs a value" },
    { "reconcile a --adopt", "--adopt needs a value" },
    { "reconcile --adopt= a", "--adopt needs a value" },
    { "reconcile --adopt x", "one clip at a time: name it" },
    { "reconcile --adopt x a b", "one clip at a time: name it" },
    { "reconcile --adopt x a a", "one clip at a time: name it" },
    { "reconcile --adopt x --adopt y a", "one of --adopt, --resubmit and --abandon" },
    { "reconcile --adopt x --resubmit a", "one of --adopt, --resubmit and --abandon" },
    { "reconcile --resubmit --resubmit a", "one of --adopt, --resubmit and --abandon" },
    { "reconcile --abandon --resubmit a", "one of --adopt, --resubmit and --abandon" },
    { "reconcile --resubmit", "one clip at a time: name it" },
    { "reconcile --resubmit a b", "one clip at a time: name it" },
    { "reconcile --resubmit=a b", "--resubmit takes no value" },
    { "reconcile --resubmit=a", "--resubmit takes no value" },
    { "reconcile --abandon", "one clip at a time: name it" },
    { "reconcile --abandon=a b", "--abandon takes no value" },
    { "reconcile --no-wait", "reconcile has no option --no-wait" },
    { "cancel --all", "cancel has no option --all" },
    { "cancel --abandon a", "cancel has no option --abandon" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    expect_refused (rows[i].line, rows[i].words);
}

/* ---- --prompt-file ---- */

typedef struct
{
  TestWorkspace *folder; /* (owned) */
  char *path;            /* (owned) of the prompt file */
  char *line;            /* (owned) an order with it */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->folder = test_workspace_new ();
  fixture->path = test_workspace_path (fixture->folder, "prompt.txt");
  fixture->line = g_strdup_printf ("regenerate a --prompt-file %s", fixture->path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_free (fixture->line);
  g_free (fixture->path);
  test_workspace_free (fixture->folder);
}

static void
write_bytes (Fixture *fixture, const char *bytes, gssize length)
{
  g_autoptr (GError) error = NULL;

  (void)g_file_set_contents (fixture->path, bytes, length, &error);
  g_assert_no_error (error);
}

/* The text counts as it stands there; only the line breaks that end the file are no part of it. */
static void
test_prompt_file (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[][2] = {
    { "a boat", "a boat" },
    { "a boat\n", "a boat" },
    { "a boat\r\n\n", "a boat" },
    { "a boat \n", "a boat " },
    { "\n a boat\nat sea\n", "\n a boat\nat sea" },
    { "ein Bötchen 🛶\n", "ein Bötchen 🛶" },
  };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (Veo3Order) order = NULL;
      g_autoptr (GError) error = NULL;

      write_bytes (fixture, texts[i][0], -1);
      (void)parse (fixture->line, &order, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (order->prompt, ==, texts[i][1]);
      g_assert_cmpint (order->kind, ==, VEO3_ORDER_REGENERATE);
    }
}

/* The longest prompt there may be is taken, and not a byte more; the line break does not count. */
static void
test_prompt_length (Fixture *fixture, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (VEO3_PROMPT_MAX_BYTES, 'x');
  g_autofree char *ended = g_strconcat (longest, "\n", NULL);
  g_autofree char *longer = g_strconcat (longest, "x", NULL);
  g_autoptr (Veo3Order) order = NULL;
  g_autoptr (GError) error = NULL;

  (void)data;
  write_bytes (fixture, ended, -1);
  (void)parse (fixture->line, &order, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (order->prompt), ==, VEO3_PROMPT_MAX_BYTES);
  write_bytes (fixture, longer, -1);
  expect_refused (fixture->line, "the prompt is longer than 32 KiB");
}

/* A file that is no prompt, or not there, is no order. */
static void
test_prompt_bad (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *bytes;
    gssize length;
    const char *words;
  } rows[] = {
    { "", 0, "the prompt is empty" },
    { "\n\r\n", 3, "the prompt is empty" },
    { " \t\n", 3, "the prompt is empty" },
    { "a \xff boat", 8, "the prompt is not valid UTF-8" },
    { "a \xc3", 3, "the prompt is not valid UTF-8" },
    { "a\0boat\n", 7, "the prompt contains a NUL character" },
  };
  g_autofree char *folder_line
      = g_strdup_printf ("regenerate a --prompt-file %s", fixture->folder->path);
  g_autofree char *twice = g_strdup_printf ("%s --prompt-file=%s", fixture->line, fixture->path);
  g_autofree char *two_clips = g_strconcat (fixture->line, " b", NULL);
  g_autofree char *no_clip = g_strdup_printf ("regenerate --prompt-file %s", fixture->path);

  (void)data;
  expect_refused (fixture->line, "No such file or directory");
  expect_refused (folder_line, "--prompt-file: ");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      write_bytes (fixture, rows[i].bytes, rows[i].length);
      expect_refused (fixture->line, rows[i].words);
      expect_refused (fixture->line, fixture->path);
    }
  write_bytes (fixture, "a boat", -1);
  expect_refused (twice, "--prompt-file stands there twice");
  expect_refused (two_clips, "--prompt-file is for one clip");
  expect_refused (no_clip, "regenerate pays again: name the clips");
}

/* The help names every subcommand and every option that is understood. */
static void
test_help (void)
{
  static const char *const words[]
      = { "collect",       "regenerate", "reconcile",  "cancel",   "--no-wait",
          "--prompt-file", "--adopt",    "--resubmit", "--abandon" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_nonnull (strstr (veo3_command_help, words[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/command/good", test_good);
  g_test_add_func ("/veo3/command/bad", test_bad);
  g_test_add_func ("/veo3/command/help", test_help);
  g_test_add ("/veo3/command/prompt-file", Fixture, NULL, set_up, test_prompt_file, tear_down);
  g_test_add ("/veo3/command/prompt-length", Fixture, NULL, set_up, test_prompt_length, tear_down);
  g_test_add ("/veo3/command/prompt-bad", Fixture, NULL, set_up, test_prompt_bad, tear_down);
  return g_test_run ();
}
