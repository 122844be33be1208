/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/pipeline-definition.c, host/pipeline-key-file.c and host/pipeline-lint.c:
 * what a good file means, and the exact finding for each kind of bad line.
 */
#include "host/pipeline-definition.h"

#include <string.h>

#include "host/pipeline-key-file.h"
#include "host/pipeline-lint.h"
#include "tests/unit/host/host-test.h"

#define GOOD                                                                                       \
  "# a pipeline\n"                                                                                 \
  "[pipeline]\n"                                                                                   \
  "name=reels\n"                                                                                   \
  "stages=ROUTER; CONTENT ;VEO3_AWAIT;\n"                                                          \
  "plugins=veo3\n"                                                                                 \
  "\n"                                                                                             \
  "[stage ROUTER]\n"                                                                               \
  "command=/bin/echo 'a b' \"@input.url@\" # note\n"

#define BASE                                                                                       \
  "[pipeline]\n"                                                                                   \
  "stages=A;B\n"                                                                                   \
  "plugins=veo3\n"                                                                                 \
  "[stage A]\n"                                                                                    \
  "command=true\n"                                                                                 \
  "[stage B]\n"                                                                                    \
  "plugin=veo3\n"

/* Returns: (transfer full) (nullable). @ret_text: (transfer full): the findings. */
static PipelineDefinition *
parse (const char *data, const char *const *overrides, char **ret_text)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  PipelineDefinition *definition
      = pipeline_definition_parse (data, strlen (data), "p.ini", overrides, problems);

  *ret_text = host_test_problems (problems);
  g_assert_true ((definition == NULL) == pipeline_problems_have_errors (problems));
  return definition;
}

/* The finding must be there, as a whole line beginning with @expected. */
static void
assert_finding (const char *data, const char *override, const char *expected)
{
  const char *const overrides[] = { override, NULL };
  g_autofree char *text = NULL;
  PipelineDefinition *definition = parse (data, overrides, &text);
  g_autofree char *haystack = g_strconcat ("\n", text, NULL);
  g_autofree char *needle = g_strconcat ("\n", expected, NULL);

  pipeline_definition_unref (definition);
  if (strstr (haystack, needle) == NULL)
    g_error ("for <<%s>> expected '%s', found:\n%s", data, expected, text);
}

