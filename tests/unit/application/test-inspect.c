/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3Inspect: what a check refuses, that looking writes nothing, and what is told of the
 * clips. Single-threaded.
 */
#include "plugin/application/veo3-inspect.h"

#include <string.h>
#include <sys/stat.h>

#include "plugin/application/veo3-json.h"
#include "tests/unit/application/test-workspace.h"

#define DOCUMENT_FORMAT                                                                            \
  "{\"schema_version\": 1, \"run_id\": \"r\", \"provider\": %s, \"model\": \"m\", \"jobs\": ["     \
  "{\"idempotent_key\": \"r_a\", \"variant\": \"a\", \"status\": \"%s\", \"operation_name\": "     \
  "%s, \"polls\": 3, \"error_code\": \"disk\", \"error_message\": \"words\"},"                     \
  "{\"idempotent_key\": \"r_b\", \"variant\": \"b\", \"status\": \"completed\", "                  \
  "\"video_path\": \"veo3/b.mp4\"}]}"

static gboolean
check (const TestWorkspace *workspace, const char *provider, gboolean may_copy, GError **error)
{
  const PipelineSetting settings[] = { { "provider", "gemini", "default" } };
  const PipelineStageContext context = { .struct_size = sizeof context,
                                         .run = 1,
                                         .run_id = "r",
                                         .workspace = workspace->path,
                                         .settings = settings,
                                         .n_settings = G_N_ELEMENTS (settings) };

  return veo3_inspect_check (&context, provider, may_copy, error);
}

static void
write_document (const TestWorkspace *workspace,
                const char *provider,
                const char *status,
                const char *operation_name)
{
  g_autofree char *text = g_strdup_printf (DOCUMENT_FORMAT, provider, status, operation_name);

  test_workspace_write (workspace, "veo3/jobs.json", text);
}

static gboolean
check_authorities (const TestWorkspace *workspace, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (workspace->path, name, NULL);
  const PipelineSetting settings[] = { { "ca-file", path, "environment VEO3_CA_FILE" } };
  const PipelineStageContext context = { .struct_size = sizeof context,
                                         .run = 1,
                                         .run_id = "r",
                                         .workspace = workspace->path,
                                         .settings = settings,
                                         .n_settings = G_N_ELEMENTS (settings) };

  return veo3_inspect_check (&context, NULL, FALSE, error);
}

