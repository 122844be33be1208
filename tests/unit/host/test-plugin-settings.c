/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/plugin-settings.c: who wins, what is refused, and that no secret is ever
 * repeated.
 */
#include "host/plugin-settings.h"

#include <string.h>

#include "tests/unit/host/host-test.h"

#define CANARY "AIzaCANARY"

static const PipelineSettingSpec specs[] = {
  { "model", PIPELINE_SETTING_STRING, "T_MODEL", "standard", NULL, NULL, NULL, "s" },
  { "clip-count", PIPELINE_SETTING_INTEGER, "T_CLIP_COUNT", "3", "1", "20", NULL, "s" },
  { "ratio", PIPELINE_SETTING_NUMBER, "T_RATIO", NULL, "0.5", "2.5", NULL, "s" },
  { "vertex", PIPELINE_SETTING_BOOLEAN, "T_VERTEX", "false", NULL, NULL, NULL, "s" },
  { "timeout", PIPELINE_SETTING_DURATION, "T_TIMEOUT", "10min", "1s", "2h", NULL, "s" },
  { "provider", PIPELINE_SETTING_CHOICE, "T_PROVIDER", "gemini", NULL, NULL, "gemini;vertex", "s" },
  { "key-file", PIPELINE_SETTING_PATH, "T_KEY_FILE", NULL, NULL, NULL, NULL, "s" },
  { "api-key", PIPELINE_SETTING_SECRET, "T_KEY", NULL, NULL, NULL, NULL, "s" },
};

/** Resolved: a resolution and what it took. */
typedef struct
{
  PipelineDefinition *definition;
  PluginSettings *settings;
  char *findings;
} Resolved;

static void
resolved_clear (Resolved *resolved)
{
  pipeline_definition_unref (resolved->definition);
  plugin_settings_free (resolved->settings);
  g_free (resolved->findings);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Resolved, resolved_clear)

/* @lines: of [plugin veo3]. @override, @variable: (nullable): "veo3.x=y", "T_X=y". */
static void
resolve (Resolved *ret_resolved, const char *lines, const char *override, const char *variable)
{
  g_autofree char *data = g_strconcat ("[pipeline]\nstages=A\nplugins=veo3\n[stage A]\n"
                                       "command=true\n[plugin veo3]\nafter=A\n",
                                       lines, NULL);
  const char *const overrides[] = { override, NULL };
  char *environment[] = { (char *)variable, NULL };
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  PluginSettingsRequest request
      = { .specs = specs, .n_specs = G_N_ELEMENTS (specs), .environment = environment };

  ret_resolved->definition
      = pipeline_definition_parse (data, strlen (data), "/p/p.ini", overrides, problems);
  g_assert_nonnull (ret_resolved->definition);
  request.definition = ret_resolved->definition;
  request.plugin = pipeline_definition_plugin (request.definition, "veo3");
  ret_resolved->settings = plugin_settings_resolve (&request, problems);
  ret_resolved->findings = host_test_problems (problems);
  g_assert_true ((ret_resolved->settings == NULL) == pipeline_problems_have_errors (problems));
}

static void
assert_value (const char *lines,
              const char *override,
              const char *variable,
              const char *key,
              const char *expected)
{
  g_auto (Resolved) resolved = { NULL, NULL, NULL };

  resolve (&resolved, lines, override, variable);
  g_assert_cmpstr (resolved.findings, ==, "");
  g_assert_cmpstr (plugin_settings_get (resolved.settings, key), ==, expected);
}

static void
assert_finding (const char *lines, const char *override, const char *variable, const char *expected)
{
  g_auto (Resolved) resolved = { NULL, NULL, NULL };

  resolve (&resolved, lines, override, variable);
  if (!g_str_has_prefix (resolved.findings, expected))
    g_error ("expected '%s', found:\n%s", expected, resolved.findings);
  g_assert_null (strstr (resolved.findings, CANARY));
}

static const char *
origin_of (const Resolved *resolved, const char *key)
{
  for (gsize i = 0; i < resolved->settings->n_settings; i++)
    if (strcmp (resolved->settings->settings[i].key, key) == 0)
      return resolved->settings->settings[i].origin;
  return NULL;
}