/* A whole file: names, commands split without a shell, defaults, durations, lists, settings. */
static void
test_good (void)
{
  static const char data[] = "[pipeline]\r\n"
                             "name = reels \r\n"
                             "stages=ROUTER; CONTENT ;VEO3_AWAIT;\r\n"
                             "plugins=veo3\r\n"
                             "# comment\r\n"
                             "\r\n"
                             "[input]\r\n"
                             "url=http://a/\r\n"
                             "[stage ROUTER]\r\n"
                             "command=/bin/echo 'a b' \"@input.url@\" '# x'\r\n"
                             "[stage CONTENT]\r\n"
                             "command=c\\sd\r\n"
                             "outputs=publishing-assets.json;logs\r\n"
                             "timeout=5min\r\n"
                             "retries=2\r\n"
                             "[stage VEO3_AWAIT]\r\n"
                             "plugin=veo3\r\n"
                             "[plugin veo3]\r\n"
                             "after=CONTENT\r\n"
                             "clip-count=3\r\n"
                             "model=a\\sb\r\n";
  g_autofree char *text = NULL;
  g_autoptr (PipelineDefinition) self = parse (data, NULL, &text);
  const PipelineDefinitionStage *stage = NULL;
  const PipelineDefinitionPlugin *plugin = NULL;
  const PipelineDefinitionSetting *setting = NULL;
  g_auto (GStrv) names = NULL;
  guint index = 9;

  g_assert_cmpstr (text, ==, "");
  g_assert_cmpstr (self->file, ==, "p.ini");
  g_assert_true (g_path_is_absolute (self->folder));
  g_assert_cmpstr (self->name, ==, "reels");
  g_assert_cmpstr (g_hash_table_lookup (self->inputs, "url"), ==, "http://a/");
  names = pipeline_definition_stage_names (self);
  g_assert_cmpuint (g_strv_length (names), ==, 3);
  g_assert_cmpstr (names[2], ==, "VEO3_AWAIT");

  stage = pipeline_definition_stage (self, "ROUTER", NULL);
  g_assert_cmpuint (g_strv_length (stage->command), ==, 4);
  g_assert_cmpstr (stage->command[1], ==, "a b");
  g_assert_cmpstr (stage->command[2], ==, "@input.url@");
  g_assert_cmpint (stage->timeout_ms, ==, PIPELINE_DEFINITION_DEFAULT_TIMEOUT_MS);
  g_assert_cmpuint (stage->line, ==, 9);
  g_assert_cmpuint (g_strv_length (stage->outputs), ==, 0);

  stage = pipeline_definition_stage (self, "CONTENT", &index);
  g_assert_cmpuint (index, ==, 1);
  g_assert_cmpuint (g_strv_length (stage->command), ==, 2);
  g_assert_cmpuint (g_strv_length (stage->outputs), ==, 2);
  g_assert_cmpint (stage->timeout_ms, ==, 300000);
  g_assert_cmpuint (stage->retries, ==, 2);

  stage = pipeline_definition_stage (self, "VEO3_AWAIT", NULL);
  g_assert_null (stage->command);
  g_assert_cmpstr (stage->plugin, ==, "veo3");
  g_assert_cmpint (stage->timeout_ms, ==, 0);
  g_assert_null (pipeline_definition_stage (self, "NONE", NULL));

  plugin = pipeline_definition_plugin (self, "veo3");
  g_assert_cmpstr (plugin->after, ==, "CONTENT");
  g_assert_cmpuint (plugin->settings->len, ==, 2);
  setting = plugin->settings->pdata[1];
  g_assert_cmpstr (setting->key, ==, "model");
  g_assert_cmpstr (setting->value, ==, "a b");
  g_assert_cmpuint (setting->line, ==, 21);
  g_assert_null (pipeline_definition_plugin (self, "fake"));
}

/* The least that is a pipeline; a plugin needs no group; a byte order mark does no harm. */
static void
test_minimal (void)
{
  g_autofree char *text = NULL;
  g_autofree char *more = NULL;
  g_autoptr (PipelineDefinition) self
      = parse ("\xef\xbb\xbf[pipeline]\nstages=A\n[stage A]\ncommand=true", NULL, &text);
  g_autoptr (PipelineDefinition) other = parse (BASE, NULL, &more);
  PipelineDefinition *again = pipeline_definition_ref (self);

  g_assert_cmpstr (text, ==, "");
  g_assert_cmpstr (self->name, ==, "pipeline");
  g_assert_cmpuint (self->plugins->len, ==, 0);
  pipeline_definition_unref (again);
  g_assert_cmpstr (more, ==, "");
  g_assert_null (pipeline_definition_plugin (other, "veo3")->after);
  g_assert_cmpuint (pipeline_definition_plugin (other, "veo3")->line, ==, 0);
}

/* Lines that are no INI at all are each reported with their line. */
static void
test_syntax_findings (void)
{
  assert_finding ("x=1\n" BASE, NULL, "p.ini:1: this stands before the first [group]");
  assert_finding (BASE "oops\n", NULL, "p.ini:8: no '=' in this line");
  assert_finding (BASE "; note\n", NULL, "p.ini:8: a comment starts with '#', not ';'");
  assert_finding (BASE "=1\n", NULL, "p.ini:8: no key before the '='");
  assert_finding (BASE "a b=1\n", NULL, "p.ini:8: a key consists of letters");
  assert_finding (BASE "command[de]=1\n", NULL, "p.ini:8: a key consists of letters");
  assert_finding (BASE "[stage\n", NULL, "p.ini:8: a group line ends in ']'");
  assert_finding (BASE "[]\nx=1\n", NULL, "p.ini:8: a group needs a name");
  assert_finding (BASE "[a[b]\n", NULL, "p.ini:8: a group needs a name");
  assert_finding (BASE "[input] # x\n", NULL, "p.ini:8: a comment must stand on a line of its own");
  assert_finding (BASE "[input] x\n", NULL, "p.ini:8: nothing may follow the ']'");
  assert_finding (BASE "retries=\xff\n", NULL, "p.ini:8: this line is not UTF-8 text");
  assert_finding (BASE "outputs=a\\qb\n", NULL, "p.ini:8: 'outputs' has a bad escape");
  assert_finding (BASE "outputs=a\\qb\\\n", NULL, "p.ini:8: 'outputs' has a bad escape");
  assert_finding (BASE "outputs=a\\\\\\\n", NULL, "p.ini:8: 'outputs' has a bad escape");
  assert_finding (BASE "[stage A]\nretries=1\n", NULL,
                  "p.ini:8: duplicate group [stage A], first at line 4");
  assert_finding (BASE "plugin=veo3\n", NULL,
                  "p.ini:8: duplicate key 'plugin' in [stage B], first at line 7");
}

