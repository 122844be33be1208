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

/* The model of Veo that can do least. */
#define LITE "veo-3.1-lite-generate-preview"

/* @values: (array zero-terminated): pairs of key and value. Returns: (transfer full) (nullable):
 * why it is refused */
static char *
refuse_settings (const TestWorkspace *workspace, gboolean may_copy, const char *const *values)
{
  PipelineSetting settings[8];
  gsize n = 0;
  PipelineStageContext context = { .struct_size = sizeof context,
                                   .run = 1,
                                   .run_id = "r",
                                   .workspace = workspace->path,
                                   .settings = settings };
  g_autoptr (GError) error = NULL;

  for (; values[2 * n] != NULL; n++)
    settings[n] = (PipelineSetting){ values[2 * n], values[2 * n + 1], "pipeline.ini:7" };
  context.n_settings = n;
  if (veo3_inspect_check (&context, NULL, may_copy, &error))
    return NULL;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  return g_strdup (error->message);
}

/* Settings that no clip could use are refused where they are set, with what the model allows; what
 * only clips with pictures can use is not, nor what an unlisted model may be able to do. */
static void
test_impossible_settings (void)
{
  static const struct
  {
    const char *values[7];
    const char *words; /* (nullable) NULL = possible */
  } rows[] = {
    { { "model", LITE, NULL }, NULL },
    { { "model", LITE, "resolution", "1080p", "duration-s", "5", NULL }, NULL },
    { { "model", LITE, "resolution", "4k", NULL },
      "resolution (pipeline.ini:7): 4k is not possible with " LITE " (gemini), which allows 720p "
      "or 1080p" },
    { { "model", LITE, "negative-prompt", "x", NULL }, "negative-prompt (pipeline.ini:7): " LITE },
    { { "model", LITE, "reference-images", "a.png", NULL }, "takes no reference images" },
    { { "model", LITE, "seed", "7", NULL }, "seed (pipeline.ini:7): " },
    { { "last-frame", "b.png", NULL }, "last-frame (pipeline.ini:7): a last frame needs" },
    { { "first-frame", "a.png", "last-frame", "b.png", NULL }, NULL },
    { { "first-frame", "a.png", "reference-images", "b.png", NULL }, "do not go together" },
    { { "reference-images", "a;b;c;d", NULL }, "4 reference images are too many" },
    { { "person-generation", "allow_adult", NULL }, NULL },
    { { "person-generation", "dont_allow", NULL }, "which allows allow_all without images" },
    { { "person-generation", "allow_all", "first-frame", "a.png", NULL }, "allow_adult with" },
    { { "provider", "vertex", "seed", "7", "person-generation", "dont_allow", NULL }, NULL },
    { { "provider", "omni", "negative-prompt", "x", NULL }, "gemini-omni-1.1-flash (omni)" },
    { { "provider", "omni", "resolution", "360p", NULL }, NULL },
    { { "model", "veo-9", "seed", "7", "negative-prompt", "x", NULL }, NULL },
    { { "model", "veo-9", "resolution", "360p", NULL }, "a model of gemini that is not listed" },
  };
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *before_run = refuse_settings (workspace, TRUE, rows[i].values);
      g_autofree char *words = refuse_settings (workspace, FALSE, rows[i].values);

      g_test_message ("%u: %s", i, words);
      g_assert_cmpstr (before_run, ==, words);
      g_assert_cmpint (words != NULL, ==, rows[i].words != NULL);
      if (words != NULL)
        g_assert_nonnull (strstr (words, rows[i].words));
    }
}

/* Whoever only looks is told of every prompt that cannot become a clip, each on a line; before a
 * run they are still to be written. The fake adapter's model takes them all. */
static void
test_impossible_prompts (void)
{
  static const char *const values[] = { "model", LITE, NULL };
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *before_run = NULL;
  g_autofree char *words = NULL;
  g_auto (GStrv) lines = NULL;

  test_workspace_write (workspace, "publishing-assets.json",
                        "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"x\", "
                        "\"resolution\": \"4k\"}, {\"variant\": \"b\", \"prompt\": \"x\"}, "
                        "{\"variant\": \"c\", \"prompt\": \"\"}, "
                        "{\"variant\": \"d\", \"prompt\": \"x\", \"resolution\": \"4k\"}]}");
  before_run = refuse_settings (workspace, TRUE, values);
  g_assert_null (before_run);
  words = refuse_settings (workspace, FALSE, values);
  g_assert_nonnull (words);
  lines = g_strsplit (words, "\n", -1);
  /* The fourth is beyond clip-count. */
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  g_assert_true (g_str_has_prefix (
      lines[0], "publishing-assets.json: veo3_prompts[0].resolution: 4k is not possible with"));
  g_assert_true (g_str_has_prefix (lines[1], "publishing-assets.json: veo3_prompts[2].prompt"));
  test_workspace_write (workspace, "publishing-assets.json",
                        "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"x\", "
                        "\"resolution\": \"4k\"}]}");
  g_assert_true (check (workspace, "fake", FALSE, NULL));
  test_workspace_write (workspace, "publishing-assets.json", "no JSON");
  g_assert_true (check (workspace, "gemini", FALSE, NULL));
}

#define PNG "\x89PNG\r\n\x1a\nbits"

/* Whoever only looks is told of each picture that is missing or none, with the place that asks for
 * it, and of one of the settings once; before a run they may still be made. */
static void
test_pictures (void)
{
  static const char *const values[] = { "first-frame", "pictures/all.png", NULL };
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *before_run = NULL;
  g_autofree char *words = NULL;
  g_autofree char *mended = NULL;
  g_auto (GStrv) lines = NULL;

  test_workspace_write (workspace, "publishing-assets.json",
                        "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"x\"}, "
                        "{\"variant\": \"b\", \"prompt\": \"x\"}, "
                        "{\"variant\": \"c\", \"prompt\": \"x\", "
                        "\"first_frame\": \"pictures/text.png\"}]}");
  test_workspace_write (workspace, "pictures/text.png", "words");
  before_run = refuse_settings (workspace, TRUE, values);
  g_assert_null (before_run);
  words = refuse_settings (workspace, FALSE, values);
  g_assert_nonnull (words);
  lines = g_strsplit (words, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  g_assert_true (g_str_has_prefix (lines[0], "setting first-frame: pictures/all.png: "));
  g_assert_cmpstr (lines[1], ==,
                   "publishing-assets.json: veo3_prompts[2].first_frame: pictures/text.png: is "
                   "neither a PNG nor a JPEG picture");
  test_workspace_write (workspace, "pictures/all.png", PNG);
  test_workspace_write (workspace, "pictures/text.png", PNG);
  mended = refuse_settings (workspace, FALSE, values);
  g_assert_cmpstr (mended, ==, NULL);
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
  g_test_add_func ("/veo3/inspect/impossible-settings", test_impossible_settings);
  g_test_add_func ("/veo3/inspect/impossible-prompts", test_impossible_prompts);
  g_test_add_func ("/veo3/inspect/pictures", test_pictures);
  g_test_add_func ("/veo3/inspect/refused", test_refused);
  g_test_add_func ("/veo3/inspect/authorities", test_authorities);
  g_test_add_func ("/veo3/inspect/provider", test_provider);
  g_test_add_func ("/veo3/inspect/broken", test_broken);
  g_test_add_func ("/veo3/inspect/newer", test_newer);
  g_test_add_func ("/veo3/inspect/describe", test_describe);
  return g_test_run ();
}