/* Command line, environment, file, default: the strongest that is there wins, and says so. */
static void
test_precedence (void)
{
  g_auto (Resolved) by_default = { NULL, NULL, NULL };
  g_auto (Resolved) by_file = { NULL, NULL, NULL };
  g_auto (Resolved) by_environment = { NULL, NULL, NULL };
  g_auto (Resolved) by_command_line = { NULL, NULL, NULL };

  resolve (&by_default, "", NULL, NULL);
  g_assert_cmpstr (plugin_settings_get (by_default.settings, "model"), ==, "standard");
  g_assert_cmpstr (origin_of (&by_default, "model"), ==, "default");
  resolve (&by_file, "model=f\n", NULL, NULL);
  g_assert_cmpstr (plugin_settings_get (by_file.settings, "model"), ==, "f");
  g_assert_cmpstr (origin_of (&by_file, "model"), ==, "/p/p.ini:8");
  resolve (&by_environment, "model=f\n", NULL, "T_MODEL=e");
  g_assert_cmpstr (plugin_settings_get (by_environment.settings, "model"), ==, "e");
  g_assert_cmpstr (origin_of (&by_environment, "model"), ==, "environment T_MODEL");
  resolve (&by_command_line, "model=f\n", "veo3.model=c", "T_MODEL=e");
  g_assert_cmpstr (plugin_settings_get (by_command_line.settings, "model"), ==, "c");
  g_assert_cmpstr (origin_of (&by_command_line, "model"), ==, "--set");
}

/* An empty or blank variable counts as not set; blanks around a value do not count. */
static void
test_empty_variable (void)
{
  assert_value ("", NULL, "T_MODEL=", "model", "standard");
  assert_value ("", NULL, "T_MODEL=  ", "model", "standard");
  assert_value ("", NULL, "T_CLIP_COUNT= 5 ", "clip-count", "5");
}

/* What nothing sets is left out. */
static void
test_left_out (void)
{
  assert_value ("", NULL, NULL, "ratio", NULL);
  assert_value ("", NULL, NULL, "no-such-key", NULL);
}

/* Durations become milliseconds; a bare number of seconds is for the environment only. */
static void
test_durations (void)
{
  assert_value ("", NULL, NULL, "timeout", "600000ms");
  assert_value ("timeout=90s\n", NULL, NULL, "timeout", "90000ms");
  assert_value ("", NULL, "T_TIMEOUT=600", "timeout", "600000ms");
  assert_value ("", NULL, "T_TIMEOUT=5min", "timeout", "300000ms");
  assert_finding ("timeout=90\n", NULL, NULL, "/p/p.ini:8: timeout: '90' is no duration");
  assert_finding ("", "veo3.timeout=90", NULL, "--set veo3.timeout: timeout: '90' is no duration");
  assert_finding ("", NULL, "T_TIMEOUT=soon", "environment T_TIMEOUT: timeout: 'soon' is no");
}

/* Numbers are checked for syntax and limits. */
static void
test_numbers (void)
{
  assert_value ("clip-count=20\n", NULL, NULL, "clip-count", "20");
  assert_value ("ratio=1.5\n", NULL, NULL, "ratio", "1.5");
  assert_finding ("clip-count=0\n", NULL, NULL,
                  "/p/p.ini:8: clip-count: '0' is too small: at least 1");
  assert_finding ("", NULL, "T_CLIP_COUNT=21",
                  "environment T_CLIP_COUNT: clip-count: '21' is too large: at most 20");
  assert_finding ("clip-count=3.5\n", NULL, NULL,
                  "/p/p.ini:8: clip-count: '3.5' is no whole number");
  assert_finding ("clip-count=99999999999999999999\n", NULL, NULL,
                  "/p/p.ini:8: clip-count: '99999999999999999999' is no whole number");
  assert_finding ("timeout=500ms\n", NULL, NULL,
                  "/p/p.ini:8: timeout: '500ms' is too small: at least 1s");
  assert_finding ("timeout=3h\n", NULL, NULL, "/p/p.ini:8: timeout: '3h' is too large");
  assert_finding ("ratio=0.4\n", NULL, NULL, "/p/p.ini:8: ratio: '0.4' is too small");
  assert_finding ("ratio=2,5\n", NULL, NULL, "/p/p.ini:8: ratio: '2,5' is no number");
  assert_finding ("ratio=inf\n", NULL, NULL, "/p/p.ini:8: ratio: 'inf' is no number");
  assert_finding ("ratio=1e999\n", NULL, NULL, "/p/p.ini:8: ratio: '1e999' is no number");
  assert_finding ("ratio=1-1\n", NULL, NULL, "/p/p.ini:8: ratio: '1-1' is no number");
  assert_finding ("ratio=\n", NULL, NULL, "/p/p.ini:8: ratio: '' is no number");
}