static void
assert_no_authorities (const TestWorkspace *workspace, const char *name)
{
  g_autofree char *path = g_build_filename (workspace->path, name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (check_authorities (workspace, name, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "ca-file (environment VEO3_CA_FILE)"));
  g_assert_nonnull (strstr (error->message, path));
}

/* Certificate authorities that cannot be used are refused before a run begins, with the names of
 * the setting and of the file; a FIFO in their place does not hang the check. */
static void
test_authorities (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *fifo = g_build_filename (workspace->path, "fifo.pem", NULL);
  g_autoptr (GError) error = NULL;

  test_workspace_write (workspace, "key.pem", "-----BEGIN PRIVATE KEY-----\n");
  test_workspace_write (workspace, "ca.pem", "-----BEGIN CERTIFICATE-----\n");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_no_authorities (workspace, "missing.pem");
  assert_no_authorities (workspace, ".");
  assert_no_authorities (workspace, "fifo.pem");
  assert_no_authorities (workspace, "key.pem");
  g_assert_true (check_authorities (workspace, "ca.pem", &error));
  g_assert_no_error (error);
}

/* A workspace without clips of ours is fine, and stays untouched. */
static void
test_nothing (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_true (check (workspace, NULL, TRUE, &error));
  g_assert_no_error (error);
  text = veo3_inspect_describe (workspace->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
  g_assert_cmpuint (test_workspace_count (workspace, ".", ""), ==, 0);
}

/* Settings that do not go together, and a workspace that is none, are refused. */
static void
test_refused (void)
{
  static const PipelineSetting settings[] = { { "poll-min", "60000ms", "default" } };
  PipelineStageContext context
      = { .struct_size = sizeof context, .workspace = "/", .settings = settings, .n_settings = 1 };
  g_autoptr (GError) error = NULL;

  g_assert_false (veo3_inspect_check (&context, NULL, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  context.n_settings = 0;
  context.workspace = "/nowhere/at/all";
  g_assert_false (veo3_inspect_check (&context, NULL, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (veo3_inspect_describe ("/nowhere/at/all", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* An operation that is not finished belongs to the provider that has it; finished ones, and files
 * that name no provider, belong to everybody. */
static void
test_provider (void)
{
  static const char *const open[] = { "generating", "downloading", "timed_out", "pending" };
  static const char *const closed[] = { "failed", "completed", "cancelled" };
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (open); i++)
    {
      write_document (workspace, "\"gemini\"", open[i], "\"operations/7\"");
      g_assert_true (check (workspace, NULL, TRUE, NULL));
      g_assert_true (check (workspace, "gemini", TRUE, NULL));
      g_assert_false (check (workspace, "fake", TRUE, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, "clip a is an operation of provider gemini"));
      g_assert_nonnull (strstr (error->message, "provider=gemini"));
      g_clear_error (&error);
      write_document (workspace, "null", open[i], "\"operations/7\"");
      g_assert_true (check (workspace, "fake", TRUE, NULL));
    }
  for (guint i = 0; i < G_N_ELEMENTS (closed); i++)
    {
      write_document (workspace, "\"gemini\"", closed[i], "\"operations/7\"");
      g_assert_true (check (workspace, "fake", TRUE, NULL));
    }
  write_document (workspace, "\"gemini\"", "generating", "null");
  g_assert_true (check (workspace, "fake", TRUE, NULL));
  g_assert_cmpuint (test_workspace_count (workspace, "veo3", ""), ==, 1);
}

/* A broken jobs.json is refused; it is copied aside only by whoever may write, and once. */
static void
test_broken (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GError) error = NULL;

  test_workspace_write (workspace, "veo3/jobs.json", "{\"jobs\": [");
  g_assert_false (check (workspace, NULL, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_null (strstr (error->message, "a copy is kept"));
  g_clear_error (&error);
  g_assert_cmpuint (test_workspace_count (workspace, "veo3", ""), ==, 1);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (check (workspace, NULL, TRUE, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, "a copy is kept"));
      g_clear_error (&error);
      g_assert_cmpuint (test_workspace_count (workspace, "veo3", "jobs.json.bad-"), ==, 1);
    }
  g_assert_null (veo3_inspect_describe (workspace->path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

/* A newer jobs.json is whole: it is refused, and not copied. */
static void
test_newer (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GError) error = NULL;

  test_workspace_write (workspace, "veo3/jobs.json", "{\"schema_version\": 2, \"jobs\": []}");
  g_assert_false (check (workspace, NULL, TRUE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (test_workspace_count (workspace, "veo3", ""), ==, 1);
}

/* The description names every clip with its state, for programs and for people. */
static void
test_describe (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3JsonObject) root = NULL;
  g_autofree char *text = NULL;
  Veo3JsonObject *clip;
  Veo3JsonObject *summary;

  write_document (workspace, "\"gemini\"", "generating", "\"operations/7\"");
  text = veo3_inspect_describe (workspace->path, &error);
  g_assert_no_error (error);
  g_assert_true (veo3_json_parse ("text", text, strlen (text), &root, &error));
  g_assert_cmpstr (json_object_get_string (json_object_object_get (root, "provider")), ==,
                   "gemini");
  clip = json_object_array_get_idx (json_object_object_get (root, "clips"), 0);
  g_assert_cmpstr (json_object_to_json_string_ext (clip, JSON_C_TO_STRING_PLAIN
                                                             | JSON_C_TO_STRING_NOSLASHESCAPE),
                   ==,
                   "{\"variant\":\"a\",\"idempotent_key\":\"r_a\",\"status\":\"generating\","
                   "\"video_path\":null,\"error_code\":\"disk\",\"error_message\":\"words\","
                   "\"operation_name\":\"operations/7\",\"polls\":3}");
  summary = json_object_object_get (root, "summary");
  g_assert_cmpuint (json_object_array_length (summary), ==, 2);
  g_assert_cmpstr (json_object_get_string (json_object_array_get_idx (summary, 0)), ==,
                   "clip a: generating: words");
  g_assert_cmpstr (json_object_get_string (json_object_array_get_idx (summary, 1)), ==,
                   "clip b: completed: veo3/b.mp4");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/inspect/nothing", test_nothing);
  g_test_add_func ("/veo3/inspect/refused", test_refused);
  g_test_add_func ("/veo3/inspect/authorities", test_authorities);
  g_test_add_func ("/veo3/inspect/provider", test_provider);
  g_test_add_func ("/veo3/inspect/broken", test_broken);
  g_test_add_func ("/veo3/inspect/newer", test_newer);
  g_test_add_func ("/veo3/inspect/describe", test_describe);
  return g_test_run ();
}
