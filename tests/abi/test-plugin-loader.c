/* SPDX-License-Identifier: MIT */
/*
 * test-plugin-loader.c: which shared objects the host refuses, and with which words. The hostile
 * plugins beside this file are real shared objects; each breaks one rule.
 */
#include "host/plugin-loader.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUG "; this is a bug of the plugin, report it to its maker"

typedef struct
{
  const char *name;
  PluginLoaderError code;
  const char *message; /* after "plugin PATH: " */
} Refusal;

static const Refusal refusals[] = {
  { "too_new", PLUGIN_LOADER_ERROR_ABI,
    "needs plugin ABI 2, this pipeline_runner has 1; update pipeline_runner" },
  { "too_old", PLUGIN_LOADER_ERROR_ABI,
    "was built for plugin ABI 0, this pipeline_runner has 1; rebuild the plugin" },
  { "short_struct", PLUGIN_LOADER_ERROR_INVALID,
    "its descriptor has 8 bytes, at least 32 are needed; set struct_size to sizeof "
    "(PipelineStagePlugin) and rebuild the plugin" },
  { "no_symbol", PLUGIN_LOADER_ERROR_SYMBOL,
    "does not export pipeline_stage_plugin_query; it is not a stage plugin, name another file" },
  { "null_descriptor", PLUGIN_LOADER_ERROR_INVALID, "its query function returned nothing" BUG },
  { "empty_name", PLUGIN_LOADER_ERROR_INVALID, "its descriptor has no name" BUG },
  { "no_version", PLUGIN_LOADER_ERROR_INVALID, "its descriptor has no version" BUG },
  { "settings_lie", PLUGIN_LOADER_ERROR_INVALID, "it counts settings but lists none" BUG },
  { "start_only", PLUGIN_LOADER_ERROR_INVALID, "it provides start without stop" BUG },
};

static char *
plugin_path (const char *name)
{
  return g_strdup_printf ("%s/lib%s_stage.so", TEST_ABI_DIR, name);
}

static PluginLoader *
new_loader (void)
{
  g_setenv (PLUGIN_LOADER_PATH_VARIABLE, TEST_ABI_DIR, TRUE);
  return plugin_loader_new ();
}

/* Each hostile plugin is refused with its own sentence, which names the file and what to do. */
static void
test_refuses (gconstpointer data)
{
  const Refusal *refusal = data;
  g_autoptr (PluginLoader) loader = new_loader ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = plugin_path (refusal->name);
  g_autofree char *expected = g_strdup_printf ("plugin %s: %s", path, refusal->message);

  g_assert_null (plugin_loader_load (loader, refusal->name, &error));
  g_assert_error (error, PLUGIN_LOADER_ERROR, (gint)refusal->code);
  g_assert_cmpstr (error->message, ==, expected);
}

/* A plugin of the same ABI is loaded, once, with all its hooks. */
static void
test_loads (void)
{
  g_autoptr (PluginLoader) loader = new_loader ();
  g_autoptr (GError) error = NULL;
  const PluginModule *module = plugin_loader_load (loader, "sample", &error);

  g_assert_no_error (error);
  g_assert_nonnull (module);
  g_assert_cmpstr (module->name, ==, "sample");
  g_assert_cmpstr (module->descriptor.version, ==, "1.0");
  g_assert_nonnull (module->descriptor.command_async);
  g_assert_nonnull (module->descriptor.command_help);
  g_assert_true (plugin_loader_load (loader, "sample", &error) == module);
}