/* A file has one way to write a boolean, the ecosystem's variables have many. */
static void
test_booleans (void)
{
  assert_value ("vertex=true\n", NULL, NULL, "vertex", "true");
  assert_value ("", NULL, "T_VERTEX=True", "vertex", "true");
  assert_value ("", NULL, "T_VERTEX=1", "vertex", "true");
  assert_value ("vertex=true\n", NULL, "T_VERTEX=NO", "vertex", "false");
  assert_finding ("vertex=yes\n", NULL, NULL, "/p/p.ini:8: vertex: 'yes' is neither true nor");
  assert_finding ("", NULL, "T_VERTEX=maybe", "environment T_VERTEX: vertex: 'maybe' is neither");
}

/* One of the choices, or the nearest is named. */
static void
test_choices (void)
{
  assert_value ("provider=vertex\n", NULL, NULL, "provider", "vertex");
  assert_finding ("provider=gemni\n", NULL, NULL,
                  "/p/p.ini:8: provider: 'gemni' is none of gemini, vertex (did you mean "
                  "'gemini'?)");
}

/* Relative paths start at the pipeline file's folder. */
static void
test_paths (void)
{
  assert_value ("key-file=../k\n", NULL, NULL, "key-file", "/k");
  assert_value ("key-file=/a/b\n", NULL, NULL, "key-file", "/a/b");
  assert_value ("", NULL, "T_KEY_FILE=k", "key-file", "/p/k");
  assert_finding ("key-file=\n", NULL, NULL, "/p/p.ini:8: key-file: the path is empty");
}

/* A secret is taken from the environment, and from nowhere else; it is never repeated. */
static void
test_secrets (void)
{
  assert_value ("", NULL, "T_KEY=" CANARY "\n", "api-key", CANARY);
  assert_finding ("api-key=" CANARY "\n", NULL, NULL,
                  "/p/p.ini:8: api-key: this is a secret and taken from the environment only "
                  "(T_KEY)");
  assert_finding ("", "veo3.api-key=" CANARY, "T_KEY=" CANARY,
                  "--set veo3.api-key: api-key: this is a secret");
  assert_finding ("", NULL, "T_KEY=" CANARY " x",
                  "environment T_KEY: api-key: it contains a blank");
  assert_finding ("", NULL, "T_KEY=" CANARY "\xff", "environment T_KEY: api-key: it is not UTF-8");
}

/* Unknown keys come with place and nearest name; `after` belongs to the host. */
static void
test_unknown_keys (void)
{
  assert_finding ("clip-cuont=3\n", NULL, NULL,
                  "/p/p.ini:8: plugin veo3 knows no setting 'clip-cuont' (did you mean "
                  "'clip-count'?)");
  assert_finding ("", "veo3.modle=x", NULL,
                  "--set veo3.modle: plugin veo3 knows no setting 'modle' (did you mean 'model'?)");
}