/* The keys under a header that cannot be read are not reported a second time. */
static void
test_bad_header_is_one_finding (void)
{
  g_autofree char *text = NULL;
  g_autoptr (PipelineDefinition) self = parse (BASE "[stage C\ncommand=x\n", NULL, &text);

  g_assert_null (self);
  g_assert_cmpstr (text, ==, "p.ini:8: a group line ends in ']': write [name]\n");
}

/* A NUL byte is no text. */
static void
test_nul (void)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autofree char *text = NULL;

  g_assert_null (pipeline_definition_parse ("[pipeline]\nna\0me=x\n", 19, "p.ini", NULL, problems));
  text = host_test_problems (problems);
  g_assert_nonnull (strstr (text, "p.ini:2: this line is not UTF-8 text"));
}

/* Unknown groups and keys come with the nearest known name. */
static void
test_name_findings (void)
{
  assert_finding (BASE "retires=1\n", NULL,
                  "p.ini:8: unknown key 'retires' in [stage B] (did you mean 'retries'?)");
  assert_finding (BASE "cmd=1\n", NULL,
                  "p.ini:8: unknown key 'cmd' in [stage B] (did you mean 'command'?)");
  assert_finding (BASE "colour=1\n", NULL, "p.ini:8: unknown key 'colour' in [stage B]\n");
  assert_finding ("[pipeline]\nstage=A\n", NULL,
                  "p.ini:2: unknown key 'stage' in [pipeline] (did you mean 'stages'?)");
  assert_finding (BASE "[Pipeline]\n", NULL,
                  "p.ini:8: unknown group [Pipeline] (did you mean 'pipeline'?)");
  assert_finding (BASE "[stages A]\n", NULL,
                  "p.ini:8: unknown group [stages A] (did you mean 'stage A'?)");
  assert_finding (BASE "[stage b]\n", NULL,
                  "p.ini:8: unknown group [stage b]: the name of a stage is upper case letters, "
                  "digits and '_' (did you mean 'stage B'?)");
  assert_finding (BASE "[plugin Veo3]\n", NULL,
                  "p.ini:8: unknown group [plugin Veo3]: the name of a plugin is lower case");
  assert_finding (BASE "[input]\na.b=1\n", NULL, "p.ini:9: 'a.b' cannot be the name of an input");
}

/* GKeyFile takes a comment after a value for a part of it: reported, once, for every group. */
static void
test_comment_findings (void)
{
  g_autofree char *text = NULL;
  g_autoptr (PipelineDefinition) self = parse (BASE "timeout=5min # long\n", NULL, &text);
  g_autofree char *good = NULL;
  g_autoptr (PipelineDefinition) other
      = parse (BASE "[input]\ncolour=#fff\nb=x\\s#y\n[plugin veo3]\nmodel=a#b\n", NULL, &good);

  g_assert_null (self);
  g_assert_cmpuint (strcspn (text, "\n"), ==, strlen (text) - 1);
  g_assert_true (g_str_has_prefix (text, "p.ini:8: the value of 'timeout' goes on to the end"));
  g_assert_cmpstr (good, ==, "");
  g_assert_cmpstr (g_hash_table_lookup (other->inputs, "b"), ==, "x #y");
  assert_finding (GOOD, NULL, "p.ini:8: the value of 'command' goes on to the end of the line");
  assert_finding (BASE "[plugin veo3]\nclip-count=3 # max\n", NULL, "p.ini:9: the value of");
  assert_finding (BASE "[input]\nk=3 # max\n", NULL, "p.ini:9: the value of 'k'");
}