/* A newer minor version is fine: what we don't know is ignored. */
static void
test_newer_minor (void)
{
  g_autoptr (PluginLoader) loader = new_loader ();
  g_autoptr (GError) error = NULL;
  const PluginModule *module = plugin_loader_load (loader, "newer_minor", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (module->descriptor.abi_minor, ==, PIPELINE_STAGE_ABI_MINOR + 1);
}

/* What lies beyond a plugin's struct_size counts as not provided. */
static void
test_shortest (void)
{
  g_autoptr (PluginLoader) loader = new_loader ();
  g_autoptr (GError) error = NULL;
  const PluginModule *module = plugin_loader_load (loader, "shortest", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (module->descriptor.summary, ==, "short");
  g_assert_null (module->descriptor.default_after);
  g_assert_cmpuint (module->descriptor.n_settings, ==, 0);
}

/* A plugin of ABI 1.0 keeps its command; the fields of 1.1 that it can't know are not provided. */
static void
test_abi_1_0 (void)
{
  g_autoptr (PluginLoader) loader = new_loader ();
  g_autoptr (GError) error = NULL;
  const PluginModule *module = plugin_loader_load (loader, "older_minor", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (module->descriptor.abi_minor, ==, 0);
  g_assert_nonnull (module->descriptor.command);
  g_assert_null (module->descriptor.command_async);
  g_assert_null (module->descriptor.command_finish);
  g_assert_null (module->descriptor.command_help);
}

static gboolean
dummy_finish (gpointer plugin, GAsyncResult *result, GError **error)
{
  (void)plugin;
  (void)result;
  (void)error;
  return TRUE;
}

static void
dummy_async (gpointer plugin,
             const PipelineStageContext *context,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  (void)plugin;
  (void)context;
  (void)cancellable;
  (void)callback;
  (void)user_data;
}

static gboolean
dummy_end_finish (gpointer plugin, GAsyncResult *result, PipelineOutcome *ret, GError **error)
{
  (void)plugin;
  (void)result;
  (void)ret;
  (void)error;
  return TRUE;
}

static void
assert_invalid (const PipelineStagePlugin *raw, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = g_strdup_printf ("plugin x.so: %s" BUG, what);
  PipelineStagePlugin copy = { .n_settings = 4711 };

  g_assert_false (plugin_loader_check_descriptor ("x.so", raw, &copy, &error));
  g_assert_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpuint (copy.n_settings, ==, 4711);
}

/* Hooks that belong together come together, and settings are described in full. */
static void
test_halves (void)
{
  const PipelineStagePlugin head = { .abi_major = PIPELINE_STAGE_ABI_MAJOR,
                                     .struct_size = sizeof (PipelineStagePlugin),
                                     .name = "x",
                                     .version = "1" };
  const PipelineSettingSpec nameless = { .summary = "s" };
  const PipelineSettingSpec untyped
      = { .key = "k", .summary = "s", .type = (PipelineSettingType)99 };
  const PipelineSettingSpec choiceless
      = { .key = "k", .summary = "s", .type = PIPELINE_SETTING_CHOICE };
  g_autoptr (PluginLoader) loader = new_loader ();
  const PluginModule *sample = plugin_loader_load (loader, "sample", NULL);
  PipelineStagePlugin raw = head;

  raw.run_stage_async = dummy_async;
  assert_invalid (&raw, "it provides run_stage_async without run_stage_finish");
  raw = head;
  raw.run_stage_finish = dummy_finish;
  assert_invalid (&raw, "it provides run_stage_finish without run_stage_async");
  raw = head;
  raw.end_run_async = dummy_async;
  assert_invalid (&raw, "it provides end_run_async without end_run_finish");
  raw = head;
  raw.end_run_finish = dummy_end_finish;
  assert_invalid (&raw, "it provides end_run_finish without end_run_async");

  raw = head;
  raw.command_async = sample->descriptor.command_async;
  assert_invalid (&raw, "it provides command_async without command_finish");
  raw = head;
  raw.command_finish = dummy_end_finish;
  assert_invalid (&raw, "it provides command_finish without command_async");

  raw = head;
  raw.n_settings = 1;
  raw.settings = &nameless;
  assert_invalid (&raw, "one of its settings has no key or no summary");
  raw.settings = &untyped;
  assert_invalid (&raw, "one of its settings has an unknown type");
  raw.settings = &choiceless;
  assert_invalid (&raw, "one of its settings is a choice without choices");
}

/* A text file with the right name is not opened as a plugin. */
static void
test_text_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("loader-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "libtext_stage.so", NULL);
  g_autoptr (PluginLoader) loader = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected
      = g_strdup_printf ("plugin %s: can't be opened: file too short; build it as a shared object "
                         "for this machine, with all its libraries installed",
                         path);

  g_assert_true (g_file_set_contents (path, "hello\n", -1, NULL));
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  g_setenv (PLUGIN_LOADER_PATH_VARIABLE, folder, TRUE);
  loader = plugin_loader_new ();
  g_assert_null (plugin_loader_load (loader, "text", &error));
  g_assert_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_OPEN);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* A file that others may write to is refused before it is opened, and named with its mode. */
static void
test_world_writable (void)
{
  g_autofree char *folder = g_dir_make_tmp ("loader-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "libsample_stage.so", NULL);
  g_autofree char *original = plugin_path ("sample");
  g_autofree char *bytes = NULL;
  gsize length = 0;
  g_autoptr (PluginLoader) loader = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected
      = g_strdup_printf ("plugin %s: others may write to it (mode 0666); run chmod go-w on it",
                         path);

  g_assert_true (g_file_get_contents (original, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize)length, NULL));
  g_assert_cmpint (g_chmod (path, 0666), ==, 0);
  g_setenv (PLUGIN_LOADER_PATH_VARIABLE, folder, TRUE);
  loader = plugin_loader_new ();
  g_assert_null (plugin_loader_load (loader, "sample", &error));
  g_assert_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_UNTRUSTED);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* A file of another user is refused; only root can make one, so others skip this. */
static void
test_foreign_owner (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  int fd = g_file_open_tmp ("libforeign-XXXXXX.so", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  if (fchown (fd, 12345, 12345) != 0)
    g_test_skip ("needs root to make a file of another user");
  else
    {
      expected = g_strdup_printf ("plugin %s: belongs to user id 12345; a plugin must belong to "
                                  "root or to you: copy it or chown it",
                                  path);
      g_assert_false (plugin_loader_check_file (path, &error));
      g_assert_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_UNTRUSTED);
      g_assert_cmpstr (error->message, ==, expected);
    }
  (void)close (fd);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* A folder in a plugin's place, and a path that leads nowhere, are named as what they are. */
static void
test_not_a_file (void)
{
  g_autoptr (PluginLoader) loader = new_loader ();
  g_autoptr (GError) folder = NULL;
  g_autoptr (GError) absent = NULL;

  g_assert_true (plugin_loader_override (loader, "folder=/tmp", NULL));
  g_assert_true (plugin_loader_override (loader, "absent=/nonexistent/x.so", NULL));
  g_assert_null (plugin_loader_load (loader, "folder", &folder));
  g_assert_error (folder, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_UNTRUSTED);
  g_assert_cmpstr (folder->message, ==,
                   "plugin /tmp: not a regular file; name the shared object itself");
  g_assert_null (plugin_loader_load (loader, "absent", &absent));
  g_assert_error (absent, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_NOT_FOUND);
  g_assert_cmpstr (absent->message, ==,
                   "plugin /nonexistent/x.so: No such file or directory; check the path");
}

/* A plugin that is nowhere: the message lists the folders, in order, and the ways out. */
static void
test_not_found (void)
{
  g_autoptr (PluginLoader) loader = NULL;
  g_autoptr (GError) error = NULL;

  g_setenv (PLUGIN_LOADER_PATH_VARIABLE, "/nonexistent/a::relative:/nonexistent/b", TRUE);
  loader = plugin_loader_new ();
  g_assert_null (plugin_loader_load (loader, "nowhere", &error));
  g_assert_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_NOT_FOUND);
  g_assert_true (g_str_has_prefix (error->message, "plugin nowhere: no libnowhere_stage.so in "
                                                   "/nonexistent/a, /nonexistent/b, "));
  g_assert_true (g_str_has_suffix (error->message,
                                   "; install it, add its folder to PIPELINE_PLUGIN_PATH, or name "
                                   "the file with --plugin nowhere=PATH"));
  g_assert_null (strstr (error->message, "relative"));
}

/* `--plugin NAME=PATH` puts another object in NAME's place, and is listed under that name. */
static void
test_override (void)
{
  g_autoptr (PluginLoader) loader = new_loader ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = plugin_path ("sample");
  g_autofree char *assignment = g_strconcat ("mine=", path, NULL);
  g_auto (GStrv) names = NULL;
  const PluginModule *module = NULL;

  g_assert_true (plugin_loader_override (loader, assignment, &error));
  module = plugin_loader_load (loader, "mine", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (module->name, ==, "mine");
  g_assert_cmpstr (module->path, ==, path);
  g_assert_cmpstr (module->descriptor.name, ==, "sample");
  names = plugin_loader_list_names (loader);
  g_assert_true (g_strv_contains ((const char *const *)names, "mine"));
  g_assert_true (g_strv_contains ((const char *const *)names, "too_new"));
}

/* A malformed `--plugin` or name is a usage error that shows the right form. */
static void
test_usage (void)
{
  static const char *const malformed[] = { "veo3", "=x", "veo3=", "a/b=x", "Veo=x" };
  g_autoptr (PluginLoader) loader = new_loader ();
  g_autoptr (GError) bad_name = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (plugin_loader_override (loader, malformed[i], &error));
      g_assert_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_USAGE);
    }
  g_assert_null (plugin_loader_load (loader, "../evil", &bad_name));
  g_assert_error (bad_name, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_USAGE);
  g_assert_cmpstr (bad_name->message, ==,
                   "\"../evil\" can't be the name of a plugin: use lower case letters, digits and "
                   "'_'");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/host/plugin-loader/refuses/", refusals[i].name, NULL);

      g_test_add_data_func (path, &refusals[i], test_refuses);
    }
  g_test_add_func ("/host/plugin-loader/loads", test_loads);
  g_test_add_func ("/host/plugin-loader/newer-minor", test_newer_minor);
  g_test_add_func ("/host/plugin-loader/shortest", test_shortest);
  g_test_add_func ("/host/plugin-loader/abi-1-0", test_abi_1_0);
  g_test_add_func ("/host/plugin-loader/halves", test_halves);
  g_test_add_func ("/host/plugin-loader/text-file", test_text_file);
  g_test_add_func ("/host/plugin-loader/world-writable", test_world_writable);
  g_test_add_func ("/host/plugin-loader/foreign-owner", test_foreign_owner);
  g_test_add_func ("/host/plugin-loader/not-a-file", test_not_a_file);
  g_test_add_func ("/host/plugin-loader/not-found", test_not_found);
  g_test_add_func ("/host/plugin-loader/override", test_override);
  g_test_add_func ("/host/plugin-loader/usage", test_usage);
  return g_test_run ();
}