/* Everything that is wrong is told in one go, in the order of the file. */
static void
test_all_at_once (void)
{
  g_auto (Resolved) resolved = { NULL, NULL, NULL };
  g_auto (GStrv) lines = NULL;

  resolve (&resolved, "vertex=x\nclip-count=x\nfoo=1\n", NULL, NULL);
  lines = g_strsplit (resolved.findings, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_true (g_str_has_prefix (lines[0], "/p/p.ini:8: vertex"));
  g_assert_true (g_str_has_prefix (lines[1], "/p/p.ini:9: clip-count"));
  g_assert_true (g_str_has_prefix (lines[2], "/p/p.ini:10: plugin veo3 knows no"));
}

/* A plugin's own table may be wrong: a bad default and an unknown type are findings, not crashes.
 */
static void
test_bad_table (void)
{
  static const PipelineSettingSpec bad[] = {
    { "a", PIPELINE_SETTING_INTEGER, NULL, "many", NULL, NULL, NULL, "s" },
    { "b", (PipelineSettingType)99, NULL, "x", NULL, NULL, NULL, "s" },
    { "c", PIPELINE_SETTING_CHOICE, NULL, "x", NULL, NULL, NULL, "s" },
  };
  static const char data[] = "[pipeline]\nstages=A\nplugins=p\n[stage A]\ncommand=true\n";
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (PipelineDefinition) definition
      = pipeline_definition_parse (data, strlen (data), "p.ini", NULL, problems);
  PluginSettingsRequest request = { .definition = definition,
                                    .plugin = pipeline_definition_plugin (definition, "p"),
                                    .specs = bad,
                                    .n_specs = G_N_ELEMENTS (bad) };
  g_autofree char *text = NULL;

  g_assert_null (plugin_settings_resolve (&request, problems));
  text = host_test_problems (problems);
  g_assert_cmpstr (text, ==,
                   "default of plugin p: a: 'many' is no whole number\n"
                   "default of plugin p: b: the plugin declares a type of setting that this host "
                   "does not know\n"
                   "default of plugin p: c: 'x' is none of \n");
}

/* Without a list of variables the process's own environment counts; without specs there is
 * nothing. */
static void
test_process_environment (void)
{
  static const char data[] = "[pipeline]\nstages=A\nplugins=p\n[stage A]\ncommand=true\n";
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (PipelineDefinition) definition
      = pipeline_definition_parse (data, strlen (data), "p.ini", NULL, problems);
  PluginSettingsRequest request
      = { .definition = definition, .plugin = pipeline_definition_plugin (definition, "p") };
  g_autoptr (PluginSettings) nothing = plugin_settings_resolve (&request, problems);
  g_autoptr (PluginSettings) model = NULL;

  g_assert_cmpuint (nothing->n_settings, ==, 0);
  g_assert_true (g_setenv ("T_MODEL", "own", TRUE));
  request.specs = specs;
  request.n_specs = 1;
  model = plugin_settings_resolve (&request, problems);
  g_assert_cmpstr (plugin_settings_get (model, "model"), ==, "own");
  g_unsetenv ("T_MODEL");
}

/* The variables that hold secrets are listed, so that stage commands do not get them. */
static void
test_secret_environment (void)
{
  g_auto (GStrv) names = plugin_settings_secret_environment (specs, G_N_ELEMENTS (specs));
  g_auto (GStrv) none = plugin_settings_secret_environment (NULL, 0);

  g_assert_cmpuint (g_strv_length (names), ==, 1);
  g_assert_cmpstr (names[0], ==, "T_KEY");
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/plugin-settings/precedence", test_precedence);
  g_test_add_func ("/host/plugin-settings/empty-variable", test_empty_variable);
  g_test_add_func ("/host/plugin-settings/left-out", test_left_out);
  g_test_add_func ("/host/plugin-settings/durations", test_durations);
  g_test_add_func ("/host/plugin-settings/numbers", test_numbers);
  g_test_add_func ("/host/plugin-settings/booleans", test_booleans);
  g_test_add_func ("/host/plugin-settings/choices", test_choices);
  g_test_add_func ("/host/plugin-settings/paths", test_paths);
  g_test_add_func ("/host/plugin-settings/secrets", test_secrets);
  g_test_add_func ("/host/plugin-settings/unknown-keys", test_unknown_keys);
  g_test_add_func ("/host/plugin-settings/all-at-once", test_all_at_once);
  g_test_add_func ("/host/plugin-settings/bad-table", test_bad_table);
  g_test_add_func ("/host/plugin-settings/process-environment", test_process_environment);
  g_test_add_func ("/host/plugin-settings/secret-environment", test_secret_environment);
  return g_test_run ();
}
