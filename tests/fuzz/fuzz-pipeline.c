/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the pipeline file. A definition comes out exactly when no finding is an error; what
 * comes out keeps the limits of pipeline.ini(5); findings are lines that a terminal may show.
 */
#include <string.h>

#include "host/pipeline-definition.h"
#include "host/pipeline-lint.h"
#include "tests/fuzz/fuzz-target.h"

static void
assert_stages (const PipelineDefinition *definition)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_cmpuint (definition->stages->len, <=, PIPELINE_DEFINITION_MAX_STAGES);
  for (guint i = 0; i < definition->stages->len; i++)
    {
      const PipelineDefinitionStage *stage = g_ptr_array_index (definition->stages, i);

      g_assert_true (pipeline_lint_is_stage_name (stage->name));
      g_assert_true (g_hash_table_add (names, stage->name));
      g_assert_true ((stage->command == NULL) != (stage->plugin == NULL));
      g_assert_true (stage->command == NULL || stage->command[0] != NULL);
      g_assert_cmpint (stage->timeout_ms, >=, 0);
      g_assert_cmpuint (stage->retries, <=, PIPELINE_DEFINITION_MAX_RETRIES);
      g_assert_nonnull (stage->outputs);
      for (guint o = 0; stage->outputs[o] != NULL; o++)
        g_assert_false (g_path_is_absolute (stage->outputs[o]));
    }
}

static void
assert_plugins (const PipelineDefinition *definition)
{
  g_assert_cmpuint (definition->plugins->len, <=, PIPELINE_DEFINITION_MAX_PLUGINS);
  for (guint i = 0; i < definition->plugins->len; i++)
    {
      const PipelineDefinitionPlugin *plugin = g_ptr_array_index (definition->plugins, i);

      g_assert_true (pipeline_lint_is_plugin_name (plugin->name));
      g_assert_true (pipeline_definition_plugin (definition, plugin->name) == plugin);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (PipelineDefinition) definition
      = pipeline_definition_parse ((const char *)data, size, "/srv/lab/pipeline.ini", NULL,
                                   problems);

  g_assert_true ((definition == NULL) == pipeline_problems_have_errors (problems));
  g_assert_cmpuint (problems->len, <=, PIPELINE_PROBLEMS_MAX + 1);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *line = pipeline_problem_to_string (g_ptr_array_index (problems, i));

      g_assert_true (g_utf8_validate (line, -1, NULL));
      g_assert_null (strpbrk (line, "\r\n\x1b"));
    }
  if (definition != NULL)
    {
      assert_stages (definition);
      assert_plugins (definition);
    }
  return 0;
}
