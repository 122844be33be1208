/* SPDX-License-Identifier: MIT */
/*
 * The key file: what is taken, and each reason not to. Single-threaded; runs as root too, for whom
 * modes stop nobody from opening a file. No message may show what is in a file.
 */
#include "plugin/application/veo3-key-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/application/veo3-settings.h"
#include "tests/unit/application/test-workspace.h"

#define CANARY "canary-Zk93hfQ"

static char *
write_key (const TestWorkspace *workspace, const char *text, gssize length, mode_t mode)
{
  char *path = g_build_filename (workspace->path, "key", NULL);

  g_assert_true (g_file_set_contents (path, text, length, NULL));
  g_assert_cmpint (g_chmod (path, (int)mode), ==, 0);
  return path;
}

/* @words: of the refusal */
static void
expect_refusal (const char *path, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *key = veo3_key_file_read (path, &error);

  g_assert_null (key);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (strstr (error->message, CANARY));
}

/* The key comes as it is written, without the line ends behind it, from a file of any closed mode.
 */
static void
test_taken (void)
{
  static const struct
  {
    const char *text;
    mode_t mode;
  } rows[] = {
    { CANARY, 0600 },        { CANARY "\n", 0600 },     { CANARY "\r\n", 0400 },
    { CANARY "\n\n", 0400 }, { CANARY "\r\r\n", 0700 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (TestWorkspace) workspace = test_workspace_new ();
      g_autofree char *path = write_key (workspace, rows[i].text, -1, rows[i].mode);
      g_autoptr (GError) error = NULL;
      g_autofree char *key = veo3_key_file_read (path, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (key, ==, CANARY);
    }
}

/* A key of exactly 4 KiB is taken, one byte more is not, whatever the byte. */
static void
test_size (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *text = g_strnfill (VEO3_KEY_FILE_MAX_BYTES + 1, 'k');
  g_autofree char *path = write_key (workspace, text, VEO3_KEY_FILE_MAX_BYTES, 0600);
  g_autofree char *key = veo3_key_file_read (path, NULL);

  g_assert_nonnull (key);
  g_assert_cmpuint (strlen (key), ==, VEO3_KEY_FILE_MAX_BYTES);
  g_free (write_key (workspace, text, VEO3_KEY_FILE_MAX_BYTES + 1, 0600));
  expect_refusal (path, "larger than 4096 bytes");
  text[VEO3_KEY_FILE_MAX_BYTES] = '\n';
  g_free (write_key (workspace, text, VEO3_KEY_FILE_MAX_BYTES + 1, 0600));
  expect_refusal (path, "larger than 4096 bytes");
}

/* Whatever others may read, write or execute is refused, with the command that mends it. */
static void
test_modes (void)
{
  static const mode_t modes[] = { 0604, 0640, 0620, 0602, 0610, 0601, 0444, 0644, 0777, 0420 };
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *path = write_key (workspace, CANARY, -1, modes[i]);
      g_autofree char *words = g_strdup_printf ("(mode %04o); run: chmod 600 %s", modes[i], path);

      expect_refusal (path, words);
    }
}

/* What could split a header, or is no key, is refused. */
static void
test_texts (void)
{
  static const struct
  {
    const char *text;
    gssize length; /* -1 = up to the NUL */
    const char *words;
  } rows[] = {
    { "", -1, "is empty" },
    { "\n", -1, "is empty" },
    { "\r\n\n", -1, "is empty" },
    { CANARY "\nsecond", -1, "more than one line" },
    { "\n" CANARY, -1, "more than one line" },
    { CANARY "\r\nHost: evil", -1, "more than one line" },
    { CANARY "\revil", -1, "a control character" },
    { CANARY " x", -1, "a blank" },
    { " " CANARY, -1, "a blank" },
    { CANARY " \n", -1, "a blank" },
    { CANARY "\t", -1, "a control character" },
    { CANARY "\0x", sizeof CANARY + 1, "a control character" },
    { CANARY "\x7f", -1, "a control character" },
    { CANARY "\xc3\xa9", -1, "beyond ASCII" },
    { "\xef\xbb\xbf" CANARY, -1, "beyond ASCII" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (TestWorkspace) workspace = test_workspace_new ();
      g_autofree char *path = write_key (workspace, rows[i].text, rows[i].length, 0600);

      expect_refusal (path, rows[i].words);
    }
}

/* Nothing but a plain file is read, and nothing keeps us waiting. */
static void
test_kinds (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *plain = write_key (workspace, CANARY, -1, 0600);
  g_autofree char *link = g_build_filename (workspace->path, "link", NULL);
  g_autofree char *dangling = g_build_filename (workspace->path, "dangling", NULL);
  g_autofree char *fifo = g_build_filename (workspace->path, "fifo", NULL);
  g_autofree char *missing = g_build_filename (workspace->path, "missing", NULL);

  g_assert_cmpint (symlink (plain, link), ==, 0);
  g_assert_cmpint (symlink ("nowhere", dangling), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  expect_refusal (link, "is a symbolic link");
  expect_refusal (dangling, "is a symbolic link");
  expect_refusal (fifo, "is not a regular file");
  expect_refusal (workspace->path, "is not a regular file");
  expect_refusal ("/dev/null", "is not a regular file");
  expect_refusal (missing, "cannot be read: ");
}

/* A file of another user's is not ours to trust, however closed it is. */
static void
test_owner (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *path = write_key (workspace, CANARY, -1, 0600);

  if (chown (path, 65534, (gid_t)-1) != 0)
    {
      g_test_skip ("only root gives files away");
      return;
    }
  expect_refusal (path, "belongs to another user");
}

/* The variable is stronger than the file, which is not even looked at then; without both there is
 * none. */
static void
test_precedence (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *path = write_key (workspace, CANARY "\n", -1, 0600);
  const PipelineSetting both[] = { { "api-key-file", path, "default" },
                                   { "api-key", "stronger", "environment GEMINI_API_KEY" } };
  g_autoptr (Veo3Settings) none = veo3_settings_new (NULL, 0, NULL);
  g_autoptr (Veo3Settings) file = veo3_settings_new (both, 1, NULL);
  g_autoptr (Veo3Settings) variable = veo3_settings_new (both, 2, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *from_file = veo3_settings_dup_key (file, &error);
  g_autofree char *from_variable = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (from_file, ==, CANARY);
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  from_variable = veo3_settings_dup_key (variable, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (from_variable, ==, "stronger");
  g_assert_null (veo3_settings_dup_key (none, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/key-file/taken", test_taken);
  g_test_add_func ("/veo3/key-file/size", test_size);
  g_test_add_func ("/veo3/key-file/modes", test_modes);
  g_test_add_func ("/veo3/key-file/texts", test_texts);
  g_test_add_func ("/veo3/key-file/kinds", test_kinds);
  g_test_add_func ("/veo3/key-file/owner", test_owner);
  g_test_add_func ("/veo3/key-file/precedence", test_precedence);
  return g_test_run ();
}