/* In a command the shell's quotes decide whether a '#' is a comment. */
static void
test_comment_in_command (void)
{
  static const struct
  {
    const char *value;
    gboolean comment;
  } cases[] = { { "a # b", TRUE },         { "a '# b'", FALSE }, { "a \"# b\"", FALSE },
                { "a b#c", FALSE },        { "a \\# b", FALSE }, { "a \" \\\" # \" # x", TRUE },
                { "a '\\' # x", TRUE },    { "a\t#", TRUE },     { "#a", FALSE },
                { "a 'it' '# x'", FALSE }, { "a \\", FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      PipelineKeyFileEntry entry
          = { (char *)"command", (char *)cases[i].value, (char *)cases[i].value, 1 };

      g_assert_true (pipeline_lint_has_comment (&entry) == cases[i].comment);
    }
  g_assert_false (pipeline_lint_has_comment (NULL));
}

/* What a stage may not say. */
static void
test_stage_findings (void)
{
  assert_finding (BASE "command=x\n", NULL, "p.ini:7: stage B has both a command and a plugin");
  assert_finding (BASE "timeout=5 min\n", NULL, "p.ini:8: timeout: '5 min' is no duration");
  assert_finding (BASE "timeout=5\n", NULL, "p.ini:8: timeout: '5' is no duration");
  assert_finding (BASE "retries=many\n", NULL,
                  "p.ini:8: retries: 'many' is no whole number from 0 to 100");
  assert_finding (BASE "retries=101\n", NULL, "p.ini:8: retries: '101' is no whole number");
  assert_finding (BASE "outputs=a;/etc/x\n", NULL, "p.ini:8: outputs: '/etc/x' must be a path");
  assert_finding (BASE "outputs=a/../../x\n", NULL, "p.ini:8: outputs: 'a/../../x' must be");
  assert_finding ("[pipeline]\nstages=A\n[stage A]\noutputs=x\n", NULL,
                  "p.ini:3: stage A has neither a command nor a plugin");
  assert_finding ("[pipeline]\nstages=A\n[stage A]\ncommand=\n", NULL,
                  "p.ini:4: command: it is empty");
  assert_finding ("[pipeline]\nstages=A\n[stage A]\ncommand='' x\n", NULL,
                  "p.ini:4: command: the name of the program is empty");
  assert_finding ("[pipeline]\nstages=A\n[stage A]\ncommand=a 'b\n", NULL,
                  "p.ini:4: command: bad quoting: ");
  assert_finding ("[pipeline]\nstages=A\n[stage A]\ncommand=a @runid@\n", NULL,
                  "p.ini:4: command: unknown placeholder @runid@ (did you mean 'run_id'?)");
  assert_finding ("[pipeline]\nstages=A\nplugins=veo3\n[stage A]\nplugin=veo\n", NULL,
                  "p.ini:5: plugin 'veo' is not in 'plugins' of [pipeline] (did you mean 'veo3'?)");
}

/* What [pipeline] may not say, and groups that nobody lists. */
static void
test_list_findings (void)
{
  assert_finding ("", NULL, "p.ini: no group [pipeline]");
  assert_finding ("[pipeline]\nname=x\n", NULL, "p.ini:1: [pipeline] has no 'stages'");
  assert_finding ("[pipeline]\nstages= ; ;\n", NULL, "p.ini:2: stages: the list is empty");
  assert_finding ("[pipeline]\nstages=A;A\n[stage A]\ncommand=x\n", NULL,
                  "p.ini:2: stages: A is listed twice");
  assert_finding ("[pipeline]\nstages=A;b\n[stage A]\ncommand=x\n", NULL,
                  "p.ini:2: stages: 'b' is no name of a stage");
  assert_finding ("[pipeline]\nstages=A\n", NULL, "p.ini:2: stages: A has no group [stage A]");
  assert_finding (BASE "[stage BB]\ncommand=x\n", NULL,
                  "p.ini:8: warning: [stage BB] is not used: 'stages' of [pipeline] does not list "
                  "BB (did you mean 'B'?)");
  assert_finding (BASE "[plugin fake]\n", NULL,
                  "p.ini:8: warning: [plugin fake] is not used: 'plugins' of [pipeline] does not "
                  "list fake");
  assert_finding ("[pipeline]\nname=\nstages=A\n[stage A]\ncommand=x\n", NULL,
                  "p.ini:2: name: it is empty");
  assert_finding ("[pipeline]\nplugins=V;v;v\n", NULL, "p.ini:2: plugins: 'V' is no name");
  assert_finding ("[pipeline]\nplugins=V;v;v\n", NULL, "p.ini:2: plugins: v is listed twice");
  assert_finding (BASE "[plugin veo3]\nafter=C\n", NULL, "p.ini:9: after: no stage 'C'");
}

/* More stages than the logs can number are refused, and as many plugins. */
static void
test_too_many (void)
{
  g_autoptr (GString) data = g_string_new ("[pipeline]\nstages=");

  for (guint i = 0; i <= PIPELINE_DEFINITION_MAX_STAGES; i++)
    g_string_append_printf (data, "S%u;", i);
  assert_finding (data->str, NULL, "p.ini:2: stages: more than 99");
  (void)g_string_replace (data, "stages=", "plugins=", 1);
  (void)g_string_replace (data, "S", "s", 0);
  assert_finding (data->str, NULL, "p.ini:2: plugins: more than 99");
}

/* One pass reports everything, in the order of the file. */
static void
test_all_at_once (void)
{
  g_autofree char *text = NULL;
  g_autoptr (PipelineDefinition) self = parse ("[pipeline]\n"
                                               "stages=A;B\n"
                                               "oops\n"
                                               "[stage A]\n"
                                               "timeout=x\n"
                                               "[stage B]\n"
                                               "comand=x\n",
                                               NULL, &text);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_null (self);
  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  g_assert_true (g_str_has_prefix (lines[0], "p.ini:3: "));
  g_assert_true (g_str_has_prefix (lines[1], "p.ini:4: stage A has neither"));
  g_assert_true (g_str_has_prefix (lines[2], "p.ini:5: "));
  g_assert_true (g_str_has_prefix (lines[3], "p.ini:6: stage B has neither"));
  g_assert_true (g_str_has_prefix (lines[4], "p.ini:7: unknown key 'comand'"));
}

/* `--set` speaks of every group, in full or for short; the last one wins; values are literal. */
static void
test_overrides (void)
{
  static const char *const overrides[] = { "input.url=a=b \\ 'c' # d",
                                           "pipeline.name=first",
                                           "pipeline.name=second",
                                           "A.command=fetch @input.url@",
                                           "A.timeout=7s",
                                           "stage A.retries=4",
                                           "veo3.model=x\\sy",
                                           "plugin veo3.after=A",
                                           "A.outputs=one;t\\wo;",
                                           NULL };
  g_autofree char *text = NULL;
  g_autoptr (PipelineDefinition) self
      = parse (BASE "[plugin veo3]\nmodel=file\n", overrides, &text);
  const PipelineDefinitionStage *stage = NULL;
  const PipelineDefinitionPlugin *plugin = NULL;
  const PipelineDefinitionSetting *setting = NULL;

  g_assert_cmpstr (text, ==, "");
  g_assert_cmpstr (g_hash_table_lookup (self->inputs, "url"), ==, "a=b \\ 'c' # d");
  g_assert_cmpstr (self->name, ==, "second");
  stage = pipeline_definition_stage (self, "A", NULL);
  g_assert_cmpint (stage->timeout_ms, ==, 7000);
  g_assert_cmpuint (stage->retries, ==, 4);
  g_assert_cmpstr (stage->outputs[1], ==, "t\\wo");
  g_assert_null (stage->outputs[2]);
  plugin = pipeline_definition_plugin (self, "veo3");
  g_assert_cmpstr (plugin->after, ==, "A");
  setting = plugin->settings->pdata[0];
  g_assert_cmpstr (setting->value, ==, "x\\sy");
  g_assert_cmpuint (setting->line, ==, 0);
}

/* A bad `--set` is reported under its own name, and what it sets is never repeated unless it is
 * the value of a known key. */
static void
test_override_findings (void)
{
  assert_finding (BASE, "nonsense", "--set: write GROUP.KEY=VALUE");
  assert_finding (BASE, "a=b.c", "--set: write GROUP.KEY=VALUE");
  assert_finding (BASE, "in-put.x=SECRET",
                  "--set: write GROUP.KEY=VALUE, where GROUP is input, "
                  "pipeline, a stage or a plugin; not 'in-put.x'\n");
  assert_finding (BASE, "input.=x", "--set: write GROUP.KEY=VALUE");
  assert_finding (BASE, "input.x=\xff", "--set: the value of input.x is not UTF-8 text");
  assert_finding (BASE, "input.x=1", "--set input.x: no command uses @input.x@\n");
  assert_finding ("[pipeline]\nstages=A\n[stage A]\ncommand=fetch --to=@input.topic@\n",
                  "input.topci=bee",
                  "--set input.topci: no command uses @input.topci@ (did you mean 'topic'?)\n");
  assert_finding (BASE, "A.timout=5s",
                  "--set A.timout: unknown key 'timout' in [stage A] (did you mean 'timeout'?)");
  assert_finding (BASE, "A.timeout=5", "--set A.timeout: timeout: '5' is no duration");
  assert_finding (BASE, "pipeline.nme=x", "--set pipeline.nme: unknown key 'nme' in [pipeline]");
  assert_finding (BASE, "veo.model=x",
                  "--set: 'plugins' of [pipeline] does not list veo (did you mean 'veo3'?)");
  assert_finding (BASE, "C.retries=1", "--set: 'stages' of [pipeline] does not list C");
  assert_finding (BASE, "stage c.retries=1", "--set: unknown group [stage c]");
}

/* Inputs without a value are a matter of the moment, not of the file. */
static void
test_check_inputs (void)
{
  g_autofree char *text = NULL;
  g_autofree char *findings = NULL;
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (PipelineDefinition) self
      = parse ("[pipeline]\nstages=A\n[input]\nb=1\n[stage A]\ncommand=x @input.a@ @input.b@\n",
               NULL, &text);
  const PipelineDefinitionStage *stage = pipeline_definition_stage (self, "A", NULL);

  pipeline_definition_check_inputs (self, stage, NULL, PIPELINE_PROBLEM_WARNING, problems);
  pipeline_definition_check_inputs (self, stage, inputs, PIPELINE_PROBLEM_ERROR, problems);
  findings = host_test_problems (problems);
  g_assert_cmpstr (findings, ==,
                   "p.ini:5: warning: stage A needs an input: give --set input.a=VALUE\n"
                   "p.ini:5: stage A needs an input: give --set input.a=VALUE\n"
                   "p.ini:5: stage A needs an input: give --set input.b=VALUE\n");
}

/* From disk: a file, no file, a folder in its place, one that is too large. */
static void
test_load (void)
{
  char *folder = host_test_folder_new ();
  g_autofree char *path = g_build_filename (folder, "pipeline.ini", NULL);
  g_autofree char *absent = g_build_filename (folder, "absent.ini", NULL);
  g_autofree char *huge = g_strnfill (PIPELINE_KEY_FILE_MAX_BYTES + 1, '#');
  g_autofree char *text = NULL;
  g_autofree char *expected = g_strdup_printf ("%s: there is no such file: write one, see "
                                               "pipeline.ini(5), or name another with -f FILE\n"
                                               "%s: not a regular file\n"
                                               "%s: larger than 1048576 bytes\n",
                                               absent, folder, path);
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (PipelineDefinition) self = NULL;

  host_test_write (folder, "pipeline.ini", BASE);
  self = pipeline_definition_load (path, NULL, problems);
  g_assert_nonnull (self);
  g_assert_cmpstr (self->folder, ==, folder);
  g_assert_null (pipeline_definition_load (absent, NULL, problems));
  g_assert_null (pipeline_definition_load (folder, NULL, problems));
  host_test_write (folder, "pipeline.ini", huge);
  g_assert_null (pipeline_definition_load (path, NULL, problems));
  text = host_test_problems (problems);
  g_assert_cmpstr (text, ==, expected);
  host_test_folder_free (folder);
}

/* A warning of an earlier file in the same list does not make this one fail. */
static void
test_shared_list (void)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (PipelineDefinition) bad = pipeline_definition_parse ("x", 1, "a", NULL, problems);
  g_autoptr (PipelineDefinition) good
      = pipeline_definition_parse (BASE, strlen (BASE), "b", NULL, problems);

  g_assert_null (bad);
  g_assert_nonnull (good);
}

/* Whatever our scanner accepts, GKeyFile accepts too, and both see the same strings. */
static void
test_agrees_with_gkeyfile (void)
{
  static const char data[] = " [pipeline] \n stages = A \n\t# c\n[stage A]\ncommand= a\\tb \\\\ \n";
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (PipelineKeyFile) ours
      = pipeline_key_file_parse (data, strlen (data), "p.ini", problems);
  g_autoptr (GKeyFile) theirs = g_key_file_new ();
  g_autofree char *command = NULL;
  const PipelineKeyFileGroup *group = pipeline_key_file_group (ours, "stage A");

  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_true (g_key_file_load_from_data (theirs, data, strlen (data), 0, NULL));
  command = g_key_file_get_string (theirs, "stage A", "command", NULL);
  g_assert_cmpstr (pipeline_key_file_entry (group, "command")->value, ==, g_strchomp (command));
}

/* Random bytes never do more than give findings. The seed is printed. */
static void
test_noise (void)
{
  static const char *const pieces[]
      = { "[",       "]",       "=",    "\n", "#",         ";",    "stage A", "pipeline",
          "stages",  "plugin",  "\\",   " ",  "'",         "\"",   "@",       "A",
          "command", "timeout", "\xff", "5s", "@input.x@", "\r\n", "plugins" };
  guint32 seed = g_test_rand_int_range (0, G_MAXINT32);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint round = 0; round < 2000; round++)
    {
      g_autoptr (GString) data = g_string_new ("[pipeline]\nstages=A\n[stage A]\n");
      g_autofree char *text = NULL;

      for (gint n = g_rand_int_range (random, 0, 30); n > 0; n--)
        g_string_append (data, pieces[g_rand_int_range (random, 0, G_N_ELEMENTS (pieces))]);
      pipeline_definition_unref (parse (data->str, NULL, &text));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/pipeline-definition/good", test_good);
  g_test_add_func ("/host/pipeline-definition/minimal", test_minimal);
  g_test_add_func ("/host/pipeline-definition/syntax-findings", test_syntax_findings);
  g_test_add_func ("/host/pipeline-definition/bad-header", test_bad_header_is_one_finding);
  g_test_add_func ("/host/pipeline-definition/nul", test_nul);
  g_test_add_func ("/host/pipeline-definition/name-findings", test_name_findings);
  g_test_add_func ("/host/pipeline-definition/comment-findings", test_comment_findings);
  g_test_add_func ("/host/pipeline-definition/comment-in-command", test_comment_in_command);
  g_test_add_func ("/host/pipeline-definition/stage-findings", test_stage_findings);
  g_test_add_func ("/host/pipeline-definition/list-findings", test_list_findings);
  g_test_add_func ("/host/pipeline-definition/too-many", test_too_many);
  g_test_add_func ("/host/pipeline-definition/all-at-once", test_all_at_once);
  g_test_add_func ("/host/pipeline-definition/overrides", test_overrides);
  g_test_add_func ("/host/pipeline-definition/override-findings", test_override_findings);
  g_test_add_func ("/host/pipeline-definition/check-inputs", test_check_inputs);
  g_test_add_func ("/host/pipeline-definition/load", test_load);
  g_test_add_func ("/host/pipeline-definition/shared-list", test_shared_list);
  g_test_add_func ("/host/pipeline-definition/gkeyfile", test_agrees_with_gkeyfile);
  g_test_add_func ("/host/pipeline-definition/noise", test_noise);
  return g_test_run ();
}
